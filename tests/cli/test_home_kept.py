"""Whose home it is stays what it was made for, whatever becomes of its config.toml."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

DAY = "2026-01-05"


def _without(config: Path, key: str) -> None:
    lines = config.read_text(encoding="utf-8").splitlines(keepends=True)
    config.write_text("".join(line for line in lines if not line.startswith(f"{key} =")), encoding="utf-8")


def _as_made_before(home: Path) -> None:
    """Take out what older versions did not keep."""
    with sqlite3.connect(home / "listingguard.db") as database:
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'case_event'"
        for (name,) in database.execute(named).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("DELETE FROM case_event WHERE kind = 'home_made'")


def test_a_council_whose_line_acting_is_lost_or_changed_writes_for_nobody(council: Desk) -> None:
    config = council.home / "config.toml"
    whole = config.read_text(encoding="utf-8")
    _without(config, "acting")
    said = council("case", "list", day=DAY, code=1).err
    assert "celui d’un conseil" in said
    assert "cette ligne manque" in said
    assert 'acting = "council"' in said
    config.write_text(whole.replace('acting = "council"', 'acting = "self"'), encoding="utf-8")
    assert "cette ligne dit" in council("send", day=DAY, code=1).err
    config.write_text(whole, encoding="utf-8")
    council("case", "list", day=DAY)


def test_a_lost_config_comes_back_for_who_acts_here_and_with_the_code_of_the_cases(council: Desk) -> None:
    (council.home / "config.toml").unlink()
    said = council("init", council.home).said
    assert "selon la base" in said
    assert "roster import" in said
    written = (council.home / "config.toml").read_text(encoding="utf-8")
    assert 'acting = "council"' in written
    assert 'code = "CDO26"' in written


def test_a_home_made_before_is_a_council_s_when_it_has_officers(council: Desk) -> None:
    act = council.file("election.txt", "Procès-verbal d’élection (document inventé)\n")
    terms = ("--role", "présidente", "--since", "2025-06-02", "--until", "2028-06-01", "--delegation", act)
    council("officer", "add", "Claude Élue", *terms, day=DAY)
    _as_made_before(council.home)
    config = council.home / "config.toml"
    whole = config.read_text(encoding="utf-8")
    _without(config, "acting")
    assert "celui d’un conseil" in council("roster", "list", code=1).err
    config.write_text(whole, encoding="utf-8")
    council("roster", "list")
    # Read once: from now on the database says it.
    _without(config, "code")
    assert 'code = "CDO26"' in council("roster", "list", code=1).err
    config.unlink()
    council("init", council.home)
    assert 'acting = "council"' in config.read_text(encoding="utf-8")
