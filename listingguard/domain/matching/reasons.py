"""Why, in French: one sentence for each thing that agrees or disagrees, and the frequency that weighed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from listingguard.domain import names, places
from listingguard.domain.matching.evidence import Evidence, Line, Page, Phone, Rpps, Street, Where, civility_shown
from listingguard.domain.matching.likeness import (
    NO_FIT,
    OPEN_FIRST,
    VARIANT_FIRST,
    Family,
    First,
    Fit,
    family_initial,
    names_another,
)
from listingguard.domain.matching.sides import Person, Seen
from listingguard.domain.matching.verdicts import Reason
from listingguard.domain.matching.weights import IDENTIFIED, NAMED_HERE
from listingguard.domain.names import Token, Trade
from listingguard.domain.practitioner import Civility, Practice

_NB = "\u00a0"
# What a person reads as speaking against, whatever it weighs beside the rest.
_TELLING: dict[str, float] = {
    "phone_same": 10.0, "phone_mobile": 12.0, "street_same": 10.0, "rpps_same": 12.0, "place_linked": -1.0,
    "place_near": -2.0, "place_department": -3.0, "place_untold": -3.0, "place_other": -8.0, "phone_other": -2.0,
    "phone_kind": -0.5, "line_far": -3.0, "street_other": -2.0, "rpps_garbled": -3.0,
}  # fmt: skip
# The bits that outweigh all else in practice; a reason's weight is a share of them.
_FULL_WEIGHT = 12.0

_FAMILY_TEXT = {
    Family.SAME: "même nom de famille",
    Family.PART: "une partie du nom de famille",
    Family.EXTRA: "un nom de plus que sur le tableau",
    Family.TYPO: "nom de famille à une lettre près",
    Family.NEAR: "nom de famille voisin",
    Family.OTHER: "nom de famille différent",
}
_FAMILY_INITIAL = "initiale du nom de famille seulement"
_FIRST_TEXT = {
    First.SAME: "même prénom",
    First.SPELLING: "même prénom, écrit autrement",
    First.INITIALS: "prénom en initiales",
    First.SHORT: "prénom abrégé",
    First.SLIP: "prénom à une lettre près",
    First.SECOND: "un autre de ses prénoms",
    First.PART: "une partie du prénom",
    First.INITIAL: "initiale du prénom seulement",
    First.NEAR: "prénom différent",
    First.ABSENT: "aucun prénom affiché",
    First.OTHER: "prénom différent",
}


def reasons(seen: Seen, person: Person, fit: Fit, evidence: Evidence, rivals: Iterable[Person]) -> tuple[Reason, ...]:
    """Return why, one sentence each: names first, then what agrees, then what disagrees, then who else fits."""
    found = _names(seen, fit, person)
    another = names_another(seen, person, fit)
    if evidence.rpps is Rpps.SAME:
        found.append(_SAME_RPPS)
    if evidence.number:
        found.append(_same_phone(evidence.phone, _at(person.phones[evidence.number])))
    if evidence.practice is not None:
        found.append(_same_address(_at(evidence.practice)))
    elif evidence.town and evidence.where is Where.SAME:
        found.append(_same_town(evidence.town) if _public(person, evidence.town) else _SAME_TOWN)
    if evidence.rare:
        if person.very_rare or (evidence.town and person.rare):
            found.append(_RARE if evidence.town else _VERY_RARE)
        else:
            found.append(_SOLE_HERE if evidence.town else _SOLE_AROUND)
    if evidence.in_practice and not evidence.identifiers:
        found.append(_SOLE_IN_PRACTICE)
    if evidence.rpps is Rpps.OTHER:
        found.append(_reason(Rpps.OTHER, f"numéro RPPS différent{_NB}: {seen.rpps} / {person.rpps}"))
    elif evidence.rpps is Rpps.GARBLED:
        text = f"numéro RPPS différent, et dont la clé est fausse{_NB}: {seen.rpps}"
        found.append(_reason(Rpps.GARBLED, text))
    if seen.trade is Trade.OTHER and person.kine:
        shown = seen.listing.profession or seen.listing.name
        found.append(_reason("trade_other", f"autre profession{_NB}: {shown.strip().lower()}"))
    elif seen.unusual_trade and person.kine:
        text = f"profession affichée qui n’est pas la kinésithérapie{_NB}: {_short(seen.listing.profession)}"
        found.append(Reason("profession_unusual", text, -0.3))
    civility, own = civility_shown(seen, person, fit), person.practitioner.civility
    if civility is not own and Civility.UNKNOWN not in (civility, own):
        found.append(_reason("civility_other", f"civilité différente{_NB}: {civility.label} / {own.label}"))
    elif own is not Civility.UNKNOWN and civility is own and fit.first in (First.INITIAL, First.ABSENT):
        found.append(Reason("civility_same", f"même civilité{_NB}: {own.label}", 0.1))
    if evidence.where is Where.OTHER:
        found.append(_other_department(frozenset(seen.departments), _public_departments(person)))
    elif evidence.where is not Where.UNKNOWN and not evidence.town:
        found.append(_ELSEWHERE[evidence.where])
    if evidence.phone is Phone.OTHER:
        found.append(_OTHER_PHONE)
    elif evidence.phone is Phone.KIND:
        found.append(_OTHER_KIND)
    if evidence.line is Line.FAR:
        found.append(_FAR_LINE)
    if evidence.street is Street.OTHER:
        found.append(_OTHER_STREET)
    if evidence.street is Street.UNTOLD:
        found.append(_SAME_STREET)
    if evidence.known_phone:
        found.append(_KNOWN_PHONE)
    if evidence.known_street:
        found.append(_KNOWN_STREET)
    if evidence.page is not Page.ALONE:
        found.append(_ON_PAGE[evidence.page])
    if seen.relay:
        found.append(_RELAY)
    if seen.organisation and (fit.first is First.ABSENT or not seen.people):
        found.append(_NOBODY)
    if len(seen.people) > 1:
        text = f"la fiche nomme plusieurs personnes{_shown_by(seen)}"
        found.append(Reason("several_people", text, -0.4))
    if another:
        text = f"la fiche peut être celle d’une autre personne, ou d’un lieu{_shown_by(seen)}"
        found.append(Reason("name_of_another", text, -0.4))
    if not evidence.identifiers and not evidence.rare and not evidence.in_practice:
        found.append(_NO_IDENTIFIER)
    found += [Reason("other_person", f"le nom convient aussi à {_who(other)}", -1.0) for other in rivals]
    return tuple(found)


# Reasons kept in the store go by these codes.
_CODES: dict[str, str] = {
    Phone.MOBILE: "phone_same",
    Street.SAME: "address_same",
    Where.OTHER: "department_other",
    Where.DEPARTMENT: "town_other",
    Where.NEAR: "town_near",
    Where.UNTOLD: "town_other",
    Line.FAR: "phone_far",
    Where.LINKED: "town_linked",
    "trade_other": "profession_other",
}


def _shown_by(seen: Seen) -> str:
    """Return « Marc Dupont, remplaçant de… »: the name as the site shows it."""
    shown = seen.listing.organisation if seen.from_organisation else seen.listing.name
    return f"{_NB}: «{_NB}{_short(shown)}{_NB}»"


def _short(text: str) -> str:
    """Return what a site shows, on one line and no longer than a line."""
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def _reason(code: str, text: str) -> Reason:
    return Reason(_CODES.get(code, str(code)), text, _share(_TELLING.get(code, IDENTIFIED[code])))


# Cached: the same few thousand sentences come back.
@lru_cache(maxsize=65536)
def _same_phone(level: Phone, whose: str) -> Reason:
    return _reason(level, f"même téléphone {whose}")


@lru_cache(maxsize=65536)
def _same_address(whose: str) -> Reason:
    return _reason(Street.SAME, f"même adresse {whose}")


@lru_cache(maxsize=65536)
def _other_department(shown: frozenset[str], own: frozenset[str]) -> Reason:
    pair = f"{_NB}: {'/'.join(sorted(shown))} / {'/'.join(sorted(own))}" if own else ""
    return _reason(Where.OTHER, f"autre département{pair}")


def _share(bits: float) -> float:
    return round(max(-1.0, min(1.0, bits / _FULL_WEIGHT)), 4)


_SAME_RPPS = _reason(Rpps.SAME, "même numéro RPPS")
_RARE = Reason("name_rare", "personne d’autre n’est à attendre sous ce nom dans cette commune", 0.6)
_VERY_RARE = Reason("name_rare", "personne d’autre n’est à attendre sous ce nom dans ce département", 0.6)
_SOLE_HERE = Reason("name_rare", "aucun autre kinésithérapeute n’est à attendre sous ce nom dans cette commune", 0.5)
_SOLE_AROUND = Reason("name_rare", "aucun autre kinésithérapeute n’est à attendre sous ce nom dans ce département", 0.5)
_SOLE_IN_PRACTICE = Reason("name_rare", "personne d’autre n’est à attendre sous ce nom dans le cabinet affiché", 0.5)
_LINKED = _reason(Where.LINKED, "commune réunie à celle du cabinet, ou code postal voisin de la même commune")
_OTHER_TOWN = _reason(Where.DEPARTMENT, "commune différente de celle du cabinet")
_NEAR_TOWN = _reason(
    Where.NEAR,
    "commune voisine de celle du cabinet (même intercommunalité, ou d’autres praticiens exercent dans les deux)",
)
_UNTOLD_TOWN = _reason(Where.UNTOLD, "commune différente de celle du cabinet, et rien ne dit son département")
_ELSEWHERE = {
    Where.LINKED: _LINKED,
    Where.NEAR: _NEAR_TOWN,
    Where.DEPARTMENT: _OTHER_TOWN,
    Where.UNTOLD: _UNTOLD_TOWN,
}
_FAR_LINE = _reason(Line.FAR, "le téléphone fixe affiché est d’une autre région")
_OTHER_PHONE = _reason(Phone.OTHER, "téléphone différent")
_OTHER_KIND = _reason(Phone.KIND, "téléphone différent, mais l’un est fixe et l’autre mobile")
_OTHER_STREET = _reason(Street.OTHER, "adresse différente")
_SAME_STREET = Reason("street_untold", "même rue et même nom de commune, sans code postal pour en être sûr", 0.3)
_KNOWN_PHONE = Reason("known_practice", "le téléphone affiché est celui d’un autre cabinet du tableau", 0.1)
_KNOWN_STREET = Reason("known_practice", "l’adresse affichée est celle d’un autre cabinet du tableau", 0.1)
_COLLEAGUES = Reason("page_colleagues", "la page nomme aussi, au même endroit, des personnes du même cabinet", 0.3)
_OTHERS = Reason("page_others", "la page nomme d’autres personnes au même endroit", 0.1)
_IN_TOWN = Reason("page_others", "la page nomme d’autres personnes dans la même commune", 0.1)
_ON_PAGE = {Page.COLLEAGUES: _COLLEAGUES, Page.OTHERS: _OTHERS, Page.TOWN: _IN_TOWN}
_RELAY = Reason("phone_relay", "numéro de mise en relation, qui n’identifie personne", 0.0)
_NOBODY = Reason("names_nobody", "la fiche présente une structure et ne nomme pas la personne", -0.8)
_NO_IDENTIFIER = Reason("no_identifier", "aucun identifiant commun (RPPS, téléphone, adresse exacte)", 0.0)


def _names(seen: Seen, fit: Fit, person: Person) -> list[Reason]:
    own = (person.practitioner.usage_name or person.practitioner.family_name).upper()
    if fit is NO_FIT:
        shown = " ".join([_shown(people.words) for people in seen.people])
        text = f"autre nom{_NB}: {shown} / {person.practitioner.full_name}" if shown else f"la fiche ne nomme pas {own}"
        return [Reason("name_other", text, -1.0)]
    shown = _shown(fit.shown_family).upper()
    pair = shown if fit.family is Family.SAME else f"{shown} / {own}"
    text = _FAMILY_INITIAL if fit.family is Family.OTHER and family_initial(person, fit) else _FAMILY_TEXT[fit.family]
    found = [Reason(str(fit.family), f"{text}{_NB}: {pair}", _NAME_WEIGHTS[fit.family])]
    own, text = person.practitioner.first_name, _FIRST_TEXT[fit.first]
    if fit.first is First.SAME:
        text = f"{text}{_NB}: {own}"
    elif fit.shown_first:
        text = f"{text}{_NB}: {_shown(fit.shown_first)} / {own}"
    found.append(Reason(str(fit.first), text, _NAME_WEIGHTS[fit.first]))
    if fit.first in OPEN_FIRST and fit.family is not Family.OTHER:
        full = fit.first in VARIANT_FIRST
        bits = person.family_bits + (person.first_bits if full else 0.0)
        found.append(_how_many(round(bits * 4), full))
    return found


# What agrees counts for its rarity, what differs for its own weight.
_NAME_WEIGHTS = {level: _share(min(IDENTIFIED[level], NAMED_HERE[level])) for level in (*Family, *First)} | {
    Family.SAME: 0.5,
    First.SAME: 0.4,
}


@lru_cache(maxsize=512)
def _how_many(quarter_bits: int, full: bool) -> Reason:
    """Return how many people bear the name, to a fifth: more would be guesswork."""
    people = 2.0 ** (quarter_bits / 4)
    what = "ce nom et ce prénom" if full else "ce nom de famille"
    if people > 1_000_000:
        text = f"moins d’une personne sur un million porte {what}"
    else:
        digits = len(str(int(people))) - 1
        step = 10 ** max(digits - 1, 0)
        number = f"{int(round(people / step) * step):,}".replace(",", _NB)
        text = f"1 personne sur {number} porte {what}"
    return Reason("name_share", text, _share(NAMED_HERE["rarity"] * quarter_bits / 4))


def _shown(words: Sequence[Token]) -> str:
    return words[0].shown if len(words) == 1 else " ".join([w.shown for w in words])


@lru_cache(maxsize=65536)
def _same_town(town: str) -> Reason:
    return Reason("town_same", f"même commune{_NB}: {_town(town)}", 0.3)


@lru_cache(maxsize=4096)
def _town(town: str) -> str:
    return town.title() if town.isupper() else town


# Where a home is, is nobody's to read: these sentences are stored, and some leave.
_SAME_TOWN = Reason("town_same", "même commune que sur le tableau", 0.3)


def _public(person: Person, town: str) -> bool:
    """Return True when a practice that is no home is in a town, named as in `Person.places`."""
    return any(not p.private and town in (p.town, a.postcode) for a, p in person.addresses)


def _public_departments(person: Person) -> frozenset[str]:
    return frozenset(places.department(a.postcode) for a, p in person.addresses if a.postcode and not p.private)


def _at(practice: Practice | None) -> str:
    """Return « que le cabinet de Valence », whose a phone or an address is; not where a home is."""
    if practice is not None and practice.private:
        return "que son adresse personnelle"
    return "que son portable" if practice is None else _of(practice.town)


@lru_cache(maxsize=4096)
def _of(name: str) -> str:
    town = _town(name)
    if not town:
        return "que le cabinet"
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if town.startswith(article):
            return f"que le cabinet {contracted}{town[len(article) :]}"
    return f"que le cabinet d’{town}" if names.fold(town[0]) in set("aeiouy") else f"que le cabinet de {town}"


def _who(person: Person) -> str:
    return f"{person.practitioner.full_name} ({person.practitioner.id})"
