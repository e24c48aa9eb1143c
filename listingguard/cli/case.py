"""`case`, `event`: where a case stands, and what happened in it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli import transfer
from listingguard.cli.common import (
    answer,
    emit,
    json_option,
    note,
    opened,
    optional_day,
    parse_day,
    proof_given,
    read_file,
    say,
    write_file,
)
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.case import Status
    from listingguard.domain.diary import Entry
    from listingguard.domain.record import CaseLine


@click.group()
def case() -> None:
    """Les dossiers : lister, montrer, reprendre une demande déjà envoyée, suspendre.

    \b
    Exemples :
      listingguard case list
      listingguard case show CDO26-2026-0001
      listingguard case add --rpps 10005173140 --url https://… --sent 2026-01-10 --letter lettre.pdf --proof recommande.pdf
      listingguard case hold CDO26-2026-0001 --reason "attente du praticien"
      listingguard case ics CDO26-2026-0001 -o echeances.ics
    """


case.add_command(transfer.export)
case.add_command(transfer.import_)

_SHOWN = 200
"""Cases that a list shows on screen unless all are asked for."""


@case.command("list")
@click.option("--state", help="Un seul état, par exemple overdue.")
@click.option("--outcome", help="Une seule issue, par exemple refused.")
@click.option("--due-before", metavar="JOUR", help="Échéance légale ce jour-là ou avant, réponse attendue.")
@click.option("--platform", help="Un seul site, ou un seul responsable.")
@click.option("--rpps", help="Une seule personne.")
@click.option("--held", is_flag=True, help="Les dossiers retenus.")
@click.option("--mine", is_flag=True, help="Ceux où la personne nommée par --as a enregistré quelque chose.")
@click.option("--all", "everything", is_flag=True, help=f"Tous, au lieu des {_SHOWN} premiers.")
@json_option
def list_(
    state: str | None, outcome: str | None, due_before: str | None, platform: str | None, rpps: str | None, held: bool,
    mine: bool, everything: bool, as_json: bool,
) -> None:  # fmt: skip
    """Liste les dossiers, leur état, leur issue et leur échéance.

    \b
    Exemples :
      listingguard case list --state overdue
      listingguard case list --due-before 2026-03-31 --platform site.example
    """
    from listingguard.domain.case import CaseOutcome, State
    from listingguard.domain.record import CaseFilter

    _one_of(state, "--state", State)
    _one_of(outcome, "--outcome", CaseOutcome)
    last = optional_day(due_before, "--due-before")
    with opened(writing=False) as app:
        actor = app.require_actor() if mine else ""
        wanted = CaseFilter(rpps or "", platform or "", actor, state or "", outcome or "", held, last)
        shown, total = app.store.case_lines(app.today, wanted, limit=None if everything or as_json else _SHOWN)
        if as_json:
            emit([_line(line) for line in shown])
            return
        names = app.store.full_names({line.practitioner for line in shown})
    for line in shown:
        say(f"{{}}{_standing(line)}", f"{line.id:<18} {names[line.practitioner]:<28} {line.platform:<24}")
    if not total:
        note("Aucun dossier.")
    elif len(shown) < total:
        note(
            f"{len(shown)} dossiers sur {total} ; tous : listingguard case list --all, ou choisir par --state, --due-before…"
        )


def _one_of(value: str | None, option: str, choices: type[StrEnum]) -> None:
    if value is not None and value not in set(choices):
        raise BadInput(f"{option} : « {value} » n’existe pas. Choix : {', '.join(choices)}.")


def _standing(line: CaseLine) -> str:
    from listingguard.domain.case import CaseOutcome, State
    from listingguard.domain.french import french_day

    due = f"échéance légale : {french_day(date.fromisoformat(line.legal_due))}" if line.legal_due else ""
    came = CaseOutcome(line.outcome)
    told = [due, "retenu" if line.held else "", came.label if came is not CaseOutcome.NONE else ""]
    return f" {State(line.state).label:<30} {' · '.join(t for t in told if t)}".rstrip()


def _line(line: CaseLine) -> dict[str, object]:
    return {
        "case": line.id,
        "practitioner": line.practitioner,
        "platform": line.platform,
        "state": line.state,
        "outcome": line.outcome,
        "receipt": line.receipt,
        "receipt_basis": line.basis,
        "legal_due": line.legal_due,
        "council_due": line.council_due,
        "held": list(line.held),
    }


def _summary(case_id: str, practitioner: str, platform: str, now: Status) -> dict[str, object]:
    clock = now.clock
    return {
        "case": case_id,
        "practitioner": practitioner,
        "platform": platform,
        "state": now.state.value,
        "outcome": now.outcome.value,
        "receipt": clock.receipt.isoformat() if clock else None,
        "receipt_basis": clock.basis.value if clock else None,
        "legal_due": clock.legal.due.isoformat() if clock else None,
        "council_due": clock.council.due.isoformat() if clock else None,
        "held": list(now.held),
    }


@case.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("--explain", is_flag=True, help="Montre tout le calcul de chaque date.")
@json_option
def show(case_id: str, explain: bool, as_json: bool) -> None:
    """Montre un dossier : où il en est, ses dates et leur fondement, sa ligne du temps, la suite."""
    from listingguard.domain.case import CaseOutcome, findings_of
    from listingguard.domain.explain import at_latest, explained, receipt_proof, time_line
    from listingguard.domain.french import french_day
    from listingguard.flow.clock import actions_of

    with opened(writing=False) as app:
        row, now = app.store.case(case_id), app.store.status(case_id, app.today)
        facts, actions = app.store.facts(case_id), actions_of(app.store, case_id, now, app.today)
        person = app.store.practitioner(row.practitioner)
        record = app.controllers().get(row.controller, {})
        dispatches, taken = app.store.dispatches(case_id), app.store.came_from(case_id)
        working = explained(now, facts, app.store.rules)
        waits = any(row.state.value in ("queued", "draft") for row in dispatches)
        pause = app.store.paused() if waits else None
    if as_json:
        events = [
            {"seq": f.seq, "kind": f.kind.value, "day": f.day.isoformat(), "actor": f.actor, "proof": f.proof}
            for f in facts
        ]
        told = {"events": events, "marks": list(now.marks), **({"working": list(working)} if explain else {})}
        emit({**_summary(row.id, row.practitioner, row.platform, now), **told})
        return
    say(f"Dossier {row.id} — {person.full_name} / {record.get('platform_name') or row.platform}")
    for day, told in taken:
        say(f"Repris de {told['from']} le {french_day(day)} (empreinte {told['fingerprint']}).")
    say(f"État : {now.state.label}")
    if now.outcome is not CaseOutcome.NONE:
        say(f"Issue : {now.outcome.label}")
    if facts[0].data.get("continues"):
        say(f"Suite du dossier {facts[0].data['continues']} : la fiche est réapparue.")
    if facts[0].data.get("follows"):
        say(
            f"Suite du dossier {facts[0].data['follows']}, qui garde sa demande et ses dates : le site a changé de responsable."
        )
    for line in (*now.held, *now.marks):
        say(f"  ! {line}")
    for finding in findings_of(facts):
        say(f"Fiche : {finding['url']}")
    if now.clock is not None:
        clock = now.clock
        proof = receipt_proof(now, facts)
        by = "au plus tard le " if at_latest(proof, now.sent_on) else ""
        shown = f" (événement n°\u00a0{proof.seq} : {proof.kind.label})" if proof else ""
        say(f"Réception {clock.basis.label} : {by}{french_day(clock.receipt)}{shown}")
        if clock.presumed_receipt is not None:
            say(
                f"  à côté : présumée le {french_day(clock.presumed_receipt)}, jour de l’envoi du courriel accepté et non "
                "retourné ; la date prouvée est retenue"
            )
            if by and clock.legal_presumed is not None:
                gone = "passée" if clock.legal_presumed.due < now.day else "à venir"
                say(f"  échéance légale depuis ce jour présumé : {french_day(clock.legal_presumed.due)}, {gone}")
        say(f"Échéance légale : {french_day(clock.legal.due)} ({clock.legal.basis})")
        if clock.without_pause.due != clock.legal.due:
            say(f"  sans la suspension : {french_day(clock.without_pause.due)}")
        say(f"Repère du conseil : {french_day(clock.council.due)} ({clock.council.basis})")
        if clock.place is not None and clock.place.abroad:
            say(
                f"  ! Responsable établi hors de France ({clock.place.name}) : chaque date est la plus tardive des deux pays."
            )
    if explain:
        say("Calcul des dates :")
        for line in working or ("Aucune date ne court encore.",):
            say(f"  {line}")
    for dispatch in dispatches:
        answer = f" — « {dispatch.response} »" if dispatch.response else ""
        say(f"Envoi {dispatch.id} à {dispatch.recipient} : {dispatch.label}{answer}")
    if pause is not None:
        say("  ! {}", pause.said)
        say(f"    Pour reprendre : {pause.command}")
    say("Journal :")
    for line in time_line(now, facts):
        say(line)
    for action in actions:
        when = f" Échéance : {french_day(action.due)}." if action.due else ""
        say(f"À faire par {action.who.label} — {action.text}{when}")


@case.command()
@click.argument("case_id", metavar="[DOSSIER]", required=False)
@click.option("--all", "everything", is_flag=True, help="Tous les dossiers ouverts, dans un seul calendrier.")
@click.option("-o", "--output", default="", metavar="FICHIER", help="Où l’écrire (par défaut : DOSSIER.ics, ici).")
@json_option
def ics(case_id: str | None, everything: bool, output: str, as_json: bool) -> None:
    """Écrit les jours du dossier pour votre calendrier : noter la réception, puis l’échéance légale et le repère.

    Le réécrire après un changement de date déplace les jours déjà dans le calendrier, sans les doubler.
    """
    from listingguard.app import calendar_file

    if (case_id is None) is not everything:
        raise BadInput("Un dossier, ou tous : listingguard case ics DOSSIER, ou listingguard case ics --all.")
    with opened(writing=False) as app:
        found: list[Entry] = []
        revision = 0
        wanted = (
            [case_id]
            if case_id
            else [line.id for line in app.store.case_lines(app.today)[0] if line.state not in _SETTLED]
        )
        for number in wanted:
            found += _diary(app, number)
            revision += len(app.store.facts(number))
        if not found:
            state = (
                f"Dossier {case_id}, état « {app.store.status(case_id, app.today).state.label} »"
                if case_id
                else "Aucun dossier"
            )
            raise Refused(
                f"{state} : aucun jour n’est à retenir.",
                [f"le voir : listingguard case show {case_id}" if case_id else "les voir : listingguard case list"],
            )
        found.sort(key=lambda entry: entry.day)
        data = calendar_file(found, at=app.now(), revision=revision)
        path = output or f"{case_id or app.settings.home.code}.ics"
    write_file(path, data, "Le calendrier")
    days = [{"day": each.day, "title": each.title} for each in found]
    if as_json:
        emit({"case": case_id or "", "path": path, "days": days})
        return
    say("Écrit : {}", path)
    for each in found[:_SHOWN]:
        say(f"  {each.day:%d/%m/%Y}  {each.title}")


_SETTLED = frozenset({"detected", "confirmed", "mandated", "erased", "closed"})
"""The states of which a diary has nothing to keep."""


def _diary(app: App, case_id: str) -> tuple[Entry, ...]:
    from listingguard.domain.diary import entries
    from listingguard.flow import letter as letters

    row, now = app.store.case(case_id), app.store.status(case_id, app.today)
    platform = str(app.controllers().get(row.controller, {}).get("platform_name") or row.platform)
    requests = letters.requests(app.store, case_id)
    written = requests[-1].day if requests else now.sent_on
    then = f"listingguard event add {case_id} received --day JOUR --proof FICHIER"
    channels = {d.channel for d in app.store.dispatches(case_id)}
    return entries(now, case_id, platform, written, then, channels) if written else ()


@case.command()
@click.option("--rpps", required=True, help="Le praticien.")
@click.option("--url", required=True, help="L’adresse de la fiche.")
@click.option("--sent", required=True, metavar="JOUR", help="Jour de l’envoi.")
@click.option("--letter", required=True, metavar="FICHIER", help="Le texte envoyé.")
@click.option("--proof", required=True, metavar="FICHIER", help="La preuve de l’envoi ou de la réception.")
@click.option("--received", metavar="JOUR", help="Jour de réception, s’il est prouvé.")
@click.option(
    "--channel",
    type=click.Choice(["email", "lrar", "post", "form"]),
    default="lrar",
    show_default=True,
    help="Le moyen.",
)
@click.option(
    "--situation",
    multiple=True,
    metavar="PHRASE",
    help="Une raison propre à la personne, que la lettre donne ; à répéter.",
)
@json_option
def add(
    rpps: str, url: str, sent: str, letter: str, proof: str, received: str | None, channel: str,
    situation: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Reprend une demande déjà envoyée à la main : le délai court depuis sa réception.

    La fiche doit avoir été capturée (listingguard scan, ou capture import).
    """
    from listingguard.app import quoted
    from listingguard.domain.listing import canonical_url
    from listingguard.flow import review

    with opened(writing=True) as app:
        person = app.store.practitioner(rpps)
        site = app.sites.for_url(url)
        found = [
            (item, capture)
            for item, capture in app.store.listings()
            if canonical_url(item.url) == canonical_url(url) or item.key == f"{site.host}:{site.profile_id(url)}"
        ]
        if not found:
            command = f"listingguard capture import FICHIER --url {quoted(url)}"
            raise BadInput(f"Aucune capture de « {url} ». D’abord : {command}")
        listing, capture = found[0]
        case_id = review.prior_request(
            app.store, app.vault, app.controller_of, app.settings.home.code, practitioner=person.id, listing=listing,
            capture=capture, sent_on=parse_day(sent, "--sent"), channel=channel, letter=read_file(letter, "--letter"),
            proof=read_file(proof, "--proof"), received_on=optional_day(received, "--received"),
            situation=situation, today=app.today, at=app.now(), actor=app.require_actor(),
        )  # fmt: skip
        now = app.store.status(case_id, app.today)
    text = f"Dossier {case_id} : {now.state.label}. Aucune seconde demande d’effacement ne sera proposée."
    answer(as_json, {"case": case_id, "state": now.state.value}, text)


def _simple(case_id: str, kind: str, data: dict[str, object], as_json: bool) -> None:
    from listingguard.domain.case import EventKind
    from listingguard.flow import review

    with opened(writing=True) as app:
        row = app.store.case(case_id)
        review.record(
            app.store, app.vault, row, EventKind(kind), day=app.today, today=app.today, at=app.now(),
            actor=app.require_actor(), data=data,
        )  # fmt: skip
        now = app.store.status(case_id, app.today)
    document = {"case": case_id, "state": now.state.value, "held": list(now.held)}
    answer(as_json, document, f"Dossier {case_id} : {now.state.label}{', suspendu' if now.held else ''}.")


@case.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("--reason", required=True, help="Pourquoi.")
@json_option
def hold(case_id: str, reason: str, as_json: bool) -> None:
    """Suspend un dossier : plus rien ne part ; les échéances restent affichées."""
    _simple(case_id, "hold", {"reason": reason}, as_json)


@case.command()
@click.argument("case_id", metavar="DOSSIER")
@json_option
def release(case_id: str, as_json: bool) -> None:
    """Reprend un dossier suspendu."""
    _simple(case_id, "release", {}, as_json)


@click.group()
def event() -> None:
    """Ce qui est arrivé dans un dossier, avec sa preuve.

    \b
    Exemples :
      listingguard event add CDO26-2026-0001 listing_confirmed_by_kine --day 2026-02-03 --proof courriel.eml
      listingguard event add CDO26-2026-0001 received --day 2026-02-12 --proof avis.pdf
      listingguard event add CDO26-2026-0001 refusal --day 2026-02-20 --reply 1a2b3c4d5e6f
      listingguard event add CDO26-2026-0001 correction --event 7 --new-day 2026-02-11 --day 2026-02-21
    """


@event.command("add")
@click.argument("case_id", metavar="DOSSIER")
@click.argument("kind", metavar="NATURE")
@click.option("--day", required=True, metavar="JOUR", help="Jour où c’est arrivé.")
@click.option("--proof", metavar="FICHIER", help="Le document qui le montre.")
@click.option("--reply", "reply_id", metavar="MESSAGE", help="Un message déjà classé, au lieu d’un fichier.")
@click.option("--received-on", metavar="JOUR", help="Jour de réception que le document indique.")
@click.option("--reasoned", is_flag=True, help="La prolongation annoncée est motivée.")
@click.option("--late", is_flag=True, help="Le justificatif est demandé trop tard ou sans raison : il ne suspend rien.")
@click.option("--dispatch", help="L’envoi concerné, s’il y en a plusieurs.")
@click.option("--text", help="Ce que dit la réponse, en une ou deux phrases, pour la plainte.")
@click.option("--situation", multiple=True, help="Une raison propre au praticien ; à répéter.")
@click.option("--of", help="Pour un double : le dossier qui demeure.")
@click.option("--complete", is_flag=True, help="Plainte rejetée mais à compléter.")
@click.option("--number", help="Numéro donné par la CNIL.")
@click.option("--event", "target", metavar="N", help="Pour une rectification : le numéro de l’événement.")
@click.option("--new-day", metavar="JOUR", help="Pour une rectification : le jour exact.")
@click.option("--void", is_flag=True, help="Pour une rectification : l’événement n’a pas eu lieu.")
@json_option
def add_event(
    case_id: str, kind: str, day: str, proof: str | None, reply_id: str | None, as_json: bool, **options: Any
) -> None:
    """Ajoute un fait à un dossier. Un fait impossible est refusé, avec ce qui est possible.

    \b
    Natures courantes :
      listing_confirmed_by_kine   la personne se reconnaît et n’a donné aucun accord
      authorised                  un accord existe
      not_me                      la personne ne se reconnaît pas
      received                    réception prouvée (avis, accusé de lecture)
      bounced                     courriel non remis
      acknowledged                simple accusé de réception de la plateforme
      refusal, partial            refus, réponse partielle
      erased_claimed              la plateforme dit avoir effacé
      erased_verified             retrait observé par deux lectures
      id_requested, id_supplied   justificatif demandé, fourni
      extension_notified          prolongation annoncée (--reasoned si elle est motivée)
      filed, cnil_ack             plainte déposée, accusé de la CNIL
      withdrawn                   la personne renonce
      duplicate                   dossier en double (--of DOSSIER)
      correction                  rectification d’un événement (--event N)

    \b
    Exemple :
      listingguard event add CDO26-2026-0001 received --day 2026-02-12 --proof avis.pdf
    """
    from listingguard.cli.todo import tell_next
    from listingguard.domain.case import EventKind, State
    from listingguard.domain.french import french_day
    from listingguard.flow import oversight, review

    if kind not in {k.value for k in EventKind}:
        choices = "".join(f"\n  {k.value} : {k.label}" for k in EventKind if k not in review.BY_THEIR_OWN_COMMAND)
        raise BadInput(f"« {kind} » n’est pas une nature d’événement. Les mots à taper :{choices}")
    what = EventKind(kind)
    if what is EventKind.CORRECTION and not (options["target"] and (options["void"] or options["new_day"])):
        raise BadInput("Une rectification demande --event N, et --new-day JOUR ou --void.")
    data = _payload(options)
    with opened(writing=True) as app:
        row = app.store.case(case_id)
        before = app.store.status(case_id, app.today).marks
        document = proof_given(app, case_id, proof, reply_id)
        on = parse_day(day, "--day")
        absent = oversight.seen_gone(app.store, case_id, on, app.today) if what is EventKind.ERASED_VERIFIED else ()
        new = review.record(
            app.store, app.vault, row, what, day=on, today=app.today, at=app.now(),
            actor=app.require_actor(), proof=document, data=data, absent_on=absent,
        )  # fmt: skip
        now = app.store.status(case_id, app.today)
        if as_json:
            emit({**_summary(row.id, row.practitioner, row.platform, now), "new": new})
            return
        say(f"Dossier {case_id} : {'enregistré' if new else 'déjà enregistré'}. État : {now.state.label}.")
        for said in now.marks:
            if said not in before:
                say(f"  ! {said}")
        if now.clock is not None and now.state is not State.CLOSED:
            due, mark = french_day(now.clock.legal.due), french_day(now.clock.council.due)
            say(f"Échéance légale : {due} ; repère du conseil : {mark}.")
        tell_next(app, case_id)


def _payload(options: dict[str, Any]) -> dict[str, object]:
    """Return what the options say of the event; in a correction, what they say of the event it corrects."""
    told: dict[str, object] = {}
    if options["received_on"]:
        told["received_on"] = parse_day(options["received_on"], "--received-on").isoformat()
    for name in ("dispatch", "text", "number", "of"):
        if options[name]:
            told[name] = options[name]
    for name in ("reasoned", "complete"):
        if options[name]:
            told[name] = True
    if options["late"]:
        told["timely"] = False
    if options["situation"]:
        told["situation"] = list(options["situation"])
    if not options["target"]:
        return told
    correction: dict[str, object] = {"event": options["target"]}
    if told:
        correction["data"] = told
    if options["void"]:
        correction["void"] = True
    if options["new_day"]:
        correction["day"] = parse_day(options["new_day"], "--new-day").isoformat()
    return correction
