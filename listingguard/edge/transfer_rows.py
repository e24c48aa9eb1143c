"""Rows of a case that travels: what leaves with it, and how what came from another home is added. No decision."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import findings_of
from listingguard.domain.event import HOME_STREAM, Event, canonical
from listingguard.domain.record import CaptureRow, CaseRow
from listingguard.edge.driver import sqlite3
from listingguard.edge.log import Log, event_row
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.domain.transfer import Rows

# Table -> what makes a row one; where none is named, the whole row.
_KEYS = {
    "letter": ("id",), "dispatch": ("id",), "reply_token": ("token",), "registered_number": ("dispatch",),
    "service_proof": ("id",), "reply": ("sha256", "case"), "capture_token": ("capture", "sha256"), "authorisation": ("id",),
    "mandate": ("id",), "pack": ("case", "number"),
}  # fmt: skip
# What our own commands may write into a row later: the other home's later word counts, an empty one never.
_LATER = {"dispatch": ("state", "response", "settled_at"), "mandate": ("revoked_on",), "authorisation": ("until",)}
_APART = ("reading", "capture", "capture_listing", "capture_token")


class TransferRows(Log):
    """The rows of one case, whole, in and out.

    Every command opens the store, hardly any moves a case: what a case is made of is loaded by the methods that do.
    """

    # -- out -----------------------------------------------------------------------------------------------------------

    def rows_of_case(self, case: CaseRow, people: Sequence[str], platforms: Iterable[str]) -> dict[str, list[Any]]:
        """Return table -> rows, as `TABLES` says, of one case and its person; nothing of any other.

        people: the identifiers of the person. platforms: the names under which the case's platform is agreed with.
        """
        from listingguard.domain.transfer import TABLES, hashes_in

        facts = self.facts(case.id)
        found = findings_of(facts)
        keys, urls = {str(f["listing"]) for f in found}, {str(f["url"]) for f in found}
        named = {sha for fact in facts for sha in (fact.proof, *hashes_in(dict(fact.data))) if sha}
        captures = self._some("capture", "id IN (SELECT value FROM json_each(?)) OR id IN (SELECT capture FROM"
                              " capture_listing WHERE listing IN (SELECT value FROM json_each(?)))", named, keys)  # fmt: skip
        ids = {row["id"] for row in captures}
        readings = self._rows(
            # Names of columns are ours; values are bound.
            f"SELECT {_columns('reading', 'r.')}, coalesce(s.doubt, '') AS doubt FROM reading r"  # noqa: S608
            " LEFT JOIN scan_run s ON s.id = r.run WHERE r.url IN (SELECT value FROM json_each(?))"
            " OR r.id IN (SELECT value FROM json_each(?)) ORDER BY r.id",
            _json(urls), _json({row["reading"] for row in captures}),
        )  # fmt: skip
        for row in readings:
            # Its run stays here: what was in doubt proves no absence elsewhere either.
            if row.pop("doubt"):
                row["canary"] = 0
        rows = {
            table: self._some(table, '"case" IN (SELECT value FROM json_each(?))', {case.id})
            for table in ("letter", "dispatch", "reply_token", "registered_number", "service_proof", "reply", "pack")
        }
        messages = {row["sha256"] for row in rows["reply"]}
        of_person = "practitioner IN (SELECT value FROM json_each(?))"
        about = f"listing IN (SELECT value FROM json_each(?)) AND {of_person}"  # noqa: S608
        agreed = f"{of_person} AND platform IN (SELECT value FROM json_each(?))"  # noqa: S608
        rows |= {
            "reply_reading": self._some(
                "reply_reading", 'message IN (SELECT value FROM json_each(?)) AND "case" IN (SELECT value FROM json_each(?))',
                messages, {case.id},
            ),
            "judgement": self._some(
                "judgement", about, keys, people
            ),
            "reading": readings,
            "capture": captures,
            "capture_listing": self._some(
                "capture_listing", "listing IN (SELECT value FROM json_each(?)) AND capture IN"
                " (SELECT value FROM json_each(?))", keys, ids,
            ),
            "capture_token": self._some("capture_token", "capture IN (SELECT value FROM json_each(?))", ids),
            "authorisation": self._some(
                "authorisation", agreed, people, platforms
            ),
            "mandate": self._some("mandate", of_person, people),
        }  # fmt: skip
        return {table: rows[table] for table in TABLES}

    def about_others(self, case: CaseRow, people: Sequence[str]) -> frozenset[str]:
        """Return the SHA-256 of the documents that facts about other people name."""
        rows = self._rows(
            "WITH us AS (SELECT value AS id FROM json_each(?1)),"
            " theirs AS (SELECT id FROM case_now WHERE practitioner NOT IN (SELECT id FROM us) AND id <> ?2)"
            ' SELECT text AS sha FROM letter WHERE "case" IN (SELECT id FROM theirs)'
            ' UNION SELECT pdf FROM letter WHERE "case" IN (SELECT id FROM theirs)'
            ' UNION SELECT message FROM dispatch WHERE "case" IN (SELECT id FROM theirs)'
            ' UNION SELECT file FROM service_proof WHERE "case" IN (SELECT id FROM theirs)'
            ' UNION SELECT sha256 FROM reply WHERE "case" IN (SELECT id FROM theirs)'
            " UNION SELECT proof FROM case_event WHERE stream IN (SELECT id FROM theirs)"
            " UNION SELECT proof FROM authorisation WHERE practitioner NOT IN (SELECT id FROM us)"
            " UNION SELECT document FROM mandate WHERE practitioner NOT IN (SELECT id FROM us)",
            json.dumps(list(people)), case.id,
        )  # fmt: skip
        return frozenset(row["sha"] for row in rows if row["sha"])

    def shows_others(self, captures: Iterable[str], listings: Iterable[str]) -> int:
        """Return how many of these captures also show listings that are not among these."""
        row = self._row(
            "SELECT count(DISTINCT capture) AS n FROM capture_listing WHERE capture IN (SELECT value FROM json_each(?))"
            " AND listing NOT IN (SELECT value FROM json_each(?))",
            _json(captures), _json(listings),
        )  # fmt: skip
        return int(row["n"]) if row else 0

    def _some(self, table: str, where: str, *values: Iterable[Any]) -> list[dict[str, Any]]:
        # Names of tables and columns are ours; values are bound.
        sql = f'SELECT {_columns(table)} FROM "{table}" WHERE {where} ORDER BY rowid'  # noqa: S608
        return self._rows(sql, *(_json(each) for each in values))

    # -- in ------------------------------------------------------------------------------------------------------------

    def append_events(
        self, case: str, events: Sequence[Event], payloads: Mapping[int, tuple[bytes, Mapping[str, Any]]]
    ) -> None:
        """Append events of another home to a case as they are, after those that are here, and fold it anew.

        The caller has checked that they are the next of one chain. Raises BadInput when they make no case.
        """
        with _of_one_case():
            for event in events:
                salt, payload = payloads[event.seq]
                self._insert("case_event", event_row(event))
                row = {"stream": case, "seq": event.seq, "salt": salt, "data": canonical(payload).decode()}
                self._insert("payload", row)
            self._refresh_case(case, self.facts(case))

    def add_rows_of_case(self, rows: Rows) -> dict[int, int]:
        """Add the rows that are not here yet and return number of a reading in the file -> its number here.

        Captures are the caller's: they are sealed one by one. Raises BadInput where a row here says something else.
        """
        from listingguard.domain.transfer import TABLES

        with _of_one_case():
            of = {row["sha256"]: row["case"] for row in rows["reply"]}
            for table in (each for each in TABLES if each not in _APART):
                for row in rows[table]:
                    # What is read of a message is read in a case; a file holds one case.
                    self._add(table, {**row, "case": of[row["message"]]} if table == "reply_reading" else row)
            return {row["id"]: self._add_reading(row) for row in rows["reading"]}

    def add_tokens_of_case(self, rows: Rows) -> None:
        """Add the time-stamps of captures that are here."""
        with _of_one_case():
            for row in rows["capture_token"]:
                self._add("capture_token", row)

    def _add(self, table: str, row: Mapping[str, Any]) -> None:
        key = _KEYS.get(table, tuple(row))
        where = " AND ".join(f'"{column}" IS ?' for column in key)
        known = self._row(f'SELECT {_columns(table)} FROM "{table}" WHERE {where}', *(row[c] for c in key))  # noqa: S608
        if known is None:
            self._insert(table, row)
            return
        later = {c: row[c] for c in _LATER.get(table, ()) if row[c] != known[c] and row[c] is not None}
        if table != "dispatch":
            later = {c: value for c, value in later.items() if known[c] is None}
        if later:
            marks = ", ".join(f'"{column}" = ?' for column in later)
            self._db.execute(f'UPDATE "{table}" SET {marks} WHERE {where}', [*later.values(), *(row[c] for c in key)])  # noqa: S608
        if any(known[c] != row[c] for c in known if c not in _LATER.get(table, ())):
            raise BadInput(
                f"Ce dossier de données dit autre chose d’une ligne du dossier importé ({table} "
                f"{'/'.join(str(row[c])[:60] for c in key)}) : rien n’est repris."
            )

    def _add_reading(self, row: Mapping[str, Any]) -> int:
        from listingguard.domain.transfer import TABLES

        columns = [c for c in TABLES["reading"] if c != "id"]
        where = " AND ".join(f'"{column}" IS ?' for column in columns)
        known = self._row(f"SELECT id FROM reading WHERE {where}", *(row[c] for c in columns))  # noqa: S608
        if known is None:
            self._insert("reading", {c: row[c] for c in columns})
            known = self._row("SELECT last_insert_rowid() AS id")
        return int(known["id"]) if known else 0

    def came_from(self, case: str) -> tuple[tuple[date, dict[str, Any]], ...]:
        """Return the day and the words of each time this case was taken over from another home, oldest first."""
        from listingguard.domain.transfer import IMPORTED

        rows = self._rows(
            "SELECT e.day, p.data FROM case_event e JOIN payload p ON p.stream = e.stream AND p.seq = e.seq"
            " WHERE e.stream = ? AND e.kind = ? AND substr(e.key, 1, ?) = ? ORDER BY e.seq",
            HOME_STREAM, IMPORTED, len(case) + 1, f"{case}/",
        )  # fmt: skip
        return tuple((date.fromisoformat(r["day"]), json.loads(r["data"])) for r in rows)


def capture_of(row: Mapping[str, Any]) -> CaptureRow:
    """Return a travelling row of a capture as the store takes it; raise BadInput when its sheet is no sheet."""
    try:
        manifest = json.loads(row["manifest"])
        if not isinstance(manifest, dict) or canonical(manifest).decode() != row["manifest"]:
            raise ValueError("not as written")
    except (ValueError, RecursionError):
        raise BadInput(
            f"La fiche technique de la capture {row['id'][:12]}… est illisible : rien n’est repris."
        ) from None
    return CaptureRow(
        row["id"], row["site"], row["url"], row["body"], date.fromisoformat(row["day"]),
        datetime.fromisoformat(row["at"]), manifest,
    )  # fmt: skip


@contextmanager
def _of_one_case() -> Iterator[None]:
    """Turn what rows of another home could do to ours into one sentence; the unit of work takes everything back."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except (sqlite3.Error, KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise BadInput(
            "Le journal ou les lignes de ce fichier ne font pas un dossier que cette version sait lire, ou contredisent "
            f"ce qui est ici ({type(error).__name__}) : rien n’est repris."
        ) from None


def _columns(table: str, prefix: str = "") -> str:
    from listingguard.domain.transfer import TABLES

    return ", ".join(f'{prefix}"{column}"' for column in TABLES[table])


def _json(values: Iterable[Any]) -> str:
    return json.dumps(sorted(set(values), key=str))
