"""A received mail -> its text and the list of its attachments; nothing is loaded, opened, followed or written."""

from __future__ import annotations

import email
import email.policy
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value, parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree, html

from listingguard.domain.delivery_report import MAX_RECIPIENTS, DeliveryReport, delivery_reports
from listingguard.domain.reply_text import (
    MAX_TEXT,
    Attachment,
    Automatic,
    MailText,
    clean,
    real_type,
    split,
)
from listingguard.domain.suggestion import Rules, rules_from

MAX_BYTES = 60 * 1024 * 1024
MAX_PARTS = 100
MAX_DEPTH = 12
MAX_NODES = 200_000
MAX_HTML = 1024 * 1024

_RULES = Path(__file__).parent.parent / "data" / "replies.toml"

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "tr", "ul",
))  # fmt: skip
_UNSEEN = frozenset((
    "head", "script", "style", "title", "template", "noscript", "object", "iframe", "svg", "math", "select",
    "textarea", "button",
))  # fmt: skip
_APART = frozenset(("p", "h1", "h2", "h3", "blockquote", "table"))
_MIME_HEADERS = re.compile(rb"(?im)^content-(?:type|disposition)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|;|\s|$)|mso-hide\s*:\s*all"
)
_QUOTES = re.compile(r"\b(?:gmail_quote|freshdesk_quote|moz-cite-prefix|yahoo_quoted|zmail_extra|protonmail_quote)\b")


@lru_cache(maxsize=1)
def reply_rules() -> Rules:
    """Return the rules that suggest what a reply means; read once per process."""
    return rules_from(tomllib.loads(_RULES.read_text(encoding="utf-8")))


def read_mail(raw: bytes) -> MailText:
    """Return what a person would read of a mail, whatever its bytes: this never raises.

    The plain text is preferred to the HTML, unless it is empty. What goes beyond the limits of size, parts and depth
    is left aside, the rest is read, and a note says so in French.
    """
    notes: list[str] = []
    message = _parse(raw, notes)
    plain: list[str] = []
    rich: list[str] = []
    attachments: list[Attachment] = []
    report = ""
    reports: list[DeliveryReport] = []
    for part in _leaves(message, notes):
        kind = part.get_content_type()
        name = _filename(part)
        disposition = str(part.get("Content-Disposition", "")).strip().lower()
        if kind in ("message/delivery-status", "message/disposition-notification"):
            report = report or _action(part)
            reports += delivery_reports(_fields(part)) if kind.endswith("delivery-status") else ()
            continue
        data = payload(part)
        attached = disposition.startswith("attachment") or bool(name)
        if not attached and kind == "text/plain":
            plain.append(_unflowed(decoded(part, data), part))
        elif not attached and kind == "text/html":
            rich.append(html_text(decoded(part, data[:MAX_HTML]), notes))
        elif data or name:
            attachments.append(Attachment(name[:120] or "sans nom", real_type(data), clean(kind)[:80], len(data)))
    text = next((t for t in ("\n\n".join(plain), "\n\n".join(rich)) if t.strip()), "")
    if len(text) > MAX_TEXT:
        notes.append(f"le texte est coupé après {MAX_TEXT} caractères")
    head = {k: _header(message, k) for k in ("From", "Subject")}
    return MailText(
        sender=head["From"][:200],
        subject=head["Subject"][:300],
        segments=split(text),
        attachments=tuple(attachments),
        automatic=_automatic(message, report),
        bulk=_header(message, "Precedence").lower() in ("bulk", "list") or "List-Unsubscribe" in message,
        answers="In-Reply-To" in message or "References" in message,
        notes=tuple(dict.fromkeys(notes)),
        reports=tuple(reports[:MAX_RECIPIENTS]),
    )


def mail_html(raw: bytes) -> str:
    """Return the page a mail carries, as its sender wrote it: to be cleaned before anybody's browser sees it."""
    found, notes = [], list[str]()
    for part in _leaves(_parse(raw, notes), notes):
        attached = str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")
        if part.get_content_type() == "text/html" and not attached:
            found.append(decoded(part, payload(part)[:MAX_HTML]))
    return "\n".join(found)[:MAX_HTML]


def _parse(raw: bytes, notes: list[str]) -> Message[Any, Any]:
    """Return the message parsed as far as it stays cheap: each nested part makes the parser try each line once more."""
    if len(raw) > MAX_BYTES:
        raw = raw[:MAX_BYTES]
        notes.append("le message est trop gros, sa fin n’est pas lue")
    # The library needs the square of the length of these headers.
    raw = _MIME_HEADERS.sub(lambda m: m[0] if len(m[0]) < 4000 else m[0][:1000], raw)
    for count, found in enumerate(re.finditer(rb"(?i)\bboundary\s*=", raw)):
        if count >= 3 * MAX_DEPTH:
            raw = raw[: found.start()]
            notes.append("trop de parties emboîtées, les dernières ne sont pas lues")
            break
    try:
        return email.message_from_bytes(raw, policy=email.policy.compat32)
    except (RecursionError, ValueError, LookupError, AssertionError):
        notes.append("les parties du message ne se lisent pas")
        whole = email.message.Message()
        whole.set_payload(raw[: MAX_TEXT * 2].partition(b"\n\n")[2].decode("utf-8", "replace"))
        return whole


def _leaves(message: Message[Any, Any], notes: list[str]) -> Iterator[Message[Any, Any]]:
    """Yield the parts that hold no other, in order; a mail inside a mail is one of them."""
    waiting = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > MAX_PARTS or depth > MAX_DEPTH:
            notes.append("trop de parties, les dernières ne sont pas lues")
            continue
        inside = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inside, list):
            waiting += [(child, depth + 1) for child in reversed(inside) if isinstance(child, Message)]
        else:
            yield part


def payload(part: Message[Any, Any]) -> bytes:
    """Return the bytes of a part, decoded; none of what holds messages or parts of its own, or cannot be decoded."""
    try:
        if part.get_content_type().startswith("message/") or isinstance(part.get_payload(), list):
            return b""
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, RecursionError):
        return b""
    return data if isinstance(data, bytes) else b""


def decoded(part: Message[Any, Any], data: bytes) -> str:
    """Return the text; the charset may lie, be unknown or missing."""
    named = str(part.get_param("charset") or "").strip("'\" ").lower()
    # Mail programs say Latin-1 and write Windows-1252.
    first = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8"}.get(named, named)
    for charset in (first, "utf-8", "cp1252"):
        if charset in ("", "idna", "punycode", "utf-7", "utf7"):
            continue
        try:
            return data.decode(charset)
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _unflowed(text: str, part: Message[Any, Any]) -> str:
    """Return the text with the soft line ends of `format=flowed` undone (RFC 3676)."""
    if str(part.get_param("format") or "").lower() != "flowed":
        return text
    delete = str(part.get_param("delsp") or "").lower() == "yes"
    done: list[str] = []
    soft = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        marks, body = line[:depth], line[depth:].removeprefix(" ")
        if soft and done and soft == f"m{marks}":
            done[-1] += body
        else:
            done.append(f"{marks} {body}" if marks else body)
        soft = f"m{marks}" if body.endswith(" ") and body != "-- " else ""
        if soft and delete:
            done[-1] = done[-1].removesuffix(" ")
    return "\n".join(done)


def html_text(source: str, notes: list[str]) -> str:
    """Return the text of a page as its reader sees it; quotes get `>`, a link shows where it leads. Nothing is loaded."""
    source = re.sub(r"^\s*<\?xml[^>]*>", "", source.replace("\x00", ""))
    if not source.strip():
        return ""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(source, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        notes.append("le texte HTML ne se lit pas")
        return ""
    lines: list[list[Any]] = [[0, ""]]
    depth = 0
    # Iterative: a page may nest deeper than Python's stack.
    stack: list[tuple[Any, str]] = [(root, "in")]
    seen = 0
    while stack:
        node, way = stack.pop()
        seen += 1
        if seen > MAX_NODES:
            notes.append("le texte HTML est trop long, sa fin n’est pas lue")
            break
        tag = node.tag if isinstance(node.tag, str) else ""
        if way == "tail":
            _write(lines, node.tail, depth)
            continue
        quote = tag == "blockquote" or bool(_QUOTES.search(node.get("class") or "")) if tag else False
        if way == "in":
            stack.append((node, "tail"))
            if (
                not tag
                or tag in _UNSEEN
                or node.get("hidden") is not None
                or _HIDDEN.search((node.get("style") or "").lower())
            ):
                continue
            if tag in _BLOCKS or tag == "br":
                _break(lines, depth, apart=tag in _APART, always=tag == "br")
            depth += quote
            if tag == "li":
                _write(lines, "- ", depth)
            if tag in ("td", "th"):
                _write(lines, " ", depth)
            if tag == "hr":
                lines[-1][1] = "-----"
            stack.append((node, "out"))
            stack += [(child, "in") for child in reversed(list(node))]
            if quote:
                _break(lines, depth)
            _write(lines, node.text, depth)
            continue
        href = (node.get("href") or "").strip() if tag == "a" else ""
        if href.lower().startswith(("http://", "https://")) and href not in lines[-1][1]:
            _write(lines, f" <{href[:200]}>", depth)
        depth -= quote
        if tag in _BLOCKS:
            _break(lines, depth, apart=tag in _APART)
    text = "\n".join(("> " * level + body.strip()).rstrip() for level, body in lines)
    return re.sub(r"\n(?:[> ]*\n){2,}", "\n\n", text)


def _write(lines: list[list[Any]], text: str | None, depth: int) -> None:
    if text:
        words = re.sub(r"[ \t\r\n\f]+", " ", text)
        lines[-1][1] += words
        lines[-1][0] = depth


def _break(lines: list[list[Any]], depth: int, *, apart: bool = False, always: bool = False) -> None:
    """Begin a line, unless one has just begun; `apart` leaves a blank one before it."""
    if always or lines[-1][1].strip():
        lines.append([depth, ""])
    if apart and len(lines) > 1 and lines[-2][1].strip():
        lines.append([depth, ""])
    lines[-1][0] = depth


def _header(message: Message[Any, Any], name: str) -> str:
    """Return a header as one harmless line; encoded words that make no sense stay as they came."""
    value = message.get(name)
    if value is None:
        return ""
    text = str(value)[:4000]
    with suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return re.sub(r"\s+", " ", clean(text)).strip()


def _filename(part: Message[Any, Any]) -> str:
    try:
        given = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
        text = collapse_rfc2231_value(given) if given else ""
        text = str(make_header(decode_header(text[:500])))
    except (HeaderParseError, LookupError, ValueError, TypeError):
        return "nom illisible"
    return re.sub(r"[\s/\\]+", " ", clean(text)).strip()


def _fields(part: Message[Any, Any]) -> list[dict[str, str]]:
    """Return the groups of fields of a report, which the library reads as messages without a body."""
    inside = part.get_payload()
    blocks = [block for block in inside if isinstance(block, Message)] if isinstance(inside, list) else []
    return [{name: str(value) for name, value in block.items()} for block in blocks[: MAX_RECIPIENTS + 1]]


def _action(part: Message[Any, Any]) -> str:
    """Return what a report says it did: failed, delayed, delivered, relayed, displayed…; empty when it says nothing."""
    inside = part.get_payload()
    blocks = [block for block in inside if isinstance(block, Message)] if isinstance(inside, list) else []
    text = "\n".join(f"{k}: {v}" for b in blocks[:20] for k, v in b.items()) or str(inside)[:4000]
    found = re.search(
        r"(?im)^(?:Action|Disposition)\s*:.{0,60}?\b(failed|delayed|delivered|relayed|expanded|displayed)", text
    )
    return found[1].lower() if found else ""


def _automatic(message: Message[Any, Any], report: str) -> Automatic:
    if report:
        done = {"failed": Automatic.FAILED, "delayed": Automatic.DELAYED}
        return done.get(report, Automatic.DELIVERED)
    submitted = _header(message, "Auto-Submitted").lower()
    precedence = _header(message, "Precedence").lower()
    answered = any(h in message for h in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply"))
    sender = ""
    # A comment inside a comment, without end, is deeper than the library goes.
    with suppress(RecursionError):
        sender = parseaddr(_header(message, "From"))[1].lower()
    if sender.startswith(("mailer-daemon@", "mailerdaemon@")):
        return Automatic.FAILED
    if submitted.startswith("auto-replied") or "auto" in precedence or answered:
        return Automatic.REPLY
    nobody = re.match(r"(?:no-?_?reply|ne-?pas-?repondre|noreponse|donotreply)", sender)
    if (
        submitted.startswith("auto-")
        or precedence in ("bulk", "list", "junk")
        or "List-Unsubscribe" in message
        or nobody
    ):
        return Automatic.NOTICE
    return Automatic.NO
