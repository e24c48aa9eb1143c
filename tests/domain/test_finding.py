"""What makes a finding, what waits for a person, and which articles fit which facts."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, combinations

import pytest

from listingguard.domain import finding as module
from listingguard.domain.finding import (
    GROUNDS,
    Word,
    is_finding,
    proposed_grounds,
    ticked_problem,
    waits_for_judgement,
)
from listingguard.domain.listing import Listing, Trait
from listingguard.domain.matching import Decision, Match, Reason, Sufficiency
from listingguard.domain.practitioner import Verdict

DAY = date(2026, 3, 5)
CODES = [g.code for g in GROUNDS]
MATCH = Match("rdv.example:1", "1", 1.0, Sufficiency.SUFFICIENT, Decision.CONFIRMED, (Reason("name", "même nom", 1.0),))
BARE = Listing("rdv.example", "1", "https://rdv.example/camille-exemple-1", "Camille Exemple")


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


def traits() -> list[frozenset[Trait]]:
    return [frozenset(c) for c in chain.from_iterable(combinations(Trait, n) for n in range(len(Trait) + 1))]


@pytest.mark.parametrize("shown", traits(), ids=lambda shown: "+".join(sorted(shown)) or "bare")
def test_the_grounds_fit_what_the_listing_shows(shown: frozenset[Trait]) -> None:
    codes = [g.code for g in proposed_grounds(replace(BARE, traits=shown), DAY)]
    assert codes[:2] == ["objection", "erasure_after_objection"], "objection, then its erasure, open every request"
    assert codes == [c for c in CODES if c in codes], "in the order they are pleaded"
    assert ("no_basis" in codes) is bool(shown - {Trait.WRONG_DATA}), (
        "a bare register entry is not said to lack a basis"
    )
    assert ("accuracy" in codes) is bool(shown & {Trait.WRONG_DATA, Trait.RELAY_NUMBER})
    assert codes[-1] == "information"
    assert ticked_problem(frozenset(codes)) is None


def test_a_ground_is_proposed_only_while_it_is_law() -> None:
    assert proposed_grounds(BARE, date(2018, 5, 24)) == ()
    assert [g.code for g in proposed_grounds(BARE, date(2018, 5, 25))][:1] == ["objection"]


def test_a_ground_is_proposed_until_its_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = tuple(replace(g, valid_until=DAY) for g in GROUNDS)
    monkeypatch.setattr(module, "GROUNDS", ended)
    assert len(proposed_grounds(BARE, DAY)) == 3
    assert proposed_grounds(BARE, DAY + timedelta(days=1)) == ()


def test_every_ground_says_its_article_its_source_and_when_it_was_checked() -> None:
    assert len(set(CODES)) == len(GROUNDS)
    assert [g.order for g in GROUNDS] == sorted(g.order for g in GROUNDS)
    for ground in GROUNDS:
        assert ground.article.startswith("article "), ground.code
        assert ground.article.endswith("du RGPD"), "never a deontology rule, never penal law"
        assert ground.source
        assert ground.valid_from >= date(2018, 5, 25)
        assert ground.verified_on > ground.valid_from


def test_missing_information_is_never_a_sole_ground() -> None:
    for n in range(len(CODES) + 1):
        for ticked in combinations(CODES, n):
            problem = ticked_problem(frozenset(ticked))
            assert (problem is None) is ({"objection", "erasure_after_objection"} <= set(ticked)), ticked
    assert "article 21, paragraphe 1, du RGPD" in (ticked_problem(frozenset({"information"})) or "")
    assert "article 21" not in (ticked_problem(frozenset({"objection"})) or "")


def test_an_unknown_ground_is_named_with_those_there_are() -> None:
    problem = ticked_problem(frozenset({*CODES, "mise_en_demeure"}))
    assert problem == f"Motif inconnu : mise_en_demeure. Motifs possibles : {', '.join(CODES)}."


def test_each_word_has_its_key_and_its_french() -> None:
    assert {w: w.key for w in Word} == {Word.SAME: "m", Word.OTHER: "a", Word.UNKNOWN: "i", Word.UNDONE: "u"}
    assert [w.label for w in (Word.SAME, Word.OTHER, Word.UNKNOWN)] == [
        "même personne",
        "autre personne",
        "je ne sais pas",
    ]


def test_the_doctests_hold() -> None:
    assert doctest.testmod(module).failed == 0
