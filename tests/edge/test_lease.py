"""Whose turn it is on a host is the same for every thread, process and run; a host that asked for rest gets it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from sqlite_utils import Database
from werkzeug import Request, Response

from listingguard.domain.case import Acting, Gate, Rules
from listingguard.domain.french import PARIS
from listingguard.edge.fetch import Lease, MemoryLease
from listingguard.edge.schema import migrations
from listingguard.edge.store import Store
from listingguard.errors import Damaged

RULES = Rules(Acting.COUNCIL, Gate.COUNCIL, {})
HOST = "rdv-soins.example"
NOON = datetime(2026, 3, 1, 11, tzinfo=UTC)
DAY = date(2026, 3, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "listingguard.db"


@pytest.fixture(params=["memory", "store"])
def lease(request: pytest.FixtureRequest, path: Path) -> Iterator[Lease]:
    if request.param == "memory":
        yield MemoryLease()
    else:
        with Store(path, RULES) as store:
            yield store


def test_a_day_s_requests_are_counted_by_the_day_of_paris(lease: Lease) -> None:
    assert lease.used(HOST, DAY) == 0
    for _ in range(3):
        lease.reserve(HOST, 1.0, NOON)
    lease.reserve(HOST, 1.0, NOON, requests=0)
    lease.reserve("autre-site.example", 1.0, NOON)
    assert lease.used(HOST, DAY) == 3
    lease.reserve(HOST, 1.0, datetime(2026, 3, 1, 22, 59, tzinfo=UTC))
    assert lease.used(HOST, DAY) == 4
    # 23 h UTC is midnight in Paris.
    lease.reserve(HOST, 1.0, datetime(2026, 3, 1, 23, 0, tzinfo=UTC))
    assert (lease.used(HOST, DAY), lease.used(HOST, date(2026, 3, 2))) == (0, 1)


def test_an_empty_slot_keeps_others_waiting_too(lease: Lease) -> None:
    assert lease.reserve(HOST, 2.0, NOON) == 0
    assert lease.reserve(HOST, 30.0, NOON, requests=0) == pytest.approx(2)
    assert lease.reserve(HOST, 2.0, NOON) == pytest.approx(32)


def test_a_rest_holds_until_its_end_and_for_its_host_only(lease: Lease) -> None:
    until = NOON + timedelta(hours=24)
    assert lease.resting(HOST, NOON) is None
    lease.rest(HOST, until, "il refuse les programmes")
    assert lease.resting(HOST, NOON) == (until, "il refuse les programmes")
    assert lease.resting(HOST, until - timedelta(seconds=1)) == (until, "il refuse les programmes")
    assert lease.resting(HOST, until) is None
    assert lease.resting("autre-site.example", NOON) is None


def test_a_shorter_rest_never_ends_a_longer_one(lease: Lease) -> None:
    long, short = NOON + timedelta(days=1), NOON + timedelta(minutes=1)
    lease.rest(HOST, long, "il refuse les programmes")
    lease.rest(HOST, short, "il demande de ralentir")
    assert lease.resting(HOST, NOON) == (long, "il refuse les programmes")
    lease.rest(HOST, long + timedelta(hours=1), "il montre un test pour humains")
    assert lease.resting(HOST, NOON) == (long + timedelta(hours=1), "il montre un test pour humains")


def test_slots_and_rests_leave_each_other_alone(lease: Lease) -> None:
    lease.reserve(HOST, 60.0, NOON)
    lease.rest(HOST, NOON + timedelta(hours=1), "il demande de ralentir")
    assert lease.used(HOST, DAY) == 1
    assert lease.reserve(HOST, 60.0, NOON) == pytest.approx(60)
    assert lease.resting(HOST, NOON) is not None


def test_a_rest_outlives_the_run_that_noted_it(path: Path) -> None:
    until = NOON + timedelta(days=7)
    with Store(path, RULES) as store:
        store.reserve(HOST, 5.0, NOON)
        store.rest(HOST, until, "il demande de ralentir")
    with Store(path, RULES) as later:
        assert later.resting(HOST, NOON + timedelta(days=6)) == (until, "il demande de ralentir")
        assert later.used(HOST, DAY) == 1


def test_a_clock_that_ran_a_year_ahead_silences_no_host_for_a_year(path: Path) -> None:
    with Store(path, RULES) as store:
        store.rest(HOST, NOON + timedelta(days=366), "il refuse les programmes")
        assert store.resting(HOST, NOON) is None
        store.rest(HOST, NOON + timedelta(hours=1), "il demande de ralentir")
        assert store.resting(HOST, NOON) == (NOON + timedelta(hours=1), "il demande de ralentir")


def test_a_long_pace_is_kept_by_several_at_once(path: Path) -> None:
    with Store(path, RULES) as store:
        assert [store.reserve(HOST, 1800.0, NOON) for _ in range(5)] == [0, 1800, 3600, 5400, 7200]


def test_no_request_waits_until_a_scan_has_written(path: Path) -> None:
    with Store(path, RULES) as writing, Store(path, RULES) as asking:
        assert asking.reserve(HOST, 5.0, NOON) == 0
        with writing.tx("test"):
            writing.log("test", day=DAY, at=NOON, actor="test", data={})
            # Were it the same file, these would raise Busy.
            assert asking.leave(HOST, 5.0, NOON, NOON) == 0
            assert asking.reserve(HOST, 5.0, NOON) == 5


def test_without_its_file_the_turns_begin_anew_and_a_rest_still_holds(path: Path) -> None:
    with Store(path, RULES) as store:
        store.reserve(HOST, 60.0, NOON)
        store.rest(HOST, NOON + timedelta(hours=1), "il demande de ralentir")
    path.with_name("turns.db").unlink()
    with Store(path, RULES) as store:
        assert store.reserve(HOST, 60.0, NOON) == 0
        assert store.resting(HOST, NOON) is not None


def test_a_damaged_file_of_turns_is_named(path: Path) -> None:
    path.with_name("turns.db").write_bytes(b"ceci n'est pas une base" * 100)
    with Store(path, RULES) as store, pytest.raises(Damaged, match=r"turns\.db"):
        store.reserve(HOST, 60.0, NOON)


def test_a_home_made_before_keeps_its_slots(path: Path) -> None:
    old = Database(path)
    migrations.apply(old, stop_before="m002_host_manners")
    old.execute("INSERT INTO host_lease (host, next_at) VALUES (?, ?)", [HOST, NOON.timestamp() + 30])
    old.conn.commit()
    old.conn.close()
    with Store(path, RULES) as store:
        assert (store.used(HOST, DAY), store.resting(HOST, NOON)) == (0, None)
        assert store.reserve(HOST, 5.0, NOON) == 30


VISITS = """
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from listingguard.domain.case import Acting, Gate, Rules
from listingguard.edge.fetch import Fetcher
from listingguard.edge.store import Store
from listingguard.errors import Blocked

path, port, pages, pace, late = sys.argv[1:]
connect = socket.socket.connect
socket.socket.connect = lambda self, address: (time.sleep(float(late)), connect(self, address))[1]
with Store(Path(path), Rules(Acting.COUNCIL, Gate.COUNCIL, {})) as store, Fetcher(
    user_agent="listingguard/1.0 (+mailto:rgpd@conseil.example)", lease=store, now=lambda: datetime.now(UTC),
    loopback={"rdv-soins.example": ("127.0.0.1", int(port))}, jitter=0.0,
) as fetcher:
    # Both start together: ready, then go.
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(pages)):
        try:
            fetcher.get(f"http://rdv-soins.example/{number}", pace_seconds=float(pace))
        except Blocked as error:
            print(error, flush=True)
"""


def run_together(
    path: Path, port: int, *, pages: int, pace: float, late: tuple[float, float] = (0.0, 0.0)
) -> list[str]:
    """Let two processes read pages of one site from one home at the same time; return what each printed.

    late: the seconds that each takes to open a connection.
    """
    with Store(path, RULES):
        pass
    started = [
        subprocess.Popen(
            [sys.executable, "-c", VISITS, str(path), str(port), str(pages), str(pace), str(own)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for own in late
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    return printed


def test_two_processes_share_the_pace_as_the_server_measures_it(path: Path, httpserver: HTTPServer) -> None:
    seen: list[float] = []

    def answer(_: Request) -> Response:
        seen.append(time.monotonic())
        return Response("ok")

    httpserver.expect_request("/robots.txt").respond_with_handler(answer)
    for number in range(4):
        httpserver.expect_request(f"/{number}").respond_with_handler(answer)
    began = datetime.now(PARIS).date()
    assert run_together(path, httpserver.port, pages=4, pace=0.5) == ["", ""]
    assert len(seen) == 10
    # The server may look at its clock late, which makes one gap shorter and the one before it longer: never their sum.
    assert min(b - a for a, b in pairwise(seen)) >= 0.1
    assert seen[-1] - seen[0] >= 9 * 0.5 - 0.3
    with Store(path, RULES) as store:
        assert store.used(HOST, began) == 10 or datetime.now(PARIS).date() != began


def test_who_is_late_lets_the_other_go_first_and_keeps_the_pace(lease: Lease) -> None:
    first = NOON + timedelta(seconds=lease.reserve(HOST, 5.0, NOON))
    second = NOON + timedelta(seconds=lease.reserve(HOST, 5.0, NOON))
    # The first is still connecting when the second, which was booked for later, leaves.
    assert lease.leave(HOST, 5.0, second, second) == 0
    assert lease.leave(HOST, 5.0, first, second + timedelta(seconds=1)) == pytest.approx(4)
    assert lease.leave(HOST, 5.0, first, second + timedelta(seconds=5)) == 0
    # Five seconds after it left, ten after it was booked for, is the earliest for anybody else.
    third = second + timedelta(seconds=5)
    assert lease.reserve(HOST, 5.0, third) >= 5
    assert lease.leave("autre-site.example", 5.0, third, third) == 0


def test_a_departure_noted_by_a_clock_that_ran_ahead_holds_nobody(path: Path) -> None:
    with Store(path, RULES) as store:
        assert store.leave(HOST, 5.0, NOON + timedelta(days=1), NOON + timedelta(days=1)) == 0
        assert store.leave(HOST, 5.0, NOON, NOON) == 0


def test_the_pace_of_two_processes_counts_from_when_requests_leave_as_the_server_measures_it(path: Path) -> None:
    seen: list[float] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(time.monotonic())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    # It answers each connection on its own, and closes it: each request has to connect anew.
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # One of the two takes so long to connect that the other, booked for half a second later, is ready first.
        assert run_together(path, server.server_port, pages=3, pace=0.5, late=(0.0, 0.6)) == ["", ""]
        server.shutdown()
    assert len(seen) == 8
    assert min(b - a for a, b in pairwise(seen)) >= 0.5 - 0.2


def test_what_one_process_is_refused_the_other_does_not_ask(path: Path, httpserver: HTTPServer) -> None:
    httpserver.no_handler_status_code = 404
    httpserver.expect_request("/0").respond_with_data(status=403)
    first, second = run_together(path, httpserver.port, pages=3, pace=0.5)
    assert [request.path for request, _ in httpserver.log].count("/0") == 1
    assert not {"/1", "/2"} & {request.path for request, _ in httpserver.log}
    assert f"{first}{second}".count("laissé tranquille") == 5
