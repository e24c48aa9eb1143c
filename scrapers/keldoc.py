"""keldoc.com: lists and profiles are JSON; the section a listing stands in says whether one can book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from listingguard.domain.listing import (
    Listing,
    ListingKind,
    Listings,
    ListingState,
    Page,
    Place,
    Reading,
    SaysNone,
)
from listingguard.domain.names import shown_name
from listingguard.pages.answers import draft
from listingguard.pages.once import each_once
from listingguard.sites import Site, clean, place_from_text, with_page

# « Prendre un RDV avec un… », then « Contacter un… »: those who have no agenda there. What the third and fourth
# sections hold was never seen.
_SECTIONS = {"section_1": ListingState.CUSTOMER, "section_2": ListingState.STUB}


class Keldoc(Site):
    """Answers seen in a public client's stored ones of 2021; pages of markup, legal notice, robots.txt: never seen.

    The site answers slowly: a client of that time allowed it 60 seconds.
    """

    host = "keldoc.com"
    aliases = ("booking.keldoc.com",)
    name = "KelDoc"
    controller = "keldoc"
    base = "https://www.keldoc.com"
    # /cabinet-medical/valence-26000/camille-exemple[/cabinet-des-essais]. The town stays in the id: nobody saw whether
    # two people of one name in two towns get two slugs.
    profile = r"/[a-z0-9-]+/(?P<id>[^/]+-\d{5}/[^/]+)(?:/[^/]+)?"
    # The slug of our profession is from memory: to be checked on the site.
    api = (
        "/api/patients/v2/searches/geo_location?specialty_id=masseur-kinesitherapeute"
        "&raw_location={department}&page={page}"
    )
    answers = r"/api/.*"

    def read_json(self, document: Any, page: Page) -> Reading:
        """Return what a search (`results.section_1…`) or a profile (`title`, `url`, `cabinets`) tells."""
        if not isinstance(document, Mapping):
            return super().read_json(document, page)
        results, options = document.get("results"), document.get("options")
        if isinstance(results, Mapping):
            options = options if isinstance(options, Mapping) else {}
            if items := each_once(list(self._found(results, options, page)), page, self):
                return Listings(items, _next_page(page) if options.get("next_page") is True else "")
            sections = [section.get("data") for section in results.values() if isinstance(section, Mapping)]
            if options.get("empty") is True and sections and sections == [[]] * len(results):
                return SaysNone("empty : true")
        elif isinstance(document.get("cabinets"), list) and clean(document.get("title")):
            return Listings(each_once([self._profile(document, page)], page, self))
        return super().read_json(document, page)

    def _found(self, results: Mapping[str, Any], options: Mapping[str, Any], page: Page) -> Iterator[Listing]:
        slug = clean(options.get("specialty_id"))
        profession = "" if slug.isdecimal() else slug.replace("-", " ")
        for key, section in results.items():
            state = _SECTIONS.get(key, ListingState.UNKNOWN)
            known = state is not ListingState.UNKNOWN
            data = section.get("data") if isinstance(section, Mapping) else None
            for item in data if isinstance(data, list) else ():
                if isinstance(item, Mapping) and clean(item.get("title")):
                    yield draft(
                        self,
                        "json",
                        url=self.own_url(item.get("url"), page),
                        name=clean(item.get("title")),
                        kind=_kind(item),
                        profession=profession,
                        places=_places([item.get("cabinet")]),
                        bookable=state is ListingState.CUSTOMER if known else None,
                        state=state,
                        state_phrase=clean(section.get("section_title")) if known else "",
                    )

    def _profile(self, document: Mapping[str, Any], page: Page) -> Listing:
        return draft(
            self,
            "json",
            url=self.own_url(document.get("url"), page),
            name=clean(document.get("title")),
            kind=_kind(document),
            profession=clean(document.get("specialties")),
            places=_places(document["cabinets"]),
        )


def _kind(item: Mapping[str, Any]) -> ListingKind:
    shown = shown_name(clean(item.get("title")))
    company = item.get("type") in ("Cabinet", "Clinic") or shown.organisation or len(shown.people) != 1
    return ListingKind.ORGANISATION if company else ListingKind.PERSON


def _places(cabinets: list[Any]) -> tuple[Place, ...]:
    """Return the places of a list's card (street, zipcode, city) or of a profile (one line of text)."""
    places = []
    for cabinet in cabinets:
        if not isinstance(cabinet, Mapping):
            continue
        place = Place(clean(cabinet.get("street")), clean(cabinet.get("zipcode")), clean(cabinet.get("city")))
        places.append(place if place.postcode else place_from_text(clean(cabinet.get("location"))))
    return tuple(place for place in places if place.street or place.postcode or place.town)


def _next_page(page: Page) -> str:
    number = parse_qs(urlsplit(page.final_url).query).get("page", ["1"])[0]
    return with_page(page.final_url, int(number) + 1) if number.isdecimal() else ""
