"""Pages over HTTP, one polite and guarded request at a time; knows nothing of what a page means."""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import random
import re
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Protocol, Self
from urllib.parse import urljoin, urlsplit

from protego import Protego
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager, Retry
from urllib3.exceptions import DecodeError, HTTPError

from listingguard.domain.french import PARIS, french_at, plural
from listingguard.domain.listing import Exchange, Page
from listingguard.edge.guard import Idle, Target, TooLong, TooSlow, Wire, guarded_session, prepared, why_silent
from listingguard.errors import BadInput, Blocked, Disallowed, Forbidden, NotNow, Unreachable

MAX_REDIRECTS = 5
# First try included.
MAX_TRIES = 3
# A longer Retry-After is reported to the caller instead of slept through.
MAX_RETRY_AFTER = 120.0
# How long a host that refused us is left alone: a 403; a 429 or 503 that does not say; the least and the most.
REST_403, REST_UNSAID, REST_LEAST, REST_MOST = 86_400.0, 3_600.0, 60.0, 7 * 86_400.0
# A site that wants more than a quarter of an hour between two pages does not want a program: nothing waits that long.
MAX_CRAWL_DELAY = 900.0
# RFC 9309, part 2.5: a crawler reads at least the first 500 KiB of robots.txt, and may ignore the rest.
ROBOTS_BYTES = 500 * 1024
# RFC 9309, part 2.4: an older copy should not be relied on.
ROBOTS_AGE = timedelta(hours=24)
# Trying again is ours: at the pace, with a new look at the rules.
_ONCE = Retry(0, read=False)


class Lease(Protocol):
    """Whose turn it is on each host. The store keeps it across processes; see MemoryLease for one process."""

    def reserve(self, host: str, pace_seconds: float, now: datetime, *, requests: int = 1) -> float:
        """Return the seconds to wait before the next request to host may go, and book that slot.

        The slot after it comes pace_seconds later, whoever asks. requests: what the day's count goes up by; 0 for a
        slot left empty. The day is that of Paris.
        """
        ...

    def leave(self, host: str, pace_seconds: float, booked: datetime, now: datetime) -> float:
        """Return 0 and note that the request booked for then leaves now; else the seconds it must still wait.

        It waits while another left less than pace_seconds ago, which happens where one of the two took long to
        connect. Whoever has a later slot is put off by as much as this one is late.
        """
        ...

    def used(self, host: str, day: date) -> int:
        """Return how many requests to host were booked on that day; only the latest day is remembered."""
        ...

    def rest(self, host: str, until: datetime, why: str) -> None:
        """Leave host alone until then, seven days at most; a longer rest already noted stays.

        why: a French sentence without its host, shown each time a request is refused; no personal data.
        """
        ...

    def resting(self, host: str, now: datetime) -> tuple[datetime, str] | None:
        """Return until when host is left alone, and why; None when it is not."""
        ...


class MemoryLease:
    """A Lease for the threads of one process."""

    def __init__(self) -> None:
        self._next: dict[str, datetime] = {}
        self._left: dict[str, datetime] = {}
        self._used: dict[str, tuple[date, int]] = {}
        self._rests: dict[str, tuple[datetime, str]] = {}
        self._lock = threading.Lock()

    def reserve(self, host: str, pace_seconds: float, now: datetime, *, requests: int = 1) -> float:
        """Return the seconds to wait before the next request to host may go, and book that slot."""
        day = now.astimezone(PARIS).date()
        with self._lock:
            slot = max(now, self._next.get(host, now))
            self._next[host] = slot + timedelta(seconds=pace_seconds)
            self._used[host] = (day, self.used(host, day) + requests)
        return (slot - now).total_seconds()

    def leave(self, host: str, pace_seconds: float, booked: datetime, now: datetime) -> float:
        """Return 0 and note that the request booked for then leaves now; else the seconds it must still wait."""
        with self._lock:
            before = self._left.get(host)
            wait = (before - now).total_seconds() + pace_seconds if before is not None else 0.0
            if wait > 0:
                return wait
            self._left[host] = now
            self._next[host] = max(now, self._next.get(host, now)) + max(timedelta(), now - booked)
        return 0.0

    def used(self, host: str, day: date) -> int:
        """Return how many requests to host were booked on that day; only the latest day is remembered."""
        latest, count = self._used.get(host, (day, 0))
        return count if latest == day else 0

    def rest(self, host: str, until: datetime, why: str) -> None:
        """Leave host alone until then; a longer rest already noted stays."""
        with self._lock:
            if host not in self._rests or self._rests[host][0] < until:
                self._rests[host] = (until, why)

    def resting(self, host: str, now: datetime) -> tuple[datetime, str] | None:
        """Return until when host is left alone, and why; None when it is not."""
        rest = self._rests.get(host)
        return rest if rest and rest[0] > now else None


@dataclass(frozen=True)
class RobotsRecord:
    """What a host's robots.txt said, for the evidence. `status` is None and `sha256` empty when nothing came.

    `crawl_delay` is in seconds, for us; `fetched_at` is UTC. body: what the rules were read in, at most its first
    500 KiB; token: the name by which we looked for our rules; exchanges: what went over the wire, redirections in
    order, as far as it was read.
    """

    url: str
    status: int | None
    sha256: str
    fetched_at: datetime
    crawl_delay: float | None
    body: bytes = b""
    token: str = ""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True)
class Validators:
    """What a site gave with a page so that we may ask whether it changed; empty strings for what it did not give."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """Return the request headers; a value that is no entity tag or date, and might be anything, is left out."""
        said: dict[str, str] = {}
        if re.fullmatch(r'(W/)?"[!#-~]{0,500}"', self.etag):
            said["If-None-Match"] = self.etag
        if re.fullmatch(r"[A-Za-z0-9 ,:+-]{10,40}", self.last_modified):
            said["If-Modified-Since"] = self.last_modified
        return said


@dataclass(frozen=True)
class _Answer:
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime
    # Where a redirection leads, as the server wrote it; empty otherwise.
    location: str
    exchange: Exchange

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


class _Turn(threading.local):
    """The request that a thread is about to send: its host, the pace to keep and when it was booked for."""

    host = ""
    pace = 0.0
    booked = datetime.min.replace(tzinfo=UTC)


_SAYS = {403: "refuse les programmes", 429: "demande de ralentir", 503: "est momentanément indisponible"}


class Fetcher:
    """Pages from public sites: guarded on every hop, within robots.txt, at the pace the lease gives.

    user_agent:  names us and a contact; its first word is what robots.txt may call us by
    now:         aware UTC; must move on by itself, since the lease counts waiting time with it
    timeout_s:   longest silence, in seconds, when connecting and between two packets
    max_bytes:   largest body, once decompressed, and largest on the wire
    max_seconds: longest answer, headers and body, however it drips
    jitter:      each wait is longer than the pace by a random share of it, from 0 to this; never shorter
    chance:      a number from 0 to 1, drawn for each wait
    max_per_day: most requests to one host on one day of Paris, robots.txt included; None: no limit
    window:      the hours of Paris, from and until, in which sites may be read; may span midnight; None: any hour
    loopback:    invented host names served on this machine; for the demo and the tests only
    idle:        what a thread is within while it waits: for its turn, for a connection, for an answer

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
        jitter: float = 0.3,
        chance: Callable[[], float] = random.random,
        max_per_day: int | None = None,
        window: tuple[wall_time, wall_time] | None = None,
        loopback: Mapping[str, tuple[str, int]] = MappingProxyType({}),
        idle: Idle = nullcontext,
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
        # What the request that this thread is about to send was booked with.
        self._turn = _Turn()
        self._token = name[0]
        self._lease, self._now, self._sleep, self._idle = lease, now, sleep, idle
        self._jitter, self._chance = jitter, chance
        self._max_per_day, self._window = max_per_day, window
        self._timeout, self._max_bytes, self._max_seconds = timeout_s, max_bytes, max_seconds
        headers = {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.5",
            "Accept-Language": "fr",
            "Accept-Encoding": "gzip",
        }
        self._session = guarded_session(
            headers,
            now=now,
            max_seconds=max_seconds,
            max_bytes=max_bytes,
            loopback=dict(loopback),
            leaving=self._leave,
            idle=idle,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections kept open."""
        self._session.close()

    def get(
        self,
        url: str,
        *,
        pace_seconds: float,
        known: Validators | None = None,
        within: Callable[[str], bool] = lambda url: True,
    ) -> Page:
        """Return what the URL holds now, redirections followed; the body is unzipped and otherwise untouched.

        pace_seconds: least time between two requests to one host, ours or another process's; a longer
        Crawl-delay wins. known: what came with the page last time; one that has not changed comes back as 304, with
        no body. They speak of this URL alone: where it redirects, the page comes whole. within: the URLs a redirection
        may lead to; one that leads out of them is not followed, and comes back as the page, its `final_url` where it led.

        Any status comes back as a page (404 and 410 mean something to a site), except 403, 429 and a 503 that
        stays: these raise Blocked, with the wait asked for, and the host is left alone for a day, for what it asked
        (a week at most), or for an hour, by every run and process that shares the lease: `get` raises Blocked at
        once. So it does when robots.txt does not answer. Disallowed is raised for what robots.txt forbids; NotNow
        outside our hours and past the day's limit; Forbidden for an address never to be fetched; Unreachable when
        nobody answers, or not to the end; BadInput for a page too long or too slow. Source: RFC 9309, part 2.3.1.
        """
        hop, base, exchanges = url, "", []
        conditions = known.headers() if known else {}
        for _ in range(MAX_REDIRECTS + 1):
            target = prepared(self._session, "GET", hop, base=base, headers=conditions)
            answer = self._ask(target, self._permitted(target, pace_seconds))
            exchanges.append(answer.exchange)
            if answer.status in (403, 429, 503):
                raise self._refused(target.host, answer)
            if answer.status == 304 and not conditions:
                raise Unreachable(
                    f"{target.url} ne répond pas\u00a0: le site dit la page inchangée, sans savoir laquelle nous avons."
                )
            if not answer.location:
                return Page(url, answer.url, answer.status, answer.headers, answer.body, answer.at, tuple(exchanges))
            hop, base, conditions = answer.location, answer.url, {}
            there = _joined(base, hop)
            if not within(there):
                # Nobody decided to read that site: where the page moved is told, what is there is not asked for.
                return Page(url, there, answer.status, answer.headers, b"", answer.at, tuple(exchanges))
        raise Unreachable(f"{url} renvoie sans fin d’une adresse à l’autre (plus de {MAX_REDIRECTS} redirections).")

    def rest(self, host: str, seconds: float, why: str) -> datetime:
        """Leave a host alone for that long, a week at most, in every run and process; return until when.

        why: a French sentence without the host, a capital or a full stop; no personal data.
        """
        until = self._now() + timedelta(seconds=min(seconds, REST_MOST))
        self._lease.rest(host, until, why)
        return until

    def _rest_after(self, host: str, answer: _Answer) -> datetime:
        """Leave a host alone after its 403, 429 or 503; return until when."""
        wait, least = answer.retry_after, REST_403 if answer.status == 403 else REST_LEAST
        seconds = max(least, REST_UNSAID if wait is None else wait)
        return self.rest(host, seconds, f"il {_SAYS[answer.status]} (erreur {answer.status})")

    def _refused(self, host: str, answer: _Answer) -> Blocked:
        """Return the error that says what a 403, 429 or 503 means for the host, which now rests."""
        until, wait = self._rest_after(host, answer), answer.retry_after
        asks = "" if wait is None else f" Le site demande d’attendre {wait:.0f} seconde{'s' if wait >= 2 else ''}."
        return Blocked(
            f"{host} {_SAYS[answer.status]} (erreur {answer.status} pour {answer.url}).{asks} "
            f"Plus rien ne lui est demandé jusqu’au {french_at(until)}.",
            status=answer.status,
            retry_after=wait,
        )

    def await_turn(self, host: str, pace: float) -> datetime:
        """Return, when a request may go, the moment it was booked for; raise Blocked or NotNow when none may."""
        self._check_open(host, more=1)
        now = self._now()
        wait = self._lease.reserve(host, pace * (1 + self._jitter * self._chance()), now)
        if wait > 0:
            self._rest_for(wait)
            # Meanwhile another process may have been refused, the hours may have ended, the limit been reached.
            self._check_open(host, more=0)
        return now + timedelta(seconds=wait)

    def left(self, host: str, booked: datetime) -> None:
        """Count the pace from now on: a request, of a browser say, left by now at the latest."""
        self._lease.leave(host, 0.0, booked, self._now())

    def _leave(self) -> None:
        """Wait until the request of this thread may leave, and count the pace from then, in every process.

        It may leave later than it was booked for: a name to look up, a connection to open. Another's may then have
        left just now.
        """
        turn = self._turn
        while turn.pace and (wait := self._lease.leave(turn.host, turn.pace, turn.booked, self._now())) > 0:
            self._rest_for(wait)
            self._check_open(turn.host, more=0)

    def _rest_for(self, seconds: float) -> None:
        with self._idle():
            self._sleep(seconds)

    def _check_open(self, host: str, more: int) -> None:
        now = self._now()
        if rest := self._lease.resting(host, now):
            until, why = rest
            raise Blocked(
                f"{host} est laissé tranquille jusqu’au {french_at(until)}\u00a0: {why}. Rien n’a été demandé.",
                retry_after=(until - now).total_seconds(),
            )
        if self._window is None and self._max_per_day is None:
            return
        local = now.astimezone(PARIS)
        if self._window is not None and not _within(local.time(), *self._window):
            opens, closes = self._window
            until = datetime.combine(local.date() + timedelta(days=local.time() >= opens), opens, PARIS)
            raise NotNow(
                f"Les sites ne sont lus que de {_hour(opens)} à {_hour(closes)} (heure de Paris)\u00a0: "
                f"{host} attend jusqu’au {french_at(until)}.",
                retry_after=(until - now).total_seconds(),
            )
        if self._max_per_day is not None and self._lease.used(host, local.date()) + more > self._max_per_day:
            until = datetime.combine(local.date() + timedelta(days=1), wall_time(), PARIS)
            raise NotNow(
                f"{host} a reçu {plural(self._max_per_day, 'demande')} aujourd’hui, la limite fixée dans la "
                f"configuration\u00a0: la suite à partir du {french_at(until)}.",
                retry_after=(until - now).total_seconds(),
            )

    def _ask(self, target: Target, pace: float, *, robots: bool = False) -> _Answer:
        """Return the answer, once our turn has come; a passing failure is tried again, never faster than the pace."""
        tried = 0
        while True:
            booked = self.await_turn(target.host, pace)
            tried += 1
            pause = 2.0**tried
            self._turn.host, self._turn.pace, self._turn.booked = target.host, pace, booked
            try:
                answer = self._once(target, robots)
            except TooSlow:
                raise BadInput(
                    f"{target.url} met plus de {_number(self._max_seconds)} secondes à arriver\u00a0: lecture arrêtée."
                ) from None
            except TooLong as error:
                raise BadInput(
                    f"{target.url} dépasse {_number(error.limit / 1024 / 1024)}\u00a0Mio{error.of}\u00a0: "
                    "lecture arrêtée."
                ) from None
            except (HTTPError, http.client.HTTPException, OSError) as error:
                cause, lasting = why_silent(error)
                if lasting or tried == MAX_TRIES:
                    raise Unreachable(f"{target.url} ne répond pas\u00a0: {cause}.") from error
            else:
                pause = pause if answer.retry_after is None else answer.retry_after
                if answer.status not in (502, 503, 504) or pause > MAX_RETRY_AFTER or tried == MAX_TRIES:
                    return answer
            # A slot booked and left empty: whoever asks next, here or in another process, waits that long as well.
            self._lease.reserve(target.host, pause, self._now(), requests=0)

    def _once(self, target: Target, robots: bool) -> _Answer:
        request = target.request
        # Straight to the connections of requests: its answers look for charsets and cookies, which nobody asks for.
        with self._pool(target).urlopen(
            str(request.method), request.path_url, headers=request.headers, redirect=False, assert_same_host=False,
            preload_content=False, decode_content=False, retries=_ONCE, timeout=self._timeout,
        ) as raw:  # fmt: skip
            # Once the body is read, another thread may send its own request on this connection, or open it anew.
            connection: Any = raw.connection
            wire: Wire = connection.wire
            ends: Mapping[str, Any] = connection.ends
            if raw.status < 200:
                raise http.client.UnknownProtocol(str(raw.status))
            location = ""
            if raw.status in (301, 302, 303, 307, 308):
                location = raw.headers.get("location", "").encode("latin-1").decode("utf-8", "replace")
            # What a redirection says beside its address is not waited for.
            body = b"" if location else self._body(raw, ROBOTS_BYTES if robots else None)
        return _Answer(
            url=target.url,
            status=raw.status,
            headers=tuple(raw.headers.items()),
            body=body,
            at=self._now(),
            location=location,
            exchange=Exchange(url=target.url, at=wire.at, request=wire.sent, response=bytes(wire.received), **ends),
        )

    def _pool(self, target: Target) -> HTTPConnectionPool:
        adapter: Any = self._session.get_adapter(target.url)
        pools: PoolManager = adapter.poolmanager
        parts = urlsplit(target.url)
        return pools.connection_from_host(parts.hostname, parts.port, parts.scheme, {"cert_reqs": "CERT_REQUIRED"})

    def _body(self, response: BaseHTTPResponse, enough: int | None) -> bytes:
        """Return the body, unzipped; only its first bytes when so many are enough."""
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise DecodeError(coding)
        # read1, not stream: the latter waits for a full block, whatever the drip.
        chunks = iter(lambda: response.read1(65536, decode_content=False), b"")
        body = bytearray()
        for chunk in _unzipped(chunks) if coding.endswith("gzip") else chunks:
            body += chunk
            if enough is not None and len(body) >= enough:
                return bytes(body[:enough])
            if len(body) > self._max_bytes:
                raise TooLong(self._max_bytes)
        return bytes(body)

    def _permitted(self, target: Target, pace: float) -> float:
        """Return the pace to keep for this URL, once robots.txt allows it; raise Disallowed or Blocked if it does not."""
        host = target.host
        with self._lock:
            host_lock = self._host_locks[host]
        with host_lock:
            record = self.robots.get(host)
            if record is None or self._now() - record.fetched_at > ROBOTS_AGE:
                record = self._read_robots(target.url, host, pace)
            rules = self._rules[host]
        if isinstance(rules, str):
            raise Blocked(rules)
        if not rules.can_fetch(target.url, self._token):
            raise Disallowed(f"Le fichier robots.txt de {host} interdit de lire {target.url}\u00a0; rien n’a été lu.")
        delay = record.crawl_delay or 0.0
        if delay > MAX_CRAWL_DELAY:
            raise Disallowed(
                f"Le fichier robots.txt de {host} demande {_number(delay / 60)} minutes entre deux pages, "
                "plus qu’un programme ne peut attendre\u00a0; rien n’a été lu."
            )
        return max(pace, delay)

    def _read_robots(self, page_url: str, host: str, pace: float) -> RobotsRecord:
        """Return the host's record after reading its robots.txt, its redirections followed."""
        start = urljoin(page_url, "/robots.txt")
        hop, base, answer, why = start, "", None, ""
        exchanges: list[Exchange] = []
        try:
            for _ in range(MAX_REDIRECTS + 1):
                target = prepared(self._session, "GET", hop, base=base)
                answer = self._ask(target, pace, robots=True)
                exchanges.append(answer.exchange)
                if answer.status in (429, 503):
                    self._rest_after(target.host, answer)
                hop, base = answer.location, answer.url
                if not hop:
                    break
        except (Unreachable, BadInput) as error:
            answer, why = None, str(error)
        rules: Protego | str
        delay = None
        # RFC 9309, parts 2.3.1.2 and 2.3.1.3: a 4xx, and a redirection without end, mean that there is no such file.
        absent = answer is not None and (answer.location or (400 <= answer.status < 500 and answer.status != 429))
        if answer is None or not (absent or answer.status < 300):
            why = why or f"{start} répond par l’erreur {answer.status if answer else ''}."
            rules = f"Le fichier robots.txt ne répond pas, donc aucune page de {host} n’est demandée. {why}"
        else:
            rules = Protego.parse("" if absent else answer.body.decode("utf-8-sig", "replace"))
            delay = rules.crawl_delay(self._token)
        record = RobotsRecord(
            url=start,
            status=answer.status if answer else None,
            sha256=hashlib.sha256(answer.body).hexdigest() if answer else "",
            fetched_at=self._now(),
            crawl_delay=delay,
            body=answer.body if answer else b"",
            token=self._token,
            exchanges=tuple(exchanges),
        )
        self._rules[host], self.robots[host] = rules, record
        if pace < (delay or 0.0) <= MAX_CRAWL_DELAY:
            # The delay holds between robots.txt and the first page too: an empty slot makes up the difference.
            self._lease.reserve(host, (delay or 0.0) - pace, self._now(), requests=0)
        return record


def _unzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what gzip chunks hold, little by little; raise DecodeError when they are damaged or stop short.

    urllib3 takes a stream that stops short for a whole one, and a page cut in silence would look like an absence.
    """
    unzip, started = zlib.decompressobj(31), False
    for chunk in chunks:
        left = chunk
        while left:
            if unzip.eof:
                if not left.startswith(b"\x1f"):
                    # Padding after the end, which browsers ignore too.
                    return
                unzip = zlib.decompressobj(31)
            try:
                yield unzip.decompress(left, 65536)
            except zlib.error as error:
                raise DecodeError(str(error)) from error
            left, started = unzip.unconsumed_tail or unzip.unused_data, True
    if started and not unzip.eof:
        raise DecodeError("the gzip stream stops short")


def _within(now: wall_time, opens: wall_time, closes: wall_time) -> bool:
    return opens <= now < closes if opens < closes else now >= opens or now < closes


def _hour(at: wall_time) -> str:
    return f"{at.hour}\u00a0h\u00a0{at.minute:02}"


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        # No address at all: whoever is asked about it says no.
        return location


def _number(value: float) -> str:
    return f"{round(value, 2):g}".replace(".", ",")
