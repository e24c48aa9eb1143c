"""Reading saved pages: the pairs of tests/sites, JSON-LD as sites write it, charsets; adapters that load or say why not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listingguard.domain.listing import (
    Gone,
    Listing,
    ListingKind,
    Listings,
    ListingState,
    Page,
    Reading,
    SaysNone,
    Trait,
    Unreadable,
    outcome,
)
from listingguard.errors import BadInput
from listingguard.pages.document import page_text, visible_text
from listingguard.pages.line import as_line
from listingguard.sites import GenericSite, Sites, load_sites, tidy_url

ROOT = Path(__file__).parent.parent
PAIRS = sorted((ROOT / "tests" / "sites").glob("*/*.json"))
KINE = "http://reserve-kine.example/masseur-kinesitherapeute"


@pytest.fixture(scope="module")
def sites() -> Sites:
    return load_sites(ROOT / "scrapers")


def page(body: str | bytes, url: str = f"{KINE}/valence/camille-exemple", status: int = 200, kind: str = "") -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, url, status, (("Content-Type", kind),) if kind else (), raw, datetime(2026, 3, 12, tzinfo=UTC))


def ld(*blocks: object, rest: str = "") -> str:
    texts = (block if isinstance(block, str) else json.dumps(block) for block in blocks)
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return f"<html><head>{scripts}</head><body>{rest}</body></html>"


def listings(reading: Reading) -> tuple[Listing, ...]:
    assert isinstance(reading, Listings), reading
    return reading.items


KEYS = (
    *("@type", "@id", "@graph", "name", "url", "address", "telephone", "identifier", "aggregateRating", "review"),
    *("potentialAction", "worksFor", "employee", "streetAddress", "data", "profile", "places", "healthcareProviders"),
)


def generic(body: str, url: str = "https://annuaire.example/kine/valence/camille-exemple") -> tuple[Listing, ...]:
    return listings(GenericSite("annuaire.example").reading(page(body, url)))


ADDRESS = {
    "@type": "PostalAddress",
    "streetAddress": "12 rue des Essais",
    "postalCode": "26000",
    "addressLocality": "Valence",
}
CAMILLE = {"@type": "Physician", "name": "Camille Exemple", "medicalSpecialty": "Kinésithérapeute", "address": ADDRESS}


# --- page and JSON pairs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_each_saved_page_gives_what_its_json_says(pair: Path, sites: Sites) -> None:
    wanted = json.loads(pair.read_text(encoding="utf-8"))
    body = (pair.parent / wanted["page"]).read_bytes()
    reading = sites.for_url(wanted["url"]).reading(page(body, wanted["url"], wanted["status"], wanted["content_type"]))
    assert outcome(reading).value == wanted["outcome"]
    assert [as_line(item) for item in getattr(reading, "items", ())] == wanted["listings"]
    assert getattr(reading, "next_url", "") == wanted.get("next_url", "")


def test_every_site_has_a_page_of_each_kind(sites: Sites) -> None:
    for site in sites.all():
        kinds = {json.loads(p.read_text(encoding="utf-8"))["outcome"] for p in PAIRS if p.parent.name == site.host}
        assert kinds == {"listings", "none", "gone", "unreadable"}, site.host


def test_each_sample_url_is_claimed_by_exactly_one_adapter(sites: Sites) -> None:
    for pair in PAIRS:
        url = json.loads(pair.read_text(encoding="utf-8"))["url"]
        assert [site.host for site in sites.all() if site.owns(url)] == [pair.parent.name]


def test_sites_that_exist_are_marked_real_and_the_invented_one_is_not(sites: Sites) -> None:
    assert {site.host: site.real for site in sites.all()} == {"doctolib.fr": True, "reserve-kine.example": False}


def test_each_site_names_a_controller_that_is_on_file_for_its_host(sites: Sites) -> None:
    import tomllib

    records = tomllib.loads((ROOT / "scrapers" / "controllers.toml").read_text(encoding="utf-8"))["controller"]
    for site in sites.all():
        assert site.host in records[site.controller]["platforms"]
    keys = {slug: set(record) for slug, record in records.items()}
    assert len(set(map(frozenset, keys.values()))) == 1, keys
    readme = (ROOT / "scrapers" / "README.md").read_text(encoding="utf-8")
    assert [key for key in records["doctolib"] if f"`{key}`" not in readme] == []
    assert all(record["verified_on"] == "" for record in records.values())


# --- absence is only ever said by the site ---------------------------------------------------------------------


def test_a_missing_page_is_gone_only_on_a_profile_url(sites: Sites) -> None:
    site = sites.get("reserve-kine.example")
    assert site is not None
    for status in (404, 410):
        assert site.reading(page("", f"{KINE}/valence/camille-exemple", status)) == Gone(status)
        assert isinstance(site.reading(page("<p>x", f"{KINE}/valence-26000?page=1", status)), Unreadable)


@pytest.mark.parametrize("status", [302, 401, 403, 418, 429, 451, 500, 503])
def test_no_other_status_ever_suggests_an_absence(status: int, sites: Sites) -> None:
    body = "<p>Aucun praticien ne correspond à votre recherche</p>"
    reading = sites.for_url(KINE).reading(page(body, status=status))
    assert isinstance(reading, Unreadable)
    assert str(status) in reading.reason


def test_a_profile_that_leads_to_a_none_page_is_not_an_absence(sites: Sites) -> None:
    asked = page("<body><p>Aucun praticien ne correspond à votre recherche.</p></body>")
    led = replace(asked, final_url=f"{KINE}/valence-26000")
    assert isinstance(sites.for_url(asked.url).reading(led), Unreadable)
    assert isinstance(sites.for_url(asked.url).reading(replace(led, url=led.final_url)), SaysNone)


def test_a_profile_that_leads_to_another_host_is_never_gone(sites: Sites) -> None:
    asked = replace(page("", status=404), final_url="https://login.example/")
    assert isinstance(sites.for_url(asked.url).reading(asked), Unreadable)


def test_a_page_with_listings_never_says_none(sites: Sites) -> None:
    body = ld(CAMILLE, rest="<p>Aucun praticien ne correspond à votre recherche</p>")
    assert len(listings(sites.for_url(KINE).reading(page(body)))) == 1


def test_an_unknown_site_never_says_none() -> None:
    reading = GenericSite("annuaire.example").reading(page("<p>Aucun résultat</p>", "https://annuaire.example/q?x=1"))
    assert isinstance(reading, Unreadable)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"%PDF-1.7 ...",
        b"\x89PNG\r\n\x1a\n....",
        b"PK\x03\x04rest",
        bytes(range(256)) * 40,
        b"\x00\x01\x02",
    ],
    ids=["empty", "blank", "pdf", "png", "zip", "random", "nul"],
)
def test_bytes_that_are_no_page_are_unreadable(body: bytes, sites: Sites) -> None:
    reading = sites.for_url(KINE).reading(page(body))
    assert isinstance(reading, Unreadable)
    assert reading.reason.endswith((".", "?"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(str.encode),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(KEYS),
                    inner | st.sampled_from(["Physician", "Person", "Organization", "ListItem", "/a/b/c", "http://["]),
                    max_size=6,
                )
            ),
            max_leaves=25,
        ).map(lambda value: ld(value).encode() if isinstance(value, list) else json.dumps(value).encode()),
    ),
    host=st.sampled_from(["www.doctolib.fr", "reserve-kine.example", "annuaire.example"]),
)
def test_no_page_whatever_its_bytes_breaks_the_reader_or_says_none(body: bytes, host: str, sites: Sites) -> None:
    url = f"https://{host}/masseur-kinesitherapeute/valence/camille-exemple"
    reading = sites.for_url(url).reading(page(body, url))
    assert isinstance(reading, (Listings, Unreadable))
    for item in listings(reading) if isinstance(reading, Listings) else ():
        assert item.id
        assert item.url.startswith(("http://", "https://"))
        assert item.name
        json.dumps(as_line(item))


# --- JSON-LD as it is found ------------------------------------------------------------------------------------

JSON = json.dumps(CAMILLE, ensure_ascii=False)


@pytest.mark.parametrize(
    "block",
    [
        f"[{JSON}]",
        f'{{"@graph": [{JSON}]}}',
        JSON.replace('"Physician"', '["Thing", "https://schema.org/Physician"]'),
        f"//<![CDATA[\n{JSON}\n//]]>",
        f"/*<![CDATA[*/{JSON}/*]]>*/",
        f"<!-- {JSON} -->",
        f"{JSON};",
        JSON[:-1] + " , }",
        "/* fiche */ " + JSON.replace("{", "{ // nom, métier\n", 1),
        JSON.replace('"', "&quot;"),
        JSON.replace("Camille Exemple", "Camille\tExemple"),
        JSON.replace("Camille Exemple", "Camille&nbsp;Exemple"),
        JSON.replace("Kinésithérapeute", "Kin&amp;eacute;sith&amp;eacute;rapeute"),
        f'{{"@type": "WebPage", "mainEntity": {JSON}}}',
        f'{{"@type": "ItemList", "itemListElement": [{{"@type": "ListItem", "item": {JSON}}}]}}',
        f'[{JSON}, {{"@type": "Physician", "name": "Coup',
        f'[{JSON}, {{"@type": "Physician", "url": "/masseur-kinesitherapeute/valence/x", "addr',
    ],
)
def test_json_ld_survives_what_sites_do_to_it(block: str) -> None:
    (item,) = generic(ld(block))
    assert (item.name, item.profession) == ("Camille Exemple", "Kinésithérapeute")
    assert item.places[0].postcode == "26000"
    assert item.url == "https://annuaire.example/kine/valence/camille-exemple"


@given(cut=st.integers(0, len(JSON)))
def test_a_page_cut_anywhere_never_gives_a_wrong_name_or_postcode(cut: int) -> None:
    reading = GenericSite("annuaire.example").reading(page(ld(JSON[:cut]), "https://annuaire.example/camille-exemple"))
    for item in listings(reading) if isinstance(reading, Listings) else ():
        assert item.name == "Camille Exemple"
        assert {p.postcode for p in item.places} <= {"26000", ""}


def test_references_within_a_graph_are_followed() -> None:
    graph = {
        "@graph": [
            {
                "@type": "MedicalClinic",
                "@id": "#c",
                "name": "Cabinet des Essais",
                "address": {"@id": "#a"},
                "url": "/c/essais",
            },
            {"@id": "#a", **ADDRESS},
            {"@type": "Person", "name": "Noa Spécimen", "jobTitle": "Kiné", "url": "/k/noa", "worksFor": {"@id": "#c"}},
        ]
    }
    clinic, noa = generic(ld(graph))
    assert (clinic.kind, noa.kind) == (ListingKind.ORGANISATION, ListingKind.PERSON)
    assert clinic.places == noa.places
    assert noa.places[0].town == "Valence"
    assert noa.organisation == "Cabinet des Essais"


def test_a_practice_names_its_people() -> None:
    staff = [{"@type": "Person", "name": "Camille Exemple"}, {"@type": "Person", "name": "Noa Spécimen"}]
    clinic = {"@type": "MedicalClinic", "name": "Cabinet des Essais", "address": ADDRESS, "employee": staff}
    found = generic(ld(clinic))
    assert [(i.name, i.organisation, i.kind.value) for i in found] == [
        ("Cabinet des Essais", "", "organisation"),
        ("Camille Exemple", "Cabinet des Essais", "person"),
        ("Noa Spécimen", "Cabinet des Essais", "person"),
    ]
    assert len({item.id for item in found}) == 3


def test_several_addresses_are_one_listing_with_several_places() -> None:
    other = {**ADDRESS, "streetAddress": "3 place Neuve", "postalCode": 1000, "addressLocality": "Bourg-en-Bresse"}
    one = {**CAMILLE, "url": "/k/camille?pid=1", "telephone": "04 65 71 00 01"}
    two = {**CAMILLE, "url": "/k/camille?pid=2", "address": other, "telephone": "+33 4 65 71 00 02"}
    (item,) = generic(ld([one, two, one]))
    assert [(p.postcode, p.phones) for p in item.places] == [("26000", ("+33465710001",)), ("01000", ("+33465710002",))]
    assert item.url == "https://annuaire.example/k/camille"
    assert item.phones == ("+33465710001", "+33465710002")


def test_homonyms_with_a_page_each_stay_two_listings() -> None:
    other = {**CAMILLE, "url": "/k/romans/camille-exemple", "address": {**ADDRESS, "postalCode": "26100"}}
    assert len(generic(ld([{**CAMILLE, "url": "/k/valence/camille-exemple"}, other]))) == 2


@pytest.mark.parametrize(
    "stranger",
    [
        {"@type": "Organization", "name": "Annuaire", "address": ADDRESS},
        {"@type": "Organization", "name": "Éditions Fictives", "url": "https://annuaire.example/", "address": ADDRESS},
        {"@type": "WebSite", "publisher": {"@type": "Organization", "name": "Éditeur", "address": ADDRESS}},
        {"@type": "Review", "author": {"@type": "Person", "name": "Patient Inventé", "jobTitle": "Retraité"}},
        {"@type": "Article", "author": {"@type": "Person", "name": "Autrice Inventée", "jobTitle": "Journaliste"}},
        {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "item": {**CAMILLE, "name": "Kinés"}}]},
        {"@type": "Person", "name": "Sans Rien"},
        {"@type": "Physician", "address": ADDRESS},
        {"@type": "Physician", "name": "[object Object]", "address": ADDRESS},
        {"@type": "Recipe", "name": "Tarte", "address": ADDRESS},
        {"@type": "JobPosting", "hiringOrganization": {"@type": "Hospital", "name": "Hôpital", "address": ADDRESS}},
        {"@type": "WPAdBlock", "about": {**CAMILLE, "name": "Publicité"}},
        {
            **CAMILLE,
            "name": "Camille Exemple",
            "review": [{"author": {"@type": "Person", "name": "A", "jobTitle": "B"}}],
        },
        {"@graph": [{"@type": "WebPage", "author": {"@id": "#w"}}, {**CAMILLE, "@id": "#w", "name": "Autrice"}]},
    ],
    ids=lambda stranger: stranger.get("@type", "graph"),
)
def test_only_who_is_listed_is_a_listing(stranger: dict[str, object]) -> None:
    assert [item.name for item in generic(ld(stranger, {**CAMILLE, "url": "/k/camille"}))] == ["Camille Exemple"]


def test_a_company_that_publishes_the_page_of_its_own_practice_is_listed() -> None:
    clinic = {"@type": ["Organization", "MedicalClinic"], "@id": "#c", "name": "Cabinet", "address": ADDRESS}
    (item,) = generic(ld({"@graph": [{"@type": "WebSite", "publisher": {"@id": "#c"}}, clinic]}))
    assert item.name == "Cabinet"


@pytest.mark.parametrize(
    ("kind", "name", "wanted"),
    [
        ("Physiotherapy", "Camille Exemple", "person"),
        ("Physiotherapy", "Cabinet Exemple", "organisation"),
        ("Physician", "Maison de santé des Essais", "organisation"),
        ("Physician", "Camille Maison", "person"),
        ("Person", "Cabinet Exemple", "person"),
        ("Hospital", "Camille Exemple", "organisation"),
        ("LocalBusiness", "Camille Exemple", "organisation"),
    ],
)
def test_a_person_is_told_from_a_practice(kind: str, name: str, wanted: str) -> None:
    (item,) = generic(ld({"@type": kind, "name": name, "address": ADDRESS}))
    assert item.kind.value == wanted


def test_relay_numbers_reviews_and_booking_are_traits() -> None:
    block = {
        **CAMILLE,
        "telephone": "118 418",
        "aggregateRating": {"reviewCount": 4},
        "potentialAction": {"@type": "ReserveAction", "target": {"urlTemplate": "/rdv/camille"}},
    }
    (item,) = generic(ld(block))
    assert item.traits == {Trait.RELAY_NUMBER, Trait.REVIEWS, Trait.BOOKABLE}
    assert (item.state, item.state_phrase) == (ListingState.RELAY, "118 418")
    assert item.booking_url == "https://annuaire.example/rdv/camille"
    assert item.phones == ()
    (bare,) = generic(ld({**CAMILLE, "telephone": "04 65 71 00 01", "aggregateRating": {"reviewCount": 0}}))
    assert bare.bare
    assert bare.bookable is None


def test_identifiers_and_one_line_addresses_are_read() -> None:
    rpps = {"@type": "PropertyValue", "propertyID": "RPPS", "value": "99900000011"}
    block = {
        **CAMILLE,
        "identifier": [rpps],
        "address": "12 rue des Essais - 26000 VALENCE, France",
        "email": "mailto:a@b.example",
    }
    (item,) = generic(ld(block))
    assert (item.rpps, item.email) == ("99900000011", "a@b.example")
    assert (item.places[0].street, item.places[0].postcode, item.places[0].town) == (
        "12 rue des Essais",
        "26000",
        "VALENCE",
    )


def test_each_field_remembers_its_layer(sites: Sites) -> None:
    body = ld({**CAMILLE, "url": "camille-exemple"}, rest='<article class="fiche" data-id="camille-exemple"></article>')
    (item,) = listings(sites.for_url(KINE).reading(page(body)))
    assert item.layers == {"name": "json-ld", "profession": "json-ld", "places": "json-ld", "bookable": "html"}


def test_the_next_page_stays_on_the_site(sites: Sites) -> None:
    body = ld(CAMILLE, rest='<a rel="next nofollow" href="https://elsewhere.example/?page=2">').encode()
    assert not getattr(sites.for_url(KINE).reading(page(body)), "next_url", "?")


# --- charsets and visible text ---------------------------------------------------------------------------------

ACCENTS = "<html><head>{}</head><body><p>Valérie à Orgé, « kiné » œdème</p></body></html>"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ACCENTS.format("").encode(), ""),
        (ACCENTS.format("").encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        (ACCENTS.format("").encode(), "text/html; charset=iso-8859-1"),
        (ACCENTS.format('<meta charset="utf-8">').encode("cp1252"), ""),
        (ACCENTS.format("").encode("cp1252"), "text/html; charset=utf-8"),
        (ACCENTS.format("").encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (ACCENTS.format('<meta content="text/html; charset=windows-1252">').encode("cp1252"), ""),
        (ACCENTS.format("").encode("utf-16"), ""),
        (ACCENTS.format("").encode("cp1252"), "text/html; charset=klingon"),
        (ACCENTS.format("").encode()[:-1] + b"\xc3", "text/html"),
    ],
    ids=[
        "utf-8", "bom", "header-lies", "meta-lies", "header-lies-cp1252", "latin-1", "meta", "utf-16", "unknown", "cut",
    ],
)  # fmt: skip
def test_accents_survive_whatever_the_page_says_of_itself(body: bytes, kind: str) -> None:
    assert "Valérie à Orgé, « kiné » œdème" in visible_text(page(body, kind=kind))


@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "utf-16", "cp1252", "idna", "base64", "shift_jis"]))
def test_any_bytes_become_text(body: bytes, charset: str) -> None:
    assert isinstance(page_text(page(body, kind=f"text/html; charset={charset}")), str)


def test_hidden_words_do_not_count() -> None:
    body = (
        "<body><p hidden>a</p><script>b</script><template>c</template><div style='display: none'><i>d</i></div>e</body>"
    )
    assert visible_text(page(body)) == "e"


# --- addresses and loading -------------------------------------------------------------------------------------


def test_an_unknown_host_keeps_one_id_whatever_follows_the_visitor() -> None:
    site = GenericSite("annuaire.example")
    wanted = site.profile_id("https://annuaire.example/kine/valence/camille-exemple")
    for tail in ("?pid=practice-1", "/?utm_source=x&gclid=2", "#avis"):
        assert site.profile_id(f"https://www.annuaire.example/kine/valence/camille-exemple{tail}") == wanted
    assert site.profile_id("https://annuaire.example/fiche?id=12") != site.profile_id(
        "https://annuaire.example/fiche?id=13"
    )
    assert tidy_url("https://annuaire.example/fiche?id=12&pid=3") == "https://annuaire.example/fiche?id=12"


def test_hosts_are_compared_without_www(sites: Sites) -> None:
    assert sites.for_url("https://WWW.doctolib.fr/x").host == "doctolib.fr"
    assert sites.get("www.doctolib.fr") is sites.get("doctolib.fr")
    assert sites.for_url("https://pas-doctolib.fr/x").name == "pas-doctolib.fr"
    assert sites.get("inconnu.example") is None


def test_directory_urls_are_those_the_site_uses(sites: Sites) -> None:
    doctolib, kine = sites.all()
    assert (
        doctolib.directory_url("26100", "Romans-sur-Isère")
        == "https://www.doctolib.fr/search?location=26100-romans-sur-isere&speciality=masseur-kinesitherapeute&page=1"
    )
    assert kine.directory_url("26000", "Valence", 2) == f"{KINE}/valence-26000?page=2"
    assert GenericSite("annuaire.example").directory_url("26000", "Valence") == ""


MINE = """
from listingguard.sites import Site
class Mine(Site):
    host = "reserve-kine.example"
    name = "La mienne"
"""


def test_the_users_own_folder_wins(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    (tmp_path / "_brouillon.py").write_text("raise RuntimeError", encoding="utf-8")
    loaded = load_sites(ROOT / "scrapers", tmp_path)
    assert loaded.for_url(KINE).name == "La mienne"
    assert len(loaded.all()) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def (", "SyntaxError"),
        ("import inconnu_de_tous", "ModuleNotFoundError"),
        ("x = 1", "aucun site"),
        (MINE.replace("reserve-kine.example", "https://www.x.example/"), "host"),
        (MINE + '    profile = "/kine/([^/]+)"', "profile"),
        (MINE + '    profile = "/kine/(?P<id>"', "profile"),
        (MINE + '    directory = "/{ville}"', "directory"),
        (MINE + '    none_phrases = ("Aucun résultat")', "virgule"),
        (MINE + '    none_phrases = ("",)', "vide"),
        (MINE + MINE.replace("Mine", "Again").replace("from listingguard.sites import Site", ""), "déjà"),
    ],
)
def test_a_broken_adapter_is_named_with_its_reason(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "casse.py").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=reason) as caught:
        load_sites(tmp_path)
    assert "casse.py" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="absent"):
        load_sites(tmp_path / "absent")
