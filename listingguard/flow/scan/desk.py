"""What one run over one host works with: its desk, its plan, what it has told so far; and when it is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from listingguard.domain.discovery import SlugNames
from listingguard.domain.listing import Cause
from listingguard.domain.matching.matcher import Matcher
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import RunRow

if TYPE_CHECKING:
    from listingguard.edge.browser import Camera
    from listingguard.edge.evidence import Evidence
    from listingguard.edge.fetch import Fetcher, Validators
    from listingguard.edge.floor import Floor
    from listingguard.edge.sitemap import Sitemap
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Batch, Vault
    from listingguard.sites import Site, Sites

DIRECTORY, SEARCH, PROFILE, SITEMAP, CANARY = "directory", "search", "profile", "sitemap", "canary"
"""What a page is read for."""

LISTS = (DIRECTORY, SEARCH)
"""Where only what leads to somebody's own page matters."""

TOGETHER = 32
"""Pages that share one commit at most. A process that is killed before it reads them again, and nothing else."""

UNHURRIED = 0.05
"""Seconds between two pages from which on each is on disk before the next is asked for: any real site's pace."""


@dataclass(frozen=True)
class Desk:
    """What one host's task works with; opened and closed by the thread that uses it.

    validators: makes what a conditional request needs of an ETag and a Last-Modified. reader: hash of the program and
    the adapters, so that a page is read again when they change. camera: None without a browser. floor: held by the task
    while it computes, yielded while it waits, shared by all tasks of the process.
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
    floor: Floor


@dataclass(frozen=True)
class Plan:
    """What a scan is asked to do on a day, the day in Paris. now: the clock, aware UTC. simulated: days are invented.

    every_days: how long a page that was read is left alone. max_pages: of one host, in one run. pace_seconds: the least
    time between two pages of a real site. rpps: only this practitioner's own pages, and the lists of their towns;
    whoever else stands there is seen as well.
    """

    today: date
    now: Callable[[], datetime]
    every_days: int = 7
    max_pages: int = 300
    pace_seconds: float = 5.0
    rpps: str | None = None
    simulated: bool = False


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


def pace_of(site: Site, plan: Plan) -> float:
    """Return the least seconds between two requests to a site: its own pace, or the home's where that is slower."""
    return max(site.pace_seconds, plan.pace_seconds) if site.real else site.pace_seconds


@dataclass(frozen=True)
class Roster:
    """The roster as a run finds it; the hosts that one process reads share it while nobody changes it.

    mark: hash of all of it.
    """

    mark: str
    people: tuple[Practitioner, ...]

    @cached_property
    def matcher(self) -> Matcher:
        """Who a listing is about; runs in which no page changed never ask."""
        return Matcher(self.people)

    @cached_property
    def by_id(self) -> Mapping[str, Practitioner]:
        """The people by identifier."""
        return {p.id: p for p in self.people}


_shared = Roster("", ())


def roster_of(store: Store) -> Roster:
    """Return the roster of a home, read anew only where something about it changed; to be asked with the floor."""
    global _shared  # noqa: PLW0603 - what a process read of its home
    if (mark := store.roster_mark()) != _shared.mark:
        _shared = Roster(mark, store.practitioners())
    return _shared


@dataclass
class Context:
    """One run over one host: what does not change from page to page, and what adds up.

    basis: hash of what a reading rests on besides the page (program, people); a page remembered under another is read
    whole. stale: URLs that are read whole whatever is remembered. good: pages that could be read; in_a_row: why those
    since the last good one could not. doubt: why nothing may be concluded from what is missing, as a `Cause` or WITNESS;
    why: the same in French.
    """

    desk: Desk
    site: Site
    plan: Plan
    run: RunRow
    result: HostResult
    roster: Roster
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
    def names(self) -> SlugNames:
        """Which addresses of a sitemap may be about somebody we look for; one that is as it was asks nothing."""
        return SlugNames(self.watched.values())

    def hold(self, write: Callable[[], None]) -> None:
        """Keep what one page told for the next commit; that is now, where there is time between two pages."""
        self.held.append(write)
        if len(self.held) >= TOGETHER or pace_of(self.site, self.plan) >= UNHURRIED:
            self.settle()

    def settle(self) -> None:
        """Commit what the pages read so far told, once their evidence is on disk: all of it, or none."""
        held, self.held = self.held, []
        if held:
            with self.desk.floor.yielded():
                self.batch.settle()
            with self.desk.store.tx("scan.page"):
                for write in held:
                    write()

    def doubts(self, doubt: str, why: str) -> None:
        """Note why nothing may be concluded from this run; the first reason stands."""
        if not self.doubt:
            self.doubt, self.why = doubt, why
