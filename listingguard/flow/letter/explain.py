"""Where each sentence of a letter comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import (
    addressee_record,
    controller_record,
)
from listingguard.domain.case import REPLIES, EventKind, Fact, effective
from listingguard.domain.correspondence import (
    Ticked,
)
from listingguard.domain.french import french_at, french_day
from listingguard.domain.letter import (
    Kind,
)
from listingguard.domain.record import (
    CaseRow,
)
from listingguard.domain.trace import Traced, traced
from listingguard.errors import Refused
from listingguard.flow.letter.prepare import (
    Draft,
    Office,
    addressee_of,
    captured_pages,
    listed_page,
    origin_of,
    prepare,
    request_kind,
    standing,
)

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


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
    rows = standing(store, case, kind)
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
    for listing, rows in captured_pages(store, facts):
        for capture in rows:
            origin = origin_of(listing, capture)
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
    to = addressee_of(record)
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
        name, _, quality = fields.signatory.partition(", ")
        found += [
            (name, signs),
            (f"{quality[:1].upper()}{quality[1:]}", signs),
            (fields.delegated_by, signs),
            (french_day(fields.day), "jour du courrier"),
        ]
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
