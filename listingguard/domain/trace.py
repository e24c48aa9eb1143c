"""Where each sentence of a letter comes from: a row of the table of citations, a fact of the case, or mere wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from listingguard.domain.citation import cited_in, covering


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


def traced(text: str, anchors: Iterable[tuple[str, str]]) -> tuple[Traced, ...]:
    """Return the sentences of a letter in order, each with what it rests on.

    anchors: (words, where they come from); a sentence that holds these words rests on that fact. Spaces and case do
    not count. A sentence that names one fact twice rests on it once.

    >>> [(t.cites, t.origins) for t in traced("Bonjour. Selon l’article 77 du RGPD. Le 3 mai.", [("3 mai", "n° 4")])]
    [((), ()), (('77',), ()), ((), ('n° 4',))]
    """
    known = [(_plain(words), origin) for words, origin in anchors if words.strip()]
    found: list[Traced] = []
    for sentence in _sentences(text):
        plain, apart = _plain(sentence), _plain(_ADDRESS.sub(" ", sentence))
        cites = dict.fromkeys(row.article for each in cited_in(sentence) for row in covering(each)[:1])
        origins = dict.fromkeys(origin for words, origin in known if _holds(plain if "://" in words else apart, words))
        found.append(Traced(sentence, tuple(cites), tuple(origins)))
    return tuple(found)


def _sentences(text: str) -> Iterator[str]:
    for block in text.split("\n"):
        for sentence in _END.split(block.strip().removeprefix("- ")):
            if any(c.isalnum() for c in sentence):
                yield sentence.strip()


def _plain(text: str) -> str:
    # An address is printed in capitals without accents or punctuation: it is the same address.
    letters = unicodedata.normalize("NFKD", text.replace("’", "'"))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.sub(r"[(),.;-]", " ", bare).split()).casefold()


def _holds(sentence: str, words: str) -> bool:
    # Whole words: « 3 mai » is not in « 13 mai ».
    at = sentence.find(words) if words else -1
    while at >= 0:
        before, after = sentence[max(0, at - 1) : at], sentence[at + len(words) : at + len(words) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = sentence.find(words, at + 1)
    return False
