"""`scan` as people type it: what it says, what it hands to programs, and the pages people report."""

import json

import pytest

from listingguard.app import App
from listingguard.cli.scan import reported_rows
from listingguard.demo_world import CANARY_URL, CASE_SLUG, HOST, BookingSite
from listingguard.errors import BadInput

DAY, WEEK = "2026-01-05", "2026-01-12"
TOLD = ("--informed-on", "2025-12-15", "--channel", "courriel")
URL = f"http://{HOST}/masseur-kinesitherapeute/valence/{CASE_SLUG}"
CEDEX = "99900000011"


@pytest.fixture
def site(monkeypatch):
    """The demo's booking site, where every command of these tests finds it."""
    with BookingSite() as booking:
        real = App.open.__func__

        def opened(cls, *args, **more):
            return real(cls, *args, **more, loopback={HOST: ("127.0.0.1", booking.port)})

        monkeypatch.setattr(App, "open", classmethod(opened))
        yield booking


@pytest.fixture
def ready(council, site):
    council("watch", "set", council.rpps, "yes", *TOLD, day=DAY)
    assert "La fiche témoin se lit" in council("site", "verify", HOST, "--canary", CANARY_URL, day=DAY).said
    return council


def lines(done):
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_line_per_site_says_all_a_program_needs(ready):
    (line,) = lines(ready("scan", "--json", day=DAY))
    assert line["host"] == HOST
    assert (line["canary"], line["changed"], line["resting_until"], line["left"]) == (True, False, None, 0)
    assert line["pages"] > 2
    assert (line["unchanged"], line["unreadable"]) == (0, {})
    assert line["kept"] == [f"{HOST}:{CASE_SLUG}"]
    # Without a tag of the site's, the same bytes tell that the lists are as they were.
    (again,) = lines(ready("scan", "--json", day=WEEK))
    assert again["unchanged"] == again["pages"] - 1


def test_what_could_not_be_checked_is_said_with_what_a_person_can_do(ready, site):
    ready("scan", day=DAY)
    site.remove(CANARY_URL.rsplit("/", 1)[1])
    done = ready("scan", day=WEEK)
    assert "une fiche qui manque ne vaut pas retrait : la fiche témoin n’est plus montrée" in done.said
    assert "ne se lit plus sûrement depuis le 12 janvier 2026" in done.said
    assert f"listingguard site verify {HOST} --canary URL" in done.said
    assert "fiche vue" in ready("site", "coverage", day=WEEK).said


def test_a_site_that_is_down_is_left_alone_and_says_until_when(ready, site):
    site.__exit__()
    done = ready("scan", day=DAY)
    assert "arrêté : " in done.said
    assert "ne répond pas" in done.said
    assert "laissé tranquille jusqu’au 6 janvier 2026" in done.said
    (line,) = lines(ready("scan", "--json", day=DAY))
    assert (line["pages"], line["resting_until"]) == (0, "2026-01-06")
    said = ready("site", "coverage", day=DAY).said
    assert "aveugle : le site ne répond pas" in said
    assert "EXEMPLE" in said


@pytest.mark.parametrize(
    "typed", [f"https://www.{HOST}/kine/valence?page=2", f"{HOST}/kine", f" http://{HOST.upper()}"]
)
def test_the_site_may_be_pasted_as_the_address_of_one_of_its_pages(ready, typed):
    (line,) = lines(ready("scan", "--site", typed, "--json", day=DAY))
    assert (line["host"], line["pages"] > 2) == (HOST, True)


def test_a_site_nobody_described_is_refused_by_its_name(ready):
    done = ready("scan", "--site", "https://inconnu.example/kine/1", day=DAY, code=3)
    assert "Le site inconnu.example n’est pas activé" in done.said


def test_those_nobody_may_look_for_are_counted(ready):
    assert "1 personne du tableau sur 2 : non suivies, non informées ou opposées." in ready("scan", day=DAY).said


def test_reported_pages_are_kept_read_now_and_the_wrong_ones_named(ready):
    table = ready.file(
        "signalements.csv",
        f"url;rpps;note\n{URL};{ready.rpps};vue sur un moteur de recherche\nhttps://inconnu.example/camille;;\nx;;\n",
    )
    done = ready("scan", "--urls", table, day=DAY)
    assert "2 gardées, 0 déjà connue, 1 refusée" in done.said
    assert "ligne 4 : ce n’est pas l’adresse d’une page" in done.said
    assert 'listingguard capture import FICHIER --url "https://inconnu.example/camille"' in done.said
    assert "1 gardée." in done.said.splitlines()[0] + done.out.splitlines()[0].replace("\u00a0", " ")
    again = ready("scan", "--urls", table, "--json", day=DAY)
    assert "0 gardée, 2 déjà connues" in again.said


@pytest.mark.parametrize("text", ["adresse\nhttps://x.example/\n", '"', "\x00", 'url\n"a\nb'])
def test_a_file_that_is_no_such_table_is_refused(ready, text):
    before = ready.everything()
    assert "--urls" in ready("scan", "--urls", ready.file("x.csv", text), day=DAY, code=1).said
    assert ready.everything() == before


def test_a_table_may_come_from_excel_or_from_anywhere():
    rows = [(2, "https://x.example/a", "", "")]
    for text in ("url\nhttps://x.example/a\n", "\ufeffURL ; note\r\nhttps://x.example/a;\r\n;;\r\n"):
        assert list(reported_rows(text.encode())) == rows
    (row,) = reported_rows("url,note\nhttps://x.example/a,déjà vue\n".encode("cp1252"))
    assert row[3] == "déjà vue"
    (row,) = reported_rows(("url,note\nhttps://x.example/a," + "n" * 9000 + "\n").encode())
    assert len(row[3]) == 500
    with pytest.raises(BadInput):
        list(reported_rows(b"\xff\xfe\x00"))


def test_a_cedex_is_looked_for_in_its_town_and_an_unknown_town_is_never_nothing_seen(desk_of, site):
    desk = desk_of("council")
    told = "rpps;family_name;first_name;site1_street;site1_postcode;site1_town;site1_phone\n"
    rows = (
        f"{CEDEX};Exemple;Camille;12 rue des Essais;26009;VALENCE CEDEX 9;04 65 71 00 01\n"
        "99900000029;Modèle;Sacha;30 rue du Parc;26019;NULLEVILLE-D’ESSAI CEDEX;04 65 71 00 02\n"
    )
    desk("roster", "import", desk.file("tableau.csv", told + rows), day=DAY)
    desk("watch", "set", CEDEX, "yes", *TOLD, day=DAY)
    desk("watch", "set", "99900000029", "yes", *TOLD, day=DAY)
    desk("site", "verify", HOST, "--canary", CANARY_URL, day=DAY)
    (line,) = lines(desk("scan", "--json", day=DAY))
    assert line["kept"] == [f"{HOST}:{CASE_SLUG}"]
    assert not [path for path, _, _ in site.hits if "cedex" in path or "26019" in path]
    said = desk("site", "coverage", day=DAY).said
    assert "1 fiche vue, 0 rien vu, 1 aveugle" in said
    assert "Sacha MODÈLE n’a pas pu être cherché partout : aucune commune connue ne répond à « NULLEVILLE" in said
