"""Readings -> who was checked where, what only a person can read, when a page was seen absent; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from listingguard.domain.case import ABSENCE_DAYS, State, findings_of
from listingguard.domain.coverage import (
    HOW_TO_SAVE,
    REFUSED,
    Cell,
    Entry,
    Sight,
    SiteState,
    Task,
    import_command,
    matrix,
    resting_until,
)
from listingguard.domain.discovery import lists_of, searches_of, unknown_towns
from listingguard.domain.listing import Cause, Outcome, canonical_url
from listingguard.domain.permission import may_look_for, missing_for
from listingguard.domain.practitioner import Practitioner, Verdict, verdict
from listingguard.domain.record import WITNESS, RunRow

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.sites import Site, Sites


def absences(store: Store, host: str, url: str) -> tuple[date, ...]:
    """Return the days on which the page was seen absent since it was last seen shown, oldest first.

    A program's reading counts only when the witness page was found in the same run, and that run ended without any
    doubt about the site; a person's look-up only with the neighbouring page that was seen in the same visit. A page
    that leads elsewhere, or shows somebody else, is no absence; nor is one that a list of the site still shows.
    """
    days: list[date] = []
    # A finding may quote the address as it was kept before, with its accents.
    forms = dict.fromkeys((url, canonical_url(url)))
    for row in sorted((row for form in forms for row in store.readings(host, form)), key=lambda row: row.day):
        if row.outcome is Outcome.LISTINGS:
            days = []
        elif row.outcome in (Outcome.NONE, Outcome.GONE) and row.canary and not row.doubt:
            days.append(row.day)
    shown = max(filter(None, (store.last_listed(host, form) for form in forms)), default=None)
    return tuple(day for day in dict.fromkeys(days) if shown is None or day > shown)


def seen_gone(store: Store, case_id: str, on: date, today: date) -> tuple[date, ...]:
    """Return the days on which the listings of a case were seen absent, from its request to that day.

    Empty unless each listing has two such days, far enough apart, of its own: one that is still shown is no removal.
    """
    since = store.status(case_id, today).sent_on or on
    seen = [
        [d for d in absences(store, str(f["listing"]).partition(":")[0], str(f["url"])) if since <= d <= on]
        for f in findings_of(store.facts(case_id))
    ]
    enough = all(days and (max(days) - min(days)).days >= ABSENCE_DAYS for days in seen)
    return tuple(sorted({d for days in seen for d in days})) if enough else ()


def looked_for(store: Store, today: date) -> tuple[Practitioner, ...]:
    """Return whom a scan may look for on a day, whatever the site."""
    return may_look_for(store.practitioners(), store.watches(), store.rules.acting, today)


def site_state(store: Store, site: Site, today: date) -> SiteState:
    """Return how a site stands on a day."""
    lacks = missing_for(site, store.standing(site.host))
    success = store.last_success(site.host)
    if lacks:
        return SiteState(site.host, site.name, False, success, f"il manque {lacks[0].partition(' : ')[0]}")
    runs = store.runs(site.host)
    bad = runs[0] if runs and runs[0].doubt in REFUSED else None
    until = resting_until(runs)
    return SiteState(
        site.host,
        site.name,
        True,
        success,
        bad.why if bad else "",
        bad.day if bad else None,
        until if until is not None and until > today else None,
    )


def who_was_checked(
    store: Store, sites: Sites, today: date, rpps: str | None = None
) -> tuple[tuple[SiteState, tuple[Cell, ...]], ...]:
    """Return every site we know and no register, those that are read first, with one cell per person we may look for.

    Whoever asked to be left alone on a site has no cell there.
    """
    people = [p for p in looked_for(store, today) if rpps in (None, p.id, p.rpps)]
    alone, begun, found = store.left_alone(), store.watched_since(), []
    for site in sites.all():
        if site.official:
            continue
        state = site_state(store, site, today)
        here = [p for p in people if (p.id, site.host) not in alone]
        entries = tuple(_entries(store, site, here)) if state.enabled else ()
        last = store.latest_readings(site.host) if entries else {}
        good = store.latest_readings(site.host, good=True) if entries else {}
        cells = matrix(state, (p.id for p in here), entries, last, good, begun)
        if state.enabled and (site.directory or site.api):
            cells = tuple(_where_known(cell, unknown_towns(person)) for cell, person in zip(cells, here, strict=True))
        found.append((state, cells))
    return tuple(sorted(found, key=lambda row: (not row[0].enabled, row[0].host)))


def _where_known(cell: Cell, unknown: tuple[str, ...]) -> Cell:
    """Return the cell of somebody one of whose towns no list can be asked for: nothing seen is then no finding."""
    if not unknown or cell.sight not in (Sight.CHECKED, Sight.NEVER):
        return cell
    return replace(cell, sight=Sight.BLIND, why=f"aucune commune connue ne répond à « {unknown[0]} »")


def _entries(store: Store, site: Site, people: Sequence[Practitioner]) -> Iterator[Entry]:
    """Yield the pages on which each person would show, those of their own first."""
    own: dict[str, list[str]] = {}
    for practitioner, url in store.matched_pages(site.host):
        own.setdefault(practitioner, []).append(url)
    for row in store.reported_urls(site.host):
        if row.rpps:
            own.setdefault(row.rpps, []).append(row.url)
    plan_of_site = site.sitemap_url()
    for person in people:
        pages = dict.fromkeys(own.get(person.id, ()))
        yield from (Entry(person.id, url, own=True) for url in pages)
        lists = [*lists_of(site, person), *([plan_of_site] if plan_of_site else ())]
        if not pages:
            lists += searches_of(site, person)
        yield from (Entry(person.id, url) for url in dict.fromkeys(lists) if url not in pages)


_SHOWN = 5
"""Tasks told for one site; the last one says how many more wait."""


def tasks(store: Store, sites: Sites, today: date, every_days: int = 7) -> tuple[Task, ...]:
    """Return what only a person can do so that a practitioner is checked: pages to open and save, sites to look at.

    A page is done once a person's reading of it is younger than `every_days`.
    """
    found: list[Task] = []
    hosts = sorted({*store.site_checks(), *(row.host for row in store.reported_urls())})
    people = looked_for(store, today) if hosts else ()
    for host in hosts:
        site = sites.get(host)
        if site is not None and site.official:
            continue
        pages = _pages_for_hand(store, sites, host, people, today, every_days)
        shown = [
            Task(
                host, url, since,
                f"{host} : {why} ; la page est à ouvrir et à enregistrer à la main. {'' if number else HOW_TO_SAVE}".rstrip(),
                import_command(url),
            )
            for number, (url, (why, since)) in enumerate(islice(pages.items(), _SHOWN))
        ]  # fmt: skip
        if shown:
            shown[-1] = replace(shown[-1], others=len(pages) - len(shown))
        if site is not None and not missing_for(site, store.standing(site.host)) and (odd := _odd(store, host)):
            text = (
                f"{host} : {odd.why}. Ouvrez la fiche témoin : si elle a disparu, choisissez-en une autre ; "
                "sinon le site a changé et son adaptateur est à revoir."
            )
            canary = store.site_checks()[host].canary
            shown.append(Task(host, canary, odd.day, text, f"listingguard site verify {host} --canary URL"))
        found += shown
    return tuple(found)


def _settled(store: Store, host: str, practitioner: str, url: str, today: date) -> bool:
    """Return True for a page of somebody who agreed to it, or all of whose cases about it are closed."""
    if verdict(store.authorisations(practitioner), practitioner, host, today) is Verdict.AUTHORISED:
        return True
    about = [
        case.id
        for case in store.cases(practitioner=practitioner)
        if any(canonical_url(str(f["url"])) == canonical_url(url) for f in findings_of(store.facts(case.id)))
    ]
    return bool(about) and all(store.status(case, today).state is State.CLOSED for case in about)


def _odd(store: Store, host: str) -> RunRow | None:
    run = next(iter(store.runs(host, 1)), None)
    return run if run is not None and run.doubt in (Cause.CHANGED, WITNESS) else None


def _pages_for_hand(
    store: Store, sites: Sites, host: str, people: Sequence[Practitioner], today: date, every_days: int
) -> dict[str, tuple[str, date]]:
    """Return URL -> why a person must read the page, and since when; people's own pages first."""
    site, alone = sites.get(host), {who for who, _ in store.left_alone(host)}
    here = [p for p in people if p.id not in alone]
    ids = {p.id for p in here}
    reported = {row.url: row.day for row in store.reported_urls(host) if not row.rpps or row.rpps in ids}
    wanted: dict[str, tuple[str, date]] = {}
    if site is None or missing_for(site, store.standing(site.host)):
        why = "aucun adaptateur ne lit ce site" if site is None else "ce site n’est pas activé"
        wanted = {url: (why, day) for url, day in reported.items()} if here else {}
    else:
        last = store.latest_readings(host, human=False)
        run = next(iter(store.runs(host, 1)), None)
        refused = run is not None and run.doubt == Cause.BLOCKED
        theirs = [(who, url) for who, url in store.matched_pages(host) if who in ids]
        own = [url for _, url in theirs]
        lists = [entry.url for entry in _entries(store, site, here) if not entry.own]
        for url in dict.fromkeys((*own, *(reported if here else ()), *lists)):
            row = last.get(url)
            if row is not None and row.cause in (Cause.BLOCKED, Cause.ROBOTS):
                wanted[url] = (Cause(row.cause).label, row.day)
            elif refused and run is not None and (row is None or row.day <= today - timedelta(days=every_days)):
                wanted[url] = (Cause.BLOCKED.label, run.day)
        # Of what is settled, nothing is read by hand: it would be looking at somebody's page for no end.
        waits = {url for who, url in theirs if url in wanted and not _settled(store, site.host, who, url, today)}
        wanted = {url: told for url, told in wanted.items() if url in waits or url not in own}
    done = store.latest_readings(host, human=True) if wanted else {}
    fresh = {url for url, row in done.items() if row.day > today - timedelta(days=every_days)}
    return {url: told for url, told in wanted.items() if url not in fresh}
