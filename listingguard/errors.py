"""Every error listingguard raises on purpose, each named for what the reader can do about it.

ListingguardError            one plain French sentence; exit code 1
├── BadInput                 a file, row, option or page is wrong: correct it and run again
│   └── BadConfig            config.toml is wrong: correct the key it names
├── NotFound                 no such practitioner, case, letter…: check the identifier
│   └── NoHome               no data folder: `listingguard init`, or --home
├── Refused                  a guard says no; carries what is missing; exit code 3
│   └── IllegalEvent         the case does not allow this event now; carries what it allows
├── Busy                     another listingguard writes to this home: wait, run again
├── Blocked                  the site refuses us for now: wait, or save the page by hand
│   ├── Disallowed           robots.txt forbids it: save the page by hand
│   └── NotNow               outside our own hours, or past the day's limit: goes on later by itself
├── Forbidden                an address we must never fetch
├── Unreachable              the site or mail server does not answer: try later
├── Undelivered              the mail server refused the message: correct and send again
├── SendUnknown              nobody knows whether the message left: a person settles it
└── Damaged                  stored evidence or the event chain does not verify: stop, restore
"""

from __future__ import annotations

from collections.abc import Sequence


class ListingguardError(Exception):
    """One plain sentence in French for the person at the screen."""

    exit_code = 1

    @property
    def kind(self) -> str:
        """Return the name used in JSON output."""
        return type(self).__name__

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what a guard still wants; empty for other errors."""
        return ()


class BadInput(ListingguardError):
    """A file, row, option or page is wrong; the message says which and where."""


class BadConfig(BadInput):
    """config.toml holds an unknown key or an impossible value."""


class NotFound(ListingguardError):
    """Nothing has this identifier."""


class NoHome(NotFound):
    """No data folder was found."""


class Refused(ListingguardError):
    """A guard says no. `missing` holds one French sentence per missing thing."""

    exit_code = 3

    def __init__(self, message: str, missing: Sequence[str] = ()) -> None:
        super().__init__(message)
        self._missing = tuple(missing)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what is missing, one sentence each."""
        return self._missing


class IllegalEvent(Refused):
    """The case does not allow this event now."""


class Busy(ListingguardError):
    """Another process holds the home's write lease."""


class Blocked(ListingguardError):
    """The site refuses programs for now (403, 429, 503 that stays, a rest after one of them, challenge page).

    status: that of the page's answer, None when the page was not asked for; retry_after: seconds the host asked us to
    wait, or that are left of a rest, None when unknown.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Disallowed(Blocked):
    """robots.txt forbids the address, or asks for more patience than a program has; nothing was asked."""


class NotNow(Blocked):
    """Our own rules leave the site alone for now, the hours or the day's limit; `retry_after` says until when."""


class Forbidden(ListingguardError):
    """An address inside our own network, or a port we never fetch."""


class Unreachable(ListingguardError):
    """A site or a mail server does not answer; nothing left, nothing was read."""


class Undelivered(ListingguardError):
    """The mail server refused the message for good: it did not leave."""


class SendUnknown(ListingguardError):
    """The connection broke when the message may already have left."""


class Damaged(ListingguardError):
    """Stored bytes or events no longer match their hashes."""
