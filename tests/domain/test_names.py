"""French names and professions: what means the same compares the same."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.domain.names import Trade, family_forms, fold, shown_name, spelling, trade

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
