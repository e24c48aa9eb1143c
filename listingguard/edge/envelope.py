"""The headers of a received mail: bytes in, what they say out.

Everything here was written by others: it is bounded, shown only as text, and what cannot be read is absent.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any

from listingguard.domain.envelope import Envelope, Hand
from listingguard.domain.french import PARIS
from listingguard.domain.reply_text import clean

MAX_HEAD = 64 * 1024
"""Bytes of headers that are read: some parsers need the square of their length."""

MAX_VALUE = 4_000
"""Characters of one header that are read."""

MAX_NAMED = 200
"""Addresses, or identities of other messages, that are read of one mail."""

_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To", "Cc")
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-AutoReply-From", "X-Mail-Autoreply")
_IDENTITY = re.compile(r"<[^<>\s]{3,300}>")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}")


def envelope(raw: bytes) -> Envelope:
    """Return what the headers of a mail say, whatever its bytes: this never raises.

    >>> e = envelope(b"From: A <a@B.example>\\nTo: lettres+tok@c.example\\nIn-Reply-To: <x@c.example>\\nSubject: Re\\n\\n")
    >>> (e.sender, e.to, e.named, e.hand.value)
    ('a@b.example', ('lettres+tok@c.example',), ('<x@c.example>',), 'person')
    """
    message = _headers(raw)
    froms = _values(message, "From")
    authors = _addresses(froms)
    threads = [m for name in ("In-Reply-To", "References") for m in reversed(_found(message, name))]
    received = [_day(v.rpartition(";")[2]) for v in _values(message, "Received")[:1]]
    written = next((_day(v) for v in _values(message, "Date")[:1]), None)
    identities = _found(message, "Message-ID")
    return Envelope(
        message_id=identities[0] if identities else "",
        sender=authors[0] if len(froms) == 1 and len(authors) == 1 else "",
        subject=header_text(next(iter(_values(message, "Subject")), ""))[:300],
        to=tuple(dict.fromkeys(a for name in _TO for a in _addresses(_values(message, name))))[:MAX_NAMED],
        named=tuple(dict.fromkeys(threads))[:MAX_NAMED],
        hand=_hand(message),
        day=next((d for d in (*received, written) if d), None),
        written=written,
        authentication=tuple(_values(message, "Authentication-Results")[:20]),
    )


def is_mail(raw: bytes) -> bool:
    """Return True for bytes that begin with the headers of a mail, one of which says From."""
    return bool(raw.strip()) and b"\x00" not in raw[:4096] and bool(_values(_headers(raw), "From"))


def header_text(value: str) -> str:
    """Return a header's value as one harmless line; encoded words that make no sense stay as they came."""
    text = value[:MAX_VALUE]
    with suppress(HeaderParseError, LookupError, ValueError, RecursionError):
        text = str(make_header(decode_header(text)))
    return re.sub(r"\s+", " ", clean(text)).strip()


def _headers(raw: bytes) -> Message[Any, Any]:
    """Return the headers alone; the parts of a hostile mail nest deeper than a parser can go."""
    return BytesHeaderParser(policy=compat32).parsebytes(raw[:MAX_HEAD])


def _values(message: Message[Any, Any], name: str) -> list[str]:
    return [str(value)[:MAX_VALUE] for value in message.get_all(name, [])[:MAX_NAMED]]


def _found(message: Message[Any, Any], name: str) -> list[str]:
    return [identity for value in _values(message, name) for identity in _IDENTITY.findall(value)][-MAX_NAMED:]


def _addresses(values: list[str]) -> list[str]:
    """Return the addresses of a header in small letters; its display names are nobody's word."""
    # A comment inside a comment, without end, is deeper than the library goes.
    with suppress(ValueError, IndexError, AttributeError, RecursionError):
        found = [address.strip().lower() for _, address in getaddresses(values) if address]
        # An address that is none makes the whole header doubtful: better no sender than the wrong one.
        return found if all(_ADDRESS.fullmatch(address) for address in found) else []
    return []


def _day(text: str) -> date | None:
    try:
        moment: datetime = parsedate_to_datetime(text.strip())
        return moment.astimezone(PARIS).date() if moment.tzinfo else moment.date()
    except (ValueError, TypeError, OverflowError, IndexError, RecursionError):
        return None


def _hand(message: Message[Any, Any]) -> Hand:
    """Return whose hand wrote (RFC 3834 part 2, RFC 3464); what says nothing of it may be a person."""
    kind = message.get_content_type()
    sender = next(iter(_addresses(_values(message, "From"))), "")
    if kind == "multipart/report" or sender.startswith(("mailer-daemon@", "mailerdaemon@")):
        return Hand.REPORT
    submitted = " ".join(_values(message, "Auto-Submitted")).partition(";")[0].strip().lower()
    precedence = " ".join(_values(message, "Precedence")).strip().lower()
    # A return path of nobody is for what must not be answered.
    nobody = any(value.strip() == "<>" for value in _values(message, "Return-Path")[:1])
    answers = any(name in message for name in _AUTOMATIC)
    told = submitted not in ("", "no") or "auto" in precedence or precedence in ("bulk", "junk", "list")
    if told and submitted in ("", "auto-generated") and "auto" not in precedence and not (nobody or answers):
        # The notice of a ticket system or of a list may carry what a human agent wrote: its text decides.
        return Hand.PERSON
    return Hand.PROGRAM if told or nobody or answers else Hand.PERSON
