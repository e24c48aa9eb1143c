"""Whom a page names without listing them (patients, town halls, secretaries), and names that share one line."""

import json

import pytest

from listingguard.domain.listing import ListingKind
from tests.pages.test_visible import OWN, listed

PRACTICE = """<h1>Cabinet de kinésithérapie du Moulin</h1><p>Lou Canevas, kinésithérapeute</p>
<p>2 place du Marché, 24000 Périgueux</p><p>Tél : 05 53 00 00 10</p>"""


def names(body: str, head: str = "<title>Kiné du Moulin</title>") -> list[str]:
    return [item.name for item in listed(body, OWN, head)]


@pytest.mark.parametrize(
    "heading",
    [
        "Ils nous recommandent",
        "Recommandations",
        "Recommandations de nos patients",
        "Vos avis",
        "Ils parlent de nous",
        "On parle de nous",
        "Livre d’or",
        "Merci !",
        "Ce que disent nos patients",
    ],
)
@pytest.mark.parametrize("words", ["Jean Malade, kiné : merci", "Jean Malade</p><p>Kiné très doux"])
def test_whoever_recommends_a_practice_is_not_one_of_its_people(heading: str, words: str) -> None:
    assert names(f"{PRACTICE}<h2>{heading}</h2><p>{words}</p>") == [
        "Cabinet de kinésithérapie du Moulin",
        "Lou Canevas",
    ]


@pytest.mark.parametrize(
    "menu", ['<p><a href="/livre">Livre d’or</a></p>', "<table><tr><td>Vos avis</td></tr></table>"]
)
def test_a_menu_that_leads_to_opinions_hides_nobody(menu: str) -> None:
    assert names(f"{menu}{PRACTICE}") == ["Cabinet de kinésithérapie du Moulin", "Lou Canevas"]


@pytest.mark.parametrize(
    "words",
    [
        "Jean Malade, Périgueux : « très bon kiné »",
        "Jean Malade : « très bon kiné »",
        "Jean Malade « Kiné très à l’écoute »",
        "Jean Malade, Périgueux : “Kiné au top”",
        'Jean Malade, Périgueux - "mon kiné préféré"',
        "Jean Malade, Périgueux : très bon kiné",
        "Jean Malade</p><p>« Kiné formidable »",
        "« Merci à mon kiné ! » Jean Malade",
        "Jean Malade, Périgueux : « très bon kiné,</p><p>je reviendrai »",
    ],
)
@pytest.mark.parametrize("heading", ["<h2>La parole à vous</h2>", ""])
def test_a_trade_in_a_quotation_makes_nobody_of_that_trade(heading: str, words: str) -> None:
    assert names(f"{PRACTICE}{heading}<p>{words}</p>") == ["Cabinet de kinésithérapie du Moulin", "Lou Canevas"]


def test_a_list_of_quotations_is_no_list_of_people() -> None:
    words = "<li>Jean Malade, Périgueux : « très bon kiné »</li><li>Anne Souffrante, Agen : « kiné parfaite »</li>"
    assert names(f"<h1>Vos kinés préférés</h1><ul>{words}</ul>", "<title>Kinésithérapeutes</title>") == []


def test_a_practice_whose_name_stands_in_quotation_marks_keeps_it() -> None:
    body = PRACTICE.replace("Cabinet de kinésithérapie du Moulin", "Bienvenue") + "<p>« Cabinet du Moulin »</p>"
    assert "Lou Canevas" in names(body + "<p>Noa Specimen, kinésithérapeute au « Cabinet du Moulin »</p>")


@pytest.mark.parametrize(
    "institution",
    [
        "Mairie de Fictif",
        "Commune de Fictif",
        "Hôpital de Fictif",
        "Centre hospitalier de Fictif",
        "Pharmacie du Port",
        "EHPAD Les Lilas",
        "École Jules Exemple",
        "Collège Jules Exemple",
        "Office de tourisme de Fictif",
        "Communauté de communes du Fictif",
    ],
)
def test_an_institution_is_no_physiotherapist_and_those_its_page_names_keep_their_own_numbers(institution: str) -> None:
    body = f"""<h1>Professionnels de santé</h1><p>{institution}, 1 place Haute, 42000 Fictif, 04 77 00 00 00</p>
    <h2>Infirmiers</h2><ul><li>Mme DUPONT-TEST Lise, 3 rue Haute, 04 77 00 00 01</li></ul>
    <h2>Kinésithérapeutes</h2><ul><li>M. MARTIN-TEST Éloi – 5 rue Basse – Tél : 04 77 00 00 02</li>
    <li>Mme GRAND-TEST Ida, 7 rue Basse, tél. 04 77 00 00 03, fax 04 77 00 00 04</li></ul>
    <h2>Mairie</h2><p>Le maire, Robert Édile.</p>"""
    for title in (f"Professionnels de santé - {institution}", institution, "Santé"):
        eloi, ida = listed(body, "https://fictif.example/sante", f"<title>{title}</title>")
        assert (eloi.name, eloi.kind, eloi.phones) == ("M. MARTIN-TEST Éloi", ListingKind.PERSON, ("+33477000002",))
        assert (ida.name, ida.phones, ida.profession) == ("Mme GRAND-TEST Ida", ("+33477000003",), "Kinésithérapeutes")
        assert [place.street for place in (*eloi.places, *ida.places)] == ["5 rue Basse", "7 rue Basse"]


def test_an_institution_that_names_nobody_gives_nobody() -> None:
    body = """<h1>Kinésithérapeutes</h1><p>Mairie de Fictif, 1 place Haute, 42000 Fictif, 04 77 00 00 00</p>
    <p>Les kinésithérapeutes de la commune reçoivent sur rendez-vous.</p>"""
    assert listed(body, "https://fictif.example/sante", "<title>Santé - Mairie de Fictif</title>") == []


def test_a_pharmacy_among_the_cards_of_a_list_is_nobody() -> None:
    cards = "".join(
        f"<li>{who}, {number} rue Haute, 26000 Valence, 04 75 00 00 0{number}</li>"
        for number, who in enumerate(("Noa Specimen, kinésithérapeute", "Pharmacie du Port", "Lou Canevas, kiné"), 1)
    )
    found = listed(f"<h1>Kinésithérapeutes à Valence</h1><ul>{cards}</ul>")
    assert [item.name for item in found] == ["Noa Specimen", "Lou Canevas"]


@pytest.mark.parametrize(
    "title",
    [
        "Secrétaire médicale",
        "Assistante médicale",
        "Assistant administratif",
        "Agent d’accueil",
        "Hôtesse d'accueil",
        "Comptable",
        "Standardiste",
        "Secrétaire des kinésithérapeutes",
        "Medical secretary",
    ],
)
def test_who_keeps_the_desk_of_a_practice_is_not_listed_among_its_people(title: str) -> None:
    data = {
        "@type": "Physiotherapy",
        "name": "Kiné Bellevue",
        "address": {"streetAddress": "22 avenue Bellevue", "postalCode": "67000", "addressLocality": "Strasbourg"},
        "employee": [
            {"@type": "Person", "name": "Klara Modèle", "jobTitle": "Masseur-kinésithérapeute"},
            {"@type": "Person", "name": "Hans Exemple", "jobTitle": "Kinésithérapeute assistant"},
            {"@type": "Person", "name": "Odile Bureau", "jobTitle": title},
            {"@type": "EmployeeRole", "roleName": title, "employee": {"@type": "Person", "name": "Ada Bureau"}},
        ],
    }
    found = listed("<h1>Kiné Bellevue</h1>", OWN, f'<script type="application/ld+json">{json.dumps(data)}</script>')
    assert [item.name for item in found] == ["Kiné Bellevue", "Klara Modèle", "Hans Exemple"]


@pytest.mark.parametrize(
    ("words", "people"),
    [
        ("<p>Agnès L’Œuillet et Jérôme Fictif, masseurs-kinésithérapeutes</p>", ["Agnès L’Œuillet", "Jérôme Fictif"]),
        (
            "<p>Bienvenue ! Agnès L’Œuillet et Jérôme Fictif, masseurs-kinésithérapeutes D.E., vous reçoivent.</p>",
            ["Agnès L’Œuillet", "Jérôme Fictif"],
        ),
        (
            "<p>Notre équipe : Agnès L’Œuillet, Lou Canevas &amp; Jérôme Fictif, kinésithérapeutes</p>",
            ["Agnès L’Œuillet", "Lou Canevas", "Jérôme Fictif"],
        ),
        (
            "<h2>Kinésithérapeutes</h2><p>Mme Hoarau-Test Léa, M. Grondin-Test Jean Yves</p>",
            ["Mme Hoarau-Test Léa", "M. Grondin-Test Jean Yves"],
        ),
        ("<h2>Kinésithérapeutes</h2><p>Paul Bloui, Marie Ornano</p>", ["Paul Bloui", "Marie Ornano"]),
        ("<h2>Kinésithérapeutes</h2><p>Paul Bloui, Saint Étienne</p>", ["Paul Bloui"]),
        ("<h2>Kinésithérapeutes</h2><p>Sylvie Accueil, secrétaire</p><p>Paul Bloui</p>", ["Paul Bloui"]),
        (
            "<p>Masseurs-kinésithérapeutes : Mme Hoarau-Test Léa, M. Grondin-Test Jean Yves</p>",
            ["Mme Hoarau-Test Léa", "M. Grondin-Test Jean Yves"],
        ),
        (
            "<p>Les kinés Paul Ébloui et Marie-Ève d’Ornano vous accueillent.</p>",
            ["Paul Ébloui", "Marie-Ève d’Ornano"],
        ),
        ("<p>Masseurs-kinésithérapeutes Saint Étienne, Bourg Fictif</p>", []),
    ],
)
def test_every_name_of_a_line_is_listed(words: str, people: list[str]) -> None:
    address = "<p>14 quai Duperré, 17000 La Rochelle</p><p>05 46 00 00 11</p>"
    _, *found = names(f"<h1>Cabinet de kinésithérapie du Port</h1>{words}{address}", "<title>Cabinet du Port</title>")
    assert found == people
