"""Each sentence of a letter with what it rests on."""

import doctest

from listingguard.domain import trace as module
from listingguard.domain.trace import traced


def test_a_fact_is_recognised_however_its_address_is_printed():
    (line,) = traced("26000 SAINT ETIENNE", [("26000 Saint-Étienne", "fiche"), ("6000", "rien")])
    assert line.origins == ("fiche",)


def test_words_are_whole_and_an_address_is_not_read_as_words():
    told = traced("Le 13 mai. Voir https://site.example/valence.", [("3 mai", "x"), ("valence", "y")])
    assert all(line.wording for line in told)


def test_a_page_is_recognised_by_its_whole_address():
    (line,) = traced("– https://site.example/a-1 – copie", [("https://site.example/a-1", "capture"), ("", "rien")])
    assert line.origins == ("capture",)


def test_the_doctests_hold():
    assert doctest.testmod(module).failed == 0
