"""Roster + sites -> readings, captures and listings: reads the verified sites for the practitioners we may look for.

Unit of work: one page, written in the order in which they were read; where a site's pace leaves no time between two
pages, some share a commit. The pages still to read are rows (`errand`), so a scan that was stopped goes on where it
was. A run of the scan over one host is a row as well: what it says of an absence counts only when nothing about it is in
doubt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Never
from urllib.parse import urlsplit

from listingguard.domain.capture import Origin, basis_for
from listingguard.domain.case import State
from listingguard.domain.coverage import (
    BAD_PAGES_IN_A_ROW,
    ENOUGH_LISTINGS,
    FIELD_LABELS,
    REFUSED,
    Coverage,
    coverage_of,
    fallen,
    resting_until,
    together,
    vanished,
)
from listingguard.domain.discovery import SlugNames, lists_of, searches_of
from listingguard.domain.french import french_day, listed
from listingguard.domain.listing import (
    LONGEST_URL,
    Cause,
    Listing,
    Listings,
    Outcome,
    Page,
    Reading,
    Unreadable,
    outcome,
)
from listingguard.domain.matching import Match
from listingguard.domain.matching.matcher import Matcher, kept_matches
from listingguard.domain.permission import may_look_for, missing_for
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import (
    WITNESS,
    CaptureRow,
    Errand,
    PageMemory,
    ReadingRow,
    RobotsRow,
    RunRow,
)
from listingguard.errors import (
    BadInput,
    Blocked,
    Disallowed,
    Forbidden,
    ListingguardError,
    Refused,
    Unreachable,
)

if TYPE_CHECKING:
    from listingguard.edge.browser import Camera
    from listingguard.edge.evidence import Evidence
    from listingguard.edge.fetch import Fetcher, Validators
    from listingguard.edge.sitemap import Sitemap
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Batch, Vault
    from listingguard.sites import Site, Sites

DIRECTORY, SEARCH, PROFILE, SITEMAP, CANARY = "directory", "search", "profile", "sitemap", "canary"
"""What a page is read for."""

LISTS = (DIRECTORY, SEARCH)
"""Where only what leads to somebody's own page matters."""

MAX_STEPS = 200
"""Pages of one list, over all runs: beyond, it is a site that never ends."""

MAX_TRIES = 5
"""Runs that may fail on one page before it is struck off the list."""

TOGETHER = 32
"""Pages that share one commit at most. A process that is killed before it reads them again, and nothing else."""

UNHURRIED = 0.05
"""Seconds between two pages from which on each is on disk before the next is asked for: any real site's pace."""

MAX_MAPS_DEEP = 3
"""An index of indexes of sitemaps is not followed further."""

CONTESTED = tuple(s.value for s in State if s not in (State.DETECTED, State.CLOSED))
"""Where a case needs captures of its own: from the practitioner's word on. « Not modified » is no evidence."""


@dataclass(frozen=True)
class Desk:
    """What one host's task works with; opened and closed by the thread that uses it.

    validators: makes what a conditional request needs of an ETag and a Last-Modified. reader: hash of the program and
    the adapters, so that a page is read again when they change. camera: None without a browser.
    """

    store: Store
    vault: Vault
    fetcher: Fetcher
    sites: Sites
    evidence: Evidence
    camera: Camera | None
    sitemap: Callable[[bytes], Sitemap]
    validators: Callable[[str, str], Validators]
    reader: str


@dataclass(frozen=True)
class Plan:
    """What a scan is asked to do on a day. simulated: days are invented.

    rpps: only this practitioner's own pages, and the lists of their towns; whoever else stands there is seen as well.
    """

    today: date
    now: Callable[[], datetime]
    every_days: int = 7
    max_pages: int = 300
    pace_seconds: float = 5.0
    rpps: str | None = None
    simulated: bool = False
    sleep: Callable[[float], None] = time.sleep


@dataclass
class HostResult:
    """What one scan of one host told us.

    unchanged: of the pages, those that told the same as before. kept: keys of the listings kept with a capture.
    unreadable: cause -> number of pages; notes: one French sentence for each of them. stopped: why it ended early.
    canary: the known page was found. doubt, why: why nothing is concluded from what is missing; changed: because the
    site seems to have changed. alarm: what staff are told, when it begins and when it ends. resting_until: the first
    day on which the site is read again. left: pages still to read.
    """

    host: str
    pages: int = 0
    unchanged: int = 0
    listings: int = 0
    kept: list[str] = field(default_factory=list)
    unreadable: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stopped: str = ""
    canary: bool = False
    changed: bool = False
    doubt: str = ""
    why: str = ""
    alarm: str = ""
    resting_until: date | None = None
    left: int = 0


Progress = Callable[[HostResult, str], None]


# -- what may be read --------------------------------------------------------------------------------------------------


def hosts_on(store: Store, sites: Sites, only: str | None = None) -> tuple[str, ...]:
    """Return the hosts a scan may read: verified, left on, allowed by the council. Refused when `only` is not."""
    if only is not None:
        site = sites.get(only)
        lacks = (
            missing_for(site, store.standing(site.host))
            if site
            else (f"un adaptateur : listingguard site new https://{only}/…",)
        )
        if site is None or lacks:
            raise Refused(f"Le site {only} n’est pas activé.", lacks)
        return (site.host,)
    # Every site we know, but only those a person dealt with are worth the questions.
    known = store.site_checks()
    return tuple(s.host for s in sites.all() if s.host in known and not missing_for(s, store.standing(s.host)))


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


# -- one host ----------------------------------------------------------------------------------------------------------


_one_at_a_time = threading.Lock()


@lru_cache(maxsize=1)
def _matcher_of(roster: tuple[Practitioner, ...]) -> Matcher:
    """Return the roster made ready for matching; the hosts of one scan share it, whoever asks first."""
    return Matcher(roster)


@dataclass
class _Context:
    """One run over one host: what does not change from page to page, and what adds up."""

    desk: Desk
    site: Site
    plan: Plan
    run: RunRow
    result: HostResult
    roster: tuple[Practitioner, ...]
    watched: Mapping[str, Practitioner]
    basis: str
    stale: frozenset[str]
    # The first URL of a list -> since when somebody who may stand on it is looked for.
    since: Mapping[str, datetime]
    batch: Batch
    # The first URL of a list -> the ids it has shown: a page that brings none ends the list.
    seen: dict[str, set[str]] = field(default_factory=dict)
    # What the pages read since the last commit wrote down, in order; their evidence is in the batch.
    held: list[Callable[[], None]] = field(default_factory=list)
    in_a_row: list[Cause] = field(default_factory=list)
    good: int = 0
    doubt: str = ""
    why: str = ""

    @cached_property
    def matcher(self) -> Matcher:
        """Who a listing is about; a run in which no page changed never asks."""
        with _one_at_a_time:
            return _matcher_of(self.roster)

    @cached_property
    def names(self) -> SlugNames:
        """Which addresses of a sitemap may be about somebody we look for; one that is as it was asks nothing."""
        return SlugNames(self.watched.values())

    @cached_property
    def people(self) -> Mapping[str, Practitioner]:
        """The roster by identifier."""
        return {p.id: p for p in self.roster}

    def hold(self, write: Callable[[], None]) -> None:
        """Keep what one page told for the next commit; that is now, where there is time between two pages."""
        self.held.append(write)
        if len(self.held) >= TOGETHER or pace_of(self.site, self.plan) >= UNHURRIED:
            self.settle()

    def settle(self) -> None:
        """Commit what the pages read so far told, once their evidence is on disk: all of it, or none."""
        held, self.held = self.held, []
        if held:
            self.batch.settle()
            with self.desk.store.tx("scan.page"):
                for write in held:
                    write()

    def doubts(self, doubt: str, why: str) -> None:
        """Note why nothing may be concluded from this run; the first reason stands."""
        if not self.doubt:
            self.doubt, self.why = doubt, why


def read_host(host: str, desk: Desk, plan: Plan, progress: Progress) -> HostResult:
    """Read one host's pages that are due and return what they told us; every page read is recorded."""
    store, site = desk.store, desk.sites.get(host)
    result = HostResult(host)
    if site is None:
        result.stopped = "aucun adaptateur pour ce site"
        return result
    if _rests(store, site, plan, result):
        return result
    roster = store.practitioners()
    alone = {practitioner for practitioner, _ in store.left_alone(site.host)}
    watched = {p.id: p for p in may_look_for(roster, store.watches(), store.rules.acting, plan.today, alone)}
    since = _list_errands(store, site, watched, plan)
    if searched := not store.errands(host):
        _list_searches(store, site, watched, plan)
    if not store.errands(host):
        return result
    context = _open(desk, site, plan, result, roster, watched, since)
    _read_canary(context, progress)
    try:
        for errand in _errands(context, searched):
            if result.pages >= plan.max_pages:
                result.stopped = f"limite de {plan.max_pages} pages par site atteinte ; la suite au prochain passage"
                break
            _read(context, errand)
            progress(result, errand.url)
            if result.stopped:
                break
    finally:
        # Interrupted as well: what was read is kept.
        context.settle()
    _close(context)
    result.left = len(store.errands(host))
    return result


def _errands(context: _Context, searched: bool) -> Iterator[Errand]:
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
            _list_searches(store, site, context.watched, context.plan)


def _rests(store: Store, site: Site, plan: Plan, result: HostResult) -> bool:
    """Return True while the site is to be left alone: after runs that went wrong, or because it asked for it."""
    runs = store.runs(site.host)
    until = resting_until(runs)
    if until is not None and plan.today < until:
        result.resting_until, result.doubt, result.why = until, runs[0].doubt, runs[0].why
        result.stopped = f"le site est laissé tranquille jusqu’au {french_day(until)} : {runs[0].why}"
        return True
    for name in dict.fromkeys((urlsplit(site.base).hostname or site.host, site.host, f"www.{site.host}")):
        if rest := store.resting(name, plan.now()):
            moment, why = rest
            result.resting_until, result.why = moment.date(), why
            result.stopped = f"le site est laissé tranquille jusqu’au {french_day(moment.date())} : {why}"
            return True
    return False


def _open(
    desk: Desk,
    site: Site,
    plan: Plan,
    result: HostResult,
    roster: tuple[Practitioner, ...],
    watched: Mapping[str, Practitioner],
    since: Mapping[str, datetime],
) -> _Context:
    store = desk.store
    # What a page tells us rests on the program and on whom we look for; the other people of the roster are rivals.
    basis = sha256(repr((desk.reader, site.host, sorted(watched), roster)).encode()).hexdigest()
    with store.tx("scan.run"):
        run = store.open_run(site.host, plan.today, at=plan.now())
        if plan.rpps is not None:
            # What is left of other people's lists waits for a run that is theirs.
            store.skip_errands(site.host, run.id, but=since)
    return _Context(
        desk=desk,
        site=site,
        plan=plan,
        run=run,
        result=result,
        roster=roster,
        watched=watched,
        basis=basis,
        stale=store.stale_pages(site.host, plan.today - timedelta(days=plan.every_days), CONTESTED),
        since=since,
        batch=desk.vault.batch(),
    )


def _close(context: _Context) -> None:
    """Write how the run ended: what it leaves in doubt, and whether that begins or ends."""
    store, result, plan = context.desk.store, context.result, context.plan
    _look_back(context)
    before = next(iter(store.runs(result.host, 1)), None)
    run = replace(
        context.run, doubt=context.doubt, why=context.why, pages=result.pages, good=context.good, canary=result.canary
    )
    robots = _robots_row(context)
    with store.tx("scan.close"):
        store.close_run(run, at=plan.now())
        if robots is not None:
            store.put_robots(robots)
    result.doubt, result.why, result.changed = run.doubt, run.why, run.doubt in (Cause.CHANGED, WITNESS)
    if run.doubt and (before is None or not before.doubt):
        result.alarm = f"{result.host} ne se lit plus sûrement depuis le {french_day(plan.today)} : {run.why}."
    elif not run.doubt and before is not None and before.doubt:
        result.alarm = f"{result.host} se lit de nouveau."
    if run.doubt in REFUSED:
        result.resting_until = resting_until(store.runs(result.host))


def _robots_row(context: _Context) -> RobotsRow | None:
    """Return what the site's robots.txt said in this run, its bytes in the vault; None when it was not asked."""
    record = context.desk.fetcher.robots.get(urlsplit(context.site.base).hostname or context.site.host)
    if record is None:
        return None
    body = context.desk.vault.put(record.body) if record.body else ""
    return RobotsRow(
        context.site.host, record.url, context.plan.today, record.fetched_at, record.status, body, record.crawl_delay
    )


def _look_back(context: _Context) -> None:
    """Note what the run as a whole shows to be wrong with the site."""
    store, site = context.desk.store, context.site
    rows = store.run_readings(context.run.id)
    read = [row for row in rows if row.cause not in (Cause.ROBOTS, Cause.MOVED)]
    causes = [Cause(row.cause) for row in read if row.cause]
    if read and len(causes) == len(read) and causes[0] in REFUSED:
        context.doubts(causes[0], causes[0].label)
    if causes.count(Cause.CHANGED) * 2 > len(read):
        context.doubts(Cause.CHANGED, "plus de la moitié des pages lues n’ont plus la forme connue")
    base: dict[str, Coverage] = {}
    now = together(row for row in rows if not row.unchanged and row.role != CANARY)
    for run in store.runs(site.host):
        if run.doubt or not now.keys() - base.keys():
            continue
        for role, covered in together(store.run_readings(run.id)).items():
            if covered.listings >= ENOUGH_LISTINGS:
                base.setdefault(role, covered)
    for role, covered in now.items():
        if lost := fallen(covered, base.get(role, Coverage())):
            told = listed(tuple(FIELD_LABELS[name] for name in lost))
            context.doubts(Cause.CHANGED, f"les fiches ne disent presque plus : {told}")


# -- which pages -------------------------------------------------------------------------------------------------------


def _due(store: Store, host: str, url: str, plan: Plan, since: datetime | None = None) -> bool:
    """Return True when a page is to be read: never was, long ago, or before somebody on it was looked for (since)."""
    last = store.last_read(host, url)
    if last is None or last <= plan.today - timedelta(days=plan.every_days):
        return True
    return since is not None and (at := store.last_read_at(host, url)) is not None and at < since


def _list_errands(store: Store, site: Site, watched: Mapping[str, Practitioner], plan: Plan) -> dict[str, datetime]:
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
        for (url, role), since in pages.items():
            if url not in alone and _due(store, site.host, url, plan, since):
                store.add_errand(site.host, url, role, start=url)
    return {url: since for (url, _), since in pages.items()}


def _list_searches(store: Store, site: Site, watched: Mapping[str, Practitioner], plan: Plan) -> None:
    """Note the searches by name that are due, for the people of whom no listing of the site is known."""
    found = {practitioner for practitioner, _ in store.matched_pages(site.host)}
    people = [p for p in watched.values() if p.id not in found and plan.rpps in (None, p.id, p.rpps)]
    with store.tx("scan.search"):
        for url in dict.fromkeys(url for person in people for url in searches_of(site, person)):
            if _due(store, site.host, url, plan):
                store.add_errand(site.host, url, SEARCH, start=url)


# -- one page ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Visit:
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


def _visit(context: _Context, url: str, role: str, *, whole: bool = False) -> _Visit:
    """Return what a page tells now. whole: ask for all of it, whatever we remember."""
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
        return _Visit(Unreadable(str(error), Cause.ROBOTS))
    except Blocked as error:
        if error.status is None and error.retry_after is not None:
            # It rests, or it is not the hour: nothing was asked, so there is nothing to record.
            return _Visit(None, stop=str(error))
        cause = Cause.SILENT if _silent(error) else Cause.BLOCKED
        return _Visit(Unreadable(str(error), cause), stop=str(error))
    except Unreachable as error:
        return _Visit(Unreadable(str(error), Cause.SILENT))
    except BadInput as error:
        return _Visit(Unreadable(str(error), Cause.DAMAGED))
    except Forbidden as error:
        return _Visit(Unreadable(str(error), Cause.UNKNOWN))
    if memory is not None and _same(page, memory):
        return _Visit(None, page, memory, milliseconds=_since(started))
    if role == SITEMAP:
        found = desk.sitemap(page.body) if page.status == 200 else None
        return _Visit(_map_reading(page, found), page, milliseconds=_since(started), addresses=found)
    reading = context.site.reading(page)
    # A page that answers a program with a challenge refuses programs, whatever its status says.
    stop = reading.reason if isinstance(reading, Unreadable) and reading.cause is Cause.BLOCKED else ""
    return _Visit(reading, page, stop=stop, milliseconds=_since(started))


def _silent(error: Blocked) -> bool:
    """Return True when nothing may be read because robots.txt did not answer."""
    return error.status is None and error.retry_after is None and not isinstance(error, Disallowed)


def pace_of(site: Site, plan: Plan) -> float:
    """Return the least seconds between two requests to a site: its own pace, or the home's where that is slower."""
    return max(site.pace_seconds, plan.pace_seconds) if site.real else site.pace_seconds


def _same(page: Page, memory: PageMemory) -> bool:
    if page.status == 304:
        return True
    same_place = page.status == 200 and page.final_url == memory.final_url
    return same_place and sha256(page.body).hexdigest() == memory.body


def _since(started: float) -> int:
    return int((time.perf_counter() - started) * 1000)


def _map_reading(page: Page, found: Sitemap | None) -> Reading:
    """Return Unreadable when the page is no sitemap; else Listings without any: its addresses lead to them."""
    if found is None:
        return Unreadable(f"Le plan du site répond par le code {page.status}.")
    return Listings(()) if found.pages or found.maps else Unreadable(found.problem, Cause.DAMAGED)


def _read(context: _Context, errand: Errand) -> None:
    """Read one page, and hold what it told us and where it leads for the commit."""
    visit = _visit(context, errand.url, errand.role)
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
    _count(context, errand, visit)


def _count(context: _Context, errand: Errand, visit: _Visit) -> None:
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


def _bad(context: _Context, cause: Cause | None, page: Page | None) -> bool:
    """Return True when the page speaks against the site as a whole, not only for itself."""
    if cause is Cause.UNKNOWN:
        # A site that shows its witness is read right: the page is of no use, no more. A 404 is an answer.
        return not context.result.canary and page is not None and page.status not in (404, 410)
    return cause in (Cause.BLOCKED, Cause.SILENT, Cause.CHANGED, Cause.DAMAGED)


def _read_canary(context: _Context, progress: Progress) -> None:
    """Read the page a person chose as witness, always whole, and note whether it still shows its listing."""
    store, result, site = context.desk.store, context.result, context.site
    check = store.site_checks()[site.host]
    if not check.canary:
        return
    visit = _visit(context, check.canary, CANARY, whole=True)
    result.stopped = visit.stop
    if visit.reading is None:
        return
    result.pages += 1
    found = _shows(site, check.canary, visit.reading)
    if found is not None and not store.is_canary_name(site.host, check.canary, found.name):
        # The page is there and is somebody else's: the site gives its addresses out again, or the reader is wrong.
        visit = replace(visit, reading=Unreadable("La fiche témoin montre une autre personne.", Cause.CHANGED))
        found = None
    result.canary = found is not None
    covered = coverage_of((found,)) if found else Coverage()
    before = next((r for r in reversed(store.readings(site.host, check.canary)) if r.coverage and not r.doubt), None)
    # The witness is somebody else's page: its reading is counted, nothing of it is kept.
    assert visit.reading is not None
    row = _reading_row(context, check.canary, CANARY, visit.reading, visit.body, covered)
    with store.tx("scan.canary"):
        store.add_reading(row, at=context.plan.now(), milliseconds=visit.milliseconds)
        if found is not None:
            store.put_canary_name(site.host, check.canary, found.name, at=context.plan.now())
    errand = Errand(check.canary, CANARY)
    _count(context, errand, visit)
    if found is None and visit.cause not in (Cause.SILENT, Cause.BLOCKED):
        context.doubts(WITNESS, "la fiche témoin n’est plus montrée")
    elif found is None and visit.cause is not None:
        context.doubts(visit.cause, visit.cause.label)
    elif before is not None and len(lost := vanished(covered, before.coverage)) > 1:
        told = listed(tuple(FIELD_LABELS[name] for name in lost))
        context.doubts(Cause.CHANGED, f"la fiche témoin ne dit plus : {told}")
    progress(result, check.canary)


def _shows(site: Site, url: str, reading: Reading) -> Listing | None:
    """Return the listing that the page at this URL is about, when the reading shows it."""
    wanted = site.profile_id(url)
    items = reading.items if isinstance(reading, Listings) else ()
    return next((item for item in items if item.id == wanted), None)


Matches = tuple[tuple[Match, str], ...]


def _about_watched(context: _Context, items: Sequence[Listing]) -> list[tuple[Listing, Matches]]:
    """Return the listings that may be about somebody we look for, each with its matches."""
    found = []
    for item in items:
        matches = kept_matches(context.matcher, context.people, item)
        if any(match.practitioner in context.watched for match, _ in matches):
            found.append((item, matches))
    return found


def _record(context: _Context, errand: Errand, told: Reading, visit: _Visit) -> None:
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
        elsewhere = item.url not in ("", errand.url) and site.owns(item.url)
        own_page = elsewhere and (page is None or item.url != page.final_url)
        if elsewhere if moved else own_page and errand.role in LISTS:
            leads.append((item.url, PROFILE))
        elif not moved:
            kept.append((item, matches))
    count, covered = len(items), coverage_of(items)
    if visit.addresses is not None:
        count, leads = _map_leads(context, visit.addresses)
    if isinstance(reading, Listings) and errand.role in LISTS and (follows := _follows(context, errand, reading)):
        leads.append((follows, errand.role))
    row = captured(context.desk, site, context.plan, page, context.batch.put) if page is not None and kept else None
    memory = None
    body = row.body if row is not None else visit.body
    if page is not None and page.status == 200 and isinstance(reading, Listings):
        memory = _memory(context, errand.url, body, page, count, covered, leads)
    reading_row = _reading_row(context, errand.url, errand.role, reading, body, covered, count)
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
        _lead(context, errand, leads)
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


def _again(errand: Errand, visit: _Visit) -> bool:
    """Return True when the page stays on the list for another run: nothing about it is known yet."""
    return visit.cause in (Cause.BLOCKED, Cause.SILENT, Cause.CHANGED, Cause.DAMAGED) and errand.tries + 1 < MAX_TRIES


def _repeat(context: _Context, errand: Errand, memory: PageMemory, visit: _Visit) -> None:
    """Hold for the commit that a page is as it was: the same reading, and the pages it led to."""
    store, site = context.desk.store, context.site
    row = ReadingRow(
        site.host, errand.url, context.plan.today, Outcome.LISTINGS, "", memory.listings, context.result.canary,
        False, errand.role, "", memory.coverage, memory.body, True, context.run.id,
    )  # fmt: skip
    at, milliseconds = context.plan.now(), visit.milliseconds

    def write() -> None:
        store.add_reading(row, at=at, milliseconds=milliseconds)
        _lead(context, errand, memory.leads)
        store.drop_errand(site.host, errand.url)

    context.hold(write)
    context.result.unchanged += 1
    context.result.listings += memory.listings if errand.role != SITEMAP else 0


def _lead(context: _Context, errand: Errand, leads: Iterable[tuple[str, str]]) -> None:
    """Note the pages that one leads to, as far as they are due and their list has not gone on for too long."""
    store, host = context.desk.store, context.site.host
    for url, role in leads:
        if role == PROFILE and errand.role in LISTS:
            store.put_listed(host, url, context.plan.today)
        same_list = role == errand.role and role in (*LISTS, SITEMAP)
        step = errand.step + 1 if same_list else 1
        if step > (MAX_MAPS_DEEP if role == SITEMAP else MAX_STEPS):
            continue
        if _due(store, host, url, context.plan, context.since.get(errand.start) if same_list else None):
            store.add_errand(host, url, role, start=errand.start if same_list else url, step=step)


def _follows(context: _Context, errand: Errand, reading: Listings) -> str:
    """Return the next page of a list; empty after the last one, or when the list only repeats itself."""
    seen = context.seen.setdefault(errand.start or errand.url, set())
    fresh = {item.id for item in reading.items} - seen
    seen |= fresh
    url = reading.next_url
    return url if url and fresh and context.site.owns(url) and len(url) <= LONGEST_URL else ""


def _map_leads(context: _Context, found: Sitemap) -> tuple[int, list[tuple[str, str]]]:
    """Return how many profiles a sitemap names, and those of its addresses that may be about somebody we look for."""
    site = context.site
    profiles = [url for url in found.pages if site.owns(url) and site.profile_id(url)]
    leads = [(url, PROFILE) for url in profiles if context.names.may_name(url)]
    return len(profiles), [*leads, *((url, SITEMAP) for url in found.maps if site.owns(url))]


def _memory(
    context: _Context, url: str, body: str, page: Page, count: int, covered: Coverage,
    leads: Iterable[tuple[str, str]],
) -> PageMemory:  # fmt: skip
    return PageMemory(
        url, page.final_url, page.header("etag"), page.header("last-modified"), body, context.basis, count,
        covered.shares, tuple(leads),
    )  # fmt: skip


def _reading_row(
    context: _Context,
    url: str,
    role: str,
    reading: Reading,
    body: str,
    covered: Coverage,
    count: int | None = None,
) -> ReadingRow:
    unreadable = isinstance(reading, Unreadable)
    shown = len(reading.items) if isinstance(reading, Listings) else 0
    return ReadingRow(
        context.site.host, url, context.plan.today, outcome(reading),
        reading.reason if isinstance(reading, Unreadable) else "", shown if count is None or unreadable else count,
        context.result.canary, False, role, reading.cause.value if isinstance(reading, Unreadable) else "",
        {} if unreadable else covered.shares, body, False, context.run.id,
    )  # fmt: skip


# -- evidence ----------------------------------------------------------------------------------------------------------


def captured(desk: Desk, site: Site, plan: Plan, page: Page, put: Callable[[bytes], str] | None = None) -> CaptureRow:
    """Return the capture of a page, its bytes in the vault; what could not be added to it stands among its facts.

    The caller commits the row; with `put`, which takes the bytes instead of the vault, once they are synced.
    """
    robots = desk.fetcher.robots.get(urlsplit(page.final_url).hostname or "")
    extra: Mapping[str, bytes] = {}
    facts: Mapping[str, object] = {}
    host = urlsplit(page.final_url).hostname or ""
    pace = max(pace_of(site, plan), robots.crawl_delay or 0.0 if robots is not None else 0.0)
    if desk.camera is not None:
        address = page.exchanges[-1].address if page.exchanges else None
        text = robots.body.decode("utf-8-sig", "replace") if robots is not None else ""
        try:
            # The browser's turn counts like any other: the pace, the hours, the day's limit, a rest.
            booked = desk.fetcher.await_turn(host, pace)
            try:
                shots = desk.camera.shoot(page.final_url, address, text)
            finally:
                desk.fetcher.left(host, booked)
            extra, facts = shots.files, shots.facts
        except Blocked as error:
            if error.status is not None:
                desk.fetcher.rest(host, 86_400.0, "il refuse le navigateur")
            facts = {"lacks": [f"l’image de la page : {error}"]}
        except ListingguardError as error:
            facts = {"lacks": [f"l’image de la page : {error}"]}
    return desk.evidence.keep(
        page,
        site.host,
        day=plan.today,
        at=plan.now() if plan.simulated else page.at,
        origin=Origin.SCAN,
        by="",
        basis=basis_for(desk.store.rules.acting),
        simulated=plan.simulated,
        robots=robots,
        extra=extra,
        facts={**facts, "pace": f"{pace:g}".replace(".", ",")},
        put=put,
    )


# -- the witness ------------------------------------------------------------------------------------------------------


def verify_witness(desk: Desk, site: Site, url: str, plan: Plan) -> bool:
    """Read the page chosen as witness, now; return True when it shows its listing, False when the site is silent.

    What was read is a run of its own: it ends the rest that earlier runs led to. Refused when the site refuses
    programs, when the page cannot be read as a listing of this site, or when it may be about somebody of the roster:
    a witness has to stay, and theirs is what the requests want gone.
    """
    by_hand = f"un regard humain : listingguard site verify {site.host} --canary URL --no-check RAISON"
    started = time.perf_counter()
    try:
        page = desk.fetcher.get(url, pace_seconds=pace_of(site, plan), within=site.owns)
    except Unreachable:
        return False
    except Blocked as error:
        if _silent(error):
            return False
        raise Refused(str(error), [by_hand]) from None
    reading = site.reading(page)
    found = _shows(site, url, reading)
    if found is None:
        why = reading.reason if isinstance(reading, Unreadable) else outcome(reading).label
        raise Refused(
            f"La page témoin ne se lit pas comme une fiche de {site.host} : {why}",
            [f"une fiche que {site.host} montre aujourd’hui", by_hand],
        )
    people = {p.id: p for p in desk.store.practitioners()}
    if isinstance(reading, Listings) and (theirs := kept_matches(Matcher(tuple(people.values())), people, found)):
        refuse_witness(site, people[theirs[0][0].practitioner])
    with desk.store.tx("scan.verify"):
        run = desk.store.open_run(site.host, plan.today, at=plan.now())
        row = ReadingRow(
            site.host, url, plan.today, Outcome.LISTINGS, "", 1, True, False, CANARY, "",
            coverage_of((found,)).shares, sha256(page.body).hexdigest(), False, run.id,
        )  # fmt: skip
        desk.store.add_reading(row, at=plan.now(), milliseconds=_since(started))
        desk.store.put_canary_name(site.host, url, found.name, at=plan.now())
        desk.store.close_run(replace(run, doubt="", pages=1, good=1, canary=True), at=plan.now())
    return True


def refuse_witness(site: Site, person: Practitioner) -> Never:
    """Refuse a page that may be about somebody of the roster as witness."""
    raise Refused(
        f"Cette fiche peut être celle de {person.full_name}, du tableau : si elle disparaît à sa demande, elle ne "
        "témoigne plus de rien.",
        [f"la fiche d’une personne de {site.host} qui n’est pas au tableau : --canary URL"],
    )


# -- everything again --------------------------------------------------------------------------------------------------


def rebuild(store: Store, vault: Vault, sites: Sites) -> None:
    """Drop everything that is computed and compute it again from captures, roster and events."""
    with store.tx("rebuild"):
        store.drop_caches()
        for row in store.captures():
            shown = set(store.capture_listings(row.id))
            for item in read_again(sites, row, vault.get(row.body)):
                if item.key in shown:
                    store.put_listing(item, row)
        store.rematch()


def read_again(sites: Sites, row: CaptureRow, body: bytes) -> Iterator[Listing]:
    """Yield the listings that the bytes of a capture show, as its site is read today."""
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
