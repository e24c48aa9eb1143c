"""What a person brings: read where a program can, believed where a person says all that is needed, kept once and whole."""

from __future__ import annotations

import importlib.util
import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from listingguard.app import shipped
from listingguard.domain.capture import NONE_SHOWN, TokenStatus, basis_of
from listingguard.domain.case import Acting, Gate, Rules
from listingguard.domain.listing import Exchange, Outcome, Page
from listingguard.domain.practitioner import Mandate
from listingguard.edge import warc
from listingguard.edge.evidence import Evidence
from listingguard.edge.stamp import Stamper, load_roots
from listingguard.edge.store import Store
from listingguard.edge.vault import Vault
from listingguard.errors import BadInput, NotFound, Refused
from listingguard.flow.evidence import Imported, Look, Saved, import_file, stamp_due
from listingguard.pages.container import unwrap
from listingguard.sites import load_sites

PAGES = Path(__file__).parents[1] / "sites" / "doctolib.fr"
URL = "https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple"
NEIGHBOUR = "https://www.doctolib.fr/masseur-kinesitherapeute/romans-sur-isere/noa-specimen"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SEEN = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
FILES = {
    "ecran.png": PNG, "page.pdf": b"%PDF-1.7\n...", "photo.jpg": b"\xff\xd8\xff\xe0....",
    "photo.heic": b"\x00\x00\x00\x18ftypheic....",
}  # fmt: skip
SITES = load_sites(shipped("scrapers"))


@dataclass
class Home:
    """A home on disk, and a person at it."""

    store: Store
    vault: Vault
    evidence: Evidence

    def bring(self, data: bytes, look: Look | None = None, *, at: datetime = NOW, **saved: Any) -> Imported:
        file = Saved(data, **{"url": URL, "name": "page.html", **saved})
        return import_file(
            self.store, self.evidence, SITES, file, look or Look(), elsewhere=lambda page: unwrap(page).elsewhere,
            today=at.date(), at=at, machine_at=at, actor="Dominique Secrétaire", simulated=False,
        )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    rules = Rules(Acting.COUNCIL, Gate.COUNCIL, frozenset())
    vault = Vault(tmp_path / "vault")
    (tmp_path / "vault").mkdir()
    with Store(tmp_path / "home.db", rules) as store:
        yield Home(store, vault, Evidence(vault, tool="listingguard 1.0", now=lambda: NOW))


@pytest.fixture
def html() -> bytes:
    return (PAGES / "fiche-sans-compte.html").read_bytes()


@pytest.fixture
def key(home: Home, html: bytes) -> str:
    """The listing, known from a page saved ten days before."""
    (item,) = home.bring(html, at=NOW - timedelta(days=10)).shown
    return item


def archive(html: bytes, url: str = URL, at: datetime = SEEN) -> bytes:
    """A WARC somebody made: the page behind one redirection, after a page of someone else."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html
    moved = f"HTTP/1.1 301 Moved Permanently\r\nLocation: {url}\r\n\r\n".encode()
    short = url.replace("https://www.", "https://")
    hops = (Exchange(short, at, b"", moved, "203.0.113.9", 443), Exchange(url, at, b"", answer, "203.0.113.9", 443))
    other = Page(NEIGHBOUR, NEIGHBOUR, 200, (), b"<p>Noa</p>", at)
    pages = (other, Page(short, url, 200, (), html, at, hops))
    return b"".join(warc.write(page, software="autre outil", sheet={}) for page in pages)


# -- what a program reads -------------------------------------------------------------------------------------------


def test_a_saved_page_is_a_human_reading_and_a_capture_with_its_files(home: Home, html: bytes) -> None:
    done = home.bring(html)
    row = home.store.capture(done.capture)
    assert done.outcome is Outcome.LISTINGS
    assert home.store.capture_listings(row.id) == done.shown != ()
    assert (row.manifest["origin"], row.manifest["by"]) == ("import", "Dominique Secrétaire")
    assert row.manifest["basis"] == "mission"
    assert home.evidence.problems(row) == ()
    (reading,) = home.store.readings()
    assert (reading.human, reading.canary, reading.day) == (True, False, TODAY)


def test_the_same_file_twice_is_one_and_another_day_is_another(home: Home, html: bytes) -> None:
    first = home.bring(html)
    again = home.bring(html, name="copie.html")
    assert again.capture == first.capture
    assert len(home.store.captures()) == len(home.store.readings()) == 1
    home.bring(html, at=NOW + timedelta(days=1))
    assert len(home.store.captures()) == 2


def test_a_page_saved_elsewhere_is_refused_with_the_address_it_names(home: Home, html: bytes) -> None:
    stamped = f"<!-- saved from url=({len(NEIGHBOUR):04d}){NEIGHBOUR} -->\n".encode() + html
    with pytest.raises(BadInput, match=f"--url {NEIGHBOUR}"):
        home.bring(stamped)
    assert home.store.captures() == ()


def mhtml(html: bytes, url: str) -> bytes:
    """The page as Chrome saves it."""
    message = MIMEMultipart("related")
    message["Snapshot-Content-Location"] = url
    part = MIMEText(html.decode(), "html", "utf-8")
    part["Content-Location"] = url
    message.attach(part)
    return message.as_bytes()


def webarchive(html: bytes, url: str) -> bytes:
    """The page as Safari saves it."""
    main = {"WebResourceData": html, "WebResourceURL": url, "WebResourceMIMEType": "text/html"}
    return plistlib.dumps({"WebMainResource": main}, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize(("container", "kept"), [(mhtml, "body.mhtml"), (webarchive, "body.webarchive")])
def test_a_browsers_container_is_read_and_kept_as_it_is(
    home: Home, html: bytes, container: Callable[[bytes, str], bytes], kept: str
) -> None:
    data = container(html, URL)
    done = home.bring(data)
    row = home.store.capture(done.capture)
    assert done.shown == home.bring(html, at=NOW + timedelta(days=1)).shown != ()
    assert home.vault.get(row.body) == data
    assert row.manifest["artefacts"][0]["name"] == kept
    with pytest.raises(BadInput, match=NEIGHBOUR):
        home.bring(container(html, NEIGHBOUR))


def test_the_page_of_that_address_is_taken_out_of_an_archive_with_its_exchanges(home: Home, html: bytes) -> None:
    short = URL.replace("https://www.", "https://")
    done = home.bring(archive(html), url=short, name="visite.warc.gz")
    row = home.store.capture(done.capture)
    said = row.manifest
    assert home.vault.get(row.body) == html
    assert (said["address"], len(said["redirects"])) == ("203.0.113.9", 1)
    assert said["environment"]["archived_at"] == SEEN.isoformat()
    assert b"Noa" not in home.vault.get(next(a["sha256"] for a in said["artefacts"] if a["name"] == "data.warc.gz"))
    # Its time is the one the archive gives itself, and the person is told so.
    assert (row.day, row.at) == (date(2026, 11, 20), SEEN)
    assert any("20 novembre 2026" in line for line in done.notes)


def test_an_archive_without_that_page_says_which_it_has(home: Home, html: bytes) -> None:
    with pytest.raises(BadInput, match="noa-specimen"):
        home.bring(archive(html), url=URL + "-bis", name="visite.warc.gz")


def test_an_archive_from_the_future_lends_no_time(home: Home, html: bytes) -> None:
    done = home.bring(archive(html, at=NOW + timedelta(days=3)), name="visite.warc.gz")
    assert home.store.capture(done.capture).day == TODAY
    assert any("plus tard" in line for line in done.notes)


def test_an_exported_capture_can_be_brought_to_another_home(home: Home, html: bytes, tmp_path: Path) -> None:
    first = home.store.capture(home.bring(html).capture)
    home.evidence.export(first, (), tmp_path / "page.wacz")
    done = home.bring((tmp_path / "page.wacz").read_bytes(), name="page.wacz", at=NOW + timedelta(days=2))
    assert home.vault.get(home.store.capture(done.capture).body) == html


# -- what only a person sees ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_picture_needs_a_persons_word_and_keeps_it(home: Home, key: str, name: str) -> None:
    with pytest.raises(BadInput, match="--shows"):
        home.bring(FILES[name], name=name)
    done = home.bring(FILES[name], Look(SEEN, "Firefox 140, Windows 11", "", key), name=name)
    row = home.store.capture(done.capture)
    assert (done.outcome, done.shown) == (Outcome.LISTINGS, (key,))
    assert (row.manifest["origin"], row.day, row.at) == ("look-up", date(2026, 11, 20), SEEN)
    said = row.manifest["environment"]
    assert said["seen_at"] == "2026-11-20T14:05:00+01:00"
    assert (said["browser"], said["shows"], said["file"]) == ("Firefox 140, Windows 11", key, name)
    assert row.id in [c.id for c in home.store.captures(key)]


def test_an_absence_seen_by_a_person_counts_with_its_witness_only(home: Home) -> None:
    look = Look(SEEN, "Firefox 140, Windows 11", "", NONE_SHOWN)
    with pytest.raises(Refused, match="lecture") as refused:
        home.bring(PNG, look, name="ecran.png")
    (missing,) = refused.value.missing
    assert "--witness" in missing
    done = home.bring(PNG, replace(look, witness=NEIGHBOUR), name="ecran.png")
    (reading,) = home.store.readings()
    assert (done.outcome, reading.outcome) == (Outcome.NONE, Outcome.NONE)
    assert (reading.human, reading.canary, reading.day) == (True, True, date(2026, 11, 20))
    assert home.store.capture(done.capture).manifest["environment"]["witness"] == NEIGHBOUR


def test_everything_that_is_missing_is_said_at_once(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        home.bring(PNG, Look(shows=NONE_SHOWN), name="ecran.png")
    assert [word for line in refused.value.missing for word in line.split() if word.startswith("--")] == [
        "--seen-at",
        "--browser",
        "--witness",
    ]
    assert home.store.readings() == ()


@pytest.mark.parametrize("witness", [URL, URL + "#avis", "https://autre-site.example/kine", "javascript:alert(1)"])
def test_a_witness_is_another_page_of_the_same_site(home: Home, witness: str) -> None:
    with pytest.raises(BadInput, match="--witness"):
        home.bring(PNG, Look(SEEN, "Firefox", witness, NONE_SHOWN), name="ecran.png")


def test_a_visit_to_come_and_a_listing_nobody_knows_are_refused(home: Home, key: str) -> None:
    with pytest.raises(BadInput, match="--seen-at"):
        home.bring(PNG, Look(NOW + timedelta(minutes=1), "Firefox", NEIGHBOUR, NONE_SHOWN), name="ecran.png")
    with pytest.raises(NotFound, match="inconnue"):
        home.bring(PNG, Look(SEEN, "Firefox", "", "doctolib.fr:inconnue"), name="ecran.png")


def test_a_person_and_a_page_that_contradict_each_other_are_refused(home: Home, key: str, html: bytes) -> None:
    with pytest.raises(BadInput, match="--shows"):
        home.bring(html, Look(SEEN, "Firefox", NEIGHBOUR, NONE_SHOWN))
    nobody = (PAGES / "recherche-api-vide.body").read_bytes()
    with pytest.raises(BadInput, match="--shows"):
        home.bring(nobody, Look(SEEN, "Firefox", "", key), url="https://www.doctolib.fr/phs_proxy/raw?page=0")


def test_an_absence_a_program_reads_counts_for_none_until_the_witness_is_given(home: Home) -> None:
    nobody, url = (PAGES / "recherche-api-vide.body").read_bytes(), "https://www.doctolib.fr/phs_proxy/raw?page=0"
    done = home.bring(nobody, url=url)
    assert any("--witness" in line for line in done.notes)
    assert [r.canary for r in home.store.readings()] == [False]
    with pytest.raises(Refused):
        home.bring(nobody, Look(witness=NEIGHBOUR), url=url)
    again = home.bring(nobody, Look(SEEN, "Firefox", NEIGHBOUR), url=url)
    assert again.capture != done.capture
    assert sorted(r.canary for r in home.store.readings()) == [False, True]


def test_a_visit_brought_late_takes_its_place_among_the_readings(home: Home, html: bytes, key: str) -> None:
    home.bring(html, at=NOW)
    home.bring(PNG, Look(SEEN, "Firefox", NEIGHBOUR, NONE_SHOWN), name="ecran.png", at=NOW)
    days = [r.day for r in home.store.readings("doctolib.fr", URL)]
    assert days == sorted(days)
    assert [r.outcome for r in home.store.readings("doctolib.fr", URL)][-1] is Outcome.LISTINGS


def test_a_page_seen_earlier_and_brought_later_changes_the_first_day_only(home: Home, html: bytes) -> None:
    home.bring(html, at=NOW)
    before = home.store.caches()["listing"][0]
    home.bring(html.replace(b"Camille", b"Camille "), Look(SEEN), at=NOW)
    after = home.store.caches()["listing"][0]
    assert (before["first_seen"], after["first_seen"]) == ("2026-11-22", "2026-11-20")
    assert {k: v for k, v in after.items() if k != "first_seen"} == {
        k: v for k, v in before.items() if k != "first_seen"
    }


# -- what it rests on -----------------------------------------------------------------------------------------------


def test_a_capture_rests_on_the_mandate_of_its_day_and_a_mandate_never_reaches_back(home: Home, html: bytes) -> None:
    row = home.store.capture(home.bring(html).capture)
    mandate = Mandate("m", "99900000011", "retrait", (), TODAY, TODAY + timedelta(days=700), "ab" * 32)
    assert basis_of(row, [mandate]).mandate == mandate
    assert "mission du conseil" in basis_of(row, [mandate]).label
    late = replace(mandate, since=TODAY + timedelta(days=1))
    for other in (late, replace(mandate, revoked_on=TODAY), replace(mandate, until=TODAY - timedelta(days=1))):
        assert basis_of(row, [other]).mandate is None
    longer = replace(mandate, id="n", until=mandate.until + timedelta(days=1))
    assert basis_of(row, [mandate, longer, late]).mandate == longer


# -- time-stamps ----------------------------------------------------------------------------------------------------


def _authority() -> ModuleType:
    spec = importlib.util.spec_from_file_location("authority", Path(__file__).parents[1] / "authority.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_every_capture_is_stamped_once_and_a_failure_is_for_the_next_round(
    home: Home, html: bytes, tmp_path: Path
) -> None:
    tsa = _authority()
    for days in range(3):
        home.bring(html, at=NOW - timedelta(days=days))
    with tsa.Authority(tmp_path / "tsa") as authority:
        stamper = Stamper((tsa.URL,), roots=load_roots(authority.roots), now=lambda: NOW, loopback=authority.loopback)
        authority.answers = "page"
        failed = stamp_due(home.store, home.vault, stamper)
        assert (failed.tokens, failed.left) == ((), 3)
        assert tsa.URL in failed.failure
        assert authority.asked == 1
        authority.answers = "stamp"
        done = stamp_due(home.store, home.vault, stamper)
        assert [t.status for t in done.tokens] == [TokenStatus.VERIFIED] * 3
        assert {t.capture for t in done.tokens} == {c.id for c in home.store.captures()}
        assert stamp_due(home.store, home.vault, stamper).tokens == ()
        assert authority.asked == 4
    for row in home.store.captures():
        assert home.evidence.problems(row, home.store.tokens(row.id), stamper.roots) == ()


def test_a_stamp_cannot_be_rewritten(home: Home, html: bytes) -> None:
    from listingguard.domain.capture import TokenRow

    capture = home.bring(html).capture
    home.store.add_token(TokenRow(capture, "https://horodatage.example", "ab" * 32, TokenStatus.UNVERIFIED, NOW))
    with pytest.raises(Exception, match="never changed"):
        home.store._db.execute("UPDATE capture_token SET status = 'verified'")


# -- a crash --------------------------------------------------------------------------------------------------------

# One process imports the program once, then forks for each step; each step is really killed.
_CHILD = """
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from listingguard.app import shipped
from listingguard.domain.case import Acting, Gate, Rules
from listingguard.edge import fault
from listingguard.edge.evidence import Evidence
from listingguard.edge.store import Store
from listingguard.edge.vault import Vault
from listingguard.flow.evidence import Look, Saved, import_file
from listingguard.sites import load_sites

url, page, *steps = sys.argv[1:]
sites, now = load_sites(shipped("scrapers")), datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
for step in steps:
    folder, _, point = step.partition("|")
    home = Path(folder)
    home.mkdir(exist_ok=True)
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 9, point
        continue
    with Store(home / "home.db", Rules(Acting.COUNCIL, Gate.COUNCIL, frozenset())) as store:
        os.environ["LISTINGGUARD_FAULT"] = point
        import_file(
            store, Evidence(Vault(home / "vault"), tool="listingguard 1.0", now=lambda: now), sites,
            Saved(Path(page).read_bytes(), url, "page.html"), Look(), elsewhere=lambda page: "",
            today=date(2026, 11, 22), at=now, machine_at=now, actor="Dominique", simulated=False,
        )
    os._exit(0)
"""
POINTS = ("vault.before#1", "vault.after#1", "vault.before#2", "vault.after#2", "capture.import.before")


@pytest.mark.skipif(sys.platform == "win32", reason="it forks")
def test_a_crash_leaves_no_capture_or_a_whole_one(home: Home, tmp_path: Path, subtests: pytest.Subtests) -> None:
    root, page = Path(__file__).parents[2], PAGES / "fiche-sans-compte.html"
    steps = [f"{tmp_path / point}|{point}" for point in POINTS]
    steps += [f"{tmp_path / point}-bis|{point}" for point in POINTS]
    steps += [f"{tmp_path / point}-bis|capture.import.after" for point in POINTS]
    words = [sys.executable, "-c", _CHILD, URL, page, *steps]
    subprocess.run(words, check=True, timeout=120, env={**os.environ, "PYTHONPATH": str(root)})
    for point in POINTS:
        with subtests.test(point):
            with Store(tmp_path / point / "home.db", home.store.rules) as store:
                assert store.captures() == store.readings() == ()
                assert list(Vault(tmp_path / point / "vault").damaged()) == []
            again = tmp_path / f"{point}-bis"
            with Store(again / "home.db", home.store.rules) as store:
                vault = Vault(again / "vault")
                killed = Home(store, vault, Evidence(vault, tool="listingguard 1.0", now=lambda: NOW))
                (row,) = store.captures()
                assert killed.evidence.problems(row) == ()
                assert killed.bring(page.read_bytes()).capture == row.id
                assert len(store.readings()) == 1
