"""What `bench_match.py` measures is held: an invented world that no weight was fitted on, smaller than the bench's."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from judged import population_world

from listingguard.domain.matching import Decision
from listingguard.domain.matching.matcher import Matcher
from listingguard.edge.frequencies import shipped_frequencies

NOT_OURS = {"nobody", "off_roster", "colleague", "other_health"}


@pytest.fixture(scope="module")
def told() -> Counter[str]:
    """Return what happened to the pages of one world, by what they are."""
    world = population_world(2_000, 6_000, 51, "usual")
    matcher, counts = Matcher(world.roster, shipped_frequencies()), Counter[str]()
    for page, beside in zip(world.pages, world.beside(), strict=True):
        match = matcher.best(page.listing, beside)
        decision = match.decision if match else Decision.REJECTED
        counts["pages"] += 1
        counts["true"] += page.truth is not None
        counts["asked"] += decision is Decision.REVIEW
        counts["lost"] += decision is Decision.REJECTED and page.truth is not None
        if match and decision is Decision.CONFIRMED:
            right = match.practitioner == page.truth
            counts["right" if right else "wrong"] += 1
            counts["nobody"] += not right and page.kind in NOT_OURS
    return counts


def test_of_a_thousand_confirmed_listings_no_more_than_two_are_about_another(told: Counter[str]) -> None:
    assert told["wrong"] <= 0.002 * (told["right"] + told["wrong"])


def test_no_page_of_nobody_on_the_roster_is_confirmed(told: Counter[str]) -> None:
    assert told["nobody"] == 0


def test_three_true_listings_in_four_need_no_person_and_few_are_passed_over(told: Counter[str]) -> None:
    assert told["right"] >= 0.75 * told["true"]
    assert told["lost"] <= 0.07 * told["true"]
    assert told["asked"] <= 0.15 * told["pages"]
