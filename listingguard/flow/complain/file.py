"""One case written up for the CNIL: its exhibits in order, each in its part, and every sentence from a fact."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from listingguard.domain.agreement import working
from listingguard.domain.annex import annex
from listingguard.domain.capture import Origin, artefact, basis_of, kind_of, moment_known, one_line, picture
from listingguard.domain.case import (
    PRESUMED_AFTER_DAYS,
    REPLIES,
    Acting,
    Clock,
    EventKind,
    Status,
    effective,
    findings_of,
)
from listingguard.domain.case import Fact as CaseFact
from listingguard.domain.deadline import Basis, DeadlineKind, deadline
from listingguard.domain.event import canonical
from listingguard.domain.explain import at_latest, receipt_proof, worked_from
from listingguard.domain.french import NBSP, french_day
from listingguard.domain.grounds import ground_lines
from listingguard.domain.letter import (
    CNIL,
    Answer,
    AttestationFields,
    ChronologyLine,
    ComplaintFields,
    ControllerIdentity,
    Exhibit,
    Fact,
    HiddenLine,
    Kind,
    ListedPage,
    Reckoning,
    SealedFile,
    Sender,
    Standing,
    WithheldLine,
)
from listingguard.domain.letter.own_words import quoted, whole
from listingguard.domain.names import fold
from listingguard.domain.next_step import seen_by_another
from listingguard.domain.pack import PLACES, PRIVATE_WHY, UNREADABLE_WHY, Place, Role
from listingguard.domain.practitioner import Mandate, Practitioner
from listingguard.domain.record import CaptureRow, CaseRow, Sort

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

CONFIRMED = "La personne concernée déclare que cette fiche la désigne et n’avoir donné aucun accord à la plateforme."

TOLD = frozenset(
    {
        EventKind.REQUEST_SENT,
        EventKind.PRIOR_REQUEST_RECORDED,
        EventKind.RECEIPT_PRESUMED,
        EventKind.RECEIVED,
        EventKind.ACKNOWLEDGED,
        EventKind.BOUNCED,
        EventKind.REFUSED_DELIVERY,
        EventKind.UNCLAIMED,
        EventKind.NOT_AT_ADDRESS,
        EventKind.ID_SUPPLIED,
        EventKind.CLAIM_DISPROVED,
        EventKind.LISTING_CONFIRMED_BY_KINE,
        EventKind.MANDATE_SIGNED,
        EventKind.DISPATCH_FAILED,
    }
    | REPLIES
)
"""The evidential events: those whose content goes into the pack. Others keep their place in the chain, unread."""


_DECISIVE = {
    EventKind.REFUSAL: Answer.REFUSED,
    EventKind.PARTIAL: Answer.PARTIAL,
    EventKind.CLAIM_DISPROVED: Answer.DISPROVED,
}

ANNEX = "Annexe : comment les pages ont été lues"


ANNEX = "Annexe : comment les pages ont été lues"

_OTHERS = frozenset({"review", "reviewer", "person", "contact", "number", "address", "private"})
"""What a masked copy has lost because it concerns somebody, of `edge.needle.What`; the rest is code and decoration."""

_ORIGINALS = (
    ("data.warc.gz", "archive WARC, réponse du site et en-têtes"),
    ("page.mhtml", "page entière en un fichier (MHTML)"),
)

_NOT_TOLD = "relevée, non communiquée ici"


@dataclass(frozen=True)
class Leaving:
    """The masked copy of a captured page. hidden: French sentences; what: their words in `edge.needle.What`.

    html: None when the page is none that can be masked, `why` says it.
    """

    html: bytes | None
    pdf: bytes
    hidden: tuple[str, ...]
    what: frozenset[str]
    why: str = ""


@dataclass(frozen=True)
class Writer:
    """Who signs a complaint, and the tools that write it.

    listed_page: how a captured page is described (flow/letter). leaving: the masked copy of a capture for one listing
    (flow/evidence). text_of: the words of a file, None where a program reads none; without: a mail without some
    attachments, None where it has none of them (edge/dossier). write_pack, member,
    part, exhibit_name: edge/pack; document, shown, dossier: edge/dossier; word: edge/word; sheet: edge/sheet.
    roots: PEM, what time-stamps are checked with here; empty: none is set. form: the CNIL's online form, as data.
    max_bytes: over it, a dossier is cut into parts. signatures: how many people sign.
    """

    sender: Sender
    place: str
    signatory: str
    renderer: Renderer
    listed_page: Callable[..., ListedPage]
    leaving: Callable[[CaptureRow, str], Leaving]
    text_of: Callable[[str, bytes], str | None]
    without: Callable[[bytes, Collection[str]], bytes | None]
    write_pack: Callable[..., Any]
    member: Callable[..., Any]
    part: Callable[..., Any]
    exhibit_name: Callable[[int, str, str], str]
    document: Callable[..., Any]
    shown: Callable[..., Any]
    dossier: Callable[..., bytes]
    word: Callable[..., bytes]
    sheet: Callable[..., bytes]
    roots: bytes
    form: Mapping[str, Any]
    max_bytes: int
    signatures: int


@dataclass
class _Exhibits:
    """The exhibits in the order they are numbered; the same document is one exhibit."""

    exhibit_name: Callable[[int, str, str], str]
    rows: list[Exhibit] = field(default_factory=list)
    data: dict[int, bytes] = field(default_factory=dict)
    origins: dict[int, str] = field(default_factory=dict)
    views: dict[int, tuple[bytes, ...]] = field(default_factory=dict)

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


class CaseFile:
    """One case being written up: gathers exhibits in order and derives every sentence from a fact."""

    def __init__(
        self, store: Store, vault: Vault, writer: Writer, record: Mapping[str, Any], case: CaseRow, today: date
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
        self.private = _private_words(self.person)
        if _tells(" ".join(writer.sender.lines), self.private):
            # Who works at home has no other address: it stands in the confidential part alone.
            lines = ("Adresse : voir la partie confidentielle du dossier",)
            self.writer = replace(writer, sender=replace(writer.sender, lines=lines))
        self.exhibits = _Exhibits(writer.exhibit_name)
        self.sheets: list[tuple[int, CaptureRow, Leaving]] = []
        self.sources: set[str] = set()
        self.whole: dict[int, tuple[bytes, str]] = {}
        self.hidden: list[HiddenLine] = []
        self.withheld: list[WithheldLine] = []
        self.sealed: list[SealedFile] = []
        self.of_event: dict[int, tuple[int, ...]] = {}
        self.of_capture: dict[str, int] = {}
        self.mandate: Mandate | None = (
            store.valid_mandate(case.practitioner, today) if store.rules.acting is Acting.COUNCIL else None
        )
        self.mandate_exhibits: tuple[int, ...] = ()
        self.attestation_exhibits: tuple[int, ...] = ()
        self.notice_exhibits: tuple[int, ...] = ()
        self.captures = [c for key in keys_of(self.raw_facts) for c in store.captures(key) if c.day <= today]
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
        self.sources.add(sha)
        mandates = {m.document for m in self.store.mandates(self.case.practitioner)}
        # A request carries the mandate; its copy for everybody does not.
        copy = self.writer.without(data, mandates) if mandates and suffix_of(data) == ".eml" else None
        if copy is None:
            return self._add_bytes(role, data, title, origin, day)
        number = self._add_bytes(role, copy, f"{title} (sans le mandat joint)", origin, day)
        self.whole[number] = (data, title)
        line = WithheldLine(number, f"{title}, avec le mandat joint", *_told(PLACES[Role.MANDATE]), sha)
        if line not in self.withheld:
            self.withheld.append(line)
            what = ("Mandat joint au message : 1 retrait. Il porte la signature et les coordonnées de la personne.",)
            self.hidden.append(HiddenLine(number, title[0].lower() + title[1:], what))
        return number

    def _add_bytes(self, role: Role, data: bytes, title: str, origin: str, day: date | None) -> int:
        """Number a document and put it in its part: the rule's, or the confidential one where it tells of a home."""
        place, why = PLACES[role]
        if place is Place.COMMUNICABLE and self.private:
            words = self.writer.text_of(suffix_of(data), data)
            if words is None:
                place, why = Place.CONFIDENTIAL, UNREADABLE_WHY
            elif _tells(words, self.private):
                place, why = Place.CONFIDENTIAL, PRIVATE_WHY
        known = len(self.exhibits.rows)
        confidential = place is not Place.COMMUNICABLE
        number = self.exhibits.add(data, title, origin, day, confidential=confidential)
        if confidential and number > known:
            sha = self.exhibits.rows[-1].sha256
            self.withheld.append(WithheldLine(number, title, Place.CONFIDENTIAL.label, why, sha))
        return number

    def _collect(self) -> None:
        """Number the exhibits in the order a reader meets them."""
        for letter in self.store.letters(self.case.id):
            if letter.kind == Kind.REQUEST.value:
                self._add(
                    Role.REQUEST, letter.pdf, "Demande d’opposition et d’effacement", "courrier approuvé", letter.day
                )
        for fact in self.facts:
            self.of_event[fact.seq] = () if self._kept_back(fact.proof) else self._event_exhibits(fact)
        self._other_messages()
        for key in keys_of(self.raw_facts):
            captures = [c for c in self.store.captures(key) if c.day <= self.today]
            for capture in captures[:1] + captures[1:][-1:]:
                self._capture_exhibit(capture, key)
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

    def _kept_back(self, sha: str) -> bool:
        """Return True for a message that never leaves: it names patients, or passed between a person and their lawyer."""
        row = self.store.reply(sha) if sha else None
        return row is not None and row.sort in (Sort.SENSITIVE, Sort.LAWYER)

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

    def _attest(self) -> None:
        """Write what the council attests, where it was sent no contract with this platform."""
        if self.store.rules.acting is not Acting.COUNCIL:
            return
        ledger = self.store.authorisations(self.person.id)
        if not working(ledger, self.person.id, self.case.platform, self.today).attestation:
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
            signatory=self.writer.signatory,
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
            # Without its proof of deposit, the letter itself stands for it: one document, one exhibit.
            return (
                self._add(
                    Role.PROOF, fact.proof, "Preuve de dépôt de la demande", "remis par la personne concernée", fact.day
                ),
            )
        if fact.kind is EventKind.REQUEST_SENT:
            return (
                self._add(
                    Role.REQUEST, fact.proof, "Courriel de la demande, tel qu’envoyé", "message envoyé", fact.day
                ),
            )
        if fact.kind is EventKind.PRIOR_REQUEST_RECORDED:
            letter, proof, day = str(fact.data.get("letter", "")), fact.proof, _sent_by_hand_on(fact)
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
            # Who writes to the platform about a listing says that it is theirs: one document, one exhibit.
            day = _sent_by_hand_on(by_hand[fact.proof])
            origin = "remis par la personne concernée"
            return (self._add(Role.REQUEST, fact.proof, "Demande adressée à la plateforme", origin, day),)
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE and fact.proof:
            title = f"Identité et déclaration{NBSP}: la personne s’est reconnue le {french_day(fact.day)}, sans accord donné"
            return (self._add(Role.WORD, fact.proof, title, "remis par la personne", fact.day),)
        if fact.kind in documents and fact.proof:
            label = fact.kind.label[0].upper() + fact.kind.label[1:]
            role = Role.ANSWER if fact.kind in REPLIES else Role.PROOF
            return (self._add(role, fact.proof, label, "document reçu et conservé", fact.day),)
        if fact.kind is EventKind.CLAIM_DISPROVED:
            key = next(iter(self.store.capture_listings(fact.proof)), "")
            return (self._capture_exhibit(self.store.capture(fact.proof), key),)
        return ()

    def _capture_exhibit(self, capture: CaptureRow, key: str) -> int:
        """Return the number of a captured page: its masked copy, or its sheet where it cannot be masked."""
        if capture.id in self.of_capture:
            return self.of_capture[capture.id]
        leaving = self.writer.leaving(capture, key)
        title = f"Page de la fiche, le {french_day(capture.day)}"
        rests = f". Fondement{NBSP}: {self.rests_on(capture)}"
        if leaving.html is not None:
            sheet = self._sheet(capture, self._picture(capture, leaving))
            told = f" (copie masquée, original sous scellé){rests}"
            number = self.exhibits.add(leaving.html, title, f"capture de {capture.url}", capture.day, told=told)
            views = (sheet,) if self._picture(capture, leaving) else (leaving.pdf, sheet)
            self.exhibits.views.setdefault(number, views)
        else:
            sheet = self._sheet(capture, None)
            seen_only = kind_of(self.vault.get(capture.body)).seen_only
            told = f" (fiche de capture, original {'en partie confidentielle' if seen_only else 'sous scellé'}){rests}"
            number = self.exhibits.add(sheet, title, f"capture de {capture.url}", capture.day, told=told)
        if leaving.hidden and all(line.exhibit != number for line in self.hidden):
            self.hidden.append(HiddenLine(number, title[0].lower() + title[1:], leaving.hidden))
        self.of_capture[capture.id] = number
        self.sheets.append((number, capture, leaving))
        return number

    def _picture(self, capture: CaptureRow, leaving: Leaving) -> bytes | None:
        """Return the picture of a page that shows nobody else; None where there is none, or it may not be seen."""
        image = picture(capture.manifest)
        return self.vault.get(image) if image and leaving.html is not None and not leaving.what & _OTHERS else None

    def _sheet(self, capture: CaptureRow, image: bytes | None) -> bytes:
        """Return the sheet of a capture as it may be shown to anybody: a role for the name, no address of ours."""
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
        return self.writer.sheet(
            manifest,
            image,
            tokens=self.store.tokens(capture.id),
            reference=self.case.id,
            rests_on=self.rests_on(capture),
            original=capture.manifest,
        )

    def rests_on(self, capture: CaptureRow) -> str:
        """Return in French why the page was kept, and under which mandate on its day."""
        return basis_of(capture, self.store.mandates(self.case.practitioner)).label

    def beside(self, number: int, capture: CaptureRow, leaving: Leaving) -> tuple[list[Any], list[Any], list[str]]:
        """Return what goes with a captured page: for everybody, for the CNIL alone, and how the latter checks it."""
        nth = [each.id for n, each, _ in self.sheets if n == number].index(capture.id)
        # The same bytes seen twice on a day are one exhibit, with a sheet for each time.
        again = f" {nth + 1}" if nth else ""

        def named(what: str, suffix: str) -> str:
            return self.writer.exhibit_name(number, what + again, suffix)

        def member(name: str, data: bytes, origin: str, title: str) -> Any:
            return self.writer.member(name, data, origin, f"{title} de la pièce n°{NBSP}{number}")

        kept, written = "enregistré avec la capture", "rédigé par listingguard"
        technical = named("fiche technique", ".json")
        private = [member(technical, canonical(capture.manifest), kept, "Fiche technique")]
        self._withhold(number, "fiche technique", PLACES[Role.SHEET], sha256(canonical(capture.manifest)).hexdigest())
        public = []
        if leaving.html is not None:
            sheet = self._sheet(capture, self._picture(capture, leaving))
            public.append(member(named("fiche de capture", ".pdf"), sheet, written, "Fiche de capture"))
        body = self.vault.get(capture.body)
        image = picture(capture.manifest)
        if leaving.html is None and kind_of(body).seen_only:
            name = named("original", suffix_of(body))
            private.append(member(name, body, kept, "Original"))
            sheet = self._sheet(capture, self.vault.get(image) if image else None)
            private.append(member(named("fiche de capture", ".pdf"), sheet, written, "Fiche de capture avec l’image"))
            self._withhold(number, "original", PLACES[Role.PICTURE], capture.body)
        else:
            self._seal(number, "page d’origine", capture.body)
        for artefact_name, what in _ORIGINALS:
            if kept_as := artefact(capture.manifest, artefact_name):
                self._seal(number, what, kept_as)
        if image and leaving.html is not None and self._picture(capture, leaving) is None:
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
                f"    openssl ts -verify -data {technical} -in {name} -CAfile racines.pem",
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
                found += [("Téléphone du cabinet", phone) for phone in practice.phones]
        found += [("Téléphone", self.person.mobile), ("Courriel", self.person.email)]
        return tuple(dict.fromkeys((what, value) for what, value in found if value))

    # -- the complaint -----------------------------------------------------------------------------------------

    def complaint(self, codes: frozenset[str], proceedings: str) -> ComplaintFields:
        """Return the complaint, every line from a fact. codes: the grounds a person ticked."""
        person = self.person
        request = next(f for f in self.facts if f.kind in (EventKind.REQUEST_SENT, EventKind.PRIOR_REQUEST_RECORDED))
        answer, answer_fact = self._answer()
        proven = self.clock.basis is Basis.PROVEN
        receipt = self._receipt_fact(proven)
        lines = (
            self.record.get("street", ""),
            f"{self.record.get('postcode', '')} {self.record.get('town', '')}".strip(),
        )
        before, after = self._pages()
        legal, favourable = self._legal()
        return ComplaintFields(
            reference=self.case.id,
            day=self.today,
            place=self.writer.place,
            sender=self.writer.sender,
            addressee=CNIL,
            practitioner_name=person.full_name,
            civility=person.civility,
            rpps=person.rpps or "",
            represented=self.mandate is not None,
            mandate_day=self.mandate.since if self.mandate else None,
            mandate_exhibits=self.mandate_exhibits,
            platform_name=self.platform,
            controller=ControllerIdentity(
                str(self.record.get("name", "")),
                str(self.record.get("legal_form", "")),
                str(self.record.get("siren", "")).replace(" ", ""),
                tuple(str(line) for line in lines if line),
            ),
            controller_exhibits=tuple(dict.fromkeys(self.notice_exhibits)),
            pages=before,
            still_shown=after,
            facts=self._declared(),
            request_day=self.now.sent_on or request.day,
            request_channel=_CHANNELS.get(str(request.data.get("channel", "email")), "courrier"),
            request_exhibits=self._request_exhibits(request),
            receipt_day=self.clock.receipt,
            receipt_proven=proven,
            receipt_basis=self._receipt_basis(receipt, proven),
            receipt_at_latest=self._at_latest,
            receipt_exhibits=self.of_event.get(receipt.seq, ()) if receipt is not None and proven else (),
            answer=answer,
            answer_day=answer_fact.day if answer_fact else None,
            answer_text=_answer_text(answer, answer_fact),
            answer_exhibits=self._answer_exhibits(answer, answer_fact),
            legal=legal,
            favourable=favourable,
            grounds=ground_lines(codes),
            not_proved=self._not_proved(),
            proceedings=proceedings,
            chronology=self._chronology(),
            exhibits=tuple(self.exhibits.rows),
            signatory=self.writer.signatory,
        )

    def _request_exhibits(self, request: CaseFact) -> tuple[int, ...]:
        letters = tuple(row.number for row in self.exhibits.rows if row.title == "Demande d’opposition et d’effacement")
        return tuple(sorted({*letters, *self.of_event.get(request.seq, ())}))

    def _pages(self) -> tuple[tuple[ListedPage, ...], tuple[ListedPage, ...]]:
        before, after = [], []
        for key in keys_of(self.raw_facts):
            captures = [c for c in self.store.captures(key) if c.day <= self.today and moment_known(c.manifest)]
            if not captures:
                continue
            listing = self.store.listing(key)
            first, last = captures[0], captures[-1]
            before.append(self.writer.listed_page(listing, first, self.of_capture[first.id]))
            if last.day >= self.today - timedelta(days=7):
                after.append(self.writer.listed_page(listing, last, self.of_capture[last.id]))
        return tuple(before), tuple(after)

    def _declared(self) -> tuple[Fact, ...]:
        """Return the person's own words: that it is them, that they agreed to nothing, and their own reasons."""
        told = []
        for fact in self.facts:
            if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE:
                say = quoted if self.mandate else whole
                words = (CONFIRMED, *(say(str(s)) for s in fact.data.get("situation", ())))
                told += [Fact(Standing.DECLARED, words_, self.of_event.get(fact.seq, ())) for words_ in words]
        if self.attestation_exhibits:
            sentence = "Le conseil atteste qu’aucun contrat avec cette plateforme ne lui a été transmis à ce jour."
            told.append(Fact(Standing.ESTABLISHED, sentence, self.attestation_exhibits))
        return tuple(told)

    def _receipt_fact(self, proven: bool) -> CaseFact | None:
        if proven:
            return receipt_proof(self.now, self.raw_facts)
        presumed = (f for f in self.facts if f.kind is EventKind.RECEIPT_PRESUMED and f.seq not in self.now.ignored)
        return next(presumed, None)

    @property
    def _at_latest(self) -> bool:
        """Return True where the proof of receipt shows that the request had arrived by its day, not on which day."""
        proven = self.clock.basis is Basis.PROVEN
        return proven and at_latest(self._receipt_fact(proven), self.now.sent_on)

    def _receipt_basis(self, fact: CaseFact | None, proven: bool) -> str:
        if not proven or fact is None:
            return (
                "courriel accepté par le serveur d’envoi et non retourné dans les "
                f"{PRESUMED_AFTER_DAYS} jours qui ont suivi"
            )
        if fact.kind is EventKind.PRIOR_REQUEST_RECORDED:
            return "preuve remise par la personne concernée"
        if fact.kind is EventKind.RECEIVED:
            return "avis de réception"
        what = "accusé de réception" if fact.kind is EventKind.ACKNOWLEDGED else "réponse"
        when = "de ce jour" if fact.day == self.clock.receipt else f"du {french_day(fact.day)}"
        return f"{what} de la plateforme {when}"

    def _answer(self) -> tuple[Answer, CaseFact | None]:
        for fact in reversed(self.facts):
            if fact.kind in _DECISIVE and fact.seq not in self.now.ignored:
                return _DECISIVE[fact.kind], fact
        return Answer.SILENCE, None

    def _answer_exhibits(self, answer: Answer, fact: CaseFact | None) -> tuple[int, ...]:
        if fact is None:
            return ()
        own = self.of_event.get(fact.seq, ())
        if answer is not Answer.DISPROVED:
            return own
        claims = [n for f in self.facts if f.kind is EventKind.ERASED_CLAIMED for n in self.of_event.get(f.seq, ())]
        return tuple(sorted({*claims, *own}))

    def _legal(self) -> tuple[Reckoning, Reckoning | None]:
        clock = self.clock
        longer = ", prolongé de deux mois" if clock.extended else ""
        legal = Reckoning(
            f"délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD{longer}",
            clock.legal.due,
            worked_from(clock.legal.working, latest=self._at_latest),
        )
        if clock.basis is Basis.PROVEN:
            return legal, None
        later = clock.receipt + timedelta(days=PRESUMED_AFTER_DAYS)
        kind = DeadlineKind.EXTENDED if clock.extended else DeadlineKind.LEGAL
        holidays = self.store.rules.holidays
        worst = deadline(later, holidays, months=kind.months, basis=kind.basis, receipt=Basis.PRESUMED)
        if worst.due >= self.today:
            # Not yet past: nothing is claimed of it. The guard asks for the legal clock alone, and the complaint says
            # that the receipt is presumed.
            return legal, None
        label = f"une réception {PRESUMED_AFTER_DAYS} jours après l’envoi, le {french_day(later)}"
        return legal, Reckoning(label, worst.due, worst.working)

    def reckonings(self) -> tuple[Reckoning, ...]:
        """Return every date with its working: the law's, and the one most favourable to the platform.

        The council's own mark is no date of the law: nothing leaves that could be taken for more time.
        """
        legal, favourable = self._legal()
        return (legal, favourable) if favourable else (legal,)

    def _not_proved(self) -> tuple[str, ...]:
        lines = [
            "ce que le site affichait à d’autres moments que ceux des captures",
            "l’absence de tout contrat, que la personne concernée déclare",
            "l’origine des pages capturées : leurs empreintes montrent qu’elles n’ont pas changé depuis leur enregistrement",
        ]
        if self._at_latest:
            lines.insert(
                0, "le jour exact de la réception de la demande, la réponse prouvant seulement qu’elle était arrivée"
            )
        first = min((c.day for key in keys_of(self.raw_facts) for c in self.store.captures(key)), default=None)
        if first is not None and self.now.sent_on is not None and first > self.now.sent_on:
            lines.append("l’état de la fiche avant la demande : aucune capture ne la précède")
        if not seen_by_another(self.captures, self.now.sent_on, self.today):
            lines.append(
                "ce qu’une autre personne, depuis une autre connexion, voyait de la page : aucune capture de ce genre n’a "
                "été faite depuis la demande"
            )
        return tuple(lines)

    def _chronology(self) -> tuple[ChronologyLine, ...]:
        return tuple(line for line, _ in self.numbered_chronology())

    def numbered_chronology(self) -> tuple[tuple[ChronologyLine, int], ...]:
        """Return every line of the chronology with the number of its fact; 0 for a capture, or what is computed."""
        lines: list[tuple[ChronologyLine, int]] = []
        for capture_id, number in self.of_capture.items():
            capture = self.store.capture(capture_id)
            what = f"page affichée : {capture.url}"
            lines.append((ChronologyLine(capture.day, what, Standing.ESTABLISHED, (number,)), 0))
        for fact in self.facts:
            if fact.kind not in TOLD:
                continue
            exhibits = self.of_event.get(fact.seq, ())
            if fact.kind is EventKind.MANDATE_SIGNED:
                exhibits = self.mandate_exhibits
            standing = Standing.ESTABLISHED if exhibits else Standing.DECLARED
            if fact.kind is EventKind.RECEIPT_PRESUMED:
                standing = Standing.PRESUMED
            if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE:
                standing = Standing.DECLARED
            presumed = self.clock.presumed_receipt or self.clock.receipt
            day = presumed if fact.kind is EventKind.RECEIPT_PRESUMED else _sent_by_hand_on(fact)
            what = f"{fact.kind.label} (pièce non jointe)" if self._kept_back(fact.proof) else fact.kind.label
            lines.append((ChronologyLine(day, what, standing, exhibits), fact.seq))
        if self.now.overdue_since is not None:
            due = self.clock.legal.due
            silence = ChronologyLine(due, "fin du délai légal de réponse, sans réponse connue", Standing.PRESUMED)
            lines.append((silence, 0))
        return tuple(sorted(lines, key=lambda each: each[0].day))

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


_CHANNELS = {
    "email": "courriel",
    "post": "courrier",
    "lrar": "lettre recommandée avec avis de réception",
    "form": "formulaire du site",
}


def _sent_by_hand_on(fact: CaseFact) -> date:
    """Return the day of the fact; for a letter sent by hand, the day it left, however late we were told."""
    sent = fact.data.get("sent_on") if fact.kind is EventKind.PRIOR_REQUEST_RECORDED else None
    return date.fromisoformat(str(sent)) if sent else fact.day


def keys_of(facts: Sequence[CaseFact]) -> tuple[str, ...]:
    """Return the listings a case is about, once each."""
    return tuple(dict.fromkeys(str(f["listing"]) for f in findings_of(facts)))


def _told(rule: tuple[Place, str]) -> tuple[str, str]:
    place, why = rule
    return place.label, why


def _private_words(person: Practitioner) -> tuple[str, ...]:
    """Return the streets and numbers that are a person's own: of a practice that is also the home, and the mobile."""
    private = [p for p in person.practices if p.private]
    words = [word for p in private for word in (p.street, *p.phones)]
    return tuple(dict.fromkeys(word for word in (*words, person.mobile) if sum(map(str.isalnum, word)) > 2))


def _tells(text: str, words: Sequence[str]) -> bool:
    """Return True when a text tells one of the words, however it writes it."""
    plain, digits = f" {fold(text)} ", "".join(filter(str.isdigit, text))
    for word in words:
        number = "".join(filter(str.isdigit, word))
        if word.lstrip("+").replace(" ", "").isdigit() and len(number) >= 9:
            if number[-9:] in digits:
                return True
        elif f" {fold(word)} " in plain:
            return True
    return False


def approved_grounds(facts: Sequence[CaseFact]) -> frozenset[str]:
    """Return the grounds a person ticked for the request."""
    approved = [f for f in facts if f.kind is EventKind.REQUEST_APPROVED]
    return frozenset(str(g) for g in approved[-1].data.get("grounds", ())) if approved else frozenset()


def _answer_text(answer: Answer, fact: CaseFact | None) -> str:
    if fact is None:
        return ""
    told = str(fact.data.get("text", "")).strip()
    if told:
        return told
    return {
        Answer.REFUSED: "La plateforme a répondu qu’elle ne donnait pas suite à la demande.",
        Answer.PARTIAL: "La plateforme n’a donné suite qu’à une partie de la demande.",
        Answer.DISPROVED: "La plateforme a indiqué avoir effacé les données ; la page était encore affichée après cette annonce.",
    }[answer]


def suffix_of(data: bytes) -> str:
    """Return the file ending that fits the bytes: what they are, never what somebody called them."""
    head = data[:2048].lstrip()
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"\x89PNG"):
        return ".png"
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    lowered = head.lower()
    if lowered.startswith((b"<!doctype html", b"<html")) or b"<html" in lowered:
        return ".html"
    if lowered.startswith((b"{", b"[")):
        return ".json"
    if any(
        line.lower().startswith((b"from:", b"received:", b"return-path:", b"message-id:", b"date:"))
        for line in head.splitlines()[:12]
    ):
        return ".eml"
    return ".bin" if b"\x00" in head else ".txt"
