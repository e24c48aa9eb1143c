"""Rows of service: the address each dispatch is answered at, numbers of registered letters, proofs. No decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from listingguard.domain.event import HOME_STREAM
from listingguard.domain.french import PARIS
from listingguard.domain.record import DispatchRow, DispatchState, Pause
from listingguard.edge.log import Log, plain

if TYPE_CHECKING:
    from listingguard.domain.service import ProofRow

SENDING_PAUSED, SENDING_RESUMED = "sending_paused", "sending_resumed"
"""Events of the home: nothing leaves any case between the two."""


class ServiceRows(Log):
    """The rows about proofs of service."""

    def add_reply_token(self, token: str, dispatch: str, case: str, *, at: datetime) -> None:
        """Append the token under which the answers to one dispatch come back; it never changes."""
        self._insert(
            "reply_token", {"token": token, "dispatch": dispatch, "case": case, "at": at.astimezone(UTC).isoformat()}
        )

    def token_of(self, dispatch: str) -> str:
        """Return the token of a dispatch; empty when it has none."""
        row = self._row("SELECT token FROM reply_token WHERE dispatch = ?", dispatch)
        return str(row["token"]) if row else ""

    def dispatch_of_token(self, token: str) -> DispatchRow | None:
        """Return the dispatch whose answers come back under a token; None when nobody was given it."""
        row = self._row(
            'SELECT d.id, d.letter, d."case", d.channel, d.recipient, d.sender, d.message_id, d.message, d.state, d.day,'
            " d.response FROM reply_token t JOIN dispatch d ON d.id = t.dispatch WHERE t.token = ?",
            token.lower(),
        )
        return None if row is None else _dispatch(row)

    def add_registered_number(self, number: str, row: DispatchRow, *, at: datetime, actor: str) -> None:
        """Append the number under which one sending is posted. One sending has one number, one number is one envelope: a
        covering letter, which is the request of several cases, has it on the sending of each of them."""
        self._insert(
            "registered_number",
            {"dispatch": row.id, "number": number, "letter": row.letter, "case": row.case, "product": row.channel,
             "at": at.astimezone(UTC).isoformat(), "actor": actor},
        )  # fmt: skip

    def registered_number(self, dispatch: str) -> str:
        """Return the number under which a sending is posted; empty when none is known."""
        row = self._row("SELECT number FROM registered_number WHERE dispatch = ?", dispatch)
        return str(row["number"]) if row else ""

    def numbers_of(self, letter: str) -> tuple[tuple[str, str], ...]:
        """Return each registered sending of a letter that has a number, with it, in the order they were entered."""
        rows = self._rows("SELECT dispatch, number FROM registered_number WHERE letter = ? ORDER BY rowid", letter)
        return tuple((row["dispatch"], row["number"]) for row in rows)

    def posted_under(self, number: str) -> tuple[DispatchRow, ...]:
        """Return the sendings posted under a number, in the order they were made; several for a covering letter."""
        rows = self._rows(
            'SELECT d.id, d.letter, d."case", d.channel, d.recipient, d.sender, d.message_id, d.message, d.state, d.day,'
            " d.response FROM registered_number r JOIN dispatch d ON d.id = r.dispatch WHERE r.number = ? ORDER BY d.rowid",
            number,
        )  # fmt: skip
        return tuple(_dispatch(each) for each in rows)

    def same_envelope(self, row: DispatchRow) -> tuple[DispatchRow, ...]:
        """Return the sendings that one envelope holds with this one, itself among them, those given up apart."""
        rows = self._rows(
            'SELECT id, letter, "case", channel, recipient, sender, message_id, message, state, day, response'
            " FROM dispatch WHERE message = ? AND channel = ? AND state <> 'withdrawn' ORDER BY rowid",
            row.message, row.channel,
        )  # fmt: skip
        return tuple(_dispatch(each) for each in rows)

    def sent_without_copy(self, filed: str) -> tuple[DispatchRow, ...]:
        """Return the e-mails that our own server took and whose copy no event `filed` of the home tells of, oldest first.

        One of which nobody was sure is among them once a person said that it left.
        """
        rows = self._rows(
            'SELECT d.id, d.letter, d."case", d.channel, d.recipient, d.sender, d.message_id, d.message, d.state, d.day,'
            " d.response FROM dispatch d WHERE d.channel = 'email' AND d.state = 'sent'"
            " AND NOT EXISTS (SELECT 1 FROM case_event f WHERE f.stream = ?1 AND f.kind = ?2 AND f.key = d.id)"
            ' AND (EXISTS (SELECT 1 FROM case_event e JOIN payload p ON p.stream = e.stream AND p.seq = e.seq'
            ' WHERE e.stream = d."case" AND e.key = d.id AND p.data ->> \'server\' IS NOT NULL)'
            ' OR EXISTS (SELECT 1 FROM case_event e JOIN payload p ON p.stream = e.stream AND p.seq = e.seq'
            ' WHERE e.stream = d."case" AND e.kind = \'dispatch_unknown\' AND p.data ->> \'dispatch\' = d.id))'
            " ORDER BY d.rowid",
            HOME_STREAM, filed,
        )  # fmt: skip
        return tuple(_dispatch(each) for each in rows)

    def add_proof(self, row: ProofRow, *, at: datetime) -> bool:
        """Append one proof of service; return False if it is already there."""
        if self._row("SELECT 1 FROM service_proof WHERE id = ?", row.id):
            return False
        self._insert("service_proof", {**plain(row), "at": at.astimezone(UTC).isoformat()})
        return True

    def proofs(self, case: str | None = None) -> tuple[ProofRow, ...]:
        """Return the proofs of service by the day they are of; only a case's when named."""
        rows = self._rows(
            'SELECT id, dispatch, "case", type, day, file, note, actor FROM service_proof'
            ' WHERE ? IS NULL OR "case" = ? ORDER BY day, rowid',
            case, case,
        )  # fmt: skip
        # Heavy, and not needed for a list of cases.
        from listingguard.domain.service import ProofRow, ProofType

        return tuple(ProofRow(**{**r, "type": ProofType(r["type"]), "day": date.fromisoformat(r["day"])}) for r in rows)

    def left_to(self, controller: str, day: date) -> int:
        """Return how many e-mails left for a controller that day, those of which nobody is sure included."""
        rows = self._rows(
            'SELECT d.settled_at FROM case_now c JOIN dispatch d ON d."case" = c.id JOIN letter l ON l.id = d.letter'
            " WHERE c.controller = ? AND d.channel = 'email' AND d.state IN ('sent', 'unknown', 'sending')"
            " AND d.settled_at >= ? AND l.kind NOT LIKE 'question%'",
            controller, (day - timedelta(days=1)).isoformat(),
        )  # fmt: skip
        return sum(datetime.fromisoformat(r["settled_at"]).astimezone(PARIS).date() == day for r in rows)

    def paused(self) -> Pause | None:
        """Return since when, by whom and why nothing leaves this home for now; None when it may."""
        row = self._row(
            "SELECT kind, seq, day, actor FROM case_event WHERE stream = ? AND kind IN (?, ?) ORDER BY seq DESC LIMIT 1",
            HOME_STREAM, SENDING_PAUSED, SENDING_RESUMED,
        )  # fmt: skip
        if row is None or row["kind"] == SENDING_RESUMED:
            return None
        reason = str(self.payloads(HOME_STREAM).get(row["seq"], (b"", {}))[1].get("reason", ""))
        return Pause(date.fromisoformat(row["day"]), row["actor"], reason)

    def logged(self, kind: str, key: str) -> bool:
        """Return True when the home's chain holds that event."""
        return self._row(
            "SELECT 1 FROM case_event WHERE stream = ? AND kind = ? AND key = ?", HOME_STREAM, kind, key
        ) is not None  # fmt: skip


def _dispatch(row: Mapping[str, Any]) -> DispatchRow:
    return DispatchRow(**{**row, "day": date.fromisoformat(row["day"]), "state": DispatchState(row["state"])})
