"""The run: which hosts may be read, each one's list from its first page to its last, and what it leaves in doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from listingguard.domain.case import State
from listingguard.domain.coverage import (
    ENOUGH_LISTINGS,
    FIELD_LABELS,
    REFUSED,
    Coverage,
    fallen,
    resting_until,
    together,
)
from listingguard.domain.french import french_day, listed
from listingguard.domain.listing import Cause
from listingguard.domain.permission import may_look_for, missing_for
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import WITNESS, RobotsRow
from listingguard.errors import Refused
from listingguard.flow.scan.desk import CANARY, Context, Desk, HostResult, Plan, Progress, Roster, roster_of
from listingguard.flow.scan.errands import list_errands, list_searches, waiting
from listingguard.flow.scan.page import read_page
from listingguard.flow.scan.witness import read_witness

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.sites import Site, Sites

CONTESTED = tuple(s.value for s in State if s not in (State.DETECTED, State.CLOSED))
"""Where a case needs captures of its own: from the practitioner's word on. « Not modified » is no evidence."""


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
    """Return what each host told us, in the order of `hosts`; a task is one host's whole list.

    Tasks run in `executor`, or one after the other without; each opens its desk in the thread that uses it, and computes while
    none of the others does.
    """

    def task(host: str) -> HostResult:
        with open_desk() as desk, desk.floor.held():
            return read_host(host, desk, plan, progress)

    results: Iterable[HostResult] = executor.map(task, hosts) if executor else map(task, hosts)
    return tuple(results)


def read_host(host: str, desk: Desk, plan: Plan, progress: Progress) -> HostResult:
    """Read one host's pages that are due and return what they told us; every page read is recorded."""
    store, site = desk.store, desk.sites.get(host)
    result = HostResult(host)
    if site is None:
        result.stopped = "aucun adaptateur pour ce site"
        return result
    if _rests(store, site, plan, result):
        return result
    roster = roster_of(store)
    alone = {practitioner for practitioner, _ in store.left_alone(site.host)}
    watched = {p.id: p for p in may_look_for(roster.people, store.watches(), store.rules.acting, plan.today, alone)}
    since = list_errands(store, site, watched, plan)
    if searched := not store.errands(host):
        list_searches(store, site, watched, plan)
    if not store.errands(host):
        return result
    context = _open(desk, site, plan, result, roster, watched, since)
    read_witness(context, progress)
    try:
        for errand in waiting(context, searched):
            if result.pages >= plan.max_pages:
                result.stopped = f"limite de {plan.max_pages} pages par site atteinte ; la suite au prochain passage"
                break
            read_page(context, errand)
            progress(result, errand.url)
            if result.stopped:
                break
    finally:
        # Interrupted as well: what was read is kept.
        context.settle()
    _close(context)
    result.left = len(store.errands(host))
    return result


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
    roster: Roster,
    watched: Mapping[str, Practitioner],
    since: Mapping[str, datetime],
) -> Context:
    store = desk.store
    # What a page tells us rests on the program and on whom we look for; the other people of the roster are rivals.
    basis = sha256(repr((desk.reader, site.host, sorted(watched), roster.mark)).encode()).hexdigest()
    with store.tx("scan.run"):
        run = store.open_run(site.host, plan.today, at=plan.now())
        if plan.rpps is not None:
            # What is left of other people's lists waits for a run that is theirs.
            store.skip_errands(site.host, run.id, but=since)
    return Context(
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


def _close(context: Context) -> None:
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


def _robots_row(context: Context) -> RobotsRow | None:
    """Return what the site's robots.txt said in this run, its bytes in the vault; None when it was not asked."""
    record = context.desk.fetcher.robots.get(urlsplit(context.site.base).hostname or context.site.host)
    if record is None:
        return None
    body = context.desk.vault.put(record.body) if record.body else ""
    return RobotsRow(
        context.site.host, record.url, context.plan.today, record.fetched_at, record.status, body, record.crawl_delay
    )


def _look_back(context: Context) -> None:
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
