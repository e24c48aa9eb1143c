"""On saved pages shaped like doctolib.fr, of invented people: read -> match -> a case, a letter, a pack."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from listingguard.app import App
from tests.cli.test_complain import texts

PAGES = Path(__file__).parent.parent / "sites" / "doctolib.fr"
SEARCH = PAGES / "recherche.html"
SEARCH_URL = "https://www.doctolib.fr/search?location=26000-valence&speciality=masseur-kinesitherapeute"
RPPS = "99900000011"


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_is_read_on_a_results_page_is_matched_to_the_right_person_only(council):
    read = council("read", SEARCH, "--url", SEARCH_URL).out
    listings = council.file("fiches.jsonl", read)
    table = council.file("tableau.csv", council.roster)
    found = lines(council("match", "--roster", table, "--listings", listings).out)
    assert [row["listing_id"] for row in found] == [f"doctolib.fr:{row['id']}" for row in lines(read)]
    about_camille = [row for row in found if row["listing_id"] == "doctolib.fr:camille-exemple"]
    assert [(row["rpps"], row["decision"]) for row in about_camille] == [(RPPS, "confirmed")]
    assert all(row["decision"] == "rejected" for row in found if row not in about_camille)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("fiche-sans-compte.html", "/masseur-kinesitherapeute/valence/camille-exemple"),
        ("fiche-api.body", "/profiles/camille-exemple.json"),
    ],
)
def test_a_saved_page_becomes_a_case_a_letter_and_a_pack(name, path, council):
    page, url = PAGES / name, f"https://www.doctolib.fr{path}"
    read = council("read", page, "--url", url).out
    (listing,) = lines(read)
    (found,) = lines(
        council(
            "match",
            "--roster",
            council.file("tableau.csv", council.roster),
            "--listings",
            council.file("fiches.jsonl", read),
        ).out
    )
    assert (found["rpps"], found["decision"]) == (RPPS, "confirmed")

    council.follow(RPPS, day="2026-01-05")
    words = ("capture", "import", page, "--url", url)
    kept = council(*words, "--seen-at", "2026-01-05 08:00", "--json", day="2026-01-05").json
    assert kept["listings"] == [found["listing_id"]]
    (case,) = kept["cases"]

    word = council.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    council("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    paper = ("--document", council.file("mandat.pdf", b"%PDF-1.7 mandat"))
    council("mandate", "add", RPPS, "--from", "2026-01-06", "--until", "2028-01-05", *paper, day="2026-01-06")
    council.verify("doctolib", "2026-01-06")
    letter = council("letter", "show", case, day="2026-01-06").said
    assert "LEVALLOIS PERRET" in letter
    assert listing["url"] in letter
    council("letter", "approve", case, "--all-grounds", day="2026-01-06")
    (sent,) = council("send", "--json", day="2026-01-06").json
    assert b"To: contact.dataprivacy@doctolib.com" in Path(sent["path"]).read_bytes()
    council("send", "--settle", sent["dispatch"], "sent", "--day", "2026-01-07", day="2026-01-08")

    receipt = council.mail(
        "accuse.eml",
        "Nous avons bien reçu votre demande.",
        From="dpo@doctolib.example",
        Received="from mx.doctolib.example by mx.conseil.example; Fri, 09 Jan 2026 10:00:00 +0100",
    )
    council("event", "add", case, "received", "--day", "2026-01-09", "--proof", receipt, day="2026-01-09")
    row = council("case", "list", "--json", day="2026-02-10").json[0]
    assert (row["state"], row["legal_due"], row["council_due"]) == ("overdue", "2026-02-09", "2026-03-09")

    council(*words, "--seen-at", "2026-02-10 08:00", day="2026-02-10")
    pack = council("complain", case, "--proceedings", "aucune", "--json", day="2026-02-10").json
    council("verify", pack["path"], "--expect", pack["sha256"])
    told = texts(pack["path"])
    # Each day the page was seen is an exhibit that may leave; the very bytes that were saved stay under seal, by their hash.
    days = r"Page de la fiche, le (\S+ \S+ 2026) \((?:copie masquée|fiche de capture), original conservé\)"
    assert re.findall(days, told["liste-des-pieces.pdf"]) == ["5 janvier 2026", "10 février 2026"]
    kept = page.read_bytes()
    sealed = rf"Conservé, non communiqué Pièce n° (\d+) : page d’origine [^.]*\. {sha256(kept).hexdigest()}"
    assert len(set(re.findall(sealed, told["index-des-occultations.pdf"]))) == 2
    with App.open(council.home) as app:
        assert [app.vault.get(capture.body) for capture in app.store.captures()] == [kept, kept]


def test_pages_that_show_nobody_open_no_case(council):
    for name, url, code in (
        ("abimee.html", SEARCH_URL, 1),
        ("blocage.html", council.url, 1),
        ("recherche-api-vide.body", "https://www.doctolib.fr/phs_proxy/raw?page=0", 0),
    ):
        words = ("capture", "import", PAGES / name, "--url", url, "--seen-at", "2026-01-05 08:00")
        council(*words, day="2026-01-05", code=code)
    assert council("case", "list", "--json").json == []


def test_somebody_elses_page_is_no_case_of_ours(council):
    url = "https://www.doctolib.fr/masseur-kinesitherapeute/romans-sur-isere/noa-specimen"
    words = ("capture", "import", PAGES / "fiche-cliente.html", "--url", url, "--seen-at", "2026-01-05 08:00", "--json")
    kept = council(*words, day="2026-01-05").json
    assert kept["capture"] == ""
    assert kept["cases"] == []
    assert council("review", "--json").json == []


def test_the_page_of_an_official_register_opens_no_case_and_is_no_witness(council):
    page = (PAGES / "fiche-sans-compte.html").read_text(encoding="utf-8")
    saved = council.file("registre.html", page.replace("Doctolib", "Registre"))
    for host in ("www.sante.fr", "annuaire.esante.gouv.fr", "annuairesante.ameli.fr"):
        url = f"https://{host}/masseur-kinesitherapeute/valence/camille-exemple"
        refused = council("capture", "import", saved, "--url", url, day="2026-01-05", code=1)
        assert "registre officiel" in refused.said
        refused = council("site", "verify", host, "--canary", url, day="2026-01-05", code=1)
        assert "registre officiel" in refused.said
    assert council("case", "list", "--json").json == []
    assert council("review", "--json").json == []
