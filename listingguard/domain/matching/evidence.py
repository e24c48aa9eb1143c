"""What speaks for or against besides the name: RPPS, phone, address, town, profession; each at one of a few levels."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from enum import StrEnum
from functools import lru_cache
from math import log2
from typing import NamedTuple

from rapidfuzz.distance import OSA
from stdnum import luhn

from listingguard.domain import names, places
from listingguard.domain.frequencies import Frequencies
from listingguard.domain.matching.likeness import VARIANT_FIRST, Family, First, Fit
from listingguard.domain.matching.sides import Person, Seen
from listingguard.domain.matching.verdicts import Sufficiency
from listingguard.domain.matching.weights import HALF_NAMED, IDENTIFIED, KNOWN, NAMED_ELSEWHERE, NAMED_HERE
from listingguard.domain.practitioner import Civility, Practice


class Rpps(StrEnum):
    """How the RPPS numbers compare."""

    SAME = "rpps_same"
    OTHER = "rpps_other"
    GARBLED = "rpps_garbled"  # not a valid number, and far from the practitioner's
    SILENT = "rpps_silent"


class Where(StrEnum):
    """How the towns compare."""

    SAME = "place_same"
    LINKED = "place_linked"  # a commune merged into the other, or another postcode of the same
    NEAR = "place_near"  # another town: of one « intercommunalité », or somebody of the roster works in both
    DEPARTMENT = "place_department"  # another town of the department
    UNTOLD = "place_untold"  # another town, and nothing tells its department
    OTHER = "place_other"  # another department
    UNKNOWN = "place_unknown"


class Phone(StrEnum):
    """How the phone numbers compare; numbers that connect callers are unknown."""

    SAME = "phone_same"
    MOBILE = "phone_mobile"  # the same, and a mobile or a further line of the practice, which colleagues seldom share
    OTHER = "phone_other"
    KIND = "phone_kind"  # a mobile beside a landline: both may be right
    UNKNOWN = "phone_unknown"


class Line(StrEnum):
    """Where the fixed lines of the listing are, when none is the practitioner's."""

    HERE = "line_here"  # numbers that begin so are of their departments
    FAR = "line_far"
    UNKNOWN = "line_unknown"


class Street(StrEnum):
    """How the exact addresses compare."""

    SAME = "street_same"
    UNTOLD = "street_untold"  # the same in a town of that name, and no postcode to tell which
    OTHER = "street_other"
    UNKNOWN = "street_unknown"


class Page(StrEnum):
    """Who else the page names at the place of the listing."""

    ALONE = "page_alone"
    TOWN = "page_town"  # other people in the same town, and neither street nor phone to tell whether of one practice
    OTHERS = "page_others"  # other people, none of whom the roster knows there
    COLLEAGUES = "page_colleagues"  # somebody who, on the roster, shares a practice with the practitioner


class Around(NamedTuple):
    """What is known of where a listing was seen. others: whether its page names more people at its place.

    town: whether it names some in its town, and shows nothing by which they would differ. colleagues: the people of the
    roster named there. phone, street: whether those shown are of a practice of the roster. people: how many of the
    roster work in its town.
    """

    others: bool = False
    colleagues: tuple[Person, ...] = ()
    phone: bool = False
    street: bool = False
    people: int = 0
    town: bool = False


# Looked up once: on Python 3.11 finding a member of an enum costs five times a name of the module.
_RPPS_SAME, _RPPS_SILENT, _PHONE_UNKNOWN = Rpps.SAME, Rpps.SILENT, Phone.UNKNOWN
_STREET_OTHER, _STREET_UNKNOWN, _PLACE_SAME, _PLACE_UNKNOWN = Street.OTHER, Street.UNKNOWN, Where.SAME, Where.UNKNOWN
_ALONE, _NO_CIVILITY, _LINE_UNKNOWN = Page.ALONE, Civility.UNKNOWN, Line.UNKNOWN
_PHONE_SAME, _PHONE_MOBILE, _PLACE_OTHER, _OTHERS, _COLLEAGUES = (
    Phone.SAME, Phone.MOBILE, Where.OTHER, Page.OTHERS, Page.COLLEAGUES
)  # fmt: skip
_INITIAL, _ABSENT, _FAMILY_SAME, _FIRST_SAME = First.INITIAL, First.ABSENT, Family.SAME, First.SAME

# What points at one person whatever the name; one bit each, so that sets of them compare fast.
BY_RPPS, BY_PHONE, BY_ADDRESS = 4, 2, 1


class Evidence(NamedTuple):
    """What speaks besides the name. number: the phone they share; practice: the one at that address; town: its name.

    rare: a full name that is theirs alone in that town, at a practice of the roster, or in the department, among all or
    among physiotherapists. in_practice: a full name that nobody else of the roster bears there, shown with the phone or
    the address of a practice of the roster: few people work in one, and a second one of that name is not to be
    expected. known_phone, known_street: the one shown is of another practice of the roster, and so of the
    profession. page: who else the page names. line: where its fixed lines are. people: how many of the roster work
    there. rarity: how rare what is shown of the name is, in bits (each halves the number of its bearers). letter: the
    same of an initial alone; slip: how much rarer a first name is shown that is nearly theirs, for a rare one is rather
    a slip of the pen than somebody else's.
    """

    identifiers: int
    rpps: Rpps
    phone: Phone
    street: Street
    where: Where
    number: str
    practice: Practice | None
    town: str
    rare: bool
    in_practice: bool
    known_phone: bool
    known_street: bool
    page: Page
    line: Line
    people: int
    rarity: float
    letter: float
    slip: float

    @property
    def known(self) -> bool:
        """Return True for the phone or address of another practice of the roster."""
        return self.known_phone or self.known_street

    @property
    def sufficiency(self) -> Sufficiency:
        """Return the second axis.

        Only what agrees counts here, so that hiding a field of a listing can never raise it; what disagrees weighs in
        the decision.
        """
        if self.identifiers or self.rare or self.in_practice or self.page is _COLLEAGUES:
            return Sufficiency.SUFFICIENT
        return Sufficiency.WEAK if self.town else Sufficiency.NONE


def evidence_for(
    seen: Seen,
    person: Person,
    fit: Fit,
    frequencies: Frequencies,
    sole_towns: Container[str],
    around: Callable[[], Around],
    neighbours: Callable[[Seen, Person], bool],
    lines: Callable[[Seen], frozenset[str]],
    bits: tuple[float, float, float],
) -> Evidence:
    """Return what speaks for and against a practitioner besides the name.

    sole_towns: names that only one town bears. lines: departments of the fixed lines shown. around, neighbours, lines:
    asked for only when they may count. bits: rarity, letter, slip.
    """
    rpps = _RPPS_SILENT if not seen.rpps else _compare_rpps(seen.rpps, person.rpps)
    identifiers = BY_RPPS if rpps is _RPPS_SAME else 0
    number, phone = "", _PHONE_UNKNOWN
    if seen.phones and person.phones:
        # The smallest, here and below, so that the order of phones and places does not change the sentence.
        number = _least(seen.phones, person.phones)
        if number:
            direct = _least([n for n in seen.phones if _direct(n, person)], person.phones)
            number, phone = (direct, _PHONE_MOBILE) if direct else (number, _PHONE_SAME)
            identifiers |= BY_PHONE
        else:
            phone = _other_phone(seen.phones, person.phones)
    practice, town = None, ""
    street, where = _STREET_UNKNOWN, _PLACE_UNKNOWN
    there = around()
    if seen.addresses:
        practice, street = _compare_addresses(seen, person, sole_towns)
        identifiers |= BY_ADDRESS if practice else 0
        here = _least(seen.postcodes, person.places) or _least(seen.towns, person.places)
        if here:
            town, where = person.places[here], _PLACE_SAME
            # Saint-Denis near Paris is not Saint-Denis on the Réunion.
            if seen.postcodes and person.departments and person.departments.isdisjoint(seen.departments):
                where = _PLACE_OTHER
        elif person.departments and seen.departments:
            if person.departments.isdisjoint(seen.departments):
                where = _PLACE_OTHER
            elif _linked(seen, person, frequencies):
                where = Where.LINKED
            else:
                where = Where.NEAR
                if not neighbours(seen, person):
                    where = Where.DEPARTMENT if seen.postcodes or len(seen.departments) == 1 else Where.UNTOLD
        elif person.places and (seen.towns or seen.postcodes):
            where = Where.DEPARTMENT if seen.postcodes else Where.UNTOLD
    rare = in_practice = False
    if fit.full and not seen.from_organisation:
        rare = _rare(seen, person, there, where, bool(town))
        # A town's name alone tells the department too poorly: without postcode, more evidence could count for less.
        in_practice = (
            not rare
            and person.sole_of_name
            and (there.phone or there.street)
            and (town != "" or (seen.postcodes != set() and where in _SAME_DEPARTMENT))
        )
    line = _LINE_UNKNOWN
    if seen.phones and not number and person.departments:
        departments = lines(seen)
        if departments:
            line = Line.FAR if departments.isdisjoint(person.departments) else Line.HERE
    page = _ALONE
    if there.others:
        mates = any(other is not person and _colleagues(other, person) for other in there.colleagues)
        page = _COLLEAGUES if mates else _OTHERS
    elif there.town:
        page = Page.TOWN
    by_phone, by_street = (not identifiers and there.phone), (not identifiers and there.street)
    return Evidence(
        identifiers,
        rpps,
        phone,
        street,
        where,
        number,
        practice,
        town,
        rare,
        in_practice,
        by_phone,
        by_street,
        page,
        line,
        there.people,
        *bits,
    )


def _rare(seen: Seen, person: Person, there: Around, where: Where, here: bool) -> bool:
    """Return True for a full name that nobody else is to be expected to bear there, or no other physiotherapist."""
    ours = seen.trade is _OURS
    if here:
        return person.rare or (ours and person.rare_here)
    # A town's name alone tells the department too poorly: without postcode, more evidence could count for less.
    near = bool(seen.postcodes) and (there.street or where in _SAME_DEPARTMENT)
    return (person.very_rare and (there.phone or near)) or (ours and person.rare_around and near)


def _colleagues(one: Person, other: Person) -> bool:
    """Return True for two people of one practice: the same line or the same address."""
    if not one.phones.keys().isdisjoint(other.phones):
        return True
    return any(
        a.name and a.postcode == b.postcode and places.same_street(a, b)
        for a, _ in one.addresses
        for b, _ in other.addresses
    )


_MOBILE = places.MOBILES
_SAME_DEPARTMENT = (Where.DEPARTMENT, Where.NEAR, Where.LINKED)


def _direct(number: str, person: Person) -> bool:
    """Return True for their number that is a mobile or a further line of a practice."""
    if number not in person.phones:
        return False
    own = person.phones[number]
    return number.startswith(_MOBILE) or (own is not None and len(own.phones) > 1 and own.phones[0] != number)


def _other_phone(shown: Iterable[str], own: Iterable[str]) -> Phone:
    """Return OTHER when both sides have a number of one kind, landline or mobile; else they do not contradict."""
    # Numbers in 08 are nobody's own line.
    kinds = {n.startswith(_MOBILE) for n in shown if not n.startswith("+338")}
    if not kinds:
        return Phone.UNKNOWN
    return Phone.KIND if kinds.isdisjoint([n.startswith(_MOBILE) for n in own]) else Phone.OTHER


def _least(shown: Iterable[str], own: Container[str]) -> str:
    """Return the smallest of those shown that is their own, or an empty string."""
    found = ""
    for one in shown:
        if one in own and (not found or one < found):
            found = one
    return found


def _compare_rpps(shown: str, own: str) -> Rpps:
    if not own:
        return Rpps.SILENT
    if shown == own:
        return Rpps.SAME
    if luhn.is_valid(shown):
        return Rpps.OTHER
    # One wrong digit or two swapped: mistyped, it says nothing.
    return Rpps.SILENT if OSA.distance(shown, own) <= 2 else Rpps.GARBLED


def _compare_addresses(seen: Seen, person: Person, sole_towns: Container[str]) -> tuple[Practice | None, Street]:
    """Return the practice at one of these exact addresses, if any, and whether a street was seen to differ."""
    differs, untold = _STREET_UNKNOWN, False
    for a in seen.addresses:
        if not a.name:
            continue
        for b, practice in person.addresses:
            same = places.same_street(a, b)
            if not same:
                differs = differs if same is None else _STREET_OTHER
                continue
            # Number and street are no address: every town has a « 12 rue de la République », and several towns one
            # name. A CEDEX has a postcode of its own, in the same department.
            near = (a.postcode != "" and a.postcode == b.postcode) or (
                a.town != ""
                and a.town == b.town
                and (
                    (a.postcode != "" and places.department(a.postcode) == places.department(b.postcode))
                    or a.town in sole_towns
                )
            )
            if near:
                return practice, Street.SAME
            # The same street, and no postcode to tell the town by: neither the same nor another.
            if not (a.postcode and b.postcode) and a.town == b.town:
                untold = True
            else:
                differs = _STREET_OTHER
    return None, Street.UNTOLD if untold else differs


def _linked(seen: Seen, person: Person, frequencies: Frequencies) -> bool:
    """Return True when a town or postcode of the listing is of the commune of a practice."""
    for address, _ in person.addresses:
        department = places.department(address.postcode)
        for commune in frequencies.communes.get(address.town, ()):
            if commune.department == department and (
                not seen.postcodes.isdisjoint(commune.postcodes) or not seen.towns.isdisjoint(commune.names)
            ):
                return True
    return False


def features(seen: Seen, person: Person, fit: Fit, evidence: Evidence) -> list[str]:
    """Return the names of the weights that count for a listing and a practitioner."""
    found: list[str] = [
        "prior", fit.family, fit.first, evidence.where, evidence.phone, evidence.street, evidence.rpps,
        ("trade_beside" if seen.beside_trade else _TRADE[seen.trade]) if person.kine else "trade_unknown",
    ]  # fmt: skip
    if evidence.identifiers & _BOTH == _BOTH:
        found.append("phone_and_street")
    own = person.practitioner.civility
    shown = civility_shown(seen, person, fit)
    if shown is not own:
        if shown is not _NO_CIVILITY and own is not _NO_CIVILITY:
            found.append("civility_other")
    elif own is not _NO_CIVILITY and (fit.first is _INITIAL or fit.first is _ABSENT):
        found.append("civility_same")
    if evidence.known_phone:
        found.append("known_phone")
    if evidence.known_street:
        found.append("known_street")
    if evidence.line is not _LINE_UNKNOWN:
        found.append(evidence.line)
    if evidence.page is not _ALONE:
        found.append(evidence.page)
    if seen.organisation:
        found.append("organisation_initial" if fit.first is _INITIAL else "organisation")
    if person.two_names and fit.family is _FAMILY_SAME:
        level = person.two_names.get(names.joined(fit.shown_family))
        if level:
            found.append(level)
    if len(seen.people) > 1:
        found.append("several_people")
    if evidence.number:
        if len(seen.phones) > 1:
            found.append("phones_both" if len(seen.phones & person.phones.keys()) > 1 else "phones_more")
    elif any(n.startswith(_MOBILE) for n in seen.phones):
        found.append("mobile_other")
    if evidence.street is _STREET_UNKNOWN and any(a.name for a in seen.addresses):
        found.append("street_apart")
    if not evidence.people and evidence.where is not _PLACE_SAME:
        found.append("town_empty")
    if len(fit.shown_family) > 1 and fit.family is _FAMILY_SAME and sum([w.own for w in fit.shown_family]) > 1:
        found.append("double_name")
    if not person.rare:
        found.append("homonym_near")
    if fit.first is _FIRST_SAME and seen.trade is _OURS and person.kine:
        found.append("physiotherapist_named")
    return found


def civility_shown(seen: Seen, person: Person, fit: Fit) -> Civility:
    """Return the civility shown; « M. » may be an initial, and the initial in front of another one « M. »."""
    if seen.m_shown and fit.first is _ABSENT and person.first[:1] == "m":
        return _NO_CIVILITY
    if fit.first is _INITIAL and seen.civility is _NO_CIVILITY and seen.m_initial:
        return Civility.MONSIEUR
    return seen.civility


_BOTH = BY_PHONE | BY_ADDRESS
_OURS = names.Trade.PHYSIOTHERAPIST
_TRADE = {t: f"trade_{t.value}" for t in names.Trade}


def weigh(seen: Seen, person: Person, fit: Fit, evidence: Evidence) -> float:
    """Return the odds, in bits, that the listing is about this practitioner, if nobody else fits."""
    weights = column(fit, evidence)
    return (
        (weights["rarity"] + (weights["rarity_ours"] if seen.trade is _OURS else 0.0)) * evidence.rarity
        + weights["town_size"] * town_size(evidence)
        + weights["letter"] * evidence.letter
        + weights["slip"] * evidence.slip
        + sum(map(weights.__getitem__, features(seen, person, fit, evidence)))
    )


@lru_cache(maxsize=4096)
def _bits(count: int) -> float:
    return log2(1 + count)


def town_size(evidence: Evidence) -> float:
    """Return how many of the roster work in the town shown, in bits: the more, the likelier a namesake."""
    return _bits(evidence.people)


def column(fit: Fit, evidence: Evidence) -> dict[str, float]:
    """Return the weights that count for this kind of name beside this kind of evidence."""
    if evidence.identifiers:
        return IDENTIFIED if fit.first in VARIANT_FIRST else HALF_NAMED
    if evidence.known_phone or evidence.known_street:
        return KNOWN
    return NAMED_HERE if evidence.where is _PLACE_SAME else NAMED_ELSEWHERE
