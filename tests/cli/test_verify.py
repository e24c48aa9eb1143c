"""`verify` as a person and a script see it."""

import json
from datetime import date

import pytest

from listingguard.cli import run
from listingguard.edge.pack import Member, write_pack


@pytest.fixture
def pack(tmp_path, monkeypatch):
    # Anybody's machine: no home anywhere.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LISTINGGUARD_HOME", raising=False)
    members = [Member("plainte.pdf", b"%PDF-1.7 plainte", "listingguard", "Plainte")]
    return write_pack(
        tmp_path / "plainte.zip",
        reference="K75-2026-0042",
        day=date(2026, 5, 6),
        members=members,
        events=[],
        payloads={},
    )


def damage(pack):
    whole = pack.path.read_bytes()
    pack.path.write_bytes(whole.replace(b"1.7 plainte", b"1.7 plaintf"))


def test_an_intact_pack_says_so_and_ends_0(pack, capsys):
    assert run(["verify", str(pack.path), "--expect", pack.sha256]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Intact\u00a0: 5 fichiers")
    assert "K75-2026-0042" in out


def test_a_changed_pack_names_the_file_and_ends_1(pack, capsys):
    damage(pack)
    assert run(["verify", str(pack.path)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("Pas intact\u00a0: 1 problème.")
    assert "modifié\u00a0: plainte.pdf" in out


def test_json_is_one_document(pack, capsys):
    assert run(["verify", str(pack.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "intact": True,
        "reference": "K75-2026-0042",
        "files": 5,
        "events": 0,
        "sha256": pack.sha256,
        "tokens": [],
        "problems": [],
    }
    damage(pack)
    assert run(["verify", str(pack.path), "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["kind"], problem["name"]) == ("altered", "plainte.pdf")


def test_what_is_no_pack_is_one_sentence_and_ends_1(tmp_path, capsys):
    assert run(["verify", str(tmp_path / "absent.zip")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert run(["verify"]) == 2


def test_a_hash_that_was_asked_for_and_matches_is_said_to(pack, capsys):
    assert run(["verify", str(pack.path), "--expect", pack.sha256]) == 0
    assert "C’est bien le fichier attendu" in capsys.readouterr().out
    assert run(["verify", str(pack.path)]) == 0
    assert "fichier attendu" not in capsys.readouterr().out
