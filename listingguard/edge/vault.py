"""The vault: bytes kept as evidence, each in a file named by its SHA-256, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path

from listingguard.edge import fault
from listingguard.errors import Damaged, NotFound

_NAME = re.compile(r"[0-9a-f]{64}")
# Syncs that wait for the disk together, and how many are too few for that.
_AT_ONCE, _FEW = 8, 4


class Vault:
    """A folder of evidence. A file, once there, is never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Return the SHA-256 of `data`, stored and synced to disk before this returns.

        The same bytes twice are one file. A crash leaves a temporary file at most, never half a piece of evidence.
        """
        batch = self.batch()
        sha = batch.put(data)
        batch.settle()
        return sha

    def batch(self) -> Batch:
        """Return what takes several pieces of evidence and syncs them together."""
        return Batch(self._folder)

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

    def remove(self, sha: str) -> None:
        """Delete what a person decided not to keep, such as a message that names patients; done already, it is done."""
        self._path(sha).unlink(missing_ok=True)

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


class Batch:
    """Pieces of evidence stored together: on disk, synced, under their names once `settle` returns; not before."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        # Final path -> temporary one.
        self._written: dict[str, str] = {}
        self._folders: set[str] = set()

    def put(self, data: bytes) -> str:
        """Return the SHA-256 of `data`, which `settle` stores."""
        sha = hashlib.sha256(data).hexdigest()
        # Every page read passes here: names are joined as text, many times faster than as Path.
        folder = os.path.join(self._folder, sha[:2])
        path = os.path.join(folder, sha)
        # Whoever put it there may have died before its name was synced.
        self._folders.add(folder)
        if path in self._written or os.path.exists(path):
            return sha
        if not os.path.exists(folder):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            # At once: another batch may use it, and be settled, before this one.
            _sync_all((self._folder,), os.O_RDONLY)
        fault.point("vault.before")
        temporary = self._written[path] = os.path.join(folder, f".tmp-{secrets.token_hex(8)}")
        try:
            _write(temporary, data)
        except BaseException:
            del self._written[path]
            _remove(temporary)
            raise
        return sha

    def settle(self) -> None:
        """Store and sync what was put since the last time: all of it; after an error, whatever had its name by then."""
        written, folders = self._written, self._folders
        self._written, self._folders = {}, set()
        many = max(len(written), len(folders)) > _FEW
        with ThreadPoolExecutor(_AT_ONCE) if many else nullcontext() as pool:
            try:
                # A file's bytes are on disk before it bears its name.
                _sync_all(tuple(written.values()), os.O_RDWR, pool)
                for path, temporary in written.items():
                    os.replace(temporary, path)
            except BaseException:
                for temporary in written.values():
                    _remove(temporary)
                raise
            _sync_all(tuple(folders), os.O_RDONLY, pool)
        fault.point("vault.after")


def _remove(temporary: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(temporary)


def _write(path: str, data: bytes) -> None:
    # Straight to the system: one buffer and five calls less than a file object, for each piece of evidence.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        if hasattr(os, "posix_fadvise"):
            # Begin to write it out now: the sync of the whole batch then hardly waits.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _sync_all(paths: Sequence[str], flags: int, pool: Executor | None = None) -> None:
    """Sync files or folders. Many go at once: the file system writes its journal once for all that wait for it."""
    if pool is None:
        _sync_each(paths, flags)
        return
    # Each thread takes its share: to hand them over one by one costs more than to sync them.
    for _ in pool.map(partial(_sync_each, flags=flags), (paths[n::_AT_ONCE] for n in range(_AT_ONCE))):
        pass


def _sync_each(paths: Sequence[str], flags: int) -> None:
    if flags == os.O_RDONLY and os.name != "posix":
        # Folders have nothing to sync there.
        return
    for path in paths:
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
