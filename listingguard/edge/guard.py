"""The guard: connections to public addresses only, bounded in bytes and time; knows no pace, and no robots.txt."""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, InvalidHeader, NameResolutionError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError
from urllib3.util.wait import wait_for_read

from listingguard.errors import BadInput, Forbidden

Idle = Callable[[], AbstractContextManager[None]]
"""What a thread is within while it waits."""

# Status line and headers; browsers stop at about as much.
HEAD_BYTES = 256 * 1024
URL_LENGTH = 8_000

# Held to be global by some Python versions, yet ours, somebody's metadata service, or a road back to IPv4.
_NEVER = tuple(
    ipaddress.ip_network(n)
    for n in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "2002::/16", "3fff::/20")
)
# The only IPv6 space handed out to public hosts; NAT64, IPv4-compatible and site-local addresses lie outside.
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")


def allowed(address: str, port: int) -> bool:
    """Return True for a public address on port 80 or 443, the only ones we ever connect to."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_V6:
        return False
    if any(ip.version == net.version and ip in net for net in _NEVER):
        return False
    return port in (80, 443) and ip.is_global and not ip.is_multicast


# Neither is an OSError or an HTTPException: urllib3 would take it for a network failure.
class TooSlow(Exception):
    """The answer as a whole took too long."""


class TooLong(Exception):
    """The answer holds more than we read: `limit` in bytes, `of` what in French, empty for the page itself."""

    def __init__(self, limit: int, of: str = "") -> None:
        super().__init__(limit, of)
        self.limit, self.of = limit, of


@dataclass
class Wire:
    """The bytes of one request and its answer as they pass; `at` is when the request left."""

    at: datetime
    sent: bytes = b""
    received: bytearray = field(default_factory=bytearray)


class _Timed(io.RawIOBase):
    """A socket's bytes until a deadline and a size, however slowly they drip: headers, chunk sizes, body alike.

    Each byte that comes is noted in `tape`.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float, tape: bytearray, idle: Idle) -> None:
        self._raw, self._sock, self._tape, self._idle = raw, sock, tape, idle
        self._pause = sock.gettimeout()
        self._deadline = time.monotonic() + seconds
        self.limit, self.of = 0, ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TooSlow
        self._sock.settimeout(left if self._pause is None else min(left, self._pause))
        try:
            with nullcontext() if _at_hand(self._sock) else self._idle():
                count = self._raw.readinto(buffer)
        except TimeoutError:
            if time.monotonic() >= self._deadline:
                raise TooSlow from None
            raise
        self._tape += memoryview(buffer)[: count or 0]
        if len(self._tape) > self.limit:
            raise TooLong(self.limit, self.of)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def _at_hand(sock: socket.socket) -> bool:
    """Return True when bytes came that wait to be read. Of a sealed connection only whole records can be."""
    return sock.pending() > 0 if isinstance(sock, ssl.SSLSocket) else wait_for_read(sock, 0)


@cache
def _tls_rules(authorities: str) -> ssl.SSLContext:
    # Reading the authorities takes longer than a page: once per process.
    return ssl.create_default_context(cafile=authorities)


def _pools(
    loopback: Mapping[str, tuple[str, int]],
    now: Callable[[], datetime],
    max_seconds: float,
    max_bytes: int,
    leaving: Callable[[], None],
    idle: Idle,
) -> dict[str, Any]:
    """Return the connection pools of one session, by scheme; each of their connections goes through the guard."""

    class Answer(http.client.HTTPResponse):
        def __init__(self, tape: bytearray, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self._timed = _Timed(self.fp.detach(), sock, max_seconds, tape, idle)
            self.fp = io.BufferedReader(self._timed)

        def begin(self) -> None:
            self._timed.limit, self._timed.of = HEAD_BYTES, " d’en-têtes"
            super().begin()
            # Chunk sizes count too: a byte of page may not take many bytes of wire.
            self._timed.limit, self._timed.of = HEAD_BYTES + max_bytes, ""

    class Guard(HTTPConnection):
        wire: Wire
        # What an Exchange says of the connection itself.
        ends: Mapping[str, Any]

        def _new_conn(self) -> socket.socket:
            # The address checked is the address connected to, so a name that changes its mind in between gains nothing.
            targets: list[Any] = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", loopback.get(self.host))]
            if self.host not in loopback:
                try:
                    targets = list(socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM))
                except (socket.gaierror, UnicodeError) as error:
                    raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]
                for *_, (address, port, *_) in targets:
                    if not allowed(address, port):
                        raise Forbidden(
                            f"Adresse interdite\u00a0: {self.host} mène à {address}, port {port}. "
                            "listingguard ne lit que des sites publics."
                        )
            failure: OSError | None = None
            for family, kind, protocol, _, address in targets:
                sock = socket.socket(family, kind, protocol)
                try:
                    for option in self.socket_options or ():
                        sock.setsockopt(*option)
                    sock.settimeout(self.timeout)
                    sock.connect(address)
                except OSError as error:
                    sock.close()
                    failure = error
                else:
                    self.ends = {"address": address[0], "port": address[1], "local": sock.getsockname()[0]}
                    return sock
            raise NewConnectionError(self, str(failure)) from failure

        def connect(self) -> None:
            with idle():
                super().connect()

        def putrequest(self, *args: Any, **kwargs: Any) -> None:
            self.wire = Wire(now())
            super().putrequest(*args, **kwargs)

        def send(self, data: Any) -> None:
            if not self.wire.sent:
                if self.sock is None:
                    self.connect()
                leaving()
            super().send(data)
            self.wire.at, self.wire.sent = now(), self.wire.sent + data

        def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> Answer:  # type: ignore[override]
            return Answer(self.wire.received, sock, *args, **kwargs)

    class GuardTls(Guard, HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            sock: Any = self.sock
            certificate, tls = sock.getpeercert(binary_form=True) or b"", f"{sock.version()} {sock.cipher()[0]}"
            self.ends = {**self.ends, "certificate": certificate, "tls": tls}

    class Plain(HTTPConnectionPool):
        ConnectionCls = Guard

    class Tls(HTTPSConnectionPool):
        ConnectionCls = GuardTls

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, ssl_context=_tls_rules(requests.utils.DEFAULT_CA_BUNDLE_PATH), **kwargs)

    return {"http": Plain, "https": Tls}


class _Adapter(HTTPAdapter):
    def cert_verify(self, *_: Any) -> None:
        """Do nothing: the pools verify, with authorities read once; requests has each connection read them anew."""


def guarded_session(
    headers: Mapping[str, str],
    *,
    now: Callable[[], datetime],
    max_seconds: float,
    max_bytes: int,
    loopback: Mapping[str, tuple[str, int]] = MappingProxyType({}),
    leaving: Callable[[], None] = lambda: None,
    idle: Idle = nullcontext,
) -> requests.Session:
    """Return a session that connects to public addresses only, and sends these headers; close it after use.

    What is sent through `session.get_adapter(url)`, as `prepared` gives it, raises Forbidden for any other address,
    TooSlow after max_seconds, and TooLong past max_bytes on the wire, headers aside. `session.send` would do more
    than is wanted: keep the cookies, and read a redirection's whole body. leaving: called by the thread that asks, once
    it is connected and before a request leaves; may wait. idle: what a thread is within while it waits for the other side.
    """
    session = requests.Session()
    # No proxy, which would resolve names for us, behind the guard; and no password of a .netrc.
    session.trust_env = False
    checked = requests.PreparedRequest()
    checked.prepare_headers(headers)
    session.headers.clear()
    session.headers.update(checked.headers)
    adapter = _Adapter(pool_connections=64, pool_maxsize=8)
    adapter.poolmanager.pool_classes_by_scheme = _pools(loopback, now, max_seconds, max_bytes, leaving, idle)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


@dataclass(frozen=True)
class Target:
    """One request as it will be sent, the very URL it goes to, and the host that robots.txt and the lease go by."""

    request: requests.PreparedRequest
    url: str
    host: str


def prepared(
    session: requests.Session,
    method: str,
    url: str,
    *,
    base: str = "",
    headers: Mapping[str, str] = MappingProxyType({}),
    data: bytes = b"",
) -> Target:
    """Return what asking for a URL will send; raise Forbidden or BadInput when it must not be asked for.

    base: what a relative URL is relative to. headers: beside those of the session, and before them. A fragment is
    dropped.
    """
    try:
        url = urljoin(base, url)
        written = urlsplit(url)
        if written.scheme.lower() not in ("", "http", "https"):
            raise Forbidden(f"Adresse interdite\u00a0: {_shown(url)} n’est pas une adresse http ou https.")
        # Piece by piece: session.prepare_request also looks for cookies and passwords, which we never send.
        request = requests.PreparedRequest()
        request.prepare_method(method)
        request.prepare_url(urldefrag(url).url, None)
        # The session's own were looked at once, when it was made.
        request.headers = CaseInsensitiveDict(cast("Mapping[str, str]", session.headers))
        if headers:
            own = requests.PreparedRequest()
            own.prepare_headers(headers)
            request.headers.update(own.headers)
        if data:
            request.prepare_body(data, None)
        # The prepared URL decides where we connect, so that is the one checked.
        sent = str(request.url)
        parts = urlsplit(sent)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if len(url) > URL_LENGTH or not re.fullmatch(r"[0-9a-z_-][0-9a-z_.-]*|[0-9a-f:.]+", host):
            raise ValueError
    except (requests.RequestException, ValueError):
        raise BadInput(
            f"«\u00a0{_shown(url)}\u00a0» n’est pas l’adresse d’une page\u00a0; "
            "elle doit commencer par http:// ou https:// et nommer un site."
        ) from None
    if "@" in parts.netloc or "@" in written.netloc:
        raise Forbidden(f"Adresse interdite\u00a0: celle de {host} contient un identifiant ou un mot de passe.")
    if port not in (None, 80, 443):
        raise Forbidden(
            f"Adresse interdite\u00a0: {_shown(url)} vise le port {port}\u00a0; seuls 80 et 443 sont permis."
        )
    return Target(request, sent, host)


def _shown(url: str) -> str:
    # A redirection is the site's own text, and may hold what drives a terminal.
    return "".join(c if c.isprintable() else "\ufffd" for c in url[:300])


def why_silent(error: BaseException) -> tuple[str, bool]:
    """Return why nobody answered, in French, and whether trying again at once is pointless."""
    seen: list[BaseException] = []
    while error not in seen:
        seen.append(error)
        inner = (getattr(error, "reason", None), *error.args, error.__cause__)
        error = next((e for e in inner if isinstance(e, BaseException)), error)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(e, kinds) for e in seen)

    if has(NameResolutionError):
        return "ce nom de site n’existe pas, ou internet est coupé", True
    if has(ssl.SSLCertVerificationError):
        return "son certificat de sécurité n’est pas valable", True
    if has(SSLError, ssl.SSLError):
        return "la connexion sécurisée échoue", False
    if has(HTTPTimeoutError, TimeoutError):
        return "il ne dit rien assez vite", False
    if has(DecodeError):
        return "sa réponse compressée n’est pas lisible", True
    if has(http.client.IncompleteRead):
        return "sa réponse s’arrête avant la fin", False
    if has(http.client.HTTPException, InvalidHeader) and not has(ConnectionError):
        return "sa réponse ne suit pas les règles du web", True
    return "la connexion est refusée ou coupée", False
