"""What makes a finding, and what waits for a person."""

from __future__ import annotations

import doctest

import pytest

from listingguard.domain import finding as module
from listingguard.domain.finding import Word, is_finding, waits_for_judgement
from listingguard.domain.matching import Decision, Match, Reason, Sufficiency
from listingguard.domain.practitioner import Verdict

MATCH = Match("rdv.example:1", "1", 1.0, Sufficiency.SUFFICIENT, Decision.CONFIRMED, (Reason("name", "même nom", 1.0),))


def match(decision: Decision) -> Match:
    return Match(MATCH.listing, MATCH.practitioner, MATCH.similarity, MATCH.sufficiency, decision, MATCH.reasons)


# Decision -> word -> is it a finding, when nobody agreed to the listing?
OPENS = {
    Decision.CONFIRMED: {None: True, Word.UNDONE: True, Word.SAME: True, Word.OTHER: False, Word.UNKNOWN: False},
    Decision.REVIEW: {None: False, Word.UNDONE: False, Word.SAME: True, Word.OTHER: False, Word.UNKNOWN: False},
    Decision.REJECTED: {None: False, Word.UNDONE: False, Word.SAME: True, Word.OTHER: False, Word.UNKNOWN: False},
}


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("word", [None, *Word])
def test_a_finding_is_sure_or_judged_the_same_and_never_authorised(decision: Decision, word: Word | None) -> None:
    assert is_finding(match(decision), word, Verdict.UNAUTHORISED) is OPENS[decision][word]
    assert is_finding(match(decision), word, Verdict.UNDETERMINED) is OPENS[decision][word]
    assert not is_finding(match(decision), word, Verdict.AUTHORISED)


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("word", [None, *Word])
def test_only_a_doubt_that_nobody_settled_waits_for_a_person(decision: Decision, word: Word | None) -> None:
    waits = decision is Decision.REVIEW and word in (None, Word.UNDONE)
    assert waits_for_judgement(match(decision), word) is waits


def test_each_word_has_its_key_and_its_french() -> None:
    assert {w: w.key for w in Word} == {Word.SAME: "m", Word.OTHER: "a", Word.UNKNOWN: "i", Word.UNDONE: "u"}
    assert [w.label for w in (Word.SAME, Word.OTHER, Word.UNKNOWN)] == [
        "même personne",
        "autre personne",
        "je ne sais pas",
    ]


def test_the_doctests_hold() -> None:
    assert doctest.testmod(module).failed == 0
