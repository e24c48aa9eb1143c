"""Reading a roster: every person once, every refused row with its place and its reason."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.practitioner import Civility, Practice, Practitioner
from listingguard.edge.roster import LINE_LIMIT, RosterFile, lines, read_roster
from listingguard.errors import BadInput

FILES = Path(__file__).parents[1] / "rosters"
HEADER = "rpps;family_name;first_name;site1_postcode\n"


def csv(text: str, encoding: str = "utf-8") -> RosterFile:
    return read_roster(io.BytesIO(text.encode(encoding)), "tableau.csv")


# -- our CSV


def test_a_roster_gives_each_person_with_names_numbers_and_practices() -> None:
    roster = read_roster(FILES / "tableau.csv")
    assert (roster.format, roster.refused, roster.warnings) == ("csv", (), ())
    camille, jean, aida = roster.practitioners
    assert (camille.id, camille.rpps, camille.civility) == ("99900000011", "99900000011", Civility.MADAME)
    assert (camille.family_name, camille.usage_name, camille.first_name) == ("Exemple", "Modèle-Fictif", "Camille")
    assert camille.other_first_names == ("Jeanne", "Zoé")
    assert (camille.mobile, camille.email, camille.profession) == ("+33639980001", "camille@cabinet.example", "70")
    assert camille.practices == (
        Practice("Cabinet de l’Écluse", "3 rue de l’Écluse", "26000", "Valence", "26362", ("+33475000001",)),
        Practice("", "1 place du Marché", "07500", "Guilherand-Granges", "", ("+33475000002",)),
    )
    assert (jean.civility, jean.profession, jean.practices[0].private) == (Civility.MONSIEUR, "70", True)
    assert (aida.civility, aida.rpps) == (Civility.UNKNOWN, None), "a title is not a civility"


@pytest.mark.parametrize("name", ["tableau-virgules.csv", "tableau-cp1252.csv"])
def test_commas_semicolons_and_both_encodings_give_the_same_people(name: str) -> None:
    roster = read_roster(FILES / name)
    assert roster.practitioners == read_roster(FILES / "tableau.csv").practitioners
    assert roster.refused == ()


def test_windows_1252_is_said_once() -> None:
    (warning,) = read_roster(FILES / "tableau-cp1252.csv").warnings
    assert str(warning).startswith("tableau-cp1252.csv, ligne 2\u00a0: les accents ne sont pas en UTF-8")


def test_every_refused_row_is_named_with_its_column_and_reason() -> None:
    roster = read_roster(FILES / "refus.csv")
    assert [p.id for p in roster.practitioners] == ["99900000011", "99900000012", "99900000045", "99900000060"]
    assert [(r.row, r.column) for r in roster.refused] == [
        (3, "rpps"),
        (4, "rpps"),
        (5, "family_name"),
        (6, "site1_postcode"),
        (7, ""),
        (8, "site1_private"),
        (9, "rpps"),
        (13, ""),
    ]
    said = [str(r) for r in roster.refused]
    assert said[0].startswith("refus.csv, ligne 3, colonne «\u00a0rpps\u00a0»\u00a0: le tableur a changé le numéro")
    assert "au format Texte" in said[0]
    assert said[1].endswith("un numéro RPPS a 11 chiffres, «\u00a09990000001\u00a0» ne convient pas.")
    assert said[3].endswith("5 cellules au lieu de 7.")
    assert said[4] == "refus.csv, ligne 7\u00a0: 8 cellules au lieu de 7."
    assert "«\u00a0oui\u00a0» ou «\u00a0non\u00a0»" in said[5]
    assert said[6].endswith("le numéro 99900000011 est déjà celui de Camille EXEMPLE, ligne 2.")
    assert "guillemets" in said[7]


def test_what_was_taken_with_a_doubt_is_said() -> None:
    roster = read_roster(FILES / "refus.csv")
    assert [(w.row, w.column) for w in roster.warnings] == [
        (10, "site1_postcode"),
        (10, "rpps"),
        (10, "mobile"),
        (10, "email"),
        (11, "family_name"),
        (11, "first_name"),
        (14, "mobile"),
    ]
    doubtful = roster.practitioners[1]
    assert (doubtful.mobile, doubtful.email) == ("", "")
    assert doubtful.practices[0].postcode == "01000"
    assert roster.practitioners[3].mobile == "+33639980001", "the zero a spreadsheet took away"


def test_a_formula_stays_text() -> None:
    person = read_roster(FILES / "refus.csv").practitioners[2]
    assert (person.family_name, person.first_name) == ("=1+1", "@Formule")


def test_a_wrong_key_warns_and_never_blocks() -> None:
    # 10003461033 is the sample number of the ANS itself; its key is wrong.
    roster = csv(HEADER + "10003461033;Exemple;Camille;26000\n")
    assert roster.practitioners[0].rpps == "10003461033"
    assert "clé" in roster.warnings[0].reason
    assert csv(HEADER + "99900000011;Exemple;Camille;26000\n").warnings == ()


def test_rows_of_one_number_become_one_person() -> None:
    roster = csv(
        HEADER
        + "99900000011;Exemple;Camille;26000\n99900000011;EXEMPLE;Camille;07500\n99900000011;Exemple;Camille;26000\n"
    )
    (person,) = roster.practitioners
    assert [p.postcode for p in person.practices] == ["26000", "07500"]
    assert (roster.refused, roster.warnings) == ((), ())


def test_a_person_without_number_keeps_the_same_id_at_each_import() -> None:
    first = csv(HEADER + ";Éxemple-Fictif;Zoé;26000\n").practitioners[0]
    again = csv("first_name;family_name;usage_name;site1_postcode\nZOE;exemple fictif;Nouveau;26000\n").practitioners[0]
    elsewhere = csv(HEADER + ";Éxemple-Fictif;Zoé;26100\n").practitioners[0]
    # Written out: an id that changed would open everything twice.
    assert first.id == again.id == "local-d61c54b392a0"
    assert elsewhere.id != first.id
    assert first.rpps is None


def test_two_rows_without_number_and_with_one_name_are_pointed_out() -> None:
    header = "family_name;first_name;site1_street;site1_postcode\n"
    roster = csv(header + "Exemple;Camille;1 rue A;26000\nExemple;Camille;2 rue B;26000\n")
    assert len(roster.practitioners) == 1
    assert "ligne 2" in roster.warnings[0].reason
    same = csv(header + "Exemple;Camille;1 rue A;26000\nExemple;Camille;1 rue A;26000\n")
    assert same.warnings == ()


@pytest.mark.parametrize(
    ("shown", "civility"),
    [
        ("Mme", "madame"),
        ("MADAME", "madame"),
        ("F", "madame"),
        ("M.", "monsieur"),
        ("Monsieur", "monsieur"),
        ("Dr", "unknown"),
        ("Docteur", "unknown"),
        ("", "unknown"),
    ],
)
def test_civility_is_read_and_never_guessed(shown: str, civility: str) -> None:
    person = csv(f"civility;family_name;first_name\n{shown};Exemple;Camille\n").practitioners[0]
    assert person.civility.value == civility


def test_empty_lines_and_columns_of_a_spreadsheet_are_passed_over() -> None:
    roster = csv("RPPS;Family_Name;FIRST_NAME;;\n;;;;\n\n99900000011;Exemple;Camille;;\n")
    assert [p.id for p in roster.practitioners] == ["99900000011"]
    assert roster.refused == ()


def test_a_cell_may_hold_separators_quotes_and_a_line_break() -> None:
    text = 'family_name,first_name,site1_street\nExemple,Camille,"1, rue ""A""\nbâtiment B"\nAutre,Zoé,2\n'
    roster = csv(text)
    assert [p.practices[0].street for p in roster.practitioners] == ['1, rue "A" bâtiment B', "2"]


def test_invisible_characters_leave_the_names() -> None:
    person = csv("family_name;first_name\nEx\u202eemple\u200b;Cami\u0301lle\u00a0Zoé\n").practitioners[0]
    assert (person.family_name, person.first_name) == ("Exemple", "Camílle Zoé")


def test_a_file_with_only_a_header_says_so() -> None:
    roster = csv(HEADER)
    assert roster.practitioners == ()
    assert "aucune personne" in roster.warnings[0].reason


# -- the whole file is wrong


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "le fichier est vide"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "ce n’est pas un fichier texte"),
        ("rpps;nom\n".encode("utf-16"), "ce n’est pas un fichier texte"),
        (HEADER.encode() + b"99900000011;A\0B;C;26000\n", "ligne 2\u00a0: ce n’est pas un fichier texte"),
        (b"PK\x03\x04\x14\x00\x06\x00", "le classeur est abîmé ou n’est pas un XLSX"),
        (b"%PDF-1.7\n", "c’est un PDF ou une archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "ancien format (.xls) ou protégé par un mot de passe"),
        (HEADER.encode() + b"x" * (LINE_LIMIT + 1), "ligne 2\u00a0: la ligne dépasse 1 Mio"),
        (b"99900000011;Exemple;Camille\n", "l’en-tête avec les noms des colonnes manque"),
        (b"\n\n", "l’en-tête avec les noms des colonnes manque"),
        (b"rpps;family_name\n", "la colonne du prénom manque («\u00a0first_name\u00a0»). Si elle a un autre titre"),
        ("N° RPPS;Prénom\n".encode(), "la colonne du nom manque («\u00a0family_name\u00a0»)"),
        (b"family_name;first_name;plaque\n", "n°\u00a03, «\u00a0plaque\u00a0», est inconnue. Colonnes attendues"),
        (b"Nom;NOM;Prenom\n", "la colonne «\u00a0Nom\u00a0» est là deux fois"),
        (b"family_name;first_name;first_name\n", "la colonne «\u00a0first_name\u00a0» est là deux fois"),
        (b"family_name;first_name\rA;B\r", "retour chariot seul"),
        (HEADER.encode() + b'1;"Exemple;C;1\n2;A;B;1\n3;A;B;1\n', "ligne 2\u00a0: un guillemet ouvert"),
        (b"Identification nationale PP|Code profession\n", "la colonne «\u00a0Nom d'exercice\u00a0» manque"),
    ],
)
def test_a_wrong_file_is_one_plain_sentence(content: bytes, said: str) -> None:
    with pytest.raises(BadInput) as error:
        read_roster(io.BytesIO(content), "tableau.csv")
    assert said in str(error.value)
    assert str(error.value).startswith("tableau.csv")
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"absent\.csv\u00a0: ce fichier n’existe pas"):
        read_roster(tmp_path / "absent.csv")
    with pytest.raises(BadInput, match="dossier"):
        read_roster(tmp_path)


def test_an_endless_line_from_a_pipe_stops_at_one_mebibyte() -> None:
    read_end, write_end = os.pipe()

    def pour() -> None:
        with open(write_end, "wb") as stream:
            try:
                for _ in range(64):
                    stream.write(b"x" * LINE_LIMIT)
            except BrokenPipeError:
                pass

    thread = threading.Thread(target=pour)
    thread.start()
    with open(read_end, "rb") as stream, pytest.raises(BadInput, match=r"entrée standard, ligne 1.*1 Mio"):
        read_roster(stream)
    thread.join(timeout=60)
    assert not thread.is_alive()


@given(st.binary(max_size=300))
def test_any_bytes_give_people_or_one_sentence(content: bytes) -> None:
    for start in (b"", HEADER.encode(), b"family_name,first_name\n", b"PK\x03\x04"):
        people: tuple[Practitioner, ...] = ()
        said = "read"
        try:
            people = read_roster(io.BytesIO(start + content), "f").practitioners
        except BadInput as error:
            said = str(error)
        assert said
        assert "\n" not in said
        assert all(p.family_name and p.first_name for p in people)


# -- Annuaire Santé


def test_the_extraction_gives_physiotherapists_with_all_their_activities() -> None:
    roster = read_roster(FILES / "annuaire.txt")
    assert roster.format == "annuaire"
    assert [p.id for p in roster.practitioners] == ["99900000011", "99900000029", "99900000037", "99900000045"]
    camille, jean, zoe, homeless = roster.practitioners
    assert camille.practices == (
        Practice("CABINET DE L'ECLUSE", "3 RUE DE L'ECLUSE", "26000", "Valence", "26362", ("+33475000001",)),
        Practice("", "1 PLACE DU MARCHE", "07500", "Guilherand-Granges", "07102", ("+33475000002", "+33475000003")),
    )
    assert camille.email == "", "the address is the structure's"
    assert (camille.civility, jean.civility) == (Civility.MADAME, Civility.MONSIEUR)
    assert (jean.practices[0].street, jean.practices[0].insee) == ("12 B RUE HAUTE", "2A004")
    assert zoe.family_name == "RÊVÉE"
    assert homeless.practices == ()
    assert [(r.row, r.column) for r in roster.refused] == [
        (8, "Identification nationale PP"),
        (10, "Libellé profession"),
    ]


@pytest.mark.parametrize(
    ("department", "ids"),
    [
        ("26", ["99900000011"]),
        ("07", ["99900000011"]),
        ("7", ["99900000011"]),
        ("2a", ["99900000029"]),
        ("974", ["99900000037"]),
        ("75", []),
    ],
)
def test_a_department_keeps_its_own_activities(department: str, ids: list[str]) -> None:
    roster = read_roster(FILES / "annuaire.txt", department=department)
    assert [p.id for p in roster.practitioners] == ids
    assert all(len(p.practices) == 1 for p in roster.practitioners)


@pytest.mark.parametrize("department", ["20", "99", "Drôme", ""])
def test_an_unknown_department_is_refused(department: str) -> None:
    with pytest.raises(BadInput, match="n’existe pas"):
        read_roster(FILES / "annuaire.txt", department=department)


def test_a_department_is_only_for_the_extraction() -> None:
    with pytest.raises(BadInput, match="Annuaire Santé"):
        read_roster(FILES / "tableau.csv", department="26")


def test_the_extraction_may_come_without_trailing_separator_in_another_order_and_encoding() -> None:
    lines = [line.rstrip("|").split("|") for line in (FILES / "annuaire.txt").read_text(encoding="utf-8").splitlines()]
    width = len(lines[0])
    turned = [list(reversed(line + [""] * (width - len(line)))) for line in lines[:-1]]
    text = "\r\n".join("|".join(line) for line in turned).replace("(coord. structure)", "(coord. Structure)")
    roster = read_roster(io.BytesIO(text.encode("cp1252")))
    assert roster.practitioners == read_roster(FILES / "annuaire.txt").practitioners
    assert [w.reason[:11] for w in roster.warnings] == ["les accents"]


def test_an_extraction_says_what_it_covers_and_a_table_covers_nothing_in_full() -> None:
    assert read_roster(FILES / "annuaire.txt").extract == "annuaire/France"
    assert read_roster(FILES / "annuaire.txt", department="7").extract == "annuaire/07"
    assert read_roster(FILES / "tableau.csv").extract == ""


def test_a_refused_row_of_an_extraction_still_names_its_person() -> None:
    text = (FILES / "annuaire.txt").read_text(encoding="utf-8").replace("|EXEMPLE|", "||")
    assert "99900000011" in read_roster(io.BytesIO(text.encode())).mentioned


def test_a_long_reading_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "TOLD_EVERY", 500)
    told: list[tuple[int, int]] = []
    read_roster(FILES / "annuaire.txt", progress=lambda done, people: told.append((done, people)))
    assert len(told) == 3
    assert told == sorted(told)
    assert told[-1][0] <= (FILES / "annuaire.txt").stat().st_size


def test_a_council_s_own_table_is_read_as_it_lies_in_its_folder() -> None:
    # Windows-1252, lines ended as Windows does, a heading, accents in titles, two rows of one person.
    roster = read_roster(FILES / "conseil.csv")
    assert [(r.row, r.column) for r in roster.refused] == [(9, "N° RPPS")]
    camille, jean, aida = roster.practitioners
    assert (camille.family_name, camille.usage_name, camille.mobile) == ("Exemple", "Modèle-Fictif", "+33639980001")
    assert [(p.postcode, p.private) for p in camille.practices] == [("26000", False), ("01000", False)]
    assert (jean.status.value, str(jean.status_on)) == ("struck_off", "2025-06-15")
    assert [(p.town, p.private) for p in aida.practices] == [("Montélimar", True)]


LONG = """
import io, sys, tracemalloc
from pathlib import Path
from listingguard.edge.roster import read_roster

lines = Path(sys.argv[1]).read_bytes().splitlines(keepends=True)

class Long(io.RawIOBase):
    left = 3_000

    def readline(self, size=-1, /):
        self.left -= 1
        return lines[0] if self.left == 2_999 else b"" if self.left < 0 else lines[1 + self.left % 6]

tracemalloc.start()
roster = read_roster(Long())
print(len(roster.practitioners), tracemalloc.get_traced_memory()[1])
"""


def test_a_long_extraction_is_read_in_constant_memory() -> None:
    # In a process of its own: what a thread of another test still holds is not ours to count.
    done = subprocess.run(
        [sys.executable, "-c", LONG, FILES / "annuaire.txt"], capture_output=True, text=True, check=True
    )
    people, peak = map(int, done.stdout.split())
    assert people == 3
    assert peak < 500_000, f"{peak} bytes; the file is 1 MB"
