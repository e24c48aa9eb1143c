"""A situation found: a listing that is about someone and that nobody authorised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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
    """What a person said of a pair, and when. blind: a second opinion, which settles nothing where it differs."""

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


def contradicted(opinions: Sequence[Opinion], word: Word, actor: str) -> Opinion | None:
    """Return the opinion of somebody else that a word would reverse; None: it reverses none, or settles a disagreement.

    Whoever did not know is not contradicted by one who does.

    >>> first = Opinion(Word.OTHER, "A", date(2026, 1, 5))
    >>> contradicted([first], Word.SAME, "B") is first, contradicted([first], Word.SAME, "A")
    (True, None)
    """
    if not opinions or disputed(opinions):
        return None
    last = opinions[-1]
    return last if last.actor != actor and last.word not in (word, Word.UNKNOWN) else None


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
