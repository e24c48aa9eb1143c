"""A kiné's case goes to the council: signed, compared by voice, held on both sides, nothing told of anybody else."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import zipfile
from datetime import date
from pathlib import Path

import pytest

from listingguard import cli
from listingguard.domain.transfer import Paper, PaperKind, checked_papers, plain_paper
from listingguard.edge.approval_rows import CONTRACTS_KEPT, EXTRACT_KEPT, NOTICE_KEPT
from listingguard.errors import BadInput

OTHER, RPPS = "Sacha", "99900000011"


@pytest.fixture
def sent(kine) -> str:
    """A kiné's own case whose request left on 7 January 2026; on their roster also somebody else, at home."""
    roster = (
        "rpps;family_name;first_name;site1_street;site1_postcode;site1_town;site1_private;site2_street;site2_postcode;"
        "site2_town;site2_private\n"
        f"99900000029;Confidentielle;{OTHER};77 impasse du Secret;26000;Valence;oui;;;;\n"
        f"{RPPS};Exemple;Camille;12 rue des Essais;26000;Valence;non;5 chemin du Logis;26000;Valence;oui\n"
    )
    kine("roster", "import", kine.file("tableau.csv", roster), day="2026-01-05")
    # A register of contracts that names both of them, from which a row about the case's platform came.
    register = f"RPPS;Plateforme;Date du contrat;Fin;Transmis le\n{RPPS};Doctolib;2024-01-01;2024-12-31;2024-02-01\n"
    register += "99900000029;Doctolib;2025-01-01;;2025-02-01\n"
    kine("authorisation", "import", kine.file("registre.csv", register), day="2026-01-05")
    case = kine.see("2026-01-05")
    word = kine.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    kine.verify("doctolib", "2026-01-06")
    kine("letter", "approve", case, "--all-grounds", day="2026-01-06")
    (left,) = kine("send", "--json", day="2026-01-06").json
    kine("send", "--settle", left["dispatch"], "sent", "--day", "2026-01-07", day="2026-01-08")
    return case


@pytest.fixture
def elsewhere(kine, tmp_path):
    """A council's simulated home on the same machine, the kiné on its roster under their other name."""
    folder = tmp_path / "conseil"
    words = ["init", str(folder), "--acting", "council", "--code", "CDO26", "--person", "Dominique Secrétaire"]
    assert cli.run([*words, "--simulated"]) == 0
    desk = type(kine)(folder, kine.capsys, kine.monkeypatch)
    sender = {
        "name": "Conseil départemental d’essai", "quality": "Ordre des masseurs-kinésithérapeutes",
        "street": "1 place de l’Exemple", "postcode": "26000", "town": "Valence",
        "email": "secretariat@conseil.example", "signatory": "Claude Élue, présidente",
    }  # fmt: skip
    desk.configure(**{f"sender__{key}": value for key, value in sender.items()})
    roster = (
        "rpps;civility;family_name;usage_name;first_name;site1_street;site1_postcode;site1_town\n"
        f"{RPPS};Madame;Exemple;Mariée;Camille;12 rue des Essais;26000;Valence\n"
    )
    desk("roster", "import", desk.file("tableau-conseil.csv", roster), day="2026-01-05")
    return desk


def exported(desk, case, path, day="2026-02-01") -> dict:
    return desk("case", "export", case, "-o", path, "--json", day=day).json


def taken(desk, path, mark, day="2026-02-02", **options) -> dict:
    return desk("case", "import", path, "--fingerprint", mark, "--json", day=day, **options).json


def events(desk) -> list:
    with sqlite3.connect(desk.home / "listingguard.db") as database:
        return database.execute("SELECT * FROM case_event WHERE stream <> 'home' ORDER BY stream, seq").fetchall()


def test_a_case_goes_to_the_council_whole_and_a_complaint_is_built_there(kine, sent, elsewhere, tmp_path):
    path = tmp_path / "dossier-signe.zip"
    extract_of(kine, "2026-01-31")
    out = exported(kine, sent, path)
    assert stat.S_IMODE((kine.home / "export.key").stat().st_mode) == 0o600
    assert len(out["fingerprint"].split()) == 8
    assert out["held"] is True
    done = taken(elsewhere, path, out["fingerprint"])
    assert events(elsewhere) == events(kine)
    assert done["held"], "nothing may leave before a person releases it"
    assert done["arrived"] is False
    # What the kiné sent in their own name remains sent, though this council had no mandate then.
    assert done["state"] == "sent"
    shown = elsewhere("case", "show", sent, day="2026-02-02")
    assert "Repris de KINE le 2 février 2026" in shown.said
    # The council's roster stays as it was.
    assert "MARIÉE" in elsewhere("roster", "show", RPPS).said
    assert elsewhere("send", "--json", day="2026-02-02").json == []
    assert elsewhere("rebuild", "--json", day="2026-02-02").json == {"changed": []}
    elsewhere("doctor")
    elsewhere("case", "release", sent, day="2026-02-03")
    elsewhere.verify("doctolib", "2026-02-03")
    paper = elsewhere.file("mandat.pdf", b"%PDF-1.7 mandat")
    dates = ("--from", "2026-02-03", "--until", "2028-02-02")
    elsewhere("mandate", "add", RPPS, *dates, "--document", paper, day="2026-02-03")
    look = ("capture", "import", elsewhere.page, "--url", elsewhere.url, "--seen-at", "2026-02-20 08:00")
    elsewhere("watch", "set", RPPS, "yes", "--informed-on", "2026-02-03", "--channel", "courriel", day="2026-02-03")
    elsewhere(*look, day="2026-02-20")
    reply = elsewhere.mail("refus.eml", "Nous ne donnons pas suite.", From="dpo@doctolib.example")
    elsewhere("event", "add", sent, "refusal", "--day", "2026-02-10", "--proof", reply, day="2026-02-20")
    pack = elsewhere("complain", sent, "--proceedings", "aucune", "--json", day="2026-02-20").json
    elsewhere("verify", pack["path"], "--expect", pack["sha256"])
    with zipfile.ZipFile(pack["path"]) as archive:
        # The extract that the kiné kept is an exhibit of the complaint built on the other computer.
        assert any(archive.read(name) == b"%PDF-1.7 extrait du registre" for name in archive.namelist())
    elsewhere("doctor")


def test_nothing_of_anybody_else_is_in_any_byte_of_the_file(kine, sent, tmp_path):
    path = tmp_path / "dossier-signe.zip"
    exported(kine, sent, path)
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        everything = raw + b"".join(archive.read(name) for name in archive.namelist())
    for word in ("Confidentielle", "CONFIDENTIELLE", OTHER, "impasse du Secret", "99900000029", "chemin du Logis"):
        assert word.encode() not in everything
    assert b"PRIVATE KEY" not in everything


def test_the_same_export_again_is_the_same_file_and_adds_nothing(kine, sent, elsewhere, tmp_path):
    one, two = tmp_path / "un.zip", tmp_path / "deux.zip"
    mark = exported(kine, sent, one)["fingerprint"]
    assert exported(kine, sent, two)["held"] is False
    assert one.read_bytes() == two.read_bytes()
    taken(elsewhere, one, mark)
    before = elsewhere.everything()
    assert taken(elsewhere, two, mark)["new_events"] == 0
    assert elsewhere.everything() == before


def test_what_happened_since_is_appended_and_a_log_that_parted_is_refused(kine, sent, elsewhere, tmp_path):
    path = tmp_path / "dossier-signe.zip"
    mark = exported(kine, sent, path)["fingerprint"]
    taken(elsewhere, path, mark)
    kine("case", "release", sent, day="2026-02-05")
    refusal = kine.file("refus.txt", "Nous ne donnons pas suite.")
    kine("event", "add", sent, "refusal", "--day", "2026-02-05", "--proof", refusal, day="2026-02-05")
    exported(kine, sent, path, day="2026-02-06")
    more = taken(elsewhere, path, mark, day="2026-02-07")
    assert more["new_events"] == 3
    assert more["state"] == "refused"
    assert more["held"]
    assert events(elsewhere) == events(kine)
    assert elsewhere("rebuild", "--json", day="2026-02-07").json == {"changed": []}
    # Both release it: two homes act, and their logs part for good.
    last = len(events(kine))
    kine("case", "release", sent, day="2026-02-08")
    elsewhere("case", "release", sent, day="2026-02-08")
    exported(kine, sent, path, day="2026-02-09")
    before = elsewhere.everything()
    words = ("case", "import", path, "--fingerprint", mark)
    refused = elsewhere(*words, day="2026-02-09", code=3).said
    assert f"après l’événement n° {last}" in refused
    assert elsewhere.everything() == before


def test_a_person_compares_the_fingerprint_or_nothing_is_taken(kine, sent, elsewhere, tmp_path):
    path = tmp_path / "dossier-signe.zip"
    mark = exported(kine, sent, path)["fingerprint"]
    before = elsewhere.everything()
    assert mark in elsewhere("case", "import", path, day="2026-02-02", code=3).said
    assert elsewhere("case", "import", path, day="2026-02-02", typed="n\n", code=1).said
    wrong = mark.replace(mark[0], "0" if mark[0] != "0" else "1")
    elsewhere("case", "import", path, "--fingerprint", wrong, day="2026-02-02", code=1)
    assert elsewhere.everything() == before
    said = elsewhere("case", "import", path, day="2026-02-02", typed="o\n").said
    assert mark in said
    assert "case release" in said


def test_a_letter_on_its_way_out_keeps_the_case_here(kine, tmp_path):
    case = kine.see("2026-01-05")
    word = kine.file("parole.txt", "C’est ma fiche.")
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    kine.verify("doctolib", "2026-01-06")
    kine("letter", "approve", case, "--all-grounds", day="2026-01-06")
    before = kine.everything()
    refused = kine("case", "export", case, "-o", tmp_path / "x.zip", day="2026-01-06", code=3).said
    assert "letter withdraw" in refused
    assert not (tmp_path / "x.zip").exists()
    assert kine.everything() == before


def rewritten(path: Path, target: Path, change) -> Path:
    """Write the archive again, its members changed: name -> bytes, None to leave it out."""
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w") as other:
        members = {name: archive.read(name) for name in archive.namelist()}
        change(members)
        for name, data in members.items():
            other.writestr(name, data)
    return target


def flipped(data: bytes) -> bytes:
    return data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]


def test_a_changed_file_is_refused_naming_the_member_and_leaves_nothing(kine, sent, elsewhere, tmp_path):
    path, bad = tmp_path / "dossier-signe.zip", tmp_path / "altere.zip"
    mark = exported(kine, sent, path)["fingerprint"]
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    blob = next(name for name in names if name.startswith("coffre/"))

    def change(name):
        return lambda members: members.update({name: flipped(members[name])})

    def bomb(members):
        members["coffre/" + "0" * 64] = b"\0" * 50_000_000

    cases = [
        (change("export.json"), "export.json"),
        (change("export.sig"), "export.sig"),
        (change("journal.jsonl"), "journal.jsonl"),
        (change("dossier.json"), "dossier.json"),
        (change(blob), blob),
        (lambda members: members.pop(blob), blob),
        (lambda members: members.pop("export.sig"), "export.sig"),
        (lambda members: members.update({"coffre/ajout": b"x"}), "coffre/ajout"),
        (lambda members: members.update({"../../evasion": b"x"}), "evasion"),
        (lambda members: members.update({"JOURNAL.jsonl": b"x"}), "JOURNAL.jsonl"),
        (lambda members: members.update({"export.json": b"[" * 100_000}), "export.json"),
        (bomb, "coffre/000"),
    ]
    before = elsewhere.everything()
    for number, (how, named) in enumerate(cases):
        rewritten(path, bad, how)
        said = elsewhere("case", "import", bad, "--fingerprint", mark, day="2026-02-02", code=1).said
        assert named in said, number
        assert len(said.strip().splitlines()) == 1, said
    for raw in (b"", b"PK\x03\x04", path.read_bytes()[:-30], b"bonjour" * 99, path.read_bytes() + b"x"):
        bad.write_bytes(raw)
        elsewhere("case", "import", bad, "--fingerprint", mark, day="2026-02-02", code=1)
    assert elsewhere.everything() == before


def test_a_number_that_is_somebody_elses_here_is_refused(kine, sent, elsewhere, tmp_path):
    path = tmp_path / "dossier-signe.zip"
    mark = exported(kine, sent, path)["fingerprint"]
    roster = f"rpps;family_name;first_name;site1_postcode;site1_town\n{RPPS};Autrui;Noa;26000;Valence\n"
    shutil.rmtree(elsewhere.home)
    words = ["init", str(elsewhere.home), "--acting", "council", "--code", "CDO26", "--person", "D", "--simulated"]
    assert cli.run(words) == 0
    elsewhere("roster", "import", elsewhere.file("autre.csv", roster), day="2026-01-05")
    said = elsewhere("case", "import", path, "--fingerprint", mark, day="2026-02-02", code=1).said
    assert "Noa AUTRUI" in said
    assert events(elsewhere) == []


def test_a_signed_list_that_lies_of_its_rows_is_refused_too(kine, sent, elsewhere, tmp_path):
    """Who holds a key can sign anything: what comes in is still only rows of this case."""
    from listingguard.domain.event import canonical
    from listingguard.edge.transfer_file import HomeKey

    path, bad = tmp_path / "dossier-signe.zip", tmp_path / "forge.zip"
    mark = exported(kine, sent, path)["fingerprint"]
    before = elsewhere.everything()

    def forge(change):
        from hashlib import sha256

        def members(found):
            told = json.loads(found["dossier.json"])
            change(told)
            found["dossier.json"] = canonical(told)
            listed = json.loads(found["export.json"])
            for entry in listed["files"]:
                data = found[entry["name"]]
                entry |= {"size": len(data), "sha256": sha256(data).hexdigest()}
            found["export.json"] = canonical(listed)
            found["export.sig"] = HomeKey(kine.home).sign(found["export.json"])

        return members

    def other_case(told):
        told["rows"]["letter"][0]["case"] = "CDO26-2026-0001"

    def queued(told):
        told["rows"]["dispatch"][0]["state"] = "queued"

    def other_person(told):
        told["rows"]["authorisation"][0]["practitioner"] = "99900000029"

    def column(told):
        told["rows"]["letter"][0]['x"; DROP TABLE letter'] = ""

    def path_out(told):
        told["packs"] = {"../x.zip": "0" * 64}

    def someone(told):
        told["people"][0]["id"] = told["people"][0]["rpps"] = "99900000029"

    for change in (other_case, queued, other_person, column, path_out, someone):
        rewritten(path, bad, forge(change))
        said = elsewhere("case", "import", bad, "--fingerprint", mark, day="2026-02-02", code=1).said
        assert "dossier.json" in said, change.__name__
    rewritten(path, bad, forge(lambda told: told["rows"]["capture"][0].update(url="https://autre.example/")))
    elsewhere("case", "import", bad, "--fingerprint", mark, day="2026-02-02", code=1)
    assert {k: v for k, v in elsewhere.everything().items() if not k.startswith("vault")} == {
        k: v for k, v in before.items() if not k.startswith("vault")
    }
    elsewhere("doctor")


def test_a_kill_leaves_the_case_whole_or_not_at_all(kine, sent, elsewhere, tmp_path):
    path = tmp_path / "dossier-signe.zip"
    mark = exported(kine, sent, path)["fingerprint"]
    before = events(kine)
    for point, there in (("vault.after", 0), ("case.import.before", 0), ("case.import.after", len(before))):
        home = tmp_path / f"copie-{point}"
        shutil.copytree(elsewhere.home, home)
        child = os.fork()
        if child == 0:
            os.environ["LISTINGGUARD_FAULT"] = point
            words = ["--home", str(home), "--today", "2026-02-02", "case", "import", str(path)]
            os._exit(cli.run([*words, "--fingerprint", mark]))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
        desk = type(kine)(home, kine.capsys, kine.monkeypatch)
        assert len(events(desk)) == there
        again = taken(desk, path, mark)
        assert again["new_events"] == len(before) - there
        assert events(desk) == before
        desk("doctor")


def test_an_export_killed_before_it_is_noted_is_done_again_with_the_same_bytes(kine, sent, tmp_path):
    path = tmp_path / "dossier-signe.zip"
    child = os.fork()
    if child == 0:
        os.environ["LISTINGGUARD_FAULT"] = "case.export.written"
        words = ["--home", str(kine.home), "--today", "2026-02-01", "case", "export", sent, "-o", str(path)]
        os._exit(cli.run(words))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    first = path.read_bytes()
    assert exported(kine, sent, path)["held"] is False
    assert path.read_bytes() == first


# -- two kinés, one council --------------------------------------------------------------------------------------------


def another_kine(kine, folder, rpps, family, *code):
    """Another kiné's home as `init` makes it, and the number of the one case in it."""
    words = ["init", str(folder), "--acting", "self", "--person", f"Camille {family}", "--simulated", *code]
    assert cli.run(words) == 0
    desk = type(kine)(folder, kine.capsys, kine.monkeypatch)
    desk.rpps, desk.roster = rpps, kine.roster.replace(kine.rpps, rpps).replace("Exemple", family)
    desk.page = desk.file(f"{family}.html", kine.page.read_text(encoding="utf-8").replace("Exemple", family))
    desk.url = kine.url.replace("exemple", family.lower())
    desk("roster", "import", desk.file(f"{family}.csv", desk.roster), day="2026-01-05")
    return desk, desk.see("2026-01-05")


def test_the_cases_of_two_kines_stand_side_by_side_in_one_council(kine, elsewhere, tmp_path):
    one, first = another_kine(kine, tmp_path / "un", "99900000037", "Martinet")
    two, second = another_kine(kine, tmp_path / "deux", "99900000045", "Specimen")
    assert first != second, "each home numbers its cases under a code of its own"
    assert re.fullmatch(r"KINE[B-Z]{4}-2026-0001", first)
    assert first.partition("-")[0] in (one.home / "config.toml").read_text(encoding="utf-8")
    for desk, case in ((one, first), (two, second)):
        path = tmp_path / f"{case}.zip"
        taken(elsewhere, path, exported(desk, case, path)["fingerprint"])
    assert {row["case"] for row in elsewhere("case", "list", "--json", day="2026-02-02").json} == {first, second}
    elsewhere("doctor")


def test_two_cases_of_one_number_are_both_kept_and_neither_replaces_the_other(kine, elsewhere, tmp_path):
    one, case = another_kine(kine, tmp_path / "un", "99900000037", "Martinet", "--code", "KINE")
    two, same = another_kine(kine, tmp_path / "deux", "99900000045", "Specimen", "--code", "KINE")
    assert case == same
    first, second = tmp_path / "un.zip", tmp_path / "deux.zip"
    taken(elsewhere, first, exported(one, case, first)["fingerprint"])
    before, mark = elsewhere.everything(), exported(two, case, second)["fingerprint"]
    said = elsewhere("case", "import", second, "--fingerprint", mark, day="2026-02-02", code=3).said
    assert "ici, il est de Camille MARTINET ; dans le fichier, de Camille SPECIMEN" in said
    assert "listingguard --home autre-dossier case import" in said
    assert elsewhere.everything() == before
    # What it proposes works: both are kept whole, each in a home.
    words = ["init", str(tmp_path / "autre-dossier"), "--acting", "council", "--code", "CDO26", "--person", "D"]
    assert cli.run([*words, "--simulated"]) == 0
    other = type(kine)(tmp_path / "autre-dossier", kine.capsys, kine.monkeypatch)
    assert taken(other, second, mark)["case"] == case
    assert events(other) == events(two)


def test_a_case_confirmed_by_a_kine_is_approved_by_the_council_under_the_mandate_that_came_with_it(
    kine, elsewhere, tmp_path
):
    case = kine.see("2026-01-05")
    word = kine.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    path, paper = tmp_path / "dossier-signe.zip", kine.file("mandat.pdf", b"%PDF-1.7 mandat signe pour le conseil")
    mandate = ("--mandate", paper, "--from", "2026-01-20", "--until", "2028-01-19")
    kine("event", "add", case, "mandate_signed", "--day", "2026-01-20", "--proof", paper, day="2026-01-20", code=3)
    out = kine("case", "export", case, "-o", path, *mandate, "--json", day="2026-02-01").json
    assert taken(elsewhere, path, out["fingerprint"])["state"] == "mandated"
    elsewhere("case", "release", case, day="2026-02-03")
    elsewhere.verify("doctolib", "2026-02-03")
    elsewhere("watch", "set", RPPS, "yes", "--informed-on", "2026-02-03", "--channel", "courriel", day="2026-02-03")
    done = elsewhere("letter", "approve", case, "--all-grounds", "--json", day="2026-02-03").json
    assert done["case"] == case
    assert elsewhere("case", "show", case, "--json", day="2026-02-03").json["state"] == "drafted"


def test_the_mandate_travels_with_the_case_and_the_council_acts_under_it(kine, sent, elsewhere, tmp_path):
    """A kiné signs a mandate for the council at home, and hands both over in one file."""
    paper = kine.file("mandat.pdf", b"%PDF-1.7 mandat signe pour le conseil")
    dates = ("--from", "2026-01-20", "--until", "2028-01-19")
    path = tmp_path / "dossier-signe.zip"
    assert "case export" in kine("mandate", "add", RPPS, *dates, "--document", paper, day="2026-01-20", code=3).said
    before = kine.everything()
    assert "--until JOUR" in kine("case", "export", sent, "--mandate", paper, day="2026-02-01", code=1).said
    assert kine.everything() == before
    out = kine("case", "export", sent, "-o", path, "--mandate", paper, *dates, "--json", day="2026-02-01").json
    again = kine("case", "export", sent, "-o", path, "--mandate", paper, *dates, "--json", day="2026-02-01").json
    assert again["sha256"] == out["sha256"], "the same paper is one mandate"
    taken(elsewhere, path, out["fingerprint"])
    (mandate,) = elsewhere("mandate", "list", "--json", day="2026-02-02").json
    assert (mandate["practitioner"], mandate["until"]) == (RPPS, "2028-01-19")
    with zipfile.ZipFile(path) as archive:
        blobs = {archive.read(name) for name in archive.namelist() if name.startswith("coffre/")}
    assert paper.read_bytes() in blobs
    elsewhere("doctor")
    elsewhere("case", "release", sent, day="2026-02-03")
    shown = elsewhere("case", "show", sent, "--json", day="2026-02-03").json
    assert shown["held"] == []
    refusal = elsewhere.file("refus.txt", "Nous ne donnons pas suite.")
    elsewhere("event", "add", sent, "refusal", "--day", "2026-02-10", "--proof", refusal, day="2026-02-10")
    lacks = elsewhere("complain", sent, "--proceedings", "aucune", day="2026-02-10", code=3).said
    assert "mandat" not in lacks.replace("mandataire", "")
    # From a council to another one it goes along as well, and the case is held there.
    third = tmp_path / "autre-conseil"
    words = ["init", str(third), "--acting", "council", "--code", "CDO07", "--person", "D", "--simulated"]
    assert cli.run(words) == 0
    other = type(kine)(third, kine.capsys, kine.monkeypatch)
    out = exported(elsewhere, sent, path, day="2026-02-11")
    assert taken(other, path, out["fingerprint"], day="2026-02-12")["held"]
    assert [row["id"] for row in other("mandate", "list", "--json", day="2026-02-12").json] == [mandate["id"]]
    other("doctor")


def extract_of(desk, day):
    act = desk.file("extrait.pdf", b"%PDF-1.7 extrait du registre")
    notice = desk.file("mentions.html", "<html><body><p>Éditeur : Doctolib, 54 quai</p></body></html>")
    site = ("--notice", notice, "--url", "https://www.doctolib.fr/mentions-legales")
    desk("controller", "verify", "doctolib", *site, "--register", act, "--register-on", day, day=day)


def papers(desk) -> list:
    with sqlite3.connect(desk.home / "listingguard.db") as database:
        return database.execute(
            "SELECT kind, key, proof FROM case_event WHERE stream = 'home' AND kind IN (?, ?, ?) ORDER BY kind, key",
            (NOTICE_KEPT, EXTRACT_KEPT, CONTRACTS_KEPT),
        ).fetchall()


def test_legal_notices_and_register_extracts_travel_whole_with_the_case(kine, sent, elsewhere, tmp_path):
    extract_of(kine, "2026-01-31")
    first, second = tmp_path / "un.zip", tmp_path / "deux.zip"
    out = exported(kine, sent, first)
    mine = papers(kine)
    taken(elsewhere, first, out["fingerprint"])
    there = papers(elsewhere)
    assert {row for row in mine if row[0] in (NOTICE_KEPT, EXTRACT_KEPT)} == set(there)
    assert {row[0] for row in there} == {NOTICE_KEPT, EXTRACT_KEPT}, (
        "a register looked up elsewhere attests nothing here"
    )
    for _, _, sha in there:
        (found,) = (elsewhere.home / "vault").rglob(f"*{sha}*")
        assert hashlib.sha256(found.read_bytes()).hexdigest() == sha
    # Taken again nothing is told twice; one that was added since comes, though nothing happened in the case.
    taken(elsewhere, first, out["fingerprint"])
    assert papers(elsewhere) == there
    extract_of(kine, "2026-02-01")
    taken(elsewhere, second, exported(kine, sent, second)["fingerprint"])
    assert len(papers(elsewhere)) == len(there) + 2
    elsewhere("doctor")


def test_a_paper_of_another_controller_does_not_come_in_with_a_case():
    paper = Paper(PaperKind.EXTRACT, "doctolib", "registre", date(2026, 1, 31), "a" * 64, "Camille")
    row = plain_paper(paper)
    assert checked_papers([row], "doctolib") == (paper,)
    wrong = ({"controller": "autre"}, {"document": "../x"}, {"kind": "secret"}, {"day": "demain"}, {"more": "x"})
    for change in wrong:
        with pytest.raises(BadInput):
            checked_papers([row | change], "doctolib")
