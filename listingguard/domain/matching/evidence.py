"""What speaks for or against besides the name: RPPS, phone, address, town, profession; each at one of a few levels."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz.distance import OSA
from stdnum import luhn

from listingguard.domain import names
from listingguard.domain.frequencies import Frequencies
from listingguard.domain.matching.likeness import VARIANT_FIRST, First, Fit
from listingguard.domain.matching.sides import Person, Seen
from listingguard.domain.matching.verdicts import Sufficiency
from listingguard.domain.matching.weights import IDENTIFIED, NAMED_ELSEWHERE, NAMED_HERE
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
    DEPARTMENT = "place_department"  # another town of the department
    OTHER = "place_other"  # another department
    UNKNOWN = "place_unknown"


class Phone(StrEnum):
    """How the phone numbers compare; numbers that connect callers are unknown."""

    SAME = "phone_same"
    MOBILE = "phone_mobile"  # the same, and a mobile or a further line of the practice, which colleagues seldom share
    OTHER = "phone_other"
    KIND = "phone_kind"  # a mobile beside a landline: both may be right
    UNKNOWN = "phone_unknown"


class Street(StrEnum):
    """How the exact addresses compare."""

    SAME = "street_same"
    OTHER = "street_other"
    UNKNOWN = "street_unknown"


# What points at one person whatever the name; one bit each, so that sets of them compare fast.
BY_RPPS, BY_PHONE, BY_ADDRESS = 4, 2, 1


class Evidence(NamedTuple):
    """What speaks besides the name. number: the phone they share; practice: the one at that address; town: its name.

    rare: a full name that is theirs alone in that town, or in the department. known: the phone or address shown is that
    of another practice of the roster.
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
    known: bool

    @property
    def sufficiency(self) -> Sufficiency:
        """Return the second axis.

        Only what agrees counts here, so that hiding a field of a listing can never raise it; what disagrees weighs in
        the decision.
        """
        if self.identifiers or self.rare:
            return Sufficiency.SUFFICIENT
        return Sufficiency.WEAK if self.town else Sufficiency.NONE


def evidence_for(
    seen: Seen,
    person: Person,
    fit: Fit,
    frequencies: Frequencies,
    sole_towns: Container[str],
    knows: Callable[[Seen], bool],
) -> Evidence:
    """Return what speaks for and against a practitioner besides the name.

    sole_towns: names that only one town bears. knows: whether the phone or address shown is of the roster.
    """
    rpps = Rpps.SILENT if not seen.rpps else _compare_rpps(seen.rpps, person.rpps)
    identifiers = BY_RPPS if rpps is Rpps.SAME else 0
    number, phone = "", Phone.UNKNOWN
    if seen.phones and person.phones:
        # The smallest, here and below, so that the order of phones and places does not change the sentence.
        number = _least(seen.phones, person.phones)
        if number:
            own = person.phones[number]
            direct = own is not None and len(own.phones) > 1 and own.phones[0] != number
            phone = Phone.MOBILE if direct or number.startswith(_MOBILE) else Phone.SAME
            identifiers |= BY_PHONE
        else:
            phone = _other_phone(seen.phones, person.phones)
    practice, town = None, ""
    street, where = Street.UNKNOWN, Where.UNKNOWN
    if seen.addresses:
        practice, street = _compare_addresses(seen, person, sole_towns)
        identifiers |= BY_ADDRESS if practice else 0
        here = _least(seen.postcodes, person.places) or _least(seen.towns, person.places)
        if here:
            town, where = person.places[here], Where.SAME
        elif person.departments and seen.departments:
            if person.departments.isdisjoint(seen.departments):
                where = Where.OTHER
            else:
                where = Where.LINKED if _linked(seen, person, frequencies) else Where.DEPARTMENT
        elif person.places and (seen.towns or seen.postcodes):
            where = Where.DEPARTMENT
    rare = (
        person.rare
        and fit.full
        and not seen.organisation
        # A town's name alone tells the department too poorly: without postcode, more evidence could count for less.
        and (bool(town) or (person.very_rare and bool(seen.postcodes) and where in (Where.DEPARTMENT, Where.LINKED)))
    )
    known = not identifiers and knows(seen)
    return Evidence(identifiers, rpps, phone, street, where, number, practice, town, rare, known)


_MOBILE = ("+336", "+337")


def _other_phone(shown: Iterable[str], own: Iterable[str]) -> Phone:
    """Return OTHER when both sides have a number of one kind, landline or mobile; else they do not contradict."""
    # Numbers in 08 are nobody's own line.
    kinds = {n.startswith(_MOBILE) for n in shown if not n.startswith("+338")}
    if not kinds:
        return Phone.UNKNOWN
    return Phone.KIND if kinds.isdisjoint([n.startswith(_MOBILE) for n in own]) else Phone.OTHER


def _least(shown: set[str], own: Container[str]) -> str:
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
    differs = Street.UNKNOWN
    for a in seen.addresses:
        if not a.name:
            continue
        for b, practice in person.addresses:
            same = names.same_street(a, b)
            if same is None:
                continue
            # Number and street are no address: every town has a « 12 rue de la République », and several towns one
            # name. A CEDEX has a postcode of its own, in the same department.
            near = (a.postcode != "" and a.postcode == b.postcode) or (
                a.town != ""
                and a.town == b.town
                and (
                    (a.postcode != "" and names.department(a.postcode) == names.department(b.postcode))
                    or a.town in sole_towns
                )
            )
            if same and near:
                return practice, Street.SAME
            # The same street, and no postcode to tell the town by: neither the same nor another.
            untold = not (a.postcode and b.postcode) and a.town == b.town
            if not (same and untold):
                differs = Street.OTHER
    return None, differs


def _linked(seen: Seen, person: Person, frequencies: Frequencies) -> bool:
    """Return True when a town or postcode of the listing is of the commune of a practice."""
    for address, _ in person.addresses:
        department = names.department(address.postcode)
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
        _TRADE[seen.trade] if person.kine else "trade_unknown",
    ]  # fmt: skip
    if evidence.identifiers & _BOTH == _BOTH:
        found.append("phone_and_street")
    own = person.practitioner.civility
    if seen.civility is not own:
        if seen.civility is not Civility.UNKNOWN and own is not Civility.UNKNOWN:
            found.append("civility_other")
    elif own is not Civility.UNKNOWN and (fit.first is First.INITIAL or fit.first is First.ABSENT):
        found.append("civility_same")
    if evidence.known:
        found.append("known_practice")
    if seen.organisation:
        found.append("organisation")
    if len(seen.people) > 1:
        found.append("several_people")
    if not person.rare:
        found.append("homonym_near")
    return found


_BOTH = BY_PHONE | BY_ADDRESS
_TRADE = {t: f"trade_{t.value}" for t in names.Trade}


def rarity(person: Person, fit: Fit) -> float:
    """Return how rare what is shown of the name is, in bits (each halves the number of people who bear it)."""
    if fit.first in VARIANT_FIRST:
        return person.family_bits + person.first_bits
    # An initial tells one in eight.
    return person.family_bits + (3.0 if fit.first is First.INITIAL else 0.0)


def weigh(seen: Seen, person: Person, fit: Fit, evidence: Evidence) -> float:
    """Return the odds, in bits, that the listing is about this practitioner, if nobody else fits."""
    weights = column(evidence)
    return weights["rarity"] * rarity(person, fit) + sum(
        map(weights.__getitem__, features(seen, person, fit, evidence))
    )


def column(evidence: Evidence) -> dict[str, float]:
    """Return the weights that count beside this evidence."""
    return IDENTIFIED if evidence.identifiers else NAMED_HERE if evidence.town else NAMED_ELSEWHERE
