"""One mail box spoken to by the letter: a scripted IMAP server on loopback. A real one: tests/system/test_mail.py."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from datetime import date

import pytest

from listingguard.edge.mailbox import ImapSettings, Mailbox
from listingguard.errors import BadConfig, Unreachable

BODY = b"From: a@b.example\r\n\r\nBonjour\r\n"


class Server:
    """Answers each command by the first word that fits; remembers what it was told. lies: bytes sent for a body."""

    def __init__(self) -> None:
        self.told: list[bytes] = []
        self.kept: list[bytes] = []
        self.body: bytes | None = BODY
        self.search = b"* SEARCH 3 1 2"
        self.refuse: bytes = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            with line, line.makefile("rwb") as stream:
                stream.write(b"* OK ready\r\n")
                stream.flush()
                while request := stream.readline():
                    self.told.append(request.strip())
                    answer = self._answer(request, stream)
                    if answer is None:
                        break
                    stream.write(answer)
                    stream.flush()

    def _answer(self, request: bytes, stream) -> bytes | None:
        tag, _, rest = request.strip().partition(b" ")
        verb = rest.upper()
        if self.refuse and verb.startswith(self.refuse):
            return tag + b" NO no\r\n"
        if verb.startswith(b"CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n"
        if verb.startswith(b"AUTHENTICATE"):
            stream.write(b"+ \r\n")
            stream.flush()
            self.told.append(base64.b64decode(stream.readline()))
            return tag + b" OK done\r\n"
        if verb.startswith((b"EXAMINE", b"SELECT")):
            return b"* 3 EXISTS\r\n* OK [UIDVALIDITY 77] ok\r\n" + tag + b" OK [READ-ONLY]\r\n"
        if verb.startswith(b"UID SEARCH"):
            return self.search + b"\r\n" + tag + b" OK done\r\n"
        if verb.startswith(b"UID FETCH") and b"RFC822.SIZE" in verb:
            return b"* 1 FETCH (UID 1 RFC822.SIZE %d)\r\n" % len(BODY) + tag + b" OK done\r\n"
        if verb.startswith(b"UID FETCH"):
            if self.body is None:
                return None
            return (
                b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n" % len(self.body) + self.body + b")\r\n" + tag + b" OK done\r\n"
            )
        if verb.startswith(b"APPEND"):
            stream.write(b"+ go\r\n")
            stream.flush()
            self.kept.append(stream.read(int(rest.rpartition(b"{")[2].rstrip(b"}"))))
            stream.readline()
            self.search = b"* SEARCH 1"
            return tag + b" OK done\r\n"
        if verb.startswith(b"LOGOUT"):
            return b"* BYE\r\n" + tag + b" OK done\r\n"
        return tag + b" OK done\r\n"

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def settings(server: Server, **other) -> ImapSettings:
    known = {"username": "lettres", "password": "secret", "security": "none"} | other
    return ImapSettings("127.0.0.1", server.port, **known)


def test_a_box_is_read_without_touching_it(server):
    with Mailbox(settings(server)) as box:
        assert (box.validity, box.uids(date(2026, 3, 2))) == (77, (1, 2, 3))
        assert (box.size(1), box.get(1, 1000), box.head(1)) == (len(BODY), BODY, BODY)
        box.put_away([1, 2])
    said = b"\n".join(server.told).upper()
    assert b"SINCE 02-MAR-2026" in said
    assert b"EXAMINE" in said
    for verb in (b"SELECT ", b"STORE", b"MOVE", b"COPY", b"EXPUNGE", b"BODY[", b"RFC822)"):
        assert verb not in said.replace(b"BODY.PEEK[", b""), verb


SENT = b"Message-ID: <c-1@b.example>\r\nDate: Mon, 12 Jan 2026 09:00:00 +0100\r\n\r\nMadame\r\n"


def test_what_left_is_laid_in_its_folder_once_read_and_of_its_own_date(server):
    server.search = b"* SEARCH"
    with Mailbox(settings(server)) as box:
        assert box.keep(SENT, "<c-1@b.example>", "Envoyés") is True
        assert box.keep(SENT, "<c-1@b.example>", "Envoyés") is False
    said = b"\n".join(server.told)
    assert server.kept == [SENT]
    # Named as IMAP writes it (RFC 3501, part 5.1.3), created because the server listed none.
    assert b'CREATE "Envoy&AOk-s"' in said
    assert b"(\\Seen)" in said
    assert b"12-Jan-2026" in said
    for verb in (b"STORE", b"MOVE", b"EXPUNGE"):
        assert verb not in said.upper()


def test_a_folder_that_takes_no_copy_is_named(server):
    server.refuse, server.search = b"APPEND", b"* SEARCH"
    with Mailbox(settings(server)) as box, pytest.raises(Unreachable, match=r"Envoyés.*imap\.sent_folder"):
        box.keep(SENT, "<c-1@b.example>", "Envoyés")


def test_a_server_that_sends_more_than_was_asked_is_not_believed(server):
    with Mailbox(settings(server)) as box:
        server.body = b"x" * 5000
        assert box.get(1, 1000) is None


def test_a_token_takes_the_place_of_the_password(server):
    asked = []
    with Mailbox(settings(server, token=lambda: asked.append(1) or "jeton-1", password="")):
        pass
    assert b"user=lettres\x01auth=Bearer jeton-1\x01\x01" in server.told
    assert (asked, any(b"LOGIN" in line for line in server.told)) == ([1], False)


@pytest.mark.parametrize(
    ("verb", "words"),
    [(b"LOGIN", "refuse l’identifiant"), (b"EXAMINE", "refuse l’identifiant"), (b"UID FETCH", "refuse de donner")],
)
def test_a_refusal_is_one_sentence_without_the_secret(server, verb, words):
    server.refuse = verb
    with pytest.raises(Unreachable, match=words) as told, Mailbox(settings(server)) as box:
        box.get(1, 1000)
    assert "secret" not in str(told.value)


def test_a_line_that_breaks_is_told_and_may_be_tried_again(server):
    server.body = None
    with pytest.raises(Unreachable, match="coupée"), Mailbox(settings(server)) as box:
        box.get(1, 1000)
    server.body = BODY
    with Mailbox(settings(server)) as box:
        assert box.get(1, 1000) == BODY


def test_what_is_no_answer_is_no_crash(server):
    server.search = b"* SEARCH un deux"
    with pytest.raises(Unreachable), Mailbox(settings(server)) as box:
        box.uids(date(2026, 3, 2))


def test_a_password_never_leaves_in_clear_for_another_machine():
    with pytest.raises(BadConfig, match="en clair"):
        ImapSettings("imap.conseil.example", security="none")
    assert "secret" not in repr(ImapSettings("imap.conseil.example", password="secret"))
