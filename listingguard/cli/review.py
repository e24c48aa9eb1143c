"""`review`: the queue of pairs that wait for a person; m / a / i, undo."""

from __future__ import annotations

import sys
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import answer as reply
from listingguard.cli.common import emit, json_option, note, opened, say
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.flow.review import Pair


@click.command()
@click.option("--undo", is_flag=True, help="Annule la dernière réponse.")
@click.option("--list", "listing", is_flag=True, help="Montre la file sans poser de question.")
@click.option("--answer", nargs=3, metavar="FICHE RPPS m|a|i", help="Répond pour une paire, sans poser de question.")
@json_option
def review(undo: bool, listing: bool, answer: tuple[str, str, str] | None, as_json: bool) -> None:
    """Décide qui une fiche désigne : m (même personne), a (autre personne), i (je ne sais pas).

    \b
    Exemples :
      listingguard review
      listingguard review --list
      listingguard review --answer reserve-kine.example:camille-exemple 10005173140 m
      listingguard review --undo
    """
    from listingguard.domain.finding import Word
    from listingguard.flow import review as flow

    words = {w.key: w for w in (Word.SAME, Word.OTHER, Word.UNKNOWN)}
    with opened(writing=not listing) as app:
        if undo:
            said = flow.undo(app.store, today=app.today, at=app.now(), actor=app.require_actor())
            reply(as_json, {"undone": said}, f"Réponse annulée : {said}.")
            return
        queue = flow.queue(app.store)
        if listing or (as_json and not answer):
            if as_json:
                emit([_row(p) for p in queue])
            for pair in () if as_json else queue:
                show(pair)
            if not queue and not as_json:
                note("Aucun rapprochement à décider.")
            return
        if answer:
            key, rpps, letter = answer
            chosen = next(
                (p for p in flow.pairs(app.store) if (p.match.listing, p.practitioner.id) == (key, rpps)), None
            )
            if chosen is None or letter not in words:
                raise BadInput(
                    f"--answer : aucune paire « {key} » / « {rpps} », ou réponse « {letter} » autre que m, a, i."
                )
            flow.judge(app.store, chosen, words[letter], today=app.today, at=app.now(), actor=app.require_actor())
        else:
            if queue and not sys.stdin.isatty():
                note("Pas de terminal : répondez avec --answer, ou listez avec --list.")
                queue = ()
            actor = app.require_actor() if queue else ""
            for number, pair in enumerate(queue, 1):
                note(f"\n{number} / {len(queue)}")
                show(pair)
                letter = click.prompt(
                    "m (même personne), a (autre personne), i (je ne sais pas), q (arrêter)",
                    type=click.Choice([*words, "q"]),
                    show_choices=False,
                    prompt_suffix="\u00a0: ",
                    err=True,
                )
                if letter == "q":
                    break
                flow.judge(app.store, pair, words[letter], today=app.today, at=app.now(), actor=actor)
        touched = flow.open_cases(
            app.store, app.controller_of, app.settings.home.code, today=app.today, at=app.now(), actor=app.actor
        )
    lines = [f"Dossier {case} : ouvert ou complété." for case in touched] or ["Aucun nouveau dossier."]
    reply(as_json, {"cases": touched}, *lines)


def show(pair: Pair) -> None:
    """Print both sides and every reason."""
    listing, person = pair.listing, pair.practitioner
    say(f"{'':<12} {'SUR LE SITE':<38} DANS LE TABLEAU")
    say(f"{'nom':<12} {listing.name[:36]:<38} {person.full_name}")
    say(f"{'profession':<12} {listing.profession[:36] or '—':<38} masseur-kinésithérapeute")
    for place, practice in zip_longest(listing.places, person.practices):
        street = place.street[:36] if place else ""
        say(f"{'adresse':<12} {street or '—':<38} {_street(practice)}")
        towns = [f"{p.postcode} {p.town}".strip() if p else "" for p in (place, practice)]
        say(f"{'ville':<12} {towns[0] or '—':<38} {towns[1] or '—'}")
    phones = (*listing.phones, *(p for place in listing.places for p in place.phones))
    known = tuple(p for practice in person.practices for p in practice.phones)
    say(f"{'téléphone':<12} {_phones(phones):<38} {_phones(known)}")
    say(f"{'page':<12} {listing.url}")
    for reason in pair.match.reasons:
        say(f"  – {reason.text}")
    say(f"  fiche {pair.match.listing}   praticien {person.id}")


def _phones(numbers: tuple[str, ...]) -> str:
    """Return numbers as the French read them; those from elsewhere as they are."""
    shown = []
    for number in dict.fromkeys(numbers):
        local = "0" + number.removeprefix("+33")
        french = number.startswith("+33") and len(local) == 10
        shown.append(" ".join(local[i : i + 2] for i in range(0, 10, 2)) if french else number)
    return ", ".join(shown) or "—"


def _street(practice: object) -> str:
    from listingguard.domain.practitioner import Practice

    if not isinstance(practice, Practice):
        return "—"
    return "(adresse personnelle)" if practice.private else practice.street


def _row(pair: Pair) -> dict[str, object]:
    return {
        "listing": pair.match.listing,
        "rpps": pair.practitioner.id,
        "name": pair.listing.name,
        "practitioner": pair.practitioner.full_name,
        "similarity": pair.match.similarity,
        "sufficiency": pair.match.sufficiency.value,
        "reasons": [r.text for r in pair.match.reasons],
    }
