"""`letter`: what is written, ticked, approved, taken back; and where each of its sentences comes from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from listingguard.cli import french
from listingguard.cli.common import answer, emit, json_option, note, opened, say, tell_pause, write_file
from listingguard.cli.todo import approver
from listingguard.domain.case import EventKind
from listingguard.domain.correspondence import AFTER_A_REQUEST, REQUESTS, Ticked
from listingguard.domain.letter import Argument, Kind, Precision
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from datetime import date

    from listingguard.app import App
    from listingguard.domain.record import LetterRow
    from listingguard.flow.letter import Draft

F = TypeVar("F", bound=Callable[..., Any])

_SENT = (EventKind.REQUEST_SENT, EventKind.LETTER_SENT)

KINDS = [kind.value for kind in (Kind.REQUEST, Kind.RELISTING, *AFTER_A_REQUEST)]


@click.group()
def letter() -> None:
    """Les courriers d’un dossier : lesquels conviennent, les relire, cocher, approuver, retirer avant l’envoi.

    \b
    Exemples :
      listingguard letter propose CDO26-2026-0001
      listingguard letter show CDO26-2026-0001 --pdf essai.pdf
      listingguard --as "Claude Élue" letter approve CDO26-2026-0001 --all-grounds
      listingguard letter approve CDO26-2026-0001 --kind answer_refusal --argument public_data
      listingguard letter explain CDO26-2026-0001
      listingguard letter withdraw CDO26-2026-0001/reminder/1 --reason "réponse arrivée ce matin"
    """


def _kind(command: F) -> F:
    """Add --kind and what a person says of the platform's own message."""
    for option in reversed((
        click.option(
            "--kind", "letter_kind", metavar="COURRIER", type=click.Choice(KINDS), help="Lequel ; sans elle, la demande."
        ),
        click.option(
            "--argument", "arguments", multiple=True, metavar="CODE", type=click.Choice([a.value for a in Argument]),
            help="answer_refusal, answer_partial : ce que dit la plateforme ; à répéter.",
        ),
        click.option("--wrong", multiple=True, metavar="TEXTE", help="rectification : sorte de donnée d’une autre personne."),
        click.option("--doubt", default="", metavar="TEXTE", help="answer_identity : le doute motivé, dans ses mots."),
        click.option("--supplied", multiple=True, metavar="TEXTE", help="answer_identity : ce qui est fourni."),
        click.option("--copy/--no-copy", default=None, help="answer_identity : elle demande, ou non, une copie."),
        click.option(
            "--point", "points", multiple=True, metavar="CODE", type=click.Choice([p.value for p in Precision]),
            help="answer_precision : ce qu’elle demande, outre les pages (rights, reasons, person) ; à répéter.",
        ),
        click.option(
            "--said", default="", metavar="TEXTE", help="answer_precision, answer_partial : ce qu’elle écrit, dans ses mots."
        ),
        click.option("--their-ref", default="", metavar="TEXTE", help="La référence que porte son message (V/Réf.)."),
        click.option(
            "--copy-to", multiple=True, metavar="TEXTE", help="Qui reçoit une copie, imprimé à « Copie : » ; à répéter."
        ),
    )):  # fmt: skip
        command = option(command)
    return command


def _boxes(told: dict[str, Any]) -> tuple[Kind | None, Ticked]:
    """Return the kind asked for, None: the request, and what the person says of the platform's message."""
    kind = Kind(told["letter_kind"]) if told["letter_kind"] else None
    boxes = Ticked(
        arguments=tuple(Argument(a) for a in told["arguments"]), wrong=told["wrong"], doubt=told["doubt"],
        supplied=told["supplied"], copy=told["copy"], said=told["said"].strip(),
        points=tuple(Precision(p) for p in told["points"]), their_reference=told["their_ref"].strip(),
        copies=tuple(line.strip() for line in told["copy_to"]),
    )  # fmt: skip
    return kind, boxes


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@json_option
def propose(case_id: str, as_json: bool) -> None:
    """Dit quels courriers conviennent à l’état du dossier, chacun avec sa raison."""
    from listingguard.domain.french import french_day
    from listingguard.flow import clock
    from listingguard.flow import letter as letters

    with opened(writing=False) as app:
        row = app.store.case(case_id)
        found = letters.propose(app.store, row, today=app.today)
        actions = clock.actions_of(app.store, row.id, app.store.status(row.id, app.today), app.today)
    if as_json:
        emit([
            {"kind": p.kind.value, "label": p.kind.label, "why": p.why, "answers": p.reply.seq if p.reply else None}
            for p in found
        ])  # fmt: skip
        return
    for each in found:
        reply = f" (message du {french_day(each.reply.day)})" if each.reply else ""
        say(f"{each.kind.value:<17} {each.kind.label} : {each.why}{reply}")
        say(f"    listingguard letter show {case_id} --kind {each.kind.value}")
    if any(action.code == "reply" for action in actions) and not found:
        say(
            "La plateforme demande un autre canal, ou ce qu’aucun modèle n’écrit : une personne lui répond, la demande à"
        )
        say(f"l’appui (listingguard letter show {case_id}), puis le note avec sa copie :")
        say(f"    listingguard event add {case_id} letter_sent --day JOUR --proof FICHIER")
    elif not found:
        say("Aucun courrier n’est à écrire pour le moment.")


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@_kind
@click.option("--ground", "grounds", multiple=True, help="Un motif coché ; à répéter. Sans lui, les motifs proposés.")
@click.option("--pdf", "target", metavar="FICHIER", help="Écrit aussi le PDF.")
@json_option
def show(case_id: str, grounds: tuple[str, ...], target: str | None, as_json: bool, **told: Any) -> None:
    """Montre le courrier tel qu’il partirait aujourd’hui, ce qui est à cocher, et ce qui manque encore."""
    from listingguard.domain.case import State
    from listingguard.flow import letter as letters

    kind, boxes = _boxes(told)
    with opened(writing=False) as app:
        row, office = app.store.case(case_id), app.office()
        state = app.store.status(case_id, app.today).state
        wanted = kind or letters.request_kind(app.store, row)
        frozen = letters.frozen(app.store, row, wanted, today=app.today)
        early = (State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED)
        if wanted in REQUESTS and not frozen and state not in early:
            raise Refused(
                f"Dossier {case_id}, état « {state.label} » : aucune demande n’y est plus à écrire.",
                [f"les courriers qui conviennent : listingguard letter propose {case_id}"],
            )
        draft: Draft | None = None
        pause, waits = app.store.paused(), state is State.DRAFTED
        text, pdf, standing = "", b"", ""
        if frozen:
            text, pdf = app.vault.get(frozen.text).decode(), app.vault.get(frozen.pdf)
            standing = _standing(app, frozen)
        else:
            draft = letters.prepare(
                app.store, office, app.controllers(), row, today=app.today, ticked=grounds or None, kind=wanted,
                boxes=boxes,
            )  # fmt: skip
            text = draft.text
            if text and target:
                pdf = app.renderer.pdf(wanted.value, draft.fields, day=app.today)
    missing = draft.missing if draft else ()
    proposed = draft.proposed if draft and wanted in REQUESTS else ()
    if as_json:
        emit({
            "kind": wanted.value, "approved": bool(frozen), "text": text, "missing": list(missing),
            "grounds": [g.code for g in proposed],
            "facts": [{"code": r.code, "sentence": r.sentence, "source": r.source} for r in draft.reasons] if draft else [],
        })  # fmt: skip
        return
    if frozen:
        note(standing)
        if waits and pause is not None:
            note("{}", pause.said)
            note(f"Pour reprendre : {pause.command}")
    for ground in proposed:
        note(f"Motif proposé : {ground.code} — {ground.article}")
    for reason in draft.reasons if draft and wanted in REQUESTS else ():
        note(f"Fait proposé : {reason.code} — {{}} ({reason.source})", reason.sentence)
    if missing:
        raise Refused(_not_ready(wanted), missing)
    # Exactly the letter: its spaces are already those of its own typography.
    click.echo(text)
    if target:
        write_file(target, pdf, "Le PDF")
        note("PDF écrit : {}", target)


def _left_on(app: App, row: LetterRow) -> date | None:
    """Return the day an approved letter left, by whatever channel first; None while it waits."""
    ids = {each.id for each in app.store.dispatches(row.case) if each.letter == row.id}
    return min(
        (f.day for f in app.store.facts(row.case) if f.kind in _SENT and f.data.get("dispatch") in ids), default=None
    )


def _standing(app: App, row: LetterRow) -> str:
    """Return what became of an approved letter: by whom and when, whether it left, the next command."""
    from listingguard.domain.french import french_day

    word, end = ("Demande", "e") if row.kind in REQUESTS else ("Courrier", "")
    text = f"{word} {row.id} approuvé{end} le {french_day(row.day)} par {row.approved_by}"
    left = _left_on(app, row)
    if left is None:
        return f"{text}, pas encore parti{end} : listingguard send {row.case}"
    return f"{text}, parti{end} le {french_day(left)}. La suite : listingguard letter propose {row.case}"


def _not_ready(kind: Kind) -> str:
    return (
        "La demande n’est pas prête. Il manque :"
        if kind in REQUESTS
        else f"Le courrier ({kind.label}) n’est pas prêt. Il manque :"
    )


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@_kind
@click.option("--ground", "grounds", multiple=True, help="Un motif retenu ; à répéter. Sans lui, les motifs proposés.")
@json_option
def prepare(case_id: str, grounds: tuple[str, ...], as_json: bool, **told: Any) -> None:
    """Note que vous avez préparé ce courrier : il est prêt à être relu et approuvé par l’élu."""
    from listingguard.flow import letter as letters

    kind, boxes = _boxes(told)
    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        wanted = kind or letters.request_kind(app.store, row)
        done = letters.frozen(app.store, row, wanted, today=app.today)
        if done is not None and not app.store.status(case_id, app.today).undelivered:
            # Its bytes are frozen: nothing is left to prepare.
            told_of_it = {
                "case": case_id,
                "kind": wanted.value,
                "approved_by": done.approved_by,
                "approved_on": done.day,
            }
            answer(as_json, {**told_of_it, "sent_on": _left_on(app, done)}, _standing(app, done))
            return
        draft = letters.prepare(
            app.store, app.office(), app.controllers(), row, today=app.today, ticked=grounds or None, kind=kind,
            boxes=boxes,
        )  # fmt: skip
        letters.note_prepared(app.store, row, draft, today=app.today, at=app.now(), actor=actor)
        officer = approver(app)
    answer(
        as_json, {"case": case_id, "kind": draft.kind.value, "prepared_by": actor},
        f"Courrier préparé par {actor} ({draft.kind.label}). À relire, puis à approuver :",
        f"  listingguard letter show {case_id}{_again(draft.kind, told)}",
        f"  listingguard {officer}letter approve {case_id}{_again(draft.kind, told)}",
    )  # fmt: skip


def _again(kind: Kind, told: dict[str, Any]) -> str:
    """Return the options that say of the same letter again what was said of it."""
    from listingguard.app import quoted

    words = [] if kind in REQUESTS else ["--kind", kind.value]
    for name, value in told.items():
        option = {"arguments": "--argument", "points": "--point"}.get(name, f"--{name.replace('_', '-')}")
        if name == "copy":
            words += [] if value is None else ["--copy" if value else "--no-copy"]
        elif name != "letter_kind":
            for each in value if isinstance(value, tuple) else (value,) if value else ():
                words += [option, quoted(each)]
    return "".join(f" {word}" for word in words)


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@_kind
@click.option("--ground", "grounds", multiple=True, help="Un motif coché par vous ; à répéter.")
@click.option("--fact", "facts", multiple=True, help="Un fait coché par vous ; à répéter.")
@click.option("--all-grounds", is_flag=True, help="Coche tous les motifs et tous les faits proposés.")
@click.option("--all-facts", is_flag=True, help="Coche tous les faits proposés.")
@click.option(
    "--channel", "channels", multiple=True, type=click.Choice(["email", "lrar", "lre"]), metavar="CANAL",
    help="Comment il part : email (par défaut), lrar, lre ; à répéter.",
)  # fmt: skip
@click.option("--number", default="", metavar="NUMÉRO", help="Le numéro du recommandé, imprimé sur la lettre.")
@click.option("--as-printed", is_flag=True, help="Ce numéro, relu sur le bordereau, y est bien imprimé ainsi.")
@json_option
def approve(
    case_id: str, grounds: tuple[str, ...], facts: tuple[str, ...], all_grounds: bool, all_facts: bool,
    channels: tuple[str, ...], number: str, as_printed: bool, as_json: bool, **told: Any,
) -> None:  # fmt: skip
    """Approuve un courrier : vous en cochez les motifs et les faits, ses octets sont figés, il attend l’envoi."""
    from listingguard.domain.pack import represented
    from listingguard.flow import letter as letters

    kind, boxes = _boxes(told)
    with opened(writing=True) as app:
        row, office, actor = app.store.case(case_id), app.office(), app.require_actor()
        controllers = app.controllers()
        wanted = kind or letters.request_kind(app.store, row)
        ticked, said = grounds, None if all_grounds or all_facts else facts
        if wanted in REQUESTS and letters.already(app.store, row, wanted, today=app.today):
            # Nothing is to be ticked any more: what is approved says so, or is the same.
            said = None if all_grounds or all_facts or not facts else facts
        elif wanted in REQUESTS:
            draft = letters.prepare(app.store, office, controllers, row, today=app.today, kind=wanted)
            if all_grounds:
                ticked = tuple(g.code for g in draft.proposed)
            ticked, said = _tick(draft, ticked, said, waiting=bool(letters.requests(app.store, case_id)))
        elif wanted is Kind.ANSWER_IDENTICAL or Precision.REASONS in boxes.points:
            if said == () and letters.frozen(app.store, row, wanted, today=app.today) is None:
                draft = letters.prepare(app.store, office, controllers, row, today=app.today, kind=wanted, boxes=boxes)
                raise Refused(_EACH_FACT, _facts(draft) or ["--fact …"])
        else:
            said = None
        done = letters.approve(
            app.store, app.vault, office, controllers, row, ticked=ticked, facts=said, kind=wanted, boxes=boxes,
            today=app.today, at=app.now(), actor=actor, channels=channels or ("email",), number=number,
            as_printed=as_printed,
        )  # fmt: skip
        path, lawyer = app.export_letter(done), represented(app.store.facts(case_id))
        if not as_json:
            tell_pause(app)
        by_post = bool(channels) and "email" not in channels and wanted in REQUESTS
        alone = by_post and bool(controllers.get(app.store.case(case_id).controller, {}).get("email"))
    if as_json:
        emit({"letter": done.id, "case": done.case, "approved_by": done.approved_by, "path": path})
        return
    what = "Demande" if wanted in REQUESTS else "Courrier"
    say(f"{what} {done.id} approuvé{'e' if wanted in REQUESTS else ''} par {done.approved_by} : {{}}", path)
    posted = next((channel for channel in ("lrar", "lre") if channel in channels), "")
    say(f"Pour l’envoyer : listingguard send {case_id}{f' --channel {posted}' if posted else ''}")
    for line in boxes.copies:
        note("Copie annoncée à « {} » : la lui remettre vous-même.", line)
    if alone:
        note("Un courriel le même jour est conseillé : il cite le numéro du recommandé et l’empreinte du PDF, et son")
        note("délai court même si la lettre n’est pas retirée. Avant de poster :")
        note(f"  → listingguard send {case_id} --channel email")
    if lawyer:
        note("{}", lawyer)


_EACH_FACT = "Une personne coche chaque fait de la situation ; aucun n’est retenu d’office."


def _facts(draft: Draft) -> list[str]:
    return [f"--fact {r.code} ({r.sentence})" for r in draft.reasons]


def _tick(
    draft: Draft, grounds: Sequence[str], facts: Sequence[str] | None, *, waiting: bool
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Return the grounds and the facts that the person ticks, one by one at a terminal; None: every fact.

    waiting: a request was approved before; without a tick the same one is shown again.
    """
    if not grounds and sys.stdin.isatty():
        grounds = [
            g.code
            for g in draft.proposed
            if french.confirm(f"{g.article[0].upper()}{g.article[1:]}\u00a0: {g.sentence}. Retenir ce motif\u00a0?")
        ]
        facts = [r.code for r in draft.reasons if grounds and french.confirm(f"{r.sentence} Est-ce vrai\u00a0?")]
    if waiting and not grounds:
        return (), None
    choices = [f"--ground {g.code} ({g.article})" for g in draft.proposed]
    reasons = _facts(draft)
    if not grounds:
        raise Refused(
            "Une personne coche chaque motif et chaque fait ; aucun n’est retenu d’office.",
            [*choices, *reasons] or ["--ground …"],
        )
    if facts is not None and not facts and reasons:
        raise Refused(_EACH_FACT, reasons)
    return tuple(grounds), None if facts is None else tuple(facts)


@letter.command()
@click.argument("controller", metavar="RESPONSABLE")
@click.option("--cases", required=True, metavar="DOSSIERS", help="Les dossiers, séparés par des virgules.")
@click.option(
    "--tick",
    "ticks",
    multiple=True,
    metavar="DOSSIER:CODE",
    help="Un motif ou un fait coché pour un dossier ; à répéter.",
)
@click.option("--all-grounds", is_flag=True, help="Coche, pour chaque dossier, tous les motifs et faits proposés.")
@click.option(
    "--approve", "approving", is_flag=True, help="Approuve : les octets sont figés, la lettre attend l’envoi."
)
@click.option(
    "--channel", "channels", multiple=True, type=click.Choice(["email", "lrar", "lre"]), metavar="CANAL",
    help="Comment elle part : lrar (par défaut), lre, email ; à répéter.",
)  # fmt: skip
@click.option("--number", default="", metavar="NUMÉRO", help="Le numéro du recommandé, gardé dans chaque dossier.")
@click.option(
    "--copy-to",
    "copies",
    multiple=True,
    metavar="TEXTE",
    help="Qui reçoit une copie, imprimé à « Copie : » ; à répéter.",
)
@click.option("--as-printed", is_flag=True, help="Ce numéro, relu sur le bordereau, y est bien imprimé ainsi.")
@json_option
def cover(
    controller: str, cases: str, ticks: tuple[str, ...], all_grounds: bool, approving: bool, channels: tuple[str, ...],
    number: str, copies: tuple[str, ...], as_printed: bool, as_json: bool,
) -> None:  # fmt: skip
    """Une lettre d’accompagnement pour plusieurs mandants, une annexe d’une page chacun ; chaque demande garde son délai.

    Sans --approve, montre le texte. En recommandé, une seule enveloppe ; par courriel, un message par dossier, pour que
    chaque réponse revienne au sien. La preuve se rend dossier par dossier.

    \b
    Exemple :
      listingguard letter cover doctolib --cases CDO26-2026-0001,CDO26-2026-0002 --all-grounds --approve
          --channel lrar --channel email --number "RR 473 124 829 FR"
    """
    from listingguard.flow import letter as letters

    names = list(dict.fromkeys(name.strip() for name in cases.split(",") if name.strip()))
    ticked: dict[str, list[str]] = {name: [] for name in names}
    for tick in ticks:
        name, _, code = tick.partition(":")
        if name not in ticked or not code:
            raise BadInput(f"--tick : « {tick} » n’est pas DOSSIER:CODE, avec un dossier de --cases.")
        ticked[name].append(code)
    with opened(writing=approving) as app:
        rows, office, controllers = [app.store.case(name) for name in names], app.office(), app.controllers()
        copied = tuple(line.strip() for line in copies)
        proposed = letters.prepare_cover(
            app.store, office, controllers, controller, rows, copies=copied, today=app.today
        )  # fmt: skip
        codes = {row.id: {r.code for r in draft.reasons} for row, draft in proposed.drafts}
        grounds = {name: [code for code in said if code not in codes[name]] for name, said in ticked.items()}
        facts = {name: [code for code in said if code in codes[name]] for name, said in ticked.items()}
        if not approving:
            shown = (
                letters.prepare_cover(
                    app.store,
                    office,
                    controllers,
                    controller,
                    rows,
                    today=app.today,
                    ticked=grounds,
                    facts=facts,
                    copies=copied,
                )
                if ticks
                else proposed
            )
            if shown.missing:
                raise Refused("La lettre d’accompagnement n’est pas prête. Il manque :", shown.missing)
            answer(as_json, {"text": shown.text, "cases": names})
            if not as_json:
                click.echo(shown.text)
            return
        if not ticks and not all_grounds:
            choices = [
                line
                for row, draft in proposed.drafts
                for line in (
                    *(f"--tick {row.id}:{g.code} ({g.article})" for g in draft.proposed),
                    *(f"--tick {row.id}:{r.code} ({r.sentence})" for r in draft.reasons),
                )
            ]
            raise Refused("Une personne coche chaque motif et chaque fait, dossier par dossier.", choices)
        if all_grounds:
            grounds = {row.id: [g.code for g in draft.proposed] for row, draft in proposed.drafts}
        done = letters.approve_cover(
            app.store, app.vault, office, controllers, controller, rows, ticked=grounds,
            facts=None if all_grounds else facts, today=app.today, at=app.now(), actor=app.require_actor(),
            channels=channels or ("lrar",), number=number, as_printed=as_printed, copies=copied,
        )  # fmt: skip
        path = app.export_letter(done[0])
    if as_json:
        emit({"letters": [row.id for row in done], "path": path})
        return
    by = channels or ("lrar",)
    say(f"Lettre d’accompagnement approuvée pour {len(done)} dossiers : {{}}", path)
    posted = next((channel for channel in ("lrar", "lre") if channel in by), "")
    if posted:
        say(f"À poster, en une seule enveloppe : listingguard send --channel {posted}. Puis, dossier par dossier :")
        for row in done:
            say(f"    {row.id} : listingguard send --settle {row.id}/{posted} sent --day JOUR")
    if "email" in by:
        after = ", une fois le recommandé imprimé" if posted and number else ""
        say(f"Par courriel, un message par dossier{after} : listingguard send")
    for line in copied:
        note("Copie annoncée à « {} » : la lui remettre vous-même.", line)


@letter.command()
@click.argument("letter_id", metavar="COURRIER")
@click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi il ne part pas.")
@json_option
def withdraw(letter_id: str, reason: str, as_json: bool) -> None:
    """Retire un courrier approuvé avant qu’il ne parte ; l’approbation suivante porte le numéro suivant.

    \b
    Exemple :
      listingguard letter withdraw CDO26-2026-0001/request/1 --reason "adresse à corriger"
    """
    from listingguard.flow import letter as letters

    if not reason.strip():
        raise BadInput("--reason : dites pourquoi ce courrier ne part pas.")
    with opened(writing=True) as app:
        done = letters.withdraw(
            app.store, letter_id, reason.strip(), today=app.today, at=app.now(), actor=app.require_actor()
        )
    text = f"Courrier {done.id} retiré avant l’envoi. Pour le remplacer : listingguard letter approve {done.case}"
    answer(as_json, {"letter": done.id, "case": done.case, "withdrawn": True}, text)


@letter.command()
@click.argument("case_id", metavar="DOSSIER")
@_kind
@json_option
def explain(case_id: str, as_json: bool, **told: Any) -> None:
    """Dit d’où vient chaque phrase : le texte cité, le fait du dossier, ou une simple formule."""
    from listingguard.domain.citation import row as citation_row
    from listingguard.flow import letter as letters

    kind, boxes = _boxes(told)
    with opened(writing=False) as app:
        found = letters.explain(
            app.store, app.vault, app.office(), app.controllers(), app.store.case(case_id), kind=kind, boxes=boxes,
            today=app.today,
        )  # fmt: skip
    if as_json:
        emit([
            {"sentence": t.sentence, "citations": list(t.cites), "facts": list(t.origins), "wording": t.wording}
            for t in found
        ])  # fmt: skip
        return
    for each in found:
        say("{}", each.sentence)
        for article in each.cites:
            cited = citation_row(article)
            say(
                f"    texte : {cited.printed} — {{}} ({cited.checked.label} le {cited.verified_on:%d/%m/%Y})",
                cited.source,
            )
        for origin in each.origins:
            say("    fait : {}", origin)
        if each.wording:
            say("    formule")


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
    from listingguard.flow import letter as letters

    if to == "platform" and any(record.values()):
        raise BadInput("Les coordonnées de la plateforme s’écrivent avec : listingguard controller set")
    with opened(writing=True) as app:
        letters.choose_addressee(
            app.store, app.store.case(case_id), to, record=record, today=app.today, at=app.now(),
            actor=app.require_actor(),
        )  # fmt: skip
    whom = record["name"] if to == "practice" else "la plateforme"
    answer(as_json, {"case": case_id, "to": to}, f"Dossier {case_id} : la demande sera adressée à {whom}.")
