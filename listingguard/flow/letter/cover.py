"""One covering letter of a council for several people, one annex each: a request per case, each with its own clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import Acting, EventKind, Fact, why_not
from listingguard.domain.citation import blocked
from listingguard.domain.french import french_day
from listingguard.domain.letter import (
    Annex,
    CoverFields,
    Kind,
    enclosed,
)
from listingguard.domain.officer import Officer, officer_of
from listingguard.domain.record import (
    REGISTERED,
    CaseRow,
    DispatchRow,
    DispatchState,
    LetterRow,
)
from listingguard.errors import Refused
from listingguard.flow.letter.approve import unfit
from listingguard.flow.letter.prepare import Draft, Office, mandate_of, prepare, requests

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
    today: date,
    approver: Officer | None = None,
) -> Cover:
    """Return the covering letter of a council to one controller: an annex for each case, made of its own facts.

    ticked: case -> grounds a person chose for it; None: as proposed. Each request may be written on its own, or the
    cover lacks what that one lacks.
    """
    lacks = [] if store.rules.acting is Acting.COUNCIL else ["un conseil : qui agit pour soi-même n’écrit que pour soi"]
    lacks += [f"{c.id} : un dossier de {slug}, ce que celui-ci n’est pas" for c in cases if c.controller != slug]
    drafts, annexes, joined = [], [], []
    for case in cases:
        codes = None if ticked is None else tuple(ticked.get(case.id, ()))
        draft = prepare(
            store, office, controllers, case, today=today, ticked=codes, kind=Kind.REQUEST, approver=approver
        )
        drafts.append((case, draft))
        lacks += [f"{case.id} : {line}" for line in draft.missing]
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
            delegated_by=first.delegated_by, attachments=tuple(joined), annexes=tuple(annexes),
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
    today: date,
    at: datetime,
    actor: str,
) -> tuple[LetterRow, ...]:
    """Freeze a covering letter as the request of each of its cases, to be posted, and return one letter per case.

    One envelope, one PDF: every case keeps its own request, its own proof of posting and its own clock. All are
    approved or none is. Raises Refused with everything that is missing.
    """
    officer = officer_of(store.officers(), actor, today) if store.rules.acting is Acting.COUNCIL else None
    cover = prepare_cover(store, office, controllers, slug, cases, ticked=ticked, today=today, approver=officer)
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
    pdf = vault.put(office.renderer.pdf(Kind.COVER.value, cover.fields, day=today))
    text, template = vault.put(cover.text.encode()), office.renderer.template_version(Kind.COVER.value)
    to = ", ".join((cover.fields.addressee.name, *cover.fields.addressee.lines))
    found = []
    with store.tx("letter.cover"):
        for case, draft, sequence, letter_id in plan:
            row = LetterRow(letter_id, case.id, Kind.COVER.value, sequence, template, text, pdf, actor, today)
            data = {
                "letter": letter_id, "kind": row.kind, "template": template, "text": text, "pdf": pdf,
                "grounds": sorted(ticked.get(case.id, ())), "officer": officer.id if officer else "",
                "facts": [{"code": r.code, "sentence": r.sentence, "source": r.source} for r in draft.reasons],
                "with": [other.id for other in cases if other.id != case.id],
            }  # fmt: skip
            store.add_letter(row, at=at)
            store.add_event(
                case.id, EventKind.REQUEST_APPROVED, key=letter_id, day=today, at=at, actor=actor, proof=pdf, data=data
            )
            name = f"{letter_id}/{REGISTERED}"
            store.add_dispatch(
                DispatchRow(
                    name, letter_id, case.id, REGISTERED, to, office.sender.name, name, pdf, DispatchState.DRAFT,
                    today, "",
                ),
                at=at,
            )  # fmt: skip
            found.append(row)
    return tuple(found)
