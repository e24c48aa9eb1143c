"""What a message is read with, what we sent that it may answer, and where a message that is named lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import EventKind
from listingguard.domain.envelope import Envelope
from listingguard.domain.incoming import speaks_for
from listingguard.domain.letter import QUESTIONS
from listingguard.domain.record import CaseRow, DispatchRow, HeldRow, ReplyRow, Sort
from listingguard.domain.reply_text import MailText
from listingguard.domain.suggestion import Rules
from listingguard.errors import NotFound

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

MAX_MAIL = 40 * 1024 * 1024
"""Bytes of a message that is taken over; a larger one stays where it is, and a person is told."""


_LEFT = (EventKind.REQUEST_SENT, EventKind.ASKED, EventKind.LETTER_SENT)
"""The events that say a letter left; one may rest on the copy that a person's mail program kept."""


@dataclass(frozen=True)
class Mailroom:
    """What a message is read with. envelope: what its headers say, whatever file it came in; None: no mail.

    controllers: slug -> record. authserv_id: the name our own mail server signs its verdicts with; empty: it gives
    none. lawyers: addresses and domains of one's own lawyers. prove: keeps a report of delivery as a proof of service
    (flow/service).
    """

    read: Callable[[bytes], MailText]
    envelope: Callable[[bytes], Envelope | None]
    rules: Rules
    controllers: Mapping[str, Mapping[str, Any]]
    prove: Callable[..., Any]
    authserv_id: str = ""
    lawyers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filed:
    """Where a message went. case: empty when it lies in quarantine, then `reason` says why, in French."""

    sha256: str
    case: str
    route: str
    reason: str = ""
    sort: Sort = Sort.REPLY
    guess: str = ""


class Known:
    """What we sent, by what an answer may name it with; looked up once for a whole collection."""

    def __init__(self, store: Store, vault: Vault, room: Mailroom) -> None:
        self._store, self._vault, self._room = store, vault, room
        self._domains: dict[str, tuple[str, ...]] = {}

    @cached_property
    def rows(self) -> tuple[DispatchRow, ...]:
        """Return the outbox."""
        return self._store.dispatches()

    @cached_property
    def by_identity(self) -> dict[str, DispatchRow]:
        """Return each dispatch by its Message-ID."""
        return {row.message_id: row for row in self.rows}

    @cached_property
    def copies(self) -> dict[str, DispatchRow]:
        """Return the Message-IDs that mail programs gave to our drafts, known from the copies that prove their sending."""
        by_id = {row.id: row for row in self.rows}
        found = {}
        for case in self._store.cases_with_copies(_LEFT):
            for fact in self._store.facts(case):
                row = by_id.get(str(fact.data.get("dispatch", "")))
                if fact.kind in _LEFT and row and fact.proof not in ("", row.message) and self._vault.has(fact.proof):
                    copy = self._room.envelope(self._vault.get(fact.proof))
                    found[copy.message_id if copy else ""] = row
        found.pop("", None)
        return found

    @cached_property
    def cases(self) -> dict[str, CaseRow]:
        """Return the cases by their number."""
        return {row.id: row for row in self._store.cases()}

    @cached_property
    def lawyers(self) -> dict[str, frozenset[str]]:
        """Return the address of each lawyer whom a person named -> the cases in which they represent somebody."""
        return self._store.named_lawyers()

    @cached_property
    def questions(self) -> frozenset[str]:
        """Return the letters that went to practitioners."""
        return self._store.letters_of([kind.value for kind in QUESTIONS])

    @cached_property
    def recipients(self) -> dict[str, list[str]]:
        """Return case -> the addresses its letters to the platform went to."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if "@" in row.recipient and row.letter not in self.questions:
                found.setdefault(row.case, []).append(row.recipient)
        return found

    def answered(self, identities: Iterable[str]) -> DispatchRow | None:
        """Return the dispatch that one of the identities names."""
        named = tuple(identities)
        return next((self.by_identity[i] for i in named if i in self.by_identity), None) or next(
            (self.copies[i] for i in named if i in self.copies), None
        )

    def told_of(self, controller: str) -> tuple[str, ...]:
        """Return the domains that people said are a controller's."""
        if controller not in self._domains:
            self._domains[controller] = self._store.controller_domains(controller)
        return self._domains[controller]

    def speaking(self, case: CaseRow) -> tuple[str, ...]:
        """Return the addresses, domains and hosts that speak for the controller of a case."""
        record = self._room.controllers.get(case.controller, {})
        written = (
            str(record.get("email") or ""), case.platform, *map(str, record.get("platforms", ())),
            *self.told_of(case.controller), *self.recipients.get(case.id, ()),
        )  # fmt: skip
        return tuple(each for each in written if each)


def in_quarantine(store: Store, message: str) -> HeldRow:
    """Return the one message in quarantine whose hash begins so (8 characters at least); NotFound otherwise."""
    found = [row for row in store.quarantined() if len(message) >= 8 and row.sha256.startswith(message)]
    if len(found) != 1:
        raise NotFound(f"Aucun message unique « {message} » en quarantaine (8 caractères au moins).")
    return found[0]


def in_cases(store: Store, message: str) -> tuple[ReplyRow, ...]:
    """Return the messages of cases whose hash begins so (8 characters at least)."""
    return store.replies_named(message) if len(message) >= 8 else ()


def of_a_case(store: Store, message: str, case: str = "") -> ReplyRow:
    """Return the one message of a case whose hash begins so; NotFound otherwise. case: the one meant, where several have it."""
    found = [row for row in in_cases(store, message) if case in ("", row.case)]
    if len({row.sha256 for row in found}) != 1:
        raise NotFound(
            f"Aucun message unique « {message} » dans un dossier (8 caractères au moins). "
            "Les voir : listingguard inbox list"
        )
    return found[0]


def stranger(known: Known, row: ReplyRow) -> bool:
    """Return True for an answer, however it came into its case, that comes from no known address of the controller."""
    if row.route == "paper" or speaks_for(row.sender, known.speaking(known.cases[row.case])):
        return False
    # Filed by hand: that says which case it is about, not that its sender speaks for the platform. Who answers the
    # question is a practitioner, whose mail domain may be anybody's.
    platform = any(r.case == row.case and r.letter not in known.questions for r in known.rows)
    return row.route == "by_hand" or (platform and row.route in ("token", "thread"))


def earliest(store: Store, known: Known, case: str, row: DispatchRow | None) -> date:
    """Return the first day on which a message of a case can have come: when what it answers left, else its opening."""
    left = row.day if row is not None and row.case == case else None
    return left or min((fact.day for fact in store.facts(case)), default=date.min)


def learn(store: Store, case: CaseRow, sender: str, *, today: date, at: datetime, actor: str) -> None:
    """Keep that a sender's domain is the controller's; where anybody has an address, that address only."""
    domain = sender.rpartition("@")[2]
    known = domain if speaks_for(f"x@{domain}", [domain]) else sender
    store.add_controller_domain(case.controller, known, day=today, at=at, actor=actor)
