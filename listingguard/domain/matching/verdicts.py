"""What matching says: a decision on two axes, with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple


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


class Reason(NamedTuple):
    """One French sentence saying why. weight: how much it speaks for (up to 1) or against (down to -1)."""

    code: str
    text: str
    weight: float


class Match:
    """One listing and one practitioner it may be about; nothing in it changes.

    listing: Listing.key. practitioner: Practitioner.id. similarity: 0 to 1, names only. reasons: never empty; the
    sentences, or what makes them when somebody reads them, for most matches are rejected and nobody does.
    """

    __slots__ = ("_reasons", "decision", "listing", "practitioner", "similarity", "sufficiency")

    def __init__(
        self,
        listing: str,
        practitioner: str,
        similarity: float,
        sufficiency: Sufficiency,
        decision: Decision,
        reasons: tuple[Reason, ...] | Callable[[], tuple[Reason, ...]],
    ) -> None:
        self.listing = listing
        self.practitioner = practitioner
        self.similarity = similarity
        self.sufficiency = sufficiency
        self.decision = decision
        self._reasons = reasons

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return why, one French sentence each."""
        if not isinstance(self._reasons, tuple):
            self._reasons = self._reasons()
        return self._reasons

    def _all(self) -> tuple[str, str, float, Sufficiency, Decision, tuple[Reason, ...]]:
        return (self.listing, self.practitioner, self.similarity, self.sufficiency, self.decision, self.reasons)

    def __eq__(self, other: object) -> bool:
        return self._all() == other._all() if isinstance(other, Match) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return f"Match{self._all()}"

    def __reduce__(self) -> tuple[object, ...]:
        return Match, self._all()
