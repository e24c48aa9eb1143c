"""What people tell us about sites -> who answers for them, which may be read, which pages of theirs to look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from listingguard.domain.addressee import NoticeRow
from listingguard.domain.listing import canonical_url, wrong_url
from listingguard.domain.permission import may_look_for, missing_for, undecided
from listingguard.domain.record import ReportedUrl, SiteCheck, SiteDecision
from listingguard.errors import BadInput, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.sites import Site, Sites


def set_controller(
    store: Store, slug: str, changes: Mapping[str, object], *, today: date, at: datetime, actor: str
) -> None:
    """Store the home's corrections to a controller's record."""
    own = {**store.controllers().get(slug, {}), **changes}
    with store.tx("controller.set"):
        store.put_controller(slug, own, at=at, actor=actor)
        data = {"slug": slug, "fields": sorted(changes)}
        store.log("controller_set", day=today, at=at, actor=actor, data=data)


def keep_notice(
    store: Store,
    vault: Vault,
    slug: str,
    url: str,
    document: bytes,
    *,
    seen_on: date,
    today: date,
    at: datetime,
    actor: str,
) -> NoticeRow:
    """Keep a copy of a controller's legal notice, as it was seen that day, and return it; the same again is one.

    A letter to a platform rests on one that is at most NOTICE_AGE_DAYS old. Raises BadInput for a wrong address or day.
    """
    if wrong := wrong_url(url):
        raise BadInput(f"L’adresse des mentions légales, « {url[:80]} » : {wrong}.")
    if seen_on > today:
        raise BadInput("Les mentions légales ne sont pas encore vues : ce jour n’est pas arrivé.")
    row = NoticeRow(slug, url, seen_on, vault.put(document), actor)
    with store.tx("controller.notice"):
        store.keep_notice(row, day=today, at=at)
    return row


def keep_extract(
    store: Store,
    vault: Vault,
    slug: str,
    source: str,
    document: bytes,
    *,
    of: date,
    today: date,
    at: datetime,
    actor: str,
) -> NoticeRow:
    """Keep an extract of a public register about a controller (name, seat, SIREN), of that day; the same again is one.

    source: where it comes from, in words or as an address. It is an exhibit of the complaint. Raises BadInput for a day to come.
    """
    if of > today:
        raise BadInput("L’extrait de registre est d’un jour qui n’est pas encore arrivé.")
    row = NoticeRow(slug, source, of, vault.put(document), actor)
    with store.tx("controller.extract"):
        store.keep_extract(row, day=today, at=at)
    return row


def verify_site(store: Store, check: SiteCheck, *, today: date, at: datetime, actor: str) -> None:
    """Store that a person looked at a site and found that the adapter reads it right; or switch it off."""
    with store.tx("site.verify"):
        store.put_site_check(check, at=at, actor=actor)
        data = {"host": check.host, "enabled": check.enabled, "witness": bool(check.canary)}
        store.log("site_verified", day=today, at=at, actor=actor, data=data)


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
            row = ReportedUrl(canonical_url(url.partition("#")[0]), site.host, rpps, note, today, actor)
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
