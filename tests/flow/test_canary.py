"""A site's witness page is known by whom it shows, not by its address alone, and nothing of that person is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from listingguard.app import App, create_home
from listingguard.domain.case import Acting
from listingguard.domain.listing import Cause, Outcome
from listingguard.domain.practitioner import Practice, Practitioner, Watch
from listingguard.domain.record import WITNESS, SiteCheck
from listingguard.errors import Refused
from listingguard.flow import enrol, ledger, platform, scan
from listingguard.sites import Site, Sites

HOST = "annuaire.example"
URL = f"http://{HOST}/kine/7"
DAY = date(2026, 1, 5)
ABSENT = "/kine/8"


class Annuaire(Site):
    host, name, base, profile = HOST, "Annuaire", f"http://{HOST}", r"/kine/(?P<id>[^/]+)"
    pace_seconds = 0.0
    real = False


class World:
    """A directory whose page 7 shows whoever it is told to."""

    shown = "Mme Lou Canevas"

    def __init__(self) -> None:
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/kine/7"
                listing = {
                    "@context": "https://schema.org", "@type": "Physician", "name": world.shown, "url": "/kine/7",
                    "medicalSpecialty": "Masseur-kinésithérapeute", "telephone": "04 75 00 00 01",
                    "address": {"@type": "PostalAddress", "streetAddress": "3 place Haute", "postalCode": "26000",
                                "addressLocality": "Valence"},
                }  # fmt: skip
                page = f'<html><head><script type="application/ld+json">{json.dumps([listing])}</script></head></html>'
                body = page.encode() if found else b"absent"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.server.shutdown()
    world.server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    create_home(tmp_path / "maison", acting=Acting.SELF, code="KINE", person="Camille Exemple", simulated=True)
    return tmp_path / "maison"


def opened(home: Path, world: World, day: date) -> App:
    loopback = {HOST: ("127.0.0.1", world.server.server_address[1])}
    return App.open(home, today=day, writing=True, loopback=loopback)


def verified(home: Path, world: World, day: date = DAY) -> None:
    """Verify the site with its witness, as `site verify` does."""
    with opened(home, world, day) as app:
        told = {"today": day, "at": app.now(), "actor": "Camille Exemple"}
        if not app.store.practitioners():
            practice = Practice("12 rue des Essais", "26000", "Valence")
            me = Practitioner("99900000011", "Exemple", "Camille", rpps="99900000011", practices=(practice,))
            enrol.import_roster(app.store, [me], source="essai", **told)
            ledger.set_watch(app.store, Watch(me.id, True, None), **told)
            platform.report_urls(app.store, sites(), [(1, f"http://{HOST}{ABSENT}", me.id, "")], **told)
        with app.desk() as desk:
            assert scan.verify_witness(desk, Annuaire(), URL, plan(app, day))
        platform.verify_site(app.store, SiteCheck(HOST, day, URL, True), **told)


def sites() -> Sites:
    return Sites([Annuaire()])


def plan(app: App, day: date) -> scan.Plan:
    return scan.Plan(today=day, now=app.now, simulated=True)


def read(home: Path, world: World, day: date) -> scan.HostResult:
    from dataclasses import replace

    with opened(home, world, day) as app, app.desk() as desk:
        return scan.read_host(HOST, replace(desk, sites=sites()), plan(app, day), lambda *_: None)


def test_a_witness_whose_person_changed_is_missing_and_nothing_is_concluded(home: Path, world: World) -> None:
    verified(home, world)
    assert read(home, world, DAY).canary
    world.shown = "M. Noa Spécimen"
    result = read(home, world, DAY + timedelta(days=8))
    assert (result.canary, result.changed, result.doubt) == (False, True, WITNESS)
    with opened(home, world, DAY + timedelta(days=8)) as app:
        last = app.store.readings(HOST, URL)[-1]
        assert (last.outcome, last.cause) == (Outcome.UNREADABLE, Cause.CHANGED)
        # The absence of the page asked for is worth nothing in such a run.
        assert [(r.outcome, r.canary) for r in app.store.readings(HOST, f"http://{HOST}{ABSENT}")][-1] == (
            Outcome.GONE,
            False,
        )


@pytest.mark.parametrize("shown", ["CANEVAS Lou", "Lou CANEVAS, masseur-kinésithérapeute", "lou canevàs"])
def test_the_same_person_written_otherwise_is_still_the_witness(home: Path, world: World, shown: str) -> None:
    verified(home, world)
    world.shown = shown
    assert read(home, world, DAY).canary


def test_a_person_who_verifies_again_chooses_whom_it_shows_now(home: Path, world: World) -> None:
    verified(home, world)
    world.shown = "Noa Spécimen"
    assert not read(home, world, DAY).canary
    verified(home, world, DAY + timedelta(days=1))
    assert read(home, world, DAY + timedelta(days=2)).canary


def test_a_witness_verified_before_names_were_kept_is_learned_once(home: Path, world: World) -> None:
    verified(home, world)
    with opened(home, world, DAY) as app:
        app.store._db.execute("DELETE FROM canary_name")
    assert read(home, world, DAY).canary
    world.shown = "Noa Spécimen"
    assert not read(home, world, DAY + timedelta(days=8)).canary


def test_nothing_of_the_witness_but_its_address_is_kept(home: Path, world: World) -> None:
    verified(home, world)
    read(home, world, DAY)
    with opened(home, world, DAY) as app:
        rows = app.store._rows("SELECT salt, hash FROM canary_name")
    kept = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file()).lower()
    assert b"/kine/7" in kept
    assert [word for word in (b"canevas", b"0475000001", b"475000001", b"place haute") if word in kept] == []
    assert len(rows) == 1
    assert len(bytes(rows[0]["salt"])) == 16


def test_two_homes_keep_two_hashes_of_one_name(home: Path, world: World) -> None:
    verified(home, world)
    with opened(home, world, DAY) as app:
        app.store.put_canary_name(HOST, URL + "0", "Lou Canevas", at=datetime(2026, 1, 5, tzinfo=UTC))
        hashes = {row["hash"] for row in app.store._rows("SELECT hash FROM canary_name")}
    assert len(hashes) == 2


def test_a_witness_that_cannot_be_read_keeps_no_name(home: Path, world: World) -> None:
    with opened(home, world, DAY) as app, app.desk() as desk:
        with pytest.raises(Refused):
            scan.verify_witness(desk, Annuaire(), f"http://{HOST}{ABSENT}", plan(app, DAY))
        assert app.store._rows("SELECT * FROM canary_name") == []


def test_a_page_that_may_be_about_somebody_of_the_roster_is_no_witness(home: Path, world: World) -> None:
    verified(home, world)
    world.shown = "Mme Camille Exemple"
    with opened(home, world, DAY) as app, app.desk() as desk:
        before = app.store.readings(HOST, URL)
        with pytest.raises(Refused, match="Camille EXEMPLE") as refused:
            scan.verify_witness(desk, Annuaire(), URL, plan(app, DAY))
        assert "--canary URL" in refused.value.missing[0]
        assert app.store.readings(HOST, URL) == before


def test_a_page_read_as_witness_is_still_read_for_the_people_looked_for(home: Path, world: World) -> None:
    verified(home, world)
    told = {"today": DAY, "actor": "Camille Exemple"}
    # Another page becomes the witness the same day, and this one shows the person we look for.
    world.shown = "Mme Camille Exemple"
    with opened(home, world, DAY) as app:
        platform.verify_site(app.store, SiteCheck(HOST, DAY, f"{URL}1", True), at=app.now(), **told)
        platform.report_urls(app.store, sites(), [(1, URL, "99900000011", "")], at=app.now(), **told)
    read(home, world, DAY)
    with opened(home, world, DAY) as app:
        assert [who for who, _ in app.store.matched_pages(HOST)] == ["99900000011"]
        count = len(app.store.readings(HOST, URL))
    read(home, world, DAY)
    with opened(home, world, DAY) as app:
        assert len(app.store.readings(HOST, URL)) == count, "read once, it is not due again"
