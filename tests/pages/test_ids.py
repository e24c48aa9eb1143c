"""By what a listing is known: the site's own id, and never who else stands on the page, nor how far down a list."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from listingguard.domain.listing import Listing, Listings, Page, canonical_url
from listingguard.domain.listing_id import met_again
from listingguard.pages.url import tidy_url
from listingguard.sites import GenericSite

SITE = GenericSite("kine.example")
TEAM = "https://kine.example/equipe"


def read(body: str | dict[str, Any], url: str = TEAM) -> tuple[Listing, ...]:
    html = isinstance(body, str)
    kind = "text/html; charset=utf-8" if html else "application/json"
    data = f"<title>Notre équipe</title>{body}" if html else json.dumps(body)
    page = Page(url, url, 200, (("Content-Type", kind),), data.encode(), datetime(2026, 3, 2, tzinfo=UTC))
    reading = SITE.reading(page)
    assert isinstance(reading, Listings), reading
    return reading.items


def ids(body: str | dict[str, Any], url: str = TEAM) -> dict[str, str]:
    return {item.name: item.id for item in read(body, url)}


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"nom": name, "profession": "Masseur-kinésithérapeute", "ville": "Lyon", "codePostal": "69003"} | more


def found(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resultats": list(entries)}


@pytest.mark.parametrize("known", [{"id": 991}, {"id": "991"}, {"_id": "991", "rang": 4}])
def test_an_answer_of_a_sites_programs_is_known_by_its_own_id_on_whatever_page(known: dict[str, Any]) -> None:
    camille, noa = entry("Camille Exemple", **known), entry("Noa Specimen", id=17)
    api = "https://kine.example/api/search?ville=lyon&page="
    assert ids(found(camille, noa), f"{api}1")["Camille Exemple"] == "991"
    assert ids(found(noa, camille), f"{api}2") == {"Noa Specimen": "17", "Camille Exemple": "991"}


def test_a_slug_is_rather_the_listings_than_a_number_and_a_page_of_its_own_than_both() -> None:
    assert ids(found(entry("Camille Exemple", id=3456, slug="camille-exemple-lyon"))) == {
        "Camille Exemple": "camille-exemple-lyon"
    }
    assert ids(found(entry("Camille Exemple", id=3456, url="/kine/lyon/camille-exemple"))) == {
        "Camille Exemple": "kine/lyon/camille-exemple"
    }


def test_the_number_of_the_person_counts_not_that_of_the_card() -> None:
    card = {"id": 88, "ville": "Lyon", "codePostal": "69003"}
    person = {"id": 12, "prenom": "Camille", "nom": "Exemple", "profession": "Masseur-kinésithérapeute"}
    assert ids(found({**card, "praticien": person})) == {"Camille Exemple": "12"}


@pytest.mark.parametrize("first", [0, 1, 21])
def test_a_place_in_the_list_is_no_id(first: int) -> None:
    people = ["Camille Exemple", "Noa Specimen", "Lou Canevas", "Sacha Modele", "Alix Gabarit"]
    counted = found(*(entry(name, id=first + place) for place, name in enumerate(people)))
    shown = ids(counted, "https://kine.example/api/search?page=2")
    assert shown["Camille Exemple"] == "api/search#camille-exemple"
    assert len(set(shown.values())) == 5


def test_without_an_id_the_page_of_the_list_does_not_count() -> None:
    one, other = (ids(found(entry("Camille Exemple")), f"https://kine.example/api/s?v=die&page={n}") for n in (1, 2))
    assert one == other == {"Camille Exemple": "api/s?v=die#camille-exemple"}


AGATHE = "<p>Agathe Fictive, masseur-kinésithérapeute, 14 quai Duperré, 17000 La Rochelle, 05 46 00 00 01</p>"
JEROME = "<p>Jérôme Exemple, masseur-kinésithérapeute, 14 quai Duperré, 17000 La Rochelle, 05 46 00 00 02</p>"


def test_a_colleague_who_joins_a_page_changes_nobodys_id() -> None:
    alone, together = ids(JEROME), ids(AGATHE + JEROME)
    assert alone == {"Jérôme Exemple": "equipe#jerome-exemple"}
    assert together == {"Agathe Fictive": "equipe#agathe-fictive", **alone}
    assert ids(AGATHE) == {"Agathe Fictive": "equipe#agathe-fictive"}


@pytest.mark.parametrize(
    ("url", "heading"),
    [
        ("https://kine.example/kine/jerome-exemple", "Bienvenue"),
        ("https://kine.example/fiche?n=12", "Jérôme Exemple – kiné"),
    ],
)
def test_a_page_that_bears_a_name_is_that_persons_whoever_joins_it(url: str, heading: str) -> None:
    own = url.partition("example/")[2]
    body = f"<h1>{heading}</h1>{JEROME}"
    assert ids(body, url)["Jérôme Exemple"] == own
    assert ids(body + AGATHE, url) == {"Jérôme Exemple": own, "Agathe Fictive": f"{own}#agathe-fictive"}


def test_what_is_kept_under_an_older_id_is_met_under_it() -> None:
    def kept(ident: str, name: str, **more: Any) -> dict[str, Listing | None]:
        return {f"kine.example:{ident}": Listing("kine.example", ident, TEAM, name, **more)}

    both = read(AGATHE + JEROME)
    assert [i.id for i in met_again(both, kept("equipe", "EXEMPLE Jérôme"))] == ["equipe#agathe-fictive", "equipe"]
    # The key alone, of a file from another home: only where nobody else of the page can be meant.
    assert [i.id for i in met_again(read(JEROME), {"kine.example:equipe": None})] == ["equipe"]
    assert met_again(both, {"kine.example:equipe": None}) == both
    # Whoever stands there alone today is not who stood there then.
    assert [i.id for i in met_again(read(AGATHE), kept("equipe", "Jérôme Exemple"))] == ["equipe#agathe-fictive"]
    (camille,) = read(found(entry("Camille Exemple", id=991)), "https://kine.example/api/s?page=3")
    (old,) = met_again([camille], kept("api/s?page=1#camille-exemple", "Camille Exemple"))
    assert old.id == "api/s?page=1#camille-exemple"
    # One number of two lists of the site's is not one listing.
    (other,) = met_again([camille], kept("991", "Noa Specimen"))
    assert other.id == "991#camille-exemple"


def test_a_page_asked_for_shows_the_people_who_stand_on_it() -> None:
    both = Listings(read(AGATHE + JEROME))
    assert SITE.about(TEAM, both) is both
    assert SITE.subject(TEAM, both.items) is None
    (alone,) = read(JEROME)
    assert SITE.subject(TEAM, [alone]) is alone


# -- one address, one form --------------------------------------------------------------------------------------------

ACCENTED = "https://kine.example/pro/jean-noël-songe?ville=Chénérailles"
WRITTEN = "https://kine.example/pro/jean-no%C3%ABl-songe?ville=Ch%C3%A9n%C3%A9railles"


@pytest.mark.parametrize("form", [ACCENTED, WRITTEN, WRITTEN.replace("%C3%AB", "%c3%ab"), f"{WRITTEN}&utm_source=x"])
@pytest.mark.parametrize("absolute", [True, False])
def test_an_address_has_one_form_and_its_listing_one_id(form: str, absolute: bool) -> None:
    link = form if absolute else form.removeprefix("https://kine.example")
    card = {"@context": "https://schema.org", "@type": "Physiotherapy", "name": "Jean-Noël Songe", "url": link}
    card["address"] = {"streetAddress": "1 rue Fictive", "postalCode": "23130", "addressLocality": "Chénérailles"}
    (item,) = read(f'<script type="application/ld+json">{json.dumps(card, ensure_ascii=False)}</script>')
    assert item.url == WRITTEN
    assert item.id == "pro/jean-noël-songe?ville=Ch%C3%A9n%C3%A9railles"
    assert canonical_url(canonical_url(form)) == canonical_url(form)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("https://www.kinés.example/a", "https://www.xn--kins-dpa.example/a"),
        ("https://kinés.example:8443/é#avis", "https://xn--kins-dpa.example:8443/%C3%A9#avis"),
        ("https://kine.example/100%25-kin%C3%A9", "https://kine.example/100%25-kin%C3%A9"),
        ("https://kine.example/a b", "https://kine.example/a%20b"),
        ("https://kine.example/?n=%E9", "https://kine.example/?n=%E9"),
        (f"https://{'é' * 80}.example/", f"https://{'%C3%A9' * 80}.example/"),
        ("mailto:é", "mailto:%C3%A9"),
    ],
)
def test_what_is_written_behind_percent_is_never_written_twice(written: str, form: str) -> None:
    assert canonical_url(written) == form
    assert canonical_url(form) == form


def test_what_is_no_utf_8_keeps_its_bytes() -> None:
    assert tidy_url("https://kine.example/?n=%E9&utm_source=x") == "https://kine.example/?n=%E9"


def test_a_site_with_an_accent_in_its_host_is_one_site() -> None:
    site = GenericSite("xn--kins-dpa.example")
    assert site.owns("https://www.kinés.example/a")
    assert site.owns("https://XN--kins-dpa.example/a")
    assert site.profile_id("https://kinés.example/jean-noël") == "jean-noël"


def test_homonyms_of_one_answer_with_an_id_and_a_place_each_are_two_people_and_two_diaries_of_one_place_are_one() -> (
    None
):
    here = entry("Camille Exemple", id=12, adresse="1 rue des Essais")
    away = entry("Camille Exemple", id=34, adresse="9 place Haute", ville="Die", codePostal="26150")
    again = entry("Camille Exemple", id=56, adresse="1, rue des Essais")
    items = read(found(here, away))
    assert [(item.id, [place.town for place in item.places]) for item in items] == [("12", ["Lyon"]), ("34", ["Die"])]
    assert [len(item.places) for item in read(found(here, again))] == [1]
    assert [[place.town for place in item.places] for item in read(found(here, again, away))] == [["Lyon"], ["Die"]]


def test_of_homonyms_the_one_who_is_where_it_was_meets_a_listing_again_in_whatever_order_and_never_the_other() -> None:
    here = entry("Camille Exemple", id=12, adresse="1 rue des Essais")
    away = entry("Camille Exemple", id=34, adresse="9 place Haute", ville="Die", codePostal="26150")
    (before,) = read(found(here, {**here, "id": 56}))
    known = {before.key: before}
    for order in ((here, away), (away, here)):
        again = {item.places[0].town: item.id for item in met_again(read(found(*order)), known)}
        assert again == {"Lyon": before.id, "Die": "34"}
    # The key alone does not tell which of them.
    both = read(found(here, away))
    assert met_again(both, {before.key: None}) == both
    moved = entry("Camille Exemple", id=12, adresse="3 rue Neuve", ville="Metz", codePostal="57000")
    assert {item.id for item in met_again(read(found(away, moved)), known)} == {"12", "34"}
