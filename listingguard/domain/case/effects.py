"""What an event does to a case beyond « go to that state »: one function per kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from listingguard.domain.case.facts import Fact
from listingguard.domain.case.guards import bounced_email, long_standing
from listingguard.domain.case.standing import DueChange
from listingguard.domain.case.table import AT_CNIL, RULES
from listingguard.domain.case.words import Acting, EventKind, State
from listingguard.domain.deadline import add_months
from listingguard.domain.french import french_day
from listingguard.domain.question import Said

if TYPE_CHECKING:
    from listingguard.domain.case.fold import Fold

_K = EventKind


def _asked(fold: Fold, fact: Fact, state: State | None) -> None:
    if not fold.question_open:
        # A page that joined since is asked about anew, with reminders of its own.
        fold.asked_on.clear()
    fold.asked_on.append(fact.day)
    fold.question_open = True
    fold.after_question.clear()


def _answer_heard(fold: Fold, fact: Fact, state: State | None) -> None:
    said = fact.data.get("said")
    answer = Said(said) if said in set(Said) else None
    fold.answer = answer if answer is not None and answer.waits else None
    if answer is Said.NOT_AGREED:
        _spoken(fold)


def _own_word(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.answer = State.CONFIRMED, None
    _spoken(fold)


def _spoken(fold: Fold) -> None:
    """A word covers every page, but those that joined after the question it answers: the question did not show them."""
    fold.unasked = [*fold.after_question]
    fold.question_open = False
    fold.after_question.clear()


def _finding_added(fold: Fold, fact: Fact, state: State | None) -> None:
    joined = [str(found.get("url") or found.get("listing")) for found in fact.data.get("findings", ())]
    fold.unasked += joined
    if fold.question_open:
        fold.after_question += joined


def _mandate_signed(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.mandate = True
    fold.held.pop("mandate", None)
    if fold.base is State.CONFIRMED:
        fold.base = State.MANDATED


def _mandate_lost(fold: Fold, fact: Fact, state: State | None) -> None:
    if fold.rules.acting is Acting.SELF:
        return
    fold.mandate = False
    if state is State.DETECTED:
        # Nothing was to leave under it yet; the question to the person needs none.
        return
    fold.held["mandate"] = f"{fact.kind.label} : rien ne part avant un nouveau mandat"
    if state in AT_CNIL:
        fold.tell_cnil = True


def _approved(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.undelivered = State.DRAFTED, False


def _letter_withdrawn(fold: Fold, fact: Fact, state: State | None) -> None:
    # Only the request moves the case: it waits for its approval again.
    if fact.data.get("request") and fold.base is State.DRAFTED:
        council = fold.rules.acting is Acting.COUNCIL
        fold.base, fold.undelivered = State.MANDATED if council and fold.mandate else State.CONFIRMED, False


def _prior_request(fold: Fold, fact: Fact, state: State | None) -> None:
    sent = fact.data.get("sent_on")
    day = date.fromisoformat(sent) if sent else fact.day
    fold.base, fold.sent_on = State.SENT, day
    fold.standing[fact.key] = (day, str(fact.data.get("channel", "post")))
    received = fact.data.get("received_on")
    if received:
        fold.prove(date.fromisoformat(received))
    fold.marks.append("Demande envoyée avant l’ouverture du dossier, reprise avec ses preuves.")


def _request_sent(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.standing[str(fact.data.get("dispatch", fact.key))] = (fact.day, str(fact.data.get("channel", "email")))
    fold.sent_on = min(fold.sent_on or fact.day, fact.day)
    if fold.base is State.DRAFTED:
        fold.base, fold.undelivered = State.SENT, False
    if state is State.CLOSED:
        # Left after all, from a case that asks for nothing any more: where its reason says so, it is taken back.
        fold.to_withdraw = fold.to_withdraw or fold.closed_by in _WITHOUT_REASON
        fold.marks.append(
            f"Demande partie le {french_day(fact.day)} alors que le dossier était clos : "
            f"{'à retirer auprès de la plateforme' if fold.to_withdraw else 'une personne décide de la suite'}."
        )


_WITHOUT_REASON = frozenset({_K.AUTHORISED, _K.NOT_ME, _K.AGREEMENT_FOUND, _K.WITHDRAWN})
"""What closes a case in which nothing is to be asked of the platform, nor ever was, or is no longer wanted."""


def _dispatch_failed(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.undelivered = fold.base is State.DRAFTED


def _receipt_presumed(fold: Fold, fact: Fact, state: State | None) -> None:
    # The clock runs from the day of dispatch, not from the seventh day.
    fold.presumed = min(fold.emails().values())
    fold.base = State.RUNNING


def _received(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.receive(fact, state)


def _bounced(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.standing.pop(bounced_email(fold, fact) or "", None)
    fold.sent_on = min((day for day, _ in fold.standing.values()), default=None)
    # Another e-mail is presumed received only once it has itself stood long enough.
    stood = long_standing(fold.emails(), fact.day) if fold.presumed else []
    fold.presumed = min(stood) if stood else None
    if not fold.standing:
        fold.base, fold.undelivered = State.DRAFTED, True
        fold.marks.append("Le courriel n’a pas été remis : vérifiez l’adresse du destinataire.")
    else:
        fold.base = State.RUNNING if stood else State.SENT


def _undelivered_post(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.marks.append(
        f"{fact.kind.label} le {french_day(fact.day)} : prouve l’envoi, pas une date ; envoyez aussi un courriel, une personne décide."
    )


def _id_requested(fold: Fold, fact: Fact, state: State | None) -> None:
    if state is not State.RUNNING:
        fold.marks.append("Justificatif demandé trop tard : il ne suspend rien, une personne décide.")
        return
    fold.before_id, fold.base, fold.id_asked, fold.told_by_letter = fold.base, State.ID_PENDING, fact.day, False
    if fact.data.get("timely", True):
        fold.pauses.append((fact.day, None))
    else:
        fold.marks.append("Justificatif demandé sans motif ou sans diligence, selon une personne : il ne suspend rien.")


def _id_supplied(fold: Fold, fact: Fact, state: State | None) -> None:
    if fold.base is State.ID_PENDING:
        fold.base = fold.before_id or State.RUNNING
    elif fold.told_by_letter:
        # Something more was given after the letter: the reckoning keeps the later day.
        since, until = fold.pauses[-1]
        fold.pauses[-1] = (since, max(until or fact.day, fact.day))
    fold.told_by_letter = False


def _letter_sent(fold: Fold, fact: Fact, state: State | None) -> None:
    # The letter gives what identifies the person: the suspension, if there is one, ends the day it leaves.
    if fold.base is State.ID_PENDING and fact.data.get("kind") == "answer_identity":
        fold.base, fold.told_by_letter = fold.before_id or State.RUNNING, fold.suspended


def _extension(fold: Fold, fact: Fact, state: State | None) -> None:
    reasoned = bool(fact.data.get("reasoned"))
    timely = fold.in_first_month(fact.day)
    if timely and reasoned and state is State.RUNNING:
        fold.base, fold.extension = State.EXTENDED, fact.day
        return
    why = "sans motif" if not reasoned else "après le premier mois" if not timely else "après une réponse"
    fold.marks.append(f"Prolongation annoncée {why} : elle ne vaut pas, l’échéance d’un mois demeure.")


def _answer(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.answered = fold.answered or fact.day


def _erased_claimed(fold: Fold, fact: Fact, state: State | None) -> None:
    _answer(fold, fact, state)
    fold.claimed = fact.day


def _disproved(fold: Fold, fact: Fact, state: State | None) -> None:
    _decided(fold, fact, state)
    fold.claimed = None


def _decided(fold: Fold, fact: Fact, state: State | None) -> None:
    _answer(fold, fact, state)
    fold.decided = fact.kind
    fold.base = RULES[fact.kind][1]


def _erased_verified(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.erased = State.ERASED, fact.day
    fold.tell_cnil = fold.tell_cnil or state in AT_CNIL


def _filed(fold: Fold, fact: Fact, state: State | None) -> None:
    clock = fold.clock(fact.day)
    if state in (State.SENT, State.RUNNING, State.EXTENDED, State.ID_PENDING) and clock is not None:
        fold.tell_cnil = True
        fold.marks.append(
            f"La plainte a été déposée le {french_day(fact.day)}, avant la fin de l’échéance telle qu’elle se calcule "
            f"aujourd’hui, le {french_day(clock.legal.due)} : la CNIL doit l’apprendre."
        )
    if state in (State.REFUSED, State.PARTIAL) and fact.data.get("pack"):
        fold.tell_cnil = True
        fold.marks.append(
            f"La plainte a été déposée le {french_day(fact.day)} sans la réponse venue depuis sa signature : en informer la CNIL."
        )
    fold.base, fold.filed, fold.cnil_news = State.FILED, fact.day, fact.day


def _cnil_news(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.cnil_news = State.CNIL_PENDING, fact.day
    fold.cnil_asks = fact.kind is _K.CNIL_INFO_REQUEST


def _cnil_told(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.tell_cnil = fold.cnil_asks = False


def _cnil_done(fold: Fold, fact: Fact, state: State | None) -> None:
    # A file that only needs completing goes back to be signed and filed again.
    fold.base = State.CNIL_READY if fact.data.get("complete") else State.CLOSED
    fold.appeal_by, fold.tell_cnil = add_months(fact.day, 2), False


def _agreed_after_all(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.base = State.CLOSED
    if fold.sent_on is not None:
        fold.to_withdraw = True
        fold.marks.append(
            f"{fact.kind.label[0].upper()}{fact.kind.label[1:]} : proposer à la plateforme un courrier qui retire la demande ; "
            "rien n’est supprimé du dossier."
        )


def _gives_up(fold: Fold, fact: Fact, state: State | None) -> None:
    # What was asked in somebody's name is taken back in it; a page seen gone leaves nothing to take back.
    fold.base = State.CLOSED
    if fold.sent_on is not None and state is not State.ERASED:
        fold.to_withdraw = True
        fold.marks.append("La personne renonce : proposer à la plateforme un courrier qui retire la demande reçue.")


def _withdrawal_told(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.to_withdraw = False


def _deceased(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.mandate, fold.tell_cnil = State.CLOSED, False, False
    fold.marks.append(
        "Décès : le mandat a pris fin et rien ne part ; les héritiers (loi du 6 janvier 1978, articles 84 et 85) "
        "relèvent d’une personne."
    )


def _double(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.base = State.CLOSED
    fold.marks.append(f"Dossier en double : tout se suit dans le dossier {fact.data.get('of', '')}.")


def _new_controller(fold: Fold, fact: Fact, state: State | None) -> None:
    # The request was received by the one it was sent to: its answer is owed by that one, on that one's clock.
    told = str(fact.data.get("to", ""))
    fold.marks.append(
        f"L’exploitant a changé le {french_day(fact.day)}{f' ({told})' if told else ''} : la demande et ses échéances restent "
        "celles du responsable qui l’a reçue ; au nouveau, une nouvelle demande, dans un nouveau dossier."
    )
    if state in AT_CNIL:
        fold.tell_cnil = True


def _due_changed(fold: Fold, fact: Fact, state: State | None) -> None:
    def days(name: str) -> tuple[date | None, date | None]:
        before, after = fact.data.get(name) or (None, None)
        return date.fromisoformat(before) if before else None, date.fromisoformat(after) if after else None

    fold.due_changed = DueChange(fact.day, str(fact.data.get("reason", "")), days("legal"), days("council"))


def _hold(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.held["hold"] = str(fact.data.get("reason") or "dossier suspendu")


def _release(fold: Fold, fact: Fact, state: State | None) -> None:
    fold.held.pop("hold", None)


EFFECTS: dict[EventKind, Callable[[Fold, Fact, State | None], None]] = {
    _K.FINDING_ADDED: _finding_added,
    _K.ASKED: _asked,
    _K.ANSWERED: _answer_heard,
    _K.LISTING_CONFIRMED_BY_KINE: _own_word,
    _K.MANDATE_SIGNED: _mandate_signed,
    _K.MANDATE_EXPIRED: _mandate_lost,
    _K.MANDATE_REVOKED: _mandate_lost,
    _K.REQUEST_APPROVED: _approved,
    _K.LETTER_WITHDRAWN: _letter_withdrawn,
    _K.PRIOR_REQUEST_RECORDED: _prior_request,
    _K.REQUEST_SENT: _request_sent,
    _K.DISPATCH_FAILED: _dispatch_failed,
    _K.RECEIPT_PRESUMED: _receipt_presumed,
    _K.RECEIVED: _received,
    _K.ACKNOWLEDGED: _received,
    _K.BOUNCED: _bounced,
    _K.REFUSED_DELIVERY: _undelivered_post,
    _K.UNCLAIMED: _undelivered_post,
    _K.NOT_AT_ADDRESS: _undelivered_post,
    _K.ID_REQUESTED: _id_requested,
    _K.ID_SUPPLIED: _id_supplied,
    _K.LETTER_SENT: _letter_sent,
    _K.PRECISION_ASKED: _answer,
    _K.WRONG_CHANNEL: _answer,
    _K.EXTENSION_NOTIFIED: _extension,
    _K.ERASED_CLAIMED: _erased_claimed,
    _K.CLAIM_DISPROVED: _disproved,
    _K.PARTIAL: _decided,
    _K.REFUSAL: _decided,
    _K.ERASED_VERIFIED: _erased_verified,
    _K.FILED: _filed,
    _K.CNIL_ACK: _cnil_news,
    _K.CNIL_TOLD: _cnil_told,
    _K.CNIL_INFO_REQUEST: _cnil_news,
    _K.CNIL_CLOSED: _cnil_done,
    _K.CNIL_REJECTED: _cnil_done,
    _K.AUTHORISED: _agreed_after_all,
    _K.NOT_ME: _agreed_after_all,
    _K.AGREEMENT_FOUND: _agreed_after_all,
    _K.WITHDRAWN: _gives_up,
    _K.WITHDRAWAL_TOLD: _withdrawal_told,
    _K.DECEASED: _deceased,
    _K.DUPLICATE: _double,
    _K.CONTROLLER_CHANGED: _new_controller,
    _K.DUE_CHANGED: _due_changed,
    _K.HOLD: _hold,
    _K.RELEASE: _release,
}
