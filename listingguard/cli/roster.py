"""`roster`: the people we protect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, optional_day, parse_day, say
from listingguard.cli.roster_import import import_
from listingguard.domain.french import french_day, listed, plural
from listingguard.errors import BadInput, NotFound

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.practitioner import Practice, Practitioner
    from listingguard.domain.roster import Change


@click.group()
def roster() -> None:
    """Le tableau : importer, lister, montrer, ajouter, corriger, réunir les doublons.

    \b
    Exemples :
      listingguard roster import tableau.xlsx --dry-run
      listingguard roster import ps-libreacces-personne-activite.txt --department 26
      listingguard roster list --changes
      listingguard roster show 10005173140
      listingguard roster duplicates
    """


roster.add_command(import_)


# -- list, show ------------------------------------------------------------------------------------------------------


@roster.command("list")
@click.option("--changes", is_flag=True, help="Ce que les imports ont trouvé : arrivées, départs, changements.")
@click.option("--since", metavar="JOUR", help="Avec --changes : seulement depuis ce jour.")
@json_option
def list_(changes: bool, since: str | None, as_json: bool) -> None:
    """Liste le tableau, ou ce que les imports y ont changé.

    \b
    Exemples :
      listingguard roster list
      listingguard roster list --changes --since 2026-03-01
    """
    if since and not changes:
        raise BadInput("--since va avec --changes.")
    with opened(writing=False) as app:
        people, watches = app.store.practitioners(), app.store.watches()
        found = app.store.roster_changes(optional_day(since, "--since")) if changes else ()
        survivors = app.store.merged()
        today = app.today
    if changes:
        _list_changes(found, {p.id: p.full_name for p in people}, survivors, as_json)
        return
    if as_json:
        emit([{"id": p.id, "name": p.full_name, "towns": _towns(p), "status": p.status.value} for p in people])
        return
    for person in people:
        watch = watches.get(person.id)
        word = "suivi" if watch and watch.active else "—"
        word = word if person.practises(today) else person.status.label
        say(f"{person.id:<14} {person.full_name:<32} {', '.join(_towns(person)):<24} {word}")
    note(f"{plural(len(people), 'praticien')}.")


def _towns(person: Practitioner) -> list[str]:
    """Return where someone works, without the town of a home."""
    return list(dict.fromkeys(p.town for p in person.practices if p.town and not p.private))


def _list_changes(found: Iterable[Change], names: dict[str, str], survivors: dict[str, str], as_json: bool) -> None:
    rows = [(each, names.get(survivors.get(each.practitioner, each.practitioner), "")) for each in found]
    if as_json:
        emit([{**asdict(each), "name": name} for each, name in rows])
        return
    for each, name in rows:
        say(f"{each.day:%d/%m/%Y}  {each.kind.label:<22} {each.practitioner:<14} {name}{_from_to(each)}")
    if not rows:
        note("Aucun changement : un premier import n’en montre pas.")


def _from_to(change: Change) -> str:
    from listingguard.domain.practitioner import Status
    from listingguard.domain.roster import ChangeKind

    if change.kind is ChangeKind.STATUS:
        return f" : {Status(change.before).label} → {Status(change.after).label}"
    if change.kind in (ChangeKind.MOVED, ChangeKind.RENAMED):
        return f" : {change.before or '—'} → {change.after or '—'}"
    return f" : {change.after}" if change.kind is ChangeKind.ARRIVED and change.after else ""


@roster.command()
@click.argument("identifier", metavar="RPPS")
@click.option("--private", is_flag=True, help="Montre aussi les adresses personnelles ; noté au journal.")
@json_option
def show(identifier: str, private: bool, as_json: bool) -> None:
    """Montre une personne du tableau, ses cabinets, ses accords, ses mandats."""
    with opened(writing=private) as app:
        person = app.store.practitioner(identifier)
        ids = app.store.identifiers(identifier)
        practices = app.store.practices(identifier)
        ledger, mandates = app.store.authorisations(person.id), app.store.mandates(person.id)
        watch = app.store.watches().get(person.id)
        cases = app.store.cases(practitioner=person.id)
        today = app.today
        if private:
            actor = app.require_actor()
            with app.store.tx("roster.private"):
                app.store.add_audit(actor, "roster.private", person.id, at=app.now())
    if as_json:
        shown = person if private else replace(person, practices=tuple(_masked(p) for p in person.practices))
        document = {**asdict(shown), "cases": [c.id for c in cases], "watch": asdict(watch) if watch else None}
        emit({**document, "also": ids[1:]})
        return
    say(f"{person.civility.label} {person.full_name}".strip() + f"   (n° {person.id})")
    if ids[1:]:
        say(f"  aussi au tableau sous : {', '.join(ids[1:])}")
    if person.family_names[1:]:
        say(f"  nom de naissance : {person.family_name}")
    if not person.practises(today) or person.status_on:
        since = f" depuis le {french_day(person.status_on)}" if person.status_on else ""
        say(f"  statut : {person.status.label}{since}")
    for practice in practices.values():
        address = ", ".join(filter(None, (practice.street, f"{practice.postcode} {practice.town}".strip())))
        if practice.private:
            address = f"{address} (adresse personnelle)" if private else "adresse personnelle, non affichée"
        left = f" — quitté le {practice.until:%d/%m/%Y}" if practice.until else ""
        say(f"  cabinet : {address}{left}")
    say(f"  suivi : {'oui' if watch and watch.active and person.practises(today) else 'non'}")
    for row in ledger:
        back = ", noté par erreur et retiré" if row.taken_back else ""
        say(f"  {row.agreement.label} : {row.platform}, donné par {row.given_by.label} (n° {row.id}){back}")
    for mandate in mandates:
        say(f"  mandat n° {mandate.id} : du {mandate.since:%d/%m/%Y} au {mandate.until:%d/%m/%Y}")
    for case in cases:
        say(f"  dossier {case.id} : {case.platform}")


def _masked(practice: Practice) -> Practice:
    """Return a practice without its address where that is the home's."""
    if not practice.private:
        return practice
    return replace(practice, name="", street="", postcode="", town="", insee="", phones=())


# -- add, set --------------------------------------------------------------------------------------------------------

_STATUSES = ("active", "suspended", "retired", "struck_off", "deceased", "left")


def _described(command: Any) -> Any:
    """Add the options that describe a person and one of their practices, the same for `add` and `set`."""
    for option in reversed(
        (
            click.option("--family-name", help="Le nom de naissance, ou le seul nom."),
            click.option("--first-name", help="Le prénom."),
            click.option("--usage-name", help="Le nom d’usage, s’il diffère."),
            click.option("--other-first-names", help="Les autres prénoms."),
            click.option("--civility", help="Mme ou M. ; jamais deviné."),
            click.option("--mobile", help="Le portable."),
            click.option("--email", help="Le courriel."),
            click.option("--status", type=click.Choice(_STATUSES), help="Le statut ; seul « active » est recherché."),
            click.option("--status-on", metavar="JOUR", help="Premier jour de ce statut."),
            click.option("--practice-name", help="Le nom du cabinet."),
            click.option("--street", help="La rue du cabinet."),
            click.option("--postcode", help="Le code postal du cabinet."),
            click.option("--town", help="La ville du cabinet."),
            click.option("--phone", help="Le téléphone du cabinet."),
            click.option("--since", metavar="JOUR", help="Premier jour dans ce cabinet."),
            click.option(
                "--private/--public", default=None, help="L’adresse du cabinet est aussi le domicile, ou ne l’est pas."
            ),
        )
    ):
        command = option(command)
    return command


_COLUMN = {
    "practice_name": "site1_name", "street": "site1_street", "postcode": "site1_postcode", "town": "site1_town",
    "phone": "site1_phone", "since": "site1_since", "private": "site1_private",
}  # fmt: skip


def _read_one(app: App, row: dict[str, Any], where: str) -> Practitioner:
    """Return the person typed in, read as a file is read: the same rules for both. BadInput names what is wrong."""
    import csv
    import io

    from listingguard.app import read_roster

    cells = {_COLUMN.get(name, name): value for name, value in row.items() if value is not None}
    if "site1_private" in cells:
        cells["site1_private"] = "oui" if cells["site1_private"] else "non"
    text = io.StringIO()
    writer = csv.DictWriter(text, cells, delimiter=";")
    writer.writeheader()
    writer.writerow(cells)
    read = read_roster(io.BytesIO(text.getvalue().encode()), where)
    if read.refused:
        first = read.refused[0]
        raise BadInput(f"--{first.column.removeprefix('site1_').replace('_', '-')} : {first.reason}")
    for warning in read.warnings:
        note(f"--{warning.column.removeprefix('site1_').replace('_', '-')} : {warning.reason}")
    person: Practitioner = read.practitioners[0]
    return person


@roster.command()
@click.option("--rpps", default="", help="Le numéro RPPS, 11 chiffres ; sans lui, un identifiant local est donné.")
@_described
@json_option
def add(as_json: bool, **row: Any) -> None:
    """Ajoute une personne au tableau.

    \b
    Exemple :
      listingguard roster add --rpps 10005173140 --family-name EXEMPLE --first-name Camille \\
        --street "1 rue des Alpes" --postcode 26000 --town Valence --phone "04 65 71 00 01"
    """
    from listingguard.flow.enrol import import_roster

    lacking = [f"--{name.replace('_', '-')}" for name in ("family_name", "first_name") if not row[name]]
    if lacking:
        raise BadInput(f"Il manque {listed(tuple(lacking))}.")
    with opened(writing=True) as app:
        person = _read_one(app, row, "roster add")
        known = app.store.version(person.id)
        if known is not None and known != person:
            raise BadInput(
                f"{known.full_name} est déjà au tableau sous le numéro {known.id}. Pour corriger : "
                f"listingguard roster set {known.id} --help"
            )
        import_roster(
            app.store, [person], source="roster add", today=app.today, at=app.now(), actor=app.require_actor()
        )
    answer(
        as_json, {"id": person.id, "name": person.full_name}, f"{person.full_name} est dans le tableau : {person.id}."
    )


@roster.command("set")
@click.argument("identifier", metavar="RPPS")
@_described
@click.option("--at", "place", metavar="CP", help="Le code postal du cabinet à corriger, s’il y en a plusieurs.")
@click.option("--left", metavar="JOUR", help="Le dernier jour dans ce cabinet (--at), ou dans tous.")
@json_option
def set_(identifier: str, place: str | None, left: str | None, as_json: bool, **row: Any) -> None:
    """Corrige une personne du tableau, ajoute un cabinet (--street, --postcode, --town) ou note qu’elle l’a quitté.

    \b
    Exemples :
      listingguard roster set 10005173140 --left 2026-06-30
      listingguard roster set 10005173140 --street "8 place du Marché" --postcode 26100 --town Romans-sur-Isère
      listingguard roster set 10005173140 --at 26000 --phone "04 65 71 00 01" --private
      listingguard roster set 10005173140 --status retired --status-on 2026-07-01
    """
    from listingguard.cli.todo import tell_next
    from listingguard.domain.case import State
    from listingguard.flow.enrol import import_roster

    given = {name: value for name, value in row.items() if value is not None}
    if not given and left is None:
        raise BadInput(f"Que faut-il corriger ? Les options : listingguard roster set {identifier} --help")
    with opened(writing=True) as app:
        known = app.store.version(app.store.survivor(identifier))
        if known is None:
            raise NotFound(f"Personne dans le tableau ne porte l’identifiant « {identifier} ».")
        names = {"family_name": known.family_name, "first_name": known.first_name}
        read = _read_one(app, {**names, **given}, "roster set")
        own = {
            name: getattr(read, name)
            for name in given
            if name in ("family_name", "first_name", "usage_name", "other_first_names", "civility", "mobile", "email")
        }
        if "status" in given or "status_on" in given:
            own["status"] = read.status if "status" in given else known.status
            own["status_on"] = read.status_on
        person = replace(known, **own, practices=_corrected(known.practices, read, given, place))
        if left is not None:
            day = parse_day(left, "--left")
            at = _chosen(person.practices, place) if place else None
            person = replace(
                person,
                practices=tuple(replace(p, until=p.until or day) if at in (None, p) else p for p in person.practices),
            )
        import_roster(
            app.store, [person], source="roster set", today=app.today, at=app.now(), actor=app.require_actor()
        )
        answer(as_json, {"id": person.id, "name": person.full_name}, f"{person.full_name} : fiche du tableau corrigée.")
        if "status" in own and not as_json:
            # Whoever died or left has cases that somebody must now look at.
            cases = [case.id for case in app.store.cases(practitioner=person.id)]
            tell_next(app, *(case for case in cases if app.store.status(case, app.today).state is not State.CLOSED))


def _corrected(
    practices: tuple[Practice, ...], read: Practitioner, given: dict[str, Any], place: str | None
) -> tuple[Practice, ...]:
    """Return the practices with what was typed: one more, or one of them corrected."""
    from listingguard.domain.practitioner import Practice
    from listingguard.domain.roster import same_place

    words = {"practice_name": "name", "phone": "phones", "since": "since", "private": "private"}
    typed = read.practices[0] if read.practices else Practice(private=bool(given.get("private")))
    changes = {words[name]: getattr(typed, words[name]) for name in given if name in words}
    if {"street", "postcode", "town"} & set(given):
        target = next((p for p in practices if same_place(p, typed)), None)
        if target is None:
            return (*practices, typed)
    elif changes:
        target = _chosen(practices, place)
        if "since" in changes:
            changes["since"] = optional_day(given["since"], "--since")
    else:
        return practices
    return tuple(replace(p, **changes) if p == target else p for p in practices)


def _chosen(practices: tuple[Practice, ...], place: str | None) -> Practice:
    found = [p for p in practices if place in (None, p.postcode)]
    if len(found) != 1:
        where = f" au code postal {place}" if place else ""
        raise BadInput(f"{plural(len(found), 'cabinet')}{where} : dites lequel par son code postal, --at CP.")
    return found[0]


# -- two rows, one person --------------------------------------------------------------------------------------------


@roster.command()
@json_option
def duplicates(as_json: bool) -> None:
    """Propose les lignes du tableau qui sont peut-être une même personne ; c’est une personne qui décide.

    \b
    Exemples :
      listingguard roster duplicates
      listingguard roster merge 10005173140 local-d61c54b392a0
    """
    from listingguard.flow.enrol import duplicate_people

    with opened(writing=False) as app:
        found = duplicate_people(app.store)
    if as_json:
        emit([{"kept": d.one.id, "other": d.other.id, "reasons": d.reasons} for d in found])
        return
    for pair in found:
        say(f"{pair.one.full_name} ({pair.one.id}) et {pair.other.full_name} ({pair.other.id}) :")
        say(f"  {listed(pair.reasons)}.")
        say(f"  Les réunir : listingguard roster merge {pair.one.id} {pair.other.id}")
        say(f"  Deux personnes : listingguard roster unmerge {pair.one.id} {pair.other.id}")
    note(f"{plural(len(found), 'doublon possible', 'doublons possibles')}.")


@roster.command()
@click.argument("kept", metavar="GARDÉ")
@click.argument("other", metavar="AUTRE")
@json_option
def merge(kept: str, other: str, as_json: bool) -> None:
    """Réunit deux lignes d’une même personne sous le premier identifiant ; rien n’est effacé, cela se défait.

    \b
    Exemple :
      listingguard roster merge 10005173140 local-d61c54b392a0
    """
    from listingguard.flow.enrol import merge_people

    with opened(writing=True) as app:
        person = merge_people(app.store, kept, other, today=app.today, at=app.now(), actor=app.require_actor())
        cases = app.store.cases(practitioner=person.id)
    lines = [f"Accords, mandats, réponses et dossiers se trouvent maintenant sous {person.id}."]
    for platform in sorted({c.platform for c in cases}):
        both = tuple(c.id for c in cases if c.platform == platform)
        if both[1:]:
            lines.append(f"{plural(len(both), 'dossier')} sur {platform} : {listed(both)}. Voyez lequel continue.")
    lines.append(f"Pour défaire : listingguard roster unmerge {kept} {other}")
    answer(
        as_json, {"id": person.id, "cases": [c.id for c in cases]}, f"{person.full_name} : une seule personne.", *lines
    )


@roster.command()
@click.argument("kept", metavar="GARDÉ")
@click.argument("other", metavar="AUTRE")
@json_option
def unmerge(kept: str, other: str, as_json: bool) -> None:
    """Dit que deux lignes sont deux personnes : défait leur réunion, et ne la propose plus.

    \b
    Exemple :
      listingguard roster unmerge 10005173140 local-d61c54b392a0
    """
    from listingguard.flow.enrol import unmerge_people

    with opened(writing=True) as app:
        parted = unmerge_people(app.store, kept, other, today=app.today, at=app.now(), actor=app.require_actor())
    what = "sont de nouveau deux personnes" if parted else "sont deux personnes, et ne seront plus proposés"
    more = [f"Ce qui a été noté depuis la réunion reste sous {kept}."] if parted else []
    answer(as_json, {"kept": kept, "other": other, "parted": parted}, f"{kept} et {other} {what}.", *more)
