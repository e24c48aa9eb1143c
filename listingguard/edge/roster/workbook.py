"""The sheets of an XLSX workbook as rows of text: bounded in size, formulas and macros inert. Decides nothing.

A workbook is a ZIP of XML parts: what its directory announces is checked before anything is unpacked.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any
from xml.parsers import expat

from listingguard.edge.roster.header import LOOKED_AT, Header, find_header
from listingguard.edge.roster.row import People, folded
from listingguard.edge.roster.table import Wanted, no_header, take
from listingguard.errors import BadInput

_NB = "\u00a0"
_MIB = 1024 * 1024

XLSX_LIMIT = 50 * _MIB
"""Bytes of the file itself."""
PARTS_LIMIT = 200 * _MIB
"""Bytes of all parts unpacked; a council's whole department is under 20."""
WHOLE_LIMIT = 30 * _MIB
"""Bytes of the parts that are no sheet: shared strings, styles, pictures; those are in memory as a whole."""
STYLES_LIMIT = 8 * _MIB
RATIO_LIMIT = 250
"""Unpacked over packed, for parts over 1 MiB; spreadsheets of real text are under 40."""
DEPTH_LIMIT = 50
"""Elements within each other; real parts have under 10."""
ROW_LIMIT = 20_000
"""Cells in one row; a spreadsheet has 16,384 columns."""
ROWS_LIMIT = 200_000
COLUMNS_LIMIT = 300
EMPTY_LIMIT = 20_000
"""Empty rows in a row after which a sheet has ended, whatever formats its last million of rows carries."""
CELL_LIMIT = 32_767
"""Characters of one cell, as in Excel."""


def read_workbook(content: bytes, people: People, wanted: Wanted) -> Header:
    """Read the sheet that has a roster's titles, or the one asked for, and return its header.

    Raises BadInput for what is no workbook, too big, without titles, or with several sheets that have some.
    """
    _check(content, people.file)
    # Only here: the other formats do without it.
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_vba=False, keep_links=False)
    except _DAMAGED as error:
        raise _unreadable(people.file) from error
    try:
        return _read_sheet(book, people, wanted)
    except _DAMAGED as error:
        if isinstance(error, BadInput):
            raise
        raise _unreadable(people.file) from error
    finally:
        book.close()


# What openpyxl lets out of a damaged workbook: its own errors are ordinary ones, and so are those of zipfile and of the
# XML parser (SyntaxError).
_DAMAGED = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError, zlib.error, OverflowError,
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, AssertionError,
)  # fmt: skip


def _unreadable(file: str) -> BadInput:
    return BadInput(
        f"{file}{_NB}: le classeur est abîmé ou n’est pas un XLSX{_NB}; ouvrez-le dans le tableur et enregistrez-le à "
        "nouveau."
    )


def _check(content: bytes, file: str) -> None:
    if len(content) > XLSX_LIMIT:
        raise BadInput(f"{file}{_NB}: le classeur dépasse 50 Mo, ce n’est pas un tableau.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "mimetype" in names or "xl/workbook.bin" in names:
                raise BadInput(f"{file}{_NB}: ce format n’est pas lu{_NB}; enregistrez le classeur en .xlsx ou en CSV.")
            if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
                raise _unreadable(file)
            whole = sum(p.file_size for p in parts if not p.filename.startswith("xl/worksheets/"))
            bomb = (
                len(parts) > 5_000
                or sum(part.file_size for part in parts) > PARTS_LIMIT
                or whole > WHOLE_LIMIT
                or any(p.filename.endswith("styles.xml") and p.file_size > STYLES_LIMIT for p in parts)
                or any(p.file_size > _MIB and p.file_size > RATIO_LIMIT * max(p.compress_size, 1) for p in parts)
            )
            if bomb:
                raise BadInput(
                    f"{file}{_NB}: le classeur se déplie en un volume démesuré, il n’est pas ouvert{_NB}; copiez le "
                    "tableau seul dans un nouveau classeur."
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        _check_part(stream)
    except (*_DAMAGED, expat.ExpatError) as error:
        raise _unreadable(file) from error


def _check_part(stream: IO[bytes]) -> None:
    """Read a part once, keeping nothing; ValueError where reading it into memory would cost more than it is worth.

    Entities are declared in a document type, which no part of a workbook has.
    """
    depth = cells = 0

    def starts(name: str, _: object) -> None:
        nonlocal depth, cells
        depth += 1
        # Rows lie at depth 3, their cells at 4; elsewhere nothing has so many children at that depth.
        cells = cells + 1 if depth == 4 else 0 if depth < 4 else cells
        if depth > DEPTH_LIMIT or (cells > ROW_LIMIT and name.rpartition(":")[2] == "c"):
            raise ValueError("too deep or too wide")

    def ends(_: str) -> None:
        nonlocal depth
        depth -= 1

    def declares(*_: object) -> None:
        raise ValueError("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = starts, ends
    parser.StartDoctypeDeclHandler = declares
    while chunk := stream.read(65_536):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _read_sheet(book: Any, people: People, wanted: Wanted) -> Header:
    sheet, header, start = _chosen(book, people, wanted)
    people.sheet = " ".join(sheet.title.split())[:60]
    taken = empty = 0
    for number, row in enumerate(_rows(sheet), start=1):
        if not any(row):
            empty += 1
            if empty > EMPTY_LIMIT:
                break
            continue
        empty = 0
        if number <= start:
            continue
        taken += 1
        if taken > ROWS_LIMIT:
            raise BadInput(f"{people.file}{_NB}: plus de {ROWS_LIMIT} lignes, ce n’est pas un tableau.")
        beyond = [i for i, cell in enumerate(row[header.width :], start=header.width + 1) if cell]
        if beyond:
            people.warn_once(number, "", f"la colonne n°{_NB}{beyond[0]} n’a pas de titre{_NB}; elle n’est pas lue.")
        take(row, header, number, people)
    return header


def _chosen(book: Any, people: People, wanted: Wanted) -> tuple[Any, Header, int]:
    """Return the sheet to read, its header, and the number of the last row of its titles."""
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
    names = " ou ".join(f'--sheet "{sheet.title}"' for sheet in sheets[:20])
    if wanted.sheet is not None:
        sheets = [s for i, s in enumerate(sheets, 1) if wanted.sheet.strip() in (s.title, str(i))] or [
            s for s in sheets if folded(s.title) == folded(wanted.sheet)
        ]
        if not sheets:
            raise BadInput(
                f"{people.file}{_NB}: pas de feuille «{_NB}{wanted.sheet[:60]}{_NB}»{_NB}; choisissez {names}"
            )
    else:
        sheets = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    found: list[tuple[Any, Header]] = []
    wrong: BadInput | None = None
    for sheet in sheets:
        where = f"{people.file}, feuille «{_NB}{sheet.title[:60]}{_NB}»"
        top = []
        for row in _rows(sheet):
            top.append(row)
            if len(top) > LOOKED_AT:
                break
        try:
            header = find_header(top, asked=wanted.columns, remembered=wanted.remembered, where=where)
        except BadInput as error:
            wrong = wrong or error
            continue
        if header is not None:
            found.append((sheet, header))
    if len(found) > 1:
        names = " ou ".join(f'--sheet "{sheet.title}"' for sheet, _ in found[:20])
        raise BadInput(f"{people.file}{_NB}: {len(found)} feuilles ont un tableau{_NB}; choisissez {names}")
    if not found:
        raise wrong or no_header(people.file)
    sheet, header = found[0]
    return sheet, header, header.row + header.below + 1


def _rows(sheet: Any) -> Iterator[list[str]]:
    # What a sheet says of its own size may be a lie.
    sheet.reset_dimensions()
    for cells in sheet.iter_rows(values_only=True, max_col=COLUMNS_LIMIT):
        yield [_text(cell) for cell in cells]


def _text(value: object) -> str:
    """Return what a cell shows, as a CSV would hold it: whole numbers in full, days as AAAA-MM-JJ."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)[:CELL_LIMIT].strip()
