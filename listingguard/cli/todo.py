"""`next`: what a person must do today, each thing with the very commands that do it, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import emit, json_option, opened, say, to_type
from listingguard.domain.french import french_day, plural
from listingguard.domain.record import EMAIL, REGISTERED, DispatchState
from listingguard.domain.service import CHANNELS, ELECTRONIC, FORM, HAND, NEVER_ARRIVED

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.case import Fact, Status
    from listingguard.domain.next_step import Action
    from listingguard.domain.pack import PackState
    from listingguard.domain.record import CaseRow, DispatchRow
    from listingguard.flow.clock import Double

ANSWERS = "RÉPONSE s’écrit not_agreed (pas d’accord), agreed (accord), practice, claimed, not_me (pas elle) ou talk."


@dataclass(frozen=True)
class Task:
    """One thing to do: the case it is of (empty: the home), what it is, by when, and what to type, in order."""

    case: str
    text: str
    commands: tuple[str, ...]
    due: date | None = None


_SHOWN = 200
"""Cases of which things to do are shown on screen, the most pressing ones, unless all are asked for."""


@click.command("next")
@click.option("--all", "everything", is_flag=True, help=f"Tous les dossiers, au lieu des {_SHOWN} plus pressants.")
@json_option
def next(everything: bool, as_json: bool) -> None:
    """Ce qu’une personne doit faire aujourd’hui, avec la commande pour le faire.

    \b
    Exemple :
      listingguard next
    """
    limit = None if everything or as_json else _SHOWN
    with opened(writing=False) as app:
        tasks = list(dict.fromkeys([*_of_the_home(app), *_of_cases(app, limit), *_of_messages(app), *_of_sites(app)]))
    if as_json:
        emit([
            {"case": t.case, "what": t.text, "due": t.due, "command": t.commands[0], "commands": list(t.commands)}
            for t in tasks
        ])  # fmt: skip
        return
    if not tasks:
        say("Rien à faire aujourd’hui.")
    for task in tasks:
        when = f" Échéance : {french_day(task.due)}." if task.due else ""
        say(f"{task.case or '—':<16} {task.text}{when}")
        for command in task.commands:
            say(f"{'':<16} → {{}}", to_type(command))


def _of_the_home(app: App) -> Iterator[Task]:
    from listingguard.flow import setup

    if pause := app.store.paused():
        yield Task("", pause.said, (pause.command,))
    config, mailbox = str(app.home / "config.toml"), bool(app.settings.imap.host)
    for step in setup.steps(app.store, config=config, lacks=app.sender_lacks(), mailbox=mailbox, today=app.today):
        yield Task("", step.text, step.commands)


def tell_next(app: App, *cases: str) -> None:
    """Say, after something was entered, what comes next in those cases, each thing with its command."""
    from listingguard.domain.next_step import Who
    from listingguard.flow import clock

    for case_id in dict.fromkeys(cases):
        row, now = app.store.case(case_id), app.store.status(case_id, app.today)
        sendings, actions = app.store.dispatches(case_id), clock.actions_of(app.store, case_id, now, app.today)
        tasks = [*_of_case(app, row, now, actions, sendings), *_unread(app, case_id)]
        of = f" (dossier {case_id})" if len(cases) > 1 else ""
        for task in tasks:
            when = f" Échéance : {french_day(task.due)}." if task.due else ""
            say(f"La suite{of} — {task.text}{when}")
            for command in task.commands:
                say("  {}", to_type(command))
        waits = [a for a in actions if a.who is Who.PROGRAM and not tasks]
        for action in waits:
            when = f" Échéance : {french_day(action.due)}." if action.due else ""
            say(f"La suite{of} — {action.text}{when}")
        if not tasks and not waits:
            say(f"Rien d’autre à faire dans {'le dossier ' + case_id if of else 'ce dossier'} aujourd’hui.")


def _of_cases(app: App, limit: int | None) -> Iterator[Task]:
    from listingguard.flow import clock

    sendings: dict[str, list[DispatchRow]] = {}
    for row in app.store.dispatches():
        sendings.setdefault(row.case, []).append(row)
    for case_id, rows in sendings.items():
        case = app.store.case(case_id)
        for row in _stuck(app, rows):
            yield Task(case_id, *_told(app, row, case.controller))
    unwanted = {case.id: task for case, task in _unwanted(app)}
    yield from unwanted.values()
    asked = clock.to_do(app.store, today=app.today, limit=limit)
    for case, now, action in asked.rows:
        if case.id not in unwanted:
            yield from _of_case(app, case, now, (action,), sendings.get(case.id, []), lying=False)
    yield from (_double(pair) for pair in clock.doubles(app.store, app.today))
    yield from _seen_absent(app)
    if asked.left:
        yield Task("", f"{plural(asked.left, 'dossier')} de plus, moins pressants.", ("listingguard next --all",))


def _double(pair: Double) -> Task:
    """Return how a person ends two cases on one listing: one is closed, and its log and its papers stay as they are."""
    both = f"Deux dossiers sur une même fiche ({pair.listing}) : {pair.remains}, {pair.closes}."
    if pair.two:
        text = f"{both} Ils sont de deux personnes : fermer celui de la personne que la fiche ne désigne pas."
        wrong = tuple(
            f"listingguard event add {case} not_me --day JOUR --proof FICHIER" for case in (pair.remains, pair.closes)
        )
        return Task(pair.remains, text, wrong)
    left = (
        f" Les deux demandes sont parties : {pair.remains} continue avec la sienne et son échéance ; rien n’est à retirer "
        "auprès de la plateforme."
        if pair.sent
        else ""
    )
    text = f"{both} Fermer {pair.closes} comme double ; son journal et ses pièces demeurent.{left}"
    return Task(pair.remains, text, (f"listingguard event add {pair.closes} duplicate --of {pair.remains} --day JOUR",))


def _of_case(
    app: App,
    case: CaseRow,
    now: Status,
    actions: Sequence[Action],
    sendings: Sequence[DispatchRow],
    *,
    lying: bool = True,
) -> Iterator[Task]:
    """Return what a person must do in one case. lying: also of the sendings that lie in the outbox."""
    from listingguard.domain.case import EARLY
    from listingguard.domain.next_step import Who

    stuck = _stuck(app, sendings)
    if lying:
        for row in stuck:
            yield Task(case.id, *_told(app, row, case.controller))
    asking = any(_asks(row) for row in stuck)
    if actions and now.state in EARLY and (pages := app.store.contested(case)):
        text = (
            f"Deux personnes ne disent pas la même chose de la page {pages[0]} : rien ne part avant que l’une décide."
        )
        yield Task(case.id, text, ("listingguard review",))
        return
    for action in actions:
        # The question that lies ready, the letter that waits for a person: told of already.
        told = (
            (action.code == "send" and stuck)
            or (action.code in ("word", "remind") and asking)
            or (action.code == "email_at_once" and any(row.channel == EMAIL and not _asks(row) for row in stuck))
        )
        if action.who is Who.PROGRAM or told:
            continue
        if (task := _task(app, case, now, action, sendings)).commands:
            yield task


def _unwanted(app: App) -> Iterator[tuple[CaseRow, Task]]:
    """Return the cases from which nothing has left, of people who want no such search: to be closed, and how."""
    for watch in app.store.opposed():
        said = f"La personne s’est opposée le {french_day(watch.opposed_on or app.today)} à ces recherches"
        yield from ((case, to_close(case, said)) for case in unbegun(app, watch.practitioner))
    for who, host in app.store.left_alone():
        said = f"La personne a demandé que rien ne soit cherché d’elle sur {host}"
        yield from ((case, to_close(case, said)) for case in unbegun(app, who) if case.platform == host)


def unbegun(app: App, practitioner: str) -> tuple[CaseRow, ...]:
    """Return the open cases of somebody from which nothing has left for a platform."""
    from listingguard.domain.case import EARLY

    found = app.store.cases(practitioner=practitioner)
    return tuple(case for case in found if app.store.status(case.id, app.today).state in EARLY)


def to_close(case: CaseRow, said: str) -> Task:
    """Return how a case is closed whose person wants no search. said: what they want, without a full stop."""
    text = f"{said} : rien ne part de ce dossier, le fermer."
    return Task(case.id, text, (f"listingguard event add {case.id} withdrawn --day JOUR",))


def _stuck(app: App, rows: Sequence[DispatchRow]) -> list[DispatchRow]:
    """Return the sendings of a case that wait for a person; a failed one matters until a later one replaces it."""
    from listingguard.flow import dispatch

    return [
        row
        for row in rows
        if (
            row.state in (DispatchState.UNKNOWN, DispatchState.DRAFT)
            or (row.state is DispatchState.QUEUED and dispatch.fallen(app.store, row, app.today))
            or (row.state is DispatchState.FAILED and rows[-1].id == row.id)
        )
        and not dispatch.moot(app.store, row, app.today)
    ]


def _seen_absent(app: App) -> Iterator[Task]:
    from listingguard.domain.case import AT_CNIL, LATE
    from listingguard.flow import oversight

    for case in sorted(app.store.seen_absent()):
        if app.store.status(case, app.today).state not in LATE | AT_CNIL:
            continue
        if gone := oversight.seen_gone(app.store, case, app.today, app.today):
            first, last = french_day(gone[0]), french_day(gone[-1])
            text = f"Fiche observée absente le {first} et le {last} : le noter, si cela vous semble établi."
            yield Task(case, text, (f"listingguard event add {case} erased_verified --day {gone[-1]}",))


def _unread(app: App, case: str) -> Iterator[Task]:
    from listingguard.domain.case import State
    from listingguard.flow import inbox

    for reply in inbox.unread(app.store, case):
        short, told = reply.sha256[:12], ""
        of = f" --case {case}" if len(inbox.cases_of(app.store, reply.sha256)) > 1 else ""
        commands: tuple[str, ...] = (f"listingguard inbox show {short}{of}",)
        if app.store.status(case, app.today).state is State.DETECTED:
            # Nothing has gone to the platform yet: it is the practitioner who answers.
            answer = f"listingguard question answer {case} --answer RÉPONSE --on {reply.day} --reply {short}"
            commands, told = (*commands, answer), f" {ANSWERS}"
        yield Task(case, f"Message de {reply.sender or 'papier'} à lire et à qualifier.{told}", commands)


def _of_messages(app: App) -> Iterator[Task]:
    from listingguard.domain.deadline import Basis
    from listingguard.domain.record import Sort
    from listingguard.flow import inbox

    for known in app.store.unread_cases():
        yield from _unread(app, known)
    for known in app.store.unread_cases(Sort.AUTOMATIC):
        clock_now = app.store.status(known, app.today).clock
        if clock_now is not None and clock_now.basis is Basis.PRESUMED:
            text = "Message automatique à lire : un accusé de réception prouverait l’arrivée, sans être une réponse."
            (first, *_) = app.store.unread_replies(known, Sort.AUTOMATIC)
            yield Task(known, text, (f"listingguard inbox show {first.sha256[:12]}",))
    for held in app.store.quarantined():
        text, _, command = inbox.to_settle(held)
        yield Task(held.guess, text, (f"listingguard inbox show {held.sha256[:12]}", command))


def _of_sites(app: App) -> Iterator[Task]:
    from listingguard.flow import oversight, review

    for task in oversight.tasks(app.store, app.sites, app.today, app.settings.scan.every_days):
        yield Task("", task.text + (f" ({task.url})" if task.url else ""), (task.command,))
    if waiting := len(review.queue(app.store, app.today)):
        yield Task("", f"{plural(waiting, 'rapprochement')} à décider.", ("listingguard review",))


def _asks(row: DispatchRow) -> bool:
    """Return True for the question to the practitioner and its reminders."""
    return "/question" in row.letter


_BY_PERSON = {
    REGISTERED: (
        "Imprimer la demande, la poster en recommandé avec avis de réception, puis noter le dépôt avec sa preuve.",
        "deposited",
    ),
    ELECTRONIC: (
        "Déposer la demande chez le prestataire de lettre recommandée électronique, puis noter le dépôt.",
        "deposited",
    ),
    FORM: (
        "Coller la demande dans le formulaire de la plateforme, puis noter sa confirmation.",
        "form_confirmation",
    ),
    HAND: ("Remettre la demande contre récépissé, puis noter le jour.", "by_hand"),
}
"""What a person does by each channel that is theirs, and the type of the proof that it was done."""


def _told(app: App, row: DispatchRow, controller: str) -> tuple[str, tuple[str, ...]]:
    """Return what a person must do about a dispatch that waits for one: text, commands."""
    from listingguard.domain.correspondence import REQUESTS
    from listingguard.flow import dispatch

    proof = f"listingguard proof add {row.case} --dispatch {row.id}"
    if row.state is DispatchState.DRAFT and (why := dispatch.kept_back(app.store, row, app.today)):
        return _kept_back(app, row, why)
    match row.state.value, row.channel:
        case "queued", _:
            why = dispatch.fallen(app.store, row, app.today)
            return f"Le courrier {row.letter} ne part pas : {why}.", (_taken_back(row),)
        case "draft", "post":
            text = "Imprimer la question, la poster, puis noter le jour du dépôt."
            return text, (f"listingguard send --settle {row.id} sent --day JOUR",)
        case "failed", _ if _asks(row):
            text = (
                f"Le courriel à {row.recipient} n’est pas parti : corriger l’adresse dans le tableau, puis redemander."
            )
            return text, (f"listingguard question send {row.case}",)
        case "draft", channel if channel in _BY_PERSON:
            text, arrived = _BY_PERSON[channel]
            request = row.letter.split("/")[1] in REQUESTS
            return text if request else text.replace("la demande", f"le courrier {row.letter}"), (
                # What follows a request is laid out with all that is to be posted.
                f"listingguard send {f'{row.case} ' if request else ''}--channel {channel}",
                f"{proof} --type {arrived} --day JOUR --file FICHIER",
            )
        case "draft", _:
            text = f"Envoyer vous-même le brouillon « {row.response} », puis importer la copie du message parti."
            return text, ("listingguard inbox import COPIE.eml",)
        case "failed", _:
            text = f"Le courriel à {row.recipient} n’est pas parti : corriger l’adresse, la vérifier, puis approuver de nouveau."
            return text, (
                f"listingguard controller set {controller} --email ADRESSE",
                f"listingguard controller verify {controller} --notice PAGE.html --url ADRESSE_DE_LA_PAGE",
                f"listingguard {approver(app)}letter approve {row.case}",
            )
    text = "Nul ne sait si le courriel est parti : vérifiez dans la messagerie, puis répondez sent (parti) ou not-sent (non)."
    return text, (f"listingguard send --settle {row.id} sent", f"listingguard send --settle {row.id} not-sent")


def _kept_back(app: App, row: DispatchRow, why: str) -> tuple[str, tuple[str, ...]]:
    """Return what to do of a sending that is a person's to make, and that may not be made today: text, commands."""
    from listingguard.domain.case import State
    from listingguard.flow import dispatch

    by_mail = row.channel == EMAIL
    what = f"le brouillon « {row.response} »" if by_mail else f"{row.letter} ({CHANNELS[row.channel]})"
    over = app.store.status(row.case, app.today).state is State.CLOSED or dispatch.fallen(app.store, row, app.today)
    if not over:
        return f"Ne pas envoyer {what} : {why}.", (f"listingguard case show {row.case}",)
    left = "listingguard inbox import COPIE.eml" if by_mail else f"listingguard send --settle {row.id} sent --day JOUR"
    return f"Ne pas envoyer {what} : {why}. Le retirer ; s’il est déjà parti, le noter.", (_taken_back(row), left)


def _taken_back(row: DispatchRow) -> str:
    return f"listingguard letter withdraw {row.letter} --reason RAISON"


def _task(app: App, case: CaseRow, now: Status, action: Action, sendings: Sequence[DispatchRow]) -> Task:
    """Return an action of a case as a task: its sentence, and what to type for it here and now."""
    from listingguard.domain.case import Acting

    alone, text = app.rules.acting is Acting.SELF, action.text
    commands: tuple[str, ...]
    requests = [row for row in sendings if not _asks(row)]
    match action.code:
        case "complain" if (said := _to_file(app, case, now)) is not None:
            text, commands = said
        case "second_capture" if (pack := _standing(app, case, now)) is not None and pack.frozen:
            commands = ()
        case "held":
            commands = (f"listingguard case release {case.id}",)
        case "tell_cnil":
            commands = _to_tell(app, case)
        case "second_capture":
            commands = (_second_capture(app.store.facts(case.id)),)
        case "send" if requests and requests[-1].state is DispatchState.WITHDRAWN:
            # Given up by the only channel it was approved for.
            commands = (f"listingguard send {case.id} --channel {EMAIL}",)
        case "send" if any(row.state is DispatchState.SENT for row in requests) and not any(
            row.state is DispatchState.QUEUED for row in requests
        ):
            text, commands = _left_all_the_same(app, case.id, requests)
        case "word" if not alone and not now.held:
            commands = (f"listingguard question send {case.id}",)
        case "word" | "call" | "decide":
            # Who acts for himself gives his word by acting.
            proof = "" if alone and action.code == "word" else " --proof FICHIER"
            commands = (f"listingguard question answer {case.id} --answer RÉPONSE --on JOUR{proof}",)
            text = f"{text} {ANSWERS}"
        case "complain" | "reread" if not may_scan(app, case) and (pages := captures(app, case)):
            commands = (
                *pages,
                *((f"listingguard complain {case.id}",) if action.code == "complain" else ()),
            )
            if now.state.value in ("refused", "partial"):
                commands = (f"listingguard letter propose {case.id}", *commands)
        case "complain" if now.state.value in ("refused", "partial"):
            commands = ("listingguard letter propose CASE", *_COMMANDS["complain"])
        case "approve" if now.undelivered:
            commands = (
                "listingguard controller set CONTROLLER --email ADRESSE",
                "listingguard controller verify CONTROLLER --notice FICHIER --url ADRESSE",
                f"listingguard {approver(app)}letter approve CASE",
            )
        case "approve" if not alone:
            commands = ("listingguard letter show CASE", f"listingguard {approver(app)}letter approve CASE")
        case "reply" if _another_channel(app.store.facts(case.id)):
            text = "La plateforme renvoie vers un autre canal : y envoyer aussi la demande ; le délai court toujours."
            commands = (
                f"listingguard send {case.id} --channel {FORM}",
                f"listingguard event add {case.id} letter_sent --day JOUR --proof FICHIER",
            )
        case "receipt":
            commands = _receipts(app, case.id, requests)
            if action.due is not None and action.due <= app.today:
                text = f"{text} Sept jours sans retour d’erreur : le courriel est présumé reçu dès « run --once »."
                commands = (*commands, "listingguard run --once")
        case _:
            commands = _COMMANDS.get(action.code, ("listingguard case show CASE",))
    own = {"CASE": case.id, "WHO": case.practitioner, "CONTROLLER": case.controller}
    for word, value in own.items():
        commands = tuple(command.replace(word, value) for command in commands)
    return Task(case.id, text, commands, action.due)


_COMMANDS: dict[str, tuple[str, ...]] = {
    "remind": ("listingguard question send CASE",),
    "agreement": ("listingguard authorisation list --rpps WHO",),
    "mandate": (
        "listingguard mandate print --rpps WHO",
        "listingguard mandate add WHO --from JOUR --until JOUR --document FICHIER",
    ),
    "approve": ("listingguard letter show CASE", "listingguard letter approve CASE"),
    "withdraw": (
        "listingguard letter propose CASE",
        "listingguard event add CASE withdrawal_told --day JOUR --proof FICHIER",
    ),
    "send": ("listingguard send",),
    "email_at_once": ("listingguard send CASE --channel email",),
    "address": (
        "listingguard controller set CONTROLLER --email ADRESSE",
        "listingguard send CASE --channel email",
    ),
    "identity": ("listingguard letter propose CASE", "listingguard event add CASE id_supplied --day JOUR"),
    "reread": ("listingguard scan",),
    "reply": (
        "listingguard letter propose CASE",
        "listingguard event add CASE letter_sent --day JOUR --proof FICHIER",
    ),
    "qualify": ("listingguard case show CASE", "listingguard inbox list", "listingguard complain CASE"),
    "complain": ("listingguard scan", "listingguard complain CASE"),
    "deceased": ("listingguard event add CASE deceased --day JOUR",),
    "left": ("listingguard roster show WHO", "listingguard case export CASE"),
    "cnil_documents": ("listingguard event add CASE cnil_told --day JOUR --proof FICHIER",),
    "cnil": ("listingguard event add CASE cnil_ack --day JOUR --proof FICHIER",),
}
"""What to type for an action; CASE, WHO and CONTROLLER stand for the case's own."""


def _another_channel(facts: Sequence[Fact]) -> bool:
    """Return True where the last thing the platform asked for is another channel."""
    from listingguard.domain.case import EventKind, effective

    asked = [f for f in effective(facts) if f.kind in (EventKind.WRONG_CHANNEL, EventKind.PRECISION_ASKED)]
    return bool(asked) and asked[-1].kind is EventKind.WRONG_CHANNEL


def approver(app: App) -> str:
    """Return « --as NAME » of who approves letters here today; empty for whoever may already, or where nobody does."""
    from listingguard.app import quoted

    names = [officer.name for officer in app.store.officers() if officer.in_office(app.today)]
    return "" if app.actor in names or not names else f"--as {quoted(names[0])} "


def may_scan(app: App, case: CaseRow) -> bool:
    """Return True where the program reads that site by itself; else a person saves the page."""
    from listingguard.domain.permission import missing_for

    site = app.sites.get(case.platform)
    return site is not None and not missing_for(site, app.store.standing(site.host))


def captures(app: App, case: CaseRow) -> tuple[str, ...]:
    """Return how each page of a case is brought as a person saw it."""
    from listingguard.domain.case import findings_of
    from listingguard.domain.coverage import import_command

    urls = dict.fromkeys(str(f["url"]) for f in findings_of(app.store.facts(case.id)))
    return tuple(import_command(url) for url in urls)


def _receipts(app: App, case: str, requests: Sequence[DispatchRow]) -> tuple[str, ...]:
    """Return how the arrival of a request is entered, by each channel it left by; `event add` for an earlier request.

    Empty where all that left came back: nothing is to arrive any more.
    """
    left = [row for row in requests if row.state is DispatchState.SENT]
    if not left:
        return (f"listingguard event add {case} received --day JOUR --proof FICHIER",)
    back = {proof.dispatch for proof in app.store.proofs(case) if proof.type in NEVER_ARRIVED}
    types = {REGISTERED: "signed", ELECTRONIC: "lre_received", FORM: "form_confirmation", HAND: "by_hand"}
    found = [
        f"listingguard proof add {case} --dispatch {row.id} --type {types[row.channel]} --day JOUR --file FICHIER"
        for row in left
        if row.channel in types and row.id not in back
    ]
    if any(row.channel == EMAIL and row.id not in back for row in left):
        found.append("listingguard inbox import RÉPONSE.eml")
    return tuple(found)


def _left_all_the_same(app: App, case: str, requests: Sequence[DispatchRow]) -> tuple[str, tuple[str, ...]]:
    """Return what to do of a request that left, the outbox says, though a correction took its departure out."""
    from listingguard.domain.case import EventKind

    left, facts = [row for row in requests if row.state is DispatchState.SENT][-1], app.store.facts(case)
    told = {str(f.seq) for f in facts if f.kind is EventKind.REQUEST_SENT and f.key == left.id}
    text = (
        f"La demande est partie, selon la boîte d’envoi ({left.id} : « {left.response} »), mais une rectification dit le "
        "contraire : elle ne part pas deux fois. La rectification levée, le départ est de nouveau au dossier."
    )
    taken = [
        f for f in facts if f.kind is EventKind.CORRECTION and f.key.partition("/")[0] in told and f.data.get("void")
    ]
    if not taken:
        return text, (f"listingguard case show {case}",)
    return text, (f"listingguard event add {case} correction --event {taken[-1].seq} --void --day {app.today}",)


def _to_tell(app: App, case: CaseRow) -> tuple[str, ...]:
    """Return what to type so that the CNIL learns what happened: each step until it is done."""
    from listingguard.domain.pack import addendum_stands

    signed = addendum_stands(app.store.facts(case.id), wanted=app.settings.pack.signatures)
    steps = (
        f"listingguard pack addendum {case.id}",
        f"listingguard {approver(app)}pack sign {case.id}",
        f"listingguard event add {case.id} cnil_told --day JOUR --proof FICHIER",
    )
    return steps[2:] if signed else steps if signed is None else steps[1:]


def _standing(app: App, case: CaseRow, now: Status) -> PackState | None:
    """Return the complaint that is built and that nothing has undone since; None where there is none."""
    from listingguard.domain.pack import pack_states

    due = now.clock.legal.due if now.clock else None
    found = pack_states(case.id, app.store.facts(case.id), wanted=app.settings.pack.signatures, legal_due=due)
    complaints = [pack for pack in found if not pack.addendum]
    return complaints[-1] if complaints and not complaints[-1].void else None


def _to_file(app: App, case: CaseRow, now: Status) -> tuple[str, tuple[str, ...]] | None:
    """Return what is left to do with a complaint that is built, and how; None where one is still to be built."""
    from listingguard.domain.case import State
    from listingguard.domain.pack import addendum_stands

    pack = _standing(app, case, now)
    if pack is None or not (pack.frozen or now.state is State.CNIL_READY):
        return None
    sign = f"listingguard {approver(app)}pack sign {case.id}"
    file = f"listingguard pack file {case.id} --number N --on JOUR --receipt FICHIER"
    if not pack.frozen:
        text = "La plainte est construite : la relire, la signer, la déposer à la CNIL, puis noter le dépôt."
        return text, (sign, file)
    added = addendum_stands(app.store.facts(case.id), wanted=app.settings.pack.signatures)
    last = (file,) if added is None else (file,) if added else (sign, file)
    if now.state is State.CNIL_READY and (pack.filed_on is None or added is not None):
        return "La plainte est signée : la déposer à la CNIL, puis noter le dépôt.", last
    text = (
        "La plainte est signée ; la réponse venue depuis s’y ajoute par un additif, à signer, puis l’ensemble se dépose."
        if pack.filed_on is None
        else "La CNIL attend une plainte complétée : l’additif de ce qui s’y ajoute, à signer, puis le nouveau dépôt."
    )
    return text, (f"listingguard pack addendum {case.id}", sign, file)


def _second_capture(facts: Sequence[Fact]) -> str:
    """Return the command by which another person brings the page of a case as they saw it."""
    from listingguard.domain.case import findings_of
    from listingguard.domain.coverage import import_command

    url = str(findings_of(facts)[0]["url"])
    said = '--browser "NAVIGATEUR, SYSTÈME"'
    return import_command(url).replace("listingguard", 'listingguard --as "AUTRE PERSONNE"', 1) + f" {said}"
