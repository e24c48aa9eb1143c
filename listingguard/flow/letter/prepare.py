"""A letter as it would leave today: its fields from the case's facts, what a person is to tick, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
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
from listingguard.domain.capture import Said, moment_said_by
from listingguard.domain.case import Acting, EventKind, Fact, State, effective, findings_of
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
    ungrounded,
)
from listingguard.domain.french import PARIS, french_day
from listingguard.domain.grounds import Ground, ground_lines, proposed_grounds, ticked_problem
from listingguard.domain.letter import (
    Addressee,
    Fields,
    Kind,
    ListedPage,
    Mixup,
    RectificationFields,
    Sender,
    enclosed,
)
from listingguard.domain.letter.mixed import mixed_problems, named_in
from listingguard.domain.letter.privacy import clues, given_away
from listingguard.domain.listing import Listing, ListingKind, ListingState, Outcome, Trait
from listingguard.domain.officer import Officer
from listingguard.domain.practitioner import Agreement, Mandate, Practitioner, Verdict, verdict
from listingguard.domain.record import (
    CaptureRow,
    CaseRow,
    LetterRow,
)
from listingguard.domain.stops import stops
from listingguard.errors import Refused

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store


@dataclass(frozen=True)
class Office:
    """Who writes, and the tools of the trade: the renderer and the functions that build a mail.

    place: where it is signed, « Valence ». signatory: who signs, as printed. from_address: the envelope and From
    address. build, as_sent, draft, new_token: see edge/mail.py. pages: how many
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


def series(store: Store, case: CaseRow, kind: Kind) -> tuple[LetterRow, ...]:
    """Return the letters whose sequence the next one of this kind follows."""
    if kind in REQUESTS:
        return requests(store, case.id)
    return tuple(row for row in store.letters(case.id) if row.kind == kind.value)


def request_kind(store: Store, case: CaseRow) -> Kind:
    """Return which request fits a case: the one that cites the first where it continues a case whose page came back."""
    before = _before(store, case)
    return Kind.RELISTING if before is not None and earlier_request(before.id, *_told(store, before)) else Kind.REQUEST


def propose(store: Store, case: CaseRow, *, today: date) -> tuple[Proposal, ...]:
    """Return the letters that fit where the case stands today, each with why."""
    facts = store.facts(case.id)
    captured = captured_pages(store, facts)
    gone = _gone(store, (listing.site for listing, _ in captured))
    days = {listing.url: [c.at.astimezone(PARIS).date() for c in rows] for listing, rows in captured}
    captures = [day for url, found in days.items() if url not in gone or gone[url] < max(found) for day in found]
    relisted = request_kind(store, case) is Kind.RELISTING
    return proposals(store.status(case.id, today), facts, relisted=relisted, page_seen_on=max(captures, default=None))


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
    captured = captured_pages(store, told)
    proposed = tuple(dict.fromkeys(g for listing, _ in captured for g in proposed_grounds(listing, today)))
    codes = frozenset(g.code for g in proposed) if ticked is None else frozenset(ticked)
    opened = any(
        r.agreement is Agreement.OPENED and r.names(case.platform) and r.since <= today
        for r in store.authorisations(person.id)
    )
    traits = {origin_of(listing, rows[0]): listing.traits for listing, rows in captured}
    found = reasons(told, traits, opened=opened, represented=store.rules.acting is Acting.COUNCIL)
    chosen = found if facts is None else _chosen(found, facts)
    mandate = mandate_of(store, case, kind, today)
    before = _before(store, case)
    material = Material(
        reference=case.id, day=today, place=office.place, sender=office.sender, addressee=addressee_of(record),
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
        traits=frozenset(t for listing, _ in captured for t in listing.traits),
        gone=_gone(store, (listing.site for listing, _ in captured)), opened_once=opened,
        before=effective(store.facts(before.id)) if before and kind is Kind.RELISTING else (),
        earlier=_earlier_of(store, case, before, kind, today),
        ticked=boxes or Ticked(),
    )  # fmt: skip
    missing = _guards(store, case, person, record, captured, mandate, kind, today=today)
    if mandate is not None and not office.pages(mandate.document):
        missing.append(
            f"un mandat qui s’ouvre : les pages de celui du {french_day(mandate.since)}, joint au courrier, ne peuvent pas être "
            f"comptées (fichier abîmé, ou protégé) ; le numériser de nouveau : listingguard mandate add {person.id} …"
        )
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
            missing += _given_away(store, office, person, fields, text, [listing for listing, _ in captured])
        missing += _mixed(store, person, fields, [listing for listing, _ in captured])
    except Refused as error:
        missing += error.missing or [str(error)]
    return Draft(kind, fields, proposed, found, tuple(missing), "" if missing else text)


def _given_away(
    store: Store, office: Office, person: Practitioner, fields: Any, text: str, listings: Sequence[Listing]
) -> tuple[str, ...]:
    """Return what a letter tells that it may not: of the person, or of anybody else of the roster."""
    words, contacts = clues(text)
    to = fields.addressee
    signed = (fields.signatory, getattr(fields, "delegated_by", ""))
    frame = (to.name, to.attention, *to.lines, *signed, fields.platform_name, fields.place)
    # What is ours to say is looked for nowhere.
    _, ours = clues(f"{office.sender.phone} ; {office.sender.email} ; {person.rpps or ''}")
    others = store.people_by(words, [each for each in contacts if each not in ours], but=person.id)
    return given_away(text, person, listings, office.sender, others, frame)


def _mixed(store: Store, person: Practitioner, fields: Fields, listings: Sequence[Listing]) -> tuple[str, ...]:
    """Return what a letter about a page that mixes two people may not say: of the other one, or of what is right."""
    if not isinstance(fields, RectificationFields) or fields.mixup is not Mixup.MIXED_PAGE:
        return ()
    others = store.people_by(named_in(fields.wrong), [], but=person.id)
    return mixed_problems(fields.wrong, person, listings, others)


def _chosen(found: Sequence[Reason], codes: Iterable[str]) -> tuple[Reason, ...]:
    wanted = frozenset(codes)
    unknown = sorted(wanted - {r.code for r in found})
    if unknown:
        known = ", ".join(r.code for r in found) or "aucun"
        raise Refused(f"Fait inconnu : {', '.join(unknown)}. Faits proposés : {known}.")
    return tuple(r for r in found if r.code in wanted)


def _gone(store: Store, sites: Iterable[str]) -> dict[str, date]:
    """Return each page of some sites whose latest good reading found nothing there any more, with its day."""
    latest = {url: row for site in frozenset(sites) for url, row in store.latest_readings(site, good=True).items()}
    return {url: row.day for url, row in latest.items() if row.outcome in (Outcome.GONE, Outcome.NONE)}


def _before(store: Store, case: CaseRow) -> CaseRow | None:
    """Return the case that this one continues; None for the first of its lineage."""
    facts = store.facts(case.id)
    named = str(facts[0].data.get("continues", "")) if facts else ""
    return store.case(named) if named else None


def _told(store: Store, case: CaseRow) -> tuple[Any, Sequence[Fact]]:
    """Return where a case stood on the day of its last fact, and its facts."""
    facts = store.facts(case.id)
    return store.status(case.id, max(f.day for f in facts)), facts


def _earlier_of(store: Store, case: CaseRow, before: CaseRow | None, kind: Kind, today: date) -> Any:
    if kind is Kind.RELISTING:
        return earlier_request(before.id, *_told(store, before)) if before else None
    return (
        None if kind is Kind.REQUEST else earlier_request(case.id, store.status(case.id, today), store.facts(case.id))
    )


def mandate_of(store: Store, case: CaseRow, kind: Kind, today: date) -> Mandate | None:
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
    """Return what keeps a letter from being approved today, one French line each, with the command that brings it."""
    now, facts = store.status(case.id, today), store.facts(case.id)
    lacks: list[str] = []
    if why := ungrounded(kind, now, facts):
        lacks.append(why.replace("DOSSIER", case.id))
    if kind not in TAKES_BACK:
        lacks += stops(store.circumstances(case, today))
        lacks += _agreement(store, case, person, now.state, today)
        if kind not in REQUESTS and store.unread_replies(case.id):
            lacks.append("la lecture d’une réponse reçue : listingguard inbox list")
        if kind not in REQUESTS and now.state is State.CLOSED:
            lacks.append("un dossier ouvert : celui-ci est clos")
    if store.rules.acting is Acting.COUNCIL and mandate is None:
        lacks.append(
            f"un mandat signé et valable ce jour : listingguard mandate add {person.id} … (à faire signer : listingguard "
            f"mandate print --rpps {person.id})"
        )
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
        lacks.append(
            f"la vérification de ses coordonnées par une personne : listingguard controller verify {slug} --notice FICHIER --url ADRESSE"
        )
    elif kind not in TAKES_BACK and fresh_notice(store.notices(slug), today) is None:
        lacks.append(
            f"une copie de ses mentions légales d’au plus {NOTICE_AGE_DAYS} jours : "
            f"listingguard controller verify {slug} --notice FICHIER --url ADRESSE"
        )
    return lacks


def origin_of(listing: Listing, capture: CaptureRow) -> str:
    """Return which capture shows a page, as a person reads it."""
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


def captured_pages(store: Store, facts: Sequence[Fact]) -> tuple[tuple[Listing, tuple[CaptureRow, ...]], ...]:
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
    word = moment_said_by(capture.manifest)
    by = _WORD_OF[word] if word is not None else ""
    return ListedPage(listing.url, capture.at, capture.body, traits, tuple(shown), exhibit, by)


_WORD_OF = {
    Said.PERSON: "la personne qui l’a enregistrée",
    Said.ARCHIVE: "l’archive qui la contient",
    Said.FILE: "le fichier enregistré",
}


def addressee_of(record: Mapping[str, Any]) -> Addressee:
    """Return the block of the addressee: a platform's data protection officer unless the record names somebody."""
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
