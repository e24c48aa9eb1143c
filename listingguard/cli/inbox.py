"""`inbox`: the mails that came in: filing, listing, reading with a suggestion beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.common import emit, json_option, note, opened, read_file, say

if TYPE_CHECKING:
    from listingguard.flow.inbox import Seen


@click.group()
def inbox() -> None:
    """Les courriels reçus : les classer, les lister, les lire avec une suggestion.

    \b
    Exemples :
      listingguard inbox import reponse.eml
      listingguard inbox list
      listingguard inbox show 1a2b3c4d5e6f
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
            try:
                proof = dispatch.proven_sent(
                    app.store, app.vault, raw, today=app.today, at=app.now(), actor=app.require_actor()
                )
            except RecursionError:
                # Made to harm: its parts nest deeper than any mail program writes. It is no copy of our letter.
                proof = None
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
                say(f"  listingguard inbox show {filed.sha256[:12]}")
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
    say(f"  listingguard inbox show {filed.sha256[:12]}")


@inbox.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les messages classés et ceux en quarantaine, avec ce qu’ils semblent dire tant que personne ne les a lus."""
    from listingguard.app import read_mail, reply_rules
    from listingguard.flow import inbox as flow

    with opened(writing=False) as app:
        rows = flow.seen(app.store, app.vault, read_mail, reply_rules())
        names = {sha: name for sha, name, _ in app.store.quarantined()}
    if as_json:
        emit([_listed(row, names.get(row.sha256, "")) for row in rows])
        return
    for row in rows:
        if row.day:
            word = f"à lire — {_short(row)}" if row.unread else "lu"
            say(f"{row.sha256[:12]}  {row.day:%d/%m/%Y}  {row.case:<18} {{}} {word}", f"{row.sender[:32]:<32}")
        else:
            say(f"{row.sha256[:12]}  en quarantaine      {{}} : {row.held} — {_short(row)}", names[row.sha256])
    if not rows:
        note("Aucun message classé.")


@inbox.command()
@click.argument("message", metavar="MESSAGE")
@click.option("--full", is_flag=True, help="Montre aussi les citations, les signatures et les mentions.")
@json_option
def show(message: str, full: bool, as_json: bool) -> None:
    """Montre un message : son texte nouveau, ses pièces jointes (jamais ouvertes), ce qu’il semble dire.

    La suggestion ne change rien au dossier : une personne lit et qualifie, par la commande affichée.

    \b
    Exemples :
      listingguard inbox show 1a2b3c4d5e6f
      listingguard inbox show 1a2b3c4d5e6f --full
    """
    from listingguard.app import read_mail, reply_rules
    from listingguard.flow import inbox as flow

    with opened(writing=False) as app:
        row = flow.look(app.store, app.vault, message, read_mail, reply_rules())
    if as_json:
        emit(_shown(row))
        return
    where = f"dossier {row.case}, {'à lire' if row.unread else 'lu'}" if row.case else f"en quarantaine : {row.held}"
    say(f"Message {row.sha256[:12]} — {where}")
    say("De : {}", row.mail.sender)
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
    for text in row.mail.notes:
        say(f"À savoir : {text}.")
    _suggested(row)


def _suggested(row: Seen) -> None:
    found = row.suggestion
    say(f"Semble dire : {_short(row)}")
    if found.sentence:
        say("  « {} »", found.sentence)
    for sentence in found.disagree:
        say("  à peser : « {} »", sentence)
    say(f"Effet : {found.effect}")
    if row.unread and row.day:
        kind = found.meaning.event.value if found.meaning and found.meaning.event else "NATURE"
        say("Une personne décide :")
        say(f"  listingguard event add {row.case} {kind} --day {row.day} --reply {row.sha256[:12]}")
    elif row.unread:
        say(f"Pour le ranger : listingguard inbox file {row.sha256[:12]} DOSSIER")


def _short(row: Seen) -> str:
    found = row.suggestion
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
    if row.case:
        return {**known, "from": row.sender, "day": row.day, "unread": row.unread}
    return {**known, "name": name, "reason": row.held}


def _shown(row: Seen) -> dict[str, Any]:
    found = row.suggestion
    return {
        "message": row.sha256,
        "case": row.case,
        "reason": row.held,
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
