"""Cases + fresh captures -> the complaint to the CNIL and its exhibits, or the list of what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import addressee_record
from listingguard.domain.annex import annex
from listingguard.domain.capture import TokenRow, artefact, basis_of, moment_known, one_line, picture
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
from listingguard.domain.grounds import ground_lines, ticked_problem
from listingguard.domain.french import NBSP, french_day
from listingguard.domain.letter import (
    CNIL,
    Answer,
    ChronologyFields,
    ChronologyLine,
    ComplaintFields,
    ControllerIdentity,
    Exhibit,
    ExhibitsFields,
    Fact,
    Fields,
    GroundLine,
    Kind,
    ListedPage,
    Reckoning,
    Sender,
    Standing,
)
from listingguard.domain.next_step import Missing, complaint_missing, seen_by_another
from listingguard.domain.practitioner import Mandate
from listingguard.domain.record import CaptureRow, CaseRow, PackRow
from listingguard.errors import Refused

if TYPE_CHECKING:
    from listingguard.edge.render import Renderer
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

NO_PROCEEDINGS = "La personne concernée déclare qu’aucune procédure judiciaire portant sur ces faits n’est en cours."

CONFIRMED = "La personne concernée déclare que cette fiche la désigne et n’avoir donné aucun accord à la plateforme."

_TOLD_TO_THE_CNIL = frozenset(
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


_CHECKS = (
    "VÉRIFIER LES PAGES CAPTURÉES",
    "",
    "Chaque page a une fiche technique (JSON canonique, RFC 8785)\u00a0: d’où, quand et comment elle a été",
    "prise, et l’empreinte SHA-256 de chacun de ses fichiers. Ces commandes se tapent dans le dossier",
    "décompressé\u00a0; les archives .warc.gz se relisent avec tout lecteur WARC (ReplayWeb.page, warcio).",
    "Ces pages sont entières\u00a0: d’autres personnes peuvent y figurer, elles ne se publient pas.",
    "racines.pem est le certificat racine de l’autorité d’horodatage\u00a0; s’il est joint ici, c’est celui de",
    "l’expéditeur\u00a0: demandez-le plutôt à l’autorité elle-même, et comparez.",
)


@dataclass(frozen=True)
class Writer:
    """Who signs a complaint, and the tools that write it.

    listed_page: how a captured page is described (flow/letter). write_pack, member, exhibit_name: see edge/pack.
    sheet: see edge/sheet. roots: PEM, what time-stamps are checked with here; empty: none is set.
    """

    sender: Sender
    place: str
    signatory: str
    renderer: Renderer
    listed_page: Callable[..., ListedPage]
    write_pack: Callable[..., Any]
    member: Callable[..., Any]
    exhibit_name: Callable[[int, str, str], str]
    sheet: Callable[..., bytes]
    roots: bytes


@dataclass
class _Exhibits:
    """The exhibits in the order they are numbered; the same document is one exhibit."""

    exhibit_name: Callable[[int, str, str], str]
    rows: list[Exhibit] = field(default_factory=list)
    origins: dict[int, str] = field(default_factory=dict)

    def add(self, sha: str, data: bytes, title: str, origin: str, day: date | None, told: str = "") -> int:
        """Return the number of an exhibit. told: what the list says of it behind its title."""
        for row in self.rows:
            if (row.sha256, row.day) == (sha, day):
                return row.number
        number = len(self.rows) + 1
        name = self.exhibit_name(number, title, _suffix(data))
        self.rows.append(Exhibit(number, f"{title}{told}", name, sha, day))
        self.origins[number] = origin
        return number


def missing(
    store: Store, case: CaseRow, controllers: Mapping[str, Mapping[str, Any]], *, today: date
) -> tuple[Missing, ...]:
    """Return what the complaint still lacks today, in the order of the guard; empty when it may be built."""
    facts = store.facts(case.id)
    now = store.status(case.id, today)
    captures = [c for key in _keys(facts) for c in store.captures(key)]
    record = addressee_record(controllers, case, facts)
    lacks = complaint_missing(
        now,
        store.rules,
        mandate_valid=store.valid_mandate(case.practitioner, today) is not None,
        # One whose moment nobody tells is no evidence of a day.
        capture_days=[c.day for c in captures if c.day <= today and moment_known(c.manifest)],
        prior=any(f.kind is EventKind.PRIOR_REQUEST_RECORDED for f in facts),
    )
    if not record.get("name") or not record.get("street"):
        lacks = (*lacks, Missing("controller", "le nom et l’adresse du responsable du traitement"))
    return lacks


def commands(case: CaseRow) -> Mapping[str, str]:
    """Return, for each code of a missing thing, the command that brings it."""
    return {
        "send": f"listingguard letter approve {case.id}, puis listingguard send",
        "held": f"listingguard case show {case.id}",
        "state": f"listingguard case show {case.id}",
        "receipt": f"listingguard event add {case.id} received --day … --proof …, ou attendre 7 jours puis listingguard run --once",
        "wait": f"listingguard case show {case.id}",
        "qualify": f"listingguard event add {case.id} refusal --day … --proof … (ou partial)",
        "mandate": f"listingguard mandate add {case.practitioner} …",
        "capture": "listingguard scan, ou listingguard capture import",
        "capture_before": "aucune : le dossier le dira si la demande a été reprise avec case add --sent",
        "scan": "listingguard scan, ou listingguard capture import",
        "controller": f"listingguard controller set {case.controller} …",
    }


def build(
    store: Store,
    vault: Vault,
    writer: Writer,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    folder: Path,
    *,
    proceedings: str,
    ticked: Iterable[str] = (),
    today: date,
    at: datetime,
    actor: str,
) -> PackRow:
    """Build the complaint and its exhibits as one ZIP in `folder` and return its row.

    proceedings: whether proceedings are pending, in one sentence of the person; never assumed. ticked: grounds, when
    the request was not written here. Built again on the same day with no new fact, it returns the pack that is there.
    Raises Refused with what is missing and how to bring it.
    """
    lacks = [f"{m.text} → {commands(case)[m.code]}" for m in missing(store, case, controllers, today=today)]
    codes = frozenset(ticked) or _approved_grounds(store.facts(case.id))
    problem = ticked_problem(codes)
    if problem:
        lacks.append(f"les motifs cochés par une personne : --ground … ({problem})")
    if not proceedings.strip():
        lacks.append("dire si une procédure est en cours : --proceedings aucune, ou une phrase")
    if lacks:
        raise Refused(f"La plainte du dossier {case.id} ne peut pas être construite aujourd’hui. Il manque :", lacks)
    packs = store.packs(case.id)
    if packs and _still_current(store, case, packs[-1], folder, today):
        return packs[-1]
    number = len(packs) + 1
    key = f"{case.id}/{number}"
    path = folder / f"{case.id}-plainte-{number}.zip"
    info = _write(store, vault, writer, controllers, case, path, codes, proceedings, today)
    row = PackRow(case.id, number, path.name, info.sha256, today)
    data = {"sha256": info.sha256, "stamps": len(_stamps(store, case))}
    with store.tx("complain.built"):
        store.add_event(case.id, EventKind.PACK_REQUESTED, key=key, day=today, at=at, actor=actor)
        store.add_pack(row, at=at, actor=actor)
        store.add_event(case.id, EventKind.PACK_BUILT, key=key, day=today, at=at, actor=actor, data=data)
    return row


def _still_current(store: Store, case: CaseRow, pack: PackRow, folder: Path, today: date) -> bool:
    facts = store.facts(case.id)
    last = facts[-1]
    built = last.kind is EventKind.PACK_BUILT and last.data.get("sha256") == pack.sha256
    built = built and last.data.get("stamps", 0) == len(_stamps(store, case))
    newest = max((c.day for key in _keys(facts) for c in store.captures(key)), default=today)
    return built and pack.day == today and newest <= pack.day and (folder / pack.path).is_file()


def _stamps(store: Store, case: CaseRow) -> tuple[TokenRow, ...]:
    """Return the time-stamps of the captures of a case."""
    captures = {c.id for key in _keys(store.facts(case.id)) for c in store.captures(key)}
    return tuple(token for token in store.tokens() if token.capture in captures)


def _write(
    store: Store,
    vault: Vault,
    writer: Writer,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    path: Path,
    codes: frozenset[str],
    proceedings: str,
    today: date,
) -> Any:
    file = _File(store, vault, writer, addressee_record(controllers, case, store.facts(case.id)), case, today)
    complaint = file.complaint(codes, NO_PROCEEDINGS if proceedings.strip().lower() == "aucune" else proceedings)
    reckonings = file.reckonings()
    head = (case.id, today, complaint.practitioner_name, complaint.platform_name)
    documents: list[tuple[str, Kind, Fields]] = [
        ("plainte.pdf", Kind.COMPLAINT, complaint),
        ("chronologie.pdf", Kind.CHRONOLOGY, ChronologyFields(*head, complaint.chronology, reckonings)),
        ("liste-des-pieces.pdf", Kind.EXHIBITS, ExhibitsFields(*head, complaint.exhibits)),
    ]
    members = [
        writer.member(name, writer.renderer.pdf(kind.value, fields, day=today), "rédigé par listingguard", kind.label)
        for name, kind, fields in documents
    ]
    for row in complaint.exhibits:
        members.append(writer.member(row.file, file.bytes_of(row), file.exhibits.origins[row.number], row.title))
    checks = []
    for number, capture in file.sheets:
        beside, how = file.beside(number, capture)
        members += beside
        checks += how
    if writer.roots and any(store.tokens(capture.id) for _, capture in file.sheets):
        title = "Certificats racines des autorités d’horodatage"
        members.append(writer.member("racines.pem", writer.roots, "réglage de l’expéditeur", title))
    told = {f.seq for f in store.facts(case.id) if f.kind in _TOLD_TO_THE_CNIL}
    payloads = {seq: kept for seq, kept in store.payloads(case.id).items() if seq in told}
    return writer.write_pack(
        path, reference=case.id, day=today, members=members, events=store.events(case.id), payloads=payloads,
        checks="".join(f"{line}\n" for line in (*_CHECKS, *checks)) if checks else "",
    )  # fmt: skip


class _File:
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
        self.exhibits = _Exhibits(writer.exhibit_name)
        self.sheets: list[tuple[int, CaptureRow]] = []
        self.of_event: dict[int, tuple[int, ...]] = {}
        self.of_capture: dict[str, int] = {}
        self.mandate: Mandate | None = (
            store.valid_mandate(case.practitioner, today) if store.rules.acting is Acting.COUNCIL else None
        )
        self.mandate_exhibits: tuple[int, ...] = ()
        self.captures = [c for key in _keys(self.raw_facts) for c in store.captures(key) if c.day <= today]
        self._collect()

    @property
    def platform(self) -> str:
        return str(self.record.get("platform_name") or self.case.platform)

    def bytes_of(self, row: Exhibit) -> bytes:
        return self.vault.get(row.sha256)

    # -- exhibits ----------------------------------------------------------------------------------------------

    def _add(self, sha: str, title: str, origin: str, day: date | None, told: str = "") -> int:
        return self.exhibits.add(sha, self.vault.get(sha), title, origin, day, told)

    def _collect(self) -> None:
        """Number the exhibits in the order a reader meets them."""
        for letter in self.store.letters(self.case.id):
            if letter.kind == Kind.REQUEST.value:
                self._add(letter.pdf, "Demande d’opposition et d’effacement", "courrier approuvé", letter.day)
        for fact in self.facts:
            self.of_event[fact.seq] = self._event_exhibits(fact)
        for key in _keys(self.raw_facts):
            captures = [c for c in self.store.captures(key) if c.day <= self.today]
            for capture in captures[:1] + captures[1:][-1:]:
                self._capture_exhibit(capture)
        if self.mandate is not None:
            number = self._add(
                self.mandate.document, "Mandat signé", "remis par la personne concernée", self.mandate.since
            )
            self.mandate_exhibits = (number,)
        self._annex()

    def _annex(self) -> None:
        """Write how the pages were read and number it last: it cites the other exhibits."""
        captures = sorted({c.id: c for c in self.captures}.values(), key=lambda c: (c.at, c.id))
        if not captures:
            return
        head = (self.case.id, self.today, self.store.practitioner(self.case.practitioner).full_name, self.platform)
        readings = [row for site in sorted({c.site for c in captures}) for row in self.store.readings(site)]
        fields = annex(head, captures, readings, self.of_capture)
        pdf = self.writer.renderer.pdf(Kind.READINGS.value, fields, day=self.today)
        self._add(self.vault.put(pdf), ANNEX, "rédigé par listingguard", self.today)

    def _event_exhibits(self, fact: CaseFact) -> tuple[int, ...]:
        if fact.kind is EventKind.REQUEST_SENT and fact.data.get("channel", "email") != "email":
            # Without its proof of deposit, the letter itself stands for it: one document, one exhibit.
            return (
                self._add(fact.proof, "Preuve de dépôt de la demande", "remis par la personne concernée", fact.day),
            )
        if fact.kind is EventKind.REQUEST_SENT:
            return (self._add(fact.proof, "Courriel de la demande, tel qu’envoyé", "message envoyé", fact.day),)
        if fact.kind is EventKind.PRIOR_REQUEST_RECORDED:
            letter, proof, day = str(fact.data.get("letter", "")), fact.proof, _sent_by_hand_on(fact)
            return (
                self._add(letter, "Demande adressée à la plateforme", "remis par la personne concernée", day),
                self._add(proof, "Preuve de la demande", "remis par la personne concernée", day),
            )
        documents = REPLIES | {
            EventKind.RECEIVED, EventKind.ACKNOWLEDGED, EventKind.BOUNCED, EventKind.REFUSED_DELIVERY,
            EventKind.UNCLAIMED, EventKind.NOT_AT_ADDRESS,
        }  # fmt: skip
        by_hand = {f.data.get("letter"): f for f in self.facts if f.kind is EventKind.PRIOR_REQUEST_RECORDED}
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE and fact.proof in by_hand:
            # Who writes to the platform about a listing says that it is theirs: one document, one exhibit.
            day = _sent_by_hand_on(by_hand[fact.proof])
            return (self._add(fact.proof, "Demande adressée à la plateforme", "remis par la personne concernée", day),)
        if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE and fact.proof:
            return (self._add(fact.proof, "Parole de la personne concernée", "remis par la personne", fact.day),)
        if fact.kind in documents and fact.proof:
            label = fact.kind.label[0].upper() + fact.kind.label[1:]
            return (self._add(fact.proof, label, "document reçu et conservé", fact.day),)
        if fact.kind is EventKind.CLAIM_DISPROVED:
            return (self._capture_exhibit(self.store.capture(fact.proof)),)
        return ()

    def _capture_exhibit(self, capture: CaptureRow) -> int:
        """Return the number of a captured page; its technical sheet goes with it."""
        if capture.id not in self.of_capture:
            title = f"Page de la fiche, le {french_day(capture.day)}"
            told = f". Fondement{NBSP}: {self.rests_on(capture)}"
            number = self._add(capture.body, title, f"capture de {capture.url}", capture.day, told)
            self.of_capture[capture.id] = number
            self.sheets.append((number, capture))
        return self.of_capture[capture.id]

    def rests_on(self, capture: CaptureRow) -> str:
        """Return in French why the page was kept, and under which mandate on its day."""
        return basis_of(capture, self.store.mandates(self.case.practitioner)).label

    def beside(self, number: int, capture: CaptureRow) -> tuple[list[Any], list[str]]:
        """Return the files that go with a captured page, and how to check them without listingguard, line by line."""
        nth = [each for n, each in self.sheets if n == number].index(capture)
        # The same bytes seen twice on a day are one exhibit, with a sheet for each time.
        again = f" {nth + 1}" if nth else ""

        def named(what: str, suffix: str) -> str:
            return self.writer.exhibit_name(number, what + again, suffix)

        def member(name: str, data: bytes, origin: str, title: str) -> Any:
            return self.writer.member(name, data, origin, f"{title} de la pièce n°{NBSP}{number}")

        kept = "enregistré avec la capture"
        technical = named("fiche technique", ".json")
        members = [member(technical, canonical(capture.manifest), kept, "Fiche technique")]
        tokens, image = self.store.tokens(capture.id), picture(capture.manifest)
        sheet = self.writer.sheet(
            capture.manifest,
            self.vault.get(image) if image else None,
            tokens=tokens,
            reference=self.case.id,
            rests_on=self.rests_on(capture),
        )
        written = "rédigé par listingguard"
        members.append(member(named("fiche de capture", ".pdf"), sheet, written, "Fiche de capture"))
        page = next(row.file for row in self.exhibits.rows if row.number == number)
        checked = [page]
        archive = artefact(capture.manifest, "data.warc.gz")
        if archive:
            name = named("archive", ".warc.gz")
            members.append(member(name, self.vault.get(archive), kept, "Archive WARC (réponse du site et en-têtes)"))
            checked.append(name)
        how = [
            "",
            f"Pièce n°{NBSP}{number}{NBSP}: {one_line(capture.url)}",
            f"    sha256sum {' '.join(checked)}",
            f"  à comparer avec les « sha256 » que nomme {technical}",
        ]
        for order, token in enumerate(tokens, 1):
            name = named(f"horodatage {order}", ".tsr")
            said = f"{one_line(token.authority)}, {token.status.label}"
            members.append(member(name, self.vault.get(token.sha256), f"jeton RFC 3161 de {said}", "Horodatage"))
            how += [
                f"  L’heure de cette fiche technique, signée par {said}{NBSP}:",
                f"    openssl ts -verify -data {technical} -in {name} -CAfile racines.pem",
                f"    openssl ts -reply -in {name} -text",
            ]
        return members, how

    # -- the complaint -----------------------------------------------------------------------------------------

    def complaint(self, codes: frozenset[str], proceedings: str) -> ComplaintFields:
        person = self.store.practitioner(self.case.practitioner)
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
            controller_exhibits=(),
            pages=before,
            still_shown=after,
            facts=self._declared(),
            request_day=self.now.sent_on or request.day,
            request_channel=_CHANNELS.get(str(request.data.get("channel", "email")), "courrier"),
            request_exhibits=self._request_exhibits(request),
            receipt_day=self.clock.receipt,
            receipt_proven=proven,
            receipt_basis=self._receipt_basis(receipt, proven),
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
        for key in _keys(self.raw_facts):
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
                words = (CONFIRMED, *(str(s) for s in fact.data.get("situation", ())))
                told += [Fact(Standing.DECLARED, words_, self.of_event.get(fact.seq, ())) for words_ in words]
        return tuple(told)

    def _receipt_fact(self, proven: bool) -> CaseFact | None:
        proofs = REPLIES | {EventKind.RECEIVED, EventKind.ACKNOWLEDGED, EventKind.PRIOR_REQUEST_RECORDED}
        wanted = proofs if proven else {EventKind.RECEIPT_PRESUMED}
        return next((f for f in self.facts if f.kind in wanted and f.seq not in self.now.ignored), None)

    def _receipt_basis(self, fact: CaseFact | None, proven: bool) -> str:
        if not proven or fact is None:
            return (
                "courriel accepté par le serveur d’envoi et non retourné dans les "
                f"{PRESUMED_AFTER_DAYS} jours qui ont suivi"
            )
        if fact.kind is EventKind.PRIOR_REQUEST_RECORDED:
            return "preuve remise par la personne concernée"
        return "avis de réception" if fact.kind is EventKind.RECEIVED else "réponse de la plateforme"

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
            f"délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD{longer}", clock.legal.due, clock.legal.working
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
        legal, favourable = self._legal()
        council = Reckoning(
            "repère annoncé par le conseil de l’Ordre à ses membres, qui n’est pas le délai de la loi",
            self.clock.council.due,
            self.clock.council.working,
        )
        with_council = (council,) if self.store.rules.acting is Acting.COUNCIL else ()
        return (legal, *([favourable] if favourable else []), *with_council)

    def _not_proved(self) -> tuple[str, ...]:
        lines = [
            "ce que le site affichait à d’autres moments que ceux des captures",
            "l’absence de tout contrat, que la personne concernée déclare",
            "l’origine des pages capturées : leurs empreintes montrent qu’elles n’ont pas changé depuis leur enregistrement",
        ]
        first = min((c.day for key in _keys(self.raw_facts) for c in self.store.captures(key)), default=None)
        if first is not None and self.now.sent_on is not None and first > self.now.sent_on:
            lines.append("l’état de la fiche avant la demande : aucune capture ne la précède")
        if not seen_by_another(self.captures, self.now.sent_on, self.today):
            lines.append(
                "ce qu’une autre personne, depuis une autre connexion, voyait de la page : aucune capture de ce genre n’a "
                "été faite depuis la demande"
            )
        return tuple(lines)

    def _chronology(self) -> tuple[ChronologyLine, ...]:
        lines: list[ChronologyLine] = []
        for capture_id, number in self.of_capture.items():
            capture = self.store.capture(capture_id)
            lines.append(ChronologyLine(capture.day, f"page affichée : {capture.url}", Standing.ESTABLISHED, (number,)))
        for fact in self.facts:
            if fact.kind not in _TOLD_TO_THE_CNIL:
                continue
            exhibits = self.of_event.get(fact.seq, ())
            if fact.kind is EventKind.MANDATE_SIGNED:
                exhibits = self.mandate_exhibits
            standing = Standing.ESTABLISHED if exhibits else Standing.DECLARED
            if fact.kind is EventKind.RECEIPT_PRESUMED:
                standing = Standing.PRESUMED
            if fact.kind is EventKind.LISTING_CONFIRMED_BY_KINE:
                standing = Standing.DECLARED
            day = self.clock.receipt if fact.kind is EventKind.RECEIPT_PRESUMED else _sent_by_hand_on(fact)
            lines.append(ChronologyLine(day, fact.kind.label, standing, exhibits))
        if self.now.overdue_since is not None:
            due = self.clock.legal.due
            lines.append(ChronologyLine(due, "fin du délai légal de réponse, sans réponse connue", Standing.PRESUMED))
        return tuple(sorted(lines, key=lambda line: line.day))


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


def _keys(facts: Sequence[CaseFact]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(f["listing"]) for f in findings_of(facts)))


def _approved_grounds(facts: Sequence[CaseFact]) -> frozenset[str]:
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


def _suffix(data: bytes) -> str:
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
