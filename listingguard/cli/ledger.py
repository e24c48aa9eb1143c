"""`authorisation`, `mandate`, `watch`: what people agreed to, signed, and accept that we look for."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

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
    write_file,
)
from listingguard.cli.todo import tell_next
from listingguard.domain.french import french_day, plural
from listingguard.domain.practitioner import MANDATE_OBJECT, MANDATE_POWERS
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from datetime import date

    from listingguard.app import App
    from listingguard.domain.practitioner import Authorisation, Watch
    from listingguard.flow.ledger import Platforms


@click.group()
def authorisation() -> None:
    """Les accords donnés à une plateforme, ou refusés.

    \b
    Exemples :
      listingguard authorisation add --rpps 10005173140 --platform doctolib.fr --from 2024-09-01 --given-by practitioner
      listingguard authorisation verdict --rpps 10005173140 --platform doctolib.fr --on 2026-03-01
      listingguard authorisation import registre.csv --dry-run
      listingguard authorisation list
      listingguard authorisation end a1b2c3d4 --day 2026-06-30
    """


@authorisation.command("add")
@click.option("--rpps", required=True, help="Le praticien.")
@click.option(
    "--platform", required=True, help="Le site (doctolib.fr), son ancien nom, ou la famille de sites (doctolib)."
)
@click.option("--new-platform", is_flag=True, help="Un site que personne ne connaît encore ici : son hôte suffit.")
@click.option("--from", "since", required=True, metavar="JOUR", help="Premier jour.")
@click.option("--until", metavar="JOUR", help="Dernier jour, s’il est connu.")
@click.option(
    "--given-by", type=click.Choice(["practitioner", "practice", "employer"]), required=True, help="Qui l’a donné."
)
@click.option("--contract", "says", flag_value="contract", help="Un contrat écrit, et non un simple accord.")
@click.option("--refused", "says", flag_value="refused", help="Un refus, et non un accord.")
@click.option("--revoked", "says", flag_value="revoked", help="La révocation d’un accord donné avant.")
@click.option("--proof", metavar="FICHIER", help="Le contrat, ou ce qui prouve l’accord.")
@click.option("--sent-on", metavar="JOUR", help="Jour où le contrat a été transmis au conseil par le praticien.")
@click.option("--from-platform", is_flag=True, help="C’est la plateforme qui a fourni ce document.")
@click.option("--practice", metavar="CP", help="Code postal du cabinet qui l’a donné (avec --given-by practice).")
@json_option
def add_authorisation(
    rpps: str, platform: str, new_platform: bool, since: str, until: str | None, given_by: str, says: str | None,
    proof: str | None, sent_on: str | None, from_platform: bool, practice: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Enregistre un contrat, un accord, un refus ou une révocation, avec sa preuve.

    Un contrat transmis au conseil (articles R. 4321-127 et R. 4321-128 du code de la santé publique) porte --sent-on. Ce
    que fournit une plateforme porte --from-platform, et n’est jamais un contrat transmis.
    """
    from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy
    from listingguard.flow import ledger

    first, last = parse_day(since, "--from"), optional_day(until, "--until")
    if last is not None and last < first:
        raise BadInput("Un accord ne peut pas finir avant d’avoir commencé.")
    agreement = Agreement(says or ("contract" if sent_on else "agreed"))
    if from_platform and sent_on:
        raise Refused(
            "Ce que fournit une plateforme n’a pas été transmis au conseil par le praticien.", ["retirer --sent-on"]
        )
    with opened(writing=True) as app:
        # Everything that can be refused is asked before the document is kept.
        app.require_actor()
        app.store.practitioner(rpps)
        known = ledger.platforms(app.store, app.sites, app.controllers())
        host = ledger.platform_of(platform, known, new=new_platform)
        document = read_file(proof, "--proof") if proof else b""
        hashed = ""
        if practice:
            found = [h for h, p in app.store.practices(rpps).items() if p.postcode == practice]
            if len(found) != 1:
                raise BadInput(
                    f"--practice : {plural(len(found), 'cabinet')} de cette personne au code postal {practice}."
                )
            hashed = found[0]
        row = Authorisation(
            ledger.new_id(), rpps, host, agreement, GivenBy(given_by), first, last,
            app.vault.put(document) if document else "", optional_day(sent_on, "--sent-on"),
            from_platform=from_platform,
        )  # fmt: skip
        closed = ledger.add_authorisation(
            app.store, row, practice=hashed, today=app.today, at=app.now(), actor=app.require_actor()
        )
        lines = [f"Le dossier {case} est clos : un accord existe. Rien n’est effacé." for case in closed]
        done = "enregistrée" if agreement is Agreement.REVOKED else "enregistré"
        text = f"{row.agreement.label.capitalize()} {done} : n° {row.id}."
        answer(as_json, {"authorisation": row.id, "closed": closed}, text, *lines)
        if not as_json:
            say("Ce que le registre dit maintenant :")
            say(f"  listingguard authorisation verdict --rpps {rpps} --platform {host}")
            touched = [c.id for c in app.store.cases(practitioner=rpps) if c.platform == host]
            tell_next(app, *touched)


@authorisation.command("verdict")
@click.option("--rpps", required=True, help="Le praticien.")
@click.option("--platform", required=True, help="Le site, par exemple doctolib.fr.")
@click.option("--on", "day", metavar="JOUR", help="Le jour considéré ; par défaut, aujourd’hui.")
@json_option
def show_verdict(rpps: str, platform: str, day: str | None, as_json: bool) -> None:
    """Dit si une personne avait donné son accord à un site, un jour donné, avec tout le raisonnement.

    \b
    Exemple :
      listingguard authorisation verdict --rpps 10005173140 --platform doctolib.fr --on 2026-03-01
    """
    from listingguard.domain.agreement import working
    from listingguard.domain.case import Acting
    from listingguard.flow import ledger

    with opened(writing=False) as app:
        on = optional_day(day, "--on") or app.today
        person = app.store.practitioner(rpps)
        # A mistyped platform would have the council attest that it was sent no contract.
        host = ledger.platform_of(platform, ledger.platforms(app.store, app.sites, app.controllers()))
        done = working(app.store.authorisations(rpps), rpps, host, on, app.store.contract_registers())
        council = app.rules.acting is Acting.COUNCIL
    attestation = done.attestation if council else ""
    if as_json:
        emit(
            {
                "rpps": rpps,
                "platform": host,
                "on": on.isoformat(),
                "verdict": done.verdict.value,
                "rows": list(done.rows),
                "conclusion": done.conclusion,
                "attestation": attestation,
            }
        )
        return
    say(f"{person.full_name} / {host}")
    for line in done.rows:
        say(f"  – {line}")
    say(done.conclusion)
    if attestation:
        say(f"Le conseil peut attester : « {attestation} »")
    elif council and done.unregistered:
        say(
            "Le conseil ne peut rien attester : aucun registre des contrats arrêté au plus tard ce jour-là n’est importé "
            "(listingguard authorisation import REGISTRE.csv --as-of JOUR)."
        )


@authorisation.command("import")
@click.argument("file", metavar="FICHIER.csv")
@click.option("--dry-run", is_flag=True, help="Un essai : rien n’est écrit.")
@click.option("--as-of", metavar="JOUR", help="Le jour auquel le registre est arrêté (aujourd’hui, sinon).")
@json_option
def import_register(file: str, dry_run: bool, as_of: str | None, as_json: bool) -> None:
    """Importe le registre des contrats transmis au conseil ; une ligne déjà connue n’est pas ajoutée.

    Colonnes reconnues : « N° RPPS », « Plateforme », « Date du contrat », « Transmis le », et au choix « Fin »,
    « Signataire » (praticien, cabinet ou employeur).

    \b
    Exemple :
      listingguard authorisation import registre.csv --dry-run
    """
    from listingguard.flow import ledger

    data, complete = read_file(file, "Registre"), optional_day(as_of, "--as-of")
    rows = list(register_rows(data))
    with opened(writing=not dry_run) as app:
        actor = app.actor if dry_run else app.require_actor()
        proof = "" if dry_run else app.vault.put(data)
        known = ledger.platforms(app.store, app.sites, app.controllers())
        contracts = [
            (line, row if isinstance(row, str) else _about_known(replace(row, id=ledger.new_id(), proof=proof), known))
            for line, row in rows
        ]
        done = ledger.import_contracts(
            app.store,
            contracts,
            dry_run=dry_run,
            register=proof,
            as_of=complete,
            today=app.today,
            at=app.now(),
            actor=actor,
        )
    if as_json:
        emit(asdict(done))
        return
    for line in done.refused:
        note(line)
    counts = (
        plural(done.added, "contrat ajouté", "contrats ajoutés"),
        plural(done.known, "déjà connu", "déjà connus"),
        plural(done.ended, "arrivé à son terme", "arrivés à leur terme"),
        plural(len(done.refused), "ligne refusée", "lignes refusées"),
    )
    say(f"{'Essai, rien n’est écrit : ' if dry_run else ''}{', '.join(counts)}.")
    for case in done.closed:
        say(f"Le dossier {case} est clos : un accord existe. Rien n’est effacé.")


def _about_known(row: Authorisation, known: Platforms) -> Authorisation | str:
    """Return the contract under the name of a platform we know, or why there is none."""
    from listingguard.flow import ledger

    try:
        return replace(row, platform=ledger.platform_of(row.platform, known))
    except Refused as error:
        return " ; ".join((str(error).rstrip("."), *error.missing))


MAX_CONTRACTS = 50_000
"""Rows of one register."""

_HEADINGS = {
    "rpps": ("rpps", "n rpps", "no rpps", "numero rpps", "numero de rpps"),
    "platform": ("plateforme", "platform", "site", "nom de la plateforme"),
    "since": ("date du contrat", "signe le", "date de signature", "debut", "date de debut", "du", "from"),
    "until": ("fin", "date de fin", "jusqu au", "au", "until"),
    "sent_on": ("transmis le", "recu le", "date de transmission", "date de reception", "sent on"),
    "given_by": ("signataire", "signe par", "donne par", "given by"),
}
_GIVERS = {
    "praticien": "practitioner", "praticienne": "practitioner", "kine": "practitioner", "practitioner": "practitioner",
    "cabinet": "practice", "societe": "practice", "practice": "practice", "employeur": "employer", "employer": "employer",
}  # fmt: skip


def register_rows(data: bytes) -> Iterator[tuple[int, Authorisation | str]]:
    """Yield (line, contract without number or proof, or why the row cannot be read) of a CSV register of contracts.

    Titles may stand above the header, within 20 lines. Raises BadInput when there is no header to be found.
    """
    if data.startswith(b"PK"):
        raise BadInput("Registre : c’est un classeur ; enregistrez sa feuille au format CSV, puis importez ce fichier.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    top = "\n".join(text.splitlines()[:20])
    delimiter = max(";,\t", key=top.count)
    columns: dict[str, int] = {}
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            if not columns:
                found = {_plain(cell): index for index, cell in reversed(list(enumerate(cells)))}
                named = {
                    key: found[word] for key, words in _HEADINGS.items() for word in reversed(words) if word in found
                }
                columns = named if {"rpps", "platform", "since", "sent_on"} <= named.keys() else {}
                if not columns and number >= 20:
                    break
                continue
            if number > MAX_CONTRACTS:
                raise BadInput(f"Plus de {MAX_CONTRACTS} lignes : donnez-les en plusieurs fichiers.")
            if any(cell.strip() for cell in cells):
                row = {key: cells[index].strip() if index < len(cells) else "" for key, index in columns.items()}
                yield number, _contract_row(row)
    except csv.Error as error:
        raise BadInput(f"Registre : ce fichier n’est pas un tableau CSV lisible ({error}).") from None
    if not columns:
        raise BadInput(
            "Registre : aucune ligne d’en-tête dans les 20 premières lignes. Colonnes attendues : « N° RPPS », "
            "« Plateforme », « Date du contrat », « Transmis le »."
        )


def _plain(cell: str) -> str:
    """Return a heading in small letters, without accents or signs."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", cell.replace("°", " ")) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare.casefold()).split())


def _contract_row(row: Mapping[str, str]) -> Authorisation | str:
    from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy

    rpps = re.sub(r"[\s.\u00a0\u202f]", "", row["rpps"])
    if not re.fullmatch(r"[0-9A-Za-z-]{1,20}", rpps):
        return f"« {row['rpps'][:30]} » n’est pas un numéro RPPS"
    giver = _GIVERS.get(_plain(row.get("given_by", "")) or "praticien")
    if giver is None:
        return f"« {row['given_by'][:30]} » n’est ni le praticien, ni un cabinet, ni un employeur"
    if not row["platform"]:
        return "la plateforme manque"
    if not row["sent_on"]:
        return "le jour où le contrat a été transmis au conseil manque"
    try:
        since, sent = parse_day(row["since"], "date du contrat"), parse_day(row["sent_on"], "transmis le")
        until = optional_day(row.get("until"), "fin")
    except BadInput as error:
        return str(error)
    return Authorisation("", rpps, row["platform"], Agreement.CONTRACT, GivenBy(giver), since, until, "", sent)


@authorisation.command("list")
@click.option("--rpps", help="Un seul praticien.")
@json_option
def list_authorisations(rpps: str | None, as_json: bool) -> None:
    """Liste les accords et les refus."""
    with opened(writing=False) as app:
        rows = app.store.authorisations(rpps)
    if as_json:
        emit([{**asdict(r), "also": sorted(r.also)} for r in rows])
        return
    for row in rows:
        until = f" au {row.until:%d/%m/%Y}" if row.until and not row.taken_back else ""
        back = " : notée par erreur, retirée" if row.taken_back else ""
        say(
            f"{row.id}  {row.practitioner:<14} {row.platform:<24} {row.agreement.label} du {row.since:%d/%m/%Y}{until}, "
            f"par {row.given_by.label}{back}"
        )
    if not rows:
        note("Aucun accord ni refus enregistré.")


@authorisation.command("end")
@click.argument("identifier", metavar="NUMÉRO")
@click.option("--day", required=True, metavar="JOUR", help="Dernier jour de l’accord.")
@json_option
def end_authorisation(identifier: str, day: str, as_json: bool) -> None:
    """Note le dernier jour d’un accord."""
    from listingguard.flow import ledger

    with opened(writing=True) as app:
        ledger.end_authorisation(
            app.store, identifier, parse_day(day, "--day"), today=app.today, at=app.now(), actor=app.require_actor()
        )
    answer(as_json, {"authorisation": identifier}, f"L’accord {identifier} prend fin.")


@click.group()
def mandate() -> None:
    """Les mandats signés qui permettent au conseil d’agir ; ils sont gratuits.

    \b
    Exemples :
      listingguard mandate print --rpps 10005173140
      listingguard mandate add 10005173140 --from 2026-03-01 --until 2028-03-01 --document mandat.pdf
      listingguard mandate list
    """


@mandate.command("print")
@click.option("--rpps", required=True, help="Le praticien.")
@click.option(
    "--months", metavar="N", type=click.IntRange(1, 60), default=24, show_default=True, help="Sa durée, en mois."
)
@click.option("-o", "--output", default="", metavar="FICHIER.pdf", help="Où l’écrire (par défaut : ici).")
@json_option
def print_mandate(rpps: str, months: int, output: str, as_json: bool) -> None:
    """Écrit le mandat à faire signer, en PDF : objet, pouvoirs, durée, révocation ; il est gratuit.

    Une fois signé et revenu, il s’enregistre avec « listingguard mandate add ».

    \b
    Exemple :
      listingguard mandate print --rpps 10005173140 -o mandat.pdf
    """
    from pathlib import Path

    from listingguard.domain.letter import Kind
    from listingguard.flow import ledger

    with opened(writing=False) as app:
        fields = ledger.mandate_to_sign(
            app.store, app.office().sender, rpps, months=months, today=app.today, controllers=app.controllers()
        )
        pdf = app.renderer.pdf(Kind.MANDATE.value, fields, day=app.today)
    path = Path(output or f"mandat-{rpps}.pdf").absolute()
    write_file(str(path), pdf, "Le mandat")
    command = f"listingguard mandate add {rpps} --from JOUR --until JOUR --document FICHIER"
    answer(as_json, {"rpps": rpps, "path": str(path)})
    if not as_json:
        say("Mandat à signer : {}", path)
        say(f"Une fois signé et numérisé : {command}")


@mandate.command("add")
@click.argument("rpps")
@click.option("--from", "since", required=True, metavar="JOUR", help="Jour de la signature.")
@click.option("--until", required=True, metavar="JOUR", help="Dernier jour : un mandat a une durée.")
@click.option("--document", required=True, metavar="FICHIER", help="Le mandat signé.")
@click.option(
    "--object",
    "subject",
    default=MANDATE_OBJECT,
    show_default=True,
    help="L’objet.",
)
@click.option(
    "--power", "powers", multiple=True,
    default=MANDATE_POWERS,
    help="Un pouvoir donné ; à répéter.",
)  # fmt: skip
@json_option
def add_mandate(
    rpps: str, since: str, until: str, document: str, subject: str, powers: tuple[str, ...], as_json: bool
) -> None:
    """Enregistre un mandat signé ; les dossiers confirmés avancent."""
    from hashlib import sha256

    from listingguard.domain.practitioner import Mandate
    from listingguard.flow import ledger

    first, last = parse_day(since, "--from"), parse_day(until, "--until")
    with opened(writing=True) as app:
        app.require_actor()
        data = read_file(document, "--document")
        row = Mandate(ledger.new_id(), rpps, subject, powers, first, last, sha256(data).hexdigest())
        # Everything that can be refused is asked before the document is kept.
        ledger.check_mandate(app.store, row, app.today)
        ledger.check_mandate_paper(data, app.pages(data))
        app.vault.put(data)
        moved = ledger.add_mandate(app.store, row, today=app.today, at=app.now(), actor=app.require_actor())
        lines = [f"Le dossier {case} a maintenant son mandat." for case in moved]
        answer(as_json, {"mandate": row.id, "cases": moved}, f"Mandat enregistré : n° {row.id}.", *lines)
        if not as_json:
            tell_next(app, *moved)


@mandate.command("list")
@json_option
def list_mandates(as_json: bool) -> None:
    """Liste les mandats."""
    with opened(writing=False) as app:
        rows, today = app.store.mandates(), app.today
    if as_json:
        emit([asdict(r) for r in rows])
        return
    for row in rows:
        word = "valable" if row.valid(today) else "non valable"
        say(f"{row.id}  {row.practitioner:<14} du {row.since:%d/%m/%Y} au {row.until:%d/%m/%Y}  {word}")
    if not rows:
        note("Aucun mandat.")


@mandate.command("end")
@click.argument("identifier", metavar="NUMÉRO")
@click.option("--on", "day", metavar="JOUR", help="Jour où la révocation est arrivée ; par défaut, aujourd’hui.")
@click.option("--proof", metavar="FICHIER", help="Le courriel ou le courrier de révocation.")
@json_option
def end_mandate(identifier: str, day: str | None, proof: str | None, as_json: bool) -> None:
    """Note la révocation d’un mandat ; à compter de ce jour, plus rien ne part.

    \b
    Exemple :
      listingguard mandate end a1b2c3d4 --on 2026-06-01 --proof revocation.eml
    """
    from listingguard.flow import ledger

    on = optional_day(day, "--on")
    with opened(writing=True) as app:
        actor = app.require_actor()
        document = read_file(proof, "--proof") if proof else b""
        # A mandate that does not exist leaves nobody's paper behind.
        known = any(m.id == identifier for m in app.store.mandates())
        kept = app.vault.put(document) if document and known else ""
        held = ledger.revoke_mandate(
            app.store, identifier, on=on, proof=kept, today=app.today, at=app.now(), actor=actor
        )
    lines = [f"Le dossier {case} est retenu jusqu’à un nouveau mandat." for case in held]
    answer(as_json, {"mandate": identifier, "held": held}, f"Le mandat {identifier} est révoqué.", *lines)


@click.group()
def watch() -> None:
    """Qui l’on a le droit de rechercher : les personnes informées, qui ne s’y opposent pas.

    \b
    Exemples :
      listingguard watch set 10005173140 yes --informed-on 2026-02-01 --channel courriel
      listingguard watch set 10005173140 no
      listingguard watch list
    """


@watch.command("set")
@click.argument("rpps", nargs=-1)
@click.argument("wanted", type=click.Choice(["yes", "no"]))
@click.option(
    "--all", "everybody", is_flag=True, help="Toutes les personnes du tableau qui exercent, sauf qui s’y oppose."
)
@click.option(
    "--from", "file", metavar="FICHIER", help="Les personnes dont le numéro RPPS est dans ce fichier (CSV, texte)."
)
@click.option("--informed-on", metavar="JOUR", help="Jour où les personnes ont été informées.")
@click.option("--channel", default="", help="Comment : courriel, courrier, réunion…")
@click.option("--opposed-on", metavar="JOUR", help="Jour où la personne s’y est opposée.")
@click.option("--leave", multiple=True, metavar="SITE", help="Un site où ne pas rechercher la personne ; à répéter.")
@click.option("--look", multiple=True, metavar="SITE", help="Un site où la rechercher de nouveau ; à répéter.")
@json_option
def set_watch(
    rpps: tuple[str, ...], wanted: str, everybody: bool, file: str | None, informed_on: str | None, channel: str,
    opposed_on: str | None, leave: tuple[str, ...], look: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Note si l’on peut rechercher les fiches de personnes, et sur quels sites elles veulent être laissées tranquilles.

    \b
    Exemples :
      listingguard watch set 10005173140 10005173141 yes --informed-on 2026-02-01 --channel courriel
      listingguard watch set --all yes --informed-on 2026-02-01 --channel circulaire
      listingguard watch set --from informes.csv yes --informed-on 2026-02-01 --channel courriel
      listingguard watch set 10005173140 no --opposed-on 2026-02-03
    """
    from listingguard.cli.todo import to_close, unbegun
    from listingguard.flow import ledger

    with opened(writing=True) as app:
        informed, opposed = optional_day(informed_on, "--informed-on"), optional_day(opposed_on, "--opposed-on")
        hosts = [(app.sites.known(name), name in leave) for name in (*leave, *look)]
        whom, passed = _whom(app, rpps, everybody=everybody, file=file, wanted=wanted == "yes")
        rows: list[Watch] = []
        told: dict[str, Any] = {"today": app.today, "at": app.now(), "actor": app.require_actor()}
        before = app.store.watches()
        with app.store.tx("watch.set_all"):
            for who in whom:
                rows.append(_watched(app, who, before.get(who), wanted == "yes", informed, channel, opposed))
                ledger.set_watch(app.store, rows[-1], **told)
                for site, left in hosts:
                    ledger.leave_alone(app.store, who, site.host, left=left, **told)
        alone = {who: sorted(host for one, host in app.store.left_alone() if one == who) for who in whom}
        lines = [] if len(rows) == 1 else [f"{plural(len(rows), 'personne')} : {_watch_word(rows[0])}."]
        for row in rows:
            person, sites = app.store.practitioner(row.practitioner), alone[row.practitioner]
            but = f", sauf sur {', '.join(sites)}" if row.active and sites else ""
            if row.active and not person.practises(app.today):
                but += f", mais non recherché : « {person.status.label} » au tableau"
            if len(rows) == 1 or but:
                lines.append(f"{row.practitioner} : {_watch_word(row)}{but}.")
            for case in unbegun(app, row.practitioner):
                if row.opposed_on is not None or (case.platform in sites and leave):
                    task = to_close(case, f"Le dossier {case.id} est ouvert")
                    lines += [task.text, *(f"  {command}" for command in task.commands)]
    lines += passed
    documents = [{**asdict(row), "left_alone_on": alone[row.practitioner]} for row in rows]
    answer(as_json, documents[0] if len(documents) == 1 and not everybody and not file else documents, *lines)


def _watch_word(row: Watch) -> str:
    return "suivi" if row.active else "non suivi"


def _whom(
    app: App, rpps: Sequence[str], *, everybody: bool, file: str | None, wanted: bool
) -> tuple[list[str], list[str]]:
    """Return whom a `watch set` is about, and one line on each who was passed over.

    In a whole table, or a file, whoever objected is passed over: a circular takes no refusal back.
    """
    if bool(rpps) + everybody + bool(file) != 1:
        raise BadInput("Pour qui ? Des numéros RPPS, ou --all, ou --from FICHIER : l’un des trois.")
    if rpps:
        return list(dict.fromkeys(rpps)), []
    out: Counter[str] = Counter()
    if file:
        text = read_file(file, "--from").decode("utf-8-sig", "replace")
        ids = {p.rpps: p.id for p in app.store.practitioners()}
        found = [ids.get(n, n) for n in dict.fromkeys(re.findall(r"(?<!\d)\d{11}(?!\d)", text))]
        if not found:
            raise BadInput(f"« {file} » : aucun numéro RPPS (11 chiffres) dans ce fichier.")
    else:
        everyone = app.store.practitioners()
        found = [p.id for p in everyone if p.practises(app.today)]
        out = Counter(p.status.label for p in everyone if not p.practises(app.today))
    opposed = {w.practitioner for w in app.store.watches().values() if w.opposed_on is not None}
    passed = [f"{who} : s’y oppose, inchangé." for who in found if who in opposed]
    passed += [f"{plural(n, 'personne')} « {label} » au tableau : inchangé." for label, n in sorted(out.items())]
    return [who for who in found if who not in opposed], passed


def _watched(
    app: App, who: str, before: Watch | None, wanted: bool, informed: date | None, channel: str, opposed: date | None
) -> Watch:
    """Return the new word about somebody. What was told once stays told: a pause takes nothing back."""
    from listingguard.domain.case import Acting
    from listingguard.domain.practitioner import Watch

    told = informed or (before.informed_on if before else None)
    if wanted and told is None and app.rules.acting is Acting.COUNCIL:
        raise Refused(
            "Un conseil ne recherche que des personnes informées.",
            ["le jour et le moyen : --informed-on JOUR --channel courriel"],
        )
    for day, option in ((informed, "--informed-on"), (opposed, "--opposed-on")):
        if day is not None and day > app.today:
            raise BadInput(f"{option} : le {french_day(day)} n’est pas encore arrivé ; notez-le ce jour-là.")
    # Only a « yes » said of this very person takes an objection back.
    kept = before.opposed_on if before and not wanted else None
    return Watch(who, wanted, told, channel or (before.channel if before else ""), opposed or kept)


@watch.command("list")
@json_option
def list_watch(as_json: bool) -> None:
    """Liste les personnes suivies ou opposées."""
    with opened(writing=False) as app:
        rows, pairs = app.store.watches(), sorted(app.store.left_alone())
    alone = {who: [host for person, host in pairs if person == who] for who in rows}
    if as_json:
        emit([{**asdict(r), "left_alone_on": alone[r.practitioner]} for r in rows.values()])
        return
    for row in rows.values():
        word = "opposé" if row.opposed_on else "suivi" if row.active else "non suivi"
        informed = f", informé le {row.informed_on:%d/%m/%Y} ({row.channel})" if row.informed_on else ""
        but = f", sauf sur {', '.join(alone[row.practitioner])}" if alone[row.practitioner] else ""
        say(f"{row.practitioner:<14} {word}{informed}{but}")
    if not rows:
        note("Personne n’est suivi. Pour suivre quelqu’un : listingguard watch set RPPS yes --informed-on JOUR")
