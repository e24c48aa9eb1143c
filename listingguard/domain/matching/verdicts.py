"""What matching says: a decision on two axes, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
