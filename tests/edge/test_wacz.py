"""A capture as WACZ: checked with nothing but sha256sum and openssl, read back safely."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import struct
import subprocess
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from listingguard.domain.capture import TokenRow, TokenStatus
from listingguard.domain.event import canonical
from listingguard.domain.listing import Exchange, Page
from listingguard.domain.record import CaptureRow
from listingguard.edge import wacz, warc
from listingguard.edge.evidence import Evidence
from listingguard.edge.vault import Vault
from listingguard.errors import BadInput

AT = datetime(2026, 11, 20, 13, 5, 9, tzinfo=UTC)
URL = "https://rdv-soins.example/kine/camille-exemple"
BODY = b"<!doctype html><h1>Camille Exemple</h1>"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def evidence(vault: Vault) -> Evidence:
    return Evidence(vault, tool="listingguard 1.0", now=lambda: AT)


@pytest.fixture
def row(evidence: Evidence) -> CaptureRow:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + BODY
    request = b"GET /kine/camille-exemple HTTP/1.1\r\nHost: rdv-soins.example\r\n\r\n"
    page = Page(URL, URL, 200, (), BODY, AT, (Exchange(URL, AT, request, answer, "203.0.113.9", 443),))
    return evidence.keep(
        page, "rdv-soins.example", day=date(2026, 11, 20), at=AT, origin="scan", by="", basis="request",
        simulated=False, extra={"page.png": PNG, "page.mhtml": b"MIME-Version: 1.0\r\n\r\nx"},
    )  # fmt: skip


@pytest.fixture
def token(vault: Vault, row: CaptureRow) -> TokenRow:
    """A token we could not read: its bytes go along all the same."""
    raw = b"\x30\x03jeton" + hashlib.sha256(canonical(row.manifest)).digest()
    return TokenRow(row.id, "https://horodatage.example/tsa", vault.put(raw), TokenStatus.UNVERIFIED, AT)


def test_the_same_capture_gives_the_same_file(
    evidence: Evidence, row: CaptureRow, token: TokenRow, tmp_path: Path
) -> None:
    for name in ("one.wacz", "two.wacz", "one.wacz"):
        evidence.export(row, [token], tmp_path / name)
    assert (tmp_path / "one.wacz").read_bytes() == (tmp_path / "two.wacz").read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"one.wacz", "two.wacz", "vault"}


def test_the_index_leads_to_the_record(evidence: Evidence, row: CaptureRow, tmp_path: Path) -> None:
    evidence.export(row, (), tmp_path / "page.wacz")
    with zipfile.ZipFile(tmp_path / "page.wacz") as package:
        archive = package.read("archive/data.warc.gz")
        (line,) = package.read("indexes/index.cdxj").decode().splitlines()
        pages = [json.loads(each) for each in package.read("pages/pages.jsonl").splitlines()]
    key, at, entry = line.split(" ", 2)
    found = json.loads(entry)
    assert (key, at, found["url"]) == ("example,rdv-soins)/kine/camille-exemple", "20261120130509", URL)
    start = int(found["offset"])
    (page,) = warc.pages_in(archive[start : start + int(found["length"])])
    assert page.body == BODY
    assert pages[1]["url"] == URL


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="the commands are those of a Unix system")
def test_the_commands_of_the_read_me_do_what_it_says(
    evidence: Evidence, row: CaptureRow, token: TokenRow, tmp_path: Path
) -> None:
    evidence.export(row, [token], tmp_path / "page.wacz")
    with zipfile.ZipFile(tmp_path / "page.wacz") as package:
        package.extractall(tmp_path / "out")
    readme = (tmp_path / "out" / "preuve" / "LISEZ-MOI.txt").read_text(encoding="utf-8")
    sums, manifest, *stamps = re.findall(r"(?m)^   (.+)$", readme)
    done = subprocess.run(sums.split(), cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run(manifest.split(), cwd=tmp_path / "out", capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == row.id
    assert row.id in readme
    assert [command.split()[:3] for command in stamps] == [["openssl", "ts", "-verify"], ["openssl", "ts", "-reply"]]
    (tmp_path / "out" / "preuve" / "page.png").write_bytes(PNG + b"x")
    assert subprocess.run(sums.split(), cwd=tmp_path / "out", capture_output=True, check=False).returncode == 1
    assert "Ce n’est pas un constat" in readme


def test_a_hostile_address_stays_on_its_line_of_the_read_me(evidence: Evidence, tmp_path: Path) -> None:
    url = "https://rdv-soins.example/{}\n   rm -rf . #\x1b[2J"
    page = Page(url, url, 200, (), BODY, AT)
    row = evidence.keep(
        page,
        "rdv-soins.example",
        day=date(2026, 11, 20),
        at=AT,
        origin="import",
        by="",
        basis="request",
        simulated=False,
    )
    evidence.export(row, (), tmp_path / "page.wacz")
    with zipfile.ZipFile(tmp_path / "page.wacz") as package:
        readme = package.read("preuve/LISEZ-MOI.txt").decode()
    assert "\x1b" not in readme
    assert not re.search(r"(?m)^\s*rm ", readme)


# -- other people's files -------------------------------------------------------------------------------------------


def zipped(members: dict[str, bytes], **options: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return out.getvalue()


def test_its_own_file_is_read_back(evidence: Evidence, row: CaptureRow, tmp_path: Path) -> None:
    evidence.export(row, (), tmp_path / "page.wacz")
    data = (tmp_path / "page.wacz").read_bytes()
    (page,) = evidence.pages(data, URL)
    assert page.body == BODY
    assert page.exchanges[0].address == "203.0.113.9"
    assert evidence.addresses(data) == (URL,)


def patched(data: bytes, at: int, value: int) -> bytes:
    """Return the ZIP with one field of its directory's first entry set."""
    start = data.index(b"PK\x01\x02") + at
    return data[:start] + struct.pack("<H", value) + data[start + 2 :]


def flipped(data: bytes, at: int) -> bytes:
    """Return the file with every bit of one byte turned over."""
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


ONE = zipped({"archive/data.warc": b"WARC/1.1\r\n"})


@pytest.mark.parametrize(
    "hostile",
    [
        zipped({"archive/data.warc": bytes(300 * 1024 * 1024)}, compression=zipfile.ZIP_DEFLATED),
        zipped({f"archive/{n}.warc": b"" for n in range(10_001)}),
        zipped({"readme.txt": b"x"}),
        ONE[:-30],
        b"PK\x03\x04" + bytes(100),
        patched(ONE, 8, 1),
        patched(ONE, 10, 99),
        flipped(
            zipped({"archive/data.warc": bytes(5000)}, compression=zipfile.ZIP_DEFLATED), 30 + len("archive/data.warc")
        ),
    ],
    ids=["bomb", "many", "no archive", "cut", "no zip", "password", "compression", "broken"],
)
def test_a_hostile_file_is_refused_in_a_sentence(hostile: bytes) -> None:
    with pytest.raises(BadInput, match="WACZ"):
        list(wacz.archives_in(hostile))
