"""The question to the practitioner: asked once, reminded twice at most, silent at the first answer; and what it does."""

import email
import email.policy
from dataclasses import replace
from datetime import date, timedelta

import pytest

from listingguard.demo_world import HOST, BookingSite, MailSink
from listingguard.domain.case import EventKind, State
from listingguard.domain.correspondence import NO_AGREEMENT
from listingguard.domain.letter import Kind
from listingguard.domain.practitioner import Agreement, Status, Verdict, Watch, verdict
from listingguard.domain.question import DECLARATION, Said
from listingguard.domain.record import DispatchState
from listingguard.errors import BadInput, Refused
from listingguard.flow import clock, dispatch, enrol, inbox, ledger, question, review
from listingguard.flow import letter as letters

FIRST = date(2026, 1, 5)
CASE, CAMILLE = "DEMO-2026-0001", "99900000011"
PAGE = question.Enclosure("page-1.pdf", b"%PDF-1.7 copie", "application/pdf", "Copie de la page")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, found):
    """A case whose practitioner nobody has asked yet, made once and copied for each test."""
    with BookingSite() as site, MailSink() as sink:
        council = found(tmp_path_factory.mktemp("question") / "conseil", site, sink)
        council.detect()
        yield council


@pytest.fixture
def opened(prepared, tmp_path):
    """The case of this test alone; the mail server has taken nothing yet."""
    prepared.sink.messages.clear()
    return prepared.copy(tmp_path / "conseil")


def day(after: int) -> date:
    return FIRST + timedelta(days=after)


def to_ask(store, today):
    """Return the cases in which a question, or a reminder, may leave that day."""
    found = (question.asking(store, case, today) for case in store.cases())
    return tuple(each for each in found if each.kind is not None)


def ask(app, **options):
    return question.ask(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), letters.listed_page,
        today=app.today, at=app.now(), actor="Dominique", **options,
    )  # fmt: skip


def remind(app):
    return question.remind_due(
        app.store, app.vault, app.office(), app.controllers(), letters.listed_page, today=app.today, at=app.now,
        actor="listingguard",
    )  # fmt: skip


def send(app, only=None):
    return dispatch.send_due(
        app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=app.today, at=app.now, actor="A",
        only=only,
    )  # fmt: skip


def answer(app, said, *, on=None, proof=b"From: camille@exemple.example\n\nVoici ma reponse.", **told):
    return review.answer(
        app.store, app.vault, app.store.case(CASE), said, day=on or app.today, today=app.today, at=app.now(),
        actor="Dominique", proof=proof, **told,
    )  # fmt: skip


def said_of(app, on=None):
    return verdict(app.store.authorisations(CAMILLE), CAMILLE, HOST, on or app.today)


def asked(council, after):
    with council.on(day(after)) as app:
        ask(app, enclosures=(PAGE,))
        send(app)


def mails(council):
    return [email.message_from_bytes(raw, policy=email.policy.default) for raw in council.sink.messages]


# -- asking -----------------------------------------------------------------------------------------------------------


def test_the_question_leaves_once_with_the_copy_of_the_page_and_says_what_it_is_for(opened):
    with opened.on(FIRST) as app:
        assert [each.case.id for each in to_ask(app.store, FIRST)] == [CASE]
        letter = ask(app, enclosures=(PAGE,))
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        assert send(app) == ()
        with pytest.raises(Refused) as again:
            ask(app)
        assert "pas encore dû" in again.value.missing[0]
        assert app.store.status(CASE, FIRST).asked_on == (FIRST,)
        assert app.store.status(CASE, FIRST).state is State.DETECTED
        text = app.vault.get(letter.text).decode()
    (mail,) = mails(opened)
    assert (mail["To"], letter.kind) == ("camille@exemple.example", Kind.QUESTION.value)
    assert CASE in mail["Subject"]
    assert mail.get_body().get_content().strip().replace("\r\n", "\n") == text.strip()
    letter_pdf, copy = (part.get_content() for part in mail.iter_attachments())
    assert (letter_pdf[:5], copy) == (b"%PDF-", PAGE.data)
    assert "disciplinaires" in text


def test_reminders_follow_from_the_state_however_often_it_runs_and_never_come_twice(opened):
    asked(opened, 0)
    for after, count in ((5, 1), (9, 1), (10, 2), (10, 2), (11, 2), (23, 2), (24, 3), (24, 3), (60, 3), (400, 3)):
        with opened.on(day(after)) as app:
            remind(app)
            send(app)
        assert len(opened.sink.messages) == count, after
    with opened.on(day(400)) as app:
        assert app.store.status(CASE, day(400)).asked_on == (day(0), day(10), day(24))
        kinds = [row.kind for row in app.store.letters(CASE)]
        assert kinds == [Kind.QUESTION.value, Kind.QUESTION_REMINDER.value, Kind.QUESTION_REMINDER.value]
        (action,) = clock.actions_of(app.store, CASE, app.store.status(CASE, day(400)), day(400))
        assert action.code == "call"
        assert [n.kind for n in clock.tick(app.store, today=day(400), at=app.now)] == ["call"]
        assert clock.tick(app.store, today=day(401), at=app.now) == ()


def test_a_machine_off_for_weeks_sends_one_reminder_and_leaves_time_to_answer_it(opened):
    asked(opened, 0)
    for after, count in ((40, 2), (41, 2), (46, 2), (47, 3)):
        with opened.on(day(after)) as app:
            remind(app)
            send(app)
        assert len(opened.sink.messages) == count, after


def test_a_message_from_the_practitioner_stops_the_reminders_before_anyone_has_read_it(opened):
    asked(opened, 0)
    (mail,) = mails(opened)
    raw = f"From: camille@exemple.example\nIn-Reply-To: {mail['Message-ID']}\nSubject: Re\n\nPhrase 1.".encode()
    with opened.on(day(3)) as app:
        filed = inbox.file_message(
            app.store, app.vault, app.mailroom(), raw, name="re.eml", today=app.today, at=app.now()
        )
        assert (filed.case, filed.route) == (CASE, "thread")
    with opened.on(day(10)) as app:
        assert remind(app) == ()
        assert to_ask(app.store, app.today) == ()
        assert "à lire" in question.asking(app.store, app.store.case(CASE), app.today).why


def test_a_reminder_already_written_stays_here_when_the_answer_came_in_between(opened):
    asked(opened, 0)
    with opened.on(day(10)) as app:
        assert len(remind(app)) == 1
        answer(app, Said.TALK)
        (held,) = send(app)
        assert (held.state, "a répondu" in held.text) == (DispatchState.QUEUED, True)
    assert len(opened.sink.messages) == 1


def opposed(app):
    row = Watch(CAMILLE, False, opposed_on=app.today)
    ledger.set_watch(app.store, row, today=app.today, at=app.now(), actor="A")


def held(app):
    review.record(
        app.store, app.vault, app.store.case(CASE), EventKind.HOLD, day=app.today, today=app.today, at=app.now(),
        actor="A", data={"reason": "à relire"},
    )  # fmt: skip


def left_alone(app):
    ledger.leave_alone(app.store, CAMILLE, HOST, left=True, today=app.today, at=app.now(), actor="A")


def struck_off(app):
    person = replace(app.store.practitioner(CAMILLE), status=Status.STRUCK_OFF)
    with app.store.tx("test.roster"):
        app.store.put_practitioner(person, source="tableau", day=app.today, at=app.now())


@pytest.mark.parametrize(
    ("done", "why"),
    [(opposed, "opposée"), (held, "à relire"), (left_alone, "rien ne soit cherché"), (struck_off, "radiation")],
)
def test_nothing_is_asked_of_whoever_objected_nor_in_a_held_case_even_once_written(opened, done, why):
    with opened.on(FIRST) as app:
        ask(app)
        done(app)
        (kept,) = send(app)
        assert (kept.state, why in kept.text) == (DispatchState.QUEUED, True)
        assert to_ask(app.store, FIRST) == ()
        with pytest.raises(Refused):
            ask(app)
    assert opened.sink.messages == []


def test_a_page_found_after_the_answer_is_asked_about_with_a_question_of_its_own(opened):
    asked(opened, 0)
    with opened.on(day(2)) as app:
        answer(app, Said.NOT_AGREED)
        assert to_ask(app.store, app.today) == ()
    with opened.on(day(3)) as app:
        page = {"listing": f"{HOST}:autre", "url": f"http://{HOST}/autre", "capture": "c"}
        app.store.add_event(
            CASE,
            EventKind.FINDING_ADDED,
            key="autre",
            day=app.today,
            at=app.now(),
            actor="A",
            data={"findings": [page]},
        )
        (each,) = to_ask(app.store, app.today)
        assert (each.kind, each.due) == (Kind.QUESTION, None)
        letter = ask(app)
        assert letter.sequence == 2
        send(app)
        now = app.store.status(CASE, app.today)
        assert (now.asked_on, now.question_open, now.unasked) == ((day(3),), True, (f"http://{HOST}/autre",))
    assert len(mails(opened)) == 2
    with opened.on(day(13)) as app:
        assert [row.kind for row in remind(app)] == ["question_reminder"]
        answer(app, Said.NOT_AGREED, proof=b"From: camille@exemple.example\n\nCelle-la non plus.")
        assert app.store.status(CASE, app.today).unasked == ()


def test_by_post_a_person_prints_it_and_says_when_it_left(opened):
    with opened.on(FIRST) as app:
        letter = ask(app, channel="post")
        assert send(app) == ()
        assert app.store.status(CASE, FIRST).asked_on == ()
        (row,) = app.store.dispatches(CASE)
        assert (row.state, row.channel) == (DispatchState.DRAFT, "post")
        assert row.recipient == "Camille EXEMPLE, Cabinet des Essais, 12 rue des Essais, 26000 Valence"
        assert app.vault.get(letter.pdf).startswith(b"%PDF-")
    with opened.on(day(2)) as app:
        dispatch.settle(app.store, row.id, left=True, day=day(1), at=app.now(), actor="A")
        assert app.store.status(CASE, app.today).asked_on == (day(1),)
    with opened.on(day(20)) as app:
        assert remind(app) == (), "a reminder by post is a person's task"
        assert [each.kind for each in to_ask(app.store, app.today)] == [Kind.QUESTION_REMINDER]


def test_a_home_is_never_printed_on_an_envelope(opened):
    from dataclasses import replace

    with opened.on(FIRST) as app:
        person = app.store.practitioner(CAMILLE)
        private = replace(person, email="", practices=tuple(replace(p, private=True) for p in person.practices))
        enrol.import_roster(app.store, [private], source="x", today=FIRST, at=app.now(), actor="A")
        for channel in ("", "post"):
            with pytest.raises(Refused, match="adresse personnelle"):
                ask(app, channel=channel)
        assert app.store.letters(CASE) == ()


def test_sending_questions_sends_nothing_else(opened):
    asked(opened, 0)
    with opened.on(day(1)) as app:
        answer(app, Said.NOT_AGREED)
    opened.empower(day(2))
    with opened.on(day(3)) as app:
        letters.approve(
            app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE),
            ticked=("objection", "erasure_after_objection"), today=app.today, at=app.now(), actor="Élue",
        )  # fmt: skip
        assert send(app, only=()) == ()
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        assert [row.kind for row in letters.requests(app.store, CASE)] == [Kind.REQUEST.value]


# -- answers ----------------------------------------------------------------------------------------------------------


def test_it_is_me_and_i_did_not_agree_confirms_the_case_with_the_declaration_and_the_reasons(opened):
    reason = "Trois patients se sont présentés en janvier 2026 pour des rendez-vous inconnus du cabinet."
    with opened.on(day(2)) as app:
        assert answer(app, Said.NOT_AGREED, situation=(reason,))
        assert app.store.status(CASE, app.today).state is State.CONFIRMED
        assert said_of(app) is Verdict.UNAUTHORISED
        fact = app.store.facts(CASE)[-1]
        assert (fact.kind, fact.data["declaration"]) == (EventKind.LISTING_CONFIRMED_BY_KINE, DECLARATION)
        draft = letters.prepare(app.store, app.office(), app.controllers(), app.store.case(CASE), today=app.today)
        assert f"La personne concernée indique : «\u00a0{reason}\u00a0»" in draft.fields.situation
        assert NO_AGREEMENT in draft.fields.situation


def test_i_agreed_closes_the_case_and_the_ledger_says_since_when(opened):
    with opened.on(day(2)) as app:
        assert answer(app, Said.AGREED, since=date(2024, 9, 1))
        now = app.store.status(CASE, app.today)
        assert (now.state, now.close_reason) == (State.CLOSED, EventKind.AUTHORISED)
        assert [said_of(app, d) for d in (date(2024, 8, 31), date(2024, 9, 1), app.today)] == [
            Verdict.UNDETERMINED, Verdict.AUTHORISED, Verdict.AUTHORISED,
        ]  # fmt: skip


def test_i_agreed_after_all_is_believed_whatever_was_said_before(opened):
    with opened.on(day(2)) as app:
        answer(app, Said.NOT_AGREED, proof=b"non")
    with opened.on(day(5)) as app:
        answer(app, Said.AGREED, since=date(2024, 9, 1), proof=b"si, en fait")
        assert said_of(app) is Verdict.AUTHORISED
        assert said_of(app, day(3)) is Verdict.UNAUTHORISED, "what was known that day stands"


def test_my_practice_opened_it_and_i_once_opened_it_are_for_a_person_to_decide(opened):
    for said, after in ((Said.PRACTICE, 2), (Said.CLAIMED, 3)):
        with opened.on(day(after)) as app:
            answer(app, said)
            now = app.store.status(CASE, app.today)
            assert (now.state, now.answer) == (State.DETECTED, said)
            assert said_of(app) is Verdict.UNDETERMINED
            (action,) = clock.actions_of(app.store, CASE, now, app.today)
            assert (action.code, said.label in action.text) == ("decide", True)
            assert to_ask(app.store, app.today) == ()
            assert app.store.authorisations(CAMILLE)[-1].agreement is Agreement.OPENED


def test_a_page_opened_once_and_told_late_stops_the_approved_letter_until_a_person_has_decided(opened):
    with opened.on(day(2)) as app:
        answer(app, Said.NOT_AGREED, proof=b"non", situation=("Je ne prends pas de rendez-vous en ligne.",))
    opened.empower(day(3))
    with opened.on(day(4)) as app:
        case, told = app.store.case(CASE), {"today": app.today, "at": app.now(), "actor": "Élue"}
        ticked = ("objection", "erasure_after_objection")
        letters.approve(app.store, app.vault, app.office(), app.controllers(), case, ticked=ticked, **told)
        answer(app, Said.CLAIMED, proof=b"j'avais ouvert une fiche en 2019")
        assert said_of(app) is Verdict.UNDETERMINED
        assert [s.state for s in send(app)] == [DispatchState.QUEUED]
        assert "decide" in {
            a.code for a in clock.actions_of(app.store, CASE, app.store.status(CASE, app.today), app.today)
        }
    with opened.on(day(6)) as app:
        answer(app, Said.NOT_AGREED, proof=b"je l'avais fermee, je m'oppose", on=day(6))
        assert said_of(app) is Verdict.UNAUTHORISED
        assert app.store.status(CASE, app.today).answer is None
        draft = letters.prepare(app.store, app.office(), app.controllers(), app.store.case(CASE), today=app.today)
        assert draft.fields.opened_once
        assert NO_AGREEMENT not in draft.fields.situation, "nobody is made to deny what they said"


def test_an_older_word_told_late_never_outranks_what_the_person_said_since(opened):
    with opened.on(day(3)) as app:
        answer(app, Said.NOT_AGREED, on=day(2), proof=b"non")
        before = app.store.facts(CASE), app.store.authorisations(CAMILLE)
        with pytest.raises(Refused, match=r"7 janvier 2026.*n’ai pas donné mon accord"):
            answer(app, Said.AGREED, on=day(1), proof=b"oui")
        assert (app.store.facts(CASE), app.store.authorisations(CAMILLE)) == before
        assert app.store.status(CASE, app.today).state is State.CONFIRMED
        # The newest word counts, as ever.
        assert answer(app, Said.AGREED, on=day(3), proof=b"si, finalement")
        assert app.store.status(CASE, app.today).state is State.CLOSED


def test_the_same_answer_entered_twice_is_one_fact(opened):
    with opened.on(day(2)) as app:
        told = {"proof": b"non", "situation": ("Je ne prends pas de rendez-vous en ligne.",)}
        assert [answer(app, Said.NOT_AGREED, **told) for _ in range(2)] == [True, False]
        assert [f.kind for f in app.store.facts(CASE)].count(EventKind.ANSWERED) == 0
        assert len(app.store.authorisations(CAMILLE)) == 1
    with opened.on(day(3)) as app:
        assert not answer(app, Said.NOT_AGREED, on=day(2), **told), "nor on another day"


def test_that_a_page_was_opened_told_the_day_of_the_refusal_leaves_it_to_a_person(opened):
    with opened.on(day(2)) as app:
        answer(app, Said.NOT_AGREED, proof=b"non")
        answer(app, Said.CLAIMED, proof=b"j'avais ouvert une fiche")
        assert said_of(app) is Verdict.UNDETERMINED


def test_it_is_not_me_closes_the_case_and_the_pair_never_comes_back(opened):
    with opened.on(day(2)) as app:
        answer(app, Said.NOT_ME)
        assert app.store.status(CASE, app.today).close_reason is EventKind.NOT_ME
        touched = review.open_cases(app.store, app.controller_of, "DEMO", today=app.today, at=app.now(), actor="A")
        assert touched == ()


def test_i_need_to_talk_is_a_call_to_make(opened):
    asked(opened, 0)
    with opened.on(day(2)) as app:
        answer(app, Said.TALK, remark="le jeudi après 18 h")
        now = app.store.status(CASE, app.today)
        (action,) = clock.actions_of(app.store, CASE, now, app.today)
        assert (action.code, "l’appeler" in action.text) == ("call", True)
        assert app.store.facts(CASE)[-1].data["remark"] == "le jeudi après 18 h"
    with opened.on(day(30)) as app:
        assert remind(app) == ()


def test_the_same_answer_again_adds_nothing_and_two_answers_of_one_letter_are_both_kept(opened):
    with opened.on(day(2)) as app:
        assert answer(app, Said.CLAIMED)
        assert not answer(app, Said.CLAIMED)
        assert answer(app, Said.TALK), "the same letter says both"
        assert len([f for f in app.store.facts(CASE) if f.kind is EventKind.ANSWERED]) == 2
        assert len(app.store.authorisations(CAMILLE)) == 1


def test_an_answer_needs_its_document_and_a_day_that_has_come(opened):
    with opened.on(day(2)) as app:
        with pytest.raises(Refused, match="ce qui le prouve"):
            answer(app, Said.TALK, proof=None)
        with pytest.raises(BadInput, match="pas encore arrivé"):
            answer(app, Said.NOT_AGREED, on=day(3))
        with pytest.raises(BadInput, match="premier jour"):
            answer(app, Said.AGREED, since=day(3))
        assert app.store.authorisations(CAMILLE) == ()


def test_a_percentage_or_a_sum_is_the_persons_own_fact_to_tell(opened):
    with opened.on(day(2)) as app:
        assert answer(app, Said.NOT_AGREED, situation=("J’ai perdu 20 % de mes rendez-vous, soit 50 € par jour",))
        draft = letters.prepare(app.store, app.office(), app.controllers(), app.store.case(CASE), today=app.today)
        assert any("20 %" in said and said.endswith("par jour.\u00a0»") for said in draft.fields.situation)
        assert not any("20" in line for line in draft.missing)


def test_a_reason_that_no_letter_could_say_is_refused_when_it_is_entered(opened):
    with opened.on(day(2)) as app:
        with pytest.raises(BadInput, match="fraude"):
            answer(app, Said.NOT_AGREED, situation=("Cette fiche est une fraude.",))
        for told, why in (
            ("Trois appels de M. Dupont, patient, et de Mme Durand, pour une lombalgie", "M. Dupont » nomme"),
            ("Ma consœur Claire Martin a reçu trois appels", "Claire Martin » nomme"),
            ("Deux appels pour une lombalgie en mars 2026", "lombalgie » est une donnée de santé"),
            ("Deux appels en mars 2026 pour ma patiente", "patiente » désigne"),
        ):
            with pytest.raises(BadInput, match=why) as refused:
                answer(app, Said.NOT_AGREED, situation=(told,))
            assert "seulement des nombres et des dates" in str(refused.value)
        with pytest.raises(BadInput, match="« 漢 »"):
            answer(app, Said.NOT_AGREED, situation=('Un "test" 漢字',))
        assert app.store.status(CASE, app.today).state is State.DETECTED
