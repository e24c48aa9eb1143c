"""What goes with the complaint: summary, what was hidden, the part for the CNIL alone, the letters and sheets beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

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
    """One document of an exhibit that the communicable part does not hold. where: « partie confidentielle », « sous scellé »."""

    exhibit: int
    title: str
    where: str
    why: str
    sha256: str


@dataclass(frozen=True)
class HiddenFields:
    """The index of what was hidden and why: never the thing itself."""

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
    hidden: tuple[HiddenLine, ...]
    withheld: tuple[WithheldLine, ...]


@dataclass(frozen=True)
class PrivateFields:
    """What the CNIL alone is told: how to reach the person, who represents them.

    contacts: (what, value). lawyer: whole words, or empty.
    """

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
    civility: Civility
    rpps: str
    contacts: tuple[tuple[str, str], ...]
    lawyer: str
    withheld: tuple[WithheldLine, ...]


@dataclass(frozen=True)
class AttestationFields:
    """What the council may attest: what it was not sent, never what does not exist."""

    reference: str
    day: date
    place: str
    sender: Sender
    practitioner_name: str
    platform_name: str
    civility: Civility
    rpps: str
    signatory: str


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
class CnilFormFields:
    """The sheet to have at hand before the CNIL's online form. Steps and limits are data, see `data/cnil.toml`."""

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
    address: str
    verified_on: date
    steps: tuple[FormStep, ...]
    limits: tuple[str, ...]
    files: tuple[SentFile, ...]


@dataclass(frozen=True)
class SealedFile:
    """One original kept under seal: the exhibit it goes with, what it is, its SHA-256."""

    exhibit: int
    what: str
    sha256: str


@dataclass(frozen=True)
class HandoverFields:
    """The sheet for a commissaire de justice: pages to be seen, what to note of the visit, originals under seal."""

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
    pages: tuple[ListedPage, ...]
    points: tuple[str, ...]
    sealed: tuple[SealedFile, ...]


@dataclass(frozen=True)
class AddendumFields:
    """What came after a signed dossier: new facts, new exhibits, dates reckoned again.

    number: 1 for the first. parent_day, parent_sha256: the signed dossier it completes.
    """

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
    number: int
    parent_day: date
    parent_sha256: str
    lines: tuple[ChronologyLine, ...]
    reckonings: tuple[Reckoning, ...]
    exhibits: tuple[Exhibit, ...]
    signatory: str


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
            if not document.lines and not document.exhibits:
                yield "Rien de nouveau n’est à porter à un additif."
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
