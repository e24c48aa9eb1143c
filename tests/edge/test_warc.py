"""Exchanges as WARC: byte for byte there and back, checked by warcio's own program, and hostile files refused."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.listing import Exchange, Page
from listingguard.edge import warc
from listingguard.edge.fetch import RobotsRecord
from listingguard.errors import BadInput

AT = datetime(2026, 11, 20, 13, 5, 9, 250_000, UTC)
ASKED = "https://rdv-soins.example/kine?id=7"
SHOWN = "https://rdv-soins.example/kine/camille-exemple"
BODY = "<!doctype html><h1>Camille Exemple, kinésithérapeute</h1>".encode() * 40
REQUEST = b"GET / HTTP/1.1\r\nHost: rdv-soins.example\r\nUser-Agent: listingguard/1.0\r\n\r\n"


def exchange(url: str, response: bytes, seconds: int = 0) -> Exchange:
    at = AT + timedelta(seconds=seconds)
    return Exchange(url, at, REQUEST, response, "203.0.113.9", 443, tls="TLSv1.3 TLS_AES_128_GCM_SHA256")


def chunked(data: bytes) -> bytes:
    half = len(data) // 2
    parts = (data[:half], data[half:], b"")
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def visited() -> Page:
    """A profile reached through one redirection; its body came in chunks and zipped."""
    moved = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /kine/camille-exemple\r\nContent-Length: 0\r\n\r\n"
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Bizarre:  a\xe9b \r\n"
        b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    answer = head + chunked(gzip.compress(BODY, mtime=0))
    headers = warc.head_of(answer).headers
    exchanges = (exchange(ASKED, moved), exchange(SHOWN, answer, 5))
    return Page(ASKED, SHOWN, 200, headers, BODY, AT + timedelta(seconds=5), exchanges)


def written(page: Page, **more: Any) -> bytes:
    return warc.write(page, software="listingguard 1.0", sheet={"day": "2026-11-20"}, **more)


def test_a_visit_comes_back_byte_for_byte_with_every_hop() -> None:
    page = visited()
    (back,) = warc.pages_in(written(page), ASKED)
    assert back == page
    for kept, sent in zip(back.exchanges, page.exchanges, strict=True):
        assert (kept.request, kept.response, kept.url, kept.at) == (sent.request, sent.response, sent.url, sent.at)
        assert (kept.address, kept.port) == ("203.0.113.9", 443)


def test_records_come_in_the_order_things_happened() -> None:
    robots = RobotsRecord("https://rdv-soins.example/robots.txt", 200, "", AT, None, b"User-agent: *\n")
    records = list(warc.records(written(visited(), robots=robots)))
    kinds = ["warcinfo", "resource", "request", "response", "request", "response", "metadata"]
    assert [r.kind for r in records] == kinds
    assert records[1].block == b"User-agent: *\n"
    assert all(r.headers.get("warc-warcinfo-id") == records[0].id for r in records[1:])


def test_robots_txt_goes_in_as_it_went_over_the_wire_where_that_was_kept() -> None:
    url = "https://rdv-soins.example/robots.txt"
    asked = exchange(url, b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\n", -5)
    robots = RobotsRecord(url, 200, "", AT, None, b"User-agent: *\n", exchanges=(asked,))
    records = list(warc.records(written(visited(), robots=robots)))
    assert [r.kind for r in records[1:3]] == ["request", "response"]
    assert records[2].block == asked.response


def test_the_same_visit_gives_the_same_bytes_and_another_one_other_names() -> None:
    page = visited()
    assert written(page) == written(page)
    names = {r.id for r in warc.records(written(page))}
    later = Page(ASKED, ASKED, 200, (), BODY, AT, (exchange(ASKED, b"HTTP/1.1 200 OK\r\n\r\n" + BODY, 60),))
    assert not names & {r.id for r in warc.records(written(later))} - {next(iter(warc.records(written(page)))).id}


def test_a_page_that_a_person_saved_is_a_resource_record() -> None:
    page = Page(SHOWN, SHOWN, 200, (), b"\x89PNG\r\n\x1a\n....", AT)
    records = list(warc.records(written(page)))
    assert [(r.kind, r.headers["content-type"]) for r in records[1:2]] == [("resource", "image/png")]
    (back,) = warc.pages_in(written(page))
    assert (back.body, back.url, back.exchanges) == (page.body, SHOWN, ())


def test_an_address_given_by_a_person_cannot_add_a_header() -> None:
    page = Page("https://rdv-soins.example/a\r\nWARC-Type: response\r\n é", SHOWN, 200, (), BODY, AT)
    record = list(warc.records(written(page)))[1]
    assert record.kind == "resource"
    assert record.url == "https://rdv-soins.example/a%0D%0AWARC-Type:%20response%0D%0A%20%C3%A9"


def check(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("warcio")
    return subprocess.run([program, "check", "-v", path], capture_output=True, text=True, check=False)


def test_warcio_finds_every_digest_right_and_one_altered_bit_wrong(tmp_path: Path) -> None:
    path = tmp_path / "page.warc.gz"
    path.write_bytes(written(visited()))
    said = check(path)
    assert said.returncode == 0, said.stdout
    assert said.stdout.count("digest pass") == 6
    plain = bytearray(gzip.decompress(path.read_bytes()))
    plain[plain.index(b"301 Moved")] ^= 1
    path.write_bytes(plain)
    assert check(path).returncode == 1
    (problem,) = warc.broken(bytes(plain))
    assert "response" in problem
    assert "empreinte" in problem


@pytest.mark.parametrize("cut", [1, 40, 400, 1200])
def test_a_file_cut_short_is_named_whatever_warcio_makes_of_it(cut: int) -> None:
    whole = written(visited())
    assert warc.broken(whole) == ()
    assert warc.broken(whole[:-cut]) != ()
    assert warc.broken(gzip.decompress(whole)[: -cut - 4]) != ()


def test_a_page_costs_little() -> None:
    page = Page(SHOWN, SHOWN, 200, (), b"", AT, (exchange(SHOWN, b"HTTP/1.1 200 OK\r\n\r\n" + BODY * 26),))
    best = min(_seconds(lambda: written(page)) for _ in range(20))
    # Under a millisecond on an ordinary machine; the margin is for one that does other things.
    assert best < 0.006


def _seconds(work: Any) -> float:
    from time import thread_time

    before = thread_time()
    work()
    return thread_time() - before


# -- other people's files -------------------------------------------------------------------------------------------


def record(kind: str, url: str, block: bytes, **headers: str) -> bytes:
    lines = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": "2026-11-20T13:05:09Z",
        "WARC-Record-ID": f"<urn:x:{kind}:{url}>",
        "Content-Type": "application/http",
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def answer(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: text/html", *headers, "", "")).encode() + body


def test_archives_that_unzipped_a_body_and_kept_its_header_are_read() -> None:
    other = [
        record("response", SHOWN, answer(BODY, h)) for h in ("Content-Encoding: gzip", "Transfer-Encoding: chunked")
    ]
    for whole in other:
        (page,) = warc.pages_in(whole)
        assert page.body == BODY


def test_deflate_with_and_without_its_header_is_read() -> None:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    for packed in (zlib.compress(BODY), packer.compress(BODY) + packer.flush()):
        (page,) = warc.pages_in(record("response", SHOWN, answer(packed, "Content-Encoding: deflate")))
        assert page.body == BODY


def test_requests_and_answers_find_each_other_whichever_names_the_other() -> None:
    request = record("request", SHOWN, REQUEST)
    whole = request + record("response", SHOWN, answer(BODY), WARC_Concurrent_To=f"<urn:x:request:{SHOWN}>")
    (page,) = warc.pages_in(whole)
    assert page.exchanges[0].request == REQUEST


def test_the_pages_of_a_file_are_named() -> None:
    picture = record(
        "response", "https://rdv-soins.example/a.png", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx"
    )
    assert warc.addresses_in(picture + record("response", SHOWN, answer(BODY))) == (SHOWN,)
    assert list(warc.pages_in(picture, SHOWN)) == []


def test_a_redirection_that_never_ends_ends() -> None:
    around = record("response", SHOWN, f"HTTP/1.1 302 Found\r\nLocation: {SHOWN}\r\n\r\n".encode())
    pages = list(warc.pages_in(around * 60, SHOWN))
    assert len(pages) == 60
    assert max(len(page.exchanges) for page in pages) <= warc.MAX_HOPS + 1


@pytest.mark.parametrize(
    "hostile",
    [
        gzip.compress(bytes(300 * 1024 * 1024), 1),
        record("response", SHOWN, answer(gzip.compress(bytes(60 * 1024 * 1024), 1), "Content-Encoding: gzip")),
        record("response", SHOWN, answer(b"x", "Content-Encoding: br")),
        record("response", SHOWN, answer(b"\x1f\x8bnonsense", "Content-Encoding: gzip")),
        b"\x1f\x8b" + bytes(50),
        gzip.compress(b"<html>not a WARC</html>"),
        b"WARC/1.1\r\nrubbish",
        b"WARC/9.9\r\nWARC-Type: response\r\n\r\n",
        record("resource", SHOWN, b"") * 20_001,
    ],
    ids=["bomb", "bomb inside", "brotli", "broken body", "broken", "other", "cut", "version", "many"],
)
def test_a_hostile_file_is_refused_in_a_sentence(hostile: bytes) -> None:
    with pytest.raises(BadInput, match=r"archive"):
        list(warc.pages_in(hostile))


@given(data=st.data())
def test_a_mangled_file_never_does_worse_than_be_refused(data: st.DataObject) -> None:
    whole = bytearray(gzip.decompress(written(visited())))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        list(warc.pages_in(bytes(whole)))
        warc.addresses_in(bytes(whole))
    except BadInput:
        pass
    warc.broken(bytes(whole))
