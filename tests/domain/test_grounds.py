"""Which articles fit which facts, and which ticks can carry a request."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, combinations

import pytest

from listingguard.domain import grounds as module
from listingguard.domain.citation import CITATIONS, row
from listingguard.domain.grounds import GROUNDS, proposed_grounds, ticked_problem
from listingguard.domain.listing import Listing, Trait

DAY = date(2026, 3, 5)
CODES = [g.code for g in GROUNDS]
BARE = Listing("rdv.example", "1", "https://rdv.example/camille-exemple-1", "Camille Exemple")


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


def test_a_ground_is_proposed_until_the_last_day_of_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = {c.article: replace(c, valid_until=DAY) for c in CITATIONS}
    monkeypatch.setattr(module, "row", ended.__getitem__)
    assert len(proposed_grounds(BARE, DAY)) == 3
    assert proposed_grounds(BARE, DAY + timedelta(days=1)) == ()


def test_every_ground_rests_on_a_row_of_the_table_of_citations() -> None:
    assert len(set(CODES)) == len(GROUNDS)
    for ground in GROUNDS:
        assert ground.article.startswith("article "), ground.code
        assert ground.article.endswith("du RGPD"), "never a deontology rule, never penal law"
        assert row(ground.cites).article == ground.cites


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


def test_the_doctests_hold() -> None:
    assert doctest.testmod(module).failed == 0
