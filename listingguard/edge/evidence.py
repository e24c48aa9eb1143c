"""Captures: a page's bytes, its exchanges, the pictures of it and the sheet that says how it was taken, as evidence."""

from __future__ import annotations

import hashlib
import platform
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from listingguard.domain.capture import (
    Artefact,
    Basis,
    Hop,
    Kind,
    Origin,
    TokenRow,
    TokenStatus,
    kind_of,
    manifest,
    media_type,
    suffix_of,
)
from listingguard.domain.event import canonical
from listingguard.domain.listing import Exchange, Page
from listingguard.domain.record import CaptureRow
from listingguard.edge import warc
from listingguard.edge.vault import Vault
from listingguard.errors import Damaged, ListingguardError, NotFound

if TYPE_CHECKING:
    from cryptography import x509

    from listingguard.edge.fetch import RobotsRecord

WARC_NAME = "data.warc.gz"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}(\.[a-z0-9]{1,11}){1,2}")
_MEDIA = {".png": "image/png", ".mhtml": "multipart/related", ".gz": "application/warc", ".pdf": "application/pdf"}
_MEASURED_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Surroundings:
    """What is measured around the captures, not at each of them; None and empty: not known.

    clock_offset_ms: what to add to our clock, in milliseconds; clock_server: who says so. public_ip: our address as
    the web sees it.
    """

    clock_offset_ms: int | None = None
    public_ip: str = ""
    clock_server: str = ""


class Evidence:
    """What puts captures into the vault and takes them out again.

    tool: our name and version. measure: what is around us, asked again after an hour; nothing is measured by default.
    now: aware UTC, of the machine. Threads may share it.
    """

    def __init__(
        self,
        vault: Vault,
        *,
        tool: str,
        now: Callable[[], datetime],
        measure: Callable[[], Surroundings] = Surroundings,
    ) -> None:
        self._vault, self._tool, self._now, self._measure = vault, tool, now, measure
        self._lock = threading.Lock()
        self._around: tuple[datetime, Surroundings] | None = None

    def keep(
        self,
        page: Page,
        host: str,
        *,
        day: date,
        at: datetime,
        origin: str,
        by: str,
        basis: str,
        simulated: bool,
        robots: RobotsRecord | None = None,
        extra: Mapping[str, bytes] = MappingProxyType({}),
        facts: Mapping[str, Any] = MappingProxyType({}),
        put: Callable[[bytes], str] | None = None,
    ) -> CaptureRow:
        """Return the row of a capture whose every artefact is in the vault, synced; the caller commits the row.

        A crash before that leaves files that no row names, nothing else. The manifest's hash is the capture's name.
        robots: what was asked before the page. extra: more files, by name (pictures, the browser's archive). facts:
        go into the manifest's environment as they are; canonical JSON has whole numbers only. put: what takes the
        artefacts instead of the vault: a batch of it, that the caller settles before the row.
        """
        put = put or self._vault.put
        origin_, (measured_at, around) = Origin(origin), self._surroundings()
        offset = {
            "milliseconds": around.clock_offset_ms,
            "server": around.clock_server,
            "measured_at": measured_at.isoformat(),
        }
        body = put(page.body)
        said = manifest(
            page,
            [_hop(exchange) for exchange in page.exchanges],
            sha256=body,
            day=day,
            at=at,
            origin=origin_,
            by=by,
            basis=Basis(basis),
            simulated=simulated,
            environment=self._environment(page, origin_),
            facts=facts,
            robots=_robots(robots),
            public_ip=around.public_ip if origin_ is Origin.SCAN else "",
            clock_offset=offset if around.clock_offset_ms is not None else None,
        )
        media = media_type(page)
        kept = [{"name": f"body{suffix_of(media)}", "media_type": media, "size": len(page.body), "sha256": body}]
        files = [(WARC_NAME, "application/warc", warc.write(page, software=self._tool, sheet=said, robots=robots))]
        for name, data in extra.items():
            if not _NAME.fullmatch(name) or name in (kept[0]["name"], WARC_NAME):
                raise ValueError(f"{name!r} cannot name a file of a capture")
            files.append((name, _MEDIA.get(Path(name).suffix, "application/octet-stream"), data))
        for name, kind, data in files:
            kept.append({"name": name, "media_type": kind, "size": len(data), "sha256": put(data)})
        said["artefacts"] = kept
        identifier = hashlib.sha256(canonical(said)).hexdigest()
        return CaptureRow(identifier, host, page.url, body, day, at, said)

    def _surroundings(self) -> tuple[datetime, Surroundings]:
        with self._lock:
            now = self._now()
            if self._around is None or not timedelta() <= now - self._around[0] < _MEASURED_FOR:
                self._around = (now, self._measure())
            return self._around

    def _environment(self, page: Page, origin: Origin) -> dict[str, Any]:
        """Return how the program looked; of a person's own visit, nothing but what their archive holds is known."""
        request = warc.head_of(page.exchanges[-1].request) if page.exchanges else None
        ours = "aucun" if origin is Origin.SCAN else None
        sent = request is not None and bool(request.headers)
        return {
            "tool": self._tool,
            **_machine(),
            "user_agent": request.get("user-agent") if request else "",
            "cookies": ("envoyés" if request.get("cookie") else "aucun") if request and sent else None,
            "cache": ours,
            "proxy": ours,
            "account": ours,
            "clicks": ours,
        }

    # -- out of the vault --------------------------------------------------------------------------------------

    def artefacts(self, row: CaptureRow) -> tuple[Artefact, ...]:
        """Return the files of a capture; one of the first version has its bytes only."""
        listed = row.manifest.get("artefacts")
        if listed is None:
            page = self._page(row, b"")
            kind = page.header("content-type").partition(";")[0].strip() or "text/html"
            return (Artefact(f"body{suffix_of(kind)}", kind, int(row.manifest["size"]), row.body),)
        return tuple(Artefact(**each) for each in listed)

    def problems(
        self, row: CaptureRow, tokens: Sequence[TokenRow] = (), roots: Sequence[x509.Certificate] = ()
    ) -> tuple[str, ...]:
        """Return one French sentence per thing altered or missing, naming it; empty: intact.

        Checked: the manifest against the capture's name, the row against the manifest, every artefact, each record of
        the WARC and its page against the bytes kept, every token against the manifest and, with roots, its signature.
        """
        return tuple(self._problems(row, tokens, roots))

    def _problems(
        self, row: CaptureRow, tokens: Sequence[TokenRow], roots: Sequence[x509.Certificate]
    ) -> Iterator[str]:
        try:
            sheet, artefacts = canonical(row.manifest), self.artefacts(row)
        except (ValueError, TypeError, KeyError, AttributeError):
            # Altered so far that it is no manifest any more: nothing else can be compared with it.
            yield "la fiche technique (manifest.json) a été altérée."
            return
        if hashlib.sha256(sheet).hexdigest() != row.id:
            yield "la fiche technique (manifest.json) a été altérée."
        told = (row.url, row.body, row.day.isoformat(), row.at)
        if told != (*(row.manifest.get(k) for k in ("url", "sha256", "day")), _moment(row.manifest.get("at"))):
            yield "la ligne de la base ne dit plus ce que dit la fiche technique."
        for artefact in artefacts:
            try:
                data = self._vault.get(artefact.sha256)
            except (Damaged, NotFound) as error:
                yield f"{artefact.name}\u00a0: {error}"
                continue
            if len(data) != artefact.size:
                yield f"{artefact.name}\u00a0: sa taille n’est plus celle de la fiche technique."
            if artefact.name == WARC_NAME:
                yield from (f"{artefact.name}\u00a0: {problem}." for problem in warc.broken(data))
                if not any(hashlib.sha256(p.body).hexdigest() == row.body for p in _pages(data)):
                    yield f"{artefact.name}\u00a0: la page qu’il contient n’est pas celle qui est gardée."
        if tokens:
            from listingguard.edge import stamp
        for token in tokens:
            try:
                status = stamp.checked(self._vault.get(token.sha256), sheet, roots)
            except (Damaged, NotFound) as error:
                yield f"jeton d’horodatage de {token.authority}\u00a0: {error}"
                continue
            if roots and token.status is TokenStatus.VERIFIED and status is not TokenStatus.VERIFIED:
                yield f"jeton d’horodatage de {token.authority}\u00a0: sa signature ne se vérifie plus."

    def signed_at(self, token: TokenRow) -> datetime | None:
        """Return the time a token states, UTC; None when it cannot be read."""
        from listingguard.edge import stamp

        return stamp.signed_at(self._vault.get(token.sha256))

    def export(
        self,
        row: CaptureRow,
        tokens: Sequence[TokenRow],
        path: Path,
        roots: Sequence[x509.Certificate] = (),
    ) -> None:
        """Write the capture as a WACZ file, complete or not at all; raise Damaged or NotFound when a file is not intact.

        Same capture, same tokens: same bytes. roots: those the tokens are checked with, for whoever receives it.
        """
        files = {artefact: self._vault.get(artefact.sha256) for artefact in self.artefacts(row)}
        archive = next((data for artefact, data in files.items() if artefact.name == WARC_NAME), None)
        if archive is None:
            # Kept by the first version: the exchange is lost, the bytes are not.
            page = self._page(row, self._vault.get(row.body))
            archive = warc.write(page, software=self._tool, sheet=row.manifest)
        others = {a.name: data for a, data in files.items() if a.name != WARC_NAME}
        stamps = [(token, self._vault.get(token.sha256)) for token in tokens]
        # Heavy, and not needed to keep a page; neither is what reads time-stamps and certificates.
        from listingguard.edge import wacz

        wacz.write(path, row, archive, others, stamps, roots, software=self._tool)

    def pages(self, data: bytes, url: str) -> tuple[Page, ...]:
        """Return the pages of that URL in a WARC or WACZ file, in order; BadInput when the file is damaged."""
        return tuple(page for archive in _archives(data) for page in warc.pages_in(archive, url))

    def addresses(self, data: bytes) -> tuple[str, ...]:
        """Return the addresses of the pages in a WARC or WACZ file, each once."""
        return tuple(dict.fromkeys(a for archive in _archives(data) for a in warc.addresses_in(archive)))

    @staticmethod
    def _page(row: CaptureRow, body: bytes) -> Page:
        m = row.manifest
        return Page(m["url"], m["final_url"], m["status"], tuple((k, v) for k, v in m["headers"]), body, row.at)


def _archives(data: bytes) -> Iterator[bytes]:
    if kind_of(data) is Kind.WACZ:
        from listingguard.edge import wacz

        yield from wacz.archives_in(data)
    else:
        yield data


def _pages(archive: bytes) -> list[Page]:
    try:
        return list(warc.pages_in(archive))
    except ListingguardError:
        return []


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _hop(exchange: Exchange) -> Hop:
    head = warc.head_of(exchange.response)
    location = head.get("location") if 300 <= head.status < 400 else ""
    return Hop(
        exchange.url, exchange.at, head.status, location, exchange.address, exchange.port,
        _tls(exchange.tls, exchange.certificate),
    )  # fmt: skip


@lru_cache(maxsize=256)
def _tls(protocol: str, certificate: bytes) -> Mapping[str, str] | None:
    """Return what the sheet says of a connection. Cached: a site shows the same certificate for every page."""
    if not protocol and not certificate:
        return None
    name, _, cipher = protocol.partition(" ")
    told = {"protocol": name, "cipher": cipher}
    if certificate:
        from cryptography import x509

        told["sha256"] = hashlib.sha256(certificate).hexdigest()
        try:
            read = x509.load_der_x509_certificate(certificate)
            told["subject"], told["issuer"] = read.subject.rfc4514_string(), read.issuer.rfc4514_string()
            told["not_before"] = read.not_valid_before_utc.date().isoformat()
            told["not_after"] = read.not_valid_after_utc.date().isoformat()
        except ValueError:
            # A server may show anything; its hash is kept all the same.
            told["subject"] = ""
    return told


def _robots(record: RobotsRecord | None) -> Mapping[str, Any] | None:
    if record is None:
        return None
    return {
        "url": record.url,
        "status": record.status,
        "sha256": record.sha256,
        "fetched_at": record.fetched_at.astimezone(UTC).isoformat(),
        "crawl_delay": "" if record.crawl_delay is None else f"{record.crawl_delay:g}",
        "allowed": True,
    }


@lru_cache(maxsize=1)
def _machine() -> Mapping[str, str]:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(),
    }
