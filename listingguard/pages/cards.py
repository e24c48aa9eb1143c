"""The cards and tables of a page without markup: blocks side by side, each with a name and what is told of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

from listingguard.domain.listing import Listing, ListingKind, Page
from listingguard.domain.names import fold
from listingguard.domain.places import town_key
from listingguard.pages import answers
from listingguard.pages.contact import figures_in, mail_in, numbers_in
from listingguard.pages.document import tree_of
from listingguard.pages.lines import MAIN, Block, Laid, Line
from listingguard.pages.named import name_in_line, our_trade, person_in, practice_in, trade_in
from listingguard.pages.site import SiteFacts
from listingguard.pages.streets import has_postcode, places_between
from listingguard.pages.url import absolute, path_of, tidy_url
from listingguard.pages.values import TRADE, clean

MAX_CARDS = 1_000


def cards_in(laid: Laid, among: frozenset[str] = frozenset()) -> list[Block]:
    """Return the blocks that repeat, side by side, a name with a profession or an address; the smallest that do.

    among: only names with one of these words, folded; empty: any name
    """
    evidence = [0]
    names = [0]
    for line in laid.lines:
        main = line.zone == MAIN
        text = line.text
        telling = main and bool(trade_in(text) or has_postcode(text))
        evidence.append(evidence[-1] + telling)
        asked = main and (not among or (len(text) <= 200 and not among.isdisjoint(fold(text).split())))
        names.append(names[-1] + (asked and bool(name_in_line(line))))
    cards: list[Block] = []
    _collect_cards(laid.whole, evidence, names, cards)
    return cards[:MAX_CARDS]


def _collect_cards(block: Block, evidence: Sequence[int], names: Sequence[int], cards: list[Block]) -> None:
    """Add the cards of a block, in page order."""
    todo = [block]
    while todo:
        current = todo.pop()
        whole = _terms(current) if current.tag == "dl" else current.inner
        full = [b for b in whole if evidence[b.end] - evidence[b.start] and names[b.end] - names[b.start]]
        tags = Counter(b.tag for b in full)
        alike = [b for b in full if tags[b.tag] > 1]
        # A card holds one name; what holds several lists is looked into.
        if len(alike) > 1 and all(not _repeats(b, evidence, names) for b in alike):
            cards.extend(alike)
            continue
        todo.extend(reversed([b for b in current.inner if evidence[b.end] - evidence[b.start]]))


def _repeats(block: Block, evidence: Sequence[int], names: Sequence[int]) -> bool:
    """Return True when at least two blocks within one block, side by side, each have a name and something told of it."""
    todo = [block]
    while todo:
        current = todo.pop()
        inner = [b for b in current.inner if evidence[b.end] - evidence[b.start] and names[b.end] - names[b.start]]
        if len(inner) > 1:
            return True
        todo.extend(inner)
    return False


def _terms(block: Block) -> list[Block]:
    """Return the entries of a definition list: each term with what is said of it."""
    entries: list[Block] = []
    for inner in block.inner:
        if inner.tag == "dt":
            entries.append(Block("dt", inner.start, inner.end))
        elif entries and inner.tag == "dd":
            entries[-1].end = inner.end
    return entries


def from_card(block: Block, laid: Laid, page: Page, site: SiteFacts) -> Listing | None:
    """Return the listing of one card; None unless it stands by itself."""
    lines = laid.lines[block.start : block.end]
    named = next(((line, name) for line in lines if (name := name_in_line(line))), None)
    if named is None:
        return None
    line, name = named
    # « Kiné » in a name only where no line says it in full.
    trades = [t for each in lines if (t := our_trade(each.text))]
    trade = next((t for t in trades if len(t) > 8), next(iter(trades), ""))
    trade = trade or next((t for each in lines if (t := trade_in(each.text))), "")
    places = [place for _, place in places_between(laid, block.start, block.end, frozenset((MAIN,)))]
    numbers = numbers_in(lines)
    person = bool(person_in(name))
    if len(lines) == 1 and line.links and not (places or numbers) and TRADE.match(line.text):
        # « Kinésithérapeute Le Havre »: a link to another list.
        return None
    if not (places or (trade and (numbers or person))) or any(
        town_key(place.town) == town_key(name) for place in places
    ):
        return None
    organisation = ""
    if person:
        organisation = next((text for each in lines if each is not line and (text := practice_in(each.text))), "")
    return answers.draft(
        site,
        "text",
        numbers,
        name=name,
        kind=ListingKind.PERSON if person else ListingKind.ORGANISATION,
        url=_card_url(lines, line, page, site),
        profession=trade,
        organisation=organisation,
        places=places,
        email=mail_in(lines),
        **figures_in(lines, page),
    )


def _card_url(lines: Sequence[Line], named: Line, page: Page, site: SiteFacts) -> str:
    """Return the page of this site that a card leads to: by its name, else by the only link it holds."""
    for links in (named.links, tuple(link for line in lines for link in line.links)):
        urls = dict.fromkeys(
            url
            for link in links
            if link[:1] != "#" and (url := tidy_url(absolute(link, page))) and site.owns(url) and path_of(url) != "/"
        )
        if len(urls) == 1 and next(iter(urls)) != tidy_url(page.final_url):
            return next(iter(urls))
    return ""


_COLUMNS = {
    "praticien": "name", "praticienne": "name", "kinesitherapeute": "name", "masseur kinesitherapeute": "name",
    "nom et prenom": "name", "nom prenom": "name", "prenom nom": "name", "nom du praticien": "name",
    "professionnel": "name", "nom du cabinet": "cabinet",
}  # fmt: skip


def from_tables(page: Page, site: SiteFacts) -> list[Listing]:
    """Return the listings of tables whose first row names the columns."""
    tree = tree_of(page)
    rows: list[dict[str, Any]] = []
    for table in tree.iter("table"):
        lines = list(table.iter("tr"))[:2_000]
        heads = [fold(clean(_text_of(cell))) for cell in lines[0].iterchildren("th", "td")] if lines else []
        keys = [_COLUMNS.get(head, head) for head in heads]
        if {"nom", "name", "cabinet", "raison sociale"}.isdisjoint(keys):
            continue
        for row in lines[1:]:
            cells = list(row.iterchildren("th", "td"))
            if len(cells) == len(keys):
                rows.append(_row(keys, cells))
    return answers.drafts(rows, page, site, layer="text")


def _row(keys: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(keys, (_text_of(cell) for cell in cells), strict=True))
    links = [a.get("href") for cell in cells for a in cell.iter("a") if (a.get("href") or "")[:4].lower() != "tel:"]
    if len(set(links)) == 1 and links[0] and not links[0].startswith(("mailto:", "#")):
        row["url"] = links[0] if re.match(r"https?:|/", links[0]) else f"./{links[0]}"
    return row


def _text_of(cell: Any) -> str:
    return " ".join(" ".join(cast("list[str]", list(cell.itertext()))).split())[:500]
