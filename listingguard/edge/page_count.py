"""How many pages a document has, as the « P.J. » line of a letter says."""

from __future__ import annotations

import io
import logging


def page_count(document: bytes) -> int:
    """Return the pages of a PDF or of a scan; 0 where nobody can count them, so that no letter states a number."""
    if document.startswith(b"%PDF-"):
        return _of_pdf(document)
    if document.startswith((b"II*\0", b"MM\0*")):
        return _of_tiff(document)
    return 1 if document.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) else 0


def _of_pdf(document: bytes) -> int:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return len(PdfReader(io.BytesIO(document)).pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # A person's own document, however damaged: it is sent as it is.
        return 0


def _of_tiff(document: bytes) -> int:
    import warnings

    from PIL import Image, UnidentifiedImageError

    # Pillow tells of a damaged file on the screen.
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(document), formats=("TIFF",)) as scan:
            return int(getattr(scan, "n_frames", 1))
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
        KeyError,
        TypeError,
    ):
        return 0
