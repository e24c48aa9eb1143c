"""What a PDF of ours says of its own marking."""

from __future__ import annotations

_SUSPECTS = b"/Suspects false"


def unsuspected(pdf: bytes) -> bytes:
    """Return a PDF of typst's whose catalogue says no more that nothing in its marking is suspect, which is the default.

    ISO 32000-1, table 321, wants a boolean there; poppler reports every one as a syntax error on the screen of whoever
    checks the file. As many spaces stand in its place, so that no offset moves; only the last one, the catalogue's, is
    touched, for an attached file may hold the same words.
    """
    head, found, tail = pdf.rpartition(b"/MarkInfo<</Marked true" + _SUSPECTS)
    return head + found.replace(_SUSPECTS, b" " * len(_SUSPECTS)) + tail if found else pdf
