"""What the headers of a received mail say, once read: for which letter, from whom, by whose hand. No bytes, no store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Hand(StrEnum):
    """Whose hand wrote, by the headers alone: a person's (or a desk's), a program's answer, a report of delivery."""

    PERSON = "person"
    PROGRAM = "program"
    REPORT = "report"


@dataclass(frozen=True)
class Envelope:
    """The headers of one mail. An address is in small letters; one that cannot be read with certainty is empty.

    sender: of From, empty where there is not exactly one. to: every address it was delivered or written to.
    named: the Message-IDs it answers, nearest first. day: when it reached us (the topmost Received, our own server's
    or, without one, its own Date); None: nothing says. written: its own Date. authentication: the values of
    Authentication-Results in their order, topmost first.
    """

    message_id: str
    sender: str
    subject: str
    to: tuple[str, ...]
    named: tuple[str, ...]
    hand: Hand
    day: date | None
    written: date | None
    authentication: tuple[str, ...]

    @property
    def domain(self) -> str:
        """Return the domain of the sender's address; empty when there is none."""
        return self.sender.rpartition("@")[2]


def distrusted(found: Envelope, authserv_id: str) -> str:
    """Return why our own mail server doubts that the sender is the sender, in French, or an empty string.

    Only the topmost Authentication-Results that bears our server's name counts (RFC 8601 part 5): anyone may write
    others below it. No name of ours, or no such header: no doubt, and no certainty either.

    >>> said = ("mx.c.example; dmarc=fail header.from=b.example",)
    >>> found = Envelope("", "a@b.example", "", (), (), Hand.PERSON, None, None, said)
    >>> distrusted(found, "mx.c.example")
    'son serveur d’envoi n’est pas celui de b.example (DMARC)'
    >>> distrusted(found, "")
    ''
    """
    if not authserv_id:
        return ""
    ours = (
        v for v in found.authentication if re.split(r"[\s;]", v.strip(), maxsplit=1)[0].lower() == authserv_id.lower()
    )
    value = next(ours, "")
    # What is in brackets is a comment, where anything may stand.
    results = dict(re.findall(r"(?i);\s*(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.sub(r"\([^()]*\)", " ", value)[:4_000]))
    said = {name.lower(): result.lower() for name, result in results.items()}
    if said.get("dmarc") == "fail":
        return f"son serveur d’envoi n’est pas celui de {found.domain} (DMARC)"
    if "dmarc" in said:
        return ""
    if said.get("dkim") == "fail" and said.get("spf") != "pass":
        return "sa signature est fausse (DKIM)"
    if said.get("spf") in ("fail", "softfail") and said.get("dkim") != "pass":
        return f"son serveur d’envoi n’est pas celui de {found.domain} (SPF)"
    return ""
