"""A letter's way: one number one letter, a proof for each step, nothing leaves that the home or the case holds back."""

import csv
import email
import email.policy
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pypdf import PdfReader

from listingguard.app import read_tracking
from listingguard.demo_world import HOST
from listingguard.domain.case import EventKind, State
from listingguard.domain.deadline import Basis
from listingguard.domain.record import DispatchState
from listingguard.domain.service import ProofType, Tracked, bounce_address, found_token
from listingguard.errors import BadInput, Refused
from listingguard.flow import channel, clock, dispatch, review, scan, service
from listingguard.flow import letter as letters

DAY = date(2026, 1, 12)
CASE = "DEMO-2026-0001"
GROUNDS = ("objection", "erasure_after_objection")
NUMBER = "RR 473 124 829 FR"
P = ProofType


def configure(council, **keys):
    with (council.home / "config.toml").open("a", encoding="utf-8") as file:
        file.writelines(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())


def approve(app, day=DAY, **how):
    return letters.approve(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), ticked=GROUNDS, today=day,
        at=app.now(), actor="A", **how,
    )  # fmt: skip


def send(app, day=DAY):
    return dispatch.send_due(
        app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=day, at=app.now, actor="A"
    )


def row_of(app, name):
    return service.dispatch_of(app.store, CASE, name)


def prove(app, name, kind, day, raw=b"un document", today=None):
    return service.add_proof(
        app.store, app.vault, row_of(app, name), kind, raw, day=day, today=today or app.today, at=app.now(), actor="A"
    )


def status(app):
    return app.store.status(CASE, app.today)


def also(app, by, **how):
    return channel.add_channel(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), by, today=app.today, at=app.now(),
        actor="A", **how,
    )  # fmt: skip


# -- e-mail ----------------------------------------------------------------------------------------------------------------


def test_each_letter_has_its_own_address_for_answers_kept_before_it_leaves(ready):
    configure(ready, recipient_delimiter="+")
    with ready.on(DAY) as app:
        approve(app)
        token = app.store.token_of(f"{CASE}/request/1/email")
        assert app.store.dispatch_of_token(token.upper()) == row_of(app, "email")
        send(app)
        kept = app.vault.get(row_of(app, "email").message)
    (message,) = ready.sink.messages
    sent = email.message_from_bytes(message, policy=email.policy.default)
    assert sent["Reply-To"] == f"secretariat+{token}@conseil.example"
    assert sent["From"].addresses[0].addr_spec == "secretariat@conseil.example"
    # A letter that a person approved is no automatic message and comes from no list.
    assert not [name for name in sent if name.lower().startswith(("list-", "auto-submitted", "precedence"))]
    assert message.rstrip() == kept.rstrip()
    assert found_token(bounce_address("secretariat@conseil.example", token, "+")) == (token, True)


def test_a_provider_not_known_for_it_gets_no_token_in_its_addresses(ready):
    with ready.on(DAY) as app:
        approve(app)
        assert app.store.token_of(f"{CASE}/request/1/email") == ""
        send(app)
    (message,) = ready.sink.messages
    assert b"Reply-To" not in message
    assert CASE.encode() in message


def test_a_bounce_of_the_sent_letter_is_kept_voids_its_clock_and_asks_for_an_address(ready):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
        assert status(app).clock.basis is Basis.PRESUMED
        delayed = prove(app, "email", P.DSN_DELAYED, DAY, b"Action: delayed")
        assert (delayed.event, status(app).state) == (None, State.SENT)
        done = prove(app, "email", P.DSN_FAILED, DAY, b"Action: failed")
        assert done.event is EventKind.BOUNCED
        now = status(app)
        assert (now.state, now.clock, now.undelivered) == (State.DRAFTED, None, True)
        assert [a.code for a in clock.actions_of(app.store, CASE, now, DAY)][:1] == ["approve"]


def test_the_same_document_twice_adds_nothing_and_its_bytes_stay_in_the_vault(ready):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
    later = DAY + timedelta(days=2)
    with ready.on(later) as app:
        first = prove(app, "email", P.DSN_DELIVERED, DAY, b"Action: delivered")
        before = len(app.store.facts(CASE))
        again = prove(app, "email", P.DSN_DELIVERED, DAY, b"Action: delivered")
        assert (first.fresh, again.fresh, len(app.store.facts(CASE))) == (True, False, before)
        assert app.vault.get(first.proof.file) == b"Action: delivered"
        assert [p.id for p in app.store.proofs(CASE)] == [first.proof.id]
        assert (status(app).clock.receipt, status(app).clock.basis) == (DAY, Basis.PROVEN)
        facts = [f for f in app.store.facts(CASE) if f.kind is EventKind.RECEIVED]
        assert [f.proof for f in facts] == [first.proof.file]


def test_a_doubtful_sending_that_a_report_tells_of_is_settled_by_it(ready):
    with ready.on(DAY) as app:
        approve(app)
        row = row_of(app, "email")
        with app.store.tx("test"):
            app.store.set_dispatch(row.id, DispatchState.SENDING, response="", at=app.now())
        assert [s.state for s in send(app)] == [DispatchState.UNKNOWN]
    with ready.on(DAY + timedelta(days=1)) as app:
        prove(app, "email", P.DSN_DELIVERED, app.today, b"Action: delivered")
        assert row_of(app, "email").state is DispatchState.SENT
        assert (status(app).sent_on, status(app).clock.receipt) == (DAY, DAY + timedelta(days=1))
    assert ready.sink.messages == []


@pytest.mark.parametrize(
    ("kind", "day", "words"),
    [
        (P.SIGNED, DAY, "ne prouve rien d’un envoi par « courriel »"),
        (P.DSN_DELIVERED, DAY - timedelta(days=1), "précède"),
        (P.DSN_DELIVERED, DAY + timedelta(days=1), "pas encore arrivé"),
    ],
)
def test_a_document_that_cannot_be_about_this_sending_is_refused_and_not_kept(ready, kind, day, words):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
        with pytest.raises(BadInput, match=words):
            prove(app, "email", kind, day)
        assert app.store.proofs() == ()


def test_what_happens_to_a_letter_that_did_not_leave_is_not_recorded(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar",))
        with pytest.raises(Refused, match="pas noté comme parti"):
            prove(app, "lrar", P.SIGNED, DAY)
        assert app.store.proofs() == ()


# -- registered post -------------------------------------------------------------------------------------------------------


def test_the_number_is_printed_on_the_letter_and_quoted_by_the_email_beside_it_with_the_hash(ready):
    with ready.on(DAY) as app:
        letter = approve(app, channels=("lrar", "email"), number=NUMBER)
        assert NUMBER in app.vault.get(letter.text).decode().replace("\u00a0", " ")
        message = email.message_from_bytes(app.vault.get(row_of(app, "email").message), policy=email.policy.default)
        text = message.get_body().get_content()
        assert f"n° {NUMBER}" in text
        assert letter.pdf in text
        assert app.store.posted_under("RR473124829FR") == (row_of(app, "lrar"),)


def test_one_number_is_one_letter(ready):
    with ready.on(DAY) as app:
        letter = approve(app, channels=("lrar",), number=NUMBER)
        with pytest.raises(Refused, match="figé"):
            approve(app, channels=("lrar",), number="1A 123 456 7890 1")
        assert approve(app, channels=("lrar",), number=NUMBER) == letter
        other = replace(row_of(app, "lrar"), id="autre")
        with pytest.raises(Exception, match="one envelope"), app.store.tx("test"):
            app.store.add_registered_number("RR473124829FR", other, at=app.now(), actor="A")


def test_the_email_beside_a_registered_letter_leaves_the_day_it_is_laid_out_and_not_before(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar", "email"), number=NUMBER)
        (kept,) = send(app)
        assert (kept.state, "recommandé" in kept.text) == (DispatchState.QUEUED, True)
        assert ready.sink.messages == []
        ready_to_post, held = dispatch.postings(app.store, today=DAY)
        assert ([p.number for p in ready_to_post], held) == (["RR473124829FR"], ())
        for _ in range(2):
            dispatch.printed(app.store, ready_to_post, today=DAY, at=app.now(), actor="A")
        assert [s.state for s in send(app)] == [DispatchState.SENT]
    assert len(ready.sink.messages) == 1


def test_the_email_leaves_even_where_the_letter_was_posted_first(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar", "email"), number=NUMBER)
        prove(app, "lrar", P.DEPOSITED, DAY)
        assert status(app).state is State.SENT
        assert [s.state for s in send(app)] == [DispatchState.SENT]


def test_a_batch_is_a_folder_of_pdfs_with_a_list_that_computes_nothing(ready):
    with ready.on(DAY) as app:
        letter = approve(app, channels=("lrar",), number=NUMBER)
        postings, _ = dispatch.postings(app.store, today=DAY)
        hostile = replace(postings[0].row, recipient='=HYPERLINK("http://x")')
        postings = (*postings, dispatch.Posting((hostile,), ""))
        folder = app.export_postings(postings)
        assert app.export_postings(postings) == folder
        names = sorted(p.name for p in folder.iterdir())
        assert names == [f"{n:02d}-{CASE}-request-1-lrar.pdf" for n in (1, 2)] + ["bordereau.csv"]
        assert (folder / names[0]).read_bytes() == app.vault.get(letter.pdf)
        rows = list(csv.reader((folder / "bordereau.csv").open(encoding="utf-8-sig"), delimiter=";"))
    assert rows[1][1:3] == [NUMBER, CASE]
    assert rows[2][1:4] == ["", CASE, '\'=HYPERLINK("http://x")']


def test_receipt_is_the_hand_over_and_neither_the_deposit_nor_the_presentation(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar",), number=NUMBER)
    with ready.on(DAY + timedelta(days=9)) as app:
        deposited = prove(app, "lrar", P.DEPOSITED, DAY, b"depot")
        prove(app, "lrar", P.PRESENTED, DAY + timedelta(days=2), b"avis")
        assert (deposited.event, status(app).clock, status(app).sent_on) == (None, None, DAY)
        done = prove(app, "lrar", P.SIGNED, DAY + timedelta(days=5), b"AR")
        assert done.event is EventKind.RECEIVED
        assert status(app).clock.receipt == DAY + timedelta(days=5)


def test_a_letter_that_came_back_leaves_by_email_at_once(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar",), number=NUMBER)
        prove(app, "lrar", P.DEPOSITED, DAY, b"depot")
    with ready.on(DAY + timedelta(days=20)) as app:
        prove(app, "lrar", P.UNCLAIMED, app.today, b"retour")
        assert (status(app).state, status(app).clock) == (State.SENT, None)
        assert clock.actions_of(app.store, CASE, status(app), app.today)[0].code == "email_at_once"
        first, again = also(app, "email"), also(app, "email")
        assert first == again
        assert [s.state for s in send(app, app.today)] == [DispatchState.SENT]
        assert (status(app).sent_on, status(app).clock.receipt) == (DAY, app.today)
        assert "email_at_once" not in [a.code for a in clock.actions_of(app.store, CASE, status(app), app.today)]
        with pytest.raises(Refused, match="une fois de plus"):
            also(app, "email")
    assert len(ready.sink.messages) == 1


# -- form, by hand ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "kind"), [("form", P.FORM_CONFIRMATION), ("hand", P.BY_HAND)])
def test_a_request_pasted_or_carried_is_sent_and_received_by_its_one_document(ready, by, kind):
    with ready.on(DAY) as app:
        letter = approve(app, channels=())
        row = also(app, by)
        assert row.state is DispatchState.DRAFT
        if by == "form":
            pasted = channel.form(app.store, app.vault, app.controllers(), row)
            text = app.vault.get(letter.text).decode().replace("\u202f", "\u00a0").strip()
            begin, envelope, rest = text.split("\n\n", 2)
            assert "A LA PROTECTION DES DONNEES" in envelope
            assert pasted.parts == (f"{begin}\n\n{rest}",)
        done = prove(app, by, kind, DAY)
        assert done.event is EventKind.RECEIVED
        assert (status(app).state, status(app).clock.receipt) == (State.RUNNING, DAY)


# -- what holds letters back -------------------------------------------------------------------------------------------------


def test_a_pause_keeps_every_letter_until_it_is_lifted_and_is_a_fact(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("email", "lrar"))
        dispatch.pause(app.store, "vérification des adresses", today=DAY, at=app.now(), actor="A")
        (kept,) = send(app)
        assert "vérification des adresses" in kept.text
        assert dispatch.postings(app.store, today=DAY)[0] == ()
        assert ready.sink.messages == []
        dispatch.resume(app.store, today=DAY, at=app.now(), actor="A")
        dispatch.resume(app.store, today=DAY, at=app.now(), actor="A")
        kinds = [e.kind for e in app.store.events("home") if e.kind.startswith("sending_")]
        assert kinds == ["sending_paused", "sending_resumed"]
        assert [s.state for s in send(app)] == [DispatchState.SENT]


def test_no_more_letters_than_the_home_allows_reach_one_controller_in_a_day(ready):
    configure(ready, per_controller_per_day=1)
    with ready.on(DAY) as app:
        approve(app)
        (first,) = dispatch.waiting(app.store, today=DAY, per_day=1)
        assert first.why == ""
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        assert app.store.left_to(app.store.case(CASE).controller, DAY) == 1
        prove(app, "email", P.DSN_FAILED, DAY, b"Action: failed")
        approve(app)
        (kept,) = send(app)
        assert (kept.state, "par jour" in kept.text or "ce jour" in kept.text) == (DispatchState.QUEUED, True)
    tomorrow = DAY + timedelta(days=1)
    with ready.on(tomorrow) as app:
        assert [s.state for s in send(app, tomorrow)] == [DispatchState.SENT]
    assert len(ready.sink.messages) == 2


def test_a_trial_reaches_one_address_once_and_the_case_knows_nothing(ready):
    configure(ready, only_to="essai@conseil.example")
    with ready.on(DAY) as app:
        approve(app)
        before = app.store.facts(CASE)
        first, again = send(app), send(app)
        assert [s.state for s in (*first, *again)] == [DispatchState.QUEUED] * 2
        assert app.store.facts(CASE) == before
        assert row_of(app, "email").state is DispatchState.QUEUED
    (message,) = ready.sink.messages
    sent = email.message_from_bytes(message, policy=email.policy.default)
    assert (sent["To"], sent["Subject"].startswith("[ESSAI")) == ("essai@conseil.example", True)


def test_a_held_case_lets_nothing_leave_by_any_channel(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("email", "lrar"))
        told = {"day": DAY, "today": DAY, "at": app.now(), "actor": "A"}
        review.record(app.store, app.vault, app.store.case(CASE), EventKind.HOLD, data={"reason": "à relire"}, **told)
        assert [s.state for s in send(app)] == [DispatchState.QUEUED]
        ready_to_post, held = dispatch.postings(app.store, today=DAY)
        assert (ready_to_post, len(held)) == ((), 1)
        for by in ("form", "hand"):
            with pytest.raises(Refused) as refused:
                also(app, by)
            assert any("retenu" in line for line in refused.value.missing)
        assert all(w.why for w in dispatch.waiting(app.store, today=DAY))
    assert ready.sink.messages == []


def test_the_dry_look_says_what_would_leave_and_writes_nothing(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("email", "lrar"))
        before = app.store.dispatches(), app.store.facts(CASE)
        assert [(w.row.channel, w.why) for w in dispatch.waiting(app.store, today=DAY)] == [("email", ""), ("lrar", "")]
        assert (app.store.dispatches(), app.store.facts(CASE)) == before


# -- a carrier's file ------------------------------------------------------------------------------------------------------

TRACKING = (
    "Export du 30/01/2026\n"
    "N° de suivi;Date de dépôt;Date du statut;Statut;Destinataire\n"
    '"=""RR473124829FR""";12/01/2026;14/01/2026;Présenté, avisé;Réserve Kiné\n'
    "RR 473 124 829 FR;12/01/2026;16/01/2026 10:12;Distribué;Réserve Kiné\n"
    "1A 999 999 9999 9;12/01/2026;16/01/2026;Distribué;Un autre\n"
    "RR473124829FR;12/01/2026;17/01/2026;=cmd|' /C calc'!A0;Réserve Kiné\n"
    "RR473124829FR;12/01/2026;bientôt;Distribué;Réserve Kiné\n"
)


def test_a_carriers_file_proves_each_row_by_its_number_once_and_names_what_it_does_not_know(ready):
    rows = read_tracking(TRACKING.encode("cp1252"), "suivi.csv")
    assert [(r.line, r.day) for r in rows][:2] == [(3, date(2026, 1, 14)), (4, date(2026, 1, 16))]
    with ready.on(DAY) as app:
        approve(app, channels=("lrar",), number=NUMBER)
        prove(app, "lrar", P.DEPOSITED, DAY, b"depot")
    with ready.on(DAY + timedelta(days=18)) as app:
        told = {"today": app.today, "at": app.now(), "actor": "A"}
        dry = service.import_tracking(app.store, app.vault, rows, dry_run=True, **told)
        assert len(app.store.proofs(CASE)) == 1
        done = service.import_tracking(app.store, app.vault, rows, **told)
        assert [(r.kind, r.fresh) for r in done] == [(r.kind, r.fresh) for r in dry]
        assert [(r.kind, r.fresh) for r in done] == [
            (P.PRESENTED, True), (P.HANDED_OVER, True), (None, False), (None, False), (P.HANDED_OVER, False),
        ]  # fmt: skip
        assert "aucun courrier" in done[2].text
        assert "n’est pas compris" in done[3].text
        assert "date" in done[4].text
        assert status(app).clock.receipt == date(2026, 1, 16)
        facts = len(app.store.facts(CASE))
        again = service.import_tracking(app.store, app.vault, rows, **told)
        assert (not any(r.fresh for r in again), len(app.store.facts(CASE))) == (True, facts)
        # What is kept of one case shows no other's row.
        kept = [app.vault.get(p.file).decode() for p in app.store.proofs(CASE) if p.type is P.HANDED_OVER]
        assert len(kept) == 1
        assert "Un autre" not in kept[0]


def test_a_hand_over_before_the_departure_is_no_proof(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar",), number=NUMBER)
        prove(app, "lrar", P.DEPOSITED, DAY, b"depot")
        row = Tracked(2, NUMBER, "Distribué", DAY - timedelta(days=3), b"ligne")
        (done,) = service.import_tracking(app.store, app.vault, [row], today=DAY, at=app.now(), actor="A")
        assert (done.fresh, "précède" in done.text) == (False, True)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04zip", b"a;b\n1;2\n", b"numero;statut\n1;2\n", b'numero;statut;date\n"1;2\n']
)
def test_a_file_that_is_no_such_table_is_refused_with_what_it_lacks(content):
    with pytest.raises(BadInput, match=r"suivi\.csv"):
        read_tracking(content, "suivi.csv")


class Recorder:
    """A mailer that keeps the envelopes it is given."""

    def __init__(self, **manner):
        from listingguard.edge.mail import Manner

        self.manner, self.envelopes = Manner(**manner), []

    def send(self, message, *, sender, recipient, fallback=""):
        from listingguard.edge.mail import SendResult

        self.envelopes.append((sender, recipient, fallback))
        return SendResult(datetime(2026, 1, 12, 9, tzinfo=UTC), "essai", "250 ok")


def test_what_cannot_be_delivered_comes_back_under_the_token_of_its_own_letter(ready):
    configure(ready, recipient_delimiter="+")
    with ready.on(DAY) as app:
        approve(app)
        recorder = Recorder(delimiter="+")
        dispatch.send_due(
            app.store, app.vault, recorder, app.office(), app.home / "outbox", today=DAY, at=app.now, actor="A"
        )
        ((sender, recipient, fallback),) = recorder.envelopes
        token, bounce = found_token(sender)
        assert (app.store.dispatch_of_token(token).id, bounce) == (f"{CASE}/request/1/email", True)
        assert (recipient, fallback) == ("dpo@reserve-kine.example", "secretariat@conseil.example")


def test_a_request_withdrawn_before_it_leaves_never_leaves(ready):
    with ready.on(DAY) as app:
        letter = approve(app, channels=("email", "lrar"))
        letters.withdraw(app.store, letter.id, "adresse fausse", today=DAY, at=app.now(), actor="A")
        assert send(app) == ()
        assert dispatch.postings(app.store, today=DAY) == ((), ())
        assert dispatch.waiting(app.store, today=DAY) == ()
        with pytest.raises(Refused):
            also(app, "form")
        with pytest.raises(Refused, match="retiré"):
            dispatch.settle(app.store, row_of(app, "email").id, left=True, day=DAY, at=app.now(), actor="A")
    assert ready.sink.messages == []


def test_a_letter_posted_without_a_printed_number_takes_the_one_of_its_slip(ready):
    with ready.on(DAY) as app:
        letter = approve(app, channels=("lrar",))
        row = also(app, "lrar", number=NUMBER)
        assert (row.id, app.store.registered_number(row.id)) == (f"{letter.id}/lrar", "RR473124829FR")
        assert also(app, "lrar", number=NUMBER) == row
        with pytest.raises(BadInput, match="porte déjà"):
            also(app, "lrar", number="1A 123 456 7890 1")


SECOND = "RR 000 000 005 FR"


def came_back(app, why=P.NOT_AT_ADDRESS, **how):
    """A letter approved, posted, and returned the same day."""
    letter = approve(app, channels=("lrar",), **how)
    prove(app, "lrar", P.DEPOSITED, DAY, b"depot")
    prove(app, "lrar", why, DAY, b"retour")
    return letter


def on_paper(app, row):
    pages = PdfReader(io.BytesIO(app.vault.get(row.message))).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u202f", " ").replace("\u00a0", " ")


def test_a_letter_posted_a_second_time_bears_the_number_of_that_sending_and_its_words_stand(ready):
    with ready.on(DAY) as app:
        letter = came_back(app, number=NUMBER)
        with pytest.raises(Refused, match="propre numéro"):
            also(app, "lrar")
        with pytest.raises(BadInput, match="déjà celui"):
            also(app, "lrar", number=NUMBER)
        with pytest.raises(Refused, match="clé"):
            also(app, "lrar", number="RR 000 000 006 FR")
        row = also(app, "lrar", number=SECOND)
        assert also(app, "lrar", number=SECOND) == row
        first = service.dispatch_of(app.store, CASE, f"{letter.id}/lrar")
        assert [app.store.registered_number(each.id) for each in (first, row)] == ["RR473124829FR", "RR000000005FR"]
        assert (first.message, row.message == letter.pdf) == (letter.pdf, False)
        one, two = on_paper(app, first), on_paper(app, row)
        assert NUMBER in one
        assert NUMBER not in two
        assert one.replace(NUMBER, SECOND) == two, "nothing else differs"
        (posting,), _ = dispatch.postings(app.store, today=DAY)
        assert (posting.number, posting.row) == ("RR000000005FR", row)
        folder = app.export_postings((posting,))
        assert SECOND.replace(" ", "") in (folder / "bordereau.csv").read_text("utf-8-sig").replace(
            "\u00a0", ""
        ).replace(" ", "")
        copy = app.vault.get(row.message)
        assert [file.read_bytes() == copy for file in folder.glob("*.pdf")] == [True]


def test_a_carriers_file_finds_each_sending_of_one_letter_by_its_own_number(ready):
    with ready.on(DAY) as app:
        letter = came_back(app, number=NUMBER)
        row = also(app, "lrar", number=SECOND)
        table = f"numero;statut;date\n{NUMBER};Pli distribué;2026-01-12\n{SECOND};Pli déposé;2026-01-12\n".encode()
        rows = service.import_tracking(
            app.store, app.vault, read_tracking(table, "suivi.csv"), today=DAY, at=app.now(), actor="A", dry_run=True
        )
        assert [each.dispatch for each in rows] == [f"{letter.id}/lrar", row.id]


def test_a_qualified_electronic_letter_after_a_returned_one_bears_no_number_of_the_post(ready):
    with ready.on(DAY) as app:
        letter = came_back(app, P.UNCLAIMED, number=NUMBER)
        row = also(app, "lre")
        assert app.store.registered_number(row.id) == ""
        assert "Lettre recommandée" not in on_paper(app, row)
        assert also(app, "lre", number=SECOND) == row
        assert app.store.registered_number(row.id) == "RR000000005FR"
        assert app.store.registered_number(f"{letter.id}/lrar") == "RR473124829FR"


def test_the_email_after_a_second_sending_quotes_its_number_and_says_what_differs(ready):
    with ready.on(DAY) as app:
        letter = came_back(app, number=NUMBER)
        also(app, "lrar", number=SECOND)
        row = also(app, "email")
        message = email.message_from_bytes(app.vault.get(row.message), policy=email.policy.default)
        text = message.get_body().get_content().replace("\u00a0", " ")
        assert f"lettre recommandée, n° {SECOND}." in text
        assert f"au seul numéro de recommandé près (empreinte SHA-256 : {letter.pdf})" in text


def test_a_letter_given_up_at_the_post_is_posted_later_under_the_number_it_bears(ready):
    with ready.on(DAY) as app:
        letter = approve(app, channels=("lrar",), number=NUMBER)
        dispatch.settle(app.store, f"{letter.id}/lrar", left=False, day=DAY, at=app.now(), actor="A")
        row = also(app, "lrar")
        assert (row.message, app.store.registered_number(row.id)) == (letter.pdf, "RR473124829FR")


def test_a_copy_under_another_number_is_approved_by_whoever_may_approve(ready):
    with ready.on(DAY) as app:
        came_back(app, number=NUMBER)
        with pytest.raises(Refused) as refused:
            channel.add_channel(
                app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), "lrar", number=SECOND,
                today=DAY, at=app.now(), actor="Une secrétaire",
            )  # fmt: skip
        assert "un élu habilité ce jour" in refused.value.missing[0]
        row = also(app, "lrar", number=SECOND)
        assert app.store.logged("registered_copy_approved", row.id)


def test_a_reminders_receipt_moves_nothing_of_the_requests_clock(ready):
    from listingguard.domain.letter import Kind

    with ready.on(DAY) as app:
        approve(app)
        send(app)
    late = DAY + timedelta(days=40)
    ready.may_approve(late, "A")
    with ready.on(late) as app:
        clock.tick(app.store, today=late, at=app.now)
        scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
        before = status(app).clock
        reminder = letters.approve(
            app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), kind=Kind.REMINDER, today=late,
            at=app.now(), actor="A",
        )  # fmt: skip
        assert [s.state for s in send(app, late)] == [DispatchState.SENT]
        done = prove(app, f"{reminder.id}/email", P.DSN_DELIVERED, late)
        assert (done.event, done.fresh, status(app).clock) == (None, True, before)
        kinds = [f.kind for f in app.store.facts(CASE)]
        assert (kinds.count(EventKind.REQUEST_SENT), kinds.count(EventKind.LETTER_SENT)) == (1, 1)
    assert len(ready.sink.messages) == 2


def test_the_copy_of_a_letter_taken_back_then_approved_as_it_was_proves_the_one_that_stands(ready):
    with ready.on(DAY) as app:
        first = approve(app)
        copy = app.vault.get(row_of(app, f"{first.id}/email").message)
        letters.withdraw(app.store, first.id, "relire", today=DAY, at=app.now(), actor="A")
        told = {"today": DAY, "at": app.now(), "actor": "A"}
        with pytest.raises(Refused, match="retiré"):
            dispatch.proven_sent(app.store, app.vault, copy, **told)
        second = approve(app)
        assert second.pdf == first.pdf
        message = email.message_from_bytes(copy, policy=email.policy.default)
        message.replace_header("Message-ID", "<une-autre@messagerie.example>")
        done = dispatch.proven_sent(app.store, app.vault, message.as_bytes(), **told)
        assert (done.dispatch, done.state) == (f"{second.id}/email", DispatchState.SENT)
        assert [(p.dispatch, p.type) for p in app.store.proofs(CASE)] == [(done.dispatch, P.SENT_COPY)]


def test_a_registered_draft_may_be_given_up_and_the_letter_leaves_by_another_channel(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar",), number=NUMBER)
        name = f"{CASE}/request/1/lrar"
        told = [dispatch.settle(app.store, name, left=False, day=DAY, at=app.now(), actor="A") for _ in range(2)]
        assert [t.state for t in told] == [DispatchState.WITHDRAWN] * 2
        assert f"send {CASE} --channel email" in told[0].text
        assert (dispatch.waiting(app.store, today=DAY), dispatch.postings(app.store, today=DAY)) == ((), ((), ()))
        also(app, "email")
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        assert status(app).state is State.SENT
    # What was never posted is not announced.
    assert NUMBER not in str(ready.sink.messages[0])


def test_what_an_email_that_waits_announces_is_not_given_up_alone(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("email", "lrar"), number=NUMBER)
        with pytest.raises(Refused, match="l’un ne part pas sans l’autre"):
            dispatch.settle(app.store, f"{CASE}/request/1/lrar", left=False, day=DAY, at=app.now(), actor="A")


def test_the_question_of_the_platform_is_answered_and_never_recorded_as_a_refusal(ready):
    def codes(app):
        return [a.code for a in clock.actions_of(app.store, CASE, status(app), app.today)]

    with ready.on(DAY) as app:
        approve(app, channels=("lrar",), number=NUMBER)
        prove(app, "lrar", P.DEPOSITED, DAY, b"depot")
        prove(app, "lrar", P.SIGNED, DAY, b"AR")
    with ready.on(DAY + timedelta(days=5)) as app:

        def note(kind, proof):
            return review.record(
                app.store, app.vault, app.store.case(CASE), kind, day=app.today, today=app.today, at=app.now(),
                actor="A", proof=proof,
            )  # fmt: skip

        note(EventKind.PRECISION_ASKED, b"quelle page ?")
        assert codes(app) == ["reply"]
        with pytest.raises(Refused, match="ce qui le prouve"):
            note(EventKind.LETTER_SENT, None)
        note(EventKind.LETTER_SENT, b"la page est celle-ci")
        assert codes(app) == ["wait"]
        assert status(app).clock.receipt == DAY
    with ready.on(DAY + timedelta(days=60)) as app:
        assert "qualify" in codes(app)


def test_the_question_emailed_to_the_practitioner_is_no_copy_of_the_request(ready):
    with ready.on(DAY) as app:
        approve(app, channels=("lrar",), number=NUMBER)
        prove(app, "lrar", P.DEPOSITED, DAY, b"depot")
    with ready.on(DAY + timedelta(days=20)) as app:
        prove(app, "lrar", P.UNCLAIMED, app.today, b"retour")
        (letter,) = app.store.letters(CASE)
        asked = replace(letter, id=f"{CASE}/question/1", kind="question")
        (row,) = app.store.dispatches(CASE)
        with app.store.tx("test"):
            app.store.add_letter(asked, at=app.now())
            sent = replace(row, id=f"{asked.id}/email", letter=asked.id, channel="email", message_id="<q@x.example>")
            app.store.add_dispatch(sent, at=app.now())
        assert [case for case, _ in clock.came_back(app.store, app.today)] == [CASE]
        also(app, "email")
        assert [s.state for s in send(app, app.today)] == [DispatchState.SENT]
        assert clock.came_back(app.store, app.today) == ()
