"""Each listing once per page: what several objects or layers say of it becomes one listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from listingguard.domain.listing import Listing, ListingKind, ListingState, Page, Trait
from listingguard.domain.names import fold
from listingguard.pages.site import SiteFacts
from listingguard.pages.url import slug, tidy_url
from listingguard.pages.values import merged_places


def each_once(drafts: Sequence[Listing], page: Page, site: SiteFacts) -> tuple[Listing, ...]:
    """Return the drafts with their ids, those of one listing merged, in page order."""
    here = site.profile_id(page.final_url)
    by_key: dict[str, Listing] = {}
    # Without a page of its own, a listing is known by whom it names.
    key_of: dict[str, str] = {}
    for draft in drafts:
        name = fold(draft.name)
        ident = (site.profile_id(draft.url) or fallback_id(draft.url)) if draft.url else ""
        key = ident or key_of.get(name, f"~{name}")
        item = replace(draft, id=ident)
        if ident and (earlier := by_key.pop(f"~{name}", None)):
            item = merged(earlier, item)
        by_key[key] = merged(by_key[key], item) if key in by_key else item
        key_of.setdefault(name, key)
        if ident and key_of[name].startswith("~"):
            key_of[name] = key
    anonymous = [item for item in by_key.values() if not item.id]
    people = [item for item in anonymous if item.kind is ListingKind.PERSON]
    owners = people if len(people) == 1 else anonymous
    taken = {item.id for item in by_key.values()}
    ids = {}
    for item in anonymous:
        if len(owners) == 1 and item is owners[0] and (here or "") not in taken:
            ids[id(item)] = here or fallback_id(page.final_url)
        else:
            ids[id(item)] = f"{here or fallback_id(page.final_url)}#{slug(item.name)}"
    address = tidy_url(page.final_url)
    return tuple(
        item if item.id else replace(item, id=ids[id(item)], url=item.url or address) for item in by_key.values()
    )


def fallback_id(url: str) -> str:
    """Return an id for a page of a site without profile pattern: its path and what is left of the query."""
    parts = urlsplit(tidy_url(url))
    return "?".join(filter(None, (unquote(parts.path).strip("/").lower(), parts.query))) or "accueil"


def merged(first: Listing, second: Listing) -> Listing:
    """Return one listing of two: the first one's words, completed by the second's; every place and phone."""
    changes: dict[str, Any] = {
        name: getattr(second, name)
        for name in ("profession", "organisation", "email", "rpps", "booking_url", "id", "url", "services")
        if not getattr(first, name)
    }
    for name in ("rating", "review_count"):
        if getattr(first, name) is None:
            changes[name] = getattr(second, name)
    if first.bookable is None:
        changes["bookable"] = second.bookable
    if first.state is ListingState.UNKNOWN:
        changes |= {"state": second.state, "state_phrase": second.state_phrase}
    return replace(
        first,
        places=merged_places((*first.places, *second.places)),
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
