"""`mandate` and `letter address`: printed, registered when it comes back, revoked; and who a customer page is written to."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pypdf
import pytest

RPPS = "99900000011"


def see(desk, day: str) -> str:
    """Bring the saved page, seen that morning; return the case it opened, or an empty string."""
    words = ("capture", "import", desk.page, "--url", desk.url, "--seen-at", f"{day} 08:00", "--json")
    cases = desk(*words, day=day).json["cases"]
    return str(cases[0]) if cases else ""


def test_a_mandate_is_printed_registered_when_signed_and_revoked_on_the_day_it_was(council):
    path = council.home.parent / "mandat.pdf"
    council("mandate", "print", "--rpps", RPPS, "-o", path, day="2026-01-06")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(path.read_bytes())).pages)
    for needed in ("gratuit", "24 mois", "révoquer", "CNIL", "Camille EXEMPLE", "12 rue des Essais"):
        assert needed in text.replace("\n", " "), needed
    assert council("mandate", "list", "--json").json == [], "printing registers nothing"

    term = ("--from", "2026-01-08", "--until", "2028-01-07", "--document", path)
    mandate = council("mandate", "add", RPPS, *term, "--json", day="2026-01-08").json["mandate"]
    paper = council.file("revocation.eml", b"From: camille@exemple.example\n\nJe revoque.")
    words = ("mandate", "end", mandate, "--on", "2026-02-01", "--proof", paper)
    assert "n’est pas encore arrivé" in council(*words, day="2026-01-31", code=1).said
    council(*words, day="2026-02-03")
    (row,) = council("mandate", "list", "--json").json
    assert row["revoked_on"] == "2026-02-01"


def test_a_mandate_that_does_not_open_is_refused_before_anything_is_kept(council):
    before = council.everything()
    path = council.home.parent / "mandat.pdf"
    path.write_bytes(b"%PDF-1.7\ncoupe au milieu")
    term = ("--from", "2026-01-08", "--until", "2028-01-07", "--document", path)
    said = council("mandate", "add", RPPS, *term, day="2026-01-08", code=3).said
    assert "ses pages ne peuvent pas être comptées" in said
    assert council.everything() == before


def test_a_mandate_that_does_not_exist_leaves_nobodys_paper_behind(council):
    before = council.everything()
    paper = council.file("revocation.eml", b"From: x@y.example\n\nJe revoque.")
    assert "Aucun mandat" in council("mandate", "end", "abcd1234", "--proof", paper, day="2026-02-03", code=1).said
    assert council.everything() == before


@pytest.mark.parametrize("words", [("print", "--rpps", RPPS), ("add", RPPS, "--from", "2026-01-08", "--until",
                                   "2028-01-07", "--document", "MANDAT")])  # fmt: skip
def test_who_acts_for_himself_needs_none(kine, words):
    paper = str(kine.file("mandat.pdf", b"%PDF-1.7"))
    typed = [paper if word == "MANDAT" else word for word in words]
    assert "pas besoin de mandat" in kine("mandate", *typed, day="2026-01-08", code=3).said


def test_a_mandate_that_has_ended_or_that_nobody_could_open_is_refused_and_not_kept(council):
    before = council.everything()
    scan, other = council.file("mandat.jpg", b"\xff\xd8\xff\xe0 scan"), council.file("mandat.docx", b"PK\x03\x04")
    ended = ("--from", "2024-01-08", "--until", "2026-01-07", "--document", scan)
    assert "a pris fin le 7 janvier 2026" in council("mandate", "add", RPPS, *ended, day="2026-01-08", code=3).said
    term = ("--from", "2024-01-08", "--until", "2026-01-08", "--document")
    assert "ni un PDF" in council("mandate", "add", RPPS, *term, other, day="2026-01-08", code=3).said
    assert council.everything() == before
    # Its last day is a day of it, and a photograph can be opened.
    council("mandate", "add", RPPS, *term, scan, day="2026-01-08")


def test_a_site_to_leave_alone_keeps_the_day_the_person_was_informed(council):
    council("watch", "set", RPPS, "yes", "--informed-on", "2025-12-15", "--channel", "courriel", day="2026-01-05")
    done = council("watch", "set", RPPS, "yes", "--leave", "doctolib.fr", "--json", day="2026-01-06").json
    assert (done["informed_on"], done["channel"], done["left_alone_on"]) == ("2025-12-15", "courriel", ["doctolib.fr"])


def test_the_addressee_of_a_customer_page_is_chosen_by_a_command(council):
    rpps = "99900000037"
    table = council.file(
        "noa.csv",
        "rpps;family_name;first_name;email;site1_name;site1_street;site1_postcode;site1_town;site1_phone\n"
        f"{rpps};Spécimen;Noa;noa@specimen.example;;16 place du Déménagement;26100;Romans-sur-Isère;04 65 71 00 03\n",
    )
    council("roster", "import", table, day="2026-01-05")
    council.page = council.page.parent / "fiche-cliente.html"
    council.url = "https://www.doctolib.fr/masseur-kinesitherapeute/romans-sur-isere/noa-specimen"
    council("watch", "set", rpps, "yes", "--informed-on", "2025-12-15", "--channel", "courriel", day="2026-01-05")
    case = see(council, "2026-01-05")
    word = council.file("parole.eml", b"From: noa@specimen.example\n\nNon.")
    council(
        "question", "answer", case, "--answer", "not_agreed", "--on", "2026-01-06", "--proof", word, day="2026-01-06"
    )
    paper = council.file("mandat.pdf", b"%PDF-1.7 mandat")
    term = ("--from", "2026-01-06", "--until", "2028-01-05", "--document", paper)
    council("mandate", "add", rpps, *term, day="2026-01-06")
    council("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day="2026-01-06")
    council.verify("doctolib", "2026-01-06")
    refused = council("letter", "approve", case, "--all-grounds", day="2026-01-07", code=3).said
    assert f"listingguard letter address {case} platform" in refused
    assert "--street" in council("letter", "address", case, "practice", "--name", "X", day="2026-01-07", code=3).said
    assert (
        "controller set" in council("letter", "address", case, "platform", "--name", "X", day="2026-01-07", code=1).said
    )
    council("letter", "address", case, "platform", day="2026-01-07")
    done = council("letter", "approve", case, "--all-grounds", "--json", day="2026-01-07").json
    assert Path(done["path"]).read_bytes().startswith(b"%PDF-")
