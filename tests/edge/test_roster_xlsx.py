"""Workbooks as councils send them, made by a spreadsheet library; and those that somebody made to do harm."""

import io
import time
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from listingguard.domain.practitioner import Civility, Practice, Status
from listingguard.edge.roster import RosterFile, read_roster
from listingguard.edge.roster import workbook as limits
from listingguard.errors import BadInput

TITLES = ["N° RPPS", "Civilité", "NOM", "Nom d’usage", "Prénom", "Statut", "Adresse", "CP", "Ville", "Tél.", "Mail"]
CAMILLE = [99900000011, "Mme", "Exemple", None, "Camille", "Actif", "1 rue A", 1000, "Bourg", 465710001, "c@x.example"]


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def of(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def read(content: bytes, **said: object) -> RosterFile:
    return read_roster(io.BytesIO(content), "tableau.xlsx", **said)


def changed(content: bytes, part: str, change: object) -> bytes:
    """Return the workbook with one part put through `change`, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
        if part not in old.namelist():
            new.writestr(part, change(b""))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_council_s_workbook_is_read_under_its_heading() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Tableau de l’Ordre au 1er mars 2026"])
    sheet.merge_cells("A1:K1")
    sheet.append([])
    sheet.append(TITLES)
    sheet.append(CAMILLE)
    sheet.append([])
    sheet.append([99900000029.0, "M.", "Modèle", None, "Sacha", "Radié", None, "26000", "Valence", "04 75 00 00 01"])
    roster = read(saved(book))
    assert (roster.format, roster.refused, roster.sheet) == ("xlsx", (), "Sheet")
    camille, sacha = roster.practitioners
    assert (camille.id, camille.civility, camille.email) == ("99900000011", Civility.MADAME, "c@x.example")
    assert camille.practices == (Practice("", "1 rue A", "01000", "Bourg", "", ("+33465710001",)),)
    assert (sacha.id, sacha.status) == ("99900000029", Status.STRUCK_OFF)
    assert [(w.sheet, w.row, w.column) for w in roster.warnings] == [("Sheet", 4, "CP"), ("Sheet", 4, "Tél.")]


def test_the_same_table_as_workbook_and_as_csv_gives_the_same_people() -> None:
    rows = [TITLES, CAMILLE]
    csv = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows)
    assert read(of(*rows)).practitioners == read_roster(io.BytesIO(csv.encode()), "tableau.csv").practitioners


def test_a_refused_row_says_file_sheet_row_column_and_why() -> None:
    (row,) = read(of(TITLES, CAMILLE, ["1,00012E+10", "", "Modèle", "", "Sacha"])).refused
    assert str(row).startswith(
        "tableau.xlsx, feuille «\u00a0Sheet\u00a0», ligne 3, colonne «\u00a0N° RPPS\u00a0»\u00a0: "
    )
    assert "11 chiffres" in row.reason


def test_the_sheet_with_a_header_wins_and_several_are_asked_about() -> None:
    book = Workbook()
    book.active.title = "Mode d’emploi"
    book.active.append(["Remplir la feuille suivante"])
    first = book.create_sheet("Titulaires")
    first.append(TITLES)
    first.append(CAMILLE)
    assert read(saved(book)).sheet == "Titulaires"
    second = book.create_sheet("Anciens")
    second.append(["NOM", "Prénom", "Statut"])
    second.append(["Modèle", "Sacha", "Décédé"])
    with pytest.raises(BadInput, match=r'2 feuilles ont un tableau.*--sheet "Titulaires" ou --sheet "Anciens"'):
        read(saved(book))
    for name in ("Anciens", "anciens", "3"):
        assert [p.first_name for p in read(saved(book), sheet=name).practitioners] == ["Sacha"]
    with pytest.raises(BadInput, match="pas de feuille"):
        read(saved(book), sheet="Absente")
    second.sheet_state = "hidden"
    assert read(saved(book)).sheet == "Titulaires", "a hidden sheet is not asked about"


def test_a_sheet_is_only_for_a_workbook() -> None:
    with pytest.raises(BadInput, match="classeur"):
        read_roster(io.BytesIO(b"NOM;Prenom\nA;B\n"), "t.csv", sheet="1")


def test_days_numbers_and_answers_are_read_as_the_sheet_shows_them() -> None:
    titles = ["RPPS", "NOM", "Prénom", "CP", "Domicile", "Date d’installation", "Date de radiation"]
    row = [99900000011, "E", "C", 26000, True, date(2024, 3, 1), date(2026, 6, 15)]
    (person,) = read(of(titles, row)).practitioners
    assert person.practices[0].private
    assert str(person.practices[0].since) == "2024-03-01"
    assert (person.status, str(person.status_on)) == (Status.STRUCK_OFF, "2026-06-15")


def test_a_formula_is_never_computed_and_its_broken_value_is_nothing() -> None:
    content = of(["NOM", "Prénom", "CP"], ['=HYPERLINK("http://mal.example","x")', "Camille", "26000"])
    # Without a value that the spreadsheet itself had stored there is none.
    (row,) = read(content).refused
    assert row.column == "NOM"
    text = of(["NOM", "Prénom", "CP"], ["Exemple", "#N/A", "26000"], ["Modèle", "@Sacha", "26000"])
    roster = read(text)
    assert [r.column for r in roster.refused] == ["Prénom"]
    assert roster.practitioners[0].first_name == "@Sacha"
    assert [(w.row, w.column) for w in roster.warnings] == [(2, "Prénom"), (3, "Prénom")]
    assert "formule en erreur" in roster.warnings[0].reason
    assert "ressemble à une formule" in roster.warnings[1].reason


def test_macros_and_links_to_other_files_are_left_alone() -> None:
    content = changed(of(TITLES, CAMILLE), "xl/vbaProject.bin", lambda _: b"\xd0\xcf\x11\xe0 Sub AutoOpen()")
    assert [p.id for p in read(content).practitioners] == ["99900000011"]


def test_columns_without_a_title_are_said_and_not_read() -> None:
    roster = read(of(["NOM", "Prénom", None, "CP", None], ["E", "C", "x", "26000", None, "y"]))
    assert [p.practices[0].postcode for p in roster.practitioners] == ["26000"]
    assert "n°\u00a06 n’a pas de titre" in roster.warnings[0].reason


def test_the_lie_a_sheet_tells_about_its_size_changes_nothing() -> None:
    for lie in (b'ref="A1"', b'ref="A1:XFD1048576"'):
        content = changed(of(TITLES, CAMILLE), SHEET, lambda xml, lie=lie: xml.replace(b'ref="A1:K2"', lie))
        assert len(read(content).practitioners) == 1


# -- harm


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = changed(of(TITLES, CAMILLE), "xl/media/image1.xml", lambda _: b"0" * (70 * 1024 * 1024))
    assert len(bomb) < 1_000_000
    began = time.process_time()
    with pytest.raises(BadInput, match="volume démesuré"):
        read(bomb)
    assert time.process_time() - began < 5


def test_a_part_packed_beyond_reason_is_refused() -> None:
    rows = b"<row/>" * 2_000_000
    content = changed(of(TITLES, CAMILLE), SHEET, lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>"))
    with pytest.raises(BadInput, match="volume démesuré"):
        read(content)


def test_entities_are_never_expanded() -> None:
    doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    for part in ("xl/workbook.xml", SHEET):
        content = changed(of(TITLES, CAMILLE), part, lambda xml: doctype + xml.partition(b"?>")[2])
        with pytest.raises(BadInput, match="abîmé"):
            read(content)
        wide = changed(of(TITLES, CAMILLE), part, lambda xml: (doctype.decode() + "<x/>").encode("utf-16"))
        with pytest.raises(BadInput, match="abîmé"):
            read(wide)


@pytest.mark.parametrize(
    "xml",
    [b'<row r="9">' + b"<c/>" * 30_000 + b"</row>", b"<a>" * 60 + b"</a>" * 60],
    ids=["a row of 30,000 cells", "60 elements within each other"],
)
def test_a_row_without_end_and_a_well_without_bottom_are_refused(xml: bytes) -> None:
    content = changed(of(TITLES, CAMILLE), SHEET, lambda old: old.replace(b"</sheetData>", xml + b"</sheetData>"))
    with pytest.raises(BadInput, match="abîmé"):
        read(content)


def test_too_many_rows_are_refused_and_a_million_empty_ones_end_the_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROWS_LIMIT", 3)
    with pytest.raises(BadInput, match="plus de 3 lignes"):
        read(of(["NOM", "Prénom"], *[["E", f"C{n}"] for n in range(4)]))
    far = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>Loin</t></is></c></row></sheetData>'
    content = changed(of(TITLES, CAMILLE), SHEET, lambda xml: xml.replace(b"</sheetData>", far))
    began = time.process_time()
    assert len(read(content).practitioners) == 1
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "broken",
    [
        lambda content: content[: len(content) // 2],
        lambda content: changed(content, SHEET, lambda xml: xml[:-40]),
        lambda content: changed(content, SHEET, lambda xml: b"<html/>"),
        lambda content: changed(content, "xl/workbook.xml", lambda xml: b"not xml"),
        lambda content: changed(content, "xl/styles.xml", lambda xml: xml.replace(b"fonts", b"fants")),
        lambda content: changed(content, SHEET, lambda xml: xml.replace(b'r="A2"', b'r="2A"')),
        lambda content: changed(content, SHEET, lambda xml: xml.replace(b"<v>99900000011</v>", b"<v>NaN\xff</v>")),
    ],
)
def test_a_damaged_workbook_is_one_plain_sentence(broken: object) -> None:
    content, said = broken(of(TITLES, CAMILLE)), ""
    try:
        roster = read(content)
        # Damaged where nothing of ours lies: the people are read, or their row is refused.
        assert roster.practitioners or roster.refused or roster.warnings
    except BadInput as error:
        said = str(error)
    assert said == "" or (said.startswith("tableau.xlsx") and "\n" not in said)


def test_another_format_of_spreadsheet_is_named() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(BadInput, match=r"enregistrez le classeur en \.xlsx"):
        read(out.getvalue())


def test_a_workbook_from_a_path_a_pipe_and_a_wrong_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tableau.csv"
    path.write_bytes(of(TITLES, CAMILLE))
    assert read_roster(path).format == "xlsx"
