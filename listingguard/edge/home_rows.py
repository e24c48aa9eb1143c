"""Whose home this is, as its own chain says since it was made: who acts here, and the code of its case numbers."""

from __future__ import annotations

from datetime import datetime

from listingguard.domain.case import Acting
from listingguard.domain.event import HOME_STREAM, PROGRAM
from listingguard.domain.french import PARIS
from listingguard.edge.log import Log

HOME_MADE = "home_made"


class HomeRows(Log):
    """What a home is, which no line of its config.toml changes afterwards."""

    def made_for(self) -> tuple[Acting, str] | None:
        """Return who acts in this home and its code; None for a home made before that was kept, see `must_be_for`."""
        # In the key, not in the payload: it is hashed with the event, and no purge takes it away.
        rows = self._rows("SELECT seq, key FROM case_event WHERE stream = ? AND kind = ?", HOME_STREAM, HOME_MADE)
        last = max(rows, key=lambda row: int(row["seq"]), default={"key": ""})
        acting, _, rest = str(last["key"]).partition("/")
        return (Acting(acting), rest.partition("/")[0]) if acting in tuple(Acting) else None

    def must_be_for(self) -> tuple[Acting | None, str]:
        """Return what the facts of a home that never said it tell: who acts, or None; the code, or "".

        Only a council has officers and registers mandates. The code is that of the last case opened here.
        """
        council = self._row(
            "SELECT 1 FROM case_event WHERE stream = ? AND kind IN ('officer_added', 'mandate_added') LIMIT 1",
            HOME_STREAM,
        )
        last = self._row(
            "SELECT c.id FROM case_now c WHERE NOT EXISTS (SELECT 1 FROM case_event e WHERE e.stream = ? AND"
            " e.kind = 'case_imported' AND e.key LIKE c.id || '/%') ORDER BY substr(c.id, instr(c.id, '-')) DESC LIMIT 1",
            HOME_STREAM,
        )
        return (Acting.COUNCIL if council else None), (str(last["id"]).partition("-")[0] if last else "")

    def keep_made_for(self, acting: Acting, code: str, *, at: datetime) -> None:
        """Keep who acts in this home, and the code of its case numbers; said again with the same words, nothing."""
        if self.made_for() != (acting, code):
            key = f"{acting.value}/{code}/{at.isoformat()}"
            self.log(HOME_MADE, day=at.astimezone(PARIS).date(), at=at, actor=PROGRAM, data={}, key=key)
