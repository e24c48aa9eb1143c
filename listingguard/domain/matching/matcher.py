"""A roster ready to be compared with listings: its index, who comes near, and the decision once all were heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import log2
from typing import NamedTuple, TypeVar

from listingguard.domain import names, places
from listingguard.domain.frequencies import Frequencies, in_use
from listingguard.domain.listing import Listing
from listingguard.domain.matching.evidence import (
    BY_ADDRESS,
    BY_PHONE,
    Around,
    Evidence,
    Page,
    Phone,
    Rpps,
    Where,
    civility_shown,
    evidence_for,
    weigh,
)
from listingguard.domain.matching.fields import fields_hash
from listingguard.domain.matching.likeness import (
    BORNE_FAMILY,
    NO_FIT,
    VARIANT_FIRST,
    Family,
    First,
    Fit,
    NamesInUse,
    best_fit,
    family_initial,
    fit_at,
    names_another,
)
from listingguard.domain.matching.reasons import reasons
from listingguard.domain.matching.sides import Person, Seen
from listingguard.domain.matching.verdicts import Decision, Match, Sufficiency
from listingguard.domain.matching.weights import (
    SURE,
    SURE_ELSEWHERE,
    WORTH_ASKING,
    WORTH_ASKING_NAMED,
    WORTH_ASKING_RARE,
)
from listingguard.domain.names import Trade
from listingguard.domain.practitioner import Civility, Practitioner


class Candidate(NamedTuple):
    """One practitioner a listing may be about. bits: the odds, if nobody else fits."""

    person: Person
    fit: Fit
    evidence: Evidence
    bits: float


class Settled(NamedTuple):
    """A candidate, the decision once the others were heard, and those whom the reasons must name."""

    candidate: Candidate
    decision: Decision
    rivals: tuple[Candidate, ...]


# How many people of the roster a name of no table counts for: between a birth in a million and one in the roster.
_PRIOR_PEOPLE = 10_000
_UNKNOWN_FIRST, _UNKNOWN_FAMILY = 1e-6, 5e-6
# A name is rare enough for a town in which so many of the name are to be expected, all professions told.
_EXPECTED_NAMESAKES = 0.2
# The same, where the listing is a physiotherapist's: one person in 600 is one.
_EXPECTED_COLLEAGUES, _PEOPLE_OF_ONE_KINE = 0.02, 600
# A town of no table; a department.
_USUAL_TOWN, _USUAL_DEPARTMENT = 20_000, 650_000
_SHOWN = 12  # nobody reads further, and « Martin » has hundreds
_ELSEWHERE = 50  # homonyms of other departments that are looked at
_PAGE = 30  # lines of one page that are heard
# Below, without identifier: another first name altogether.
_FAINT = 0.6
# Rejected without identifier, told all the same: a near name in the town, a homonym elsewhere.
_WORTH_TELLING, _HOMONYM = 0.75, 0.9
# Two candidates whose odds differ by less are for a person to tell apart.
_TIED = 8.0
_THERE = frozenset({Where.SAME, Where.LINKED})
_NEARLY = frozenset({First.NEAR, First.SLIP, First.SHORT})
# Looked up once: on Python 3.11 finding a member of an enum costs five times a name of the module.
_FIRST_SAME, _INITIAL, _ABSENT, _FIRST_OTHER = First.SAME, First.INITIAL, First.ABSENT, First.OTHER
_SECOND, _PLACED, _NEARLY_FAMILY = First.SECOND, BY_PHONE | BY_ADDRESS, frozenset({Family.TYPO, Family.PART})
_FIRST_PART, _SUFFICIENT, _COLLEAGUES = First.PART, Sufficiency.SUFFICIENT, Page.COLLEAGUES
_FAMILY_SAME, _FAMILY_OTHER, _WHERE_OTHER, _OTHER_TRADE = Family.SAME, Family.OTHER, Where.OTHER, Trade.OTHER
_CONTRARY = frozenset({Civility.MADAME, Civility.MONSIEUR})
_RPPS_SAME, _RPPS_OTHER, _RPPS_GARBLED = Rpps.SAME, Rpps.OTHER, Rpps.GARBLED
_CONFIRMED, _REVIEW, _REJECTED = Decision.CONFIRMED, Decision.REVIEW, Decision.REJECTED
_ORDER = {Decision.CONFIRMED: 0, Decision.REVIEW: 1, Decision.REJECTED: 2}

_NOWHERE: frozenset[str] = frozenset()

Ids = tuple[int, ...]


class Matcher:
    """A roster ready to be compared with listings, one at a time or in bulk; its order does not matter.

    frequencies: how rare names are in France and which towns there are; those of the process by default.
    """

    def __init__(self, roster: Iterable[Practitioner], frequencies: Frequencies | None = None) -> None:
        frequencies = in_use() if frequencies is None else frequencies
        self._frequencies = frequencies
        # Family name, department, and the initial of a first name.
        self._by_family: dict[tuple[str, str, str], Ids] = {}
        self._by_full_name: dict[tuple[str, str], Ids] = {}
        self._by_family_place: dict[tuple[str, str], Ids] = {}
        self._by_first_place: dict[tuple[str, str], Ids] = {}
        self._by_phone: dict[str, Ids] = {}
        self._by_rpps: dict[str, Ids] = {}
        self._by_street: dict[tuple[str, str, str], Ids] = {}
        # House number, last word of the street, and postcode or town.
        self._addresses: set[tuple[str, str, str]] = set()
        self._bits: dict[tuple[str, ...], float] = {}
        self._bearers: dict[str, int] = {}
        self._first_names: dict[str, int] = {}
        self._departments: dict[str, frozenset[str]] = {}
        self._workers: dict[str, int] = {}
        self._groups_of: dict[tuple[str, ...], frozenset[str]] = {}
        # Departments by the beginning of a fixed line.
        self._areas: dict[str, frozenset[str]] = {}
        # Towns where somebody works who works in a town.
        self._near: dict[str, set[str]] = {}
        self._people = [Person(p) for p in sorted(roster, key=lambda p: p.id)]
        for i, person in enumerate(self._people):
            self._index(i, person)
        self._known = NamesInUse(self._bearers, self._first_names, frequencies.family_names, frequencies.first_names)
        # A town of no table is known by the roster alone; without tables nothing is said of other departments.
        communes = frequencies.communes
        self._sole_towns = frozenset(
            place
            for place, departments in self._departments.items()
            if communes and not place.isdigit() and len(departments) == 1 and len(communes.get(place, (0,))) == 1
        )
        for person in self._people:
            self._measure(person)

    def _index(self, i: int, person: Person) -> None:
        departments = person.departments or ("",)
        letters = {w[0] for w in (*person.first_words, *person.others)}
        letters.update(*(names.SAME_FIRST_NAME_INITIALS.get(w, ()) for w in (*person.first_words, person.first)))
        for form, whole in person.forms.items():
            self._bearers[form] = self._bearers.get(form, 0) + 1
            for department in departments:
                for letter in letters:
                    _add(self._by_family, (form, department, letter), i)
            for place in person.places:
                _add(self._by_family_place, (form, place), i)
            if whole:
                _add(self._by_full_name, (form, person.spelling), i)
        towns = {a.town for a, _ in person.addresses}
        if len(towns) > 1:
            for town in towns:
                self._near.setdefault(town, set()).update(towns - {town})
        for place in person.places:
            _add(self._by_first_place, (person.first, place), i)
            self._workers[place] = self._workers.get(place, 0) + 1
            self._departments[place] = self._departments.get(place, frozenset()) | person.departments
        for number, practice in person.phones.items():
            area = places.area(number)
            if area and practice is not None and practice.postcode:
                found = self._areas.get(area, _NOWHERE)
                department = places.department(practice.postcode)
                if department not in found:
                    self._areas[area] = found | {department}
            # A number that connects callers identifies nobody.
            if not places.relay_number(number):
                _add(self._by_phone, number, i)
        if person.rpps:
            _add(self._by_rpps, person.rpps, i)
        for a, _ in person.addresses:
            if a.name:
                self._addresses.add((a.number, a.name[-1], a.postcode))
                self._addresses.add((a.number, a.name[-1], a.town))
        for street in person.streets:
            for department in departments:
                _add(self._by_street, (*street, department), i)
        for word in person.first_words:
            self._first_names[word] = self._first_names.get(word, 0) + 1
        if len(person.first_words) != 1:
            self._first_names[person.first] = self._first_names.get(person.first, 0) + 1

    def _measure(self, person: Person) -> None:
        """Set how rare the names of a practitioner are, on the roster and in France."""
        tables = self._frequencies
        total = len(self._people) + _PRIOR_PEOPLE
        whole = [form for form, all_of_it in person.forms.items() if all_of_it]
        share = (
            max(
                (self._bearers[f] - 0.5 + _PRIOR_PEOPLE * tables.family_names.get(f, _UNKNOWN_FAMILY)) / total
                for f in whole or person.forms or ("",)
            )
            if person.forms
            else 1.0
        )
        first = tables.first_names.get(person.first, _UNKNOWN_FIRST)
        first = (self._first_names.get(person.first, 1) - 0.5 + _PRIOR_PEOPLE * first) / total
        person.family_bits, person.first_bits = -log2(min(share, 1.0)), -log2(min(first, 1.0))
        person.groups = self._groups(person)
        share *= first
        person.sole_of_name = self._sole_of_name(person, whole)
        # A couple, a parent, a cousin in the town is enough to ask a person.
        if person.sole_of_name and not any(
            len(self._by_family_place[form, place]) > 1 for form in whole for place in person.places
        ):
            people = max(
                (self._frequencies.population(town, d) for town in person.places for d in person.departments),
                default=0,
            )
            here, around = share * (people or _USUAL_TOWN), share * _USUAL_DEPARTMENT
            person.rare = here < _EXPECTED_NAMESAKES
            person.very_rare = person.rare and around < _EXPECTED_NAMESAKES
            person.rare_here = here < _EXPECTED_COLLEAGUES * _PEOPLE_OF_ONE_KINE
            person.rare_around = around < _EXPECTED_COLLEAGUES * _PEOPLE_OF_ONE_KINE

    def _groups(self, person: Person) -> frozenset[str]:
        key = (*sorted(a.town for a, _ in person.addresses), *sorted(person.departments))
        found = self._groups_of.get(key)
        if found is None:
            towns = {a.town for a, _ in person.addresses}
            found = _NOWHERE.union(*[self._frequencies.groups(t, person.departments) for t in towns])
            self._groups_of[key] = found
        return found

    def _rarities(self, person: Person, fit: Fit) -> tuple[float, float, float]:
        """Return how rare what is shown of the name is, in bits; of an initial alone; of a first name nearly theirs."""
        family = (
            self._family_bits(tuple([w.text for w in fit.shown_family])) if fit.shown_family else person.family_bits
        )
        slip = self._slip_bits(names.joined(fit.shown_first), person) if fit.first in _NEARLY else 0.0
        if fit.first in VARIANT_FIRST:
            return family + person.first_bits, 0.0, slip
        letter = self._letter_bits(fit.shown_first[0].text) if fit.first is _INITIAL else 0.0
        return family + letter, letter, slip

    def _slip_bits(self, shown: str, person: Person) -> float:
        """Return by how many bits the first name shown is rarer than theirs, 0 when it is as usual."""
        share = self._frequencies.first_names.get(shown, _UNKNOWN_FIRST)
        return max(0.0, -log2(share) - person.first_bits)

    def _family_bits(self, words: tuple[str, ...]) -> float:
        """Return how rare a family name is, on the roster and in France; a double name as rare as its parts together."""
        found = self._bits.get(words)
        if found is None:
            text = "".join(words)
            shares = self._frequencies.family_names
            total = len(self._people) + _PRIOR_PEOPLE
            borne = max(self._bearers.get(text, 0) - 0.5, 0.5)
            share = shares.get(text, _UNKNOWN_FAMILY)
            if len(words) > 1 and text not in shares and borne < 1:
                borne = 0.0
                for word in words:
                    share = min(share, 4 * shares.get(word, _UNKNOWN_FAMILY))
            found = self._bits[words] = -log2(min((borne + _PRIOR_PEOPLE * share) / total, 1.0))
        return found

    def _letter_bits(self, letter: str) -> float:
        """Return how rare first names with an initial are on the roster."""
        found = self._bits.get((letter, ""))
        if found is None:
            known = sum(n for name, n in self._first_names.items() if name[:1] == letter)
            found = -log2((known + 1) / (sum(self._first_names.values()) + 8))
            self._bits[letter, ""] = found
        return found

    def _sole_of_name(self, person: Person, whole: list[str]) -> bool:
        """Return True when nobody else of the roster bears the full name in the department."""
        for form in whole:
            namesakes = self._by_full_name[form, person.spelling]
            if len(namesakes) > 1 and any(
                not person.departments.isdisjoint(other.departments)
                for other in (self._people[i] for i in namesakes[:_ELSEWHERE])
                if other is not person
            ):
                return False
        return True

    def candidates(self, listing: Listing) -> tuple[Practitioner, ...]:
        """Return the practitioners compared with a listing, in order of id; empty when nobody is near."""
        seen = Seen(listing, self._frequencies)
        near = set(self._bearing(seen)) | self._pointed_at(seen) | self._misspelt(seen)
        return tuple(self._people[i].practitioner for i in sorted(near))

    def match(self, listing: Listing, beside: Iterable[Listing] = ()) -> tuple[Match, ...]:
        """Return who the listing may be about, best first; at most one is confirmed.

        beside: the other listings of its page (itself among them or not), whose names tell whose practice it shows.
        Rejected practitioners are included when they share enough to be worth a word: the full name, a phone, an
        address, an RPPS number. Empty when nobody comes near.
        """
        seen = Seen(listing, self._frequencies)
        return tuple([self._told(seen, settled) for settled in self._settled(seen, beside)[:_SHOWN]])

    def best(self, listing: Listing, beside: Iterable[Listing] = ()) -> Match | None:
        """Return the first of `match`, or None when nobody comes near."""
        seen = Seen(listing, self._frequencies)
        settled = self._settled(seen, beside)
        return self._told(seen, settled[0]) if settled else None

    # --- who comes near ----------------------------------------------------------------------------------------

    def _settled(self, seen: Seen, beside: Iterable[Listing] = ()) -> list[Settled]:
        """Return the candidates, each with its decision once the others were heard, best first."""
        return _settle(seen, self._found(seen, beside))

    def _found(self, seen: Seen, beside: Iterable[Listing] = ()) -> list[Candidate]:
        """Return who comes near, weighed one by one."""
        heard: list[Around] = []

        def around() -> Around:
            # Once, and only where somebody comes near.
            if not heard:
                heard.append(self._around(seen, beside))
            return heard[0]

        fits = self._bearing(seen)
        found = []
        named = False
        for i, fit in fits.items():
            if fit.similarity >= _FAINT:
                candidate = self._candidate(seen, i, fit, around)
                found.append(candidate)
                named = named or (candidate.evidence.identifiers != 0 and fit.strong)
        if not named:
            # Only then: a name that is borne, with an identifier, is neither misspelt nor changed.
            pointed_at = self._pointed_at(seen)
            strangers = []
            for i in pointed_at:
                if i in fits and fits[i].similarity >= _FAINT:
                    continue
                fit = best_fit(seen.people, self._people[i], self._known)
                if fit is NO_FIT and not (seen.rpps and seen.rpps == self._people[i].rpps):
                    strangers.append(i)
                else:
                    found.append(self._candidate(seen, i, fit, around))
            if not any(c.fit.open for c in found):
                for i in self._misspelt(seen).difference(pointed_at, fits):
                    fit = best_fit(seen.people, self._people[i], self._known)
                    if fit.similarity >= _FAINT:
                        found.append(self._candidate(seen, i, fit, around))
            if not found:
                # Nobody bears the name: at least say whose phone or address it is.
                found = [self._candidate(seen, i, NO_FIT, around) for i in sorted(strangers)[:3]]
                found = [c for c in found if c.evidence.identifiers]
        return found

    def _candidate(self, seen: Seen, i: int, fit: Fit, around: Callable[[], Around]) -> Candidate:
        person = self._people[i]
        evidence = evidence_for(
            seen,
            person,
            fit,
            self._frequencies,
            self._sole_towns,
            around,
            self._neighbours,
            self._lines,
            self._rarities(person, fit),
        )
        return Candidate(person, fit, evidence, weigh(seen, person, fit, evidence))

    def _bearing(self, seen: Seen) -> dict[int, Fit]:
        """Return the people who bear a name the listing shows, and how it fits."""
        fits: dict[int, Fit] = {}
        people = self._people
        departments = seen.departments
        if not seen.postcodes:
            departments = departments.union(*(self._departments.get(t, ()) for t in seen.towns))
        for shown in seen.people:
            for start, end, text in shown.spans:
                if text not in self._bearers:
                    continue
                rest = shown.beside(start, end)
                joined = names.joined(rest)
                ids: set[int] = set()
                if rest:
                    letters = {w.text[0] for w in rest} if len(rest) > 1 else joined[0]
                    for department in departments:
                        for letter in letters:
                            ids.update(self._by_family.get((text, department, letter), ()))
                    if not ids:
                        ids.update(self._by_full_name.get((text, names.spelling(joined)), ())[:_ELSEWHERE])
                else:
                    for place in seen.postcodes | seen.towns:
                        ids.update(self._by_family_place.get((text, place), ()))
                for i in ids:
                    fit = fit_at(shown, start, end, text, rest, joined, people[i], self._known)
                    if i not in fits or fit.closer(fits[i]):
                        fits[i] = fit
        return fits

    def _pointed_at(self, seen: Seen) -> set[int]:
        """Return the people who share an RPPS number, a phone or a house number and street with the listing."""
        found: set[int] = set()
        if seen.rpps:
            found.update(self._by_rpps.get(seen.rpps, ()))
        for number in seen.phones:
            found.update(self._by_phone.get(number, ()))
        for a in seen.addresses:
            if a.name:
                for department in seen.departments or self._departments.get(a.town, frozenset()):
                    found.update(self._by_street.get((a.number, a.name[-1], department), ()))
        return found

    def _around(self, seen: Seen, beside: Iterable[Listing]) -> Around:
        """Return what the roster knows of the place shown, and who else the page names there."""
        phone = not self._by_phone.keys().isdisjoint(seen.phones)
        streets = [(a.number, a.name[-1], a.postcode or a.town) for a in seen.addresses if a.name]
        street = not self._addresses.isdisjoint(streets)
        people = max([self._workers.get(place, 0) for place in seen.postcodes or seen.towns], default=0)
        if not beside:
            return Around(False, (), phone, street, people)
        others, town, colleagues = False, False, set[int]()
        for number, listing in enumerate(beside):
            if number == _PAGE:
                break
            other = Seen(listing, self._frequencies)
            if listing.name == seen.listing.name or not other.people:
                continue
            if _one_place(seen, other):
                others = True
                colleagues.update(i for i, fit in self._bearing(other).items() if fit.strong)
            else:
                town = town or _one_town(seen, other)
        return Around(others, tuple(self._people[i] for i in sorted(colleagues)), phone, street, people, town)

    def _lines(self, seen: Seen) -> frozenset[str]:
        """Return the departments of fixed lines: of the roster's numbers that begin so, else by the numbering plan."""
        areas = [a for a in map(places.area, seen.phones) if a]
        return _NOWHERE.union(*[self._areas.get(a) or places.ZONES[a[:4]] for a in areas]) if areas else _NOWHERE

    def _neighbours(self, seen: Seen, person: Person) -> bool:
        """Return True when a town of the listing is next to one of theirs.

        Of one « intercommunalité », or people of the roster work in both.
        """
        for town in seen.towns:
            if town in self._near and not self._near[town].isdisjoint(person.places):
                return True
            if person.groups and not person.groups.isdisjoint(self._frequencies.groups(town, seen.departments)):
                return True
        return False

    def _misspelt(self, seen: Seen) -> set[int]:
        """Return the people of the place whose first name is shown beside a word with their family name's initial."""
        found: set[int] = set()
        for shown in seen.people:
            for start, end, text in shown.spans:
                if text in self._first_names:
                    letters = {w.text[0] for w in (*shown.words[:start], *shown.words[end:])}
                    for place in seen.postcodes or seen.towns:
                        for i in self._by_first_place.get((text, place), ()):
                            # The second letter, for a name that lost its first.
                            if any(not letters.isdisjoint(form[:2]) for form in self._people[i].forms):
                                found.add(i)
        return found

    def _told(self, seen: Seen, settled: Settled) -> Match:
        candidate, decision, rivals = settled
        return Match(
            seen.listing.key,
            candidate.person.practitioner.id,
            round(candidate.fit.similarity, 4),
            candidate.evidence.sufficiency,
            decision,
            partial(reasons, seen, candidate.person, candidate.fit, candidate.evidence, [c.person for c in rivals]),
        )


def _one_place(one: Seen, other: Seen) -> bool:
    """Return True when two listings of a page show one practice: the same line, address, or name of a practice."""
    if not one.phones.isdisjoint(other.phones):
        return True
    streets = {(a.number, a.name, a.postcode or a.town) for a in one.addresses if a.name}
    if any((a.number, a.name, a.postcode or a.town) in streets for a in other.addresses):
        return True
    organisation = names.fold(one.listing.organisation)
    return (
        organisation != ""
        and bool(one.towns)
        and organisation == names.fold(other.listing.organisation)
        and one.towns == other.towns
    )


def _one_town(one: Seen, other: Seen) -> bool:
    """Return True when two listings of a page show one town, and neither streets nor phones that differ."""
    if not (one.towns and one.towns == other.towns and one.postcodes == other.postcodes):
        return False
    return not (one.phones and other.phones) and not all(any(a.name for a in s.addresses) for s in (one, other))


_Key = TypeVar("_Key")


def _add(index: dict[_Key, Ids], key: _Key, i: int) -> None:
    index[key] = (*index.get(key, ()), i)


# --- the decision ------------------------------------------------------------------------------------------------


def _settle(seen: Seen, found: list[Candidate]) -> list[Settled]:
    """Return what is worth telling of the candidates, each with its decision, best first."""
    if not found:
        return []
    odds = [2.0 ** min(c.bits, 60.0) if _possible(seen, c) else 0.0 for c in found]
    # Nobody of the roster is one more candidate, at even odds.
    total = 1.0 + sum(odds)
    settled = []
    for candidate, own in zip(found, odds, strict=True):
        likely = own / total
        rivals: tuple[Candidate, ...] = ()
        here = candidate.evidence.identifiers or candidate.evidence.where in _THERE
        worth = _worth_asking(candidate)
        if likely >= (SURE if here else SURE_ELSEWHERE) and _certain(seen, candidate):
            decision = _CONFIRMED
        elif (
            likely >= worth
            or candidate.evidence.rpps is _RPPS_SAME
            or _initialled(candidate)
            or _under_another_number(candidate)
            or (own and own * _TIED >= max(odds) and total - 1.0 >= total * worth)
        ):
            # Likely alone, or one of several as likely as each other: a person tells them apart.
            decision = _REVIEW
            if len(found) > 1:
                near = [c for c, o in zip(found, odds, strict=True) if o * _TIED >= own and c is not candidate]
                rivals = tuple(sorted(near, key=_rank)[:3])
        else:
            decision = _REJECTED
            if not candidate.evidence.identifiers and candidate.fit.similarity < (
                _WORTH_TELLING if candidate.evidence.town else _HOMONYM
            ):
                continue
        settled.append(Settled(candidate, decision, rivals))
    if len(settled) > 1:
        settled.sort(key=lambda s: (_ORDER[s.decision], _rank(s.candidate)))
    return settled


def _rank(candidate: Candidate) -> tuple[float, str]:
    return (-candidate.bits, candidate.person.practitioner.id)


def _worth_asking(candidate: Candidate) -> float:
    """Return the least probability at which a person is asked: whoever reads such a name there would wonder."""
    person, fit, evidence, _ = candidate
    there = evidence.where in _THERE
    if there and fit.full and person.rare:
        # Another street and another number: perhaps an old page of the only person of that name there.
        return WORTH_ASKING_RARE
    return WORTH_ASKING_NAMED if evidence.identifiers or (there and fit.strong) else WORTH_ASKING


def _initialled(candidate: Candidate) -> bool:
    """Return True for « Claire M. » with her phone or address: nothing differs, and little is shown."""
    person, fit, evidence, _ = candidate
    return (
        fit.family is _FAMILY_OTHER
        and fit.first is _FIRST_SAME
        and evidence.identifiers != 0
        and evidence.rpps is not _RPPS_OTHER
        and family_initial(person, fit)
    )


def _under_another_number(candidate: Candidate) -> bool:
    """Return True for the full name with phone and address, and another RPPS number: one of the two made a mistake."""
    fit, evidence = candidate.fit, candidate.evidence
    return evidence.rpps is _RPPS_OTHER and fit.full and evidence.identifiers & _PLACED == _PLACED


def _possible(seen: Seen, candidate: Candidate) -> bool:
    """Return False for what no other evidence outweighs."""
    person, fit, evidence, _ = candidate
    if evidence.rpps is _RPPS_OTHER:
        return False
    if evidence.rpps is _RPPS_SAME:
        return True
    other_trade = _of_another_trade(seen, person)
    if fit.family is _FAMILY_OTHER:
        # A married name the roster does not know yet: same first name on a number nobody else has.
        both = evidence.identifiers == BY_PHONE | BY_ADDRESS
        return fit.first is _FIRST_SAME and both and not seen.organisation and not other_trade
    if fit.first is _FIRST_OTHER or (other_trade and not evidence.identifiers):
        return False
    return evidence.identifiers != 0 or evidence.where is not _WHERE_OTHER


def _of_another_trade(seen: Seen, person: Person) -> bool:
    """Return True for a page of another profession than a physiotherapist's own."""
    return seen.trade is _OTHER_TRADE and not seen.beside_trade and person.kine


def _certain(seen: Seen, candidate: Candidate) -> bool:
    """Return True when nothing is left that a person would want to look at."""
    person, fit, evidence, _ = candidate
    if evidence.sufficiency is not _SUFFICIENT:
        return False
    if evidence.rpps is _RPPS_GARBLED:
        return False
    # Many are osteopaths as well, and many an osteopath has a namesake who is a physiotherapist: a person tells.
    if _of_another_trade(seen, person) and not (seen.osteopathy and _unmistakable(candidate)):
        return False
    if seen.unusual_trade and person.kine:
        return False
    if names_another(seen, person, fit):
        return False
    # « M. M.-H. Pérotin » beside Mme Marie-Hélène Pérotin: initials fit a brother as well.
    if fit.first is First.INITIALS and {civility_shown(seen, person, fit), person.practitioner.civility} == _CONTRARY:
        return False
    # Several people on one page: a person says which of them it is about.
    if seen.from_organisation or len(seen.people) > 1:
        return False
    colleagues = evidence.page is _COLLEAGUES
    if fit.first is _INITIAL or fit.first is _ABSENT:
        # « J. Ferrand », « Cabinet Ferrand »: only the rest can single one person out, for relatives share an address.
        if not (evidence.identifiers or colleagues):
            return False
        if fit.family is not _FAMILY_SAME:
            # « J. Ferand », « J. Dubois » for Dubois-Moreau.
            return fit.first is _INITIAL and fit.family in _NEARLY_FAMILY and _both_theirs(person, evidence)
        # A practice's sign with a common name may be a predecessor's, or a whole family's.
        return fit.first is _INITIAL or evidence.phone is Phone.MOBILE or person.rare or colleagues
    if fit.first is _FIRST_PART and any(w.text not in person.first_words for w in fit.shown_first):
        # « Jean-Marc Ferrand » where Jean practises.
        return False
    if fit.first is _FIRST_PART or fit.first is _SECOND:
        # « Pierre Roche » where Jean-Pierre practises, « Jean Roche » where Paul, Jean does: so a father or a son is called,
        # and relatives share phone and address. A line that is theirs alone tells.
        return fit.family is _FAMILY_SAME and (evidence.phone is Phone.MOBILE or evidence.rpps is _RPPS_SAME)
    if fit.first not in VARIANT_FIRST:
        return False
    return fit.family in BORNE_FAMILY or (fit.strong and evidence.identifiers != 0)


def _unmistakable(candidate: Candidate) -> bool:
    """Return True for the very name with their RPPS number, or with so much else that nobody else can be meant."""
    person, fit, evidence, _ = candidate
    if fit.family is not _FAMILY_SAME or fit.first is not _FIRST_SAME:
        return False
    own_line = person.rare and evidence.phone is Phone.MOBILE
    return evidence.rpps is _RPPS_SAME or own_line or _both_theirs(person, evidence)


def _both_theirs(person: Person, evidence: Evidence) -> bool:
    """Return True for phone and address in common of somebody whose name is theirs alone in the town."""
    return person.rare and evidence.identifiers & _PLACED == _PLACED


def kept_matches(
    matcher: Matcher, people: Mapping[str, Practitioner], listing: Listing, beside: Iterable[Listing] = ()
) -> tuple[tuple[Match, str], ...]:
    """Return the matches of a listing worth keeping (not rejected), each with its `fields_hash`, best first.

    people: the practitioners of the matcher's roster, by id. beside: the listings of the same page.
    """
    matches = (m for m in matcher.match(listing, beside) if m.decision is not Decision.REJECTED)
    return tuple((m, fields_hash(listing, people[m.practitioner])) for m in matches)
