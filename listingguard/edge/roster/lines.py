"""The lines of a text file as text: bounded, decoded, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from listingguard.edge.roster.row import People
from listingguard.errors import BadInput

_NB = "\u00a0"

LINE_LIMIT = 1024 * 1024
"""Bytes in one line; a longer one is not a roster, and must not fill the memory."""

TOLD_EVERY = 16 * 1024 * 1024
"""Bytes between two words about how far the reading is."""

Progress = Callable[[int, int], None]
"""Called with the bytes read so far and the people found."""


class Lines:
    """The lines of a file as text, one at a time: bounded, decoded, without byte order mark."""

    def __init__(self, stream: BinaryIO, first: bytes, people: People, progress: Progress | None = None) -> None:
        self._stream, self._people, self._progress = stream, people, progress
        self._begun: bytes | None = first
        self.number = 0
        self._told = False
        self._read, self._next_word = 0, TOLD_EVERY
        # Looks at the bytes first; a line it does not want is neither decoded nor given.
        self.mark = b""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        # Millions of lines are passed over here, for a few that are wanted: nothing is asked twice.
        readline, mark, number, read = self._stream.readline, self.mark, self.number, self._read
        while True:
            if self._begun is None:
                raw = readline(LINE_LIMIT + 1)
            else:
                raw, self._begun = self._begun, None
            if not raw:
                self.number, self._read = number, read
                raise StopIteration
            number += 1
            read += len(raw)
            if read >= self._next_word:
                self._next_word = read + TOLD_EVERY
                if self._progress:
                    self._progress(read, len(self._people.found))
            if number == 1 or b"\0" in raw or len(raw) > LINE_LIMIT:
                self.number = number
                self._check(raw)
                if number == 1:
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
            if mark in raw:
                self.number, self._read = number, read
                return self._decode(raw)

    def _check(self, raw: bytes) -> None:
        name = self._people.file
        if self.number == 1 and raw.startswith((b"%PDF-", b"\x1f\x8b", b"Rar!", b"7z")):
            raise BadInput(f"{name}{_NB}: c’est un PDF ou une archive{_NB}; donnez le classeur (.xlsx) ou le CSV.")
        # A header begins with a letter, a quote or a byte order mark; pictures and compressed files do not. Accented
        # capitals open titles: « État », in UTF-8 or Windows-1252.
        strange = self.number == 1 and not raw.startswith(b"\xef\xbb\xbf") and not _opens_text(raw)
        if b"\0" in raw or strange:
            raise BadInput(
                f"{name}, ligne {self.number}{_NB}: ce n’est pas un fichier texte{_NB}; "
                f"enregistrez-le en «{_NB}CSV UTF-8{_NB}» ou en classeur (.xlsx)."
            )
        if self.number == 1 and b"\r" in raw.rstrip(b"\r\n"):
            raise BadInput(
                f"{name}{_NB}: les lignes finissent par un retour chariot seul{_NB}; "
                f"enregistrez-le en «{_NB}CSV UTF-8{_NB}»."
            )
        if len(raw) > LINE_LIMIT:
            raise BadInput(f"{name}, ligne {self.number}{_NB}: la ligne dépasse 1 Mio, ce n’est pas un tableau.")

    def _decode(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            if not self._told:
                self._told = True
                self._people.warn(
                    self.number,
                    "",
                    f"les accents ne sont pas en UTF-8{_NB}; lus comme Windows-1252, vérifiez les noms.",
                )
            # The five bytes that Windows-1252 does not know become U+FFFD, and the row is refused.
            return raw.decode("cp1252", "replace")


def _opens_text(raw: bytes) -> bool:
    return b"\t" <= raw[:1] < b"\x7f" or raw[:1] in (b"\xc3", b"\xc9", b"\xc8", b"\xc0", b"\xc2")
