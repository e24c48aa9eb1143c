"""`verify`: a complaint pack checked offline, by anyone, without a home."""

from __future__ import annotations

from pathlib import Path

import click

from listingguard.cli.common import emit, json_option


@click.command()
@click.argument("pack", metavar="FICHIER")
@click.option("--expect", metavar="SHA256", default="", help="L’empreinte du fichier, lue sur le courrier d’envoi.")
@json_option
def verify(pack: str, expect: str, as_json: bool) -> int:
    """Vérifie une plainte et ses pièces (un fichier ZIP), hors ligne, sans rien décompresser sur le disque.

    Dit « Intact », ou nomme ce qui a été modifié, retiré, ajouté ou endommagé (code de sortie 1).

    \b
    Exemple :
      listingguard verify CDO26-2026-0001-plainte-1.zip
    """
    from listingguard.app import verify_pack

    report = verify_pack(Path(pack), expect=expect)
    if as_json:
        emit(
            {
                "intact": report.intact,
                "reference": report.reference,
                "files": report.files,
                "events": report.events,
                "sha256": report.sha256,
                "problems": [
                    {"kind": problem.kind.value, "name": problem.name, "text": problem.text}
                    for problem in report.problems
                ],
            }
        )
    elif report.intact:
        click.echo(
            f"Intact\u00a0: {_count(report.files, 'fichier')}, {_count(report.events, 'événement')} au journal, "
            f"dossier {report.reference}."
        )
        click.echo(f"Empreinte SHA-256 du fichier\u00a0: {report.sha256}")
        if not expect:
            click.echo("Comparez-la avec celle du courrier d’accompagnement, ou donnez-la avec --expect.")
    else:
        click.echo(f"Pas intact\u00a0: {_count(len(report.problems), 'problème')}.")
        for problem in report.problems:
            click.echo(f"  – {problem.kind.label}\u00a0: {problem.name}\u00a0: {problem.text}")
    return 0 if report.intact else 1


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
