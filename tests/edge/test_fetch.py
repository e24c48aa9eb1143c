"""The fetcher keeps out of private networks, within robots.txt, at its pace, and within its limits."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.client
import io
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listingguard.domain.listing import Exchange
from listingguard.edge.fetch import Fetcher, MemoryLease, Validators
from listingguard.edge.floor import Floor
from listingguard.edge.guard import allowed
from listingguard.errors import BadInput, Blocked, Disallowed, Forbidden, NotNow, Unreachable

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


@pytest.fixture(scope="module")
def second() -> Iterator[HTTPServer]:
    with HTTPServer(port=0) as server:
        yield server


@pytest.fixture
def other(second: HTTPServer) -> HTTPServer:
    """Another site."""
    second.clear()
    return second


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


def test_a_name_that_changes_its_mind_leads_only_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, reached = [["93.184.215.14"], ["127.0.0.1"]], list[Any]()

    def resolve(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in answers.pop(0)]

    def connect(_: socket.socket, address: Any) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with fetcher(sleep=lambda _: None) as f, pytest.raises(Forbidden, match=r"127\.0\.0\.1"):
        f.get("http://change.example/", pace_seconds=0)
    assert reached == [("93.184.215.14", 80)]


@pytest.mark.parametrize("url", ["http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://127.0.0.1\\@rdv-soins.example/"])
def test_an_address_in_disguise_is_never_asked_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    with fetcher() as f, pytest.raises((Forbidden, BadInput)):
        f.get(url, pace_seconds=0)


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


@pytest.mark.parametrize(
    "path",
    ["/é?q=à b#c", "/%7ecamille;a=b/%e9", "/a/../b/./c?", "//autre-site.example/x", "/%zz|\"<>'", "?u=http://a@b/"],
)
def test_the_address_that_is_checked_is_the_one_sent(site: HTTPServer, path: str) -> None:
    with fetcher(site.port) as f:
        page = f.get(SITE + path, pace_seconds=0)
    sent = page.exchanges[0].request.split(b"\r\n")[0].decode()
    assert sent == f"GET {page.final_url.removeprefix(SITE)} HTTP/1.1"
    assert f"\r\nHost: {HOST}\r\n".encode() in page.exchanges[0].request


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


def test_a_password_of_this_machine_is_not_sent(
    site: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text(f"machine {HOST} login camille password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with fetcher(site.port) as f:
        f.get(f"{SITE}/", pace_seconds=0)
    assert not any("Authorization" in request.headers for request, _ in site.log)


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
            with pytest.raises(Disallowed, match=r"robots\.txt de rdv-soins\.example interdit de lire"):
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
    assert (record.body, record.token) == (text.encode(), "listingguard")
    (exchange,) = record.exchanges
    assert exchange.request.startswith(b"GET /robots.txt HTTP/1.1\r\n")
    assert exchange.response.endswith(text.encode())


def test_robots_txt_is_read_again_after_a_day(site: HTTPServer) -> None:
    clock = [datetime(2026, 3, 1, tzinfo=UTC)]
    with fetcher(site.port, now=lambda: clock[0]) as f:
        f.get(f"{SITE}/a", pace_seconds=0)
        clock[0] += timedelta(hours=25)
        f.get(f"{SITE}/b", pace_seconds=0)
    assert paths(site) == ["/robots.txt", "/a", "/robots.txt", "/b"]


def test_rules_that_changed_are_obeyed_after_a_day_and_by_the_next_run(site: HTTPServer) -> None:
    rules = ["User-agent: *\nDisallow: /b"]
    site.expect_request("/robots.txt").respond_with_handler(lambda _: Response(rules[0]))
    clock = [datetime(2026, 3, 1, tzinfo=UTC)]
    with fetcher(site.port, now=lambda: clock[0]) as f:
        f.get(f"{SITE}/a", pace_seconds=0)
        rules[0] = "User-agent: *\nDisallow: /a"
        with fetcher(site.port) as next_run, pytest.raises(Disallowed):
            next_run.get(f"{SITE}/a", pace_seconds=0)
        clock[0] += timedelta(hours=25)
        with pytest.raises(Disallowed):
            f.get(f"{SITE}/a", pace_seconds=0)
        f.get(f"{SITE}/b", pace_seconds=0)
    assert paths(site) == ["/robots.txt", "/a", "/robots.txt", "/robots.txt", "/b"]


def test_a_delay_too_long_for_a_program_leaves_the_site_alone(site: HTTPServer) -> None:
    site.expect_request("/robots.txt").respond_with_data("User-agent: *\nCrawl-delay: 3600")
    with fetcher(site.port, sleep=lambda _: pytest.fail("slept")) as f:
        with pytest.raises(Disallowed, match="60 minutes entre deux pages"):
            f.get(f"{SITE}/fiche", pace_seconds=0)
        assert f.robots[HOST].crawl_delay == 3600
    assert paths(site) == ["/robots.txt"]


@pytest.mark.parametrize("delay", ["nan", "inf", "-5", "1e400", "deux"])
def test_a_delay_that_is_no_number_of_seconds_is_none(site: HTTPServer, delay: str) -> None:
    site.expect_request("/robots.txt").respond_with_data(f"User-agent: *\nCrawl-delay: {delay}")
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0).status == 404
        assert f.robots[HOST].crawl_delay is None


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_robots_txt_that_does_not_exist_allows_all(site: HTTPServer, status: int) -> None:
    site.expect_request("/robots.txt").respond_with_data("Disallow: /", status=status)
    site.expect_request("/fiche").respond_with_data("ok")
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0).body == b"ok"
        assert f.robots[HOST].status == status


@pytest.mark.parametrize("status", [300, 304, 429, 500, 503])
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


def test_a_redirection_asks_the_other_host_s_robots_txt_too(site: HTTPServer, other: HTTPServer) -> None:
    other.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /")
    other.expect_request("/fiche").respond_with_data("secret")
    site.expect_request("/fiche").respond_with_data(status=302, headers={"Location": "http://autre-site.example/fiche"})
    with fetcher(site.port, other.port) as f, pytest.raises(Blocked, match="autre-site"):
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert paths(other) == ["/robots.txt"]


def test_a_redirection_to_a_forbidden_path_of_the_same_host_is_not_followed(site: HTTPServer) -> None:
    site.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /prive")
    site.expect_request("/fiche").respond_with_data(status=302, headers={"Location": "/prive"})
    with fetcher(site.port) as f, pytest.raises(Blocked):
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert "/prive" not in paths(site)


def test_a_robots_txt_that_moved_is_followed_and_counts_for_the_first_host(site: HTTPServer, other: HTTPServer) -> None:
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


# One request may be quicker on its way than the one before it, the more so on a busy machine.
JITTER = 0.1


def test_the_server_sees_the_pace_we_promised(site: HTTPServer) -> None:
    seen = stamps(site)
    with fetcher(site.port) as f:
        for _ in range(4):
            f.get(f"{SITE}/fiche", pace_seconds=0.3)
    gaps = [b - a for a, b in pairwise(seen)]
    assert len(gaps) == 4
    assert min(gaps) >= 0.3 - JITTER


def test_threads_and_fetchers_that_share_a_lease_share_the_pace(site: HTTPServer) -> None:
    seen = stamps(site)
    lease = MemoryLease()

    def visit() -> None:
        with fetcher(site.port, lease=lease) as f:
            f.get(f"{SITE}/fiche", pace_seconds=0.3)

    threads = [threading.Thread(target=visit) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gaps = [b - a for a, b in pairwise(seen)]
    assert len(gaps) == 5
    assert min(gaps) >= 0.3 - JITTER


def test_the_pace_counts_from_when_a_request_left_not_from_when_it_was_booked(
    site: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, real = stamps(site), socket.socket.connect
    # robots.txt at once, then a name that takes long to look up, or a connection that takes long to open.
    slow = iter((0.0, 0.3))

    def connect(sock: socket.socket, address: Any) -> None:
        time.sleep(next(slow, 0.0))
        real(sock, address)

    with fetcher(site.port) as f:
        monkeypatch.setattr(socket.socket, "connect", connect)
        for _ in range(3):
            f.get(f"{SITE}/fiche", pace_seconds=0.3)
    gaps = [b - a for a, b in pairwise(seen)]
    assert len(gaps) == 3
    assert gaps[0] >= 0.5
    assert min(gaps) >= 0.3 - JITTER


def test_a_longer_crawl_delay_wins_from_the_first_page_on(site: HTTPServer) -> None:
    seen = stamps(site, robots="User-agent: *\nCrawl-delay: 0.4")
    with fetcher(site.port) as f:
        f.get(f"{SITE}/fiche", pace_seconds=0.05)
        f.get(f"{SITE}/fiche", pace_seconds=0.05)
    assert len(seen) == 3
    assert min(b - a for a, b in pairwise(seen)) >= 0.4 - JITTER


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
    with fetcher(site.port) as f, pytest.raises(Blocked, match=f"rdv-soins.example .*erreur {status}") as caught:
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert (caught.value.status, caught.value.retry_after, caught.value.kind) == (status, asks, "Blocked")
    assert ("attendre 90 secondes" in str(caught.value)) == (asks == 90)
    assert paths(site) == ["/robots.txt", "/fiche"]


def test_a_retry_after_may_be_a_date(site: HTTPServer) -> None:
    when = format_datetime(utc() + timedelta(minutes=10), usegmt=True)
    site.expect_request("/fiche").respond_with_data(status=429, headers={"Retry-After": when})
    with fetcher(site.port) as f, pytest.raises(Blocked) as caught:
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert caught.value.retry_after == pytest.approx(600, abs=3)


@pytest.mark.parametrize(("retry", "pace", "waits"), [("90", 0.1, 90), ("1", 5, 5), (None, 0.1, 2)])
def test_a_passing_503_is_tried_again_no_sooner_than_it_asked(
    site: HTTPServer, retry: str | None, pace: float, waits: float
) -> None:
    clock, seen = at_noon(), list[datetime]()

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    def answer(_: Request) -> Response:
        seen.append(clock[0])
        return (
            Response(status=503, headers={"Retry-After": retry} if retry else {}) if len(seen) == 1 else Response("ok")
        )

    site.expect_request("/fiche").respond_with_handler(answer)
    with fetcher(site.port, now=lambda: clock[0], sleep=sleep, jitter=0) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=pace).body == b"ok"
    assert waits <= (seen[1] - seen[0]).total_seconds() <= waits + pace


@pytest.mark.parametrize(("retry", "tries"), [("0", 3), ("121", 1)])
def test_a_503_that_stays_or_asks_for_long_is_a_block(site: HTTPServer, retry: str, tries: int) -> None:
    site.expect_request("/fiche").respond_with_data(status=503, headers={"Retry-After": retry})
    with fetcher(site.port) as f, pytest.raises(Blocked, match="erreur 503") as caught:
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert caught.value.retry_after == float(retry)
    assert paths(site).count("/fiche") == tries


# --- hostile servers


def test_a_gzip_bomb_is_stopped(site: HTTPServer) -> None:
    packer = zlib.compressobj(9, wbits=31)
    start = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    # From a full flush on, the same bytes unpack to the same again.
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = start + again * 298 + packer.compress(bytes(1 << 20)) + packer.flush()
    unpacked = zlib.decompressobj(31)
    assert len(unpacked.decompress(bomb, 20 << 20)) == 20 << 20
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
    with scripted(drip) as port, fetcher(port, max_seconds=0.3) as f, pytest.raises(BadInput, match=r"plus de 0,3 s"):
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert time.monotonic() - start < 20


ZIPPED = gzip.compress(b"Aucun praticien ne correspond. " * 20 + bytes(range(256)))


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nAucun praticien",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nAucun praticien",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\nAucun praticien\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\nAucun praticien",
        b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\nContent-Length: 16\r\n\r\nAucun praticien",
        # The gzip stream stops before its end, and the length is that of what is left, or unsaid.
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 40\r\n\r\n" + ZIPPED[:40],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + ZIPPED[:-4],
        # Never asked for: what it would unpack to is unknown.
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 15\r\n\r\nAucun praticien",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip\r\nContent-Length: 4\r\n\r\nrien",
        # The answer after it would be taken for that of the next page.
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
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
        scripted(lambda *_: time.sleep(0.5)) as port,
        fetcher(port, timeout_s=0.1, sleep=lambda _: None) as f,
        pytest.raises(Unreachable, match="ne dit rien assez vite"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=0)


def test_a_connection_reset_in_the_middle_is_never_half_a_page() -> None:
    def reset(client: socket.socket, _: str) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\nAucun praticien")
        time.sleep(0.05)
        # No length was said: only the reset tells this page from a whole one.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with (
        scripted(reset) as port,
        fetcher(port, sleep=lambda _: None) as f,
        pytest.raises(Unreachable, match="coupée"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=0)


@pytest.mark.parametrize("padding", [b"", bytes(512), b"\r\n"])
def test_a_gzip_page_in_two_parts_or_padded_is_whole(site: HTTPServer, padding: bytes) -> None:
    said = gzip.compress(b"<p>un" * 50_000) + gzip.compress(b" deux</p>") + padding
    site.expect_request("/fiche").respond_with_data(said, headers={"Content-Encoding": "gzip"})
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0).body == b"<p>un" * 50_000 + b" deux</p>"


LONG_HEADS = {
    "one header": b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 70_000 + b"\r\n\r\nok",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\nok",
    "many long headers": b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"a" * 60_000 + b"\r\n") * 50 + b"\r\nok",
    "continue without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
}


@pytest.mark.parametrize("said", LONG_HEADS.values(), ids=LONG_HEADS)
def test_headers_without_measure_are_stopped(said: bytes) -> None:
    with (
        scripted(lambda client, _: client.sendall(said)) as port,
        fetcher(port, sleep=lambda _: None) as f,
        pytest.raises((BadInput, Unreachable), match=r"0,25\u00a0Mio d’en-têtes|ne suit pas les règles"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=0)


def test_a_small_page_in_a_long_wrapping_is_stopped() -> None:
    def wrapped(client: socket.socket, _: str) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(2000):
            client.sendall(b"1;" + b"x" * 1000 + b"\r\na\r\n")
        client.sendall(b"0\r\n\r\n")

    with (
        scripted(wrapped) as port,
        fetcher(port, max_bytes=500_000) as f,
        pytest.raises(BadInput, match="dépasse 0,73"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=0)


@pytest.mark.parametrize(
    "location",
    [b"ftp:\x1b]0;x\x07/y", b"ftp://\x1b[2J\xc2\x9b/x", b"http://\x1b.example/", b"http://a.example:9/\xe2\x80\xae"],
)
def test_what_a_site_writes_never_drives_the_terminal(location: bytes) -> None:
    def answer(client: socket.socket, _: str) -> None:
        client.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")

    with scripted(answer) as port, fetcher(port) as f, pytest.raises((Forbidden, BadInput)) as caught:
        f.get(f"{SITE}/fiche", pace_seconds=0)
    assert not set(str(caught.value)) & set("\x1b\x07\x9b\u202e")


# --- what went over the wire


@contextlib.contextmanager
def keeping(answers: dict[str, bytes]) -> Iterator[tuple[int, list[list[bytes]]]]:
    """A raw server that keeps connections open: yields its port, and per connection the requests as they came."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[list[bytes]] = []

    def talk(client: socket.socket, asked: list[bytes]) -> None:
        with client, contextlib.suppress(OSError):
            lines = client.makefile("rb")
            while head := b"".join(iter(lines.readline, b"\r\n")):
                asked.append(head + b"\r\n")
                client.sendall(answers[head.decode().split(" ")[1]])

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                connections.append([])
                threading.Thread(target=talk, args=(client, connections[-1]), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], connections
    listener.close()


def chunked(body: bytes, size: int) -> bytes:
    parts = (body[n : n + size] for n in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nrien"


def reread(exchange: Exchange) -> bytes:
    """Return the body of a recorded answer, as any other reader of HTTP finds it."""

    class Recorded:
        def makefile(self, *_: object) -> io.BytesIO:
            return io.BytesIO(exchange.response)

    response = http.client.HTTPResponse(Recorded(), method="GET")  # type: ignore[arg-type]
    response.begin()
    body = response.read()
    return gzip.decompress(body) if response.headers["Content-Encoding"] == "gzip" else body


def test_two_pages_on_one_connection_are_two_exact_exchanges() -> None:
    body = "kinésithérapeute ".encode() * 5000
    first = b"HTTP/1.1 200 OK\r\ncontent-TYPE:text/html\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    first += chunked(gzip.compress(body), 17)
    second = b"HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nX-Twice: a\r\nX-Twice: b\r\n\r\nok"
    before = utc()
    with keeping({"/robots.txt": NO_ROBOTS, "/a?q=1": first, "/b": second}) as (port, connections), fetcher(port) as f:
        pages = [f.get(SITE + path, pace_seconds=0) for path in ("/a?q=1", "/b")]
    ((_, *requests),) = connections
    exchanges = [page.exchanges[0] for page in pages]
    assert [page.body for page in pages] == [body, b"ok"]
    assert [len(page.exchanges) for page in pages] == [1, 1]
    assert [e.request for e in exchanges] == requests
    assert [e.response for e in exchanges] == [first, second]
    assert [reread(e) for e in exchanges] == [body, b"ok"]
    assert [e.url for e in exchanges] == [f"{SITE}/a?q=1", f"{SITE}/b"]
    assert {(e.address, e.port, e.local, e.certificate, e.tls) for e in exchanges} == {
        ("127.0.0.1", port, "127.0.0.1", b"", "")
    }
    assert before <= exchanges[0].at <= pages[0].at <= exchanges[1].at <= pages[1].at
    assert f.robots[HOST].exchanges[0].response == NO_ROBOTS


def test_every_hop_is_kept_in_order(site: HTTPServer) -> None:
    site.expect_request("/a").respond_with_data(status=301, headers={"Location": "/b"})
    site.expect_request("/b").respond_with_data(status=302, headers={"Location": "/c#x"})
    site.expect_request("/c").respond_with_data("ici")
    with fetcher(site.port) as f:
        page = f.get(f"{SITE}/a", pace_seconds=0)
    assert [e.url for e in page.exchanges] == [f"{SITE}/a", f"{SITE}/b", f"{SITE}/c"]
    assert [e.response.split(b"\r\n")[0][9:12] for e in page.exchanges] == [b"301", b"302", b"200"]
    assert page.final_url == f"{SITE}/c"


def test_threads_on_one_host_never_mix_their_exchanges() -> None:
    said = {
        f"/{n}": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (n * 3000) + b"%d" % (n % 10) * n * 3000
        for n in range(1, 10)
    }
    seen: list[bool] = []

    def visit() -> None:
        for path, whole in said.items():
            (exchange,) = f.get(SITE + path, pace_seconds=0).exchanges
            seen.append(exchange.response == whole and exchange.request.startswith(f"GET {path} ".encode()))

    with keeping({"/robots.txt": NO_ROBOTS, **said}) as (port, _), fetcher(port) as f:
        threads = [threading.Thread(target=visit) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [True] * 36


@contextlib.contextmanager
def secure(
    identity: str, authority: trustme.CA, answer: Callable[[socket.socket], None] | None = None
) -> Iterator[tuple[int, bytes]]:
    """A web server with a certificate for `identity`: yields its port, and the certificate as DER."""
    issued = authority.issue_cert(identity)
    rules = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(rules)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), rules.wrap_socket(client, server_side=True) as talk:
                talk.recv(65536)
                if answer is None:
                    talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                else:
                    answer(talk)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())
    listener.close()


def test_the_certificate_of_a_secure_site_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "ca.pem"))
    with secure(HOST, authority) as (port, certificate), fetcher(port) as f:
        (exchange,) = f.get(f"https://{HOST}/fiche", pace_seconds=0).exchanges
    assert exchange.certificate == certificate
    assert exchange.tls.split(" ")[0] in ("TLSv1.2", "TLSv1.3")
    assert len(exchange.tls.split(" ")) == 2
    assert exchange.request.startswith(b"GET /fiche HTTP/1.1\r\nHost: rdv-soins.example\r\n")
    assert exchange.response.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(("name", "trusted"), [(HOST, False), ("autre-site.example", True)])
def test_a_certificate_that_is_not_the_site_s_is_refused(
    name: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "ca.pem"))
    with (
        secure(name, authority) as (port, _),
        fetcher(port) as f,
        pytest.raises(Blocked, match="certificat de sécurité"),
    ):
        f.get(f"https://{HOST}/fiche", pace_seconds=0)


# --- has it changed?


@pytest.mark.parametrize(
    ("known", "header", "value"),
    [
        (Validators('"v1"', ""), "If-None-Match", '"v1"'),
        (Validators('W/"v1"', ""), "If-None-Match", 'W/"v1"'),
        (
            Validators("", "Sun, 01 Mar 2026 10:00:00 GMT"),
            "If-Modified-Since",
            "Sun, 01 Mar 2026 10:00:00 GMT",
        ),
    ],
)
def test_a_page_that_did_not_change_is_not_sent_again(
    site: HTTPServer, known: Validators, header: str, value: str
) -> None:
    site.expect_request("/fiche", headers={header: value}).respond_with_data(status=304)
    site.expect_request("/fiche").respond_with_data("nouveau")
    with fetcher(site.port) as f:
        page = f.get(f"{SITE}/fiche", pace_seconds=0, known=known)
        assert (page.status, page.body) == (304, b"")
        assert b" 304 " in page.exchanges[0].response.split(b"\r\n")[0]
        assert f.get(f"{SITE}/fiche", pace_seconds=0, known=Validators()).body == b"nouveau"
        assert f.get(f"{SITE}/fiche", pace_seconds=0).body == b"nouveau"
    assert not any(h.startswith("If-") for request, _ in site.log[:1] for h in dict(request.headers))


def test_what_is_known_of_an_address_is_not_said_of_where_it_leads(site: HTTPServer) -> None:
    site.expect_request("/ancien").respond_with_data(status=301, headers={"Location": "/fiche"})
    site.expect_request("/fiche", headers={"If-None-Match": '"v1"'}).respond_with_data(status=304)
    site.expect_request("/fiche").respond_with_data("une autre personne")
    with fetcher(site.port) as f:
        page = f.get(f"{SITE}/ancien", pace_seconds=0, known=Validators('"v1"'))
    assert (page.status, page.body) == (200, b"une autre personne")


@pytest.mark.parametrize("text", ['"a"\r\nX: y', "a", '"a', '"é"', "*", '"a", "b"', '"' + "a" * 600 + '"', "\x00"])
def test_no_stored_text_becomes_another_header(site: HTTPServer, text: str) -> None:
    site.expect_request("/fiche").respond_with_data("ok")
    with fetcher(site.port) as f:
        assert f.get(f"{SITE}/fiche", pace_seconds=0, known=Validators(text, text)).body == b"ok"
    request, _ = site.log[-1]
    assert not {"If-None-Match", "If-Modified-Since", "X"} & set(dict(request.headers))


# --- hours, limits and rests


def at_noon(day: int = 1, hour: int = 12) -> list[datetime]:
    """Return a clock, in Paris winter time, that a test moves by hand."""
    return [datetime(2026, 3, day, hour, tzinfo=UTC) - timedelta(hours=1)]


def test_a_wait_is_longer_than_the_pace_by_chance_and_never_shorter(site: HTTPServer) -> None:
    clock, waits, draws = at_noon(), list[float](), iter([0.0, 0.5, 1.0, 0.25])

    def sleep(seconds: float) -> None:
        waits.append(round(seconds, 3))
        clock[0] += timedelta(seconds=seconds)

    with fetcher(site.port, now=lambda: clock[0], sleep=sleep, jitter=0.4, chance=lambda: next(draws)) as f:
        for path in ("/a", "/b", "/c"):
            f.get(SITE + path, pace_seconds=10)
    assert waits == [10, 12, 14]


@pytest.mark.parametrize(
    ("window", "hour", "open_", "reopens"),
    [
        (("22:00", "06:00"), 23, True, ""),
        (("22:00", "06:00"), 5, True, ""),
        (("22:00", "06:00"), 6, False, "1er mars 2026 à 22"),
        (("22:00", "06:00"), 12, False, "1er mars 2026 à 22"),
        (("08:00", "12:00"), 8, True, ""),
        (("08:00", "12:00"), 7, False, "1er mars 2026 à 8"),
        (("08:00", "12:00"), 12, False, "2 mars 2026 à 8"),
        (("08:00", "08:00"), 3, True, ""),
    ],
)
def test_a_site_is_read_in_our_hours_only(
    site: HTTPServer, window: tuple[str, str], hour: int, open_: bool, reopens: str
) -> None:
    opens, closes = (wall_time.fromisoformat(t) for t in window)
    clock = at_noon(hour=hour)
    with fetcher(site.port, now=lambda: clock[0], window=(opens, closes)) as f:
        if open_:
            assert f.get(f"{SITE}/a", pace_seconds=0).status == 404
        else:
            with pytest.raises(NotNow) as caught:
                f.get(f"{SITE}/a", pace_seconds=0)
            assert reopens in str(caught.value).replace("\u00a0", " ")
            assert 0 < (caught.value.retry_after or 0) <= 86_400
    assert bool(site.log) == open_


def test_the_hours_hold_on_the_night_the_clocks_change(site: HTTPServer) -> None:
    clock = [datetime(2026, 3, 29, 10, tzinfo=UTC)]
    hours = (wall_time(2, 30), wall_time(4))
    with fetcher(site.port, now=lambda: clock[0], window=hours) as f, pytest.raises(NotNow) as caught:
        f.get(f"{SITE}/a", pace_seconds=0)
    assert "30 mars 2026 à 2" in str(caught.value).replace("\u00a0", " ")
    clock[0] += timedelta(seconds=caught.value.retry_after or 0)
    with fetcher(site.port, now=lambda: clock[0], window=hours) as f:
        assert f.get(f"{SITE}/a", pace_seconds=0).status == 404


def test_hours_that_end_while_we_wait_are_kept(site: HTTPServer) -> None:
    clock = at_noon(hour=11)
    clock[0] += timedelta(minutes=59, seconds=58)

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    hours = (wall_time(8), wall_time(12))
    with fetcher(site.port, now=lambda: clock[0], sleep=sleep, window=hours) as f, pytest.raises(NotNow):
        f.get(f"{SITE}/a", pace_seconds=5)
    assert paths(site) == ["/robots.txt"]


def test_a_site_gets_no_more_requests_a_day_than_the_limit(site: HTTPServer) -> None:
    clock, lease = at_noon(hour=23), MemoryLease()
    with fetcher(site.port, now=lambda: clock[0], lease=lease, max_per_day=3) as f:
        for path in ("/a", "/b"):
            f.get(SITE + path, pace_seconds=0)
        with pytest.raises(NotNow, match=r"3 demandes aujourd’hui.*2 mars 2026 à 0"):
            f.get(f"{SITE}/c", pace_seconds=0)
        assert lease.used(HOST, date(2026, 3, 1)) == 3
        assert paths(site) == ["/robots.txt", "/a", "/b"]
        clock[0] += timedelta(hours=1)
        f.get(f"{SITE}/c", pace_seconds=0)
    assert (lease.used(HOST, date(2026, 3, 1)), lease.used(HOST, date(2026, 3, 2))) == (0, 1)


def test_every_try_and_hop_counts_for_the_day_and_no_empty_slot_does(site: HTTPServer) -> None:
    clock, lease = at_noon(), MemoryLease()

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    site.expect_request("/robots.txt").respond_with_data("User-agent: *\nCrawl-delay: 3")
    site.expect_request("/a").respond_with_data(status=302, headers={"Location": "/b"})
    site.expect_request("/b").respond_with_data(status=502)
    with fetcher(site.port, now=lambda: clock[0], sleep=sleep, lease=lease) as f:
        assert f.get(f"{SITE}/a", pace_seconds=1).status == 502
    assert lease.used(HOST, date(2026, 3, 1)) == len(site.log) == 5


RESTS = [
    (403, None, 86_400.0),
    (403, "60", 86_400.0),
    (403, "172800", 172_800.0),
    (429, None, 3_600.0),
    (429, "7200", 7_200.0),
    (429, "1", 60.0),
    (429, "999999999", 7 * 86_400.0),
    (503, "600", 600.0),
    (503, None, 3_600.0),
]


@pytest.mark.parametrize(("status", "retry", "seconds"), RESTS)
def test_a_host_that_refused_us_is_left_alone_by_every_later_run(
    site: HTTPServer, status: int, retry: str | None, seconds: float
) -> None:
    clock, lease = at_noon(), MemoryLease()
    said = {"Retry-After": retry} if retry else {}
    site.expect_oneshot_request("/fiche").respond_with_data(status=status, headers=said)
    if status == 503 and not retry:
        for _ in range(2):
            site.expect_oneshot_request("/fiche").respond_with_data(status=status)
    site.expect_request("/fiche").respond_with_data("ok")

    def visit(path: str) -> bytes:
        with fetcher(site.port, now=lambda: clock[0], sleep=lambda _: None, lease=lease) as f:
            return f.get(SITE + path, pace_seconds=0).body

    with pytest.raises(Blocked, match=f"erreur {status} pour .*Plus rien ne lui est demandé jusqu’au"):
        visit("/fiche")
    site.clear_log()
    clock[0] += timedelta(seconds=seconds - 1)
    with pytest.raises(Blocked, match=f"laissé tranquille jusqu’au .*erreur {status}") as caught:
        visit("/autre")
    assert caught.value.retry_after == pytest.approx(1)
    assert site.log == []
    clock[0] += timedelta(seconds=2)
    assert visit("/fiche") == b"ok"


def test_a_robots_txt_that_asks_us_to_slow_down_is_not_asked_again(site: HTTPServer) -> None:
    lease = MemoryLease()
    site.expect_request("/robots.txt").respond_with_data(status=429, headers={"Retry-After": "600"})
    for _ in range(2):
        with fetcher(site.port, lease=lease) as f, pytest.raises(Blocked):
            f.get(f"{SITE}/fiche", pace_seconds=0)
    assert paths(site) == ["/robots.txt"]


def test_a_person_or_the_flow_may_leave_a_host_alone_and_no_other(site: HTTPServer, other: HTTPServer) -> None:
    site.expect_request("/fiche").respond_with_data(status=302, headers={"Location": "http://autre-site.example/fiche"})
    with fetcher(site.port, other.port) as f:
        until = f.rest("autre-site.example", 10 * 86_400, "il montre un test pour humains")
        assert until <= utc() + timedelta(days=7)
        with pytest.raises(Blocked, match=r"autre-site\.example est laissé tranquille.*un test pour humains"):
            f.get(f"{SITE}/fiche", pace_seconds=0)
    assert (paths(site), other.log) == (["/robots.txt", "/fiche"], [])


def test_a_rest_that_begins_while_we_wait_is_kept(site: HTTPServer) -> None:
    clock, lease = at_noon(), MemoryLease()

    def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)
        lease.rest(HOST, clock[0] + timedelta(hours=1), "il refuse les programmes")

    with (
        fetcher(site.port, now=lambda: clock[0], sleep=sleep, lease=lease) as f,
        pytest.raises(Blocked, match="laissé"),
    ):
        f.get(f"{SITE}/fiche", pace_seconds=5)
    assert paths(site) == ["/robots.txt"]


# --- the floor

SLOW = {
    "before its answer": (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"),
    "within its headers": (b"HTTP/1.1 200 OK\r\nX-Le", b"nt: oui\r\nContent-Length: 4\r\n\r\npage"),
    "within its page": (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npa", b"ge"),
}


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("moment", SLOW)
def test_while_one_site_lets_us_wait_other_sites_are_read(
    moment: str, sealed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, reached, go_on = Floor(), threading.Event(), threading.Event()

    def hold(client: socket.socket) -> None:
        first, rest = SLOW[moment]
        client.sendall(first)
        reached.set()
        go_on.wait(20)
        client.sendall(rest)

    with contextlib.ExitStack() as stack:
        if sealed:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
            monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "ca.pem"))

            def no_rules(client: socket.socket) -> None:
                # robots.txt is asked for on a connection of its own.
                if asked.pop():
                    client.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                else:
                    hold(client)

            asked = [False, True]
            port, _ = stack.enter_context(secure(HOST, authority, no_rules))
        else:
            port = stack.enter_context(scripted(lambda client, _: hold(client)))
        f = stack.enter_context(fetcher(port, timeout_s=20.0, idle=floor.yielded))
        others_compute(floor, f, f"{'https' if sealed else 'http'}://{HOST}/fiche", 0, reached, go_on)


def test_while_one_site_waits_for_its_turn_other_sites_are_read(site: HTTPServer) -> None:
    floor, waiting, go_on, slept = Floor(), threading.Event(), threading.Event(), [0.0]
    site.expect_request("/fiche").respond_with_data("page")

    def now() -> datetime:
        return utc() + timedelta(seconds=slept[0])

    def sleep(seconds: float) -> None:
        waiting.set()
        go_on.wait(20)
        slept[0] += seconds

    # Far longer than robots.txt takes to come, however slow the machine.
    with fetcher(site.port, now=now, sleep=sleep, idle=floor.yielded) as f:
        others_compute(floor, f, f"{SITE}/fiche", 600.0, waiting, go_on)


def others_compute(
    floor: Floor, f: Fetcher, url: str, pace: float, waiting: threading.Event, go_on: threading.Event
) -> None:
    """Read a page in a thread that holds the floor, and take the floor while that one waits."""
    said: list[bytes] = []

    def read() -> None:
        with floor.held():
            said.append(f.get(url, pace_seconds=pace).body)

    thread = threading.Thread(target=read)
    thread.start()
    assert waiting.wait(20)
    # Were it not given, this thread would wait for it in vain.
    with floor.held():
        assert not said
    go_on.set()
    thread.join(20)
    assert said == [b"page"]
