"""The vault on a real disk: a piece of evidence is whole or absent, and never silently another one."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.edge.vault import Vault
from listingguard.errors import Damaged, NotFound

PAGE = "<!doctype html><p>Camille Exemple, kinésithérapeute</p>".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def vault(folder: Path) -> Vault:
    return Vault(folder)


def files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


@settings(deadline=None)
@given(data=st.binary(max_size=5000))
def test_what_is_put_comes_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    vault = Vault(tmp_path_factory.mktemp("v"))
    sha = vault.put(data)
    assert sha == hashlib.sha256(data).hexdigest()
    assert vault.get(sha) == data
    assert vault.has(sha)


def test_the_same_bytes_are_one_file_that_is_not_written_again(vault: Vault, folder: Path) -> None:
    sha = vault.put(PAGE)
    (path,) = files(folder)
    before = path.stat()
    assert vault.put(PAGE) == sha
    assert files(folder) == [path]
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_evidence_is_for_its_owner_only(vault: Vault, folder: Path) -> None:
    vault.put(PAGE)
    (path,) = files(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_at_any_step_leaves_no_file_under_the_final_name(
    vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    real = getattr(os, step)

    def full(*args: object) -> None:
        # Folders are synced as well; the disk is full for files only.
        if step == "fsync" and stat.S_ISDIR(os.fstat(int(str(args[0]))).st_mode):
            real(*args)
            return
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space left"):
        vault.put(PAGE)
    assert files(folder) == []
    monkeypatch.undo()
    assert vault.get(vault.put(PAGE)) == PAGE


def test_a_batch_bears_its_names_once_it_is_settled_and_all_of_it_then(vault: Vault, folder: Path) -> None:
    batch = vault.batch()
    pieces = [PAGE, PAGE + b"2", PAGE]
    shas = [batch.put(data) for data in pieces]
    assert [vault.has(sha) for sha in shas] == [False] * 3
    batch.settle()
    assert [vault.get(sha) for sha in shas] == pieces
    assert len(files(folder)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not synced there")
def test_no_piece_of_a_batch_bears_its_name_before_its_bytes_are_on_disk(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[str] = []
    batch = vault.batch()
    folders = {batch.put(PAGE + bytes([n]))[:2] for n in range(5)}
    for step in ("fsync", "replace"):
        real = getattr(os, step)
        monkeypatch.setattr(os, step, lambda *args, step=step, real=real: (passed.append(step), real(*args))[1])
    batch.settle()
    assert passed == ["fsync"] * 5 + ["replace"] * 5 + ["fsync"] * len(folders)
    passed.clear()
    batch.settle()
    assert passed == [], "nothing twice"


def test_a_batch_that_fails_leaves_nothing_behind_and_may_be_put_again(
    vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    batch = vault.batch()
    batch.put(PAGE)
    batch.put(PAGE + b"2")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            batch.settle()
    assert files(folder) == []
    sha = batch.put(PAGE)
    batch.settle()
    assert vault.get(sha) == PAGE


def test_threads_that_put_the_same_page_leave_one_whole_file(vault: Vault, folder: Path) -> None:
    data, barrier = PAGE * 20_000, threading.Barrier(6)

    def put() -> None:
        barrier.wait()
        vault.put(data)

    threads = [threading.Thread(target=put) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [p.name for p in files(folder)] == [hashlib.sha256(data).hexdigest()]
    assert list(vault.damaged()) == []


@pytest.mark.parametrize(
    "change", [lambda d: d[:-1], lambda d: d + b"\n", lambda d: b"", lambda d: d[:9] + b"X" + d[10:]]
)
def test_one_altered_byte_is_named_and_never_handed_out(vault: Vault, folder: Path, change: object) -> None:
    assert callable(change)
    sha, whole = vault.put(PAGE), vault.put(b"une autre page")
    path = folder / sha[:2] / sha
    path.write_bytes(change(PAGE))
    assert list(vault.damaged()) == [sha]
    with pytest.raises(Damaged, match=sha[:12]):
        vault.get(sha)
    assert vault.get(whole) == b"une autre page"


def test_what_a_crash_left_behind_is_no_evidence(vault: Vault, folder: Path) -> None:
    sha = vault.put(PAGE)
    (folder / sha[:2] / ".tmp-abc").write_bytes(PAGE[:10])
    assert list(vault.damaged()) == []
    assert vault.get(sha) == PAGE


def test_an_empty_vault_has_nothing_damaged(vault: Vault) -> None:
    assert list(vault.damaged()) == []


def test_an_absent_piece_is_named(vault: Vault) -> None:
    sha = "ab" * 32
    assert not vault.has(sha)
    with pytest.raises(NotFound, match="abababababab"):
        vault.get(sha)


@pytest.mark.parametrize(
    "name",
    [
        "", "..", "../config.toml", "/etc/passwd", "ab" * 31 + "/.", "AB" * 32, "ab" * 32 + "\n", "ab" * 33,
        "ab" * 32 + "/../x", "a\x00" * 32, "é" * 64, "٣" * 64,
    ],
)  # fmt: skip
def test_a_hostile_name_never_becomes_a_path(vault: Vault, folder: Path, name: str) -> None:
    folder.mkdir()
    (folder.parent / "config.toml").write_text("secret")
    with pytest.raises(NotFound):
        vault.get(name)
    with pytest.raises(NotFound):
        vault.has(name)


@pytest.mark.skipif(sys.platform == "win32", reason="needs privileges there")
def test_a_new_folder_is_synced_into_the_vault_before_the_piece_counts(
    vault: Vault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    opened: dict[int, str] = {}
    real_open, real_fsync = os.open, os.fsync

    def noted_open(path: str | Path, flags: int, mode: int = 0o777) -> int:
        descriptor = real_open(path, flags, mode)
        opened[descriptor] = str(path)
        return descriptor

    def noted_fsync(descriptor: int) -> None:
        synced.append(opened[descriptor])
        real_fsync(descriptor)

    monkeypatch.setattr(os, "open", noted_open)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    sha = vault.put(PAGE)
    subfolder = str(folder / sha[:2])
    assert str(folder) in synced
    assert synced[-1] == subfolder, "the name itself, last"
    assert [s for s in synced if s.startswith(subfolder + "/.tmp-")]
    synced.clear()
    vault.put(PAGE)
    assert synced == [subfolder], "whoever put it there may have died before its name was synced"
