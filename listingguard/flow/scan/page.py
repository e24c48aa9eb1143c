"""One page: asked for, read, compared with what it told before, and noted for the next commit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from listingguard.domain.coverage import BAD_PAGES_IN_A_ROW, REFUSED, Coverage, coverage_of
from listingguard.domain.listing import (
    Cause,
    Listing,
    Listings,
    Outcome,
    Page,
    Reading,
    Unreadable,
    canonical_url,
    outcome,
)
from listingguard.domain.matching import Match
from listingguard.domain.matching.matcher import kept_matches
from listingguard.domain.record import Errand, PageMemory, ReadingRow
from listingguard.errors import BadInput, Blocked, Disallowed, Forbidden, Unreachable
from listingguard.flow.scan.capture import captured
from listingguard.flow.scan.desk import LISTS, PROFILE, SITEMAP, Context, pace_of
from listingguard.flow.scan.errands import lead, map_leads, next_of_list

if TYPE_CHECKING:
    from listingguard.edge.sitemap import Sitemap

MAX_TRIES = 5
"""Runs that may fail on one page before it is struck off the list."""


@dataclass(frozen=True)
class Visit:
    """What one request gave. reading None: nothing was asked, or the page is as it was (`memory`)."""

    reading: Reading | None
    page: Page | None = None
    memory: PageMemory | None = None
    stop: str = ""
    milliseconds: int = 0
    addresses: Sitemap | None = None

    @property
    def cause(self) -> Cause | None:
        """Return why the page could not be read; None when it could."""
        return self.reading.cause if isinstance(self.reading, Unreadable) else None

    @cached_property
    def body(self) -> str:
        """The SHA-256 of the page's bytes; empty without a page."""
        return sha256(self.page.body).hexdigest() if self.page is not None else ""


def ask(context: Context, url: str, role: str, *, whole: bool = False) -> Visit:
    """Return what a page tells now; what kept it from being read is an Unreadable, never an error.

    whole: ask for all of it, whatever we remember.
    """
    desk = context.desk
    memory = None if whole or url in context.stale else desk.store.page_memory(context.site.host, url)
    if memory is not None and memory.basis != context.basis:
        memory = None
    known = desk.validators(memory.etag, memory.last_modified) if memory is not None else None
    # The home may slow a real site down, never speed it up.
    pace = pace_of(context.site, context.plan)
    started = time.perf_counter()
    try:
        page = desk.fetcher.get(url, pace_seconds=pace, known=known, within=context.site.owns)
    except Disallowed as error:
        return Visit(Unreadable(str(error), Cause.ROBOTS))
    except Blocked as error:
        if error.status is None and error.retry_after is not None:
            # It rests, or it is not the hour: nothing was asked, so there is nothing to record.
            return Visit(None, stop=str(error))
        cause = Cause.SILENT if silent(error) else Cause.BLOCKED
        return Visit(Unreadable(str(error), cause), stop=str(error))
    except Unreachable as error:
        return Visit(Unreadable(str(error), Cause.SILENT))
    except BadInput as error:
        return Visit(Unreadable(str(error), Cause.DAMAGED))
    except Forbidden as error:
        return Visit(Unreadable(str(error), Cause.UNKNOWN))
    if memory is not None and _same(page, memory):
        return Visit(None, page, memory, milliseconds=milliseconds_since(started))
    if role == SITEMAP:
        found = desk.sitemap(page.body) if page.status == 200 else None
        return Visit(_map_reading(page, found), page, milliseconds=milliseconds_since(started), addresses=found)
    reading = context.site.reading(page)
    # A page that answers a program with a challenge refuses programs, whatever its status says.
    stop = reading.reason if isinstance(reading, Unreadable) and reading.cause is Cause.BLOCKED else ""
    return Visit(reading, page, stop=stop, milliseconds=milliseconds_since(started))


def silent(error: Blocked) -> bool:
    """Return True when nothing may be read because robots.txt did not answer."""
    return error.status is None and error.retry_after is None and not isinstance(error, Disallowed)


def _same(page: Page, memory: PageMemory) -> bool:
    if page.status == 304:
        return True
    same_place = page.status == 200 and page.final_url == memory.final_url
    return same_place and sha256(page.body).hexdigest() == memory.body


def milliseconds_since(started: float) -> int:
    """Return the whole milliseconds that passed since then, by the clock that only measures."""
    return int((time.perf_counter() - started) * 1000)


def _map_reading(page: Page, found: Sitemap | None) -> Reading:
    """Return Unreadable when the page is no sitemap; else Listings without any: its addresses lead to them."""
    if found is None:
        return Unreadable(f"Le plan du site répond par le code {page.status}.")
    return Listings(()) if found.pages or found.maps else Unreadable(found.problem, Cause.DAMAGED)


def read_page(context: Context, errand: Errand) -> None:
    """Read one page, and hold what it told us and where it leads for the commit."""
    visit = ask(context, errand.url, errand.role)
    result = context.result
    result.stopped = visit.stop
    if visit.reading is None and visit.memory is None:
        return
    result.pages += 1
    if visit.memory is not None:
        _repeat(context, errand, visit.memory, visit)
    else:
        assert visit.reading is not None
        _record(context, errand, visit.reading, visit)
    count_page(context, errand, visit)


def count_page(context: Context, errand: Errand, visit: Visit) -> None:
    """Add the page to what the run amounts to, and stop it after too many bad ones in a row."""
    result, cause = context.result, visit.cause
    if isinstance(visit.reading, Unreadable):
        result.unreadable[visit.reading.cause.value] = result.unreadable.get(visit.reading.cause.value, 0) + 1
        result.notes.append(f"{errand.url} : {visit.reading.reason}")
    if visit.stop and cause is not None:
        context.doubts(cause, cause.label)
    if not _bad(context, cause, visit.page):
        context.in_a_row.clear()
        context.good += cause is None
        return
    assert cause is not None
    context.in_a_row.append(cause)
    if len(context.in_a_row) >= BAD_PAGES_IN_A_ROW and not result.stopped:
        worst = cause if cause in REFUSED else Cause.CHANGED
        context.doubts(worst, f"{len(context.in_a_row)} pages de suite : {worst.label}")
        result.stopped = f"{len(context.in_a_row)} pages de suite n’ont pas pu être lues ({worst.label})"


def _bad(context: Context, cause: Cause | None, page: Page | None) -> bool:
    """Return True when the page speaks against the site as a whole, not only for itself."""
    if cause is Cause.UNKNOWN:
        # A site that shows its witness is read right: the page is of no use, no more. A 404 is an answer.
        return not context.result.canary and page is not None and page.status not in (404, 410)
    return cause in (Cause.BLOCKED, Cause.SILENT, Cause.CHANGED, Cause.DAMAGED)


Matches = tuple[tuple[Match, str], ...]


def _about_watched(context: Context, items: Sequence[Listing]) -> list[tuple[Listing, Matches]]:
    """Return the listings that may be about somebody we look for, each with its matches."""
    found = []
    for item in items:
        matches = kept_matches(context.roster.matcher, context.roster.by_id, item)
        if any(match.practitioner in context.watched for match, _ in matches):
            found.append((item, matches))
    return found


def _record(context: Context, errand: Errand, told: Reading, visit: Visit) -> None:
    """Hold what one page told us for the commit: the reading, the captures, the listings, the pages it leads to."""
    store, site, page = context.desk.store, context.site, visit.page
    items = told.items if isinstance(told, Listings) else ()
    ours = _about_watched(context, items)
    reading = told
    if errand.role == PROFILE and site.profile:
        # Whoever else a page shows, it is no sign that the profile asked for is there, or gone.
        reading = site.about(errand.url, told)
    moved = reading is not told
    kept, leads = [], []
    for item, matches in ours:
        elsewhere = item.url not in ("", canonical_url(errand.url)) and site.owns(item.url)
        own_page = elsewhere and (page is None or item.url != canonical_url(page.final_url))
        if elsewhere if moved else own_page and errand.role in LISTS:
            leads.append((item.url, PROFILE))
        elif not moved:
            kept.append((item, matches))
    if kept:
        kept = list(zip(store.met_again([item for item, _ in kept]), [matches for _, matches in kept], strict=True))
    count, covered = len(items), coverage_of(items)
    if visit.addresses is not None:
        count, leads = map_leads(context, visit.addresses)
    if isinstance(reading, Listings) and errand.role in LISTS and (follows := next_of_list(context, errand, reading)):
        leads.append((follows, errand.role))
    row = captured(context.desk, site, context.plan, page, context.batch.put) if page is not None and kept else None
    memory = None
    body = row.body if row is not None else visit.body
    if page is not None and page.status == 200 and isinstance(reading, Listings):
        memory = _memory(context, errand.url, body, page, count, covered, leads)
    reading_row = reading_told(context, errand.url, errand.role, reading, body, covered, count)
    at, milliseconds = context.plan.now(), visit.milliseconds
    nobody, again = page is None, _again(errand, visit)

    # The page itself, and its tree, are not held.
    def write() -> None:
        number = store.add_reading(reading_row, at=at, milliseconds=milliseconds)
        if row is not None:
            store.add_capture(row, number, [item.key for item, _ in kept])
            for item, matches in kept:
                store.put_listing(item, row)
                store.put_matches(item.key, matches)
        lead(context, errand, leads)
        if memory is not None:
            store.remember_page(site.host, memory)
        elif not nobody:
            store.forget_page(site.host, errand.url)
        if again:
            store.postpone_errand(site.host, errand.url, context.run.id)
        else:
            store.drop_errand(site.host, errand.url)

    context.hold(write)
    context.result.listings += len(items)
    context.result.kept += [item.key for item, _ in kept]


def _again(errand: Errand, visit: Visit) -> bool:
    """Return True when the page stays on the list for another run: nothing about it is known yet."""
    return visit.cause in (Cause.BLOCKED, Cause.SILENT, Cause.CHANGED, Cause.DAMAGED) and errand.tries + 1 < MAX_TRIES


def _repeat(context: Context, errand: Errand, memory: PageMemory, visit: Visit) -> None:
    """Hold for the commit that a page is as it was: the same reading, and the pages it led to."""
    store, site = context.desk.store, context.site
    row = ReadingRow(
        site.host, errand.url, context.plan.today, Outcome.LISTINGS, "", memory.listings, context.result.canary,
        False, errand.role, "", memory.coverage, memory.body, True, context.run.id,
    )  # fmt: skip
    at, milliseconds = context.plan.now(), visit.milliseconds

    def write() -> None:
        store.add_reading(row, at=at, milliseconds=milliseconds)
        lead(context, errand, memory.leads)
        store.drop_errand(site.host, errand.url)

    context.hold(write)
    context.result.unchanged += 1
    context.result.listings += memory.listings if errand.role != SITEMAP else 0


def _memory(
    context: Context, url: str, body: str, page: Page, count: int, covered: Coverage,
    leads: Iterable[tuple[str, str]],
) -> PageMemory:  # fmt: skip
    return PageMemory(
        url, page.final_url, page.header("etag"), page.header("last-modified"), body, context.basis, count,
        covered.shares, tuple(leads),
    )  # fmt: skip


def reading_told(
    context: Context,
    url: str,
    role: str,
    reading: Reading,
    body: str,
    covered: Coverage,
    count: int | None = None,
) -> ReadingRow:
    """Return the row of a reading: what the page at this URL told, and how much of it. count: of what, if not listings."""
    unreadable = isinstance(reading, Unreadable)
    shown = len(reading.items) if isinstance(reading, Listings) else 0
    return ReadingRow(
        context.site.host, url, context.plan.today, outcome(reading),
        reading.reason if isinstance(reading, Unreadable) else "", shown if count is None or unreadable else count,
        context.result.canary, False, role, reading.cause.value if isinstance(reading, Unreadable) else "",
        {} if unreadable else covered.shares, body, False, context.run.id,
    )  # fmt: skip
