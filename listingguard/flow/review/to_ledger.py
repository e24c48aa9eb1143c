"""What the person's own word writes in the ledger of agreements, and what a correction of it takes back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import EventKind, Fact, effective
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, Verdict, verdict
from listingguard.domain.question import Said
from listingguard.domain.record import CaseRow

if TYPE_CHECKING:
    from listingguard.edge.store import Store

WORDS = {
    EventKind.LISTING_CONFIRMED_BY_KINE: Said.NOT_AGREED,
    EventKind.AUTHORISED: Said.AGREED,
    EventKind.NOT_ME: Said.NOT_ME,
    EventKind.ANSWERED: Said.TALK,
}
"""The events that are the person's own word -> what it says where the event does not say it."""


def said_to_the_ledger(
    store: Store, case: CaseRow, kind: EventKind, payload: Mapping[str, Any], day: date, proof: str
) -> tuple[Authorisation, ...]:
    """Return the rows of the ledger that the practitioner's own word makes, none where it says nothing of an agreement."""

    def row(says: Agreement, since: date = day, by: GivenBy = GivenBy.PRACTITIONER) -> Authorisation:
        return Authorisation(secrets.token_hex(4), case.practitioner, case.platform, says, by, since, proof=proof)

    said = payload.get("said")
    if kind is EventKind.LISTING_CONFIRMED_BY_KINE or said == Said.NOT_AGREED:
        return (row(Agreement.REFUSED),)
    if kind is EventKind.AUTHORISED:
        since = date.fromisoformat(str(payload.get("since") or day.isoformat()))
        agreed = row(Agreement.AGREED, since)
        ledger = (*store.authorisations(case.practitioner), agreed)
        # They now say yes, whatever they said between that day and this one.
        now = verdict(ledger, case.practitioner, case.platform, day) is Verdict.AUTHORISED
        return (agreed,) if now else (agreed, row(Agreement.AGREED))
    # What was opened once speaks from the day it is told: until then, nobody knew.
    if said == Said.PRACTICE:
        return (row(Agreement.OPENED, by=GivenBy.PRACTICE),)
    return (row(Agreement.OPENED),) if said == Said.CLAIMED else ()


def correct_the_ledger(
    store: Store, case: CaseRow, before: Sequence[Fact], *, today: date, at: datetime, actor: str
) -> None:
    """Take back the rows of the ledger that a corrected answer had made, and write those that it makes now.

    before: the case's facts without the correction. A row taken back ends before it begins: it stays, and never speaks. One
    that the same paper makes in another case of theirs is not taken back.
    """

    def told(facts: Sequence[Fact]) -> dict[tuple[object, ...], Fact]:
        found = {}
        for fact in effective(facts):
            # What the ledger itself closed the case by is no answer: its row stands.
            if fact.kind not in WORDS or "authorisation" in fact.data:
                continue
            for row in said_to_the_ledger(store, case, fact.kind, fact.data, fact.day, fact.proof):
                found[_key_of(row)] = fact
                # An agreement given earlier may have been written twice: since then, and from that day.
                found[_key_of(replace(row, since=fact.day))] = fact
        return found

    def open_rows() -> dict[tuple[object, ...], Authorisation]:
        rows = (r for r in store.authorisations(case.practitioner) if r.platform == case.platform and r.until is None)
        return {_key_of(row): row for row in rows}

    old, now, rows = told(before), told(store.facts(case.id)), open_rows()
    cases = (each for each in store.cases(practitioner=case.practitioner) if each.platform == case.platform)
    elsewhere = {key for each in cases if each.id != case.id for key in told(store.facts(each.id))}
    ended = [rows[key] for key in old if key in rows and key not in now and key not in elsewhere]
    for row in ended:
        until = row.since - timedelta(days=1)
        store.end_authorisation(row.id, until)
        data = {"id": row.id, "until": until.isoformat(), "case": case.id}
        store.log("authorisation_ended", day=today, at=at, actor=actor, data=data)
    corrected = [fact for key, fact in now.items() if key not in old]
    for fact in dict.fromkeys(corrected):
        for row in said_to_the_ledger(store, case, fact.kind, fact.data, fact.day, fact.proof):
            if _key_of(row) not in open_rows():
                store.put_authorisation(row, practice=str(fact.data.get("practice", "")), at=at, actor=actor)


def _key_of(row: Authorisation) -> tuple[object, ...]:
    """Return what makes a row of the ledger the word of one answer."""
    return (row.agreement, row.given_by, row.since, row.proof)
