"""`case export`, `case import`: a case from one home to another, signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, parse_day, read_file, say
from listingguard.cli.french import confirm
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.record import CaseRow
    from listingguard.domain.transfer import Travelling


@click.command("export")
@click.argument("case_id", metavar="DOSSIER")
@click.option("-o", "--output", default="", metavar="FICHIER", help="Où l’écrire (par défaut : DOSSIER.zip, ici).")
@click.option("--mandate", "paper", default="", metavar="FICHIER", help="Le mandat signé que le kiné donne au conseil.")
@click.option("--from", "since", metavar="JOUR", help="Avec --mandate : le jour de la signature.")
@click.option("--until", metavar="JOUR", help="Avec --mandate : son dernier jour.")
@json_option
def export(case_id: str, output: str, paper: str, since: str | None, until: str | None, as_json: bool) -> None:
    """Écrit un dossier entier, signé, pour le conseil ou pour un autre ordinateur : journal, courriers, preuves, mandat.

    Le dossier est suspendu ici, et l’est aussi là-bas : une seule des deux machines doit continuer, sinon tout partirait
    deux fois. Le fichier n’est pas chiffré : remettez-le en main propre ou par un moyen sûr. L’empreinte affichée se lit
    au téléphone à la personne qui le reçoit.

    Un conseil n’agit que sous un mandat signé de la personne : un kiné le joint avec --mandate.

    \b
    Exemples :
      listingguard case export KINE-2026-0001 -o dossier.zip
      listingguard case export KINE-2026-0001 --mandate mandat.pdf --from 2026-03-01 --until 2028-03-01
    """
    from pathlib import Path

    from listingguard.app import HomeKey, quoted, write_case
    from listingguard.domain.case import Acting
    from listingguard.domain.french import plural
    from listingguard.domain.transfer import fingerprint
    from listingguard.flow import transfer

    with opened(writing=True, job=True) as app:
        row, actor, path = app.store.case(case_id), app.require_actor(), Path(output or f"{case_id}.zip")
        if path.is_dir():
            raise BadInput(f"« {path} » est un dossier : donnez le nom d’un fichier.")
        if paper or since or until:
            _hand_mandate(app, row, paper, since, until)

        # The key is made only once the case may leave.
        def write(case: Travelling, *what: Any) -> Any:
            return write_case(
                path,
                case,
                *what,
                key=HomeKey(app.home),
                code=app.settings.home.code,
                acting=app.rules.acting,
                day=app.today,
            )

        done = transfer.export_case(
            app.store, app.vault, write, row, app.home / "packs", record=app.controllers().get(row.controller, {}),
            today=app.today, at=app.now(), actor=actor,
        )  # fmt: skip
        mark = fingerprint(HomeKey(app.home).public)
        bare = app.rules.acting is Acting.SELF and app.store.valid_mandate(row.practitioner, app.today) is None
    if as_json:
        emit({
            "case": case_id, "path": done.path, "sha256": done.sha256, "size": done.size, "events": done.events,
            "fingerprint": mark, "held": done.held, "withheld": list(done.withheld), "captures_with_others": done.others,
            "absent": list(done.absent),
        })  # fmt: skip
        return
    say("Écrit : {}", done.path)
    say(f"Empreinte de la clé, à comparer avec qui reçoit le fichier : {mark}")
    say(f"Le dossier {case_id} est suspendu ici{'' if done.held else ' (il l’était, ou il est clos)'}.")
    note("Une seule machine doit continuer : si les deux reprennent le dossier, les courriers partent deux fois.")
    note(f"Là-bas : listingguard case import {quoted(done.path.name)}, puis listingguard case release {case_id}")
    if bare:
        note("Sans mandat : un conseil devra en faire signer un avant d’agir (ou refaire l’export avec --mandate).")
    if done.withheld:
        note(f"{plural(len(done.withheld), 'document')} nommant aussi d’autres personnes : pas dans le fichier.")
    if done.others:
        note(f"{plural(done.others, 'page gardée', 'pages gardées')} montrant aussi d’autres personnes, comme le site.")
    for name in done.absent:
        note(f"La plainte « {name} » n’est plus dans « packs » : elle n’est pas dans le fichier.")


def _hand_mandate(app: App, case: CaseRow, paper: str, since: str | None, until: str | None) -> None:
    """Register the mandate that goes to the council with the case."""
    from hashlib import sha256

    from listingguard.domain.practitioner import MANDATE_OBJECT, MANDATE_POWERS, Mandate
    from listingguard.flow import ledger

    if not (paper and since and until):
        raise BadInput(
            "Un mandat se joint avec son document et ses jours : --mandate FICHIER --from JOUR --until JOUR."
        )
    data = read_file(paper, "--mandate")
    first, last = parse_day(since, "--from"), parse_day(until, "--until")
    row = Mandate(
        ledger.new_id(), case.practitioner, MANDATE_OBJECT, MANDATE_POWERS, first, last, sha256(data).hexdigest()
    )
    ledger.check_mandate_paper(data, app.pages(data))
    app.vault.put(data)
    ledger.hand_mandate(app.store, row, case.id, today=app.today, at=app.now(), actor=app.require_actor())


@click.command("import")
@click.argument("file", metavar="FICHIER")
@click.option(
    "--fingerprint", "expected", default="", metavar="EMPREINTE", help="L’empreinte que l’expéditeur a donnée."
)
@json_option
def import_(file: str, expected: str, as_json: bool) -> None:
    """Reprend ici un dossier exporté ailleurs, tel quel ; un fichier modifié est refusé, avec la pièce en cause.

    L’empreinte affichée doit être celle que l’expéditeur vous dit, de vive voix. Une personne du
    tableau d’ici garde ce qui y est écrit ; une inconnue le rejoint. Le dossier repris est suspendu : rien ne part avant « case release ».

    \b
    Exemples :
      listingguard case import dossier.zip
      listingguard case import dossier.zip --fingerprint "3f2a 91bc 07de 55aa 3f2a 91bc 07de 55aa"
    """
    import sys
    from pathlib import Path

    from listingguard.app import capture_of, read_case
    from listingguard.domain.french import french_day, plural
    from listingguard.domain.transfer import same_fingerprint
    from listingguard.flow import scan, transfer

    with opened(writing=True, job=True) as app:
        actor = app.require_actor()
        read = read_case(Path(file))
        case, said = read.case, read.said
        person = case.people[0]
        if expected and not same_fingerprint(expected, said.fingerprint):
            raise BadInput(
                f"L’empreinte du fichier est {said.fingerprint}, et non celle qui est attendue : rien n’est repris. "
                "Le fichier vient d’ailleurs, ou l’empreinte est mal recopiée."
            )
        if not expected:
            if as_json or not sys.stdin.isatty():
                raise Refused(
                    f"L’empreinte de « {file} » n’est pas comparée : {said.fingerprint}.",
                    ["la faire lire par l’expéditeur, puis la donner : --fingerprint EMPREINTE"],
                )
            note(f"Dossier {case.case}, {person.full_name}, exporté de {said.code} le {french_day(said.day)}.")
            note(f"Empreinte de la clé : {said.fingerprint}")
            if not confirm("L’expéditeur lit-il la même ?"):
                raise click.Abort
        done = transfer.take_case(
            app.store, app.vault, app.evidence, read, app.home / "packs",
            lambda row, body: scan.read_again(app.sites, row, body), capture_of, app.controllers(), app.place_of,
            today=app.today, at=app.now(), actor=actor,
        )  # fmt: skip
        now = app.store.status(done.case, app.today)
        row = app.store.case(done.case)
        known = row.controller in app.controllers()
    document = {
        "case": done.case, "new_events": done.new, "events": done.total, "practitioner": done.practitioner,
        "arrived": done.arrived, "differs": list(done.differs), "other_cases": list(done.others), "from": said.code,
        "controller_arrived": done.controller,
        "fingerprint": said.fingerprint, "state": now.state.value, "held": list(now.held), "withheld": done.withheld,
    }  # fmt: skip
    if not done.new:
        answer(as_json, document, f"Le dossier {done.case} est déjà ici en entier : rien n’a été ajouté.")
        return
    added = plural(done.new, "événement ajouté", "événements ajoutés")
    answer(as_json, document, f"Dossier {done.case} repris de {said.code} : {now.state.label}, {added}.")
    if as_json:
        return
    if done.arrived:
        say(f"{person.full_name} ({done.practitioner}) rejoint le tableau.")
    for line in done.differs:
        note(f"  ! {line}. Le tableau d’ici n’a pas changé.")
    for other in done.others:
        note(f"  ! Un dossier de la même personne, envers le même responsable, est déjà ici : {other}.")
    if done.withheld:
        note(f"  ! {plural(done.withheld, 'document')} nommant d’autres personnes : resté là-bas.")
    if done.controller:
        note(
            f"Le responsable « {row.controller} » rejoint vos fiches ; à vérifier ici avant tout courrier : "
            f"listingguard controller verify {row.controller} --notice FICHIER --url ADRESSE"
        )
    if not known:
        note(f"  ! Le responsable « {row.controller} » n’est pas connu ici : listingguard controller list")
    if now.held:
        note(f"Rien n’en part avant qu’une personne le reprenne : listingguard case release {done.case}")
