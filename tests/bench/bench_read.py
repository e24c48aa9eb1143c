"""How fast and how well pages are read, beside extruct and a bare parse: `python tests/bench/bench_read.py`.

Speed: invented result pages, the same for the same seed, read whole (every layer, each listing once). extruct is asked
for JSON-LD, microdata and RDFa; « bare » is one lxml parse and one json.loads per block, the least any reader can do.
Quality: saved pages written by people who had not seen the readers; those of tests/saved then served to better them,
those of tests/held_out never did.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from listingguard.domain.listing import Listings, Page, outcome
from listingguard.domain.names import fold
from listingguard.pages.line import as_line
from listingguard.sites import GenericSite, load_sites

ROOT = Path(__file__).parent.parent.parent
# What the readers were built with, and what nobody who wrote a reader has opened.
SETS = {"development": ROOT / "tests" / "saved", "held out": ROOT / "tests" / "held_out"}
URL = "https://www.annuaire-essai.example/kinesitherapeute/valence"

WORDS = [
    "cabinet",
    "séance",
    "rééducation",
    "massage",
    "épaule",
    "genou",
    "dos",
    "sportif",
    "rendez-vous",
    "horaires",
    "accès",
    "parking",
    "tram",
    "patient",
    "bilan",
    "douleur",
    "exercice",
    "mobilité",
    "posture",
]


def page(text: str, at: datetime = datetime(2026, 3, 12, tzinfo=UTC)) -> Page:
    """Return the text as a page; a new object each time, so that nothing computed for another one is reused."""
    return Page(URL, URL, 200, (("Content-Type", "text/html; charset=utf-8"),), text.encode(), at)


def card(n: int, name: str, street: str, random_: random.Random) -> str:
    """Return one card as booking sites lay it out: nested boxes, classes, an icon, a grid of hours."""
    hours = "".join(
        f'<li class="slot"><button type="button" class="btn btn-slot" data-slot="{h}:00" disabled>{h} h 00</button></li>'
        for h in range(9, 13)
    )
    return (
        f'<article class="card result" data-id="{n}"><div class="card-head d-flex"><span class="avatar"><svg width="24" '
        f'height="24" viewBox="0 0 24 24"><path d="M12 2a10 10 0 1 0 0 20"/></svg></span><div class="id"><h3 class="name">'
        f'<a class="link" href="/kinesitherapeute/valence/prenom{n}-exemple{n}">{name}</a></h3><p class="job">'
        f'Masseur-kinésithérapeute</p></div></div><div class="card-body"><p class="adr"><span>{street}</span>, <span>26000'
        f'</span> <span>Valence</span></p><p class="tags"><span class="tag">{random_.choice(WORDS)}</span><span class="tag">'
        f'{random_.choice(WORDS)}</span></p><ul class="slots">{hours}</ul></div></article>'
    )


def results(cards: int, kilobytes: int, seed: int = 1) -> str:
    """Return a page of results: `cards` people in one JSON-LD array and in cards of HTML, filled up to a size."""
    random_ = random.Random(seed)
    people, html = [], []
    for n in range(cards):
        name, street = f"Prénom{n} Exemple{n}", f"{n + 1} rue des Essais"
        people.append(
            {
                "@type": "Physician",
                "name": name,
                "medicalSpecialty": "Masseur-kinésithérapeute",
                "url": f"/kinesitherapeute/valence/prenom{n}-exemple{n}?pid=practice-{n}",
                "telephone": f"+33 4 65 71 {n // 100:02} {n % 100:02}",
                "address": {"@type": "PostalAddress", "streetAddress": street, "postalCode": "26000",
                            "addressLocality": "Valence"},
            }
        )  # fmt: skip
        html.append(card(n, name, street, random_))
    block = json.dumps([{"@context": "https://schema.org", **p} for p in people], ensure_ascii=False)
    head = (
        f'<!doctype html><html lang="fr"><head><title>Kinés</title><script type="application/ld+json">{block}</script>'
    )
    body = "".join(html)
    room = kilobytes * 1024 - len(head.encode()) - len(body.encode()) - 200
    filler: list[str] = []
    while room > 0:
        words = " ".join(random_.choice(WORDS) for _ in range(12))
        piece = f'<div class="faq-item m-4"><h4 class="faq-q"><a href="/aide/{len(filler)}">{words}</a></h4><p>{words}.</p></div>'
        filler.append(piece)
        room -= len(piece.encode())
    return f'{head}</head><body><nav><a href="/">Accueil</a></nav><main>{body}</main>{"".join(filler)}</body></html>'


def bare(text: str) -> int:
    """Return how many objects one parse and json.loads find."""
    tree = lxml_html.fromstring(text)
    blocks = tree.xpath("//script[@type='application/ld+json']/text()")
    return sum(len(v) if isinstance(v := json.loads(block), list) else 1 for block in blocks)


def ours(text: str) -> int:
    """Return how many listings our readers find."""
    reading = GenericSite("annuaire-essai.example").reading(page(text))
    return len(reading.items) if isinstance(reading, Listings) else 0


def extruct_all(text: str) -> int:
    """Return how many objects extruct finds."""
    import extruct

    found = extruct.extract(text, base_url=URL, syntaxes=["json-ld", "microdata", "rdfa"])
    return len(found["json-ld"])


def milliseconds(works: Sequence[Callable[[str], int]], text: str, times: int) -> list[float]:
    """Return the median cost of one call of each, in time of the processor, so that a busy machine judges all alike.

    They take turns; the text differs by one character each time, so no cache helps.
    """
    costs: list[list[float]] = [[] for _ in works]
    for n in range(times):
        variant = text + f"<!--{n}-->"
        for work, cost in zip(works, costs, strict=True):
            start = time.process_time()
            work(variant)
            cost.append(time.process_time() - start)
    return [sorted(cost)[times // 2] * 1000 for cost in costs]


def speed() -> None:
    """Print the costs of one page."""
    print(f"{'page':<28}{'bare':>10}{'listingguard':>14}{'extruct':>10}{'× bare':>8}{'extruct ÷':>11}")
    with_peer = find_spec("extruct") is not None
    for label, cards, kilobytes, times in (("150 Ko, 60 fiches", 60, 150, 15), ("1,6 Mo, 20 fiches", 20, 1600, 5)):
        text = results(cards, kilobytes)
        assert ours(text) == cards
        base, mine, *others = milliseconds([bare, ours, *([extruct_all] if with_peer else [])], text, times)
        peer = others[0] if others else float("nan")
        print(f"{label:<28}{base:>8.1f} ms{mine:>11.1f} ms{peer:>7.0f} ms{mine / base:>8.1f}{peer / mine:>11.1f}")


# --- quality ---------------------------------------------------------------------------------------------------

FIELDS = (
    "name", "kind", "profession", "organisation", "street", "postcode", "town", "country", "phones", "email", "rpps",
    "rating", "review_count", "booking_url", "bookable", "places", "url", "services", "traits",
)  # fmt: skip


def cases(folder: Path) -> Iterator[tuple[str, Page, dict[str, Any]]]:
    """Yield each saved page with what it must give."""
    for wanted in sorted(folder.glob("*.expect.json")):
        stem = wanted.name.removesuffix(".expect.json")
        [file] = [p for p in folder.glob(f"{stem}.*") if p != wanted]
        expect = json.loads(wanted.read_text(encoding="utf-8"))
        kind = ((("Content-Type", expect["content_type"]),)) if expect.get("content_type") else ()
        yield (
            stem,
            Page(expect["url"], expect["url"], 200, kind, file.read_bytes(), datetime(2026, 3, 12, tzinfo=UTC)),
            expect,
        )


def same(field: str, wanted: Any, got: Any) -> bool:
    """Return True when the field says what was asked; case, accents and spacing of words do not count."""
    if field in ("phones", "traits"):
        return set(wanted) <= set(got or ())
    if field in ("places", "services"):
        rows = [{k: v for k, v in row.items() if v} for row in got or ()]
        return len(wanted) == len(rows) and all(
            all(same(k, v, row.get(k)) for k, v in ask.items() if v) for ask, row in zip(wanted, rows, strict=True)
        )
    if field in ("url", "booking_url"):
        return str(wanted).rstrip("/") == str(got or "").rstrip("/")
    if isinstance(wanted, str):
        return fold(wanted) == fold(str(got or ""))
    return bool(wanted == got)


def partner(ask: dict[str, Any], left: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the listing read that goes with the one asked: by name and, between homonyms, by page or town."""
    named = [line for line in left if fold(line["name"]) == fold(ask["name"])]

    def closeness(line: dict[str, Any]) -> int:
        return sum(same(k, ask[k], line.get(k)) for k in ("url", "town", "street", "postcode") if k in ask)

    return max(named, key=closeness, default=None)


def quality(label: str, folder: Path, verbose: bool) -> None:
    """Print fields found of those asked, per layer, and listings invented."""
    sites = load_sites(ROOT / "scrapers")
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    by_layer: dict[str, Counter[str]] = defaultdict(Counter)
    invented, missed, outcomes, pages, nexts = [], [], 0, 0, [0, 0]
    for stem, saved, expect in cases(folder):
        pages += 1
        reading = sites.for_url(saved.url).reading(saved)
        lines = [as_line(item) for item in reading.items] if isinstance(reading, Listings) else []
        outcomes += outcome(reading).value == expect["outcome"]
        if outcome(reading).value != expect["outcome"] and verbose:
            print(f"  {stem}: {outcome(reading).value}, asked {expect['outcome']}")
        if expect.get("next_page"):
            nexts[1] += 1
            nexts[0] += isinstance(reading, Listings) and reading.next_url == expect["next_page"]
        left = list(lines)
        for ask in expect.get("listings", ()):
            line = partner(ask, left)
            # The layer that gave the name; for a listing missed, none did.
            layer = "(missed)" if line is None else line["layer"]["name"]
            if line is None:
                missed.append(f"{stem}: {ask['name']}")
            else:
                left.remove(line)
            for field in FIELDS:
                if field in ask:
                    asked[field] += 1
                    by_layer[layer]["asked"] += 1
                    if line is not None and same(field, ask[field], line.get(field)):
                        found[field] += 1
                        by_layer[layer]["found"] += 1
                    elif verbose and line is not None:
                        print(f"  {stem}: {ask['name']}.{field}: asked {ask[field]!r}, read {line.get(field)!r}")
        tolerated = {fold(name) for name in expect.get("tolerated", ())}
        invented += [f"{stem}: {line['name']}" for line in left if fold(line["name"]) not in tolerated]
    total, hits = sum(asked.values()), sum(found.values())
    print(
        f"\n{label}, {pages} saved pages: fields {hits}/{total} ({hits / max(total, 1):.1%}), outcome right {outcomes}/{pages}, "
        f"next page {nexts[0]}/{nexts[1]}, listings missed {len(missed)}, invented {len(invented)}"
    )
    for layer, counts in sorted(by_layer.items()):
        print(f"  {layer:<32}{counts['found']:>5}/{counts['asked']}")
    print("  " + ", ".join(f"{field} {found[field]}/{asked[field]}" for field in FIELDS if asked[field]))
    for title, names in (("missed", missed), ("invented", invented)) if verbose else ():
        for name in names:
            print(f"  {title}: {name}")


if __name__ == "__main__":
    speed()
    for label, folder in SETS.items():
        # What fails in the held-out set is never shown: whoever sees it would tune to it.
        quality(label, folder, verbose="-v" in sys.argv and label == "development")
