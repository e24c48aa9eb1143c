"""A named person ticks and approves: the bytes are frozen and wait in the outbox; taken back, they never leave."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import (
    addressee_record,
)
from listingguard.domain.case import Acting, EventKind, Fact, State, why_not
from listingguard.domain.correspondence import (
    REQUESTS,
    Ticked,
    reply_to,
)
from listingguard.domain.french import french_day
from listingguard.domain.letter import (
    Kind,
)
from listingguard.domain.officer import officer_of, unfit
from listingguard.domain.practitioner import Mandate
from listingguard.domain.record import (
    EMAIL,
    REGISTERED,
    CaseRow,
    DispatchRow,
    DispatchState,
    LetterRow,
)
from listingguard.domain.service import (
    ELECTRONIC,
    attached,
    beside_the_cover,
    beside_the_post,
    entered_number,
    registered_number,
    reply_address,
)
from listingguard.errors import BadInput, NotFound, Refused
from listingguard.flow.letter.prepare import (
    Draft,
    Office,
    mandate_of,
    prepare,
    request_kind,
    requests,
    series,
)

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


def note_prepared(store: Store, case: CaseRow, draft: Draft, *, today: date, at: datetime, actor: str) -> bool:
    """Record who prepared a letter, with the hash of its text; return False if the same text is already there.

    Raises Refused while something is missing: what was prepared is what may be approved.
    """
    if draft.missing:
        raise Refused("Le courrier n’est pas prêt. Il manque :", draft.missing)
    text = sha256(draft.text.encode()).hexdigest()
    data = {"kind": draft.kind.value, "text": text}
    with store.tx("letter.prepare"):
        return store.add_event(
            case.id, EventKind.LETTER_PREPARED, key=f"{draft.kind.value}/{text[:16]}", day=today, at=at, actor=actor,
            data=data,
        )  # fmt: skip


def approve(
    store: Store,
    vault: Vault,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    *,
    ticked: Iterable[str] = (),
    facts: Iterable[str] | None = None,
    kind: Kind | None = None,
    boxes: Ticked | None = None,
    today: date,
    at: datetime,
    actor: str,
    channels: Collection[str] = (EMAIL,),
    number: str = "",
    as_printed: bool = False,
) -> LetterRow:
    """Freeze a letter and put it in the outbox; a named person ticked its grounds and its facts and approved it.

    facts: None: all that is proposed is ticked. channels: EMAIL, to be sent by the program or as a draft; REGISTERED
    (or ELECTRONIC), to be posted by that person. number: of the registered letter, printed on it and quoted by the
    e-mail beside it; one number is one letter; as_printed: its key does not fit, or cannot be checked, and the person says
    that it is so printed on the slip. Approving again what waits to leave returns the same letter; with other
    ticks it is refused. In a council's home the actor is an officer in office. Raises Refused with all that is missing.
    """
    kind = kind or request_kind(store, case)
    codes, wanted = frozenset(ticked), None if facts is None else frozenset(facts)
    waiting = _waiting(store, case, kind, today)
    if waiting is not None:
        if number and registered_number(number).compact not in dict(store.numbers_of(waiting.id)).values():
            raise Refused("La demande est déjà approuvée, sans ce numéro : son texte est figé.")
        return _same(store, case, waiting, codes, wanted, boxes or Ticked())
    council = store.rules.acting is Acting.COUNCIL
    officer = officer_of(store.officers(), actor, today) if council else None
    draft = prepare(
        store, office, controllers, case, today=today, ticked=codes, facts=wanted, kind=kind, boxes=boxes,
        approver=officer,
    )  # fmt: skip
    sequence = len(series(store, case, kind)) + 1
    letter_id = f"{case.id}/{kind.value}/{sequence}"
    event = EventKind.REQUEST_APPROVED if kind in REQUESTS else EventKind.LETTER_APPROVED
    # Asked before anything is written: a case that cannot take the approval says so first.
    reason = why_not(store.facts(case.id), Fact(10**9, event, letter_id, today, actor), store.rules)
    if reason and kind in REQUESTS and (done := already(store, case, kind, today=today)) is not None:
        # Said first: whatever else is missing, nothing is to be approved any more.
        raise Refused(
            f"La demande {done.id} est déjà approuvée, le {french_day(done.day)} par {done.approved_by} : ses octets sont figés.",
            [reason, f"les courriers qui conviennent maintenant : listingguard letter propose {case.id}"],
        )
    powerless = [unfit(actor, today)] if council and officer is None else []
    if reason or draft.missing or powerless:
        # An answer that waits is among what the draft misses, with what to do.
        also = [*powerless, *([reason] if reason and store.status(case.id, today).answer is None else [])]
        raise Refused("La demande ne peut pas être approuvée." if kind in REQUESTS else
                      f"Le courrier ({kind.label}) ne peut pas être approuvé.", [*also, *draft.missing])  # fmt: skip
    posted = next((channel for channel in (REGISTERED, ELECTRONIC) if channel in channels), "")
    if number:
        number = free_number(store, number, posted, as_printed=as_printed)
        # The provider of an electronic letter writes its own number on its own sheet.
        printed = registered_number(number).printed if posted == REGISTERED else ""
        fields = replace(draft.fields, registered_number=printed)
        draft = replace(draft, fields=fields, text=office.renderer.text(kind.value, fields))
    layout = office.renderer.layout(kind.value, draft.fields, day=today)
    pdf = office.renderer.printed(layout)
    token = office.new_token() if office.delimiter else ""
    row = LetterRow(
        letter_id, case.id, kind.value, sequence, office.renderer.template_version(kind.value),
        vault.put(draft.text.encode()), vault.put(pdf), actor, today,
    )  # fmt: skip
    mandate = mandate_of(store, case, kind, today)
    dispatches = outgoing(
        vault, office, row, draft, pdf, email=str(addressee_record(controllers, case, store.facts(case.id))["email"]),
        mandate=mandate, by_mail=EMAIL in channels, posted=posted, number=number, token=token, at=at,
    )  # fmt: skip
    data = {
        "letter": letter_id, "kind": kind.value, "template": row.template, "text": row.text, "pdf": row.pdf,
        # What a copy under another registered number is printed from: the very words that were approved.
        "layout": vault.put(layout),
        "grounds": sorted(codes) if kind in REQUESTS else [],
        # Each tick is the actor's, that day: the sentence too, should the proposal change.
        "facts": [
            {"code": r.code, "sentence": r.sentence, "source": r.source}
            for r in draft.reasons if wanted is None or r.code in wanted
        ],
        "mandate": mandate.document if mandate else "",
        "ticked": (boxes or Ticked()).told(), "answers": _answered(store, case, kind, today),
        "officer": officer.id if officer else "", "prepared_by": _prepared_by(store, case, kind),
    }  # fmt: skip
    with store.tx("dispatch.approve"):
        store.add_letter(row, at=at)
        store.add_event(case.id, event, key=letter_id, day=today, at=at, actor=actor, proof=row.pdf, data=data)
        for dispatch in dispatches:
            store.add_dispatch(dispatch, at=at)
            if dispatch.channel == EMAIL and token:
                store.add_reply_token(token, dispatch.id, case.id, at=at)
            if number and dispatch.channel == posted:
                store.add_registered_number(number, dispatch, at=at, actor=actor)
    return row


def _answered(store: Store, case: CaseRow, kind: Kind, today: date) -> dict[str, object]:
    """Return which event a letter answers, and of what day it says it is; empty where it answers none."""
    reply = reply_to(kind, [f for f in store.facts(case.id) if f.day <= today])
    return {"event": reply.seq, "day": reply.day.isoformat()} if reply is not None else {}


def _waiting(store: Store, case: CaseRow, kind: Kind, today: date) -> LetterRow | None:
    """Return the approved letter of this kind that has not left yet, nor failed, nor been withdrawn; None: there is none."""
    rows = series(store, case, kind)
    if not rows:
        return None
    if kind in REQUESTS:
        now = store.status(case.id, today)
        return rows[-1] if now.state is State.DRAFTED and not now.undelivered else None
    over = (DispatchState.SENT, DispatchState.FAILED, DispatchState.WITHDRAWN)
    unsent = [d for d in store.dispatches(case.id) if d.letter == rows[-1].id and d.state not in over]
    return rows[-1] if unsent else None


def frozen(store: Store, case: CaseRow, kind: Kind, *, today: date) -> LetterRow | None:
    """Return the approved letter of a kind to look at: the last request whatever became of it, else the one that waits."""
    if kind in REQUESTS:
        withdrawn = {f.key for f in store.facts(case.id) if f.kind is EventKind.LETTER_WITHDRAWN}
        rows = requests(store, case.id)
        return rows[-1] if rows and rows[-1].id not in withdrawn else None
    return _waiting(store, case, kind, today)


def already(store: Store, case: CaseRow, kind: Kind, *, today: date) -> LetterRow | None:
    """Return the request that was approved and stands, waiting or gone: none is to be ticked any more; None otherwise."""
    now = store.status(case.id, today)
    early = (State.DETECTED, State.CONFIRMED, State.MANDATED)
    return None if now.state in early or now.undelivered else frozen(store, case, kind, today=today)


def _same(
    store: Store,
    case: CaseRow,
    row: LetterRow,
    codes: frozenset[str],
    facts: frozenset[str] | None,
    boxes: Ticked,
) -> LetterRow:
    """Return the letter that waits; Refused when it was approved with other ticks."""
    approved = next(
        (f for f in reversed(store.facts(case.id)) if f.key == row.id and f.data.get("letter") == row.id), None
    )
    said = approved.data if approved is not None else {}
    known = frozenset(str(g) for g in said.get("grounds", ()))
    known_facts = frozenset(str(f["code"]) for f in said.get("facts", ()))
    others = [
        bool(codes) and codes != known,
        facts is not None and "facts" in said and facts != known_facts,
        # All that a person may say of the letter, whatever it is: each word of it changes the bytes.
        bool(boxes.told()) and boxes.told() != dict(said.get("ticked", {})),
    ]
    if any(others):
        raise Refused(
            f"Le courrier {row.id} est déjà approuvé, avec d’autres motifs, faits, cases ou mots : ses octets sont figés.",
            [f"le retirer avant l’envoi : listingguard letter withdraw {row.id} --reason …"],
        )
    return row


def _prepared_by(store: Store, case: CaseRow, kind: Kind) -> str:
    prepared = [
        f for f in store.facts(case.id) if f.kind is EventKind.LETTER_PREPARED and f.data.get("kind") == kind.value
    ]
    return prepared[-1].actor if prepared else ""


_SUBJECTS = {
    Kind.REQUEST: "Demande d’opposition et d’effacement de données personnelles",
    Kind.COVER: "Demande d’opposition et d’effacement de données personnelles",
    Kind.RELISTING: "Nouvelle demande d’opposition et d’effacement de données personnelles",
    Kind.REMINDER: "Rappel de la demande d’opposition et d’effacement",
    Kind.SOURCE: "Demande d’accès : origine des données",
    Kind.WITHDRAWAL: "Retrait de la demande",
    Kind.RECTIFICATION: "Rectification",
}


def outgoing(
    vault: Vault,
    office: Office,
    row: LetterRow,
    draft: Draft,
    pdf: bytes,
    *,
    email: str,
    mandate: Mandate | None,
    by_mail: bool,
    posted: str,
    number: str,
    token: str,
    at: datetime,
    others: int = 0,
) -> list[DispatchRow]:
    """Return the outbox rows of an approved letter, one per channel, their bytes in the vault.

    others: how many more requests a covering letter holds. Its e-mail is that of one case: what comes back to it is.
    """
    found = []
    if by_mail:
        name = row.id.replace("/", ".").lower()
        message_id = f"<{name}.{secrets.token_hex(8)}@{office.from_address.rpartition('@')[2]}>"
        file = "demande" if draft.kind in REQUESTS else draft.kind.value.replace("_", "-")
        attachments = [(f"{row.case}-{file}.pdf", pdf, "application/pdf")]
        if mandate is not None:
            attachments.append(attached(vault.get(mandate.document)))
        subject = _SUBJECTS.get(draft.kind, "Suite de la demande d’opposition et d’effacement")
        digest = sha256(pdf).hexdigest()
        text = (
            beside_the_cover(draft.text, row.case, others, number, digest)
            if others
            else beside_the_post(draft.text, number, digest)
        )
        message = office.build(
            sender_name=office.sender.name, sender=office.from_address, recipient=email,
            subject=f"[{row.case}] {subject}", text=text, attachments=attachments, message_id=message_id, date=at,
            headers={"Reply-To": reply_address(office.from_address, token, office.delimiter)} if token else {},
        )  # fmt: skip
        found.append(DispatchRow(
            f"{row.id}/email", row.id, row.case, EMAIL, email, office.from_address, message_id,
            vault.put(office.as_sent(message)), DispatchState.QUEUED, row.day, "",
        ))  # fmt: skip
    if posted:
        # A person posts it: it never waits for the program, and its very bytes are those of the PDF.
        to = draft.fields.addressee
        found.append(DispatchRow(
            f"{row.id}/{posted}", row.id, row.case, posted, ", ".join((to.name, *to.lines)),
            office.sender.name, f"{row.id}/{posted}", row.pdf, DispatchState.DRAFT, row.day, "",
        ))  # fmt: skip
    return found


def withdraw(store: Store, letter_id: str, reason: str, *, today: date, at: datetime, actor: str) -> LetterRow:
    """Take back an approved letter before it leaves, and return it; the next approval has the next sequence.

    Raises Refused once one of its sendings left, or nobody knows whether it did.
    """
    case_id = letter_id.partition("/")[0]
    row = next((each for each in store.letters(case_id) if each.id == letter_id), None)
    if row is None:
        raise NotFound(f"Aucun courrier ne porte l’identifiant « {letter_id} ».")
    gone = {
        DispatchState.SENT: "déjà parti",
        DispatchState.SENDING: "en cours d’envoi",
        DispatchState.UNKNOWN: "peut-être parti",
    }
    sendings = [d for d in store.dispatches(case_id) if d.letter == letter_id]
    with store.tx("letter.withdraw"):
        for sending in sendings:
            if sending.state in gone:
                raise Refused(
                    f"Le courrier {letter_id} est {gone[sending.state]} : il ne se retire plus.",
                    _instead_of_taking_back(sending, Kind(row.kind)),
                )
        data = {"letter": letter_id, "kind": row.kind, "reason": reason, "request": row.kind in REQUESTS}
        store.add_event(
            case_id, EventKind.LETTER_WITHDRAWN, key=letter_id, day=today, at=at, actor=actor, proof=row.pdf, data=data
        )
        for sending in sendings:
            store.set_dispatch(sending.id, DispatchState.WITHDRAWN, response=reason, at=at)
    return row


def _instead_of_taking_back(sending: DispatchRow, kind: Kind) -> list[str]:
    """Return what is still possible of a letter that left, leaves, or may have left."""
    if sending.state is DispatchState.UNKNOWN:
        return [f"régler l’envoi : listingguard send --settle {sending.id} sent (ou not-sent)"]
    if sending.state is DispatchState.SENDING:
        return ["attendre la fin de l’envoi, ou : listingguard send"]
    if kind not in REQUESTS:
        return [
            f"ce qui est parti le reste ; les courriers qui conviennent maintenant : listingguard letter propose {sending.case}"
        ]
    return [
        "ce qui est parti le reste : une demande partie se retire par un autre courrier, une fois au dossier ce qui la rend "
        f"sans objet (agreement_found : un accord existe ; withdrawn : la personne renonce) : listingguard event add "
        f"{sending.case} agreement_found --day JOUR --proof FICHIER",
        f"puis : listingguard letter approve {sending.case} --kind {Kind.WITHDRAWAL.value}",
    ]


def free_number(store: Store, number: str, posted: str, *, as_printed: bool) -> str:
    """Return the number of a registered letter as it is kept; raise where nothing is posted or another letter bears it."""
    if not posted:
        raise BadInput("Un numéro de recommandé va avec un envoi en recommandé.")
    compact = entered_number(number, as_printed=as_printed).compact
    if others := store.posted_under(compact):
        raise BadInput(f"Le numéro {number} est déjà celui du courrier {others[0].letter} : un numéro, une lettre.")
    return compact
