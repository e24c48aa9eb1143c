"""What people tell us about themselves -> roster, watch, authorisations, mandates, controllers; sites and pages of sites.

Everything here is somebody's word with its proof; each leaves a line in the home's chain. A word that changes where a
case stands (an agreement, a mandate) is written into the case in the same unit of work.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from listingguard.domain.case import REPLIES, Acting, EventKind, State, findings_of
from listingguard.domain.french import french_day
from listingguard.domain.letter import MandateFields, Sender
from listingguard.domain.listing import wrong_url
from listingguard.domain.permission import may_look_for, missing_for, undecided
from listingguard.domain.practitioner import (
    MANDATE_OBJECT,
    MANDATE_POWERS,
    Agreement,
    Authorisation,
    Mandate,
    Practitioner,
    Status,
    Verdict,
    Watch,
    verdict,
)
from listingguard.domain.record import ReportedUrl, SiteCheck, SiteDecision
from listingguard.domain.roster import Change, ChangeKind, Duplicate, agree, changes, duplicates, two_people, updated
from listingguard.errors import BadInput, IllegalEvent, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.sites import Site, Sites

HOME = "home"


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
    """Append an agreement, its refusal or its revocation, and return the cases it closed.

    An agreement that holds today closes every open case of that person and platform: before the request as
    « un accord existe », after it as « un contrat ou un compte existe ». Nothing is deleted. Raises Refused for a
    document of the platform's that is said to have been sent to the council.
    """
    _check_authorisation(store, row, today)
    with store.tx("authorisation.add"):
        return _append(store, row, practice=practice, today=today, at=at, actor=actor)


def _check_authorisation(store: Store, row: Authorisation, today: date) -> None:
    store.practitioner(row.practitioner)
    if row.until is not None and row.until < row.since:
        raise BadInput("Un accord ne peut pas finir avant d’avoir commencé.")
    if row.agreement is Agreement.REVOKED and row.until is not None:
        raise BadInput("Une révocation n’a pas de dernier jour : un nouvel accord s’enregistre à son tour.")
    if row.sent_on is None:
        return
    if row.agreement is not Agreement.CONTRACT:
        raise BadInput("Seul un contrat se transmet au conseil (articles R. 4321-127 et R. 4321-128 du CSP).")
    if row.sent_on > today:
        raise BadInput(f"Le {french_day(row.sent_on)} n’est pas encore arrivé : le contrat n’a pas pu être transmis.")
    if row.from_platform or (row.proof and row.proof in _shown_by_platforms(store, row.practitioner)):
        raise Refused(
            "Ce que fournit une plateforme n’a pas été transmis au conseil par le praticien.",
            ["l’enregistrer pour ce qu’il est : --from-platform, sans --sent-on ; puis interroger le praticien"],
        )


def _shown_by_platforms(store: Store, practitioner: str) -> frozenset[str]:
    """Return the documents that platforms brought into someone's cases."""
    kinds = REPLIES | {EventKind.ACKNOWLEDGED, EventKind.AGREEMENT_FOUND}
    return frozenset(
        fact.proof
        for case in store.cases(practitioner=practitioner)
        for fact in store.facts(case.id)
        if fact.kind in kinds and fact.proof
    )


def _append(
    store: Store, row: Authorisation, *, practice: str, today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """Append one row and what follows from it, within the caller's unit."""
    store.put_authorisation(row, practice=practice, at=at, actor=actor)
    data = {"id": row.id, "practitioner": row.practitioner, "platform": row.platform, "says": row.agreement.value}
    _log(store, "authorisation_added", key=row.id, day=today, at=at, actor=actor, data=data)
    ledger = store.authorisations(row.practitioner)
    written = next(r for r in ledger if r.id == row.id)
    closed: list[str] = []
    for case in store.cases(practitioner=row.practitioner):
        if not written.names(case.platform):
            continue
        state = store.status(case.id, today).state
        agreed = verdict(ledger, written.practitioner, case.platform, today) is Verdict.AUTHORISED
        if state is State.CLOSED or not agreed:
            continue
        early = state in (State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED)
        kind = EventKind.AUTHORISED if early else EventKind.AGREEMENT_FOUND
        store.add_event(
            case.id, kind, key=row.id, day=today, at=at, actor=actor, proof=row.proof,
            data={"authorisation": row.id},
        )  # fmt: skip
        closed.append(case.id)
    return tuple(closed)


@dataclass(frozen=True)
class Registered:
    """What became of a register of contracts. refused: one French sentence per row. closed: the cases it closed.

    ended: contracts that were known without an end, and now have one.
    """

    added: int
    known: int
    ended: int
    refused: tuple[str, ...]
    closed: tuple[str, ...]


def import_contracts(
    store: Store,
    rows: Iterable[tuple[int, Authorisation | str]],
    *,
    dry_run: bool,
    today: date,
    at: datetime,
    actor: str,
) -> Registered:
    """Append the contracts of the council's register, (line, contract or why it cannot be read) each.

    The same contract again is known and adds nothing, so a longer register may be imported over a shorter one. One
    unit: all that can be kept, or, in a dry run, nothing.
    """
    added, known, ended = 0, 0, 0
    refused: list[str] = []
    closed: list[str] = []
    seen = {_contract(row): row for row in store.authorisations()}
    with store.tx("authorisation.import"):
        for line, row in rows:
            wrong = row if isinstance(row, str) else _wrong_contract(store, row, today)
            if wrong or isinstance(row, str):
                refused.append(f"ligne {line} : {wrong}")
                continue
            before = seen.get(_contract(row))
            seen[_contract(row)] = row if before is None else replace(before, until=before.until or row.until)
            if before is not None:
                over = row.until is not None and before.until is None
                known, ended = known + (not over), ended + over
                if over and row.until is not None and not dry_run:
                    _end(store, before.id, row.until, today=today, at=at, actor=actor)
                continue
            added += 1
            if not dry_run:
                closed += _append(store, row, practice="", today=today, at=at, actor=actor)
    return Registered(added, known, ended, tuple(refused), tuple(dict.fromkeys(closed)))


def _contract(row: Authorisation) -> tuple[object, ...]:
    """Return what makes a contract one, whatever file it came in and whenever it was said to end."""
    return (row.practitioner, row.platform, row.agreement, row.given_by, row.since, row.sent_on)


def _wrong_contract(store: Store, row: Authorisation, today: date) -> str:
    try:
        _check_authorisation(store, row, today)
    except (BadInput, NotFound, Refused) as error:
        return str(error)
    return ""


def end_authorisation(store: Store, identifier: str, until: date, *, today: date, at: datetime, actor: str) -> None:
    """Write the last day of an agreement; raise NotFound."""
    with store.tx("authorisation.end"):
        _end(store, identifier, until, today=today, at=at, actor=actor)


def _end(store: Store, identifier: str, until: date, *, today: date, at: datetime, actor: str) -> None:
    store.end_authorisation(identifier, until)
    data = {"id": identifier, "until": until.isoformat()}
    _log(store, "authorisation_ended", day=today, at=at, actor=actor, data=data)


def add_mandate(store: Store, mandate: Mandate, *, today: date, at: datetime, actor: str) -> tuple[str, ...]:
    """Register a signed mandate and return the cases it moves or frees; who acts for himself needs none."""
    if store.rules.acting is Acting.SELF:
        raise Refused("Qui agit pour soi-même n’a pas besoin de mandat.", ["rien : la demande part en votre nom"])
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


def revoke_mandate(
    store: Store, identifier: str, *, on: date | None = None, proof: str = "", today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """End a mandate, today or on the day its revocation was received, and return the cases now held.

    proof: SHA-256 of the revocation in the vault, or empty. From that day nothing is approved, sent or complained.
    """
    day = on or today
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé : une révocation vaut du jour où elle est reçue.")
    held: list[str] = []
    with store.tx("mandate.revoke"):
        practitioner = store.revoke_mandate(identifier, day)
        store.add_event(
            HOME, "mandate_revoked", key=identifier, day=today, at=at, actor=actor, proof=proof, data={"id": identifier}
        )
        if store.valid_mandate(practitioner, today) is None:
            for case in store.cases(practitioner=practitioner):
                if store.status(case.id, today).state is State.CLOSED:
                    continue
                # Entered late, it falls after the mandate it takes back, or it would hold nothing.
                facts = store.facts(case.id)
                earliest = max(f.day for f in facts if f.seq == 1 or f.kind is EventKind.MANDATE_SIGNED)
                store.add_event(
                    case.id, EventKind.MANDATE_REVOKED, key=identifier, day=max(day, earliest), at=at, actor=actor,
                    proof=proof, data={"mandate": identifier},
                )  # fmt: skip
                held.append(case.id)
    return tuple(held)


def mandate_to_sign(store: Store, council: Sender, practitioner: str, *, months: int, today: date) -> MandateFields:
    """Return the mandate that a practitioner would sign today, with the pages of their open cases; no home address."""
    if store.rules.acting is Acting.SELF:
        raise Refused("Qui agit pour soi-même n’a pas besoin de mandat.", ["rien : la demande part en votre nom"])
    person = store.practitioner(practitioner)
    place = next((p for p in person.practices if not p.private and p.until is None), None)
    lines = (place.street, f"{place.postcode} {place.town}".strip()) if place else ()
    urls = [
        str(finding["url"])
        for case in store.cases(practitioner=practitioner)
        if store.status(case.id, today).state is not State.CLOSED
        for finding in findings_of(store.facts(case.id))
    ]
    return MandateFields(
        reference=person.rpps or person.id,
        day=today,
        practitioner_name=person.full_name,
        civility=person.civility,
        rpps=person.rpps or "",
        lines=tuple(line for line in lines if line),
        mandatary=council,
        object=MANDATE_OBJECT,
        powers=MANDATE_POWERS,
        pages=tuple(dict.fromkeys(urls)),
        months=months,
    )


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


# -- the roster --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ImportResult:
    """How many people an import added, changed and left as they were.

    refused: one French sentence per person whose number is another's. kinds: what happened, and how often; the
    arrivals of a first import are not counted. extract: whom a file that covers a scope in full no longer names.
    """

    added: int
    changed: int
    same: int
    refused: tuple[str, ...] = ()
    kinds: Mapping[ChangeKind, int] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


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
    many_left: bool = False,
    headers: str = "",
    said: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> ImportResult:
    """Store the people of a roster file; the same file again changes nothing. One unit: all of it or none.

    fields: what the file can say of a person, the rest stays as known; None: each person as given replaces what is
    known. scope: what the file covers in full (`annuaire/26`): whoever an earlier import of it named, and this one does
    not, has left; they stay on the roster, not looked for. mentioned: ids of rows that could not be read: not gone.
    headers, said: what a person said that the titles of the file mean, for the next file with the same ones. Raises
    Refused when more than a fifth have left and `many_left` does not say that it is so. dry_run: writes nothing.
    """
    counts = {"added": 0, "changed": 0, "same": 0}
    with nullcontext() if dry_run else store.tx("roster.import"):
        before = store.roster_members(scope) if scope else frozenset()
        taken = _Import(None if dry_run else store, source, scope, today, at, actor)
        named = set(mentioned)
        for read in people:
            old = store.version(read.id)
            named.add(read.id)
            if old is not None and fields is not None and not agree(old, read):
                taken.refused.append(
                    f"le numéro {read.id} est au tableau celui de {old.full_name}, pas de {read.full_name}."
                )
                continue
            person = read if old is None or fields is None else updated(old, read, fields, today)
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
            _log(store, "roster_imported", day=today, at=at, actor=actor, data={"source": source, **counts})
    return ImportResult(**counts, refused=tuple(taken.refused), kinds=dict(taken.kinds), changes=tuple(taken.shown))


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
        _log(store, "roster_merged", day=today, at=at, actor=actor, data={"kept": one.id, "other": two.id})
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
        _log(store, "roster_unmerged", day=today, at=at, actor=actor, data={"kept": kept, "other": other})
    return together


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
