"""`complain`, `pack`: the complaint to the CNIL and its exhibits, signed, filed, completed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.common import emit, json_option, note, opened, parse_day, read_file, say
from listingguard.cli.todo import approver
from listingguard.domain.french import french_day, plural

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.pack import PackState
    from listingguard.domain.record import CaseRow


@click.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option(
    "--proceedings", default="", metavar="PHRASE", help="« aucune », ou une phrase sur la procédure en cours."
)
@click.option("--ground", "grounds", multiple=True, help="Un motif coché ; sans lui, ceux de la demande.")
@click.option(
    "--attest",
    is_flag=True,
    help="L’élu nommé par --as a consulté ce jour le registre des contrats du conseil, et n’y a rien trouvé.",
)
@json_option
def complain(case_id: str, proceedings: str, grounds: tuple[str, ...], attest: bool, as_json: bool) -> None:
    """Construit la plainte à la CNIL et ses pièces ; sort en 3 avec ce qui manque tant qu’elle n’est pas possible.

    Le dossier est en deux parties : l’une communicable, sans ce qui a paru concerner des tiers ; l’autre pour la CNIL seule.

    Ce que la personne n’a pas déclaré par écrit n’est pas dit en son nom : voir « listingguard declaration ».

    \b
    Exemples :
      listingguard complain CDO26-2026-0001 --proceedings aucune
      listingguard complain CDO26-2026-0001 --json
    """
    from listingguard.cli.french import ask
    from listingguard.flow import complain as flow

    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        if (
            not proceedings
            and sys.stdin.isatty()
            and not flow.declared_proceedings(app.store, row)
            and not flow.missing(app.store, row, app.controllers(), today=app.today)
        ):
            proceedings = ask("Une procédure est-elle en cours\u00a0? «\u00a0aucune\u00a0», ou une phrase")
        flow.build(
            app.store, app.vault, app.writer(), app.controllers(), row, app.home / "packs", proceedings=proceedings,
            ticked=grounds, attest=attest, today=app.today, at=app.now(), actor=actor,
        )  # fmt: skip
        state = _states(app, row)[-1]
        folder = app.home / "packs"
        attested = flow.attestation(
            app.store, row, attest=attest, signatory=app.office().signatory, actor=actor, today=app.today
        )
        more = flow.advice(app.store, row, attested=attested is not None, today=app.today)
        more += flow.left_out(app.store, row)
        officer, aside = approver(app), flow.set_aside(app.store, row)
    _built(state, folder, "Plainte et pièces", officer, as_json, more, aside)


def _built(
    state: PackState,
    folder: Path,
    what: str,
    officer: str,
    as_json: bool,
    advice: tuple[str, ...] = (),
    aside: tuple[tuple[int, str, str], ...] = (),
) -> None:
    """Tell what was built, and what comes next. officer: « --as NAME » of who signs, or empty.

    aside: papers in the confidential part, see `set_aside`.
    """
    from listingguard.app import quoted

    parts = [(folder / name, digest) for name, digest in state.parts]
    if as_json:
        files = [{"path": path, "sha256": digest} for path, digest in parts]
        emit(
            {"case": state.case, "number": state.number, "path": parts[0][0], "sha256": state.sha256, "parts": files,
             "addendum": state.addendum, "advice": advice,
             "set_aside": [{"exhibit": number, "title": title, "why": why} for number, title, why in aside]}
        )  # fmt: skip
        return
    for path, digest in parts:
        say(f"{_part_name(path.name, what)} : {{}}", path)
        say(f"  Empreinte SHA-256 : {digest}")
    say("À côté, hors du dossier : la lettre à la CNIL, les fiches, et le texte à modifier avec un avocat (.docx).")
    say("À relire en entier, puis à signer :")
    say(f"  listingguard {officer}pack sign {state.case}")
    say("À vérifier par quiconque :")
    say(f"  listingguard verify {quoted(parts[0][0])} --expect {state.sha256}")
    for number, title, why in aside:
        note(f"Pièce n° {number} ({title}), en partie confidentielle. {why}")
        note(
            f"  Lue en entier, et rien n’y concerne autrui : listingguard pack place {state.case} {number} --communicable --why PHRASE"
        )
    for line in advice:
        note(line)


def _part_name(name: str, what: str) -> str:
    if "-confidentiel-" in name:
        return "Partie « confidentiel – CNIL »"
    return f"{what}, suite" if "-partie-" in name else what


def _states(app: App, row: CaseRow) -> tuple[PackState, ...]:
    from listingguard.flow import complain as flow

    return flow.states(app.store, row, wanted=app.settings.pack.signatures, today=app.today)


def _json(state: PackState, folder: Path) -> dict[str, Any]:
    return {
        "case": state.case,
        "number": state.number,
        "addendum": state.addendum,
        "path": folder / state.parts[0][0] if state.parts else None,
        "sha256": state.sha256,
        "day": state.day,
        "parts": [{"path": folder / name, "sha256": digest} for name, digest in state.parts],
        "signatures": [{"by": s.by, "day": s.day, "second": s.second} for s in state.signatures],
        "frozen": state.frozen,
        "void": state.void,
        "filed": state.filed,
        "filed_on": state.filed_on,
        "state": state.label,
    }


@click.group()
def pack() -> None:
    """Les dossiers de plainte construits : les relire, les signer, noter leur dépôt.

    \b
    Exemples :
      listingguard pack list
      listingguard pack sign CDO26-2026-0001
    """


@pack.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les dossiers de plainte, avec leur empreinte et où ils en sont."""
    with opened(writing=False) as app:
        cases = dict.fromkeys(row.case for row in app.store.packs())
        found = [state for case in cases for state in _states(app, app.store.case(case))]
        folder = app.home / "packs"
    if as_json:
        emit([_json(state, folder) for state in found])
        return
    for state in found:
        what = f"additif n° {state.addendum}" if state.addendum else f"n° {state.number}"
        say(f"{state.case:<18} {what}  {state.day:%d/%m/%Y}  {state.label}")
        for name, digest in state.parts:
            say(f"{'':<18} {{}}", folder / name)
            say(f"{'':<18} SHA-256 {digest}")
    if not found:
        note("Aucune plainte construite.")


@pack.command()
@click.argument("case_id", metavar="DOSSIER")
@json_option
def show(case_id: str, as_json: bool) -> None:
    """Montre le dernier dossier de plainte : intact ou non, signé par qui, déposé quand, défait par quoi."""
    from listingguard.app import verify_pack
    from listingguard.errors import NotFound

    with opened(writing=False) as app:
        found = _states(app, app.store.case(case_id))
        folder = app.home / "packs"
    if not found:
        raise NotFound(f"Aucune plainte construite pour {case_id} : listingguard complain {case_id}")
    state = found[-1]
    reports = [(folder / name, verify_pack(folder / name, expect=digest)) for name, digest in state.parts]
    intact = all(report.intact for _, report in reports)
    if as_json:
        emit(_json(state, folder) | {"intact": intact, "files": sum(report.files for _, report in reports)})
        return
    for path, report in reports:
        word = "intacte" if report.intact else "ALTÉRÉE"
        say(f"{{}} : {plural(report.files, 'fichier')}, {word}.", path)
        for problem in report.problems:
            say(f"  – {problem.text}")
    say(f"Où elle en est : {state.label}.")
    for signature in state.signatures:
        say(
            f"Signée par {{}} le {french_day(signature.day)}{', seconde signature' if signature.second else ''}.",
            signature.by,
        )
    if state.filed_on is None and state.frozen and not state.void:
        say("Après le dépôt :")
        say(f"  listingguard pack file {case_id} --number … --on AAAA-MM-JJ --receipt FICHIER")
    for what in state.since:
        say(f"  Depuis : {what}.")


@pack.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("--second", is_flag=True, help="La seconde signature, d’une autre personne ([pack] signatures = 2).")
@json_option
def sign(case_id: str, second: bool, as_json: bool) -> None:
    """Signe le dernier dossier de plainte : il ne change plus ; la suite fait un additif.

    \b
    Exemples :
      listingguard --as "Claude Élue" pack sign CDO26-2026-0001
      listingguard --as "Dominique Exemple" pack sign CDO26-2026-0001 --second
    """
    from listingguard.app import verify_pack
    from listingguard.errors import Damaged
    from listingguard.flow import complain as flow

    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        folder, found = app.home / "packs", _states(app, row)
        for name, digest in found[-1].parts if found else ():
            if not verify_pack(folder / name, expect=digest).intact:
                raise Damaged(
                    f"Le fichier « {folder / name} » n’est plus celui qui a été construit : rien n’est signé."
                )
        state = flow.sign(
            app.store, row, second=second, wanted=app.settings.pack.signatures, today=app.today, at=app.now(),
            actor=actor,
        )  # fmt: skip
    if as_json:
        emit(_json(state, folder))
        return
    what = f"Additif n° {state.addendum}" if state.addendum else f"Plainte n° {state.number}"
    say(f"{what} du dossier {case_id} : {state.label}.")
    for name, _ in state.parts:
        say("  {}", folder / name)
    if not state.frozen:
        say(f'Reste la seconde signature : listingguard --as "AUTRE PERSONNE" pack sign {case_id} --second')
    elif state.addendum:
        say("À adresser à la CNIL, puis à noter :")
        say(f"  listingguard event add {case_id} cnil_told --day JOUR --proof FICHIER")
    else:
        say("À déposer à la CNIL, puis à noter :")
        say(f"  listingguard pack file {case_id} --number N --on JOUR --receipt FICHIER")


@pack.command()
@click.argument("case_id", metavar="DOSSIER")
@json_option
def addendum(case_id: str, as_json: bool) -> None:
    """Construit l’additif d’un dossier signé : les faits et les pièces venus depuis, numérotés à la suite."""
    from listingguard.flow import complain as flow

    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        folder = app.home / "packs"
        flow.addendum(
            app.store, app.vault, app.writer(), app.controllers(), row, folder, today=app.today, at=app.now(),
            actor=actor,
        )  # fmt: skip
        state, officer, aside = _states(app, row)[-1], approver(app), flow.set_aside(app.store, row)
    _built(state, folder, f"Additif n° {state.addendum}", officer, as_json, (), aside)


@pack.command("file")
@click.argument("case_id", metavar="DOSSIER")
@click.option("--number", default="", metavar="N°", help="Le numéro que la CNIL a donné.")
@click.option("--on", "day", metavar="JOUR", required=True, help="Le jour du dépôt.")
@click.option("--receipt", required=True, metavar="FICHIER", help="L’accusé de réception de la CNIL.")
@click.option(
    "--why", default="", metavar="PHRASE", help="Pourquoi elle est partie sans capture des sept derniers jours."
)
@json_option
def file_(case_id: str, number: str, day: str, receipt: str, why: str, as_json: bool) -> None:
    """Note le dépôt à la CNIL du dossier signé : numéro, jour, accusé de réception.

    Ce qui suit (question, progrès, décision) se note avec « event add » : cnil_ack, cnil_info_request, cnil_closed,
    cnil_rejected.

    \b
    Exemple :
      listingguard pack file CDO26-2026-0001 --number 26-012345 --on 2026-03-20 --receipt accuse.pdf
    """
    from listingguard.flow import complain as flow

    content, on = read_file(receipt, "--receipt"), parse_day(day, "--on")
    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        folder = app.home / "packs"
        state = flow.file(
            app.store, app.vault, row, number=number, day=on, receipt=content, why=why,
            wanted=app.settings.pack.signatures, today=app.today, at=app.now(), actor=actor,
        )  # fmt: skip
    if as_json:
        emit(_json(state, folder))
        return
    say(f"Plainte n° {state.number} du dossier {case_id} : {state.label}.")
    say("Quand la CNIL accuse réception ou écrit :")
    say(f"  listingguard event add {case_id} cnil_ack --day JOUR --proof FICHIER")


@pack.command()
@click.argument("case_id", metavar="DOSSIER")
@click.option("--name", required=True, metavar="NOM", help="« Maître Exemple » ; vide : plus personne.")
@click.option("--email", default="", metavar="COURRIEL", help="Où lui écrire.")
@json_option
def lawyer(case_id: str, name: str, email: str, as_json: bool) -> None:
    """Note quel avocat représente la personne : la plainte et sa lettre lui adressent les échanges."""
    from listingguard.flow import complain as flow

    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        new = flow.name_lawyer(
            app.store, row, name=name.strip(), email=email.strip(), day=app.today, at=app.now(), actor=actor
        )  # fmt: skip
        built, folder = _states(app, row), app.home / "packs"
    if as_json:
        emit({"case": case_id, "name": name.strip(), "email": email.strip(), "new": new})
        return
    say("Noté." if new else "C’était déjà noté.")
    if built and built[-1].filed_on is None:
        say("Le dossier déjà construit ne le dit pas : {}", folder / built[-1].parts[0][0])
        say(f"Pour en construire un qui le dise : listingguard complain {case_id}")
    else:
        say(f"La suite du dossier : listingguard case show {case_id}")


@pack.command()
@click.argument("case_id", metavar="DOSSIER")
@click.argument("number", metavar="PIÈCE", type=click.IntRange(min=1))
@click.option("--confidential", "where", flag_value="confidential", help="Dans la partie pour la CNIL seule.")
@click.option("--communicable", "where", flag_value="communicable", help="Dans la partie que la plateforme peut lire.")
@click.option("--why", required=True, metavar="PHRASE", help="La raison, sans nommer personne : l’index la donne.")
@json_option
def place(case_id: str, number: int, where: str | None, why: str, as_json: bool) -> None:
    """Met un document reçu, ou la copie d’une page, dans l’une ou l’autre partie, après qu’une personne l’a lu en entier.

    PIÈCE : son numéro dans le dernier dossier construit. Vaut pour ce qui se construit ensuite.

    \b
    Exemples :
      listingguard pack place CDO26-2026-0001 5 --confidential --why "Elle nomme une autre personne."
      listingguard pack place CDO26-2026-0001 5 --communicable --why "Relue : seul le numéro du service client."
    """
    from listingguard.domain.pack import Place
    from listingguard.errors import BadInput
    from listingguard.flow import complain as flow

    if where is None:
        raise BadInput("Dites dans quelle partie : --confidential ou --communicable.")
    if not why.strip():
        raise BadInput("--why : la raison est vide ; une phrase, sans nommer personne.")
    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        title = flow.place(
            app.store, row, number=number, where=Place(where), why=why.strip(), day=app.today, at=app.now(), actor=actor
        )  # fmt: skip
        states = _states(app, row)
    label = Place(where).label
    if as_json:
        emit({"case": case_id, "exhibit": number, "title": title, "place": where})
        return
    say(f"Pièce n° {number} ({{}}) : {label}.", title)
    if states[-1].filed_on is not None or any(state.filed_on for state in states):
        say("La plainte est déjà déposée : elle ne change plus. Vaut pour les additifs à venir.")
    else:
        say(f"À construire à nouveau : listingguard complain {case_id}")


@pack.command()
@click.argument("case_ids", metavar="DOSSIER…", nargs=-1, required=True)
@json_option
def joint(case_ids: tuple[str, ...], as_json: bool) -> None:
    """Écrit la note commune à plusieurs plaintes signées contre un même responsable : une plainte par personne."""
    from listingguard.flow import complain as flow

    with opened(writing=True) as app:
        rows = [app.store.case(case_id) for case_id in dict.fromkeys(case_ids)]
        path = flow.joint(app.store, app.writer(), app.controllers(), rows, app.home / "packs", today=app.today)
    if as_json:
        emit({"path": path})
        return
    say("Note commune : {}", path)
