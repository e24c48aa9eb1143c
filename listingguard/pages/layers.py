"""The layers of a page, read in order: what an earlier one says stands, later ones complete it."""

from __future__ import annotations

from typing import Any

from listingguard.domain.listing import Listing, Listings, Page
from listingguard.pages.document import next_page
from listingguard.pages.json_ld import json_ld
from listingguard.pages.once import each_once
from listingguard.pages.schema_org import drafts_of
from listingguard.pages.site import SiteFacts


def read_structured(page: Page, site: SiteFacts) -> Listings | None:
    """Return the listings of a page of markup, in page order, each once; None when no layer shows any."""
    drafts: list[Listing] = []
    drafts += drafts_of(json_ld(page).values, page, site, layer="json-ld")
    items = each_once(drafts, page, site)
    return Listings(items, next_page(page)) if items else None


def read_answer(document: Any, page: Page, site: SiteFacts) -> Listings | None:
    """Return the listings of an answer that is JSON, in its order, each once; None when it shows none."""
    items = each_once(drafts_of([document], page, site, layer="json"), page, site)
    return Listings(items) if items else None
