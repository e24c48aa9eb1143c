"""French addresses, towns and phones: what means the same compares the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.places import address, department, phone, phones_in, relay_number, same_street, town_key

LETTERS = "abcdefghijklmnopqrstuvwxyzàâäæçéèêëîïôöœùûüÿñ -'’"
texts = st.text(LETTERS + LETTERS.upper(), max_size=40)


@pytest.mark.parametrize(
    "written",
    [
        "12 bis, avenue du Général de Gaulle, 26000 Valence",
        "12bis av. du Gal de Gaulle 26000 VALENCE CEDEX 9",
        "Résidence les Lilas, 12 B Av du Général-de-Gaulle - 26000 Valence, France",
        "12 bis Av. Gén. de Gaulle BP 12345 26000 Valence",
    ],
)
def test_one_address_in_many_writings_compares_the_same(written: str) -> None:
    reference = address("12 bis avenue du Général de Gaulle", "26000", "Valence")
    found = address(written)
    assert (found.number, found.postcode, found.town) == ("12bis", "26000", "valence")
    assert same_street(found, reference) is True


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("12 rue Haute", "14 rue Haute", False),
        ("12 rue Haute", "12 place Haute", False),
        ("12 Haute", "12 rue Haute", True),
        ("12 rue Haute", "rue Haute", None),
        ("12 rue Victor Hugo", "12 rue Hugo", True),
        ("12 rue Victor Hugo", "12 rue Victor Basch", False),
        ("12 bis rue Haute", "12 rue Haute", False),
        ("Lieu-dit Les Granges", "Les Granges", True),
        ("Lieu-dit Les Granges", "La Croix Blanche", None),
        ("rue Haute", "rue Haute", None),
    ],
)
def test_a_street_is_the_same_only_with_number_and_way(one: str, other: str, expected: bool | None) -> None:
    assert same_street(address(one), address(other)) is expected


def test_the_district_of_a_town_gives_its_postcode() -> None:
    assert address("", town="Lyon 3e").postcode == "69003"
    assert address("", town="Lyon 03") == address("", town="LYON 3ème arrondissement")
    assert address("", town="PARIS CEDEX 16").postcode == address("", "75116", "Paris").postcode == "75016"
    assert address("", town="Paris 21e").postcode == ""


def test_a_town_given_apart_is_taken_out_of_the_street() -> None:
    assert address("12 rue Haute Valence", town="Valence").name == ("haute",)
    assert address("12 rue de Valence", town="Valence").name == ("valence",)
    assert address("12 rue Haute la Rochelle", town="La Rochelle").name == ("haute",)


@given(texts)
def test_a_town_compares_the_same_in_capitals(town: str) -> None:
    assert town_key(town.upper()) == town_key(town)


def test_a_department_has_three_digits_overseas() -> None:
    assert [department(p) for p in ("26000", "97400", "20090", "")] == ["26", "974", "20", ""]


@pytest.mark.parametrize(
    "written",
    [
        "04 75 00 00 01",
        "04.75.00.00.01",
        "0475000001",
        "+33475000001",
        "+33 (0)4 75 00 00 01",
        "0033 4 75 00 00 01",
        "33475000001",
        "475000001",
        "04-75-00-00-01 04-75-00-00-01",
        "04750000010475000001",
        "Tél. : 04 75 00 00 01 (matin)",
    ],
)
def test_one_phone_in_many_writings_is_one_number(written: str) -> None:
    assert phones_in(written) == ("+33475000001",)


@pytest.mark.parametrize("written", ["", "non communiqué", "36 24", "06 00 00 00 00", "04 75 00", "+33", "118 712"])
def test_what_is_no_phone_gives_none(written: str) -> None:
    assert phone(written) is None


def test_overseas_and_foreign_numbers_keep_their_country() -> None:
    assert phone("0262 20 00 00") == phone("+262 262 20 00 00") == "+262262200000"
    assert phone("+32 2 555 12 12") == "+3225551212"
    assert phone("06 39 98 00 01") == "+33639980001"


@given(st.from_regex(r"0[1-79](?:[ .-]?\d\d){4}", fullmatch=True))
def test_a_number_in_international_form_stays_what_it_is(written: str) -> None:
    number = phone(written)
    assert number is None or phones_in(number) == (number,)


@pytest.mark.parametrize(
    "written", ["0 899 12 34 56", "+33899123456", "118 712", "118712", "36 24", "3624", "0891.00.00.00"]
)
def test_numbers_that_connect_callers_are_relay_numbers(written: str) -> None:
    assert relay_number(written)


@pytest.mark.parametrize("written", ["04 75 00 00 01", "+33475000001", "0800 00 00 01", "", "06 39 98 00 01", "112"])
def test_a_practice_number_is_no_relay_number(written: str) -> None:
    assert not relay_number(written)
