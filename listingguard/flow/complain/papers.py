"""The papers a case rests on: who wrote each of them, what kind of file it is, what a mail server said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from listingguard.domain.case import EventKind, findings_of
from listingguard.domain.case import Fact as CaseFact
from listingguard.domain.record import CaseRow

if TYPE_CHECKING:
    from listingguard.edge.store import Store


def keys_of(facts: Sequence[CaseFact]) -> tuple[str, ...]:
    """Return the listings a case is about, once each."""
    return tuple(dict.fromkeys(str(f["listing"]) for f in findings_of(facts)))


def sent_by_hand_on(fact: CaseFact) -> date:
    """Return the day of the fact; for a letter sent by hand, the day it left, however late we were told."""
    sent = fact.data.get("sent_on") if fact.kind is EventKind.PRIOR_REQUEST_RECORDED else None
    return date.fromisoformat(str(sent)) if sent else fact.day


@dataclass(frozen=True)
class Accepted:
    """What a mail server said when it took a message over. at: ISO 8601, empty where only the event's own is known."""

    server: str
    address: str
    answer: str
    dsn: bool | None
    at: str


def accepted(fact: CaseFact) -> Accepted | None:
    """Return the answer of the server that took a request over; None where a person sent it, or says that it left."""
    data = fact.data
    if data.get("server"):
        return Accepted(
            str(data["server"]), str(data.get("address", "")), str(data.get("answer", "")), bool(data.get("dsn")),
            str(data.get("accepted_at", "")),
        )  # fmt: skip
    # Before these were kept apart, the answer stood in one line behind the server's name.
    found = re.fullmatch(r"(\S+:\d+)\s*:\s*(2\d\d .*)", str(data.get("response", "")))
    return Accepted(found[1], "", found[2], None, "") if found else None


def own_papers(store: Store, case: CaseRow, facts: Sequence[CaseFact]) -> frozenset[str]:
    """Return the hashes of what the sender wrote: letters, messages, a letter sent by hand. None of them proves a thing."""
    letters = {sha for row in store.letters(case.id) for sha in (row.pdf, row.text)}
    by_hand = {str(f.data.get("letter", "")) for f in facts if f.kind is EventKind.PRIOR_REQUEST_RECORDED}
    return frozenset(letters | {row.message for row in store.dispatches(case.id)} | by_hand)


def own_mail(data: bytes) -> bool:
    """Return True for a copy of a message that no server has handed on: as it lies in « Envoyés »."""
    head = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0].lower()
    return suffix_of(data) == ".eml" and not re.search(rb"(?m)^received:", head)


def suffix_of(data: bytes) -> str:
    """Return the file ending that fits the bytes: what they are, never what somebody called them."""
    head = data[:2048].lstrip()
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"\x89PNG"):
        return ".png"
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    lowered = head.lower()
    if lowered.startswith((b"<!doctype html", b"<html")) or b"<html" in lowered:
        return ".html"
    if lowered.startswith((b"{", b"[")):
        return ".json"
    if any(
        line.lower().startswith((b"from:", b"received:", b"return-path:", b"message-id:", b"date:"))
        for line in head.splitlines()[:12]
    ):
        return ".eml"
    return ".bin" if b"\x00" in head else ".txt"
