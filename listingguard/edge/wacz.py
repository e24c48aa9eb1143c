"""A capture as one WACZ file that others can replay and check, and the WARC files in somebody else's WACZ."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from listingguard.domain.capture import TokenRow, does_not_prove, one_line, proves, sheet
from listingguard.domain.event import canonical
from listingguard.domain.french import typography
from listingguard.domain.record import CaptureRow
from listingguard.edge import warc
from listingguard.edge.whole import whole_file
from listingguard.errors import BadInput

VERSION = "1.1.1"
MAX_MEMBERS = 10_000
ARCHIVE = "archive/data.warc.gz"
OURS = "preuve"
_EPOCH = (1980, 1, 1, 0, 0, 0)


# -- writing ----------------------------------------------------------------------------------------------------------


def write(
    path: Path,
    row: CaptureRow,
    archive: bytes,
    others: Mapping[str, bytes],
    tokens: Sequence[tuple[TokenRow, bytes]],
    roots: Sequence[x509.Certificate],
    *,
    software: str,
) -> None:
    """Write a capture as WACZ 1.1.1, complete or not at all; a file of the same name is replaced.

    archive: its WARC. others: its other files, by name. tokens: with their raw bytes. roots: what they are checked
    with. Same input, same bytes: members are stored, not compressed, under one fixed date.
    """
    pem = b"".join(root.public_bytes(Encoding.PEM) for root in roots)
    ours: dict[str, bytes] = {"manifest.json": canonical(row.manifest), **others}
    ours |= {f"jeton-{number}.tsr": raw for number, (_, raw) in enumerate(tokens, 1)}
    ours |= {"racines.pem": pem} if pem and tokens else {}
    members = {
        ARCHIVE: archive,
        "indexes/index.cdxj": _index(archive),
        "pages/pages.jsonl": _pages(row),
        **{f"{OURS}/{name}": data for name, data in ours.items()},
    }
    readme = _readme(row, [token for token, _ in tokens], bool(pem))
    members[f"{OURS}/LISEZ-MOI.txt"] = readme.encode()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in members.items())
    members[f"{OURS}/SHA256SUMS.txt"] = sums.encode()
    package = _json(
        {
            "profile": "data-package",
            "wacz_version": VERSION,
            "title": row.url,
            "description": "Capture d’une page web. Ce n’est pas un constat.",
            "created": row.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "mainPageUrl": row.url,
            "software": software,
            "resources": [
                {
                    "name": name.rpartition("/")[2].lower().replace("_", "-"),
                    "path": name,
                    "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
                    "bytes": len(data),
                }
                for name, data in members.items()
            ],
        }
    )
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(package).hexdigest()}"}
    members |= {"datapackage.json": package, "datapackage-digest.json": _json(digest)}
    with whole_file(path) as out, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package_file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            package_file.writestr(info, data)


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def _index(archive: bytes) -> bytes:
    """Return the CDXJ index: sorted, one line per answer of the archive."""
    lines = []
    for record in warc.records(archive):
        if record.kind not in ("response", "resource") or record.at is None:
            continue
        head = warc.head_of(record.block) if record.kind == "response" else None
        kind = head.get("content-type") if head else record.headers["content-type"]
        entry = {
            "url": record.url,
            "mime": kind.partition(";")[0].strip(),
            "status": str(head.status if head else 200),
            "digest": record.headers.get("warc-payload-digest", ""),
            "length": str(record.length),
            "offset": str(record.offset),
            "filename": ARCHIVE.rpartition("/")[2],
        }
        lines.append(f"{_key(record.url)} {record.at:%Y%m%d%H%M%S} {json.dumps(entry)}\n")
    return "".join(sorted(lines)).encode()


def _key(url: str) -> str:
    """Return a URL as indexes sort it: `example,rdv)/kine?x=1`."""
    parts = urlsplit(url.lower())
    host = (parts.hostname or "").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{','.join(reversed(host.split('.')))}){parts.path or '/'}{query}"


def _pages(row: CaptureRow) -> bytes:
    header = {"format": "json-pages-1.0", "id": "pages", "title": "Pages"}
    page = {"id": row.id[:16], "url": row.url, "ts": row.manifest["machine_at"], "title": row.url}
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in (header, page))


def _readme(row: CaptureRow, tokens: Sequence[TokenRow], roots: bool) -> str:
    lines = [
        "CAPTURE D’UNE PAGE WEB",
        "Ce n’est pas un constat : seul un commissaire de justice dresse un constat.",
        "",
        f"Page : {one_line(row.url)}",
        f"Identifiant (SHA-256 de la fiche technique, {OURS}/manifest.json) : {row.id}",
        "",
        "CE QUE CELA PROUVE",
        *(f"- {line}" for line in proves(row.manifest, tokens)),
        "",
        "CE QUE CELA NE PROUVE PAS",
        *(f"- {line}" for line in does_not_prove(row.manifest, tokens)),
        "",
        "POUR VÉRIFIER, sans listingguard",
        "Ce fichier est un ZIP. Décompressez-le, ouvrez un terminal dans le dossier obtenu, puis :",
        "",
        "1. Rien n’a changé depuis l’export :",
        f"   sha256sum -c {OURS}/SHA256SUMS.txt",
        "2. La fiche technique est bien celle de cette capture ; la commande doit écrire l’identifiant ci-dessus :",
        f"   sha256sum {OURS}/manifest.json",
        "3. Les fichiers sont bien ceux de la fiche technique, qui donne l’empreinte de chacun (« artefacts ») ;",
        f"{ARCHIVE} y est nommé {ARCHIVE.rpartition('/')[2]}.",
    ]
    where = f"{OURS}/racines.pem" if roots else "racines.pem"
    for number, token in enumerate(tokens, 1):
        lines += [
            f"{number + 3}. L’heure, signée par {token.authority} ({token.status.label}) :",
            f"   openssl ts -verify -data {OURS}/manifest.json -in {OURS}/jeton-{number}.tsr -CAfile {where}",
            f"   openssl ts -reply -in {OURS}/jeton-{number}.tsr -text",
        ]
    if tokens and not roots:
        lines += ["(racines.pem est le certificat racine de l’autorité : il se demande à elle-même.)"]
    lines += [
        "",
        "POUR REVOIR LA PAGE",
        "Ouvrez ce fichier .wacz dans un lecteur d’archives web (WACZ), par exemple ReplayWeb.page.",
        "",
        "FICHE TECHNIQUE",
    ]
    # Commands, and what comes from the site, stay as they are.
    text = "".join((line if line.startswith(" ") else typography(line, narrow=False)) + "\n" for line in lines)
    return text + "".join(f"{label} : {value}\n" for label, value in sheet(row.manifest))


# -- reading ----------------------------------------------------------------------------------------------------------


def archives_in(data: bytes) -> Iterator[bytes]:
    """Yield the WARC files of a WACZ, in order; raise BadInput when it is none, is damaged, or is far too long.

    Nothing is written to disk, and no name or size in the file is taken on trust.
    """
    # Counted before the library lists them: a directory of a million entries would fill the memory.
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise BadInput(f"Cette archive WACZ a plus de {MAX_MEMBERS} fichiers.")
    left, found = warc.MAX_BYTES, 0
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            for info in package.infolist():
                if not info.filename.startswith("archive/") or not info.filename.endswith((".warc", ".warc.gz")):
                    continue
                with package.open(info) as member:
                    archive = member.read(left + 1)
                left -= len(archive)
                if left < 0:
                    raise BadInput(
                        f"Cette archive WACZ est trop grande : plus de {warc.MAX_BYTES // 1024**2}\u00a0Mio."
                    )
                found += 1
                yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        # RuntimeError: a member under a password; NotImplementedError, one of them: an unknown compression.
        raise BadInput("Cette archive WACZ est abîmée, ou ce n’en est pas une.") from None
    if not found:
        raise BadInput(
            "Ce fichier ZIP n’est pas une archive WACZ\u00a0: aucun fichier WARC dans «\u00a0archive/\u00a0»."
        )
