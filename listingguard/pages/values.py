"""Single values of a page made comparable: a line of text, an address, a telephone number."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from listingguard.domain.listing import Place
from listingguard.domain.names import fold, phones_in

_NOTHING = {"[object object]", "null", "undefined", "none", "nan", "n/a", "-"}


def clean(value: object, depth: int = 0) -> str:
    """Return a value as one line of text: entities and tags resolved, spaces simple; empty for nothing.

    A list gives its first text, an object its `name` or `@value`.
    """
    if depth > 4:
        return ""
    if isinstance(value, Mapping):
        return clean(value.get("@value") or value.get("name"), depth + 1)
    if isinstance(value, list):
        return next((text for item in value[:50] if (text := clean(item, depth + 1))), "")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = str(value)
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = re.sub(r"<[^<>]{1,200}>", " ", text)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return "" if text.lower() in _NOTHING else text


def kinds_of(node: Mapping[str, Any]) -> set[str]:
    """Return the schema.org types of an object, in small letters, without their vocabulary."""
    types = node.get("@type") or ()
    names = types if isinstance(types, list) else [types]
    return {re.split(r"[/#:]", name)[-1].lower() for name in names if isinstance(name, str)}


def as_list(value: object) -> list[Any]:
    """Return the value as a list; empty for None."""
    return value if isinstance(value, list) else [] if value is None else [value]


_POSTCODE_TOWN = re.compile(
    r"^(?P<street>.*?)[\s,;–-]*\b(?P<postcode>\d{5})\b[\s,;–-]*(?P<town>.*?)[\s,]*(?:,?\s*france)?$", re.IGNORECASE
)


def place_from_text(text: str) -> Place:
    """Return the place of an address on one line; without a postcode, all of it is the street.

    >>> place_from_text("3 rue des Essais, 26000 Valence, France")
    Place(street='3 rue des Essais', postcode='26000', town='Valence', phones=())
    """
    text = clean(text)
    found = _POSTCODE_TOWN.match(text)
    if not found:
        return Place(street=text)
    return Place(found["street"], found["postcode"], found["town"].split(",")[0].strip())


def place_of(value: object, phones: tuple[str, ...]) -> Place:
    """Return the place of a postal address, an object or one line of text, with the numbers given for it."""
    if not isinstance(value, Mapping):
        return replace(place_from_text(clean(value)), phones=phones)
    parts = value.get("streetAddress")
    street = ", ".join(filter(None, map(clean, parts))) if isinstance(parts, list) else clean(parts)
    town, code = clean(value.get("addressLocality")), clean(value.get("postalCode"))
    postcode = code.rjust(5, "0") if re.fullmatch(r"\d{4,5}", code) else code
    if not postcode and (found := re.match(r"(\d{5})\s+(.+)", town)):
        postcode, town = found[1], found[2]
    whole = place_from_text(street)
    if whole.postcode and whole.postcode == (postcode or whole.postcode):
        street, postcode, town = whole.street, whole.postcode, town or whole.town
    return Place(street, postcode, town, phones)


def merged_places(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return the places in order, each once, with all the numbers given for it."""
    merged: dict[tuple[str, str, str], Place] = {}
    for place in places:
        key = (fold(place.street), place.postcode, fold(place.town))
        known = merged.get(key)
        phones = tuple(dict.fromkeys((*(known.phones if known else ()), *place.phones)))
        merged[key] = replace(known or place, phones=phones)
    return tuple(merged.values())


def phones_of(node: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return the telephone numbers of an object as written, and those of them that can be compared, in E.164."""
    raws = [text.removeprefix("tel:") for item in as_list(node.get("telephone")) if (text := clean(item))]
    return raws, tuple(dict.fromkeys(number for raw in raws for number in phones_in(raw)))
