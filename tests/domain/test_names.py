"""French names, addresses, professions and phones: what means the same compares the same."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.domain.names import (
    Trade,
    address,
    department,
    family_forms,
    fold,
    phone,
    phones_in,
    relay_number,
    same_street,
    shown_name,
    spelling,
    town_key,
    trade,
)

LETTERS = "abcdefghijklmnopqrstuvwxyzàâäæçéèêëîïôöœùûüÿñ -'’"
texts = st.text(LETTERS + LETTERS.upper(), max_size=40)


def words(shown: str) -> list[list[str]]:
    return [[t.text for t in person] for person in shown_name(shown).people]


@given(texts)
def test_case_accents_and_punctuation_do_not_change_a_folded_text(text: str) -> None:
    assert fold(text.upper()) == fold(text) == fold(text.replace("é", "e").replace("-", " ").replace("’", "'"))
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_a_text_is_folded_letter_by_letter(text: str) -> None:
    # A letter is a word's, or stands between words; between two others, its own neighbours do not change it.
    alone = ["".join(fold(f"a{letter}b")[1:-1]) for letter in text]
    assert fold(text) == " ".join("".join(alone).split())


def test_a_text_of_many_kinds_of_letters_is_folded_as_any_other() -> None:
    kinds = "".join(map(chr, range(0x400, 0x520)))
    assert fold(f"É. {kinds} Œuvre") == "e oeuvre"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("Mme Claire MARTIN", ["claire", "martin"]),
        ("M. Paul Durand", ["paul", "durand"]),
        ("M Durand Paul", ["durand", "paul"]),
        ("M. C. Durand", ["m", "c", "durand"]),
        ("M.-C. Durand", ["m", "c", "durand"]),
        ("Dr Cœuret Zoé", ["coeuret", "zoe"]),
        ("Claire Martin, Masseur-Kinésithérapeute D.E.", ["claire", "martin"]),
        ("Claire Martin M.K.D.E.", ["claire", "martin"]),
        ("Claire Martin MKDE – kiné du sport", ["claire", "martin", "du", "sport"]),
        ("Cabinet de kinésithérapie Ferrand", ["ferrand"]),
        ("MARTIN, Claire", ["martin", "claire"]),
        ("Jean-Pierre d’Alembert", ["jean", "pierre", "d", "alembert"]),
        ("Karim St-Amand", ["karim", "saint", "amand"]),
        ("Claire Martin, diplômée d’État", ["claire", "martin"]),
        ("CLAIRE MARTIN DIPLÔMÉE D’ÉTAT", ["claire", "martin"]),
        ("Anh Le", ["anh", "le"]),
        ("Cle\u0301ment Noe\u0308l", ["clement", "noel"]),
    ],
)
def test_titles_trades_and_company_words_are_no_names(shown: str, expected: list[str]) -> None:
    assert words(shown) == [expected]


@pytest.mark.parametrize(
    "shown", ["", "Cabinet de kinésithérapie", "SELARL", "Kinésithérapeute", "Mme", "💆", "12 345", "M.K.D.E."]
)
def test_a_name_of_nobody_names_nobody(shown: str) -> None:
    assert words(shown) == []


@pytest.mark.parametrize(
    "shown", ["Claire Martin et Paul Durand", "Claire Martin & Paul Durand", "Claire Martin, Paul Durand, kinés"]
)
def test_two_people_in_one_name_are_two_people(shown: str) -> None:
    assert words(shown) == [["claire", "martin"], ["paul", "durand"]]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("Le Gall",), "legall"),
        (("Ben Ali",), "ali"),
        (("de La Fontaine",), "fontaine"),
        (("D'Alembert",), "alembert"),
        (("D’Alembert",), "dalembert"),
        (("Durand", "Martin"), "martindurand"),
        (("St-Amand",), "saintamand"),
        (("Martin-Dupont",), "dupontmartin"),
        (("Lê",), "le"),
    ],
)
def test_a_family_name_is_whole_with_or_without_its_particles(names: tuple[str, ...], shown: str) -> None:
    assert {f.text: f.whole for f in family_forms(*names)}[shown]


def test_one_part_of_a_double_name_is_not_the_whole_name() -> None:
    forms = {f.text: f.whole for f in family_forms("Martin-Dupont")}
    assert forms["martin"] is False
    assert "saint" not in {f.text for f in family_forms("Saint-Amand")}


@pytest.mark.parametrize(("a", "b"), [("matthieu", "mathieu"), ("natalie", "nathalie"), ("emanuel", "emmanuel")])
def test_spellings_of_one_first_name_share_a_key(a: str, b: str) -> None:
    assert spelling(a) == spelling(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [("daniel", "danielle"), ("claire", "clara"), ("andre", "andree"), ("rene", "renee"), ("michel", "michelle")],
)
def test_two_first_names_never_share_a_key(a: str, b: str) -> None:
    assert spelling(a) != spelling(b)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Masseur-kinésithérapeute", Trade.PHYSIOTHERAPIST),
        ("KINE", Trade.PHYSIOTHERAPIST),
        ("Ostéopathe, kinésithérapeute", Trade.PHYSIOTHERAPIST),
        ("Ostéopathe D.O.", Trade.OTHER),
        ("Médecin généraliste", Trade.OTHER),
        ("Infirmière libérale", Trade.OTHER),
        ("Chirurgien-dentiste", Trade.OTHER),
        ("Rééducation", Trade.UNKNOWN),
        ("", Trade.UNKNOWN),
    ],
)
def test_only_a_profession_that_is_clearly_another_counts_as_another(text: str, expected: Trade) -> None:
    assert trade(text) is expected


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


def by_the_letter(letter: str) -> str:
    """What one letter becomes: lower case, its marks off, in ASCII; a space for what is no letter or digit."""
    bare = unicodedata.normalize("NFKD", letter.casefold()).casefold()
    bare = "".join(_SPELT.get(c, c) for c in bare if not _MARK.match(c))
    return re.sub("[^a-z0-9]", " ", bare)


_SPELT = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
_MARK = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]")


@settings(max_examples=300)
@given(st.text(st.characters(codec="utf-8") | st.sampled_from("éÉœŒæÆßÞþ½ªº²µÿŸ’–\u00a0\u202fﬁſKÅØłı"), max_size=60))
def test_a_text_is_folded_letter_by_letter_whatever_its_script(text: str) -> None:
    assert fold(text) == " ".join("".join(map(by_the_letter, text)).split())


def test_every_letter_of_latin_1_has_its_comparable_form() -> None:
    for letter in map(chr, range(256)):
        assert fold(f"a{letter}b") == " ".join(f"a{by_the_letter(letter)}b".split())
