"""The layers of a page, read in order: what an earlier one says stands, later ones complete it."""

from __future__ import annotations

from typing import Any

from listingguard.domain.listing import Listing, Listings, Page
from listingguard.pages import answers, state, visible
from listingguard.pages.document import next_page
from listingguard.pages.hcard import hcards
from listingguard.pages.json_ld import json_ld
from listingguard.pages.microdata import microdata
from listingguard.pages.once import each_once
from listingguard.pages.rdfa import rdfa
from listingguard.pages.schema_org import drafts_of
from listingguard.pages.site import SiteFacts


def read_structured(page: Page, site: SiteFacts) -> Listings | None:
    """Return the listings of a page of markup, in page order, each once; None when no layer shows any."""
    drafts: list[Listing] = []
    drafts += drafts_of(json_ld(page).values, page, site, layer="json-ld")
    drafts += drafts_of(microdata(page), page, site, layer="microdata", known=drafts)
    for document in state.documents(page):
        drafts += drafts_of([document], page, site, layer="state", known=drafts)
        drafts += answers.drafts(document, page, site, layer="state")
    drafts += drafts_of(rdfa(page), page, site, layer="rdfa", known=drafts)
    drafts += drafts_of(hcards(page), page, site, layer="h-card", known=drafts)
    items = each_once(drafts, page, site)
    if in_words := visible.drafts(page, site, items):
        items = each_once([*drafts, *in_words], page, site)
    if not items:
        return None
    # Where the site's addresses are known, a profile is no page of a list.
    alone = not site.generic and site.profile_id(page.final_url)
    return Listings(items, "" if alone else next_page(page))


def read_answer(document: Any, page: Page, site: SiteFacts) -> Listings | None:
    """Return the listings of an answer that is JSON, in its order, each once; None when it shows none."""
    drafts = [] if answers.has_own_words(document) else drafts_of([document], page, site, layer="json")
    drafts += answers.drafts(document, page, site, layer="json")
    items = each_once(drafts, page, site)
    return Listings(items, answers.next_page(document, page)) if items else None
