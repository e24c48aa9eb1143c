"""`controller changed`: a site belongs to another controller; what happens to each of its cases."""

from __future__ import annotations

import click

from listingguard.cli.common import emit, json_option, opened, parse_day, read_file, say
from listingguard.errors import BadInput


@click.command("changed")
@click.argument("host", metavar="SITE")
@click.option("--to", "new", required=True, metavar="RESPONSABLE", help="Le nouveau, en un mot : son nom de fiche.")
@click.option("--name", default="", help="Sa raison sociale, si sa fiche n’existe pas encore.")
@click.option("--on", "day", required=True, metavar="JOUR", help="Depuis quel jour.")
@click.option("--source", required=True, help="D’où on le sait : mentions légales, extrait du registre, annonce.")
@click.option("--proof", required=True, metavar="FICHIER", help="Le document qui le montre.")
@json_option
def changed(host: str, new: str, name: str, day: str, source: str, proof: str, as_json: bool) -> None:
    """Note qu’un site appartient à un autre responsable, et ouvre un dossier contre lui pour chaque dossier en cours.

    La demande déjà reçue et ses échéances restent celles de l’ancien responsable : rien n’y est suspendu ni prolongé. Le
    nouveau n’a rien reçu : la personne est interrogée de nouveau, puis une nouvelle demande lui est adressée.

    \b
    Exemple :
      listingguard controller changed site.example --to autre --name Autre --on 2026-03-02 --source annonce --proof page.html
    """
    from listingguard.domain.french import french_day
    from listingguard.flow import succession

    on, data = parse_day(day, "--on"), read_file(proof, "--proof")
    if not new.replace("-", "").isalnum() or not new.isascii():
        raise BadInput("--to : un mot court sans espace ni accent, par exemple autre-exemple.")
    with opened(writing=True) as app:
        known = app.sites.for_url(f"https://{host}/").host
        old = app.controller_of(known)
        handed = succession.change_owner(
            app.store, app.vault, app.controllers(), app.settings.home.code, known, old, new.lower(), name, on=on,
            source=source.strip(), document=data, today=app.today, at=app.now(), actor=app.require_actor(),
        )  # fmt: skip
    if as_json:
        emit({
            "host": known, "from": old, "to": new.lower(),
            "cases": [{"case": h.case, "follows": h.follows, "legal_due": h.due, "closed": h.closed} for h in handed],
        })  # fmt: skip
        return
    if old == new.lower():
        say(f"{known} : {old} en répond déjà. Rien n’a changé.")
        return
    say(f"{known} : {new.lower()} en répond depuis le {french_day(on)} ; jusque-là, c’était {old}.")
    for each in handed:
        if each.closed:
            said = "rien n’était parti, il est clos comme double ; son journal et ses pièces demeurent"
        elif each.due is not None:
            said = f"sa demande et son échéance légale du {french_day(each.due)} restent celles de {old}, qui doit y répondre"
        else:
            said = f"sa demande reste adressée à {old}"
        say(f"Dossier {each.case} : {said}.")
        say(
            f"  La suite contre {new.lower()} : dossier {each.follows}, qui cite {each.case}. Poser la question à la personne :"
        )
        say("  {}", f"listingguard question send {each.follows}")
    say("Avant toute lettre au nouveau responsable, vérifier sa fiche :")
    say("  {}", f"listingguard controller set {new.lower()} --street RUE --postcode CP --town VILLE --email ADRESSE")
    say("  {}", f"listingguard controller verify {new.lower()} --notice FICHIER --url ADRESSE")
