"""Raw mail -> replies of a case, or the quarantine; a mail box taken over message by message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from listingguard.domain.delivery_report import Delivered
from listingguard.domain.envelope import Envelope, distrusted
from listingguard.domain.event import PROGRAM
from listingguard.domain.incoming import (
    is_lawyer,
    names_patients,
    quoted_references,
    sort_of,
    speaks_for,
)
from listingguard.domain.record import DispatchRow, ReplyRow, Sort
from listingguard.domain.reply_text import MailText, no_message
from listingguard.domain.service import found_token, proof_of_dsn
from listingguard.errors import BadInput, ListingguardError
from listingguard.flow.inbox.room import MAX_MAIL, Filed, Known, Mailroom, earliest

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


class Box(Protocol):
    """A mail box that is being collected; see edge/mailbox. validity: what its UIDs are valid for (UIDVALIDITY)."""

    name: str
    validity: int

    def uids(self, since: date) -> tuple[int, ...]:
        """Return the UIDs of the messages that came on or after a day, smallest first."""

    def size(self, uid: int) -> int:
        """Return the bytes of a message, as the server says; 0 when it is no longer there."""

    def head(self, uid: int) -> bytes:
        """Return its headers."""

    def get(self, uid: int, limit: int) -> bytes | None:
        """Return the message, unmarked; None when it is longer than `limit`, or no longer there."""

    def put_away(self, uids: Iterable[int]) -> None:
        """Move messages to the folder for what was taken over, where the home has set one."""


@dataclass
class Collected:
    """What one collection did. left: messages too big, named, that stayed on the server. failure: why it ended early."""

    filed: list[Filed] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    failure: str = ""


def file_message(
    store: Store, vault: Vault, room: Mailroom, raw: bytes, *, name: str, today: date, at: datetime
) -> Filed:
    """File one message received and return where it went.

    It is known by the address it was written to, else by its thread, else by its reference; a stranger who quotes a
    reference stays in quarantine: only the controller's own domain speaks for it. What names patients does too. The
    same bytes twice are one message. Raises BadInput for what is not a mail.
    """
    return _file(store, vault, room, Known(store, vault, room), raw, name=name, today=today, at=at)


def _file(
    store: Store,
    vault: Vault,
    room: Mailroom,
    known: Known,
    raw: bytes,
    *,
    name: str,
    today: date,
    at: datetime,
    collected: tuple[str, int, int] | None = None,
) -> Filed:
    found = room.envelope(raw)
    if found is None:
        raise BadInput(no_message(name, raw))
    mail = room.read(raw)
    sha = vault.put(raw)
    filed, row = _placed(store, room, known, sha, found, mail, raw)
    day = min(found.day or today, today)
    if filed.case and day < earliest(store, known, filed.case, row):
        # A clock that was wrong: nobody answers what had not left. The day we took it over is sure.
        day = today
    if filed.case and row is not None and filed.sort is Sort.BOUNCE:
        # Before the row: what is interrupted in between is done again, and the same report proves once.
        _prove(store, vault, room, row, mail, raw, day=day, today=today, at=at)
    with store.tx("inbox.file"):
        if collected is not None:
            store.add_collected(*collected, sha, filed.route, at=at)
        if filed.case:
            reply = ReplyRow(sha, filed.case, filed.route, found.sender, found.subject[:200], day, filed.sort)
            store.add_reply(reply, at=at)
        elif filed.route == "quarantine" and store.reply(sha) is None:
            store.add_quarantine(sha, name, filed.reason, at=at, sort=filed.sort, guess=filed.guess)
    return filed


def _placed(
    store: Store, room: Mailroom, known: Known, sha: str, found: Envelope, mail: MailText, raw: bytes
) -> tuple[Filed, DispatchRow | None]:
    """Return where a message goes, and the dispatch it answers or reports on."""
    before = store.reply(sha)
    if before is not None:
        return Filed(sha, before.case, before.route, sort=before.sort), None
    if found.message_id and known.answered([found.message_id]) is not None:
        # Our own message has come back, by a loop or as a copy for the archive: nobody's answer.
        return Filed(sha, "", "own", "c’est notre propre message, revenu", Sort.AUTOMATIC), None
    sort = sort_of(found, mail, (*room.lawyers, *known.lawyers))
    row, route, doubt = _route(store, known, found, mail, raw, sort)
    case = row.case if row else ""
    theirs = known.lawyers.get(found.sender)
    if sort is Sort.LAWYER and case and speaks_for(found.sender, known.speaking(known.cases[case])):
        # The platform that writes to us and to our lawyer answers: that is no secret of ours.
        sort = sort_of(found, mail, ())

    def held(reason: str, kind: Sort = sort) -> tuple[Filed, DispatchRow | None]:
        return Filed(sha, "", "quarantine", reason, kind, case or _guess(known, found, mail)), row

    if sort is Sort.LAWYER:
        quoted = quoted_references(found.subject, known.cases)
        if (
            theirs
            and not is_lawyer((found.sender,), room.lawyers)
            and not theirs.issuperset((case,) if case else quoted)
        ):
            return held("un avocat désigné écrit au sujet d’un dossier où il ne l’est pas")
        if not case and not quoted and theirs and len(theirs) == 1:
            return Filed(sha, next(iter(theirs)), "lawyer", sort=sort), row
        if case or len(quoted) == 1:
            return Filed(sha, case or quoted[0], route or "reference", sort=sort), row
        return held("un message de l’avocat ne se rattache à aucun dossier")
    own = _no_patients(store, known, case or _guess(known, found, mail), mail)
    if why := names_patients(f"{found.subject}\n{_text(mail)}", mail.attachments, own):
        return held(f"sensible : {why}", Sort.SENSITIVE)
    if row is None:
        return held("ce message ne se rattache à aucun dossier")
    if doubt:
        return held(doubt)
    if sort is Sort.REPLY and (why := distrusted(found, room.authserv_id)):
        return held(f"{found.sender or 'un inconnu'} cite le dossier {case}, mais {why}")
    asked = row.letter in known.questions
    if route == "reference" and not asked and not speaks_for(found.sender, known.speaking(known.cases[case])):
        return held(f"{found.sender or 'un inconnu'} cite le dossier {case} sans écrire de chez le destinataire")
    return Filed(sha, case, route, sort=sort), row


def _route(
    store: Store, known: Known, found: Envelope, mail: MailText, raw: bytes, sort: Sort
) -> tuple[DispatchRow | None, str, str]:
    """Return the dispatch a message answers, how that is known, and what makes it doubtful, in French."""
    token = next(filter(None, (found_token(address) for address in found.to)), None)
    addressed = store.dispatch_of_token(token[0]) if token else None
    threaded = known.answered(found.named)
    if addressed is not None and threaded is not None and addressed.case != threaded.case:
        doubt = f"son adresse est celle du dossier {addressed.case}, et il répond au dossier {threaded.case}"
        return addressed, "token", doubt
    if addressed is not None:
        return addressed, "token", ""
    if threaded is not None:
        return threaded, "thread", ""
    if sort is Sort.BOUNCE:
        # A delivery report carries our message, or its headers, inside.
        inside = re.findall(rb"<[^<>\s@]{1,200}@[^<>\s]{1,200}>", raw[-2 * 1024 * 1024 :])
        reported = known.answered(dict.fromkeys(each.decode("ascii", "replace") for each in inside[:2000]))
        if reported is not None:
            return reported, "report", ""
    quoted = quoted_references(found.subject, dict.fromkeys(r.case for r in known.rows))
    # A question went to the practitioner, whose mail domain may be anybody's: only the very address asked answers it.
    mine = [
        r
        for r in known.rows
        if r.case in quoted and r.letter in known.questions and r.recipient.lower() == found.sender
    ]
    if mine and len(quoted) == 1:
        return mine[0], "reference", ""
    asked = [r for r in known.rows if r.case in quoted and r.letter not in known.questions]
    if len({r.case for r in asked}) > 1:
        return None, "", ""
    return (asked[0], "reference", "") if asked else (None, "", "")


def _guess(known: Known, found: Envelope, mail: MailText) -> str:
    """Return the one case that a message in quarantine may belong to; empty when there is none, or several."""
    quoted = quoted_references(f"{found.subject}\n{_text(mail)}", known.cases)
    if quoted:
        return quoted[0] if len(quoted) == 1 else ""
    theirs = [case.id for case in known.cases.values() if speaks_for(found.sender, known.speaking(case))]
    return theirs[0] if len(theirs) == 1 else ""


def _no_patients(store: Store, known: Known, case: str, mail: MailText) -> tuple[str, ...]:
    """Return the names that are no patient's in a message: its sender's, its case's practitioner's, who signed ours."""
    own = [re.sub(r"<.*", "", mail.sender)]
    if case:
        person = store.practitioner(known.cases[case].practitioner)
        own += [*person.family_names, person.first_name, *person.other_first_names]
        own += [fact.actor for fact in store.facts(case)]
    return tuple(filter(None, own))


def _text(mail: MailText) -> str:
    return "\n".join(segment.text for segment in mail.segments)


def _prove(
    store: Store,
    vault: Vault,
    room: Mailroom,
    row: DispatchRow,
    mail: MailText,
    raw: bytes,
    *,
    day: date,
    today: date,
    at: datetime,
) -> None:
    """Keep what a server reports of our letter: delivered, relayed, delayed or failed."""
    ours = [r for r in mail.reports if r.recipient == row.recipient.lower()] or list(mail.reports)
    if not ours:
        return
    worst = max(ours, key=lambda report: list(Delivered).index(report.action))
    kind = proof_of_dsn(worst.action.value, worst.status)
    if kind is None:
        return
    note = " ".join(part for part in (worst.status, worst.said) if part)
    # A report that fits nothing, or comes where the case takes none, is still kept among its messages.
    with suppress(ListingguardError):
        room.prove(store, vault, row, kind, raw, day=max(day, row.day), today=today, at=at, actor=PROGRAM, note=note)


def collected_since(store: Store) -> date | None:
    """Return the day from which mail may be ours, that of the first case; None while there is no case.

    What came into the box before is nobody's business here.
    """
    return store.first_day()


def collect(
    store: Store,
    vault: Vault,
    room: Mailroom,
    box: Box,
    *,
    since: date,
    today: date,
    at: Callable[[], datetime],
    limit: int = MAX_MAIL,
) -> Collected:
    """Take over what came into a mail box since a day, message by message, and return what became of each.

    Each is kept and committed before anything is done to it on the server, so an interrupted collection goes on where
    it was. UIDs that mean something else (UIDVALIDITY) make everything be read again, and nothing is filed twice: the
    bytes are the message. One that is too big stays on the server, named, its headers kept.
    """
    done, known = Collected(), Known(store, vault, room)
    taken = store.collected(box.name, box.validity)
    try:
        for uid in box.uids(since):
            if uid not in taken:
                _take(store, vault, room, known, box, uid, done, today=today, at=at(), limit=limit)
        taken = store.collected(box.name, box.validity)
        # Only what is committed leaves the folder, this time or, after an interruption, the next.
        box.put_away(uid for uid in box.uids(since) if taken.get(uid, "too_big") != "too_big")
    except ListingguardError as error:
        done.failure = str(error)
    return done


def _take(
    store: Store,
    vault: Vault,
    room: Mailroom,
    known: Known,
    box: Box,
    uid: int,
    done: Collected,
    *,
    today: date,
    at: datetime,
    limit: int,
) -> None:
    size, source = box.size(uid), (box.name, box.validity, uid)
    if not size:
        return
    raw = box.get(uid, limit) if size <= limit else None
    if raw is None:
        head = box.head(uid)
        sha, found = vault.put(head), room.envelope(head)
        subject, sender = (found.subject[:80], found.sender) if found else ("", "")
        told = f"{subject or 'sans objet'} ({sender or 'expéditeur illisible'})"
        guess = _guess(known, found, MailText("", "", ())) if found else ""
        reason = (
            f"trop gros ({-(-size // 1_000_000)} Mo, la limite est de {limit // 1_000_000} Mo) : il est resté dans la "
            "boîte, une personne l’y lit"
        )
        new = not store.fate_of(sha)
        with store.tx("inbox.too_big"):
            store.add_collected(*source, sha, "too_big", at=at)
            if new:
                store.add_quarantine(sha, told, reason, at=at, guess=guess)
        done.left.append(told)
        return
    name = f"courriel {uid} de {box.name}"
    sha = hashlib.sha256(raw).hexdigest()
    before = store.fate_of(sha)
    if before:
        # Seen before under another UID: filed once, or given back since.
        with store.tx("inbox.again"):
            store.add_collected(*source, sha, before, at=at)
        return
    try:
        done.filed.append(_file(store, vault, room, known, raw, name=name, today=today, at=at, collected=source))
    except BadInput:
        vault.put(raw)
        with store.tx("inbox.damaged"):
            store.add_collected(*source, sha, "quarantine", at=at)
            store.add_quarantine(sha, name, "il ne se lit pas comme un courriel", at=at)
        done.filed.append(Filed(sha, "", "quarantine", "il ne se lit pas comme un courriel"))
