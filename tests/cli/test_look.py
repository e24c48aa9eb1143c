"""`look`: one page, now, by whoever may look at it; what it says, what it keeps to itself, and how it stops."""

import re

import pytest

from listingguard import cli
from listingguard.app import App
from listingguard.demo_world import CASE_SLUG, HOST, BookingSite
from listingguard.edge.fetch import Fetcher

DAY = "2026-01-05"
VALENCE = f"http://{HOST}/masseur-kinesitherapeute/valence"
URL = f"{VALENCE}/{CASE_SLUG}"
LIST = f"{VALENCE}-26000"
TOLD = ("--informed-on", "2025-12-15", "--channel", "courriel")


@pytest.fixture
def site(monkeypatch):
    """The demo's booking site, where every fetch of these tests finds it, with a home or without."""
    with BookingSite() as booking:
        loopback = {HOST: ("127.0.0.1", booking.port)}
        opening, making = App.open.__func__, Fetcher.__init__

        def opened(cls, *args, **more):
            return opening(cls, *args, **more, loopback=loopback)

        def made(self, **more):
            making(self, **{**more, "loopback": loopback})

        monkeypatch.setattr(App, "open", classmethod(opened))
        monkeypatch.setattr(Fetcher, "__init__", made)
        yield booking


def pages(site):
    return [path for path, _, _ in site.hits if path != "/robots.txt"]


def test_it_says_what_the_page_shows_who_it_is_about_why_and_whether_they_agreed(kine, site):
    done = kine("look", URL, day=DAY)
    assert "Camille Exemple — Masseur-kinésithérapeute" in done.said
    assert "téléphone : 04 65 71 00 01" in done.said
    assert "fiche créée sans le praticien, réservation en ligne" in done.said
    assert "rapprochement sûr" in done.said
    assert "même téléphone que le cabinet de Valence" in done.said
    assert "Y a-t-il un accord ? On ne sait pas." in done.said
    assert f"listingguard start {URL}" in done.said


def test_it_keeps_nothing_but_whose_turn_it_is(kine, site):
    before = kine.everything()
    kine("look", URL, day=DAY)
    after = kine.everything()
    assert after == before
    assert (kine.home / "turns.db").is_file()
    assert kine("capture", "list", "--json", day=DAY).json == []
    assert kine("case", "list", "--json", day=DAY).json == []


def test_as_json_one_document_tells_every_page(kine, site):
    (page, other) = kine("look", URL, f"{VALENCE}/lou-canevas", "--json", day=DAY).json
    ((listing,),) = [page["listings"]]
    assert (page["outcome"], page["error"], listing["name"]) == ("listings", None, "Camille Exemple")
    (about,) = listing["about"]
    assert (about["practitioner"], about["decision"], about["verdict"]) == (kine.rpps, "confirmed", "undetermined")
    assert about["reasons"]
    assert [item["about"] for item in other["listings"]] == [[]]


def test_without_a_home_a_page_is_read_for_whoever_says_who_they_are(site, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.run(["look", URL]) == 3
    assert "--contact COURRIEL" in capsys.readouterr().err
    assert site.hits == []
    assert cli.run(["look", URL, "--contact", "pas une adresse"]) == 1
    assert site.hits == []
    assert cli.run(["look", URL, "--contact", "camille@exemple.example"]) == 0
    assert "Camille Exemple" in capsys.readouterr().out
    assert {agent for _, agent, _ in site.hits} == {site.hits[0][1]}
    assert "+camille@exemple.example" in site.hits[0][1]
    assert sorted(p.name for p in tmp_path.iterdir()) == []


def test_a_council_looks_only_for_people_it_informed_and_is_told_of_nobody_else(council, site):
    error = council("look", URL, "--json", day=DAY, code=3).json["error"]
    assert "personnes informées" in error["message"]
    assert site.hits == []
    council("watch", "set", council.rpps, "yes", *TOLD, day=DAY)
    done = council("look", LIST, f"{VALENCE}/lou-canevas", "--json", day=DAY)
    assert "Canevas" not in done.out
    shown = [page["listings"] for page in done.json]
    assert [page["others"] for page in done.json] == [10, 1]
    assert shown == [[], []]
    (page,) = council("look", URL, "--json", day=DAY).json
    assert [item["name"] for item in page["listings"]] == ["Camille Exemple"]


def test_whoever_wants_to_be_left_alone_on_a_site_is_not_looked_at_there(council, site):
    council("watch", "set", council.rpps, "yes", *TOLD, "--leave", HOST, day=DAY)
    council("watch", "set", "99900000029", "yes", *TOLD, day=DAY)
    done = council("look", URL, "--json", day=DAY)
    assert (done.json[0]["listings"], done.json[0]["others"]) == ([], 1)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple", "la décision signée du conseil"),
        ("https://annuaire.esante.gouv.fr/fiche/1", "registre officiel"),
    ],
)
def test_what_the_council_did_not_decide_and_official_registers_are_not_read(council, site, monkeypatch, url, why):
    council("watch", "set", council.rpps, "yes", *TOLD, day=DAY)
    monkeypatch.setattr(Fetcher, "get", lambda *a, **k: pytest.fail("something was fetched"))
    error = council("look", url, "--json", day=DAY, code=3).json["error"]
    assert why in " ".join(error["missing"])


@pytest.mark.parametrize("how", ["robots", "403", "challenge"])
def test_where_programs_are_refused_it_says_how_to_save_the_page_and_the_exact_command(kine, site, how):
    url, answer = URL, site.answer
    if how == "robots":
        url = f"http://{HOST}/reservation/camille-exemple"
    else:
        wall = (403, "text/html", "Interdit") if how == "403" else (200, "text/html", "<h1>Êtes-vous un robot ?</h1>")
        site.answer = lambda path: wall if "camille" in path else answer(path)
    done = kine("look", url, day=DAY, code=3)
    assert "Enregistrer sous" in done.said
    assert f'listingguard capture import page.html --url {url} --seen-at "AAAA-MM-JJ HH:MM"' in done.said
    assert len(pages(site)) == (0 if how == "robots" else 1)
    if how == "403":
        # Left alone from then on: asked again, the program does not even knock.
        kine("look", url, day=DAY, code=3)
        assert len(pages(site)) == 1


def test_one_page_that_fails_does_not_hide_the_others_and_is_not_a_success(kine, site):
    done = kine("look", f"http://{HOST}/reservation/camille-exemple", URL, "--json", day=DAY, code=3)
    assert [page["outcome"] for page in done.json["pages"]] == ["", "listings"]
    assert done.json["error"]["missing"]


def test_a_page_that_is_gone_is_an_answer(kine, site):
    site.remove(CASE_SLUG)
    assert kine("look", URL, "--json", day=DAY).json[0]["outcome"] == "gone"


def test_only_a_page_seen_before_is_said_to_be_gone(kine, site):
    assert "cette adresse ne mène à aucune page : vérifiez le lien" in kine("look", f"{URL}x", day=DAY).said.lower()
    page = kine.file("page.html", site.answer(f"/masseur-kinesitherapeute/valence/{CASE_SLUG}")[2])
    kine("capture", "import", page, "--url", URL, "--seen-at", f"{DAY} 07:30", day=DAY)
    site.remove(CASE_SLUG)
    assert "cette page n’existe plus" in kine("look", URL, day=DAY).said


def test_no_more_than_a_few_pages_and_only_pages(kine, site):
    kine("look", *[f"{URL}?n={n}" for n in range(21)], day=DAY, code=1)
    kine("look", "ftp://exemple.example/", day=DAY, code=1)
    assert site.hits == []


def test_several_pages_of_a_site_are_asked_for_at_its_pace(kine, site):
    kine("look", URL, f"{VALENCE}/lou-canevas", f"{VALENCE}/eden-esquisse", day=DAY)
    times = [at for path, _, at in site.hits if re.search("/valence/", path)]
    # Between the first and the last: one request may be quicker on its way than the one before it.
    assert len(times) == 3
    assert times[-1] - times[0] >= 0.05
