"""What people are told of a case because a day has come. Dates only: no clock, no store.

`notices` says what is true on a day; the ledger of what was told keeps each from being said twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from listingguard.domain.case import AT_CNIL, LATE, State, Status
from listingguard.domain.french import french_day
from listingguard.domain.question import call_due

READINGS_AFTER_CLAIM = (1, 8, 30)
"""Days after « c’est effacé » on which the page is read again."""

ID_REVIEW_DAYS = 30
"""A demand for proof of identity is looked at again by a person after this many days."""

APPEAL_NOTICE_DAYS = 30
"""How long before the reminder of an appeal people are told of it."""

WATCH_MONTHS = 12
"""A removal is watched for a year."""


PRESUME, CLAIMED, WATCH_OVER, REMIND = "presume", "claimed", "watch_over", "remind"
"""What the program itself does when the day comes: these are events and letters, nothing is told."""


@dataclass(frozen=True)
class Notice:
    """One thing people are told, once: what, about which date, and the French sentence."""

    kind: str
    due: date
    text: str


def notices(case: str, now: Status) -> tuple[Notice, ...]:
    """Return what people must be told of a case on `now.day`, whether it was told before or not."""
    found: list[Notice] = []

    def add(kind: str, due: date, text: str) -> None:
        found.append(Notice(kind, due, f"{case} : {text}"))

    clock, today = now.clock, now.day
    if now.due_changed is not None and now.state is not State.CLOSED:
        add("due_changed", now.due_changed.day, changed(now.due_changed.reason, *now.due_changed.legal))
    if clock is not None and now.overdue_since is not None and now.state in (State.OVERDUE, State.CNIL_READY):
        add(
            "legal",
            clock.legal.due,
            f"sans réponse. L’échéance légale était le {french_day(clock.legal.due)} "
            f"(réception {clock.basis.label} le {french_day(clock.receipt)}).",
        )
        if today > clock.council.due:
            add(
                "council",
                clock.council.due,
                f"le repère du conseil, le {french_day(clock.council.due)}, est passé lui aussi.",
            )
    call = call_due(now.asked_on) if now.state is State.DETECTED and now.answer is None else None
    if call is not None and call <= today:
        add("call", call, "la question et ses rappels sont restés sans réponse, une personne appelle le praticien.")
    if now.id_asked_on is not None and now.state is State.ID_PENDING:
        review = now.id_asked_on + timedelta(days=ID_REVIEW_DAYS)
        if review <= today:
            add("identity", review, "un justificatif d’identité est demandé depuis trente jours, une personne décide.")
    if now.claimed_erased_on is not None and now.state in LATE:
        passed = [day for day in rereadings(now.claimed_erased_on) if day <= today]
        if passed:
            # Of several that a machine switched off has missed, the last one says it all.
            add("reread", passed[-1], "la plateforme dit avoir effacé, la page est à relire.")
    if now.state in AT_CNIL and now.cnil_reminder is not None and today > now.cnil_reminder:
        add("cnil", now.cnil_reminder, "trois mois sans nouvelles de la CNIL, consulter un avocat.")
    if now.appeal_by is not None and now.appeal_by - timedelta(days=APPEAL_NOTICE_DAYS) <= today <= now.appeal_by:
        add(
            "appeal",
            now.appeal_by,
            f"la décision de la CNIL se conteste en principe dans les deux mois, d’ici au {french_day(now.appeal_by)} "
            "(simple repère) : consulter un avocat.",
        )
    return tuple(found)


def changed(reason: str, before: date | None, after: date | None) -> str:
    """Return the sentence that says how the law's deadline moved."""
    was = f"elle était le {french_day(before)}" if before else "elle ne courait pas"
    now = f"elle est le {french_day(after)}" if after else "elle ne court plus"
    return f"l’échéance légale est recalculée ({reason}) : {was}, {now}."


def rereadings(claimed: date) -> tuple[date, ...]:
    """Return the days on which a page is read again after its erasure was announced.

    >>> [str(day) for day in rereadings(date(2026, 3, 1))]
    ['2026-03-02', '2026-03-09', '2026-03-31']
    """
    return tuple(claimed + timedelta(days=n) for n in READINGS_AFTER_CLAIM)
