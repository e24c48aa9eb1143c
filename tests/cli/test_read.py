"""`read`: JSON lines out, one plain French sentence for every page that cannot be read."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from listingguard import cli
from listingguard.cli.read import MAX_BYTES

ROOT = Path(__file__).parent.parent.parent
SAVED = ROOT / "tests" / "sites"
URL = "http://reserve-kine.example/masseur-kinesitherapeute/valence/camille-exemple"
KEYS = (
    "url site id kind name profession organisation street postcode town country places phones email rpps rating "
    "review_count booking_url bookable state state_phrase traits services layer"
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    # No home anywhere near: `read` must not need one.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("LISTINGGUARD_HOME", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["read", *arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def refused(result: tuple[int, str, str], *words: str) -> None:
    """Check for exit 1, nothing on stdout, and one sentence that holds the words."""
    code, out, err = result
    assert (code, out) == (1, "")
    assert err.count("\n") == 1, err
    assert err.rstrip().endswith((".", "?")), err
    for word in words:
        assert word in err


def test_each_listing_is_one_line_in_page_order(run: Run) -> None:
    page = SAVED / "doctolib.fr" / "recherche.html"
    code, out, err = run(str(page), "--url", "https://www.doctolib.fr/search?location=26000-valence")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [line["id"] for line in lines] == ["lou-canevas", "cabinet-du-gabarit", "camille-exemple"]
    assert all(" ".join(line) == KEYS for line in lines)
    assert lines[0]["postcode"] == lines[0]["places"][0]["postcode"] == "26000"
    assert "Valence" in out
    assert "\\u" not in out


def test_traits_are_sorted_and_null_means_unknown(run: Run) -> None:
    code, out, _ = run(str(SAVED / "reserve-kine.example" / "fiche.html"), "--url", URL, "--json")
    line = json.loads(out)
    assert code == 0
    assert line["traits"] == ["bookable", "reviews"]
    out = run(str(SAVED / "doctolib.fr" / "recherche.html"), "--url", "https://www.doctolib.fr/search")[1]
    assert json.loads(out.splitlines()[0])["bookable"] is None


def test_a_page_that_says_none_prints_no_line_and_one_sentence(run: Run) -> None:
    page = SAVED / "reserve-kine.example" / "personne.html"
    code, out, err = run(str(page), "--url", "http://reserve-kine.example/masseur-kinesitherapeute/die-26150")
    assert (code, out) == (0, "")
    assert "Aucun praticien ne correspond à votre recherche" in err


def test_a_removed_page_prints_no_line_and_one_sentence(run: Run) -> None:
    code, out, err = run(str(SAVED / "reserve-kine.example" / "retiree.html"), "--url", URL, "--status", "404")
    assert (code, out) == (0, "")
    assert "404" in err


def test_the_page_may_come_from_standard_input() -> None:
    page = (SAVED / "doctolib.fr" / "fiche-api.body").read_bytes()
    answer = subprocess.run(
        [sys.executable, "-m", "listingguard", "read", "-", "--url", "https://www.doctolib.fr/profiles/camille-exemple.json"],
        input=page,
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["rpps"] == "99900000011"


def test_a_windows_page_is_read_with_its_accents(run: Run, tmp_path: Path) -> None:
    text = (SAVED / "reserve-kine.example" / "fiche-sans-reservation.html").read_text(encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_bytes(text.replace("utf-8", "windows-1252").encode("cp1252"))
    code, out, _ = run(str(page), "--url", URL.replace("camille-exemple", "lisa-trema"))
    assert code == 0
    assert json.loads(out)["name"] == "Lisa Tréma"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ["vide"]),
        (b"\r\n \n", ["vide"]),
        (b"%PDF-1.7\n\x00\x01\x02", ["pas du texte"]),
        (bytes(range(256)) * 100, ["pas du texte"]),
        (b"<html><body>Just a moment...</body></html>", ["fiche"]),
        (b'{"data": [1, 2', ["JSON"]),
        (b'{"data": [1, 2]}', ["JSON"]),
        ("<html><body>Aucun résultat</body></html>".encode("utf-16-le"), ["pas du texte"]),
    ],
    ids=["empty", "blank", "pdf", "binary", "challenge", "cut", "unknown-json", "utf-16-without-a-mark"],
)
def test_an_unreadable_page_is_one_sentence_that_names_the_file(
    body: bytes, words: list[str], run: Run, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(body)
    refused(run(str(page), "--url", "https://annuaire.example/camille"), "page.html", *words)


def test_fifty_megabytes_are_refused_before_they_are_read(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "enorme.html"
    with page.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    refused(run(str(page), "--url", URL), "enorme.html", "20")


def test_a_large_page_below_the_limit_is_read(run: Run, tmp_path: Path) -> None:
    text = (SAVED / "reserve-kine.example" / "fiche.html").read_text(encoding="utf-8")
    page = tmp_path / "grande.html"
    page.write_text(text.replace("</body>", "<p>" + "remplissage " * 200_000 + "</p></body>"), encoding="utf-8")
    assert page.stat().st_size < MAX_BYTES
    assert run(str(page), "--url", URL)[0] == 0


def test_a_file_that_is_not_there_and_a_folder_are_named(run: Run, tmp_path: Path) -> None:
    refused(run("absente.html", "--url", URL), "absente.html", "n’existe pas")
    refused(run(str(tmp_path), "--url", URL), "dossier")


@pytest.mark.parametrize("url", ["reserve-kine.example/x", "ftp://reserve-kine.example/x", "https://", "http://[", ""])
def test_an_address_that_is_none_is_named(url: str, run: Run) -> None:
    refused(run(str(SAVED / "reserve-kine.example" / "fiche.html"), "--url", url), "--url")


def test_a_charset_nobody_knows_is_named(run: Run) -> None:
    page = str(SAVED / "reserve-kine.example" / "fiche.html")
    refused(run(page, "--url", URL, "--content-type", "text/html; charset=klingon"), "klingon")


def test_a_failure_is_one_json_document_when_asked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "vide.html").touch()
    code, out, err = run("vide.html", "--url", URL, "--json")
    error = json.loads(out)["error"]
    assert (code, err, error["kind"], error["missing"]) == (1, "", "BadInput", [])


def test_its_help_is_french_and_shows_each_use() -> None:
    answer = CliRunner().invoke(cli.main, ["read", "--help"])
    assert answer.exit_code == 0
    assert "une ligne JSON par fiche" in answer.output
    assert "--summary\n" in answer.output
    assert "--legal\n" in answer.output


# --- the summary -------------------------------------------------------------------------------------------------


def summary(out: str) -> dict[str, object]:
    """Return the last line, checked for its keys."""
    last = json.loads(out.splitlines()[-1])
    assert list(last) == ["outcome", "reason", "count", "next_page"]
    return dict(last)


def test_the_summary_counts_the_lines_and_tells_the_next_page(run: Run) -> None:
    page = SAVED / "reserve-kine.example" / "liste.html"
    url = "http://reserve-kine.example/masseur-kinesitherapeute/valence-26000"
    code, out, err = run(str(page), "--url", url, "--summary")
    told = summary(out)
    assert (code, err, told["outcome"], told["reason"]) == (0, "", "listings", "")
    assert told["count"] == len(out.splitlines()) - 1 > 0
    assert str(told["next_page"]).startswith("http://reserve-kine.example/")
    assert run(str(page), "--url", url)[1] == "".join(f"{line}\n" for line in out.splitlines()[:-1])


def test_the_summary_is_said_for_nobody_and_for_a_removed_page(run: Run) -> None:
    page = SAVED / "reserve-kine.example" / "personne.html"
    code, out, _ = run(
        str(page), "--url", "http://reserve-kine.example/masseur-kinesitherapeute/die-26150", "--summary"
    )
    told = {"outcome": "none", "reason": "Aucun praticien ne correspond à votre recherche", "count": 0, "next_page": ""}
    assert (code, summary(out), out.count("\n")) == (0, told, 1)
    page = SAVED / "reserve-kine.example" / "retiree.html"
    code, out, _ = run(str(page), "--url", URL, "--status", "404", "--summary")
    assert (code, summary(out)) == (0, {"outcome": "gone", "reason": "code 404", "count": 0, "next_page": ""})


def test_the_summary_of_an_unreadable_page_still_exits_1(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body>Just a moment...</body></html>", encoding="utf-8")
    code, out, err = run(str(page), "--url", "https://annuaire.example/camille", "--summary")
    told = summary(out)
    assert (code, out.count("\n"), told["outcome"], told["count"]) == (1, 1, "unreadable", 0)
    assert str(told["reason"])[1:] in err


def test_an_answer_in_json_is_read_as_such(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "reponse.json"
    person = {"prenom": "Camille", "nom": "Exemple", "profession": "Kiné", "adresse": "3 rue Haute, 26000 Valence"}
    page.write_text(json.dumps({"praticiens": [person], "next": 3}), encoding="utf-8")
    url = "https://annuaire.example/api/recherche?page=2"
    code, out, _ = run(str(page), "--url", url, "--content-type", "application/json", "--summary")
    line = json.loads(out.splitlines()[0])
    assert (code, line["name"], line["town"], line["layer"]["name"]) == (0, "Camille Exemple", "Valence", "json")
    assert summary(out)["next_page"] == "https://annuaire.example/api/recherche?page=3"


# --- legal notices -----------------------------------------------------------------------------------------------

NOTICE = """<html><head><meta charset="utf-8"></head><body><h1>Mentions légales</h1><h2>Éditeur</h2><p>Exemple Santé, SAS au
capital de 10 000 €</p><p>Siège social : 12 avenue des Essais, 75010 Paris</p><p>RCS Paris 794 598 813</p>
<h2>Hébergeur</h2><p>Machine Fictive SAS, 2 rue Haute, 59100 Roubaix</p></body></html>"""
NOTICE_URL = "https://www.rdv-exemple.example/mentions-legales"


@pytest.fixture
def mentions(tmp_path: Path) -> str:
    page = tmp_path / "mentions.html"
    page.write_text(NOTICE, encoding="utf-8")
    return str(page)


def test_a_legal_notice_becomes_a_proposal_for_controllers_toml(run: Run, mentions: str) -> None:
    code, out, err = run(mentions, "--url", NOTICE_URL, "--legal")
    shipped = tomllib.loads((ROOT / "scrapers" / "controllers.toml").read_text(encoding="utf-8"))["controller"]
    told = tomllib.loads(out)["controller"]["rdv-exemple"]
    assert (code, err) == (0, "")
    assert list(told) == list(shipped["doctolib"])
    assert (told["name"], told["siren"], told["town"]) == ("Exemple Santé", "794598813", "Paris")
    assert told["verified_on"] == ""
    assert "à vérifier par une personne" in out


def test_a_legal_notice_is_one_json_document_when_asked(run: Run, mentions: str) -> None:
    code, out, _ = run(mentions, "--url", NOTICE_URL, "--legal", "--json")
    document = json.loads(out)
    assert (code, document["record"]["name"], document["host"]) == (0, "Exemple Santé", "Machine Fictive SAS")
    assert "RCS Paris" in document["phrases"]["siren"]


def test_the_day_of_the_proposal_is_the_day_that_was_asked_for(
    mentions: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["--today", "2026-03-05", "read", mentions, "--url", NOTICE_URL, "--legal"]) == 0
    assert 'source_date = "2026-03-05"' in capfd.readouterr().out


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "vide"), (b"%PDF-1.7\n\x00\x01", "pas du texte"), (b"<html><body>Accueil</body></html>", "aucun éditeur")],
    ids=["empty", "pdf", "no-publisher"],
)
def test_a_page_without_a_publisher_is_one_sentence(body: bytes, words: str, run: Run, tmp_path: Path) -> None:
    page = tmp_path / "mentions.html"
    page.write_bytes(body)
    refused(run(str(page), "--url", NOTICE_URL, "--legal"), "mentions.html", words)
    refused(run(str(page), "--url", NOTICE_URL, "--legal", "--status", "503"), "mentions.html", "503")


def test_a_summary_of_a_legal_notice_is_refused(run: Run, mentions: str) -> None:
    refused(run(mentions, "--url", NOTICE_URL, "--legal", "--summary"), "--summary", "--legal")
