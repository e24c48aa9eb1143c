"""`question`: the question to the practitioner about a page that may be theirs, its reminders, and their answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from listingguard.cli.common import (
    emit,
    json_option,
    note,
    opened,
    optional_day,
    parse_day,
    proof_given,
    say,
    tell_pause,
)
from listingguard.cli.todo import tell_next
from listingguard.errors import BadInput, ListingguardError, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from listingguard.app import App
    from listingguard.domain.record import CaseRow
    from listingguard.flow.dispatch import Outcome
    from listingguard.flow.question import Asking, Enclosure


@click.group()
def question() -> None:
    """La question posée à la personne concernée, ses rappels, et sa réponse.

    \b
    Exemples :
      listingguard question list
      listingguard question send --all
      listingguard question answer CDO26-2026-0001 --answer not_agreed --on 2026-01-12 --reply 1a2b3c4d5e6f
    """


@question.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les dossiers où la personne n’a pas encore répondu, ou dont la réponse attend une décision."""
    from listingguard.flow import question as flow

    with opened(writing=False) as app:
        found = [flow.asking(app.store, app.store.case(each), app.today) for each in app.store.asked(app.today)]
    rows = [each for each in found if each.status.answer is not None or each.status.state.value == "detected"]
    if as_json:
        emit([_row(each) for each in rows])
        return
    for each in rows:
        say(f"{each.case.id:<18} {each.person.full_name:<28} {each.case.platform:<24} {_standing(each)}")
    if not rows:
        note("Aucune question en cours.")


def _row(each: Asking) -> dict[str, object]:
    return {
        "case": each.case.id,
        "practitioner": each.case.practitioner,
        "platform": each.case.platform,
        "asked_on": [day.isoformat() for day in each.status.asked_on],
        "answer": each.status.answer.value if each.status.answer else None,
        "next": each.kind.value if each.kind else None,
        "due": each.due,
        "why": each.why,
    }


def _standing(each: Asking) -> str:
    from listingguard.domain.french import french_day

    if each.status.answer is not None:
        return f"réponse à décider : « {each.status.answer.label} »"
    if each.kind is not None:
        return f"{each.kind.label} à envoyer"
    days = each.status.asked_on
    asked = f"posée le {french_day(days[0])} ; " if days else ""
    return f"{asked}{each.why}"


@question.command()
@click.argument("case_id", metavar="DOSSIER")
@json_option
def show(case_id: str, as_json: bool) -> None:
    """Montre ce qui a été écrit à la personne, ou ce qui partirait aujourd’hui."""
    from listingguard.domain.french import french_day
    from listingguard.flow import letter as letters
    from listingguard.flow import question as flow

    with opened(writing=False) as app:
        each = flow.asking(app.store, app.store.case(case_id), app.today)
        text, unregistered, to_read = "", False, []
        if each.kind is not None:
            to_read = _to_read(app, each.case)
            unregistered = not app.store.contract_registers()
            fields = flow.prepare(
                app.store, app.office(), app.controllers(), each, letters.listed_page, today=app.today
            )
            text = app.renderer.text(each.kind.value, fields)
        elif each.letters:
            text = app.vault.get(each.letters[-1][0].text).decode()
    if as_json:
        emit({**_row(each), "text": text, "to_read": to_read})
        return
    for letter, row in each.letters:
        note(f"{letter.id}, du {french_day(letter.day)}, à {row.recipient} : {row.label}")
    note(f"Dossier {case_id} : {_standing(each)}.")
    if unregistered:
        note(
            "Aucun registre des contrats n’est importé : la question n’atteste rien d’eux. L’importer d’abord : "
            "listingguard authorisation import REGISTRE.csv --as-of JOUR"
        )
    for line in to_read:
        note(f"Avant l’envoi : {line}")
    if text:
        # Exactly the letter: its spaces are already those of its own typography.
        click.echo(text)


def _to_read(app: App, case: CaseRow) -> list[str]:
    """Return what a person does with the copies of the page before they leave; empty where nothing holds them."""
    from listingguard.flow import question as flow

    try:
        return flow.unread_copies(case.id, _enclosures(app, case))
    except BadInput as error:
        return [str(error)]


@question.command()
@click.argument("case_id", metavar="[DOSSIER]", required=False)
@click.option("--all", "everyone", is_flag=True, help="Toutes les questions, et tous les rappels, à envoyer ce jour.")
@click.option("--channel", type=click.Choice(["email", "post"]), help="Par courriel ou par la poste.")
@click.option("--no-capture", is_flag=True, help="Sans la copie de la page, si elle ne peut pas être masquée.")
@click.option("--copy-read", is_flag=True, help="J’ai relu la copie de la page : rien n’y concerne autrui.")
@json_option
def send(
    case_id: str | None, everyone: bool, channel: str | None, no_capture: bool, copy_read: bool, as_json: bool
) -> int:
    """Écrit la question (ou le rappel dû) et l’envoie : par courriel, ou en PDF à imprimer et à poster.

    La copie de la page part avec elle, ce qui concerne des tiers y étant masqué. Si un programme y voit encore quelqu’un
    d’autre, rien ne part avant qu’une personne l’ait relue (--copy-read), ou sans elle (--no-capture). Répétée, la
    commande n’envoie rien deux fois.

    \b
    Exemples :
      listingguard question send CDO26-2026-0001
      listingguard question send --all
    """
    from listingguard.domain.record import DispatchState
    from listingguard.flow import dispatch
    from listingguard.flow import letter as letters
    from listingguard.flow import question as flow

    if bool(case_id) == everyone:
        raise BadInput("Donnez un numéro de dossier, ou --all.")
    if copy_read and everyone:
        raise BadInput("--copy-read vaut pour un dossier, dont vous avez relu la copie : donnez son numéro.")
    failed: list[tuple[str, str]] = []
    written = []
    with opened(writing=True, job=True) as app:
        actor, office, controllers = app.require_actor(), app.office(), app.controllers()
        cases = [app.store.case(case_id)] if case_id else list(app.store.cases())
        ids: set[str] = set()
        for case in cases:
            each = flow.asking(app.store, case, app.today)
            # Written before, and never taken by the mail server: it leaves now.
            waiting = {row.letter for _, row in each.letters if row.state is DispatchState.QUEUED}
            ids |= waiting
            if waiting or (everyone and each.kind is None):
                continue
            try:
                if each.kind is None:
                    raise Refused(f"Dossier {case.id} : aucune question ne part.", [each.why])
                by = flow.channel_of(each.person, channel or "")
                enclosures = () if no_capture else _enclosures(app, case)
                row = flow.ask(
                    app.store, app.vault, office, controllers, case, letters.listed_page, enclosures=enclosures,
                    copies_read=copy_read, channel=by, today=app.today, at=app.now(), actor=actor,
                )  # fmt: skip
            except ListingguardError as error:
                if not everyone:
                    raise
                # One that cannot be asked must not stop the others.
                failed.append((case.id, f"{error} {' ; '.join(error.missing)}".strip()))
                continue
            written.append((row, _to_post(app, row.id, enclosures) if by == flow.POST else []))
        ids |= {row.id for row, _ in written}
        done: Sequence[Outcome] = dispatch.send_due(
            app.store, app.vault, app.mailer(), office, app.home / "outbox", today=app.today, at=app.now, actor=actor,
            only=ids,
        )  # fmt: skip
        if why := app.file_copies(actor).failure:
            note("{}", why)
        if not as_json:
            tell_pause(app)
    if as_json:
        emit(
            {
                "sent": [{"dispatch": s.dispatch, "case": s.case, "state": s.state.value, "text": s.text, "path": s.path}
                         for s in done],
                "to_post": [{"case": row.case, "letter": row.id, "paths": paths} for row, paths in written if paths],
                "refused": [{"case": number, "why": why} for number, why in failed],
            }
        )  # fmt: skip
        return 1 if failed else 0
    for sent in done:
        say(f"{sent.dispatch} : {sent.state.label} — {sent.text}")
        if sent.path:
            say("  {}", sent.path)
    for row, paths in written:
        for path in paths:
            say(f"Dossier {row.case}, à imprimer et à poster : {{}}", path)
        if paths:
            say(f"  puis : listingguard send --settle {row.id}/post sent --day JOUR")
    for number, why in failed:
        note(f"Dossier {number} : {why}")
    if not (written or done or failed):
        say("Aucune question à envoyer.")
    return 1 if failed else 0


def _to_post(app: App, letter: str, enclosures: Sequence[Enclosure]) -> list[str]:
    """Write into the outbox what a person prints and posts, and return where it lies."""
    row = next(each for each in app.store.letters(letter.partition("/")[0]) if each.id == letter)
    paths = [app.export_letter(row)]
    for enclosure in enclosures:
        path = paths[0].with_name(f"{paths[0].stem}-{enclosure.name}")
        path.write_bytes(enclosure.data)
        paths.append(path)
    return [str(path) for path in paths]


def _enclosures(app: App, case: CaseRow) -> tuple[Enclosure, ...]:
    """Return the masked copy of each page of the case, as PDF; BadInput, with the cure, where one cannot be masked."""
    from listingguard.domain.case import findings_of
    from listingguard.domain.french import french_day
    from listingguard.domain.letter import enclosed
    from listingguard.flow import masking
    from listingguard.flow.question import Enclosure

    found: list[Enclosure] = []
    for key in dict.fromkeys(str(f["listing"]) for f in findings_of(app.store.facts(case.id))):
        captures = app.store.captures(key)
        if not captures:
            continue
        row = captures[-1]
        try:
            copy = app.masked_copy(row, keep=key, today=app.today)
        except (BadInput, Refused) as error:
            raise BadInput(
                f"Dossier {case.id} : la copie de la page ne peut pas être masquée. {error} "
                f"Sans elle : listingguard question send {case.id} --no-capture"
            ) from error
        name = f"page-{len(found) + 1}.pdf"
        title = f"Copie de la page consultée le {french_day(row.day)}, masquée pour ce qui concerne des tiers"
        data = copy.files[f"{masking.COPY}.pdf"]
        title = enclosed(title, app.pages(data))
        found.append(Enclosure(name, data, "application/pdf", title, copy.flagged, row.id))
    return tuple(found)


@question.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option(
    "--answer",
    "said",
    required=True,
    type=click.Choice(["not_agreed", "agreed", "practice", "claimed", "not_me", "talk"]),
    help="Ce que la personne répond.",
)
@click.option("--on", "day", required=True, metavar="JOUR", help="Jour de la réponse.")
@click.option("--proof", metavar="FICHIER", help="Le courriel, le courrier ou la note signée.")
@click.option("--reply", "reply_id", metavar="MESSAGE", help="Un message déjà classé, au lieu d’un fichier.")
@click.option("--since", metavar="JOUR", help="Avec agreed : depuis quand ; avec practice ou claimed : à quelle date.")
@click.option("--practice", metavar="CP", help="Avec practice : le code postal du cabinet.")
@click.option(
    "--situation",
    multiple=True,
    metavar="TEXTE",
    help="Une raison propre à la personne, sans donnée de patient ; à répéter.",
)
@click.option("--remark", default="", metavar="TEXTE", help="Ce qu’elle dit d’autre : quand l’appeler, par exemple.")
@json_option
def answer(
    case_id: str, said: str, day: str, proof: str | None, reply_id: str | None, since: str | None,
    practice: str | None, situation: tuple[str, ...], remark: str, as_json: bool,
) -> None:  # fmt: skip
    """Enregistre la réponse de la personne, et ce qui en découle.

    \b
      not_agreed   c’est moi et je n’ai pas donné mon accord : le dossier est confirmé
      agreed       j’ai donné mon accord (--since) : le dossier est clos
      practice     mon cabinet, ou mon ancien cabinet, a ouvert la fiche : une personne décide
      claimed      j’ai autrefois ouvert, revendiqué ou modifié une fiche : une personne décide
      not_me       ce n’est pas moi : le dossier est clos
      talk         je souhaite en parler : une personne appelle

    \b
    Exemple :
      listingguard question answer CDO26-2026-0001 --answer not_agreed --on 2026-01-12 --proof reponse.eml
    """
    from listingguard.domain.question import Said
    from listingguard.flow import review

    on, first = parse_day(day, "--on"), optional_day(since, "--since")
    if practice and said != "practice":
        raise BadInput("--practice ne va qu’avec --answer practice.")
    with opened(writing=True) as app:
        case, actor = app.store.case(case_id), app.require_actor()
        document = proof_given(app, case_id, proof, reply_id)
        new = review.answer(
            app.store, app.vault, case, Said(said), day=on, today=app.today, at=app.now(), actor=actor, proof=document,
            since=first, practice=_practice(app, case.practitioner, practice), situation=situation, remark=remark,
        )  # fmt: skip
        now = app.store.status(case_id, app.today)
        if not as_json:
            state = "réponse enregistrée" if new else "réponse déjà enregistrée"
            say(f"Dossier {case_id} : {state}. État : {now.state.label}.")
            tell_next(app, case_id)
            return
    emit({"case": case_id, "answer": said, "new": new, "state": now.state.value})


def _practice(app: App, practitioner: str, postcode: str | None) -> str:
    """Return the hash of the practice with that postcode, or an empty string where none is named."""
    from listingguard.domain.french import plural

    if not postcode:
        return ""
    found = [h for h, p in app.store.practices(practitioner).items() if p.postcode == postcode]
    if len(found) != 1:
        raise BadInput(f"--practice : {plural(len(found), 'cabinet')} de cette personne au code postal {postcode}.")
    return found[0]
