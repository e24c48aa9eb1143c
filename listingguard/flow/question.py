"""Cases -> the question to the practitioner and its reminders: written, frozen, put in the outbox; sending is dispatch's.

Nobody writes to a platform before the practitioner's own word. The question leaves by a person's command; reminders
follow from the state alone and stop at the first answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Protocol

from listingguard.domain.agreement import attested_on
from listingguard.domain.case import EARLY, LATE, Acting, State, Status, findings_of
from listingguard.domain.french import listed
from listingguard.domain.letter import QUESTIONS, Addressee, Kind, ListedPage, QuestionFields, Sender
from listingguard.domain.listing import Listing
from listingguard.domain.practitioner import Practitioner, verdict
from listingguard.domain.question import reminder_due, silent_because
from listingguard.domain.record import CaptureRow, CaseRow, DispatchRow, DispatchState, LetterRow, Sort
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

READER = "le secrétariat du conseil et par la personne qui signe ce courrier"
"""Who reads the answer, as the question says it: « Votre réponse est lue par … »."""

EMAIL, POST = "email", "post"
"""By which channel a question leaves."""

_MAY_ASK = EARLY | LATE
"""A page that joins a case later is asked about for as long as a request may still be written about it."""

LISTED = Callable[[Listing, CaptureRow], ListedPage]
"""How a captured page is described (flow/letter)."""


class Office(Protocol):
    """Who writes, and the tools of the trade, as flow/letter has them."""

    @property
    def sender(self) -> Sender:
        """Who signs, and where the answer goes."""

    @property
    def place(self) -> str:
        """Where it is signed."""

    @property
    def signatory(self) -> str:
        """Name and quality."""

    @property
    def from_address(self) -> str:
        """The envelope and From address."""

    @property
    def renderer(self) -> Renderer:
        """Text and PDF."""

    @property
    def build(self) -> Callable[..., EmailMessage]:
        """See edge/mail."""

    @property
    def as_sent(self) -> Callable[[EmailMessage], bytes]:
        """See edge/mail."""


@dataclass(frozen=True)
class Enclosure:
    """The copy of the page that goes with the question. title: its « P.J. » line.

    flagged: what of others a second reading still sees in it, French nouns with their article; then a person reads it first.
    capture: of which page it is the copy.
    """

    name: str
    data: bytes
    mime: str
    title: str
    flagged: tuple[str, ...] = ()
    capture: str = ""


@dataclass(frozen=True)
class Asking:
    """Where the question of one case stands. kind: what would leave now, None: nothing. why: why not, or empty.

    letters: what was written to the practitioner so far, each with its dispatch. due: the day of the next reminder.
    """

    case: CaseRow
    person: Practitioner
    status: Status
    letters: tuple[tuple[LetterRow, DispatchRow], ...]
    kind: Kind | None
    due: date | None
    why: str


def asking(store: Store, case: CaseRow, today: date) -> Asking:
    """Return where the question of a case stands on a day; a pure look."""
    now, person = store.status(case.id, today), store.practitioner(case.practitioner)
    sent = {row.letter: row for row in store.dispatches(case.id)}
    letters = tuple((row, sent[row.id]) for row in store.letters(case.id) if row.kind in QUESTIONS and row.id in sent)
    # Once answered, a page that joined since is a question of its own, with its own reminders.
    asked = now.asked_on if now.question_open else ()
    due = reminder_due(asked)
    why = _why_silent(store, case, person, now, letters, today)
    kind: Kind | None = None
    if not why and not asked:
        kind = Kind.QUESTION
    elif not why and due is None:
        why = "la question et ses rappels sont partis : une personne appelle"
    elif not why and due is not None and due > today:
        why = "le prochain rappel n’est pas encore dû"
    elif not why:
        kind = Kind.QUESTION_REMINDER
    return Asking(case, person, now, letters, kind, due, why)


def _why_silent(
    store: Store,
    case: CaseRow,
    person: Practitioner,
    now: Status,
    letters: Sequence[tuple[LetterRow, DispatchRow]],
    today: date,
) -> str:
    """Return why nothing may be asked in this case, whatever the day says; empty: one may."""
    if store.rules.acting is Acting.SELF:
        return "qui agit pour soi-même n’a pas de question à se poser : listingguard question answer"
    if now.answer is not None or not (now.state is State.DETECTED or (now.unasked and now.state in _MAY_ASK)):
        return "le praticien a répondu, ou le dossier est clos"
    if any((person.id, site) in store.left_alone() for site in (case.platform, *_sites(store, case))):
        return "la personne a demandé que rien ne soit cherché d’elle sur ce site"
    told = verdict(store.authorisations(person.id), person.id, case.platform, today)
    # What was answered before a page joined is read, and no answer about it.
    replies = store.unread_replies(case.id) if now.unasked else store.replies(case.id)
    replied = any(reply.sort is Sort.REPLY for reply in replies)
    why = silent_because(
        person, store.watches().get(person.id), told, held=now.held, answered=replied, contested=store.contested(case)
    )
    standing = [row for _, row in letters if row.state not in (DispatchState.SENT, DispatchState.FAILED)]
    return why or (f"l’envoi {standing[-1].id} est « {standing[-1].label} »" if standing else "")


def _sites(store: Store, case: CaseRow) -> tuple[str, ...]:
    return tuple(str(f["listing"]).partition(":")[0] for f in findings_of(store.facts(case.id)))


def prepare(
    store: Store,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    each: Asking,
    listed_page: LISTED,
    *,
    today: date,
    enclosures: Sequence[Enclosure] = (),
    post: bool = False,
) -> QuestionFields:
    """Return the question as it would leave today. post: by letter, so that an address is needed; never a home's."""
    case, person = each.case, each.person
    pages = []
    for key in dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case.id))):
        captures = store.captures(key)
        if captures:
            pages.append(listed_page(store.listing(key), captures[-1]))
    record = controllers.get(case.controller, {})
    return QuestionFields(
        reference=case.id,
        day=today,
        place=office.place,
        sender=office.sender,
        addressee=Addressee(person.full_name, "", _postal(person) if post else ()),
        practitioner_name=person.full_name,
        civility=person.civility,
        platform_name=str(record.get("platform_name") or case.platform),
        pages=tuple(pages),
        reader=READER,
        asked_on=each.status.asked_on[0] if each.kind is Kind.QUESTION_REMINDER else None,
        no_contract=attested_on(
            store.authorisations(person.id), person.id, case.platform, today, store.contract_registers()
        ),
        signatory=office.signatory,
        attachments=tuple(e.title for e in enclosures),
    )


def _postal(person: Practitioner) -> tuple[str, ...]:
    place = next((p for p in person.practices if not p.private and p.until is None and p.town), None)
    return tuple(line for line in (place.name, place.street, f"{place.postcode} {place.town}") if line) if place else ()


def channel_of(person: Practitioner, wanted: str = "") -> str:
    """Return by which channel someone can be asked: what is wanted, else e-mail, else post; Refused when by none."""
    channel = wanted or (EMAIL if person.email else POST)
    if channel == EMAIL and not person.email:
        raise Refused(
            f"Le tableau n’a pas de courriel pour {person.full_name}.",
            [f"le noter (listingguard roster set {person.id} …), ou écrire par la poste : --channel post"],
        )
    if channel == POST and not _postal(person):
        raise Refused(
            f"Le tableau n’a pas d’adresse professionnelle pour {person.full_name} ; une adresse personnelle ne s’imprime pas.",
            [f"un courriel ou une adresse de cabinet : listingguard roster set {person.id} …"],
        )
    return channel


def unread_copies(case: str, enclosures: Sequence[Enclosure]) -> list[str]:
    """Return what a person does before these copies leave, each with its command; empty where nothing of others is seen."""
    flagged = [each for each in enclosures if each.flagged]
    if not flagged:
        return []
    return [
        *(
            f"relire la copie, qui paraît encore contenir {listed(each.flagged)} : listingguard capture export "
            f"{each.capture} --masked"
            for each in flagged
        ),
        f"si rien n’y concerne autrui : listingguard question send {case} --copy-read",
        f"sinon, sans la copie : listingguard question send {case} --no-capture",
    ]


def ask(
    store: Store,
    vault: Vault,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    listed_page: LISTED,
    *,
    enclosures: Sequence[Enclosure] = (),
    copies_read: bool = False,
    channel: str = "",
    today: date,
    at: datetime,
    actor: str,
) -> LetterRow:
    """Freeze the question, or the reminder that is due, put it in the outbox and return it; dispatch sends it.

    copies_read: `actor` read the enclosed copies whole, and nothing in them concerns anybody else. What is already
    written and not yet settled is never written again. Raises Refused with why nothing may leave.
    """
    each = asking(store, case, today)
    if each.kind is None:
        raise Refused(f"Dossier {case.id} : aucune question ne part.", [each.why])
    by = channel_of(each.person, channel)
    if not copies_read and (to_read := unread_copies(case.id, enclosures)):
        raise Refused(f"Dossier {case.id} : la question ne part pas avec une copie que personne n’a relue.", to_read)
    fields = prepare(store, office, controllers, each, listed_page, today=today, enclosures=enclosures, post=by == POST)
    text = office.renderer.text(each.kind.value, fields)
    pdf = office.renderer.pdf(each.kind.value, fields, day=today)
    sequence = len([row for row, _ in each.letters if row.kind == each.kind.value]) + 1
    letter = f"{case.id}/{each.kind.value}/{sequence}"
    row = LetterRow(
        letter, case.id, each.kind.value, sequence, office.renderer.template_version(each.kind.value),
        vault.put(text.encode()), vault.put(pdf), actor, today,
    )  # fmt: skip
    if by == EMAIL:
        domain = office.from_address.rpartition("@")[2]
        message_id = f"<{letter.replace('/', '.').lower()}.{secrets.token_hex(8)}@{domain}>"
        message = office.build(
            sender_name=office.sender.name,
            sender=office.from_address,
            recipient=each.person.email,
            subject=f"[{case.id}] {'Rappel : u' if fields.asked_on else 'U'}ne page à votre nom sur {fields.platform_name}",
            text=text,
            # By the very PDF it carries, a copy of what left is known for ours, whatever program sent it.
            attachments=[
                (f"{case.id}-question.pdf", pdf, "application/pdf"),
                *((e.name, e.data, e.mime) for e in enclosures),
            ],
            message_id=message_id,
            date=at,
            headers={},
        )
        dispatch = DispatchRow(
            f"{letter}/{EMAIL}", letter, case.id, EMAIL, each.person.email, office.from_address, message_id,
            vault.put(office.as_sent(message)), DispatchState.QUEUED, today, "",
        )  # fmt: skip
    else:
        to = ", ".join((fields.addressee.name, *fields.addressee.lines))
        # A person prints and posts it: its very bytes are those of the PDF.
        dispatch = DispatchRow(
            f"{letter}/{POST}", letter, case.id, POST, to, office.sender.name, f"{letter}/{POST}", row.pdf,
            DispatchState.DRAFT, today, "",
        )  # fmt: skip
    with store.tx("question.ask"):
        # Asked again inside the unit: another command may have written it since.
        if asking(store, case, today).kind is not each.kind:
            raise BadInput(f"Dossier {case.id} : une autre commande vient d’écrire cette question.")
        store.add_letter(row, at=at)
        store.add_dispatch(dispatch, at=at)
    return row


def reminders_due(store: Store, today: date) -> tuple[Asking, ...]:
    """Return the cases in which the program itself may remind that day: by e-mail, to the address it was asked at.

    One by post, or after a message that did not arrive, is a person's task.
    """
    found = []
    for each in (asking(store, store.case(case), today) for case in store.awake(today, remind=True)):
        last = each.letters[-1][1] if each.letters else None
        arrived = last is not None and last.channel == EMAIL and last.state is DispatchState.SENT
        if each.kind is Kind.QUESTION_REMINDER and arrived and last is not None and last.recipient == each.person.email:
            found.append(each)
    return tuple(found)


def remind_due(
    store: Store,
    vault: Vault,
    office: Office,
    controllers: Mapping[str, Mapping[str, Any]],
    listed_page: LISTED,
    *,
    today: date,
    at: Callable[[], datetime],
    actor: str,
) -> tuple[LetterRow, ...]:
    """Put every reminder of `reminders_due` in the outbox and return them; the same day again, none. It encloses nothing."""
    return tuple(
        ask(store, vault, office, controllers, each.case, listed_page, channel=EMAIL, today=today, at=at(), actor=actor)
        for each in reminders_due(store, today)
    )
