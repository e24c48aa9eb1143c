"""Time-stamps (RFC 3161): a third party signs that some bytes existed at a time. Knows bytes, not captures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from listingguard.domain.capture import TokenStatus
from listingguard.errors import BadConfig, Damaged, ListingguardError, Unreachable

MAX_ANSWER = 256 * 1024
_GRANTED = (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)


@dataclass(frozen=True)
class Stamp:
    """One answer of an authority: its raw bytes, kept whatever we make of them, and when they came, UTC."""

    authority: str
    raw: bytes
    status: TokenStatus
    at: datetime


class Stamper:
    """The authorities a home uses, asked in order until one answers.

    authorities: their addresses, http or https. roots: the certificates we trust; none: tokens are kept unverified.
    now:         aware UTC, of the machine, also where days are simulated
    loopback:    invented host names served on this machine; for the demo and the tests only
    """

    def __init__(
        self,
        authorities: Sequence[str],
        *,
        roots: Sequence[x509.Certificate] = (),
        now: Callable[[], datetime],
        timeout_s: float = 15.0,
        loopback: Mapping[str, tuple[str, int]] = MappingProxyType({}),
    ) -> None:
        self.roots = tuple(roots)
        self._authorities, self._now, self._timeout, self._loopback = tuple(authorities), now, timeout_s, loopback

    def stamp(self, data: bytes) -> Stamp:
        """Return a time-stamp of the data; raise Unreachable, naming each authority and why, when none gave one."""
        failed = []
        for authority in self._authorities:
            try:
                return self._ask(authority, data)
            except ListingguardError as error:
                failed.append(f"{authority}\u00a0: {error}")
        if not failed:
            raise Unreachable("Aucune autorité d’horodatage n’est réglée (evidence.timestamp_authorities).")
        raise Unreachable("Aucune autorité d’horodatage n’a répondu. " + " ".join(failed))

    def _ask(self, authority: str, data: bytes) -> Stamp:
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        status, kind, raw = self._post(authority, request.as_bytes())
        at = self._now()
        if status != 200 or kind != "application/timestamp-reply":
            raise Unreachable(f"sa réponse (code {status}) n’est pas un jeton d’horodatage.")
        return Stamp(authority, raw, checked(raw, data, self.roots, nonce=request.nonce), at)

    def _post(self, url: str, query: bytes) -> tuple[int, str, bytes]:
        """Return (status, content type, body) of the answer; redirections are not followed.

        Raises Forbidden or BadInput for an address never to be asked, Unreachable when nobody answers, or says too
        much, too slowly.
        """
        # Whoever only checks a token needs none of them.
        from urllib3.exceptions import HTTPError

        from listingguard.edge.guard import TooLong, TooSlow, guarded_session, prepared, why_silent

        with guarded_session(
            {"User-Agent": "listingguard", "Accept": "application/timestamp-reply"},
            now=self._now, max_seconds=self._timeout, max_bytes=MAX_ANSWER, loopback=self._loopback,
        ) as session:  # fmt: skip
            target = prepared(session, "POST", url, headers={"Content-Type": "application/timestamp-query"}, data=query)
            adapter = session.get_adapter(target.url)
            try:
                with adapter.send(target.request, stream=True, timeout=self._timeout) as response:
                    body = response.raw.read()
                if len(body) > MAX_ANSWER:
                    raise TooLong(MAX_ANSWER)
            except (TooLong, TooSlow) as error:
                raise Unreachable("sa réponse est trop longue ou trop lente.") from error
            except (HTTPError, OSError) as error:
                raise Unreachable(f"pas de réponse ({why_silent(error)[0]}).") from error
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return response.status_code, kind, body


def checked(
    raw: bytes, data: bytes, roots: Sequence[x509.Certificate] = (), *, nonce: int | None = None
) -> TokenStatus:
    """Return what we can say of a raw answer about the data; raise Damaged when it is not about them, or is a refusal."""
    return checked_digest(
        raw, [hashlib.new(n, data).digest() for n in ("sha256", "sha384", "sha512")], roots, nonce=nonce
    )


def checked_digest(
    raw: bytes, digests: Sequence[bytes], roots: Sequence[x509.Certificate] = (), *, nonce: int | None = None
) -> TokenStatus:
    """Return what we can say of a raw answer about data known by their digests, SHA-256 first; raise Damaged like `checked`.

    VERIFIED: signed by an authority that one of the roots vouches for, at the time it states. UNVERIFIED: about these
    data, but without roots, under other ones, or written in a way that our strict reader does not take.
    """
    token = _decoded(raw)
    if token is None:
        # Some authorities do not sort what DER wants sorted. The hash of the data must be in there all the same.
        if digests[0] not in raw:
            raise Damaged("le jeton d’horodatage ne porte pas sur ces octets.")
        return TokenStatus.UNVERIFIED
    if token.status not in _GRANTED:
        raise Damaged(f"l’autorité a refusé l’horodatage (code {token.status}).")
    if token.imprint not in digests:
        raise Damaged("le jeton d’horodatage ne porte pas sur ces octets.")
    if nonce is not None and token.nonce != nonce:
        raise Damaged("le jeton d’horodatage répond à une autre demande que la nôtre.")
    if not roots:
        return TokenStatus.UNVERIFIED
    try:
        VerifierBuilder(roots=list(roots)).build().verify(token.response, token.imprint)
    except (VerificationError, ValueError):
        return TokenStatus.UNVERIFIED
    return TokenStatus.VERIFIED


def signed_at(raw: bytes) -> datetime | None:
    """Return the time a token states, UTC; None when it cannot be read."""
    token = _decoded(raw)
    return token.at if token is not None else None


@dataclass(frozen=True)
class _Decoded:
    response: TimeStampResponse
    status: int
    imprint: bytes = b""
    nonce: int | None = None
    at: datetime | None = None


def _decoded(raw: bytes) -> _Decoded | None:
    """Return an answer as our strict reader takes it; None when it does not. A refusal has a status and no more."""
    try:
        response = decode_timestamp_response(raw)
        if response.status not in _GRANTED:
            return _Decoded(response, response.status)
        # Read on demand, each of these may still find the answer malformed.
        told = response.tst_info
        at = told.gen_time
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return _Decoded(response, response.status, told.message_imprint.message, told.nonce, at)
    except ValueError:
        return None


def load_roots(folder: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of the PEM files in a folder; raise BadConfig when it holds none, or a broken one."""
    found: list[x509.Certificate] = []
    for path in sorted(p for p in folder.glob("*") if p.suffix.lower() in (".pem", ".crt", ".cer")):
        try:
            found += [c for c in x509.load_pem_x509_certificates(path.read_bytes()) if c not in found]
        except (OSError, ValueError):
            raise BadConfig(
                f"evidence.timestamp_roots\u00a0: «\u00a0{path}\u00a0» n’est pas un certificat PEM."
            ) from None
    if not found:
        raise BadConfig(f"evidence.timestamp_roots\u00a0: aucun certificat PEM dans «\u00a0{folder}\u00a0».")
    return tuple(found)
