"""Microdata to schema.org objects: `itemscope`, `itemtype`, `itemprop`, `itemref`, `itemid`; and how attributes nest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from lxml import etree

from listingguard.domain.listing import Page
from listingguard.pages.document import is_advert, is_credit, small_source, text_of, tree_of
from listingguard.pages.schema_org import OTHER_THINGS
from listingguard.pages.values import kinds_of, words

_MOST_ELEMENTS = 50_000
_MOST_PROPERTIES = 1_000
_MOST_REFERENCES = 200
_MAX_DEPTH = 20
_MOST_LETTERS = 2_000

# What older vocabularies, and hands that write by heart, call the same things.
_SAME = {
    "street-address": "streetAddress",
    "postal-code": "postalCode",
    "locality": "addressLocality",
    "country-name": "addressCountry",
    "tel": "telephone",
    "fn": "name",
    "title": "jobTitle",
    "specialty": "medicalSpecialty",
}
_SPELLED = {
    name.lower(): name
    for name in (
        *(
            "name",
            "url",
            "email",
            "telephone",
            "faxNumber",
            "address",
            "streetAddress",
            "postalCode",
            "addressLocality",
        ),
        *("addressCountry", "medicalSpecialty", "jobTitle", "worksFor", "employee", "member", "department"),
        *("aggregateRating", "ratingValue", "reviewCount", "ratingCount", "review", "author", "availableService"),
        *("makesOffer", "hasOfferCatalog", "itemOffered", "price", "priceCurrency", "offers", "location"),
        *("workLocation", "hasPOS", "contactPoint", "contactType", "givenName", "familyName", "identifier"),
        *(
            "acceptsReservations",
            "memberOf",
            "affiliation",
            "itemListElement",
            "medicalProcedure",
            "priceSpecification",
        ),
    )
} | _SAME


@dataclass(frozen=True)
class Attributes:
    """The attributes by which a kind of markup tells objects and what is said of them."""

    scope: str
    types: str
    prop: str
    idents: tuple[str, ...]
    references: str = ""


@dataclass
class _Items:
    """The objects of one page, each made once."""

    of: Attributes
    said: dict[Any, list[Any]] = field(default_factory=dict)
    scopes: dict[Any, Any] = field(default_factory=dict)
    made: dict[Any, dict[str, Any]] = field(default_factory=dict)
    by_id: dict[str, Any] | None = None
    references: int = 0

    def scope_of(self, element: Any) -> Any:
        """Return the nearest element around this one that is an object; None outside of all."""
        path = []
        above = element.getparent()
        while above is not None and above not in self.scopes and above.get(self.of.scope) is None:
            path.append(above)
            above = above.getparent()
        found = above if above is None or above.get(self.of.scope) is not None else self.scopes[above]
        for passed in path:
            self.scopes[passed] = found
        return found

    def node(self, element: Any, depth: int = 0) -> dict[str, Any]:
        """Return the object of an element: `@type`, `@id`, and its properties, lists where there are several."""
        if element in self.made:
            return self.made[element]
        node: dict[str, Any] = {}
        self.made[element] = node
        types = (element.get(self.of.types) or "").split()
        if types:
            node["@type"] = types if len(types) > 1 else types[0]
        ident = next((value for name in self.of.idents if (value := (element.get(name) or "").strip())), "")
        if ident:
            node["@id"] = ident
        if depth < _MAX_DEPTH:
            for said in (*self.said.get(element, ()), *self._referred(element))[:_MOST_PROPERTIES]:
                names = [_plain(word) for word in said.get(self.of.prop).split()[:5]]
                value = self._value(said, names, depth)
                for name in names:
                    _add(node, name, value)
        return node

    def _value(self, element: Any, names: list[str], depth: int) -> Any:
        if element.get(self.of.scope) is not None:
            return self.node(element, depth + 1)
        pointed = element.get("resource") if "resource" in self.of.idents else None
        if pointed:
            return {"@id": pointed} if pointed[0] in "#_" else pointed
        return value_of(element, names)

    def _referred(self, element: Any) -> list[Any]:
        """Return the elements with properties that the object takes from elsewhere on the page."""
        names = (element.get(self.of.references) or "").split() if self.of.references else []
        found: list[Any] = []
        for name in names[:20]:
            if self.by_id is None:
                everything = cast("list[Any]", _WITH_ID(element.getroottree()))
                self.by_id = {other.get("id"): other for other in reversed(everything)}
            root = self.by_id.get(name)
            self.references += 1
            if root is None or self.references > _MOST_REFERENCES:
                continue
            if root.get(self.of.prop) is not None:
                found.append(root)
            elif root.get(self.of.scope) is None:
                around = self.scope_of(root)
                inner = islice(root.iterdescendants(), _MOST_PROPERTIES)
                found += [e for e in inner if e.get(self.of.prop) is not None and self.scope_of(e) is around]
        return found


_WITH_ID = etree.XPath("//*[@id]")
_ATTRIBUTES = (("itemscope", "itemprop"), ("typeof", "property"))
_ANY = {name: etree.XPath(f"boolean(//@{name})") for name, _ in _ATTRIBUTES}
_MARKED = {name: etree.XPath(f"//*[@{name} or @{other}]") for name, other in _ATTRIBUTES}


def objects_of(page: Page, of: Attributes) -> list[dict[str, Any]]:
    """Return the objects of a page that are not said of another object, in page order.

    What stands within a review, an article or a list of crumbs is no object of its own, said or not; in an advert or
    a footer it is marked (`@ad`, `@footer`, `@credit`).
    """
    # Most pages have none of a kind; `typeof` stands in many a script, and then the attributes alone are asked first.
    tree = tree_of(page) if of.scope.encode() in small_source(page) else None
    if tree is None or not _ANY[of.scope](tree):
        return []
    marked = cast("list[Any]", _MARKED[of.scope](tree))[:_MOST_ELEMENTS]
    items = _Items(of)
    tops = []
    for element in marked:
        prop = element.get(of.prop)
        if prop is not None and (around := items.scope_of(element)) is not None:
            items.said.setdefault(around, []).append(element)
        elif element.get(of.scope) is not None:
            tops.append(element)
    nodes = []
    for element in tops:
        around = items.scope_of(element)
        if around is not None and _other_thing(around, items):
            continue
        node = items.node(element)
        if is_advert(element):
            node["@ad"] = "true"
        if element.xpath("boolean(ancestor-or-self::footer)"):
            node["@footer"] = True
            if is_credit(element):
                node["@credit"] = True
        nodes.append(node)
    return nodes


def _other_thing(element: Any, items: _Items) -> bool:
    """Return True when the object, or one around it, is of a kind within which nobody is listed."""
    for _ in range(_MAX_DEPTH):
        if element is None:
            return False
        if not kinds_of({"@type": (element.get(items.of.types) or "").split()}).isdisjoint(OTHER_THINGS):
            return True
        element = items.scope_of(element)
    return True


def value_of(element: Any, names: Iterable[str]) -> str:
    """Return what an element says: `content`, else what its kind of element points to, else its text.

    names: the properties it is said of; the text of a link counts where the property is no address.
    """
    content = element.get("content")
    if content is not None:
        return str(content)[:_MOST_LETTERS]
    tag = element.tag
    if tag in _POINTING:
        target = str(element.get(_POINTING[tag]) or "").strip()[:_MOST_LETTERS]
        # Many a page says `<a itemprop="name" href="…">Camille Exemple</a>`.
        if tag != "a" or not _LINKS.isdisjoint(names) or target[:7].lower().startswith(("tel:", "mailto:")):
            return target
    if tag in ("data", "meter", "time"):
        value = element.get("datetime" if tag == "time" else "value")
        if value is not None:
            return str(value)[:_MOST_LETTERS]
    return text_of(element)[:_MOST_LETTERS]


_LINKS = words("url sameAs image logo photo mainEntityOfPage acceptsReservations hasMap target urlTemplate item")
_POINTING = {
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src"),
    **dict.fromkeys(("a", "area", "link"), "href"),
    "object": "data",
}


def _plain(word: str) -> str:
    """Return the name of a property without its vocabulary, spelled as schema.org does."""
    last = re.split(r"[/#:]", word)[-1]
    return _SPELLED.get(last.lower(), last)


def _add(node: dict[str, Any], name: str, value: Any) -> None:
    known = node.get(name)
    if isinstance(known, list):
        known.append(value)
    else:
        node[name] = value if known is None else [known, value]


_MICRODATA = Attributes("itemscope", "itemtype", "itemprop", ("itemid",), "itemref")


def microdata(page: Page) -> Iterable[Mapping[str, Any]]:
    """Return the schema.org objects that a page's microdata says, in page order; none without `itemscope`."""
    return objects_of(page, _MICRODATA)
