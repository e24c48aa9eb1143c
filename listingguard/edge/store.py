"""The store of one home: one SQLite file, opened here only. Rows in, typed values out; no decision is taken here.

Facts are appended; `schema.CACHES` are computed from them. One unit of work is one `tx()`: BEGIN IMMEDIATE, commit or
nothing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlite_utils import Database
from sqlite_utils.db import sqlite3  # type: ignore[attr-defined]  # the driver it chose: pysqlite3 where installed

from listingguard.domain import case as case_rules
from listingguard.domain import seal
from listingguard.domain.capture import TokenRow, TokenStatus
from listingguard.domain.case import EventKind, Fact, Rules, Status
from listingguard.domain.event import Event, broken_links, canonical, chained, payload_hash
from listingguard.domain.finding import Opinion, Word, standing
from listingguard.domain.listing import Listing, Outcome
from listingguard.domain.matching import Decision, Match, Matcher, Reason, Sufficiency, fields_hash, kept_matches
from listingguard.domain.names import fold, tokens
from listingguard.domain.permission import Standing
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, Mandate, Practice, Practitioner, Watch
from listingguard.domain.record import (
    UNFINISHED,
    CaptureRow,
    CaseRow,
    DispatchRow,
    DispatchState,
    Errand,
    LetterRow,
    PackRow,
    PageMemory,
    ReadingRow,
    ReplyRow,
    ReportedUrl,
    RobotsRow,
    RunRow,
    SiteCheck,
    SiteDecision,
)
from listingguard.domain.roster import Change, ChangeKind, combined
from listingguard.edge import fault
from listingguard.edge.schema import CACHES, migrations
from listingguard.errors import Busy, Damaged, IllegalEvent, ListingguardError, NotFound

PARIS = ZoneInfo("Europe/Paris")

HOME_STREAM = "home"
"""The chain of what happened to the home itself: imports, agreements, mandates, verified sites."""

# Seconds: no rest of a site is ever asked for longer.
_LONGEST_REST = 7 * 86_400.0

_PRACTITIONER = TypeAdapter(Practitioner)
_PRACTICE = TypeAdapter(Practice)
_LISTING = TypeAdapter(Listing)


class Store:
    """One open home. Close it, or use it as a context manager."""

    def __init__(self, path: Path, rules: Rules, *, migrate: bool = True) -> None:
        """Open the file (made when missing) and bring its tables up to date.

        Raises Damaged when it is not a database, Busy when another process is making or changing its tables.
        """
        self.rules = rules
        self.path = path
        self._depth = 0
        # tx() rules the transactions; autocommit keeps the driver from opening its own.
        self._db = Database(sqlite3.connect(str(path), isolation_level=None, timeout=5.0))
        try:
            for pragma in (
                "busy_timeout=5000",
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "trusted_schema=OFF",
            ):
                self._db.execute(f"PRAGMA {pragma}").fetchall()
            if migrate and migrations.pending(self._db):
                # In one unit: of two processes that find an empty file, the second waits, then finds nothing to do.
                with self.tx("store.migrate"):
                    unsealed = any(m.name == "m006_evidence_sealed" for m in migrations.pending(self._db))
                    migrations.apply(self._db)
                    if unsealed:
                        self._seal_all()
        except sqlite3.DatabaseError as error:
            self.close()
            raise _explained(error, path) from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._db.conn.close()

    @contextmanager
    def tx(self, label: str, *, synced: bool = True) -> Iterator[None]:
        """Run one unit of work: all of it is committed and synced, or none. Nested units join the outer one.

        synced: False for what a power cut may take back, though no other crash does: the next synced unit keeps it.
        Raises Busy when another process writes for more than five seconds, ListingguardError when the disk is full
        or refuses.
        """
        if self._depth:
            yield
            return
        try:
            if not synced:
                self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            yield
            fault.point(f"{label}.before")
            self._db.execute("COMMIT")
        except BaseException as error:
            # A full disk makes SQLite roll back by itself; to do it again would hide why.
            if self._depth and self._db.conn.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise _explained(error, self.path) from error
            raise
        finally:
            self._depth = 0
            if not synced:
                self._db.execute("PRAGMA synchronous=FULL")
        fault.point(f"{label}.after")

    def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        cursor = self._db.execute(sql, values)
        names = [c[0] for c in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _row(self, sql: str, *values: object) -> dict[str, Any] | None:
        rows = self._rows(sql, *values)
        return rows[0] if rows else None

    def _insert(self, table: str, row: Mapping[str, object], *, replacing: bool = False) -> None:
        columns = ", ".join(f'"{c}"' for c in row)
        marks = ", ".join("?" for _ in row)
        verb = "INSERT OR REPLACE" if replacing else "INSERT"
        # Table and column names are ours; values are always bound.
        self._db.execute(f'{verb} INTO "{table}" ({columns}) VALUES ({marks})', list(row.values()))

    # -- events ------------------------------------------------------------------------------------------------

    def events(self, stream: str) -> tuple[Event, ...]:
        """Return the events of a stream in the order they were recorded."""
        return tuple(_event(r) for r in self._rows("SELECT * FROM case_event WHERE stream = ? ORDER BY seq", stream))

    def streams(self) -> tuple[str, ...]:
        """Return every stream that has events."""
        return tuple(r["stream"] for r in self._rows("SELECT DISTINCT stream FROM case_event ORDER BY stream"))

    def payloads(self, stream: str) -> dict[int, tuple[bytes, dict[str, Any]]]:
        """Return number -> (salt, payload) for the payloads still there."""
        rows = self._rows("SELECT seq, salt, data FROM payload WHERE stream = ?", stream)
        return {r["seq"]: (bytes(r["salt"]), json.loads(r["data"])) for r in rows}

    def facts(self, case: str) -> tuple[Fact, ...]:
        """Return the events of a case with their payloads, as the state machine reads them."""
        payloads = self.payloads(case)
        return tuple(
            Fact(e.seq, EventKind(e.kind), e.key, e.day, e.actor, e.proof, payloads.get(e.seq, (b"", {}))[1])
            for e in self.events(case)
        )

    def log(self, kind: str, *, day: date, at: datetime, actor: str, data: Mapping[str, object], key: str = "") -> None:
        """Append one event to the home's chain; without a natural key (a setting made again) the moment is the key."""
        own = key or f"{at.isoformat()}/{secrets.token_hex(4)}"
        self.add_event(HOME_STREAM, kind, key=own, day=day, at=at, actor=actor, data=data)

    def add_event(
        self,
        stream: str,
        kind: str,
        *,
        key: str,
        day: date,
        at: datetime,
        actor: str,
        proof: str = "",
        data: Mapping[str, object] | None = None,
    ) -> bool:
        """Append one event; return False if it is already there.

        (stream, kind, key) is unique, so what is repeated or caught up after an outage adds nothing twice. In a
        case, the state machine decides: IllegalEvent says what is possible. Times are stored as UTC ISO 8601.
        """
        payload = dict(data or {})
        with self.tx(f"event.{kind}"):
            if self._row("SELECT 1 FROM case_event WHERE stream = ? AND kind = ? AND key = ?", stream, kind, key):
                return False
            last = self._row("SELECT * FROM case_event WHERE stream = ? ORDER BY seq DESC LIMIT 1", stream)
            previous = _event(last) if last else None
            if stream != HOME_STREAM:
                seq = previous.seq + 1 if previous else 1
                new = Fact(seq, EventKind(kind), key, day, actor, proof, payload)
                reason = case_rules.why_not(self.facts(stream), new, self.rules)
                if reason:
                    raise IllegalEvent(reason)
            salt = secrets.token_bytes(16)
            event = chained(
                previous,
                stream=stream,
                kind=str(kind),
                key=key,
                day=day,
                at=at,
                actor=actor,
                proof=proof,
                payload_hash=payload_hash(salt, payload),
            )
            self._insert("case_event", _event_row(event))
            self._insert(
                "payload", {"stream": stream, "seq": event.seq, "salt": salt, "data": canonical(payload).decode()}
            )
            if stream != HOME_STREAM:
                self._refresh_case(stream)
        return True

    def broken_links(self) -> tuple[str, ...]:
        """Return one French sentence per event or payload that no longer verifies; empty: intact.

        A payload may be missing only where a purge event of the home's stream names it.
        """
        # A damaged byte may leave text that is no longer UTF-8: it is read all the same, so that its line is named.
        connection = self._db.conn
        strict, connection.text_factory = connection.text_factory, lambda raw: raw.decode("utf-8", "replace")
        try:
            purged = {
                r["key"] for r in self._rows("SELECT key FROM case_event WHERE stream = 'home' AND kind = 'purged'")
            }
            streams = self._rows("SELECT stream FROM case_event UNION SELECT stream FROM payload ORDER BY 1")
            return tuple(problem for r in streams for problem in self._broken_stream(r["stream"], purged))
        finally:
            connection.text_factory = strict

    def _broken_stream(self, stream: str, purged: set[str]) -> Iterator[str]:
        rows = self._rows("SELECT * FROM case_event WHERE stream = ? ORDER BY seq", stream)
        payloads = {r["seq"]: r for r in self._rows("SELECT seq, salt, data FROM payload WHERE stream = ?", stream)}
        events = []
        for row in rows:
            kept = payloads.pop(row["seq"], None)
            if kept is None and f"{stream}/{row['seq']}" not in purged:
                yield f"Journal {stream} : le contenu de l’événement n° {row['seq']} manque."
            elif kept is not None and not _goes_with(kept, row["payload_hash"]):
                yield f"Journal {stream} : le contenu de l’événement n° {row['seq']} a été altéré."
            try:
                event = _event(row)
            except ValueError:
                yield f"Journal {stream} : l’événement n° {row['seq']} est illisible."
                continue
            # The hash covers the moment, not its spelling.
            if _event_row(event) != row:
                yield f"Journal {stream} : l’événement n° {row['seq']} n’est plus écrit comme il l’était."
            events.append(event)
        yield from broken_links(events)
        for seq in payloads:
            yield f"Journal {stream} : un contenu sans événement (n° {seq})."

    # -- cases -------------------------------------------------------------------------------------------------

    def open_case(
        self, code: str, row: CaseRow | None, *, practitioner: str, controller: str, platform: str, day: date,
        at: datetime, actor: str, data: Mapping[str, object],
    ) -> str:  # fmt: skip
        """Open a case in DETECTED and return its number, `CODE-YEAR-NNNN`; `row` is the case it continues, if any."""
        with self.tx("case.open"):
            prefix = f"{code}-{at.astimezone(PARIS).year}-"
            last = self._row(
                "SELECT max(CAST(substr(stream, ?) AS INTEGER)) AS n FROM case_event WHERE stream LIKE ?",
                len(prefix) + 1,
                prefix + "%",
            )
            case_id = f"{prefix}{((last or {}).get('n') or 0) + 1:04d}"
            payload = {"practitioner": practitioner, "controller": controller, "platform": platform, **data}
            if row is not None:
                payload["continues"] = row.id
            self.add_event(case_id, EventKind.DETECTED, key=case_id, day=day, at=at, actor=actor, data=payload)
        return case_id

    def case(self, case_id: str) -> CaseRow:
        """Return a case; raise NotFound."""
        row = self._row("SELECT id, practitioner, controller, platform FROM case_now WHERE id = ?", case_id)
        if row is None:
            raise NotFound(f"Aucun dossier ne porte le numéro « {case_id} ». La liste : listingguard case list.")
        return CaseRow(**row)

    def cases(self, *, practitioner: str | None = None, controller: str | None = None) -> tuple[CaseRow, ...]:
        """Return the cases, by number; only those of a practitioner and/or a controller when named."""
        rows = self._rows("SELECT id, practitioner, controller, platform FROM case_now ORDER BY id")
        practitioner = None if practitioner is None else self.survivor(practitioner)
        return tuple(
            CaseRow(**r)
            for r in rows
            if practitioner in (None, r["practitioner"]) and controller in (None, r["controller"])
        )

    def status(self, case_id: str, today: date) -> Status:
        """Return where a case stands on a day."""
        return case_rules.status(self.facts(case_id), today, self.rules)

    def _refresh_case(self, case_id: str) -> None:
        facts = self.facts(case_id)
        first = facts[0].data
        # The row does not depend on a day: it holds the state before the clock is read, and the dates themselves.
        now = case_rules.status(facts, max(f.day for f in facts), self.rules)
        row = {
            "id": case_id,
            "practitioner": self.survivor(str(first.get("practitioner", ""))),
            "controller": first.get("controller", ""),
            "platform": first.get("platform", ""),
            "state": now.base.value,
            "opened_on": facts[0].day.isoformat(),
            "legal_due": now.clock.legal.due.isoformat() if now.clock else None,
            "council_due": now.clock.council.due.isoformat() if now.clock else None,
        }
        self._insert("case_now", row, replacing=True)

    # -- roster ------------------------------------------------------------------------------------------------

    def put_practitioner(self, person: Practitioner, *, source: str, day: date, at: datetime) -> str:
        """Store one person and return `added`, `changed` or `same`.

        A practice that the new version no longer names is kept, ended the day before.
        """
        data = _PRACTITIONER.dump_json(person).decode()
        known = self._row("SELECT version, data FROM practitioner WHERE id = ?", person.id)
        # Compared as people: an older version of the program wrote fewer fields.
        if known and (known["data"] == data or _PRACTITIONER.validate_json(known["data"]) == person):
            return "same"
        version = known["version"] + 1 if known else 1
        stamp = at.astimezone(UTC).isoformat()
        row = {"id": person.id, "version": version, "data": data, "source": source, "at": stamp}
        if known:
            self._db.execute(
                "UPDATE practitioner SET version = ?, data = ?, source = ?, at = ? WHERE id = ?",
                [version, data, source, stamp, person.id],
            )
        else:
            self._insert("practitioner", row)
        self._insert("practitioner_version", row)
        named = {address_hash(p): p for p in person.practices}
        for old in self._rows("SELECT address_hash, data FROM practice WHERE practitioner = ?", person.id):
            practice = _PRACTICE.validate_json(old["data"])
            if old["address_hash"] not in named and practice.until is None:
                last_day = max(day - timedelta(days=1), practice.since or date.min)
                ended = _PRACTICE.dump_python(practice, mode="json") | {"until": last_day.isoformat()}
                self._put_practice(person.id, old["address_hash"], json.dumps(ended, ensure_ascii=False))
        for hashed, practice in named.items():
            self._put_practice(person.id, hashed, _PRACTICE.dump_json(practice).decode())
        return "changed" if known else "added"

    def _put_practice(self, practitioner: str, hashed: str, data: str) -> None:
        row = {"practitioner": practitioner, "address_hash": hashed, "data": data}
        self._insert("practice", row, replacing=True)

    def practitioners(self) -> tuple[Practitioner, ...]:
        """Return the whole roster, by identifier; the rows that a person said are one person, as one."""
        people = (
            _PRACTITIONER.validate_json(r["data"]) for r in self._rows("SELECT data FROM practitioner ORDER BY id")
        )
        merged = self.merged()
        if not merged:
            return tuple(people)
        found = {p.id: p for p in people}
        groups: dict[str, list[Practitioner]] = {}
        for other in sorted(merged):
            groups.setdefault(merged[other], []).append(found.pop(other))
        return tuple(combined(p, groups[p.id]) if p.id in groups else p for p in found.values())

    def practitioner(self, identifier: str) -> Practitioner:
        """Return one person by RPPS number, local identifier, or one of a row merged into theirs; raise NotFound."""
        rows = [row for each in self.identifiers(identifier) if (row := self.version(each)) is not None]
        if not rows:
            raise NotFound(f"Personne dans le tableau ne porte l’identifiant « {identifier} ».")
        return combined(rows[0], rows[1:])

    def version(self, identifier: str) -> Practitioner | None:
        """Return one row of the roster as it was last stored, whatever it was merged with; None when there is none."""
        row = self._row("SELECT data FROM practitioner WHERE id = ?", identifier)
        return _PRACTITIONER.validate_json(row["data"]) if row else None

    def practices(self, identifier: str) -> dict[str, Practice]:
        """Return hash -> practice of one person, past ones included."""
        found: dict[str, Practice] = {}
        for each in self.identifiers(identifier):
            rows = self._rows(
                "SELECT address_hash, data FROM practice WHERE practitioner = ? ORDER BY address_hash", each
            )
            for r in rows:
                practice = _PRACTICE.validate_json(r["data"])
                known = found.get(r["address_hash"])
                if known is None or (known.until is not None and practice.until is None):
                    found[r["address_hash"]] = practice
        return found

    def merged(self) -> dict[str, str]:
        """Return identifier -> the one it is found under, for each row that a person said is another's."""
        said = {
            frozenset((r["kept"], r["other"])): r
            for r in self._rows("SELECT kept, other, same FROM same_person ORDER BY id")
        }
        into = {r["other"]: r["kept"] for r in said.values() if r["same"]}
        for other, kept in into.items():
            root = kept
            while root in into:
                root = into[root]
            into[other] = root
        return into

    def told_apart(self) -> frozenset[frozenset[str]]:
        """Return the pairs of identifiers of which a person said last that they are two people."""
        rows = self._rows("SELECT kept, other, same FROM same_person ORDER BY id")
        said = {frozenset((r["kept"], r["other"])): r["same"] for r in rows}
        return frozenset(pair for pair, same in said.items() if not same)

    def survivor(self, identifier: str) -> str:
        """Return the identifier under which a person is found: their own, or that of the row theirs was merged into."""
        return self.merged().get(identifier, identifier)

    def identifiers(self, identifier: str) -> tuple[str, ...]:
        """Return every identifier of one person, the one they are found under first."""
        merged = self.merged()
        kept = merged.get(identifier, identifier)
        return (kept, *sorted(other for other, into in merged.items() if into == kept))

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
                self._refresh_case(row["id"])
        self.rematch()

    # -- what imports found ------------------------------------------------------------------------------------

    def add_roster_import(self, source: str, scope: str, *, day: date, at: datetime, actor: str) -> int:
        """Append one import and return its number. scope: what the file covers in full; empty for a part."""
        row = {"source": source, "scope": scope, "day": day.isoformat(), "at": at.astimezone(UTC).isoformat()}
        self._insert("roster_import", {**row, "actor": actor})
        return int(self._rows("SELECT max(id) AS id FROM roster_import")[0]["id"])

    def put_roster_member(self, scope: str, practitioner: str, number: int) -> None:
        """Write that an import that covers a scope in full named someone."""
        row = {"scope": scope, "practitioner": practitioner, "import": number}
        self._insert("roster_member", row, replacing=True)

    def roster_members(self, scope: str) -> frozenset[str]:
        """Return whom the last import of a scope named; empty where there was none."""
        rows = self._rows(
            "SELECT practitioner FROM roster_member WHERE scope = ?"
            " AND import = (SELECT max(id) FROM roster_import WHERE scope = ?)",
            scope, scope,
        )  # fmt: skip
        return frozenset(r["practitioner"] for r in rows)

    def named_elsewhere(self, practitioner: str, scope: str) -> bool:
        """Return whether the last import of another scope names someone."""
        row = self._row(
            "SELECT 1 FROM roster_member AS m WHERE practitioner = ? AND scope <> ?"
            " AND import = (SELECT max(id) FROM roster_import AS i WHERE i.scope = m.scope)",
            practitioner, scope,
        )  # fmt: skip
        return row is not None

    def add_roster_change(self, number: int, change: Change) -> None:
        """Append one thing that an import found."""
        self._insert(
            "roster_change",
            {
                "import": number, "practitioner": change.practitioner, "kind": change.kind.value,
                "before": change.before, "after": change.after, "day": change.day.isoformat(),
            },
        )  # fmt: skip

    def roster_changes(self, since: date | None = None) -> tuple[Change, ...]:
        """Return what imports found of people, oldest first; only from a day on when it is given."""
        rows = self._rows(
            "SELECT c.*, i.source FROM roster_change c JOIN roster_import i ON i.id = c.import"
            " WHERE ? IS NULL OR c.day >= ? ORDER BY c.id",
            _iso(since), _iso(since),
        )  # fmt: skip
        return tuple(
            Change(
                ChangeKind(r["kind"]), r["practitioner"], date.fromisoformat(r["day"]), r["before"], r["after"],
                r["source"],
            )
            for r in rows
        )  # fmt: skip

    def remember_titles(self, headers: str, fields: Mapping[str, str], *, at: datetime, actor: str) -> None:
        """Keep what a person said the titles of a table mean, for the next table with the same ones."""
        for title, field in fields.items():
            row = {"headers": headers, "title": title, "field": field, "at": at.astimezone(UTC).isoformat()}
            self._insert("roster_title", {**row, "actor": actor}, replacing=True)

    def remembered_titles(self) -> dict[str, dict[str, str]]:
        """Return key of a set of titles -> title -> field."""
        found: dict[str, dict[str, str]] = {}
        for r in self._rows("SELECT headers, title, field FROM roster_title ORDER BY headers, title"):
            found.setdefault(r["headers"], {})[r["title"]] = r["field"]
        return found

    # -- watch, authorisations, mandates -----------------------------------------------------------------------

    def put_watch(self, watch: Watch, *, at: datetime, actor: str) -> None:
        """Store whether we may look for someone."""
        self._insert(
            "watch",
            {
                "practitioner": watch.practitioner,
                "wanted": int(watch.wanted),
                "informed_on": _iso(watch.informed_on),
                "channel": watch.channel,
                "opposed_on": _iso(watch.opposed_on),
                "at": at.astimezone(UTC).isoformat(),
                "actor": actor,
            },
            replacing=True,
        )

    def watches(self) -> dict[str, Watch]:
        """Return practitioner -> watch. Of two rows of one person, what keeps us from looking holds until told anew."""
        merged, rows = self.merged(), self._rows("SELECT * FROM watch ORDER BY practitioner")
        found: dict[str, list[dict[str, Any]]] = {}
        for r in rows:
            found.setdefault(merged.get(r["practitioner"], r["practitioner"]), []).append(r)
        return {who: _watch(who, self._last_said(said)) for who, said in found.items()}

    def _last_said(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        if len(rows) == 1:
            return rows[0]
        latest = max(rows, key=lambda r: str(r["at"]))
        ids = json.dumps([r["practitioner"] for r in rows])
        joined = self._row(
            "SELECT max(at) AS at FROM same_person WHERE kept IN (SELECT value FROM json_each(?))"
            " OR other IN (SELECT value FROM json_each(?))",
            ids, ids,
        )  # fmt: skip
        if joined and joined["at"] and latest["at"] > joined["at"]:
            return latest
        informed = next((r for r in (latest, *rows) if r["informed_on"]), latest)
        opposed = [r["opposed_on"] for r in rows if r["opposed_on"]]
        return {
            **informed,
            "wanted": int(all(r["wanted"] for r in rows)),
            "opposed_on": min(opposed) if opposed else None,
        }

    def watched_since(self) -> dict[str, datetime]:
        """Return practitioner -> when it was last said whether we may look for them, UTC."""
        merged = self.merged()
        return {
            merged.get(r["practitioner"], r["practitioner"]): datetime.fromisoformat(r["at"])
            for r in self._rows("SELECT practitioner, at FROM watch ORDER BY at")
        }

    def leave_alone(self, practitioner: str, host: str, *, since: date, at: datetime, actor: str) -> None:
        """Store that we do not look for someone on one site; said twice, it stays as first said."""
        self._db.execute(
            "INSERT OR IGNORE INTO left_alone (practitioner, host, since, at, actor) VALUES (?, ?, ?, ?, ?)",
            [practitioner, host, since.isoformat(), at.astimezone(UTC).isoformat(), actor],
        )

    def look_again(self, practitioner: str, host: str) -> None:
        """Strike out that someone is left alone on a site."""
        for each in self.identifiers(practitioner):
            self._db.execute("DELETE FROM left_alone WHERE practitioner = ? AND host = ?", [each, host])

    def left_alone(self, host: str | None = None) -> frozenset[tuple[str, str]]:
        """Return (practitioner, host) of everyone whom we do not look for on a site; only one site's when named."""
        rows = self._rows("SELECT practitioner, host FROM left_alone WHERE ? IS NULL OR host = ?", host, host)
        merged = self.merged()
        return frozenset((merged.get(r["practitioner"], r["practitioner"]), r["host"]) for r in rows)

    def put_authorisation(self, row: Authorisation, *, practice: str, at: datetime, actor: str) -> None:
        """Append one row to the ledger; `practice` is the hash of the practice that gave it, or empty."""
        self._insert(
            "authorisation",
            {
                "id": row.id,
                "practitioner": row.practitioner,
                "platform": row.platform,
                "agreement": row.agreement.value,
                "given_by": row.given_by.value,
                "since": row.since.isoformat(),
                "until": _iso(row.until),
                "proof": row.proof,
                "sent_on": _iso(row.sent_on),
                "practice": practice,
                "from_platform": int(row.from_platform),
                "at": at.astimezone(UTC).isoformat(),
                "actor": actor,
            },
        )

    def end_authorisation(self, identifier: str, until: date) -> None:
        """Write the last day of an agreement; raise NotFound. The same agreement entered twice ends with it."""
        row = self._row("SELECT * FROM authorisation WHERE id = ?", identifier)
        if row is None:
            raise NotFound(f"Aucun accord ne porte l’identifiant « {identifier} ».")
        # A command that died before it answered is given again: both rows are one word of one person.
        self._db.execute(
            "UPDATE authorisation SET until = ? WHERE practitioner = ? AND platform = ? AND agreement = ? AND"
            " given_by = ? AND since = ? AND proof = ? AND until IS ?",
            [until.isoformat(), *(row[c] for c in ("practitioner", "platform", "agreement", "given_by", "since",
             "proof", "until"))],
        )  # fmt: skip

    def authorisations(self, practitioner: str | None = None) -> tuple[Authorisation, ...]:
        """Return the ledger, in the order it was written."""
        found, merged = [], self.merged()
        who = None if practitioner is None else merged.get(practitioner, practitioner)
        for r in self._rows("SELECT * FROM authorisation ORDER BY rowid"):
            r["practitioner"] = merged.get(r["practitioner"], r["practitioner"])
            if who not in (None, r["practitioner"]):
                continue
            left = None
            if r["practice"]:
                practice = self.practices(r["practitioner"]).get(r["practice"])
                left = practice.until if practice else None
            found.append(
                Authorisation(
                    r["id"], r["practitioner"], r["platform"], Agreement(r["agreement"]), GivenBy(r["given_by"]),
                    date.fromisoformat(r["since"]), _day(r["until"]), r["proof"], _day(r["sent_on"]), left,
                    bool(r["from_platform"]), self.rules.families.get(r["platform"], frozenset()),
                )
            )  # fmt: skip
        return tuple(found)

    def put_mandate(self, mandate: Mandate, *, at: datetime, actor: str) -> None:
        """Append one signed mandate."""
        self._insert(
            "mandate",
            {
                "id": mandate.id,
                "practitioner": mandate.practitioner,
                "object": mandate.object,
                "powers": json.dumps(mandate.powers, ensure_ascii=False),
                "since": mandate.since.isoformat(),
                "until": mandate.until.isoformat(),
                "document": mandate.document,
                "revoked_on": _iso(mandate.revoked_on),
                "at": at.astimezone(UTC).isoformat(),
                "actor": actor,
            },
        )

    def revoke_mandate(self, identifier: str, day: date) -> str:
        """Write the day of revocation and return the practitioner; raise NotFound.

        The signed document is revoked, so it is wherever it was registered; a day already written stays.
        """
        row = self._row("SELECT practitioner, document FROM mandate WHERE id = ?", identifier)
        if row is None:
            raise NotFound(f"Aucun mandat ne porte l’identifiant « {identifier} ».")
        self._db.execute(
            "UPDATE mandate SET revoked_on = ? WHERE practitioner = ? AND document = ? AND revoked_on IS NULL",
            [day.isoformat(), row["practitioner"], row["document"]],
        )
        return self.survivor(str(row["practitioner"]))

    def mandates(self, practitioner: str | None = None) -> tuple[Mandate, ...]:
        """Return the mandates, in the order they were registered."""
        merged = self.merged()
        who = None if practitioner is None else merged.get(practitioner, practitioner)
        return tuple(
            Mandate(
                r["id"], merged.get(r["practitioner"], r["practitioner"]), r["object"], tuple(json.loads(r["powers"])),
                date.fromisoformat(r["since"]), date.fromisoformat(r["until"]), r["document"], _day(r["revoked_on"]),
            )
            for r in self._rows("SELECT * FROM mandate ORDER BY rowid")
            if who in (None, merged.get(r["practitioner"], r["practitioner"]))
        )  # fmt: skip

    def valid_mandate(self, practitioner: str, day: date) -> Mandate | None:
        """Return a mandate valid that day, the longest; None when there is none."""
        valid = [m for m in self.mandates(practitioner) if m.valid(day)]
        return max(valid, key=lambda m: m.until, default=None)

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
            self._insert("site_decision", {**_plain(row), "at": at.astimezone(UTC).isoformat()})
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
        return _day(row["day"]) if row else None

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
        absence seen in a run that left a doubt.
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
            " AND (r.outcome = 'listings' OR r.cause IN ('unknown', 'moved', 'robots')"
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
        return _day(row["day"]) if row else None

    def put_listed(self, host: str, url: str, day: date) -> None:
        """Keep that a list of the site leads to a page that day."""
        self._insert("listed", {"host": host, "url": url, "day": day.isoformat()}, replacing=True)

    def remember_page(self, host: str, memory: PageMemory) -> None:
        """Keep what a page told instead of what was kept of it before."""
        row = {**_plain(memory), "coverage": json.dumps(dict(memory.coverage)), "leads": json.dumps(memory.leads)}
        self._insert("page_memory", {"host": host, **row}, replacing=True)

    def forget_page(self, host: str, url: str) -> None:
        """Drop what is remembered of a page."""
        self._db.execute("DELETE FROM page_memory WHERE host = ? AND url = ?", [host, url])

    def report_url(self, row: ReportedUrl, *, at: datetime) -> bool:
        """Append a page somebody told us about; return False when it is there already."""
        if self._row("SELECT 1 FROM reported_url WHERE url = ?", row.url):
            return False
        self._insert("reported_url", {**_plain(row), "at": at.astimezone(UTC).isoformat()})
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
                self._insert("robots", {**_plain(row), "at": row.at.astimezone(UTC).isoformat()})
                said = {
                    **_plain(row),
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
            self._insert("capture_token", {**_plain(row), "at": row.at.astimezone(UTC).isoformat()})

    def tokens(self, capture: str | None = None) -> tuple[TokenRow, ...]:
        """Return the time-stamps, in the order they came; only a capture's when it is named."""
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
                "data": _LISTING.dump_json(listing).decode(),
                "capture": capture.id,
                "first_seen": first,
                "last_seen": capture.day.isoformat(),
            },
            replacing=True,
        )

    def listings(self) -> tuple[tuple[Listing, str], ...]:
        """Return every listing kept, with the identifier of its latest capture."""
        rows = self._rows("SELECT data, capture FROM listing ORDER BY key")
        return tuple((_LISTING.validate_json(r["data"]), r["capture"]) for r in rows)

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
        return _LISTING.validate_json(row["data"])

    def put_matches(self, listing: str, matches: Iterable[tuple[Match, str]]) -> None:
        """Replace the matches of a listing by these, each with the hash of the fields compared.

        Of whom objects to being looked for, or is left alone on that site, none is ever kept.
        """
        self._db.execute("DELETE FROM match WHERE listing = ?", [listing])
        alone = {who for who, _ in self.left_alone(listing.partition(":")[0])}
        if self._row("SELECT 1 FROM watch WHERE opposed_on IS NOT NULL LIMIT 1"):
            alone |= {who for who, watch in self.watches().items() if watch.opposed_on is not None}
        for match, fields in matches:
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

    def rematch(self) -> None:
        """Compute every match again from the roster and the listings kept."""
        self._db.execute("DELETE FROM match")
        listings = self.listings()
        if not listings:
            return
        roster = self.practitioners()
        matcher, people = Matcher(roster), {p.id: p for p in roster}
        for listing, _ in listings:
            self.put_matches(listing.key, kept_matches(matcher, people, listing))

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
        listing = _LISTING.validate_json(row["data"])
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

    # -- letters, dispatches, replies, packs -------------------------------------------------------------------

    def add_letter(self, row: LetterRow, *, at: datetime) -> None:
        """Append one approved letter; (case, kind, sequence) is unique."""
        self._insert("letter", {**_plain(row), "at": at.astimezone(UTC).isoformat()})

    def letters(self, case_id: str) -> tuple[LetterRow, ...]:
        """Return the approved letters of a case, in order."""
        rows = self._rows(
            'SELECT id, "case", kind, sequence, template, text, pdf, approved_by, day FROM letter'
            ' WHERE "case" = ? ORDER BY rowid',
            case_id,
        )
        return tuple(LetterRow(**{**r, "day": date.fromisoformat(r["day"])}) for r in rows)

    def add_dispatch(self, row: DispatchRow, *, at: datetime) -> None:
        """Append one row to the outbox; its Message-ID is unique."""
        self._insert("dispatch", {**_plain(row), "at": at.astimezone(UTC).isoformat(), "settled_at": None})

    def set_dispatch(self, identifier: str, state: DispatchState, *, response: str, at: datetime) -> None:
        """Write what became of a dispatch."""
        self._db.execute(
            "UPDATE dispatch SET state = ?, response = ?, settled_at = ? WHERE id = ?",
            [state, response, at.astimezone(UTC).isoformat(), identifier],
        )

    def dispatches(self, case_id: str | None = None, state: DispatchState | None = None) -> tuple[DispatchRow, ...]:
        """Return the outbox, oldest first; only a case's or a state's when named."""
        rows = self._rows(
            'SELECT id, letter, "case", channel, recipient, sender, message_id, message, state, day, response'
            ' FROM dispatch WHERE (? IS NULL OR "case" = ?) AND (? IS NULL OR state = ?) ORDER BY rowid',
            case_id, case_id, state, state,
        )  # fmt: skip
        return tuple(
            DispatchRow(**{**r, "day": date.fromisoformat(r["day"]), "state": DispatchState(r["state"])}) for r in rows
        )

    def add_reply(self, row: ReplyRow, *, at: datetime) -> bool:
        """Append one received message; return False if its bytes are already there."""
        if self._row("SELECT 1 FROM reply WHERE sha256 = ?", row.sha256):
            return False
        self._insert("reply", {**_plain(row), "at": at.astimezone(UTC).isoformat()})
        return True

    def replies(self, case_id: str) -> tuple[ReplyRow, ...]:
        """Return the messages received for a case, oldest first."""
        rows = self._rows(
            'SELECT sha256, "case", route, sender, subject, day FROM reply WHERE "case" = ? ORDER BY day, rowid',
            case_id,
        )
        return tuple(ReplyRow(**{**r, "day": date.fromisoformat(r["day"])}) for r in rows)

    def add_quarantine(self, sha256: str, name: str, reason: str, *, at: datetime) -> None:
        """Keep something that fits no case; the same bytes again change nothing."""
        if not self._row("SELECT 1 FROM quarantine WHERE sha256 = ?", sha256):
            self._insert("quarantine", {"sha256": sha256, "name": name, "reason": reason, "at": at.isoformat()})

    def leave_quarantine(self, sha256: str) -> None:
        """Strike a message off the quarantine: it has found its case."""
        self._db.execute("DELETE FROM quarantine WHERE sha256 = ?", [sha256])

    def quarantined(self) -> tuple[tuple[str, str, str], ...]:
        """Return (SHA-256, name, reason) of everything that waits for a person to say where it belongs."""
        rows = self._rows("SELECT sha256, name, reason FROM quarantine ORDER BY at, rowid")
        return tuple((r["sha256"], r["name"], r["reason"]) for r in rows)

    def add_pack(self, row: PackRow, *, at: datetime, actor: str) -> None:
        """Append one built pack."""
        self._insert("pack", {**_plain(row), "at": at.astimezone(UTC).isoformat(), "actor": actor})

    def packs(self, case_id: str | None = None) -> tuple[PackRow, ...]:
        """Return the packs, oldest first."""
        rows = self._rows(
            'SELECT "case", number, path, sha256, day FROM pack WHERE ? IS NULL OR "case" = ? ORDER BY rowid',
            case_id, case_id,
        )  # fmt: skip
        return tuple(PackRow(**{**r, "day": date.fromisoformat(r["day"])}) for r in rows)

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

    # -- the file itself ---------------------------------------------------------------------------------------

    def drop_caches(self) -> None:
        """Empty every table that can be computed again, and compute the cases."""
        for table in CACHES:
            self._db.execute(f'DELETE FROM "{table}"')  # noqa: S608
        for stream in self.streams():
            if stream != HOME_STREAM:
                self._refresh_case(stream)

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
            return (str(_explained(error, self.path)),)


def sqlite_version() -> tuple[str, bool]:
    """Return the SQLite version in use, and True when it has the WAL-reset defect (3.7.0 to 3.51.2, backports aside)."""
    version = tuple(int(n) for n in sqlite3.sqlite_version.split("."))
    fixed = version >= (3, 51, 3) or (
        version[:2] in {(3, 44), (3, 50)} and version >= {44: (3, 44, 6), 50: (3, 50, 7)}[version[1]]
    )
    return sqlite3.sqlite_version, not fixed


def address_hash(practice: Practice) -> str:
    """Return the key of a practice within a practitioner: a short hash of its address, case and spaces apart."""
    text = "|".join(" ".join(part.casefold().split()) for part in (practice.street, practice.postcode, practice.town))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _explained(error: Exception, path: Path) -> ListingguardError:
    """Return the error as a person can act on it."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return Busy("Un autre listingguard écrit dans ce dossier de données : réessayez dans un instant.")
    if "not a database" in text or "malformed" in text:
        return Damaged(f"« {path} » n’est pas une base intacte : n’y écrivez plus, restaurez une sauvegarde.")
    return ListingguardError(f"« {path} » ne s’écrit pas, rien n’a changé : {text}.")


def _goes_with(payload: Mapping[str, Any], expected: str) -> bool:
    """Return True when the salted payload still has that hash; text that is no longer JSON has none."""
    try:
        return payload_hash(bytes(payload["salt"]), json.loads(payload["data"])) == expected
    except (ValueError, RecursionError):
        return False


def _event(row: Mapping[str, Any]) -> Event:
    return Event(**{**row, "day": date.fromisoformat(row["day"]), "at": datetime.fromisoformat(row["at"])})


def _event_row(event: Event) -> dict[str, object]:
    return {**_plain(event), "at": event.at.astimezone(UTC).isoformat()}


def _plain(row: Any) -> dict[str, object]:
    names = row.__dataclass_fields__
    return {n: v.isoformat() if isinstance(v := getattr(row, n), date) else v for n in names}


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


def _watch(who: str, row: Mapping[str, Any]) -> Watch:
    return Watch(who, bool(row["wanted"]), _day(row["informed_on"]), row["channel"], _day(row["opposed_on"]))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
