"""The demo's booking site, mail server and roster, over real sockets."""

import csv
import io
import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from protego import Protego

from listingguard.demo_world import CANARY_URL, CASE_SLUG, HOST, PEOPLE, ROSTER_CSV, BookingSite, MailSink
from listingguard.domain.listing import Gone, Listings, ListingState, Page, Reading, SaysNone
from listingguard.sites import Site, load_sites

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site() -> Site:
    found = load_sites(ROOT / "scrapers").get(HOST)
    assert found is not None
    return found


@pytest.fixture
def world() -> Iterator[BookingSite]:
    with BookingSite() as running:
        yield running


def fetch(world: BookingSite, url: str, agent: str = "test") -> Page:
    parts = urlsplit(url)
    local = f"http://127.0.0.1:{world.port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    request = urllib.request.Request(local, headers={"User-Agent": agent})
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Page(url, url, answer.status, tuple(answer.headers.items()), answer.read(), datetime.now(UTC))


def read(world: BookingSite, site: Site, url: str) -> Reading:
    return site.reading(fetch(world, url))


def directory(world: BookingSite, site: Site, postcode: str, town: str) -> list[list[str]]:
    pages, url = [], site.directory_url(postcode, town)
    while url:
        reading = read(world, site, url)
        assert isinstance(reading, Listings)
        pages.append([item.id for item in reading.items])
        url = reading.next_url
    return pages


def test_its_directories_lead_to_everyone_ten_at_a_time(world: BookingSite, site: Site) -> None:
    valence = directory(world, site, "26000", "Valence")
    romans = directory(world, site, "26100", "Romans-sur-Isère")
    assert [len(shown) for shown in valence + romans] == [10, 8, 10, 2]
    assert {slug for shown in valence + romans for slug in shown} == {person.slug for person in PEOPLE}
    assert len(PEOPLE) == 30


def test_every_page_tells_what_the_site_knows(world: BookingSite, site: Site) -> None:
    for person in PEOPLE:
        reading = read(world, site, f"http://{HOST}{person.path}")
        assert isinstance(reading, Listings)
        (item,) = reading.items
        assert (item.id, item.name, item.profession) == (person.slug, person.name, person.profession)
        assert item.bookable is person.bookable
        assert (item.state is ListingState.STUB) is (not person.claimed)
        assert item.places[0].street == person.street
        assert item.phones == ("+33" + person.phone.replace(" ", "")[1:],)


def test_a_person_taken_off_is_gone_everywhere_until_put_back(world: BookingSite, site: Site) -> None:
    url = next(f"http://{HOST}{p.path}" for p in PEOPLE if p.slug == CASE_SLUG)
    world.remove(CASE_SLUG)
    assert read(world, site, url) == Gone(404)
    assert CASE_SLUG not in {slug for shown in directory(world, site, "26000", "Valence") for slug in shown}
    world.restore(CASE_SLUG)
    assert isinstance(read(world, site, url), Listings)
    with pytest.raises(KeyError):
        world.remove("personne")


def test_a_town_without_anyone_says_none_in_the_sites_own_words(world: BookingSite, site: Site) -> None:
    assert isinstance(read(world, site, site.directory_url("26150", "Die")), SaysNone)


def test_the_witness_is_always_there(world: BookingSite, site: Site) -> None:
    reading = read(world, site, CANARY_URL)
    assert isinstance(reading, Listings)
    assert reading.items[0].id == site.profile_id(CANARY_URL)


def test_robots_txt_keeps_booking_and_accounts_out(world: BookingSite) -> None:
    robots = Protego.parse(fetch(world, f"http://{HOST}/robots.txt").body.decode())
    paths = ("/masseur-kinesitherapeute/valence-26000?page=2", "/reservation/camille-exemple", "/compte/")
    allowed = [robots.can_fetch(f"http://{HOST}{path}", "listingguard") for path in paths]
    assert allowed == [True, False, False]
    assert robots.crawl_delay("listingguard") is None


def test_every_request_is_counted_with_its_user_agent(world: BookingSite) -> None:
    fetch(world, f"http://{HOST}/masseur-kinesitherapeute/valence-26000?page=2", agent="listingguard/1")
    fetch(world, f"http://{HOST}/nulle-part", agent="autre")
    assert [(path, agent) for path, agent, _ in world.hits] == [
        ("/masseur-kinesitherapeute/valence-26000?page=2", "listingguard/1"),
        ("/nulle-part", "autre"),
    ]
    assert world.hits[0][2] <= world.hits[1][2]


def test_it_is_a_site_one_can_walk_through_in_a_browser(world: BookingSite) -> None:
    import re

    seen, todo = set(), ["/"]
    while todo:
        path = todo.pop()
        seen.add(path)
        page = fetch(world, f"http://{HOST}{path}")
        assert page.status == 200, path
        links = re.findall(r'href="(/[^"]*)"', page.body.decode()) if "html" in page.header("content-type") else []
        todo += [link for link in dict.fromkeys(links) if link not in seen and link not in todo]
    assert {person.path for person in PEOPLE} <= seen
    assert "/mentions-legales" in seen


def luhn(number: str) -> int:
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10


def test_the_roster_holds_six_people_with_valid_keys_and_invented_phones() -> None:
    rows = list(csv.DictReader(io.StringIO(ROSTER_CSV), delimiter=";"))
    assert len(rows) == 6
    for row in rows:
        assert None not in row
        assert None not in row.values()
        assert len(row["rpps"]) == 11
        assert luhn(row["rpps"]) == 0
        assert row["site1_phone"].startswith("04 65 71 00 ")
        assert row["email"] == "" or row["email"].endswith(".example")
    listed = {person.name for person in PEOPLE}
    shown = [f"{row['first_name']} {row['family_name']}" in listed for row in rows]
    assert shown == [True, True, True, False, False, False]


def test_the_case_is_the_same_person_the_homonym_and_the_moved_one_are_not_sure() -> None:
    rows = {r["family_name"]: r for r in csv.DictReader(io.StringIO(ROSTER_CSV), delimiter=";")}
    people = {p.slug: p for p in PEOPLE}
    camille, homonym, moved = people[CASE_SLUG], people["sacha-modele"], people["noa-specimen"]
    assert (camille.street, camille.phone) == (rows["Exemple"]["site1_street"], rows["Exemple"]["site1_phone"])
    assert camille.bookable
    assert not camille.claimed
    assert homonym.profession == "Ostéopathe"
    assert rows["Modèle"]["site1_postcode"] == "26000"
    assert moved.street != rows["Spécimen"]["site1_street"]
    assert moved.phone != rows["Spécimen"]["site1_phone"]


def test_the_mail_server_keeps_the_exact_bytes() -> None:
    message = "Subject: essai\r\n\r\nDemande d’effacement\r\n.\r\n".encode()
    with MailSink() as sink:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=30) as client:
            client.sendmail("conseil@ordre.example", ["dpo@reserve-kine.example"], message, ["BODY=8BITMIME"])
        assert sink.messages == [message]
    with pytest.raises(OSError, match="refus"):
        smtplib.SMTP("127.0.0.1", sink.port, timeout=30)


def test_two_worlds_can_stand_side_by_side() -> None:
    with BookingSite() as one, BookingSite() as two, MailSink() as first, MailSink() as second:
        assert len({one.port, two.port, first.port, second.port}) == 4
        one.remove(CASE_SLUG)
        assert CASE_SLUG in {person.slug for person in two.people()}
