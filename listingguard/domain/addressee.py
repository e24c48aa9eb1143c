"""Whom a request, and the complaint after it, is about: the platform's controller, or the practice that a person chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from listingguard.domain.case import EventKind, Fact, effective
from listingguard.domain.record import CaseRow

PLATFORM, PRACTICE = "platform", "practice"


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
