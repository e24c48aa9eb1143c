"""The fold: what happened in a case, in order of time, into where it stands on a day, and what may happen next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from listingguard.domain.case.effects import EFFECTS
from listingguard.domain.case.facts import Fact, effective, root_of
from listingguard.domain.case.guards import GUARDS, NEEDS_PAYLOAD, free, stated_day
from listingguard.domain.case.standing import Clock, DueChange, Place, Rules, Status
from listingguard.domain.case.table import ANSWERED, AT_CNIL, BY_THE_PROGRAM, LATE, REPLIES, RULES
from listingguard.domain.case.words import Acting, EventKind, State
from listingguard.domain.deadline import (
    Basis,
    add_months,
    both_clocks,
    extension_valid,
    later,
    reply_due,
    suspended_days,
)
from listingguard.domain.french import french_day
from listingguard.domain.question import Said

_K = EventKind


def status(facts: Iterable[Fact], today: date, rules: Rules) -> Status:
    """Return where a case stands on `today`, folded from everything that happened up to that day.

    Pure: the same facts in any order give the same status. Events that cannot have an effect where they fall in
    time are listed in `ignored`, never lost.
    """
    return _folded(facts, today, rules).status(today)


def why_not(facts: Sequence[Fact], new: Fact, rules: Rules) -> str | None:
    """Return why `new` cannot be recorded (a French sentence), or None when it can. What can be instead: `instead`.

    `new` is judged where it falls in time: a receipt scanned late is placed before what came after it. So is the
    event that a correction changes.
    """
    return _judged(facts, new, rules)[0]


def instead(facts: Sequence[Fact], new: Fact, rules: Rules) -> tuple[EventKind, ...] | None:
    """Return what a person could record where the state of the case has no place for `new`; empty: only a correction.

    None where it has its place, or where something else than the state forbids it: a day, a mandate.
    """
    return _judged(facts, new, rules)[1]


def _judged(facts: Sequence[Fact], new: Fact, rules: Rules) -> tuple[str | None, tuple[EventKind, ...] | None]:
    subject = new.seq
    if new.kind is _K.CORRECTION:
        by_seq = {f.seq: f for f in facts} | {new.seq: new}
        root = root_of(by_seq, new.seq)
        if root is None:
            return (
                f"L’événement n° {new.key} n’existe pas dans ce dossier : une rectification nomme celui qu’elle remplace.",
                None,
            )
        if by_seq[root].kind is _K.DETECTED:
            return "L’ouverture du dossier ne se rectifie pas : fermez-le avec « not_me » ou « withdrawn ».", None
        if not (new.data.get("void") or "day" in new.data or new.data.get("data")):
            return (
                "Une rectification dit ce qui change : le jour, le contenu, ou que l’événement n’a pas eu lieu.",
                None,
            )
        subject = root
    unreadable = _unreadable_day(new)
    if unreadable is not None:
        return unreadable, None
    fold, acting = Fold(rules), _acting(facts, rules)
    for fact in effective([*facts, new]):
        fold.rules = acting(fact.seq)
        if fact.seq == subject:
            reason, state = fold.refusal(fact), fold.shown(fact.day)
            if reason is None or state is None or (fact.kind in RULES and state in RULES[fact.kind][0]):
                return reason, None
            return reason, tuple(k for k in fold.allowed(fact.day) if k not in BY_THE_PROGRAM)
        if fold.takes(fact):
            fold.apply(fact)
    return None, None


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


def _folded(facts: Iterable[Fact], today: date, rules: Rules) -> Fold:
    facts = tuple(facts)
    fold, acting = Fold(rules), _acting(facts, rules)
    for fact in effective(facts):
        if fact.day > today:
            break
        fold.rules = acting(fact.seq)
        if fold.takes(fact):
            fold.apply(fact)
        else:
            fold.ignored.append(fact.seq)
    fold.rules = rules
    return fold


def _acting(facts: Iterable[Fact], rules: Rules) -> Callable[[int], Rules]:
    """Return number of an event -> the rules of the home in which it was recorded.

    A case that is handed over says who acted until then, in its suspension: what a kiné sent in their own name needed no
    mandate, and remains sent for the council that goes on.
    """
    handed = [
        (fact.seq, replace(rules, acting=Acting(fact.data["acting"])))
        for fact in facts
        if fact.kind is _K.HOLD and fact.data.get("acting") in set(Acting)
    ]
    if not handed:
        return lambda seq: rules
    handed.sort(key=lambda each: each[0])
    return lambda seq: next((then for last, then in handed if seq <= last), rules)


class Fold:
    """The running state while facts are read in order of time."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.place: Place | None = None
        self._counted: tuple[tuple[object, ...], Clock] | None = None
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
        self.decided: EventKind | None = None
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
        self.question_open = False
        self.after_question: list[str] = []
        self.to_withdraw = False
        self.before_id: State | None = None
        self.id_asked: date | None = None
        # The answer to a demand for proof of identity ended the pause; what is given after it may still prolong it.
        self.told_by_letter = False
        self.closed_by: EventKind | None = None
        self.due_changed: DueChange | None = None
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
        presumed = self.presumed if self.proven and self.presumed != self.proven else None
        paused = self.paused(day)
        # Asked several times a day of the same case: counted once while nothing changed.
        basis_of = (start, basis, self.extension, tuple(paused), presumed)
        if self._counted is not None and self._counted[0] == basis_of:
            return self._counted[1]
        clocks = [
            both_clocks(start, holidays, extended=extended, suspended=paused, receipt=basis)
            for holidays in self.calendars
        ]
        legal = later(*(c.in_force for c in clocks))
        without = later(*(c.extended_no_pause or c.legal_no_pause for c in clocks))
        council = later(*(c.council for c in clocks))
        before = None
        if presumed is not None:
            # Told within a month of the proven receipt, an extension may come too late from the presumed one.
            longer = self.extension is not None and self.in_first_month(self.extension, presumed)
            running = self._while_it_ran(presumed, paused, months=3 if longer else 1)
            first = (
                both_clocks(presumed, holidays, extended=longer, suspended=running, receipt=Basis.PRESUMED)
                for holidays in self.calendars
            )
            before = later(*(c.in_force for c in first))
        clock = Clock(start, basis, legal, council, without, extended, presumed, self.place, before)
        self._counted = (basis_of, clock)
        return clock

    @property
    def calendars(self) -> tuple[Mapping[date, str], ...]:
        """Return the calendars the delay is counted in: abroad both countries', and the later date is acted on.

        Source: Reg. 1182/71 art. 2; the law page, part 9.
        """
        if self.place is None:
            return (self.rules.holidays,)
        return (self.rules.holidays, self.place.holidays) if self.place.abroad else (self.place.holidays,)

    def emails(self) -> dict[str, date]:
        """Return the standing e-mails: dispatch and day."""
        return {name: day for name, (day, channel) in self.standing.items() if channel == "email"}

    def paused(self, day: date) -> list[tuple[date, date]]:
        """Return the pauses as known on `day`; one that is open lasts until then."""
        return [(since, until or max(day, since)) for since, until in self.pauses]

    def _while_it_ran(self, start: date, pauses: list[tuple[date, date]], *, months: int) -> list[tuple[date, date]]:
        """Return the pauses that began before the delay from that receipt had ended: one that is over is not suspended.

        Source: EDPB guidelines 01/2022, as the law page reads them in parts 2 and 8: a demand for identity that comes late
        suspends nothing; a timely one counts whole, whichever receipt the delay is counted from.
        """
        kept: list[tuple[date, date]] = []
        for pause in sorted(pauses):
            days = suspended_days(kept)
            if any(pause[0] <= reply_due(start, each, months=months, suspended=days) for each in self.calendars):
                kept.append(pause)
        return kept

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
        """Return the events possible on `day`, in the order of the vocabulary."""
        probe = Fact(10**9, _K.HOLD, "", day)
        return tuple(
            k for k in EventKind if k in RULES and self.refusal(replace(probe, kind=k), shape_only=True) is None
        )

    def takes(self, fact: Fact) -> bool:
        """Return True where a recorded fact has its effect; a purged payload was judged when it was recorded."""
        purged = not fact.data and fact.kind in (_K.ERASED_VERIFIED, _K.DUPLICATE)
        return self.refusal(fact, shape_only=purged, recorded=True) is None

    def refusal(self, fact: Fact, *, shape_only: bool = False, recorded: bool = False) -> str | None:
        """Return why the fact has no place here, or None. shape_only: do not look at the payload.

        recorded: it is in the log. A letter that was approved stays so, whatever answer is entered late; a complaint that
        was filed stays filed.
        """
        kind = fact.kind
        if kind is _K.DETECTED:
            return None if self.base is None else "Le dossier est déjà ouvert."
        if self.base is None or self.opened is None:
            return "Le dossier n’est pas encore ouvert ce jour-là."
        state = self.shown(fact.day)
        assert state is not None
        if kind is _K.FILED and fact.data.get("pack") and state in (LATE if recorded else ANSWERED):
            # A signed complaint left for the CNIL: an answer since, or a receipt proven later, moves what was before it.
            return free(self, fact, state) if not recorded else None
        if kind not in RULES or state not in RULES[kind][0]:
            return f"« {kind.label} » n’est pas possible dans l’état « {state.label} »."
        if kind is _K.REQUEST_APPROVED and not recorded and self.answer is not None:
            return f"La personne a répondu « {self.answer.label} » : rien n’est approuvé avant que ce soit éclairci."
        extra = GUARDS.get(kind)
        return extra(self, fact, state) if extra and not (shape_only and kind in NEEDS_PAYLOAD) else None

    # -- what it does ------------------------------------------------------------------------------------------

    def apply(self, fact: Fact) -> None:
        """Take one legal fact into account."""
        if fact.kind is _K.DETECTED:
            self.base, self.opened = State.DETECTED, fact.day
            self.place = self.rules.places.get(str(fact.data.get("controller", "")))
            return
        state = self.shown(fact.day)
        if fact.kind in REPLIES:
            if state is State.ERASED:
                # The law page says nothing of it: the absence we observed stands, and the clocks have stopped.
                self.marks.append(
                    f"Réponse reçue après l’absence observée, le {french_day(fact.day)} ({fact.kind.label}) : sans effet."
                )
                return
            if state in AT_CNIL:
                # Filed, the dates acted on are those of the complaint: what comes later is told, and moves none.
                self.tell_cnil = True
                self.marks.append(
                    f"Réponse reçue après le dépôt de la plainte ({fact.kind.label}) : en informer la CNIL."
                )
                return
            self.receive(fact, state)
            # The proof comes first: on a presumed receipt it may undo the silence.
            state = self.shown(fact.day)
            clock = self.clock(fact.day)
            told = fact.kind in (_K.ID_REQUESTED, _K.EXTENSION_NOTIFIED)
            if clock is not None and fact.day > clock.legal.due and not told:
                self.marks.append(f"Réponse reçue après l’échéance, le {french_day(fact.day)} : {fact.kind.label}.")
        handler = EFFECTS.get(fact.kind)
        target = RULES[fact.kind][1]
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
        self.prove(stated_day(fact))
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

    def in_first_month(self, noticed: date, received: date | None = None) -> bool:
        """Return True where a notice that reached us that day came within the first month of receipt.

        received: the day it is counted from; None: the proven one.
        """
        start = received or self.proven
        if start is None:
            return False
        before = [(since, min(until, noticed)) for since, until in self.paused(noticed) if since < noticed]
        days = suspended_days(self._while_it_ran(start, before, months=1))
        return any(extension_valid(start, noticed, True, holidays, suspended=days) for holidays in self.calendars)

    def status(self, today: date) -> Status:
        """Return where the case stands on `today`, the clock included."""
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
            suspended=self.held.get("hold", ""),
            clock=clock,
            sent_on=self.sent_on,
            answered=self.answered is not None,
            claimed_erased_on=self.claimed,
            erased_on=self.erased,
            filed_on=self.filed,
            tell_cnil=self.tell_cnil,
            asked_on=tuple(self.asked_on),
            question_open=self.question_open,
            answer=self.answer,
            unasked=() if self.base is State.DETECTED else tuple(self.unasked),
            to_withdraw=self.to_withdraw,
            pack_requested=self.base is State.CNIL_READY,
            decision=self.decided,
            due_changed=self.due_changed,
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
