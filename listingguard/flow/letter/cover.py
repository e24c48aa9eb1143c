"""One covering letter of a council for several people, one annex each: a request per case, each with its own clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import addressee_record
from listingguard.domain.case import Acting, EventKind, Fact, why_not
from listingguard.domain.citation import blocked
from listingguard.domain.french import french_day
from listingguard.domain.letter import (
    Annex,
    CoverFields,
    Kind,
    enclosed,
)
from listingguard.domain.officer import Officer, officer_of, unfit
from listingguard.domain.record import (
    EMAIL,
    REGISTERED,
    CaseRow,
    DispatchRow,
    LetterRow,
)
from listingguard.domain.service import ELECTRONIC, registered_number
from listingguard.errors import Refused
from listingguard.flow.letter.approve import free_number, outgoing
from listingguard.flow.letter.prepare import Draft, Office, mandate_of, prepare, request_kind, requests

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


@dataclass(frozen=True)
class Cover:
    """A covering letter as it would leave today. drafts: the request of each case, in order, that its annex is made of."""

    fields: CoverFields | None
    drafts: tuple[tuple[CaseRow, Draft], ...]
    missing: tuple[str, ...]
    text: str = ""


def prepare_cover(
    store: Store,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    slug: str,
    cases: Sequence[CaseRow],
    *,
    ticked: Mapping[str, Iterable[str]] | None = None,
    facts: Mapping[str, Iterable[str]] | None = None,
    copies: tuple[str, ...] = (),
    today: date,
    approver: Officer | None = None,
) -> Cover:
    """Return the covering letter of a council to one controller: an annex for each case, made of its own facts.

    ticked, facts: case -> grounds and facts a person chose for it; None: as proposed. Each request may be written on its
    own, to that same addressee, or the cover lacks what that one lacks. copies: who receives a copy, one line each.
    """
    lacks = [] if store.rules.acting is Acting.COUNCIL else ["un conseil : qui agit pour soi-même n’écrit que pour soi"]
    lacks += [f"{c.id} : un dossier de {slug}, ce que celui-ci n’est pas" for c in cases if c.controller != slug]
    drafts, annexes, joined = [], [], []
    for case in cases:
        codes = None if ticked is None else tuple(ticked.get(case.id, ()))
        said = None if facts is None else tuple(facts.get(case.id, ()))
        draft = prepare(
            store, office, controllers, case, today=today, ticked=codes, facts=said, kind=Kind.REQUEST,
            approver=approver,
        )  # fmt: skip
        drafts.append((case, draft))
        lacks += [f"{case.id} : {line}" for line in draft.missing]
        if request_kind(store, case) is Kind.RELISTING:
            lacks.append(f"{case.id} : une lettre à lui seul, qui cite sa première demande : la page est revenue")
        first = drafts[0][1].fields
        if draft.fields is not None and first is not None and draft.fields.addressee != first.addressee:
            lacks.append(f"{case.id} : le même destinataire que les autres, {first.addressee.name}")
        mandate = mandate_of(store, case, Kind.REQUEST, today)
        request = draft.fields
        if mandate is None or request is None:
            continue
        annexes.append(
            Annex(
                case.id,
                request.practitioner_name,
                request.civility,
                request.rpps,
                mandate.since,
                request.pages,
                request.grounds,
                request.situation,
            )
        )
        title = f"Mandat de {request.practitioner_name} du {french_day(mandate.since)}"
        joined.append(enclosed(title, office.pages(mandate.document)))
    fields, text = None, ""
    if drafts and not lacks:
        first = drafts[0][1].fields
        fields = CoverFields(
            reference=f"{slug} {today.isoformat()}", day=today, place=first.place, sender=first.sender,
            addressee=first.addressee, platform_name=first.platform_name, signatory=first.signatory,
            delegated_by=first.delegated_by, attachments=tuple(joined), copies=copies, annexes=tuple(annexes),
        )  # fmt: skip
        try:
            text = office.renderer.text(Kind.COVER.value, fields)
            lacks += blocked(text, store.confirmed_citations(), today)
        except Refused as error:
            lacks += error.missing or [str(error)]
    return Cover(fields, tuple(drafts), tuple(lacks), "" if lacks else text)


def approve_cover(
    store: Store,
    vault: Vault,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    slug: str,
    cases: Sequence[CaseRow],
    *,
    ticked: Mapping[str, Iterable[str]],
    facts: Mapping[str, Iterable[str]] | None = None,
    copies: tuple[str, ...] = (),
    today: date,
    at: datetime,
    actor: str,
    channels: Collection[str] = (REGISTERED,),
    number: str = "",
    as_printed: bool = False,
) -> tuple[LetterRow, ...]:
    """Freeze a covering letter as the request of each of its cases, and return one letter per case.

    One envelope, one PDF, one number, which every case keeps; every case has its own request, its own e-mail (token,
    mandate, bounces), its own proof of posting and its own clock. All are approved or none is. channels, number,
    as_printed: as for a letter about one person. Raises Refused with everything that is missing.
    """
    officer = officer_of(store.officers(), actor, today) if store.rules.acting is Acting.COUNCIL else None
    cover = prepare_cover(
        store, office, controllers, slug, cases, ticked=ticked, facts=facts, copies=copies, today=today,
        approver=officer,
    )  # fmt: skip
    lacks = [*cover.missing, *([] if officer else [unfit(actor, today)])]
    plan = []
    for case, draft in cover.drafts:
        sequence = len(requests(store, case.id)) + 1
        letter_id = f"{case.id}/{Kind.COVER.value}/{sequence}"
        probe = Fact(10**9, EventKind.REQUEST_APPROVED, letter_id, today, actor)
        reason = why_not(store.facts(case.id), probe, store.rules)
        lacks += [f"{case.id} : {reason}"] if reason else []
        plan.append((case, draft, sequence, letter_id))
    if lacks or cover.fields is None:
        raise Refused("La lettre d’accompagnement ne peut pas être approuvée.", lacks)
    whole = Draft(Kind.COVER, cover.fields, (), (), (), cover.text)
    posted = next((channel for channel in (REGISTERED, ELECTRONIC) if channel in channels), "")
    if number:
        number = free_number(store, number, posted, as_printed=as_printed)
        printed = registered_number(number).printed if posted == REGISTERED else ""
        fields = replace(cover.fields, registered_number=printed)
        whole = replace(whole, fields=fields, text=office.renderer.text(Kind.COVER.value, fields))
    pdf = office.renderer.pdf(Kind.COVER.value, whole.fields, day=today)
    kept, text, template = vault.put(pdf), vault.put(whole.text.encode()), office.renderer.template_version("cover")
    found: list[tuple[LetterRow, dict[str, Any], list[DispatchRow], str]] = []
    for case, draft, sequence, letter_id in plan:
        row = LetterRow(letter_id, case.id, Kind.COVER.value, sequence, template, text, kept, actor, today)
        mandate = mandate_of(store, case, Kind.REQUEST, today)
        token = office.new_token() if office.delimiter and EMAIL in channels else ""
        sendings = outgoing(
            vault, office, row, whole, pdf, mandate=mandate, by_mail=EMAIL in channels, posted=posted, number=number,
            email=str(addressee_record(controllers, case, store.facts(case.id))["email"]), token=token, at=at,
            others=len(plan) - 1,
        )  # fmt: skip
        wanted = None if facts is None else frozenset(facts.get(case.id, ()))
        data = {
            "letter": letter_id, "kind": row.kind, "template": template, "text": text, "pdf": kept,
            "grounds": sorted(ticked.get(case.id, ())), "officer": officer.id if officer else "",
            "facts": [
                {"code": r.code, "sentence": r.sentence, "source": r.source}
                for r in draft.reasons if wanted is None or r.code in wanted
            ],
            "mandate": mandate.document if mandate else "",
            "with": [other.id for other in cases if other.id != case.id],
        }  # fmt: skip
        found.append((row, data, sendings, token))
    with store.tx("letter.cover"):
        for row, data, sendings, token in found:
            store.add_letter(row, at=at)
            store.add_event(
                row.case, EventKind.REQUEST_APPROVED, key=row.id, day=today, at=at, actor=actor, proof=kept, data=data
            )
            for sending in sendings:
                store.add_dispatch(sending, at=at)
                if sending.channel == EMAIL and token:
                    store.add_reply_token(token, sending.id, row.case, at=at)
                if number and sending.channel == posted:
                    store.add_registered_number(number, sending, at=at, actor=actor)
    return tuple(row for row, _, _, _ in found)
