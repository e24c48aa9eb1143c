"""The clock's offset is what a time server says, or nothing; never a guess, never a stranger's word."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from listingguard.edge.clock_offset import offset, public_ip
from listingguard.edge.fetch import Fetcher, MemoryLease
from listingguard.errors import BadInput

NTP_TO_POSIX = 2_208_988_800


def stamp(posix: float) -> int:
    return int((posix + NTP_TO_POSIX) * 2**32) % 2**64


def reply(
    question: bytes, clock: float, *, flags: int = 0b00_100_100, stratum: int = 2, sent: int | None = None
) -> bytes:
    """Return the answer of a time server whose clock says `clock`."""
    (echo,) = struct.unpack("!Q", question[40:48])
    return struct.pack("!BB22xQQQ", flags, stratum, echo, stamp(clock), stamp(clock) if sent is None else sent)


@contextlib.contextmanager
def time_server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A UDP server on this machine that answers one question; yields its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            with contextlib.suppress(OSError):
                question, client = sock.recvfrom(512)
                assert (len(question), question[0]) == (48, 0b00_100_011)
                sock.sendto(answer(question), client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield sock.getsockname()[1]


@pytest.mark.parametrize("ahead", [0.0, 3.25, -7200.0, 40_000_000.0])
def test_the_offset_is_what_must_be_added_to_our_clock(ahead: float) -> None:
    with time_server(lambda q: reply(q, time.time() + ahead)) as port:
        found = offset("127.0.0.1", port=port)
    assert found == pytest.approx(ahead, abs=0.2)


def test_a_way_as_long_there_as_back_takes_nothing_from_the_offset() -> None:
    # Our clock says 100 when the question leaves and 104 when the answer is back; in between the server says 112.
    ours = iter([1_800_000_100.0, 1_800_000_104.0])
    with time_server(lambda q: reply(q, 1_800_000_112.0)) as port:
        assert offset("127.0.0.1", port=port, now=lambda: next(ours)) == pytest.approx(10, abs=1e-6)


def test_the_offset_is_right_beyond_the_year_2036() -> None:
    moment = datetime(2040, 1, 1, tzinfo=UTC).timestamp()
    with time_server(lambda q: reply(q, moment + 5)) as port:
        assert offset("127.0.0.1", port=port, now=lambda: moment) == pytest.approx(5, abs=1e-6)


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "another question": lambda q: reply(q[:40] + bytes(8), time.time()),
    "its clock is not set": lambda q: reply(q, time.time(), flags=0b11_100_100),
    "no server": lambda q: reply(q, time.time(), flags=0b00_100_011),
    "go away": lambda q: reply(q, time.time(), stratum=0),
    "unsynchronised": lambda q: reply(q, time.time(), stratum=16),
    "no time": lambda q: reply(q, time.time(), sent=0),
    "cut": lambda q: reply(q, time.time())[:40],
    "empty": lambda q: b"",
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_an_answer_that_cannot_be_trusted_is_none(answer: Callable[[bytes], bytes]) -> None:
    with time_server(answer) as port:
        assert offset("127.0.0.1", port=port) is None


def test_silence_is_none_and_does_not_last() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        start = time.monotonic()
        assert offset("127.0.0.1", timeout=0.2, port=port) is None
    assert time.monotonic() - start < 20
    assert offset("127.0.0.1", timeout=0.2, port=port) is None, "nobody listens there now"
    assert offset("a" * 300 + ".example", timeout=0.2) is None


def asked(httpserver: HTTPServer, body: str | bytes, status: int = 200) -> str:
    httpserver.no_handler_status_code = 404
    httpserver.expect_request("/ip").respond_with_data(body, status=status)
    with Fetcher(
        user_agent="listingguard/1.0", lease=MemoryLease(), now=lambda: datetime.now(UTC), sleep=lambda _: None,
        loopback={"mon-adresse.example": ("127.0.0.1", httpserver.port)},
    ) as fetcher:  # fmt: skip
        return public_ip(fetcher, "http://mon-adresse.example/ip")


@pytest.mark.parametrize("body", ["93.184.215.14", "93.184.215.14\n", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_address_the_world_sees_is_what_the_service_says(httpserver: HTTPServer, body: str) -> None:
    assert asked(httpserver, body) == body.strip()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<p>93.184.215.14</p>", 200),
        ("10.0.0.1", 200),
        ("", 200),
        (b"\xff\xfe", 200),
        ("93.184.215.14", 404),
        ("1" * 5000, 200),
    ],
)
def test_what_is_no_public_address_is_not_taken_for_one(httpserver: HTTPServer, body: str | bytes, status: int) -> None:
    with pytest.raises(BadInput, match=r"mon-adresse\.example/ip ne dit pas"):
        asked(httpserver, body, status)
