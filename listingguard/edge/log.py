"""The file of one home and its log: units of work, events, the cases folded from them. Rows in, typed values out."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self

from listingguard.domain import case as case_rules
from listingguard.domain.case import EventKind, Fact, Rules, State, Status
from listingguard.domain.event import (
    HOME_STREAM,
    PROGRAM,
    Event,
    broken_links,
    canonical,
    chained,
    payload_hash,
    text_hash,
)
from listingguard.domain.french import PARIS
from listingguard.domain.record import CaseRow
from listingguard.edge import fault
from listingguard.edge.driver import known_migrations, sqlite3
from listingguard.errors import Busy, Damaged, IllegalEvent, ListingguardError, NotFound

_Dues = tuple[str | None, str | None]
"""The law's date and the council's, as they are stored."""

# No delay runs yet, so that no date can be missed; or none that still matters.
_NOT_RUNNING = frozenset({State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED, State.SENT})
_OVER = frozenset({State.ERASED, State.CLOSED})

_PAGES = """
INSERT OR IGNORE INTO case_page ("case", listing, url)
SELECT e.stream, coalesce(f.value ->> 'listing', ''), coalesce(f.value ->> 'url', '')
FROM case_event e JOIN payload p ON p.stream = e.stream AND p.seq = e.seq,
  json_each(
    CASE WHEN json_valid(p.data) THEN coalesce(p.data -> '$.findings', p.data -> '$.data.findings', '[]') ELSE '[]' END
  ) f
WHERE e.kind IN ('detected', 'finding_added', 'correction') AND f.type = 'object'
"""
"""What each case names, or once named: a correction may have taken it back, as only the case's facts say."""


class Log:
    """One open home. Close it, or use it as a context manager."""

    def __init__(
        self, path: Path, rules: Rules, *, migrate: bool = True, complete: Callable[[Self], Rules] | None = None
    ) -> None:
        """Open the file (made when missing) and bring its tables up to date.

        complete: gives the rules with what only the tables tell, whose holidays count for which controller; asked
        before any case is folded. It may raise: then nothing is changed, and the file is closed.

        Raises Damaged when it is not a database, Busy when another process is making or changing its tables.
        """
        self.rules = rules
        self.path = path
        self._depth = 0
        self._calendar_followed = False
        # tx() rules the transactions; autocommit keeps the driver from opening its own.
        self._db = sqlite3.connect(str(path), isolation_level=None, timeout=5.0)
        try:
            for pragma in (
                "busy_timeout=5000",
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "trusted_schema=OFF",
                # Else a row that replaces another would pass by what forbids to delete it.
                "recursive_triggers=ON",
            ):
                self._db.execute(f"PRAGMA {pragma}").fetchall()
            if migrate and self._db.execute("PRAGMA user_version").fetchone()[0] != (known_migrations() or None):
                self._migrate(complete)
            if complete is not None:
                self.rules = complete(self)
        except sqlite3.DatabaseError as error:
            self.close()
            raise explained(error, path) from error
        except BaseException:
            self.close()
            raise

    def _migrate(self, complete: Callable[[Self], Rules] | None) -> None:
        from sqlite_utils import Database

        from listingguard.edge.schema import migrations

        # Its plugins are for its own command line; to look for them reads what every installed package says of itself.
        database = Database(self._db, execute_plugins=False)
        if not migrations.pending(database):
            return
        # In one unit: of two processes that find an empty file, the second waits, then finds nothing to do.
        with self.tx("store.migrate"):
            news = frozenset(m.name for m in migrations.pending(database))
            migrations.apply(database)
            self._db.execute(f"PRAGMA user_version = {known_migrations()}")
            if complete is not None:
                self.rules = complete(self)
            self._migrated(news)

    def _migrated(self, names: frozenset[str]) -> None:
        """Write what new tables need of what was there before them."""
        if names & {"m012_foreseen", "m014_tasks", "m018_case_pages"}:
            for row in self._rows("SELECT id FROM case_now"):
                self._refresh_case(row["id"], self.facts(row["id"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    @contextmanager
    def tx(self, label: str) -> Iterator[None]:
        """Run one unit of work: all of it is committed and synced, or none. Nested units join the outer one.

        Raises Busy when another process writes for more than five seconds, ListingguardError when the disk is full
        or refuses.
        """
        if self._depth:
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            yield
            fault.point(f"{label}.before")
            self._db.execute("COMMIT")
        except BaseException as error:
            # A full disk makes SQLite roll back by itself; to do it again would hide why.
            if self._depth and self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise explained(error, self.path) from error
            raise
        finally:
            self._depth = 0
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
        return tuple(event_of(r) for r in self._rows("SELECT * FROM case_event WHERE stream = ? ORDER BY seq", stream))

    def streams(self) -> tuple[str, ...]:
        """Return every stream that has events."""
        return tuple(r["stream"] for r in self._rows("SELECT DISTINCT stream FROM case_event ORDER BY stream"))

    def payloads(self, stream: str) -> dict[int, tuple[bytes, dict[str, Any]]]:
        """Return number -> (salt, payload) for the payloads still there."""
        rows = self._rows("SELECT seq, salt, data FROM payload WHERE stream = ?", stream)
        return {r["seq"]: (bytes(r["salt"]), json.loads(r["data"])) for r in rows}

    def facts(self, case: str) -> tuple[Fact, ...]:
        """Return the events of a case with their payloads, as the state machine reads them."""
        rows = self._db.execute(
            "SELECT e.seq, e.kind, e.key, e.day, e.actor, e.proof, p.data FROM case_event e"
            " LEFT JOIN payload p ON p.stream = e.stream AND p.seq = e.seq WHERE e.stream = ? ORDER BY e.seq",
            [case],
        ).fetchall()
        return tuple(
            Fact(
                seq,
                EventKind(kind),
                key,
                date.fromisoformat(day),
                actor,
                proof,
                {} if data is None else json.loads(data),
            )
            for seq, kind, key, day, actor, proof, data in rows
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
            previous = event_of(last) if last else None
            facts: tuple[Fact, ...] = ()
            if stream != HOME_STREAM:
                self.follow_calendar(at=at, first=False)
                seq = previous.seq + 1 if previous else 1
                new = Fact(seq, EventKind(kind), key, day, actor, proof, payload)
                facts = (*self.facts(stream), new)
                reason = case_rules.why_not(facts[:-1], new, self.rules)
                if reason:
                    possible = case_rules.instead(facts[:-1], new, self.rules)
                    raise IllegalEvent(reason, [f"{k.value} : {k.label}" for k in possible or ()])
            salt, text = secrets.token_bytes(16), canonical(payload)
            event = chained(
                previous,
                stream=stream,
                kind=str(kind),
                key=key,
                day=day,
                at=at,
                actor=actor,
                proof=proof,
                payload_hash=text_hash(salt, text),
                actor_salt=secrets.token_hex(16),
            )
            self._insert("case_event", event_row(event))
            self._insert("payload", {"stream": stream, "seq": event.seq, "salt": salt, "data": text.decode()})
            if stream != HOME_STREAM:
                self._refresh_case(stream, facts)
                self._note_moved(stream, facts, at=at)
        return True

    def _note_moved(self, case_id: str, facts: Sequence[Fact], *, at: datetime) -> None:
        """Keep the dates of a running delay that the last fact moved, with the fact that did, in the case's own log."""
        new, day = facts[-1], max(f.day for f in facts)
        if len(facts) == 1 or new.kind is EventKind.DUE_CHANGED:
            return
        before = case_rules.status(facts[:-1], day, self.rules)
        if before.clock is None or before.base in _NOT_RUNNING:
            return
        after = case_rules.status(facts, day, self.rules)
        if after.base in _OVER:
            return
        was, now = _dues(before), _dues(after)
        if was != now:
            self._add_due_change(case_id, was, now, why=new.kind.label, key=str(new.seq), at=at)

    def _add_due_change(self, case_id: str, was: _Dues, now: _Dues, *, why: str, key: str, at: datetime) -> None:
        data = {"legal": [was[0], now[0]], "council": [was[1], now[1]], "reason": why}
        day = at.astimezone(PARIS).date()
        self.add_event(case_id, EventKind.DUE_CHANGED, key=key, day=day, at=at, actor=PROGRAM, data=data)

    def follow_calendar(self, *, at: datetime, first: bool = True) -> bool:
        """Compute the cases again where public holidays, or the gate, are no longer those of the last time; return True then.

        Each date that moves is kept in the log of its case. first: note the calendar of a home that has none noted yet.
        """
        if self._calendar_followed:
            return False
        mine = _fingerprint(self.rules)
        with self.tx("calendar.follow"):
            last = self._row(
                "SELECT p.data FROM case_event e JOIN payload p ON p.stream = e.stream AND p.seq = e.seq"
                " WHERE e.stream = ? AND e.kind = 'calendar' ORDER BY e.seq DESC LIMIT 1",
                HOME_STREAM,
            )
            known = json.loads(last["data"])["holidays"] if last else None
            if known == mine or (known is None and not first):
                return False
            self._calendar_followed = True
            # Where none was noted, nobody knows with which one the cases were counted.
            self.log("calendar", day=at.astimezone(PARIS).date(), at=at, actor=PROGRAM, data={"holidays": mine})
            for row in self._rows(
                "SELECT id, legal_due, council_due, state, moves FROM case_now WHERE legal_due <> ''"
            ):
                facts = self.facts(row["id"])
                new = self._refresh_case(row["id"], facts)
                was, now = (row["legal_due"], row["council_due"]), (new["legal_due"], new["council_due"])
                if was != now and not row["moves"] and State(row["state"]) not in _NOT_RUNNING | _OVER:
                    why, key = "le calendrier des jours fériés a changé", f"calendar/{mine[:16]}/{len(facts)}"
                    self._add_due_change(row["id"], was, now, why=why, key=key, at=at)
        return True

    def broken_links(self) -> tuple[str, ...]:
        """Return one French sentence per event or payload that no longer verifies; empty: intact.

        A payload may be missing only where a purge event of the home's stream names it.
        """
        # A damaged byte may leave text that is no longer UTF-8: it is read all the same, so that its line is named.
        connection = self._db
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
                event = event_of(row)
            except ValueError:
                yield f"Journal {stream} : l’événement n° {row['seq']} est illisible."
                continue
            # The hash covers the moment, not its spelling.
            if event_row(event) != row:
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
            case_id = self._next_case(f"{code}-{at.astimezone(PARIS).year}-")
            payload = {"practitioner": practitioner, "controller": controller, "platform": platform, **data}
            if row is not None:
                payload["continues"] = row.id
            self.add_event(case_id, EventKind.DETECTED, key=case_id, day=day, at=at, actor=actor, data=payload)
        return case_id

    def _next_case(self, prefix: str) -> str:
        """Return the number after the last one that begins so; a number is given once, whatever the caches have lost."""
        # Those of a year stand together: `.` comes right after the hyphen that ends their beginning.
        last = self._row(
            "SELECT max(CAST(substr(id, ?) AS INTEGER)) AS n FROM case_now WHERE id >= ? AND id < ?",
            len(prefix) + 1, prefix, f"{prefix[:-1]}.",
        )  # fmt: skip
        number = ((last or {}).get("n") or 0) + 1
        while self._row("SELECT 1 FROM case_event WHERE stream = ? LIMIT 1", f"{prefix}{number:04d}"):
            number += 1
        return f"{prefix}{number:04d}"

    def case(self, case_id: str) -> CaseRow:
        """Return a case; raise NotFound."""
        row = self._row("SELECT id, practitioner, controller, platform FROM case_now WHERE id = ?", case_id)
        if row is None:
            raise NotFound(f"Aucun dossier ne porte le numéro « {case_id} ». La liste : listingguard case list.")
        return CaseRow(**row)

    def cases(self, *, practitioner: str | None = None, controller: str | None = None) -> tuple[CaseRow, ...]:
        """Return the cases, by number; only those of a practitioner and/or a controller when named."""
        asked = {
            "practitioner": None if practitioner is None else self.survivor(practitioner),
            "controller": controller,
        }
        named = {column: value for column, value in asked.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in named) or "1"
        rows = self._rows(
            f"SELECT id, practitioner, controller, platform FROM case_now WHERE {where} ORDER BY id",  # noqa: S608
            *named.values(),
        )
        return tuple(CaseRow(**r) for r in rows)

    def begun(self) -> bool:
        """Return True once a case was opened."""
        return self._row("SELECT 1 FROM case_now LIMIT 1") is not None

    def status(self, case_id: str, today: date) -> Status:
        """Return where a case stands on a day."""
        return case_rules.status(self.facts(case_id), today, self.rules)

    def _refresh_case(self, case_id: str, facts: Sequence[Fact]) -> dict[str, Any]:
        # It knows what people do next: a list of cases only reads what it wrote.
        from listingguard.domain.foresight import foreseen

        first = facts[0].data
        # The row does not depend on a day: it holds the state before the clock is read, and the dates themselves.
        ahead = foreseen(case_id, facts, self.rules)
        now = ahead.now
        row = {
            "id": case_id,
            "practitioner": self.survivor(str(first.get("practitioner", ""))),
            "controller": first.get("controller", ""),
            "platform": first.get("platform", ""),
            "state": now.base.value,
            "opened_on": facts[0].day.isoformat(),
            "legal_due": now.clock.legal.due.isoformat() if now.clock else None,
            "council_due": now.clock.council.due.isoformat() if now.clock else None,
            "last_day": ahead.last.isoformat(),
            "silent_from": iso(ahead.silent_from),
            "ready_from": iso(ahead.ready_from),
            "moves": int(ahead.moves),
            "outcome": now.outcome.value,
            "receipt": now.clock.receipt.isoformat() if now.clock else None,
            "basis": now.clock.basis.value if now.clock else None,
            "held": json.dumps(now.held, ensure_ascii=False),
        }
        self._insert("case_now", row, replacing=True)
        self._db.execute('DELETE FROM case_wake WHERE "case" = ?', [case_id])
        for wake in ahead.wakes:
            line = {"case": case_id, "kind": wake.kind, "due": wake.due.isoformat(), "day": wake.day.isoformat()}
            self._insert("case_wake", line)
        self._db.execute('DELETE FROM case_task WHERE "case" = ?', [case_id])
        for task in ahead.tasks:
            self._insert("case_task", {"case": case_id, **plain(task)})
        self._db.execute('DELETE FROM case_page WHERE "case" = ?', [case_id])
        self._db.execute(f"{_PAGES} AND e.stream = ?", [case_id])
        return row

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

    def survivor(self, identifier: str) -> str:
        """Return the identifier under which a person is found: their own, or that of the row theirs was merged into."""
        return self.merged().get(identifier, identifier)

    def identifiers(self, identifier: str) -> tuple[str, ...]:
        """Return every identifier of one person, the one they are found under first."""
        merged = self.merged()
        kept = merged.get(identifier, identifier)
        return (kept, *sorted(other for other, into in merged.items() if into == kept))


def _dues(now: Status) -> _Dues:
    return (now.clock.legal.due.isoformat(), now.clock.council.due.isoformat()) if now.clock else (None, None)


def _fingerprint(rules: Rules) -> str:
    """Return the SHA-256 of all that the home decides of its cases' dates: every public holiday, and the gate."""
    places = {slug: [place.abroad, *map(str, sorted(place.holidays))] for slug, place in sorted(rules.places.items())}
    said = {"home": [str(day) for day in sorted(rules.holidays)], "places": places, "gate": rules.gate.value}
    return hashlib.sha256(canonical(said)).hexdigest()


def explained(error: Exception, path: Path) -> ListingguardError:
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


def event_of(row: Mapping[str, Any]) -> Event:
    """Return a row of the log as an event."""
    return Event(**{**row, "day": date.fromisoformat(row["day"]), "at": datetime.fromisoformat(row["at"])})


def event_row(event: Event) -> dict[str, object]:
    """Return an event as a row of the log."""
    return {**plain(event), "at": event.at.astimezone(UTC).isoformat()}


def plain(row: Any) -> dict[str, object]:
    """Return a frozen row as its columns, dates as ISO 8601."""
    names = row.__dataclass_fields__
    return {n: v.isoformat() if isinstance(v := getattr(row, n), date) else v for n in names}


def iso(day: date | None) -> str | None:
    """Return a day as it is stored."""
    return day.isoformat() if day else None


def day_of(text: str | None) -> date | None:
    """Return a stored day."""
    return date.fromisoformat(text) if text else None
