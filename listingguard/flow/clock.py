"""Cases + a day -> what follows from time alone, and what people must be told; each once, however often it runs."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from listingguard.domain import alarm, incoming
from listingguard.domain.alarm import WATCH_MONTHS, notices
from listingguard.domain.case import (
    AT_CNIL,
    PRESUMED_AFTER_DAYS,
    Acting,
    EventKind,
    Fact,
    State,
    Status,
    findings_of,
    of_two_owners,
    status,
)
from listingguard.domain.correspondence import REQUESTS
from listingguard.domain.deadline import Basis, add_months
from listingguard.domain.event import PROGRAM
from listingguard.domain.foresight import most_pressing
from listingguard.domain.french import french_day, plural
from listingguard.domain.letter import Kind
from listingguard.domain.next_step import (
    Action,
    Who,
    kept_for,
    kept_in,
    ledger_actions,
    mandate_over,
    next_actions,
    replied,
    roster_actions,
    seen_by_another,
)
from listingguard.domain.practitioner import MANDATE_NOTICE_DAYS, verdict
from listingguard.domain.record import REGISTERED, CaseRow, DispatchState, ReplyRow
from listingguard.domain.service import ELECTRONIC, owed

if TYPE_CHECKING:
    from listingguard.edge.store import Store

DIGEST_DAYS = 14
"""How far ahead the week's summary looks."""

_AT_ONCE = 32
"""Cases looked at in one unit of work."""

_WAITING = frozenset({State.RUNNING, State.EXTENDED, State.ID_PENDING})


@dataclass(frozen=True)
class Told:
    """One thing people are told, once: the case (empty: the whole home), what, about which date, and the sentence."""

    case: str
    kind: str
    due: date
    text: str


def tick(store: Store, *, today: date, at: Callable[[], datetime]) -> tuple[Told, ...]:
    """Write what follows from the day and return what is told for the first time.

    It asks what is true and not yet recorded, never what happened since yesterday: a machine off for weeks catches
    up, and nothing is said twice. Only the cases of which something is due that day are read. at: the clock, aware UTC,
    asked anew for each case.
    """
    store.follow_calendar(at=at())
    mandates = store.mandates_ending(today + timedelta(days=MANDATE_NOTICE_DAYS))
    told: list[Told] = []
    due = sorted({*store.awake(today), *mandates, *store.unread_cases()})
    for first in range(0, len(due), _AT_ONCE):
        # What the day did to a case and that it was told are kept together; one unit for several spares the disk.
        with store.tx("clock.cases"):
            for case_id in due[first : first + _AT_ONCE]:
                told += _look(store, store.case(case_id), today, at())
    return tuple(told)


def _look(store: Store, case: CaseRow, today: date, at: datetime) -> list[Told]:
    """Do to one case what the day does, then return what is told of it for the first time."""
    now = store.status(case.id, today)
    for act in (_presume, _expire_mandate, _disprove, _end_watch):
        if act(store, case, now, at):
            now = store.status(case.id, today)
    unread = store.unread_replies(case.id)
    told = [n for n in notices(case.id, now) if n.kind not in _OF_SILENCE or not _answer_waits(unread, now)]
    found = [*told, *_mandate_ending(store, case, now, today), *_unread(case, unread, today)]
    return [Told(case.id, n.kind, n.due, n.text) for n in found if store.tell(case.id, n.kind, n.due, at=at)]


_OF_SILENCE = frozenset({"legal", "council"})
"""The notices that say a time to answer ran out."""


def _answer_waits(unread: Iterable[ReplyRow], now: Status) -> bool:
    """Return True when a message that came in time has not been read: nobody is told of a silence before it is."""
    due = now.clock.legal.due if now.clock is not None else None
    return any(due is not None and row.day <= due for row in unread)


def _unread(case: CaseRow, unread: Iterable[ReplyRow], today: date) -> list[alarm.Notice]:
    """A reply that nobody has read is told of again, after three, ten and twenty-four days."""
    told = []
    for row in unread:
        due = incoming.reminder_due(row.day, today)
        if due is not None:
            text = f"{case.id} : la réponse reçue le {french_day(row.day)} attend toujours d’être lue, et rien ne part avant."
            told.append(alarm.Notice(f"unread/{row.sha256[:12]}", due, text))
    return told


def _presume(store: Store, case: CaseRow, now: Status, at: datetime) -> bool:
    """An e-mail that did not bounce for PRESUMED_AFTER_DAYS is presumed received on the day it left.

    Source: the law page, part 2: the presumption is shown wherever the date is, and any proof of receipt replaces it.
    """
    if now.state is not State.SENT:
        return False
    sent = sorted((day, name) for name, day, channel in now.dispatches if channel == "email")
    if not sent or now.day < sent[0][0] + timedelta(days=PRESUMED_AFTER_DAYS):
        return False
    day, name = sent[0]
    return store.add_event(
        case.id, EventKind.RECEIPT_PRESUMED, key=f"{name}/{day.isoformat()}", day=day + timedelta(days=PRESUMED_AFTER_DAYS),
        at=at, actor=PROGRAM, data={"dispatch": name, "sent_on": day.isoformat()},
    )  # fmt: skip


def _expire_mandate(store: Store, case: CaseRow, now: Status, at: datetime) -> bool:
    """The last mandate ran out and none other holds: from the day after its last, nothing leaves.

    Source: the CNIL's recommendation 2021-070: a mandate has a duration. The law page, part 8.
    """
    if store.rules.acting is not Acting.COUNCIL or now.state is State.CLOSED:
        return False
    # A revocation is told by the person who enters it; here only the end of the term.
    mandates = store.mandates(case.practitioner)
    over = [m for m in mandates if m.until < now.day and m.revoked_on is None]
    if not over or any(m.valid(now.day) for m in mandates):
        return False
    last = max(over, key=lambda m: m.until)
    if all(f.kind is not EventKind.MANDATE_SIGNED or f.key != last.id for f in store.facts(case.id)):
        return False
    return store.add_event(
        case.id, EventKind.MANDATE_EXPIRED, key=last.id, day=last.until + timedelta(days=1), at=at, actor=PROGRAM,
        data={"mandate": last.id},
    )  # fmt: skip


def _disprove(store: Store, case: CaseRow, now: Status, at: datetime) -> bool:
    """A listing captured after the platform said it was erased disproves the claim."""
    claimed = now.claimed_erased_on
    if claimed is None or now.state in (State.PARTIAL, State.ERASED, State.CLOSED, State.FILED, State.CNIL_PENDING):
        return False
    for key in dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case.id))):
        later = [c for c in store.captures(key) if claimed < c.day <= now.day]
        if later:
            return store.add_event(
                case.id, EventKind.CLAIM_DISPROVED, key=later[0].id, day=later[0].day, at=at, actor=PROGRAM,
                proof=later[0].id, data={"capture": later[0].id, "url": later[0].url},
            )  # fmt: skip
    return False


def _end_watch(store: Store, case: CaseRow, now: Status, at: datetime) -> bool:
    """WATCH_MONTHS after the removal was observed, nothing shown since: the case is over, from that day."""
    if now.state is not State.ERASED or now.erased_on is None:
        return False
    over, erased = add_months(now.erased_on, WATCH_MONTHS), now.erased_on
    keys = dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case.id)))
    if now.day < over or any(c.day > erased for key in keys for c in store.captures(key)):
        return False
    return store.add_event(case.id, EventKind.WATCH_OVER, key=over.isoformat(), day=over, at=at, actor=PROGRAM)


def _mandate_ending(store: Store, case: CaseRow, now: Status, today: date) -> list[alarm.Notice]:
    """A mandate is renewed before it ends: a month's notice, in an open case."""
    if store.rules.acting is not Acting.COUNCIL or now.state in (State.DETECTED, State.ERASED, State.CLOSED):
        return []
    mandates = store.mandates(case.practitioner)
    last = max((m.until for m in mandates if m.valid(today)), default=None)
    if last is None or last > today + timedelta(days=MANDATE_NOTICE_DAYS):
        return []
    if any(m.since > today and m.revoked_on is None for m in mandates):
        return []
    return [alarm.Notice("mandate", last, f"{case.id} : le mandat arrive à son terme le {french_day(last)}.")]


def digest(store: Store, *, today: date, at: datetime) -> tuple[Told, ...]:
    """Return the week's summary: how many cases stand where, how many dates come within DIGEST_DAYS.

    Told on the first day of a week (from Monday) on which it is asked for; empty afterwards, and without an open case.
    """
    monday = today - timedelta(days=today.weekday())
    if store.told("", "digest", monday):
        return ()
    counts = store.case_counts(today)
    number = sum(n for state, n in counts.items() if state not in (State.CLOSED, State.ERASED))
    if not number:
        return ()
    with store.tx("clock.digest"):
        store.tell("", "digest", monday, at=at)
    standing = ", ".join(f"{state.label} : {counts[state]}" for state in State if counts[state])
    last = today + timedelta(days=DIGEST_DAYS)
    owing = store.case_counts(today, due_by=last)
    soon = sum(owing[state] for state in _WAITING)
    text = (
        f"Semaine du {french_day(monday)} : {plural(number, 'dossier ouvert', 'dossiers ouverts')} ({standing}) ; "
        f"{plural(soon, 'échéance légale', 'échéances légales')} d’ici au {french_day(last)}."
    )
    return (Told("", "digest", monday, text),)


def actions_of(store: Store, case_id: str, now: Status, today: date) -> tuple[Action, ...]:
    """Return what must be done next in one case; a pure look, nothing is written."""
    return _actions(store, store.case(case_id), store.facts(case_id), now, today)


def _actions(store: Store, case: CaseRow, facts: Sequence[Fact], now: Status, today: date) -> tuple[Action, ...]:
    standing = store.practitioner(case.practitioner).status
    of_roster = roster_actions(now, store.rules, standing)
    if any(action.code == "deceased" for action in of_roster):
        # Nothing else is done in the name of the dead.
        return of_roster
    keys = dict.fromkeys(str(f["listing"]) for f in findings_of(facts)) if now.sent_on is not None else {}
    seen = seen_by_another([c for key in keys for c in store.captures(key)], now.sent_on, today)
    said = verdict(store.authorisations(case.practitioner), case.practitioner, case.platform, today)
    mandates = store.mandates(case.practitioner)
    left = [row for row in store.dispatches(case.id) if row.state is DispatchState.SENT]
    # The question e-mailed to the practitioner, or an answer, is no copy of the request.
    requests = {row.id for row in store.letters(case.id) if Kind(row.kind) in REQUESTS} if left else set()
    sent = [(row.id, row.channel) for row in left if row.letter in requests]
    over = mandate_over(now, store.rules, mandates)
    actions = (
        *owed(facts, now, store.rules, sent),
        *next_actions(now, store.rules, seen_by_another=seen, replied=replied(facts, today)),
        *ledger_actions(now, store.rules, said, mandates),
    )
    actions = kept_for(actions, standing)
    return (*of_roster, *((over, *kept_in(actions)) if over else actions))


def came_back(store: Store, today: date) -> tuple[tuple[str, Action], ...]:
    """Return each case whose post came back and whose request should leave by e-mail today, with what is to do."""
    sent = store.dispatches(state=DispatchState.SENT)
    found = []
    for case_id in dict.fromkeys(row.case for row in sent if row.channel in (REGISTERED, ELECTRONIC)):
        actions = actions_of(store, case_id, store.status(case_id, today), today)
        found += [(case_id, action) for action in actions if action.code == "email_at_once"]
    return tuple(found)


@dataclass(frozen=True)
class Double:
    """Two open cases on one listing: the one that remains, the one that a person closes. sent: both requests left.

    two: they are about two people, so that one of them is not the listing's.
    """

    listing: str
    remains: str
    closes: str
    sent: bool
    two: bool


def doubles(store: Store, today: date) -> tuple[Double, ...]:
    """Return each pair of open cases that rest on one listing and of which a person still may close one, by listing.

    Of two that were sent, the one that came furthest remains: at the CNIL, else with the earlier receipt, else sent first.
    Two at the CNIL are no longer closed here. The cases of two owners of one site are no doubles.
    """
    resting: dict[str, list[str]] = {}
    for case in sorted(store.sharing()):
        facts = store.facts(case)
        if facts[0].day <= today and status(facts, today, store.rules).state not in (State.CLOSED, State.ERASED):
            for key in dict.fromkeys(str(f["listing"]) for f in findings_of(facts)):
                resting.setdefault(key, []).append(case)
    found = []
    for key, cases in sorted(resting.items()):
        first, *others = sorted(cases, key=lambda case: _behind(store.status(case, today), case))
        for other in others:
            last = store.status(other, today)
            if last.state in AT_CNIL or of_two_owners(store.facts(first), store.facts(other)):
                continue
            two = store.survivor(store.case(first).practitioner) != store.survivor(store.case(other).practitioner)
            found.append(Double(key, first, other, last.sent_on is not None, two))
    return tuple(found)


def _behind(now: Status, case: str) -> tuple[bool, bool, date, date, str]:
    received = now.clock.receipt if now.clock is not None else None
    proven = now.clock is not None and now.clock.basis is Basis.PROVEN
    at_cnil = now.state in AT_CNIL
    return not at_cnil, not proven, received or date.max, now.sent_on or date.max, case


@dataclass(frozen=True)
class ToDo:
    """What people must do, most pressing first: the case, where it stands, what. left: cases that were not looked at."""

    rows: tuple[tuple[CaseRow, Status, Action], ...]
    left: int


def to_do(store: Store, *, today: date, limit: int | None = None) -> ToDo:
    """Return what people must do, case by case, most pressing first; a pure look, nothing is written.

    limit: of so many cases, the most pressing ones. Only the cases of which something may be asked are read.
    """
    found: list[tuple[CaseRow, Status, Action]] = []
    ranks: list[date] = []
    waiting = store.tasks(today, today + timedelta(days=MANDATE_NOTICE_DAYS))
    read = 0
    for case_id, earliest in waiting:
        # What a case turns out to ask may be due later than it could be: all that might come before is read.
        if limit is not None and bisect_right(ranks, earliest) >= limit:
            break
        read += 1
        case, facts = store.case(case_id), store.facts(case_id)
        now = status(facts, today, store.rules)
        actions = [action for action in _actions(store, case, facts, now, today) if action.who is not Who.PROGRAM]
        due = most_pressing(actions)
        if due is not None:
            insort(ranks, due)
            found += [(case, now, action) for action in actions]
    found.sort(key=lambda item: (item[2].due or date.min, item[0].id))
    return ToDo(tuple(found), len(waiting) - read)
