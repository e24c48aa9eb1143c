"""What an approval rests on, kept as events of the home: confirmed citations, officers, copies of legal notices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import NoticeRow
from listingguard.domain.event import HOME_STREAM
from listingguard.domain.officer import Officer
from listingguard.edge.log import Log

if TYPE_CHECKING:
    from listingguard.domain.citation import Confirmed
    from listingguard.domain.transfer import Paper

CITATION_CONFIRMED = "citation_confirmed"
OFFICER_ADDED, OFFICER_ENDED = "officer_added", "officer_ended"
NOTICE_KEPT = "legal_notice_kept"
EXTRACT_KEPT = "register_extract_kept"
CONTRACTS_KEPT = "contract_register_kept"


class ApprovalRows(Log):
    """The facts an approval rests on, none of them about a case."""

    def confirm_citation(self, row: Confirmed, *, day: date, at: datetime) -> bool:
        """Append a person's word on a citation; return False if it is already there."""
        data = {"article": row.article, "source": row.source, "on": row.on.isoformat()}
        key = f"{row.article}/{row.on.isoformat()}/{row.source}"
        return self.add_event(HOME_STREAM, CITATION_CONFIRMED, key=key, day=day, at=at, actor=row.actor, data=data)

    def confirmed_citations(self) -> dict[str, Confirmed]:
        """Return article -> the last word of a person on it."""
        # Heavy, and not needed for a list of cases.
        from listingguard.domain.citation import Confirmed

        return {
            str(said["article"]): Confirmed(
                str(said["article"]), str(said["source"]), date.fromisoformat(said["on"]), actor
            )
            for _, actor, _, said in self._said(CITATION_CONFIRMED)
        }

    def add_officer(self, row: Officer, *, day: date, at: datetime, actor: str) -> bool:
        """Append an officer; return False if they are already there."""
        data = {
            "name": row.name, "role": row.role, "since": row.since.isoformat(), "until": row.until.isoformat(),
            "delegated_by": row.delegated_by,
        }  # fmt: skip
        return self.add_event(
            HOME_STREAM, OFFICER_ADDED, key=row.id, day=day, at=at, actor=actor, proof=row.document, data=data
        )

    def end_officer(self, identifier: str, on: date, *, day: date, at: datetime, actor: str) -> bool:
        """Append the first day on which an officer is one no more; return False if it is already there."""
        data = {"officer": identifier, "on": on.isoformat()}
        return self.add_event(
            HOME_STREAM, OFFICER_ENDED, key=f"{identifier}/{on.isoformat()}", day=day, at=at, actor=actor, data=data
        )

    def officers(self) -> tuple[Officer, ...]:
        """Return every officer in the order they were recorded, those whose office is over included."""
        ended = {str(s["officer"]): date.fromisoformat(s["on"]) for *_, s in self._said(OFFICER_ENDED)}
        return tuple(
            Officer(
                key,
                str(said["name"]),
                str(said["role"]),
                date.fromisoformat(said["since"]),
                date.fromisoformat(said["until"]),
                proof,
                str(said["delegated_by"]),
                ended.get(key),
            )
            for key, _, proof, said in self._said(OFFICER_ADDED)
        )

    def keep_notice(self, row: NoticeRow, *, day: date, at: datetime) -> bool:
        """Append a copy of a controller's legal notice, its bytes in the vault; return False if it is already there."""
        return self._keep_paper(NOTICE_KEPT, row, day, at)

    def notices(self, controller: str) -> tuple[NoticeRow, ...]:
        """Return the copies of a controller's legal notice, by the day they were seen."""
        return self._papers(NOTICE_KEPT, controller)

    def keep_extract(self, row: NoticeRow, *, day: date, at: datetime) -> bool:
        """Append an extract of a public register about a controller; return False if it is already there."""
        return self._keep_paper(EXTRACT_KEPT, row, day, at)

    def extracts(self, controller: str) -> tuple[NoticeRow, ...]:
        """Return the register extracts about a controller, by their day; `url` is where they come from."""
        return self._papers(EXTRACT_KEPT, controller)

    def _keep_paper(self, kind: str, row: NoticeRow, day: date, at: datetime) -> bool:
        data = {"controller": row.controller, "url": row.url, "day": row.day.isoformat()}
        key = f"{row.controller}/{row.day.isoformat()}/{row.document}"
        return self.add_event(
            HOME_STREAM, kind, key=key, day=day, at=at, actor=row.actor, proof=row.document, data=data
        )

    def _papers(self, kind: str, controller: str) -> tuple[NoticeRow, ...]:
        found = (
            NoticeRow(controller, str(said["url"]), date.fromisoformat(said["day"]), proof, actor)
            for _, actor, proof, said in self._said(kind)
            if said["controller"] == controller
        )
        return tuple(sorted(found, key=lambda row: row.day))

    def keep_contract_register(self, document: str, as_of: date, *, day: date, at: datetime, actor: str) -> bool:
        """Append that the council's whole register of contracts was brought, as it stood that day; False: already there."""
        return self.add_event(
            HOME_STREAM, CONTRACTS_KEPT, key=f"{as_of.isoformat()}/{document}", day=day, at=at, actor=actor,
            proof=document, data={"as_of": as_of.isoformat()},
        )  # fmt: skip

    def contract_registers(self) -> tuple[date, ...]:
        """Return the days of which registers of contracts were brought, oldest first."""
        return tuple(sorted(date.fromisoformat(said["as_of"]) for *_, said in self._said(CONTRACTS_KEPT)))

    def papers_of(self, controller: str) -> tuple[Paper, ...]:
        """Return what a case of that controller takes along: its legal notices and extracts, the registers looked up."""
        from listingguard.domain.transfer import Paper, PaperKind

        about = [
            Paper(kind, row.controller, row.url, row.day, row.document, row.actor)
            for kind, rows in (
                (PaperKind.NOTICE, self.notices(controller)), (PaperKind.EXTRACT, self.extracts(controller)),
            )
            for row in rows
        ]  # fmt: skip
        looked_up = (
            Paper(PaperKind.CONTRACTS, "", "", date.fromisoformat(said["as_of"]), proof, actor)
            for _, actor, proof, said in self._said(CONTRACTS_KEPT)
        )
        return (*about, *sorted(looked_up, key=lambda paper: (paper.day, paper.document)))

    def _said(self, kind: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Yield key, actor, proof and payload of each such event of the home, in order."""
        rows = self._rows(
            "SELECT e.key, e.actor, e.proof, p.data FROM case_event e JOIN payload p ON p.stream = e.stream"
            " AND p.seq = e.seq WHERE e.stream = ? AND e.kind = ? ORDER BY e.seq",
            HOME_STREAM, kind,
        )  # fmt: skip
        for row in rows:
            yield row["key"], row["actor"], row["proof"], json.loads(row["data"])
