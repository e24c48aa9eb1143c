"""`match` in bulk: one line out per line in, nothing half done, one plain sentence for every bad file."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from listingguard import cli
from listingguard.domain.matching import Decision

HEADER = (
    "rpps,civility,family_name,usage_name,first_name,other_first_names,profession,mobile,email,"
    "site1_name,site1_street,site1_postcode,site1_town,site1_insee,site1_phone"
)
ROSTER = f"""{HEADER}
10000000017,,Martin,,Claire,,,,,Cabinet,12 avenue de la République,26000,Valence,,04 75 00 00 01
10000000025,,Ferrand,,Jean,,,,,,3 rue Haute,26100,Romans-sur-Isère,,04 75 00 00 03
10000000033,,Ferrand,,Julie,,,,,,3 rue Haute,26100,Romans-sur-Isère,,04 75 00 00 03
"""
SURE = {
    "listing_id": "a1",
    "platform": "rdv.example",
    "name": "Mme MARTIN Claire",
    "profession": "Kinésithérapeute",
    "address": "12 av. de la République, 26000 VALENCE",
    "town": "Valence",
    "phone": "04.75.00.00.01",
    "rpps": None,
    "cabinet": None,
}

Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Match some lines with the roster; return exit code, lines written, and what was said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tableau.csv").write_text(ROSTER, encoding="utf-8")

    def call(content: bytes | list[dict[str, Any]], *more: str) -> tuple[int, list[dict[str, Any]], str]:
        if isinstance(content, list):
            content = "\n".join(json.dumps(row, ensure_ascii=False) for row in content).encode()
        (tmp_path / "fiches.jsonl").write_bytes(content)
        code = cli.run(["match", "--roster", "tableau.csv", "--listings", "fiches.jsonl", *more])
        out, err = capfd.readouterr()
        return code, [json.loads(line) for line in out.splitlines()], err

    return call


def test_one_line_comes_out_per_line_in_in_the_same_order(run: Run) -> None:
    rows: list[dict[str, Any]] = [
        SURE,
        {"listing_id": 7, "name": "J. Ferrand", "address": "3 r. Haute 26100 Romans-sur-Isère", "phone": "0475000003"},
        {"listing_id": "c", "name": "Zoé Inconnue", "town": "Brest"},
        {},
    ]
    code, lines, err = run(rows)
    assert (code, err) == (0, "")
    assert [line["listing_id"] for line in lines] == ["a1", 7, "c", None]
    assert [line["decision"] for line in lines] == ["confirmed", "review", "rejected", "rejected"]
    assert [list(line) for line in lines] == [["listing_id", "rpps", "score", "decision", "reasons"]] * 4
    assert lines[0]["rpps"] == "10000000017"
    assert lines[0]["score"] == 1.0
    assert any("cabinet de Valence" in reason for reason in lines[0]["reasons"])
    told = " ".join(lines[1]["reasons"])
    assert "Jean" in told
    assert "Julie FERRAND" in told
    assert lines[2]["rpps"] is None
    assert all(line["reasons"] for line in lines)


def test_the_lines_of_read_are_taken_as_they_are(run: Run) -> None:
    read = {
        "url": "https://rdv.example/claire",
        "site": "rdv.example",
        "id": "claire",
        "kind": "person",
        "name": "Claire Martin",
        "profession": "Kinésithérapeute",
        "organisation": "",
        "street": "",
        "postcode": "69003",
        "town": "Lyon",
        "phones": [],
        "places": [
            {"street": "", "postcode": "69003", "town": "Lyon", "phones": []},
            {"street": "12 av. de la République", "postcode": "26000", "town": "Valence", "phones": ["+33475000001"]},
        ],
        "rpps": "",
        "bookable": None,
        "state": "stub",
        "traits": [],
    }
    code, lines, _ = run([read])
    assert code == 0
    assert (lines[0]["listing_id"], lines[0]["decision"]) == ("rdv.example:claire", Decision.CONFIRMED.value)


def test_a_page_of_a_cabinet_naming_nobody_is_never_confirmed(run: Run) -> None:
    organisation = {"kind": "organisation", "site": "rdv.example", "id": "x", "phones": ["+33475000001"]}
    _, lines, _ = run([{**organisation, "name": "Cabinet de kinésithérapie"}, {**SURE, "name": None}])
    assert [line["decision"] for line in lines] == ["rejected", "rejected"]


def test_blank_lines_and_a_byte_order_mark_do_not_matter(run: Run) -> None:
    line = json.dumps(SURE).encode()
    code, lines, _ = run(b"\xef\xbb\xbf" + line + b"\r\n\r\n\n" + line)
    assert code == 0
    assert [x["decision"] for x in lines] == ["confirmed", "confirmed"]


GOOD = json.dumps(SURE).encode() + b"\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "est vide"),
        (b"\n\n", "est vide"),
        (GOOD + b"{nom: 1}", "ligne 2\u00a0: ce n’est pas du JSON"),
        (GOOD + b"[" * 100_000, "ligne 2\u00a0: ce n’est pas du JSON"),
        (GOOD + b'["a"]', "ligne 2\u00a0: il faut un objet JSON"),
        (GOOD + b'{"name": "' + b"a" * 1024 * 1024 + b'"}', "ligne 2\u00a0: elle dépasse 1\u00a0Mio"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "ligne 1\u00a0: ce n’est pas du texte"),
        (b'{"name": "a\x00"}', "fichier binaire"),
        ("{'name': 'é'}".encode("latin-1"), "UTF-8"),
        (b'{"name": 12}', "ligne 1\u00a0: «\u00a0name\u00a0» doit être un texte"),
        (b'{"phones": "04"}', "«\u00a0phones\u00a0» doit être une liste de textes"),
        (b'{"places": [1]}', "«\u00a0places\u00a0» doit être une liste d’objets"),
        (b'{"places": [{"street": 3}]}', "«\u00a0street\u00a0» doit être un texte"),
        (b'{"kind": "robot"}', "«\u00a0kind\u00a0» doit être person ou organisation"),
        (b'{"listing_id": {}}', "«\u00a0listing_id\u00a0» doit être un texte ou un nombre entier"),
        (b'{"listing_id": "\\ud800"}', "ligne 1\u00a0: un caractère"),
    ],
)
def test_a_bad_file_gives_one_sentence_with_its_line_and_no_output_file(
    run: Run, tmp_path: Path, content: bytes, expected: str
) -> None:
    (tmp_path / "sortie.jsonl").write_text("avant", encoding="utf-8")
    code, _, err = run(content, "-o", "sortie.jsonl")
    assert code == 1
    assert expected in err
    assert err.count("\n") == 1
    assert "fiches.jsonl" in err
    assert (tmp_path / "sortie.jsonl").read_text(encoding="utf-8") == "avant"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fiches.jsonl", "sortie.jsonl", "tableau.csv"]


def test_a_failure_can_be_had_as_json(run: Run) -> None:
    code, lines, _ = run(b"{", "--json")
    assert code == 1
    assert lines[-1]["error"]["kind"] == "BadInput"


def test_an_output_file_appears_whole(run: Run, tmp_path: Path) -> None:
    code, lines, _ = run([SURE] * 3, "-o", "sortie.jsonl")
    assert (code, lines) == (0, [])
    written = (tmp_path / "sortie.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["decision"] for line in written] == ["confirmed"] * 3
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--roster", "absent.csv", "--listings", "fiches.jsonl"), "absent.csv"),
        (("--roster", "tableau.csv", "--listings", "absent.jsonl"), "absent.jsonl"),
        (("--roster", "tableau.csv", "--listings", "."), "c’est un dossier"),
        (("--roster", "-", "--listings", "-"), "entrée standard"),
        (("--roster", "vide.csv", "--listings", "fiches.jsonl"), "vide.csv"),
        (("--roster", "tableau.csv", "--listings", "fiches.jsonl", "-o", "absent/sortie.jsonl"), "absent/sortie.jsonl"),
        (("--roster", "tableau.csv", "--listings", "fiches.jsonl", "-o", "."), "c’est un dossier"),
    ],
)
def test_a_missing_or_empty_file_is_named(
    run: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str
) -> None:
    run([SURE])
    (tmp_path / "vide.csv").write_text(HEADER + "\n", encoding="utf-8")
    assert cli.run(["match", *arguments]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert expected in err


def test_an_endless_line_from_a_pipe_is_refused_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "tableau.csv").write_text(ROSTER, encoding="utf-8")
    program = [sys.executable, "-m", "listingguard", "match", "--roster", "tableau.csv", "--listings", "-"]
    child = subprocess.Popen(
        program,
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(cli.__file__).parent.parent.parent), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    pipe = child.stdin

    def pour() -> None:
        # Never a newline: it ends only because the reader goes away.
        try:
            while True:
                pipe.write(b"a" * 65536)
        except (BrokenPipeError, ValueError):
            pass

    writer = threading.Thread(target=pour, daemon=True)
    writer.start()
    assert child.wait(timeout=120) == 1
    assert child.stderr is not None
    assert "1\u00a0Mio" in child.stderr.read().decode()
    child.stdin.close() if not writer.is_alive() else writer.join(timeout=60)


def test_a_pipe_is_answered_line_for_line_without_a_progress_bar(tmp_path: Path) -> None:
    (tmp_path / "tableau.csv").write_text(ROSTER, encoding="utf-8")
    rows = (json.dumps(SURE) + "\n").encode() * 5000
    done = subprocess.run(
        [sys.executable, "-m", "listingguard", "match", "--roster", "tableau.csv", "--listings", "-", "-o", "-"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(cli.__file__).parent.parent.parent), "PATH": "/usr/bin:/bin"},
        input=rows,
        capture_output=True,
        check=True,
    )
    assert done.stdout.count(b'"confirmed"') == done.stdout.count(b"\n") == 5000
    # Nobody watches.
    assert done.stderr == b""
