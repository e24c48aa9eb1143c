"""The dossier as whoever receives it opens it: in Chromium's own viewer. Without a browser this fails: it proves nothing."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import monotonic

import pypdfium2
from PIL import Image, ImageChops, ImageStat

from listingguard.edge.browser import find_browser
from tests.edge.test_dossier import made  # noqa: F401 - the fixture

WIDE, HIGH, SECONDS = 900, 1274, 60
"""The window has the shape of a sheet of A4, so that a page fills it."""
BARE = "#toolbar=0&navpanes=0&view=FitH&page={}"
"""The page alone, as wide as the window: what else the viewer shows changes from version to version."""


async def _shows(file: Path, page: int, enough: Callable[[Image.Image], bool]) -> bool:
    """Return True once the browser's picture of a page satisfies `enough`; False when none does within a minute."""
    from playwright.async_api import async_playwright

    browser = find_browser()
    assert browser is not None, "no Chromium, Chrome or Edge on this machine"
    async with async_playwright() as tool:
        # The viewer is an extension of the browser, which tools of automation switch off; only the new headless has one.
        off = ["--headless", "--disable-extensions", "--disable-component-extensions-with-background-pages"]
        running = await tool.chromium.launch(
            executable_path=browser, args=["--headless=new", "--no-sandbox"], ignore_default_args=off
        )
        try:
            tab = await running.new_page(viewport={"width": WIDE, "height": HIGH})
            await tab.goto(file.as_uri() + BARE.format(page))
            until = monotonic() + SECONDS
            while monotonic() < until:
                await asyncio.sleep(0.5)
                if enough(Image.open(BytesIO(await tab.screenshot())).convert("RGB")):
                    return True
            return False
        finally:
            await running.close()


def _sheet(shot: Image.Image) -> Image.Image:
    """Return the paper in a picture of the viewer, without the dark around it."""
    box = shot.convert("L").point(lambda light: 255 if light > 200 else 0).getbbox()
    return shot.crop(box) if box else shot


def _apart(picture: Image.Image, wanted: Image.Image) -> float:
    """Return how far two pictures are from each other, 0 to 255, seen from so far away that no edge of a letter counts."""
    small = [each.resize((120, 170), Image.Resampling.BOX) for each in (picture, wanted)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


def test_chromium_shows_every_sort_of_page_as_another_program_does(tmp_path, made):  # noqa: F811
    data, _ = made
    file = tmp_path / "dossier.pdf"
    file.write_bytes(data)
    pages = [page.render(scale=2).to_pil().convert("RGB") for page in pypdfium2.PdfDocument(data)]
    white = Image.new("RGB", pages[0].size, "white")
    # The first page, of words alone, and the two with the most ink.
    most = sorted(range(len(pages)), key=lambda n: -_apart(pages[n], white))[:2]
    for number in (0, *most):
        wanted = pages[number]
        nearest = min(_apart(page, wanted) for n, page in enumerate((*pages, white)) if n != number)

        def told(shot: Image.Image, wanted: Image.Image = wanted, nearest: float = nearest) -> bool:
            return _apart(_sheet(shot), wanted) < 0.6 * nearest

        assert asyncio.run(_shows(file, number + 1, told)), f"page {number + 1}"
