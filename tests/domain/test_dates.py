"""Two hundred dates and more, reckoned elsewhere, each with its source (`dates.tsv`, written by `make_dates.py`)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from listingguard.domain.deadline import both_clocks, deadline, extension_valid, suspended_days
from listingguard.edge.calendar import NAMES, calendar

D = date.fromisoformat

with (Path(__file__).parent / "dates.tsv").open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream, delimiter="\t"))


def test_the_table_has_every_calendar_every_period_suspensions_and_extensions_and_a_source_for_each_row() -> None:
    assert len(ROWS) >= 200
    assert {row["calendar"] for row in ROWS} == set(NAMES)
    assert {row["months"] for row in ROWS} == {"1", "2", "3"}
    assert sum(bool(row["asked"]) for row in ROWS) >= 20
    assert {row["why"].partition(";")[0] for row in ROWS if row["noticed"]} == {
        "extension valid", "extension late", "extension without reasons",
    }  # fmt: skip
    assert any(row["receipt"].endswith("02-29") for row in ROWS)
    assert all(row["why"] for row in ROWS)
    keys = [tuple(row[name] for name in row if name not in ("due", "why")) for row in ROWS]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['receipt']}+{row['months']}-{row['calendar']}-{row['why'][:24]}"
)
def test_each_date_is_the_one_reckoned_elsewhere(row: dict[str, str]) -> None:
    received, days, months = D(row["receipt"]), calendar(row["calendar"]), int(row["months"])
    pauses = [(D(row["asked"]), D(row["given"]))] if row["asked"] else []
    suspended = suspended_days(pauses)
    end = deadline(received, days, months=months, suspended=suspended, basis=row["why"])
    assert str(end.due) == row["due"], row["why"]
    if row["noticed"]:
        holds = extension_valid(received, D(row["noticed"]), row["reasoned"] == "yes", days, suspended=suspended)
        clocks = both_clocks(received, days, extended=holds, suspended=pauses)
        assert (clocks.in_force.months, str(clocks.in_force.due)) == (months, row["due"])
