"""Whom a request, and the complaint after it, is about: the platform's controller, or the practice that a person chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from listingguard.domain.case import EventKind, Fact, effective
from listingguard.domain.record import CaseRow

PLATFORM, PRACTICE = "platform", "practice"

CONTACT_AGE_DAYS = 365
"""An addressee's contacts count as verified for this long."""

NOTICE_AGE_DAYS = 30
"""A letter to a platform rests on a copy of its legal notice at most this old (law page, part 9)."""


@dataclass(frozen=True)
class NoticeRow:
    """A copy of the legal notice of who answers for a site: its bytes by their SHA-256 in the vault, the day it was seen."""

    controller: str
    url: str
    day: date
    document: str
    actor: str


def controller_record(controllers: Mapping[str, Mapping[str, Any]], case: CaseRow) -> Mapping[str, Any]:
    """Return the record of who answers for the case's platform; empty when nobody wrote one."""
    return controllers.get(case.controller, {})


def addressee_record(
    controllers: Mapping[str, Mapping[str, Any]], case: CaseRow, facts: Sequence[Fact]
) -> Mapping[str, Any]:
    """Return the record of whom the request is written to: the platform's controller, unless a person chose the practice.

    On a customer page the practice may be the controller and the platform its processor (art. 4(7) and (8) GDPR).
    """
    chosen = chosen_addressee(facts)
    if chosen is not None and chosen.data.get("to") == PRACTICE:
        return {**chosen.data, "verified_on": chosen.day.isoformat()}
    return controller_record(controllers, case)


def chosen_addressee(facts: Sequence[Fact]) -> Fact | None:
    """Return the last choice of an addressee, None when nobody chose."""
    return next((f for f in reversed(effective(facts)) if f.kind is EventKind.ADDRESSEE_CHOSEN), None)


def verified(record: Mapping[str, Any], today: date) -> bool:
    """Return True when a person verified the contacts of a record, and not too long ago."""
    text = str(record.get("verified_on") or "")
    return bool(text) and today - timedelta(days=CONTACT_AGE_DAYS) <= date.fromisoformat(text) <= today


def fresh_notice(notices: Iterable[NoticeRow], today: date) -> NoticeRow | None:
    """Return the latest copy of a legal notice that a letter of that day may rest on; None when there is none."""
    return max(
        (n for n in notices if today - timedelta(days=NOTICE_AGE_DAYS) <= n.day <= today),
        key=lambda row: row.day,
        default=None,
    )
