"""The dossier in one file: written documents, every exhibit page by page, the originals attached byte for byte.

PDF/A-3b and PDF/UA-1, made by typst in one pass, so that nothing merged into it later takes that away. What listingguard
laid out itself is laid out again, as text; pages of any other PDF are pictures of it: its original, bit-exact, lies in the
attachments. Knows layout, not what an exhibit means.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.message import EmailMessage, Message
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Any

from listingguard.domain.french import NBSP, plural
from listingguard.edge.mail_dress import is_picture, undressed
from listingguard.edge.pdf_marks import unsuspected
from listingguard.edge.render import fonts
from listingguard.edge.reply_mail import decoded, payload
from listingguard.edge.sheet import MAX_PIXELS, Laid, drawable, for_print, printable
from listingguard.errors import BadInput

STANDARDS = ["a-3b", "ua-1"]
"""Not 3a: the text of a scanned exhibit is not marked up, and a picture's description is not its structure."""

DPI = 120
"""Of the pages of a PDF that are shown."""

MAX_PAGES = 60
"""Pages of one exhibit that are shown; its whole original is attached."""

_MAX_LINES, _LINE, _ALT = 400, 100, 1_500
_MIME = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".html": "text/html",
    ".json": "application/json",
    ".eml": "message/rfc822",
    ".txt": "text/plain",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True)
class Document:
    """One written document: its title for the bookmarks, and its blocks (`Renderer.printable`)."""

    title: str
    zones: Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """One exhibit. name: its file in the pack; views: what shows it, when its own bytes do not (a sheet, a picture).

    about: short French sentences that stand under its title.
    """

    number: int
    title: str
    name: str
    data: bytes
    views: tuple[bytes | Laid, ...] = ()
    about: tuple[str, ...] = ()


def dossier_pdf(
    documents: Sequence[Document],
    exhibits: Sequence[Shown],
    *,
    letters: Path,
    day: date,
    title: str,
    author: str,
    footer: str,
    mark: str = "",
    attach: bool = True,
    joined: Sequence[tuple[str, bytes, str]] = (),
) -> bytes:
    """Return the dossier as PDF/A-3b and PDF/UA-1; the same input gives the same bytes.

    letters: the folder of layouts. mark: printed at the head of every page, or empty. attach: whether the originals
    lie in it; without, the exhibits say where they are. joined: what is attached and shown on no page, each with its name
    in the pack and its title. Raises BadInput when it cannot be laid out.
    """
    with TemporaryDirectory(prefix="listingguard-") as name:
        folder = Path(name)
        for layout in ("common.typ", "sheet.typ", "dossier.typ"):
            shutil.copyfile(letters / "layout" / layout, folder / layout)
        data = {
            "day": [day.year, day.month, day.day],
            "title": for_print(drawable(title)),
            "author": drawable(author),
            "footer": for_print(drawable(footer)),
            "mark": for_print(mark),
            "contents": len(documents) + len(exhibits) > 1,
            "outline": "Contenu du dossier",
            "documents": [{"title": for_print(drawable(d.title)), "zones": d.zones} for d in documents],
            "exhibits": [_exhibit(shown, folder, attach) for shown in exhibits],
            "attached": list(_attached(exhibits, joined, folder)) if attach else [],
        }
        return _compiled(data, folder, day)


def _exhibit(shown: Shown, folder: Path, attach: bool) -> dict[str, Any]:
    sha = hashlib.sha256(shown.data).hexdigest()
    pages = list(_pages(shown, folder))
    where = "joint à ce fichier et au dossier" if attach else "joint au dossier"
    facts = [
        f"Original{NBSP}: {shown.name.rpartition('/')[2]} ({plural(len(shown.data), 'octet')}), {where}.",
        f"SHA-256{NBSP}: {sha}",
        *shown.about,
    ]
    if not pages:
        facts.append("Ce fichier ne se montre pas sur une page : ouvrez l’original.")
    return {
        "title": for_print(f"Pièce n° {shown.number}{NBSP}: {drawable(shown.title)}"),
        "facts": [for_print(_broken(drawable(fact))) for fact in facts],
        "pages": pages,
    }


def _attached(
    exhibits: Sequence[Shown], joined: Sequence[tuple[str, bytes, str]], folder: Path
) -> Iterator[dict[str, str]]:
    done = set()
    for path, data, title in (*((s.name, s.data, f"Pièce n° {s.number}") for s in exhibits), *joined):
        name = path.rpartition("/")[2]
        if name in done:
            continue
        done.add(name)
        # In the root of the compilation: typst names an attachment by its path.
        (folder / name).write_bytes(data)
        mime = _MIME.get(Path(name).suffix, "application/octet-stream")
        yield {"file": name, "mime": mime, "description": f"{title}, SHA-256 {hashlib.sha256(data).hexdigest()}"}


def _pages(shown: Shown, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what shows an exhibit: pictures of pages, or lines of text."""
    images: list[tuple[bytes, str]] = []
    for place, view in enumerate(shown.views or (shown.data,), 1):
        if isinstance(view, Laid):
            yield _sheet(shown, view, folder, place)
        elif view.startswith(b"%PDF-"):
            images += _pictures_of(view)
        elif view.startswith((b"\x89PNG", b"\xff\xd8\xff")):
            images += _picture(view)
        else:
            yield from _written(shown, view)
    total = len(images)
    for number, (image, said) in enumerate(images, 1):
        head = f"Pièce n° {shown.number} — {number}/{total}"
        alt = (
            f"Pièce n° {shown.number}, page {number} sur {total}{f'{NBSP}: {said}' if said else ', image sans texte.'}"
        )
        file = f"p{shown.number:03}-{number:03}"
        yield {"head": for_print(head), "image": _put(image, folder, file), "alt": for_print(drawable(alt))}


def _sheet(shown: Shown, laid: Laid, folder: Path, place: int) -> dict[str, Any]:
    """Return a sheet to be laid out among the pages, its pictures where typst finds them."""
    kept = {name: laid.page[name] for name in ("heading", "subtitle", "url", "parts")}
    pictures = [
        {
            "file": _put(data, folder, f"p{shown.number:03}-{place}-{number:03}"),
            "caption": caption,
            "alt": for_print(f"Pièce n° {shown.number}{NBSP}: {caption}"),
        }
        for number, (data, caption) in enumerate(laid.pictures, 1)
    ]
    return {"head": for_print(f"Pièce n° {shown.number}"), "sheet": kept, "pictures": pictures}


def _put(image: bytes, folder: Path, name: str) -> str:
    file = f"{name}.{'png' if image.startswith(b'PNG', 1) else 'jpg'}"
    (folder / file).write_bytes(image)
    return f"/{file}"


def _pictures_of(pdf: bytes) -> list[tuple[bytes, str]]:
    """Return each page of a PDF as a picture, with its text; none for one that cannot be read."""
    import pypdfium2  # type: ignore[import-untyped]

    found = []
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return []
    with document:
        for number in range(min(len(document), MAX_PAGES)):
            page = document[number]
            width, height = page.get_size()
            scale = min(DPI / 72, (MAX_PIXELS / 10 / max(width * height, 1)) ** 0.5)
            image = page.render(scale=scale, rev_byteorder=True).to_pil()
            text = " ".join(page.get_textpage().get_text_bounded().split())
            found.append((printable(image if image.mode == "RGB" else image.convert("RGB")), text[:_ALT]))
    return found


def _text_of_pdf(pdf: bytes) -> str:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return ""
    with document:
        pages = (document[number].get_textpage().get_text_bounded() for number in range(min(len(document), 500)))
        return " ".join(" ".join(pages).split())


def _picture(data: bytes) -> list[tuple[bytes, str]]:
    """Return a picture cut into pages, top to bottom; none when it is none, or too large to be shown."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return []
            image = opened if opened.mode == "RGB" else opened.convert("RGB")
            image.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return []
    height = max(int(image.width * 236 / 168), 1)
    if image.height <= height:
        return [(printable(image), "image de la page")]
    cuts = [(top, min(top + height, image.height)) for top in range(0, image.height, height)][:MAX_PAGES]
    return [
        (printable(image.crop((0, top, image.width, low))), "image de la page, de haut en bas") for top, low in cuts
    ]


def _written(shown: Shown, data: bytes) -> Iterator[dict[str, Any]]:
    """Yield a mail, headers whole, or a text, as lines; nothing for other bytes."""
    suffix = Path(shown.name).suffix
    if suffix == ".eml":
        headers, text, parts = _mail(data)
        if read := _headers(data):
            yield _lines("De qui, à qui, quand, à quel sujet", read)
        yield _lines("En-têtes du message, entiers", headers)
        yield _lines("Texte du message", text)
        if parts:
            yield _lines("Pièces jointes au message", parts)
    elif suffix in (".txt", ".html", ".json") or b"\x00" not in data[:2048]:
        text = _text_of_html(data) if suffix == ".html" else data.decode("utf-8", "replace").splitlines()
        yield _lines("Texte de la pièce", text)


def text_of(suffix: str, data: bytes) -> str | None:
    """Return the words of a file, headers of a mail included; None where no program of ours reads any."""
    if suffix == ".pdf":
        return _text_of_pdf(data) or None
    if suffix in (".png", ".jpg", ".bin"):
        return None
    if suffix == ".eml":
        return "\n".join(line for lines in _mail(data) for line in lines)
    return "\n".join(_text_of_html(data)) if suffix == ".html" else data.decode("utf-8", "replace")


def words_within(suffix: str, data: bytes, known: Collection[str] = ()) -> tuple[str, bool]:
    """Return the words of a file, those of every part of a mail included, and whether a program of ours read all of it.

    Of a mail's headers, those that name people: who wrote, to whom, about what. Of its pictures, a logo or an icon tells
    nothing (edge/mail_dress); known: SHA-256 of those that other messages of its sender show.
    """
    if suffix != ".eml":
        words = text_of(suffix, data)
        return words or "", words is not None
    found: list[str] = []
    whole = not any(undressed(data, known))
    for part in email.message_from_bytes(data, policy=email.policy.default).walk():
        try:
            found += [str(value) for name in _PEOPLE for value in part.get_all(name, [])]
        except (ValueError, IndexError, AttributeError):
            # A header that breaks its reader is one that nobody read.
            whole = False
        if part.is_multipart() or part.get_content_type() == "text/rfc822-headers":
            continue
        content = payload(part)
        words = "" if is_picture(content) else _part_words(part, content)
        found.append(words or "")
        whole = whole and words is not None
    return "\n".join(found), whole


_PEOPLE = ("from", "to", "cc", "reply-to", "subject", "final-recipient", "original-recipient")


def _part_words(part: Message[Any, Any], data: bytes) -> str | None:
    if data.startswith(b"%PDF-"):
        return text_of(".pdf", data)
    if not data.strip():
        return ""
    if b"\x00" in data[:4096] or data.startswith(b"PK\x03\x04"):
        return None
    text = decoded(part, data)
    if re.search(r"(?i)<(?:html|body|p|div|br|table|a)\b", text):
        # What a link leads to, and what a picture is said to be, is read by whoever opens the message.
        aside = re.findall(r"(?i)(?:mailto:|tel:|\b(?:alt|title)=[\"'])([^\"'>]{1,200})", text)
        return "\n".join([*_text_of_html(text.encode()), *aside])
    return text


def _mail(data: bytes) -> tuple[list[str], list[str], list[str]]:
    raw = data.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    message = email.message_from_bytes(data, policy=email.policy.default)
    text: list[str] = []
    parts: list[str] = []
    if isinstance(message, EmailMessage):
        try:
            body = message.get_body(("plain", "html"))
            content = decoded(body, payload(body)) if body is not None else ""
            html = body is not None and body.get_content_type() == "text/html"
            text = _text_of_html(content.encode()) if html else content.splitlines()
        except (KeyError, LookupError, ValueError, AttributeError):
            text = ["(le texte de ce message ne se lit pas : voir l’original)"]
        for part in message.iter_attachments():
            parts.append(f"{part.get_filename() or 'sans nom'}, SHA-256 {hashlib.sha256(payload(part)).hexdigest()}")
    return raw.decode("utf-8", "replace").splitlines(), text, parts


_TOLD = (("De", "from"), ("À", "to"), ("Copie", "cc"), ("Date", "date"), ("Objet", "subject"))


def _headers(data: bytes) -> list[str]:
    """Return the headers that a reader looks for, decoded; what breaks its reader is left to the whole headers."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    found = []
    for label, name in _TOLD:
        try:
            found += [f"{label}{NBSP}: {' '.join(str(value).split())}" for value in message.get_all(name, [])[:1]]
        except (ValueError, IndexError, AttributeError, LookupError):
            continue
    return found


def without(data: bytes, hidden: Collection[str]) -> bytes | None:
    """Return a mail without the attachments of these SHA-256, a note in the place of each; None when it has none.

    They are taken out of the file; headers and text stay. What cannot be read as a mail has none.
    """
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    found = False
    for part in message.walk():
        content = part.get_payload(decode=True)
        if part.is_multipart() or not isinstance(content, bytes):
            continue
        digest = hashlib.sha256(content).hexdigest()
        if digest in hidden:
            found = True
            for name in ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
                del part[name]
            part["Content-Type"] = 'text/plain; charset="utf-8"'
            part["Content-Transfer-Encoding"] = "8bit"
            part.set_payload(f"[pièce jointe retirée, SHA-256 {digest}]\n".encode().decode("ascii", "surrogateescape"))
    return message.as_bytes() if found else None


def _text_of_html(data: bytes) -> list[str]:
    import lxml.html
    from lxml import etree

    try:
        root = lxml.html.document_fromstring(data.decode("utf-8", "replace").replace("\x00", ""))
    except (etree.ParserError, ValueError):
        return []
    for node in root.xpath("//script|//style|//template|//head"):
        node.drop_tree()
    return [line for line in (" ".join(each.split()) for each in root.xpath("//text()")) if line]


def _lines(head: str, lines: Sequence[str]) -> dict[str, Any]:
    cut = [piece for line in lines for piece in (wrap(drawable(line.rstrip()), _LINE) or [""])]
    if len(cut) > _MAX_LINES:
        cut = [*cut[:_MAX_LINES], "… (la suite est dans l’original joint)"]
    # An empty line keeps its height with a space that no reader sees.
    return {"head": for_print(head), "lines": [line or NBSP for line in cut]}


def _broken(text: str) -> str:
    # A place to break that takes no room.
    return re.sub(r"(?P<run>[^\s/-]{40})(?=[^\s])", "\\g<run>\u200b", text)


def _compiled(data: Mapping[str, Any], folder: Path, day: date) -> bytes:
    import typst

    compiler: Any = typst.Compiler(root=str(folder), ignore_system_fonts=True, font_paths=fonts())
    try:
        pdf: bytes = compiler.compile(
            str(folder / "dossier.typ"),
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=STANDARDS,
            timestamp=int(datetime.combine(day, time(12), UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise BadInput(f"Le dossier n’a pas pu être mis en page{NBSP}: {str(error).splitlines()[0]}") from error
    return unsuspected(pdf)
