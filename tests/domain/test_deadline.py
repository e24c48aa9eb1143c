"""The dates of the law page, part 2, and what must hold for every date."""

from __future__ import annotations

import doctest
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain import deadline as module
from listingguard.domain.deadline import (
    Basis,
    DeadlineKind,
    add_months,
    both_clocks,
    deadline,
    extension_valid,
    reply_due,
    suspended_days,
)
from listingguard.edge.calendar import NAMES, calendar
from listingguard.errors import BadInput

D = date.fromisoformat
DAYS = st.dates(date(2018, 1, 1), date(2040, 12, 31))
CALENDARS = st.sampled_from(NAMES)
PAUSE = (D("2026-03-09"), D("2026-03-16"))

# Reg. 1182/71 art. 3; EDPB guidelines 01/2022 §§159-161: receipt, +1, +2 and +3 months, what the row is about.
NATIONAL = [
    ("2026-01-12", "2026-02-12", "2026-03-12", "2026-04-13", "+3 is a Sunday"),
    ("2026-03-05", "2026-04-07", "2026-05-05", "2026-06-05", "Easter Sunday, then Monday"),
    ("2026-08-31", "2026-09-30", "2026-11-02", "2026-11-30", "short month; Saturday 31/10, All Saints"),
    ("2026-01-31", "2026-03-02", "2026-03-31", "2026-04-30", "28/2 is a Saturday"),
    ("2028-01-31", "2028-02-29", "2028-03-31", "2028-05-02", "leap year; Sunday 30/4, 1 May"),
    ("2027-11-30", "2027-12-30", "2028-01-31", "2028-02-29", "leap year at +3"),
    ("2026-04-14", "2026-05-15", "2026-06-15", "2026-07-15", "Ascension; Sunday; 14 July"),
    ("2024-02-29", "2024-03-29", "2024-04-29", "2024-05-29", "Good Friday is a working day"),
    ("2025-11-26", "2025-12-26", "2026-01-26", "2026-02-26", "26 December is a working day"),
]
# Code du travail L3134-13.
ALSACE_MOSELLE = [("2024-02-29", "2024-04-02", "Good Friday"), ("2025-11-26", "2025-12-29", "26 December")]


@pytest.mark.parametrize(("receipt", "one", "two", "three", "about"), NATIONAL)
def test_the_nine_worked_rows_of_the_law(receipt: str, one: str, two: str, three: str, about: str) -> None:
    clocks = both_clocks(D(receipt), calendar("fr"), extended=True)
    assert clocks.extended is not None
    assert [str(c.due) for c in (clocks.legal, clocks.council, clocks.extended)] == [one, two, three], about
    assert [str(reply_due(D(receipt), calendar("fr"), months=n)) for n in (1, 2, 3)] == [one, two, three], about


@pytest.mark.parametrize(("receipt", "one", "about"), ALSACE_MOSELLE)
def test_the_holidays_of_alsace_and_moselle_move_the_end(receipt: str, one: str, about: str) -> None:
    assert str(reply_due(D(receipt), calendar("alsace-moselle"))) == one, about


def test_an_identity_request_gives_both_dates_and_the_later_is_acted_on() -> None:
    # EDPB guidelines 01/2022: asked 9/3, given 16/3, seven days; without the pause the end stays on 7 April.
    clocks = both_clocks(D("2026-03-05"), calendar("fr"), suspended=[PAUSE])
    assert (clocks.legal.suspended, clocks.legal.raw, clocks.legal.due) == (7, D("2026-04-12"), D("2026-04-13"))
    assert clocks.legal_no_pause.due == D("2026-04-07")
    assert clocks.in_force is clocks.legal
    assert (clocks.council.due, clocks.council_no_pause.due) == (D("2026-05-12"), D("2026-05-05"))


def test_days_in_two_pauses_count_once() -> None:
    again = (D("2026-03-14"), D("2026-03-18"))
    inside = (D("2026-03-10"), D("2026-03-11"))
    assert suspended_days([again, PAUSE, inside]) == 9
    assert suspended_days([]) == 0


def test_a_valid_extension_is_in_force_and_an_invalid_one_leaves_the_month() -> None:
    received, holidays = D("2026-03-05"), calendar("fr")
    assert extension_valid(received, D("2026-04-07"), True, holidays)
    assert not extension_valid(received, D("2026-04-08"), True, holidays), "a day late"
    assert not extension_valid(received, D("2026-03-20"), False, holidays), "no reasons"
    assert extension_valid(received, D("2026-04-08"), True, holidays, suspended=7)
    assert both_clocks(received, holidays).in_force.due == D("2026-04-07")
    assert both_clocks(received, holidays, extended=True).in_force.due == D("2026-06-05")


def test_the_working_names_each_day_passed_over() -> None:
    clocks = both_clocks(D("2026-03-05"), calendar("fr"), suspended=[PAUSE], receipt=Basis.PRESUMED)
    assert clocks.legal_no_pause.working == (
        "Réception (présumée) le jeudi 5 mars 2026\u00a0: ce jour n’est pas compté "
        "(règlement n°\u00a01182/71, article 3, paragraphe 1).",
        "Un mois plus tard\u00a0: dimanche 5 avril 2026 (article 3, paragraphe 2, point c).",
        "dimanche 5 avril 2026\u00a0: fin de semaine",
        "lundi 6 avril 2026\u00a0: lundi de Pâques",
        "La période finit donc le premier jour ouvrable suivant, mardi 7 avril 2026, en fin de journée "
        "(article 3, paragraphe 4)\u00a0; elle est dépassée à partir du mercredi 8 avril 2026.",
    )
    assert clocks.legal.working[2] == (
        "Suspension de 7 jours, le temps de répondre à la demande de justificatif d’identité\u00a0: dimanche 12 avril 2026 "
        "(lignes directrices 01/2022 du Comité européen de la protection des données)."
    )


def test_the_working_says_that_a_month_is_shorter() -> None:
    end = deadline(D("2026-08-31"), calendar("fr"), months=2, basis=DeadlineKind.COUNCIL.basis)
    assert "31 octobre 2026" in end.working[1]
    assert end.working[2:4] == (
        "samedi 31 octobre 2026\u00a0: fin de semaine",
        "dimanche 1er novembre 2026\u00a0: Toussaint",
    )
    shorter = deadline(D("2026-08-31"), calendar("fr"), months=1, basis="")
    assert "n’a pas de 31" in shorter.working[1]
    assert "mercredi 30 septembre 2026" in shorter.working[1]


def test_two_months_are_never_called_the_law() -> None:
    council = both_clocks(D("2026-03-05"), calendar("fr")).council
    assert DeadlineKind.COUNCIL.label == "repère du conseil"
    assert "ce n’est pas le délai de la loi" in council.basis
    assert not any("RGPD" in line or "légal" in line for line in (DeadlineKind.COUNCIL.label, *council.working))
    assert "deux mois" not in DeadlineKind.LEGAL.basis


def test_a_calendar_that_stops_too_early_is_refused() -> None:
    with pytest.raises(BadInput, match="ne couvre pas 2027"):
        deadline(D("2026-12-05"), calendar("fr", 2026, 2026), months=1, basis="")


@given(DAYS, st.integers(0, 400), CALENDARS, st.integers(1, 3), st.integers(0, 60))
def test_a_later_letter_is_never_due_earlier(day: date, gap: int, name: str, months: int, pause: int) -> None:
    holidays, later = calendar(name), min(day + timedelta(days=gap), date(2040, 12, 31))
    first = reply_due(day, holidays, months=months, suspended=pause)
    assert first <= reply_due(later, holidays, months=months, suspended=pause)


@given(DAYS, CALENDARS, st.integers(1, 3), st.integers(0, 60))
def test_a_due_date_is_a_working_day(day: date, name: str, months: int, pause: int) -> None:
    holidays = calendar(name)
    due = reply_due(day, holidays, months=months, suspended=pause)
    assert due.weekday() < 5
    assert due not in holidays
    passed_over = due - timedelta(days=1)
    while passed_over >= add_months(day, months) + timedelta(days=pause):
        assert passed_over.weekday() >= 5 or passed_over in holidays, "a working day was given away"
        passed_over -= timedelta(days=1)


@given(DAYS, CALENDARS)
def test_every_period_counts_from_the_receipt_and_never_from_a_moved_end(day: date, name: str) -> None:
    clocks = both_clocks(day, calendar(name), extended=True)
    assert clocks.extended is not None
    for end, months in ((clocks.legal, 1), (clocks.council, 2), (clocks.extended, 3)):
        # The number of the day, or the last one of a shorter month.
        tomorrow = end.raw + timedelta(days=1)
        assert end.raw.day == day.day or (end.raw.day < day.day and tomorrow.day == 1)
        assert (end.raw.year * 12 + end.raw.month) - (day.year * 12 + day.month) == months
    assert clocks.legal.due <= clocks.council.due <= clocks.extended.due


def test_an_extension_is_not_chained_on_a_moved_end() -> None:
    # The month moves from 5 to 7 April; two months after that would be 7 June, a Sunday, then 8 June.
    assert reply_due(D("2026-03-05"), calendar("fr"), months=3) == D("2026-06-05")


@given(DAYS, CALENDARS, st.integers(0, 60))
def test_silence_begins_the_day_after_the_last_day(day: date, name: str, pause: int) -> None:
    end = deadline(day, calendar(name), months=1, suspended=pause, basis="")
    assert end.late_from == end.due + timedelta(days=1)
    assert end.due >= end.raw > end.start


@given(DAYS, CALENDARS, st.integers(0, 60))
def test_a_suspension_never_brings_the_end_closer(day: date, name: str, pause: int) -> None:
    clocks = both_clocks(day, calendar(name), suspended=[(day, day + timedelta(days=pause))])
    assert clocks.legal.due >= clocks.legal_no_pause.due


@given(DAYS, CALENDARS, st.integers(1, 3))
def test_the_working_is_a_line_for_each_day_between_the_raw_end_and_the_due_day(
    day: date, name: str, months: int
) -> None:
    end = deadline(day, calendar(name), months=months, basis="")
    assert len(end.working) == 3 + (end.due - end.raw).days


def test_months_follow_each_other_without_a_gap() -> None:
    ends = [add_months(D("2023-10-31"), n) for n in range(6)]
    assert [str(e) for e in ends[1:5]] == ["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29"]
    assert all(a < b for a, b in pairwise(ends))


def test_the_examples_in_the_docstrings_are_right() -> None:
    result = doctest.testmod(module)
    assert result.attempted >= 5
    assert result.failed == 0
