"""Who a listing is about: similarity of names, sufficiency of evidence, and a decision with its reasons.

Knows a roster and one listing at a time; keeps out what people answered (judgements) and what the ledger says.

Two axes. *Similarity* says how alike the names are; with nothing to disagree it reaches 1 for any homonym, so it never
decides alone. *Sufficiency* says whether something independent of the name points at the same person: the RPPS
number, a phone number, the exact address of a practice, or a name that nobody else bears in that place. Only a full
name with sufficient evidence, without contradiction and without a second person who fits as well, is CONFIRMED. The
rest goes to a person, or is REJECTED when there is nothing for a person to weigh.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler
from stdnum import luhn

from listingguard.domain import names
from listingguard.domain.listing import Listing, ListingKind
from listingguard.domain.names import Address, Token, Trade
from listingguard.domain.practitioner import PHYSIOTHERAPIST, Practice, Practitioner


class Decision(StrEnum):
    """What the program says of a listing and a practitioner; a person's judgement outweighs it."""

    CONFIRMED = "confirmed"
    REVIEW = "review"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"confirmed": "rapprochement sûr", "review": "à décider", "rejected": "écarté"}[self.value]


class Sufficiency(StrEnum):
    """Whether something independent of the name points at the same person."""

    NONE = "none"
    WEAK = "weak"
    SUFFICIENT = "sufficient"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"none": "aucun indice", "weak": "indices faibles", "sufficient": "indices suffisants"}[self.value]

    @property
    def rank(self) -> int:
        """Return 0, 1 or 2, so that two of them compare."""
        return ("none", "weak", "sufficient").index(self.value)


@dataclass(frozen=True)
class Reason:
    """One French sentence saying why. weight: how much it speaks for (up to 1) or against (down to -1)."""

    code: str
    text: str
    weight: float


@dataclass(frozen=True)
class Match:
    """One listing and one practitioner it may be about.

    listing: Listing.key. practitioner: Practitioner.id. similarity: 0 to 1, names only. reasons: never empty.
    """

    listing: str
    practitioner: str
    similarity: float
    sufficiency: Sufficiency
    decision: Decision
    reasons: tuple[Reason, ...]


# --- the two sides, in comparable form -------------------------------------------------------------------------


class _Words:
    """The words of one displayed name, every run of them that may be the family name, and what each run leaves.

    spans: start, end and text of each run, glued together. own: for each word, whether it may be a name at all, or is a
    particle, a word for a practice, or the town.
    """

    __slots__ = ("initials", "own", "rests", "spans", "texts", "words")

    def __init__(self, words: tuple[Token, ...], town_words: set[str], organisation: bool) -> None:
        self.words = words
        self.initials = {w.text[0] for w in words}
        self.spans: list[tuple[int, int, str]] = []
        for start in range(len(words)):
            text = ""
            for end in range(start, len(words)):
                text += words[end].text
                self.spans.append((start, end + 1, text))
        self.texts = {text for _, _, text in self.spans}
        own = [not names.is_particle(w) and w.text not in names.SOFT_WORDS for w in words]
        self.own = own
        if town_words:
            # « Claire Martin Valence », « Cabinet Martin Valence »; but somebody called Valence Martin stays.
            here = [mine and w.text not in town_words for mine, w in zip(own, words, strict=True)]
            if organisation or sum(here) > 1:
                self.own = here
        self.rests: dict[tuple[int, int], list[Token]] = {}

    def beside(self, start: int, end: int) -> list[Token]:
        """Return the words outside a family name that may be a first name."""
        rest = self.rests.get((start, end))
        if rest is None:
            rest = [w for k, w in enumerate(self.words) if self.own[k] and not start <= k < end]
            # A particle, but short for Benjamin as well.
            rest = rest or [w for k, w in enumerate(self.words) if w.text == "ben" and not start <= k < end]
            self.rests[start, end] = rest
        return rest


class _Seen:
    """A listing in comparable form."""

    __slots__ = (
        "addresses",
        "departments",
        "from_organisation",
        "listing",
        "organisation",
        "people",
        "phones",
        "places",
        "postcodes",
        "relay",
        "rpps",
        "shown_rpps",
        "towns",
        "trade",
    )

    def __init__(self, listing: Listing) -> None:
        shown = names.shown_name(listing.name)
        self.listing = listing
        self.from_organisation = not shown.people and bool(listing.organisation)
        if self.from_organisation:
            shown = names.shown_name(listing.organisation)
        self.organisation = shown.organisation or listing.kind is ListingKind.ORGANISATION or self.from_organisation
        self.trade = names.trade(listing.profession)
        if self.trade is not Trade.PHYSIOTHERAPIST and shown.beside:
            in_name = names.trade(shown.beside)
            self.trade = in_name if in_name is not Trade.UNKNOWN else self.trade
        self.shown_rpps = "".join([c for c in listing.rpps if c.isdigit()]) if listing.rpps else ""
        self.rpps = self.shown_rpps if len(self.shown_rpps) == 11 else ""
        self.phones: set[str] = set()
        self.relay = False
        for text in (*listing.phones, *[p for place in listing.places for p in place.phones]):
            # A number that connects callers identifies nobody.
            for number in names.phones_in(text) or (text,):
                if names.relay_number(number):
                    self.relay = True
                elif number.startswith("+"):
                    self.phones.add(number)
        self.addresses = [names.address(p.street, p.postcode, p.town) for p in listing.places]
        self.towns = {a.town for a in self.addresses if a.town}
        self.postcodes = {a.postcode for a in self.addresses if a.postcode}
        self.departments = {names.department(p) for p in self.postcodes}
        self.places = self.postcodes | self.towns
        town_words = {word for town in self.towns for word in town.split()}
        # More words than this are a sentence, not a name.
        self.people = [_Words(words[:8], town_words, self.organisation) for words in shown.people[:6]]


class _Person:
    """A practitioner in comparable form. phones and addresses lead to the practice that gave them."""

    __slots__ = (
        "addresses",
        "departments",
        "family_words",
        "first",
        "first_words",
        "forms",
        "initials",
        "kine",
        "others",
        "phones",
        "places",
        "postcodes",
        "practitioner",
        "rpps",
        "sole",
        "spelling",
        "towns",
    )

    def __init__(self, practitioner: Practitioner) -> None:
        self.practitioner = practitioner
        self.forms = {f.text: f.whole for f in reversed(names.family_forms(*practitioner.family_names))}
        self.family_words = {t.text for name in practitioner.family_names for t in names.tokens(name)}
        first = names.tokens(practitioner.first_name)
        self.first = names.joined(first)
        self.first_words = [t.text for t in first]
        self.initials = "".join([t[0] for t in self.first_words])
        self.spelling = names.spelling(self.first)
        self.others = {t.text for other in practitioner.other_first_names for t in names.tokens(other)}
        self.others |= {names.joined(names.tokens(other)) for other in practitioner.other_first_names}
        number = practitioner.rpps or practitioner.id
        self.rpps = number if len(number) == 11 and number.isdigit() else ""
        self.kine = (
            practitioner.profession == PHYSIOTHERAPIST or names.trade(practitioner.profession) is Trade.PHYSIOTHERAPIST
        )
        self.phones: dict[str, Practice | None] = {}
        self.addresses: list[tuple[Address, Practice]] = []
        for practice in practitioner.practices:
            self.addresses.append((names.address(practice.street, practice.postcode, practice.town), practice))
            for text in practice.phones:
                for number in names.phones_in(text):
                    self.phones.setdefault(number, practice)
        for number in names.phones_in(practitioner.mobile):
            self.phones.setdefault(number, None)
        self.towns = {a.town: p.town for a, p in reversed(self.addresses) if a.town}
        self.postcodes = {a.postcode: p.town or a.postcode for a, p in reversed(self.addresses) if a.postcode}
        self.departments = {names.department(p) for p in self.postcodes}
        self.places = [*self.postcodes, *self.towns]
        # Whether the name is theirs alone; known once the whole roster is.
        self.sole: bool | None = None


# --- names -----------------------------------------------------------------------------------------------------


class _Family(StrEnum):
    SAME = "family_same"
    PART = "family_part"  # one part of a double name
    EXTRA = "family_extra"  # the listing adds a name
    TYPO = "family_typo"  # one letter away, and nobody on the roster is called so
    NEAR = "family_near"  # alike, but it may be another name
    OTHER = "family_other"


class _First(StrEnum):
    SAME = "first_same"
    SPELLING = "first_spelling"  # Matthieu / Mathieu
    INITIALS = "first_initials"  # JP / Jean-Pierre
    SHORT = "first_short"  # Fred / Frédéric
    SECOND = "first_second"  # another of the person's own first names
    PART = "first_part"  # Jean / Jean-Pierre
    INITIAL = "first_initial"
    NEAR = "first_near"  # Claire / Clara
    ABSENT = "first_absent"
    OTHER = "first_other"


# How alike: read by people and used to rank; the decision reads the words above, not these numbers.
_FAMILY_WEIGHT = {
    _Family.SAME: 1.0,
    _Family.TYPO: 0.9,
    _Family.PART: 0.85,
    _Family.EXTRA: 0.85,
    _Family.NEAR: 0.7,
    _Family.OTHER: 0.0,
}
_FIRST_WEIGHT = {
    _First.SAME: 1.0,
    _First.SPELLING: 0.97,
    _First.INITIALS: 0.85,
    _First.SHORT: 0.85,
    _First.SECOND: 0.8,
    _First.PART: 0.75,
    _First.INITIAL: 0.6,
    _First.NEAR: 0.5,
    _First.ABSENT: 0.4,
    _First.OTHER: 0.0,
}
# A family name says more than a first name: there are twenty times as many in use.
_FAMILY_SHARE, _FIRST_SHARE = 0.55, 0.45

_FULL_FIRST = frozenset({_First.SAME, _First.SPELLING})
_VARIANT_FIRST = _FULL_FIRST | {_First.INITIALS, _First.SHORT}
# First names under which the person could still be meant. A second first name is often that of a parent.
_OPEN_FIRST = _VARIANT_FIRST | {_First.SECOND, _First.PART, _First.INITIAL, _First.ABSENT}
_BORNE_FAMILY = frozenset({_Family.SAME, _Family.PART, _Family.EXTRA})


class _Fit(NamedTuple):
    """How a displayed name fits a practitioner. shown_family, shown_first: the words of the listing read so."""

    similarity: float
    family: _Family
    first: _First
    shown_family: Sequence[Token] = ()
    shown_first: Sequence[Token] = ()

    @property
    def full(self) -> bool:
        return self.family is _Family.SAME and self.first in _FULL_FIRST

    @property
    def strong(self) -> bool:
        """Full name, variants allowed: at most one of the two names differs from the roster's."""
        if self.first in _FULL_FIRST:
            return self.family in _BORNE_FAMILY or self.family is _Family.TYPO
        return self.family is _Family.SAME and self.first in _VARIANT_FIRST

    @property
    def open(self) -> bool:
        """The practitioner could be meant by this name."""
        return self.family in _BORNE_FAMILY and self.first in _OPEN_FIRST


_NO_FIT = _Fit(0.0, _Family.OTHER, _First.OTHER)
_SIMILARITY = {
    (family, first): _FAMILY_SHARE * _FAMILY_WEIGHT[family] + _FIRST_SHARE * _FIRST_WEIGHT[first]
    for family in _Family
    for first in _First
}


def _shown(words: Iterable[Token]) -> str:
    return " ".join([w.shown for w in words])


# --- evidence --------------------------------------------------------------------------------------------------


class _Rpps(StrEnum):
    SAME = "same"
    OTHER = "other"
    GARBLED = "garbled"  # not a valid number, and far from the practitioner's
    SILENT = "silent"


# What points at one person whatever the name; one bit each, so that sets of them compare fast.
_RPPS, _PHONE, _ADDRESS = 4, 2, 1


class _Evidence(NamedTuple):
    """What speaks besides the name. phone: the number; address: the practice there; town: its name."""

    identifiers: int
    rpps: _Rpps
    phone: str
    address: Practice | None
    town: str
    rare: bool
    other_department: bool
    elsewhere: bool
    phone_differs: bool
    street_differs: bool

    @property
    def sufficiency(self) -> Sufficiency:
        # Only what agrees counts here, so that hiding a field of a listing can never raise it; what disagrees
        # weighs in the decision.
        if self.identifiers or self.rare:
            return Sufficiency.SUFFICIENT
        return Sufficiency.WEAK if self.town else Sufficiency.NONE


class _Candidate(NamedTuple):
    person: _Person
    fit: _Fit
    evidence: _Evidence
    decision: Decision


# --- the matcher -----------------------------------------------------------------------------------------------


class Matcher:
    """A roster ready to be compared with listings, one at a time or in bulk; its order does not matter."""

    def __init__(self, roster: Iterable[Practitioner]) -> None:
        self._people = [_Person(p) for p in sorted(roster, key=lambda p: p.id)]
        # Family name, then the initial or the first two letters of a first name.
        self._families: dict[str, dict[str, list[int]]] = {}
        self._by_family_place: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._by_first_place: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self._by_phone: dict[str, list[int]] = defaultdict(list)
        self._by_rpps: dict[str, list[int]] = defaultdict(list)
        self._by_street: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self._by_full_name: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._first_names: set[str] = set()
        for i, person in enumerate(self._people):
            self._index(i, person)

    def _index(self, i: int, person: _Person) -> None:
        keys = {key for w in (*person.first_words, *person.others) for key in (w[0], names.spelling(w)[:2])}
        keys.add(person.initials)
        for form, whole in person.forms.items():
            by_first = self._families.setdefault(form, {})
            for key in keys:
                by_first.setdefault(key, []).append(i)
            for place in person.places:
                self._by_family_place[form, place].add(i)
            if whole:
                self._by_full_name[form, person.spelling].add(i)
        for letter in {form[0] for form, whole in person.forms.items() if whole}:
            for place in person.places:
                self._by_first_place[person.first, place, letter].append(i)
        for number in person.phones:
            # A number that connects callers identifies nobody.
            if not names.relay_number(number):
                self._by_phone[number].append(i)
        if person.rpps:
            self._by_rpps[person.rpps].append(i)
        for street in {(a.number, a.name[-1]) for a, _ in person.addresses if a.number and a.name}:
            for key in keys:
                self._by_street[*street, key].append(i)
        self._first_names.update(person.first_words)

    def candidates(self, listing: Listing) -> tuple[Practitioner, ...]:
        """Return the practitioners worth comparing with a listing, in order of id; empty when nobody is near."""
        seen = _Seen(listing)
        near = set().union(*self._near(seen), self._misspelt(seen))
        return tuple(self._people[i].practitioner for i in sorted(near))

    def match(self, listing: Listing) -> tuple[Match, ...]:
        """Return who the listing may be about, best first; at most one is confirmed.

        Rejected practitioners are included when they share enough to be worth a word: the full name, a phone, an
        address, an RPPS number. Empty when nobody comes near.
        """
        seen = _Seen(listing)
        return tuple(_told(seen, settled) for settled in self._settled(seen)[:_SHOWN])

    def best(self, listing: Listing) -> Match | None:
        """Return the first of `match`, or None when nobody comes near."""
        seen = _Seen(listing)
        settled = self._settled(seen)
        return _told(seen, settled[0]) if settled else None

    def _settled(self, seen: _Seen) -> list[_Settled]:
        """Return the candidates, each with its decision once the others were heard, best first."""
        by_identifier, by_name = self._near(seen)
        found: list[_Candidate] = []
        strangers: list[_Person] = []
        for i in by_identifier | by_name:
            person = self._people[i]
            fit = self._fit(seen, person)
            if fit is _NO_FIT and (not seen.rpps or seen.rpps != person.rpps):
                if i in by_identifier:
                    strangers.append(person)
            elif i in by_identifier or fit.similarity >= _FAINT:
                found += self._candidate(seen, person, fit)
        if all(c.decision is Decision.REJECTED for c in found):
            # Only then: looking for misspelt names costs more, and a name that is borne is not misspelt.
            for i in self._misspelt(seen) - by_identifier - by_name:
                fit = self._fit(seen, self._people[i])
                if fit.similarity >= _FAINT:
                    found += self._candidate(seen, self._people[i], fit)
        if not found:
            # Nobody bears the name: at least say whose phone or address it is.
            strangers.sort(key=lambda person: person.practitioner.id)
            found = [c for person in strangers[:3] for c in self._candidate(seen, person, _NO_FIT)]
        found.sort(key=_rank)
        settled = [_settle(candidate, found) for candidate in found]
        # Hearing the others can change the order; the sort is stable.
        return sorted(settled, key=lambda s: _ORDER[s.decision]) if len(settled) > 1 else settled

    def _near(self, seen: _Seen) -> tuple[set[int], set[int]]:
        """Return the people who share an identifier with the listing, and those who bear a name it shows."""
        by_name: set[int] = set()
        by_identifier: set[int] = set()
        keys_shown: set[str] = set()
        for shown in seen.people:
            keys = [w.text if len(w.text) <= 2 else names.spelling(w.text)[:2] for w in shown.words]
            keys_shown.update(keys)
            for start, end, text in shown.spans:
                by_first = self._families.get(text)
                if by_first is None:
                    continue
                for key in (*keys[:start], *keys[end:]):
                    if key in by_first:
                        by_name.update(by_first[key])
                if not shown.beside(start, end):
                    for place in seen.places:
                        by_name.update(self._by_family_place.get((text, place), ()))
        for number in seen.phones:
            by_identifier.update(self._by_phone.get(number, ()))
        if seen.rpps:
            by_identifier.update(self._by_rpps.get(seen.rpps, ()))
        for a in seen.addresses:
            if a.number and a.name:
                for key in keys_shown:
                    by_identifier.update(self._by_street.get((a.number, a.name[-1], key), ()))
        return by_identifier, by_name

    def _misspelt(self, seen: _Seen) -> set[int]:
        """Return the people of the place whose first name is shown beside a word with their family name's initial."""
        found: set[int] = set()
        for shown in seen.people:
            for start, end, text in shown.spans:
                if text in self._first_names or end - start > 1:
                    for letter in {w.text[0] for w in (*shown.words[:start], *shown.words[end:])}:
                        for place in seen.postcodes or seen.towns:
                            found.update(self._by_first_place.get((text, place, letter), ()))
        return found

    def _fit(self, seen: _Seen, person: _Person) -> _Fit:
        """Return the best reading of the displayed name as this practitioner's."""
        best = _NO_FIT
        for shown in seen.people:
            if person.forms.keys().isdisjoint(shown.texts):
                if person.first[:1] in shown.initials:
                    fit = self._near_family(shown, person)
                    best = fit if fit.similarity > best.similarity else best
                continue
            for start, end, text in shown.spans:
                whole = person.forms.get(text)
                if whole is None:
                    continue
                first, extra, run = self._first(shown.beside(start, end), person)
                family = _Family.EXTRA if extra else _Family.SAME if whole else _Family.PART
                similarity = _SIMILARITY[family, first]
                if similarity > best.similarity:
                    best = _Fit(similarity, family, first, (*shown.words[start:end], *extra), run)
        return best

    def _near_family(self, shown: _Words, person: _Person) -> _Fit:
        """Return the best reading when no word is the family name: a slip of the pen, or somebody else."""
        best = _NO_FIT
        for start, end, text in shown.spans:
            # A family name begins or ends a displayed name.
            if len(text) < 4 or (start and end < len(shown.words)) or end - start == len(shown.words):
                continue
            for form, whole in person.forms.items():
                allowed = 2 if len(form) >= 8 else 1
                if not whole or abs(len(form) - len(text)) > allowed:
                    continue
                distance = OSA.distance(text, form, score_cutoff=allowed)
                if distance > allowed:
                    continue
                first, extra, run = self._first(shown.beside(start, end), person)
                # A name that others on the roster bear is their name, not a slip.
                slip = distance == 1 and len(form) >= 5 and text not in self._families and not extra
                family = _Family.TYPO if slip else _Family.NEAR
                if _SIMILARITY[family, first] > best.similarity:
                    best = _Fit(_SIMILARITY[family, first], family, first, shown.words[start:end], run)
        if best is _NO_FIT and person.first in shown.texts:
            rest = [w for w in shown.words if w.text not in person.first_words]
            return _Fit(_SIMILARITY[_Family.OTHER, _First.SAME], _Family.OTHER, _First.SAME, rest)
        return best

    def _first(self, rest: list[Token], person: _Person) -> tuple[_First, Sequence[Token], Sequence[Token]]:
        """Return how the words left beside the family name fit the first name, names too many, and the words read."""
        if not rest:
            return _First.ABSENT, (), ()
        text = rest[0].text if len(rest) == 1 else names.joined(rest)
        if text == person.first:
            return _First.SAME, (), rest
        level = self._one_first(rest, text, person)
        if len(rest) == 1 or level not in (_First.OTHER, _First.NEAR):
            return level, (), rest
        # The first name and something else: a second first name, or one more family name.
        best: tuple[_First, Sequence[Token], Sequence[Token]] = (level, (), rest)
        for start in range(len(rest)):
            for end in range(start + 1, len(rest) + 1):
                run: Sequence[Token] = rest[start:end]
                if len(run) == len(rest):
                    continue
                level = self._one_first(run, names.joined(run), person)
                left: Sequence[Token] = [w for w in (*rest[:start], *rest[end:]) if not self._own(w, person)]
                hyphened = (start > 0 and rest[start - 1].glue == "-") or run[-1].glue == "-"
                if left and level in _FULL_FIRST and (hyphened or any(w.text in self._first_names for w in left)):
                    level, left, run = _First.PART, (), rest
                if _FIRST_WEIGHT[level] > _FIRST_WEIGHT[best[0]]:
                    best = (level, left, run)
        return best

    @staticmethod
    def _own(word: Token, person: _Person) -> bool:
        """Return True for a word that adds nobody: the person's own names, or an initial."""
        return len(word.text) == 1 or word.text in person.others or word.text in person.family_words

    @staticmethod
    def _one_first(rest: Sequence[Token], text: str, person: _Person) -> _First:
        """Return how these words, all of them, fit the first name."""
        own = person.first
        if not own:
            return _First.ABSENT
        if text == own:
            return _First.SAME
        if names.spelling(text) == person.spelling or _swapped(text, own):
            return _First.SPELLING
        if len(text) == 1 or len(own) == 1:
            return _First.INITIAL if text[0] == own[0] else _First.OTHER
        if len(rest) == len(person.first_words) and all(
            w.text in (full, full[0]) for w, full in zip(rest, person.first_words, strict=True)
        ):
            return _First.INITIALS
        if all(len(w.text) == 1 for w in rest):
            return _First.INITIAL if text[0] == own[0] else _First.OTHER
        if len(person.initials) > 1 and text == person.initials:
            return _First.INITIALS
        if own in names.SHORT_FIRST_NAMES.get(text, ()) or text in names.SHORT_FIRST_NAMES.get(own, ()):
            return _First.SHORT
        if text in person.others:
            return _First.SECOND
        if text in person.first_words:
            return _First.PART
        # Alike enough that a person must look: a slip, or another first name (Claire / Clara, Paul / Pauline).
        if text[0] == own[0] and (
            text.startswith(own) or own.startswith(text) or JaroWinkler.similarity(text, own) >= 0.86
        ):
            return _First.NEAR
        return _First.NEAR if len(own) > 4 and OSA.distance(text, own, score_cutoff=1) == 1 else _First.OTHER

    def _evidence(self, seen: _Seen, person: _Person, fit: _Fit) -> _Evidence:
        rpps = _compare_rpps(seen.rpps, person.rpps)
        phone = town = ""
        address: Practice | None = None
        street_differs = False
        # The smallest, here and below, so that the order of phones and places does not change the sentence.
        if not seen.phones.isdisjoint(person.phones):
            phone = min(seen.phones.intersection(person.phones))
        if seen.addresses:
            address, street_differs = _compare_addresses(seen.addresses, person.addresses)
            if not seen.postcodes.isdisjoint(person.postcodes):
                town = person.postcodes[min(seen.postcodes.intersection(person.postcodes))]
            elif not seen.towns.isdisjoint(person.towns):
                town = person.towns[min(seen.towns.intersection(person.towns))]
        rare = fit.full and bool(town) and seen.trade is Trade.PHYSIOTHERAPIST and not seen.organisation
        return _Evidence(
            (_RPPS if rpps is _Rpps.SAME else 0) | (_PHONE if phone else 0) | (_ADDRESS if address else 0),
            rpps,
            phone,
            address,
            town,
            rare=rare and self._sole(person),
            other_department=bool(seen.departments and person.departments)
            and seen.departments.isdisjoint(person.departments),
            elsewhere=bool(seen.places) and not town,
            phone_differs=bool(seen.phones and person.phones) and not phone,
            street_differs=street_differs and not address,
        )

    def _sole(self, person: _Person) -> bool:
        """Return True when nobody else on the roster bears this full name, nor this family name in these places.

        A full name and a town decide alone only here: the roster of a department holds nearly every
        physiotherapist of its towns, so a name it knows once there is that person's. It says nothing of
        other professions, hence the displayed profession must be ours; and one shared family name in the town (a
        couple, a parent, a cousin) is enough to ask a person.
        """
        if person.sole is None:
            full = [form for form, whole in person.forms.items() if whole]
            person.sole = all(len(self._by_full_name[form, person.spelling]) == 1 for form in full) and all(
                len(self._by_family_place[form, place]) == 1 for form in full for place in person.places
            )
        return person.sole

    def _candidate(self, seen: _Seen, person: _Person, fit: _Fit) -> list[_Candidate]:
        """Return the practitioner as a candidate on their own, alone in a list; empty when not worth telling."""
        evidence = self._evidence(seen, person, fit)
        # A first name the roster knows is a first name, not a slip: « Clara » is not « Claire » mistyped.
        another = fit.first is _First.NEAR and all(w.text in self._first_names for w in fit.shown_first)
        wrong = another and not evidence.identifiers
        decision = Decision.REJECTED if wrong else _decide(seen, person, fit, evidence)
        faint = fit.similarity < (_WORTH_TELLING if evidence.town else _HOMONYM)
        if decision is Decision.REJECTED and not evidence.identifiers and faint:
            return []
        return [_Candidate(person, fit, evidence, decision)]


class _Settled(NamedTuple):
    """A candidate, the decision once the others were heard, and those whom the reasons must name."""

    candidate: _Candidate
    decision: Decision
    rivals: tuple[_Candidate, ...]


def _settle(candidate: _Candidate, found: list[_Candidate]) -> _Settled:
    """Return the decision on a candidate among all those found."""
    decision = candidate.decision
    if decision is Decision.REJECTED:
        return _Settled(candidate, decision, ())
    others = [c for c in found if c is not candidate and c.decision is not Decision.REJECTED and c.fit.open]
    if decision is Decision.CONFIRMED:
        rivals = tuple(c for c in others if not _dominates(candidate, c))
        # Somebody clearly better: the listing is theirs. Somebody as good: a person decides.
        better = tuple(c for c in rivals if _dominates(c, candidate))
        if better:
            return _Settled(candidate, Decision.REJECTED, better[:3])
        return _Settled(candidate, Decision.REVIEW if rivals else decision, rivals[:3])
    winner = next((c for c in others if c.decision is Decision.CONFIRMED and _dominates(c, candidate)), None)
    if winner is not None and all(_dominates(winner, c) for c in others if c is not winner):
        return _Settled(candidate, Decision.REJECTED, (winner,))
    return _Settled(candidate, decision, tuple(others[:3]) if candidate.fit.open else ())


def _told(seen: _Seen, settled: _Settled) -> Match:
    candidate, decision, rivals = settled
    reasons = [*_reasons(seen, candidate), *(_rival(c) for c in rivals)]
    return Match(
        seen.listing.key,
        candidate.person.practitioner.id,
        round(candidate.fit.similarity, 4),
        candidate.evidence.sufficiency,
        decision,
        tuple(reasons),
    )


_SHOWN = 12  # nobody reads further, and « Martin » has hundreds
# Below, without identifier: another first name altogether.
_FAINT = 0.6
# Rejected without identifier, told all the same: a near name in the town, a homonym elsewhere.
_WORTH_TELLING, _HOMONYM = 0.75, 0.9
_ORDER = {Decision.CONFIRMED: 0, Decision.REVIEW: 1, Decision.REJECTED: 2}


def _swapped(one: str, other: str) -> bool:
    """Return True when two neighbouring letters changed places inside a first name (« Cliare »)."""
    return (
        len(one) == len(other) >= 5
        and one[0] == other[0]
        and one[-1] == other[-1]
        and sorted(one) == sorted(other)
        and OSA.distance(one, other) == 1
    )


def _compare_rpps(shown: str, own: str) -> _Rpps:
    if not shown or not own:
        return _Rpps.SILENT
    if shown == own:
        return _Rpps.SAME
    if luhn.is_valid(shown):
        return _Rpps.OTHER
    # One wrong digit or two swapped: mistyped, it says nothing.
    return _Rpps.SILENT if OSA.distance(shown, own) <= 2 else _Rpps.GARBLED


def _compare_addresses(shown: list[Address], own: list[tuple[Address, Practice]]) -> tuple[Practice | None, bool]:
    """Return the practice at one of these exact addresses, if any, and whether a street was seen to differ."""
    differs = False
    for a in shown:
        for b, practice in own:
            same = names.same_street(a, b)
            if same is None:
                continue
            # Number and street are no address: every town has a « 12 rue de la République », and several towns one
            # name. A CEDEX has a postcode of its own, in the same department.
            near = a.postcode != "" and (
                a.postcode == b.postcode
                or (a.town != "" and a.town == b.town and names.department(a.postcode) == names.department(b.postcode))
            )
            if same and near:
                return practice, False
            # The same street, and no postcode to tell the town by: neither the same nor another.
            untold = not (a.postcode and b.postcode) and a.town == b.town
            differs = differs or not (same and untold)
    return None, differs


def _decide(seen: _Seen, person: _Person, fit: _Fit, evidence: _Evidence) -> Decision:
    """Return the decision on one practitioner alone; others who fit are heard later."""
    if evidence.rpps is _Rpps.OTHER:
        return Decision.REJECTED
    identified = evidence.identifiers != 0
    other_trade = seen.trade is Trade.OTHER and person.kine
    if evidence.rpps is not _Rpps.SAME:
        if fit.family is _Family.OTHER:
            # A married name the roster does not know yet: same first name on a number nobody else has.
            changed = fit.first is _First.SAME and evidence.phone and evidence.address and not seen.organisation
            return Decision.REVIEW if changed and not other_trade else Decision.REJECTED
        if fit.first is _First.OTHER or (other_trade and not identified):
            return Decision.REJECTED
    doubt = (
        other_trade
        or evidence.rpps is _Rpps.GARBLED
        or seen.from_organisation
        # Several people on one page: a person says which of them it is about.
        or len(seen.people) > 1
        or not fit.strong
    )
    if identified:
        # An address alone does not excuse a misspelt name: neighbours of a health centre have names alike.
        slip = fit.family is _Family.TYPO and evidence.identifiers == _ADDRESS
        return Decision.REVIEW if doubt or slip else Decision.CONFIRMED
    if evidence.rare and not doubt and not (evidence.phone_differs or evidence.street_differs):
        return Decision.CONFIRMED
    return _without_identifier(seen, fit, evidence)


def _without_identifier(seen: _Seen, fit: _Fit, evidence: _Evidence) -> Decision:
    """Return whether a name without identifier is worth a person's time."""
    if evidence.other_department or (evidence.elsewhere and not fit.strong):
        return Decision.REJECTED
    if evidence.town:
        close = fit.family in _BORNE_FAMILY or (fit.family is _Family.TYPO and fit.first in _FULL_FIRST)
        return Decision.REVIEW if close else Decision.REJECTED
    # No place, or another town of the department: worth a look only for a full name that nothing else denies.
    denied = evidence.elsewhere and (evidence.phone_differs or evidence.street_differs)
    return Decision.REVIEW if fit.full and not denied else Decision.REJECTED


def _rank(candidate: _Candidate) -> tuple[int, int, float, str]:
    order = _ORDER[candidate.decision]
    return (order, -candidate.evidence.identifiers, -candidate.fit.similarity, candidate.person.practitioner.id)


def _dominates(one: _Candidate, other: _Candidate) -> bool:
    """Return True when the listing is so clearly about `one` that `other` need not be weighed."""
    if (one.evidence.rpps is _Rpps.SAME) != (other.evidence.rpps is _Rpps.SAME):
        return one.evidence.rpps is _Rpps.SAME
    mine, theirs = one.evidence.identifiers, other.evidence.identifiers
    if one.fit.similarity < other.fit.similarity or theirs & ~mine:
        return False
    # Marie and Marie-Claude at one phone: the listing says Marie. Two called Claire Martin: only identifiers tell.
    return mine != theirs or (one.fit.first in _FULL_FIRST and other.fit.first not in _FULL_FIRST)


# --- reasons, in French ----------------------------------------------------------------------------------------

_NB = "\u00a0"


def _town(town: str) -> str:
    return town.title() if town.isupper() else town


def _at(practice: Practice | None) -> str:
    """Return « que le cabinet de Valence », the practice a phone or an address belongs to."""
    if practice is None:
        return "que son portable"
    town = _town(practice.town)
    if not town:
        return "que le cabinet"
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if town.startswith(article):
            return f"que le cabinet {contracted}{town[len(article) :]}"
    return f"que le cabinet d’{town}" if names.fold(town[0]) in set("aeiouy") else f"que le cabinet de {town}"


def _who(person: _Person) -> str:
    return f"{person.practitioner.full_name} ({person.practitioner.id})"


def _rival(other: _Candidate) -> Reason:
    return Reason("other_person", f"le nom convient aussi à {_who(other.person)}", -1.0)


def _reasons(seen: _Seen, candidate: _Candidate) -> list[Reason]:
    """Return why, one sentence each: names first, then what agrees, then what disagrees."""
    person, fit, evidence, _ = candidate
    found = _name_reasons(seen, fit, person)
    if evidence.rpps is _Rpps.SAME:
        found.append(Reason("rpps_same", "même numéro RPPS", 1.0))
    if evidence.phone:
        found.append(Reason("phone_same", f"même téléphone {_at(person.phones[evidence.phone])}", 1.0))
    if evidence.address:
        found.append(Reason("address_same", f"même adresse {_at(evidence.address)}", 1.0))
    elif evidence.town:
        found.append(Reason("town_same", f"même commune{_NB}: {_town(evidence.town)}", 0.3))
    if evidence.rare:
        text = "personne d’autre au tableau ne porte ce nom dans cette commune"
        found.append(Reason("name_rare", text, 0.6))
    if evidence.rpps is _Rpps.OTHER:
        found.append(Reason("rpps_other", f"numéro RPPS différent{_NB}: {seen.rpps} / {person.rpps}", -1.0))
    elif evidence.rpps is _Rpps.GARBLED:
        found.append(
            Reason("rpps_garbled", f"numéro RPPS différent, et dont la clé est fausse{_NB}: {seen.rpps}", -0.5)
        )
    if seen.trade is Trade.OTHER and person.kine:
        shown = seen.listing.profession or seen.listing.name
        found.append(Reason("profession_other", f"autre profession{_NB}: {shown.strip().lower()}", -0.8))
    if evidence.other_department:
        shown, own = "/".join(sorted(seen.departments)), "/".join(sorted(person.departments))
        found.append(Reason("department_other", f"autre département{_NB}: {shown} / {own}", -0.6))
    elif evidence.elsewhere:
        found.append(Reason("town_other", "commune différente de celle du cabinet", -0.3))
    if evidence.phone_differs:
        found.append(Reason("phone_other", "téléphone différent", -0.2))
    if evidence.street_differs:
        found.append(Reason("street_other", "adresse différente", -0.2))
    if seen.relay:
        found.append(Reason("phone_relay", "numéro de mise en relation, qui n’identifie personne", 0.0))
    if seen.organisation and (fit.first is _First.ABSENT or not seen.people):
        found.append(Reason("names_nobody", "la fiche présente une structure et ne nomme pas la personne", -0.8))
    if len(seen.people) > 1:
        found.append(Reason("several_people", "la fiche nomme plusieurs personnes", -0.4))
    if not evidence.identifiers and not evidence.rare:
        found.append(Reason("no_identifier", "aucun identifiant commun (RPPS, téléphone, adresse exacte)", 0.0))
    return found


def _name_reasons(seen: _Seen, fit: _Fit, person: _Person) -> list[Reason]:
    own = (person.practitioner.usage_name or person.practitioner.family_name).upper()
    if fit is _NO_FIT:
        shown = " ".join([_shown(people.words) for people in seen.people])
        text = f"autre nom{_NB}: {shown} / {person.practitioner.full_name}" if shown else f"la fiche ne nomme pas {own}"
        return [Reason("name_other", text, -1.0)]
    shown = _shown(fit.shown_family).upper()
    pair = shown if fit.family is _Family.SAME else f"{shown} / {own}"
    weight = _FAMILY_WEIGHT[fit.family] * _FAMILY_SHARE if fit.family is not _Family.OTHER else -1.0
    family = Reason(fit.family.value, f"{_FAMILY_TEXT[fit.family]}{_NB}: {pair}", round(weight, 4))
    own, text = person.practitioner.first_name, _FIRST_TEXT[fit.first]
    if fit.first is _First.SAME:
        text = f"{text}{_NB}: {own}"
    elif fit.shown_first:
        text = f"{text}{_NB}: {_shown(fit.shown_first)} / {own}"
    weight = {_First.NEAR: -0.5, _First.OTHER: -1.0}.get(fit.first, _FIRST_WEIGHT[fit.first] * _FIRST_SHARE)
    return [family, Reason(fit.first.value, text, round(weight, 4))]


_FAMILY_TEXT = {
    _Family.SAME: "même nom de famille",
    _Family.PART: "une partie du nom de famille",
    _Family.EXTRA: "un nom de plus que sur le tableau",
    _Family.TYPO: "nom de famille à une lettre près",
    _Family.NEAR: "nom de famille voisin",
    _Family.OTHER: "nom de famille différent",
}
_FIRST_TEXT = {
    _First.SAME: "même prénom",
    _First.SPELLING: "même prénom, écrit autrement",
    _First.INITIALS: "prénom en initiales",
    _First.SHORT: "prénom abrégé",
    _First.SECOND: "un autre de ses prénoms",
    _First.PART: "une partie du prénom",
    _First.INITIAL: "initiale du prénom seulement",
    _First.NEAR: "prénom différent",
    _First.ABSENT: "aucun prénom affiché",
    _First.OTHER: "prénom différent",
}


# --- has anything changed? -------------------------------------------------------------------------------------


def fields_hash(listing: Listing, practitioner: Practitioner) -> str:
    """Return the SHA-256 (hex) of the fields of both sides that matching reads, in comparable form.

    The key of a judgement: a decided pair is asked again only when this changes. Case, accents, typography and the
    order of phones, addresses and first names do not change it.
    """
    seen = _Seen(listing)
    person = _Person(practitioner)
    fields = {
        "listing": [
            names.fold(listing.name),
            listing.kind.value,
            names.fold(listing.profession),
            names.fold(listing.organisation),
            sorted(_flat(a) for a in seen.addresses),
            sorted(seen.phones),
            seen.shown_rpps,
        ],
        "practitioner": [
            person.rpps,
            sorted(names.fold(n) for n in practitioner.family_names),
            names.fold(practitioner.first_name),
            sorted(names.fold(n) for n in practitioner.other_first_names),
            names.fold(practitioner.profession),
            sorted(_flat(a) for a, _ in person.addresses),
            sorted(person.phones),
        ],
    }
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def kept_matches(
    matcher: Matcher, people: Mapping[str, Practitioner], listing: Listing
) -> tuple[tuple[Match, str], ...]:
    """Return the matches of a listing worth keeping (not rejected), each with its `fields_hash`, best first.

    people: the practitioners of the matcher's roster, by id.
    """
    matches = (m for m in matcher.match(listing) if m.decision is not Decision.REJECTED)
    return tuple((m, fields_hash(listing, people[m.practitioner])) for m in matches)


def _flat(address: Address) -> str:
    return "|".join([address.number, address.way, " ".join(address.name), address.postcode, address.town])
