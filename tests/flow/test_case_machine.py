"""One case on a real store, events in any order, restarts, leaps of the clock: what must hold whatever happens."""

from __future__ import annotations

import random
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from listingguard.domain.case import (
    LATE,
    Acting,
    EventKind,
    Fact,
    Gate,
    Rules,
    State,
    allowed,
    status,
)
from listingguard.domain.foresight import Foreseen, foreseen, most_pressing
from listingguard.domain.listing import Outcome
from listingguard.domain.next_step import next_actions, replied
from listingguard.domain.practitioner import Mandate, Practitioner
from listingguard.domain.record import CaptureRow, CaseFilter, LetterRow, ReadingRow
from listingguard.domain.service import owed
from listingguard.edge.calendar import calendar
from listingguard.edge.store import Store
from listingguard.errors import IllegalEvent, Refused
from listingguard.flow import clock, complain

K = EventKind
SITE, WHO, FIRST = "rdv.example", "99900000011", date(2026, 1, 5)
CONTROLLERS = {"rdv": {"name": "Rdv Exemple SAS", "street": "1 rue des Essais"}}
KINDS = [k for k in EventKind if k not in (K.DETECTED, K.DUE_CHANGED)]
CLOSING = {K.AUTHORISED, K.NOT_ME, K.GONE_BEFORE_REQUEST, K.AGREEMENT_FOUND, K.DECEASED, K.WITHDRAWN, K.DUPLICATE}
WHOLE = {"fr": calendar("fr"), "guyane": calendar("guyane")}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def drawn(kind: EventKind, day: date, rng: random.Random) -> dict[str, Any]:
    def near() -> str:
        return str(day - timedelta(days=rng.randrange(-2, 15)))

    match kind:
        case K.REQUEST_SENT | K.PRIOR_REQUEST_RECORDED:
            return {"channel": rng.choice(["email", "email", "lrar"]), "dispatch": rng.choice("ab")}
        case K.ERASED_VERIFIED:
            return {"absent_on": [str(day - timedelta(days=rng.choice([3, 8]))), str(day)]}
        case K.EXTENSION_NOTIFIED:
            return {"reasoned": rng.random() < 0.7}
        case K.ID_REQUESTED:
            return {"timely": rng.random() < 0.8}
        case K.DUPLICATE:
            return {"of": "CDO26-2026-9999"} if rng.random() < 0.5 else {}
        case K.CORRECTION:
            return rng.choice([{"void": True}, {"day": near()}, {"data": {"received_on": near()}}])
        case K.FINDING_ADDED:
            return {"findings": [{"listing": f"{SITE}:autre", "url": f"https://{SITE}/autre", "capture": "c"}]}
        case _:
            return {"received_on": near()} if rng.random() < 0.3 else {}


class OneCase(RuleBasedStateMachine):
    """A home with one case. Everything that a rule does goes through the store, as in life."""

    @initialize(gate=st.sampled_from(Gate), steps=st.sampled_from([0, 3, 5, 6, 6, 6]))
    def open(self, gate: Gate, steps: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.rules, self.today, self.store = Rules(Acting.COUNCIL, gate, WHOLE["fr"]), FIRST, None
        self.approved: set[str] = set()
        self.told: list[tuple[str, str, date]] = []
        self.reopen()
        person = Practitioner(id=WHO, rpps=WHO, family_name="Exemple", first_name="Camille")
        self.store.put_practitioner(person, source="essai", day=FIRST, at=at(FIRST))
        mandate = Mandate("m1", WHO, "retrait", ("saisir la CNIL",), FIRST, FIRST + timedelta(days=150), "d" * 64)
        self.store.put_mandate(mandate, at=at(FIRST), actor="A")
        found = {"listing": f"{SITE}:camille", "url": f"https://{SITE}/camille", "capture": "c"}
        self.case = self.store.open_case(
            "CDO26", None, practitioner=WHO, controller="rdv", platform=SITE, day=FIRST, at=at(FIRST), actor="A",
            data={"findings": [found]},
        )  # fmt: skip
        self.look()
        # Most stories begin in their middle: the way there is short, what may happen then is not.
        for _ in range(steps):
            self.the_next_step(0, 0)

    def reopen(self) -> None:
        if self.store is not None:
            self.store.close()
        self.store = Store(self.folder / "listingguard.db", self.rules)

    def teardown(self) -> None:
        if getattr(self, "store", None) is not None:
            self.store.close()
            shutil.rmtree(self.folder)

    def attempt(self, kind: EventKind, day: date, key: str, data: dict[str, Any]) -> bool:
        before = self.store.facts(self.case)
        try:
            return self.store.add_event(self.case, kind, key=key, day=day, at=at(self.today), actor="A", data=data)
        except IllegalEvent as error:
            refused = str(error)
        assert refused.endswith("."), refused
        assert self.store.facts(self.case) == before, "a refused event leaves nothing"
        return False

    # -- what happens ------------------------------------------------------------------------------------------------

    @rule(pick=st.integers(0, 10**6), seed=st.integers(0, 10**6), late=st.sampled_from([0, 0, 0, 5, 20]))
    def something(self, pick: int, seed: int, late: int) -> None:
        """Anything at all, on any day."""
        rng, day = random.Random(seed), self.today - timedelta(days=late)
        kind, count = KINDS[pick % len(KINDS)], len(self.store.facts(self.case))
        if kind in CLOSING and pick % 7:
            return
        key = str(rng.randrange(1, count + 1)) if kind is K.CORRECTION else f"k{seed % 40}"
        self.attempt(kind, day, key, drawn(kind, day, rng))

    @rule(pick=st.integers(0, 10**6), seed=st.integers(0, 10**6))
    def the_next_step(self, pick: int, seed: int) -> None:
        """What carries the story on, where the case allows it."""
        story = [
            K.LISTING_CONFIRMED_BY_KINE, K.MANDATE_SIGNED, K.REQUEST_SENT, K.RECEIVED, K.ID_REQUESTED, K.ID_SUPPLIED,
            K.EXTENSION_NOTIFIED, K.ERASED_CLAIMED, K.REFUSAL, K.PARTIAL, K.FILED, K.CNIL_ACK, K.CNIL_REJECTED,
        ]  # fmt: skip
        done = {f.kind for f in self.store.facts(self.case)}
        may = allowed(self.store.facts(self.case), self.today, self.rules)
        possible = [k for k in story if k in may and k not in done]
        if K.REQUEST_APPROVED in may and K.MANDATE_SIGNED in done:
            self.approve(twice=True)
        elif possible:
            kind = possible[pick % min(3, len(possible))]
            self.attempt(
                kind,
                self.today,
                f"s{seed}",
                drawn(kind, self.today, random.Random(seed)) | {"received_on": str(self.today)},
            )

    @rule(twice=st.booleans())
    def approve(self, twice: bool) -> None:
        """A request is approved and its letter frozen in one unit; the same key never holds another text."""
        number = sum(f.kind is K.REQUEST_APPROVED for f in self.store.facts(self.case)) + 1
        letter = f"{self.case}/request/{number}"
        row = LetterRow(letter, self.case, "request", number, "t", f"texte {number}", "p", "A", self.today)
        try:
            with self.store.tx("machine.approve"):
                self.store.add_event(
                    self.case, K.REQUEST_APPROVED, key=letter, day=self.today, at=at(self.today), actor="A"
                )
                self.store.add_letter(row, at=at(self.today))
        except IllegalEvent:
            return
        assert letter not in self.approved
        self.approved.add(letter)
        if twice:
            try:
                self.store.add_letter(replace(row, text="un autre texte"), at=at(self.today))
            except Refused:
                return
            raise AssertionError("two letters of one key")

    @rule(days=st.sampled_from([1, 3, 8, 33, 70]))
    def time_passes(self, days: int) -> None:
        """The machine is on, or was off for weeks."""
        self.today += timedelta(days=days)
        told = clock.tick(self.store, today=self.today, at=lambda: at(self.today))
        self.told += [(n.case, n.kind, n.due) for n in told]
        assert clock.tick(self.store, today=self.today, at=lambda: at(self.today)) == (), (
            "a second run has nothing to say"
        )

    @rule()
    def look(self) -> None:
        """The page is captured."""
        number = self.store.add_reading(
            ReadingRow(SITE, f"https://{SITE}/camille", self.today, Outcome.LISTINGS, "", 1, True, False),
            at=at(self.today), milliseconds=5,
        )  # fmt: skip
        row = CaptureRow(
            self.today.isoformat().ljust(64, "0"),
            SITE,
            f"https://{SITE}/camille",
            "b" * 64,
            self.today,
            at(self.today),
            {"origin": "scan"},
        )
        self.store.add_capture(row, number, [f"{SITE}:camille"])

    @rule()
    def complain(self) -> None:
        """A complaint is asked for; what the guard lets through is checked against the law page, part 8, by hand."""
        row = self.store.case(self.case)
        if complain.missing(self.store, row, CONTROLLERS, today=self.today):
            return
        now = self.store.status(self.case, self.today)
        assert now.sent_on is not None
        assert now.clock is not None
        assert now.state not in (State.CLOSED, State.ERASED, State.FILED, State.CNIL_PENDING, State.SENT)
        assert not now.held
        assert self.today > now.clock.legal.due or now.decision is not None or now.base is State.CNIL_READY
        assert self.store.valid_mandate(WHO, self.today) is not None
        days = [c.day for c in self.store.captures(f"{SITE}:camille")]
        prior = any(f.kind is K.PRIOR_REQUEST_RECORDED for f in self.store.facts(self.case))
        assert prior or min(days) <= now.sent_on
        assert max(days) >= self.today - timedelta(days=7)
        self.attempt(K.PACK_REQUESTED, self.today, self.today.isoformat(), {})

    @rule()
    def restart(self) -> None:
        """The program stops and starts."""
        before = self.store.status(self.case, self.today)
        self.reopen()
        assert self.store.status(self.case, self.today) == before

    @precondition(lambda self: self.today > FIRST + timedelta(days=20))
    @rule()
    def another_calendar(self) -> None:
        """The calendar is corrected: every date that moves is kept with its reason, and is the new one."""
        before = self.store.status(self.case, self.today)
        name = "fr" if self.rules.holidays is WHOLE["guyane"] else "guyane"
        self.rules = replace(self.rules, holidays=WHOLE[name])
        self.reopen()
        self.store.follow_calendar(at=at(self.today))
        after = self.store.status(self.case, self.today)
        ran = before.clock is not None and before.base in LATE - {State.SENT} and before.base is not State.ID_PENDING
        if (
            ran
            and before.clock is not None
            and after.clock is not None
            and before.clock.legal.due != after.clock.legal.due
        ):
            assert after.due_changed is not None
            assert after.due_changed.legal == (before.clock.legal.due, after.clock.legal.due)

    # -- what always holds ---------------------------------------------------------------------------------------------

    @invariant()
    def the_status_is_a_replay(self) -> None:
        facts = [*self.store.facts(self.case)]
        now = self.store.status(self.case, self.today)
        random.Random(1).shuffle(facts)
        assert status(facts, self.today, self.rules) == now
        (line,), total = self.store.case_lines(self.today, CaseFilter(practitioner=WHO))
        due = now.clock.legal.due.isoformat() if now.clock else None
        assert (line.state, line.outcome, line.legal_due, line.held, total) == (
            now.state.value,
            now.outcome.value,
            due,
            now.held,
            1,
        )
        # What `question list` shows is among the cases it looks at.
        if now.answer is not None or now.state is State.DETECTED:
            assert self.case in self.store.asked(self.today)

    @invariant()
    def what_is_foreseen_comes_true(self) -> None:
        facts = self.store.facts(self.case)
        ahead = foreseen(self.case, facts, self.rules)
        for days in (0, 1, 2, 8, 9, 10, 31, 40, 120, 400):
            day = max(self.today, ahead.last) + timedelta(days=days)
            if not ahead.moves:
                assert ahead.state(day) is status(facts, day, self.rules).state
                self.the_tasks_are_those_of(ahead, facts, day)
        asked = {case for case, _ in self.store.tasks(self.today, self.today + timedelta(days=30))}
        actions = clock.actions_of(self.store, self.case, self.store.status(self.case, self.today), self.today)
        # What is preselected may be too much, never too little.
        assert most_pressing(actions) is None or self.case in asked
        assert {case.id for case, _, _ in clock.to_do(self.store, today=self.today).rows} == (
            set() if most_pressing(actions) is None else {self.case}
        )

    def the_tasks_are_those_of(self, ahead: Foreseen, facts: tuple[Fact, ...], day: date) -> None:
        """What is stored of a day is what the facts ask that day."""
        now = status(facts, day, self.rules)
        due = most_pressing(
            (*owed(facts, now, self.rules, ()), *next_actions(now, self.rules, replied=replied(facts, day)))
        )
        stored = [t.due for t in ahead.tasks if t.since <= day and (t.until is None or day <= t.until)]
        assert stored == ([] if due is None else [due]), (day, ahead.tasks)

    @invariant()
    def each_reminder_is_said_once(self) -> None:
        assert len(set(self.told)) == len(self.told)

    @invariant()
    def the_chain_is_intact(self) -> None:
        assert self.store.broken_links() == ()


OneCase.TestCase.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOneCase = OneCase.TestCase


def test_a_receipt_told_late_moves_the_dates_and_the_old_ones_are_kept(tmp_path: Path) -> None:
    rules = Rules(Acting.COUNCIL, Gate.COUNCIL, WHOLE["fr"])
    with Store(tmp_path / "listingguard.db", rules) as store:
        case = store.open_case(
            "CDO26",
            None,
            practitioner=WHO,
            controller="rdv",
            platform=SITE,
            day=FIRST,
            at=at(FIRST),
            actor="A",
            data={},
        )
        story = [
            (K.LISTING_CONFIRMED_BY_KINE, FIRST, {}), (K.MANDATE_SIGNED, FIRST, {}), (K.REQUEST_APPROVED, FIRST, {}),
            (K.REQUEST_SENT, FIRST, {"channel": "email", "dispatch": "e1"}), (K.RECEIPT_PRESUMED, FIRST + timedelta(days=7), {}),
        ]  # fmt: skip
        for kind, day, data in story:
            store.add_event(case, kind, key="k", day=day, at=at(day), actor="A", data=data)
        late = date(2026, 2, 20)
        assert store.status(case, late).state is State.OVERDUE
        store.add_event(case, K.RECEIVED, key="avis", day=date(2026, 1, 22), at=at(late), actor="A")
        now = store.status(case, late)
        assert now.state is State.RUNNING
        assert now.due_changed is not None
        assert (now.due_changed.day, now.due_changed.reason) == (late, "réception prouvée")
        assert now.due_changed.legal == (date(2026, 2, 5), date(2026, 2, 23))
        assert isinstance(store.facts(case)[-1], Fact)
        told = clock.tick(store, today=late, at=lambda: at(late))
        assert [n.kind for n in told] == ["due_changed"]
        assert "elle était le 5 février 2026, elle est le 23 février 2026" in told[0].text
