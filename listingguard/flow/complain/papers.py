"""The papers a case rests on: who wrote each of them, what kind of file it is, what a mail server said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from typing import TYPE_CHECKING

from listingguard.domain.case import REPLIES, EventKind, effective, findings_of
from listingguard.domain.case import Fact as CaseFact
from listingguard.domain.deadline import Basis
from listingguard.domain.explain import receipt_proof
from listingguard.domain.french import french_day
from listingguard.domain.record import CaseRow, Sort

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

_RESTING = REPLIES | {
    EventKind.DECLARATION_SIGNED, EventKind.LISTING_CONFIRMED_BY_KINE, EventKind.PRIOR_REQUEST_RECORDED,
    EventKind.RECEIVED, EventKind.ACKNOWLEDGED, EventKind.BOUNCED, EventKind.REFUSED_DELIVERY, EventKind.UNCLAIMED,
    EventKind.NOT_AT_ADDRESS,
}  # fmt: skip
"""What a person or the platform said, of which the complaint shows the paper."""

_SETTLING = frozenset({EventKind.REFUSAL, EventKind.PARTIAL, EventKind.CLAIM_DISPROVED})
"""The answers a complaint may rest on, the last of them."""


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


def written_by(data: bytes) -> str:
    """Return the address a mail says it comes from, in small letters; empty for what is none."""
    if suffix_of(data) != ".eml":
        return ""
    return parseaddr(str(BytesHeaderParser().parsebytes(data).get("From", "")))[1].lower()


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
    if lowered.startswith((b"<!doctype html", b"<html")):
        return ".html"
    if lowered.startswith((b"{", b"[")):
        return ".json"
    if any(
        line.lower().startswith((b"from:", b"received:", b"return-path:", b"message-id:", b"date:"))
        for line in head.splitlines()[:12]
    ):
        return ".eml"
    # After the headers of a mail, which may well be followed by its HTML.
    if b"<html" in lowered:
        return ".html"
    return ".bin" if b"\x00" in head else ".txt"


def kept_back(store: Store, sha: str) -> bool:
    """Return True for a message that never leaves: it names patients, or passed between a person and their lawyer."""
    row = store.reply(sha) if sha else None
    return row is not None and row.sort in (Sort.SENSITIVE, Sort.LAWYER)


def lacking_papers(store: Store, vault: Vault, case: CaseRow, today: date) -> list[str]:
    """Return what a complaint lacks because a paper it rests on is not in the vault, or never leaves; each with what to do."""
    raw, now = store.facts(case.id), store.status(case.id, today)
    facts = [f for f in effective(raw) if f.day <= today]
    lost = [_lost(case, f, today) for f in facts if _is_lost(vault, f)]
    if lost:
        return lost
    lacks = []
    receipt = receipt_proof(now, raw, without=withheld(store, facts))
    if receipt and now.clock and now.clock.basis is Basis.PROVEN and kept_back(store, receipt.proof):
        lacks.append(
            f"une preuve de la réception qui puisse être jointe : la seule, du {french_day(receipt.day)}, est un message qui "
            "ne sort jamais d’ici (il nomme des patients, ou vient d’un avocat). Demander à la plateforme un accusé de "
            "réception, ou faire par une personne une copie où rien ne nomme un patient, puis "
            f"listingguard event add {case.id} received --day {receipt.day} --proof FICHIER"
        )
    answers = [f for f in facts if f.kind in _SETTLING and f.seq not in now.ignored]
    if answers and kept_back(store, answers[-1].proof):
        last = answers[-1]
        lacks.append(
            f"la réponse du {french_day(last.day)} sous une forme qui puisse être jointe : le message ne sort jamais d’ici (il "
            "nomme des patients, ou vient d’un avocat). Une personne en fait une copie où rien ne nomme un patient, puis "
            f"listingguard event add {case.id} {last.kind.value} --day {last.day} --proof FICHIER --text TEXTE"
        )
    return lacks


def withheld(store: Store, facts: Sequence[CaseFact]) -> frozenset[str]:
    """Return the hashes of the papers of these facts that never leave."""
    return frozenset(f.proof for f in facts if kept_back(store, f.proof))


def _is_lost(vault: Vault, fact: CaseFact) -> bool:
    if fact.kind not in _RESTING:
        return False
    # A declaration is nothing without its paper; another fact may have been entered without one.
    return not vault.has(fact.proof) if fact.proof else fact.kind is EventKind.DECLARATION_SIGNED


def _lost(case: CaseRow, fact: CaseFact, today: date) -> str:
    void = f"listingguard event add {case.id} correction --event {fact.seq} --void --day {today}"
    add = (
        f"listingguard declaration add {case.id} --on {fact.day} --document FICHIER --no-contract"
        if fact.kind is EventKind.DECLARATION_SIGNED
        else f"listingguard event add {case.id} {fact.kind.value} --day {fact.day} --proof FICHIER"
    )
    return (
        f"le document de l’événement n° {fact.seq} ({fact.kind.label}, {french_day(fact.day)}), absent de ce dossier de "
        f"données : le redonner, {add} ; s’il est perdu, retirer l’événement, {void}"
    )
