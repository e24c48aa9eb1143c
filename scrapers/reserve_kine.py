"""reserve-kine.example: the invented platform of the demo; a site adapter to copy from."""

from __future__ import annotations

from listingguard.domain.listing import Listing, Page
from listingguard.sites import Site, soup, with_bookable


class ReserveKine(Site):
    """A person's page carries a schema.org Physician block; whether one can book stands in the HTML only."""

    host = "reserve-kine.example"
    name = "Réserve-Kiné"
    controller = "reserve-kine"
    base = "http://reserve-kine.example"
    profile = r"/masseur-kinesitherapeute/[^/]+/(?P<id>[^/]+)"
    directory = "/masseur-kinesitherapeute/{town}-{postcode}?page={page}"
    landmark = r"\| Réserve-Kiné</title>"
    none_phrases = ("Aucun praticien ne correspond à votre recherche",)
    stub_phrases = ("Vous êtes ce praticien\u00a0? Revendiquez cette fiche",)
    pace_seconds = 0.05
    real = False

    def details(self, items: tuple[Listing, ...], page: Page) -> tuple[Listing, ...]:
        """Return the listings, each with the answer its own card gives to « can one book here? »."""
        answers: dict[str, tuple[bool, str]] = {}
        for card in soup(page)("article", class_="fiche"):
            button = card.find("a", class_="reserver")
            url = self.own_url(button.get("href"), page) if button else ""
            answers[str(card.get("data-id"))] = (button is not None, url)
        return tuple(
            with_bookable(item, *answers[item.id]) if item.id in answers else item
            for item in super().details(items, page)
        )
