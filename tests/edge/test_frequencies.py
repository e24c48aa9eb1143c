"""The shipped tables: read from the package, in the forms that matching compares."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from listingguard.domain.names import fold
from listingguard.domain.places import town_key
from listingguard.edge import frequencies
from listingguard.edge.frequencies import shipped_frequencies


def test_common_names_are_common_and_rare_ones_absent() -> None:
    tables = shipped_frequencies()
    assert tables.first_names["marie"] > 100 * tables.first_names["melusine"] > 0
    assert tables.family_names["martin"] > 5 * tables.family_names["ferrand"] > 0
    assert "exemple" not in tables.family_names
    assert all(name == fold(name).replace(" ", "") for name in tables.family_names)


def test_a_town_is_found_by_its_key_and_by_the_names_of_communes_it_took_in() -> None:
    tables = shipped_frequencies()
    assert tables.departments(town_key("Valence")) == {"16", "26", "82"}
    assert tables.population("valence", "26") > 50_000
    assert tables.linked(town_key("Annecy"), town_key("Annecy-le-Vieux"), "74")
    assert not tables.linked("annecy", "valence", "74")
    assert tables.departments("ajaccio") == {"20"}


def test_threads_that_start_together_read_the_tables_once() -> None:
    frequencies._tables.cache_clear()
    start = Barrier(8)

    def read() -> int:
        start.wait()
        return id(shipped_frequencies())

    with ThreadPoolExecutor(8) as executor:
        assert len({each.result() for each in [executor.submit(read) for _ in range(8)]}) == 1
    assert frequencies._tables.cache_info().misses == 1
