"""An approved letter -> one more sending of it, by another channel: the same text, the same PDF, the same request.

A letter that came back from the post leaves by e-mail, the site's form takes its text, somebody carries it by hand. Posted
again, it is printed under the number of that sending: a copy that differs by this one line, approved anew.
Nothing leaves from here: the row waits in the outbox, for `dispatch` or for a person.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Protocol

from listingguard.domain.addressee import addressee_record
from listingguard.domain.case import LATE, Acting, EventKind, State, effective
from listingguard.domain.correspondence import REQUESTS
from listingguard.domain.event import HOME_STREAM
from listingguard.domain.letter import Kind, Sender
from listingguard.domain.officer import officer_of, unfit
from listingguard.domain.record import EMAIL, REGISTERED, CaseRow, DispatchRow, DispatchState, LetterRow
from listingguard.domain.service import (
    CHANNELS,
    ELECTRONIC,
    FORM,
    HAND,
    NEVER_ARRIVED,
    attached,
    beside_the_cover,
    beside_the_post,
    entered_number,
    for_form,
    form_parts,
    printed_number,
    registered_number,
    reply_address,
)
from listingguard.domain.stops import beside, stops
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

_SENDABLE = frozenset({State.DRAFTED, State.SENT, State.RUNNING})
"""Where a request may still leave a second time: its receipt is not proven, nothing was answered."""


class Office(Protocol):
    """Who writes, and the tools of the trade, as flow/letter has them."""

    @property
    def sender(self) -> Sender:
        """Who signs."""

    @property
    def from_address(self) -> str:
        """The envelope and From address."""

    @property
    def renderer(self) -> Renderer:
        """See edge/render."""

    @property
    def build(self) -> Callable[..., EmailMessage]:
        """See edge/mail."""

    @property
    def as_sent(self) -> Callable[[EmailMessage], bytes]:
        """See edge/mail."""

    @property
    def delimiter(self) -> str:
        """What separates the name of that address from the token of one letter; empty: nothing does."""

    @property
    def new_token(self) -> Callable[[], str]:
        """See edge/mail."""


@dataclass(frozen=True)
class Form:
    """What is pasted into the site's own form: its address (empty: unknown), its text in parts that fit, in order."""

    row: DispatchRow
    url: str
    parts: tuple[str, ...]


def add_channel(
    store: Store,
    vault: Vault,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    channel: str,
    *,
    number: str = "",
    as_printed: bool = False,
    today: date,
    at: datetime,
    actor: str,
) -> DispatchRow:
    """Put the approved request of a case in the outbox once more, by another channel, and return its row.

    One that waits there already is returned as it is; a new one follows only where the last failed or came back.
    number: of this registered sending, kept on each case that its envelope holds: entered before it is posted, it is
    printed on its copy of the letter, which whoever may approve for the home approves by it; a letter posted once needs
    one. as_printed: a person says that it is so printed on the slip. Raises Refused with what forbids it.
    """
    letter, lacks = _sendable(store, case, channel, today)
    earlier = [row for row in store.dispatches(case.id) if row.letter == letter.id and row.channel == channel]
    gone = _came_back(store, case.id, today)
    over = (DispatchState.FAILED, DispatchState.WITHDRAWN)
    standing = [row for row in earlier if row.state not in over and row.id not in gone]
    if number and channel not in (REGISTERED, ELECTRONIC):
        raise BadInput("Un numéro de recommandé va avec un envoi en recommandé.")
    compact = _entered(store, standing, number, as_printed=as_printed) if number else ""
    lies = bool(standing) and (bool(compact) or standing[-1].state in (DispatchState.DRAFT, DispatchState.QUEUED))
    # What the outbox holds back at its own sending may lie there; what a person pastes or carries leaves from here.
    if lies and not (lacks and channel in (FORM, HAND)):
        if compact:
            _read_on_the_slip(store, standing[-1], compact, at=at, actor=actor)
        return standing[-1]
    if standing and not lies:
        word = standing[-1].state.label
        lacks.append(f"cette demande est déjà « {word} » par ce canal ({CHANNELS[channel]}) : {standing[-1].id}")
    if lacks:
        raise Refused("La demande ne peut pas partir une fois de plus.", lacks)
    record = addressee_record(controllers, case, store.facts(case.id))
    identifier = f"{letter.id}/{channel}{f'/{len(earlier) + 1}' if earlier else ''}"
    token, copied = "", None
    if channel == EMAIL:
        if not record.get("email"):
            raise Refused(
                "Le courriel du destinataire n’est pas connu.",
                [f"listingguard controller set {case.controller} --email …"],
            )
        token = office.new_token() if office.delimiter else ""
        message_id = (
            f"<{identifier.replace('/', '.').lower()}.{secrets.token_hex(8)}@{office.from_address.rpartition('@')[2]}>"
        )
        message = _message(
            store, vault, office, case, letter, str(record["email"]), message_id, token, today=today, at=at
        )
        row = DispatchRow(
            identifier, letter.id, case.id, EMAIL, str(record["email"]), office.from_address, message_id,
            vault.put(office.as_sent(message)), DispatchState.QUEUED, today, "",
        )  # fmt: skip
    else:
        to = _destination(record, channel)
        # What a person pastes is the text, what they carry or post is the PDF.
        content = letter.text if channel == FORM else letter.pdf
        if channel in (REGISTERED, ELECTRONIC):
            compact, copied = _copy(store, vault, office, letter, channel, compact, today=today, actor=actor)
            content = vault.put(copied) if copied is not None else letter.pdf
            _check_free(store, letter, compact, content)
        row = DispatchRow(
            identifier, letter.id, case.id, channel, to, office.sender.name, identifier, content, DispatchState.DRAFT,
            today, "",
        )  # fmt: skip
    with store.tx("dispatch.channel"):
        store.add_dispatch(row, at=at)
        if token:
            store.add_reply_token(token, row.id, case.id, at=at)
        if compact:
            store.add_registered_number(compact, row, at=at, actor=actor)
        if copied is not None:
            data = {"letter": letter.id, "number": compact, "pdf": row.message}
            store.add_event(HOME_STREAM, COPY_APPROVED, key=row.id, day=today, at=at, actor=actor, data=data)
    return row


COPY_APPROVED = "registered_copy_approved"
"""The home's event: a letter already posted is printed once more, under the number of its next sending and no other."""


def form(store: Store, vault: Vault, controllers: Mapping[str, Mapping[str, Any]], row: DispatchRow) -> Form:
    """Return what a person pastes into the site's form, within its limit (`form_limit` of the controller's record)."""
    record = controllers.get(store.case(row.case).controller, {})
    limit = record.get("form_limit")
    text = for_form(vault.get(row.message).decode())
    return Form(row, str(record.get("webform") or ""), form_parts(text, int(limit) if limit else 0))


def _sendable(store: Store, case: CaseRow, channel: str, today: date) -> tuple[LetterRow, list[str]]:
    """Return the request that may leave once more by a channel, and what forbids it; Refused when none was approved."""
    letters = [row for row in store.letters(case.id) if Kind(row.kind) in REQUESTS]
    if not letters:
        raise Refused(
            f"Dossier {case.id} : aucune demande n’est approuvée.",
            [f"listingguard letter approve {case.id} --ground …"],
        )
    now = store.status(case.id, today)
    lacks = [f"dossier retenu : {' ; '.join(now.held)}"] if now.held else []
    # The platform itself asked for its form: whatever it answered beside, the request may go there while it is open
    # (the law page, part 8, wrong_channel: open -> same).
    asked = channel == FORM and any(f.kind is EventKind.WRONG_CHANNEL for f in effective(store.facts(case.id)))
    sendable = _SENDABLE | LATE if asked else _SENDABLE
    if now.state not in sendable or (now.state is State.DRAFTED and now.undelivered):
        lacks.append(f"le dossier est dans l’état « {now.state.label} »")
    lacks += stops(store.circumstances(case, today))
    if letters[-1].kind == Kind.COVER and (why := beside(store.companions(case.id, letters[-1].id, today))):
        lacks.append(why)
    return letters[-1], lacks


def _came_back(store: Store, case_id: str, today: date) -> frozenset[str]:
    """Return the dispatches of a case that left and were never handed over: a document says so, or a bounce."""
    proven = {proof.dispatch for proof in store.proofs(case_id) if proof.type in NEVER_ARRIVED}
    standing = {name for name, _, _ in store.status(case_id, today).dispatches}
    mails = {d.id for d in store.dispatches(case_id) if d.channel == EMAIL and d.state is DispatchState.SENT}
    return frozenset(proven | (mails - standing))


def _entered(store: Store, standing: Sequence[DispatchRow], number: str, *, as_printed: bool) -> str:
    """Return a number as it is kept; BadInput where the sending that stands has another, Refused where its key is wrong."""
    compact = registered_number(number).compact
    known = store.registered_number(standing[-1].id) if standing else ""
    if known not in ("", compact):
        raise BadInput(f"L’envoi {standing[-1].id} porte déjà le numéro {registered_number(known).printed}.")
    if store.posted_under(compact):
        # Checked when it was entered.
        return compact
    return entered_number(number, as_printed=as_printed).compact


def _read_on_the_slip(store: Store, row: DispatchRow, compact: str, *, at: datetime, actor: str) -> None:
    """Keep the number that a person read on the slip of what was laid out, or left, without it: its bytes stand."""
    if store.registered_number(row.id):
        return
    envelope = store.same_envelope(row)
    own = {each.id for each in envelope}
    if other := next((d for d in store.posted_under(compact) if d.id not in own), None):
        raise _taken(compact, other)
    with store.tx("dispatch.number"):
        for each in envelope:
            if not store.registered_number(each.id):
                store.add_registered_number(compact, each, at=at, actor=actor)


def _check_free(store: Store, letter: LetterRow, compact: str, content: str) -> None:
    """Raise BadInput where a number is another envelope's: not that of this very PDF for another case, nor one given up."""
    for each in store.posted_under(compact) if compact else ():
        if each.message != content or (each.letter == letter.id and each.state is not DispatchState.WITHDRAWN):
            raise _taken(compact, each)


def _taken(compact: str, row: DispatchRow) -> BadInput:
    number = registered_number(compact).printed
    return BadInput(f"Le numéro {number} est déjà celui de l’envoi {row.id} : un numéro, une lettre.")


def _copy(
    store: Store,
    vault: Vault,
    office: Office,
    letter: LetterRow,
    channel: str,
    compact: str,
    *,
    today: date,
    actor: str,
) -> tuple[str, bytes | None]:
    """Return the number of one more registered sending and its copy of the letter; None: the very PDF that was approved.

    The copy bears the number of its own sending, or none where the provider writes it on its own sheet; not a word of
    the letter differs. Raises Refused without a number, without the right to approve, or for a letter kept without what
    a copy is printed from.
    """
    printed = printed_number(vault.get(letter.text).decode())
    own = registered_number(printed).compact if printed else ""
    posted = [d for d in store.dispatches(letter.case) if d.letter == letter.id and d.channel == REGISTERED]
    left = [d for d in posted if d.state is not DispatchState.WITHDRAWN]
    if channel == REGISTERED:
        if own and compact in ("", own) and not left:
            # The slip that was never used: the letter bears its number already.
            return own, None
        if left and not compact:
            raise Refused(
                "Un nouveau recommandé a son propre numéro, imprimé sur son exemplaire de la lettre.",
                [f"listingguard send {letter.case} --channel {REGISTERED} --number NUMÉRO"],
            )
        if not compact or compact == own:
            return compact, None
    elif not own:
        return compact, None
    said = next((f for f in store.facts(letter.case) if f.key == letter.id and f.data.get("layout")), None)
    if said is None and not own:
        # Approved without a number, and nothing to print it from: the slip bears it.
        return compact, None
    by_mail = f"l’envoyer autrement : listingguard send {letter.case} --channel {EMAIL} (ou {HAND})"
    if said is None:
        raise Refused(
            f"Le courrier {letter.id} porte le numéro {printed} et ne peut pas être imprimé sans lui.", [by_mail]
        )
    council = store.rules.acting is Acting.COUNCIL
    if council and officer_of(store.officers(), actor, today) is None:
        raise Refused(
            "Un exemplaire sous un autre numéro s’approuve comme la lettre elle-même.", [unfit(actor, today), by_mail]
        )
    number = registered_number(compact).printed if channel == REGISTERED else ""
    return compact, office.renderer.printed(vault.get(str(said.data["layout"])), number=number)


def _destination(record: Mapping[str, Any], channel: str) -> str:
    if channel == FORM:
        return str(record.get("webform") or record.get("platform_name") or record.get("name") or "formulaire")
    if channel == HAND:
        return str(record.get("name", ""))
    town = f"{record.get('postcode', '')} {record.get('town', '')}".strip()
    return ", ".join(str(line) for line in (record.get("name"), record.get("street"), town) if line)


def _message(
    store: Store,
    vault: Vault,
    office: Office,
    case: CaseRow,
    letter: LetterRow,
    recipient: str,
    message_id: str,
    token: str,
    *,
    today: date,
    at: datetime,
) -> EmailMessage:
    attachments = [(f"{case.id}-demande.pdf", vault.get(letter.pdf), "application/pdf")]
    approved = next((f for f in store.facts(case.id) if f.key == letter.id and f.data.get("letter") == letter.id), None)
    # The very document that the letter lists, whatever was signed since.
    document = str(approved.data.get("mandate", "")) if approved else ""
    if not document and store.rules.acting is Acting.COUNCIL:
        mandate = store.valid_mandate(case.practitioner, today)
        document = mandate.document if mandate is not None else ""
    if document:
        attachments.append(attached(vault.get(document)))
    posts = (REGISTERED, ELECTRONIC)
    # A letter given up at the post is not announced; of several sendings, the last one is.
    posted = [
        (d, number)
        for d in store.dispatches(case.id)
        if d.letter == letter.id and d.channel in posts and d.state is not DispatchState.WITHDRAWN
        and (number := store.registered_number(d.id))
    ]  # fmt: skip
    number, renumbered = (posted[-1][1], posted[-1][0].message != letter.pdf) if posted else ("", False)
    text, others = vault.get(letter.text).decode(), approved.data.get("with", ()) if approved else ()
    return office.build(
        sender_name=office.sender.name,
        sender=office.from_address,
        recipient=recipient,
        subject=f"[{case.id}] Demande d’opposition et d’effacement de données personnelles",
        text=beside_the_cover(text, case.id, len(others), number, letter.pdf, renumbered=renumbered)
        if others
        else beside_the_post(text, number, letter.pdf, renumbered=renumbered),
        attachments=attachments,
        message_id=message_id,
        date=at,
        headers={"Reply-To": reply_address(office.from_address, token, office.delimiter)} if token else {},
    )
