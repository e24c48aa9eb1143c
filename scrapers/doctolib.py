"""doctolib.fr: pages carry JSON-LD, answers are JSON; the words of a page tell a stub from a customer's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from listingguard.domain.listing import (
    Cause,
    Listing,
    ListingKind,
    Listings,
    ListingState,
    Page,
    Reading,
    SaysNone,
    Unreadable,
)
from listingguard.domain.places import phones_in
from listingguard.pages.answers import draft
from listingguard.pages.document import page_text
from listingguard.pages.values import as_list
from listingguard.sites import Site, clean, place_from_text, soup, with_bookable

# The title of a list tells whether at least one of the people on it can be booked.
_NOBODY_BOOKABLE = re.compile(r"<title>[^<]*: téléphone et horaires \| Doctolib\s*</title>")


class Doctolib(Site):
    """Shapes seen in pages and clients published in 2025 and 2026; a person verifies them before the site is read."""

    host = "doctolib.fr"
    # The partners' answers of 2021, and the publisher's legal pages: no listing stands there.
    aliases = ("partners.doctolib.fr", "doctolib.legal")
    name = "Doctolib"
    controller = "doctolib"
    base = "https://www.doctolib.fr"
    # /masseur-kinesitherapeute/valence/camille-exemple, and the same person as JSON: /profiles/camille-exemple.json
    profile = (
        r"/(?:profiles|(?!search/|online_booking/|api/|patient_app/|account/|search_results/)[a-z0-9-]+/[^/]+)"
        r"/(?P<id>[^/.]+)(?:\.json)?"
    )
    directory = "/search?location={postcode}-{town}&speciality=masseur-kinesitherapeute&page={page}"
    answers = r".*\.json|/phs_proxy/.*|/api/.*"
    landmark = r"removable-json-ld|\| Doctolib|class=[\"'][^\"']*\bdl-"
    # Lists show who is bookable here, then who is bookable further away, then those who are not, shuffled every two hours.
    unclaimed_last = True
    # The words of an empty results page were never seen: until someone adds them, such a page is « unreadable ».
    none_phrases = ()
    stub_phrases = (
        "n’est pas sur Doctolib",
        "Revendiquer mon profil",
        "Modifier ces informations ou supprimer ma fiche",
        "Supprimer ma fiche",
        "Mettez à jour votre page",
    )
    closed_phrases = ("La réservation est temporairement indisponible",)
    unbookable_phrases = (
        "n’est pas sur Doctolib",
        "Ce soignant n’est pas réservable en ligne sur Doctolib",
        "Ce soignant ne propose pas la prise de rendez-vous en ligne",
    )

    def details(self, items: tuple[Listing, ...], page: Page) -> tuple[Listing, ...]:
        """Return the listings with what the page says in words, and with the link that leads to booking."""
        items = super().details(items, page)
        own = self.profile_id(page.final_url)
        if own is None and _NOBODY_BOOKABLE.search(page_text(page)):
            return tuple(with_bookable(item, False) if item.bookable is None else item for item in items)
        return tuple(self._with_link(item, page) if item.id == own else item for item in items)

    def _with_link(self, item: Listing, page: Page) -> Listing:
        if item.bookable is not None:
            return item
        for link in soup(page).select('a[href*="/booking"]'):
            # Other people's pages are advertised below a stub: only a link to this one's own booking counts.
            if f"/{item.id}/booking" in str(link["href"]).lower():
                found = with_bookable(item, True, self.own_url(link["href"], page))
                return _as_customer(found, clean(link.get_text(" ")), "html")
        return item

    def read_json(self, document: Any, page: Page) -> Reading:
        """Return what a profile's JSON (`data.profile`) or a search's (`healthcareProviders`) tells."""
        if isinstance(document, Mapping) and isinstance(document.get("healthcareProviders"), list):
            found = [_from_search(p, self, page) for p in document["healthcareProviders"] if isinstance(p, Mapping)]
            items = {item.id: item for item in found if item}
            if items:
                return Listings(tuple(items.values()))
            total = document.get("total")
            if total == 0 and total is not False and not document["healthcareProviders"]:
                return SaysNone("total : 0")
            return Unreadable("La réponse JSON annonce des praticiens sans les nommer.", Cause.CHANGED)
        data = document.get("data") if isinstance(document, Mapping) else None
        if isinstance(data, Mapping) and isinstance(data.get("profile"), Mapping):
            item = _from_profile(data, data["profile"], self, page)
            return (
                Listings((item,))
                if item
                else Unreadable("La réponse JSON décrit une fiche sans nom ou sans adresse web.", Cause.CHANGED)
            )
        return super().read_json(document, page)


def _from_profile(data: Mapping[str, Any], profile: Mapping[str, Any], site: Site, page: Page) -> Listing | None:
    name, ident = clean(profile.get("name_with_title")), clean(profile.get("slug")).lower()
    if not name or not ident:
        return None
    places = []
    for raw in as_list(data.get("places")):
        if isinstance(raw, Mapping):
            place = place_from_text(clean(raw.get("full_address")))
            places.append(replace(place, phones=phones_in(clean(raw.get("landline_number")))))
    legals = data.get("legals")
    rpps = clean(legals.get("rpps")) if isinstance(legals, Mapping) else ""
    url = site.own_url(profile.get("profile_path"), page) or f"{site.base}/profiles/{quote(ident)}"
    bookable = data.get("bookable") if isinstance(data.get("bookable"), bool) else None
    item = draft(
        site,
        "json",
        url=url,
        name=name,
        kind=ListingKind.ORGANISATION if profile.get("is_practitioner") is False else ListingKind.PERSON,
        profession=clean(profile.get("subtitle")) or _spoken(profile.get("speciality")),
        organisation=clean(profile.get("organization")),
        places=tuple(places),
        rpps=rpps if len(rpps) == 11 and rpps.isdigit() else "",
        bookable=bookable,
        booking_url=f"{url}/booking" if bookable else "",
    )
    item = replace(item, id=ident)
    if profile.get("is_directory") is True:
        layers = {**item.layers, "state": "json"}
        return replace(item, state=ListingState.STUB, state_phrase="is_directory: true", layers=layers)
    if profile.get("is_directory") is False and bookable is True:
        return _as_customer(item, "is_directory: false, bookable: true", "json")
    return item


def _from_search(provider: Mapping[str, Any], site: Site, page: Page) -> Listing | None:
    url = site.own_url(provider.get("link"), page)
    ident = site.profile_id(url)
    name = clean(f"{clean(provider.get('firstName'))} {clean(provider.get('name'))}")
    if not ident or not name:
        return None
    spot = provider.get("location")
    places: tuple[Any, ...] = ()
    if isinstance(spot, Mapping):
        street = place_from_text(clean(spot.get("address"))).street
        place = place_from_text(f"{street}, {clean(spot.get('zipcode'))} {clean(spot.get('city'))}")
        places = (place,)
    item = draft(
        site,
        "json",
        url=url,
        name=name,
        kind=ListingKind.PERSON if clean(provider.get("firstName")) else ListingKind.ORGANISATION,
        profession=clean(provider.get("speciality")),
        places=places,
        bookable=provider["onlineBooking"] is not None if "onlineBooking" in provider else None,
    )
    return replace(item, id=ident)


def _spoken(speciality: object) -> str:
    """Return a speciality's name; only its slug known, with spaces for hyphens."""
    if isinstance(speciality, Mapping):
        return clean(speciality.get("name")) or clean(speciality.get("slug")).replace("-", " ")
    return clean(speciality)


def _as_customer(item: Listing, phrase: str, layer: str) -> Listing:
    if item.state is not ListingState.UNKNOWN:
        return item
    return replace(item, state=ListingState.CUSTOMER, state_phrase=phrase, layers={**item.layers, "state": layer})
