"""What goes with the complaint: summary, what was hidden, the part for the CNIL alone, the letters and sheets beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from listingguard.domain.letter.frame import CasePaper
from listingguard.domain.letter.pack import (
    ChronologyLine,
    ComplaintFields,
    Exhibit,
    Reckoning,
)
from listingguard.domain.letter.parts import Addressee, ListedPage, Sender, party_gaps
from listingguard.domain.practitioner import Civility


@dataclass(frozen=True)
class SummaryFields(ComplaintFields):
    """The complaint on one page."""


@dataclass(frozen=True)
class HiddenLine:
    """What was taken out of one exhibit: what and why, one French sentence each."""

    exhibit: int
    title: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class WithheldLine:
    """One document of an exhibit that the communicable part does not hold. where: « partie confidentielle », « conservé, non communiqué »."""

    exhibit: int
    title: str
    where: str
    why: str
    sha256: str


@dataclass(frozen=True)
class HiddenFields(CasePaper):
    """The index of what was hidden and why: never the thing itself.

    read: the exhibits that others wrote and that are shown whole, read for what concerns anybody else.
    """

    hidden: tuple[HiddenLine, ...]
    withheld: tuple[WithheldLine, ...]
    read: tuple[int, ...] = ()

    @property
    def alike(self) -> tuple[tuple[HiddenLine, ...], ...]:
        """Return the lines that lost the same things together, in the order of the first of each."""
        found: dict[tuple[str, ...], tuple[HiddenLine, ...]] = {}
        for line in self.hidden:
            found[line.what] = (*found.get(line.what, ()), line)
        return tuple(found.values())


@dataclass(frozen=True)
class PrivateFields(CasePaper):
    """What the CNIL alone is told: how to reach the person, who represents them.

    contacts: (what, value). lawyer: whole words, or empty.
    """

    civility: Civility
    rpps: str
    contacts: tuple[tuple[str, str], ...]
    lawyer: str
    withheld: tuple[WithheldLine, ...]


@dataclass(frozen=True)
class AttestationFields:
    """What the council may attest: what it was not sent, never what does not exist.

    as_of: the day of the register of contracts it rests on. looked_up: its signatory consulted it that day; False: it was
    imported, and says itself of which day it is.
    """

    reference: str
    day: date
    place: str
    sender: Sender
    practitioner_name: str
    platform_name: str
    civility: Civility
    rpps: str
    signatory: str
    as_of: date
    looked_up: bool


@dataclass(frozen=True)
class DeclarationFields(CasePaper):
    """What a represented person is asked to declare, printed to be read, corrected and signed.

    pages: addresses. request_day: when the request left, None where none did. mandatary: who acts, under which mandate.
    situation: the reasons that the person gave so far, whole sentences.
    """

    civility: Civility
    rpps: str
    mandatary: str
    controller_name: str
    pages: tuple[str, ...]
    request_day: date | None
    situation: tuple[str, ...] = ()


@dataclass(frozen=True)
class SendingFields(CasePaper):
    """What the program recorded when the request left by e-mail.

    server: name and port; address: its IP address, or empty where it was not recorded. accepted_at: aware; accepted_utc:
    the same in UTC, to the second. response: its answer. queue: the number it gave the message, or empty.
    asked_dsn: whether a proof of delivery was asked of it, None where that was not recorded. notices: what came back of it,
    French sentences. size: of the message, in words.
    """

    server: str
    address: str
    accepted_at: datetime
    accepted_utc: str
    response: str
    queue: str
    sender: str
    recipient: str
    message_id: str
    size: str
    sha256: str
    asked_dsn: bool | None
    notices: tuple[str, ...]


@dataclass(frozen=True)
class SentFile:
    """One file that leaves: its name, what it is, its size in words, its SHA-256."""

    name: str
    what: str
    size: str
    sha256: str


@dataclass(frozen=True)
class TransmittalFields:
    """The letter that goes with the dossier to the CNIL; it carries the hashes that `verify --expect` compares."""

    reference: str
    day: date
    place: str
    sender: Sender
    addressee: Addressee
    practitioner_name: str
    platform_name: str
    civility: Civility
    represented: bool
    controller_name: str
    lawyer: str
    addendum: bool
    files: tuple[SentFile, ...]
    signatory: str


@dataclass(frozen=True)
class FormStep:
    """One step of the CNIL's online form: what it asks, and what to enter."""

    title: str
    entry: str


@dataclass(frozen=True)
class CnilFormFields(CasePaper):
    """The sheet to have at hand before the CNIL's online form. Steps and limits are data, see `data/cnil.toml`.

    single: one PDF of each part, for a form that takes no ZIP.
    """

    address: str
    verified_on: date
    steps: tuple[FormStep, ...]
    limits: tuple[str, ...]
    files: tuple[SentFile, ...]
    single: tuple[SentFile, ...] = ()


@dataclass(frozen=True)
class SealedFile:
    """One original kept under seal: the exhibit it goes with, what it is, its SHA-256."""

    exhibit: int
    what: str
    sha256: str


@dataclass(frozen=True)
class HandoverFields(CasePaper):
    """The sheet for a commissaire de justice: pages to be seen, what to note of the visit, originals under seal."""

    pages: tuple[ListedPage, ...]
    points: tuple[str, ...]
    sealed: tuple[SealedFile, ...]


@dataclass(frozen=True)
class AddendumFields(CasePaper):
    """What came after a signed dossier: new facts, new exhibits, dates reckoned again.

    number: 1 for the first. parent_day, parent_signed, parent_sha256: the signed dossier it completes, when it was drawn up
    and when its last signature was given. parent_due: the last day to answer that it gave, None where it gave none; due: the one
    acted on today.
    represented: a mandatary signs. undone: why the filed complaint no longer stands as it was: « agreement », « withdrawn »,
    « erased », « mandate », « controller »; empty where it does.
    """

    number: int
    parent_day: date
    parent_signed: date
    parent_sha256: str
    parent_due: date | None
    due: date
    represented: bool
    lines: tuple[ChronologyLine, ...]
    reckonings: tuple[Reckoning, ...]
    exhibits: tuple[Exhibit, ...]
    signatory: str
    civility: Civility = Civility.UNKNOWN
    undone: str = ""


@dataclass(frozen=True)
class JointLine:
    """One complaint among several: its case, whose it is, its day, the SHA-256 of its dossier."""

    reference: str
    practitioner_name: str
    day: date
    sha256: str


@dataclass(frozen=True)
class JointFields:
    """The note that goes with several complaints about one controller: one complaint per person."""

    reference: str
    day: date
    place: str
    sender: Sender
    addressee: Addressee
    platform_name: str
    controller_name: str
    complaints: tuple[JointLine, ...]
    signatory: str


Filed = (
    SummaryFields
    | HiddenFields
    | PrivateFields
    | AttestationFields
    | DeclarationFields
    | SendingFields
    | TransmittalFields
    | CnilFormFields
    | HandoverFields
    | AddendumFields
    | JointFields
)


def dossier_gaps(document: Filed) -> Iterator[str]:
    """Yield what a document that goes with the complaint lacks."""
    match document:
        case TransmittalFields() | JointFields():
            yield from party_gaps(document.sender, document.addressee)
        case AddendumFields():
            if not (document.lines or document.exhibits or document.undone):
                yield "Rien de nouveau n’est à porter à un additif."
        case DeclarationFields():
            if not document.pages:
                yield "Il manque la page dont parle la déclaration."
        case HandoverFields():
            if not document.pages:
                yield "Il manque la page à constater."
        case _:
            pass
    if isinstance(document, JointFields):
        if len(document.complaints) < 2:
            yield "Une note commune réunit au moins deux plaintes."
        if len({line.practitioner_name for line in document.complaints}) < len(document.complaints):
            yield "Deux plaintes d’une même personne : une plainte par personne."
    if isinstance(document, TransmittalFields) and not document.files:
        yield "Il manque les fichiers que la lettre accompagne."
