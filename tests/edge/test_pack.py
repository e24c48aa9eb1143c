"""The pack: written the same twice; every change of its bytes, members, lists, log or archive is named."""

import hashlib
import io
import json
import os
import random
import shutil
import stat
import struct
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from listingguard.domain.event import Event, canonical, chained, event_hash, payload_hash
from listingguard.edge.pack import (
    MAX_FILES,
    Member,
    Part,
    exhibit_name,
    write_pack,
)
from listingguard.edge.pack_check import verify_pack, verify_parts
from listingguard.errors import BadInput, Damaged
from tests import authority as tsa

STREAM = "K75-2026-0042"
PAYLOAD = {"receipt": "2026-03-05", "basis": "présumée"}


def chain(length: int = 4) -> list[Event]:
    events: list[Event] = []
    for number in range(length):
        events.append(
            chained(
                events[-1] if events else None,
                stream=STREAM,
                kind=f"kind-{number}",
                key=str(number),
                day=date(2026, 3, 5),
                at=datetime(2026, 3, 5, 8, number, tzinfo=UTC),
                actor="Camille Exemple",
                proof="",
                payload_hash=payload_hash(b"sel", PAYLOAD),
            )
        )
    return events


@pytest.fixture
def members(tmp_path) -> list[Member]:
    page = tmp_path / "vault" / "page.html"
    page.parent.mkdir()
    page.write_bytes(b"<h1>Camille Exemple</h1>" * 20)
    return [
        Member("plainte.pdf", b"%PDF-1.7 plainte", "rédigée par listingguard", "Plainte"),
        Member(exhibit_name(1, "Demande d’effacement", ".pdf"), b"%PDF-1.7 demande", "dossier", "Demande"),
        Member(exhibit_name(2, "Page capturée", ".html"), page, "https://rdv-soins.example/1", "Page"),
    ]


@pytest.fixture
def pack(tmp_path, members):
    return write(tmp_path / "plainte.zip", members).path


def write(path, members, events=None, payloads=None):
    return write_pack(
        path,
        reference="K75-2026-0042",
        day=date(2026, 5, 6),
        members=members,
        events=chain() if events is None else events,
        payloads={2: (b"sel", PAYLOAD)} if payloads is None else payloads,
    )


def contents(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezip(path, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def names(report) -> set[str]:
    return {problem.name for problem in report.problems}


def kinds(report) -> set[tuple[str, str]]:
    return {(problem.kind.value, problem.name) for problem in report.problems}


def relisted(files: dict[str, bytes]) -> dict[str, bytes]:
    """What a careful forger writes: manifest and SHA256SUMS made again for changed files."""
    manifest = json.loads(files["manifest.json"])
    listed = {entry["name"]: entry for entry in manifest["files"]}
    for name, entry in listed.items():
        entry |= {"size": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
    lines = journal(files)
    manifest["journal"] = {"events": len(lines), "head": lines[-1]["event"]["hash"]}
    made = files | {"manifest.json": canonical(manifest)}
    hashes = {name: hashlib.sha256(made[name]).hexdigest() for name in [*listed, "manifest.json"]}
    return made | {"SHA256SUMS": "".join(f"{digest}  {name}\n" for name, digest in hashes.items()).encode()}


def journal(files):
    return [json.loads(line) for line in files["journal.jsonl"].splitlines()]


def journaled(files, lines):
    return relisted(files | {"journal.jsonl": b"".join(canonical(line) + b"\n" for line in lines)})


# --- writing


def test_a_fresh_pack_is_intact_and_says_what_it_is(pack, tmp_path, members):
    info = write(tmp_path / "plainte.zip", members)
    report = verify_pack(pack, expect=info.sha256.upper() + "\n")
    assert report.intact
    assert report.problems == ()
    assert (report.reference, report.files, report.events) == ("K75-2026-0042", 7, 4)
    assert info.sha256 == report.sha256 == hashlib.sha256(pack.read_bytes()).hexdigest()
    assert info.size == pack.stat().st_size


def test_the_same_input_gives_the_same_bytes(pack, tmp_path, members):
    again = write(tmp_path / "autre" / "plainte-2.zip", members)
    assert again.path.read_bytes() == pack.read_bytes()


def test_members_lie_in_the_order_given_and_the_manifest_says_where_each_comes_from(pack, members):
    files = contents(pack)
    assert list(files) == [
        "plainte.pdf",
        "pieces/piece-01-demande-d-effacement.pdf",
        "pieces/piece-02-page-capturee.html",
        "journal.jsonl",
        "VERIFIER.txt",
        "manifest.json",
        "SHA256SUMS",
    ]
    manifest = json.loads(files["manifest.json"])
    assert (manifest["reference"], manifest["day"]) == ("K75-2026-0042", "2026-05-06")
    assert manifest["tool"].startswith("listingguard ")
    assert manifest["files"][2] == {
        "name": members[2].name,
        "size": 480,
        "sha256": hashlib.sha256(members[2].data.read_bytes()).hexdigest(),
        "origin": "https://rdv-soins.example/1",
        "title": "Page",
    }
    assert [entry["name"] for entry in manifest["files"]] == list(files)[:-2]


def test_only_communicated_payloads_leave_and_each_can_be_hashed_again(pack):
    lines = journal(contents(pack))
    assert [("payload" in line) for line in lines] == [False, True, False, False]
    text = json.dumps(lines[1]["payload"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(bytes.fromhex(lines[1]["salt"]) + text.encode()).hexdigest()
    assert digest == lines[1]["event"]["payload_hash"]


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="needs sha256sum")
def test_sha256sum_alone_confirms_a_pack_and_names_a_changed_file(pack, tmp_path):
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path / "out")
    command = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    done = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 6
    (tmp_path / "out" / "plainte.pdf").write_bytes(b"%PDF-1.7 plaintf")
    done = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, check=False)
    assert done.returncode == 1
    assert b"plainte.pdf" in done.stdout


def test_the_reader_is_told_what_a_pack_proves_and_what_it_does_not(pack):
    text = contents(pack)["VERIFIER.txt"].decode()
    for words in ("sha256sum -c SHA256SUMS", "CE QU’ELLE NE PROUVE PAS", "constat de commissaire de justice"):
        assert words in text
    assert " :" not in text.replace("\u00a0:", "")


def test_a_pack_is_read_by_its_owner_only_and_leaves_nothing_beside_it(pack):
    if os.name == "posix":
        assert stat.S_IMODE(pack.stat().st_mode) == 0o600
    assert [path.name for path in pack.parent.iterdir() if path.is_file()] == ["plainte.zip"]


def test_a_failed_write_leaves_the_old_pack_and_no_half_file(pack, members, monkeypatch):
    before = pack.read_bytes()

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(pack, members[:1])
    assert pack.read_bytes() == before
    assert [path.name for path in pack.parent.iterdir() if path.is_file()] == ["plainte.zip"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../plainte.pdf",
        "pieces/../../x",
        "a\\b",
        "C:x",
        "pièce.pdf",
        "a b",
        ".caché",
        "pieces//x",
        "pieces/",
        "CON.pdf",
        "pieces/nul",
        "x.",
        "a" * 151,
        "manifest.json",
        "Manifest.JSON",
        "sha256sums",
        "journal.jsonl",
        "PLAINTE.PDF",
    ],
)
def test_an_unsafe_reserved_or_doubled_name_is_refused(tmp_path, members, name):
    with pytest.raises(BadInput):
        write(tmp_path / "x.zip", [*members, Member(name, b"", "", "")])
    assert not (tmp_path / "x.zip").exists()


def test_too_many_members_or_an_unreadable_one_is_refused(tmp_path):
    with pytest.raises(BadInput, match="fichiers"):
        write(tmp_path / "x.zip", [Member(f"p{n}", b"", "", "") for n in range(MAX_FILES)])
    with pytest.raises(BadInput, match="absente"):
        write(tmp_path / "x.zip", [Member("p", tmp_path / "absente.pdf", "", "")])


def test_no_pack_is_built_on_a_broken_log(tmp_path, members):
    events = chain()
    with pytest.raises(Damaged, match="n°\u00a03"):
        write(tmp_path / "x.zip", members, events=[*events[:2], replace(events[2], actor="X"), events[3]])
    with pytest.raises(Damaged, match="n°\u00a02"):
        write(tmp_path / "x.zip", members, payloads={2: (b"sel", {"receipt": "2026-01-01"})})
    with pytest.raises(ValueError, match="stream"):
        write(tmp_path / "x.zip", members, payloads={9: (b"sel", PAYLOAD)})


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Demande d’effacement", "pieces/piece-07-demande-d-effacement.pdf"),
        ("Œuvre « ligne » n° 2 / été", "pieces/piece-07-oeuvre-ligne-n-2-ete.pdf"),
        ("王", "pieces/piece-07.pdf"),
        ("a" * 300, f"pieces/piece-07-{'a' * 50}.pdf"),
    ],
)
def test_an_exhibit_gets_a_name_safe_everywhere(title, name):
    assert exhibit_name(7, title, ".PDF") == name


# --- one altered byte


def test_one_altered_byte_of_any_member_is_named_and_only_it(pack, tmp_path):
    """The bytes of each member inside the archive: first, last, and others between."""
    whole = pack.read_bytes()
    with zipfile.ZipFile(pack) as archive:
        for info in archive.infolist():
            start = info.header_offset + 30 + len(info.filename)
            spots = {0, 1, info.file_size // 3, info.file_size // 2, info.file_size - 1}
            for spot in spots:
                changed = bytearray(whole)
                changed[start + spot] ^= 0x01
                (tmp_path / "x.zip").write_bytes(changed)
                report = verify_pack(tmp_path / "x.zip")
                assert not report.intact
                assert names(report) == {info.filename}, (info.filename, spot)


@pytest.mark.parametrize("file", ["plainte.pdf", "pieces/piece-02-page-capturee.html", "journal.jsonl", "VERIFIER.txt"])
def test_one_altered_byte_in_a_repacked_archive_is_named(pack, tmp_path, file):
    files = contents(pack)
    for spot in range(0, len(files[file]), max(1, len(files[file]) // 12)):
        changed = bytearray(files[file])
        changed[spot] ^= 0x10
        report = verify_pack(rezip(tmp_path / "x.zip", files | {file: bytes(changed)}))
        assert ("altered", file) in kinds(report)
        assert names(report) == {file}


@pytest.mark.parametrize("file", ["manifest.json", "SHA256SUMS"])
def test_every_altered_byte_of_a_list_in_a_repacked_archive_names_that_list(pack, tmp_path, file):
    files = contents(pack)
    for spot in range(0, len(files[file]), 5):
        changed = bytearray(files[file])
        changed[spot] ^= 0x01
        report = verify_pack(rezip(tmp_path / "x.zip", files | {file: bytes(changed)}))
        assert file in names(report), spot
        # No exhibit is accused for what was done to a list that another list contradicts.
        assert not {name for name in names(report) if name.startswith("p") and ("altered", name) in kinds(report)}


def test_any_altered_byte_of_the_archive_is_told_or_changes_no_content(pack, tmp_path):
    whole = pack.read_bytes()
    expected = contents(pack)
    harmless = 0
    with zipfile.ZipFile(pack) as archive:
        inside = {
            spot
            for info in archive.infolist()
            for spot in range(info.header_offset + 30 + len(info.filename), info.header_offset + info.file_size)
            if spot % 23
        }
    generator = random.Random(20260506)
    for spot in sorted(set(range(len(whole))) - inside):
        changed = bytearray(whole)
        changed[spot] ^= 1 << generator.randrange(8)
        (tmp_path / "x.zip").write_bytes(changed)
        try:
            report = verify_pack(tmp_path / "x.zip")
        except BadInput:
            continue
        if report.intact:
            harmless += 1
            assert contents(tmp_path / "x.zip") == expected, spot
    # Dates, versions and permissions of seven members, twice: not content.
    assert 0 < harmless < 250


# --- members and lists


def test_missing_added_renamed_and_swapped_members_are_named(pack, tmp_path):
    files = contents(pack)
    target = tmp_path / "x.zip"

    less = {name: data for name, data in files.items() if name != "plainte.pdf"}
    assert kinds(verify_pack(rezip(target, less))) == {("missing", "plainte.pdf")}
    assert kinds(verify_pack(rezip(target, files | {"x.pdf": b"x"}))) == {("added", "x.pdf")}
    renamed = less | {"plainte-2.pdf": files["plainte.pdf"]}
    assert kinds(verify_pack(rezip(target, renamed))) == {("missing", "plainte.pdf"), ("added", "plainte-2.pdf")}
    one, two = "plainte.pdf", "pieces/piece-01-demande-d-effacement.pdf"
    swapped = files | {one: files[two], two: files[one]}
    assert kinds(verify_pack(rezip(target, swapped))) == {("altered", one), ("altered", two)}


@pytest.mark.parametrize("file", ["manifest.json", "SHA256SUMS"])
def test_a_missing_list_is_named_and_the_other_still_names_a_changed_file(pack, tmp_path, file):
    files = contents(pack)
    del files[file]
    report = verify_pack(rezip(tmp_path / "x.zip", files | {"plainte.pdf": b"autre"}))
    assert kinds(report) == {("missing", file), ("altered", "plainte.pdf")}


def test_a_zip_that_is_no_pack_is_not_intact(tmp_path):
    report = verify_pack(rezip(tmp_path / "x.zip", {"photo.jpg": b"x"}))
    assert kinds(report) == {("missing", "manifest.json"), ("missing", "SHA256SUMS")}


def test_the_lists_of_another_pack_are_told(pack, tmp_path, members):
    other = [*members[:1], Member(members[1].name, b"autre", "", ""), members[2]]
    alien = contents(write(tmp_path / "other.zip", other).path)
    for borrowed in (["manifest.json"], ["SHA256SUMS"], ["manifest.json", "SHA256SUMS"]):
        files = contents(pack) | {name: alien[name] for name in borrowed}
        report = verify_pack(rezip(tmp_path / "x.zip", files))
        assert names(report) & {*borrowed, members[1].name}


@pytest.mark.parametrize(
    "lists",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"format":"listingguard-pack/1","files":3,"reference":""}',
        b'{"files":[{"name":"../x","sha256":"","size":1.5}],"format":"listingguard-pack/1","reference":""}',
    ],
)
def test_a_senseless_list_is_named_without_a_crash(pack, tmp_path, lists):
    for name in ("manifest.json", "SHA256SUMS", "journal.jsonl"):
        report = verify_pack(rezip(tmp_path / "x.zip", contents(pack) | {name: lists}))
        assert name in names(report)


# --- the log


def test_files_and_lists_rewritten_together_fail_only_against_the_expected_hash(pack, tmp_path):
    told = verify_pack(pack).sha256
    forged = rezip(tmp_path / "x.zip", relisted(contents(pack) | {"plainte.pdf": b"autre plainte"}))
    assert verify_pack(forged).intact
    report = verify_pack(forged, expect=told)
    assert kinds(report) == {("altered", "ZIP")}
    assert told in report.problems[0].text


def test_an_altered_removed_moved_or_cut_event_is_told_though_every_list_was_made_again(pack, tmp_path):
    files = contents(pack)
    lines = journal(files)

    def sentence(changed) -> str:
        report = verify_pack(rezip(tmp_path / "x.zip", journaled(files, changed)))
        assert kinds(report) == {("chain", "journal.jsonl")}
        return " ".join(problem.text for problem in report.problems)

    altered = json.loads(json.dumps(lines))
    altered[1]["event"]["day"] = "2026-01-01"
    assert "n°\u00a02" in sentence(altered)
    assert "n°\u00a03" in sentence(lines[:2] + lines[3:])
    assert "n°\u00a02" in sentence([lines[0], lines[2], lines[1], lines[3]])
    payload = json.loads(json.dumps(lines))
    payload[1]["payload"]["receipt"] = "2026-01-05"
    assert "n°\u00a02\u00a0: son contenu a été modifié" in sentence(payload)
    for bad in ({"salt": "zz"}, {"salt": 1}, {"payload": []}):
        assert sentence([lines[0], lines[1] | bad, *lines[2:]])
    assert "ligne 1" in sentence([{"event": {}}, *lines])


def test_a_log_whose_end_was_cut_contradicts_the_manifest(pack, tmp_path):
    files = contents(pack)
    cut = files | {"journal.jsonl": b"".join(files["journal.jsonl"].splitlines(keepends=True)[:3])}
    forged = relisted(cut)
    announced = json.loads(files["manifest.json"])["journal"]
    kept = canonical(json.loads(forged["manifest.json"]) | {"journal": announced})
    old, new = (hashlib.sha256(data).hexdigest().encode() for data in (forged["manifest.json"], kept))
    forged["SHA256SUMS"] = forged["SHA256SUMS"].replace(old, new)
    report = verify_pack(rezip(tmp_path / "x.zip", forged | {"manifest.json": kept}))
    assert kinds(report) == {("chain", "journal.jsonl")}
    assert "derniers" in report.problems[0].text


def test_an_event_rewritten_with_a_fresh_hash_breaks_the_chain(pack, tmp_path):
    lines = journal(contents(pack))
    events = chain()
    forged = replace(events[1], day=date(2026, 1, 1))
    lines[1]["event"] |= {"day": "2026-01-01", "hash": event_hash(forged)}
    report = verify_pack(rezip(tmp_path / "x.zip", journaled(contents(pack), lines)))
    assert "n°\u00a02 et 3" in report.problems[0].text


# --- packed again


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_same_contents_reordered_and_recompressed_verify(pack, tmp_path, method):
    files = dict(sorted(contents(pack).items(), reverse=True))
    report = verify_pack(rezip(tmp_path / "x.zip", files, method))
    assert report.intact
    assert not verify_pack(tmp_path / "x.zip", expect=verify_pack(pack).sha256).intact


def test_a_pack_streamed_to_a_pipe_by_another_tool_verifies(pack, tmp_path):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_args):
            raise OSError

        def tell(self):
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents(pack).items():
            archive.writestr(name, data)
    (tmp_path / "x.zip").write_bytes(pipe.getvalue())
    assert verify_pack(tmp_path / "x.zip").problems == ()


@pytest.mark.skipif(not shutil.which("zip"), reason="needs Info-ZIP")
def test_a_pack_extracted_and_zipped_again_verifies(pack, tmp_path):
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path / "out")
    subprocess.run(["zip", "-qr", tmp_path / "x.zip", "."], cwd=tmp_path / "out", check=True)
    assert verify_pack(tmp_path / "x.zip").problems == ()


def test_a_folder_entry_is_no_content_unless_nothing_lies_in_it(pack, tmp_path):
    assert verify_pack(rezip(tmp_path / "x.zip", {"pieces/": b""} | contents(pack))).intact
    report = verify_pack(rezip(tmp_path / "x.zip", {"vide/": b""} | contents(pack)))
    assert kinds(report) == {("added", "vide/")}


# --- hostile archives


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a\\..\\x", "C:x", "\x1b[2J.pdf", "café.pdf", "pieces/../x", "con"])
def test_a_dangerous_name_is_told_and_never_written(pack, tmp_path, name):
    before = sorted(path.name for path in tmp_path.iterdir())
    report = verify_pack(rezip(tmp_path / "x.zip", contents(pack) | {name: b"x"}))
    assert {problem.kind.value for problem in report.problems} == {"damaged"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "x.zip"])


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["plainte.pdf", "PLAINTE.pdf"])
def test_doubled_and_case_colliding_names_are_told(pack, tmp_path, name):
    shutil.copy(pack, tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip", "a") as archive:
        archive.writestr(name, b"x")
    assert kinds(verify_pack(tmp_path / "x.zip")) == {("damaged", name)}


def test_a_symlink_is_told(pack, tmp_path):
    files = contents(pack)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            if name == "plainte.pdf":
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, data)
    assert kinds(verify_pack(tmp_path / "x.zip")) == {("damaged", "plainte.pdf")}


def test_nothing_that_a_forger_wrote_acts_on_the_terminal(pack, tmp_path):
    files = contents(pack)
    manifest = json.loads(files["manifest.json"]) | {"reference": "\x1b[2J"}
    lines = journal(files)
    lines[1]["event"]["stream"] = "\x1b]0;x\x07"
    files = journaled(files | {"manifest.json": canonical(manifest)}, lines)
    report = verify_pack(rezip(tmp_path / "x.zip", files | {"\x9b2J": b""}))
    assert len(report.problems) > 2
    shown = report.reference + "".join(problem.name + problem.text for problem in report.problems)
    assert not {letter for letter in shown if ord(letter) < 32 or 127 <= ord(letter) < 160}


def test_a_bomb_is_stopped_and_named(pack, tmp_path):
    report = verify_pack(rezip(tmp_path / "x.zip", {"bombe.bin": bytes(60_000_000)} | contents(pack)))
    assert kinds(report) == {("damaged", "bombe.bin")}


def test_an_encrypted_member_is_told(pack, tmp_path):
    whole = bytearray(pack.read_bytes())
    central = whole.index(b"PK\x01\x02")
    whole[6] |= 1
    whole[central + 8] |= 1
    (tmp_path / "x.zip").write_bytes(whole)
    report = verify_pack(tmp_path / "x.zip")
    assert kinds(report) == {("damaged", "plainte.pdf")}
    assert "chiffré" in report.problems[0].text


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_not_everybody_reads_is_told(pack, tmp_path, method):
    report = verify_pack(rezip(tmp_path / "x.zip", contents(pack), method))
    assert {problem.kind.value for problem in report.problems} == {"damaged"}


def test_bytes_before_between_and_after_are_told(pack, tmp_path):
    whole = pack.read_bytes()
    target = tmp_path / "x.zip"
    target.write_bytes(b"#!/bin/sh\n" + whole)
    assert "début" in verify_pack(target).problems[0].text
    target.write_bytes(whole + b"\0")
    assert "après la fin" in verify_pack(target).problems[0].text
    shutil.copy(pack, target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.comment = b"ne lisez pas ceci"
    assert "commentaire" in verify_pack(target).problems[0].text
    # Between the last member and the directory, with every offset corrected.
    central = whole.index(b"PK\x01\x02")
    end = bytearray(whole[central:])
    struct.pack_into("<L", end, len(end) - 6, central + 5)
    target.write_bytes(whole[:central] + b"cache" + bytes(end))
    assert "aucun fichier" in verify_pack(target).problems[0].text


def test_two_directories_that_disagree_are_told(pack, tmp_path):
    whole = bytearray(pack.read_bytes())
    whole[14] ^= 1  # the CRC in the first local header: only readers of streams see it
    (tmp_path / "x.zip").write_bytes(whole)
    assert kinds(verify_pack(tmp_path / "x.zip")) == {("damaged", "plainte.pdf")}


def test_too_many_entries_are_not_listed(tmp_path):
    report = verify_pack(rezip(tmp_path / "x.zip", {f"f{n}": b"" for n in range(MAX_FILES + 1)}))
    assert kinds(report) == {("damaged", "ZIP")}


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
def test_a_truncated_pack_is_one_plain_sentence(pack, tmp_path, share):
    whole = pack.read_bytes()
    (tmp_path / "x.zip").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadInput, match="tronqué"):
        verify_pack(tmp_path / "x.zip")


def test_what_is_no_zip_at_all_is_one_plain_sentence(tmp_path):
    with pytest.raises(BadInput, match="n’existe pas"):
        verify_pack(tmp_path / "absent.zip")
    with pytest.raises(BadInput, match="dossier"):
        verify_pack(tmp_path)
    (tmp_path / "x.zip").write_bytes(b"")
    with pytest.raises(BadInput, match="vide"):
        verify_pack(tmp_path / "x.zip")
    (tmp_path / "x.zip").write_bytes(b"%PDF-1.7 pas un zip")
    with pytest.raises(BadInput, match="pas une archive ZIP"):
        verify_pack(tmp_path / "x.zip")


@pytest.mark.parametrize("expect", ["abc", "g" * 64, "0" * 63])
def test_an_expected_hash_that_is_none_is_bad_input(pack, expect):
    with pytest.raises(BadInput, match="SHA-256"):
        verify_pack(pack, expect=expect)


# --- sealed events, parts, time-stamps


@pytest.fixture
def sealed(tmp_path, members):
    told = {1: {}, 3: {"day": "2026-03-05", "what": "demande envoyée", "by": "une personne habilitée"}}
    return write_pack(
        tmp_path / "scelle.zip", reference=STREAM, day=date(2026, 5, 6), members=members, events=chain(),
        payloads={}, told=told,
    ).path  # fmt: skip


def entries(files):
    return [line.get("event") or line["sealed"] for line in journal(files)]


def resealed(files, lines):
    """Write a log again with every list, as a careful forger would."""
    made = files | {"journal.jsonl": b"".join(canonical(line) + b"\n" for line in lines)}
    manifest = json.loads(made["manifest.json"])
    for entry in manifest["files"]:
        data = made[entry["name"]]
        entry |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    last = lines[-1].get("event") or lines[-1]["sealed"]
    manifest["journal"] = {"events": len(lines), "head": last["hash"]}
    made["manifest.json"] = canonical(manifest)
    names = [entry["name"] for entry in manifest["files"]] + ["manifest.json"]
    made["SHA256SUMS"] = "".join(f"{hashlib.sha256(made[n]).hexdigest()}  {n}\n" for n in names).encode()
    return made


def test_a_sealed_event_leaves_neither_its_actor_nor_its_kind_and_the_chain_verifies(sealed):
    files = contents(sealed)
    assert verify_pack(sealed).intact
    assert verify_pack(sealed).events == 4
    first, third = journal(files)[0], journal(files)[2]
    assert set(first) == {"sealed"}
    assert set(first["sealed"]) == {"stream", "seq", "prev", "hash"}
    assert third["told"]["what"] == "demande envoyée"
    assert b"kind-0" not in files["journal.jsonl"]


@pytest.mark.parametrize("harm", ["hash", "prev", "removed", "moved", "doubled", "number"])
def test_a_sealed_event_altered_removed_or_moved_breaks_the_chain_though_every_list_was_made_again(
    sealed, tmp_path, harm
):
    files = contents(sealed)
    lines = journal(files)
    match harm:
        case "hash" | "prev":
            lines[2]["sealed"][harm] = "0" * 63 + "1"
        case "removed":
            del lines[2]
        case "moved":
            lines[0], lines[2] = lines[2], lines[0]
        case "doubled":
            lines.insert(2, lines[2])
        case "number":
            lines[2]["sealed"]["seq"] = 7
    report = verify_pack(rezip(tmp_path / "copie.zip", resealed(files, lines)))
    assert ("chain", "journal.jsonl") in kinds(report)


def test_an_event_put_under_seal_afterwards_is_told_by_the_lists(sealed, tmp_path):
    files = contents(sealed)
    lines = journal(files)
    event = lines[1]["event"]
    lines[1] = {"sealed": {name: event[name] for name in ("stream", "seq", "prev", "hash")}}
    changed = files | {"journal.jsonl": b"".join(canonical(line) + b"\n" for line in lines)}
    assert ("altered", "journal.jsonl") in kinds(verify_pack(rezip(tmp_path / "copie.zip", changed)))


def test_a_broken_log_is_never_sealed_away(tmp_path, members):
    events = chain()
    events[2] = replace(events[2], actor="Autre")
    with pytest.raises(Damaged):
        write_pack(
            tmp_path / "x.zip", reference=STREAM, day=date(2026, 5, 6), members=members, events=events, payloads={},
            told={3: {}},
        )  # fmt: skip


@pytest.fixture
def unnamed(tmp_path, members):
    """A pack whose second and third events leave without the name of who recorded them."""
    events: list[Event] = []
    for number, kind in enumerate(("detected", "request_sent", "refusal", "pack_built")):
        events.append(
            chained(
                events[-1] if events else None, stream=STREAM, kind=kind, key=str(number), day=date(2026, 3, 5),
                at=datetime(2026, 3, 5, 8, number, tzinfo=UTC), actor="Dominique Agent", proof="a" * 64,
                payload_hash=payload_hash(b"sel", PAYLOAD), actor_salt=f"{number:032x}",
            )
        )  # fmt: skip
    return write_pack(
        tmp_path / "tu.zip", reference=STREAM, day=date(2026, 5, 6), members=members, events=events, payloads={},
        told={1: {}, 4: {}}, unnamed={2, 3},
    ).path  # fmt: skip


def test_day_fact_and_proof_leave_without_the_name_of_who_recorded_them_and_verify_by_sha256_alone(unnamed):
    files = contents(unnamed)
    assert verify_pack(unnamed).intact
    assert b"Dominique" not in files["journal.jsonl"]
    event = journal(files)[1]["event"]
    assert (event["day"], event["kind"], event["proof"]) == ("2026-03-05", "request_sent", "a" * 64)
    # As VERIFIER.txt tells a reader without this program: its JSON in canonical form, less « hash ».
    text = json.dumps({n: v for n, v in event.items() if n != "hash"}, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == event["hash"]
    words = " ".join(files["VERIFIER.txt"].decode().split())
    assert "request_sent demande envoyée" in words
    assert "ne sont pas couverts" not in words


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize(
    ("member", "value"),
    [("day", "2026-01-02"), ("kind", "received"), ("proof", "b" * 64), ("proof", ""), ("actor_hash", "c" * 64),
     ("key", "x"), ("at", "2026-03-05T08:09:00.000000Z"), ("payload_hash", "d" * 64)],
)  # fmt: skip
def test_an_altered_day_fact_or_proof_is_named_though_every_list_was_made_again(
    unnamed, tmp_path, number, member, value
):
    files = contents(unnamed)
    lines = journal(files)
    lines[number - 1]["event"][member] = value
    report = verify_pack(rezip(tmp_path / "copie.zip", resealed(files, lines)))
    assert [problem.text for problem in report.problems] == [
        f"{STREAM}, événement n°\u00a0{number}\u00a0: il a été modifié."
    ]


def test_a_row_whose_hash_was_made_again_too_no_longer_leads_to_the_next(unnamed, tmp_path):
    files = contents(unnamed)
    lines = journal(files)
    event = lines[1]["event"] | {"day": "2026-01-02"}
    text = canonical({name: value for name, value in event.items() if name != "hash"})
    lines[1]["event"] = event | {"hash": hashlib.sha256(text).hexdigest()}
    report = verify_pack(rezip(tmp_path / "copie.zip", resealed(files, lines)))
    assert "n°\u00a02 et 3" in report.problems[0].text


def test_a_name_is_never_left_out_of_an_event_whose_hash_covers_it(tmp_path, members):
    with pytest.raises(ValueError, match="salt"):
        write_pack(
            tmp_path / "x.zip", reference=STREAM, day=date(2026, 5, 6), members=members, events=chain(), payloads={},
            unnamed={2},
        )  # fmt: skip


def test_a_reader_is_told_which_events_of_before_cannot_be_checked(sealed):
    words = " ".join(contents(sealed)["VERIFIER.txt"].decode().split())
    assert "Les événements n° 3 de ce journal" in words
    assert "ne sont pas couverts par" in words


@pytest.fixture
def parts(tmp_path):
    one, two = Member("a.txt", b"un", "ici", "A"), Member("b.txt", b"deux", "ici", "B")
    private = Member("c.txt", b"trois", "ici", "C")
    common = {"reference": STREAM, "day": date(2026, 5, 6), "events": chain(), "payloads": {}}
    both = {"a.txt": one.sha256, "b.txt": two.sha256}
    made = [
        write_pack(tmp_path / "1.zip", members=[one], part=Part(1, 2, False, {"b.txt": two.sha256}), **common),
        write_pack(tmp_path / "2.zip", members=[two], part=Part(2, 2, False, {"a.txt": one.sha256}), **common),
        write_pack(tmp_path / "c.zip", members=[private], part=Part(1, 1, True, both), **common),
    ]
    return [info.path for info in made]


def test_parts_verify_alone_and_together_and_none_tells_of_the_confidential_one(parts):
    reports, problems = verify_parts(parts)
    assert all(report.intact for report in reports)
    assert problems == ()
    assert all(b"c.txt" not in data for path in parts[:2] for data in contents(path).values())
    assert "CONFIDENTIEL" in contents(parts[2])["VERIFIER.txt"].decode()
    assert "PARTIE 2 SUR 2" in contents(parts[1])["VERIFIER.txt"].decode()


def test_a_missing_a_foreign_and_a_rewritten_part_are_told(parts, tmp_path, members):
    assert "il manque des parties" in verify_parts([parts[0], parts[2]])[1][0].text
    other = write_pack(
        tmp_path / "autre.zip", reference="AUTRE", day=date(2026, 5, 6), members=members, events=[], payloads={}
    ).path  # fmt: skip
    assert "pas du même dossier" in verify_parts([*parts[:2], other])[1][0].text
    changed = Member("b.txt", b"autre chose", "ici", "B")
    write_pack(
        parts[1], reference=STREAM, day=date(2026, 5, 6), members=[changed], events=chain(), payloads={},
        part=Part(2, 2, False, {"a.txt": hashlib.sha256(b"un").hexdigest()}),
    )  # fmt: skip
    reports, problems = verify_parts(parts)
    assert all(report.intact for report in reports)
    assert {problem.name for problem in problems} == {"b.txt"}


def test_the_same_part_twice_is_told(parts):
    assert verify_parts([parts[0], parts[0], parts[1]])[1]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_a_replayed_token_is_named_and_a_right_one_says_its_time(tmp_path):
    from listingguard.edge.stamp import Stamper, load_roots

    sheets = {n: canonical({"page": n}) for n in (1, 2)}
    with tsa.Authority(tmp_path / "tsa") as running:
        stamper = Stamper(
            (tsa.URL,), roots=load_roots(running.roots), now=lambda: datetime.now(UTC), loopback=running.loopback
        )
        tokens = {n: stamper.stamp(data).raw for n, data in sheets.items()}
        roots = b"".join(path.read_bytes() for path in sorted(running.roots.glob("*.pem")))

    def made(name, tokens):
        members = [Member("racines.pem", roots, "réglage", "Racines")]
        for n in (1, 2):
            members.append(Member(f"pieces/piece-0{n}-fiche-technique.json", sheets[n], "capture", "Fiche"))
            members.append(Member(f"pieces/piece-0{n}-horodatage-1.tsr", tokens[n], "autorité", "Horodatage"))
        return write(tmp_path / name, members).path

    right = verify_pack(made("juste.zip", tokens))
    assert right.intact
    assert [(token.signed, token.at is not None) for token in right.tokens] == [(True, True)] * 2
    replayed = verify_pack(made("rejoue.zip", {1: tokens[2], 2: tokens[2]}))
    assert kinds(replayed) == {("stamp", "pieces/piece-01-horodatage-1.tsr")}
