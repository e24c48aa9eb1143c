"""Sure or judged pairs without an agreement -> findings, each in a case: a new one, or the open one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.case import EventKind, State, findings_of
from listingguard.domain.finding import Finding, is_finding
from listingguard.domain.practitioner import Authorisation, verdict
from listingguard.domain.record import CaseRow
from listingguard.flow.review.judging import pairs

if TYPE_CHECKING:
    from listingguard.edge.store import Store

ControllerOf = Callable[[str], str]
"""Host -> slug of the legal entity that answers for it."""


def open_cases(
    store: Store, controller_of: ControllerOf, code: str, *, today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """Open a case, or join the open one, for every finding not yet in a case; return the cases touched.

    A listing that once led to a case never opens another, unless it was seen again after its removal was observed.
    """
    touched: list[str] = []
    settled = store.settled_pages(today)
    for found in findings(store, today):
        if (found.listing, found.practitioner, controller_of(found.platform)) in settled:
            # Its case goes on: nothing to open, nothing to add.
            continue
        with store.tx("review.open"):
            case = _place(store, found, controller_of, code, today=today, at=at, actor=actor)
        if case:
            touched.append(case)
    return tuple(dict.fromkeys(touched))


def findings(store: Store, today: date) -> tuple[Finding, ...]:
    """Return every situation of the day: a pair that is sure or judged the same, without an agreement."""
    ledger: dict[str, list[Authorisation]] = {}
    for row in store.authorisations():
        ledger.setdefault(row.practitioner, []).append(row)
    captures = {listing.key: capture for listing, capture in store.listings()}
    result = []
    for pair in pairs(store, today):
        who = pair.practitioner.id
        said = verdict(ledger.get(who, ()), who, pair.listing.site, today)
        if not pair.disputed and is_finding(pair.match, pair.word, said):
            result.append(
                Finding(
                    listing=pair.listing.key,
                    practitioner=who,
                    url=pair.listing.url,
                    platform=pair.listing.site,
                    capture=captures[pair.listing.key],
                    day=today,
                    verdict=said,
                    reasons=tuple(r.text for r in pair.match.reasons),
                    judged_by=pair.said_by,
                )
            )
    return tuple(result)


def _place(
    store: Store, found: Finding, controller_of: ControllerOf, code: str, *, today: date, at: datetime, actor: str
) -> str | None:
    controller = controller_of(found.platform)
    entry = {
        "listing": found.listing,
        "url": found.url,
        "capture": found.capture,
        "reasons": list(found.reasons),
        "verdict": found.verdict.value,
        "judged_by": found.judged_by,
    }
    continues: CaseRow | None = None
    for case in reversed(store.cases(practitioner=found.practitioner, controller=controller)):
        now = store.status(case.id, today)
        known = any(f["listing"] == found.listing for f in findings_of(store.facts(case.id)))
        watched = now.state is State.ERASED or now.close_reason is EventKind.WATCH_OVER
        # The same page, or another of the platform about the same person: a listing that came back.
        seen_again = watched and now.erased_on is not None and store.capture(found.capture).day > now.erased_on
        if known and not seen_again:
            return None
        if not known and now.state not in (State.CLOSED, State.ERASED):
            store.add_event(
                case.id, EventKind.FINDING_ADDED, key=found.listing, day=today, at=at, actor=actor,
                proof=found.capture, data={"findings": [entry]},
            )  # fmt: skip
            return case.id
        if seen_again:
            store.add_event(
                case.id, EventKind.REAPPEARED, key=found.capture, day=today, at=at, actor=actor, proof=found.capture
            )
            continues = case
            break
    return store.open_case(
        code, continues, practitioner=found.practitioner, controller=controller, platform=found.platform,
        day=today, at=at, actor=actor, data={"findings": [entry]},
    )  # fmt: skip
