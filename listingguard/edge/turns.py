"""Whose turn it is on each host, for all processes of a home.

A file of its own: every request books its turn, and none should wait until a scan has written what it read. Lost, it
costs nothing but one day's count.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path

from listingguard.domain.french import PARIS
from listingguard.edge.driver import sqlite3
from listingguard.edge.log import explained

_TABLE = """
CREATE TABLE IF NOT EXISTS turn (
    host TEXT PRIMARY KEY, next_at REAL NOT NULL, left_at REAL NOT NULL DEFAULT 0,
    day TEXT NOT NULL DEFAULT '', used INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID
"""


MAKING = threading.Lock()
"""Held while the file is made: of many threads that first ask for a turn, one takes the store's write lock, not all."""


def made(path: Path) -> bool:
    """Return True when the file is there, whole; False also while another process makes it."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.1)) as db:
            return bool(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError:
        return False


class Turns:
    """The open file; times are POSIX seconds, days those of Paris. Each thread has its own."""

    def __init__(self, path: Path, before: Iterable[Mapping[str, object]] = ()) -> None:
        """Open the file, made when missing, with the rows of a home that kept them in its store.

        Raises Damaged when it is not a database, Busy when another process writes for more than five seconds.
        """
        self._path = path
        self._db = sqlite3.connect(str(path), isolation_level=None, timeout=5.0)
        try:
            # No sync for each: a machine that lost its power has waited long enough before it asks again.
            for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL", "trusted_schema=OFF"):
                self._db.execute(f"PRAGMA {pragma}").fetchall()
            if not self._db.execute("PRAGMA user_version").fetchone()[0]:
                with self._unit():
                    self._begin(before)
        except sqlite3.DatabaseError as error:
            self.close()
            raise explained(error, path) from error
        except BaseException:
            self.close()
            raise

    def _begin(self, before: Iterable[Mapping[str, object]]) -> None:
        self._db.execute(_TABLE)
        for row in before:
            self._db.execute(
                "INSERT OR IGNORE INTO turn (host, next_at, left_at, day, used) VALUES (?, ?, ?, ?, ?)",
                [row[name] for name in ("host", "next_at", "left_at", "day", "used")],
            )
        self._db.execute("PRAGMA user_version = 1")

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    @contextmanager
    def _unit(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise explained(error, self._path) from error
            raise

    def reserve(self, host: str, pace_seconds: float, now: datetime, requests: int) -> float:
        """Return the seconds to wait before the next request to `host`, and book that slot."""
        stamp, day = now.timestamp(), now.astimezone(PARIS).date().isoformat()
        # A clock set back must not silence a site for days: no slot lies further away than an hour or ten waits.
        latest = stamp + max(3600.0, 10 * pace_seconds)
        with self._unit():
            row = self._db.execute("SELECT next_at, day, used FROM turn WHERE host = ?", [host]).fetchone()
            next_at, latest_day, used = row or (stamp, day, 0)
            slot = max(stamp, min(float(next_at), latest))
            self._db.execute(
                "INSERT INTO turn (host, next_at, day, used) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (host) DO UPDATE SET next_at = excluded.next_at, day = excluded.day, used = excluded.used",
                [host, slot + pace_seconds, day, (used if latest_day == day else 0) + requests],
            )
        return slot - stamp

    def leave(self, host: str, pace_seconds: float, booked: datetime, now: datetime) -> float:
        """Return 0 and note that the request booked for then leaves now; else the seconds it must still wait.

        It waits while another, of any process, left less than pace_seconds ago. Whoever has a later slot is put off
        by as much as this one is late.
        """
        stamp, late = now.timestamp(), max(0.0, (now - booked).total_seconds())
        with self._unit():
            row = self._db.execute("SELECT left_at FROM turn WHERE host = ?", [host]).fetchone()
            wait = row[0] + pace_seconds - stamp if row else 0.0
            # A clock set back must not hold a site for longer.
            if 0 < wait <= 2 * pace_seconds:
                return float(wait)
            self._db.execute(
                "INSERT INTO turn (host, next_at, left_at) VALUES (?1, ?2 + ?3, ?2) ON CONFLICT (host)"
                " DO UPDATE SET next_at = max(next_at, ?2) + ?3, left_at = ?2",
                [host, stamp, late],
            )
        return 0.0

    def used(self, host: str, day: date) -> int:
        """Return how many requests to `host` were booked on that day of Paris; only the latest day is remembered."""
        row = self._db.execute("SELECT used FROM turn WHERE host = ? AND day = ?", [host, day.isoformat()]).fetchone()
        return int(row[0]) if row else 0
