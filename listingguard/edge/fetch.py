"""Pages over HTTP, one polite and guarded request at a time; knows nothing of what a page means."""

from __future__ import annotations

import hashlib
import io
import ipaddress
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from types import MappingProxyType
from typing import Any, Protocol, Self
from urllib.parse import urljoin, urlsplit

import requests
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, NameResolutionError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from listingguard.domain.listing import Page
from listingguard.errors import BadInput, Blocked, Forbidden, Unreachable

MAX_REDIRECTS = 5
# First try included.
MAX_TRIES = 3
# A longer Retry-After is reported to the caller instead of slept through.
MAX_RETRY_AFTER = 120.0
# RFC 9309, part 2.5: a crawler reads at least the first 500 KiB of robots.txt, and may ignore the rest.
ROBOTS_BYTES = 500 * 1024
# RFC 9309, part 2.4: an older copy should not be relied on.
ROBOTS_AGE = timedelta(hours=24)


class Lease(Protocol):
    """Whose turn it is on each host. The store keeps it across processes; see MemoryLease for one process."""

    def reserve(self, host: str, pace_seconds: float, now: datetime) -> float:
        """Return the seconds to wait before the next request to host may go, and book that slot.

        The slot after it comes pace_seconds later, whoever asks.
        """
        ...


class MemoryLease:
    """A Lease for the threads of one process."""

    def __init__(self) -> None:
        self._next: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def reserve(self, host: str, pace_seconds: float, now: datetime) -> float:
        """Return the seconds to wait before the next request to host may go, and book that slot."""
        with self._lock:
            slot = max(now, self._next.get(host, now))
            self._next[host] = slot + timedelta(seconds=pace_seconds)
        return (slot - now).total_seconds()


@dataclass(frozen=True)
class RobotsRecord:
    """What a host's robots.txt said, for the evidence. `status` is None and `sha256` empty when nothing came.

    `crawl_delay` is in seconds, for us; `fetched_at` is UTC.
    """

    url: str
    status: int | None
    sha256: str
    fetched_at: datetime
    crawl_delay: float | None


class HostBlocked(Blocked):
    """Blocked by an HTTP answer. `retry_after`: seconds the host asked us to wait, None when it did not say."""

    def __init__(self, message: str, *, status: int, retry_after: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after

    @property
    def kind(self) -> str:
        """Return the name used in JSON output: the same as any other Blocked."""
        return Blocked.__name__


# --- the guard ---------------------------------------------------------------------------------------------

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


class _TooSlow(Exception):
    """The answer as a whole took too long. Not an OSError: urllib3 would take it for a network failure."""


class _Timed(io.RawIOBase):
    """A socket's bytes until a deadline, however slowly they drip: headers, chunk sizes and body alike."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float) -> None:
        self._raw, self._sock = raw, sock
        self._pause = sock.gettimeout()
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _TooSlow
        self._sock.settimeout(left if self._pause is None else min(left, self._pause))
        try:
            return self._raw.readinto(buffer)
        except TimeoutError:
            if time.monotonic() >= self._deadline:
                raise _TooSlow from None
            raise

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def _pools(loopback: Mapping[str, tuple[str, int]], max_seconds: float) -> dict[str, Any]:
    """Return the connection pools of one fetcher, by scheme; each of their connections goes through the guard."""

    class Answer(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, max_seconds))

    class Guard(HTTPConnection):
        response_class = Answer

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
                    return sock
            raise NewConnectionError(self, str(failure)) from failure

    class GuardTls(Guard, HTTPSConnection):
        pass

    class Plain(HTTPConnectionPool):
        ConnectionCls = Guard

    class Tls(HTTPSConnectionPool):
        ConnectionCls = GuardTls

    return {"http": Plain, "https": Tls}


class _Adapter(HTTPAdapter):
    def __init__(self, pools: dict[str, Any]) -> None:
        self._pools = pools
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


# --- the polite session ------------------------------------------------------------------------------------


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: requests would read a redirection's whole body, and check neither robots.txt nor pace."""


@dataclass(frozen=True)
class _Answer:
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime
    # Where a redirection leads, as the server wrote it; empty otherwise.
    location: str

    @property
    def retry_after(self) -> float | None:
        """Return the seconds of the Retry-After header, a number or a date; None when absent or senseless."""
        text = next((v for k, v in self.headers if k.lower() == "retry-after"), "").strip()
        if re.fullmatch(r"[0-9]{1,9}", text):
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self.at).total_seconds())


class Fetcher:
    """Pages from public sites: guarded on every hop, within robots.txt, at the pace the lease gives.

    user_agent:  names us and a contact; its first word is what robots.txt may call us by
    now:         aware UTC; must move on by itself, since the lease counts waiting time with it
    timeout_s:   longest silence, in seconds, when connecting and between two packets
    max_bytes:   largest body, once decompressed
    max_seconds: longest answer, headers and body, however it drips
    loopback:    invented host names served on this machine; for the demo and the tests only

    `robots` holds, by host, the robots.txt each decision rests on. No cookie is kept, no proxy is used (a proxy
    would resolve names for us, behind the guard). Threads may share a fetcher.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        lease: Lease,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        timeout_s: float = 20.0,
        max_bytes: int = 10 * 1024 * 1024,
        max_seconds: float = 60.0,
        loopback: Mapping[str, tuple[str, int]] = MappingProxyType({}),
    ) -> None:
        name = re.match(r"[A-Za-z_-]+", user_agent)
        if not name or not user_agent.isascii() or not user_agent.isprintable():
            raise BadInput(
                f"Nom du programme pour les sites (User-Agent)\u00a0: «\u00a0{user_agent}\u00a0» doit commencer "
                "par un mot et s’écrire sans accent ni retour à la ligne."
            )
        for host, (address, _) in loopback.items():
            if not ipaddress.ip_address(address).is_loopback:
                raise Forbidden(f"{host}\u00a0: {address} n’est pas une adresse de cette machine.")
        self.robots: dict[str, RobotsRecord] = {}
        # The rules of a host, or the sentence that says why nothing may be read there.
        self._rules: dict[str, Protego | str] = {}
        self._host_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()
        self._token = name[0]
        self._lease, self._now, self._sleep = lease, now, sleep
        self._timeout, self._max_bytes, self._max_seconds = timeout_s, max_bytes, max_seconds
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(
            {
                "User-Agent": user_agent,
                "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.5",
                "Accept-Language": "fr",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        adapter = _Adapter(_pools(dict(loopback), max_seconds))
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections kept open."""
        self._session.close()

    def get(self, url: str, *, pace_seconds: float) -> Page:
        """Return what the URL holds now, redirections followed; the body is unzipped and otherwise untouched.

        pace_seconds: least time between two requests to one host, ours or another process's; a longer
        Crawl-delay wins. Any status comes back as a page (404 and 410 mean something to a site), except 403, 429
        and a 503 that stays: these raise HostBlocked, with the wait asked for. Blocked is raised for what
        robots.txt forbids, and when robots.txt does not answer; Forbidden for an address never to be fetched;
        Unreachable when nobody answers; BadInput for a page too long or too slow. Source: RFC 9309, part 2.3.1.
        """
        hop, base = url, ""
        for _ in range(MAX_REDIRECTS + 1):
            request, host = self._prepare(hop, base)
            answer = self._ask(request, host, self._permitted(request, host, pace_seconds))
            if answer.status in (403, 429, 503):
                raise _blocked(host, answer)
            if not answer.location:
                return Page(url, answer.url, answer.status, answer.headers, answer.body, answer.at)
            hop, base = answer.location, answer.url
        raise Unreachable(f"{url} renvoie sans fin d’une adresse à l’autre (plus de {MAX_REDIRECTS} redirections).")

    def _prepare(self, url: str, base: str = "") -> tuple[requests.PreparedRequest, str]:
        """Return the request for a URL, and its host; raise Forbidden or BadInput when it must not go."""
        try:
            url = urljoin(base, url)
            if urlsplit(url).scheme.lower() not in ("", "http", "https"):
                raise Forbidden(f"Adresse interdite\u00a0: {url} n’est pas une adresse http ou https.")
            request = self._session.prepare_request(requests.Request("GET", url))
            # The prepared URL decides where we connect, so that is the one checked.
            parts = urlsplit(str(request.url))
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except (requests.RequestException, ValueError):
            raise BadInput(
                f"«\u00a0{url}\u00a0» n’est pas l’adresse d’une page\u00a0; "
                "elle doit commencer par http:// ou https:// et nommer un site."
            ) from None
        if "@" in parts.netloc or "@" in urlsplit(url).netloc:
            raise Forbidden(f"Adresse interdite\u00a0: celle de {host} contient un identifiant ou un mot de passe.")
        if port not in (None, 80, 443):
            raise Forbidden(f"Adresse interdite\u00a0: {url} vise le port {port}\u00a0; seuls 80 et 443 sont permis.")
        return request, host

    def _ask(self, request: requests.PreparedRequest, host: str, pace: float, robots: bool = False) -> _Answer:
        """Return the answer, once our turn has come; a passing failure is tried again, never faster than the pace."""
        tried = 0
        while True:
            wait = self._lease.reserve(host, pace, self._now())
            if wait > 0:
                self._sleep(wait)
            tried += 1
            pause = 2.0**tried
            try:
                answer = self._once(request, robots)
            except _TooSlow:
                raise BadInput(
                    f"{request.url} met plus de {_number(self._max_seconds)} secondes à arriver\u00a0: lecture arrêtée."
                ) from None
            except (requests.RequestException, HTTPError, OSError) as error:
                cause, lasting = _cause(error)
                if lasting or tried == MAX_TRIES:
                    raise Unreachable(f"{request.url} ne répond pas\u00a0: {cause}.") from error
            else:
                pause = pause if answer.retry_after is None else answer.retry_after
                if answer.status not in (502, 503, 504) or pause > MAX_RETRY_AFTER or tried == MAX_TRIES:
                    return answer
            # A slot booked and left empty: whoever asks next, here or in another process, waits that long as well.
            self._lease.reserve(host, pause, self._now())

    def _once(self, request: requests.PreparedRequest, robots: bool) -> _Answer:
        url = str(request.url)
        with self._session.send(request, stream=True, timeout=self._timeout, allow_redirects=False) as response:
            location = ""
            if response.is_redirect:
                location = response.headers["location"].encode("latin-1").decode("utf-8", "replace")
            return _Answer(
                url=url,
                status=response.status_code,
                headers=tuple(response.raw.headers.items()),
                body=b"" if location else self._body(response, url, robots),
                at=self._now(),
                location=location,
            )

    def _body(self, response: requests.Response, url: str, robots: bool) -> bytes:
        body = bytearray()
        # read1, not iter_content: the latter waits for a full block, whatever the drip.
        while chunk := response.raw.read1(65536, decode_content=True):
            body += chunk
            if robots and len(body) >= ROBOTS_BYTES:
                return bytes(body[:ROBOTS_BYTES])
            if len(body) > self._max_bytes:
                raise BadInput(
                    f"{url} dépasse {_number(self._max_bytes / 1024 / 1024)}\u00a0Mio\u00a0: lecture arrêtée."
                )
        return bytes(body)

    def _permitted(self, request: requests.PreparedRequest, host: str, pace: float) -> float:
        """Return the pace to keep for this URL, once robots.txt allows it; raise Blocked if it does not."""
        with self._lock:
            host_lock = self._host_locks[host]
        with host_lock:
            record = self.robots.get(host)
            if record is None or self._now() - record.fetched_at > ROBOTS_AGE:
                record = self._read_robots(str(request.url), host, pace)
            rules = self._rules[host]
        if isinstance(rules, str):
            raise Blocked(rules)
        if not rules.can_fetch(str(request.url), self._token):
            raise Blocked(f"Le fichier robots.txt de {host} interdit de lire {request.url}\u00a0; rien n’a été lu.")
        return max(pace, record.crawl_delay or 0.0)

    def _read_robots(self, page_url: str, host: str, pace: float) -> RobotsRecord:
        """Return the host's record after reading its robots.txt, its redirections followed."""
        start = urljoin(page_url, "/robots.txt")
        hop, base, answer, why = start, "", None, ""
        try:
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._ask(*self._prepare(hop, base), pace, robots=True)
                hop, base = answer.location, answer.url
                if not hop:
                    break
        except (Unreachable, BadInput) as error:
            answer, why = None, str(error)
        rules: Protego | str
        delay = None
        if answer is None or answer.status == 429 or answer.status >= 500:
            why = why or f"{start} répond par l’erreur {answer.status if answer else ''}."
            rules = f"Le fichier robots.txt ne répond pas, donc aucune page de {host} n’est demandée. {why}"
        else:
            # Any other 4xx, and a redirection without end, mean that there is no such file (parts 2.3.1.2 and 2.3.1.3).
            rules = Protego.parse(answer.body.decode("utf-8-sig", "replace") if answer.status < 300 else "")
            delay = rules.crawl_delay(self._token)
        record = RobotsRecord(
            url=start,
            status=answer.status if answer else None,
            sha256=hashlib.sha256(answer.body).hexdigest() if answer else "",
            fetched_at=self._now(),
            # Beyond a day it is a slip of the pen, not a pace.
            crawl_delay=None if delay is None else min(delay, 86_400.0),
        )
        self._rules[host], self.robots[host] = rules, record
        if (record.crawl_delay or 0.0) > pace:
            # The delay holds between robots.txt and the first page too: an empty slot makes up the difference.
            self._lease.reserve(host, (record.crawl_delay or 0.0) - pace, self._now())
        return record


def _number(value: float) -> str:
    return f"{round(value, 2):g}".replace(".", ",")


def _blocked(host: str, answer: _Answer) -> HostBlocked:
    says = {403: "refuse les programmes", 429: "demande de ralentir", 503: "est momentanément indisponible"}
    wait = answer.retry_after
    asks = "" if wait is None else f" Le site demande d’attendre {wait:.0f} seconde{'s' if wait >= 2 else ''}."
    return HostBlocked(
        f"{host} {says[answer.status]} (erreur {answer.status} pour {answer.url}).{asks}",
        status=answer.status,
        retry_after=wait,
    )


def _cause(error: BaseException) -> tuple[str, bool]:
    """Return why nobody answered, in French, and whether trying again at once is pointless."""
    seen: list[BaseException] = []
    while error not in seen:
        seen.append(error)
        inner = (getattr(error, "reason", None), *error.args, error.__cause__)
        error = next((e for e in inner if isinstance(e, BaseException)), error)
    if any(isinstance(e, NameResolutionError) for e in seen):
        return "ce nom de site n’existe pas, ou internet est coupé", True
    if any(isinstance(e, (requests.exceptions.SSLError, SSLError)) for e in seen):
        return "son certificat de sécurité n’est pas valable", True
    if any(isinstance(e, (requests.Timeout, TimeoutError, HTTPTimeoutError)) for e in seen):
        return "il ne dit rien assez vite", False
    if any(isinstance(e, DecodeError) for e in seen):
        return "sa réponse compressée est abîmée", True
    return "la connexion est refusée ou coupée", False
