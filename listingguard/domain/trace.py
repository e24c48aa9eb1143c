"""Where each sentence of a letter comes from: a row of the table of citations, a fact of the case, or mere wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from listingguard.domain.citation import cited_in, covering


class Anchor(NamedTuple):
    """Words that state a fact, and where it comes from.

    after: what the words just before must be, as a pattern in lower case without accents or punctuation. Two facts may
    bear one day: « mandat du 12 mars » and « page consultée le 12 mars » are each their own. Empty: wherever they stand.
    """

    words: str
    origin: str
    after: str = ""


@dataclass(frozen=True)
class Traced:
    """One sentence. cites: rows of the table, as « 17(2) ». origins: facts, in French. Both empty: it is wording."""

    sentence: str
    cites: tuple[str, ...]
    origins: tuple[str, ...]

    @property
    def wording(self) -> bool:
        """Return True where the sentence states no fact of the case and cites no text."""
        return not self.cites and not self.origins


_ADDRESS = re.compile(r"https?://\S+")
_END = re.compile(r"(?<=[.;:!?])\s+(?=[A-ZÀ-ÖØ-Þ«])")


def traced(text: str, anchors: Iterable[Anchor]) -> tuple[Traced, ...]:
    """Return the sentences of a letter in order, each with what it rests on.

    A sentence that holds the words of an anchor, where they state that fact, rests on it. Spaces and case do not count.
    A sentence that names one fact twice rests on it once.

    >>> told = traced("Bonjour. Selon l’article 77 du RGPD. Le 3 mai.", [Anchor("3 mai", "n° 4"), Anchor("3 mai", "?", "du")])
    >>> [(t.cites, t.origins) for t in told]
    [((), ()), (('77',), ()), ((), ('n° 4',))]
    """
    known = [(plain(words), origin, after) for words, origin, after in anchors if words.strip()]
    found: list[Traced] = []
    for sentence in _sentences(text):
        whole, apart = plain(sentence), plain(_ADDRESS.sub(" ", sentence))
        cites = dict.fromkeys(row.article for each in cited_in(sentence) for row in covering(each)[:1])
        origins = dict.fromkeys(
            origin for words, origin, after in known if _holds(whole if "://" in words else apart, words, after)
        )
        found.append(Traced(sentence, tuple(cites), tuple(origins)))
    return tuple(found)


def _sentences(text: str) -> Iterator[str]:
    for block in text.split("\n"):
        for sentence in _END.split(block.strip().removeprefix("- ")):
            if any(c.isalnum() for c in sentence):
                yield sentence.strip()


def plain(text: str) -> str:
    """Return words as they are compared: lower case, without accents or punctuation."""
    # An address is printed in capitals without accents or punctuation: it is the same address.
    letters = unicodedata.normalize("NFKD", text.replace("’", "'"))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.sub(r"[(),.;-]", " ", bare).split()).casefold()


def _holds(sentence: str, words: str, introduced: str) -> bool:
    # Whole words: « 3 mai » is not in « 13 mai ».
    at = sentence.find(words) if words else -1
    while at >= 0:
        before, after = sentence[max(0, at - 1) : at], sentence[at + len(words) : at + len(words) + 1]
        stated = not introduced or re.search(rf"\b(?:{introduced})\s*$", sentence[:at])
        if stated and not before.isalnum() and not after.isalnum():
            return True
        at = sentence.find(words, at + 1)
    return False
