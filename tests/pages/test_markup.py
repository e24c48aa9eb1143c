"""Pages of markup: who is listed in JSON-LD, microdata, RDFa and cards, what is said of them, and who never is."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.domain.listing import Listing, ListingKind, Listings, ListingState, Page, Service, Trait
from listingguard.pages.document import first_shown, page_text, text_of, tree_of, visible_text
from listingguard.sites import GenericSite

SITE = "annuaire.example"
PROFILE = f"https://{SITE}/kine/valence/camille-exemple"
SEARCH = f"https://{SITE}/recherche?ville=valence"
HOME = f"https://{SITE}/"

ADDRESS = {
    "@type": "PostalAddress",
    "streetAddress": "12 rue des Essais",
    "postalCode": "26000",
    "addressLocality": "Valence",
}
SEAT = {
    "@type": "PostalAddress",
    "streetAddress": "1 quai du Siège",
    "postalCode": "75001",
    "addressLocality": "Paris",
}
CAMILLE = {"@type": "Physician", "name": "Camille Exemple", "address": ADDRESS}
NOA = {"@type": "Person", "name": "Noa Spécimen", "jobTitle": "Kinésithérapeute"}


def page(body: str | bytes, url: str = PROFILE, kind: str = "") -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(url, url, 200, (("Content-Type", kind),) if kind else (), raw, datetime(2026, 3, 12, tzinfo=UTC))


def read(body: str | bytes, url: str = PROFILE) -> tuple[Listing, ...]:
    reading = GenericSite(SITE).reading(page(body, url))
    return reading.items if isinstance(reading, Listings) else ()


def ld(*blocks: object, rest: str = "") -> str:
    texts = (block if isinstance(block, str) else json.dumps(block) for block in blocks)
    scripts = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return f"<html><head>{scripts}</head><body>{rest}</body></html>"


def names(body: str, url: str = PROFILE) -> list[str]:
    return [item.name for item in read(body, url)]


# --- what is said of a listing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rating", "wanted"),
    [
        ({"ratingValue": 4.8, "reviewCount": 12}, (4.8, 12)),
        ({"ratingValue": "4,8", "ratingCount": "1 204 avis"}, (4.8, 1204)),
        ({"ratingValue": "4.5/5", "reviewCount": "3", "ratingCount": 90}, (4.5, 3)),
        ({"ratingValue": 0, "reviewCount": 0}, (None, 0)),
        ({"ratingValue": "aucune"}, (None, None)),
    ],
)
def test_a_rating_is_a_number_and_a_count(rating: dict[str, object], wanted: tuple[float | None, int | None]) -> None:
    (item,) = read(ld({**CAMILLE, "aggregateRating": {"@type": "AggregateRating", **rating}}))
    assert (item.rating, item.review_count) == wanted
    assert (Trait.REVIEWS in item.traits) == bool(wanted[1])


def test_a_rating_that_stands_apart_is_the_one_of_whom_it_rates() -> None:
    rating = {"@type": "AggregateRating", "ratingValue": "4.5", "ratingCount": 8, "itemReviewed": {"@id": "#c"}}
    (item,) = read(ld(rating, {**CAMILLE, "@id": "#c"}))
    assert (item.rating, item.review_count) == (4.5, 8)


def test_neither_reviewers_nor_their_words_are_kept() -> None:
    author = {"@type": "Person", "name": "Patiente Inventée", "jobTitle": "Retraitée", "address": ADDRESS}
    review = {"@type": "Review", "author": author, "reviewBody": "Je recommande vivement"}
    alone = {**review, "itemReviewed": {**NOA, "url": "/k/noa"}}
    items = read(ld({**CAMILLE, "review": [review]}, alone))
    assert [item.name for item in items] == ["Camille Exemple", "Noa Spécimen"]
    assert Trait.REVIEWS in items[0].traits
    assert "Patiente" not in repr(items)
    assert "recommande" not in repr(items)


def test_acts_on_offer_come_with_their_prices() -> None:
    catalogue = {
        "@type": "OfferCatalog",
        "name": "Tarifs",
        "itemListElement": [
            {
                "@type": "Offer",
                "itemOffered": {"@type": "Service", "name": "Bilan"},
                "price": "50",
                "priceCurrency": "EUR",
            },
            {
                "@type": "Offer",
                "itemOffered": {"@type": "Service", "name": "Séance à domicile"},
                "priceSpecification": {"minPrice": 30, "maxPrice": 40, "priceCurrency": "EUR"},
            },
        ],
    }
    block = {
        **CAMILLE,
        "availableService": [
            "Kiné du sport",
            {"@type": "PhysicalTherapy", "name": "Drainage", "offers": {"price": 16.13, "priceCurrency": "EUR"}},
        ],
        "makesOffer": {"@type": "Offer", "name": "Massage", "price": "à partir de 60 €"},
        "hasOfferCatalog": catalogue,
    }
    (item,) = read(ld(block))
    assert item.services == (
        Service("Kiné du sport"),
        Service("Drainage", "16,13 €"),
        Service("Massage", "à partir de 60 €"),
        Service("Bilan", "50 €"),
        Service("Séance à domicile", "30 à 40 €"),
    )
    assert item.layers["services"] == "json-ld"


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ({**ADDRESS, "addressCountry": "FR"}, ("26000", "FR")),
        ({**ADDRESS, "addressCountry": {"@type": "Country", "name": "France"}}, ("26000", "France")),
        ({**ADDRESS, "postalCode": 1000, "addressCountry": "BE"}, ("1000", "BE")),
        ({**ADDRESS, "postalCode": 1000}, ("01000", "")),
        ("12 rue des Essais, CS 12345, 26000 Valence, France", ("26000", "France")),
        (
            {"@type": "PostalAddress", "streetAddress": "12 rue des Essais", "addressLocality": "26000 Valence"},
            ("26000", ""),
        ),
        ({"@type": "PostalAddress", "addressLocality": "Valence (26000)"}, ("26000", "")),
    ],
)
def test_postcode_and_country_are_as_the_site_shows_them(address: object, wanted: tuple[str, str]) -> None:
    (item,) = read(ld({**CAMILLE, "address": address}))
    assert [(place.postcode, place.country) for place in item.places] == [wanted]
    assert item.places[0].town == "Valence"


@pytest.mark.parametrize(
    "spoken",
    [
        {"telephone": "04 65 71 00 01", "faxNumber": "04 65 71 00 09"},
        {"telephone": "Tél. 04 65 71 00 01 – Fax : 04 65 71 00 09"},
        {"telephone": ["04.65.71.00.01", "0 899 12 34 56", "118 712", "36 24"]},
        {"contactPoint": [{"contactType": "fax", "telephone": "0465710009"}, {"telephone": "tel:+33465710001"}]},
        {"address": {**ADDRESS, "telephone": "0033 4 65 71 00 01", "faxNumber": "0465710009"}},
        {"address": [], "location": {"@type": "Place", "address": ADDRESS, "telephone": "+33 (0)4 65 71 00 01"}},
    ],
)
def test_a_fax_or_a_number_that_connects_callers_is_never_a_phone(spoken: dict[str, object]) -> None:
    (item,) = read(ld({**CAMILLE, **spoken}))
    assert item.phones == ("+33465710001",)
    assert item.places[0].phones == ("+33465710001",)
    assert (Trait.RELAY_NUMBER in item.traits) == ("0 899 12 34 56" in str(spoken))
    assert item.state is ListingState.UNKNOWN


def test_a_page_that_gives_only_a_number_that_connects_callers_is_a_relay() -> None:
    (item,) = read(ld({**CAMILLE, "telephone": "0 899 12 34 56"}))
    assert (item.state, item.state_phrase, item.phones) == (ListingState.RELAY, "0 899 12 34 56", ())


def test_addresses_of_listings_are_whole_and_follow_nobody() -> None:
    entries = [
        {"@id": f"{HOME}pros/1#suivi-a", "url": f"{HOME}pros/1#suivi-a"},
        {"url": "/pros/2;jsessionid=AB12?utm_source=x&fbclid=y&page=1"},
        {"@id": "//annuaire.example/pros/3"},
        {"url": "https://site-a-elle.example/", "mainEntityOfPage": {"@id": "/pros/4"}},
    ]
    block = [{**CAMILLE, "name": f"Camille Exemple{letter}", **e} for letter, e in zip("abcd", entries, strict=True)]
    assert [item.url for item in read(ld(block), SEARCH)] == [
        f"{HOME}pros/1",
        f"{HOME}pros/2?page=1",
        f"{HOME}pros/3",
        f"{HOME}pros/4",
    ]


def test_a_list_that_names_the_page_of_each_entry_is_believed() -> None:
    entry = {"@type": "ListItem", "position": 1, "url": "/k/camille", "item": CAMILLE}
    (item,) = read(ld({"@type": "ItemList", "itemListElement": [entry]}), SEARCH)
    assert (item.url, item.id) == (f"{HOME}k/camille", "k/camille")


# --- JSON-LD as it is written ----------------------------------------------------------------------------------

TEXT = json.dumps(CAMILLE)


@pytest.mark.parametrize(
    "block",
    [
        f"{TEXT}\n{json.dumps({'@type': 'WebSite'})}",
        json.dumps(TEXT),
        TEXT.replace('"12 rue', r'"12\x20 rue'),
        "\ufeff" + TEXT,
        TEXT.replace('"Physician"', '"schema:Physician"').replace('"name"', '"schema:name"'),
        TEXT.replace('"name": "Camille Exemple"', '"http://schema.org/name": [{"@value": "Camille Exemple"}]'),
        TEXT[:-1] + ', "knowsAbout": ["a", "b"',
        TEXT.replace("{", "{\n// fiche\n", 1).replace("}", ",}"),
        TEXT.replace('"Physician"', '"HealthcareProvider"'),
    ],
)
def test_json_ld_is_read_however_it_is_written(block: str) -> None:
    (item,) = read(ld(block))
    assert item.name == "Camille Exemple"
    assert item.places[0].postcode == "26000"


@pytest.mark.parametrize(
    "hostile", ["[" * 300_000, '{"a":' * 60_000, '{"a":1,' + "/*" * 150_000, '{"a":' + '"' * 300_000]
)
def test_a_block_made_to_exhaust_its_reader_costs_no_more_than_its_length(hostile: str) -> None:
    started = time.process_time()
    assert names(ld(hostile, CAMILLE)) == ["Camille Exemple"]
    assert time.process_time() - started < 9


def test_entities_written_twice_are_letters_and_wrong_letters_are_never_guessed() -> None:
    # UTF-8 that somebody read as latin-1 stays as the site shows it: whoever compares names must see it.
    block = {**CAMILLE, "name": "Val&amp;eacute;rie Exempl&eacute;", "jobTitle": "KinÃ©"}
    (item,) = read(ld(block))
    assert (item.name, item.profession) == ("Valérie Exemplé", "KinÃ©")


# --- people and practices --------------------------------------------------------------------------------------


def test_a_practice_names_its_people_through_roles_and_departments() -> None:
    clinic = {
        "@type": "MedicalClinic",
        "name": "Cabinet des Essais",
        "address": ADDRESS,
        "employee": [
            {
                "@type": "EmployeeRole",
                "roleName": "Kinésithérapeute",
                "employee": {"@type": "Person", "name": "Noa Spécimen"},
            }
        ],
        "department": [
            {"@type": "Physiotherapy", "name": "Pôle sport", "physician": {"@type": "Person", "name": "Sacha Modèle"}}
        ],
        "founder": {"@type": "Person", "name": "Andrea Témoin"},
    }
    items = read(ld(clinic))
    assert [(i.name, i.profession, i.organisation) for i in items if i.kind is ListingKind.PERSON] == [
        ("Noa Spécimen", "Kinésithérapeute", "Cabinet des Essais"),
        ("Sacha Modèle", "", "Pôle sport"),
        ("Andrea Témoin", "", "Cabinet des Essais"),
    ]
    assert {place for item in items for place in item.places} == {items[0].places[0]}


@pytest.mark.parametrize("kind", ["Organization", "MedicalBusiness", ["Organization", "Place"]])
def test_a_practices_own_web_site_is_one_organisation_and_its_people(kind: object) -> None:
    org = {
        "@type": kind,
        "@id": "#org",
        "name": "Cabinet de kinésithérapie des Essais",
        "url": HOME,
        "address": ADDRESS,
    }
    graph = [
        {"@type": "WebSite", "publisher": {"@id": "#org"}},
        org,
        {**NOA, "worksFor": {"@id": "#org"}},
        {"@type": "Person", "@id": "#web", "name": "Webmestre"},
        {"@type": "BlogPosting", "author": {"@id": "#web"}},
        {"@type": "BlogPosting", "author": {"@type": "Organization", "name": org["name"]}, "creator": {"@id": "#org"}},
    ]
    assert [(i.id, i.name, i.organisation) for i in read(ld({"@graph": graph}), HOME)] == [
        ("accueil", "Cabinet de kinésithérapie des Essais", ""),
        ("accueil#noa-specimen", "Noa Spécimen", "Cabinet de kinésithérapie des Essais"),
    ]


def test_people_at_the_address_of_the_practice_whose_page_it_is_work_there() -> None:
    url = f"{HOME}cabinet/essais"
    clinic = {"@type": "MedicalClinic", "name": "Cabinet des Essais", "url": url, "address": ADDRESS}
    people = [{**CAMILLE, "url": url}, {**CAMILLE, "name": "Noa Exemple", "url": url}]
    items = read(ld([clinic, *people]), url)
    assert [(i.id, i.organisation) for i in items] == [
        ("cabinet/essais", ""),
        ("cabinet/essais#camille-exemple", "Cabinet des Essais"),
        ("cabinet/essais#noa-exemple", "Cabinet des Essais"),
    ]


PLATFORM = {"@type": "Organization", "name": "Rendez-vous Fictifs", "legalName": "RDV Fictifs SAS", "address": SEAT}
AGENCY = {"@type": "ProfessionalService", "name": "Studio Pixel", "address": SEAT}


@pytest.mark.parametrize(
    "strangers",
    [
        [PLATFORM],
        [{**PLATFORM, "@type": "LocalBusiness", "name": "Annuaire"}],
        [{**PLATFORM, "founder": {"@type": "Person", "name": "Dominique Patron", "jobTitle": "Présidente"}}],
        [
            {
                "@type": "Person",
                "name": "Claude Plume",
                "jobTitle": "Rédactrice",
                "worksFor": {**PLATFORM, "name": "Annuaire"},
            }
        ],
        [{"@type": "WebSite", "creator": {"@type": "Organization", "name": "Studio Pixel"}}, AGENCY],
        [{"@type": "WebPage", "sponsor": {"@id": "#s"}}, {**AGENCY, "@id": "#s"}],
        [{**AGENCY, "url": "https://matelas.example/", "isAd": True}],
        [{"@type": "WPAdBlock", "mainEntity": AGENCY}],
        [
            {
                "@type": "ItemList",
                "name": "Recherches associées",
                "itemListElement": [{**CAMILLE, "name": "Kiné du sport"}],
            }
        ],
        [{**CAMILLE, "@type": "Physiotherapy", "name": "Kinésithérapeutes à Lyon"}],
        [{"@type": "SiteNavigationElement", "name": "Plan du site", "hasPart": AGENCY}],
        [{"@type": "SoftwareApplication", "name": "Appli", "provider": AGENCY}],
    ],
    ids=lambda strangers: strangers[0]["name"] if strangers and "name" in strangers[0] else "-",
)
def test_neither_the_platform_nor_its_makers_nor_its_adverts_are_listed(strangers: list[dict[str, Any]]) -> None:
    camille = {**CAMILLE, "url": "/k/camille"}
    assert names(ld(*strangers, camille), SEARCH) == ["Camille Exemple"]
    assert names(ld([camille, *strangers]), SEARCH) == ["Camille Exemple"]


def test_a_paid_place_on_the_site_is_a_listing_with_that_trait() -> None:
    (item,) = read(ld({**CAMILLE, "url": "/k/camille", "isSponsored": True}), SEARCH)
    assert item.traits == {Trait.SPONSORED}


# --- microdata -------------------------------------------------------------------------------------------------

MICRODATA = """<html><body><div itemscope itemtype="http://schema.org/Physician">
<h1 itemprop="name">Camille <b>Ex</b>emple</h1><span itemprop="medicalSpecialty">Kinésithérapeute</span>
<div itemprop="hasPOS" itemscope itemtype="http://schema.org/Place"><span itemprop=name>Cabinet des Essais</span>
 <div itemprop=address itemscope itemtype="http://schema.org/PostalAddress"><span itemprop=streetAddress>12 rue des
 Essais</span>, <span itemprop=postalCode>26000</span> <span itemprop=addressLocality>Valence</span>
 <meta itemprop=addressCountry content=FR></div>
 <a href="tel:+33465710001" itemprop="telephone">Voir</a><span itemprop=faxNumber>04 65 71 00 09</span></div>
<div itemprop=aggregateRating itemscope itemtype="http://schema.org/AggregateRating"><meta itemprop=ratingValue
 content="4,8"><data itemprop=reviewCount value=12>douze avis</data></div>
<div itemprop=review itemscope itemtype="http://schema.org/Review"><span itemprop=author itemscope
 itemtype="http://schema.org/Person"><span itemprop=name>Patiente Inventée</span><span itemprop=jobTitle>Retraitée</span>
 </span><p itemprop=reviewBody>Je recommande.</p></div>
<div itemscope itemtype="http://schema.org/Review"><span itemscope itemtype="http://schema.org/Person">
 <span itemprop=name>Autre Patient</span><span itemprop=jobTitle>Retraité</span></span></div>
<div itemprop=availableService itemscope itemtype="http://schema.org/MedicalProcedure"><span itemprop=name>Séance</span>
 <div itemprop=offers itemscope itemtype="http://schema.org/Offer"><meta itemprop=price content="25.00">
 <meta itemprop=priceCurrency content=EUR></div></div>
</div></body></html>"""


def test_microdata_gives_a_practitioner_with_a_place_and_a_rating_and_no_reviewer() -> None:
    (item,) = read(MICRODATA)
    assert (item.name, item.profession, item.organisation) == (
        "Camille Exemple",
        "Kinésithérapeute",
        "Cabinet des Essais",
    )
    place = item.places[0]
    assert (place.street, place.postcode, place.town, place.country) == ("12 rue des Essais", "26000", "Valence", "FR")
    assert (item.phones, item.rating, item.review_count) == (("+33465710001",), 4.8, 12)
    assert item.services == (Service("Séance", "25 €"),)
    assert set(item.layers.values()) == {"microdata"}


def test_microdata_takes_properties_from_where_they_stand() -> None:
    body = """<div itemscope itemtype="https://schema.org/Physiotherapy" itemref="ou tel nulle-part ou"
      itemid="/kine/valence/camille-exemple"><a itemprop="name" href="/ailleurs">Camille Exemple</a></div>
      <p id=ou><span itemprop=address>12 rue des Essais<br>26000 Valence</span></p>
      <div id=tel><b><span itemprop="Telephone">04 65 71 00 01</span></b></div>"""
    (item,) = read(body, SEARCH)
    assert (item.name, item.url, item.phones) == ("Camille Exemple", PROFILE, ("+33465710001",))
    assert (item.places[0].street, item.places[0].town) == ("12 rue des Essais", "Valence")


def test_who_made_or_hosts_the_site_is_named_in_a_footer_and_not_listed() -> None:
    def business(name: str, address: str) -> str:
        return (
            f'<div itemscope itemtype="http://schema.org/LocalBusiness"><b itemprop=name>{name}</b>'
            f"<i itemprop=address>{address}</i></div>"
        )

    credit = f"<footer>Site réalisé par {business('Camille Pixel', '2 rue du Code, 69001 Lyon')}</footer>"
    host = f"<footer>{business('Serveurs Fictifs', '3 quai Neuf, 59100 Roubaix')}</footer>"
    own = f"<footer>{business('Cabinet des Essais', '12 rue des Essais, 26000 Valence')}</footer>"
    assert names(MICRODATA + credit + host) == ["Camille Exemple"]
    assert names(own, HOME) == ["Cabinet des Essais"]
    assert names(credit, HOME) == []


def test_an_advert_is_listed_only_where_the_site_has_a_page_for_it() -> None:
    card = (
        '<div class="result pub-top"><div itemscope itemtype="http://schema.org/Physician"><b itemprop=name>{}</b>'
        '<i itemprop=address>26000 Valence</i><a itemprop=url href="{}"></a></div></div>'
    )
    here, elsewhere = card.format("Camille Exemple", "/k/camille"), card.format("Noa Spécimen", "https://noa.example/")
    (item,) = read(here + elsewhere, SEARCH)
    assert (item.name, item.traits) == ("Camille Exemple", {Trait.SPONSORED})


# --- RDFa ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vocab", "prefix"),
    [('vocab="https://schema.org/"', ""), ('prefix="schema: http://schema.org/"', "schema:")],
)
def test_rdfa_is_read_with_a_vocabulary_or_a_prefix(vocab: str, prefix: str) -> None:
    body = f"""<body {vocab}><div typeof="{prefix}Physician" resource="#moi"><span property="{prefix}name">Camille
      Exemple</span><div property="{prefix}address" typeof="{prefix}PostalAddress"><span property="{prefix}streetAddress">12
      rue des Essais</span> <span property="{prefix}postalCode">26000</span></div>
      <a property="{prefix}url" href="/kine/valence/camille-exemple?utm_source=x#avis">fiche</a>
      <span property="{prefix}telephone" content="+33465710001">afficher</span></div>
      <div typeof="{prefix}Review"><div property="{prefix}author" typeof="{prefix}Person"><b property="{prefix}name">Patient
      </b><i property="{prefix}jobTitle">Retraité</i></div></div></body>"""
    (item,) = read(body, SEARCH)
    assert (item.name, item.url, item.phones) == ("Camille Exemple", PROFILE, ("+33465710001",))
    assert (item.places[0].street, item.places[0].postcode) == ("12 rue des Essais", "26000")
    assert set(item.layers.values()) == {"rdfa"}


# --- cards -----------------------------------------------------------------------------------------------------

VCARD = """<div class="vcard"><span class="fn org">Cabinet des Essais</span><div class=adr><span
class=street-address>12 rue des Essais</span> <span class=postal-code>26000</span> <span class=locality>Valence</span>
</div><div class=tel><span class=type>Tél</span> <span class=value>04 65 71 00 01</span></div>
<div class=tel><abbr class=type title="fax">F</abbr> <span class=value>04 65 71 00 02</span></div>
<a class=email href="mailto:contact@essais.example?subject=rdv">écrire</a>
<div class="vcard"><span class=fn>Noa Spécimen</span> <span class=title>Kinésithérapeute</span></div></div>"""


def test_a_card_of_a_practice_names_its_people_and_no_fax() -> None:
    cabinet, noa = read(VCARD, HOME)
    assert (cabinet.name, cabinet.kind, cabinet.phones) == (
        "Cabinet des Essais",
        ListingKind.ORGANISATION,
        ("+33465710001",),
    )
    assert (cabinet.email, cabinet.places[0].town) == ("contact@essais.example", "Valence")
    assert (noa.name, noa.kind, noa.profession, noa.organisation) == (
        "Noa Spécimen",
        ListingKind.PERSON,
        "Kinésithérapeute",
        "Cabinet des Essais",
    )
    assert set(noa.layers.values()) == {"h-card"}


def test_a_card_of_a_person_names_the_practice() -> None:
    body = """<div class="h-card"><a class="p-name u-url" href="/kine/valence/camille-exemple">Camille Exemple</a>
      <p class="p-job-title">Masseur-kinésithérapeute</p><p class="p-org h-card"><b class=p-name>Cabinet des Essais</b></p>
      <p class="p-adr">12 rue des Essais, 26000 Valence</p><p class="p-tel">Fax : 04 65 71 00 02</p>
      <p class="p-tel">04 65 71 00 01</p></div>"""
    (item,) = read(body, SEARCH)
    assert (item.url, item.name, item.organisation) == (PROFILE, "Camille Exemple", "Cabinet des Essais")
    assert (item.phones, item.places[0].postcode) == (("+33465710001",), "26000")


@pytest.mark.parametrize(
    "card",
    [
        '<article class=hentry><span class="author vcard"><b class=fn>Autrice</b><i class=title>Rédactrice</i></span></article>',
        '<div class=hreview><span class="reviewer vcard"><b class=fn>Patient</b><i class=adr>26000 Valence</i></span></div>',
        '<li class=comment><div class="comment-author vcard"><b class=fn>Passant</b><i class=role>Lecteur</i></div></li>',
        '<footer>Hébergé par <span class=vcard><b class="fn org">Serveurs</b><i class=adr>59100 Roubaix</i></span></footer>',
        '<div class="h-card">Camille Exemple</div>',
    ],
)
def test_authors_reviewers_and_hosts_have_cards_and_are_not_listed(card: str) -> None:
    assert names(card) == []


# --- layers together -------------------------------------------------------------------------------------------


def test_later_layers_complete_what_earlier_ones_say() -> None:
    rest = """<div itemscope itemtype="http://schema.org/Physician"><b itemprop=name>Mme EXEMPLE Camille</b>
      <i itemprop=address>12, r. des Essais - 26000 VALENCE</i><i itemprop=telephone>04 65 71 00 01</i></div>
      <div class=vcard><b class=fn>C. Exemple</b><a class=url href="/kine/valence/camille-exemple"></a>
      <i class=title>Kiné du sport</i><a class=email href="mailto:c@exemple.example"></a></div>"""
    (item,) = read(ld({**CAMILLE, "url": "/kine/valence/camille-exemple"}, rest=rest))
    assert (item.name, item.phones, item.email) == ("Camille Exemple", ("+33465710001",), "c@exemple.example")
    assert [(p.street, p.phones) for p in item.places] == [("12 rue des Essais", ("+33465710001",))]
    assert item.layers == {
        "name": "json-ld",
        "places": "json-ld",
        "phones": "microdata",
        "profession": "h-card",
        "email": "h-card",
    }


def test_homonyms_keep_their_own_places_whatever_layer_names_them() -> None:
    card = (
        '<div itemscope itemtype="http://schema.org/Physician"><b itemprop=name>Camille Exemple</b>'
        "<i itemprop=address>{}</i><i itemprop=telephone>{}</i></div>"
    )
    rest = card.format("1, quai du Siège 75001 PARIS", "01 99 00 00 01")
    rest += card.format("12 rue des Essais 26000 Valence", "04 65 71 00 01")
    both = [{**CAMILLE, "url": "/k/1"}, {**CAMILLE, "url": "/k/2", "address": SEAT}]
    assert [(i.id, i.places[0].postcode, i.phones) for i in read(ld(both, rest=rest), SEARCH)] == [
        ("k/1", "26000", ("+33465710001",)),
        ("k/2", "75001", ("+33199000001",)),
    ]


def test_two_people_under_one_address_stay_two_listings() -> None:
    url = "/cabinet/essais"
    block = [{**CAMILLE, "url": url}, {**CAMILLE, "name": "Noa Exemple", "url": url}]
    items = read(ld(block), SEARCH)
    assert [item.name for item in items] == ["Camille Exemple", "Noa Exemple"]
    assert len({item.id for item in items}) == 2


def test_three_addresses_are_one_listing_with_three_places_in_page_order() -> None:
    streets = ["12 rue des Essais", "3 place Neuve", "8 quai Vieux"]
    places = [{**ADDRESS, "streetAddress": street} for street in streets]
    (item,) = read(
        ld({**CAMILLE, "address": places[:1], "location": [{"@type": "Place", "address": a} for a in places]})
    )
    assert [place.street for place in item.places] == streets


# --- text ------------------------------------------------------------------------------------------------------


def test_the_text_of_an_element_is_what_a_visitor_reads() -> None:
    tree = tree_of(
        page("<body><p>3<sup>e</sup> ét<b>ag</b>e</p><div>12 rue<br>26000<script>x</script><!-- y --> Valence</div>")
    )
    assert [text_of(element) for element in tree.find("body")] == ["3e étage", "12 rue 26000 Valence"]


def test_visible_text_leaves_out_whatever_is_hidden_and_keeps_what_follows() -> None:
    body = (
        "<body>a<p hidden>b<i>c</i></p>d<div style='Display : none'>e</div>f<noscript><p>g</p></noscript>h<!-- i -->j"
    )
    assert visible_text(page(body)) == "a d f h j"


def test_scripts_and_styles_are_not_read_where_nothing_else_is_hidden() -> None:
    body = "<body style='color: red'>a<script>b</script>c<style>d</style><p>e<b>f</b></p>g"
    assert visible_text(page(body)) == "a c e f g"


def test_a_phrase_counts_where_a_visitor_reads_it_and_nowhere_else() -> None:
    phrases = ("Fiche non revendiquée",)
    shown = "<body><p>FICHE non-<b>revendiqu&eacute;e</b>.</p>"
    assert first_shown(phrases, page(shown)) == phrases[0]
    for hidden in ("<p hidden>{}</p>", "<script>'{}'</script>", "<template>{}</template>", "<p title='{}'>a</p>"):
        assert first_shown(phrases, page(f"<body>{hidden.format(phrases[0])}</body>")) == ""


# --- any page --------------------------------------------------------------------------------------------------

BLOCK = json.dumps({**CAMILLE, "telephone": "04 65 71 00 01", "employee": [NOA]}, ensure_ascii=False)
WHOLE = (ld(BLOCK) + MICRODATA.replace("<b>Ex</b>", "Ex") + VCARD).encode()


@settings(max_examples=120, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40)), max_size=4),
    flips=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6),
    end=st.integers(0, 2 * len(WHOLE)),
)
def test_no_damage_to_a_page_breaks_the_reader_or_invents_a_name(
    cuts: list[tuple[int, int]], flips: list[tuple[int, int]], end: int
) -> None:
    damaged = bytearray(WHOLE)
    for at, value in flips:
        damaged[at] = value
    for at, length in cuts:
        del damaged[at : at + length]
    body = bytes(damaged * 2)[:end]
    # Whatever a name is made of stands in the page, as it is after the damage.
    text = page_text(page(body)).replace("\x00", "")
    # A tag that damage made of two leaves their words side by side, here as in a browser.
    letters = text + re.sub(r"<[^>]*>", "", text)
    for item in read(body):
        assert [word for word in item.name.split() if word not in letters] == []
        assert item.id
        assert item.url.startswith(f"https://{SITE}/")


def test_what_is_written_behind_the_end_of_a_document_is_still_its_text() -> None:
    assert visible_text(page("<html><body><p>a</p></body></html><p>b</p>")) == "a b"


# --- who publishes, who is listed ------------------------------------------------------------------------------


def graph(organisation: dict[str, Any], *others: dict[str, Any]) -> str:
    """A page whose site an organisation publishes."""
    site = {"@type": "WebSite", "@id": "#site", "publisher": {"@id": "#org"}}
    return ld({"@graph": [site, {"@id": "#org", "address": ADDRESS, **organisation}, *others]})


def test_a_company_that_publishes_the_site_is_not_listed_whatever_its_legal_form() -> None:
    about = {"@type": "ProfilePage", "mainEntity": {"@id": "#camille"}}
    camille = {**CAMILLE, "@id": "#camille"}
    for name in ("Annuaire Essai SAS", "Essai Kiné Direct SARL", "Groupe Essai"):
        firm = {"@type": "Organization", "name": name, "address": SEAT}
        assert names(graph(firm, about, camille)) == ["Camille Exemple"]
    assert names(graph({"@type": "Organization", "name": "Essai SAS", "address": SEAT})) == []


def test_a_practice_that_publishes_its_own_site_is_listed_under_its_front_page() -> None:
    practice = {"@type": ["Organization", "MedicalBusiness"], "name": "Kiné de la Butte", "url": HOME}
    (item,) = read(graph(practice), f"{HOME}equipe")
    assert (item.name, item.kind, item.url) == ("Kiné de la Butte", ListingKind.ORGANISATION, HOME)


def test_who_made_a_site_is_not_listed_on_it_because_nobody_else_is() -> None:
    agency = {"@type": "Organization", "name": "Atelier Essai", "url": "https://atelier.example/", "address": SEAT}
    assert names(f"<title>Accueil</title>{ld(agency)}<h1>Bienvenue</h1>") == []
    assert names(f"<title>Atelier Essai à Paris</title>{ld(agency)}") == ["Atelier Essai"]


def test_a_platform_whose_name_reads_as_a_practices_is_not_listed() -> None:
    firm = {"@type": "Organization", "name": "Annuaire Kiné", "url": "/", "address": SEAT}
    other = {**firm, "name": "Kiné Annuaire"}
    for node in (firm, other):
        assert names(ld(node, CAMILLE)) == ["Camille Exemple"]
    clinic = Page(
        "https://kine-essai.example/recherche", "https://kine-essai.example/recherche", 200, (),
        ld({**firm, "name": "Kiné Essai"}, rest="<p>Trouvez votre kinésithérapeute</p>").encode(),
        datetime(2026, 3, 12, tzinfo=UTC),
    )  # fmt: skip
    assert not isinstance(GenericSite("kine-essai.example").reading(clinic), Listings)


@pytest.mark.parametrize("name", ["Kiné de la Butte", "Les kinés du Lac", "Kiné & Mouvement Essai"])
def test_a_practice_that_begins_with_its_trade_is_an_organisation(name: str) -> None:
    (item,) = read(ld({"@type": "MedicalBusiness", "name": name, "address": ADDRESS}))
    assert (item.name, item.kind) == (name, ListingKind.ORGANISATION)


@pytest.mark.parametrize("name", ["Kinésithérapeutes à Valence", "Tous les kinés de Valence", "Trouver un kiné à Die"])
def test_the_heading_of_a_search_is_nobody(name: str) -> None:
    assert names(ld({"@type": "LocalBusiness", "name": name, "address": ADDRESS})) == []


@pytest.mark.parametrize(
    ("said", "profession"),
    [
        ("Masseur-kinésithérapeute à Valence", "Masseur-kinésithérapeute"),
        ("Kinésithérapeute", "Kinésithérapeute"),
        ("Kinésithérapeute : prenez rendez-vous", ""),
        ("Kinésithérapeutes, ostéopathes… " * 9, ""),
        ("Matelas conseillé par un kinésithérapeute", ""),
    ],
)
def test_a_description_that_begins_with_a_trade_says_the_profession(said: str, profession: str) -> None:
    (item,) = read(
        ld({"@type": "LocalBusiness", "name": "Mme Camille Exemple", "address": ADDRESS, "description": said})
    )
    assert item.profession == profession


# --- where links lead ------------------------------------------------------------------------------------------


def test_links_count_from_where_the_page_says() -> None:
    card = (
        '<div itemscope itemtype="https://schema.org/Physician"><a itemprop="url" href="fiche/camille">'
        '<b itemprop="name">Camille Exemple</b></a> <i itemprop="medicalSpecialty">Kinésithérapeute</i></div>'
    )
    reading = GenericSite(SITE).reading(
        page(
            f'<base href="/annuaire/">{card}<a rel="next" href="liste?p=2">2</a>', f"https://{SITE}/annuaire/kine/liste"
        )
    )
    assert isinstance(reading, Listings)
    assert reading.items[0].url == f"https://{SITE}/annuaire/fiche/camille"
    assert reading.next_url == f"https://{SITE}/annuaire/liste?p=2"


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<a href="/recherche?ville=valence&amp;p=2">Page suivante »</a>', f"{SEARCH}&p=2"),
        ('<a href="/recherche?ville=valence&amp;p=2" aria-label="Suivant"><svg></svg></a>', f"{SEARCH}&p=2"),
        ('<a href="https://ailleurs.example/recherche?p=2">Suivant</a>', ""),
        ('<a href="/recherche?p=2">Suivant</a><a href="/recherche?p=3">Suivant</a>', ""),
        ('<a href="#">Suivant</a><a href="/recherche?p=2">L’article suivant</a>', ""),
    ],
)
def test_the_next_page_is_the_one_that_links_call_so(links: str, url: str) -> None:
    reading = GenericSite(SITE).reading(page(ld(CAMILLE, rest=links), SEARCH))
    assert isinstance(reading, Listings)
    assert reading.next_url == url
