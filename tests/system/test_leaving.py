"""What leaves of a page that a browser took: its sheet, its masked copy with a picture. Without a browser these fail."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image, ImageChops, ImageStat

from listingguard import cli
from listingguard.app import App
from listingguard.demo_world import CANARY_URL, CASE_SLUG, HOST, PEOPLE, ROSTER_CSV, BookingSite
from listingguard.edge.browser import Camera, find_browser
from listingguard.edge.mask import check_png

DAY = "2026-01-05"
KEY = f"{HOST}:{CASE_SLUG}"
# The second page of the directory: Camille among others.
DIRECTORY = f"http://{HOST}/masseur-kinesitherapeute/valence-26000?page=2"


@dataclass
class Council:
    """A council's home whose pages are photographed, and a person at its terminal."""

    home: Path
    site: BookingSite
    browser: Path

    def __call__(self, *words: object, day: str = DAY) -> Any:
        """Run one command with --json and return its document, or its documents."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = cli.run(["--home", str(self.home), "--today", day, *map(str, words), "--json"])
        assert code == 0, out.getvalue()
        try:
            return json.loads(out.getvalue())
        except json.JSONDecodeError:
            return [json.loads(line) for line in out.getvalue().splitlines()]

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.home.parent / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@pytest.fixture
def council(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Council]:
    browser = find_browser()
    assert browser, "no Chromium, Chrome or Edge on this machine, or no playwright: nothing was tested"
    with BookingSite() as site:
        real: Callable[..., App] = App.open.__func__  # type: ignore[attr-defined]

        def opened(cls: type[App], *args: Any, **more: Any) -> App:
            return real(cls, *args, **more, loopback={HOST: ("127.0.0.1", site.port)})

        monkeypatch.setattr(App, "open", classmethod(opened))
        home = tmp_path / "conseil"
        words = ("--acting", "council", "--code", "CDO26", "--person", "Dominique Secrétaire", "--simulated")
        assert cli.run(["init", str(home), *words]) == 0
        config = home / "config.toml"
        text = config.read_text(encoding="utf-8")
        # A simulated home takes no pictures unless a browser is named.
        config.write_text(text.replace('browser = "auto"', f"browser = '{browser}'"), encoding="utf-8")
        council = Council(home, site, browser)
        council("roster", "import", council.file("tableau.csv", ROSTER_CSV))
        council("watch", "set", "99900000011", "yes", "--informed-on", "2025-12-15", "--channel", "courriel")
        council("site", "verify", HOST, "--canary", CANARY_URL)
        yield council


@pytest.fixture
def capture(council: Council) -> str:
    """The page of the case, read and photographed by a scan; the id of its capture."""
    council("scan")
    (row,) = [r for r in council("capture", "list") if r["url"].endswith(f"/{CASE_SLUG}")]
    return str(row["id"])


def words(pdf: Path) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)


def test_the_sheet_of_a_photographed_page_shows_its_picture_and_speaks_french(council, capture, tmp_path):
    shown = council("capture", "show", capture)
    files = {a["name"]: a for a in shown["manifest"]["artefacts"]}
    assert {"body.html", "data.warc.gz", "page.png", "page.mhtml"} == set(files)
    path = tmp_path / "fiche.pdf"
    council("capture", "export", capture, "--sheet", "-o", path)
    text = words(path)
    assert "Hauteur photographiée (points)" in text
    assert "Fichiers de la page demandés au site" in text
    for key in shown["manifest"]["environment"]:
        assert "_" not in key or key not in text, key
    kept = council.home / "vault" / files["page.png"]["sha256"][:2] / files["page.png"]["sha256"]
    drawn = [image.image.convert("RGB") for page in pypdf.PdfReader(path).pages for image in page.images]
    with Image.open(kept) as picture:
        assert sum(strip.height for strip in drawn) == picture.height
        first = picture.convert("RGB").crop((0, 0, picture.width, drawn[0].height))
        # Compressed for printing: no line is lost or moved, and no colour is another than the eye sees.
        assert first.size == drawn[0].size
        assert max(ImageStat.Stat(ImageChops.difference(first, drawn[0])).mean) < 3


def left(folder: Path, secrets: list[str]) -> list[tuple[str, str]]:
    """Return which of the secrets a stranger still finds, and in which file of a masked copy."""
    told = {p.name: p.read_bytes().decode("utf-8", "ignore") for p in folder.iterdir() if p.suffix != ".pdf"}
    told["copie-masquee.pdf"] = words(folder / "copie-masquee.pdf")
    squeezed = {name: "".join(text.split()).lower() for name, text in told.items()}
    assert "camilleexemple" in squeezed["copie-masquee.html"]
    return [(n, s) for n, text in squeezed.items() for s in secrets if "".join(s.split()).lower() in text]


def test_a_page_of_many_people_leaves_with_one_and_a_picture_drawn_without_asking_the_site(council, capture, tmp_path):
    saved = council.file("annuaire.html", council.site.answer(DIRECTORY.partition(HOST)[2])[2])
    brought = council("capture", "import", saved, "--url", DIRECTORY, "--seen-at", "2026-01-04 14:05")
    assert brought["listings"] == [KEY]
    others = [p for p in PEOPLE if p.slug in saved.read_text("utf-8") and p.slug != CASE_SLUG]
    assert len(others) >= 5
    asked, folder = len(council.site.hits), tmp_path / "copie"
    copy = council("capture", "export", brought["capture"], "--masked", "-o", folder)
    assert (copy["listing"], copy["notes"]) == (KEY, [])
    assert sorted(p.name for p in folder.iterdir()) == sorted(copy["files"])
    assert left(folder, [secret for p in others for secret in (p.name, p.slug, p.street, p.phone)]) == []
    picture = (folder / "copie-masquee.png").read_bytes()
    check_png(picture)
    with Image.open(BytesIO(picture)) as image:
        assert image.width == 1280
        # Something is drawn: more than the white of an empty page.
        assert len(image.convert("L").getcolors() or []) > 10
    assert len(council.site.hits) == asked


def test_a_page_that_a_browser_saved_as_one_file_leaves_without_the_words_named(council, capture, tmp_path):
    loopback = {HOST: ("127.0.0.1", council.site.port)}
    camera = Camera(council.browser, user_agent="essai", now=lambda: datetime.now(UTC), loopback=loopback)
    saved = council.file("annuaire.mhtml", camera.shoot(DIRECTORY, None).files["page.mhtml"])
    look = ("--shows", KEY, "--seen-at", "2026-01-04 14:05", "--browser", "Chromium")
    brought = council("capture", "import", saved, "--url", DIRECTORY, *look)
    names = ["Robin Alinéa", "Lenny Chimère", "04 65 71 00 32"]
    hide = [word for name in names for word in ("--hide", name)]
    council("capture", "export", brought["capture"], "--masked", *hide, "-o", tmp_path / "copie")
    assert left(tmp_path / "copie", [*names, "Content-Location"]) == []
