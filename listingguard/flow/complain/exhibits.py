"""The exhibits of one case, numbered in the order a reader meets them, each in its part."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.annex import annex
from listingguard.domain.capture import Origin, artefact, basis_of, kind_of, one_line, picture
from listingguard.domain.case import REPLIES, Acting, Clock, EventKind, Status, effective
from listingguard.domain.case import Fact as CaseFact
from listingguard.domain.correspondence import AFTER_A_REQUEST, REQUESTS, TAKES_BACK
from listingguard.domain.event import canonical
from listingguard.domain.french import NBSP, french_day, typography
from listingguard.domain.letter import (
    AttestationFields,
    Exhibit,
    HiddenLine,
    Kind,
    SealedFile,
    SendingFields,
    Standing,
    WithheldLine,
)
from listingguard.domain.listing import Outcome, canonical_url
from listingguard.domain.names import fold
from listingguard.domain.pack import (
    PLACES,
    READ,
    Place,
    Role,
)
from listingguard.domain.places import spoken
from listingguard.domain.practitioner import Mandate, Practitioner, sent_contracts
from listingguard.domain.record import REGISTERED, CaptureRow, CaseRow, DispatchRow, DispatchState, ReadingRow, Sort
from listingguard.domain.service import ELECTRONIC, ProofType
from listingguard.flow.complain.papers import (
    accepted,
    kept_back,
    keys_of,
    own_mail,
    own_papers,
    sent_by_hand_on,
    suffix_of,
)
from listingguard.flow.complain.placing import Placing
from listingguard.flow.complain.writer import Attesting, Leaving, Writer

if TYPE_CHECKING:
    from listingguard.edge.sheet import Laid
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

REQUEST_TITLE = "Demande d’opposition et d’effacement"

ANNEX = "Annexe : comment les pages ont été lues"

_OTHERS = frozenset({"review", "reviewer", "person", "contact", "number", "address", "private"})
"""What a masked copy has lost because it concerns somebody, of `edge.needle.What`; the rest is code and decoration."""

_ORIGINALS = (
    ("data.warc.gz", "archive WARC, réponse du site et en-têtes"),
    ("page.mhtml", "page entière en un fichier (MHTML)"),
)

_NOT_TOLD = "relevée, non communiquée ici"

_STAFF_WHY = "Elle nomme une personne qui travaille au conseil."

_NOTICES = frozenset({ProofType.DSN_DELIVERED, ProofType.DSN_FAILED, ProofType.DSN_DELAYED, ProofType.RELAYED})
"""What a mail server says afterwards of a message it took over."""

_LEFT = _NOTICES | {
    ProofType.DEPOSITED, ProofType.PRESENTED, ProofType.SIGNED, ProofType.HANDED_OVER, ProofType.REFUSED,
    ProofType.UNCLAIMED, ProofType.NOT_AT_ADDRESS, ProofType.LRE_RECEIVED, ProofType.LRE_NEGLECTED,
    ProofType.FORM_CONFIRMATION,
}  # fmt: skip
"""What proves, from another hand, that a request left."""


@dataclass
class _Exhibits:
    """The exhibits in the order they are numbered; the same document is one exhibit."""

    exhibit_name: Callable[[int, str, str], str]
    rows: list[Exhibit] = field(default_factory=list)
    data: dict[int, bytes] = field(default_factory=dict)
    origins: dict[int, str] = field(default_factory=dict)
    views: dict[int, Callable[[], tuple[Laid, ...]]] = field(default_factory=dict)

    def shown(self, number: int) -> tuple[Laid, ...]:
        """Return what shows an exhibit, where its own bytes do not; waits for what is still being laid out."""
        return self.views[number]() if number in self.views else ()

    def add(
        self, data: bytes, title: str, origin: str, day: date | None, *, told: str = "", confidential: bool = False
    ) -> int:
        """Return the number of an exhibit. told: what the list says of it behind its title."""
        sha = sha256(data).hexdigest()
        for row in self.rows:
            if (row.sha256, row.day) == (sha, day):
                return row.number
        number = len(self.rows) + 1
        name = self.exhibit_name(number, title, suffix_of(data))
        self.rows.append(Exhibit(number, f"{title}{told}", name, sha, day, confidential))
        self.data[number], self.origins[number] = data, origin
        return number


class Gathered:
    """The exhibits of one case, each put in its part, and how the person is reached."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        writer: Writer,
        record: Mapping[str, Any],
        case: CaseRow,
        today: date,
        attesting: Attesting | None = None,
    ) -> None:
        self.store, self.vault, self.writer, self.case, self.today = store, vault, writer, case, today
        self.record = record
        self.raw_facts = store.facts(case.id)
        self.facts = effective(self.raw_facts)
        self.now: Status = store.status(case.id, today)
        clock = self.now.clock
        assert clock is not None  # the guard asked for a receipt
        self.clock: Clock = clock
        self.person: Practitioner = store.practitioner(case.practitioner)
        self.placing = Placing(store, vault, writer, record, case, self.person, self.raw_facts)
        self.writer = self.placing.writer
        self.set_aside: dict[int, str] = {}
        self.read: set[int] = set()
        self.copies: set[int] = set()
        self.exhibits = _Exhibits(writer.exhibit_name)
        self.sheets: list[tuple[int, CaptureRow, Leaving]] = []
        # Pages are laid out beside, while the next captures are read for what they tell of others; by two, as this one
        # then waits for them.
        self.beside = ThreadPoolExecutor(2, "layout")
        self._laid_out: dict[tuple[str, bool], Future[Laid]] = {}
        self.sources: dict[str, int] = {}
        self.accepted: dict[int, int] = {}
        self.whole: dict[int, tuple[bytes, str]] = {}
        self.hidden: list[HiddenLine] = []
        self.withheld: list[WithheldLine] = []
        self.sealed: list[SealedFile] = []
        self.of_event: dict[int, tuple[int, ...]] = {}
        # The exhibits that are the request itself, each with the dispatches by which it left.
        self.requests: dict[int, frozenset[str]] = {}
        self.of_capture: dict[str, int] = {}
        # The days on which a page was read as absent between its captures, each with the exhibits that show it.
        self.absent: dict[date, tuple[int, ...]] = {}
        self.earlier_exhibits: tuple[int, ...] = ()
        self.mandate: Mandate | None = (
            store.valid_mandate(case.practitioner, today) if store.rules.acting is Acting.COUNCIL else None
        )
        # What nobody proves is somebody's word: the person's own, in what they sign; else the mandatary's.
        self.said = Standing.REPORTED if self.mandate else Standing.DECLARED
        self.ours = own_papers(store, case, self.facts)
        self.attesting = attesting
        self.mandate_exhibits: tuple[int, ...] = ()
        self.attestation_exhibits: tuple[int, ...] = ()
        self.notice_exhibits: tuple[int, ...] = ()
        # A page that came back has a case of its own, which begins with the page as it came back.
        self.continues = str(self.raw_facts[0].data.get("continues", "")) if self.raw_facts else ""
        self.since = self.raw_facts[0].day if self.continues else date.min
        self.captures = [capture for key in keys_of(self.raw_facts) for capture in self.captures_of(key)]
        self._collect()

    @property
    def platform(self) -> str:
        """Return the brand under which the site is known."""
        return str(self.record.get("platform_name") or self.case.platform)

    @property
    def head(self) -> tuple[str, date, str, str]:
        """Return what every document of the dossier begins with."""
        return self.case.id, self.today, self.person.full_name, self.platform

    # -- exhibits ----------------------------------------------------------------------------------------------

    def _add(self, role: Role, sha: str, title: str, origin: str, day: date | None) -> int:
        data = self.vault.get(sha)
        mandates = {m.document for m in self.store.mandates(self.case.practitioner)}
        # A request carries the mandate; its copy for everybody does not.
        copy = self.writer.without(data, mandates) if mandates and suffix_of(data) == ".eml" else None
        if copy is None:
            self.sources[sha] = number = self._add_bytes(role, data, title, origin, day)
            return number
        self.sources[sha] = number = self._add_bytes(role, copy, f"{title} (sans le mandat joint)", origin, day)
        self.whole[number] = (data, title)
        line = WithheldLine(number, f"{title}, avec le mandat joint", *_told(PLACES[Role.MANDATE]), sha)
        if line not in self.withheld:
            self.withheld.append(line)
            what = ("Mandat joint au message : 1 retrait. Il porte la signature et les coordonnées de la personne.",)
            self.hidden.append(HiddenLine(number, title[0].lower() + title[1:], what))
        return number

    def _add_bytes(self, role: Role, data: bytes, title: str, origin: str, day: date | None) -> int:
        """Number a document and put it in its part: the rule's, or the confidential one where it tells of a home."""
        place, why = self.placing.of_paper(role, data)
        known = len(self.exhibits.rows)
        confidential = place is not Place.COMMUNICABLE
        number = self.exhibits.add(data, title, origin, day, confidential=confidential)
        if confidential and number > known:
            sha = self.exhibits.rows[-1].sha256
            self.withheld.append(WithheldLine(number, title, Place.CONFIDENTIAL.label, why, sha))
        if role in READ:
            if confidential:
                self.set_aside.setdefault(number, why)
            else:
                self.read.add(number)
        return number

    def _collect(self) -> None:
        """Number the exhibits in the order a reader meets them."""
        sent = [row for row in self.store.dispatches(self.case.id) if row.state is DispatchState.SENT]
        for letter in self.store.letters(self.case.id):
            left = [row for row in sent if row.letter == letter.id]
            if Kind(letter.kind) not in REQUESTS or not left:
                continue
            role = Role.COVER if letter.kind == Kind.COVER.value else Role.REQUEST
            number = self._add(role, letter.pdf, REQUEST_TITLE, "courrier approuvé", letter.day)
            self.requests[number] = self.requests.get(number, frozenset()) | {row.id for row in left}
            for row in left:
                if row.channel in (REGISTERED, ELECTRONIC) and row.message != letter.pdf:
                    # The same words under the number of a later sending: what its proofs of posting name.
                    number = self._add(role, row.message, REQUEST_TITLE, "exemplaire d’un nouveau recommandé", row.day)
                    self.requests[number] = self.requests.get(number, frozenset()) | {row.id}
        for fact in self.facts:
            self.of_event[fact.seq] = () if self._kept_back(fact.proof) else self._event_exhibits(fact)
        self._other_messages()
        for key in keys_of(self.raw_facts):
            captures = self.captures_of(key)
            for capture in captures[:1] + captures[1:][-1:]:
                self._capture_exhibit(capture, key)
            for day in self._absent_between(key, captures):
                self.absent[day] = self.absent.get(day, ()) + self._absence_exhibits(key, (day,))
            if self.continues:
                gone = days_absent(effective(self.store.facts(self.continues)))
                self.earlier_exhibits += self._absence_exhibits(key, gone)
        if self.mandate is not None:
            number = self._add(
                Role.MANDATE,
                self.mandate.document,
                "Mandat signé",
                "remis par la personne concernée",
                self.mandate.since,
            )
            self.mandate_exhibits = (number,)
        self._attest()
        self._notices()
        self._annex()

    def captures_of(self, key: str) -> list[CaptureRow]:
        """Return the captures of a listing that are of this case, oldest first."""
        kept = [c for c in self.store.captures(key) if c.day <= self.today]
        return [c for c in kept if c.day >= self.since] or kept[-1:]

    def _readings_of_absence(self, key: str) -> Iterator[ReadingRow]:
        url = self.store.listing(key).url
        for form in dict.fromkeys((url, canonical_url(url))):
            for row in self.store.readings(self.case.platform, form):
                if row.outcome in (Outcome.NONE, Outcome.GONE) and row.canary and not row.doubt:
                    yield row

    def _absent_between(self, key: str, captures: Sequence[CaptureRow]) -> tuple[date, ...]:
        """Return the days on which a page was read as absent between its first and its last capture here."""
        if not captures:
            return ()
        days = {row.day for row in self._readings_of_absence(key)}
        return tuple(sorted(day for day in days if captures[0].day < day < captures[-1].day))

    def _absence_exhibits(self, key: str, days: Collection[date]) -> tuple[int, ...]:
        """Number what was recorded of a page on days on which it did not show the listing: the sheet of each capture."""
        numbers: dict[int, None] = {}
        for row in self._readings_of_absence(key):
            for capture in self.store.captures_of(row.body, row.url, row.day)[:1] if row.day in days else ():
                title = f"Page relevée sans la fiche, le {french_day(capture.day)}"
                numbers[self._capture_exhibit(capture, key, title)] = None
        return tuple(numbers)

    def _kept_back(self, sha: str) -> bool:
        """Return True for a message that never leaves: it names patients, or passed between a person and their lawyer."""
        return kept_back(self.store, sha)

    def _other_messages(self) -> None:
        """Number every answer and every proof of service that no event rests on: all of them, whoever they favour."""
        for row in self.store.replies(self.case.id):
            if row.sort is Sort.REPLY and row.sha256 not in self.sources and row.day <= self.today:
                origin = "document reçu et conservé"
                self._add(Role.ANSWER, row.sha256, "Message reçu au sujet de la demande", origin, row.day)
        for proof in self.store.proofs(self.case.id):
            if proof.file not in self.sources and proof.day <= self.today and not self._kept_back(proof.file):
                label = proof.type.label[0].upper() + proof.type.label[1:]
                self._add(Role.PROOF, proof.file, label, "preuve de remise", proof.day)

    def _notices(self) -> None:
        """Number the site's legal notice: the last copy the request could rest on, and the last one there is."""
        kept = [row for row in self.store.notices(self.case.controller) if row.day <= self.today]
        sent = self.now.sent_on or self.today
        before = [row for row in kept if row.day <= sent]
        for row in dict.fromkeys((*before[-1:], *kept[-1:])):
            title, origin = f"Mentions légales du site, le {french_day(row.day)}", f"copie de {one_line(row.url)}"
            self.notice_exhibits += (self._add(Role.NOTICE, row.document, title, origin, row.day),)
        for row in [row for row in self.store.extracts(self.case.controller) if row.day <= self.today][-1:]:
            title = f"Extrait de registre sur le responsable du traitement, le {french_day(row.day)}"
            origin = f"extrait de {one_line(row.url)}"
            self.notice_exhibits += (self._add(Role.REGISTER, row.document, title, origin, row.day),)

    def _attest(self) -> None:
        """Write what the council attests, where somebody looked and it was sent no contract with this platform."""
        if self.attesting is None or self.store.rules.acting is not Acting.COUNCIL:
            return
        ledger = self.store.authorisations(self.person.id)
        if sent_contracts(ledger, self.person.id, self.case.platform, self.today):
            return
        fields = AttestationFields(
            reference=self.case.id,
            day=self.today,
            place=self.writer.place,
            sender=self.writer.sender,
            practitioner_name=self.person.full_name,
            platform_name=self.platform,
            civility=self.person.civility,
            rpps=self.person.rpps or "",
            signatory=self.attesting.signatory,
            as_of=self.attesting.as_of,
            looked_up=self.attesting.looked_up,
        )
        pdf = self.writer.renderer.pdf(Kind.ATTESTATION.value, fields, day=self.today)
        title = "Attestation du conseil : aucun contrat transmis"
        self.attestation_exhibits = (
            self._add_bytes(Role.ATTESTATION, pdf, title, "rédigé par listingguard", self.today),
        )

    def _annex(self) -> None:
        """Write how the pages were read and number it last: it cites the other exhibits."""
        captures = sorted({c.id: c for c in self.captures}.values(), key=lambda c: (c.at, c.id))
        if not captures:
            return
        readings = [row for site in sorted({c.site for c in captures}) for row in self.store.readings(site)]
        fields = annex(self.head, captures, readings, self.of_capture)
        pdf = self.writer.renderer.pdf(Kind.READINGS.value, fields, day=self.today)
        self._add_bytes(Role.ANNEX, pdf, ANNEX, "rédigé par listingguard", self.today)

    def _event_exhibits(self, fact: CaseFact) -> tuple[int, ...]:
        if fact.kind is EventKind.REQUEST_SENT and fact.data.get("channel", "email") != "email":
            if not self.is_proof(fact.proof):
                # Without its proof of deposit, nothing but our own letter stands for the sending.
                return ()
            title = "Preuve de l’envoi de la demande"
            return (self._add(Role.PROOF, fact.proof, title, "document remis et conservé", fact.day),)
        if fact.kind is EventKind.REQUEST_SENT:
            title = "Courriel de la demande, tel qu’envoyé"
            number = self._add(self._role_of(fact), fact.proof, title, "message envoyé", fact.day)
            return (number, *self._sending(fact))
        if fact.kind is EventKind.LETTER_SENT:
            dispatch = next((d for d in self.store.dispatches(self.case.id) if d.id == fact.data.get("dispatch")), None)
            wrote = [row for row in self.store.letters(self.case.id) if dispatch and row.id == dispatch.letter]
            # What was written after the request, to keep it up; never what takes it back.
            kept = [row for row in wrote if Kind(row.kind) in AFTER_A_REQUEST and Kind(row.kind) not in TAKES_BACK]
            return tuple(
                self._add(Role.REQUEST, row.pdf, _capital(Kind(row.kind).label), "courrier approuvé", fact.day)
                for row in kept
            )
        if fact.kind is EventKind.PRIOR_REQUEST_RECORDED:
            letter, proof, day = str(fact.data.get("letter", "")), fact.proof, sent_by_hand_on(fact)
            return (
                self._add(
                    Role.REQUEST, letter, "Demande adressée à la plateforme", "remis par la personne concernée", day
                ),
                self._add(Role.PROOF, proof, "Preuve de la demande", "remis par la personne concernée", day),
            )
        documents = REPLIES | {
            EventKind.RECEIVED, EventKind.ACKNOWLEDGED, EventKind.BOUNCED, EventKind.REFUSED_DELIVERY,
            EventKind.UNCLAIMED, EventKind.NOT_AT_ADDRESS,
        }  # fmt: skip
        by_hand = {f.data.get("letter"): f for f in self.facts if f.kind is EventKind.PRIOR_REQUEST_RECORDED}
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE and fact.proof in by_hand:
            # A request is no declaration: it says nothing of what was agreed to.
            return ()
        if fact.kind is EventKind.DECLARATION_SIGNED:
            title = f"Déclaration de la personne concernée, signée le {french_day(fact.day)}"
            return (self._add(Role.DECLARATION, fact.proof, title, "remis par la personne concernée", fact.day),)
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE and fact.proof:
            title = f"Identité et déclaration{NBSP}: la personne s’est reconnue le {french_day(fact.day)}, sans accord donné"
            return (self._add(Role.WORD, fact.proof, title, "remis par la personne", fact.day),)
        if fact.kind in (EventKind.AGREEMENT_FOUND, EventKind.WITHDRAWN) and fact.proof:
            label = fact.kind.label[0].upper() + fact.kind.label[1:]
            return (self._add(Role.WORD, fact.proof, label, "remis par la personne", fact.day),)
        if fact.kind in documents and fact.proof:
            role = Role.ANSWER if fact.kind in REPLIES else Role.PROOF
            return (self._add(role, fact.proof, _document(fact), "document reçu et conservé", fact.day),)
        if fact.kind is EventKind.ERASED_VERIFIED:
            days = days_absent([fact])
            shown = {n: None for key in keys_of(self.raw_facts) for n in self._absence_exhibits(key, days)}
            return tuple(shown)
        if fact.kind is EventKind.CLAIM_DISPROVED:
            key = next(iter(self.store.capture_listings(fact.proof)), "")
            return (self._capture_exhibit(self.store.capture(fact.proof), key),)
        return ()

    def _role_of(self, fact: CaseFact) -> Role:
        """Return what a message that left is: a request of this person alone, or one of several people together."""
        letter = next((d.letter for d in self.store.dispatches(self.case.id) if d.id == fact.data.get("dispatch")), "")
        covers = {row.id for row in self.store.letters(self.case.id) if row.kind == Kind.COVER.value}
        return Role.COVER if letter in covers else Role.REQUEST

    def _sending(self, fact: CaseFact) -> tuple[int, ...]:
        """Write the sheet of a sending by e-mail that a server accepted, and return its number; empty without an answer."""
        said = accepted(fact)
        row = next((d for d in self.store.dispatches(self.case.id) if d.id == fact.data.get("dispatch")), None)
        if said is None or row is None:
            return ()
        data = self.vault.get(row.message)
        moment = datetime.fromisoformat(said.at) if said.at else self._recorded(fact)
        queue = re.search(r"queued as ([\w.-]+)|\bid=([\w.-]+)|InternalId=(\d+)", said.answer, re.I)
        fields = SendingFields(
            reference=self.case.id,
            day=fact.day,
            practitioner_name=self.person.full_name,
            platform_name=self.platform,
            server=said.server,
            address=said.address,
            accepted_at=moment,
            accepted_utc=f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            response=said.answer[:400],
            queue=next(filter(None, queue.groups()), "") if queue else "",
            sender=row.sender,
            recipient=row.recipient,
            message_id=row.message_id,
            size=f"{len(data):,} octets".replace(",", NBSP),
            sha256=row.message,
            asked_dsn=said.dsn,
            notices=tuple(self._came_back(row)),
        )
        pdf = self.writer.renderer.pdf(Kind.SENDING.value, fields, day=fact.day)
        title = f"Fiche d’envoi{NBSP}: réponse du serveur qui a accepté le message"
        number = self._add_bytes(Role.SENDING, pdf, title, "rédigé par listingguard", fact.day)
        self.accepted[fact.seq] = number
        return (number,)

    def _recorded(self, fact: CaseFact) -> datetime:
        return next(event.at for event in self.store.events(self.case.id) if event.seq == fact.seq)

    def _came_back(self, row: DispatchRow) -> Iterator[str]:
        for proof in self.store.proofs(self.case.id):
            if proof.dispatch == row.id and proof.type in _NOTICES and proof.day <= self.today:
                yield f"{proof.type.label[0].upper()}{proof.type.label[1:]}, le {french_day(proof.day)}."

    def is_proof(self, sha: str) -> bool:
        """Return True for a paper that the sender did not write: no letter of ours, no copy of our own message."""
        return bool(sha) and sha not in self.ours and not own_mail(self.vault.get(sha))

    def left(self, fact: CaseFact) -> tuple[Standing, tuple[int, ...]]:
        """Return what the sending of a request is worth, and the exhibits that show it."""
        shown = self.of_event.get(fact.seq, ())
        dispatch = str(fact.data.get("dispatch", ""))
        for proof in self.store.proofs(self.case.id):
            if proof.dispatch == dispatch and proof.type in _LEFT and self.is_proof(proof.file):
                shown += tuple(n for n in (self.sources.get(proof.file),) if n and n not in shown)
                return Standing.ESTABLISHED, shown
        by_mail = fact.kind is EventKind.REQUEST_SENT and fact.data.get("channel", "email") == "email"
        proven = fact.seq in self.accepted if by_mail else self.is_proof(fact.proof)
        return (Standing.ESTABLISHED if proven else self.said), shown

    def _capture_exhibit(self, capture: CaptureRow, key: str, title: str = "") -> int:
        """Return the number of a captured page: its masked copy, or its sheet where it cannot be masked."""
        if capture.id in self.of_capture:
            return self.of_capture[capture.id]
        # Laid out as text only where no picture of the page may be seen.
        leaving = self.writer.leaving(capture, key, not picture(capture.manifest))
        if leaving.html is not None and leaving.paper is None and not self._seen(capture, leaving):
            leaving = self.writer.leaving(capture, key, True)
        title = title or f"Page de la fiche, le {french_day(capture.day)}"
        rests = f". Fondement{NBSP}: {self.rests_on(capture)}"
        if leaving.html is not None:
            seen = self._seen(capture, leaving)
            sheet = self._sheet(capture, seen)
            told = f" (copie masquée, original conservé){rests}"
            number = self._copy(leaving, leaving.html, title, capture, told)
            paper = () if seen or leaving.paper is None else (leaving.paper,)
            self.exhibits.views.setdefault(number, lambda: (*paper, sheet.result()))
        else:
            sheet = self._sheet(capture, False)
            seen_only = kind_of(self.vault.get(capture.body)).seen_only
            told = f" (fiche de capture, original {'en partie confidentielle' if seen_only else 'conservé'}){rests}"
            pdf = sheet.result().pdf
            number = self.exhibits.add(pdf, title, f"capture de {capture.url}", capture.day, told=told)
            self.exhibits.views.setdefault(number, lambda: (sheet.result(),))
        if leaving.hidden and all(line.exhibit != number for line in self.hidden):
            self.hidden.append(HiddenLine(number, title[0].lower() + title[1:], leaving.hidden))
        self.of_capture[capture.id] = number
        self.sheets.append((number, capture, leaving))
        return number

    def _copy(self, leaving: Leaving, html: bytes, title: str, capture: CaptureRow, told: str) -> int:
        """Number a masked copy, in its part."""
        place, why = self.placing.of_copy(leaving)
        origin, known = f"capture de {capture.url}", len(self.exhibits.rows)
        aside = place is not Place.COMMUNICABLE
        number = self.exhibits.add(html, title, origin, capture.day, told=told, confidential=aside)
        self.copies.add(number)
        if aside and number > known:
            self.set_aside[number] = why
            self._withhold(number, f"{title} (copie masquée)", (place, why), self.exhibits.rows[-1].sha256)
        return number

    def _seen(self, capture: CaptureRow, leaving: Leaving) -> bool:
        """Return True for a page with a picture that shows nobody else, and may be seen."""
        if not picture(capture.manifest) or leaving.html is None or leaving.what & _OTHERS or leaving.flagged:
            return False
        return self.placing.of_copy(leaving)[0] is Place.COMMUNICABLE

    def _sheet(self, capture: CaptureRow, seen: bool) -> Future[Laid]:
        """Return the sheet of a capture as it may be shown to anybody: a role for the name, no address of ours.

        seen: with the picture of the page.
        """
        # Shown in the dossier, and a file of its own: laid out once.
        if (sheet := self._laid_out.get((capture.id, seen))) is None:
            sheet = self._laid_out[capture.id, seen] = self._new_sheet(
                capture, picture(capture.manifest) if seen else ""
            )
        return sheet

    def _new_sheet(self, capture: CaptureRow, image: str) -> Future[Laid]:
        manifest = dict(capture.manifest)
        if manifest.get("by"):
            council = self.store.rules.acting is Acting.COUNCIL
            scanned = Origin(manifest["origin"]) is Origin.SCAN
            manifest["by"] = "" if scanned else "une personne du conseil" if council else "la personne concernée"
        if manifest.get("public_ip"):
            manifest["public_ip"] = _NOT_TOLD
        environment = dict(manifest.get("environment") or {})
        for name in ("file", "about"):
            environment.pop(name, None)
        if environment.get("witness"):
            environment["witness"] = _NOT_TOLD
        manifest["environment"] = environment
        return self.beside.submit(
            lambda **words: self.writer.sheet(manifest, self.vault.get(image) if image else None, **words),
            tokens=self.store.tokens(capture.id),
            reference=self.case.id,
            rests_on=self.rests_on(capture),
            original=capture.manifest,
        )

    def rests_on(self, capture: CaptureRow) -> str:
        """Return in French why the page was kept, and under which mandate on its day."""
        return basis_of(capture, self.store.mandates(self.case.practitioner)).label

    def with_capture(
        self, number: int, capture: CaptureRow, leaving: Leaving
    ) -> tuple[list[Any], list[Any], list[str]]:
        """Return what goes with a captured page: for everybody, for the CNIL alone, and how the latter checks it."""
        nth = [each.id for n, each, _ in self.sheets if n == number].index(capture.id)
        # The same bytes seen twice on a day are one exhibit, with a sheet for each time.
        again = f" {nth + 1}" if nth else ""

        def named(what: str, suffix: str) -> str:
            return self.writer.exhibit_name(number, what + again, suffix)

        def member(name: str, data: bytes, origin: str, title: str) -> Any:
            return self.writer.member(name, data, origin, f"{title} de la pièce n°{NBSP}{number}")

        def sheet_once_laid(name: str, laid: Future[Laid]) -> Any:
            return member(name, laid.result().pdf, written, "Fiche de capture")

        kept, written = "enregistré avec la capture", "rédigé par listingguard"
        technical = named("fiche technique", ".json")
        exact = canonical(capture.manifest)
        digest = sha256(exact).hexdigest()
        named_staff = self.store.rules.acting is Acting.COUNCIL and bool(capture.manifest.get("by"))
        if named_staff:
            # Who works at the council is nobody's business: the exact sheet stays under seal, told by its hash.
            shown = canonical({**capture.manifest, "by": "le conseil"})
            private = [member(technical, shown, kept, "Fiche technique (sans nom de personne du conseil)")]
            self._withhold(number, "fiche technique exacte", (Place.SEALED, _STAFF_WHY), digest)
            if self.store.tokens(capture.id):
                # What its time-stamp is of.
                line = f"{digest}  fiche technique exacte, conservée, non communiquée\n".encode()
                name = named("fiche technique exacte", ".sha256")
                private.append(member(name, line, written, "Empreinte de la fiche technique exacte"))
        else:
            private = [member(technical, exact, kept, "Fiche technique")]
        self._withhold(number, "fiche technique", PLACES[Role.SHEET], private[0].sha256)
        public = []
        if leaving.html is not None:
            laid = self._sheet(capture, self._seen(capture, leaving))
            public.append(partial(sheet_once_laid, named("fiche de capture", ".pdf"), laid))
        body = self.vault.get(capture.body)
        image = picture(capture.manifest)
        if leaving.html is None and kind_of(body).seen_only:
            name = named("original", suffix_of(body))
            private.append(member(name, body, kept, "Original"))
            sheet = self._sheet(capture, bool(image)).result()
            private.append(
                member(named("fiche de capture", ".pdf"), sheet.pdf, written, "Fiche de capture avec l’image")
            )
            self._withhold(number, "original", PLACES[Role.PICTURE], capture.body)
        else:
            self._seal(number, "page d’origine", capture.body)
        for artefact_name, what in _ORIGINALS:
            if kept_as := artefact(capture.manifest, artefact_name):
                self._seal(number, what, kept_as)
        if image and leaving.html is not None and not self._seen(capture, leaving):
            self._seal(number, "image de la page", image)
        how = []
        for order, token in enumerate(self.store.tokens(capture.id), 1):
            name = named(f"horodatage {order}", ".tsr")
            said = f"{one_line(token.authority)}, {token.status.label}"
            private.append(member(name, self.vault.get(token.sha256), f"jeton RFC 3161 de {said}", "Horodatage"))
            how += [
                "",
                f"Pièce n°{NBSP}{number}{NBSP}: {one_line(capture.url)}",
                f"  L’heure de cette fiche technique, signée par {said}{NBSP}:",
                f"    openssl ts -verify {f'-digest {digest}' if named_staff else f'-data {technical}'} -in {name} -CAfile racines.pem",
                f"    openssl ts -reply -in {name} -text",
            ]
        return public, private, how

    def _withhold(self, number: int, what: str, rule: tuple[Place, str], sha: str) -> None:
        line = WithheldLine(number, what, *_told(rule), sha)
        if line not in self.withheld:
            self.withheld.append(line)

    def _seal(self, number: int, what: str, sha: str) -> None:
        self._withhold(number, what, PLACES[Role.ORIGINAL], sha)
        line = SealedFile(number, what[0].upper() + what[1:], sha)
        if line not in self.sealed:
            self.sealed.append(line)

    def contacts(self) -> tuple[tuple[str, str], ...]:
        """Return how the CNIL reaches the person: what the roster knows, the home included."""
        found = []
        for practice in self.person.practices:
            if practice.until is None or practice.until >= self.today:
                address = ", ".join(filter(None, (practice.street, f"{practice.postcode} {practice.town}".strip())))
                found.append(("Adresse personnelle" if practice.private else "Adresse professionnelle", address))
                found += [("Téléphone du cabinet", spoken(phone)) for phone in practice.phones]
        found += [("Téléphone", spoken(self.person.mobile)), ("Courriel", self.person.email)]
        return tuple(dict.fromkeys((what, value) for what, value in found if value))

    def placeholder(self, row: Exhibit) -> tuple[str, bytes]:
        """Return the name and the bytes of what stands in the communicable part for a paper that is not in it."""
        title = brief(row.title)
        dated = f", {french_day(row.day)}" if row.day and french_day(row.day) not in title else ""
        kept = (
            "Cette copie masquée d’une page n’est pas dans la partie communicable. Elle est dans la partie"
            if row.number in self.copies
            else "Cette pièce n’est pas dans la partie communicable. Elle est, entière et non modifiée, dans la partie"
        )
        lines = [
            f"Pièce n° {row.number} : {title}{dated}",
            "",
            kept,
            "« confidentiel – CNIL », destinée à la CNIL seule.",
            f"Raison : {self.set_aside[row.number]}",
            f"Empreinte SHA-256 de la pièce : {row.sha256}",
        ]
        text = "".join(f"{typography(line, narrow=False)}\n" for line in lines)
        return self.writer.exhibit_name(row.number, "non communicable", ".txt"), text.encode()

    # -- an addendum -------------------------------------------------------------------------------------------

    def renumber(self, numbers: Mapping[int, int], rows: Sequence[Exhibit]) -> None:
        """Give the exhibits that are new the numbers they have after those of the signed dossier; drop the others."""
        old = {numbers[n]: n for n in numbers}
        kept = [(row.number, old[row.number]) for row in rows]
        files = self.exhibits
        files.data = {new: files.data[was] for new, was in kept}
        files.origins = {new: files.origins[was] for new, was in kept}
        files.views = {new: files.views[was] for new, was in kept if was in files.views}
        files.rows = list(rows)
        back = {was: new for new, was in kept}
        self.whole = {back[n]: each for n, each in self.whole.items() if n in back}
        self.set_aside = {back[n]: each for n, each in self.set_aside.items() if n in back}
        self.read = {back[n] for n in self.read if n in back}
        self.copies = {back[n] for n in self.copies if n in back}
        self.sheets = [(back[n], capture, leaving) for n, capture, leaving in self.sheets if n in back]
        self.hidden = [replace(line, exhibit=back[line.exhibit]) for line in self.hidden if line.exhibit in back]
        self.withheld = [replace(line, exhibit=back[line.exhibit]) for line in self.withheld if line.exhibit in back]

    def withheld_of(self, shown: set[int]) -> list[WithheldLine]:
        """Return what the communicable part lacks of these exhibits."""
        return [line for line in self.withheld if line.exhibit in shown]

    @property
    def own_names(self) -> frozenset[str]:
        """Return how the person is named where they act for themselves, in comparable form."""
        return frozenset(fold(f"{self.person.first_name} {name}") for name in self.person.family_names)


def days_absent(facts: Sequence[CaseFact]) -> tuple[date, ...]:
    """Return the days on which the page was observed absent before its removal was held for certain."""
    gone = [f for f in facts if f.kind is EventKind.ERASED_VERIFIED]
    return tuple(sorted({date.fromisoformat(str(day)) for f in gone for day in f.data.get("absent_on", ())}))


_DOCUMENTS = {
    EventKind.RECEIVED: "Preuve de la réception",
    EventKind.ACKNOWLEDGED: "Accusé de réception",
    EventKind.BOUNCED: "Avis de non-remise du courriel",
    EventKind.REFUSED_DELIVERY: "Avis de pli refusé",
    EventKind.UNCLAIMED: "Avis de pli non réclamé",
    EventKind.NOT_AT_ADDRESS: "Avis de pli non distribué, destinataire inconnu à l’adresse",
}


def _document(fact: CaseFact) -> str:
    """Return what a paper is, never what it was taken for: that a message refuses is said in the facts, and argued there."""
    told = str(fact.data.get("proof_type", ""))
    if fact.kind is EventKind.RECEIVED and told in {*map(str, ProofType)}:
        return _capital(ProofType(told).label)
    return _DOCUMENTS.get(fact.kind, "Message de la plateforme")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def brief(title: str) -> str:
    """Return the title of an exhibit without what its list says behind it."""
    return re.split(r" \(|\. Fondement", title)[0]


def _told(rule: tuple[Place, str]) -> tuple[str, str]:
    place, why = rule
    return place.label, why
