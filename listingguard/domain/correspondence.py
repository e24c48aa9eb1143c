"""Which letters a case calls for, and what each is made of: from the case's facts alone, and what a person ticks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from listingguard.domain.case import (
    AT_CNIL,
    LATE,
    PRESUMED_AFTER_DAYS,
    EventKind,
    State,
    Status,
    effective,
)
from listingguard.domain.case import Fact as CaseFact
from listingguard.domain.deadline import Basis
from listingguard.domain.explain import at_latest, receipt_proof
from listingguard.domain.french import PARIS, french_day
from listingguard.domain.letter import (
    QUESTIONS,
    Addressee,
    AnswerExtensionFields,
    AnswerIdenticalFields,
    AnswerIdentityFields,
    AnswerNotDoneFields,
    AnswerPartialFields,
    AnswerPrecisionFields,
    AnswerRefusalFields,
    Argument,
    Earlier,
    Fields,
    GroundLine,
    Kind,
    ListedPage,
    Mixup,
    Precision,
    RectificationFields,
    RelistingFields,
    ReminderFields,
    RequestFields,
    Sender,
    SourceFields,
    TakenBack,
    WithdrawalFields,
)
from listingguard.domain.letter.own_words import inside_quotes, quoted, whole
from listingguard.domain.listing import Trait
from listingguard.domain.names import fold
from listingguard.domain.next_step import replied
from listingguard.domain.practitioner import Practitioner
from listingguard.errors import Refused

REQUESTS = frozenset({Kind.REQUEST, Kind.RELISTING, Kind.COVER})
"""The letters that move a case when they are approved and sent; all others have a state of their own.

A cover is the request of each case it has an annex for: approved in each, and each keeps its own clock.
"""

TAKES_BACK = frozenset({Kind.WITHDRAWAL, Kind.RECTIFICATION})
"""What may still be written once a case is closed, or an agreement turned up."""

_FIRST = frozenset({State.DRAFTED, State.SENT, State.RUNNING})
"""Where a request leaves for the first time, or by a second channel before anything was answered."""


def departure(kind: Kind, state: State) -> EventKind:
    """Return the event by which a letter leaves a case that stands there.

    A request sent once more where the platform asks for another channel moves nothing (the law page, part 8, wrong_channel:
    open -> same): it is kept as any other letter.
    """
    if kind in QUESTIONS:
        return EventKind.ASKED
    over = LATE | AT_CNIL | {State.ERASED}
    return EventKind.LETTER_SENT if kind not in REQUESTS or state in over - _FIRST else EventKind.REQUEST_SENT


AFTER_A_REQUEST = (
    Kind.SOURCE, Kind.REMINDER, Kind.ANSWER_IDENTITY, Kind.ANSWER_REFUSAL, Kind.ANSWER_EXTENSION, Kind.ANSWER_IDENTICAL,
    Kind.ANSWER_NOT_DONE, Kind.ANSWER_PARTIAL, Kind.ANSWER_PRECISION, Kind.WITHDRAWAL, Kind.RECTIFICATION,
)  # fmt: skip

NO_AGREEMENT = (
    "Aucune offre n’a été souscrite auprès de ce site ; aucune fiche n’y a été créée, revendiquée ou modifiée par la "
    "personne concernée, ni par un tiers chargé de le faire en son nom."
)
"""The practitioner's own declaration, in no one's voice: a letter may be signed by the kiné or by a council."""

WRONG_BOOKINGS = (
    "La page propose de prendre rendez-vous en ligne, service auquel la personne concernée n’a pas souscrit : un patient "
    "peut s’y inscrire sans que le cabinet en soit averti."
)

_CHANNELS = {
    "email": "courriel", "lrar": "lettre recommandée avec avis de réception",
    "lre": "lettre recommandée électronique qualifiée", "form": "formulaire en ligne", "hand": "remise en main propre",
}  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """One fact of the person's situation (art. 21(1)) that the program proposes: a person ticks it or leaves it out.

    sentence: whole, in no one's voice. source: the event or the page it comes from, in French.
    """

    code: str
    sentence: str
    source: str


@dataclass(frozen=True)
class Proposal:
    """A letter that fits where the case stands today, and why. reply: the event it answers, None where it answers none."""

    kind: Kind
    why: str
    reply: CaseFact | None = None


@dataclass(frozen=True)
class Ticked:
    """What a person adds to the facts when writing: boxes of the letter, and words of the platform's own message.

    arguments: what the platform says, to be answered. wrong: kinds of data that are another person's. doubt: the
    platform's own words where it gives reasons to doubt the identity; supplied: what is sent to lift that doubt.
    copy: whether it asks for a copy of an identity document, None: as its message reads. said: the platform's own words,
    to be quoted. points: what it asks to be told again, beside the pages. their_reference: « V/Réf. ». copies: who
    receives a copy, one « Copie : » line each; to hand it to them is that person's business.
    """

    arguments: tuple[Argument, ...] = ()
    wrong: tuple[str, ...] = ()
    doubt: str = ""
    supplied: tuple[str, ...] = ()
    copy: bool | None = None
    said: str = ""
    points: tuple[Precision, ...] = ()
    their_reference: str = ""
    copies: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return all that a person said, by field, as an event keeps it and compares it; empty where nothing was."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {n: [*v] if isinstance(v, tuple) else v for n, v in said.items() if v not in ("", (), None)}


@dataclass(frozen=True)
class Material:
    """All that a letter of one case may be made of, on the day it is written.

    pages: each page by its first capture; copies: every capture of them, oldest first. gone: address -> the day of its
    latest good reading, where that one found no page any more. opened_once: the person once opened or edited a page
    there. before: what happened in the case this one continues; earlier: its request.
    """

    reference: str
    day: date
    place: str
    sender: Sender
    addressee: Addressee
    platform_name: str
    signatory: str
    delegated_by: str
    attachments: tuple[str, ...]
    person: Practitioner
    represented: bool
    mandate_day: date | None
    facts: Sequence[CaseFact]
    now: Status
    pages: tuple[ListedPage, ...]
    copies: tuple[ListedPage, ...]
    grounds: tuple[GroundLine, ...]
    situation: tuple[str, ...]
    traits: frozenset[Trait]
    gone: Mapping[str, date] = field(default_factory=dict)
    opened_once: bool = False
    before: Sequence[CaseFact] = ()
    earlier: Earlier | None = None
    registered_number: str = ""
    ticked: Ticked = field(default_factory=Ticked)

    @property
    def latest(self) -> tuple[ListedPage, ...]:
        """Return each page by its latest capture."""
        last = {page.url: page for page in self.copies}
        return tuple(last.get(page.url, page) for page in self.pages)

    def shown_since(self, day: date) -> tuple[ListedPage, ...]:
        """Return the captures made from that day on of the pages that are still there, as far as was read."""
        taken = [(page, page.captured_at.astimezone(PARIS).date()) for page in self.copies]
        last = {page.url: seen for page, seen in taken}
        return tuple(
            page
            for page, seen in taken
            if seen >= day and (page.url not in self.gone or self.gone[page.url] < last[page.url])
        )

    def frame(self) -> dict[str, Any]:
        """Return what stands around the words of every letter about one person."""
        return {
            "reference": self.reference, "day": self.day, "place": self.place, "sender": self.sender,
            "addressee": self.addressee, "platform_name": self.platform_name, "signatory": self.signatory,
            "delegated_by": self.delegated_by, "attachments": self.attachments,
            "copies": self.ticked.copies,
            "registered_number": self.registered_number, "their_reference": self.ticked.their_reference,
            "practitioner_name": self.person.full_name, "civility": self.person.civility,
            "rpps": self.person.rpps or "", "represented": self.represented, "mandate_day": self.mandate_day,
        }  # fmt: skip


# -- the person's situation --------------------------------------------------------------------------------------------


def reasons(
    facts: Iterable[CaseFact], pages: Mapping[str, frozenset[Trait]], *, opened: bool, represented: bool
) -> tuple[Reason, ...]:
    """Return the facts of the person's situation that the case holds, in the order they are pleaded, each once.

    pages: each captured page, in French -> its traits. opened: the person said they once opened or edited a page, and
    does not declare the contrary: only their own reasons stand. represented: somebody writes for them, and quotes them.
    """
    said: list[tuple[str, str]] = []
    word: CaseFact | None = None
    for fact in effective(facts):
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE:
            word = word or fact
        if fact.kind in (EventKind.LISTING_CONFIRMED_BY_KINE, EventKind.ANSWERED):
            said += [(str(s), _event(fact)) for s in fact.data.get("situation", ())]
    found = [Reason("no_agreement", NO_AGREEMENT, _event(word))] if word is not None and not opened else []
    bookable = next((page for page, traits in pages.items() if Trait.BOOKABLE in traits), "")
    if bookable:
        found.append(Reason("bookings", WRONG_BOOKINGS, bookable))
    own: dict[str, str] = {}
    for sentence, source in said:
        # What is said twice is pleaded once.
        if sentence not in (NO_AGREEMENT, WRONG_BOOKINGS):
            own.setdefault(sentence, source)
    word_for = quoted if represented else whole
    found += [Reason(f"own_{n}", word_for(sentence), source) for n, (sentence, source) in enumerate(own.items(), 1)]
    return tuple(found)


def _event(fact: CaseFact) -> str:
    return f"événement n° {fact.seq} du {french_day(fact.day)} : {fact.kind.label}"


# -- which letters fit -------------------------------------------------------------------------------------------------


def proposals(
    now: Status, facts: Sequence[CaseFact], *, relisted: bool, page_seen_on: date | None
) -> tuple[Proposal, ...]:
    """Return the letters that fit where a case stands on `now.day`, the most pressing first; often none.

    relisted: the case continues an earlier one. page_seen_on: the day of the latest capture that shows a page.
    """
    told = effective(f for f in facts if f.day <= now.day)
    found: list[Proposal] = []
    last = _last(told)
    if now.state in (State.CONFIRMED, State.MANDATED) or (now.state is State.DRAFTED and now.undelivered):
        kind = Kind.RELISTING if relisted else Kind.REQUEST
        why = (
            "la page est revenue : nouvelle demande, qui cite la première"
            if relisted
            else "aucune demande n’est partie"
        )
        found.append(Proposal(kind, why))
    if now.sent_on is None:
        return tuple(found)
    if now.to_withdraw or now.close_reason is EventKind.WITHDRAWN:
        # A request that left after all, once an earlier one was taken back, is taken back as well.
        left = max((f.seq for f in told if f.kind is EventKind.REQUEST_SENT), default=0)
        written = any(
            f.kind is EventKind.WITHDRAWAL_TOLD
            or (f.kind is EventKind.LETTER_SENT and f.data.get("kind") in TAKES_BACK)
            for f in told
            if f.seq > left
        )
        if not written and now.close_reason is EventKind.NOT_ME:
            found.append(Proposal(Kind.RECTIFICATION, "la demande visait la page d’une autre personne"))
        elif not written:
            found.append(
                Proposal(Kind.WITHDRAWAL, f"{now.close_reason.label if now.close_reason else 'un accord existe'}")
            )
    if now.state in (State.CLOSED, State.ERASED):
        return tuple(found)
    reply = last.get(EventKind.PRECISION_ASKED)
    if reply is not None and not replied(told, now.day):
        found.append(
            Proposal(Kind.ANSWER_PRECISION, "la plateforme demande une précision ; le délai court toujours", reply)
        )
    reply = last.get(EventKind.ID_REQUESTED)
    supplied = last.get(EventKind.ID_SUPPLIED)
    wrote = (f for f in told if f.kind is EventKind.LETTER_SENT and f.data.get("kind") == Kind.ANSWER_IDENTITY.value)
    answered = reply is not None and any(f.day >= reply.day and f.seq > reply.seq for f in wrote)
    if reply is not None and not answered and (supplied is None or supplied.day < reply.day):
        found.append(Proposal(Kind.ANSWER_IDENTITY, "la plateforme demande un justificatif d’identité", reply))
    reply = last.get(EventKind.EXTENSION_NOTIFIED)
    if reply is not None and now.clock is not None and not now.clock.extended:
        found.append(Proposal(Kind.ANSWER_EXTENSION, "la prolongation annoncée ne vaut pas", reply))
    reply = last.get(EventKind.ERASED_CLAIMED)
    if reply is not None and page_seen_on is not None and page_seen_on > reply.day and now.erased_on is None:
        found.append(
            Proposal(Kind.ANSWER_NOT_DONE, f"la page était encore affichée le {french_day(page_seen_on)}", reply)
        )
    reply = last.get(EventKind.REFUSAL)
    if reply is not None:
        found.append(Proposal(Kind.ANSWER_REFUSAL, "la plateforme refuse : une personne coche ce qu’elle dit", reply))
        found.append(Proposal(Kind.ANSWER_IDENTICAL, "si elle dit les demandes identiques ou excessives", reply))
    reply = last.get(EventKind.PARTIAL)
    if reply is not None:
        found.append(Proposal(Kind.ANSWER_PARTIAL, "la plateforme n’a effacé qu’une partie", reply))
    if now.silent:
        found.append(Proposal(Kind.REMINDER, "l’échéance légale est passée sans réponse ; un rappel ne la change pas"))
    if now.state in (State.REFUSED, State.PARTIAL, State.OVERDUE, State.CNIL_READY):
        found.append(Proposal(Kind.SOURCE, "d’où viennent les données, pour agir là où elles se trouvent aussi"))
    return tuple(found)


def ungrounded(kind: Kind, now: Status, facts: Sequence[CaseFact], approved: Mapping[str, Any] | None = None) -> str:
    """Return why what such a letter says of the case is not so on `now.day`, with what to do; "" where it stands.

    Asked before its approval and again before it leaves: nobody is told of an agreement that nobody found, nor answered
    a refusal that was read by mistake. approved: what its approval recorded, None: not approved yet.
    """
    if kind not in AFTER_A_REQUEST:
        return ""
    told = effective(f for f in facts if f.day <= now.day)
    if now.sent_on is None:
        return "une demande partie : rien n’est à retirer, à rectifier ni à rappeler"
    if kind is Kind.WITHDRAWAL:
        found = now.close_reason in _AGREED_AFTER_ALL
        return "" if found else (
            "un accord retrouvé, ou la renonciation de la personne, que le dossier n’a pas : listingguard event add DOSSIER "
            "agreement_found (ou withdrawn) --day JOUR --proof FICHIER"
        )  # fmt: skip
    if kind is Kind.RECTIFICATION:
        mixed = bool(dict((approved or {}).get("ticked", {})).get("wrong"))
        other = now.close_reason is EventKind.NOT_ME
        if (other and not mixed) or (now.state is not State.CLOSED and (mixed or approved is None)):
            return ""
        return (
            "ce que la rectification dit n’est plus au dossier : d’une autre personne (listingguard event add DOSSIER not_me "
            "--day JOUR --proof FICHIER), ou d’une page qui mêle ses données à celles d’une autre, dans un dossier ouvert"
        )
    if kind in _ANSWERS and approved is not None:
        answered = dict(approved.get("answers", {}))
        same = [
            f
            for f in told
            if f.kind is _ANSWERS[kind]
            and (not answered or (f.seq, f.day.isoformat()) == (answered["event"], answered["day"]))
        ]
        if not same:
            return f"ce à quoi ce courrier répond ({_ANSWERS[kind].label}) a été rectifié au dossier : le retirer"
    if kind is Kind.SOURCE:
        return ""
    if now.state is State.ERASED:
        return "le retrait de la page a été observé : il n’y a plus rien à demander"
    if kind is Kind.REMINDER and approved is not None and not now.silent:
        return "le silence que ce rappel constate n’est plus établi : le retirer"
    return ""


_AGREED_AFTER_ALL = frozenset({EventKind.AGREEMENT_FOUND, EventKind.AUTHORISED, EventKind.WITHDRAWN})
"""What closes a case so that the platform may be told that the request is taken back: the page is that person's."""


def _last(facts: Iterable[CaseFact]) -> dict[EventKind, CaseFact]:
    return {fact.kind: fact for fact in facts}


def reply_to(kind: Kind, facts: Sequence[CaseFact]) -> CaseFact | None:
    """Return the platform's message that such a letter answers, the last of its sort; None where there is none."""
    return _last(effective(facts)).get(_ANSWERS[kind]) if kind in _ANSWERS else None


_ANSWERS = {
    Kind.ANSWER_IDENTITY: EventKind.ID_REQUESTED,
    Kind.ANSWER_REFUSAL: EventKind.REFUSAL,
    Kind.ANSWER_IDENTICAL: EventKind.REFUSAL,
    Kind.ANSWER_EXTENSION: EventKind.EXTENSION_NOTIFIED,
    Kind.ANSWER_NOT_DONE: EventKind.ERASED_CLAIMED,
    Kind.ANSWER_PARTIAL: EventKind.PARTIAL,
    Kind.ANSWER_PRECISION: EventKind.PRECISION_ASKED,
}


# -- what each is made of ----------------------------------------------------------------------------------------------


def earlier_request(reference: str, now: Status, facts: Sequence[CaseFact]) -> Earlier | None:
    """Return the request a later letter goes back to; None before one left, or while nothing tells when it arrived."""
    if now.sent_on is None:
        return None
    channels = [channel for _, _, channel in sorted(now.dispatches, key=lambda d: d[1])] or ["email"]
    last = now.sent_on + timedelta(days=PRESUMED_AFTER_DAYS)
    if now.state is State.CLOSED and (now.clock is None or (now.clock.basis is Basis.PRESUMED and now.day < last)):
        # What takes a request back says when it left; it waits neither for its receipt nor for the presumption of it.
        return Earlier(reference, now.sent_on, _CHANNELS.get(channels[0], "courrier"), now.sent_on, "", proven=False)
    if now.clock is None:
        return None
    proven = now.clock.basis is Basis.PROVEN
    basis = (
        f"courriel accepté par le serveur d’envoi et non retourné dans les {PRESUMED_AFTER_DAYS} jours qui ont suivi"
    )
    proof = receipt_proof(now, facts) if proven else None
    latest = at_latest(proof, now.sent_on)
    if proof is not None:
        message = "votre accusé de réception" if proof.kind is EventKind.ACKNOWLEDGED else "votre réponse"
        basis = {
            EventKind.RECEIVED: "avis de réception",
            EventKind.PRIOR_REQUEST_RECORDED: "preuve remise par la personne concernée",
        }.get(
            proof.kind, f"{message} {'de ce jour' if proof.day == now.clock.receipt else f'du {french_day(proof.day)}'}"
        )
    channel = _CHANNELS.get(channels[0], "courrier")
    return Earlier(reference, now.sent_on, channel, now.clock.receipt, basis, proven, latest)


def fields_of(kind: Kind, m: Material) -> Fields:
    """Return what the letter is made of; Refused where the case does not hold what it needs."""
    frame = m.frame()
    if kind in REQUESTS:
        request = {
            **frame, "pages": m.pages, "grounds": m.grounds, "situation": m.situation, "bare": not m.traits,
            "opened_once": m.opened_once,
        }  # fmt: skip
        if kind is Kind.REQUEST:
            return RequestFields(**request)
        verified = [f for f in m.before if f.kind is EventKind.ERASED_VERIFIED]
        days = tuple(sorted({date.fromisoformat(str(d)) for f in verified for d in f.data.get("absent_on", ())}))
        return RelistingFields(**request, earlier=_earlier(m), absent_on=days)
    if kind is Kind.SOURCE:
        return SourceFields(**frame, pages=m.latest, asked_on=m.now.sent_on)
    if kind is Kind.RECTIFICATION:
        wrong_person = m.now.close_reason is EventKind.NOT_ME
        return RectificationFields(
            **frame, mixup=Mixup.OTHER_PERSON if wrong_person else Mixup.MIXED_PAGE, pages=m.pages,
            wrong=m.ticked.wrong, earlier=m.earlier if wrong_person else None,
        )  # fmt: skip
    if kind is Kind.WITHDRAWAL:
        person = m.now.close_reason is EventKind.WITHDRAWN
        return WithdrawalFields(**frame, earlier=_earlier(m), why=TakenBack.PERSON if person else TakenBack.AGREEMENT)
    if kind is Kind.REMINDER:
        return _reminder(m, frame)
    reply = reply_to(kind, m.facts)
    if reply is None:
        wanted = _ANSWERS[kind].label if kind in _ANSWERS else ""
        raise Refused(
            f"« {kind.label} » répond à un message de la plateforme, que le dossier n’a pas.",
            [f"{wanted} : listingguard event add {m.reference} {_ANSWERS[kind].value} --day JOUR --proof FICHIER"]
            if wanted
            else [],
        )
    return _answer(kind, m, {**frame, "earlier": _earlier(m), "reply_day": reply.day}, reply)


def _reminder(m: Material, frame: dict[str, Any]) -> ReminderFields:
    clock = m.now.clock
    if clock is None:
        raise Refused("Il n’y a pas de délai à rappeler.", ["la preuve ou la présomption de la réception"])
    told = _last(effective(m.facts))
    acknowledged, extended = told.get(EventKind.ACKNOWLEDGED), told.get(EventKind.EXTENSION_NOTIFIED)
    return ReminderFields(
        **frame, earlier=_earlier(m), due=clock.legal.due, pages=m.latest,
        acknowledged_on=acknowledged.day if acknowledged else None,
        extended_on=extended.day if extended and clock.extended else None,
    )  # fmt: skip


def _answer(kind: Kind, m: Material, frame: dict[str, Any], reply: CaseFact) -> Fields:
    ticked = m.ticked
    if kind is Kind.ANSWER_IDENTITY:
        read = fold(str(reply.data.get("text", "")))
        copy = any(word in read for word in ("copie", "carte", "passeport", "permis", "cni", "scan"))
        home = next((p for p in m.person.practices if p.private), None)
        place = next((p for p in m.person.practices if not p.private and (p.street or p.town)), None)
        lines = (place.street, f"{place.postcode} {place.town}".strip()) if place and not home else ()
        return AnswerIdentityFields(
            **frame, asks_copy=copy if ticked.copy is None else ticked.copy, doubt=ticked.doubt,
            supplied=ticked.supplied, practice=tuple(line for line in lines if line),
        )  # fmt: skip
    if kind is Kind.ANSWER_REFUSAL:
        order = tuple(a for a in Argument if a in ticked.arguments)
        return AnswerRefusalFields(**frame, arguments=order, pages=m.latest)
    if kind is Kind.ANSWER_IDENTICAL:
        return AnswerIdenticalFields(**frame, pages=m.latest, situation=m.situation)
    if kind is Kind.ANSWER_EXTENSION:
        clock = m.now.clock
        if clock is None or clock.extended:
            raise Refused("Cette prolongation est valable : rien n’est à contester.")
        return AnswerExtensionFields(
            **frame, due=clock.legal.due, received_on=reply.day, reasoned=bool(reply.data.get("reasoned"))
        )
    if kind is Kind.ANSWER_PRECISION:
        points = tuple(p for p in Precision if p in ticked.points)
        return AnswerPrecisionFields(
            **frame, pages=m.pages, said=inside_quotes(ticked.said), points=points,
            situation=m.situation if Precision.REASONS in points else (),
        )  # fmt: skip
    # « reste affichée » is said of no page that a later reading found gone.
    seen = m.shown_since(reply.day)
    if kind is Kind.ANSWER_PARTIAL:
        # Each page by its last reading: what an earlier one showed may be what was erased.
        order = tuple(a for a in Argument if a in ticked.arguments)
        still = tuple({page.url: page for page in seen}.values())
        return AnswerPartialFields(**frame, arguments=order, pages=still, said=inside_quotes(ticked.said))
    return AnswerNotDoneFields(**frame, readings=seen)


def _earlier(m: Material) -> Earlier:
    if m.earlier is None:
        raise Refused(
            "Aucune demande antérieure n’est datée : le courrier ne pourrait dire ni son envoi ni sa réception.",
            [f"la preuve de la réception : listingguard event add {m.reference} received --day JOUR --proof FICHIER"],
        )
    return m.earlier
