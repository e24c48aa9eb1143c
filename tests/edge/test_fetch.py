"""The fetcher keeps out of private networks, within robots.txt, at its pace, and within its limits."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listingguard.edge.fetch import Fetcher, HostBlocked, MemoryLease, allowed
from listingguard.errors import BadInput, Blocked, Forbidden, Unreachable

HOST = "rdv-soins.example"
SITE = f"http://{HOST}"
AGENT = "listingguard/1.0 (+mailto:rgpd@conseil.example)"


def utc() -> datetime:
    return datetime.now(UTC)


def fetcher(*ports: int, **options: Any) -> Fetcher:
    """Return a fetcher that finds rdv-soins.example (and autre-site.example) on these local ports."""
    hosts = (HOST, "autre-site.example")
    given: dict[str, Any] = {"timeout_s": 2.0, "lease": MemoryLease(), "now": utc} | options
    return Fetcher(
        user_agent=AGENT, loopback={h: ("127.0.0.1", p) for h, p in zip(hosts, ports, strict=False)}, **given
    )


@pytest.fixture
def site(httpserver: HTTPServer) -> HTTPServer:
    """A booking site without robots.txt (every unknown path is a 404 here)."""
    httpserver.no_handler_status_code = 404
    return httpserver


def paths(server: HTTPServer) -> list[str]:
    return [request.path for request, _ in server.log]


@contextlib.contextmanager
def scripted(answer: Callable[[socket.socket, str], None]) -> Iterator[int]:
    """A raw HTTP server: 404 for robots.txt, `answer` for the rest; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                asked = client.recv(65536).decode().split(" ")[1]
                if asked == "/robots.txt":
                    client.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                else:
                    answer(client, asked)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()


# --- the guard

INSIDE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://localhost/",
    "http://0/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://017700000001/",
    "http://10.0.0.1/",
    "http://172.16.3.4/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/metadata",
    "http://192.0.0.192/opc/v2/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://203.0.113.7/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:53aa:64c::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "https://127.0.0.1/",
    "https://[::1]/",
]
ODD = [
    "http://rdv-soins.example:22/",
    "http://rdv-soins.example:8080/",
    "http://127.0.0.1:25/",
    "file:///etc/passwd",
    "ftp://rdv-soins.example/",
    "gopher://rdv-soins.example/",
    "http://camille:secret@rdv-soins.example/",
    "http://rdv-soins.example@127.0.0.1/",
]


@pytest.mark.parametrize("url", INSIDE + ODD)
def test_an_address_inside_is_never_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_connection(*_: object) -> None:
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr(socket.socket, "connect", no_connection)
    with fetcher() as f, pytest.raises(Forbidden, match="Adresse interdite"):
        f.get(url, pace_seconds=0)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "192.0.1.1"])
def test_a_public_address_is_allowed_on_web_ports_only(address: str) -> None:
    assert [port for port in (22, 25, 80, 443, 8080) if allowed(address, port)] == [80, 443]


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_inside_ipv6(address: Any) -> None:
    assert allowed(f"::ffff:{address}", 443) == allowed(str(address), 443)
    assert not allowed(f"64:ff9b::{address}", 443)


@given(st.ip_addresses())
def test_nothing_private_is_ever_allowed(address: Any) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        mapped = getattr(address, "ipv4_mapped", None)
        assert not allowed(str(mapped or address), 80) or (mapped and mapped.is_global)


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/meta-data/", "//127.0.0.1/", "http://127.0.0.1:22/", "file:///etc/passwd",
     "https://[::1]/", "http://a:b@rdv-soins.example/"],
)  # fmt: skip
def test_a_redirection_to_the_inside_is_refused(site: HTTPServer, target: str) -> None:
    site.expect_request("/sortie").respond_with_data(status=302, headers={"Location": target})
    with fetcher(site.port) as f, pytest.raises(Forbidden):
        f.get(f"{SITE}/sortie", pace_seconds=0)
    assert paths(site) == ["/robots.txt", "/sortie"]


def test_a_public_name_that_resolves_to_the_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.215.14", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    with fetcher() as f, pytest.raises(Forbidden, match=r"10\.0\.0\.5"):
        f.get("http://change.example/", pace_seconds=0)


def test_only_this_machine_may_stand_in_for_an_invented_host() -> None:
    with pytest.raises(Forbidden):
        Fetcher(user_agent=AGENT, lease=MemoryLease(), now=utc, loopback={HOST: ("192.168.1.1", 80)})


@pytest.mark.parametrize("url", ["", "rdv-soins.example/x", "http://", "http:///x", "http://[::1", "http://*.example/"])
def test_what_is_no_page_address_is_said_in_one_sentence(url: str) -> None:
    with fetcher() as f, pytest.raises(BadInput, match="n’est pas l’adresse d’une page"):
        f.get(url, pace_seconds=0)


@pytest.mark.parametrize("agent", ["", "Conseil départemental", "listingguard\r\nX: y", "(rien)"])
def test_a_user_agent_that_cannot_be_sent_is_refused(agent: str) -> None:
    with pytest.raises(BadInput, match="User-Agent"):
        Fetcher(user_agent=agent, lease=MemoryLease(), now=utc)


# --- what comes back


def test_the_bytes_of_a_page_come_back_untouched(site: HTTPServer) -> None:
    body = bytes(range(256)) + "kinésithérapeute".encode("cp1252")
    site.expect_request("/fiche").respond_with_data(body, content_type="text/html; charset=iso-8859-1")
    before = utc()
    with fetcher(site.port) as f:
        page = f.get(f"{SITE}/fiche?q=a", pace_seconds=0)
    assert (page.url, page.final_url, page.status) == (f"{SITE}/fiche?q=a", f"{SITE}/fiche?q=a", 200)
    assert page.body == body
    assert page.header("content-type") == "text/html; charset=iso-8859-1"
    assert before <= page.at <= utc()


def test_a_gzipped_page_comes_back_unzipped(site: HTTPServer) -> None:
    site.expect_request("/fiche").respond_with_data(gzip.compress(b"<p>" * 9999), headers={"Content-Encoding": "gzip"})
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0).body == b"<p>" * 9999


@pytest.mark.parametrize("status", [404, 410, 401, 451, 500])
def test_a_page_that_is_gone_or_broken_comes_back_with_its_status(site: HTTPServer, status: int) -> None:
    site.expect_request("/fiche").respond_with_data("Cette fiche n’existe plus", status=status)
    with fetcher(site.port) as f:
        page = f.get(f"{SITE}/fiche", pace_seconds=0)
    assert (page.status, page.body.decode()) == (status, "Cette fiche n’existe plus")
    assert paths(site).count("/fiche") == 1


def test_we_say_who_we_are_and_keep_no_cookie(site: HTTPServer) -> None:
    site.expect_request("/a").respond_with_data("a", headers={"Set-Cookie": "suivi=1"})
    site.expect_request("/b").respond_with_data("b")
    with fetcher(site.port) as f:
        f.get(f"{SITE}/a", pace_seconds=0)
        f.get(f"{SITE}/b", pace_seconds=0)
    assert {request.headers["User-Agent"] for request, _ in site.log} == {AGENT}
    assert not any("Cookie" in request.headers for request, _ in site.log)


def test_a_redirection_is_followed_and_both_addresses_kept(site: HTTPServer) -> None:
    site.expect_request("/ancien").respond_with_data(status=301, headers={"Location": "/fiche/é"})
    site.expect_request("/fiche/é").respond_with_data("ici")
    with fetcher(site.port) as f:
        page = f.get(f"{SITE}/ancien", pace_seconds=0)
    assert (page.url, page.final_url, page.body) == (f"{SITE}/ancien", f"{SITE}/fiche/%C3%A9", b"ici")


def test_a_redirection_without_end_is_given_up(site: HTTPServer) -> None:
    site.expect_request("/tourne").respond_with_data(status=302, headers={"Location": "/tourne"})
    with fetcher(site.port) as f, pytest.raises(Unreachable, match="redirections"):
        f.get(f"{SITE}/tourne", pace_seconds=0)
    assert paths(site).count("/tourne") == 6


def test_a_proxy_of_the_environment_is_not_used(site: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/", pace_seconds=0).status == 404


# --- robots.txt


@pytest.mark.parametrize(
    ("robots", "path", "goes"),
    [
        ("User-agent: *\nDisallow: /prive/", "/prive/x", False),
        ("User-agent: *\nDisallow: /prive/", "/fiche", True),
        ("User-agent: *\nDisallow: /prive/*.php$", "/prive/x.php", False),
        ("User-agent: *\nDisallow: /prive/*.php$", "/prive/x.php5", True),
        ("User-agent: *\nDisallow: /\nAllow: /fiche", "/fiche", True),
        ("User-agent: *\nDisallow:\n\nUser-agent: ListingGuard\nDisallow: /", "/fiche", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: listingguard\nAllow: /", "/fiche", True),
        # A word of our contact address is not our name.
        ("User-agent: *\nAllow: /\n\nUser-agent: conseil\nDisallow: /", "/fiche", True),
        ("\ufeffUser-agent: *\nDisallow: /fiche", "/fiche", False),
        ("", "/fiche", True),
        ("\x00\xff<html>", "/fiche", True),
    ],
)
def test_robots_txt_is_obeyed(site: HTTPServer, robots: str, path: str, goes: bool) -> None:
    site.expect_request("/robots.txt").respond_with_data(robots)
    site.expect_request(path).respond_with_data("ok")
    with fetcher(site.port) as f:
        if goes:
            assert f.get(SITE + path, pace_seconds=0).body == b"ok"
        else:
            with pytest.raises(Blocked, match=r"robots\.txt de rdv-soins\.example interdit de lire"):
                f.get(SITE + path, pace_seconds=0)
    assert paths(site) == ["/robots.txt", path][: 1 + goes]


def test_robots_txt_is_read_once_per_host_and_its_decision_kept(site: HTTPServer) -> None:
    text = "User-agent: *\nCrawl-delay: 0.1\nDisallow: /non"
    site.expect_request("/robots.txt").respond_with_data(text)
    with fetcher(site.port) as f:
        for path in ("/a", "/b", "/c"):
            f.get(SITE + path, pace_seconds=0)
        record = f.robots[HOST]
    assert paths(site) == ["/robots.txt", "/a", "/b", "/c"]
    assert (record.url, record.status, record.crawl_delay) == (f"{SITE}/robots.txt", 200, 0.1)
    assert record.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_robots_txt_is_read_again_after_a_day(site: HTTPServer) -> None:
    clock = [datetime(2026, 3, 1, tzinfo=UTC)]
    with fetcher(site.port, now=lambda: clock[0]) as f:
        f.get(f"{SITE}/a", pace_seconds=0)
        clock[0] += timedelta(hours=25)
        f.get(f"{SITE}/b", pace_seconds=0)
    assert paths(site) == ["/robots.txt", "/a", "/robots.txt", "/b"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_robots_txt_that_does_not_exist_allows_all(site: HTTPServer, status: int) -> None:
    site.expect_request("/robots.txt").respond_with_data("Disallow: /", status=status)
    site.expect_request("/fiche").respond_with_data("ok")
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0).body == b"ok"
        assert f.robots[HOST].status == status


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_robots_txt_that_does_not_answer_forbids_all(site: HTTPServer, status: int) -> None:
    site.expect_request("/robots.txt").respond_with_data(status=status, headers={"Retry-After": "0"})
    with fetcher(site.port) as f:
        for _ in range(2):
            with pytest.raises(Blocked, match=rf"robots\.txt ne répond pas.*erreur {status}"):
                f.get(f"{SITE}/fiche", pace_seconds=0)
        assert f.robots[HOST].status == status
    assert set(paths(site)) == {"/robots.txt"}


def test_a_host_that_is_down_forbids_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    waits: list[float] = []
    with fetcher(port, sleep=waits.append) as f, pytest.raises(Blocked, match=r"robots\.txt ne répond pas"):
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert f.robots[HOST].status is None


def test_a_redirection_asks_the_other_host_s_robots_txt_too(site: HTTPServer) -> None:
    with HTTPServer(port=0) as other:
        other.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /")
        other.expect_request("/fiche").respond_with_data("secret")
        site.expect_request("/fiche").respond_with_data(
            status=302, headers={"Location": "http://autre-site.example/fiche"}
        )
        with fetcher(site.port, other.port) as f, pytest.raises(Blocked, match="autre-site"):
            f.get(f"{SITE}/fiche", pace_seconds=0)
        assert paths(other) == ["/robots.txt"]


def test_a_redirection_to_a_forbidden_path_of_the_same_host_is_not_followed(site: HTTPServer) -> None:
    site.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /prive")
    site.expect_request("/fiche").respond_with_data(status=302, headers={"Location": "/prive"})
    with fetcher(site.port) as f, pytest.raises(Blocked):
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert "/prive" not in paths(site)


def test_a_robots_txt_that_moved_is_followed_and_counts_for_the_first_host(site: HTTPServer) -> None:
    with HTTPServer(port=0) as other:
        other.expect_request("/nos-robots").respond_with_data("User-agent: *\nDisallow: /fiche")
        moved = {"Location": "http://autre-site.example/nos-robots"}
        site.expect_request("/robots.txt").respond_with_data(status=301, headers=moved)
        with fetcher(site.port, other.port) as f, pytest.raises(Blocked, match=r"de rdv-soins\.example interdit"):
            f.get(f"{SITE}/fiche", pace_seconds=0)
        assert paths(other) == ["/nos-robots"]


def test_only_the_first_500_kib_of_robots_txt_count(site: HTTPServer) -> None:
    filler = "# rien\n" * 80_000
    site.expect_request("/robots.txt").respond_with_data(f"User-agent: *\nDisallow: /non\n{filler}Disallow: /fiche\n")
    site.expect_request("/fiche").respond_with_data("ok")
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0).body == b"ok"
        with pytest.raises(Blocked):
            f.get(f"{SITE}/non", pace_seconds=0)


# --- pace and blocks


def stamps(site: HTTPServer, robots: str = "") -> list[float]:
    """Make the site answer, and return the list of arrival times it will fill, in seconds."""
    seen: list[float] = []

    def note(request: Request) -> Response:
        seen.append(time.monotonic())
        return Response(robots if request.path == "/robots.txt" else "ok")

    site.expect_request("/robots.txt").respond_with_handler(note)
    site.expect_request("/fiche").respond_with_handler(note)
    return seen


# One request may be quicker on its way than the one before it.
JITTER = 0.02


def test_the_server_sees_the_pace_we_promised(site: HTTPServer) -> None:
    seen = stamps(site)
    with fetcher(site.port) as f:
        for _ in range(4):
            f.get(f"{SITE}/fiche", pace_seconds=0.15)
    gaps = [b - a for a, b in pairwise(seen)]
    assert len(gaps) == 4
    assert min(gaps) >= 0.15 - JITTER


def test_threads_and_fetchers_that_share_a_lease_share_the_pace(site: HTTPServer) -> None:
    seen = stamps(site)
    lease = MemoryLease()

    def visit() -> None:
        with fetcher(site.port, lease=lease) as f:
            f.get(f"{SITE}/fiche", pace_seconds=0.1)

    threads = [threading.Thread(target=visit) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gaps = [b - a for a, b in pairwise(seen)]
    assert len(gaps) == 5
    assert min(gaps) >= 0.1 - JITTER


def test_a_longer_crawl_delay_wins_from_the_first_page_on(site: HTTPServer) -> None:
    seen = stamps(site, robots="User-agent: *\nCrawl-delay: 0.3")
    with fetcher(site.port) as f:
        f.get(f"{SITE}/fiche", pace_seconds=0.05)
        f.get(f"{SITE}/fiche", pace_seconds=0.05)
    assert len(seen) == 3
    assert min(b - a for a, b in pairwise(seen)) >= 0.3 - JITTER


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.01, 10)), min_size=2, max_size=20))
def test_two_slots_of_a_host_are_never_closer_than_the_pace(asked: list[tuple[float, float]]) -> None:
    lease, now, slots = MemoryLease(), datetime(2026, 3, 1, tzinfo=UTC), []
    for later, pace in asked:
        now += timedelta(seconds=later)
        slots.append((now + timedelta(seconds=lease.reserve(HOST, pace, now)), pace))
    for (first, pace), (second, _) in pairwise(slots):
        assert (second - first).total_seconds() >= pace - 1e-5
    assert lease.reserve("autre-site.example", 5, now) == 0


@pytest.mark.parametrize(
    ("status", "retry", "asks"),
    [(429, "90", 90.0), (429, None, None), (403, None, None), (403, "soon", None), (429, "9" * 5000, None)],
)
def test_a_refusal_stops_us_at_once_and_says_how_long_to_wait(
    site: HTTPServer, status: int, retry: str | None, asks: float | None
) -> None:
    site.expect_request("/fiche").respond_with_data(status=status, headers={"Retry-After": retry} if retry else {})
    with fetcher(site.port) as f, pytest.raises(HostBlocked, match=f"rdv-soins.example .*erreur {status}") as caught:
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert (caught.value.status, caught.value.retry_after, caught.value.kind) == (status, asks, "Blocked")
    assert ("attendre 90 secondes" in str(caught.value)) == (asks == 90)
    assert paths(site) == ["/robots.txt", "/fiche"]


def test_a_retry_after_may_be_a_date(site: HTTPServer) -> None:
    when = format_datetime(utc() + timedelta(minutes=10), usegmt=True)
    site.expect_request("/fiche").respond_with_data(status=429, headers={"Retry-After": when})
    with fetcher(site.port) as f, pytest.raises(HostBlocked) as caught:
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert caught.value.retry_after == pytest.approx(600, abs=3)


def test_a_passing_503_is_tried_again_no_sooner_than_it_asked(site: HTTPServer) -> None:
    seen: list[float] = []

    def answer(_: Request) -> Response:
        seen.append(time.monotonic())
        return Response(status=503, headers={"Retry-After": "1"}) if len(seen) == 1 else Response("ok")

    site.expect_request("/fiche").respond_with_handler(answer)
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0.1).body == b"ok"
    assert seen[1] - seen[0] >= 1 - JITTER


@pytest.mark.parametrize(("retry", "tries"), [("0", 3), ("121", 1)])
def test_a_503_that_stays_or_asks_for_long_is_a_block(site: HTTPServer, retry: str, tries: int) -> None:
    site.expect_request("/fiche").respond_with_data(status=503, headers={"Retry-After": retry})
    with fetcher(site.port) as f, pytest.raises(HostBlocked, match="erreur 503") as caught:
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert caught.value.retry_after == float(retry)
    assert paths(site).count("/fiche") == tries


# --- hostile servers


def test_a_gzip_bomb_is_stopped(site: HTTPServer) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()
    site.expect_request("/fiche").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    with fetcher(site.port) as f, pytest.raises(BadInput, match=r"/fiche dépasse 10\u00a0Mio"):
        f.get(f"{SITE}/fiche", pace_seconds=0)


def test_the_body_of_a_redirection_is_not_even_read() -> None:
    def answer(client: socket.socket, path: str) -> None:
        if path == "/b":
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        else:
            client.sendall(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 5000\r\n\r\n")
            # Nothing more comes before the client leaves.
            client.recv(1)

    with scripted(answer) as port, fetcher(port, sleep=lambda _: None) as f:
        assert f.get(f"{SITE}/a", pace_seconds=0).body == b"ok"


def test_a_page_without_end_is_stopped() -> None:
    def endless(client: socket.socket, _: str) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            client.sendall(b"<p>encore</p>" * 1000)

    with (
        scripted(endless) as port,
        fetcher(port, max_bytes=200_000) as f,
        pytest.raises(BadInput, match="dépasse 0,19"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=0)


DRIPS = {
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
    "headers": b"HTTP/1.1 200 OK\r\nX-Lent: ",
    "chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
}


@pytest.mark.parametrize("part", DRIPS)
def test_a_page_that_drips_is_stopped_in_time_wherever_it_drips(part: str) -> None:
    def drip(client: socket.socket, _: str) -> None:
        client.sendall(DRIPS[part])
        while True:
            client.sendall(b"a")
            time.sleep(0.05)

    start = time.monotonic()
    with scripted(drip) as port, fetcher(port, max_seconds=0.5) as f, pytest.raises(BadInput, match=r"plus de 0,5 s"):
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nAucun praticien",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nAucun praticien",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nrien",
        b"SSH-2.0-serveur\r\n",
        b"",
    ],
)
def test_a_page_cut_in_the_middle_is_never_half_a_page(said: bytes) -> None:
    waits: list[float] = []
    with (
        scripted(lambda client, _: client.sendall(said)) as port,
        fetcher(port, sleep=waits.append) as f,
        pytest.raises(Unreachable, match="/fiche ne répond pas"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=0)


def test_a_connection_cut_once_is_tried_again() -> None:
    asked: list[str] = []

    def shaky(client: socket.socket, path: str) -> None:
        asked.append(path)
        if len(asked) == 2:
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    with scripted(shaky) as port, fetcher(port, sleep=lambda _: None) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0).body == b"ok"
    assert asked == ["/fiche", "/fiche"]


def test_a_silent_site_is_given_up_with_the_reason() -> None:
    with (
        scripted(lambda *_: time.sleep(1)) as port,
        fetcher(port, timeout_s=0.2, sleep=lambda _: None) as f,
        pytest.raises(Unreachable, match="ne dit rien assez vite"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=0)
