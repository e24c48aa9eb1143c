"""A listing as one line of JSON, as `read` prints it."""

from __future__ import annotations

from typing import Any

from listingguard.domain.listing import Listing, Place


def as_line(listing: Listing) -> dict[str, Any]:
    """Return the listing as `read` prints it. The flat address is the first place; traits are sorted."""
    first = listing.places[0] if listing.places else Place()
    return {
        "url": listing.url,
        "site": listing.site,
        "id": listing.id,
        "kind": listing.kind.value,
        "name": listing.name,
        "profession": listing.profession,
        "organisation": listing.organisation,
        "street": first.street,
        "postcode": first.postcode,
        "town": first.town,
        "country": first.country,
        "places": [
            {"street": p.street, "postcode": p.postcode, "town": p.town, "phones": list(p.phones)}
            for p in listing.places
        ],
        "phones": list(listing.phones),
        "email": listing.email,
        "rpps": listing.rpps,
        "rating": listing.rating,
        "review_count": listing.review_count,
        "booking_url": listing.booking_url,
        "bookable": listing.bookable,
        "state": listing.state.value,
        "state_phrase": listing.state_phrase,
        "traits": sorted(trait.value for trait in listing.traits),
        "services": [{"name": s.name, "price": s.price} for s in listing.services],
        "layer": dict(listing.layers),
    }
