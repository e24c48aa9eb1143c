"""What people tell us about themselves -> roster, watch, authorisations, mandates, controllers; sites and pages of sites.

Everything here is somebody's word with its proof; each leaves a line in the home's chain. A word that changes where a
case stands (an agreement, a mandate) is written into the case in the same unit of work.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from listingguard.domain.case import EventKind, State
from listingguard.domain.listing import wrong_url
from listingguard.domain.permission import may_look_for, missing_for, undecided
from listingguard.domain.practitioner import (
    Authorisation,
    Mandate,
    Practitioner,
    Verdict,
    Watch,
    verdict,
)
from listingguard.domain.record import ReportedUrl, SiteCheck, SiteDecision
from listingguard.errors import BadInput, IllegalEvent, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.sites import Site, Sites

HOME = "home"


@dataclass(frozen=True)
class ImportResult:
    """How many people an import added, changed and left as they were."""

    added: int
    changed: int
    same: int


def import_roster(
    store: Store, people: Iterable[Practitioner], *, source: str, today: date, at: datetime, actor: str
) -> ImportResult:
    """Store the people of a roster file; the same file again changes nothing. One unit: all of it or none."""
    counts = {"added": 0, "changed": 0, "same": 0}
    with store.tx("roster.import"):
        for person in people:
            counts[store.put_practitioner(person, source=source, day=today, at=at)] += 1
        if counts["added"] or counts["changed"]:
            store.rematch()
            _log(store, "roster_imported", day=today, at=at, actor=actor, data={"source": source, **counts})
    return ImportResult(**counts)


def set_watch(store: Store, watch: Watch, *, today: date, at: datetime, actor: str) -> None:
    """Store whether we may look for someone; the person must be on the roster."""
    store.practitioner(watch.practitioner)
    with store.tx("watch.set"):
        store.put_watch(watch, at=at, actor=actor)
        data = {"practitioner": watch.practitioner, "wanted": watch.wanted, "channel": watch.channel}
        _log(store, "watch_set", day=today, at=at, actor=actor, data=data)


def leave_alone(
    store: Store, practitioner: str, host: str, *, left: bool, today: date, at: datetime, actor: str
) -> None:
    """Store that we do not look for someone on one site, or, `left` False, that we may again."""
    store.practitioner(practitioner)
    with store.tx("watch.leave"):
        if left:
            store.leave_alone(practitioner, host, since=today, at=at, actor=actor)
        else:
            store.look_again(practitioner, host)
        data = {"practitioner": practitioner, "host": host, "left": left}
        _log(store, "left_alone", day=today, at=at, actor=actor, data=data)


def add_authorisation(
    store: Store, row: Authorisation, *, practice: str = "", today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """Append an agreement, or the refusal of one, and return the cases it closed.

    An agreement that holds today closes every open case of that person and platform: before the request as
    « un accord existe », after it as « un contrat ou un compte existe ». Nothing is deleted.
    """
    if row.until is not None and row.until < row.since:
        raise BadInput("Un accord ne peut pas finir avant d’avoir commencé.")
    store.practitioner(row.practitioner)
    closed: list[str] = []
    with store.tx("authorisation.add"):
        store.put_authorisation(row, practice=practice, at=at, actor=actor)
        data = {"id": row.id, "practitioner": row.practitioner, "platform": row.platform, "says": row.agreement.value}
        _log(store, "authorisation_added", key=row.id, day=today, at=at, actor=actor, data=data)
        ledger = store.authorisations(row.practitioner)
        agreed = verdict(ledger, row.practitioner, row.platform, today) is Verdict.AUTHORISED
        for case in store.cases(practitioner=row.practitioner):
            if not agreed or case.platform != row.platform:
                continue
            state = store.status(case.id, today).state
            if state is State.CLOSED:
                continue
            early = state in (State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED)
            kind = EventKind.AUTHORISED if early else EventKind.AGREEMENT_FOUND
            store.add_event(
                case.id,
                kind,
                key=row.id,
                day=today,
                at=at,
                actor=actor,
                proof=row.proof,
                data={"authorisation": row.id},
            )
            closed.append(case.id)
    return tuple(closed)


def end_authorisation(store: Store, identifier: str, until: date, *, today: date, at: datetime, actor: str) -> None:
    """Write the last day of an agreement; raise NotFound."""
    with store.tx("authorisation.end"):
        store.end_authorisation(identifier, until)
        data = {"id": identifier, "until": until.isoformat()}
        _log(store, "authorisation_ended", day=today, at=at, actor=actor, data=data)


def add_mandate(store: Store, mandate: Mandate, *, today: date, at: datetime, actor: str) -> tuple[str, ...]:
    """Register a signed mandate and return the cases it moves or frees."""
    if not mandate.document:
        raise BadInput("Un mandat s’enregistre avec le document signé (--document FICHIER).")
    if mandate.since > today:
        raise BadInput("Un mandat se signe avant d’être enregistré : le jour de la signature n’est pas encore arrivé.")
    if mandate.until < mandate.since:
        raise BadInput("Un mandat ne peut pas finir avant d’avoir commencé.")
    store.practitioner(mandate.practitioner)
    moved: list[str] = []
    with store.tx("mandate.add"):
        store.put_mandate(mandate, at=at, actor=actor)
        data = {"id": mandate.id, "practitioner": mandate.practitioner, "until": mandate.until.isoformat()}
        _log(store, "mandate_added", key=mandate.id, day=today, at=at, actor=actor, data=data)
        for case in store.cases(practitioner=mandate.practitioner):
            try:
                store.add_event(
                    case.id, EventKind.MANDATE_SIGNED, key=mandate.id, day=today, at=at, actor=actor,
                    proof=mandate.document, data={"mandate": mandate.id, "until": mandate.until.isoformat()},
                )  # fmt: skip
            except IllegalEvent:
                # The practitioner has not yet confirmed this listing, or the case is closed: the mandate waits.
                continue
            moved.append(case.id)
    return tuple(moved)


def revoke_mandate(store: Store, identifier: str, *, today: date, at: datetime, actor: str) -> tuple[str, ...]:
    """End a mandate today and return the cases now held."""
    held: list[str] = []
    with store.tx("mandate.revoke"):
        practitioner = store.revoke_mandate(identifier, today)
        _log(store, "mandate_revoked", key=identifier, day=today, at=at, actor=actor, data={"id": identifier})
        if store.valid_mandate(practitioner, today) is None:
            for case in store.cases(practitioner=practitioner):
                if store.status(case.id, today).state is State.CLOSED:
                    continue
                store.add_event(
                    case.id, EventKind.MANDATE_REVOKED, key=identifier, day=today, at=at, actor=actor,
                    data={"mandate": identifier},
                )  # fmt: skip
                held.append(case.id)
    return tuple(held)


def set_controller(
    store: Store, slug: str, changes: Mapping[str, object], *, today: date, at: datetime, actor: str
) -> None:
    """Store the home's corrections to a controller's record."""
    own = {**store.controllers().get(slug, {}), **changes}
    with store.tx("controller.set"):
        store.put_controller(slug, own, at=at, actor=actor)
        data = {"slug": slug, "fields": sorted(changes)}
        _log(store, "controller_set", day=today, at=at, actor=actor, data=data)


def verify_site(store: Store, check: SiteCheck, *, today: date, at: datetime, actor: str) -> None:
    """Store that a person looked at a site and found that the adapter reads it right; or switch it off."""
    with store.tx("site.verify"):
        store.put_site_check(check, at=at, actor=actor)
        data = {"host": check.host, "enabled": check.enabled, "witness": bool(check.canary)}
        _log(store, "site_verified", day=today, at=at, actor=actor, data=data)


def new_id() -> str:
    """Return a short identifier for a row that a person will type."""
    return secrets.token_hex(4)


def _log(
    store: Store, kind: str, *, day: date, at: datetime, actor: str, data: Mapping[str, object], key: str = ""
) -> None:
    # Without a natural key (the same setting may be made again), the moment tells them apart.
    store.add_event(
        HOME, kind, key=key or f"{at.isoformat()}/{secrets.token_hex(4)}", day=day, at=at, actor=actor, data=data
    )


# -- sites and pages of sites ------------------------------------------------------------------------------------------


def check_allowed(site: Site, store: Store) -> None:
    """Refuse what even one page of a real site needs in a council's home: the council's own decision."""
    if decision := undecided(site, store.standing(site.host)):
        raise Refused(f"Le conseil n’a pas décidé de faire lire {site.host}.", [decision])


def allow_site(store: Store, row: SiteDecision, *, today: date, at: datetime) -> None:
    """Store a council's decision that a site may be read; its document is in the vault. The same again changes nothing."""
    with store.tx("site.allow"):
        if store.add_site_decision(row, at=at):
            data = {"host": row.host, "decided_on": row.decided_on.isoformat()}
            store.add_event(
                "home", "site_allowed", key=f"{row.host}/{row.document}", day=today, at=at, actor=row.actor,
                proof=row.document, data=data,
            )  # fmt: skip


MAX_REPORTED = 5_000
"""Rows of one file of reported pages."""


@dataclass(frozen=True)
class Reported:
    """What became of a file of reported pages. refused: one French sentence per row, with its line.

    by_hand: those on sites that no scan may read: a person opens them.
    """

    added: int
    known: int
    refused: tuple[str, ...]
    by_hand: tuple[ReportedUrl, ...]


def report_urls(
    store: Store,
    sites: Sites,
    rows: Iterable[tuple[int, str, str, str]],
    *,
    today: date,
    at: datetime,
    actor: str,
) -> Reported:
    """Keep the pages of a file, (line, URL, RPPS or empty, note) each, as facts that every later scan reads again.

    A row that cannot be kept is refused with its reason; the others are. The same file again changes nothing.
    """
    taken = list(islice(rows, MAX_REPORTED + 1))
    if len(taken) > MAX_REPORTED:
        raise BadInput(f"Plus de {MAX_REPORTED} adresses : donnez-les en plusieurs fichiers.")
    people = may_look_for(store.practitioners(), store.watches(), store.rules.acting, today)
    allowed = {p.id for p in people}
    alone = store.left_alone()
    added, known, refused, by_hand = 0, 0, [], []
    with store.tx("ledger.report"):
        for line, url, rpps, note in taken:
            site = sites.for_url(url)
            wrong = wrong_url(url) or (f"{site.host} est un registre officiel" if site.official else "")
            if not wrong and rpps:
                wrong = _wrong_person(store, rpps, allowed, (rpps, site.host) in alone)
            if wrong:
                refused.append(f"ligne {line} : {wrong}")
                continue
            row = ReportedUrl(url.partition("#")[0], site.host, rpps, note, today, actor)
            if store.report_url(row, at=at):
                added += 1
                if sites.get(site.host) is None or missing_for(site, store.standing(site.host)):
                    by_hand.append(row)
            else:
                known += 1
    return Reported(added, known, tuple(refused), tuple(by_hand))


def _wrong_person(store: Store, rpps: str, allowed: Collection[str], alone: bool) -> str:
    try:
        store.practitioner(rpps)
    except NotFound:
        return f"personne dans le tableau ne porte l’identifiant « {rpps[:20]} »"
    if rpps not in allowed:
        return f"{rpps} n’est pas suivi : listingguard watch set {rpps} yes --informed-on JOUR --channel courriel"
    return f"{rpps} demande à ne pas être recherché sur ce site" if alone else ""
