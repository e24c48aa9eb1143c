"""`verify`: a complaint pack checked offline, by anyone, without a home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listingguard.cli.common import emit, json_option, say


@click.command()
@click.argument("packs", metavar="FICHIER…", nargs=-1, required=True)
@click.option("--expect", metavar="SHA256", default="", help="L’empreinte du fichier, lue sur le courrier d’envoi.")
@json_option
def verify(packs: tuple[str, ...], expect: str, as_json: bool) -> int:
    """Vérifie une plainte et ses pièces (un fichier ZIP), hors ligne, sans rien décompresser sur le disque.

    Dit « Intact », ou nomme ce qui a été modifié, retiré, ajouté ou endommagé (code de sortie 1). Plusieurs fichiers :
    chacun seul, puis ensemble, comme les parties d’un même dossier.

    \b
    Exemples :
      listingguard verify CDO26-2026-0001-plainte-1.zip
      listingguard verify CDO26-2026-0001-plainte-1.zip CDO26-2026-0001-plainte-1-confidentiel-cnil.zip
    """
    from listingguard.app import verify_pack, verify_parts
    from listingguard.errors import BadInput

    if len(packs) == 1:
        report = verify_pack(Path(packs[0]), expect=expect)
        if as_json:
            emit(_json(report))
        else:
            _say(report, expect)
        return 0 if report.intact else 1
    if expect:
        raise BadInput("--expect ne va qu’avec un seul fichier\u00a0: vérifiez-les l’un après l’autre.")
    reports, problems = verify_parts([Path(name) for name in packs])
    intact = not problems and all(report.intact for report in reports)
    if as_json:
        between = [{"kind": p.kind.value, "name": p.name, "text": p.text} for p in problems]
        parts = [{"path": name} | _json(report) for name, report in zip(packs, reports, strict=True)]
        emit({"intact": intact, "parts": parts, "problems": between})
    else:
        for name, report in zip(packs, reports, strict=True):
            say("{}", name)
            _say(report, "")
        click.echo("Ensemble\u00a0: ces parties vont ensemble." if not problems else "Ensemble\u00a0: pas intact.")
        for problem in problems:
            click.echo(f"  – {problem.kind.label}\u00a0: {problem.name}\u00a0: {problem.text}")
    return 0 if intact else 1


def _json(report: Any) -> dict[str, object]:
    return {
        "intact": report.intact,
        "reference": report.reference,
        "files": report.files,
        "events": report.events,
        "sha256": report.sha256,
        "tokens": [{"name": t.name, "at": t.at, "signed": t.signed, "wrong": t.wrong} for t in report.tokens],
        "problems": [
            {"kind": problem.kind.value, "name": problem.name, "text": problem.text} for problem in report.problems
        ],
    }


def _say(report: Any, expect: str) -> None:
    if not report.intact:
        click.echo(f"Pas intact\u00a0: {_count(len(report.problems), 'problème')}.")
        for problem in report.problems:
            click.echo(f"  – {problem.kind.label}\u00a0: {problem.name}\u00a0: {problem.text}")
        return
    part = report.part
    which = ""
    if part is not None and part.confidential:
        which = ", partie confidentielle"
    elif part is not None and part.total > 1:
        which = f", partie {part.number} sur {part.total}"
    click.echo(
        f"Intact\u00a0: {_count(report.files, 'fichier')}, {_count(report.events, 'événement')} au journal, "
        f"dossier {report.reference}{which}."
    )
    for token in report.tokens:
        at = f"{token.at:%d/%m/%Y %H:%M:%S} UTC" if token.at else "heure illisible"
        signed = "signature vérifiée avec le certificat joint" if token.signed else "signature non vérifiée ici"
        click.echo(f"Horodatage {token.name}\u00a0: porte sur sa fiche technique, {at}, {signed}.")
    click.echo(f"Empreinte SHA-256 du fichier\u00a0: {report.sha256}")
    if expect:
        click.echo("C’est bien le fichier attendu\u00a0: cette empreinte est celle donnée avec --expect.")
    else:
        click.echo("Comparez-la avec celle du courrier d’accompagnement, ou donnez-la avec --expect.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
