"""kill -9 at every point of every step, then the same step again: nothing lost, nothing sent twice.

The points are those a run without faults passes (LISTINGGUARD_FAULT_LOG), so a new step is covered by itself. Each
step runs in a process of its own, forked from one that has only imported the program, and is really killed.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Council

    from listingguard.app import App

SCAN, CONFIRM, APPROVE = date(2026, 1, 5), date(2026, 1, 7), date(2026, 1, 12)
PRESUMED, LEGAL, OVERDUE = date(2026, 1, 20), date(2026, 2, 13), date(2026, 3, 13)
HOST = "reserve-kine.example"
CASE = "DEMO-2026-0001"
LETTER = f"{CASE}/request/1/email"


# -- what runs in the process that is killed -----------------------------------------------------------------------------


def approve(app: App) -> list[str]:
    from listingguard.flow import letter as letters

    row, controllers = app.store.case(CASE), app.controllers()
    draft = letters.prepare(app.store, app.office(), controllers, row, today=app.today)
    letter = letters.approve(
        app.store, app.vault, app.office(), controllers, row, ticked=[g.code for g in draft.proposed],
        today=app.today, at=app.now(), actor=app.actor,
    )  # fmt: skip
    app.export_letter(letter)
    return []


def confirm(app: App) -> list[str]:
    from listingguard.domain.case import EventKind
    from listingguard.flow import review

    review.record(
        app.store, app.vault, app.store.case(CASE), EventKind.LISTING_CONFIRMED_BY_KINE, day=app.today,
        today=app.today, at=app.now(), actor=app.actor, proof=b"Cette fiche est la mienne.",
    )  # fmt: skip
    return []


def complain(app: App) -> list[str]:
    from listingguard.flow import complain as flow

    flow.build(
        app.store, app.vault, app.writer(), app.controllers(), app.store.case(CASE), app.home / "packs",
        proceedings="aucune", today=app.today, at=app.now(), actor=app.actor,
    )  # fmt: skip
    return []


def rebuild(app: App) -> list[str]:
    from listingguard.flow import scan

    scan.rebuild(app.store, app.vault, app.sites)
    return []


def settle(app: App, *, left: bool) -> list[str]:
    from listingguard.flow import dispatch

    dispatch.settle(app.store, LETTER, left=left, day=app.today, at=app.now(), actor=app.actor)
    return []


def prove(app: App) -> list[str]:
    from listingguard.domain.service import ProofType
    from listingguard.flow import service

    row = service.dispatch_of(app.store, CASE, "email")
    service.add_proof(
        app.store, app.vault, row, ProofType.DSN_DELIVERED, b"Action: delivered", day=app.today, today=app.today,
        at=app.now(), actor=app.actor,
    )  # fmt: skip
    return []


def channel(app: App) -> list[str]:
    from listingguard.flow import channel as flow

    flow.add_channel(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), "form", today=app.today,
        at=app.now(), actor=app.actor,
    )  # fmt: skip
    return []


def job(app: App, name: str) -> list[str]:
    from listingguard import scheduler

    return list(scheduler.JOBS[name](app).lines)


def scan_unhurried(app: App) -> list[str]:
    """Scan as where a site sets no pace: pages share a commit."""
    from listingguard.flow.scan import desk

    desk.UNHURRIED = 60.0
    return job(app, "scan")


STEPS: dict[str, Callable[[App], list[str]]] = {
    "scan": lambda app: job(app, "scan"),
    "scan unhurried": scan_unhurried,
    "confirm": confirm,
    "approve": approve,
    "send": lambda app: job(app, "outbox"),
    "settle sent": lambda app: settle(app, left=True),
    "settle not sent": lambda app: settle(app, left=False),
    "channel": channel,
    "prove": prove,
    "clock": lambda app: job(app, "clock"),
    "complain": complain,
    "rebuild": rebuild,
}


def run_step(home: str, step: str, day: str, port: int, fault: str, passed: str, said: str) -> None:
    """Do one step as the scheduler and the command line do: the home opened anew, its lease held."""
    from listingguard.app import App
    from listingguard.edge import fault as faults

    os.environ["LISTINGGUARD_FAULT"], os.environ["LISTINGGUARD_FAULT_LOG"] = fault, passed
    # Files that are not the database's: a half-written one must never bear its final name.
    for name in ("fsync", "replace"):
        setattr(os, name, _between_points(f"os.{name}", getattr(os, name), faults.point))
    os.fdopen = _written_in_halves(faults.point)
    day_ = date.fromisoformat(day)
    with (
        App.open(Path(home), today=day_, writing=True, loopback={HOST: ("127.0.0.1", port)}) as app,
        app.job(),
    ):
        lines = STEPS[step](app)
    with Path(said).open("a", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in lines)


def _between_points(name: str, real: Callable[..., Any], point: Callable[[str], None]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        point(f"{name}.before")
        result = real(*args, **kwargs)
        point(f"{name}.after")
        return result

    return wrapped


def _written_in_halves(point: Callable[[str], None]) -> Callable[..., Any]:
    """Return an `os.fdopen` whose files pass a point in the middle of every write."""
    real = os.fdopen

    def halves(kind: Any) -> Any:
        class Halves(kind):  # type: ignore[misc]
            def write(self, data: Any) -> int:
                half = len(data) // 2
                super().write(data[:half])
                self.flush()
                point("write.half")
                return int(half + super().write(data[half:]))

        return Halves

    kinds = {"wb": halves(io.BufferedWriter), "w+b": halves(io.BufferedRandom)}

    def opened(handle: int, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        return kinds[mode](io.FileIO(handle, mode)) if mode in kinds else real(handle, mode, *args, **kwargs)

    return opened


def warm_up() -> None:
    """Import what the steps use and read one page, so that no child has to."""
    from datetime import UTC, datetime
    from importlib import import_module

    for module in ("fetch", "mail", "pack", "render", "store"):
        import_module(f"listingguard.edge.{module}")
    for module in ("jinja2", "typst", "listingguard.scheduler"):
        import_module(module)

    from listingguard.app import shipped
    from listingguard.demo_world import CANARY_URL, BookingSite
    from listingguard.domain.listing import Page
    from listingguard.domain.matching.matcher import Matcher
    from listingguard.edge.calendar import calendar
    from listingguard.edge.frequencies import shipped_frequencies
    from listingguard.sites import load_sites

    calendar("fr")
    Matcher((), shipped_frequencies())
    text = BookingSite().answer(CANARY_URL.split(HOST)[1])[2].encode()
    load_sites(shipped("scrapers")).for_url(CANARY_URL).reading(
        Page(CANARY_URL, CANARY_URL, 200, (), text, datetime.now(UTC))
    )


def serve() -> None:
    """Fork a child for each step asked for on stdin, and write how it ended: 0, or minus the signal."""
    warm_up()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                run_step(**json.loads(line))
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
    raise SystemExit


# -- what watches --------------------------------------------------------------------------------------------------------

import pytest  # noqa: E402

from listingguard.app import verify_pack  # noqa: E402
from listingguard.demo_world import CANARY_URL, BookingSite, MailSink  # noqa: E402
from listingguard.domain.case import EventKind, State  # noqa: E402
from listingguard.domain.record import DispatchState  # noqa: E402
from listingguard.flow import clock, review  # noqa: E402

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")

Made = Callable[..., "Council"]


@dataclass
class Machine:
    """Runs steps in processes that may be killed. passed, said: the points of the last run, the lines of all of them."""

    folder: Path
    process: subprocess.Popen[str]
    passed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    homes: int = 0

    def run(self, council: Council, step: str, day: date, fault: str = "") -> int:
        """Return how the process ended: 0, or minus the signal that killed it."""
        passed, said = self.folder / "passed", council.home.parent / f"{council.home.name}.said"
        passed.unlink(missing_ok=True)
        asked = {
            "home": str(council.home), "step": step, "day": day.isoformat(), "port": council.site.port,
            "fault": fault, "passed": str(passed), "said": str(said),
        }  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        self.passed = passed.read_text().splitlines() if passed.exists() else []
        self.said = said.read_text().splitlines() if said.exists() else []
        return code

    def fresh(self, council: Council) -> Council:
        """Return the council with a copy of its home."""
        self.homes += 1
        return council.copy(self.folder / f"copie-{self.homes}")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    root = Path(__file__).parents[2]
    command = [sys.executable, __file__]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:  # fmt: skip
        yield Machine(tmp_path_factory.mktemp("machine"), process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[BookingSite, MailSink]]:
    with BookingSite() as site, MailSink() as sink:
        yield site, sink


@dataclass(frozen=True)
class Control:
    """One step that nothing disturbed: the home before and after, the points passed, pages asked for, mails sent."""

    step: str
    day: date
    before: Council
    after: Council
    points: tuple[str, ...]
    hits: Counter[str]
    mails: int


def play(machine: Machine, council: Council, step: str, day: date) -> Control:
    """Run a step without faults, keep the home as it was before and is after."""
    before = machine.fresh(council)
    hits, mails = len(council.site.hits), len(council.sink.messages)
    assert machine.run(council, step, day) == 0
    return Control(
        step, day, before, machine.fresh(council), tuple(machine.passed),
        Counter(path for path, _, _ in council.site.hits[hits:]), len(council.sink.messages) - mails,
    )  # fmt: skip


@pytest.fixture(scope="module")
def story(machine: Machine, found: Made, world: tuple[BookingSite, MailSink]) -> dict[str, Control]:
    """Return each step of the demo's case, played once without faults."""
    council = found(machine.folder / "temoin", *world)
    told = {"scan": play(machine, council, "scan", SCAN), "confirm": play(machine, council, "confirm", CONFIRM)}
    council.empower(date(2026, 1, 8))
    told["approve"] = play(machine, council, "approve", APPROVE)
    told["send"] = play(machine, council, "send", APPROVE)
    # Beside the story: what follows in it still presumes the receipt.
    told["channel"] = play(machine, machine.fresh(council), "channel", APPROVE)
    told["prove"] = play(machine, machine.fresh(council), "prove", APPROVE)
    told["presume"] = play(machine, council, "clock", PRESUMED)
    told["overdue"] = play(machine, council, "clock", OVERDUE)
    told["rescan"] = play(machine, council, "scan", OVERDUE)
    told["complain"] = play(machine, council, "complain", OVERDUE)
    told["rebuild"] = play(machine, council, "rebuild", OVERDUE)
    return told


def chosen(points: tuple[str, ...]) -> list[str]:
    """Return every point by name, at its first and at its last pass."""
    counts = Counter(points)
    return list(dict.fromkeys(f"{name}#{n}" for name, last in counts.items() for n in (1, last)))


def kill_then_repeat(machine: Machine, control: Control, fault: str, *, recover: str | None = None) -> Council:
    """Return the council after the step was killed at `fault` and done again; what was left in between is sound."""
    council = machine.fresh(control.before)
    killed_at(machine, machine.run(council, control.step, control.day, fault), fault)
    sound(council, control.day)
    assert machine.run(council, recover or control.step, control.day) == 0
    sound(council, control.day)
    return council


def killed_at(machine: Machine, code: int, fault: str) -> None:
    """Check that the process died at `fault`, or that this pass of a sync did not come this time.

    Identifiers and salts are random, so which evidence needs a new folder in the vault, and one sync more, is chance.
    """
    name, _, number = fault.partition("#")
    came = Counter(machine.passed)[name] >= int(number or 1)
    assert code == (-signal.SIGKILL if came or not name.startswith("os.") else 0), fault


def sound(council: Council, day: date) -> None:
    """Check what must hold at any moment: chain, database, evidence, and no half file under a final name."""
    with council.on(day) as app:
        assert app.store.check() == ()
        assert list(app.vault.damaged()) == []
        kept = [c.body for c in app.store.captures()]
        for case in app.store.cases():
            kept += [sha for letter in app.store.letters(case.id) for sha in (letter.text, letter.pdf)]
            kept += [d.message for d in app.store.dispatches(case.id)]
            kept += [f.proof for f in app.store.facts(case.id) if f.proof and f.kind is not EventKind.CLAIM_DISPROVED]
        captures = {c.id for c in app.store.captures()}
        assert [sha for sha in kept if sha not in captures and not app.vault.has(sha)] == []
        packs = {row.path: row.sha256 for row in app.store.packs()}
    for path in (council.home / "packs").glob("*.zip"):
        assert verify_pack(path, expect=packs.get(path.name, "")).intact
    assert set(packs) <= {path.name for path in (council.home / "packs").glob("*.zip")}
    for draft in (council.home / "outbox").glob("*.eml"):
        assert b"X-Unsent: 1" in draft.read_bytes()


# The week's summary depends on the weeks the machine was on.
_TOLD = """SELECT "case", kind, due FROM told WHERE kind <> 'digest' ORDER BY 1, 2, 3"""


def picture(council: Council, day: date) -> dict[str, Any]:
    """Return everything the home knows, without what chance and the machine's clock put in."""
    with council.on(day) as app:
        store, canary = app.store, CANARY_URL
        readings = [(r.url, r.day, r.outcome, r.listings, r.canary, r.human) for r in store.readings()]
        cases = store.cases()
        return {
            # The witness page is read again by every run; every other page is recorded once.
            "readings": Counter(r for r in readings if r[0] != canary),
            "witness": {r for r in readings if r[0] == canary},
            "errands": [(e.url, e.role) for e in store.errands(HOST)],
            "captures": [(c.url, c.body, c.day, store.capture_listings(c.id)) for c in store.captures()],
            "listings": [listing for listing, _ in store.listings()],
            "matches": store.matches(),
            "queue": [(p.listing.key, p.practitioner.id) for p in review.queue(store, day)],
            "cases": [(c, store.status(c.id, day)) for c in cases],
            "events": [[(f.seq, f.kind, f.day) for f in store.facts(c.id)] for c in cases],
            "agreements": [(a.practitioner, a.platform, a.agreement, a.since) for a in store.authorisations()],
            "letters": [(x.id, x.sequence, x.template, x.text, x.day) for c in cases for x in store.letters(c.id)],
            "dispatches": [(d.id, d.recipient, d.state, d.day) for d in store.dispatches()],
            "proofs": [(p.id, p.day) for p in store.proofs()],
            "packs": [(p.case, p.number, p.path, p.day) for p in store.packs()],
            "told": [tuple(r.values()) for r in store._rows(_TOLD)],
        }


# -- reading the sites ---------------------------------------------------------------------------------------------------


def test_a_scan_killed_anywhere_and_run_again_knows_the_same_and_repeats_one_page(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests
) -> None:
    control = story["scan"]
    assert {"scan.plan.before", "scan.canary.after", "scan.page.after", "vault.after"} <= set(control.points)
    expected = picture(control.after, SCAN)
    for fault in chosen(control.points):
        with subtests.test(fault):
            hits = len(control.before.site.hits)
            council = kill_then_repeat(machine, control, fault)
            assert picture(council, SCAN) == expected
            again = Counter(path for path, _, _ in council.site.hits[hits:]) - control.hits
            # robots.txt and the witness page are asked for by every run.
            extra = {path: n for path, n in again.items() if path not in ("/robots.txt", CANARY_URL.split(HOST)[1])}
            assert sum(extra.values()) <= 1
            assert max(again.values(), default=0) <= 1


def test_a_scan_whose_pages_share_a_commit_killed_anywhere_and_run_again_knows_the_same(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests
) -> None:
    alone = story["scan"]
    control = play(machine, machine.fresh(alone.before), "scan unhurried", SCAN)
    assert picture(control.after, SCAN) == picture(alone.after, SCAN)
    assert control.points.count("scan.page.after") < alone.points.count("scan.page.after")
    for fault in chosen(control.points):
        with subtests.test(fault):
            assert picture(kill_then_repeat(machine, control, fault), SCAN) == picture(alone.after, SCAN)


def test_a_scan_killed_after_every_single_page_ends_all_the_same(machine: Machine, story: dict[str, Control]) -> None:
    control = story["scan"]
    council, hits, killed = machine.fresh(control.before), len(control.before.site.hits), 0
    while (code := machine.run(council, "scan", SCAN, "scan.page.after")) != 0:
        assert code == -signal.SIGKILL
        sound(council, SCAN)
        killed += 1
        assert killed <= sum(control.hits.values()), "no progress"
    assert killed == control.points.count("scan.page.after")
    assert picture(council, SCAN) == picture(control.after, SCAN)
    pages = Counter(path for path, _, _ in council.site.hits[hits:])
    repeated = {path for path, n in pages.items() if n > control.hits[path]}
    assert repeated == {"/robots.txt", CANARY_URL.split(HOST)[1]}


# -- the word, the letter, the dispatch ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["confirm", "approve", "channel", "prove", "presume", "overdue", "rebuild"])
def test_a_step_killed_anywhere_and_done_again_is_done_once(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests, name: str
) -> None:
    control = story[name]
    assert control.points
    expected = picture(control.after, control.day)
    mails = len(control.before.sink.messages)
    for fault in chosen(control.points):
        with subtests.test(fault):
            council = kill_then_repeat(machine, control, fault)
            assert picture(council, control.day) == expected
    assert len(control.before.sink.messages) == mails


def test_a_send_killed_anywhere_leaves_one_message_or_an_unknown_with_a_task(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    control = story["send"]
    points, sink = control.points, control.before.sink
    assert points == (
        "dispatch.sending.before", "dispatch.sending.after", "smtp.connected", "smtp.sent", "dispatch.sent.before",
        "dispatch.sent.after",
    )  # fmt: skip
    expected = picture(control.after, APPROVE)
    for at, fault in enumerate(points):
        with subtests.test(fault):
            mails = len(sink.messages)
            council = kill_then_repeat(machine, control, fault)
            left = len(sink.messages) - mails
            if fault in ("dispatch.sending.before", "dispatch.sent.after"):
                assert left == 1
                assert picture(council, APPROVE) == expected
                continue
            assert left == (1 if at >= points.index("smtp.sent") else 0)
            assert_unknown_once(council, capsys)
            # However often it is run, it is not sent: a person settles it.
            assert machine.run(council, "send", APPROVE) == 0
            assert len(sink.messages) - mails == left
            assert_unknown_once(council, capsys)


def assert_unknown_once(council: Council, capsys: pytest.CaptureFixture[str]) -> None:
    from listingguard import cli

    with council.on(APPROVE) as app:
        (row,) = app.store.dispatches()
        assert row.state is DispatchState.UNKNOWN
        kinds = [f.kind for f in app.store.facts(CASE)]
        assert kinds.count(EventKind.DISPATCH_UNKNOWN) == 1
        assert EventKind.REQUEST_SENT not in kinds
        assert "send" in [action.code for _, _, action in clock.to_do(app.store, today=APPROVE).rows]
    capsys.readouterr()
    assert cli.run(["--home", str(council.home), "--today", APPROVE.isoformat(), "next", "--json"]) == 0
    tasks = json.loads(capsys.readouterr().out)
    assert [t for t in tasks if t["case"] == CASE and "--settle" in t["command"]]


def unknown(machine: Machine, story: dict[str, Control], fault: str) -> Council:
    """Return a council whose send was killed at `fault` and found by the next run."""
    return kill_then_repeat(machine, story["send"], fault)


def test_the_recovery_of_an_interrupted_send_may_be_killed_too(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted = machine.fresh(story["send"].before)
    assert machine.run(interrupted, "send", APPROVE, "smtp.sent") == -signal.SIGKILL
    mails = len(interrupted.sink.messages)
    control = play(machine, interrupted, "send", APPROVE)
    assert control.points == ("dispatch.unknown.before", "dispatch.unknown.after")
    for fault in chosen(control.points):
        with subtests.test(fault):
            assert_unknown_once(kill_then_repeat(machine, control, fault), capsys)
    assert len(interrupted.sink.messages) == mails


@pytest.mark.parametrize(("word", "state"), [("settle sent", State.SENT), ("settle not sent", State.DRAFTED)])
def test_a_person_settles_an_unknown_either_way_and_a_kill_while_doing_so_changes_nothing(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests, word: str, state: State
) -> None:
    left = word == "settle sent"
    council = unknown(machine, story, "smtp.sent" if left else "smtp.connected")
    sink = council.sink
    mails = len(sink.messages)
    control = play(machine, council, word, APPROVE)
    assert len(set(control.points)) == 2
    expected = picture(control.after, APPROVE)
    assert expected["cases"][0][1].state is state
    for fault in chosen(control.points):
        with subtests.test(fault):
            assert picture(kill_then_repeat(machine, control, fault), APPROVE) == expected
    assert len(sink.messages) == mails
    # What did not leave may now be sent, what left never again.
    assert machine.run(council, "send", APPROVE) == 0
    assert len(sink.messages) - mails == (0 if left else 1)
    with council.on(APPROVE) as app:
        assert [d.state for d in app.store.dispatches()] == [DispatchState.SENT]
        kinds = [f.kind for f in app.store.facts(CASE)]
        assert kinds.count(EventKind.REQUEST_SENT) == 1
        assert app.store.status(CASE, APPROVE).state is State.SENT
        assert app.store.check() == ()


def test_a_letter_whose_case_closed_after_the_crash_does_not_block_the_outbox(
    machine: Machine, story: dict[str, Control]
) -> None:
    council = machine.fresh(story["send"].before)
    assert machine.run(council, "send", APPROVE, "smtp.sent") == -signal.SIGKILL
    with council.on(APPROVE) as app:
        review.record(
            app.store, app.vault, app.store.case(CASE), EventKind.WITHDRAWN, day=APPROVE, today=APPROVE,
            at=app.now(), actor="Dominique Secrétaire", proof=b"Je renonce.",
        )  # fmt: skip
    assert machine.run(council, "send", APPROVE) == 0
    with council.on(APPROVE) as app:
        (row,) = app.store.dispatches()
        assert row.state is DispatchState.UNKNOWN
        assert "clos" in row.response


def test_a_draft_for_a_home_without_a_mail_server_is_whole_and_never_doubled(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests
) -> None:
    council = machine.fresh(story["send"].before)
    config = council.home / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('smtp_host = "127.0.0.1"', ""), encoding="utf-8")
    control = play(machine, council, "send", APPROVE)
    assert {"os.replace.before", "dispatch.draft.before"} <= set(control.points)
    expected = picture(control.after, APPROVE)
    assert expected["dispatches"][0][2] is DispatchState.DRAFT
    for fault in chosen(control.points):
        with subtests.test(fault):
            killed = kill_then_repeat(machine, control, fault)
            assert picture(killed, APPROVE) == expected
            assert len(list((killed.home / "outbox").glob("*.eml"))) == 1


def test_a_kill_while_the_mail_server_is_away_loses_nothing(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests, capsys: pytest.CaptureFixture[str]
) -> None:
    council = machine.fresh(story["send"].before)
    config = council.home / "config.toml"
    port = f"smtp_port = {council.sink.port}"
    config.write_text(config.read_text(encoding="utf-8").replace(port, "smtp_port = 1"), encoding="utf-8")
    control = play(machine, council, "send", APPROVE)
    assert picture(control.after, APPROVE)["dispatches"][0][2] is DispatchState.QUEUED
    for fault in chosen(control.points):
        with subtests.test(fault):
            killed = kill_then_repeat(machine, control, fault)
            with killed.on(APPROVE) as app:
                state = app.store.dispatches()[0].state
            # Until the result is written nobody knows, even though here nothing had left.
            if fault in ("dispatch.sending.after#1", "dispatch.requeued.before#1"):
                assert_unknown_once(killed, capsys)
            else:
                assert state is DispatchState.QUEUED
    mended = machine.fresh(control.after)
    text = (mended.home / "config.toml").read_text(encoding="utf-8")
    (mended.home / "config.toml").write_text(text.replace("smtp_port = 1\n", port + "\n"), encoding="utf-8")
    mails = len(mended.sink.messages)
    assert machine.run(mended, "send", APPROVE) == 0
    assert len(mended.sink.messages) - mails == 1


def test_two_senders_at_once_send_once(machine: Machine, story: dict[str, Control]) -> None:
    from threading import Barrier, Thread

    from listingguard.flow import dispatch

    council = machine.fresh(story["send"].before)
    mails, barrier, states = len(council.sink.messages), Barrier(2), []

    def send() -> None:
        with council.on(APPROVE) as app:
            # Both list the queue before either takes the row; the home's lease, which forbids this, is not held.
            mailer, office = app.mailer(), app.office()
            barrier.wait()
            for sent in dispatch.send_due(
                app.store, app.vault, mailer, office, app.home / "outbox", today=APPROVE, at=app.now, actor="x"
            ):
                states.append(sent.state)

    row_of = dispatch._held

    def slow(*args: Any) -> str:
        held = row_of(*args)
        barrier.wait(timeout=60)
        return held

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "_held", slow)
        threads = [Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(council.sink.messages) - mails == 1
    assert states.count(DispatchState.SENT) == 1


# -- the clock -----------------------------------------------------------------------------------------------------------


def test_the_clock_killed_anywhere_tells_each_thing_at_most_once_and_keeps_its_task(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests
) -> None:
    control = story["overdue"]
    expected = picture(control.after, OVERDUE)
    assert [kind for _, kind, _ in expected["told"]] == ["council", "legal"]
    for fault in chosen(control.points):
        with subtests.test(fault):
            council = kill_then_repeat(machine, control, fault)
            assert machine.run(council, "clock", OVERDUE + timedelta(days=1)) == 0
            assert [line for line, n in Counter(machine.said).items() if n > 1] == []
            with council.on(OVERDUE) as app:
                assert "complain" in [a.code for _, _, a in clock.to_do(app.store, today=OVERDUE).rows]


def test_a_receipt_is_presumed_once_even_by_a_machine_off_for_weeks_and_killed_on_its_return(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests
) -> None:
    after_weeks = play(machine, machine.fresh(story["presume"].before), "clock", OVERDUE)
    in_time = picture(story["overdue"].after, OVERDUE)
    for fault in chosen(after_weeks.points):
        with subtests.test(fault):
            known = picture(kill_then_repeat(machine, after_weeks, fault), OVERDUE)
            assert known == in_time
            assert [k for _, k, _ in known["events"][0]].count(EventKind.RECEIPT_PRESUMED) == 1


def test_a_broken_promise_and_an_ended_mandate_are_recorded_once(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests
) -> None:
    council = machine.fresh(story["presume"].after)
    claimed = date(2026, 1, 22)
    with council.on(claimed) as app:
        review.record(
            app.store, app.vault, app.store.case(CASE), EventKind.ERASED_CLAIMED, day=claimed, today=claimed,
            at=app.now(), actor="Dominique Secrétaire", proof=b"Nous avons tout efface.",
        )  # fmt: skip
    assert machine.run(council, "scan", date(2026, 2, 1)) == 0
    disproved = play(machine, council, "clock", LEGAL)
    ended = play(machine, machine.fresh(story["presume"].after), "clock", date(2028, 2, 1))
    for control, kind in ((disproved, EventKind.CLAIM_DISPROVED), (ended, EventKind.MANDATE_EXPIRED)):
        expected = picture(control.after, control.day)
        for fault in chosen(control.points):
            with subtests.test(f"{kind} {fault}"):
                known = picture(kill_then_repeat(machine, control, fault), control.day)
                assert known == expected
                assert [k for _, k, _ in known["events"][0]].count(kind) == 1


# -- the complaint -------------------------------------------------------------------------------------------------------


def test_a_complaint_killed_anywhere_can_be_built_is_one_and_verifies(
    machine: Machine, story: dict[str, Control], subtests: pytest.Subtests
) -> None:
    control = story["complain"]
    assert {"os.replace.before", "os.replace.after", "complain.built.before"} <= set(control.points)
    expected = picture(control.after, OVERDUE)
    for fault in chosen(control.points):
        with subtests.test(fault):
            council = kill_then_repeat(machine, control, fault)
            assert picture(council, OVERDUE) == expected
            with council.on(OVERDUE) as app:
                (pack,) = app.store.packs()
            made = sorted((council.home / "packs").glob("*.zip"), key=lambda path: "confidentiel" in path.name)
            assert made[0].name == pack.path
            # `sound` verified both, the first by the hash that the event gives.
            assert len(made) == 2


# -- the first opening ---------------------------------------------------------------------------------------------------


def test_a_home_whose_first_opening_was_killed_opens(machine: Machine, story: dict[str, Control]) -> None:
    for fault in ("store.migrate.before", "store.migrate.after"):
        council = machine.fresh(story["scan"].before)
        for name in ("listingguard.db", "listingguard.db-wal", "listingguard.db-shm"):
            (council.home / name).unlink(missing_ok=True)
        assert machine.run(council, "clock", SCAN, fault) == -signal.SIGKILL
        assert machine.run(council, "clock", SCAN) == 0
        sound(council, SCAN)
