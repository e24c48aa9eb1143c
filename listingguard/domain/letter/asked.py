"""What is written to the practitioner: the question and the mandate, and what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from listingguard.domain.letter.parts import Addressee, ListedPage, Sender
from listingguard.domain.practitioner import Civility


@dataclass(frozen=True)
class QuestionFields:
    """The question to the practitioner about pages that may be theirs, and its reminders.

    addressee: the practitioner, without lines when it leaves by e-mail alone; never a home. reader: who reads the
    answer, as « le secrétariat du conseil ». asked_on: the day of the question that a reminder repeats, None in the
    question itself. no_contract: the day of the council's register of contracts that has none with this platform; None:
    it has one, or no register was brought.
    delegated_by: « la présidente », where the person who signs does so by delegation.
    """

    reference: str
    day: date
    place: str
    sender: Sender
    addressee: Addressee
    practitioner_name: str
    civility: Civility
    platform_name: str
    pages: tuple[ListedPage, ...]
    reader: str
    asked_on: date | None
    no_contract: date | None
    signatory: str
    attachments: tuple[str, ...]
    delegated_by: str = ""


@dataclass(frozen=True)
class MandateFields:
    """The mandate to print and sign; free of charge.

    lines: the practitioner's professional address, empty when it is also the home. mandatary: the council. object: what
    it is for. powers: phrases in lower case without a full stop. pages: URLs known so far, maybe none. months: duration,
    from the signature. platforms: sites known so far with who is held responsible, « Rdv-Soins (Rdv Soins SAS) ».
    """

    reference: str
    day: date
    practitioner_name: str
    civility: Civility
    rpps: str
    lines: tuple[str, ...]
    mandatary: Sender
    object: str
    powers: tuple[str, ...]
    pages: tuple[str, ...]
    months: int
    platforms: tuple[str, ...] = ()


def question_gaps(question: QuestionFields) -> Iterator[str]:
    """Yield what a question, or its reminder, lacks."""
    if not question.addressee.name.strip():
        yield "Il manque le nom du destinataire."
    if not question.sender.lines and not question.sender.email:
        yield "Il manque un moyen de répondre : l’adresse professionnelle ou le courriel de l’expéditeur."
    if not question.pages:
        yield "Il manque l’adresse exacte d’au moins une page."
    if not question.reader.strip():
        yield "Il manque qui lira la réponse."
    if question.asked_on is not None and question.asked_on >= question.day:
        yield "Un rappel ne part pas le jour de la question."


def mandate_gaps(mandate: MandateFields) -> Iterator[str]:
    """Yield what a mandate lacks."""
    if not mandate.object.strip() or not mandate.powers:
        yield "Il manque l’objet ou les pouvoirs du mandat."
    if mandate.months < 1:
        yield "Il manque la durée du mandat."
    if not mandate.mandatary.name.strip() or not (mandate.mandatary.lines or mandate.mandatary.email):
        yield "Il manque le nom du mandataire, ou l’adresse où lui écrire pour révoquer le mandat."
