"""The complaint and its exhibits as one ZIP, written the same twice; edge/pack_check verifies it.

Knows files, hashes and the log's chain; nothing of what an exhibit means. Layout of a pack, in this order:

    the members            ours to name: `plainte.pdf`, `pieces/piece-01-….pdf`
    journal.jsonl          one line per event of the case: the whole event, or, sealed, its number and its hashes
    VERIFIER.txt           how to check all this without listingguard, and what it proves
    manifest.json          canonical JSON: reference, day, head of the log, files (name, size, sha256, origin, title)
    SHA256SUMS             `sha256sum -c` takes it; every file but itself, the manifest included
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from listingguard import __version__
from listingguard.domain.case import EventKind
from listingguard.domain.event import (
    Event,
    broken_links,
    canonical,
    event_json,
    payload_hash,
    unnamed_json,
)
from listingguard.domain.system import why
from listingguard.edge.whole import whole_file
from listingguard.errors import BadInput, Damaged

MANIFEST, SUMS, JOURNAL, README = "manifest.json", "SHA256SUMS", "journal.jsonl", "VERIFIER.txt"
FORMAT = "listingguard-pack/3"
READ = frozenset({"listingguard-pack/1", "listingguard-pack/2", FORMAT})
"""The first version had neither sealed events nor parts, the second no event without a name; their packs verify as before."""

MAX_FILES = 2_000
MAX_BYTES = 2_000_000_000
BLOCK = 1024**2

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.I)
HEX = re.compile(r"[0-9a-f]{64}")

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
                Une ligne « event » donne un événement : son jour (« day »), le fait (« kind »), la
                pièce qui le montre (« proof », SHA-256). « hash » est le SHA-256 de son JSON
                canonique (RFC 8785) sans son membre « hash » ; « prev » reprend le « hash » de
                l’événement précédent (64 zéros pour le premier). « actor_hash » y tient lieu du nom
                de qui l’a inscrit : c’est le SHA-256 du JSON canonique {"actor":NOM,"salt":SEL}. Un
                événement qui donne « actor » et « actor_salt » se vérifie de même, une fois ces deux
                membres remplacés par « actor_hash ». « payload_hash » est le SHA-256 des octets de
                « salt » (écrits en hexadécimal) suivis du JSON canonique de « payload » ; sans
                « payload », le contenu n’est pas communiqué.
                Une ligne « sealed » ne donne qu’un numéro, « prev » et « hash » : l’événement est à
                sa place dans la chaîne, mais il ne concerne pas la plainte. Ce qui s’y vérifie : sa
                place, et que rien n’a été ôté ni ajouté autour de lui. Ce qui ne s’y vérifie pas :
                son contenu. L’événement entier est conservé : communiqué à la CNIL sur sa demande,
                il se vérifie par ce même « hash ».
"""

_TOLD = """\
                Les événements n° {numbers} de ce journal ont été inscrits par une version qui
                ne savait pas taire le nom d’un agent sans taire tout l’événement : ils sont
                « sealed », et « told » dit à côté le jour, le fait, la qualité de qui l’a inscrit et
                la pièce (SHA-256). Ces mots ne sont pas couverts par « hash ».
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
    unnamed: Collection[int] = (),
    part: Part | None = None,
) -> PackInfo:
    """Write the pack in one step and return where it lies, its SHA-256 and its size in bytes.

    events:   the whole stream of the case, in order; may be empty
    payloads: by event number, the salt and payload of the events whose content is communicated
    checks:   what else can be checked without listingguard, in French, for `VERIFIER.txt`
    told:     by number, the events that are sealed, and what is said of each in clear (nothing: an empty mapping)
    unnamed:  the numbers of those that leave without the name of who recorded them
    part:     which of the files of one dossier this is; None: the only one

    Same input, same bytes: members are stored, not compressed, under one fixed date. The file appears complete or
    not at all; one of the same name is replaced. Raises BadInput for an unsafe or doubled name or an unreadable
    file, Damaged when the log does not verify: a pack is never built on a broken chain.
    """
    told = told or {}
    journal = journal_lines(events, payloads, told, unnamed)
    lists = _VERIFIER + _told_words([number for number, words in told.items() if words])
    kinds = _kinds_words([event for event in events if event.seq not in told])
    everything = [
        *members,
        Member(JOURNAL, journal, "journal du dossier", "Journal du dossier"),
        Member(
            README,
            "\n".join(filter(None, (lists, kinds, _part_words(part), checks, _WORTH))).encode(),
            "listingguard",
            "Comment vérifier ce dossier",
        ),
    ]
    check_names([member.name for member in everything])
    _check_size(everything)
    with whole_zip(path) as archive:
        files = [
            {"name": member.name, "origin": member.origin, "title": member.title}
            | copy_into(archive, member.name, member.data)
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
        copy_into(archive, MANIFEST, manifest)
        sums = {str(entry["name"]): str(entry["sha256"]) for entry in files}
        copy_into(archive, SUMS, sums_text(sums | {MANIFEST: hashlib.sha256(manifest).hexdigest()}))
    return info_of(path)


@contextmanager
def whole_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield a new ZIP to write into; it appears under its name complete and synced, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        yield archive


def info_of(path: Path) -> PackInfo:
    """Return where a written file lies, its SHA-256 and its size in bytes."""
    with path.open("rb") as file:
        return PackInfo(path, hashlib.file_digest(file, "sha256").hexdigest(), file.seek(0, os.SEEK_END))


def _part_json(part: Part) -> dict[str, object]:
    return {
        "part": {"number": part.number, "of": part.total, "confidential": part.confidential},
        "elsewhere": [{"name": name, "sha256": digest} for name, digest in sorted(part.elsewhere.items())],
    }


def _told_words(numbers: Sequence[int]) -> str:
    return _TOLD.format(numbers=", ".join(map(str, sorted(numbers)))) if numbers else ""


def _kinds_words(events: Sequence[Event]) -> str:
    """Return in French what the facts are that a log names."""
    known = {kind.value: kind.label for kind in EventKind}
    lines = "".join(f"{kind:<28}{known[kind]}\n" for kind in sorted({event.kind for event in events} & known.keys()))
    return f"CE QUE DÉSIGNE «\u00a0KIND\u00a0» DANS CE JOURNAL\n\n{lines}" if lines else ""


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


def journal_lines(
    events: Sequence[Event],
    payloads: Mapping[int, tuple[bytes, Mapping[str, object]]],
    told: Mapping[int, Mapping[str, str]],
    unnamed: Collection[int] = (),
) -> bytes:
    """Return the lines of `journal.jsonl`; raise Damaged when the log does not verify."""
    numbers = {event.seq for event in events}
    if len({event.stream for event in events}) > 1 or (payloads.keys() | told.keys() | set(unnamed)) - numbers:
        raise ValueError("one stream, and payloads of its own events only")
    if any(event.seq in unnamed and not event.actor_salt for event in events):
        raise ValueError("without salt, the hash covers the name")
    wrong = list(broken_links(events))
    lines: list[dict[str, object]] = []
    for event in events:
        if event.seq in told:
            sealed = {"stream": event.stream, "seq": event.seq, "prev": event.prev, "hash": event.hash}
            said: dict[str, object] = {"told": dict(told[event.seq])} if told[event.seq] else {}
            lines.append({"sealed": sealed} | said)
            continue
        line: dict[str, object] = {"event": unnamed_json(event) if event.seq in unnamed else event_json(event)}
        if event.seq in payloads:
            salt, payload = payloads[event.seq]
            if payload_hash(salt, payload) != event.payload_hash:
                wrong.append(payload_sentence(event))
            line |= {"salt": salt.hex(), "payload": payload}
        lines.append(line)
    if wrong:
        raise Damaged("Le journal ne se vérifie pas, la plainte n’est pas construite. " + " ".join(wrong))
    return b"".join(canonical(line) + b"\n" for line in lines)


def payload_sentence(event: Event) -> str:
    """Return the French sentence for an event whose payload is not the one it was hashed with."""
    return f"{event.stream}, événement n°\u00a0{event.seq}\u00a0: son contenu a été modifié."


def check_names(names: Sequence[str]) -> None:
    """Raise BadInput for a name that not every system can write, or that comes twice."""
    seen = {MANIFEST.casefold(), SUMS.casefold()}
    for name in names:
        if not safe(name):
            raise BadInput(
                f"Le nom de pièce {quoted(name)} n’est pas permis\u00a0: lettres sans accent, chiffres, . _ - et /."
            )
        if name.casefold() in seen:
            raise BadInput(f"Deux pièces porteraient le nom {quoted(name)}.")
        seen.add(name.casefold())


def _check_size(members: Sequence[Member]) -> None:
    total = sum(len(m.data) if isinstance(m.data, bytes) else _size(m.name, m.data) for m in members)
    if total > MAX_BYTES or len(members) > MAX_FILES - 2:
        raise BadInput(f"Les pièces dépassent ce qu’un dossier peut tenir\u00a0: 2 Go, {MAX_FILES - 2} fichiers.")


def _size(name: str, path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise BadInput(f"La pièce {quoted(name)} ne peut pas être lue\u00a0: {path}, {why(error)}.") from error


def safe(name: str) -> bool:
    """Return True for a member's name that every system can write, and that leads nowhere else."""
    parts = name.split("/")
    return (
        len(name) <= 150
        and _NAME.fullmatch(name) is not None
        and not any(part.endswith(".") or _DEVICE.match(part) for part in parts)
    )


def shown(text: str) -> str:
    """Return the text without anything that could act on a terminal, cut: a forger chose it."""
    plain = "".join(
        letter if letter.isprintable() or letter == "\u00a0" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return plain if len(plain) <= 200 else f"{plain[:199]}…"


def quoted(name: str) -> str:
    """Return a name as a French sentence quotes it."""
    return f"«\u00a0{shown(name)}\u00a0»"


def copy_into(archive: zipfile.ZipFile, name: str, data: bytes | Path) -> dict[str, object]:
    """Store one member, the same bytes for the same input, and return its `size` and `sha256`."""
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
        while block := file.read(BLOCK):
            yield block


def sums_text(hashes: Mapping[str, str]) -> bytes:
    """Return the text that `sha256sum -c` takes."""
    return "".join(f"{digest}  {name}\n" for name, digest in hashes.items()).encode()
