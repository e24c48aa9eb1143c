"""Saved files: what they are, which page lies in them, and where they say it came from."""

import plistlib
import quopri
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.domain.listing import Listing, Listings, Page, Unreadable
from listingguard.pages.container import FileKind, unwrap
from listingguard.pages.document import is_binary, is_json, page_text, visible_text
from listingguard.sites import GenericSite

URL = "https://annuaire.example/kine/valence/camille-exemple"
# Microdata, because a browser that saves MHTML leaves every script out, JSON-LD with them.
HTML = """<html><head><meta charset="{charset}"></head><body><div itemscope itemtype="https://schema.org/Physician">
<h1 itemprop="name">Valérie Exemple</h1> à l’œuvre <p itemprop="address">12 rue des Œillets, 26000 Valence</p></div></body></html>"""
SHOWN = "Valérie Exemple à l’œuvre 12 rue des Œillets, 26000 Valence"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def page(body: bytes, kind: str = "", url: str = URL) -> Page:
    return Page(url, url, 200, (("Content-Type", kind),) if kind else (), body, datetime(2026, 3, 12, tzinfo=UTC))


def read(body: bytes, kind: str = "", url: str = URL) -> tuple[Listing, ...]:
    reading = GenericSite("annuaire.example").reading(page(body, kind, url))
    return reading.items if isinstance(reading, Listings) else ()


def mhtml(html: bytes, content_type: str = "text/html", url: str = URL, start: str = "") -> bytes:
    """Return a page as Chromium saves it: the frame of an advert first, then the page, then a picture."""
    boundary = "----MultipartBoundary--aBcD1234----"
    head = (
        "From: <Saved by Blink>\r\n"
        f"Snapshot-Content-Location: {url}\r\n"
        "Subject: =?utf-8?Q?Val=C3=A9rie=20Exemple?=\r\n"
        "Date: Thu, 12 Mar 2026 10:00:00 +0100\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/related;\r\n"
        f'\ttype="text/html";{start}\r\n\tboundary="{boundary}"\r\n\r\n'
    ).encode()
    parts = [
        ("text/html", "cid:frame-1@mhtml.blink", "8bit", b"<p>publicit\xc3\xa9</p>"),
        (content_type, url, "quoted-printable", quopri.encodestring(html)),
        ("image/png", "https://annuaire.example/photo.png", "binary", PICTURE),
    ]
    body = b""
    for kind, place, encoding, content in parts:
        body += f"\r\n--{boundary}\r\nContent-Type: {kind}\r\n".encode()
        body += f"Content-Transfer-Encoding: {encoding}\r\nContent-Location: {place}\r\n\r\n".encode() + content
    return head + body + f"\r\n--{boundary}--\r\n".encode()


def webarchive(html: bytes, encoding: str, form: plistlib.PlistFormat, url: str = URL) -> bytes:
    """Return a page as Safari saves it."""
    main = {
        "WebResourceData": html,
        "WebResourceURL": url,
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": encoding,
        "WebResourceFrameName": "",
    }
    picture = {"WebResourceData": PICTURE, "WebResourceURL": f"{URL}/photo.png", "WebResourceMIMEType": "image/png"}
    archive = {"WebMainResource": main, "WebSubresources": [picture]}
    return plistlib.dumps(archive, fmt=form)  # type: ignore[arg-type]


SAVED = {
    "mhtml": mhtml(HTML.format(charset="utf-8").encode()),
    "mhtml, windows-1252": mhtml(HTML.format(charset="x").encode("cp1252"), "text/html; charset=windows-1252"),
    "mhtml, the page says its charset": mhtml(HTML.format(charset="windows-1252").encode("cp1252")),
    "webarchive, binary": webarchive(HTML.format(charset="utf-8").encode(), "UTF-8", plistlib.FMT_BINARY),
    "webarchive, xml": webarchive(HTML.format(charset="x").encode("cp1252"), "windows-1252", plistlib.FMT_XML),
}


@pytest.mark.parametrize("body", SAVED.values(), ids=SAVED.keys())
def test_a_page_saved_by_a_browser_is_read_like_the_page(body: bytes) -> None:
    (item,) = read(body)
    assert (item.name, item.places[0].street) == ("Valérie Exemple", "12 rue des Œillets")
    assert item.url == URL
    assert visible_text(page(body)) == SHOWN
    assert unwrap(page(body)).elsewhere == ""


@pytest.mark.parametrize(
    ("body", "kind", "wanted"),
    [
        (b"\xef\xbb\xbf \n<!doctype html><p>a", "", FileKind.HTML),
        (b'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "", FileKind.XHTML),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "application/xhtml+xml", FileKind.XHTML),
        (b' {"a": 1}', "", FileKind.JSON),
        (b"null", "application/json", FileKind.JSON),
        (SAVED["mhtml"], "", FileKind.MHTML),
        (SAVED["mhtml"], "multipart/related", FileKind.MHTML),
        (SAVED["webarchive, binary"], "application/x-webarchive", FileKind.WEBARCHIVE),
        (SAVED["webarchive, xml"], "", FileKind.WEBARCHIVE),
        (b"From: the front page\n<p>multipart/mixed</p>", "", FileKind.HTML),
    ],
)
def test_a_file_is_what_its_bytes_say(body: bytes, kind: str, wanted: FileKind) -> None:
    assert unwrap(page(body, kind)).kind is wanted
    assert wanted.label


ELSEWHERE = "https://www.annuaire.example/kine/valence/noa-specimen?id=3"
TOLD = {
    "mhtml": mhtml(HTML.format(charset="utf-8").encode(), url=ELSEWHERE),
    "webarchive": webarchive(b"<p>a", "UTF-8", plistlib.FMT_BINARY, ELSEWHERE),
    "saved from": b"<!-- saved from url=(0061)" + ELSEWHERE.encode() + b" -->\n<html><p>a",
    "SingleFile": b"<!DOCTYPE html> <html><!--\n Page saved with SingleFile \n url: " + ELSEWHERE.encode() + b" \n-->",
}


@pytest.mark.parametrize("body", TOLD.values(), ids=TOLD.keys())
def test_a_file_that_names_another_address_is_reported_and_the_given_one_stands(body: bytes) -> None:
    found = unwrap(page(body))
    assert found.elsewhere == ELSEWHERE
    assert found.page.url == found.page.final_url == URL
    assert unwrap(page(body, url=f"{ELSEWHERE}#avis".replace("www.", ""))).elsewhere == ""
    assert unwrap(page(body, url=ELSEWHERE.replace("id=3", "id=4"))).elsewhere == ELSEWHERE


@pytest.mark.parametrize(
    "body",
    [
        b"bplist00" + bytes(60),
        b'<?xml version="1.0"?><!DOCTYPE plist><plist version="1.0"><array>',
        plistlib.dumps({"WebMainResource": {"WebResourceData": "texte"}}, fmt=plistlib.FMT_BINARY),
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=a\r\n\r\n--a\r\nContent-Type: image/png\r\n\r\nx",
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/related; boundary=a\r\n\r\n" * 5000,
    ],
    ids=["plist cut", "plist open", "plist of another kind", "no page", "boxes in boxes"],
)
def test_a_container_without_a_page_is_said_to_be_empty(body: bytes) -> None:
    found = unwrap(page(body))
    assert found.empty
    assert found.page.body == b""
    assert isinstance(GenericSite("annuaire.example").reading(page(body)), Unreadable)


def test_a_container_cut_short_still_gives_what_is_left_of_its_page() -> None:
    body = SAVED["mhtml"]
    assert [item.name for item in read(body[: body.index(b"</html")])] == ["Valérie Exemple"]


def test_xhtml_may_close_its_scripts_itself() -> None:
    body = """<?xml version="1.0" encoding="iso-8859-1"?><html xmlns="http://www.w3.org/1999/xhtml"><head>
      <script src="/a.js" /><title/><script type="application/ld+json"><![CDATA[{"@type": "Physician",
      "name": "Valérie Exemple", "address": "26000 Valence"}]]></script></head><body>Valérie</body></html>"""
    saved = page(body.encode("latin-1"))
    (item,) = read(saved.body)
    assert item.name == "Valérie Exemple"
    assert visible_text(saved) == "Valérie"


def test_an_answer_saved_in_a_container_is_an_answer() -> None:
    saved = page(
        mhtml(b'{"@type": "Physician", "name": "Camille Exemple", "address": "26000 Valence"}', "application/json")
    )
    assert is_json(saved, page_text(saved))
    assert [item.name for item in read(saved.body)] == ["Camille Exemple"]


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_at_the_start_says_the_charset(name: str) -> None:
    saved = page(HTML.format(charset="ascii").encode(name), "text/html; charset=iso-8859-1")
    assert not is_binary(saved)
    assert page_text(saved) == HTML.format(charset="ascii")


def test_two_pages_read_in_turn_are_never_taken_for_each_other() -> None:
    one, other = page(b"<body>un"), page(b"<body>deux")
    assert [visible_text(p) for p in (one, other, one, other)] == ["un", "deux", "un", "deux"]


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(sorted(SAVED)),
    end=st.integers(0, 6000),
    flips=st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), max_size=8),
)
def test_no_damage_to_a_container_breaks_the_reader(name: str, end: int, flips: list[tuple[int, int]]) -> None:
    damaged = bytearray(SAVED[name][: end or None])
    for at, value in flips:
        if at < len(damaged):
            damaged[at] = value
    for item in read(bytes(damaged)):
        assert item.name
        assert item.id
