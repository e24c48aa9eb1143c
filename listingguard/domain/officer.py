"""Who may approve what leaves a council: an elected officer, in office that day, with the act that says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from listingguard.domain.french import french_day


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


def unfit(actor: str, today: date) -> str:
    """Return that this person may not approve for the council that day, and how to record whoever may."""
    return (
        f"un élu habilité ce jour, ce que « {actor} » n’est pas le {french_day(today)} : listingguard officer add "
        f'"{actor}" --role … --since … --until … --delegation FICHIER'
    )
