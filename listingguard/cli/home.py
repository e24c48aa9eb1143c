"""`init`, `doctor`, `rebuild`: the home itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, say
from listingguard.domain.french import plural
from listingguard.errors import BadInput, Damaged


@click.command()
@click.argument("folder", metavar="[DOSSIER]", required=False)
@click.option(
    "--acting", type=click.Choice(["self", "council"]), help="Qui agit : self (un kiné seul) ou council (un conseil)."
)
@click.option("--code", help="Le code des numéros de dossier, par exemple CDO26 : CDO26-2026-0001.")
@click.option("--person", help="Le nom de la personne qui agit d’habitude.")
@click.option("--simulated", is_flag=True, help="Un dossier d’essai, où les jours peuvent être simulés.")
@json_option
def init(
    folder: str | None, acting: str | None, code: str | None, person: str | None, simulated: bool, as_json: bool
) -> None:
    """Crée un dossier de données et sa configuration commentée ; le refaire ne change rien.

    \b
    Exemples :
      listingguard init mon-dossier --acting self --person "Camille Exemple"
      listingguard init conseil26 --acting council --code CDO26 --person "Dominique Secrétaire"
    """
    from listingguard.app import DATABASE, create_home, default_code, default_home, quoted
    from listingguard.cli.french import ask
    from listingguard.domain.case import Acting

    target = Path(folder).expanduser() if folder else default_home()
    known, lost = (target / DATABASE).is_file(), not (target / "config.toml").exists()
    if sys.stdin.isatty() and lost and not known:
        acting = acting or ask("Qui agit\u00a0? self (un kiné seul) ou council (un conseil)", "self")
        who = Acting.COUNCIL if acting == "council" else Acting.SELF
        code = code or ask("Code des numéros de dossier", default_code(who))
        person = person or ask("Votre nom")
    acting = acting or "self"
    if acting not in ("self", "council"):
        raise BadInput(f"« {acting} » : répondez self ou council.")
    code = (code or default_code(Acting(acting))).upper()
    if not (code.isascii() and code.isalnum() and 2 <= len(code) <= 12):
        raise BadInput(f"« {code} » ne peut pas servir de code : 2 à 12 lettres ou chiffres, sans accent.")
    who = create_home(target, acting=Acting(acting), code=code, person=person or "", simulated=simulated)
    if as_json:
        emit({"home": target, "config": target / "config.toml"})
        return
    say("Dossier de données prêt : {}", target)
    if known and lost:
        say("La configuration manquait : elle est réécrite, avec qui agit ici et le code selon la base.")
    say("Complétez « {} », puis :", target / "config.toml")
    first = "roster import TABLEAU.csv" if who is Acting.COUNCIL else "start ADRESSE_DE_LA_PAGE"
    say(f"  listingguard --home {quoted(target)} {first}")
    say("Ce qui reste à régler, dans l’ordre :")
    say(f"  listingguard --home {quoted(target)} next")


_CAPTURES_SECONDS = 60
"""How long `doctor` looks into captures one by one; every file of the vault is read in any case."""


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Vérifie la base, les chaînes d’événements, les preuves et les captures ; sort en 1 si quelque chose ne va pas.

    \b
    Exemple :
      listingguard doctor
    """
    from time import monotonic

    from listingguard.app import sqlite_version
    from listingguard.cli.capture import altered, altered_robots

    with opened(writing=False) as app:
        problems = list(app.store.check())
        # The newest first: those are the ones a complaint will show.
        captures, checked, until = app.store.captures()[::-1], 0, monotonic() + _CAPTURES_SECONDS
        for _, found in altered(app, captures):
            problems += found
            checked += 1
            if monotonic() > until:
                break
        problems += [
            f"La capture {row.id[:12]}… n’a plus ses octets dans le coffre."
            for row in captures[checked:]
            if not app.vault.has(row.body)
        ]
        problems += [said for _, said in app.store.unlike_the_log()]
        problems += altered_robots(app)
        told = "\n".join(problems)
        problems += [f"La preuve {sha} a été altérée." for sha in sorted(app.vault.damaged()) if sha[:12] not in told]
    if problems:
        count = plural(len(problems), "problème")
        wrong = "\n".join(f"  – {problem}" for problem in problems)
        raise Damaged(f"{count} : n’écrivez plus dans ce dossier, restaurez une sauvegarde.\n{wrong}")
    version, affected = sqlite_version()
    if as_json:
        emit(
            {
                "sqlite": version,
                "sqlite_affected": affected,
                "captures": len(captures),
                "captures_checked": checked,
                "problems": problems,
            }
        )
        return
    say(f"SQLite {version}" + (" : version touchée par un défaut connu, installez pysqlite3" if affected else ""))
    say("Tout est intact.")
    if checked < len(captures):
        say(f"{checked} captures sur {len(captures)} vérifiées une à une ; toutes : listingguard capture verify")


@click.command()
@json_option
def rebuild(as_json: bool) -> None:
    """Recalcule les fiches, les rapprochements et l’état des dossiers à partir des faits ; rien ne doit changer.

    \b
    Exemple :
      listingguard rebuild
    """
    from listingguard.flow import scan

    with opened(writing=True, job=True) as app:
        # What a change of the calendar moved is noted first: recomputed, the old dates would be gone.
        app.store.follow_calendar(at=app.now())
        before = app.store.caches()
        scan.rebuild(app.store, app.vault, app.sites)
        changed = [table for table, rows in app.store.caches().items() if rows != before[table]]
    text = f"Recalculé ; a changé : {', '.join(changed)}." if changed else "Recalculé."
    answer(as_json, {"changed": changed}, text)
    if changed:
        note("Un changement est normal après une mise à jour du programme ; sinon, lancez listingguard doctor.")
