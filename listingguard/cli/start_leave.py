"""How the request leaves, what the person did since, and the days to remember: the last step of `start`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from listingguard.cli.asking import day_of, file_of, words_of
from listingguard.cli.common import note, parse_day, read_file
from listingguard.cli.sitting import Over, Sitting
from listingguard.domain.french import french_day
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.domain.record import CaseRow, LetterRow


def send(sitting: Sitting, case: CaseRow, letter: LetterRow) -> None:
    """Send what is to be sent from here, lay out what the person posts, and note what they did since."""
    from listingguard.domain.record import EMAIL, REGISTERED, DispatchState
    from listingguard.flow import dispatch

    app, ask = sitting.app, sitting.ask
    rows = [row for row in app.store.dispatches(case.id) if row.letter == letter.id]
    by = (ask.kept("by") or "").split()
    if any(row.state in (DispatchState.QUEUED, DispatchState.SENDING) for row in rows):
        mailer = None if "draft" in by else app.mailer()
        with app.job():
            done = dispatch.send_due(
                app.store, app.vault, mailer, app.office(), app.home / "outbox", today=app.today, at=app.now,
                actor=app.require_actor(),
            )  # fmt: skip
            if why := app.file_copies(app.require_actor()).failure:
                note("{}", why)
        for sent in done:
            if sent.case == case.id and sent.state is not DispatchState.DRAFT:
                note(f"   {sent.state.label.capitalize()} : {sent.text}")
        rows = [row for row in app.store.dispatches(case.id) if row.letter == letter.id]
        fresh = True
    else:
        fresh = bool(by)
    ask.forget("by")
    _pdf(sitting, case, letter)
    for row in rows:
        if row.channel == EMAIL and row.state is DispatchState.DRAFT:
            sitting.files["Le brouillon à envoyer"] = Path(row.response)
            _ask_sent_copy(sitting, fresh)
        elif row.channel == REGISTERED:
            _sheet(sitting, case, letter)
            if row.state is DispatchState.DRAFT:
                _ask_posted(sitting, row.id, fresh)
        elif row.state is DispatchState.UNKNOWN:
            raise Over(
                "Nul ne sait si le courriel est parti : regardez dans votre messagerie.",
                f"Il est parti : listingguard send --settle {row.id} sent",
                f"Il n’est pas parti : listingguard send --settle {row.id} not-sent",
            )
        elif row.state is DispatchState.FAILED:
            raise Over(
                f"Le courriel à {row.recipient} n’est pas parti : l’adresse est à corriger.",
                f"listingguard controller set {case.controller} --email ADRESSE",
                f"puis : {sitting.again}",
            )


def _pdf(sitting: Sitting, case: CaseRow, letter: LetterRow) -> Path:
    """Return where the request lies to be printed or looked at."""
    path = sitting.app.home / "outbox" / _pdf_name(case, letter)
    path.write_bytes(sitting.app.vault.get(letter.pdf))
    sitting.files["La demande"] = path
    return path


def _pdf_name(case: CaseRow, letter: LetterRow) -> str:
    return f"{case.id}-demande{f'-{letter.sequence}' if letter.sequence > 1 else ''}.pdf"


def _sheet(sitting: Sitting, case: CaseRow, letter: LetterRow) -> None:
    """Lay out what to do at the post office, beside the request."""
    from pypdf import PdfReader

    from listingguard.domain.addressee import addressee_record
    from listingguard.domain.letter import Kind, RegisteredFields
    from listingguard.domain.postal import envelope

    app = sitting.app
    platform = app.controllers().get(case.controller, {})
    record = addressee_record(app.controllers(), case, app.store.facts(case.id))
    lines = [record.get("street", ""), f"{record.get('postcode', '')} {record.get('town', '')}".strip()]
    country = str(record.get("country") or "")
    lines += [country] if country.lower() not in ("", "fr", "france") else []
    fields = RegisteredFields(
        reference=case.id,
        day=letter.day,
        practitioner_name=sitting.person.full_name,
        platform_name=str(platform.get("platform_name") or case.platform),
        envelope=envelope(
            str(record.get("name", "")), str(record.get("attention") or ""), [str(x) for x in lines if x]
        ),
        sender=app.office().sender,
        file=_pdf_name(case, letter),
        pages=len(PdfReader(io.BytesIO(app.vault.get(letter.pdf))).pages),
        command=sitting.again,
    )
    path = app.home / "outbox" / f"{case.id}-recommande.pdf"
    path.write_bytes(app.renderer.pdf(Kind.REGISTERED.value, fields, day=letter.day))
    sitting.files["La feuille pour la poste"] = path


def _ask_sent_copy(sitting: Sitting, fresh: bool) -> None:
    """Take the copy of the message that the person sent, when there is one by now."""
    from listingguard.flow import dispatch

    app, ask = sitting.app, sitting.ask
    if fresh and ask.option("sent_copy") is None:
        return
    file = ask.text(
        "sent_copy", "Copie du message envoyé (un fichier .eml)",
        "Vous avez envoyé le brouillon ? Enregistrez le message depuis « Envoyés », et donnez ici son chemin. Entrée : pas encore.",
        check=file_of, optional=True,
    )  # fmt: skip
    ask.forget("sent_copy")
    if not file:
        return
    raw = read_file(file, "Copie du message")
    if dispatch.proven_sent(app.store, app.vault, raw, **sitting.told()) is None:
        raise BadInput(
            f"« {file} » n’est pas la copie de cette demande : ni son identifiant, ni son PDF ne s’y trouvent."
        )


def _ask_posted(sitting: Sitting, dispatch_id: str, fresh: bool) -> None:
    """Note the day and the number of the registered letter, with the proof that it was posted, once it was."""
    from listingguard.flow import dispatch

    app, ask = sitting.app, sitting.ask
    if fresh and ask.option("posted_on") is None:
        return
    posted = ask.text(
        "posted_on", "Jour du dépôt à la poste", "La lettre est postée ? Le jour se lit sur la preuve de dépôt. Entrée : pas encore.",
        check=day_of, optional=True,
    )  # fmt: skip
    if posted:
        number = ask.text("number", "Numéro du recommandé", check=words_of, optional=True)
        why = "Photographiée ou numérisée, elle rejoint le dossier. Entrée si vous ne l’avez pas."
        file = ask.text("deposit", "Preuve de dépôt (un fichier)", why, check=file_of, optional=True)
        proof = app.vault.put(read_file(file, "Preuve de dépôt")) if file else ""
        day = parse_day(posted, "Jour du dépôt")
        if day > app.today:
            ask.forget("posted_on")
            raise BadInput("Jour du dépôt : ce jour n’est pas encore arrivé.")
        dispatch.settle(
            app.store,
            dispatch_id,
            left=True,
            day=day,
            at=app.now(),
            actor=app.require_actor(),
            number=number,
            proof=proof,
        )
    ask.forget("posted_on", "number", "deposit")


def note_receipt(sitting: Sitting, case: CaseRow) -> None:
    """Presume, or note, the receipt from which the law's month runs."""
    from listingguard.domain.case import EventKind, State
    from listingguard.domain.deadline import Basis
    from listingguard.flow import clock, review

    app, ask = sitting.app, sitting.ask
    for notice in clock.tick(app.store, today=app.today, at=app.now):
        note(f"   {notice.text}")
    now = app.store.status(case.id, app.today)
    proven = now.clock is not None and now.clock.basis is Basis.PROVEN
    if now.state not in (State.SENT, State.RUNNING, State.OVERDUE) or proven or now.sent_on is None:
        return
    posted = any(channel != "email" for _, _, channel in now.dispatches)
    received = ask.option("received_on")
    if received is None and ask.talks and posted and now.sent_on < app.today:
        received = ask.text(
            "received_on", "Jour de réception", "L’avis de réception est revenu ? Donnez le jour qu’il porte. Entrée : pas encore.",
            check=day_of, optional=True,
        )  # fmt: skip
    if not received:
        ask.forget("received_on")
        return
    file = ask.text("receipt", "L’avis, photographié ou numérisé (un fichier)", check=file_of)
    data = {"received_on": parse_day(str(received), "Jour de réception").isoformat()}
    review.record(
        app.store, app.vault, case, EventKind.RECEIVED, day=app.today, proof=read_file(file, "Avis de réception"),
        data=data, **sitting.told(),
    )  # fmt: skip
    ask.forget("received_on", "receipt")


# -- afterwards ---------------------------------------------------------------------------------------------------------


def write_calendar(sitting: Sitting, case: CaseRow) -> None:
    """Write the days of the case for the person's own calendar, once a request is approved."""
    from listingguard.app import calendar_file
    from listingguard.domain.diary import entries
    from listingguard.flow import letter as letters

    app = sitting.app
    requests = letters.requests(app.store, case.id)
    if not requests:
        return
    record = app.controllers().get(case.controller, {})
    found = entries(
        app.store.status(case.id, app.today), case.id, str(record.get("platform_name") or case.platform),
        requests[-1].day, sitting.again, {row.channel for row in app.store.dispatches(case.id)},
    )  # fmt: skip
    if found:
        path = app.home / "outbox" / f"{case.id}.ics"
        path.write_bytes(calendar_file(found, at=app.now(), revision=len(app.store.facts(case.id))))
        sitting.files["Pour votre calendrier"] = path


def what_next(sitting: Sitting, case: CaseRow) -> list[str]:
    """Return what the person does next, in the order of doing."""
    from listingguard.domain.case import State
    from listingguard.domain.record import EMAIL, REGISTERED, DispatchState

    app = sitting.app
    now = app.store.status(case.id, app.today)
    waiting = [row.channel for row in app.store.dispatches(case.id) if row.state is DispatchState.DRAFT]
    then = []
    if EMAIL in waiting:
        then.append("À faire : envoyez le brouillon avec votre messagerie, et gardez le message parti.")
    if REGISTERED in waiting:
        then.append("À faire : imprimez la demande, et la feuille pour la poste, qui dit la suite.")
    if waiting:
        then.append(f"Ensuite, pour le noter : {sitting.again}")
    if now.clock is not None and now.state is not State.SENT:
        legal, council = now.clock.legal, now.clock.council
        then.append(f"Réception {now.clock.basis.label} : {french_day(now.clock.receipt)}.")
        then.append(f"Échéance légale : {french_day(legal.due)} ({legal.basis}).")
        then.append(f"Repère du conseil : {french_day(council.due)} ({council.basis}).")
    elif now.state is State.SENT and not waiting:
        then.append(f"La demande est partie. Dans une semaine, ou quand l’avis revient : {sitting.again}")
    then.append("La suite, à tout moment : listingguard next")
    return then
