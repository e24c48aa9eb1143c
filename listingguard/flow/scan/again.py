"""Everything that is computed of the pages kept, computed again from their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from listingguard.domain.listing import Listing, Listings, Page
from listingguard.domain.listing_id import met_again
from listingguard.domain.record import CaptureRow

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.sites import Sites


def rebuild(store: Store, vault: Vault, sites: Sites) -> None:
    """Drop everything that is computed and compute it again from captures, roster and events."""
    with store.tx("rebuild"):
        store.drop_caches()
        rows = store.captures()
        unsure = [row for row in rows if not _kept_again(store, sites, row, vault.get(row.body))]
        # Whose an old id is, another page has told meanwhile.
        for row in unsure:
            _kept_again(store, sites, row, vault.get(row.body))
        store.rematch()


def _kept_again(store: Store, sites: Sites, row: CaptureRow, body: bytes) -> bool:
    """Store what the bytes of a capture show of the listings that it was kept for; return whether each was met."""
    shown = store.capture_listings(row.id)
    items = tuple(read_again(sites, row, body))
    if not set(shown) <= {item.key for item in items}:
        items = met_again(items, {**dict.fromkeys(shown), **{item.key: item for item, _ in store.listings(shown)}})
    for item in items:
        if item.key in shown:
            store.put_listing(item, row)
    return set(shown) <= {item.key for item in items}


def read_again(sites: Sites, row: CaptureRow, body: bytes) -> Iterator[Listing]:
    """Yield the listings that the bytes of a capture show, as its site is read today."""
    manifest = row.manifest
    page = Page(
        url=str(manifest["url"]),
        final_url=str(manifest["final_url"]),
        status=int(manifest["status"]),
        headers=tuple((k, v) for k, v in manifest["headers"]),
        body=body,
        at=row.at,
    )
    reading = sites.for_url(page.url).reading(page)
    yield from reading.items if isinstance(reading, Listings) else ()
