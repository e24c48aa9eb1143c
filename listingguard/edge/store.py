"""The store of one home: one SQLite file, opened here only. Rows in, typed values out; no decision is taken here.

Facts are appended; `schema.CACHES` are computed from them. One unit of work is one `tx()`: BEGIN IMMEDIATE, commit or
nothing. The log, people and correspondence have a module each; here are sites, evidence and what the jobs keep.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlite_utils.db import sqlite3  # type: ignore[attr-defined]  # the driver it chose: pysqlite3 where installed

from listingguard.domain import seal
from listingguard.domain.case import findings_of
from listingguard.domain.event import canonical
from listingguard.domain.finding import Opinion, Word, standing
from listingguard.domain.listing import Listing, Outcome
from listingguard.domain.matching import Decision, Match, Reason, Sufficiency
from listingguard.domain.permission import Standing
from listingguard.domain.record import (
    UNFINISHED,
    CaptureRow,
    CaseRow,
    Errand,
    PageMemory,
    ReadingRow,
    ReportedUrl,
    RobotsRow,
    RunRow,
    SiteCheck,
    SiteDecision,
)
from listingguard.domain.stops import Circumstances
from listingguard.edge.approval_rows import ApprovalRows
from listingguard.edge.case_lists import CaseLists
from listingguard.edge.inbox_rows import InboxRows
from listingguard.edge.letter_rows import LetterRows
from listingguard.edge.log import HOME_STREAM, PARIS, day_of, explained, plain
from listingguard.edge.people_rows import PeopleRows
from listingguard.edge.schema import CACHES, migrations
from listingguard.edge.service_rows import ServiceRows
from listingguard.edge.transfer_rows import TransferRows
from listingguard.errors import Damaged, NotFound

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from listingguard.domain.capture import TokenRow

# Seconds: no rest of a site is ever asked for longer.
_LONGEST_REST = 7 * 86_400.0


@cache
def _listing_json() -> TypeAdapter[Listing]:
    """How a listing is written in its row and read again."""
    # Heavy, and not needed for a list of cases.
    from pydantic import TypeAdapter

    return TypeAdapter(Listing)


class Store(CaseLists, PeopleRows, LetterRows, ServiceRows, InboxRows, ApprovalRows, TransferRows):
    """One open home. Close it, or use it as a context manager."""

    def _migrated(self, names: frozenset[str]) -> None:
        """Seal the evidence of before there were seals."""
        super()._migrated(names)
        if "m006_evidence_sealed" in names:
            self._seal_all()

    def circumstances(self, case: CaseRow, today: date) -> Circumstances:
        """Return what surrounds a case on a day: all that may stop its request, see `stops.stops`."""
        who = case.practitioner
        found = {str(f["listing"]): str(f["url"]) for f in findings_of(self.facts(case.id))}
        return Circumstances(
            case.id, case.platform, self.practitioner(who), today, self.status(case.id, today), self.watches().get(who),
            frozenset(site for alone, site in self.left_alone() if alone == who), found,
            {key: self.opinions(key, who) for key in found},
            tuple(
                (
                    other.id, self.status(other.id, today).state,
                    frozenset(str(f["listing"]) for f in findings_of(self.facts(other.id))),
                )
                for other in self.cases(practitioner=who)
                if other.id != case.id
            ),
            tuple(held for held in self.quarantined() if held.guess == case.id),
        )  # fmt: skip

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

    # -- readings, captures, listings --------------------------------------------------------------------------

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

    def last_read(self, site: str, url: str) -> date | None:
        """Return the last day on which the page told what it has to tell; None when never.

        Not counted: a page that did not answer, was refused or damaged, since it may tell more the next time; an
        absence seen in a run that left a doubt; a witness, of which only that was asked whether the site is read right.
        """
        at = self._last_read(site, url)
        return date.fromisoformat(at["day"]) if at else None

    def last_read_at(self, site: str, url: str) -> datetime | None:
        """Return when the page last told what it has to tell, UTC, as `last_read` counts it; None when never."""
        at = self._last_read(site, url)
        return datetime.fromisoformat(at["at"]) if at else None

    def _last_read(self, site: str, url: str) -> dict[str, Any] | None:
        return self._row(
            "SELECT r.day, r.at FROM reading r LEFT JOIN scan_run s ON s.id = r.run WHERE r.site = ? AND r.url = ?"
            " AND r.role <> 'canary' AND (r.outcome = 'listings' OR r.cause IN ('unknown', 'moved', 'robots')"
            " OR (r.outcome IN ('none', 'gone') AND coalesce(s.doubt, '') IN ('', ?))) ORDER BY r.day DESC, r.at DESC LIMIT 1",
            site, url, UNFINISHED,
        )  # fmt: skip

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

    def put_robots(self, row: RobotsRow) -> None:
        """Keep what a host's robots.txt said that day; the same again changes nothing."""
        with self.tx("robots.put"):
            known = self._row(
                "SELECT 1 FROM robots WHERE host = ? AND day = ? AND body = ?", row.host, row.day.isoformat(), row.body
            )
            if known is None:
                self._insert("robots", {**plain(row), "at": row.at.astimezone(UTC).isoformat()})
                said = {
                    **plain(row),
                    "at": row.at.astimezone(UTC).isoformat(),
                    "crawl_delay": _written(row.crawl_delay),
                }
                self._seal(seal.ROBOTS_READ, f"{row.host}/{row.day.isoformat()}/{row.body}", said)

    def robots(self, host: str | None = None) -> tuple[RobotsRow, ...]:
        """Return what robots.txt said, oldest first; only a host's when it is named."""
        rows = self._rows(
            "SELECT host, url, day, at, status, body, crawl_delay FROM robots WHERE ? IS NULL OR host = ? ORDER BY at",
            host, host,
        )  # fmt: skip
        return tuple(
            RobotsRow(**{**r, "day": date.fromisoformat(r["day"]), "at": datetime.fromisoformat(r["at"])}) for r in rows
        )

    def add_capture(self, row: CaptureRow, reading: int, listings: Iterable[str]) -> None:
        """Append one capture and the listings it shows, and seal them; the same capture again changes nothing."""
        with self.tx("capture.add"):
            if self._row("SELECT 1 FROM capture WHERE id = ?", row.id):
                return
            said = {
                "id": row.id,
                "reading": reading,
                "site": row.site,
                "url": row.url,
                "body": row.body,
                "day": row.day.isoformat(),
                "at": row.at.astimezone(UTC).isoformat(),
            }
            self._insert("capture", {**said, "manifest": canonical(row.manifest).decode()})
            shown = list(dict.fromkeys(listings))
            for key in shown:
                self._insert("capture_listing", {"capture": row.id, "listing": key})
            self._seal(seal.CAPTURED, row.id, {**said, "listings": shown})

    def captures(self, listing: str | None = None) -> tuple[CaptureRow, ...]:
        """Return the captures, oldest first; only those that show a listing when it is named."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture WHERE ? IS NULL OR id IN"
            " (SELECT capture FROM capture_listing WHERE listing = ?) ORDER BY at, rowid",
            listing, listing,
        )  # fmt: skip
        return tuple(_capture(r) for r in rows)

    def capture(self, identifier: str) -> CaptureRow:
        """Return one capture by its identifier or an unambiguous beginning of it; raise NotFound."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture WHERE substr(id, 1, ?) = ?",
            len(identifier), identifier,
        )  # fmt: skip
        if len(rows) != 1 or len(identifier) < 8:
            raise NotFound(f"Aucune capture unique ne porte l’identifiant « {identifier} » (8 caractères au moins).")
        return _capture(rows[0])

    # -- what the log says of the evidence ---------------------------------------------------------------------

    def _seal(self, kind: str, key: str, said: Mapping[str, Any]) -> None:
        """Write into the home's chain what a row of the evidence says, column by column."""
        day, at = date.fromisoformat(said["day"]), datetime.fromisoformat(said["at"])
        self.add_event(HOME_STREAM, kind, key=key, day=day, at=at, actor="listingguard", data=said)

    def _seal_all(self) -> None:
        """Seal what was kept before there were seals, as it is now."""
        for kind, rows in self._evidence_rows().items():
            for key, said in rows.items():
                self._seal(kind, key, said)

    def _evidence_rows(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return kind of seal -> key -> row, as it is sealed."""
        captures = self._rows("SELECT id, reading, site, url, body, day, at FROM capture ORDER BY at, rowid")
        shown: dict[str, list[str]] = {}
        for row in self._rows("SELECT capture, listing FROM capture_listing ORDER BY rowid"):
            shown.setdefault(row["capture"], []).append(row["listing"])
        robots = self._rows("SELECT host, url, day, at, status, body, crawl_delay FROM robots ORDER BY at, rowid")
        return {
            seal.CAPTURED: {row["id"]: {**row, "listings": shown.get(row["id"], [])} for row in captures},
            seal.ROBOTS_READ: {
                f"{row['host']}/{row['day']}/{row['body']}": {**row, "crawl_delay": _written(row["crawl_delay"])}
                for row in robots
            },
        }

    def unlike_the_log(self) -> tuple[tuple[str, str], ...]:
        """Return (capture, French sentence) for each row of the evidence that the home's log contradicts; see `seal`."""
        findings = [
            (case.id, f) for case in self.cases() for fact in self.facts(case.id) for f in fact.data.get("findings", ())
        ]
        cited = dict.fromkeys((str(found["capture"]), case) for case, found in findings if found.get("capture"))
        rows, events = self._evidence_rows(), self.events(HOME_STREAM)
        return tuple(seal.unlike(rows, events, self.payloads(HOME_STREAM), cited))

    def captures_of(self, body: str, url: str, day: date) -> tuple[CaptureRow, ...]:
        """Return the captures of these bytes, under this URL, on this day; oldest first."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture WHERE body = ? AND url = ? AND day = ?"
            " ORDER BY at, rowid",
            body, url, day.isoformat(),
        )  # fmt: skip
        return tuple(_capture(r) for r in rows)

    def unstamped(self) -> tuple[CaptureRow, ...]:
        """Return the captures that no authority has time-stamped yet, oldest first."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture"
            " WHERE id NOT IN (SELECT capture FROM capture_token) ORDER BY at, rowid"
        )
        return tuple(_capture(r) for r in rows)

    def add_token(self, row: TokenRow) -> None:
        """Append one time-stamp of a capture; the same bytes again change nothing."""
        if not self._row("SELECT 1 FROM capture_token WHERE capture = ? AND sha256 = ?", row.capture, row.sha256):
            self._insert("capture_token", {**plain(row), "at": row.at.astimezone(UTC).isoformat()})

    def tokens(self, capture: str | None = None) -> tuple[TokenRow, ...]:
        """Return the time-stamps, in the order they came; only a capture's when it is named."""
        # Heavy, and not needed for a list of cases.
        from listingguard.domain.capture import TokenRow, TokenStatus

        rows = self._rows(
            "SELECT capture, authority, sha256, status, at FROM capture_token WHERE ? IS NULL OR capture = ?"
            " ORDER BY rowid",
            capture, capture,
        )  # fmt: skip
        return tuple(
            TokenRow(**{**r, "status": TokenStatus(r["status"]), "at": datetime.fromisoformat(r["at"])}) for r in rows
        )

    def capture_listings(self, capture: str) -> tuple[str, ...]:
        """Return the keys of the listings that a capture shows."""
        rows = self._rows("SELECT listing FROM capture_listing WHERE capture = ? ORDER BY rowid", capture)
        return tuple(r["listing"] for r in rows)

    def put_listing(self, listing: Listing, capture: CaptureRow) -> None:
        """Store what the latest capture says of a listing."""
        known = self._row(
            "SELECT first_seen, coalesce(capture.at, '') AS at FROM listing"
            " LEFT JOIN capture ON capture.id = listing.capture WHERE key = ?",
            listing.key,
        )
        first = min(known["first_seen"], capture.day.isoformat()) if known else capture.day.isoformat()
        if known and known["at"] > capture.at.astimezone(UTC).isoformat():
            # A page seen earlier and brought later: only the first day can change.
            self._db.execute("UPDATE listing SET first_seen = ? WHERE key = ?", [first, listing.key])
            return
        self._insert(
            "listing",
            {
                "key": listing.key,
                "site": listing.site,
                "url": listing.url,
                "data": _listing_json().dump_json(listing).decode(),
                "capture": capture.id,
                "first_seen": first,
                "last_seen": capture.day.isoformat(),
            },
            replacing=True,
        )

    def listings(self) -> tuple[tuple[Listing, str], ...]:
        """Return every listing kept, with the identifier of its latest capture."""
        rows = self._rows("SELECT data, capture FROM listing ORDER BY key")
        return tuple((_listing_json().validate_json(r["data"]), r["capture"]) for r in rows)

    def matched_pages(self, site: str) -> tuple[tuple[str, str], ...]:
        """Return (practitioner, URL) for each listing of a site kept for somebody, most sure first."""
        rows = self._rows(
            "SELECT m.practitioner, l.url FROM listing l JOIN match m ON m.listing = l.key WHERE l.site = ?"
            " ORDER BY m.similarity DESC, l.key",
            site,
        )
        return tuple((r["practitioner"], r["url"]) for r in rows)

    def stale_pages(self, site: str, before: date, states: Iterable[str]) -> frozenset[str]:
        """Return the URLs of the listings of a site, last captured on that day or earlier, that a case in one of
        these states is about.
        """
        rows = self._rows(
            "SELECT DISTINCT l.url FROM listing l JOIN match m ON m.listing = l.key JOIN case_now c"
            " ON c.practitioner = m.practitioner AND c.platform = l.site"
            " WHERE l.site = ? AND l.last_seen <= ? AND c.state IN (SELECT value FROM json_each(?))",
            site, before.isoformat(), json.dumps(list(states)),
        )  # fmt: skip
        return frozenset(r["url"] for r in rows)

    def listing(self, key: str) -> Listing:
        """Return one listing by its key; raise NotFound."""
        row = self._row("SELECT data FROM listing WHERE key = ?", key)
        if row is None:
            raise NotFound(f"Aucune fiche ne porte la clé « {key} ».")
        return _listing_json().validate_json(row["data"])

    def put_matches(self, listing: str, matches: Iterable[tuple[Match, str]]) -> None:
        """Replace the matches of a listing by these, each with the hash of the fields compared.

        Of whom objects to being looked for, or is left alone on that site, none is ever kept.
        """
        self._db.execute("DELETE FROM match WHERE listing = ?", [listing])
        new = list(matches)
        if not new:
            return
        alone = {who for who, _ in self.left_alone(listing.partition(":")[0])}
        people = {match.practitioner for match, _ in new}
        ids = people | {other for other, kept in self.merged().items() if kept in people}
        # The whole register is only read where one of these very people has objected.
        if self._row(
            "SELECT 1 FROM watch WHERE opposed_on IS NOT NULL AND practitioner IN (SELECT value FROM json_each(?)) LIMIT 1",
            json.dumps(sorted(ids)),
        ):
            alone |= {who for who, watch in self.watches().items() if watch.opposed_on is not None}
        for match, fields in new:
            if match.practitioner in alone:
                continue
            self._insert(
                "match",
                {
                    "listing": listing,
                    "practitioner": match.practitioner,
                    "similarity": match.similarity,
                    "sufficiency": match.sufficiency.value,
                    "decision": match.decision.value,
                    "reasons": json.dumps([[r.code, r.text, r.weight] for r in match.reasons], ensure_ascii=False),
                    "fields_hash": fields,
                },
            )

    def matches(self) -> tuple[tuple[Match, str], ...]:
        """Return every match kept, with the hash of the fields compared; surest first."""
        rows = self._rows("SELECT * FROM match ORDER BY listing, similarity DESC, practitioner")
        return tuple(
            (
                Match(
                    listing=r["listing"],
                    practitioner=r["practitioner"],
                    similarity=r["similarity"],
                    sufficiency=Sufficiency(r["sufficiency"]),
                    decision=Decision(r["decision"]),
                    reasons=tuple(Reason(*reason) for reason in json.loads(r["reasons"])),
                ),
                r["fields_hash"],
            )
            for r in rows
        )

    def add_judgement(
        self,
        listing: str,
        practitioner: str,
        fields: str,
        word: Word,
        *,
        day: date,
        at: datetime,
        actor: str,
        blind: bool = False,
    ) -> None:
        """Append a person's word about a pair. blind: a second opinion, without sight of the first."""
        moment = at.astimezone(UTC).isoformat()
        self._db.execute(
            "INSERT INTO judgement (listing, practitioner, fields_hash, word, day, at, actor, blind)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [listing, practitioner, fields, word.value, day.isoformat(), moment, actor, int(blind)],
        )

    def opinions(self, listing: str, practitioner: str, fields: str | None = None) -> tuple[Opinion, ...]:
        """Return what people said of a pair and what still stands of it, oldest first.

        fields: the hash of the compared fields, as they were then; None: whatever they were.
        """
        ids = self.identifiers(practitioner)
        hashes = None if fields is None else [fields, *self._hashes_before(listing, ids)]
        rows = self._rows(
            "SELECT word, actor, day, blind FROM judgement WHERE listing = ?"
            " AND practitioner IN (SELECT value FROM json_each(?))"
            " AND (? IS NULL OR fields_hash IN (SELECT value FROM json_each(?))) ORDER BY id",
            listing, json.dumps(ids), fields, json.dumps(hashes),
        )  # fmt: skip
        return standing(
            Opinion(Word(r["word"]), r["actor"], date.fromisoformat(r["day"]), bool(r["blind"])) for r in rows
        )

    def _hashes_before(self, key: str, ids: tuple[str, ...]) -> list[str]:
        """Return the hashes of the fields compared of each row before they were said to be one person."""
        if len(ids) == 1:
            return []
        row = self._row("SELECT data FROM listing WHERE key = ?", key)
        if row is None:
            return []
        from listingguard.domain.matching.fields import fields_hash

        listing = _listing_json().validate_json(row["data"])
        return [fields_hash(listing, person) for each in ids if (person := self.version(each)) is not None]

    def last_judgement(self) -> tuple[str, str, str, Word] | None:
        """Return (listing, practitioner, fields hash, word) of the last word that still stands."""
        merged = self.merged()
        for r in self._rows(
            "SELECT listing, practitioner, fields_hash FROM judgement"
            " GROUP BY listing, practitioner, fields_hash ORDER BY max(id) DESC"
        ):
            pair = (r["listing"], merged.get(r["practitioner"], r["practitioner"]), r["fields_hash"])
            if stand := self.opinions(*pair):
                return (*pair, stand[-1].word)
        return None

    # -- what the jobs keep ------------------------------------------------------------------------------------

    def reserve(self, host: str, pace_seconds: float, now: datetime, *, requests: int = 1) -> float:
        """Return the seconds to wait before the next request to `host`, and book that slot, across processes.

        requests: what the day's count goes up by; 0 for a slot left empty. The day is that of Paris.
        """
        stamp, day = now.timestamp(), now.astimezone(PARIS).date().isoformat()
        # A clock set back must not silence a site for days: no slot lies further away than an hour or ten waits.
        latest = stamp + max(3600.0, 10 * pace_seconds)
        # Once per request: a machine that lost its power has waited long enough before it asks again.
        with self.tx("host.lease", synced=False):
            row = self._row("SELECT next_at, day, used FROM host_lease WHERE host = ?", host)
            slot = max(stamp, min(float(row["next_at"]), latest) if row else stamp)
            used = row["used"] if row and row["day"] == day else 0
            self._db.execute(
                "INSERT INTO host_lease (host, next_at, day, used) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (host) DO UPDATE SET next_at = excluded.next_at, day = excluded.day, used = excluded.used",
                [host, slot + pace_seconds, day, used + requests],
            )
        return slot - stamp

    def used(self, host: str, day: date) -> int:
        """Return how many requests to `host` were booked on that day of Paris; only the latest day is remembered."""
        row = self._row("SELECT used FROM host_lease WHERE host = ? AND day = ?", host, day.isoformat())
        return int(row["used"]) if row else 0

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

    def add_errand(self, host: str, url: str, role: str, *, start: str = "", step: int = 1) -> None:
        """Note one page to read; it stays once."""
        self._db.execute(
            "INSERT INTO errand (host, url, role, number, start, step)"
            " VALUES (?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM errand WHERE host = ?), ?, ?)"
            # Skipped for this run, it is wanted after all.
            " ON CONFLICT (host, url) DO UPDATE SET run = 0 WHERE tries = 0",
            [host, url, role, host, start, step],
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

    def told(self, case_id: str, kind: str, due: date) -> bool:
        """Return whether something was told."""
        row = self._row('SELECT 1 FROM told WHERE "case" = ? AND kind = ? AND due = ?', case_id, kind, due.isoformat())
        return row is not None

    def tell(self, case_id: str, kind: str, due: date, *, at: datetime) -> bool:
        """Record that something was told; return False when it had been already."""
        if self._row('SELECT 1 FROM told WHERE "case" = ? AND kind = ? AND due = ?', case_id, kind, due.isoformat()):
            return False
        self._insert("told", {"case": case_id, "kind": kind, "due": due.isoformat(), "at": at.isoformat()})
        return True

    def audit(self) -> tuple[tuple[str, str, str], ...]:
        """Return (who, what, detail) of what people did beside the chained events, oldest first."""
        rows = self._rows("SELECT actor, what, detail FROM audit ORDER BY seq")
        return tuple((r["actor"], r["what"], r["detail"]) for r in rows)

    def add_audit(self, actor: str, what: str, detail: str, *, at: datetime) -> None:
        """Append one line of who did what."""
        self._insert("audit", {"at": at.astimezone(UTC).isoformat(), "actor": actor, "what": what, "detail": detail})

    # -- what a person's word on two rows changes ---------------------------------------------------------

    def rematch(self) -> None:
        """Compute every match again from the roster and the listings kept."""
        self._db.execute("DELETE FROM match")
        listings = self.listings()
        if not listings:
            return
        # Heavy, and not needed unless matches are computed.
        from listingguard.domain.matching.matcher import Matcher, kept_matches

        roster = self.practitioners()
        matcher, people = Matcher(roster), {p.id: p for p in roster}
        for listing, _ in listings:
            self.put_matches(listing.key, kept_matches(matcher, people, listing))

    def say_same(self, kept: str, other: str, *, same: bool, day: date, at: datetime, actor: str) -> None:
        """Append a person's word that two rows are one person, or two; no other row changes, what is computed does."""
        ids = {*self.identifiers(kept), *self.identifiers(other)}
        self._insert(
            "same_person",
            {
                "kept": kept, "other": other, "same": int(same), "day": day.isoformat(),
                "at": at.astimezone(UTC).isoformat(), "actor": actor,
            },
        )  # fmt: skip
        for row in self._rows("SELECT id, practitioner FROM case_now"):
            if row["practitioner"] in ids:
                self._refresh_case(row["id"], self.facts(row["id"]))
        self.rematch()

    # -- the file itself ---------------------------------------------------------------------------------------

    def drop_caches(self) -> None:
        """Empty every table that can be computed again, and compute the cases."""
        for table in CACHES:
            self._db.execute(f'DELETE FROM "{table}"')  # noqa: S608
        for stream in self.streams():
            if stream != HOME_STREAM:
                self._refresh_case(stream, self.facts(stream))

    def caches(self) -> dict[str, list[dict[str, Any]]]:
        """Return the whole content of the caches, sorted, to compare before and after a rebuild."""
        return {t: sorted(self._rows(f'SELECT * FROM "{t}"'), key=str) for t in CACHES}  # noqa: S608

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the file: schema, integrity, foreign keys, chains; empty when all is well."""
        try:
            problems = [f"Migration en attente : {m.name}." for m in migrations.pending(self._db)]
            if problems:
                return tuple(problems)
            result = self._rows("PRAGMA integrity_check")
            if result != [{"integrity_check": "ok"}]:
                problems.append(f"La base est abîmée : {result[0]['integrity_check']}.")
            if self._rows("PRAGMA foreign_key_check"):
                problems.append("La base contient des renvois vers des lignes absentes.")
            return (*problems, *self.broken_links())
        except sqlite3.DatabaseError as error:
            return (str(explained(error, self.path)),)


def sqlite_version() -> tuple[str, bool]:
    """Return the SQLite version in use, and True when it has the WAL-reset defect (3.7.0 to 3.51.2, backports aside)."""
    version = tuple(int(n) for n in sqlite3.sqlite_version.split("."))
    fixed = version >= (3, 51, 3) or (
        version[:2] in {(3, 44), (3, 50)} and version >= {44: (3, 44, 6), 50: (3, 50, 7)}[version[1]]
    )
    return sqlite3.sqlite_version, not fixed


def _capture(row: Mapping[str, Any]) -> CaptureRow:
    try:
        manifest = json.loads(row["manifest"])
    except ValueError:
        raise Damaged(f"La fiche technique (manifest.json) de la capture {row['id'][:12]}… est illisible.") from None
    try:
        day, at = date.fromisoformat(row["day"]), datetime.fromisoformat(row["at"])
    except ValueError:
        raise Damaged(f"Le jour ou l’heure de la capture {row['id'][:12]}… est illisible dans la base.") from None
    return CaptureRow(row["id"], row["site"], row["url"], row["body"], day, at, manifest)


def _written(number: float | None) -> str:
    """Return a number as it is sealed; the log holds whole numbers only."""
    return "" if number is None else f"{number:g}"


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
