"""Who signs a complaint and the tools that write it; what a masked copy is, and what the council attests on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listingguard.domain.letter import ListedPage, Sender
from listingguard.domain.listing import Listing
from listingguard.domain.record import CaptureRow

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.sheet import Laid


@dataclass(frozen=True)
class Leaving:
    """The masked copy of a captured page. hidden: French sentences; what: their words in `edge.needle.What`.

    html: None when the page is none that can be masked, `why` says it. paper: the copy laid out, None where that was not
    asked for. listing: what that very capture shows of it, None where no program reads it. flagged: what of others a second
    reading still sees in it, French nouns with their article.
    """

    html: bytes | None
    paper: Laid | None
    hidden: tuple[str, ...]
    what: frozenset[str]
    why: str = ""
    flagged: tuple[str, ...] = ()
    listing: Listing | None = None


@dataclass(frozen=True)
class Writer:
    """Who signs a complaint, and the tools that write it.

    listed_page: how a captured page is described (flow/letter). leaving: the masked copy of a capture for one listing,
    laid out as well or not (flow/masking). text_of: the words of a file, None where a program reads none; without: a mail without some
    attachments, None where it has none of them; words_within: the words of a file, parts of a mail included, and whether all of
    it was read (edge/dossier); shown_in: the pictures a mail shows, by SHA-256 (edge/mail_dress). write_pack, member,
    part, exhibit_name: edge/pack; document, shown, dossier: edge/dossier; word: edge/word; sheet: edge/sheet; put: edge/whole.
    roots: PEM, what time-stamps are checked with here; empty: none is set. form: the CNIL's online form, as data.
    max_bytes: over it, a dossier is cut into parts. signatures: how many people sign.
    """

    sender: Sender
    place: str
    signatory: str
    renderer: Renderer
    listed_page: Callable[..., ListedPage]
    leaving: Callable[[CaptureRow, str, bool], Leaving]
    text_of: Callable[[str, bytes], str | None]
    without: Callable[[bytes, Collection[str]], bytes | None]
    words_within: Callable[..., tuple[str, bool]]
    shown_in: Callable[[bytes], frozenset[str]]
    write_pack: Callable[..., Any]
    member: Callable[..., Any]
    part: Callable[..., Any]
    exhibit_name: Callable[[int, str, str], str]
    document: Callable[..., Any]
    shown: Callable[..., Any]
    dossier: Callable[..., bytes]
    word: Callable[..., bytes]
    sheet: Callable[..., Laid]
    put: Callable[[Path, bytes], None]
    roots: bytes
    form: Mapping[str, Any]
    max_bytes: int
    signatures: int


@dataclass(frozen=True)
class Attesting:
    """On what the council's attestation rests: its register of contracts as it stood that day, and who signs.

    looked_up: the signatory consulted it that day; False: it was imported.
    """

    as_of: date
    looked_up: bool
    signatory: str
