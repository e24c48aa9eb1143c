"""Many cases at once, from what their facts foresee: lists, counts, the ones of which something is due. No case is changed.

A case is folded only where the day asked about comes before its last fact, or while a suspension moves its dates.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from listingguard.domain import case as case_rules
from listingguard.domain.alarm import REMIND
from listingguard.domain.case import EventKind, State, Status
from listingguard.domain.record import CaseFilter, CaseLine, CaseRow
from listingguard.edge.log import Log, iso

_SEEN = """
WITH steady AS (
  SELECT *,
    CASE WHEN ready_from <= :day THEN 'cnil_ready' WHEN silent_from <= :day THEN 'overdue' ELSE state END AS seen,
    CASE WHEN silent_from <= :day AND outcome IN ('none', 'claimed') THEN 'silent' ELSE outcome END AS came
  FROM case_now WHERE last_day <= :day AND moves = 0
)
"""
# By number, and no more than are shown: read through the index, all of them would be sorted first.
_BY_NUMBER = _SEEN.replace("moves = 0", "+moves = 0")
_TO_FOLD = "opened_on <= :day AND (moves = 1 OR (moves = 0 AND last_day > :day))"
"""Whose row does not tell how the case is seen that day. Said so, both halves are looked up by one index."""
_TASKS = """
WITH several AS (SELECT kept AS id FROM same_person UNION SELECT other FROM same_person),
agreed AS (
  SELECT practitioner FROM authorisation WHERE agreement <> 'refused' OR given_by <> 'practitioner' OR until IS NOT NULL
),
found AS MATERIALIZED (
  SELECT "case" AS id, due FROM case_task WHERE since <= :day AND (until IS NULL OR until >= :day)
  UNION ALL SELECT id, :now FROM case_now WHERE moves = 1
  UNION ALL SELECT id, :now FROM case_now WHERE moves = 0 AND last_day > :day
  UNION ALL SELECT id, :now FROM case_now WHERE practitioner IN several
  UNION ALL SELECT id, :now FROM case_now c WHERE state NOT IN ('detected', 'erased', 'closed') AND (
    practitioner IN agreed OR NOT EXISTS (
      SELECT 1 FROM authorisation a WHERE a.practitioner = c.practitioner AND a.platform = c.platform AND a.since <= :day
    )
  )
  UNION ALL SELECT c.id, CASE WHEN m.until < :day THEN :now ELSE m.until END FROM mandate m JOIN case_now c ON c.practitioner = m.practitioner
  WHERE m.until <= :notice AND c.state NOT IN ('detected', 'erased', 'closed') AND (m.until >= :day OR NOT EXISTS (
    SELECT 1 FROM mandate o WHERE o.practitioner = m.practitioner AND o.since <= :day AND o.until >= :day
      AND (o.revoked_on IS NULL OR o.revoked_on > :day)
  ))
  UNION ALL SELECT id, :now FROM case_now WHERE state <> 'closed' AND practitioner IN (
    SELECT id FROM practitioner WHERE data ->> 'status' IS NOT 'active'
  )
),
unborn AS MATERIALIZED (SELECT id FROM case_now WHERE moves IN (0, 1) AND last_day > :day AND opened_on > :day)
SELECT id, min(due) FROM found WHERE id NOT IN (SELECT id FROM unborn) GROUP BY id ORDER BY 2, 1
"""
"""Beside what a case's own facts ask: the ledger, the mandates, the roster, one person under several numbers."""
_AWAITED = ("sent", "running", "id_pending", "extended", "overdue")
"""The states in which the platform still owes its answer."""


class CaseLists(Log):
    """The cases of a home, many at once."""

    def case_lines(
        self, today: date, wanted: CaseFilter | None = None, *, limit: int | None = None
    ) -> tuple[tuple[CaseLine, ...], int]:
        """Return the cases as a list shows them on a day, by number, the first `limit` of them; and how many there are."""
        asked = wanted or CaseFilter()
        values: dict[str, object] = {
            "day": today.isoformat(), "practitioner": self.survivor(asked.practitioner) if asked.practitioner else "",
            "platform": asked.platform, "actor": asked.actor, "state": asked.state, "outcome": asked.outcome,
            "due": iso(asked.due_by) or "",
        }  # fmt: skip
        own = "".join(
            clause
            for value, clause in (
                (asked.practitioner, " AND practitioner = :practitioner"),
                (asked.platform, " AND (platform = :platform OR controller = :platform)"),
                (asked.actor, " AND id IN (SELECT stream FROM case_event WHERE actor = :actor)"),
            )
            if value
        )
        seen = own + "".join(
            clause
            for value, clause in (
                (asked.state, " AND seen = :state"),
                (asked.outcome, " AND came = :outcome"),
                (asked.held, " AND held <> '[]'"),
                (asked.due_by, f" AND legal_due <= :due AND seen IN {_AWAITED}"),
            )
            if value
        )
        # Every clause is ours; what people ask for is bound.
        steady = self._db.execute(
            f"{_BY_NUMBER} SELECT id, practitioner, controller, platform, seen, came, legal_due, council_due, receipt, basis, held"  # noqa: S608
            f" FROM steady WHERE 1{seen} ORDER BY id LIMIT {-1 if limit is None else limit}",
            values,
        ).fetchall()
        total = len(steady)
        if limit is not None and total == limit:
            total = self._db.execute(f"{_SEEN} SELECT count(*) FROM steady WHERE 1{seen}", values).fetchone()[0]  # noqa: S608
        lines = [CaseLine(*(*row[:-1], tuple(json.loads(row[-1])) if row[-1] != "[]" else ())) for row in steady]
        folded = [line for line in self._folded(own, values, today) if _fits(line, asked)]
        merged = sorted((*lines, *folded), key=lambda line: line.id) if folded else lines
        return tuple(merged[:limit]), total + len(folded)

    def _folded(self, clauses: str, values: Mapping[str, object], today: date) -> list[CaseLine]:
        rows = self._db.execute(
            "SELECT id, practitioner, controller, platform FROM case_now"  # noqa: S608
            f" WHERE {_TO_FOLD}{clauses}",
            dict(values),
        ).fetchall()
        return [_line(CaseRow(*row), case_rules.status(self.facts(row[0]), today, self.rules)) for row in rows]

    def case_counts(self, today: date, *, due_by: date | None = None) -> Counter[State]:
        """Return how many cases are seen in each state on a day. due_by: only those that owe an answer by then."""
        asked = CaseFilter(due_by=due_by)
        values: dict[str, Any] = {"day": today.isoformat(), "due": iso(due_by) or ""}
        owing = f" WHERE legal_due <= :due AND seen IN {_AWAITED}" if due_by is not None else ""
        rows = self._db.execute(f"{_SEEN} SELECT seen, count(*) FROM steady{owing} GROUP BY seen", values).fetchall()  # noqa: S608
        counts = Counter({State(state): number for state, number in rows})
        counts.update(State(line.state) for line in self._folded("", values, today) if _fits(line, asked))
        return counts

    def awake(self, today: date, *, remind: bool = False) -> tuple[str, ...]:
        """Return the cases of which something is still to be told, or to be done by the program, on a day; by number.

        What was told is left out by the ledger, what was done by the events that did it. remind: only those whose
        question is to be repeated, which are left out otherwise.
        """
        rows = self._rows(
            'SELECT DISTINCT w."case" AS id FROM case_wake w LEFT JOIN told t ON t."case" = w."case" AND t.kind = w.kind'
            " AND t.due = w.due WHERE w.day <= ? AND t.due IS NULL AND (w.kind = ?) = ? ORDER BY 1",
            today.isoformat(), REMIND, remind,
        )  # fmt: skip
        return tuple(r["id"] for r in rows)

    def tasks(self, today: date, notice: date) -> tuple[tuple[str, date], ...]:
        """Return each case that may ask something of people on a day, and the earliest day it may be due, by that day.

        notice: how far ahead the end of a mandate is looked for; one that ended, none other holding, asks at once. date.min:
        at once.
        """
        values = {"day": today.isoformat(), "now": date.min.isoformat(), "notice": notice.isoformat()}
        rows = self._db.execute(_TASKS, values).fetchall()
        return tuple((case, date.fromisoformat(due)) for case, due in rows)

    def asked(self, today: date) -> tuple[str, ...]:
        """Return the cases still in DETECTED on a day, and those with an answer of the practitioner in their log; by number."""
        detected = {line.id for line in self.case_lines(today, CaseFilter(state=State.DETECTED))[0]}
        rows = self._rows("SELECT DISTINCT stream FROM case_event WHERE kind = ?", EventKind.ANSWERED)
        return tuple(sorted(detected | {r["stream"] for r in rows}))

    def sharing(self) -> frozenset[str]:
        """Return the cases that name, or once named, a listing that another case names or once named."""
        rows = self._rows(
            'SELECT DISTINCT "case" AS id FROM case_page WHERE listing IN (SELECT listing FROM case_page'
            " WHERE listing <> '' GROUP BY listing HAVING count(DISTINCT \"case\") > 1)"
        )
        return frozenset(r["id"] for r in rows)

    def naming(self, listing: str) -> tuple[str, ...]:
        """Return the cases that name, or once named, a listing; by number."""
        rows = self._rows('SELECT DISTINCT "case" AS id FROM case_page WHERE listing = ? ORDER BY 1', listing)
        return tuple(r["id"] for r in rows)

    def settled_pages(self, day: date) -> frozenset[tuple[str, str, str]]:
        """Return (listing, practitioner, controller) of the pages that the last case about the two names, open that day.

        Only cases whose rows tell it: nothing later than that day, nothing corrected.
        """
        rows = self._rows(
            'SELECT p.listing, c.practitioner, c.controller FROM case_now c JOIN case_page p ON p."case" = c.id'
            " WHERE c.moves = 0 AND c.last_day <= ? AND c.state NOT IN ('erased', 'closed')"
            " AND NOT EXISTS (SELECT 1 FROM case_event e WHERE e.stream = c.id AND e.kind = ?)"
            " AND NOT EXISTS (SELECT 1 FROM case_now o WHERE o.practitioner = c.practitioner"
            " AND o.controller = c.controller AND o.id > c.id)",
            iso(day),
            EventKind.CORRECTION,
        )
        return frozenset((r["listing"], r["practitioner"], r["controller"]) for r in rows)

    def seen_absent(self) -> frozenset[str]:
        """Return the cases that name, or once named, a page that a reading did not find, or found without anybody."""
        rows = self._rows(
            'SELECT DISTINCT n."case" AS id FROM reading r JOIN case_page n ON n.url = r.url'
            " WHERE r.outcome IN ('none', 'gone')"
        )
        return frozenset(r["id"] for r in rows)


def _fits(line: CaseLine, asked: CaseFilter) -> bool:
    late = line.legal_due is not None and line.state in _AWAITED
    return (
        asked.state in ("", line.state)
        and asked.outcome in ("", line.outcome)
        and (not asked.held or bool(line.held))
        and (asked.due_by is None or (late and str(line.legal_due) <= asked.due_by.isoformat()))
    )


def _line(row: CaseRow, now: Status) -> CaseLine:
    clock = now.clock
    return CaseLine(
        row.id, row.practitioner, row.controller, row.platform, now.state.value, now.outcome.value,
        clock.legal.due.isoformat() if clock else None, clock.council.due.isoformat() if clock else None,
        clock.receipt.isoformat() if clock else None, clock.basis.value if clock else None, now.held,
    )  # fmt: skip
