"""What a saved file is, and the page that lies in it: plain HTML, or a browser's container (MHTML, Safari's webarchive)."""

from __future__ import annotations

import email
import plistlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import Message
from enum import StrEnum

from listingguard.domain.listing import Page
from listingguard.pages.url import host_of, path_of, tidy_url

_MOST_BYTES = 48 * 1024 * 1024
# Browsers write one level of parts; a file of many is made to exhaust its reader.
_MOST_MULTIPARTS = 50
_MARKUP = ("text/html", "application/xhtml+xml", "application/json", "text/plain")
_SAVED_FROM = re.compile(
    rb"<!--\s*saved from url=\(\d+\)(?P<url>\S+)|<!--\s*Page saved with SingleFile\s+url:\s*(?P<single>\S+)"
)
_MAIL_HEADER = re.compile(rb"[\w-]+:[ \t]")


class FileKind(StrEnum):
    """What a file is, by its bytes first."""

    HTML = "html"
    XHTML = "xhtml"
    JSON = "json"
    MHTML = "mhtml"
    WEBARCHIVE = "webarchive"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "html": "page HTML",
            "xhtml": "page XHTML",
            "json": "réponse JSON",
            "mhtml": "page enregistrée (MHTML)",
            "webarchive": "archive web de Safari",
        }[self.value]


@dataclass(frozen=True)
class Unwrapped:
    """A file's main document as a page, under the URL that the person gave.

    inner_url: where the browser that saved the file says it was; empty when it does not say
    empty: the file is a container in which no page was found; the page's body is then empty
    """

    page: Page
    kind: FileKind
    inner_url: str = ""
    empty: bool = False

    @property
    def elsewhere(self) -> str:
        """Return the URL that the file itself names when that is another page than the one we were told, else "".

        `www.`, a final slash and what only follows a visitor do not count; the query does where both have one.
        """
        told, inner = tidy_url(self.page.final_url or self.page.url), tidy_url(self.inner_url)
        if not host_of(inner):
            return ""
        asked, shown = told.partition("?")[2], inner.partition("?")[2]
        same = (host_of(told), path_of(told)) == (host_of(inner), path_of(inner)) and (
            asked == shown or not (asked and shown)
        )
        return "" if same else self.inner_url


def unwrap(page: Page) -> Unwrapped:
    """Return the main document of a saved file; an ordinary page comes back as it is. Never raises.

    What a container says of its main document (content type, charset) replaces the page's Content-Type; the URL
    stays the one given. Pictures, frames and scripts of a container are left aside.
    """
    head = page.body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    declared = page.header("content-type").lower()
    if head.startswith(b"bplist00") or (
        head.startswith((b"<?xml", b"<!DOCTYPE plist", b"<plist")) and b"<plist" in head
    ):
        return _inside(page, FileKind.WEBARCHIVE, _from_webarchive(page.body))
    lowered = head.lower()
    mail = _MAIL_HEADER.match(head) and b"mime-version" in lowered and b"multipart/" in lowered
    if mail or declared.startswith(("multipart/related", "message/rfc822")):
        return _inside(page, FileKind.MHTML, _from_mhtml(page.body))
    if head.startswith((b"{", b"[")) or ("json" in declared and not head.startswith(b"<")):
        return Unwrapped(page, FileKind.JSON)
    saved = _SAVED_FROM.search(head) if b"saved" in head else None
    inner = (saved["url"] or saved["single"]).decode("utf-8", "replace") if saved else ""
    xml = head.startswith(b"<?xml") or "xhtml" in declared
    return Unwrapped(page, FileKind.XHTML if xml else FileKind.HTML, inner)


@dataclass(frozen=True)
class _Inside:
    body: bytes
    content_type: str
    charset: str
    url: str


def _inside(page: Page, kind: FileKind, found: _Inside | None) -> Unwrapped:
    headers = tuple((name, value) for name, value in page.headers if name.lower() != "content-type")
    if found is None:
        return Unwrapped(replace(page, body=b"", headers=headers), kind, empty=True)
    charset = f"; charset={found.charset}" if re.fullmatch(r"[\w.:-]+", found.charset) else ""
    kept = (("Content-Type", f"{found.content_type}{charset}"), *headers)
    return Unwrapped(replace(page, body=found.body[:_MOST_BYTES], headers=kept), kind, found.url)


def _from_mhtml(body: bytes) -> _Inside | None:
    """Return the main document: the one at the snapshot's location, else the `start` one, else the first."""
    if body[:_MOST_BYTES].lower().count(b"multipart/") > _MOST_MULTIPARTS:
        return None
    try:
        message = email.message_from_bytes(body[:_MOST_BYTES])
        parts = [part for part in message.walk() if part.get_content_type() in _MARKUP and not part.is_multipart()]
        snapshot = _location(message, "Snapshot-Content-Location")
        start = str(message.get_param("start", ""))
        # Frames and text beside the page are parts as well.
        parts.sort(
            key=lambda part: (
                not (snapshot and _location(part, "Content-Location") == snapshot),
                not (start and str(part.get("Content-ID", "")).strip() == start),
                _MARKUP.index(part.get_content_type()) > 1,
            )
        )
        if not parts:
            return None
        main = parts[0]
        content = main.get_payload(decode=True)
        url = snapshot or _location(main, "Content-Location")
        charset = main.get_content_charset("")
    # The email package promises no set of errors for damaged input.
    except Exception:
        return None
    if not isinstance(content, bytes):
        return None
    return _Inside(content, main.get_content_type(), charset, url)


def _location(part: Message, name: str) -> str:
    """Return a URL from a header, which may be folded over several lines."""
    url = re.sub(r"\s+", "", str(part.get(name, "")))
    return url if host_of(url) else ""


def _from_webarchive(body: bytes) -> _Inside | None:
    try:
        archive = plistlib.loads(body[:_MOST_BYTES])
    # A property list is a small language of its own; a damaged one may fail in any of its readers.
    except Exception:
        return None
    main = archive.get("WebMainResource") if isinstance(archive, Mapping) else None
    content = main.get("WebResourceData") if isinstance(main, Mapping) else None
    if not isinstance(main, Mapping) or not isinstance(content, bytes):
        return None
    texts = {key: value for key, value in main.items() if isinstance(value, str)}
    kind = texts.get("WebResourceMIMEType", "").lower()
    return _Inside(
        content,
        kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "text/html",
        texts.get("WebResourceTextEncodingName", ""),
        texts.get("WebResourceURL", ""),
    )
