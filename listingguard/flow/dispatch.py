"""Letters approved -> sent once, the proof of it kept: the outbox, what came of each sending, what a person settles.

Order of every step: bytes synced into the vault, then rows and event, then the outside act, then its result and
event. A send whose end nobody saw is *unknown*: it is never repeated by itself, a person settles it.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from listingguard.domain.case import LATE, Acting, EventKind, State, Status, effective
from listingguard.domain.correspondence import REQUESTS, TAKES_BACK, departure, ungrounded
from listingguard.domain.deadline import Basis
from listingguard.domain.event import HOME_STREAM
from listingguard.domain.french import PARIS, french_day
from listingguard.domain.letter import QUESTIONS, Kind
from listingguard.domain.practitioner import Verdict, verdict
from listingguard.domain.question import silent_because
from listingguard.domain.record import EMAIL, REGISTERED, DispatchRow, DispatchState, Sort
from listingguard.domain.service import (
    ELECTRONIC,
    FORM,
    HAND,
    ProofRow,
    ProofType,
    bounce_address,
    proof_id,
    registered_number,
    sent_data,
)
from listingguard.domain.stops import beside, stops
from listingguard.errors import BadInput, IllegalEvent, NotFound, Refused, SendUnknown, Undelivered, Unreachable

if TYPE_CHECKING:
    from listingguard.edge.mail import Mailer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


class Drafts(Protocol):
    """What makes an unsent draft, for a person's own mail program, of a message's bytes."""

    @property
    def draft(self) -> Callable[[bytes], bytes]:
        """Return the function: a message's bytes -> the bytes of its draft."""


@dataclass(frozen=True)
class Outcome:
    """What became of one dispatch in this run. path: the draft to send by hand, when there is no mail server."""

    dispatch: str
    case: str
    state: DispatchState
    text: str
    path: Path | None = None


def send_due(
    store: Store,
    vault: Vault,
    mailer: Mailer | None,
    office: Drafts,
    outbox: Path,
    *,
    today: date,
    at: Callable[[], datetime],
    actor: str,
    only: Container[str] | None = None,
) -> tuple[Outcome, ...]:
    """Send everything that is queued and return what became of each; a held or agreed case keeps its letter here.

    A send that a crash interrupted is found in *sending* and becomes *unknown*: a person settles it. Without a mail
    server, an unsent draft is written into `outbox` for a person to send. only: the letters meant, None: all.
    at: the clock, aware UTC, asked at each step. What the home decided of sending (its pace, a trial address) is the
    mailer's own: see `edge.mail.Manner`.
    """
    done = [
        _interrupted(store, row, today=today, at=at(), actor=actor)
        for row in store.dispatches(state=DispatchState.SENDING)
        if only is None or row.letter in only
    ]
    for row in store.dispatches(state=DispatchState.QUEUED):
        if only is not None and row.letter not in only:
            continue
        reason = _held(store, row, today, mailer.manner.per_day if mailer else 0)
        if reason:
            done.append(Outcome(row.id, row.case, row.state, reason))
        elif mailer is None:
            done.append(_draft(store, vault, office, outbox, row, at=at()))
        elif mailer.manner.only_to:
            done.append(_try_out(store, vault, mailer, row, today=today, at=at, actor=actor))
        else:
            done.append(_send(store, vault, mailer, row, today=today, at=at, actor=actor))
    return tuple(done)


@dataclass(frozen=True)
class Waiting:
    """A letter in the outbox. why: what keeps it there today; empty: it leaves at the next sending."""

    row: DispatchRow
    why: str


def waiting(store: Store, *, today: date, per_day: int = 0) -> tuple[Waiting, ...]:
    """Return what waits to leave, oldest first, and why it does not: a pure look. per_day: as the home's mailer has it.

    What a person prints, pastes or carries is there too, until its proof is entered.
    """
    found, booked = [], dict[str, int]()
    for row in store.dispatches():
        if row.state in (DispatchState.SENT, DispatchState.FAILED, DispatchState.WITHDRAWN):
            continue
        why = ""
        if row.state is DispatchState.QUEUED:
            controller = store.case(row.case).controller
            why = _held(store, row, today, per_day, booked.get(controller, 0))
            if not why and not _to_practitioner(store, row):
                booked[controller] = booked.get(controller, 0) + 1
        elif row.state is DispatchState.DRAFT:
            why = kept_back(store, row, today)
        else:
            why = "une personne dit s’il est parti : listingguard send --settle"
        found.append(Waiting(row, why))
    return tuple(found)


def moot(store: Store, row: DispatchRow, today: date) -> bool:
    """Return True for what lies ready and nothing calls for any more: a question that was answered, a request received.

    What lies ready of a case that was closed by a person's word is not: somebody may still send it, and must be told.
    """
    now = store.status(row.case, today)
    if _to_practitioner(store, row):
        return answered(now)
    if now.state is State.CLOSED:
        return now.close_reason in _ENDED
    if row.state is not DispatchState.DRAFT or _kind_of(store, row) not in REQUESTS:
        return False
    return bool(_no_longer(store, row, now))


_ENDED = frozenset({EventKind.WATCH_OVER, EventKind.CNIL_CLOSED, EventKind.CNIL_REJECTED})
"""What closes a case at its end, long after its letters left."""


def kept_back(store: Store, row: DispatchRow, today: date) -> str:
    """Return why what a person would send, post, paste or carry may not leave today; empty where it may.

    The same is asked of it as of what the program sends: a draft is the sending of a home without a mail server.
    """
    return _held(store, row, today)


def fallen(store: Store, row: DispatchRow, today: date) -> str:
    """Return why a letter that waits says of its case what is no longer so; empty where it stands, and for a request."""
    if _to_practitioner(store, row):
        return ""
    return _ungrounded(store, row, _kind_of(store, row), store.status(row.case, today))


def _ungrounded(store: Store, row: DispatchRow, kind: Kind, now: Status) -> str:
    facts = store.facts(row.case)
    approval = next((f.data for f in reversed(facts) if f.key == row.letter and f.data.get("letter") == row.letter), {})
    return ungrounded(kind, now, facts, approval).replace("DOSSIER", row.case)


def answered(now: Status) -> bool:
    """Return True where nothing is left to ask the practitioner: a question that lies ready is no longer sent."""
    return now.answer is not None or not (now.state is State.DETECTED or now.unasked)


def _held(store: Store, row: DispatchRow, today: date, per_day: int = 0, booked: int = 0) -> str:
    """Return why the letter may not leave today, or an empty string.

    per_day: letters one controller may get in a day, 0: any number. booked: how many more leave to it before this one.
    """
    paused = store.paused()
    if paused is not None:
        return f"les envois sont suspendus{f' ({paused.reason})' if paused.reason else ''}"
    case = store.case(row.case)
    now = store.status(row.case, today)
    if _to_practitioner(store, row):
        # A page that joined since the answer is a question of its own.
        if answered(now):
            return "le praticien a répondu, ou le dossier est clos : plus rien n’est à lui demander"
        if (case.practitioner, case.platform) in store.left_alone():
            return f"la personne a demandé que rien ne soit cherché d’elle sur {case.platform}"
        said = verdict(store.authorisations(case.practitioner), case.practitioner, case.platform, today)
        return silent_because(
            store.practitioner(case.practitioner), store.watches().get(case.practitioner), said, held=now.held,
            answered=any(
                reply.sort is Sort.REPLY
                for reply in (store.unread_replies(row.case) if now.unasked else store.replies(row.case))
            ),
            contested=store.contested(case),
        )  # fmt: skip
    if now.held:
        return f"retenu : {' ; '.join(now.held)}"
    kind = _kind_of(store, row)
    if kind in TAKES_BACK:
        # What takes a request back leaves a closed case too, but nothing is said in the name of the dead.
        if now.close_reason is EventKind.DECEASED:
            return "décès : rien ne part"
        return _ungrounded(store, row, kind, now)
    if now.state is State.CLOSED:
        why = f" ({now.close_reason.label})" if now.close_reason else ""
        return f"le dossier est clos{why} : rien ne part"
    if why := _ungrounded(store, row, kind, now):
        return why
    if kind in REQUESTS and (why := _no_longer(store, row, now)):
        return why
    if store.unread_replies(row.case):
        return "une réponse attend d’être lue : listingguard inbox list"
    if reasons := stops(store.circumstances(case, today)):
        return f"rien ne part : {' ; '.join(reasons)}"
    if (
        verdict(store.authorisations(case.practitioner), case.practitioner, case.platform, today)
        is not Verdict.UNAUTHORISED
    ):
        return "l’absence d’accord n’est plus établie : une personne vérifie"
    if store.rules.acting is Acting.COUNCIL and store.valid_mandate(case.practitioner, today) is None:
        return "plus de mandat valable ce jour"
    if kind is Kind.COVER and (why := beside(store.companions(row.case, row.letter, today))):
        return why
    rows = [d for d in store.dispatches(row.case) if d.letter == row.letter and d.channel == REGISTERED]
    posted = next((d for d in rows if d.state is DispatchState.DRAFT), None)
    number = store.registered_number(posted.id) if posted else ""
    if row.channel == EMAIL and number and posted and not store.logged(PRINTED, posted.id):
        return f"part le même jour que le recommandé n° {number} : listingguard send --channel {REGISTERED}"
    if per_day and store.left_to(case.controller, today) + booked >= per_day:
        return f"déjà {per_day} envois ce jour à ce responsable du traitement (mail.per_controller_per_day) : demain"
    return ""


PRINTED = "registered_printed"
"""The home's event: a registered letter was laid out to be posted; the e-mail that goes with it may leave."""


def _no_longer(store: Store, row: DispatchRow, now: Status) -> str:
    """Return why a request no longer leaves where its case stands; a second channel of the same letter may follow."""
    if now.state is State.DRAFTED:
        return ""
    if (
        row.channel == FORM
        and now.state in LATE
        and any(f.kind is EventKind.WRONG_CHANNEL for f in effective(store.facts(row.case)))
    ):
        # The platform itself asked for it, whatever was received before.
        return ""
    others = [d for d in store.dispatches(row.case) if d.letter == row.letter and d.id != row.id]
    second = any(d.state is DispatchState.SENT for d in others)
    if now.state not in (State.SENT, State.RUNNING) or not second:
        return f"le dossier est dans l’état « {now.state.label} » : rien ne part"
    if now.clock is not None and now.clock.basis is Basis.PROVEN:
        return "la réception de cette demande est déjà prouvée : elle ne part pas une seconde fois"
    return "la plateforme a répondu : la demande ne part pas une seconde fois" if now.answered else ""


def _try_out(
    store: Store, vault: Vault, mailer: Mailer, row: DispatchRow, *, today: date, at: Callable[[], datetime], actor: str
) -> Outcome:
    """Send the letter to the home's own trial address, once; its row stays in the outbox and its case knows nothing."""
    to = mailer.manner.only_to
    text = f"essai : envoyé à {to} seulement, rien n’est noté au dossier (mail.only_to)"
    with store.tx("dispatch.trial"):
        # Written before it leaves: a trial lost costs nothing, a trial every quarter of an hour would.
        fresh = store.add_event(
            HOME_STREAM,
            "trial_sent",
            key=f"{row.id} → {to}",
            day=today,
            at=at(),
            actor=actor,
            data={"message": row.message},
        )
    if not fresh:
        return Outcome(row.id, row.case, row.state, f"essai déjà envoyé à {to} (mail.only_to)")
    try:
        mailer.send(vault.get(row.message), sender=row.sender, recipient=row.recipient)
    except (Unreachable, Undelivered, SendUnknown) as error:
        text = f"essai non abouti : {error}"
    return Outcome(row.id, row.case, row.state, text)


def pause(store: Store, reason: str, *, today: date, at: datetime, actor: str) -> None:
    """Stop every sending of the home until `resume`, whatever its case."""
    store.log("sending_paused", day=today, at=at, actor=actor, data={"reason": reason})


def resume(store: Store, *, today: date, at: datetime, actor: str) -> None:
    """Let letters leave again."""
    if store.paused() is not None:
        store.log("sending_resumed", day=today, at=at, actor=actor, data={})


def _send(
    store: Store,
    vault: Vault,
    mailer: Mailer,
    row: DispatchRow,
    *,
    today: date,
    at: Callable[[], datetime],
    actor: str,
) -> Outcome:
    # The very bytes that were approved and kept.
    message = vault.get(row.message)
    with store.tx("dispatch.sending"):
        # Asked again inside the unit: another sender may have taken the row since it was listed.
        state = _current(store, row).state
        if state is not DispatchState.QUEUED:
            return Outcome(row.id, row.case, state, "déjà pris par un autre envoi")
        store.set_dispatch(row.id, DispatchState.SENDING, response="", at=at())
    try:
        # Whatever cannot be delivered comes back under the token of this very letter.
        sender = bounce_address(row.sender, store.token_of(row.id), mailer.manner.delimiter)
        result = mailer.send(message, sender=sender, recipient=row.recipient, fallback=row.sender)
    except Unreachable as error:
        # Nothing left: the row goes back and the next run tries again.
        with store.tx("dispatch.requeued"):
            store.set_dispatch(row.id, DispatchState.QUEUED, response=str(error), at=at())
        return Outcome(row.id, row.case, DispatchState.QUEUED, str(error))
    except Undelivered as error:
        return _settled(store, row, DispatchState.FAILED, str(error), day=today, at=at(), actor=actor)
    except SendUnknown as error:
        return _settled(store, row, DispatchState.UNKNOWN, str(error), day=today, at=at(), actor=actor)
    text = f"{result.server} : {result.response}"
    accepted = {
        "server": result.server, "address": result.address, "answer": result.response, "dsn": result.dsn,
        "accepted_at": result.accepted_at.isoformat(),
    }  # fmt: skip
    return _settled(store, row, DispatchState.SENT, text, day=today, at=at(), actor=actor, accepted=accepted)


def _kind_of(store: Store, row: DispatchRow) -> Kind:
    return next(Kind(letter.kind) for letter in store.letters(row.case) if letter.id == row.letter)


def _to_practitioner(store: Store, row: DispatchRow) -> bool:
    """Return True for the question and its reminders, False for what goes to a platform."""
    return _kind_of(store, row) in QUESTIONS


def _current(store: Store, row: DispatchRow) -> DispatchRow:
    return next(d for d in store.dispatches(row.case) if d.id == row.id)


_EVENT_OF = {
    DispatchState.SENT: EventKind.REQUEST_SENT,
    DispatchState.FAILED: EventKind.DISPATCH_FAILED,
    DispatchState.UNKNOWN: EventKind.DISPATCH_UNKNOWN,
    # Only a person puts a letter back: nobody knew whether it had left.
    DispatchState.QUEUED: EventKind.DISPATCH_NOT_SENT,
    # Given up by this channel; the letter itself stands.
    DispatchState.WITHDRAWN: EventKind.DISPATCH_NOT_SENT,
}


def _settled(
    store: Store,
    row: DispatchRow,
    state: DispatchState,
    text: str,
    *,
    day: date,
    at: datetime,
    actor: str,
    proof: str = "",
    accepted: Mapping[str, object] | None = None,
) -> Outcome:
    with store.tx(f"dispatch.{state.value}"):
        closed, told = store.status(row.case, day).state is State.CLOSED, text
        if closed and state is not DispatchState.SENT:
            # A closed case hears of no failure: the row says it.
            text = f"{text} ; le dossier est clos"
            store.set_dispatch(row.id, state, response=text, at=at)
            return Outcome(row.id, row.case, state, text)
        store.set_dispatch(row.id, state, response=text, at=at)
        kind, letter = _EVENT_OF[state], _kind_of(store, row)
        if state is DispatchState.SENT and letter not in QUESTIONS:
            kind = departure(letter, store.status(row.case, day).state)
        if _to_practitioner(store, row):
            kind = EventKind.ASKED if state is DispatchState.SENT else kind
            now = store.status(row.case, day)
            if now.state is not State.DETECTED and not now.unasked:
                # Answered in between, by telephone say: that it left is kept with the letter alone.
                return Outcome(row.id, row.case, state, text)
        key = row.id if state is DispatchState.SENT else f"{row.id}/{at.isoformat()}"
        data = {**sent_data(row, text), "kind": letter.value, **(accepted or {})}
        store.add_event(row.case, kind, key=key, day=day, at=at, actor=actor, proof=proof or row.message, data=data)
        if kind is EventKind.LETTER_SENT and letter in TAKES_BACK and store.status(row.case, day).to_withdraw:
            store.add_event(
                row.case,
                EventKind.WITHDRAWAL_TOLD,
                key=row.id,
                day=day,
                at=at,
                actor=actor,
                data={"letter": row.letter},
            )
        last = max(day, *(fact.day for fact in store.facts(row.case)))
        if kind is EventKind.REQUEST_SENT and store.status(row.case, last).to_withdraw:
            # It left, or is only now known to have left, from a case that asks for nothing: never in silence.
            told += f" ; cette demande n’était plus à faire, la retirer : listingguard letter propose {row.case}"
    return Outcome(row.id, row.case, state, told)


def _interrupted(store: Store, row: DispatchRow, *, today: date, at: datetime, actor: str) -> Outcome:
    text = "l’envoi a été interrompu : nul ne sait si le message est parti"
    return _settled(store, row, DispatchState.UNKNOWN, text, day=today, at=at, actor=actor)


def _draft(store: Store, vault: Vault, office: Drafts, outbox: Path, row: DispatchRow, *, at: datetime) -> Outcome:
    path = outbox / f"{row.id.replace('/', '-')}.eml"
    temporary = path.with_suffix(".part")
    temporary.write_bytes(office.draft(vault.get(row.message)))
    temporary.replace(path)
    with store.tx("dispatch.draft"):
        store.set_dispatch(row.id, DispatchState.DRAFT, response=str(path), at=at)
    text = "ouvrez-le avec votre messagerie, envoyez-le, puis rendez la copie : listingguard inbox import"
    return Outcome(row.id, row.case, DispatchState.DRAFT, text, path)


def settle(
    store: Store,
    identifier: str,
    *,
    left: bool,
    day: date,
    at: datetime,
    actor: str,
    number: str = "",
    proof: str = "",
) -> Outcome:
    """Settle a send that nobody is sure of: it left that day, or it did not and may be sent again.

    number, proof: of a registered letter, its number and the hash, in the vault, of the proof that it was posted.
    """
    row = next((d for d in store.dispatches() if d.id == identifier), None)
    if row is None:
        raise NotFound(f"Aucun envoi ne porte l’identifiant « {identifier} ».")
    if row.state is DispatchState.SENT and not left:
        raise Refused(
            f"L’envoi {row.id} est enregistré comme parti ({row.response}) : il ne peut plus être dit non parti.",
            [f"ce qui le prouve : listingguard proof list {row.case}"],
        )
    if row.state is DispatchState.SENT:
        return Outcome(row.id, row.case, row.state, "déjà enregistré comme envoyé")
    if row.state is DispatchState.SENDING:
        raise Refused("Cet envoi est en cours.", ["attendre sa fin, ou : listingguard send"])
    if not left and row.state is DispatchState.DRAFT and row.channel in _BY_A_PERSON:
        return _given_up(store, row, day=day, at=at, actor=actor)
    if not left and row.state is DispatchState.WITHDRAWN:
        return Outcome(row.id, row.case, row.state, "déjà abandonné par ce canal")
    if not left and (row.state is DispatchState.QUEUED or row.channel != EMAIL):
        return Outcome(row.id, row.case, row.state, "déjà dans les envois à faire")
    if row.state is DispatchState.WITHDRAWN:
        raise Refused("Ce courrier a été retiré avant son envoi : il n’est pas parti.")
    if row.state is DispatchState.FAILED:
        raise Refused(
            "Le serveur a refusé ce message : il n’est pas parti.",
            [f"corriger l’adresse (listingguard controller set …), puis : listingguard letter approve {row.case}"],
        )
    if left:
        if day < row.day:
            raise BadInput(
                f"Le {french_day(day)} précède l’approbation de ce courrier : il n’est pas parti ce jour-là."
            )
        told = f"{f'recommandé n° {number}, ' if number else ''}confirmé par {actor}"
        with store.tx("dispatch.settle"):
            if row.channel in (REGISTERED, ELECTRONIC):
                _note_number(store, row, number, at=at, actor=actor)
                _keep_proof(store, row, ProofType.DEPOSITED, proof, day=day, at=at, actor=actor)
            return _settled(store, row, DispatchState.SENT, told, day=day, at=at, actor=actor, proof=proof)
    return _settled(store, row, DispatchState.QUEUED, f"non parti, selon {actor}", day=day, at=at, actor=actor)


_BY_A_PERSON = frozenset({REGISTERED, ELECTRONIC, FORM, HAND})
"""What a person posts, pastes or carries, and may give up before it left: the letter may go by another channel."""


def _given_up(store: Store, row: DispatchRow, *, day: date, at: datetime, actor: str) -> Outcome:
    """Take one sending back, not its letter; refused where an e-mail that waits already says that the post follows."""
    quotes = [
        d
        for d in store.dispatches(row.case)
        if d.letter == row.letter and d.channel == EMAIL
        and d.state in (DispatchState.QUEUED, DispatchState.DRAFT)
    ]  # fmt: skip
    if row.channel in (REGISTERED, ELECTRONIC) and quotes and store.registered_number(row.id):
        raise Refused(
            "Le courriel qui attend annonce ce recommandé et son numéro : l’un ne part pas sans l’autre.",
            [f"retirer la lettre, puis l’approuver à nouveau : listingguard letter withdraw {row.letter} --reason …"],
        )
    text = f"abandonné par ce canal, selon {actor}"
    done = _settled(store, row, DispatchState.WITHDRAWN, text, day=day, at=at, actor=actor)
    if all(d.state is DispatchState.WITHDRAWN for d in store.dispatches(row.case) if d.letter == row.letter):
        text += f" ; par un autre : listingguard send {row.case} --channel {EMAIL}"
    return Outcome(done.dispatch, done.case, done.state, text)


def _note_number(store: Store, row: DispatchRow, number: str, *, at: datetime, actor: str) -> None:
    """Keep the number that a person read on the slip, where it is one and no other envelope bears it yet."""
    with suppress(BadInput):
        read = registered_number(number)
        elsewhere = [d for d in store.posted_under(read.compact) if d.message != row.message or d.letter == row.letter]
        if not store.registered_number(row.id) and not elsewhere and not read.wrong:
            store.add_registered_number(read.compact, row, at=at, actor=actor)


def _keep_proof(
    store: Store, row: DispatchRow, kind: ProofType, file: str, *, day: date, at: datetime, actor: str
) -> None:
    if file:
        store.add_proof(ProofRow(proof_id(row.id, kind, file), row.id, row.case, kind, day, file, "", actor), at=at)


def proven_sent(store: Store, vault: Vault, raw: bytes, *, today: date, at: datetime, actor: str) -> Outcome | None:
    """Return the dispatch that this copy of a sent message proves, now recorded as sent; None when it proves none.

    The copy is recognised by its Message-ID, or by the very PDF it carries: a mail program that opened our draft
    writes a Message-ID of its own. The day is the one in the message. Raises BadInput for a wrong addressee.
    """
    message = email.message_from_bytes(raw, policy=email.policy.default)
    row = _recognised(store, message)
    if row is None:
        return None
    recipients = " ".join(str(message.get(h, "")) for h in ("To", "Cc")).lower()
    if row.recipient.lower() not in recipients:
        raise BadInput(f"Ce message n’a pas été envoyé à {row.recipient} : il ne prouve pas l’envoi {row.id}.")
    day = _sent_day(message, today)
    if not row.day <= day <= today:
        raise BadInput(
            f"Ce message porte la date du {french_day(day)}, hors de la période entre l’approbation et ce jour."
        )
    if row.state is DispatchState.SENT:
        return Outcome(row.id, row.case, row.state, "déjà enregistré comme envoyé")
    if row.state is DispatchState.WITHDRAWN and store.status(row.case, today).state is not State.CLOSED:
        raise Refused(
            f"Le courrier {row.letter} avait été retiré avant son envoi, et cette copie dit qu’il est parti.",
            [f"l’approuver de nouveau, listingguard letter approve {row.case} …, puis rendre cette copie"],
        )
    proof = vault.put(raw)
    try:
        with store.tx("dispatch.copy"):
            _keep_proof(store, row, ProofType.SENT_COPY, proof, day=day, at=at, actor=actor)
            return _settled(
                store, row, DispatchState.SENT, "copie du message envoyé", day=day, at=at, actor=actor, proof=proof
            )
    except IllegalEvent as error:
        raise Refused(str(error)) from error


def _recognised(store: Store, message: email.message.Message[Any, Any]) -> DispatchRow | None:
    identity, subject = str(message.get("Message-ID", "")).strip(), str(message.get("Subject", ""))
    hashes = {
        hashlib.sha256(payload).hexdigest()
        for part in message.walk()
        if isinstance(payload := part.get_payload(decode=True), bytes)
    }
    carried: DispatchRow | None = None
    for row in store.dispatches():
        if row.channel != EMAIL:
            continue
        if identity and identity == row.message_id:
            return row
        letter = next((letter for letter in store.letters(row.case) if letter.id == row.letter), None)
        if letter is not None and letter.kind == Kind.COVER and row.case not in subject:
            # One PDF for several cases, an e-mail for each: its subject says whose it is.
            continue
        if (
            letter is not None
            and letter.pdf in hashes
            and not message.get("In-Reply-To")
            and (carried is None or carried.state in _NEVER_LEFT)
        ):
            # A letter taken back, then approved again as it was, is the same PDF: the one that stands is meant.
            carried = row
    return carried


_NEVER_LEFT = frozenset({DispatchState.WITHDRAWN, DispatchState.FAILED})


def _sent_day(message: email.message.Message[Any, Any], today: date) -> date:
    """Return the day, in Paris, that a message says it was sent on; the day as written where it names no zone."""
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        raise BadInput("Ce message ne porte pas de date lisible.") from None
    return moment.astimezone(PARIS).date() if moment.tzinfo else moment.date()


# -- registered post ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Posting:
    """One envelope to post: its number (empty: to be read on the slip) and the PDF it holds.

    rows: a dispatch for each case it is the request of; more than one for a covering letter.
    """

    rows: tuple[DispatchRow, ...]
    number: str

    @property
    def row(self) -> DispatchRow:
        """Return the first of them: all hold the same bytes for the same addressee."""
        return self.rows[0]

    @property
    def reference(self) -> str:
        """Return the numbers of its cases."""
        return ", ".join(row.case for row in self.rows)


def postings(store: Store, *, today: date, case: str | None = None) -> tuple[tuple[Posting, ...], tuple[Outcome, ...]]:
    """Return the envelopes that a person may post today, by number of case, and what is held back with its reason."""
    envelopes: dict[tuple[str, str, str], list[DispatchRow]] = {}
    for row in sorted(store.dispatches(case, DispatchState.DRAFT), key=lambda r: r.id):
        if row.channel in (REGISTERED, ELECTRONIC):
            envelopes.setdefault((row.message, row.recipient, row.channel), []).append(row)
    ready: list[Posting] = []
    kept: list[Outcome] = []
    for rows in envelopes.values():
        whys = [(row, why) for row in rows if (why := _held(store, row, today))]
        kept += [Outcome(row.id, row.case, row.state, why) for row, why in whys]
        if whys:
            # One envelope: what may not leave for one case leaves for none.
            others = [row for row in rows if row not in [held for held, _ in whys]]
            kept += [Outcome(row.id, row.case, row.state, f"même enveloppe que {whys[0][0].case}") for row in others]
            continue
        number = next((known for row in rows if (known := store.registered_number(row.id))), "")
        ready.append(Posting(tuple(rows), number))
    return tuple(ready), tuple(kept)


def printed(store: Store, ready: Sequence[Posting], *, today: date, at: datetime, actor: str) -> None:
    """Record that those letters were laid out to be posted: the e-mails that go with them may leave."""
    with store.tx("dispatch.printed"):
        for each in ready:
            for row in each.rows:
                data = {"number": each.number, "pdf": row.message}
                store.add_event(HOME_STREAM, PRINTED, key=row.id, day=today, at=at, actor=actor, data=data)
