"""Roster + sites -> readings, captures and listings: reads the verified sites for the practitioners we may look for.

Unit of work: one page. The pages still to read are rows (`errand`), so a scan that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from listingguard.domain.event import canonical
from listingguard.domain.listing import Listing, Listings, Outcome, Page, Reading, Unreadable, outcome
from listingguard.domain.matching import Matcher, kept_matches
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import CaptureRow, ReadingRow
from listingguard.errors import BadInput, Blocked, Forbidden, Refused, Unreachable

if TYPE_CHECKING:
    from listingguard.edge.fetch import Fetcher
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault
    from listingguard.sites import Site, Sites

DIRECTORY, PROFILE = "directory", "profile"

_GIVE_UP_AFTER = 3
"""Pages in a row that do not answer before a site is left for another day."""


@dataclass(frozen=True)
class Desk:
    """What one host's task works with; opened and closed by the thread that uses it."""

    store: Store
    vault: Vault
    fetcher: Fetcher
    sites: Sites


@dataclass(frozen=True)
class Plan:
    """What a scan is asked to do on a day. rpps: only for this practitioner. simulated: days are invented."""

    today: date
    now: Callable[[], datetime]
    every_days: int = 7
    max_pages: int = 300
    pace_seconds: float = 5.0
    rpps: str | None = None
    simulated: bool = False


@dataclass
class HostResult:
    """What one scan of one host told us. stopped: why it ended early, in French; canary: the known page was found."""

    host: str
    pages: int = 0
    listings: int = 0
    kept: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    stopped: str = ""
    canary: bool = False
    left: int = 0


Progress = Callable[[HostResult, str], None]


def hosts_on(store: Store, sites: Sites, only: str | None = None) -> tuple[str, ...]:
    """Return the hosts a scan may read: those a person verified and left on. Refused when `only` is not one of them."""
    checks = store.site_checks()
    on = tuple(s.host for s in sites.all() if s.host in checks and checks[s.host].enabled and not s.official)
    if only is not None and only not in on:
        raise Refused(
            f"Le site {only} n’est pas activé.",
            [f"une vérification par une personne : listingguard site verify {only} --canary URL"],
        )
    return tuple(h for h in on if only in (None, h))


def scan(
    hosts: Sequence[str],
    open_desk: Callable[[], AbstractContextManager[Desk]],
    plan: Plan,
    progress: Progress,
    executor: Executor | None = None,
) -> tuple[HostResult, ...]:
    """Return what each host told us; a task is one host's whole list, run by `executor` or one after the other."""

    def task(host: str) -> HostResult:
        with open_desk() as desk:
            return read_host(host, desk, plan, progress)

    results: Iterable[HostResult] = executor.map(task, hosts) if executor else map(task, hosts)
    return tuple(results)


def read_host(host: str, desk: Desk, plan: Plan, progress: Progress) -> HostResult:
    """Read one host's pages that are due and return what they told us; every page read is recorded before the next."""
    store, site = desk.store, desk.sites.get(host)
    result = HostResult(host)
    if site is None:
        result.stopped = "aucun adaptateur pour ce site"
        return result
    people = _watched(store, plan)
    _list_errands(store, site, people, plan)
    if not store.errands(host):
        return result
    roster = store.practitioners()
    context = _Context(desk, site, plan, Matcher(roster), {p.id: p for p in roster}, {p.id for p in people})
    result.canary = _canary_found(context, result, progress)
    silent, tried = 0, set[str]()
    while errands := [e for e in store.errands(host) if e[0] not in tried]:
        if result.pages >= plan.max_pages:
            result.stopped = f"limite de {plan.max_pages} pages par site atteinte ; la suite au prochain passage"
            break
        url, role = errands[0]
        tried.add(url)
        reading, page, stop = _fetch(context, url)
        result.pages += 1
        _record(context, url, role, reading, page, result)
        if stop:
            result.stopped = stop
            break
        silent = silent + 1 if page is None else 0
        if silent >= _GIVE_UP_AFTER:
            result.stopped = "le site ne répond pas ; la suite au prochain passage"
            break
        progress(result, url)
    result.left = len(store.errands(host))
    return result


@dataclass(frozen=True)
class _Context:
    desk: Desk
    site: Site
    plan: Plan
    matcher: Matcher
    people: Mapping[str, Practitioner]
    watched: set[str]


def _watched(store: Store, plan: Plan) -> tuple[Practitioner, ...]:
    watches = store.watches()
    return tuple(
        p
        for p in store.practitioners()
        if p.id in watches and watches[p.id].active and plan.rpps in (None, p.id, p.rpps)
    )


def _due(store: Store, host: str, url: str, plan: Plan) -> bool:
    last = store.last_read(host, url)
    return last is None or last <= plan.today - timedelta(days=plan.every_days)


def _list_errands(store: Store, site: Site, people: Sequence[Practitioner], plan: Plan) -> None:
    """Note the pages that are due: the pages already known first, then the directory of each town."""
    watched = {p.id for p in people}
    known = {m.listing for m, _ in store.matches() if m.practitioner in watched}
    urls = [
        (listing.url, PROFILE) for listing, _ in store.listings() if listing.site == site.host and listing.key in known
    ]
    towns = dict.fromkeys((q.postcode, q.town) for p in people for q in p.practices if q.town and q.until is None)
    urls += [(url, DIRECTORY) for postcode, town in towns if (url := site.directory_url(postcode, town))]
    with store.tx("scan.plan"):
        for url, role in urls:
            if _due(store, site.host, url, plan):
                store.add_errand(site.host, url, role)


def _canary_found(context: _Context, result: HostResult, progress: Progress) -> bool:
    """Return True when the page a person chose as witness is read and still shows its listing."""
    check = context.desk.store.site_checks()[context.site.host]
    if not check.canary:
        return False
    reading, page, _ = _fetch(context, check.canary)
    wanted = context.site.profile_id(check.canary)
    found = isinstance(reading, Listings) and any(item.id == wanted for item in reading.items)
    # The witness is somebody else's page: its reading is counted, nothing of it is kept.
    with context.desk.store.tx("scan.canary"):
        _add_reading(context, check.canary, reading, page, canary=found, human=False)
    result.pages += 1
    progress(result, check.canary)
    return found


def _fetch(context: _Context, url: str) -> tuple[Reading, Page | None, str]:
    """Return the reading, the page (None: no answer), and why the whole site must be left alone for now, or empty."""
    try:
        # The home may slow a real site down, never speed it up.
        own = context.site.pace_seconds
        pace = max(own, context.plan.pace_seconds) if context.site.real else own
        page = context.desk.fetcher.get(url, pace_seconds=pace)
    except Blocked as error:
        return Unreadable(str(error)), None, str(error)
    except (Unreachable, Forbidden, BadInput) as error:
        return Unreadable(str(error)), None, ""
    return context.site.reading(page), page, ""


def _record(context: _Context, url: str, role: str, reading: Reading, page: Page | None, result: HostResult) -> None:
    """Commit what one page told us: the reading, the captures, the listings, and the pages it leads to."""
    store, site, plan = context.desk.store, context.site, context.plan
    kept: list[Listing] = []
    if isinstance(reading, Listings) and role == PROFILE:
        kept = [item for item in reading.items if _about_watched(context, item)]
    body = context.desk.vault.put(page.body) if page is not None and kept else None
    with store.tx("scan.page"):
        number = _add_reading(context, url, reading, page, canary=result.canary, human=False)
        if page is not None and body is not None:
            at = plan.now() if plan.simulated else page.at
            row = _capture_row(page, site.host, plan.today, body, at=at, origin="scan", simulated=plan.simulated, by="")
            _keep(store, context.matcher, context.people, row, number, kept)
        if isinstance(reading, Listings) and role == DIRECTORY:
            for item in reading.items:
                if (
                    _same_host(item.url, url)
                    and _about_watched(context, item)
                    and _due(store, site.host, item.url, plan)
                ):
                    store.add_errand(site.host, item.url, PROFILE)
            if (
                reading.next_url
                and _same_host(reading.next_url, url)
                and _due(store, site.host, reading.next_url, plan)
            ):
                store.add_errand(site.host, reading.next_url, DIRECTORY)
        if page is not None:
            # A page that did not answer stays on the list for the next scan.
            store.drop_errand(site.host, url)
    if isinstance(reading, Listings):
        result.listings += len(reading.items)
    if isinstance(reading, Unreadable):
        result.unreadable.append(f"{url} : {reading.reason}")
    result.kept += [item.key for item in kept]


def _same_host(one: str, other: str) -> bool:
    return (urlsplit(one).hostname or "") == (urlsplit(other).hostname or "")


def _about_watched(context: _Context, item: Listing) -> bool:
    return any(m.practitioner in context.watched for m, _ in kept_matches(context.matcher, context.people, item))


def _add_reading(context: _Context, url: str, reading: Reading, page: Page | None, *, canary: bool, human: bool) -> int:
    at = context.plan.now()
    row = _reading_row(context.site.host, url, context.plan.today, reading, canary=canary, human=human)
    started = page.at if page is not None else at
    return context.desk.store.add_reading(row, at=at, milliseconds=max(0, int((at - started).total_seconds() * 1000)))


def _reading_row(host: str, url: str, day: date, reading: Reading, *, canary: bool, human: bool) -> ReadingRow:
    reason = reading.reason if isinstance(reading, Unreadable) else ""
    count = len(reading.items) if isinstance(reading, Listings) else 0
    return ReadingRow(host, url, day, outcome(reading), reason, count, canary, human)


def _capture_row(
    page: Page, host: str, day: date, body: str, *, at: datetime, origin: str, simulated: bool, by: str
) -> CaptureRow:
    manifest: dict[str, Any] = {
        "url": page.url,
        "final_url": page.final_url,
        "status": page.status,
        "headers": [list(h) for h in page.headers],
        "sha256": body,
        "size": len(page.body),
        "at": at.isoformat(),
        "day": day.isoformat(),
        # In a simulated home the day is invented; when the machine really read the page is never lost.
        "machine_at": page.at.isoformat(),
        "origin": origin,
        "by": by,
        "simulated": simulated,
    }
    identifier = sha256(canonical(manifest)).hexdigest()
    return CaptureRow(identifier, host, page.url, body, day, at, manifest)


def _keep(
    store: Store,
    matcher: Matcher,
    people: Mapping[str, Practitioner],
    row: CaptureRow,
    reading: int,
    items: Sequence[Listing],
) -> None:
    store.add_capture(row, reading, [item.key for item in items])
    for item in items:
        store.put_listing(item, row)
        store.put_matches(item.key, kept_matches(matcher, people, item))


@dataclass(frozen=True)
class Imported:
    """What a page saved by a person told us."""

    outcome: Outcome
    capture: str
    listings: tuple[Listing, ...]
    reason: str


def import_page(
    store: Store, vault: Vault, sites: Sites, page: Page, *, today: date, at: datetime, actor: str, simulated: bool
) -> Imported:
    """Keep a page that a person saved as a reading, labelled human, and a capture; the same bytes twice are one.

    Raises BadInput when nothing can be read in it: evidence that shows nothing would only mislead.
    """
    site = sites.for_url(page.url)
    reading = site.reading(page)
    if isinstance(reading, Unreadable):
        raise BadInput(f"{page.url} : {reading.reason}")
    items = reading.items if isinstance(reading, Listings) else ()
    roster = store.practitioners()
    body = vault.put(page.body)
    row = _capture_row(page, site.host, today, body, at=at, origin="import", simulated=simulated, by=actor)
    with store.tx("capture.import"):
        known = next((c for c in store.captures() if c.body == body and c.url == page.url and c.day == today), None)
        if known is not None:
            return Imported(outcome(reading), known.id, items, "")
        number = store.add_reading(
            _reading_row(site.host, page.url, today, reading, canary=False, human=True), at=at, milliseconds=0
        )
        _keep(store, Matcher(roster), {p.id: p for p in roster}, row, number, items)
    return Imported(outcome(reading), row.id, items, "")


def absences(store: Store, host: str, url: str) -> tuple[date, ...]:
    """Return the days on which the page was seen absent since it was last seen shown, oldest first.

    A program's reading counts only when the witness page was found in the same run; a person's always does.
    """
    days: list[date] = []
    for row in store.readings(host, url):
        if row.outcome is Outcome.LISTINGS:
            days = []
        elif row.outcome in (Outcome.NONE, Outcome.GONE) and (row.canary or row.human):
            days.append(row.day)
    return tuple(dict.fromkeys(days))


def rebuild(store: Store, vault: Vault, sites: Sites) -> None:
    """Drop everything that is computed and compute it again from captures, roster and events."""
    with store.tx("rebuild"):
        store.drop_caches()
        for row in store.captures():
            shown = set(store.capture_listings(row.id))
            for item in _read_again(sites, row, vault.get(row.body)):
                if item.key in shown:
                    store.put_listing(item, row)
        store.rematch()


def _read_again(sites: Sites, row: CaptureRow, body: bytes) -> Iterator[Listing]:
    manifest = row.manifest
    page = Page(
        url=str(manifest["url"]),
        final_url=str(manifest["final_url"]),
        status=int(manifest["status"]),
        headers=tuple((k, v) for k, v in manifest["headers"]),
        body=body,
        at=row.at,
    )
    reading = sites.for_url(page.url).reading(page)
    yield from reading.items if isinstance(reading, Listings) else ()
