"""A situation found: a listing that is about someone and that nobody authorised; and which articles fit which facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from listingguard.domain.listing import Listing, Trait
from listingguard.domain.matching import Decision, Match
from listingguard.domain.practitioner import Verdict


class Word(StrEnum):
    """A person's answer about a pair."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"
    UNDONE = "undone"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "same": "même personne",
            "other": "autre personne",
            "unknown": "je ne sais pas",
            "undone": "réponse annulée",
        }[self.value]

    @property
    def key(self) -> str:
        """Return the key pressed for it: m, a or i; `u` undoes."""
        return {"same": "m", "other": "a", "unknown": "i", "undone": "u"}[self.value]


@dataclass(frozen=True)
class Opinion:
    """What a person said of a pair, and when. blind: a second opinion, given without sight of the first."""

    word: Word
    actor: str
    day: date
    blind: bool = False


def standing(opinions: Iterable[Opinion]) -> tuple[Opinion, ...]:
    """Return the opinions on one pair that still stand, oldest first.

    Undone takes back a second opinion alone; otherwise it sends the pair back to a person, whoever spoke before.
    """
    stand: list[Opinion] = []
    for each in opinions:
        if each.word is not Word.UNDONE:
            stand.append(each)
        elif stand and stand[-1].blind:
            stand.pop()
        else:
            stand.clear()
    return tuple(stand)


def disputed(opinions: Sequence[Opinion]) -> bool:
    """Return True when the last opinion is a second one that differs from the one before: a person decides again.

    >>> first, second = Opinion(Word.SAME, "A", date(2026, 1, 5)), Opinion(Word.OTHER, "B", date(2026, 1, 6), True)
    >>> disputed([first, second]), disputed([first, second, first])
    (True, False)
    """
    return len(opinions) > 1 and opinions[-1].blind and opinions[-1].word is not opinions[-2].word


@dataclass(frozen=True)
class Ground:
    """One ground of law and the fact it needs. `source` and `verified_on` say where its text was seen, and when.

    order: the order in which grounds are pleaded. A request always opens with the first two (law page, part 0).
    """

    code: str
    article: str
    sentence: str
    order: int
    valid_from: date
    source: str
    verified_on: date
    valid_until: date | None = None


GROUNDS: tuple[Ground, ...] = (
    Ground(
        "objection",
        "article 21, paragraphe 1, du RGPD",
        "la personne s’oppose, pour des raisons tenant à sa situation particulière, au traitement des données qui la concernent",
        1,
        date(2018, 5, 25),
        "GDPR art. 21(1); law page part 1, C[14]",
        date(2026, 11, 22),
    ),
    Ground(
        "erasure_after_objection",
        "article 17, paragraphe 1, point c), du RGPD",
        "l’opposition exercée emporte l’effacement, sauf motif légitime et impérieux que le responsable du traitement démontrerait",
        2,
        date(2018, 5, 25),
        "GDPR art. 17(1)(c); law page part 1, C[3]",
        date(2026, 11, 22),
    ),
    Ground(
        "no_basis",
        "article 17, paragraphe 1, point d), du RGPD",
        "aucune des bases énumérées à l’article 6 du RGPD ne paraît fonder cet affichage, qui va au-delà d’un simple annuaire",
        3,
        date(2018, 5, 25),
        "GDPR arts 6(1), 17(1)(d); law page part 1, C[3]",
        date(2026, 11, 22),
    ),
    Ground(
        "accuracy",
        "article 5, paragraphe 1, point d), du RGPD",
        "les données affichées ne sont pas exactes",
        4,
        date(2018, 5, 25),
        "GDPR art. 5(1)(d); law page part 1",
        date(2026, 11, 22),
    ),
    Ground(
        "information",
        "article 14 du RGPD",
        "la personne n’a pas reçu les informations dues lorsque les données n’ont pas été recueillies auprès d’elle",
        5,
        date(2018, 5, 25),
        "GDPR art. 14; CA Chambéry 22 May 2025: never a sole ground; law page parts 0 and 1",
        date(2026, 11, 22),
    ),
)


def proposed_grounds(listing: Listing, day: date) -> tuple[Ground, ...]:
    """Return the grounds that fit what the listing shows, in the order they are pleaded.

    A bare listing: objection, its erasure, missing information. A booking button, a relay number, reviews or
    paid ranking add the absence of a basis; wrong data, or a relay number in place of the practice's own, adds
    accuracy. A person ticks; nothing is ticked here.
    """
    codes = {"objection", "erasure_after_objection", "information"}
    if listing.traits & {Trait.BOOKABLE, Trait.RELAY_NUMBER, Trait.REVIEWS, Trait.SPONSORED}:
        codes.add("no_basis")
    if listing.traits & {Trait.WRONG_DATA, Trait.RELAY_NUMBER}:
        codes.add("accuracy")
    return tuple(g for g in GROUNDS if g.code in codes and g.valid_from <= day <= (g.valid_until or day))


def ticked_problem(codes: frozenset[str]) -> str | None:
    """Return why these ticked grounds cannot carry a request, or None.

    >>> ticked_problem(frozenset({"objection", "erasure_after_objection", "information"})) is None
    True
    >>> "objection" in (ticked_problem(frozenset({"information"})) or "")
    True
    """
    known = {g.code: g for g in GROUNDS}
    unknown = sorted(codes - known.keys())
    if unknown:
        return f"Motif inconnu : {', '.join(unknown)}. Motifs possibles : {', '.join(known)}."
    lacking = [c for c in ("objection", "erasure_after_objection") if c not in codes]
    if lacking:
        articles = " et ".join(f"« {c} » ({known[c].article})" for c in lacking)
        return f"Une demande s’ouvre par l’opposition et l’effacement qui la suit : cochez aussi {articles}."
    return None


@dataclass(frozen=True)
class Finding:
    """A listing about a practitioner who did not authorise it, on a day; what opens or joins a case."""

    listing: str
    practitioner: str
    url: str
    platform: str
    capture: str
    day: date
    verdict: Verdict
    reasons: tuple[str, ...]
    judged_by: str = ""


def is_finding(match: Match, word: Word | None, verdict: Verdict) -> bool:
    """Return True when a case must be opened: the pair is sure or judged the same, and not authorised.

    A person's word outranks the machine's: « autre » or « je ne sais pas » never opens a case.
    """
    if verdict is Verdict.AUTHORISED:
        return False
    if word in (None, Word.UNDONE):
        return match.decision is Decision.CONFIRMED
    return word is Word.SAME


def waits_for_judgement(match: Match, word: Word | None) -> bool:
    """Return True when the pair belongs in the review queue."""
    return match.decision is Decision.REVIEW and word in (None, Word.UNDONE)
