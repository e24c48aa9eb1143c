"""What a « P.J. » line says of a document is what the document holds; what nobody can count is not stated."""

import io

import pytest
from PIL import Image
from pypdf import PdfWriter

from listingguard.domain.letter import enclosed
from listingguard.edge.page_count import page_count


def pdf(pages: int) -> bytes:
    made, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(200, 200)
    made.write(out)
    return out.getvalue()


def scan(form: str, pages: int = 1) -> bytes:
    first, *rest = (Image.new("L", (8, 8)) for _ in range(pages))
    out = io.BytesIO()
    first.save(out, form, **({"save_all": True, "append_images": rest} if rest else {}))
    return out.getvalue()


@pytest.mark.parametrize("pages", [1, 2, 7])
def test_the_pages_of_a_pdf_or_of_a_scan_are_counted(pages: int) -> None:
    assert page_count(pdf(pages)) == page_count(scan("TIFF", pages)) == pages
    assert page_count(scan("JPEG")) == page_count(scan("PNG")) == 1


def looping() -> bytes:
    """Return a TIFF whose only directory says that it is followed by itself."""
    return (
        b"II*\x00\x08\x00\x00\x00"
        + b"\x01\x00"
        + b"\x00\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00"
        + b"\x08\x00\x00\x00"
    )


@pytest.mark.parametrize(
    "document",
    [b"", b"%PDF-1.7 rien", pdf(2)[:300], b"II*\x00", scan("TIFF", 2)[:20], b"PK\x03\x04", b"bonjour", looping()],
)
def test_what_cannot_be_opened_has_no_count_and_no_line_states_one(document: bytes) -> None:
    assert enclosed("Mandat du 9 mars 2026", page_count(document)) == "Mandat du 9 mars 2026"
