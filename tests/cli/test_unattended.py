"""What runs without anybody: twice the same, after forty days off, when one job fails; and how the clock is set."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from listingguard import cli, scheduler
from listingguard.app import App
from listingguard.demo_world import CANARY_URL, HOST, ROSTER_CSV, BookingSite, MailSink
from listingguard.domain.case import EventKind

FIRST = date(2026, 1, 5)
SENT = date(2026, 1, 12)
CAMILLE = "99900000011"


class Council:
    """A council's home on the loopback site and mail server, set up by its own commands."""

    def __init__(self, desk, site: BookingSite, sink: MailSink) -> None:
        self.desk, self.site, self.sink, self.loopback = desk, site, sink, {HOST: ("127.0.0.1", site.port)}

    def opened(self, day: date) -> Callable[[], App]:
        return lambda: App.open(self.desk.home, today=day, writing=True, loopback=self.loopback)

    def run_once(self, day: date) -> dict[str, scheduler.Tick]:
        return {tick.job: tick for tick in scheduler.run_once(self.opened(day))}

    def approve(self, case: str) -> None:
        desk, day = self.desk, str(SENT)
        word, paper = desk.file("parole.txt"), desk.file("mandat.pdf", b"%PDF-1.7 mandat")
        desk("event", "add", case, "listing_confirmed_by_kine", "--day", day, "--proof", word, day=day)
        desk("mandate", "add", CAMILLE, "--from", day, "--until", "2028-01-05", "--document", paper, day=day)
        desk.verify("reserve-kine", day)
        desk("letter", "approve", case, "--all-grounds", day=day)

    def facts(self, case: str) -> dict[EventKind, date]:
        with self.opened(FIRST)() as app:
            return {fact.kind: fact.day for fact in app.store.facts(case)}

    def rows(self) -> list[str]:
        """Return every row."""
        with sqlite3.connect(self.desk.home / "listingguard.db") as database:
            return list(database.iterdump())


@pytest.fixture
def office(desk_of) -> Iterator[Council]:
    desk = desk_of("council")
    with BookingSite() as site, MailSink() as sink:
        desk.configure(
            mail__smtp_host="127.0.0.1", mail__smtp_port=sink.port, mail__security="none",
            mail__from_address="secretariat@conseil.example",
        )  # fmt: skip
        desk("roster", "import", desk.file("tableau.csv", ROSTER_CSV), day=str(FIRST))
        told = ("--informed-on", "2025-12-15", "--channel", "courriel")
        desk("watch", "set", CAMILLE, "yes", *told, day=str(FIRST))
        desk("site", "verify", HOST, "--canary", CANARY_URL, day=str(FIRST))
        yield Council(desk, site, sink)


def test_the_same_run_twice_adds_nothing(office):
    ticks = office.run_once(FIRST)
    assert any("ouvert" in line for line in ticks["scan"].lines)
    before, hits = office.rows(), len(office.site.hits)
    again = office.run_once(FIRST)
    assert [tick.lines for tick in again.values()] == [(), (), ()]
    assert office.rows() == before
    assert len(office.site.hits) == hits

    office.approve("CDO26-2026-0001")
    assert "envoyé" in office.run_once(SENT)["outbox"].lines[0]
    before = office.rows()
    assert office.run_once(SENT)["outbox"].lines == ()
    assert len(office.sink.messages) == 1
    assert office.rows() == before


def told(office, day):
    """Return what the clock tells that day, the week's summary aside."""
    return [line for line in office.run_once(day)["clock"].lines if not line.startswith("Semaine du ")]


def test_the_weeks_summary_is_told_once_a_week(office):
    office.run_once(FIRST)
    lines = [line for days in range(1, 16) for line in office.run_once(FIRST + timedelta(days=days))["clock"].lines]
    weeks = [line for line in lines if line.startswith("Semaine du ")]
    assert [week.partition("\u00a0:")[0].partition(" :")[0] for week in weeks] == [
        "Semaine du 12 janvier 2026",
        "Semaine du 19 janvier 2026",
    ]
    assert "1 dossier ouvert" in weeks[0]


def test_a_machine_off_for_forty_days_catches_up_with_the_right_dates_and_tells_each_thing_once(office):
    office.run_once(FIRST)
    office.approve("CDO26-2026-0001")
    office.run_once(SENT)
    back = SENT + timedelta(days=40)
    notices = told(office, back)
    assert len(notices) == 1
    assert "L’échéance légale était le 12 février 2026 (réception présumée le 12 janvier 2026)" in notices[0]
    # Presumed on the seventh day, not on the day the machine came back.
    assert office.facts("CDO26-2026-0001")[EventKind.RECEIPT_PRESUMED] == date(2026, 1, 19)
    assert told(office, back) == []
    assert told(office, back + timedelta(days=1)) == []
    # The council's mark, once too, even if nobody looked on the day.
    (line,) = told(office, date(2026, 4, 30))
    assert "12 mars 2026" in line
    assert told(office, date(2026, 5, 1)) == []


def test_a_run_every_day_tells_the_same_two_things_with_the_same_dates(office):
    office.run_once(FIRST)
    office.approve("CDO26-2026-0001")
    office.run_once(SENT)
    daily = [line for days in range(1, 70) for line in told(office, SENT + timedelta(days=days))]
    assert len(daily) == 2
    assert office.facts("CDO26-2026-0001")[EventKind.RECEIPT_PRESUMED] == date(2026, 1, 19)


def test_a_site_that_is_down_stops_neither_the_letters_nor_the_clock(office):
    office.run_once(FIRST)
    office.approve("CDO26-2026-0001")
    office.loopback = {HOST: ("127.0.0.1", 9)}
    later = SENT + timedelta(days=7)
    ticks = office.run_once(later)
    assert "ne répond pas" in " ".join(ticks["scan"].lines)
    assert "envoyé" in ticks["outbox"].lines[0]
    assert len(office.sink.messages) == 1
    # Nobody takes a silence for a removal.
    assert EventKind.ERASED_VERIFIED not in office.facts("CDO26-2026-0001")
    assert EventKind.GONE_BEFORE_REQUEST not in office.facts("CDO26-2026-0001")


def test_a_mail_server_that_is_down_keeps_the_letter_for_the_next_run(office):
    office.run_once(FIRST)
    office.approve("CDO26-2026-0001")
    office.desk.configure(mail__smtp_port=9)
    ticks = office.run_once(SENT)
    assert "à envoyer" in ticks["outbox"].lines[0]
    office.desk.configure(mail__smtp_port=office.sink.port)
    assert "envoyé" in office.run_once(SENT + timedelta(days=1))["outbox"].lines[0]
    assert office.facts("CDO26-2026-0001")[EventKind.REQUEST_SENT] == SENT + timedelta(days=1)


@pytest.mark.parametrize("fault", [KeyError("x"), OSError("disque"), ZeroDivisionError()])
def test_a_job_that_breaks_is_told_and_the_others_are_done(fault, office, monkeypatch):
    def broken(app: App) -> scheduler.Tick:
        raise fault

    monkeypatch.setitem(scheduler.JOBS, "scan", broken)
    ticks = office.run_once(FIRST)
    assert ticks["scan"].failed
    assert type(fault).__name__ in ticks["scan"].lines[0]
    assert not ticks["outbox"].failed
    assert not ticks["clock"].failed


def test_the_command_ends_in_1_when_a_job_failed_and_says_which(office, capsys):
    office.run_once(FIRST)
    office.approve("CDO26-2026-0001")
    office.desk.configure(sender__signatory="")
    capsys.readouterr()
    assert cli.run(["--home", str(office.desk.home), "--today", str(SENT), "run", "--once"]) == 1
    out, _ = capsys.readouterr()
    assert "Envois" in out
    assert "sender.signatory" in out
    assert "Délais\u00a0:" in out


def test_a_home_another_program_holds_is_told_job_by_job(office):
    with office.opened(FIRST)() as app, app.job():
        ticks = office.run_once(FIRST)
    assert all(tick.failed and "Un autre listingguard travaille" in tick.lines[0] for tick in ticks.values())
    assert not any(tick.failed for tick in office.run_once(FIRST).values())


# -- the clock itself -----------------------------------------------------------------------------------------------


@contextmanager
def _scheduler_of(office: Council, monkeypatch: pytest.MonkeyPatch, told: list[scheduler.Tick]) -> Iterator[object]:
    """Start `run` in a thread, as the command does, and yield its APScheduler; stop it at the end."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    started, found = threading.Event(), []
    start = BlockingScheduler.start

    def kept(self, *args, **kwargs):
        found.append(self)
        self.add_listener(lambda event: started.set(), 1)  # EVENT_SCHEDULER_STARTED
        return start(self, *args, **kwargs)

    monkeypatch.setattr(BlockingScheduler, "start", kept)
    thread = threading.Thread(target=scheduler.run_forever, args=(office.opened(FIRST), told.append), daemon=True)
    thread.start()
    try:
        assert started.wait(90)
        yield found[0]
    finally:
        found[0].shutdown()
        thread.join(60)
    assert not thread.is_alive()


def test_the_clock_makes_up_once_what_it_missed_and_never_overlaps(office, monkeypatch):
    from apscheduler.jobstores.memory import MemoryJobStore

    told: list[scheduler.Tick] = []
    with _scheduler_of(office, monkeypatch, told) as running:
        jobs = {job.id: job for job in running.get_jobs()}
        stores, zone = running._jobstores, running.timezone
    assert [tick.job for tick in told] == ["scan", "clock", "outbox"]
    assert set(jobs) == {"scan", "outbox", "clock"}
    for job in jobs.values():
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
    # What is due is asked of the home: the clock keeps nothing of its own.
    assert [type(store) for store in stores.values()] == [MemoryJobStore]
    assert str(zone) == "Europe/Paris"
    assert "hour='2', minute='30'" in str(jobs["scan"].trigger)
    assert "hour='6', minute='0'" in str(jobs["clock"].trigger)
    assert jobs["outbox"].trigger.interval == timedelta(minutes=15)


def test_running_for_a_moment_repeats_the_job_without_a_second_one_beside_it(office, monkeypatch, caplog):
    import apscheduler.triggers.interval as interval

    every = interval.IntervalTrigger
    monkeypatch.setattr(interval, "IntervalTrigger", lambda minutes, timezone: every(seconds=1, timezone=timezone))
    told: list[scheduler.Tick] = []
    running, most = [0], [0]
    send = scheduler.outbox_due

    def slow(app: App) -> scheduler.Tick:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(1.5)
        running[0] -= 1
        return send(app)

    monkeypatch.setitem(scheduler.JOBS, "outbox", slow)
    with _scheduler_of(office, monkeypatch, told):
        end = time.monotonic() + 60
        while [tick.job for tick in told][3:].count("outbox") < 2:
            assert time.monotonic() < end, "the job never came back"
            time.sleep(0.1)
    assert not any(tick.failed for tick in told)
    assert most == [1]
    # What was put off is no news.
    assert [record.message for record in caplog.records if record.name.startswith("apscheduler")] == []


def test_a_refused_address_is_told_once_corrected_and_the_letter_leaves_again(office, monkeypatch):
    async def rcpt(self, server, session, envelope, address, options):
        if address.startswith("dpo@"):
            return "550 5.1.1 Adresse inconnue"
        envelope.rcpt_tos.append(address)
        return "250 Ok"

    monkeypatch.setattr(MailSink, "handle_RCPT", rcpt, raising=False)
    office.run_once(FIRST)
    office.approve("CDO26-2026-0001")
    assert "échec" in office.run_once(SENT)["outbox"].lines[0]
    assert office.run_once(SENT)["outbox"].lines == ()
    desk, day = office.desk, str(SENT)
    assert "listingguard controller set reserve-kine --email" in desk("next", day=day).said
    desk("controller", "set", "reserve-kine", "--email", "bonne.adresse@reserve-kine.example", day=day)
    desk.verify("reserve-kine", day)
    desk("letter", "approve", "CDO26-2026-0001", "--all-grounds", day=day)
    assert "envoyé" in office.run_once(SENT)["outbox"].lines[0]
    assert len(office.sink.messages) == 1
    assert "n’est pas parti" not in desk("next", day=day).said
