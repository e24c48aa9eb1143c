"""Matches + a person's word -> judgements, cases with their findings, the practitioner's own word, every later fact."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import (
    REPLIES,
    Acting,
    EventKind,
    Fact,
    Rules,
    State,
    effective,
    findings_of,
    instead,
    status,
    why_not,
)
from listingguard.domain.correspondence import REQUESTS
from listingguard.domain.finding import (
    Finding,
    Opinion,
    Word,
    contradicted,
    disputed,
    is_finding,
    waits_for_judgement,
)
from listingguard.domain.french import french_day
from listingguard.domain.letter.own_words import refused_reason
from listingguard.domain.listing import Listing, ListingKind
from listingguard.domain.matching import Match
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, Practitioner, Verdict, verdict
from listingguard.domain.question import DECLARATION, Said
from listingguard.domain.record import EMAIL, CaseRow, DispatchRow, DispatchState
from listingguard.errors import BadInput, IllegalEvent, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

ControllerOf = Callable[[str], str]
"""Host -> slug of the legal entity that answers for it."""


@dataclass(frozen=True)
class Pair:
    """A listing and a practitioner that may be the same, with what was said of them so far."""

    match: Match
    fields: str
    listing: Listing
    practitioner: Practitioner
    opinions: tuple[Opinion, ...] = ()

    @property
    def word(self) -> Word | None:
        """Return the word that counts; None where nobody spoke, or two people disagree."""
        return None if self.disputed or not self.opinions else self.opinions[-1].word

    @property
    def said_by(self) -> str:
        """Return who gave it; empty where nobody did."""
        return self.opinions[-1].actor if self.word is not None else ""

    @property
    def disputed(self) -> bool:
        """Return True when a second opinion differs from the first: a person decides."""
        return disputed(self.opinions)


def pairs(store: Store, today: date) -> tuple[Pair, ...]:
    """Return every match about someone we may look for, surest first within a listing."""
    return _pairs(store, store.matches(), today)


def _pairs(store: Store, matches: Sequence[tuple[Match, str]], today: date) -> tuple[Pair, ...]:
    if not matches:
        return ()
    ids = {match.practitioner for match, _ in matches}
    watches, people = store.watches(ids), {p.id: p for p in store.practitioners(ids)}
    listings = {listing.key: listing for listing, _ in store.listings({match.listing for match, _ in matches})}
    by_hand: set[str] = set()
    if store.rules.acting is Acting.SELF:
        # A page that somebody alone brought may concern a person whom no `watch` names yet.
        for capture in store.captures():
            if capture.manifest.get("origin") in ("import", "look-up"):
                by_hand |= set(store.capture_listings(capture.id))
    found, alone = [], store.left_alone()
    for match, fields in matches:
        watch, person = watches.get(match.practitioner), people.get(match.practitioner)
        listing = listings.get(match.listing)
        if person is None or listing is None or (watch is not None and watch.opposed_on is not None):
            continue
        if (match.practitioner, listing.site) in alone:
            continue
        looked_for = watch is not None and watch.active and person.practises(today)
        if not looked_for and match.listing not in by_hand:
            continue
        said = store.opinions(match.listing, match.practitioner, fields)
        found.append(Pair(match, fields, listing, person, said))
    return tuple(found)


def queue(store: Store, today: date) -> tuple[Pair, ...]:
    """Return the pairs that wait for a person, those on which two people disagree included."""
    waiting = _pairs(store, store.matches(doubtful=True), today)
    return tuple(p for p in waiting if p.disputed or waits_for_judgement(p.match, p.word))


def second(store: Store, actor: str, today: date) -> tuple[Pair, ...]:
    """Return the pairs that somebody else decided and nobody has looked at again: for a blind second opinion."""
    decided = (p for p in pairs(store, today) if p.word is not None)
    return tuple(
        p for p in decided if actor not in {o.actor for o in p.opinions} and not any(o.blind for o in p.opinions)
    )


def judge(
    store: Store,
    pair: Pair,
    word: Word,
    *,
    today: date,
    at: datetime,
    actor: str,
    blind: bool = False,
    themselves: bool = False,
) -> Opinion | None:
    """Record a person's word about a pair, and return the opinion it contradicts, if any: the pair then waits for a person.

    blind: a second opinion, given without sight of the first. Another person's word is one as well where it would reverse
    the first: nobody overrules a colleague without a disagreement being said. themselves: who speaks is the person whom
    the page may show; theirs settles it.

    Raises Refused where the page of one person is said to be somebody else's as well: two requests would leave about it.
    """
    if word is Word.SAME and not blind and pair.listing.kind is ListingKind.PERSON:
        _only_one(store, pair, today)
    key = (pair.match.listing, pair.match.practitioner, pair.fields)
    with store.tx("review.judge"):
        # Read again inside the unit: somebody may have spoken since the pair was shown.
        said = store.opinions(*key)
        against = None if themselves else contradicted(said, word, actor)
        if blind and against is None and said and said[-1].word is not word:
            against = said[-1]
        second = blind or against is not None
        store.add_judgement(*key, word, day=today, at=at, actor=actor, blind=second)
    return against


def _only_one(store: Store, pair: Pair, today: date) -> None:
    """Raise Refused when the listing already stands for another person, by somebody's word or in an open case."""
    key, mine = pair.listing.key, store.survivor(pair.practitioner.id)
    rests = {store.survivor(store.case(case).practitioner): case for case in resting_on(store, key, today)}
    others = {store.survivor(match.practitioner) for match, _ in store.matches() if match.listing == key}
    for other in sorted((others | rests.keys()) - {mine}):
        said = store.opinions(key, other)
        same = bool(said) and said[-1].word is Word.SAME and not disputed(said)
        if not same and other not in rests:
            continue
        case = rests.get(other)
        who = f"{store.practitioner(other).full_name} ({other})"
        cure = [f"si la fiche n’est pas la sienne : listingguard review --answer {key} {other} a"]
        if case:
            cure.append(f"et corriger son dossier : listingguard case show {case}")
        cure.append(f"si ce sont deux lignes d’une même personne : listingguard roster merge {other} {mine}")
        raise Refused(
            f"Cette fiche est déjà celle de {who}{f', dossier {case}' if case else ''} : "
            "la page d’une personne ne désigne pas deux personnes.",
            cure,
        )


def resting_on(store: Store, listing: str, today: date, *, practitioner: str | None = None) -> tuple[str, ...]:
    """Return the cases, not closed, that rest on a listing. practitioner: only those about that person."""
    who = None if practitioner is None else store.survivor(practitioner)
    return tuple(
        case
        for case in store.naming(listing)
        if who in (None, store.case(case).practitioner)
        and store.status(case, today).state is not State.CLOSED
        and any(f["listing"] == listing for f in findings_of(store.facts(case)))
    )


@dataclass(frozen=True)
class Undone:
    """An answer that was taken back: the pair, and whose word it was."""

    listing: str
    practitioner: str
    opinion: Opinion


def undo(store: Store, *, today: date, at: datetime, actor: str) -> Undone:
    """Take back the actor's own last word, and return it; Refused once it opened a case, or somebody spoke after it."""
    last = store.last_judgement(actor) or store.last_judgement()
    if last is None:
        raise NotFound("Aucune réponse à annuler.")
    listing, practitioner, fields, word = last
    opinion = store.opinions(*last[:3])[-1]
    if opinion.actor != actor:
        raise Refused(
            f"La dernière réponse sur {listing} est de {opinion.actor} (« {opinion.word.label} ») : chacun n’annule que "
            "la sienne.",
            [f"dire ce qui est, à votre tour : listingguard review --answer {listing} {practitioner} m (ou a, ou i)"],
        )
    if word is Word.SAME:
        for case in store.cases(practitioner=practitioner):
            if any(f["listing"] == listing for f in findings_of(store.facts(case.id))):
                other = f"si la fiche n’est pas la sienne : listingguard review --answer {listing} {practitioner} a"
                raise Refused(
                    f"Cette réponse de {opinion.actor} a mis la fiche {listing} dans le dossier {case.id} : elle ne "
                    "s’annule plus.",
                    [f"{other} ; le reste du dossier demeure, et rien ne part sur cette fiche"],
                )
    with store.tx("review.undo"):
        store.add_judgement(listing, practitioner, fields, Word.UNDONE, day=today, at=at, actor=actor)
    return Undone(listing, practitioner, opinion)


def open_cases(
    store: Store, controller_of: ControllerOf, code: str, *, today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """Open a case, or join the open one, for every finding not yet in a case; return the cases touched.

    A listing that once led to a case never opens another, unless it was seen again after its removal was observed.
    """
    touched: list[str] = []
    for found in findings(store, today):
        with store.tx("review.open"):
            case = _place(store, found, controller_of, code, today=today, at=at, actor=actor)
        if case:
            touched.append(case)
    return tuple(dict.fromkeys(touched))


def findings(store: Store, today: date) -> tuple[Finding, ...]:
    """Return every situation of the day: a pair that is sure or judged the same, without an agreement."""
    ledger = store.authorisations()
    captures = {listing.key: capture for listing, capture in store.listings()}
    result = []
    for pair in pairs(store, today):
        said = verdict(ledger, pair.practitioner.id, pair.listing.site, today)
        if not pair.disputed and is_finding(pair.match, pair.word, said):
            result.append(
                Finding(
                    listing=pair.listing.key,
                    practitioner=pair.practitioner.id,
                    url=pair.listing.url,
                    platform=pair.listing.site,
                    capture=captures[pair.listing.key],
                    day=today,
                    verdict=said,
                    reasons=tuple(r.text for r in pair.match.reasons),
                    judged_by=pair.said_by,
                )
            )
    return tuple(result)


def _place(
    store: Store, found: Finding, controller_of: ControllerOf, code: str, *, today: date, at: datetime, actor: str
) -> str | None:
    controller = controller_of(found.platform)
    entry = {
        "listing": found.listing,
        "url": found.url,
        "capture": found.capture,
        "reasons": list(found.reasons),
        "verdict": found.verdict.value,
        "judged_by": found.judged_by,
    }
    continues: CaseRow | None = None
    for case in reversed(store.cases(practitioner=found.practitioner, controller=controller)):
        now = store.status(case.id, today)
        known = any(f["listing"] == found.listing for f in findings_of(store.facts(case.id)))
        watched = now.state is State.ERASED or now.close_reason is EventKind.WATCH_OVER
        # The same page, or another of the platform about the same person: a listing that came back.
        seen_again = watched and now.erased_on is not None and store.capture(found.capture).day > now.erased_on
        if known and not seen_again:
            return None
        if not known and now.state not in (State.CLOSED, State.ERASED):
            store.add_event(
                case.id, EventKind.FINDING_ADDED, key=found.listing, day=today, at=at, actor=actor,
                proof=found.capture, data={"findings": [entry]},
            )  # fmt: skip
            return case.id
        if seen_again:
            store.add_event(
                case.id, EventKind.REAPPEARED, key=found.capture, day=today, at=at, actor=actor, proof=found.capture
            )
            continues = case
            break
    return store.open_case(
        code, continues, practitioner=found.practitioner, controller=controller, platform=found.platform,
        day=today, at=at, actor=actor, data={"findings": [entry]},
    )  # fmt: skip


# -- facts that people bring -------------------------------------------------------------------------------------------

BY_THEIR_OWN_COMMAND = {
    EventKind.DETECTED: "listingguard review",
    EventKind.FINDING_ADDED: "listingguard review",
    EventKind.ANSWERED: "listingguard question answer",
    EventKind.ADDRESSEE_CHOSEN: "listingguard letter address",
    EventKind.MANDATE_SIGNED: "listingguard mandate add",
    EventKind.MANDATE_REVOKED: "listingguard mandate end",
    EventKind.MANDATE_EXPIRED: "listingguard run --once",
    EventKind.CONTROLLER_CHANGED: "listingguard controller changed",
    EventKind.LETTER_PREPARED: "listingguard letter prepare",
    EventKind.REQUEST_APPROVED: "listingguard letter approve",
    EventKind.LETTER_APPROVED: "listingguard letter approve",
    EventKind.LETTER_WITHDRAWN: "listingguard letter withdraw",
    EventKind.REQUEST_SENT: "listingguard send",
    EventKind.PRIOR_REQUEST_RECORDED: "listingguard case add --sent",
    EventKind.DISPATCH_FAILED: "listingguard send",
    EventKind.DISPATCH_UNKNOWN: "listingguard send",
    EventKind.DISPATCH_NOT_SENT: "listingguard send --settle",
    EventKind.PACK_REQUESTED: "listingguard complain",
    EventKind.PACK_BUILT: "listingguard complain",
    EventKind.PACK_SIGNED: "listingguard pack sign",
    EventKind.LAWYER_NAMED: "listingguard pack lawyer",
    EventKind.PAPER_PLACED: "listingguard pack place",
    EventKind.DECLARATION_SIGNED: "listingguard declaration add",
    EventKind.REAPPEARED: "listingguard scan",
    EventKind.DUE_CHANGED: "listingguard run --once",
}

_WITH_PROOF = REPLIES | {
    # Written by hand; what the program sends records itself.
    EventKind.LETTER_SENT,
    EventKind.RECEIVED,
    EventKind.ACKNOWLEDGED,
    EventKind.BOUNCED,
    EventKind.REFUSED_DELIVERY,
    EventKind.UNCLAIMED,
    EventKind.NOT_AT_ADDRESS,
    EventKind.FILED,
}
"""What a platform, a post office or the CNIL did is recorded with the document that shows it."""


def record(
    store: Store,
    vault: Vault,
    case: CaseRow,
    kind: EventKind,
    *,
    day: date,
    today: date,
    at: datetime,
    actor: str,
    proof: bytes | None = None,
    data: Mapping[str, Any] | None = None,
    absent_on: tuple[date, ...] = (),
) -> bool:
    """Append one fact of the case with its proof; return False if the same fact is already there.

    day: when it happened. absent_on: the days on which the page was observed absent, for an erasure verified.
    The practitioner's own word needs its proof in a council's home; the kiné acting for himself gives it by acting.
    Raises Refused with what is missing, IllegalEvent with what the case allows.
    """
    if kind in BY_THEIR_OWN_COMMAND:
        raise Refused(f"« {kind.label} » a sa propre commande.", [BY_THEIR_OWN_COMMAND[kind]])
    if kind is EventKind.FILED and store.packs(case.id):
        # What is filed is what was signed, and still holds.
        raise Refused("Le dépôt d’une plainte construite ici a sa propre commande.", [
            f"listingguard pack sign {case.id}, puis listingguard pack file {case.id} --number N --on JOUR --receipt FICHIER"
        ])  # fmt: skip
    payload = dict(data or {})
    if kind is EventKind.ERASED_VERIFIED:
        payload["absent_on"] = [d.isoformat() for d in absent_on]
    return _append(store, vault, case, kind, payload, proof, day=day, today=today, at=at, actor=actor)


def _append(
    store: Store, vault: Vault, case: CaseRow, kind: EventKind, payload: dict[str, Any], proof: bytes | None, *,
    day: date, today: date, at: datetime, actor: str,
) -> bool:  # fmt: skip
    """Append one fact, of whatever command, with what follows from it; as `record`."""
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé : un fait se note le jour où il a eu lieu.")
    council = store.rules.acting is Acting.COUNCIL
    if proof is None and (kind in _WITH_PROOF or (kind in _WORDS and council)):
        raise Refused(
            f"« {kind.label} » s’enregistre avec ce qui le prouve.",
            ["le document (courriel, courrier, avis de réception, note signée) : --proof FICHIER"],
        )
    if kind is EventKind.FILED and council and store.valid_mandate(case.practitioner, day) is None:
        raise Refused("La plainte ne se dépose que sous un mandat valable.", ["un mandat : listingguard mandate add"])
    sha = sha256(proof).hexdigest() if proof is not None else ""
    facts = store.facts(case.id)
    undone = None
    if kind is EventKind.CORRECTION:
        payload = _with_earlier(facts, payload)
        undone = _never_left(store, case, facts, payload, today)
    if kind is EventKind.DUPLICATE:
        _other_case(store, case, str(payload.get("of", "")))
    key = _key(facts, kind, day, sha, payload)
    if not any(f.kind is kind and f.key == key for f in facts):
        # Asked before the document is kept: a refused fact leaves nobody's paper behind.
        new = Fact(10**9, kind, key, day, actor, sha, payload)
        if reason := why_not(facts, new, store.rules):
            raise IllegalEvent(reason, _instead(case.id, facts, instead(facts, new, store.rules), today, store.rules))
    if proof is not None:
        vault.put(proof)
    with store.tx("event.add"):
        if not store.add_event(case.id, kind, key=key, day=day, at=at, actor=actor, proof=sha, data=payload):
            return False
        for row in _said_to_the_ledger(store, case, kind, payload, day, sha):
            store.put_authorisation(row, practice=str(payload.get("practice", "")), at=at, actor=actor)
        if kind is EventKind.CORRECTION:
            _correct_the_ledger(store, case, facts, today=today, at=at, actor=actor)
        if undone is not None:
            _take_back(store, undone, today=today, at=at, actor=actor)
        if kind is EventKind.LISTING_CONFIRMED_BY_KINE and council:
            _use_mandate(store, case, today=today, at=at, actor=actor)
        if kind is EventKind.NOT_ME:
            _never_again(store, case, today=today, at=at, actor=actor)
    return True


_LEFT = frozenset({EventKind.REQUEST_SENT, EventKind.LETTER_SENT})
_APPROVED = frozenset({EventKind.REQUEST_APPROVED, EventKind.LETTER_APPROVED})
_OF_A_LETTER = _LEFT | _APPROVED


def _never_left(
    store: Store, case: CaseRow, facts: Sequence[Fact], payload: Mapping[str, Any], today: date
) -> DispatchRow | None:
    """Return the sending that a correction says never left, as a person alone had said it did; None for all others.

    Raises Refused where the outbox knows better: the server took the message, or a document shows that it left. Voided,
    the case would wait for a letter that never leaves twice.
    """
    if not payload.get("void"):
        return None
    seq = str(payload.get("event", ""))
    told = next((f for f in facts if str(f.seq) == seq and f.kind in _OF_A_LETTER), None)
    rows = store.dispatches(case.id) if told is not None else ()
    if told is not None and told.kind in _APPROVED:
        left = [row for row in rows if row.letter == told.key and row.state is DispatchState.SENT]
        if not left and any(row.letter == told.key for row in rows):
            raise Refused(
                f"Le courrier {told.key} est approuvé, ses octets sont figés : il se retire, il ne se rectifie pas.",
                [f"avant l’envoi : listingguard letter withdraw {told.key} --reason TEXTE"],
            )
    else:
        left = [row for row in rows if told and row.id == told.key and row.state is DispatchState.SENT]
    if told is None or not left:
        return None
    row = left[0]
    shown = [proof for proof in store.proofs(case.id) if proof.dispatch == row.id]
    if shown or told.kind in _APPROVED or (row.channel == EMAIL and not row.response.startswith("confirmé par ")):
        why = shown[0].type.label if shown else row.response
        sent = next((f for f in facts if f.key == row.id and f.kind in _LEFT), told)
        raise Refused(
            f"Le message est parti le {french_day(sent.day)}, selon la boîte d’envoi ({row.id} : « {why} ») : son départ ne "
            "s’efface pas, et rien ne part deux fois.",
            [
                f"si seul le jour est faux : listingguard event add {case.id} correction --event {sent.seq} --new-day JOUR "
                f"--day {today}",
                f"s’il est revenu non remis : listingguard event add {case.id} bounced --day JOUR --proof FICHIER",
                f"si la demande n’a plus lieu d’être : listingguard event add {case.id} withdrawn --day JOUR --proof FICHIER",
            ],
        )
    return row


def _take_back(store: Store, row: DispatchRow, *, today: date, at: datetime, actor: str) -> None:
    """Take back the letter of a sending that never left, whatever a person had said: it may be approved anew."""
    others = [d for d in store.dispatches(row.case) if d.letter == row.letter and d.id != row.id]
    reason = f"n’est pas parti, selon {actor}"
    store.set_dispatch(row.id, DispatchState.WITHDRAWN, response=reason, at=at)
    if any(d.state in (DispatchState.SENT, DispatchState.SENDING, DispatchState.UNKNOWN) for d in others):
        return
    letter = next(each for each in store.letters(row.case) if each.id == row.letter)
    request = letter.kind in REQUESTS
    data = {"letter": letter.id, "kind": letter.kind, "reason": reason, "request": request}
    store.add_event(
        row.case, EventKind.LETTER_WITHDRAWN, key=letter.id, day=today, at=at, actor=actor, proof=letter.pdf, data=data
    )
    for other in others:
        store.set_dispatch(other.id, DispatchState.WITHDRAWN, response=reason, at=at)


def _closing(facts: Sequence[Fact], today: date, rules: Rules) -> Fact:
    """Return the event that closed a case, whatever was noted in it since; the last one where none did."""
    stand, by = effective(facts), status(facts, today, rules).close_reason
    return next((f for f in stand if f.kind is by), stand[-1])


def _instead(
    case: str, facts: Sequence[Fact], possible: Sequence[EventKind] | None, today: date, rules: Rules
) -> list[str]:
    """Return what may be entered, one line each: the word to type and what it means, or the command it has of its own.

    Where only a correction is left, both its commands are whole, with the number of the event that closed the case.
    """
    if possible is None:
        return []
    if not possible:
        last = _closing(facts, today, rules)
        correct = f"listingguard event add {case} correction --event {last.seq}"
        lines = [
            f"rien d’autre qu’une rectification de l’événement n° {last.seq} (« {last.kind.label} », le {french_day(last.day)}) :",
            f"s’il n’a pas eu lieu : {correct} --void --day {today}",
            f"si seul son jour est faux : {correct} --new-day JOUR --day {today}",
        ]
        if last.kind in _WORDS:
            lines.append("la ligne que cette réponse a mise au registre des accords est rectifiée avec elle")
        return lines
    typed = [f"{kind.value} : {kind.label}" for kind in possible if kind not in BY_THEIR_OWN_COMMAND]
    others = [f"{kind.label} : {BY_THEIR_OWN_COMMAND[kind]}" for kind in possible if kind in BY_THEIR_OWN_COMMAND]
    return ["ce qui est possible, par le mot à taper :", *typed, *others]


def _said_to_the_ledger(
    store: Store, case: CaseRow, kind: EventKind, payload: Mapping[str, Any], day: date, proof: str
) -> tuple[Authorisation, ...]:
    """Return the rows of the ledger that the practitioner's own word makes, none where it says nothing of an agreement."""

    def row(says: Agreement, since: date = day, by: GivenBy = GivenBy.PRACTITIONER) -> Authorisation:
        return Authorisation(secrets.token_hex(4), case.practitioner, case.platform, says, by, since, proof=proof)

    said = payload.get("said")
    if kind is EventKind.LISTING_CONFIRMED_BY_KINE or said == Said.NOT_AGREED:
        return (row(Agreement.REFUSED),)
    if kind is EventKind.AUTHORISED:
        since = date.fromisoformat(str(payload.get("since") or day.isoformat()))
        agreed = row(Agreement.AGREED, since)
        ledger = (*store.authorisations(case.practitioner), agreed)
        # They now say yes, whatever they said between that day and this one.
        now = verdict(ledger, case.practitioner, case.platform, day) is Verdict.AUTHORISED
        return (agreed,) if now else (agreed, row(Agreement.AGREED))
    # What was opened once speaks from the day it is told: until then, nobody knew.
    if said == Said.PRACTICE:
        return (row(Agreement.OPENED, by=GivenBy.PRACTICE),)
    return (row(Agreement.OPENED),) if said == Said.CLAIMED else ()


def _correct_the_ledger(
    store: Store, case: CaseRow, before: Sequence[Fact], *, today: date, at: datetime, actor: str
) -> None:
    """Take back the rows of the ledger that a corrected answer had made, and write those that it makes now.

    before: the case's facts without the correction. A row taken back ends before it begins: it stays, and never speaks.
    """

    def told(facts: Sequence[Fact]) -> dict[tuple[object, ...], Fact]:
        found = {}
        for fact in effective(facts):
            # What the ledger itself closed the case by is no answer: its row stands.
            if fact.kind not in _WORDS or "authorisation" in fact.data:
                continue
            for row in _said_to_the_ledger(store, case, fact.kind, fact.data, fact.day, fact.proof):
                found[_key_of(row)] = fact
                # An agreement given earlier may have been written twice: since then, and from that day.
                found[_key_of(replace(row, since=fact.day))] = fact
        return found

    def open_rows() -> dict[tuple[object, ...], Authorisation]:
        rows = (r for r in store.authorisations(case.practitioner) if r.platform == case.platform and r.until is None)
        return {_key_of(row): row for row in rows}

    old, now, rows = told(before), told(store.facts(case.id)), open_rows()
    ended = [rows[key] for key in old if key in rows and key not in now]
    for row in ended:
        until = row.since - timedelta(days=1)
        store.end_authorisation(row.id, until)
        data = {"id": row.id, "until": until.isoformat(), "case": case.id}
        store.log("authorisation_ended", day=today, at=at, actor=actor, data=data)
    corrected = [fact for key, fact in now.items() if key not in old]
    for fact in dict.fromkeys(corrected):
        for row in _said_to_the_ledger(store, case, fact.kind, fact.data, fact.day, fact.proof):
            if _key_of(row) not in open_rows():
                store.put_authorisation(row, practice=str(fact.data.get("practice", "")), at=at, actor=actor)


def _key_of(row: Authorisation) -> tuple[object, ...]:
    """Return what makes a row of the ledger the word of one answer."""
    return (row.agreement, row.given_by, row.since, row.proof)


def _with_earlier(facts: Sequence[Fact], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a correction that keeps what the one before it said of the same event, unless it says otherwise."""
    base = str(payload.get("event", ""))
    earlier = [f.data for f in facts if f.kind is EventKind.CORRECTION and f.key.partition("/")[0] == base]
    if not earlier or payload.get("void") or earlier[-1].get("void"):
        return dict(payload)
    merged = {**earlier[-1].get("data", {}), **payload.get("data", {})}
    return {**earlier[-1], **payload, **({"data": merged} if merged else {})}


def _other_case(store: Store, case: CaseRow, of: str) -> None:
    """Raise unless the case that remains exists, is another, and about the same person and controller."""
    if of:
        other = store.case(of)
        if other.id == case.id or other.practitioner != case.practitioner:
            raise BadInput(
                f"Le dossier {of} n’est pas le double de {case.id} : c’est un autre dossier de la même personne."
            )


def _key(facts: Sequence[Fact], kind: EventKind, day: date, proof: str, payload: Mapping[str, Any]) -> str:
    """Return what makes the fact one: its document, else its day; told again, it keeps its key and adds nothing.

    A correction is one of its event, a suspension or its end one of the case: the next that differs has a number. So has
    another word of the same day, and a fact that is told again after a correction took it back.
    """
    if kind is EventKind.CORRECTION:
        base = str(payload.get("event", ""))
    elif kind in (EventKind.HOLD, EventKind.RELEASE):
        base = "case"
    else:
        said = f"{payload['said']}/" if kind is EventKind.ANSWERED else ""
        own = said + (proof[:32] if proof else day.isoformat())
        before = [f for f in facts if f.kind is kind and (f.key == own or f.key.startswith(f"{own}/"))]
        stands = {f.seq for f in effective(facts)}
        if not before or any(f.seq in stands and (proof or dict(f.data) == dict(payload)) for f in before):
            return next((f.key for f in before if f.seq in stands), own)
        return f"{own}/{len(before) + 1}"
    same = [f for f in facts if f.kind is kind and f.key.partition("/")[0] == base]
    last = same[-1] if same else None
    if kind is EventKind.CORRECTION and last is not None and dict(last.data) == dict(payload):
        return last.key
    return f"{base}/{len(same) + 1}" if same else base


def _use_mandate(store: Store, case: CaseRow, *, today: date, at: datetime, actor: str) -> None:
    """A mandate signed before the word was given serves the case at once."""
    mandate = store.valid_mandate(case.practitioner, today)
    if mandate is not None:
        store.add_event(
            case.id, EventKind.MANDATE_SIGNED, key=mandate.id, day=today, at=at, actor=actor, proof=mandate.document,
            data={"mandate": mandate.id, "until": mandate.until.isoformat()},
        )  # fmt: skip


def _never_again(store: Store, case: CaseRow, *, today: date, at: datetime, actor: str) -> None:
    listings = {f["listing"] for f in findings_of(store.facts(case.id))}
    for match, fields in store.matches():
        if match.practitioner == case.practitioner and match.listing in listings:
            store.add_judgement(match.listing, match.practitioner, fields, Word.OTHER, day=today, at=at, actor=actor)


# -- the practitioner's answer to the question -------------------------------------------------------------------------


_WORDS = {
    EventKind.LISTING_CONFIRMED_BY_KINE: Said.NOT_AGREED,
    EventKind.AUTHORISED: Said.AGREED,
    EventKind.NOT_ME: Said.NOT_ME,
    EventKind.ANSWERED: Said.TALK,
}
"""The events that are the person's own word -> what it says where the event does not say it."""


def _said(fact: Fact) -> Said:
    return Said(fact.data.get("said", _WORDS[fact.kind]))


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
    name = store.practitioner(case.practitioner).full_name
    for sentence in situation:
        if broken := refused_reason(sentence, name):
            raise BadInput(
                f"« {sentence} » ne pourrait pas figurer dans un courrier : {broken} Rien n’est enregistré : corrigez "
                "--situation et relancez la commande."
            )
    said_before = [f for f in effective(store.facts(case.id)) if f.kind in _WORDS]
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
    return _append(store, vault, case, kind, data, proof, day=day, today=today, at=at, actor=actor)


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
    today: date,
    at: datetime,
    actor: str,
) -> str:
    """Record a request sent by hand before, with its text and proof, and return its case: a new one, or the open one.

    The practitioner wrote it, so the listing is theirs; the clock runs from the receipt when it is proven. The same
    letter for the same listing again returns the case that is there. A case that noticed the listing before it was
    told of the letter takes it over, that day; Refused once a request of ours is on its way.
    """
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
        # The events of a case that is already open fall on the day it is told; the letter keeps its own dates.
        common: dict[str, Any] = {"day": today if taken_over else sent_on, "at": at, "actor": actor}
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
        if received_on is not None:
            data["received_on"] = received_on.isoformat()
        store.add_event(case_id, EventKind.PRIOR_REQUEST_RECORDED, key=text[:32], proof=shown, data=data, **common)
    return case_id
