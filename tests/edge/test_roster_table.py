"""Tables as councils keep them: titles in their words, above them a heading, private addresses, statuses, dates."""

import io
from datetime import date

import pytest

from listingguard.domain.practitioner import Practice, Status
from listingguard.edge.roster import RosterFile, read_roster
from listingguard.edge.roster.header import COLUMNS, header_key, meaning
from listingguard.edge.roster.row import local_id
from listingguard.errors import BadInput

NB = "\u00a0"


def table(text: str, **said: object) -> RosterFile:
    return read_roster(io.BytesIO(text.encode()), "tableau.csv", **said)


def one(text: str, **said: object):
    read = table(text, **said)
    assert read.refused == ()
    (person,) = read.practitioners
    return person


# -- titles


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("N° RPPS", "rpps"),
        ("Numéro  RPPS", "rpps"),
        ("NOM", "family_name"),
        ("Nom d’usage", "usage_name"),
        ("NOM D'USAGE", "usage_name"),
        ("Nom de\nnaissance", "birth_name"),
        ("Prénom(s)", "first_name"),
        ("Civilité", "civility"),
        ("Tél. portable", "mobile"),
        ("Portable", "mobile"),
        ("Mail", "email"),
        ("Courriel", "email"),
        ("E-mail professionnel", "email"),
        ("Statut", "status"),
        ("Date de radiation", "struck_on"),
    ],
)
def test_a_title_of_the_person_is_understood_whatever_its_case_accents_and_line_breaks(title: str, field: str) -> None:
    found = meaning(title)
    assert found is not None
    assert (found.field, found.of_site) == (field, False)


@pytest.mark.parametrize(
    ("title", "field", "site"),
    [
        ("CP", "postcode", None),
        ("C.P.", "postcode", None),
        ("Code postal", "postcode", None),
        ("CODE POSTAL DU CABINET", "postcode", None),
        ("Ville", "town", None),
        ("Commune d’exercice", "town", None),
        ("Tél.", "phone", None),
        ("N° de téléphone", "phone", None),
        ("Téléphone professionnel", "phone", None),
        ("Adresse 2", "street", 2),
        ("CP cabinet secondaire", "postcode", 2),
        ("Nom du cabinet 2", "name", 2),
        ("Adresse personnelle", "street", 0),
        ("CP domicile", "postcode", 0),
        ("Tél. privé", "phone", 0),
        ("Domicile", "private", None),
    ],
)
def test_a_title_of_a_practice_says_which_one(title: str, field: str, site: int | None) -> None:
    found = meaning(title)
    assert found is not None
    assert (found.of_site, found.field, found.site) == (True, field, site)


@pytest.mark.parametrize("title", ["N°", "Observations", "N° d’ordre", "Date de naissance", "Nom du conjoint", "", " "])
def test_a_title_that_means_something_else_is_not_guessed(title: str) -> None:
    assert meaning(title) is None


def test_each_of_our_own_titles_means_itself() -> None:
    for name in COLUMNS:
        found = meaning(name.upper())
        assert found is not None
        assert name.endswith(found.field)


def test_the_header_is_found_under_a_heading_and_a_count() -> None:
    text = (
        "Conseil départemental;;;\nTableau au 01/03/2026;;;\n;;;\nNOM;Prénom;CP;Ville\nExemple;Camille;26000;Valence\n"
    )
    assert one(text).practices[0].town == "Valence"
    late = "x;;\n" * 19 + "NOM;Prénom;CP\nExemple;Camille;26000\n"
    assert one(late).family_name == "Exemple"
    with pytest.raises(BadInput, match="20 premières lignes"):
        table("x;;\n" + late)


def test_a_refused_row_says_the_line_of_the_file_and_the_title_the_council_wrote() -> None:
    text = 'Tableau;;\n"N°\nRPPS";NOM;Prénom\n1,00012E+10;Exemple;Camille\n99900000029;Modèle;\n'
    said = [str(row) for row in table(text).refused]
    assert said[0].startswith(f"tableau.csv, ligne 4, colonne «{NB}N° RPPS{NB}»{NB}: le tableur a changé le numéro")
    assert said[1] == f"tableau.csv, ligne 5, colonne «{NB}Prénom{NB}»{NB}: la cellule est vide."


def test_titles_on_two_lines_are_read_together() -> None:
    person = one("NOM;Prénom;Adresse;;\n;;Rue;CP;Ville\nExemple;Camille;1 rue A;26000;Valence\n")
    assert person.practices == (Practice(street="1 rue A", postcode="26000", town="Valence"),)


def test_columns_that_are_not_read_are_said_once_with_the_cure() -> None:
    read = table("NOM;Prénom;Loisirs;Groupe\nExemple;Camille;x;y\nModèle;Sacha;x;y\n")
    (warning,) = read.warnings
    assert f"«{NB}Loisirs{NB}», «{NB}Groupe{NB}»" in warning.reason
    assert "--map" in warning.reason


def test_what_a_title_means_can_be_said_and_is_found_again_for_the_same_titles() -> None:
    text = "Matricule;Patro;Petit nom\n99900000011;Exemple;Camille\n"
    with pytest.raises(BadInput, match="en-tête"):
        table(text)
    read = table(text, maps=["MATRICULE=rpps", "patro=Nom", "Petit  Nom=prénom"])
    assert [p.full_name for p in read.practitioners] == ["Camille EXEMPLE"]
    again = table("petit nom;PATRO;matricule\nCamille;Exemple;99900000011\n", remembered={read.headers: read.said})
    assert again.practitioners == read.practitioners
    with pytest.raises(BadInput, match="en-tête"):
        table("petit nom;PATRO;autre\nCamille;Exemple;x\n", remembered={read.headers: read.said})


def test_a_title_said_to_be_ignored_is() -> None:
    text = "NOM;Nom;Prénom\nExemple;Autre;Camille\n"
    with pytest.raises(BadInput, match="deux fois"):
        table(text)
    assert one("NOM;Nom abrégé;Prénom\nExemple;E.;Camille\n", maps=["Nom abrégé=ignorer"]).family_name == "Exemple"
    assert table("NOM;Loisirs;Prénom\nExemple;x;Camille\n", maps=["Loisirs=ignorer"]).warnings == ()


@pytest.mark.parametrize(("said", "told"), [("x", "TITRE=champ"), ("=nom", "TITRE=champ"), ("a=couleur", "couleur")])
def test_a_meaning_that_is_none_is_refused(said: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        table("NOM;Prénom\nA;B\n", maps=[said])


def test_the_key_of_a_set_of_titles_does_not_depend_on_order_case_and_accents() -> None:
    assert header_key(["N° RPPS", "Prénom", ""]) == header_key(["PRENOM", "n° rpps"])
    assert header_key(["N° RPPS"]) != header_key(["Prénom"])


# -- names


def test_the_name_of_birth_is_the_family_name_and_the_other_is_in_use() -> None:
    person = one("NOM;Nom de naissance;Prénom\nModèle;Exemple;Camille\n")
    assert (person.family_name, person.usage_name) == ("Exemple", "Modèle")
    same = one("NOM;Nom de naissance;Prénom\nExemple;EXEMPLE;Camille\n")
    assert (same.family_name, same.usage_name) == ("EXEMPLE", "")
    only = one("Nom d'usage;Prénom\nModèle;Camille\n")
    assert (only.family_name, only.usage_name) == ("Modèle", "")


@pytest.mark.parametrize("cell", ["EXEMPLE-MODÈLE Camille", "Camille EXEMPLE-MODÈLE", "Mme EXEMPLE-MODÈLE Camille"])
def test_both_names_in_one_cell_are_told_apart_by_the_capitals(cell: str) -> None:
    person = one(f"Nom et prénom;CP\n{cell};26000\n")
    assert (person.family_name, person.first_name) == ("EXEMPLE-MODÈLE", "Camille")


@pytest.mark.parametrize("cell", ["Exemple Camille", "EXEMPLE CAMILLE", "EXEMPLE"])
def test_both_names_in_one_cell_are_never_guessed(cell: str) -> None:
    (row,) = table(f"Nom et prénom;CP\n{cell};26000\n").refused
    assert "en capitales" in row.reason


# -- numbers


@pytest.mark.parametrize(
    "cell", ["99900000011", "99900000011.0", "99900000011,00", '"=""99900000011"""', "899900000011"]
)
def test_a_number_a_spreadsheet_wrote_in_full_is_taken(cell: str) -> None:
    read = table(f"RPPS;NOM;Prénom\n{cell};Exemple;Camille\n")
    assert [p.rpps for p in read.practitioners] == ["99900000011"]
    assert (read.refused, read.warnings) == ((), ())


@pytest.mark.parametrize("cell", ["1.00012E+10", "1,00012E+10", "1E10", "10001200000", "10001200000.0"])
def test_a_number_a_spreadsheet_rounded_is_refused_with_the_cure(cell: str) -> None:
    (row,) = table(f"RPPS;NOM;Prénom\n{cell};Exemple;Camille\n").refused
    assert row.column == "RPPS"
    assert "saisissez à nouveau les 11 chiffres" in row.reason


def test_a_zero_that_was_lost_is_put_back_with_a_warning() -> None:
    read = table("NOM;Prénom;CP;Tél.;Portable\nExemple;Camille;1000;465710001;639980001.0\n")
    (person,) = read.practitioners
    assert person.practices[0].postcode == "01000"
    assert person.practices[0].phones == ("+33465710001",)
    assert person.mobile == "+33639980001"
    assert [w.column for w in read.warnings] == ["CP", "Tél.", "Portable"]
    assert all("a perdu son zéro" in w.reason for w in read.warnings)


def test_two_phones_of_one_practice_stay_with_it() -> None:
    for text in (
        "NOM;Prénom;CP;Tél.;Tél. 2\nE;C;26000;0475000001;0475000002\n",
        "NOM;Prénom;CP;Tél.;Téléphone\nE;C;26000;0475000001;0475000002\n",
        "NOM;Prénom;CP;Tél.\nE;C;26000;04 75 00 00 01 / 04 75 00 00 02\n",
    ):
        (practice,) = one(text).practices
        assert practice.phones == ("+33475000001", "+33475000002")


# -- practices


def test_two_lines_of_one_address_and_two_addresses_are_told_apart() -> None:
    lines = one("NOM;Prénom;Adresse 1;Adresse 2;CP;Ville\nE;C;1 rue A;Bât. B;26000;Valence\n")
    assert lines.practices == (Practice(street="1 rue A Bât. B", postcode="26000", town="Valence"),)
    two = one(
        "NOM;Prénom;Adresse 1;CP 1;Ville 1;Adresse 2;CP 2;Ville 2\nE;C;1 rue A;26000;Valence;2 rue B;07500;Guilherand\n"
    )
    assert [p.street for p in two.practices] == ["1 rue A", "2 rue B"]
    again = one("NOM;Prénom;Adresse;CP;Ville;Adresse;CP;Ville\nE;C;1 rue A;26000;Valence;2 rue B;07500;Guilherand\n")
    assert again.practices == two.practices


def test_several_rows_of_one_person_make_one_person_with_several_practices() -> None:
    person = one(
        "RPPS;NOM;Prénom;Adresse;CP;Mail\n99900000011;Exemple;Camille;1 rue A;26000;\n"
        "99900000011;EXEMPLE;Camille;2 rue B;07500;c@cabinet.example\n"
    )
    assert [p.postcode for p in person.practices] == ["26000", "07500"]
    assert person.email == "c@cabinet.example"


def test_postcode_and_town_in_one_cell_are_told_apart() -> None:
    assert one("NOM;Prénom;Adresse;CP Ville\nE;C;1 rue A;26000 Valence\n").practices == (
        Practice(street="1 rue A", postcode="26000", town="Valence"),
    )
    assert one("NOM;Prénom;Adresse\nE;C;1 rue A, 26000 Valence\n").practices == (
        Practice(street="1 rue A", postcode="26000", town="Valence"),
    )


@pytest.mark.parametrize(
    ("title", "cell"), [("Domicile", "oui"), ("Adresse privée", "X"), ("Adresse privée (O/N)", "o"), ("Privé", "vrai")]
)
def test_a_practice_that_is_the_home_is_private(title: str, cell: str) -> None:
    if title.endswith(")"):
        title = f"{title}"
        read = table(f"NOM;Prénom;Adresse;CP;{title}\nE;C;1 rue A;26000;{cell}\n", maps=[f"{title}=site1_private"])
        (person,) = read.practitioners
    else:
        person = one(f"NOM;Prénom;Adresse;CP;{title}\nE;C;1 rue A;26000;{cell}\n")
    assert [p.private for p in person.practices] == [True]


@pytest.mark.parametrize("cell", ["non", "", "pro", "Cabinet"])
def test_a_practice_that_is_not_the_home_is_not_private(cell: str) -> None:
    person = one(f"NOM;Prénom;Adresse;CP;Type d’adresse\nE;C;1 rue A;26000;{cell}\n")
    assert [p.private for p in person.practices] == [False]


def test_the_address_of_the_home_is_kept_as_private_beside_the_practice() -> None:
    home = Practice(street="12 rue Haute", postcode="26100", town="Romans", private=True)
    for text in (
        "NOM;Prénom;Adresse;CP;Adresse privée\nE;C;1 rue A;26000;12 rue Haute 26100 Romans\n",
        "NOM;Prénom;Adresse;CP;Domicile\nE;C;1 rue A;26000;12 rue Haute, 26100 Romans\n",
        "NOM;Prénom;Adresse;CP;Adresse personnelle;CP domicile;Ville domicile\nE;C;1 rue A;26000;12 rue Haute;26100;Romans\n",
    ):
        cabinet, private = one(text).practices
        assert (cabinet.street, cabinet.private) == ("1 rue A", False)
        assert private == home


def test_a_home_that_is_the_practice_makes_it_private_once() -> None:
    person = one("NOM;Prénom;Adresse;CP;Adresse domicile;CP domicile\nE;C;1 rue A;26000;1 RUE A;26000\n")
    assert [(p.street, p.private) for p in person.practices] == [("1 rue A", True)]


def test_a_doubt_about_the_home_refuses_the_row_and_repeats_nothing_of_it() -> None:
    (row,) = table("NOM;Prénom;Adresse;CP;Domicile\nE;C;1 rue A;26000;peut-être\n").refused
    assert row.column == "Domicile"
    read = table("NOM;Prénom;Adresse;CP;Adresse perso;CP perso\nE;C;1 rue A;26000;=12 rue Secrète;26100\n")
    assert read.warnings
    assert all("Secrète" not in str(w) for w in read.warnings)


def test_days_are_read_as_people_and_spreadsheets_write_them() -> None:
    text = "NOM;Prénom;CP;Date d’installation\n" + "".join(
        f"E{n};C;26000;{cell}\n"
        for n, cell in enumerate(["01/03/2024", "1.3.2024", "2024-03-01", "45352", "01/03/2024 00:00"])
    )
    assert {p.practices[0].since for p in table(text).practitioners} == {date(2024, 3, 1)}
    read = table("NOM;Prénom;CP;Date d’installation\nE;C;26000;31/02/2024\n")
    assert read.practitioners[0].practices[0].since is None
    assert "n’est pas un jour" in read.warnings[0].reason


# -- statuses


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("Actif", "active"),
        ("", "active"),
        ("Libéral", "active"),
        ("Inscrite", "active"),
        ("Retraité actif", "active"),
        ("Radié", "struck_off"),
        ("RADIÉE D’OFFICE", "struck_off"),
        ("Omission", "struck_off"),
        ("Omis", "struck_off"),
        ("Retraitée", "retired"),
        ("Décédé(e)", "deceased"),
        ("Suspension", "suspended"),
        ("Non actif", "left"),
        ("Inactif", "left"),
        ("Transférée au 38", "left"),
        ("oui", "active"),
        ("Non", "left"),
        ("Z9", "unclear"),
    ],
)
def test_a_status_is_read_and_an_unknown_one_is_never_taken_for_active(cell: str, status: str) -> None:
    person = one(f"NOM;Prénom;Statut\nE;C;{cell}\n")
    assert person.status.value == status
    assert person.practises(date(2026, 1, 1)) is (status == "active")


def test_an_unknown_status_is_said_once_and_can_be_explained() -> None:
    text = "NOM;Prénom;Statut\nE;A;Z9\nE;B;Z9\nE;C;Y8\n"
    read = table(text)
    assert [w.row for w in read.warnings] == [2, 4]
    assert '--status "Z9=active"' in read.warnings[0].reason
    told = table(text, statuses=["z9=active", "Y8=retraite"])
    assert [p.status for p in told.practitioners] == [Status.ACTIVE, Status.ACTIVE, Status.RETIRED]
    assert told.warnings == ()
    own = table(text, statuses=["Z9=struck_off", "Y8=struck_off"])
    assert {p.status for p in own.practitioners} == {Status.STRUCK_OFF}
    again = table(text, remembered={told.headers: told.said})
    assert again.practitioners == told.practitioners
    with pytest.raises(BadInput, match="struck_off"):
        table(text, statuses=["Z9=parfois"])


def test_a_status_said_in_one_row_of_a_person_holds_for_the_empty_cells_of_the_others() -> None:
    head = "N° RPPS;NOM;Prénom;Statut;Adresse;CP\n"
    read = table(head + "99900000011;E;C;Radié;1 rue A;26000\n99900000011;E;C;;2 rue B;26000\n99900000029;F;D;;;\n")
    assert (read.practitioners[0].status, read.warnings) == (Status.STRUCK_OFF, ())
    assert read.unsaid == {"99900000029"}


def test_a_day_of_striking_off_is_a_status_from_that_day_on() -> None:
    person = one("NOM;Prénom;Date de radiation\nE;C;15/06/2026\n")
    assert (person.status, person.status_on) == (Status.STRUCK_OFF, date(2026, 6, 15))
    assert person.practises(date(2026, 6, 14))
    assert not person.practises(date(2026, 6, 15))
    assert one("NOM;Prénom;Date de radiation\nE;C;\n").status is Status.ACTIVE
    assert one("NOM;Prénom;Statut\nE;C;Retraité le 03/04/2025\n").status_on == date(2025, 4, 3)


def test_a_column_of_yes_and_no_is_a_status_too() -> None:
    read = table("NOM;Prénom;Actif;Décédé\nE;A;oui;\nE;B;non;\nE;C;oui;oui\nE;D;;non\n", maps=["Décédé=Décès"])
    assert [p.status.value for p in read.practitioners] == ["active", "left", "deceased", "active"]


def test_of_two_rows_about_one_person_the_one_that_keeps_us_from_looking_holds() -> None:
    read = table("RPPS;NOM;Prénom;CP;Statut\n99900000011;E;C;26000;Actif\n99900000011;E;C;07500;Radié\n")
    assert read.practitioners[0].status is Status.STRUCK_OFF
    assert "statut" in read.warnings[0].reason


def test_a_file_of_something_else_stops_at_ten_thousand_refused_rows() -> None:
    with pytest.raises(BadInput, match="10000 lignes refusées"):
        table("NOM;Prénom\n" + ";x\n" * 10_001)


# -- who is no longer in practice, whatever the column is called


@pytest.mark.parametrize(
    ("title", "cell", "status"),
    [
        ("Actif (O/N)", "N", Status.LEFT),
        ("Actif (O/N)", "O", Status.ACTIVE),
        ("En activité", "Non", Status.LEFT),
        ("En exercice oui/non", "FAUX", Status.LEFT),
        ("Situation professionnelle", "Cessation d’activité au 31/12/2025", Status.LEFT),
        ("Situation professionnelle", "Libéral", Status.ACTIVE),
        ("Statut professionnel", "Retraitée", Status.RETIRED),
        ("Retraité (O/N)", "O", Status.RETIRED),
        ("Retraité (O/N)", "N", Status.ACTIVE),
        ("Décédé", "-", Status.ACTIVE),
        ("Suspendu (O/N)", "oui", Status.SUSPENDED),
    ],
)
def test_a_column_that_says_who_practises_is_read_under_its_usual_names(title: str, cell: str, status: Status) -> None:
    assert one(f"NOM;Prénom;CP;{title}\nExemple;Camille;26000;{cell}\n").status is status


def test_of_two_columns_on_the_status_the_word_that_keeps_us_from_looking_holds_and_they_are_said_to_differ() -> None:
    text = "NOM;Prénom;CP;Situation professionnelle;Actif (O/N)\nExemple;Camille;26000;Libéral;N\nModèle;Sacha;26000;Libéral;O\n"
    read = table(text)
    assert [p.status for p in read.practitioners] == [Status.LEFT, Status.ACTIVE]
    (warned,) = read.warnings
    assert "ne disent pas la même chose" in warned.reason


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ("Situation au 1er janvier", "Cessation d’activité"),
        ("Activité libérale (O/N)", "N"),
        ("Radiation en cours (O/N)", "O"),
        ("Fin prévue d’activité, départ", "Retraite"),
        ("Motif de radiation", "Non-paiement"),
    ],
)
def test_an_unread_column_that_seems_to_say_that_somebody_left_is_asked_about_and_they_are_not_looked_for(
    title: str, cell: str
) -> None:
    text = f"NOM;Prénom;CP;{title}\nExemple;Camille;26000;{cell}\nModèle;Sacha;26000;\n"
    read = table(text)
    assert [p.status for p in read.practitioners] == [Status.UNCLEAR, Status.ACTIVE]
    asked = next(w for w in read.warnings if w.column == title)
    assert f'--map "{title}=statut"' in asked.reason
    assert f'--map "{title}=ignorer"' in asked.reason
    # Asked once and answered: both answers are taken.
    ignored = table(text, maps=[f"{title}=ignorer"])
    assert ignored.practitioners[0].status is Status.ACTIVE


@pytest.mark.parametrize(
    ("title", "cell"),
    [
        ("Caisse de retraite", "CARPIMKO"), ("Situation familiale", "Célibataire"), ("Date d’inscription", "12/01/2012"),
        ("Radiation en cours (O/N)", "N"), ("Mode d’exercice", "Libéral"), ("Participation AG", "Non"),
        ("Cotisation décembre", "Non"),
    ],
)  # fmt: skip
def test_an_unread_column_that_says_nothing_of_the_status_takes_nobody_away(title: str, cell: str) -> None:
    assert one(f"NOM;Prénom;CP;{title}\nExemple;Camille;26000;{cell}\n").status is Status.ACTIVE


# -- first names


@pytest.mark.parametrize(
    ("title", "cell", "first", "others"),
    [
        ("Prénom(s)", "Claire, Marie", "Claire", ("Marie",)),
        ("Prénom", "Claire, Marie Jeanne", "Claire", ("Marie", "Jeanne")),
        ("Prénoms", "Claire Marie Jeanne", "Claire", ("Marie", "Jeanne")),
        ("Prénom(s)", "Claire Marie", "Claire", ("Marie",)),
        ("Prénoms", "Jean Pierre", "Jean Pierre", ()),
        ("Prénoms", "Jean-Pierre Yves", "Jean-Pierre", ("Yves",)),
        ("Prénom", "Marie Claire", "Marie Claire", ()),
    ],
)
def test_of_a_list_of_first_names_the_first_is_the_usual_one_and_the_others_are_kept(
    title: str, cell: str, first: str, others: tuple[str, ...]
) -> None:
    person = one(f"NOM;{title};CP\nExemple;{cell};26000\n")
    assert (person.first_name, person.other_first_names) == (first, others)


def test_a_list_that_may_begin_with_a_compound_first_name_is_said() -> None:
    read = table("NOM;Prénoms;CP\nExemple;Jean Pierre Yves;26000\n")
    assert read.practitioners[0].first_name == "Jean"
    assert "trait d’union" in read.warnings[0].reason


def test_a_row_without_a_number_keeps_its_id_whatever_is_read_as_the_usual_first_name() -> None:
    one_by_one = one("NOM;Prénom;Autres prénoms;CP\nExemple;Claire;Marie;26000\n")
    listed = one("NOM;Prénom(s);CP\nExemple;Claire, Marie;26000\n")
    assert listed.id == local_id("Exemple", "Claire, Marie", "26000") != one_by_one.id


# -- formulas without a value


@pytest.mark.parametrize(
    "broken", ["#REF!", "#N/A", "#VALEUR!", "#VALUE!", "#NOM?", "#NAME?", "#DIV/0!", "#NOMBRE!", "#NUL!", "#REF !"]
)
def test_a_formula_in_error_is_an_empty_cell_and_its_row_and_column_are_said(broken: str) -> None:
    read = table(f"NOM;Prénom;CP;Ville;Tél.\nExemple;Camille;{broken};{broken};{broken}\n")
    (person,) = read.practitioners
    assert person.practices == ()
    assert [(w.row, w.column) for w in read.warnings] == [(2, "CP"), (2, "Ville"), (2, "Tél.")]
    assert all("formule en erreur" in w.reason for w in read.warnings)


def test_a_number_under_its_own_label_is_taken() -> None:
    for cell in ("n°10005173140", "N° 10005173140", "RPPS : 10005173140", "n° RPPS 10005173140"):
        assert one(f"RPPS;NOM;Prénom\n{cell};Exemple;Camille\n").rpps == "10005173140"
