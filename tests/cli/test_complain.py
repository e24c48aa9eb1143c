"""What a pack says of how its pages were read, and of who else saw them; what others can check of each without us."""

import json
import re
import shlex
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from listingguard.app import App
from listingguard.domain.event import canonical
from listingguard.edge.stamp import Stamper, load_roots
from tests import authority as tsa

ANNEX = re.compile(r"pieces/piece-\d+-annexe-comment-les-pages-ont-ete-lues\.pdf")


@pytest.fixture
def refused_case(council) -> str:
    """A case in which the platform refused: the complaint is possible on 22 January 2026."""
    council.actor = "Dominique Exemple"
    case = council.see("2026-01-05")
    word = council.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    council("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    paper = council.file("mandat.pdf", b"%PDF-1.7 mandat")
    dates = ("--from", "2026-01-06", "--until", "2028-01-05")
    council("mandate", "add", council.rpps, *dates, "--document", paper, day="2026-01-06")
    notice = council.file(
        "mentions.html", "<html><body><h1>Mentions légales</h1><p>Éditeur : Doctolib</p></body></html>"
    )
    site = ("--notice", notice, "--url", "https://www.doctolib.fr/mentions-legales")
    council("controller", "verify", "doctolib", *site, day="2026-01-06")
    act = council.file("delegation.pdf", b"%PDF-1.7 election")
    term = ("--role", "présidente", "--since", "2026-01-01", "--until", "2028-12-31", "--delegation", act)
    council("officer", "add", council.actor, *term, day="2026-01-06")
    council("letter", "approve", case, "--all-grounds", day="2026-01-06")
    (sent,) = council("send", "--json", day="2026-01-06").json
    council("send", "--settle", sent["dispatch"], "sent", "--day", "2026-01-07", day="2026-01-08")
    reply = council.mail("refus.eml", "Nous ne donnons pas suite.", From="dpo@doctolib.example")
    council("event", "add", case, "refusal", "--day", "2026-01-20", "--proof", reply, day="2026-01-21")
    return case


def texts(pack: str) -> dict[str, str]:
    """Return the words of each PDF of a pack, on one line."""
    with zipfile.ZipFile(pack) as archive:
        return {
            name: " ".join(
                " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(archive.read(name))).pages).split()
            )
            for name in archive.namelist()
            if name.endswith(".pdf") and b"mandat" not in archive.read(name)[:40]
        }


def test_the_pack_says_how_its_pages_were_read_as_an_exhibit_of_its_list(council, refused_case):
    council.see("2026-01-22")
    pack = council("complain", refused_case, "--proceedings", "aucune", "--json", day="2026-01-22").json
    told = texts(pack["path"])
    (name,) = filter(ANNEX.fullmatch, told)
    annex = told[name]
    assert "5 janvier 2026" in annex
    assert "22 janvier 2026" in annex
    assert "2 pages ont été enregistrées par une personne dans son navigateur" in annex
    assert "Aucune des pages de ce dossier n’a été lue par le programme" in annex
    # Nobody recorded what the person did there: the annex does not say it for them.
    assert "aucun rendez-vous" not in annex
    listed = told["liste-des-pieces.pdf"]
    assert "Annexe : comment les pages ont été lues" in listed
    assert name.rpartition("/")[2] in listed.replace("- ", "-").replace(" ", "")
    council("verify", pack["path"], "--expect", pack["sha256"])


def test_a_complaint_without_a_second_pair_of_eyes_says_so_and_with_one_does_not(council, refused_case):
    council.see("2026-01-22")
    alone = council("complain", refused_case, "--proceedings", "aucune", "--json", day="2026-01-22").json
    line = "ce qu’une autre personne, depuis une autre connexion, voyait de la page"
    assert line in texts(alone["path"])["plainte.pdf"]
    council.actor = "Louise Exemple"
    other = council.file("autre.html", council.page.read_bytes() + b"\n")
    council("capture", "import", other, "--url", council.url, "--seen-at", "2026-01-23 08:00", day="2026-01-23")
    both = council("complain", refused_case, "--proceedings", "aucune", "--json", day="2026-01-23").json
    assert line not in texts(both["path"])["plainte.pdf"]


# -- what others can check without listingguard ------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """A time-stamping authority of this machine, set in every home of these tests."""
    with tsa.Authority(tmp_path / "tsa") as running:
        roots = load_roots(running.roots)
        stamper = Stamper((tsa.URL,), roots=roots, now=lambda: datetime.now(UTC), loopback=running.loopback)
        monkeypatch.setattr(App, "stamper", lambda self: stamper)
        yield running


def built(council, case, day="2026-01-22"):
    return council("complain", case, "--proceedings", "aucune", "--json", day=day).json


def confidential(pack) -> str:
    """Return the path of the part for the CNIL alone."""
    return pack["parts"][-1]["path"]


def commands(folder: Path) -> list[list[str]]:
    """Return the commands that the pack tells its reader to type about its captured pages."""
    told = (folder / "VERIFIER.txt").read_text(encoding="utf-8").partition("VÉRIFIER L’HEURE DES PAGES CAPTURÉES")[2]
    return [shlex.split(line) for line in told.splitlines() if re.match(r" +(?:sha256sum|openssl) ", line)]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="checked with openssl, as the reader would")
def test_every_command_that_the_pack_tells_its_reader_to_type_agrees(council, refused_case, authority, tmp_path):
    council.see("2026-01-22")
    council("capture", "stamp", day="2026-01-22")
    pack, out = built(council, refused_case), tmp_path / "reçu"
    with zipfile.ZipFile(confidential(pack)) as archive:
        archive.extractall(out)
    typed = commands(out)
    assert [words[0] for words in typed] == ["openssl", "openssl"] * 2
    for words in typed:
        subprocess.run(words, cwd=out, capture_output=True, text=True, check=True)
    # Who made the capture works at the council: the exact sheet stays under seal, and its hash is what the time is of.
    digests = [words[words.index("-digest") + 1] for words in typed if "-digest" in words]
    with App.open(council.home) as app:
        exact = {sha256(canonical(row.manifest)).hexdigest(): row.manifest for row in app.store.captures()}
    assert set(digests) <= set(exact)
    told = texts(pack["path"])["index-des-occultations.pdf"].replace(" ", "")
    sheets = [path.read_text(encoding="utf-8") for path in sorted(out.rglob("*fiche-technique.json"))]
    assert len(sheets) == len(digests) == 2
    for digest, sheet in zip(digests, sheets, strict=True):
        assert digest in told
        assert "Dominique" not in sheet
        assert json.loads(sheet) == {**exact[digest], "by": "le conseil"}
        # The originals that the sheet names stay under seal; what the CNIL would be handed is told by the same hashes.
        assert all(artefact["sha256"] in told for artefact in exact[digest]["artefacts"])
    with zipfile.ZipFile(pack["path"]) as archive:
        assert not [name for name in archive.namelist() if name.endswith((".warc.gz", ".tsr"))]
    # The same command sees another sheet's hash.
    verify, other = typed[0], digests[1]
    verify[verify.index("-digest") + 1] = other
    assert subprocess.run(verify, cwd=out, capture_output=True, check=False).returncode == 1


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_one_byte_changed_in_what_goes_with_a_page_is_named(council, refused_case, authority, tmp_path):
    council.see("2026-01-22")
    council("capture", "stamp", day="2026-01-22")
    pack = built(council, refused_case)
    council("verify", pack["path"], "--expect", pack["sha256"])
    whole = council("verify", confidential(pack)).out
    assert whole.count("horodatage") >= 2
    assert "faux" not in whole
    beside = r"-(?:horodatage-1\.tsr|fiche-technique\.json|fiche-technique-exacte\.sha256|fiche-de-capture\.pdf)$|^racines\.pem$"
    checked = 0
    for path in (pack["path"], confidential(pack)):
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        for name in [name for name in files if re.search(beside, name)]:
            changed = bytearray(files[name])
            changed[len(changed) // 2] ^= 1
            with zipfile.ZipFile(tmp_path / "copie.zip", "w") as archive:
                for each, data in (files | {name: bytes(changed)}).items():
                    archive.writestr(each, data)
            assert name in council("verify", tmp_path / "copie.zip", code=1).out
            checked += 1
    assert checked == 9


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority is openssl's")
def test_a_time_stamp_that_came_since_makes_a_new_pack_and_nothing_new_makes_none(council, refused_case, authority):
    council.see("2026-01-22")
    first = built(council, refused_case)
    assert built(council, refused_case) == first
    council("capture", "stamp", day="2026-01-22")
    second = built(council, refused_case)
    assert second["sha256"] != first["sha256"]
    assert built(council, refused_case) == second


def test_list_and_sheets_say_why_each_page_was_kept_and_under_which_mandate(council, refused_case):
    council.see("2026-01-22")
    told = texts(built(council, refused_case)["path"])
    listed = told["liste-des-pieces.pdf"]
    found = r"Page de la fiche, le (\d+) janvier 2026 \(copie masquée, original conservé\). Fondement.: (.*?) pieces/"
    before, after = re.findall(found, listed)
    assert before == ("5", "mission du conseil de l’Ordre (article L. 4321-14 du code de la santé publique)")
    assert after[0] == "22"
    assert "et mandat du 6 janvier 2026" in after[1]
    sheets = [text for name, text in sorted(told.items()) if name.endswith("-fiche-de-capture.pdf")]
    assert ["et mandat du 6 janvier 2026" in text for text in sheets] == [False, True]
    assert all(f"Dossier {refused_case}" in text and "Aucune image de la page" in text for text in sheets)


def test_the_picture_that_a_person_brought_is_in_its_sheet(council, refused_case):
    from PIL import Image

    words = ("capture", "import", council.page, "--url", council.url, "--seen-at", "2026-01-21 08:00", "--json")
    (key,) = council(*words, day="2026-01-21").json["listings"]
    out = BytesIO()
    Image.new("RGB", (640, 900), (0, 128, 0)).save(out, "PNG")
    look = ("--shows", key, "--seen-at", "2026-01-22 08:00", "--browser", "Firefox 140")
    council(
        "capture", "import", council.file("ecran.png", out.getvalue()), "--url", council.url, *look, day="2026-01-22"
    )
    pack = built(council, refused_case)
    assert not [name for name in zipfile.ZipFile(pack["path"]).namelist() if name.endswith(".png")]
    with zipfile.ZipFile(confidential(pack)) as archive:
        name = max(n for n in archive.namelist() if n.endswith("-fiche-de-capture.pdf"))
        (image,) = [i for page in pypdf.PdfReader(BytesIO(archive.read(name))).pages for i in page.images]
    # Compressed for printing.
    assert all(
        abs(a - b) < 3 for a, b in zip(image.image.convert("RGB").getpixel((320, 450)), (0, 128, 0), strict=True)
    )


def test_the_same_bytes_seen_twice_on_a_day_are_one_exhibit_with_both_sheets(council, refused_case):
    reply = council.mail("efface.eml", "La fiche est effacée.", From="dpo@doctolib.example")
    words = ("event", "add", refused_case, "erased_claimed", "--day", "2026-01-21", "--proof", reply)
    council(*words, day="2026-01-21")
    for hour in ("08:00", "08:30"):
        # The first look disproves what was said, the last one is the freshest: both are exhibits.
        look = ("--url", council.url, "--seen-at", f"2026-01-22 {hour}", "--browser", "Firefox 140")
        council("capture", "import", council.page, *look, day="2026-01-22")
        council("run", "--once", day="2026-01-22")
    pack = built(council, refused_case)
    with zipfile.ZipFile(confidential(pack)) as archive:
        sheets = {n: json.loads(archive.read(n)) for n in archive.namelist() if "-fiche-technique" in n}
    assert sorted(s["environment"].get("seen_at", "") for s in sheets.values()) == [
        "2026-01-05T08:00:00+01:00", "2026-01-22T08:00:00+01:00", "2026-01-22T08:30:00+01:00"
    ]  # fmt: skip
    council("verify", pack["path"], "--expect", pack["sha256"])


def test_a_page_seen_once_more_the_same_day_is_in_the_complaint_built_after_it(council, refused_case):
    look = ("capture", "import", council.page, "--url", council.url, "--browser", "Firefox 140", "--seen-at")
    council(*look, "2026-01-22 07:00", day="2026-01-22")
    first = built(council, refused_case)
    assert built(council, refused_case)["sha256"] == first["sha256"], "nothing new: the same complaint"
    council(*look, "2026-01-22 09:00", day="2026-01-22")
    then = built(council, refused_case)
    assert then["path"] != first["path"]
    with zipfile.ZipFile(confidential(then)) as archive:
        sheets = [json.loads(archive.read(name)) for name in archive.namelist() if "-fiche-technique" in name]
    assert "2026-01-22T09:00:00+01:00" in [sheet["environment"].get("seen_at") for sheet in sheets]
