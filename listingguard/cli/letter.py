"""`letter`, `send`, `inbox`: what leaves and what comes back."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from listingguard.cli import french
from listingguard.cli.common import answer, emit, json_option, note, opened, optional_day, read_file, say, why
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.domain.finding import Ground
    from listingguard.flow.dispatch import Sent


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
    from listingguard.flow import dispatch

    with opened(writing=False) as app:
        row, office = app.store.case(case_id), app.office()
        frozen, state = dispatch.requests(app.store, case_id), app.store.status(case_id, app.today).state
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
            draft = dispatch.prepare(app.store, office, app.controllers(), row, today=app.today, ticked=grounds or None)
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
@json_option
def approve(case_id: str, grounds: tuple[str, ...], all_grounds: bool, as_json: bool) -> None:
    """Approuve la demande : vous en cochez les motifs, son texte est figé, elle attend l’envoi."""
    from listingguard.flow import dispatch

    with opened(writing=True) as app:
        row, office, actor = app.store.case(case_id), app.office(), app.require_actor()
        controllers = app.controllers()
        proposed = dispatch.prepare(app.store, office, controllers, row, today=app.today).proposed
        ticked = tuple(g.code for g in proposed) if all_grounds else grounds
        if not ticked and sys.stdin.isatty():
            ticked = tuple(
                g.code
                for g in proposed
                if french.confirm(f"{g.article[0].upper()}{g.article[1:]}\u00a0: {g.sentence}. Retenir ce motif\u00a0?")
            )
        if not ticked and not dispatch.requests(app.store, case_id):
            choices = [f"--ground {g.code} ({g.article})" for g in proposed]
            raise Refused("Une personne coche chaque motif ; aucun n’est retenu d’office.", choices or ["--ground …"])
        done = dispatch.approve(
            app.store, app.vault, office, controllers, row, ticked=ticked, today=app.today, at=app.now(), actor=actor
        )
        path = app.export_letter(done)
    if as_json:
        emit({"letter": done.id, "case": done.case, "approved_by": done.approved_by, "path": path})
        return
    say(f"Demande {done.id} approuvée par {done.approved_by} : {{}}", path)
    say("Pour l’envoyer : listingguard send")


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
    from listingguard.flow import dispatch

    if to == "platform" and any(record.values()):
        raise BadInput("Les coordonnées de la plateforme s’écrivent avec : listingguard controller set")
    with opened(writing=True) as app:
        dispatch.choose_addressee(
            app.store, app.store.case(case_id), to, record=record, today=app.today, at=app.now(),
            actor=app.require_actor(),
        )  # fmt: skip
    whom = record["name"] if to == "practice" else "la plateforme"
    answer(as_json, {"case": case_id, "to": to}, f"Dossier {case_id} : la demande sera adressée à {whom}.")


@click.command()
@click.option("--settle", nargs=2, metavar="ENVOI sent|not-sent", help="Règle un envoi incertain.")
@click.option("--day", metavar="JOUR", help="Avec --settle … sent : le jour où il est parti.")
@json_option
def send(settle: tuple[str, str] | None, day: str | None, as_json: bool) -> None:
    """Envoie ce qui est approuvé, une seule fois ; sans serveur de courriel, écrit des brouillons à envoyer.

    \b
    Exemples :
      listingguard send
      listingguard send --settle CDO26-2026-0001/request/1/email sent --day 2026-02-10
    """
    from listingguard.domain.record import DispatchState
    from listingguard.flow import dispatch

    with opened(writing=True, job=True) as app:
        actor = app.require_actor()
        if settle:
            identifier, word = settle
            if word not in ("sent", "not-sent"):
                raise BadInput(f"--settle : répondez sent (parti) ou not-sent (pas parti), pas « {word} ».")
            when = optional_day(day, "--day") or app.today
            if when > app.today:
                raise BadInput("--day : ce jour n’est pas encore arrivé.")
            done: tuple[Sent, ...] = (
                dispatch.settle(app.store, identifier, left=word == "sent", day=when, at=app.now(), actor=actor),
            )
        else:
            done = dispatch.send_due(
                app.store,
                app.vault,
                app.mailer(),
                app.office(),
                app.home / "outbox",
                today=app.today,
                at=app.now,
                actor=actor,
            )
        drafts = app.store.dispatches(state=DispatchState.DRAFT)
    if as_json:
        emit(
            [
                {"dispatch": s.dispatch, "case": s.case, "state": s.state.value, "text": s.text, "path": s.path}
                for s in done
            ]
        )
        return
    for sent in done:
        say(f"{sent.dispatch} : {sent.state.label} — {sent.text}")
        if sent.path:
            say("  {}", sent.path)
        if sent.state.value == "unknown":
            say(f"  À régler par une personne : listingguard send --settle {sent.dispatch} sent (ou not-sent)")
    if not done:
        say("Rien à envoyer.")
        for row in drafts:
            note(f"Brouillon du dossier {row.case}, à envoyer vous-même : {{}}", row.response)


@click.group()
def inbox() -> None:
    """Classe un courriel reçu, ou la copie d’un courriel envoyé.

    \b
    Exemples :
      listingguard inbox import reponse.eml
      listingguard inbox list
    """


@inbox.command("import")
@click.argument("files", metavar="FICHIER...", nargs=-1, required=True)
@json_option
def import_(files: tuple[str, ...], as_json: bool) -> None:
    """Classe des fichiers .eml : une réponse va dans son dossier, la copie d’un envoi le prouve, le reste attend."""
    from listingguard.flow import dispatch
    from listingguard.flow import inbox as flow

    # A file that is not there is told before any of them is filed.
    messages = [(file, read_file(file, "Courriel")) for file in files]
    rows: list[dict[str, object]] = []
    with opened(writing=True) as app:
        for file, raw in messages:
            proof = dispatch.proven_sent(
                app.store, app.vault, raw, today=app.today, at=app.now(), actor=app.require_actor()
            )
            if proof is not None:
                rows.append({"file": file, "case": proof.case, "route": "sent", "dispatch": proof.dispatch})
                if not as_json:
                    say(f"{{}} : prouve l’envoi {proof.dispatch} ({proof.text}).", file)
                continue
            filed = flow.file_message(app.store, app.vault, raw, name=file, today=app.today, at=app.now())
            rows.append({"file": file, "case": filed.case, "route": filed.route, "message": filed.sha256})
            if as_json:
                continue
            if filed.case:
                say(f"{{}} : dossier {filed.case}. Une personne le lit et le qualifie :", file)
                say(f"  listingguard event add {filed.case} NATURE --day JOUR --reply {filed.sha256[:12]}")
            else:
                say(f"{{}} : en quarantaine, {filed.reason}.", file)
    if as_json:
        emit(rows)


@inbox.command("file")
@click.argument("message", metavar="MESSAGE")
@click.argument("case_id", metavar="DOSSIER")
@json_option
def file_(message: str, case_id: str, as_json: bool) -> None:
    """Range un message en quarantaine dans le dossier où une personne dit qu’il va."""
    from listingguard.flow import inbox as flow

    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        filed = flow.file_by_hand(app.store, app.vault, message, row, today=app.today, at=app.now(), actor=actor)
    if as_json:
        emit({"message": filed.sha256, "case": filed.case})
        return
    say(f"Rangé dans le dossier {filed.case}. Une personne le lit et le qualifie :")
    say(f"  listingguard event add {filed.case} NATURE --day JOUR --reply {filed.sha256[:12]}")


@inbox.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les messages classés, ceux que personne n’a encore lus, et ceux qui attendent en quarantaine."""
    from listingguard.flow import inbox as flow

    with opened(writing=False) as app:
        rows = [(r, r in flow.unread(app.store, c.id)) for c in app.store.cases() for r in app.store.replies(c.id)]
        waiting = app.store.quarantined()
    if as_json:
        filed = [{"message": r.sha256, "case": r.case, "from": r.sender, "day": r.day, "unread": u} for r, u in rows]
        emit([*filed, *({"message": sha, "case": "", "name": name, "reason": r} for sha, name, r in waiting)])
        return
    for reply, unread in rows:
        word = "à lire" if unread else "lu"
        say(f"{reply.sha256[:12]}  {reply.day:%d/%m/%Y}  {reply.case:<18} {reply.sender:<32} {word}")
    for sha, name, reason in waiting:
        say(f"{sha[:12]}  en quarantaine      {{}} : {reason}", name)
    if not rows and not waiting:
        note("Aucun message classé.")
