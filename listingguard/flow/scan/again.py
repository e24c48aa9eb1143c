"""Everything that is computed of the pages kept, computed again from their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from listingguard.domain.listing import Listing, Listings, Page
from listingguard.domain.record import CaptureRow

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.sites import Sites


def rebuild(store: Store, vault: Vault, sites: Sites) -> None:
    """Drop everything that is computed and compute it again from captures, roster and events."""
    with store.tx("rebuild"):
        store.drop_caches()
        for row in store.captures():
            shown = set(store.capture_listings(row.id))
            for item in read_again(sites, row, vault.get(row.body)):
                if item.key in shown:
                    store.put_listing(item, row)
        store.rematch()


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
