"""`letter`: what is written, ticked, approved."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from listingguard.cli import french
from listingguard.cli.common import answer, emit, json_option, note, opened, say, why
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.domain.grounds import Ground


@click.group()
def letter() -> None:
    """Les courriers : relire, cocher les motifs, approuver.

    \b
    Exemples :
      listingguard letter show CDO26-2026-0001
      listingguard letter show CDO26-2026-0001 --pdf essai.pdf
      listingguard letter address CDO26-2026-0001 platform
      listingguard --as "Dominique Élue" letter approve CDO26-2026-0001 --ground objection --ground erasure_after_objection
    """


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("--ground", "grounds", multiple=True, help="Un motif coché ; à répéter. Sans lui, les motifs proposés.")
@click.option("--pdf", "target", metavar="FICHIER", help="Écrit aussi le PDF.")
@json_option
def show(case_id: str, grounds: tuple[str, ...], target: str | None, as_json: bool) -> None:
    """Montre la demande telle qu’elle partirait aujourd’hui, les motifs proposés, et ce qui manque encore."""
    from pathlib import Path

    from listingguard.domain.case import State
    from listingguard.flow import letter as letters

    with opened(writing=False) as app:
        row, office = app.store.case(case_id), app.office()
        frozen, state = letters.requests(app.store, case_id), app.store.status(case_id, app.today).state
        if not frozen and state not in (State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED):
            raise Refused(
                f"Dossier {case_id}, état « {state.label} » : aucune demande n’y est plus à écrire.",
                [f"le voir : listingguard case show {case_id}"],
            )
        missing: tuple[str, ...] = ()
        proposed: tuple[Ground, ...] = ()
        text, pdf = "", b""
        if frozen:
            text, pdf = app.vault.get(frozen[-1].text).decode(), app.vault.get(frozen[-1].pdf)
        else:
            draft = letters.prepare(app.store, office, app.controllers(), row, today=app.today, ticked=grounds or None)
            missing, proposed = draft.missing, draft.proposed
            if not missing:
                text = app.renderer.text("request", draft.fields)
                pdf = app.renderer.pdf("request", draft.fields, day=app.today) if target else b""
    if as_json:
        emit({"approved": bool(frozen), "text": text, "missing": list(missing), "grounds": [g.code for g in proposed]})
        return
    if frozen:
        note(f"Approuvée par {frozen[-1].approved_by} le {frozen[-1].day:%d/%m/%Y}.")
    for ground in proposed:
        note(f"Motif proposé : {ground.code} — {ground.article}")
    if missing:
        raise Refused("La demande n’est pas prête. Il manque :", missing)
    # Exactly the letter: its spaces are already those of its own typography.
    click.echo(text)
    if target:
        try:
            Path(target).write_bytes(pdf)
        except OSError as error:
            raise BadInput(f"Le PDF ne peut pas s’écrire dans « {target} » ({why(error)}).") from None
        note("PDF écrit : {}", target)


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("--ground", "grounds", multiple=True, help="Un motif coché par vous ; à répéter.")
@click.option("--all-grounds", is_flag=True, help="Coche tous les motifs proposés.")
@click.option(
    "--channel", "channels", multiple=True, type=click.Choice(["email", "lrar", "lre"]), metavar="CANAL",
    help="Comment elle part : email (par défaut), lrar, lre ; à répéter.",
)  # fmt: skip
@click.option("--number", default="", metavar="NUMÉRO", help="Le numéro du recommandé, imprimé sur la lettre.")
@json_option
def approve(
    case_id: str, grounds: tuple[str, ...], all_grounds: bool, channels: tuple[str, ...], number: str, as_json: bool
) -> None:
    """Approuve la demande : vous en cochez les motifs, son texte est figé, elle attend l’envoi."""
    from listingguard.domain.service import registered_number
    from listingguard.flow import letter as letters

    with opened(writing=True) as app:
        row, office, actor = app.store.case(case_id), app.office(), app.require_actor()
        controllers = app.controllers()
        proposed = letters.prepare(app.store, office, controllers, row, today=app.today).proposed
        ticked = tuple(g.code for g in proposed) if all_grounds else grounds
        if not ticked and sys.stdin.isatty():
            ticked = tuple(
                g.code
                for g in proposed
                if french.confirm(f"{g.article[0].upper()}{g.article[1:]}\u00a0: {g.sentence}. Retenir ce motif\u00a0?")
            )
        if not ticked and not letters.requests(app.store, case_id):
            choices = [f"--ground {g.code} ({g.article})" for g in proposed]
            raise Refused("Une personne coche chaque motif ; aucun n’est retenu d’office.", choices or ["--ground …"])
        done = letters.approve(
            app.store, app.vault, office, controllers, row, ticked=ticked, today=app.today, at=app.now(), actor=actor,
            channels=channels or ("email",), number=number,
        )  # fmt: skip
        path = app.export_letter(done)
    if as_json:
        emit({"letter": done.id, "case": done.case, "approved_by": done.approved_by, "path": path})
        return
    say(f"Demande {done.id} approuvée par {done.approved_by} : {{}}", path)
    if number and (warning := registered_number(number).warning):
        note(f"Attention : {warning}.")
    say(f"Pour l’envoyer : listingguard send{' --channel lrar' if number and 'lrar' in channels else ''}")


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@click.argument("to", metavar="platform|practice", type=click.Choice(["platform", "practice"]))
@click.option("--name", default="", help="Le nom du cabinet ou de la société.")
@click.option("--attention", default="", help="La personne ou le service.")
@click.option("--street", default="", help="Numéro et voie.")
@click.option("--postcode", default="", help="Code postal.")
@click.option("--town", default="", help="Commune.")
@click.option("--email", default="", help="Courriel.")
@json_option
def address(case_id: str, to: str, as_json: bool, **record: str) -> None:
    """Choisit à qui écrire au sujet d’une fiche de client : la plateforme, ou le cabinet qui en répond.

    Sur une fiche qu’un cabinet gère lui-même, ce cabinet peut être responsable du traitement, et la plateforme son
    sous-traitant : une personne décide, le programme jamais.

    \b
    Exemples :
      listingguard letter address CDO26-2026-0001 platform
      listingguard letter address CDO26-2026-0001 practice --name "Cabinet du Parc" --street "30 rue du Parc"
          --postcode 26000 --town Valence --email cabinet@parc.example
    """
    from listingguard.flow import letter as letters

    if to == "platform" and any(record.values()):
        raise BadInput("Les coordonnées de la plateforme s’écrivent avec : listingguard controller set")
    with opened(writing=True) as app:
        letters.choose_addressee(
            app.store, app.store.case(case_id), to, record=record, today=app.today, at=app.now(),
            actor=app.require_actor(),
        )  # fmt: skip
    whom = record["name"] if to == "practice" else "la plateforme"
    answer(as_json, {"case": case_id, "to": to}, f"Dossier {case_id} : la demande sera adressée à {whom}.")
