"""`capture`: what a person brings, sees, checks and hands on, in French and as JSON."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sqlite3
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from listingguard.app import App
from listingguard.edge.stamp import Stamper, load_roots

DAY = "2026-01-10"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
NEIGHBOUR = "https://www.doctolib.fr/masseur-kinesitherapeute/romans-sur-isere/noa-specimen"
LOOK = ("--seen-at", "2026-01-09 14:05", "--browser", "Firefox 140, Windows 11")


def brought(desk, day=DAY):
    """Bring the saved page of the story and return its capture."""
    return desk("capture", "import", desk.page, "--url", desk.url, "--json", day=day).json["capture"]


def altered(desk, sha):
    """Change one byte of a file of the vault."""
    path = desk.home / "vault" / sha[:2] / sha
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def artefacts(desk, capture):
    return {a["name"]: a["sha256"] for a in desk("capture", "show", capture, "--json").json["manifest"]["artefacts"]}


def test_a_capture_shows_its_sheet_what_it_proves_and_what_it_does_not(council):
    said = council("capture", "show", brought(council)).said
    for words in (
        f"Adresse demandée : {council.url}",
        "Origine : enregistrée par une personne, par Dominique Secrétaire",
        "Notre adresse IP publique : non relevée",
        "Heure de Paris : 2026-01-10",
        "Repose sur (pour 99900000011) : mission du conseil de l’Ordre",
        "Ce qu’elle prouve :",
        "Ce qu’elle ne prouve pas :",
        "pas d’où cela vient",
        "C’est une capture, pas un constat",
        "le jour est simulé",
    ):
        assert words in said, said


def test_the_mandate_of_its_day_is_shown(council):
    before, paper = brought(council), council.file("mandat.pdf", b"%PDF-1.7 mandat")
    words = ("--from", "2026-01-11", "--until", "2028-01-10", "--document", paper)
    council("mandate", "add", council.rpps, *words, day="2026-01-11")
    after = brought(council, "2026-01-12")
    assert "mandat du 11 janvier 2026" in council("capture", "show", after).said
    assert "mandat" not in council("capture", "show", before, "--json").json["rests_on"][council.rpps]


def test_an_intact_capture_exits_0_and_an_altered_one_1_with_its_name(council):
    capture = brought(council)
    assert council("capture", "verify", capture, "--json").json == {"intact": 1}
    assert "1 capture intacte" in council("capture", "verify").said
    altered(council, artefacts(council, capture)["data.warc.gz"])
    said = council("capture", "verify", capture, code=1).said
    assert capture[:12] in said
    assert "data.warc.gz" in said
    assert council("capture", "verify", "--json", code=1).json["error"]["kind"] == "Damaged"


@pytest.mark.parametrize("change", ["replace(manifest, 'Dominique', 'Dominiqua')", "substr(manifest, 1, 50)"])
def test_a_rewritten_manifest_is_found(council, change):
    capture = brought(council)
    with sqlite3.connect(council.home / "listingguard.db") as database:
        database.execute(f"UPDATE capture SET manifest = {change}")
    assert "manifest.json" in council("capture", "verify", capture, code=1).said


def test_a_capture_is_exported_and_brought_back_elsewhere(council, tmp_path):
    capture, target = brought(council), tmp_path / "fiche.wacz"
    assert str(target) in council("capture", "export", capture, "-o", target).out
    with zipfile.ZipFile(target) as package:
        assert package.read("preuve/body.html") == council.page.read_bytes()
        assert capture in package.read("preuve/LISEZ-MOI.txt").decode()
    again = council("capture", "import", target, "--url", council.url, "--json", day="2026-01-12").json
    assert again["outcome"] == "listings"
    wrong = council("capture", "import", target, "--url", NEIGHBOUR, day="2026-01-12", code=1).said
    assert council.url in wrong


def test_a_damaged_capture_is_not_exported(council, tmp_path):
    capture = brought(council)
    altered(council, artefacts(council, capture)["body.html"])
    council("capture", "export", capture, "-o", tmp_path / "fiche.wacz", code=1)
    assert not (tmp_path / "fiche.wacz").exists()


def test_a_picture_without_a_word_says_which_word(council):
    picture = council.file("ecran.png", PNG)
    said = council("capture", "import", picture, "--url", council.url, day=DAY, code=1).said
    assert "une image PNG, pas du texte" in said
    assert "--shows" in said


def test_a_human_look_up_is_a_reading_with_who_when_how_and_what(council):
    brought(council, "2026-01-06")
    (key,) = council("capture", "import", council.page, "--url", council.url, "--json", day="2026-01-06").json[
        "listings"
    ]
    picture = council.file("ecran.png", PNG)
    words = ("capture", "import", picture, "--url", council.url, *LOOK, "--shows", key)
    done = council(*words, "--json", day=DAY).json
    assert (done["outcome"], done["listings"]) == ("listings", [key])
    assert council(*words, "--json", day=DAY).json["capture"] == done["capture"]
    said = council("capture", "show", done["capture"]).said
    for shown in (
        "Origine : vue et décrite par une personne, par Dominique Secrétaire",
        "Heure de la visite, dite par la personne : 2026-01-09T14:05:00+01:00",
        "Navigateur : Firefox 140, Windows 11",
        f"Fiches : {key}",
        "Capture du 9 janvier 2026",
    ):
        assert shown in said, said
    council("capture", "verify", done["capture"])


def test_an_absence_without_its_witness_is_refused_with_what_is_missing(council):
    picture = council.file("ecran.png", PNG)
    words = ("capture", "import", picture, "--url", council.url, "--shows", "none")
    error = council(*words, "--json", day=DAY, code=3).json["error"]
    assert [line.split("--")[1].split()[0] for line in error["missing"]] == ["seen-at", "browser", "witness"]
    assert "--witness" in council(*words, *LOOK, day=DAY, code=3).said
    done = council(*words, *LOOK, "--witness", NEIGHBOUR, "--json", day=DAY).json
    assert (done["outcome"], done["listings"], done["notes"]) == ("none", [], [])


@pytest.mark.parametrize("moment", ["hier", "2026-01-09", "2026-13-09 10:00", "2026-01-09 25:00", "2026-02-30 10:00"])
def test_a_moment_that_is_none_is_refused(council, moment):
    picture = council.file("ecran.png", PNG)
    words = ("--url", council.url, "--shows", "none", "--seen-at", moment)
    assert "--seen-at" in council("capture", "import", picture, *words, day=DAY, code=1).said


@pytest.mark.parametrize("moment", ["2026-01-09 14:05", "09/01/2026 14h05", "2026-01-09T14:05"])
def test_a_moment_is_read_as_people_write_it(council, moment):
    picture = council.file("ecran.png", PNG)
    words = ("--url", council.url, "--shows", "none", "--browser", "Firefox", "--witness", NEIGHBOUR)
    capture = council("capture", "import", picture, *words, "--seen-at", moment, "--json", day=DAY).json["capture"]
    environment = council("capture", "show", capture, "--json").json["manifest"]["environment"]
    assert environment["seen_at"] == "2026-01-09T14:05:00+01:00"


def test_nobody_named_brings_nothing(desk_of):
    desk = desk_of("council")
    desk.configure(home__person="")
    desk("capture", "import", desk.page, "--url", desk.url, day=DAY, code=1)
    assert desk("capture", "list", "--json").json == []


def test_an_address_that_steers_the_terminal_is_refused(council):
    assert "--url" in council("capture", "import", council.page, "--url", council.url + "\x1b[2J", day=DAY, code=1).said


def _authority() -> ModuleType:
    spec = importlib.util.spec_from_file_location("authority", Path(__file__).parents[1] / "authority.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_captures_are_stamped_shown_checked_and_exported_with_their_token(council, tmp_path, monkeypatch):
    capture = brought(council)
    assert "evidence.timestamp_authorities" in council("capture", "stamp", day=DAY, code=1).said
    tsa = _authority()
    with tsa.Authority(tmp_path / "tsa") as authority:
        roots = load_roots(authority.roots)
        stamper = Stamper((tsa.URL,), roots=roots, now=lambda: datetime.now(UTC), loopback=authority.loopback)
        monkeypatch.setattr(App, "stamper", lambda self: stamper)
        done = council("capture", "stamp", "--json", day=DAY).json
        assert [(t["capture"], t["status"]) for t in done["stamped"]] == [(capture, "verified")]
        assert "Toutes les captures" in council("capture", "stamp", day=DAY).said
    (token,) = council("capture", "show", capture, "--json").json["tokens"]
    assert token["signed_at"][:10] == datetime.now(UTC).date().isoformat()
    assert f"l’autorité d’horodatage {tsa.URL} a signée" in council("capture", "show", capture).said
    assert council("capture", "list", "--json").json[0]["stamped"] is True
    council("capture", "verify")
    council("capture", "export", capture, "-o", tmp_path / "fiche.wacz")
    with zipfile.ZipFile(tmp_path / "fiche.wacz") as package:
        package.extractall(tmp_path / "out")
    where = tmp_path / "out" / "preuve"
    command = ("ts", "-verify", "-data", where / "manifest.json", "-in", where / "jeton-1.tsr", "-CAfile")
    tsa.openssl(*command, where / "racines.pem")
    manifest = json.loads((where / "manifest.json").read_bytes())
    (where / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    tsa.openssl(*command, where / "racines.pem", code=1)
    altered(council, token["sha256"])
    assert tsa.URL in council("capture", "verify", code=1).said
