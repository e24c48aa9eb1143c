"""How many pages a document has, as the « P.J. » line of a letter says."""

from __future__ import annotations

import io
import logging


def page_count(document: bytes) -> int:
    """Return the pages of a PDF; 1 for a picture, and for a PDF that cannot be read."""
    if not document.startswith(b"%PDF-"):
        return 1
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return max(1, len(PdfReader(io.BytesIO(document)).pages))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # A person's own document, however damaged: it is sent as it is, and counts for one.
        return 1
