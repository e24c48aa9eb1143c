"""A page's exchanges as a WARC file, and back. Knows bytes and records; not what a page means, nor why it is kept."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import uuid
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from warcio.archiveiterator import WARCIterator

from listingguard.domain.capture import media_type
from listingguard.domain.event import canonical
from listingguard.domain.listing import Exchange, Page, canonical_url
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.edge.fetch import RobotsRecord

MAX_BYTES = 256 * 1024 * 1024
"""Of one WARC once unzipped."""
MAX_BODY = 50 * 1024 * 1024
"""Of one page once unzipped."""
MAX_RECORDS = 20_000
MAX_HOPS = 20

_HEAD = 256 * 1024
_BLOCK = 65_536
_MOST_CHUNKS = 1_000_000
# Most bodies come compressed; on plain HTML level 1 keeps a record under a millisecond and loses a tenth in size.
_LEVEL = 1
# A compressor begins by clearing its memory: a request or a sheet needs little of it. (Window in bits, memory level.)
_SMALL, _LITTLE, _USUAL = 3_000, (12, 5), (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
_BLANK = re.compile(rb"\r?\n\r?\n")
_START = re.compile(rb"HTTP/[0-9.]+ +([0-9]{3})(?: |\r|\n|$)")


# -- writing ----------------------------------------------------------------------------------------------------------


def write(page: Page, *, software: str, sheet: Mapping[str, Any], robots: RobotsRecord | None = None) -> bytes:
    """Return the WARC of a page, one gzip member per record; the same input gives the same bytes.

    In order: warcinfo, the robots.txt that was asked first, request and response of every hop, and a metadata record
    with `sheet`, our technical sheet, and the certificates. A page that a person saved has no exchange: its bytes
    are a `resource` record. Dates are those of the exchanges, identifiers come from the content.
    """
    before = robots.exchanges if robots is not None else ()
    first = (*before, *page.exchanges)[0].at if before or page.exchanges else page.at
    opening, info = _opening(software, first, robots)
    written: list[_Written] = []
    # The hash of a body as it came over the wire is on the sheet already.
    known = (page.body, str(sheet.get("sha256", "")))
    for exchange in page.exchanges:
        written += _hop(exchange, info, known)
    if not page.exchanges:
        written.append(_record("resource", page.url, page.at, page.body, media_type(page), warcinfo=info))
    certificates = {hashlib.sha256(e.certificate).hexdigest(): e.certificate for e in page.exchanges if e.certificate}
    about = {**sheet, "certificates": {k: base64.b64encode(v).decode() for k, v in certificates.items()}}
    written.append(
        _record(
            "metadata", page.final_url, page.at, canonical(about), "application/json", warcinfo=info,
            about=written[-1].id,
        )
    )  # fmt: skip
    return opening + b"".join(record.member for record in written)


@dataclass(frozen=True)
class _Written:
    id: str
    member: bytes


@lru_cache(maxsize=32)
def _opening(software: str, first: datetime, robots: RobotsRecord | None) -> tuple[bytes, str]:
    """Return the records that come before the page's own, and the identifier of the warcinfo.

    Cached: every page of a run follows the same robots.txt.
    """
    fields = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
    written = [_record("warcinfo", "", first, fields, "application/warc-fields")]
    info = written[0].id
    if robots is not None and robots.body and not robots.exchanges:
        kind = "text/plain"
        written.append(_record("resource", robots.url, robots.fetched_at, robots.body, kind, warcinfo=info))
    for exchange in robots.exchanges if robots is not None else ():
        written += _hop(exchange, info)
    return b"".join(record.member for record in written), info


def _hop(exchange: Exchange, info: str, known: tuple[bytes, str] = (b"", "")) -> tuple[_Written, _Written]:
    """Return the request and the response of one exchange. known: a body and its SHA-256."""
    response = _record(
        "response", exchange.url, exchange.at, exchange.response, "application/http; msgtype=response",
        warcinfo=info, address=exchange.address, known=known,
    )  # fmt: skip
    request = _record(
        "request", exchange.url, exchange.at, exchange.request, "application/http; msgtype=request",
        warcinfo=info, about=response.id,
    )  # fmt: skip
    return request, response


def _record(
    kind: str, url: str, at: datetime, block: bytes, content_type: str, *, warcinfo: str = "", about: str = "",
    address: str = "", known: tuple[bytes, str] = (b"", ""),
) -> _Written:  # fmt: skip
    date = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    digest = hashlib.sha256(block).hexdigest()
    seed = hashlib.sha256("\n".join((kind, url, date, digest)).encode()).digest()
    identifier = f"<urn:uuid:{uuid.UUID(bytes=seed[:16], version=5)}>"
    # An address may come from a person: nothing in it may end a line.
    target = quote(url, safe="!#$%&'()*+,/:;=?@[]~")
    payload_digest = digest
    if kind in ("request", "response"):
        payload, (body, hashed) = block[_head_length(block) :], known
        payload_digest = hashed if hashed and payload == body else hashlib.sha256(payload).hexdigest()
    headers = {
        "WARC-Type": kind,
        "WARC-Record-ID": identifier,
        "WARC-Warcinfo-ID": warcinfo,
        "WARC-Concurrent-To": about,
        "WARC-Target-URI": target,
        "WARC-Date": date,
        "WARC-IP-Address": address,
        "Content-Type": content_type,
        "WARC-Block-Digest": f"sha256:{digest}",
        "WARC-Payload-Digest": f"sha256:{payload_digest}" if kind != "warcinfo" else "",
        "Content-Length": str(len(block)),
    }
    head = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    bits, memory = _LITTLE if len(block) < _SMALL else _USUAL
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, bits + 16, memory)
    parts = (f"{head}\r\n".encode(), block, b"\r\n\r\n")
    return _Written(identifier, b"".join((*map(packer.compress, parts), packer.flush())))


# -- HTTP -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Head:
    """The start of an HTTP message: its status (0 for a request, or nonsense) and its headers, in order."""

    status: int
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """Return the first header of that name, or an empty string."""
        return next((v for k, v in self.headers if k.lower() == name), "")


def head_of(message: bytes) -> Head:
    """Return the status and the headers of an HTTP message as it went over the wire."""
    lines = message[: _head_length(message)].splitlines()
    found = _START.match(lines[0] + b"\n") if lines else None
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        text = line.decode("latin-1")
        name, colon, value = text.partition(":")
        if headers and text[:1] in (" ", "\t"):
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {text.strip()}")
        elif colon:
            headers.append((name.strip(), value.strip()))
    return Head(int(found[1]) if found else 0, tuple(headers))


def _head_length(message: bytes) -> int:
    end = _BLANK.search(message, 0, _HEAD)
    return end.end() if end else min(len(message), _HEAD)


def body_of(message: bytes, head: Head) -> bytes:
    """Return the body of an HTTP answer, unchunked and unzipped; raise BadInput when too long or not to be unzipped."""
    body = message[_head_length(message) :]
    if head.get("transfer-encoding").strip().lower() == "chunked":
        body = _unchunked(body)
    for coding in reversed([c.strip().lower() for c in head.get("content-encoding").split(",") if c.strip()]):
        body = _unzipped(body, coding)
    if len(body) > MAX_BODY:
        raise BadInput(f"Une page de l’archive dépasse {MAX_BODY // 1024 // 1024}\u00a0Mio.")
    return body


def _unchunked(body: bytes) -> bytes:
    """Return the body without its chunk sizes; as it is where it has none: some archives keep the header only."""
    out, at = bytearray(), 0
    for _ in range(_MOST_CHUNKS):
        end = body.find(b"\r\n", at, at + 64)
        size = body[at:end].partition(b";")[0].strip() if end > 0 else b""
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            # Cut short after some chunks, it is what it is; without a first size it never was in chunks.
            return bytes(out) if at else body
        length = int(size, 16)
        if not length:
            return bytes(out)
        out += body[end + 2 : end + 2 + length]
        at = end + 2 + length + 2
    raise BadInput("Une page de l’archive est découpée en trop de morceaux.")


def _unzipped(body: bytes, coding: str) -> bytes:
    if coding == "identity" or not body:
        return body
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise BadInput(f"Une page de l’archive est compressée par «\u00a0{coding[:20]}\u00a0», qui n’est pas lu ici.")
    # Some archives keep the header of a body they have already unzipped.
    if coding != "deflate" and not body.startswith(b"\x1f\x8b"):
        return body
    bare = coding == "deflate" and (body[0] & 0x0F) != 8
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS + 32)
    try:
        return unpacker.decompress(body, MAX_BODY + 1)
    except zlib.error:
        raise BadInput("Une page de l’archive est mal compressée\u00a0: elle est coupée ou abîmée.") from None


# -- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """One record of a WARC: its type, URL, date, headers, block, and where it lies in the file.

    problem: in French, why its digests do not verify; empty when they do, or when there are none.
    """

    kind: str
    id: str
    url: str
    at: datetime | None
    headers: Mapping[str, str]
    block: bytes
    offset: int
    length: int
    problem: str


def records(warc: bytes) -> Iterator[Record]:
    """Yield the records of a WARC, zipped or not; raise BadInput when it is none, is cut, or is far too long.

    Nothing is taken from it on trust: lengths, counts and what comes out of compression are bounded.
    """
    count = 0
    for offset, length, content in _members(warc):
        for record in _parsed(content):
            count += 1
            if count > MAX_RECORDS:
                raise BadInput(f"Cette archive a plus de {MAX_RECORDS} enregistrements.")
            headers = {k.lower(): v for k, v in record.rec_headers.headers}
            if not headers.get("warc-type"):
                raise BadInput("Cette archive WARC est abîmée\u00a0: un enregistrement ne dit pas ce qu’il est.")
            block = record.raw_stream.read()
            yield Record(
                headers["warc-type"],
                headers.get("warc-record-id", ""),
                headers.get("warc-target-uri", "").strip("<>"),
                _date(headers.get("warc-date", "")),
                headers,
                block,
                offset,
                length,
                _problem(headers, block),
            )


def _members(warc: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield (offset, length, content) of each gzip member; the whole file when it is not zipped."""
    if not warc.startswith(b"\x1f\x8b"):
        yield 0, len(warc), warc
        return
    view, at, left, count = memoryview(warc), 0, MAX_BYTES, 0
    while at < len(warc):
        start, out, unpacker = at, bytearray(), zlib.decompressobj(zlib.MAX_WBITS + 16)
        count += 1
        while not unpacker.eof:
            chunk = view[at : at + _BLOCK]
            try:
                piece = unpacker.decompress(chunk, left + 1) if chunk else b""
            except zlib.error:
                raise BadInput(
                    "Cette archive WARC est abîmée\u00a0: un de ses enregistrements ne se lit pas."
                ) from None
            if not chunk:
                raise BadInput("Cette archive WARC est coupée.")
            at += len(chunk) - len(unpacker.unused_data) - len(unpacker.unconsumed_tail)
            out += piece
            left -= len(piece)
            if left < 0 or count > MAX_RECORDS:
                raise BadInput(
                    f"Cette archive WARC est trop grande\u00a0: plus de {MAX_BYTES // 1024 // 1024}\u00a0Mio."
                )
        yield start, at - start, bytes(out)


def _parsed(content: bytes) -> Iterator[Any]:
    try:
        yield from WARCIterator(BytesIO(content), no_record_parse=True)
    # The library meets a hostile file with whatever its own slip raises.
    except Exception:
        raise BadInput("Ce fichier n’est pas une archive WARC, ou elle est abîmée.") from None


def _problem(headers: Mapping[str, str], block: bytes) -> str:
    declared = headers.get("content-length", "")
    if not declared.isascii() or not declared.isdigit() or int(declared) != len(block):
        return "il est coupé"
    head = _head_length(block) if headers.get("content-type", "").startswith("application/http") else 0
    for name, data in (("warc-block-digest", block), ("warc-payload-digest", block[head:])):
        algorithm, _, digest = headers.get(name, "").partition(":")
        if algorithm.lower() in ("sha1", "sha256", "sha-256") and headers.get("warc-type") != "revisit":
            made = hashlib.new(algorithm.lower().replace("-", ""), data, usedforsecurity=False)
            if digest not in (made.hexdigest(), base64.b32encode(made.digest()).decode()):
                return "son empreinte ne correspond pas"
    return ""


def _date(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def broken(warc: bytes) -> tuple[str, ...]:
    """Return one French sentence per record whose digests do not verify; empty: intact."""
    try:
        return tuple(f"enregistrement {r.kind} {r.id}\u00a0: {r.problem}" for r in records(warc) if r.problem)
    except BadInput as error:
        return (str(error),)


def pages_in(warc: bytes, url: str | None = None) -> Iterator[Page]:
    """Yield the pages of a WARC in the order they were asked, each with its exchanges, redirections followed.

    url: only the page asked under this address, whatever its fragment. A `resource` record is a page that was saved
    without its exchange. Raises BadInput as `records` does, and for a page too long or compressed in a way not read.
    """
    archive = _Archive(warc)
    for number, record in enumerate(archive.answers):
        if url is None or same_address(record.url, url):
            page = archive.page(number)
            if page is not None:
                yield page


def addresses_in(warc: bytes) -> tuple[str, ...]:
    """Return the addresses of the HTML pages of a WARC, each once, in order; all its addresses when it has none."""
    answers = _Archive(warc).answers
    html = [r.url for r in answers if "html" in _content_type(r)]
    return tuple(dict.fromkeys(html or [r.url for r in answers]))


def same_address(one: str, other: str) -> bool:
    """Return True when both name the same page: the fragment, a final slash and http or https do not count.

    >>> same_address("http://rdv.example/a/#avis", "https://rdv.example/a")
    True
    """
    return _address(one) == _address(other)


def _address(url: str) -> str:
    return urldefrag(canonical_url(url))[0].rstrip("/").removeprefix("https:").removeprefix("http:")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _content_type(record: Record) -> str:
    if record.kind == "resource":
        return record.headers.get("content-type", "")
    return head_of(record.block).get("content-type")


class _Archive:
    """The answers of one WARC, and the requests that go with them."""

    def __init__(self, warc: bytes) -> None:
        self.answers: list[Record] = []
        self._requests: dict[str, bytes] = {}
        self._at: dict[str, list[int]] = {}
        for record in records(warc):
            if record.kind == "request":
                # Either of the two records may name the other.
                self._requests[record.id] = record.block
                self._requests[record.headers.get("warc-concurrent-to", "")] = record.block
            elif record.kind in ("response", "resource") and record.at and _is_web(record.url):
                self._at.setdefault(_address(record.url), []).append(len(self.answers))
                self.answers.append(record)

    def page(self, number: int) -> Page | None:
        """Return the page that begins with this answer, redirections followed; None when it is no HTTP at all."""
        chain = [self.answers[number]]
        for _ in range(MAX_HOPS):
            head = head_of(chain[-1].block)
            if not (300 <= head.status < 400 and head.get("location")):
                break
            # The answer to a redirection comes after it.
            later = self._at.get(_address(_joined(chain[-1].url, head.get("location"))), [])
            place = bisect_right(later, number)
            if place == len(later):
                break
            number = later[place]
            chain.append(self.answers[number])
        first, last = chain[0], chain[-1]
        assert last.at is not None
        if last.kind == "resource":
            return Page(first.url, last.url, 200, (("Content-Type", _content_type(last)),), last.block, last.at)
        head = head_of(last.block)
        if not head.status:
            return None
        exchanges = tuple(self._exchange(record) for record in chain if record.kind == "response")
        return Page(first.url, last.url, head.status, head.headers, body_of(last.block, head), last.at, exchanges)

    def _exchange(self, record: Record) -> Exchange:
        assert record.at is not None
        request = self._requests.get(record.id) or self._requests.get(
            record.headers.get("warc-concurrent-to") or "-", b""
        )
        try:
            address = str(ipaddress.ip_address(record.headers.get("warc-ip-address", "")))
        except ValueError:
            address = ""
        return Exchange(record.url, record.at, request, record.block, address, _port(record.url))


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _port(url: str) -> int:
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    return port or (443 if url.startswith("https:") else 80)
