"""The complaint and the list of exhibits as Word files, for a lawyer to edit; the PDF stays the one that is signed."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Any


def word_file(zones: Mapping[str, Any], *, title: str, day: date, mark: str = "") -> bytes:
    """Return a document as .docx, headings, lists and tables as Word's own; the same input gives the same bytes.

    zones: as `Renderer.kept` gives them. day: written as the date of creation. mark: at the head of every page, or empty.
    """
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(11)
    language = style.element.get_or_add_rPr().makeelement(qn("w:lang"), {qn("w:val"): "fr-FR"})
    style.element.get_or_add_rPr().append(language)
    said = document.core_properties
    moment = datetime.combine(day, time(12), UTC).replace(tzinfo=None)
    said.title, said.author, said.language, said.comments = title, "", "fr-FR", ""
    said.created = said.modified = moment
    said.last_modified_by = ""
    for name in ("sender", "addressee", "place", "reference"):
        for block in zones.get(name, ()):
            document.add_paragraph(_lines(block["rows"]))
    for name, level in (("title", 0), ("subtitle", 2)):
        for block in zones.get(name, ()):
            document.add_heading(_lines(block["rows"]), level)
    number = 0
    for block in zones.get("body", ()):
        number = _add(document, block, number)
    for block in zones.get("signature", ()):
        document.add_paragraph(_lines(block["rows"]))
    if mark:
        section.header.paragraphs[0].text = mark
    for block in zones.get("footer", ()):
        section.footer.paragraphs[0].text = _lines(block["rows"])
    out = BytesIO()
    document.save(out)
    return _dated(out.getvalue())


def _add(document: Any, block: Mapping[str, Any], number: int) -> int:
    """Add one block and return the last number given to a paragraph: they run through the document."""
    rows = block["rows"]
    match block["kind"]:
        case "h":
            document.add_heading(_lines(rows), 1)
        case "ul":
            bullet = document.styles["List Bullet"].style_id
            for row in rows:
                # Its style by its id: looked for by name, each paragraph would go through all of them.
                document.add_paragraph(_cell(row[0]))._p.style = bullet
        case "ol":
            for row in rows:
                number += 1
                document.add_paragraph(f"{number}. {_cell(row[0])}")
        case "table":
            width = max(len(row) for row in rows)
            table = document.add_table(rows=0, cols=width, style="Table Grid")
            for row in rows:
                for cell, lines in zip(table.add_row().cells, row, strict=False):
                    cell.text = _cell(lines)
        case _:
            document.add_paragraph(_lines(rows))
    return number


def _lines(rows: Sequence[Any]) -> str:
    return "\n".join(_cell(row[0]) for row in rows)


def _cell(lines: Sequence[Any]) -> str:
    return "\n".join("".join(words for _, words in line) for line in lines)


def _dated(data: bytes) -> bytes:
    """Return the same archive with one fixed date: the library writes the clock's."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            fixed = zipfile.ZipInfo(info.filename, date_time=(1980, 1, 1, 0, 0, 0))
            fixed.compress_type, fixed.create_system = zipfile.ZIP_DEFLATED, 3
            fixed.external_attr = 0o644 << 16
            target.writestr(fixed, source.read(info))
    return out.getvalue()
