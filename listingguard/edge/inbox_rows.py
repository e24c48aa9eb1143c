"""Rows of what came in: replies, what people read in them, the quarantine, the mail boxes they came from. No decision."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, date, datetime

from listingguard.domain.case import EventKind
from listingguard.domain.event import HOME_STREAM
from listingguard.domain.record import HeldRow, ReplyRow, Sort
from listingguard.edge.log import Log, plain

# A person's last word about a message outweighs what its headers said.
_REPLY = (
    'SELECT r.sha256, r."case", r.route, r.sender, r.subject, r.day, coalesce((SELECT w.sort FROM reply_reading w'
    " WHERE w.message = r.sha256 ORDER BY w.id DESC LIMIT 1), r.sort) AS sort FROM reply r"
)


def _reply(row: dict[str, str]) -> ReplyRow:
    return ReplyRow(**{**row, "day": date.fromisoformat(row["day"]), "sort": Sort(row["sort"])})  # type: ignore[arg-type]


class InboxRows(Log):
    """The rows about messages received."""

    def add_reply(self, row: ReplyRow, *, at: datetime) -> bool:
        """Append one message received for a case; return False if its bytes are there already. It may answer several."""
        if self._row('SELECT 1 FROM reply WHERE sha256 = ? AND "case" = ?', row.sha256, row.case):
            return False
        self._insert("reply", {**plain(row), "at": at.astimezone(UTC).isoformat()})
        return True

    def replies(self, case_id: str) -> tuple[ReplyRow, ...]:
        """Return the messages received for a case, of every sort, oldest first."""
        rows = self._rows(f'{_REPLY} WHERE r."case" = ? ORDER BY r.day, r.rowid', case_id)
        return tuple(_reply(r) for r in rows)

    def reply(self, sha256: str) -> ReplyRow | None:
        """Return the message filed under this hash, in its first case; None when it was not filed."""
        row = self._row(f"{_REPLY} WHERE r.sha256 = ? ORDER BY r.rowid", sha256)
        return _reply(row) if row else None

    def replies_named(self, start: str) -> tuple[ReplyRow, ...]:
        """Return the messages whose hash begins so, first filed first: one that answers several cases is in each."""
        rows = self._rows(f"{_REPLY} WHERE substr(r.sha256, 1, ?) = ? ORDER BY r.rowid", len(start), start)
        return tuple(_reply(r) for r in rows)

    def unread_replies(self, case_id: str, sort: Sort = Sort.REPLY) -> tuple[ReplyRow, ...]:
        """Return the messages of a case and sort that no person has read: no word of theirs, no event rests on them."""
        said = self._rows(
            'SELECT message FROM reply_reading WHERE "case" = ? UNION SELECT proof FROM case_event WHERE stream = ?',
            case_id, case_id,
        )  # fmt: skip
        read = {r["message"] for r in said}
        return tuple(r for r in self.replies(case_id) if r.sort is sort and r.sha256 not in read)

    def unread_cases(self, sort: Sort = Sort.REPLY) -> tuple[str, ...]:
        """Return the cases of which a message of that sort waits for somebody to read it."""
        rows = self._rows(
            'SELECT DISTINCT r."case" AS id FROM reply r WHERE r.sort = ?'
            ' AND NOT EXISTS (SELECT 1 FROM reply_reading w WHERE w.message = r.sha256 AND w."case" = r."case")'
            ' AND NOT EXISTS (SELECT 1 FROM case_event e WHERE e.stream = r."case" AND e.proof = r.sha256) ORDER BY 1',
            sort,
        )
        return tuple(r["id"] for r in rows)

    def add_reading_of_reply(
        self, sha256: str, case: str, meaning: str, sort: Sort, *, day: date, at: datetime, actor: str
    ) -> bool:
        """Append a person's word about a message of a case; return False when it is their last word already."""
        last = self._row(
            'SELECT meaning, sort FROM reply_reading WHERE message = ? AND "case" = ? ORDER BY id DESC LIMIT 1',
            sha256, case,
        )  # fmt: skip
        if last == {"meaning": meaning, "sort": sort.value}:
            return False
        row = {"message": sha256, "case": case, "meaning": meaning, "sort": sort.value, "day": day.isoformat()}
        self._insert("reply_reading", {**row, "at": at.astimezone(UTC).isoformat(), "actor": actor})
        return True

    def meaning_of_reply(self, sha256: str, case: str) -> str:
        """Return what a person last said a message means for a case; empty when nobody did."""
        row = self._row(
            'SELECT meaning FROM reply_reading WHERE message = ? AND "case" = ? ORDER BY id DESC LIMIT 1', sha256, case
        )
        return str(row["meaning"]) if row else ""

    # -- what an answer may be to ------------------------------------------------------------------------------

    def letters_of(self, kinds: Collection[str]) -> frozenset[str]:
        """Return the letters of some kinds, of every case."""
        rows = self._rows("SELECT id FROM letter WHERE kind IN (SELECT value FROM json_each(?))", json.dumps([*kinds]))
        return frozenset(r["id"] for r in rows)

    def cases_with_copies(self, kinds: Collection[str]) -> tuple[str, ...]:
        """Return the cases of which an event of some kinds rests on something else than the bytes we sent ourselves."""
        rows = self._rows(
            "SELECT DISTINCT e.stream AS id FROM case_event e WHERE e.kind IN (SELECT value FROM json_each(?))"
            " AND e.proof <> '' AND e.proof NOT IN (SELECT message FROM dispatch) ORDER BY 1",
            json.dumps([*kinds]),
        )
        return tuple(r["id"] for r in rows)

    def named_lawyers(self) -> dict[str, frozenset[str]]:
        """Return the address of each lawyer who represents somebody -> the cases; see `pack.lawyer_of`."""
        rows = self._rows("SELECT DISTINCT stream FROM case_event WHERE kind = ?", EventKind.LAWYER_NAMED)
        found: dict[str, set[str]] = {}
        for case in (r["stream"] for r in rows):
            # All who were ever named: what they wrote while they were stays theirs.
            for fact in self.facts(case):
                if fact.kind is EventKind.LAWYER_NAMED and fact.data.get("email"):
                    found.setdefault(str(fact.data["email"]).lower(), set()).add(case)
        return {address: frozenset(cases) for address, cases in found.items()}

    def first_day(self) -> date | None:
        """Return the day of the first thing that happened in any case, a request sent before it was opened included."""
        row = self._row("SELECT min(day) AS day FROM case_event WHERE stream <> ?", HOME_STREAM)
        days = [row["day"]] if row and row["day"] else []
        for r in self._rows("SELECT stream, seq FROM case_event WHERE kind = ?", EventKind.PRIOR_REQUEST_RECORDED):
            told = self.payloads(r["stream"]).get(r["seq"], (b"", {}))[1]
            days += [str(told["sent_on"])] if told.get("sent_on") else []
        return date.fromisoformat(min(days)) if days else None

    # -- quarantine --------------------------------------------------------------------------------------------

    def add_quarantine(
        self, sha256: str, name: str, reason: str, *, at: datetime, sort: Sort = Sort.REPLY, guess: str = ""
    ) -> None:
        """Keep something that fits no case; the same bytes again change nothing."""
        if not self._row("SELECT 1 FROM quarantine WHERE sha256 = ?", sha256):
            row = {"sha256": sha256, "name": name, "reason": reason, "at": at.isoformat(), "sort": sort.value}
            self._insert("quarantine", {**row, "guess": guess})

    def leave_quarantine(self, sha256: str) -> None:
        """Strike a message off the quarantine: it has found its case, or was given back or deleted."""
        self._db.execute("DELETE FROM quarantine WHERE sha256 = ?", [sha256])

    def quarantined(self) -> tuple[HeldRow, ...]:
        """Return everything that waits for a person to say where it belongs, oldest first."""
        rows = self._rows("SELECT sha256, name, reason, sort, guess FROM quarantine ORDER BY at, rowid")
        return tuple(HeldRow(**{**r, "sort": Sort(r["sort"])}) for r in rows)

    # -- whose word it may be ----------------------------------------------------------------------------------

    def add_controller_domain(self, controller: str, domain: str, *, day: date, at: datetime, actor: str) -> bool:
        """Append a domain, or an address, from which a controller writes, as a person says; False if it is there."""
        if domain in self.controller_domains(controller):
            return False
        row = {"controller": controller, "domain": domain, "day": day.isoformat(), "actor": actor}
        self._insert("controller_domain", {**row, "at": at.astimezone(UTC).isoformat()})
        return True

    def controller_domains(self, controller: str) -> tuple[str, ...]:
        """Return the domains and addresses that people said are a controller's."""
        rows = self._rows("SELECT domain FROM controller_domain WHERE controller = ? ORDER BY rowid", controller)
        return tuple(r["domain"] for r in rows)

    # -- mail boxes --------------------------------------------------------------------------------------------

    def add_collected(self, mailbox: str, validity: int, uid: int, sha256: str, fate: str, *, at: datetime) -> None:
        """Append that a message of a mail box was taken over. fate: what became of it, a route or `too_big`."""
        row = {"mailbox": mailbox, "validity": validity, "uid": uid, "sha256": sha256, "fate": fate}
        self._insert("mailbox_message", {**row, "at": at.astimezone(UTC).isoformat()})

    def collected(self, mailbox: str, validity: int) -> dict[int, str]:
        """Return UID -> fate of what was taken from a mail box while its UIDs mean the same (UIDVALIDITY)."""
        rows = self._rows("SELECT uid, fate FROM mailbox_message WHERE mailbox = ? AND validity = ?", mailbox, validity)
        return {r["uid"]: r["fate"] for r in rows}

    def fate_of(self, sha256: str) -> str:
        """Return what became of these bytes the first time they were collected; empty when they never were."""
        row = self._row("SELECT fate FROM mailbox_message WHERE sha256 = ? ORDER BY rowid LIMIT 1", sha256)
        return str(row["fate"]) if row else ""
