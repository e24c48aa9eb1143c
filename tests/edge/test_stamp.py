"""Time-stamps of a real authority on loopback: openssl agrees with us, and nothing that is not a time-stamp is one."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from listingguard.domain.capture import TokenStatus
from listingguard.edge.stamp import Stamper, checked, load_roots, signed_at
from listingguard.errors import BadConfig, Damaged, Unreachable
from tests import authority as tsa

MANIFEST = b'{"url":"https://rdv-soins.example/kine/camille-exemple"}'

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with tsa.Authority(tmp_path_factory.mktemp("tsa") / "authority") as authority:
        yield authority


@pytest.fixture
def authority(running: Any) -> Any:
    running.answers, running.asked = "stamp", 0
    return running


def stamper(authority: Any, *urls: str, trusting: bool = True) -> Stamper:
    roots = load_roots(authority.roots) if trusting else ()
    return Stamper(urls or (tsa.URL,), roots=roots, now=lambda: datetime.now(UTC), loopback=authority.loopback)


def test_a_time_stamp_is_verified_by_us_and_by_openssl(authority: Any, tmp_path: Path) -> None:
    stamp = stamper(authority).stamp(MANIFEST)
    assert stamp.status is TokenStatus.VERIFIED
    at = signed_at(stamp.raw)
    assert at is not None
    assert abs(at - stamp.at) < timedelta(seconds=5)
    data, token = tmp_path / "manifest.json", tmp_path / "token.tsr"
    data.write_bytes(MANIFEST)
    token.write_bytes(stamp.raw)
    words = ("ts", "-verify", "-data", data, "-in", token, "-CAfile", authority.roots / "root.pem")
    assert "Verification: OK" in tsa.openssl(*words)
    data.write_bytes(MANIFEST.replace(b"camille", b"charlie"))
    tsa.openssl(*words, code=1)


def test_a_time_stamp_of_other_bytes_is_none_of_these(authority: Any) -> None:
    stamp = stamper(authority).stamp(MANIFEST)
    with pytest.raises(Damaged, match="ne porte pas"):
        checked(stamp.raw, MANIFEST + b" ", load_roots(authority.roots))


def test_without_roots_or_under_others_it_is_kept_unverified(authority: Any, tmp_path: Path) -> None:
    assert stamper(authority, trusting=False).stamp(MANIFEST).status is TokenStatus.UNVERIFIED
    other = tsa.Authority(tmp_path / "other")
    raw = stamper(authority).stamp(MANIFEST).raw
    assert checked(raw, MANIFEST, load_roots(other.roots)) is TokenStatus.UNVERIFIED


def test_an_answer_that_strict_der_forbids_is_kept_unverified_and_openssl_takes_it(
    authority: Any, tmp_path: Path
) -> None:
    authority.answers = "chain"
    stamp = stamper(authority).stamp(MANIFEST)
    assert stamp.status is TokenStatus.UNVERIFIED
    assert signed_at(stamp.raw) is None
    data, token = tmp_path / "manifest.json", tmp_path / "token.tsr"
    data.write_bytes(MANIFEST)
    token.write_bytes(stamp.raw)
    tsa.openssl("ts", "-verify", "-data", data, "-in", token, "-CAfile", authority.roots / "root.pem")
    with pytest.raises(Damaged, match="ne porte pas"):
        checked(stamp.raw, MANIFEST + b" ")


def test_one_altered_bit_of_a_token_is_never_verified(authority: Any) -> None:
    raw = stamper(authority).stamp(MANIFEST).raw
    roots = load_roots(authority.roots)
    for at in range(0, len(raw), 7):
        altered = bytearray(raw)
        altered[at] ^= 4
        try:
            status = checked(bytes(altered), MANIFEST, roots)
        except Damaged:
            continue
        # A few bits of an answer are not signed: those of its outer shell, and of the certificate's own copy.
        if status is TokenStatus.VERIFIED:
            assert signed_at(bytes(altered)) == signed_at(raw)


@pytest.mark.parametrize(
    ("answers", "said"),
    [("other", "ne porte pas sur ces octets"), ("refuse", "a refusé"), ("page", "n’est pas un jeton")],
)
def test_what_is_no_time_stamp_of_ours_is_told_and_not_kept(authority: Any, answers: str, said: str) -> None:
    authority.answers = answers
    with pytest.raises(Unreachable, match=said):
        stamper(authority).stamp(MANIFEST)


def test_authorities_are_asked_in_order_until_one_answers(authority: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()
    hosts = {**authority.loopback, "ferme.example": closed}
    urls = ("http://ferme.example/tsa", "http://169.254.169.254/tsa", "ftp://x.example/", tsa.URL)
    roots = load_roots(authority.roots)
    both = Stamper(urls, roots=roots, now=lambda: datetime.now(UTC), loopback=hosts)
    assert both.stamp(MANIFEST).authority == tsa.URL
    with pytest.raises(Unreachable) as told:
        Stamper(urls[:3], now=lambda: datetime.now(UTC), loopback=hosts).stamp(MANIFEST)
    assert all(url in str(told.value) for url in urls[:3])
    assert "Adresse interdite" in str(told.value)


WITHOUT_END = {
    "flood": (b"\r\n\r\n", bytes(65_536), 0.0),
    "drip": (b"\r\n\r\n", b"a", 0.05),
    "drip in the headers": (b"\r\nX-Lent: ", b"a", 0.05),
}


@pytest.mark.parametrize("how", WITHOUT_END)
def test_an_authority_that_drips_or_floods_is_left(how: str) -> None:
    begins, more, pause = WITHOUT_END[how]

    def answer() -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply" + begins)
            while True:
                connection.sendall(more)
                time.sleep(pause)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, daemon=True).start()
        hosts = {"sans-fin.example": server.getsockname()}
        url, start = "http://sans-fin.example/", time.monotonic()
        one = Stamper((url,), now=lambda: datetime.now(UTC), timeout_s=0.5, loopback=hosts)
        with pytest.raises(Unreachable, match="trop longue ou trop lente"):
            one.stamp(MANIFEST)
        assert time.monotonic() - start < 20


def test_a_redirection_of_an_authority_is_not_followed(authority: Any) -> None:
    with HTTPServer() as elsewhere:
        elsewhere.expect_request("/tsa").respond_with_data(status=307, headers={"Location": tsa.URL})
        hosts = {**authority.loopback, "ailleurs.example": ("127.0.0.1", elsewhere.port)}
        moved = Stamper(("http://ailleurs.example/tsa",), now=lambda: datetime.now(UTC), loopback=hosts)
        with pytest.raises(Unreachable, match="code 307"):
            moved.stamp(MANIFEST)
    assert authority.asked == 0


def test_a_folder_of_roots_without_a_certificate_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="aucun certificat"):
        load_roots(tmp_path)
    (tmp_path / "root.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n")
    with pytest.raises(BadConfig, match=r"root\.pem"):
        load_roots(tmp_path)


def test_no_authority_configured_says_which_key() -> None:
    with pytest.raises(Unreachable, match=r"evidence\.timestamp_authorities"):
        Stamper((), now=lambda: datetime.now(UTC)).stamp(MANIFEST)
