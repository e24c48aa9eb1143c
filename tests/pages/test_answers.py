"""JSON of any shape, as an answer or embedded in a page: who is listed, who never is, and how long it may take."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from listingguard.domain.listing import Listing, ListingKind, Listings, ListingState, Page, Service, Trait
from listingguard.pages.answers import MAX_LISTINGS, drafts, next_page
from listingguard.pages.layers import read_answer, read_structured
from listingguard.pages.state import documents
from listingguard.sites import GenericSite

SITE = GenericSite("annuaire.example")
URL = "https://annuaire.example/api/recherche?ville=valence&page=2"


def page(body: str = "{}", url: str = URL) -> Page:
    return Page(url, url, 200, (), body.encode(), datetime.now(UTC))


def listed(document: object) -> list[Listing]:
    return drafts(document, page(), SITE, layer="json")


def one(document: object) -> Listing:
    (item,) = listed(document)
    return item


def camille(**more: Any) -> dict[str, Any]:
    """An invented practitioner as an API might give her."""
    return {
        "firstName": "Camille",
        "lastName": "Exemple",
        "profession": "Masseur-kinésithérapeute",
        "address": {"street": "3 rue des Essais", "zipcode": "26000", "city": "Valence"},
        **more,
    }


# --- shapes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrap",
    [
        lambda item: [item],
        lambda item: {"items": [item], "total": 1},
        lambda item: {"results": {"section_1": {"data": [item], "section_title": "Prendre un rendez-vous"}}},
        lambda item: {"healthcareProviders": [item]},
        lambda item: {"data": {"search": {"edges": [{"node": item}]}}},
        lambda item: {"hits": {"hits": [{"_id": "1", "_source": item}]}},
        lambda item: {"data": [{"type": "practitioners", "id": "1", "attributes": item}]},
        lambda item: {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": item}]},
    ],
    ids=["array", "items", "sections", "providers", "graphql", "hits", "json-api", "geojson"],
)
def test_a_practitioner_is_found_under_any_key(wrap: Any) -> None:
    item = one(wrap(camille()))
    assert (item.name, item.kind, item.profession) == (
        "Camille Exemple",
        ListingKind.PERSON,
        "Masseur-kinésithérapeute",
    )
    (place,) = item.places
    assert (place.street, place.postcode, place.town) == ("3 rue des Essais", "26000", "Valence")
    assert item.layers["name"] == item.layers["places"] == "json"


@pytest.mark.parametrize(
    "name",
    [
        {"prenom": "Camille", "nom": "Exemple", "civilite": "Mme"},
        {"firstName": "Camille", "name": "Exemple", "title": "Mme"},
        {"first_name": "Camille", "last_name": "Exemple"},
        {"givenName": "Camille", "familyName": "Exemple"},
        {"name": {"first": "Camille", "last": "Exemple"}},
        {"name": [{"family": "Exemple", "given": ["Camille"], "prefix": ["MME"]}]},
        {"fullName": "Camille Exemple"},
        {"practitioner": {"displayName": "Camille Exemple"}},
        {"firstName": "Camille", "lastName": "Exemple", "name": "Camille Exemple"},
    ],
    ids=["french", "phs", "snake", "schema-words", "object", "fhir", "whole", "nested", "twice"],
)
def test_a_name_comes_out_whole_however_it_is_split(name: dict[str, Any]) -> None:
    assert one([{**name, "speciality": "Kinésithérapeute"}]).name == "Camille Exemple"


@pytest.mark.parametrize(
    "where",
    [
        {"address": "3 rue des Essais, 26000 Valence"},
        {"address": "3 rue des Essais", "zipcode": 26000, "city": "Valence"},
        {"adresse": {"rue": "3 rue des Essais", "code_postal": "26000", "commune": {"nom": "Valence"}}},
        {"location": {"address": "3 rue des Essais", "zipcode": "26000", "city": "Valence", "lat": 44.9}},
        {"center": {"publicInformation": {"address": {"fullAddress": "3 rue des Essais, 26000 Valence"}}}},
        {"cabinets": [{"nom": "Cabinet", "adresse": {"numVoie": "3", "voie": "rue des Essais", "cp": "26000", "ville": "Valence"}}]},
        {"address": [{"line": ["3 rue des Essais"], "postalCode": "26000", "city": "Valence"}]},
        {"city": "Valence", "postalCode": "26000", "address": {"street": "3 rue des Essais"}},
    ],
    ids=["line", "flat", "french", "location", "deep", "list", "fhir", "around"],
)  # fmt: skip
def test_an_address_comes_out_however_it_is_nested(where: dict[str, Any]) -> None:
    item = one([{"firstName": "Camille", "lastName": "Exemple", **where}])
    (place,) = item.places
    assert (place.street, place.postcode, place.town) == ("3 rue des Essais", "26000", "Valence")


def test_three_offices_are_three_places_each_with_its_number() -> None:
    offices = [
        {"full_address": f"{n} rue des Essais, 2600{n} Valence", "landline_number": f"04 75 00 00 0{n}"}
        for n in (1, 2, 3)
    ]
    item = one({"profile": {"name_with_title": "Camille Exemple", "subtitle": "Kinésithérapeute"}, "places": offices})
    assert [place.phones for place in item.places] == [("+33475000001",), ("+33475000002",), ("+33475000003",)]
    assert item.phones == ("+33475000001", "+33475000002", "+33475000003")


def test_a_practice_names_its_people_at_its_address() -> None:
    practice, person = listed(
        {
            "denomination": "Cabinet des Essais",
            "adresse": "3 rue des Essais, 26000 Valence",
            "tel": "0475000001",
            "praticiens": [{"prenom": "Camille", "nom": "Exemple", "metier": "kiné"}],
        }
    )
    assert (practice.kind, practice.phones) == (ListingKind.ORGANISATION, ("+33475000001",))
    assert (person.name, person.organisation, person.phones) == ("Camille Exemple", "Cabinet des Essais", ())
    assert person.places[0].street == "3 rue des Essais"


@pytest.mark.parametrize(
    ("shown", "kind"),
    [
        ("Camille Exemple", ListingKind.PERSON),
        ("M. Jean Maison", ListingKind.PERSON),
        ("Cabinet Camille Exemple", ListingKind.ORGANISATION),
        ("Kiné Sport Valence", ListingKind.ORGANISATION),
        ("Maison de santé des Lilas", ListingKind.ORGANISATION),
        ("SELARL Exemple et Specimen", ListingKind.ORGANISATION),
    ],
)
def test_people_are_told_from_organisations_by_how_the_name_reads(shown: str, kind: ListingKind) -> None:
    assert one([{"name": shown, "speciality": "Kinésithérapeute"}]).kind is kind


# --- values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "phones",
    [
        {"phone": "04 75 00 00 01"},
        {"telephones": [{"type": "fax", "numero": "0475000009"}, {"type": "fixe", "numero": "0475000001"}]},
        {"telecom": [{"system": "phone", "value": "+33475000001"}, {"system": "fax", "value": "0475000009"}]},
        {"contact": {"phoneNumber": "tel:+33475000001", "faxNumber": "0475000009"}},
        {"tel": 475000001, "fax": 475000009},
        {"cabinet": {"officeInformation": {"landlineNumber": "0475000001"}}},
        {"telephone": "Tél. 04 75 00 00 01 - Fax 04 75 00 00 09"},
        {"numero": "04.75.00.00.01", "hotel": "0475000008", "siret": "0475000007"},
    ],
    ids=["plain", "typed", "fhir", "contact", "figures", "office", "in-words", "by-its-shape"],
)
def test_the_number_is_found_and_the_fax_never_is(phones: dict[str, Any]) -> None:
    assert one([camille(**phones)]).phones == ("+33475000001",)


def test_a_number_that_only_connects_callers_is_a_trait_and_no_phone() -> None:
    for raw in ("0899 12 34 56", "118 712", "3624"):
        item = one([camille(phone=raw)])
        assert (item.phones, item.state, item.state_phrase) == ((), ListingState.RELAY, raw)
        assert Trait.RELAY_NUMBER in item.traits


def test_dirty_values_say_nothing() -> None:
    dirty = ("[object Object]", None, "undefined", "N/A", "null", {}, [])
    for value in dirty:
        item = one([camille(phone=value, email=value, speciality=value, cabinet=value, url=value)])
        assert (item.phones, item.email, item.organisation, item.url) == ((), "", "", "")
        assert one([camille(address=value)]).places == ()
        assert listed([{"name": value, "profession": "kiné"}]) == []
    item = one([camille(lastName="<b>Exempl&amp;eacute;</b>")])
    assert item.name == "Camille Exemplé"


def test_a_registers_number_counts_only_where_the_key_says_so() -> None:
    for key, value in (("rpps", "99900000011"), ("cpsId", 99900000011), ("idNat_PS", "899900000011")):
        assert one([camille(**{key: value})]).rpps == "99900000011"
    assert one([camille(id="99900000011", adeli="99900000011", siret="99900000011")]).rpps == ""


@pytest.mark.parametrize(
    "speciality",
    ["Masseur-kinésithérapeute", {"name": "Masseur-kinésithérapeute", "slug": "x"}, [{"label": "Masseur-kinésithérapeute"}]],
)  # fmt: skip
def test_a_speciality_may_be_a_text_an_object_or_a_list(speciality: object) -> None:
    assert one([camille(profession=None, speciality=speciality)]).profession == "Masseur-kinésithérapeute"


def test_of_a_slug_only_the_words_are_kept_and_of_two_professions_ours() -> None:
    assert one([camille(profession={"slug": "masseur-kinesitherapeute"})]).profession == "masseur kinesitherapeute"
    assert one([camille(profession=["Ostéopathe", "Kinésithérapeute"])]).profession == "Kinésithérapeute"


@pytest.mark.parametrize(
    ("flags", "bookable"),
    [
        ({"bookable": True}, True),
        ({"settings": {"isOnlineAppointment": "false"}}, False),
        ({"bookingUrl": "/rdv/camille-exemple"}, True),
        ({"onlineBooking": None}, None),
        ({"agenda": True, "premium": 1, "visible": "yes"}, None),
    ],
)
def test_booking_is_said_only_where_the_meaning_is_plain(flags: dict[str, Any], bookable: bool | None) -> None:
    item = one([camille(**flags)])
    assert item.bookable is bookable
    assert (Trait.BOOKABLE in item.traits) is bool(bookable)


def test_a_page_nobody_claimed_is_told_by_its_flag_as_written() -> None:
    item = one([camille(is_directory=True)])
    assert (item.state, item.state_phrase) == (ListingState.STUB, "is_directory: true")
    item = one([camille(isClaimed=True)])
    assert (item.state, item.state_phrase) == (ListingState.CUSTOMER, "isClaimed: true")
    assert one([camille(is_directory="maybe")]).state is ListingState.UNKNOWN


def test_ratings_prices_and_paid_places_come_along() -> None:
    item = one(
        [camille(rating={"average": "4,8", "count": 12}, sponsored=True, motives=[{"name": "Bilan", "price": "25 €"}])]
    )
    assert (item.rating, item.review_count) == (4.8, 12)
    assert {Trait.REVIEWS, Trait.SPONSORED} <= item.traits
    assert item.services == (Service("Bilan", "25 €"),)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/kine/camille-exemple", "https://annuaire.example/kine/camille-exemple"),
        ("kine/camille-exemple", "https://annuaire.example/kine/camille-exemple"),
        ("https://www.annuaire.example/kine/c?utm_source=x#avis", "https://www.annuaire.example/kine/c"),
        ("https://ailleurs.example/camille", ""),
        ("/api/practitioners/12", ""),
        ("javascript:alert(1)", ""),
        ("camille-exemple", ""),
        ("/", ""),
    ],
)
def test_its_address_is_absolute_and_on_this_site(link: str, url: str) -> None:
    assert one([camille(url=link)]).url == url


# --- who is never listed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        *(
            "user",
            "users",
            "author",
            "reviewer",
            "reviews",
            "agents",
            "agency",
            "platform",
            "publisher",
            "seo",
            "facets",
        ),
        *("breadcrumbs", "cities", "similar", "relatedSearches", "owner", "currentUser", "articles", "createdBy"),
    ],
)
def test_people_and_companies_under_these_keys_are_never_listed(key: str) -> None:
    assert listed({key: [camille()], "other": {key: camille()}}) == []


@pytest.mark.parametrize(
    "thing",
    [
        {"name": "Valence", "zipcode": "26000", "city": "Valence"},
        {"name": "Masseur-kinésithérapeute", "slug": "masseur-kinesitherapeute", "speciality": "kiné"},
        {"name": "Kinésithérapeutes à Valence", "speciality": "kiné"},
        {"title": "Nos conseils", "category": "kiné"},
        {"name": "Annuaire.example", "address": "1 rue de la Place, 75002 Paris"},
        {"__typename": "Review", "name": "Jo Avis", "address": "1 rue de la Place, 75002 Paris"},
        {"type": "user", **camille()},
        {"name": "Camille Exemple"},
        {"firstName": "Camille", "lastName": "Exemple", "email": "camille@exemple.example"},
        {"name": "jo@exemple.example", "profession": "kiné"},
        {"name": "A" * 500, "profession": "kiné"},
    ],
    ids=["town", "trade", "heading", "article", "platform", "review", "user", "nameless", "bare", "mail", "long"],
)
def test_what_only_looks_like_a_listing_is_none(thing: dict[str, Any]) -> None:
    assert listed([thing, {"data": [thing]}]) == []


def test_whoever_works_beside_a_person_is_dropped() -> None:
    assert [item.name for item in listed([camille(team=[{**camille(), "firstName": "Noa"}])])] == ["Camille Exemple"]


def test_objects_of_schema_org_are_listed_once() -> None:
    node = {"@type": "Physician", "name": "Camille Exemple", "medicalSpecialty": "Kinésithérapeute"}
    reading = read_answer({"results": [{"jsonld": node}]}, page(), SITE)
    assert isinstance(reading, Listings)
    assert [item.name for item in reading.items] == ["Camille Exemple"]


# --- the next page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "url"),
    [
        ({"next": "/api/recherche?ville=valence&page=3"}, "https://annuaire.example/api/recherche?ville=valence&page=3"),
        ({"links": {"next": {"href": "?page=3"}}}, "https://annuaire.example/api/recherche?page=3"),
        ({"options": {"next_page": 3}}, "https://annuaire.example/api/recherche?ville=valence&page=3"),
        ({"meta": {"pagination": {"nextPage": "3"}}}, "https://annuaire.example/api/recherche?ville=valence&page=3"),
        ({"next": 1}, ""),
        ({"next": None}, ""),
        ({"next": True}, ""),
        ({"next": "https://ailleurs.example/?page=3"}, ""),
        ({"next": "javascript:void(0)"}, ""),
        ({"next": URL}, ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_next_page_is_followed_only_where_it_is_plainly_told(document: object, url: str) -> None:
    assert next_page(document, page()) == url


def test_a_page_number_counts_only_where_the_address_has_one() -> None:
    assert next_page({"next": 3}, page(url="https://annuaire.example/api/recherche")) == ""


# --- data embedded in pages --------------------------------------------------------------------------------------

DATA = json.dumps({"results": [camille()]})


@pytest.mark.parametrize(
    "markup",
    [
        f'<script id="__NEXT_DATA__" type="application/json">{DATA}</script>',
        f"<script>window.__INITIAL_STATE__ = {DATA};(function(){{var s;}}());</script>",
        f'<script>window["__STATE__"]={DATA}</script>',
        f"<script>var pageData = {DATA};</script>",
        f"<script>window.__NUXT__={DATA}</script>",
        "<script>window.DATA = JSON.parse('" + DATA.replace("\\", "\\\\").replace("é", "\\u00e9") + "')</script>",
        f"<div data-props='{DATA}'></div>",
        '<div data-page="' + DATA.replace('"', "&quot;") + '"></div>',
        "<script>self.__next_f.push([1," + json.dumps('5:["$","div",null,' + DATA + "]\n") + "])</script>",
        '<script type="application/json">' + DATA[:-2] + ', {"firstName": "No</script>',
        f'<script>window.__INITIAL_STATE__ = {DATA[:-1]}, "x": undefined }};</script>',
        '<script type="application/json" id="__NUXT_DATA__">[["Reactive",1],{"data":2},[3],{"firstName":4,"lastName":5,'
        '"profession":6,"address":7},"Camille","Exemple","Masseur-kinésithérapeute",{"street":8,"zipcode":9,"city":10},'
        '"3 rue des Essais","26000","Valence"]</script>',
        '<script>window.__APOLLO_STATE__={"Praticien:1":{"__typename":"Praticien","firstName":"Camille","lastName":"Exemple",'
        '"profession":"Masseur-kinésithérapeute","address":{"__ref":"Adresse:1"},"self":{"__ref":"Praticien:1"}},'
        '"Adresse:1":{"__typename":"Adresse","street":"3 rue des Essais","zipcode":"26000","city":"Valence"}}</script>',
    ],
    ids=[
        *("next", "window", "bracket", "var", "nuxt", "parse", "props", "page", "flight", "cut", "undefined", "nuxt-3"),
        "apollo",
    ],
)  # fmt: skip
def test_data_embedded_for_scripts_is_read_and_never_run(markup: str) -> None:
    reading = read_structured(page(f"<html><body><h1>Résultats</h1>{markup}</body></html>"), SITE)
    assert isinstance(reading, Listings)
    (item,) = reading.items
    assert (item.name, item.places[0].street, item.layers["name"]) == ("Camille Exemple", "3 rue des Essais", "state")


@pytest.mark.parametrize(
    "script",
    [
        "window.x = {a: function(){return 1}}",
        "window.__NUXT__=(function(a){return {b:a}}('c'))",
        "window.x = JSON.parse(atob('e30='))",
        "self.__next_f.push([1",
        "window.x = [[[[",
        "",
    ],
)
def test_what_is_no_json_is_passed_over(script: str) -> None:
    values = list(
        documents(page(f'<html><body><script>{script}</script><script>window.y = {{"k": 1}}</script></body></html>'))
    )
    assert {"k": 1} in values


def test_a_cache_that_refers_to_itself_ends() -> None:
    everyone = [{"__ref": f"P:{n}"} for n in range(50)]
    cache = {f"P:{n}": {"__typename": "P", "next": {"__ref": f"P:{(n + 1) % 50}"}, "all": everyone} for n in range(50)}
    started = time.process_time()
    list(documents(page(f"<html><body><script>window.__APOLLO_STATE__ = {json.dumps(cache)}</script></body></html>")))
    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    "script",
    [
        "window.x = " + "[" * 800_000,
        'window.x = {"a": "' * 80_000,
        "self.__next_f.push([" * 50_000,
        "window.x = JSON.parse('" + "\\'" * 500_000,
        'window.x = ["' + '\\"' * 500_000,
    ],
    ids=["brackets", "cut-short", "flight", "parse", "quotes"],
)
def test_a_hostile_script_ends_soon(script: str) -> None:
    started = time.process_time()
    list(documents(page(f"<html><body><script>{script}</script></body></html>")))
    assert time.process_time() - started < 12


# --- hostile documents -------------------------------------------------------------------------------------------


def nested(depth: int) -> dict[str, Any]:
    inner = camille()
    for _ in range(depth):
        inner = {"x": inner}
    return inner


def test_depth_is_bounded() -> None:
    assert len(listed(nested(30))) == 1
    assert listed(nested(900)) == []


@pytest.mark.parametrize("key", ["__proto__", "constructor", "toString", "", "name\x00", "a" * 5000, "🙂", "__class__"])
def test_any_key_is_a_mere_word(key: str) -> None:
    assert one({key: camille(**{key: {"name": "x"}})}).name == "Camille Exemple"


@pytest.mark.parametrize(
    "value",
    [0, -1.5, True, [[[]]], {"a": {"b": []}}, "x" * 100_000, ["Camille"] * 5000, {"name": {"name": {"name": "x"}}}],
)
@pytest.mark.parametrize(
    "field", ["address", "phone", "url", "profession", "rating", "services", "settings", "cabinet", "rpps"]
)
def test_no_value_of_any_shape_breaks_the_reader(field: str, value: object) -> None:
    assert [item.name for item in listed([camille(**{field: value}), camille()])][-1] == "Camille Exemple"


@pytest.mark.parametrize(
    "document",
    [
        {"items": [camille(url=f"/kine/{n}", id=n) for n in range(20_000)]},
        {f"key{n}": {"name": "x" * 20, "label": "y" * 20} for n in range(60_000)},
        [{"name": f"Jean Durand{n}", "description": "x" * 60} for n in range(40_000)],
        {"items": [camille(address=[{"street": "1 rue A"}] * 30_000) for _ in range(5)]},
        camille(lastName="Exemple " * 600_000),
        [[[[{"a": [[]] * 400_000}]]]],
    ],
    ids=["listings", "keys", "names", "addresses", "one-text", "empty-lists"],
)
def test_five_megabytes_take_seconds_at_most(document: object) -> None:
    started = time.process_time()
    found = listed(document)
    assert time.process_time() - started < 16
    assert len(found) <= MAX_LISTINGS


# --- what standards for answers have in common -------------------------------------------------------------------


def answer(document: dict[str, Any]) -> Listings:
    found = read_answer(document, page(url="https://annuaire.example/kines?page=2"), SITE)
    assert found is not None
    return found


@pytest.mark.parametrize("prefix", ["hydra:", ""])
def test_types_of_a_sites_own_are_read_by_their_keys_and_the_next_page_found(prefix: str) -> None:
    document = {
        "@context": "/contexts/Kine",
        "@type": f"{prefix}Collection",
        f"{prefix}member": [{"@id": "/kines/1", "@type": "Kine", **camille()}],
        f"{prefix}view": {"@type": f"{prefix}PartialCollectionView", f"{prefix}next": "/kines?page=3"},
    }
    found = answer(document)
    assert [item.name for item in found.items] == ["Camille Exemple"]
    assert found.next_url == "https://annuaire.example/kines?page=3"


def test_what_an_answer_includes_elsewhere_belongs_to_who_refers_to_it() -> None:
    person = {key: value for key, value in camille().items() if key != "address"}
    relations = {
        "address": {"data": {"type": "places", "id": "7"}},
        "author": {"data": {"type": "users", "id": "1"}},
        "gone": {"data": {"type": "places", "id": "404"}},
    }
    document = {
        "data": [{"type": "kines", "id": "1", "attributes": person, "relationships": relations}],
        "included": [
            {
                "type": "places",
                "id": 7,
                "attributes": {"street": "3 rue des Essais", "zip": "26000", "city": "Valence"},
            },
            {"type": "users", "id": "1", "attributes": camille(firstName="Noa")},
        ],
    }
    (item,) = answer(document).items
    (place,) = item.places
    assert (item.name, place.street, place.postcode) == ("Camille Exemple", "3 rue des Essais", "26000")


def test_the_next_page_may_stand_among_relations() -> None:
    links = [{"rel": "self", "href": "/kines?page=2"}, {"rel": "next", "href": "/kines?page=3"}]
    assert answer({"items": [camille()], "links": links}).next_url == "https://annuaire.example/kines?page=3"


@pytest.mark.parametrize(
    ("said", "bookable", "url"),
    [
        ({"rdv": {"en_ligne": True, "lien": "https://rdv.example/1"}}, True, "https://rdv.example/1"),
        ({"rdv": {"en_ligne": False, "lien": "https://rdv.example/1"}}, False, ""),
        ({"onlineBooking": {"agendaIds": [1], "onlineBookingDisabled": False}}, True, ""),
        ({"onlineBooking": {"agendaIds": [1], "onlineBookingDisabled": True}}, False, ""),
        ({"booking": {"url": "/rdv/1"}}, True, "https://annuaire.example/rdv/1"),
        ({"booking": {"label": "Contacter"}}, None, ""),
        ({"onlineBooking": None}, None, ""),
    ],
)
def test_an_object_about_booking_tells_whether_and_where(said: dict[str, Any], bookable: bool | None, url: str) -> None:
    item = one(camille(**said))
    assert (item.bookable, item.booking_url) == (bookable, url)


def test_who_has_no_booking_where_others_have_one_cannot_be_booked() -> None:
    camille_, noa = listed(
        {"items": [camille(onlineBooking={"disabled": False}), camille(firstName="Noa", onlineBooking=None)]}
    )
    assert (camille_.bookable, noa.bookable) == (True, False)


def test_figures_of_opinions_are_read_and_their_writers_are_not() -> None:
    item = one(camille(avis={"moyenne": 4.8, "nombre": 17}))
    assert (item.rating, item.review_count, item.traits) == (4.8, 17, {Trait.REVIEWS})
    written = one(camille(reviews=[{"author": "Jo", "rating": 1}]))
    assert (written.rating, written.review_count) == (None, None)
