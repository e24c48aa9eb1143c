"""How the roster lives: what an import changes of a person, who came, left, moved, and which two rows are one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import chain, combinations, product

from stdnum import luhn

from listingguard.domain import names, places
from listingguard.domain.practitioner import Civility, Practice, Practitioner, Status


class ChangeKind(StrEnum):
    """What an import found of one person, compared with what was known."""

    ARRIVED = "arrived"
    LEFT = "left"
    RETURNED = "returned"
    MOVED = "moved"
    RENAMED = "renamed"
    STATUS = "status"
    CORRECTED = "corrected"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {
            "arrived": "arrivée",
            "left": "départ",
            "returned": "retour",
            "moved": "changement d’adresse",
            "renamed": "changement de nom",
            "status": "changement de statut",
            "corrected": "correction",
        }[self.value]


@dataclass(frozen=True)
class Change:
    """One thing an import found. before, after: towns, names or a status; never a home's address."""

    kind: ChangeKind
    practitioner: str
    day: date
    before: str = ""
    after: str = ""
    source: str = ""


# -- an import -------------------------------------------------------------------------------------------------------

STATUS_FIELDS = frozenset({"status", "struck_on", "retired_on", "deceased_on", "left_on"})
"""Fields of a file that say whether somebody practises."""


def updated(known: Practitioner, read: Practitioner, fields: Collection[str], today: date) -> Practitioner:
    """Return what is known of a person once a file has been read: what it says wins, what it cannot say stays.

    fields: those the file has; an empty cell, or a column that is not there, takes nothing away. An address known as
    the home's stays so, even where the file does not name it. A practice is the same under another spelling: it keeps
    the first one, since agreements point at it.
    """
    family, usage = known.family_name, known.usage_name
    if read.usage_name:
        # The file knows both names.
        family, usage = _spelt(family, read.family_name), _spelt(usage, read.usage_name)
    elif names.fold(read.family_name) not in {names.fold(n) for n in known.family_names}:
        # A name in use that the register now shows; the name of birth does not change.
        usage = read.family_name
    status, since = known.status, known.status_on
    if not STATUS_FIELDS.isdisjoint(fields):
        status = read.status
        since = read.status_on or (known.status_on if known.status is status else None)
    elif status is Status.LEFT:
        status, since = Status.ACTIVE, None
    return replace(
        known,
        family_name=family,
        first_name=_spelt(known.first_name, read.first_name),
        usage_name=usage,
        civility=read.civility if read.civility is not Civility.UNKNOWN else known.civility,
        other_first_names=read.other_first_names or known.other_first_names,
        profession=read.profession,
        mobile=read.mobile or known.mobile,
        email=read.email or known.email,
        practices=_practices(known.practices, read.practices),
        status=status,
        status_on=since,
    )


def _spelt(known: str, read: str) -> str:
    """Return the name as known when the file only writes it otherwise: in capitals, without accents."""
    return known if names.fold(known) == names.fold(read) else read


def _practices(known: tuple[Practice, ...], read: tuple[Practice, ...]) -> tuple[Practice, ...]:
    left, found = list(known), []
    for practice in _each_once(read):
        same = next((old for old in left if _same_text(old, practice)), None)
        same = same or next((old for old in left if same_place(old, practice)), None)
        if same is None:
            found.append(practice)
            continue
        left.remove(same)
        found.append(
            replace(
                same,
                name=same.name if names.fold(same.name) == names.fold(practice.name) else practice.name or same.name,
                insee=practice.insee or same.insee,
                phones=practice.phones or same.phones,
                since=practice.since or same.since,
                until=practice.until or same.until,
                private=practice.private or same.private,
            )
        )
    return (*found, *(old for old in left if old.private))


def _each_once(read: tuple[Practice, ...]) -> list[Practice]:
    """Return the practices of a file; an address that it writes twice is one, with the phones of both."""
    found: list[Practice] = []
    for practice in read:
        at = next((n for n, other in enumerate(found) if _same_text(other, practice)), None)
        if at is None:
            found.append(practice)
            continue
        first = found[at]
        found[at] = replace(
            first,
            name=first.name or practice.name,
            insee=first.insee or practice.insee,
            phones=tuple(dict.fromkeys(first.phones + practice.phones)),
            since=first.since or practice.since,
            # Left in one row, still there in the other: still there.
            until=first.until and practice.until,
            private=first.private or practice.private,
        )
    return found


def _same_text(one: Practice, other: Practice) -> bool:
    texts = [(p.street, p.postcode, p.town) for p in (one, other)]
    return texts[0] == texts[1] or names.fold("|".join(texts[0])) == names.fold("|".join(texts[1]))


def same_place(one: Practice, other: Practice) -> bool:
    """Return whether two practices are one address, however it is written.

    >>> same_place(Practice(street="12 bis, av. de la Gare", postcode="26000"),
    ...            Practice(street="12 B AVENUE DE LA GARE", postcode="26000", town="VALENCE"))
    True
    """
    a, b = (places.address(p.street, p.postcode, p.town) for p in (one, other))
    if a.postcode != b.postcode or (a.town and b.town and a.town != b.town):
        return False
    return bool(places.same_street(a, b)) or (a.number, a.way, a.name) == (b.number, b.way, b.name)


def changes(before: Practitioner | None, after: Practitioner, day: date, source: str) -> tuple[Change, ...]:
    """Return what tells two versions of a person apart; empty when nothing does. No version before: an arrival."""

    def change(kind: ChangeKind, old: str = "", new: str = "") -> Change:
        return Change(kind, after.id, day, old, new, source)

    if before is None:
        return (change(ChangeKind.ARRIVED, new=_towns(after)),)
    found = []
    if before.status is not after.status:
        kind = {
            (True, False): ChangeKind.RETURNED,
            (False, True): ChangeKind.LEFT,
        }.get((before.status is Status.LEFT, after.status is Status.LEFT), ChangeKind.STATUS)
        found.append(change(kind, before.status, after.status))
    if _places(before) != _places(after):
        found.append(change(ChangeKind.MOVED, _towns(before), _towns(after)))
    if _folded_names(before) != _folded_names(after):
        found.append(change(ChangeKind.RENAMED, _all_names(before), _all_names(after)))
    rest = replace(after, practices=before.practices, status=before.status, status_on=before.status_on)
    if not found and (rest != before or before.practices != after.practices):
        found.append(change(ChangeKind.CORRECTED))
    return tuple(found)


def _folded_names(person: Practitioner) -> tuple[str, ...]:
    return tuple(map(names.fold, (person.first_name, *person.family_names)))


def _all_names(person: Practitioner) -> str:
    born = f", né(e) {person.family_name.upper()}" if person.family_names[1:] else ""
    return f"{person.full_name}{born}"


def _places(person: Practitioner) -> set[tuple[str, str, str]]:
    return {(p.street, p.postcode, p.town) for p in person.practices if p.until is None}


def _towns(person: Practitioner) -> str:
    """Return the towns where someone works, without that of a home."""
    towns = dict.fromkeys(p.town or p.postcode for p in person.practices if p.until is None and not p.private)
    return ", ".join(filter(None, towns))


def agree(one: Practitioner, other: Practitioner) -> bool:
    """Return whether two rows of one number are one person: a family name in common, or the first name and more.

    A first name alone proves nothing: a wrong digit may reach somebody who has the same. Whoever took another name has
    kept a street, their mobile or their mail address; otherwise a person has to say so.
    """
    families = [{names.fold(n) for n in p.family_names} for p in (one, other)]
    if families[0] & families[1]:
        return True
    if names.fold(one.first_name) != names.fold(other.first_name):
        return False
    if (one.mobile and one.mobile == other.mobile) or (one.email and one.email.casefold() == other.email.casefold()):
        return True
    return any(a.street and same_place(a, b) for a in one.practices for b in other.practices)


# -- two rows, one person --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Duplicate:
    """Two identifiers that may be one person; `one` would stay. reasons: French, the most telling first."""

    one: Practitioner
    other: Practitioner
    reasons: tuple[str, ...]


def duplicates(people: Iterable[Practitioner], apart: Collection[frozenset[str]] = ()) -> Iterator[Duplicate]:
    """Yield each pair that may be one person, by name; a person decides.

    apart: pairs of which a person said that they are two. Proposed: the same first name and a family name in common,
    and a phone, an address or a town in common, or the department where one of them has no RPPS number; never two
    sound RPPS numbers, which are two people.
    """
    by_name: dict[tuple[str, str], list[Practitioner]] = defaultdict(list)
    for person in people:
        for family in {names.fold(n) for n in person.family_names}:
            by_name[family, names.fold(person.first_name)].append(person)
    seen: set[frozenset[str]] = set()
    for _, group in sorted(by_name.items()):
        # Two sound numbers are two people: only rows without one are compared, with each other and with the rest.
        sound = [p for p in group if _sound(p)]
        unsure = [p for p in group if not _sound(p)]
        for a, b in chain(combinations(unsure, 2), product(sound, unsure)):
            one, other = sorted((a, b), key=lambda p: (p.rpps is None, p.id))
            pair = frozenset((one.id, other.id))
            if pair in seen or pair in apart:
                continue
            seen.add(pair)
            if reasons := _in_common(one, other):
                yield Duplicate(one, other, ("même nom et même prénom", *reasons))


def two_people(one: Practitioner, other: Practitioner) -> bool:
    """Return True when both have an RPPS number with a right key: a number is one person's, for life."""
    return one.rpps != other.rpps and _sound(one) and _sound(other)


def _sound(person: Practitioner) -> bool:
    return person.rpps is not None and luhn.is_valid(person.rpps)


def _in_common(one: Practitioner, other: Practitioner) -> list[str]:
    found = []
    phones = [{p.mobile, *(n for q in p.practices for n in q.phones)} - {""} for p in (one, other)]
    if phones[0] & phones[1]:
        found.append("même téléphone")
    if one.email and one.email.casefold() == other.email.casefold():
        found.append("même courriel")
    pairs = [(a, b) for a in one.practices for b in other.practices]
    if any(same_place(a, b) for a, b in pairs):
        found.append("même adresse")
    elif any(a.postcode and a.postcode == b.postcode for a, b in pairs):
        found.append("même code postal")
    elif not (one.rpps and other.rpps):
        shared = [{places.department(p.postcode) for p in each.practices} - {""} for each in (one, other)]
        if shared[0] & shared[1]:
            found.append("même département, et un seul numéro RPPS")
        elif not all(shared):
            found.append("un seul numéro RPPS, et une adresse inconnue")
    return found


def combined(kept: Practitioner, others: Iterable[Practitioner]) -> Practitioner:
    """Return one person made of several rows: the first one's words, what it lacks taken from the others in turn."""
    for other in others:
        names_known = {names.fold(n) for n in kept.family_names}
        new_name = next((n for n in other.family_names if names.fold(n) not in names_known), "")
        extra = [p for p in other.practices if not any(same_place(p, own) for own in kept.practices)]
        homes = [p for p in other.practices if p.private]
        own = tuple(
            replace(p, private=True) if any(same_place(p, home) for home in homes) else p for p in kept.practices
        )
        # A row that the roster no longer names says nothing against one that it does.
        rows = [row for row in (kept, other) if row.status is not Status.LEFT] or [kept]
        status = next((row for row in rows if row.status is not Status.ACTIVE), rows[0])
        kept = replace(
            kept,
            rpps=kept.rpps or other.rpps,
            usage_name=kept.usage_name or new_name,
            civility=kept.civility if kept.civility is not Civility.UNKNOWN else other.civility,
            other_first_names=kept.other_first_names or other.other_first_names,
            mobile=kept.mobile or other.mobile,
            email=kept.email or other.email,
            practices=(*own, *extra),
            status=status.status,
            status_on=status.status_on,
        )
    return kept
