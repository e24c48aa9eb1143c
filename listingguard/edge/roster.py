"""Reads a roster file into practitioners: our CSV or the Annuaire Santé extraction. Stores nothing, decides nothing.

A fault of the whole file raises BadInput; a fault of one row puts that row among the refused, with its reason, and
the rest is read.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from stdnum import luhn

from listingguard.domain.names import phones_in
from listingguard.domain.practitioner import PHYSIOTHERAPIST, Civility, Practice, Practitioner
from listingguard.errors import BadInput

LINE_LIMIT = 1024 * 1024
"""Bytes in one line; a longer one is not a roster, and must not fill the memory."""

_SITE_FIELDS = ("name", "street", "postcode", "town", "insee", "phone", "private")
REQUIRED = ("family_name", "first_name")
COLUMNS = (
    "rpps",
    "civility",
    "family_name",
    "usage_name",
    "first_name",
    "other_first_names",
    "profession",
    "mobile",
    "email",
    *(f"site{n}_{name}" for n in (1, 2, 3) for name in _SITE_FIELDS),
)
"""The columns of our CSV, in any order; `siteN_private` (oui, non) says that the address is also the home."""


@dataclass(frozen=True)
class RefusedRow:
    """One row that could not be taken as it is, and why.

    row: line of the file, the first is 1. column: its name, or empty when the whole row is meant.
    """

    file: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f", colonne «\u00a0{self.column}\u00a0»" if self.column else ""
        return f"{self.file}, ligne {self.row}{where}\u00a0: {self.reason}"


@dataclass(frozen=True)
class RosterFile:
    """What one file holds. practitioners: in the order of the file, one per person.

    refused: rows that were left out. warnings: rows that were taken, with what a person should look at.
    format: `csv` or `annuaire`.
    """

    practitioners: tuple[Practitioner, ...]
    refused: tuple[RefusedRow, ...]
    warnings: tuple[RefusedRow, ...]
    format: str


def read_roster(source: Path | BinaryIO, name: str = "", department: str | None = None) -> RosterFile:
    """Return the practitioners of a roster file, and each row that was refused or needs a look.

    source: a path, or a stream of bytes read once, line by line. name: what messages call the file.
    department: `26`, `2A`, `974`…; keeps the activities of that department, only for the Annuaire Santé.
    The rows of one RPPS number become one practitioner with all their practices. Raises BadInput for a file that
    is empty, not text, without the right header, or with a line over 1 MiB.

    Source: columns of the Annuaire Santé extraction `ps-libreacces-personne-activite`, data.gouv.fr, ANS.
    """
    if not isinstance(source, Path):
        return _read(source, name or "entrée standard", department)
    name = name or source.name
    try:
        with source.open("rb") as stream:
            return _read(stream, name, department)
    except FileNotFoundError:
        raise BadInput(f"{name}\u00a0: ce fichier n’existe pas.") from None
    except IsADirectoryError:
        raise BadInput(f"{name}\u00a0: c’est un dossier, pas un fichier.") from None
    except OSError as error:
        raise BadInput(f"{name}\u00a0: le fichier ne peut pas être lu ({error.strerror}).") from error


def _read(stream: BinaryIO, name: str, department: str | None) -> RosterFile:
    people = _People(name)
    lines = _Lines(stream, people)
    header = next(lines, None)
    if header is None:
        raise BadInput(f"{name}\u00a0: le fichier est vide.")
    if _folded("Identification nationale PP") in map(_folded, header.split("|")):
        _read_annuaire(lines, header, people, _department(department))
        form = "annuaire"
    else:
        if department is not None:
            raise BadInput(
                f"{name}\u00a0: le choix d’un département ne vaut que pour l’extraction de l’Annuaire Santé."
            )
        _read_csv(lines, header, people)
        form = "csv"
    if not people.found and not people.refused:
        people.warn(1, "", "aucune personne à importer dans ce fichier.")
    return RosterFile(tuple(people.found.values()), tuple(people.refused), tuple(people.warnings), form)


# -- lines -----------------------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a file as text, one at a time: bounded, decoded, without byte order mark."""

    def __init__(self, stream: BinaryIO, people: _People) -> None:
        self._stream, self._people = stream, people
        self.number = 0
        self._told = False
        # Looks at the bytes first; a line it does not want is neither decoded nor given.
        self.wanted: Callable[[bytes], bool] | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            raw = self._stream.readline(LINE_LIMIT + 1)
            if not raw:
                raise StopIteration
            self.number += 1
            self._check(raw)
            if self.number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            if self.wanted is None or self.wanted(raw):
                return self._decode(raw)

    def _check(self, raw: bytes) -> None:
        name = self._people.file
        if self.number == 1 and raw.startswith((b"PK\x03\x04", b"%PDF-")):
            raise BadInput(
                f"{name}\u00a0: c’est un classeur, un PDF ou une archive\u00a0; "
                "enregistrez-le en «\u00a0CSV UTF-8\u00a0»."
            )
        # A header begins with a letter, a quote or a byte order mark; pictures and compressed files do not.
        strange = self.number == 1 and not raw.startswith(b"\xef\xbb\xbf") and not b"\t" <= raw[:1] < b"\x7f"
        if b"\0" in raw or strange:
            raise BadInput(
                f"{name}, ligne {self.number}\u00a0: ce n’est pas un fichier texte\u00a0; "
                "enregistrez-le en «\u00a0CSV UTF-8\u00a0»."
            )
        if self.number == 1 and b"\r" in raw.rstrip(b"\r\n"):
            raise BadInput(
                f"{name}\u00a0: les lignes finissent par un retour chariot seul\u00a0; "
                "enregistrez-le en «\u00a0CSV UTF-8\u00a0»."
            )
        if len(raw) > LINE_LIMIT:
            raise BadInput(f"{name}, ligne {self.number}\u00a0: la ligne dépasse 1 Mio, ce n’est pas un tableau.")

    def _decode(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            if not self._told:
                self._told = True
                self._people.warn(
                    self.number,
                    "",
                    "les accents ne sont pas en UTF-8\u00a0; lus comme Windows-1252, vérifiez les noms.",
                )
            # The five bytes that Windows-1252 does not know become U+FFFD, and the row is refused.
            return raw.decode("cp1252", "replace")


# -- people ----------------------------------------------------------------------------------------------------------


@dataclass
class _People:
    """Who was found so far in one file, with what was refused."""

    file: str
    found: dict[str, Practitioner] = field(default_factory=dict)
    first_row: dict[str, int] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[RefusedRow] = field(default_factory=list)

    def refuse(self, row: int, column: str, reason: str) -> None:
        self.refused.append(RefusedRow(self.file, row, column, reason))

    def warn(self, row: int, column: str, reason: str) -> None:
        self.warnings.append(RefusedRow(self.file, row, column, reason))

    def add(self, person: Practitioner, row: int, column: str) -> None:
        """Take one row's person; rows of the same id become one, if their names agree."""
        known = self.found.get(person.id)
        if known is None:
            self.found[person.id], self.first_row[person.id] = person, row
            return
        if not _same_person(known, person):
            self.refuse(
                row,
                column,
                f"le numéro {person.id} est déjà celui de {known.full_name}, ligne {self.first_row[person.id]}.",
            )
            return
        merged = replace(
            known,
            civility=known.civility if known.civility is not Civility.UNKNOWN else person.civility,
            usage_name=known.usage_name or person.usage_name,
            other_first_names=known.other_first_names or person.other_first_names,
            mobile=known.mobile or person.mobile,
            email=known.email or person.email,
            practices=tuple(dict.fromkeys(known.practices + person.practices)),
        )
        if merged != known and person.rpps is None:
            self.warn(
                row,
                column,
                f"même nom et même code postal qu’à la ligne {self.first_row[person.id]}, sans numéro RPPS\u00a0: "
                "compté comme la même personne.",
            )
        self.found[person.id] = merged


def _same_person(a: Practitioner, b: Practitioner) -> bool:
    if (a.family_names, a.first_name) == (b.family_names, b.first_name):
        return True
    families = [{_folded(n) for n in p.family_names} for p in (a, b)]
    return bool(families[0] & families[1]) and _folded(a.first_name) == _folded(b.first_name)


def _local_id(family_name: str, first_name: str, postcode: str) -> str:
    """Return an id that the same row gets at each import."""
    key = f"{_folded(family_name)}|{_folded(first_name)}|{postcode}"
    return "local-" + hashlib.sha256(key.encode()).hexdigest()[:12]


def _folded(text: str) -> str:
    """Return the letters and digits of a name, in lower case and without accents.

    Apart from the matching's own folding on purpose: local ids are made of it, and must never change.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain.casefold()).split())


# -- one row ---------------------------------------------------------------------------------------------------------


class _RefusedCell(Exception):
    """A cell without which the row cannot be taken."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


@dataclass(frozen=True)
class _Row:
    """The cells of one row by column, each read with its own warning."""

    number: int
    cells: Mapping[str, str]
    people: _People

    def text(self, column: str) -> str:
        """Return the cell as inert text; empty where the file has no such column."""
        raw = self.cells.get(column, "")
        if "\ufffd" in raw:
            raise _RefusedCell(
                column, "un caractère est illisible\u00a0; enregistrez le fichier en «\u00a0CSV UTF-8\u00a0»."
            )
        spaced = " ".join(unicodedata.normalize("NFC", raw).split())
        if spaced.isprintable():
            return spaced
        # Invisible characters (control, bidirectional marks) have no place in a name or an address.
        return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf"))

    def words(self, column: str) -> str:
        """Return a cell of prose; one that looks like a formula stays text and is pointed out."""
        text = self.text(column)
        if text.startswith(("=", "+", "-", "@")):
            self.people.warn(
                self.number, column, f"«\u00a0{text[:40]}\u00a0» ressemble à une formule\u00a0; gardé comme texte."
            )
        return text

    def name(self, column: str) -> str:
        text = self.words(column)
        if not text:
            raise _RefusedCell(column, "la cellule est vide.")
        return text

    def rpps(self, column: str) -> str | None:
        """Return the 11 digits, or None for an empty cell; a wrong key only warns (published numbers have some)."""
        text = self.text(column).lstrip("'").replace(" ", "")
        if not text:
            return None
        if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", text, re.ASCII):
            raise _RefusedCell(
                column,
                f"le tableur a changé le numéro en «\u00a0{text}\u00a0» et ses chiffres sont perdus\u00a0; "
                "mettez la colonne au format Texte, saisissez à nouveau les 11 chiffres, enregistrez.",
            )
        # The national identifier is the type of number (8 for RPPS), then the number.
        digits = text[1:] if re.fullmatch(r"8\d{11}", text, re.ASCII) else text
        if not re.fullmatch(r"\d{11}", digits, re.ASCII):
            raise _RefusedCell(column, f"un numéro RPPS a 11 chiffres, «\u00a0{text[:40]}\u00a0» ne convient pas.")
        if not luhn.is_valid(digits):
            self.people.warn(self.number, column, f"la clé du numéro RPPS {digits} est fausse\u00a0; vérifiez-le.")
        return digits

    def code(self, column: str, what: str) -> str:
        """Return a postcode or a commune code, with the zero that spreadsheets take away put back."""
        text = self.text(column).lstrip("'").replace(" ", "")
        if re.fullmatch(r"\d{4}", text, re.ASCII):
            self.people.warn(self.number, column, f"{what} {text} a perdu son zéro\u00a0; lu 0{text}.")
            return "0" + text
        if text and not re.fullmatch(r"\d{5}|2[AB]\d{3}", text, re.ASCII):
            self.people.warn(
                self.number, column, f"{what} «\u00a0{text[:40]}\u00a0» n’a pas 5 chiffres\u00a0; gardé tel quel."
            )
        return text

    def phones(self, column: str) -> tuple[str, ...]:
        """Return the numbers of the cell in E.164; one that is no number is dropped with a warning."""
        text = self.text(column).lstrip("'")
        bare = re.sub(r"[\s.]", "", text)
        if re.fullmatch(r"[1-9]\d{8}", bare, re.ASCII):
            self.people.warn(self.number, column, f"le numéro {text} a perdu son zéro\u00a0; lu 0{bare}.")
            return phones_in("0" + bare)
        found = phones_in(text)
        # A cell may hold two numbers; slashes may also stand inside one.
        parts = [text] if not found else [p for p in re.split(r"[/,;]|\bou\b", text) if len(re.findall(r"\d", p)) > 5]
        for part in parts:
            if part and not phones_in(part):
                self.people.warn(
                    self.number,
                    column,
                    f"«\u00a0{part.strip()[:40]}\u00a0» n’est pas un numéro de téléphone\u00a0; laissé de côté.",
                )
        return found

    def email(self, column: str) -> str:
        text = self.text(column)
        if text and not re.fullmatch(r"[^@\s=+\-][^@\s]*@[^@\s]+\.[^@\s.]+", text):
            self.people.warn(
                self.number,
                column,
                f"«\u00a0{text[:60]}\u00a0» n’est pas une adresse de courriel\u00a0; laissée de côté.",
            )
            return ""
        return text

    def yes(self, column: str) -> bool:
        text = _folded(self.text(column))
        if text not in ("", "oui", "non"):
            # Guessing « non » could print a home address.
            raise _RefusedCell(
                column, f"écrivez «\u00a0oui\u00a0» ou «\u00a0non\u00a0», pas «\u00a0{text[:40]}\u00a0»."
            )
        return text == "oui"


def _civility(text: str) -> Civility:
    word = _folded(text)
    if word in ("mme", "madame", "f", "mlle", "mademoiselle"):
        return Civility.MADAME
    return Civility.MONSIEUR if word in ("m", "mr", "monsieur") else Civility.UNKNOWN


# -- our CSV ---------------------------------------------------------------------------------------------------------


def _read_csv(lines: _Lines, header: str, people: _People) -> None:
    delimiter = ";" if header.count(";") >= header.count(",") else ","
    columns = _csv_columns(header, delimiter, people.file)
    # strict: a quote that is never closed must not swallow the rest of the file in silence.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = lines.number + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            if lines.number > number:
                raise BadInput(
                    f"{people.file}, ligne {number}\u00a0: un guillemet ouvert n’est pas refermé, "
                    "ou la cellule est trop longue."
                ) from None
            people.refuse(number, "", "les guillemets sont mal placés, ou une cellule est trop longue.")
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            _take_csv(_fitted(cells, columns, number, lines.number, people), columns, number, people)


def _csv_columns(header: str, delimiter: str, file: str) -> tuple[str, ...]:
    """Return the columns in the order of the file; BadInput names the first that is wrong."""
    try:
        cells = next(csv.reader([header], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise BadInput(f"{file}, ligne 1\u00a0: les guillemets de l’en-tête sont mal placés.") from None
    columns = [cell.strip().lower() for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    expected = f"Colonnes attendues\u00a0: {', '.join(COLUMNS)}."
    if not set(columns) & set(COLUMNS):
        raise BadInput(f"{file}, ligne 1\u00a0: l’en-tête avec les noms des colonnes manque. {expected}")
    for number, column in enumerate(columns, start=1):
        if column not in COLUMNS:
            raise BadInput(
                f"{file}, ligne 1\u00a0: la colonne n°\u00a0{number}, «\u00a0{column[:60]}\u00a0», "
                f"est inconnue. {expected}"
            )
        if column in columns[: number - 1]:
            raise BadInput(f"{file}, ligne 1\u00a0: la colonne «\u00a0{column}\u00a0» est là deux fois.")
    for column in REQUIRED:
        if column not in columns:
            raise BadInput(f"{file}, ligne 1\u00a0: la colonne «\u00a0{column}\u00a0» manque. {expected}")
    return tuple(columns)


def _fitted(cells: list[str], columns: Sequence[str], number: int, last: int, people: _People) -> dict[str, str] | None:
    """Return the cells by column; None, the row refused, where their number is not that of the header."""
    while len(cells) > len(columns) and not cells[-1].strip():
        cells.pop()
    if len(cells) == len(columns):
        return dict(zip(columns, cells, strict=True))
    missing = columns[len(cells)] if len(cells) < len(columns) else ""
    until = f" (jusqu’à la ligne {last}, à cause d’un guillemet)" if last > number else ""
    people.refuse(number, missing, f"{len(cells)} cellules au lieu de {len(columns)}{until}.")
    return None


def _take_csv(cells: dict[str, str] | None, columns: Sequence[str], number: int, people: _People) -> None:
    if cells is None:
        return
    row = _Row(number, cells, people)
    try:
        first_site, *other_sites = (_csv_practice(row, f"site{n}_") for n in (1, 2, 3))
        family, first, rpps = row.name("family_name"), row.name("first_name"), row.rpps("rpps")
        person = Practitioner(
            id=rpps or _local_id(family, first, first_site.postcode if first_site else ""),
            family_name=family,
            first_name=first,
            rpps=rpps,
            civility=_civility(row.text("civility")),
            usage_name=row.words("usage_name"),
            other_first_names=_first_names(row.words("other_first_names")),
            profession=_profession(row.text("profession")),
            mobile=next(iter(row.phones("mobile")), ""),
            email=row.email("email"),
            practices=tuple(site for site in (first_site, *other_sites) if site is not None),
        )
    except _RefusedCell as cell:
        people.refuse(number, cell.column, cell.reason)
        return
    people.add(person, number, "rpps" if rpps else "family_name")


def _csv_practice(row: _Row, prefix: str) -> Practice | None:
    if not any(row.text(prefix + name) for name in _SITE_FIELDS if name != "private"):
        return None
    return Practice(
        name=row.words(prefix + "name"),
        street=row.words(prefix + "street"),
        postcode=row.code(prefix + "postcode", "le code postal"),
        town=row.words(prefix + "town"),
        insee=row.code(prefix + "insee", "le code commune"),
        phones=row.phones(prefix + "phone"),
        private=row.yes(prefix + "private"),
    )


def _first_names(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _profession(text: str) -> str:
    """Return the code 70 for nothing and for the profession's names; any other text as it is."""
    word = _folded(text)
    return PHYSIOTHERAPIST if word in ("", "mk", "mkde") or "kinesitherapeute" in word else text


# -- Annuaire Santé --------------------------------------------------------------------------------------------------

_SITE = " (coord. structure)"
_NATIONAL, _NUMBER = "Identification nationale PP", "Identifiant PP"
_FAMILY, _FIRST, _PROFESSION = "Nom d'exercice", "Prénom d'exercice", "Code profession"
_POSTCODE, _INSEE, _TOWN = "Code postal" + _SITE, "Code commune" + _SITE, "Libellé commune" + _SITE
_STREET = tuple(
    part + _SITE for part in ("Numéro Voie", "Indice répétition voie", "Libellé type de voie", "Libellé Voie")
)
_PHONES = ("Téléphone" + _SITE, "Téléphone 2" + _SITE)
_NAMES = ("Enseigne commerciale site", "Raison sociale site")
_CIVILITY = ("Code civilité", "Libellé civilité")
_DEPARTMENT = ("Code Département (structure)", "Code département" + _SITE)
_ANNUAIRE_REQUIRED = (_NATIONAL, _FAMILY, _FIRST, _PROFESSION, _POSTCODE, _INSEE, _TOWN)
# The e-mail address is not among them: it is the structure's, others may read it.
_ANNUAIRE_USED = (*_ANNUAIRE_REQUIRED, _NUMBER, *_STREET, *_PHONES, *_NAMES, *_CIVILITY, *_DEPARTMENT)


def _read_annuaire(lines: _Lines, header: str, people: _People, department: str | None) -> None:
    # Known by name, however it is spelled: capitals and apostrophes changed from one extraction to the next.
    columns = [cell.strip() for cell in header.rstrip("\r\n").split("|")]
    while columns and not columns[-1]:
        columns.pop()
    folded = {_folded(column): index for index, column in enumerate(columns)}
    for column in _ANNUAIRE_REQUIRED:
        if _folded(column) not in folded:
            raise BadInput(
                f"{people.file}, ligne 1\u00a0: la colonne «\u00a0{column}\u00a0» manque. "
                f"Colonnes attendues\u00a0: {', '.join(_ANNUAIRE_REQUIRED)}."
            )
    # Nine rows in ten are of other professions: passing over their bytes keeps two million rows quick.
    mark = f"|{PHYSIOTHERAPIST}|".encode()
    lines.wanted = lambda raw: mark in raw
    used = {column: folded[_folded(column)] for column in _ANNUAIRE_USED if _folded(column) in folded}
    profession = used[_PROFESSION]
    for line in lines:
        cells = line.rstrip("\r\n").split("|")
        while len(cells) > len(columns) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(columns):
            missing = columns[len(cells)] if len(cells) < len(columns) else ""
            people.refuse(lines.number, missing, f"{len(cells)} cellules au lieu de {len(columns)}.")
        elif cells[profession].strip() == PHYSIOTHERAPIST:
            row = _Row(lines.number, {column: cells[index] for column, index in used.items()}, people)
            if department is None or department == _department_of(row):
                _take_activity(row, people)


def _take_activity(row: _Row, people: _People) -> None:
    try:
        rpps = row.rpps(_NATIONAL) or row.rpps(_NUMBER)
        if rpps is None:
            raise _RefusedCell(_NATIONAL, "pas de numéro RPPS.")
        practice = Practice(
            name=row.words(_NAMES[0]) or row.words(_NAMES[1]),
            street=" ".join(filter(None, (row.words(part) for part in _STREET))),
            postcode=row.code(_POSTCODE, "le code postal"),
            town=row.words(_TOWN),
            insee=row.code(_INSEE, "le code commune"),
            phones=tuple(dict.fromkeys(number for column in _PHONES for number in row.phones(column))),
        )
        person = Practitioner(
            id=rpps,
            rpps=rpps,
            family_name=row.name(_FAMILY),
            first_name=row.name(_FIRST),
            civility=_civility(row.text(_CIVILITY[0]) or row.text(_CIVILITY[1])),
            practices=(practice,) if practice != Practice() else (),
        )
    except _RefusedCell as cell:
        people.refuse(row.number, cell.column, cell.reason)
        return
    people.add(person, row.number, _NATIONAL)


def _department(text: str | None) -> str | None:
    if text is None:
        return None
    code = text.strip().upper()
    code = "0" + code if re.fullmatch(r"[1-9]", code, re.ASCII) else code
    if not re.fullmatch(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[46-8]", code, re.ASCII) or code == "20":
        raise BadInput(f"Le département «\u00a0{text}\u00a0» n’existe pas. Écrivez par exemple 26, 2A ou 974.")
    return code


def _department_of(row: _Row) -> str:
    """Return the department of the activity: by its commune, else by what the row says, else by its postcode."""
    commune = row.cells.get(_INSEE, "").strip().upper().rjust(5, "0")
    if commune.strip("0"):
        return commune[:3] if commune.startswith(("97", "98")) else commune[:2]
    for column in _DEPARTMENT:
        said = row.cells.get(column, "").strip().upper()
        if said:
            return said.lstrip("0").rjust(2, "0")
    postcode = row.cells.get(_POSTCODE, "").strip()
    postcode = postcode.rjust(5, "0") if postcode else ""
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:3] if postcode.startswith(("97", "98")) else postcode[:2]
