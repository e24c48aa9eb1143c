"""A case: one practitioner and one controller. Folds what happened into where it stands on a day; touches no store.

The state machine is the table of the law page, part 8. words: the vocabulary; table: from where each event may happen
and where it leads; guards and effects: what the table does not say; facts: corrections; fold: all of it on a day.
OVERDUE and CNIL_READY by the gate are computed from the clock, never stored.
"""

from listingguard.domain.case.facts import Fact, effective, findings_of, of_two_owners
from listingguard.domain.case.fold import allowed, instead, status, why_not
from listingguard.domain.case.standing import Clock, DueChange, Place, Rules, Status
from listingguard.domain.case.table import (
    ABSENCE_DAYS,
    ANSWERED,
    AT_CNIL,
    BY_THE_PROGRAM,
    EARLY,
    LATE,
    OPEN,
    PRESUMED_AFTER_DAYS,
    REPLIES,
)
from listingguard.domain.case.words import Acting, CaseOutcome, EventKind, Gate, State

__all__ = [
    "ABSENCE_DAYS",
    "ANSWERED",
    "AT_CNIL",
    "BY_THE_PROGRAM",
    "EARLY",
    "LATE",
    "OPEN",
    "PRESUMED_AFTER_DAYS",
    "REPLIES",
    "Acting",
    "CaseOutcome",
    "Clock",
    "DueChange",
    "EventKind",
    "Fact",
    "Gate",
    "Place",
    "Rules",
    "State",
    "Status",
    "allowed",
    "effective",
    "findings_of",
    "instead",
    "of_two_owners",
    "status",
    "why_not",
]
