"""Who may approve what leaves a council: an elected officer, in office that day, with the act that says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Officer:
    """One elected officer of the council.

    role: as the letter prints it, « vice-présidente ». document: SHA-256, in the vault, of the election or of the
    delegation. delegated_by: on whose behalf they sign, « la présidente », empty for whoever signs in their own right.
    until: the last day; ended_on: the first day without, when it ended before.
    """

    id: str
    name: str
    role: str
    since: date
    until: date
    document: str
    delegated_by: str = ""
    ended_on: date | None = None

    def in_office(self, day: date) -> bool:
        """Return True on the days of the office, its last one included."""
        return self.since <= day <= self.until and (self.ended_on is None or day < self.ended_on)

    @property
    def signatory(self) -> str:
        """Return the line under a letter: the name, then the role."""
        return f"{self.name}, {self.role}"


def officer_of(officers: Iterable[Officer], name: str, day: date) -> Officer | None:
    """Return the officer of that name in office on a day, the last one recorded; None when there is none."""
    # Heavy, and not needed for a list of cases.
    from listingguard.domain.names import fold

    wanted = fold(name)
    return next((o for o in reversed(tuple(officers)) if fold(o.name) == wanted and o.in_office(day)), None)
