"""Where each sentence of a letter comes from."""

from __future__ import annotations

import re
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
from listingguard.domain.explain import receipt_proof
from listingguard.domain.french import french_at, french_day
from listingguard.domain.letter import (
    Kind,
)
from listingguard.domain.record import (
    CaseRow,
)
from listingguard.domain.service import printed_number
from listingguard.domain.trace import Anchor, Traced, plain, traced
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
    series,
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
    rows = series(store, case, kind)
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
    text = vault.get(row.text).decode()
    # That of the first sending: a copy posted under another one is not what was approved.
    number = printed_number(text)
    return traced(text, _anchors(store, controllers, case, draft, said, number))


_READ = "consultee le"
_MANDATE = r"mandat(?: [^\W\d]+){0,6} (?:du|le)"
_LEFT = r"demande du|courriel le|recommandee? le|lettre recommandee(?: \w+){0,5} le|formulaire le"
_ARRIVED = r"parvenue?(?: au plus tard)? le|presumee au|recue? le|accuse de reception du"
_SAID = r"(?:reponse|message)(?: de la plateforme)? du|parvenue?(?: au plus tard)? le"
_ENDS = r"(?:fin|expire|echeance) le"
"""What a letter says just before each sort of day (`trace.Anchor.after`)."""

_DAYS = {
    EventKind.REQUEST_SENT: _LEFT,
    EventKind.PRIOR_REQUEST_RECORDED: _LEFT,
    EventKind.RECEIVED: _ARRIVED,
    EventKind.ACKNOWLEDGED: _ARRIVED,
    **dict.fromkeys(REPLIES, _SAID),
}


def _anchors(
    store: Store,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    draft: Draft,
    approved: Fact | None,
    number: str = "",
) -> list[Anchor]:
    """Return the words of a letter that state a fact, each with where it comes from.

    number: under which the letter is posted, as it is printed.
    """
    fields, facts = draft.fields, store.facts(case.id)
    record = addressee_record(controllers, case, facts)
    person = store.practitioner(case.practitioner)
    ticks = f"coché par {approved.actor} le {french_day(approved.day)}" if approved else "proposé"
    found = [Anchor(reason.sentence, f"{reason.source} ; fait « {reason.code} » {ticks}") for reason in draft.reasons]
    found += [Anchor(g.sentence, f"motif « {g.code} » {ticks}") for g in getattr(fields, "grounds", ())]
    for listing, rows in captured_pages(store, facts):
        for capture in rows:
            origin = origin_of(listing, capture)
            page = listed_page(listing, capture)
            found += [Anchor(capture.body, origin), Anchor(french_at(capture.at), origin, _READ)]
            if capture is rows[0]:
                shown = (listing.url, ", ".join(page.shown), ", ".join(page.traits))
                found += [Anchor(words, origin) for words in shown]
    checked = str(record.get("verified_on") or "")
    whose = (
        f"coordonnées du destinataire, vérifiées le {french_day(date.fromisoformat(checked))}"
        if checked
        else "coordonnées du destinataire"
    )
    to = addressee_of(record)
    brand = str(controller_record(controllers, case).get("platform_name") or case.platform)
    found += [Anchor(line, whose) for line in (to.name, to.attention, *to.lines, brand)]
    found += [Anchor(words, f"tableau : {person.full_name}") for words in (person.full_name, person.rpps or "")]
    found += [Anchor(case.id, "numéro du dossier")]
    found += [Anchor(number, f"numéro du recommandé, entré {ticks.removeprefix('coché ')}")]
    if fields is not None:
        if getattr(fields, "mandate_day", None):
            found.append(Anchor(french_day(fields.mandate_day), "mandat signé", _MANDATE))
        sender = fields.sender
        lines = (sender.name, sender.quality, *sender.lines, sender.email, sender.phone, f"{fields.place}, le")
        found += [Anchor(line, "config.toml, [sender]") for line in lines]
        signs = "élu enregistré (officer)" if approved and approved.data.get("officer") else "config.toml, [sender]"
        name, _, quality = fields.signatory.partition(", ")
        found += [
            Anchor(name, signs),
            Anchor(f"{quality[:1].upper()}{quality[1:]}", signs),
            Anchor(fields.delegated_by, signs),
            Anchor(french_day(fields.day), "jour du courrier", f"{re.escape(plain(fields.place))} le"),
        ]
        due = getattr(fields, "due", None)
        if due is not None:
            origin = "échéance calculée : listingguard deadline, article 12, paragraphe 3"
            found.append(Anchor(french_day(due), origin, _ENDS))
        earlier = getattr(fields, "earlier", None)
        fixed = receipt_proof(store.status(case.id, fields.day), facts) if earlier else None
        if fixed is not None and earlier is not None:
            # The day the clock runs from, which its proof may state otherwise than by its own.
            word = f"événement n° {fixed.seq} : {fixed.kind.label}"
            found.append(Anchor(french_day(earlier.received_on), word, _ARRIVED))
    for fact in effective(facts):
        if fact.kind in _DAYS:
            found.append(Anchor(french_day(fact.day), f"événement n° {fact.seq} : {fact.kind.label}", _DAYS[fact.kind]))
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE:
            word = f"événement n° {fact.seq} du {french_day(fact.day)} : {fact.kind.label}"
            found += [Anchor("n’avoir ni ouvert", word), Anchor("je n’ai ni ouvert", word)]
    return found
