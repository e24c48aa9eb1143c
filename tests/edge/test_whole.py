"""A file that bears its name once it is complete, or not at all."""

import stat
from pathlib import Path

import pytest

from listingguard.edge.whole import whole_file


def test_a_file_appears_complete_and_for_its_owner_alone(tmp_path: Path) -> None:
    with whole_file(tmp_path / "mandat.pdf") as file:
        file.write(b"%PDF")
        assert not (tmp_path / "mandat.pdf").exists()
    assert (tmp_path / "mandat.pdf").read_bytes() == b"%PDF"
    assert stat.S_IMODE((tmp_path / "mandat.pdf").stat().st_mode) == 0o600


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_is_interrupted_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "mandat.pdf").write_bytes(b"old")

    def stopped() -> None:
        with whole_file(tmp_path / "mandat.pdf") as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        stopped()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("mandat.pdf", b"old")]


def test_a_name_as_long_as_the_system_allows_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    with whole_file(path) as file:
        file.write(b"kept")
    assert path.read_bytes() == b"kept"
