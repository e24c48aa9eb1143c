"""Where somebody's page is looked for: the lists and searches of a site, and the words of the addresses it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol
from urllib.parse import unquote, urlsplit

from listingguard.domain.frequencies import in_use
from listingguard.domain.names import fold
from listingguard.domain.places import department, town_key
from listingguard.domain.practitioner import Practice, Practitioner

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


def towns_of(practice: Practice) -> tuple[tuple[str, str], ...]:
    """Return postcode and town of each place whose list may show a practice; empty where nobody knows which it is.

    A CEDEX is an address of the post office, no town: a site asked for « Valence Cedex 9 (26009) » shows nobody, and
    that is no absence. It is read as the commune of that name, by the commune's own postcodes; in a large town, where
    the number of the CEDEX is that of the arrondissement, by that one alone. Any other postcode stands as written, and
    beside it those of the commune it does not belong to.
    """
    known = in_use().communes.get(town_key(practice.town), ())
    own = sorted({code for c in known if c.department == department(practice.postcode) for code in c.postcodes})
    name, cedex, number = _parted(practice.town)
    if practice.postcode in own:
        return ((practice.postcode, name),)
    if not cedex:
        return ((practice.postcode, practice.town), *((code, name) for code in own))
    district = f"{department(practice.postcode)}{int(number):03d}" if number else ""
    return tuple((code, name) for code in ([district] if district in own else own))


_CEDEX = re.compile(r"[\s,(–-]*\bcedex\b\D*(\d{1,2})?.*", re.IGNORECASE | re.DOTALL)


def _parted(town: str) -> tuple[str, bool, str]:
    """Return a town's name without its CEDEX, whether it had one, and its number."""
    found = _CEDEX.search(town)
    return (town[: found.start()].strip(), True, found[1] or "") if found else (town, False, "")


def unknown_towns(person: Practitioner) -> tuple[str, ...]:
    """Return the towns, as they are written, in which nobody can look for a person."""
    return tuple(place.town for place in _open(person) if not towns_of(place))


def _open(person: Practitioner) -> Iterator[Practice]:
    return (place for place in person.practices if place.town and place.until is None)


def lists_of(site: Finder, person: Practitioner) -> Iterator[str]:
    """Yield the lists of the person's towns, as a page or as an answer in JSON."""
    for place in _open(person):
        if not (site.api_url(place.postcode, place.town) or site.directory_url(place.postcode, place.town)):
            # A site without lists: which towns the place may lie in takes long to find out.
            continue
        for postcode, town in towns_of(place):
            for url in (site.api_url(postcode, town), site.directory_url(postcode, town)):
                if url:
                    yield url


def searches_of(site: Finder, person: Practitioner) -> Iterator[str]:
    """Yield the searches for the person by name, one per town where the search asks for one."""
    if not person.family_names:
        return
    first, last = person.first_name, person.family_names[0]
    anywhere = site.search_url(first, last, "", "")
    for place in _open(person):
        # A search that asks for no town finds whoever practises in one that nobody knows.
        as_written = site.search_url(first, last, place.postcode, place.town)
        if not (anywhere or as_written):
            continue
        urls = [site.search_url(first, last, *found) for found in towns_of(place)] or [as_written]
        for url in urls:
            if url and (towns_of(place) or url == anywhere):
                yield url
