"""Cases -> letters approved: written from the case's facts, their grounds and facts ticked, their bytes frozen by a person.

Nothing leaves from here: an approved letter waits in the outbox for `dispatch`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.message import EmailMessage
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import (
    NOTICE_AGE_DAYS,
    PRACTICE,
    addressee_record,
    chosen_addressee,
    controller_record,
    fresh_notice,
    verified,
)
from listingguard.domain.case import REPLIES, Acting, EventKind, Fact, State, effective, findings_of, why_not
from listingguard.domain.citation import blocked
from listingguard.domain.correspondence import (
    REQUESTS,
    TAKES_BACK,
    Material,
    Proposal,
    Reason,
    Ticked,
    earlier_request,
    fields_of,
    proposals,
    reasons,
)
from listingguard.domain.french import PARIS, french_at, french_day
from listingguard.domain.grounds import Ground, ground_lines, proposed_grounds, ticked_problem
from listingguard.domain.letter import Addressee, Fields, Kind, ListedPage, Sender, enclosed
from listingguard.domain.listing import Listing, ListingKind, ListingState, Trait
from listingguard.domain.officer import Officer, officer_of
from listingguard.domain.practitioner import Agreement, Mandate, Practitioner, Verdict, verdict
from listingguard.domain.record import (
    EMAIL,
    REGISTERED,
    CaptureRow,
    CaseRow,
    DispatchRow,
    DispatchState,
    LetterRow,
)
from listingguard.domain.service import ELECTRONIC, attached, beside_the_post, registered_number, reply_address
from listingguard.domain.stops import stops
from listingguard.domain.trace import Traced, traced
from listingguard.errors import BadInput, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


@dataclass(frozen=True)
class Office:
    """Who writes, and the tools of the trade: the renderer and the functions that build a mail.

    from_address: the envelope and From address. build, as_sent, draft, new_token: see edge/mail.py. pages: how many
    pages a document of the vault has, by its SHA-256. delimiter: what separates the name of that address from the token
    of one letter; empty: answers come back to the address as it is.
    """

    sender: Sender
    place: str
    signatory: str
    from_address: str
    renderer: Renderer
    build: Callable[..., EmailMessage]
    as_sent: Callable[[EmailMessage], bytes]
    draft: Callable[[bytes], bytes]
    new_token: Callable[[], str]
    pages: Callable[[str], int]
    delimiter: str = ""


@dataclass(frozen=True)
class Draft:
    """A letter as it would leave today: its fields and text, what the program proposes to tick, what stands in the way.

    proposed: grounds, of a request only. reasons: facts of the person's situation. fields: None where the case does not
    hold what the letter needs; text: empty while something is missing.
    """

    kind: Kind
    fields: Any
    proposed: tuple[Ground, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    text: str = ""


def choose_addressee(
    store: Store,
    case: CaseRow,
    to: str,
    *,
    today: date,
    at: datetime,
    actor: str,
    record: Mapping[str, str] | None = None,
) -> None:
    """Record to whom a person decides to write: PLATFORM, or PRACTICE with its `name`, `street`, `town`, `email`…

    On a customer page the practice may be the controller (art. 4(7) GDPR) and the platform its processor: the program
    never decides it. The last choice before the approval counts. Raises Refused with what the practice's record lacks.
    """
    told = {"to": to, **{name: value for name, value in (record or {}).items() if value}}
    labels = {"name": "son nom", "street": "son adresse", "postcode": "son code postal", "town": "sa ville",
              "email": "son courriel"}  # fmt: skip
    lacks = [f"{label} : --{name}" for name, label in labels.items() if not told.get(name)]
    if to == PRACTICE and lacks:
        raise Refused("Pour écrire au cabinet, il faut ses coordonnées.", lacks)
    earlier = [f for f in store.facts(case.id) if f.kind is EventKind.ADDRESSEE_CHOSEN]
    if earlier and dict(earlier[-1].data) == told:
        return
    with store.tx("letter.addressee"):
        store.add_event(
            case.id,
            EventKind.ADDRESSEE_CHOSEN,
            key=f"{to}/{len(earlier) + 1}",
            day=today,
            at=at,
            actor=actor,
            data=told,
        )


def requests(store: Store, case_id: str) -> tuple[LetterRow, ...]:
    """Return the approved requests of a case, in order; not what was written to the practitioner, nor what followed."""
    return tuple(row for row in store.letters(case_id) if row.kind in REQUESTS)


def request_kind(store: Store, case: CaseRow) -> Kind:
    """Return which request fits a case: the one that cites the first where it continues a case whose page came back."""
    before = _before(store, case)
    return Kind.RELISTING if before is not None and earlier_request(before.id, *_told(store, before)) else Kind.REQUEST


def propose(store: Store, case: CaseRow, *, today: date) -> tuple[Proposal, ...]:
    """Return the letters that fit where the case stands today, each with why."""
    facts = store.facts(case.id)
    captures = [c.at.astimezone(PARIS).date() for _, rows in _captured(store, facts) for c in rows]
    relisted = request_kind(store, case) is Kind.RELISTING
    return proposals(store.status(case.id, today), facts, relisted=relisted, page_seen_on=max(captures, default=None))


def frozen(store: Store, case: CaseRow, kind: Kind, *, today: date) -> LetterRow | None:
    """Return the approved letter of a kind to look at: the last request whatever became of it, else the one that waits."""
    if kind in REQUESTS:
        withdrawn = {f.key for f in store.facts(case.id) if f.kind is EventKind.LETTER_WITHDRAWN}
        rows = requests(store, case.id)
        return rows[-1] if rows and rows[-1].id not in withdrawn else None
    return _waiting(store, case, kind, today)


def prepare(
    store: Store,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    *,
    today: date,
    ticked: Iterable[str] | None = None,
    facts: Iterable[str] | None = None,
    kind: Kind | None = None,
    boxes: Ticked | None = None,
    approver: Officer | None = None,
) -> Draft:
    """Return a letter as it would leave today; without a kind, the request.

    ticked, facts: codes of the grounds and of the facts a person chose; None: as proposed. boxes: what else a person
    says of this letter. approver: who signs in a council; None: as the home is configured.
    """
    kind = kind or request_kind(store, case)
    person, told = store.practitioner(case.practitioner), store.facts(case.id)
    record = addressee_record(controllers, case, told)
    captured = _captured(store, told)
    proposed = tuple(dict.fromkeys(g for listing, _ in captured for g in proposed_grounds(listing, today)))
    codes = frozenset(g.code for g in proposed) if ticked is None else frozenset(ticked)
    opened = any(
        r.agreement is Agreement.OPENED and r.names(case.platform) and r.since <= today
        for r in store.authorisations(person.id)
    )
    traits = {_origin(listing, rows[0]): listing.traits for listing, rows in captured}
    found = reasons(told, traits, opened=opened)
    chosen = found if facts is None else _chosen(found, facts)
    mandate = _mandate(store, case, kind, today)
    before = _before(store, case)
    material = Material(
        reference=case.id, day=today, place=office.place, sender=office.sender, addressee=_addressee(record),
        platform_name=str(controller_record(controllers, case).get("platform_name") or case.platform),
        signatory=approver.signatory if approver else office.signatory,
        delegated_by=approver.delegated_by if approver else "",
        attachments=_attachments(mandate, office), person=person,
        represented=store.rules.acting is Acting.COUNCIL, mandate_day=mandate.since if mandate else None,
        facts=told, now=store.status(case.id, today),
        pages=tuple(listed_page(listing, rows[0]) for listing, rows in captured),
        copies=tuple(
            sorted((listed_page(listing, c) for listing, rows in captured for c in rows), key=lambda p: p.captured_at)
        ),
        grounds=ground_lines(codes), situation=tuple(r.sentence for r in chosen),
        traits=frozenset(t for listing, _ in captured for t in listing.traits), opened_once=opened,
        before=effective(store.facts(before.id)) if before and kind is Kind.RELISTING else (),
        earlier=_earlier_of(store, case, before, kind, today),
        ticked=boxes or Ticked(),
    )  # fmt: skip
    missing = _guards(store, case, person, record, captured, mandate, kind, today=today)
    problem = ticked_problem(codes) if kind in REQUESTS else None
    missing += [problem] if problem else []
    fields: Fields | None = None
    text = ""
    try:
        fields = fields_of(kind, material)
        # What is missing of the case comes first: a letter that lacks its pages would say so a second time.
        if not missing:
            text = office.renderer.text(kind.value, fields)
            missing += blocked(text, store.confirmed_citations(), today)
    except Refused as error:
        missing += error.missing or [str(error)]
    return Draft(kind, fields, proposed, found, tuple(missing), "" if missing else text)


def _chosen(found: Sequence[Reason], codes: Iterable[str]) -> tuple[Reason, ...]:
    wanted = frozenset(codes)
    unknown = sorted(wanted - {r.code for r in found})
    if unknown:
        known = ", ".join(r.code for r in found) or "aucun"
        raise Refused(f"Fait inconnu : {', '.join(unknown)}. Faits proposés : {known}.")
    return tuple(r for r in found if r.code in wanted)


def _before(store: Store, case: CaseRow) -> CaseRow | None:
    """Return the case that this one continues; None for the first of its lineage."""
    facts = store.facts(case.id)
    named = str(facts[0].data.get("continues", "")) if facts else ""
    return store.case(named) if named else None


def _told(store: Store, case: CaseRow) -> tuple[Any, Sequence[Fact]]:
    facts = store.facts(case.id)
    return store.status(case.id, max(f.day for f in facts)), facts


def _earlier_of(store: Store, case: CaseRow, before: CaseRow | None, kind: Kind, today: date) -> Any:
    if kind is Kind.RELISTING:
        return earlier_request(before.id, *_told(store, before)) if before else None
    return (
        None if kind is Kind.REQUEST else earlier_request(case.id, store.status(case.id, today), store.facts(case.id))
    )


def _mandate(store: Store, case: CaseRow, kind: Kind, today: date) -> Mandate | None:
    """Return the mandate under which a council writes; what takes a request back names the last there was."""
    if store.rules.acting is not Acting.COUNCIL:
        return None
    valid = store.valid_mandate(case.practitioner, today)
    if valid is None and kind in TAKES_BACK:
        return next((m for m in reversed(store.mandates(case.practitioner)) if m.since <= today), None)
    return valid


def _guards(
    store: Store,
    case: CaseRow,
    person: Practitioner,
    record: Mapping[str, Any],
    captured: Sequence[tuple[Listing, Sequence[CaptureRow]]],
    mandate: Mandate | None,
    kind: Kind,
    *,
    today: date,
) -> list[str]:
    now, facts = store.status(case.id, today), store.facts(case.id)
    lacks: list[str] = []
    if kind in TAKES_BACK:
        if now.sent_on is None:
            lacks.append("une demande partie : rien n’est à retirer ni à rectifier")
    else:
        lacks += stops(store.circumstances(case, today))
        lacks += _agreement(store, case, person, now.state, today)
        if kind not in REQUESTS and store.unread_replies(case.id):
            lacks.append("la lecture d’une réponse reçue : listingguard inbox list")
        if kind not in REQUESTS and now.state is State.CLOSED:
            lacks.append("un dossier ouvert : celui-ci est clos")
    if store.rules.acting is Acting.COUNCIL and mandate is None:
        lacks.append(f"un mandat signé et valable ce jour : listingguard mandate add {person.id} …")
    if not captured:
        lacks.append("une capture de la fiche : listingguard scan, ou capture import")
    chosen = chosen_addressee(facts)
    customer = any(listing.state is ListingState.CUSTOMER for listing, _ in captured)
    if customer and chosen is None:
        lacks.append(
            "à qui écrire, sur une fiche de client : une personne choisit, "
            f"listingguard letter address {case.id} platform (ou practice …)"
        )
    if chosen is not None and chosen.data.get("to") == PRACTICE:
        return lacks
    slug = case.controller
    if not record.get("name") or not record.get("street") or not record.get("email"):
        lacks.append(
            f"le nom, l’adresse et le courriel du responsable du traitement : listingguard controller set {slug} …"
        )
    elif not verified(record, today):
        lacks.append(f"la vérification de ses coordonnées par une personne : listingguard controller verify {slug}")
    elif kind not in TAKES_BACK and fresh_notice(store.notices(slug), today) is None:
        lacks.append(
            f"une copie de ses mentions légales d’au plus {NOTICE_AGE_DAYS} jours : "
            f"listingguard controller verify {slug} --notice FICHIER --url ADRESSE"
        )
    return lacks


def _origin(listing: Listing, capture: CaptureRow) -> str:
    return f"capture {capture.id[:12]} du {french_day(capture.day)} : {listing.url}"


def _agreement(store: Store, case: CaseRow, person: Practitioner, state: State, today: date) -> list[str]:
    said = verdict(store.authorisations(person.id), person.id, case.platform, today)
    if said is Verdict.AUTHORISED:
        return ["un accord avec cette plateforme est en cours : aucune demande ne part"]
    if said is not Verdict.UNDETERMINED:
        return []
    if state is State.DETECTED:
        return [f"la parole du praticien : listingguard event add {case.id} listing_confirmed_by_kine --day …"]
    command = f"listingguard authorisation verdict --rpps {person.id} --platform {case.platform}"
    return [f"l’absence d’accord, que le registre ne permet plus d’établir : {command}"]


def _captured(store: Store, facts: Sequence[Fact]) -> tuple[tuple[Listing, tuple[CaptureRow, ...]], ...]:
    """Return each listing of the case with the captures that show it, oldest first; at least one each."""
    keys = dict.fromkeys(str(f["listing"]) for f in findings_of(facts))
    return tuple((store.listing(key), rows) for key in keys if (rows := store.captures(key)))


def listed_page(listing: Listing, capture: CaptureRow, exhibit: int | None = None) -> ListedPage:
    """Return a captured page as letters describe it: only what the listing itself shows."""
    shown = ["nom et prénom" if listing.kind is ListingKind.PERSON else "dénomination"]
    if listing.profession:
        shown.append("profession")
    if any(p.street or p.town for p in listing.places):
        shown.append("adresse du cabinet")
    if listing.phones or any(p.phones for p in listing.places):
        shown.append("numéro de téléphone")
    if listing.email:
        shown.append("adresse électronique")
    if listing.rpps:
        shown.append("numéro RPPS")
    traits = tuple(t.label for t in Trait if t in listing.traits)
    return ListedPage(listing.url, capture.at, capture.body, traits, tuple(shown), exhibit)


def _addressee(record: Mapping[str, Any]) -> Addressee:
    lines = (record.get("street", ""), f"{record.get('postcode', '')} {record.get('town', '')}".strip())
    country = str(record.get("country", ""))
    abroad = () if country.lower() in ("", "fr", "france") else (country,)
    return Addressee(
        str(record.get("name", "")),
        str(record.get("attention") or ("" if record.get("to") == PRACTICE else "Délégué à la protection des données")),
        tuple(str(line) for line in (*lines, *abroad) if line),
    )


def _attachments(mandate: Mandate | None, office: Office) -> tuple[str, ...]:
    if mandate is None:
        return ()
    return (enclosed(f"Mandat du {french_day(mandate.since)}", office.pages(mandate.document)),)


# -- preparing and approving -------------------------------------------------------------------------------------------


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
) -> LetterRow:
    """Freeze a letter and put it in the outbox; a named person ticked its grounds and its facts and approved it.

    facts: None: all that is proposed is ticked. channels: EMAIL, to be sent by the program or as a draft; REGISTERED
    (or ELECTRONIC), to be posted by that person. number: of the registered letter, printed on it and quoted by the
    e-mail beside it; one number is one letter. Approving again what waits to leave returns the same letter; with other
    ticks it is refused. In a council's home the actor is an officer in office. Raises Refused with all that is missing.
    """
    kind = kind or request_kind(store, case)
    codes, wanted = frozenset(ticked), None if facts is None else frozenset(facts)
    waiting = _waiting(store, case, kind, today)
    if waiting is not None:
        if number and registered_number(number).compact != store.registered_number(waiting.id):
            raise Refused("La demande est déjà approuvée, sans ce numéro : son texte est figé.")
        return _same(store, case, waiting, codes, wanted)
    council = store.rules.acting is Acting.COUNCIL
    officer = officer_of(store.officers(), actor, today) if council else None
    draft = prepare(
        store, office, controllers, case, today=today, ticked=codes, facts=wanted, kind=kind, boxes=boxes,
        approver=officer,
    )  # fmt: skip
    sequence = len(_standing(store, case, kind)) + 1
    letter_id = f"{case.id}/{kind.value}/{sequence}"
    event = EventKind.REQUEST_APPROVED if kind in REQUESTS else EventKind.LETTER_APPROVED
    # Asked before anything is written: a case that cannot take the approval says so first.
    reason = why_not(store.facts(case.id), Fact(10**9, event, letter_id, today, actor), store.rules)
    unfit = [_unfit(actor, today)] if council and officer is None else []
    if reason or draft.missing or unfit:
        # An answer that waits is among what the draft misses, with what to do.
        also = [*unfit, *([reason] if reason and store.status(case.id, today).answer is None else [])]
        raise Refused("La demande ne peut pas être approuvée." if kind in REQUESTS else
                      f"Le courrier ({kind.label}) ne peut pas être approuvé.", [*also, *draft.missing])  # fmt: skip
    posted = next((channel for channel in (REGISTERED, ELECTRONIC) if channel in channels), "")
    if number:
        number = _free_number(store, number, posted)
        # The provider of an electronic letter writes its own number on its own sheet.
        printed = registered_number(number).printed if posted == REGISTERED else ""
        fields = replace(draft.fields, registered_number=printed)
        draft = replace(draft, fields=fields, text=office.renderer.text(kind.value, fields))
    pdf = office.renderer.pdf(kind.value, draft.fields, day=today)
    token = office.new_token() if office.delimiter else ""
    row = LetterRow(
        letter_id, case.id, kind.value, sequence, office.renderer.template_version(kind.value),
        vault.put(draft.text.encode()), vault.put(pdf), actor, today,
    )  # fmt: skip
    mandate = _mandate(store, case, kind, today)
    dispatches = _dispatches(
        vault, office, row, draft, pdf, email=str(addressee_record(controllers, case, store.facts(case.id))["email"]),
        mandate=mandate, by_mail=EMAIL in channels, posted=posted, number=number, token=token, at=at,
    )  # fmt: skip
    data = {
        "letter": letter_id, "kind": kind.value, "template": row.template, "text": row.text, "pdf": row.pdf,
        "grounds": sorted(codes) if kind in REQUESTS else [],
        # Each tick is the actor's, that day: the sentence too, should the proposal change.
        "facts": [
            {"code": r.code, "sentence": r.sentence, "source": r.source}
            for r in draft.reasons if wanted is None or r.code in wanted
        ],
        "boxes": [a.value for a in boxes.arguments] + list(boxes.wrong) if boxes else [],
        "officer": officer.id if officer else "", "prepared_by": _prepared_by(store, case, kind),
    }  # fmt: skip
    with store.tx("dispatch.approve"):
        store.add_letter(row, at=at)
        store.add_event(case.id, event, key=letter_id, day=today, at=at, actor=actor, proof=row.pdf, data=data)
        for dispatch in dispatches:
            store.add_dispatch(dispatch, at=at)
            if dispatch.channel == EMAIL and token:
                store.add_reply_token(token, dispatch.id, case.id, at=at)
        if number:
            store.add_registered_number(number, letter_id, case.id, product=posted, at=at, actor=actor)
    return row


def _unfit(actor: str, today: date) -> str:
    return (
        f"un élu habilité ce jour, ce que « {actor} » n’est pas le {french_day(today)} : listingguard officer add "
        f'"{actor}" --role … --since … --until … --delegation FICHIER'
    )


def _standing(store: Store, case: CaseRow, kind: Kind) -> tuple[LetterRow, ...]:
    """Return the letters whose sequence the next one of this kind follows."""
    if kind in REQUESTS:
        return requests(store, case.id)
    return tuple(row for row in store.letters(case.id) if row.kind == kind.value)


def _waiting(store: Store, case: CaseRow, kind: Kind, today: date) -> LetterRow | None:
    """Return the approved letter of this kind that has not left yet, nor failed, nor been withdrawn; None: there is none."""
    rows = _standing(store, case, kind)
    if not rows:
        return None
    if kind in REQUESTS:
        now = store.status(case.id, today)
        return rows[-1] if now.state is State.DRAFTED and not now.undelivered else None
    over = (DispatchState.SENT, DispatchState.FAILED, DispatchState.WITHDRAWN)
    unsent = [d for d in store.dispatches(case.id) if d.letter == rows[-1].id and d.state not in over]
    return rows[-1] if unsent else None


def _same(
    store: Store, case: CaseRow, row: LetterRow, codes: frozenset[str], facts: frozenset[str] | None
) -> LetterRow:
    """Return the letter that waits; Refused when it was approved with other ticks."""
    approved = next(
        (f for f in reversed(store.facts(case.id)) if f.key == row.id and f.data.get("letter") == row.id), None
    )
    said = approved.data if approved is not None else {}
    known = frozenset(str(g) for g in said.get("grounds", ()))
    known_facts = frozenset(str(f["code"]) for f in said.get("facts", ()))
    if (codes and codes != known) or (facts is not None and "facts" in said and facts != known_facts):
        raise Refused(
            f"Le courrier {row.id} est déjà approuvé, avec d’autres motifs ou d’autres faits : ses octets sont figés.",
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
    Kind.RELISTING: "Nouvelle demande d’opposition et d’effacement de données personnelles",
    Kind.REMINDER: "Rappel de la demande d’opposition et d’effacement",
    Kind.SOURCE: "Demande d’accès : origine des données",
    Kind.WITHDRAWAL: "Retrait de la demande",
    Kind.RECTIFICATION: "Rectification",
}


def _dispatches(
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
) -> list[DispatchRow]:
    """Return the outbox rows of an approved letter, one per channel, their bytes in the vault."""
    found = []
    if by_mail:
        name = row.id.replace("/", ".").lower()
        message_id = f"<{name}.{secrets.token_hex(8)}@{office.from_address.rpartition('@')[2]}>"
        file = "demande" if draft.kind in REQUESTS else draft.kind.value.replace("_", "-")
        attachments = [(f"{row.case}-{file}.pdf", pdf, "application/pdf")]
        if mandate is not None:
            attachments.append(attached(vault.get(mandate.document)))
        subject = _SUBJECTS.get(draft.kind, "Suite de la demande d’opposition et d’effacement")
        message = office.build(
            sender_name=office.sender.name, sender=office.from_address, recipient=email,
            subject=f"[{row.case}] {subject}", text=beside_the_post(draft.text, number, sha256(pdf).hexdigest()),
            attachments=attachments, message_id=message_id, date=at,
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
                    [f"régler l’envoi : listingguard send --settle {sending.id} sent (ou not-sent)"],
                )
        data = {"letter": letter_id, "kind": row.kind, "reason": reason, "request": row.kind in REQUESTS}
        store.add_event(
            case_id, EventKind.LETTER_WITHDRAWN, key=letter_id, day=today, at=at, actor=actor, proof=row.pdf, data=data
        )
        for sending in sendings:
            store.set_dispatch(sending.id, DispatchState.WITHDRAWN, response=reason, at=at)
    return row


def _free_number(store: Store, number: str, posted: str) -> str:
    """Return the number of a registered letter as it is kept; raise where nothing is posted or another letter bears it."""
    if not posted:
        raise BadInput("Un numéro de recommandé va avec un envoi en recommandé.")
    compact = registered_number(number).compact
    if other := store.letter_of_number(compact):
        raise BadInput(f"Le numéro {number} est déjà celui du courrier {other} : un numéro, une lettre.")
    return compact


# -- where each sentence comes from ------------------------------------------------------------------------------------


def explain(
    store: Store,
    vault: Vault,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    *,
    kind: Kind | None = None,
    boxes: Ticked | None = None,
    today: date,
) -> tuple[Traced, ...]:
    """Return each sentence of the approved letter, or of its draft, with the citation and the fact it comes from.

    Raises Refused, with what is missing, where nothing is approved and the draft cannot be written.
    """
    kind = kind or request_kind(store, case)
    rows = _standing(store, case, kind)
    if not rows:
        draft = prepare(store, office, controllers, case, today=today, kind=kind, boxes=boxes)
        if draft.missing:
            raise Refused("Le courrier n’est pas prêt. Il manque :", draft.missing)
        return traced(draft.text, _anchors(store, controllers, case, draft, None))
    row = rows[-1]
    said = next(
        (f for f in store.facts(case.id) if f.key == row.id and f.data.get("letter") == row.id and "text" in f.data),
        None,
    )
    codes = tuple(str(g) for g in said.data.get("grounds", ())) if said else None
    officer = next((o for o in store.officers() if said and o.id == said.data.get("officer")), None)
    draft = prepare(
        store, office, controllers, case, today=row.day, ticked=codes, kind=kind, boxes=boxes, approver=officer
    )
    return traced(vault.get(row.text).decode(), _anchors(store, controllers, case, draft, said))


def _anchors(
    store: Store, controllers: Mapping[str, Mapping[str, Any]], case: CaseRow, draft: Draft, approved: Fact | None
) -> list[tuple[str, str]]:
    """Return the words of a letter that state a fact, each with where it comes from."""
    fields, facts = draft.fields, store.facts(case.id)
    record = addressee_record(controllers, case, facts)
    person = store.practitioner(case.practitioner)
    ticks = f"coché par {approved.actor} le {french_day(approved.day)}" if approved else "proposé"
    found = [(reason.sentence, f"{reason.source} ; fait « {reason.code} » {ticks}") for reason in draft.reasons]
    found += [(g.sentence, f"motif « {g.code} » {ticks}") for g in getattr(fields, "grounds", ())]
    for listing, rows in _captured(store, facts):
        for capture in rows:
            origin = _origin(listing, capture)
            found += [(listing.url, origin), (capture.body, origin)] if capture is rows[0] else [(capture.body, origin)]
            page = listed_page(listing, capture)
            found.append((french_at(capture.at), origin))
            found += [(", ".join(page.shown), origin), (", ".join(page.traits), origin)] if capture is rows[0] else []
    checked = str(record.get("verified_on") or "")
    whose = (
        f"coordonnées du destinataire, vérifiées le {french_day(date.fromisoformat(checked))}"
        if checked
        else "coordonnées du destinataire"
    )
    to = _addressee(record)
    found += [(line, whose) for line in (to.name, to.attention, *to.lines)]
    found += [(str(controller_record(controllers, case).get("platform_name") or case.platform), whose)]
    found += [(words, f"tableau : {person.full_name}") for words in (person.full_name, person.rpps or "")]
    found += [(case.id, "numéro du dossier")]
    if fields is not None:
        if getattr(fields, "mandate_day", None):
            found.append((french_day(fields.mandate_day), "mandat signé"))
        sender = fields.sender
        lines = (sender.name, sender.quality, *sender.lines, sender.email, sender.phone, f"{fields.place}, le")
        found += [(line, "config.toml, [sender]") for line in lines]
        signs = "élu enregistré (officer)" if approved and approved.data.get("officer") else "config.toml, [sender]"
        found += [(fields.signatory, signs), (fields.delegated_by, signs), (french_day(fields.day), "jour du courrier")]
        due = getattr(fields, "due", None)
        if due is not None:
            found.append((french_day(due), "échéance calculée : listingguard deadline, article 12, paragraphe 3"))
    told = (
        EventKind.REQUEST_SENT,
        EventKind.PRIOR_REQUEST_RECORDED,
        EventKind.RECEIVED,
        EventKind.ACKNOWLEDGED,
        *REPLIES,
    )
    for fact in effective(facts):
        if fact.kind in told:
            found.append((french_day(fact.day), f"événement n° {fact.seq} : {fact.kind.label}"))
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE:
            word = f"événement n° {fact.seq} du {french_day(fact.day)} : {fact.kind.label}"
            found += [("n’avoir ni ouvert", word), ("je n’ai ni ouvert", word)]
    return found
