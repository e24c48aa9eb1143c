"""Cases -> letters approved: written from the case's facts, their grounds ticked and their bytes frozen by a person.

Nothing leaves from here: an approved letter waits in the outbox for `dispatch`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import PRACTICE, addressee_record, chosen_addressee, controller_record, verified
from listingguard.domain.case import Acting, EventKind, Fact, State, findings_of, why_not
from listingguard.domain.grounds import Ground, lines, proposed_grounds, ticked_problem
from listingguard.domain.letter import Addressee, Kind, ListedPage, RequestFields, Sender
from listingguard.domain.listing import Listing, ListingKind, ListingState, Trait
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
from listingguard.domain.stops import stops
from listingguard.errors import Refused

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

NO_AGREEMENT = (
    "Aucune offre n’a été souscrite auprès de ce site ; aucune fiche n’y a été créée, revendiquée ou modifiée par la "
    "personne concernée, ni par un tiers chargé de le faire en son nom."
)
"""The practitioner's own declaration, in no one's voice: a letter may be signed by the kiné or by a council."""

WRONG_BOOKINGS = (
    "La page propose de prendre rendez-vous en ligne, service auquel la personne concernée n’a pas souscrit : un patient "
    "peut s’y inscrire sans que le cabinet en soit averti."
)


@dataclass(frozen=True)
class Office:
    """Who writes, and the tools of the trade: the renderer and the functions that build a mail.

    from_address: the envelope and From address. build, as_sent, draft: see edge/mail.py.
    """

    sender: Sender
    place: str
    signatory: str
    from_address: str
    renderer: Renderer
    build: Callable[..., EmailMessage]
    as_sent: Callable[[EmailMessage], bytes]
    draft: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Draft:
    """A request as it would leave today: its fields, the grounds proposed, and what still stands in the way."""

    fields: RequestFields
    proposed: tuple[Ground, ...]
    missing: tuple[str, ...]


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
    with store.tx("dispatch.addressee"):
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
    """Return the approved requests of a case, in order; not what was written to the practitioner."""
    return tuple(row for row in store.letters(case_id) if row.kind == Kind.REQUEST.value)


def prepare(
    store: Store,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    *,
    today: date,
    ticked: Iterable[str] | None = None,
) -> Draft:
    """Return the request as it would leave today. ticked: the grounds a person chose; None: as proposed."""
    person = store.practitioner(case.practitioner)
    facts = store.facts(case.id)
    record = addressee_record(controllers, case, facts)
    shown = _shown(store, facts)
    proposed = tuple(dict.fromkeys(g for listing, _ in shown for g in proposed_grounds(listing, today)))
    codes = frozenset(g.code for g in proposed) if ticked is None else frozenset(ticked)
    council = store.rules.acting is Acting.COUNCIL
    mandate = store.valid_mandate(case.practitioner, today) if council else None
    traits = frozenset(t for listing, _ in shown for t in listing.traits)
    opened = any(
        r.agreement is Agreement.OPENED and r.names(case.platform) and r.since <= today
        for r in store.authorisations(person.id)
    )
    fields = RequestFields(
        reference=case.id,
        day=today,
        place=office.place,
        sender=office.sender,
        addressee=_addressee(record),
        practitioner_name=person.full_name,
        civility=person.civility,
        rpps=person.rpps or "",
        represented=council,
        mandate_day=mandate.since if mandate else None,
        platform_name=str(controller_record(controllers, case).get("platform_name") or case.platform),
        pages=tuple(listed_page(listing, capture) for listing, capture in shown),
        grounds=lines(codes),
        situation=_situation(facts, traits, opened=opened),
        bare=not traits,
        signatory=office.signatory,
        attachments=_attachments(mandate),
        opened_once=opened,
    )
    problem = ticked_problem(codes)
    missing = [*_guards(store, case, person, record, shown, mandate, today=today), *([problem] if problem else [])]
    return Draft(fields, proposed, tuple(missing))


def _guards(
    store: Store,
    case: CaseRow,
    person: Practitioner,
    record: Mapping[str, Any],
    shown: Sequence[tuple[Listing, CaptureRow]],
    mandate: Mandate | None,
    *,
    today: date,
) -> list[str]:
    facts = store.facts(case.id)
    lacks = list(stops(store.circumstances(case, today)))
    said = verdict(store.authorisations(person.id), person.id, case.platform, today)
    if said is Verdict.AUTHORISED:
        lacks.append("un accord avec cette plateforme est en cours : aucune demande ne part")
    elif said is Verdict.UNDETERMINED and store.status(case.id, today).state is State.DETECTED:
        lacks.append(f"la parole du praticien : listingguard event add {case.id} listing_confirmed_by_kine --day …")
    elif said is Verdict.UNDETERMINED:
        command = f"listingguard authorisation verdict --rpps {person.id} --platform {case.platform}"
        lacks.append(f"l’absence d’accord, que le registre ne permet plus d’établir : {command}")
    if store.rules.acting is Acting.COUNCIL and mandate is None:
        lacks.append(f"un mandat signé et valable ce jour : listingguard mandate add {person.id} …")
    if not shown:
        lacks.append("une capture de la fiche : listingguard scan, ou capture import")
    chosen = chosen_addressee(facts)
    customer = any(listing.state is ListingState.CUSTOMER for listing, _ in shown)
    if customer and chosen is None:
        lacks.append(
            "à qui écrire, sur une fiche de client : une personne choisit, "
            f"listingguard letter address {case.id} platform (ou practice …)"
        )
    if chosen is not None and chosen.data.get("to") == PRACTICE:
        return lacks
    if not record.get("name") or not record.get("street") or not record.get("email"):
        lacks.append(
            f"le nom, l’adresse et le courriel du responsable du traitement : listingguard controller set {case.controller} …"
        )
    elif not verified(record, today):
        lacks.append(
            f"la vérification de ses coordonnées par une personne : listingguard controller verify {case.controller}"
        )
    return lacks


def _shown(store: Store, facts: Sequence[Fact]) -> tuple[tuple[Listing, CaptureRow], ...]:
    """Return each listing of the case with the first capture that shows it."""
    result = []
    for key in dict.fromkeys(str(f["listing"]) for f in findings_of(facts)):
        captures = store.captures(key)
        if captures:
            result.append((store.listing(key), captures[0]))
    return tuple(result)


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


def _situation(facts: Sequence[Fact], traits: frozenset[Trait], *, opened: bool) -> tuple[str, ...]:
    own: list[str] = []
    confirmed = False
    for fact in facts:
        confirmed = confirmed or fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE
        if fact.kind in (EventKind.LISTING_CONFIRMED_BY_KINE, EventKind.ANSWERED):
            own += [str(s) for s in fact.data.get("situation", ())]
    # Whoever once opened or edited a page does not declare the contrary: only their own reasons stand.
    reasons = [NO_AGREEMENT] if confirmed and not opened else []
    if Trait.BOOKABLE in traits:
        reasons.append(WRONG_BOOKINGS)
    # What is said twice is pleaded once.
    return tuple(dict.fromkeys((*reasons, *own)))


def _addressee(record: Mapping[str, Any]) -> Addressee:
    lines = (record.get("street", ""), f"{record.get('postcode', '')} {record.get('town', '')}".strip())
    country = str(record.get("country", ""))
    abroad = () if country.lower() in ("", "fr", "france") else (country,)
    return Addressee(
        str(record.get("name", "")),
        str(record.get("attention") or ("" if record.get("to") == PRACTICE else "Délégué à la protection des données")),
        tuple(str(line) for line in (*lines, *abroad) if line),
    )


def _attachments(mandate: Mandate | None) -> tuple[str, ...]:
    return ("Mandat signé (copie)",) if mandate else ()


_SCANS = (
    (b"%PDF-", "mandat.pdf", "application/pdf"),
    (b"\xff\xd8\xff", "mandat.jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "mandat.png", "image/png"),
    (b"II*\0", "mandat.tif", "image/tiff"),
    (b"MM\0*", "mandat.tif", "image/tiff"),
)
"""How the first bytes of a signed document tell what it is, so that whoever receives it can open it."""


def _attached(document: bytes) -> tuple[str, bytes, str]:
    """Return a mandate as it goes with a letter: its name, its bytes, its type."""
    for begin, name, mime in _SCANS:
        if document.startswith(begin):
            return name, document, mime
    return "mandat.bin", document, "application/octet-stream"


# -- approval ----------------------------------------------------------------------------------------------------------


def approve(
    store: Store,
    vault: Vault,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    *,
    ticked: Iterable[str],
    today: date,
    at: datetime,
    actor: str,
    channels: Collection[str] = (EMAIL,),
) -> LetterRow:
    """Freeze the request and put it in the outbox; a named person ticked its grounds and approved it.

    channels: EMAIL, to be sent by the program or as a draft; REGISTERED, to be printed and posted by that person.
    Approving again what is approved returns the same letter. Raises Refused with everything that is missing.
    """
    now, letters = store.status(case.id, today), requests(store, case.id)
    if now.state is State.DRAFTED and not now.undelivered and letters:
        return letters[-1]
    codes = frozenset(ticked)
    draft = prepare(store, office, controllers, case, today=today, ticked=codes)
    sequence = len(letters) + 1
    letter_id = f"{case.id}/{Kind.REQUEST.value}/{sequence}"
    # Asked before anything is written: a case that cannot take the approval says so first.
    probe = Fact(10**9, EventKind.REQUEST_APPROVED, letter_id, today, actor)
    reason = why_not(store.facts(case.id), probe, store.rules)
    if reason or draft.missing:
        # An answer that waits is among what the draft misses, with what to do.
        also = [reason] if reason and now.answer is None else []
        raise Refused("La demande ne peut pas être approuvée.", [*also, *draft.missing])
    text = office.renderer.text(Kind.REQUEST.value, draft.fields)
    pdf = office.renderer.pdf(Kind.REQUEST.value, draft.fields, day=today)
    record = addressee_record(controllers, case, store.facts(case.id))
    mandate = store.valid_mandate(case.practitioner, today) if draft.fields.represented else None
    message_id = (
        f"<{letter_id.replace('/', '.').lower()}.{secrets.token_hex(8)}@{office.from_address.rpartition('@')[2]}>"
    )
    attachments = [(f"{case.id}-demande.pdf", pdf, "application/pdf")]
    if mandate is not None:
        attachments.append(_attached(vault.get(mandate.document)))
    message = office.build(
        sender_name=office.sender.name,
        sender=office.from_address,
        recipient=str(record["email"]),
        subject=f"[{case.id}] Demande d’opposition et d’effacement de données personnelles",
        text=text,
        attachments=attachments,
        message_id=message_id,
        date=at,
        headers={},
    )
    row = LetterRow(
        letter_id, case.id, Kind.REQUEST.value, sequence, office.renderer.template_version(Kind.REQUEST.value),
        vault.put(text.encode()), vault.put(pdf), actor, today,
    )  # fmt: skip
    dispatches = []
    if EMAIL in channels:
        dispatches.append(DispatchRow(
            f"{letter_id}/email", letter_id, case.id, EMAIL, str(record["email"]), office.from_address, message_id,
            vault.put(office.as_sent(message)), DispatchState.QUEUED, today, "",
        ))  # fmt: skip
    if REGISTERED in channels:
        # A person posts it: it never waits for the program, and its very bytes are those of the PDF.
        to = draft.fields.addressee
        dispatches.append(DispatchRow(
            f"{letter_id}/{REGISTERED}", letter_id, case.id, REGISTERED, ", ".join((to.name, *to.lines)),
            office.sender.name, f"{letter_id}/{REGISTERED}", row.pdf, DispatchState.DRAFT, today, "",
        ))  # fmt: skip
    data = {"letter": letter_id, "template": row.template, "text": row.text, "pdf": row.pdf, "grounds": sorted(codes)}
    with store.tx("dispatch.approve"):
        store.add_letter(row, at=at)
        store.add_event(
            case.id, EventKind.REQUEST_APPROVED, key=letter_id, day=today, at=at, actor=actor, proof=row.pdf, data=data
        )
        for dispatch in dispatches:
            store.add_dispatch(dispatch, at=at)
    return row
