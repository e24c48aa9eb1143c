"""The generator of invented rosters and listings, and the perfect reader of them."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("population", Path(__file__).with_name("population.py"))
assert _spec
assert _spec.loader
population = sys.modules.setdefault("population", importlib.util.module_from_spec(_spec))
if not hasattr(population, "world"):
    _spec.loader.exec_module(population)

TRUE_ONLY = {
    *("plain", "moved", "old_phone", "relay", "no_phone", "no_street", "no_postcode", "initial", "swapped", "one_part"),
    *("usage_or_birth", "typo", "short_first", "with_rpps", "wrong_rpps", "cabinet_name", "many_on_page"),
}
FALSE = {
    *("homonym_profession", "homonym_department", "homonym_town", "relative", "relative_initial", "colleague"),
    *("near_name", "off_roster", "nobody", "other_health"),
}


@pytest.fixture(scope="module")
def made():
    return population.world(3_000, 2_000, 3)


@pytest.fixture(scope="module")
def posteriors(made):
    return list(population.perfect(made))


@pytest.fixture(scope="module")
def blind(made):
    """A reader of the same world that knows neither the truth nor former workplaces."""
    blank = tuple(dataclasses.replace(s, truth=None, category="") for s in made.listings)
    known = tuple(dataclasses.replace(kine, former=()) for kine in made.roster)
    return population._Reader(dataclasses.replace(made, roster=known, listings=blank))


@pytest.fixture(scope="module")
def wide():
    return population.world(1_000, 6_000, 1)


def digits(phone: str) -> str:
    national = re.sub(r"\D", "", phone.replace("(0)", ""))
    return "0" + national[-9:]


def luhn(number: str) -> bool:
    doubled = [int(c) * (1 + i % 2) for i, c in enumerate(reversed(number))]
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def test_the_same_seed_gives_the_same_world():
    one, two = population.world(300, 300, 5, "hard"), population.world(300, 300, 5, "hard")
    assert one == two
    assert one.roster != population.world(300, 300, 6, "hard").roster


@pytest.mark.parametrize("mix", sorted(population.MIXES))
def test_sizes(mix):
    made = population.world(120, 250, 2, mix)
    assert (len(made.roster), len(made.listings)) == (120, 250)


def test_every_category_occurs(wide):
    assert {shown.category for shown in wide.listings} == TRUE_ONLY | FALSE


def test_true_and_false_listings_have_their_own_categories(wide):
    assert {s.category for s in wide.listings if s.truth is None} == FALSE
    assert {s.category for s in wide.listings if s.truth} >= TRUE_ONLY | {
        "relative",
        "relative_initial",
        "homonym_town",
    }
    assert 0.45 < sum(s.truth is not None for s in wide.listings) / len(wide.listings) < 0.7


def test_rpps_are_unique_and_valid(wide):
    numbers = [kine.rpps for kine in wide.roster if kine.rpps]
    assert len(set(numbers)) == len(numbers)
    assert all(len(n) == 11 and luhn(n) for n in numbers)
    assert len({kine.id for kine in wide.roster}) == len(wide.roster)
    without = [kine for kine in wide.roster if not kine.rpps]
    assert 0.01 < len(without) / len(wide.roster) < 0.06
    assert all(re.fullmatch(r"L\d{5}", kine.id) for kine in without)


def test_one_digit_is_wrong_in_a_mistyped_rpps(wide):
    by_id = {kine.id: kine for kine in wide.roster}
    for shown in wide.listings:
        if shown.truth and shown.rpps:
            wrong = sum(a != b for a, b in zip(shown.rpps, by_id[shown.truth].rpps, strict=True))
            assert wrong == (shown.category == "wrong_rpps") or (wrong <= 1 and "homonym" in shown.category)


def test_the_roster_does_not_leak_people_off_it(wide):
    ids = {kine.id for kine in wide.roster}
    rpps = {kine.rpps for kine in wide.roster}
    numbers = {phone for kine in wide.roster for place in kine.workplaces for phone in place.phones}
    numbers |= {kine.mobile for kine in wide.roster if kine.mobile}
    for shown in wide.listings:
        if shown.truth is None:
            assert shown.rpps not in rpps
        else:
            assert shown.truth in ids
        if shown.category == "old_phone":
            assert not {digits(phone) for phone in shown.phones} <= numbers


def test_canonical_phones(wide):
    for kine in wide.roster:
        for place in kine.workplaces:
            assert all(re.fullmatch(r"0\d{9}", phone) for phone in place.phones)
        assert re.fullmatch(r"(0[67]\d{8})?", kine.mobile)
        assert kine.former


def test_people_of_one_page_share_it(wide):
    pages: dict[str, list] = {}
    for shown in wide.listings:
        pages.setdefault(shown.page, []).append(shown)
    shared = [lines for lines in pages.values() if len(lines) > 1]
    assert shared
    for lines in shared:
        assert [line.number for line in lines] == list(range(1, len(lines) + 1))
        assert len({(line.street, line.phones) for line in lines}) == 1


def test_some_have_a_homonym_in_their_town(wide):
    seen = [(k.first_name, k.usage_name or k.birth_name, k.workplaces[0].insee) for k in wide.roster]
    assert len(set(seen)) < len(seen)


def test_the_perfect_reader_is_calibrated(made, posteriors):
    right = [(made.listings[i].truth == best, p) for i, best, p in posteriors]
    sure = [ok for ok, p in right if p > 0.99]
    assert len(sure) > 1_000
    assert sum(sure) / len(sure) >= 0.985
    spread = sum(p * (1 - p) for _, p in right) ** 0.5
    assert abs(sum(ok - p for ok, p in right)) < 4 * spread
    confirmed = [(ok, p) for (ok, p), (_, best, _) in zip(right, posteriors, strict=True) if best]
    middle = [ok - p for ok, p in confirmed if 0.4 < p < 0.97]
    assert abs(sum(middle) / len(middle)) < 0.12


def test_the_perfect_reader_does_not_see_the_truth(made, blind, posteriors):
    for i in range(0, len(made.listings), 8):
        assert blind.read(dataclasses.replace(made.listings[i], truth=None, category="")) == posteriors[i][1:]


def test_every_true_listing_is_possible(made, blind):
    places = {kine.id: i for i, kine in enumerate(made.roster)}
    for shown in made.listings:
        if shown.truth and blind.pages[shown.page] == 1:
            seen = blind.evidence(shown)
            assert seen
            person = blind.people[places[shown.truth]]
            assert any(blind.known_core(seen, person.first, person.last)), shown
            assert blind.current(seen, person) + blind.moved(seen, person) > 0, shown
            assert places[shown.truth] in blind.candidates(seen), shown


def test_the_difficulty_is_as_announced(made, posteriors):
    recall = population.curve(made, posteriors)
    assert recall[0.995] >= recall[0.998] >= recall[0.999]
    total = sum(s.truth is not None for s in made.listings)
    expected = {k: v / total for k, v in population.expected_curve(posteriors).items()}
    assert expected[0.995] == pytest.approx(0.90, abs=0.05)
    assert expected[0.999] == pytest.approx(0.83, abs=0.07)


def test_clean_is_easier_than_usual_and_hard_harder():
    def recall(mix: str) -> float:
        made = population.world(300, 300, 4, mix)
        total = sum(s.truth is not None for s in made.listings)
        return population.expected_curve(population.perfect(made), (0.995,))[0.995] / total

    assert recall("clean") > recall("usual") > recall("hard")
