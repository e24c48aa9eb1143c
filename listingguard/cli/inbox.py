"""`inbox`: the mails that came in: filing, listing, reading with a suggestion beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.common import (
    answer,
    emit,
    json_option,
    note,
    opened,
    parse_day,
    read_file,
    say,
    to_type,
    write_file,
)
from listingguard.cli.todo import approver, captures, may_scan, tell_next
from listingguard.errors import BadInput, ListingguardError, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.flow.inbox import Beside, Filed, Seen


@click.group()
def inbox() -> None:
    """Les courriels reçus : les relever, les classer, les lire avec une suggestion.

    \b
    Exemples :
      listingguard inbox fetch
      listingguard inbox import reponse.eml
      listingguard inbox list
      listingguard inbox show 1a2b3c4d5e6f
    """


@inbox.command("import")
@click.argument("files", metavar="FICHIER...", nargs=-1, required=True)
@click.option("--case", "case_id", metavar="DOSSIER", help="Pour un courrier sur papier numérisé : son dossier.")
@click.option("--received", metavar="JOUR", help="Pour un courrier sur papier numérisé : le jour où il est arrivé.")
@json_option
def import_(files: tuple[str, ...], case_id: str | None, received: str | None, as_json: bool) -> None:
    """Classe des courriels (.eml, .msg d’Outlook, .mbox) et des courriers numérisés (PDF, PNG, JPEG).

    Une réponse va dans son dossier, la copie d’un envoi le prouve, le reste attend en quarantaine. D’un courrier sur
    papier, le programme ne devine rien : dites son dossier et le jour où il est arrivé.

    \b
    Exemples :
      listingguard inbox import reponse.eml
      listingguard inbox import lettre.pdf --case CDO26-2026-0001 --received 2026-03-05
    """
    from listingguard.app import is_scan
    from listingguard.flow import inbox as flow

    rows: list[dict[str, object]] = []
    wrong: list[ListingguardError] = []
    with opened(writing=True) as app:
        room = app.mailroom()

        def take(name: str, raw: bytes) -> None:
            if len(raw) > flow.MAX_MAIL:
                raise BadInput(f"{name} : ce fichier dépasse {flow.MAX_MAIL // (1024 * 1024)} Mo.")
            if is_scan(raw):
                lacks = [o for o, given in (("--case DOSSIER", case_id), ("--received JOUR", received)) if not given]
                if lacks:
                    raise BadInput(
                        f"{name} : un courrier sur papier ne dit pas son dossier ni le jour où il est arrivé. "
                        f"Ajoutez {' et '.join(lacks)}."
                    )
                row = app.store.case(str(case_id))
                app.require_actor()
                filed = flow.file_paper(
                    app.store, app.vault, row, raw, name=name, received=parse_day(str(received), "--received"),
                    today=app.today, at=app.now(),
                )  # fmt: skip
            else:
                if _proves_a_sending(app, name, raw, rows, as_json):
                    return
                filed = flow.file_message(app.store, app.vault, room, raw, name=name, today=app.today, at=app.now())
            rows.append(_filed(name, filed))
            if not as_json:
                _tell_filed(name, filed)

        # Each is judged alone: one odd file among two hundred costs none of the others.
        for file in files:
            try:
                messages = _messages(file)
            except BadInput as error:
                wrong.append(error)
                rows.append({"file": file, "error": str(error)})
                continue
            for name, raw in messages:
                try:
                    take(name, raw)
                except (BadInput, NotFound, Refused) as error:
                    wrong.append(error)
                    rows.append({"file": name, "error": str(error)})
    if wrong and len(rows) == 1:
        raise wrong[0]
    if as_json:
        emit(rows)
        if wrong:
            raise click.exceptions.Exit(1)
    elif wrong:
        told = "".join(f"\n  {error}" for error in wrong)
        many = f"{len(wrong)} fichiers n’ont pas été classés" if len(wrong) > 1 else "Un fichier n’a pas été classé"
        raise BadInput(f"{many}, les autres le sont :{told}")


def _messages(file: str) -> list[tuple[str, bytes]]:
    """Return the messages of a file given by hand, each with its name."""
    from pathlib import Path

    from listingguard.app import is_mbox, mails_in

    raw = read_file(file, "Courriel")
    if file == "-" or not is_mbox(raw):
        return [(file, raw)]
    return [(f"{file}, message {number}", each) for number, each in enumerate(mails_in(Path(file)), 1)]


def _proves_a_sending(app: App, name: str, raw: bytes, rows: list[dict[str, object]], as_json: bool) -> bool:
    """Return True when the message is the copy of one of ours, now recorded as sent."""
    from listingguard.flow import dispatch

    try:
        proof = dispatch.proven_sent(
            app.store, app.vault, raw, today=app.today, at=app.now(), actor=app.require_actor()
        )
    except RecursionError:
        # Made to harm: its parts nest deeper than any mail program writes. It is no copy of our letter.
        return False
    if proof is None:
        return False
    rows.append({"file": name, "case": proof.case, "route": "sent", "dispatch": proof.dispatch})
    if not as_json:
        say(f"{{}} : prouve l’envoi {proof.dispatch} ({proof.text}).", name)
    return True


def _filed(name: str, filed: Filed) -> dict[str, object]:
    row: dict[str, object] = {"file": name, "case": filed.case, "route": filed.route, "message": filed.sha256}
    return {**row, "sort": filed.sort.value, "guess": filed.guess, "reason": filed.reason}


def _tell_filed(name: str, filed: Filed) -> None:
    if filed.case and filed.sort.value == "reply":
        say(f"{{}} : dossier {filed.case}. Une personne le lit et le qualifie :", name)
        say(f"  listingguard inbox show {filed.sha256[:12]}")
    elif filed.case:
        say(f"{{}} : dossier {filed.case}, {filed.sort.label}, qui n’est pas une réponse. La suite :", name)
        say(f"  listingguard case show {filed.case}")
    elif filed.route == "own":
        say("{} : notre propre message, revenu ; il n’est pas classé.", name)
    else:
        guess = f" Peut-être le dossier {filed.guess}." if filed.guess else ""
        say(f"{{}} : en quarantaine, {filed.reason}.{guess}", name)
        say(f"  listingguard inbox show {filed.sha256[:12]}")


@inbox.command()
@json_option
def fetch(as_json: bool) -> None:
    """Relève la boîte de réception ([imap] dans config.toml) et classe ce qui est arrivé.

    Rien n’est marqué comme lu ni déplacé avant d’être enregistré ici ; interrompue, la relève reprend où elle en était.

    \b
    Exemple :
      listingguard inbox fetch
    """
    from listingguard.errors import Unreachable
    from listingguard.flow import inbox as flow

    with opened(writing=True, job=True) as app:
        since = flow.collected_since(app.store)
        if since is None:
            answer(as_json, {"messages": [], "left": []}, "Aucun dossier n’est ouvert : rien n’est à relever.")
            return
        with app.mailbox() as box:
            done = flow.collect(
                app.store, app.vault, app.mailroom(), box, since=since, today=app.today, at=app.now
            )  # fmt: skip
    if as_json and not done.failure:
        emit({"messages": [_filed("", filed) for filed in done.filed], "left": done.left})
    for filed in () if as_json else done.filed:
        _tell_filed(f"Message {filed.sha256[:12]}", filed)
    for name in () if as_json else done.left:
        say("{} : trop gros, resté dans la boîte.", name)
    if done.failure:
        raise Unreachable(done.failure)
    if not as_json and not done.filed and not done.left:
        note("Rien de nouveau dans la boîte.")


@inbox.command("file")
@click.argument("message", metavar="MESSAGE")
@click.argument("case_ids", metavar="DOSSIER...", nargs=-1, required=True)
@click.option("--remember", is_flag=True, help="Retient le domaine de l’expéditeur : c’est celui de ce responsable.")
@click.option("--lawyer", is_flag=True, help="C’est un courrier de votre avocat : jamais une pièce.")
@click.option("--harmless", is_flag=True, help="Un message tenu pour sensible ne nomme en fait aucun patient.")
@click.option("--sensitive", is_flag=True, help="Il nomme des patients : rangé, mais jamais montré ni joint.")
@json_option
def file_(
    message: str,
    case_ids: tuple[str, ...],
    remember: bool,
    lawyer: bool,
    harmless: bool,
    sensitive: bool,
    as_json: bool,
) -> None:
    """Range un message dans le dossier où une personne dit qu’il va : de la quarantaine, ou dans d’autres dossiers encore.

    La réponse à une lettre qui porte plusieurs demandes va dans chacun de leurs dossiers ; une personne l’y lit et l’y
    qualifie, et chaque délai court pour lui-même.

    \b
    Exemples :
      listingguard inbox file 1a2b3c4d5e6f CDO26-2026-0001 --remember
      listingguard inbox file 1a2b3c4d5e6f CDO26-2026-0002 CDO26-2026-0003
    """
    from listingguard.domain.record import Sort
    from listingguard.flow import inbox as flow

    said = [
        sort for sort, given in ((Sort.LAWYER, lawyer), (Sort.REPLY, harmless), (Sort.SENSITIVE, sensitive)) if given
    ]
    if len(said) > 1:
        raise BadInput("--lawyer, --harmless ou --sensitive : un message n’est que l’un des trois.")
    with opened(writing=True) as app:
        rows, actor = [app.store.case(case) for case in dict.fromkeys(case_ids)], app.require_actor()
        told: dict[str, Any] = {"today": app.today, "at": app.now(), "actor": actor}
        room, done = app.mailroom(), []
        with app.store.tx("inbox.file"):
            # In all of them, or in none.
            if flow.waits(app.store, message):
                first, *rows = rows
                kind = said[0] if said else None
                done = [
                    flow.file_by_hand(app.store, app.vault, room, message, first, sort=kind, remember=remember, **told)
                ]
            elif said or remember:
                raise BadInput("Ce message est déjà rangé : ce qu’il est se dit en le lisant, listingguard inbox read.")
            done += [flow.file_also(app.store, message, row, **told) for row in rows]
        beside = flow.answers_for(app.store, done[0].sha256, done[0].case, app.today)
        several = len(flow.cases_of(app.store, done[0].sha256)) > 1
    if as_json:
        one = {"message": done[0].sha256, "case": done[0].case, "sort": done[0].sort.value}
        emit({**one, "cases": [each.case for each in done], "also": _also(done[0].sha256, beside)})
        return
    for filed in done:
        if filed.sort is not Sort.REPLY:
            say(f"Rangé dans le dossier {filed.case} : {filed.sort.label}, jamais une pièce.")
            continue
        say(f"Rangé dans le dossier {filed.case}. Une personne le lit et le qualifie :")
        say(f"  listingguard inbox show {filed.sha256[:12]}{f' --case {filed.case}' if several else ''}")
    _tell_beside(done[0].sha256, beside)


WORDS = (
    "erased", "partial", "refused", "identity_asked", "precision_asked", "extended", "wrong_channel", "acknowledged",
    "unrelated", "auto", "bounce", "lawyer", "sensitive",
)  # fmt: skip


@inbox.command("read")
@click.argument("message", metavar="MESSAGE")
@click.option("--as", "word", required=True, type=click.Choice(WORDS), help="Ce que dit le message.")
@click.option("--reasoned", is_flag=True, help="La prolongation annoncée est motivée.")
@click.option("--late", is_flag=True, help="Le justificatif est demandé trop tard ou sans raison : il ne suspend rien.")
@click.option("--received-on", metavar="JOUR", help="Jour de réception que le message indique.")
@click.option("--dispatch", metavar="ENVOI", help="L’envoi concerné, s’il y en a plusieurs.")
@click.option("--text", help="Ce que dit la réponse, en une ou deux phrases, pour la plainte.")
@click.option(
    "--case",
    "case_id",
    metavar="DOSSIER",
    default="",
    help="Le dossier pour lequel il est lu, s’il est rangé dans plusieurs.",
)
@click.option("--sender-known", is_flag=True, help="Vous avez vérifié que l’expéditeur répond pour la plateforme.")
@click.option("--remember", is_flag=True, help="De même, et son domaine est celui de la plateforme désormais.")
@click.option("--instead", is_flag=True, help="La lecture d’avant était fausse : une rectification l’efface.")
@json_option
def read(
    message: str, word: str, reasoned: bool, late: bool, received_on: str | None, dispatch: str | None,
    text: str | None, case_id: str, sender_known: bool, remember: bool, instead: bool, as_json: bool,
) -> None:  # fmt: skip
    """Enregistre ce qu’une personne a lu dans un message, et montre la suite.

    \b
    Ce que dit le message :
      erased            la plateforme dit avoir effacé
      partial           elle n’a fait qu’une partie
      refused           elle refuse
      identity_asked    elle demande un justificatif d’identité (--late s’il est tardif ou sans raison)
      precision_asked   elle demande une précision
      extended          elle annonce une prolongation (--reasoned si elle est motivée)
      wrong_channel     elle renvoie vers un autre canal
      acknowledged      simple accusé de réception : prouve l’arrivée, n’est pas une réponse
      unrelated, auto   sans rapport, message automatique : sans effet
      bounce            courriel non remis
      lawyer, sensitive courrier de votre avocat, message qui nomme des patients : jamais une pièce

    \b
    Exemple :
      listingguard inbox read 1a2b3c4d5e6f --as refused --text "La page serait tirée de l’annuaire public."
    """
    from listingguard.domain.case import State
    from listingguard.domain.french import french_day
    from listingguard.domain.pack import represented
    from listingguard.domain.reaction import reaction
    from listingguard.domain.suggestion import Meaning
    from listingguard.flow import inbox as flow
    from listingguard.flow import review

    data: dict[str, object] = {"reasoned": True} if reasoned else {}
    if late:
        data["timely"] = False
    if received_on:
        data["received_on"] = parse_day(received_on, "--received-on").isoformat()
    data |= {name: value for name, value in (("dispatch", dispatch), ("text", text)) if value}
    with opened(writing=True) as app:
        row, kind = flow.read_as(
            app.store, app.vault, message, word, record=review.record, today=app.today, at=app.now(),
            actor=app.require_actor(), room=app.mailroom(), case=case_id, data=data, sender_known=sender_known,
            remember=remember, instead=instead,
        )  # fmt: skip
        beside = flow.answers_for(app.store, row.sha256, row.case, app.today)
        now, lawyer = app.store.status(row.case, app.today), represented(app.store.facts(row.case))
        officer, case = approver(app), app.store.case(row.case)
        pages = () if may_scan(app, case) else captures(app, case)
    meaning = Meaning(word) if word in set(Meaning) else None
    late_notice = now.clock is not None and not now.clock.extended
    # Once the absence was observed, nothing the platform says calls for a step.
    over = now.state is State.ERASED
    then = reaction(meaning, row.case, reasoned=reasoned, late=late_notice) if meaning and not over else None
    if as_json:
        step = {"text": then.text, "letter": then.letter, "commands": list(then.commands)} if then else None
        known = {"message": row.sha256, "case": row.case, "event": kind, "state": now.state.value, "next": step}
        emit({**known, "also": _also(row.sha256, beside)})
        return
    say(f"Dossier {row.case} : {kind.label if kind else 'lu, sans effet sur le délai'}. État : {now.state.label}.")
    if now.clock is not None:
        due, mark = now.clock.legal.due, now.clock.council.due
        say(f"Échéance légale : {french_day(due)} ; repère du conseil : {french_day(mark)}.")
    if then is not None:
        say(f"La suite — {then.text}")
        if then.letter is not None:
            say(f"  courrier : {then.letter.label}")
        for command in then.commands:
            if command == "listingguard scan" and pages:
                # No program may read that site here: a person saves the page.
                for page in pages:
                    say("  {}", to_type(page))
                continue
            said = command.replace("listingguard letter approve", f"listingguard {officer}letter approve")
            say("  {}", to_type(said))
    else:
        say(f"La suite : listingguard case show {row.case}")
    if meaning is not Meaning.BOUNCE:
        _tell_beside(row.sha256, beside)
    if lawyer:
        note("{}", lawyer)


def _also(sha256: str, beside: tuple[Beside, ...]) -> list[dict[str, object]]:
    return [
        {"case": b.case, "filed": b.filed, "word": b.word, "command": _for(sha256, b) if not b.word else ""}
        for b in beside
    ]


def _for(sha256: str, other: Beside) -> str:
    """Return what to type of a message for another case of the same letter."""
    if other.filed:
        return f"listingguard inbox read {sha256[:12]} --case {other.case} --as NATURE"
    return f"listingguard inbox file {sha256[:12]} {other.case}"


def _tell_beside(sha256: str, beside: tuple[Beside, ...]) -> None:
    """Say which other cases the same letter is the request of, and what to type for each that has no reading of its own."""
    waiting = [each for each in beside if not each.word]
    if not waiting:
        return
    say(
        f"La même lettre porte aussi {'les demandes' if len(waiting) > 1 else 'la demande'} "
        f"{', '.join(each.case for each in waiting)} : si ce message y répond aussi, une personne le dit pour chaque dossier."
    )
    for each in waiting:
        say(f"  {_for(sha256, each)}")
    left = [each.case for each in waiting if not each.filed]
    if len(left) > 1:
        say("Ou, pour le ranger dans tous à la fois :")
        say(f"  listingguard inbox file {sha256[:12]} {' '.join(left)}")


@inbox.command("return")
@click.argument("message", metavar="MESSAGE")
@click.option("--on", "day", required=True, metavar="JOUR", help="Le jour où il a été rendu à son expéditeur.")
@json_option
def return_(message: str, day: str, as_json: bool) -> None:
    """Note qu’un message sensible a été rendu à son expéditeur, et en supprime la copie gardée ici.

    \b
    Exemple :
      listingguard inbox return 1a2b3c4d5e6f --on 2026-03-05
    """
    _dispose(message, day, as_json)


@inbox.command()
@click.argument("message", metavar="MESSAGE")
@json_option
def delete(message: str, as_json: bool) -> None:
    """Supprime un message en quarantaine qui ne doit pas être gardé ; le journal dit qu’il l’a été, et par qui.

    \b
    Exemple :
      listingguard inbox delete 1a2b3c4d5e6f
    """
    _dispose(message, None, as_json)


def _dispose(message: str, day: str | None, as_json: bool) -> None:
    from listingguard.flow import inbox as flow

    with opened(writing=True) as app:
        held = flow.dispose(
            app.store, app.vault, message, returned_on=parse_day(day, "--on") if day else None, today=app.today,
            at=app.now(), actor=app.require_actor(),
        )  # fmt: skip
    done = "rendu à son expéditeur, puis supprimé ici" if day else "supprimé"
    answer(as_json, {"message": held.sha256, "returned": bool(day)}, f"Message {held.sha256[:12]} : {done}.")


@inbox.command()
@click.argument("message", metavar="MESSAGE")
@click.option("-o", "--output", required=True, metavar="FICHIER", help="Où l’écrire.")
@click.option(
    "--html", "as_html", is_flag=True, help="Sa mise en page, nettoyée : ni script, ni image, ni rien à charger."
)
@click.option("--reveal", is_flag=True, help="Un message sensible aussi ; c’est noté.")
@json_option
def export(message: str, output: str, as_html: bool, reveal: bool, as_json: bool) -> None:
    """Écrit un message dans un fichier, tel qu’il est arrivé, ou sa mise en page nettoyée pour un navigateur.

    \b
    Exemples :
      listingguard inbox export 1a2b3c4d5e6f -o message.eml
      listingguard inbox export 1a2b3c4d5e6f --html -o message.html
    """
    from listingguard.app import safe_html
    from listingguard.domain.record import Sort
    from listingguard.flow import inbox as flow

    with opened(writing=reveal) as app:
        row = flow.look(app.store, app.vault, app.mailroom(), message)
        if row.sort is Sort.SENSITIVE and not reveal:
            raise Refused("Ce message est sensible : il ne sort pas d’ici sans le dire.", ["--reveal, qui est noté"])
        if reveal:
            app.store.add_audit(app.require_actor(), "message_revealed", row.sha256, at=app.now())
        raw = app.vault.get(row.sha256)
    data = safe_html(raw) if as_html else raw
    write_file(output, data, "Le message")
    if as_json:
        emit({"message": row.sha256, "path": output, "bytes": len(data)})
    else:
        say("Écrit : {}", output)


@inbox.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les messages classés et ceux en quarantaine, avec ce qu’ils semblent dire tant que personne ne les a lus."""
    from listingguard.flow import inbox as flow

    with opened(writing=False) as app:
        rows = flow.seen(app.store, app.vault, app.mailroom())
        names = {held.sha256: held.name for held in app.store.quarantined()}
    if as_json:
        emit([_listed(row, names.get(row.sha256, "")) for row in rows])
        return
    for row in rows:
        if row.day:
            word = f"à lire — {_short(row)}" if row.unread else "lu" if row.sort.value == "reply" else row.sort.label
            say(f"{row.sha256[:12]}  {row.day:%d/%m/%Y}  {row.case:<18} {{}} {word}", f"{row.sender[:32]:<32}")
        elif row.sort.value == "sensitive":
            say(f"{row.sha256[:12]}  en quarantaine      {row.held}")
        else:
            guess = f", peut-être {row.guess}" if row.guess else ""
            say(f"{row.sha256[:12]}  en quarantaine      {{}} : {row.held}{guess} — {_short(row)}", names[row.sha256])
    if not rows:
        note("Aucun message classé.")


@inbox.command()
@click.argument("message", metavar="MESSAGE")
@click.option("--full", is_flag=True, help="Montre aussi les citations, les signatures et les mentions.")
@click.option("--reveal", is_flag=True, help="Montre un message sensible, pour le rendre ou l’innocenter ; c’est noté.")
@click.option(
    "--case", "case_id", metavar="DOSSIER", default="", help="Un de ses dossiers, s’il est rangé dans plusieurs."
)
@json_option
def show(message: str, full: bool, reveal: bool, case_id: str, as_json: bool) -> None:
    """Montre un message : son texte nouveau, ses pièces jointes (jamais ouvertes), ce qu’il semble dire.

    La suggestion ne change rien au dossier : une personne lit et qualifie, par la commande affichée.

    \b
    Exemples :
      listingguard inbox show 1a2b3c4d5e6f
      listingguard inbox show 1a2b3c4d5e6f --full
    """
    from listingguard.domain.service import effect
    from listingguard.flow import inbox as flow

    with opened(writing=reveal) as app:
        row = flow.look(app.store, app.vault, app.mailroom(), message, case=case_id, reveal=reveal)
        beside = flow.answers_for(app.store, row.sha256, row.case, app.today) if row.case else ()
        is_report = row.sort.value == "bounce" and bool(row.case)
        noted = tuple(each for each in app.store.proofs(row.case) if is_report and each.file == row.sha256)
        of = f" --case {row.case}" if len(flow.cases_of(app.store, row.sha256)) > 1 else ""
        if reveal:
            app.store.add_audit(app.require_actor(), "message_revealed", row.sha256, at=app.now())
    if as_json:
        emit(_shown(row) | {"also": _also(row.sha256, beside)})
        return
    where = f"dossier {row.case}, {'à lire' if row.unread else 'lu'}" if row.case else f"en quarantaine : {row.held}"
    say(f"Message {row.sha256[:12]} — {where}")
    if row.sort.value != "reply":
        say(f"Sorte : {row.sort.label}.")
    if row.guess:
        say(f"Peut-être le dossier {row.guess}.")
    say("De : {}", row.mail.sender)
    if row.doubt:
        say(f"  ! {row.doubt}")
        say("    Une personne vérifie qu’il a qualité pour répondre ; sans cela, ce message ne change rien au dossier.")
    say("Objet : {}", row.mail.subject)
    if row.day:
        say(f"Jour : {row.day:%d/%m/%Y}")
    say()
    for segment in row.mail.segments:
        lines = segment.text.split("\n")
        if segment.kind.value == "new" or full:
            # A bar before each line: no mail can write what looks like ours.
            for line in lines:
                say("  {} {}", "│" if segment.kind.value == "new" else "┊", line)
        else:
            say(f"  [{segment.kind.label} repliée, {len(lines)} ligne{'s' if len(lines) > 1 else ''}]")
    if not row.mail.segments:
        say("  (aucun texte)")
    say()
    if row.mail.attachments:
        say("Pièces jointes, à ouvrir avec prudence :")
    for file in row.mail.attachments:
        say(f"  {{}} — {file.real}, {-(-file.size // 1024)} Ko (annoncé : {{}})", file.name, file.claimed)
    for report in row.mail.reports:
        say(f"Rapport de remise à {{}} : {report.action.label} {{}}", report.recipient, report.said)
    for text in row.mail.notes:
        say(f"À savoir : {text}.")
    if noted:
        # A server's report: the program took it, and nobody has to say what it is.
        for proof in noted:
            say(
                f"Reconnu et noté à l’envoi {proof.dispatch}, {proof.type.label} : {effect(proof.type, proof.day).sentence}"
            )
        with opened(writing=False) as app:
            tell_next(app, row.case)
    else:
        _suggested(row, of)
    if row.sort.value not in ("bounce", "sensitive", "lawyer"):
        _tell_beside(row.sha256, beside)


def _suggested(row: Seen, of: str) -> None:
    from listingguard.domain.record import Sort
    from listingguard.domain.suggestion import Meaning

    found = row.suggestion
    short = row.sha256[:12]
    if row.sort.value != "sensitive":
        say(f"Semble dire : {_short(row)}")
        if found.sentence:
            say("  « {} »", found.sentence)
        for sentence in found.disagree:
            say("  à peser : « {} »", sentence)
        say(f"Effet : {found.effect}")
    if row.day:
        if row.word:
            say(f"Lu par une personne : {row.word}.")
        elif row.unread and row.said:
            say("Une personne décide :")
            answer_word = "RÉPONSE" if row.said == "?" else row.said
            say(f"  listingguard question answer {row.case} --answer {answer_word} --on {row.day} --reply {short}")
        elif row.unread or row.sort.value in ("automatic", "bounce"):
            say("Une personne décide :")
            word = found.meaning.value if found.meaning else "NATURE"
            command = f"listingguard inbox read {short}{of} --as {word}{' --reasoned' if found.reasoned else ''}"
            if row.doubt:
                say(f"  {command} --sender-known")
                say(f"  {command} --remember")
                say("  (--sender-known : pour ce message ; --remember : pour tout le domaine de l’expéditeur)")
                say(f"  listingguard inbox read {short}{of} --as unrelated")
            else:
                say(f"  {command}")
            if word == "NATURE":
                kept = (Sort.LAWYER, Sort.SENSITIVE)
                words = ", ".join(f"{m.value} ({m.label})" for m in (*Meaning, *kept))
                say(f"  NATURE est l’un de ces mots : {words}.")
    elif row.sort.value == "sensitive":
        say("Une personne le rend à son expéditeur, ou le supprime :")
        say(f"  listingguard inbox return {short} --on JOUR")
        say(f"  listingguard inbox delete {short}")
    else:
        say(f"Pour le ranger : listingguard inbox file {short} {row.guess or 'DOSSIER'}")
        say(f"Pour le supprimer : listingguard inbox delete {short}")


def _short(row: Seen) -> str:
    found = row.suggestion
    if row.said:
        return f"{found.why[:1].lower()}{found.why[1:].rstrip('.')}"
    if found.meaning is None:
        return f"à lire par une personne ({found.why[:1].lower()}{found.why[1:].rstrip('.')})"
    words = found.meaning.label
    if found.reasoned is not None:
        words += ", avec des raisons" if found.reasoned else ", sans raison"
    return (
        f"{words}, message automatique" if found.automatic and found.meaning.value not in ("auto", "bounce") else words
    )


def _listed(row: Seen, name: str) -> dict[str, Any]:
    meaning = row.suggestion.meaning
    known = {"message": row.sha256, "case": row.case, "suggestion": meaning.value if meaning else None}
    known |= {"sort": row.sort.value, "word": row.word}
    if row.case:
        return {**known, "from": row.sender, "day": row.day, "unread": row.unread}
    return {**known, "name": name, "reason": row.held, "guess": row.guess}


def _shown(row: Seen) -> dict[str, Any]:
    found = row.suggestion
    return {
        "message": row.sha256,
        "case": row.case,
        "reason": row.held,
        "sort": row.sort.value,
        "guess": row.guess,
        "doubt": row.doubt,
        "word": row.word,
        "unread": row.unread,
        "day": row.day,
        "from": row.mail.sender,
        "subject": row.mail.subject,
        "text": [{"kind": s.kind.value, "text": s.text} for s in row.mail.segments],
        "attachments": [vars(a) for a in row.mail.attachments],
        "notes": list(row.mail.notes),
        "automatic": row.mail.automatic.value,
        "suggestion": found.meaning.value if found.meaning else None,
        "sentence": found.sentence,
        "disagree": list(found.disagree),
        "why": found.why,
        "effect": found.effect,
        "reasoned": found.reasoned,
    }
