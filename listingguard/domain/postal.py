"""How an address stands on an envelope: the French standard NF Z10-011. Knows words, not who is written to."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence

WIDTH, LINES = 38, 6
"""Signs in a line, spaces included; lines in a block."""


def envelope(name: str, attention: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Return the block of an address as NF Z10-011 wants it: six lines at most, of 38 signs at most.

    lines: the street, then the postcode with the town, then the country where it is abroad; these are in capitals,
    without accents or punctuation. Where the block is too long, it is the person at whose attention it goes who loses
    lines: the letter names them.

    >>> envelope("Réserve-Kiné", "Déléguée à la protection des données", ("12, av. de l’Église", "26000 Valence"))
    ('Réserve-Kiné', 'Déléguée à la protection des données', '12 AV DE L EGLISE', '26000 VALENCE')
    """
    bottom = [row for line in lines for row in _cut(_plain(line))]
    top = _cut(_spoken(name))
    room = max(LINES - len(bottom) - len(top), 0)
    return (*top, *_cut(_spoken(attention))[:room], *bottom)


def _cut(text: str) -> list[str]:
    # A single word longer than a line stays whole: cut, it would be another word.
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _spoken(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s’'&/+-]", " ", text).split())


def _plain(text: str) -> str:
    """Return the text in capitals, its accents dropped, every other sign a space."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    bare = bare.upper().replace("Œ", "OE").replace("Æ", "AE")
    return " ".join(re.sub(r"[^A-Z0-9/ ]", " ", bare).split())
