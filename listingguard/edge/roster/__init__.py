"""Reads a roster file into practitioners: CSV, XLSX, or the Annuaire Santé extraction. Stores nothing, decides nothing.

A fault of the whole file raises BadInput; a fault of one row puts that row among the refused, with its reason, and
the rest is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from listingguard.domain.practitioner import Practitioner
from listingguard.edge.roster.annuaire import department_code, read_annuaire
from listingguard.edge.roster.header import COLUMNS, Header, Maps, parse_said
from listingguard.edge.roster.lines import LINE_LIMIT, Lines, Progress
from listingguard.edge.roster.row import People, RefusedRow, folded
from listingguard.edge.roster.table import Wanted, read_csv
from listingguard.errors import BadInput

_NB = "\u00a0"

__all__ = ("COLUMNS", "LINE_LIMIT", "RefusedRow", "RosterFile", "read_roster")


@dataclass(frozen=True)
class RosterFile:
    """What one file holds. practitioners: in the order of the file, one per person.

    refused: rows that were left out. warnings: rows that were taken, with what a person should look at. format: `csv`,
    `xlsx` or `annuaire`. fields: what the file can say of a person; of anything else it says nothing. headers: key of
    its set of titles; said: what a person said now that they mean, to be remembered under it. mentioned: ids that only
    refused rows name. unsaid: ids of the people whose status the file leaves empty. extract: the part of the profession
    that an extraction covers in full, as `annuaire/26`; empty for a council's table.
    """

    practitioners: tuple[Practitioner, ...]
    refused: tuple[RefusedRow, ...]
    warnings: tuple[RefusedRow, ...]
    format: str
    fields: frozenset[str] = frozenset()
    headers: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    mentioned: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    extract: str = ""


def read_roster(
    source: Path | BinaryIO,
    name: str = "",
    department: str | None = None,
    *,
    sheet: str | None = None,
    maps: Iterable[str] = (),
    statuses: Iterable[str] = (),
    remembered: Maps | None = None,
    progress: Progress | None = None,
) -> RosterFile:
    """Return the practitioners of a roster file, and each row that was refused or needs a look.

    source: a path, or a stream of bytes read once, line by line. name: what messages call the file.
    department: `26`, `2A`, `974`…; keeps the activities of that department, only for the Annuaire Santé.
    sheet: of a workbook, by name or number. maps: `TITRE=champ`, statuses: `MOT=statut`, as a person typed them;
    remembered: the same from earlier files, by set of titles. progress: called now and then with the bytes read and
    the people found. The rows of one RPPS number become one practitioner with all their practices.
    Raises BadInput for a file that is empty, not a table, without the right header, or with a line over 1 MiB.
    """
    wanted = Wanted(parse_said(maps, statuses), remembered or {}, sheet)
    if not isinstance(source, Path):
        return _read(source, name or "entrée standard", department, wanted, progress)
    name = name or source.name
    try:
        with source.open("rb") as stream:
            return _read(stream, name, department, wanted, progress)
    except FileNotFoundError:
        raise BadInput(f"{name}{_NB}: ce fichier n’existe pas.") from None
    except IsADirectoryError:
        raise BadInput(f"{name}{_NB}: c’est un dossier, pas un fichier.") from None
    except OSError as error:
        raise BadInput(f"{name}{_NB}: le fichier ne peut pas être lu ({error.strerror}).") from error


def _read(stream: BinaryIO, name: str, department: str | None, wanted: Wanted, progress: Progress | None) -> RosterFile:
    people = People(name)
    first = stream.readline(LINE_LIMIT + 1)
    if not first:
        raise BadInput(f"{name}{_NB}: le fichier est vide.")
    if first.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise BadInput(
            f"{name}{_NB}: ce classeur est d’un ancien format (.xls) ou protégé par un mot de passe{_NB}; "
            "enregistrez-le en .xlsx, sans mot de passe."
        )
    if first.startswith(b"PK\x03\x04"):
        from listingguard.edge.roster.workbook import XLSX_LIMIT, read_workbook

        header = read_workbook(first + stream.read(XLSX_LIMIT + 1), people, wanted)
        return _table(people, "xlsx", department, header, wanted)
    if wanted.sheet is not None:
        raise BadInput(f"{name}{_NB}: --sheet ne vaut que pour un classeur (.xlsx).")
    lines = Lines(stream, first, people, progress)
    top = next(lines)
    if folded("Identification nationale PP") in map(folded, top.split("|")):
        read_annuaire(lines, top, people, department_code(department))
        extract = f"annuaire/{department_code(department) or 'France'}"
        return _finished(
            RosterFile((), (), (), "annuaire", frozenset({"rpps", "site1_street"}), extract=extract), people
        )
    return _table(people, "csv", department, read_csv(lines, top, people, wanted), wanted)


def _table(people: People, form: str, department: str | None, header: Header, wanted: Wanted) -> RosterFile:
    if department is not None:
        raise BadInput(
            f"{people.file}{_NB}: le choix d’un département ne vaut que pour l’extraction de l’Annuaire Santé."
        )
    if header.unread:
        titles = ", ".join(f"«{_NB}{title[:40]}{_NB}»" for title in header.unread[:30])
        people.warn(
            header.row + 1, "", f'colonnes non lues{_NB}: {titles}. Pour en lire une{_NB}: --map "TITRE=champ".'
        )
    read = RosterFile((), (), (), form, header.fields, header.key, wanted.columns, people.sheet)
    return _finished(read, people)


def _finished(read: RosterFile, people: People) -> RosterFile:
    if not people.found and not people.refused:
        people.warn(1, "", "aucune personne à importer dans ce fichier.")
    found = tuple(people.found.values())
    people.found.clear()
    return replace(
        read,
        practitioners=found,
        refused=tuple(people.refused),
        warnings=tuple(people.warnings),
        mentioned=frozenset(people.mentioned),
        unsaid=frozenset(people.unsaid),
    )
