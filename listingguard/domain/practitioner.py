"""The person we protect, where they work, and what they agreed to: practitioner, practice, mandate, authorisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

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


class Status(StrEnum):
    """Whether someone is on the roster to practise; only `active` may be looked for, all stay on the roster.

    left: no longer named by the roster they came from. unclear: the roster's word is unknown, a person decides.
    """

    ACTIVE = "active"
    LEFT = "left"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    STRUCK_OFF = "struck_off"
    DECEASED = "deceased"
    UNCLEAR = "unclear"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "active": "en exercice",
            "left": "parti du tableau",
            "suspended": "exercice suspendu",
            "retired": "en retraite",
            "struck_off": "hors tableau (radiation)",
            "deceased": "décès",
            "unclear": "statut à préciser",
        }[self.value]


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
    """One person of the roster. `id` is the RPPS number (11 digits), or a local id where there is none.

    status_on: the first day of the status, None when unknown.
    """

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
    status: Status = Status.ACTIVE
    status_on: date | None = None

    def practises(self, day: date) -> bool:
        """Return whether the person is on the roster to practise that day; a retirement to come does not count yet."""
        return self.status is Status.ACTIVE or (self.status_on is not None and day < self.status_on)

    @property
    def family_names(self) -> tuple[str, ...]:
        """Return birth and usage name, without repetition, usage name first."""
        return tuple(dict.fromkeys(n for n in (self.usage_name, self.family_name) if n))

    @property
    def full_name(self) -> str:
        """Return « Camille EXEMPLE », the name in use, as a letter writes it."""
        return f"{self.first_name} {(self.usage_name or self.family_name).upper()}".strip()

    def called(self, form: Callable[[str], str] = str) -> Iterator[str]:
        """Yield the names by which somebody may call them: either order, name of birth or in use.

        form: how each name is written, as `names.fold`.
        """
        first = form(self.first_name)
        for family in map(form, self.family_names):
            if first and family:
                yield f"{first} {family}"
                yield f"{family} {first}"


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
    """What a row of the ledger says of a platform: yes (contract, agreed), no (refused, revoked), or neither (opened).

    contract: one in writing. agreed: any other consent. revoked: takes back what the same giver had agreed to.
    opened: a page was once opened, claimed or edited there; whether that was an agreement, a person decides.
    """

    CONTRACT = "contract"
    AGREED = "agreed"
    REFUSED = "refused"
    REVOKED = "revoked"
    OPENED = "opened"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {
            "contract": "contrat",
            "agreed": "accord",
            "refused": "refus",
            "revoked": "révocation",
            "opened": "fiche ouverte ou modifiée",
        }[self.value]


YES = frozenset({Agreement.CONTRACT, Agreement.AGREED})


@dataclass(frozen=True)
class Authorisation:
    """One row of the ledger: what was agreed with one platform, by whom, from when to when (days included).

    platform: the host, as `doctolib.fr`, or the family of hosts of one controller, as `doctolib`. proof: SHA-256 of the
    document in the vault, or empty. sent_on: the day the contract was sent to the council (arts R.4321-127 and -128
    CSP); never set for what the platform itself supplied, `from_platform`. practice_left_on: the day the practitioner
    left the practice that gave it. also: hosts it speaks for besides `platform`: its brands, its name of today.
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
    from_platform: bool = False
    also: frozenset[str] = frozenset()

    def covers(self, day: date) -> bool:
        """Return True on the days for which the row speaks."""
        return self.since <= day and (self.until is None or day <= self.until)

    @property
    def taken_back(self) -> bool:
        """Return True where the row ended before it began: entered by mistake, it never speaks."""
        return self.until is not None and self.until < self.since

    def names(self, platform: str) -> bool:
        """Return True when the row is about that host."""
        return platform == self.platform or platform in self.also

    def left(self, day: date) -> bool:
        """Return True once the practitioner has left the practice or employer that gave it."""
        own = self.given_by is GivenBy.PRACTITIONER
        return not own and self.practice_left_on is not None and self.practice_left_on <= day


def families(controllers: Mapping[str, Mapping[str, Any]], formerly: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the hosts that another name stands for.

    controllers: the records of who answers for each platform; a slug stands for all its `platforms`. formerly: a name
    that a platform bore -> the host it is today.
    """
    names = {slug: frozenset(map(str, record.get("platforms", ()))) for slug, record in controllers.items()}
    return names | {old: frozenset({new}) for old, new in formerly.items()}


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


class Because(StrEnum):
    """Why the ledger says what it says."""

    NOTHING = "nothing"
    LATEST = "latest"
    SAME_DAY = "same_day"
    LEFT = "left"
    SUPPLIED = "supplied"
    OPENED = "opened"
    CONTRACT_BEFORE = "contract_before"
    OWN_WORD_BEFORE = "own_word_before"


@dataclass(frozen=True)
class Ruling:
    """A verdict with its reason and the rows that made it, in the order they begin."""

    verdict: Verdict
    because: Because
    rows: tuple[Authorisation, ...] = ()


def verdict(ledger: Iterable[Authorisation], practitioner: str, platform: str, day: date) -> Verdict:
    """Return whether `practitioner` agreed to be on `platform` that day; `ruling` also says why.

    >>> row = Authorisation("a", "1", "rdv.example", Agreement.AGREED, GivenBy.PRACTITIONER, date(2026, 1, 1))
    >>> verdict([row], "1", "rdv.example", date(2026, 3, 1)).value
    'authorised'
    >>> verdict([row], "1", "autre.example", date(2026, 3, 1)).value
    'undetermined'
    """
    return ruling(ledger, practitioner, platform, day).verdict


def ruling(ledger: Iterable[Authorisation], practitioner: str, platform: str, day: date) -> Ruling:
    """Return what the ledger says of `practitioner` and `platform` that day, and why.

    Only rows that cover the day speak; the latest to begin wins. Undetermined, so that a person decides: no row; an
    agreement given, or refused, by a practice or an employer one has left; two that begin the same day and disagree;
    a page opened once, unless a later row says yes or no; a document that only the platform supplied; a practice that
    contradicts the practitioner's own earlier word; one's own contract in force, denied without being revoked.
    """
    rows = sorted(
        (r for r in ledger if r.practitioner == practitioner and r.names(platform) and r.covers(day)),
        key=lambda r: (r.since, r.id),
    )
    said = [r for r in rows if r.agreement is not Agreement.OPENED]
    opened = [r for r in rows if r.agreement is Agreement.OPENED and (not said or r.since >= said[-1].since)]
    if not said:
        return Ruling(Verdict.UNDETERMINED, Because.OPENED if opened else Because.NOTHING, tuple(opened))
    last = tuple(r for r in said if r.since == said[-1].since)
    before = said[: -len(last)]

    def undetermined(because: Because, *others: Authorisation) -> Ruling:
        return Ruling(Verdict.UNDETERMINED, because, (*others, *last))

    if len({r.agreement in YES for r in last}) > 1:
        return undetermined(Because.SAME_DAY)
    if any(r.left(day) for r in last):
        return undetermined(Because.LEFT)
    yes = last[0].agreement in YES
    own = [r for r in last if r.given_by is GivenBy.PRACTITIONER]
    if yes and all(r.from_platform for r in last):
        return undetermined(Because.SUPPLIED)
    if not own:
        earlier = [r for r in before if r.given_by is GivenBy.PRACTITIONER][-1:]
        if earlier and (earlier[0].agreement in YES) != yes:
            return undetermined(Because.OWN_WORD_BEFORE, *earlier)
    if not yes:
        signed = _contract_denied(before, last)
        if signed is not None:
            return undetermined(Because.CONTRACT_BEFORE, signed)
        if opened:
            return Ruling(Verdict.UNDETERMINED, Because.OPENED, (*last, *opened))
    return Ruling(Verdict.AUTHORISED if yes else Verdict.UNAUTHORISED, Because.LATEST, last)


def _contract_denied(before: Sequence[Authorisation], last: Sequence[Authorisation]) -> Authorisation | None:
    """Return the practitioner's own contract, in force and never revoked, that the last word passes over; or None."""
    own = [r for r in (*before, *last) if r.given_by is GivenBy.PRACTITIONER]
    revoked = max((r.since for r in own if r.agreement is Agreement.REVOKED), default=date.min)
    signed = [r for r in own if r.agreement is Agreement.CONTRACT and r.since > revoked]
    return signed[-1] if signed else None


def sent_contracts(
    ledger: Iterable[Authorisation], practitioner: str, platform: str, day: date
) -> tuple[Authorisation, ...]:
    """Return the contracts about a platform sent to the council by that day; none: the council may attest that.

    « Aucun contrat ne nous a été transmis » is all the council can say: not that none exists.
    """
    return tuple(
        r
        for r in ledger
        if r.practitioner == practitioner and r.names(platform) and r.sent_on is not None and r.sent_on <= day
    )


MANDATE_OBJECT = "retrait des fiches de réservation publiées sans accord"
MANDATE_POWERS = (
    "exercer, auprès des responsables de traitement concernés, les droits d’opposition, d’effacement, d’accès, de "
    "rectification et de limitation, et demander que chaque destinataire des données en soit averti",
    "adresser les courriers utiles et recevoir les réponses",
    "saisir la CNIL d’une réclamation et recevoir ses réponses",
)
"""What a mandate is for and allows, where nobody says otherwise: the CNIL wants its object and its duration."""

MANDATE_NOTICE_DAYS = 30
"""A mandate about to end is a task for this many days."""


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
