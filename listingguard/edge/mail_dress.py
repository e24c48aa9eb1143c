"""Which pictures of a mail are its dress (a logo, an icon, what stands under a signature): nothing that it encloses.

Told by their bytes, their size and where the message shows them, never by what they are called. In doubt, a picture is one
that a person looks at: a scan, a photograph, a screenshot pasted into the text.
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import hashlib
import re
from collections.abc import Collection, Iterator
from email.message import Message
from io import BytesIO
from urllib.parse import unquote

_MOST_BYTES, _MOST_PICTURES, _MOST_HTML = 100_000, 40, 500_000
_ICON = (64, 64)
"""As large as this, a picture holds no line to be read: an icon, a dot that counts who opened the message."""
_LOGO = (640, 200)
_KNOWN_LOGO = (1_200, 400)
"""As large as this where the very same picture stands in another message of that sender."""

_CLOSING = re.compile(
    r"(?i)cordialement|salutations|bien à vous|sincèrement|respectueusement|sentiments (?:distingués|les meilleurs|respectueux)|"
    r"\bl[’'`]équipe\b|votre équipe|bonne (?:journée|réception|soirée)|\bbest regards\b|\bkind regards\b"
)
_QUOTE = re.compile(r"(?i)gmail_quote|moz-cite-prefix|divRplyFwdMsg|appendonsend|yahoo_quoted|protonmail_quote")
_QUOTED = re.compile(
    r"(?i)-{2,} ?(?:message (?:d|transf)|original|forwarded)|(?:^|\n)\s*(?:de|from)\s*:(?!\w)|a écrit\s*:|\bwrote:"
)
_BLOCK = frozenset(("p", "div", "br", "tr", "td", "th", "li", "hr", "table", "h1", "h2", "h3", "blockquote"))
_UNSEEN = frozenset(("style", "script", "title", "head", "template"))


def undressed(data: bytes, known: Collection[str] = ()) -> Iterator[bytes]:
    """Yield the pictures of a mail that are more than its dress, attached or written into its HTML.

    known: SHA-256 of what other messages of the same sender show, see `shown_in`.
    """
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    shown = _shown(message)
    dress = {content for content, size, apart in shown if _is_dress(content, size, apart, known)}
    for part in message.walk():
        if not part.is_multipart() and is_picture(content := _content(part)) and content not in dress:
            yield content
    yield from (content for content, _, _ in shown if content not in dress)


def shown_in(data: bytes) -> frozenset[str]:
    """Return the SHA-256 of the pictures that a mail shows within its text, its own and what it quotes."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    return frozenset(hashlib.sha256(content).hexdigest() for content, _, _ in _shown(message))


_Shown = tuple[bytes, tuple[int, int] | None, bool]


def _shown(message: Message) -> list[_Shown]:
    """Return the pictures a mail shows within its text, each with its size, and whether it stands apart from what is said."""
    parts = [part for part in message.walk() if not part.is_multipart()]
    named = {str(part["Content-ID"]).strip().strip("<>"): _content(part) for part in parts if part["Content-ID"]}
    found: list[_Shown] = []
    for part in parts:
        if part.get_content_type() != "text/html":
            continue
        for source, apart in _pictures(_content(part).decode(_charset(part), "replace")[:_MOST_HTML]):
            cid = source[4:] if source[:4].lower() == "cid:" else ""
            content = named.get(cid) or named.get(unquote(cid), b"") if cid else _inline(source)
            few = len(found) < _MOST_PICTURES
            if content:
                found.append((content, _size(content) if few else None, apart))
    return found


def _pictures(html: str) -> Iterator[tuple[str, bool]]:
    """Yield the source of each picture that lies in the mail itself, and whether no words yet, or the last ones, precede it.

    What stands in a quotation of another message stands among words.
    """
    import lxml.html
    from lxml import etree

    try:
        root = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", html).replace("\x00", ""))
    except (etree.LxmlError, ValueError):
        return
    said, closed, quoted, tail = 0, False, False, ""
    hidden = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            hidden += tag in _UNSEEN
            quoted = quoted or tag == "blockquote" or bool(_QUOTE.search(f"{node.get('class')} {node.get('id')}"))
            source = str(node.get("src") or "").strip()
            if tag == "img" and source.lower().startswith(("cid:", "data:")):
                yield source, not quoted and (said < 12 or closed)
        text = (node.text if event == "start" else node.tail) or ""
        if event == "end":
            hidden -= tag in _UNSEEN
        if tag in _BLOCK:
            tail += "\n"
        if text and not hidden:
            said += sum(map(str.isalnum, text))
            # A formula, or the head of a quotation, may be cut by a tag.
            near = f"{tail}{text}"
            closed, quoted, tail = (
                closed or bool(_CLOSING.search(near)),
                quoted or bool(_QUOTED.search(near)),
                near[-80:],
            )


def _is_dress(content: bytes, size: tuple[int, int] | None, apart: bool, known: Collection[str]) -> bool:
    if size is None or len(content) > _MOST_BYTES:
        return False
    if _within(size, _ICON):
        return True
    again = hashlib.sha256(content).hexdigest() in known
    return apart and _within(size, _KNOWN_LOGO if again else _LOGO)


def _within(size: tuple[int, int], most: tuple[int, int]) -> bool:
    return size[0] <= most[0] and size[1] <= most[1]


def _size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a picture; None for what is none, or too heavy to be dress."""
    if len(content) > _MOST_BYTES:
        return None
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG", "GIF", "BMP", "WEBP")) as image:
            return image.width, image.height
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def is_picture(content: bytes) -> bool:
    """Return True for the bytes of a picture."""
    riff = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    bitmap = content.startswith(b"BM") and content[6:10] == b"\x00\x00\x00\x00"
    return riff or bitmap or content.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*"))


def _inline(source: str) -> bytes:
    head, _, data = source.partition(",")
    if "base64" not in head.lower():
        return unquote(data).encode()
    try:
        return base64.b64decode(unquote(data), validate=False)
    except (binascii.Error, ValueError):
        return b"?"


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str:
    try:
        charset = part.get_content_charset() or "utf-8"
        "".encode(charset)
    except (LookupError, ValueError):
        return "utf-8"
    return charset
