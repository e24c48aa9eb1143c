"""Reading sites for the people we may look for: what is kept, what is not, what never looks like an absence."""

from datetime import date, timedelta

from listingguard.demo_world import CANARY_URL, CASE_SLUG, HOST
from listingguard.domain.listing import Outcome
from listingguard.domain.practitioner import Watch
from listingguard.domain.record import SiteCheck
from listingguard.flow import ledger, oversight, platform, scan

DAY = date(2026, 1, 5)


def read(council, day=DAY, rpps=None):
    with council.on(day) as app:
        (result,) = scan.scan((HOST,), app.desk, app.plan(rpps), lambda r, u: None)
    return result


def paths(council):
    return [path for path, _, _ in council.site.hits]


def test_only_pages_about_people_we_may_look_for_are_kept(council):
    with council.on(DAY) as app:
        for person in app.store.practitioners():
            if person.family_name != "Exemple":
                ledger.set_watch(app.store, Watch(person.id, False), today=DAY, at=app.now(), actor="A")
    result = read(council)
    assert [key.split(":")[1] for key in result.kept] == [CASE_SLUG]
    with council.on(DAY) as app:
        assert [c.url.rsplit("/", 1)[1] for c in app.store.captures()] == [CASE_SLUG]
        # Others leave counts and a URL we asked for; no page, no listing, no match.
        assert len(app.store.listings()) == 1
        assert {m.practitioner for m, _ in app.store.matches()} == {"99900000011"}


def test_someone_who_objected_is_never_looked_for(council):
    with council.on(DAY) as app:
        for person in app.store.practitioners():
            row = Watch(person.id, True, DAY, "courriel", opposed_on=DAY)
            ledger.set_watch(app.store, row, today=DAY, at=app.now(), actor="A")
    assert read(council).pages == 0
    assert paths(council) == []


def test_a_page_read_is_not_read_again_before_its_time(council):
    first = read(council)
    count = len(paths(council))
    again = read(council)
    assert first.pages > again.pages == 0
    assert len(paths(council)) == count
    assert read(council, DAY + timedelta(days=7)).pages == first.pages


def test_forbidden_paths_are_never_fetched_and_we_say_who_we_are(council):
    read(council)
    assert paths(council)[0] == "/robots.txt"
    assert not [p for p in paths(council) if p.startswith(("/reservation", "/compte"))]
    assert all("secretariat@conseil.example" in agent for _, agent, _ in council.site.hits)


def test_a_listing_gone_counts_as_absent_only_with_the_witness_found(council):
    read(council)
    council.site.remove(CASE_SLUG)
    url = f"http://{HOST}/masseur-kinesitherapeute/valence/{CASE_SLUG}"
    days = [DAY + timedelta(days=n) for n in (7, 14)]
    for day in days:
        assert read(council, day).canary
    with council.on(days[-1]) as app:
        assert oversight.absences(app.store, HOST, url) == tuple(days)
    # The witness page disappears too: the site has changed, nothing is concluded.
    council.site.remove(CANARY_URL.rsplit("/", 1)[1])
    later = days[-1] + timedelta(days=7)
    assert not read(council, later).canary
    with council.on(later) as app:
        assert oversight.absences(app.store, HOST, url) == tuple(days)
        last = app.store.readings(HOST, url)[-1]
        assert (last.outcome, last.canary) == (Outcome.GONE, False)


def test_a_listing_seen_again_wipes_the_absences_before_it(council):
    read(council)
    council.site.remove(CASE_SLUG)
    read(council, DAY + timedelta(days=7))
    council.site.restore(CASE_SLUG)
    read(council, DAY + timedelta(days=14))
    url = f"http://{HOST}/masseur-kinesitherapeute/valence/{CASE_SLUG}"
    with council.on(DAY + timedelta(days=14)) as app:
        assert oversight.absences(app.store, HOST, url) == ()


def test_a_site_that_is_down_is_not_checked_rather_than_empty(council):
    council.site.__exit__()
    result = read(council)
    assert result.stopped
    assert result.left > 0
    with council.on(DAY) as app:
        assert {r.outcome for r in app.store.readings()} == {Outcome.UNREADABLE}


def test_one_practitioner_can_be_looked_for_alone(council):
    result = read(council, rpps="99900000037")
    with council.on(DAY) as app:
        town = next(p.practices[0].postcode for p in app.store.practitioners() if p.id == "99900000037")
    asked = [p for p in paths(council) if "?page=" in p]
    assert asked
    assert all(town in p for p in asked)
    # Whoever else we look for stands on the same lists is seen as well: those are not read again for them tomorrow.
    assert any(CASE_SLUG in key for key in result.kept)
    assert any("noa-specimen" in key for key in result.kept)


def test_a_site_nobody_verified_is_never_read(council):
    with council.on(DAY) as app:
        off = SiteCheck(HOST, DAY, "", False)
        platform.verify_site(app.store, off, today=DAY, at=app.now(), actor="A")
        assert scan.hosts_on(app.store, app.sites) == ()


def test_rebuild_changes_nothing(council):
    read(council)
    with council.on(DAY) as app:
        before = app.store.caches()
        assert before["listing"]
        assert before["match"]
        scan.rebuild(app.store, app.vault, app.sites)
        assert app.store.caches() == before
        assert app.store.check() == ()
