"""A site that does everything wrong: every outcome right, no forbidden fetch, the pace kept, never a false absence."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from listingguard.app import App, create_home
from listingguard.domain.case import Acting
from listingguard.domain.listing import Cause, Outcome
from listingguard.domain.practitioner import Practice, Practitioner, Watch
from listingguard.domain.record import SiteCheck
from listingguard.flow import enrol, ledger, oversight, platform, scan
from tests.hostile_site import (
    BOMB_XML,
    BRAND,
    CAMILLE,
    CANARY,
    CHALLENGE,
    HOMONYM,
    LATIN,
    NONE_PHRASE,
    HostileSite,
    answer,
    cut,
    drip,
    gz,
    gzip_bomb,
    html,
    person,
    redirect,
    reset,
)

DAY = date(2026, 3, 2)
PROFILE = "/kine/camille-exemple"
WITNESS = "/kine/lou-canevas"
LIST = "/kines/valence-26000"
PACE = 0.2

ADAPTER = '''"""{host}: invented, and hostile."""

from listingguard.sites import Site


class Hostile(Site):
    """Every page carries the site's name."""

    host = "{host}"
    name = "{brand}"
    base = "http://{host}"
    profile = r"/kine/(?P<id>[^/]+)"
    directory = "/kines/{{town}}-{{postcode}}?page={{page}}"
    {more}
    none_phrases = ("{none}",)
    landmark = "{brand}"
    pace_seconds = {pace}
    real = False
'''

# Each host misbehaves in one way on its profile page, its list, its sitemap or its robots.txt.
TRAPS = {
    "boucle": {PROFILE: redirect("/kine/camille-exemple")},
    "metadonnees": {PROFILE: redirect("http://169.254.169.254/secret")},
    "maison": {PROFILE: redirect("http://127.0.0.1:{port}/secret")},
    "local": {PROFILE: redirect("http://localhost:{port}/secret")},
    "decimal": {PROFILE: redirect("http://2130706433/secret")},
    "fichier": {PROFILE: redirect("file:///etc/passwd")},
    "bombe": {PROFILE: gzip_bomb},
    "goutte": {PROFILE: drip},
    "coupe": {PROFILE: reset},
    "morceau": {PROFILE: cut},
    "sansfin": {LIST + f"?page={n}": answer(html(CANARY, next_url=f"{LIST}?page={n + 1}")) for n in range(1, 60)},
    "accents": {PROFILE: LATIN},
    "ralentir": {PROFILE: answer(b"", 429, Retry_After="90000")},
    "indisponible": {PROFILE: answer(b"", 503, Retry_After="90000")},
    "refus": {PROFILE: answer(html(), 403)},
    "defi": {PROFILE: CHALLENGE},
    "xml": {"/plan.xml": answer(BOMB_XML, Content_Type="application/xml")},
    "xmlgz": {"/plan.xml": answer(gz(b"<urlset>" + b" " * 60_000_000 + b"</urlset>"), Content_Type="application/gzip")},
    "accueil": {PROFILE: redirect("/"), "/": answer(html(body=f"<p>{NONE_PHRASE}</p>"))},
    "demenage": {PROFILE: redirect("/kine/camille-exemple-2"),
                 "/kine/camille-exemple-2": answer(html(person("Camille Exemple", "camille-exemple-2")))},
    "homonyme": {PROFILE: answer(html(HOMONYM))},
    "muet": {PROFILE: answer(html(body="<p>Rien à lire</p>"))},
    "change": {PROFILE: answer(b"<html><body>" + b"<p>Tout neuf</p>" * 2000 + b"</body></html>")},
}  # fmt: skip


def host_of(trap: str) -> str:
    return f"{trap}.piege.example"


@dataclass
class Home:
    """A kiné's simulated home that watches Camille Exemple on every hostile host."""

    folder: Path
    site: HostileSite
    hosts: tuple[str, ...]

    @contextmanager
    def on(self, day: date) -> Iterator[App]:
        loopback = dict.fromkeys(self.hosts, ("127.0.0.1", self.site.port))
        with App.open(self.folder, today=day, writing=True, loopback=loopback) as app:
            yield app

    def read(self, day: date, *hosts: str) -> dict[str, scan.HostResult]:
        with self.on(day) as app, ThreadPoolExecutor(24) as executor:
            results = scan.scan(hosts or self.hosts, app.desk, app.plan(), lambda r, u: None, executor)
        return {result.host.partition(".")[0]: result for result in results}

    def last(self, trap: str, path: str = PROFILE):
        with self.on(DAY) as app:
            rows = app.store.readings(host_of(trap), f"http://{host_of(trap)}{path}")
        return rows[-1] if rows else None

    def absences(self, trap: str) -> tuple[date, ...]:
        with self.on(DAY) as app:
            return oversight.absences(app.store, host_of(trap), f"http://{host_of(trap)}{PROFILE}")


def make_home(folder: Path, site: HostileSite, traps: tuple[str, ...]) -> Home:
    create_home(folder, acting=Acting.SELF, code="KINE", person="Camille Exemple", simulated=True)
    config = (folder / "config.toml").read_text(encoding="utf-8")
    for key, value in (
        ("pace_seconds", str(PACE)), ("timeout_seconds", "1.0"), ("max_page_bytes", "1048576"), ("jitter", "0.0"),
        ("max_pages_per_site", "12"), ("sites_folder", '"sites"'), ("browser", '"off"'),
    ):  # fmt: skip
        config = re.sub(rf"(?m)^{key} = .*", f"{key} = {value}", config)
    (folder / "config.toml").write_text(config, encoding="utf-8")
    (folder / "sites").mkdir()
    hosts = tuple(host_of(trap) for trap in traps)
    for trap, host in zip(traps, hosts, strict=True):
        more = 'sitemap = "/plan.xml"' if trap.startswith("xml") else ""
        text = ADAPTER.format(host=host, brand=BRAND, none=NONE_PHRASE, pace=PACE, more=more)
        (folder / "sites" / f"{trap}.py").write_text(text, encoding="utf-8")
        site.pages[host].update(TRAPS.get(trap, {}))
    home = Home(folder, site, hosts)
    with home.on(DAY - timedelta(days=1)) as app:
        told = {"today": DAY, "at": datetime(2026, 3, 1, 9, tzinfo=UTC), "actor": "Camille Exemple"}
        camille = Practitioner(
            id="99900000011", rpps="99900000011", family_name="Exemple", first_name="Camille",
            practices=(Practice(street="12 rue des Essais", postcode="26000", town="Valence", phones=("+33465710001",)),),
        )  # fmt: skip
        enrol.import_roster(app.store, [camille], source="essai", **told)
        ledger.set_watch(app.store, Watch(camille.id, True, DAY, "moi"), **told)
        for host in hosts:
            platform.verify_site(app.store, SiteCheck(host, DAY, f"http://{host}{WITNESS}", True), **told)
    return home


@pytest.fixture(scope="module")
def first_visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, scan.HostResult]]]:
    """One scan of all the traps."""
    with HostileSite() as site:
        home = make_home(tmp_path_factory.mktemp("piege") / "home", site, tuple(TRAPS))
        yield home, home.read(DAY)


@pytest.mark.parametrize(
    ("trap", "outcome", "cause"),
    [
        ("boucle", Outcome.UNREADABLE, None),
        ("metadonnees", Outcome.UNREADABLE, None),
        ("maison", Outcome.UNREADABLE, None),
        ("local", Outcome.UNREADABLE, None),
        ("decimal", Outcome.UNREADABLE, None),
        ("fichier", Outcome.UNREADABLE, None),
        ("bombe", Outcome.UNREADABLE, None),
        ("goutte", Outcome.UNREADABLE, None),
        ("coupe", Outcome.UNREADABLE, Cause.SILENT),
        ("morceau", Outcome.UNREADABLE, Cause.SILENT),
        ("accents", Outcome.LISTINGS, None),
        ("ralentir", Outcome.UNREADABLE, Cause.BLOCKED),
        ("indisponible", Outcome.UNREADABLE, Cause.BLOCKED),
        ("refus", Outcome.UNREADABLE, Cause.BLOCKED),
        ("defi", Outcome.UNREADABLE, Cause.BLOCKED),
        ("accueil", Outcome.UNREADABLE, Cause.MOVED),
        ("demenage", Outcome.UNREADABLE, Cause.MOVED),
        ("muet", Outcome.UNREADABLE, None),
        ("change", Outcome.UNREADABLE, Cause.CHANGED),
        ("xml", Outcome.LISTINGS, None),
        ("xmlgz", Outcome.LISTINGS, None),
    ],
)
def test_each_trap_is_told_for_what_it_is(first_visit, trap, outcome, cause):
    home, results = first_visit
    row = home.last(trap)
    assert row is not None, results[trap]
    assert row.outcome is outcome, row
    assert cause is None or row.cause == cause, row


def test_no_trap_is_ever_taken_for_an_absence(first_visit):
    home, _ = first_visit
    assert {trap: home.absences(trap) for trap in TRAPS} == dict.fromkeys(TRAPS, ())


def test_nothing_inside_and_nothing_forbidden_is_ever_asked_for(first_visit):
    home, _ = first_visit
    assert home.site.secret == []
    assert {path for host in home.hosts for path in home.site.paths(host) if path.startswith("/prive")} == set()


ALONE = """
import resource, sys
from pathlib import Path
from tests.flow.test_hostile import DAY, HostileSite, make_home

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

with HostileSite() as site:
    home = make_home(Path(sys.argv[1]), site, tuple(sys.argv[2].split(",")))
    before = most()
    home.read(DAY)
    print(most() - before)
"""


def test_no_bomb_and_not_all_the_traps_at_once_fill_the_memory(tmp_path):
    # In a process of its own: what a process ever grew to, by other tests, would hide it.
    command = [sys.executable, "-c", ALONE, str(tmp_path / "home"), ",".join(TRAPS)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, stdout=subprocess.PIPE, text=True)
    assert int(done.stdout) < 150


def test_a_list_without_end_ends(first_visit):
    home, results = first_visit
    assert len(home.site.hits[host_of("sansfin")]) < 20
    assert results["sansfin"].pages <= 12


def test_a_page_in_another_charset_than_it_says_is_read_with_its_accents(first_visit):
    home, results = first_visit
    assert results["accents"].kept
    with home.on(DAY) as app:
        [shown] = [x for x, _ in app.store.listings() if x.site == host_of("accents")]
    assert shown.places[0].street == "3 allée de l'Été"


def test_a_homonym_at_the_known_address_is_never_kept_as_ours(first_visit):
    home, results = first_visit
    assert results["homonyme"].kept == []
    with home.on(DAY) as app:
        assert not [x for x, _ in app.store.listings() if x.site == host_of("homonyme")]


@pytest.mark.parametrize("trap", ["ralentir", "indisponible", "refus"])
def test_a_site_that_says_stop_is_left_alone_the_next_day_by_a_new_process_too(first_visit, trap):
    home, _ = first_visit
    seen = len(home.site.hits[host_of(trap)])
    results = home.read(DAY + timedelta(days=1 if trap == "ralentir" else 0), host_of(trap))
    assert len(home.site.hits[host_of(trap)]) == seen
    assert results[trap].stopped


# --- robots.txt that changes, a profile that changes its mind ----------------------------------------------------


@pytest.fixture
def moody(tmp_path: Path) -> Iterator[Home]:
    with HostileSite() as site:
        yield make_home(tmp_path / "home", site, ("humeurs",))


def test_between_any_two_requests_the_site_sees_the_pace(moody):
    # One host alone: two dozen at once on the processor that is also the site's would time the machine, not us. A busy
    # machine may also have the site look at its clock late, once; who does not wait is too early in every reading.
    least = []
    for week in range(3):
        moody.site.hits.pop(host_of("humeurs"), None)
        moody.read(DAY + timedelta(days=7 * week))
        gaps = moody.site.gaps(host_of("humeurs"))
        assert len(gaps) >= 3
        least.append(min(gaps))
        if least[-1] > PACE - 0.05:
            return
    raise AssertionError(least)


def test_robots_that_comes_to_forbid_half_of_the_site_is_obeyed_at_the_next_visit(moody):
    host = host_of("humeurs")
    moody.read(DAY)
    assert PROFILE in moody.site.paths(host)
    moody.site.robots[host] = "User-agent: *\nDisallow: /kine/camille\nCrawl-delay: 0.2\n"
    del moody.site.hits[host]
    result = moody.read(DAY + timedelta(days=7))["humeurs"]
    assert moody.site.paths(host)[0] == "/robots.txt"
    assert PROFILE not in moody.site.paths(host)
    assert WITNESS in moody.site.paths(host)
    assert result.unreadable == {"robots": 1}
    assert moody.absences("humeurs") == ()


def test_a_profile_that_alternates_is_absent_only_after_two_good_readings_a_week_apart(moody):
    host, url = host_of("humeurs"), PROFILE
    gone = answer(html(body="<p>Page introuvable</p>"), 404)
    # Each mood: what the profile answers, whether the site's own list still leads to it, and the absences known then.
    moods = [
        ("present", answer(html(CAMILLE)), True, 0),
        ("challenge", CHALLENGE, True, 0),
        ("404, and still in the list", gone, True, 0),
        ("404", gone, False, 1),
        ("present again", answer(html(CAMILLE)), True, 0),
        ("moved", redirect("/"), True, 0),
        ("404", gone, False, 1),
        ("homonym", answer(html(HOMONYM)), False, 0),
        ("404", gone, False, 1),
        ("blocked", answer(b"non", 403), False, 1),
        ("404", gone, False, 2),
    ]
    day = DAY
    for mood, behaviour, listed, absent in moods:
        moody.site.pages[host] |= {url: behaviour, f"{LIST}?page=1": answer(html(*[CAMILLE] * listed, CANARY))}
        moody.read(day)
        assert len(moody.absences("humeurs")) == absent, mood
        day += timedelta(days=21)


def test_a_404_counts_for_nothing_while_the_witness_is_missing_too(moody):
    host = host_of("humeurs")
    moody.read(DAY)
    gone = answer(html(body="<p>Page introuvable</p>"), 404)
    moody.site.pages[host] |= {PROFILE: gone, WITNESS: gone}
    for week in (1, 2, 5):
        result = moody.read(DAY + timedelta(days=21 * week))["humeurs"]
        assert not result.canary
    assert moody.absences("humeurs") == ()


def test_a_scan_stopped_halfway_goes_on_where_it_was(moody):
    host = host_of("humeurs")
    many = [person("Camille Exemple", f"camille-exemple-{n}") for n in range(8)]
    moody.site.pages[host][f"{LIST}?page=1"] = answer(html(CANARY, *many))
    for one in many:
        moody.site.pages[host][str(one["url"])] = answer(html(one))
    with moody.on(DAY) as app:
        plan = app.plan()

        def stop(result: scan.HostResult, url: str) -> None:
            if result.pages == 5:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            scan.scan((host,), app.desk, plan, stop)
    before = [p for p in moody.site.paths(host) if p.startswith("/kine/camille")]
    moody.read(DAY)
    after = [p for p in moody.site.paths(host) if p.startswith("/kine/camille")]
    assert sorted(after) == sorted(str(one["url"]) for one in many)
    assert len(before) < len(after) == len(set(after))


def test_a_profile_page_drips_for_seconds_not_for_minutes(first_visit):
    home, _ = first_visit
    start = time.monotonic()
    home.read(DAY + timedelta(days=30), host_of("goutte"))
    assert time.monotonic() - start < 60
