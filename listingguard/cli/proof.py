"""`proof`: what shows that a letter left, arrived or came back, and what it does to the clock."""

from __future__ import annotations

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, parse_day, read_file, say
from listingguard.cli.todo import tell_next
from listingguard.domain.service import ProofType


@click.group()
def proof() -> None:
    """Les preuves d’envoi et de remise : ajouter, lister, importer le suivi d’un prestataire.

    \b
    Exemples :
      listingguard proof add CDO26-2026-0001 --dispatch lrar --type deposited --day 2026-03-05 --file depot.pdf
      listingguard proof add CDO26-2026-0001 --dispatch lrar --type signed --day 2026-03-09 --file avis.jpg
      listingguard proof list CDO26-2026-0001
      listingguard proof import suivi.csv --dry-run
    """


@proof.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("--dispatch", "name", metavar="ENVOI", required=True, help="L’envoi, ou son canal s’il n’y en a qu’un.")
@click.option(
    "--type", "proves", metavar="TYPE", required=True, type=click.Choice([t.value for t in ProofType]),
    help="Ce que prouve le document ; la liste : listingguard proof types",
)  # fmt: skip
@click.option(
    "--day",
    metavar="JOUR",
    required=True,
    help="Le jour que porte le document : celui de la remise pour un avis signé.",
)
@click.option("--file", "file", metavar="FICHIER", required=True, help="Le document, numérisé ou enregistré.")
@json_option
def add(case_id: str, name: str, proves: str, day: str, file: str, as_json: bool) -> None:
    """Ajoute une preuve à un envoi, avec son effet sur l’échéance ; le même document deux fois n’ajoute rien."""
    from listingguard.flow import service

    when, raw = parse_day(day, "--day"), read_file(file, "--file")
    with opened(writing=True) as app:
        app.store.case(case_id)
        row = service.dispatch_of(app.store, case_id, name)
        done = service.prove(
            app.store, app.vault, row, ProofType(proves), raw, day=when, today=app.today, at=app.now(),
            actor=app.require_actor(),
        )  # fmt: skip
        document = [
            {"proof": d.proof.id, "case": d.proof.case, "dispatch": d.proof.dispatch, "type": proves, "day": when,
             "file": d.proof.file, "event": d.event, "effect": d.text, "added": d.fresh}
            for d in done
        ]  # fmt: skip
        lines = [f"{d.proof.dispatch}, {ProofType(proves).label} : {d.text}" for d in done]
        answer(as_json, document, *lines)
        if not as_json:
            tell_next(app, *(d.proof.case for d in done))


@proof.command("list")
@click.argument("case_id", metavar="[DOSSIER]", required=False)
@json_option
def list_(case_id: str | None, as_json: bool) -> None:
    """Liste les preuves d’un dossier, ou de tous, avec l’effet de chacune et ce sur quoi il repose."""
    from listingguard.domain.service import effect

    with opened(writing=False) as app:
        if case_id:
            app.store.case(case_id)
        rows = app.store.proofs(case_id)
    found = [(row, effect(row.type, row.day)) for row in rows]
    if as_json:
        emit(
            [
                {"proof": r.id, "case": r.case, "dispatch": r.dispatch, "type": r.type.value, "day": r.day, "file": r.file,
                 "received_on": e.received, "effect": e.sentence, "source": e.source, "actor": r.actor, "note": r.note}
                for r, e in found
            ]
        )  # fmt: skip
        return
    for row, what in found:
        say(f"{row.day:%d/%m/%Y}  {row.dispatch}  {row.type.label}")
        say(f"    {what.sentence} ({what.source})")
    if not found:
        say("Aucune preuve.")


@proof.command()
@json_option
def types(as_json: bool) -> None:
    """Liste ce qu’un document peut prouver, par quel canal, avec ses mots à taper."""
    from listingguard.domain.service import CHANNELS

    if as_json:
        emit([{"type": t.value, "label": t.label, "channels": sorted(t.channels)} for t in ProofType])
        return
    for each in ProofType:
        channels = ", ".join(CHANNELS[c] for c in CHANNELS if c in each.channels)
        say(f"{{}} {each.label} ({channels})", f"{each.value:<18}")


@proof.command("import")
@click.argument("file", metavar="FICHIER")
@click.option("--dry-run", is_flag=True, help="Dit ce qui serait ajouté, sans rien écrire.")
@json_option
def import_(file: str, dry_run: bool, as_json: bool) -> None:
    """Importe le suivi d’un prestataire d’envoi (CSV) : chaque ligne rejoint le courrier qui porte son numéro."""
    from pathlib import Path

    from listingguard.app import read_tracking
    from listingguard.flow import service

    rows = read_tracking(read_file(file, "FICHIER"), Path(file).name)
    with opened(writing=True) as app:
        done = service.import_tracking(
            app.store, app.vault, rows, today=app.today, at=app.now(), actor=app.require_actor(), dry_run=dry_run
        )
    if as_json:
        emit(
            [
                {"line": r.line, "number": r.number, "status": r.status, "day": r.day, "type": r.kind,
                 "dispatch": r.dispatch, "text": r.text, "added": r.fresh and not dry_run}
                for r in done
            ]
        )  # fmt: skip
        return
    for row in done:
        what = f" — {row.kind.label}" if row.kind else ""
        say(f"Ligne {row.line}, {{}}{what} : {row.text}", row.number or "(sans numéro)")
    fresh = sum(row.fresh for row in done)
    note(
        f"{fresh} preuve{'s' if fresh > 1 else ''} {'à ajouter' if dry_run else 'ajoutées' if fresh > 1 else 'ajoutée'}."
    )
