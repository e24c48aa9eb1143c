"""What reaches the terminal: French spaces, and nothing that a terminal would obey."""

import subprocess
import sys

import pytest

from listingguard.cli.french import spaced


def test_an_address_never_brings_an_escape_sequence_or_a_reversal_to_the_screen():
    told = spaced("Page : {}", "https://a.example/\u009b31mROUGE\u202e\x1b]0;x\x07?p=2")
    assert not [c for c in told if c in "\u009b\u202e\x1b\x07"]
    assert "ROUGE" in told


def test_what_a_person_copies_stays_as_it_is():
    assert spaced("Lancez : {}", "/l'an : 2/é?").endswith("/l'an : 2/é?")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("scan --workers 99", "Valeur refusée pour «\u00a0--workers\u00a0»\u00a0: 99 n’est pas un nombre de 1 à 64."),
        ("read", "Il manque l’argument «\u00a0FICHIER\u00a0»."),
        ("read page.html", "Il manque l’option «\u00a0--url\u00a0»."),
        ("case lisst", "La commande lisst n’existe pas. Vouliez-vous dire «\u00a0list\u00a0»\u00a0?"),
        ("watch set 1 peut-etre", "«\u00a0peut-etre\u00a0» n’est pas l’un de «\u00a0yes\u00a0», «\u00a0no\u00a0»."),
    ],
)
def test_what_was_typed_wrong_is_named_between_french_quotation_marks(typed, said):
    command = [sys.executable, "-m", "listingguard", *typed.split()]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 2
    assert said in done.stderr
    assert "'" not in done.stderr
