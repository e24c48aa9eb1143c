"""The time-stamps of a pack, checked offline with what lies in it: each must be about its own technical sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

ROOTS = "racines.pem"
MAX_KEPT = 1024**2
"""A sheet, a token or a set of certificates is far smaller; a larger one is not looked into."""

_TOKEN = re.compile(r"pieces/piece-(\d+)-horodatage-\d+(-\d+)?\.tsr")
_SHEET = re.compile(r"pieces/piece-\d+-fiche-technique(?:-\d+\.json|\.json|-exacte(?:-\d+)?\.sha256)")
_DIGEST = re.compile(rb"([0-9a-f]{64})\b")


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """One time-stamp: its member, the moment it states (UTC, None: unread), what we can say of it, and what is wrong.

    signed: its signature was verified with the certificates that lie in the pack. wrong: a French sentence, or empty.
    """

    name: str
    at: datetime | None
    signed: bool
    wrong: str


def needed(name: str) -> bool:
    """Return True for a member that checking time-stamps needs."""
    return name == ROOTS or bool(_TOKEN.fullmatch(name) or _SHEET.fullmatch(name))


def check_tokens(kept: Mapping[str, bytes]) -> Iterator[TokenCheck]:
    """Yield what each time-stamp is worth; one that is about other bytes, as a token of another page, is wrong."""
    names = [name for name in kept if _TOKEN.fullmatch(name)]
    if not names:
        return
    from cryptography import x509

    from listingguard.domain.capture import TokenStatus
    from listingguard.edge.stamp import checked, checked_digest, signed_at
    from listingguard.errors import Damaged

    try:
        roots = x509.load_pem_x509_certificates(kept[ROOTS]) if ROOTS in kept else []
    except ValueError:
        roots = []
    for name in names:
        found = _TOKEN.fullmatch(name)
        assert found is not None
        sheet, exact = (
            f"pieces/piece-{found[1]}-fiche-technique{what}"
            for what in (f"{found[2] or ''}.json", f"-exacte{found[2] or ''}.sha256")
        )
        if sheet not in kept:
            yield TokenCheck(name, None, False, "la fiche technique qu’il horodate n’est pas là.")
            continue
        try:
            # The sheet that was stamped may stay under seal, told by its hash: the one that is there names nobody.
            told = _DIGEST.match(kept[exact]) if exact in kept else None
            status = (
                checked_digest(kept[name], [bytes.fromhex(told[1].decode())], roots)
                if told
                else checked(kept[name], kept[sheet], roots)
            )
        except Damaged as error:
            yield TokenCheck(name, None, False, str(error))
            continue
        yield TokenCheck(name, signed_at(kept[name]), status is TokenStatus.VERIFIED, "")
