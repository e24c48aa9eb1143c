"""The engine of doctoralia.com.mx and its sisters: microdata of physicians, numbers in `tel:` links, names in attributes."""

from __future__ import annotations

from dataclasses import replace

from listingguard.domain.listing import Listing, ListingKind, Listings, Page, Reading
from listingguard.pages.answers import draft
from listingguard.pages.once import each_once
from listingguard.sites import Site, clean, soup


class _Engine(Site):
    """Shapes seen on doctoralia.com.mx alone; that the three others share its engine is from memory.

    Their JSON-LD says nothing of the practitioner on a profile: only the trail of the page and the platform itself.
    Not seen: the words of an empty page, of a page nobody claimed, legal notices, robots.txt.
    """

    # /<name>/<speciality>/<city>. The whole path is the id: nobody saw whether a name alone is one person's.
    profile = r"/(?P<id>[^/]+/[^/]+/[^/]+)"
    landmark = r"data-doctor-|itemtype=[\"']https?://schema\.org/Physician"

    def read(self, page: Page) -> Reading:
        """Return what the structured data gives; on a profile without any, whom its attributes name."""
        reading = super().read(page)
        own = self.profile_id(page.final_url)
        if isinstance(reading, Listings) or own is None:
            return reading
        for tag in soup(page).select("[data-doctor-name]"):
            first, last = clean(tag["data-doctor-name"]), clean(tag.get("data-doctor-surname"))
            if first or last:
                named = draft(self, "html", name=f"{first} {last}".strip(), kind=ListingKind.PERSON, url=page.final_url)
                return Listings(self.details(each_once([named], page, self), page))
        return reading

    def details(self, items: tuple[Listing, ...], page: Page) -> tuple[Listing, ...]:
        """Return the listings; the one whose page it is with the numbers its `tel:` links call."""
        items = super().details(items, page)
        own = self.profile_id(page.final_url)
        if not any(item.id == own and not item.phones for item in items):
            return items
        raws = [str(tag["href"]).partition(":")[2] for tag in soup(page).select('a[href^="tel:"]')]
        called = draft(self, "html", raws, name="")
        return tuple(
            replace(
                item,
                phones=called.phones,
                traits=item.traits | called.traits,
                layers={**item.layers, **({"phones": "html"} if called.phones else {})},
            )
            if item.id == own and not item.phones
            else item
            for item in items
        )


class Doctoralia(_Engine):
    """Mexico: the one whose pages were seen."""

    host = "doctoralia.com.mx"
    name = "Doctoralia"
    controller = "doctoralia"
    base = "https://www.doctoralia.com.mx"


class Jameda(_Engine):
    """Germany."""

    host = "jameda.de"
    name = "jameda"
    controller = "jameda"
    base = "https://www.jameda.de"


class ZnanyLekarz(_Engine):
    """Poland."""

    host = "znanylekarz.pl"
    name = "ZnanyLekarz"
    controller = "znanylekarz"
    base = "https://www.znanylekarz.pl"


class MioDottore(_Engine):
    """Italy."""

    host = "miodottore.it"
    name = "MioDottore"
    controller = "miodottore"
    base = "https://www.miodottore.it"
