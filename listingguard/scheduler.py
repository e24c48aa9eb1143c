"""APScheduler as a clock: which flow runs when. What is due is asked of the store, so a missed hour loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from listingguard.app import App
from listingguard.domain.event import PROGRAM
from listingguard.domain.french import PARIS, plural
from listingguard.domain.record import DispatchState, LetterRow
from listingguard.errors import ListingguardError
from listingguard.flow import clock, dispatch, evidence, inbox, question, review
from listingguard.flow import letter as letters
from listingguard.flow import scan as scanning

log = logging.getLogger("listingguard")

Open = Callable[[], App]
"""Opens the home anew, so that each tick has today's day and config.toml as it is now."""


@dataclass(frozen=True)
class Tick:
    """What one run of one job did, in French sentences. failed: it could not be done; the next run tries again."""

    job: str
    lines: tuple[str, ...]
    failed: bool = False


def scan_due(app: App) -> Tick:
    """Read the sites that are on, then open the cases that follow; a site that rests is told of when it begins."""
    hosts = scanning.hosts_on(app.store, app.sites)
    results = app.scan(hosts)
    touched = review.open_cases(
        app.store, app.controller_of, app.settings.home.code, today=app.today, at=app.now(), actor=PROGRAM
    )
    lines = [
        f"{r.host} : {plural(r.pages, 'page lue', 'pages lues')}, "
        f"{plural(len(r.kept), 'fiche gardée', 'fiches gardées')}. {r.stopped}".rstrip()
        for r in results
        if r.pages
    ]
    lines += [r.alarm for r in results if r.alarm]
    return Tick("scan", (*lines, *(f"dossier {case} ouvert ou complété" for case in touched)))


def stamp_due(app: App) -> Tick:
    """Ask for the time-stamps that captures still lack; without an authority in config.toml there is none to ask for."""
    if not app.settings.evidence.timestamp_authorities:
        return Tick("stamp", ())
    done = evidence.stamp_due(app.store, app.vault, app.stamper())
    lines = [f"{plural(len(done.tokens), 'capture horodatée', 'captures horodatées')}."] if done.tokens else []
    if done.failure:
        lines.append(f"{plural(done.left, 'capture reste', 'captures restent')} sans horodatage : {done.failure}")
    return Tick("stamp", tuple(lines), failed=bool(done.failure))


def outbox_due(app: App) -> Tick:
    """Send what a person approved; without anything to send, a sender not yet filled in is no matter."""
    sent: tuple[dispatch.Outcome, ...] = ()
    if any(d.state in (DispatchState.QUEUED, DispatchState.SENDING) for d in app.store.dispatches()):
        sent = dispatch.send_due(
            app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=app.today, at=app.now,
            actor=PROGRAM,
        )  # fmt: skip
    # A copy that could not be filed is tried again, whatever else waits.
    why = app.file_copies(PROGRAM).failure
    lines = [f"{s.dispatch} : {s.state.label} — {s.text}" for s in sent]
    return Tick("outbox", (*lines, *([why] if why else [])), failed=bool(why))


def inbox_due(app: App) -> Tick:
    """Take over the answers that came in; a home without a mail box files them by hand."""
    since = inbox.collected_since(app.store)
    if not app.settings.imap.host or since is None:
        return Tick("inbox", ())
    with app.mailbox() as box:
        done = inbox.collect(
            app.store, app.vault, app.mailroom(), box, since=since, today=app.today, at=app.now
        )  # fmt: skip
    lines = [f"dossier {f.case} : {f.sort.label} à lire" for f in done.filed if f.case]
    lines += [f"en quarantaine : {f.reason}" for f in done.filed if f.route == "quarantine"]
    lines += [f"resté sur le serveur, trop gros : {name}" for name in done.left]
    return Tick("inbox", (*lines, *([done.failure] if done.failure else [])), failed=bool(done.failure))


def clock_due(app: App) -> Tick:
    """Write what follows from the day, tell it once, and put the reminders that are due in the outbox."""
    notices = (
        *clock.tick(app.store, today=app.today, at=app.now),
        *clock.digest(app.store, today=app.today, at=app.now()),
    )
    reminded: tuple[LetterRow, ...] = ()
    if question.reminders_due(app.store, app.today):
        reminded = question.remind_due(
            app.store, app.vault, app.office(), app.controllers(), letters.listed_page, today=app.today, at=app.now,
            actor=PROGRAM,
        )  # fmt: skip
    lines = [f"{row.case} : rappel de la question, à envoyer" for row in reminded]
    return Tick("clock", (*(n.text for n in notices), *lines))


JOBS: dict[str, Callable[[App], Tick]] = {
    "scan": scan_due,
    "stamp": stamp_due,
    # The answers before the clock: one that came in time is no silence.
    "inbox": inbox_due,
    # The clock before the outbox: a reminder bears the day it was written, so it leaves in the same run.
    "clock": clock_due,
    "outbox": outbox_due,
}


def jobs_of(open_app: Open) -> tuple[str, ...]:
    """Return the jobs a home has, in the order of the flow: time-stamps, a mail box only where one is set."""
    with open_app() as app:
        absent = {"stamp": not app.settings.evidence.timestamp_authorities, "inbox": not app.settings.imap.host}
        return tuple(name for name in JOBS if not absent.get(name))


def run_job(open_app: Open, name: str) -> Tick:
    """Run one job and return what it did; one that fails, whatever the reason, is told and does not stop the others."""
    try:
        with open_app() as app, app.job():
            return JOBS[name](app)
    except ListingguardError as error:
        return Tick(name, (f"n’a pas pu se faire : {error}", *error.missing), failed=True)
    except Exception as error:
        # The one net of the unattended work: a fault in one job is told, its details are logged, the others go on.
        log.info("%s", name, exc_info=error)
        return Tick(name, (f"n’a pas pu se faire : erreur imprévue ({type(error).__name__} : {error})",), failed=True)


def run_once(open_app: Open) -> tuple[Tick, ...]:
    """Do all that is due, once, in the order of the flow."""
    return tuple(run_job(open_app, name) for name in jobs_of(open_app))


def run_forever(open_app: Open, tell: Callable[[Tick], None]) -> None:
    """Do what is due, then again at the hours of config.toml (Europe/Paris), until stopped."""
    from apscheduler.executors.pool import ThreadPoolExecutor as OneAtATime
    from apscheduler.schedulers.blocking import BlockingScheduler
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    with open_app() as app:
        run, imap = app.settings.run, app.settings.imap
    scheduler = BlockingScheduler(
        timezone=PARIS,
        # One worker: a job that falls due while another holds the home waits for it.
        executors={"default": OneAtATime(1)},
        # A run missed while the machine slept is made up once; two of the same never overlap.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )

    def at(text: str) -> CronTrigger:
        hour, minute = text.split(":")
        return CronTrigger(hour=int(hour), minute=int(minute), timezone=PARIS)

    triggers = {
        "scan": at(run.scan_at),
        # Soon enough for a page that a person brings, and not too often for an authority that does not answer.
        "stamp": IntervalTrigger(minutes=60, timezone=PARIS),
        "inbox": IntervalTrigger(minutes=imap.every_minutes, timezone=PARIS),
        "outbox": IntervalTrigger(minutes=run.outbox_every_minutes, timezone=PARIS),
        "clock": at(run.clock_at),
    }
    # That a run was put off is no news, and told in English.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    jobs = jobs_of(open_app)

    def made_up(name: str) -> None:
        # Woken after a sleep, the clock may come first: the mail is read before it, whatever the hours say.
        for each in ("inbox", name) if name == "clock" and "inbox" in jobs else (name,):
            tell(run_job(open_app, each))

    for name in jobs:
        scheduler.add_job(made_up, triggers[name], args=[name], id=name)
    for tick in run_once(open_app):
        tell(tick)
    scheduler.start()
