"""The annex tells what was recorded of the readings, never what was not; and who else saw the page."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from listingguard.domain.annex import annex
from listingguard.domain.case import Acting, EventKind, Fact, Gate, Rules, status
from listingguard.domain.listing import Cause, Outcome
from listingguard.domain.next_step import next_actions, seen_by_another
from listingguard.domain.record import CaptureRow, ReadingRow
from listingguard.edge.calendar import calendar

URL = "https://rdv-soins.example/kine/camille-exemple"
TODAY = date(2026, 5, 20)
HEAD = ("K-2026-0001", TODAY, "Camille EXEMPLE", "RDV Soins")
ROBOTS = {
    "url": "https://rdv-soins.example/robots.txt",
    "status": 200,
    "sha256": "d" * 64,
    "fetched_at": "2026-03-01T23:30:00+00:00",
    "crawl_delay": "10",
    "allowed": True,
}
FULL = {
    "robots": ROBOTS,
    "clock_offset": {"milliseconds": 3, "server": "temps.example"},
    "public_ip": "198.51.100.7",
    "artefacts": [{"name": "body.html"}, {"name": "page.png"}],
    "environment": {"tool": "listingguard 1.0", "user_agent": "listingguard/1.0", "account": "aucun", "pace": "5"},
}


def capture(day: str, *, origin: str = "scan", by: str = "", **manifest: Any) -> CaptureRow:
    at = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return CaptureRow(f"{day}{origin}{by}", "rdv-soins.example", URL, "b" * 64, at.date(), at, {
        "origin": origin, "by": by, **manifest
    })  # fmt: skip


def reading(day: str, *, url: str = URL, cause: str = "", human: bool = False) -> ReadingRow:
    found = Outcome.UNREADABLE if cause else Outcome.LISTINGS
    return ReadingRow("rdv-soins.example", url, date.fromisoformat(day), found, "Camille", 1, True, human, cause=cause)


def test_what_was_recorded_is_told():
    told = annex(HEAD, [capture("2026-03-02", **FULL)], [reading("2026-03-02"), reading("2026-03-03")], {})
    assert (told.tools, told.user_agents, told.paces, told.accounts) == (
        ("listingguard 1.0",), ("listingguard/1.0",), ("5",), ("aucun",)
    )  # fmt: skip
    (robots,) = told.robots
    # Read at half past midnight in Paris: the day is that of Paris.
    assert (robots.day, robots.status, robots.delay, robots.allowed) == (date(2026, 3, 2), 200, "10", True)
    assert (told.site_pages, told.site_days, told.first_day, told.last_day) == (
        2,
        2,
        date(2026, 3, 2),
        date(2026, 3, 3),
    )
    lacks = (told.without_robots, told.without_account, told.without_clock, told.without_ip, told.without_picture)
    assert lacks == (0, 0, 0, 0, 0)


def test_what_was_not_recorded_is_counted_and_nothing_is_put_in_its_place():
    told = annex(HEAD, [capture("2026-03-02"), capture("2026-03-03", **FULL)], [], {})
    lacks = (told.without_robots, told.without_account, told.without_clock, told.without_ip, told.without_picture)
    assert lacks == (1, 1, 1, 1, 1)
    told = annex(HEAD, [capture("2026-03-02")], [], {})
    assert (told.tools, told.user_agents, told.paces, told.accounts, told.robots) == ((), (), (), (), ())
    assert (told.site_pages, told.first_day, told.last_day) == (0, None, None)


def test_a_page_that_a_person_brought_says_nothing_of_the_program():
    told = annex(
        HEAD, [capture("2026-03-02", origin="import", by="Louise Exemple")], [reading("2026-03-02", human=True)], {}
    )
    assert (told.program, told.site_pages, told.without_robots) == (0, 0, 0)
    assert [page.person for page in told.pages] == [True]


def test_each_failure_on_a_page_of_the_case_is_told_once_a_day_and_nobody_else_s_page_is_named():
    other = "https://rdv-soins.example/kine/paul-dumont"
    rows = [
        reading("2026-04-01", cause=Cause.BLOCKED), reading("2026-04-01", cause=Cause.BLOCKED),
        reading("2026-04-02", cause=Cause.ROBOTS), reading("2026-04-03", url=other, cause=Cause.BLOCKED),
    ]  # fmt: skip
    told = annex(HEAD, [capture("2026-03-02")], rows, {})
    assert [(page.day.day, page.why) for page in told.unread] == [(1, Cause.BLOCKED.label), (2, Cause.ROBOTS.label)]
    assert (told.refusals, told.forbidden) == (3, 1)
    assert "paul" not in repr(told)


def test_nothing_after_the_day_of_the_annex_is_in_it():
    told = annex(HEAD, [capture("2026-03-02"), capture("2026-05-21")], [reading("2026-05-21", cause=Cause.BLOCKED)], {})
    assert (len(told.pages), told.refusals) == (1, 0)


# -- another person, before filing -------------------------------------------------------------------------------------

SENT = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("captures", "seen"),
    [
        ([], False),
        ([capture("2026-03-02"), capture("2026-05-01")], False),
        ([capture("2026-03-02"), capture("2026-05-01", origin="import", by="Louise Exemple")], True),
        ([capture("2026-03-02"), capture("2026-05-01", origin="look-up", by="Louise Exemple")], True),
        ([capture("2026-05-01"), capture("2026-03-02", origin="import", by="Louise Exemple")], False),
        ([capture("2026-03-02"), capture("2026-05-21", origin="import", by="Louise Exemple")], False),
        ([capture(d, origin="import", by="Louise Exemple") for d in ("2026-03-02", "2026-05-01")], False),
        ([capture("2026-03-02", origin="import", by="A"), capture("2026-05-01", origin="import", by="B")], True),
    ],
)
def test_seen_by_another_wants_a_person_after_the_request_and_somebody_else_beside(captures, seen):
    assert seen_by_another(captures, SENT, TODAY) is seen


def test_nothing_was_seen_after_a_request_that_has_not_left():
    assert not seen_by_another([capture("2026-05-01", origin="import", by="A"), capture("2026-05-01")], None, TODAY)


@pytest.mark.parametrize(("answer", "asked"), [(EventKind.REFUSAL, True), (None, False)])
def test_a_second_capture_is_asked_for_where_a_complaint_is_possible_and_only_there(answer, asked):
    rules = Rules(Acting.SELF, Gate.LEGAL, calendar("fr"))
    kinds = [EventKind.DETECTED, EventKind.LISTING_CONFIRMED_BY_KINE, EventKind.REQUEST_APPROVED]
    facts = [Fact(n, kind, f"k{n}", date(2026, 3, n), "A", "", {}) for n, kind in enumerate(kinds, 1)]
    facts.append(Fact(4, EventKind.REQUEST_SENT, "k4", SENT, "A", "", {"dispatch": "e1", "channel": "email"}))
    facts.append(Fact(5, EventKind.RECEIVED, "k5", SENT, "A", "", {}))
    if answer:
        facts.append(Fact(6, answer, "k6", date(2026, 3, 16), "A", "", {}))
    now = status(facts, date(2026, 3, 20), rules)
    codes = [action.code for action in next_actions(now, rules, seen_by_another=False)]
    assert ("second_capture" in codes) is asked
    assert ("complain" in codes) is asked
    assert "second_capture" not in [action.code for action in next_actions(now, rules, seen_by_another=True)]


def test_a_held_case_asks_for_no_second_capture():
    rules = Rules(Acting.SELF, Gate.LEGAL, calendar("fr"))
    facts = [
        Fact(1, EventKind.DETECTED, "k1", date(2026, 3, 1), "A", "", {}),
        Fact(2, EventKind.LISTING_CONFIRMED_BY_KINE, "k2", date(2026, 3, 2), "A", "", {}),
        Fact(3, EventKind.REQUEST_APPROVED, "k3", date(2026, 3, 3), "A", "", {}),
        Fact(4, EventKind.REQUEST_SENT, "k4", SENT, "A", "", {"dispatch": "e1", "channel": "email"}),
        Fact(5, EventKind.RECEIVED, "k5", SENT, "A", "", {}),
        Fact(6, EventKind.REFUSAL, "k6", date(2026, 3, 16), "A", "", {}),
        Fact(7, EventKind.HOLD, "k7", date(2026, 3, 17), "A", "", {"reason": "vérification"}),
    ]
    now = status(facts, date(2026, 3, 20), rules)
    assert now.held
    assert not {"second_capture", "complain"} & {a.code for a in next_actions(now, rules, seen_by_another=False)}
