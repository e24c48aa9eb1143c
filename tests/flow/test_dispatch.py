"""The request: approved by a person, sent once, and never when something changed in between."""

import email
import email.policy
import socketserver
import threading
from contextlib import contextmanager
from datetime import date, timedelta
from email.utils import format_datetime

import pytest

from listingguard.demo_world import HOST
from listingguard.domain.case import EventKind, State
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy
from listingguard.domain.record import DispatchState
from listingguard.edge.mail import Mailer, SmtpSettings
from listingguard.errors import BadInput, Refused
from listingguard.flow import clock, dispatch, inbox, ledger, platform, review
from listingguard.flow import letter as letters

DAY = date(2026, 1, 12)
GROUNDS = ("objection", "erasure_after_objection")


def approve(app, ticked=GROUNDS, day=DAY):
    (case,) = app.store.cases()
    return letters.approve(
        app.store,
        app.vault,
        app.office(),
        app.controllers(),
        case,
        ticked=ticked,
        today=day,
        at=app.now(),
        actor="Élue",
    )


def send(app, day=DAY, mailer="home"):
    return dispatch.send_due(
        app.store, app.vault, app.mailer() if mailer == "home" else mailer, app.office(), app.home / "outbox", today=day,
        at=app.now, actor="A",
    )  # fmt: skip


def state(app, day=DAY):
    (case,) = app.store.cases()
    return app.store.status(case.id, day).state


def test_the_request_leaves_once_however_often_it_is_sent(ready):
    with ready.on(DAY) as app:
        first, again = approve(app), approve(app)
        assert first == again
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        assert send(app) == ()
        assert state(app) is State.SENT
        message = app.vault.get(app.store.dispatches()[0].message)
    assert len(ready.sink.messages) == 1
    assert ready.sink.messages[0].rstrip() == message.rstrip()


def test_what_leaves_is_the_pdf_that_was_approved(ready):
    with ready.on(DAY) as app:
        letter = approve(app)
        send(app)
        sent = email.message_from_bytes(ready.sink.messages[0], policy=email.policy.default)
        pdf = next(p.get_content() for p in sent.iter_attachments() if p.get_content_type() == "application/pdf")
        assert pdf == app.vault.get(letter.pdf)
        assert sent["To"] == "dpo@reserve-kine.example"
        assert "DEMO-2026-0001" in sent["Subject"]


@pytest.mark.parametrize("ticked", [(), ("information",), ("objection",), ("invented", *GROUNDS)])
def test_grounds_that_cannot_carry_a_request_are_refused_and_nothing_is_written(ready, ticked):
    with ready.on(DAY) as app:
        with pytest.raises(Refused):
            approve(app, ticked)
        assert app.store.letters("DEMO-2026-0001") == ()
        assert app.store.dispatches() == ()


def test_contacts_verified_too_long_ago_stop_the_letter(ready):
    late = DAY + timedelta(days=400)
    with ready.on(late) as app, pytest.raises(Refused) as refused:
        approve(app, day=late)
    assert any("controller verify" in line for line in refused.value.missing)


def test_a_held_case_keeps_its_approved_letter(ready):
    with ready.on(DAY) as app:
        approve(app)
        (case,) = app.store.cases()
        told = {"day": DAY, "today": DAY, "at": app.now(), "actor": "A"}
        review.record(app.store, app.vault, case, EventKind.HOLD, data={"reason": "à relire"}, **told)
        assert [s.state for s in send(app)] == [DispatchState.QUEUED]
        assert ready.sink.messages == []
        review.record(app.store, app.vault, case, EventKind.RELEASE, **told)
        assert [s.state for s in send(app)] == [DispatchState.SENT]


def test_a_server_that_falls_after_the_final_dot_leaves_an_unknown_and_gets_nothing_twice(ready, monkeypatch):
    async def cut(server, session, envelope):
        ready.sink.messages.append(envelope.original_content)
        server.transport.abort()
        return "250 2.0.0 Ok"

    monkeypatch.setattr(ready.sink, "handle_DATA", cut)
    for day in (DAY, DAY + timedelta(days=1)):
        with ready.on(day) as app:
            if day == DAY:
                approve(app)
            send(app)
            (row,) = app.store.dispatches()
            assert row.state is DispatchState.UNKNOWN
            kinds = [fact.kind for fact in app.store.facts(row.case)]
            assert (kinds.count(EventKind.DISPATCH_UNKNOWN), EventKind.REQUEST_SENT in kinds) == (1, False)
    assert len(ready.sink.messages) == 1


def test_an_agreement_found_after_approval_stops_the_letter(ready):
    with ready.on(DAY) as app:
        approve(app)
        row = Authorisation(ledger.new_id(), "99900000011", HOST, Agreement.AGREED, GivenBy.PRACTITIONER, DAY)
        ledger.add_authorisation(app.store, row, today=DAY, at=app.now(), actor="A")
        assert [s.state for s in send(app)] == [DispatchState.QUEUED]
    assert ready.sink.messages == []


def test_a_revoked_mandate_stops_the_letter(ready):
    with ready.on(DAY) as app:
        approve(app)
        (mandate,) = app.store.mandates()
        ledger.revoke_mandate(app.store, mandate.id, today=DAY, at=app.now(), actor="A")
        assert [s.state for s in send(app)] == [DispatchState.QUEUED]
    assert ready.sink.messages == []


class _Refuses(socketserver.StreamRequestHandler):
    """A mail server that answers 550 to every recipient."""

    def handle(self):
        self.wfile.write(b"220 refus.example\r\n")
        for line in self.rfile:
            verb = line[:4].upper()
            answers = {b"RCPT": b"550 5.1.1 inconnu", b"QUIT": b"221 au revoir"}
            self.wfile.write(answers.get(verb, b"250 ok") + b"\r\n")
            if verb == b"QUIT":
                return


@contextmanager
def refusing_server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_refused_address_is_corrected_approved_again_and_the_first_letter_never_leaves(ready):
    with ready.on(DAY) as app:
        approve(app)
        with refusing_server() as port:
            mailer = Mailer(SmtpSettings("127.0.0.1", port, "none", "", ""), now=app.now)
            assert [s.state for s in send(app, mailer=mailer)] == [DispatchState.FAILED]
        assert state(app) is State.DRAFTED
        (case,) = app.store.cases()
        changes = {"email": "vie-privee@reserve-kine.example", "verified_on": DAY.isoformat()}
        platform.set_controller(app.store, case.controller, changes, today=DAY, at=app.now(), actor="A")
        assert approve(app).sequence == 2
        assert [s.state for s in send(app)] == [DispatchState.SENT]
        assert state(app) is State.SENT
    (message,) = ready.sink.messages
    assert b"vie-privee@reserve-kine.example" in message


def test_a_bounce_voids_the_clock_and_asks_for_a_new_approval(ready):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
    later = DAY + timedelta(days=8)
    with ready.on(later) as app:
        clock.tick(app.store, today=later, at=app.now)
        assert state(app, later) is State.RUNNING
        (case,) = app.store.cases()
        review.record(
            app.store, app.vault, case, EventKind.BOUNCED, day=DAY + timedelta(days=1), today=later, at=app.now(),
            actor="A", proof=b"From: mailer-daemon\n\n550",
        )  # fmt: skip
        assert state(app, later) is State.DRAFTED
        assert app.store.status(case.id, later).clock is None
        assert approve(app, day=later).sequence == 2
        assert [s.state for s in send(app, later)] == [DispatchState.SENT]
    assert len(ready.sink.messages) == 2


def mailed_by_hand(app, day=DAY, recipient="dpo@reserve-kine.example"):
    """Return the message as a mail program sends our draft: new Message-ID, same PDF."""
    row = app.store.dispatches()[0]
    message = email.message_from_bytes(app.vault.get(row.message), policy=email.policy.default)
    message.replace_header("Message-ID", "<autre@outlook.example>")
    message.replace_header("To", recipient)
    message.replace_header("Date", format_datetime(app.now().replace(year=day.year, month=day.month, day=day.day)))
    return message.as_bytes()


def test_without_a_mail_server_a_person_sends_the_draft_and_its_copy_proves_it(ready):
    with ready.on(DAY) as app:
        approve(app)
        (draft,) = send(app, mailer=None)
        assert draft.path.read_bytes().startswith(b"X-Unsent: 1")
        assert state(app) is State.DRAFTED
        assert send(app, mailer=None) == ()
    later = DAY + timedelta(days=1)
    with ready.on(later) as app:
        told = {"today": later, "at": app.now(), "actor": "A"}
        with pytest.raises(BadInput, match="n’a pas été envoyé à"):
            dispatch.proven_sent(app.store, app.vault, mailed_by_hand(app, recipient="x@ailleurs.example"), **told)
        copy = mailed_by_hand(app)
        assert dispatch.proven_sent(app.store, app.vault, copy, **told).state is DispatchState.SENT
        dispatch.proven_sent(app.store, app.vault, copy, **told)
        (case,) = app.store.cases()
        assert app.store.status(case.id, later).sent_on == DAY
        assert [f.kind for f in app.store.facts(case.id)].count(EventKind.REQUEST_SENT) == 1


def reply(app, **headers):
    row = app.store.dispatches()[0]
    lines = {"From": "DPO <dpo@reserve-kine.example>", "Subject": "Votre demande", "In-Reply-To": row.message_id}
    lines |= {"Date": "Tue, 20 Jan 2026 10:00:00 +0100"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return ("".join(f"{k}: {v}\r\n" for k, v in lines.items() if v) + "\r\nNous refusons.\r\n").encode()


def test_replies_are_filed_by_thread_and_a_stranger_who_quotes_the_reference_waits(ready):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
    day = date(2026, 1, 21)
    with ready.on(day) as app:
        (case,) = app.store.cases()
        told = {"name": "a.eml", "today": day, "at": app.now()}
        filed = inbox.file_message(app.store, app.vault, app.mailroom(), reply(app), **told)
        assert (filed.case, filed.route) == (case.id, "thread")
        assert inbox.file_message(app.store, app.vault, app.mailroom(), reply(app), **told) == filed
        (row,) = inbox.unread(app.store, case.id)
        assert row.day == date(2026, 1, 20)
        stranger = reply(app, In_Reply_To="", Subject=f"Re: {case.id}", From="x@inconnu.example")
        assert inbox.file_message(app.store, app.vault, app.mailroom(), stranger, **told).case == ""
        (held,) = app.store.quarantined()
        sha = held.sha256
        assert case.id in held.reason
        # A person may say that it belongs to the case after all.
        by = {"today": day, "at": app.now(), "actor": "Dominique"}
        assert inbox.file_by_hand(app.store, app.vault, app.mailroom(), sha[:12], case, **by).case == case.id
        assert app.store.audit()[-1] == ("Dominique", "quarantine_left", f"{sha} → {case.id}")
        assert app.store.quarantined() == ()
        own = reply(app, In_Reply_To="", Subject=f"Re: {case.id}")
        assert inbox.file_message(app.store, app.vault, app.mailroom(), own, **told).route == "reference"
        # A person says what it is; until then the case has not moved.
        assert state(app, day) is State.SENT
        review.record(
            app.store, app.vault, case, EventKind.REFUSAL, day=row.day, today=day, at=app.now(), actor="A",
            proof=app.vault.get(row.sha256),
        )  # fmt: skip
        assert state(app, day) is State.REFUSED
        assert row not in inbox.unread(app.store, case.id)


def test_what_is_not_a_mail_is_refused_in_one_sentence(council):
    with council.on(DAY) as app:
        for raw in (b"", b"\x00\x01\x02", b"bonjour"):
            with pytest.raises(BadInput, match="n’est pas un courriel"):
                inbox.file_message(app.store, app.vault, app.mailroom(), raw, name="x", today=DAY, at=app.now())
