"""Ordinary pages that speak of kinés list nobody; pages of kinés that speak of other things still list them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listingguard.domain.listing import Listing, Listings, Page
from listingguard.domain.names import fold
from listingguard.pages.layers import read_structured
from listingguard.pages.subject import is_titled_otherwise
from listingguard.sites import GenericSite

SAVED = Path(__file__).parent.parent / "saved"
ORDINARY = {path.name: path for path in sorted(SAVED.glob("[5-9]?-*.expect.json"))}
URL = "https://site.example/pages/12"
WHERE = "<p>1 rue du Col, 05000 Gap</p><p>04 92 00 00 01</p>"


def listed(body: bytes, url: str = URL) -> tuple[Listing, ...]:
    page = Page(url, url, 200, (("Content-Type", "text/html; charset=utf-8"),), body, datetime.now(UTC))
    reading = GenericSite(url.split("/")[2].removeprefix("www.")).reading(page)
    return reading.items if isinstance(reading, Listings) else ()


def of(title: str, body: str, head: str = "") -> list[str]:
    html = (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{body}</body></html>"
    )
    return [item.name for item in listed(html.encode())]


@pytest.mark.parametrize("name", ORDINARY)
def test_a_saved_page_lists_whom_it_lists_and_nobody_else(name: str) -> None:
    expect = json.loads(ORDINARY[name].read_text(encoding="utf-8"))
    items = listed((SAVED / name.replace(".expect.json", ".html")).read_bytes(), expect["url"])
    assert [fold(item.name) for item in items] == [fold(asked["name"]) for asked in expect["listings"]]
    for item, asked in zip(items, expect["listings"], strict=True):
        assert item.layers["name"] == asked["layer"]["name"]
        assert set(asked.get("phones", ())) == set(item.phones) or "phones" not in asked
        if "street" in asked:
            assert item.places[0].street == asked["street"]


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Une vie de kiné | Le Dauphin", f"<h1>Une vie de kiné</h1><p>Jo Exemple, kinésithérapeute à Gap, se lève tôt.</p>{WHERE}"),
        ("URGENT : kiné assistant(e) à Gap", f"<h1>URGENT : kiné assistant(e)</h1><p>Cabinet Les Pins</p>{WHERE}"),
        ("Bureau en maison médicale - Lecoin", f"<h1>Bureau libre dans maison médicale</h1><p>Partage avec kinésithérapeute</p>{WHERE}"),
        ("Staff - US Gap", f"<h1>Staff médical</h1><p>Dr Lou Fictif, médecin</p><p>Jo Exemple, kinésithérapeute</p>{WHERE}"),
        ("Hôtel des Cimes, Gap", f"<h1>Hôtel des Cimes</h1><p>Soins et massages</p>{WHERE}"),
        ("Avis de décès de Jo EXEMPLE", f"<h1>Jo EXEMPLE</h1><p>Kinésithérapeute retraité</p>{WHERE}"),
        ("Le guide du dos - Jo Exemple", f"<h1>Le guide du dos</h1><p>Jo Exemple, kinésithérapeute</p><p>Broché</p>{WHERE}"),
        ("Syndicat des kinés du 05", f"<h1>Syndicat des kinés du 05</h1><p>Président : Jo Exemple, kinésithérapeute</p>{WHERE}"),
        ("Remboursement kiné", f"<h1>Remboursement kiné : combien ?</h1><p>Kinésithérapeute conventionné : 60 %</p>{WHERE}"),
        ("Association Dos et Vie", f"<h1>Association Dos et Vie</h1><p>Ateliers animés par un kinésithérapeute</p>{WHERE}"),
        ("Modifier un rendez-vous | Aide", f"<h1>Modifier un rendez-vous</h1><p>Kinésithérapeute : appelez.</p>{WHERE}"),
        ("Le kiné de Gap condamné", f"<h1>Le kinésithérapeute de Gap condamné</h1><p>Jo Exemple, kinésithérapeute, fait appel.</p>{WHERE}"),
        ("Kiné Gap : recherche", f"<h1>Votre recherche : kiné Gap</h1><ul><li>Kiné Gap</li></ul>{WHERE}"),
    ],
)  # fmt: skip
def test_a_page_of_words_that_only_mentions_a_trade_lists_nobody(title: str, body: str) -> None:
    assert of(title, body) == []


@pytest.mark.parametrize(
    ("title", "body", "name"),
    [
        ("Jo Exemple, kinésithérapeute à Gap - Annu", "<h1>Jo Exemple</h1><p>Kinésithérapeute à Gap</p>", "Jo Exemple"),
        ("Jo Exemple - Petites annonces de Gap", f"<h1>Jo Exemple</h1><p>Kinésithérapeute</p>{WHERE}", "Jo Exemple"),
        ("Contact", f"<h1>Contact</h1><p>Cabinet de kinésithérapie du Col</p>{WHERE}", "Cabinet de kinésithérapie du Col"),
        ("À propos", f"<h1>À propos</h1><p>Jo Exemple, masseur-kinésithérapeute D.E.</p>{WHERE}", "Jo Exemple"),
        ("Kiné Sport Gap", f"<h1>Kiné Sport Gap</h1>{WHERE}", "Kiné Sport Gap"),
        ("Jo Exemple", f"<h1>Jo Exemple</h1><p>Kinésithérapeute</p>{WHERE}<p>Lire aussi</p><p>Publié le 3 mars</p>", ""),
        ("Jo Exemple", f"<h1>Jo Exemple</h1><p>Kinésithérapeute</p>{WHERE}<p>Lire aussi</p><p>Livraison à côté</p>", "Jo Exemple"),
    ],
)  # fmt: skip
def test_a_page_of_words_that_is_somebodys_lists_them(title: str, body: str, name: str) -> None:
    assert of(title, body) == ([name] if name else [])


THINGS = [
    *("Article", "BlogPosting", "Course", "DiscussionForumPosting", "Event", "FAQPage", "JobPosting", "NewsArticle"),
    *("MobileApplication", "Offer", "Product", "QAPage", "RealEstateListing", "SoftwareApplication", "WebApplication"),
]
PAGE_OF_JO = f"<h1>Jo Exemple</h1><p>Masseur-kinésithérapeute</p>{WHERE}"


@pytest.mark.parametrize("thing", THINGS)
def test_what_the_data_of_a_page_calls_another_thing_gives_nobody_from_its_words(thing: str) -> None:
    def ld(value: object) -> str:
        return f"<script type='application/ld+json'>{json.dumps(value)}</script>"

    node = {"@type": f"https://schema.org/{thing}", "name": "Une chose"}
    assert of("Jo Exemple", PAGE_OF_JO) == ["Jo Exemple"]
    for value in (node, [node], {"@graph": [{"@type": "WebSite"}, node]}, {"@type": "WebPage", "mainEntity": node}):
        assert of("Jo Exemple", PAGE_OF_JO, ld(value)) == []
    marked = f"<div itemscope itemtype='http://schema.org/{thing}'><p itemprop='name'>Une chose</p></div>"
    assert of("Jo Exemple", PAGE_OF_JO + marked) == []
    # What is merely mentioned is not what the page is about; and a practitioner beside it is listed by his own data.
    assert of("Jo Exemple", PAGE_OF_JO, ld({"@type": "WebPage", "mentions": node})) == ["Jo Exemple"]
    jo = {"@type": "Physician", "name": "Jo Exemple", "medicalSpecialty": "Masseur-kinésithérapeute"}
    assert of("Jo Exemple", PAGE_OF_JO, ld([node, jo])) == ["Jo Exemple"]


def test_whom_an_offer_or_an_event_points_to_is_listed_only_on_a_page_that_bears_the_name() -> None:
    practice = {"@type": "MedicalBusiness", "@id": "#p", "name": "Cabinet du Col", "address": "1 rue du Col, 05000 Gap"}
    for key, thing in (("hiringOrganization", "JobPosting"), ("organizer", "Event"), ("provider", "Course")):
        graph = {"@graph": [{"@type": thing, key: {"@id": "#p"}}, practice]}
        head = f"<script type='application/ld+json'>{json.dumps(graph)}</script>"
        assert of("Assistant à Gap", "<h1>Assistant à Gap</h1>", head) == []
        assert of("Cabinet du Col", "<h1>Cabinet du Col</h1>", head) == ["Cabinet du Col"]


def test_an_article_lists_its_main_entity_and_never_its_author() -> None:
    jo = {"@type": "Physician", "name": "Jo Exemple", "medicalSpecialty": "Masseur-kinésithérapeute"}
    noa = {"@type": "Physician", "name": "Noa Specimen", "medicalSpecialty": "Masseur-kinésithérapeute"}
    for key, names in (("mainEntity", ["Jo Exemple"]), ("about", []), ("mentions", [])):
        node = {"@type": "Article", "author": noa, key: jo}
        assert of("Un titre", "", f"<script type='application/ld+json'>{json.dumps(node)}</script>") == names


@pytest.mark.parametrize(
    ("title", "otherwise"),
    [
        ("Recherche kinésithérapeute remplaçant", True),
        ("Jo Exemple, kiné : « Marchez, même dix minutes »", True),
        ("Cabinet du Col : un incendie fait de gros dégâts", True),
        ("Nos conseils pour le dos", True),
        ("Recherche : kinésithérapeutes à Valence", False),
        ("Cabinet « Les Pins »", False),
        ("Jo Exemple : le kinésithérapeute de votre quartier à Gap", False),
        ("Kinésithérapeute à Valence : prenez rendez-vous", False),
    ],
)
def test_a_title_tells_articles_offers_and_advice_from_people_and_practices(title: str, otherwise: bool) -> None:
    assert is_titled_otherwise([title]) is otherwise


@pytest.mark.parametrize("text", ["« a" * 3000, "«" + " a" * 3000, " : l’" + "a " * 3000, '" ' * 3000])
def test_a_title_made_to_exhaust_its_reader_costs_nothing(text: str) -> None:
    started = datetime.now(UTC)
    is_titled_otherwise([text] * 20)
    assert (datetime.now(UTC) - started).total_seconds() < 1


def test_a_page_of_words_alone_is_read_by_its_lines() -> None:
    html = f"<html><body>{PAGE_OF_JO}</body></html>".encode()
    page = Page(URL, URL, 200, (), html, datetime.now(UTC))
    found = read_structured(page, GenericSite("site.example"))
    assert found is not None
    assert [item.places[0].town for item in found.items] == ["Gap"]
