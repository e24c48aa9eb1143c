"""Which pages are read: the lists and searches of the people we look for, and where each page read leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from listingguard.domain.discovery import lists_of, searches_of
from listingguard.domain.listing import LONGEST_URL, Listings
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import Errand
from listingguard.flow.scan.desk import DIRECTORY, LISTS, PROFILE, SEARCH, SITEMAP, TOGETHER, Context, Plan

if TYPE_CHECKING:
    from listingguard.edge.sitemap import Sitemap
    from listingguard.edge.store import Store
    from listingguard.sites import Site

MAX_STEPS = 200
"""Pages of one list, over all runs: beyond, it is a site that never ends."""

MAX_MAPS_DEEP = 3
"""An index of indexes of sitemaps is not followed further."""


def due(last: tuple[date, datetime] | None, plan: Plan, since: datetime | None = None) -> bool:
    """Return True when a page is to be read: never was, long ago, or before somebody on it was looked for (since).

    last: the day and the moment of its last reading.
    """
    if last is None or last[0] <= plan.today - timedelta(days=plan.every_days):
        return True
    return since is not None and last[1] < since


def list_errands(store: Store, site: Site, watched: Mapping[str, Practitioner], plan: Plan) -> dict[str, datetime]:
    """Note the pages that are due: those already known first, those reported, the lists of each town, the sitemap.

    Return, by first URL of each of them, since when the last of the people it may show is looked for.
    """
    people = [p for p in watched.values() if plan.rpps in (None, p.id, p.rpps)]
    ids, begun = {p.id for p in people}, store.watched_since()
    pages: dict[tuple[str, str], datetime] = {}

    def add(url: str, role: str, *who: str) -> None:
        latest = max((begun[w] for w in who), default=datetime.min.replace(tzinfo=UTC))
        pages[url, role] = max(latest, pages.get((url, role), latest))

    theirs = store.matched_pages(site.host)
    for practitioner, url in theirs:
        if practitioner in ids:
            add(url, PROFILE)
    for row in store.reported_urls(site.host):
        if row.rpps in ids if row.rpps else ids:
            add(row.url, PROFILE if site.profile_id(row.url) else DIRECTORY)
    for person in people:
        for url in lists_of(site, person):
            add(url, DIRECTORY, person.id)
    if people and (url := site.sitemap_url()):
        add(url, SITEMAP, *ids)
    # Whoever has objected since is not looked for, however long their page, or a search for their name, has been on
    # the list, and whoever else reported it.
    alone = {url for who, url in theirs if who not in watched} - {url for who, url in theirs if who in watched}
    searches = {url for person in watched.values() for url in searches_of(site, person)}
    with store.tx("scan.plan"):
        for errand in store.errands(site.host):
            if errand.url in alone or (errand.role == SEARCH and errand.start not in searches):
                store.drop_errand(site.host, errand.url)
        last = store.last_reads(site.host, {url for url, _ in pages})
        store.add_errands(
            site.host,
            [
                (url, role, url, 1)
                for (url, role), since in pages.items()
                if url not in alone and due(last.get(url), plan, since)
            ],
        )
    return {url: since for (url, _), since in pages.items()}


def list_searches(store: Store, site: Site, watched: Mapping[str, Practitioner], plan: Plan) -> None:
    """Note the searches by name that are due, for the people of whom no listing of the site is known."""
    found = {practitioner for practitioner, _ in store.matched_pages(site.host)}
    people = [p for p in watched.values() if p.id not in found and plan.rpps in (None, p.id, p.rpps)]
    with store.tx("scan.search"):
        urls = list(dict.fromkeys(url for person in people for url in searches_of(site, person)))
        last = store.last_reads(site.host, urls)
        store.add_errands(site.host, [(url, SEARCH, url, 1) for url in urls if due(last.get(url), plan)])


def waiting(context: Context, searched: bool) -> Iterator[Errand]:
    """Yield the pages to read, those that the pages read lead to as well; none once the run is stopped.

    searched: the searches by name are among them already.
    """
    store, site = context.desk.store, context.site
    while not context.result.stopped:
        # What was read must be written first: it strikes pages off the list, and adds others.
        context.settle()
        some = store.next_errands(site.host, context.run.id, TOGETHER)
        yield from some
        if not some and searched:
            return
        if not some:
            # Only those whom the lists did not show are searched for by name: a site need not learn the others'.
            searched = True
            list_searches(store, site, context.watched, context.plan)


def lead(context: Context, errand: Errand, leads: Iterable[tuple[str, str]]) -> None:
    """Note the pages that one leads to, as far as they are due and their list has not gone on for too long."""
    store, host, plan = context.desk.store, context.site.host, context.plan
    followed: list[tuple[str, str, bool, int]] = []
    for url, role in leads:
        if role == PROFILE and errand.role in LISTS:
            store.put_listed(host, url, plan.today)
        same_list = role == errand.role and role in (*LISTS, SITEMAP)
        step = errand.step + 1 if same_list else 1
        if step <= (MAX_MAPS_DEEP if role == SITEMAP else MAX_STEPS):
            followed.append((url, role, same_list, step))
    if not followed:
        return
    # A sitemap names thousands: they are looked up, and noted, together.
    last, since = store.last_reads(host, {url for url, *_ in followed}), context.since.get(errand.start)
    store.add_errands(
        host,
        [
            (url, role, errand.start if same_list else url, step)
            for url, role, same_list, step in followed
            if due(last.get(url), plan, since if same_list else None)
        ],
    )


def next_of_list(context: Context, errand: Errand, reading: Listings) -> str:
    """Return the next page of a list; empty after the last one, or when the list only repeats itself."""
    seen = context.seen.setdefault(errand.start or errand.url, set())
    fresh = {item.id for item in reading.items} - seen
    seen |= fresh
    url = reading.next_url
    return url if url and fresh and context.site.owns(url) and len(url) <= LONGEST_URL else ""


def map_leads(context: Context, found: Sitemap) -> tuple[int, list[tuple[str, str]]]:
    """Return how many profiles a sitemap names, and those of its addresses that may be about somebody we look for."""
    site = context.site
    profiles = [url for url in found.pages if site.owns(url) and site.profile_id(url)]
    leads = [(url, PROFILE) for url in profiles if context.names.may_name(url)]
    return len(profiles), [*leads, *((url, SITEMAP) for url in found.maps if site.owns(url))]
