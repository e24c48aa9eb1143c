"""What of a council's case travels to another machine, and how what comes in is taken: mandate, capture, replies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from listingguard import scheduler
from listingguard.app import App, HomeKey, capture_of, create_home, read_case, write_case
from listingguard.domain.case import Acting, EventKind, Fact, Gate, Rules, State, status
from listingguard.domain.transfer import fingerprint, same_fingerprint, shallow
from listingguard.errors import Refused
from listingguard.flow import scan, transfer

FOUND, CONFIRMED, LEAVES, COMES = date(2026, 1, 5), date(2026, 1, 7), date(2026, 1, 9), date(2026, 1, 10)


@pytest.fixture
def case(council) -> str:
    """A case with the practitioner's word and a mandate."""
    with council.on(FOUND) as app:
        scheduler.JOBS["scan"](app)
    found = council.confirm(CONFIRMED)
    council.empower(CONFIRMED)
    return found


def leave(council, case: str, path: Path) -> transfer.Exported:
    with council.on(LEAVES) as app:
        write = partial(write_case, path, key=HomeKey(app.home), code="DEMO", acting=app.rules.acting, day=LEAVES)
        row = app.store.case(case)
        return transfer.export_case(
            app.store, app.vault, write, row, app.home / "packs", today=LEAVES, at=app.now(), actor="Dominique"
        )


def come(home: Path, path: Path) -> transfer.Taken:
    with App.open(home, today=COMES, writing=True) as app:
        return transfer.take_case(
            app.store, app.vault, app.evidence, read_case(path), app.home / "packs",
            lambda row, body: scan.read_again(app.sites, row, body), capture_of, today=COMES, at=app.now(), actor="Lou",
        )  # fmt: skip


def test_the_mandate_the_page_and_its_listing_come_along_and_are_sealed_anew(council, case, tmp_path):
    path, home = tmp_path / "dossier.zip", tmp_path / "ailleurs"
    leave(council, case, path)
    create_home(home, acting=Acting.COUNCIL, code="DEMO", person="Lou", simulated=True)
    taken = come(home, path)
    assert taken.arrived
    with council.on(COMES) as there, App.open(home, today=COMES) as here:
        assert here.store.events(case) == there.store.events(case)
        who = here.store.case(case).practitioner
        assert [p.id for p in here.store.practitioners()] == [who]
        (mandate,) = here.store.mandates(who)
        assert here.vault.get(mandate.document) == there.vault.get(mandate.document)
        assert here.store.status(case, COMES).held
        (listing,) = [item.key for item, _ in here.store.listings()]
        assert here.store.captures(listing)
        assert here.store.unlike_the_log() == ()
        assert here.store.check() == ()
        before = here.store.caches()
    with App.open(home, today=COMES, writing=True) as here:
        scan.rebuild(here.store, here.vault, here.sites)
        assert here.store.caches() == before


def test_an_older_export_of_a_case_that_went_on_adds_nothing(council, case, tmp_path):
    path = tmp_path / "dossier.zip"
    leave(council, case, path)
    with council.on(COMES) as app:
        data = {"reason": "attente"}
        told = {"day": COMES, "at": app.now(), "actor": "Lou"}
        app.store.add_event(case, EventKind.RELEASE, key="case", **told)
        app.store.add_event(case, EventKind.HOLD, key="case/2", data=data, **told)
    assert come(council.home, path).new == 0


def test_two_logs_that_part_are_told_with_both_last_numbers(council, case, tmp_path):
    one, two, home = tmp_path / "un.zip", tmp_path / "deux.zip", tmp_path / "ailleurs"
    leave(council, case, one)
    create_home(home, acting=Acting.COUNCIL, code="DEMO", person="Lou", simulated=True)
    come(home, one)
    with App.open(home, today=COMES, writing=True) as app:
        common = len(app.store.events(case))
        app.store.add_event(case, EventKind.RELEASE, key="case", day=COMES, at=app.now(), actor="Lou")
    with council.on(COMES) as app:
        app.store.add_event(case, EventKind.RELEASE, key="case", day=COMES, at=app.now(), actor="Dominique")
    leave(council, case, two)
    with pytest.raises(Refused, match=f"après l’événement n° {common} .*n° {common + 1} ici, le n° {common + 2}"):
        come(home, two)


def test_what_was_approved_without_a_mandate_by_oneself_stands_after_a_hand_over_and_nothing_later_does():
    day = date(2026, 1, 5)
    rules = Rules(Acting.COUNCIL, Gate.LEGAL, {})
    found = {"listing": "x:1", "url": "https://x.example/1", "capture": "c", "verdict": "unauthorised"}
    alone = [
        Fact(1, EventKind.DETECTED, "c", day, data={"practitioner": "1", "controller": "x", "findings": [found]}),
        Fact(2, EventKind.LISTING_CONFIRMED_BY_KINE, "w", day),
        Fact(3, EventKind.REQUEST_APPROVED, "l", day),
        Fact(4, EventKind.REQUEST_SENT, "d", day, data={"dispatch": "d", "channel": "email"}),
    ]
    handed = Fact(5, EventKind.HOLD, "case", day, data={"reason": transfer.HELD, "acting": "self"})
    assert status(alone, day, rules).state is State.CONFIRMED
    assert status([*alone, handed], day, rules).state is State.SENT
    late = [replace(fact, seq=fact.seq + 10) for fact in alone[2:]]
    assert status([*alone[:2], replace(handed, seq=3), *late], day, rules).state is State.CONFIRMED


def test_a_fingerprint_is_read_aloud_whatever_its_spaces_and_capitals():
    mark = fingerprint(b"\x01" * 32)
    assert same_fingerprint(mark.upper().replace(" ", ""), mark)
    assert not same_fingerprint("", mark)
    assert not same_fingerprint(mark[:-1], mark)


def test_json_nested_deeper_than_ours_is_seen_before_it_is_walked():
    deep: list = []
    for _ in range(500):
        deep = [deep]
    assert not shallow(deep)
    assert shallow({"a": [{"b": []}]})
