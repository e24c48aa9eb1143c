"""What is written to the platform after a request, or beside it: what these letters are made of, and what they lack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from listingguard.domain.french import PARIS
from listingguard.domain.letter.frame import AnswerTo, Earlier, FollowUp, ForOne, earlier_gaps, paged_gaps
from listingguard.domain.letter.parts import ListedPage, page_gaps, shows
from listingguard.domain.letter.request import identity_gaps, own_gaps
from listingguard.domain.listing import Trait


class Argument(StrEnum):
    """What a platform says against a request; each has one paragraph of answer."""

    PUBLIC_DATA = "public_data"
    LEGITIMATE_INTEREST = "legitimate_interest"
    FREE_SPEECH = "free_speech"
    CLAIM_PAGE = "claim_page"
    IDENTICAL = "identical"
    NO_INFORMATION_DUTY = "no_information_duty"

    @property
    def label(self) -> str:
        """Return the French words shown on screen, beside the box to tick."""
        return {
            "public_data": "ces données sont publiques",
            "legitimate_interest": "intérêt légitime, accès aux soins",
            "free_speech": "liberté d’information",
            "claim_page": "« revendiquez ou modifiez votre page »",
            "identical": "demandes identiques, excessives (article 12, § 5)",
            "no_information_duty": "information impossible (article 14)",
        }[self.value]


class Precision(StrEnum):
    """What a platform asks to be told again, beside the pages; each has one paragraph of answer."""

    RIGHTS = "rights"
    REASONS = "reasons"
    PERSON = "person"

    @property
    def label(self) -> str:
        """Return the French words shown on screen, beside the box to tick."""
        return {
            "rights": "ce qui est demandé",
            "reasons": "les raisons de l’opposition",
            "person": "de qui il s’agit",
        }[self.value]


class TakenBack(StrEnum):
    """Why a request is withdrawn."""

    AGREEMENT = "agreement"
    PERSON = "person"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"agreement": "un accord existait", "person": "la personne retire sa demande"}[self.value]


class Mixup(StrEnum):
    """Which mistake a rectification is about: on the platform's page, or in our request."""

    MIXED_PAGE = "mixed_page"
    OTHER_PERSON = "other_person"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "mixed_page": "la page mêle les données de plusieurs personnes",
            "other_person": "la demande visait la page d’une autre personne",
        }[self.value]


@dataclass(frozen=True, kw_only=True)
class SourceFields(ForOne):
    """The request for access: origin, recipients, legal basis, retention. asked_on: asked already in a request, or None."""

    pages: tuple[ListedPage, ...]
    asked_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ReminderFields(FollowUp):
    """The reminder of a request that nobody answered; it restarts nothing.

    due: the last day to answer, of the month of art. 12(3), extended where that was validly done. pages: the fresh
    captures. acknowledged_on: the day of a mere acknowledgement. extended_on: the day of a valid extension.
    """

    due: date
    pages: tuple[ListedPage, ...]
    acknowledged_on: date | None = None
    extended_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerIdentityFields(AnswerTo):
    """The answer to a request for proof of identity (art. 12(6)).

    asks_copy: a copy of an identity document is asked for. doubt: the platform's own words where it gives reasons for
    its doubt, empty where it gives none. supplied: what is sent to lift a reasoned doubt, phrases in lower case without
    a full stop. order_number: of the practitioner at the Ordre, or empty. practice: the professional address, empty
    where it is also the home.
    """

    asks_copy: bool
    doubt: str = ""
    supplied: tuple[str, ...] = ()
    order_number: str = ""
    practice: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AnswerRefusalFields(AnswerTo):
    """The answer to a refusal: one paragraph per argument that a person ticked, in the order of `Argument`."""

    arguments: tuple[Argument, ...]
    pages: tuple[ListedPage, ...]

    @property
    def traits(self) -> tuple[str, ...]:
        """Return what the pages show beyond a name and an address, each thing once."""
        return tuple(dict.fromkeys(trait for page in self.pages for trait in page.traits))

    @property
    def reviewed(self) -> bool:
        """Return True when a page shows reviews."""
        return shows(self.pages, Trait.REVIEWS)

    @property
    def inaccurate(self) -> bool:
        """Return True when a page shows wrong data."""
        return shows(self.pages, Trait.WRONG_DATA)


@dataclass(frozen=True, kw_only=True)
class AnswerExtensionFields(AnswerTo):
    """The answer to an extension that came late or without reasons (art. 12(3)).

    due: the last day of the first month. received_on: the day the notice reached us. reasoned: it gives reasons drawn
    from complexity and number.
    """

    due: date
    received_on: date
    reasoned: bool

    @property
    def late(self) -> bool:
        """Return True when the notice came after the first month."""
        return self.received_on > self.due


@dataclass(frozen=True, kw_only=True)
class AnswerIdenticalFields(AnswerTo):
    """The answer to « identical, excessive requests » (art. 12(5)). situation: this person's own facts, whole sentences."""

    pages: tuple[ListedPage, ...]
    situation: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AnswerNotDoneFields(AnswerTo):
    """The answer to « it is done » when a reading still shows the page. readings: the captures made since, oldest first."""

    readings: tuple[ListedPage, ...]


@dataclass(frozen=True, kw_only=True)
class AnswerPartialFields(AnswerRefusalFields):
    """The answer to an erasure in part only. pages: the captures made since, of what is still there.

    arguments: what the platform says for keeping the rest, maybe nothing. said: its own words about what it keeps, or
    empty.
    """

    said: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerPrecisionFields(AnswerTo):
    """The answer to a question about the request: what it already said, said again; nothing new is asked.

    pages: all of the request's. said: what the platform asks, in its own words, or empty. points: what it asks to be told
    again beside the pages, ticked by a person, in the order of `Precision`. situation: the person's own reasons, where
    these are asked; whole sentences.
    """

    pages: tuple[ListedPage, ...]
    said: str = ""
    points: tuple[Precision, ...] = ()
    situation: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WithdrawalFields(FollowUp):
    """The courteous withdrawal of a request; nothing else is asserted."""

    takes_back: ClassVar[bool] = True
    why: TakenBack


@dataclass(frozen=True, kw_only=True)
class RectificationFields(ForOne):
    """The letter about a mistake of person.

    mixup: MIXED_PAGE asks for the page to be put right (art. 16); OTHER_PERSON withdraws a request of ours as far as
    these pages go. pages: the pages concerned. wrong: for MIXED_PAGE, the kinds of data that are not the person's, as
    « numéro de téléphone », never another person's name. earlier: the request to be put right, for OTHER_PERSON.
    """

    mixup: Mixup
    pages: tuple[ListedPage, ...]
    wrong: tuple[str, ...] = ()
    earlier: Earlier | None = None


Followed = (
    SourceFields
    | ReminderFields
    | AnswerIdentityFields
    | AnswerRefusalFields
    | AnswerExtensionFields
    | AnswerIdenticalFields
    | AnswerNotDoneFields
    | AnswerPartialFields
    | AnswerPrecisionFields
    | WithdrawalFields
    | RectificationFields
)


def follow_gaps(letter: Followed) -> Iterator[str]:
    """Yield what one of these letters lacks, or contradicts."""
    if not isinstance(letter, AnswerIdentityFields) or not letter.doubt:
        yield from identity_gaps(letter.attachments)
    if isinstance(letter, FollowUp):
        yield from earlier_gaps(letter)
    match letter:
        case SourceFields():
            yield from paged_gaps(letter, letter.pages)
        case ReminderFields():
            yield from page_gaps(letter.pages)
            yield from _fresh(letter.pages, letter.earlier.received_on)
            if letter.due >= letter.day:
                yield "Le délai de réponse n’est pas expiré : aucun rappel ne part."
        case AnswerIdentityFields():
            if not letter.rpps and not letter.order_number and not letter.represented:
                yield "Il manque ce qui identifie la personne : numéro RPPS, numéro à l’Ordre ou mandat."
            if letter.doubt and not letter.supplied:
                yield "La plateforme motive son doute : il manque ce qui est fourni pour le lever."
            if letter.supplied and not letter.doubt:
                yield "Rien n’est fourni de plus tant que la plateforme ne motive pas son doute."
        case AnswerRefusalFields():
            partial = isinstance(letter, AnswerPartialFields)
            if partial and not letter.pages:
                yield "Il manque une copie de ce qui reste affiché, faite depuis le message de la plateforme."
            else:
                yield from page_gaps(letter.pages)
            if partial:
                yield from _fresh(letter.pages, letter.reply_day)
            if list(letter.arguments) != [each for each in Argument if each in letter.arguments]:
                yield "Les arguments ne sont pas cités une fois chacun, dans l’ordre."
            if not letter.arguments and not partial:
                yield "Il manque l’argument auquel répondre : une personne coche ce que la plateforme a écrit."
        case AnswerExtensionFields():
            if not letter.late and letter.reasoned:
                yield "La prolongation est arrivée à temps et motivée : elle est valable, rien n’est à contester."
            if letter.late and letter.reasoned and not letter.earlier.proven:
                yield "La prolongation n’est tardive que si la réception est bien celle qui est présumée : à ne pas contester."
        case AnswerIdenticalFields():
            yield from page_gaps(letter.pages)
            if not letter.situation:
                yield "Il manque les faits propres à cette personne."
            yield from own_gaps(letter.situation, letter.practitioner_name, represented=letter.represented)
        case AnswerPrecisionFields():
            yield from page_gaps(letter.pages)
            if list(letter.points) != [each for each in Precision if each in letter.points]:
                yield "Ce que la plateforme demande n’est pas cité une fois chacun, dans l’ordre."
            if Precision.REASONS in letter.points and not letter.situation:
                yield "Elle demande les raisons de l’opposition : il manque les faits propres à la personne."
            if Precision.REASONS not in letter.points and letter.situation:
                yield "Les raisons ne sont redites que si la plateforme les demande."
            yield from own_gaps(letter.situation, letter.practitioner_name, represented=letter.represented)
        case AnswerNotDoneFields():
            yield from page_gaps(letter.readings)
            yield from _fresh(letter.readings, letter.reply_day)
        case RectificationFields():
            yield from paged_gaps(letter, letter.pages)
            if letter.mixup is Mixup.MIXED_PAGE and not letter.wrong:
                yield "Il manque ce qui, sur la page, n’est pas de cette personne."
            if letter.mixup is Mixup.OTHER_PERSON and letter.earlier is None:
                yield "Il manque la demande à rectifier."
        case WithdrawalFields():
            pass


def _fresh(pages: tuple[ListedPage, ...], since: date) -> Iterator[str]:
    for page in pages:
        if page.captured_at.astimezone(PARIS).date() < since:
            yield f"La copie de la page est antérieure à ce dont le courrier parle : {page.url}."
