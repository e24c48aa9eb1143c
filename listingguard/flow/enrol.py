"""Files and words about the people -> the roster: who is on it, what changed, which two rows are one person."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.names import fold
from listingguard.domain.practitioner import Practitioner, Status
from listingguard.domain.roster import (
    STATUS_FIELDS,
    Change,
    ChangeKind,
    Duplicate,
    agree,
    changes,
    duplicates,
    two_people,
    updated,
)
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store


@dataclass(frozen=True)
class ImportResult:
    """How many people an import added, changed and left as they were.

    refused: one French sentence per person whose number is another's. kinds: what happened, and how often; the
    arrivals of a first import are not counted. unnamed: who of the roster still practises and is not in a file that is
    not said to be complete.
    """

    added: int
    changed: int
    same: int
    refused: tuple[str, ...] = ()
    kinds: Mapping[ChangeKind, int] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    unnamed: tuple[str, ...] = ()


WHOLE_ROSTER = "tableau"
"""The scope of a council's own table, said to be complete."""

MANY_LEFT = 0.2
"""Share of the people of a scope that one import may find gone before a person has to say that it is so."""

SHOWN_CHANGES = 1_000
"""Changes that the result of an import carries; all are kept."""


def import_roster(
    store: Store,
    people: Iterable[Practitioner],
    *,
    source: str,
    today: date,
    at: datetime,
    actor: str,
    fields: Collection[str] | None = None,
    scope: str = "",
    mentioned: Collection[str] = (),
    unsaid: Collection[str] = (),
    many_left: bool = False,
    headers: str = "",
    said: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> ImportResult:
    """Store the people of a roster file; the same file again changes nothing. One unit: all of it or none.

    fields: what the file can say of a person, the rest stays as known; None: each person as given replaces what is
    known. scope: what the file covers in full (`annuaire/26`): whoever an earlier import of it named, and this one does
    not, has left; they stay on the roster, not looked for. mentioned: ids of rows that could not be read: not gone.
    unsaid: ids of people of whose status the file says nothing, though it has a column for it.
    headers, said: what a person said that the titles of the file mean, for the next file with the same ones. Raises
    Refused when more than a fifth have left and `many_left` does not say that it is so. dry_run: writes nothing.
    """
    counts = {"added": 0, "changed": 0, "same": 0}
    with nullcontext() if dry_run else store.tx("roster.import"):
        before = store.roster_members(scope) if scope else frozenset()
        if scope == WHOLE_ROSTER and not before:
            # The first whole table after parts of it: whoever it does not name has left all the same.
            before = frozenset(p.id for p in store.practitioners() if p.status is Status.ACTIVE)
        taken = _Import(None if dry_run else store, source, scope, today, at, actor)
        named = set(mentioned)
        for read in people:
            old = store.version(read.id)
            named.add(read.id)
            if old is not None and fields is not None and not agree(old, read):
                taken.refused.append(_somebody_else(old, read))
                continue
            can_say = None if fields is None else set(fields) - (STATUS_FIELDS if read.id in unsaid else frozenset())
            person = read if old is None or can_say is None else updated(old, read, can_say, today)
            outcome = "added" if old is None else "same" if old == person else "changed"
            counts[outcome] += 1
            # Nobody arrives in the first file of a roster, nor in a part of one.
            if outcome == "changed" or (outcome == "added" and before):
                taken.note(changes(old, person, today, source), person)
            elif outcome == "added":
                taken.note((), person)
            taken.name(person.id)
        for each in sorted(named.intersection(before)):
            taken.name(each)
        gone = [each for each in sorted(before) if each not in named]
        _check_departures(len(gone), len(before), many_left)
        for each in gone:
            old = store.version(each)
            # Someone whom another roster still names, or whose end is known better, has not left.
            if old is not None and old.status is Status.ACTIVE and not store.named_elsewhere(each, scope):
                counts["changed"] += 1
                person = replace(old, status=Status.LEFT, status_on=today)
                taken.note(changes(old, person, today, source), person)
        if said and not dry_run:
            store.remember_titles(headers, said, at=at, actor=actor)
        if not dry_run and (counts["added"] or counts["changed"]):
            store.rematch()
            store.log("roster_imported", day=today, at=at, actor=actor, data={"source": source, **counts})
    unnamed: tuple[str, ...] = ()
    if fields is not None and not scope:
        others = (p for p in store.practitioners() if p.id not in named and p.status is Status.ACTIVE)
        unnamed = tuple(p.full_name for p in others)
    return ImportResult(
        **counts, refused=tuple(taken.refused), kinds=dict(taken.kinds), changes=tuple(taken.shown), unnamed=unnamed
    )


class _Import:
    """What one import writes as it goes; nothing without a store. Its own row comes with the first thing it writes."""

    def __init__(self, store: Store | None, source: str, scope: str, today: date, at: datetime, actor: str) -> None:
        self._store, self._source, self._scope = store, source, scope
        self._today, self._at, self._actor = today, at, actor
        self._number = 0
        self.kinds: Counter[ChangeKind] = Counter()
        self.shown: list[Change] = []
        self.refused: list[str] = []

    def note(self, found: Iterable[Change], person: Practitioner) -> None:
        """Store a person and what was found of them."""
        if self._store is not None:
            self._store.put_practitioner(person, source=self._source, day=self._today, at=self._at)
        for change in found:
            self.kinds[change.kind] += 1
            if len(self.shown) < SHOWN_CHANGES:
                self.shown.append(change)
            if self._store is not None:
                self._store.add_roster_change(self._row(self._store), change)

    def name(self, identifier: str) -> None:
        """Write that a file that covers its scope in full names someone."""
        if self._store is not None and self._scope:
            self._store.put_roster_member(self._scope, identifier, self._row(self._store))

    def _row(self, store: Store) -> int:
        if not self._number:
            self._number = store.add_roster_import(
                self._source, self._scope, day=self._today, at=self._at, actor=self._actor
            )
        return self._number


def _somebody_else(known: Practitioner, read: Practitioner) -> str:
    text = f"le numéro {read.id} est au tableau celui de {known.full_name}, pas de {read.full_name}."
    if fold(known.first_name) != fold(read.first_name):
        return text
    # A name changed by marriage, or one wrong digit that reached somebody with the same first name: a person can tell.
    name = shlex.quote(read.usage_name or read.family_name)
    return (
        f"{text} Un nom et une adresse qui changent ensemble : vérifiez le numéro ; si c’est bien la même personne, "
        f"listingguard roster set {read.id} --usage-name {name}, puis réimportez."
    )


def _check_departures(gone: int, of: int, many_left: bool) -> None:
    if gone > max(5, of * MANY_LEFT) and not many_left:
        raise Refused(
            f"Ce fichier ne nomme plus {gone} personnes sur {of} : il est peut-être incomplet. Rien n’a été écrit.",
            ["un fichier entier ; ou, si elles sont vraiment parties, votre parole : --many-left"],
        )


def duplicate_people(store: Store) -> tuple[Duplicate, ...]:
    """Return the pairs of rows that may be one person and of which nobody has said that they are two."""
    return tuple(duplicates(store.practitioners(), store.told_apart()))


def merge_people(store: Store, kept: str, other: str, *, today: date, at: datetime, actor: str) -> Practitioner:
    """Record a person's word that two rows are one person and return them, under `kept`; said twice, it stands.

    What points at either row (watch, agreements, mandates, judgements, cases) is found under `kept`; no fact is
    rewritten. Raises Refused for two RPPS numbers, BadInput where the row without a number would stay.
    """
    one, two = store.practitioner(kept), store.practitioner(other)
    if one.id == two.id:
        if kept == other:
            raise BadInput(f"« {kept} » est deux fois le même identifiant.")
        return one
    if two_people(one, two):
        raise Refused(
            f"{one.id} et {two.id} sont deux numéros RPPS : ce sont deux personnes.",
            ["si l’un des deux est une faute de frappe, le corriger dans le tableau d’origine et le réimporter"],
        )
    if two.rpps and not one.rpps:
        raise BadInput(
            f"Le numéro RPPS est celui qui reste. Dans l’autre ordre : listingguard roster merge {two.id} {one.id}"
        )
    with store.tx("roster.merge"):
        store.say_same(one.id, two.id, same=True, day=today, at=at, actor=actor)
        store.log("roster_merged", day=today, at=at, actor=actor, data={"kept": one.id, "other": two.id})
    return store.practitioner(one.id)


def unmerge_people(store: Store, kept: str, other: str, *, today: date, at: datetime, actor: str) -> bool:
    """Record a person's word that two rows are two people; return True if they had been merged.

    Each finds again what pointed at it; what was said since stays with `kept`. They are not proposed again.
    """
    for each in (kept, other):
        store.practitioner(each)
    if kept == other:
        raise BadInput(f"« {kept} » est deux fois le même identifiant.")
    together = store.survivor(kept) == store.survivor(other)
    with store.tx("roster.unmerge"):
        store.say_same(kept, other, same=False, day=today, at=at, actor=actor)
        if store.survivor(kept) == store.survivor(other):
            raise BadInput(
                f"{kept} et {other} ont été réunis par un troisième identifiant : les séparer de celui-là d’abord. "
                f"Tous : listingguard roster show {kept}"
            )
        store.log("roster_unmerged", day=today, at=at, actor=actor, data={"kept": kept, "other": other})
    return together
