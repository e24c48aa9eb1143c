"""Where listings are found, what an unchanged page costs, and what a site that goes wrong may never make us believe.

An invented directory on loopback answers whatever a test puts on its shelves; every request is noted.
"""

import gzip
import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from listingguard.domain.case import EventKind
from listingguard.domain.coverage import Sight
from listingguard.domain.french import PARIS
from listingguard.domain.listing import Cause, Outcome
from listingguard.domain.practitioner import Watch
from listingguard.domain.record import WITNESS, ReadingRow, SiteCheck, SiteDecision
from listingguard.edge.browser import Shots
from listingguard.edge.evidence import Evidence
from listingguard.edge.fetch import Fetcher, MemoryLease, Validators
from listingguard.edge.floor import Floor
from listingguard.edge.sitemap import read_sitemap
from listingguard.edge.store import Store
from listingguard.errors import BadInput, Refused, Unreachable
from listingguard.flow import ledger, oversight, platform, review, scan
from listingguard.sites import Site, Sites

DAY = date(2026, 1, 5)
HOST = "annuaire.example"
BASE = f"http://{HOST}"
CAMILLE = "99900000011"
NOBODY = "Aucun kiné ici"
WITNESS_PATH, CAMILLE_PATH = "/kine/lou-canevas", "/kine/camille-exemple"


# -- the directory -----------------------------------------------------------------------------------------------------


def person(slug, town="Valence", postcode="26000", street="12 rue des Essais", phone="04 65 71 00 01", **more):
    """Return a schema.org person; the slug is the name."""
    return {
        "@context": "https://schema.org", "@type": "Physician", "name": slug.replace("-", " ").title(),
        "medicalSpecialty": "Masseur-kinésithérapeute", "url": f"/kine/{slug}", "telephone": phone,
        "address": {"@type": "PostalAddress", "streetAddress": street, "postalCode": postcode, "addressLocality": town},
        **more,
    }  # fmt: skip


def html(*people, follows="", text="", block=""):
    link = f'<link rel="next" href="{follows}">' if follows else ""
    data = f'<script type="application/ld+json">{json.dumps(list(people))}</script>' if people else ""
    return f"<html><head>{link}{data}</head><body><p>Annuaire</p>{block}{text}</body></html>"


def others(count, start=0):
    words = ("tilde", "virgule", "accolade", "cedille", "trema", "tiret", "alinea", "synonyme", "adverbe", "pronom")
    return [
        person(f"morgan-{words[n % 10]}{'x' * (n // 10)}", street=f"{n + 1} rue du Futur", phone=f"04 65 71 10 {n % 100:02}")
        for n in range(start, start + count)
    ]  # fmt: skip


class Directory:
    """An HTTP server: `pages` maps path and query to text, bytes, a number (the status), (status, headers) or a function."""

    def __init__(self):
        self.pages, self.hits, self.asked = {"/robots.txt": 404}, [], []
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                world.hits.append(self.path)
                answer = world.pages.get(self.path, 404)
                answer = answer(self) if callable(answer) else answer
                status, headers, body = 200, {}, answer
                if isinstance(answer, int):
                    status, body = answer, ""
                elif isinstance(answer, tuple):
                    status, headers = answer[:2]
                    body = answer[2] if len(answer) > 2 else ""
                data = body if isinstance(body, bytes) else body.encode()
                if (tag := headers.get("ETag")) and self.headers.get("If-None-Match") == tag:
                    status, data = 304, b""
                    world.asked.append(self.path)
                self.send_response(status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def took(self):
        """Return what was asked for since the last look, robots.txt aside."""
        paths, self.hits = [p for p in self.hits if p != "/robots.txt"], []
        return paths


class Annuaire(Site):
    """The adapter; a test gives it its lists. `parsed` counts the pages it had to read."""

    host, name, base = HOST, "Annuaire", BASE
    profile = r"/kine/(?P<id>[^/]+)"
    none_phrases = (NOBODY,)
    pace_seconds = 0.0
    real = False

    def __init__(self, **facts):
        vars(self).update(facts)
        self.parsed = 0

    def reading(self, page):
        self.parsed += 1
        return super().reading(page)


@pytest.fixture
def directory():
    world = Directory()
    world.pages |= {WITNESS_PATH: html(person("lou-canevas")), CAMILLE_PATH: html(person("camille-exemple"))}
    yield world
    world.close()


class Scanner:
    """A council's home, the directory and its adapter; each read is a scan on a simulated day."""

    def __init__(self, council, world, **facts):
        self.council, self.world, self.site = council, world, Annuaire(**facts)
        self.reader, self.window, self.canary = "lecteur 1", None, True
        self.max_per_day = None
        with council.on(DAY) as app:
            check = SiteCheck(HOST, DAY, BASE + WITNESS_PATH, True)
            platform.verify_site(app.store, check, today=DAY, at=app.now(), actor="A")

    @property
    def sites(self):
        return Sites([self.site])

    @contextmanager
    def desk(self, app):
        with Fetcher(
            user_agent="essai/1 (+secretariat@conseil.example)", lease=MemoryLease(), now=lambda: datetime.now(UTC),
            sleep=lambda seconds: None, jitter=0, max_per_day=self.max_per_day,
            loopback={HOST: ("127.0.0.1", self.world.port)},
        ) as fetcher:  # fmt: skip
            evidence = Evidence(app.vault, tool="essai/1", now=lambda: datetime.now(UTC))
            yield scan.Desk(
                app.store,
                app.vault,
                fetcher,
                self.sites,
                evidence,
                None,
                read_sitemap,
                Validators,
                self.reader,
                Floor(),
            )

    def read(self, day=DAY, progress=lambda result, url: None, **plan):
        with self.council.on(day) as app, self.desk(app) as desk:
            wanted = scan.Plan(today=day, now=app.now, simulated=True, **plan)
            return scan.read_host(HOST, desk, wanted, progress)

    def readings(self, path=None):
        with self.council.on(DAY) as app:
            return app.store.readings(HOST, path and BASE + path)

    def captured(self):
        with self.council.on(DAY) as app:
            return [row.url for row in app.store.captures()]

    def absences(self, path=CAMILLE_PATH):
        with self.council.on(DAY) as app:
            return oversight.absences(app.store, HOST, BASE + path)

    def report(self, *urls, rpps="", day=DAY):
        with self.council.on(day) as app:
            rows = [(n, url, rpps, "") for n, url in enumerate(urls, 2)]
            return platform.report_urls(app.store, self.sites, rows, today=day, at=app.now(), actor="A")

    def tasks(self, day=DAY):
        with self.council.on(day) as app:
            return [t for t in oversight.tasks(app.store, self.sites, day) if t.host != "reserve-kine.example"]

    def cell(self, day=DAY, who=CAMILLE):
        with self.council.on(day) as app:
            ((_, cells),) = oversight.who_was_checked(app.store, self.sites, day, who)
        return cells[0]


@pytest.fixture
def scanner(council, directory):
    def make(**facts):
        return Scanner(council, directory, **facts)

    return make


LIST = "/liste/{postcode}-{town}?p={page}"
VALENCE = "/liste/26000-valence?p="


# -- where listings are found ------------------------------------------------------------------------------------------


def test_a_towns_list_is_read_to_its_last_page_where_unclaimed_pages_stand(scanner, directory):
    for n in range(1, 4):
        directory.pages[f"{VALENCE}{n}"] = html(*others(10, 10 * n), follows=f"{VALENCE}{n + 1}")
    directory.pages[f"{VALENCE}4"] = html(*others(2, 80), person("camille-exemple"))
    scanner = scanner(directory=LIST, unclaimed_last=True)
    assert scanner.read().kept == [f"{HOST}:camille-exemple"]
    assert [p for p in directory.took() if p.startswith(VALENCE)] == [f"{VALENCE}{n}" for n in range(1, 5)]


def test_a_list_that_repeats_itself_ends_there(scanner, directory):
    pages = {f"{VALENCE}{n}": html(*others(5), follows=f"{VALENCE}{n + 1}") for n in range(1, 60)}
    directory.pages |= pages
    scanner(directory=LIST).read(max_pages=40)
    assert len([p for p in directory.took() if p.startswith(VALENCE)]) == 2


def test_a_list_without_end_ends_at_the_limit_over_all_runs(scanner, directory, monkeypatch):
    monkeypatch.setattr("listingguard.flow.scan.errands.MAX_STEPS", 12)
    for n in range(1, 40):
        directory.pages[f"{VALENCE}{n}"] = html(*others(3, 3 * n), follows=f"{VALENCE}{n + 1}")
    scanner = scanner(directory=LIST)
    first = scanner.read(max_pages=8)
    assert "limite de 8 pages" in first.stopped
    assert first.left
    for _ in range(4):
        scanner.read(max_pages=8)
    assert len([p for p in directory.took() if p.startswith(VALENCE)]) == 12


def test_a_sitemap_gives_only_the_addresses_that_may_name_somebody_we_look_for(scanner, directory):
    def xml(kind, *urls):
        item = "url" if kind == "urlset" else "sitemap"
        inside = "".join(f"<{item}><loc>{u}</loc></{item}>" for u in urls)
        return f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</{kind}>'

    directory.pages["/plan.xml"] = xml(
        "sitemapindex", f"{BASE}/kines.xml.gz", f"{BASE}/blog.xml", "http://ailleurs.example/x.xml"
    )
    people = (f"{BASE}/kine/{s}" for s in ("camille-exemple", "lou-tilde", "camille-tilde", "sacha-exemple"))
    away = "http://ailleurs.example/kine/camille-exemple"
    directory.pages["/kines.xml.gz"] = gzip.compress(xml("urlset", *people, away).encode())
    directory.pages["/blog.xml"] = xml("urlset", f"{BASE}/blog/camille-exemple-en-parle")
    scanner = scanner(sitemap="/plan.xml")
    assert scanner.read().kept == [f"{HOST}:camille-exemple"]
    assert directory.took() == [WITNESS_PATH, "/plan.xml", "/kines.xml.gz", "/blog.xml", CAMILLE_PATH]
    assert [(r.url, r.listings) for r in scanner.readings() if r.role == scan.SITEMAP] == [
        (f"{BASE}/plan.xml", 0), (f"{BASE}/kines.xml.gz", 4), (f"{BASE}/blog.xml", 0),
    ]  # fmt: skip


def test_only_people_no_list_shows_are_searched_for_by_name(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(person("camille-exemple"), *others(3))
    directory.pages["/cherche?n=Fictif&p=Charlie"] = html(person("charlie-fictif", street="3 rue de la Fable"))
    directory.pages["/kine/charlie-fictif"] = html(person("charlie-fictif", street="3 rue de la Fable"))
    result = scanner(directory=LIST, search="/cherche?n={last}&p={first}").read()
    asked = [p for p in directory.took() if p.startswith("/cherche")]
    assert "/cherche?n=Fictif&p=Charlie" in asked
    assert not [p for p in asked if "Exemple" in p]
    assert set(result.kept) == {f"{HOST}:camille-exemple", f"{HOST}:charlie-fictif"}


def test_an_answer_in_json_is_a_list_like_another(scanner, directory):
    answer = json.dumps(person("camille-exemple"))
    directory.pages["/api?cp=26000&page=0"] = (200, {"Content-Type": "application/json"}, answer)
    assert scanner(api="/api?cp={postcode}&page={index}").read().kept == [f"{HOST}:camille-exemple"]


def test_a_reported_page_is_read_at_once_and_again_each_time(scanner, directory):
    scanner = scanner()
    done = scanner.report(BASE + CAMILLE_PATH, BASE + CAMILLE_PATH, rpps=CAMILLE)
    assert (done.added, done.known, done.refused, done.by_hand) == (1, 1, (), ())
    assert scanner.read().kept == [f"{HOST}:camille-exemple"]
    directory.took()
    # Nobody is found there any more, yet it is looked at again, because somebody told us.
    directory.pages[CAMILLE_PATH] = html(person("lou-tilde"))
    scanner.read(DAY + timedelta(days=7))
    assert CAMILLE_PATH in directory.took()


def test_each_reported_row_that_cannot_be_kept_is_refused_with_its_line_and_its_reason(scanner):
    scanner = scanner()
    bad = ("ftp://x.example/a", "https://a:b@x.example/", "https://x.example/" + "a" * 3000, "x", "https://[::", "")
    done = scanner.report(*bad)
    assert [r.partition(" : ")[0] for r in done.refused] == [f"ligne {n}" for n in range(2, 8)]
    assert len({r.partition(" : ")[2] for r in done.refused}) == 4
    assert "personne dans le tableau" in scanner.report("https://x.example/a", rpps="99900009999").refused[0]
    with scanner.council.on(DAY) as app:
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        ledger.set_watch(app.store, Watch(CAMILLE, True, DAY, "x", opposed_on=DAY), **told)
        assert "n’est pas suivi" in scanner.report("https://x.example/a", rpps=CAMILLE).refused[0]
        rows = ((n, "https://x.example/", "", "") for n in range(10**9))
        with pytest.raises(BadInput, match="5000"):
            platform.report_urls(app.store, scanner.sites, rows, **told)
    assert scanner.report().added == 0


def test_a_reported_page_of_a_site_nobody_reads_becomes_a_persons_task(scanner, directory):
    scanner = scanner()
    url = "https://inconnu.example/fiche?id=3&nom=exemple"
    assert [r.url for r in scanner.report(url, rpps=CAMILLE).by_hand] == [url]
    (task,) = scanner.tasks()
    assert task.command == f'listingguard capture import FICHIER --url "{url}" --seen-at "AAAA-MM-JJ HH:MM"'
    assert "aucun adaptateur" in task.text
    assert "HTML uniquement" in task.text
    # Done once a person has read it, and asked for again a week later.
    with scanner.council.on(DAY) as app:
        row = ReadingRow("inconnu.example", url, DAY, Outcome.LISTINGS, "", 1, False, True)
        app.store.add_reading(row, at=app.now(), milliseconds=0)
    assert scanner.tasks() == []
    assert [t.url for t in scanner.tasks(DAY + timedelta(days=7))] == [url]


def test_a_page_about_nobody_leaves_counts_and_a_hash_only(scanner, directory):
    secret = "Quidam Inconnu"
    directory.pages[f"{VALENCE}1"] = html(*others(4), {**person("quidam-inconnu"), "name": secret})
    directory.pages["/kine/camille-exemple"] = html({**person("quidam-inconnu"), "name": secret})
    scanner = scanner(directory=LIST)
    scanner.report(BASE + CAMILLE_PATH)
    assert scanner.read().kept == []
    with scanner.council.on(DAY) as app:
        assert app.store.captures() == ()
        (row,) = app.store.readings(HOST, f"{BASE}{VALENCE}1")
    assert (row.listings, len(row.body), row.role) == (5, 64, scan.DIRECTORY)
    assert row.coverage["street"] == 1.0
    files = [p for p in scanner.council.home.rglob("*") if p.is_file()]
    assert len(files) > 1
    assert [p.name for p in files if b"quidam" in p.read_bytes().lower()] == []


# -- what an unchanged page costs --------------------------------------------------------------------------------------


def tagged(text, tag='"1"'):
    return (200, {"ETag": tag}, text)


def shelf(directory, *, tags):
    answer = tagged if tags else str
    directory.pages[f"{VALENCE}1"] = answer(html(*others(4), follows=f"{VALENCE}2"))
    directory.pages[f"{VALENCE}2"] = answer(html(person("camille-exemple")))
    directory.pages[CAMILLE_PATH] = answer(html(person("camille-exemple")))


PROFILES = [f"/kine/camille-exemple-{n}" for n in range(7)]


def with_profiles(scanner):
    """Put profiles of people of one name into the directory, and report each of them."""
    for path in PROFILES:
        scanner.world.pages[path] = html(person(path.removeprefix("/kine/"), name="Camille Exemple"))
    scanner.report(*(BASE + path for path in PROFILES))
    return scanner


@pytest.mark.parametrize("pages", [1, 3, 5])
def test_what_was_read_before_an_interruption_is_kept_and_not_read_again(scanner, directory, pages):
    scanner, seen = with_profiles(scanner()), []

    def stop(result, url):
        seen.append(url.removeprefix(BASE))
        if len(seen) == pages + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scanner.read(progress=stop)
    assert seen == [WITNESS_PATH, *PROFILES[:pages]]
    assert scanner.captured() == [BASE + path for path in PROFILES[:pages]]
    directory.took()
    scanner.read()
    assert directory.took() == [WITNESS_PATH, *PROFILES[pages:]]
    assert len(scanner.captured()) == len(PROFILES)


def test_a_page_is_on_disk_before_the_next_is_asked_for_where_a_site_sets_a_pace(scanner, directory):
    scanner, recorded = with_profiles(scanner(pace_seconds=scan.UNHURRIED)), []
    for path in PROFILES:
        page = directory.pages[path]
        directory.pages[path] = lambda _, page=page: (recorded.append(len(scanner.readings())), page)[1]
    scanner.read()
    assert recorded == list(range(1, 8))


def test_pages_that_share_a_commit_are_written_all_or_none(scanner, directory, monkeypatch):
    scanner, real, calls = with_profiles(scanner()), Store.put_listing, iter(range(100))

    def full(store, listing, capture):
        if next(calls) == 2:
            raise OSError(28, "No space left on device")
        real(store, listing, capture)

    monkeypatch.setattr(Store, "put_listing", full)
    with pytest.raises(OSError, match="No space left"):
        scanner.read()
    monkeypatch.undo()
    assert directory.took() == [WITNESS_PATH, *PROFILES]
    assert [r.url.removeprefix(BASE) for r in scanner.readings()] == [WITNESS_PATH]
    assert scanner.captured() == []
    scanner.read()
    assert directory.took() == [WITNESS_PATH, *PROFILES]
    assert scanner.captured() == [BASE + path for path in PROFILES]


@pytest.mark.parametrize("tags", [True, False], ids=["304", "same bytes"])
def test_an_unchanged_page_is_not_parsed_tells_the_same_and_still_leads_on(scanner, directory, tags):
    shelf(directory, tags=tags)
    scanner = scanner(directory=LIST)
    first = scanner.read()
    asked, parsed = directory.took(), scanner.site.parsed
    again = scanner.read(DAY + timedelta(days=7))
    assert sorted(directory.took()) == sorted(asked)
    # Only the witness is read in full by every run, and the lists of the towns that say « nobody ».
    assert scanner.site.parsed - parsed == len(asked) - 3
    assert (again.pages, again.unchanged, again.listings) == (first.pages, 3, first.listings)
    assert len(directory.asked) == (3 if tags else 0)
    old, new = scanner.readings(f"{VALENCE}2")
    assert replace(new, day=old.day, at=old.at, unchanged=False, run=old.run) == old
    assert new.unchanged


def test_pages_are_parsed_again_when_whom_we_look_for_or_what_reads_them_changes(scanner, directory):
    shelf(directory, tags=True)
    scanner = scanner(directory=LIST)
    scanner.read()
    scanner.reader = "lecteur 2"
    assert scanner.read(DAY + timedelta(days=7)).unchanged == 0
    with scanner.council.on(DAY) as app:
        ledger.set_watch(app.store, Watch("99900000045", False), today=DAY, at=app.now(), actor="A")
    assert scanner.read(DAY + timedelta(days=14)).unchanged == 0
    assert scanner.read(DAY + timedelta(days=21)).unchanged == 3


def test_a_page_that_changed_is_read_though_its_memory_is_fresh(scanner, directory):
    shelf(directory, tags=True)
    scanner = scanner(directory=LIST)
    scanner.read()
    directory.pages[CAMILLE_PATH] = tagged(html(person("camille-exemple", phone="04 65 71 99 99")), '"2"')
    assert scanner.read(DAY + timedelta(days=7)).kept == [f"{HOST}:camille-exemple"]
    with scanner.council.on(DAY) as app:
        assert len(app.store.captures()) == 2
        assert "+33465719999" in str(app.store.listing(f"{HOST}:camille-exemple"))


def test_the_page_of_a_contested_case_is_captured_anew_since_not_modified_is_no_evidence(scanner, directory):
    shelf(directory, tags=True)
    scanner = scanner(directory=LIST)
    scanner.read()
    with scanner.council.on(DAY) as app:
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        (case,) = review.open_cases(app.store, lambda host: host, "ESSAI", **told)
    # A case nobody has confirmed needs no further proof.
    assert scanner.read(DAY + timedelta(days=7)).kept == []
    with scanner.council.on(DAY + timedelta(days=8)) as app:
        review.record(
            app.store, app.vault, app.store.case(case), EventKind.LISTING_CONFIRMED_BY_KINE, day=app.today,
            today=app.today, at=app.now(), actor="A", proof=b"c'est moi",
        )  # fmt: skip
    assert scanner.read(DAY + timedelta(days=14)).kept == [f"{HOST}:camille-exemple"]
    with scanner.council.on(DAY) as app:
        assert [c.day for c in app.store.captures()] == [DAY, DAY + timedelta(days=14)]


# -- honesty -----------------------------------------------------------------------------------------------------------


def weeks(count):
    return DAY + timedelta(days=7 * count)


def test_a_page_that_is_present_blocked_gone_moved_and_a_homonyms_in_turn_is_never_wrongly_absent(scanner, directory):
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH)
    elsewhere = (302, {"Location": WITNESS_PATH})
    homonym = html(person("camille-exemple", town="Brest", postcode="29200", street="1 quai du Sosie", phone=""))
    story = [
        ("shown", html(person("camille-exemple")), Outcome.LISTINGS, "", 0),
        ("blocked", 403, Outcome.UNREADABLE, Cause.BLOCKED, 0),
        ("gone", 404, Outcome.GONE, "", 1),
        ("moved", elsewhere, Outcome.UNREADABLE, Cause.MOVED, 1),
        ("moved to a 404", (302, {"Location": "/rien"}), Outcome.UNREADABLE, Cause.MOVED, 1),
        ("a homonym", homonym, Outcome.LISTINGS, "", 0),
        ("a challenge", html(text="Vérifions que vous êtes humain"), Outcome.UNREADABLE, Cause.BLOCKED, 0),
        ("gone", 410, Outcome.GONE, "", 1),
        ("shown", html(person("camille-exemple")), Outcome.LISTINGS, "", 0),
        ("gone", 404, Outcome.GONE, "", 1),
        ("gone", 404, Outcome.GONE, "", 2),
    ]
    # Two weeks apart: after a bad run the site is left alone for a day or two.
    for week, (what, answer, wanted, cause, absent) in enumerate(story):
        directory.pages[CAMILLE_PATH] = answer
        scanner.read(weeks(2 * week))
        row = scanner.readings(CAMILLE_PATH)[-1]
        assert (row.day, row.outcome, row.cause) == (weeks(2 * week), wanted, cause), what
        assert len(scanner.absences()) == absent, what
    assert scanner.absences() == (weeks(18), weeks(20))


def test_a_page_that_leads_to_somebody_elses_is_no_evidence_and_that_one_is_read_under_its_own_address(
    scanner, directory
):
    other = "/kine/charlie-fictif"
    directory.pages |= {
        CAMILLE_PATH: (302, {"Location": other}), other: html(person("charlie-fictif", street="3 rue de la Fable")),
    }  # fmt: skip
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH, rpps=CAMILLE)
    assert scanner.read().kept == [f"{HOST}:charlie-fictif"]
    with scanner.council.on(DAY) as app:
        assert [c.url for c in app.store.captures()] == [BASE + other]
    assert [r.cause for r in scanner.readings(CAMILLE_PATH)] == [Cause.MOVED]


def test_a_page_that_is_gone_while_the_sites_own_list_still_shows_it_is_no_absence(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(person("camille-exemple"))
    scanner = scanner(directory=LIST)
    scanner.read()
    directory.pages[CAMILLE_PATH] = 404
    for week in (1, 2):
        scanner.read(weeks(week))
        assert scanner.readings(CAMILLE_PATH)[-1].outcome is Outcome.GONE
        assert scanner.absences() == ()
    directory.pages[f"{VALENCE}1"] = html(*others(1))
    for week in (3, 4):
        scanner.read(weeks(week))
    assert scanner.absences() == (weeks(3), weeks(4))


def test_a_search_for_somebody_who_objects_meanwhile_is_never_asked(scanner, directory):
    scanner = scanner(directory=LIST, search="/cherche?n={last}&p={first}")
    directory.pages[f"{VALENCE}1"] = html(*others(1))
    scanner.read(max_pages=3)
    with scanner.council.on(DAY) as app:
        waiting = [e.url for e in app.store.errands(HOST) if e.role == scan.SEARCH and "Exemple" in e.url]
        assert waiting
        row = Watch(CAMILLE, True, DAY, "courriel", opposed_on=DAY)
        ledger.set_watch(app.store, row, today=DAY, at=app.now(), actor="A")
    directory.took()
    scanner.read()
    assert not [path for path in directory.took() if "Exemple" in path]


def test_a_redirection_to_a_site_nobody_decided_to_read_is_not_followed(scanner, directory):
    directory.pages[CAMILLE_PATH] = (302, {"Location": "http://ailleurs.example/kine/camille-exemple"})
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH)
    result = scanner.read()
    row = scanner.readings(CAMILLE_PATH)[-1]
    assert (row.outcome, row.cause) == (Outcome.UNREADABLE, Cause.MOVED)
    assert "ailleurs.example" in row.reason
    assert not result.stopped


def test_an_absence_counts_for_nothing_when_the_same_run_ends_in_a_block(scanner, directory):
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH, BASE + "/kine/noa-specimen")
    directory.pages |= {CAMILLE_PATH: 404, "/kine/noa-specimen": 403}
    result = scanner.read()
    assert (result.doubt, result.canary) == (Cause.BLOCKED, True)
    assert scanner.readings(CAMILLE_PATH)[-1].outcome is Outcome.GONE
    assert scanner.absences() == ()
    # It is read again as soon as the site has rested, not in a week.
    directory.pages["/kine/noa-specimen"] = 404
    scanner.read(DAY + timedelta(days=1))
    assert scanner.absences() == (DAY + timedelta(days=1),)


def test_a_block_at_the_witness_stops_everything_before_it_starts(scanner, directory):
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH)
    directory.pages[WITNESS_PATH] = 429
    result = scanner.read()
    assert directory.took() == [WITNESS_PATH]
    assert (result.doubt, result.left) == (Cause.BLOCKED, 1)


def test_a_challenge_page_with_status_200_stops_the_site_like_a_refusal(scanner, directory):
    scanner = scanner(landmark="Annuaire")
    scanner.report(BASE + CAMILLE_PATH, BASE + "/kine/noa-specimen")
    directory.pages[CAMILLE_PATH] = "<html><body>Just a moment...</body></html>"
    result = scanner.read()
    assert directory.took() == [WITNESS_PATH, CAMILLE_PATH]
    assert (result.doubt, result.unreadable) == (Cause.BLOCKED, {"blocked": 1})
    assert result.resting_until == DAY + timedelta(days=1)


def test_a_site_that_goes_wrong_rests_twice_as_long_each_time_and_staff_are_told_twice(scanner, directory):
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH)
    directory.pages[WITNESS_PATH] = 403
    read_on, alarms = [], []
    for number in range(40):
        if number == 32:
            directory.pages[WITNESS_PATH] = html(person("lou-canevas"))
        day = DAY + timedelta(days=number)
        result = scanner.read(day)
        if directory.took():
            read_on.append(number)
        else:
            assert not result.pages
        if result.alarm:
            alarms.append((number, result.alarm))
    # 1, 2, 4, 8, then 14 days; once well, only when a page is due.
    assert read_on[:6] == [0, 1, 3, 7, 15, 29]
    assert alarms[0][0] == 0
    assert "ne se lit plus sûrement" in alarms[0][1]
    assert len(alarms) == 1, "still resting on day 39"
    result = scanner.read(DAY + timedelta(days=43))
    assert "se lit de nouveau" in result.alarm
    assert (result.doubt, result.resting_until) == ("", None)


def test_three_pages_in_a_row_that_cannot_be_read_stop_the_run_and_one_in_three_does_not(scanner, directory):
    scanner = scanner(landmark="Annuaire")
    slugs = [f"kine-{n}" for n in range(9)]
    scanner.report(*(f"{BASE}/kine/{s}" for s in slugs))
    changed = "<html><body>" + "<p>Refonte</p>" * 2000 + "</body></html>"
    for n, slug in enumerate(slugs):
        directory.pages[f"/kine/{slug}"] = changed if n % 3 == 0 else html(person(slug))
    assert scanner.read().doubt == ""
    directory.took()
    for slug in slugs:
        directory.pages[f"/kine/{slug}"] = changed
    result = scanner.read(weeks(1))
    assert len(directory.took()) == 1 + 3
    assert (result.doubt, result.changed) == (Cause.CHANGED, True)
    assert "3 pages de suite" in result.stopped
    # The pages not read stay on the list, those that were not understood too.
    assert result.left == 9


def test_fields_that_vanish_from_most_listings_flag_the_run_and_its_absences_do_not_count(scanner, directory):
    scanner = scanner(directory=LIST)
    scanner.report(BASE + CAMILLE_PATH)
    directory.pages[f"{VALENCE}1"] = html(*others(10))
    assert scanner.read().doubt == ""
    directory.pages[CAMILLE_PATH] = 404
    without = [{k: v for k, v in p.items() if k != "address"} for p in others(10)]
    directory.pages[f"{VALENCE}1"] = html(*without)
    result = scanner.read(weeks(1))
    assert (result.doubt, result.changed, result.canary) == (Cause.CHANGED, True, True)
    assert "rue et code postal" in result.why
    assert scanner.readings(CAMILLE_PATH)[-1].outcome is Outcome.GONE
    assert scanner.absences() == ()


def test_a_witness_that_loses_most_of_what_it_said_flags_the_run(scanner, directory):
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH)
    assert scanner.read().doubt == ""
    directory.pages[WITNESS_PATH] = html(
        {k: v for k, v in person("lou-canevas").items() if k not in ("address", "telephone")}
    )
    result = scanner.read(weeks(1))
    assert (result.canary, result.doubt) == (True, Cause.CHANGED)
    assert "témoin" in result.why


def test_a_witness_gone_is_told_once_makes_no_absence_and_lets_the_rest_be_read(scanner, directory):
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH)
    scanner.read()
    directory.pages |= {WITNESS_PATH: 404, CAMILLE_PATH: 404}
    first, second = scanner.read(weeks(1)), scanner.read(weeks(2))
    assert (first.doubt, first.resting_until) == (WITNESS, None)
    assert first.alarm
    assert second.pages
    assert second.alarm == ""
    assert scanner.absences() == ()
    (task,) = scanner.tasks(weeks(2))
    assert task.command == f"listingguard site verify {HOST} --canary URL"


def test_a_page_robots_forbids_is_counted_and_speaks_neither_for_nor_against_the_site(scanner, directory):
    directory.pages["/robots.txt"] = (
        "User-agent: *\nDisallow: /kine/camille\nDisallow: /kine/noa\nDisallow: /kine/sacha\n"
    )
    scanner = scanner()
    scanner.report(*(f"{BASE}/kine/{s}" for s in ("camille-exemple", "noa-specimen", "sacha-modele")))
    result = scanner.read()
    assert (result.unreadable, result.doubt, result.left) == ({"robots": 3}, "", 0)
    assert directory.took() == [WITNESS_PATH]
    assert {t.url for t in scanner.tasks()} == {
        f"{BASE}/kine/{s}" for s in ("camille-exemple", "noa-specimen", "sacha-modele")
    }
    with scanner.council.on(DAY) as app:
        (robots,) = app.store.robots(HOST)
        assert b"Disallow: /kine/noa" in app.vault.get(robots.body)
    # Asking again the next day would not change it.
    assert scanner.read(DAY + timedelta(days=1)).pages == 0


def test_the_days_limit_stops_the_run_without_any_doubt_and_the_next_one_goes_on(scanner, directory):
    scanner = scanner()
    slugs = ("camille-exemple", "noa-specimen", "sacha-modele")
    for slug in slugs:
        directory.pages[f"/kine/{slug}"] = html(person(slug))
    scanner.report(*(f"{BASE}/kine/{s}" for s in slugs))
    scanner.max_per_day = 4
    result = scanner.read()
    assert (result.doubt, result.left, result.resting_until) == ("", 1, None)
    assert "limite" in result.stopped
    assert {r.outcome for r in scanner.readings()} == {Outcome.LISTINGS}
    assert scanner.read(DAY + timedelta(days=1)).left == 0


def test_towns_unknown_to_a_site_that_is_read_right_are_no_reason_to_leave_it(scanner, directory):
    # The roster's towns have no list here: each answers 404. Other pages are about something else.
    scanner = scanner(directory=LIST)
    for n in range(4):
        directory.pages[f"/kine/conseils-{n}"] = html(text="Bien se tenir")
    scanner.report(*(f"{BASE}/kine/conseils-{n}" for n in range(4)))
    result = scanner.read()
    assert result.unreadable == {"unknown": 6}
    assert result.doubt == ""
    assert not result.stopped


# -- whom we may look for, and where -----------------------------------------------------------------------------------


def test_a_council_looks_only_for_people_informed_by_that_day(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(person("camille-exemple"))
    scanner = scanner(directory=LIST)
    with scanner.council.on(DAY) as app:
        for informed in (None, DAY + timedelta(days=1)):
            for one in app.store.practitioners():
                ledger.set_watch(app.store, Watch(one.id, True, informed, "x"), today=DAY, at=app.now(), actor="A")
            assert oversight.looked_for(app.store, DAY) == ()
    assert scanner.read().pages == 0
    assert directory.took() == []
    assert scanner.read(DAY + timedelta(days=1)).kept


def test_someone_left_alone_on_a_site_is_looked_for_elsewhere_only(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(
        person("camille-exemple"), person("charlie-fictif", street="3 rue de la Fable")
    )
    directory.pages["/kine/charlie-fictif"] = html(person("charlie-fictif", street="3 rue de la Fable"))
    scanner = scanner(directory=LIST)
    told = {"today": DAY, "actor": "A"}
    with scanner.council.on(DAY) as app:
        ledger.leave_alone(app.store, CAMILLE, HOST, left=True, at=app.now(), **told)
        assert (CAMILLE, HOST) in app.store.left_alone(HOST)
        assert app.store.left_alone("reserve-kine.example") == frozenset()
    assert scanner.read().kept == [f"{HOST}:charlie-fictif"]
    assert CAMILLE_PATH not in directory.took()
    with scanner.council.on(DAY) as app:
        ledger.leave_alone(app.store, CAMILLE, HOST, left=False, at=app.now(), **told)
    assert f"{HOST}:camille-exemple" in scanner.read(weeks(1)).kept


def test_the_lists_are_read_again_for_somebody_we_only_now_look_for(scanner, directory):
    for n in (1, 2):
        directory.pages[f"{VALENCE}{n}"] = html(*others(3, 3 * n), follows=f"{VALENCE}{n + 1}")
    directory.pages[f"{VALENCE}3"] = html(person("camille-exemple"))
    scanner = scanner(directory=LIST)

    def watch(wanted, day):
        with scanner.council.on(day) as app:
            ledger.set_watch(app.store, Watch(CAMILLE, wanted, DAY, "x"), today=day, at=app.now(), actor="A")

    watch(False, DAY)
    assert scanner.read().kept == []
    watch(True, DAY + timedelta(days=1))
    assert scanner.cell(DAY + timedelta(days=1)).sight is Sight.NEVER
    assert scanner.read(DAY + timedelta(days=2)).kept == [f"{HOST}:camille-exemple"]
    assert scanner.cell(DAY + timedelta(days=2)).sight is Sight.SEEN


def test_the_page_of_whoever_objects_is_struck_off_the_list(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(person("camille-exemple"))
    scanner = scanner(directory=LIST)
    scanner.read()
    # The site fails on that very page, which stays on the list for the next run.
    directory.pages[CAMILLE_PATH] = 403
    assert scanner.read(weeks(1)).left
    with scanner.council.on(weeks(1)) as app:
        row = Watch(CAMILLE, True, DAY, "x", opposed_on=weeks(1))
        ledger.set_watch(app.store, row, today=weeks(1), at=app.now(), actor="A")
    directory.took()
    scanner.read(weeks(2))
    assert CAMILLE_PATH not in directory.took()


def test_a_scan_for_one_person_leaves_what_waits_for_the_others_where_it_was(scanner, directory):
    scanner = scanner(directory=LIST)
    scanner.report(BASE + CAMILLE_PATH, rpps=CAMILLE)
    romans = "/liste/26100-romans-sur-isere?p=1"
    directory.pages |= {romans: html(*others(3)), f"{VALENCE}1": html(*others(3))}
    assert scanner.read(max_pages=1).left > 1
    directory.took()
    scanner.read(rpps="99900000060")
    assert directory.took() == [WITNESS_PATH, romans]
    assert {CAMILLE_PATH, f"{VALENCE}1"} <= set(directory.took() or (scanner.read() and directory.took()))


def test_a_site_with_nothing_but_a_search_is_searched(scanner, directory):
    directory.pages["/cherche?n=Exemple"] = html(person("camille-exemple"))
    scanner = scanner(search="/cherche?n={last}")
    assert scanner.read().kept == [f"{HOST}:camille-exemple"]
    directory.took()
    scanner.read(DAY + timedelta(days=1))
    # Asked yesterday, each of them, once.
    assert directory.took() == []


def test_a_council_reads_a_real_site_only_with_its_own_decision(scanner, directory):
    scanner = scanner(real=True)
    with scanner.council.on(DAY) as app:
        assert scan.hosts_on(app.store, scanner.sites) == ()
        with pytest.raises(Refused) as refused:
            scan.hosts_on(app.store, scanner.sites, HOST)
        assert refused.value.missing == (
            f"la décision signée du conseil : listingguard site allow {HOST} --decision FICHIER --on JOUR",
        )
        row = SiteDecision(HOST, DAY, app.vault.put(b"deliberation"), "A")
        for _ in range(2):
            platform.allow_site(app.store, row, today=DAY, at=app.now())
        assert scan.hosts_on(app.store, scanner.sites, HOST) == (HOST,)
        assert len([e for e in app.store.events("home") if e.kind == "site_allowed"]) == 1


def test_the_matrix_says_seen_checked_blind_and_never(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(person("camille-exemple"))
    scanner = scanner(directory=LIST)
    assert scanner.cell().sight is Sight.NEVER
    scanner.read()
    assert (scanner.cell().sight, scanner.cell().checked_on) == (Sight.SEEN, DAY)
    assert scanner.cell(who="99900000045").sight is Sight.CHECKED
    # The list of the other town answers 404: whoever works there was never checked.
    assert scanner.cell(who="99900000060").sight is Sight.BLIND
    # Nothing missing is believed of a run whose witness was missing.
    directory.pages |= {WITNESS_PATH: 404, f"{VALENCE}1": html(text=NOBODY)}
    scanner.read(weeks(1))
    assert scanner.cell(weeks(1), "99900000045").checked_on == DAY
    directory.pages[WITNESS_PATH] = 403
    scanner.read(weeks(2))
    for who in (CAMILLE, "99900000045"):
        blind = scanner.cell(weeks(2), who)
        assert (blind.sight, blind.checked_on) == (Sight.BLIND, DAY)
        assert blind.why == Cause.BLOCKED.label


def test_a_block_becomes_tasks_with_the_persons_own_page_first(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(person("camille-exemple"))
    scanner = scanner(directory=LIST)
    scanner.read()
    assert [t.url for t in scanner.tasks()] == []
    directory.pages[WITNESS_PATH] = 403
    scanner.read(weeks(1))
    tasks = scanner.tasks(weeks(1))
    assert tasks[0].url == BASE + CAMILLE_PATH
    assert f"{BASE}{VALENCE}1" in [t.url for t in tasks]
    assert all(t.command.startswith("listingguard capture import FICHIER --url ") for t in tasks)
    # How a page is saved is told once.
    assert ["Enregistrer sous" in t.text for t in tasks] == [True] + [False] * (len(tasks) - 1)


def test_the_page_of_a_closed_case_is_asked_of_nobody(scanner, directory):
    directory.pages[f"{VALENCE}1"] = html(person("camille-exemple"))
    scanner = scanner(directory=LIST)
    scanner.read()
    with scanner.council.on(DAY) as app:
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        (case,) = review.open_cases(app.store, lambda platform: platform, "DEMO", **told)
    directory.pages[WITNESS_PATH] = 403
    scanner.read(weeks(1))
    assert BASE + CAMILLE_PATH in [t.url for t in scanner.tasks(weeks(1))]
    with scanner.council.on(DAY) as app:
        row = app.store.case(case)
        review.record(app.store, app.vault, row, EventKind.NOT_ME, day=DAY, proof=b"ce n'est pas moi", **told)
    assert BASE + CAMILLE_PATH not in [t.url for t in scanner.tasks(weeks(1))]


# -- choosing a witness ------------------------------------------------------------------------------------------------


def verified(scanner, path=WITNESS_PATH, day=DAY):
    with scanner.council.on(day) as app, scanner.desk(app) as desk:
        plan = scan.Plan(today=day, now=app.now, simulated=True)
        return scan.verify_witness(desk, scanner.site, BASE + path, plan)


def test_a_witness_is_read_at_once_and_ends_the_rest_of_its_site(scanner, directory):
    scanner = scanner()
    scanner.report(BASE + CAMILLE_PATH)
    directory.pages[WITNESS_PATH] = 403
    scanner.read()
    assert scanner.read().stopped
    directory.pages[WITNESS_PATH] = html(person("lou-canevas"))
    assert verified(scanner)
    assert scanner.read().kept == [f"{HOST}:camille-exemple"]


@pytest.mark.parametrize(
    "answer",
    [404, 403, html(text="Bonjour"), html(person("lou-tilde")), (302, {"Location": CAMILLE_PATH}), b"\x00" * 99],
)
def test_a_page_that_is_not_that_listing_is_refused_as_witness(scanner, directory, answer):
    scanner = scanner()
    directory.pages[WITNESS_PATH] = answer
    with pytest.raises(Refused) as refused:
        verified(scanner)
    assert any("--no-check" in line for line in refused.value.missing)
    assert scanner.readings() == ()


def test_a_silent_site_says_nothing_of_a_witness(scanner, directory):
    scanner = scanner()
    directory.close()
    assert verified(scanner) is False


# -- the camera --------------------------------------------------------------------------------------------------------


class Camera:
    """Stands for a browser: brings a picture, or fails."""

    def __init__(self, fails=False):
        self.fails, self.asked = fails, []

    def shoot(self, url, address, robots=""):
        self.asked.append((url, address))
        if self.fails:
            raise Unreachable("le navigateur n’a pas pu ouvrir la page")
        return Shots({"page.png": b"\x89PNG"}, {"browser": "Essai"})


@pytest.mark.parametrize("fails", [False, True])
def test_a_picture_is_taken_of_what_is_kept_and_its_failure_never_loses_the_capture(scanner, directory, fails):
    scanner, camera = scanner(), Camera(fails)
    directory.pages["/kine/lou-tilde"] = html(person("lou-tilde"))
    scanner.report(BASE + CAMILLE_PATH, BASE + "/kine/lou-tilde")
    with scanner.council.on(DAY) as app, scanner.desk(app) as desk:
        plan = scan.Plan(today=DAY, now=app.now, simulated=True)
        result = scan.read_host(HOST, replace(desk, camera=camera), plan, lambda result, url: None)
        (capture,) = app.store.captures()
        # Beside the pages: robots.txt, and the browser's visit, counted with the others.
        assert desk.fetcher._lease.used(HOST, datetime.now(PARIS).date()) == result.pages + 2
    assert camera.asked == [(BASE + CAMILLE_PATH, "127.0.0.1")]
    names = [a["name"] for a in capture.manifest["artefacts"]]
    assert ("page.png" in names) is not fails
    if fails:
        assert "le navigateur n’a pas pu ouvrir la page" in str(capture.manifest)


# -- sitemaps, the file itself -----------------------------------------------------------------------------------------


def test_a_hostile_sitemap_costs_little_and_brings_nothing_in(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("https://rdv.example/kine/secret")
    entity = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]><urlset><url><loc>https://rdv.example/&a;</loc></url></urlset>'
    deep = "<urlset>" + "<a>" * 100_000
    layers = "".join(f'<!ENTITY {c} "{f"&{p};" * 50}">' for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    laughs = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 500}">{layers}]><urlset><url><loc>https://rdv.example/&i;</loc></url></urlset>'
    for text in (entity, deep, laughs, "<html><body>404</body></html>", "", "\x00" * 50, "Page introuvable"):
        found = read_sitemap(text.encode())
        assert (found.pages, found.maps) == ((), ())
        assert found.problem
    assert "50 Mo" in read_sitemap(gzip.compress(b" " * 60_000_000, 1)).problem
    assert read_sitemap(b"\x1f\x8bnothing").problem


def test_a_sitemap_cut_short_gives_what_came_before_and_says_so():
    text = "<urlset>" + "".join(f"<url><loc>https://rdv.example/kine/{n}</loc></url>" for n in range(50))
    found = read_sitemap(text.encode())
    assert len(found.pages) == 50
    assert found.problem


def test_a_sitemap_may_be_one_address_per_line():
    found = read_sitemap(b"\xef\xbb\xbfhttps://rdv.example/kine/a\r\nhttps://rdv.example/kine/b\r\nmailto:x\n")
    assert found.pages == ("https://rdv.example/kine/a", "https://rdv.example/kine/b")


def test_a_listing_without_a_page_of_its_own_is_kept_where_it_stands(scanner, directory):
    alone = {k: v for k, v in person("camille-exemple").items() if k != "url"}
    directory.pages["/equipe"] = html(alone)
    scanner = scanner()
    scanner.report(BASE + "/equipe")
    result = scanner.read()
    assert len(result.kept) == 1
    with scanner.council.on(DAY) as app:
        ((item, _),) = app.store.listings()
    assert item.name == "Camille Exemple"
