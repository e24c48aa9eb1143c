"""maiia.com: lists are JSON, in answers and in the page's `__NEXT_DATA__`; both carry more than a visitor should see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from listingguard.domain.listing import (
    Cause,
    Listing,
    ListingKind,
    Listings,
    ListingState,
    Page,
    Place,
    Reading,
    SaysNone,
    Unreadable,
)
from listingguard.pages.answers import draft
from listingguard.pages.json_ld import loads_mended
from listingguard.pages.once import each_once
from listingguard.sites import Site, clean, place_from_text, soup, with_page


class Maiia(Site):
    """Answers seen in a public client's stored ones of 2021; the page's own data in a reader of unknown date.

    Not seen: the page of somebody who is no customer, the words of an empty page, the legal notice, robots.txt.
    """

    host = "maiia.com"
    name = "Maiia"
    controller = "maiia"
    base = "https://www.maiia.com"
    # /masseur-kinesitherapeute/26000-valence/exemple-camille: family name first. Nobody saw whether two people of one
    # name in two towns get two slugs: the town stays in the id, so that they are never taken for one.
    profile = r"/[a-z0-9-]+/(?P<id>\d{5}-[^/]+/[^/]+)"
    # The slug is that of profile pages; that the answers know the profession by the same word is still to be checked.
    api = (
        "/api/pat-public/hcd?limit=50&page={index}&locality={postcode}-{TOWN}"
        "&speciality.shortName=masseur-kinesitherapeute"
    )
    answers = r"/api/.*"
    landmark = r"__NEXT_DATA__"

    def read(self, page: Page) -> Reading:
        """Return what the page or answer tells, without the e-mail addresses and RPPS numbers that it lets out."""
        reading = self._embedded(page) or super().read(page)
        if not isinstance(reading, Listings):
            return reading
        return replace(reading, items=tuple(_without_contacts(item) for item in reading.items))

    def _embedded(self, page: Page) -> Listings | None:
        script = soup(page).find("script", id="__NEXT_DATA__") if b"__NEXT_DATA__" in page.body else None
        try:
            data = loads_mended(script.get_text()) if script else None
        except (ValueError, RecursionError):
            return None
        for key in ("props", "pageProps", "cards", "items"):
            data = data.get(key) if isinstance(data, Mapping) else None
        items = self._listed(data, page, "state") if isinstance(data, list) else ()
        return Listings(items) if items else None

    def read_json(self, document: Any, page: Page) -> Reading:
        """Return what a list of practitioners and centres (`items`) tells."""
        items = document.get("items") if isinstance(document, Mapping) else None
        if not isinstance(items, list):
            return super().read_json(document, page)
        total = document.get("total")
        if found := self._listed(items, page, "json"):
            return Listings(found, _next_page(page, total))
        if total == 0 and total is not False and not items:
            return SaysNone("total : 0")
        return Unreadable("La réponse JSON annonce des praticiens sans les nommer.", Cause.CHANGED)

    def _listed(self, items: Iterable[Any], page: Page, layer: str) -> tuple[Listing, ...]:
        found = (self._draft(item, page, layer) for item in items if isinstance(item, Mapping))
        return each_once([each for each in found if each], page, self)

    def _draft(self, item: Mapping[str, Any], page: Page, layer: str) -> Listing | None:
        person, centre, settings = (_part(item, key) for key in ("professional", "center", "settings"))
        first, last = clean(person.get("firstName")), clean(person.get("lastName"))
        organisation = clean(centre.get("name"))
        name = f"{first} {last}".strip() or organisation
        if not name:
            return None
        public = _part(item, "publicInformation") or _part(centre, "publicInformation")
        # What the site itself hides from visitors is no part of the listing.
        place = _place(_part(public, "address")) if public.get("isAddressVisible") is not False else Place()
        customer, online = settings.get("clientDocavenue") is True, settings.get("isOnlineAppointment")
        return draft(
            self,
            layer,
            [clean(_part(public, "officeInformation").get("phoneNumber"))],
            url=self.own_url(item.get("url"), page),
            name=name,
            kind=ListingKind.PERSON if last else ListingKind.ORGANISATION,
            profession=clean(_part(person or centre, "speciality")),
            organisation=organisation if last else "",
            places=(place,) if place.street or place.postcode or place.town else (),
            bookable=online if isinstance(online, bool) else None,
            state=ListingState.CUSTOMER if customer else ListingState.UNKNOWN,
            state_phrase="clientDocavenue: true" if customer else "",
        )


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}


def _place(address: Mapping[str, Any]) -> Place:
    street = clean(f"{clean(address.get('number'))} {clean(address.get('street'))}")
    place = Place(street, clean(address.get("zipCode")), clean(address.get("city")))
    return place if place.street and place.postcode else place_from_text(clean(address.get("fullAddress")))


def _next_page(page: Page, total: object) -> str:
    """Return the URL of the next page of a list; empty on the last. Pages count from 0."""
    asked = parse_qs(urlsplit(page.final_url).query)
    number, limit = asked.get("page", ["0"])[0], asked.get("limit", [""])[0]
    if not (number.isdecimal() and limit.isdecimal() and isinstance(total, int)):
        return ""
    return with_page(page.final_url, int(number) + 1) if (int(number) + 1) * int(limit) < total else ""


def _without_contacts(item: Listing) -> Listing:
    layers = {key: layer for key, layer in item.layers.items() if key not in ("email", "rpps")}
    return replace(item, email="", rpps="", layers=layers)
