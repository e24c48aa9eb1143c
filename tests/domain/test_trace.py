"""Each sentence of a letter with what it rests on."""

import doctest

from listingguard.domain import trace as module
from listingguard.domain.trace import Anchor, traced


def test_a_fact_is_recognised_however_its_address_is_printed():
    (line,) = traced("26000 SAINT ETIENNE", [Anchor("26000 Saint-Étienne", "fiche"), Anchor("6000", "rien")])
    assert line.origins == ("fiche",)


def test_words_are_whole_and_an_address_is_not_read_as_words():
    told = traced("Le 13 mai. Voir https://site.example/valence.", [Anchor("3 mai", "x"), Anchor("valence", "y")])
    assert all(line.wording for line in told)


def test_a_page_is_recognised_by_its_whole_address():
    (line,) = traced(
        "– https://site.example/a-1 – copie", [Anchor("https://site.example/a-1", "capture"), Anchor("", "rien")]
    )
    assert line.origins == ("capture",)


def test_two_facts_of_one_day_are_told_apart_by_what_is_said_of_them():
    anchors = (
        Anchor("12 mars 2026", "mandat", "mandat(?: [^\\W\\d]+){0,6} (?:du|le)"),
        Anchor("12 mars 2026", "page", "consultee le"),
        Anchor("12 mars 2026", "courrier", "valence le"),
    )
    text = (
        "Valence, le 12 mars 2026\nPage consultée le 12 mars 2026 à 8 h.\n"
        "Un mandat écrit donné à titre gratuit le 12 mars 2026.\nDu 12 mars 2026."
    )
    assert [line.origins for line in traced(text, anchors)] == [("courrier",), ("page",), ("mandat",), ()]


def test_the_doctests_hold():
    assert doctest.testmod(module).failed == 0
