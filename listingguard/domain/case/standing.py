"""Where a case stands on a day, and both its clocks: what the fold returns. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from listingguard.domain.case.words import Acting, CaseOutcome, EventKind, Gate, State
from listingguard.domain.deadline import Basis, Deadline
from listingguard.domain.question import Said


@dataclass(frozen=True)
class Place:
    """Where a controller acts: the name on screen, the name of each public holiday there.

    abroad: not in France; its holidays are those of the whole country, and may be unknown.
    """

    name: str
    holidays: Mapping[date, str] = field(default_factory=dict, hash=False)
    abroad: bool = False


@dataclass(frozen=True)
class Rules:
    """What the home decided and the calendars say. holidays: name of each public holiday where no `places` says otherwise.

    families: the hosts that another name of a platform stands for, see practitioner.families. places: controller ->
    where it acts, for those that do not act under the home's own calendar.
    """

    acting: Acting
    gate: Gate
    holidays: Mapping[date, str]
    families: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    places: Mapping[str, Place] = field(default_factory=dict, hash=False)
    calendar: str = ""
    """The French name of the calendar that `holidays` is."""


@dataclass(frozen=True)
class Clock:
    """Both deadlines of a request. `legal` is the one acted on: the later of with and without suspension.

    receipt: the day it runs from; basis: proven or presumed. presumed_receipt: what was presumed before, shown
    beside. extended: the platform validly extended, so `legal` counts three months. place: where the controller acts,
    when that is not under the home's own calendar; abroad, each date is the later of both countries'.
    """

    receipt: date
    basis: Basis
    legal: Deadline
    council: Deadline
    without_pause: Deadline
    extended: bool = False
    presumed_receipt: date | None = None
    place: Place | None = None
    legal_presumed: Deadline | None = None
    """The law's deadline from `presumed_receipt`: shown beside, as a reply proves a receipt at the latest that day."""

    def gate_due(self, gate: Gate) -> date:
        """Return the last day on which no complaint is drafted by itself."""
        return self.legal.due if gate is Gate.LEGAL else max(self.legal.due, self.council.due)


@dataclass(frozen=True)
class DueChange:
    """Dates of a running delay that moved: on which day it was noticed, why, and each date before and after.

    A date is None where the delay does not run (any more).
    """

    day: date
    reason: str
    legal: tuple[date | None, date | None]
    council: tuple[date | None, date | None]


_CLOSED_AS = {
    EventKind.AUTHORISED: CaseOutcome.AGREED,
    EventKind.AGREEMENT_FOUND: CaseOutcome.AGREED,
    EventKind.NOT_ME: CaseOutcome.NOT_ME,
    EventKind.GONE_BEFORE_REQUEST: CaseOutcome.GONE,
    EventKind.WITHDRAWN: CaseOutcome.WITHDRAWN,
    EventKind.DUPLICATE: CaseOutcome.DUPLICATE,
    EventKind.DECEASED: CaseOutcome.DECEASED,
}
_DECIDED_AS = {
    EventKind.PARTIAL: CaseOutcome.PARTIAL,
    EventKind.REFUSAL: CaseOutcome.REFUSED,
    EventKind.CLAIM_DISPROVED: CaseOutcome.DISPROVED,
}


@dataclass(frozen=True)
class Status:
    """Where a case stands on one day. `base` is the state before the clock is read; `state` is what people see.

    held: why nothing may leave (empty = free); suspended: why a person said so. marks: French sentences a person must
    know. ignored: numbers of events that had no effect where they fall in time. close_reason: the event that closed the
    case. silent: the legal deadline passed without an answer, and nothing was decided since. undelivered: the request came back or
    never left, the next one needs a new approval. cnil_reminder, appeal_by: reminders of three and two months,
    never deadlines of the law. cnil_asks: the CNIL waits for documents.
    """

    state: State
    base: State
    day: date
    opened_on: date | None = None
    held: tuple[str, ...] = ()
    suspended: str = ""
    clock: Clock | None = None
    sent_on: date | None = None
    answered: bool = False
    claimed_erased_on: date | None = None
    erased_on: date | None = None
    filed_on: date | None = None
    tell_cnil: bool = False
    asked_on: tuple[date, ...] = ()
    """Days on which the practitioner was last asked, reminders included."""
    question_open: bool = False
    """The practitioner was asked, and has not said yes or no since."""
    answer: Said | None = None
    """The practitioner's answer that waits for a person."""
    unasked: tuple[str, ...] = ()
    """Addresses of the pages that joined the case after the practitioner's own word: they said nothing of these."""
    to_withdraw: bool = False
    """The platform must be told that the request it received is taken back."""
    pack_requested: bool = False
    decision: EventKind | None = None
    """The last answer that settles something: partial, refusal or claim_disproved."""
    due_changed: DueChange | None = None
    """The last time a date moved once the delay ran."""
    close_reason: EventKind | None = None
    marks: tuple[str, ...] = ()
    ignored: tuple[int, ...] = ()
    silent: bool = False
    undelivered: bool = False
    id_asked_on: date | None = None
    cnil_reminder: date | None = None
    cnil_asks: bool = False
    appeal_by: date | None = None
    dispatches: tuple[tuple[str, date, str], ...] = ()
    """Standing dispatches: id, day, channel."""

    @property
    def outcome(self) -> CaseOutcome:
        """Return what came of the case so far; a complaint at the CNIL keeps the outcome that led to it."""
        if self.close_reason in _CLOSED_AS:
            return _CLOSED_AS[self.close_reason]
        if self.erased_on is not None:
            return CaseOutcome.ERASED
        if self.decision is not None:
            return _DECIDED_AS[self.decision]
        if self.silent or (self.filed_on is not None and not self.answered):
            return CaseOutcome.SILENT
        return CaseOutcome.CLAIMED if self.claimed_erased_on is not None else CaseOutcome.NONE

    @property
    def overdue_since(self) -> date | None:
        """Return the first day of silence, the day after the legal deadline; None while it runs or was answered in time."""
        return self.clock.legal.late_from if self.clock is not None and self.silent else None
