"""What several letters are made of: who writes, to whom, about which pages; and what these parts may lack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from listingguard.domain.french import plural
from listingguard.domain.listing import Trait


@dataclass(frozen=True)
class Sender:
    """Who signs and where an answer goes.

    lines: a professional address, one line each; never a home, empty when the practice is also the home.
    quality: the line under the name, as « Masseur-kinésithérapeute ».
    """

    name: str
    quality: str
    lines: tuple[str, ...]
    email: str
    phone: str


@dataclass(frozen=True)
class Addressee:
    """To whom the document is sent: what shows in the window of the envelope, top to bottom."""

    name: str
    attention: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class ListedPage:
    """One captured page about the practitioner.

    url: exact. captured_at: aware. sha256: of the captured bytes. traits: labels of `Trait` (none: bare).
    shown: the data the page shows, as « nom et prénom », « adresse du cabinet »; nothing the page does not show.
    exhibit: its number in the pack, in a complaint only. moment_by: whose word the moment is (« la personne »), where it is
    not the program's own record.
    """

    url: str
    captured_at: datetime
    sha256: str
    traits: tuple[str, ...]
    shown: tuple[str, ...]
    exhibit: int | None = None
    moment_by: str = ""


@dataclass(frozen=True)
class GroundLine:
    """One ground a named person ticked.

    article: as printed in mid-sentence, « article 21, paragraphe 1, du RGPD ». sentence: what follows the colon after
    it, in lower case, without a full stop and in no one's voice (« la personne s’oppose… »), so that it fits a letter
    signed by the kiné or by a council, and a complaint.
    """

    code: str
    article: str
    sentence: str


def cited(article: str) -> tuple[int, int, str]:
    """Return (article, paragraph, point) of a GDPR citation; 0 and "" where it names none.

    >>> cited("article 17, paragraphe 1, point c), du RGPD"), cited("art. 21(1) RGPD"), cited("article 14 du RGPD")
    ((17, 1, 'c'), (21, 1, ''), (14, 0, ''))
    """
    found = re.search(r"(\d+)(?:\D{1,14}(\d+))?(?:.*?\b([a-z])\))?", article)
    if not found:
        return (0, 0, "")
    return (int(found[1]), int(found[2] or 0), found[3] or "")


def party_gaps(sender: Sender, addressee: Addressee) -> Iterator[str]:
    """Yield what the two parties of a letter lack."""
    if not addressee.name.strip() or not addressee.lines:
        yield "Il manque le nom ou l’adresse du destinataire."
    if not sender.lines and not sender.email:
        yield "Il manque un moyen de répondre : l’adresse professionnelle ou le courriel de l’expéditeur."


def page_gaps(pages: tuple[ListedPage, ...]) -> Iterator[str]:
    """Yield what the pages of a letter lack."""
    if not pages:
        yield "Il manque l’adresse exacte d’au moins une page."
    for page in pages:
        if not page.shown:
            yield f"Il manque ce que la page affiche : {page.url}."


def shows(pages: tuple[ListedPage, ...], trait: Trait) -> bool:
    """Return True when a page has this trait."""
    return any(trait.label in page.traits for page in pages)


def enclosed(title: str, pages: int) -> str:
    """Return one « P.J. » line, with its page count; without one where nobody could count (0 pages).

    >>> enclosed("Mandat du 9 mars 2026", 1), enclosed("Copie de la page", 2), enclosed("Attestation", 0)
    ('Mandat du 9 mars 2026 (1 page)', 'Copie de la page (2 pages)', 'Attestation')
    """
    return f"{title} ({plural(pages, 'page')})" if pages else title
