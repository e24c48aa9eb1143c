"""pagesjaunes.fr: a list's cards are markup with hidden links; a profile has JSON-LD whose street lost its type of way."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from listingguard.domain.listing import Listing, ListingKind, Listings, ListingState, Page, Place, Reading, Trait
from listingguard.domain.names import shown_name
from listingguard.pages.answers import draft
from listingguard.pages.document import visible_text
from listingguard.pages.once import each_once
from listingguard.pages.values import count_of, decimal_of
from listingguard.sites import Site, clean, place_from_text, soup, with_page

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag


class PagesJaunes(Site):
    """Shapes seen in pages saved by third parties in January 2026, of restaurants and tradespeople.

    Not seen: a health professional's page, the page of a business that never claimed it, the words of an empty list,
    robots.txt. The site turns programs away: its pages may have to be saved by hand.
    """

    host = "pagesjaunes.fr"
    aliases = ("manager.solocal.com",)
    name = "PagesJaunes"
    controller = "solocal"
    base = "https://www.pagesjaunes.fr"
    profile = r"/pros/(?P<id>\d{8})"
    # The parameters were seen, with other activities; the word for ours is from memory.
    directory = "/annuaire/chercherlespros?quoiqui=masseur+kin%C3%A9sith%C3%A9rapeute&ou={town}&page={page}"
    search = "/annuaire/chercherlespros?quoiqui={name}&ou={town}&page={page}"
    landmark = r"SEL-nbresultat|data-pjlb|manager\.solocal\.com|Se référencer"
    # « C’est votre entreprise ? » stands on pages that their owner edits, too: it says nothing.
    customer_phrases = ("Contenu édité par le professionnel",)

    def read(self, page: Page) -> Reading:
        """Return the cards of a list; on any other page, what its structured data gives."""
        whole = soup(page)
        phones = _phones(whole)
        drafts = [draft for card in whole.select('li[id^="bi-"]') if (draft := self._card(card, phones, page))]
        if not drafts:
            return super().read(page)
        return Listings(each_once(drafts, page, self), _next_page(whole, page))

    def _card(self, card: Tag, numbers: Mapping[str, list[str]], page: Page) -> Listing | None:
        name = _text(card, ".bi-denomination h3") or _text(card, ".bi-denomination")
        if not name:
            return None
        number = str(card["id"]).removeprefix("bi-")
        place = place_from_text(re.sub(r"\s*Voir le plan.*", "", _text(card, ".bi-address")))
        count = count_of(_text(card, ".bi-rating"))
        paying = "bi-propay" in (card.get("class") or ())
        traits = {Trait.SPONSORED} if paying else set()
        return draft(
            self,
            "html",
            numbers.get(number, ()),
            url=self._link(card, number, page),
            name=name,
            kind=_kind(name),
            profession=_text(card, ".bi-activity-unit"),
            places=(place,) if place.postcode or place.street else (),
            state=ListingState.CUSTOMER if paying else ListingState.UNKNOWN,
            state_phrase="bi-propay" if paying else "",
            traits=traits | {Trait.REVIEWS} if count else traits,
            rating=decimal_of(_text(card, ".note_moyenne")),
            review_count=count,
        )

    def _link(self, card: Tag, number: str, page: Page) -> str:
        """Return the card's own page: its links, which hide in base64, else the number the card bears."""
        links = [*(_hidden(str(tag["data-pjlb"])) for tag in card.select("[data-pjlb]"))]
        links += [str(tag["href"]) for tag in card.select("a[href]")]
        own = (url for link in links if self.profile_id(url := self.own_url(link, page)))
        return next(own, f"{self.base}/pros/{number}" if re.fullmatch(r"\d{8}", number) else "")

    def details(self, items: tuple[Listing, ...], page: Page) -> tuple[Listing, ...]:
        """Return the listings with the street as the visible page writes it."""
        text = visible_text(page)
        return tuple(
            replace(
                item,
                kind=_kind(item.name),
                places=tuple(replace(p, street=_whole_street(p, text)) for p in item.places),
            )
            for item in super().details(items, page)
        )


def _text(card: Tag, selector: str) -> str:
    tag = card.select_one(selector)
    return clean(tag.get_text(" ")) if tag else ""


def _phones(whole: BeautifulSoup) -> Mapping[str, list[str]]:
    """Return the telephone numbers as written, by the number of their card: behind « Afficher le N° », or in the card."""
    found: dict[str, list[str]] = {}
    for tag in whole.select(".number-contact"):
        ids = (str(parent.get("id", "")) for parent in tag.parents)
        owner = next((each for each in ids if each.startswith("bi-")), "")
        found.setdefault(owner.removeprefix("bi-").removeprefix("fantomas-"), []).append(clean(tag.get_text(" ")))
    return found


def _hidden(attribute: str) -> str:
    """Return the URL that a `data-pjlb` hides; empty when it hides none."""
    try:
        data = json.loads(attribute)
        code = data["url"] if isinstance(data, dict) else ""
        return base64.b64decode(code + "=" * (-len(code) % 4)).decode("utf-8")
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return ""


def _kind(name: str) -> ListingKind:
    """Return whether a name is one person's: the site calls everybody a local business."""
    shown = shown_name(name)
    person = not shown.organisation and len(shown.people) == 1 and len(shown.people[0]) >= 2
    return ListingKind.PERSON if person else ListingKind.ORGANISATION


def _whole_street(place: Place, text: str) -> str:
    """Return the street with its type of way, « 1 rue Auber » for « 1 Auber », where the visible text has it."""
    number, _, way = place.street.partition(" ")
    if not (number[:1].isdigit() and way and place.postcode):
        return place.street
    found = re.search(
        rf"\b{re.escape(number)},?\s((?:[^\W\d]+[\s’']+){{0,4}}?{re.escape(way)}),?\s{place.postcode}\b",
        text,
        re.IGNORECASE,
    )
    return clean(f"{number} {found[1]}") if found else place.street


def _next_page(whole: BeautifulSoup, page: Page) -> str:
    counter = whole.select_one("#SEL-compteur")
    found = re.search(r"(\d+)\s*/\s*(\d+)", counter.get_text(" ")) if counter else None
    if not found or int(found[1]) >= int(found[2]):
        return ""
    return with_page(page.final_url, int(found[1]) + 1)
