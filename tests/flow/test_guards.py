"""What keeps a request here: whoever says no, and whatever is unsure, stops it before the approval and after it."""

import email
import email.policy
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest

from listingguard.demo_world import HOST, BookingSite, MailSink
from listingguard.domain.case import EventKind, findings_of
from listingguard.domain.finding import Word
from listingguard.domain.practitioner import Mandate, Status, Watch
from listingguard.domain.question import Said
from listingguard.domain.record import DispatchState
from listingguard.flow import dispatch, ledger, platform, review
from listingguard.flow import letter as letters

DAY = date(2026, 1, 12)
CAMILLE, NOA = "99900000011", "99900000037"
SCAN = b"\xff\xd8\xff\xe0" + b"mandat signe, en image"


@pytest.fixture(scope="module")
def approved(tmp_path_factory, found):
    """A council whose only request is approved and waits to be sent."""
    with BookingSite() as site, MailSink() as sink:
        council = found(tmp_path_factory.mktemp("garde") / "conseil", site, sink)
        council.detect()
        council.confirm(date(2026, 1, 7))
        council.may_approve(DAY)
        with council.on(DAY) as app:
            (case,) = app.store.cases()
            row = Mandate(ledger.new_id(), CAMILLE, "retrait", (), DAY, date(2028, 1, 7), app.vault.put(SCAN))
            told = {"today": DAY, "at": app.now(), "actor": "A"}
            ledger.add_mandate(app.store, row, **told)
            platform.set_controller(app.store, case.controller, {"verified_on": DAY.isoformat()}, **told)
            letters.approve(
                app.store, app.vault, app.office(), app.controllers(), case,
                ticked=("objection", "erasure_after_objection"), **told,
            )  # fmt: skip
        yield council


@pytest.fixture
def home(approved, tmp_path):
    """The same, in a home of this test alone."""
    approved.sink.messages.clear()
    return approved.copy(tmp_path / "conseil")


@contextmanager
def case_of(home):
    with home.on(DAY) as app:
        yield app, app.store.cases()[0]


def missing(app, case):
    return letters.prepare(app.store, app.office(), app.controllers(), case, today=DAY).missing


def send(app):
    return dispatch.send_due(
        app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=DAY, at=app.now, actor="A",
    )  # fmt: skip


def opposed(app, case):
    watch = Watch(CAMILLE, False, date(2025, 12, 15), "courriel", DAY)
    ledger.set_watch(app.store, watch, today=DAY, at=app.now(), actor="A")


def left_alone(app, case):
    ledger.leave_alone(app.store, CAMILLE, HOST, left=True, today=DAY, at=app.now(), actor="A")


def becomes(status):
    def change(app, case):
        person = replace(app.store.practitioner(CAMILLE), status=status, status_on=DAY)
        with app.store.tx("test"):
            app.store.put_practitioner(person, source="test", day=DAY, at=app.now())

    return change


def answers(said):
    def change(app, case):
        told = {"day": DAY, "today": DAY, "at": app.now(), "actor": "A", "proof": said.value.encode()}
        review.answer(app.store, app.vault, case, said, **told)

    return change


def another_page(app, case):
    other = next(listing for listing, _ in app.store.listings() if listing.key != listing_of(app, case))
    found = {"listing": other.key, "url": other.url, "capture": "", "reasons": [], "verdict": "", "judged_by": "A"}
    app.store.add_event(
        case.id, EventKind.FINDING_ADDED, key=other.key, day=DAY, at=app.now(), actor="A", data={"findings": [found]}
    )


def listing_of(app, case):
    return str(findings_of(app.store.facts(case.id))[0]["listing"])


def judged(*words):
    def change(app, case):
        for word, actor, blind in words:
            with app.store.tx("test"):
                app.store.add_judgement(
                    listing_of(app, case), CAMILLE, "f", word, day=DAY, at=app.now(), actor=actor, blind=blind
                )

    return change


def second_case(app, case):
    found = [dict(f) for f in findings_of(app.store.facts(case.id))]
    app.store.open_case(
        "DEMO", None, practitioner=CAMILLE, controller="autre", platform=HOST, day=DAY, at=app.now(), actor="A",
        data={"findings": found},
    )  # fmt: skip


STOPS = [
    (opposed, "s’est opposée le 12 janvier 2026"),
    (left_alone, f"rien ne soit cherché d’elle sur {HOST}"),
    (becomes(Status.DECEASED), "« décès »"),
    (becomes(Status.STRUCK_OFF), "« hors tableau (radiation) »"),
    (answers(Said.TALK), "je souhaite en parler"),
    (answers(Said.CLAIMED), "j’ai autrefois ouvert"),
    (answers(Said.PRACTICE), "mon cabinet"),
    (another_page, "s’est ajoutée après la parole du praticien"),
    (judged((Word.OTHER, "B", False)), "est jugée « autre personne »"),
    (judged((Word.UNKNOWN, "B", False)), "est jugée « je ne sais pas »"),
    (judged((Word.SAME, "A", False), (Word.OTHER, "B", True)), "deux personnes ne disent pas la même chose"),
    (second_case, "DEMO-2026-0002 porte déjà sur la page"),
]


@pytest.mark.parametrize(("change", "said"), STOPS, ids=range(len(STOPS)))
def test_neither_approved_nor_sent_and_the_sentence_says_why(home, change, said):
    with case_of(home) as (app, case):
        assert missing(app, case) == ()
        change(app, case)
        assert [m for m in missing(app, case) if said in m and "listingguard" in m]
        (kept,) = send(app)
        assert kept.state is DispatchState.QUEUED
        assert said in kept.text
    assert home.sink.messages == []


@pytest.mark.parametrize(
    "change",
    [
        becomes(Status.RETIRED),
        lambda app, case: (another_page(app, case), answers(Said.NOT_AGREED)(app, case)),
        lambda app, case: (answers(Said.TALK)(app, case), answers(Said.NOT_AGREED)(app, case)),
        judged((Word.SAME, "A", False), (Word.OTHER, "B", True), (Word.SAME, "A", False)),
    ],
    ids=["retired", "asked about the page", "talked", "settled"],
)
def test_what_is_settled_again_lets_the_letter_go(home, change):
    with case_of(home) as (app, case):
        change(app, case)
        assert missing(app, case) == ()
        assert [s.state for s in send(app)] == [DispatchState.SENT]


def test_a_reason_that_was_given_twice_is_pleaded_once(home):
    why = "Des patients pensent prendre rendez-vous au cabinet."
    with case_of(home) as (app, case):
        for proof in (b"un", b"deux"):
            review.answer(
                app.store, app.vault, case, Said.NOT_AGREED, situation=(why,), proof=proof, day=DAY, today=DAY,
                at=app.now(), actor="A",
            )  # fmt: skip
        fields = letters.prepare(app.store, app.office(), app.controllers(), case, today=DAY).fields
    assert sum(why in each for each in fields.situation) == 1


def test_a_mandate_that_was_photographed_leaves_as_a_picture(home):
    with case_of(home) as (app, _):
        message = email.message_from_bytes(
            app.vault.get(app.store.dispatches()[0].message), policy=email.policy.default
        )
    files = {part.get_filename(): part for part in message.iter_attachments()}
    assert files["mandat.jpg"].get_content_type() == "image/jpeg"
    assert files["mandat.jpg"].get_content() == SCAN
