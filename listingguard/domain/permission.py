"""Who may be looked for, and which site may be read: the rules alone, on rows that somebody else has read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from listingguard.domain.case import Acting
from listingguard.domain.practitioner import Practitioner, Watch
from listingguard.domain.record import SiteCheck


class Known(Protocol):
    """What the rules ask of a site; `sites.Site` knows it."""

    host: str
    official: bool
    real: bool


@dataclass(frozen=True)
class Standing:
    """What a home has decided of one site: a person's check of it, the council's signed decision; and who acts."""

    check: SiteCheck | None
    decided: bool
    acting: Acting


def missing_for(site: Known, standing: Standing) -> tuple[str, ...]:
    """Return what a site still lacks before a scan may read it, one French sentence each; empty: it may."""
    if site.official:
        return (f"rien : {site.host} est un registre officiel, il n’est jamais lu",)
    lacks = [decision] if (decision := undecided(site, standing)) else []
    if standing.check is None or not standing.check.enabled:
        lacks.append(f"une vérification par une personne : listingguard site verify {site.host} --canary URL")
    return tuple(lacks)


def undecided(site: Known, standing: Standing) -> str:
    """Return the decision that a council's home lacks for a real site; empty when there is one, or none is needed."""
    if not site.real or standing.acting is not Acting.COUNCIL or standing.decided:
        return ""
    return f"la décision signée du conseil : listingguard site allow {site.host} --decision FICHIER --on JOUR"


def may_look_for(
    people: Iterable[Practitioner],
    watches: Mapping[str, Watch],
    acting: Acting,
    today: date,
    alone: Collection[str] = (),
) -> tuple[Practitioner, ...]:
    """Return whom a scan may look for: practising, wanted, not opposed; by a council, only who was informed by then.

    alone: who asked to be left alone on the site in question, by identifier.
    """
    found = []
    for person in people:
        watch = watches.get(person.id)
        if watch is None or not watch.active or person.id in alone or not person.practises(today):
            continue
        if acting is Acting.COUNCIL and (watch.informed_on is None or watch.informed_on > today):
            continue
        found.append(person)
    return tuple(found)
