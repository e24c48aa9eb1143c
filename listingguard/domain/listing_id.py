"""The ids of listings: what of a page's address makes one, and who is met again under an older one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from listingguard.domain.listing import Listing
from listingguard.domain.names import fold

_PAGING = re.compile(
    r"p|pg|page|paged|pages|page[_-]?(?:no|num|number|index|size)|num_?page|offset|start(?:index)?|debut|skip|cursor|"
    r"limit|per[_-]?page|size",
    re.IGNORECASE,
)


def without_paging(ident: str) -> str:
    """Return an id made of a page's address without what only turns the pages of a list.

    >>> without_paging("api/search?ville=die&page=2#camille-exemple")
    'api/search?ville=die#camille-exemple'
    """
    path, asks, rest = ident.partition("?")
    if not asks:
        return ident
    query, mark, name = rest.partition("#")
    kept = [part for part in query.split("&") if not _PAGING.fullmatch(part.partition("=")[0])]
    return f"{path}{'?' if kept else ''}{'&'.join(kept)}{mark}{name}"


def met_again(items: Sequence[Listing], known: Mapping[str, Listing | None]) -> tuple[Listing, ...]:
    """Return the listings of a page, each under the id under which it is known, whatever rule gave that id.

    known: by key; None where only the key is known. Who is known under none keeps the id the page gave; where that one
    is plainly another's (a practice and a person, or a mere number, of another name), the name goes behind it.
    """
    result = list(items)
    taken = {item.key for item in items if item.key in known and not _another(item, known[item.key])}
    for place, item in enumerate(items):
        if item.key in taken:
            continue
        old = next((key for key in known if key not in taken and _is(item, key, known[key], items)), "")
        if old:
            taken.add(old)
            result[place] = replace(item, id=old.removeprefix(f"{item.site}:"))
        elif item.key in known:
            result[place] = replace(item, id=f"{item.id}#{'-'.join(_words(item.name))}")
    return tuple(result)


def _is(item: Listing, key: str, old: Listing | None, items: Sequence[Listing]) -> bool:
    """Return True when what is known under that key is this listing of the page, under one of its former ids."""
    former = without_paging(key.removeprefix(f"{item.site}:"))
    if former not in item.formerly:
        return False
    if old is not None:
        alike = [each for each in items if former in each.formerly and _same_name(each, old)]
        # Of homonyms who may all have borne it, the only one who is where it was, wherever each stands on the page.
        return item in (alike if len(alike) == 1 else _there(alike, old))
    # The key alone: nobody else of the page can have had it.
    return [each for each in items if former in (each.id, *each.formerly)] == [item]


def _another(item: Listing, old: Listing | None) -> bool:
    return old is not None and not _same_name(item, old) and (item.kind is not old.kind or item.id.isdecimal())


def _same_name(one: Listing, other: Listing) -> bool:
    return sorted(_words(one.name)) == sorted(_words(other.name))


def _there(items: Sequence[Listing], old: Listing) -> tuple[Listing, ...]:
    """Return the one of several listings that shares a phone or a town with what is known; empty for none or several."""
    found = [
        item
        for item in items
        if not _towns(item).isdisjoint(_towns(old)) or not set(item.phones).isdisjoint(old.phones)
    ]
    return tuple(found) if len(found) == 1 else ()


def _towns(item: Listing) -> set[str]:
    return {at.postcode or fold(at.town) for at in item.places} - {""}


def _words(name: str) -> list[str]:
    return fold(name).split()
