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

    lines: the street, then the postcode with the town, then the country where it is abroad. These, and the last three
    of the block in any case, are in capitals without accents; none of these, and no line from the fourth on, has
    punctuation. Where the block is too long, it is the person at whose attention it goes who loses lines: the letter
    names them. Without lines (an e-mail) the names stand as they are.

    >>> envelope("Réserve-Kiné", "Déléguée à la protection des données", ("12, av. de l’Église", "26000 Valence"))
    ('Réserve-Kiné', 'DELEGUEE A LA PROTECTION DES DONNEES', '12 AV DE L EGLISE', '26000 VALENCE')
    >>> envelope("Réserve-Kiné", "Délégué à la protection des données / DPO", ("12 rue X", "26000 Valence"))[1]
    'DELEGUE A LA PROTECTION DES DONNEES'
    """
    bottom = [row for line in lines for row in _cut(_plain(line))]
    top = _cut(_spoken(name))
    room = max(LINES - len(bottom) - len(top), 0)
    # « … des données / DPO » says it twice, and wraps: the abbreviation alone on a line is nobody.
    said = re.sub(r"(?i)(protection des données(?: personnelles)?)\W+DPO\W*$", r"\1", attention)
    top += _cut(_spoken(said))[:room]
    lowered = max(len(top) + len(bottom) - 3, 0) if bottom else len(top)
    # A capital may be wider than its letter (« ß »): what no longer fits is one more line, never lost.
    top = [row for place, line in enumerate(top) for row in ([line] if place < lowered else _cut(_capitals(line)))]
    return (*top[:3], *map(_unpunctuated, top[3:]), *bottom)


def envelope_problem(name: str, attention: str, lines: Sequence[str]) -> str | None:
    """Return why an address cannot stand in the window of an envelope, a French sentence; None when it can.

    >>> envelope_problem("Réserve-Kiné", "", ("12 avenue de l’Église", "26000 Valence"))
    >>> envelope_problem("Réserve-Kiné", "", ("a" * 39, "26000 Valence"))
    'L’adresse du destinataire a une ligne de plus de 38 signes : « AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ».'
    """
    block = envelope(name, attention, lines)
    if len(block) > LINES:
        return f"L’adresse du destinataire a {len(block)} lignes ; la fenêtre de l’enveloppe en montre {LINES} : abrégez-la."
    for line in block:
        if len(line) > WIDTH and lines:
            return f"L’adresse du destinataire a une ligne de plus de {WIDTH} signes : « {line} »."
    return None


def _cut(text: str) -> list[str]:
    # A single word longer than a line stays whole: cut, it would be another word.
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _spoken(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s’'&/+-]", " ", text).split())


def _plain(text: str) -> str:
    """Return the text in capitals, its accents dropped, every other sign a space."""
    return _unpunctuated(_capitals(text))


def _unpunctuated(text: str) -> str:
    return " ".join(re.sub(r"[^\w/ ]|_", " ", text).split())


def _capitals(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.upper().translate(_LETTERS)


# Letters that no accent can be taken from.
_LETTERS = str.maketrans({"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "ẞ": "SS"})
