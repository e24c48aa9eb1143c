"""When a question is asked again, when a person calls, and of whom nothing is asked."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain import question as module
from listingguard.domain.practitioner import Practitioner, Status, Verdict, Watch
from listingguard.domain.question import (
    BETWEEN_DAYS,
    REMIND_AFTER_DAYS,
    Said,
    call_due,
    reminder_due,
    silent_because,
)

WHO = Practitioner("99900000011", "Exemple", "Camille")
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def test_the_doctests_hold() -> None:
    assert doctest.testmod(module).failed == 0


@given(DAYS, st.lists(st.integers(0, 60), max_size=4))
def test_however_irregularly_it_runs_at_most_two_reminders_leave_and_each_is_left_a_week(
    first: date, gaps: list[int]
) -> None:
    asked, today = [first], first
    for gap in gaps:
        today += timedelta(days=gap)
        due = reminder_due(asked)
        if due is not None and due <= today:
            assert today >= first + timedelta(days=REMIND_AFTER_DAYS[len(asked) - 1])
            assert today - asked[-1] >= timedelta(days=BETWEEN_DAYS)
            asked.append(today)
    assert len(asked) <= 1 + len(REMIND_AFTER_DAYS)
    assert (reminder_due(asked) is None) == (call_due(asked) is not None)


@given(st.lists(DAYS, min_size=1, max_size=3))
def test_the_order_in_which_the_days_are_told_does_not_matter(asked: list[date]) -> None:
    assert reminder_due(asked) == reminder_due(sorted(asked, reverse=True))


def test_a_question_that_never_left_has_no_reminder() -> None:
    assert (reminder_due([]), call_due([])) == (None, None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"held": ("à relire",)}, "à relire"),
        ({"watch": Watch(WHO.id, wanted=False, opposed_on=date(2026, 1, 1))}, "opposée"),
        ({"watch": Watch(WHO.id, wanted=False)}, ""),
        ({"said": Verdict.AUTHORISED}, "accord"),
        ({"said": Verdict.UNAUTHORISED}, ""),
        ({"answered": True}, "à lire"),
        ({"person": replace(WHO, status=Status.DECEASED)}, "décédée"),
        ({"person": replace(WHO, status=Status.RETIRED)}, ""),
    ],
)
def test_nothing_is_asked_of_whoever_objected_agreed_answered_or_died(change: dict[str, object], why: str) -> None:
    told: dict[str, object] = {
        "person": WHO, "watch": None, "said": Verdict.UNDETERMINED, "held": (), "answered": False, **change,
    }  # fmt: skip
    person, watch, said = told.pop("person"), told.pop("watch"), told.pop("said")
    found = silent_because(person, watch, said, **told)  # type: ignore[arg-type]
    assert (why in found) if why else found == ""


def test_only_what_settles_nothing_waits_for_a_person() -> None:
    assert {said for said in Said if said.waits} == {Said.PRACTICE, Said.CLAIMED, Said.TALK}
