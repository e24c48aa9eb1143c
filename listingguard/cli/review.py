"""`review`: the queue of pairs that wait for a person; m / a / i, undo, and a blind second opinion."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import answer as reply
from listingguard.cli.common import emit, json_option, note, opened, say
from listingguard.domain.french import french_day
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.finding import Opinion, Word
    from listingguard.domain.listing import Listing
    from listingguard.domain.matching import Match
    from listingguard.domain.practitioner import Practice, Practitioner
    from listingguard.flow.review import Pair

QUESTION = "m (même personne), a (autre personne), i (je ne sais pas)"
_COLUMN = 36
_SPEAKS = 0.1
"""From this weight on, a reason is shown as one for, or against."""


@click.command()
@click.option("--undo", is_flag=True, help="Annule votre dernière réponse.")
@click.option("--list", "listing", is_flag=True, help="Montre la file sans poser de question.")
@click.option("--decided", is_flag=True, help="Montre ce qui est décidé : qui a répondu quoi, et quand.")
@click.option(
    "--second",
    is_flag=True,
    help="Un second avis : les paires décidées par quelqu’un d’autre, sans montrer ni sa réponse ni les indices.",
)
@click.option("--answer", nargs=3, metavar="FICHE RPPS m|a|i", help="Répond pour une paire, sans poser de question.")
@json_option
def review(
    undo: bool, listing: bool, decided: bool, second: bool, answer: tuple[str, str, str] | None, as_json: bool
) -> None:
    """Décide qui une fiche désigne : m (même personne), a (autre personne), i (je ne sais pas).

    En marge de chaque ligne, = dit que les deux côtés concordent, ≠ qu’ils diffèrent. Une paire décidée ne revient que
    si un champ comparé a changé, ou si quelqu’un d’autre dit le contraire, par un second avis (--second), donné sans
    connaître le premier, ou par une réponse ordinaire : rien ne part d’ici qu’une personne ait décidé.

    \b
    Exemples :
      listingguard review
      listingguard review --list
      listingguard review --answer reserve-kine.example:camille-exemple 10005173140 m
      listingguard review --undo
      listingguard --as "Claude Élue" review --second
    """
    from listingguard.domain.finding import Opinion, Word
    from listingguard.flow import review as flow

    if sum((undo, decided, second)) > 1:
        raise BadInput("--undo, --decided et --second se demandent l’un après l’autre.")
    words = {w.key: w for w in (Word.SAME, Word.OTHER, Word.UNKNOWN)}
    with opened(writing=not (listing or decided)) as app:
        if undo:
            taken = flow.undo(app.store, today=app.today, at=app.now(), actor=app.require_actor())
            person = app.store.practitioner(taken.practitioner)
            text = f"Réponse annulée : {taken.listing} / {person.full_name} ({_opinion(taken.opinion)})."
            reply(as_json, {"undone": taken.listing}, text)
            return
        if decided:
            _show_decided(tuple(p for p in flow.pairs(app.store, app.today) if p.word is not None), as_json)
            return
        actor = app.require_actor() if second else app.actor
        queue = flow.second(app.store, actor, app.today) if second else flow.queue(app.store, app.today)
        if listing or (as_json and not answer):
            if as_json:
                emit([_row(p, blind=second) for p in queue])
            for pair in () if as_json else queue:
                show(app, pair, blind=second)
            if not queue and not as_json:
                note("Aucun rapprochement à décider.")
            return
        if answer:
            key, rpps, letter = answer
            among = queue if second else flow.pairs(app.store, app.today)
            chosen = next((p for p in among if (p.match.listing, p.practitioner.id) == (key, rpps)), None)
            if chosen is None or letter not in words:
                raise BadInput(
                    f"--answer : aucune paire « {key} » / « {rpps} », ou réponse « {letter} » autre que m, a, i."
                )
            given = {chosen: words[letter]}
            last = chosen.opinions[-1] if chosen.disputed else None
            if not second and last is not None and (last.actor, last.word) == (app.actor, words[letter]):
                # Said twice, a word is worth no more: one settles a disagreement with both answers before one's eyes.
                dispute = _dispute(app, chosen, chosen.opinions[-2], last)
                text = "Votre réponse était déjà notée : la redire ne tranche pas, quelqu’un d’autre le peut."
                reply(as_json, {"cases": (), "disputes": [dispute]}, text, *_told(dispute))
                return
        else:
            given = {}
            if queue and not sys.stdin.isatty():
                note("Pas de terminal : répondez avec --answer, ou listez avec --list.")
                queue = ()
        if queue or given:
            app.require_actor()
        disputes: list[dict[str, object]] = []
        contradicted: list[str] = []
        for number, pair in enumerate(given or queue, 1):
            if not given:
                note(f"\n{number} / {len(queue)}")
                show(app, pair, blind=second)
            word = given[pair] if given else _asked(words)
            if word is None:
                break
            try:
                against = flow.judge(
                    app.store, pair, word, today=app.today, at=app.now(), actor=app.actor, blind=second
                )
            except Refused as error:
                if given:
                    raise
                # At the terminal the other pairs still wait, and what was answered before still opens its cases.
                note("\n".join((str(error), *(f"  – {cure}" for cure in error.missing))))
                continue
            if against is not None:
                disputes.append(_dispute(app, pair, against, Opinion(word, app.actor, app.today)))
            elif word is not Word.SAME and not second:
                contradicted += flow.resting_on(
                    app.store, pair.listing.key, app.today, practitioner=pair.practitioner.id
                )
        touched = flow.open_cases(
            app.store, app.controller_of, app.settings.home.code, today=app.today, at=app.now(), actor=app.actor
        )
    lines = [f"Dossier {case} : ouvert ou complété." for case in touched]
    lines += [line for dispute in disputes for line in _told(dispute)]
    lines += [
        f"Le dossier {case} repose sur cette fiche : rien n’en part plus tant que cette réponse tient. Le revoir : "
        f"listingguard case show {case}"
        for case in dict.fromkeys(contradicted)
    ]
    nothing = "Aucun désaccord avec le premier avis." if second else "Aucun nouveau dossier."
    document = {
        "cases": touched,
        **({"disputes": disputes} if second or disputes else {}),
        **({"contradicted": contradicted} if contradicted else {}),
    }
    reply(as_json, document, *(lines or [nothing]))


def _asked(words: dict[str, Word]) -> Word | None:
    """Return the word of the key that is pressed; None to stop."""
    letter = click.prompt(
        f"{QUESTION}, q (arrêter)",
        type=click.Choice([*words, "q"]),
        show_choices=False,
        prompt_suffix="\u00a0: ",
        err=True,
    )
    return words.get(letter)


# -- a second opinion --------------------------------------------------------------------------------------------------


def _dispute(app: App, pair: Pair, first: Opinion, then: Opinion) -> dict[str, object]:
    """Return two answers that differ, with the open cases that rest on the first."""
    from listingguard.flow import review as flow

    cases = flow.resting_on(app.store, pair.listing.key, app.today, practitioner=pair.practitioner.id)
    return {
        "listing": pair.listing.key,
        "rpps": pair.practitioner.id,
        "opinions": [{"by": o.actor, "word": o.word.value, "day": o.day.isoformat()} for o in (first, then)],
        "cases": cases,
    }


def _told(dispute: dict[str, object]) -> list[str]:
    from datetime import date

    from listingguard.domain.finding import Word

    opinions = dispute["opinions"]
    assert isinstance(opinions, list)
    both = " ; ".join(
        f"{o['by']}, le {french_day(date.fromisoformat(o['day']))} : {Word(o['word']).label}" for o in opinions
    )
    lines = [f"Désaccord sur {dispute['listing']} ({both}). La paire revient dans la file : listingguard review"]
    cases = dispute["cases"]
    assert isinstance(cases, tuple)
    return lines + [
        f"Le dossier {case} repose sur le premier avis : ni question ni demande n’en part avant que la paire soit décidée."
        for case in cases
    ]


# -- both sides --------------------------------------------------------------------------------------------------------


def show(app: App, pair: Pair, *, blind: bool = False) -> None:
    """Print both sides, line by line, and why the program brings them together. blind: without anybody's opinion."""
    side_by_side(pair.listing, pair.practitioner, "DANS LE TABLEAU")
    if not blind:
        reasons_of(pair.match)
        for opinion in pair.opinions:
            say(f"  {_opinion(opinion)}")
        before = app.store.opinions(pair.match.listing, pair.match.practitioner)
        if before and not pair.opinions:
            say(f"  {_opinion(before[-1])} ; un champ comparé a changé depuis")
    say("  fiche {}   praticien {}", pair.match.listing, pair.practitioner.id)


def _opinion(said: Opinion) -> str:
    second = ", second avis" if said.blind else ""
    return f"réponse du {french_day(said.day)}, {said.actor}{second} : {said.word.label}"


def reasons_of(match: Match, write: Callable[..., None] = say) -> None:
    """Print both axes of a match, in words, and every reason of each."""
    write(f"  le nom : {_likeness(match.similarity)} ; le reste : {match.sufficiency.label}")
    for reason in match.reasons:
        write("  {} {}", "+" if reason.weight >= _SPEAKS else "–" if reason.weight <= -_SPEAKS else "·", reason.text)


def _likeness(similarity: float) -> str:
    if similarity >= 0.99:
        return "le même"
    return "très proche" if similarity >= 0.9 else "proche" if similarity >= 0.7 else "différent"


def side_by_side(listing: Listing, person: Practitioner, other: str, write: Callable[..., None] = say) -> None:
    """Print a listing beside a person; the margin says whether a line agrees. other: the heading of the person's side."""
    from listingguard.domain import places

    write("  {:<12} {:<38} {}".format("", "SUR LE SITE", other))
    _line(write, "nom", listing.name, person.full_name, same=_same_name(listing.name, person))
    _line(write, "profession", listing.profession, "masseur-kinésithérapeute", same=_same_trade(listing.profession))
    ours = [places.address(p.street, p.postcode, p.town) for p in person.practices]
    for place, practice in zip_longest(listing.places, person.practices):
        street, town = (place.street, f"{place.postcode} {place.town}".strip()) if place else ("", "")
        shown = places.address(street, place.postcode, place.town) if place else None
        compared = [places.same_street(shown, each) for each in ours] if shown and street else []
        roads = [road for road in compared if road is not None]
        _line(write, "adresse", street, _street(practice), same=any(roads) if roads else None)
        towns = [shown.town == each.town or shown.postcode == each.postcode for each in ours] if shown and town else []
        _line(write, "ville", town, _town(practice), same=any(towns) if towns else None)
    phones = (*listing.phones, *(p for place in listing.places for p in place.phones))
    known = {p for practice in person.practices for p in practice.phones}
    public = [p for practice in person.practices if not practice.private for p in practice.phones]
    same = bool({*phones} & known) if phones and known else None
    own = shown_phones(public) if public or not known else "(téléphone personnel)"
    _line(write, "téléphone", shown_phones(phones), own, same=same)
    if listing.rpps or person.rpps:
        same = listing.rpps == person.rpps if listing.rpps and person.rpps else None
        _line(write, "n° RPPS", listing.rpps, person.rpps or "", same=same)
    write("{}", f"  {'page':<12} {listing.url}")


def _line(write: Callable[..., None], label: str, left: str, right: str, *, same: bool | None) -> None:
    """Print one fact of both sides. same: None where one side does not say."""
    mark = {True: "=", False: "≠", None: " "}[same]
    rows = zip_longest(_cut(left), _cut(right), fillvalue="")
    for number, (one, two) in enumerate(rows):
        # Both come from outside: they are shown exactly, whatever they hold.
        write("{}", f"{mark if number == 0 else ' '} {label if number == 0 else '':<12} {one:<38} {two}".rstrip())


def _cut(text: str) -> list[str]:
    return textwrap.wrap(text, _COLUMN) or ["—"]


def _same_name(shown: str, person: Practitioner) -> bool:
    from listingguard.domain import names

    words = set(names.fold(shown).split())
    return any(words == set(names.fold(f"{person.first_name} {family}").split()) for family in person.family_names)


def _same_trade(profession: str) -> bool | None:
    from listingguard.domain import names

    found = names.trade(profession)
    return None if found is names.Trade.UNKNOWN else found is names.Trade.PHYSIOTHERAPIST


def shown_phones(numbers: Iterable[str]) -> str:
    """Return numbers as the French read them; those from elsewhere as they are."""
    shown = []
    for number in dict.fromkeys(numbers):
        local = "0" + number.removeprefix("+33")
        french = number.startswith("+33") and len(local) == 10
        shown.append(" ".join(local[i : i + 2] for i in range(0, 10, 2)) if french else number)
    return ", ".join(shown) or "—"


def _street(practice: Practice | None) -> str:
    if practice is None:
        return ""
    return "(adresse personnelle)" if practice.private else practice.street


def _town(practice: Practice | None) -> str:
    return f"{practice.postcode} {practice.town}".strip() if practice and not practice.private else ""


# -- as JSON, and what is decided --------------------------------------------------------------------------------------


def _row(pair: Pair, *, blind: bool) -> dict[str, object]:
    sides: dict[str, object] = {
        "listing": pair.match.listing,
        "rpps": pair.practitioner.id,
        "name": pair.listing.name,
        "practitioner": pair.practitioner.full_name,
    }
    if blind:
        return sides
    return {
        **sides,
        "similarity": pair.match.similarity,
        "sufficiency": pair.match.sufficiency.value,
        "reasons": [r.text for r in pair.match.reasons],
        "disputed": pair.disputed,
        "opinions": [_as_json(o) for o in pair.opinions],
    }


def _as_json(said: Opinion) -> dict[str, object]:
    return {"word": said.word.value, "by": said.actor, "day": said.day.isoformat(), "second": said.blind}


def _show_decided(pairs: tuple[Pair, ...], as_json: bool) -> None:
    if as_json:
        emit([_row(p, blind=False) for p in pairs])
        return
    for pair in pairs:
        say("{} / {}", f"{pair.listing.name} ({pair.listing.key})", pair.practitioner.full_name)
        for opinion in pair.opinions:
            say(f"  {_opinion(opinion)}")
    if not pairs:
        note("Personne n’a encore répondu à une paire.")
