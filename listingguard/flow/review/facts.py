"""The facts that people bring: each appended once, with its proof and all that follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import (
    REPLIES,
    Acting,
    EventKind,
    Fact,
    Rules,
    effective,
    findings_of,
    instead,
    status,
    why_not,
)
from listingguard.domain.correspondence import REQUESTS
from listingguard.domain.finding import Word
from listingguard.domain.french import french_day
from listingguard.domain.letter.own_words import check_reasons
from listingguard.domain.record import EMAIL, CaseRow, DispatchRow, DispatchState
from listingguard.errors import BadInput, IllegalEvent, Refused
from listingguard.flow.review.to_ledger import WORDS, correct_the_ledger, said_to_the_ledger

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

BY_THEIR_OWN_COMMAND = {
    EventKind.DETECTED: "listingguard review",
    EventKind.FINDING_ADDED: "listingguard review",
    EventKind.ANSWERED: "listingguard question answer",
    EventKind.ADDRESSEE_CHOSEN: "listingguard letter address",
    EventKind.MANDATE_SIGNED: "listingguard mandate add",
    EventKind.MANDATE_REVOKED: "listingguard mandate end",
    EventKind.MANDATE_EXPIRED: "listingguard run --once",
    EventKind.CONTROLLER_CHANGED: "listingguard controller changed",
    EventKind.LETTER_PREPARED: "listingguard letter prepare",
    EventKind.REQUEST_APPROVED: "listingguard letter approve",
    EventKind.LETTER_APPROVED: "listingguard letter approve",
    EventKind.LETTER_WITHDRAWN: "listingguard letter withdraw",
    EventKind.REQUEST_SENT: "listingguard send",
    EventKind.PRIOR_REQUEST_RECORDED: "listingguard case add --sent",
    EventKind.DISPATCH_FAILED: "listingguard send",
    EventKind.DISPATCH_UNKNOWN: "listingguard send",
    EventKind.DISPATCH_NOT_SENT: "listingguard send --settle",
    EventKind.PACK_REQUESTED: "listingguard complain",
    EventKind.PACK_BUILT: "listingguard complain",
    EventKind.PACK_SIGNED: "listingguard pack sign",
    EventKind.LAWYER_NAMED: "listingguard pack lawyer",
    EventKind.PAPER_PLACED: "listingguard pack place",
    EventKind.DECLARATION_SIGNED: "listingguard declaration add",
    EventKind.REAPPEARED: "listingguard scan",
    EventKind.DUE_CHANGED: "listingguard run --once",
}

_WITH_PROOF = REPLIES | {
    # Written by hand; what the program sends records itself.
    EventKind.LETTER_SENT,
    EventKind.RECEIVED,
    EventKind.ACKNOWLEDGED,
    EventKind.BOUNCED,
    EventKind.REFUSED_DELIVERY,
    EventKind.UNCLAIMED,
    EventKind.NOT_AT_ADDRESS,
    EventKind.FILED,
}
"""What a platform, a post office or the CNIL did is recorded with the document that shows it."""


def record(
    store: Store,
    vault: Vault,
    case: CaseRow,
    kind: EventKind,
    *,
    day: date,
    today: date,
    at: datetime,
    actor: str,
    proof: bytes | None = None,
    data: Mapping[str, Any] | None = None,
    absent_on: tuple[date, ...] = (),
) -> bool:
    """Append one fact of the case with its proof; return False if the same fact is already there.

    day: when it happened. absent_on: the days on which the page was observed absent, for an erasure verified.
    The practitioner's own word needs its proof in a council's home; the kiné acting for himself gives it by acting.
    Raises Refused with what is missing, IllegalEvent with what the case allows.
    """
    if kind in BY_THEIR_OWN_COMMAND:
        raise Refused(f"« {kind.label} » a sa propre commande.", [BY_THEIR_OWN_COMMAND[kind]])
    if kind is EventKind.FILED and store.packs(case.id):
        # What is filed is what was signed, and still holds.
        raise Refused("Le dépôt d’une plainte construite ici a sa propre commande.", [
            f"listingguard pack sign {case.id}, puis listingguard pack file {case.id} --number N --on JOUR --receipt FICHIER"
        ])  # fmt: skip
    payload = dict(data or {})
    check_reasons(payload.get("situation", ()), store.practitioner(case.practitioner).full_name, "un courrier")
    if kind is EventKind.RECEIVED and not payload.get("received_on"):
        # A request that the case took over stands in it on a later day than its own: its receipt as well.
        taken = [f for f in effective(store.facts(case.id)) if f.kind is EventKind.PRIOR_REQUEST_RECORDED]
        if taken and str(taken[-1].data.get("sent_on", taken[-1].day)) <= day.isoformat() < taken[-1].day.isoformat():
            payload["received_on"], day = day.isoformat(), taken[-1].day
    if kind is EventKind.ERASED_VERIFIED:
        payload["absent_on"] = [d.isoformat() for d in absent_on]
    return append(store, vault, case, kind, payload, proof, day=day, today=today, at=at, actor=actor)


def append(
    store: Store, vault: Vault, case: CaseRow, kind: EventKind, payload: dict[str, Any], proof: bytes | None, *,
    day: date, today: date, at: datetime, actor: str,
) -> bool:  # fmt: skip
    """Append one fact, of whatever command, with what follows from it; as `record`."""
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé : un fait se note le jour où il a eu lieu.")
    council = store.rules.acting is Acting.COUNCIL
    if proof is None and (kind in _WITH_PROOF or (kind in WORDS and council)):
        raise Refused(
            f"« {kind.label} » s’enregistre avec ce qui le prouve.",
            ["le document (courriel, courrier, avis de réception, note signée) : --proof FICHIER"],
        )
    if kind is EventKind.FILED and council and store.valid_mandate(case.practitioner, day) is None:
        raise Refused("La plainte ne se dépose que sous un mandat valable.", ["un mandat : listingguard mandate add"])
    sha = sha256(proof).hexdigest() if proof is not None else ""
    facts = store.facts(case.id)
    undone = None
    if kind is EventKind.CORRECTION:
        payload = _with_earlier(facts, payload)
        undone = _never_left(store, case, facts, payload, today)
    if kind is EventKind.DUPLICATE:
        _other_case(store, case, str(payload.get("of", "")))
    key = _key(facts, kind, day, sha, payload)
    if not any(f.kind is kind and f.key == key for f in facts):
        # Asked before the document is kept: a refused fact leaves nobody's paper behind.
        new = Fact(10**9, kind, key, day, actor, sha, payload)
        if reason := why_not(facts, new, store.rules):
            raise IllegalEvent(reason, _instead(case.id, facts, instead(facts, new, store.rules), today, store.rules))
    if proof is not None:
        vault.put(proof)
    with store.tx("event.add"):
        if not store.add_event(case.id, kind, key=key, day=day, at=at, actor=actor, proof=sha, data=payload):
            return False
        for row in said_to_the_ledger(store, case, kind, payload, day, sha):
            store.put_authorisation(row, practice=str(payload.get("practice", "")), at=at, actor=actor)
        if kind is EventKind.CORRECTION:
            correct_the_ledger(store, case, facts, today=today, at=at, actor=actor)
        if undone is not None:
            _take_back(store, undone, today=today, at=at, actor=actor)
        if kind is EventKind.LISTING_CONFIRMED_BY_KINE and council:
            _use_mandate(store, case, today=today, at=at, actor=actor)
        if kind is EventKind.NOT_ME:
            _never_again(store, case, today=today, at=at, actor=actor)
    return True


_LEFT = frozenset({EventKind.REQUEST_SENT, EventKind.LETTER_SENT})
_APPROVED = frozenset({EventKind.REQUEST_APPROVED, EventKind.LETTER_APPROVED})
_OF_A_LETTER = _LEFT | _APPROVED


def _never_left(
    store: Store, case: CaseRow, facts: Sequence[Fact], payload: Mapping[str, Any], today: date
) -> DispatchRow | None:
    """Return the sending that a correction says never left, as a person alone had said it did; None for all others.

    Raises Refused where the outbox knows better: the server took the message, or a document shows that it left. Voided,
    the case would wait for a letter that never leaves twice.
    """
    if not payload.get("void"):
        return None
    seq = str(payload.get("event", ""))
    told = next((f for f in facts if str(f.seq) == seq and f.kind in _OF_A_LETTER), None)
    rows = store.dispatches(case.id) if told is not None else ()
    if told is not None and told.kind in _APPROVED:
        left = [row for row in rows if row.letter == told.key and row.state is DispatchState.SENT]
        if not left and any(row.letter == told.key for row in rows):
            raise Refused(
                f"Le courrier {told.key} est approuvé, ses octets sont figés : il se retire, il ne se rectifie pas.",
                [f"avant l’envoi : listingguard letter withdraw {told.key} --reason TEXTE"],
            )
    else:
        left = [row for row in rows if told and row.id == told.key and row.state is DispatchState.SENT]
    if told is None or not left:
        return None
    row = left[0]
    shown = [proof for proof in store.proofs(case.id) if proof.dispatch == row.id]
    if shown or told.kind in _APPROVED or (row.channel == EMAIL and not row.response.startswith("confirmé par ")):
        why = shown[0].type.label if shown else row.response
        sent = next((f for f in facts if f.key == row.id and f.kind in _LEFT), told)
        raise Refused(
            f"Le message est parti le {french_day(sent.day)}, selon la boîte d’envoi ({row.id} : « {why} ») : son départ ne "
            "s’efface pas, et rien ne part deux fois.",
            [
                f"si seul le jour est faux : listingguard event add {case.id} correction --event {sent.seq} --new-day JOUR "
                f"--day {today}",
                f"s’il est revenu non remis : listingguard event add {case.id} bounced --day JOUR --proof FICHIER",
                f"si la demande n’a plus lieu d’être : listingguard event add {case.id} withdrawn --day JOUR --proof FICHIER",
            ],
        )
    return row


def _take_back(store: Store, row: DispatchRow, *, today: date, at: datetime, actor: str) -> None:
    """Take back the letter of a sending that never left, whatever a person had said: it may be approved anew."""
    others = [d for d in store.dispatches(row.case) if d.letter == row.letter and d.id != row.id]
    reason = f"n’est pas parti, selon {actor}"
    store.set_dispatch(row.id, DispatchState.WITHDRAWN, response=reason, at=at)
    if any(d.state in (DispatchState.SENT, DispatchState.SENDING, DispatchState.UNKNOWN) for d in others):
        return
    letter = next(each for each in store.letters(row.case) if each.id == row.letter)
    request = letter.kind in REQUESTS
    data = {"letter": letter.id, "kind": letter.kind, "reason": reason, "request": request}
    store.add_event(
        row.case, EventKind.LETTER_WITHDRAWN, key=letter.id, day=today, at=at, actor=actor, proof=letter.pdf, data=data
    )
    for other in others:
        store.set_dispatch(other.id, DispatchState.WITHDRAWN, response=reason, at=at)


def _closing(facts: Sequence[Fact], today: date, rules: Rules) -> Fact:
    """Return the event that closed a case, whatever was noted in it since; the last one where none did."""
    stand, by = effective(facts), status(facts, today, rules).close_reason
    return next((f for f in stand if f.kind is by), stand[-1])


def _instead(
    case: str, facts: Sequence[Fact], possible: Sequence[EventKind] | None, today: date, rules: Rules
) -> list[str]:
    """Return what may be entered, one line each: the word to type and what it means, or the command it has of its own.

    Where only a correction is left, both its commands are whole, with the number of the event that closed the case.
    """
    if possible is None:
        return []
    if not possible:
        last = _closing(facts, today, rules)
        correct = f"listingguard event add {case} correction --event {last.seq}"
        lines = [
            f"rien d’autre qu’une rectification de l’événement n° {last.seq} (« {last.kind.label} », le {french_day(last.day)}) :",
            f"s’il n’a pas eu lieu : {correct} --void --day {today}",
            f"si seul son jour est faux : {correct} --new-day JOUR --day {today}",
        ]
        if last.kind in WORDS:
            lines.append("la ligne que cette réponse a mise au registre des accords est rectifiée avec elle")
        return lines
    typed = [f"{kind.value} : {kind.label}" for kind in possible if kind not in BY_THEIR_OWN_COMMAND]
    others = [f"{kind.label} : {BY_THEIR_OWN_COMMAND[kind]}" for kind in possible if kind in BY_THEIR_OWN_COMMAND]
    return ["ce qui est possible, par le mot à taper :", *typed, *others]


def _with_earlier(facts: Sequence[Fact], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a correction that keeps what the one before it said of the same event, unless it says otherwise."""
    base = str(payload.get("event", ""))
    earlier = [f.data for f in facts if f.kind is EventKind.CORRECTION and f.key.partition("/")[0] == base]
    if not earlier or payload.get("void") or earlier[-1].get("void"):
        return dict(payload)
    merged = {**earlier[-1].get("data", {}), **payload.get("data", {})}
    return {**earlier[-1], **payload, **({"data": merged} if merged else {})}


def _other_case(store: Store, case: CaseRow, of: str) -> None:
    """Raise unless the case that remains exists, is another, and about the same person and controller."""
    if of:
        other = store.case(of)
        if other.id == case.id or other.practitioner != case.practitioner:
            raise BadInput(
                f"Le dossier {of} n’est pas le double de {case.id} : c’est un autre dossier de la même personne."
            )


def _key(facts: Sequence[Fact], kind: EventKind, day: date, proof: str, payload: Mapping[str, Any]) -> str:
    """Return what makes the fact one: its document, else its day; told again, it keeps its key and adds nothing.

    A correction is one of its event, a suspension or its end one of the case: the next that differs has a number. So has
    another word of the same day, and a fact that is told again after a correction took it back.
    """
    if kind is EventKind.CORRECTION:
        base = str(payload.get("event", ""))
    elif kind in (EventKind.HOLD, EventKind.RELEASE):
        base = "case"
    else:
        said = f"{payload['said']}/" if kind is EventKind.ANSWERED else ""
        own = said + (proof[:32] if proof else day.isoformat())
        before = [f for f in facts if f.kind is kind and (f.key == own or f.key.startswith(f"{own}/"))]
        stands = {f.seq for f in effective(facts)}
        if not before or any(f.seq in stands and (proof or dict(f.data) == dict(payload)) for f in before):
            return next((f.key for f in before if f.seq in stands), own)
        return f"{own}/{len(before) + 1}"
    same = [f for f in facts if f.kind is kind and f.key.partition("/")[0] == base]
    last = same[-1] if same else None
    if kind is EventKind.CORRECTION and last is not None and dict(last.data) == dict(payload):
        return last.key
    return f"{base}/{len(same) + 1}" if same else base


def _use_mandate(store: Store, case: CaseRow, *, today: date, at: datetime, actor: str) -> None:
    """A mandate signed before the word was given serves the case at once."""
    mandate = store.valid_mandate(case.practitioner, today)
    if mandate is not None:
        store.add_event(
            case.id, EventKind.MANDATE_SIGNED, key=mandate.id, day=today, at=at, actor=actor, proof=mandate.document,
            data={"mandate": mandate.id, "until": mandate.until.isoformat()},
        )  # fmt: skip


def _never_again(store: Store, case: CaseRow, *, today: date, at: datetime, actor: str) -> None:
    listings = {f["listing"] for f in findings_of(store.facts(case.id))}
    for match, fields in store.matches():
        if match.practitioner == case.practitioner and match.listing in listings:
            store.add_judgement(match.listing, match.practitioner, fields, Word.OTHER, day=today, at=at, actor=actor)
