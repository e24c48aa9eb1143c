"""Whether a pack is what was sent, by its own lists, log, bytes and time-stamps: offline, nothing unpacked to disk."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO

from listingguard.domain.event import Event, broken_links, canonical, event_from_json, members_hash, payload_hash
from listingguard.domain.system import why
from listingguard.edge.pack import (
    BLOCK,
    HEX,
    JOURNAL,
    MANIFEST,
    MAX_BYTES,
    MAX_FILES,
    READ,
    SUMS,
    Part,
    payload_sentence,
    quoted,
    safe,
    shown,
    sums_text,
)
from listingguard.edge.pack_tokens import MAX_KEPT, TokenCheck, check_tokens, needed
from listingguard.errors import BadInput

# Deflate squeezes a page of zeros a thousand times; real pages and scans stay under thirty.
MAX_RATIO = 200
_RATIO_FREE = 10 * 1024**2
_MAX_TEXT = 64 * 1024**2


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
    if wanted and not HEX.fullmatch(wanted):
        raise BadInput(f"L’empreinte attendue {quoted(expect)} n’est pas un SHA-256\u00a0: 64 chiffres hexadécimaux.")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            report = _verify(file, path, digest)
    except OSError as error:
        raise BadInput(f"Le fichier {quoted(str(path))} ne peut pas être lu\u00a0: {why(error)}.") from error
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
                text = f"ses octets ne sont pas ceux qu’annonce {quoted(path.name)}."
                problems.append(_problem(ProblemKind.ALTERED, name, text))
            elif not here and numbered and not absent:
                text = f"{quoted(path.name)} l’annonce, aucune partie ne le contient."
                problems.append(_problem(ProblemKind.MISSING, name, text))
    return reports, tuple(dict.fromkeys(problems))


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


def members(
    path: Path, ours: Container[str]
) -> tuple[dict[str, tuple[int, str]], dict[str, bytes], tuple[Problem, ...]]:
    """Return size and SHA-256 by name, the bytes of the members named in `ours`, and what is wrong with a ZIP of ours.

    The same bounds and refusals as for a pack; what its members mean is the caller's. Raises BadInput for no ZIP.
    """
    try:
        with path.open("rb") as file:
            start = _directory_start(file, path)
            with zipfile.ZipFile(file) as archive:
                infos = archive.infolist()
                problems = _structure(file, infos, start)
                found, texts, wrong = _read_all(archive, infos, ours)
                return found, texts, (*problems, *wrong)
    except _Bad as error:
        return {}, {}, (_problem(ProblemKind.DAMAGED, error.name, str(error)),)
    except _UNREADABLE:
        text = "la table des matières de l’archive est illisible."
        return {}, {}, (Problem(ProblemKind.DAMAGED, "ZIP", text),)
    except OSError as error:
        raise BadInput(f"Le fichier {quoted(str(path))} ne peut pas être lu\u00a0: {why(error)}.") from error


# All that zipfile raises on bytes it cannot make sense of.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


def _directory_start(file: BinaryIO, path: Path) -> int:
    """Return where the central directory starts; raise BadInput for no ZIP at all, _Bad for one with extra bytes."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise BadInput(f"Le fichier {quoted(str(path))} est vide.")
    length = min(size, 22 + 0xFFFF)
    file.seek(size - length)
    tail = file.read(length)
    file.seek(0)
    position = tail.rfind(b"PK\x05\x06")
    if position < 0 or len(tail) - position < 22:
        if file.read(4) == b"PK\x03\x04":
            raise BadInput(f"Le fichier {quoted(str(path))} est tronqué\u00a0: la fin de l’archive ZIP manque.")
        raise BadInput(f"Le fichier {quoted(str(path))} n’est pas une archive ZIP.")
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
    return Problem(kind, shown(name), text)


def _read_all(
    archive: zipfile.ZipFile,
    infos: Sequence[zipfile.ZipInfo],
    ours: Container[str] = frozenset({MANIFEST, SUMS, JOURNAL}),
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
        if info in folders and not info.file_size and safe(name[:-1]):
            # Other tools write a folder as an entry of its own: not content, if something lies in it.
            if not any(other.filename.startswith(name) for other in infos if other not in folders):
                problems.append(_problem(ProblemKind.ADDED, name, "ce dossier vide n’est pas dans la liste."))
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        refusal = ""
        if not safe(name) or name != info.filename:
            refusal = "ce nom de fichier est dangereux, il n’est pas lu."
        elif name.casefold() in seen:
            refusal = f"deux fichiers portent ce nom ({quoted(seen[name.casefold()])})."
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
                small = needed(name) and info.file_size <= MAX_KEPT and sum(map(len, texts.values())) < _MAX_TEXT
                size, digest, text = _read(source, info, left, keep=name in ours or small)
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
    while block := source.read(BLOCK):
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
    elif summed == manifest and texts[SUMS] != sums_text(manifest):
        problems.append(Problem(ProblemKind.ALTERED, SUMS, "il n’est plus écrit comme listingguard l’écrit."))
    for name in dict.fromkeys([*manifest, *summed, *found]):
        if name not in damaged and name != SUMS and (name != MANIFEST or listed):
            actual = found[name][1] if name in found else None
            problems += _judged(name, actual, manifest.get(name), summed.get(name))
    for name, (size, digest) in listed.items():
        if name in found and found[name][1] == digest and found[name][0] != size:
            text = f"la taille qu’il donne de {quoted(name)} est fausse."
            problems.append(Problem(ProblemKind.ALTERED, MANIFEST, text))
    return reference, problems


def _judged(name: str, actual: str | None, manifest: str | None, sums: str | None) -> list[Problem]:
    """Return what three witnesses say of one file: two that agree convict the third, else all are named."""
    if actual == manifest == sums:
        return []
    both = f"{MANIFEST} et {SUMS} ne disent pas la même chose de {quoted(name)}\u00a0: "
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
    if canonical(manifest) != data or manifest["format"] not in READ or not isinstance(manifest["reference"], str):
        raise ValueError("not canonical")
    listed: dict[str, tuple[int, str]] = {}
    for entry in manifest["files"]:
        name, size, digest = entry["name"], entry["size"], entry["sha256"]
        if name in listed or type(size) is not int or not safe(name) or not HEX.fullmatch(digest):
            raise ValueError("not an entry")
        listed[name] = (size, digest)
    if JOURNAL not in listed:
        raise ValueError("no log")
    return shown(manifest["reference"]), listed


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
            named = "sealed" not in entry and "actor_hash" not in entry["event"]
            event = event_from_json(entry["event"]) if named else _hashes_of(entry)
            if canonical(entry) != line or entry.keys() not in _LINES:
                raise ValueError("not as written")
        except (BadInput, KeyError, TypeError, ValueError, RecursionError):
            text = f"la ligne {number} n’est pas un événement."
            problems.append(Problem(ProblemKind.CHAIN, JOURNAL, text))
            continue
        events.append(event)
        if not named:
            sealed.add(event.seq)
        if "event" in entry and not named and members_hash(entry["event"]) != event.hash:
            text = f"{event.stream}, événement n°\u00a0{event.seq}\u00a0: il a été modifié."
            problems.append(Problem(ProblemKind.CHAIN, JOURNAL, shown(text)))
        if "payload" in entry and not _goes_with(event, entry["salt"], entry["payload"]):
            problems.append(Problem(ProblemKind.CHAIN, JOURNAL, shown(payload_sentence(event))))
    problems += [Problem(ProblemKind.CHAIN, JOURNAL, shown(sentence)) for sentence in broken_links(events, sealed)]
    head = _head(texts.get(MANIFEST, b""))
    if head and not problems and head != (len(events), events[-1].hash if events else ""):
        text = "ses derniers événements ne sont pas ceux que le dossier annonce."
        problems.append(Problem(ProblemKind.CHAIN, JOURNAL, text))
    return len(events), problems


_LINES: tuple[set[str], ...] = ({"event"}, {"event", "payload", "salt"}, {"sealed"}, {"sealed", "told"})


def _hashes_of(entry: Mapping[str, object]) -> Event:
    """Return an event as far as its line tells: without the name of who recorded it, or sealed."""
    if "sealed" in entry:
        return _sealed(entry)
    members = entry["event"]
    if not isinstance(members, dict):
        raise ValueError("not an event")
    rest = dict(members)
    if not HEX.fullmatch(str(rest.pop("actor_hash"))) or rest.keys() & {"actor", "actor_salt"}:
        raise ValueError("not an event without a name")
    return event_from_json(rest | {"actor": ""})


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
    if not isinstance(stream, str) or not all(isinstance(each, str) and HEX.fullmatch(each) for each in (prev, digest)):
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
        if not all(safe(name) and HEX.fullmatch(digest) for name, digest in elsewhere.items()):
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
