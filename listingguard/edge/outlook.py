"""Files that are no plain mail: an Outlook message (.msg), a scan, many mails in one file. Bytes in, text or mails out.

A message file is opened for its text and the list of its attachments; no attachment is.
"""

from __future__ import annotations

import mailbox
import re
from email.header import Header
from email.utils import format_datetime
from html import escape
from pathlib import Path

from listingguard.domain.envelope import Envelope, Hand
from listingguard.domain.reply_text import MAX_TEXT, Attachment, Automatic, MailText, clean, real_type, split
from listingguard.edge.envelope import MAX_HEAD, envelope, is_mail
from listingguard.edge.reply_mail import MAX_HTML, html_text, mail_html, read_mail

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SCANS = {b"%PDF-": "PDF", b"\x89PNG\r\n\x1a\n": "image PNG", b"\xff\xd8\xff": "image JPEG"}
"""How the first bytes tell a letter that came on paper: what a person scanned."""

MAX_MAILS = 2_000
"""Mails of one mbox file that are taken."""

MAX_ATTACHMENTS = 100


def is_scan(raw: bytes) -> bool:
    """Return True for a PDF, PNG or JPEG file, by its first bytes."""
    return raw.startswith(tuple(SCANS))


def read_any(raw: bytes) -> MailText:
    """Return what a person would read of a message, be it a mail, an Outlook file or a scan; this never raises."""
    if is_scan(raw):
        scan = Attachment("courrier numérisé", real_type(raw), "", len(raw))
        return MailText("", "courrier reçu sur papier", (), (scan,))
    return _read_outlook(raw) if raw.startswith(OLE) else read_mail(raw)


def envelope_of(raw: bytes) -> Envelope | None:
    """Return what the headers of a message say, be it a mail or an Outlook file; None for a scan or what is no message."""
    head = b"" if is_scan(raw) else _outlook_head(raw) if raw.startswith(OLE) else raw[:MAX_HEAD]
    return envelope(head) if is_mail(head) else None


def _outlook_head(raw: bytes) -> bytes:
    """Return the headers Outlook keeps of what came from elsewhere; of what it wrote itself, the sender and the subject."""
    try:
        from oxmsg import Message

        message = Message.load(raw)
        known = message.message_headers
        if not any(name.lower() == "from" for name in known):
            known = {"From": message.sender or "", "Subject": message.subject}
            if message.sent_date is not None:
                known["Date"] = format_datetime(message.sent_date)
        return _block(known)[:MAX_HEAD]
    except Exception:  # the library raises whatever the bytes make it raise
        return b""


_SHOWN = frozenset((
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul",
))  # fmt: skip
"""Of a mail's page, what a browser may show: words and their layout. No picture, no form, nothing that loads."""


def safe_html(raw: bytes) -> bytes:
    """Return a message as a page for a browser: cleaned, and forbidden to load anything; plain text where it has no page."""
    import nh3

    page = _outlook_html(raw) if raw.startswith(OLE) else "" if is_scan(raw) else mail_html(raw)
    if not page.strip() or _too_deep(page):
        text = "\n\n".join(segment.text for segment in read_any(raw).segments)
        page = f"<pre>{escape(text)}</pre>"
    cleaned = nh3.clean(page.replace("\x00", ""), tags=set(_SHOWN), attributes={"a": {"href"}, "td": {"colspan", "rowspan"}},
                        url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer nofollow")  # fmt: skip
    return (
        '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'"><title>Message reçu</title></head>\n'
        f"<body>{cleaned}</body></html>\n"
    ).encode("utf-8", "replace")


# What closes by itself, or holds nothing, nests nothing.
_OPENED = re.compile(r"<(/?)(?!(?:br|hr|img|meta|link|input|col|wbr|p|li|dt|dd|td|th|tr|option)\b)[a-z]", re.IGNORECASE)

MAX_NESTED = 2_000


def _too_deep(page: str) -> bool:
    """Return True where elements nest deeper than any mail program writes: cleaning takes the square of it."""
    depth = 0
    for found in _OPENED.finditer(page):
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > MAX_NESTED:
            return True
    return False


def _outlook_html(raw: bytes) -> str:
    try:
        from oxmsg import Message

        return (Message.load(raw).html_body or "")[:MAX_HTML]
    except Exception:  # the library raises whatever the bytes make it raise
        return ""


def mails_in(path: Path) -> list[bytes]:
    """Return the mails of an mbox file, in order, 2,000 at most, without their « From » lines."""
    box = mailbox.mbox(path, create=False)
    try:
        return [box.get_bytes(key) for key in box.keys()[:MAX_MAILS]]
    finally:
        box.close()


def is_mbox(raw: bytes) -> bool:
    """Return True for a file of several mails, as mail programs export a folder."""
    return bool(re.match(rb"From [^\r\n]{1,200} \d{4}\r?\n[!-9;-~]+:", raw[:2_000]))


def _worded(found: re.Match[str]) -> str:
    return found[0] if found[0].isascii() else Header(found[0], "utf-8", maxlinelen=10_000).encode()


def _block(headers: dict[str, str]) -> bytes:
    lines = []
    for name, value in headers.items():
        text = " ".join(str(value).split())
        # Words only: an address inside an encoded word would be none.
        written = re.sub(r"[^<>,\"\s](?:[^<>,\"]*[^<>,\"\s])?", _worded, text)
        lines.append(f"{re.sub(r'[^!-9;-~]', '', name)}: {written}\r\n")
    return "".join(lines).encode("ascii", "replace") + b"\r\n"


def _read_outlook(raw: bytes) -> MailText:
    notes: list[str] = []
    found = envelope(_outlook_head(raw))
    sender, subject, text = found.sender, found.subject, ""
    attachments: list[Attachment] = []
    try:
        from oxmsg import Message

        message = Message.load(raw)
        sender, subject = clean(message.sender or "")[:200], clean(message.subject)[:300]
        text = message.body or ""
        if not text.strip() and message.html_body:
            text = html_text(message.html_body[:MAX_HTML], notes)
        for each in message.attachments[:MAX_ATTACHMENTS]:
            data = each.file_bytes or b""
            name = re.sub(r"[\s/\\]+", " ", clean(each.file_name or "")).strip()[:120]
            attachments.append(
                Attachment(name or "sans nom", real_type(data), clean(each.mime_type or "")[:80], len(data))
            )
    except Exception:  # the library raises whatever the bytes make it raise
        notes.append("ce message Outlook ne se lit pas en entier")
    automatic = {Hand.PERSON: Automatic.NO, Hand.PROGRAM: Automatic.REPLY, Hand.REPORT: Automatic.FAILED}[found.hand]
    return MailText(
        sender=" ".join(sender.split()),
        subject=" ".join(subject.split()),
        segments=split(text[:MAX_TEXT]),
        attachments=tuple(attachments),
        automatic=automatic,
        answers=bool(found.named),
        notes=tuple(dict.fromkeys(notes)),
    )
