"""A scan dealt out to several processes tells the same as one, and ends with the process that holds the home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from listingguard.app import readers
from listingguard.errors import BadInput, ListingguardError
from listingguard.flow import scan
from tests.flow.test_hostile import DAY, PROFILE, Home, make_home
from tests.hostile_site import HostileSite

# The second is read by the other process, and has a list without end.
HOSTS = ("un", "sansfin", "deux")

# What a person starts: the lease of the home, then the scan. A terminal's Ctrl-C goes to the whole group.
COMMAND = """
import signal
import sys
from datetime import date
from pathlib import Path
from listingguard.app import App, readers

# Whoever starts the tests in the background has them ignore Ctrl-C: what a person starts does not.
signal.signal(signal.SIGINT, signal.default_int_handler)
home, port, *hosts = sys.argv[1:]
loopback = dict.fromkeys(hosts, ("127.0.0.1", int(port)))
with App.open(Path(home), today=date.fromisoformat("2026-03-02"), writing=True, loopback=loopback) as app, app.job(), readers(2) as others:
    app.scan(hosts, others=others)
"""


@pytest.fixture
def home(tmp_path: Path):
    with HostileSite() as site:
        yield make_home(tmp_path / "home", site, HOSTS)


def read(home: Home) -> list[object]:
    """Return what the home knows after a scan, without what differs from one moment to the next."""
    with home.on(DAY) as app:
        rows = [row for host in home.hosts for row in app.store.latest_readings(host).values()]
        return [
            sorted((replace(row, at=None, run=None) for row in rows), key=lambda row: row.url),
            sorted((capture.url, capture.body) for capture in app.store.captures()),
            [listing for listing, _ in app.store.listings()],
            app.store.matches(),
        ]


def wait_for(what: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def start(home: Home) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", COMMAND, str(home.folder), str(home.site.port), *home.hosts]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    # Both processes are at work once a host of each has been asked for a third page, and stay so while it is held.
    home.site.held.update(home.hosts[:2])
    wait_for(lambda: all(len(home.site.hits[host]) > 2 for host in home.hosts[:2]))
    return process


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_two_processes_tell_what_one_tells_in_the_same_order(home, tmp_path):
    with home.on(DAY) as app, readers(2) as others:
        by_two = app.scan(home.hosts, others=others)
    assert [result.host for result in by_two] == list(home.hosts)
    assert sum(len(result.kept) for result in by_two) >= 2
    with HostileSite() as site:
        other = make_home(tmp_path / "other", site, HOSTS)
        with other.on(DAY) as app:
            assert app.scan(other.hosts) == by_two
        assert read(other) == read(home)


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_an_interrupted_scan_ends_its_processes_and_goes_on_later(home):
    process = start(home)
    os.killpg(process.pid, signal.SIGINT)
    home.site.held.clear()
    _, said = process.communicate(timeout=120)
    assert process.returncode != 0
    assert said.count("KeyboardInterrupt") == 1, "only the process that was started answers"
    wait_for(lambda: not alive(process.pid), 3)
    before = {host: [path for path in home.site.paths(host) if path == PROFILE] for host in home.hosts}
    with home.on(DAY) as app, readers(2) as others:
        app.scan(home.hosts, others=others)
        assert {capture.site for capture in app.store.captures()} == {home.hosts[0], home.hosts[2]}
    # A page on its way when the scan was interrupted is asked for again, no other.
    assert all(home.site.paths(host).count(PROFILE) <= len(asked) + 1 for host, asked in before.items())


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_no_process_reads_on_once_the_one_that_holds_the_home_is_killed(home):
    process = start(home)
    os.kill(process.pid, signal.SIGKILL)
    asked = len(home.site.hits[home.hosts[1]])
    home.site.held.clear()
    process.communicate(timeout=120)
    wait_for(lambda: not alive(process.pid), 10)
    # The page on its way, at most the one that was waiting for its turn.
    assert len(home.site.hits[home.hosts[1]]) <= asked + 2 < 8


def die(result: scan.HostResult, url: str) -> None:
    if os.getppid() == int(os.environ["LISTINGGUARD_TEST_PARENT"]):
        os._exit(9)


def test_a_process_that_dies_is_told_in_one_sentence(home, monkeypatch):
    monkeypatch.setenv("LISTINGGUARD_TEST_PARENT", str(os.getpid()))
    with (
        home.on(DAY) as app,
        readers(2) as others,
        pytest.raises(ListingguardError, match="relancez la lecture, elle reprend où"),
    ):
        app.scan(home.hosts, die, others=others)


def test_what_goes_wrong_in_another_process_is_the_same_sentence_here(home):
    with home.on(DAY) as app, readers(2) as others:
        assert app.sites.get(home.hosts[1])
        # This process knows its sites already; the other one reads them anew.
        (home.folder / "sites" / "deux.py").write_text("non !", encoding="utf-8")
        with pytest.raises(BadInput, match=r"deux\.py.* ce module de site ne se charge pas"):
            app.scan(home.hosts, others=others)


WAITING = """
import sys
import time
from multiprocessing import active_children
from listingguard.app import readers

if __name__ == "__main__":
    with readers(3):
        print(*(child.pid for child in active_children()), flush=True)
        time.sleep(120)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_processes_that_nobody_gave_work_yet_end_with_the_one_that_started_them(tmp_path):
    script = tmp_path / "waiting.py"
    script.write_text(WAITING, encoding="utf-8")
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        others = [int(word) for word in process.stdout.readline().split()]
        assert len(others) == 2
        process.kill()
    wait_for(lambda: not alive(process.pid), 20)
