"""Pages without any markup: a practice's own site, a profile, plain lists; and the many pages that list nobody."""

import json
import time
from datetime import UTC, datetime

import pytest

from listingguard.domain.listing import Listing, ListingKind, ListingState, Page, Place, Trait
from listingguard.pages import visible
from listingguard.pages.layers import read_structured
from listingguard.pages.lines import FOOTER, HEADER, MAIN, NAVIGATION, laid_out
from listingguard.pages.url import host_of
from listingguard.sites import GenericSite, Site

DIRECTORY = "https://annuaire.example/kine/valence/camille-exemple"
OWN = "https://cabinet-des-essais.example/"


def page(body: str, url: str = DIRECTORY, head: str = "") -> Page:
    html = f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    return Page(url, url, 200, (("Content-Type", "text/html; charset=utf-8"),), html.encode(), datetime.now(UTC))


def listed(body: str, url: str = DIRECTORY, head: str = "") -> list[Listing]:
    found = read_structured(page(body, url, head), GenericSite(host_of(url)))
    return list(found.items) if found else []


def where(item: Listing) -> tuple[str, str, str]:
    (place,) = item.places
    return place.street, place.postcode, place.town


PRACTICE = """
<header><a href="/">Cabinet des Essais</a><nav><a href="/">Accueil</a> <a href="/contact">Contact</a></nav></header>
<main><h1>Bienvenue au cabinet</h1>
<p>Ouvert du lundi au vendredi de 8 h 00 à 19 h 30. Séance\u00a0: 16,13 €.</p>
<h2>Notre équipe</h2>
<ul><li><h3>Camille Exemple</h3><p>Masseur-kinésithérapeute D.E.</p></li>
<li><h3>Noa Specimen</h3><p>Ostéopathe</p></li></ul></main>
<footer><p>Cabinet des Essais<br>3 rue des Essais<br>26000 Valence</p>
<p>Tél.\u00a0: <a href="tel:+33475000001">04 75 00 00 01</a> – Fax\u00a0: 04 75 00 00 09</p>
<p>SIRET 812 345 678 00012</p><a href="mailto:contact@cabinet-des-essais.example">Nous écrire</a></footer>
"""


def test_a_practices_own_site_is_one_organisation_and_its_people() -> None:
    title = "<title>Cabinet de kinésithérapie des Essais - Valence</title>"
    practice, camille, noa = listed(PRACTICE, OWN, title)
    assert (practice.name, practice.kind) == ("Cabinet de kinésithérapie des Essais", ListingKind.ORGANISATION)
    assert where(practice) == ("3 rue des Essais", "26000", "Valence")
    assert practice.phones == ("+33475000001",)
    assert practice.email == "contact@cabinet-des-essais.example"
    assert [(who.name, who.profession) for who in (camille, noa)] == [
        ("Camille Exemple", "Masseur-kinésithérapeute D.E."),
        ("Noa Specimen", "Ostéopathe"),
    ]
    assert camille.organisation == practice.name
    assert where(camille) == where(practice)
    assert set(practice.layers.values()) == {"text"}


PROFILE = """
<header>MonAnnuaire – Trouvez un praticien</header>
<main><h1>Camille Exemple</h1><p>Masseur-kinésithérapeute</p>
<p>Adresse\u00a0: 12 bis, avenue du Général de Gaulle - 26000 VALENCE CEDEX 9</p>
<table><tr><td>Fax</td><td>04 75 00 00 08</td></tr><tr><td>Téléphone</td><td>04.75.00.00.02</td></tr></table>
<h2>Autres praticiens à proximité</h2><ul><li>Noa Specimen, kinésithérapeute, 5 rue Haute, 26000 Valence</li>
<li>Lou Canevas, kinésithérapeute, 6 rue Haute, 26000 Valence</li></ul>
<div class="avis"><p>Charlie Fictif, kinésithérapeute\u00a0: très bien</p></div></main>
<footer>MonAnnuaire SAS, 1 place de la Bourse, 75002 Paris – 01 40 00 00 00</footer>
"""


def test_a_directorys_page_is_about_the_person_its_heading_names() -> None:
    (item,) = listed(PROFILE, head="<title>Camille Exemple, Kinésithérapeute à Valence | MonAnnuaire</title>")
    assert (item.name, item.kind, item.profession) == (
        "Camille Exemple",
        ListingKind.PERSON,
        "Masseur-kinésithérapeute",
    )
    assert where(item) == ("12 bis, avenue du Général de Gaulle", "26000", "VALENCE CEDEX 9")
    assert item.phones == ("+33475000002",)
    assert item.organisation == ""


IN_WORDS = {
    "business": (
        "<h1>Garage des Lilas</h1><p>12 chemin des Lilas, 26000 Valence</p>",
        ("Garage des Lilas", "12 chemin des Lilas", "Valence"),
    ),
    "one line": (
        "<p>SELARL Kiné des Essais - 3 rue des Essais - 26000 Valence</p>",
        ("SELARL Kiné des Essais", "3 rue des Essais", "Valence"),
    ),
    "sentence": (
        "<p>Camille Exemple, masseur-kinésithérapeute, vous reçoit au 3 rue des Essais à Valence (26000).</p>",
        ("Camille Exemple", "3 rue des Essais", "Valence"),
    ),
    "spans": (
        "<h1>Kinésithérapeute Camille Exemple</h1><div><span>3 rue des Essais</span> <span>26000 Valence</span></div>",
        ("Camille Exemple", "3 rue des Essais", "Valence"),
    ),
    "building": (
        "<h1>Kiné Sport Valence</h1>"
        "<address>Résidence les Lilas, 12 rue Haute<br>Bâtiment B<br>26100 Romans-sur-Isère</address>",
        ("Kiné Sport Valence", "Résidence les Lilas, 12 rue Haute", "Romans-sur-Isère"),
    ),
    "residence": (
        "<h1>Centre du Gabarit</h1><p>12 rue Haute<br>Résidence les Lilas<br>42000 Saint-Étienne</p>",
        ("Centre du Gabarit", "12 rue Haute", "Saint-Étienne"),
    ),
    "no number": (
        "<h1>Cabinet du Gabarit</h1><p>Place de la Fable - 69003 Lyon 3e</p>",
        ("Cabinet du Gabarit", "Place de la Fable", "Lyon 3e"),
    ),
}


@pytest.mark.parametrize("words", IN_WORDS)
def test_name_street_and_town_come_out_of_plain_words(words: str) -> None:
    body, (name, street, town) = IN_WORDS[words]
    item = listed(f"{body}<p>Tél 04 75 00 00 01</p>", OWN, "<title>Kiné</title>")[0]
    assert (item.name, item.places[0].street, item.places[0].town) == (name, street, town)
    assert item.phones == ("+33475000001",)


# --- numbers -----------------------------------------------------------------------------------------------------

CAMILLE = "<h1>Camille Exemple</h1><p>Kinésithérapeute</p><p>3 rue des Essais<br>26000 Valence</p>"


@pytest.mark.parametrize(
    "fax",
    [
        "Fax : 04 75 00 00 09",
        "Fax. 04.75.00.00.09",
        "Télécopie : 0475000009",
        "F. 04 75 00 00 09",
        "T. 04 75 00 00 01 - F. 04 75 00 00 09",
        "Tél 04 75 00 00 01 / Fax 04 75 00 00 09",
        "04 75 00 00 09 (fax)",
        "Fax</p><p>04 75 00 00 09",
        "Fax <a href='tel:0475000009'>04 75 00 00 09</a>",
        "Fax : <a href='tel:0475000009'>Appeler</a>",
        "SIRET 04750000 900012",
        "RPPS : 0475000009",
        "Ouvert 08 00 12 00 14 00 19 00",
        "Capital de 04 750 000 09 €",
    ],
)
def test_a_fax_is_never_the_telephone(fax: str) -> None:
    (item,) = listed(f"{CAMILLE}<p>{fax}</p>")
    assert set(item.phones) <= {"+33475000001"}
    (item,) = listed(f"{CAMILLE}<p>{fax}</p><p>Tél. : 04 75 00 00 01</p>")
    assert item.phones == ("+33475000001",)


@pytest.mark.parametrize(
    "phone",
    [
        "04 75 00 00 01",
        "+33 (0)4 75 00 00 01",
        "0033 4 75 00 00 01",
        "<a href='tel:+33475000001'>Appeler</a>",
        "<a href='tel:%2B33%20475000001'>Afficher le numéro</a>",
        "Tél. / Fax : 04 75 00 00 01",
        "Tél et fax : 04.75.00.00.01",
    ],
)
def test_a_telephone_is_read_as_people_write_it(phone: str) -> None:
    (item,) = listed(f"{CAMILLE}<p>{phone}</p>")
    assert item.phones == ("+33475000001",)


@pytest.mark.parametrize(
    ("shown", "raw"),
    [
        ("<a href='tel:0899123456'>Afficher le numéro</a>", "0899123456"),
        ("Appelez le 118 712", "118 712"),
        ("Tél : 0 899 12 34 56 (2,99 €/appel)", "0 899 12 34 56"),
        ("Appelez le 3624", "3624"),
    ],
)
def test_a_number_that_only_connects_callers_makes_a_relay_page(shown: str, raw: str) -> None:
    (item,) = listed(f"{CAMILLE}<p>{shown}</p>")
    assert (item.phones, item.state, item.state_phrase) == ((), ListingState.RELAY, raw)
    assert Trait.RELAY_NUMBER in item.traits


# --- lists -------------------------------------------------------------------------------------------------------

ROWS = [
    ("Camille Exemple", "3 rue des Essais", "26000", "Valence", "04 75 00 00 01"),
    ("Noa Specimen", "5 rue des Essais", "26000", "Valence", "04 75 00 00 02"),
    ("Lou Canevas", "8 place de la Fable", "26100", "Romans-sur-Isère", "04 75 00 00 03"),
]


def _li(name: str, street: str, code: str, town: str, phone: str) -> str:
    link = f"<a href='/kine/{name.split(maxsplit=1)[0].lower()}'>{name}</a>"
    return f"<li>{link}<br>Kinésithérapeute<br>{street}, {code} {town}<br>Tél : {phone} Fax : 04 75 99 99 99</li>"


def _cells(*row: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"


LISTS = {
    "li": "<ul>" + "".join(_li(*row) for row in ROWS) + "</ul>",
    "table": "<table>" + "".join(_cells(r[0], "Kinésithérapeute", f"{r[1]}, {r[2]} {r[3]}", r[4]) for r in ROWS) + "</table>",
    "columns": "<table><tr><th>Nom</th><th>Prénom</th><th>Adresse</th><th>Code postal</th><th>Ville</th><th>Téléphone</th>"
    "<th>Fax</th></tr>" + "".join(_cells(r[0].split()[1], r[0].split()[0], *r[1:], "04 75 99 99 99") for r in ROWS) + "</table>",
    "dl": "<dl>"
    + "".join(f"<dt>{r[0]}</dt><dd>Kinésithérapeute</dd><dd>{r[1]}, {r[2]} {r[3]}</dd><dd>{r[4]}</dd>" for r in ROWS)
    + "</dl>",
    "labels": "".join(
        f"<div><dl><dt>Nom</dt><dd>{r[0]}</dd><dt>Adresse</dt><dd>{r[1]}, {r[2]} {r[3]}</dd><dt>Fax</dt><dd>04 75 99 99 99"
        f"</dd><dt>Tél</dt><dd>{r[4]}</dd></dl></div>"
        for r in ROWS
    ),
    "divs": "<div class='results'>"
    + "".join(
        f"<div class='card'><div>{r[0]}</div><div>Kinésithérapeute</div><div>{r[1]}</div><div>{r[2]} {r[3]}</div>"
        f"<div><a href='tel:{r[4]}'>Appeler</a></div></div>"
        for r in ROWS
    )
    + "</div>",
}  # fmt: skip


@pytest.mark.parametrize("shape", LISTS)
def test_a_plain_list_gives_each_of_its_cards(shape: str) -> None:
    found = listed(f"<h1>Kinésithérapeutes dans la Drôme</h1>{LISTS[shape]}<p>Recherches associées : Kiné Lyon</p>")
    assert [(item.name, *where(item)) for item in found] == [row[:4] for row in ROWS]
    assert [item.phones for item in found] == [("+33" + row[4].replace(" ", "")[1:],) for row in ROWS]
    assert len({item.id for item in found}) == len(ROWS)


def test_a_card_leads_to_its_own_page() -> None:
    assert [item.url for item in listed(LISTS["li"])] == [
        f"https://annuaire.example/kine/{first}" for first in ("camille", "noa", "lou")
    ]


# --- pages that list nobody --------------------------------------------------------------------------------------

SOMEBODY = "<p>Camille Exemple, kinésithérapeute, 3 rue des Essais, 26000 Valence, 04 75 00 00 01</p>"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<title>Just a moment...</title>", f"<h1>annuaire.example</h1>{SOMEBODY}"),
        ("<title>annuaire.example</title>", f"<p>Vérification que vous êtes humain. Activez JavaScript.</p>{SOMEBODY}"),
        ("<title>Page introuvable</title>", SOMEBODY),
        ("", f"<h1>Erreur 404</h1>{SOMEBODY}"),
        ("", f"<h1>Kinésithérapeutes à Die</h1><p>Aucun résultat pour votre recherche</p>{SOMEBODY}"),
        ("", f"<h1>Kinésithérapeutes</h1><p>Aucun praticien ne correspond à votre recherche</p>{SOMEBODY}"),
        ("", f"<h1>Camille Exemple, kinésithérapeute : 5 conseils</h1><p>Publié le 3 mars 2025</p>{SOMEBODY}"),
        (
            "<meta property='og:type' content='article'><meta property='article:published_time' content='2025-03-03'>",
            f"<h1>Camille Exemple</h1>{SOMEBODY}",
        ),
        ("<title>Plan du site</title>", SOMEBODY),
        ("", "<h1>Mentions légales</h1><p>Réserve-Kiné SAS, 1 place Haute, 26000 Valence, 04 75 00 00 01</p>"),
        ("", f"<h1>Politique de confidentialité</h1>{SOMEBODY}"),
        ("<title>Connexion</title>", "<h1>Se connecter</h1><p>Cabinet Exemple</p>"),
        ("", f"<div class='cookie-banner'>{SOMEBODY}</div><div id='didomi-popup'>{SOMEBODY}</div>"),
        ("", f"<aside class='ads'>{SOMEBODY}</aside><section class='related'>{SOMEBODY}</section>"),
        ("", f"<nav>{SOMEBODY}</nav><div hidden>{SOMEBODY}</div><script>{SOMEBODY}</script><template>{SOMEBODY}</template>"),
        ("", "<h1>Kinésithérapeutes à Valence</h1><ul><li>Kinésithérapeute Lyon</li><li>Kinésithérapeute Die</li></ul>"),
        ("", "<h1>Comment ça marche ?</h1><footer>Annu SAS, 1 rue Haute, 75002 Paris, 01 40 00 00 00</footer>"),
        (
            "<title>Réserve-Kiné : rendez-vous en ligne</title>",
            "<h1>Trouvez votre kinésithérapeute</h1>"
            "<footer>Réserve-Kiné, 1 place Haute, 26000 Valence, 04 75 00 00 01</footer>",
        ),
        (
            "<title>Kinés à Valence | Annu</title>",
            "<h1>Kinés à Valence</h1>"
            "<footer><p>Annu Santé SAS<br>1 place Haute<br>75002 Paris<br>01 40 00 00 00</p></footer>",
        ),
        ("", "<h1>Camille Exemple</h1><p>Photographe de mariage</p>"),
        ("", "<p>Bonjour</p>"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_page_that_lists_nobody_gives_nobody(head: str, body: str) -> None:
    assert listed(body, head=head) == []


def test_the_menu_and_headings_of_sections_are_no_names() -> None:
    menu = "<div class='main-menu'><ul><li>Nos Soins</li><li>Prise En Charge</li><li>Plan Accès</li></ul></div>"
    extra = "<h2>Rééducation Du Sport</h2><p>Kinésithérapie</p><h2>Horaires Et Tarifs</h2><p>Kiné du sport</p>"
    assert [item.name for item in listed(menu + CAMILLE + extra)] == ["Camille Exemple"]


# --- beside other layers -----------------------------------------------------------------------------------------

PHYSICIAN = {
    "@context": "https://schema.org",
    "@type": "Physician",
    "name": "Mme Camille EXEMPLE",
    "medicalSpecialty": "Kinésithérapeute",
    "address": {"streetAddress": "3 rue des Essais", "postalCode": "26000", "addressLocality": "Valence"},
}


def ld(*nodes: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(list(nodes))}</script>"


def test_the_only_listing_of_a_page_is_completed_by_its_words() -> None:
    (item,) = listed(f"{CAMILLE}<p>Tél. 04 75 00 00 01 – Fax 04 75 00 00 09</p>", head=ld(PHYSICIAN))
    assert (item.name, item.phones) == ("Mme Camille EXEMPLE", ("+33475000001",))
    assert (item.layers["name"], item.layers["phones"]) == ("json-ld", "text")
    bare = {key: value for key, value in PHYSICIAN.items() if key != "address"}
    (item,) = listed(CAMILLE, head=ld(bare))
    assert where(item) == ("3 rue des Essais", "26000", "Valence")
    assert item.layers["places"] == "text"


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Nos praticiens</h1><p>Secrétariat : 04 75 00 00 01</p>",
        "<h1>Camille Exemple</h1><footer>04 75 00 00 01</footer>",
        "<h1>Camille Exemple</h1><h2>Autres praticiens</h2><p>Noa Specimen 04 75 00 00 01</p>",
    ],
)
def test_a_number_that_is_not_plainly_theirs_is_left_out(body: str) -> None:
    (item,) = listed(body, head=ld(PHYSICIAN))
    assert item.phones == ()


def test_words_add_nobody_to_what_markup_lists() -> None:
    other = {**PHYSICIAN, "name": "Noa Specimen"}
    found = listed(f"{CAMILLE}{LISTS['li']}", head=ld(PHYSICIAN, other))
    assert [item.name for item in found] == ["Mme Camille EXEMPLE", "Noa Specimen"]


def test_a_site_with_an_adapter_is_left_to_its_adapter() -> None:
    class Known(Site):
        host = "annuaire.example"

    assert visible.drafts(page(CAMILLE), Known(), ()) == []


# --- lines, bounds -----------------------------------------------------------------------------------------------


def test_each_line_knows_its_part_of_the_page() -> None:
    body = (
        "<div id='header'>Haut</div><ul class='nav navbar'><li>Menu</ul><main><header><h1>Nom <b>Suite</b></h1></header>"
        "<p>Un<br>deux<!-- rien --> trois</p></main><div class='site-footer'>Bas</div>"
    )
    lines = laid_out(page(body)).lines
    assert [(line.text, line.tag, line.zone) for line in lines] == [
        ("Haut", "", HEADER),
        ("Menu", "", NAVIGATION),
        ("Nom Suite", "h1", MAIN),
        ("Un", "", MAIN),
        ("deux trois", "", MAIN),
        ("Bas", "", FOOTER),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 20_000 + SOMEBODY,
        "<div><p>Camille Exemple</p><p>kinésithérapeute 26000 Valence</p></div>" * 8_000,
        "<h1>Kiné X</h1><p>" + "04 75 00 00 " * 60_000,
        "<p>26000 Valence Rue de la " * 20_000,
        "<ul><li>Camille Exemple kiné" * 2_000,
        "<p>" + "Aaaa Bbbb " * 60_000 + " kiné",
        "<p>" + "26000 Aa-bb " * 50_000,
        "<p>" + "12 rue " * 80_000,
        "<p>" + "kiné, " * 80_000,
        "<p>Camille Exemple : " + "« kiné » “ kiné " * 30_000,
        ("<p>Camille Exemple : " + "« kiné du Lac » " * 8) * 3_000,
        f"<div class='{'a-' * 20_000}'>x</div>" * 5,
        "<table>" + "<tr><th>Nom</th></tr>" * 5_000,
        "<script>" + "window.a = {" * 40_000 + "</script>",
        "<script>" + "self.__next_f.push([" * 25_000 + "</script>",
    ],
    ids=["deep", "cards", "digits", "streets", "nested", "capitals", "codes", "ways", "trades", "said", "name", "class", "rows", "js", "flight"],
)  # fmt: skip
def test_a_hostile_page_ends_soon(body: str) -> None:
    started = time.process_time()
    listed(body)
    assert time.process_time() - started < 6


def test_a_page_that_markup_already_tells_costs_nothing_more() -> None:
    body = "<div class='card'><h3>Camille Exemple</h3><p>3 rue des Essais, 26000 Valence</p></div>" * 1_700
    full = page(body)
    told = {"profession": "Kinésithérapeute", "places": (Place("3 rue des Essais", "26000", "Valence"),)}
    found = tuple(
        Listing("annuaire.example", name, DIRECTORY, name, phones=("+33475000001",), **told) for name in ("A", "B")
    )
    assert len(full.body) > 140_000

    def cost() -> float:
        started = time.process_time()
        assert visible.drafts(full, GenericSite("annuaire.example"), found) == []
        return time.process_time() - started

    # Reading it would take a hundred times that.
    assert min(cost() for _ in range(5)) < 0.003


# --- what a sentence does not say, and what a page does not list ---------------------------------------------------


def test_a_sentence_about_nobody_in_particular_does_not_empty_the_page() -> None:
    said = "<p>Aucun professionnel ne paie pour être mieux classé.</p><p>Aucun résultat n’est garanti.</p>"
    assert [item.name for item in listed(CAMILLE + said)] == ["Camille Exemple"]
    assert listed(f"<h1>Kinés</h1>{CAMILLE}<p>Aucun praticien n’a été trouvé à Die.</p>") == []


def test_links_to_the_lists_of_other_towns_are_nobody() -> None:
    towns = ("Le Havre", "La Rochelle", "Saint-Étienne", "Clermont-Ferrand", "Aix-en-Provence")
    links = "".join(f"<li><a href='/kine/{n}'>Masseur-kinésithérapeute {town}</a></li>" for n, town in enumerate(towns))
    body = f"<h1>Trouvez un kinésithérapeute</h1><h2>Dans votre ville</h2><ul>{links}</ul>"
    assert listed(body) == []
    assert listed(body, "https://annuaire.example/") == []


def test_a_plain_page_that_calls_itself_an_article_is_still_a_practices() -> None:
    head = "<title>Cabinet de kinésithérapie des Essais</title><meta property='og:type' content='article'>"
    assert [item.name for item in listed(PRACTICE, OWN, head)][:1] == ["Cabinet de kinésithérapie des Essais"]


def test_a_posting_lists_nobody_whoever_wrote_it() -> None:
    post = {"@type": "BlogPosting", "headline": "Bouger", "author": {"@type": "Person", "name": "Noa Specimen"}}
    body = "<h1>Bouger</h1><p>Par Noa Specimen, kinésithérapeute</p><footer>Revue, 8 rue Haute, 75010 Paris</footer>"
    assert listed(body, head=f"<title>Bouger - Revue Mouvement</title>{ld(post)}") == []


def test_a_practice_that_mentions_its_postings_is_still_listed() -> None:
    blog = {"@type": "Blog", "blogPost": [{"@type": "BlogPosting", "headline": "Bouger"}]}
    head = f"<title>Cabinet de kinésithérapie des Essais</title>{ld(blog)}"
    assert [item.name for item in listed(PRACTICE, f"{OWN}cabinet", head)][:1] == [
        "Cabinet de kinésithérapie des Essais"
    ]


def test_the_name_of_a_site_behind_a_title_is_nobodys() -> None:
    head = "<title>Mal de dos : que faire - Revue Mouvement</title>"
    body = "<h1>Mal de dos : que faire</h1><p>L’avis d’un kinésithérapeute.</p><p>8 rue Haute, 75010 Paris</p>"
    assert [item.name for item in listed(body, head=head)] == []


# --- booking, figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "bookable", "url"),
    [
        ("<a href='/rdv/camille'>Prendre rendez-vous</a>", True, "https://annuaire.example/rdv/camille"),
        ("<a href='/rdv/camille'><i></i> Prendre RDV en ligne</a>", True, "https://annuaire.example/rdv/camille"),
        ("<a href='https://rdv.example/c'>Réserver un créneau</a>", True, "https://rdv.example/c"),
        ("<a href='/rdv/1'>Prendre RDV à Die</a><br><a href='/rdv/2'>Prendre RDV à Crest</a>", True, ""),
        ("<p>La prise de rendez-vous en ligne n’est pas disponible.</p>", False, ""),
        ("<p>Pas de réservation en ligne</p><a href='/kines'>Prendre rendez-vous</a>", False, ""),
        ("<a href='/kines'>Prendre rendez-vous avec un autre praticien</a>", None, ""),
        ("<a href='/'>Prendre rendez-vous</a>", None, ""),
        ("<a href='tel:0475000001'>Prendre rendez-vous</a>", None, ""),
        ("<p>Prendre rendez-vous, c’est simple.</p>", None, ""),
    ],
)
def test_a_profile_says_whether_one_can_book_there_and_where(said: str, bookable: bool | None, url: str) -> None:
    for head in ("", ld(PHYSICIAN)):
        (item,) = listed(CAMILLE + said, head=head)
        assert (item.bookable, item.booking_url) == (bookable, url)
        assert (Trait.BOOKABLE in item.traits) is (bookable is True)


def test_a_profile_says_the_number_of_the_register_and_the_mean_of_its_opinions() -> None:
    body = f"{CAMILLE}<p>Réserver en ligne</p><p>4,4/5 (27 avis)</p><dl><dt>Numéro RPPS</dt><dd>10999999001</dd></dl>"
    (item,) = listed(body, head=ld({**PHYSICIAN, "telephone": "04 75 00 00 01"}))
    assert (item.rpps, item.rating, item.review_count) == ("10999999001", 4.4, 27)
    assert Trait.REVIEWS in item.traits


def test_the_cards_of_a_list_tell_what_its_markup_leaves_out() -> None:
    people = ("Camille Exemple", "Noa Specimen")
    bare = [
        {**PHYSICIAN, "@type": "LocalBusiness", "name": name, "medicalSpecialty": None, "url": f"/kine/{n}"}
        for n, name in enumerate(people)
    ]
    card = (
        "<li><h3>{0}</h3><p>Masseur-kinésithérapeute</p><p>3,5/5 - 4 avis</p><p>3 rue des Essais, 26000 Valence</p>"
        "<p>04 75 00 00 0{1}</p><a href='/rdv/{1}'>Prendre rendez-vous</a></li>"
    )
    body = "<ul>" + "".join(card.format(name, n) for n, name in enumerate(people)) + "</ul>"
    camille, noa = listed(body, "https://annuaire.example/kines", ld(*bare))
    assert (camille.phones, noa.phones) == (("+33475000000",), ("+33475000001",))
    assert noa.booking_url == "https://annuaire.example/rdv/1"
    assert (noa.profession, noa.rating, noa.review_count) == ("Masseur-kinésithérapeute", 3.5, 4)
    assert (noa.layers["name"], noa.layers["phones"]) == ("json-ld", "text")


def test_cards_of_one_name_complete_nobody() -> None:
    twice = [{**PHYSICIAN, "url": f"/kine/{n}", "address": {"addressLocality": town}} for n, town in enumerate("AB")]
    card = "<li><h3>Camille Exemple</h3><p>Masseur-kinésithérapeute</p><p>04 75 00 00 01</p></li>"
    assert [item.phones for item in listed(f"<ul>{card}{card}</ul>", head=ld(*twice))] == [(), ()]
