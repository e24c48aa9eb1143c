"""Letters: which fit, who may approve them, what was ticked, what keeps them from being approved, taken back before the send."""

from __future__ import annotations

import email
import email.policy
import json
import re
from dataclasses import fields, replace
from datetime import date, timedelta

import pypdfium2
import pytest

from listingguard.demo_world import HOST, paper
from listingguard.domain.case import EventKind, State
from listingguard.domain.correspondence import NO_AGREEMENT, WRONG_BOOKINGS, Ticked
from listingguard.domain.french import french_day
from listingguard.domain.letter import Argument, Kind, Precision
from listingguard.domain.practitioner import Mandate
from listingguard.domain.record import DispatchState
from listingguard.domain.service import ProofType
from listingguard.errors import BadInput, NotFound, Refused
from listingguard.flow import approval, channel, clock, dispatch, ledger, platform, review, scan, service
from listingguard.flow import letter as letters

FIRST, DAY, CASE = date(2026, 1, 5), date(2026, 1, 12), "DEMO-2026-0001"
GROUNDS = ("objection", "erasure_after_objection")


@pytest.fixture(scope="module")
def left(prepared, tmp_path_factory):
    """The case `prepared` once its request left."""
    council = prepared.copy(tmp_path_factory.mktemp("partie") / "conseil")
    with council.on(DAY) as app:
        approve(app)
        send(app)
    return council


@pytest.fixture
def sent(left, tmp_path):
    left.sink.messages.clear()
    return left.copy(tmp_path / "conseil")


def approve(app, kind=None, *, actor="Élue", ticked=GROUNDS, **more):
    if kind is not None and "ticked" not in more:
        ticked = ()
    return letters.approve(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), ticked=ticked, kind=kind,
        today=app.today, at=app.now(), actor=actor, **more,
    )  # fmt: skip


def prepare(app, kind=None, **more):
    return letters.prepare(
        app.store, app.office(), app.controllers(), app.store.case(CASE), today=app.today, kind=kind, **more
    )


def send(app):
    return dispatch.send_due(
        app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=app.today, at=app.now, actor="A"
    )


def replied(council, day, kind, **data):
    with council.on(day) as app:
        review.record(
            app.store, app.vault, app.store.case(CASE), kind, day=day, today=day, at=app.now(), actor="A",
            proof=b"From: dpo@reserve-kine.example\n\nNon.", data=data,
        )  # fmt: skip


def proposed(app):
    return [p.kind for p in letters.propose(app.store, app.store.case(CASE), today=app.today)]


def fresh(council, day):
    council.may_approve(day)


# -- who approves ------------------------------------------------------------------------------------------------------


def test_in_a_council_only_an_officer_in_office_approves_and_nothing_is_written_otherwise(ready):
    with ready.on(DAY) as app:
        with pytest.raises(Refused) as refused:
            approve(app, actor="Sacha Secrétaire")
        assert any("listingguard officer add" in line for line in refused.value.missing)
        assert app.store.letters(CASE) == ()


def test_a_delegation_that_ended_approves_nothing(ready):
    with ready.on(DAY) as app:
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        assert [o.name for o in approval.end_officer(app.store, "Élue", DAY, **told)] == ["Élue"]
        with pytest.raises(Refused):
            approve(app)
        with pytest.raises(NotFound):
            approval.end_officer(app.store, "Élue", DAY, **told)


def test_who_signs_by_delegation_says_so_and_who_presides_does_not(ready):
    with ready.on(DAY) as app:
        approval.add_officer(
            app.store, app.vault, name="Lou Déléguée", role="vice-présidente", since=FIRST, until=date(2026, 12, 31),
            delegated_by="la présidente", document=b"%PDF-1.7 acte", today=DAY, at=app.now(), actor="A",
        )  # fmt: skip
        text = app.vault.get(approve(app, actor="lou deleguee").text).decode()
    assert "Pour la présidente et par délégation," in text
    assert "Lou Déléguée\nVice-présidente" in text


def test_a_colleague_of_the_roster_who_gave_the_delegation_is_named_as_such(ready):
    with ready.on(DAY) as app:
        approval.add_officer(
            app.store, app.vault, name="Lou Déléguée", role="vice-présidente", since=FIRST, until=date(2026, 12, 31),
            delegated_by="la présidente, Sacha MODÈLE", document=b"%PDF-1.7 acte", today=DAY, at=app.now(), actor="A",
        )  # fmt: skip
        text = app.vault.get(approve(app, actor="lou deleguee").text).decode().replace("\u00a0", " ")
    assert "Pour la présidente, Sacha MODÈLE et par délégation," in text


@pytest.mark.parametrize(
    ("role", "whom", "until", "error"),
    [
        ("vice-présidente", "", "2026-12-31", Refused),
        ("présidente", "la présidente", "2026-12-31", BadInput),
        ("présidente", "", "2026-01-01", BadInput),
    ],
)
def test_an_office_that_contradicts_itself_is_refused(council, role, whom, until, error):
    with council.on(DAY) as app:
        with pytest.raises(error):
            approval.add_officer(
                app.store, app.vault, name="Lou Déléguée", role=role, since=FIRST, until=date.fromisoformat(until),
                delegated_by=whom, document=b"acte", today=DAY, at=app.now(), actor="A",
            )  # fmt: skip
        assert app.store.officers() == ()


# -- what was ticked ---------------------------------------------------------------------------------------------------


def test_each_tick_is_kept_with_who_ticked_it_when_and_what_it_rests_on(ready):
    with ready.on(DAY) as app:
        approve(app, facts=("no_agreement",))
        fact = app.store.facts(CASE)[-1]
    assert (fact.kind, fact.actor, fact.day) == (EventKind.REQUEST_APPROVED, "Élue", DAY)
    assert fact.data["grounds"] == sorted(GROUNDS)
    (ticked,) = fact.data["facts"]
    assert (ticked["code"], ticked["sentence"]) == ("no_agreement", NO_AGREEMENT)
    assert "événement n° 2" in ticked["source"]


def test_a_fact_left_out_is_not_in_the_letter(ready):
    with ready.on(DAY) as app:
        assert {r.code for r in prepare(app).reasons} == {"no_agreement", "bookings"}
        text = app.vault.get(approve(app, facts=("no_agreement",)).text).decode()
    assert "n’y a été créée" in text
    assert WRONG_BOOKINGS[:40] not in text


def test_an_unknown_fact_is_named_with_those_there_are(ready):
    with ready.on(DAY) as app, pytest.raises(Refused, match=r"invented.*no_agreement"):
        approve(app, facts=("invented",))


def test_approved_again_with_other_ticks_is_refused_the_bytes_are_frozen(ready):
    with ready.on(DAY) as app:
        first = approve(app)
        assert approve(app) == first
        with pytest.raises(Refused, match="déjà approuvé") as refused:
            approve(app, ticked=(*GROUNDS, "information"))
        assert f"letter withdraw {first.id}" in refused.value.missing[0]
        with pytest.raises(Refused):
            approve(app, facts=("no_agreement",))


@pytest.mark.parametrize(
    "other",
    [
        {"copy": False},
        {"copy": True, "doubt": "deux homonymes à Valence", "supplied": ("carte professionnelle",)},
        {"copy": True, "their_reference": "ZZ 12"},
        {"copy": True, "copies": ("Conseil national de l’Ordre",)},
        {"said": "Qui êtes-vous ?"},
    ],
    ids="-".join,
)
def test_approved_again_with_other_words_about_the_platforms_message_is_refused(sent, other):
    day = date(2026, 1, 20)
    replied(sent, day, EventKind.ID_REQUESTED)
    with sent.on(day) as app:
        row = approve(app, Kind.ANSWER_IDENTITY, boxes=Ticked(copy=True))
        assert approve(app, Kind.ANSWER_IDENTITY, boxes=Ticked(copy=True)) == row
        assert approve(app, Kind.ANSWER_IDENTITY) == row
        with pytest.raises(Refused, match="figés") as refused:
            approve(app, Kind.ANSWER_IDENTITY, boxes=Ticked(**other))
        assert f"letter withdraw {row.id}" in refused.value.missing[0]
        assert len(app.store.letters(CASE)) == 2


def test_every_word_a_person_may_add_to_a_letter_is_kept_with_its_approval():
    told = Ticked(
        (Argument.PUBLIC_DATA,), ("numéro",), "doute", ("carte",), False, "dit", (Precision.PERSON,), "réf.", ("Ordre",)
    )
    assert set(told.told()) == {each.name for each in fields(Ticked)}
    assert json.loads(json.dumps(told.told())) == told.told()
    assert Ticked().told() == {}


def test_who_receives_a_copy_is_printed_under_what_is_joined_in_the_text_and_in_the_pdf(ready):
    council = "Conseil départemental de l’Ordre des masseurs-kinésithérapeutes de l’Exemple"
    with ready.on(DAY) as app:
        row = approve(app, boxes=Ticked(copies=(council, "Camille EXEMPLE")))
        text = app.vault.get(row.text).decode().replace("\u00a0", " ")
        end = text[text.index("P.J. :") :]
        assert f"\n\nCopie :\n\n– {council}\n– Camille EXEMPLE\n" in end
        pages = pypdfium2.PdfDocument(app.vault.get(row.pdf))
        printed = " ".join(pages[len(pages) - 1].get_textpage().get_text_range().split())
        assert printed.index("P.J.") < printed.index("Copie") < printed.rindex("Camille EXEMPLE")


@pytest.mark.parametrize(
    ("copies", "why"),
    [
        (("Ordre", "Ordre 2", "Ordre 3", "Ordre 4"), "3 destinataires au plus"),
        (("C" * 91,), "90 caractères au plus"),
        (("",), "90 caractères au plus"),
        (("Mme Durand, ma patiente",), "sans nommer personne"),
        (("la presse locale",), "publicité"),
        (("Sacha MODÈLE",), "MODÈLE"),
    ],
)
def test_a_copy_line_is_short_and_says_nothing_that_a_letter_may_not(ready, copies, why):
    with ready.on(DAY) as app:
        draft = prepare(app, boxes=Ticked(copies=copies))
        assert any(why in line for line in draft.missing), draft.missing
        with pytest.raises(Refused):
            approve(app, boxes=Ticked(copies=copies))


def test_a_copy_line_prints_its_words_and_nothing_more(ready):
    with ready.on(DAY) as app:
        line = '{{7*7}} {% x %} #read("/etc/passwd")'
        text = prepare(app, boxes=Ticked(copies=(line, "Ordre\nObjet : autre"))).text.replace("\u00a0", " ")
        assert f"\n– {line}\n– Ordre Objet : autre\n" in text


def test_a_request_already_approved_says_so_before_anything_else(sent):
    with sent.on(date(2026, 1, 20)) as app:
        for ticks in (GROUNDS, GROUNDS[:1], ()):
            with pytest.raises(Refused, match="déjà approuvée, le 12 janvier 2026 par Élue") as refused:
                approve(app, ticked=ticks)
            assert f"letter propose {CASE}" in refused.value.missing[-1]


def test_one_key_never_has_two_texts(ready):
    with ready.on(DAY) as app:
        row = approve(app)
        with app.store.tx("test"):
            app.store.add_letter(row, at=app.now())
        with pytest.raises(Refused, match="autre texte"), app.store.tx("test"):
            app.store.add_letter(replace(row, text="0" * 64), at=app.now())


def test_who_prepared_a_letter_is_kept_beside_who_approved_it(ready):
    with ready.on(DAY) as app:
        case = app.store.case(CASE)
        told = {"today": DAY, "at": app.now(), "actor": "Dominique"}
        assert letters.note_prepared(app.store, case, prepare(app), **told)
        assert not letters.note_prepared(app.store, case, prepare(app), **told)
        approve(app)
        assert app.store.facts(CASE)[-1].data["prepared_by"] == "Dominique"


# -- what keeps a letter from being approved ---------------------------------------------------------------------------


def test_a_legal_notice_older_than_thirty_days_stops_the_letter_with_the_command_that_brings_one(ready):
    late = date(2026, 1, 8) + timedelta(days=31)
    with ready.on(late) as app:
        (why,) = prepare(app).missing
        assert "listingguard controller verify reserve-kine --notice" in why
    with ready.on(late - timedelta(days=1)) as app:
        assert prepare(app).missing == ()
    fresh(ready, late)
    with ready.on(late) as app:
        assert prepare(app).missing == ()
        assert app.vault.get(app.store.notices("reserve-kine")[-1].document).startswith(b"<p>Mentions")


def test_a_notice_from_tomorrow_or_without_an_address_is_refused(council):
    with council.on(DAY) as app:
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        for url, day in (("https://x.example/m", DAY + timedelta(days=1)), ("mentions", DAY)):
            with pytest.raises(BadInput):
                platform.keep_notice(app.store, app.vault, "reserve-kine", url, b"x", seen_on=day, **told)
        assert app.store.notices("reserve-kine") == ()


def test_a_citation_too_old_stops_the_letter_until_a_named_person_confirms_it(ready, monkeypatch):
    from listingguard.domain import citation

    old = {c.article: c for c in citation.CITATIONS}
    old["77"] = replace(old["77"], verified_on=date(2024, 12, 1))
    monkeypatch.setattr(citation, "_BY_ARTICLE", old)
    with ready.on(DAY) as app:
        (why,) = prepare(app).missing
        assert 'listingguard citation confirm "77"' in why
        with pytest.raises(Refused):
            approve(app)
        told = {"today": DAY, "at": app.now(), "actor": "Lou Juriste"}
        with pytest.raises(BadInput):
            approval.confirm_citation(app.store, "77", "EUR-Lex", DAY + timedelta(days=1), **told)
        said = approval.confirm_citation(app.store, "77", "EUR-Lex, 2016/679", DAY, **told)
        assert (said.actor, said.on) == ("Lou Juriste", DAY)
        assert approve(app).sequence == 1
        assert app.store.broken_links() == ()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Sacha Modèle reçoit les mêmes appels.", "Sacha MODÈLE"),
        ("MODELE Sacha travaille dans la même rue.", "MODÈLE Sacha"),
        ("Les appels sont renvoyés au 06 99 00 00 29, qui est au cabinet voisin.", "+33699000029"),
        ("Les patients écrivent à sacha@voisin.example depuis mars.", "sacha@voisin.example"),
    ],
)
def test_a_colleague_is_never_named_nor_their_number_given_and_who_signs_may_be_one(ready, reason, told):
    with ready.on(DAY) as app:
        person = app.store.practitioner("99900000029")
        with app.store.tx("test"):
            app.store.put_practitioner(
                replace(person, mobile="+33699000029", email="sacha@voisin.example"), source="t", day=DAY, at=app.now()
            )
        approval.add_officer(
            app.store, app.vault, name="Sacha Modèle", role="présidente", since=FIRST, until=date(2026, 12, 31),
            delegated_by="", document=b"%PDF-1.7 acte", today=DAY, at=app.now(), actor="A",
        )  # fmt: skip
        (officer,) = [o for o in app.store.officers() if o.name == "Sacha Modèle"]
        assert prepare(app, approver=officer).missing == ()
        with app.store.tx("test"):
            app.store.add_event(
                CASE, EventKind.ANSWERED, key="mot", day=DAY, at=app.now(), actor="A",
                proof=app.vault.put(b"mot"), data={"said": "not_agreed", "situation": [reason]},
            )  # fmt: skip
        (why,) = prepare(app, approver=officer).missing
        assert f"« {told} »" in why
        with pytest.raises(Refused):
            approve(app, actor="Sacha Modèle")


# -- taken back before the send ----------------------------------------------------------------------------------------


def test_a_letter_withdrawn_before_the_send_never_leaves_and_the_next_has_the_next_number(ready):
    with ready.on(DAY) as app:
        first = approve(app)
        told = {"today": DAY, "at": app.now(), "actor": "Élue"}
        letters.withdraw(app.store, first.id, "une faute", **told)
        letters.withdraw(app.store, first.id, "une faute", **told)
        assert send(app) == ()
        assert app.store.status(CASE, DAY).state is State.MANDATED
        second = approve(app, ticked=(*GROUNDS, "information"))
        assert second.id == f"{CASE}/request/2"
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        withdrawn = [f for f in app.store.facts(CASE) if f.kind is EventKind.LETTER_WITHDRAWN]
        assert [f.data["reason"] for f in withdrawn] == ["une faute"]
        with pytest.raises(Refused, match="déjà parti"):
            letters.withdraw(app.store, second.id, "trop tard", **told)
    assert len(ready.sink.messages) == 1


def test_an_unknown_letter_is_not_withdrawn(ready):
    with ready.on(DAY) as app, pytest.raises(NotFound):
        letters.withdraw(app.store, f"{CASE}/request/9", "x", today=DAY, at=app.now(), actor="A")


# -- the other letters -------------------------------------------------------------------------------------------------


def test_before_a_request_only_the_request_is_proposed_and_nothing_once_it_waits(ready):
    with ready.on(DAY) as app:
        assert proposed(app) == [Kind.REQUEST]
        approve(app)
        assert proposed(app) == []
        for kind in (Kind.REMINDER, Kind.ANSWER_REFUSAL, Kind.WITHDRAWAL):
            assert prepare(app, kind).missing


def test_a_reminder_leaves_once_after_the_silence_and_moves_nothing(sent):
    due = date(2026, 2, 13)
    with sent.on(date(2026, 1, 20)) as app:
        clock.tick(app.store, today=app.today, at=app.now)
    fresh(sent, due)
    with sent.on(due) as app:
        clock.tick(app.store, today=due, at=app.now)
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        before = app.store.status(CASE, due)
        assert Kind.REMINDER in proposed(app)
        row = approve(app, Kind.REMINDER)
        assert row.id == f"{CASE}/reminder/1"
        assert approve(app, Kind.REMINDER) == row
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        assert send(app) == ()
        after = app.store.status(CASE, due)
        assert (after.state, after.clock, after.sent_on) == (before.state, before.clock, before.sent_on)
        assert app.store.facts(CASE)[-1].kind is EventKind.LETTER_SENT
        assert "12 février 2026" in app.vault.get(row.text).decode().replace("\u00a0", " ")
    assert len(sent.sink.messages) == 1


def test_a_reminder_is_not_written_before_the_last_day_has_passed(sent):
    with sent.on(date(2026, 1, 20)) as app:
        clock.tick(app.store, today=app.today, at=app.now)
        assert Kind.REMINDER not in proposed(app)
        with pytest.raises(Refused):
            approve(app, Kind.REMINDER)
        assert len(app.store.letters(CASE)) == 1


def test_a_refusal_is_answered_only_with_the_arguments_a_person_ticked(sent):
    day = date(2026, 1, 20)
    replied(sent, day, EventKind.REFUSAL, text="Ces données sont publiques.")
    with sent.on(day) as app:
        assert {Kind.ANSWER_REFUSAL, Kind.ANSWER_IDENTICAL} <= set(proposed(app))
        assert any("argument" in line for line in prepare(app, Kind.ANSWER_REFUSAL).missing)
        draft = prepare(app, Kind.ANSWER_REFUSAL, boxes=Ticked(arguments=(Argument.PUBLIC_DATA,)))
        assert draft.fields.arguments == (Argument.PUBLIC_DATA,)
        assert draft.fields.reply_day == day
        assert draft.missing == ()
        row = approve(app, Kind.ANSWER_REFUSAL, boxes=Ticked(arguments=(Argument.PUBLIC_DATA,)))
        assert app.store.facts(CASE)[-1].data["ticked"] == {"arguments": ["public_data"]}
        assert app.store.status(CASE, day).state is State.REFUSED
        assert row.kind == "answer_refusal"


@pytest.mark.parametrize(
    ("event", "data", "kind", "boxes", "says"),
    [
        (
            EventKind.ID_REQUESTED,
            {"text": "Envoyez une copie de votre carte d’identité."},
            Kind.ANSWER_IDENTITY,
            {},
            "identité",
        ),
        (EventKind.EXTENSION_NOTIFIED, {"reasoned": False}, Kind.ANSWER_EXTENSION, {}, "prolongation"),
        (EventKind.REFUSAL, {}, Kind.ANSWER_IDENTICAL, {}, "article 12, paragraphe 5"),
        (EventKind.PRECISION_ASKED, {}, Kind.ANSWER_PRECISION, {"points": tuple(Precision)}, "n’y a été créée"),
        (EventKind.PARTIAL, {}, Kind.SOURCE, {}, "article 15"),
        (EventKind.PARTIAL, {}, Kind.RECTIFICATION, {"wrong": ("horaires d’ouverture",)}, "horaires d’ouverture"),
    ],
    ids=lambda value: value.value if isinstance(value, Kind) else "",
)
def test_each_answer_is_written_from_the_case_and_the_message_it_answers(sent, event, data, kind, boxes, says):
    with sent.on(date(2026, 1, 20)) as app:
        clock.tick(app.store, today=app.today, at=app.now)
    day = date(2026, 1, 21)
    replied(sent, day, event, **data)
    with sent.on(day) as app:
        assert kind is Kind.RECTIFICATION or kind in proposed(app)
        draft = prepare(app, kind, boxes=Ticked(**boxes))
        assert draft.missing == ()
        assert says in draft.text.replace("\u00a0", " ")
        assert approve(app, kind, boxes=Ticked(**boxes)).id == f"{CASE}/{kind.value}/1"


def test_a_rectification_calls_nothing_wrong_that_the_roster_gives_to_the_person(sent):
    with sent.on(date(2026, 1, 20)) as app:
        draft = prepare(app, Kind.RECTIFICATION, boxes=Ticked(wrong=("numéro de téléphone",)))
        assert any("le numéro affiché est le sien, selon le tableau" in line for line in draft.missing)
        draft = prepare(app, Kind.RECTIFICATION, boxes=Ticked(wrong=("le 04 99 00 00 00",)))
        assert any("jamais la donnée" in line for line in draft.missing)


def test_a_precision_is_proposed_until_something_was_answered_and_moves_no_date(sent):
    with sent.on(date(2026, 1, 20)) as app:
        clock.tick(app.store, today=app.today, at=app.now)
    day = date(2026, 1, 21)
    replied(sent, day, EventKind.PRECISION_ASKED)
    with sent.on(day) as app:
        before = app.store.status(CASE, day)
        assert proposed(app) == [Kind.ANSWER_PRECISION]
        row = approve(app, Kind.ANSWER_PRECISION, boxes=Ticked(said="Quelle « page » ?", points=(Precision.PERSON,)))
        assert app.store.facts(CASE)[-1].data["ticked"] == {"said": "Quelle « page » ?", "points": ["person"]}
        with pytest.raises(Refused, match="figés"):
            approve(app, Kind.ANSWER_PRECISION, boxes=Ticked(points=(Precision.RIGHTS,)))
        with pytest.raises(Refused, match="figés"):
            approve(app, Kind.ANSWER_PRECISION, boxes=Ticked(points=(Precision.PERSON,)))
        assert approve(app, Kind.ANSWER_PRECISION) == row
        text = app.vault.get(row.text).decode().replace("\u00a0", " ")
        assert "« Quelle “ page ” ? »" in text
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        after = app.store.status(CASE, day)
        assert (after.state, after.clock) == (before.state, before.clock)
        assert proposed(app) == []


def test_a_partial_erasure_is_answered_by_what_a_later_reading_still_shows(sent):
    replied(sent, date(2026, 1, 20), EventKind.PARTIAL)
    with sent.on(date(2026, 1, 21)) as app:
        assert Kind.ANSWER_PARTIAL in proposed(app)
        assert prepare(app, Kind.ANSWER_PARTIAL).missing
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        draft = prepare(app, Kind.ANSWER_PARTIAL, boxes=Ticked(arguments=(Argument.PUBLIC_DATA,)))
        assert draft.missing == ()
        assert [page.captured_at.date() for page in draft.fields.pages] == [date(2026, 1, 21)]
        assert draft.fields.arguments == (Argument.PUBLIC_DATA,)


def test_done_is_answered_when_a_later_reading_still_shows_the_page(sent):
    replied(sent, date(2026, 1, 20), EventKind.ERASED_CLAIMED)
    with sent.on(date(2026, 1, 21)) as app:
        assert Kind.ANSWER_NOT_DONE not in proposed(app)
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        assert Kind.ANSWER_NOT_DONE in proposed(app)
        draft = prepare(app, Kind.ANSWER_NOT_DONE)
        assert draft.missing == ()
        assert [page.captured_at.date() for page in draft.fields.readings] == [date(2026, 1, 21)]


@pytest.mark.parametrize("event", [EventKind.PARTIAL, EventKind.ERASED_CLAIMED])
def test_no_letter_says_that_a_page_is_still_shown_which_a_later_reading_found_gone(sent, event):
    kind = {EventKind.PARTIAL: Kind.ANSWER_PARTIAL, EventKind.ERASED_CLAIMED: Kind.ANSWER_NOT_DONE}[event]
    replied(sent, date(2026, 1, 20), event)
    with sent.on(date(2026, 1, 21)) as app:
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        assert prepare(app, kind).missing == ()
    sent.site.remove("camille-exemple")
    try:
        with sent.on(date(2026, 1, 28)) as app:
            scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
            draft = prepare(app, kind)
            assert draft.missing, "nothing is known to be shown any more"
            assert draft.text == ""
            assert Kind.ANSWER_NOT_DONE not in proposed(app)
    finally:
        sent.site.restore("camille-exemple")
    with sent.on(date(2026, 2, 4)) as app:
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        assert prepare(app, kind).missing == (), "it came back"


def test_an_extension_in_time_with_its_reasons_is_not_disputed(sent):
    with sent.on(date(2026, 1, 20)) as app:
        clock.tick(app.store, today=app.today, at=app.now)
    replied(sent, date(2026, 1, 21), EventKind.EXTENSION_NOTIFIED, reasoned=True)
    with sent.on(date(2026, 1, 21)) as app:
        assert Kind.ANSWER_EXTENSION not in proposed(app)
        assert prepare(app, Kind.ANSWER_EXTENSION).missing


def test_an_agreement_found_after_sending_is_told_to_the_platform_and_the_task_is_done(sent):
    day = date(2026, 1, 20)
    with sent.on(day) as app:
        review.record(
            app.store, app.vault, app.store.case(CASE), EventKind.AGREEMENT_FOUND, day=day, today=day, at=app.now(),
            actor="A", proof=b"contrat",
        )  # fmt: skip
        assert proposed(app) == [Kind.WITHDRAWAL]
        assert app.store.status(CASE, day).to_withdraw
        approve(app, Kind.WITHDRAWAL)
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        now = app.store.status(CASE, day)
        assert not now.to_withdraw
        assert now.state is State.CLOSED
        assert proposed(app) == []


def test_no_reminder_is_approved_over_an_answer_that_nobody_has_read(sent):
    from listingguard.domain.record import ReplyRow

    day = date(2026, 2, 13)
    fresh(sent, day)
    with sent.on(day) as app:
        with app.store.tx("test"):
            app.store.add_reply(
                ReplyRow(app.vault.put(b"mail"), CASE, "thread", "dpo@reserve-kine.example", "Re", day), at=app.now()
            )
        assert any("inbox list" in line for line in prepare(app, Kind.REMINDER).missing)


def test_a_mandate_whose_pages_nobody_can_count_keeps_the_letter_back(ready):
    with ready.on(DAY) as app:
        who = app.store.case(CASE).practitioner
        damaged = app.vault.put(b"%PDF-1.7 coupe au milieu")
        ledger.add_mandate(
            app.store, Mandate(ledger.new_id(), who, "retrait", (), DAY, date(2028, 6, 1), damaged), today=DAY,
            at=app.now(), actor="A",
        )  # fmt: skip
        (line,) = prepare(app, Kind.REQUEST).missing
        assert line.startswith("un mandat qui s’ouvre : les pages de celui du")


def test_what_goes_with_a_letter_is_what_it_lists_whatever_was_signed_since(ready):
    from tests.edge.test_page_count import pdf

    with ready.on(DAY) as app:
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        who = app.store.case(CASE).practitioner
        listed = Mandate(ledger.new_id(), who, "retrait", (), DAY, date(2028, 6, 1), app.vault.put(pdf(3)))
        ledger.add_mandate(app.store, listed, **told)
        row = approve(app, channels=("lrar",))
        assert "Mandat du 12 janvier 2026 (3 pages)" in app.vault.get(row.text).decode().replace("\u00a0", " ")
        later = replace(listed, id=ledger.new_id(), until=date(2029, 1, 1), document=app.vault.put(pdf(5)))
        ledger.add_mandate(app.store, later, **told)
        channel.add_channel(
            app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), "email", today=DAY,
            at=app.now(), actor="A",
        )  # fmt: skip
        joined = [part.get_payload(decode=True) for part in message_of(app, CASE).iter_attachments()]
        assert joined == [app.vault.get(row.pdf), pdf(3)]


# -- one cover for several people --------------------------------------------------------------------------------------


@pytest.fixture
def two(ready):
    """A second practitioner of the council, with a case, their word and their mandate."""
    with ready.on(DAY) as app:
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        first = app.store.case(CASE)
        listing, capture = next((x, c) for x, c in app.store.listings() if x.id == "camille-exemple")
        other = replace(listing, id="sacha-modele", url=f"http://{HOST}/sacha", name="Sacha Modèle")
        seen = app.store.capture(capture)
        with app.store.tx("test"):
            app.store.add_capture(replace(seen, id="a" * 64, url=other.url), 1, [other.key])
            app.store.put_listing(other, app.store.capture("a" * 64))
            name = app.store.open_case(
                "DEMO", None, practitioner="99900000029", controller=first.controller, platform=HOST, day=DAY,
                at=app.now(), actor="A",
                data={"findings": [{"listing": other.key, "url": other.url, "capture": "a" * 64, "reasons": [],
                                    "verdict": "undetermined", "judged_by": "A"}]},
            )  # fmt: skip
        row = Mandate(ledger.new_id(), "99900000029", "retrait", (), DAY, date(2028, 1, 7), app.vault.put(paper("m")))
        case = app.store.case(name)
        review.record(
            app.store, app.vault, case, EventKind.LISTING_CONFIRMED_BY_KINE, day=DAY, proof=b"moi",
            data={"situation": ["Deux patients se sont présentés sans rendez-vous connu du cabinet."]}, **told,
        )  # fmt: skip
        ledger.add_mandate(app.store, row, **told)
    return ready, name


def covered(app, names, **more):
    return letters.approve_cover(
        app.store, app.vault, app.office(), app.controllers(), "reserve-kine", [app.store.case(n) for n in names],
        today=DAY, at=app.now(), actor="Élue", **more,
    )  # fmt: skip


def test_one_cover_is_the_request_of_each_of_its_cases_and_each_keeps_its_own_clock(two):
    council, other = two
    with council.on(DAY) as app:
        first, second = covered(app, [CASE, other], ticked={CASE: GROUNDS, other: GROUNDS})
        assert (first.id, second.id) == (f"{CASE}/cover/1", f"{other}/cover/1")
        assert (first.pdf, first.text) == (second.pdf, second.text)
        text = app.vault.get(first.text).decode()
        assert "Camille EXEMPLE" in text
        assert "Sacha MODÈLE" in text
        assert text.count("Deux patients") == 1
        told = {"at": app.now(), "actor": "A"}
        dispatch.settle(app.store, f"{first.id}/lrar", left=True, day=DAY, **told)
        assert app.store.status(CASE, DAY).state is State.SENT
        assert app.store.status(other, DAY).state is State.DRAFTED
        dispatch.settle(app.store, f"{second.id}/lrar", left=True, day=DAY, **told)
        assert app.store.status(other, DAY).state is State.SENT


def test_one_cover_is_one_envelope_and_its_one_receipt_speaks_for_each_of_its_cases(two):
    council, other = two
    with council.on(DAY) as app:
        first, second = covered(app, [CASE, other], ticked={CASE: GROUNDS, other: GROUNDS})
        (envelope,), held = dispatch.postings(app.store, today=DAY)
        assert (envelope.reference, held) == (f"{CASE}, {other}", ())
        told = {"day": DAY, "today": DAY, "at": app.now(), "actor": "A"}
        for kind in (ProofType.DEPOSITED, ProofType.SIGNED):
            done = service.prove(app.store, app.vault, envelope.row, kind, kind.value.encode(), **told)
            assert [p.proof.dispatch for p in done] == [f"{first.id}/lrar", f"{second.id}/lrar"]
        assert [app.store.status(name, DAY).clock.receipt for name in (CASE, other)] == [DAY, DAY]


def test_a_cover_leaves_by_post_and_by_one_email_for_each_of_its_cases_with_its_number_on_each(two):
    council, other = two
    with council.on(DAY) as app:
        rows = covered(
            app, [CASE, other], ticked={CASE: GROUNDS, other: GROUNDS}, channels=("lrar", "email"),
            number="RR 473 124 829 FR",
        )  # fmt: skip
        assert [app.store.registered_number(f"{row.id}/lrar") for row in rows] == ["RR473124829FR"] * 2
        (envelope,), _ = dispatch.postings(app.store, today=DAY)
        assert (envelope.number, len(envelope.rows)) == ("RR473124829FR", 2)
        assert [s.state for s in send(app)] == [DispatchState.QUEUED] * 2, "not before the letter is printed"
        dispatch.printed(app.store, (envelope,), today=DAY, at=app.now(), actor="A")
        assert [(s.case, s.state) for s in send(app)] == [(CASE, DispatchState.SENT), (other, DispatchState.SENT)]
        mails = [message_of(app, name) for name in (CASE, other)]
        for name, mail in zip((CASE, other), mails, strict=True):
            text = mail.get_body().get_content().replace("\u00a0", " ")
            assert mail["Subject"].startswith(f"[{name}] Demande d’opposition")
            assert f"porte sur la seule demande {name}." in text
            assert "n° RR 473 124 829 FR" in text
            assert rows[0].pdf in text
            # The letter, and the mandate of its own person alone.
            assert len([*mail.iter_attachments()]) == 2
        assert mails[0]["Message-ID"] != mails[1]["Message-ID"]
        # Each keeps its own clock: what proves one receipt by e-mail says nothing of the other.
        told = {"day": DAY, "today": DAY, "at": app.now(), "actor": "A"}
        mine = next(d for d in app.store.dispatches(CASE) if d.channel == "email")
        service.prove(app.store, app.vault, mine, ProofType.AUTOMATIC_ACK, b"recu", **told)
        assert app.store.status(CASE, DAY).state is State.RUNNING
        assert app.store.status(other, DAY).state is State.SENT


def test_the_number_read_on_the_slip_of_a_cover_is_kept_on_each_of_its_cases(two):
    council, other = two
    with council.on(DAY) as app:
        with pytest.raises(Refused, match="clé"):
            covered(app, [CASE, other], ticked={CASE: GROUNDS, other: GROUNDS}, number="1A 123 456 7890 1")
        rows = covered(app, [CASE, other], ticked={CASE: GROUNDS, other: GROUNDS})
        for name in (other, CASE, other):
            channel.add_channel(
                app.store, app.vault, app.office(), app.controllers(), app.store.case(name), "lrar",
                number="RR 473 124 829 FR", today=DAY, at=app.now(), actor="A",
            )  # fmt: skip
        assert [app.store.registered_number(f"{row.id}/lrar") for row in rows] == ["RR473124829FR"] * 2


def test_a_cover_names_who_receives_a_copy_and_lacks_what_its_line_lacks(two):
    council, other = two
    with council.on(DAY) as app:
        ticks = {CASE: GROUNDS, other: GROUNDS}
        with pytest.raises(Refused) as refused:
            covered(app, [CASE, other], ticked=ticks, copies=("Mme Durand, ma patiente",))
        assert any("sans nommer personne" in line for line in refused.value.missing)
        first, _ = covered(app, [CASE, other], ticked=ticks, copies=("Conseil national de l’Ordre",))
        assert "\n– Conseil national de l’Ordre\n" in app.vault.get(first.text).decode().partition("Copie")[2]


def test_the_copy_of_a_sent_email_of_a_cover_proves_that_of_its_own_case(two):
    council, other = two
    with council.on(DAY) as app:
        covered(app, [CASE, other], ticked={CASE: GROUNDS, other: GROUNDS}, channels=("email",))
        raw = app.vault.get(next(d for d in app.store.dispatches(other)).message)
        copy = re.sub(rb"(?mi)^Message-ID:[^\n]*\n(?: [^\n]*\n)*", b"Message-ID: <x@outlook.example>\n", raw)
        sent = dispatch.proven_sent(app.store, app.vault, copy, today=DAY, at=app.now(), actor="A")
        assert (sent.case, sent.state) == (other, DispatchState.SENT)
        assert app.store.status(CASE, DAY).state is State.DRAFTED


def test_in_a_cover_too_each_fact_is_ticked(two):
    council, other = two
    with council.on(DAY) as app:
        (own,) = [r.code for r in prepare_of(app, other).reasons if r.code.startswith("own")]
        first, second = covered(
            app, [CASE, other], ticked={CASE: GROUNDS, other: GROUNDS}, facts={CASE: ("bookings",), other: (own,)}
        )
        text = app.vault.get(first.text).decode()
        assert "n’y a été créée" not in text
        assert "Deux patients" in text
        assert [f["code"] for f in app.store.facts(second.case)[-1].data["facts"]] == [own]


def prepare_of(app, name):
    return letters.prepare(app.store, app.office(), app.controllers(), app.store.case(name), today=app.today)


def message_of(app, name):
    (row,) = [d for d in app.store.dispatches(name) if d.channel == "email"]
    return email.message_from_bytes(app.vault.get(row.message), policy=email.policy.default)


def test_a_cover_lacks_what_one_of_its_requests_lacks_and_then_approves_none(two):
    council, other = two
    with council.on(DAY) as app:
        with pytest.raises(Refused) as refused:
            covered(app, [CASE, other], ticked={CASE: GROUNDS, other: ()})
        assert any(line.startswith(f"{other} : ") for line in refused.value.missing)
        assert app.store.letters(CASE) == app.store.letters(other) == ()
        with pytest.raises(Refused):
            covered(app, [CASE], ticked={CASE: GROUNDS})


# -- where each sentence comes from ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "other"), [(FIRST, "Page consultée le 5 janvier 2026"), (DAY, "Valence, le 12 janvier 2026")]
)
def test_what_bears_one_day_is_traced_to_its_own_row_and_the_number_of_the_letter_to_who_entered_it(
    ready, since, other
):  # fmt: skip
    with ready.on(DAY) as app:
        # The mandate is of the very day on which the page was read, or the letter is written.
        mandate = app.store.mandates("99900000011")[-1]
        longest = replace(mandate, id="m-du-jour", since=since, until=mandate.until + timedelta(days=30))
        app.store.put_mandate(longest, at=app.now(), actor="A")
        approve(app, channels=("lrar", "email"), number="RR 473 124 829 FR")
        told = letters.explain(app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), today=DAY)

    def origins(words: str) -> tuple[str, ...]:
        (found,) = [t.origins for t in told if words in t.sentence.replace("\u00a0", " ")]
        return found

    assert origins("n° RR 473 124 829 FR") == ("numéro du recommandé, entré par Élue le 12 janvier 2026",)
    assert "mandat signé" in origins(f"donné à titre gratuit le {french_day(since)}")
    assert "mandat signé" in origins(f"mandat écrit du {french_day(since)}")
    assert origins(other)
    assert "mandat signé" not in origins(other)
    assert "jour du courrier" not in origins(f"donné à titre gratuit le {french_day(since)}")


def test_every_sentence_of_the_approved_request_says_where_it_comes_from(ready):
    with ready.on(DAY) as app:
        row = approve(app, ticked=(*GROUNDS, "no_basis"), facts=("no_agreement",))
        told = letters.explain(app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), today=DAY)
        text = app.vault.get(row.text).decode()
    words = re.sub(r"\W", "", text.replace("–", "").replace("- ", ""))
    assert re.sub(r"\W", "", "".join(t.sentence for t in told)) == words, "nothing is left out"
    by = {t.sentence: t for t in told}
    (fact,) = [t for t in told if "n’y a été créée" in t.sentence]
    assert any("événement n° 2" in origin and "coché par Élue" in origin for origin in fact.origins)
    (right,) = [
        t
        for t in told
        if "à introduire une réclamation" in t.sentence
        or "introduire une\u00a0réclamation" in t.sentence
        or "introduire une réclamation" in t.sentence
    ]
    assert "77" in right.cites
    assert by["Madame, Monsieur,"].wording
    pages = [t for t in told if f"http://{HOST}" in t.sentence]
    assert pages
    assert all(any("capture" in o for o in t.origins) for t in pages)
    assert not [t for t in told if re.search(r"\d{2} \w+ 2026", t.sentence) and t.wording]
