"""Legal notices: who publishes a site, never who hosts it; a proposal that any TOML reader takes, whatever the page says."""

import json
import time
import tomllib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from listingguard.domain.listing import Page
from listingguard.pages.legal import Notice, as_json, as_toml, read_notice

URL = "https://www.rdv-exemple.example/mentions-legales"
DAY = date(2026, 3, 5)
# A number whose key is right: a French company's, taken from the register; another company's for the host.
SIREN, HOST_SIREN = "794 598 813", "424 761 419"


def page(body: str, head: str = "") -> Page:
    html = f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    return Page(URL, URL, 200, (), html.encode(), datetime.now(UTC))


def notice(body: str, head: str = "") -> Notice:
    found = read_notice(page(body, head))
    assert found is not None
    return found


def record(found: Notice) -> dict[str, Any]:
    """Return the record as TOML gives it back."""
    (only,) = tomllib.loads(as_toml(found, DAY))["controller"].values()
    return dict(only)


HOST = f"""<h2>Hébergement</h2><p>Raison sociale : Machine Fictive SAS au capital de 50 000 000 €</p>
<p>Siège social : 2 rue de la Machine, 59100 Roubaix</p><p>RCS Lille {HOST_SIREN}</p><p>contact@hebergeur.example</p>"""

IN_PARTS = f"""<nav>Menu</nav><h1>Mentions légales</h1><h2>Éditeur du site</h2>
<p>Exemple Santé, SAS au capital de 10 000 €<br>Siège social : 12 avenue des Essais, 75010 Paris<br>RCS Paris {SIREN}<br>
N° TVA : FR12794598813<br>Tél. : 01 40 00 00 00<br>Courriel : contact@rdv-exemple.example</p>
<h2>Directeur de la publication</h2><p>Mme Camille Exemple</p>{HOST}
<h2>Données personnelles</h2><p>Notre délégué à la protection des données : dpo [at] rdv-exemple.example, ou par courrier :
DPO, 14 avenue des Essais, 75010 Paris. Vous pouvez saisir la CNIL.</p>
<h2>Crédits</h2><p>Agence Fictive SARL, 1 rue Haute, 69001 Lyon, agence@agence.example</p>"""

ONE_PARAGRAPH = f"""<h1>Mentions légales</h1><p>Le site www.rdv-exemple.example est édité par la société EXEMPLE SANTÉ, société
par actions simplifiée au capital de 10 000 euros, immatriculée au Registre du Commerce et des Sociétés de Paris sous le numéro
{SIREN}, dont le siège social est situé 12 avenue des Essais, 75010 Paris. Le directeur de la publication est Madame Camille
Exemple. Le site est hébergé par Machine Fictive SAS, 2 rue de la Machine, 59100 Roubaix, RCS Lille {HOST_SIREN}. Pour exercer
vos droits (RGPD), écrivez à dpo@rdv-exemple.example.</p>"""

HOST_FIRST = f"""<h1>Informations légales</h1>{HOST}<h2>Éditeur</h2><table>
<tr><td>Raison sociale</td><td>Exemple Santé</td></tr><tr><td>Forme juridique</td><td>S.A.S.</td></tr>
<tr><td>Siège social</td><td>12 avenue des Essais, 75010 Paris</td></tr><tr><td>SIRET</td><td>{SIREN} 00012</td></tr>
<tr><td>Directrice de la publication</td><td>Camille Exemple</td></tr><tr><td>RCS</td><td>Paris {SIREN}</td></tr></table>
<h2>Vie privée</h2><p>dpo@rdv-exemple.example</p>"""


@pytest.mark.parametrize("body", [IN_PARTS, ONE_PARAGRAPH, HOST_FIRST], ids=["parts", "paragraph", "host-first"])
def test_the_publisher_comes_out_and_the_host_never_in_its_place(body: str) -> None:
    told = record(notice(body))
    assert told["name"].upper() == "EXEMPLE SANTÉ"
    assert (told["legal_form"], told["siren"], told["rcs"]) == ("SAS", "794598813", f"RCS Paris {SIREN}")
    assert (told["street"], told["postcode"], told["town"]) == ("12 avenue des Essais", "75010", "Paris")
    assert (told["country"], told["email"]) == ("France", "dpo@rdv-exemple.example")
    document = as_json(notice(body), DAY)
    assert document["director"].endswith("Camille Exemple")
    assert document["host"].startswith("Machine Fictive")
    assert "Roubaix" not in json.dumps(document["record"])


def test_what_a_letter_does_not_need_is_told_beside() -> None:
    document = as_json(notice(IN_PARTS), DAY)
    assert (document["capital"], document["privacy_address"]) == ("10 000 €", "14 avenue des Essais, 75010 Paris")
    assert document["contacts"] == ["dpo@rdv-exemple.example", "contact@rdv-exemple.example", "agence@agence.example"]
    assert document["record"]["attention"] == "Délégué à la protection des données (DPO)"


def test_a_proposal_is_never_taken_for_a_verified_record() -> None:
    found = notice(IN_PARTS, "<meta property='og:site_name' content='RDV Exemple'>")
    told = record(found)
    assert told["verified_on"] == ""
    assert (told["quality"], told["source"], told["source_date"]) == ("scraped", URL, "2026-03-05")
    assert (told["platform_name"], told["platforms"]) == ("RDV Exemple", ["rdv-exemple.example"])
    assert "[controller.rdv-exemple]" in as_toml(found, DAY)


def test_the_phrase_of_each_value_stands_above_it() -> None:
    lines = as_toml(notice(IN_PARTS), DAY).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("siren"))
    assert lines[at - 1] == f"# lu\u00a0: RCS Paris {SIREN}"
    street = next(i for i, line in enumerate(lines) if line.startswith("street"))
    assert "Siège social : 12 avenue des Essais" in lines[street - 1]


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("Exemple, société à responsabilité limitée au capital de 1 €", "SARL"),
        ("Exemple SASU au capital de 1 €", "SASU"),
        ("SELARL Exemple au capital de 1 €", "SELARL"),
        ("Exemple, Association loi 1901", "association"),
        ("Exemple, auto-entrepreneur", "micro-entreprise"),
        ("Exemple, société anonyme au capital de 1 €", "SA"),
        ("Exemple, sa marque et ses équipes", ""),
    ],
)
def test_a_legal_form_is_told_only_where_it_is_written(words: str, form: str) -> None:
    found = notice(f"<h2>Éditeur</h2><p>{words}</p>")
    assert (found.value("name"), found.value("legal_form")) == ("Exemple", form)


def test_a_siren_whose_key_is_wrong_is_never_proposed() -> None:
    found = notice("<h2>Éditeur</h2><p>Exemple Santé SAS</p><p>RCS Paris 123 456 789</p>")
    told = record(found)
    assert (told["siren"], told["rcs"]) == ("", "")
    assert "123456789" in as_toml(found, DAY).partition("[controller")[0]


def test_a_general_address_is_no_data_protection_contact() -> None:
    found = notice("<h2>Éditeur</h2><p>Exemple Santé SAS</p><p>Courriel : contact@rdv-exemple.example</p>")
    assert record(found)["email"] == ""
    assert [said.value for said in found.contacts] == ["contact@rdv-exemple.example"]


@pytest.mark.parametrize(
    "body",
    ["", "<h1>Accueil</h1><p>Bonjour</p>", f"<h1>Informations</h1>{HOST}", "<h1>Mentions légales</h1><p>À venir.</p>"],
    ids=["empty", "home", "only-the-host", "to-come"],
)
def test_a_page_that_names_no_publisher_proposes_nothing(body: str) -> None:
    assert read_notice(page(body)) is None


@pytest.mark.parametrize(
    "authority",
    [
        "Vous pouvez saisir la CNIL, 3 place de Fontenoy, 75007 Paris, www.cnil.fr",
        "Réclamation : CNIL, 3 Place de Fontenoy, TSA 80715, 75334 Paris Cedex 07",
        "Réclamation :</p><p>CNIL</p><p>3 Place de Fontenoy</p><p>TSA 80715</p><p>75334 PARIS CEDEX 07",
        "Réclamation : Commission nationale de l’informatique et des libertés (CNIL), 8 rue Vivienne, 75083 Paris Cedex 02",
        "CNIL – Service des plaintes – TSA 80715 – 75334 Paris Cedex 07",
    ],
)
def test_the_authority_s_address_is_never_the_platform_s(authority: str) -> None:
    publisher = f"<h2>Éditeur</h2><p>Exemple Santé SAS, RCS Paris {SIREN}</p>"
    alone = as_json(notice(f"{publisher}<h2>Données personnelles</h2><p>{authority}</p>"), DAY)
    assert alone["privacy_address"] == ""
    assert as_json(notice(f"{publisher}<p>{authority}</p>"), DAY)["record"]["street"] == ""
    both = f"{publisher}<h2>Données personnelles</h2><p>{authority}</p><p>DPO, 14 avenue des Essais, 75010 Paris</p>"
    assert as_json(notice(both), DAY)["privacy_address"] == "14 avenue des Essais, 75010 Paris"
    both = f"{publisher}<h2>Données personnelles</h2><p>DPO, 14 avenue des Essais, 75010 Paris</p><p>{authority}</p>"
    assert as_json(notice(both), DAY)["privacy_address"] == "14 avenue des Essais, 75010 Paris"


@pytest.mark.parametrize("written", ["R.C.S. de Nanterre sous le n°", "R.C.S. Nanterre", "R.C.S NANTERRE n°"])
def test_a_register_with_full_stops_is_read_like_one_without(written: str) -> None:
    told = record(
        notice(
            f"<h1>Mentions légales</h1><p>Le site est édité par la S.A.S. Exemple Santé, immatriculée au {written} {SIREN}, "
            "dont le siège social est situé 12 avenue des Essais, 92100 Boulogne. Le site est hébergé par Machine SA.</p>"
        )
    )
    assert (told["name"], told["legal_form"], told["siren"]) == ("Exemple Santé", "SAS", "794598813")
    assert told["rcs"].upper() == f"RCS NANTERRE {SIREN}"
    assert (told["street"], told["country"]) == ("12 avenue des Essais", "France")


def test_a_director_behind_an_abbreviated_civility_is_read() -> None:
    body = "<h1>Mentions légales</h1><p>Éditeur : Exemple SAS. Directeur de la publication : M. Camille Exemple.</p>"
    assert notice(body).value("director") == "M. Camille Exemple"


@pytest.mark.parametrize(
    ("seat", "street"),
    [
        ("siège : Zone d'activité de la Croix, bâtiment B, BP 12, 26500 BOURG-LÈS-VALENCE", True),
        ("siège social situé Zone d'activité de la Croix, bâtiment B, BP 12, 26500 BOURG-LÈS-VALENCE", True),
        ("siège social : 26500 BOURG-LÈS-VALENCE", False),
        ("siège social à Bourg-lès-Valence, 26500 BOURG-LÈS-VALENCE", False),
    ],
)
def test_a_seat_without_a_numbered_street_is_kept_whole(seat: str, street: bool) -> None:
    told = record(notice(f"<h1>Mentions légales</h1><p>Editeur du site : EXEMPLE SARL – SIREN {SIREN} – {seat}.</p>"))
    assert told["street"] == ("Zone d'activité de la Croix, bâtiment B, BP 12" if street else "")
    assert (told["postcode"], told["town"]) == ("26500", "BOURG-LÈS-VALENCE")


GERMAN = (
    "<h1>Impressum</h1><h2>Angaben gemäß § 5 DDG</h2><p>Beispiel Gesundheit GmbH<br>Unter den Eichen 1<br>99084 Erfurt</p>"
    "<h2>Kontakt</h2><p>E-Mail: datenschutz@beispiel.example</p><h2>Vertreten durch</h2><p>Geschäftsführer: Max Muster</p>"
    "<h2>Registereintrag</h2><p>Handelsregister: HRB 123456<br>Registergericht: Amtsgericht Jena</p>"
    "<h2>Hosting</h2><p>Maschine GmbH, Hafenstr. 3, 20457 Hamburg, Handelsregister: HRB 999, Amtsgericht Hamburg</p>",
    "<h1>Legal notice</h1><p>This website is published by Beispiel Gesundheit GmbH, Unter den Eichen 1, 99084 Erfurt, Germany. "
    "Handelsregister: HRB 123456, Amtsgericht Jena. Managing director: Max Muster. Privacy: datenschutz@beispiel.example.</p>",
    "<h1>Mentions légales</h1><p>Éditeur : Beispiel Gesundheit GmbH, Unter den Eichen 1, D-99084 Erfurt, Allemagne. "
    "Amtsgericht Jena, HRB 123456. Données personnelles : datenschutz@beispiel.example. Hébergeur : Maschine GmbH, "
    "Hafenstr. 3, 20457 Hamburg, HRB 999</p>",
)


@pytest.mark.parametrize("body", GERMAN, ids=["german", "english", "french"])
def test_a_german_company_comes_out_with_its_register_number(body: str) -> None:
    told = record(notice(body))
    assert (told["name"], told["legal_form"]) == ("Beispiel Gesundheit", "GmbH")
    assert (told["street"], told["postcode"], told["town"]) == ("Unter den Eichen 1", "99084", "Erfurt")
    assert (told["country"], told["rcs"], told["siren"]) == ("Allemagne", "HRB 123456, Amtsgericht Jena", "")
    assert told["email"] == "datenschutz@beispiel.example"


def test_a_german_host_alone_is_no_publisher() -> None:
    assert (
        read_notice(
            page("<h1>Informations</h1><h2>Hébergeur</h2><p>Maschine GmbH, Hafenstr. 3, 20457 Hamburg, HRB 9</p>")
        )
        is None
    )


HOSTILE = '"]\n[controller.evil]\nname = "x" # \\ \x7f \x00 \u2028 \ud83d'


def test_no_text_of_the_page_leaves_its_place_in_the_proposal() -> None:
    safe = HOSTILE.encode("utf-8", "replace").decode()
    for where in ("<p>Raison sociale : Exemple {0}</p>", "<p>Exemple SAS {0}</p>", "<p>Forme : SAS {0}</p>"):
        body = f"<h2>Éditeur</h2>{where.format(safe)}<p>RCS Paris {SIREN} {safe}</p>"
        found = notice(body, f"<meta property='og:site_name' content='A {safe}'>")
        document = tomllib.loads(as_toml(found, DAY))
        assert list(document["controller"]) == ["rdv-exemple"]
        assert document["controller"]["rdv-exemple"]["verified_on"] == ""
        assert all(line.isprintable() for line in as_toml(found, DAY).replace("\u00a0", " ").splitlines())


@pytest.mark.parametrize(
    "body",
    [
        "<h2>Éditeur</h2><p>" + "Raison sociale : " * 60_000,
        "<p>" + "794 598 813 RCS " * 60_000,
        "<h2>Éditeur</h2><p>" + "société " * 100_000,
        "<p>Éditeur</p><p>a@a.fr 12 rue Haute 75010 Paris</p>" * 10_000,
        "<p>" + "hébergeur éditeur directeur de la publication " * 20_000,
        "<h2>Données personnelles</h2>" + ("<p>" + "siège CNIL " * 80 + "26500 Die") * 6_000,
        "<h2>Éditeur</h2>" + ("<p>" + "siège social by " * 50 + "26500 Die") * 6_000,
        "<h1>Impressum</h1><p>HRB 12</p>" + ("<p>by GmbHs " + "Haupt 1 by " * 80) * 6_000,
    ],
    ids=["labels", "numbers", "companies", "lines", "turns", "authorities", "seats", "german"],
)
def test_a_hostile_notice_ends_soon(body: str) -> None:
    started = time.process_time()
    read_notice(page(body))
    assert time.process_time() - started < 6
