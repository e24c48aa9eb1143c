"""An address on an envelope, after NF Z10-011."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listingguard.domain.postal import LINES, WIDTH, envelope, envelope_problem


def test_the_lower_lines_are_capitals_without_accents_or_punctuation():
    assert envelope("Santé & Cie", "", ("54, quai de l’Œuvre – bât. B", "92594 Levallois-Perret Cedex")) == (
        "SANTE & CIE", "54 QUAI DE L OEUVRE BAT B", "92594 LEVALLOIS PERRET CEDEX",
    )  # fmt: skip


def test_the_last_three_lines_are_capitals_and_no_line_from_the_fourth_has_punctuation():
    lines = ("Bât. B – pôle « Santé »", "40, av. des Essais", "75000 Paris Cedex 07")
    block = envelope("Réserve-Kiné (Île-de-France)", "Mme la déléguée, protection des données", lines)
    assert block == (
        "Réserve-Kiné Île-de-France",
        "Mme la déléguée protection des données",
        "BAT B POLE SANTE",
        "40 AV DES ESSAIS",
        "75000 PARIS CEDEX 07",
    )
    three = envelope("Kinés d’Œuvre", "Đặng-Łukasz", ("1 rue A", "26000 Valence"))
    assert three == ("Kinés d’Œuvre", "DANG-LUKASZ", "1 RUE A", "26000 VALENCE")


def test_an_e_mail_s_addressee_keeps_the_name_as_it_is_written():
    assert envelope("Réserve-Kiné", "", ()) == ("Réserve-Kiné",)


def test_what_no_window_can_show_is_said():
    assert envelope_problem("Réserve-Kiné", "", ("1 rue A", "26000 Valence")) is None
    assert "7 lignes" in (envelope_problem("A", "", [f"Bâtiment {n}" for n in range(6)]) or "")
    assert "plus de 38 signes" in (envelope_problem("A", "", ("b" * 39, "26000 Valence")) or "")


def test_a_foreign_country_is_the_last_line():
    assert envelope("Acme", "", ("1 Main St.", "1012 AB Amsterdam", "Pays-Bas"))[-1] == "PAYS BAS"


def test_where_there_is_no_room_it_is_the_attention_that_gives_way():
    long = "Mme la déléguée à la protection des données à caractère personnel et à la sécurité de l’information"
    block = envelope("Société anonyme des annuaires de santé du Dauphiné", long, ("1 rue A", "26000 Valence"))
    assert len(block) <= LINES
    assert block[-2:] == ("1 RUE A", "26000 VALENCE")


@given(
    st.text(st.characters(categories=("Lu", "Ll", "Nd", "Zs", "Po")), max_size=200),
    st.text(st.characters(categories=("Lu", "Ll", "Nd", "Zs", "Po")), max_size=200),
)
@example("", 32 * "0" + "Æß\u10fb\u013f")
def test_no_line_of_several_words_is_wider_than_the_standard_allows(name, attention):
    for line in envelope(name, attention, ("12 rue des Essais", "26000 Valence")):
        assert len(line) <= WIDTH or " " not in line


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_attention_leaves_no_empty_line(empty):
    assert envelope("A", empty, ("1 rue A", "26000 Valence")) == ("A", "1 RUE A", "26000 VALENCE")
