"""Raw mail -> replies of a case, or the quarantine. Bytes are kept as they came; a person says what they mean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from listingguard.domain.case import REPLIES, EventKind, Fact, State, effective
from listingguard.domain.delivery_report import Delivered
from listingguard.domain.envelope import Envelope, distrusted
from listingguard.domain.event import PROGRAM
from listingguard.domain.french import french_day
from listingguard.domain.incoming import (
    about_another,
    is_lawyer,
    names_patients,
    quoted_references,
    sort_of,
    speaks_for,
)
from listingguard.domain.letter import QUESTIONS
from listingguard.domain.question import said_in
from listingguard.domain.record import CaseRow, DispatchRow, HeldRow, ReplyRow, Sort
from listingguard.domain.reply_text import MailText, no_message
from listingguard.domain.service import found_token, proof_of_dsn
from listingguard.domain.suggestion import Meaning, Rules, Suggestion, suggest
from listingguard.errors import BadInput, ListingguardError, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

READ_AS = REPLIES | {EventKind.ACKNOWLEDGED, EventKind.BOUNCED}
"""What a person may say a message is."""

MAX_MAIL = 40 * 1024 * 1024
"""Bytes of a message that is taken over; a larger one stays where it is, and a person is told."""


_LEFT = (EventKind.REQUEST_SENT, EventKind.ASKED, EventKind.LETTER_SENT)
"""The events that say a letter left; one may rest on the copy that a person's mail program kept."""


@dataclass(frozen=True)
class Mailroom:
    """What a message is read with. envelope: what its headers say, whatever file it came in; None: no mail.

    controllers: slug -> record. authserv_id: the name our own mail server signs its verdicts with; empty: it gives
    none. lawyers: addresses and domains of one's own lawyers. prove: keeps a report of delivery as a proof of service
    (flow/service).
    """

    read: Callable[[bytes], MailText]
    envelope: Callable[[bytes], Envelope | None]
    rules: Rules
    controllers: Mapping[str, Mapping[str, Any]]
    prove: Callable[..., Any]
    authserv_id: str = ""
    lawyers: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Seen:
    """A message as a person sees it. case: empty in quarantine; `held` then says why, `guess` where it may belong.

    unread: nobody has read it yet. suggestion: what it seems to say; it changes nothing. doubt: what to know of the
    sender, in French. word: what a person said it means. A sensitive message shows nothing of what it says.
    """

    sha256: str
    case: str
    sender: str
    day: date | None
    unread: bool
    held: str
    mail: MailText
    suggestion: Suggestion
    sort: Sort = Sort.REPLY
    guess: str = ""
    doubt: str = ""
    word: str = ""
    said: str = ""
    """Of the practitioner's reply to our question: the answer it seems to give, or `?`; empty for any other message."""


@dataclass(frozen=True)
class Filed:
    """Where a message went. case: empty when it lies in quarantine, then `reason` says why, in French."""

    sha256: str
    case: str
    route: str
    reason: str = ""
    sort: Sort = Sort.REPLY
    guess: str = ""


@dataclass
class Collected:
    """What one collection did. left: messages too big, named, that stayed on the server. failure: why it ended early."""

    filed: list[Filed] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    failure: str = ""


class _Known:
    """What we sent, by what an answer may name it with; looked up once for a whole collection."""

    def __init__(self, store: Store, vault: Vault, room: Mailroom) -> None:
        self._store, self._vault, self._room = store, vault, room
        self._domains: dict[str, tuple[str, ...]] = {}

    @cached_property
    def rows(self) -> tuple[DispatchRow, ...]:
        return self._store.dispatches()

    @cached_property
    def by_identity(self) -> dict[str, DispatchRow]:
        return {row.message_id: row for row in self.rows}

    @cached_property
    def copies(self) -> dict[str, DispatchRow]:
        """Return the Message-IDs that mail programs gave to our drafts, known from the copies that prove their sending."""
        by_id = {row.id: row for row in self.rows}
        found = {}
        for case in self._store.cases_with_copies(_LEFT):
            for fact in self._store.facts(case):
                row = by_id.get(str(fact.data.get("dispatch", "")))
                if fact.kind in _LEFT and row and fact.proof not in ("", row.message) and self._vault.has(fact.proof):
                    copy = self._room.envelope(self._vault.get(fact.proof))
                    found[copy.message_id if copy else ""] = row
        found.pop("", None)
        return found

    @cached_property
    def cases(self) -> dict[str, CaseRow]:
        return {row.id: row for row in self._store.cases()}

    @cached_property
    def lawyers(self) -> dict[str, frozenset[str]]:
        """Return the address of each lawyer whom a person named -> the cases in which they represent somebody."""
        return self._store.named_lawyers()

    @cached_property
    def questions(self) -> frozenset[str]:
        """Return the letters that went to practitioners."""
        return self._store.letters_of([kind.value for kind in QUESTIONS])

    @cached_property
    def recipients(self) -> dict[str, list[str]]:
        """Return case -> the addresses its letters to the platform went to."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if "@" in row.recipient and row.letter not in self.questions:
                found.setdefault(row.case, []).append(row.recipient)
        return found

    def answered(self, identities: Iterable[str]) -> DispatchRow | None:
        """Return the dispatch that one of the identities names."""
        named = tuple(identities)
        return next((self.by_identity[i] for i in named if i in self.by_identity), None) or next(
            (self.copies[i] for i in named if i in self.copies), None
        )

    def told_of(self, controller: str) -> tuple[str, ...]:
        """Return the domains that people said are a controller's."""
        if controller not in self._domains:
            self._domains[controller] = self._store.controller_domains(controller)
        return self._domains[controller]

    def speaking(self, case: CaseRow) -> tuple[str, ...]:
        """Return the addresses, domains and hosts that speak for the controller of a case."""
        record = self._room.controllers.get(case.controller, {})
        written = (
            str(record.get("email") or ""), case.platform, *map(str, record.get("platforms", ())),
            *self.told_of(case.controller), *self.recipients.get(case.id, ()),
        )  # fmt: skip
        return tuple(each for each in written if each)


def file_message(
    store: Store, vault: Vault, room: Mailroom, raw: bytes, *, name: str, today: date, at: datetime
) -> Filed:
    """File one message received and return where it went.

    It is known by the address it was written to, else by its thread, else by its reference; a stranger who quotes a
    reference stays in quarantine: only the controller's own domain speaks for it. What names patients does too. The
    same bytes twice are one message. Raises BadInput for what is not a mail.
    """
    return _file(store, vault, room, _Known(store, vault, room), raw, name=name, today=today, at=at)


def _file(
    store: Store,
    vault: Vault,
    room: Mailroom,
    known: _Known,
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
    if filed.case and day < _earliest(store, known, filed.case, row):
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


def _earliest(store: Store, known: _Known, case: str, row: DispatchRow | None) -> date:
    """Return the first day on which a message of a case can have come: when what it answers left, else its opening."""
    left = row.day if row is not None and row.case == case else None
    return left or min((fact.day for fact in store.facts(case)), default=date.min)


def _placed(
    store: Store, room: Mailroom, known: _Known, sha: str, found: Envelope, mail: MailText, raw: bytes
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
    store: Store, known: _Known, found: Envelope, mail: MailText, raw: bytes, sort: Sort
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


def _guess(known: _Known, found: Envelope, mail: MailText) -> str:
    """Return the one case that a message in quarantine may belong to; empty when there is none, or several."""
    quoted = quoted_references(f"{found.subject}\n{_text(mail)}", known.cases)
    if quoted:
        return quoted[0] if len(quoted) == 1 else ""
    theirs = [case.id for case in known.cases.values() if speaks_for(found.sender, known.speaking(case))]
    return theirs[0] if len(theirs) == 1 else ""


def _no_patients(store: Store, known: _Known, case: str, mail: MailText) -> tuple[str, ...]:
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


# -- collection --------------------------------------------------------------------------------------------------------


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
    done, known = Collected(), _Known(store, vault, room)
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
    known: _Known,
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


# -- what a person brings or decides -----------------------------------------------------------------------------------


def file_paper(
    store: Store, vault: Vault, case: CaseRow, raw: bytes, *, name: str, received: date, today: date, at: datetime
) -> Filed:
    """File a letter that came on paper, as a scan: the person says for which case, and on which day it came."""
    if received > today:
        raise BadInput(f"{name} : le {french_day(received)} n’est pas encore arrivé.")
    sha = vault.put(raw)
    with store.tx("inbox.paper"):
        before = store.reply(sha)
        if before is not None and case.id not in cases_of(store, sha):
            raise BadInput(
                f"{name} : ce document est déjà une réponse du dossier {before.case}. S’il répond aussi pour celui-ci : "
                f"listingguard inbox file {sha[:12]} {case.id}"
            )
        store.add_reply(ReplyRow(sha, case.id, "paper", "", f"courrier reçu : {name}"[:200], received), at=at)
    return Filed(sha, case.id, "paper")


def file_by_hand(
    store: Store,
    vault: Vault,
    room: Mailroom,
    message: str,
    case: CaseRow,
    *,
    today: date,
    at: datetime,
    actor: str,
    sort: Sort | None = None,
    remember: bool = False,
) -> Filed:
    """Move one quarantined message, named by the beginning of its hash, to the case a person says it belongs to.

    sort: what the person says it is; a message held as sensitive goes nowhere without that word. remember: its
    domain is one of the controller's from now on (its whole address, where anybody has one).
    """
    held = _held(store, message)
    if held.sort is Sort.SENSITIVE and sort is None:
        raise Refused(
            f"Ce message est sensible ({held.reason}).",
            [
                "s’il ne nomme aucun patient, le dire : --harmless",
                "sinon le rendre ou le supprimer : listingguard inbox return, listingguard inbox delete",
                "ou le ranger sans jamais le montrer ni le joindre : --sensitive",
            ],
        )
    found = room.envelope(vault.get(held.sha256))
    sender, subject, day = (found.sender, found.subject, found.day) if found else ("", "", None)
    kind = sort or held.sort
    came = min(day or today, today)
    if came < _earliest(store, _Known(store, vault, room), case.id, None):
        came = today
    row = ReplyRow(held.sha256, case.id, "by_hand", sender, subject[:200], came, kind)
    if remember and not sender:
        raise BadInput("Ce message n’a pas d’expéditeur lisible : aucun domaine n’est à retenir.")
    with store.tx("inbox.by_hand"):
        store.add_reply(row, at=at)
        store.leave_quarantine(held.sha256)
        store.add_audit(actor, "quarantine_left", f"{held.sha256} → {case.id}", at=at)
        if remember:
            _remember(store, case, sender, today=today, at=at, actor=actor)
    return Filed(held.sha256, case.id, "by_hand", sort=kind)


def waits(store: Store, message: str) -> bool:
    """Return True for a message, named by the beginning of its hash, that lies in quarantine."""
    return any(len(message) >= 8 and row.sha256.startswith(message) for row in store.quarantined())


def cases_of(store: Store, sha256: str) -> tuple[str, ...]:
    """Return the cases in which a message is filed, the first one first."""
    return tuple(row.case for row in store.replies_named(sha256))


def file_also(store: Store, message: str, case: CaseRow, *, today: date, at: datetime, actor: str) -> Filed:
    """File a message that lies in a case in one more, to whose request a person says that it answers as well.

    One reply to a covering letter answers several requests: each case has it as a fact of its own, read there by a
    person, on its own clock. Twice changes nothing. Raises Refused for another controller's case, and for what is about
    one sending alone.
    """
    row = _filed(store, message)
    first, sent = store.case(row.case), store.status(case.id, today).sent_on
    if case.controller != first.controller:
        raise Refused(
            f"Ce message est du dossier {row.case}, adressé à un autre responsable que celui du dossier {case.id}.",
            [f"s’il en dit vraiment quelque chose : listingguard event add {case.id} … --proof FICHIER"],
        )
    if row.sort is Sort.BOUNCE:
        raise Refused("Un avis de non-remise ne parle que d’un envoi : celui du dossier où il est rangé.")
    if sent is None or row.day < sent:
        raise Refused(
            f"Aucune demande du dossier {case.id} n’était partie quand ce message est arrivé : il n’y répond pas."
        )
    with store.tx("inbox.also"):
        # How it came stays known: whether its sender may answer is asked in each case.
        if store.add_reply(replace(row, case=case.id), at=at):
            store.add_audit(actor, "filed_also", f"{row.sha256} → {case.id}", at=at)
    return Filed(row.sha256, case.id, row.route, sort=row.sort)


@dataclass(frozen=True)
class Beside:
    """Another case that the same covering letter is the request of. filed: this message lies there too; word: as read."""

    case: str
    filed: bool
    word: str


def answers_for(store: Store, sha256: str, case_id: str, today: date) -> tuple[Beside, ...]:
    """Return the other cases of the covering letter that a message of a case may answer as well, each as it stands."""
    approved = [f for f in store.facts(case_id) if f.kind is EventKind.REQUEST_APPROVED]
    found = []
    for other in approved[-1].data.get("with", ()) if approved else ():
        now = store.status(other, today)
        if now.sent_on is None or now.state is State.CLOSED:
            continue
        filed = any(row.sha256 == sha256 for row in store.replies(other))
        # An event may rest on it, entered by hand before it was filed there.
        word = store.meaning_of_reply(sha256, other) or next(
            (fact.kind.value for fact in store.facts(other) if fact.proof == sha256), ""
        )
        found.append(Beside(other, filed, word))
    return tuple(found)


def _remember(store: Store, case: CaseRow, sender: str, *, today: date, at: datetime, actor: str) -> None:
    """Keep that a sender's domain is the controller's; where anybody has an address, that address only."""
    domain = sender.rpartition("@")[2]
    known = domain if speaks_for(f"x@{domain}", [domain]) else sender
    store.add_controller_domain(case.controller, known, day=today, at=at, actor=actor)


def dispose(
    store: Store, vault: Vault, message: str, *, returned_on: date | None, today: date, at: datetime, actor: str
) -> HeldRow:
    """Delete the bytes of a quarantined message that names patients, given back to its sender or not; the fact stays.

    Interrupted, it is done again to the end: the row goes last.
    """
    held = _held(store, message)
    if returned_on is not None and returned_on > today:
        raise BadInput(f"Le {french_day(returned_on)} n’est pas encore arrivé.")
    kind = "message_returned" if returned_on else "message_deleted"
    with store.tx("inbox.dispose"):
        data = {"sha256": held.sha256, "reason": held.reason}
        store.log(kind, key=held.sha256, day=returned_on or today, at=at, actor=actor, data=data)
        store.add_audit(actor, kind, held.sha256, at=at)
    vault.remove(held.sha256)
    with store.tx("inbox.disposed"):
        store.leave_quarantine(held.sha256)
    return held


WORDS: dict[str, tuple[Meaning | None, Sort]] = {
    **{m.value: (m, Sort.REPLY) for m in Meaning if m not in (Meaning.AUTO, Meaning.BOUNCE)},
    "auto": (Meaning.AUTO, Sort.AUTOMATIC),
    "bounce": (Meaning.BOUNCE, Sort.BOUNCE),
    "lawyer": (None, Sort.LAWYER),
    "sensitive": (None, Sort.SENSITIVE),
}
"""What a person may say of a message, by the word to type."""


def read_as(
    store: Store,
    vault: Vault,
    message: str,
    word: str,
    *,
    record: Callable[..., bool],
    today: date,
    at: datetime,
    actor: str,
    room: Mailroom,
    case: str = "",
    data: Mapping[str, Any] | None = None,
    sender_known: bool = False,
    remember: bool = False,
    instead: bool = False,
) -> tuple[ReplyRow, EventKind | None]:
    """Record what a person read in a message filed in a case; return it, and the event it made, None: none.

    The same word twice changes nothing. Another word than the one read before is refused: one message never gives a
    case two contrary answers by itself. instead: the first reading was wrong; a correction takes its event out (law
    page, part 8: a correction is an event).

    case: which of them, where it is filed in several; each is read for itself.

    Who answers from elsewhere than the controller's domains may have been forwarded our letter, its token inside: a
    person says that they know the sender (sender_known), or that the domain is the controller's (remember).

    record: how a fact enters a case (flow/review). The event bears the day the message reached us and rests on its
    bytes. Raises IllegalEvent with what the case allows.
    """
    row = _filed(store, message, case)
    several = [] if case else [each.case for each in _in_cases(store, message)]
    if len(several) > 1:
        raise Refused(
            "Ce message est rangé dans plusieurs dossiers : il est lu pour chacun.",
            [f"listingguard inbox read {row.sha256[:12]} --case {each} --as {word}" for each in several],
        )
    meaning, sort = WORDS[word]
    of = f" --case {row.case}" if case else ""
    kind = meaning.event if meaning else None
    known = _Known(store, vault, room)
    strange = kind in READ_AS - {EventKind.BOUNCED} and _stranger(known, row)
    if strange and not (sender_known or remember):
        raise Refused(
            f"{row.sender or 'L’expéditeur'} n’écrit pas depuis un domaine connu du responsable : a-t-il qualité pour répondre ?",
            [
                f"si une personne l’a vérifié, pour ce message : listingguard inbox read {row.sha256[:12]}{of} --as {word} "
                "--sender-known",
                f"et pour tout son domaine : listingguard inbox read {row.sha256[:12]}{of} --as {word} --remember",
                f"sinon : listingguard inbox read {row.sha256[:12]}{of} --as unrelated",
            ],
        )
    if remember and not row.sender:
        raise BadInput("Ce message n’a pas d’expéditeur lisible : aucun domaine n’est à retenir.")
    told = dict(data or {})
    wrong, before = _read_otherwise(store, row, word, kind, told)
    if (wrong or before) and not instead:
        _refuse_another_reading(row, word, kind, of, wrong, before, today)
    with store.tx("inbox.read"):
        for fact in wrong:
            record(
                store, vault, store.case(row.case), EventKind.CORRECTION, day=today, today=today, at=at, actor=actor,
                data={"event": str(fact.seq), "void": True},
            )  # fmt: skip
        if strange:
            store.add_audit(actor, "sender_known", f"{row.sha256} ({row.sender})", at=at)
        if remember:
            _remember(store, store.case(row.case), row.sender, today=today, at=at, actor=actor)
        if kind is not None:
            record(
                store, vault, store.case(row.case), kind, day=row.day, today=today, at=at, actor=actor,
                proof=vault.get(row.sha256), data=told,
            )  # fmt: skip
        store.add_reading_of_reply(row.sha256, row.case, word, sort, day=today, at=at, actor=actor)
    return row, kind


def _read_otherwise(
    store: Store, row: ReplyRow, word: str, kind: EventKind | None, told: Mapping[str, Any]
) -> tuple[list[Fact], str]:
    """Return the events that a message made in its case and that another reading contradicts, and the word then said.

    The word is empty where it is the same, or where a correction already took out the event it had made.
    """
    standing = [f for f in effective(store.facts(row.case)) if f.proof == row.sha256 and f.kind in READ_AS]
    wrong = [
        fact
        for fact in standing
        if fact.kind is not kind or any(fact.data.get(name) != told.get(name) for name in {*told, "reasoned", "timely"})
    ]
    before = store.meaning_of_reply(row.sha256, row.case)
    meaning, _ = WORDS.get(before, (None, Sort.REPLY))
    taken_out = meaning is not None and meaning.event is not None and not standing
    return wrong, "" if before == word or taken_out else before


def _refuse_another_reading(
    row: ReplyRow, word: str, kind: EventKind | None, of: str, wrong: Sequence[Fact], before: str, today: date
) -> None:
    """Raise Refused for a message that was read otherwise, with all that a person may do."""
    said = " ; ".join(f"« {f.kind.label} » (événement {f.seq})" for f in wrong) or f"« {before} »"
    cures = [
        f"si c’était une erreur, la remplacer : listingguard inbox read {row.sha256[:12]}{of} --as {word} --instead",
        *(
            f"ou effacer seulement ce qu’elle disait : listingguard event add {row.case} correction --event {f.seq} --void "
            f"--day {today}"
            for f in wrong
        ),
    ]
    if kind is not None and kind not in {f.kind for f in wrong}:
        cures.append(
            f"s’il dit l’un et l’autre : listingguard inbox export {row.sha256[:12]} -o FICHIER, puis listingguard event add "
            f"{row.case} {kind.value} --day {row.day} --proof FICHIER"
        )
    raise Refused(f"Ce message a déjà été lu autrement : {said}. Rien n’a été changé.", cures)


def _held(store: Store, message: str) -> HeldRow:
    """Return the one message in quarantine whose hash begins so (8 characters at least); NotFound otherwise."""
    found = [row for row in store.quarantined() if len(message) >= 8 and row.sha256.startswith(message)]
    if len(found) != 1:
        raise NotFound(f"Aucun message unique « {message} » en quarantaine (8 caractères au moins).")
    return found[0]


def _in_cases(store: Store, message: str) -> tuple[ReplyRow, ...]:
    """Return the messages of cases whose hash begins so (8 characters at least)."""
    return store.replies_named(message) if len(message) >= 8 else ()


def _filed(store: Store, message: str, case: str = "") -> ReplyRow:
    """Return the one message of a case whose hash begins so; NotFound otherwise. case: the one meant, where several have it."""
    found = [row for row in _in_cases(store, message) if case in ("", row.case)]
    if len({row.sha256 for row in found}) != 1:
        raise NotFound(
            f"Aucun message unique « {message} » dans un dossier (8 caractères au moins). "
            "Les voir : listingguard inbox list"
        )
    return found[0]


# -- what a person sees ------------------------------------------------------------------------------------------------


def unread(store: Store, case_id: str) -> tuple[ReplyRow, ...]:
    """Return the replies of a case that no person has read yet; a program's message is no reply."""
    return store.unread_replies(case_id)


def to_settle(row: HeldRow) -> tuple[str, None, str]:
    """Return what a person must do about a message in quarantine: text, no due date, command."""
    where = row.guess or "DOSSIER"
    if row.sort is Sort.SENSITIVE:
        text = f"Message sensible en quarantaine ({row.reason}) : le rendre à son expéditeur, ou le supprimer."
        return text, None, f"listingguard inbox delete {row.sha256[:12]}"
    return (
        f"Message « {row.name} » en quarantaine : {row.reason}.",
        None,
        f"listingguard inbox file {row.sha256[:12]} {where}",
    )


def seen(store: Store, vault: Vault, room: Mailroom) -> tuple[Seen, ...]:
    """Return every message filed or in quarantine, each with a suggestion; those of cases first, oldest first."""
    known, filed = _Known(store, vault, room), []
    for case in store.cases():
        waiting = store.unread_replies(case.id)
        filed += [_seen(store, vault, room, known, r, unread=r in waiting) for r in store.replies(case.id)]
    return (*filed, *(_waiting(vault, room, row) for row in store.quarantined()))


def look(store: Store, vault: Vault, room: Mailroom, message: str, *, case: str = "", reveal: bool = False) -> Seen:
    """Return one message, named by the beginning of its hash; raise NotFound unless exactly one has it.

    case: the one meant, where it is filed in several; without, one in which nobody has read it comes first. reveal: a
    person must see what a sensitive message says, to give it back or to clear it; whoever asks notes it.
    """
    rows: list[ReplyRow | HeldRow] = [row for row in _in_cases(store, message) if case in ("", row.case)]
    rows += [row for row in store.quarantined() if len(message) >= 8 and not case and row.sha256.startswith(message)]
    if len({row.sha256 for row in rows}) != 1:
        raise NotFound(
            f"Aucun message unique « {message} » (8 caractères au moins). Les voir : listingguard inbox list"
        )
    if isinstance(rows[0], HeldRow):
        return _waiting(vault, room, rows[0], reveal=reveal)
    known = _Known(store, vault, room)
    filed = [(row, row in store.unread_replies(row.case)) for row in rows if isinstance(row, ReplyRow)]
    row, unread = next((each for each in filed if each[1]), filed[0])
    return _seen(store, vault, room, known, row, unread=unread, reveal=reveal)


_ELSEWHERE = MailText(
    "", "", (), notes=("son contenu est resté là d’où vient le dossier : il nomme d’autres personnes",)
)
_HIDDEN = MailText("", "", (), notes=("son contenu n’est pas montré : il nomme peut-être des patients",))


def _seen(
    store: Store, vault: Vault, room: Mailroom, known: _Known, row: ReplyRow, *, unread: bool, reveal: bool = False
) -> Seen:
    word = store.meaning_of_reply(row.sha256, row.case)
    if row.sort is Sort.SENSITIVE and not reveal:
        silent = suggest(_HIDDEN, room.rules)
        return Seen(row.sha256, row.case, row.sender, row.day, unread, "", _HIDDEN, silent, row.sort, word=word)
    case = known.cases[row.case]
    # A case taken over from another home leaves there what is about other people too.
    mail = room.read(vault.get(row.sha256)) if vault.has(row.sha256) else _ELSEWHERE
    person = store.practitioner(case.practitioner)
    suggestion = about_another(
        mail, suggest(mail, room.rules), family=person.family_names, first=(person.first_name, *person.other_first_names),
        rpps=person.rpps or "", case=case.id, cases=known.cases,
    )  # fmt: skip
    said = ""
    asked = [r for r in known.rows if r.case == row.case and r.letter in known.questions]
    if row.sort is Sort.REPLY and any(r.recipient.lower() == row.sender for r in asked):
        # The practitioner answers our question: what platforms write is no measure of it.
        answer = said_in(mail.new)
        said = answer.value if answer else "?"
        why = f"Réponse à la question : {answer.label}." if answer else "Réponse de la personne à la question."
        suggestion = Suggestion(None, "", "Aucun effet avant qu’une personne ait lu.", why)
    doubt = ""
    if row.sort is Sort.REPLY and not said and _stranger(known, row):
        doubt = f"{row.sender or 'L’expéditeur'} n’écrit pas depuis un domaine connu du responsable."
    return Seen(
        row.sha256, row.case, row.sender, row.day, unread, "", mail, suggestion, row.sort, doubt=doubt, word=word,
        said=said,
    )  # fmt: skip


def _stranger(known: _Known, row: ReplyRow) -> bool:
    """Return True for an answer, however it came into its case, that comes from no known address of the controller."""
    if row.route == "paper" or speaks_for(row.sender, known.speaking(known.cases[row.case])):
        return False
    # Filed by hand: that says which case it is about, not that its sender speaks for the platform. Who answers the
    # question is a practitioner, whose mail domain may be anybody's.
    platform = any(r.case == row.case and r.letter not in known.questions for r in known.rows)
    return row.route == "by_hand" or (platform and row.route in ("token", "thread"))


def _waiting(vault: Vault, room: Mailroom, row: HeldRow, *, reveal: bool = False) -> Seen:
    hidden = row.sort is Sort.SENSITIVE and not reveal
    mail = _HIDDEN if hidden else room.read(vault.get(row.sha256))
    return Seen(
        row.sha256, "", mail.sender, None, True, row.reason, mail, suggest(mail, room.rules), row.sort, row.guess
    )  # fmt: skip
