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
from listingguard.domain.transfer import checked_record, fingerprint, record_of, same_fingerprint, shallow
from listingguard.errors import BadInput, Refused
from listingguard.flow import clock, platform, scan, transfer

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
            app.store, app.vault, write, row, app.home / "packs", record=app.controllers()[row.controller],
            today=LEAVES, at=app.now(), actor="Dominique",
        )  # fmt: skip


def come(home: Path, path: Path, *unknown: str) -> transfer.Taken:
    """Take a case over, in a home that knows every controller but these."""
    with App.open(home, today=COMES, writing=True) as app:
        known = {slug: record for slug, record in app.controllers().items() if slug not in unknown}
        return transfer.take_case(
            app.store, app.vault, app.evidence, read_case(path), app.home / "packs",
            lambda row, body: scan.read_again(app.sites, row, body), capture_of, known, app.place_of,
            today=COMES, at=app.now(), actor="Lou",
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


def test_the_controller_comes_along_unverified_and_its_calendar_with_it(council, case, tmp_path):
    """Sent and received there, the case falls due on the same day here, under the controller's own holidays."""
    path, home = tmp_path / "dossier.zip", tmp_path / "ailleurs"
    with council.on(CONFIRMED) as app:
        slug = app.store.case(case).controller
        told = {"calendar": "alsace-moselle", "email": "dpo@strasbourg.example", "verified_on": str(CONFIRMED)}
        platform.set_controller(app.store, slug, told, today=CONFIRMED, at=app.now(), actor="Dominique")
    received = date(2025, 11, 26)
    with council.on(LEAVES) as app:
        app.store.add_event(
            case, EventKind.PRIOR_REQUEST_RECORDED, key="lettre", day=LEAVES, at=app.now(), actor="Dominique",
            data={"sent_on": str(received), "received_on": str(received), "channel": "lrar"},
        )  # fmt: skip
        there = app.store.status(case, LEAVES).clock
    # 26 December is a holiday in Alsace-Moselle, and a Friday.
    assert there.legal.due == date(2025, 12, 29)
    leave(council, case, path)
    create_home(home, acting=Acting.COUNCIL, code="DEMO", person="Lou", simulated=True)
    taken = come(home, path, slug)
    assert taken.controller
    assert taken.differs == ()
    for _ in range(2):
        with App.open(home, today=COMES, writing=True) as app:
            record = app.controllers()[slug]
            assert (record["email"], record["calendar"], record["verified_on"]) == (told["email"], "alsace-moselle", "")
            assert app.store.status(case, COMES).clock.legal.due == there.legal.due
            assert app.store.case_lines(COMES)[0][0].legal_due == str(there.legal.due)
            clock.tick(app.store, today=COMES, at=app.now)
            with council.on(COMES) as sender:
                assert app.store.events(case) == sender.store.events(case), "no date moved on the way"


def test_a_controller_known_here_stays_as_it_is_and_what_differs_is_told(council, case, tmp_path):
    path, home = tmp_path / "dossier.zip", tmp_path / "ailleurs"
    with council.on(CONFIRMED) as app:
        slug = app.store.case(case).controller
        told = {"country": "Belgique", "email": "dpo@autre.example"}
        platform.set_controller(app.store, slug, told, today=CONFIRMED, at=app.now(), actor="Dominique")
    leave(council, case, path)
    create_home(home, acting=Acting.COUNCIL, code="DEMO", person="Lou", simulated=True)
    taken = come(home, path)
    assert not taken.controller
    assert any("courriel : « dpo@autre.example » là-bas" in line for line in taken.differs)
    assert any("pays : « Belgique » là-bas" in line and "les échéances" in line for line in taken.differs)
    with App.open(home, today=COMES) as app:
        assert slug not in app.store.controllers()


def test_a_record_that_could_not_be_written_here_is_refused(council, case, tmp_path):
    path = tmp_path / "dossier.zip"
    with council.on(LEAVES) as app:
        row = app.store.case(case)
        write = partial(write_case, path, key=HomeKey(app.home), code="DEMO", acting=app.rules.acting, day=LEAVES)

        def forged(travelling, *what):
            return write(replace(travelling, controller={"calendar": "nulle-part"}), *what)

        transfer.export_case(
            app.store, app.vault, forged, row, app.home / "packs", record={}, today=LEAVES, at=app.now(), actor="D"
        )
    with pytest.raises(BadInput, match="nulle-part"):
        read_case(path)
    wrong = (
        {"email": "dpo@x.example\nBcc: y@x.example"}, {"email": "dpo"}, {"name": ""}, {"webform": "javascript:1"},
        {"verified_on": "2026-01-01"}, {"platforms": ["../x"]}, {"name": ["x"]}, {"name": "x" * 501}, [], {"autre": "x"},
    )  # fmt: skip
    for said in wrong:
        with pytest.raises(BadInput):
            checked_record(said)
    assert checked_record(record_of({"name": "Essai SAS", "verified_on": "2026-01-01", "platforms": ["a.example"]})) == {
        "name": "Essai SAS", "platforms": ["a.example"],
    }  # fmt: skip


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
