"""Which days of a case belong in a person's own diary, and what is said there. Dates only: no clock, no file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from listingguard.domain.case import AT_CNIL, PRESUMED_AFTER_DAYS, CaseOutcome, State, Status
from listingguard.domain.french import french_day

KEPT_BY_THE_POST = 15
"""Days for which a registered letter waits at the post office; by then the notice is back, or the letter is."""


@dataclass(frozen=True)
class Entry:
    """One whole day in a diary. uid: the same each time, so that a calendar replaces what it already has."""

    uid: str
    day: date
    title: str
    text: str


def entries(
    now: Status, case: str, platform: str, written_on: date, then: str, channels: Collection[str] = ()
) -> tuple[Entry, ...]:
    """Return what a person should find in their diary for one case, in order of day; empty when it is settled.

    Before the receipt is known: the day to look for it. After: the law's last day, and the council's mark, which is
    never called the law. written_on: the day the letter was approved. then: the command that notes the receipt.
    channels: how the letter leaves, also while it has not left; empty where nobody chose yet.
    """
    if now.state in (State.CLOSED, State.ERASED):
        return ()
    if now.state in AT_CNIL:
        return _at_cnil(now, case, platform)
    if now.clock is None or now.state is State.SENT:
        return (_receipt(now, case, platform, written_on, then, channels),)
    clock, known = now.clock, f"Réception {now.clock.basis.label} le {french_day(now.clock.receipt)}."
    if now.outcome in (CaseOutcome.REFUSED, CaseOutcome.PARTIAL, CaseOutcome.DISPROVED):
        # Nothing more is waited for; with the same name, the day that a calendar has is told anew.
        title = f"{platform} : échéance légale, pour mémoire (réponse déjà reçue)"
        text = (
            f"Dossier {case}. {known}\nLa plateforme a répondu : une plainte à la CNIL est possible dès maintenant, "
            f"listingguard complain {case}"
        )
        return (Entry(f"{case}-legal@listingguard", clock.legal.due, title, text),)
    legal = Entry(
        f"{case}-legal@listingguard",
        clock.legal.due,
        f"{platform} : dernier jour pour répondre (échéance légale)",
        "\n".join(
            (
                f"Dossier {case}. {known}",
                f"Échéance légale : {clock.legal.basis}.",
                *clock.legal.working,
                f"Sans réponse à la fin de ce jour, une plainte à la CNIL est possible : listingguard complain {case}",
            )
        ),
    )
    council = Entry(
        f"{case}-council@listingguard",
        clock.council.due,
        f"{platform} : repère du conseil de l’Ordre",
        "\n".join(
            (
                f"Dossier {case}. {known}",
                "Ce repère est celui que le conseil de l’Ordre annonce à ses membres ; ce n’est pas le délai de la loi, "
                f"qui est passé depuis le {french_day(clock.legal.due)}.",
            )
        ),
    )
    # A valid extension moves the law's day beyond the mark, which then says nothing any more.
    return (legal, council) if clock.council.due > clock.legal.due else (legal,)


def _at_cnil(now: Status, case: str, platform: str) -> tuple[Entry, ...]:
    """Return the day of the reminder of a complaint at the CNIL: never computed as a deadline (law page, part 3)."""
    if now.cnil_reminder is None:
        return ()
    text = (
        f"Dossier {case}. Rappel, et non une échéance calculée : trois mois sans nouvelles de la CNIL. Consulter un avocat.\n"
        f"Si la CNIL a écrit : listingguard event add {case} cnil_ack --day JOUR --proof FICHIER"
    )
    title = f"{platform} : trois mois sans nouvelles de la CNIL (rappel)"
    return (Entry(f"{case}-cnil@listingguard", now.cnil_reminder, title, text),)


def _receipt(now: Status, case: str, platform: str, written_on: date, then: str, channels: Collection[str]) -> Entry:
    by_mail = [day for _, day, channel in now.dispatches if channel == "email"]
    if by_mail or (not now.dispatches and set(channels) == {"email"}):
        day = min(by_mail, default=written_on) + timedelta(days=PRESUMED_AFTER_DAYS)
        text = (
            "Le courriel est parti et aucun message d’erreur n’est revenu ? La réception est alors présumée au jour de l’envoi. Un accusé de "
            "réception est arrivé ? Enregistrez-le."
        )
    else:
        day = (now.sent_on or written_on) + timedelta(days=KEPT_BY_THE_POST)
        text = (
            "L’avis de réception est-il revenu ? Notez le jour qu’il porte : c’est de ce jour que court le délai d’un "
            "mois, et non du dépôt à la poste."
        )
    return Entry(
        f"{case}-receipt@listingguard",
        day,
        f"{platform} : noter la réception de la demande",
        f"Dossier {case}.\n{text}\nPour le noter : {then}",
    )
