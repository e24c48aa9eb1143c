"""Cases + a day -> what follows from time alone, and what people must be told; each once, however often it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from listingguard.domain.case import (
    PRESUMED_AFTER_DAYS,
    Acting,
    EventKind,
    State,
    Status,
    findings_of,
)
from listingguard.domain.deadline import add_months
from listingguard.domain.french import french_day
from listingguard.domain.next_step import Action, ledger_actions, next_actions, seen_by_another
from listingguard.domain.practitioner import verdict
from listingguard.domain.question import call_due
from listingguard.domain.record import CaseRow

if TYPE_CHECKING:
    from listingguard.edge.store import Store

PROGRAM = "listingguard"
"""Who acts when only time passed."""


@dataclass(frozen=True)
class Notice:
    """One thing people are told, once: the case, what, about which date, and the French sentence."""

    case: str
    kind: str
    due: date
    text: str


def tick(store: Store, *, today: date, at: Callable[[], datetime]) -> tuple[Notice, ...]:
    """Write what follows from the day and return what is told for the first time.

    It asks what is true and not yet recorded, never what happened since yesterday: a machine off for weeks catches
    up, and nothing is said twice.
    """
    notices: list[Notice] = []
    for case in store.cases():
        _presume(store, case, today, at())
        _expire_mandate(store, case, today, at())
        _disprove(store, case, today, at())
        _end_watch(store, case, today, at())
        notices += _tell(store, case, today, at())
    return tuple(notices)


def _presume(store: Store, case: CaseRow, today: date, at: datetime) -> None:
    """A courriel that did not bounce for seven days is presumed received on the day it left."""
    now = store.status(case.id, today)
    if now.state is not State.SENT:
        return
    sent = sorted((day, name) for name, day, channel in now.dispatches if channel == "email")
    if sent and today >= sent[0][0] + timedelta(days=PRESUMED_AFTER_DAYS):
        day, name = sent[0]
        store.add_event(
            case.id, EventKind.RECEIPT_PRESUMED, key=f"{name}/{day.isoformat()}", day=day + timedelta(days=PRESUMED_AFTER_DAYS), at=at,
            actor=PROGRAM, data={"dispatch": name, "sent_on": day.isoformat()},
        )  # fmt: skip


def _expire_mandate(store: Store, case: CaseRow, today: date, at: datetime) -> None:
    if store.rules.acting is not Acting.COUNCIL or store.status(case.id, today).state is State.CLOSED:
        return
    mandates = store.mandates(case.practitioner)
    # A revocation is told by the person who enters it; here only the end of the term.
    over = [m for m in mandates if m.until < today and m.revoked_on is None]
    signed = {f.key for f in store.facts(case.id) if f.kind is EventKind.MANDATE_SIGNED}
    if not over or store.valid_mandate(case.practitioner, today) is not None:
        return
    last = max(over, key=lambda m: m.until)
    if last.id in signed:
        store.add_event(
            case.id, EventKind.MANDATE_EXPIRED, key=last.id, day=last.until + timedelta(days=1), at=at, actor=PROGRAM,
            data={"mandate": last.id},
        )  # fmt: skip


def _disprove(store: Store, case: CaseRow, today: date, at: datetime) -> None:
    """A listing captured after the platform said it was erased disproves the claim."""
    now = store.status(case.id, today)
    claimed = now.claimed_erased_on
    if claimed is None or now.state in (State.PARTIAL, State.ERASED, State.CLOSED, State.FILED, State.CNIL_PENDING):
        return
    for key in dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case.id))):
        later = [c for c in store.captures(key) if c.day > claimed]
        if later:
            store.add_event(
                case.id, EventKind.CLAIM_DISPROVED, key=later[0].id, day=later[0].day, at=at, actor=PROGRAM,
                proof=later[0].id, data={"capture": later[0].id, "url": later[0].url},
            )  # fmt: skip
            return


def _end_watch(store: Store, case: CaseRow, today: date, at: datetime) -> None:
    """A year after the removal was observed, nothing shown since: the case is over."""
    now = store.status(case.id, today)
    if now.state is not State.ERASED or now.erased_on is None or today < add_months(now.erased_on, 12):
        return
    keys = dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case.id)))
    if not any(c.day > now.erased_on for key in keys for c in store.captures(key)):
        over = add_months(now.erased_on, 12)
        store.add_event(case.id, EventKind.WATCH_OVER, key=over.isoformat(), day=over, at=at, actor=PROGRAM)


def _tell(store: Store, case: CaseRow, today: date, at: datetime) -> list[Notice]:
    now = store.status(case.id, today)
    told = []
    for notice in _notices(case, now, today):
        with store.tx("clock.tell"):
            fresh = store.tell(case.id, notice.kind, notice.due, at=at)
        if fresh:
            told.append(notice)
    return told


def _notices(case: CaseRow, now: Status, today: date) -> tuple[Notice, ...]:
    found: list[Notice] = []
    clock = now.clock
    if clock is not None and now.overdue_since is not None and now.state in (State.OVERDUE, State.CNIL_READY):
        text = (
            f"{case.id} : sans réponse. L’échéance légale était le {french_day(clock.legal.due)} "
            f"(réception {clock.basis.label} le {french_day(clock.receipt)})."
        )
        found.append(Notice(case.id, "legal", clock.legal.due, text))
        if today > clock.council.due:
            text = f"{case.id} : le repère du conseil, le {french_day(clock.council.due)}, est passé lui aussi."
            found.append(Notice(case.id, "council", clock.council.due, text))
    call = call_due(now.asked_on) if now.state is State.DETECTED and now.answer is None else None
    if call is not None and call <= today:
        text = f"{case.id} : la question et ses rappels sont restés sans réponse, une personne appelle le praticien."
        found.append(Notice(case.id, "call", call, text))
    if now.state in (State.FILED, State.CNIL_PENDING) and now.cnil_reminder is not None:
        reminder = now.cnil_reminder
        if today > reminder:
            text = f"{case.id} : trois mois sans nouvelles de la CNIL, consulter un avocat."
            found.append(Notice(case.id, "cnil", reminder, text))
    return tuple(found)


def actions_of(store: Store, case_id: str, now: Status, today: date) -> tuple[Action, ...]:
    """Return what must be done next in one case; a pure look, nothing is written."""
    keys = dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case_id)))
    seen = seen_by_another([c for key in keys for c in store.captures(key)], now.sent_on, today)
    case = store.case(case_id)
    said = verdict(store.authorisations(case.practitioner), case.practitioner, case.platform, today)
    mandates = store.mandates(case.practitioner)
    return (*next_actions(now, store.rules, seen_by_another=seen), *ledger_actions(now, store.rules, said, mandates))


def to_do(store: Store, *, today: date) -> tuple[tuple[CaseRow, Status, Action], ...]:
    """Return what people must do, case by case, most pressing first; a pure look, nothing is written."""
    found = []
    for case in store.cases():
        now = store.status(case.id, today)
        found += [(case, now, action) for action in actions_of(store, case.id, now, today)]
    far = date.max
    return tuple(
        sorted(
            found,
            key=lambda item: (item[2].due or date.min, item[0].id) if item[2].code != "wait" else (far, item[0].id),
        )
    )
