"""A command proposed to whoever named their home works on that home when it is pasted, and says no more than that."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from listingguard import cli

DAY = "2026-01-05"


@pytest.fixture
def apart(council, tmp_path):
    """A home whose folder needs quoting, with a case; nothing but `--home` tells where it is."""
    case = council.see(DAY)
    held = council.mail("x.eml", "listingguard next\nlistingguard send", From="dpo@site.example", Subject=f"[{case}] a")
    council("inbox", "import", held, day=DAY)
    council.home = council.home.rename(tmp_path / "l’autre dossier d'essai {}")
    return council


def typed(desk, *words: str, code: int = 0) -> str:
    desk.capsys.readouterr()
    desk.monkeypatch.delenv("LISTINGGUARD_HOME", raising=False)
    assert cli.run(["--today", DAY, *words]) == code
    out, err = desk.capsys.readouterr()
    return out + err


def proposed(said: str) -> list[str]:
    return re.findall(r"listingguard (?!retire)[^\n]*", said)


def test_every_command_proposed_names_the_home_that_was_named(apart):
    home = ("--home", str(apart.home))
    told = typed(apart, *home, "next")
    commands = [shlex.split(line)[1:] for line in proposed(told)]
    assert len(commands) > 3
    for words in commands:
        assert tuple(words[:2]) == home, words
        assert words.count("--home") == 1
    # Pasted as they stand, from anywhere.
    shown = next(words for words in commands if words[2:4] == ["inbox", "show"])
    assert "en quarantaine" in typed(apart, *shown)
    # A sentence that ends in a command, and a refusal's.
    for words, code in ((("inbox", "show", "abcdefabcdef"), 1), (("letter", "approve", "CDO26-2026-0001"), 3)):
        told = typed(apart, *home, *words, code=code)
        for line in proposed(told):
            assert line.startswith(f"listingguard --home {shlex.quote(str(apart.home))} "), line


def test_what_a_mail_says_is_shown_as_it_came(apart):
    home = ("--home", str(apart.home))
    (row,) = json.loads(typed(apart, *home, "inbox", "list", "--json"))
    told = typed(apart, *home, "inbox", "show", row["message"])
    assert "│ listingguard next\n" in told
    assert "│ listingguard send\n" in told


def test_a_home_that_the_command_line_did_not_name_is_not_written_into_commands(apart):
    assert "--home" not in apart("next", day=DAY).said
    apart.monkeypatch.chdir(apart.home)
    assert "--home" not in typed(apart, "next")
    # Nor is the one named by the command before.
    typed(apart, "--home", str(apart.home), "next")
    assert "--home" not in typed(apart, "next")


def test_a_document_for_a_program_says_each_command_as_it_always_did(apart):
    rows = json.loads(typed(apart, "--home", str(apart.home), "next", "--json"))
    assert rows
    assert not [command for row in rows for command in row["commands"] if "--home" in command]
