"""The practitioner's own word: the answer to the question, and a request they sent by hand before."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import EventKind, Fact, State, effective, findings_of
from listingguard.domain.french import french_day
from listingguard.domain.letter.own_words import check_reasons
from listingguard.domain.listing import Listing
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, verdict
from listingguard.domain.question import DECLARATION, Said
from listingguard.domain.record import CaseRow
from listingguard.errors import BadInput, Refused
from listingguard.flow.review.facts import append
from listingguard.flow.review.opening import ControllerOf
from listingguard.flow.review.to_ledger import WORDS

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


def _said(fact: Fact) -> Said:
    return Said(fact.data.get("said", WORDS[fact.kind]))


def answer(
    store: Store,
    vault: Vault,
    case: CaseRow,
    said: Said,
    *,
    day: date,
    today: date,
    at: datetime,
    actor: str,
    proof: bytes | None = None,
    since: date | None = None,
    practice: str = "",
    situation: Sequence[str] = (),
    remark: str = "",
) -> bool:
    """Record what the practitioner answers, with all that follows from it; return False if it is already there.

    day: when they said it. since: since when they agreed, where they did. practice: hash of the practice that opened the
    page. situation: their own reasons, whole sentences without a word about a patient. remark: what else they said, as
    when to call. The declaration goes with the answer that nothing was agreed.

    Raises as `record`; BadInput for a reason that a letter could not say; Refused for a word that a later one contradicts.
    """
    if since is not None and since > day:
        raise BadInput("Un accord se donne avant d’être rapporté : son premier jour vient après celui de la réponse.")
    check_reasons(situation, store.practitioner(case.practitioner).full_name, "un courrier")
    said_before = [f for f in effective(store.facts(case.id)) if f.kind in WORDS]
    first = store.status(case.id, today).state is State.DETECTED
    kind = {Said.AGREED: EventKind.AUTHORISED, Said.NOT_ME: EventKind.NOT_ME}.get(said, EventKind.ANSWERED)
    if said is Said.NOT_AGREED and first:
        kind = EventKind.LISTING_CONFIRMED_BY_KINE
    data: dict[str, Any] = {"said": said.value}
    if said is Said.NOT_AGREED:
        data["declaration"] = DECLARATION
    if situation:
        data["situation"] = list(situation)
    data |= {name: value for name, value in (("practice", practice), ("remark", remark)) if value}
    if since is not None:
        data["since"] = since.isoformat()
    sha = sha256(proof).hexdigest() if proof is not None else ""
    if any((f.day, f.proof, dict(f.data)) == (day, sha, data) for f in said_before):
        return False
    later = [f for f in said_before if f.day > day and _said(f) is not said]
    if later:
        raise Refused(
            f"La personne a dit autre chose depuis, le {french_day(later[-1].day)}"
            f" («\u00a0{_said(later[-1]).label}\u00a0») : une parole plus ancienne ne l’emporte pas.",
            [
                "si elle avait donné son accord avant : listingguard authorisation add",
                f"si un jour est faux, corriger l’événement : listingguard case show {case.id}",
            ],
        )
    return append(store, vault, case, kind, data, proof, day=day, today=today, at=at, actor=actor)


def prior_request(
    store: Store,
    vault: Vault,
    controller_of: ControllerOf,
    code: str,
    *,
    practitioner: str,
    listing: Listing,
    capture: str,
    sent_on: date,
    channel: str,
    letter: bytes,
    proof: bytes,
    received_on: date | None,
    situation: Sequence[str] = (),
    today: date,
    at: datetime,
    actor: str,
) -> str:
    """Record a request sent by hand before, with its text and proof, and return its case: a new one, or the open one.

    The practitioner wrote it, so the listing is theirs; the clock runs from the receipt when it is proven. The same
    letter for the same listing again returns the case that is there. A case that noticed the listing before it was
    told of the letter takes it over, once what it already holds and the letter's own days have passed; Refused once a
    request of ours is on its way. situation: the reasons that the letter gives.
    """
    check_reasons(situation, store.practitioner(practitioner).full_name, "un courrier")
    if sent_on > today or (received_on is not None and not sent_on <= received_on <= today):
        raise BadInput("Les dates de la demande se contredisent : envoi, puis réception, puis aujourd’hui.")
    text, shown = sha256(letter).hexdigest(), sha256(proof).hexdigest()
    controller = controller_of(listing.site)
    taken_over: CaseRow | None = None
    state = State.DETECTED
    for case in store.cases(practitioner=practitioner, controller=controller):
        facts = store.facts(case.id)
        if any(f.kind is EventKind.PRIOR_REQUEST_RECORDED and f.key == text[:32] for f in facts):
            return case.id
        standing = store.status(case.id, today).state
        if standing in (State.DETECTED, State.CONFIRMED, State.MANDATED):
            taken_over, state = case, standing
        elif standing is not State.CLOSED:
            raise Refused(
                f"Le dossier {case.id} est déjà ouvert pour ce praticien et cette plateforme.",
                [f"le compléter : listingguard case show {case.id}"],
            )
    vault.put(letter)
    vault.put(proof)
    with store.tx("review.prior"):
        entry = {
            "listing": listing.key, "url": listing.url, "capture": capture, "reasons": [],
            "verdict": verdict(store.authorisations(), practitioner, listing.site, sent_on).value, "judged_by": actor,
        }  # fmt: skip
        # In a case that is already open it comes after what is there; the letter keeps its own dates.
        told = [received_on or sent_on, *(f.day for f in store.facts(taken_over.id))] if taken_over else [sent_on]
        common: dict[str, Any] = {"day": max(told), "at": at, "actor": actor}
        if taken_over is None:
            case_id = store.open_case(
                code, None, practitioner=practitioner, controller=controller, platform=listing.site,
                data={"findings": [entry]}, **common,
            )  # fmt: skip
        else:
            case_id = taken_over.id
            if all(f["listing"] != listing.key for f in findings_of(store.facts(case_id))):
                found: dict[str, Any] = {"key": listing.key, "proof": capture, "data": {"findings": [entry]}}
                store.add_event(case_id, EventKind.FINDING_ADDED, **found, **common)
        if state is State.DETECTED:
            store.add_event(case_id, EventKind.LISTING_CONFIRMED_BY_KINE, key=text[:32], proof=text, **common)
        row = Authorisation(
            secrets.token_hex(4),
            practitioner,
            listing.site,
            Agreement.REFUSED,
            GivenBy.PRACTITIONER,
            sent_on,
            proof=text,
        )
        store.put_authorisation(row, practice="", at=at, actor=actor)
        data: dict[str, object] = {"sent_on": sent_on.isoformat(), "channel": channel, "letter": text, "proof": shown}
        if situation:
            data["situation"] = list(situation)
        if received_on is not None:
            data["received_on"] = received_on.isoformat()
        store.add_event(case_id, EventKind.PRIOR_REQUEST_RECORDED, key=text[:32], proof=shown, data=data, **common)
    return case_id
