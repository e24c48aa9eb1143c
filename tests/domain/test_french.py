from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.french import agreed, french_at, french_day, listed, plural, typography
from listingguard.domain.practitioner import Civility

N, B = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Quoi?", f"Quoi{N}?"),
        ("Quoi ?!", f"Quoi{N}?!"),
        ("un ; deux", f"un{N}; deux"),
        ("Objet: demande", f"Objet{B}: demande"),
        ("Objet : demande", f"Objet{B}: demande"),
        ("«Bonjour»", f"«{B}Bonjour{B}»"),
        ("« Bonjour ! »", f"«{B}Bonjour{N}!{B}»"),
        ("l'adresse d'Aujourd'hui", "l’adresse d’Aujourd’hui"),
        ("l'«annuaire»", f"l’«{B}annuaire{B}»"),
        ("pièce n°3, pièce n° 4", f"pièce n°{B}3, pièce n°{B}4"),
        ("art. 12 et articles 17 et 19", f"art.{B}12 et articles{B}17 et 19"),
        (
            "article 17, paragraphe 1, point c), du RGPD",
            f"article{B}17, paragraphe{B}1, point{B}c), du RGPD",
        ),
        ("article R. 4321-74", f"article{B}R.{B}4321-74"),
        ("le 1er mars 2027", f"le 1er{B}mars 2027"),
        ("à 14 h 05", f"à 14{B}h{B}05"),
        ("Mme Exemple", f"Mme{B}Exemple"),
        ("(https://rdv.example/p?id=3) ; suite", f"(https://rdv.example/p?id=3){N}; suite"),
        ("première ligne\n; deuxième", "première ligne\n; deuxième"),
    ],
)
def test_paper_gets_narrow_spaces_before_high_signs(typed: str, printed: str) -> None:
    assert typography(typed, narrow=True) == printed


def test_screens_and_mail_never_get_the_narrow_space() -> None:
    assert typography("Quoi ? Non ! « a » ; b", narrow=False) == f"Quoi{B}? Non{B}! «{B}a{B}»{B}; b"


@pytest.mark.parametrize(
    "kept",
    [
        "https://rdv.example/l'isle?a=1;b=2!x:8080",
        "www.rdv.example/a?b",
        "o'brien@rdv.example",
        "à 14:05",
        "rdv.example:c:42",
        "rdv.example/p?id=3",
        "ad" * 32,
        "sha256:" + "0f" * 32,
        "5'30",
    ],
)
def test_addresses_times_and_hashes_are_left_alone(kept: str) -> None:
    assert typography(kept, narrow=True) == kept
    assert typography(kept, narrow=False) == kept


PIECES = [*"ab1 :;!?«»'’°nartLR.()[]@/\n\t", N, B, "n°", "art. ", "https://", " 12 mars ", " 14 h 05"]
FRENCH = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(FRENCH, st.booleans(), st.booleans())
def test_a_second_pass_changes_nothing_whatever_the_first_was(text: str, first: bool, second: bool) -> None:
    once = typography(text, narrow=second)
    assert typography(once, narrow=second) == once
    assert typography(typography(text, narrow=first), narrow=second) == once


@given(FRENCH, st.booleans())
def test_only_spaces_and_apostrophes_ever_change(text: str, narrow: bool) -> None:
    def bones(value: str) -> str:
        return "".join(value.replace("’", "'").split())

    done = typography(text, narrow=narrow)
    assert bones(done) == bones(text)
    assert done.count("\n") == text.count("\n")


def test_a_long_word_does_not_slow_typography_down() -> None:
    started = datetime.now(UTC)
    typography("a" * 200_000, narrow=True)
    assert datetime.now(UTC) - started < timedelta(seconds=60)


def test_dates_are_written_as_french_people_write_them() -> None:
    assert french_day(date(2026, 3, 12)) == "12 mars 2026"
    assert french_day(date(2027, 3, 1)) == "1er mars 2027"
    assert french_day(date(2026, 8, 31)) == "31 août 2026"


def test_moments_are_told_in_paris_time_in_winter_and_in_summer() -> None:
    assert french_at(datetime(2026, 3, 12, 13, 5, tzinfo=UTC)) == "12 mars 2026 à 14 h 05 (heure de Paris)"
    assert french_at(datetime(2026, 7, 31, 22, 30, tzinfo=UTC)) == "1er août 2026 à 0 h 30 (heure de Paris)"
    noon_in_noumea = datetime(2026, 1, 1, 12, 0, tzinfo=timezone(timedelta(hours=11)))
    assert french_at(noon_in_noumea) == "1er janvier 2026 à 2 h 00 (heure de Paris)"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        french_at(datetime(2026, 3, 12, 14, 5))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("count", "word", "written"),
    [
        (0, "fiche", "0 fiche"),
        (1, "fiche", "1 fiche"),
        (2, "fiche", "2 fiches"),
        (3, "avis", "3 avis"),
        (2, "journal", "2 journaux"),
        (2, "tableau", "2 tableaux"),
        (12345, "fiche", f"12{B}345 fiches"),
    ],
)
def test_counted_words_agree(count: int, word: str, written: str) -> None:
    assert plural(count, word) == written


def test_a_compound_word_gives_its_own_plural() -> None:
    assert plural(2, "mise en demeure", "mises en demeure") == "2 mises en demeure"


def test_lists_read_like_a_sentence() -> None:
    assert [listed(()), listed(("a",)), listed(("a", "b")), listed(("a", "b", "c"))] == [
        "",
        "a",
        "a et b",
        "a, b et c",
    ]


def test_an_unknown_civility_gets_the_neutral_wording() -> None:
    words = ("inscrit", "inscrite", "dont l’inscription")
    assert [agreed(c, *words) for c in (Civility.MONSIEUR, Civility.MADAME, Civility.UNKNOWN)] == list(words)
