"""Each listing once per page: what several objects or layers say of it becomes one listing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from listingguard.domain.listing import Listing, ListingKind, ListingState, Page, Trait
from listingguard.domain.listing_id import without_paging
from listingguard.domain.names import fold
from listingguard.pages.document import headlines, own_url
from listingguard.pages.site import SiteFacts
from listingguard.pages.url import path_of, slug, tidy_url
from listingguard.pages.values import merged_places, same_place, shown

_DIGITS = re.compile(r"\d+")
_MOST_NAMESAKES = 50
_MOST_TOLD = 100


def each_once(drafts: Sequence[Listing], page: Page, site: SiteFacts) -> tuple[Listing, ...]:
    """Return the drafts with their ids, those of one listing merged, in page order.

    Drafts with one address of their own are one listing when their names may be the same, drafts of one name are
    one listing unless two addresses, two RPPS numbers, two ids with a place each or, among homonyms, two places tell them
    apart.
    """
    slots: list[_Slot] = []
    by_id: dict[str, list[_Slot]] = {}
    by_name: dict[str, list[_Slot]] = {}
    for draft in drafts:
        # What has an id and no page is known by an id of the site's data.
        ident, own = (draft.id if draft.url else "") or own_id(draft.url, site), "" if draft.url else draft.id
        name = _name_key(draft.name)
        namesakes = by_name.setdefault(name, [])
        slot = _slot_of(draft, ident, own, by_id.get(ident, ()) if ident else (), namesakes)
        if slot is None:
            slot = _Slot(draft, ident, own)
            slots.append(slot)
        else:
            slot.id = slot.id or ident
            # Two ids of one person are not the person's: those of its cards, of its diaries.
            slot.own = own if slot.own == "" else slot.own if own in ("", slot.own) else None
            # A page that says the same name thousands of times is made to exhaust its reader.
            slot.told += 1
            if slot.told < _MOST_TOLD:
                slot.item = merged(slot.item, draft)
        if slot not in namesakes:
            namesakes.append(slot)
        if ident and slot not in by_id.setdefault(ident, []):
            by_id[ident].append(slot)
    return _with_ids(slots, page, site)


@dataclass(eq=False)
class _Slot:
    """One listing of the page, as far as the drafts tell it.

    id: of its own address, empty without one. own: its id in the site's data, empty without one, None with several.
    """

    item: Listing
    id: str
    own: str | None = ""
    told: int = 1


def _slot_of(
    draft: Listing, ident: str, own: str, with_id: Iterable[_Slot], with_name: Sequence[_Slot]
) -> _Slot | None:
    """Return which of the listings found so far the draft is about; None for a new one."""
    for slot in with_id:
        if may_be_same_name(draft.name, slot.item.name):
            return slot
    likely = []
    layer = draft.layers.get("name")
    for slot in with_name[:_MOST_NAMESAKES]:
        known = slot.item
        apart = ident and slot.id and ident != slot.id
        # One layer that gives two pages means two listings; two layers may each know their own address.
        if apart and layer == known.layers.get("name"):
            continue
        if draft.rpps and known.rpps and draft.rpps != known.rpps:
            continue
        # Another id in one answer may be that of another diary; with nothing in common, it is a homonym's.
        if own and slot.own not in ("", own) and layer == known.layers.get("name") and _elsewhere(draft, known):
            continue
        if not apart:
            likely.append(slot)
        elif _share_a_spot(draft, known):
            return slot
    if len(likely) < 2 and len(with_name) < 2:
        return likely[0] if likely else None
    # Homonyms: a place or a number tells which.
    spotted = next((slot for slot in likely if _share_a_spot(draft, slot.item)), None)
    if spotted is not None or draft.places or draft.phones or ident:
        return spotted
    return likely[0] if likely else None


def _elsewhere(one: Listing, other: Listing) -> bool:
    """Return True for two that each show where they are, and nowhere the same."""
    if not (one.places and other.places) or _share_a_spot(one, other):
        return False
    return not any(same_place(a, b) for a in one.places for b in other.places)


def _share_a_spot(one: Listing, other: Listing) -> bool:
    if (one.rpps and one.rpps == other.rpps) or set(one.phones) & set(other.phones):
        return True
    return any(a.street and b.street and same_place(a, b) for a in one.places for b in other.places)


@lru_cache(maxsize=8192)
def _name_key(name: str) -> str:
    """Return whom a name denotes, in comparable form: titles, trades and the order of words do not count."""
    as_name = shown(name)
    if as_name.organisation or len(as_name.people) != 1 or len(as_name.people[0]) < 2 or _DIGITS.search(name):
        return fold(name)
    return " ".join(sorted(token.text for token in as_name.people[0]))


@lru_cache(maxsize=8192)
def may_be_same_name(one: str, other: str) -> bool:
    """Return True when two names shown for one page may be one listing's: a shorter form, an initial, a title.

    >>> may_be_same_name("C. Exemple", "Mme Camille EXEMPLE, kiné"), may_be_same_name("Noa Exemple", "Camille Exemple")
    (True, False)
    >>> may_be_same_name("Cabinet Exemple", "Camille Exemple")
    False
    """
    if fold(one) == fold(other):
        return True
    if _DIGITS.findall(one) != _DIGITS.findall(other):
        return False
    a, b = shown(one), shown(other)
    words = sorted(([token.text for person in name.people for token in person] for name in (a, b)), key=len)
    if a.organisation != b.organisation:
        # « Cabinet Camille Exemple » under a person's own address is that person.
        return len(words[0]) > 1 and sorted(words[0]) == sorted(words[1])
    if len(a.people) != len(b.people) and a.people and b.people:
        return False
    rest = list(words[1])
    for word in words[0]:
        match = next((w for w in rest if w == word or (1 in (len(w), len(word)) and w[0] == word[0])), None)
        if match is None:
            return False
        rest.remove(match)
    return True


def _with_ids(slots: Sequence[_Slot], page: Page, site: SiteFacts) -> tuple[Listing, ...]:
    """Return the listings, each with an id that no other of the page has, and that stays when others join the page.

    Its own page's address; else, where it is what this page is about, this page's; else its own id in the site's data;
    else this page's address without paging, and its name.
    """
    profile = site.profile_id(page.final_url)
    here = profile or fallback_id(page.final_url)
    listed_here = without_paging(here)
    shared: dict[str, list[_Slot]] = {}
    for slot in slots:
        shared.setdefault(slot.id, []).append(slot)
    owners: dict[str, _Slot] = {}
    for ident, alike in shared.items():
        if ident and len(alike) == 1:
            owners[ident] = alike[0]
        elif (ident or here not in shared) and (owner := _owner(alike, ident, profile or "", page, site)) is not None:
            owners[ident] = owner
    address = own_url(page)
    given: dict[str, int] = {}
    result = []
    for slot in slots:
        base, named = slot.id or listed_here, slug(slot.item.name)
        if owners.get(slot.id) is slot:
            ident = slot.id or here
        elif slot.own and not slot.id:
            ident = slot.own
        else:
            ident = f"{base}#{named}"
        # Homonyms without a page of their own are counted.
        given[ident] = given.get(ident, 0) + 1
        ident = ident if given[ident] == 1 else f"{ident}-{given[ident]}"
        if slot.item.id == ident and slot.item.url:
            result.append(slot.item)
            continue
        formerly: tuple[str, ...] = ()
        if not slot.id or len(shared[slot.id]) > 1:
            formerly = tuple(old for old in (base, f"{base}#{named}") if old != ident)
        result.append(replace(slot.item, id=ident, url=slot.item.url or address, formerly=formerly))
    cabinet = next((item for item in result if item.id == here and item.kind is ListingKind.ORGANISATION), None)
    return tuple(_of_cabinet(item, cabinet) for item in result) if cabinet else tuple(result)


def _owner(alike: Sequence[_Slot], ident: str, profile: str, page: Page, site: SiteFacts) -> _Slot | None:
    """Return which of the listings that share a page is the one it is about; None when the page does not tell.

    ident: the id of the page that all of them call theirs; empty: the page read, and they name none. profile: the
    site's own id for the page read. What counts is what the page calls itself, never who is alone on it: a colleague
    who joins the page tomorrow must not take, or change, the id of who stood on it.
    """
    people = [slot for slot in alike if slot.item.kind is ListingKind.PERSON]
    places = [slot for slot in alike if slot.item.kind is ListingKind.ORGANISATION]
    front = path_of(page.final_url) == "/"
    # A whole web site is the practice's.
    if front and len(places) == 1:
        return places[0]
    if site.profile and (ident or profile):
        # Whose site is known has one listing a page: its only person, else its only practice.
        groups = [people, places]
    else:
        lines = () if ident else headlines(page)
        words = frozenset(fold(re.sub(r"[-_/?=&#+%]", " ", ident or fallback_id(page.final_url))).split())
        groups = [[slot for slot in group if _told(slot, words, lines)] for group in (people, places)]
        if ident:
            groups.append(places)
    owner = next((group[0] for group in groups if len(group) == 1), None)
    return alike[0] if owner is None and ident and site.profile else owner


def _told(slot: _Slot, address: frozenset[str], lines: Sequence[str]) -> bool:
    """Return True when the page's address, its title or a heading of it bears the listing's name."""
    # What a site's own programs answer bears its own ids.
    if slot.own and slot.item.layers.get("name") == "json":
        return False
    words = {word for word in fold(slot.item.name).split() if len(word) > 1}
    return bool(words) and (words <= address or any(words.issubset(line.split()) for line in lines))


def _of_cabinet(item: Listing, cabinet: Listing) -> Listing:
    """Return the listing of a practice's own page; a person at the practice's address works there."""
    if item.kind is not ListingKind.PERSON or item.organisation or not _share_a_spot(item, cabinet):
        return item
    layers = {**item.layers, "organisation": cabinet.layers.get("name", "")}
    return replace(item, organisation=cabinet.name, layers=layers)


def own_id(url: str, site: SiteFacts) -> str:
    """Return the id of the listing whose own page that is; empty without a page."""
    return (site.profile_id(url) or fallback_id(url)) if url else ""


def fallback_id(url: str) -> str:
    """Return an id for a page of a site without profile pattern: its path and what is left of the query."""
    return own_path(url) or "accueil"


def own_path(url: str) -> str:
    """Return what tells a page of a site from its others: its path and what is left of the query; empty for the front."""
    tidy = tidy_url(url)
    return "?".join(filter(None, (unquote(path_of(tidy)).strip("/").lower(), tidy.partition("?")[2])))


def merged(first: Listing, second: Listing) -> Listing:
    """Return one listing of two: the first one's words, completed by the second's; every place and phone."""
    changes: dict[str, Any] = {
        name: getattr(second, name)
        for name in ("profession", "organisation", "email", "rpps", "booking_url", "url", "services")
        if not getattr(first, name)
    }
    for name in ("rating", "review_count"):
        if getattr(first, name) is None:
            changes[name] = getattr(second, name)
    if first.bookable is None:
        changes["bookable"] = second.bookable
    if first.state is ListingState.UNKNOWN:
        changes |= {"state": second.state, "state_phrase": second.state_phrase}
    if second.kind is ListingKind.PERSON and not shown(first.name).organisation:
        changes["kind"] = ListingKind.PERSON
    return replace(
        first,
        places=merged_places((*first.places, *second.places)) if second.places else first.places,
        phones=tuple(dict.fromkeys((*first.phones, *second.phones))),
        traits=first.traits | second.traits,
        layers={**second.layers, **first.layers},
        **changes,
    )


def with_bookable(item: Listing, bookable: bool, booking_url: str = "", layer: str = "html") -> Listing:
    """Return the listing with its answer to « can one book here? », and the layer of the page that gave it."""
    traits = item.traits | {Trait.BOOKABLE} if bookable else item.traits - {Trait.BOOKABLE}
    layers = {**item.layers, "bookable": layer} | ({"booking_url": layer} if booking_url else {})
    if traits:
        layers.setdefault("traits", layer)
    return replace(item, bookable=bookable, booking_url=booking_url or item.booking_url, traits=traits, layers=layers)
