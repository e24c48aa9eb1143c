"""`roster` as a council's staff use it: workbooks, a monthly extraction, corrections, duplicates, homes never shown."""

import csv
import io

import pytest
from openpyxl import Workbook

from listingguard.cli.review import side_by_side
from listingguard.domain.listing import Listing, Place
from listingguard.domain.practitioner import Practice, Practitioner

from .conftest import ROSTER, RPPS, Desk

DAY = "2026-02-02"
SACHA = "99900000029"
TITLES = ["N° RPPS", "NOM", "Prénom", "Statut", "Adresse", "CP", "Ville", "Tél.", "Adresse privée"]


def workbook(desk: Desk, *rows: list[object], name: str = "tableau.xlsx") -> object:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return desk.file(name, stream.getvalue())


def extraction(desk: Desk, *people: tuple[str, str, str], name: str = "annuaire.txt") -> object:
    head = ["Identifiant PP", "Identification nationale PP", "Nom d'exercice", "Prénom d'exercice", "Code profession"]
    coord = ["Numéro Voie", "Libellé Voie", "Code postal", "Code commune", "Libellé commune"]
    lines = ["|".join([*head, *(f"{c} (coord. structure)" for c in coord)])]
    for number, family, town in people:
        lines.append(f"{number}|8{number}|{family}|CAMILLE|70|1|RUE A|26000|26362|{town}")
    return desk.file(name, "\n".join(lines) + "\n")


PEOPLE = [(f"9990000{n:04}", f"EXEMPLE{n}", "VALENCE") for n in range(100, 130)]


def test_a_workbook_is_tried_then_imported_and_every_row_is_accounted_for(council: Desk) -> None:
    table = workbook(
        council,
        ["Tableau de l’Ordre"],
        TITLES,
        [99900000037, "Canevas", "Lou", "Actif", "5 rue C", 1000, "Bourg", 465710009, None],
        ["1,00012E+10", "Faux", "Numéro"],
        [99900000045, "Fictif", "Charlie", "Radié"],
    )
    tried = council("roster", "import", table, "--dry-run", day=DAY)
    assert "Essai : 2 praticiens au tableau, 1 ligne refusée. Rien n’a été écrit." in tried.said
    done = council("roster", "import", table, day=DAY)
    assert "2 praticiens ajoutés, 0 mis à jour, 0 inchangé ; 1 ligne refusée." in done.said
    assert "tableau.xlsx, feuille « Sheet », ligne 4, colonne « N° RPPS » : le tableur a changé le numéro" in done.said
    assert "ligne 3, colonne « CP » : le code postal 1000 a perdu son zéro ; lu 01000." in done.said
    again = council("roster", "import", table, "--json", day=DAY).json
    assert (again["added"], again["changed"], again["same"]) == (0, 0, 2)
    listed = {p["id"]: p["status"] for p in council("roster", "list", "--json").json}
    assert listed == {RPPS: "active", SACHA: "active", "99900000037": "active", "99900000045": "struck_off"}
    assert "hors tableau" in council("roster", "list").said


def test_someone_struck_off_is_kept_and_no_longer_looked_for(council: Desk) -> None:
    council("watch", "set", RPPS, "yes", "--informed-on", "2026-01-05", "--channel", "courriel", day=DAY)
    council("roster", "set", RPPS, "--status", "retired", "--status-on", "2026-03-01", day=DAY)
    assert "suivi : oui" in council("roster", "show", RPPS, day="2026-02-28").said
    said = council("roster", "show", RPPS, day="2026-03-01").said
    assert "suivi : non" in said
    assert "statut : en retraite depuis le 1er mars 2026" in said


def test_what_a_title_means_is_said_once_and_remembered_in_this_home(council: Desk) -> None:
    table = council.file("matricules.csv", "Matricule;Patro;Petit nom;Statut\n99900000037;Canevas;Lou;Z9\n")
    council("roster", "import", table, code=1, day=DAY)
    said = ("--map", "Matricule=rpps", "--map", "Patro=nom", "--map", "Petit nom=prénom", "--status", "Z9=active")
    tried = council("roster", "import", table, *said, "--dry-run", day=DAY)
    assert "1 praticien au tableau" in tried.said
    council("roster", "import", table, code=1, day=DAY)
    council("roster", "import", table, *said, day=DAY)
    assert "1 inchangé" in council("roster", "import", table, day=DAY).said
    other = council.file("autre.csv", "Matricule;Patro;Autre\n99900000037;Canevas;Lou\n")
    council("roster", "import", other, code=1, day=DAY)


def test_a_monthly_extraction_says_who_came_left_and_moved(council: Desk) -> None:
    march = extraction(council, *PEOPLE[:-1])
    done = council("roster", "import", march, "--department", "26", day="2026-03-01")
    assert "29 praticiens ajoutés" in done.said
    assert "Par rapport" not in done.said
    assert "un premier import n’en montre pas" in council("roster", "list", "--changes").said
    moved = (PEOPLE[1][0], PEOPLE[1][1], "ROMANS")
    april = extraction(council, moved, *PEOPLE[2:], name="avril.txt")
    words = ("roster", "import", april, "--department", "26")
    summary = "Par rapport à ce qui était connu : 1 arrivée, 1 départ et 1 changement d’adresse."
    assert summary in council(*words, "--dry-run", day="2026-04-01").said
    assert "listingguard roster list --changes" in council(*words, day="2026-04-01").said
    lines = council("roster", "list", "--changes", day="2026-04-02").out.replace("\u00a0", " ").splitlines()
    assert [line.split("  ")[1].strip() for line in lines] == ["changement d’adresse", "arrivée", "départ"]
    assert lines[0].endswith("CAMILLE EXEMPLE101 : VALENCE → ROMANS")
    assert len(council("roster", "list", "--changes", "--since", "2026-04-02", "--json", day="2026-04-02").json) == 0
    assert len(council("roster", "list", "--json").json) == 32, "nobody is deleted"
    council(*words, day="2026-04-01")
    assert len(council("roster", "list", "--changes", "--json").json) == 3


def test_an_extraction_cut_short_makes_nobody_leave(council: Desk) -> None:
    council("roster", "import", extraction(council, *PEOPLE), "--department", "26", day="2026-03-01")
    short = ("roster", "import", extraction(council, *PEOPLE[:5], name="b.txt"), "--department", "26")
    refused = council(*short, code=3, day="2026-04-01")
    assert "ne nomme plus 25 personnes sur 30" in refused.said
    assert "--many-left" in refused.said
    assert "25 départs" in council(*short, "--many-left", day="2026-04-01").said


def test_a_complete_table_says_who_is_no_longer_on_it(council: Desk) -> None:
    table = council.file("tout.csv", council.roster)
    council("roster", "import", table, "--complete", day=DAY)
    one = council.file("tout2.csv", "\n".join(council.roster.splitlines()[:2]) + "\n")
    assert "1 départ" in council("roster", "import", one, "--complete", day="2026-02-03").said
    assert "parti du tableau" in council("roster", "show", SACHA, day="2026-02-04").said


def test_a_column_of_lost_zeros_is_said_a_few_times_and_counted(council: Desk) -> None:
    rows = [[99900001000 + n, "Exemple", f"Prénom{n}", "", "", 1000] for n in range(0, 80, 10)]
    done = council("roster", "import", workbook(council, TITLES, *rows), "--dry-run", day=DAY)
    zeros = [line for line in done.said.splitlines() if "a perdu son zéro" in line]
    assert len(zeros) == 5
    assert "… et 3 autres lignes de même, colonne « CP » (toutes : --json)." in done.said


def test_every_refused_row_can_be_taken_to_a_spreadsheet_where_nothing_is_computed(council: Desk) -> None:
    table = council.file("t.csv", "=A1+1;NOM;Prénom;CP\n12;Exemple;Camille;26000\n;@Modèle;Sacha;26000\n")
    report = council.home.parent / "rapport.csv"
    words = ("roster", "import", table, "--map", "=A1+1=rpps", "--report", report, "--dry-run")
    council(*words, day=DAY)
    rows = list(csv.reader(io.StringIO(report.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Ligne", "Quoi", "Fichier", "Feuille", "Colonne", "Pourquoi"]
    assert [row[:2] + row[4:5] for row in rows[1:]] == [["2", "refusée", "'=A1+1"], ["3", "à vérifier", "NOM"]]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert "existe déjà" in council(*words, code=1, day=DAY).said


@pytest.mark.parametrize("title", ["Statut", "Date de radiation"])
def test_an_empty_cell_takes_no_status_back(council: Desk, title: str) -> None:
    council("roster", "set", RPPS, "--status", "struck_off", "--status-on", "2026-01-15", day=DAY)
    assert "statut : hors tableau (radiation)" in council("roster", "show", RPPS, day=DAY).said
    head, *rows = council.roster.splitlines()
    table = council.file("t.csv", "\n".join([f"{head};{title}", *(f"{row};" for row in rows)]) + "\n")
    council("roster", "import", table, day=DAY)
    assert {p["id"]: p["status"] for p in council("roster", "list", "--json").json}[RPPS] == "struck_off"
    if title == "Statut":
        active = council.file("u.csv", "\n".join([f"{head};{title}", *(f"{row};Actif" for row in rows)]) + "\n")
        council("roster", "import", active, day=DAY)
        assert {p["id"]: p["status"] for p in council("roster", "list", "--json").json}[RPPS] == "active"


def test_a_wrong_number_renames_nobody_and_the_way_out_works(council: Desk) -> None:
    text = f"N° RPPS;NOM;Prénom;Adresse;CP;Ville\n{RPPS};Durand d'Or;Camille;9 rue Autre;26100;Romans\n"
    table = council.file("t.csv", text)
    said = council("roster", "import", table, day=DAY).said
    assert "1 ligne refusée" in said
    assert f"le numéro {RPPS} est au tableau celui de Camille EXEMPLE, pas de Camille DURAND D" in said
    assert f"listingguard roster set {RPPS} --usage-name" in said
    assert council("roster", "show", RPPS, "--json").json["practices"][0]["street"] == "12 rue des Essais"
    council("roster", "set", RPPS, "--usage-name", "Durand d'Or", day=DAY)
    assert "1 changement d’adresse" in council("roster", "import", table, day=DAY).said
    kinds = [line.split("  ")[1].strip() for line in council("roster", "list", "--changes").out.splitlines()]
    assert set(kinds) == {"changement d’adresse", "changement de nom"}


# -- homes


def test_a_home_is_shown_to_nobody_who_did_not_ask(council: Desk) -> None:
    home = "12 rue Secrète 26100 Romans"
    table = workbook(council, TITLES, [99900000037, "Canevas", "Lou", "", "5 rue C", "26000", "Valence", "", home])
    done = council("roster", "import", table, day=DAY)
    shown = [
        done,
        council("roster", "list"),
        council("roster", "list", "--json"),
        council("roster", "show", "99900000037"),
    ]
    shown.append(council("roster", "show", "99900000037", "--json"))
    shown.append(council("roster", "list", "--changes", "--json"))
    assert all("Secrète" not in each.said and "Romans" not in each.said for each in shown)
    assert "adresse personnelle, non affichée" in shown[3].said
    asked = council("roster", "show", "99900000037", "--private", day=DAY)
    assert "12 rue Secrète, 26100 Romans (adresse personnelle)" in asked.said
    assert b"roster.private" in council.everything()["listingguard.db"], "who asked is noted"


def test_a_later_extraction_does_not_make_a_home_public(council: Desk) -> None:
    council("roster", "set", RPPS, "--private", day=DAY)
    council("roster", "import", council.file("t.csv", council.roster), day=DAY)
    assert "non affichée" in council("roster", "show", RPPS).said
    council("roster", "set", RPPS, "--public", day=DAY)
    assert "12 rue des Essais" in council("roster", "show", RPPS).said


def test_a_listing_is_set_beside_a_home_without_showing_where_it_is_nor_its_phone() -> None:
    home = Practice("", "8 chemin Haut", "26100", "Romans", phones=("+33475000001",), private=True)
    person = Practitioner(RPPS, "Exemple", "Camille", rpps=RPPS, practices=(home,))
    place = Place("8 chemin Haut", "26100", "Romans", phones=("+33475000001",))
    shown = Listing("x.example", "1", "https://x.example/1", "Camille Exemple", places=(place,))
    lines: list[str] = []
    side_by_side(shown, person, "AU TABLEAU", lambda text, *words: lines.append(text.format(*words)))
    said = "\n".join(lines)
    assert "(adresse personnelle)" in said
    assert "(téléphone personnel)" in said
    # Once each: on the site's side.
    assert [said.count(word) for word in ("8 chemin Haut", "26100 Romans", "04 75 00 00 01")] == [1, 1, 1]


# -- add, set


def test_a_person_is_added_and_corrected_in_every_field(council: Desk) -> None:
    who = ("--family-name", "Canevas", "--first-name", "Lou")
    added = council("roster", "add", *who, "--postcode", "1000", "--town", "Bourg", "--json", day=DAY).json
    assert added["id"].startswith("local-")
    number = added["id"]
    place = ("--street", "8 place du Marché", "--postcode", "26100", "--town", "Romans", "--since", "2026-01-01")
    more = ("--usage-name", "Trame", "--other-first-names", "Zoé, Ève", "--civility", "Mme", "--mobile", "0639980001")
    council("roster", "set", number, *place, *more, "--email", "lou@cabinet.example", day=DAY)
    person = council("roster", "show", number, "--json").json
    assert (person["family_name"], person["usage_name"], person["civility"]) == ("Canevas", "Trame", "madame")
    assert (person["other_first_names"], person["mobile"]) == (["Zoé", "Ève"], "+33639980001")
    assert [(p["postcode"], p["since"]) for p in person["practices"]] == [("01000", None), ("26100", "2026-01-01")]
    council("roster", "set", number, "--at", "26100", "--phone", "0475000001", "--practice-name", "Cabinet", day=DAY)
    council("roster", "set", number, "--at", "01000", "--left", "2026-01-31", day=DAY)
    old, new = council("roster", "show", number, "--json").json["practices"]
    assert (new["phones"], new["name"], new["until"]) == (["+33475000001"], "Cabinet", None)
    assert old["until"] == "2026-01-31"
    council("roster", "set", number, "--usage-name", "", day=DAY)
    assert council("roster", "show", number, "--json").json["usage_name"] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", RPPS), "Que faut-il corriger"),
        (("set", RPPS, "--at", "99999", "--phone", "0475000001"), "--at"),
        (("set", RPPS, "--family-name", ""), "--family-name"),
        (("set", "99900000037", "--email", "a@b.example"), "99900000037"),
        (("add", "--rpps", "1,00012E+10", "--family-name", "A", "--first-name", "B"), "--rpps"),
        (("add", "--rpps", RPPS, "--family-name", "Autre", "--first-name", "Nom"), f"roster set {RPPS}"),
        (("add", "--first-name", "B"), "--family-name"),
        (("list", "--since", "2026-01-01"), "--changes"),
        (("import", "absent.csv"), "absent.csv"),
        (("merge", RPPS, RPPS), "deux fois"),
        (("merge", RPPS, "local-x"), "local-x"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    words: tuple[str, ...], said: str, council: Desk
) -> None:
    before = council.everything()
    assert said in council("roster", *words, code=1, day=DAY).said
    assert council.everything() == before


# -- two rows, one person


def test_a_number_that_came_later_joins_the_row_that_had_none(council: Desk) -> None:
    rows = "NOM;Prénom;Adresse;CP;Ville\nCanevas;Lou;5 rue C;26000;Valence\n"
    council("roster", "import", council.file("a.csv", rows), day=DAY)
    (local,) = [p["id"] for p in council("roster", "list", "--json").json if p["id"].startswith("local-")]
    council("watch", "set", local, "yes", "--informed-on", "2026-01-05", "--channel", "courriel", day=DAY)
    platform = ("--platform", "doctolib.fr", "--from", "2025-01-01", "--given-by", "practitioner")
    council("authorisation", "add", "--rpps", local, *platform, day=DAY)
    council(
        "roster", "import", council.file("b.csv", f"N° RPPS;{rows.replace('Canevas', '99900000037;Canevas')}"), day=DAY
    )
    proposed = council("roster", "duplicates", day=DAY).said
    assert f"listingguard roster merge 99900000037 {local}" in proposed
    assert "même adresse" in proposed
    council("roster", "merge", "99900000037", local, day=DAY)
    said = council("roster", "show", "99900000037", day=DAY).said
    assert f"aussi au tableau sous : {local}" in said
    assert "suivi : oui" in said
    assert "doctolib.fr" in said
    assert council("roster", "show", local, day=DAY).out == council("roster", "show", "99900000037", day=DAY).out
    assert len(council("roster", "list", "--json").json) == 3
    assert council("roster", "duplicates", "--json", day=DAY).json == []
    council("roster", "unmerge", "99900000037", local, day=DAY)
    assert "doctolib.fr" not in council("roster", "show", "99900000037", day=DAY).said
    assert "doctolib.fr" in council("roster", "show", local, day=DAY).said
    assert council("roster", "duplicates", "--json", day=DAY).json == []


def test_a_case_is_found_under_the_row_it_was_merged_into(council: Desk) -> None:
    council("watch", "set", RPPS, "yes", "--informed-on", "2026-01-05", "--channel", "courriel", day=DAY)
    seen = ("--url", council.url, "--seen-at", "2026-01-09 10:00")
    council("capture", "import", council.page, *seen, day=DAY)
    local = council("roster", "add", "--family-name", "Exemple", "--first-name", "Camille", "--json", day=DAY).json[
        "id"
    ]
    sent = ("--sent", "2026-01-10", "--letter", council.file("l.txt"), "--proof", council.file("p.txt"))
    case = council("case", "add", "--rpps", local, "--url", council.url, *sent, "--json", day=DAY).json
    number = case["case"]
    merged = council("roster", "merge", RPPS, local, day=DAY)
    assert council("roster", "show", RPPS, "--json", day=DAY).json["cases"] == ["CDO26-2026-0001", number]
    # Each row had its own: nothing is closed by itself, a person is told.
    assert f"2 dossiers sur doctolib.fr : CDO26-2026-0001 et {number}" in merged.said
    assert "Camille EXEMPLE" in council("case", "show", number, day=DAY).said
    council("doctor", day=DAY)


def test_a_file_that_no_longer_names_somebody_says_who_though_nobody_said_it_was_complete(council):
    shorter = council.file("plus-court.csv", "".join(ROSTER.splitlines(keepends=True)[:2]))
    said = council("roster", "import", shorter, day="2026-01-06").said
    assert "1 personne du tableau n’est pas dans ce fichier : Sacha MODÈLE." in said
    assert "--complete" in said
    assert council("roster", "import", shorter, "--json", day="2026-01-06").json["unnamed"] == ["Sacha MODÈLE"]
    council("roster", "import", shorter, "--complete", "--many-left", day="2026-01-06")
    assert "n’est pas dans ce fichier" not in council("roster", "import", shorter, day="2026-01-06").said


def test_a_practice_without_a_street_is_shown_without_a_stray_comma(council):
    who = ("--rpps", "99900000037", "--family-name", "ESSAI", "--first-name", "Noa")
    council("roster", "add", *who, "--postcode", "26000", "--town", "Valence", day=DAY)
    assert "cabinet : 26000 Valence" in council("roster", "show", "99900000037", day=DAY).said
