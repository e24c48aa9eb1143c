"""`complain`, `pack`: the complaint to the CNIL and its exhibits."""

from __future__ import annotations

import sys

import click

from listingguard.cli.common import emit, json_option, note, opened, say
from listingguard.domain.french import plural


@click.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option(
    "--proceedings", default="", metavar="PHRASE", help="« aucune », ou une phrase sur la procédure en cours."
)
@click.option("--ground", "grounds", multiple=True, help="Un motif coché ; sans lui, ceux de la demande.")
@json_option
def complain(case_id: str, proceedings: str, grounds: tuple[str, ...], as_json: bool) -> None:
    """Construit la plainte à la CNIL et ses pièces ; sort en 3 avec ce qui manque tant qu’elle n’est pas possible.

    \b
    Exemples :
      listingguard complain CDO26-2026-0001 --proceedings aucune
      listingguard complain CDO26-2026-0001 --json
    """
    from listingguard.app import quoted
    from listingguard.cli.french import ask
    from listingguard.flow import complain as flow

    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        if (
            not proceedings
            and sys.stdin.isatty()
            and not flow.missing(app.store, row, app.controllers(), today=app.today)
        ):
            proceedings = ask("Une procédure est-elle en cours\u00a0? «\u00a0aucune\u00a0», ou une phrase")
        pack = flow.build(
            app.store, app.vault, app.writer(), app.controllers(), row, app.home / "packs", proceedings=proceedings,
            ticked=grounds, today=app.today, at=app.now(), actor=actor,
        )  # fmt: skip
        path = app.home / "packs" / pack.path
    if as_json:
        emit({"case": pack.case, "number": pack.number, "path": path, "sha256": pack.sha256})
        return
    say("Plainte et pièces : {}", path)
    say(f"Empreinte SHA-256 : {pack.sha256}")
    say("À vérifier par quiconque :")
    say(f"  listingguard verify {quoted(path)} --expect {pack.sha256}")


@click.group()
def pack() -> None:
    """Les plaintes construites.

    \b
    Exemple :
      listingguard pack list
    """


@pack.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les plaintes construites, avec leur empreinte."""
    with opened(writing=False) as app:
        rows, folder = app.store.packs(), app.home / "packs"
    if as_json:
        emit(
            [
                {"case": r.case, "number": r.number, "path": folder / r.path, "sha256": r.sha256, "day": r.day}
                for r in rows
            ]
        )
        return
    for row in rows:
        say(f"{row.case:<18} n° {row.number}  {row.day:%d/%m/%Y}  {{}}", folder / row.path)
        say(f"{'':<18} SHA-256 {row.sha256}")
    if not rows:
        note("Aucune plainte construite.")


@pack.command()
@click.argument("case_id", metavar="DOSSIER")
@json_option
def show(case_id: str, as_json: bool) -> None:
    """Montre ce que contient la dernière plainte d’un dossier, et si elle est intacte."""
    from listingguard.app import verify_pack
    from listingguard.errors import NotFound

    with opened(writing=False) as app:
        rows, folder = app.store.packs(case_id), app.home / "packs"
    if not rows:
        raise NotFound(f"Aucune plainte construite pour {case_id} : listingguard complain {case_id}")
    report = verify_pack(folder / rows[-1].path, expect=rows[-1].sha256)
    if as_json:
        emit({"path": folder / rows[-1].path, "intact": report.intact, "files": report.files})
        return
    word = "intacte" if report.intact else "ALTÉRÉE"
    say(f"{{}} : {plural(report.files, 'fichier')}, {word}.", folder / rows[-1].path)
    for problem in report.problems:
        say(f"  – {problem.text}")
