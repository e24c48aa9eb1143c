"""The extraction of the Annuaire Santé, one row per person and activity, at its full size: streamed, by column name.

Source: columns of `ps-libreacces-personne-activite`, data.gouv.fr, ANS.
"""

from __future__ import annotations

import re

from listingguard.domain.practitioner import PHYSIOTHERAPIST, Practice, Practitioner
from listingguard.edge.roster.lines import Lines
from listingguard.edge.roster.row import People, RefusedCell, Row, folded
from listingguard.errors import BadInput

_NB = "\u00a0"

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


def read_annuaire(lines: Lines, header: str, people: People, department: str | None) -> None:
    """Read the physiotherapists of an extraction whose header was taken already; only a department's when named.

    Raises BadInput when a column that is needed is missing.
    """
    # Known by name, however it is spelled: capitals and apostrophes changed from one extraction to the next.
    columns = [cell.strip() for cell in header.rstrip("\r\n").split("|")]
    while columns and not columns[-1]:
        columns.pop()
    index_of = {folded(column): index for index, column in enumerate(columns)}
    for column in _ANNUAIRE_REQUIRED:
        if folded(column) not in index_of:
            raise BadInput(
                f"{people.file}, ligne 1{_NB}: la colonne «{_NB}{column}{_NB}» manque. "
                f"Colonnes attendues{_NB}: {', '.join(_ANNUAIRE_REQUIRED)}."
            )
    # Nine rows in ten are of other professions: passing over their bytes keeps two million rows quick.
    lines.mark = f"|{PHYSIOTHERAPIST}|".encode()
    used = {column: index_of[folded(column)] for column in _ANNUAIRE_USED if folded(column) in index_of}
    profession = used[_PROFESSION]
    for line in lines:
        cells = line.rstrip("\r\n").split("|")
        while len(cells) > len(columns) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(columns):
            missing = columns[len(cells)] if len(cells) < len(columns) else ""
            people.refuse(lines.number, missing, f"{len(cells)} cellules au lieu de {len(columns)}.")
        elif cells[profession].strip() == PHYSIOTHERAPIST:
            row = Row(lines.number, {column: cells[index] for column, index in used.items()}, people)
            if department is None or department == _department_of(row):
                _take_activity(row, people)


def _take_activity(row: Row, people: People) -> None:
    try:
        rpps = row.rpps(_NATIONAL) or row.rpps(_NUMBER)
        if rpps is None:
            raise RefusedCell(_NATIONAL, "pas de numéro RPPS.")
        practice = Practice(
            name=row.words(_NAMES[0]) or row.words(_NAMES[1]),
            street=" ".join(filter(None, (row.words(part, quoted=False) for part in _STREET))),
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
            civility=row.civility(_CIVILITY[0] if row.cells.get(_CIVILITY[0]) else _CIVILITY[1]),
            practices=(practice,) if practice != Practice() else (),
        )
    except RefusedCell as cell:
        people.refuse(row.number, cell.column, cell.reason)
        people.mention(row.cells.get(_NATIONAL, ""))
        return
    people.add(person, row.number, _NATIONAL)


def department_code(text: str | None) -> str | None:
    """Return the code of a department as it is written in the extraction; None for none; BadInput for no such one."""
    if text is None:
        return None
    code = text.strip().upper()
    code = "0" + code if re.fullmatch(r"[1-9]", code, re.ASCII) else code
    if not re.fullmatch(r"0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[46-8]", code, re.ASCII) or code == "20":
        raise BadInput(f"Le département «{_NB}{text}{_NB}» n’existe pas. Écrivez par exemple 26, 2A ou 974.")
    return code


def _department_of(row: Row) -> str:
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
