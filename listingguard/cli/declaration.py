"""`declaration`: what a represented person signs for their complaint, printed and registered when it comes back."""

from __future__ import annotations

import click

from listingguard.cli.common import answer, json_option, opened, parse_day, read_file, write_file


@click.group()
def declaration() -> None:
    """La déclaration qu’une personne représentée signe pour sa plainte : aucun contrat, aucune réponse, procédures.

    Sans elle, la plainte ne dit que ce que le mandataire sait lui-même.

    \b
    Exemples :
      listingguard declaration print CDO26-2026-0001 -o declaration.pdf
      listingguard declaration add CDO26-2026-0001 --document signee.pdf --on 2026-03-12 --no-contract
    """


@declaration.command("print")
@click.argument("case_id", metavar="DOSSIER")
@click.option("-o", "--output", default="", metavar="FICHIER.pdf", help="Où l’écrire (par défaut : ici).")
@json_option
def print_declaration(case_id: str, output: str, as_json: bool) -> None:
    """Écrit la déclaration à faire lire, corriger et signer, en PDF.

    \b
    Exemple :
      listingguard declaration print CDO26-2026-0001 -o declaration.pdf
    """
    from listingguard.domain.letter import Kind
    from listingguard.flow import complain as flow

    with opened(writing=False) as app:
        row = app.store.case(case_id)
        fields = flow.declaration_to_sign(app.store, app.office().sender.name, app.controllers(), row, today=app.today)
        pdf = app.renderer.pdf(Kind.DECLARATION.value, fields, day=app.today)
    heard = " --no-answer" if fields.request_day else ""
    path = output or f"declaration-{case_id}.pdf"
    write_file(path, pdf, "La déclaration")
    answer(
        as_json,
        {"case": case_id, "path": path},
        f"Déclaration à signer : {path}",
        "Une fois signée, ce qui n’y est pas rayé se coche :",
        f"  listingguard declaration add {case_id} --document FICHIER --on JOUR --no-contract{heard} --proceedings aucune",
        "Chaque raison qu’elle y donne : --situation PHRASE, à répéter.",
    )


@declaration.command("add")
@click.argument("case_id", metavar="DOSSIER")
@click.option("--document", required=True, metavar="FICHIER", help="La déclaration signée.")
@click.option("--on", "day", required=True, metavar="JOUR", help="Jour de la signature.")
@click.option("--no-contract", is_flag=True, help="Elle y déclare n’avoir aucun contrat avec la plateforme.")
@click.option("--no-answer", is_flag=True, help="Elle y déclare n’avoir reçu directement aucune réponse.")
@click.option("--proceedings", default="", metavar="PHRASE", help="« aucune », ou la procédure qu’elle y a écrite.")
@click.option(
    "--situation", multiple=True, metavar="PHRASE", help="Une raison propre à elle, qu’elle y donne ; à répéter."
)
@json_option
def add_declaration(
    case_id: str, document: str, day: str, no_contract: bool, no_answer: bool, proceedings: str,
    situation: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Enregistre la déclaration signée ; ce qui y est rayé ne se coche pas. La dernière remplace les précédentes.

    \b
    Exemple :
      listingguard declaration add CDO26-2026-0001 --document signee.pdf --on 2026-03-12 --no-contract --no-answer
    """
    from listingguard.flow import complain as flow
    from listingguard.flow import ledger

    on, data = parse_day(day, "--on"), read_file(document, "--document")
    with opened(writing=True) as app:
        row, actor = app.store.case(case_id), app.require_actor()
        # Everything that can be refused is asked before the document is kept.
        said = no_contract or no_answer or bool(proceedings.strip()) or bool(situation)
        flow.check_declaration(
            app.store, row, said=said, no_answer=no_answer, situation=situation, day=on, today=app.today
        )
        ledger.check_paper(data, "La déclaration signée est une pièce de la plainte")
        new = flow.add_declaration(
            app.store,
            row,
            app.vault.put(data),
            no_contract=no_contract,
            no_answer=no_answer,
            proceedings=proceedings,
            situation=situation,
            day=on,
            today=app.today,
            at=app.now(),
            actor=actor,
        )
    lines = (
        "Déclaration enregistrée." if new else "C’était déjà enregistré.",
        f"La suite : listingguard complain {case_id}",
    )
    answer(as_json, {"case": case_id, "new": new}, *lines)
