"""`officer`: the elected officers who approve a council's letters."""

from __future__ import annotations

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, parse_day, read_file, say
from listingguard.domain.french import french_day


@click.group()
def officer() -> None:
    """Les élus qui approuvent les courriers du conseil, chacun avec l’acte daté qui l’y habilite.

    \b
    Exemples :
      listingguard officer add "Claude Élue" --role présidente --since 2026-01-05 --until 2029-01-04 --delegation pv.pdf
      listingguard officer add "Sacha Modèle" --role vice-présidente --for "la présidente" --since 2026-01-05 \\
          --until 2026-12-31 --delegation acte.pdf
      listingguard officer end "Sacha Modèle" --on 2026-06-30
    """


@officer.command()
@click.argument("name", metavar="NOM")
@click.option("--role", required=True, metavar="TEXTE", help="La fonction, telle qu’elle s’imprime : présidente…")
@click.option("--for", "delegated_by", default="", metavar="TEXTE", help="Au nom de qui : « la présidente ».")
@click.option("--since", required=True, metavar="JOUR", help="Premier jour.")
@click.option("--until", required=True, metavar="JOUR", help="Dernier jour.")
@click.option("--delegation", required=True, metavar="FICHIER", help="L’acte : procès-verbal d’élection, délégation.")
@json_option
def add(name: str, role: str, delegated_by: str, since: str, until: str, delegation: str, as_json: bool) -> None:
    """Enregistre un élu et l’acte qui l’habilite ; le nom est celui qu’il donne à --as."""
    from listingguard.flow import approval

    first, last = parse_day(since, "--since"), parse_day(until, "--until")
    document = read_file(delegation, "--delegation")
    with opened(writing=True) as app:
        done = approval.add_officer(
            app.store, app.vault, name=name, role=role, since=first, until=last, delegated_by=delegated_by,
            document=document, today=app.today, at=app.now(), actor=app.require_actor(),
        )  # fmt: skip
    text = f"{{}}, {done.role} : du {french_day(first)} au {french_day(last)}."
    if as_json:
        answer(True, {"id": done.id, "name": done.name, "role": done.role, "document": done.document})
        return
    say(text, done.name)


@officer.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les élus et dit qui est en fonction aujourd’hui."""
    with opened(writing=False) as app:
        rows, today = app.store.officers(), app.today
    if as_json:
        emit([
            {"id": o.id, "name": o.name, "role": o.role, "for": o.delegated_by, "since": o.since, "until": o.until,
             "ended_on": o.ended_on, "in_office": o.in_office(today), "document": o.document} for o in rows
        ])  # fmt: skip
        return
    for each in rows:
        state = "en fonction" if each.in_office(today) else "plus en fonction"
        whom = f", par délégation de {each.delegated_by}" if each.delegated_by else ""
        say(f"{{}}, {each.role}{whom} : {each.since:%d/%m/%Y} – {each.until:%d/%m/%Y}, {state}", each.name)
    if not rows:
        note("Aucun élu n’est enregistré : listingguard officer add …")


@officer.command()
@click.argument("name", metavar="NOM")
@click.option("--on", required=True, metavar="JOUR", help="Le premier jour où il n’est plus en fonction.")
@json_option
def end(name: str, on: str, as_json: bool) -> None:
    """Met fin à la fonction d’un élu : il n’approuve plus à partir de ce jour."""
    from listingguard.flow import approval

    day = parse_day(on, "--on")
    with opened(writing=True) as app:
        done = approval.end_officer(app.store, name, day, today=app.today, at=app.now(), actor=app.require_actor())
    ended = [{"id": o.id, "name": o.name, "role": o.role, "ended_on": day} for o in done]
    answer(as_json, ended, *(f"{o.name}, {o.role} : plus en fonction à partir du {french_day(day)}." for o in done))
