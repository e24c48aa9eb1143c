"""Single values of a page made comparable: a line of text, an address, a telephone number."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from listingguard.domain.listing import Place
from listingguard.domain.names import fold, shown_name
from listingguard.domain.places import address, phones_in, relay_number, same_street, town_key

_MOST_PLACES = 50
_NOTHING = {"[object object]", "null", "undefined", "none", "nan", "n/a", "-"}


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set: how the lists of known names are written down here."""
    return frozenset(text.split())


def clean(value: object, depth: int = 0) -> str:
    """Return a value as one line of text: entities and tags resolved, spaces simple; empty for nothing.

    A list gives its first text, an object its `name` or `@value`.
    """
    if not isinstance(value, str):
        if depth > 4 or value is None or isinstance(value, bool):
            return ""
        if isinstance(value, Mapping):
            return clean(value.get("@value") or value.get("name"), depth + 1)
        if isinstance(value, list):
            return next((text for item in value[:50] if (text := clean(item, depth + 1))), "")
        if not isinstance(value, (int, float)):
            return ""
        value = str(value)
    # The same trades, towns and names are asked for again and again.
    return _plain(value) if len(value) < _SHORT else _plain.__wrapped__(value[:_MOST_LETTERS])


# No value that we ask for is longer than the most letters, and a text is worked on letter by letter.
_MOST_LETTERS = 4_000
_SHORT = 200


@lru_cache(maxsize=4096)
def _plain(value: str) -> str:
    text = html.unescape(html.unescape(value)) if "&" in value else value
    if "<" in text:
        text = re.sub(r"<[^<>]{1,200}>", " ", text)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return "" if len(text) < 16 and text.lower() in _NOTHING else text


shown = lru_cache(maxsize=4096)(shown_name)
"""`shown_name`, asked of the same names many times over one page."""


def kinds_of(node: Mapping[str, Any]) -> frozenset[str]:
    """Return the schema.org types of an object, in small letters, without their vocabulary."""
    types = node.get("@type")
    if isinstance(types, str):
        return _kind(types)
    named = (_kind(name) for name in types if isinstance(name, str)) if isinstance(types, list) else ()
    return frozenset().union(*named)


@lru_cache(maxsize=512)
def _kind(name: str) -> frozenset[str]:
    return frozenset((re.split(r"[/#:]", name)[-1].strip().lower(),))


def as_list(value: object) -> list[Any]:
    """Return the value as a list; empty for None."""
    return value if isinstance(value, list) else [] if value is None else [value]


# --- trades ---------------------------------------------------------------------------------------------------------

TRADE = re.compile(
    r"\b(?:masseu(?:r|se)s?[\s(-]*(?:se)?s?\)?[\s–-]*kin[ée]sith[ée]rapeutes?|masso-?kin[ée]sith[ée]rapeutes?|"
    r"kin[ée]sith[ée]rapeutes?|physioth[ée]rapeutes?|kin[ée]s?(?: du sport| p[ée]diatriques?)?(?![\w-]))"
    r"(?:\s+(?:D\.?\s?E\.?(?!\w)|du sport|p[ée]diatriques?|lib[ée]ra(?:le?s?|ux)\b))?",
    re.IGNORECASE,
)
OTHER_TRADE = re.compile(
    r"\b(?:ost[ée]opathes?|infirmi(?:er|[èe]re)s?|sages?-femmes?|orthophonistes?|psychologues?|psychomotricien(?:ne)?s?|"
    r"p[ée]dicures?-podologues?|podologues?|m[ée]decins? g[ée]n[ée]ralistes?|m[ée]decins?|chirurgiens?-dentistes?|dentistes?|"
    r"di[ée]t[ée]ticien(?:ne)?s?|ergoth[ée]rapeutes?|orthoptistes?|chiropracteurs?)(?!\w)",
    re.IGNORECASE,
)

# Who keeps the desk and the books of a practice, folded.
_DESK = re.compile(
    r"secretaires?|secretariat|secretary|(?:agente?s?|chargee?s?|hotes?|hotesses?|responsables?)(?: \w+){0,2} accueil|accueil|"
    r"(?:aide )?comptables?|comptabilite|standardistes?|receptionn?istes?|(?:medical |office |administrative )?(?:secretary|"
    r"assistant|manager)|assistante?s?|office manager|gestionnaires?|(?:agente?s?|responsables?) (?:administrati\w+|d entretien|"
    r"de menage)|femme de menage|accountant|webmaster"
)
# « Secrétaire des kinésithérapeutes »
_TRADE_OF_OTHERS = re.compile(r"\b(?:des?|du|de la|les?|aux?|pour)\s+(?:nos\s+)?$", re.IGNORECASE)


def keeps_the_desk(title: str) -> bool:
    """Return True for the work of a secretary, a receptionist, an accountant: nobody's health profession.

    >>> keeps_the_desk("Secrétaire médicale"), keeps_the_desk("Assistant kinésithérapeute")
    (True, False)
    """
    found = TRADE.search(title) or OTHER_TRADE.search(title)
    own = found is not None and not _TRADE_OF_OTHERS.search(title[: found.start()])
    return not own and re.match(rf"(?:{_DESK.pattern})\b", fold(title)) is not None


# --- addresses -------------------------------------------------------------------------------------------------

_POSTCODE = re.compile(r"(?:\bF(?:R)?[- ]\s?)?\b(\d{5})\b(?=\W*([^\W\d])?)")
_SHORT_CODE = re.compile(r"\d{4,5}")
_FIVE_DIGITS = re.compile(r"\d{5}")
_TOWN_FIRST = re.compile(r"([^\d(]{1,80}?)[\s,]*\(?\b(\d{5})\)?$")
_EDGES = " ,;–-\t"


def place_from_text(text: str) -> Place:
    """Return the place of an address on one line; without a postcode, all of it is the street.

    >>> place_from_text("3 rue des Essais, 26000 Valence, France")
    Place(street='3 rue des Essais', postcode='26000', town='Valence', phones=(), country='France')
    """
    text = clean(text)[:300].strip(_EDGES)
    country = ""
    if text[-6:].lower() == "france" and not text[-7:-6].isalnum():
        text, country = text[:-6].rstrip(_EDGES + "("), text[-6:]
    codes = list(_POSTCODE.finditer(text))
    if not codes:
        return Place(street=text, country=country)
    # « CS 12345, 26000 Valence »: the postcode is the number before a town.
    found = next((code for code in reversed(codes) if code[2]), codes[0])
    town = text[found.end() :].lstrip(_EDGES).split(",")[0].strip(_EDGES)
    return Place(text[: found.start()].rstrip(_EDGES), found[1], town, country=country)


def place_of(value: object, phones: tuple[str, ...]) -> Place:
    """Return the place of a postal address, an object or one line of text, with the numbers given for it."""
    if not isinstance(value, Mapping):
        return replace(place_from_text(clean(value)), phones=phones)
    parts = value.get("streetAddress")
    street = ", ".join(filter(None, map(clean, parts))) if isinstance(parts, list) else clean(parts)
    town, code = clean(value.get("addressLocality")), clean(value.get("postalCode"))
    country = clean(value.get("addressCountry"))
    # « 1000 » is Bourg-en-Bresse without its zero in France, Brussels in Belgium.
    french = country.lower() in ("", "fr", "fra", "france")
    postcode = code.rjust(5, "0") if french and _SHORT_CODE.fullmatch(code) else code
    if not postcode and town:
        if found := re.match(r"(\d{5})\s+(.+)", town):
            postcode, town = found[1], found[2]
        elif found := _TOWN_FIRST.match(town):
            town, postcode = found[1], found[2]
    if not (street or postcode or town) and "postaladdress" in kinds_of(value):
        street = clean(value.get("name"))
    # An address is also a place where one can call.
    phones = tuple(dict.fromkeys((*phones, *phones_of(value)[0]))) if "telephone" in value else phones
    if _FIVE_DIGITS.search(street):
        whole = place_from_text(street)
        if whole.postcode and whole.postcode == (postcode or whole.postcode):
            street, postcode, town = whole.street, whole.postcode, town or whole.town
            country = country or whole.country
    return Place(street, postcode, town, phones, country)


def merged_places(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return the places in order, each once, as fully as any of them says it, with all the numbers given for it."""
    given = tuple(places)
    if len(given) < 2:
        return given
    merged: list[Place] = []
    for place in given:
        at = next((at for at, known in enumerate(merged) if same_place(known, place)), None)
        if at is None:
            if len(merged) < _MOST_PLACES:
                merged.append(place)
            continue
        known = merged[at]
        if known == place:
            continue
        merged[at] = Place(
            known.street or place.street,
            known.postcode or place.postcode,
            known.town or place.town,
            tuple(dict.fromkeys((*known.phones, *place.phones))),
            known.country or place.country,
        )
    return tuple(merged)


def same_place(one: Place, other: Place) -> bool:
    """Return True when two places are one, as far as both say: « 12 av. Haute » is « 12, avenue Haute, 26000 Valence ».

    A place without a street is part of every place of its town.
    """
    if one.postcode and other.postcode and one.postcode != other.postcode:
        return False
    if one.street == other.street and one.town == other.town:
        return True
    if not (one.postcode and other.postcode) and one.town and other.town and town_key(one.town) != town_key(other.town):
        return False
    if not (one.street and other.street):
        return bool((one.postcode and other.postcode) or (one.town and other.town))
    if fold(one.street) == fold(other.street):
        return True
    return bool(
        same_street(address(one.street, one.postcode, one.town), address(other.street, other.postcode, other.town))
    )


# --- telephone numbers -----------------------------------------------------------------------------------------

# « Tél./Fax » is one number for both.
_FAX = re.compile(
    r"(?<!/)(?<!/ )\b(?:fax|f|t[ée]l[ée]copie(?:ur)?)\b[^\d\w+(]{0,6}\+?\(?\d[\d\s.()/-]{7,}", re.IGNORECASE
)
_FAX_WORD = re.compile(r"\bfax|t[ée]l[ée]copi", re.IGNORECASE)


def phones_of(node: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Return the telephone numbers of an object in E.164, and the first that only connects callers, as written.

    Never a fax. A number that only connects callers (see `relay_number`) is not among the first.
    """
    values = as_list(node.get("telephone"))
    for point in as_list(node.get("contactPoint")) if "contactPoint" in node else ():
        if isinstance(point, Mapping) and not _FAX_WORD.search(f"{clean(point.get('contactType'))} {clean(point)}"):
            values = [*values, *as_list(point.get("telephone"))]
    phones: dict[str, None] = {}
    relay = ""
    for value in values[:20]:
        text = _dialled(clean(value))
        numbers = phones_in(text)
        plain = [number for number in numbers if not relay_number(number)]
        phones.update(dict.fromkeys(plain))
        if not relay and (len(plain) < len(numbers) or (not numbers and relay_number(text))):
            relay = text
    return tuple(phones), relay


def _dialled(text: str) -> str:
    """Return the text of a number without its `tel:` and without a fax written beside it."""
    if text[:4].lower() == "tel:":
        text = unquote(text[4:])
    return _FAX.sub(" ", text).strip() if _FAX_WORD.search(text) or "F" in text else text


# --- figures ---------------------------------------------------------------------------------------------------

_DECIMAL = re.compile(r"\d{1,3}(?:[.,]\d{1,6})?(?!\d)")
_WHOLE = re.compile(r"\d{1,3}(?:[ .,]\d{3}){1,2}(?!\d)|\d{1,9}(?!\d)")
_AMOUNT = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?")
_CURRENCIES = {"eur": "€", "€": "€", "euro": "€", "euros": "€", "chf": "CHF", "usd": "$", "gbp": "£"}


def decimal_of(value: object) -> float | None:
    """Return the first figure of a value, with a point or a comma; None when there is none.

    >>> decimal_of("4,8/5"), decimal_of(5), decimal_of("nouveau")
    (4.8, 5.0, None)
    """
    found = _DECIMAL.search(clean(value))
    return float(found[0].replace(",", ".")) if found else None


def count_of(value: object) -> int | None:
    """Return the first whole number of a value; None when there is none.

    >>> count_of("1 204 avis"), count_of(12), count_of("")
    (1204, 12, None)
    """
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    found = _WHOLE.search(clean(value))
    return int(re.sub(r"\D", "", found[0])) if found else None


def price_of(price: object, currency: object = "") -> str:
    """Return a price as it is said in French, or as the site writes it where it is no bare figure.

    >>> price_of("25.00", "EUR"), price_of(16.5, "EUR"), price_of("à partir de 30 €"), price_of("25")
    ('25 €', '16,50 €', 'à partir de 30 €', '25')
    """
    text, unit = clean(price), clean(currency)
    found = _AMOUNT.fullmatch(text)
    if not found or not unit:
        return text
    cents = (found[2] or "").ljust(2, "0")
    return f"{found[1]}{'' if cents == '00' else f',{cents}'} {_CURRENCIES.get(unit.lower(), unit)}"
