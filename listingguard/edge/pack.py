"""The complaint and its exhibits as one ZIP: written the same twice, verified by anyone offline.

Knows files, hashes and the log's chain; nothing of what an exhibit means. Layout of a pack, in this order:

    the members            ours to name: `plainte.pdf`, `pieces/piece-01-….pdf`
    journal.jsonl          one line per event of the case: the whole event, or, sealed, its number and its hashes
    VERIFIER.txt           how to check all this without listingguard, and what it proves
    manifest.json          canonical JSON: reference, day, head of the log, files (name, size, sha256, origin, title)
    SHA256SUMS             `sha256sum -c` takes it; every file but itself, the manifest included
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO

from listingguard import __version__
from listingguard.domain.event import (
    Event,
    broken_links,
    canonical,
    event_from_json,
    event_json,
    payload_hash,
)
from listingguard.edge.pack_tokens import MAX_KEPT, TokenCheck, check_tokens, needed
from listingguard.errors import BadInput, Damaged

MANIFEST, SUMS, JOURNAL, README = "manifest.json", "SHA256SUMS", "journal.jsonl", "VERIFIER.txt"
FORMAT = "listingguard-pack/2"
_READ = frozenset({"listingguard-pack/1", FORMAT})
"""The first version had neither sealed events nor parts; its packs verify as before."""

MAX_FILES = 2_000
MAX_BYTES = 2_000_000_000
# Deflate squeezes a page of zeros a thousand times; real pages and scans stay under thirty.
MAX_RATIO = 200
_RATIO_FREE = 10 * 1024**2
_MAX_TEXT = 64 * 1024**2
_BLOCK = 1024**2

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.I)
_HEX = re.compile(r"[0-9a-f]{64}")

_VERIFIER = """\
VÉRIFIER CE DOSSIER SANS LISTINGGUARD

1. Décompressez le fichier ZIP dans un dossier vide.
2. Ouvrez un terminal dans ce dossier et tapez :
       Linux            sha256sum -c SHA256SUMS
       macOS            shasum -a 256 -c SHA256SUMS
       Windows          certutil -hashfile NOM-DU-FICHIER SHA256
                        (fichier par fichier, à comparer avec SHA256SUMS)
   Chaque ligne doit se terminer par « OK » ou « Réussi ». Aucun fichier ne doit s’y trouver
   qui ne soit pas dans SHA256SUMS, sauf SHA256SUMS lui-même.
3. Comparez l’empreinte SHA-256 du fichier ZIP reçu avec celle que porte le courrier
   d’accompagnement ou le journal de l’expéditeur. Sans cette comparaison, rien ne montre que
   les fichiers et leurs listes n’ont pas été récrits ensemble.

CE QUE CONTIENNENT LES LISTES

manifest.json   chaque fichier : nom, taille en octets, empreinte SHA-256, titre, provenance.
SHA256SUMS      les mêmes empreintes, et celle de manifest.json.
journal.jsonl   les événements du dossier, un par ligne, dans l’ordre où ils ont été inscrits.
                Une ligne « event » donne l’événement entier : « hash » est le SHA-256 de son JSON
                canonique (RFC 8785) sans son membre « hash » ; « prev » reprend le « hash » de
                l’événement précédent (64 zéros pour le premier). « payload_hash » est le SHA-256
                des octets de « salt » (écrits en hexadécimal) suivis du JSON canonique de
                « payload » ; sans « payload », le contenu n’est pas communiqué.
                Une ligne « sealed » ne donne qu’un numéro, « prev » et « hash » : l’événement est à
                sa place dans la chaîne, mais il porte le nom d’un agent ou ne concerne pas la
                plainte. Ce qui s’y vérifie : sa place, et que rien n’a été ôté ni ajouté autour de
                lui. Ce qui ne s’y vérifie pas : son contenu. « told », quand il y est, dit en clair
                le jour, le fait, la qualité de qui l’a inscrit et la pièce (SHA-256) ; ces mots ne
                sont pas couverts par « hash ». L’événement entier est conservé : communiqué à la
                CNIL sur sa demande, il se vérifie par ce même « hash ».
"""

_WORTH = """\
CE QUE CETTE VÉRIFICATION PROUVE

Qu’aucun fichier n’a été modifié, retiré, ajouté ou renommé depuis que ces listes ont été faites,
et que les événements se suivent sans qu’aucun ait été changé, ôté ou déplacé.

CE QU’ELLE NE PROUVE PAS

Que les pages enregistrées ont été affichées telles quelles par le site : une empreinte montre
qu’un fichier n’a pas changé après son enregistrement, non d’où il vient. Ni la date d’un
événement : c’est celle de l’ordinateur de l’expéditeur, aucun horodatage qualifié n’y est joint.
Ni le bien-fondé de la demande. Ce dossier n’est pas un constat de commissaire de justice.
"""


class ProblemKind(StrEnum):
    """What is wrong with a pack, or with one of its members."""

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    DAMAGED = "damaged"
    CHAIN = "chain"
    STAMP = "stamp"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {
            "altered": "modifié",
            "missing": "manquant",
            "added": "ajouté",
            "damaged": "endommagé",
            "chain": "journal rompu",
            "stamp": "horodatage faux",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Member:
    """One file to put in a pack.

    name:   ours, ASCII: letters, digits, `.`, `_`, `-`, folders with `/` (see `exhibit_name`)
    data:   its bytes, or where they lie
    origin: where it comes from, in French, for the list of exhibits
    """

    name: str
    data: bytes | Path
    origin: str
    title: str

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of its bytes, in hex."""
        digest = hashlib.sha256()
        for block in _blocks(self.data):
            digest.update(block)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the files of one dossier a pack is: 1 to `total`, or the confidential one, which counts apart.

    elsewhere: name -> SHA-256 of what lies in the other parts. The confidential part names the others' files; none of
    them names its own.
    """

    number: int
    total: int
    confidential: bool
    elsewhere: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackInfo:
    """A written pack; `sha256` is what `verify --expect` compares."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: its kind, the member (or `ZIP` for the archive itself), and a French sentence."""

    kind: ProblemKind
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class PackReport:
    """What a verification found; `problems` is empty when, and only when, `intact`."""

    intact: bool
    problems: tuple[Problem, ...]
    reference: str
    files: int
    events: int
    sha256: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    part: Part | None = None
    tokens: tuple[TokenCheck, ...] = ()


def exhibit_name(number: int, title: str, suffix: str) -> str:
    """Return `pieces/piece-01-demande-d-effacement.pdf` for exhibit 1: safe on every system, 80 characters at most.

    suffix: with its dot, as `.pdf`.
    """
    spelled = title.lower().translate({ord("’"): " ", ord("œ"): "oe", ord("æ"): "ae"})
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")
    return f"pieces/piece-{number:02d}{'-' if slug else ''}{slug}{suffix.lower()}"


def write_pack(
    path: Path,
    *,
    reference: str,
    day: date,
    members: Sequence[Member],
    events: Sequence[Event],
    payloads: Mapping[int, tuple[bytes, Mapping[str, object]]],
    checks: str = "",
    told: Mapping[int, Mapping[str, str]] | None = None,
    part: Part | None = None,
) -> PackInfo:
    """Write the pack in one step and return where it lies, its SHA-256 and its size in bytes.

    events:   the whole stream of the case, in order; may be empty
    payloads: by event number, the salt and payload of the events whose content is communicated
    checks:   what else can be checked without listingguard, in French, for `VERIFIER.txt`
    told:     by number, the events that are sealed, and what is said of each in clear (nothing: an empty mapping)
    part:     which of the files of one dossier this is; None: the only one

    Same input, same bytes: members are stored, not compressed, under one fixed date. The file appears complete or
    not at all; one of the same name is replaced. Raises BadInput for an unsafe or doubled name or an unreadable
    file, Damaged when the log does not verify: a pack is never built on a broken chain.
    """
    journal = _journal(events, payloads, told or {})
    everything = [
        *members,
        Member(JOURNAL, journal, "journal du dossier", "Journal du dossier"),
        Member(
            README,
            "\n".join(filter(None, (_VERIFIER, _part_words(part), checks, _WORTH))).encode(),
            "listingguard",
            "Comment vérifier ce dossier",
        ),
    ]
    _check_names([member.name for member in everything])
    _check_size(everything)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    try:
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                files = [
                    {"name": member.name, "origin": member.origin, "title": member.title}
                    | _copy(archive, member.name, member.data)
                    for member in everything
                ]
                manifest = canonical(
                    {
                        "format": FORMAT,
                        "tool": f"listingguard {__version__}",
                        "reference": reference,
                        "day": day.isoformat(),
                        "journal": {"events": len(events), "head": events[-1].hash if events else ""},
                        "files": files,
                    }
                    | (_part_json(part) if part else {})
                )
                _copy(archive, MANIFEST, manifest)
                sums = {str(entry["name"]): str(entry["sha256"]) for entry in files}
                _copy(archive, SUMS, _sums(sums | {MANIFEST: hashlib.sha256(manifest).hexdigest()}))
            file.flush()
            os.fsync(file.fileno())
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return PackInfo(path, digest, size)


def _part_json(part: Part) -> dict[str, object]:
    return {
        "part": {"number": part.number, "of": part.total, "confidential": part.confidential},
        "elsewhere": [{"name": name, "sha256": digest} for name, digest in sorted(part.elsewhere.items())],
    }


def _part_words(part: Part | None) -> str:
    if part is None:
        return ""
    if part.confidential:
        return (
            "CE FICHIER EST LA PARTIE « CONFIDENTIEL – CNIL » DU DOSSIER\n\n"
            "Il est destiné à la CNIL seule et ne se communique pas à l’organisme mis en cause. Il se vérifie\n"
            "seul\u00a0; « elsewhere », dans manifest.json, donne l’empreinte de chaque fichier de la partie\n"
            "communicable, qu’il accompagne.\n"
        )
    if part.total == 1:
        return ""
    return (
        f"CE FICHIER EST LA PARTIE {part.number} SUR {part.total} DU DOSSIER\n\n"
        "Chaque partie se vérifie seule. Ensemble\u00a0: « elsewhere », dans manifest.json, donne l’empreinte de\n"
        "chaque fichier des autres parties, à comparer avec leur SHA256SUMS\u00a0; ou, avec listingguard\u00a0:\n"
        "listingguard verify PARTIE-1.zip PARTIE-2.zip …\n"
    )


def _journal(
    events: Sequence[Event],
    payloads: Mapping[int, tuple[bytes, Mapping[str, object]]],
    told: Mapping[int, Mapping[str, str]],
) -> bytes:
    numbers = {event.seq for event in events}
    if len({event.stream for event in events}) > 1 or (payloads.keys() | told.keys()) - numbers:
        raise ValueError("one stream, and payloads of its own events only")
    wrong = list(broken_links(events))
    lines: list[dict[str, object]] = []
    for event in events:
        if event.seq in told:
            sealed = {"stream": event.stream, "seq": event.seq, "prev": event.prev, "hash": event.hash}
            said: dict[str, object] = {"told": dict(told[event.seq])} if told[event.seq] else {}
            lines.append({"sealed": sealed} | said)
            continue
        line: dict[str, object] = {"event": event_json(event)}
        if event.seq in payloads:
            salt, payload = payloads[event.seq]
            if payload_hash(salt, payload) != event.payload_hash:
                wrong.append(_payload_sentence(event))
            line |= {"salt": salt.hex(), "payload": payload}
        lines.append(line)
    if wrong:
        raise Damaged("Le journal ne se vérifie pas, la plainte n’est pas construite. " + " ".join(wrong))
    return b"".join(canonical(line) + b"\n" for line in lines)


def _payload_sentence(event: Event) -> str:
    return f"{event.stream}, événement n°\u00a0{event.seq}\u00a0: son contenu a été modifié."


def _check_names(names: Sequence[str]) -> None:
    seen = {MANIFEST.casefold(), SUMS.casefold()}
    for name in names:
        if not _safe(name):
            raise BadInput(
                f"Le nom de pièce {_quoted(name)} n’est pas permis\u00a0: lettres sans accent, chiffres, . _ - et /."
            )
        if name.casefold() in seen:
            raise BadInput(f"Deux pièces porteraient le nom {_quoted(name)}.")
        seen.add(name.casefold())


def _check_size(members: Sequence[Member]) -> None:
    total = sum(len(m.data) if isinstance(m.data, bytes) else _size(m.name, m.data) for m in members)
    if total > MAX_BYTES or len(members) > MAX_FILES - 2:
        raise BadInput(f"Les pièces dépassent ce qu’un dossier peut tenir\u00a0: 2 Go, {MAX_FILES - 2} fichiers.")


def _size(name: str, path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise BadInput(f"La pièce {_quoted(name)} ne peut pas être lue\u00a0: {path}, {_reason(error)}.") from error


def _safe(name: str) -> bool:
    parts = name.split("/")
    return (
        len(name) <= 150
        and _NAME.fullmatch(name) is not None
        and not any(part.endswith(".") or _DEVICE.match(part) for part in parts)
    )


def _shown(text: str) -> str:
    """Return the text without anything that could act on a terminal, cut: a forger chose it."""
    plain = "".join(
        letter if letter.isprintable() or letter == "\u00a0" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return plain if len(plain) <= 200 else f"{plain[:199]}…"


def _quoted(name: str) -> str:
    return f"«\u00a0{_shown(name)}\u00a0»"


def _copy(archive: zipfile.ZipFile, name: str, data: bytes | Path) -> dict[str, object]:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(info, "w") as target:
        for block in _blocks(data):
            digest.update(block)
            size += len(block)
            target.write(block)
    return {"size": size, "sha256": digest.hexdigest()}


def _blocks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    with data.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _sums(hashes: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in hashes.items()).encode()


def _sync_folder(folder: Path) -> None:
    # Without this the rename itself may be lost in a power cut; Windows cannot open a folder.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- verification -----------------------------------------------------------------------------------------------


class _Bad(Exception):
    """Nothing more can be read from this archive: the sentence, and the member at fault."""

    def __init__(self, text: str, name: str = "ZIP") -> None:
        super().__init__(text)
        self.name = name


def verify_pack(path: Path, *, expect: str = "") -> PackReport:
    """Return what a pack's own lists, log and bytes say of it; nothing is unpacked to disk, nothing is fetched.

    expect: SHA-256 of the whole file, from the log or the covering letter; the only check that sees a pack whose
            files and lists were rewritten together

    Compared: bytes with `manifest.json` and `SHA256SUMS`, these two with each other, the log's links and payloads,
    and the archive's two directories, so that no reader of ZIP files sees something else. Order, compression and
    the dates and permissions inside the ZIP are not content: an archive packed again verifies (without `expect`).
    Comments, and bytes before, after or between the members, count as added. Raises BadInput when there is no ZIP
    to look into: absent, empty, truncated or another kind of file.
    """
    wanted = expect.strip().lower()
    if wanted and not _HEX.fullmatch(wanted):
        raise BadInput(f"L’empreinte attendue {_quoted(expect)} n’est pas un SHA-256\u00a0: 64 chiffres hexadécimaux.")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            report = _verify(file, path, digest)
    except OSError as error:
        raise BadInput(f"Le fichier {_quoted(str(path))} ne peut pas être lu\u00a0: {_reason(error)}.") from error
    if wanted and wanted != digest:
        problem = Problem(
            ProblemKind.ALTERED,
            "ZIP",
            f"ce n’est pas le fichier attendu\u00a0: son empreinte est {digest}, et non {wanted}.",
        )
        return replace(report, intact=False, problems=(problem, *report.problems))
    return report


def verify_parts(paths: Sequence[Path]) -> tuple[tuple[PackReport, ...], tuple[Problem, ...]]:
    """Return what each part of one dossier says of itself, and what they say of each other.

    Together: one reference, each part once, none absent, and what one part tells of another's files is so.
    """
    reports = tuple(verify_pack(path) for path in paths)
    problems: list[Problem] = []
    if len({report.reference for report in reports}) > 1:
        problems.append(Problem(ProblemKind.ALTERED, "ZIP", "ces fichiers ne sont pas du même dossier."))
    numbered: set[int] = set()
    total = max((report.part.total for report in reports if report.part), default=1)
    for path, report in zip(paths, reports, strict=True):
        if report.part is None or report.part.confidential:
            continue
        if report.part.number in numbered or report.part.total != total:
            text = f"la partie {report.part.number} sur {report.part.total} ne va pas avec les autres."
            problems.append(_problem(ProblemKind.ADDED, path.name, text))
        numbered.add(report.part.number)
    absent = [number for number in range(1, total + 1) if numbered and number not in numbered]
    if absent:
        text = f"il manque des parties de ce dossier, n°\u00a0{', '.join(map(str, absent))} sur {total}."
        problems.append(Problem(ProblemKind.MISSING, "ZIP", text))
    for path, report in zip(paths, reports, strict=True):
        for name, digest in report.part.elsewhere.items() if report.part else ():
            here = {other.hashes[name] for other in reports if other is not report and name in other.hashes}
            if here and digest not in here:
                text = f"ses octets ne sont pas ceux qu’annonce {_quoted(path.name)}."
                problems.append(_problem(ProblemKind.ALTERED, name, text))
            elif not here and numbered and not absent:
                text = f"{_quoted(path.name)} l’annonce, aucune partie ne le contient."
                problems.append(_problem(ProblemKind.MISSING, name, text))
    return reports, tuple(dict.fromkeys(problems))


def _reason(error: OSError) -> str:
    known: dict[type[OSError], str] = {
        FileNotFoundError: "il n’existe pas",
        IsADirectoryError: "c’est un dossier",
        PermissionError: "l’accès est refusé",
    }
    return known.get(type(error), error.strerror or "erreur de lecture")


def _verify(file: BinaryIO, path: Path, digest: str) -> PackReport:
    problems: list[Problem] = []
    reference, count, events = "", 0, 0
    hashes: dict[str, str] = {}
    part: Part | None = None
    tokens: tuple[TokenCheck, ...] = ()
    try:
        start = _directory_start(file, path)
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            problems += _structure(file, infos, start)
            found, texts, wrong = _read_all(archive, infos)
            problems += wrong
            count = len(found)
            hashes = {name: digest for name, (_, digest) in found.items()}
            part = _part(texts.get(MANIFEST, b""))
            damaged = {problem.name for problem in wrong}
            reference, more = _compare(found, texts, damaged)
            problems += more
            events, broken = _check_journal(texts)
            problems += broken
            tokens = tuple(check_tokens(texts))
            for token in tokens:
                if token.wrong and token.name not in damaged:
                    problems.append(_problem(ProblemKind.STAMP, token.name, token.wrong))
    except _Bad as error:
        problems.append(Problem(ProblemKind.DAMAGED, error.name, str(error)))
    except _UNREADABLE:
        problems.append(Problem(ProblemKind.DAMAGED, "ZIP", "la table des matières de l’archive est illisible."))
    unique = tuple(dict.fromkeys(problems))
    return PackReport(not unique, unique, reference, count, events, digest, hashes, part, tokens)


# All that zipfile raises on bytes it cannot make sense of.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


def _directory_start(file: BinaryIO, path: Path) -> int:
    """Return where the central directory starts; raise BadInput for no ZIP at all, _Bad for one with extra bytes."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise BadInput(f"Le fichier {_quoted(str(path))} est vide.")
    length = min(size, 22 + 0xFFFF)
    file.seek(size - length)
    tail = file.read(length)
    file.seek(0)
    position = tail.rfind(b"PK\x05\x06")
    if position < 0 or len(tail) - position < 22:
        if file.read(4) == b"PK\x03\x04":
            raise BadInput(f"Le fichier {_quoted(str(path))} est tronqué\u00a0: la fin de l’archive ZIP manque.")
        raise BadInput(f"Le fichier {_quoted(str(path))} n’est pas une archive ZIP.")
    disk, first, here, total, length, offset, comment = struct.unpack("<4H2LH", tail[position + 4 : position + 22])
    if comment or len(tail) - position > 22:
        raise _Bad("un commentaire ou des octets ont été ajoutés après la fin de l’archive.")
    if disk or first or here != total or tail.startswith(b"PK\x06\x07", max(0, position - 20)):
        raise _Bad("c’est une archive en plusieurs volumes ou de très grande taille, ce qu’un dossier n’est jamais.")
    if total > MAX_FILES or length > MAX_FILES * 512:
        raise _Bad(f"elle annonce plus de {MAX_FILES} fichiers.")
    end = size - 22
    if offset + length != end:
        raise _Bad("des octets ont été ajoutés au début de l’archive, ou sa table des matières a été modifiée.")
    return int(offset)


def _structure(file: BinaryIO, infos: Sequence[zipfile.ZipInfo], directory: int) -> list[Problem]:
    """Return what could make two readers see two different archives: both directories must say the same."""
    problems: list[Problem] = []
    position = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.comment:
            problems.append(_problem(ProblemKind.ADDED, info.filename, "un commentaire y a été ajouté dans l’archive."))
        if info.header_offset != position:
            problems.append(_gap(position))
        file.seek(info.header_offset)
        header = file.read(30)
        if len(header) < 30:
            raise _Bad("un fichier est annoncé hors de l’archive.")
        signature, _, flags, method, _, _, crc, packed, size, name, extra = struct.unpack("<4s5H3L2H", header)
        streamed = flags & 0x08
        same = (
            signature == b"PK\x03\x04"
            and flags == info.flag_bits
            and method == info.compress_type
            and file.read(name) == info.orig_filename.encode("utf-8" if flags & 0x800 else "cp437")
            and (streamed or (crc, packed, size) == (info.CRC, info.compress_size, info.file_size))
        )
        if not same:
            problems.append(
                _problem(ProblemKind.DAMAGED, info.filename, "son en-tête et la table des matières se contredisent.")
            )
        position = info.header_offset + 30 + name + extra + info.compress_size
        if streamed:
            # A tool that writes to a pipe puts sizes after the bytes, with or without a signature.
            after = [info.header_offset for info in infos if info.header_offset >= position]
            following = min([directory, *after])
            position = following if following - position in {12, 16, 20, 24} else position
    if position != directory:
        problems.append(_gap(position))
    return problems


def _gap(position: int) -> Problem:
    text = f"des octets qui n’appartiennent à aucun fichier se trouvent à la position {position}."
    return Problem(ProblemKind.ADDED, "ZIP", text)


def _problem(kind: ProblemKind, name: str, text: str) -> Problem:
    return Problem(kind, _shown(name), text)


def _read_all(
    archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo]
) -> tuple[dict[str, tuple[int, str]], dict[str, bytes], list[Problem]]:
    """Return size and SHA-256 by name, the bytes of our own lists, and the members that must not or cannot be read."""
    found: dict[str, tuple[int, str]] = {}
    texts: dict[str, bytes] = {}
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    left = MAX_BYTES
    folders = [info for info in infos if info.orig_filename.endswith("/")]
    for info in infos:
        name = info.orig_filename
        if info in folders and not info.file_size and _safe(name[:-1]):
            # Other tools write a folder as an entry of its own: not content, if something lies in it.
            if not any(other.filename.startswith(name) for other in infos if other not in folders):
                problems.append(_problem(ProblemKind.ADDED, name, "ce dossier vide n’est pas dans la liste."))
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        refusal = ""
        if not _safe(name) or name != info.filename:
            refusal = "ce nom de fichier est dangereux, il n’est pas lu."
        elif name.casefold() in seen:
            refusal = f"deux fichiers portent ce nom ({_quoted(seen[name.casefold()])})."
        elif kind not in {0, stat.S_IFREG}:
            refusal = "c’est un lien ou un fichier spécial, il n’est pas lu."
        elif info.flag_bits & 0x2041:
            refusal = "il est chiffré\u00a0: un dossier ne l’est jamais."
        elif info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            refusal = "il est compressé d’une façon que tout le monde ne lit pas."
        seen.setdefault(name.casefold(), name)
        if refusal:
            problems.append(_problem(ProblemKind.DAMAGED, name, refusal))
            continue
        try:
            with archive.open(info) as source:
                ours = name in {MANIFEST, SUMS, JOURNAL}
                small = needed(name) and info.file_size <= MAX_KEPT and sum(map(len, texts.values())) < _MAX_TEXT
                size, digest, text = _read(source, info, left, keep=ours or small)
        except _UNREADABLE:
            left -= info.file_size
            problems.append(_problem(ProblemKind.ALTERED, name, "ses octets ont été modifiés, il ne se lit plus."))
            continue
        left -= size
        found[name] = (size, digest)
        if text is not None:
            texts[name] = text
    return found, texts, problems


def _read(source: IO[bytes], info: zipfile.ZipInfo, left: int, *, keep: bool) -> tuple[int, str, bytes | None]:
    digest, size, kept = hashlib.sha256(), 0, bytearray()
    while block := source.read(_BLOCK):
        size += len(block)
        if size > left or (size > _RATIO_FREE and size > MAX_RATIO * info.compress_size) or (keep and size > _MAX_TEXT):
            raise _Bad("il se décompresse démesurément, la lecture est arrêtée.", info.filename)
        digest.update(block)
        if keep:
            kept += block
    return size, digest.hexdigest(), bytes(kept) if keep else None


def _compare(
    found: Mapping[str, tuple[int, str]], texts: Mapping[str, bytes], damaged: set[str]
) -> tuple[str, list[Problem]]:
    """Return the reference in the manifest, and where manifest, SHA256SUMS and bytes differ, by name."""
    problems: list[Problem] = []
    for name in (MANIFEST, SUMS):
        if name not in texts and name not in damaged:
            problems.append(Problem(ProblemKind.MISSING, name, "il manque dans l’archive."))
    reference = ""
    listed: dict[str, tuple[int, str]] = {}
    summed = dict(_sum_lines(texts.get(SUMS, b"")))
    manifest = summed
    if MANIFEST in texts:
        try:
            reference, listed = _manifest(texts[MANIFEST])
            manifest = {name: digest for name, (_, digest) in listed.items()} | {MANIFEST: found[MANIFEST][1]}
        except (KeyError, TypeError, ValueError, RecursionError):
            problems.append(Problem(ProblemKind.ALTERED, MANIFEST, "ce n’est pas la liste qu’écrit listingguard."))
    if not listed and not summed:
        # Nothing says what should be there.
        return reference, problems
    if SUMS not in texts:
        summed = manifest
    elif summed == manifest and texts[SUMS] != _sums(manifest):
        problems.append(Problem(ProblemKind.ALTERED, SUMS, "il n’est plus écrit comme listingguard l’écrit."))
    for name in dict.fromkeys([*manifest, *summed, *found]):
        if name not in damaged and name != SUMS and (name != MANIFEST or listed):
            actual = found[name][1] if name in found else None
            problems += _judged(name, actual, manifest.get(name), summed.get(name))
    for name, (size, digest) in listed.items():
        if name in found and found[name][1] == digest and found[name][0] != size:
            text = f"la taille qu’il donne de {_quoted(name)} est fausse."
            problems.append(Problem(ProblemKind.ALTERED, MANIFEST, text))
    return reference, problems


def _judged(name: str, actual: str | None, manifest: str | None, sums: str | None) -> list[Problem]:
    """Return what three witnesses say of one file: two that agree convict the third, else all are named."""
    if actual == manifest == sums:
        return []
    both = f"{MANIFEST} et {SUMS} ne disent pas la même chose de {_quoted(name)}\u00a0: "
    if name == MANIFEST:
        text = both + "l’un des deux a été modifié."
        return [Problem(ProblemKind.ALTERED, each, text) for each in (MANIFEST, SUMS)]
    if actual is not None and actual in (manifest, sums):
        guilty = SUMS if actual == manifest else MANIFEST
        return [Problem(ProblemKind.ALTERED, guilty, f"{both}c’est {guilty} qui a été modifié.")]
    if actual is None:
        problems = [_problem(ProblemKind.MISSING, name, "il manque dans l’archive.")]
    elif manifest is None and sums is None:
        problems = [Problem(ProblemKind.ADDED, name, "il n’est pas dans la liste.")]
    else:
        problems = [Problem(ProblemKind.ALTERED, name, "ses octets ne sont plus ceux de la liste.")]
    if manifest != sums:
        text = f"{both}l’un des deux au moins a été modifié."
        problems += [Problem(ProblemKind.ALTERED, each, text) for each in (MANIFEST, SUMS)]
    return problems


def _manifest(data: bytes) -> tuple[str, dict[str, tuple[int, str]]]:
    """Return the reference, and size and SHA-256 by name; ValueError for what `write_pack` never writes."""
    manifest = json.loads(data)
    if canonical(manifest) != data or manifest["format"] not in _READ or not isinstance(manifest["reference"], str):
        raise ValueError("not canonical")
    listed: dict[str, tuple[int, str]] = {}
    for entry in manifest["files"]:
        name, size, digest = entry["name"], entry["size"], entry["sha256"]
        if name in listed or type(size) is not int or not _safe(name) or not _HEX.fullmatch(digest):
            raise ValueError("not an entry")
        listed[name] = (size, digest)
    if JOURNAL not in listed:
        raise ValueError("no log")
    return _shown(manifest["reference"]), listed


def _sum_lines(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.decode("utf-8", "replace").split("\n"):
        digest, _, name = line.partition("  ")
        if name:
            yield name, digest


def _check_journal(texts: Mapping[str, bytes]) -> tuple[int, list[Problem]]:
    """Return how many events the log holds, and its broken links, changed payloads and cut end."""
    if JOURNAL not in texts:
        return 0, []
    problems: list[Problem] = []
    events: list[Event] = []
    sealed: set[int] = set()
    lines = texts[JOURNAL].removesuffix(b"\n").split(b"\n") if texts[JOURNAL] else []
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            event = _sealed(entry) if "sealed" in entry else event_from_json(entry["event"])
            if canonical(entry) != line or entry.keys() not in _LINES:
                raise ValueError("not as written")
        except (BadInput, KeyError, TypeError, ValueError, RecursionError):
            text = f"la ligne {number} n’est pas un événement."
            problems.append(Problem(ProblemKind.CHAIN, JOURNAL, text))
            continue
        events.append(event)
        if "sealed" in entry:
            sealed.add(event.seq)
        if "payload" in entry and not _goes_with(event, entry["salt"], entry["payload"]):
            problems.append(Problem(ProblemKind.CHAIN, JOURNAL, _shown(_payload_sentence(event))))
    problems += [Problem(ProblemKind.CHAIN, JOURNAL, _shown(sentence)) for sentence in broken_links(events, sealed)]
    head = _head(texts.get(MANIFEST, b""))
    if head and not problems and head != (len(events), events[-1].hash if events else ""):
        text = "ses derniers événements ne sont pas ceux que le dossier annonce."
        problems.append(Problem(ProblemKind.CHAIN, JOURNAL, text))
    return len(events), problems


_LINES: tuple[set[str], ...] = ({"event"}, {"event", "payload", "salt"}, {"sealed"}, {"sealed", "told"})


def _sealed(entry: Mapping[str, object]) -> Event:
    """Return what is known of a sealed event: its place in the chain, and nothing of what it says."""
    known, told = entry["sealed"], entry.get("told", {})
    if (
        not isinstance(known, dict)
        or known.keys() != {"stream", "seq", "prev", "hash"}
        or type(known["seq"]) is not int
    ):
        raise ValueError("not a sealed event")
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        raise ValueError("not what is told of it")
    stream, prev, digest = known["stream"], known["prev"], known["hash"]
    if not isinstance(stream, str) or not all(
        isinstance(each, str) and _HEX.fullmatch(each) for each in (prev, digest)
    ):
        raise ValueError("not a hash")
    nothing = {"kind": "", "key": "", "actor": "", "proof": "", "payload_hash": ""}
    return Event(
        stream=stream,
        seq=known["seq"],
        day=date.min,
        at=datetime.min.replace(tzinfo=UTC),
        prev=prev,
        hash=digest,
        **nothing,
    )


def _part(manifest: bytes) -> Part | None:
    """Return which part of a dossier a manifest says it is; None for the only one, and for what makes no sense."""
    try:
        read = json.loads(manifest)
        said, elsewhere = read["part"], {str(each["name"]): str(each["sha256"]) for each in read["elsewhere"]}
        if not all(_safe(name) and _HEX.fullmatch(digest) for name, digest in elsewhere.items()):
            return None
        return Part(int(said["number"]), int(said["of"]), said["confidential"] is True, elsewhere)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _goes_with(event: Event, salt: object, payload: object) -> bool:
    try:
        return isinstance(payload, dict) and payload_hash(bytes.fromhex(str(salt)), payload) == event.payload_hash
    except ValueError:
        return False


def _head(manifest: bytes) -> tuple[int, str] | None:
    try:
        journal = json.loads(manifest)["journal"]
        return journal["events"], journal["head"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
