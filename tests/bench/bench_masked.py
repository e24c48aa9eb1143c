"""How many masked copies of the stored pages are still flagged, and for what: `python -m tests.bench.bench_masked`.

Each person that a stored page lists is kept in turn, everybody else of that page is on the roster of an invented council:
what a home does with a capture (flow/masking), without the capture.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from listingguard.app import App, create_home
from listingguard.domain.case import Acting
from listingguard.domain.listing import Listing, ListingKind, Listings, Page
from listingguard.domain.practitioner import Practice, Practitioner
from listingguard.edge.mask import masked_html, on_paper, still_told
from listingguard.errors import BadInput, Refused
from listingguard.flow import enrol, masking
from listingguard.pages.container import unwrap
from listingguard.sites import Sites, load_sites

ROOT = Path(__file__).parents[2]
DAY = date(2026, 3, 2)


def stored(folder: str) -> Iterator[tuple[str, Page]]:
    """Yield the name of each stored page and the page."""
    if folder == "sites":
        for pair in sorted((ROOT / "tests" / "sites").glob("*/*.json")):
            told = json.loads(pair.read_bytes())
            yield f"{pair.parent.name}/{pair.stem}", _page(pair.with_name(told["page"]), told)
    else:
        for pair in sorted((ROOT / "tests" / "saved").glob("*.expect.json")):
            body = next(f for f in pair.parent.glob(f"{pair.name.removesuffix('.expect.json')}.*") if f != pair)
            yield pair.name.removesuffix(".expect.json"), _page(body, json.loads(pair.read_bytes()))


def _page(file: Path, told: dict[str, object]) -> Page:
    headers = (("Content-Type", str(told["content_type"])),) if told.get("content_type") else ()
    url = str(told["url"])
    return Page(
        url, url, int(str(told.get("status", 200))), headers, file.read_bytes(), datetime(2026, 3, 2, tzinfo=UTC)
    )


def people_of(sites: Sites, page: Page) -> tuple[Listing, ...]:
    """Return what a page lists."""
    reading = sites.for_url(page.url).reading(page)
    return reading.items if isinstance(reading, Listings) else ()


def as_person(listing: Listing, number: int) -> Practitioner | None:
    """Return the person of the roster a listing is about; None for what is no person's."""
    words = listing.name.replace("Mme ", "").replace("M. ", "").replace("Dr ", "").split()
    if listing.kind is not ListingKind.PERSON or len(words) < 2:
        return None
    places = tuple(
        Practice(street=at.street, postcode=at.postcode, town=at.town, phones=tuple(at.phones)) for at in listing.places
    )
    return Practitioner(
        id=f"local-{number}", rpps=None, family_name=" ".join(words[1:]), first_name=words[0],
        practices=places, email=listing.email,
    )  # fmt: skip


def flagged(folder: str, home: Path) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Yield for each copy: the page, whom it keeps, what is still flagged in it, its text; a page that has none: why."""
    create_home(home, acting=Acting.COUNCIL, code="CDO26", person="", simulated=True)
    sites = load_sites(ROOT / "scrapers")
    pages = [(name, page, people_of(sites, page)) for name, page in stored(folder)]
    with App.open(home, today=DAY, writing=True) as app:
        number, ours = 0, {}
        for name, _, items in pages:
            for item in items:
                person = as_person(item, number)
                number += 1
                if person is not None:
                    ours[name, item.key] = person
        enrol.import_roster(
            app.store,
            list(ours.values()),
            source="essai",
            today=DAY,
            at=datetime(2026, 3, 1, 9, tzinfo=UTC),
            actor="essai",
        )
        for name, page, items in pages:
            for item in items:
                if (name, item.key) not in ours:
                    continue
                people = (ours[name, item.key],)
                known = masking._tellable(item, people, app.platform_words(item.site))
                check = partial(masking._still_told, app.store, known, people)
                others = [each for each in items if each.key != item.key]
                try:
                    told = unwrap(page).page
                    copy = masked_html(told, item, others, (), check, known.texts)
                    if more := masking._colleagues(app.store, item, people, copy.text):
                        copy = masked_html(told, item, [*others, *more], (), check, known.texts)
                except (BadInput, Refused) as error:
                    yield name, item.name, (f"pas de copie : {str(error)[:60]}",), ""
                    continue
                pdf = on_paper(copy, letters=ROOT / "letters", day=DAY).pdf
                yield name, item.name, still_told(copy, pdf), copy.text


def main() -> None:
    """Print the counts, and with --texts what was flagged."""
    for folder in ("sites", "saved"):
        with tempfile.TemporaryDirectory() as home:
            rows = list(flagged(folder, Path(home) / "home"))
        none = [row for row in rows if row[2] and row[2][0].startswith("pas de copie")]
        seen = [row for row in rows if row[2] and row not in none]
        why = Counter(each for row in seen for each in row[2])
        print(f"{folder} : {len(rows)} copies demandées, {len(none)} impossibles, {len(seen)} signalées")
        for each, count in why.most_common():
            print(f"  {count:>4}  {each}")
        if "--texts" in sys.argv:
            for name, kept, what, _ in (*none, *seen):
                print(f"  - {name} [{kept}] {' ; '.join(what)}")


if __name__ == "__main__":
    main()
