"""Which fields each kind takes, and what they still lack before it can be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime

from listingguard.domain.letter.asked import MandateFields, QuestionFields, mandate_gaps, question_gaps
from listingguard.domain.letter.dossier import (
    AddendumFields,
    AttestationFields,
    CnilFormFields,
    DeclarationFields,
    Filed,
    HandoverFields,
    HiddenFields,
    JointFields,
    PrivateFields,
    SendingFields,
    SummaryFields,
    TransmittalFields,
    dossier_gaps,
)
from listingguard.domain.letter.follow import (
    AnswerExtensionFields,
    AnswerIdenticalFields,
    AnswerIdentityFields,
    AnswerNotDoneFields,
    AnswerPartialFields,
    AnswerPrecisionFields,
    AnswerRefusalFields,
    Followed,
    RectificationFields,
    ReminderFields,
    SourceFields,
    WithdrawalFields,
    follow_gaps,
)
from listingguard.domain.letter.frame import Frame
from listingguard.domain.letter.kinds import Kind
from listingguard.domain.letter.own_words import told_of_others
from listingguard.domain.letter.pack import (
    ChronologyFields,
    ComplaintFields,
    ExhibitsFields,
    ReadingsFields,
    complaint_gaps,
    numbering_gaps,
)
from listingguard.domain.letter.request import (
    CoverFields,
    RegisteredFields,
    RelistingFields,
    RequestFields,
    cover_gaps,
    request_gaps,
)

Fields = (
    QuestionFields
    | MandateFields
    | RequestFields
    | CoverFields
    | Followed
    | ComplaintFields
    | ChronologyFields
    | ExhibitsFields
    | ReadingsFields
    | RegisteredFields
    | Filed
)

FIELDS: dict[Kind, type[Fields]] = {
    Kind.QUESTION: QuestionFields,
    Kind.QUESTION_REMINDER: QuestionFields,
    Kind.MANDATE: MandateFields,
    Kind.REQUEST: RequestFields,
    Kind.RELISTING: RelistingFields,
    Kind.COVER: CoverFields,
    Kind.SOURCE: SourceFields,
    Kind.REMINDER: ReminderFields,
    Kind.ANSWER_IDENTITY: AnswerIdentityFields,
    Kind.ANSWER_REFUSAL: AnswerRefusalFields,
    Kind.ANSWER_EXTENSION: AnswerExtensionFields,
    Kind.ANSWER_IDENTICAL: AnswerIdenticalFields,
    Kind.ANSWER_NOT_DONE: AnswerNotDoneFields,
    Kind.ANSWER_PARTIAL: AnswerPartialFields,
    Kind.ANSWER_PRECISION: AnswerPrecisionFields,
    Kind.WITHDRAWAL: WithdrawalFields,
    Kind.RECTIFICATION: RectificationFields,
    Kind.COMPLAINT: ComplaintFields,
    Kind.CHRONOLOGY: ChronologyFields,
    Kind.EXHIBITS: ExhibitsFields,
    Kind.READINGS: ReadingsFields,
    Kind.REGISTERED: RegisteredFields,
    Kind.SUMMARY: SummaryFields,
    Kind.HIDDEN: HiddenFields,
    Kind.PRIVATE: PrivateFields,
    Kind.ATTESTATION: AttestationFields,
    Kind.DECLARATION: DeclarationFields,
    Kind.SENDING: SendingFields,
    Kind.TRANSMITTAL: TransmittalFields,
    Kind.CNIL_FORM: CnilFormFields,
    Kind.HANDOVER: HandoverFields,
    Kind.ADDENDUM: AddendumFields,
    Kind.JOINT: JointFields,
}


def gaps(document: Fields) -> tuple[str, ...]:
    """Return one French sentence per thing the fields lack or contradict; empty when the document can be written.

    Sources: arts 12, 17 and 21 GDPR for the request; the CNIL's list of what a complaint must hold.
    """
    match document:
        case QuestionFields():
            found = [*question_gaps(document)]
        case MandateFields():
            found = [*mandate_gaps(document)]
        case RequestFields():
            found = [*request_gaps(document)]
        case CoverFields():
            found = [*cover_gaps(document)]
        case ComplaintFields():
            found = [*complaint_gaps(document)]
        case ChronologyFields():
            found = ["La chronologie est vide."] if not document.lines else []
        case ExhibitsFields():
            found = [*numbering_gaps(document.exhibits)]
        case ReadingsFields():
            found = [] if document.pages else ["L’annexe ne cite aucune page."]
        case (
            HiddenFields()
            | PrivateFields()
            | AttestationFields()
            | DeclarationFields()
            | SendingFields()
            | TransmittalFields()
            | CnilFormFields()
            | HandoverFields()
            | AddendumFields()
            | JointFields()
        ):
            found = [*dossier_gaps(document)]
        case RegisteredFields():
            found = [] if len(document.envelope) > 1 else ["Il manque l’adresse postale du destinataire."]
        case _:
            found = [*follow_gaps(document)]
    return (*_blank_gaps(document), *found)


def _blank_gaps(document: Fields) -> Iterator[str]:
    for name, label in (
        ("reference", "la référence du dossier"),
        ("place", "le lieu"),
        ("practitioner_name", "le nom du praticien ou de la praticienne"),
        ("platform_name", "le nom de la plateforme"),
        ("signatory", "le nom de la personne qui signe"),
    ):
        if hasattr(document, name) and not getattr(document, name).strip():
            yield f"Il manque {label}."
    if isinstance(document, Frame):
        yield from _copy_gaps(document)
    for moment in _moments(document):
        if moment.tzinfo is None:
            yield "L’heure d’une capture est donnée sans fuseau horaire."


MAX_COPIES, MAX_COPY = 3, 90
"""« Copie : » lines of a letter, and characters of one: it is printed under the « P.J. », on the last page."""


def _copy_gaps(document: Frame) -> Iterator[str]:
    if len(document.copies) > MAX_COPIES:
        yield f"« Copie : » nomme {MAX_COPIES} destinataires au plus."
    for line in document.copies:
        if not line.strip() or len(line) > MAX_COPY:
            yield f"« Copie : {line[:MAX_COPY]} » : un destinataire par ligne, de {MAX_COPY} caractères au plus."
        elif told_of_others(line, getattr(document, "practitioner_name", "")):
            yield f"« Copie : {line} » : désigner le destinataire par sa fonction ou son organisme, sans nommer personne."


def _moments(value: object) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _moments(item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _moments(getattr(value, each.name))
