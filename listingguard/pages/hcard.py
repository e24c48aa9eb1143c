"""h-card and hCard (`vcard`) to schema.org objects: who a card names, where they are, how they are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, cast

from lxml import etree

from listingguard.domain.listing import Page
from listingguard.pages.document import MAX_LEVELS, is_advert, is_credit, source, text_of, tree_of
from listingguard.pages.values import shown, words

_MOST_CARDS = 2_000
_MOST_ELEMENTS = 500
_MOST_LETTERS = 500

# Property of schema.org -> classes of h-card, then of hCard.
_NAME = words("p-name fn")
_TITLE = words("p-job-title p-role title role")
_CATEGORY = words("p-category category")
_ORG = words("p-org org")
_TEL = words("p-tel u-tel tel")
_EMAIL = words("u-email p-email email")
_URL = words("u-url url")
_ADR = words("p-adr h-adr adr")
_ADDRESS = {
    "streetAddress": words("p-street-address street-address"),
    "postalCode": words("p-postal-code postal-code"),
    "addressLocality": words("p-locality locality"),
    "addressCountry": words("p-country-name country-name"),
}
_ROOTS = words("h-card vcard")
# Whose cards these are, no listing is: authors of posts, of comments and of reviews.
_WRITERS = words(
    "author p-author comment-author byline reviewer p-reviewer commenter comment comment-body commentlist "
    "h-review-author"
)
# First words of names that are nobody's.
_FIRMS = words(
    "agence annuaire association atelier auberge boulangerie boutique camping club college ecole entreprise garage hotel "
    "laboratoire magasin mairie office pharmacie plateforme residence restaurant salon service services societe studio "
    "syndicat union web"
)
_FAX = ("fax", "télécop", "telecop")
_CARDS = etree.XPath("//*[contains(@class, 'vcard') or contains(@class, 'h-card')]")


def hcards(page: Page) -> Iterable[Mapping[str, Any]]:
    """Return the cards of a page as schema.org objects, in page order; none of authors, reviewers or commenters.

    A card within an organisation's card is one of its people.
    """
    text = source(page)
    tree = tree_of(page) if b"card" in text and (b"vcard" in text or b"h-card" in text) else None
    roots = [e for e in cast("list[Any]", _CARDS(tree)) if _ROOTS & _classes(e)] if tree is not None else []
    nodes: dict[Any, dict[str, Any]] = {}
    found = []
    for root in roots[:_MOST_CARDS]:
        above = list(islice(root.iterancestors(), MAX_LEVELS))
        around = next((element for element in above if element in nodes), None)
        written = any(_WRITERS & _classes(element) for element in (root, *above))
        if written or (around is not None and (_ORG | _ADR) & _classes(root)):
            continue
        node = _node(root)
        nodes[root] = node
        if around is not None and nodes[around]["@type"] == "LocalBusiness":
            node.setdefault("worksFor", nodes[around])
        if is_advert(root):
            node["@ad"] = "true"
        if any(element.tag == "footer" for element in above):
            node["@footer"] = True
            if is_credit(root):
                node["@credit"] = True
        found.append(node)
    return found


def _classes(element: Any) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _node(root: Any) -> dict[str, Any]:
    """Return what a card says, without what cards within it say of themselves."""
    said: dict[str, list[Any]] = {}
    street: dict[str, str] = {}
    lines: list[str] = []
    for element in islice(_own_elements(root), _MOST_ELEMENTS):
        classes = _classes(element)
        if not classes:
            continue
        if classes & _NAME:
            said.setdefault("name", []).append(_value(element))
        if classes & _ORG:
            said.setdefault("org", []).append(_organisation(element))
        if classes & (_TITLE | _CATEGORY):
            said.setdefault("jobTitle" if classes & _TITLE else "category", []).append(_value(element))
        if classes & _TEL and (number := _telephone(element)):
            said.setdefault("telephone", []).append(number)
        if classes & _EMAIL:
            said.setdefault("email", []).append(_pointed(element, "mailto:"))
        if classes & _URL and element.get("href"):
            said.setdefault("url", []).append(element.get("href"))
        if classes & _ADR:
            lines.append(text_of(element)[:_MOST_LETTERS])
        for name, of_address in _ADDRESS.items():
            if classes & of_address:
                street[name] = f"{street[name]}, {_value(element)}" if name in street else _value(element)
    name = next(iter(said.get("name", ())), "") or ("" if said.get("org") else _implied_name(root))
    org = next((text for text in said.pop("org", ()) if text), "")
    as_name = shown(name)
    person = bool(name) and name != org and not as_name.organisation and (bool(org) or _reads_as_person(name))
    node: dict[str, Any] = {"@type": "Person" if person else "LocalBusiness", **said, "name": name or org}
    if org and person:
        node["worksFor"] = {"name": org}
    if street:
        node["address"] = {"@type": "PostalAddress", **street}
    elif lines:
        node["address"] = lines[0]
    if "jobTitle" not in node and "category" in node:
        node["jobTitle" if person else "medicalSpecialty"] = node["category"][0]
    elif "jobTitle" in node and not person:
        node["medicalSpecialty"] = node["jobTitle"][0]
    return node


def _own_elements(root: Any) -> Iterator[Any]:
    """Yield the elements of a card in document order, the card itself first, without those of cards within it.

    The card of an organisation inside a person's card (`p-org h-card`) is given, not entered.
    """
    yield root
    waiting = list(reversed(root))
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        classes = _classes(element)
        if classes & _ROOTS and not classes & (_ORG | _ADR):
            continue
        yield element
        if not classes & _ROOTS:
            waiting.extend(reversed(element))


def _within(element: Any) -> Iterator[Any]:
    return islice(element.iterdescendants(etree.Element), 100)


def _value(element: Any) -> str:
    """Return what a class says: the parts marked `value`, else an abbreviation's full form, else the text."""
    parts = [text_of(part) for part in _within(element) if "value" in _classes(part)]
    if parts:
        return " ".join(parts)[:_MOST_LETTERS]
    title = element.get("title") if element.tag == "abbr" else element.get("value") if element.tag == "data" else None
    alt = element.get("alt") if element.tag == "img" else None
    return (title or alt or text_of(element))[:_MOST_LETTERS]


def _pointed(element: Any, scheme: str) -> str:
    href = (element.get("href") or "").strip()
    return href if href[: len(scheme)].lower() == scheme else _value(element)


def _telephone(element: Any) -> str:
    """Return a telephone number; empty for a fax, whether a class, a type or a word beside it says so."""
    kinds = [element.get("class") or "", element.text or "", element.get("title") or ""]
    kinds += [f"{text_of(part)} {part.get('title') or ''}" for part in _within(element) if "type" in _classes(part)]
    said = " ".join(kinds).lower()
    if any(fax in said for fax in _FAX) and "/" not in said:
        return ""
    return _pointed(element, "tel:")


def _organisation(element: Any) -> str:
    inner = next((e for e in _within(element) if {"organization-name", "p-name", "fn"} & _classes(e)), None)
    return _value(element if inner is None else inner)


def _implied_name(root: Any) -> str:
    """Return the name of a small h-card (`<a class="h-card" href="…">Camille Exemple</a>`): all of its text."""
    if "h-card" not in _classes(root):
        return ""
    text = text_of(root)
    return text if len(text) <= 80 else ""


def _reads_as_person(name: str) -> bool:
    people = shown(name).people
    return len(people) == 1 and 2 <= len(people[0]) <= 4 and not any(word.text in _FIRMS for word in people[0])
