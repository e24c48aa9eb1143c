"""What a pack says of how its pages were read, and of who else saw them."""

import re
import zipfile
from io import BytesIO

import pypdf
import pytest

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
    council("controller", "verify", "doctolib", day="2026-01-06")
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
    council("capture", "import", other, "--url", council.url, day="2026-01-23")
    both = council("complain", refused_case, "--proceedings", "aucune", "--json", day="2026-01-23").json
    assert line not in texts(both["path"])["plainte.pdf"]
