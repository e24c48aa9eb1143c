"""A carrier's file on registered letters (CSV): numbers, statuses, days. Knows nothing of cases or of what they mean."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from listingguard.domain.french import PARIS
from listingguard.domain.names import fold
from listingguard.domain.service import Tracked
from listingguard.errors import BadInput

MAX_ROWS = 20_000
"""Rows of one file; a council posts some hundreds of letters a year."""

_NUMBER = (
    "numero de suivi", "n de suivi", "numero suivi", "numero de recommande", "numero du recommande", "numero recommande",
    "n recommande", "n de recommande", "numero lr", "n lr", "numero lrar", "numero ar", "n ar", "numero d envoi",
    "numero de l envoi", "numero objet", "numero d objet", "code suivi", "code de suivi", "code barres", "code a barres",
    "identifiant", "reference la poste", "numero de courrier", "numero", "tracking",
)  # fmt: skip
_STATUS = (
    "statut", "dernier statut", "statut de distribution", "etat", "etat de distribution", "dernier evenement", "evenement",
    "libelle evenement", "libelle statut", "libelle", "resultat", "motif",
)  # fmt: skip
_DAY = (
    "date du statut", "date statut", "date de statut", "date de l evenement", "date evenement", "date dernier evenement",
    "date du dernier evenement", "date de l etat", "date etat", "date", "date et heure", "horodatage",
    "date de distribution", "date distribution", "date de remise", "date de livraison",
)  # fmt: skip
"""Titles as carriers write them, accents and signs apart, the surest first. A day of deposit, or of the last change of
the file, is no day of a status."""


def read_tracking(content: bytes, name: str) -> tuple[Tracked, ...]:
    """Return the rows of a carrier's file in its order; cells are text, whatever a spreadsheet would make of them.

    Raises BadInput without the three columns (number, status, day), or where the file is no table.
    """
    text = _decoded(content, name)
    lines = text.splitlines()
    delimiter = max(";\t,|", key=lambda sign: max((line.count(sign) for line in lines[:20]), default=0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: Mapping[str, int] | None = None
    titles: Sequence[str] = ()
    found: list[Tracked] = []
    try:
        for cells in reader:
            if columns is None:
                # Some carriers write their name, or the day of the export, above the titles.
                columns = _columns(cells)
                titles = cells
                if columns is None and reader.line_num > 20:
                    break
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if len(found) == MAX_ROWS:
                raise BadInput(f"{name} : plus de {MAX_ROWS} lignes ; découpez le fichier.")
            found.append(_row(cells, columns, titles, reader.line_num))
    except csv.Error:
        raise BadInput(
            f"{name}, ligne {reader.line_num} : un guillemet est mal placé, ou la cellule est trop longue."
        ) from None
    if columns is None:
        raise BadInput(
            f"{name} : les titres ne se trouvent pas. Il faut une colonne du numéro (« Numéro de suivi »), une du statut "
            "(« Statut ») et une de sa date (« Date du statut »)."
        )
    return tuple(found)


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-")) or b"\x00" in content[:4096]:
        raise BadInput(f"{name} : ce fichier n’est pas un CSV. Ouvrez-le dans un tableur et enregistrez-le en CSV.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _columns(cells: Sequence[str]) -> dict[str, int] | None:
    """Return where the number, the status and its day stand; None where these cells are no titles."""
    known = {
        re.sub(r"[^a-z0-9]+", " ", fold(cell.replace("°", " "))).strip(): at
        for at, cell in reversed([*enumerate(cells)])
    }
    found = {}
    for field, titles in (("number", _NUMBER), ("status", _STATUS), ("day", _DAY)):
        at = next((known[title] for title in titles if title in known), None)
        if at is None:
            return None
        found[field] = at
    return found


def _row(cells: Sequence[str], columns: Mapping[str, int], titles: Sequence[str], line: int) -> Tracked:
    def cell(field: str) -> str:
        return cells[columns[field]].strip()[:300] if columns[field] < len(cells) else ""

    # What a spreadsheet is told to keep as text: ="1A…" or '1A….
    number = re.sub(r'^(="?|\')|"$', "", cell("number"))
    kept = io.StringIO(newline="")
    csv.writer(kept, delimiter=";").writerows((titles, cells))
    return Tracked(line, number, cell("status"), _day(cell("day")), kept.getvalue().encode())


def _day(text: str) -> date | None:
    """Return the day of « 05/03/2026 », « 05/03/2026 14:30 », « 2026-03-05T14:30:00+01:00 »; None for anything else."""
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,àT].*)?", text):
        parts = (int(match[3]), int(match[2]), int(match[1]))
        try:
            return date(*parts)
        except ValueError:
            return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(PARIS).date() if moment.tzinfo else moment.date()
