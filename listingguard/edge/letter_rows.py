"""What leaves: letters, dispatches, packs. No decision."""

from __future__ import annotations

from datetime import UTC, date, datetime

from listingguard.domain.record import (
    DispatchRow,
    DispatchState,
    LetterRow,
    PackRow,
)
from listingguard.edge.log import Log, plain
from listingguard.errors import Refused


class LetterRows(Log):
    """The rows about correspondence."""

    def add_letter(self, row: LetterRow, *, at: datetime) -> None:
        """Append one approved letter; the same key with other bytes is refused, with the same bytes nothing changes."""
        known = self._row("SELECT text, pdf FROM letter WHERE id = ?", row.id)
        if known is not None:
            if (known["text"], known["pdf"]) == (row.text, row.pdf):
                return
            raise Refused(
                f"Un autre texte est déjà approuvé sous la clé {row.id} : un courrier approuvé ne change pas."
            )
        self._insert("letter", {**plain(row), "at": at.astimezone(UTC).isoformat()})

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
        self._insert("dispatch", {**plain(row), "at": at.astimezone(UTC).isoformat(), "settled_at": None})

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

    def add_pack(self, row: PackRow, *, at: datetime, actor: str) -> None:
        """Append one built pack."""
        self._insert("pack", {**plain(row), "at": at.astimezone(UTC).isoformat(), "actor": actor})

    def packs(self, case_id: str | None = None) -> tuple[PackRow, ...]:
        """Return the packs, oldest first."""
        rows = self._rows(
            'SELECT "case", number, path, sha256, day FROM pack WHERE ? IS NULL OR "case" = ? ORDER BY rowid',
            case_id, case_id,
        )  # fmt: skip
        return tuple(PackRow(**{**r, "day": date.fromisoformat(r["day"])}) for r in rows)
