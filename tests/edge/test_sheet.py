"""The sheet of a capture as its reader gets it: every fact printed, nothing assumed, the same bytes each time."""

import hashlib
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from listingguard.domain.capture import TokenRow, TokenStatus, does_not_prove, proves
from listingguard.domain.event import canonical
from listingguard.edge.sheet import MAX_PIXELS, drawable, sheet_pdf

LETTERS = Path(__file__).parents[2] / "letters"
URL = "https://rdv-soins.example/kine/valence/camille-exemple?motif=" + "seance" * 40
MANIFEST: dict[str, Any] = {
    "url": "https://rdv-soins.example/k/17",
    "final_url": URL,
    "status": 200,
    "headers": [["Content-Type", "text/html"]],
    "sha256": "a" * 64,
    "size": 61234,
    "at": "2026-03-29T01:30:05+00:00",
    "day": "2026-03-29",
    "machine_at": "2026-03-29T01:30:05+00:00",
    "origin": "scan",
    "by": "",
    "simulated": False,
    "format": "listingguard-capture/2",
    "redirects": [{"url": "https://rdv-soins.example/k/17", "status": 301, "location": URL, "address": "203.0.113.7"}],
    "clock_offset": {"milliseconds": -12, "server": "temps.example"},
    "address": "203.0.113.7",
    "public_ip": "198.51.100.24",
    "tls": {"protocol": "TLSv1.3", "issuer": "CN=Autorité Exemple", "sha256": "c" * 64},
    "robots": {
        "url": "https://rdv-soins.example/robots.txt",
        "status": 200,
        "sha256": "d" * 64,
        "fetched_at": "2026-03-29T01:29:00+00:00",
        "crawl_delay": "",
    },
    "basis": "mission",
    "artefacts": [
        {"name": "body.html", "media_type": "text/html", "size": 61234, "sha256": "a" * 64},
        {"name": "data.warc.gz", "media_type": "application/warc", "size": 20011, "sha256": "b" * 64},
    ],
    "environment": {
        "tool": "listingguard 1.0",
        "user_agent": "listingguard/1.0 (+https://conseil.example)",
        "browser": "Chromium 156.0",
        "viewport": "1280×1024",
        "cookies": "aucun cookie à l’ouverture",
        "cache": "vide",
        "clicks": "aucun clic",
    },
}
# What the first version kept of a capture.
FIRST = {name: MANIFEST[name] for name in list(MANIFEST)[:12]}


def picture(width: int, height: int, form: str = "PNG") -> bytes:
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for y in range(0, height, 100):
        draw.rectangle((0, y, width, y + 50), fill=(y * 7 % 256, y * 3 % 256, 90))
    out = BytesIO()
    image.save(out, form)
    return out.getvalue()


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]


def glued(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def sheet() -> bytes:
    return sheet_pdf(MANIFEST, picture(1280, 6000), letters=LETTERS, reference="K-2026-0007")


def test_the_whole_address_is_printed_on_every_page(sheet):
    assert len(pages(sheet)) >= 5
    assert all(glued(page).startswith(URL) for page in pages(sheet))


def test_every_fact_of_the_manifest_is_there(sheet):
    text = glued("".join(pages(sheet)))
    for fact in (
        "2026-03-29 01:30:05", "2026-03-29 03:30:05 (UTC+0200)", "-12 ms d’après temps.example", "203.0.113.7",
        "198.51.100.24", "TLSv1.3", "CN=Autorité Exemple", "listingguard/1.0", "c" * 64, "d" * 64, "code 301",
        "mission du conseil de l’Ordre", "Chromium 156.0", "1280×1024", "aucun clic", "aucun cookie", "K-2026-0007",
        "body.html", "data.warc.gz", "a" * 64, "b" * 64, hashlib.sha256(canonical(MANIFEST)).hexdigest(),
    ):  # fmt: skip
        assert glued(fact) in text, fact


def test_it_says_what_it_proves_and_what_it_does_not_as_the_screen_does(sheet):
    token = TokenRow("k", "tsa.example", "e" * 64, TokenStatus.VERIFIED, datetime(2026, 3, 29, tzinfo=UTC))
    stamped = glued("".join(pages(sheet_pdf(MANIFEST, None, letters=LETTERS, tokens=[token]))))
    text = glued("".join(pages(sheet)))
    assert [s for s in (*proves(MANIFEST, []), *does_not_prove(MANIFEST, [])) if glued(s) not in text] == []
    assert [
        s for s in (*proves(MANIFEST, [token]), *does_not_prove(MANIFEST, [token])) if glued(s) not in stamped
    ] == []
    assert glued("Fiche de capture") in text


def test_what_was_not_recorded_is_said_not_to_be():
    text = " ".join("".join(pages(sheet_pdf(FIRST, None, letters=LETTERS))).split())
    assert "Écart de l’horloge non relevé" in text
    assert "Notre adresse IP publique non relevée" in text
    assert "Aucune image de la page n’accompagne cette capture." in text


def test_a_picture_that_a_person_brought_is_not_said_to_be_ours(sheet):
    brought = pages(
        sheet_pdf({**MANIFEST, "origin": "import", "by": "Louise Exemple"}, picture(640, 480), letters=LETTERS)
    )
    assert "sans retouche" not in " ".join("".join(brought).split())
    assert "sans retouche" in " ".join("".join(pages(sheet)).split())


def test_a_simulated_capture_says_so_on_top():
    text = pages(sheet_pdf({**MANIFEST, "simulated": True}, None, letters=LETTERS))[0]
    assert "SIMULATION" in text
    assert "SIMULATION" not in pages(sheet_pdf(MANIFEST, None, letters=LETTERS))[0]


def test_the_picture_is_cut_in_order_and_loses_no_line(sheet):
    original = picture(1280, 6000)
    strips = [image.image for page in pypdf.PdfReader(BytesIO(sheet)).pages for image in page.images]
    assert len(strips) >= 4
    whole = Image.new("RGB", (1280, sum(strip.height for strip in strips)))
    y = 0
    for strip in strips:
        whole.paste(strip, (0, y))
        y += strip.height
    # Compressed for printing: no line is lost or moved, and no colour is another than the eye sees.
    off = ImageChops.difference(whole, Image.open(BytesIO(original)).convert("RGB"))
    assert max(ImageStat.Stat(off).mean) < 3
    assert whole.size == (1280, 6000)
    assert "partie 1 sur" in pages(sheet)[-len(strips)]


def test_each_strip_fits_its_page_whatever_the_length_of_the_address():
    for length in (10, 4_000):
        manifest = {**MANIFEST, "final_url": "https://rdv-soins.example/" + "a" * length}
        pdf = sheet_pdf(manifest, picture(1280, 3000), letters=LETTERS)
        texts = pages(pdf)
        shown = [text for text in texts if "partie" in text]
        assert len(shown) == sum(len(page.images) for page in pypdf.PdfReader(BytesIO(pdf)).pages)
        assert all(len(page.images) <= 1 for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def test_the_same_capture_gives_the_same_bytes_in_pdf_a(sheet):
    assert sheet == sheet_pdf(MANIFEST, picture(1280, 6000), letters=LETTERS, reference="K-2026-0007")
    reader = pypdf.PdfReader(BytesIO(sheet))
    assert str(reader.trailer["/Root"]["/Lang"]).lower().startswith("fr")
    told = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>B<", told, re.S)
    assert "pdfuaid:part>1<" in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"no picture at all", "n’est pas reproduite ici"),
        (picture(40, 12_000), "trop haute"),
        (b"", "n’est pas reproduite"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_named_by_its_hash(given, said):
    text = " ".join("".join(pages(sheet_pdf(MANIFEST, given, letters=LETTERS))).split())
    assert said in text
    assert hashlib.sha256(given).hexdigest() in glued(text)


def test_a_picture_bomb_is_not_unpacked():
    bomb = BytesIO()
    Image.new("1", (40_000, MAX_PIXELS // 40_000 + 1)).save(bomb, "PNG")
    assert glued("son format ou sa taille ne s’y prête pas") in glued(
        "".join(pages(sheet_pdf(MANIFEST, bomb.getvalue(), letters=LETTERS)))
    )


def test_hostile_words_print_as_they_are():
    environment = MANIFEST["environment"]
    hostile = '#read("/etc/passwd") *x* $a$ _y_ `z` @preview \\ <b> #{1+1}'
    text = "".join(
        pages(
            sheet_pdf(
                {**MANIFEST, "by": "王😀\x07", "environment": {**environment, "tool": hostile}}, None, letters=LETTERS
            )
        )
    )
    assert glued(hostile) in glued(text)
    assert "‹U+738B›‹U+1F600›" in glued(text)


def test_every_character_left_as_it_is_has_a_glyph():
    letters = "".join(chr(code) for code in range(0x20, 0x30000) if drawable(chr(code)) == chr(code))
    assert len(letters) > 300
    sheet_pdf({**MANIFEST, "final_url": letters, "by": letters}, None, letters=LETTERS)
