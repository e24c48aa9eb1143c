"""How a displayed name fits a practitioner's: family name and first name, each at one of a few levels."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from listingguard.domain import names
from listingguard.domain.matching.sides import Person, Seen, Words
from listingguard.domain.names import Token


class Family(StrEnum):
    """How the family name compares."""

    SAME = "family_same"
    PART = "family_part"  # one part of a double name
    EXTRA = "family_extra"  # the listing adds a name
    TYPO = "family_typo"  # one letter away, and nobody is called so
    NEAR = "family_near"  # alike, but it may be another name
    OTHER = "family_other"


class First(StrEnum):
    """How the first name compares."""

    SAME = "first_same"
    SPELLING = "first_spelling"  # Matthieu / Mathieu
    INITIALS = "first_initials"  # JP / Jean-Pierre
    SHORT = "first_short"  # Fred / Frédéric
    SLIP = "first_slip"  # Camilel / Camille: one letter away, and nobody is called so
    SECOND = "first_second"  # another of the person's own first names
    PART = "first_part"  # Jean / Jean-Pierre
    INITIAL = "first_initial"
    NEAR = "first_near"  # Claire / Clara
    ABSENT = "first_absent"
    OTHER = "first_other"


# How alike, for people to read; the decision rests on the fitted weights, not on these.
_FAMILY_LIKE = {
    Family.SAME: 1.0,
    Family.TYPO: 0.9,
    Family.PART: 0.85,
    Family.EXTRA: 0.85,
    Family.NEAR: 0.7,
    Family.OTHER: 0.0,
}
_FIRST_LIKE = {
    First.SAME: 1.0,
    First.SPELLING: 0.97,
    First.SLIP: 0.9,
    First.INITIALS: 0.85,
    First.SHORT: 0.85,
    First.SECOND: 0.8,
    First.PART: 0.75,
    First.INITIAL: 0.6,
    First.NEAR: 0.5,
    First.ABSENT: 0.4,
    First.OTHER: 0.0,
}
# A family name says more than a first name: there are twenty times as many in use.
SIMILARITY = {(f, g): 0.55 * _FAMILY_LIKE[f] + 0.45 * _FIRST_LIKE[g] for f in Family for g in First}

FULL_FIRST = frozenset({First.SAME, First.SPELLING})
VARIANT_FIRST = FULL_FIRST | {First.INITIALS, First.SHORT, First.SLIP}
# First names under which the person could still be meant. A second first name is often that of a parent.
OPEN_FIRST = VARIANT_FIRST | {First.SECOND, First.PART, First.INITIAL, First.ABSENT}
BORNE_FAMILY = frozenset({Family.SAME, Family.PART, Family.EXTRA})


class Fit(NamedTuple):
    """How a displayed name fits a practitioner. shown_family, shown_first: the words of the listing read so."""

    similarity: float
    family: Family
    first: First
    shown_family: Sequence[Token] = ()
    shown_first: Sequence[Token] = ()

    def closer(self, other: Fit) -> bool:
        """Return True for a reading that explains more than another one; both family names explain more than one."""
        if self.similarity != other.similarity:
            return self.similarity > other.similarity
        return len(self.shown_family) > len(other.shown_family)

    @property
    def full(self) -> bool:
        """Return True for the whole family name with the first name."""
        return self.family is Family.SAME and self.first in FULL_FIRST

    @property
    def strong(self) -> bool:
        """Return True for a full name, variants allowed: at most one of the two differs from the roster's."""
        if self.first in FULL_FIRST:
            return self.family in BORNE_FAMILY or self.family is Family.TYPO
        return self.family is Family.SAME and self.first in VARIANT_FIRST

    @property
    def open(self) -> bool:
        """Return True when the practitioner could be meant by this name."""
        return self.family in BORNE_FAMILY and self.first in OPEN_FIRST


# Looked up once: on Python 3.11 finding a member of an enum costs five times a name of the module.
_FAMILY_SAME, _FIRST_SAME = Family.SAME, First.SAME
_INITIAL, _SLIP, _NEAR, _OTHER = First.INITIAL, First.SLIP, First.NEAR, First.OTHER
_SAME = SIMILARITY[Family.SAME, First.SAME]
NO_FIT = Fit(0.0, Family.OTHER, First.OTHER)

FirstFit = tuple[First, Sequence[Token], Sequence[Token]]


@dataclass(frozen=True)
class NamesInUse:
    """What somebody is called, so that it is no slip of the pen. borne: family names on the roster.

    families, firsts: names of France as well; firsts_borne: first names on the roster.
    """

    borne: Container[str]
    firsts_borne: Container[str]
    families: Container[str]
    firsts: Collection[str]


def fit_at(
    shown: Words, start: int, end: int, text: str, rest: list[Token], joined: str, person: Person, known: NamesInUse
) -> Fit:
    """Return how a name fits when the words from start to end are a form of the person's family name.

    rest: the words beside it; joined: these glued together.
    """
    whole = person.forms[text]
    if whole and joined == person.first and joined:
        return Fit(_SAME, _FAMILY_SAME, _FIRST_SAME, shown.words[start:end], rest)
    first, extra, run = _first(rest, joined, person, known)
    family = Family.EXTRA if extra else _FAMILY_SAME if whole else Family.PART
    return Fit(SIMILARITY[family, first], family, first, (*shown.words[start:end], *extra), run)


def family_initial(person: Person, fit: Fit) -> bool:
    """Return True when the family name is shown as nothing but its initial (« Claire M. »)."""
    shown = fit.shown_family
    return len(shown) == 1 and len(shown[0].text) == 1 and any(shown[0].text == form[:1] for form in person.forms)


def names_another(seen: Seen, person: Person, fit: Fit) -> bool:
    """Return True when what is shown beside the name may make it somebody else's page, or no person's.

    « Remplaçant de Claire Martin », « Marc Dupont - Claire Martin », « Jean Marc Ferrand » for Jean. One word behind the
    family name, or hyphened to it, is rather one more family name.
    """
    # Somebody may be called Collège.
    if seen.through and not seen.through.issubset(person.family_words):
        return True
    if fit.family is not Family.EXTRA:
        return False
    extra = [w for w in fit.shown_family if w.own and len(w.text) > 1 and w.text not in person.family_words]
    extra = [w for w in extra if w.text not in person.forms]
    if len(extra) != 1:
        return len(extra) > 1
    one = extra[0]
    for shown in seen.people:
        words = [w.text for w in shown.words]
        if one.text not in words or not fit.shown_first or fit.shown_first[0].text not in words:
            continue
        at, first = words.index(one.text), words.index(fit.shown_first[0].text)
        family = {i for i, w in enumerate(words) if w in person.family_words or w in person.forms}
        tied = {at + 1} if one.glue == "-" else set()
        tied |= {at - 1} if at and shown.words[at - 1].glue == "-" else set()
        if first in tied:
            return True
        # Hyphened to the family name, or on its other side.
        apart = family.isdisjoint(range(min(at, first), max(at, first)))
        if family.isdisjoint(tied) and apart and one.text in seen.firsts:
            return True
    return False


def best_fit(people: Iterable[Words], person: Person, known: NamesInUse) -> Fit:
    """Return the best reading of displayed names as this practitioner's, misspelt names included."""
    best = NO_FIT
    for shown in people:
        bears = False
        for start, end, text in shown.spans:
            if text in person.forms:
                bears = True
                rest = shown.beside(start, end)
                fit = fit_at(shown, start, end, text, rest, names.joined(rest), person, known)
                best = fit if fit.closer(best) else best
        if not bears:
            fit = _near_family(shown, person, known)
            best = fit if fit.similarity > best.similarity else best
    return best


def _near_family(shown: Words, person: Person, known: NamesInUse) -> Fit:
    """Return the best reading when no word is the family name: a slip of the pen, or somebody else."""
    best = NO_FIT
    if person.first[:1] not in [w.text[0] for w in shown.words]:
        return best
    for start, end, text in shown.spans:
        # A family name begins or ends a displayed name, but for « kiné du sport ».
        if len(text) < 4 or (start and any(shown.own[end:])) or end - start == len(shown.words):
            continue
        for form, whole in person.forms.items():
            allowed = 2 if len(form) >= 8 else 1
            if not whole or abs(len(form) - len(text)) > allowed:
                continue
            distance = OSA.distance(text, form, score_cutoff=allowed)
            if distance > allowed:
                continue
            rest = shown.beside(start, end)
            first, extra, run = _first(rest, names.joined(rest), person, known)
            # A name that others bear is their name, not a slip.
            in_use = text in known.borne or text in known.families
            slip = distance == 1 and not in_use and not extra
            family = Family.TYPO if slip else Family.NEAR
            if SIMILARITY[family, first] > best.similarity:
                best = Fit(SIMILARITY[family, first], family, first, shown.words[start:end], run)
    if best is NO_FIT and any(text == person.first for _, _, text in shown.spans):
        rest = [w for w in shown.words if w.text not in person.first_words]
        return Fit(SIMILARITY[Family.OTHER, _FIRST_SAME], Family.OTHER, _FIRST_SAME, rest)
    return best


def _first(rest: list[Token], text: str, person: Person, known: NamesInUse) -> FirstFit:
    """Return how the words left beside the family name fit the first name, names too many, and the words read."""
    if not rest:
        return First.ABSENT, (), ()
    level = _one_first(rest, text, person, known)
    if len(rest) == 1 or (level is not _OTHER and level is not _NEAR):
        return level, (), rest
    # The first name and something else: a second first name, or one more family name.
    best: FirstFit = (level, (), rest)
    for start in range(len(rest)):
        for end in range(start + 1, len(rest) + 1):
            run: Sequence[Token] = rest[start:end]
            if len(run) == len(rest):
                continue
            level = _one_first(run, names.joined(run), person, known)
            left: Sequence[Token] = [w for w in (*rest[:start], *rest[end:]) if not _own(w, person)]
            hyphened = (start > 0 and rest[start - 1].glue == "-") or run[-1].glue == "-"
            if left and level in FULL_FIRST and (hyphened or any(w.text in known.firsts_borne for w in left)):
                level, left, run = First.PART, (), rest
            if _FIRST_LIKE[level] > _FIRST_LIKE[best[0]]:
                best = (level, left, run)
    return best


def _own(word: Token, person: Person) -> bool:
    """Return True for a word that adds nobody: the person's own names, or an initial."""
    return len(word.text) == 1 or word.text in person.others or word.text in person.family_words


def _one_first(rest: Sequence[Token], text: str, person: Person, known: NamesInUse) -> First:
    """Return how these words, all of them, fit the first name."""
    own = person.first
    if text == own:
        return _FIRST_SAME
    level = _two_firsts(text, own) if own else First.ABSENT
    if level is not _OTHER and level is not _NEAR and level is not _INITIAL and level is not _SLIP:
        return level
    if len(person.first_words) > 1:
        if len(rest) == len(person.first_words) and all(
            w.text in (full, full[0]) for w, full in zip(rest, person.first_words, strict=True)
        ):
            return First.INITIALS
        if text == person.initials:
            return First.INITIALS
    if level is _INITIAL:
        return level
    if len(text) == len(rest):
        return _INITIAL if text[0] == own[0] else _OTHER
    if text in person.others:
        return First.SECOND
    if len(person.first_words) > 1 and text in person.first_words:
        return First.PART
    if level is _NEAR and len(text) > 2 and own.startswith(text) and known.firsts and not _is_first(text, known):
        # « Delph », « Clémen »: cut short, and nobody is called so.
        return First.SHORT
    if level is _SLIP and (not known.firsts or _is_first(text, known)):
        return _NEAR
    return level


def _is_first(text: str, known: NamesInUse) -> bool:
    return text in known.firsts or text in known.firsts_borne


@lru_cache(maxsize=1 << 17)
def _two_firsts(text: str, own: str) -> First:
    """Return how two first names that differ compare by themselves; SLIP when one letter differs."""
    if len(text) == 1 < len(own):
        return First.INITIAL if text[0] == own[0] else First.OTHER
    if names.spelling(text) == names.spelling(own) or _swapped(text, own):
        return First.SPELLING
    if len(own) == 1:
        return First.INITIAL if text[0] == own[0] else First.OTHER
    if own in names.SHORT_FIRST_NAMES.get(text, ()) or text in names.SHORT_FIRST_NAMES.get(own, ()):
        return First.SHORT
    one_off = len(own) > 3 and OSA.distance(text, own, score_cutoff=1) == 1
    if one_off and text + "e" != own and text != own + "e":
        return First.SLIP
    # Alike enough that a person must look: a slip, or another first name (Claire / Clara, Paul / Pauline).
    if one_off or (
        text[0] == own[0]
        and (text.startswith(own) or own.startswith(text) or JaroWinkler.similarity(text, own) >= 0.86)
    ):
        return First.NEAR
    return First.OTHER


def _swapped(one: str, other: str) -> bool:
    """Return True when two neighbouring letters changed places inside a first name (« Cliare »)."""
    return (
        len(one) == len(other) >= 5
        and one[0] == other[0]
        and one[-1] == other[-1]
        and sorted(one) == sorted(other)
        and OSA.distance(one, other) == 1
    )
