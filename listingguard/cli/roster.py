"""`roster`: the people we protect."""

from __future__ import annotations

from pathlib import Path

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, parse_day, say
from listingguard.domain.french import plural
from listingguard.errors import BadInput


@click.group()
def roster() -> None:
    """Le tableau : importer, lister, montrer, ajouter, corriger.

    \b
    Exemples :
      listingguard roster import tableau.csv --dry-run
      listingguard roster import ps-libreacces-personne-activite.txt --department 26
      listingguard roster show 10005173140
    """


@roster.command("import")
@click.argument("file", metavar="FICHIER")
@click.option("--dry-run", is_flag=True, help="Lit et vérifie tout, n’écrit rien.")
@click.option("--department", metavar="N", help="Pour l’Annuaire Santé : le département à garder (26, 2A, 974…).")
@json_option
def import_(file: str, dry_run: bool, department: str | None, as_json: bool) -> None:
    """Importe un tableau (CSV) ou une extraction de l’Annuaire Santé ; réimporter met à jour, ne double jamais.

    \b
    Colonnes du CSV : rpps, civility, family_name, usage_name, first_name, other_first_names, profession,
    mobile, email, puis site1_name, site1_street, site1_postcode, site1_town, site1_insee, site1_phone
    (de même site2_…, site3_…). Séparateur « ; » ou « , » — UTF-8 ou Windows-1252.

    \b
    Exemples :
      listingguard roster import tableau.csv --dry-run
      listingguard roster import tableau.csv
    """
    import sys

    from listingguard.app import read_roster
    from listingguard.flow.ledger import ImportResult, import_roster

    with opened(writing=not dry_run, job=not dry_run) as app:
        if file == "-":
            read = read_roster(sys.stdin.buffer, "entrée standard", department)
        else:
            read = read_roster(Path(file), Path(file).name, department)
        result = ImportResult(0, 0, 0)
        if not dry_run:
            name = Path(file).name
            actor = app.require_actor()
            result = import_roster(
                app.store, read.practitioners, source=name, today=app.today, at=app.now(), actor=actor
            )
    if as_json:
        emit(
            {
                "read": len(read.practitioners),
                "added": result.added,
                "changed": result.changed,
                "same": result.same,
                "refused": [str(r) for r in read.refused],
                "warnings": [str(w) for w in read.warnings],
                "dry_run": dry_run,
            }
        )
        return
    for row in (*read.refused, *read.warnings):
        note(str(row))
    kept = len(read.practitioners)
    refused = plural(len(read.refused), "ligne refusée", "lignes refusées")
    if dry_run:
        say(f"Essai : {plural(kept, 'praticien')} au tableau, {refused}. Rien n’a été écrit.")
        return
    say(
        f"{plural(result.added, 'praticien ajouté', 'praticiens ajoutés')}, {result.changed} mis à jour, "
        f"{plural(result.same, 'inchangé')} ; {refused}."
    )


@roster.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste le tableau."""
    with opened(writing=False) as app:
        people, watches = app.store.practitioners(), app.store.watches()
    if as_json:
        emit([{"id": p.id, "name": p.full_name, "towns": [q.town for q in p.practices]} for p in people])
        return
    for person in people:
        watch = watches.get(person.id)
        followed = "suivi" if watch and watch.active else "—"
        say(f"{person.id:<14} {person.full_name:<32} {', '.join(q.town for q in person.practices):<24} {followed}")
    note(f"{plural(len(people), 'praticien')}.")


@roster.command()
@click.argument("identifier", metavar="RPPS")
@json_option
def show(identifier: str, as_json: bool) -> None:
    """Montre une personne du tableau, ses cabinets, ses accords, ses mandats."""
    from dataclasses import asdict

    with opened(writing=False) as app:
        person = app.store.practitioner(identifier)
        practices = app.store.practices(identifier)
        ledger, mandates = app.store.authorisations(identifier), app.store.mandates(identifier)
        watch = app.store.watches().get(identifier)
        cases = app.store.cases(practitioner=identifier)
    if as_json:
        emit({**asdict(person), "cases": [c.id for c in cases], "watch": asdict(watch) if watch else None})
        return
    say(f"{person.civility.label} {person.full_name}".strip() + f"   (n° {person.id})")
    for practice in practices.values():
        address = (
            "adresse personnelle, non affichée"
            if practice.private
            else f"{practice.street}, {practice.postcode} {practice.town}"
        )
        left = f" — quitté le {practice.until:%d/%m/%Y}" if practice.until else ""
        say(f"  cabinet : {address}{left}")
    say(f"  suivi : {'oui' if watch and watch.active else 'non'}")
    for row in ledger:
        say(f"  {row.agreement.label} : {row.platform}, donné par {row.given_by.label} (n° {row.id})")
    for mandate in mandates:
        say(f"  mandat n° {mandate.id} : du {mandate.since:%d/%m/%Y} au {mandate.until:%d/%m/%Y}")
    for case in cases:
        say(f"  dossier {case.id} : {case.platform}")


@roster.command()
@click.option("--rpps", required=True, help="Le numéro RPPS, 11 chiffres.")
@click.option("--family-name", required=True, help="Le nom de famille.")
@click.option("--first-name", required=True, help="Le prénom.")
@click.option("--usage-name", default="", help="Le nom d’usage, s’il diffère.")
@click.option("--civility", default="", help="Mme ou M. ; jamais deviné.")
@click.option("--street", required=True, help="La rue du cabinet.")
@click.option("--postcode", required=True, help="Le code postal du cabinet.")
@click.option("--town", required=True, help="La ville du cabinet.")
@click.option("--phone", default="", help="Le téléphone du cabinet.")
@click.option("--email", default="", help="Le courriel.")
@json_option
def add(as_json: bool, **row: str) -> None:
    """Ajoute une personne au tableau.

    \b
    Exemple :
      listingguard roster add --rpps 10005173140 --family-name EXEMPLE --first-name Camille \\
        --street "1 rue des Alpes" --postcode 26000 --town Valence --phone "04 65 71 00 01"
    """
    import csv
    import io

    from listingguard.app import read_roster
    from listingguard.flow.ledger import import_roster

    columns = {
        "rpps": row["rpps"], "civility": row["civility"], "family_name": row["family_name"],
        "usage_name": row["usage_name"], "first_name": row["first_name"], "email": row["email"],
        "site1_street": row["street"], "site1_postcode": row["postcode"], "site1_town": row["town"],
        "site1_phone": row["phone"],
    }  # fmt: skip
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=";")
    writer.writeheader()
    writer.writerow(columns)
    with opened(writing=True) as app:
        # The same reader, so that a person typed in obeys the same rules as one imported.
        read = read_roster(io.BytesIO(text.getvalue().encode()), "roster add")
        if read.refused:
            raise BadInput(str(read.refused[0]))
        for warning in read.warnings:
            note(str(warning))
        import_roster(
            app.store, read.practitioners, source="roster add", today=app.today, at=app.now(), actor=app.require_actor()
        )
    person = read.practitioners[0]
    answer(as_json, {"id": person.id, "name": person.full_name}, f"{person.full_name} est dans le tableau.")


@roster.command("set")
@click.argument("identifier", metavar="RPPS")
@click.option("--email", help="Le courriel.")
@click.option("--usage-name", help="Le nom d’usage.")
@click.option("--left", metavar="JOUR", help="Le dernier jour dans tous les cabinets enregistrés.")
@json_option
def set_(identifier: str, email: str | None, usage_name: str | None, left: str | None, as_json: bool) -> None:
    """Corrige une personne du tableau.

    \b
    Exemple :
      listingguard roster set 10005173140 --left 2026-06-30
    """
    from dataclasses import replace

    from listingguard.flow.ledger import import_roster

    with opened(writing=True) as app:
        person = app.store.practitioner(identifier)
        if email is not None:
            person = replace(person, email=email)
        if usage_name is not None:
            person = replace(person, usage_name=usage_name)
        if left is not None:
            day = parse_day(left, "--left")
            person = replace(person, practices=tuple(replace(p, until=p.until or day) for p in person.practices))
        import_roster(
            app.store, [person], source="roster set", today=app.today, at=app.now(), actor=app.require_actor()
        )
    answer(as_json, {"id": person.id, "name": person.full_name}, f"{person.full_name} : fiche du tableau corrigée.")
