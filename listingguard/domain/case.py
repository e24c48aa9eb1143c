"""A case: one practitioner and one controller. Folds what happened into where it stands on a day; touches no store.

The state machine is the table of the law page, part 8: `_RULES` says from where each event may happen and where it
leads. OVERDUE and CNIL_READY by the gate are computed from the clock, never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from listingguard.domain.deadline import Basis, Deadline, add_months, both_clocks, extension_valid, suspended_days
from listingguard.domain.french import french_day
from listingguard.domain.question import Said

PRESUMED_AFTER_DAYS = 7
"""An e-mail that did not bounce for this many days is presumed received on the day it left."""

ABSENCE_DAYS = 7
"""Two readings that agree on an absence lie at least this many days apart."""


class Acting(StrEnum):
    """Who writes: the practitioner alone, or the council under a mandate."""

    SELF = "self"
    COUNCIL = "council"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"self": "le praticien lui-même", "council": "le conseil de l’Ordre, sur mandat"}[self.value]


class Gate(StrEnum):
    """When a complaint is drafted without being asked: after the law's month, or after the council's two."""

    LEGAL = "legal"
    COUNCIL = "council"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"legal": "échéance légale", "council": "repère du conseil"}[self.value]


class State(StrEnum):
    """Where a case stands."""

    DETECTED = "detected"
    CONFIRMED = "confirmed"
    MANDATED = "mandated"
    DRAFTED = "drafted"
    SENT = "sent"
    RUNNING = "running"
    ID_PENDING = "id_pending"
    EXTENDED = "extended"
    ERASED = "erased"
    PARTIAL = "partial"
    REFUSED = "refused"
    OVERDUE = "overdue"
    CNIL_READY = "cnil_ready"
    FILED = "filed"
    CNIL_PENDING = "cnil_pending"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return _STATE_LABELS[self.value]


_STATE_LABELS = {
    "detected": "Repérée",
    "confirmed": "Confirmée",
    "mandated": "Mandat reçu",
    "drafted": "Courrier prêt",
    "sent": "Envoyé, réception à prouver",
    "running": "Délai en cours",
    "id_pending": "Justificatif demandé",
    "extended": "Délai prolongé",
    "erased": "Retrait observé",
    "partial": "Réponse partielle",
    "refused": "Refus",
    "overdue": "Sans réponse",
    "cnil_ready": "Plainte à signer",
    "filed": "Plainte déposée",
    "cnil_pending": "En cours à la CNIL",
    "closed": "Clos",
}


class EventKind(StrEnum):
    """What may happen in a case."""

    DETECTED = "detected"
    FINDING_ADDED = "finding_added"
    ASKED = "asked"
    ANSWERED = "answered"
    LISTING_CONFIRMED_BY_KINE = "listing_confirmed_by_kine"
    AUTHORISED = "authorised"
    NOT_ME = "not_me"
    GONE_BEFORE_REQUEST = "gone_before_request"
    MANDATE_SIGNED = "mandate_signed"
    MANDATE_EXPIRED = "mandate_expired"
    MANDATE_REVOKED = "mandate_revoked"
    ADDRESSEE_CHOSEN = "addressee_chosen"
    REQUEST_APPROVED = "request_approved"
    PRIOR_REQUEST_RECORDED = "prior_request_recorded"
    REQUEST_SENT = "request_sent"
    DISPATCH_FAILED = "dispatch_failed"
    DISPATCH_UNKNOWN = "dispatch_unknown"
    DISPATCH_NOT_SENT = "dispatch_not_sent"
    RECEIPT_PRESUMED = "receipt_presumed"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    BOUNCED = "bounced"
    REFUSED_DELIVERY = "refused_delivery"
    UNCLAIMED = "unclaimed"
    ID_REQUESTED = "id_requested"
    ID_SUPPLIED = "id_supplied"
    PRECISION_ASKED = "precision_asked"
    WRONG_CHANNEL = "wrong_channel"
    EXTENSION_NOTIFIED = "extension_notified"
    ERASED_CLAIMED = "erased_claimed"
    CLAIM_DISPROVED = "claim_disproved"
    ERASED_VERIFIED = "erased_verified"
    PARTIAL = "partial"
    REFUSAL = "refusal"
    PACK_REQUESTED = "pack_requested"
    PACK_BUILT = "pack_built"
    FILED = "filed"
    CNIL_ACK = "cnil_ack"
    CNIL_INFO_REQUEST = "cnil_info_request"
    CNIL_TOLD = "cnil_told"
    CNIL_CLOSED = "cnil_closed"
    CNIL_REJECTED = "cnil_rejected"
    AGREEMENT_FOUND = "agreement_found"
    DECEASED = "deceased"
    WITHDRAWN = "withdrawn"
    WITHDRAWAL_TOLD = "withdrawal_told"
    HOLD = "hold"
    RELEASE = "release"
    REAPPEARED = "reappeared"
    WATCH_OVER = "watch_over"
    CORRECTION = "correction"

    @property
    def label(self) -> str:
        """Return the French words shown on screen and in the chronology."""
        return _EVENT_LABELS[self.value]


_EVENT_LABELS = {
    "detected": "fiche repérée",
    "finding_added": "autre fiche repérée",
    "asked": "question posée à la personne concernée",
    "answered": "réponse de la personne concernée",
    "listing_confirmed_by_kine": "la personne concernée se reconnaît et déclare n’avoir donné aucun accord",
    "authorised": "un accord existe",
    "not_me": "la personne ne se reconnaît pas",
    "gone_before_request": "fiche absente avant toute demande",
    "mandate_signed": "mandat signé",
    "mandate_expired": "mandat arrivé à son terme",
    "mandate_revoked": "mandat révoqué",
    "addressee_chosen": "destinataire de la demande choisi",
    "request_approved": "demande approuvée",
    "prior_request_recorded": "demande antérieure enregistrée",
    "request_sent": "demande envoyée",
    "dispatch_failed": "envoi impossible",
    "dispatch_unknown": "envoi incertain",
    "dispatch_not_sent": "envoi reconnu non parti",
    "receipt_presumed": "réception présumée",
    "received": "réception prouvée",
    "acknowledged": "accusé de réception",
    "bounced": "courriel non remis",
    "refused_delivery": "courrier refusé par le destinataire",
    "unclaimed": "courrier non réclamé",
    "id_requested": "justificatif d’identité demandé",
    "id_supplied": "justificatif d’identité fourni",
    "precision_asked": "précision demandée par la plateforme",
    "wrong_channel": "la plateforme renvoie vers un autre canal",
    "extension_notified": "prolongation annoncée",
    "erased_claimed": "la plateforme dit avoir effacé",
    "claim_disproved": "la fiche est encore affichée malgré l’annonce",
    "erased_verified": "retrait observé",
    "partial": "réponse partielle",
    "refusal": "refus",
    "pack_requested": "plainte demandée",
    "pack_built": "plainte et pièces construites",
    "filed": "plainte déposée",
    "cnil_ack": "accusé de réception de la CNIL",
    "cnil_info_request": "la CNIL demande des précisions",
    "cnil_told": "la CNIL a été informée",
    "cnil_closed": "la CNIL a clos la plainte",
    "cnil_rejected": "la CNIL a rejeté la plainte",
    "agreement_found": "un contrat ou un compte existe",
    "deceased": "décès de la personne concernée",
    "withdrawn": "la personne concernée renonce",
    "withdrawal_told": "retrait de la demande écrit à la plateforme",
    "hold": "dossier suspendu",
    "release": "dossier repris",
    "reappeared": "fiche réapparue",
    "watch_over": "fin de la surveillance",
    "correction": "rectification",
}


@dataclass(frozen=True)
class Fact:
    """One event of a case with its payload, as the fold reads it. A purged payload is empty."""

    seq: int
    kind: EventKind
    key: str
    day: date
    actor: str = ""
    proof: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Rules:
    """What the home decided and the calendar says. holidays: name of each public holiday where the platform acts.

    families: the hosts that another name of a platform stands for, see practitioner.families.
    """

    acting: Acting
    gate: Gate
    holidays: Mapping[date, str]
    families: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Clock:
    """Both deadlines of a request. `legal` is the one acted on: the later of with and without suspension.

    receipt: the day it runs from; basis: proven or presumed. presumed_receipt: what was presumed before, shown
    beside. extended: the platform validly extended, so `legal` counts three months.
    """

    receipt: date
    basis: Basis
    legal: Deadline
    council: Deadline
    without_pause: Deadline
    extended: bool = False
    presumed_receipt: date | None = None

    def gate_due(self, gate: Gate) -> date:
        """Return the last day on which no complaint is drafted by itself."""
        return self.legal.due if gate is Gate.LEGAL else max(self.legal.due, self.council.due)


@dataclass(frozen=True)
class Status:
    """Where a case stands on one day. `base` is the state before the clock is read; `state` is what people see.

    held: why nothing may leave (empty = free). marks: French sentences a person must know. ignored: numbers of
    events that had no effect where they fall in time. close_reason: the event that closed the case. silent: the
    legal deadline passed without an answer, and nothing was decided since. undelivered: the request came back or
    never left, the next one needs a new approval. cnil_reminder, appeal_by: reminders of three and two months,
    never deadlines of the law. cnil_asks: the CNIL waits for documents.
    """

    state: State
    base: State
    day: date
    opened_on: date | None = None
    held: tuple[str, ...] = ()
    clock: Clock | None = None
    sent_on: date | None = None
    answered: bool = False
    claimed_erased_on: date | None = None
    erased_on: date | None = None
    filed_on: date | None = None
    tell_cnil: bool = False
    asked_on: tuple[date, ...] = ()
    """Days on which the practitioner was asked, reminders included."""
    answer: Said | None = None
    """The practitioner's answer that waits for a person."""
    unasked: tuple[str, ...] = ()
    """Addresses of the pages that joined the case after the practitioner's own word: they said nothing of these."""
    to_withdraw: bool = False
    """The platform must be told that the request it received is taken back."""
    pack_requested: bool = False
    close_reason: EventKind | None = None
    marks: tuple[str, ...] = ()
    ignored: tuple[int, ...] = ()
    silent: bool = False
    undelivered: bool = False
    id_asked_on: date | None = None
    cnil_reminder: date | None = None
    cnil_asks: bool = False
    appeal_by: date | None = None
    dispatches: tuple[tuple[str, date, str], ...] = ()
    """Standing dispatches: id, day, channel."""

    @property
    def overdue_since(self) -> date | None:
        """Return the first day of silence, the day after the legal deadline; None while it runs or was answered in time."""
        return self.clock.legal.late_from if self.clock is not None and self.silent else None


OPEN = frozenset(
    {State.SENT, State.RUNNING, State.ID_PENDING, State.EXTENDED, State.PARTIAL, State.REFUSED, State.OVERDUE}
)
_EARLY = frozenset({State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED})
AT_CNIL = frozenset({State.FILED, State.CNIL_PENDING})
"""The complaint is at the CNIL: what the platform says now moves nothing, and the CNIL is told."""

LATE = OPEN | {State.CNIL_READY}
"""An answer still moves the case, however late."""

_ALIVE = frozenset(State) - {State.CLOSED}

REPLIES = frozenset(
    {
        EventKind.ID_REQUESTED,
        EventKind.PRECISION_ASKED,
        EventKind.WRONG_CHANNEL,
        EventKind.EXTENSION_NOTIFIED,
        EventKind.ERASED_CLAIMED,
        EventKind.PARTIAL,
        EventKind.REFUSAL,
    }
)
"""Answers of the platform: each proves receipt, at the latest on its day. An acknowledgement is no answer."""

_K = EventKind
_RULES: dict[EventKind, tuple[frozenset[State], State | None]] = {
    _K.FINDING_ADDED: (_ALIVE, None),
    _K.ASKED: (frozenset({State.DETECTED}), None),
    _K.ANSWERED: (_ALIVE, None),
    _K.LISTING_CONFIRMED_BY_KINE: (frozenset({State.DETECTED}), State.CONFIRMED),
    _K.AUTHORISED: (_EARLY | LATE | {State.ERASED}, State.CLOSED),
    _K.NOT_ME: (_EARLY | LATE | {State.ERASED}, State.CLOSED),
    _K.GONE_BEFORE_REQUEST: (_EARLY, State.CLOSED),
    _K.MANDATE_SIGNED: (_ALIVE - {State.DETECTED}, None),
    _K.MANDATE_EXPIRED: (_ALIVE, None),
    _K.MANDATE_REVOKED: (_ALIVE, None),
    _K.ADDRESSEE_CHOSEN: (_EARLY, None),
    _K.REQUEST_APPROVED: (frozenset({State.CONFIRMED, State.MANDATED, State.DRAFTED}), State.DRAFTED),
    _K.PRIOR_REQUEST_RECORDED: (frozenset({State.CONFIRMED, State.MANDATED}), State.SENT),
    _K.REQUEST_SENT: (frozenset({State.DRAFTED, State.SENT, State.RUNNING}), State.SENT),
    _K.DISPATCH_FAILED: (_ALIVE, None),
    _K.DISPATCH_UNKNOWN: (_ALIVE, None),
    _K.DISPATCH_NOT_SENT: (_ALIVE, None),
    _K.RECEIPT_PRESUMED: (frozenset({State.SENT}), State.RUNNING),
    _K.RECEIVED: (LATE, None),
    _K.ACKNOWLEDGED: (LATE, None),
    _K.BOUNCED: (frozenset({State.SENT, State.RUNNING, State.OVERDUE, State.CNIL_READY}), None),
    # Post comes back weeks later, when the e-mail sent beside it has long moved the case: recorded, moves nothing.
    _K.REFUSED_DELIVERY: (LATE, None),
    _K.UNCLAIMED: (LATE, None),
    _K.ID_REQUESTED: (
        frozenset({State.SENT, State.RUNNING, State.OVERDUE, State.CNIL_READY}) | AT_CNIL,
        State.ID_PENDING,
    ),
    _K.ID_SUPPLIED: (frozenset({State.ID_PENDING, State.OVERDUE, State.CNIL_READY}), None),
    _K.PRECISION_ASKED: (LATE | AT_CNIL, None),
    _K.WRONG_CHANNEL: (LATE | AT_CNIL, None),
    _K.EXTENSION_NOTIFIED: (
        frozenset({State.SENT, State.RUNNING, State.OVERDUE, State.CNIL_READY}) | AT_CNIL,
        State.EXTENDED,
    ),
    _K.ERASED_CLAIMED: (LATE | AT_CNIL, None),
    _K.CLAIM_DISPROVED: (LATE, State.PARTIAL),
    _K.ERASED_VERIFIED: (LATE | AT_CNIL, State.ERASED),
    _K.PARTIAL: (LATE | AT_CNIL, State.PARTIAL),
    _K.REFUSAL: (LATE | AT_CNIL, State.REFUSED),
    _K.PACK_REQUESTED: (
        frozenset({State.REFUSED, State.PARTIAL, State.OVERDUE, State.CNIL_READY}),
        State.CNIL_READY,
    ),
    _K.PACK_BUILT: (AT_CNIL | {State.CNIL_READY}, None),
    _K.FILED: (frozenset({State.CNIL_READY}), State.FILED),
    _K.CNIL_ACK: (AT_CNIL, State.CNIL_PENDING),
    _K.CNIL_INFO_REQUEST: (AT_CNIL, State.CNIL_PENDING),
    _K.CNIL_TOLD: (AT_CNIL | {State.ERASED, State.CLOSED}, None),
    _K.CNIL_CLOSED: (AT_CNIL, State.CLOSED),
    _K.CNIL_REJECTED: (AT_CNIL, State.CLOSED),
    _K.AGREEMENT_FOUND: (_ALIVE, State.CLOSED),
    _K.DECEASED: (_ALIVE, State.CLOSED),
    _K.WITHDRAWN: (_ALIVE, State.CLOSED),
    _K.WITHDRAWAL_TOLD: (frozenset({State.CLOSED}), None),
    _K.HOLD: (_ALIVE, None),
    _K.RELEASE: (_ALIVE, None),
    _K.REAPPEARED: (frozenset({State.ERASED, State.CLOSED}), None),
    _K.WATCH_OVER: (frozenset({State.ERASED}), State.CLOSED),
}


BY_THE_PROGRAM = frozenset(
    {_K.FINDING_ADDED, _K.DISPATCH_FAILED, _K.DISPATCH_UNKNOWN, _K.DISPATCH_NOT_SENT, _K.PACK_BUILT}
)
"""What no person enters by hand, so that no refusal proposes it."""


def findings_of(facts: Iterable[Fact]) -> tuple[Mapping[str, Any], ...]:
    """Return the findings of a case, oldest first: `listing`, `url`, `capture`, `reasons`, `verdict`, `judged_by`.

    What a correction took back is not among them.
    """
    found: list[Mapping[str, Any]] = []
    for fact in effective(facts):
        if fact.kind in (_K.DETECTED, _K.FINDING_ADDED):
            found += fact.data.get("findings", ())
    return tuple(found)


def effective(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return what happened after corrections, sorted by (day, number).

    A correction names the event it replaces by its number (`key`: `7`, then `7/2` for the second one); its payload
    holds `void: true`, or the new `day` and/or `data`. A correction of a correction takes its place; one that voids
    a correction takes it back, so that the event is again what it was.
    """
    by_seq = {f.seq: f for f in facts}
    in_force: dict[int, Fact] = {}
    replaced: set[int] = set()
    for seq in sorted((s for s, f in by_seq.items() if f.kind is _K.CORRECTION), reverse=True):
        root, target = _root(by_seq, seq), _target(by_seq, seq)
        if seq in replaced or root is None or target is None:
            continue
        replaced.add(target)
        if target == root or not by_seq[seq].data.get("void"):
            in_force.setdefault(root, by_seq[seq])
    read = (_corrected(f, in_force.get(s)) for s, f in by_seq.items() if f.kind is not _K.CORRECTION)
    return tuple(sorted((f for f in read if f), key=lambda f: (f.day, f.seq)))


def _corrected(fact: Fact, by: Fact | None) -> Fact | None:
    if by is None:
        return fact
    if by.data.get("void"):
        return None
    day = date.fromisoformat(by.data["day"]) if "day" in by.data else fact.day
    return replace(fact, day=day, data={**fact.data, **by.data.get("data", {})})


def _target(by_seq: Mapping[int, Fact], seq: int) -> int | None:
    """Return the number of the event that the correction `seq` names; it may only point backwards."""
    named = by_seq[seq].key.partition("/")[0]
    return int(named) if named.isdecimal() and int(named) < seq and int(named) in by_seq else None


def _root(by_seq: Mapping[int, Fact], seq: int) -> int | None:
    """Return the number of the event that a correction comes down to, through the corrections it corrects."""
    found: int | None = seq
    while found is not None and by_seq[found].kind is _K.CORRECTION:
        found = _target(by_seq, found)
    return found


def status(facts: Iterable[Fact], today: date, rules: Rules) -> Status:
    """Return where a case stands on `today`, folded from everything that happened up to that day.

    Pure: the same facts in any order give the same status. Events that cannot have an effect where they fall in
    time are listed in `ignored`, never lost.
    """
    return _folded(facts, today, rules).status(today)


def why_not(facts: Sequence[Fact], new: Fact, rules: Rules) -> str | None:
    """Return why `new` cannot be recorded (a French sentence that says what is allowed), or None when it can.

    `new` is judged where it falls in time: a receipt scanned late is placed before what came after it. So is the
    event that a correction changes.
    """
    subject = new.seq
    if new.kind is _K.CORRECTION:
        by_seq = {f.seq: f for f in facts} | {new.seq: new}
        root = _root(by_seq, new.seq)
        if root is None:
            return f"L’événement n° {new.key} n’existe pas dans ce dossier : une rectification nomme celui qu’elle remplace."
        if by_seq[root].kind is _K.DETECTED:
            return "L’ouverture du dossier ne se rectifie pas : fermez-le avec « not_me » ou « withdrawn »."
        if not (new.data.get("void") or "day" in new.data or new.data.get("data")):
            return "Une rectification dit ce qui change : le jour, le contenu, ou que l’événement n’a pas eu lieu."
        subject = root
    unreadable = _unreadable_day(new)
    if unreadable is not None:
        return unreadable
    fold = _Fold(rules)
    for fact in effective([*facts, new]):
        if fact.seq == subject:
            reason = fold.refusal(fact)
            if reason is None:
                return None
            allowed = (
                ", ".join(k.value for k in fold.allowed(fact.day) if k not in BY_THE_PROGRAM)
                or "rien d’autre qu’une rectification"
            )
            return f"{reason} Ce qui est possible : {allowed}."
        if fold.takes(fact):
            fold.apply(fact)
    return None


def _unreadable_day(new: Fact) -> str | None:
    """Return which day of the payload cannot be read or has not come yet, or None."""
    told = {**new.data, **(new.data.get("data") or {})}
    days = [told[name] for name in ("day", "received_on", "sent_on") if told.get(name)]
    for text in (*days, *told.get("absent_on", ())):
        try:
            day = date.fromisoformat(text)
        except (TypeError, ValueError):
            return f"« {text} » n’est pas un jour : écrivez-le AAAA-MM-JJ, par exemple 2026-03-05."
        if new.kind is _K.CORRECTION and day > new.day:
            return (
                f"Le {french_day(day)} n’est pas encore arrivé : une rectification ne place rien après son propre jour."
            )
    return None


def allowed(facts: Iterable[Fact], today: date, rules: Rules) -> tuple[EventKind, ...]:
    """Return the events the case accepts on `today`, in the order of the vocabulary."""
    return _folded(facts, today, rules).allowed(today)


def _folded(facts: Iterable[Fact], today: date, rules: Rules) -> _Fold:
    fold = _Fold(rules)
    for fact in effective(facts):
        if fact.day > today:
            break
        if fold.takes(fact):
            fold.apply(fact)
        else:
            fold.ignored.append(fact.seq)
    return fold


class _Fold:
    """The running state while facts are read in order of time."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.base: State | None = None
        self.opened: date | None = None
        self.held: dict[str, str] = {}
        self.standing: dict[str, tuple[date, str]] = {}
        self.undelivered = False
        self.mandate = False
        self.sent_on: date | None = None
        self.presumed: date | None = None
        self.proven: date | None = None
        self.pauses: list[tuple[date, date | None]] = []
        self.extension: date | None = None
        self.answered: date | None = None
        self.decided = False
        self.claimed: date | None = None
        self.erased: date | None = None
        self.filed: date | None = None
        self.cnil_news: date | None = None
        self.cnil_asks = False
        self.appeal_by: date | None = None
        self.tell_cnil = False
        self.asked_on: list[date] = []
        self.answer: Said | None = None
        self.unasked: list[str] = []
        self.to_withdraw = False
        self.before_id: State | None = None
        self.id_asked: date | None = None
        self.closed_by: EventKind | None = None
        self.marks: list[str] = []
        self.ignored: list[int] = []

    # -- the clock ---------------------------------------------------------------------------------------------

    def clock(self, day: date) -> Clock | None:
        """Return both deadlines as known on `day`; None before any request left."""
        emails = self.emails()
        start = self.proven or self.presumed or (min(emails.values()) if emails else None)
        if start is None:
            return None
        basis = Basis.PROVEN if self.proven else Basis.PRESUMED
        extended = self.extension is not None
        both = both_clocks(start, self.rules.holidays, extended=extended, suspended=self.paused(day), receipt=basis)
        presumed = self.presumed if self.proven and self.presumed != self.proven else None
        without = both.extended_no_pause or both.legal_no_pause
        return Clock(start, basis, both.in_force, both.council, without, extended, presumed)

    def emails(self) -> dict[str, date]:
        """Return the standing e-mails: dispatch and day."""
        return {name: day for name, (day, channel) in self.standing.items() if channel == "email"}

    def paused(self, day: date) -> list[tuple[date, date]]:
        """Return the pauses as known on `day`; one that is open lasts until then."""
        return [(since, until or max(day, since)) for since, until in self.pauses]

    def silent(self, day: date) -> bool:
        """Return True once the legal deadline passed without an answer: a late one does not undo the silence."""
        waiting = self.base in (State.RUNNING, State.EXTENDED, State.CNIL_READY) or (
            # A person said that the demand for identity suspends nothing.
            self.base is State.ID_PENDING and not self.suspended
        )
        clock = self.clock(day) if waiting and not self.decided else None
        if clock is None or day <= clock.legal.due:
            return False
        return self.answered is None or self.answered > clock.legal.due

    @property
    def suspended(self) -> bool:
        """Return True while a demand for identity suspends the clock."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    def shown(self, day: date) -> State | None:
        """Return the state people see on `day`, the clock included."""
        state = self.base
        if state in (State.RUNNING, State.EXTENDED, State.ID_PENDING) and self.silent(day):
            state = State.OVERDUE
        if state in (State.OVERDUE, State.REFUSED, State.PARTIAL):
            clock = self.clock(day)
            if clock is not None and day > clock.gate_due(self.rules.gate):
                state = State.CNIL_READY
        return state

    # -- what is possible --------------------------------------------------------------------------------------

    def allowed(self, day: date) -> tuple[EventKind, ...]:
        probe = Fact(10**9, _K.HOLD, "", day)
        return tuple(
            k for k in EventKind if k in _RULES and self.refusal(replace(probe, kind=k), shape_only=True) is None
        )

    def takes(self, fact: Fact) -> bool:
        """Return True where a recorded fact has its effect; a purged payload was judged when it was recorded."""
        purged = not fact.data and fact.kind is _K.ERASED_VERIFIED
        return self.refusal(fact, shape_only=purged, recorded=True) is None

    def refusal(self, fact: Fact, *, shape_only: bool = False, recorded: bool = False) -> str | None:
        """Return why the fact has no place here, or None. shape_only: do not look at the payload.

        recorded: it is in the log. A letter that was approved stays so, whatever answer is entered late.
        """
        kind = fact.kind
        if kind is _K.DETECTED:
            return None if self.base is None else "Le dossier est déjà ouvert."
        if self.base is None or self.opened is None:
            return "Le dossier n’est pas encore ouvert ce jour-là."
        state = self.shown(fact.day)
        assert state is not None
        if kind not in _RULES or state not in _RULES[kind][0]:
            return f"« {kind.label} » n’est pas possible dans l’état « {state.label} »."
        if kind is _K.REQUEST_APPROVED and not recorded and self.answer is not None:
            return f"La personne a répondu « {self.answer.label} » : rien n’est approuvé avant que ce soit éclairci."
        extra = _EXTRA.get(kind)
        return extra(self, fact, state) if extra and not (shape_only and kind in _NEEDS_PAYLOAD) else None

    # -- what it does ------------------------------------------------------------------------------------------

    def apply(self, fact: Fact) -> None:
        """Take one legal fact into account."""
        if fact.kind is _K.DETECTED:
            self.base, self.opened = State.DETECTED, fact.day
            return
        state = self.shown(fact.day)
        if fact.kind in REPLIES:
            self.receive(fact, state)
            if state in AT_CNIL:
                self.tell_cnil = True
                self.marks.append(
                    f"Réponse reçue après le dépôt de la plainte ({fact.kind.label}) : en informer la CNIL."
                )
                return
            # The proof comes first: on a presumed receipt it may undo the silence.
            state = self.shown(fact.day)
            clock = self.clock(fact.day)
            told = fact.kind in (_K.ID_REQUESTED, _K.EXTENSION_NOTIFIED)
            if clock is not None and fact.day > clock.legal.due and not told:
                self.marks.append(f"Réponse reçue après l’échéance, le {french_day(fact.day)} : {fact.kind.label}.")
        handler = _HANDLERS.get(fact.kind)
        target = _RULES[fact.kind][1]
        if handler is not None:
            handler(self, fact, state)
        elif target is not None:
            self.base = target
        if self.suspended and self.base is not State.ID_PENDING:
            # Who decided, or erased, no longer waits for a proof of identity.
            self.pauses[-1] = (self.pauses[-1][0], fact.day)
        if self.base is State.CLOSED and self.closed_by is None:
            self.closed_by = fact.kind
            if state in AT_CNIL and fact.kind not in (_K.CNIL_CLOSED, _K.CNIL_REJECTED, _K.DECEASED):
                self.tell_cnil = True

    def receive(self, fact: Fact, state: State | None) -> None:
        """Take a proof of receipt: the first fixes it, and what was computed from the presumed one begins again."""
        first = self.proven is None
        self.prove(_stated_day(fact))
        if first and state is State.CNIL_READY and self.base is State.CNIL_READY:
            self.base = State.RUNNING

    def prove(self, day: date) -> None:
        """Take a proven day of receipt; once there is one, only an earlier day moves it."""
        if self.proven is None or day < self.proven:
            self.proven = day
        if self.base is State.SENT:
            self.base = State.RUNNING
        if self.extension is not None and not self.in_first_month(self.extension):
            self.extension = None
            if self.base is State.EXTENDED:
                self.base = State.RUNNING
            self.marks.append(
                "Réception prouvée plus tôt : la prolongation, annoncée après le premier mois, ne vaut plus."
            )

    def in_first_month(self, noticed: date) -> bool:
        """Return True where a notice that reached us that day came within the first month of the proven receipt."""
        days = suspended_days((since, min(until, noticed)) for since, until in self.paused(noticed) if since < noticed)
        return self.proven is not None and extension_valid(
            self.proven, noticed, True, self.rules.holidays, suspended=days
        )

    def status(self, today: date) -> Status:
        shown = self.shown(today)
        if self.base is None or shown is None:
            return Status(State.DETECTED, State.DETECTED, today, ignored=tuple(self.ignored))
        clock = self.clock(today)
        marks = [*self.marks]
        if shown is State.EXTENDED and clock is not None and today > clock.council.due:
            marks.append(
                "La prolongation est valable : le repère du conseil est passé, mais l’échéance légale est le "
                f"{french_day(clock.legal.due)}."
            )
        at_cnil = self.base in AT_CNIL
        return Status(
            state=shown,
            base=self.base,
            day=today,
            opened_on=self.opened,
            held=tuple(self.held.values()),
            clock=clock,
            sent_on=self.sent_on,
            answered=self.answered is not None,
            claimed_erased_on=self.claimed,
            erased_on=self.erased,
            filed_on=self.filed,
            tell_cnil=self.tell_cnil,
            asked_on=tuple(self.asked_on),
            answer=self.answer,
            unasked=tuple(self.unasked),
            to_withdraw=self.to_withdraw,
            pack_requested=self.base is State.CNIL_READY,
            close_reason=self.closed_by,
            marks=tuple(marks),
            ignored=tuple(self.ignored),
            silent=self.silent(today),
            undelivered=self.undelivered,
            id_asked_on=self.id_asked if self.base is State.ID_PENDING else None,
            cnil_reminder=add_months(self.cnil_news, 3) if at_cnil and self.cnil_news else None,
            cnil_asks=at_cnil and self.cnil_asks,
            appeal_by=self.appeal_by,
            dispatches=tuple((i, d, c) for i, (d, c) in sorted(self.standing.items())),
        )


def _stated_day(fact: Fact) -> date:
    """Return the day of receipt the fact states, else its own day."""
    stated = fact.data.get("received_on")
    return date.fromisoformat(stated) if isinstance(stated, str) and stated else fact.day


# -- conditions beyond the table: fold, fact, state shown -> why not ------------------------------------------------


def _free(fold: _Fold, fact: Fact, state: State) -> str | None:
    return f"Rien ne part de ce dossier : {' ; '.join(fold.held.values())}." if fold.held else None


def _mandate_first(fold: _Fold, fact: Fact, state: State) -> str | None:
    if fold.held:
        return _free(fold, fact, state)
    if fold.rules.acting is Acting.COUNCIL and not fold.mandate:
        return "Le conseil n’agit que sur mandat signé : enregistrez d’abord le mandat."
    if state is State.DRAFTED and not fold.undelivered:
        return "La demande est déjà approuvée."
    return None


def _before_approval(fold: _Fold, fact: Fact, state: State) -> str | None:
    # An approved letter is frozen, its addressee too.
    return "La demande est déjà approuvée." if state is State.DRAFTED and not fold.undelivered else None


def _council_acts(fold: _Fold, fact: Fact, state: State) -> str | None:
    if fold.rules.acting is Acting.SELF:
        return "Qui agit pour soi-même ne signe pas de mandat."
    return None


def _never_filed(fold: _Fold, fact: Fact, state: State) -> str | None:
    if state is State.ERASED and fold.filed:
        return "Une plainte a été déposée : enregistrez « agreement_found » ou « withdrawn »."
    return None


def _sent_before(fold: _Fold, fact: Fact, state: State) -> str | None:
    """A prior request was sent at the latest the day it is recorded under, and received after it was sent."""
    sent, received = fact.data.get("sent_on"), fact.data.get("received_on")
    day = date.fromisoformat(sent) if sent else fact.day
    if day > fact.day:
        return f"Une demande antérieure ne part pas après le {french_day(fact.day)}."
    return _impossible_receipt(day, date.fromisoformat(received)) if received else None


def _after_sending(fold: _Fold, fact: Fact, state: State) -> str | None:
    received = _stated_day(fact)
    if received > fact.day:
        return f"Ce qui est du {french_day(fact.day)} ne prouve pas une réception le {french_day(received)}."
    return _impossible_receipt(fold.sent_on, received)


def _impossible_receipt(sent: date | None, received: date) -> str | None:
    if sent is not None and received < sent:
        return f"Une demande partie le {french_day(sent)} n’a pas pu être reçue le {french_day(received)}."
    return None


def _presumable(fold: _Fold, fact: Fact, state: State) -> str | None:
    emails = fold.emails()
    if not emails:
        return "Seul un courriel parti sans retour d’erreur peut être présumé reçu."
    if not _stood(emails, fact.day):
        return f"La réception d’un courriel ne se présume qu’après {PRESUMED_AFTER_DAYS} jours sans retour d’erreur."
    return None


def _stood(emails: Mapping[str, date], day: date) -> list[date]:
    """Return the days of the e-mails that have not come back for long enough to be presumed received."""
    return [sent for sent in emails.values() if sent + timedelta(days=PRESUMED_AFTER_DAYS) <= day]


def _bounceable(fold: _Fold, fact: Fact, state: State) -> str | None:
    if fold.proven is not None:
        return "La réception est déjà prouvée."
    return None if _bounced_email(fold, fact) else "Ce courriel n’existe pas ou a déjà été retourné."


def _bounced_email(fold: _Fold, fact: Fact) -> str | None:
    """Return the dispatch that came back: the one named, else the only e-mail standing."""
    emails, named = fold.emails(), str(fact.data.get("dispatch", ""))
    if named:
        return named if named in emails else None
    return next(iter(emails)) if len(emails) == 1 else None


def _pending(fold: _Fold, fact: Fact, state: State) -> str | None:
    return None if fold.base is State.ID_PENDING else "Aucun justificatif d’identité n’est attendu."


def _was_claimed(fold: _Fold, fact: Fact, state: State) -> str | None:
    return None if fold.claimed else "Aucune annonce d’effacement n’est à démentir."


def _two_readings(fold: _Fold, fact: Fact, state: State) -> str | None:
    # Only what was seen between the request and that day: a page that was away before, and came back, proves nothing.
    told = (date.fromisoformat(d) for d in fact.data.get("absent_on", ()))
    days = sorted(d for d in told if (fold.sent_on or fact.day) <= d <= fact.day)
    if len(days) < 2 or (days[-1] - days[0]).days < ABSENCE_DAYS:
        return f"Un retrait se constate par deux lectures concordantes à {ABSENCE_DAYS} jours d’écart au moins."
    return None


def _a_year(fold: _Fold, fact: Fact, state: State) -> str | None:
    if fold.erased and fact.day < add_months(fold.erased, 12):
        return "La surveillance dure un an après le retrait observé."
    return None


def _after_watch(fold: _Fold, fact: Fact, state: State) -> str | None:
    if state is State.CLOSED and fold.closed_by is not _K.WATCH_OVER:
        return "Le dossier a été clos pour une autre raison : ouvrez-en un nouveau."
    return None


def _not_held(fold: _Fold, fact: Fact, state: State) -> str | None:
    return None if "hold" in fold.held else "Le dossier n’est pas suspendu."


def _owed_to_cnil(fold: _Fold, fact: Fact, state: State) -> str | None:
    return "La CNIL n’a rien à apprendre d’un dossier clos." if state is State.CLOSED and not fold.tell_cnil else None


def _to_take_back(fold: _Fold, fact: Fact, state: State) -> str | None:
    return None if fold.to_withdraw else "Aucune demande n’est à retirer auprès de la plateforme."


_EXTRA: dict[EventKind, Callable[[_Fold, Fact, State], str | None]] = {
    **dict.fromkeys((*REPLIES, _K.RECEIVED, _K.ACKNOWLEDGED), _after_sending),
    _K.AUTHORISED: _never_filed,
    _K.NOT_ME: _never_filed,
    _K.MANDATE_SIGNED: _council_acts,
    _K.PRIOR_REQUEST_RECORDED: _sent_before,
    _K.ID_SUPPLIED: _pending,
    _K.PACK_REQUESTED: _free,
    _K.FILED: _free,
    _K.ADDRESSEE_CHOSEN: _before_approval,
    _K.REQUEST_APPROVED: _mandate_first,
    _K.RECEIPT_PRESUMED: _presumable,
    _K.BOUNCED: _bounceable,
    _K.CLAIM_DISPROVED: _was_claimed,
    _K.ERASED_VERIFIED: _two_readings,
    _K.WATCH_OVER: _a_year,
    _K.REAPPEARED: _after_watch,
    _K.RELEASE: _not_held,
    _K.CNIL_TOLD: _owed_to_cnil,
    _K.WITHDRAWAL_TOLD: _to_take_back,
}
_NEEDS_PAYLOAD = frozenset({_K.ERASED_VERIFIED, _K.BOUNCED})


# -- effects beyond « go to that state » -----------------------------------------------------------------------------


def _asked(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.asked_on.append(fact.day)


def _answer_heard(fold: _Fold, fact: Fact, state: State | None) -> None:
    said = fact.data.get("said")
    answer = Said(said) if said in set(Said) else None
    fold.answer = answer if answer is not None and answer.waits else None
    if answer is Said.NOT_AGREED:
        fold.unasked.clear()


def _own_word(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.answer = State.CONFIRMED, None


def _finding_added(fold: _Fold, fact: Fact, state: State | None) -> None:
    if fold.base is not State.DETECTED:
        fold.unasked += [str(found.get("url") or found.get("listing")) for found in fact.data.get("findings", ())]


def _mandate_signed(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.mandate = True
    fold.held.pop("mandate", None)
    if fold.base is State.CONFIRMED:
        fold.base = State.MANDATED


def _mandate_lost(fold: _Fold, fact: Fact, state: State | None) -> None:
    if fold.rules.acting is Acting.SELF:
        return
    fold.mandate = False
    fold.held["mandate"] = f"{fact.kind.label} : rien ne part avant un nouveau mandat"
    if state in AT_CNIL:
        fold.tell_cnil = True


def _approved(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.undelivered = State.DRAFTED, False


def _prior_request(fold: _Fold, fact: Fact, state: State | None) -> None:
    sent = fact.data.get("sent_on")
    day = date.fromisoformat(sent) if sent else fact.day
    fold.base, fold.sent_on = State.SENT, day
    fold.standing[fact.key] = (day, str(fact.data.get("channel", "post")))
    received = fact.data.get("received_on")
    if received:
        fold.prove(date.fromisoformat(received))
    fold.marks.append("Demande envoyée avant l’ouverture du dossier, reprise avec ses preuves.")


def _request_sent(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.standing[str(fact.data.get("dispatch", fact.key))] = (fact.day, str(fact.data.get("channel", "email")))
    fold.sent_on = min(fold.sent_on or fact.day, fact.day)
    if fold.base is State.DRAFTED:
        fold.base, fold.undelivered = State.SENT, False


def _dispatch_failed(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.undelivered = fold.base is State.DRAFTED


def _receipt_presumed(fold: _Fold, fact: Fact, state: State | None) -> None:
    # The clock runs from the day of dispatch, not from the seventh day.
    fold.presumed = min(fold.emails().values())
    fold.base = State.RUNNING


def _received(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.receive(fact, state)


def _bounced(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.standing.pop(_bounced_email(fold, fact) or "", None)
    fold.sent_on = min((day for day, _ in fold.standing.values()), default=None)
    # Another e-mail is presumed received only once it has itself stood long enough.
    stood = _stood(fold.emails(), fact.day) if fold.presumed else []
    fold.presumed = min(stood) if stood else None
    if not fold.standing:
        fold.base, fold.undelivered = State.DRAFTED, True
        fold.marks.append("Le courriel n’a pas été remis : vérifiez l’adresse du destinataire.")
    else:
        fold.base = State.RUNNING if stood else State.SENT


def _undelivered_post(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.marks.append(
        f"{fact.kind.label} le {french_day(fact.day)} : prouve l’envoi, pas une date ; envoyez aussi un courriel, une personne décide."
    )


def _id_requested(fold: _Fold, fact: Fact, state: State | None) -> None:
    if state is not State.RUNNING:
        fold.marks.append("Justificatif demandé trop tard : il ne suspend rien, une personne décide.")
        return
    fold.before_id, fold.base, fold.id_asked = fold.base, State.ID_PENDING, fact.day
    if fact.data.get("timely", True):
        fold.pauses.append((fact.day, None))
    else:
        fold.marks.append("Justificatif demandé sans motif ou sans diligence, selon une personne : il ne suspend rien.")


def _id_supplied(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base = fold.before_id or State.RUNNING


def _extension(fold: _Fold, fact: Fact, state: State | None) -> None:
    reasoned = bool(fact.data.get("reasoned"))
    timely = fold.in_first_month(fact.day)
    if timely and reasoned and state is State.RUNNING:
        fold.base, fold.extension = State.EXTENDED, fact.day
        return
    why = "sans motif" if not reasoned else "après le premier mois" if not timely else "après une réponse"
    fold.marks.append(f"Prolongation annoncée {why} : elle ne vaut pas, l’échéance d’un mois demeure.")


def _answer(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.answered = fold.answered or fact.day


def _erased_claimed(fold: _Fold, fact: Fact, state: State | None) -> None:
    _answer(fold, fact, state)
    fold.claimed = fact.day


def _disproved(fold: _Fold, fact: Fact, state: State | None) -> None:
    _decided(fold, fact, state)
    fold.claimed = None


def _decided(fold: _Fold, fact: Fact, state: State | None) -> None:
    _answer(fold, fact, state)
    fold.decided = True
    fold.base = _RULES[fact.kind][1]


def _erased_verified(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.erased = State.ERASED, fact.day
    fold.tell_cnil = fold.tell_cnil or state in AT_CNIL


def _filed(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.filed, fold.cnil_news = State.FILED, fact.day, fact.day


def _cnil_news(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.cnil_news = State.CNIL_PENDING, fact.day
    fold.cnil_asks = fact.kind is _K.CNIL_INFO_REQUEST


def _cnil_told(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.tell_cnil = False


def _cnil_done(fold: _Fold, fact: Fact, state: State | None) -> None:
    # A file that only needs completing goes back to be signed and filed again.
    fold.base = State.CNIL_READY if fact.data.get("complete") else State.CLOSED
    fold.appeal_by, fold.tell_cnil = add_months(fact.day, 2), False


def _agreed_after_all(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base = State.CLOSED
    if fold.sent_on is not None:
        fold.to_withdraw = True
        fold.marks.append(
            f"{fact.kind.label[0].upper()}{fact.kind.label[1:]} : proposer à la plateforme un courrier qui retire la demande ; "
            "rien n’est supprimé du dossier."
        )


def _withdrawal_told(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.to_withdraw = False


def _deceased(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.base, fold.mandate, fold.tell_cnil = State.CLOSED, False, False
    fold.marks.append(
        "Décès : le mandat a pris fin et rien ne part ; les héritiers (loi du 6 janvier 1978, articles 84 et 85) "
        "relèvent d’une personne."
    )


def _hold(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.held["hold"] = str(fact.data.get("reason") or "dossier suspendu")


def _release(fold: _Fold, fact: Fact, state: State | None) -> None:
    fold.held.pop("hold", None)


_HANDLERS: dict[EventKind, Callable[[_Fold, Fact, State | None], None]] = {
    _K.FINDING_ADDED: _finding_added,
    _K.ASKED: _asked,
    _K.ANSWERED: _answer_heard,
    _K.LISTING_CONFIRMED_BY_KINE: _own_word,
    _K.MANDATE_SIGNED: _mandate_signed,
    _K.MANDATE_EXPIRED: _mandate_lost,
    _K.MANDATE_REVOKED: _mandate_lost,
    _K.REQUEST_APPROVED: _approved,
    _K.PRIOR_REQUEST_RECORDED: _prior_request,
    _K.REQUEST_SENT: _request_sent,
    _K.DISPATCH_FAILED: _dispatch_failed,
    _K.RECEIPT_PRESUMED: _receipt_presumed,
    _K.RECEIVED: _received,
    _K.ACKNOWLEDGED: _received,
    _K.BOUNCED: _bounced,
    _K.REFUSED_DELIVERY: _undelivered_post,
    _K.UNCLAIMED: _undelivered_post,
    _K.ID_REQUESTED: _id_requested,
    _K.ID_SUPPLIED: _id_supplied,
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
    _K.WITHDRAWAL_TOLD: _withdrawal_told,
    _K.DECEASED: _deceased,
    _K.HOLD: _hold,
    _K.RELEASE: _release,
}
