"""French addresses, towns and phone numbers in comparable form; knows no roster and decides nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from listingguard.domain.french import NBSP
from listingguard.domain.names import fold, word_set

# --- addresses -------------------------------------------------------------------------------------------------


class Address(NamedTuple):
    """One address in comparable form; empty where the text does not say.

    number: as `12` or `12bis`. way: the type of way in full (`avenue`). name: the words of its name without
    articles. postcode: five digits. town: see `town_key`.
    """

    number: str = ""
    way: str = ""
    name: tuple[str, ...] = ()
    postcode: str = ""
    town: str = ""


_WAYS = {
    "avenue": "av ave aven avn",
    "boulevard": "bd bld blvd boul bvd",
    "rue": "r",
    "route": "rte",
    "chemin": "ch che chem chm",
    "place": "pl plc",
    "allee": "all allees",
    "impasse": "imp",
    "square": "sq",
    "cours": "crs",
    "quai": "qu",
    "faubourg": "fbg fg fb",
    "passage": "pass psg",
    "traverse": "trav tra",
    "esplanade": "esp",
    "promenade": "prom",
    "montee": "mte",
    "residence": "res resid",
    "lotissement": "lot",
    "hameau": "ham",
    "zone": "za zi zac zae",
    "villa": "",
    "voie": "",
    "sentier": "sente",
    "cite": "",
    "rond-point": "rpt",
    "quartier": "quart qua",
    "parc": "",
    "venelle": "",
    "ruelle": "",
    "chaussee": "chs",
    "mail": "",
}
_WAY_OF = {short: way for way, shorts in _WAYS.items() for short in (way, *shorts.split())}
# These also stand beside a real way (« Résidence les Lilas, 12 rue Haute »): the numbered way wins.
_SHORTENED = {
    "st": "saint",
    "ste": "sainte",
    "gal": "general",
    "gen": "general",
    "mal": "marechal",
    "pdt": "president",
    "pres": "president",
    "dr": "docteur",
    "cdt": "commandant",
    "col": "colonel",
    "cap": "capitaine",
    "lt": "lieutenant",
    "prof": "professeur",
    "pr": "professeur",
    "fg": "faubourg",
    "s": "sur",
    "gd": "grand",
    "gde": "grande",
}
_SMALL = word_set("de du des la le les l d et a au aux en")
_BUILDING = word_set(
    "bat batiment bt immeuble imm res residence etage etg porte apt appt appartement esc escalier rdc entree hall bp cs"
)
_FLOOR = re.compile(r"\d{1,2}(?:er|e|eme|ere)$")
_NUMBER = re.compile(r"(\d{1,4})([a-z]|bis|ter|quater)?$")
_SUFFIX = {"bis": "bis", "b": "bis", "ter": "ter", "t": "ter", "quater": "quater", "a": "a", "c": "c", "d": "d"}
_HAMLET = word_set("lieu dit lieudit ld")
_LOST_BEFORE = word_set("bp cs tsa cedex")
_DISTRICTED = {"paris": "75", "lyon": "69", "marseille": "13"}
_DISTRICT = re.compile(
    r"\b(paris|lyon|marseille) (?:cedex )?(\d{1,2}) ?(?:e|er|eme|ere|em)?\b(?: arrondissement| arrt?)?"
)


@lru_cache(maxsize=65536)
def town_key(town: str) -> str:
    """Return a town's name in comparable form, without CEDEX, arrondissement or leading article.

    >>> town_key("ST-ÉTIENNE CEDEX 2"), town_key("Lyon 3e arrondissement"), town_key("Le Puy-en-Velay")
    ('saint etienne', 'lyon', 'puy velay')
    """
    words = _DISTRICT.sub(r"\1", fold(town)).split()
    if "cedex" in words:
        words = words[: words.index("cedex")]
    kept = [_SHORTENED.get(w, w) for w in words if not w.isdigit() and w != "france"]
    return " ".join([w for w in kept if w not in _SMALL] or kept)


@lru_cache(maxsize=65536)
def _district_postcode(town: str) -> str:
    """Return the postcode an arrondissement gives (« Lyon 3e » is 69003), or an empty string."""
    found = _DISTRICT.search(fold(town))
    if found is None:
        return ""
    postcode = f"{_DISTRICTED[found[1]]}0{int(found[2]):02d}"
    return postcode if 1 <= int(found[2]) <= {"paris": 20, "lyon": 9, "marseille": 16}[found[1]] else ""


@lru_cache(maxsize=65536)
def _five_digits(postcode: str) -> str:
    digits = re.sub(r"\D", "", postcode)
    # Paris 16e has two postcodes for one arrondissement.
    return "75016" if digits == "75116" else digits if len(digits) == 5 else ""


def department(postcode: str) -> str:
    """Return the department a postcode belongs to: `26`, `20` for Corsica, `974`; empty when unknown.

    >>> department("26000"), department("97400"), department("")
    ('26', '974', '')
    """
    return postcode[:3] if postcode[:2] in {"97", "98"} else postcode[:2]


# What most sites show: a number, then words and no other digit (a postcode in the text, a building, « 12-14 »).
_PLAIN_STREET = re.compile(r"\s*(\d{1,4})(?:\s*(bis|ter|quater))?\s*,?\s+(?![^\W\d]\s)([^\d,;:/()]+)$", re.IGNORECASE)


def address(street: str, postcode: str = "", town: str = "") -> Address:
    """Return an address in comparable form, from its fields or from free text that holds postcode and town.

    A postcode or town given apart wins over what the text says.

    >>> address("12 bis, av. du Gal de Gaulle - 26000 VALENCE CEDEX 9")
    Address(number='12bis', way='avenue', name=('general', 'gaulle'), postcode='26000', town='valence')
    >>> address("3 rue Haute", town="Lyon 3e").postcode
    '69003'
    """
    if town and not street:
        return Address("", "", (), _five_digits(postcode) or _district_postcode(town), town_key(town))
    plain = _PLAIN_STREET.match(street) if town else None
    if plain is None:
        return _any_address(street, postcode, town)
    number, suffix, words = plain.groups()
    place = town_key(town)
    way, name, seen = _way_and_name(words)
    if place.rpartition(" ")[2] in seen:
        # The town may stand behind the street.
        _, way, name, _, _ = _any_address(f"1 {words}", "", town)
    code = _five_digits(postcode) or _district_postcode(town)
    return Address(number.lstrip("0") + (suffix or "").lower(), way, name, code, place)


@lru_cache(maxsize=65536)
def _way_and_name(text: str) -> tuple[str, tuple[str, ...], list[str]]:
    """Return the way of « 12 rue Haute », its name, and all words but the number: streets come back, houses seldom."""
    words = fold(text).split()
    _, way, name = _street(["1", *words])
    return way, name, words


@lru_cache(maxsize=65536)
def _any_address(street: str, postcode: str, town: str) -> Address:
    words = fold(street).split()
    at = next((i for i in range(len(words) - 1, -1, -1) if len(words[i]) == 5 and _is_postcode(words, i)), None)
    shown_postcode, shown_town = "", ""
    if at is not None:
        shown_postcode, shown_town = words[at], " ".join(words[at + 1 :])
        words = words[:at] if at > 0 else []
    given = _five_digits(postcode)
    code = given or _five_digits(shown_postcode) or _district_postcode(town or shown_town)
    place = town_key(town or shown_town)
    if town and at is None and len(words) > 2 and place.rpartition(" ")[2] in words:
        words = _without_town(words, place)
    number, way, name = _street(words)
    return Address(number, way, name, code, place)


def _is_postcode(words: list[str], i: int) -> bool:
    word = words[i]
    return word.isdigit() and word[:2] != "00" and (i == 0 or words[i - 1] not in _LOST_BEFORE)


def _without_town(words: list[str], town: str) -> list[str]:
    """Return the street of « 12 rue Haute Valence » when the town is known to be Valence."""
    for start in range(max(1, len(words) - 6), len(words)):
        # « 12 rue de Valence » is a street of Valence as well.
        tied = words[start - 1] in _SMALL or words[start - 1] in _WAY_OF
        if not tied and town_key(" ".join(words[start:])) == town:
            return words[:start]
    return words


def _street(words: list[str]) -> tuple[str, str, tuple[str, ...]]:
    ways = [i for i, w in enumerate(words) if w in _WAY_OF and i + 1 < len(words)]
    numbered = [i for i in ways if i and (_NUMBER.match(words[i - 1]) or words[i - 1] in _SUFFIX)]
    # A lone « r », « ch » or « all » is a way only behind a number.
    start = numbered[0] if numbered else next((i for i in ways if len(words[i]) > 3), None)
    number = ""
    if start is not None:
        way, rest = _WAY_OF[words[start]], words[start + 1 :]
        first = start
        while first and (_NUMBER.match(words[first - 1]) or words[first - 1] in _SUFFIX):
            first -= 1
        number = _number(words[first:start])
    else:
        way, rest = "", words
        if words and _NUMBER.match(words[0]):
            length = 2 if len(words) > 2 and words[1] in {"bis", "ter", "quater"} else 1
            number, rest = _number(words[:length]), words[length:]
    name = []
    for i, word in enumerate(rest):
        if i and (word in _BUILDING or _FLOOR.match(word)):
            break
        if word not in _SMALL and not (word in _HAMLET and not number and not way):
            name.append(_SHORTENED.get(word, word))
    return number, way, tuple(name)


def _number(words: list[str]) -> str:
    """Return the first number of « 12 », « 12 bis », « 12b », « 12-14 »."""
    for i, word in enumerate(words):
        found = _NUMBER.match(word)
        if found:
            suffix = found[2] or (words[i + 1] if i + 1 < len(words) and words[i + 1] in _SUFFIX else "")
            return found[1].lstrip("0") + _SUFFIX.get(suffix, suffix)
    return ""


def same_street(one: Address, other: Address) -> bool | None:
    """Return whether number and way are the same; None when one of the two does not say.

    The type of way counts only where both show it; « Général de Gaulle » and « Charles de Gaulle » are the same. A
    hamlet (« lieu-dit ») has neither number nor way: the same name is the same place, another name says nothing.
    """
    if not (one.number and other.number and one.name and other.name):
        hamlets = not (one.number or other.number or one.way or other.way) and one.name and one.name[0] not in _WAY_OF
        return True if hamlets and one.name == other.name else None
    if one.number != other.number or (one.way and other.way and one.way != other.way):
        return False
    if one.name == other.name or "".join(one.name) == "".join(other.name):
        return True
    a, b = set(one.name), set(other.name)
    return one.name[-1] == other.name[-1] and (a <= b or b <= a or a - b <= _RANKS or b - a <= _RANKS)


_RANKS = word_set("general marechal president docteur commandant colonel capitaine lieutenant professeur charles jean")


# --- phone numbers ---------------------------------------------------------------------------------------------

_FRENCH_PHONE = re.compile(
    r"(?:\+|00)330?([1-9]\d{8})|0([1-9]\d{8})|(?<!\d)33([1-9]\d{8})(?!\d)|(?<!\d)([1-9]\d{8})(?!\d)"
)
_SEPARATORS = re.compile(r"[\s.\-‐‑–—_/,;·:|()]+")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
# One French number and nothing else, as most sites write it.
_PLAIN_PHONE = re.compile(r"\s*(?:0|(?:\+|00)33[ .-]?(?:\(0\))?)[ .-]?([1-9](?:[ .-]?[0-9]){8})\s*")
_LETTERS_RUN = re.compile(r"[^\W\d_]+")
# Numbers written 0262… or 0590… belong to another country code than +33.
_OVERSEAS = {
    **dict.fromkeys(("262", "263", "269", "639", "692", "693"), "262"),
    **dict.fromkeys(("590", "690", "691"), "590"),
    **dict.fromkeys(("594", "694"), "594"),
    **dict.fromkeys(("596", "696", "697"), "596"),
}
# Kept free by Arcep for films, books and demonstrations.
_FICTION = "63998"


@lru_cache(maxsize=65536)
def phones_in(raw: str) -> tuple[str, ...]:
    """Return every phone number of a text in E.164, in order, without repetition.

    French national numbers are taken by their shape (nine digits behind the 0), because the numbering plan opens
    blocks faster than any library knows; others must be valid for `phonenumbers`.

    >>> phones_in("04 75 00 00 01 / 06.39.98.00.01")
    ('+33475000001', '+33639980001')
    """
    plain = _PLAIN_PHONE.fullmatch(raw)
    if plain is not None:
        national = plain[1].replace(" ", "").replace(".", "").replace("-", "")
        return () if national[1:] == national[1] * 8 else (_e164(national),)
    found: dict[str, None] = {}
    for part in _LETTERS_RUN.split(_TRUNK_ZERO.sub("", raw)):
        digits = _SEPARATORS.sub("", part)
        if len(digits) < 9:
            continue
        if digits.startswith(("+", "00")) and not digits.startswith(("+33", "0033")):
            foreign = _foreign(digits)
            found.update({foreign: None} if foreign else {})
            continue
        for groups in _FRENCH_PHONE.findall(digits):
            national = next(g for g in groups if g)
            if national[1:] != national[1] * 8:  # 06 00 00 00 00 stands for « no number »
                found[_e164(national)] = None
    return tuple(found)


def phone(raw: str) -> str | None:
    """Return the first phone number of a text in E.164, or None.

    >>> phone("+33 (0)4.75.00.00.01"), phone("0033475000001"), phone("3624")
    ('+33475000001', '+33475000001', None)
    """
    return next(iter(phones_in(raw)), None)


def spoken(number: str) -> str:
    """Return a French number as it is written, two digits at a time; another as it is.

    >>> spoken("+33465710001") == "04 65 71 00 01".replace(" ", NBSP)
    True
    """
    plain = re.sub(r"[\s.\u00a0\u202f-]", "", number)
    found = re.fullmatch(r"(?:\+33|0033|0)([1-9])(\d\d)(\d\d)(\d\d)(\d\d)", plain)
    return NBSP.join((f"0{found[1]}", *found.groups()[1:])) if found else number


def _e164(national: str) -> str:
    country = "33" if national.startswith(_FICTION) else _OVERSEAS.get(national[:3], "33")
    return f"+{country}{national}"


def _foreign(digits: str) -> str | None:
    # Heavy, and not needed for a French number.
    import phonenumbers

    plus = "+" + digits.removeprefix("+").removeprefix("00")
    if len(plus) == 13 and _OVERSEAS.get(plus[4:7]) == plus[1:4]:
        return plus
    try:
        number = phonenumbers.parse(plus, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


MOBILES = (
    "+336", "+337", "+262639", "+262692", "+262693", "+590690", "+590691", "+594694", "+596696", "+596697",
)  # fmt: skip
"""How mobile numbers begin, overseas as well."""
# Departments of each zone of fixed lines, in the numbering plan of 1996; numbers moved since are few.
_ZONES = {
    "+331": "75 77 78 91 92 93 94 95",
    "+332": "14 18 22 27 28 29 35 36 37 41 44 45 49 50 53 56 61 72 76 85",
    "+333": "02 08 10 21 25 39 51 52 54 55 57 58 59 60 62 67 68 70 71 80 88 89 90",
    "+334": "01 03 04 05 06 07 11 13 15 20 26 30 34 38 42 43 48 63 66 69 73 74 83 84",
    "+335": "09 12 16 17 19 23 24 31 32 33 40 46 47 64 65 79 81 82 86 87",
    "+262": "974 976",
    "+590": "971 977 978",
    "+594": "973",
    "+596": "972",
}
ZONES = {begins: word_set(departments) for begins, departments in _ZONES.items()}
"""The departments of a fixed line, by the beginning of its number."""


@lru_cache(maxsize=65536)
def area(number: str) -> str:
    """Return the first six signs of a fixed line in E.164, which neighbours share; empty for all other numbers.

    >>> area("+33475000001"), area("+33639980001"), area("+33899123456")
    ('+33475', '', '')
    """
    return number[:6] if number[:4] in ZONES and not number.startswith(MOBILES) else ""


_RELAY = re.compile(r"(?:(?:\+|00)?33|0)?(?:89\d{7}|118\d{3}|3\d{3})")
_PLAIN = re.compile(r"\+\d{10,15}")


def relay_number(raw: str) -> bool:
    """Return True for the numbers of services that connect callers: 08 9x, 118 xxx, 3xxx; they identify nobody.

    >>> relay_number("0 899 12 34 56"), relay_number("118 712"), relay_number("36 24"), relay_number("04 75 00 00 01")
    (True, True, True, False)
    """
    if _PLAIN.fullmatch(raw):
        return raw.startswith("+3389")
    digits = _SEPARATORS.sub("", _TRUNK_ZERO.sub("", raw))
    return _RELAY.fullmatch(digits) is not None or (len(digits) > 9 and (phone(raw) or "").startswith("+3389"))
