"""Writes the public holidays of 2018 to 2041, one line a calendar and year: `python tests/edge/make_holidays.py`.

From the `holidays` library, corrected by the law page, part 2: what only the library has is dropped, what it lacks is
added. The French lines are the witness of our own reckoning; those of other countries are what the program reads. An
update of the library shows as a difference in these files, which a person then checks against the law of that country.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from holidays import country_holidays

YEARS = range(2018, 2042)
ROOT = Path(__file__).parents[2]
FRENCH = ROOT / "tests" / "edge" / "holidays.tsv"
ABROAD = ROOT / "listingguard" / "data" / "holidays_abroad.tsv"

# Our name -> the library's subdivision, the days the law page adds (month, day).
CALENDARS: dict[str, tuple[str | None, tuple[tuple[int, int], ...]]] = {
    "fr": (None, ()),
    "alsace-moselle": ("6AE", ((12, 26),)),
    "alsace-moselle-sans-temple": ("6AE", ((12, 26),)),
    "guadeloupe": ("971", ((5, 27),)),
    "martinique": ("972", ((5, 22),)),
    "guyane": ("973", ((6, 10),)),
    "reunion": ("974", ((12, 20),)),
    "mayotte": ("976", ((4, 27),)),
    "saint-martin": ("MF", ((5, 27),)),
    "saint-barthelemy": ("BL", ((10, 9),)),
}
# What the law page does not have: Mi-Carême and Victor Schœlcher's day in the Antilles, Good Friday outside Alsace and
# Moselle or where no Protestant church is, 28 May in Saint-Martin (the law page says 27).
DROPPED = ("Mi-Carême", "Schoelcher", "Schœlcher")

COUNTRIES = {
    "Allemagne": "DE", "Autriche": "AT", "Belgique": "BE", "Bulgarie": "BG", "Chypre": "CY", "Croatie": "HR",
    "Danemark": "DK", "Espagne": "ES", "Estonie": "EE", "États-Unis": "US", "Finlande": "FI", "Grèce": "GR",
    "Hongrie": "HU", "Irlande": "IE", "Islande": "IS", "Italie": "IT", "Lettonie": "LV", "Liechtenstein": "LI",
    "Lituanie": "LT", "Luxembourg": "LU", "Malte": "MT", "Norvège": "NO", "Pays-Bas": "NL", "Pologne": "PL",
    "Portugal": "PT", "République tchèque": "CZ", "Roumanie": "RO", "Royaume-Uni": "GB", "Slovaquie": "SK",
    "Slovénie": "SI", "Suède": "SE", "Suisse": "CH",
}  # fmt: skip


def french(name: str, year: int) -> set[date]:
    """Return the public holidays of one French calendar in a year."""
    subdivision, added = CALENDARS[name]
    national = set(country_holidays("FR", years=year))
    library = country_holidays("FR", subdiv=subdivision, years=year, language="fr")
    days = {day for day in library if not any(word in library[day] for word in DROPPED)}
    if name != "alsace-moselle":
        days -= {day for day in days - national if "Vendredi saint" in library[day]}
    if name == "saint-martin":
        days -= {date(year, 5, 28)} - national
    return days | {date(year, *month_day) for month_day in added}


def text(calendars: Mapping[str, Mapping[int, set[date]]]) -> str:
    """Return `calendar TAB year TAB 01-01 04-06 …`, a line each."""
    return "".join(
        f"{name}\t{year}\t{' '.join(f'{day:%m-%d}' for day in sorted(days))}\n"
        for name, years in calendars.items()
        for year, days in years.items()
    )


def french_text() -> str:
    """Return the whole file of the French calendars."""
    return text({name: {year: french(name, year) for year in YEARS} for name in CALENDARS})


def abroad_text() -> str:
    """Return the whole file of the other countries: national days only, Sundays left out."""
    found = {}
    for country, code in COUNTRIES.items():
        library = country_holidays(code, years=YEARS)
        found[country] = {year: {d for d in library if d.year == year and d.weekday() != 6} for year in YEARS}
    return text(found)


if __name__ == "__main__":
    FRENCH.write_text(french_text(), encoding="utf-8")
    ABROAD.write_text(abroad_text(), encoding="utf-8")
