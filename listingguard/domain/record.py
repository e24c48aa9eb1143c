"""The facts as they are kept: one frozen type per kind of row that the flow hands to the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from listingguard.domain.french import french_day
from listingguard.domain.listing import Outcome

EMAIL, REGISTERED = "email", "lrar"
"""By which channel a letter leaves."""


class DispatchState(StrEnum):
    """What became of a sending. Nothing ever leaves twice: only QUEUED may start."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "draft": "brouillon à envoyer vous-même",
            "queued": "à envoyer",
            "sending": "envoi commencé",
            "sent": "envoyé",
            "unknown": "envoi incertain",
            "failed": "échec",
            "withdrawn": "retiré avant l’envoi",
        }[self.value]


@dataclass(frozen=True)
class Pause:
    """All sendings are suspended: since when, by whom, why (empty: not said)."""

    since: date
    by: str
    reason: str

    command = "listingguard send --resume"
    """What ends it."""

    @property
    def said(self) -> str:
        """Return it as one French sentence."""
        why = f" ({self.reason})" if self.reason else ""
        return f"Les envois sont suspendus depuis le {french_day(self.since)} par {self.by}{why} : rien ne part."

    @property
    def sentence(self) -> str:
        """Return it with the command that ends it."""
        return f"{self.said} Pour reprendre : {self.command}"


@dataclass(frozen=True)
class CaseLine:
    """A case as a list shows it on a day; dates as they are stored, None where no request left.

    state, outcome: values of `case.State` and `case.CaseOutcome`. basis: whether the receipt is proven or presumed.
    """

    id: str
    practitioner: str
    controller: str
    platform: str
    state: str
    outcome: str
    legal_due: str | None
    council_due: str | None
    receipt: str | None
    basis: str | None
    held: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseFilter:
    """Which cases a list shows; what is empty asks for nothing.

    platform: a host, or who answers for it. actor: who entered at least one event of the case. due_by: the law's last
    day comes that day or before, and the platform still owes its answer.
    """

    practitioner: str = ""
    platform: str = ""
    actor: str = ""
    state: str = ""
    outcome: str = ""
    held: bool = False
    due_by: date | None = None


@dataclass(frozen=True)
class CaseRow:
    """What identifies a case: its number, the person, the legal entity that answers, and the platform's host."""

    id: str
    practitioner: str
    controller: str
    platform: str


@dataclass(frozen=True)
class CaptureRow:
    """One page kept as evidence. `id` is the SHA-256 of its manifest, `body` that of its bytes."""

    id: str
    site: str
    url: str
    body: str
    day: date
    at: datetime
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class LetterRow:
    """An approved letter: frozen text and PDF, by their hashes in the vault."""

    id: str
    case: str
    kind: str
    sequence: int
    template: str
    text: str
    pdf: str
    approved_by: str
    day: date


@dataclass(frozen=True)
class DispatchRow:
    """One sending of one letter. `message` is the hash of the exact bytes that leave."""

    id: str
    letter: str
    case: str
    channel: str
    recipient: str
    sender: str
    message_id: str
    message: str
    state: DispatchState
    day: date
    response: str

    @property
    def label(self) -> str:
        """Return where it stands, in French: a letter to print and post is no draft of a mail."""
        if self.state is DispatchState.DRAFT and self.channel == "post":
            return "courrier à imprimer et à poster"
        return self.state.label


class Sort(StrEnum):
    """What sort of message came in. Only a REPLY is an exhibit, waits for a person, and stops what would leave.

    SENSITIVE names patients; LAWYER is a letter to or from one's own lawyer: neither ever goes into a pack.
    """

    REPLY = "reply"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    SENSITIVE = "sensitive"
    LAWYER = "lawyer"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "reply": "réponse",
            "automatic": "message automatique",
            "bounce": "rapport de remise",
            "sensitive": "message sensible",
            "lawyer": "correspondance avec l’avocat",
        }[self.value]


@dataclass(frozen=True)
class ReplyRow:
    """A message received for a case, by the hash of its raw bytes. sort: as a person last said, else as it came."""

    sha256: str
    case: str
    route: str
    sender: str
    subject: str
    day: date
    sort: Sort = Sort.REPLY


@dataclass(frozen=True)
class HeldRow:
    """A message in quarantine: why it is held, in French; guess: the case it may belong to, or empty."""

    sha256: str
    name: str
    reason: str
    sort: Sort = Sort.REPLY
    guess: str = ""


@dataclass(frozen=True)
class ReadingRow:
    """What one visit told us, without personal data beyond the URL.

    canary: the witness page was found in the same run. human: a person saved or looked at the page.
    role: what the page was read for, one of flow.scan's words. cause: a `Cause` where the outcome is unreadable.
    coverage: share of the listings that have each field of `coverage.FIELDS`. body: SHA-256 of what came, or empty.
    unchanged: the site said so, or sent the same bytes; what the page told before is repeated.
    run: the run of the scan it belongs to. doubt: why nothing may be concluded from that run; at: when it was written,
    UTC. The store fills in these two.
    """

    site: str
    url: str
    day: date
    outcome: Outcome
    reason: str
    listings: int
    canary: bool
    human: bool
    role: str = ""
    cause: str = ""
    coverage: Mapping[str, float] = field(default_factory=dict, hash=False)
    body: str = ""
    unchanged: bool = False
    run: int | None = None
    doubt: str = ""
    at: datetime | None = None


UNFINISHED = "unfinished"
"""The doubt about a run that has not ended: nothing is concluded from it yet."""

WITNESS = "witness"
"""The doubt about a run in which the page chosen as witness no longer showed its listing."""


@dataclass(frozen=True)
class RunRow:
    """One run of the scan over one host.

    doubt: empty when all went well, else a `Cause`, `WITNESS` or `UNFINISHED`; why: the same in French.
    pages: those asked for; good: those that could be read. canary: the witness was found.
    """

    id: int
    host: str
    day: date
    doubt: str
    why: str = ""
    pages: int = 0
    good: int = 0
    canary: bool = False


@dataclass(frozen=True)
class Errand:
    """One page still to read. start, step: the list it belongs to (its first URL), and which page of it this is."""

    url: str
    role: str
    start: str = ""
    step: int = 1
    tries: int = 0


@dataclass(frozen=True)
class PageMemory:
    """What a page told the last time it was read in full, so that an unchanged one need not be read again.

    basis: hash of what the reading depended on besides the bytes. leads: (URL, role) of the pages it led to.
    """

    url: str
    final_url: str
    etag: str
    last_modified: str
    body: str
    basis: str
    listings: int
    coverage: Mapping[str, float] = field(default_factory=dict, hash=False)
    leads: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReportedUrl:
    """A page somebody told us about, by hand. rpps: whom they think it is about, or empty."""

    url: str
    host: str
    rpps: str
    note: str
    day: date
    actor: str


@dataclass(frozen=True)
class SiteDecision:
    """A council's decision that a site may be read: the day, and the SHA-256 of the document in the vault."""

    host: str
    decided_on: date
    document: str
    actor: str


@dataclass(frozen=True)
class RobotsRow:
    """What a host's robots.txt said on a day. body: SHA-256 of its bytes in the vault, empty when none came."""

    host: str
    url: str
    day: date
    at: datetime
    status: int | None
    body: str
    crawl_delay: float | None


@dataclass(frozen=True)
class PackRow:
    """One built pack of a case."""

    case: str
    number: int
    path: str
    sha256: str
    day: date


@dataclass(frozen=True)
class SiteCheck:
    """A person's verification of a site: the day, the canary's URL, whether the site is on."""

    host: str
    verified_on: date
    canary: str
    enabled: bool
