"""What an event needs beyond the table: each guard gives the French sentence that refuses it, or None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from listingguard.domain.case.facts import Fact
from listingguard.domain.case.table import ABSENCE_DAYS, PRESUMED_AFTER_DAYS, REPLIES
from listingguard.domain.case.words import Acting, EventKind, State
from listingguard.domain.deadline import add_months
from listingguard.domain.french import french_day

if TYPE_CHECKING:
    from listingguard.domain.case.fold import Fold

_K = EventKind


def stated_day(fact: Fact) -> date:
    """Return the day of receipt the fact states, else its own day."""
    stated = fact.data.get("received_on")
    return date.fromisoformat(stated) if isinstance(stated, str) and stated else fact.day


def free(fold: Fold, fact: Fact, state: State) -> str | None:
    """Return why nothing leaves the case, or None."""
    return f"Rien ne part de ce dossier : {' ; '.join(fold.held.values())}." if fold.held else None


def _mandate_first(fold: Fold, fact: Fact, state: State) -> str | None:
    if fold.held:
        return free(fold, fact, state)
    if fold.rules.acting is Acting.COUNCIL and not fold.mandate:
        return "Le conseil n’agit que sur mandat signé : enregistrez d’abord le mandat."
    if state is State.DRAFTED and not fold.undelivered:
        return "La demande est déjà approuvée."
    return None


def _before_approval(fold: Fold, fact: Fact, state: State) -> str | None:
    # An approved letter is frozen, its addressee too.
    return "La demande est déjà approuvée." if state is State.DRAFTED and not fold.undelivered else None


def _council_acts(fold: Fold, fact: Fact, state: State) -> str | None:
    # A kiné who hands the case over signs the one the council will act under.
    if fold.rules.acting is Acting.SELF and fact.data.get("for") != Acting.COUNCIL:
        return "Qui agit pour soi-même ne signe pas de mandat."
    return None


def _never_filed(fold: Fold, fact: Fact, state: State) -> str | None:
    if state is State.ERASED and fold.filed:
        return "Une plainte a été déposée : enregistrez « agreement_found » ou « withdrawn »."
    return None


def _sent_before(fold: Fold, fact: Fact, state: State) -> str | None:
    """A prior request was sent at the latest the day it is recorded under, and received after it was sent."""
    sent, received = fact.data.get("sent_on"), fact.data.get("received_on")
    day = date.fromisoformat(sent) if sent else fact.day
    if day > fact.day:
        return f"Une demande antérieure ne part pas après le {french_day(fact.day)}."
    return _impossible_receipt(day, date.fromisoformat(received)) if received else None


def _after_sending(fold: Fold, fact: Fact, state: State) -> str | None:
    received = stated_day(fact)
    if received > fact.day:
        return f"Ce qui est du {french_day(fact.day)} ne prouve pas une réception le {french_day(received)}."
    return _impossible_receipt(fold.sent_on, received)


def _impossible_receipt(sent: date | None, received: date) -> str | None:
    if sent is not None and received < sent:
        return f"Une demande partie le {french_day(sent)} n’a pas pu être reçue le {french_day(received)}."
    return None


def _presumable(fold: Fold, fact: Fact, state: State) -> str | None:
    emails = fold.emails()
    if not emails:
        return "Seul un courriel parti sans retour d’erreur peut être présumé reçu."
    if not long_standing(emails, fact.day):
        return f"La réception d’un courriel ne se présume qu’après {PRESUMED_AFTER_DAYS} jours sans retour d’erreur."
    return None


def long_standing(emails: Mapping[str, date], day: date) -> list[date]:
    """Return the days of the e-mails that have not come back for long enough to be presumed received."""
    return [sent for sent in emails.values() if sent + timedelta(days=PRESUMED_AFTER_DAYS) <= day]


def _bounceable(fold: Fold, fact: Fact, state: State) -> str | None:
    if fold.proven is not None:
        return "La réception est déjà prouvée."
    return None if bounced_email(fold, fact) else "Ce courriel n’existe pas ou a déjà été retourné."


def bounced_email(fold: Fold, fact: Fact) -> str | None:
    """Return the dispatch that came back: the one named, else the only e-mail standing."""
    emails, named = fold.emails(), str(fact.data.get("dispatch", ""))
    if named:
        return named if named in emails else None
    return next(iter(emails)) if len(emails) == 1 else None


def _pending(fold: Fold, fact: Fact, state: State) -> str | None:
    awaited = fold.base is State.ID_PENDING or fold.told_by_letter
    return None if awaited else "Aucun justificatif d’identité n’est attendu."


def _was_claimed(fold: Fold, fact: Fact, state: State) -> str | None:
    return None if fold.claimed else "Aucune annonce d’effacement n’est à démentir."


def _two_readings(fold: Fold, fact: Fact, state: State) -> str | None:
    # Only what was seen between the request and that day: a page that was away before, and came back, proves nothing.
    told = (date.fromisoformat(d) for d in fact.data.get("absent_on", ()))
    days = sorted(d for d in told if (fold.sent_on or fact.day) <= d <= fact.day)
    if len(days) < 2 or (days[-1] - days[0]).days < ABSENCE_DAYS:
        return f"Un retrait se constate par deux lectures concordantes à {ABSENCE_DAYS} jours d’écart au moins."
    return None


def _a_year(fold: Fold, fact: Fact, state: State) -> str | None:
    if fold.erased and fact.day < add_months(fold.erased, 12):
        return "La surveillance dure un an après le retrait observé."
    return None


def _after_watch(fold: Fold, fact: Fact, state: State) -> str | None:
    if state is State.CLOSED and fold.closed_by is not _K.WATCH_OVER:
        return "Le dossier a été clos pour une autre raison : ouvrez-en un nouveau."
    return None


def _not_held(fold: Fold, fact: Fact, state: State) -> str | None:
    return None if "hold" in fold.held else "Le dossier n’est pas suspendu."


def _owed_to_cnil(fold: Fold, fact: Fact, state: State) -> str | None:
    return "La CNIL n’a rien à apprendre d’un dossier clos." if state is State.CLOSED and not fold.tell_cnil else None


def _told_of_it(fold: Fold, fact: Fact, state: State) -> str | None:
    if state in (State.CLOSED, State.ERASED) and not fold.tell_cnil:
        return "Aucune plainte n’est à la CNIL, ou elle sait déjà comment le dossier s’est terminé."
    return None


def _left_by_itself(fold: Fold, fact: Fact, state: State) -> str | None:
    # A sending of the outbox, that somebody made all the same; nothing else is sent from a closed case.
    if state is State.CLOSED and not fact.data.get("dispatch"):
        return "D’un dossier clos rien ne part : seul un envoi approuvé avant, et parti malgré tout, y est encore noté."
    return None


def _something_to_ask(fold: Fold, fact: Fact, state: State) -> str | None:
    if state is State.DETECTED or fold.unasked:
        return None
    return "La personne a répondu, et aucune page ne s’est ajoutée depuis."


def _double_of(fold: Fold, fact: Fact, state: State) -> str | None:
    return None if fact.data.get("of") else "Un dossier en double nomme celui qui demeure (--of DOSSIER)."


def _to_take_back(fold: Fold, fact: Fact, state: State) -> str | None:
    return None if fold.to_withdraw else "Aucune demande n’est à retirer auprès de la plateforme."


def _may_complain(fold: Fold, fact: Fact, state: State) -> str | None:
    if fold.held or state not in (State.RUNNING, State.EXTENDED):
        return free(fold, fact, state)
    clock = fold.clock(fact.day)
    if clock is None or fact.day <= clock.legal.due:
        return "Le délai légal de réponse court encore."
    return (
        "La plateforme dit avoir effacé : des lectures de la page le confirment ou non d’abord."
        if fold.claimed
        else None
    )


GUARDS: dict[EventKind, Callable[[Fold, Fact, State], str | None]] = {
    **dict.fromkeys((*REPLIES, _K.RECEIVED, _K.ACKNOWLEDGED), _after_sending),
    _K.ASKED: _something_to_ask,
    _K.DUPLICATE: _double_of,
    _K.AUTHORISED: _never_filed,
    _K.NOT_ME: _never_filed,
    _K.MANDATE_SIGNED: _council_acts,
    _K.PRIOR_REQUEST_RECORDED: _sent_before,
    _K.ID_SUPPLIED: _pending,
    _K.PACK_REQUESTED: _may_complain,
    _K.FILED: free,
    _K.ADDRESSEE_CHOSEN: _before_approval,
    _K.REQUEST_APPROVED: _mandate_first,
    _K.REQUEST_SENT: _left_by_itself,
    _K.LETTER_APPROVED: free,
    _K.RECEIPT_PRESUMED: _presumable,
    _K.BOUNCED: _bounceable,
    _K.CLAIM_DISPROVED: _was_claimed,
    _K.ERASED_VERIFIED: _two_readings,
    _K.WATCH_OVER: _a_year,
    _K.REAPPEARED: _after_watch,
    _K.RELEASE: _not_held,
    _K.CNIL_TOLD: _owed_to_cnil,
    _K.PACK_BUILT: _told_of_it,
    _K.PACK_SIGNED: _told_of_it,
    _K.WITHDRAWAL_TOLD: _to_take_back,
}
NEEDS_PAYLOAD = frozenset({_K.ERASED_VERIFIED, _K.BOUNCED, _K.DUPLICATE})
