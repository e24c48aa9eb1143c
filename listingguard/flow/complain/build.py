"""The files of a dossier: the communicable part, the part for the CNIL alone, and what stays with the sender."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import addressee_record
from listingguard.domain.capture import TokenRow
from listingguard.domain.case import ANSWERED, Acting, EventKind, Fact
from listingguard.domain.citation import blocked
from listingguard.domain.event import PROGRAM
from listingguard.domain.french import NBSP, french_day, typography
from listingguard.domain.grounds import ticked_problem
from listingguard.domain.letter import (
    CNIL,
    AddendumFields,
    Answer,
    ChronologyFields,
    CnilFormFields,
    ComplaintFields,
    Exhibit,
    ExhibitsFields,
    Fields,
    FormStep,
    HandoverFields,
    HiddenFields,
    JointFields,
    JointLine,
    Kind,
    PrivateFields,
    SentFile,
    SummaryFields,
    TransmittalFields,
)
from listingguard.domain.names import fold
from listingguard.domain.pack import PackState, lawyer_of, pack_states, sealed_events, unnamed_events
from listingguard.domain.record import CaseRow, PackRow
from listingguard.errors import BadInput, Refused
from listingguard.flow.complain.exhibits import brief
from listingguard.flow.complain.file import TOLD, CaseFile, approved_grounds
from listingguard.flow.complain.lacks import attestation, commands, declared_proceedings, missing, unproven_receipt
from listingguard.flow.complain.papers import keys_of, lacking_papers
from listingguard.flow.complain.writer import Writer

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

_CHECKS = (
    "VÉRIFIER L’HEURE DES PAGES CAPTURÉES",
    "",
    "Chaque page a une fiche technique (JSON canonique, RFC 8785) : d’où, quand, comment et par qui elle a été",
    "prise, et l’empreinte SHA-256 de chacun de ses fichiers d’origine, conservés, non communiqués. Ces commandes se",
    "tapent dans le dossier décompressé.",
    "racines.pem est le certificat racine de l’autorité d’horodatage ; s’il est joint ici, c’est celui de",
    "l’expéditeur : demandez-le plutôt à l’autorité elle-même, et comparez.",
)

_POINTS = (
    "L’adresse IP publique de la connexion, et l’absence de serveur mandataire (proxy).",
    "Le matériel, le système, le navigateur et sa version ; la définition de l’écran.",
    "La date et l’heure de la machine, comparées à une horloge de référence.",
    "Les caches, les cookies et l’historique vidés avant la visite.",
    "Le chemin suivi depuis la page d’accueil, chaque clic compris, et l’adresse affichée à chaque étape.",
    "La page entière, de haut en bas, et le code source tel que reçu.",
    "Une page voisine du même site qui s’affiche, comme témoin.",
    "Les mentions légales du site, et l’éditeur qu’elles nomment.",
)
"""What a court looks for in a finding made on the web. Source: the law page, part 6 (NF Z67-147, good practice)."""


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
    attest: bool = False,
    today: date,
    at: datetime,
    actor: str,
) -> PackRow:
    """Build the complaint and its exhibits as ZIP files in `folder` and return the row of the first.

    Beside it lie the other parts, the confidential one, and what stays with the sender: the letter to the CNIL, the
    sheet for its form, the sheet for a commissaire de justice. proceedings: whether proceedings are pending, in one
    sentence; never assumed, but it may stand in a declaration that the person signed. ticked: grounds, when the request was
    not written here. attest: `actor`, an officer, looked the council's register of contracts up today and found none with this
    platform. Built again on the same day with no new fact, it returns the pack that is there.
    Raises Refused with what is missing and how to bring it, or when a signed dossier stands: an addendum completes it.
    """
    found = pack_states(case.id, store.facts(case.id), wanted=writer.signatures, legal_due=None)
    signed = [pack for pack in found if pack.frozen and not pack.addendum]
    clock = store.status(case.id, today).clock
    if signed and clock is not None:
        (standing,) = (
            pack
            for pack in pack_states(case.id, store.facts(case.id), wanted=writer.signatures, legal_due=clock.legal.due)
            if pack.number == signed[-1].number
        )
        if not standing.void:
            raise Refused(f"La plainte n° {standing.number} du dossier {case.id} est signée : elle ne change plus.", [
                f"pour y ajouter ce qui est arrivé depuis : listingguard pack addendum {case.id}"
            ])  # fmt: skip
    lacks = [f"{m.text} → {commands(case)[m.code]}" for m in missing(store, case, controllers, today=today)]
    codes = frozenset(ticked) or approved_grounds(store.facts(case.id))
    problem = ticked_problem(codes)
    if problem:
        lacks.append(f"les motifs cochés par une personne : --ground … ({problem})")
    declared = declared_proceedings(store, case)
    if not proceedings.strip() and not declared:
        lacks.append("dire si une procédure est en cours : --proceedings aucune, ou une phrase")
    if proceedings.strip() and declared and proceedings.strip().lower() != declared.lower():
        lacks.append(
            f"une déclaration qui dise la même chose des procédures (celle du dossier dit « {declared} ») : "
            f"listingguard declaration add {case.id} …"
        )
    lacks += lacking_papers(store, vault, case, today) or unproven_receipt(store, vault, case, today)
    attesting = attestation(store, case, attest=attest, signatory=writer.signatory, actor=actor, today=today)
    if lacks:
        raise Refused(f"La plainte du dossier {case.id} ne peut pas être construite aujourd’hui. Il manque :", lacks)
    packs = store.packs(case.id)
    said = {"proceedings": proceedings.strip(), "grounds": sorted(codes)}
    if attesting is not None:
        said["attested"] = [attesting.as_of.isoformat(), attesting.signatory]
    if (extracts := store.extracts(case.controller)) and extracts[-1].day <= today:
        said["extract"] = extracts[-1].document
    if packs and _still_current(store, case, packs[-1], said, folder, today):
        return packs[-1]
    number = len(packs) + 1
    record = addressee_record(controllers, case, store.facts(case.id))
    file = CaseFile(store, vault, writer, record, case, today, attesting)
    if not file.gives_a_reason:
        raise Refused(f"La plainte du dossier {case.id} ne peut pas être construite aujourd’hui. Il manque :", [
            "une raison tenant à la situation de la personne, que l’article 21, paragraphe 1, demande, dans une déclaration "
            f"qu’elle signe : listingguard declaration print {case.id}, puis declaration add {case.id} … --situation PHRASE"
        ])  # fmt: skip
    complaint = file.complaint(codes, proceedings)
    laid = _Laid.of(file, "plainte", Kind.COMPLAINT, complaint)
    if unverified := blocked(laid.text, store.confirmed_citations(), today):
        raise Refused(
            f"La plainte du dossier {case.id} ne peut pas être construite aujourd’hui. Il manque :", unverified
        )
    stem = f"{case.id}-plainte-{number}"
    parts, single = _write(file, complaint, laid, folder, stem)
    beside = _write_beside(file, complaint, folder, stem, parts, single, addendum=False)
    data = {
        "sha256": parts[0].sha256,
        "stamps": len(_stamps(store, case)),
        "captures": len(_captures(store, case)),
        "parts": [{"path": part.path.name, "sha256": part.sha256} for part in parts],
        "beside": beside,
        "legal_due": complaint.legal.due.isoformat(),
        "said": said,
        **({"answer_tells": file.answer_tells} if file.answer_tells else {}),
        **_shown(file, complaint.exhibits),
    }
    return _built(store, case, PackRow(case.id, number, parts[0].path.name, parts[0].sha256, today), data, at, actor)


def _built(store: Store, case: CaseRow, row: PackRow, data: Mapping[str, Any], at: datetime, actor: str) -> PackRow:
    key = f"{case.id}/{row.number}"
    with store.tx("complain.built"):
        # An answer that came since the signature is added to the complaint, which still goes.
        if not data.get("addendum") or store.status(case.id, row.day).state in ANSWERED:
            store.add_event(case.id, EventKind.PACK_REQUESTED, key=key, day=row.day, at=at, actor=actor)
        store.add_pack(row, at=at, actor=actor)
        store.add_event(case.id, EventKind.PACK_BUILT, key=key, day=row.day, at=at, actor=actor, data=data)
    return row


def addendum(
    store: Store,
    vault: Vault,
    writer: Writer,
    controllers: Mapping[str, Mapping[str, Any]],
    case: CaseRow,
    folder: Path,
    *,
    today: date,
    at: datetime,
    actor: str,
) -> PackRow:
    """Build what completes the signed dossier of a case: facts and exhibits since, numbered after its own.

    The signed dossier stays as it is. Raises Refused when none is signed, it is undone, or nothing is new.
    """
    facts = store.facts(case.id)
    clock = store.status(case.id, today).clock
    found = pack_states(case.id, facts, wanted=writer.signatures, legal_due=clock.legal.due if clock else None)
    signed = [pack for pack in found if pack.frozen and not pack.addendum]
    if not signed or clock is None:
        raise Refused(f"Aucune plainte signée dans le dossier {case.id} : rien à compléter.", [
            f"la signature : listingguard pack sign {case.id}"
        ])  # fmt: skip
    parent = signed[-1]
    if parent.void and parent.filed_on is None:
        raise Refused(f"La plainte n° {parent.number} du dossier {case.id} est sans effet : {parent.void}.", [
            f"une nouvelle plainte, si elle a encore lieu d’être : listingguard complain {case.id}"
        ])  # fmt: skip
    built = [f for f in facts if f.kind is EventKind.PACK_BUILT and int(f.key.rpartition("/")[2]) >= parent.number]
    file = CaseFile(store, vault, writer, addressee_record(controllers, case, facts), case, today)
    fields = _added(file, built, parent, len([pack for pack in found if pack.addendum]) + 1)
    number = len(store.packs(case.id)) + 1
    stem = f"{case.id}-additif-{fields.number}"
    parts, single = _write(file, fields, _Laid.of(file, "additif", Kind.ADDENDUM, fields), folder, stem)
    beside = _write_beside(file, fields, folder, stem, parts, single, addendum=True)
    data = {
        "sha256": parts[0].sha256,
        "addendum": fields.number,
        **({"undone": fields.undone} if fields.undone else {}),
        "parent": parent.sha256,
        "parts": [{"path": part.path.name, "sha256": part.sha256} for part in parts],
        "beside": beside,
        **_shown(file, fields.exhibits),
    }
    return _built(store, case, PackRow(case.id, number, parts[0].path.name, parts[0].sha256, today), data, at, actor)


def _shown(file: CaseFile, rows: Sequence[Exhibit]) -> dict[str, Any]:
    """Return what the log keeps of the exhibits: their numbers; of what others wrote or published, where it went and why."""
    return {
        "exhibits": [[row.number, *_same(row)] for row in rows],
        "papers": [
            [row.number, row.sha256, row.title, file.set_aside.get(row.number, "")]
            for row in rows
            if row.number in file.set_aside or row.number in file.read | file.copies
        ],
    }


def _same(row: Exhibit) -> tuple[str, str]:
    """Return what makes an exhibit that one: the same page, byte for byte, seen on a later day is another."""
    return row.sha256, row.day.isoformat() if row.day else ""


def _added(file: CaseFile, built: Sequence[Fact], parent: PackState, number: int) -> AddendumFields:
    """Return what was not told yet, its exhibits numbered after those that were."""
    told = {tuple(same): int(n) for f in built for n, *same in f.data.get("exhibits", ())}
    numbers: dict[int, int] = {}
    rows: list[Exhibit] = []
    for row in file.exhibits.rows:
        if _same(row) in told:
            numbers[row.number] = told[_same(row)]
        elif "-annexe-" not in row.file and "-attestation-" not in row.file:
            numbers[row.number] = max(told.values(), default=0) + len(rows) + 1
            name = file.writer.exhibit_name(numbers[row.number], row.title.partition(" (")[0], Path(row.file).suffix)
            rows.append(replace(row, number=numbers[row.number], file=name))
    new = {row.number for row in rows}
    last = built[-1]
    known = {f.seq for f in file.facts if f.seq > last.seq}
    lines = tuple(
        replace(line, exhibits=tuple(sorted(numbers[n] for n in line.exhibits if n in numbers)))
        for line, seq in file.numbered_chronology()
        if (seq in known if seq else any(numbers.get(n) in new for n in line.exhibits))
    )
    undone = _undone(file, parent, known)
    if not (lines or rows or undone):
        raise Refused(f"Rien de nouveau depuis le {french_day(last.day)} dans le dossier {file.case.id}.", [
            "un fait ou une pièce : listingguard event add, capture import, inbox import"
        ])  # fmt: skip
    file.renumber(numbers, rows)
    signed = max(signature.day for signature in parent.signatures)
    due = str(built[0].data.get("legal_due", ""))
    return AddendumFields(
        *file.head, number, parent.day, signed, parent.sha256, date.fromisoformat(due) if due else None,
        file.clock.legal.due, file.mandate is not None, lines, file.reckonings(), tuple(rows), file.writer.signatory,
        file.person.civility, undone,
    )  # fmt: skip


def _undone(file: CaseFile, parent: PackState, known: Collection[int]) -> str:
    """Return what an addendum says first where the complaint at the CNIL was undone since: « agreement », « withdrawn »…"""
    ends = {
        EventKind.AGREEMENT_FOUND: "agreement",
        EventKind.WITHDRAWN: "withdrawn",
        EventKind.ERASED_VERIFIED: "erased",
        EventKind.MANDATE_REVOKED: "mandate",
        EventKind.MANDATE_EXPIRED: "mandate",
        EventKind.CONTROLLER_CHANGED: "controller",
    }
    # What ends the case is said, whatever else happened beside it.
    new = sorted((f for f in file.facts if f.seq in known and f.kind in ends), key=lambda f: list(ends).index(f.kind))
    return ends[new[0].kind] if new and parent.filed_on is not None else ""


def joint(
    store: Store,
    writer: Writer,
    controllers: Mapping[str, Mapping[str, Any]],
    cases: Sequence[CaseRow],
    folder: Path,
    *,
    today: date,
) -> Path:
    """Write the note that goes with several signed complaints about one controller and return where it lies.

    Raises BadInput when they are not about one controller, Refused when one of them is not signed.
    """
    if len({case.controller for case in cases}) != 1 or len(cases) < 2:
        raise BadInput("Une note commune réunit au moins deux dossiers du même responsable du traitement.")
    lines, lacks = [], []
    for case in sorted(cases, key=lambda case: case.id):
        clock = store.status(case.id, today).clock
        due = clock.legal.due if clock else None
        found = pack_states(case.id, store.facts(case.id), wanted=writer.signatures, legal_due=due)
        signed = [pack for pack in found if pack.frozen and not pack.addendum and not pack.void]
        if not signed:
            lacks.append(f"la plainte signée du dossier {case.id} : listingguard pack sign {case.id}")
            continue
        name = store.practitioner(case.practitioner).full_name
        lines.append(JointLine(case.id, name, signed[-1].day, signed[-1].sha256))
    if lacks:
        raise Refused("La note commune ne peut pas être écrite. Il manque :", lacks)
    record = addressee_record(controllers, cases[0], store.facts(cases[0].id))
    reference = f"{lines[0].reference} et {len(lines) - 1} autre{'s' if len(lines) > 2 else ''}"
    fields = JointFields(
        reference, today, writer.place, writer.sender, CNIL,
        str(record.get("platform_name") or cases[0].platform), str(record.get("name", "")), tuple(lines),
        writer.signatory,
    )  # fmt: skip
    path = folder / f"note-commune-{lines[0].reference}-{today.isoformat()}.pdf"
    writer.put(path, writer.renderer.pdf(Kind.JOINT.value, fields, day=today))
    return path


# -- the files ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Laid:
    """A written document, its words checked: its PDF, printed beside, and its blocks for the dossier and for Word."""

    name: str
    kind: Kind
    text: str
    zones: Mapping[str, Any]
    pdf: Future[bytes]

    @classmethod
    def of(cls, file: CaseFile, name: str, kind: Kind, fields: Fields) -> _Laid:
        renderer = file.writer.renderer
        layout = renderer.layout(kind.value, fields, day=file.today)
        said, zones = renderer.kept(layout)
        return cls(name, kind, said, zones, file.beside.submit(renderer.printed, layout))


def _write(
    file: CaseFile, main: ComplaintFields | AddendumFields, written_out: _Laid, folder: Path, stem: str
) -> tuple[list[Any], tuple[SentFile, ...]]:
    """Write the communicable part, in as many files as it takes, then the confidential one; return them in order.

    With them, what stands in for each part where a ZIP is refused: one PDF of it, that lies in the part. Beside them, the
    texts that a lawyer may edit.
    """
    writer, today = file.writer, file.today
    shown = {row.number for row in main.exhibits}
    public_beside, private_beside, checks = _beside(file, shown)
    lawyer = _lawyer_words(file)
    exhibits = ExhibitsFields(*file.head, main.exhibits)
    hidden = HiddenFields(
        *file.head,
        tuple(line for line in file.hidden if line.exhibit in shown),
        tuple(file.withheld_of(shown)),
        tuple(sorted(file.read & shown)),
    )
    laid = [written_out]
    if isinstance(main, ComplaintFields):
        chronology = ChronologyFields(*file.head, main.chronology, file.reckonings())
        laid = [
            _Laid.of(file, "resume", Kind.SUMMARY, SummaryFields(**vars(main))),
            *laid,
            _Laid.of(file, "chronologie", Kind.CHRONOLOGY, chronology),
            _Laid.of(file, "liste-des-pieces", Kind.EXHIBITS, exhibits),
        ]
    laid.append(_Laid.of(file, "index-des-occultations", Kind.HIDDEN, hidden))
    rows = [row for row in main.exhibits if not row.confidential]
    aside = [row for row in main.exhibits if row.number in file.set_aside]
    written = "rédigé par listingguard"
    private = PrivateFields(
        *file.head, file.person.civility, file.person.rpps or "", file.contacts(), lawyer,
        tuple(line for line in file.withheld_of(shown) if "confidentielle" in line.where),
    )  # fmt: skip
    contacts = _Laid.of(file, "coordonnees", Kind.PRIVATE, private)
    # For a lawyer to edit; what can be edited is not filed, nor kept by its hash.
    words = {
        f"{stem}.docx" if each is written_out else f"{stem}-{each.name}.docx": file.beside.submit(
            writer.word, each.zones, title=f"{each.kind.label}, {file.case.id}", day=today
        )
        for each in laid
        if each.kind in (Kind.COMPLAINT, Kind.EXHIBITS, Kind.ADDENDUM)
    }
    members = [_dossier(file, main, laid, sorted([*rows, *aside], key=lambda row: row.number))]
    members += [writer.member(f"{each.name}.pdf", each.pdf.result(), written, each.kind.label) for each in laid]
    for name, word in words.items():
        writer.put(folder / name, word.result())
    for row in rows:
        members.append(
            writer.member(row.file, file.exhibits.data[row.number], file.exhibits.origins[row.number], row.title)
        )
    members += [
        writer.member(*file.placeholder(row), written, f"Pièce n°{NBSP}{row.number}, non communicable") for row in aside
    ]
    members += [made() for made in public_beside]
    alone = [
        writer.member("coordonnees.pdf", contacts.pdf.result(), written, Kind.PRIVATE.label),
        *(
            writer.member(row.file, file.exhibits.data[row.number], file.exhibits.origins[row.number], row.title)
            for row in main.exhibits
            if row.confidential
        ),
        *(
            writer.member(
                writer.exhibit_name(number, "message entier", ".eml"), data, "message envoyé", f"{title}, entier"
            )
            for number, (data, title) in sorted(file.whole.items())
            if number in shown
        ),
        *private_beside,
    ]
    if writer.roots and checks:
        title = "Certificats racines des autorités d’horodatage"
        private_beside.append(writer.member("racines.pem", writer.roots, "réglage de l’expéditeur", title))
        alone.append(private_beside[-1])
    alone.insert(0, _confidential(file, main, contacts, shown, private_beside))
    events = file.store.events(file.case.id)
    clear = {PROGRAM}
    if file.store.rules.acting is not Acting.COUNCIL:
        clear |= {event.actor for event in events if fold(event.actor) in file.own_names}
    common = {
        "reference": file.case.id,
        "day": today,
        "events": events,
        "payloads": {},
        "told": sealed_events(events, TOLD, clear=clear),
        "unnamed": unnamed_events(events, TOLD, clear=clear),
    }
    hashes = {member.name: member.sha256 for member in members}
    groups = _groups(members, writer.max_bytes)
    infos = []
    for number, group in enumerate(groups, 1):
        here = {member.name for member in group}
        elsewhere = {name: digest for name, digest in hashes.items() if name not in here}
        part = writer.part(number, len(groups), False, elsewhere)
        name = f"{stem}.zip" if number == 1 else f"{stem}-partie-{number}.zip"
        infos.append(writer.write_pack(folder / name, members=group, part=part, **common))
    opening = [typography(line, narrow=False) for line in _CHECKS]
    told = "".join(f"{line}\n" for line in (*opening, *checks)) if checks else ""
    part = writer.part(1, 1, True, hashes)
    infos.append(
        writer.write_pack(folder / f"{stem}-confidentiel-cnil.zip", members=alone, part=part, checks=told, **common)
    )
    single = tuple(
        SentFile(
            one.name, f"dans {info.path.name} : {one.title[0].lower()}{one.title[1:]}", _size(len(one.data)), one.sha256
        )
        for one, info in ((members[0], infos[0]), (alone[0], infos[-1]))
    )
    return infos, single


def _confidential(
    file: CaseFile,
    main: ComplaintFields | AddendumFields,
    contacts: _Laid,
    numbers: Collection[int],
    joined: Sequence[Any],
) -> Any:
    """Return the member that holds the confidential part in one file: how to reach the person, the mandate, what is for the CNIL.

    numbers: of the exhibits told of. joined: members that no page shows, attached.
    """
    writer = file.writer
    shown = [
        writer.shown(
            row.number,
            brief(row.title),
            row.file,
            file.exhibits.data[row.number],
            file.exhibits.shown(row.number) if row.number in file.copies else (),
        )
        for row in main.exhibits
        if row.confidential
    ]
    shown += [
        writer.shown(number, f"{title}, entier", writer.exhibit_name(number, "message entier", ".eml"), data)
        for number, (data, title) in file.whole.items()
        if number in numbers
    ]
    shown.sort(key=lambda each: each.number)
    title = f"Confidentiel – CNIL, {file.case.id}"
    layout = {"day": file.today, "title": title, "author": writer.sender.name, "footer": title}
    written = [writer.document(contacts.kind.label[0].upper() + contacts.kind.label[1:], contacts.zones)]
    beside = [(member.name, member.data, member.title) for member in joined]
    pdf = writer.dossier(written, shown, joined=beside, **layout)
    if len(pdf) > writer.max_bytes:
        pdf = writer.dossier(written, shown, attach=False, **layout)
    name = "additif-confidentiel.pdf" if isinstance(main, AddendumFields) else "confidentiel.pdf"
    return writer.member(name, pdf, "rédigé par listingguard", "Partie confidentielle en un fichier (PDF/A-3b)")


def _beside(file: CaseFile, shown: set[int]) -> tuple[list[Callable[[], Any]], list[Any], list[str]]:
    """Return what goes with the captured pages; what is for the CNIL alone is told to the index of what is withheld."""
    public, private, checks = [], [], []
    for number, capture, leaving in file.sheets:
        if number in shown:
            one, other, how = file.with_capture(number, capture, leaving)
            public += one
            private += other
            checks += how
    return public, private, checks


def _groups(members: Sequence[Any], most: int) -> list[list[Any]]:
    """Return the members in as few groups as keep their order and the size; one that is larger alone stands alone."""
    groups: list[list[Any]] = [[]]
    size = 0
    for member in members:
        if groups[-1] and size + len(member.data) > most:
            groups.append([])
            size = 0
        groups[-1].append(member)
        size += len(member.data)
    return groups


def _dossier(
    file: CaseFile,
    main: ComplaintFields | AddendumFields,
    documents: Sequence[_Laid],
    rows: Sequence[Exhibit],
) -> Any:
    """Return the member that holds everything communicable in one file, the originals attached while they fit."""
    writer = file.writer
    shown = [
        writer.shown(row.number, f"{brief(row.title)} (non communicable)", *file.placeholder(row))
        if row.number in file.set_aside
        else writer.shown(
            row.number,
            brief(row.title),
            row.file,
            file.exhibits.data[row.number],
            file.exhibits.shown(row.number),
            (row.title,) if " (" in row.title or ". Fondement" in row.title else (),
        )
        for row in rows
    ]
    addendum = isinstance(main, AddendumFields)
    title = f"Additif n° {main.number} à la plainte" if isinstance(main, AddendumFields) else "Plainte et pièces"
    layout = {
        "day": file.today,
        "title": f"{title}, {file.case.id}",
        "author": writer.sender.name,
        "footer": f"{file.case.id} – {title}",
    }
    written = [writer.document(each.kind.label[0].upper() + each.kind.label[1:], each.zones) for each in documents]
    pdf = writer.dossier(written, shown, **layout)
    if len(pdf) > writer.max_bytes:
        pdf = writer.dossier(written, shown, attach=False, **layout)
    name = "additif-complet.pdf" if addendum else "dossier.pdf"
    return writer.member(name, pdf, "rédigé par listingguard", "Dossier complet en un fichier (PDF/A-3b)")


def _write_beside(
    file: CaseFile,
    main: ComplaintFields | AddendumFields,
    folder: Path,
    stem: str,
    parts: Sequence[Any],
    single: tuple[SentFile, ...],
    *,
    addendum: bool,
) -> list[dict[str, str]]:
    """Write what does not lie in the dossier, as it carries its hashes or stays with the sender; return names and hashes."""
    writer, today = file.writer, file.today
    sent = tuple(
        SentFile(
            part.path.name,
            "partie « confidentiel – CNIL »" if "-confidentiel-" in part.path.name else "partie communicable",
            _size(part.size),
            part.sha256,
        )
        for part in parts
    )
    letter = TransmittalFields(
        file.case.id, today, writer.place, writer.sender, CNIL, file.person.full_name, file.platform,
        file.person.civility, file.mandate is not None, str(file.record.get("name", "")), _lawyer_words(file), addendum,
        sent, writer.signatory,
    )  # fmt: skip
    laid = [_Laid.of(file, "lettre-cnil", Kind.TRANSMITTAL, letter)]
    if isinstance(main, ComplaintFields):
        laid.append(_Laid.of(file, "fiche-cnil", Kind.CNIL_FORM, _form(file, main, sent, single)))
        sheet = HandoverFields(*file.head, main.still_shown, _POINTS, tuple(file.sealed))
        laid.append(_Laid.of(file, "commissaire-de-justice", Kind.HANDOVER, sheet))
    written = []
    for each in laid:
        pdf, name = each.pdf.result(), f"{stem}-{each.name}.pdf"
        writer.put(folder / name, pdf)
        written.append({"path": name, "sha256": sha256(pdf).hexdigest()})
    return written


def _form(
    file: CaseFile, main: ComplaintFields, sent: tuple[SentFile, ...], single: tuple[SentFile, ...]
) -> CnilFormFields:
    form = file.writer.form
    who = main.controller
    represented = (
        f"Mandat du {french_day(main.mandate_day)} (mandataire : {main.sender.name}), joint à la partie confidentielle."
        if main.represented and main.mandate_day
        else "Sans objet : la personne concernée agit elle-même."
    )
    answer = {
        Answer.SILENCE: f"Sans réponse ; le délai a expiré le {french_day(main.legal.due)}.",
        Answer.REFUSED: "Refus.",
        Answer.PARTIAL: "Réponse partielle.",
        Answer.DISPROVED: "Effacement annoncé mais non observé.",
    }[main.answer]
    known = {
        "request_day": french_day(main.request_day),
        "request_channel": main.request_channel,
        "answer": answer,
        "who": f"{main.practitioner_name}, RPPS {main.rpps}" if main.rpps else main.practitioner_name,
        "represented": represented,
        "controller": ", ".join(
            filter(None, (who.name, who.legal_form, *who.lines, who.siren and f"SIREN {who.siren}"))
        ),
    }
    steps = tuple(FormStep(str(s["title"]), _filled(str(s["entry"]), known)) for s in form["step"])
    return CnilFormFields(*file.head, form["address"], form["verified_on"], steps, tuple(form["limits"]), sent, single)


def _filled(entry: str, known: Mapping[str, str]) -> str:
    # A value that holds braces stays what it is.
    parts = re.split(r"\{(\w+)\}", entry)
    return "".join(known[part] if odd % 2 else part for odd, part in enumerate(parts))


def _lawyer_words(file: CaseFile) -> str:
    lawyer = lawyer_of(file.raw_facts)
    if not lawyer:
        return ""
    email = f" ({lawyer['email']})" if lawyer["email"] else ""
    return f"Les échanges relatifs à cette plainte sont à adresser à {lawyer['name']}{email}, avocat de la personne concernée."


def _size(size: int) -> str:
    if size < 1_000_000:
        return f"{max(size // 1000, 1)}{NBSP}ko"
    return f"{size / 1_000_000:.1f}{NBSP}Mo".replace(".", ",")


def _still_current(
    store: Store, case: CaseRow, pack: PackRow, said: Mapping[str, object], folder: Path, today: date
) -> bool:
    facts = store.facts(case.id)
    last = facts[-1]
    built = last.kind is EventKind.PACK_BUILT and last.data.get("sha256") == pack.sha256
    built = built and last.data.get("stamps", 0) == len(_stamps(store, case)) and last.data.get("said") == said
    captures = _captures(store, case)
    # A complaint of before does not say how many it had.
    built = built and last.data.get("captures", len(captures)) == len(captures)
    newest = max(captures.values(), default=today)
    there = all((folder / str(part["path"])).is_file() for part in last.data.get("parts", ())) if built else False
    return there and pack.day == today and newest <= pack.day and (folder / pack.path).is_file()


def _stamps(store: Store, case: CaseRow) -> tuple[TokenRow, ...]:
    """Return the time-stamps of the captures of a case."""
    captures = _captures(store, case)
    return tuple(token for token in store.tokens() if token.capture in captures)


def _captures(store: Store, case: CaseRow) -> dict[str, date]:
    """Return the captures of the pages of a case, each with its day."""
    return {c.id: c.day for key in keys_of(store.facts(case.id)) for c in store.captures(key)}
