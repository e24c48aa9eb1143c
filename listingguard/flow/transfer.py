"""A case leaves for another home, or comes from one: signed, whole, and held on both sides until a person releases one.

The suspension is an event of the case itself, written before it leaves: both homes then hold one and the same chain, so
that a later export of it continues the first, and nothing leaves either home by itself. Who goes on says so there, with
`case release`; were both released, the chains part and no import brings them together again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from listingguard.domain.addressee import NoticeRow
from listingguard.domain.case import Acting, EventKind, Fact, Place, findings_of, why_not
from listingguard.domain.listing import Listing
from listingguard.domain.listing_id import met_again
from listingguard.domain.record import CaptureRow, CaseRow
from listingguard.domain.roster import agree
from listingguard.domain.transfer import (
    AT_REST,
    EXPORTED,
    IMPORTED,
    Paper,
    PaperKind,
    Travelling,
    differences,
    hashes_in,
    record_differences,
    record_of,
    without_homes,
)
from listingguard.errors import BadInput, Refused

if TYPE_CHECKING:
    from listingguard.edge.evidence import Evidence
    from listingguard.edge.pack import PackInfo
    from listingguard.edge.store import Store
    from listingguard.edge.transfer_file import CaseFile
    from listingguard.edge.vault import Vault

HELD = "dossier remis à un autre dossier de données ; un seul continue, celui où une personne le reprend"
"""Why a case that travels is suspended, in both homes."""

Write = Callable[[Travelling, Iterable[tuple[str, bytes]], Mapping[str, Path]], "PackInfo"]


@dataclass(frozen=True)
class Exported:
    """A case written into a file. held: this suspended it. withheld: documents that stay, about other people too.

    others: how many of its captures also show listings of other people. absent: files of complaints that are lost.
    """

    path: Path
    sha256: str
    size: int
    events: int
    held: bool
    withheld: tuple[str, ...]
    others: int
    absent: tuple[str, ...]


def export_case(
    store: Store,
    vault: Vault,
    write: Write,
    case: CaseRow,
    packs: Path,
    *,
    record: Mapping[str, Any],
    today: date,
    at: datetime,
    actor: str,
) -> Exported:
    """Suspend a case, write all of it into one signed file, and note that it left. Done again, nothing is added.

    write: puts what travels into the file. packs: the folder of complaints. record: of the case's controller. Raises
    Refused while a letter is on its way out, which both homes could then send, or when a content of the log was purged.
    """
    with store.tx("case.export"):
        unsettled = [row for row in store.dispatches(case.id) if row.state not in AT_REST]
        if unsettled:
            raise Refused(
                f"Un courrier du dossier {case.id} n’est ni parti ni retiré : deux dossiers de données l’enverraient.",
                [
                    f"{row.id} ({row.state.label}) : listingguard send --settle {row.id} sent, s’il est parti ; "
                    f"sinon listingguard letter withdraw {row.letter} --reason MOTIF"
                    for row in unsettled
                ],
            )
        held = _hold(store, case.id, store.rules.acting, today=today, at=at, actor=actor)
    travelling, absent = _travelling(store, case, packs, record_of(record))
    kept = travelling.rows["capture"]
    blobs = _blobs(travelling, vault)
    info = write(
        travelling, ((sha, vault.get(sha)) for sha in blobs), {name: packs / name for name in travelling.packs}
    )
    head = travelling.events[-1].hash
    told = {"case": case.id, "events": len(travelling.events), "head": head, "sha256": info.sha256}
    with store.tx("case.exported"):
        store.add_event(
            "home", EXPORTED, key=f"{case.id}/{head[:16]}/{info.sha256[:16]}", day=today, at=at, actor=actor, data=told
        )
    others = store.shows_others([row["id"] for row in kept], travelling.listings)
    return Exported(
        info.path, info.sha256, info.size, len(travelling.events), held, travelling.withheld, others, tuple(absent)
    )


def _hold(store: Store, case: str, acting: Acting, *, today: date, at: datetime, actor: str) -> bool:
    """Suspend a case that is handed over, saying who acted until then; return False where its last event says so.

    Nothing is suspended in a closed case: nothing leaves it either.
    """
    facts = store.facts(case)
    if facts[-1].kind is EventKind.HOLD and facts[-1].data.get("acting"):
        return False
    if why_not(facts, Fact(10**9, EventKind.HOLD, "", today), store.rules) is not None:
        return False
    count = sum(fact.kind is EventKind.HOLD for fact in facts)
    key, data = f"case/{count + 1}" if count else "case", {"reason": HELD, "acting": acting.value}
    return store.add_event(case, EventKind.HOLD, key=key, day=today, at=at, actor=actor, data=data)


def _travelling(store: Store, case: CaseRow, packs: Path, record: Mapping[str, Any]) -> tuple[Travelling, list[str]]:
    people = store.identifiers(case.practitioner)
    rows = store.rows_of_case(case, people, _names(store, case.platform))
    events, payloads, facts = store.events(case.id), store.payloads(case.id), store.facts(case.id)
    if len(payloads) != len(events):
        gone = next(event.seq for event in events if event.seq not in payloads)
        raise Refused(
            f"Le contenu de l’événement n° {gone} du dossier {case.id} a été effacé : le dossier ne se transmet plus.",
            ["une copie des pièces, à la main : elles sont dans la plainte construite et dans « outbox »"],
        )
    persons = tuple(without_homes(found) for each in people if (found := store.version(each)) is not None)
    kept = {each for person in persons for each in _hashes_of_practices(store, person.id)}
    for row in rows["authorisation"]:
        # The short hash of a home address could be guessed back.
        row["practice"] = row["practice"] if row["practice"] in kept else ""
    files = {
        str(part["path"]): str(part["sha256"])
        for fact in facts
        if fact.kind is EventKind.PACK_BUILT
        for part in (*fact.data.get("parts", ()), *fact.data.get("beside", ()))
    } | {str(row["path"]): str(row["sha256"]) for row in rows["pack"]}
    absent = [name for name in files if not (packs / name).is_file()]
    return Travelling(
        case.id, events, payloads, persons, rows, tuple(dict.fromkeys(str(f["listing"]) for f in findings_of(facts))),
        {name: sha for name, sha in sorted(files.items()) if name not in absent},
        tuple(sorted(store.about_others(case, people) & set(_named(rows, events, payloads)))),
        store.papers_of(case.controller), record,
    ), absent  # fmt: skip


def _names(store: Store, platform: str) -> tuple[str, ...]:
    """Return every name under which an agreement may speak of a platform: its host, its family, what it was called."""
    return (platform, *(name for name, hosts in store.rules.families.items() if platform in hosts))


def _hashes_of_practices(store: Store, person: str) -> Iterator[str]:
    yield from (key for key, practice in store.practices(person).items() if not practice.private)


def _named(
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    events: Iterable[Any],
    payloads: Mapping[int, tuple[bytes, Mapping[str, Any]]],
) -> Iterator[str]:
    """Yield every SHA-256 that the facts of a case name."""
    yield from (event.proof for event in events if event.proof)
    for _, payload in payloads.values():
        yield from hashes_in(payload)
    for table, found in rows.items():
        for row in found:
            yield from hashes_in(dict(row))
            if table == "capture":
                yield from hashes_in(json.loads(row["manifest"]))


def _blobs(case: Travelling, vault: Vault) -> list[str]:
    """Return the documents that leave: what the facts name and the vault holds, but what is about other people too."""
    stays = set(case.withheld)
    own = {person.id.encode() for person in case.people}
    registers = {row["proof"] for row in case.rows["authorisation"]}
    found = []
    for sha in sorted(set(_named(case.rows, case.events, case.payloads))):
        if sha in stays or not vault.has(sha):
            continue
        # The register of contracts that a row came from names everybody on it, each by their number.
        if sha in registers and set(re.findall(rb"(?<!\d)\d{11}(?!\d)", vault.get(sha))) - own:
            continue
        found.append(sha)
    public = {paper.document for paper in case.papers if paper.kind is not PaperKind.CONTRACTS}
    return sorted({*found, *(sha for sha in public if vault.has(sha))})


# -- in --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What an import did. new: events added, 0 when all was here. practitioner: under whom the case is found here.

    arrived: nobody here bore that number. differs: French sentences on what the other home says otherwise of the person.
    others: cases here of the same person with the same controller. controller: its record came along, to be verified here.
    withheld: how many documents the other home kept back.
    """

    case: str
    new: int
    total: int
    practitioner: str
    arrived: bool
    differs: tuple[str, ...]
    others: tuple[str, ...]
    withheld: int
    controller: bool


def take_case(
    store: Store,
    vault: Vault,
    evidence: Evidence,
    file: CaseFile,
    packs: Path,
    read_again: Callable[[CaptureRow, bytes], Iterable[Listing]],
    capture_of: Callable[[Mapping[str, Any]], CaptureRow],
    controllers: Mapping[str, Mapping[str, Any]],
    place_of: Callable[[Mapping[str, Any]], Place | None],
    *,
    today: date,
    at: datetime,
    actor: str,
) -> Taken:
    """Add a case of another home, all of it or nothing: its documents first, then every row and event in one unit.

    A case that is here is continued when the file's log begins with ours; the same log, or an older one, adds nothing.
    controllers: the records known here; of a controller that is not among them the file's is kept, unverified, before any
    date is counted. place_of: where it acts. Raises Refused when the two logs part, BadInput when a person's number is
    somebody else's here or a page is not what its capture says.
    """
    case = file.case
    if not _next(store, case) and not _new_papers(store, file):
        return _nothing_new(store, case)
    batch = vault.batch()
    for sha in file.blobs:
        batch.put(file.blob(sha))
    batch.settle()
    captures = [(capture_of(row), row["reading"]) for row in case.rows["capture"]]
    for capture, _ in captures:
        if wrong := evidence.problems(capture):
            raise BadInput(f"Capture {capture.id[:12]}…, {wrong[0]} Rien n’est repris.")
    for name in case.packs:
        file.unpack(name, packs)
    shown: dict[str, list[str]] = {}
    for row in case.rows["capture_listing"]:
        shown.setdefault(row["capture"], []).append(row["listing"])
    with store.tx("case.import"):
        # Another process may have added to the case meanwhile.
        new = _next(store, case)
        for paper in _new_papers(store, file):
            _keep(store, paper, today=today, at=at, actor=actor)
        if not new:
            return _nothing_new(store, case)
        slug = str(case.payloads[1][1].get("controller", ""))
        met = bool(case.controller) and slug not in controllers
        if met:
            _meet(store, case, slug, place_of(case.controller), today=today, at=at, actor=actor)
        arrived, differs = _people(store, case, today=today, at=at)
        differs = (*differs, *record_differences(controllers.get(slug, case.controller), case.controller))
        store.append_events(case.case, new, case.payloads)
        numbers = store.add_rows_of_case(case.rows)
        for capture, reading in captures:
            store.add_capture(capture, numbers[reading], shown.get(capture.id, ()))
            keys = set(shown.get(capture.id, ()))
            for item in met_again(tuple(read_again(capture, vault.get(capture.body))), dict.fromkeys(keys)):
                if item.key in keys:
                    store.put_listing(item, capture)
        store.add_tokens_of_case(case.rows)
        if len(case.people) > 1:
            _one_person(store, case, today=today, at=at, actor=actor)
        store.rematch()
        # Ours are suspended when they leave; of any other file this home makes sure.
        if not any(fact.kind is EventKind.HOLD and fact.data.get("acting") for fact in store.facts(case.case)[-1:]):
            _hold(store, case.case, Acting(file.said.acting), today=today, at=at, actor=actor)
            if store.rules.acting.value != file.said.acting and not store.status(case.case, today).held:
                raise Refused(
                    f"Le dossier {case.case} est clos, et {Acting(file.said.acting).label} y agissait : il ne se reprend "
                    "pas ici.",
                    ["le garder là où il a été conduit ; si la fiche reparaît, un nouveau dossier s’ouvre ici"],
                )
        told = {
            "case": case.case, "from": file.said.code, "fingerprint": file.said.fingerprint, "tool": file.said.tool,
            "exported_on": file.said.day.isoformat(), "events": len(case.events), "head": case.events[-1].hash,
            "sha256": file.sha256,
        }  # fmt: skip
        key = f"{case.case}/{case.events[-1].hash[:16]}"
        store.add_event("home", IMPORTED, key=key, day=today, at=at, actor=actor, data=told)
        here = store.case(case.case)
    return _taken(store, case, here, len(new), arrived, differs, controller=met)


def _meet(
    store: Store, case: Travelling, slug: str, place: Place | None, *, today: date, at: datetime, actor: str
) -> None:
    """Keep the record of a controller that nobody here knew; before a letter, a person here verifies it."""
    told = {**case.controller, "quality": "imported", "source": f"dossier {case.case}", "verified_on": ""}
    store.put_controller(slug, told, at=at, actor=actor)
    data = {"slug": slug, "fields": sorted(case.controller), "case": case.case}
    store.log("controller_set", day=today, at=at, actor=actor, data=data)
    if place is not None:
        # From now on the case's dates are counted where its controller acts, as they were there.
        store.rules = replace(store.rules, places={**store.rules.places, slug: place})


def _new_papers(store: Store, file: CaseFile) -> list[Paper]:
    """Return the papers of a file that this home keeps too and does not have.

    A register of contracts attests for the council that looked it up: only the same council, on another computer, takes it.
    """
    papers = file.case.papers
    if not papers:
        return []
    ours = {_what(paper) for paper in store.papers_of(papers[0].controller or papers[-1].controller)}
    council = store.made_for() == (Acting.COUNCIL, file.said.code) and file.said.acting == Acting.COUNCIL.value
    return [
        paper
        for paper in papers
        if _what(paper) not in ours and (council if paper.kind is PaperKind.CONTRACTS else paper.document in file.blobs)
    ]


def _what(paper: Paper) -> tuple[str, str, date, str]:
    return paper.kind.value, paper.controller, paper.day, paper.document


def _keep(store: Store, paper: Paper, *, today: date, at: datetime, actor: str) -> None:
    row = NoticeRow(paper.controller, paper.url, paper.day, paper.document, actor)
    match paper.kind:
        case PaperKind.NOTICE:
            store.keep_notice(row, day=today, at=at)
        case PaperKind.EXTRACT:
            store.keep_extract(row, day=today, at=at)
        case PaperKind.CONTRACTS:
            store.keep_contract_register(paper.document, paper.day, day=today, at=at, actor=actor)


def _next(store: Store, case: Travelling) -> tuple[Any, ...]:
    """Return the events of the file that come after ours; raise Refused where the two logs part."""
    ours, theirs = store.events(case.case), case.events
    common = 0
    for one, other in zip(ours, theirs, strict=False):
        if one.hash != other.hash:
            break
        common += 1
    if common < min(len(ours), len(theirs)):
        raise Refused(
            f"Le dossier {case.case} est déjà ici, et les deux journaux se séparent après l’événement n° {common} : "
            f"le dernier est le n° {len(ours)} ici, le n° {len(theirs)} dans le fichier. Rien n’est repris."
            if common
            else f"Un autre dossier porte déjà ici le numéro {case.case} : {_of_whom(store, case)} Son journal est scellé "
            "sous ce numéro, comme celui du fichier : aucun des deux n’en change, aucun ne remplace l’autre, et rien n’est "
            "repris.",
            ["décider lequel des deux continue ; inscrire à la main dans celui-là ce qui lui manque (event add)"]
            if common
            else [
                "garder les deux, chacun entier : listingguard init autre-dossier, puis "
                "listingguard --home autre-dossier case import FICHIER",
                "pour les prochains dossiers, donner à chaque dossier de données un code à lui (« code » de config.toml)",
            ],
        )
    return theirs[len(ours) :]


def _of_whom(store: Store, case: Travelling) -> str:
    here = store.practitioner(store.case(case.case).practitioner)
    theirs = case.people[0]
    if agree(here, theirs) and here.rpps == theirs.rpps:
        return f"ici comme dans le fichier, il est de {here.full_name}, et ce n’est pas le même."
    return f"ici, il est de {here.full_name} ; dans le fichier, de {theirs.full_name}."


def _nothing_new(store: Store, case: Travelling) -> Taken:
    return _taken(store, case, store.case(case.case), 0, False, ())


def _taken(
    store: Store, case: Travelling, row: CaseRow, new: int, arrived: bool, differs: tuple[str, ...], *,
    controller: bool = False,
) -> Taken:  # fmt: skip
    same = store.cases(practitioner=row.practitioner, controller=row.controller)
    others = tuple(other.id for other in same if other.id != row.id)
    total = len(store.events(row.id))
    return Taken(row.id, new, total, row.practitioner, arrived, differs, others, len(case.withheld), controller)


def _people(store: Store, case: Travelling, *, today: date, at: datetime) -> tuple[bool, tuple[str, ...]]:
    """Add whom nobody here knows; what the roster says of the others stays. Return whether the person came, and what differs."""
    arrived = False
    found: list[str] = []
    for theirs in case.people:
        ours = store.version(theirs.id)
        if ours is None:
            store.put_practitioner(theirs, source=f"dossier {case.case}", day=today, at=at)
            arrived = arrived or theirs is case.people[0]
        elif not agree(ours, theirs):
            raise BadInput(
                f"Le numéro {theirs.id} est au tableau celui de {ours.full_name}, et dans le fichier celui de "
                f"{theirs.full_name} : rien n’est repris. Vérifiez le numéro avec qui a envoyé le fichier."
            )
        else:
            found += differences(ours, theirs)
    return arrived, tuple(found)


def _one_person(store: Store, case: Travelling, *, today: date, at: datetime, actor: str) -> None:
    first, *rest = case.people
    for other in rest:
        if store.survivor(first.id) != store.survivor(other.id):
            store.say_same(first.id, other.id, same=True, day=today, at=at, actor=actor)
