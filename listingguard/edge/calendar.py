"""The public holidays of France and of its parts, by name and by year, and those of other countries; no deadlines here.

The French list is the law's, and short; the `holidays` library, whose import costs each command a second and which has
days of its own (Mi-Carême, 21 July…), is the witness of the tests instead. It wrote the days of the other countries
(`data/holidays_abroad.tsv`, by tests/edge/make_holidays.py), so that an update is a difference that a person reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from listingguard.domain.case import Place
from listingguard.errors import BadInput

FIRST_YEAR, LAST_YEAR = 2018, 2041
"""The years a calendar covers: receipts from 2018 (the GDPR) to 2040, whose last answers are due in 2041."""

_FIXED = {
    (1, 1): "jour de l’An",
    (5, 1): "fête du Travail",
    (5, 8): "victoire de 1945",
    (7, 14): "fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "armistice de 1918",
    (12, 25): "Noël",
}
# Days after Easter Sunday.
_MOVABLE = {1: "lundi de Pâques", 39: "Ascension", 50: "lundi de Pentecôte"}
_GOOD_FRIDAY = {-2: "Vendredi saint"}
_ABOLITION = "abolition de l’esclavage"

# What each calendar adds to the eleven national days. Good Friday is a holiday only in the communes of Alsace and
# Moselle that have a Protestant or mixed church; where nobody looked, counting it gives the later date.
_LOCAL: Mapping[str, Mapping[tuple[int, int], str]] = {
    "fr": {},
    "alsace-moselle": {(12, 26): "Saint-Étienne"},
    "alsace-moselle-sans-temple": {(12, 26): "Saint-Étienne"},
    "guadeloupe": {(5, 27): _ABOLITION},
    "martinique": {(5, 22): _ABOLITION},
    "guyane": {(6, 10): _ABOLITION},
    "reunion": {(12, 20): _ABOLITION},
    "mayotte": {(4, 27): _ABOLITION},
    "saint-martin": {(5, 27): _ABOLITION},
    "saint-barthelemy": {(10, 9): _ABOLITION},
}
NAMES = tuple(_LOCAL)
"""The calendars there are; `fr` is the national one."""

LABELS: Mapping[str, str] = {
    "fr": "France",
    "alsace-moselle": "Alsace-Moselle (communes avec temple protestant)",
    "alsace-moselle-sans-temple": "Alsace-Moselle (communes sans temple protestant)",
    "guadeloupe": "Guadeloupe",
    "martinique": "Martinique",
    "guyane": "Guyane",
    "reunion": "La Réunion",
    "mayotte": "Mayotte",
    "saint-martin": "Saint-Martin",
    "saint-barthelemy": "Saint-Barthélemy",
}
"""How each calendar is called on screen."""

_ABROAD = Path(__file__).parent.parent / "data" / "holidays_abroad.tsv"
_AT_HOME = frozenset({"", "fr", "france"})


@lru_cache(maxsize=32)
def calendar(name: str, first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> Mapping[date, str]:
    """Return the French name of each public holiday from `first_year` to `last_year`, in order of day.

    Two holidays on one day give one entry with both names. Raises BadInput naming the choices for an unknown name.

    Source: Code du travail L3133-1 and L3134-13; décret 83-1003 for the abolition days, Mayotte included.
    """
    if name not in _LOCAL:
        raise BadInput(
            f"Le calendrier «\u00a0{name}\u00a0» n’existe pas. À choisir parmi\u00a0: {', '.join(NAMES)}, ou un pays par son nom "
            "français (Allemagne)."
        )
    found: dict[date, list[str]] = {}
    for year in range(first_year, last_year + 1):
        days = [(date(year, *month_day), label) for month_day, label in _FIXED.items()]
        movable = _MOVABLE | _GOOD_FRIDAY if name == "alsace-moselle" else _MOVABLE
        days += [(easter(year) + timedelta(days=n), label) for n, label in movable.items()]
        days += [(date(year, *month_day), label) for month_day, label in _LOCAL[name].items()]
        for day, label in sorted(days, key=lambda pair: pair[0]):
            found.setdefault(day, []).append(label)
    return MappingProxyType({day: " et ".join(labels) for day, labels in sorted(found.items())})


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar.

    >>> easter(2026)
    datetime.date(2026, 4, 5)

    Source: the Meeus/Jones/Butcher reckoning; the tests hold it against the `holidays` library.
    """
    century, in_century = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (in_century // 4) - moon - in_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def place_of(record: Mapping[str, Any], home: str) -> Place | None:
    """Return where a controller acts, by the `calendar` or the `country` of its record; None: under the home's calendar.

    Abroad, the days are those of the whole country, none where we do not know them.
    """
    named, country = str(record.get("calendar") or ""), str(record.get("country") or "").strip()
    if named:
        return None if named == home else Place(LABELS.get(named, named), calendar(named))
    if country.casefold() in _AT_HOME:
        return None
    return Place(country, _abroad().get(country.casefold(), {}), abroad=True)


def abroad(country: str) -> Mapping[date, str] | None:
    """Return the public holidays of another country by its French name, however it is written; None: not known here.

    >>> abroad("belgique")[date(2026, 7, 21)]
    'jour férié (Belgique)'
    """
    # Not needed for a list of cases.
    from listingguard.domain.names import fold

    found = {fold(name): days for name, days in _abroad().items()}
    return found.get(fold(country))


@lru_cache(maxsize=1)
def _abroad() -> Mapping[str, Mapping[date, str]]:
    """Return the public holidays of other countries, by the country's French name in small letters."""
    found: dict[str, dict[date, str]] = {}
    for line in _ABROAD.read_text(encoding="utf-8").splitlines():
        country, year, days = line.split("\t")
        of = found.setdefault(country.casefold(), {})
        of.update({date.fromisoformat(f"{year}-{day}"): f"jour férié ({country})" for day in days.split()})
    return MappingProxyType({country: MappingProxyType(days) for country, days in found.items()})
