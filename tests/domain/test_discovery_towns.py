"""In which towns somebody's page is looked for: real communes, whatever the post office writes."""

import pytest

# The tables of communes are named by the composition root.
import listingguard.app  # noqa: F401
from listingguard.domain.discovery import towns_of
from listingguard.domain.practitioner import Practice


@pytest.mark.parametrize(
    ("postcode", "town", "expected"),
    [
        ("26000", "Valence", [("26000", "Valence")]),
        ("26009", "VALENCE CEDEX 9", [("26000", "VALENCE")]),
        ("26000", "Valence Cedex", [("26000", "Valence")]),
        ("26009", "Valence", [("26009", "Valence"), ("26000", "Valence")]),
        # In a large town the number is the arrondissement's.
        ("75334", "PARIS CEDEX 07", [("75007", "PARIS")]),
        ("69003", "Lyon", [("69003", "Lyon")]),
        # No commune has that name there: as it is written, unless it is a CEDEX, which is surely none.
        ("26000", "Nulleville", [("26000", "Nulleville")]),
        ("26009", "Nulleville Cedex 9", []),
    ],
)
def test_a_town_is_looked_in_by_the_postcodes_it_really_has(postcode, town, expected):
    assert list(towns_of(Practice(postcode=postcode, town=town))) == expected
