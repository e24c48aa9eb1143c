"""Where somebody's page is looked for: the lists and searches of a site, and the words of the addresses it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol
from urllib.parse import unquote, urlsplit

from listingguard.domain.names import fold
from listingguard.domain.practitioner import Practitioner

_PARTICLES = frozenset({"d", "de", "des", "du", "l", "la", "le", "les", "van", "von", "el", "al", "ben"})
_BESIDE = frozenset(
    {
        "dr", "docteur", "m", "mr", "mme", "mlle", "monsieur", "madame", "cabinet", "kine", "kines", "kinesitherapeute",
        "masseur", "osteopathe", "html", "htm", "php",
    }
)  # fmt: skip


class SlugNames:
    """The names of some people, as URLs write them.

    A URL passes with one of the person's family names beside one of their first names or its initial, in any order,
    or with a family name alone; « de », « la » and the like do not count. That is a reason to read a page, never to
    believe that it is theirs: `matching` decides, on what the page says.
    """

    def __init__(self, people: Iterable[Practitioner]) -> None:
        # A word of a family name -> the first names that may stand beside it.
        self._firsts: dict[str, set[str]] = {}
        self._glued: set[str] = set()
        for person in people:
            firsts = {w for name in (person.first_name, *person.other_first_names) for w in fold(name).split()}
            for family in person.family_names:
                words = fold(family).split()
                for word in [w for w in words if w not in _PARTICLES and len(w) > 1] or words:
                    self._firsts.setdefault(word, set()).update(firsts)
                first, last = "".join(fold(person.first_name).split()), "".join(words)
                self._glued |= {first + last, last + first}

    def may_name(self, url: str) -> bool:
        """Return True when the words of the URL's path and query may be one of these people.

        >>> from listingguard.domain.practitioner import Practitioner
        >>> names = SlugNames([Practitioner("1", "Exemple", "Camille")])
        >>> [names.may_name(f"https://rdv.example/kine/valence/{s}") for s in ("exemple-camille", "dr-c-exemple", "lou")]
        [True, True, False]
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        words = fold(unquote(f"{parts.path} {parts.query}")).split()
        shown = set(words)
        if not self._glued.isdisjoint(shown):
            return True
        for place, word in enumerate(words):
            firsts = self._firsts.get(word)
            if firsts is None:
                continue
            if firsts & (shown - {word}):
                return True
            beside = words[max(0, place - 1) : place] + words[place + 1 : place + 2]
            if any(len(w) == 1 and any(first.startswith(w) for first in firsts) for w in beside):
                return True
            own = set(fold(unquote(parts.path.rstrip("/").rpartition("/")[2])).split())
            if word in own and not (own - _BESIDE - _PARTICLES - {word}):
                return True
        return False


class Finder(Protocol):
    """The addresses a site offers to look at; empty where it has none. `sites.Site` knows them."""

    def api_url(self, postcode: str, town: str) -> str:
        """Return the list of a town as an answer in JSON."""
        ...

    def directory_url(self, postcode: str, town: str) -> str:
        """Return the list of a town as a page."""
        ...

    def search_url(self, first: str, last: str, postcode: str, town: str) -> str:
        """Return the search for a person by name."""
        ...


def lists_of(site: Finder, person: Practitioner) -> Iterator[str]:
    """Yield the lists of the person's towns, as a page or as an answer in JSON."""
    for place in person.practices:
        if place.town and place.until is None:
            for url in (site.api_url(place.postcode, place.town), site.directory_url(place.postcode, place.town)):
                if url:
                    yield url


def searches_of(site: Finder, person: Practitioner) -> Iterator[str]:
    """Yield the searches for the person by name, one per town where the search asks for one."""
    for place in person.practices:
        if place.town and place.until is None and person.family_names:
            url = site.search_url(person.first_name, person.family_names[0], place.postcode, place.town)
            if url:
                yield url
