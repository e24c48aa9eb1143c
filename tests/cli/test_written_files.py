"""The files that a person asks for with `-o`: whole or not at all, and one sentence where they cannot be written."""

import os
from pathlib import Path

import pytest

from listingguard.cli.common import write_file, writing
from listingguard.errors import BadInput


def test_a_file_replaces_the_one_a_link_leads_to_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "mandat.pdf").write_bytes(b"old")
    (tmp_path / "lien.pdf").symlink_to("mandat.pdf")
    write_file(tmp_path / "lien.pdf", b"new", "Le mandat")
    assert (tmp_path / "lien.pdf").is_symlink()
    assert (tmp_path / "mandat.pdf").read_bytes() == b"new"


def test_a_device_is_written_to_and_stays_one() -> None:
    write_file(os.devnull, b"gone", "Le mandat")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize(
    ("path", "reason"), [("absent/mandat.pdf", "son dossier n’existe pas"), (".", "c’est un dossier")]
)
def test_where_a_file_cannot_be_written_the_sentence_says_which_and_why(tmp_path: Path, path: str, reason: str) -> None:
    with pytest.raises(BadInput, match=f"^Le mandat ne peut pas s’écrire dans «\u00a0.*\u00a0» \\({reason}\\)\\.$"):
        write_file(tmp_path / path, b"new", "Le mandat")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "mandat.pdf").write_bytes(b"old")

    def filled() -> None:
        with writing(tmp_path / "mandat.pdf", "Le mandat") as file:
            file.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(BadInput, match="le disque est plein"):
        filled()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("mandat.pdf", b"old")]
