"""The vault: bytes kept as evidence, each in a file named by its SHA-256, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from listingguard.edge import fault
from listingguard.errors import Damaged, NotFound

_NAME = re.compile(r"[0-9a-f]{64}")


class Vault:
    """A folder of evidence. A file, once there, is never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Return the SHA-256 of `data`, stored and synced to disk before this returns.

        The same bytes twice are one file. A crash leaves a temporary file at most, never half a piece of evidence.
        """
        sha = hashlib.sha256(data).hexdigest()
        # Every page read passes here: names are joined as text, many times faster than as Path.
        folder = os.path.join(self._folder, sha[:2])
        path = os.path.join(folder, sha)
        if os.path.exists(path):
            # Whoever put it there may have died before its name was synced.
            _sync_folder(folder)
            return sha
        if not os.path.exists(folder):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            _sync_folder(self._folder)
        fault.point("vault.before")
        temporary = os.path.join(folder, f".tmp-{secrets.token_hex(8)}")
        try:
            with open(temporary, "xb", opener=_for_owner) as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        _sync_folder(folder)
        fault.point("vault.after")
        return sha

    def get(self, sha: str) -> bytes:
        """Return the bytes of that SHA-256, checked; raise NotFound, or Damaged when they no longer match."""
        path = self._path(sha)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"La preuve {sha[:12]}… n’est pas dans le coffre.") from None
        if hashlib.sha256(data).hexdigest() != sha:
            raise Damaged(f"La preuve {sha[:12]}… a été altérée : son empreinte ne correspond plus.")
        return data

    def has(self, sha: str) -> bool:
        """Return True when those bytes are there; they are not checked."""
        return self._path(sha).exists()

    def damaged(self) -> Iterator[str]:
        """Yield the name of every file whose bytes no longer match its name."""
        for path in sorted(self._folder.glob("*/*")):
            if _NAME.fullmatch(path.name) and hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
                yield path.name

    def _path(self, sha: str) -> Path:
        # The name comes from our own rows, but a path is only ever built from a real hash.
        if not _NAME.fullmatch(sha):
            raise NotFound(f"« {sha[:64]} » n’est pas l’empreinte d’une preuve.")
        return self._folder / sha[:2] / sha


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path | str) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
