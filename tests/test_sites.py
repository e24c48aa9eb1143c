"""Reading saved pages: the pairs of tests/sites, JSON-LD as sites write it, charsets; adapters that load or say why not."""

import json
import time
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listingguard.domain.listing import (
    Cause,
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
from listingguard.pages.document import first_said, page_text, visible_text
from listingguard.pages.line import as_line
from listingguard.sites import RECORDS, GenericSite, RecordedSite, Site, Sites, load_sites, tidy_url, with_page

ROOT = Path(__file__).parent.parent
PAIRS = sorted((ROOT / "tests" / "sites").glob("*/*.json"))
KINE = "http://reserve-kine.example/masseur-kinesitherapeute"
# Every page of the demo's platform bears it.
KINE_TITLE = "<title>Kinés | Réserve-Kiné</title>"
CAMILLE_URL = f"{KINE}/valence/camille-exemple"


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


# In a remark: what the landmarks of the adapters find.
LANDMARKS = "<!-- | Doctolib __NEXT_DATA__ SEL-nbresultat data-doctor-id | Réserve-Kiné</title> -->".encode()

KEYS = (
    *("@type", "@id", "@graph", "name", "url", "address", "telephone", "identifier", "aggregateRating", "review"),
    *("potentialAction", "worksFor", "employee", "streetAddress", "data", "profile", "places", "healthcareProviders"),
    *("items", "professional", "center", "firstName", "lastName", "publicInformation", "officeInformation", "settings"),
    *(
        "results",
        "options",
        "section_1",
        "section_2",
        "title",
        "cabinet",
        "cabinets",
        "location",
        "specialties",
        "slug",
    ),
    *("name_with_title", "link", "total", "phoneNumber", "legals", "next_page", "empty"),
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


KINDS = {"listing": "listings", "none": "none", "gone": "gone", "blocked": "unreadable", "changed": "unreadable"}


def wanted_of(pair: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pair.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_each_saved_page_gives_what_its_json_says(pair: Path, sites: Sites) -> None:
    wanted = wanted_of(pair)
    body = (pair.parent / wanted["page"]).read_bytes()
    reading = sites.for_url(wanted["url"]).reading(page(body, wanted["url"], wanted["status"], wanted["content_type"]))
    assert (outcome(reading).value, getattr(reading, "cause", "")) == (wanted["outcome"], wanted.get("cause", ""))
    assert [as_line(item) for item in getattr(reading, "items", ())] == wanted["listings"]
    assert getattr(reading, "next_url", "") == wanted["next_url"]


def modules(sites: Sites) -> dict[str, list[Site]]:
    """Return the adapters by the module they come from; records have none."""
    found: dict[str, list[Site]] = {}
    for site in sites.all():
        if not isinstance(site, RecordedSite):
            found.setdefault(type(site).__module__, []).append(site)
    return found


def test_every_adapter_has_a_page_of_each_kind_and_each_is_what_it_is_called(sites: Sites) -> None:
    adapters = modules(sites)
    assert len(adapters) >= 6
    for module, members in adapters.items():
        hosts = {site.host: site for site in members}
        here = [(hosts[p.parent.name], wanted_of(p)) for p in PAIRS if p.parent.name in hosts]
        # One engine, several hosts: its pages were seen on one of them.
        assert {wanted["kind"] for _, wanted in here} >= set(KINDS), module
        for site, wanted in here:
            kind, cause = wanted["kind"], wanted.get("cause", "")
            if kind == "none" and wanted["outcome"] != "none":
                # The words of an empty page were never seen: honestly unreadable, and no block.
                assert (site.none_phrases, wanted["outcome"], cause) == ((), "unreadable", "unknown"), site.host
            elif kind in KINDS:
                assert wanted["outcome"] == KINDS[kind], (site.host, wanted["page"])
                assert kind not in ("blocked", "changed") or cause == kind, (site.host, wanted["page"])


def test_no_saved_page_lets_out_what_an_answer_should_have_kept_to_itself() -> None:
    bodies = b"".join((p.parent / wanted_of(p)["page"]).read_bytes() for p in PAIRS if p.parent.name == "maiia.com")
    assert b"cpsId" in bodies
    assert b"@courriel.example" in bodies
    shown = [item for p in PAIRS if p.parent.name == "maiia.com" for item in wanted_of(p)["listings"]]
    assert {(item["rpps"], item["email"]) for item in shown} == {("", "")}


def test_no_two_sites_claim_one_host_and_no_saved_page_is_claimed_twice(sites: Sites) -> None:
    hosts = [host for site in sites.all() for host in (site.host, *site.aliases)]
    assert len(hosts) == len(set(hosts))
    for pair in PAIRS:
        url = wanted_of(pair)["url"]
        assert [site.host for site in sites.all() if site.owns(url)] == [pair.parent.name]


# Addresses as they were seen, with names and numbers of our own. None: no profile. …: no profile's address was ever
# seen there, so that any page may be one.
SEEN = [
    ("https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple", "doctolib.fr", "camille-exemple"),
    ("https://www.doctolib.fr/masseur-kinesitherapeute/die/camille-exemple-die?pid=practice-99", "doctolib.fr",
     "camille-exemple-die"),
    ("https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple/booking?bookingFunnelSource=profile",
     "doctolib.fr", None),
    ("https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple/booking/availabilities?x=1",
     "doctolib.fr", None),
    ("https://www.doctolib.fr/search?location=26000-valence&speciality=masseur-kinesitherapeute&page=2", "doctolib.fr",
     None),
    ("https://www.doctolib.fr/masseur-kinesitherapeute/paris", "doctolib.fr", None),
    ("https://www.doctolib.fr/masseur-kinesitherapeute/26000-valence", "doctolib.fr", None),
    ("https://www.doctolib.fr/masseur-kinesitherapeute/departement-gironde", "doctolib.fr", None),
    ("https://www.doctolib.fr/profiles/camille-exemple.json", "doctolib.fr", "camille-exemple"),
    ("https://www.doctolib.fr/kine/valence/camille-exemple.json", "doctolib.fr", "camille-exemple"),
    ("https://www.doctolib.fr/online_booking/api/slot_selection_funnel/v1/info.json?profile_slug=x&locale=fr",
     "doctolib.fr", None),
    ("https://www.doctolib.fr/api/searchbar/autocomplete.json?search=kine", "doctolib.fr", None),
    ("https://www.doctolib.fr/patient_app/place_autocomplete.json?query=die", "doctolib.fr", None),
    ("https://www.doctolib.fr/search/footer_legal_links.json", "doctolib.fr", None),
    ("https://www.doctolib.fr/phs_proxy/raw?page=1", "doctolib.fr", None),
    ("https://www.doctolib.fr/patient_support_requests/new?preselect=contenu-illicite", "doctolib.fr", None),
    ("https://partners.doctolib.fr/booking/cabinet-exemple.json", "doctolib.fr", None),
    ("https://doctolib.legal/B2C-legalmentions-FR", "doctolib.fr", None),
    ("https://doctolib.legal/Search-transparency_DL_FR", "doctolib.fr", None),
    ("https://www.maiia.com/masseur-kinesitherapeute/52260-rolampont/exemple-camille", "maiia.com",
     "52260-rolampont/exemple-camille"),
    ("https://www.maiia.com/kine/67000-strasbourg/exemple-camille/rdv?locality=67000-strasbourg", "maiia.com", None),
    ("https://www.maiia.com/api/pat-public/hcd?limit=50&page=0&locality=75001-PARIS&speciality.shortName=kine",
     "maiia.com", None),
    ("https://www.keldoc.com/cabinet-medical/valserhone-01200/camille-exemple", "keldoc.com",
     "valserhone-01200/camille-exemple"),
    ("https://www.keldoc.com/cabinet-medical/valserhone-01200/camille-exemple/annexe?cabinet=1&specialty=2", "keldoc.com",
     "valserhone-01200/camille-exemple"),
    ("https://www.keldoc.com/centre-hospitalier-regional/lorient-56100/centre-d-essai", "keldoc.com",
     "lorient-56100/centre-d-essai"),
    ("https://www.keldoc.com/api/patients/v2/searches/geo_location?specialty_id=x&raw_location=26&page=1", "keldoc.com",
     None),
    ("https://booking.keldoc.com/api/patients/v2/searches/resource", "keldoc.com", None),
    ("https://www.pagesjaunes.fr/pros/00000001", "pagesjaunes.fr", "00000001"),
    ("https://www.pagesjaunes.fr/pros/00000001#epj-00000001", "pagesjaunes.fr", "00000001"),
    ("https://www.pagesjaunes.fr/annuaire/chercherlespros?quoiqui=kine&ou=34&page=2", "pagesjaunes.fr", None),
    ("https://www.pagesjaunes.fr/annuaire/valence-26/kinesitherapeutes", "pagesjaunes.fr", None),
    ("https://www.pagesjaunes.fr/activites/kinesitherapeutes.html", "pagesjaunes.fr", None),
    ("https://www.pagesjaunes.fr/infoslegales/vieprivee-protection/", "pagesjaunes.fr", None),
    ("https://manager.solocal.com/#/app/2/authorization?ssoTarget=registration&epj=1", "pagesjaunes.fr", None),
    ("https://gateway.api.esante.gouv.fr/fhir/v1/Practitioner?identifier=99900000011", "annuaire.esante.gouv.fr", None),
    ("https://annuaire.esante.gouv.fr/", "annuaire.esante.gouv.fr", None),
    ("https://www.sante.fr/recherche/trouver/kine/departement-26", "sante.fr", None),
    ("https://annuairesante.ameli.fr/professionnels-de-sante/recherche/liste-resultats-page-1-par_page-20-tri-nom_asc.html",
     "annuairesante.ameli.fr", None),
    ("https://www.lemedecin.fr/osteopathe/valence/camille-exemple/12-rue-des-essais/rdv/new/", "lemedecin.fr",
     "osteopathe/valence/camille-exemple/12-rue-des-essais"),
    ("https://lemedecin.fr/valence/cabinet/kine/exemple-camille/0123456789abcdef0123456789abcdef/pro/", "lemedecin.fr",
     "valence/cabinet/kine/exemple-camille/0123456789abcdef0123456789abcdef"),
    ("https://www.lemedecin.fr/politique-de-confidentialite", "lemedecin.fr", None),
    ("https://www.doctoranytime.fr/page", "doctoranytime.fr", ...),
    ("https://www.doctoranytime.be/page", "doctoranytime.fr", ...),
    ("https://www.doctoranytime.gr/page", "doctoranytime.fr", ...),
    ("https://www.resalib.fr/praticien/12-camille-exemple-kine-valence", "resalib.fr", "12"),
    ("https://www.resalib.fr/recherche/kine/valence", "resalib.fr", None),
    ("https://www.medoucine.com/consultation/valence/camille-exemple/1234", "medoucine.com", "1234"),
    ("https://www.crenolibre.fr/prendre-rdv/12_camille-exemple", "crenolibre.fr", "12_camille-exemple"),
    ("https://www.crenolibre.fr/moteur/12_exemple-camille", "crenolibre.fr", "12_exemple-camille"),
    ("https://www.crenolibre.fr/therapeute/kine/valence/cp/12-exemple", "crenolibre.fr", "12-exemple"),
    ("https://www.doctoome.com/s/kine/valence-26000", "doctoome.com", None),
    ("https://user.clicrdv.com/cabinet-exemple", "clicrdv.com", "cabinet-exemple"),
    ("https://www.clicrdv.com/api/v1/", "clicrdv.com", None),
    ("https://partner.rdvmedicaux.com/widget", "rdvmedicaux.com", None),
    ("https://www.mondocteur.fr/gynecologue/paris-1er", "mondocteur.fr", None),
    ("https://annuaire.118712.fr/?s=exemple+valence", "118712.fr", None),
    ("https://www.118712.fr/recherche?what=kine&where=valence", "118712.fr", None),
    ("https://fr.mappy.com/poi/0123456789abcdef01234567", "mappy.com", "0123456789abcdef01234567"),
    ("https://fr.mappy.com/poi/liste/kine/page2", "mappy.com", None),
    ("https://www.doctoralia.com.mx/camille-exemple/fisioterapeuta/guadalajara", "doctoralia.com.mx",
     "camille-exemple/fisioterapeuta/guadalajara"),
    ("https://www.healthgrades.com/sitemapindex.xml", "healthgrades.com", ...),
]  # fmt: skip


@pytest.mark.parametrize(("url", "host", "ident"), SEEN, ids=[url.partition("//")[2][:60] for url, _, _ in SEEN])
def test_every_address_that_was_seen_is_claimed_once_and_its_profile_known(
    url: str, host: str, ident: object, sites: Sites
) -> None:
    (site,) = [site for site in sites.all() if site.owns(url)]
    assert site.host == sites.for_url(url).host == host
    if ident is not ...:
        assert site.profile_id(url) == ident
    else:
        assert not site.profile


# The directories that other people's lists block, and those whose name is all we have.
NAMED = """
allodocteur.fr allodocteurs.fr docteur.fr 118000.fr tel.fr cylex-locale.fr unilocal.fr medicalib.fr hellocare.com livi.fr
doctolib.fr maiia.com keldoc.com docorga.fr resalib.fr crenolibre.fr doctoome.com lemedecin.fr medicum.fr
mablouseblanche.fr medecinfrance.com doqi.fr info-medecin.fr info-docteur.com choisirunmedecin.com doctovac.com
medical-sante.fr annuairesante.com allo-medecin.fr clickdoc.fr keskeces.com nosavis.com kelest.fr obteniruncontact.com
entreprise-locale.com entreprise.one autour-de-moi.com meilleurautourdemoi.fr trouver-ouvert.fr cataloxy.org
annuaire-therapeutes.com therapenet.com alternativi.fr seops.fr osteopathe.do rdvmedicaux.com mondocteur.fr clicrdv.com
medoucine.com doctoranytime.fr mappy.com 118712.fr jameda.de znanylekarz.pl miodottore.it
"""


@pytest.mark.parametrize("host", NAMED.split())
def test_every_platform_that_was_named_is_known_and_stays_off_until_verified(host: str, sites: Sites) -> None:
    site = sites.for_url(f"https://www.{host}/")
    assert site.host == host
    assert site.real
    assert not site.official
    assert site.profile_id(f"https://www.{host}/") is None


def test_a_record_states_nothing_that_was_not_seen(sites: Sites) -> None:
    records = tomllib.loads((ROOT / "scrapers" / RECORDS).read_text(encoding="utf-8"))["platform"]
    assert len(records) > 50
    for record in records:
        assert record["verified_on"] == ""
        # A shape, or words, of pages that nobody saw would make an absence out of nothing.
        assert not {"none_phrases", "landmark", "directory", "api"} & set(record)
        assert {"host", "name", "controller", "note", "source", "source_date"} <= set(record)
        assert sites.for_url(f"https://{record['host']}/x").generic


def test_invented_sites_alone_are_not_marked_real(sites: Sites) -> None:
    assert [site.host for site in sites.all() if not site.real] == ["reserve-kine.example"]


def test_each_site_names_a_controller_that_is_on_file_for_its_host(sites: Sites) -> None:
    records = tomllib.loads((ROOT / "scrapers" / "controllers.toml").read_text(encoding="utf-8"))["controller"]
    for site in sites.all():
        if not site.official:
            assert site.host in records[site.controller]["platforms"]
    keys = {slug: set(record) for slug, record in records.items()}
    assert len(set(map(frozenset, keys.values()))) == 1, keys
    readme = (ROOT / "scrapers" / "README.md").read_text(encoding="utf-8")
    assert [key for key in records["doctolib"] if f"`{key}`" not in readme] == []
    assert [key for key in tomllib_keys() if f"`{key}`" not in readme] == []
    assert all(record["verified_on"] == "" for record in records.values())
    # What has no source cannot be verified as it stands: something is always left for a person to find.
    needed = ("name", "street", "postcode", "town", "email")
    for slug, record in records.items():
        assert bool(record["source_date"]) == (record["quality"] in ("imported", "demo")), slug
        assert all(record[key] for key in needed) == (record["quality"] in ("imported", "demo")), slug


def tomllib_keys() -> set[str]:
    """Return every key that a record of `platforms.toml` uses."""
    records = tomllib.loads((ROOT / "scrapers" / RECORDS).read_text(encoding="utf-8"))["platform"]
    return {key for record in records for key in record}


REGISTERS = ["annuaire.esante.gouv.fr", "gateway.api.esante.gouv.fr", "annuairesante.ameli.fr", "sante.fr"]


@pytest.mark.parametrize("host", REGISTERS)
def test_an_official_register_is_known_has_no_profile_and_is_never_said_to_be_without_anybody(
    host: str, sites: Sites
) -> None:
    site = sites.get(host)
    assert site is not None
    assert (site.official, site.controller) == (True, "")
    url = f"https://{host}/fiche/camille-exemple"
    assert site.profile_id(url) is None
    for status in (404, 410):
        assert isinstance(site.reading(page("", url, status)), Unreadable)
    assert (site.directory_url("26000", "Valence"), site.api_url("26000", "Valence"), site.sitemap_url()) == (
        "",
        "",
        "",
    )


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


NOT_FOUND = "Aucune fiche n’a été trouvée dans cette page, ni dans ses données ni dans son texte\u00a0: "
CHALLENGED = (
    "<title>Just a moment...</title><noscript>Enable JavaScript and cookies to continue</noscript><script>x</script>"
)


@pytest.mark.parametrize(
    ("body", "cause", "reason"),
    [
        ("<p>Notre carte, nos menus et nos vins de saison</p>", Cause.UNKNOWN, f"{NOT_FOUND}elle ne parle d’aucun praticien."),
        (
            "<h1>Kinésithérapeute à Mende</h1><p>Aucun résultat trouvé pour votre recherche.</p>", Cause.UNKNOWN,
            f"{NOT_FOUND}elle dit ne donner aucun résultat, ce qui peut tenir à la recherche et ne compte pas comme un retrait.",
        ),
        (
            "<h1>Grève des kinés à Bordeaux</h1><p>Les kinés sont en grève depuis lundi.</p>", Cause.UNKNOWN,
            f"{NOT_FOUND}elle parle de soins, mais ne présente personne avec un métier, une adresse ou un téléphone que le "
            "programme reconnaisse.",
        ),
        (
            CHALLENGED, Cause.BLOCKED,
            "C’est une page de blocage, pas celle du site\u00a0: ouvrez l’adresse dans votre navigateur, attendez que la vraie page "
            "s’affiche, puis enregistrez-la.",
        ),
        (
            "<div id=app></div><script src=/app.js></script>", Cause.UNKNOWN,
            "Cette page ne contient pas de texte lisible\u00a0: elle se compose dans le navigateur, enregistrez-la une fois affichée.",
        ),
        (
            f"<p>{'Un instant, s’il vous plaît. Nos kinés vous parlent de rééducation. ' * 20}</p>", Cause.UNKNOWN,
            f"{NOT_FOUND}elle parle de soins, mais ne présente personne avec un métier, une adresse ou un téléphone que le "
            "programme reconnaisse.",
        ),
    ],
)  # fmt: skip
def test_a_page_without_a_listing_is_told_in_one_sentence_that_fits_it(body: str, cause: Cause, reason: str) -> None:
    told = GenericSite("unknown.example").reading(page(body, "https://unknown.example/menu"))
    assert told == Unreadable(reason, cause)


def test_a_page_of_a_site_whose_words_are_known_says_that_they_are_missing(sites: Sites) -> None:
    known = sites.for_url(KINE).reading(page(f"{KINE_TITLE}<p>Notre carte, nos menus, nos vins</p>"))
    assert isinstance(known, Unreadable)
    assert known.reason.endswith(", et la phrase par laquelle ce site dit qu’il n’a personne n’y est pas.")


def test_a_profile_that_leads_to_a_none_page_is_not_an_absence(sites: Sites) -> None:
    asked = page(f"{KINE_TITLE}<body><p>Aucun praticien ne correspond à votre recherche.</p></body>")
    led = replace(asked, final_url=f"{KINE}/valence-26000")
    assert isinstance(sites.for_url(asked.url).reading(led), Unreadable)
    assert isinstance(sites.for_url(asked.url).reading(replace(led, url=led.final_url)), SaysNone)


def test_a_profile_that_leads_to_another_host_is_never_gone(sites: Sites) -> None:
    asked = replace(page("", status=404), final_url="https://login.example/")
    assert isinstance(sites.for_url(asked.url).reading(asked), Unreadable)


def test_a_profile_that_leads_to_another_profile_that_is_gone_is_not_gone(sites: Sites) -> None:
    asked = replace(page("", status=404), final_url=f"{KINE}/valence/noa-specimen")
    assert sites.for_url(asked.url).reading(asked) == Unreadable(
        "Le site a répondu par le code 404.", Cause.MOVED
    )  # fmt: skip
    slashed = replace(page("", status=404), final_url=f"{CAMILLE_URL}/?utm_source=x")
    assert sites.for_url(slashed.url).reading(slashed) == Gone(404)


def test_a_profile_that_shows_somebody_else_neither_shows_nor_denies_the_one_that_was_asked_for(sites: Sites) -> None:
    site = sites.for_url(KINE)
    noa = {**CAMILLE, "name": "Noa Spécimen", "url": "/masseur-kinesitherapeute/valence/noa-specimen"}
    led = replace(page(KINE_TITLE + ld(noa)), final_url=f"{KINE}/valence/noa-specimen")
    reading = site.reading(led)
    assert [item.id for item in listings(reading)] == ["noa-specimen"]
    told = site.about(led.url, reading)
    assert isinstance(told, Unreadable)
    assert told.cause is Cause.MOVED
    assert site.about(led.final_url, reading) is reading
    # The page that should show Camille shows Noa, without leading anywhere.
    assert isinstance(site.about(CAMILLE_URL, site.reading(page(KINE_TITLE + ld(noa)))), Unreadable)
    for kept in (Gone(404), SaysNone("x"), Unreadable("y")):
        assert site.about(CAMILLE_URL, kept) is kept
    assert site.about(f"{KINE}/valence-26000", reading) is reading


def test_a_page_on_another_site_is_never_read_as_this_one(sites: Sites) -> None:
    led = replace(page(ld({**CAMILLE, "url": "/x"})), final_url="https://annuaire.example/x")
    reading = sites.for_url(CAMILLE_URL).reading(led)
    assert isinstance(reading, Unreadable)
    assert reading.cause is Cause.MOVED
    assert "annuaire.example" in reading.reason


def test_a_saved_file_that_bears_another_address_is_read_as_the_page_that_led_there(sites: Sites) -> None:
    body = "<!-- saved from url=(0050)ADRESSE -->" + KINE_TITLE + ld({**CAMILLE, "url": "noa-specimen"})
    elsewhere = sites.for_url(KINE).reading(page(body.replace("ADRESSE", "https://annuaire.example/x")))
    assert isinstance(elsewhere, Unreadable)
    assert elsewhere.cause is Cause.MOVED
    same = sites.for_url(KINE).reading(
        page(
            body.replace(
                "ADRESSE", "https://www.reserve-kine.example/masseur-kinesitherapeute/valence/camille-exemple?x=1"
            )
        )
    )
    assert len(listings(same)) == 1


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (403, "", Cause.BLOCKED),
        (429, "x", Cause.BLOCKED),
        (503, "<p>captcha", Cause.BLOCKED),
        (500, "", Cause.UNKNOWN),
        (404, "", None),
        (200, "", Cause.DAMAGED),
        (200, b"%PDF-1.7", Cause.DAMAGED),
        (200, KINE_TITLE + ld("{broken"), Cause.DAMAGED),
        (200, '{"a": ', Cause.DAMAGED),
        (200, "<p>Un instant", Cause.BLOCKED),
        (200, "<p>Aucun praticien ne correspond à votre recherche", Cause.BLOCKED),
        (200, ld(CAMILLE), Cause.BLOCKED),
        (200, "<p>Bienvenue sur notre nouveau site" * 500, Cause.CHANGED),
        (200, KINE_TITLE + "<p>Une page que nous ne savons pas lire", Cause.CHANGED),
        (200, KINE_TITLE + "<p>captcha captcha" + ld({**CAMILLE, "url": "camille-exemple"}), None),
    ],
)
def test_why_a_page_could_not_be_read_is_told_apart(
    status: int, body: str | bytes, cause: Cause | None, sites: Sites
) -> None:
    reading = sites.for_url(KINE).reading(page(body, status=status))
    assert getattr(reading, "cause", None) is cause, reading


def test_a_long_page_of_another_type_is_a_refusal(sites: Sites) -> None:
    reading = sites.for_url(KINE).reading(page("patientez " * 5000, kind="text/plain; charset=utf-8"))
    assert isinstance(reading, Unreadable)
    assert reading.cause is Cause.BLOCKED


def test_the_word_captcha_never_makes_a_block(sites: Sites) -> None:
    url = "https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple"
    body = "<title>x | Doctolib</title>" + ld({**CAMILLE, "url": url}, rest="<script>captcha</script> captcha" * 20)
    assert len(listings(sites.for_url(url).reading(page(body, url)))) == 1


def test_a_page_with_listings_never_says_none(sites: Sites) -> None:
    body = KINE_TITLE + ld(CAMILLE, rest="<p>Aucun praticien ne correspond à votre recherche</p>")
    assert len(listings(sites.for_url(KINE).reading(page(body)))) == 1


def test_nobody_is_not_believed_beside_links_to_profiles(sites: Sites) -> None:
    words = f"{KINE_TITLE}<body><p>Aucun praticien ne correspond à votre recherche</p>"
    url = f"{KINE}/valence-26000?page=1"
    link = '<a href="/masseur-kinesitherapeute/valence/noa-specimen">Noa</a>'
    reading = sites.for_url(url).reading(page(words + link, url))
    assert isinstance(reading, Unreadable)
    assert reading.cause is Cause.CHANGED
    other = '<a href="/masseur-kinesitherapeute/die-26150">Die</a><a href="http://[">x</a><a>y</a>'
    assert isinstance(sites.for_url(url).reading(page(words + other, url)), SaysNone)


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
    url=st.sampled_from(
        [
            "https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple",
            "https://www.doctolib.fr/profiles/camille-exemple.json",
            CAMILLE_URL,
            "https://annuaire.example/masseur-kinesitherapeute/valence/camille-exemple",
            "https://www.maiia.com/api/pat-public/hcd?limit=50&page=0",
            "https://www.maiia.com/masseur-kinesitherapeute/26000-valence/exemple-camille",
            "https://www.keldoc.com/api/patients/v2/searches/geo_location?page=1",
            "https://www.pagesjaunes.fr/pros/00000001",
            "https://www.doctoralia.com.mx/camille-exemple/fisioterapeuta/guadalajara",
            "https://fr.mappy.com/poi/0123456789abcdef01234567",
        ]
    ),
)
def test_no_page_whatever_its_bytes_breaks_the_reader_or_says_none(body: bytes, url: str, sites: Sites) -> None:
    site = sites.for_url(url)
    # What bears the site's landmark is read to the end.
    for mark in (b"", LANDMARKS):
        check_reading(site.reading(page(mark + body, url)))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: f"{p.parent.name}/{p.stem}")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_a_damaged_page_or_answer_never_breaks_its_adapter_or_says_none(
    pair: Path, random: Random, sites: Sites
) -> None:
    wanted = wanted_of(pair)
    body = (pair.parent / wanted["page"]).read_bytes()[:20_000]
    try:
        body = json.dumps(with_strange_values(json.loads(body), random)).encode()
    except ValueError:
        for _ in range(random.randint(1, 6)):
            start = random.randrange(len(body) + 1)
            strange = random.choice([b"", b"<", b'"', b"[]", b"\x00", b"http://[", body[:50]])
            body = body[:start] + strange + body[start + random.randint(0, 200) :]
    reading = sites.for_url(wanted["url"]).reading(page(body, wanted["url"]))
    # Some pages hold, hidden or beside their listings, the very words of an empty one.
    site, text = sites.for_url(wanted["url"]), (pair.parent / wanted["page"]).read_text(encoding="utf-8")
    if wanted["kind"] != "none" and not first_said(site.none_phrases, text):
        check_reading(reading)


def with_strange_values(value: Any, random: Random) -> Any:
    """Return the value with some of its parts replaced by what no program would answer."""
    if random.random() < 0.12:
        return random.choice([None, 5, "x", [], {}, True, [1], {"a": 1}, "http://[", -1.5])
    if isinstance(value, dict):
        return {key: with_strange_values(each, random) for key, each in value.items()}
    return [with_strange_values(each, random) for each in value] if isinstance(value, list) else value


def check_reading(reading: Reading) -> None:
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
    body = KINE_TITLE + ld(
        {**CAMILLE, "url": "camille-exemple"}, rest='<article class="fiche" data-id="camille-exemple"></article>'
    )
    (item,) = listings(sites.for_url(KINE).reading(page(body)))
    assert item.layers == {"name": "json-ld", "profession": "json-ld", "places": "json-ld", "bookable": "html"}


def test_the_next_page_stays_on_the_site(sites: Sites) -> None:
    body = KINE_TITLE + ld(CAMILLE, rest='<a rel="next nofollow" href="https://elsewhere.example/?page=2">')
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


def test_urls_of_lists_and_searches_are_those_the_site_uses(sites: Sites) -> None:
    def of(host: str) -> Site:
        site = sites.get(host)
        assert site is not None
        return site

    romans = ("26100", "Romans-sur-Isère")
    assert (
        of("doctolib.fr").directory_url(*romans)
        == "https://www.doctolib.fr/search?location=26100-romans-sur-isere&speciality=masseur-kinesitherapeute&page=1"
    )
    assert of("reserve-kine.example").directory_url("26000", "Valence", 2) == f"{KINE}/valence-26000?page=2"
    # Its pages count from 0.
    assert (
        of("maiia.com")
        .api_url(*romans)
        .endswith("/hcd?limit=50&page=0&locality=26100-ROMANS-SUR-ISERE&speciality.shortName=masseur-kinesitherapeute")
    )
    assert of("keldoc.com").api_url("97400", "Saint-Denis", 3).endswith("&raw_location=974&page=3")
    assert (
        of("pagesjaunes.fr").search_url("Zoé", "D’Exemple & Fils", "26000", "Valence")
        == "https://www.pagesjaunes.fr/annuaire/chercherlespros?quoiqui=Zo%C3%A9%20D%E2%80%99Exemple%20%26%20Fils"
        "&ou=valence&page=1"
    )
    assert of("healthgrades.com").sitemap_url() == "https://healthgrades.com/sitemapindex.xml"
    generic = GenericSite("annuaire.example")
    assert {generic.directory_url(*romans), generic.api_url(*romans), generic.sitemap_url()} == {""}
    assert generic.search_url("Zoé", "Exemple") == ""


def test_the_next_page_of_a_list_keeps_the_rest_of_its_address() -> None:
    assert with_page("https://a.example/l?ou=Die&page=9&x=#z", 10) == "https://a.example/l?ou=Die&page=10&x="
    assert with_page("https://a.example/l", 2) == "https://a.example/l?page=2"


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
    assert len(loaded.all()) == len(load_sites(ROOT / "scrapers").all())


def test_the_users_own_module_wins_over_a_record_and_its_aliases_too(tmp_path: Path) -> None:
    mine = MINE.replace('"reserve-kine.example"', '"118712.fr"\n    aliases = ("autre.example",)')
    (tmp_path / "mine.py").write_text(mine, encoding="utf-8")
    loaded = load_sites(ROOT / "scrapers", tmp_path)
    assert loaded.for_url("https://www.118712.fr/x").name == "La mienne"
    assert loaded.for_url("https://autre.example/x").name == "La mienne"


def test_what_several_sites_have_in_common_is_no_site(tmp_path: Path) -> None:
    text = "from listingguard.sites import Site\nclass _Engine(Site):\n    pace_seconds = 9.0\n"
    text += "".join(f'class {n}(_Engine):\n    host = "{n.lower()}.example"\n' for n in ("One", "Two"))
    (tmp_path / "engine.py").write_text(text, encoding="utf-8")
    assert [(site.host, site.pace_seconds) for site in load_sites(tmp_path).all()] == [
        ("one.example", 9.0),
        ("two.example", 9.0),
    ]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("host =", "ne se lit pas"),
        ('[[platform]]\nname = "x"', "host"),
        ('[[platform]]\nhost = "x.example"\nlandmarks = "x"', "landmarks"),
        ('[[platform]]\nhost = "x.example"\naliases = "y.example"', "aliases"),
        ('[[platform]]\nhost = "x.example"\naliases = [1]', "aliases"),
        ('[[platform]]\nhost = "x.example"\nofficial = "non"', "official"),
        ('[[platform]]\nhost = "x.example"\ngeneric = false', "generic"),
        ('[[platform]]\nhost = "x.example"\nprofile = "/a/(b"', "profile"),
        ('[[platform]]\nhost = "x.example"\nverified_on = "2026-01-01"', "verified_on"),
        ('[[platform]]\nhost = "x.example"\n[[platform]]\nhost = "y.example"\naliases = ["x.example"]', "déjà"),
        ('platform = "x"', "ne se lit pas"),
    ],
)
def test_a_broken_record_is_named_with_its_reason(record: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / RECORDS).write_text(record, encoding="utf-8")
    with pytest.raises(BadInput, match=reason) as caught:
        load_sites(tmp_path)
    assert RECORDS in str(caught.value)
    assert "\n" not in str(caught.value)


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
        (MINE + '    search = "/{0}"', "search"),
        (MINE + '    api = "/{town.x}"', "api"),
        (MINE + '    landmark = "("', "landmark"),
        (MINE + '    landmark = "x*"', "landmark"),
        (MINE + '    aliases = ("www.x.example",)', "host"),
        (MINE + '    aliases = "x.example"', "virgule"),
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


def test_a_one_file_page_without_its_data_says_how_to_save_it_instead(sites: Sites) -> None:
    # What Chromium writes: the page's scripts, and JSON-LD with them, are left out.
    saved = (
        f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {KINE}/valence/camille-exemple\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n'
        f"Content-Location: {KINE}/valence/camille-exemple\r\n\r\n<html><body><p>Réserve-Kiné</p></body></html>\r\n--b--\r\n"
    )
    given = page(saved, kind="multipart/related")
    reading = sites.for_url(given.url).reading(given)
    assert isinstance(reading, Unreadable)
    assert "HTML uniquement" in reading.reason


@pytest.mark.parametrize("status", [401, 403, 407, 429, 451, 503])
def test_a_door_that_is_locked_is_a_refusal_and_never_an_absence(sites: Sites, status: int) -> None:
    given = page("<p>Connectez-vous</p>", status=status)
    reading = sites.for_url(given.url).reading(given)
    assert isinstance(reading, Unreadable)
    assert reading.cause is Cause.BLOCKED


def test_a_tag_with_thousands_of_attributes_costs_no_time(sites: Sites) -> None:
    many = " ".join(f"a{n}='>'" for n in range(60_000))
    given = page(f"<html><body><p {many}>Camille Exemple</p></body></html>")
    started = time.process_time()
    assert isinstance(sites.for_url(given.url).reading(given), Unreadable)
    assert time.process_time() - started < 8
