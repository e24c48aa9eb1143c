"""The state machine against the law page, part 8: a promise per row, and what must hold for every sequence of facts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.domain.case import (
    BY_THE_PROGRAM,
    OPEN,
    REPLIES,
    Acting,
    Clock,
    EventKind,
    Fact,
    Gate,
    Rules,
    State,
    Status,
    allowed,
    effective,
    findings_of,
    instead,
    status,
    why_not,
)
from listingguard.domain.deadline import Basis
from listingguard.domain.explain import explained
from listingguard.domain.next_step import Who, complaint_missing, next_actions, replied
from listingguard.domain.question import Said
from listingguard.edge.calendar import calendar

K = EventKind
S = State
D = date.fromisoformat
HOLIDAYS = calendar("fr")
COUNCIL = Rules(Acting.COUNCIL, Gate.COUNCIL, HOLIDAYS)
COUNCIL_LEGAL = Rules(Acting.COUNCIL, Gate.LEGAL, HOLIDAYS)
SELF = Rules(Acting.SELF, Gate.LEGAL, HOLIDAYS)

# The worked row of part 2: receipt 5 March, one month ends on Easter Sunday, so 7 April; two on 5 May, three on 5 June.
SENT_ON, LEGAL, TWO_MONTHS, THREE_MONTHS = D("2026-03-05"), D("2026-04-07"), D("2026-05-05"), D("2026-06-05")


class Log:
    """The facts of one case, recorded as the store does: each is accepted by the state machine, or the test fails."""

    def __init__(self, rules: Rules = COUNCIL) -> None:
        self.rules = rules
        self.facts: list[Fact] = []

    def fact(self, kind: EventKind, day: str | date, /, key: str = "", **data: Any) -> Fact:
        seq = len(self.facts) + 1
        return Fact(seq, kind, key or f"k{seq}", D(day) if isinstance(day, str) else day, "Dominique Exemple", "", data)

    def add(self, kind: EventKind, day: str | date, /, key: str = "", **data: Any) -> Log:
        new = self.fact(kind, day, key, **data)
        assert why_not(self.facts, new, self.rules) is None
        self.facts.append(new)
        return self

    def refused(self, kind: EventKind, day: str | date, /, key: str = "", **data: Any) -> str:
        """Return the sentence that refuses the fact; nothing is recorded."""
        reason = why_not(self.facts, self.fact(kind, day, key, **data), self.rules)
        assert reason, f"{kind} was accepted"
        return reason

    def on(self, day: str | date) -> Status:
        return status(self.facts, D(day) if isinstance(day, str) else day, self.rules)

    def copy(self) -> Log:
        twin = Log(self.rules)
        twin.facts = [*self.facts]
        return twin


def clock(now: Status) -> Clock:
    assert now.clock is not None
    return now.clock


def drafted(rules: Rules = COUNCIL) -> Log:
    log = Log(rules).add(K.DETECTED, "2026-02-16").add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17")
    if rules.acting is Acting.COUNCIL:
        log.add(K.MANDATE_SIGNED, "2026-02-18")
    return log.add(K.REQUEST_APPROVED, "2026-03-04")


def sent(rules: Rules = COUNCIL, channel: str = "email") -> Log:
    return drafted(rules).add(K.REQUEST_SENT, SENT_ON, dispatch="e1", channel=channel)


def presumed(rules: Rules = COUNCIL) -> Log:
    return sent(rules).add(K.RECEIPT_PRESUMED, "2026-03-12")


def proven(rules: Rules = COUNCIL) -> Log:
    return sent(rules).add(K.RECEIVED, SENT_ON)


def filed(rules: Rules = COUNCIL) -> Log:
    return proven(rules).add(K.PACK_REQUESTED, "2026-04-10").add(K.FILED, "2026-04-13")


def erased(rules: Rules = COUNCIL) -> Log:
    return proven(rules).add(K.ERASED_VERIFIED, "2026-03-20", absent_on=["2026-03-13", "2026-03-20"])


# -- the table, row by row ---------------------------------------------------------------------------------------------

# One case standing in each state (receipt proven once there is one), and a day on which it stands there.
STANDING: dict[State, tuple[Log, str]] = {
    S.DETECTED: (Log().add(K.DETECTED, "2026-02-16"), "2026-02-17"),
    S.CONFIRMED: (
        Log().add(K.DETECTED, "2026-02-16").add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17"),
        "2026-02-18",
    ),
    S.MANDATED: (
        Log()
        .add(K.DETECTED, "2026-02-16")
        .add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17")
        .add(K.MANDATE_SIGNED, "2026-02-18"),
        "2026-02-19",
    ),
    S.DRAFTED: (drafted(), "2026-03-05"),
    S.SENT: (sent(), "2026-03-13"),
    S.RUNNING: (proven(), "2026-03-25"),
    S.ID_PENDING: (proven().add(K.ID_REQUESTED, "2026-03-09"), "2026-03-25"),
    S.EXTENDED: (proven().add(K.EXTENSION_NOTIFIED, "2026-03-20", reasoned=True), "2026-03-25"),
    S.ERASED: (erased(), "2026-03-25"),
    S.PARTIAL: (proven().add(K.PARTIAL, "2026-03-16"), "2026-03-25"),
    S.REFUSED: (proven().add(K.REFUSAL, "2026-03-16"), "2026-03-25"),
    S.OVERDUE: (proven(), "2026-04-10"),
    S.CNIL_READY: (proven(), "2026-05-11"),
    S.FILED: (filed(), "2026-04-20"),
    S.CNIL_PENDING: (filed().add(K.CNIL_ACK, "2026-04-14"), "2026-04-20"),
    S.CLOSED: (proven().add(K.WITHDRAWN, "2026-03-10").add(K.WITHDRAWAL_TOLD, "2026-03-11"), "2026-03-25"),
}
EARLY = {S.DETECTED, S.CONFIRMED, S.MANDATED, S.DRAFTED}
LATE = {S.SENT, S.RUNNING, S.ID_PENDING, S.EXTENDED, S.PARTIAL, S.REFUSED, S.OVERDUE, S.CNIL_READY}
AT_CNIL = {S.FILED, S.CNIL_PENDING}
ALIVE = set(State) - {S.CLOSED}


def to(target: State, *sources: State) -> dict[State, State]:
    return dict.fromkeys(sources, target)


def same(*sources: State) -> dict[State, State]:
    return {s: s for s in sources}


# A reply in SENT proves receipt, so that the month runs. In CNIL_READY reached by the gate, what a late reply leads to
# is past the gate too, and shows as CNIL_READY again. At the CNIL, and once the absence was observed, nothing moves.
REPLY = same(*LATE, *AT_CNIL, S.ERASED) | to(S.RUNNING, S.SENT)

# Event -> state it may happen in -> state after, on the same day.
TABLE: dict[EventKind, dict[State, State]] = {
    K.LISTING_CONFIRMED_BY_KINE: to(S.CONFIRMED, S.DETECTED),
    K.AUTHORISED: to(S.CLOSED, *EARLY, *LATE, S.ERASED),
    K.NOT_ME: to(S.CLOSED, *EARLY, *LATE, S.ERASED),
    K.GONE_BEFORE_REQUEST: to(S.CLOSED, *EARLY),
    K.MANDATE_SIGNED: same(*ALIVE - {S.DETECTED}) | to(S.MANDATED, S.CONFIRMED),
    K.REQUEST_APPROVED: to(S.DRAFTED, S.MANDATED),
    K.PRIOR_REQUEST_RECORDED: to(S.SENT, S.CONFIRMED, S.MANDATED),
    # The same request may leave a second time by another channel, while its receipt is not proven or the month runs.
    K.REQUEST_SENT: to(S.SENT, S.DRAFTED) | same(S.SENT, S.RUNNING),
    K.RECEIPT_PRESUMED: to(S.RUNNING, S.SENT),
    # Once proven, only proof of an earlier day moves anything: it is taken, and this one is later.
    K.RECEIVED: same(*LATE) | to(S.RUNNING, S.SENT),
    K.ACKNOWLEDGED: same(*LATE) | to(S.RUNNING, S.SENT),
    K.BOUNCED: to(S.DRAFTED, S.SENT),
    K.REFUSED_DELIVERY: same(*LATE),
    K.UNCLAIMED: same(*LATE),
    K.NOT_AT_ADDRESS: same(*LATE),
    # Too late to suspend anything in OVERDUE and CNIL_READY.
    K.ID_REQUESTED: to(S.ID_PENDING, S.SENT, S.RUNNING) | same(S.OVERDUE, S.CNIL_READY, *AT_CNIL, S.ERASED),
    K.ID_SUPPLIED: to(S.RUNNING, S.ID_PENDING),
    K.PRECISION_ASKED: REPLY,
    K.WRONG_CHANNEL: REPLY,
    K.EXTENSION_NOTIFIED: to(S.EXTENDED, S.SENT, S.RUNNING) | same(S.OVERDUE, S.CNIL_READY, *AT_CNIL, S.ERASED),
    K.ERASED_CLAIMED: REPLY,
    K.CLAIM_DISPROVED: {},
    K.ERASED_VERIFIED: to(S.ERASED, *LATE, *AT_CNIL),
    K.PARTIAL: to(S.PARTIAL, *LATE) | same(S.CNIL_READY, *AT_CNIL, S.ERASED),
    K.REFUSAL: to(S.REFUSED, *LATE) | same(S.CNIL_READY, *AT_CNIL, S.ERASED),
    K.PACK_REQUESTED: to(S.CNIL_READY, S.REFUSED, S.PARTIAL, S.OVERDUE, S.CNIL_READY),
    K.FILED: to(S.FILED, S.CNIL_READY),
    K.CNIL_ACK: to(S.CNIL_PENDING, *AT_CNIL),
    K.CNIL_INFO_REQUEST: to(S.CNIL_PENDING, *AT_CNIL),
    K.CNIL_TOLD: same(*AT_CNIL, S.ERASED),
    K.CNIL_CLOSED: to(S.CLOSED, *AT_CNIL),
    K.CNIL_REJECTED: to(S.CLOSED, *AT_CNIL),
    K.AGREEMENT_FOUND: to(S.CLOSED, *ALIVE),
    K.DECEASED: to(S.CLOSED, *ALIVE),
    K.WITHDRAWN: to(S.CLOSED, *ALIVE),
    K.MANDATE_EXPIRED: same(*ALIVE),
    K.MANDATE_REVOKED: same(*ALIVE),
    K.HOLD: same(*ALIVE),
    K.RELEASE: {},
    K.REAPPEARED: same(S.ERASED),
    K.WATCH_OVER: {},
    K.DUPLICATE: to(S.CLOSED, *EARLY, *LATE),
    K.CONTROLLER_CHANGED: same(*ALIVE),
    K.DUE_CHANGED: same(*ALIVE),
    # Only where a request that was sent must be taken back.
    K.WITHDRAWAL_TOLD: {},
    # Not in the table: what is only noted.
    K.FINDING_ADDED: same(*ALIVE),
    K.ASKED: same(S.DETECTED),
    K.ANSWERED: same(*ALIVE),
    K.ADDRESSEE_CHOSEN: same(*EARLY - {S.DRAFTED}),
    K.DISPATCH_FAILED: same(*ALIVE),
    K.DISPATCH_UNKNOWN: same(*ALIVE),
    K.DISPATCH_NOT_SENT: same(*ALIVE),
    K.PACK_BUILT: same(S.CNIL_READY, *AT_CNIL),
    K.PACK_SIGNED: same(S.CNIL_READY, *AT_CNIL),
    K.PAPER_PLACED: same(*State),
    K.LAWYER_NAMED: same(*ALIVE),
    K.DECLARATION_SIGNED: same(*ALIVE),
    K.DECLARATION_SIGNED: same(*ALIVE),
    # A letter that is not the request has a life of its own.
    **dict.fromkeys((K.LETTER_PREPARED, K.LETTER_APPROVED, K.LETTER_SENT, K.LETTER_WITHDRAWN), same(*State)),
}


def payload(kind: EventKind, day: date) -> dict[str, Any]:
    if kind is K.ERASED_VERIFIED:
        return {"absent_on": [str(day - timedelta(days=7)), str(day)]}
    if kind is K.EXTENSION_NOTIFIED:
        return {"reasoned": True}
    return {"of": "CDO26-2026-0001"} if kind is K.DUPLICATE else {}


def test_every_state_has_a_case_that_stands_in_it() -> None:
    assert set(STANDING) == set(State)
    assert {s: log.on(day).state for s, (log, day) in STANDING.items()} == {s: s for s in State}
    assert {s for s in State if s in OPEN} == LATE - {S.CNIL_READY}


def test_every_event_has_its_row() -> None:
    assert set(TABLE) == set(EventKind) - {K.DETECTED, K.CORRECTION}


def test_an_answer_that_settles_nothing_waits_until_the_practitioner_says_yes_or_no() -> None:
    log = Log().add(K.DETECTED, "2026-02-16").add(K.ASKED, "2026-02-17").add(K.ASKED, "2026-02-27")
    assert log.on("2026-03-01").asked_on == (D("2026-02-17"), D("2026-02-27"))
    log.add(K.ANSWERED, "2026-03-01", said="practice")
    assert (log.on("2026-03-01").answer, log.on("2026-03-01").state) == (Said.PRACTICE, S.DETECTED)
    log.add(K.ANSWERED, "2026-03-02", said="talk")
    assert log.on("2026-03-02").answer is Said.TALK
    log.add(K.LISTING_CONFIRMED_BY_KINE, "2026-03-03")
    assert (log.on("2026-03-03").answer, log.on("2026-03-03").state) == (None, S.CONFIRMED)
    log.add(K.ANSWERED, "2026-03-04", said="claimed").add(K.ANSWERED, "2026-03-05", said="not_agreed")
    assert log.on("2026-03-04").answer is Said.CLAIMED
    assert log.on("2026-03-05").answer is None, "said again once they knew what had been opened"


@pytest.mark.parametrize("kind", list(TABLE))
@pytest.mark.parametrize("state", list(State))
def test_an_event_happens_where_the_law_page_says_and_nowhere_else(kind: EventKind, state: State) -> None:
    standing, day = STANDING[state]
    log, data = standing.copy(), payload(kind, D(day))
    if state in TABLE[kind]:
        assert kind in allowed(log.facts, D(day), log.rules)
        log.add(kind, day, **data)
        assert log.on(day).state is TABLE[kind][state]
        assert log.on(day).ignored == ()
    else:
        reason = log.refused(kind, day, **data)
        assert reason.endswith("."), reason
        listed = instead(log.facts, log.fact(kind, day, **data), log.rules)
        if listed is None:
            assert "n’est pas possible dans l’état" not in reason, "something else than the state forbids it"
        else:
            assert listed == tuple(k for k in allowed(log.facts, D(day), log.rules) if k not in BY_THE_PROGRAM)
        # Recorded all the same (an older log, a correction since), it changes nothing and is not lost.
        forced = replace(log.fact(kind, day, **data))
        before, after = log.on(day), status([*log.facts, forced], D(day), log.rules)
        assert after == replace(before, ignored=(forced.seq,))


def test_a_refusal_says_what_happened_where_it_stands_and_what_is_possible() -> None:
    log = Log().add(K.DETECTED, "2026-02-16")
    assert log.refused(K.FILED, "2026-02-17") == "« plainte déposée » n’est pas possible dans l’état « Repérée »."
    possible = instead(log.facts, log.fact(K.FILED, "2026-02-17"), log.rules)
    assert [k.value for k in possible or ()] == [
        "asked", "answered", "listing_confirmed_by_kine", "authorised", "not_me", "gone_before_request", "mandate_expired",
        "mandate_revoked", "addressee_chosen", "agreement_found", "deceased", "withdrawn", "duplicate",
        "controller_changed", "hold",
    ]  # fmt: skip
    assert "pas encore ouvert" in log.refused(K.HOLD, "2026-02-15")
    assert "déjà ouvert" in log.refused(K.DETECTED, "2026-02-17")


@pytest.mark.parametrize("kind", [k for k, row in TABLE.items() if set(row.values()) == {S.CLOSED}])
def test_what_closes_a_case_is_kept_as_the_reason(kind: EventKind) -> None:
    for state in TABLE[kind]:
        standing, day = STANDING[state]
        assert standing.copy().add(kind, day, **payload(kind, D(day))).on(day).close_reason is kind


# -- before the request ------------------------------------------------------------------------------------------------


def test_without_the_practitioners_word_no_letter() -> None:
    for rules in (COUNCIL, SELF):
        log = Log(rules).add(K.DETECTED, "2026-02-16")
        log.refused(K.REQUEST_APPROVED, "2026-02-17")
        log.refused(K.PRIOR_REQUEST_RECORDED, "2026-02-17")
        log.refused(K.REQUEST_SENT, "2026-02-17")


def test_a_council_approves_only_under_a_mandate_and_a_kine_alone_needs_none() -> None:
    council = Log(COUNCIL).add(K.DETECTED, "2026-02-16").add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17")
    assert "mandat" in council.refused(K.REQUEST_APPROVED, "2026-02-18")
    council.add(K.MANDATE_SIGNED, "2026-02-18").add(K.REQUEST_APPROVED, "2026-02-18")
    alone = Log(SELF).add(K.DETECTED, "2026-02-16").add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17")
    assert "ne signe pas de mandat" in alone.refused(K.MANDATE_SIGNED, "2026-02-18")
    alone.add(K.REQUEST_APPROVED, "2026-02-18")
    assert council.on("2026-02-18").state is alone.on("2026-02-18").state is S.DRAFTED


def test_an_approved_request_is_not_approved_twice() -> None:
    assert "déjà approuvée" in drafted().refused(K.REQUEST_APPROVED, "2026-03-05")


def test_a_request_the_server_refused_is_approved_again_and_only_once() -> None:
    log = drafted().add(K.DISPATCH_FAILED, "2026-03-05")
    assert log.on("2026-03-05").undelivered
    log.add(K.REQUEST_APPROVED, "2026-03-06")
    assert not log.on("2026-03-06").undelivered
    assert "déjà approuvée" in log.refused(K.REQUEST_APPROVED, "2026-03-06")


@pytest.mark.parametrize("lost", [K.MANDATE_EXPIRED, K.MANDATE_REVOKED])
def test_a_lost_mandate_holds_the_case_until_a_new_one_is_signed(lost: EventKind) -> None:
    for state in ALIVE - {S.DETECTED}:
        standing, day = STANDING[state]
        log = standing.copy().add(lost, day)
        assert log.on(day).held, state
        log.refused(K.REQUEST_APPROVED, day)
        log.refused(K.PACK_REQUESTED, day)
        log.refused(K.FILED, day)
        assert log.on(day).tell_cnil is (state in AT_CNIL)
        assert log.add(K.MANDATE_SIGNED, day).on(day).held == (), state


def test_a_case_whose_person_was_not_asked_yet_is_not_held_for_a_mandate_it_never_needed() -> None:
    for lost in (K.MANDATE_EXPIRED, K.MANDATE_REVOKED):
        log = STANDING[S.DETECTED][0].copy().add(lost, STANDING[S.DETECTED][1])
        assert log.on(STANDING[S.DETECTED][1]).held == (), "the question needs none, and none could be signed there"


def test_a_complaint_signed_before_an_answer_is_filed_with_it_still_to_be_told() -> None:
    for answer in (K.REFUSAL, K.PARTIAL):
        # Before the council's gate, which would make it ready again by itself.
        log, day = proven().add(K.PACK_REQUESTED, "2026-04-10").add(answer, "2026-04-11"), "2026-04-12"
        log.refused(K.FILED, day)
        log.add(K.FILED, day, pack="f" * 64)
        assert (log.on(day).state, log.on(day).tell_cnil) == (S.FILED, True)


def test_what_the_cnil_asked_for_is_settled_once_it_was_told() -> None:
    log = STANDING[S.FILED][0].copy().add(K.CNIL_INFO_REQUEST, "2026-12-01")
    assert log.on("2026-12-01").cnil_asks
    assert not log.add(K.CNIL_TOLD, "2026-12-02").on("2026-12-02").cnil_asks


def test_a_new_mandate_does_not_lift_a_hold_that_a_person_put() -> None:
    log = proven().add(K.HOLD, "2026-03-10", reason="attente du praticien").add(K.MANDATE_SIGNED, "2026-03-11")
    assert log.on("2026-03-11").held == ("attente du praticien",)
    assert log.add(K.RELEASE, "2026-03-12").on("2026-03-12").held == ()


def test_a_release_does_not_stand_in_for_a_mandate() -> None:
    log = proven().add(K.MANDATE_EXPIRED, "2026-03-10")
    log.refused(K.RELEASE, "2026-03-11")
    log.add(K.HOLD, "2026-03-11", reason="attente").add(K.RELEASE, "2026-03-12")
    assert len(log.on("2026-03-12").held) == 1


def test_a_mandate_means_nothing_to_a_kine_acting_alone() -> None:
    log = drafted(SELF).add(K.MANDATE_REVOKED, "2026-03-05")
    assert log.on("2026-03-05").held == ()


def test_a_held_case_takes_no_approval_no_complaint_and_no_filing_but_its_dates_are_shown() -> None:
    log = Log().add(K.DETECTED, "2026-02-16").add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17")
    log.add(K.MANDATE_SIGNED, "2026-02-18").add(K.HOLD, "2026-02-19", reason="attente")
    assert log.refused(K.REQUEST_APPROVED, "2026-02-20").startswith("Rien ne part de ce dossier : attente.")
    log.add(K.RELEASE, "2026-02-21").add(K.REQUEST_APPROVED, "2026-02-21")
    held = presumed().add(K.HOLD, "2026-03-20", reason="attente")
    held.refused(K.PACK_REQUESTED, "2026-04-10")
    held.refused(K.FILED, "2026-05-11")
    assert clock(held.on("2026-03-25")).legal.due == LEGAL
    assert held.on("2026-04-08").state is S.OVERDUE


def test_nothing_is_released_that_was_not_held() -> None:
    assert "n’est pas suspendu" in proven().refused(K.RELEASE, "2026-03-10")


# -- receipt, presumed or proven ---------------------------------------------------------------------------------------


def test_an_e_mail_has_a_provisional_clock_and_a_letter_by_post_none() -> None:
    assert clock(sent().on("2026-03-06")).basis is Basis.PRESUMED
    assert sent(channel="lrar").on("2026-03-06").clock is None


def test_receipt_is_presumed_after_seven_days_and_not_before() -> None:
    assert "7 jours" in sent().refused(K.RECEIPT_PRESUMED, "2026-03-11")
    now = sent().add(K.RECEIPT_PRESUMED, "2026-03-12").on("2026-03-12")
    assert now.state is S.RUNNING
    assert (clock(now).receipt, clock(now).basis) == (SENT_ON, Basis.PRESUMED), "the day of dispatch, not the seventh"
    assert (clock(now).legal.due, clock(now).council.due) == (LEGAL, TWO_MONTHS)


def test_the_post_is_never_presumed_to_have_arrived() -> None:
    assert "courriel" in sent(channel="lrar").refused(K.RECEIPT_PRESUMED, "2026-03-25")


@pytest.mark.parametrize("kind", [K.RECEIVED, K.ACKNOWLEDGED])
@pytest.mark.parametrize("day", ["2026-03-20", "2026-04-10", "2026-05-11"])
def test_the_first_proof_fixes_receipt_even_when_the_presumed_clock_had_lapsed(kind: EventKind, day: str) -> None:
    log = presumed()
    assert log.on(day).state in (S.RUNNING, S.OVERDUE, S.CNIL_READY)
    log.add(kind, day)
    now = log.on(day)
    assert now.state is S.RUNNING
    assert (clock(now).receipt, clock(now).basis, clock(now).presumed_receipt) == (D(day), Basis.PROVEN, SENT_ON)
    # An acknowledgement is no answer: the month then passes in silence.
    assert not now.answered
    assert log.on(clock(now).legal.due + timedelta(days=1)).state is S.OVERDUE


def test_a_proof_counts_from_the_day_it_states_else_from_its_own() -> None:
    stated = sent().add(K.RECEIVED, "2026-03-12", received_on="2026-03-06").on("2026-03-12")
    own = sent().add(K.RECEIVED, "2026-03-12").on("2026-03-12")
    assert (clock(stated).receipt, clock(own).receipt) == (D("2026-03-06"), D("2026-03-12"))


def test_a_later_proof_does_not_move_the_receipt_and_an_earlier_one_does() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12").add(K.RECEIVED, "2026-03-20")
    assert clock(log.on("2026-03-20")).receipt == D("2026-03-12")
    log.add(K.ACKNOWLEDGED, "2026-03-25", received_on="2026-03-06")
    assert clock(log.on("2026-03-25")).receipt == D("2026-03-06")
    for state in (S.ID_PENDING, S.EXTENDED, S.PARTIAL, S.REFUSED):
        standing, day = STANDING[state]
        late = sent().add(K.RECEIVED, "2026-03-08")
        for fact in standing.facts[len(late.facts) :]:
            late.add(fact.kind, fact.day, **fact.data)
        late.add(K.RECEIVED, day, received_on="2026-03-06")
        assert (late.on(day).state, clock(late.on(day)).receipt) == (state, D("2026-03-06"))


def test_nothing_is_received_before_it_was_sent() -> None:
    reason = sent().refused(K.RECEIVED, "2026-03-12", received_on="2026-03-04")
    assert reason.startswith("Une demande partie le 5 mars 2026 n’a pas pu être reçue le 4 mars 2026.")
    sent().refused(K.REFUSAL, "2026-03-12", received_on="2026-03-04")


def test_a_document_does_not_prove_a_receipt_later_than_itself() -> None:
    reason = sent().refused(K.RECEIVED, "2026-03-12", received_on="2026-03-13")
    assert reason.startswith("Ce qui est du 12 mars 2026 ne prouve pas une réception le 13 mars 2026.")


def test_a_receipt_scanned_late_is_placed_in_time_and_undoes_the_silence() -> None:
    log = presumed()
    assert log.on("2026-04-15").state is S.OVERDUE
    log.add(K.RECEIVED, "2026-03-20")
    now = log.on("2026-04-15")
    assert (now.state, clock(now).receipt, clock(now).legal.due) == (S.RUNNING, D("2026-03-20"), D("2026-04-20"))
    assert clock(now).presumed_receipt == SENT_ON
    assert log.on("2026-04-21").state is S.OVERDUE


def test_a_receipt_scanned_late_takes_the_ground_from_what_was_done_too_early_and_says_so() -> None:
    log = presumed().add(K.PACK_REQUESTED, "2026-04-10")
    assert log.on("2026-04-10").state is S.CNIL_READY
    log.add(K.RECEIVED, "2026-03-20")
    now = log.on("2026-04-10")
    assert now.state is S.RUNNING
    assert now.ignored == (log.facts[-2].seq,)


def test_proof_of_receipt_takes_back_a_complaint_asked_for_on_the_presumed_one() -> None:
    log = presumed().add(K.PACK_REQUESTED, "2026-04-10").add(K.RECEIVED, "2026-04-14")
    now = log.on("2026-04-14")
    assert (now.state, now.pack_requested, clock(now).receipt) == (S.RUNNING, False, D("2026-04-14"))
    # Once proven, another proof leaves the complaint where it is.
    again = proven().add(K.PACK_REQUESTED, "2026-04-10").add(K.RECEIVED, "2026-04-14")
    assert again.on("2026-04-14").state is S.CNIL_READY


@pytest.mark.parametrize("kind", sorted(REPLIES))
def test_any_reply_proves_receipt_at_the_latest_that_day(kind: EventKind) -> None:
    for log in (sent(), sent(channel="lrar"), presumed()):
        now = log.add(kind, "2026-03-16", reasoned=True).on("2026-03-16")
        assert now.state is not S.SENT
        assert (clock(now).receipt, clock(now).basis) == (D("2026-03-16"), Basis.PROVEN)
    told = sent().add(kind, "2026-03-16", received_on="2026-03-06", reasoned=True)
    assert clock(told.on("2026-03-16")).receipt == D("2026-03-06")


# -- bounces, and several dispatches of one request --------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-03-20", "2026-04-10", "2026-05-11"])
def test_a_bounce_voids_a_presumed_clock_and_asks_for_a_new_approval(day: str) -> None:
    log = presumed().add(K.BOUNCED, day)
    now = log.on(day)
    assert (now.state, now.clock, now.sent_on, now.dispatches) == (S.DRAFTED, None, None, ())
    assert any("adresse" in mark for mark in now.marks)
    assert [a.code for a in next_actions(now, COUNCIL)] == ["approve"]
    again = D(day) + timedelta(days=2)
    log.add(K.REQUEST_APPROVED, again).add(K.REQUEST_SENT, again, dispatch="e2", channel="email")
    assert (log.on(again).state, log.on(again).sent_on, clock(log.on(again)).receipt) == (S.SENT, again, again)


def test_a_bounce_voids_a_complaint_asked_for_on_the_presumed_receipt() -> None:
    log = presumed().add(K.PACK_REQUESTED, "2026-04-10").add(K.BOUNCED, "2026-04-14")
    assert log.on("2026-04-14").state is S.DRAFTED
    assert not log.on("2026-04-14").pack_requested


def test_a_bounce_after_proof_changes_nothing() -> None:
    assert "déjà prouvée" in proven().refused(K.BOUNCED, "2026-03-10")


def test_a_bounce_leaves_the_letter_that_stands_beside_it() -> None:
    log = sent().add(K.REQUEST_SENT, SENT_ON, dispatch="p1", channel="lrar").add(K.BOUNCED, "2026-03-06")
    now = log.on("2026-03-06")
    assert (now.state, now.clock, now.dispatches) == (S.SENT, None, (("p1", SENT_ON, "lrar"),))
    assert "courriel" in log.refused(K.BOUNCED, "2026-03-07"), "the post does not bounce"
    assert log.refused(K.BOUNCED, "2026-03-07", dispatch="p1")
    late = presumed().add(K.REQUEST_SENT, "2026-03-13", dispatch="p1", channel="lrar").add(K.BOUNCED, "2026-03-20")
    assert (late.on("2026-03-20").state, late.on("2026-03-20").clock) == (S.SENT, None)


def test_the_day_of_sending_is_that_of_what_still_stands() -> None:
    log = sent().add(K.REQUEST_SENT, "2026-03-09", dispatch="e2", channel="email")
    log.add(K.BOUNCED, "2026-03-10", dispatch="e1")
    now = log.on("2026-03-10")
    assert (now.state, now.sent_on, clock(now).receipt) == (S.SENT, D("2026-03-09"), D("2026-03-09"))


def test_another_e_mail_is_presumed_received_only_once_it_stood_seven_days_itself() -> None:
    log = sent().add(K.REQUEST_SENT, "2026-03-10", dispatch="e2", channel="email").add(K.RECEIPT_PRESUMED, "2026-03-12")
    soon = log.copy().add(K.BOUNCED, "2026-03-14", dispatch="e1")
    assert soon.on("2026-03-14").state is S.SENT
    assert "7 jours" in soon.refused(K.RECEIPT_PRESUMED, "2026-03-16")
    assert soon.add(K.RECEIPT_PRESUMED, "2026-03-17").on("2026-03-17").state is S.RUNNING
    late = log.copy().add(K.BOUNCED, "2026-03-18", dispatch="e1").on("2026-03-18")
    assert (late.state, clock(late).receipt) == (S.RUNNING, D("2026-03-10"))
    assert log.refused(K.BOUNCED, "2026-03-14"), "with two e-mails standing, the one that came back is named"
    assert log.refused(K.BOUNCED, "2026-03-14", dispatch="inconnu")


def test_a_bounce_presumes_nothing_that_was_not_presumed() -> None:
    log = sent().add(K.REQUEST_SENT, "2026-03-06", dispatch="e2", channel="email")
    assert log.add(K.BOUNCED, "2026-03-20", dispatch="e1").on("2026-03-20").state is S.SENT


@pytest.mark.parametrize("kind", [K.REFUSED_DELIVERY, K.UNCLAIMED, K.NOT_AT_ADDRESS])
def test_post_that_came_back_proves_the_attempt_and_no_date(kind: EventKind) -> None:
    now = sent(channel="lrar").add(kind, "2026-03-25").on("2026-06-30")
    assert (now.state, now.clock) == (S.SENT, None)
    assert any("envoyez aussi un courriel" in mark for mark in now.marks)
    beside = presumed().add(kind, "2026-03-25").on("2026-03-25")
    assert (beside.state, clock(beside).basis) == (S.RUNNING, Basis.PRESUMED)


# -- a request sent outside the tool -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mandated", [False, True])
def test_a_prior_request_is_sent_or_running_when_its_receipt_is_proven(mandated: bool) -> None:
    log = Log().add(K.DETECTED, SENT_ON).add(K.LISTING_CONFIRMED_BY_KINE, SENT_ON)
    if mandated:
        log.add(K.MANDATE_SIGNED, SENT_ON)
    unproven = log.copy().add(K.PRIOR_REQUEST_RECORDED, SENT_ON, sent_on=str(SENT_ON), channel="lrar")
    assert (unproven.on("2026-03-20").state, unproven.on("2026-03-20").clock) == (S.SENT, None)
    log.add(K.PRIOR_REQUEST_RECORDED, "2026-03-10", sent_on=str(SENT_ON), received_on="2026-03-09", channel="lrar")
    now = log.on("2026-03-10")
    assert (now.state, now.sent_on, clock(now).receipt, clock(now).basis) == (
        S.RUNNING,
        SENT_ON,
        D("2026-03-09"),
        Basis.PROVEN,
    )
    assert any("avant l’ouverture" in mark for mark in now.marks)
    log.refused(K.REQUEST_APPROVED, "2026-03-11")
    unproven.refused(K.REQUEST_APPROVED, "2026-03-11")


def test_the_dates_of_a_prior_request_cannot_contradict_each_other() -> None:
    log = Log().add(K.DETECTED, SENT_ON).add(K.LISTING_CONFIRMED_BY_KINE, SENT_ON)
    log.refused(K.PRIOR_REQUEST_RECORDED, "2026-03-10", sent_on="2026-03-09", received_on="2026-03-08")
    log.refused(K.PRIOR_REQUEST_RECORDED, "2026-03-10", sent_on="2026-03-11")
    log.refused(K.PRIOR_REQUEST_RECORDED, "2026-03-10", sent_on="le 9 mars")


def test_a_prior_e_mail_that_bounced_needs_a_mandate_before_the_council_writes_again() -> None:
    log = Log().add(K.DETECTED, SENT_ON).add(K.LISTING_CONFIRMED_BY_KINE, SENT_ON)
    log.add(K.PRIOR_REQUEST_RECORDED, SENT_ON, channel="email").add(K.BOUNCED, "2026-03-06")
    assert "mandat" in log.refused(K.REQUEST_APPROVED, "2026-03-07")
    log.add(K.MANDATE_SIGNED, "2026-03-07").add(K.REQUEST_APPROVED, "2026-03-07")


# -- identity, extension -----------------------------------------------------------------------------------------------


def test_the_worked_pause_gives_both_dates_and_the_later_is_acted_on() -> None:
    log = proven().add(K.ID_REQUESTED, "2026-03-09").add(K.ID_SUPPLIED, "2026-03-16")
    now = log.on("2026-03-16")
    assert now.state is S.RUNNING
    assert (clock(now).legal.due, clock(now).without_pause.due) == (D("2026-04-13"), D("2026-04-07"))
    assert log.on("2026-04-13").state is S.RUNNING
    assert log.on("2026-04-14").state is S.OVERDUE
    assert log.on("2026-04-14").overdue_since == D("2026-04-14")


def test_the_letter_that_answers_a_demand_for_identity_ends_the_pause_and_what_is_given_later_prolongs_it() -> None:
    log = proven().add(K.ID_REQUESTED, "2026-03-09")
    other = log.copy().add(K.LETTER_SENT, "2026-03-12", kind="reminder")
    assert other.on("2026-03-12").state is S.ID_PENDING
    log.add(K.LETTER_SENT, "2026-03-12", kind="answer_identity")
    now = log.on("2026-03-12")
    assert now.state is S.RUNNING
    supplied = proven().add(K.ID_REQUESTED, "2026-03-09").add(K.ID_SUPPLIED, "2026-03-12").on("2026-03-12")
    assert clock(now).legal.due == clock(supplied).legal.due
    # As a home of before recorded it: the letter, then what it called the proof, on a later day; its date stays.
    log.add(K.ID_SUPPLIED, "2026-03-16")
    assert clock(log.on("2026-03-16")).legal.due == D("2026-04-13")
    log.refused(K.ID_SUPPLIED, "2026-03-17")
    # A demand that suspends nothing has no pause to prolong.
    late = (
        proven()
        .add(K.ID_REQUESTED, "2026-03-09", timely=False)
        .add(K.LETTER_SENT, "2026-03-12", kind="answer_identity")
    )
    late.refused(K.ID_SUPPLIED, "2026-03-16")
    assert clock(late.on("2026-03-16")).legal.due == LEGAL


def test_while_identity_is_awaited_the_clock_waits_too_and_a_person_looks_again_after_thirty_days() -> None:
    log = proven().add(K.ID_REQUESTED, "2026-03-09")
    for day in ("2026-04-08", "2026-12-31"):
        assert log.on(day).state is S.ID_PENDING
        assert clock(log.on(day)).legal.due > D(day)
        assert clock(log.on(day)).without_pause.due == LEGAL
    (action,) = next_actions(log.on("2026-03-10"), COUNCIL)
    assert (action.code, action.due) == ("identity", D("2026-04-08"))


def test_a_demand_for_identity_in_sent_proves_receipt_and_comes_back_to_running() -> None:
    log = sent().add(K.ID_REQUESTED, "2026-03-09")
    assert (log.on("2026-03-09").state, clock(log.on("2026-03-09")).receipt) == (S.ID_PENDING, D("2026-03-09"))
    assert log.add(K.ID_SUPPLIED, "2026-03-16").on("2026-03-16").state is S.RUNNING


def test_a_demand_that_a_person_finds_untimely_suspends_nothing_and_silence_follows() -> None:
    log = proven().add(K.ID_REQUESTED, "2026-03-09", timely=False)
    assert log.on(LEGAL).state is S.ID_PENDING
    assert clock(log.on(LEGAL)).legal.due == LEGAL
    assert log.on("2026-04-08").state is S.OVERDUE
    log.copy().add(K.PACK_REQUESTED, "2026-04-08")
    assert log.add(K.ID_SUPPLIED, "2026-04-09").on("2026-04-09").state is S.OVERDUE
    # The same, said after the fact: the demand itself stays, and still proves receipt.
    later = sent().add(K.ID_REQUESTED, "2026-03-09")
    later.add(K.CORRECTION, "2026-04-10", key=str(len(later.facts)), data={"timely": False})
    assert (later.on("2026-04-10").state, clock(later.on("2026-04-10")).receipt) == (S.OVERDUE, D("2026-03-09"))


def test_a_demand_after_the_deadline_suspends_nothing_and_does_not_undo_the_silence() -> None:
    for day in ("2026-04-08", "2026-05-11"):
        log = proven()
        before = log.on(day)
        now = log.add(K.ID_REQUESTED, day).on(day)
        assert now.state is before.state
        assert clock(now).legal.due == LEGAL
        assert any("ne suspend rien" in mark for mark in now.marks)


def test_on_a_presumed_receipt_a_late_demand_is_the_first_proof_and_suspends() -> None:
    now = presumed().add(K.ID_REQUESTED, "2026-04-10").on("2026-04-10")
    assert (now.state, clock(now).receipt) == (S.ID_PENDING, D("2026-04-10"))


@pytest.mark.parametrize(
    ("asked", "given", "due", "apart"),
    [
        # Asked on the last day of the month from the presumed receipt: seven days more there too.
        ("2026-04-07", "2026-04-14", "2026-04-13", False),
        ("2026-04-08", "2026-04-15", "2026-04-07", True),
    ],
)
def test_a_demand_for_identity_suspends_the_presumed_reckoning_only_while_that_month_ran(
    asked: str, given: str, due: str, apart: bool
) -> None:
    """EDPB 01/2022: what is over is not suspended. The date acted on, from the proven receipt, is suspended in both."""
    log = presumed().add(K.ID_REQUESTED, asked).add(K.ID_SUPPLIED, given)
    now = log.on(given)
    assert (clock(now).receipt, clock(now).legal.suspended) == (D(asked), 7)
    before = clock(now).legal_presumed
    assert before is not None
    assert before.due == D(due)
    said = " ".join(explained(now, log.facts, COUNCIL))
    assert ("sans la suspension, demandée après elle" in said) == apart


@pytest.mark.parametrize("answer", [K.PARTIAL, K.REFUSAL])
def test_who_answers_no_longer_waits_for_identity(answer: EventKind) -> None:
    log = proven().add(K.ID_REQUESTED, "2026-03-09").add(answer, "2026-03-16")
    assert clock(log.on("2026-12-31")).legal.due == D("2026-04-13")
    log.refused(K.ID_SUPPLIED, "2026-03-17")


def test_the_clock_stops_when_the_erasure_is_seen_while_identity_was_awaited() -> None:
    log = proven().add(K.ID_REQUESTED, "2026-03-09")
    log.add(K.ERASED_VERIFIED, "2026-03-16", absent_on=["2026-03-09", "2026-03-16"])
    assert clock(log.on("2026-12-31")).legal.due == D("2026-04-13")


def test_an_extension_in_time_and_with_reasons_gives_three_months_from_the_first_receipt() -> None:
    log = proven().add(K.EXTENSION_NOTIFIED, LEGAL, reasoned=True)
    now = log.on("2026-05-11")
    assert (now.state, clock(now).extended, clock(now).legal.due) == (S.EXTENDED, True, THREE_MONTHS)
    assert any("prolongation est valable" in mark for mark in now.marks), "the council's landmark has passed: warn"
    # Auto-drafting waits for the three months under either gate.
    for rules in (COUNCIL, COUNCIL_LEGAL):
        assert status(log.facts, THREE_MONTHS, rules).state is S.EXTENDED
        assert status(log.facts, D("2026-06-06"), rules).state is S.CNIL_READY


@pytest.mark.parametrize(
    ("day", "reasoned", "why"), [("2026-03-20", False, "sans motif"), ("2026-04-08", True, "après le premier mois")]
)
def test_an_extension_late_or_without_reasons_is_ignored_and_marked(day: str, reasoned: bool, why: str) -> None:
    now = proven().add(K.EXTENSION_NOTIFIED, day, reasoned=reasoned).on("2026-04-08")
    assert (now.state, clock(now).extended, clock(now).legal.due) == (S.OVERDUE, False, LEGAL)
    assert any(why in mark for mark in now.marks)


def test_an_extension_is_timely_until_the_end_of_the_first_month_pause_included() -> None:
    log = proven().add(K.ID_REQUESTED, "2026-03-09").add(K.ID_SUPPLIED, "2026-03-16")
    assert log.copy().add(K.EXTENSION_NOTIFIED, "2026-04-13", reasoned=True).on("2026-04-13").state is S.EXTENDED
    assert log.copy().add(K.EXTENSION_NOTIFIED, "2026-04-14", reasoned=True).on("2026-04-14").state is S.OVERDUE


def test_an_extension_falls_when_an_earlier_receipt_is_proven() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12").add(K.EXTENSION_NOTIFIED, "2026-04-10", reasoned=True)
    assert log.on("2026-04-10").state is S.EXTENDED
    log.add(K.RECEIVED, "2026-04-14", received_on=str(SENT_ON))
    now = log.on("2026-04-14")
    assert (now.state, clock(now).extended, clock(now).legal.due) == (S.OVERDUE, False, LEGAL)
    assert any("ne vaut plus" in mark for mark in now.marks)


def test_an_extension_on_a_presumed_receipt_is_the_first_proof_and_counts_from_it() -> None:
    now = presumed().add(K.EXTENSION_NOTIFIED, "2026-04-10", reasoned=True).on("2026-04-10")
    assert (now.state, clock(now).receipt, clock(now).legal.due) == (S.EXTENDED, D("2026-04-10"), D("2026-07-10"))


@pytest.mark.parametrize(("told", "due"), [("2026-04-07", "2026-06-05"), ("2026-04-08", "2026-04-07")])
def test_an_extension_lengthens_the_delay_from_the_presumed_receipt_only_where_it_came_within_that_month(
    told: str, due: str
) -> None:
    log = presumed().add(K.EXTENSION_NOTIFIED, told, reasoned=True)
    now = log.on(told)
    assert clock(now).legal.months == 3
    before = clock(now).legal_presumed
    assert before is not None
    assert before.due == D(due)
    said = " ".join(explained(now, log.facts, COUNCIL))
    assert ("sans la prolongation, annoncée après elle" in said) == (due == "2026-04-07")


# -- answers -----------------------------------------------------------------------------------------------------------


def test_an_acknowledgement_is_no_answer_and_silence_follows() -> None:
    log = sent().add(K.ACKNOWLEDGED, SENT_ON)
    assert not log.on("2026-03-06").answered
    assert log.on("2026-04-08").state is S.OVERDUE


@pytest.mark.parametrize("kind", [K.PRECISION_ASKED, K.WRONG_CHANNEL, K.ERASED_CLAIMED])
def test_an_answer_in_time_is_no_silence_and_does_not_pause(kind: EventKind) -> None:
    log = proven().add(kind, LEGAL)
    now = log.on("2026-07-01")
    assert (now.state, clock(now).legal.due, now.overdue_since) == (S.RUNNING, LEGAL, None)
    log.refused(K.PACK_REQUESTED, str(LEGAL))
    if kind is K.ERASED_CLAIMED:
        assert "dit avoir effacé" in log.refused(K.PACK_REQUESTED, "2026-07-01")
    else:
        # A question is no decision: past the delay a person may complain, and the program does not do it for them.
        assert log.add(K.PACK_REQUESTED, "2026-07-01").on("2026-07-01").state is S.CNIL_READY


@pytest.mark.parametrize("kind", [K.PRECISION_ASKED, K.WRONG_CHANNEL, K.ERASED_CLAIMED])
@pytest.mark.parametrize(("day", "state"), [("2026-04-08", S.OVERDUE), ("2026-05-11", S.CNIL_READY)])
def test_an_answer_after_the_deadline_does_not_undo_the_silence(kind: EventKind, day: str, state: State) -> None:
    log = proven().add(kind, day)
    now = log.on(day)
    assert now.state is state
    assert now.overdue_since == D("2026-04-08")
    assert any("après l’échéance" in mark for mark in now.marks)
    assert complaint_missing(now, COUNCIL, mandate_valid=True, capture_days=[SENT_ON, D(day)], prior=False) == ()


def test_a_second_answer_after_the_deadline_does_not_make_the_first_one_late() -> None:
    log = proven().add(K.PRECISION_ASKED, "2026-03-16").add(K.WRONG_CHANNEL, "2026-04-10")
    assert (log.on("2026-04-10").state, log.on("2026-04-10").overdue_since) == (S.RUNNING, None)


def test_an_answer_in_time_becomes_late_when_an_earlier_receipt_is_proven() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12").add(K.PRECISION_ASKED, "2026-04-10")
    assert log.on("2026-04-15").state is S.RUNNING
    log.add(K.RECEIVED, "2026-04-15", received_on=str(SENT_ON))
    assert log.on("2026-04-15").state is S.OVERDUE


@pytest.mark.parametrize(("kind", "state"), [(K.PARTIAL, S.PARTIAL), (K.REFUSAL, S.REFUSED)])
def test_after_a_refusal_or_a_partial_answer_the_complaint_is_possible_at_once(kind: EventKind, state: State) -> None:
    log = proven().add(kind, "2026-03-16")
    now = log.on("2026-03-16")
    assert (now.state, clock(now).legal.due) == (state, LEGAL)
    assert (
        complaint_missing(now, COUNCIL, mandate_valid=True, capture_days=[SENT_ON, D("2026-03-16")], prior=False) == ()
    )
    assert log.add(K.PACK_REQUESTED, "2026-03-16").on("2026-03-16").state is S.CNIL_READY


@pytest.mark.parametrize(("kind", "state"), [(K.PARTIAL, S.PARTIAL), (K.REFUSAL, S.REFUSED)])
def test_a_reply_while_the_complaint_waits_for_its_signature_moves_it_as_ever(kind: EventKind, state: State) -> None:
    log = proven().add(K.PACK_REQUESTED, "2026-04-10").add(kind, "2026-04-13")
    assert log.on("2026-04-13").state is state
    by_gate = proven().add(kind, "2026-05-11").on("2026-05-11")
    assert (by_gate.base, by_gate.state) == (state, S.CNIL_READY)


def test_a_claim_is_read_again_on_days_one_eight_and_thirty() -> None:
    log = proven().add(K.ERASED_CLAIMED, "2026-03-16")
    for day, due in (("2026-03-16", 17), ("2026-03-17", 17), ("2026-03-18", 24), ("2026-03-24", 24)):
        (action,) = next_actions(log.on(day), COUNCIL)
        assert (action.code, action.due) == ("reread", date(2026, 3, due))
    (action,) = next_actions(log.on("2026-03-25"), COUNCIL)
    assert action.due == D("2026-04-15")


def test_a_claim_that_a_reading_disproves_is_a_partial_answer_and_the_complaint_is_possible_at_once() -> None:
    assert "démentir" in proven().refused(K.CLAIM_DISPROVED, "2026-03-17")
    for rules in (COUNCIL, SELF):
        log = proven(rules).add(K.ERASED_CLAIMED, "2026-03-16").add(K.CLAIM_DISPROVED, "2026-03-17")
        now = log.on("2026-03-17")
        assert (now.state, now.claimed_erased_on) == (S.PARTIAL, None)
        log.refused(K.CLAIM_DISPROVED, "2026-03-18")
        log.copy().add(K.ERASED_CLAIMED, "2026-03-20").add(K.CLAIM_DISPROVED, "2026-03-21")
        assert log.add(K.PACK_REQUESTED, "2026-03-17").on("2026-03-17").state is S.CNIL_READY


@pytest.mark.parametrize("state", sorted(LATE - {S.SENT}))
def test_a_claim_can_be_disproved_in_every_open_state(state: State) -> None:
    standing, day = STANDING[state]
    log = standing.copy().add(K.ERASED_CLAIMED, day)
    before = log.on(day)
    assert before.state is (S.RUNNING if state is S.SENT else state)
    log.add(K.CLAIM_DISPROVED, day)
    assert log.on(day).base is S.PARTIAL


# -- erasure -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "absent",
    [
        [],
        ["2026-03-20"],
        ["2026-03-14", "2026-03-20"],
        ["2026-03-20", "2026-03-20"],
        # Away before the request, back since: that absence says nothing.
        ["2026-03-01", "2026-03-20"],
        # Not yet seen.
        ["2026-03-14", "2026-03-21"],
    ],
)
def test_an_erasure_is_not_observed_on_less_than_two_readings_seven_days_apart(absent: list[str]) -> None:
    assert "7 jours" in proven().refused(K.ERASED_VERIFIED, "2026-03-20", absent_on=absent)


def test_an_erasure_is_observed_on_two_readings_seven_days_apart_and_the_clocks_stop() -> None:
    log = proven().add(K.ERASED_VERIFIED, "2026-03-20", absent_on=["2026-03-20", "2026-03-13"])
    for day in ("2026-03-20", "2026-04-08", "2026-05-11"):
        now = log.on(day)
        assert (now.state, now.erased_on, now.overdue_since) == (S.ERASED, D("2026-03-20"), None)


def test_an_erasure_whose_payload_was_purged_stays_observed() -> None:
    log = erased()
    log.facts[-1] = replace(log.facts[-1], data={})
    assert log.on("2027-01-01").state is S.ERASED


@pytest.mark.parametrize("state", sorted(AT_CNIL))
def test_an_erasure_after_filing_is_told_to_the_cnil(state: State) -> None:
    standing, day = STANDING[state]
    log = standing.copy().add(K.ERASED_VERIFIED, day, absent_on=["2026-04-13", "2026-04-20"])
    assert (log.on(day).state, log.on(day).tell_cnil) == (S.ERASED, True)
    log.add(K.CNIL_TOLD, day)
    assert log.on(day).tell_cnil is False


def test_the_watch_lasts_a_year_and_a_listing_may_reappear_during_and_after_it() -> None:
    log = erased()
    assert "un an" in log.refused(K.WATCH_OVER, "2027-03-19")
    assert log.copy().add(K.REAPPEARED, "2026-06-01").on("2026-06-01").state is S.ERASED
    log.add(K.WATCH_OVER, "2027-03-20")
    assert (log.on("2027-03-20").state, log.on("2027-03-20").close_reason) == (S.CLOSED, K.WATCH_OVER)
    assert log.add(K.REAPPEARED, "2027-04-01").on("2027-04-01").state is S.CLOSED


def test_a_case_closed_for_another_reason_has_nothing_to_reappear_in() -> None:
    assert "autre raison" in proven().add(K.WITHDRAWN, "2026-03-10").refused(K.REAPPEARED, "2026-04-01")


@pytest.mark.parametrize("kind", [K.AUTHORISED, K.NOT_ME])
def test_after_a_filing_an_agreement_is_found_and_not_answered(kind: EventKind) -> None:
    log = filed().add(K.ERASED_VERIFIED, "2026-04-20", absent_on=["2026-04-13", "2026-04-20"])
    assert "agreement_found" in log.refused(kind, "2026-04-21")
    log.add(K.AGREEMENT_FOUND, "2026-04-21")


# -- silence, the gate, the complaint ----------------------------------------------------------------------------------


def test_silence_begins_the_day_after_the_due_day_and_is_never_stored() -> None:
    log = proven()
    assert (log.on(LEGAL).state, log.on(LEGAL).overdue_since) == (S.RUNNING, None)
    late = log.on("2026-04-08")
    assert (late.state, late.base, late.overdue_since) == (S.OVERDUE, S.RUNNING, D("2026-04-08"))
    assert not {"overdue", "silence", "cnil_ready"} & {k.value for k in EventKind}


def test_the_gate_is_the_laws_month_for_a_kine_and_the_councils_two_for_a_council() -> None:
    for rules, first in ((COUNCIL, "2026-05-06"), (COUNCIL_LEGAL, "2026-04-08"), (SELF, "2026-04-08")):
        log = proven(rules)
        assert log.on(D(first) - timedelta(days=1)).state is not S.CNIL_READY
        assert (log.on(first).state, log.on(first).base) == (S.CNIL_READY, S.RUNNING)
        assert log.on(first).overdue_since == D("2026-04-08")


@pytest.mark.parametrize("kind", [K.PARTIAL, K.REFUSAL])
def test_the_gate_also_drafts_after_a_refusal_or_a_partial_answer(kind: EventKind) -> None:
    log = proven().add(kind, "2026-03-16")
    assert log.on(TWO_MONTHS).state is not S.CNIL_READY
    assert log.on("2026-05-06").state is S.CNIL_READY
    assert status(log.facts, D("2026-04-08"), COUNCIL_LEGAL).state is S.CNIL_READY


def test_a_person_need_not_wait_for_the_gate() -> None:
    assert proven().add(K.PACK_REQUESTED, "2026-04-08").on("2026-04-08").state is S.CNIL_READY
    proven().refused(K.PACK_REQUESTED, LEGAL)


def test_a_refusal_ends_the_silence_even_when_it_came_late() -> None:
    log = proven().add(K.REFUSAL, "2026-04-10").add(K.PACK_REQUESTED, "2026-04-10")
    assert (log.on("2026-04-10").state, log.on("2026-04-10").overdue_since) == (S.CNIL_READY, None)


def test_after_a_valid_extension_nothing_is_drafted_by_itself_before_three_months() -> None:
    log = proven().add(K.EXTENSION_NOTIFIED, "2026-03-20", reasoned=True).add(K.REFUSAL, "2026-03-25")
    assert log.on(THREE_MONTHS).state is S.REFUSED
    assert log.on("2026-06-06").state is S.CNIL_READY
    assert log.add(K.PACK_REQUESTED, "2026-03-25").on("2026-03-25").state is S.CNIL_READY


def test_two_months_are_never_the_law() -> None:
    for state, (log, day) in STANDING.items():
        now = log.on(day)
        if now.clock is None:
            continue
        assert now.clock.legal.months in (1, 3), state
        assert now.clock.council.months == 2
        assert "ce n’est pas le délai de la loi" in now.clock.council.basis
        assert "conseil" not in now.clock.legal.basis


# -- at the CNIL -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(AT_CNIL))
@pytest.mark.parametrize("kind", sorted(REPLIES))
def test_a_reply_after_the_filing_changes_nothing_but_the_cnil_is_told(state: State, kind: EventKind) -> None:
    standing, day = STANDING[state]
    before = standing.on(day)
    now = standing.copy().add(kind, day, reasoned=True).on(day)
    assert (now.state, now.tell_cnil, now.clock) == (state, True, before.clock)
    assert "tell_cnil" in [a.code for a in next_actions(now, COUNCIL)]


def test_the_filing_is_remembered_for_three_months_and_news_begins_them_again() -> None:
    log = filed()
    assert log.on("2026-04-13").cnil_reminder == D("2026-07-13")
    log.add(K.CNIL_ACK, "2026-05-20")
    assert log.on("2026-05-20").cnil_reminder == D("2026-08-20")
    log.add(K.CNIL_INFO_REQUEST, "2026-06-30")
    now = log.on("2026-06-30")
    assert [(a.code, a.due) for a in next_actions(now, COUNCIL)] == [
        ("cnil_documents", None),
        ("cnil", D("2026-09-30")),
    ]
    assert "consulter un avocat" in next_actions(now, COUNCIL)[1].text


@pytest.mark.parametrize("kind", [K.CNIL_CLOSED, K.CNIL_REJECTED])
def test_what_the_cnil_closes_can_be_completed_and_is_remembered_for_two_months(kind: EventKind) -> None:
    now = filed().add(K.REFUSAL, "2026-05-11").add(kind, "2026-05-20").on("2026-05-20")
    assert (now.state, now.tell_cnil) == (S.CLOSED, False)
    assert [(a.code, a.due) for a in next_actions(now, COUNCIL)] == [("appeal", D("2026-07-20"))]
    log = filed().add(kind, "2026-05-20", complete=True)
    assert log.on("2026-05-20").state is S.CNIL_READY
    assert log.on("2026-05-20").appeal_by == D("2026-07-20")
    assert log.add(K.FILED, "2026-05-27").on("2026-05-27").cnil_reminder == D("2026-08-27")


@pytest.mark.parametrize("kind", [K.WITHDRAWN, K.AGREEMENT_FOUND])
def test_a_withdrawal_after_filing_is_told_to_the_cnil(kind: EventKind) -> None:
    for state in ALIVE:
        standing, day = STANDING[state]
        now = standing.copy().add(kind, day).on(day)
        assert (now.state, now.tell_cnil) == (S.CLOSED, state in AT_CNIL), state


@pytest.mark.parametrize("kind", [K.AGREEMENT_FOUND, K.AUTHORISED, K.NOT_ME])
def test_a_request_sent_without_reason_is_taken_back_until_somebody_says_it_was(kind: EventKind) -> None:
    log = proven().add(kind, "2026-03-10")
    now = log.on("2026-03-10")
    assert any("retire la demande" in mark for mark in now.marks)
    assert [a.code for a in next_actions(now, COUNCIL)] == ["withdraw"]
    told = log.add(K.WITHDRAWAL_TOLD, "2026-03-11").on("2026-03-11")
    assert (told.state, next_actions(told, COUNCIL)) == (S.CLOSED, ())
    assert "n’est à retirer" in log.refused(K.WITHDRAWAL_TOLD, "2026-03-12")
    before = drafted().add(kind, "2026-03-04").on("2026-03-04")
    assert (before.marks, before.to_withdraw) == ((), False), "nothing had left"


def test_no_approval_while_an_answer_waits_and_none_is_undone_by_one_entered_late() -> None:
    log = Log().add(K.DETECTED, "2026-02-16").add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17")
    log.add(K.MANDATE_SIGNED, "2026-02-18").add(K.ANSWERED, "2026-02-19", said="talk")
    assert "je souhaite en parler" in log.refused(K.REQUEST_APPROVED, "2026-03-04")
    assert [a.code for a in next_actions(log.on("2026-03-04"), COUNCIL)] == ["call"]
    log.add(K.ANSWERED, "2026-03-04", said="not_agreed").add(K.REQUEST_APPROVED, "2026-03-04")
    late = sent().add(K.ANSWERED, "2026-02-20", said="claimed")
    assert (late.on(SENT_ON).state, late.on(SENT_ON).ignored) == (S.SENT, ())


def test_a_page_that_joins_after_the_word_needs_a_word_of_its_own() -> None:
    page = [{"listing": "rdv.example:b", "url": "http://rdv.example/b"}]
    log = Log(SELF).add(K.DETECTED, "2026-02-16").add(K.FINDING_ADDED, "2026-02-16", findings=page)
    log.add(K.LISTING_CONFIRMED_BY_KINE, "2026-02-17")
    assert log.on("2026-02-17").unasked == (), "asked about both"
    later = [{"listing": "rdv.example:c", "url": "http://rdv.example/c"}]
    log.add(K.FINDING_ADDED, "2026-02-18", findings=later)
    now = log.on("2026-02-18")
    assert now.unasked == ("http://rdv.example/c",)
    assert [a.code for a in next_actions(now, SELF)] == ["word"]
    assert log.add(K.ANSWERED, "2026-02-19", said="not_agreed").on("2026-02-19").unasked == ()


def test_after_a_death_nothing_leaves() -> None:
    now = filed().add(K.REFUSAL, "2026-04-20").add(K.DECEASED, "2026-04-21").on("2026-04-21")
    assert (now.state, now.tell_cnil, next_actions(now, COUNCIL)) == (S.CLOSED, False, ())
    assert any("héritiers" in mark for mark in now.marks)


# -- corrections -------------------------------------------------------------------------------------------------------


def test_a_correction_of_the_day_recomputes_the_clock() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12")
    number = str(len(log.facts))
    log.add(K.CORRECTION, "2026-04-15", key=number, day=str(SENT_ON))
    assert clock(log.on("2026-04-15")).legal.due == LEGAL
    assert log.on("2026-04-15").state is S.OVERDUE


def test_a_correction_of_the_content_recomputes_too() -> None:
    log = proven().add(K.EXTENSION_NOTIFIED, "2026-03-20")
    assert log.on("2026-03-25").state is S.RUNNING
    log.add(K.CORRECTION, "2026-03-26", key=str(len(log.facts)), data={"reasoned": True})
    assert log.on("2026-03-26").state is S.EXTENDED


def test_an_event_that_did_not_happen_is_voided() -> None:
    log = proven().add(K.REFUSAL, "2026-03-16")
    log.add(K.CORRECTION, "2026-03-20", key=str(len(log.facts)), void=True)
    assert log.on("2026-03-20").state is S.RUNNING
    assert log.on("2026-04-08").state is S.OVERDUE


def test_a_correction_of_a_correction_takes_its_place() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12")
    log.add(K.CORRECTION, "2026-03-20", key=str(len(log.facts)), day="2026-03-10")
    log.add(K.CORRECTION, "2026-03-21", key=str(len(log.facts)), day="2026-03-11")
    assert clock(log.on("2026-03-21")).receipt == D("2026-03-11")
    log.add(K.CORRECTION, "2026-03-22", key=str(len(log.facts)), data={"received_on": "2026-03-09"})
    assert clock(log.on("2026-03-22")).receipt == D("2026-03-09")


def test_a_correction_taken_back_leaves_the_event_as_it_was() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12")
    log.add(K.CORRECTION, "2026-03-20", key=str(len(log.facts)), void=True)
    assert log.on("2026-03-20").state is S.SENT
    log.add(K.CORRECTION, "2026-03-21", key=str(len(log.facts)), void=True)
    assert clock(log.on("2026-03-21")).receipt == D("2026-03-12")
    log.add(K.CORRECTION, "2026-03-22", key=str(len(log.facts)), void=True)
    assert log.on("2026-03-22").state is S.SENT, "the taking back was itself taken back"


def test_of_two_corrections_of_one_event_the_later_holds_and_taking_back_the_other_changes_nothing() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12")
    number = str(len(log.facts))
    log.add(K.CORRECTION, "2026-03-20", key=number, day="2026-03-10")
    first = str(len(log.facts))
    log.add(K.CORRECTION, "2026-03-20", key=number, day="2026-03-11")
    log.add(K.CORRECTION, "2026-03-21", key=first, void=True)
    assert clock(log.on("2026-03-21")).receipt == D("2026-03-11")


@pytest.mark.parametrize("state", sorted(set(S) - {S.CLOSED}))
@pytest.mark.parametrize("closing", [K.WITHDRAWN, K.AGREEMENT_FOUND, K.DECEASED])
def test_whatever_ends_a_case_a_request_that_left_is_taken_back_until_it_is_done_but_never_for_the_dead(
    state: State, closing: EventKind
) -> None:
    told, day = STANDING[state]
    log = told.copy().add(closing, day)
    now = log.on(day)
    assert now.state is S.CLOSED
    left = now.sent_on is not None
    # A page seen gone leaves a person who renounces nothing to take back; an agreement is told of all the same.
    wanted = left and closing is not K.DECEASED and not (closing is K.WITHDRAWN and state is S.ERASED)
    for acting in Acting:
        codes = [a.code for a in next_actions(now, replace(COUNCIL, acting=acting))]
        assert ("withdraw" in codes) is wanted
    if wanted:
        later = log.add(K.WITHDRAWAL_TOLD, day, "done").on(day)
        assert "withdraw" not in [a.code for a in next_actions(later, COUNCIL)]


@pytest.mark.parametrize("closing", [K.WITHDRAWN, K.AGREEMENT_FOUND, K.DECEASED, K.NOT_ME])
def test_a_closed_case_reopens_only_by_a_correction(closing: EventKind) -> None:
    log = proven().add(closing, "2026-03-10")
    standing = log.on("2026-03-11")
    assert standing.state is S.CLOSED
    told = (K.WITHDRAWAL_TOLD,) if standing.to_withdraw else ()
    assert tuple(k for k in allowed(log.facts, D("2026-03-11"), COUNCIL) if k not in BY_THE_PROGRAM) == told
    assert instead(log.facts, log.fact(K.REFUSAL, "2026-03-11"), COUNCIL) == told, "else only a correction is left"
    log.add(K.CORRECTION, "2026-03-12", key=str(len(log.facts)), void=True)
    now = log.on("2026-03-12")
    assert (now.state, now.close_reason, now.marks) == (S.RUNNING, None, ())


def test_a_correction_that_means_nothing_is_refused() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12")
    number = str(len(log.facts))
    for key in ("0", "99", "", "sept", str(len(log.facts) + 1)):
        assert "n’existe pas" in log.refused(K.CORRECTION, "2026-03-20", key=key or " ", void=True)
    assert "ouverture" in log.refused(K.CORRECTION, "2026-03-20", key="1", void=True)
    assert "dit ce qui change" in log.refused(K.CORRECTION, "2026-03-20", key=number)
    assert "n’est pas un jour" in log.refused(K.CORRECTION, "2026-03-20", key=number, day="12/03/2026")
    assert "pas encore arrivé" in log.refused(K.CORRECTION, "2026-03-20", key=number, day="2026-03-21")
    # Where the corrected event would fall, it has no place: nothing was sent yet.
    assert "n’est pas possible" in log.refused(K.CORRECTION, "2026-03-20", key=number, day="2026-03-01")


def test_what_a_correction_leaves_without_ground_is_listed_and_not_lost() -> None:
    log = sent().add(K.RECEIVED, "2026-03-12").add(K.REFUSAL, "2026-03-16").add(K.PACK_REQUESTED, "2026-03-17")
    log.add(K.CORRECTION, "2026-03-20", key=str(len(log.facts) - 1), void=True)
    now = log.on("2026-03-20")
    assert (now.state, now.ignored) == (S.RUNNING, (len(log.facts) - 1,))


def test_a_finding_that_a_correction_takes_back_is_not_written_about() -> None:
    log = Log().add(K.DETECTED, "2026-02-16", findings=[{"listing": "rdv.example:1"}])
    log.add(K.FINDING_ADDED, "2026-02-17", findings=[{"listing": "rdv.example:2"}])
    assert [f["listing"] for f in findings_of(log.facts)] == ["rdv.example:1", "rdv.example:2"]
    log.add(K.CORRECTION, "2026-02-18", key=str(len(log.facts)), void=True)
    assert [f["listing"] for f in findings_of(log.facts)] == ["rdv.example:1"]


# -- the guard of a complaint ------------------------------------------------------------------------------------------


def lacks(
    log: Log, day: str, *, mandate: bool = True, captures: tuple[str, ...] | None = None, prior: bool = False
) -> list[str]:
    days = [D(d) for d in (("2026-03-01", day) if captures is None else captures)]
    found = complaint_missing(
        log.on(day), log.rules, mandate_valid=mandate, capture_days=days, prior=prior,
        replied=replied(log.facts, D(day)),
    )  # fmt: skip
    assert all(m.text for m in found)
    return [m.code for m in found]


def test_a_complaint_with_all_it_needs_may_be_built() -> None:
    assert lacks(proven(), "2026-04-08") == []
    assert lacks(presumed(), "2026-04-08") == [], "presumed is enough, and said in the pack"
    assert lacks(proven(SELF), "2026-04-08", mandate=False) == []


def test_a_complaint_needs_a_request_that_was_sent() -> None:
    assert lacks(drafted(), "2026-04-08") == ["send"]


def test_a_complaint_needs_a_receipt_proven_or_presumed() -> None:
    assert lacks(sent(channel="lrar"), "2026-06-30") == ["receipt"]
    assert "receipt" in lacks(sent(), "2026-06-30"), "seven days are not presumed by themselves"


def test_a_complaint_needs_a_lapsed_clock_or_an_answer_that_refuses() -> None:
    assert lacks(proven(), str(LEGAL)) == ["wait"]
    assert lacks(proven().add(K.EXTENSION_NOTIFIED, "2026-03-20", reasoned=True), str(THREE_MONTHS)) == ["wait"]
    asked = proven().add(K.PRECISION_ASKED, "2026-03-20")
    assert lacks(asked, "2026-04-08") == ["reply"], "silence over one's own unanswered letter is none"
    told = asked.copy().add(K.LETTER_SENT, "2026-03-25", kind="answer_precision")
    assert (lacks(told, str(LEGAL)), lacks(told, "2026-04-08")) == (["wait"], [])
    assert lacks(told.add(K.WRONG_CHANNEL, "2026-03-30"), "2026-04-08") == ["reply"]
    assert lacks(proven().add(K.ERASED_CLAIMED, "2026-03-20"), "2026-04-08") == ["qualify"]
    assert lacks(proven().add(K.REFUSAL, "2026-03-20"), "2026-03-20") == []
    assert lacks(proven().add(K.PARTIAL, "2026-03-20"), "2026-03-20") == []
    assert lacks(proven().add(K.ERASED_CLAIMED, "2026-03-20").add(K.CLAIM_DISPROVED, "2026-03-21"), "2026-03-21") == []


def test_a_council_needs_a_valid_mandate_to_complain() -> None:
    assert lacks(proven(), "2026-04-08", mandate=False) == ["mandate"]
    assert lacks(proven().add(K.MANDATE_EXPIRED, "2026-04-01"), "2026-04-08", mandate=False) == ["held", "mandate"]


def test_a_complaint_needs_a_capture_from_before_and_a_fresh_one() -> None:
    assert lacks(proven(), "2026-04-08", captures=()) == ["capture"]
    assert lacks(proven(), "2026-04-08", captures=("2026-04-08",)) == ["capture_before"]
    assert lacks(proven(), "2026-04-08", captures=("2026-04-08",), prior=True) == []
    assert lacks(proven(), "2026-04-08", captures=("2026-03-01",)) == ["scan"]
    assert lacks(proven(), "2026-04-08", captures=("2026-03-01", "2026-04-01")) == [], "seven days old is fresh"
    assert lacks(proven(), "2026-04-08", captures=("2026-03-01", "2026-03-31")) == ["scan"]
    assert lacks(proven(), "2026-04-08", captures=("2026-03-01", "2026-04-20")) == ["scan"], "not yet taken"


def test_a_held_closed_erased_or_filed_case_builds_no_complaint() -> None:
    assert lacks(proven().add(K.HOLD, "2026-04-08", reason="attente"), "2026-04-08") == ["held"]
    for state in (S.CLOSED, S.ERASED, S.FILED, S.CNIL_PENDING):
        log, day = STANDING[state]
        assert "state" in lacks(log, day)


# -- what to do next ---------------------------------------------------------------------------------------------------


def test_every_state_but_closed_has_something_to_do_next() -> None:
    for state, (log, day) in STANDING.items():
        for acting in Acting:
            actions = next_actions(log.on(day), replace(COUNCIL, acting=acting))
            assert bool(actions) is (state is not S.CLOSED), state
            assert all(a.text for a in actions)
            if acting is Acting.SELF:
                assert {a.who for a in actions} <= {Who.PRACTITIONER, Who.PROGRAM}


def test_a_held_case_offers_nothing_that_leaves() -> None:
    for state in ALIVE:
        standing, day = STANDING[state]
        now = standing.copy().add(K.HOLD, day, reason="attente").on(day)
        codes = {a.code for a in next_actions(now, COUNCIL)}
        assert "held" in codes
        assert not codes & {"approve", "send", "complain"}, state


def test_the_next_date_is_the_one_that_comes() -> None:
    def due(log: Log, day: str) -> tuple[str, date | None]:
        action = next_actions(log.on(day), log.rules)[0]
        return action.code, action.due

    assert due(sent(), "2026-03-06") == ("receipt", D("2026-03-12"))
    assert due(sent(channel="lrar"), "2026-03-06") == ("receipt", None)
    assert due(proven(), "2026-03-25") == ("wait", LEGAL)
    assert due(STANDING[S.EXTENDED][0], "2026-03-25") == ("wait", THREE_MONTHS)
    assert due(proven(), "2026-04-08") == ("complain", TWO_MONTHS)
    assert due(proven().add(K.PRECISION_ASKED, "2026-03-16"), "2026-03-16") == ("reply", None)
    assert due(erased(), "2026-03-25") == ("watch", D("2027-03-20"))


# -- what must hold for every sequence ---------------------------------------------------------------------------------

STEP = st.tuples(
    st.integers(0, 10_000),  # which event, among those possible
    st.integers(0, 12),  # days since the last one
    st.integers(0, 9),  # 0: any event at all, on any day; 1: any that is possible; else one that carries the story on
    st.integers(0, 10_000),  # its payload
)
STEPS = st.lists(STEP, max_size=25)
HOMES = st.sampled_from([COUNCIL, COUNCIL_LEGAL, SELF])
START = D("2026-02-16")


def drawn_payload(kind: EventKind, day: date, rng: random.Random) -> Mapping[str, Any]:
    def some_day() -> str:
        return str(day - timedelta(days=rng.randrange(-3, 20)))

    match kind:
        case K.REQUEST_SENT | K.PRIOR_REQUEST_RECORDED:
            made: dict[str, Any] = {"channel": rng.choice(["email", "email", "lrar"]), "dispatch": rng.choice("abc")}
            if kind is K.PRIOR_REQUEST_RECORDED and rng.random() < 0.5:
                made |= {"sent_on": some_day(), "received_on": rng.choice([some_day(), "hier"])}
            return made
        case K.BOUNCED:
            return {"dispatch": rng.choice("abc")} if rng.random() < 0.5 else {}
        case K.ERASED_VERIFIED:
            return {"absent_on": [str(day - timedelta(days=rng.choice([3, 7, 9]))), str(day)]}
        case K.EXTENSION_NOTIFIED:
            return {"reasoned": rng.random() < 0.7}
        case K.ID_REQUESTED:
            return {"timely": rng.random() < 0.8}
        case K.CNIL_REJECTED | K.CNIL_CLOSED:
            return {"complete": rng.random() < 0.5}
        case K.CORRECTION:
            return rng.choice([{"void": True}, {"day": some_day()}, {"data": {"received_on": some_day()}}, {}])
        case _:
            return {"received_on": rng.choice([some_day(), "bientôt"])} if rng.random() < 0.4 else {}


# What a story may do at any time and seldom does: closing the case above all, which would end it.
ASIDE = {
    K.ANSWERED, K.ADDRESSEE_CHOSEN,
    K.FINDING_ADDED, K.ASKED, K.AUTHORISED, K.NOT_ME, K.GONE_BEFORE_REQUEST, K.MANDATE_EXPIRED, K.MANDATE_REVOKED,
    K.DISPATCH_FAILED, K.DISPATCH_UNKNOWN, K.AGREEMENT_FOUND, K.DECEASED, K.WITHDRAWN, K.HOLD, K.ERASED_VERIFIED,
}  # fmt: skip


def grown(steps: list[tuple[int, int, int, int]], rules: Rules) -> tuple[list[Fact], date]:
    """Return what a store would hold after these attempts, and the last day: what is refused leaves no trace."""
    day = START
    facts = [Fact(1, K.DETECTED, "c", day, data={"findings": [{"listing": "rdv.example:1"}]})]
    for pick, ahead, bent, seed in steps:
        rng = random.Random(seed)
        day += timedelta(days=ahead)
        when, choices = day, [K.CORRECTION, *allowed(facts, day, rules)]
        if bent == 0:
            when, choices = day - timedelta(days=rng.randrange(0, 40)), list(EventKind)
        elif bent > 1:
            choices = [k for k in choices if k not in {*ASIDE, K.CORRECTION}] or choices
        kind = choices[pick % len(choices)]
        seq = len(facts) + 1
        key = str(rng.randrange(1, seq + 1)) if kind is K.CORRECTION else f"k{seq}"
        new = Fact(seq, kind, key, when, data=drawn_payload(kind, when, rng))
        reason = why_not(facts, new, rules)
        if reason is None:
            facts.append(new)
        else:
            assert reason.endswith(".")
            assert reason[0].isupper() or reason.startswith("«")
    return facts, day


SETTINGS = settings(max_examples=80, deadline=None)


@SETTINGS
@given(STEPS, HOMES, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_given_does_not_matter(steps: Any, rules: Rules, rng: random.Random) -> None:
    facts, day = grown(steps, rules)
    shuffled = [*facts]
    rng.shuffle(shuffled)
    assert status(shuffled, day, rules) == status(facts, day, rules)
    assert effective(shuffled) == effective(facts)
    assert findings_of(shuffled) == findings_of(facts)


@SETTINGS
@given(STEPS, HOMES)
def test_any_sequence_folds_into_a_state_of_the_law_with_something_to_do(steps: Any, rules: Rules) -> None:
    facts, last = grown(steps, rules)
    for ahead in range(-30, 200, 13):
        day = last + timedelta(days=ahead)
        now = status(facts, day, rules)
        assert now.base is not S.OVERDUE, "silence is never stored"
        assert next_actions(now, rules) or now.state is S.CLOSED
        assert isinstance(complaint_missing(now, rules, mandate_valid=True, capture_days=[], prior=False), tuple)
        if now.clock is not None:
            assert now.clock.legal.months in (1, 3)
            assert now.clock.council.months == 2
            assert now.clock.legal.due >= now.clock.without_pause.due
            assert now.clock.legal.start == now.clock.receipt
            assert now.sent_on is not None
            assert now.clock.receipt >= now.sent_on
        if now.state is S.OVERDUE:
            assert now.clock is not None
            assert now.clock.legal.due < day
            assert now.overdue_since == now.clock.legal.late_from


@SETTINGS
@given(STEPS, HOMES)
def test_silence_is_not_undone_by_time_alone(steps: Any, rules: Rules) -> None:
    facts, last = grown(steps, rules)
    order = {S.RUNNING: 0, S.EXTENDED: 0, S.ID_PENDING: 0, S.OVERDUE: 1, S.CNIL_READY: 2}
    before = status(facts, last, rules)
    for ahead in range(1, 200, 17):
        now = status(facts, last + timedelta(days=ahead), rules)
        assert now.base is before.base
        if before.state in order:
            assert order[now.state] >= order[before.state]
        else:
            assert now.state in (before.state, S.CNIL_READY)
        before = now


@SETTINGS
@given(STEPS, HOMES)
def test_what_has_no_effect_is_listed_and_leaving_it_out_changes_nothing(steps: Any, rules: Rules) -> None:
    facts, day = grown(steps, rules)
    now = status(facts, day, rules)
    assert set(now.ignored) <= {f.seq for f in effective(facts) if f.day <= day}
    kept = [f for f in effective(facts) if f.seq not in now.ignored]
    assert status(kept, day, rules) == replace(now, ignored=())


DAYS = st.integers(0, 120).map(lambda n: SENT_ON + timedelta(days=n))


@given(DAYS, DAYS, HOMES)
def test_a_later_receipt_is_never_due_earlier(one: date, other: date, rules: Rules) -> None:
    first, second = sorted((one, other))
    today = max(first, second)
    early = clock(sent(rules).add(K.RECEIVED, first).on(today))
    late = clock(sent(rules).add(K.RECEIVED, second).on(today))
    assert early.legal.due <= late.legal.due
    assert early.council.due <= late.council.due
    # With both proofs, in whatever order they were recorded, the earlier one is acted on.
    for days in ((first, second), (second, first)):
        both = sent(rules).add(K.RECEIVED, days[0]).add(K.RECEIVED, days[1])
        assert clock(both.on(today)).legal == early.legal
