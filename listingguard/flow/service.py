"""Proofs of service -> what they do to the clock: a person's file, a server's report, a carrier's table.

The proof and the event it makes are one unit; the same document twice adds nothing; a case that can no longer take the
event keeps the proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.case import EventKind, Fact, State, why_not
from listingguard.domain.correspondence import REQUESTS, TAKES_BACK, departure
from listingguard.domain.french import french_day
from listingguard.domain.letter import QUESTIONS, Kind
from listingguard.domain.record import REGISTERED, DispatchRow, DispatchState
from listingguard.domain.service import (
    CHANNELS,
    ELECTRONIC,
    NEVER_ARRIVED,
    ProofRow,
    ProofType,
    Tracked,
    effect,
    proof_id,
    registered_number,
    sent_data,
    tracking_status,
)
from listingguard.errors import BadInput, IllegalEvent, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


@dataclass(frozen=True)
class Proved:
    """What came of a proof. event: what it added to the case, None: nothing. text: its effect, in French.

    fresh: False where the same document was already there.
    """

    proof: ProofRow
    event: EventKind | None
    text: str
    fresh: bool


def dispatch_of(store: Store, case_id: str, name: str) -> DispatchRow:
    """Return a dispatch of a case, named by its identifier or by its channel where only one left by that; NotFound.

    Where several left by it: what went to the platform and was not taken back; a question is named in full.
    """
    rows = store.dispatches(case_id)
    found = [row for row in rows if name in (row.id, row.channel) or row.id.removeprefix(f"{case_id}/") == name]
    if len(found) > 1:
        found = [
            row for row in found if row.state is not DispatchState.WITHDRAWN and _kind_of(store, row) not in QUESTIONS
        ]
    if len(found) != 1:
        known = ", ".join(row.id for row in rows) or "aucun"
        raise NotFound(f"Dossier {case_id} : « {name} » ne désigne pas un seul envoi. Les envois : {known}.")
    return found[0]


def add_proof(
    store: Store,
    vault: Vault,
    row: DispatchRow,
    kind: ProofType,
    raw: bytes,
    *,
    day: date,
    today: date,
    at: datetime,
    actor: str,
    note: str = "",
) -> Proved:
    """Keep a document that proves what became of a dispatch, with the event it makes; the same one twice adds nothing.

    day: that the document states: of the hand-over for a signed receipt, not that of its return. A case that can no
    longer take the event keeps the proof. Raises BadInput for a day or a channel that cannot be, Refused where the
    departure itself is not recorded yet.
    """
    check_proof(store, row, kind, day, today)
    what = effect(kind, day)
    file = vault.put(raw)
    proof = ProofRow(proof_id(row.id, kind, file), row.id, row.case, kind, day, file, note, actor)
    with store.tx("dispatch.proof"):
        row = next(d for d in store.dispatches(row.case) if d.id == row.id)
        if not store.add_proof(proof, at=at):
            return Proved(proof, None, "ce document est déjà au dossier", fresh=False)
        letter = _kind_of(store, row)
        if letter not in REQUESTS:
            _proved_beside(store, row, what.sends, kind, day=day, at=at, actor=actor, proof=file)
            return Proved(
                proof,
                None,
                f"gardée avec ce courrier ({letter.label}) : le délai de la demande n’en dépend pas",
                fresh=True,
            )
        if row.state is not DispatchState.SENT:
            left = day if what.sends else _doubtful_since(store, row)
            if left is None:
                raise Refused(
                    f"L’envoi {row.id} n’est pas noté comme parti : ce qui lui est arrivé ne peut pas l’être.",
                    [f"noter d’abord son départ : {_departure(row)}"],
                )
            _leaves(store, row, f"{kind.label}, selon {actor}", day=min(left, day), at=at, actor=actor, proof=file)
        if what.kind is None:
            return Proved(proof, None, what.sentence, fresh=True)
        data = {"dispatch": row.id, "channel": row.channel, "proof_type": kind.value}
        probe = Fact(10**9, what.kind, proof.id, day, actor, file, data)
        if reason := why_not(store.facts(row.case), probe, store.rules):
            return Proved(proof, None, f"gardée au dossier, sans effet : {reason}", fresh=True)
        store.add_event(row.case, what.kind, key=proof.id, day=day, at=at, actor=actor, proof=file, data=data)
    return Proved(proof, what.kind, what.sentence, fresh=True)


def _departure(row: DispatchRow) -> str:
    """Return the command that notes that a dispatch left."""
    if row.channel in (REGISTERED, ELECTRONIC):
        return f"listingguard proof add {row.case} --dispatch {row.id} --type deposited --day JOUR --file FICHIER"
    return f"listingguard send --settle {row.id} sent --day JOUR"


def prove(
    store: Store,
    vault: Vault,
    row: DispatchRow,
    kind: ProofType,
    raw: bytes,
    *,
    day: date,
    today: date,
    at: datetime,
    actor: str,
    note: str = "",
) -> tuple[Proved, ...]:
    """Return what a document proves of a dispatch and of those that left in the same envelope: see `add_proof`.

    A covering letter is the request of several cases, each with its own clock; one receipt speaks for all of them.
    """
    with store.tx("dispatch.proofs"):
        return tuple(
            add_proof(store, vault, each, kind, raw, day=day, today=today, at=at, actor=actor, note=note)
            for each in _together(store, row)
        )


def _together(store: Store, row: DispatchRow) -> tuple[DispatchRow, ...]:
    if _kind_of(store, row) is not Kind.COVER:
        return (row,)
    same = (row.message, row.channel)
    # One that was given up is in no envelope: what is proven of the others says nothing of it.
    return tuple(
        each
        for each in store.dispatches()
        if each.id == row.id or ((each.message, each.channel) == same and each.state is not DispatchState.WITHDRAWN)
    )


def check_proof(store: Store, row: DispatchRow, kind: ProofType, day: date, today: date) -> None:
    """Return when a document of that day may prove that of a dispatch; raise BadInput with why not."""
    if row.channel not in kind.channels:
        raise BadInput(f"« {kind.label} » ne prouve rien d’un envoi par « {CHANNELS[row.channel]} » ({row.id}).")
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé.")
    sent = next((f.day for f in store.facts(row.case) if f.kind in _LEFT and f.data.get("dispatch") == row.id), row.day)
    if day < sent:
        word = "le départ" if sent != row.day else "l’approbation"
        raise BadInput(
            f"Le {french_day(day)} précède {word} de ce courrier, le {french_day(sent)} : relisez le document."
        )


_LEFT = frozenset({EventKind.REQUEST_SENT, EventKind.LETTER_SENT, EventKind.ASKED})


def _doubtful_since(store: Store, row: DispatchRow) -> date | None:
    """Return the day of a sending of which nobody was sure; None where nothing was tried."""
    if row.state is not DispatchState.UNKNOWN:
        return None
    tried = [
        f.day
        for f in store.facts(row.case)
        if f.kind is EventKind.DISPATCH_UNKNOWN and f.data.get("dispatch") == row.id
    ]
    return tried[-1] if tried else row.day


def _leaves(store: Store, row: DispatchRow, text: str, *, day: date, at: datetime, actor: str, proof: str) -> None:
    """Record that a dispatch left that day, as its own sending would have."""
    letter = _kind_of(store, row)
    store.set_dispatch(row.id, DispatchState.SENT, response=text, at=at)
    state = store.status(row.case, day).state
    if letter in QUESTIONS and state is not State.DETECTED:
        # Answered in between, by telephone say: that it left is kept with the letter alone.
        return
    kind = departure(letter, state)
    data = sent_data(row, text) | {"kind": letter.value}
    try:
        store.add_event(row.case, kind, key=row.id, day=day, at=at, actor=actor, proof=proof, data=data)
    except IllegalEvent as error:
        raise Refused(str(error), error.missing) from error
    if letter in TAKES_BACK and store.status(row.case, max(day, *(f.day for f in store.facts(row.case)))).to_withdraw:
        told = {"letter": row.letter}
        store.add_event(row.case, EventKind.WITHDRAWAL_TOLD, key=row.id, day=day, at=at, actor=actor, data=told)


def _kind_of(store: Store, row: DispatchRow) -> Kind:
    return next(Kind(letter.kind) for letter in store.letters(row.case) if letter.id == row.letter)


def _proved_beside(
    store: Store, row: DispatchRow, sends: bool, kind: ProofType, *, day: date, at: datetime, actor: str, proof: str
) -> None:
    """Take a proof about a question, a reminder, an answer: none has a clock, and what failed is to be sent again."""
    if sends and row.state is not DispatchState.SENT:
        _leaves(store, row, f"{kind.label}, selon {actor}", day=day, at=at, actor=actor, proof=proof)
    elif kind in NEVER_ARRIVED:
        store.set_dispatch(row.id, DispatchState.FAILED, response=kind.label, at=at)


# -- a carrier's file ------------------------------------------------------------------------------------------------


def import_tracking(
    store: Store,
    vault: Vault,
    rows: Iterable[Tracked],
    *,
    today: date,
    at: datetime,
    actor: str,
    dry_run: bool = False,
) -> tuple[Tracked, ...]:
    """Return each row of a carrier's file with what it proved; a row that fits no letter, or no rule, proves nothing.

    The same file twice adds nothing. dry_run: only says what it would do.
    """
    return tuple(_track(store, vault, row, today=today, at=at, actor=actor, dry_run=dry_run) for row in rows)


def _track(
    store: Store, vault: Vault, row: Tracked, *, today: date, at: datetime, actor: str, dry_run: bool
) -> Tracked:
    try:
        number = registered_number(row.number).compact
    except BadInput as error:
        return replace(row, text=str(error))
    found = store.posted_under(number)
    if not found:
        return replace(row, text="aucun courrier ne porte ce numéro")
    # Given up, then posted all the same under the number that the letter bears: what was not given up is meant.
    dispatch = next((d for d in found if d.state is not DispatchState.WITHDRAWN), found[-1])
    kind = tracking_status(row.status, electronic=dispatch.channel == ELECTRONIC)
    row = replace(row, dispatch=dispatch.id, kind=kind)
    if kind is None:
        return replace(row, text="ce statut ne prouve rien, ou n’est pas compris : une personne le lit")
    if row.day is None:
        return replace(row, text="la date manque, ou ne se lit pas")
    if any(p.dispatch == dispatch.id and (p.type, p.day) == (kind, row.day) for p in store.proofs(dispatch.case)):
        return replace(row, text="déjà au dossier")
    try:
        if dry_run:
            check_proof(store, dispatch, kind, row.day, today)
            return replace(row, text=effect(kind, row.day).sentence, fresh=True)
        done, *_ = prove(
            store, vault, dispatch, kind, row.raw, day=row.day, today=today, at=at, actor=actor, note=row.status[:200]
        )
    except (BadInput, Refused) as error:
        lacks = error.missing if isinstance(error, Refused) else ()
        return replace(row, text=" ; ".join((str(error), *lacks)))
    return replace(row, text=done.text, fresh=done.fresh)
