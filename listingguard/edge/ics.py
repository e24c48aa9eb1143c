"""A calendar file (RFC 5545) of whole days, to open with any calendar; knows entries, not cases.

Written here because all it takes is a dozen properties: the library for it brings two others, of 9 MB together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from listingguard.domain.diary import Entry
from listingguard.domain.french import typography

_OCTETS = 75
# With a line break in it, a value could begin a property of its own.
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar_file(entries: Iterable[Entry], *, at: datetime, revision: int = 0) -> bytes:
    """Return the entries as a calendar file; the same input gives the same bytes.

    at: when it is written, aware. revision: goes up each time the same entries are given again with other days; with
    the same `uid`, a calendar then moves the entry it has.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//listingguard//FR", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for entry in entries:
        lines += _event(entry, at, revision)
    return "".join(f"{line}\r\n" for whole in (*lines, "END:VCALENDAR") for line in _folded(whole)).encode()


def _event(entry: Entry, at: datetime, revision: int) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{revision}",
        f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(typography(entry.title, narrow=False))}",
        f"DESCRIPTION:{_text(typography(entry.text, narrow=False))}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(typography(entry.title, narrow=False))}",
        # At nine in the morning of that day.
        "TRIGGER:PT9H",
        "END:VALARM",
        "END:VEVENT",
    ]


def _text(value: str) -> str:
    plain = "".join(c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp") else " " for c in value)
    return plain.translate(_ESCAPES)


def _folded(line: str) -> Iterator[str]:
    """Yield the line in pieces of at most 75 octets, each but the first begun by a space; no character is cut."""
    piece, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > _OCTETS:
            yield piece
            piece, size = " ", 1
        piece, size = piece + sign, size + octets
    yield piece
