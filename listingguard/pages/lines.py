"""A page as the lines a visitor reads, with what part of the page each stands in; for pages without markup."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from listingguard.domain.listing import Page
from listingguard.pages.document import is_hidden, once_per_page, tree_of
from listingguard.pages.values import words

MAX_LINES = 6_000
MAX_LINE = 4_000
"""Lines and characters of a line; the rest of a page is not read."""

MAIN, HEADER, FOOTER, NAVIGATION = "main", "header", "footer", "navigation"


@dataclass(frozen=True, slots=True)
class Line:
    """What stands on one line. parts: its text as inline elements cut it; links: the addresses it leads to.

    tag: the innermost heading, term or cell it stands in (`h1`, `dt`, `th`…), else empty. zone: see above.
    """

    parts: tuple[str, ...]
    tag: str = ""
    zone: str = MAIN
    links: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the whole line, one space between words."""
        return " ".join(self.parts)


@dataclass(slots=True)
class Block:
    """An element that stands by itself, from one line of the page up to another, and the blocks in it."""

    tag: str
    start: int
    end: int = 0
    inner: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Laid:
    """The lines of a page in order, and its blocks."""

    lines: tuple[Line, ...]
    whole: Block


_BLOCKS = words(
    "address article aside blockquote br caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main nav ol p pre section summary table tbody td tfoot "
    "th thead tr ul"
)
_MARKED = words("h1 h2 h3 h4 h5 h6 dt dd th td address summary caption")
_UNSEEN = words(
    "script style template noscript svg math iframe object select datalist option textarea video audio canvas head "
    "title"
)
_AROUND = r"(?:(?:main|site|page|top|bottom|mobile|primary|secondary|global|wp|block|widget|colophon)[-_]?)*"
_BEHIND = (
    r"(?:[-_](?:main|top|principal|mobile|container|wrapper|wrap|list|bar|inner|area|primary|haut|bas|nav|menu)\w*)*"
)
_ZONES = (
    (
        NAVIGATION,
        re.compile(
            rf"{_AROUND}(?:nav(?:bar|igation)?|menu|breadcrumbs?|fil-?d-?ariane|ariane|tabs|pagination){_BEHIND}"
        ),
    ),
    (FOOTER, re.compile(rf"{_AROUND}(?:footer|pied-?de-?page|pied|bas-?de-?page){_BEHIND}")),
    (HEADER, re.compile(rf"{_AROUND}(?:header|entete|en-tete|masthead|topbar|banner|bandeau){_BEHIND}")),
)
# What is said there is said by others, of others, or by no one.
_LEFT_OUT = re.compile(
    r"(?:.*[-_])?(?:cookies?|consent|rgpd|gdpr|didomi|axeptio|tarteaucitron|onetrust|reviews?|avis|comments?|"
    r"commentaires?|testimonials?|temoignages?|ads?|adverts?|pub|publicites?|sponsors?|related|similar|similaires|"
    r"suggestions?|share|social|newsletter|popup)(?:[-_](?:banner|bar|box|list|block|wrapper|container|section|item|modal|"
    r"notice|content|links|overlay|slot|top|bottom|\d+))*"
)
_ROLES = {"navigation": NAVIGATION, "banner": HEADER, "contentinfo": FOOTER}
_TAGS = {"nav": NAVIGATION, "header": HEADER, "footer": FOOTER}
# Within these, a header or a footer is that of a part of the page.
_PARTS = words("main article section li td")


@lru_cache(maxsize=4096)
def _zone_of_class(words: str) -> str:
    """Return the part of the page that a class or an id names; `-` for what is left out, empty for any other."""
    for word in words.lower().split()[:20]:
        if _LEFT_OUT.fullmatch(word[:60]):
            return "-"
    for word in words.lower().split()[:20]:
        for zone, pattern in _ZONES:
            if pattern.fullmatch(word[:60]):
                return zone
    return ""


@once_per_page
def laid_out(page: Page) -> Laid:
    """Return the lines of a page; none for a page without an element. Scripts, hidden parts, adverts, opinions,
    cookie banners and what others wrote are left out.
    """
    tree = tree_of(page)
    # What a page writes behind its body is shown as well.
    return Laid((), Block("html", 0)) if tree is None else _Reader().read(tree)


@dataclass
class _Reader:
    """The walk through the elements of a page: what the current line holds, and the block that is open."""

    lines: list[Line] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    tag: str = ""
    zone: str = MAIN
    in_parts: int = 0
    # The address that a whole card leads to.
    link: str = ""

    def read(self, root: Any) -> Laid:
        """Return the lines and blocks of an element."""
        top = block = Block("html", 0)
        self._add(root.text)
        # The elements that are open, each with what is to be restored when it closes.
        path: list[tuple[Any, Any, Block, str, str, int, str]] = [(root, iter(root), top, "", MAIN, 0, "")]
        while path:
            element = next(path[-1][1], None)
            if element is None:
                closed, _, outer, *_ = around = path.pop()
                if block is not outer:
                    self._end_line()
                    block.end = len(self.lines)
                    block = outer
                self.tag, self.zone, self.in_parts, self.link = around[3:]
                if path:
                    self._add(closed.tail)
                continue
            tag = element.tag
            if not isinstance(tag, str) or self._left_out(element, tag):
                self._add(element.tail)
                continue
            path.append((element, iter(element), block, self.tag, self.zone, self.in_parts, self.link))
            href = (element.get("href") or "").strip()[:2000] if tag == "a" else ""
            if tag in _BLOCKS or (tag == "a" and any(inner.tag in _BLOCKS for inner in element)):
                self._end_line()
                if len(self.lines) >= MAX_LINES:
                    break
                outer, block = block, Block(tag, len(self.lines))
                outer.inner.append(block)
                self.zone = self._zone(element, tag)
                self.tag = tag if tag in _MARKED else self.tag
                self.in_parts += tag in _PARTS
                self.link = href or self.link
                self.links = [self.link] if self.link else []
            elif href:
                self.links.append(href)
            self._add(element.text)
        self._end_line()
        for _, _, outer, *_ in path:
            outer.end = len(self.lines)
        top.end = block.end = len(self.lines)
        return Laid(tuple(self.lines), top)

    def _left_out(self, element: Any, tag: str) -> bool:
        if tag in _UNSEEN:
            return True
        if not element.attrib or tag == "main":
            return False
        words = f"{element.get('class') or ''} {element.get('id') or ''}"
        return is_hidden(element) or (len(words) > 1 and _zone_of_class(words) == "-")

    def _zone(self, element: Any, tag: str) -> str:
        if tag == "nav" or element.get("role") == "navigation":
            return NAVIGATION
        if self.zone != MAIN or self.in_parts or tag in _PARTS:
            return self.zone
        words = f"{element.get('class') or ''} {element.get('id') or ''}"
        named = _zone_of_class(words) if len(words) > 1 else ""
        return _TAGS.get(tag) or _ROLES.get(element.get("role") or "") or named or self.zone

    def _add(self, text: str | None) -> None:
        if text and (text := " ".join(text.split())):
            self.parts.append(text[:MAX_LINE])

    def _end_line(self) -> None:
        if self.parts:
            self.lines.append(Line(tuple(self.parts[:200]), self.tag, self.zone, tuple(self.links[:20])))
            self.parts = []
        self.links = [self.link] if self.link else []
