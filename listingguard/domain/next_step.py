"""What must be done next in a case, by whom and by when, and what a complaint still lacks. A look, never a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from listingguard.domain.alarm import ID_REVIEW_DAYS, READINGS_AFTER_CLAIM
from listingguard.domain.case import (
    AT_CNIL,
    EARLY,
    LATE,
    PRESUMED_AFTER_DAYS,
    Acting,
    EventKind,
    Fact,
    Rules,
    State,
    Status,
    effective,
)
from listingguard.domain.deadline import add_months
from listingguard.domain.french import french_day
from listingguard.domain.practitioner import MANDATE_NOTICE_DAYS, Mandate, Verdict
from listingguard.domain.practitioner import Status as Standing
from listingguard.domain.question import Said, call_due, reminder_due
from listingguard.domain.record import CaptureRow

FRESH_CAPTURE_DAYS = 7
"""A complaint shows a capture at most this old."""


class Who(StrEnum):
    """Who must do the next thing."""

    PRACTITIONER = "practitioner"
    STAFF = "staff"
    OFFICER = "officer"
    PROGRAM = "program"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "practitioner": "le praticien",
            "staff": "le secrétariat",
            "officer": "l’élu qui approuve",
            "program": "listingguard",
        }[self.value]


@dataclass(frozen=True)
class Action:
    """One thing to do: a code the screens map to a command, who does it, by when (None: as soon as possible)."""

    code: str
    who: Who
    text: str
    due: date | None = None


def next_actions(
    now: Status, rules: Rules, *, seen_by_another: bool = True, replied: bool = False
) -> tuple[Action, ...]:
    """Return what must be done next in a case, most pressing first; empty when it is closed and settled.

    seen_by_another: see the function of that name; where it is not so, a second capture is asked for before filing. A
    complaint may do without it, and then says so. replied: the platform's question was answered, see `replied`.
    """
    alone = rules.acting is Acting.SELF
    staff = Who.PRACTITIONER if alone else Who.STAFF
    officer = Who.PRACTITIONER if alone else Who.OFFICER
    actions: list[Action] = []
    if now.tell_cnil:
        actions.append(Action("tell_cnil", staff, "Informer la CNIL de ce qui a changé depuis le dépôt de la plainte."))
    if now.to_withdraw:
        text = "Écrire à la plateforme pour retirer la demande qu’elle a reçue, puis le noter (withdrawal_told)."
        actions.append(Action("withdraw", staff, text))
    if now.unasked and not now.question_open and now.state in EARLY | LATE:
        text = f"Recueillir la parole du praticien sur ce qui s’est ajouté depuis : {', '.join(now.unasked)}."
        actions.append(Action("word", staff, text))
    if now.answer is not None and now.state is not State.CLOSED:
        actions.append(_answered(now.answer, staff))
    if now.suspended and now.state is not State.CLOSED:
        actions.append(Action("held", staff, f"Dossier retenu : {now.suspended}."))
    if len(now.held) > bool(now.suspended) and now.state not in _NO_MANDATE:
        text = "Aucun mandat n’est plus en cours : en faire signer un nouveau ; rien ne part d’ici là."
        actions.append(Action("mandate", staff, text))
    clock = now.clock
    match now.state:
        case State.DETECTED if now.answer is None:
            actions.append(_word(now, staff))
        case State.CONFIRMED if not alone:
            actions.append(Action("mandate", staff, "Faire signer le mandat, puis l’enregistrer."))
        case State.CONFIRMED | State.MANDATED:
            actions.append(Action("approve", officer, "Relire la demande, cocher ses motifs et l’approuver."))
        case State.DRAFTED if now.undelivered:
            actions.append(
                Action(
                    "approve", officer, "La demande n’est pas arrivée : vérifier l’adresse, puis l’approuver à nouveau."
                )
            )
        case State.DRAFTED:
            actions.append(Action("send", staff, "Envoyer la demande approuvée."))
        case State.SENT:
            emails = [d for _, d, channel in now.dispatches if channel == "email"]
            due = min(emails) + timedelta(days=PRESUMED_AFTER_DAYS) if emails else None
            actions.append(
                Action("receipt", staff, "Enregistrer la preuve de réception, ou l’échec de la remise.", due)
            )
        case State.ID_PENDING:
            review = now.id_asked_on + timedelta(days=ID_REVIEW_DAYS) if now.id_asked_on else None
            actions.append(
                Action(
                    "identity",
                    staff,
                    "Répondre à la demande de justificatif ; aucune copie de pièce d’identité d’office.",
                    review,
                )
            )
        case State.RUNNING | State.EXTENDED if now.answered and not now.claimed_erased_on and not replied:
            # What it asked is no refusal, and none is ever recorded for it: the clock goes on.
            text = (
                "La plateforme a répondu sans effacer ni refuser : une personne lui répond ; le délai court toujours."
            )
            actions.append(Action("reply", staff, text))
        case State.RUNNING | State.EXTENDED if not now.claimed_erased_on and clock and now.day > clock.legal.due:
            text = "L’échéance légale est passée sans effacement : une personne relit les réponses et les qualifie."
            actions.append(Action("qualify", staff, text))
        case State.RUNNING | State.EXTENDED if not now.claimed_erased_on:
            actions.append(
                Action("wait", Who.PROGRAM, "Attendre la réponse de la plateforme.", clock.legal.due if clock else None)
            )
        case State.OVERDUE:
            actions.append(
                Action(
                    "complain",
                    staff,
                    "L’échéance légale est passée sans réponse : la plainte est possible ; le repère du conseil n’est pas encore passé.",
                    clock.council.due if clock else None,
                )
            )
        case State.REFUSED | State.PARTIAL:
            actions.append(
                Action("complain", staff, "Refus ou réponse partielle : la plainte est possible dès maintenant.")
            )
        case State.CNIL_READY:
            actions.append(Action("complain", officer, "Construire la plainte, la relire, la signer et la déposer."))
        case State.FILED | State.CNIL_PENDING:
            if now.cnil_asks:
                actions.append(Action("cnil_documents", staff, "Adresser à la CNIL les précisions qu’elle demande."))
            actions.append(
                Action(
                    "cnil",
                    staff,
                    "Rappel : trois mois sans nouvelles de la CNIL, consulter un avocat.",
                    now.cnil_reminder,
                )
            )
        case State.ERASED:
            over = add_months(now.erased_on, 12) if now.erased_on else None
            actions.append(Action("watch", Who.PROGRAM, "Retrait observé : surveiller pendant un an.", over))
        case _:
            pass
    complaint = next((action for action in actions if action.code == "complain"), None)
    if not seen_by_another and complaint is not None:
        text = (
            "Avant le dépôt : faire enregistrer la page par une autre personne, depuis une autre connexion et dans un "
            "navigateur ordinaire, puis l’importer (listingguard capture import)."
        )
        actions.append(Action("second_capture", staff, text, complaint.due))
    if now.claimed_erased_on and now.state in LATE:
        days = [now.claimed_erased_on + timedelta(days=n) for n in READINGS_AFTER_CLAIM]
        due = next((d for d in days if d >= now.day), days[-1])
        text = "La plateforme dit avoir effacé : relire la page aux jours 1, 8 et 30."
        actions.append(Action("reread", staff, text, due))
    if now.appeal_by and now.day <= now.appeal_by:
        text = "Rappel : deux mois pour contester la décision de la CNIL, consulter un avocat."
        actions.append(Action("appeal", staff, text, now.appeal_by))
    waits = bool(now.answer is not None or now.unasked)
    return tuple(a for a in actions if not ((now.held and a.code in _OUTGOING) or (waits and a.code in _AS_APPROVED)))


_QUESTIONED = frozenset({EventKind.PRECISION_ASKED, EventKind.WRONG_CHANNEL})
_WROTE = frozenset({EventKind.LETTER_SENT, EventKind.REQUEST_SENT})


def replied(facts: Iterable[Fact], today: date) -> bool:
    """Return True when something was written to the platform since it last asked for a precision or another channel."""
    told = [f for f in effective(facts) if f.day <= today]
    asked = [f for f in told if f.kind in _QUESTIONED]
    return bool(asked) and any(f.kind in _WROTE and f.seq > asked[-1].seq and f.day >= asked[-1].day for f in told)


def _word(now: Status, staff: Who) -> Action:
    """Return what to do while the practitioner's own word is missing: ask, wait, remind, then call."""
    if not now.asked_on:
        return Action("word", staff, "Recueillir la parole du praticien : est-ce lui, et a-t-il donné un accord ?")
    due, call = reminder_due(now.asked_on), call_due(now.asked_on)
    if call is not None and call <= now.day:
        return Action(
            "call", staff, "La question et ses rappels sont restés sans réponse : appeler le praticien.", call
        )
    if due is not None and due <= now.day:
        return Action("remind", staff, "La question est restée sans réponse : envoyer le rappel.", due)
    return Action("wait", Who.PROGRAM, "Attendre la réponse du praticien à la question.", due or call)


def _answered(said: Said, staff: Who) -> Action:
    """Return what to do about an answer that settles nothing by itself."""
    if said is Said.TALK:
        return Action("call", staff, "Le praticien souhaite en parler : l’appeler, puis enregistrer sa réponse.")
    text = f"Le praticien répond « {said.label} » : une personne décide si c’était un accord, puis l’enregistre."
    return Action("decide", staff, text)


def ledger_actions(now: Status, rules: Rules, said: Verdict, mandates: Sequence[Mandate]) -> tuple[Action, ...]:
    """Return what the ledger and the mandates ask of people in an open case; empty when all is well.

    said: the verdict of the day on the case's platform. mandates: all of the practitioner's. A case whose practitioner
    has not confirmed the listing yet asks nothing here.
    """
    staff = Who.PRACTITIONER if rules.acting is Acting.SELF else Who.STAFF
    found = []
    if now.state in (State.DETECTED, State.ERASED, State.CLOSED):
        return ()
    if said is not Verdict.UNAUTHORISED and now.answer is None:
        text = "Le registre ne permet plus de dire que le praticien n’a pas donné d’accord : une personne vérifie."
        found.append(Action("agreement", staff, text))
    if rules.acting is Acting.COUNCIL:
        last = max((m.until for m in mandates if m.valid(now.day)), default=None)
        renewed = any(m.since > now.day and m.revoked_on is None for m in mandates)
        if last is not None and last <= now.day + timedelta(days=MANDATE_NOTICE_DAYS) and not renewed:
            text = "Le mandat arrive à son terme : en faire signer un autre, ou laisser les démarches s’arrêter."
            found.append(Action("mandate", staff, text, last))
    return tuple(found)


def mandate_over(now: Status, rules: Rules, mandates: Sequence[Mandate]) -> Action | None:
    """Return what to do where the last mandate has ended by that day and no other holds; None: one does, or none ended.

    It follows from the day alone, whether or not the scheduler has run. Source: the CNIL's recommendation 2021-070: a
    mandate has a duration; the law page, part 8.
    """
    if rules.acting is not Acting.COUNCIL or now.state in _NO_MANDATE or any(m.valid(now.day) for m in mandates):
        return None
    ended = max((m.until for m in mandates if m.until < now.day and m.revoked_on is None), default=None)
    if ended is None:
        return None
    later = min((m.since for m in mandates if m.since > now.day and m.revoked_on is None), default=None)
    cure = f"le suivant commence le {french_day(later)}" if later else "en faire signer un nouveau"
    text = f"Le mandat a pris fin le {french_day(ended)} : {cure} ; rien ne part d’ici là."
    return Action("held" if later else "mandate", Who.STAFF, text)


def kept_in(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Return what may still be done once the last mandate is over: all but what sends, leads to sending, or says so again."""
    return tuple(action for action in actions if action.code not in _OUTGOING | {"email_at_once", "mandate"})


_NO_MANDATE = frozenset({State.DETECTED, State.CONFIRMED, State.ERASED, State.CLOSED})
"""States in which a mandate is not needed, or is asked for anyway."""


def roster_actions(now: Status, rules: Rules, standing: Standing) -> tuple[Action, ...]:
    """Return what a change on the roster asks of people in an open case: a death, a departure, a word to make clear.

    Who retired or moved away keeps the right to have a page removed; whether this council goes on acting is for a person.
    """
    staff = Who.PRACTITIONER if rules.acting is Acting.SELF else Who.STAFF
    if now.state is State.CLOSED or standing is Standing.ACTIVE:
        return ()
    if standing is Standing.DECEASED:
        text = "Le tableau dit le praticien décédé : le noter au dossier, rien ne part plus ; les héritiers relèvent d’une personne."
        return (Action("deceased", staff, text),)
    text = (
        f"Le tableau dit du praticien « {standing.label} » : vérifier si le conseil agit encore pour lui ; sinon, lui remettre "
        "le dossier ou le fermer."
    )
    return (Action("left", staff, text),)


def kept_for(actions: Iterable[Action], standing: Standing) -> tuple[Action, ...]:
    """Return what may still be done for somebody of that standing: no question, no request leaves for the struck off."""
    return tuple(action for action in actions if action.code not in _STOPPED.get(standing, frozenset()))


_STOPPED = {
    Standing.STRUCK_OFF: frozenset({"word", "remind", "approve", "send"}),
    Standing.UNCLEAR: frozenset({"approve", "send"}),
}
"""What the stops of a sending refuse anyway, see `question.silent_because` and `stops`."""

_OUTGOING = frozenset({"approve", "send", "complain", "second_capture", "remind"})
"""What a held case does not offer."""

_AS_APPROVED = frozenset({"approve", "send"})
"""What waits for the practitioner's word on all that the letter says."""


def seen_by_another(captures: Iterable[CaptureRow], since: date | None, today: date) -> bool:
    """Return True when a person captured a listing after the request, and somebody or something else captured it too.

    captures: of the listings of one case. since: the day the request left, None: not yet. A person’s capture names who
    made it; a scan names nobody. That the connection was another one is not recorded: the person is told to use one.
    """
    # It knows the letters as well: heavy, and not needed for a list of cases.
    from listingguard.domain.annex import by_person

    captures = [c for c in captures if c.day <= today]
    who = {str(c.manifest.get("by", "")) for c in captures}
    return since is not None and any(
        by_person(c) and c.day >= since and who - {str(c.manifest.get("by", ""))} for c in captures
    )


# -- the guard of a complaint ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Missing:
    """One thing a guard still wants: a French sentence and the code of what to do."""

    code: str
    text: str


def complaint_missing(
    now: Status,
    rules: Rules,
    *,
    mandate_valid: bool,
    capture_days: Sequence[date],
    prior: bool,
    replied: bool = False,
) -> tuple[Missing, ...]:
    """Return what a complaint still lacks on `now.day`; empty when it may be built.

    capture_days: the days on which the listing was captured, shown. prior: the request left before the case was
    opened, so no capture may precede it. replied: the platform's question was answered, see `replied`. Source: the law
    page, part 8, guards.
    """
    lacks: list[Missing] = []
    if now.sent_on is None:
        lacks.append(Missing("send", "la demande n’a pas été envoyée à la plateforme"))
    if now.held:
        lacks.append(Missing("held", f"le dossier est retenu : {' ; '.join(now.held)}"))
    if now.state in (State.CLOSED, State.ERASED, State.FILED, State.CNIL_PENDING):
        lacks.append(Missing("state", f"le dossier est dans l’état « {now.state.label} »"))
    if now.sent_on is not None and (now.clock is None or now.base is State.SENT):
        lacks.append(Missing("receipt", "la réception de la demande n’est ni prouvée ni présumée"))
    decided = now.base in (State.REFUSED, State.PARTIAL, State.CNIL_READY)
    settled = now.state in (State.OVERDUE, State.CNIL_READY, State.CLOSED, State.ERASED, *AT_CNIL)
    if now.clock is not None and not decided and not settled:
        if now.day <= now.clock.legal.due:
            lacks.append(
                Missing(
                    "wait",
                    f"l’échéance légale n’est pas passée : elle court jusqu’au {french_day(now.clock.legal.due)}",
                )
            )
        elif now.state not in (State.RUNNING, State.EXTENDED) or now.claimed_erased_on:
            lacks.append(Missing("qualify", "la plateforme a répondu : une personne doit qualifier sa réponse"))
        elif not replied:
            # A silence over one's own unanswered letter is no silence.
            asked = "la plateforme a demandé une précision ou un autre canal, et rien ne lui a été répondu depuis"
            lacks.append(Missing("reply", asked))
    if rules.acting is Acting.COUNCIL and not mandate_valid:
        lacks.append(Missing("mandate", "aucun mandat valable ce jour"))
    sent = now.sent_on or now.day
    capture_days = [d for d in capture_days if d <= now.day]
    if not capture_days:
        lacks.append(Missing("capture", "aucune capture de la fiche"))
    else:
        if not prior and not any(d <= sent for d in capture_days):
            lacks.append(Missing("capture_before", "aucune capture de la fiche d’avant la demande"))
        if max(capture_days) < now.day - timedelta(days=FRESH_CAPTURE_DAYS):
            lacks.append(Missing("scan", f"aucune capture de la fiche de moins de {FRESH_CAPTURE_DAYS} jours"))
    return tuple(lacks)
