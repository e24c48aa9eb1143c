"""One mail box on an IMAP server: messages out, as they lie there, and copies of what left in.

Nothing is marked, moved or deleted unless asked.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Literal, NoReturn, Self

import imap_tools
from imap_tools.errors import ImapToolsError, MailboxLoginError

from listingguard.edge.envelope import MAX_HEAD
from listingguard.errors import BadConfig, Unreachable

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class ImapSettings:
    """The mail box of a home. token: gives a fresh OAuth 2.0 access token, None: the password is used.

    done_folder: where messages go once they are taken over; empty: they stay where they are.
    """

    host: str
    port: int = 993
    security: Literal["none", "starttls", "tls"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    folder: str = "INBOX"
    done_folder: str = ""
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise BadConfig(
                f"Boîte de réception {self.host}\u00a0: un mot de passe ne part pas en clair\u00a0; "
                "choisissez la sécurité «\u00a0tls\u00a0» ou «\u00a0starttls\u00a0»."
            )


class Mailbox:
    """One open folder of a mail box; use it as a context manager. context: replaces the system's trusted authorities.

    Raises Unreachable, wherever the server fails us: what was taken over stays taken, the rest is for the next time.
    """

    def __init__(self, settings: ImapSettings, *, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self.name = f"{settings.username}@{settings.host}/{settings.folder}"
        # Not the library's own default: imaplib verifies no certificate.
        secure = context or ssl.create_default_context()
        s = settings
        try:
            match s.security:
                case "tls":
                    self._box: Any = imap_tools.MailBox(s.host, s.port, timeout=s.timeout_s, ssl_context=secure)
                case "starttls":
                    self._box = imap_tools.MailBoxStartTls(s.host, s.port, timeout=s.timeout_s, ssl_context=secure)
                case "none":
                    self._box = imap_tools.MailBoxUnencrypted(s.host, s.port, timeout=s.timeout_s)
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            self._failed(error)
        try:
            if s.token is not None:
                self._box.xoauth2(s.username, s.token(), initial_folder=None)
            elif s.username.isascii() and s.password.isascii():
                self._box.login(s.username, s.password, initial_folder=None)
            else:
                self._box.login_utf8(s.username, s.password, initial_folder=None)
            # Read-only while reading: no server may mark anything as seen.
            self._select(readonly=True)
            found = self._box.client.response("UIDVALIDITY")[1]
            self.validity = int(found[0]) if found and found[0] else 0
        except (MailboxLoginError, imaplib.IMAP4.error, ImapToolsError, OSError, ValueError) as error:
            self.close()
            self._failed(error, refusal="il refuse l’identifiant, le mot de passe (ou le jeton) ou le dossier demandés")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take leave of the server, without a word about a line already broken."""
        with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            self._box.logout()

    def uids(self, since: date) -> tuple[int, ...]:
        """Return the UIDs of the messages that reached the server on or after a day, smallest first."""
        criteria = f"SINCE {since.day:02d}-{_MONTHS[since.month - 1]}-{since.year}"
        try:
            return tuple(sorted(int(uid) for uid in self._box.uids(criteria, charset=None)))
        except (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
            self._failed(error)

    def size(self, uid: int) -> int:
        """Return the bytes of a message, as the server says; 0 when it is no longer there."""
        lines = b" ".join(part for part in self._fetch(uid, "(RFC822.SIZE)") if isinstance(part, bytes))
        found = re.search(rb"RFC822\.SIZE (\d{1,12})", lines)
        return int(found[1]) if found else 0

    def head(self, uid: int) -> bytes:
        """Return the headers of a message, the first 64 KB of them."""
        return self._body(uid, f"(BODY.PEEK[HEADER]<0.{MAX_HEAD}>)") or b""

    def get(self, uid: int, limit: int) -> bytes | None:
        """Return a message byte for byte; None when it is longer than `limit`, whatever size the server told, or gone."""
        raw = self._body(uid, f"(BODY.PEEK[]<0.{limit + 1}>)")
        return raw if raw and len(raw) <= limit else None

    def keep(self, raw: bytes, message_id: str, folder: str) -> bool:
        """Lay a message that left in a folder, read and of its own date, the folder made when missing; return False if a
        message of that identity lies there already."""
        try:
            if not self._box.folder.exists(folder):
                self._box.folder.create(folder)
            self._box.folder.set(folder, readonly=True)
            known = self._box.uids(imap_tools.AND(header=imap_tools.H("Message-ID", message_id)), charset=None)
            if not known:
                self._box.append(raw, folder, dt=_written_at(raw), flag_set=[imap_tools.MailMessageFlags.SEEN])
            self._select(readonly=True)
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            self._failed(error, refusal=f"il refuse une copie dans «\u00a0{folder}\u00a0» (imap.sent_folder)")
        return not known

    def put_away(self, uids: Iterable[int]) -> None:
        """Move messages to the folder set for them, made when missing; without one nothing moves."""
        folder, all_of_them = self._settings.done_folder, [str(uid) for uid in uids]
        if not folder or not all_of_them:
            return
        try:
            # Asked again: what a server can do, it says only to whom it knows.
            able = (
                b" ".join(part for part in self._box.client.capability()[1] if isinstance(part, bytes)).upper().split()
            )
            self._box.client.capabilities = tuple(word.decode("ascii", "replace") for word in able)
            if b"MOVE" not in able:
                # Copy, delete, expunge would also take what others marked for deletion.
                raise BadConfig(
                    f"Boîte de réception {self._settings.host}\u00a0: ce serveur ne sait pas déplacer (MOVE)\u00a0; "
                    'laissez imap.done_folder vide ("").'
                )
            if not self._box.folder.exists(folder):
                self._box.folder.create(folder)
            self._select(readonly=False)
            self._box.move(all_of_them, folder, chunks=200)
            self._select(readonly=True)
        except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
            self._failed(
                error, refusal=f"il refuse de ranger les messages dans «\u00a0{folder}\u00a0» (imap.done_folder)"
            )

    def _select(self, *, readonly: bool) -> None:
        self._box.folder.set(self._settings.folder, readonly=readonly)

    def _fetch(self, uid: int, parts: str) -> list[Any]:
        try:
            answer, data = self._box.client.uid("FETCH", str(uid), parts)
        except (OSError, imaplib.IMAP4.error) as error:
            self._failed(error)
        if answer != "OK":
            raise Unreachable(self._sentence("le serveur refuse de donner un message"))
        return list(data or ())

    def _body(self, uid: int, parts: str) -> bytes | None:
        found = [part[1] for part in self._fetch(uid, parts) if isinstance(part, tuple) and len(part) > 1]
        return bytes(found[0]) if found else None

    def _failed(self, error: Exception, *, refusal: str = "il refuse ce qui lui est demandé") -> NoReturn:
        if isinstance(error, ssl.SSLCertVerificationError):
            why = "son certificat de sécurité n’est pas valable"
        elif isinstance(error, ssl.SSLError):
            why = "le chiffrement demandé ne s’établit pas"
        elif isinstance(error, socket.gaierror):
            why = "ce nom de serveur n’existe pas, ou internet est coupé"
        elif isinstance(error, TimeoutError):
            why = "il ne répond pas assez vite"
        elif isinstance(error, ConnectionRefusedError):
            why = "il n’écoute pas sur ce port"
        elif isinstance(error, (OSError, imaplib.IMAP4.abort)):
            why = "la connexion s’est coupée"
        else:
            why = refusal
        raise Unreachable(self._sentence(why)) from error

    def _sentence(self, why: str) -> str:
        return (
            f"La boîte de réception {self._settings.host}:{self._settings.port} n’a pas pu être relevée\u00a0: {why}."
        )


def _written_at(raw: bytes) -> datetime | None:
    """Return when a message says it was written; None where it does not say so with a zone."""
    try:
        moment = parsedate_to_datetime(str(BytesHeaderParser().parsebytes(raw).get("Date", "")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
