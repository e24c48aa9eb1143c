"""The file in which a case travels: one ZIP, every member's hash in one signed list. Nothing of it is unpacked to disk.

export.json            canonical JSON (RFC 8785): format, program, case, home, day, public key, head of the log, and
                       of every other member its name, size and SHA-256
export.sig             the Ed25519 signature of those bytes, 64 bytes
journal.jsonl          the events of the case, each with its salt and payload, as in a pack
dossier.json           the rows that go with them, see domain/transfer.TABLES
coffre/SHA256          letters, messages, proofs, pages: bytes of the vault under their hash
plaintes/NAME          the complaints as they were built
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import TypeAdapter, ValidationError

from listingguard import __version__
from listingguard.domain.case import Acting
from listingguard.domain.event import Event, broken_links, canonical, event_from_json, payload_hash
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.transfer import (
    MAX_EVENTS,
    Provenance,
    Travelling,
    checked_papers,
    checked_record,
    checked_rows,
    is_identifier,
    plain_paper,
    shallow,
)
from listingguard.edge import fault
from listingguard.edge.calendar import calendar
from listingguard.edge.pack import (
    BLOCK,
    HEX,
    JOURNAL,
    MAX_BYTES,
    MAX_FILES,
    PackInfo,
    check_names,
    copy_into,
    info_of,
    journal_lines,
    quoted,
    safe,
    shown,
    whole_zip,
)
from listingguard.edge.pack_check import members
from listingguard.edge.whole import whole_file
from listingguard.errors import BadInput, Damaged

FORMAT = "listingguard-case/1"
LIST, SIGNATURE, ROWS = "export.json", "export.sig", "dossier.json"
VAULT, PACKS = "coffre/", "plaintes/"
KEY_FILE = "export.key"

_OURS = frozenset({LIST, SIGNATURE, JOURNAL, ROWS})
_MAX_BLOB = 256 * 1024**2
_PEOPLE = TypeAdapter(tuple[Practitioner, ...])


class HomeKey:
    """The key with which one home signs what leaves it; made at first use, readable by its user only."""

    def __init__(self, home: Path) -> None:
        self._path = home / KEY_FILE
        self._key = self._load() if self._path.exists() else self._make()

    @property
    def public(self) -> bytes:
        """Return the public key, 32 bytes."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes; the same data, the same signature."""
        return self._key.sign(data)

    def _load(self) -> Ed25519PrivateKey:
        try:
            key = load_pem_private_key(self._path.read_bytes(), password=None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise Damaged(
                f"« {self._path} » n’est pas la clé de ce dossier de données : reprenez-la d’une sauvegarde. Sans elle, "
                "écartez ce fichier : une autre clé sera faite, et son empreinte sera à comparer de nouveau."
            )
        return key

    def _make(self) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        with whole_file(self._path) as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return key


# -- out -----------------------------------------------------------------------------------------------------------------


def write_case(
    path: Path,
    case: Travelling,
    blobs: Iterable[tuple[str, bytes]],
    packs: Mapping[str, Path],
    *,
    key: HomeKey,
    code: str,
    acting: Acting,
    day: date,
) -> PackInfo:
    """Write a case into one signed file and return where it lies, its SHA-256 and its size. Same input, same bytes.

    blobs: SHA-256 and bytes of what the vault holds for it, in order. packs: name -> file of a complaint. Complete or
    not at all. Raises Damaged when the log or a file is not what its hash says, BadInput when it would be too large.
    """
    rows = canonical({
        "people": _PEOPLE.dump_python(case.people, mode="json"),
        "rows": {table: [dict(row) for row in rows] for table, rows in case.rows.items()},
        "listings": list(case.listings),
        "packs": dict(case.packs),
        "withheld": list(case.withheld),
        "papers": [plain_paper(paper) for paper in case.papers],
        "controller": dict(case.controller),
    })  # fmt: skip
    check_names([f"{PACKS}{name}" for name in packs])
    listed: list[dict[str, object]] = []
    with whole_zip(path) as archive:

        def add(name: str, data: bytes | Path, expected: str = "") -> None:
            wrote = copy_into(archive, name, data)
            if expected and wrote["sha256"] != expected:
                raise Damaged(f"« {name} » n’a plus les octets que son empreinte annonce : le dossier n’est pas écrit.")
            listed.append({"name": name, **wrote})
            if sum(int(str(each["size"])) for each in listed) > MAX_BYTES or len(listed) > MAX_FILES - 2:
                raise BadInput(
                    f"Le dossier {case.case} dépasse ce qu’un fichier peut tenir : 2 Go, {MAX_FILES} pièces."
                )

        add(JOURNAL, journal_lines(case.events, case.payloads, {}))
        add(ROWS, rows)
        for sha, data in blobs:
            add(f"{VAULT}{sha}", data, sha)
        for name, file in packs.items():
            add(f"{PACKS}{name}", file, case.packs[name])
        said = canonical({
            "format": FORMAT,
            "tool": f"listingguard {__version__}",
            "case": case.case,
            "home": code,
            "acting": acting.value,
            "day": day.isoformat(),
            "public_key": key.public.hex(),
            "journal": {"events": len(case.events), "head": case.events[-1].hash},
            "files": listed,
        })  # fmt: skip
        copy_into(archive, LIST, said)
        copy_into(archive, SIGNATURE, key.sign(said))
    fault.point("case.export.written")
    return info_of(path)


# -- in ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CaseFile:
    """A case read from its file: signature, hashes, chain and rows hold. blobs: SHA-256 of the documents it brings."""

    path: Path
    sha256: str
    case: Travelling
    said: Provenance
    blobs: tuple[str, ...]

    def blob(self, sha: str) -> bytes:
        """Return a document of the file, checked again: the file may have changed since it was read."""
        with zipfile.ZipFile(self.path) as archive, archive.open(f"{VAULT}{sha}") as source:
            data = source.read(_MAX_BLOB + 1)
        if hashlib.sha256(data).hexdigest() != sha:
            raise BadInput(f"Le fichier {quoted(str(self.path))} a changé pendant sa lecture : rien n’est repris.")
        return data

    def unpack(self, name: str, folder: Path) -> None:
        """Write a complaint of the file into a folder, whole or not at all; one that is there already stays."""
        target, expected = folder / name, self.case.packs[name]
        if target.exists():
            with target.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == expected:
                    return
            raise BadInput(f"« {target} » existe déjà, avec un autre contenu : déplacez-le. Rien n’est repris.")
        digest = hashlib.sha256()
        with (
            zipfile.ZipFile(self.path) as archive,
            archive.open(f"{PACKS}{name}") as source,
            whole_file(target) as file,
        ):
            while block := source.read(BLOCK):
                digest.update(block)
                file.write(block)
            if digest.hexdigest() != expected:
                raise BadInput(f"Le fichier {quoted(str(self.path))} a changé pendant sa lecture : rien n’est repris.")


def read_case(path: Path) -> CaseFile:
    """Return the case of a file whose signature, hashes, log and rows all hold; else raise BadInput naming the member."""
    found, texts, problems = members(path, _OURS)
    if problems:
        first = problems[0]
        raise _refused(path, first.name, first.text)
    for name in sorted(_OURS - texts.keys()):
        raise _refused(path, name, "il manque : ce n’est pas un dossier exporté par listingguard.")
    said, listed, case, head = _signed(path, texts)
    for name in sorted((found.keys() | listed.keys()) - {LIST, SIGNATURE}):
        if name not in found:
            raise _refused(path, name, "il manque dans l’archive.")
        if name not in listed:
            raise _refused(path, name, "il n’est pas dans la liste signée.")
        if found[name] != listed[name]:
            raise _refused(path, name, "ses octets ne sont plus ceux de la liste signée.")
    events, payloads = _events(path, texts[JOURNAL], case, head)
    travelling = _travelling(path, texts[ROWS], case, events, payloads)
    blobs = []
    for name, (size, digest) in listed.items():
        if name.startswith(VAULT):
            if name != f"{VAULT}{digest}" or size > _MAX_BLOB:
                raise _refused(path, name, "il ne porte pas le nom de son empreinte, ou il est trop grand.")
            blobs.append(digest)
        elif name.startswith(PACKS):
            if travelling.packs.get(name.removeprefix(PACKS)) != digest:
                raise _refused(path, name, "aucune plainte du dossier ne le nomme.")
        elif name not in _OURS:
            raise _refused(path, name, "ce n’est pas une pièce d’un dossier exporté.")
    for name in travelling.packs:
        if f"{PACKS}{name}" not in listed:
            raise _refused(path, f"{PACKS}{name}", "il manque dans l’archive.")
    return CaseFile(path, info_of(path).sha256, travelling, said, tuple(sorted(blobs)))


def _refused(path: Path, name: str, text: str) -> BadInput:
    where = "" if name == "ZIP" else f"{quoted(name)} : "
    return BadInput(f"{quoted(str(path))} n’est pas repris, rien n’a été écrit. {where}{shown(text)}")


_Head = tuple[int, str]


def _signed(path: Path, texts: Mapping[str, bytes]) -> tuple[Provenance, dict[str, tuple[int, str]], str, _Head]:
    raw = texts[LIST]
    try:
        said = json.loads(raw)
        if not shallow(said) or canonical(said) != raw:
            raise ValueError("not as written")
        if said["format"] != FORMAT:
            raise _refused(path, LIST, f"son format, « {said['format']} », n’est pas connu de cette version.")
        public = bytes.fromhex(said["public_key"])
        key = Ed25519PublicKey.from_public_bytes(public)
        listed: dict[str, tuple[int, str]] = {}
        for entry in said["files"]:
            name, size, digest = entry["name"], entry["size"], entry["sha256"]
            if name in listed or type(size) is not int or not safe(name) or not HEX.fullmatch(digest):
                raise ValueError("not an entry")
            listed[name] = (size, digest)
        case, code, head = said["case"], said["home"], (said["journal"]["events"], said["journal"]["head"])
        plain = all(isinstance(each, str) and shown(each) == each for each in (case, code, said["tool"]))
        if not plain or "/" in case or not 0 < len(case) <= 40 or len(code) > 40 or public.hex() != said["public_key"]:
            raise ValueError("not a case")
        origin = Provenance(
            code, Acting(said["acting"]).value, said["public_key"], date.fromisoformat(said["day"]), said["tool"]
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise _refused(path, LIST, "elle ne se lit pas comme la liste d’un dossier exporté.") from None
    try:
        key.verify(texts[SIGNATURE], raw)
    except InvalidSignature:
        raise _refused(
            path, SIGNATURE, f"la signature ne vaut pas pour {LIST} : l’un des deux a été modifié."
        ) from None
    return origin, listed, case, head


def _events(
    path: Path, raw: bytes, case: str, head: _Head
) -> tuple[tuple[Event, ...], dict[int, tuple[bytes, Mapping[str, Any]]]]:
    events: list[Event] = []
    payloads: dict[int, tuple[bytes, Mapping[str, Any]]] = {}
    lines = raw.removesuffix(b"\n").split(b"\n")
    if len(lines) > MAX_EVENTS:
        raise _refused(path, JOURNAL, f"il a plus de {MAX_EVENTS} lignes.")
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            event, salt, payload = event_from_json(entry["event"]), bytes.fromhex(entry["salt"]), entry["payload"]
            if len(entry) != 3 or not shallow(entry) or canonical(entry) != line or not isinstance(payload, dict):
                raise ValueError("not as written")
            if event.stream != case or payload_hash(salt, payload) != event.payload_hash:
                raise ValueError("of another case, or changed")
        except (BadInput, KeyError, TypeError, ValueError, AttributeError, RecursionError):
            text = f"la ligne {number} n’est pas un événement entier de ce dossier, ou son contenu a été modifié."
            raise _refused(path, JOURNAL, text) from None
        events.append(event)
        payloads[event.seq] = (salt, payload)
    if wrong := broken_links(events):
        raise _refused(path, JOURNAL, wrong[0])
    if head != (len(events), events[-1].hash):
        raise _refused(path, JOURNAL, "ses derniers événements ne sont pas ceux que la liste annonce.")
    return tuple(events), payloads


def _travelling(
    path: Path, raw: bytes, case: str, events: tuple[Event, ...], payloads: dict[int, tuple[bytes, Mapping[str, Any]]]
) -> Travelling:
    try:
        said = json.loads(raw)
        if not shallow(said) or canonical(said) != raw:
            raise ValueError("not as written")
        people = _PEOPLE.validate_python(said["people"])
        if not 0 < len(people) <= 10 or not all(is_identifier(p.id) and p.rpps in (None, p.id) for p in people):
            raise BadInput("la personne concernée n’y est pas décrite")
        if payloads[1][1].get("practitioner") not in {p.id for p in people}:
            raise BadInput("la personne décrite n’est pas celle du dossier")
        rows = checked_rows(said["rows"], case, [p.id for p in people])
        papers = checked_papers(said.get("papers", []), str(payloads[1][1].get("controller")))
        record = checked_record(said.get("controller", {}))
        if record.get("calendar"):
            # Of a name that is not known here, no date could be counted.
            calendar(record["calendar"])
        listings, packs, withheld = said["listings"], said["packs"], said["withheld"]
        texts = [*listings, *withheld, *packs.keys(), *packs.values()]
        if len(texts) > MAX_FILES * 4 or not all(isinstance(each, str) and len(each) <= 2_000 for each in texts):
            raise ValueError("not lists of texts")
        if not all(safe(name) and "/" not in name and HEX.fullmatch(digest) for name, digest in packs.items()):
            raise ValueError("not complaints")
        # A complaint's row names a file that comes with it, and no other.
        if any(not safe(row["path"]) or "/" in row["path"] for row in rows["pack"]):
            raise BadInput("le nom d’une plainte n’est pas permis")
    except BadInput as error:
        raise _refused(path, ROWS, f"{error}.") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, ValidationError):
        raise _refused(path, ROWS, "il ne se lit pas comme les pièces d’un dossier.") from None
    return Travelling(
        case, events, payloads, people, rows, tuple(listings), dict(packs), tuple(withheld), papers, record
    )
