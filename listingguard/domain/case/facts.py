"""The facts of a case, and what is left of them once corrections are read. Nothing here knows what a fact does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from listingguard.domain.case.words import EventKind


@dataclass(frozen=True)
class Fact:
    """One event of a case with its payload, as the fold reads it. A purged payload is empty."""

    seq: int
    kind: EventKind
    key: str
    day: date
    actor: str = ""
    proof: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


def findings_of(facts: Iterable[Fact]) -> tuple[Mapping[str, Any], ...]:
    """Return the findings of a case, oldest first: `listing`, `url`, `capture`, `reasons`, `verdict`, `judged_by`.

    What a correction took back is not among them.
    """
    found: list[Mapping[str, Any]] = []
    for fact in effective(facts):
        if fact.kind in (EventKind.DETECTED, EventKind.FINDING_ADDED):
            found += fact.data.get("findings", ())
    return tuple(found)


def of_two_owners(one: Iterable[Fact], other: Iterable[Fact]) -> bool:
    """Return True where two cases face two owners of one site: each of them is asked by itself, neither is a double."""
    opened = [dict(f.data) for facts in (one, other) for f in facts if f.kind is EventKind.DETECTED]
    owners = {str(data.get("controller", "")) for data in opened}
    return len(owners) > 1 and any(data.get("follows") for data in opened)


def effective(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return what happened after corrections, sorted by (day, number).

    A correction names the event it replaces by its number (`key`: `7`, then `7/2` for the second one); its payload
    holds `void: true`, or the new `day` and/or `data`. A correction of a correction takes its place; one that voids
    a correction takes it back, so that the event is again what it was.
    """
    by_seq = {f.seq: f for f in facts}
    in_force: dict[int, Fact] = {}
    replaced: set[int] = set()
    for seq in sorted((s for s, f in by_seq.items() if f.kind is EventKind.CORRECTION), reverse=True):
        root, target = root_of(by_seq, seq), _target(by_seq, seq)
        if seq in replaced or root is None or target is None:
            continue
        replaced.add(target)
        if target == root or not by_seq[seq].data.get("void"):
            in_force.setdefault(root, by_seq[seq])
    read = (_corrected(f, in_force.get(s)) for s, f in by_seq.items() if f.kind is not EventKind.CORRECTION)
    return tuple(sorted((f for f in read if f), key=lambda f: (f.day, f.seq)))


def _corrected(fact: Fact, by: Fact | None) -> Fact | None:
    if by is None:
        return fact
    if by.data.get("void"):
        return None
    day = date.fromisoformat(by.data["day"]) if "day" in by.data else fact.day
    return replace(fact, day=day, data={**fact.data, **by.data.get("data", {})})


def _target(by_seq: Mapping[int, Fact], seq: int) -> int | None:
    """Return the number of the event that the correction `seq` names; it may only point backwards."""
    named = by_seq[seq].key.partition("/")[0]
    return int(named) if named.isdecimal() and int(named) < seq and int(named) in by_seq else None


def root_of(by_seq: Mapping[int, Fact], seq: int) -> int | None:
    """Return the number of the event that a correction comes down to, through the corrections it corrects."""
    found: int | None = seq
    while found is not None and by_seq[found].kind is EventKind.CORRECTION:
        found = _target(by_seq, found)
    return found
