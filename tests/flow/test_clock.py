"""What follows from time alone: presumed receipts, disproved claims, expired mandates, the end of a watch."""

from datetime import date, timedelta

import pytest

from listingguard.demo_world import CASE_SLUG, HOST
from listingguard.domain.case import EventKind, State
from listingguard.domain.deadline import Basis
from listingguard.flow import clock, oversight, review, scan

DAY = date(2026, 1, 12)


def tick(council, day):
    with council.on(day) as app:
        return clock.tick(app.store, today=day, at=app.now)


def status(council, day):
    with council.on(day) as app:
        (case,) = app.store.cases()
        return app.store.status(case.id, day)


def record(council, kind, day, **told):
    with council.on(day) as app:
        (case,) = app.store.cases()
        review.record(app.store, app.vault, case, kind, day=day, today=day, at=app.now(), actor="A", **told)


def read(council, day):
    with council.on(day) as app:
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)


@pytest.fixture
def sent(council):
    """A council whose request left by e-mail on 12 January 2026."""
    first = date(2026, 1, 5)
    read(council, first)
    with council.on(first) as app:
        review.open_cases(app.store, app.controller_of, "DEMO", today=first, at=app.now(), actor="A")
    case_id = council.confirm(date(2026, 1, 7))
    council.empower(date(2026, 1, 8), until=date(2026, 2, 1))
    with council.on(DAY) as app:
        told = {"day": DAY, "at": app.now(), "actor": "A"}
        app.store.add_event(case_id, EventKind.REQUEST_APPROVED, key="lettre", **told)
        data = {"dispatch": "envoi", "channel": "email"}
        app.store.add_event(case_id, EventKind.REQUEST_SENT, key="envoi", data=data, **told)
    return council


def test_a_machine_off_for_weeks_presumes_the_receipt_on_the_right_day(sent):
    assert [n.kind for n in tick(sent, DAY + timedelta(days=6))] == ["mandate"]
    assert status(sent, DAY + timedelta(days=6)).state is State.SENT
    late = DAY + timedelta(days=40)
    tick(sent, late)
    now = status(sent, late)
    assert (now.clock.receipt, now.clock.basis) == (DAY, Basis.PRESUMED)
    assert now.clock.legal.due == date(2026, 2, 12)


def test_each_thing_is_told_once_however_often_the_clock_runs(sent):
    days = [DAY + timedelta(days=n) for n in range(0, 70, 3)]
    told = [notice for day in days for notice in tick(sent, day)]
    assert [(n.kind, n.due) for n in told] == [
        ("mandate", date(2026, 2, 1)),
        ("legal", date(2026, 2, 12)),
        ("council", date(2026, 3, 12)),
    ]
    assert all("deux mois" not in n.text for n in told)


def test_a_mandate_that_ends_holds_the_case_from_the_next_day(sent):
    tick(sent, date(2026, 2, 1))
    assert status(sent, date(2026, 2, 1)).held == ()
    tick(sent, date(2026, 3, 1))
    assert status(sent, date(2026, 3, 1)).held
    with sent.on(date(2026, 3, 1)) as app:
        (case,) = app.store.cases()
        expired = [f for f in app.store.facts(case.id) if f.kind is EventKind.MANDATE_EXPIRED]
        assert [f.day for f in expired] == [date(2026, 2, 2)]


def test_a_page_still_shown_after_the_platform_said_erased_disproves_it(sent):
    record(sent, EventKind.ERASED_CLAIMED, date(2026, 1, 15), proof=b"From: dpo\n\nfait")
    tick(sent, date(2026, 1, 16))
    assert status(sent, date(2026, 1, 16)).state is State.RUNNING
    read(sent, date(2026, 1, 16))
    tick(sent, date(2026, 1, 16))
    assert status(sent, date(2026, 1, 16)).state is State.PARTIAL


def test_once_it_is_said_to_be_done_the_page_is_asked_for_and_read_on_days_1_8_and_30_and_on_those_alone(sent):
    claimed = date(2026, 1, 15)
    record(sent, EventKind.ERASED_CLAIMED, claimed, proof=b"From: dpo\n\nfait")
    sent.site.remove(CASE_SLUG)
    url = f"http://{HOST}/masseur-kinesitherapeute/valence/{CASE_SLUG}"
    days = [date(2026, 1, 16), date(2026, 1, 23), date(2026, 2, 14)]
    asked, read_on = [], []
    for n in range(32):
        day = claimed + timedelta(days=n)
        told = [notice for notice in tick(sent, day) if notice.kind == "reread"]
        with sent.on(day) as app:
            (case,) = app.store.cases()
            actions = clock.actions_of(app.store, case.id, app.store.status(case.id, day), day)
            (again,) = [action for action in actions if action.code == "reread"]
            assert again.due == next((each for each in days if each >= day), days[-1])
            if again.due == day:
                # What is asked that day is what the scan does: the known page is read again, and that is kept.
                scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
                read_on.append(app.store.latest_readings(HOST, good=True)[url].day)
        asked += [notice.due for notice in told]
    assert asked == read_on == days


def test_the_watch_ends_a_year_after_the_removal_was_observed(sent):
    record(sent, EventKind.ERASED_CLAIMED, date(2026, 1, 15), proof=b"From: dpo\n\nfait")
    sent.site.remove(CASE_SLUG)
    for n in (16, 23):
        read(sent, date(2026, 1, n))
    with sent.on(date(2026, 1, 23)) as app:
        url = f"http://{HOST}/masseur-kinesitherapeute/valence/{CASE_SLUG}"
        days = oversight.absences(app.store, HOST, url)
    record(sent, EventKind.ERASED_VERIFIED, date(2026, 1, 23), absent_on=days)
    tick(sent, date(2027, 1, 22))
    assert status(sent, date(2027, 1, 22)).state is State.ERASED
    tick(sent, date(2027, 3, 1))
    now = status(sent, date(2027, 3, 1))
    assert (now.state, now.close_reason) == (State.CLOSED, EventKind.WATCH_OVER)
