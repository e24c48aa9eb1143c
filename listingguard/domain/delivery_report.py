"""What a report of delivery says (RFC 3464): which message, to whom, and what became of it. Text in, no decision."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Delivered(StrEnum):
    """What became of a message for one addressee."""

    DELIVERED = "delivered"
    RELAYED = "relayed"
    DELAYED = "delayed"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "delivered": "remis à la boîte du destinataire",
            "relayed": "transmis à un serveur qui ne rend pas compte",
            "delayed": "remise retardée, le serveur essaie encore",
            "failed": "non remis",
        }[self.value]


@dataclass(frozen=True)
class DeliveryReport:
    """One addressee's part of a report. status: `5.1.1`; said: what the other server answered; envelope: our ENVID."""

    action: Delivered
    recipient: str
    status: str = ""
    said: str = ""
    envelope: str = ""


# « expanded »: delivered to a list, whose members nobody reports on.
_ACTIONS = {
    "delivered": Delivered.DELIVERED,
    "expanded": Delivered.RELAYED,
    "relayed": Delivered.RELAYED,
    "delayed": Delivered.DELAYED,
    "failed": Delivered.FAILED,
}

MAX_RECIPIENTS = 50


def delivery_reports(blocks: Iterable[Mapping[str, str]]) -> tuple[DeliveryReport, ...]:
    """Return one report per addressee; empty when none can be read.

    blocks: the groups of fields of a `message/delivery-status` part, the message's own first; names as they came.

    >>> whole, one = {"Original-Envelope-Id": "abc"}, {"Final-Recipient": "rfc822; Dpo@Site.example", "Action": "failed",
    ...     "Status": "5.1.1", "Diagnostic-Code": "smtp; 550 unknown"}
    >>> delivery_reports([whole, one])[0]
    DeliveryReport(action=<Delivered.FAILED: 'failed'>, recipient='dpo@site.example', status='5.1.1', said='550 unknown', envelope='abc')
    """
    found: list[DeliveryReport] = []
    identity = ""
    for block in blocks:
        told = {name.lower(): _line(value)[:500] for name, value in block.items()}
        identity = identity or _typeless(told.get("original-envelope-id", ""))[:200]
        action = _ACTIONS.get(told.get("action", "").split(" ")[0].lower())
        original = _unquoted(_typeless(told.get("original-recipient", "")))
        recipient = original or _typeless(told.get("final-recipient", ""))
        if action is None:
            continue
        status = re.match(r"[245]\.\d{1,3}\.\d{1,3}", told.get("status", ""))
        said = _typeless(told.get("diagnostic-code", ""))[:300]
        found.append(DeliveryReport(action, recipient.lower()[:254], status[0] if status else "", said, identity))
        if len(found) >= MAX_RECIPIENTS:
            break
    return tuple(found)


def _line(value: str) -> str:
    """Return a value as one line without what drives a terminal or shows otherwise than it reads."""
    return " ".join("".join(c if c.isprintable() else " " for c in value[:2_000]).split())


def _typeless(value: str) -> str:
    """Return a field's value without its type: `rfc822; a@b.example` -> `a@b.example`."""
    return value.partition(";")[2].strip() if re.match(r"[\w-]+\s*;", value) else value


def _unquoted(xtext: str) -> str:
    """Return an address as it was before RFC 3461 part 4 wrote its signs in hexadecimal."""
    return re.sub(r"\+([2-7][0-9A-F])", lambda m: chr(int(m[1], 16)), xtext)
