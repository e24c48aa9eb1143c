"""The facts as they are kept: one frozen type per kind of row that the flow hands to the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from listingguard.domain.listing import Outcome


class DispatchState(StrEnum):
    """What became of a sending. Nothing ever leaves twice: only QUEUED may start."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"

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
        }[self.value]


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


@dataclass(frozen=True)
class ReplyRow:
    """A message received for a case, by the hash of its raw bytes."""

    sha256: str
    case: str
    route: str
    sender: str
    subject: str
    day: date


@dataclass(frozen=True)
class ReadingRow:
    """What one visit told us, without personal data beyond the URL."""

    site: str
    url: str
    day: date
    outcome: Outcome
    reason: str
    listings: int
    canary: bool
    human: bool


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
