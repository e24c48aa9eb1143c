"""What time alone will do to a case, so that a list of a hundred thousand need not fold each. Dates only: no clock, no store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from listingguard.domain.alarm import (
    APPEAL_NOTICE_DAYS,
    CLAIMED,
    ID_REVIEW_DAYS,
    PRESUME,
    REMIND,
    WATCH_MONTHS,
    WATCH_OVER,
    notices,
    rereadings,
)
from listingguard.domain.case import AT_CNIL, PRESUMED_AFTER_DAYS, Fact, Rules, State, Status, status
from listingguard.domain.deadline import add_months
from listingguard.domain.next_step import Action, Who, next_actions, replied
from listingguard.domain.question import call_due, reminder_due
from listingguard.domain.service import owed


@dataclass(frozen=True)
class Wake:
    """A day from which a case wants looking at: something is then told (kind, due) or done by the program."""

    day: date
    kind: str
    due: date


@dataclass(frozen=True)
class Task:
    """Days on which a case asks something of people, by what its own facts say. until: the last of them, None: for good.

    due: the earliest day by which one of those things is to be done; date.min: at once.
    """

    since: date
    until: date | None
    due: date


@dataclass(frozen=True)
class Foreseen:
    """A case as it stands after its last fact, and all that time alone will change; a function of its facts.

    last: the day of its last fact; before that day, fold. silent_from: the first day of silence, seen OVERDUE unless
    a complaint is ready; ready_from: the first day it is seen CNIL_READY by the gate. moves: a delay is suspended, so
    that its dates depend on the day asked about. tasks: what it asks of people, for as long as it stays as it is.
    """

    now: Status
    last: date
    silent_from: date | None
    ready_from: date | None
    moves: bool
    wakes: tuple[Wake, ...]
    tasks: tuple[Task, ...]

    def state(self, day: date) -> State:
        """Return the state seen on `day`, the last fact's or a later one."""
        if self.ready_from is not None and day >= self.ready_from:
            return State.CNIL_READY
        return State.OVERDUE if self.silent_from is not None and day >= self.silent_from else self.now.base


def foreseen(case: str, facts: Sequence[Fact], rules: Rules) -> Foreseen:
    """Return how a case stands and what time alone will do to it; `facts` are all of the case's."""
    last = max(f.day for f in facts)
    now = status(facts, last, rules)
    days = sorted({last, *(day for day in _turning_points(now) if day > last)})
    seen = [now, *(status(facts, day, rules) for day in days[1:])]
    wakes: dict[tuple[str, date], Wake] = {}
    for each in seen:
        for notice in notices(case, each):
            wakes.setdefault((notice.kind, notice.due), Wake(each.day, notice.kind, notice.due))
    for wake in _by_the_program(now):
        wakes[wake.kind, wake.due] = wake
    silent = next((s.day for s in seen if s.silent and s.base is not State.CNIL_READY), None)
    ready = next((s.day for s in seen if s.state is State.CNIL_READY and s.base is not State.CNIL_READY), None)
    moves = now.base is State.ID_PENDING
    told = tuple(sorted(wakes.values(), key=lambda w: (w.day, w.kind, w.due)))
    return Foreseen(now, last, silent, ready, moves, told, tuple(_tasks(seen, facts, rules)))


def most_pressing(actions: Iterable[Action]) -> date | None:
    """Return the earliest day by which people must have done one of these things; date.min: at once, None: nothing to do.

    A second capture comes with a complaint, and waits for it.
    """
    ours = (a for a in actions if a.who is not Who.PROGRAM and a.code != "second_capture")
    return min((a.due or date.min for a in ours), default=None)


def _tasks(seen: Sequence[Status], facts: Sequence[Fact], rules: Rules) -> Iterator[Task]:
    """Yield what people must do, from one turning point to the next; days on which it is the same are one.

    Post that came back asks for an e-mail unless one left, which other rows know: here it always does.
    """
    since, before = seen[0].day, None
    for now in seen:
        actions = (*owed(facts, now, rules, ()), *next_actions(now, rules, replied=replied(facts, now.day)))
        due = most_pressing(actions)
        if due != before:
            if before is not None:
                yield Task(since, now.day - timedelta(days=1), before)
            since, before = now.day, due
    if before is not None:
        yield Task(since, None, before)


def _turning_points(now: Status) -> Iterable[date]:
    """Return the days on which time alone may change how the case is seen, or what is told of it."""
    if now.clock is not None:
        yield now.clock.legal.late_from
        yield now.clock.council.late_from
    if (call := call_due(now.asked_on)) is not None:
        yield call
    if (remind := reminder_due(now.asked_on)) is not None:
        yield remind
    if now.id_asked_on is not None:
        yield now.id_asked_on + timedelta(days=ID_REVIEW_DAYS)
    if now.claimed_erased_on is not None:
        yield from rereadings(now.claimed_erased_on)
        # The day after, the next reading is the one that is due.
        yield from (day + timedelta(days=1) for day in rereadings(now.claimed_erased_on))
    if now.cnil_reminder is not None:
        yield now.cnil_reminder + timedelta(days=1)
    if now.appeal_by is not None:
        yield now.appeal_by - timedelta(days=APPEAL_NOTICE_DAYS)
        yield now.appeal_by + timedelta(days=1)


def _by_the_program(now: Status) -> Iterable[Wake]:
    remind = reminder_due(now.asked_on) if now.question_open and now.answer is None else None
    if remind is not None and now.base is not State.CLOSED:
        yield Wake(remind, REMIND, remind)
    emails = [day for _, day, channel in now.dispatches if channel == "email"]
    if now.base is State.SENT and emails:
        day = min(emails) + timedelta(days=PRESUMED_AFTER_DAYS)
        yield Wake(day, PRESUME, day)
    if now.claimed_erased_on is not None and now.base not in (State.PARTIAL, State.ERASED, State.CLOSED, *AT_CNIL):
        # A page captured since disproves it, whenever that is.
        yield Wake(now.claimed_erased_on, CLAIMED, now.claimed_erased_on)
    if now.base is State.ERASED and now.erased_on is not None:
        over = add_months(now.erased_on, WATCH_MONTHS)
        yield Wake(over, WATCH_OVER, over)
