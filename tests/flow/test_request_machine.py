"""One request from its text to the mail server: approved, taken back, cut, settled, held, in any order, on any day."""

from __future__ import annotations

import email
import email.policy
import random
import shutil
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from listingguard.domain.case import LATE, EventKind, State, status
from listingguard.domain.record import CaseFilter, DispatchState
from listingguard.errors import ListingguardError
from listingguard.flow import clock, complain, dispatch, ledger, review
from listingguard.flow import letter as letters

K = EventKind
FIRST = date(2026, 1, 12)
GROUNDS = ("objection", "erasure_after_objection")
TOLD = [
    K.HOLD, K.RELEASE, K.HOLD, K.RELEASE, K.RECEIVED, K.REFUSAL, K.PARTIAL, K.BOUNCED, K.ERASED_CLAIMED, K.ID_REQUESTED,
    K.EXTENSION_NOTIFIED, K.WITHDRAWN, K.AGREEMENT_FOUND, K.NOT_ME, K.CORRECTION, K.CORRECTION,
]  # fmt: skip


class OneRequest(RuleBasedStateMachine):
    """A council's home opened anew for each act, as each command does; its mail server keeps what reaches it."""

    prepared: Any
    base: Any
    number = 0

    @initialize(begun=st.sampled_from(["", "approved", "sent", "sent", "received"]))
    def open(self, begun: str) -> None:
        type(self).number += 1
        self.prepared.sink.messages.clear()
        self.home = self.prepared.copy(self.base / str(self.number))
        self.today, self.texts, self.told = FIRST, {}, Counter()
        self.cut = self.down = False
        self.home.sink.handle_DATA = self.handled
        with self.home.on(self.today) as app:
            (case,) = app.store.cases()
        self.case = case.id
        # Most stories begin in their middle.
        if begun:
            self.approve()
        if begun in ("sent", "received"):
            self.send("well")
        if begun == "received":
            self.told_of(TOLD.index(K.RECEIVED), 0)

    def teardown(self) -> None:
        if hasattr(self, "home"):
            shutil.rmtree(self.home.home)

    async def handled(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a message; or refuse it for now; or take it and fall before the answer is out."""
        if self.down:
            return "451 4.3.0 plus tard"
        self.prepared.sink.messages.append(envelope.original_content)
        if self.cut:
            server.transport.abort()
        return "250 2.0.0 Ok"

    def now(self, app: Any) -> dict[str, Any]:
        return {"today": self.today, "at": app.now(), "actor": "Élue"}

    # -- what happens --------------------------------------------------------------------------------------------------

    @rule()
    def approve(self) -> None:
        """The text is read, its grounds ticked, its bytes frozen; twice on a day it is one letter."""
        with self.home.on(self.today) as app, suppress(ListingguardError):
            case, before = app.store.case(self.case), {row.id for row in app.store.letters(self.case)}
            self.may_leave(app, approving=True)
            first = letters.approve(
                app.store, app.vault, app.office(), app.controllers(), case, ticked=GROUNDS, **self.now(app)
            )
            again = letters.approve(
                app.store, app.vault, app.office(), app.controllers(), case, ticked=GROUNDS, **self.now(app)
            )
            assert first == again
            assert len({row.id for row in app.store.letters(self.case)} - before) <= 1

    def may_leave(self, app: Any, *, approving: bool = False) -> bool:
        """Return what the facts alone say of a request that would leave now: mandate, own word, nothing that holds it."""
        now = app.store.status(self.case, self.today)
        free = not now.held and now.state is not State.CLOSED
        return free and app.store.valid_mandate(app.store.case(self.case).practitioner, self.today) is not None

    @rule(how=st.sampled_from(["well", "well", "well", "down", "cut"]))
    def send(self, how: str) -> None:
        """The outbox is emptied, whatever the server does; what leaves was free to leave."""
        self.down, self.cut = how == "down", how == "cut"
        with self.home.on(self.today) as app:
            free, before = self.may_leave(app), len(self.home.sink.messages)
            dispatch.send_due(
                app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=self.today, at=app.now,
                actor="A",
            )  # fmt: skip
            assert free or len(self.home.sink.messages) == before, "nothing leaves a case that is held or closed"
        self.down = self.cut = False

    @rule(left=st.booleans())
    def settle(self, left: bool) -> None:
        """A person says of a message whose answer never came whether it left."""
        with self.home.on(self.today) as app:
            for row in app.store.dispatches(state=DispatchState.UNKNOWN):
                with suppress(ListingguardError):
                    told = self.now(app) | {"day": self.today}
                    told.pop("today")
                    dispatch.settle(app.store, row.id, left=left, **told)

    @rule()
    def take_back(self) -> None:
        """The last letter is taken back before it leaves; one that left, or may have, stays."""
        with self.home.on(self.today) as app:
            for row in app.store.letters(self.case)[-1:]:
                states = {d.state for d in app.store.dispatches(self.case) if d.letter == row.id}
                try:
                    letters.withdraw(app.store, row.id, "à relire", **self.now(app))
                except ListingguardError:
                    continue
                assert not states & {DispatchState.SENT, DispatchState.SENDING, DispatchState.UNKNOWN}

    @rule(pick=st.integers(0, 10**6), late=st.sampled_from([0, 0, 3, 20]))
    def told_of(self, pick: int, late: int) -> None:
        """A fact, of that day or told late, possible or not; a refused one leaves nothing."""
        kind, day = TOLD[pick % len(TOLD)], self.today - timedelta(days=late)
        if kind in (K.WITHDRAWN, K.AGREEMENT_FOUND, K.NOT_ME) and pick % 5:
            return
        with self.home.on(self.today) as app:
            before = app.store.facts(self.case)
            data: dict[str, Any] = {"reason": "à relire"} if kind is K.HOLD else {"reasoned": True}
            if kind is K.CORRECTION:
                data = {"event": str(pick % len(before) + 1), "void": True}
            case, proof = app.store.case(self.case), f"pièce {pick}".encode()
            try:
                review.record(app.store, app.vault, case, kind, day=day, proof=proof, data=data, **self.now(app))
            except ListingguardError:
                assert app.store.facts(self.case) == before

    @rule(taken=st.sampled_from([False, False, True]))
    def mandate_ends(self, taken: bool) -> None:
        """The person takes the mandate back."""
        with self.home.on(self.today) as app:
            for row in app.store.mandates() if taken else ():
                if row.revoked_on is None:
                    ledger.revoke_mandate(app.store, row.id, **self.now(app))

    @rule(days=st.sampled_from([1, 6, 8, 33, 70]))
    def time_passes(self, days: int) -> None:
        """The machine is on, or was off for weeks; nothing is told twice."""
        self.today += timedelta(days=days)
        with self.home.on(self.today) as app:
            told = clock.tick(app.store, today=self.today, at=app.now)
            self.told.update((n.kind, n.due) for n in told)
            assert clock.tick(app.store, today=self.today, at=app.now) == ()
        assert max(self.told.values(), default=1) == 1

    @rule()
    def complain(self) -> None:
        """With a guard open no complaint is built, and nothing is written; what is missing is told."""
        with self.home.on(self.today) as app:
            case, before = app.store.case(self.case), app.store.facts(self.case)
            lacks = complain.missing(app.store, case, app.controllers(), today=self.today)
            now = app.store.status(self.case, self.today)
            if lacks:
                with pytest.raises(ListingguardError):
                    complain.build(
                        app.store, app.vault, app.writer(), app.controllers(), case, app.home / "packs",
                        proceedings="aucune", **self.now(app),
                    )  # fmt: skip
                assert app.store.facts(self.case) == before
                assert not list((app.home / "packs").glob("*"))
                return
            # No page was captured since the first week: what is built later rests on nothing.
            assert self.today <= FIRST + timedelta(days=7)
            assert now.sent_on is not None
            assert now.state in LATE - {State.SENT}
            assert self.may_leave(app)

    # -- what always holds ---------------------------------------------------------------------------------------------

    @invariant()
    def nothing_leaves_twice_and_the_case_is_what_its_log_says(self) -> None:
        if not hasattr(self, "home"):
            return
        read = [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.home.sink.messages]
        sent = Counter(str(message["Message-ID"]) for message in read)
        assert max(sent.values(), default=1) == 1
        with self.home.on(self.today) as app:
            rows = app.store.dispatches(self.case)
            assert sent.keys() <= {row.message_id for row in rows}
            on_the_way = {DispatchState.SENT, DispatchState.SENDING, DispatchState.UNKNOWN}
            of = Counter(row.letter for row in rows if row.state in on_the_way)
            assert max(of.values(), default=1) == 1, "one letter, one sending"
            for row in app.store.letters(self.case):
                assert self.texts.setdefault(row.id, (row.text, row.pdf)) == (row.text, row.pdf), (
                    "two letters of one key"
                )

            self.the_case_is_what_its_log_says(app)

    def the_case_is_what_its_log_says(self, app: Any) -> None:
        """The state, the list's row, the chain."""
        facts, now = [*app.store.facts(self.case)], app.store.status(self.case, self.today)
        random.Random(1).shuffle(facts)
        assert status(facts, self.today, app.store.rules) == now
        ((line,), _) = app.store.case_lines(self.today, CaseFilter())
        due = now.clock.legal.due.isoformat() if now.clock else None
        assert (line.state, line.legal_due, line.held) == (now.state.value, due, now.held)
        assert app.store.broken_links() == ()
        clock.to_do(app.store, today=self.today)


def test_a_request_leaves_once_and_only_while_it_may(prepared: Any, tmp_path: Any) -> None:
    class Played(OneRequest):
        pass

    Played.prepared, Played.base = prepared, tmp_path
    run_state_machine_as_test(
        Played,
        settings=settings(
            max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
