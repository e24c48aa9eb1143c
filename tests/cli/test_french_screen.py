"""What reaches the terminal: French spaces, and nothing that a terminal would obey."""

from listingguard.cli.french import spaced


def test_an_address_never_brings_an_escape_sequence_or_a_reversal_to_the_screen():
    told = spaced("Page : {}", "https://a.example/\u009b31mROUGE\u202e\x1b]0;x\x07?p=2")
    assert not [c for c in told if c in "\u009b\u202e\x1b\x07"]
    assert "ROUGE" in told


def test_what_a_person_copies_stays_as_it_is():
    assert spaced("Lancez : {}", "/l'an : 2/é?").endswith("/l'an : 2/é?")
