"""How long a controller has to answer, and how that was found. Dates only: no clock, no files, no settings."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from listingguard.domain.french import french_day
from listingguard.errors import BadInput

HolidayCalendar = Mapping[date, str]
"""The French name of each public holiday where the controller has to act."""

_ONE_DAY = timedelta(days=1)
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_LATER = {1: "Un mois", 2: "Deux mois", 3: "Trois mois"}


class DeadlineKind(StrEnum):
    """Which period is meant. Only the first and the last are the law's."""

    LEGAL = "legal"
    COUNCIL = "council"
    EXTENDED = "extended"

    @property
    def label(self) -> str:
        """Return the French words shown on screen; two months are never called the law."""
        return {"legal": "échéance légale", "council": "repère du conseil", "extended": "échéance prolongée"}[
            self.value
        ]

    @property
    def months(self) -> int:
        """Return how many months after the first receipt the period ends."""
        return {"legal": 1, "council": 2, "extended": 3}[self.value]

    @property
    def basis(self) -> str:
        """Return where the period comes from, in French."""
        return {
            "legal": "article 12, paragraphe 3, du RGPD",
            "council": "deux mois annoncés par le conseil de l’Ordre\u00a0; ce n’est pas le délai de la loi",
            "extended": "article 12, paragraphe 3, du RGPD\u00a0: deux mois de plus, "
            "annoncés et motivés dans le premier mois",
        }[self.value]


class Basis(StrEnum):
    """How sure we are of the day of receipt."""

    PROVEN = "proven"
    PRESUMED = "presumed"

    @property
    def label(self) -> str:
        """Return the French word shown wherever the date is shown; it agrees with « réception »."""
        return {"proven": "prouvée", "presumed": "présumée"}[self.value]


@dataclass(frozen=True)
class Deadline:
    """The end of one period, and how it was found.

    due: the last day to answer. raw: that day before weekends and holidays. months: always from `start`, the day
    of receipt. basis: where the period comes from, in French. suspended: days added. working: French sentences in
    the order of the reckoning. receipt: how sure `start` is, None where nobody said.
    """

    due: date
    raw: date
    months: int
    start: date
    basis: str
    suspended: int
    working: tuple[str, ...]
    receipt: Basis | None = None

    @property
    def late_from(self) -> date:
        """Return the first day of silence, the day after the last day to answer."""
        return self.due + _ONE_DAY


@dataclass(frozen=True)
class Clocks:
    """Every period that runs from one receipt.

    legal, council, extended count the suspension; the `_no_pause` ones are the same without it, kept to be shown
    beside. extended is None unless the extension is valid.
    """

    legal: Deadline
    legal_no_pause: Deadline
    council: Deadline
    council_no_pause: Deadline
    extended: Deadline | None = None
    extended_no_pause: Deadline | None = None

    @property
    def in_force(self) -> Deadline:
        """Return the law's deadline to act on: the extended one where the extension is valid."""
        return self.extended or self.legal


def add_months(day: date, n: int) -> date:
    """Return the day of the same number `n` months later, or the last day of a shorter month.

    >>> add_months(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)

    Source: Reg. 1182/71 art. 3(2)(c).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def next_working_day(day: date, holidays: Container[date]) -> date:
    """Return `day` itself, or the first day after it that is neither Saturday, Sunday nor public holiday.

    Source: Reg. 1182/71 arts 2(2), 3(4).
    """
    while day.weekday() >= 5 or day in holidays:
        day += _ONE_DAY
    return day


def reply_due(received: date, holidays: Container[date], *, months: int = 1, suspended: int = 0) -> date:
    """Return the last day on which the controller may still answer.

    received:  the day the letter arrived, in the controller's time zone
    holidays:  public holidays where the controller has to act; no default, on purpose
    months:    1; 3 after a valid extension; always counted from the first receipt
    suspended: days during which the controller was waiting for proof of identity

    The period ends on the day of the same number, or on the last day of a shorter month; a weekend or holiday
    moves the end to the next working day. An extension is never chained onto a moved end.

    >>> reply_due(date(2025, 1, 31), holidays=())
    datetime.date(2025, 2, 28)

    Source: art. 12(3) GDPR; Reg. 1182/71 arts 2(1), 3(1), 3(2)(c), 3(4); CJEU C-171/03.
    """
    return next_working_day(add_months(received, months) + timedelta(days=suspended), holidays)


def deadline(
    received: date,
    calendar: HolidayCalendar,
    *,
    months: int,
    suspended: int = 0,
    basis: str,
    receipt: Basis | None = None,
) -> Deadline:
    """Return `reply_due` with its working: the receipt, the month, the suspension, each day passed over, the end.

    An empty calendar means that only weekends move the end. Raises BadInput where the calendar has days but stops
    before the end of the period: a holiday it does not know would make the date wrong in silence.

    >>> deadline(date(2026, 3, 5), {date(2026, 4, 6): "lundi de Pâques"}, months=1, basis="").working[3]
    'lundi 6 avril 2026\\xa0: lundi de Pâques'
    """
    raw = add_months(received, months) + timedelta(days=suspended)
    due = reply_due(received, calendar, months=months, suspended=suspended)
    if calendar and not min(calendar).year <= due.year <= max(calendar).year:
        raise BadInput(
            f"Le calendrier des jours fériés ne couvre pas {due.year}\u00a0: "
            f"l’échéance d’un courrier reçu le {french_day(received)} ne peut pas être calculée."
        )
    sure = f" ({receipt.label})" if receipt else ""
    working = [
        f"Réception{sure} le {_named(received)}\u00a0: ce jour n’est pas compté "
        "(règlement n°\u00a01182/71, article 3, paragraphe 1).",
        _same_number(received, months),
    ]
    if suspended:
        days = "d’un jour" if suspended == 1 else f"de {suspended} jours"
        working.append(
            f"Suspension {days}, le temps de répondre à la demande de justificatif d’identité\u00a0: {_named(raw)} "
            "(lignes directrices 01/2022 du Comité européen de la protection des données)."
        )
    day = raw
    while day < due:
        working.append(f"{_named(day)}\u00a0: {calendar.get(day, 'fin de semaine')}")
        day += _ONE_DAY
    moved = "donc le premier jour ouvrable suivant, " if raw != due else "le "
    article = " (article 3, paragraphe 4)" if raw != due else ""
    working.append(
        f"La période finit {moved}{_named(due)}, en fin de journée{article}\u00a0; "
        f"elle est dépassée à partir du {_named(due + _ONE_DAY)}."
    )
    return Deadline(due, raw, months, received, basis, suspended, tuple(working), receipt)


def later(first: Deadline, *others: Deadline) -> Deadline:
    """Return the one that ends last, the first of equals: where two calendars may hold, the later day is acted on."""
    return max((first, *others), key=lambda end: end.due)


def suspended_days(pauses: Iterable[tuple[date, date]]) -> int:
    """Return for how many days the controller was waiting for proof of identity.

    pauses: (asked, given); the day it was asked counts, the day it was given does not. Days in two pauses count
    once. Whether a demand came in time and was justified is for a person to say, before it is put here.

    >>> suspended_days([(date(2026, 3, 9), date(2026, 3, 16))])
    7
    """
    total, reached = 0, date.min
    for since, until in sorted(pauses):
        total += max(0, (until - max(since, reached)).days)
        reached = max(reached, until)
    return total


def both_clocks(
    received: date,
    holidays: HolidayCalendar,
    *,
    extended: bool = False,
    suspended: Iterable[tuple[date, date]] = (),
    receipt: Basis | None = None,
) -> Clocks:
    """Return the law's and the council's deadlines from one receipt, with and without the suspension.

    extended: what `extension_valid` said. suspended: see `suspended_days`. The later date is the one acted on,
    which is the one with the suspension.

    Source: art. 12(3), 12(6) GDPR; EDPB guidelines 01/2022, §§159-161; the council's notice for the two months.
    """
    pause = suspended_days(suspended)

    def end(kind: DeadlineKind, days: int) -> Deadline:
        return deadline(received, holidays, months=kind.months, suspended=days, basis=kind.basis, receipt=receipt)

    return Clocks(
        legal=end(DeadlineKind.LEGAL, pause),
        legal_no_pause=end(DeadlineKind.LEGAL, 0),
        council=end(DeadlineKind.COUNCIL, pause),
        council_no_pause=end(DeadlineKind.COUNCIL, 0),
        extended=end(DeadlineKind.EXTENDED, pause) if extended else None,
        extended_no_pause=end(DeadlineKind.EXTENDED, 0) if extended else None,
    )


def extension_valid(
    received: date, noticed: date, reasoned: bool, holidays: Container[date], *, suspended: int = 0
) -> bool:
    """Return True where the platform may take three months: told within the first month, with its reasons.

    noticed: the day its notice reached us. Otherwise the one month stands.

    >>> extension_valid(date(2026, 3, 5), date(2026, 4, 7), True, {date(2026, 4, 6): "lundi de Pâques"})
    True

    Source: art. 12(3) GDPR; EDPB guidelines 01/2022.
    """
    return reasoned and noticed <= reply_due(received, holidays, suspended=suspended)


def _named(day: date) -> str:
    """Return « lundi 6 avril 2026 »."""
    return f"{_WEEKDAYS[day.weekday()]} {french_day(day)}"


def _same_number(received: date, months: int) -> str:
    """Return the line of the working for the month arithmetic."""
    end = add_months(received, months)
    later = _LATER.get(months, f"{months} mois")
    if end.day == received.day:
        return f"{later} plus tard\u00a0: {_named(end)} (article 3, paragraphe 2, point c)."
    return (
        f"{later} plus tard\u00a0: ce mois-là n’a pas de {received.day}\u00a0; il compte jusqu’à son dernier jour, "
        f"{_named(end)} (article 3, paragraphe 2, point c)."
    )
