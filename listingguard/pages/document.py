"""A page as text and as a tree: charset, entities, what a visitor can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from listingguard.domain.listing import Page
from listingguard.domain.names import fold
from listingguard.pages.url import absolute, host_of

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNATURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def charset_of(content_type: str) -> str:
    """Return the charset named by a Content-Type, empty when it names none."""
    found = re.search(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", content_type, re.IGNORECASE)
    return found[1].lower() if found else ""


def is_binary(page: Page) -> bool:
    """Return True for bytes that are no text: a picture, a PDF, an archive, or mostly control characters."""
    head = page.body[:8192]
    if head.startswith(tuple(bom for bom, _ in _BOMS)):
        return False
    if head.startswith(_SIGNATURES):
        return True
    # A stray control character is a site's mistake; one byte in fifty is a file of another kind.
    return (len(head) - len(head.translate(None, _CONTROLS))) * 50 > len(head)


@lru_cache(maxsize=4)
def page_text(page: Page) -> str:
    """Return the body as text: BOM, then UTF-8 where the bytes are UTF-8, then the header's or the page's own
    charset, then windows-1252. Bytes that mean nothing become U+FFFD; never raises.
    """
    for bom, name in _BOMS:
        if page.body.startswith(bom):
            return page.body.decode(name, "replace")
    # Bytes that are valid UTF-8 beyond ASCII are UTF-8, whatever the header says. A page cut in mid-letter, or
    # with a few wrong bytes, still is.
    text = page.body.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if not wrong or sum(1 for c in text if c > "\x7f") > 4 * wrong:
        return text
    in_page = _META_CHARSET.search(page.body[:4096])
    for name in (charset_of(page.header("content-type")), in_page[1].decode("ascii", "replace") if in_page else ""):
        # Browsers read these two as windows-1252.
        label = "cp1252" if name.lower() in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii") else name
        try:
            if label and label.lower().replace("-", "") != "utf8":
                return page.body.decode(label, "replace")
        except (LookupError, ValueError):
            continue
    return page.body.decode("cp1252", "replace")


def is_json(page: Page, text: str) -> bool:
    """Return True for a JSON answer, by its first character or its declared type."""
    start = text[:64].lstrip("\ufeff \t\r\n")[:1]
    return start in ("{", "[") or ("json" in page.header("content-type").lower() and start != "<")


_VISIBLE = cast(
    Callable[[Any], list[Any]],
    etree.XPath(
        "//body//text()[not(ancestor::script or ancestor::style or ancestor::template or ancestor::noscript"
        " or ancestor::*[@hidden or contains(translate(@style, ' ', ''), 'display:none')])]"
    ),
)


@lru_cache(maxsize=4)
def tree_of(page: Page) -> Any:
    """Return the page as an lxml tree; None for a page without a single element."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    text = page_text(page).replace("\x00", "")
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


@lru_cache(maxsize=4)
def visible_text(page: Page) -> str:
    """Return what a visitor can read, one space between words; scripts and hidden parts left out."""
    tree = tree_of(page)
    return "" if tree is None else " ".join(" ".join(_VISIBLE(tree)).split())


def soup(page: Page) -> BeautifulSoup:
    """Return the page as beautifulsoup4, for what structured data does not give."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(page_text(page), "lxml")


def first_said(phrases: Sequence[str], text: str) -> str:
    """Return the first of the phrases that the text holds; case, accents, spaces and punctuation do not count."""
    if not phrases:
        return ""
    words = f" {fold(text)} "
    return next((phrase for phrase in phrases if f" {fold(phrase)} " in words), "")


def next_page(page: Page) -> str:
    """Return the absolute URL the page calls `next`; empty when there is none, or on another host."""
    tree = tree_of(page)
    for link in () if tree is None else tree.iter("link", "a"):
        if "next" not in (link.get("rel") or "").lower().split():
            continue
        url = absolute(link.get("href") or "", page)
        if url and host_of(url) == host_of(page.final_url) and url != page.final_url:
            return url
    return ""
