"""From a match to a case: who decides, what opens a case, what closes it, what never comes back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from listingguard.demo_world import CASE_SLUG, HOST
from listingguard.domain.case import EventKind, State, effective
from listingguard.domain.finding import Finding, Word
from listingguard.domain.listing import ListingKind
from listingguard.domain.matching import Decision, Match
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, Verdict, verdict
from listingguard.errors import BadInput, IllegalEvent, Refused
from listingguard.flow import ledger, oversight, review, scan
from listingguard.flow.review import opening

DAY = date(2026, 1, 5)
CAMILLE, NOA = "99900000011", "99900000037"


@pytest.fixture
def scanned(council):
    with council.on(DAY) as app:
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
    return council


def open_cases(council, day=DAY):
    with council.on(day) as app:
        return review.open_cases(app.store, app.controller_of, "DEMO", today=day, at=app.now(), actor="A")


def agreement(who=CAMILLE, since=DAY, agreement=Agreement.AGREED, given_by=GivenBy.PRACTITIONER):
    return Authorisation(ledger.new_id(), who, HOST, agreement, given_by, since)


def test_a_sure_match_without_an_agreement_opens_one_case_however_often_it_runs(scanned):
    assert open_cases(scanned) == ("DEMO-2026-0001",)
    assert open_cases(scanned) == ()
    assert open_cases(scanned, DAY + timedelta(days=30)) == ()


def test_an_agreed_listing_opens_no_case(scanned):
    with scanned.on(DAY) as app:
        ledger.add_authorisation(app.store, agreement(), today=DAY, at=app.now(), actor="A")
    assert open_cases(scanned) == ()


def test_an_unsure_match_waits_for_a_person_and_opens_nothing_alone(scanned):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        assert [p.practitioner.id for p in review.queue(app.store, app.today)] == [NOA]
        assert app.store.cases(practitioner=NOA) == ()


@pytest.mark.parametrize(("word", "opened"), [(Word.SAME, 1), (Word.OTHER, 0), (Word.UNKNOWN, 0)])
def test_only_the_word_same_opens_a_case_and_the_pair_is_not_asked_again(scanned, word, opened):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        (pair,) = review.queue(app.store, app.today)
        review.judge(app.store, pair, word, today=DAY, at=app.now(), actor="Dominique")
        assert review.queue(app.store, app.today) == ()
    open_cases(scanned)
    with scanned.on(DAY) as app:
        assert len(app.store.cases(practitioner=NOA)) == opened
    # The page is read again, unchanged: still not asked.
    with scanned.on(DAY + timedelta(days=7)) as app:
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        assert review.queue(app.store, app.today) == ()


def test_the_page_of_one_person_is_never_said_to_be_a_second_ones(scanned):
    with scanned.on(DAY) as app:
        (pair,) = review.queue(app.store, app.today)
        camille = app.store.practitioner(CAMILLE)
        match = Match(pair.match.listing, CAMILLE, pair.match.similarity, pair.match.sufficiency, Decision.REVIEW, ())
        second = replace(pair, match=match, practitioner=camille)
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        review.judge(app.store, pair, Word.SAME, **told)
        with pytest.raises(Refused, match=f"{NOA}.*ne désigne pas deux personnes"):
            review.judge(app.store, second, Word.SAME, **told)
        # A case rests on it: still refused, whatever is said of the first person since, and the case is named.
        review.open_cases(app.store, app.controller_of, "DEMO", **told)
        (case,) = app.store.cases(practitioner=NOA)
        review.judge(app.store, pair, Word.OTHER, **told)
        with pytest.raises(Refused, match=case.id):
            review.judge(app.store, second, Word.SAME, **told)
        assert app.store.opinions(pair.listing.key, CAMILLE) == ()
        # Another person's page may be said not to be theirs, and a structure's page may name several people.
        review.judge(app.store, second, Word.OTHER, **told)
        shared = replace(second, listing=replace(second.listing, kind=ListingKind.ORGANISATION))
        review.judge(app.store, shared, Word.SAME, **told)
        assert app.store.opinions(pair.listing.key, CAMILLE)[-1].word is Word.SAME


def test_a_judgement_can_be_undone_until_it_opened_a_case(scanned):
    with scanned.on(DAY) as app:
        (pair,) = review.queue(app.store, app.today)
        review.judge(app.store, pair, Word.OTHER, today=DAY, at=app.now(), actor="A")
        taken = review.undo(app.store, today=DAY, at=app.now(), actor="A")
        assert (taken.listing, taken.practitioner, taken.opinion.actor) == (pair.listing.key, NOA, "A")
        (pair,) = review.queue(app.store, app.today)
        review.judge(app.store, pair, Word.SAME, today=DAY, at=app.now(), actor="A")
    open_cases(scanned)
    with scanned.on(DAY) as app:
        with pytest.raises(Refused) as refused:
            review.undo(app.store, today=DAY, at=app.now(), actor="A")
        # The way out is about this listing alone: it never closes the case.
        (cure,) = refused.value.missing
        assert f"review --answer {pair.listing.key} {NOA} a" in cure
        assert "not_me" not in cure


def test_a_persons_no_outranks_the_machines_yes(scanned):
    with scanned.on(DAY) as app:
        pair = next(p for p in review.pairs(app.store, app.today) if p.practitioner.id == CAMILLE)
        review.judge(app.store, pair, Word.OTHER, today=DAY, at=app.now(), actor="A")
    assert open_cases(scanned) == ()


def test_a_colleague_is_never_overruled_in_silence_but_the_person_themselves_settles_it(scanned):
    with scanned.on(DAY) as app:
        pair = next(p for p in review.pairs(app.store, app.today) if p.practitioner.id == CAMILLE)
        told = {"today": DAY, "at": app.now()}
        assert review.judge(app.store, pair, Word.OTHER, actor="A", **told) is None
        assert review.judge(app.store, pair, Word.OTHER, actor="B", **told) is None, "who agrees contradicts nobody"
        against = review.judge(app.store, pair, Word.SAME, actor="C", **told)
        assert (against.actor, against.word) == ("B", Word.OTHER)
        assert CAMILLE in [p.practitioner.id for p in review.queue(app.store, DAY) if p.disputed]
        assert CAMILLE not in [found.practitioner for found in review.findings(app.store, DAY)]
        assert review.judge(app.store, pair, Word.SAME, actor="B", **told) is None, "the pair was waiting for a person"
        assert review.judge(app.store, pair, Word.OTHER, actor="Camille", themselves=True, **told) is None
        assert [p for p in review.queue(app.store, DAY) if p.disputed] == []


def test_not_me_closes_the_case_for_good(scanned):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        (case,) = app.store.cases()
        review.record(
            app.store, app.vault, case, EventKind.NOT_ME, day=DAY, today=DAY, at=app.now(), actor="A", proof=b"non"
        )
        assert app.store.status(case.id, DAY).state is State.CLOSED
    assert open_cases(scanned, DAY + timedelta(days=1)) == ()


def test_the_word_of_the_practitioner_needs_its_proof_in_a_council(scanned):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        (case,) = app.store.cases()
        told = {"day": DAY, "today": DAY, "at": app.now(), "actor": "A"}
        with pytest.raises(Refused):
            review.record(app.store, app.vault, case, EventKind.LISTING_CONFIRMED_BY_KINE, **told)
        review.record(app.store, app.vault, case, EventKind.LISTING_CONFIRMED_BY_KINE, proof=b"oui", **told)
        said = verdict(app.store.authorisations(CAMILLE), CAMILLE, HOST, DAY)
        assert said is Verdict.UNAUTHORISED
        # The same word again adds nothing.
        with pytest.raises(IllegalEvent):
            review.record(app.store, app.vault, case, EventKind.LISTING_CONFIRMED_BY_KINE, proof=b"oui bis", **told)
        assert len(app.store.authorisations(CAMILLE)) == 1


def test_nothing_is_recorded_before_it_happened(scanned):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        (case,) = app.store.cases()
        with pytest.raises(BadInput, match="pas encore arrivé"):
            review.record(
                app.store, app.vault, case, EventKind.DECEASED, day=DAY + timedelta(days=1), today=DAY, at=app.now(),
                actor="A",
            )  # fmt: skip


def test_an_agreement_that_turns_up_closes_the_case_and_deletes_nothing(scanned):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        (case,) = app.store.cases()
        closed = ledger.add_authorisation(app.store, agreement(), today=DAY, at=app.now(), actor="A")
        assert closed == (case.id,)
        now = app.store.status(case.id, DAY)
        assert (now.state, now.close_reason) == (State.CLOSED, EventKind.AUTHORISED)
        assert app.store.captures()
        assert app.store.check() == ()


def test_a_relisting_after_an_observed_removal_opens_the_next_case_of_the_lineage(scanned):
    open_cases(scanned)
    case_id = scanned.confirm(DAY)
    scanned.empower(DAY)
    with scanned.on(DAY) as app:
        case = app.store.case(case_id)
        listing = next(i for i, _ in app.store.listings() if i.id == CASE_SLUG)
        told = {"day": DAY, "at": app.now(), "actor": "A"}
        app.store.add_event(case.id, EventKind.REQUEST_APPROVED, key="l", **told)
        app.store.add_event(
            case.id, EventKind.REQUEST_SENT, key="d", data={"dispatch": "d", "channel": "email"}, **told
        )
    scanned.site.remove(CASE_SLUG)
    for n in (7, 14):
        with scanned.on(DAY + timedelta(days=n)) as app:
            scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
    seen_gone = DAY + timedelta(days=14)
    with scanned.on(seen_gone) as app:
        days = oversight.absences(app.store, HOST, listing.url)
        review.record(
            app.store, app.vault, case, EventKind.ERASED_VERIFIED, day=seen_gone, today=seen_gone, at=app.now(),
            actor="A", absent_on=days,
        )  # fmt: skip
        assert app.store.status(case.id, seen_gone).state is State.ERASED
    assert open_cases(scanned, seen_gone) == ()
    scanned.site.restore(CASE_SLUG)
    back = DAY + timedelta(days=28)
    with scanned.on(back) as app:
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
    assert open_cases(scanned, back) == ("DEMO-2026-0002",)
    with scanned.on(back) as app:
        assert app.store.facts("DEMO-2026-0002")[0].data["continues"] == case.id
        assert app.store.facts(case.id)[-1].kind is EventKind.REAPPEARED
    assert open_cases(scanned, back + timedelta(days=1)) == ()


def test_a_relisting_under_another_address_continues_the_case_and_the_page_of_whoever_withdrew_opens_nothing(scanned):
    open_cases(scanned)
    case_id = scanned.confirm(DAY)
    scanned.empower(DAY)
    gone = DAY + timedelta(days=14)
    back = gone + timedelta(days=7)
    with scanned.on(gone) as app:
        told = {"at": app.now(), "actor": "A"}
        absent = {"absent_on": [str(DAY + timedelta(days=7)), str(gone)]}
        for kind, day, data in (
            (EventKind.REQUEST_APPROVED, DAY, {}),
            (EventKind.REQUEST_SENT, DAY, {"dispatch": "d", "channel": "email"}),
            (EventKind.ERASED_VERIFIED, gone, absent),
        ):
            app.store.add_event(case_id, kind, key="k", day=day, data=data, **told)
    with scanned.on(back) as app:
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        fresh = next(capture for item, capture in app.store.listings() if item.id == CASE_SLUG)
        elsewhere = f"{HOST}:camille-exemple-2"
        found = Finding(
            listing=elsewhere, practitioner=CAMILLE, url=f"http://{HOST}/camille-exemple-2", platform=HOST, capture=fresh,
            day=back, verdict=Verdict.UNDETERMINED, reasons=(), judged_by="",
        )  # fmt: skip
        told = {"today": back, "at": app.now(), "actor": "A"}
        second = opening._place(app.store, found, app.controller_of, "DEMO", **told)
        assert second == "DEMO-2026-0002"
        assert app.store.facts(second)[0].data["continues"] == case_id
        assert app.store.facts(case_id)[-1].kind is EventKind.REAPPEARED
        # They withdraw while the removal is watched: the old page, seen again, is none of our business any more.
        for case in (case_id, second):
            app.store.add_event(case, EventKind.WITHDRAWN, key="w", day=back, at=app.now(), actor="A")
        old = app.store.facts(case_id)[0].data["findings"][0]["listing"]
        assert opening._place(app.store, replace(found, listing=old), app.controller_of, "DEMO", **told) is None


def test_two_corrections_of_one_event_both_count_and_the_same_one_twice_is_one(scanned):
    open_cases(scanned)
    later = DAY + timedelta(days=5)
    with scanned.on(later) as app:
        (case,) = app.store.cases()

        def corrected(**data):
            return review.record(
                app.store,
                app.vault,
                case,
                EventKind.CORRECTION,
                day=later,
                today=later,
                at=app.now(),
                actor="A",
                data=data,
            )

        review.record(
            app.store, app.vault, case, EventKind.LISTING_CONFIRMED_BY_KINE, day=DAY + timedelta(days=3), today=later,
            at=app.now(), actor="A", proof=b"oui",
        )  # fmt: skip
        number = str(app.store.facts(case.id)[-1].seq)
        new_day = (DAY + timedelta(days=1)).isoformat()
        assert corrected(event=number, day=new_day)
        assert not corrected(event=number, day=new_day)
        assert corrected(event=number, data={"situation": ["Une raison."]})
        word = next(f for f in effective(app.store.facts(case.id)) if f.seq == int(number))
        assert (word.day.isoformat(), word.data["situation"]) == (new_day, ["Une raison."])
        assert app.store.status(case.id, later).state is State.CONFIRMED


def test_an_answer_that_one_paper_gave_in_two_cases_stands_until_it_is_taken_back_in_both(scanned):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        (first,) = app.store.cases()
        told = {"at": app.now(), "actor": "A"}
        about = {"practitioner": first.practitioner, "controller": first.controller, "platform": first.platform}
        data = {"findings": [dict(app.store.facts(first.id)[0].data["findings"][0], listing=f"{HOST}:autre")]}
        second = app.store.case(app.store.open_case("DEMO", None, day=DAY, data=data, **about, **told))

        def note(case, kind, **data):
            proof = None if data else b"non"
            review.record(app.store, app.vault, case, kind, day=DAY, today=DAY, proof=proof, data=data, **told)

        def refusals():
            rows = app.store.authorisations(first.practitioner)
            return [row for row in rows if row.agreement is Agreement.REFUSED and row.until is None]

        for case in (first, second):
            note(case, EventKind.LISTING_CONFIRMED_BY_KINE)
        for case, left in ((first, True), (second, False)):
            note(case, EventKind.CORRECTION, event=str(app.store.facts(case.id)[-1].seq), void=True)
            assert bool(refusals()) is left


def test_a_case_can_be_suspended_again_on_the_same_day(scanned):
    open_cases(scanned)
    with scanned.on(DAY) as app:
        (case,) = app.store.cases()
        told = {"day": DAY, "today": DAY, "at": app.now(), "actor": "A"}
        for kind, held in ((EventKind.HOLD, 1), (EventKind.RELEASE, 0), (EventKind.HOLD, 1)):
            assert review.record(app.store, app.vault, case, kind, data={"reason": "à relire"}, **told)
            assert len(app.store.status(case.id, DAY).held) == held


def test_a_mandate_signed_before_the_word_serves_the_case_at_once(scanned):
    open_cases(scanned)
    scanned.empower(DAY)
    case_id = scanned.confirm(DAY + timedelta(days=1))
    with scanned.on(DAY + timedelta(days=1)) as app:
        assert app.store.status(case_id, app.today).state is State.MANDATED
