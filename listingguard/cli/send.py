"""`send`: what leaves, by which channel, once; what waits and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, optional_day, say, tell_pause
from listingguard.domain.record import EMAIL, REGISTERED
from listingguard.domain.service import CHANNELS, ELECTRONIC, FORM, HAND
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.record import DispatchRow
    from listingguard.flow.channel import Form
    from listingguard.flow.dispatch import Outcome, Posting

_BY = (EMAIL, REGISTERED, ELECTRONIC, FORM, HAND)


@click.command()
@click.argument("cases", metavar="[DOSSIER]...", nargs=-1)
@click.option("--channel", metavar="CANAL", type=click.Choice(_BY), help="email, lrar, lre, form (formulaire) ou hand.")
@click.option(
    "--number", metavar="NUMÉRO", help="Avec --channel lrar ou lre : le numéro du recommandé, d’un seul dossier."
)
@click.option("--as-printed", is_flag=True, help="Le numéro, relu sur le bordereau, y est bien imprimé ainsi.")
@click.option("--dry-run", is_flag=True, help="Liste ce qui partirait, à qui, et ce qui retient le reste.")
@click.option("--pause", "reason", metavar="RAISON", help="Suspend tous les envois, jusqu’à --resume.")
@click.option("--resume", is_flag=True, help="Reprend les envois.")
@click.option("--settle", nargs=2, metavar="ENVOI sent|not-sent", help="Règle un envoi incertain.")
@click.option("--day", metavar="JOUR", help="Avec --settle … sent : le jour où il est parti.")
@json_option
def send(
    cases: tuple[str, ...],
    channel: str | None,
    number: str | None,
    as_printed: bool,
    dry_run: bool,
    reason: str | None,
    resume: bool,
    settle: tuple[str, str] | None,
    day: str | None,
    as_json: bool,
) -> None:
    """Envoie ce qui est approuvé, une seule fois ; sans serveur de courriel, écrit des brouillons à envoyer.

    Avec un canal : la demande approuvée part aussi par là. Les recommandés s’impriment avec leur bordereau, le texte
    du formulaire s’affiche, prêt à coller.

    \b
    Exemples :
      listingguard send --dry-run
      listingguard send
      listingguard send --channel lrar
      listingguard send CDO26-2026-0001 --channel form
      listingguard send --pause "vérification des adresses"
      listingguard send --settle CDO26-2026-0001/request/1/email sent --day 2026-02-10
    """
    from listingguard.flow import dispatch

    _check(cases, channel, number, dry_run, reason, resume, settle)
    if dry_run:
        _dry_run(cases, as_json)
        return
    with opened(writing=True, job=True) as app:
        actor = app.require_actor()
        if reason is not None or resume:
            if reason is not None:
                dispatch.pause(app.store, reason, today=app.today, at=app.now(), actor=actor)
                pause = app.store.paused()
                lines = [pause.said, f"Pour reprendre : {pause.command}"] if pause else []
            else:
                dispatch.resume(app.store, today=app.today, at=app.now(), actor=actor)
                lines = ["Envois repris. Pour voir ce qui partirait : listingguard send --dry-run"]
            answer(as_json, {"paused": reason is not None, "reason": reason}, *lines)
            return
        if settle:
            _tell((_settled(app, settle, day),), as_json)
            return
        if channel in (FORM, HAND) and (pause := app.store.paused()):
            raise Refused(pause.said, [f"pour reprendre : {pause.command}"])
        if not as_json:
            tell_pause(app)
        if channel == FORM:
            _forms([_row(app, case, channel) for case in cases], app, as_json)
            return
        only = (
            {_row(app, case, channel, number, as_printed=as_printed).letter for case in cases}
            if channel
            else _letters(app, cases)
        )
        done: tuple[Outcome, ...] = ()
        folder = None
        if channel in (REGISTERED, ELECTRONIC):
            ready, done = dispatch.postings(app.store, today=app.today)
            ready = tuple(
                each
                for each in ready
                if each.row.channel == channel and (not cases or only & {row.letter for row in each.rows})
            )
            done = tuple(each for each in done if not cases or each.case in cases)
            folder = app.export_postings(ready) if ready else None
            dispatch.printed(app.store, ready, today=app.today, at=app.now(), actor=actor)
            done += tuple(
                dispatch.Outcome(each.row.id, each.row.case, each.row.state, _to_post(each), folder) for each in ready
            )
            only = only or {row.letter for each in ready for row in each.rows}
        elif channel == HAND:
            done = tuple(
                _carried(app, row) for row in app.store.dispatches() if row.letter in only and row.channel == HAND
            )
        if channel != HAND:
            done += dispatch.send_due(
                app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=app.today, at=app.now,
                actor=actor, only=only if cases or channel else None,
            )  # fmt: skip
            if why := app.file_copies(actor).failure:
                note("{}", why)
        returned = _came_back(app, cases)
        drafts = [
            (row, dispatch.kept_back(app.store, row, app.today))
            for row in app.store.dispatches()
            if row.state.value == "draft"
            and (not cases or row.case in cases)
            and not dispatch.moot(app.store, row, app.today)
        ]
    _tell(done, as_json)
    if not done and not as_json:
        for row, why in drafts:
            if why:
                note(
                    f"À ne pas envoyer, dossier {row.case} ({CHANNELS[row.channel]}), {{}} : {why}",
                    row.response or row.id,
                )
            elif row.channel == EMAIL:
                note(f"Brouillon du dossier {row.case}, à envoyer vous-même : {{}}", row.response)
            elif row.channel in _BY:
                note(f"Dossier {row.case}, à faire vous-même ({CHANNELS[row.channel]}) :")
                note(f"  listingguard send {row.case} --channel {row.channel}")
    if not as_json:
        _tell_back(returned)


def _check(
    cases: tuple[str, ...],
    channel: str | None,
    number: str | None,
    dry_run: bool,
    reason: str | None,
    resume: bool,
    settle: tuple[str, str] | None,
) -> None:
    """Raise BadInput for words that say two things at once, or half of one."""
    if sum((dry_run, reason is not None, resume, settle is not None, channel is not None)) > 1:
        raise BadInput("--channel, --dry-run, --pause, --resume et --settle s’emploient l’un sans l’autre.")
    if (reason is not None or resume or settle) and cases:
        raise BadInput("--pause, --resume et --settle ne prennent pas de dossier.")
    if channel and not cases and channel not in (REGISTERED, ELECTRONIC):
        raise BadInput(
            f"--channel {channel} : pour quel dossier ? Par exemple : listingguard send DOSSIER --channel {channel}"
        )
    if number and (channel not in (REGISTERED, ELECTRONIC) or len(cases) != 1):
        raise BadInput("--number va avec un seul dossier et --channel lrar (ou lre) : un numéro, une lettre.")


def _came_back(app: App, cases: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each case whose post came back, with what is to do today: it waits for a person, not in the outbox."""
    from listingguard.flow import clock

    lying = {
        row.case for row in app.store.dispatches() if row.channel == EMAIL and row.state.value in ("queued", "draft")
    }
    back = clock.came_back(app.store, app.today)
    return [(c, action.text) for c, action in back if (not cases or c in cases) and c not in lying]


def _tell_back(returned: list[tuple[str, str]]) -> None:
    for case, text in returned:
        note(f"Dossier {case} : {{}}", text)
        note(f"  → listingguard send {case} --channel {EMAIL}")


def _letters(app: App, cases: tuple[str, ...]) -> set[str]:
    return {row.id for case in cases for row in app.store.letters(app.store.case(case).id)}


def _row(app: App, case: str, channel: str, number: str | None = None, *, as_printed: bool = False) -> DispatchRow:
    """Return the row by which the request of a case leaves by a channel, made where there is none yet."""
    from listingguard.flow.channel import add_channel

    return add_channel(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(case), channel, number=number or "",
        as_printed=as_printed, today=app.today, at=app.now(), actor=app.require_actor(),
    )  # fmt: skip


def _settled(app: App, settle: tuple[str, str], day: str | None) -> Outcome:
    from listingguard.flow import dispatch

    identifier, word = settle
    if word not in ("sent", "not-sent"):
        raise BadInput(f"--settle : répondez sent (parti) ou not-sent (pas parti), pas « {word} ».")
    when = optional_day(day, "--day") or app.today
    if when > app.today:
        raise BadInput("--day : ce jour n’est pas encore arrivé.")
    return dispatch.settle(
        app.store, identifier, left=word == "sent", day=when, at=app.now(), actor=app.require_actor()
    )


def _to_post(each: Posting) -> str:
    """Return what a person does with an envelope, with the one command that notes its deposit."""
    row = each.row
    proof = f"listingguard proof add {row.case} --dispatch {row.id} --type deposited --day JOUR --file FICHIER"
    number = f"n° {each.number}, " if each.number else ""
    done = "à déposer chez le prestataire" if row.channel == ELECTRONIC else "à imprimer et à poster"
    text = f"recommandé {number}{done} ; puis, avec la preuve du dépôt :\n  {proof}"
    if each.number:
        return text
    return f"{text}\n  (le numéro du bordereau : listingguard send {row.case} --channel {row.channel} --number NUMÉRO)"


def _carried(app: App, row: DispatchRow) -> Outcome:
    """Lay out what somebody carries and has signed for."""
    from listingguard.flow.dispatch import Outcome

    letter = next(each for each in app.store.letters(row.case) if each.id == row.letter)
    text = (
        "à remettre contre récépissé ; puis :\n"
        f"  listingguard proof add {row.case} --dispatch {row.id} --type by_hand --day JOUR --file FICHIER"
    )
    return Outcome(row.id, row.case, row.state, text, app.export_letter(letter))


def _forms(rows: list[DispatchRow], app: App, as_json: bool) -> None:
    from listingguard.flow.channel import form

    forms: list[Form] = [form(app.store, app.vault, app.controllers(), row) for row in rows]
    controllers = {f.row.case: app.store.case(f.row.case).controller for f in forms}
    if as_json:
        emit([{"dispatch": f.row.id, "case": f.row.case, "url": f.url, "parts": f.parts} for f in forms])
        return
    for each in forms:
        controller = controllers[each.row.case]
        unknown = f"adresse inconnue ; la noter : listingguard controller set {controller} --webform URL"
        note("Formulaire : {}", each.url) if each.url else note(f"Formulaire : {unknown}")
        for part in each.parts:
            # Exactly the letter: its spaces are already those of its own typography.
            click.echo(part)
            click.echo()
        note("Gardez la confirmation (capture ou courriel), puis :")
        proof = f"listingguard proof add {each.row.case} --dispatch {each.row.id} --type form_confirmation"
        note(f"  {proof} --day JOUR --file FICHIER")


def _dry_run(cases: tuple[str, ...], as_json: bool) -> None:
    from listingguard.flow import dispatch

    with opened(writing=False) as app:
        mail = app.settings.mail
        found = dispatch.waiting(
            app.store, today=app.today, per_day=mail.per_controller_per_day if mail.smtp_host else 0
        )
        found = tuple(each for each in found if not cases or each.row.case in cases)
        returned = _came_back(app, cases)
        if not as_json:
            tell_pause(app)
    if as_json:
        emit(
            [
                {"dispatch": w.row.id, "case": w.row.case, "channel": w.row.channel, "recipient": w.row.recipient,
                 "state": w.row.state.value, "leaves": not w.why and w.row.state.value == "queued", "why": w.why}
                for w in found
            ]
        )  # fmt: skip
        return
    if mail.only_to:
        note("Essai : tout partirait à {} seulement (mail.only_to).", mail.only_to)
    for each in found:
        what = "partirait" if each.row.state.value == "queued" else each.row.label
        say(f"{{}} ({CHANNELS[each.row.channel]}) à {{}} : {each.why or what}", each.row.id, each.row.recipient)
    if not found:
        say("Rien n’attend de partir.")
    _tell_back(returned)


def _tell(done: tuple[Outcome, ...], as_json: bool) -> None:
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
            say("  À régler par une personne, selon qu’il est parti ou non :")
            say(f"  listingguard send --settle {sent.dispatch} sent")
            say(f"  listingguard send --settle {sent.dispatch} not-sent")
    if not done:
        say("Rien à envoyer.")
