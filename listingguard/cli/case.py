"""`case`, `event`: where a case stands, and what happened in it."""

from __future__ import annotations

from typing import Any

import click

from listingguard.cli.common import (
    answer,
    emit,
    json_option,
    note,
    opened,
    optional_day,
    parse_day,
    read_file,
    say,
    why,
)
from listingguard.errors import BadInput, Refused


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


@case.command("list")
@click.option("--state", help="Un seul état, par exemple overdue.")
@json_option
def list_(state: str | None, as_json: bool) -> None:
    """Liste les dossiers et leurs prochaines dates."""
    from listingguard.domain.french import french_day

    with opened(writing=False) as app:
        rows = [(c, app.store.status(c.id, app.today)) for c in app.store.cases()]
        names = {p.id: p.full_name for p in app.store.practitioners()}
    rows = [(c, s) for c, s in rows if state in (None, s.state.value)]
    if as_json:
        emit([_summary(c.id, c.practitioner, c.platform, s) for c, s in rows])
        return
    for row, now in rows:
        due = f"échéance légale : {french_day(now.clock.legal.due)}" if now.clock else ""
        say(
            f"{row.id:<18} {names.get(row.practitioner, row.practitioner):<28} {row.platform:<24} {now.state.label:<30} {due}".rstrip()
        )
    if not rows:
        note("Aucun dossier.")


def _summary(case_id: str, practitioner: str, platform: str, now: Any) -> dict[str, object]:
    clock = now.clock
    return {
        "case": case_id,
        "practitioner": practitioner,
        "platform": platform,
        "state": now.state.value,
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
    """Montre un dossier : où il en est, ses dates et leur fondement, son journal, la suite."""
    from listingguard.domain.case import findings_of
    from listingguard.domain.french import french_day
    from listingguard.flow.clock import actions_of

    with opened(writing=False) as app:
        row, now = app.store.case(case_id), app.store.status(case_id, app.today)
        facts, actions = app.store.facts(case_id), actions_of(app.store, case_id, now, app.today)
        person = app.store.practitioner(row.practitioner)
        record = app.controllers().get(row.controller, {})
        dispatches = app.store.dispatches(case_id)
    if as_json:
        events = [
            {"seq": f.seq, "kind": f.kind.value, "day": f.day.isoformat(), "actor": f.actor, "proof": f.proof}
            for f in facts
        ]
        emit({**_summary(row.id, row.practitioner, row.platform, now), "events": events, "marks": list(now.marks)})
        return
    say(f"Dossier {row.id} — {person.full_name} / {record.get('platform_name') or row.platform}")
    say(f"État : {now.state.label}")
    for line in (*now.held, *now.marks):
        say(f"  ! {line}")
    for finding in findings_of(facts):
        say(f"Fiche : {finding['url']}")
    if now.clock is not None:
        clock = now.clock
        say(f"Réception {clock.basis.label} : {french_day(clock.receipt)}")
        say(f"Échéance légale : {french_day(clock.legal.due)} ({clock.legal.basis})")
        if clock.without_pause.due != clock.legal.due:
            say(f"  sans la suspension : {french_day(clock.without_pause.due)}")
        say(f"Repère du conseil : {french_day(clock.council.due)} ({clock.council.basis})")
        if explain:
            for deadline in (clock.legal, clock.council):
                say(f"Calcul — {deadline.basis} :")
                for line in deadline.working:
                    say(f"  {line}")
    for dispatch in dispatches:
        answer = f" — « {dispatch.response} »" if dispatch.response else ""
        say(f"Envoi {dispatch.id} à {dispatch.recipient} : {dispatch.state.label}{answer}")
    say("Journal :")
    for fact in facts:
        mark = " (sans effet)" if fact.seq in now.ignored else ""
        proof = f" — pièce {fact.proof[:12]}…" if fact.proof else ""
        say(f"  {fact.seq:>3}  {fact.day:%d/%m/%Y}  {fact.kind.label}{mark}{proof}")
    for action in actions:
        when = f" Échéance : {french_day(action.due)}." if action.due else ""
        say(f"À faire par {action.who.label} — {action.text}{when}")


@case.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("-o", "--output", default="", metavar="FICHIER", help="Où l’écrire (par défaut : DOSSIER.ics, ici).")
@json_option
def ics(case_id: str, output: str, as_json: bool) -> None:
    """Écrit les jours du dossier pour votre calendrier : noter la réception, puis l’échéance légale et le repère.

    Le réécrire après un changement de date déplace les jours déjà dans le calendrier, sans les doubler.
    """
    from pathlib import Path

    from listingguard.app import calendar_file
    from listingguard.domain.diary import entries
    from listingguard.flow import letter as letters

    with opened(writing=False) as app:
        row, now = app.store.case(case_id), app.store.status(case_id, app.today)
        platform = str(app.controllers().get(row.controller, {}).get("platform_name") or row.platform)
        requests = letters.requests(app.store, case_id)
        written = requests[-1].day if requests else now.sent_on
        then = f"listingguard event add {case_id} received --day JOUR --proof FICHIER"
        channels = {d.channel for d in app.store.dispatches(case_id)}
        found = entries(now, case_id, platform, written, then, channels) if written else ()
        if not found:
            raise Refused(
                f"Dossier {case_id}, état « {now.state.label} » : aucun jour n’est à retenir.",
                [f"le voir : listingguard case show {case_id}"],
            )
        data = calendar_file(found, at=app.now(), revision=len(app.store.facts(case_id)))
    path = Path(output or f"{case_id}.ics")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(f"Le calendrier ne peut pas s’écrire dans « {path} » ({why(error)}).") from None
    days = [{"day": each.day, "title": each.title} for each in found]
    if as_json:
        emit({"case": case_id, "path": path, "days": days})
        return
    say("Écrit : {}", path)
    for each in found:
        say(f"  {each.day:%d/%m/%Y}  {each.title}")


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
@json_option
def add(
    rpps: str, url: str, sent: str, letter: str, proof: str, received: str | None, channel: str, as_json: bool
) -> None:
    """Reprend une demande déjà envoyée à la main : le délai court depuis sa réception.

    La fiche doit avoir été capturée (listingguard scan, ou capture import).
    """
    from listingguard.app import quoted
    from listingguard.flow import review

    with opened(writing=True) as app:
        person = app.store.practitioner(rpps)
        site = app.sites.for_url(url)
        found = [
            (item, capture)
            for item, capture in app.store.listings()
            if item.url == url or item.key == f"{site.host}:{site.profile_id(url)}"
        ]
        if not found:
            command = f"listingguard capture import FICHIER --url {quoted(url)}"
            raise BadInput(f"Aucune capture de « {url} ». D’abord : {command}")
        listing, capture = found[0]
        case_id = review.prior_request(
            app.store, app.vault, app.controller_of, app.settings.home.code, practitioner=person.id, listing=listing,
            capture=capture, sent_on=parse_day(sent, "--sent"), channel=channel, letter=read_file(letter, "--letter"),
            proof=read_file(proof, "--proof"), received_on=optional_day(received, "--received"), today=app.today,
            at=app.now(), actor=app.require_actor(),
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
      correction                  rectification d’un événement (--event N)

    \b
    Exemple :
      listingguard event add CDO26-2026-0001 received --day 2026-02-12 --proof avis.pdf
    """
    from listingguard.domain.case import EventKind
    from listingguard.domain.french import french_day
    from listingguard.flow import oversight, review

    if kind not in {k.value for k in EventKind}:
        choices = ", ".join(k.value for k in EventKind)
        raise BadInput(f"« {kind} » n’est pas une nature d’événement. Choix : {choices}.")
    what = EventKind(kind)
    if what is EventKind.CORRECTION and not (options["target"] and (options["void"] or options["new_day"])):
        raise BadInput("Une rectification demande --event N, et --new-day JOUR ou --void.")
    data = _payload(options)
    with opened(writing=True) as app:
        row = app.store.case(case_id)
        document = read_file(proof, "--proof") if proof else None
        if reply_id:
            replies = [r for r in app.store.replies(case_id) if len(reply_id) >= 8 and r.sha256.startswith(reply_id)]
            if len(replies) != 1:
                raise BadInput(f"--reply : aucun message unique « {reply_id} » dans ce dossier.")
            document = app.vault.get(replies[0].sha256)
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
    if now.clock is not None:
        say(
            f"Échéance légale : {french_day(now.clock.legal.due)} ; repère du conseil : {french_day(now.clock.council.due)}."
        )


def _payload(options: dict[str, Any]) -> dict[str, object]:
    """Return what the options say of the event; in a correction, what they say of the event it corrects."""
    told: dict[str, object] = {}
    if options["received_on"]:
        told["received_on"] = parse_day(options["received_on"], "--received-on").isoformat()
    for name in ("dispatch", "text", "number"):
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
