"""Where a page that somebody saved says it comes from, when that is not where they say."""

from __future__ import annotations

from collections.abc import Callable

from listingguard.domain.listing import Page
from listingguard.pages.container import unwrap
from listingguard.pages.document import tree_of
from listingguard.pages.url import host_of


def named_elsewhere(page: Page, owns: Callable[[str], bool]) -> str:
    """Return the address the page names for itself when that is another page, or lies on another site; else "".

    owns: whether an address is of the site that the page is said to be from. What the browser wrote into the file comes
    first, then the page's own absolute canonical address and the one it gives to those who share it.
    """
    if inner := unwrap(page).elsewhere:
        return inner
    tree = tree_of(page)
    if tree is None:
        return ""
    named = [e.get("href") for e in tree.iter("link") if "canonical" in (e.get("rel") or "").lower().split()]
    named += [e.get("content") for e in tree.iter("meta") if (e.get("property") or "").lower() == "og:url"]
    found = [url.strip() for url in named if url and url.strip().lower().startswith(("http://", "https://"))]
    # An address of the site itself, however it differs, is no reason to doubt.
    return "" if any(map(owns, found)) else next(filter(host_of, found), "")
