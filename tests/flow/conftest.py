"""A council's home on this machine: the demo's roster, booking site and mail server, everybody watched, the site on."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from listingguard.app import App, create_home, read_roster
from listingguard.demo import CONFIG, ELECTION, MANDATE, NOTICE_URL, OFFICER, STAFF, WORD
from listingguard.demo_world import CANARY_URL, HOST, ROSTER_CSV, BookingSite, MailSink
from listingguard.domain.case import Acting, EventKind
from listingguard.domain.practitioner import Mandate, Watch
from listingguard.domain.record import SiteCheck
from listingguard.flow import approval, enrol, ledger, platform, review, scan

FIRST_DAY = date(2026, 1, 5)
NOTICE = "<p>Mentions légales : Réserve-Kiné (plateforme inventée)</p>".encode()


@dataclass(frozen=True)
class Council:
    """A simulated home with its booking site and its mail server."""

    home: Path
    site: BookingSite
    sink: MailSink

    @contextmanager
    def on(self, day: date, actor: str = STAFF) -> Iterator[App]:
        """Open the home on a simulated day."""
        loopback = {HOST: ("127.0.0.1", self.site.port)}
        with App.open(self.home, actor=actor, today=day, writing=True, loopback=loopback) as app:
            yield app

    def copy(self, home: Path) -> Council:
        """Return the same council with a home of its own."""
        shutil.copytree(self.home, home)
        return replace(self, home=home)

    def set_up(self) -> None:
        """Import the roster, watch everybody on it, and verify the site with its witness page."""
        with self.on(FIRST_DAY) as app:
            people = read_roster(io.BytesIO(ROSTER_CSV.encode()), "tableau.csv").practitioners
            told: dict[str, Any] = {"today": FIRST_DAY, "at": app.now(), "actor": STAFF}
            enrol.import_roster(app.store, people, source="tableau.csv", **told)
            for person in people:
                ledger.set_watch(app.store, Watch(person.id, True, date(2025, 12, 15), "courriel"), **told)
            platform.verify_site(app.store, SiteCheck(HOST, FIRST_DAY, CANARY_URL, True), **told)

    def detect(self) -> None:
        """Read the site on the first day, and open the only case."""
        with self.on(FIRST_DAY) as app:
            scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
            review.open_cases(app.store, app.controller_of, "DEMO", today=FIRST_DAY, at=app.now(), actor=STAFF)

    def confirm(self, day: date) -> str:
        """Record the practitioner's own word in the only case, and return its number."""
        with self.on(day) as app:
            (case,) = app.store.cases()
            review.record(
                app.store, app.vault, case, EventKind.LISTING_CONFIRMED_BY_KINE, day=day, today=day, at=app.now(),
                actor=STAFF, proof=WORD.encode(),
            )  # fmt: skip
        return case.id

    def empower(self, day: date, until: date = date(2028, 1, 7)) -> None:
        """Register the mandate of the only case's practitioner, and verify the platform's contacts."""
        with self.on(day) as app:
            (case,) = app.store.cases()
            told: dict[str, Any] = {"today": day, "at": app.now(), "actor": OFFICER}
            row = Mandate(
                ledger.new_id(), case.practitioner, "retrait des fiches", ("saisir la CNIL",), day, until,
                app.vault.put(MANDATE),
            )  # fmt: skip
            ledger.add_mandate(app.store, row, **told)
            platform.set_controller(app.store, case.controller, {"verified_on": day.isoformat()}, **told)
        self.may_approve(day)

    def may_approve(self, day: date, *names: str) -> None:
        """Keep the platform's legal notice as of that day, and register who may approve: the people of these tests."""
        with self.on(day) as app:
            (case,) = app.store.cases()
            told: dict[str, Any] = {"today": day, "at": app.now(), "actor": STAFF}
            platform.keep_notice(app.store, app.vault, case.controller, NOTICE_URL, NOTICE, seen_on=day, **told)
            for name in names or (OFFICER, STAFF, "Élue", "A"):
                approval.add_officer(
                    app.store, app.vault, name=name, role="présidente", since=FIRST_DAY, until=date(2029, 1, 4),
                    delegated_by="", document=ELECTION, **told,
                )  # fmt: skip


@pytest.fixture(scope="session")
def found() -> Callable[[Path, BookingSite, MailSink], Council]:
    """Return the function that makes a council's home in a folder, ready for its first scan."""

    def make(folder: Path, site: BookingSite, sink: MailSink) -> Council:
        create_home(folder, acting=Acting.COUNCIL, code="DEMO", person=STAFF, simulated=True)
        (folder / "config.toml").write_text(CONFIG.format(port=sink.port), encoding="utf-8")
        council = Council(folder, site, sink)
        council.set_up()
        return council

    return make


@pytest.fixture
def booking_site() -> Iterator[BookingSite]:
    with BookingSite() as site:
        yield site


@pytest.fixture
def mail_sink() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
def council(
    tmp_path: Path,
    found: Callable[[Path, BookingSite, MailSink], Council],
    booking_site: BookingSite,
    mail_sink: MailSink,
) -> Council:
    """A council's home of this test alone, ready for its first scan."""
    return found(tmp_path / "conseil", booking_site, mail_sink)


@pytest.fixture(scope="module")
def prepared(
    tmp_path_factory: pytest.TempPathFactory, found: Callable[[Path, BookingSite, MailSink], Council]
) -> Iterator[Council]:
    """A case whose request may be approved: the person's word, a mandate, a verified address, its notice, officers."""
    with BookingSite() as site, MailSink() as sink:
        council = found(tmp_path_factory.mktemp("prepared") / "conseil", site, sink)
        council.detect()
        council.confirm(date(2026, 1, 7))
        council.empower(date(2026, 1, 8))
        yield council


@pytest.fixture
def ready(prepared: Council, tmp_path: Path) -> Council:
    """The case `prepared`, in a home of this test alone; the mail server has taken nothing yet."""
    prepared.sink.messages.clear()
    return prepared.copy(tmp_path / "conseil")
