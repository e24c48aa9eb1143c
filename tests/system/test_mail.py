"""Letters out and answers in through a real Postfix and a real Dovecot, on this machine's loopback only.

They need Debian's postfix, dovecot-imapd and dovecot-lmtpd, and root to start them: elsewhere these tests are skipped,
and say so. Every file of the servers lies in a folder of its own; the system's own configuration is never read.
"""

from __future__ import annotations

import imaplib
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from listingguard import cli, scheduler
from listingguard.app import App, create_home
from listingguard.domain.case import Acting, EventKind, State
from listingguard.domain.french import PARIS
from listingguard.domain.listing import Listing, Outcome, Trait
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import CaptureRow, DispatchRow, DispatchState, LetterRow, ReadingRow, Sort
from listingguard.domain.service import ProofType, reply_address
from listingguard.edge import fault, mailbox
from listingguard.edge.mail import as_sent, build_message
from listingguard.errors import Unreachable
from listingguard.flow import dispatch, inbox, platform, review

NEEDED = ("/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/bin/doveadm", "/usr/bin/openssl")
LACKS = [name for name in NEEDED if not Path(name).exists()] + (["root"] if os.name != "posix" or os.getuid() else [])
pytestmark = pytest.mark.skipif(
    bool(LACKS), reason=f"NOT TESTED: no real mail server here, it lacks {', '.join(LACKS)}"
)

TODAY = datetime.now(PARIS).date()
OWN, PASSWORD = "lettres@conseil.test", "motdepasse"
# Each case writes to an address of which the platform's server says something else.
ADDRESSES = ("dpo@site.test", "absente@site.test", "lente@site.test")
CASES = tuple(f"KINE-2026-000{n}" for n in (1, 2, 3))
TOKENS = tuple(letter * 20 for letter in "abc")
IDS = tuple(f"<{case.lower()}.request.1.0123456789abcdef@conseil.test>" for case in CASES)
SECONDS = 90.0
"""How long a server is waited for; it takes about a second on an idle machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*words: str) -> None:
    # Into a file: a daemon would keep a pipe open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False, timeout=60)
        said.seek(0)
        assert done.returncode == 0, f"{words}: {said.read().decode(errors='replace')}"


@dataclass
class Servers:
    """The council's mail server and the platform's, in one Postfix and one Dovecot."""

    folder: Path
    smtp: int = field(default_factory=free_port)
    lmtp: int = field(default_factory=free_port)
    imap: int = field(default_factory=free_port)
    closed: int = field(default_factory=free_port)

    def write(self) -> None:
        for name in ("etc", "queue", "data", "log", "run", "mail", "site"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        for name in ("mail", "site"):
            shutil.chown(self.folder / name, "nobody", "nogroup")
        self.folder.chmod(0o755)
        run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", str(self.folder / "key.pem"),
            "-out", str(self.folder / "cert.pem"),
        )  # fmt: skip
        (self.folder / "etc" / "main.cf").write_text(MAIN_CF.format(s=self), encoding="utf-8")
        (self.folder / "etc" / "master.cf").write_text(MASTER_CF.format(s=self), encoding="utf-8")
        (self.folder / "dovecot.conf").write_text(DOVECOT.format(s=self), encoding="utf-8")
        home = self.folder / "mail" / "lettres"
        user = f"lettres:{{PLAIN}}{PASSWORD}:65534:65534::{home}\n"
        (self.folder / "users").write_text(user, encoding="utf-8")

    def doveadm(self, *words: str) -> tuple[str, ...]:
        return ("/usr/bin/doveadm", "-c", str(self.folder / "dovecot.conf"), *words)

    def start(self, *names: str) -> None:
        for name in names or ("dovecot", "postfix"):
            if name == "postfix":
                run("/usr/sbin/postfix", "-c", str(self.folder / "etc"), "start")
                wait(lambda: answers(self.smtp))
            else:
                run("/usr/sbin/dovecot", "-c", str(self.folder / "dovecot.conf"))
                wait(lambda: answers(self.imap) and answers(self.lmtp))

    def stop(self, *names: str) -> None:
        for name in names or ("postfix", "dovecot"):
            if name == "postfix":
                run("/usr/sbin/postfix", "-c", str(self.folder / "etc"), "stop")
                wait(lambda: not answers(self.smtp))
            else:
                run(*self.doveadm("stop"))
                wait(lambda: not answers(self.imap))

    def logs(self) -> str:
        return "\n".join(p.read_text(errors="replace")[-6000:] for p in sorted((self.folder / "log").iterdir()))

    def deliver(self, message: EmailMessage | bytes, *, sender: str = "dpo@site.test", to: str = OWN) -> None:
        """Send one message into the council's box, as the platform's people would."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as smtp:
            smtp.sendmail(sender, [to], message if isinstance(message, bytes) else message.as_bytes())


MAIN_CF = """
compatibility_level = 3.6
queue_directory = {s.folder}/queue
data_directory = {s.folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {s.folder}/log/postfix.log
maillog_file_prefixes = {s.folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.conseil.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_dns_support_level = disabled
smtputf8_enable = no
alias_maps =
local_recipient_maps =
recipient_delimiter = +
virtual_mailbox_domains = conseil.test, site.test
virtual_mailbox_maps = inline:{{ lettres@conseil.test=1, dpo@site.test=dpo/, absente@site.test=1, lente@site.test=1 }}
virtual_mailbox_base = {s.folder}/site
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_transport = virtual
transport_maps = inline:{{
  {{ conseil.test = lmtp:inet:127.0.0.1:{s.lmtp} }},
  {{ absente@site.test = lmtp:inet:127.0.0.1:{s.lmtp} }},
  {{ lente@site.test = lmtp:inet:127.0.0.1:{s.closed} }}
  }}
message_size_limit = 90000000
virtual_mailbox_limit = 0
delay_warning_time = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
smtpd_recipient_restrictions = permit_mynetworks, reject
"""

MASTER_CF = """
127.0.0.1:{s.smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT = """
base_dir = {s.folder}/run
state_dir = {s.folder}/run
log_path = {s.folder}/log/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{s.folder}/cert.pem
ssl_key = <{s.folder}/key.pem
disable_plaintext_auth = yes
auth_username_format = %Ln
recipient_delimiter = +
first_valid_uid = 100
mail_location = maildir:~/Maildir
passdb {{
  driver = passwd-file
  args = {s.folder}/users
}}
userdb {{
  driver = passwd-file
  args = {s.folder}/users
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {s.imap}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {s.lmtp}
  }}
}}
"""


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait(done: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < end, "the server did not do it in time"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    # A short path: those of Unix sockets are at most 108 signs long.
    folder = Path(tempfile.mkdtemp(prefix="lgm"))
    made = Servers(folder)
    try:
        made.write()
        made.start()
        yield made
    finally:
        for name, port in (("postfix", made.smtp), ("dovecot", made.imap)):
            if answers(port):
                made.stop(name)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Home:
    """A kiné's home with three requests to send, and the mail box their answers come to."""

    folder: Path
    servers: Servers

    @contextmanager
    def open(self, day: date = TODAY) -> Iterator[App]:
        with App.open(self.folder, actor="Dominique", today=day, writing=True) as app:
            yield app

    def collect(self) -> inbox.Collected:
        with self.open() as app, app.mailbox() as box:
            return inbox.collect(
                app.store, app.vault, app.mailroom(), box, since=TODAY - timedelta(days=2), today=TODAY, at=app.now
            )  # fmt: skip

    def until(self, count: int) -> list[inbox.Filed]:
        """Collect until so many messages have come, and return them."""
        found: list[inbox.Filed] = []

        def enough() -> bool:
            done = self.collect()
            assert not done.failure, done.failure
            found.extend(done.filed)
            return len(found) >= count

        try:
            wait(enough)
        except AssertionError:
            raise AssertionError(f"{len(found)} of {count} came\n{self.servers.logs()}") from None
        return found

    def send(self, case: str) -> list[DispatchState]:
        with self.open() as app:
            done = dispatch.send_due(
                app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=TODAY, at=app.now, actor="A",
                only=(f"{case}/request/1",),
            )  # fmt: skip
            assert all(s.state is not DispatchState.QUEUED or "mail" in s.text or "serveur" in s.text for s in done), (
                done
            )
            return [s.state for s in done]


@pytest.fixture
def home(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.folder / "cert.pem"))
    folder = tmp_path / "cabinet"
    create_home(folder, acting=Acting.SELF, code="KINE", person="Dominique", simulated=True)
    (folder / "secret").write_text(f"{PASSWORD}\n", encoding="utf-8")
    config(folder, "sender", name="Camille Exemple", street="1 rue du Parc", postcode="26000", town="Valence", email=OWN,
           signatory="Camille Exemple")  # fmt: skip
    config(folder, "mail", smtp_host="127.0.0.1", smtp_port=servers.smtp, security="none", recipient_delimiter="+")
    config(folder, "imap", host="localhost", port=servers.imap, username="lettres", password_file="secret")
    made = Home(folder, servers)
    with made.open() as app:
        requests(app)
    yield made
    # The next test begins with an empty box and nothing under way.
    run("/usr/sbin/postsuper", "-c", str(servers.folder / "etc"), "-d", "ALL")
    run(*servers.doveadm("expunge", "-u", "lettres", "mailbox", "*", "all"))


def config(home: Path, section: str, /, **values: object) -> None:
    """Fill keys of config.toml as a person would."""
    import json
    import re

    path = home / "config.toml"
    head, found, tail = path.read_text(encoding="utf-8").partition(f"\n[{section}]\n")
    for key, value in values.items():
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        tail, count = re.subn(rf"(?m)^{key} = .*$", line.replace("\\", r"\\"), tail, count=1)
        assert count == 1, key
    path.write_text(head + found + tail, encoding="utf-8")


def requests(app: App) -> None:
    """Make three cases whose requests are approved and wait in the outbox."""
    at, day = app.now(), TODAY
    app.store.put_controller(
        "site", {"name": "Site SAS", "email": ADDRESSES[0], "platforms": ["rdv.test"]}, at=at, actor="A"
    )
    rows = zip(CASES, ADDRESSES, IDS, TOKENS, ("11", "29", "37"), strict=True)
    for case, address, identity, token, number in rows:
        person = Practitioner(f"999000000{number}", f"EXEMPLE{number}", "Camille", rpps=f"999000000{number}")
        app.store.put_practitioner(person, source="essai", day=day, at=at)
        opening = {"practitioner": person.id, "controller": "site", "platform": "rdv.test", "findings": []}
        app.store.add_event(case, EventKind.DETECTED, key="1", day=day, at=at, actor="A", data=opening)
        review.record(
            app.store, app.vault, app.store.case(case), EventKind.LISTING_CONFIRMED_BY_KINE, day=day, today=day, at=at,
            actor="A",
        )  # fmt: skip
        message = build_message(
            sender_name="Camille Exemple", sender=OWN, recipient=address, subject=f"[{case}] Demande d’effacement",
            text="Madame, Monsieur,", attachments=[("é-demande.pdf", b"%PDF-1.7 x", "application/pdf")],
            message_id=identity, date=at, headers={"Reply-To": reply_address(OWN, token, "+")},
        )  # fmt: skip
        letter, kept = f"{case}/request/1", app.vault.put(as_sent(message))
        row = DispatchRow(
            f"{letter}/email", letter, case, "email", address, OWN, identity, kept, DispatchState.QUEUED, day, ""
        )
        with app.store.tx("test.request"):
            app.store.add_letter(LetterRow(letter, case, "request", 1, "v", kept, kept, "A", day), at=at)
            app.store.add_event(case, EventKind.REQUEST_APPROVED, key=letter, day=day, at=at, actor="A", proof=kept)
            app.store.add_dispatch(row, at=at)
            app.store.add_reply_token(token, row.id, case, at=at)


def answer(text: str = "Nous refusons.", **headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in ({"From": "dpo@site.test", "To": OWN, "Subject": "Re: demande"} | headers).items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_a_letter_leaves_and_the_platform_s_server_says_that_it_was_delivered(home, servers):
    assert home.send(CASES[0]) == [DispatchState.SENT]
    (filed,) = home.until(1)
    assert (filed.case, filed.route, filed.sort) == (CASES[0], "token", Sort.BOUNCE)
    with home.open() as app:
        (proof,) = app.store.proofs(CASES[0])
        now = app.store.status(CASES[0], TODAY)
        assert (proof.type, now.clock.basis.value, now.answered) == (ProofType.DSN_DELIVERED, "proven", False)
        assert inbox.unread(app.store, CASES[0]) == ()
    (arrived,) = (servers.folder / "site" / "dpo" / "new").iterdir()
    raw = arrived.read_bytes()
    assert f"lettres+{TOKENS[0]}@conseil.test".encode() in raw
    # Nothing new, nothing twice.
    assert home.collect() == inbox.Collected()
    assert home.send(CASES[0]) == []


def seen_and_confirmed(app: App) -> str:
    """Open the case of one captured page whose person confirmed it, with a verified addressee; return its number."""
    host, at, day = "rdv-soins.test", app.now(), TODAY
    told: dict[str, Any] = {"today": day, "at": at, "actor": "Dominique"}
    record = {
        "name": "Rendez-vous Soins SAS", "street": "40 avenue des Essais", "postcode": "75000", "town": "Paris",
        "email": "dpo@site.test", "platform_name": "Rdv-Soins", "verified_on": day.isoformat(),
    }  # fmt: skip
    platform.set_controller(app.store, host, record, **told)
    platform.keep_notice(
        app.store, app.vault, host, f"https://{host}/mentions", b"<p>Mentions</p>", seen_on=day, **told
    )
    person = Practitioner("99900000029", "Exemple", "Camille", rpps="99900000029")
    page = Listing(host, "1", f"https://{host}/camille-exemple", "Camille Exemple", traits=frozenset({Trait.BOOKABLE}))
    body = app.vault.put(b"<p>Camille Exemple</p>")
    capture = CaptureRow("1" * 64, host, page.url, body, day, at, {"at": at.isoformat()})
    read = ReadingRow(host, page.url, day, Outcome.LISTINGS, "", 1, canary=True, human=True)
    with app.store.tx("test.case"):
        app.store.put_practitioner(person, source="essai", day=day, at=at)
        app.store.add_capture(capture, app.store.add_reading(read, at=at, milliseconds=1), [page.key])
        app.store.put_listing(page, capture)
        finding = {"listing": page.key, "url": page.url, "capture": capture.id, "reasons": [],
                   "verdict": "undetermined", "judged_by": "Dominique"}  # fmt: skip
        case = app.store.open_case(
            "KINE", None, practitioner=person.id, controller=host, platform=host, day=day, at=at, actor="Dominique",
            data={"findings": [finding]},
        )  # fmt: skip
    review.record(
        app.store, app.vault, app.store.case(case), EventKind.LISTING_CONFIRMED_BY_KINE, day=day, **told,
        data={"situation": ["Des patients se sont présentés sans rendez-vous connu du cabinet."]},
    )  # fmt: skip
    return case


def test_a_letter_approved_here_leaves_arrives_whole_and_its_answer_comes_back_to_its_case(home, servers):
    """The whole way, through what a person runs: `letter approve`, `send`, `inbox fetch`, `inbox read`."""
    with home.open() as app:
        case = seen_and_confirmed(app)
    site = servers.folder / "site" / "dpo" / "new"
    before = set(site.iterdir()) if site.is_dir() else set()

    def command(*words: str) -> None:
        assert cli.run(["--home", str(home.folder), "--today", TODAY.isoformat(), "--as", "Dominique", *words]) == 0

    command("letter", "approve", case, "--all-grounds")
    command("send", case)
    home.until(1)
    with home.open() as app:
        (letter,) = app.store.letters(case)
        approved, text = app.vault.get(letter.pdf), app.vault.get(letter.text).decode()
        assert app.store.status(case, TODAY).clock.basis.value == "proven"
    (arrived,) = set(site.iterdir()) - before
    mail = BytesParser(policy=policy.default).parsebytes(arrived.read_bytes())
    assert [part.get_content() for part in mail.iter_attachments()] == [approved]
    assert mail.get_body(("plain",)).get_content().split() == text.split()
    (back,) = mail["Reply-To"].addresses
    servers.deliver(answer("Votre fiche est supprimée.", Subject="bonjour"), to=back.addr_spec)
    (filed,) = home.until(1)
    assert (filed.case, filed.route, filed.sort) == (case, "token", Sort.REPLY)
    with home.open() as app:
        (reply,) = inbox.unread(app.store, case)
    command("inbox", "read", reply.sha256[:12], "--as", "erased")
    with home.open() as app:
        now = app.store.status(case, TODAY)
        assert (now.claimed_erased_on, inbox.unread(app.store, case)) == (TODAY, ())


def test_an_unknown_address_undoes_the_sending_and_a_late_server_only_delays_it(home, servers):
    assert [home.send(case) for case in CASES[1:]] == [[DispatchState.SENT], [DispatchState.SENT]]
    filed = {f.case: f for f in home.until(2)}
    assert set(filed) == set(CASES[1:])
    assert {f.sort for f in filed.values()} == {Sort.BOUNCE}
    with home.open() as app:
        types = [{p.type for p in app.store.proofs(case)} for case in CASES[1:]]
        assert types == [{ProofType.DSN_FAILED}, {ProofType.DSN_DELAYED}]
        states = [app.store.status(case, TODAY) for case in CASES[1:]]
        assert [(s.state, s.undelivered) for s in states] == [(State.DRAFTED, True), (State.SENT, False)]
        assert "5.1.1" in app.store.proofs(CASES[1])[0].note


def test_every_kind_of_answer_goes_where_it_belongs(home, servers):
    for case in CASES[:1]:
        home.send(case)
    home.until(1)
    to = f"lettres+{TOKENS[0]}@conseil.test"
    servers.deliver(answer("Par l’adresse.", Subject="bonjour"), to=to)
    servers.deliver(answer("Par le fil.", In_Reply_To=IDS[0]))
    servers.deliver(answer("Par la référence.", Subject=f"Votre dossier {CASES[0]}"))
    servers.deliver(
        answer("Un inconnu.", From="x@inconnu.test", Subject=f"Votre dossier {CASES[0]}"), sender="x@inconnu.test"
    )
    servers.deliver(answer("Je suis absent.", Auto_Submitted="auto-replied"), to=to)
    servers.deliver(answer("Rien à voir.", Subject="Promotion"))
    found = {(f.case, f.route, f.sort.value) for f in home.until(6)}
    assert found == {
        (CASES[0], "token", "reply"), (CASES[0], "thread", "reply"), (CASES[0], "reference", "reply"),
        ("", "quarantine", "reply"), (CASES[0], "token", "automatic"),
    }  # fmt: skip
    with home.open() as app:
        assert {held.guess for held in app.store.quarantined()} == {CASES[0], ""}
        assert len(inbox.unread(app.store, CASES[0])) == 3
        assert app.store.status(CASES[0], TODAY).answered is False


def test_what_is_too_big_stays_on_the_server_and_what_is_malformed_is_kept(home, servers):
    big = b"From: dpo@site.test\r\nSubject: gros\r\n\r\n" + (b"x" * 998 + b"\r\n") * 41_000
    assert len(big) > 40 * 1024 * 1024 - 2_000_000
    bad = (
        b"From: dpo@site.test\r\nSubject: =?utf-8?b?casse\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        b"--b\r\nContent-Type: text/plain; charset=martien\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n"
        + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        * 500
    )
    for raw in (big + b"x" * 998 + b"\r\n" * 2 + big[:3_000_000], bad):
        servers.deliver(raw, to=f"lettres+{TOKENS[0]}@conseil.test")
    left: list[str] = []

    def both() -> bool:
        done = home.collect()
        left.extend(done.left)
        with home.open() as app:
            return bool(left) and bool(app.store.replies(CASES[0]))

    wait(both)
    assert left == ["gros (dpo@site.test)"]
    with home.open() as app:
        (held,) = app.store.quarantined()
        assert "trop gros (4" in held.reason
        assert app.vault.get(held.sha256).startswith(b"Return-Path:")
        (row,) = app.store.replies(CASES[0])
        assert b"charset=martien" in app.vault.get(row.sha256)
        assert inbox.look(app.store, app.vault, app.mailroom(), row.sha256).suggestion.meaning is None
        with app.mailbox() as box:
            assert len(box.uids(TODAY - timedelta(days=2))) == 2


def test_servers_that_stop_in_the_middle_lose_nothing_and_double_nothing(home, servers, monkeypatch):
    servers.stop("postfix")
    assert home.send(CASES[0]) == [DispatchState.QUEUED]
    servers.start("postfix")
    assert home.send(CASES[0]) == [DispatchState.SENT]
    home.until(1)
    for number in range(6):
        servers.deliver(answer(f"Message {number}.", In_Reply_To=IDS[0]))
    whole = mailbox.Mailbox.get
    served = []

    def cut(self, uid, limit):
        served.append(uid)
        if len(served) != 3:
            return whole(self, uid, limit)
        servers.stop("dovecot")
        # Its process for this connection may outlive the others: the line goes too.
        self._box.client.sock.shutdown(socket.SHUT_RDWR)
        return whole(self, uid, limit)

    with monkeypatch.context() as patched:
        patched.setattr(mailbox.Mailbox, "get", cut)
        wait(lambda: home.collect().failure)
    with pytest.raises(Unreachable, match="n’écoute pas"):
        home.collect()
    servers.start("dovecot")
    # The rest comes, each once; then the box is renumbered, and nothing comes again.
    wait(lambda: home.collect() and len(replies(home)) == 6)
    with home.open() as app, app.mailbox() as box:
        validity = box.validity
    for path in (servers.folder / "mail" / "lettres" / "Maildir").glob("dovecot*"):
        path.unlink()
    servers.stop("dovecot")
    servers.start("dovecot")
    with home.open() as app, app.mailbox() as box:
        assert box.validity != validity
    done = home.collect()
    assert (done.filed, done.failure) == ([], "")
    assert len(replies(home)) == 6


def replies(home: Home) -> list[str]:
    with home.open() as app:
        return [r.sha256 for r in app.store.replies(CASES[0]) if r.sort is Sort.REPLY]


def test_nothing_is_marked_and_only_what_is_kept_is_put_away(home, servers):
    servers.deliver(answer("Un.", In_Reply_To=IDS[0]))
    home.until(1)
    with home.open() as app, app.mailbox() as box:
        (uid,) = box.uids(TODAY - timedelta(days=2))
        assert b"Seen" not in b"".join(p for p in box._fetch(uid, "(FLAGS)") if isinstance(p, bytes))
    config(home.folder, "imap", done_folder="Traités")
    assert home.collect() == inbox.Collected()
    with home.open() as app, app.mailbox() as box:
        assert box.uids(TODAY - timedelta(days=2)) == ()
    config(home.folder, "imap", folder="Traités", done_folder="")
    assert home.collect() == inbox.Collected()
    with home.open() as app:
        assert len(app.store.replies(CASES[0])) == 1


def test_what_leaves_lies_in_the_councils_own_sent_folder_once(home, servers):
    config(home.folder, "imap", sent_folder="Envoyés")
    with home.open() as app:
        case = app.store.cases()[0].id
    assert home.send(case) == [DispatchState.SENT]
    for _ in range(2):
        with home.open() as app:
            assert app.file_copies("A").failure == ""
    with home.open() as app:
        row = next(d for d in app.store.dispatches(case) if d.channel == "email")
        left = app.vault.get(row.message)
    with imaplib.IMAP4_SSL("localhost", servers.imap) as box:
        box.login("lettres", PASSWORD)
        assert box.select('"Envoy&AOk-s"', readonly=True)[1] == [b"1"]
        ((_, raw), *_) = box.fetch("1", "(BODY.PEEK[] FLAGS)")[1]
        assert raw.replace(b"\r\n", b"\n").rstrip() == left.replace(b"\r\n", b"\n").rstrip()
        assert b"Bcc" not in raw


def test_a_server_whose_certificate_nobody_vouches_for_is_not_spoken_to(home, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unreachable, match="certificat"):
        home.collect()


def test_a_wrong_password_is_told_without_being_shown(home):
    (home.folder / "secret").write_text("autre-secret\n", encoding="utf-8")
    with pytest.raises(Unreachable, match="refuse l’identifiant") as told:
        home.collect()
    assert "autre-secret" not in str(told.value)


# -- a machine off for forty days --------------------------------------------------------------------------------------

BACK = TODAY + timedelta(days=40)


def waiting(servers: Servers, message: EmailMessage, day: date, *, to: str) -> None:
    """Put a message into the box as our own mail server took it in on a day, while the machine was off."""
    stamp = datetime(day.year, day.month, day.day, 10, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    del message["To"]
    message["To"], message["Date"] = to, stamp
    raw = f"Received: from site.test by mx.conseil.test with ESMTP; {stamp}\r\n".encode() + message.as_bytes()
    file = servers.folder / "waiting.eml"
    file.write_bytes(raw)
    file.chmod(0o644)
    run(*servers.doveadm("save", "-u", "lettres", "-m", "INBOX", str(file)))


def come_back(folder: Path) -> dict[str, scheduler.Tick]:
    """Do what the scheduler does first when the machine is switched on again."""
    ticks = scheduler.run_once(lambda: App.open(folder, actor="Dominique", today=BACK, writing=True))
    return {tick.job: tick for tick in ticks}


def known(folder: Path) -> dict[str, object]:
    """Return what the home holds, without what the machine's clock put in."""
    with App.open(folder, today=BACK) as app:
        store = app.store
        return {
            "events": {c: [(f.kind.value, f.key, f.day) for f in store.facts(c)] for c in CASES},
            "replies": {c: sorted((r.sort.value, r.day, r.sha256) for r in store.replies(c)) for c in CASES},
            "proofs": {c: sorted((p.type.value, p.day) for p in store.proofs(c)) for c in CASES},
            "quarantine": sorted(held.sha256 for held in store.quarantined()),
            "told": [tuple(r.values()) for r in store._rows('SELECT "case", kind, due FROM told ORDER BY 1, 2, 3')],
            "chain": store.broken_links(),
        }


def test_after_forty_days_off_every_answer_bears_its_own_day_and_each_reminder_is_said_once(
    home, servers, tmp_path, monkeypatch
):
    first, _, third = CASES
    assert [home.send(case) for case in CASES] == [[DispatchState.SENT]] * 3
    # What our own server brings by itself: delivered, unknown, delayed. It waits as the rest does, unread.
    with home.open() as app:

        def arrived() -> bool:
            with app.mailbox() as box:
                return len(box.uids(TODAY - timedelta(days=2))) >= 3

        wait(arrived)
    to = {case: f"lettres+{token}@conseil.test" for case, token in zip(CASES, TOKENS, strict=True)}
    days = {name: TODAY + timedelta(days=n) for name, n in (("absent", 1), ("refusal", 10), ("more", 20), ("late", 38))}
    waiting(servers, answer("Je suis absent.", Auto_Submitted="auto-replied"), days["absent"], to=to[first])
    waiting(servers, answer("Nous refusons d’effacer votre fiche."), days["refusal"], to=to[first])
    waiting(servers, answer("Nous complétons notre refus."), days["more"], to=to[first])
    waiting(servers, answer("Pardon du retard, nous refusons."), days["late"], to=to[third])
    copies = {name: tmp_path / name for name in ("whole", "killed")}
    for copy in copies.values():
        shutil.copytree(home.folder, copy)
    passed = tmp_path / "points"
    monkeypatch.setenv("LISTINGGUARD_FAULT_LOG", str(passed))
    ticks = come_back(copies["whole"])
    monkeypatch.delenv("LISTINGGUARD_FAULT_LOG")
    assert list(ticks)[-3:] == ["inbox", "clock", "outbox"], "the mail is read before the clock"
    assert not [tick for tick in ticks.values() if tick.failed]
    expected = known(copies["whole"])
    found = expected["replies"]
    assert [(sort, day) for sort, day, _ in found[first] if sort != "bounce"] == [
        ("automatic", days["absent"]), ("reply", days["refusal"]), ("reply", days["more"]),
    ]  # fmt: skip
    assert [(sort, day) for sort, day, _ in found[third] if sort != "bounce"] == [("reply", days["late"])]
    assert expected["proofs"][first] == [("dsn_delivered", TODAY)]
    # The second went back to be corrected on the day it was refused; the third was presumed received seven days on.
    happened = {case: {kind: day for kind, _, day in events} for case, events in expected["events"].items()}
    assert happened[CASES[1]]["bounced"] == TODAY
    assert happened[third]["receipt_presumed"] == TODAY + timedelta(days=7)
    # Of a silence only the third is told: its answer came after the month; the first's came in time, and waits to be read.
    assert [case for case, kind, _ in expected["told"] if kind == "legal"] == [third]
    assert [case for case, kind, _ in expected["told"] if kind.startswith("unread/")] == [first, first]
    assert len(set(expected["told"])) == len(expected["told"])
    assert expected["chain"] == ()
    # Run again: nothing new, nothing said again.
    again = come_back(copies["whole"])
    assert [again[name].lines for name in ("inbox", "clock", "outbox")] == [(), (), ()]
    assert known(copies["whole"]) == expected
    # Killed in the middle of the mail, then of the clock, and run again each time: the same.
    points = passed.read_text(encoding="utf-8").split()
    middle = [n for n, name in enumerate(points) if name.startswith(("event.", "inbox.", "reply.", "vault."))]
    assert len(points) >= 10
    for number in (middle[len(middle) // 3], len(points) // 2, len(points) - 2):
        target = tmp_path / f"killed-{number}"
        shutil.copytree(copies["killed"], target)
        child = os.fork()
        if child == 0:
            fault._passed.clear()
            os.environ["LISTINGGUARD_FAULT"] = f"{points[number]}#{points[: number + 1].count(points[number])}"
            come_back(target)
            os._exit(0)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), "the process was to be killed there"
        come_back(target)
        assert known(target) == expected, points[number]
