"""Each calendar, day by day, against the list of the law page, part 2."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from dateutil.easter import easter as witness
from holidays import country_holidays

from listingguard.edge.calendar import LABELS, NAMES, calendar, easter, place_of
from listingguard.errors import BadInput
from tests.edge import make_holidays

D = date.fromisoformat

# Code du travail L3133-1. Easter: 21 April 2019, 5 April 2026, 16 April 2028, 1 April 2040.
NATIONAL = {
    2019: "01-01 04-22 05-01 05-08 05-30 06-10 07-14 08-15 11-01 11-11 12-25",
    2026: "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25",
    2028: "01-01 04-17 05-01 05-08 05-25 06-05 07-14 08-15 11-01 11-11 12-25",
    2040: "01-01 04-02 05-01 05-08 05-10 05-21 07-14 08-15 11-01 11-11 12-25",
}
# Code du travail L3134-13; décret 83-1003 and the law page for the days of the abolition of slavery.
LOCAL = {
    "fr": {2019: "", 2026: "", 2028: "", 2040: ""},
    "alsace-moselle": {2019: "04-19 12-26", 2026: "04-03 12-26", 2028: "04-14 12-26", 2040: "03-30 12-26"},
    "alsace-moselle-sans-temple": {2019: "12-26", 2026: "12-26", 2028: "12-26", 2040: "12-26"},
    "guadeloupe": {2019: "05-27", 2026: "05-27", 2028: "05-27", 2040: "05-27"},
    "martinique": {2019: "05-22", 2026: "05-22", 2028: "05-22", 2040: "05-22"},
    "guyane": {2019: "06-10", 2026: "06-10", 2028: "06-10", 2040: "06-10"},
    "reunion": {2019: "12-20", 2026: "12-20", 2028: "12-20", 2040: "12-20"},
    "mayotte": {2019: "04-27", 2026: "04-27", 2028: "04-27", 2040: "04-27"},
    "saint-martin": {2019: "05-27", 2026: "05-27", 2028: "05-27", 2040: "05-27"},
    "saint-barthelemy": {2019: "10-09", 2026: "10-09", 2028: "10-09", 2040: "10-09"},
}


@pytest.mark.parametrize("year", NATIONAL)
@pytest.mark.parametrize("name", NAMES)
def test_a_calendar_has_the_days_of_the_law_and_no_other(name: str, year: int) -> None:
    expected = {date.fromisoformat(f"{year}-{d}") for d in f"{NATIONAL[year]} {LOCAL[name][year]}".split()}
    assert {day for day in calendar(name) if day.year == year} == expected


@pytest.mark.parametrize("year", range(2018, 2042))
def test_the_movable_days_follow_easter(year: int) -> None:
    labels = {label: day for day, label in calendar("alsace-moselle").items() if day.year == year}
    # 8 May and Ascension may share a day in other centuries, none from 2018 to 2041.
    monday = labels["lundi de Pâques"]
    assert monday.weekday() == 0
    assert date(year, 3, 23) <= monday <= date(year, 4, 26)
    assert labels["Vendredi saint"] == monday - timedelta(days=3)
    assert labels["Ascension"] == monday + timedelta(days=38)
    assert labels["lundi de Pentecôte"] == monday + timedelta(days=49)


# What the library calls each calendar; where it and the law page differ is written out in the test.
LIBRARY = {
    "fr": None,
    "alsace-moselle": "6AE",
    "alsace-moselle-sans-temple": "6AE",
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "reunion": "974",
    "mayotte": "976",
    "saint-martin": "MF",
    "saint-barthelemy": "BL",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_library_differs_only_where_the_law_page_says_so(name: str) -> None:
    years = range(2018, 2042)
    library = country_holidays("FR", subdiv=LIBRARY[name], years=years, language="fr")
    dropped = {day for day in library if any(word in library[day] for word in ("Mi-Carême", "Schoelcher"))}
    if name in ("guadeloupe", "alsace-moselle-sans-temple"):
        dropped |= {day for day in library if "Vendredi saint" in library[day]}
    moved = set()
    if name == "saint-martin":
        moved = {date(year, 5, 27) for year in years}
        # Whit Monday may fall on 28 May: a national day is never dropped.
        dropped |= {date(year, 5, 28) for year in years} - set(calendar("fr"))
    assert set(calendar(name)) == (set(library) - dropped) | moved


@pytest.mark.parametrize("year", range(1900, 2101))
def test_easter_is_where_another_reckoning_puts_it(year: int) -> None:
    assert easter(year) == witness(year)


def test_the_days_that_only_the_library_has_are_dropped() -> None:
    for name in ("guadeloupe", "martinique", "saint-martin", "saint-barthelemy"):
        days = {(day.month, day.day) for day in calendar(name)}
        assert (7, 21) not in days, "Victor Schœlcher"
    assert date(2026, 3, 12) not in calendar("guadeloupe"), "Mi-Carême"
    assert date(2026, 4, 3) not in calendar("guadeloupe"), "Good Friday"
    assert date(2026, 5, 28) not in calendar("saint-martin")


def test_two_holidays_on_one_day_keep_both_names() -> None:
    assert calendar("guyane")[date(2019, 6, 10)] == "lundi de Pentecôte et abolition de l’esclavage"
    assert calendar("fr")[date(2019, 6, 10)] == "lundi de Pentecôte"


def test_names_are_french_and_days_come_in_order() -> None:
    names = calendar("fr")
    assert names[date(2026, 11, 1)] == "Toussaint"
    assert names[date(2027, 1, 1)] == "jour de l’An"
    assert list(names) == sorted(names)
    assert (min(names).year, max(names).year) == (2018, 2041)


def test_an_unknown_calendar_names_the_choices() -> None:
    with pytest.raises(
        BadInput, match=r"«\u00a0bretagne\u00a0» n’existe pas.*fr, alsace-moselle, alsace-moselle-sans-temple"
    ):
        calendar("bretagne")


def snapshot(path: Path) -> dict[str, set[date]]:
    found: dict[str, set[date]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, year, days = line.split("\t")
        found.setdefault(name, set()).update(date.fromisoformat(f"{year}-{day}") for day in days.split())
    return found


def test_the_french_days_are_those_of_the_snapshot() -> None:
    kept = snapshot(make_holidays.FRENCH)
    assert {name: set(calendar(name)) for name in NAMES} == kept
    assert set(LABELS) == set(NAMES)


def test_an_update_of_the_library_shows_as_a_difference_with_the_snapshots() -> None:
    for path, text in (
        (make_holidays.FRENCH, make_holidays.french_text()),
        (make_holidays.ABROAD, make_holidays.abroad_text()),
    ):
        assert path.read_text(encoding="utf-8") == text, (
            f"python tests/edge/make_holidays.py, then read what changed in {path.name}"
        )


def test_a_controller_acts_where_its_record_says() -> None:
    assert place_of({"country": "France"}, "fr") is place_of({}, "fr") is place_of({"calendar": "fr"}, "fr") is None
    local = place_of({"country": "France", "calendar": "alsace-moselle"}, "fr")
    assert local is not None
    assert (local.abroad, D("2026-04-03") in local.holidays) == (False, True)
    german = place_of({"country": "Allemagne"}, "fr")
    assert german is not None
    assert (german.abroad, german.holidays[D("2026-10-03")]) == (True, "jour férié (Allemagne)")
    unknown = place_of({"country": "Ailleurs"}, "fr")
    assert unknown is not None
    assert (unknown.abroad, dict(unknown.holidays)) == (True, {})


def test_a_calendar_cannot_be_changed_by_its_reader() -> None:
    with pytest.raises(TypeError):
        calendar("fr")[date(2026, 1, 2)] = "pont"  # type: ignore[index]
