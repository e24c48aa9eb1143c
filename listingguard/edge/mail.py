"""Mail out: building a message and handing it to one SMTP server; knows nothing of cases or of the outbox."""

from __future__ import annotations

import hashlib
import re
import secrets
import smtplib
import socket
import ssl
import subprocess
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.policy import default as DEFAULT
from email.utils import format_datetime, quote
from pathlib import Path
from typing import Literal, NoReturn

from listingguard.edge import fault
from listingguard.errors import BadConfig, BadInput, SendUnknown, Undelivered, Unreachable


class _Policy(EmailPolicy):
    """Lines ending in CR LF, and headers folded here.

    The standard library's own folding loses or adds spaces in long accented names, and turns long
    References into encoded words that no mail program reads as references.
    """

    def fold(self, name: str, value: str) -> str:
        # What was read from bytes has no fold of its own and goes out as it came.
        if name.lower().startswith(("content-", "mime-")) or not hasattr(value, "fold"):
            standard: str = super().fold(name, value)
            return standard
        if isinstance(value, AddressHeader):
            return f"{name}: " + ",\r\n ".join(_mailbox(a) for a in value.addresses) + "\r\n"
        return f"{name}: {_folded(str(value), len(name) + 2)}\r\n"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


# 7bit: no server on the way has a reason to re-encode the message, and so to break a signature over it.
_POLICY = _Policy(linesep="\r\n", cte_type="7bit", refold_source="none")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


@dataclass(frozen=True)
class SmtpSettings:
    """The mail server of a home. An empty username means that the server asks for none.

    token: gives the access token of the moment, where the server wants XOAUTH2 instead of a password
    timeout_s: longest silence, in seconds, before each answer but the last
    final_timeout_s: the same for the answer to the whole message: ten minutes, since a server may look for viruses
    first, and giving up there leaves nobody sure (RFC 5321, part 4.5.3.2.6)
    """

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    timeout_s: float = 30.0
    final_timeout_s: float = 600.0

    def __post_init__(self) -> None:
        if not (self.username + self.password).isascii():
            raise BadConfig(f"Serveur d’envoi {self.host}\u00a0: identifiant et mot de passe s’écrivent sans accent.")
        if self.username and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise BadConfig(
                f"Serveur d’envoi {self.host}\u00a0: un mot de passe ne part pas en clair\u00a0; "
                "choisissez la sécurité «\u00a0starttls\u00a0» ou «\u00a0tls\u00a0»."
            )


@dataclass(frozen=True)
class Manner:
    """What a home decided of sending.

    delimiter: what separates the name from the token in the envelope sender, so that a bounce says which letter it was;
    empty: bounces come back to the bare address. per_day: letters to one controller and day, 0: no limit. only_to: a
    trial address, the only one anything leaves to; empty: letters leave to whom they are addressed.
    """

    delimiter: str = ""
    per_day: int = 0
    only_to: str = ""


@dataclass(frozen=True)
class SendResult:
    """The server took the message over. `accepted_at` is UTC; `response` its answer, word for word.

    address: the IP address of the server, or empty. dsn: it was asked for a proof of delivery, which it offers.
    """

    accepted_at: datetime
    server: str
    response: str
    address: str = ""
    dsn: bool = False


def build_message(
    *,
    sender_name: str,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    attachments: Sequence[tuple[str, bytes, str]],
    message_id: str,
    date: datetime,
    headers: Mapping[str, str],
) -> EmailMessage:
    """Return the message; the same input gives the same bytes.

    attachments: (file name, bytes, MIME type), in order; they arrive byte for byte
    message_id:  `<unique@domain>`, made before the first try and kept
    date:        aware
    headers:     others, such as Reply-To or Auto-Submitted

    Raises BadInput for a line break or another control character in any header or file name, and for what is not
    an address.
    """
    name = _clean("nom de l’expéditeur", sender_name)
    if not _MESSAGE_ID.fullmatch(message_id):
        raise BadInput(f"Message-ID\u00a0: «\u00a0{_shown(message_id)}\u00a0» n’a pas la forme <unique@domaine>.")
    if date.tzinfo is None:
        raise BadInput("Date du message\u00a0: il manque le fuseau horaire.")
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(display_name=name, addr_spec=_address("expéditeur", sender))
    message["To"] = Address(addr_spec=_address("destinataire", recipient))
    message["Subject"] = _clean("objet", subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    for header, value in headers.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", header) or header in message:
            raise BadInput(f"En-tête «\u00a0{_shown(header)}\u00a0»\u00a0: nom impossible ou déjà pris.")
        message[header] = _clean(header, value)
    message.set_content(text, cte="quoted-printable")
    if attachments:
        message.make_mixed(boundary="=_" + hashlib.sha256(message_id.encode()).hexdigest()[:40])
    for given, data, mime in attachments:
        filename = _clean("nom de la pièce jointe", given)
        if not _MIME.fullmatch(mime):
            raise BadInput(f"Pièce jointe {filename}\u00a0: «\u00a0{_shown(mime)}\u00a0» n’est pas un type MIME.")
        maintype, subtype = mime.lower().split("/")
        if maintype in ("message", "multipart"):
            # These types may not be encoded, and a server on the way may touch what is not.
            maintype, subtype = "application", "octet-stream"
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=filename)
    return message


def as_sent(message: EmailMessage | bytes) -> bytes:
    """Return the very bytes that `Mailer.send` hands over, lines ending in CR LF; bytes already so come back as given.

    Keep these bytes and send them: what was sent is then what was kept, whatever a reader makes of it.
    """
    data = message if isinstance(message, bytes) else message.as_bytes(policy=_POLICY)
    # A lone CR or LF is read as a line end by some servers and not by others, which lets a second message slip in.
    return re.sub(rb"\r\n|\r|\n", b"\r\n", data)


def draft(message: EmailMessage | bytes) -> bytes:
    """Return an .eml file that Outlook opens as a message still to be sent."""
    return b"X-Unsent: 1\r\n" + as_sent(message)


class Mailer:
    """One SMTP server. `now` gives aware UTC; `context` replaces the system's list of trusted authorities."""

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        now: Callable[[], datetime],
        context: ssl.SSLContext | None = None,
        manner: Manner = Manner(),
    ) -> None:
        self._settings, self._now, self.manner = settings, now, manner
        self._context = context or ssl.create_default_context()
        self._server = f"{settings.host}:{settings.port}"

    def send(self, message: EmailMessage | bytes, *, sender: str, recipient: str, fallback: str = "") -> SendResult:
        """Return once the server has taken the message over; sent at most once.

        sender, recipient: of the envelope; refusals and proofs of delivery come back to the sender. They are asked
        for where the server offers them (DSN, RFC 3461). fallback: the sender tried next, in the same session, where the
        server refuses the first one before any byte of the message. On trial (`Manner.only_to`), nothing leaves but to
        that address, marked, and no answer to it can be taken for one to the letter.

        Raises Undelivered: refused for good, nothing left. Unreachable: no connection, or refused for now; nothing
        left. SendUnknown: the line broke after the last byte and before the answer; the message may have left.
        """
        senders = [_address("expéditeur", each) for each in dict.fromkeys((sender, fallback or sender))]
        recipient = _address("destinataire", recipient)
        data = as_sent(message)
        if only_to := self.manner.only_to:
            senders, data = senders[-1:], _on_trial(data, recipient, only_to)
            recipient = _address("destinataire d’essai", only_to)
        headers = BytesParser(policy=DEFAULT).parsebytes(data, headersonly=True)
        identity = str(headers["Message-ID"] or "").strip("<>")
        if not identity:
            raise BadInput("Le message n’a pas de Message-ID.")
        if "X-Unsent" in headers:
            raise BadInput("Ce message est un brouillon (X-Unsent).")
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._connect()
            fault.point("smtp.connected")
            self._announce(smtp, senders, recipient, identity, len(data))
            # Without the final dot, no server may deliver: a line that breaks before it loses nothing.
            smtp.send(re.sub(rb"(?m)^\.", b"..", data) + (b"" if data.endswith(b"\r\n") else b"\r\n"))
        except smtplib.SMTPAuthenticationError as error:
            # A password or a token that is no longer good says nothing of the letter: it waits.
            _close(smtp)
            said = f"«\u00a0{error.smtp_code} {_text(error.smtp_error)}\u00a0»"
            raise Unreachable(self._sentence(f"il refuse l’identification ({said})")) from error
        except smtplib.SMTPResponseException as error:
            _close(smtp)
            self._refused(error.smtp_code, error.smtp_error)
        except smtplib.SMTPException as error:
            _close(smtp)
            if isinstance(error, smtplib.SMTPServerDisconnected):
                raise Unreachable(self._sentence("la connexion s’est coupée")) from error
            raise Undelivered(self._sentence("il n’offre pas le chiffrement ou l’identification demandés")) from error
        except OSError as error:
            _close(smtp)
            raise Unreachable(self._sentence(_cause(error))) from error
        code, answer = self._finish(smtp, identity)
        if code // 100 != 2:
            _close(smtp)
            self._refused(code, answer)
        fault.point("smtp.sent")
        result = SendResult(
            self._now(), self._server, f"{code} {_text(answer)}", address=_peer(smtp), dsn=smtp.has_extn("dsn")
        )
        _close(smtp)
        return result

    def _connect(self) -> smtplib.SMTP:
        """Return a session ready for a message: greeted, encrypted as asked, logged in."""
        s = self._settings
        smtp: smtplib.SMTP
        if s.security == "tls":
            smtp = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout_s, context=self._context)
        else:
            smtp = smtplib.SMTP(s.host, s.port, timeout=s.timeout_s)
        try:
            if s.security == "starttls":
                smtp.ehlo_or_helo_if_needed()
                code, answer = smtp.starttls(context=self._context)
                _expect(code, answer)
            smtp.ehlo_or_helo_if_needed()
            if s.username and s.token is not None:
                answer_once = xoauth2(s.username, s.token())
                if "XOAUTH2" not in smtp.esmtp_features.get("auth", "").upper().split():
                    raise smtplib.SMTPNotSupportedError("XOAUTH2")
                # A refusal is told by a challenge, to which the answer is an empty line.
                smtp.auth("XOAUTH2", lambda challenge=None: answer_once if challenge is None else "")
            elif s.username:
                smtp.login(s.username, s.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _announce(self, smtp: smtplib.SMTP, senders: Sequence[str], recipient: str, identity: str, size: int) -> None:
        """Return once the server waits for the message: envelope accepted, DATA open."""
        mail_options, rcpt_options = [], []
        if smtp.has_extn("size"):
            mail_options.append(f"SIZE={size}")
        if smtp.has_extn("dsn"):
            mail_options += ["RET=HDRS", f"ENVID={_xtext(identity)[:100]}"]
            rcpt_options = ["NOTIFY=SUCCESS,FAILURE,DELAY"]
        for number, sender in enumerate(senders, 1):
            try:
                _expect(*smtp.mail(sender, mail_options))
                _expect(*smtp.rcpt(recipient, rcpt_options))
                break
            except smtplib.SMTPResponseException as error:
                # Some servers let an account write under its bare address only. Nothing has left yet.
                if number == len(senders) or error.smtp_code // 100 != 5:
                    raise
                _expect(*smtp.rset())
        code, answer = smtp.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPResponseException(code, answer)

    def _finish(self, smtp: smtplib.SMTP, identity: str) -> tuple[int, bytes]:
        """Return the server's answer to the whole message; raise SendUnknown when it cannot be had."""
        try:
            if smtp.sock:
                smtp.sock.settimeout(self._settings.final_timeout_s)
            smtp.send(b".\r\n")
            code, answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            _close(smtp)
            raise self._unknown(identity) from error
        if code // 100 not in (2, 4, 5):
            _close(smtp)
            raise self._unknown(identity)
        return code, answer

    def _unknown(self, identity: str) -> SendUnknown:
        return SendUnknown(
            f"Le serveur d’envoi {self._server} a reçu le message <{identity}> sans confirmer\u00a0: "
            "nul ne sait s’il est parti. Il ne sera pas renvoyé sans qu’une personne le décide."
        )

    def _refused(self, code: int, answer: bytes | str) -> NoReturn:
        said = f"«\u00a0{code} {_text(answer)}\u00a0»"
        # 421 and every 4xx: not now. Anything else that is not yes, the greeting included, is no.
        if code // 100 == 4:
            raise Unreachable(self._sentence(f"il refuse pour l’instant ({said})"))
        raise Undelivered(self._sentence(f"il refuse ({said})"))

    def _sentence(self, what: str) -> str:
        return f"Le message n’est pas parti par le serveur d’envoi {self._server}\u00a0: {what}."


def access_token(file: str, command: Sequence[str]) -> str:
    """Return the access token of the moment: the first line that the command prints, else that of the file.

    Neither is kept or shown. Raises Unreachable when none can be had: the letter waits.
    """
    if command:
        try:
            done = subprocess.run(command, capture_output=True, timeout=60, check=True, stdin=subprocess.DEVNULL)
            lines = done.stdout.decode("ascii").splitlines()
        except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
            raise Unreachable(
                f"Rien n’est parti\u00a0: la commande «\u00a0{_shown(command[0])}\u00a0» (mail.token_command) n’a pas donné de jeton."
            ) from None
    else:
        try:
            lines = Path(file).read_text(encoding="ascii").splitlines()
        except (OSError, UnicodeDecodeError):
            raise Unreachable(f"Rien n’est parti\u00a0: le jeton ne se lit pas dans «\u00a0{file}\u00a0».") from None
    token = lines[0].strip() if lines else ""
    if not re.fullmatch(r"[!-~]+", token):
        raise Unreachable("Rien n’est parti\u00a0: le jeton d’accès est vide ou illisible.")
    return token


def xoauth2(user: str, token: str) -> str:
    """Return what a server wants to hear from a user with an access token (SASL XOAUTH2), before base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def new_token() -> str:
    """Return a token nobody can guess, fit for the name of an address: 20 letters and digits."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(20))


_ADDRESSED = frozenset({b"to", b"cc", b"bcc", b"reply-to", b"message-id", b"subject"})


def _on_trial(data: bytes, recipient: str, only_to: str) -> bytes:
    """Return the message as it leaves for a trial: to that address, its subject marked, its identity another one."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    kept = [f for f in fields if f.partition(b":")[0].strip().lower() not in _ADDRESSED]
    said = BytesParser(policy=DEFAULT).parsebytes(head, headersonly=True)
    name, _, domain = str(said["Message-ID"] or "").strip("<> ").rpartition("@")
    trial = EmailMessage(policy=_POLICY)
    trial["To"] = Address(addr_spec=_address("destinataire d’essai", only_to))
    trial["Subject"] = _shown(f"[ESSAI, destiné à {recipient}] {said['Subject'] or ''}")
    new = f"Message-ID: <essai.{name}@{domain}>\r\n".encode("ascii") + trial.as_bytes(policy=_POLICY).strip()
    return b"\r\n".join([*kept, new]) + b"\r\n\r\n" + body


def _cause(error: OSError) -> str:
    match error:
        case socket.gaierror():
            return "ce nom de serveur n’existe pas, ou internet est coupé"
        case TimeoutError():
            return "il ne dit rien assez vite"
        case ConnectionRefusedError():
            return "il n’écoute pas sur ce port"
        case ssl.SSLCertVerificationError():
            return "son certificat de sécurité n’est pas valable"
        case ssl.SSLError():
            return "le chiffrement demandé ne s’établit pas"
    return "la connexion s’est coupée"


def _expect(code: int, answer: bytes) -> None:
    if code // 100 != 2:
        raise smtplib.SMTPResponseException(code, answer)


def _peer(smtp: smtplib.SMTP) -> str:
    """Return the IP address at the other end, empty where the line is already cut."""
    try:
        return str(smtp.sock.getpeername()[0]) if smtp.sock else ""
    except OSError:
        return ""


def _close(smtp: smtplib.SMTP | None) -> None:
    """Take leave, without a word about a line already broken."""
    if smtp is not None:
        with suppress(OSError, smtplib.SMTPException):
            if smtp.sock:
                smtp.sock.settimeout(5.0)
            smtp.quit()
        smtp.close()


def _is_plain(value: str) -> bool:
    """Return True for a text that may travel as it is and be cut at any of its spaces."""
    return value.isascii() and "=?" not in value and value == " ".join(value.split())


def _folded(value: str, column: int = 0) -> str:
    """Return the header value in lines, as encoded words unless it is plain; unfolding gives it back unchanged."""
    if _is_plain(value):
        lines = textwrap.wrap(value, 76, initial_indent=" " * column, break_long_words=False, break_on_hyphens=False)
        return "\r\n ".join(lines).strip()
    return Header(value, "utf-8", maxlinelen=76 - column).encode(linesep="\r\n")


def _mailbox(address: Address) -> str:
    name = address.display_name
    if not name:
        return address.addr_spec
    phrase = '"' + quote(name) + '"' if _is_plain(name) else name
    return f"{_folded(phrase, 10)}\r\n <{address.addr_spec}>"


def _xtext(value: str) -> str:
    """Return the value as RFC 3461 part 4 writes it."""
    return re.sub(r"[^!-~]|[+=]", lambda m: f"+{ord(m[0]):02X}", value)


def _text(answer: bytes | str) -> str:
    return _shown(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)


def _shown(value: str) -> str:
    """Return the value on one line, safe to print, cut at 300 characters."""
    return re.sub(r"\s+", " ", "".join(c if unicodedata.category(c)[0] != "C" else " " for c in value)).strip()[:300]


def _clean(what: str, value: str) -> str:
    """Return the value; raise BadInput if it holds a line break or another control character."""
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in value):
        raise BadInput(
            f"{what}\u00a0: «\u00a0{_shown(value)}\u00a0» contient un retour à la ligne ou un caractère de contrôle."
        )
    return value


def _address(what: str, value: str) -> str:
    """Return the value; raise BadInput unless it is one plain address."""
    if len(value) > 254 or not _ADDRESS.fullmatch(value):
        raise BadInput(f"Adresse de courriel ({what})\u00a0: «\u00a0{_shown(value)}\u00a0» n’en est pas une.")
    return value
