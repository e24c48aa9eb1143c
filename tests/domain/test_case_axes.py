"""A case beside its state: what came of it, pages that join later, doubles, a new owner, a controller abroad, alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from listingguard.domain.alarm import notices, rereadings
from listingguard.domain.case import (
    Acting,
    CaseOutcome,
    EventKind,
    Fact,
    Gate,
    Place,
    Rules,
    State,
    status,
    why_not,
)
from listingguard.domain.deadline import DeadlineKind
from listingguard.domain.explain import at_latest, explained, receipt_proof, time_line, worked_from
from listingguard.domain.foresight import foreseen
from listingguard.edge.calendar import calendar, place_of

K, S, D = EventKind, State, date.fromisoformat
RULES = Rules(Acting.COUNCIL, Gate.COUNCIL, calendar("fr"))
Told = tuple[EventKind, str] | tuple[EventKind, str, dict[str, Any]]

OPENED = (
    K.DETECTED,
    "2026-02-16",
    {"controller": "rdv", "findings": [{"listing": "rdv.example:1", "url": "https://rdv.example/1"}]},
)
SENT: tuple[Told, ...] = (
    OPENED,
    (K.LISTING_CONFIRMED_BY_KINE, "2026-02-17"),
    (K.MANDATE_SIGNED, "2026-02-18"),
    (K.REQUEST_APPROVED, "2026-03-04"),
    (K.REQUEST_SENT, "2026-03-05", {"dispatch": "e1", "channel": "email"}),
)
PROVEN: tuple[Told, ...] = (*SENT, (K.RECEIVED, "2026-03-05"))


def story(*told: Told, rules: Rules = RULES) -> list[Fact]:
    """Return the facts, each accepted as the store would."""
    facts: list[Fact] = []
    for n, (kind, day, *data) in enumerate(told, 1):
        new = Fact(n, kind, f"k{n}", D(day), "A", "p" * 64 if kind is K.RECEIVED else "", *data)
        assert why_not(facts, new, rules) is None, kind
        facts.append(new)
    return facts


def new_page(day: str, n: int) -> Told:
    return K.FINDING_ADDED, day, {"findings": [{"listing": f"rdv.example:{n}", "url": f"https://rdv.example/{n}"}]}


# -- the second axis ---------------------------------------------------------------------------------------------------

ABSENT = {"absent_on": ["2026-03-13", "2026-03-20"]}
OUTCOMES: list[tuple[tuple[Told, ...], str, CaseOutcome]] = [
    ((), "2026-03-25", CaseOutcome.NONE),
    ((), "2026-04-08", CaseOutcome.SILENT),
    (((K.ERASED_CLAIMED, "2026-03-16"),), "2026-03-25", CaseOutcome.CLAIMED),
    (((K.ERASED_CLAIMED, "2026-03-16"), (K.CLAIM_DISPROVED, "2026-03-17")), "2026-03-25", CaseOutcome.DISPROVED),
    (((K.ERASED_VERIFIED, "2026-03-20", ABSENT),), "2026-03-25", CaseOutcome.ERASED),
    (((K.ERASED_VERIFIED, "2026-03-20", ABSENT), (K.WATCH_OVER, "2027-03-20")), "2027-04-01", CaseOutcome.ERASED),
    (((K.PARTIAL, "2026-03-16"),), "2026-03-25", CaseOutcome.PARTIAL),
    (((K.REFUSAL, "2026-03-16"),), "2026-03-25", CaseOutcome.REFUSED),
    (((K.REFUSAL, "2026-03-16"), (K.PACK_REQUESTED, "2026-03-17"), (K.FILED, "2026-03-18")), "2026-03-25", CaseOutcome.REFUSED),
    (((K.PACK_REQUESTED, "2026-04-10"), (K.FILED, "2026-04-11")), "2026-04-12", CaseOutcome.SILENT),
    (((K.AGREEMENT_FOUND, "2026-03-16"),), "2026-03-25", CaseOutcome.AGREED),
    (((K.WITHDRAWN, "2026-03-16"),), "2026-03-25", CaseOutcome.WITHDRAWN),
    (((K.NOT_ME, "2026-03-16"),), "2026-03-25", CaseOutcome.NOT_ME),
    (((K.DECEASED, "2026-03-16"),), "2026-03-25", CaseOutcome.DECEASED),
]  # fmt: skip


@pytest.mark.parametrize(("more", "day", "outcome"), OUTCOMES)
def test_what_came_of_a_case_is_told_apart_from_its_state(
    more: tuple[Told, ...], day: str, outcome: CaseOutcome
) -> None:
    assert status(story(*PROVEN, *more), D(day), RULES).outcome is outcome


def test_every_outcome_has_its_french_words() -> None:
    assert len({outcome.label for outcome in CaseOutcome}) == len(CaseOutcome)


# -- pages that join ---------------------------------------------------------------------------------------------------


def unasked(*told: Told, day: str = "2026-03-01") -> tuple[str, ...]:
    return status(story(*told), D(day), RULES).unasked


def test_a_page_found_after_the_question_left_is_not_covered_by_its_answer() -> None:
    asked, word = (K.ASKED, "2026-02-17"), (K.LISTING_CONFIRMED_BY_KINE, "2026-02-20")
    assert unasked(OPENED, asked, new_page("2026-02-18", 2), word) == ("https://rdv.example/2",)
    assert unasked(OPENED, new_page("2026-02-16", 2), asked, word) == (), "the question showed it"
    assert unasked(OPENED, asked, new_page("2026-02-18", 2), (K.ASKED, "2026-02-19"), word) == (), "so did the reminder"
    assert unasked(OPENED, new_page("2026-02-18", 2), word) == (), "without a letter, the word is about what there is"


def test_a_page_found_later_may_be_asked_about_and_no_other() -> None:
    confirmed = (OPENED, (K.ASKED, "2026-02-17"), (K.LISTING_CONFIRMED_BY_KINE, "2026-02-18"))
    nothing = story(*confirmed)
    assert "aucune page" in str(why_not(nothing, Fact(9, K.ASKED, "q", D("2026-02-20")), RULES))
    asked_again = (*confirmed, new_page("2026-02-20", 2), (K.ASKED, "2026-02-21"))
    now = status(story(*asked_again), D("2026-02-22"), RULES)
    assert (now.unasked, now.asked_on, now.question_open) == (("https://rdv.example/2",), (D("2026-02-21"),), True)
    answered = (*asked_again, new_page("2026-02-22", 3), (K.ANSWERED, "2026-02-23", {"said": "not_agreed"}))
    assert unasked(*answered) == ("https://rdv.example/3",)


# -- doubles, a new owner ----------------------------------------------------------------------------------------------


def test_a_double_is_closed_until_a_complaint_is_filed_and_names_the_case_that_remains() -> None:
    early, double = story(*SENT[:4]), Fact(9, K.DUPLICATE, "d", D("2026-03-05"), data={"of": "CDO26-2026-0001"})
    assert why_not(early, double, RULES) is None
    now = status([*early, double], D("2026-03-05"), RULES)
    assert (now.state, now.close_reason, now.outcome) == (S.CLOSED, K.DUPLICATE, CaseOutcome.DUPLICATE)
    assert "CDO26-2026-0001" in now.marks[-1]
    assert "nomme celui qui demeure" in str(why_not(early, replace(double, data={}), RULES))
    filed = story(*PROVEN, (K.PACK_REQUESTED, "2026-04-10"), (K.FILED, "2026-04-11"))
    assert "n’est pas possible" in str(why_not(filed, replace(double, day=D("2026-04-12")), RULES))
    # Sent too, the request of the one that is closed is not taken back: the one that remains asks for the same.
    sent = status([*story(*PROVEN), replace(double, day=D("2026-03-20"))], D("2026-03-25"), RULES)
    assert (sent.state, sent.outcome, sent.to_withdraw) == (S.CLOSED, CaseOutcome.DUPLICATE, False)
    # What is left of it after a purge still closes the case.
    assert status([*early, replace(double, data={})], D("2026-03-05"), RULES).state is S.CLOSED


def test_a_new_owner_of_the_platform_moves_no_date_of_the_old_ones_request() -> None:
    before = status(story(*PROVEN), D("2026-03-25"), RULES)
    changed = (*PROVEN, (K.CONTROLLER_CHANGED, "2026-03-20", {"to": "Autre Exemple SAS"}))
    now = status(story(*changed), D("2026-03-25"), RULES)
    assert (now.clock, now.state) == (before.clock, before.state)
    assert "Autre Exemple SAS" in now.marks[-1]
    filed = (*PROVEN, (K.PACK_REQUESTED, "2026-04-10"), (K.FILED, "2026-04-11"), (K.CONTROLLER_CHANGED, "2026-04-12"))
    assert status(story(*filed), D("2026-04-12"), RULES).tell_cnil


# -- elsewhere ---------------------------------------------------------------------------------------------------------


def test_each_controller_is_counted_in_its_own_calendar() -> None:
    local = place_of({"country": "France", "calendar": "guyane"}, "fr")
    assert local is not None
    received = (
        *SENT[:-1],
        (K.REQUEST_SENT, "2026-05-10", {"dispatch": "e1", "channel": "email"}),
        (K.RECEIVED, "2026-05-10"),
    )
    rules = replace(RULES, places={"rdv": local})
    for where, due in ((RULES, "2026-06-10"), (rules, "2026-06-11")):
        clock = status(story(*received, rules=where), D("2026-05-20"), where).clock
        assert clock is not None
        assert clock.legal.due == D(due)


def test_abroad_the_later_of_both_countries_is_acted_on_and_it_is_said() -> None:
    german = Place("Allemagne", {D("2026-04-07"): "jour férié (Allemagne)", D("2026-12-31"): "x"}, abroad=True)
    rules = replace(RULES, places={"rdv": german})
    facts = story(*PROVEN, rules=rules)
    clock = status(facts, D("2026-03-25"), rules).clock
    assert clock is not None
    # In France the month ends on Tuesday 7 April, after Easter; there, Easter Sunday rolls to Monday 6, a working day here.
    assert clock.legal.due == D("2026-04-07")
    later = replace(german, holidays={D("2026-04-06"): "x", D("2026-04-07"): "y", D("2026-12-31"): "z"})
    rules = replace(RULES, places={"rdv": later})
    now = status(facts, D("2026-03-25"), rules)
    assert now.clock is not None
    assert now.clock.legal.due == D("2026-04-08")
    assert any("hors de France (Allemagne)" in line for line in explained(now, facts, rules))


# -- told, drawn, explained --------------------------------------------------------------------------------------------


def test_after_done_the_page_is_due_to_be_read_on_days_one_eight_and_thirty_each_told_once() -> None:
    facts = story(*PROVEN, (K.ERASED_CLAIMED, "2026-03-10"))
    days = rereadings(D("2026-03-10"))
    assert [w.day for w in foreseen("C", facts, RULES).wakes if w.kind == "reread"] == list(days)
    for day, due in (("2026-03-11", days[0]), ("2026-03-19", days[1]), ("2026-05-30", days[2])):
        assert [n.due for n in notices("C", status(facts, D(day), RULES)) if n.kind == "reread"] == [due]


def test_what_is_foreseen_of_a_silence_is_what_is_then_told() -> None:
    ahead = foreseen("C", story(*PROVEN), RULES)
    assert [(w.kind, w.due, w.day) for w in ahead.wakes] == [
        ("legal", D("2026-04-07"), D("2026-04-08")),
        ("council", D("2026-05-05"), D("2026-05-06")),
    ]
    assert (ahead.silent_from, ahead.ready_from) == (D("2026-04-08"), D("2026-05-06"))
    assert foreseen("C", story(*SENT), RULES).wakes[0].kind == "presume"
    closed = foreseen("C", story(*PROVEN, (K.WITHDRAWN, "2026-03-16")), RULES)
    assert closed.wakes == ()


def test_the_working_names_the_proof_the_calendar_the_extension_and_what_the_dates_were_before() -> None:
    facts = story(
        *SENT,
        (K.RECEIVED, "2026-03-05"),
        (K.EXTENSION_NOTIFIED, "2026-04-20", {"reasoned": True}),
        (
            K.DUE_CHANGED,
            "2026-04-21",
            {"legal": ["2026-04-07", "2026-04-09"], "council": [None, None], "reason": "réception prouvée"},
        ),
    )
    now = status(facts, D("2026-04-21"), RULES)
    text = "\n".join(explained(now, facts, RULES))
    proof = receipt_proof(now, facts)
    assert proof is not None
    assert proof.kind is K.RECEIVED
    assert f"événement n°\u00a0{proof.seq} — pièce pppppppppppp…" in text
    assert "Prolongation annoncée le 20 avril 2026 avec ses raisons : elle ne vaut pas" in text
    assert "échéance légale : 7 avril 2026, puis 9 avril 2026." in text
    assert "lundi de Pâques" in text
    assert DeadlineKind.COUNCIL.basis in text


def test_the_time_line_shows_what_happened_today_and_what_comes_in_order() -> None:
    facts = story(*PROVEN)
    lines = time_line(status(facts, D("2026-03-25"), RULES), facts)
    marks = [line.strip() for line in lines if "│" not in line]
    today = next(n for n, line in enumerate(marks) if "▶" in line)
    assert all("●" in line for line in marks[:today])
    assert [line.partition("○")[2].strip() for line in marks[today + 1 :]] == [
        "échéance légale, dernier jour",
        "repère du conseil, dernier jour",
    ]
    passed = time_line(status(facts, D("2026-04-20"), RULES), facts)
    assert any("● " in line and "échéance légale, dernier jour, passé" in line for line in passed)


def test_a_reply_proves_receipt_at_the_latest_that_day_unless_it_states_which() -> None:
    reply = Fact(5, EventKind.REFUSAL, "", date(2026, 1, 20))
    assert at_latest(reply, date(2026, 1, 12))
    assert not at_latest(reply, date(2026, 1, 20)), "what left that day arrived that day"
    assert not at_latest(replace(reply, data={"received_on": "2026-01-13"}), date(2026, 1, 12))
    assert not at_latest(replace(reply, kind=EventKind.RECEIVED), date(2026, 1, 12))
    worked = worked_from(("Réception (prouvée) le mardi 20 janvier 2026",), latest=True)
    assert worked == ("Réception (prouvée) au plus tard le mardi 20 janvier 2026",)


def test_a_complaint_that_was_filed_stays_filed_whatever_receipt_is_proven_later() -> None:
    facts = story(
        *SENT,
        (K.RECEIPT_PRESUMED, "2026-03-12"),
        (K.PACK_REQUESTED, "2026-05-06"),
        (K.FILED, "2026-05-07", {"pack": "0" * 64}),
    )
    assert status(facts, D("2026-05-20"), RULES).state is S.FILED
    late = Fact(len(facts) + 1, K.RECEIVED, "avis", D("2026-04-20"))
    assert why_not(facts, late, RULES) is None
    now = status([*facts, late], D("2026-05-20"), RULES)
    assert (now.state, now.filed_on, now.tell_cnil) == (S.FILED, D("2026-05-07"), True)
    assert any("20 mai 2026" in mark and "la CNIL doit l’apprendre" in mark for mark in now.marks)
    ack = Fact(len(facts) + 2, K.CNIL_ACK, "ar", D("2026-05-21"))
    assert why_not([*facts, late], ack, RULES) is None
