"""`init`, `next`, `doctor`, `rebuild`: the home itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, say
from listingguard.domain.french import plural
from listingguard.errors import BadInput, Damaged

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.case import Fact, Status
    from listingguard.domain.record import CaseRow, DispatchRow


@click.command()
@click.argument("folder", metavar="[DOSSIER]", required=False)
@click.option(
    "--acting", type=click.Choice(["self", "council"]), help="Qui agit : self (un kiné seul) ou council (un conseil)."
)
@click.option("--code", help="Le code des numéros de dossier, par exemple CDO26 : CDO26-2026-0001.")
@click.option("--person", help="Le nom de la personne qui agit d’habitude.")
@click.option("--simulated", is_flag=True, help="Un dossier d’essai, où les jours peuvent être simulés.")
@json_option
def init(
    folder: str | None, acting: str | None, code: str | None, person: str | None, simulated: bool, as_json: bool
) -> None:
    """Crée un dossier de données et sa configuration commentée ; le refaire ne change rien.

    \b
    Exemples :
      listingguard init mon-dossier --acting self --person "Camille Exemple"
      listingguard init conseil26 --acting council --code CDO26 --person "Dominique Secrétaire"
    """
    from listingguard.app import create_home, default_home, quoted
    from listingguard.cli.french import ask
    from listingguard.domain.case import Acting

    target = Path(folder).expanduser() if folder else default_home()
    if sys.stdin.isatty() and not (target / "config.toml").exists():
        acting = acting or ask("Qui agit\u00a0? self (un kiné seul) ou council (un conseil)", "self")
        code = code or ask("Code des numéros de dossier", "KINE" if acting == "self" else "CDO")
        person = person or ask("Votre nom")
    acting = acting or "self"
    if acting not in ("self", "council"):
        raise BadInput(f"« {acting} » : répondez self ou council.")
    code = (code or ("KINE" if acting == "self" else "CDO")).upper()
    if not (code.isascii() and code.isalnum() and 2 <= len(code) <= 12):
        raise BadInput(f"« {code} » ne peut pas servir de code : 2 à 12 lettres ou chiffres, sans accent.")
    create_home(target, acting=Acting(acting), code=code, person=person or "", simulated=simulated)
    if as_json:
        emit({"home": target, "config": target / "config.toml"})
        return
    say("Dossier de données prêt : {}", target)
    say("Complétez « {} », puis :", target / "config.toml")
    say(f"  listingguard --home {quoted(target)} roster import TABLEAU.csv")


@click.command("next")
@json_option
def next(as_json: bool) -> None:
    """Ce qu’une personne doit faire aujourd’hui, avec la commande pour le faire.

    \b
    Exemple :
      listingguard next
    """
    from listingguard.domain.case import AT_CNIL, LATE, Acting, State
    from listingguard.domain.deadline import Basis
    from listingguard.domain.french import french_day
    from listingguard.domain.record import Sort
    from listingguard.flow import clock, inbox, oversight, review

    with opened(writing=False) as app:
        rows: list[tuple[str, str, date | None, str]] = []
        latest = {d.case: d for d in app.store.dispatches()}
        # A refused letter matters until a later one replaces it.
        stuck = [
            d
            for d in app.store.dispatches()
            if d.state.value in ("unknown", "draft") or (d.state.value == "failed" and latest[d.case].id == d.id)
        ]
        rows += [(row.case, *_stuck(row, app.store.case(row.case).controller)) for row in stuck]
        for case, now, action in clock.to_do(app.store, today=app.today):
            if action.code == "wait" or (action.code == "send" and case.id in {row.case for row in stuck}):
                continue
            if action.code == "complain" and now.state.value == "cnil_ready" and _stands(app, case, now):
                rows.append((case.id, *_built(case.id)))
                continue
            command = _command(action.code, case.id, case.practitioner)
            if action.code == "second_capture":
                command = _second_capture(app.store.facts(case.id))
            if action.code == "send" and latest[case.id].state.value == "withdrawn":
                # Given up by the only channel it was approved for.
                command = f"listingguard send {case.id} --channel email"
            if action.code == "word" and app.rules.acting is Acting.SELF:
                # Who acts for himself gives his word by acting.
                command = command.removesuffix(" --proof FICHIER")
            elif action.code == "word":
                command = f"listingguard question send {case.id}"
            rows.append((case.id, action.text, action.due, command))
        for listing, cases in clock.doubles(app.store, app.today):
            text = f"Deux dossiers sur une même fiche ({listing}) : {', '.join(cases)} ; en fermer un, ou vérifier que les deux se justifient."
            rows.append(
                (cases[0], text, None, f"listingguard event add {cases[-1]} duplicate --of {cases[0]} --day JOUR")
            )
        absent = app.store.seen_absent()
        for line in app.store.case_lines(app.today)[0] if absent else ():
            if line.id not in absent:
                continue
            gone = oversight.seen_gone(app.store, line.id, app.today, app.today) if line.state in LATE | AT_CNIL else ()
            if gone:
                text = f"Fiche observée absente le {french_day(gone[0])} et le {french_day(gone[-1])} : le noter, si cela vous semble établi."
                rows.append((line.id, text, None, f"listingguard event add {line.id} erased_verified --day {gone[-1]}"))
        for known in app.store.unread_cases():
            for reply in inbox.unread(app.store, known):
                command = f"listingguard inbox show {reply.sha256[:12]}"
                if app.store.status(known, app.today).state is State.DETECTED:
                    # Nothing has gone to the platform yet: it is the practitioner who answers.
                    answer = f"listingguard question answer {known} --answer RÉPONSE"
                    command = f"{answer} --on {reply.day} --reply {reply.sha256[:12]}"
                rows.append((known, f"Message de {reply.sender or 'papier'} à lire et à qualifier.", None, command))
        for known in app.store.unread_cases(Sort.AUTOMATIC):
            clock_now = app.store.status(known, app.today).clock
            if clock_now is not None and clock_now.basis is Basis.PRESUMED:
                text = (
                    "Message automatique à lire : un accusé de réception prouverait l’arrivée, sans être une réponse."
                )
                (first, *_) = app.store.unread_replies(known, Sort.AUTOMATIC)
                rows.append((known, text, None, f"listingguard inbox show {first.sha256[:12]}"))
        rows += [(held.guess, *inbox.to_settle(held)) for held in app.store.quarantined()]
        for task in oversight.tasks(app.store, app.sites, app.today, app.settings.scan.every_days):
            rows.append(("", task.text + (f" ({task.url})" if task.url else ""), None, task.command))
        waiting = len(review.queue(app.store, app.today))
        if waiting:
            rows.append(("", f"{plural(waiting, 'rapprochement')} à décider.", None, "listingguard review"))
        if as_json:
            emit([{"case": c, "what": t, "due": d, "command": m} for c, t, d, m in rows])
            return
        if not rows:
            say("Rien à faire aujourd’hui.")
        for case_id, text, due, command in rows:
            when = f" Échéance : {french_day(due)}." if due else ""
            say(f"{case_id or '—':<16} {text}{when}")
            say(f"{'':<16} → {command}")


def _stuck(row: DispatchRow, controller: str) -> tuple[str, None, str]:
    """Return what a person must do about a dispatch that waits for one: text, no due date, command."""
    asked = "/question" in row.letter
    match row.state.value:
        case "draft" if row.channel == "post":
            text = "Imprimer la question, la poster, puis noter le jour du dépôt."
            return text, None, f"listingguard send --settle {row.id} sent --day JOUR"
        case "failed" if asked:
            text = (
                f"Le courriel à {row.recipient} n’est pas parti : corriger l’adresse dans le tableau, puis redemander."
            )
            return text, None, f"listingguard question send {row.case}"
        case "draft" if row.channel == "lrar":
            text = "Imprimer la demande, la poster en recommandé avec avis de réception, puis noter le jour du dépôt."
            return text, None, f"listingguard send --settle {row.id} sent --day JOUR (ou not-sent, pour y renoncer)"
        case "draft" if row.channel == "lre":
            text = "Déposer la demande chez le prestataire de lettre recommandée électronique, puis noter le dépôt."
            return (
                text,
                None,
                f"listingguard proof add {row.case} --dispatch {row.id} --type deposited --day JOUR --file FICHIER",
            )
        case "draft" if row.channel == "form":
            text = "Coller la demande dans le formulaire de la plateforme, puis garder sa confirmation."
            return text, None, f"listingguard send {row.case} --channel form"
        case "draft" if row.channel == "hand":
            text = "Remettre la demande contre récépissé, puis noter le jour."
            return (
                text,
                None,
                f"listingguard proof add {row.case} --dispatch {row.id} --type by_hand --day JOUR --file FICHIER",
            )
        case "draft":
            text = f"Envoyer vous-même le brouillon « {row.response} », puis importer la copie du message parti."
            return text, None, "listingguard inbox import COPIE.eml"
        case "failed":
            text = f"Le courriel à {row.recipient} n’est pas parti : corriger l’adresse, la vérifier, puis approuver de nouveau."
            return text, None, f"listingguard controller set {controller} --email ADRESSE"
    text = "Nul ne sait si le courriel est parti : vérifiez dans la messagerie, puis répondez sent ou not-sent."
    return text, None, f"listingguard send --settle {row.id} sent"


def _stands(app: App, case: CaseRow, now: Status) -> bool:
    """Return True when a complaint is built that nothing has undone since."""
    from listingguard.domain.pack import pack_states

    due = now.clock.legal.due if now.clock else None
    found = pack_states(case.id, app.store.facts(case.id), wanted=1, legal_due=due)
    return bool(found) and not found[-1].void


def _built(case: str) -> tuple[str, None, str]:
    text = "La plainte est construite : la relire, la signer, la déposer à la CNIL, puis noter le dépôt."
    return (
        text,
        None,
        f"listingguard pack sign {case}, puis listingguard pack file {case} --number N --on JOUR --receipt FICHIER",
    )


def _command(code: str, case: str, practitioner: str) -> str:
    return {
        "word": f"listingguard question answer {case} --answer RÉPONSE --on JOUR --proof FICHIER",
        "remind": f"listingguard question send {case}",
        "call": f"listingguard question answer {case} --answer RÉPONSE --on JOUR --proof FICHIER",
        "decide": f"listingguard question answer {case} --answer RÉPONSE --on JOUR --proof FICHIER",
        "agreement": f"listingguard authorisation list --rpps {practitioner}",
        "mandate": f"listingguard mandate print --rpps {practitioner} (une fois signé : mandate add {practitioner} --from "
        "JOUR --until JOUR --document FICHIER)",
        "approve": f"listingguard letter show {case}, puis listingguard letter approve {case}",
        "withdraw": f"listingguard letter propose {case}, ou event add {case} withdrawal_told --day JOUR --proof FICHIER",
        "send": "listingguard send",
        "receipt": (
            f"listingguard proof add {case} --dispatch ENVOI --type TYPE --day JOUR --file FICHIER "
            f"(une demande d’avant le dossier : event add {case} received --day JOUR --proof FICHIER)"
        ),
        "email_at_once": f"listingguard send {case} --channel email",
        "address": f"listingguard controller set … --email ADRESSE, puis listingguard send {case} --channel email",
        "identity": f"listingguard letter propose {case}, puis listingguard event add {case} id_supplied --day JOUR",
        "reread": "listingguard scan",
        "reply": (
            f"listingguard letter propose {case} (écrite à la main, la réponse se note : "
            f"listingguard event add {case} letter_sent --day JOUR --proof FICHIER)"
        ),
        "qualify": f"listingguard case show {case}, puis listingguard complain {case}",
        "complain": f"listingguard scan, puis listingguard complain {case}",
        "deceased": f"listingguard event add {case} deceased --day JOUR",
        "left": f"listingguard roster show {practitioner}",
        "tell_cnil": f"listingguard case show {case}",
    }.get(code, f"listingguard case show {case}")


def _second_capture(facts: Sequence[Fact]) -> str:
    """Return the command by which another person brings the page of a case as they saw it."""
    from listingguard.domain.case import findings_of
    from listingguard.domain.coverage import import_command

    url = str(findings_of(facts)[0]["url"])
    said = '--browser "NAVIGATEUR, SYSTÈME"'
    return import_command(url).replace("listingguard", 'listingguard --as "AUTRE PERSONNE"', 1) + f" {said}"


_CAPTURES_SECONDS = 60
"""How long `doctor` looks into captures one by one; every file of the vault is read in any case."""


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Vérifie la base, les chaînes d’événements, les preuves et les captures ; sort en 1 si quelque chose ne va pas.

    \b
    Exemple :
      listingguard doctor
    """
    from time import monotonic

    from listingguard.app import sqlite_version
    from listingguard.cli.capture import altered, altered_robots

    with opened(writing=False) as app:
        problems = list(app.store.check())
        # The newest first: those are the ones a complaint will show.
        captures, checked, until = app.store.captures()[::-1], 0, monotonic() + _CAPTURES_SECONDS
        for _, found in altered(app, captures):
            problems += found
            checked += 1
            if monotonic() > until:
                break
        problems += [
            f"La capture {row.id[:12]}… n’a plus ses octets dans le coffre."
            for row in captures[checked:]
            if not app.vault.has(row.body)
        ]
        problems += [said for _, said in app.store.unlike_the_log()]
        problems += altered_robots(app)
        told = "\n".join(problems)
        problems += [f"La preuve {sha} a été altérée." for sha in sorted(app.vault.damaged()) if sha[:12] not in told]
    if problems:
        count = plural(len(problems), "problème")
        wrong = "\n".join(f"  – {problem}" for problem in problems)
        raise Damaged(f"{count} : n’écrivez plus dans ce dossier, restaurez une sauvegarde.\n{wrong}")
    version, affected = sqlite_version()
    if as_json:
        emit(
            {
                "sqlite": version,
                "sqlite_affected": affected,
                "captures": len(captures),
                "captures_checked": checked,
                "problems": problems,
            }
        )
        return
    say(f"SQLite {version}" + (" : version touchée par un défaut connu, installez pysqlite3" if affected else ""))
    say("Tout est intact.")
    if checked < len(captures):
        say(f"{checked} captures sur {len(captures)} vérifiées une à une ; toutes : listingguard capture verify")


@click.command()
@json_option
def rebuild(as_json: bool) -> None:
    """Recalcule les fiches, les rapprochements et l’état des dossiers à partir des faits ; rien ne doit changer.

    \b
    Exemple :
      listingguard rebuild
    """
    from listingguard.flow import scan

    with opened(writing=True, job=True) as app:
        # What a change of the calendar moved is noted first: recomputed, the old dates would be gone.
        app.store.follow_calendar(at=app.now())
        before = app.store.caches()
        scan.rebuild(app.store, app.vault, app.sites)
        changed = [table for table, rows in app.store.caches().items() if rows != before[table]]
    text = f"Recalculé ; a changé : {', '.join(changed)}." if changed else "Recalculé."
    answer(as_json, {"changed": changed}, text)
    if changed:
        note("Un changement est normal après une mise à jour du programme ; sinon, lancez listingguard doctor.")
