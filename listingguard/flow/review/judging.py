"""Pairs of a listing and a person that may be the same: those that wait, what people say of them, and take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.case import Acting, State, findings_of
from listingguard.domain.finding import Opinion, Word, contradicted, disputed, waits_for_judgement
from listingguard.domain.listing import Listing, ListingKind
from listingguard.domain.matching import Match
from listingguard.domain.practitioner import Practitioner
from listingguard.errors import NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store


@dataclass(frozen=True)
class Pair:
    """A listing and a practitioner that may be the same, with what was said of them so far."""

    match: Match
    fields: str
    listing: Listing
    practitioner: Practitioner
    opinions: tuple[Opinion, ...] = ()

    @property
    def word(self) -> Word | None:
        """Return the word that counts; None where nobody spoke, or two people disagree."""
        return None if self.disputed or not self.opinions else self.opinions[-1].word

    @property
    def said_by(self) -> str:
        """Return who gave it; empty where nobody did."""
        return self.opinions[-1].actor if self.word is not None else ""

    @property
    def disputed(self) -> bool:
        """Return True when a second opinion differs from the first: a person decides."""
        return disputed(self.opinions)


def pairs(store: Store, today: date) -> tuple[Pair, ...]:
    """Return every match about someone we may look for, surest first within a listing."""
    return _pairs(store, store.matches(), today)


def _pairs(store: Store, matches: Sequence[tuple[Match, str]], today: date) -> tuple[Pair, ...]:
    if not matches:
        return ()
    ids = {match.practitioner for match, _ in matches}
    watches, people = store.watches(ids), {p.id: p for p in store.practitioners(ids)}
    listings = {listing.key: listing for listing, _ in store.listings({match.listing for match, _ in matches})}
    by_hand: set[str] = set()
    if store.rules.acting is Acting.SELF:
        # A page that somebody alone brought may concern a person whom no `watch` names yet.
        for capture in store.captures():
            if capture.manifest.get("origin") in ("import", "look-up"):
                by_hand |= set(store.capture_listings(capture.id))
    found, alone = [], store.left_alone()
    for match, fields in matches:
        watch, person = watches.get(match.practitioner), people.get(match.practitioner)
        listing = listings.get(match.listing)
        if person is None or listing is None or (watch is not None and watch.opposed_on is not None):
            continue
        if (match.practitioner, listing.site) in alone:
            continue
        looked_for = watch is not None and watch.active and person.practises(today)
        if not looked_for and match.listing not in by_hand:
            continue
        said = store.opinions(match.listing, match.practitioner, fields)
        found.append(Pair(match, fields, listing, person, said))
    return tuple(found)


def queue(store: Store, today: date) -> tuple[Pair, ...]:
    """Return the pairs that wait for a person, those on which two people disagree included."""
    waiting = _pairs(store, store.matches(doubtful=True), today)
    return tuple(p for p in waiting if p.disputed or waits_for_judgement(p.match, p.word))


def second(store: Store, actor: str, today: date) -> tuple[Pair, ...]:
    """Return the pairs that somebody else decided and nobody has looked at again: for a blind second opinion."""
    decided = (p for p in pairs(store, today) if p.word is not None)
    return tuple(
        p for p in decided if actor not in {o.actor for o in p.opinions} and not any(o.blind for o in p.opinions)
    )


def judge(
    store: Store,
    pair: Pair,
    word: Word,
    *,
    today: date,
    at: datetime,
    actor: str,
    blind: bool = False,
    themselves: bool = False,
) -> Opinion | None:
    """Record a person's word about a pair, and return the opinion it contradicts, if any: the pair then waits for a person.

    blind: a second opinion, given without sight of the first. Another person's word is one as well where it would reverse
    the first: nobody overrules a colleague without a disagreement being said. themselves: who speaks is the person whom
    the page may show; theirs settles it.

    Raises Refused where the page of one person is said to be somebody else's as well: two requests would leave about it.
    """
    if word is Word.SAME and not blind and pair.listing.kind is ListingKind.PERSON:
        _only_one(store, pair, today)
    key = (pair.match.listing, pair.match.practitioner, pair.fields)
    with store.tx("review.judge"):
        # Read again inside the unit: somebody may have spoken since the pair was shown.
        said = store.opinions(*key)
        against = None if themselves else contradicted(said, word, actor)
        if blind and against is None and said and said[-1].word is not word:
            against = said[-1]
        second = blind or against is not None
        store.add_judgement(*key, word, day=today, at=at, actor=actor, blind=second)
    return against


def _only_one(store: Store, pair: Pair, today: date) -> None:
    """Raise Refused when the listing already stands for another person, by somebody's word or in an open case."""
    key, mine = pair.listing.key, store.survivor(pair.practitioner.id)
    rests = {store.survivor(store.case(case).practitioner): case for case in resting_on(store, key, today)}
    others = {store.survivor(match.practitioner) for match, _ in store.matches() if match.listing == key}
    for other in sorted((others | rests.keys()) - {mine}):
        said = store.opinions(key, other)
        same = bool(said) and said[-1].word is Word.SAME and not disputed(said)
        if not same and other not in rests:
            continue
        case = rests.get(other)
        who = f"{store.practitioner(other).full_name} ({other})"
        cure = [f"si la fiche n’est pas la sienne : listingguard review --answer {key} {other} a"]
        if case:
            cure.append(f"et corriger son dossier : listingguard case show {case}")
        cure.append(f"si ce sont deux lignes d’une même personne : listingguard roster merge {other} {mine}")
        raise Refused(
            f"Cette fiche est déjà celle de {who}{f', dossier {case}' if case else ''} : "
            "la page d’une personne ne désigne pas deux personnes.",
            cure,
        )


def resting_on(store: Store, listing: str, today: date, *, practitioner: str | None = None) -> tuple[str, ...]:
    """Return the cases, not closed, that rest on a listing. practitioner: only those about that person."""
    who = None if practitioner is None else store.survivor(practitioner)
    return tuple(
        case
        for case in store.naming(listing)
        if who in (None, store.case(case).practitioner)
        and store.status(case, today).state is not State.CLOSED
        and any(f["listing"] == listing for f in findings_of(store.facts(case)))
    )


@dataclass(frozen=True)
class Undone:
    """An answer that was taken back: the pair, and whose word it was."""

    listing: str
    practitioner: str
    opinion: Opinion


def undo(store: Store, *, today: date, at: datetime, actor: str) -> Undone:
    """Take back the actor's own last word, and return it; Refused once it opened a case, or somebody spoke after it."""
    last = store.last_judgement(actor) or store.last_judgement()
    if last is None:
        raise NotFound("Aucune réponse à annuler.")
    listing, practitioner, fields, word = last
    opinion = store.opinions(*last[:3])[-1]
    if opinion.actor != actor:
        raise Refused(
            f"La dernière réponse sur {listing} est de {opinion.actor} (« {opinion.word.label} ») : chacun n’annule que "
            "la sienne.",
            [f"dire ce qui est, à votre tour : listingguard review --answer {listing} {practitioner} m (ou a, ou i)"],
        )
    if word is Word.SAME:
        for case in store.cases(practitioner=practitioner):
            if any(f["listing"] == listing for f in findings_of(store.facts(case.id))):
                other = f"si la fiche n’est pas la sienne : listingguard review --answer {listing} {practitioner} a"
                raise Refused(
                    f"Cette réponse de {opinion.actor} a mis la fiche {listing} dans le dossier {case.id} : elle ne "
                    "s’annule plus.",
                    [f"{other} ; le reste du dossier demeure, et rien ne part sur cette fiche"],
                )
    with store.tx("review.undo"):
        store.add_judgement(listing, practitioner, fields, Word.UNDONE, day=today, at=at, actor=actor)
    return Undone(listing, practitioner, opinion)
