"""What people must do: about the question, its answers, the ledger and the mandate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from listingguard.domain.case import Acting, Gate, Rules, State, Status
from listingguard.domain.next_step import Who, ledger_actions, mandate_over, next_actions
from listingguard.domain.practitioner import Mandate, Verdict
from listingguard.domain.question import Said

ASKED, NO = date(2026, 1, 5), Verdict.UNAUTHORISED
COUNCIL, SELF = (Rules(acting, Gate.LEGAL, {}) for acting in (Acting.COUNCIL, Acting.SELF))
NEW = Status(State.DETECTED, State.DETECTED, ASKED)
MANDATE = Mandate("m", "1", "retrait", ("CNIL",), date(2026, 1, 1), date(2028, 1, 1), "ab" * 32)


def codes(now: Status, rules: Rules = COUNCIL) -> list[str]:
    return [action.code for action in next_actions(now, rules)]


def after(days: int, *asked: int) -> Status:
    return replace(NEW, day=ASKED + timedelta(days=days), asked_on=tuple(ASKED + timedelta(days=n) for n in asked))


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NEW, "word"),
        (after(0, 0), "wait"),
        (after(9, 0), "wait"),
        (after(10, 0), "remind"),
        (after(23, 0, 10), "wait"),
        (after(24, 0, 10), "remind"),
        (after(37, 0, 10, 24), "wait"),
        (after(38, 0, 10, 24), "call"),
        (replace(after(10, 0), answer=Said.TALK), "call"),
        (replace(after(10, 0), answer=Said.PRACTICE), "decide"),
        (replace(after(10, 0), answer=Said.CLAIMED), "decide"),
    ],
)
def test_one_thing_at_a_time_is_to_do_about_the_question(now: Status, code: str) -> None:
    assert codes(now) == [code]


def test_a_held_case_reminds_nobody() -> None:
    assert codes(replace(after(10, 0), held=("à relire",), suspended="à relire")) == ["held"]


def test_an_answer_that_waits_is_first_even_in_a_later_state_and_gone_with_the_case() -> None:
    confirmed = Status(State.MANDATED, State.MANDATED, ASKED, answer=Said.CLAIMED)
    assert codes(confirmed) == ["decide"], "nothing is approved before"
    assert codes(replace(confirmed, state=State.CLOSED, base=State.CLOSED)) == []


OPEN = Status(State.RUNNING, State.RUNNING, date(2027, 12, 10))


@pytest.mark.parametrize(
    ("days", "mandates", "found"),
    [
        (31, (MANDATE,), []),
        (30, (MANDATE,), ["mandate"]),
        (0, (MANDATE,), ["mandate"]),
        (-1, (MANDATE,), []),
        (10, (replace(MANDATE, revoked_on=date(2027, 1, 1)),), []),
        (10, (MANDATE, replace(MANDATE, until=date(2030, 1, 1))), []),
        (10, (MANDATE, replace(MANDATE, since=date(2028, 1, 2), until=date(2030, 1, 1))), []),
    ],
)
def test_the_end_of_a_mandate_is_a_task_in_its_last_thirty_days(
    days: int, mandates: tuple[Mandate, ...], found: list[str]
) -> None:
    now = replace(OPEN, day=MANDATE.until - timedelta(days=days))
    done = ledger_actions(now, COUNCIL, NO, mandates)
    assert [action.code for action in done] == found
    assert all(action.due == MANDATE.until and action.who is Who.STAFF for action in done)
    assert ledger_actions(now, SELF, NO, mandates) == ()


@pytest.mark.parametrize("state", [State.DETECTED, State.ERASED, State.CLOSED])
def test_a_case_that_writes_to_nobody_asks_for_no_mandate(state: State) -> None:
    now = replace(OPEN, state=state, base=state, day=MANDATE.until)
    assert ledger_actions(now, COUNCIL, Verdict.UNDETERMINED, (MANDATE,)) == ()


@pytest.mark.parametrize("said", [Verdict.AUTHORISED, Verdict.UNDETERMINED])
def test_a_ledger_that_no_longer_says_no_is_a_task_unless_the_answer_is_one_already(said: Verdict) -> None:
    (action,) = ledger_actions(OPEN, COUNCIL, said, ())
    assert action.code == "agreement"
    assert ledger_actions(replace(OPEN, answer=Said.CLAIMED), COUNCIL, said, ()) == ()


@pytest.mark.parametrize(
    ("days", "mandates", "told"),
    [
        (0, (MANDATE,), ""),
        (1, (MANDATE,), "en faire signer un nouveau"),
        (400, (MANDATE,), "en faire signer un nouveau"),
        (1, (replace(MANDATE, revoked_on=date(2027, 1, 1)),), ""),
        (1, (MANDATE, replace(MANDATE, until=date(2030, 1, 1))), ""),
        (1, (MANDATE, replace(MANDATE, since=MANDATE.until + timedelta(days=9), until=date(2030, 1, 1))), "le suivant commence"),
        (1, (), ""),
    ],
)  # fmt: skip
def test_the_day_after_a_mandate_ended_that_is_what_is_to_do_whether_or_not_the_scheduler_ran(
    days: int, mandates: tuple[Mandate, ...], told: str
) -> None:
    now = replace(OPEN, day=MANDATE.until + timedelta(days=days))
    over = mandate_over(now, COUNCIL, mandates)
    assert (over is None) is (told == "")
    assert over is None or told in over.text
    assert mandate_over(now, SELF, mandates) is None
    for state in (State.DETECTED, State.CONFIRMED, State.ERASED, State.CLOSED):
        assert mandate_over(replace(now, state=state, base=state), COUNCIL, mandates) is None
