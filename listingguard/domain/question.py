"""The question to the practitioner about a listing: what may be answered, and when the next reminder is due. Dates only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from listingguard.domain.practitioner import Practitioner, Status, Verdict, Watch

REMIND_AFTER_DAYS = (10, 24)
"""A question without an answer is asked again after so many days, twice at most; then a person calls."""

BETWEEN_DAYS = 7
"""However late a reminder is, the one before it is left this long to be answered."""

CALL_AFTER_DAYS = 14
"""After the last reminder, a person calls once this many days have gone by."""

DECLARATION = "À ma connaissance, je n’ai ni souscrit d’offre, ni créé, revendiqué ou modifié de fiche, ni chargé un tiers de le faire."
"""What the practitioner declares with the first answer; the council declares nothing of the kind."""


class Said(StrEnum):
    """What the practitioner answers, in the order of the letter."""

    NOT_AGREED = "not_agreed"
    AGREED = "agreed"
    PRACTICE = "practice"
    CLAIMED = "claimed"
    NOT_ME = "not_me"
    TALK = "talk"

    @property
    def label(self) -> str:
        """Return the answer as the letter words it."""
        return {
            "not_agreed": "c’est moi et je n’ai pas donné mon accord",
            "agreed": "j’ai donné mon accord",
            "practice": "mon cabinet, ou mon ancien cabinet, a ouvert la fiche",
            "claimed": "j’ai autrefois ouvert, revendiqué ou modifié une fiche",
            "not_me": "ce n’est pas moi",
            "talk": "je souhaite en parler",
        }[self.value]

    @property
    def waits(self) -> bool:
        """Return True where the answer settles nothing by itself: a person decides, or calls."""
        return self in (Said.PRACTICE, Said.CLAIMED, Said.TALK)


_NUMBERED = re.compile(
    r"(?im)^\W*(?:(?:la )?(?:phrase|réponse|n°)\s*)?([1-6])\s*(?:$|[.):–-])|\b(?:phrase|réponse) (?:n° ?)?([1-6])\b"
)


def said_in(text: str) -> Said | None:
    """Return the answer that a reply seems to give, by its number or the letter's own words; None: none, or several.

    >>> said_in("Bonjour,\\nPhrase 1. À ma connaissance, …"), said_in("Je souhaite en parler."), said_in("Phrases 1 ou 2 ?")
    (<Said.NOT_AGREED: 'not_agreed'>, <Said.TALK: 'talk'>, None)
    """
    answers = tuple(Said)
    found = {answers[int(number[1] or number[2]) - 1] for number in _NUMBERED.finditer(text)}
    plain = text.lower().replace("'", "’")
    found |= {each for each in answers if each.label in plain}
    if DECLARATION.lower()[:50] in plain:
        found.add(Said.NOT_AGREED)
    return found.pop() if len(found) == 1 else None


def reminder_due(asked: Sequence[date]) -> date | None:
    """Return the day from which the next reminder may leave; None: nothing was asked, or all reminders have left.

    asked: the days on which the question, then each reminder, left.

    >>> reminder_due([date(2026, 1, 5)])
    datetime.date(2026, 1, 15)
    >>> reminder_due([date(2026, 1, 5), date(2026, 2, 2)])
    datetime.date(2026, 2, 9)
    >>> reminder_due([date(2026, 1, 5), date(2026, 1, 15), date(2026, 1, 29)]) is None
    True
    """
    days = sorted(asked)
    if not days or len(days) > len(REMIND_AFTER_DAYS):
        return None
    due = days[0] + timedelta(days=REMIND_AFTER_DAYS[len(days) - 1])
    return max(due, days[-1] + timedelta(days=BETWEEN_DAYS))


def call_due(asked: Sequence[date]) -> date | None:
    """Return the day from which a person calls, all reminders having left; None before that."""
    days = sorted(asked)
    return days[-1] + timedelta(days=CALL_AFTER_DAYS) if len(days) > len(REMIND_AFTER_DAYS) else None


def silent_because(
    person: Practitioner,
    watch: Watch | None,
    said: Verdict,
    *,
    held: Sequence[str],
    answered: bool,
    contested: Sequence[str] = (),
) -> str:
    """Return why nothing may be asked of someone now, or an empty string.

    said: what the ledger says of them and the platform. held: why nothing leaves the case. answered: a message of
    theirs is there, read or not. contested: the pages of which two people do not say the same.
    """
    if held:
        return f"dossier retenu : {' ; '.join(held)}"
    if person.status is Status.DECEASED:
        return "la personne est décédée : rien ne lui est écrit"
    if person.status is Status.STRUCK_OFF:
        return "la personne n’est plus au tableau (radiation) : le conseil n’agit plus pour elle"
    if watch is not None and watch.opposed_on is not None:
        return "la personne s’est opposée à ces recherches"
    if said is Verdict.AUTHORISED:
        return "un accord avec cette plateforme est en cours"
    if contested:
        return f"deux personnes ne disent pas la même chose de la page {contested[0]} : listingguard review"
    return "un message de cette personne est à lire" if answered else ""
