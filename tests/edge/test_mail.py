"""A message leaves once, byte for byte, or we know exactly how far we are from knowing."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.service import found_token
from listingguard.edge.mail import Mailer, Manner, SmtpSettings, access_token, as_sent, build_message, draft, new_token
from listingguard.errors import BadConfig, BadInput, SendUnknown, Undelivered, Unreachable

SENDER, RECIPIENT = "lettres@conseil.example", "dpo@rdv-soins.example"
AT = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
PDF = b"%PDF-1.7\r\n\x00\xff\n.\r\n..\n" + bytes(range(256)) * 40


def letter(**changes: Any) -> EmailMessage:
    fields: dict[str, Any] = {
        "sender_name": "Conseil départemental de l’Hérault, service « données »",
        "sender": SENDER,
        "recipient": RECIPIENT,
        "subject": "Demande d’effacement (articles 17 et 21 du RGPD) : Camille Exemple, dossier K34-2026-0042",
        "text": "Madame, Monsieur,\n\nVeuillez effacer la fiche.\n.\n..point\nFrom ici\n\nCamille Exemple\n",
        "attachments": [("Pièce n° 1 — demande d’effacement.pdf", PDF, "application/pdf")],
        "message_id": "<k34-2026-0042.1@conseil.example>",
        "date": AT,
        "headers": {"Reply-To": "lettres+abcdefgh23456789@conseil.example"},
    }
    return build_message(**(fields | changes))


def parsed(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


def written_from(data: bytes) -> tuple[str, str]:
    """Return the sender's name and address, read by RFC 2047 alone.

    The default policy's parser puts a space between two encoded words of a name, against RFC 2047, part 6.2.
    """
    name, address = parseaddr(email.message_from_bytes(data)["From"])
    return str(make_header(decode_header(name))), address


def mailer(port: int, context: ssl.SSLContext | None = None, **settings: Any) -> Mailer:
    given: dict[str, Any] = {"security": "none", "timeout_s": 5.0, "final_timeout_s": 5.0} | settings
    return Mailer(SmtpSettings("localhost", port, **given), now=lambda: AT, context=context)


def send(port: int, message: EmailMessage | bytes | None = None, **settings: Any) -> Any:
    return mailer(port, **settings).send(message or letter(), sender=SENDER, recipient=RECIPIENT)


class Desk:
    """A server's hooks: keeps what arrives, answers what it is told to."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.envelopes: list[Envelope] = []

    async def handle_MAIL(self, _s: Server, _n: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(self, _s: Server, _n: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, _s: Server, _n: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return self.answers.get("data", "250 2.0.0 Ok: queued as 4bX9")


@contextlib.contextmanager
def server(desk: Desk, **options: Any) -> Iterator[int]:
    controller = Controller(desk, hostname="127.0.0.1", port=0, **options)
    # aiosmtpd cannot say which port the system chose, so one is chosen for it.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        controller.port = listener.getsockname()[1]
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextlib.contextmanager
def script(*turns: str | None, features: tuple[str, ...] = ()) -> Iterator[tuple[int, list[bytes]]]:
    """A server that says one turn after each thing it hears (None: hangs up); yields its port and what it heard.

    The first turn is the greeting; DATA's text up to its final dot counts as one thing.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        client, _ = listener.accept()
        with client, client.makefile("rb") as lines:
            for turn in turns:
                if turn is None:
                    return
                client.sendall(turn.encode() + b"\r\n")
                if turn.startswith("354"):
                    text = b""
                    while not text.endswith(b"\r\n.\r\n") and (line := lines.readline()):
                        text += line
                    heard.append(text)
                else:
                    heard.append(lines.readline())
            if heard[-1].strip().lower() == b"quit":
                return
            # Silence, until the other side has enough of it.
            lines.readline()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1], heard
    listener.close()
    thread.join(5)


HELLO = ("220 smtp.example", "250 smtp.example")
OPEN = (*HELLO, "250 ok", "250 ok", "354 go on")


# --- sent


REREAD = email.message_from_bytes(as_sent(letter()), policy=email.policy.SMTP)


@pytest.mark.parametrize("message", [letter(), as_sent(letter()), REREAD], ids=["made", "kept as bytes", "read again"])
def test_an_accepted_message_arrives_byte_for_byte_with_the_server_s_answer(message: EmailMessage | bytes) -> None:
    desk = Desk()
    with server(desk) as port:
        result = send(port, message)
    (envelope,) = desk.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, [RECIPIENT])
    assert envelope.original_content == as_sent(letter())
    assert (result.accepted_at, result.server) == (AT, f"localhost:{port}")
    assert result.response == "250 2.0.0 Ok: queued as 4bX9"


def test_lines_that_begin_with_a_dot_arrive_whole_and_end_nothing() -> None:
    with script(*OPEN, "250 queued") as (port, heard):
        send(port, letter(attachments=[]))
    wire = heard[4]
    assert wire.count(b"\r\n.\r\n") == 1
    assert wire.replace(b"\r\n..", b"\r\n.").removesuffix(b".\r\n") == as_sent(letter(attachments=[]))
    assert parsed(wire.replace(b"\r\n..", b"\r\n.")).get_content().startswith("Madame, Monsieur,")


def test_proofs_of_delivery_are_asked_for_where_the_server_offers_them() -> None:
    with script(HELLO[0], "250-smtp.example\r\n250-SIZE 1000000\r\n250 DSN", *OPEN[2:], "250 queued") as (port, heard):
        send(port)
    assert heard[0].lower().startswith(b"ehlo ")
    verb, _, options = heard[1].decode().rstrip().partition(">")
    assert verb.lower() == f"mail from:<{SENDER}"
    assert options == f" SIZE={len(as_sent(letter()))} RET=HDRS ENVID=k34-2026-0042.1@conseil.example"
    verb, _, options = heard[2].decode().rstrip().partition(">")
    assert verb.lower() == f"rcpt to:<{RECIPIENT}"
    assert options == " NOTIFY=SUCCESS,FAILURE,DELAY"


def test_no_option_is_sent_to_a_server_that_offers_none() -> None:
    with script(*OPEN, "250 queued") as (port, heard):
        send(port)
    assert [line.decode().rstrip().partition(">")[2] for line in heard[1:3]] == ["", ""]


VERP = "lettres+b.abcdefgh23456789@conseil.example"


def test_the_envelope_says_which_letter_came_back_and_the_header_stays_the_senders() -> None:
    desk = Desk()
    with server(desk) as port:
        mailer(port).send(letter(), sender=VERP, recipient=RECIPIENT, fallback=SENDER)
    (envelope,) = desk.envelopes
    assert envelope.mail_from == VERP
    assert written_from(envelope.original_content or b"")[1] == SENDER


@pytest.mark.parametrize("refused", ["mail", "rcpt"])
def test_a_server_that_knows_only_the_bare_address_gets_the_letter_under_it_once(refused: str) -> None:
    no = "553 5.7.1 Sender address rejected: not owned by user"
    turns = [no, "250 reset"] if refused == "mail" else ["250 ok", no, "250 reset"]
    with script(*HELLO, *turns, "250 ok", "250 ok", "354 go on", "250 queued") as (port, heard):
        mailer(port).send(letter(), sender=VERP, recipient=RECIPIENT, fallback=SENDER)
    senders = [line.decode().strip().lower() for line in heard if line.lower().startswith(b"mail")]
    assert senders == [f"mail from:<{VERP}>", f"mail from:<{SENDER}>"]
    assert sum(b"DATA" in line.upper().split() for line in heard) == 1


def test_a_line_cut_after_the_final_dot_tries_no_other_sender() -> None:
    with script(*OPEN, None) as (port, heard), pytest.raises(SendUnknown):
        mailer(port).send(letter(), sender=VERP, recipient=RECIPIENT, fallback=SENDER)
    # smtplib writes the word FROM in capitals or not, by its version.
    said = [line.decode().strip().lower() for line in heard if line.lower().startswith(b"mail")]
    assert said == [f"mail from:<{VERP}>"]


def test_a_recipient_nobody_knows_is_refused_under_either_sender() -> None:
    with server(Desk(rcpt="550 5.1.1 unknown")) as port, pytest.raises(Undelivered, match="550"):
        mailer(port).send(letter(), sender=VERP, recipient=RECIPIENT, fallback=SENDER)


def test_a_trial_reaches_its_one_address_marked_and_no_answer_to_it_can_join_a_case() -> None:
    desk = Desk()
    with server(desk) as port:
        trial = Mailer(
            SmtpSettings("localhost", port, "none", timeout_s=5.0, final_timeout_s=5.0), now=lambda: AT,
            manner=Manner(delimiter="+", only_to="essai@conseil.example"),
        )  # fmt: skip
        trial.send(
            letter(headers={"Reply-To": VERP, "Cc": RECIPIENT}), sender=VERP, recipient=RECIPIENT, fallback=SENDER
        )
    (envelope,) = desk.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["essai@conseil.example"])
    message = parsed(envelope.original_content or b"")
    assert message["To"] == "essai@conseil.example"
    assert message["Subject"].startswith(f"[ESSAI, destiné à {RECIPIENT}] Demande d’effacement")
    assert message["Message-ID"] != letter()["Message-ID"]
    assert not message["Reply-To"]
    assert not message["Cc"]
    (part,) = message.iter_attachments()
    assert part.get_payload(decode=True) == PDF


def test_a_server_that_keeps_silent_on_leaving_changes_nothing() -> None:
    with script(*OPEN, "250 queued", None) as (port, _):
        assert send(port).response == "250 queued"


# --- refused, and nothing left


@pytest.mark.parametrize("where", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(("code", "error"), [("550", Undelivered), ("451", Unreachable)])
def test_a_refusal_says_that_nothing_left_and_why(where: str, code: str, error: type[Exception]) -> None:
    with (
        server(Desk(**{where: f"{code} 5.1.1 boîte inconnue".encode("ascii", "ignore").decode()})) as port,
        pytest.raises(error, match=f"n’est pas parti par le serveur d’envoi localhost:{port}.*{code} 5.1.1 bote"),
    ):
        send(port)


@pytest.mark.parametrize(
    ("turns", "error"),
    [
        (("554 no mail here",), Undelivered),
        (("421 too busy",), Unreachable),
        (("HTTP/1.1 400 Bad Request",), Undelivered),
        ((None,), Unreachable),
        ((HELLO[0], None), Unreachable),
        ((*HELLO, None), Unreachable),
        ((*HELLO, "250 ok", None), Unreachable),
        ((*HELLO, "250 ok", "250 ok", None), Unreachable),
        ((*HELLO, "250 ok", "250 ok", "451 later"), Unreachable),
        ((*HELLO, "250 ok", "250 ok", "554 never"), Undelivered),
        ((*HELLO, "250 ok", "250 ok", "250 what?"), Undelivered),
    ],
)
def test_whatever_breaks_before_the_text_is_sent_left_nothing(
    turns: tuple[str | None, ...], error: type[Exception]
) -> None:
    with script(*turns) as (port, heard), pytest.raises(error, match="n’est pas parti"):
        send(port, timeout_s=0.5)
    assert not any(b"Veuillez" in line for line in heard)


def test_a_line_that_breaks_in_mid_text_left_nothing() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            for turn in OPEN:
                client.sendall(turn.encode() + b"\r\n")
                client.recv(1000)
            # Closing with unread bytes resets the line while the other side still writes.

    threading.Thread(target=serve, daemon=True).start()
    big = letter(attachments=[("gros.bin", bytes(30 << 20), "application/octet-stream")])
    with pytest.raises(Unreachable, match="s’est coupée"):
        send(listener.getsockname()[1], big)
    listener.close()


def test_nobody_listening_left_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="il n’écoute pas sur ce port"):
        send(port)


# --- nobody knows


@pytest.mark.parametrize("turns", [(None,), ("HTTP/1.1 200",), ("399 odd",), ("250-" + "x" * 9000,), ()])
def test_a_line_that_breaks_after_the_final_dot_leaves_a_doubt(turns: tuple[str | None, ...]) -> None:
    with (
        script(*OPEN, *turns) as (port, heard),
        pytest.raises(SendUnknown, match=r"<k34-2026-0042\.1@conseil\.example>.*nul ne sait"),
    ):
        send(port, final_timeout_s=0.5)
    assert heard[4].endswith(b"\r\n.\r\n")


class Cut(Desk):
    """A real server that takes the whole letter and falls before it says so."""

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        said = await super().handle_DATA(server, session, envelope)
        assert server.transport is not None
        server.transport.abort()
        return said


def test_a_real_server_that_falls_after_the_final_dot_leaves_a_doubt_and_holds_one_letter() -> None:
    desk = Cut()
    with server(desk) as port, pytest.raises(SendUnknown, match="nul ne sait"):
        mailer(port).send(letter(), sender=VERP, recipient=RECIPIENT, fallback=SENDER)
    (held,) = desk.envelopes
    assert (held.mail_from, held.rcpt_tos) == (VERP, [RECIPIENT])


# --- encryption and login


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts of a server called localhost and of a client that trusts it."""
    ours, theirs = ssl.create_default_context(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.configure_trust(ours)
    authority.issue_cert("localhost").configure_cert(theirs)
    return theirs, ours


def check(_s: Server, _n: Session, _e: Envelope, _m: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data == LoginPassword(b"lettres", b"secret"), handled=False)


def test_a_login_goes_through_starttls(authority: trustme.CA) -> None:
    theirs, ours = tls(authority)
    desk = Desk()
    with server(desk, tls_context=theirs, authenticator=check, auth_required=True) as port:
        send(port, security="starttls", context=ours, username="lettres", password="secret")
        with pytest.raises(Unreachable, match="535"):
            send(port, security="starttls", context=ours, username="lettres", password="faux")
    assert len(desk.envelopes) == 1


class ByToken:
    """A server that takes an access token (XOAUTH2) and nothing else; says what it heard."""

    def __init__(self, good: bytes) -> None:
        self.good, self.heard = good, list[bytes]()

    async def auth_XOAUTH2(self, server: Server, args: list[str]) -> Any:
        self.heard.append(base64.b64decode(args[1]))
        if self.heard[-1] == self.good:
            return AuthResult(success=True)
        # A refusal is a challenge first, that the client answers with nothing.
        await server.push("334 " + base64.b64encode(b'{"status":"401"}').decode())
        self.heard.append(await server._reader.readline())
        await server.push("535 5.7.3 Authentication unsuccessful")
        return AuthResult(success=False, handled=True)


class TokenDesk(Desk, ByToken):
    """Both: what aiosmtpd asks of one object."""

    def __init__(self, good: bytes) -> None:
        Desk.__init__(self)
        ByToken.__init__(self, good)


def test_an_access_token_is_asked_for_at_each_sending_and_a_stale_one_leaves_the_letter_waiting(
    authority: trustme.CA, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    theirs, ours = tls(authority)
    desk = TokenDesk(b"user=lettres\x01auth=Bearer frais\x01\x01")
    file = tmp_path / "jeton"

    def once(port: int) -> None:
        send(port, security="starttls", context=ours, username="lettres", token=lambda: access_token(str(file), []))

    with server(desk, tls_context=theirs, auth_required=True, auth_exclude_mechanism=["LOGIN", "PLAIN"]) as port:
        file.write_text("frais\n", encoding="ascii")
        once(port)
        file.write_text("perime\n", encoding="ascii")
        with pytest.raises(Unreachable, match="il refuse l’identification") as refused:
            once(port)
    assert desk.heard == [desk.good, b"user=lettres\x01auth=Bearer perime\x01\x01", b"\r\n"]
    assert len(desk.envelopes) == 1
    shown = str(refused.value) + repr(SmtpSettings("h", 25, token=lambda: "perime")) + "".join(capfd.readouterr())
    assert "perime" not in shown


def test_a_token_comes_from_a_file_or_a_command_and_its_absence_never_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "jeton"
    file.write_text("abc.def\n", encoding="ascii")
    assert access_token(str(file), []) == "abc.def"
    assert access_token("", [sys.executable, "-c", "print('du-jour')"]) == "du-jour"
    wrong = (
        [str(tmp_path / "absent")],
        [sys.executable, "-c", "print('secret'); raise SystemExit(1)"],
        [sys.executable, "-c", ""],
    )
    for command in wrong:
        with pytest.raises(Unreachable) as error:
            access_token("", command)
        assert "secret" not in str(error.value)
    with pytest.raises(Unreachable):
        access_token(str(tmp_path / "absent"), [])


def test_a_server_without_tokens_gets_none(authority: trustme.CA) -> None:
    theirs, ours = tls(authority)
    desk = Desk()
    with (
        server(desk, tls_context=theirs, authenticator=check) as port,
        pytest.raises(Undelivered, match="identification"),
    ):
        send(port, security="starttls", context=ours, username="lettres", token=lambda: "jeton")
    assert not desk.envelopes


def test_tokens_of_addresses_are_long_and_never_twice() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(found_token(f"a+{token}@b.example") == (token, False) for token in made)


def test_tls_from_the_start_works(authority: trustme.CA) -> None:
    theirs, ours = tls(authority)
    desk = Desk()
    with server(desk, ssl_context=theirs) as port:
        assert send(port, security="tls", context=ours).response.startswith("250")


def test_a_certificate_nobody_vouches_for_stops_the_letter(authority: trustme.CA) -> None:
    theirs, _ = tls(authority)
    desk = Desk()
    with server(desk, tls_context=theirs) as port, pytest.raises(Unreachable, match="certificat"):
        send(port, security="starttls")
    assert not desk.envelopes


def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked() -> None:
    desk = Desk()
    with server(desk) as port, pytest.raises(Undelivered, match="n’offre pas le chiffrement"):
        send(port, security="starttls")
    assert not desk.envelopes


def test_a_password_never_travels_in_clear_nor_shows_in_a_log() -> None:
    with pytest.raises(BadConfig, match="en clair"):
        SmtpSettings("smtp.example", 25, security="none", username="lettres", password="secret")
    assert "secret" not in repr(SmtpSettings("smtp.example", 587, username="lettres", password="secret"))


# --- the message


def test_the_same_input_gives_the_same_bytes() -> None:
    assert as_sent(letter()) == as_sent(letter())
    assert as_sent(letter()) != as_sent(letter(message_id="<k34-2026-0042.2@conseil.example>"))


def test_every_header_reads_back_as_written() -> None:
    message = parsed(as_sent(letter()))
    assert written_from(as_sent(letter())) == ("Conseil départemental de l’Hérault, service « données »", SENDER)
    assert message["To"].addresses[0].addr_spec == RECIPIENT
    assert message["Date"].datetime == AT
    assert message["Message-ID"] == "<k34-2026-0042.1@conseil.example>"
    assert message["Reply-To"] == "lettres+abcdefgh23456789@conseil.example"
    body = message.get_body()
    assert body is not None
    assert body.get_content().splitlines()[-3:] == ["From ici", "", "Camille Exemple"]


def test_a_message_is_plain_ascii_in_lines_that_every_server_takes() -> None:
    data = as_sent(letter(text="é" * 5000 + "\n"))
    assert data.isascii()
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    assert max(map(len, data.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("length", [60, 200])
def test_long_identifiers_are_never_re_encoded(length: int) -> None:
    long = f"<{'a' * length}@conseil.example>"
    data = as_sent(letter(message_id=long, headers={"References": f"{long} {long}", "In-Reply-To": long}))
    assert data.count(long.encode()) == 4
    assert parsed(data)["References"].split() == [long, long]


LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
NAMES = st.text(LETTERS, max_size=120).map(str.strip).filter(bool)
# The standard library's reader takes < > off a name that is wrapped in them.
FILE_NAMES = NAMES.filter(lambda name: name[0] + name[-1] != "<>")


@given(
    FILE_NAMES,
    st.binary(max_size=300),
    st.sampled_from(["application/pdf", "text/plain", "message/rfc822", "image/png"]),
)
def test_an_attachment_comes_back_byte_for_byte_under_its_name(filename: str, data: bytes, mime: str) -> None:
    (part,) = parsed(as_sent(letter(attachments=[(filename, data, mime)]))).iter_attachments()
    assert part.get_filename() == filename
    assert part.get_payload(decode=True) == data


@given(NAMES, NAMES)
def test_any_subject_and_any_name_read_back_the_same(subject: str, name: str) -> None:
    data = as_sent(letter(subject=subject, sender_name=name))
    assert parsed(data)["Subject"] == subject
    assert written_from(data) == (name, SENDER)


BREAKS = ["\r\nBcc: tous@mechant.example", "\nX: y", "\rX: y", "\x00", "\x0b", "\x85x", "\u2028x"]


@pytest.mark.parametrize("tail", BREAKS)
@pytest.mark.parametrize("where", ["sender_name", "sender", "recipient", "subject", "message_id"])
def test_a_line_break_in_a_header_is_refused(where: str, tail: str) -> None:
    plain = {"sender": SENDER, "recipient": RECIPIENT, "message_id": "<a@conseil.example>"}.get(where, "Conseil")
    with pytest.raises(BadInput):
        letter(**{where: plain + tail})


@pytest.mark.parametrize("tail", BREAKS)
def test_a_line_break_in_an_attachment_or_another_header_is_refused(tail: str) -> None:
    for changes in (
        {"attachments": [("a.pdf" + tail, b"", "application/pdf")]},
        {"attachments": [("a.pdf", b"", "application/pdf" + tail)]},
        {"headers": {"Reply-To": SENDER + tail}},
        {"headers": {"X-A" + tail: "b"}},
    ):
        with pytest.raises(BadInput):
            letter(**changes)


@pytest.mark.parametrize("header", ["To", "from", "Message-ID", "", "X Y", "Bcc:"])
def test_a_header_is_given_once_and_has_a_name(header: str) -> None:
    with pytest.raises(BadInput, match="nom impossible"):
        letter(headers={header: "x"})


@pytest.mark.parametrize("address", ["", "dpo", "dpo@", "a@b.example, c@d.example", "<a@b.example>", "dpô@b.example"])
def test_what_is_no_address_is_refused_before_any_connection(address: str) -> None:
    with pytest.raises(BadInput, match="destinataire"):
        letter(recipient=address)
    with pytest.raises(BadInput, match="destinataire"):
        mailer(9).send(letter(), sender=SENDER, recipient=address)


def test_a_draft_is_the_same_message_marked_unsent_and_cannot_be_sent_by_mistake() -> None:
    message = letter()
    assert draft(message) == draft(as_sent(message))
    assert draft(message).replace(b"X-Unsent: 1\r\n", b"") == as_sent(message)
    assert parsed(draft(message))["X-Unsent"] == "1"
    for unsent in (draft(message), parsed(draft(message))):
        with pytest.raises(BadInput, match="brouillon"):
            mailer(9).send(unsent, sender=SENDER, recipient=RECIPIENT)


# --- crashes


@pytest.mark.parametrize(
    ("fault", "code", "arrived"),
    [("smtp.connected", -9, 0), ("smtp.sent", -9, 1), ("smtp.connected#2", -9, 1), ("smtp.sent#3", 0, 2), ("", 0, 2)],
)
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_fault_point_kills_the_process_exactly_there(fault: str, code: int, arrived: int) -> None:
    desk = Desk()
    with server(desk) as port:
        done = subprocess.run(
            [sys.executable, __file__, str(port)],
            env={**os.environ, "LISTINGGUARD_FAULT": fault, "PYTHONPATH": str(Path(__file__).parents[2])},
            check=False,
        )
    assert done.returncode == code
    assert len(desk.envelopes) == arrived


if __name__ == "__main__":
    for _ in range(2):
        send(int(sys.argv[1]))
