"""Who sits there: the first step of `start`. Makes the home where there is none, and says why each thing is asked."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.asking import (
    Asking,
    civility_of,
    email_of,
    national,
    parted_address,
    phone_of,
    postcode_of,
    rpps_of,
    street_of,
    words_of,
)
from listingguard.cli.common import note, optional_day
from listingguard.cli.sitting import step
from listingguard.errors import BadInput, NoHome, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.practitioner import Practitioner


def home_folder() -> Path:
    """Return the home there is, or where it will be."""
    from listingguard.app import default_home, find_home

    named = click.get_current_context().find_root().obj["home"]
    try:
        return find_home(named)
    except NoHome:
        wanted = named or os.environ.get("LISTINGGUARD_HOME")
        return Path(wanted).expanduser() if wanted else default_home()


@contextmanager
def opened_home(folder: Path) -> Iterator[App]:
    """Open the home for writing, on the day the command line names."""
    from listingguard.app import App

    options = click.get_current_context().find_root().obj
    today = optional_day(options["today"], "--today")
    with App.open(folder, actor=options["actor"], today=today, writing=True) as app:
        yield app


def know_who(folder: Path, ask: Asking) -> None:
    """Make the home where there is none, and put into it what its letters need of the person; asks what it must."""
    from listingguard.app import DATABASE, create_home, default_code, fill_config
    from listingguard.domain.case import Acting

    if (folder / DATABASE).is_file():
        with opened_home(folder) as app:
            if app.rules.acting is not Acting.SELF:
                raise Refused(
                    "start sert à un kiné qui agit pour lui-même ; ce dossier de données est celui d’un conseil.",
                    ["un dossier à vous : listingguard --home mon-dossier start URL"],
                )
            known = app.store.practitioners()
            who = app.settings.sender
            ready = all((who.name, who.town, who.signatory, app.settings.mail_from)) and app.settings.home.person
        if known and ready:
            return
    else:
        known = ()
    person = _choose(known, ask) if known else _introduce(folder, ask)
    practice = next((p for p in person.practices if p.until is None), None)
    email = person.email or ask.text("email", "Votre courriel", _WHY["email"], check=email_of)
    name = f"{person.first_name} {person.usage_name or person.family_name}"
    create_home(folder, acting=Acting.SELF, code=default_code(Acting.SELF), person="")
    shown = practice is not None and not practice.private
    sender = {
        "name": name,
        "street": practice.street if practice and shown else "",
        "postcode": practice.postcode if practice and shown else "",
        "town": practice.town if practice else "",
        "email": email,
        "phone": national(practice.phones[0]) if practice and practice.phones else "",
        "signatory": name,
    }
    with opened_home(folder) as app:
        # What the person wrote there themselves stays.
        written = app.settings
    fill_config(
        folder,
        {
            "home": {"person": written.home.person or name},
            "sender": {key: getattr(written.sender, key) or value for key, value in sender.items()},
        },
    )
    if not known:
        with opened_home(folder) as app:
            _enrol(app, person)
    ask.forget(*_WHY)


def _enrol(app: App, person: Practitioner) -> None:
    """Write the person down: on the roster, and as somebody whose pages may be read again."""
    from listingguard.domain.practitioner import Watch
    from listingguard.flow import enrol, ledger

    told: dict[str, Any] = {"today": app.today, "at": app.now(), "actor": app.require_actor()}
    enrol.import_roster(app.store, [person], source="start", **told)
    ledger.set_watch(app.store, Watch(person.id, True, app.today, "la personne elle-même"), **told)


_WHY = {
    "first_name": "Pour reconnaître la fiche et signer la demande.",
    "family_name": "",
    "usage_name": "Les sites affichent tantôt l’un, tantôt l’autre. Entrée si vous n’en avez pas.",
    "civility": "Mme ou M., pour accorder la demande. Entrée : tournure neutre.",
    "rpps": "11 chiffres, sur votre carte CPS. Il montre qui vous êtes sans copie de pièce d’identité. Entrée si vous ne l’avez pas.",
    "street": "L’adresse du cabinet : comparée à celle de la fiche, et en tête de la demande pour recevoir la réponse.",
    "postcode": "",
    "town": "",
    "at_home": "Une adresse personnelle n’est jamais imprimée ni envoyée.",
    "phone": "Celui du cabinet : comparé à celui de la fiche. Entrée pour le taire.",
    "email": "La plateforme y répond, et le site sait ainsi qui regarde sa page.",
}
"""Why each thing is asked; the order of the questions."""

WHOEVER = frozenset(_WHY)
"""The answers that are about the person, whatever the page."""

_QUESTIONS = {
    "first_name": "Prénom",
    "family_name": "Nom de famille",
    "usage_name": "Nom d’usage",
    "civility": "Civilité",
    "rpps": "Numéro RPPS",
    "street": "Numéro et rue",
    "postcode": "Code postal",
    "town": "Commune",
    "at_home": "Est-ce aussi votre domicile",
    "phone": "Téléphone",
    "email": "Courriel",
}
_OPTIONAL = ("usage_name", "civility", "rpps", "phone")


def _introduce(folder: Path, ask: Asking) -> Practitioner:
    """Return who the person says they are, once they found it exact."""
    step(ask, 1)
    if any(ask.kept(key) is not None for key in WHOEVER):
        note("   Vos premières réponses sont gardées : la suite.")
    checks = {
        "rpps": rpps_of, "street": street_of, "postcode": postcode_of, "email": email_of, "phone": phone_of,
        "civility": civility_of,
    }  # fmt: skip
    said: dict[str, str] = {}
    private, asked = False, [*_WHY]
    while True:
        for key in asked:
            if key == "at_home":
                private = ask.yes(key, f"{_QUESTIONS[key]}\u00a0?", _WHY[key])
                continue
            optional = key in _OPTIONAL
            # What is to be put right is proposed as it stands; an optional one is emptied by a mere Enter.
            stands = "" if optional else said.get(key, "")
            said[key] = ask.text(
                key, _QUESTIONS[key], _WHY[key], check=checks.get(key, words_of), optional=optional, default=stands
            )
            if key == "street":
                said["street"], postcode, town = parted_address(said["street"])
                if postcode:
                    ask.keep("street", said["street"])
                    said |= {"postcode": postcode, "town": town}
        person = _read(said, private)
        if not ask.talks or _exact(ask, person):
            return person
        asked = _to_put_right(said, private)
        ask.reopen(*asked)


def _to_put_right(said: dict[str, str], private: bool) -> list[str]:
    """Return the answer the person wants to give anew, with those that depend on it."""
    lines = [*_WHY]
    for number, key in enumerate(lines, 1):
        answer = ("oui" if private else "non") if key == "at_home" else said[key]
        note("   {}", f"{number:>2}  {_QUESTIONS[key]}\u00a0: {answer}")
    wanted: int = click.prompt(
        "Quelle ligne faut-il corriger", type=click.IntRange(1, len(lines)), prompt_suffix="\u00a0: ", err=True
    )
    chosen = lines[wanted - 1]
    # Another address may be somebody's home, or no longer be.
    return ["street", "postcode", "town", "at_home"] if chosen == "street" else [chosen]


def _exact(ask: Asking, person: Practitioner) -> bool:
    from listingguard.cli.review import shown_phones

    practice = person.practices[0]
    note("")
    note(
        "   {}",
        f"{person.civility.label} {person.full_name}".strip() + (f", RPPS {person.rpps}" if person.rpps else ""),
    )
    note(
        "   {}",
        f"{practice.street}, {practice.postcode} {practice.town}"
        + (" (votre domicile : jamais imprimé)" if practice.private else " (pas votre domicile : imprimé)"),
    )
    note("   {}", f"{shown_phones(practice.phones)}   {person.email}")
    return ask.yes("exact", "Tout est exact\u00a0?", keep=False)


def _read(said: dict[str, str], private: bool) -> Practitioner:
    """Return the person of the answers, read as a row of a roster is, so that they obey the same rules."""
    from listingguard.app import read_roster

    names = ("rpps", "civility", "family_name", "usage_name", "first_name", "email")
    row = {name: said[name] for name in names}
    row |= {f"site1_{name}": said[name] for name in ("street", "postcode", "town", "phone")}
    row["site1_private"] = "oui" if private else "non"
    text = io.StringIO()
    writer = csv.DictWriter(text, row, delimiter=";")
    writer.writeheader()
    writer.writerow(row)
    read = read_roster(io.BytesIO(text.getvalue().encode()), "vos réponses")
    if read.refused:
        raise BadInput(str(read.refused[0]))
    for warning in read.warnings:
        note(f"   {warning.reason}")
    person: Practitioner = read.practitioners[0]
    return person


def person_here(app: App, ask: Asking) -> Practitioner:
    """Return the person of the roster who sits here."""
    people = app.store.practitioners()
    if not people:
        raise NotFound("Le tableau de ce dossier est vide. Pour vous y inscrire : listingguard roster add --rpps …")
    return _choose(people, ask)


def _choose(people: tuple[Practitioner, ...], ask: Asking) -> Practitioner:
    if len(people) == 1:
        return people[0]
    wanted = ask.option("rpps")
    found = [p for p in people if wanted in (p.id, p.rpps)]
    if len(found) != 1:
        raise Refused(
            "Plusieurs personnes figurent au tableau de ce dossier : dites laquelle vous êtes.",
            [f"--rpps {p.id} ({p.full_name})" for p in people[:5]],
        )
    return found[0]
