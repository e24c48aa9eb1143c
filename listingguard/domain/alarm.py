"""What people are told of a case because a day has come, and on which days that will be. Dates only: no clock, no store.

`notices` says what is true on a day; the ledger of what was told keeps each from being said twice. `foreseen` is what
time alone will do to a case, so that a list of a hundred thousand need not fold each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from listingguard.domain.case import (
    AT_CNIL,
    LATE,
    PRESUMED_AFTER_DAYS,
    Fact,
    Rules,
    State,
    Status,
    status,
)
from listingguard.domain.deadline import add_months
from listingguard.domain.french import french_day
from listingguard.domain.question import call_due, reminder_due

READINGS_AFTER_CLAIM = (1, 8, 30)
"""Days after « c’est effacé » on which the page is read again."""

ID_REVIEW_DAYS = 30
"""A demand for proof of identity is looked at again by a person after this many days."""

APPEAL_NOTICE_DAYS = 30
"""How long before the reminder of an appeal people are told of it."""

WATCH_MONTHS = 12
"""A removal is watched for a year."""

PRESUME, CLAIMED, WATCH_OVER, REMIND = "presume", "claimed", "watch_over", "remind"
"""What the program itself does when the day comes: these are events and letters, nothing is told."""


@dataclass(frozen=True)
class Notice:
    """One thing people are told, once: what, about which date, and the French sentence."""

    kind: str
    due: date
    text: str


@dataclass(frozen=True)
class Wake:
    """A day from which a case wants looking at: something is then told (kind, due) or done by the program."""

    day: date
    kind: str
    due: date


@dataclass(frozen=True)
class Foreseen:
    """A case as it stands after its last fact, and all that time alone will change; a function of its facts.

    last: the day of its last fact; before that day, fold. silent_from: the first day of silence, seen OVERDUE unless
    a complaint is ready; ready_from: the first day it is seen CNIL_READY by the gate. moves: a delay is suspended, so
    that its dates depend on the day asked about.
    """

    now: Status
    last: date
    silent_from: date | None
    ready_from: date | None
    moves: bool
    wakes: tuple[Wake, ...]

    def state(self, day: date) -> State:
        """Return the state seen on `day`, the last fact's or a later one."""
        if self.ready_from is not None and day >= self.ready_from:
            return State.CNIL_READY
        return State.OVERDUE if self.silent_from is not None and day >= self.silent_from else self.now.base


def notices(case: str, now: Status) -> tuple[Notice, ...]:
    """Return what people must be told of a case on `now.day`, whether it was told before or not."""
    found: list[Notice] = []

    def add(kind: str, due: date, text: str) -> None:
        found.append(Notice(kind, due, f"{case} : {text}"))

    clock, today = now.clock, now.day
    if now.due_changed is not None and now.state is not State.CLOSED:
        add("due_changed", now.due_changed.day, changed(now.due_changed.reason, *now.due_changed.legal))
    if clock is not None and now.overdue_since is not None and now.state in (State.OVERDUE, State.CNIL_READY):
        add(
            "legal",
            clock.legal.due,
            f"sans réponse. L’échéance légale était le {french_day(clock.legal.due)} "
            f"(réception {clock.basis.label} le {french_day(clock.receipt)}).",
        )
        if today > clock.council.due:
            add(
                "council",
                clock.council.due,
                f"le repère du conseil, le {french_day(clock.council.due)}, est passé lui aussi.",
            )
    call = call_due(now.asked_on) if now.state is State.DETECTED and now.answer is None else None
    if call is not None and call <= today:
        add("call", call, "la question et ses rappels sont restés sans réponse, une personne appelle le praticien.")
    if now.id_asked_on is not None and now.state is State.ID_PENDING:
        review = now.id_asked_on + timedelta(days=ID_REVIEW_DAYS)
        if review <= today:
            add("identity", review, "un justificatif d’identité est demandé depuis trente jours, une personne décide.")
    if now.claimed_erased_on is not None and now.state in LATE:
        passed = [day for day in rereadings(now.claimed_erased_on) if day <= today]
        if passed:
            # Of several that a machine switched off has missed, the last one says it all.
            add("reread", passed[-1], "la plateforme dit avoir effacé, la page est à relire.")
    if now.state in AT_CNIL and now.cnil_reminder is not None and today > now.cnil_reminder:
        add("cnil", now.cnil_reminder, "trois mois sans nouvelles de la CNIL, consulter un avocat.")
    if now.appeal_by is not None and now.appeal_by - timedelta(days=APPEAL_NOTICE_DAYS) <= today <= now.appeal_by:
        add(
            "appeal",
            now.appeal_by,
            f"la décision de la CNIL se conteste en principe dans les deux mois, d’ici au {french_day(now.appeal_by)} "
            "(simple repère) : consulter un avocat.",
        )
    return tuple(found)


def changed(reason: str, before: date | None, after: date | None) -> str:
    """Return the sentence that says how the law's deadline moved."""
    was = f"elle était le {french_day(before)}" if before else "elle ne courait pas"
    now = f"elle est le {french_day(after)}" if after else "elle ne court plus"
    return f"l’échéance légale est recalculée ({reason}) : {was}, {now}."


def rereadings(claimed: date) -> tuple[date, ...]:
    """Return the days on which a page is read again after its erasure was announced.

    >>> [str(day) for day in rereadings(date(2026, 3, 1))]
    ['2026-03-02', '2026-03-09', '2026-03-31']
    """
    return tuple(claimed + timedelta(days=n) for n in READINGS_AFTER_CLAIM)


def foreseen(case: str, facts: Sequence[Fact], rules: Rules) -> Foreseen:
    """Return how a case stands and what time alone will do to it; `facts` are all of the case's."""
    last = max(f.day for f in facts)
    now = status(facts, last, rules)
    days = sorted({last, *(day for day in _turning_points(now) if day > last)})
    seen = [now, *(status(facts, day, rules) for day in days[1:])]
    wakes: dict[tuple[str, date], Wake] = {}
    for each in seen:
        for told in notices(case, each):
            wakes.setdefault((told.kind, told.due), Wake(each.day, told.kind, told.due))
    for wake in _by_the_program(now):
        wakes[wake.kind, wake.due] = wake
    silent = next((s.day for s in seen if s.silent and s.base is not State.CNIL_READY), None)
    ready = next((s.day for s in seen if s.state is State.CNIL_READY and s.base is not State.CNIL_READY), None)
    moves = now.base is State.ID_PENDING
    return Foreseen(
        now, last, silent, ready, moves, tuple(sorted(wakes.values(), key=lambda w: (w.day, w.kind, w.due)))
    )


def _turning_points(now: Status) -> Iterable[date]:
    """Return the days on which time alone may change how the case is seen, or what is told of it."""
    if now.clock is not None:
        yield now.clock.legal.late_from
        yield now.clock.council.late_from
    if (call := call_due(now.asked_on)) is not None:
        yield call
    if now.id_asked_on is not None:
        yield now.id_asked_on + timedelta(days=ID_REVIEW_DAYS)
    if now.claimed_erased_on is not None:
        yield from rereadings(now.claimed_erased_on)
    if now.cnil_reminder is not None:
        yield now.cnil_reminder + timedelta(days=1)
    if now.appeal_by is not None:
        yield now.appeal_by - timedelta(days=APPEAL_NOTICE_DAYS)


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
