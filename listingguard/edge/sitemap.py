"""The addresses a sitemap names: XML (also gzip), or one address per line; bounded in bytes, depth and number."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

MAX_BYTES = 52_428_800
"""The protocol's own limit, once decompressed (sitemaps.org, 50 MB)."""

MAX_ADDRESSES = 50_000
"""The protocol's own limit."""

_LONGEST = 2048
"""Characters of an address, the protocol's own limit."""


@dataclass(frozen=True)
class Sitemap:
    """The pages and the further sitemaps that one names, absolute, in order.

    problem: a French sentence when it could not be read to its end; what came before stands.
    """

    pages: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()
    problem: str = ""


def read_sitemap(body: bytes) -> Sitemap:
    """Return what the bytes of a sitemap or of an index of sitemaps name; never raises."""
    try:
        text = _inflated(body) if body[:2] == b"\x1f\x8b" else body
    except zlib.error:
        return Sitemap(problem="Le plan du site (gzip) est abîmé.")
    if len(text) > MAX_BYTES:
        return Sitemap(problem="Le plan du site dépasse 50 Mo une fois décompressé.")
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _lines(text)
    pages: dict[str, None] = {}
    maps: dict[str, None] = {}
    try:
        for kind, address in _addresses(text):
            (maps if kind == "sitemap" else pages)[address] = None
            if len(pages) + len(maps) >= MAX_ADDRESSES:
                break
    except etree.XMLSyntaxError:
        return Sitemap(tuple(pages), tuple(maps), "Le plan du site n’est pas du XML entier.")
    if not pages and not maps:
        return Sitemap(problem="Ce n’est pas un plan de site : aucune adresse.")
    return Sitemap(tuple(pages), tuple(maps))


def _inflated(body: bytes) -> bytes:
    """Return the bytes that a gzip holds, one more than the limit at most."""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    return stream.decompress(body, MAX_BYTES + 1)


def _addresses(text: bytes) -> Iterator[tuple[str, str]]:
    """Yield (« url » or « sitemap », address) as they stand in the document; raise XMLSyntaxError where it breaks."""
    # Entities stay unread, and libxml2 itself refuses more than 256 levels: neither a bomb nor a file comes in.
    parser = etree.XMLPullParser(
        events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    for start in range(0, len(text), 65_536):
        parser.feed(text[start : start + 65_536])
        yield from _ended(parser)
    parser.close()
    yield from _ended(parser)


def _ended(parser: Any) -> Iterator[tuple[str, str]]:
    for _, element in parser.read_events():
        kind = _local(element)
        if kind not in ("url", "sitemap"):
            continue
        for child in element:
            # A child of an address is an entity left unread: what stands before it is no whole address.
            address = (child.text or "").strip() if _local(child) == "loc" and not len(child) else ""
            if _is_address(address):
                yield kind, address
        # What was read is let go, together with what stands before it: the tree never grows.
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _lines(text: bytes) -> Sitemap:
    found = [line.strip() for line in text.decode("utf-8-sig", "replace").splitlines()[:MAX_ADDRESSES]]
    pages = tuple(dict.fromkeys(line for line in found if _is_address(line)))
    return Sitemap(pages) if pages else Sitemap(problem="Ce n’est pas un plan de site : aucune adresse.")


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) <= _LONGEST and text.isprintable()
