"""Rows of sites: what is known and decided of each, runs and readings, what is still to read, what a host asked for."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from listingguard.domain.listing import Outcome
from listingguard.domain.permission import Standing
from listingguard.domain.record import (
    UNFINISHED,
    Errand,
    PageMemory,
    ReadingRow,
    ReportedUrl,
    RunRow,
    SiteCheck,
    SiteDecision,
)
from listingguard.edge.log import day_of, plain
from listingguard.edge.people_rows import PeopleRows
from listingguard.edge.turns import MAKING, Turns, made

# Seconds: no rest of a site is ever asked for longer.
_LONGEST_REST = 7 * 86_400.0
TURNS = "turns.db"
"""The file, beside the store's, of whose turn it is on each host."""


class SiteRows(PeopleRows):
    """The rows about sites, and about reading them."""

    def close(self) -> None:
        """Release the files."""
        if "_turns" in vars(self):
            self._turns.close()
        super().close()

    # -- controllers and sites ---------------------------------------------------------------------------------

    def put_controller(self, slug: str, data: Mapping[str, object], *, at: datetime, actor: str) -> None:
        """Store the home's own version of a controller's record."""
        self._insert(
            "controller",
            {"slug": slug, "data": json.dumps(dict(data), ensure_ascii=False), "at": at.isoformat(), "actor": actor},
            replacing=True,
        )

    def controllers(self) -> dict[str, dict[str, Any]]:
        """Return slug -> the home's own record."""
        return {r["slug"]: json.loads(r["data"]) for r in self._rows("SELECT slug, data FROM controller ORDER BY slug")}

    def put_site_check(self, check: SiteCheck, *, at: datetime, actor: str) -> None:
        """Store a person's verification of a site."""
        self._insert(
            "site_check",
            {
                "host": check.host,
                "verified_on": check.verified_on.isoformat(),
                "canary": check.canary,
                "enabled": int(check.enabled),
                "at": at.isoformat(),
                "actor": actor,
            },
            replacing=True,
        )

    def put_canary_name(self, host: str, url: str, name: str, *, at: datetime) -> None:
        """Keep whom a site's witness page shows, as a salted hash: nobody can be read from it. The same changes nothing."""
        if self._canary_is(host, url, name) is not True:
            salt = secrets.token_bytes(16)
            row = {"host": host, "url": url, "salt": salt, "hash": _name_hash(salt, name)}
            self._insert("canary_name", {**row, "at": at.astimezone(UTC).isoformat()})

    def is_canary_name(self, host: str, url: str, name: str) -> bool:
        """Return False when the witness page showed somebody else before; True as well when nobody noted whom."""
        return self._canary_is(host, url, name) is not False

    def _canary_is(self, host: str, url: str, name: str) -> bool | None:
        row = self._row(
            "SELECT salt, hash FROM canary_name WHERE host = ? AND url = ? ORDER BY rowid DESC LIMIT 1", host, url
        )
        return row["hash"] == _name_hash(bytes(row["salt"]), name) if row else None

    def site_checks(self) -> dict[str, SiteCheck]:
        """Return host -> verification."""
        return {
            r["host"]: SiteCheck(r["host"], date.fromisoformat(r["verified_on"]), r["canary"], bool(r["enabled"]))
            for r in self._rows("SELECT * FROM site_check ORDER BY host")
        }

    def add_site_decision(self, row: SiteDecision, *, at: datetime) -> bool:
        """Append a council's decision that a site may be read; return False when it is there already."""
        known = self._row("SELECT 1 FROM site_decision WHERE host = ? AND document = ?", row.host, row.document)
        if known is None:
            self._insert("site_decision", {**plain(row), "at": at.astimezone(UTC).isoformat()})
        return known is None

    def site_decisions(self) -> dict[str, SiteDecision]:
        """Return host -> the latest decision that it may be read."""
        rows = self._rows("SELECT host, decided_on, document, actor FROM site_decision ORDER BY decided_on, rowid")
        return {
            r["host"]: SiteDecision(r["host"], date.fromisoformat(r["decided_on"]), r["document"], r["actor"])
            for r in rows
        }

    def standing(self, host: str) -> Standing:
        """Return what the home has decided of one site."""
        return Standing(self.site_checks().get(host), host in self.site_decisions(), self.rules.acting)

    # -- runs and readings -------------------------------------------------------------------------------------

    def open_run(self, host: str, day: date, *, at: datetime) -> RunRow:
        """Return the run that begins now over a host, or the one of that day that never ended: it goes on."""
        row = self._row(f"{_RUNS} WHERE host = ? ORDER BY id DESC LIMIT 1", host)
        if row and row["doubt"] == UNFINISHED and row["day"] == day.isoformat():
            return _run(row)
        cursor = self._db.execute(
            "INSERT INTO scan_run (host, day, at, doubt, why, pages, good, canary) VALUES (?, ?, ?, ?, '', 0, 0, 0)",
            [host, day.isoformat(), at.astimezone(UTC).isoformat(), UNFINISHED],
        )
        return RunRow(int(cursor.lastrowid or 0), host, day, UNFINISHED)

    def close_run(self, row: RunRow, *, at: datetime) -> None:
        """Write how a run ended."""
        self._db.execute(
            "UPDATE scan_run SET ended_at = ?, doubt = ?, why = ?, pages = ?, good = ?, canary = ? WHERE id = ?",
            [at.astimezone(UTC).isoformat(), row.doubt, row.why, row.pages, row.good, int(row.canary), row.id],
        )

    def runs(self, host: str, limit: int = 20) -> tuple[RunRow, ...]:
        """Return the last runs over a host that ended, newest first."""
        rows = self._rows(f"{_RUNS} WHERE host = ? AND doubt <> ? ORDER BY id DESC LIMIT ?", host, UNFINISHED, limit)
        return tuple(_run(r) for r in rows)

    def last_success(self, host: str) -> date | None:
        """Return the day of the last run over a host that left no doubt; None when there was none."""
        row = self._row("SELECT max(day) AS day FROM scan_run WHERE host = ? AND doubt = ''", host)
        return day_of(row["day"]) if row else None

    def run_readings(self, run: int) -> tuple[ReadingRow, ...]:
        """Return what one run read, in order."""
        return tuple(_reading(r) for r in self._rows(f"{_READINGS} WHERE r.run = ? ORDER BY r.id", run))

    def add_reading(self, row: ReadingRow, *, at: datetime, milliseconds: int) -> int:
        """Append one reading and return its number."""
        cursor = self._db.execute(
            "INSERT INTO reading (site, url, day, at, outcome, reason, listings, canary, human, milliseconds, role,"
            " cause, coverage, body, unchanged, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                row.site, row.url, row.day.isoformat(), at.astimezone(UTC).isoformat(), row.outcome.value, row.reason,
                row.listings, int(row.canary), int(row.human), milliseconds, row.role, row.cause,
                json.dumps(dict(row.coverage)), row.body, int(row.unchanged), row.run,
            ],
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def readings(self, site: str | None = None, url: str | None = None) -> tuple[ReadingRow, ...]:
        """Return the readings of a site and/or a page, oldest first: a person may bring a visit days later."""
        rows = self._rows(
            f"{_READINGS} WHERE (? IS NULL OR r.site = ?) AND (? IS NULL OR r.url = ?) ORDER BY r.day, r.id",
            site, site, url, url,
        )  # fmt: skip
        return tuple(_reading(r) for r in rows)

    def latest_readings(self, site: str, *, human: bool | None = None, good: bool = False) -> dict[str, ReadingRow]:
        """Return URL -> its latest reading on a site. human: only a person's, or only the program's.

        good: only readings that could be read, in a run without doubt (or by a person).
        """
        # A look-up brought late has a later number and an earlier day: the day says which is the latest.
        latest = (
            "SELECT CAST(substr(max(r.day || printf('/%012d', r.id)), 12) AS INTEGER)"
            " FROM reading r LEFT JOIN scan_run s ON s.id = r.run"
            " WHERE r.site = ? AND (? IS NULL OR r.human = ?)"
            " AND (NOT ? OR (r.outcome <> 'unreadable' AND coalesce(s.doubt, '') = '')) GROUP BY r.url"
        )
        rows = self._rows(f"{_READINGS} WHERE r.id IN ({latest})", site, human, human, good)
        return {r["url"]: _reading(r) for r in rows}

    def last_reads(self, site: str, urls: Iterable[str]) -> dict[str, tuple[date, datetime]]:
        """Return, of those pages that ever told what they have to tell, the last day on which they did, and when (UTC).

        Not counted: a page that did not answer, was refused or damaged, since it may tell more the next time; an
        absence seen in a run that left a doubt; a witness, of which only that was asked whether the site is read right.
        """
        rows = self._rows(
            "SELECT r.url, max(r.day || ' ' || r.at) AS last"
            " FROM json_each(?) asked CROSS JOIN reading r ON r.site = ? AND r.url = asked.value"
            " LEFT JOIN scan_run s ON s.id = r.run"
            " WHERE r.role <> 'canary' AND (r.outcome = 'listings' OR r.cause IN ('unknown', 'moved', 'robots')"
            " OR (r.outcome IN ('none', 'gone') AND coalesce(s.doubt, '') IN ('', ?))) GROUP BY r.url",
            json.dumps(list(urls)), site, UNFINISHED,
        )  # fmt: skip
        found = ((r["url"], r["last"].split(" ", 1)) for r in rows)
        return {url: (date.fromisoformat(day), datetime.fromisoformat(at)) for url, (day, at) in found}

    def page_memory(self, host: str, url: str) -> PageMemory | None:
        """Return what a page told the last time it was read in full; None when it was not, or nothing is kept of it."""
        row = self._row(
            "SELECT url, final_url, etag, last_modified, body, basis, listings, coverage, leads FROM page_memory"
            " WHERE host = ? AND url = ?",
            host, url,
        )  # fmt: skip
        if row is None:
            return None
        leads = tuple((lead, role) for lead, role in json.loads(row["leads"]))
        return PageMemory(**{**row, "coverage": json.loads(row["coverage"]), "leads": leads})

    def last_listed(self, host: str, url: str) -> date | None:
        """Return the last day on which a list of the site, or a search by name, led to a page; None: none did."""
        row = self._row("SELECT day FROM listed WHERE host = ? AND url = ?", host, url)
        return day_of(row["day"]) if row else None

    def put_listed(self, host: str, url: str, day: date) -> None:
        """Keep that a list of the site leads to a page that day."""
        self._insert("listed", {"host": host, "url": url, "day": day.isoformat()}, replacing=True)

    def remember_page(self, host: str, memory: PageMemory) -> None:
        """Keep what a page told instead of what was kept of it before."""
        row = {**plain(memory), "coverage": json.dumps(dict(memory.coverage)), "leads": json.dumps(memory.leads)}
        self._insert("page_memory", {"host": host, **row}, replacing=True)

    def forget_page(self, host: str, url: str) -> None:
        """Drop what is remembered of a page."""
        self._db.execute("DELETE FROM page_memory WHERE host = ? AND url = ?", [host, url])

    def report_url(self, row: ReportedUrl, *, at: datetime) -> bool:
        """Append a page somebody told us about; return False when it is there already."""
        if self._row("SELECT 1 FROM reported_url WHERE url = ?", row.url):
            return False
        self._insert("reported_url", {**plain(row), "at": at.astimezone(UTC).isoformat()})
        return True

    def reported_urls(self, host: str | None = None) -> tuple[ReportedUrl, ...]:
        """Return the pages people told us about, oldest first; only those of a host when it is named."""
        rows = self._rows(
            "SELECT url, host, rpps, note, day, actor FROM reported_url WHERE ? IS NULL OR host = ? ORDER BY rowid",
            host, host,
        )  # fmt: skip
        merged = self.merged()
        return tuple(
            ReportedUrl(**{**r, "day": date.fromisoformat(r["day"]), "rpps": merged.get(r["rpps"], r["rpps"])})
            for r in rows
        )

    # -- whose turn it is, and what is still to read -------------------------------------------------------------

    @cached_property
    def _turns(self) -> Turns:
        # Opened by whoever asks a site for something: the other commands leave no such file.
        path = self.path.with_name(TURNS)
        with MAKING:
            if not made(path):
                # One at a time: of two processes that make the file, SQLite would have the second fail, not wait.
                with self.tx("host.turns"):
                    before = self._rows("SELECT host, next_at, left_at, day, used FROM host_lease WHERE next_at > 0")
                    return Turns(path, before)
        return Turns(path)

    def reserve(self, host: str, pace_seconds: float, now: datetime, *, requests: int = 1) -> float:
        """Return the seconds to wait before the next request to `host`, and book that slot, across processes.

        requests: what the day's count goes up by; 0 for a slot left empty. The day is that of Paris.
        """
        return self._turns.reserve(host, pace_seconds, now, requests)

    def leave(self, host: str, pace_seconds: float, booked: datetime, now: datetime) -> float:
        """Return 0 and note that the request booked for then leaves now; else the seconds it must still wait."""
        return self._turns.leave(host, pace_seconds, booked, now)

    def used(self, host: str, day: date) -> int:
        """Return how many requests to `host` were booked on that day of Paris; only the latest day is remembered."""
        return self._turns.used(host, day)

    def rest(self, host: str, until: datetime, why: str) -> None:
        """Leave `host` alone until then, across processes and runs; a longer rest already noted stays.

        why: a French sentence without its host, shown each time a request is refused; no personal data.
        """
        with self.tx("host.rest"):
            row = self._row("SELECT rest_until FROM host_lease WHERE host = ?", host)
            stamp = until.timestamp()
            if row and stamp < row["rest_until"] <= stamp + _LONGEST_REST:
                return
            self._db.execute(
                "INSERT INTO host_lease (host, next_at, rest_until, why) VALUES (?, 0, ?, ?)"
                " ON CONFLICT (host) DO UPDATE SET rest_until = excluded.rest_until, why = excluded.why",
                [host, stamp, why],
            )

    def resting(self, host: str, now: datetime) -> tuple[datetime, str] | None:
        """Return until when `host` is left alone (UTC), and why; None when it is not.

        A rest further away than seven days was noted by a clock that ran ahead: it does not count.
        """
        row = self._row("SELECT rest_until, why FROM host_lease WHERE host = ?", host)
        if row is None or not 0 < row["rest_until"] - now.timestamp() <= _LONGEST_REST:
            return None
        return datetime.fromtimestamp(row["rest_until"], UTC), row["why"]

    def errands(self, host: str) -> tuple[Errand, ...]:
        """Return the pages still to read on a host, in order."""
        rows = self._rows("SELECT url, role, start, step, tries FROM errand WHERE host = ? ORDER BY number", host)
        return tuple(Errand(**row) for row in rows)

    def next_errands(self, host: str, run: int, limit: int) -> tuple[Errand, ...]:
        """Return the first pages still to read on a host that this run has not tried, in order; empty: none is left."""
        rows = self._rows(
            "SELECT url, role, start, step, tries FROM errand WHERE host = ? AND run <> ? ORDER BY number LIMIT ?",
            host, run, limit,
        )  # fmt: skip
        return tuple(Errand(**row) for row in rows)

    def add_errands(self, host: str, rows: Iterable[tuple[str, str, str, int]]) -> None:
        """Note pages to read, each with its role, the first URL of its list and its step in it; each stays once."""
        self._db.executemany(
            "INSERT INTO errand (host, url, role, number, start, step)"
            " VALUES (?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM errand WHERE host = ?), ?, ?)"
            # Skipped for this run, it is wanted after all.
            " ON CONFLICT (host, url) DO UPDATE SET run = 0 WHERE tries = 0",
            [(host, url, role, host, start, step) for url, role, start, step in rows],
        )

    def skip_errands(self, host: str, run: int, *, but: Iterable[str]) -> None:
        """Leave all that waits on a host for another run, but the pages named."""
        self._db.execute(
            "UPDATE errand SET run = ? WHERE host = ? AND url NOT IN (SELECT value FROM json_each(?))",
            [run, host, json.dumps(list(but))],
        )

    def postpone_errand(self, host: str, url: str, run: int) -> None:
        """Put one page at the end of the list, tried in this run and left for another."""
        self._db.execute(
            "UPDATE errand SET tries = tries + 1, run = ?,"
            " number = (SELECT coalesce(max(number), 0) + 1 FROM errand WHERE host = ?) WHERE host = ? AND url = ?",
            [run, host, host, url],
        )

    def drop_errand(self, host: str, url: str) -> None:
        """Strike one page off the list."""
        self._db.execute("DELETE FROM errand WHERE host = ? AND url = ?", [host, url])


def _name_hash(salt: bytes, name: str) -> str:
    """Return the salted hash of a displayed name: titles, case, accents and the order of its words do not count."""
    from listingguard.domain.names import fold, tokens

    words = sorted(token.text for token in tokens(name)) or fold(name).split()
    return hashlib.sha256(salt + " ".join(words).encode()).hexdigest()


_RUNS = "SELECT id, host, day, doubt, why, pages, good, canary FROM scan_run"

_READINGS = (
    "SELECT r.site, r.url, r.day, r.outcome, r.reason, r.listings, r.canary, r.human, r.role, r.cause, r.coverage,"
    " r.body, r.unchanged, r.run, coalesce(s.doubt, '') AS doubt, r.at FROM reading r"
    " LEFT JOIN scan_run s ON s.id = r.run"
)


def _run(row: Mapping[str, Any]) -> RunRow:
    return RunRow(**{**row, "day": date.fromisoformat(row["day"]), "canary": bool(row["canary"])})


def _reading(row: Mapping[str, Any]) -> ReadingRow:
    flags = {name: bool(row[name]) for name in ("canary", "human", "unchanged")}
    return ReadingRow(
        **{
            **row, **flags, "day": date.fromisoformat(row["day"]), "outcome": Outcome(row["outcome"]),
            "coverage": json.loads(row["coverage"]), "at": datetime.fromisoformat(row["at"]),
        }
    )  # fmt: skip
