"""Writes `dates.tsv`, by another reckoning than the program's: `python tests/domain/make_dates.py > tests/domain/dates.tsv`.

Nothing of listingguard is imported. Months are dateutil's; holidays are the `holidays` library's, with the days that the
law page (part 2) drops and adds. The rows of the law page itself are typed here as it prints them, and are not computed.
"""

from __future__ import annotations

import calendar
import sys
from collections.abc import Iterator
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from holidays import country_holidays

D = date.fromisoformat
COLUMNS = ("receipt", "months", "calendar", "asked", "given", "noticed", "reasoned", "due", "why")

# The law page, part 2, worked examples: receipt, +1, +2, +3 months (national), and why.
LAW = (
    ("2026-01-12", "2026-02-12", "2026-03-12", "2026-04-13", "+3 is Sunday"),
    ("2026-03-05", "2026-04-07", "2026-05-05", "2026-06-05", "Easter Sunday + Monday; EDPB 01/2022 §160"),
    ("2026-08-31", "2026-09-30", "2026-11-02", "2026-11-30", "clip; Sat 31/10, Sun 1/11; EDPB 01/2022 §160"),
    ("2026-01-31", "2026-03-02", "2026-03-31", "2026-04-30", "28/2 is Saturday"),
    ("2028-01-31", "2028-02-29", "2028-03-31", "2028-05-02", "leap; Sun 30/4 + 1 May"),
    ("2027-11-30", "2027-12-30", "2028-01-31", "2028-02-29", "leap at +3"),
    ("2026-04-14", "2026-05-15", "2026-06-15", "2026-07-15", "Ascension; Sunday; 14 July"),
    ("2024-02-29", "2024-03-29", "2024-04-29", "2024-05-29", "Good Friday is worked"),
    ("2025-11-26", "2025-12-26", "2026-01-26", "2026-02-26", "26 Dec is worked"),
)
LOCAL = {
    "fr": (None, "", "code du travail L3133-1"),
    "alsace-moselle": ("6AE", "12-26", "code du travail L3134-13"),
    "alsace-moselle-sans-temple": ("6AE", "12-26", "code du travail L3134-13, no Protestant church"),
    "guadeloupe": ("971", "05-27", "décret 83-1003"),
    "martinique": ("972", "05-22", "décret 83-1003"),
    "guyane": ("973", "06-10", "décret 83-1003"),
    "reunion": ("974", "12-20", "décret 83-1003"),
    "mayotte": ("976", "04-27", "décret 83-1003; code du travail L3133-1"),
    "saint-martin": ("MF", "05-27", "law page, part 2"),
    "saint-barthelemy": ("BL", "10-09", "law page, part 2"),
}


def is_holiday(day: date, name: str) -> bool:
    """Return True for a day off in that calendar, by the library and the law page's corrections."""
    national = country_holidays("FR", years=day.year)
    if day in national:
        return True
    subdivision, added, _ = LOCAL[name]
    if f"{day:%m-%d}" == added:
        return True
    # Of what only the library has, the law page keeps Good Friday, where there is a Protestant church.
    return name == "alsace-moselle" and "Vendredi saint" in country_holidays(
        "FR", subdiv=subdivision, years=day.year, language="fr"
    ).get(day, "")


def due(receipt: date, months: int, name: str, days: int = 0) -> date:
    """Return the last day to answer: months from the receipt, clipped; the pause added; rolled to a working day."""
    end = receipt + relativedelta(months=months) + timedelta(days=days)
    while calendar.weekday(end.year, end.month, end.day) in (calendar.SATURDAY, calendar.SUNDAY) or is_holiday(
        end, name
    ):
        end = end + relativedelta(days=1)
    return end


def rows() -> Iterator[tuple[str, ...]]:
    """Yield every row: those of the law page first."""
    for receipt, *ends, why in LAW:
        for months, end in enumerate(ends, 1):
            yield receipt, str(months), "fr", "", "", "", "", end, f"law page, part 2, worked row: {why}"
    yield (
        "2024-02-29",
        "1",
        "alsace-moselle",
        "",
        "",
        "",
        "",
        "2024-04-02",
        "law page, part 2: Good Friday, Easter Monday",
    )
    yield "2025-11-26", "1", "alsace-moselle", "", "", "", "", "2025-12-29", "law page, part 2: 26 Dec, weekend"
    yield "2026-03-05", "1", "fr", "2026-03-09", "2026-03-16", "", "", "2026-04-13", "law page, part 2: pause of 7 days"
    seen = {(D(r), m, "fr") for r, *_ in LAW for m in (1, 2, 3)}
    seen |= {(D(r), 1, "alsace-moselle") for r in ("2024-02-29", "2025-11-26")}

    def plain(receipt: date, months: int, name: str, why: str) -> Iterator[tuple[str, ...]]:
        if (receipt, months, name) not in seen:
            seen.add((receipt, months, name))
            yield (
                str(receipt), str(months), name, "", "", "", "", str(due(receipt, months, name)),
                f"{why}; Reg. 1182/71 art. 3(2)(c), 3(4); {LOCAL[name][2]}",
            )  # fmt: skip

    # Month ends, leap years included: the period of a longer month ends with the shorter one.
    for year in (2018, 2020, 2023, 2024, 2028, 2032, 2036, 2039):
        for month, day in ((1, 29), (1, 30), (1, 31), (3, 31), (5, 31), (10, 31), (12, 31)):
            receipt = date(year, month, day)
            yield from plain(receipt, 1 + (year + day) % 3, "fr", "month end")
    # Every day off of every calendar, met by the end of a period of one, two and three months.
    for name, (_, added, _) in LOCAL.items():
        for year in (2019, 2025, 2030, 2037):
            holiday = date(year, *map(int, (added or "07-14").split("-")))
            for months in (1, 2, 3):
                receipt = holiday - relativedelta(months=months)
                yield from plain(receipt, months, name, f"ends on {holiday:%d/%m}")
    for name in ("fr", "alsace-moselle", "alsace-moselle-sans-temple", "guadeloupe"):
        for year in (2019, 2024, 2027, 2031, 2040):
            good_friday = next(
                d
                for d, label in country_holidays("FR", subdiv="6AE", years=year, language="fr").items()
                if "Vendredi" in label
            )
            yield from plain(good_friday - relativedelta(months=1), 1, name, "ends on Good Friday")
    # The year's end and its first days.
    for year in (2018, 2022, 2026, 2033, 2040):
        for month, day in ((11, 24), (11, 25), (12, 1)):
            yield from plain(date(year, month, day), 1, "fr", "Christmas and New Year")
    # Identity asked and given: the days between, the first counted, the last not.
    for receipt, asked, days in (
        ("2026-01-12", "2026-01-14", 1), ("2026-01-31", "2026-02-03", 9), ("2026-03-05", "2026-03-30", 21),
        ("2027-03-15", "2027-03-20", 14), ("2028-01-31", "2028-02-10", 30), ("2029-08-31", "2029-09-03", 4),
        ("2030-11-12", "2030-11-20", 12), ("2031-04-30", "2031-05-05", 3), ("2033-12-01", "2033-12-15", 16),
        ("2036-02-29", "2036-03-02", 2), ("2038-07-14", "2038-07-20", 25), ("2040-10-31", "2040-11-02", 6),
    ):  # fmt: skip
        for months in (1, 2):
            given = D(asked) + timedelta(days=days)
            end = due(D(receipt), months, "fr", days)
            yield (
                receipt, str(months), "fr", asked, str(given), "", "", str(end),
                f"pause of {days} days; EDPB 01/2022 §§159-161; Reg. 1182/71 art. 3(4)",
            )  # fmt: skip
    # An extension holds when its notice came by the end of the first month, with reasons: else the one month stands.
    for receipt in ("2026-01-12", "2026-03-05", "2026-08-31", "2028-01-31", "2030-05-31", "2034-12-31", "2037-11-30"):
        first = due(D(receipt), 1, "fr")
        for noticed, reasoned in (
            (D(receipt) + timedelta(days=3), "yes"), (first, "yes"), (first + timedelta(days=1), "yes"), (first, "no"),
        ):  # fmt: skip
            holds = reasoned == "yes" and noticed <= first
            why = "valid" if holds else "late" if reasoned == "yes" else "without reasons"
            yield (
                receipt, "3" if holds else "1", "fr", "", "", str(noticed), reasoned,
                str(due(D(receipt), 3 if holds else 1, "fr")), f"extension {why}; art. 12(3) GDPR",
            )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write("\t".join(COLUMNS) + "\n" + "".join("\t".join(row) + "\n" for row in rows()))
