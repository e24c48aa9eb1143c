"""`roster import`: a council's table or the register into the roster, row by row accounted for."""

from __future__ import annotations

import csv
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.common import emit, json_option, note, opened, say
from listingguard.domain.french import inert, listed, plural
from listingguard.domain.system import why
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.domain.practitioner import Practitioner
    from listingguard.flow.enrol import ImportResult

SHOWN_ALIKE = 5
"""Warnings of one kind shown to people; --json gives them all."""


@click.command("import")
@click.argument("file", metavar="FICHIER")
@click.option("--dry-run", is_flag=True, help="Lit et vérifie tout, n’écrit rien.")
@click.option("--sheet", metavar="NOM", help="La feuille du classeur à lire (son nom ou son numéro).")
@click.option(
    "--map", "maps", multiple=True, metavar="TITRE=CHAMP",
    help="Ce que veut dire un titre de colonne (« Petit nom=prénom », « Notes=ignorer ») ; retenu ; à répéter.",
)  # fmt: skip
@click.option(
    "--status", "statuses", multiple=True, metavar="MOT=STATUT",
    help="Ce que veut dire un mot de la colonne Statut : active, suspended, retired, struck_off, deceased ; retenu.",
)  # fmt: skip
@click.option("--complete", is_flag=True, help="Le fichier nomme tout le tableau : qui n’y est plus est parti.")
@click.option("--many-left", is_flag=True, help="Plus d’un cinquième des personnes sont vraiment parties.")
@click.option("--report", metavar="FICHIER.csv", help="Écrit là chaque ligne refusée ou à vérifier, pour le tableur.")
@click.option("--department", metavar="N", help="Pour l’Annuaire Santé : le département à garder (26, 2A, 974…).")
@json_option
def import_(
    file: str, dry_run: bool, sheet: str | None, maps: tuple[str, ...], statuses: tuple[str, ...], complete: bool,
    many_left: bool, report: str | None, department: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Importe un tableau (XLSX, CSV) ou une extraction de l’Annuaire Santé ; réimporter met à jour, ne double jamais.

    Les titres français sont compris (« N° RPPS », « Nom d’usage », « CP », « Tél. », « Statut », « Domicile »…), sous
    un titre de tableau, dans une feuille ou une autre. Plusieurs lignes d’un même numéro font une personne et ses
    cabinets. Une personne radiée, en retraite ou décédée reste au tableau et n’est plus recherchée ; une personne que
    le fichier entier ne nomme plus est partie, jamais effacée.

    \b
    Champs de --map : rpps, civility, family_name, usage_name, first_name, other_first_names, profession,
    mobile, email, status, status_on, puis site1_name, site1_street, site1_postcode, site1_town, site1_insee,
    site1_phone, site1_private, site1_since, site1_until (de même site2_…, site3_…), ou un titre français.

    \b
    Exemples :
      listingguard roster import tableau.xlsx --dry-run
      listingguard roster import tableau.xlsx --sheet "Titulaires" --map "Petit nom=prénom"
      listingguard roster import tableau.csv --complete
      listingguard roster import ps-libreacces-personne-activite.txt --department 26
    """
    from listingguard.app import read_roster
    from listingguard.flow.enrol import WHOLE_ROSTER, import_roster

    with opened(writing=not dry_run, job=not dry_run) as app:
        actor = "" if dry_run else app.require_actor()
        progress = _Progress(file)
        source = sys.stdin.buffer if file == "-" else Path(file)
        name = "entrée standard" if file == "-" else Path(file).name
        read = read_roster(
            source, name, department, sheet=sheet, maps=maps, statuses=statuses,
            remembered=app.store.remembered_titles(), progress=progress.reading,
        )  # fmt: skip
        result = import_roster(
            app.store, progress.writing(read.practitioners), source=name, today=app.today, at=app.now(), actor=actor,
            fields=read.fields, scope=read.extract or (WHOLE_ROSTER if complete else ""), mentioned=read.mentioned,
            unsaid=read.unsaid, many_left=many_left, headers=read.headers, said=read.said, dry_run=dry_run,
        )  # fmt: skip
        progress.end()
    if report:
        _write_report(report, read, result)
    kinds = {kind.value: count for kind, count in result.kinds.items()}
    if as_json:
        emit(
            {
                "read": len(read.practitioners),
                "added": result.added,
                "changed": result.changed,
                "same": result.same,
                "refused": [*(str(r) for r in read.refused), *result.refused],
                "warnings": [str(w) for w in read.warnings],
                "changes": kinds,
                "unnamed": result.unnamed,
                "dry_run": dry_run,
            }
        )
        return
    for row in read.refused:
        note(str(row))
    for text in result.refused:
        note(text)
    _tell_warnings(read.warnings)
    _tell_result(len(read.practitioners), len(read.refused) + len(result.refused), result, dry_run)
    if result.unnamed:
        some = ", ".join(result.unnamed[:5]) + (", …" if len(result.unnamed) > 5 else "")
        who = plural(len(result.unnamed), "personne du tableau n’est", "personnes du tableau ne sont")
        say(f"{who} pas dans ce fichier : {some}.")
        say("S’il est entier, elles l’ont quitté : le dire en ajoutant --complete à cette commande.")


def _tell_result(kept: int, refused: int, result: ImportResult, dry_run: bool) -> None:
    from listingguard.domain.roster import ChangeKind

    lines = plural(refused, "ligne refusée", "lignes refusées")
    what = tuple(
        plural(result.kinds[kind], kind.label, "changements " + kind.label[11:] if " " in kind.label else "")
        for kind in ChangeKind
        if result.kinds.get(kind)
    )
    if dry_run:
        say(f"Essai : {plural(kept, 'praticien')} au tableau, {lines}. Rien n’a été écrit.")
    else:
        say(
            f"{plural(result.added, 'praticien ajouté', 'praticiens ajoutés')}, {result.changed} mis à jour, "
            f"{plural(result.same, 'inchangé')} ; {lines}."
        )
    if what:
        tail = "." if dry_run else ". Qui : listingguard roster list --changes"
        say(f"Par rapport à ce qui était connu : {listed(what)}{tail}")


def _tell_warnings(warnings: Iterable[Any]) -> None:
    """Write the warnings, a few of each kind: a whole column without its zeros is one thing to know."""
    seen: dict[tuple[str, str], int] = {}
    for row in warnings:
        kind = (row.column, re.sub(r"«[^»]*»|\S*\d\S*", "", row.reason))
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= SHOWN_ALIKE:
            note(str(row))
    for (column, _), count in seen.items():
        if count > SHOWN_ALIKE:
            where = f", colonne « {column} »" if column else ""
            note(
                f"… et {plural(count - SHOWN_ALIKE, 'autre ligne', 'autres lignes')} de même{where} (toutes : --json)."
            )


def _write_report(path: str, read: Any, result: ImportResult) -> None:
    """Write what was refused or is to be looked at as a table; a file that is there already is left alone."""
    rows = [("refusée", r) for r in read.refused] + [("à vérifier", r) for r in read.warnings]
    try:
        # The byte order mark tells a spreadsheet that the accents are UTF-8.
        with Path(path).open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(("Ligne", "Quoi", "Fichier", "Feuille", "Colonne", "Pourquoi"))
            for what, row in rows:
                writer.writerow((row.row, what, *map(inert, (row.file, row.sheet, row.column, row.reason))))
            writer.writerows(("", "refusée", "", "", "", inert(text)) for text in result.refused)
    except OSError as error:
        raise BadInput(f"--report « {path} » : le fichier ne s’écrit pas ({why(error)}).") from None


class _Progress:
    """How far a long import is, on stderr: rewritten at a terminal, a line every ten seconds elsewhere."""

    def __init__(self, file: str) -> None:
        self._size = Path(file).stat().st_size if file != "-" and Path(file).is_file() else 0
        self._live = sys.stderr.isatty()
        self._last = time.monotonic()
        self._shown = False

    def reading(self, done: int, people: int) -> None:
        """Tell the bytes read and the people found."""
        share = f" ({100 * done // self._size} %)" if self._size else ""
        self._tell(f"Lecture : {done // 1_000_000} Mo{share}, {plural(people, 'kiné')}")

    def writing(self, people: tuple[Practitioner, ...]) -> Iterator[Practitioner]:
        """Give the people one by one, telling how many are done."""
        for number, person in enumerate(people, start=1):
            yield person
            if number % 500 == 0:
                self._tell(f"Enregistrement : {number} / {len(people)}")

    def end(self) -> None:
        """Leave the line."""
        if self._shown and self._live:
            click.echo("\r" + " " * 70 + "\r", err=True, nl=False)

    def _tell(self, text: str) -> None:
        now = time.monotonic()
        if now - self._last < (0.5 if self._live else 10):
            return
        self._last, self._shown = now, True
        if self._live:
            click.echo(f"\r{text:<70}", err=True, nl=False)
        else:
            note(text + "…")
