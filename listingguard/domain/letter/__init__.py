"""What each document is made of, what it must never say, and what it still lacks. No prose, no file.

parts -> asked (to the practitioner), request (to the platform), pack (the complaint) -> gaps; lint reads the text
"""

from listingguard.domain.letter.asked import MandateFields, QuestionFields
from listingguard.domain.letter.follow import (
    AnswerExtensionFields,
    AnswerIdenticalFields,
    AnswerIdentityFields,
    AnswerNotDoneFields,
    AnswerRefusalFields,
    Argument,
    Mixup,
    RectificationFields,
    ReminderFields,
    SourceFields,
    TakenBack,
    WithdrawalFields,
)
from listingguard.domain.letter.frame import Earlier
from listingguard.domain.letter.gaps import FIELDS, Fields, gaps
from listingguard.domain.letter.kinds import Kind
from listingguard.domain.letter.lint import QUESTIONS, RULES, lint
from listingguard.domain.letter.pack import (
    CNIL,
    Answer,
    ChronologyFields,
    ChronologyLine,
    ComplaintFields,
    ControllerIdentity,
    Exhibit,
    ExhibitsFields,
    Fact,
    ReadingsFields,
    ReadPage,
    Reckoning,
    RobotsLine,
    Standing,
    UnreadPage,
)
from listingguard.domain.letter.parts import Addressee, GroundLine, ListedPage, Sender, cited, enclosed
from listingguard.domain.letter.request import Annex, CoverFields, RegisteredFields, RelistingFields, RequestFields

__all__ = [
    "CNIL",
    "FIELDS",
    "QUESTIONS",
    "RULES",
    "Addressee",
    "Annex",
    "Answer",
    "AnswerExtensionFields",
    "AnswerIdenticalFields",
    "AnswerIdentityFields",
    "AnswerNotDoneFields",
    "AnswerRefusalFields",
    "Argument",
    "ChronologyFields",
    "ChronologyLine",
    "ComplaintFields",
    "ControllerIdentity",
    "CoverFields",
    "Earlier",
    "Exhibit",
    "ExhibitsFields",
    "Fact",
    "Fields",
    "GroundLine",
    "Kind",
    "ListedPage",
    "MandateFields",
    "Mixup",
    "QuestionFields",
    "ReadPage",
    "ReadingsFields",
    "Reckoning",
    "RectificationFields",
    "RegisteredFields",
    "RelistingFields",
    "ReminderFields",
    "RequestFields",
    "RobotsLine",
    "Sender",
    "SourceFields",
    "Standing",
    "TakenBack",
    "UnreadPage",
    "WithdrawalFields",
    "cited",
    "enclosed",
    "gaps",
    "lint",
]
