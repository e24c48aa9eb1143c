"""A machine off for forty days: the mail is read before the clock, every event bears its own day, each thing is said once."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from listingguard import scheduler
from listingguard.app import App
from listingguard.domain.case import EventKind, State
from listingguard.domain.record import ReplyRow
from listingguard.edge import fault
from listingguard.flow import clock, review

if TYPE_CHECKING:
    from conftest import Council

SENT, BACK = date(2026, 1, 12), date(2026, 2, 21)
ANSWERED = date(2026, 2, 10)


@pytest.fixture
def council(council: Council) -> Council:
    """A council with three cases on one platform, whose requests left by e-mail the day the machine was switched off."""
    with council.on(SENT) as app:
        people = [p.id for p in app.store.practitioners()][:3]
        for n, who in enumerate(people):
            told: dict[str, Any] = {"day": SENT, "at": app.now(), "actor": "A"}
            found = [{"listing": f"site.example:{n}", "url": f"https://site.example/{n}", "capture": "c"}]
            case = app.store.open_case(
                "DEMO",
                None,
                practitioner=who,
                controller="site.example",
                platform="site.example",
                data={"findings": found},
                **told,
            )
            for kind, data in (
                (EventKind.LISTING_CONFIRMED_BY_KINE, {}),
                (EventKind.MANDATE_SIGNED, {}),
                (EventKind.REQUEST_APPROVED, {}),
                (EventKind.REQUEST_SENT, {"dispatch": f"envoi{n}", "channel": "email"}),
            ):
                app.store.add_event(case, kind, key=f"{kind}", data=data, **told)
    return council


def known(council: Council) -> dict[str, Any]:
    """Return what the home holds, without what the machine's clock put in."""
    with council.on(BACK) as app:
        store = app.store
        return {
            "events": {c.id: [(f.kind, f.key, f.day) for f in store.facts(c.id)] for c in store.cases()},
            "told": [tuple(r.values()) for r in store._rows('SELECT "case", kind, due FROM told ORDER BY 1, 2, 3')],
            "chain": store.broken_links(),
        }


def caught_up(council: Council) -> tuple[scheduler.Tick, ...]:
    jobs = ("inbox", "clock")
    with council.on(BACK) as app:
        return tuple(scheduler.JOBS[name](app) for name in jobs)


def mail_of_the_second(app: App) -> scheduler.Tick:
    """Take over what waited on the mail server: an answer to the second case, in time."""
    row = ReplyRow("f" * 64, "DEMO-2026-0002", "imap", "dpo@site.example", "Votre demande", ANSWERED)
    with app.store.tx("test.mail"):
        new = app.store.add_reply(row, at=app.now())
    return scheduler.Tick("inbox", ("un message",) if new else ())


def test_the_mail_comes_before_the_clock() -> None:
    order = list(scheduler.JOBS)
    assert order.index("inbox") < order.index("clock") < order.index("outbox")


def test_forty_days_later_every_event_bears_its_own_day_and_nobody_is_called_silent_whose_answer_waits(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(scheduler.JOBS, "inbox", mail_of_the_second)
    _, ticked = caught_up(council)
    silent = [line for line in ticked.lines if "sans réponse" in line]
    assert [line.partition(" ")[0] for line in silent] == ["DEMO-2026-0001", "DEMO-2026-0003"]
    with council.on(BACK) as app:
        for case in app.store.cases():
            presumed = [f.day for f in app.store.facts(case.id) if f.kind is EventKind.RECEIPT_PRESUMED]
            assert presumed == [SENT + timedelta(days=7)]
        second = app.store.case("DEMO-2026-0002")
        review.record(
            app.store,
            app.vault,
            second,
            EventKind.REFUSAL,
            day=ANSWERED,
            today=BACK,
            at=app.now(),
            actor="A",
            proof=b"refus",
        )
        now = app.store.status(second.id, BACK)
        assert (now.state, now.silent) == (State.REFUSED, False)
    _, again = caught_up(council)
    assert not [line for line in again.lines if "sans réponse" in line]
    with council.on(BACK) as app:
        assert clock.tick(app.store, today=BACK, at=app.now) == ()


def test_killed_anywhere_on_its_return_and_run_again_it_says_and_records_the_same(
    council: Council, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    monkeypatch.setitem(scheduler.JOBS, "inbox", mail_of_the_second)
    # Three cases in two units of work, so that it is also killed between them.
    monkeypatch.setattr(clock, "_AT_ONCE", 2)
    passed = tmp_path / "points"
    whole = council.copy(tmp_path / "whole")
    monkeypatch.setenv("LISTINGGUARD_FAULT_LOG", str(passed))
    caught_up(whole)
    monkeypatch.delenv("LISTINGGUARD_FAULT_LOG")
    expected = known(whole)
    assert [kind for _, kind, _ in expected["told"]].count("legal") == 2
    points = passed.read_text(encoding="utf-8").split()
    assert len(points) >= 10
    for number, point in enumerate(points):
        nth = points[: number + 1].count(point)
        with subtests.test(f"{point}#{nth}"):
            home = council.copy(tmp_path / f"killed{number}")
            child = os.fork()
            if child == 0:
                # Only what this process passes counts.
                fault._passed.clear()
                os.environ["LISTINGGUARD_FAULT"] = f"{point}#{nth}"
                caught_up(home)
                os._exit(0)
            _, how = os.waitpid(child, 0)
            assert os.WIFSIGNALED(how), "the process was to be killed there"
            caught_up(home)
            assert known(home) == expected
