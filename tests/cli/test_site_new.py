"""`site new`: a saved page becomes a module that loads and a trial that passes; nothing is replaced, nothing leaks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from listingguard.cli.site_new import new
from listingguard.domain.listing import Listings
from listingguard.errors import BadInput, NoHome
from listingguard.pages.document import first_said
from listingguard.sites import Site, load_sites

URL = "https://www.rdv-soins.example/masseur-kinesitherapeute/valence/camille-exemple"
LIST_URL = "https://www.rdv-soins.example/masseur-kinesitherapeute/valence-26000?page=1"


def block(name: str, path: str) -> str:
    return json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "Physician",
            "name": name,
            "medicalSpecialty": "Masseur-kinésithérapeute",
            "url": path,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "12 rue des Essais",
                "postalCode": "26000",
                "addressLocality": "Valence",
            },
        },
        ensure_ascii=False,
    )


PROFILE = f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Camille Exemple à Valence | RDV Soins</title>
<script type="application/ld+json">{block("Camille Exemple", "/masseur-kinesitherapeute/valence/camille-exemple")}</script>
</head><body><h1>Camille Exemple</h1><p>Vous êtes ce praticien ? Revendiquer cette fiche</p>
<p>Camille Exemple n’est pas réservable en ligne.</p><p>Ce praticien n’est pas réservable en ligne.</p></body></html>"""
RESULTS = f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Kinés à Valence | RDV Soins</title>
<script type="application/ld+json">[{block("Lou Canevas", "/masseur-kinesitherapeute/valence/lou-canevas")}]</script>
</head><body><h1>Kinés à Valence</h1></body></html>"""

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    # click keeps the help option it makes first.

    def call(*words: object, home: Path | None = None) -> Result:
        runner = CliRunner()
        result = runner.invoke(new, [str(word) for word in words], obj={"home": str(home) if home else None})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "fiche.html"
    path.write_text(PROFILE, encoding="utf-8")
    return path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "liste.html"
    path.write_text(RESULTS, encoding="utf-8")
    return path


def the_site(folder: Path) -> Site:
    (site,) = load_sites(folder).all()
    return site


def test_a_saved_page_becomes_a_module_that_reads_it(saved: Path, tmp_path: Path, run: Run) -> None:
    done = run(URL, "--from", saved, "--dir", tmp_path / "sites")
    assert done.exit_code == 0
    site = the_site(tmp_path / "sites")
    assert (site.host, site.name, site.base) == ("rdv-soins.example", "RDV Soins", "https://www.rdv-soins.example")
    assert site.profile_id(URL) == "camille-exemple"
    assert site.profile_id(URL.replace("camille-exemple", "lou-canevas")) == "lou-canevas"
    assert site.profile_id(LIST_URL) is None
    assert site.real
    assert "Camille Exemple" in done.output


def test_the_trial_is_the_page_itself_and_what_the_module_reads_in_it(saved: Path, tmp_path: Path, run: Run) -> None:
    run(URL, "--from", saved, "--dir", tmp_path / "sites")
    (trial,) = (tmp_path / "sites").glob("*/*.json")
    wanted = json.loads(trial.read_text(encoding="utf-8"))
    assert (trial.parent / wanted["page"]).read_bytes() == saved.read_bytes()
    assert (wanted["url"], wanted["outcome"]) == (URL, "listings")
    assert [item["id"] for item in wanted["listings"]] == ["camille-exemple"]


def test_a_list_gives_the_directory_and_a_landmark_that_both_pages_bear(
    saved: Path, results: Path, tmp_path: Path, run: Run
) -> None:
    run(URL, "--from", saved, "--list", results, "--list-url", LIST_URL, "--dir", tmp_path / "sites")
    site = the_site(tmp_path / "sites")
    assert site.directory_url("26100", "Romans-sur-Isère", 3) == (
        "https://www.rdv-soins.example/masseur-kinesitherapeute/romans-sur-isere-26100?page=3"
    )
    assert site.landmark == "RDV Soins"
    assert sorted(path.name for path in (tmp_path / "sites").glob("*/*")) == [
        "fiche.html", "fiche.json", "liste.html", "liste.json",
    ]  # fmt: skip


def test_what_only_one_page_bears_is_proposed_and_not_decided(saved: Path, tmp_path: Path, run: Run) -> None:
    run(URL, "--from", saved, "--dir", tmp_path / "sites")
    site = the_site(tmp_path / "sites")
    assert (site.landmark, site.stub_phrases, site.unbookable_phrases) == ("", (), ())
    text = next((tmp_path / "sites").glob("*.py")).read_text(encoding="utf-8")
    uncommented = text.replace("    # ", "    ")
    (tmp_path / "relu").mkdir()
    kept = "\n".join(line for line in uncommented.splitlines() if "de l’adresse" not in line and "Vu sur" not in line)
    (tmp_path / "relu" / "relu.py").write_text(kept, encoding="utf-8")
    read = the_site(tmp_path / "relu")
    assert read.landmark == "RDV Soins"
    assert first_said(read.stub_phrases, "Revendiquer cette fiche")
    assert first_said(read.unbookable_phrases, "Ce praticien n'est pas réservable en ligne")


def test_no_persons_name_goes_into_the_module(saved: Path, results: Path, tmp_path: Path, run: Run) -> None:
    run(URL, "--from", saved, "--list", results, "--list-url", LIST_URL, "--dir", tmp_path / "sites")
    module = next((tmp_path / "sites").glob("*.py")).read_text(encoding="utf-8").lower()
    for word in ("camille", "lou", "canevas"):
        assert word not in module.replace("rdv_soins", "")


def test_nothing_is_ever_replaced(saved: Path, tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "sites"
    run(URL, "--from", saved, "--dir", folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(BadInput, match=r"rdv-soins\.example"):
        run(URL, "--from", saved, "--dir", folder)
    next(folder.glob("*.py")).unlink()
    with pytest.raises(BadInput, match="existe déjà"):
        run(URL, "--from", saved, "--dir", folder)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == {path: body for path, body in before.items() if path.suffix != ".py"}


def test_a_link_laid_in_its_way_is_not_followed(saved: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "rdv_soins_example.py").symlink_to(tmp_path / "ailleurs.py")
    with pytest.raises(BadInput):
        run(URL, "--from", saved, "--dir", tmp_path / "sites")
    assert not (tmp_path / "ailleurs.py").exists()


def test_a_folder_with_a_broken_module_is_left_as_it_was(saved: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "casse.py").write_text("def (", encoding="utf-8")
    with pytest.raises(BadInput, match="casse"):
        run(URL, "--from", saved, "--dir", tmp_path / "sites")
    assert [path.name for path in (tmp_path / "sites").iterdir()] == ["casse.py"]


def test_what_a_page_says_never_becomes_code(tmp_path: Path, run: Run) -> None:
    page = tmp_path / "piege.html"
    trap = "\"\"\"'''\\ #{import os}"
    phrase = "Revendiquer&#10;raise SystemExit(9)&#13;&quot;&quot;&quot; ma page"
    page.write_text(
        f'<html><head><meta charset="utf-8"><title>Lou Canevas | {trap}</title>'
        f'<script type="application/ld+json">{block("Lou Canevas", "/k/lou-canevas")}</script></head>'
        f"<body><p>{phrase}</p></body></html>",
        encoding="utf-8",
    )
    done = run("https://piege.example/k/lou-canevas", "--from", page, "--dir", tmp_path / "sites")
    assert done.exit_code == 0
    site = the_site(tmp_path / "sites")
    assert site.name == trap
    module = next((tmp_path / "sites").glob("*.py")).read_text(encoding="utf-8")
    assert "SystemExit" in module
    assert all(line.lstrip().startswith("#") for line in module.splitlines() if "SystemExit" in line)
    assert isinstance(site.profile_id("https://piege.example/k/x"), str)


@pytest.mark.parametrize(
    "url",
    [
        "https://../../../etc/passwd",
        "https://./fiche",
        "https://a..b/x",
        "https://%2e%2e%2f/x",
        "https://x\\..\\..\\y.example/z",
        "https://con/x",
        "file:///etc/passwd",
        "ftp://rdv.example/x",
        "https://",
        "rdv.example/x",
        "https://-x.example/",
        "https://[::1]/x",
    ],
)
def test_an_address_that_is_none_writes_nothing_anywhere(url: str, saved: Path, tmp_path: Path, run: Run) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput):
        run(url, "--from", saved, "--dir", tmp_path / "a" / "sites")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "url",
    [
        "https://www.rdv-soins.example/..%2f..%2fx/camille-exemple",
        "https://kiné-soins.example/(?P<id>x/camille-exemple",
        "https://118.example/{town}/camille-exemple",
        "https://www.rdv-soins.example/",
        "https://www.rdv-soins.example/fiche.php?id=12",
        "http://utilisateur:secret@rdv-soins.example:8080/k/camille-exemple",
    ],
)
def test_whatever_the_address_the_files_stay_in_the_folder_and_load(
    url: str, saved: Path, tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "sites"
    run(url, "--from", saved, "--dir", folder)
    site = the_site(folder)
    assert site.owns(url)
    assert {path.parent for path in tmp_path.rglob("*") if path.suffix == ".py"} == {folder}
    assert all(path.stem.isascii() for path in folder.rglob("*"))
    assert "secret" not in next(folder.glob("*.py")).read_text(encoding="utf-8")


CHALLENGE = """<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to
continue</noscript><script>window._cf_chl_opt={}</script></body></html>"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (CHALLENGE, "page de blocage"),
        ("<html><body><p>Bonjour</p></body></html>", "Aucune fiche n’a été trouvée"),
        ("<html><body><p>Aucun résultat trouvé.</p></body></html>", "aucun résultat"),
    ],
)
@pytest.mark.parametrize("which", ["fiche", "liste"])
def test_of_a_page_in_which_nobody_is_found_no_module_is_made(
    body: str, words: str, which: str, saved: Path, results: Path, tmp_path: Path, run: Run
) -> None:
    page = tmp_path / "muette.html"
    page.write_text(body, encoding="utf-8")
    files = {"fiche": saved, "liste": results} | {which: page}
    with pytest.raises(BadInput, match=words) as refused:
        run(
            URL, "--from", files["fiche"], "--list", files["liste"], "--list-url", LIST_URL, "--dir", tmp_path / "sites"
        )
    assert "rien n’est écrit" in str(refused.value)
    assert not (tmp_path / "sites").exists()


def test_a_list_whose_address_names_no_town_says_that_its_directory_is_missing(
    saved: Path, results: Path, tmp_path: Path, run: Run
) -> None:
    address = "https://www.rdv-soins.example/recherche?q=12&page=1"
    done = run(URL, "--from", saved, "--list", results, "--list-url", address, "--dir", tmp_path / "sites")
    assert "sans « directory »" in done.output.replace("\u00a0", " ")
    assert "{town}-{postcode}" in done.output
    assert not the_site(tmp_path / "sites").directory
    said = run(URL, "--from", saved, "--list", results, "--list-url", LIST_URL, "--dir", tmp_path / "autres").output
    said = said.replace("\u00a0", " ")
    assert "Forme proposée pour l’adresse d’une liste : /masseur-kinesitherapeute/{town}-{postcode}?page={page}" in said


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://www.doctolib.fr/masseur-kinesitherapeute/valence/camille-exemple", "déjà"),
        ("https://www.sante.fr/fiche/camille-exemple", "registre officiel"),
    ],
)
def test_a_site_that_has_its_module_or_is_a_register_gets_no_other(
    url: str, words: str, saved: Path, tmp_path: Path, run: Run
) -> None:
    with pytest.raises(BadInput, match=words):
        run(url, "--from", saved, "--dir", tmp_path / "sites")


def test_a_site_of_which_only_the_name_was_known_gets_its_module(saved: Path, tmp_path: Path, run: Run) -> None:
    run("https://www.allodocteur.fr/kine/camille-exemple", "--from", saved, "--dir", tmp_path / "sites")
    shipped = Path(__file__).parent.parent.parent / "scrapers"
    site = load_sites(shipped, tmp_path / "sites").for_url("https://allodocteur.fr/kine/lou-canevas")
    assert (site.generic, site.profile_id("https://allodocteur.fr/kine/lou-canevas")) == (False, "lou-canevas")


def test_a_list_of_another_site_or_without_an_address_is_refused(
    saved: Path, results: Path, tmp_path: Path, run: Run
) -> None:
    for words in ([], ["--list-url", "https://autre.example/kines"]):
        with pytest.raises(BadInput, match="--list-url"):
            run(URL, "--from", saved, "--list", results, *words, "--dir", tmp_path / "sites")
    assert not (tmp_path / "sites").exists()


def test_without_a_folder_the_home_takes_it_and_without_a_home_nothing_is_written(
    saved: Path, council, run: Run, tmp_path: Path
) -> None:
    done = run(URL, "--from", saved, home=council.home)
    assert the_site(council.home / "sites").host == "rdv-soins.example"
    assert 'sites_folder = "sites"' in done.output
    with pytest.raises(NoHome):
        run(URL, "--from", saved, home=tmp_path / "rien")


def test_the_next_steps_and_the_warning_are_said_in_french(saved: Path, tmp_path: Path, run: Run) -> None:
    done = run(URL, "--from", saved, "--dir", tmp_path / "sites")
    assert "vraie personne" in done.output
    for command in ("listingguard read", "listingguard controller set rdv-soins", "listingguard site verify rdv-soins"):
        assert command in done.output
    assert f"listingguard read {saved} --url {URL}" in done.output


def test_json_is_one_document(saved: Path, tmp_path: Path, run: Run) -> None:
    done = json.loads(run(URL, "--from", saved, "--dir", tmp_path / "sites", "--json").output)
    assert done["host"] == "rdv-soins.example"
    assert done["found"] == ["Camille Exemple"]
    assert all(Path(path).is_file() for path in done["files"])
    assert isinstance(load_sites(tmp_path / "sites").for_url(URL).reading(_page(saved)), Listings)


def _page(path: Path):
    from datetime import UTC, datetime

    from listingguard.domain.listing import Page

    return Page(URL, URL, 200, (), path.read_bytes(), datetime(2026, 3, 12, tzinfo=UTC))


def test_the_guide_shows_the_module_that_the_command_writes(
    saved: Path, results: Path, tmp_path: Path, run: Run
) -> None:
    guide = (Path(__file__).parent.parent.parent / "docs" / "add-a-site.md").read_text(encoding="utf-8")
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / "guide.py").write_text(guide.split("```python\n")[1].split("```")[0], encoding="utf-8")
    shown = the_site(tmp_path / "guide")
    url, list_url = (each.replace("www.", "") for each in (URL, LIST_URL))
    run(url, "--from", saved, "--list", results, "--list-url", list_url, "--dir", tmp_path / "sites")
    written = the_site(tmp_path / "sites")
    for key in ("host", "name", "controller", "base", "profile", "directory", "landmark"):
        assert getattr(written, key) == getattr(shown, key), key
    assert type(written).__name__ == type(shown).__name__
    assert shown.none_phrases
