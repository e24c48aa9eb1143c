"""Raw mail -> replies of a case, or the quarantine. Bytes are kept as they came; a person says what they mean."""

from __future__ import annotations

import email.message
import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from email.parser import BytesHeaderParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from listingguard.domain.case import REPLIES, EventKind
from listingguard.domain.letter import QUESTIONS
from listingguard.domain.record import CaseRow, DispatchRow, ReplyRow
from listingguard.domain.reply_text import MailText
from listingguard.domain.suggestion import Rules, Suggestion, suggest
from listingguard.errors import BadInput, NotFound

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

PARIS = ZoneInfo("Europe/Paris")

READ_AS = REPLIES | {EventKind.ACKNOWLEDGED, EventKind.BOUNCED}
"""What a person may say a message is."""

MAX_HEAD = 64 * 1024
"""Bytes of headers that are read: some parsers need the square of their length."""


@dataclass(frozen=True)
class Seen:
    """A message as a person sees it. case: empty in quarantine; `held` then says why. unread: nobody has read it yet.

    suggestion: what it seems to say; it changes nothing.
    """

    sha256: str
    case: str
    sender: str
    day: date | None
    unread: bool
    held: str
    mail: MailText
    suggestion: Suggestion


@dataclass(frozen=True)
class Filed:
    """Where a message went. case: empty when it lies in quarantine, then `reason` says why, in French."""

    sha256: str
    case: str
    route: str
    reason: str = ""


def file_message(store: Store, vault: Vault, raw: bytes, *, name: str, today: date, at: datetime) -> Filed:
    """File one message received, by its thread or its reference, and return where it went.

    A stranger who quotes a reference stays in quarantine: only the addressee's own domain speaks for the platform.
    The same bytes twice are one message. Raises BadInput for what is not a mail.
    """
    message = _head(raw)
    if not raw.strip() or b"\x00" in raw[:4096] or not message.get("From"):
        raise BadInput(f"{name} : ce fichier n’est pas un courriel (.eml).")
    sha = vault.put(raw)
    row, route = _route(store, vault, message, raw)
    sender = parseaddr(str(message.get("From", "")))[1].lower()
    reason = ""
    if row is None:
        reason = "ce message ne se rattache à aucun dossier"
    elif route == "reference" and sender.rpartition("@")[2] != row.recipient.lower().rpartition("@")[2]:
        reason = f"{sender or 'un inconnu'} cite le dossier {row.case} sans écrire de chez le destinataire"
    if row is None or reason:
        with store.tx("inbox.quarantine"):
            store.add_quarantine(sha, name, reason, at=at)
        return Filed(sha, "", "quarantine", reason)
    reply = _reply(sha, row.case, route, message, today)
    with store.tx("inbox.reply"):
        store.add_reply(reply, at=at)
    return Filed(sha, row.case, route)


def file_by_hand(
    store: Store, vault: Vault, message: str, case: CaseRow, *, today: date, at: datetime, actor: str
) -> Filed:
    """Move one quarantined message, named by the beginning of its hash, to the case a person says it belongs to."""
    found = [sha for sha, _, _ in store.quarantined() if len(message) >= 8 and sha.startswith(message)]
    if len(found) != 1:
        raise NotFound(f"Aucun message unique « {message} » en quarantaine (8 caractères au moins).")
    parsed = _head(vault.get(found[0]))
    with store.tx("inbox.by_hand"):
        store.add_reply(_reply(found[0], case.id, "by_hand", parsed, today), at=at)
        store.leave_quarantine(found[0])
        store.add_audit(actor, "quarantine_left", f"{found[0]} → {case.id}", at=at)
    return Filed(found[0], case.id, "by_hand")


def _reply(sha: str, case: str, route: str, message: email.message.Message[Any, Any], today: date) -> ReplyRow:
    sender = parseaddr(str(message.get("From", "")))[1].lower()
    return ReplyRow(sha, case, route, sender, str(message.get("Subject", ""))[:200], _day(message, today))


def _route(
    store: Store, vault: Vault, message: email.message.Message[Any, Any], raw: bytes
) -> tuple[DispatchRow | None, str]:
    thread = f"{message.get('In-Reply-To', '')} {message.get('References', '')}"
    subject = str(message.get("Subject", ""))
    rows = store.dispatches()
    asked = {each.id for row in rows for each in store.letters(row.case) if each.kind in QUESTIONS}
    for row in rows:
        if any(identity in thread for identity in _identities(store, vault, row)):
            return row, "thread"
    for row in rows:
        # A delivery report carries our message, or its headers, inside.
        if message.get_content_type() == "multipart/report" and row.message_id.encode() in raw:
            return row, "report"
    for row in rows:
        # A question went to the practitioner, whose mail domain may be anybody's: only the thread answers it.
        if row.case in subject and row.letter not in asked:
            return row, "reference"
    return None, ""


def _identities(store: Store, vault: Vault, row: DispatchRow) -> tuple[str, ...]:
    """Return the Message-IDs the letter may be answered under: ours, and that of the program that sent our draft."""
    copies = [
        vault.get(f.proof)
        for f in store.facts(row.case)
        if f.kind in (EventKind.REQUEST_SENT, EventKind.ASKED)
        and f.data.get("dispatch") == row.id
        and f.proof not in ("", row.message)
    ]
    own = (str(_head(raw).get("Message-ID", "")) for raw in copies)
    return (row.message_id, *(identity.strip() for identity in own if identity.strip()))


def _day(message: email.message.Message[Any, Any], today: date) -> date:
    try:
        moment = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return today
    day = moment.astimezone(PARIS).date() if moment.tzinfo else moment.date()
    # A date in the future is the sender's clock, not a fact.
    return min(day, today)


def unread(store: Store, case_id: str) -> tuple[ReplyRow, ...]:
    """Return the messages of a case that no person has read yet: none of its events rests on them."""
    read = {f.proof for f in store.facts(case_id)}
    return tuple(r for r in store.replies(case_id) if r.sha256 not in read)


def seen(store: Store, vault: Vault, read: Callable[[bytes], MailText], rules: Rules) -> tuple[Seen, ...]:
    """Return every message filed or in quarantine, each with a suggestion; those of cases first, oldest first."""
    filed = []
    for case in store.cases():
        waiting = unread(store, case.id)
        filed += [_seen(vault, r.sha256, read, rules, row=r, unread=r in waiting) for r in store.replies(case.id)]
    return (*filed, *(_seen(vault, sha, read, rules, held=why) for sha, _, why in store.quarantined()))


def look(store: Store, vault: Vault, message: str, read: Callable[[bytes], MailText], rules: Rules) -> Seen:
    """Return one message, named by the beginning of its hash; raise NotFound unless exactly one has it."""
    rows: list[tuple[str, ReplyRow | None, bool, str]] = []
    for case in store.cases():
        waiting = unread(store, case.id)
        rows += [(r.sha256, r, r in waiting, "") for r in store.replies(case.id)]
    rows += [(sha, None, True, why) for sha, _, why in store.quarantined()]
    found = [row for row in rows if len(message) >= 8 and row[0].startswith(message)]
    if len(found) != 1:
        raise NotFound(
            f"Aucun message unique « {message} » (8 caractères au moins). Les voir : listingguard inbox list"
        )
    sha, reply, new, why = found[0]
    return _seen(vault, sha, read, rules, row=reply, unread=new, held=why)


def _seen(
    vault: Vault,
    sha: str,
    read: Callable[[bytes], MailText],
    rules: Rules,
    *,
    row: ReplyRow | None = None,
    unread: bool = True,
    held: str = "",
) -> Seen:
    mail = read(vault.get(sha))
    case, sender, day = (row.case, row.sender, row.day) if row else ("", mail.sender, None)
    return Seen(sha, case, sender, day, unread, held, mail, suggest(mail, rules))


def _head(raw: bytes) -> email.message.Message[Any, Any]:
    """Return the headers alone; the parts of a hostile mail nest deeper than a parser can go."""
    return BytesHeaderParser(policy=email.policy.default).parsebytes(raw[:MAX_HEAD])
