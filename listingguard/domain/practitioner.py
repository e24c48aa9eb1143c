"""The person we protect, where they work, and what they agreed to: practitioner, practice, mandate, authorisation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

PHYSIOTHERAPIST = "70"
"""Masseur-kinésithérapeute in the French nomenclature TRE_G15."""


class Civility(StrEnum):
    """How the person is addressed; never guessed."""

    MADAME = "madame"
    MONSIEUR = "monsieur"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """Return « Madame », « Monsieur » or an empty string."""
        return {"madame": "Madame", "monsieur": "Monsieur", "unknown": ""}[self.value]


@dataclass(frozen=True)
class Practice:
    """One address where a practitioner works, from `since` to `until` (both days included).

    phones: E.164, as `+33475000001`. private: the address is also the home; it is never printed.
    """

    name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    insee: str = ""
    phones: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    private: bool = False


@dataclass(frozen=True)
class Practitioner:
    """One person of the roster. `id` is the RPPS number (11 digits), or a local id where there is none."""

    id: str
    family_name: str
    first_name: str
    rpps: str | None = None
    civility: Civility = Civility.UNKNOWN
    usage_name: str = ""
    other_first_names: tuple[str, ...] = ()
    profession: str = PHYSIOTHERAPIST
    mobile: str = ""
    email: str = ""
    practices: tuple[Practice, ...] = ()

    @property
    def family_names(self) -> tuple[str, ...]:
        """Return birth and usage name, without repetition, usage name first."""
        return tuple(dict.fromkeys(n for n in (self.usage_name, self.family_name) if n))

    @property
    def full_name(self) -> str:
        """Return « Camille EXEMPLE », the name in use, as a letter writes it."""
        return f"{self.first_name} {(self.usage_name or self.family_name).upper()}".strip()


class GivenBy(StrEnum):
    """Who gave, or refused, an authorisation."""

    PRACTITIONER = "practitioner"
    PRACTICE = "practice"
    EMPLOYER = "employer"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {"practitioner": "le praticien ou la praticienne", "practice": "le cabinet", "employer": "l’employeur"}[
            self.value
        ]


class Agreement(StrEnum):
    """What a row of the ledger says: an agreement to a platform, or the refusal of it."""

    AGREED = "agreed"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {"agreed": "accord", "refused": "refus"}[self.value]


@dataclass(frozen=True)
class Authorisation:
    """One row of the ledger: what was agreed with one platform, by whom, from when to when (days included).

    platform: the host, as `doctolib.fr`. proof: SHA-256 of the document in the vault, or empty.
    sent_on: the day the contract was sent to the council (art. R.4321-127 CSP); a contract supplied by the
    platform itself has none. practice_left_on: the day the practitioner left the practice that gave it.
    """

    id: str
    practitioner: str
    platform: str
    agreement: Agreement
    given_by: GivenBy
    since: date
    until: date | None = None
    proof: str = ""
    sent_on: date | None = None
    practice_left_on: date | None = None

    def covers(self, day: date) -> bool:
        """Return True on the days for which the row speaks."""
        return self.since <= day and (self.until is None or day <= self.until)


class Verdict(StrEnum):
    """What the ledger says of a practitioner and a platform on one day."""

    AUTHORISED = "authorised"
    UNAUTHORISED = "unauthorised"
    UNDETERMINED = "undetermined"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {"authorised": "accord en cours", "unauthorised": "pas d’accord", "undetermined": "on ne sait pas"}[
            self.value
        ]


def verdict(ledger: Iterable[Authorisation], practitioner: str, platform: str, day: date) -> Verdict:
    """Return whether `practitioner` agreed to be on `platform` that day.

    Only rows that cover the day speak; the latest to begin wins. No row: undetermined. An agreement given, or
    refused, by a practice or an employer stops speaking for someone who has left it: undetermined. Two rows that
    begin the same day and disagree: undetermined, a person decides.

    >>> row = Authorisation("a", "1", "rdv.example", Agreement.AGREED, GivenBy.PRACTITIONER, date(2026, 1, 1))
    >>> verdict([row], "1", "rdv.example", date(2026, 3, 1)).value
    'authorised'
    >>> verdict([row], "1", "autre.example", date(2026, 3, 1)).value
    'undetermined'
    """
    rows = [r for r in ledger if (r.practitioner, r.platform) == (practitioner, platform) and r.covers(day)]
    if not rows:
        return Verdict.UNDETERMINED
    latest = max(r.since for r in rows)
    words = set()
    for row in rows:
        if row.since != latest:
            continue
        left = row.practice_left_on is not None and row.practice_left_on <= day
        if row.given_by is not GivenBy.PRACTITIONER and left:
            words.add(Verdict.UNDETERMINED)
        elif row.agreement is Agreement.REFUSED:
            words.add(Verdict.UNAUTHORISED)
        else:
            words.add(Verdict.AUTHORISED)
    return words.pop() if len(words) == 1 else Verdict.UNDETERMINED


@dataclass(frozen=True)
class Mandate:
    """The practitioner's signed authority for the council to act: object, powers, duration, revocation.

    document: SHA-256 of the signed document in the vault. The object and the duration are required by the
    CNIL's recommendation 2021-070; the mandate is free of charge.
    """

    id: str
    practitioner: str
    object: str
    powers: tuple[str, ...]
    since: date
    until: date
    document: str
    revoked_on: date | None = None

    def valid(self, day: date) -> bool:
        """Return True while the council may act under it."""
        return self.since <= day <= self.until and (self.revoked_on is None or day < self.revoked_on)


@dataclass(frozen=True)
class Watch:
    """Whether we may look for someone: yes or no, how and when they were informed, whether they objected."""

    practitioner: str
    wanted: bool
    informed_on: date | None = None
    channel: str = ""
    opposed_on: date | None = None

    @property
    def active(self) -> bool:
        """Return True when a scan may look for this practitioner."""
        return self.wanted and self.opposed_on is None
