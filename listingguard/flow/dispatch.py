"""Cases -> the request: written from the case's facts, approved by a person, sent once, its proof kept.

Order of every step: bytes synced into the vault, then rows and event, then the outside act, then its result and
event. A send whose end nobody saw is *unknown*: it is never repeated by itself, a person settles it.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import secrets
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import PRACTICE, addressee_record, chosen_addressee, controller_record
from listingguard.domain.case import Acting, EventKind, Fact, State, findings_of, why_not
from listingguard.domain.finding import GROUNDS, Ground, Word, disputed, proposed_grounds, ticked_problem
from listingguard.domain.french import french_day
from listingguard.domain.letter import QUESTIONS, Addressee, GroundLine, Kind, ListedPage, RequestFields, Sender
from listingguard.domain.listing import Listing, ListingKind, ListingState, Trait
from listingguard.domain.practitioner import Agreement, Mandate, Practitioner, Status, Verdict, verdict
from listingguard.domain.question import silent_because
from listingguard.domain.record import CaptureRow, CaseRow, DispatchRow, DispatchState, LetterRow
from listingguard.errors import BadInput, IllegalEvent, NotFound, Refused, SendUnknown, Undelivered, Unreachable

if TYPE_CHECKING:
    from listingguard.edge.mail import Mailer
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

EMAIL, REGISTERED = "email", "lrar"
"""By which channel a letter leaves."""

CONTACT_AGE_DAYS = 365
"""An addressee's contacts count as verified for this long."""

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
    grounds = sorted((g for g in GROUNDS if g.code in codes), key=lambda g: g.order)
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
        grounds=tuple(GroundLine(g.code, g.article, g.sentence) for g in grounds),
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
    lacks = _stops(store, case, facts, today)
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
    elif not _verified(record, today):
        lacks.append(
            f"la vérification de ses coordonnées par une personne : listingguard controller verify {case.controller}"
        )
    return lacks


_NOT_FOR = frozenset({Status.DECEASED, Status.STRUCK_OFF, Status.UNCLEAR})
"""Of whom nothing is asked in their name; who retired or moved away keeps the right to have a page removed."""


def _stops(store: Store, case: CaseRow, facts: Sequence[Fact], today: date) -> list[str]:
    """Return why no request may leave a case today, approved or not: one French phrase each, with what to do."""
    person, now, who = store.practitioner(case.practitioner), store.status(case.id, today), case.practitioner
    watch, alone = store.watches().get(who), store.left_alone()
    close = f"fermer le dossier, listingguard event add {case.id} withdrawn --day JOUR"
    found = {str(f["listing"]): str(f["url"]) for f in findings_of(facts)}
    reasons = []
    if person.status in _NOT_FOR and not person.practises(today):
        reasons.append(
            f"le tableau dit de cette personne « {person.status.label} » : le corriger, "
            f"listingguard roster set {who} --status …, ou {close}"
        )
    if watch is not None and watch.opposed_on is not None:
        reasons.append(
            f"la personne s’est opposée le {french_day(watch.opposed_on)} à ces recherches : {close}, "
            f"ou noter qu’elle y consent, listingguard watch set {who} yes --informed-on JOUR"
        )
    for site in sorted({case.platform, *(key.partition(":")[0] for key in found)}):
        if (who, site) in alone:
            reasons.append(f"la personne a demandé que rien ne soit cherché d’elle sur {site} : {close}")
    if now.answer is not None:
        reasons.append(
            f"la personne a répondu « {now.answer.label} » : une personne l’éclaircit avec elle, puis "
            f"listingguard question answer {case.id} --answer RÉPONSE --on JOUR"
        )
    for url in now.unasked:
        reasons.append(
            f"la page {url} s’est ajoutée après la parole du praticien : lui poser la question, puis "
            f"listingguard question answer {case.id} --answer not_agreed --on JOUR"
        )
    for key, url in found.items():
        said = store.opinions(key, who)
        if disputed(said):
            reasons.append(f"deux personnes ne disent pas la même chose de la page {url} : listingguard review")
        elif said and said[-1].word is not Word.SAME:
            reasons.append(
                f"la page {url} est jugée « {said[-1].word.label} » : la juger de nouveau, "
                f"listingguard review --answer {key} {who} m, ou {close}"
            )
    for other in store.cases(practitioner=who):
        if other.id == case.id or store.status(other.id, today).state in (State.CLOSED, State.ERASED):
            continue
        shared = [found[key] for f in findings_of(store.facts(other.id)) if (key := str(f["listing"])) in found]
        if shared:
            reasons.append(
                f"le dossier {other.id} porte déjà sur la page {shared[0]} : fermer l’un des deux, "
                f"listingguard event add {case.id} withdrawn --day JOUR"
            )
    return reasons


def _verified(record: Mapping[str, Any], today: date) -> bool:
    text = str(record.get("verified_on") or "")
    return bool(text) and today - timedelta(days=CONTACT_AGE_DAYS) <= date.fromisoformat(text) <= today


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


# -- sending -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
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
    office: Office,
    outbox: Path,
    *,
    today: date,
    at: Callable[[], datetime],
    actor: str,
    only: Container[str] | None = None,
) -> tuple[Sent, ...]:
    """Send everything that is queued and return what became of each; a held or agreed case keeps its letter here.

    A send that a crash interrupted is found in *sending* and becomes *unknown*: a person settles it. Without a mail
    server, an unsent draft is written into `outbox` for a person to send. only: the letters meant, None: all.
    """
    done = [
        _interrupted(store, row, today=today, at=at(), actor=actor)
        for row in store.dispatches(state=DispatchState.SENDING)
        if only is None or row.letter in only
    ]
    for row in store.dispatches(state=DispatchState.QUEUED):
        if only is not None and row.letter not in only:
            continue
        reason = _held(store, row, today)
        if reason:
            done.append(Sent(row.id, row.case, row.state, reason))
        elif mailer is None:
            done.append(_draft(store, vault, office, outbox, row, at=at()))
        else:
            done.append(_send(store, vault, mailer, row, today=today, at=at, actor=actor))
    return tuple(done)


def _held(store: Store, row: DispatchRow, today: date) -> str:
    """Return why the letter may not leave today, or an empty string."""
    case = store.case(row.case)
    now = store.status(row.case, today)
    if _to_practitioner(store, row):
        if now.state is not State.DETECTED or now.answer is not None:
            return "le praticien a répondu, ou le dossier est clos : plus rien n’est à lui demander"
        if (case.practitioner, case.platform) in store.left_alone():
            return f"la personne a demandé que rien ne soit cherché d’elle sur {case.platform}"
        said = verdict(store.authorisations(case.practitioner), case.practitioner, case.platform, today)
        return silent_because(
            store.practitioner(case.practitioner), store.watches().get(case.practitioner), said, held=now.held,
            answered=bool(store.replies(row.case)),
        )  # fmt: skip
    if now.held:
        return f"retenu : {' ; '.join(now.held)}"
    if now.state is not State.DRAFTED:
        return f"le dossier est dans l’état « {now.state.label} » : rien ne part"
    if stops := _stops(store, case, store.facts(case.id), today):
        return f"rien ne part : {' ; '.join(stops)}"
    if (
        verdict(store.authorisations(case.practitioner), case.practitioner, case.platform, today)
        is not Verdict.UNAUTHORISED
    ):
        return "l’absence d’accord n’est plus établie : une personne vérifie"
    if store.rules.acting is Acting.COUNCIL and store.valid_mandate(case.practitioner, today) is None:
        return "plus de mandat valable ce jour"
    return ""


def _send(
    store: Store,
    vault: Vault,
    mailer: Mailer,
    row: DispatchRow,
    *,
    today: date,
    at: Callable[[], datetime],
    actor: str,
) -> Sent:
    # The very bytes that were approved and kept.
    message = vault.get(row.message)
    with store.tx("dispatch.sending"):
        # Asked again inside the unit: another sender may have taken the row since it was listed.
        state = _current(store, row).state
        if state is not DispatchState.QUEUED:
            return Sent(row.id, row.case, state, "déjà pris par un autre envoi")
        store.set_dispatch(row.id, DispatchState.SENDING, response="", at=at())
    try:
        result = mailer.send(message, sender=row.sender, recipient=row.recipient)
    except Unreachable as error:
        # Nothing left: the row goes back and the next run tries again.
        with store.tx("dispatch.requeued"):
            store.set_dispatch(row.id, DispatchState.QUEUED, response=str(error), at=at())
        return Sent(row.id, row.case, DispatchState.QUEUED, str(error))
    except Undelivered as error:
        return _settled(store, row, DispatchState.FAILED, str(error), day=today, at=at(), actor=actor)
    except SendUnknown as error:
        return _settled(store, row, DispatchState.UNKNOWN, str(error), day=today, at=at(), actor=actor)
    text = f"{result.server} : {result.response}"
    return _settled(store, row, DispatchState.SENT, text, day=today, at=at(), actor=actor)


def _to_practitioner(store: Store, row: DispatchRow) -> bool:
    """Return True for the question and its reminders, False for what goes to a platform."""
    return any(letter.id == row.letter and letter.kind in QUESTIONS for letter in store.letters(row.case))


def _current(store: Store, row: DispatchRow) -> DispatchRow:
    return next(d for d in store.dispatches(row.case) if d.id == row.id)


_EVENT_OF = {
    DispatchState.SENT: EventKind.REQUEST_SENT,
    DispatchState.FAILED: EventKind.DISPATCH_FAILED,
    DispatchState.UNKNOWN: EventKind.DISPATCH_UNKNOWN,
    # Only a person puts a letter back: nobody knew whether it had left.
    DispatchState.QUEUED: EventKind.DISPATCH_NOT_SENT,
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
) -> Sent:
    with store.tx(f"dispatch.{state.value}"):
        if not proof and store.status(row.case, day).state is State.CLOSED:
            # A closed case takes no event, yet one letter of it must not stop all the others.
            text = f"{text} ; le dossier est clos"
            store.set_dispatch(row.id, state, response=text, at=at)
            return Sent(row.id, row.case, state, text)
        store.set_dispatch(row.id, state, response=text, at=at)
        kind = _EVENT_OF[state]
        if _to_practitioner(store, row):
            kind = EventKind.ASKED if state is DispatchState.SENT else kind
            if store.status(row.case, day).state is not State.DETECTED:
                # Answered in between, by telephone say: that it left is kept with the letter alone.
                return Sent(row.id, row.case, state, text)
        key = row.id if state is DispatchState.SENT else f"{row.id}/{at.isoformat()}"
        data = {
            "dispatch": row.id,
            "channel": row.channel,
            "recipient": row.recipient,
            "message_id": row.message_id,
            "response": text,
        }
        store.add_event(row.case, kind, key=key, day=day, at=at, actor=actor, proof=proof or row.message, data=data)
    return Sent(row.id, row.case, state, text)


def _interrupted(store: Store, row: DispatchRow, *, today: date, at: datetime, actor: str) -> Sent:
    text = "l’envoi a été interrompu : nul ne sait si le message est parti"
    return _settled(store, row, DispatchState.UNKNOWN, text, day=today, at=at, actor=actor)


def _draft(store: Store, vault: Vault, office: Office, outbox: Path, row: DispatchRow, *, at: datetime) -> Sent:
    path = outbox / f"{row.id.replace('/', '-')}.eml"
    temporary = path.with_suffix(".part")
    temporary.write_bytes(office.draft(vault.get(row.message)))
    temporary.replace(path)
    with store.tx("dispatch.draft"):
        store.set_dispatch(row.id, DispatchState.DRAFT, response=str(path), at=at)
    text = "ouvrez-le avec votre messagerie, envoyez-le, puis rendez la copie : listingguard inbox import"
    return Sent(row.id, row.case, DispatchState.DRAFT, text, path)


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
) -> Sent:
    """Settle a send that nobody is sure of: it left that day, or it did not and may be sent again.

    number, proof: of a registered letter, its number and the hash, in the vault, of the proof that it was posted.
    """
    row = next((d for d in store.dispatches() if d.id == identifier), None)
    if row is None:
        raise NotFound(f"Aucun envoi ne porte l’identifiant « {identifier} ».")
    if row.state is DispatchState.SENT:
        return Sent(row.id, row.case, row.state, "déjà enregistré comme envoyé")
    if row.state is DispatchState.SENDING:
        raise Refused("Cet envoi est en cours.", ["attendre sa fin, ou : listingguard send"])
    if not left and (row.state is DispatchState.QUEUED or row.channel != EMAIL):
        return Sent(row.id, row.case, row.state, "déjà dans les envois à faire")
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
        return _settled(store, row, DispatchState.SENT, told, day=day, at=at, actor=actor, proof=proof)
    return _settled(store, row, DispatchState.QUEUED, f"non parti, selon {actor}", day=day, at=at, actor=actor)


def proven_sent(store: Store, vault: Vault, raw: bytes, *, today: date, at: datetime, actor: str) -> Sent | None:
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
        return Sent(row.id, row.case, row.state, "déjà enregistré comme envoyé")
    proof = vault.put(raw)
    try:
        return _settled(
            store, row, DispatchState.SENT, "copie du message envoyé", day=day, at=at, actor=actor, proof=proof
        )
    except IllegalEvent as error:
        raise Refused(str(error)) from error


def _recognised(store: Store, message: email.message.Message[Any, Any]) -> DispatchRow | None:
    identity = str(message.get("Message-ID", "")).strip()
    hashes = {
        hashlib.sha256(payload).hexdigest()
        for part in message.walk()
        if isinstance(payload := part.get_payload(decode=True), bytes)
    }
    for row in store.dispatches():
        if row.channel != EMAIL:
            continue
        if identity and identity == row.message_id:
            return row
        pdf = next((letter.pdf for letter in store.letters(row.case) if letter.id == row.letter), None)
        if pdf in hashes and not message.get("In-Reply-To"):
            return row
    return None


def _sent_day(message: email.message.Message[Any, Any], today: date) -> date:
    from email.utils import parsedate_to_datetime
    from zoneinfo import ZoneInfo

    try:
        moment = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        raise BadInput("Ce message ne porte pas de date lisible.") from None
    return moment.astimezone(ZoneInfo("Europe/Paris")).date() if moment.tzinfo else moment.date()
