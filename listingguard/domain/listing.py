"""What a site says: pages, listings, and the four answers a visit can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ListingKind(StrEnum):
    """Whether a listing names a person or only an organisation."""

    PERSON = "person"
    ORGANISATION = "organisation"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {"person": "personne", "organisation": "structure"}[self.value]


class ListingState(StrEnum):
    """What kind of page the site shows for the listing; never proof of an agreement by itself."""

    CUSTOMER = "customer"
    STUB = "stub"
    CLOSED = "closed"
    RELAY = "relay"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {
            "customer": "fiche de client",
            "stub": "fiche créée sans le praticien",
            "closed": "réservation fermée",
            "relay": "page de mise en relation",
            "unknown": "nature inconnue",
        }[self.value]


class Trait(StrEnum):
    """What makes a listing more than bare; no trait means bare."""

    BOOKABLE = "bookable"
    RELAY_NUMBER = "relay_number"
    REVIEWS = "reviews"
    SPONSORED = "sponsored"
    WRONG_DATA = "wrong_data"

    @property
    def label(self) -> str:
        """Return the French word shown on screen."""
        return {
            "bookable": "réservation en ligne",
            "relay_number": "numéro de mise en relation",
            "reviews": "avis publiés",
            "sponsored": "mise en avant payante",
            "wrong_data": "données inexactes",
        }[self.value]


@dataclass(frozen=True)
class Place:
    """One address of a listing, as the site shows it; phones in E.164."""

    street: str = ""
    postcode: str = ""
    town: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """What a site says of one person or organisation. Its key is the host and the site's own id.

    Empty strings and tuples mean that the site does not say. `layers` names, per field, the layer of the
    page that gave it (`json-ld`, `json`, `html`).
    """

    site: str
    id: str
    url: str
    name: str
    kind: ListingKind = ListingKind.PERSON
    profession: str = ""
    organisation: str = ""
    places: tuple[Place, ...] = ()
    phones: tuple[str, ...] = ()
    email: str = ""
    rpps: str = ""
    bookable: bool | None = None
    booking_url: str = ""
    state: ListingState = ListingState.UNKNOWN
    state_phrase: str = ""
    traits: frozenset[Trait] = frozenset()
    layers: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """Return `host:id`, the same at every visit."""
        return f"{self.site}:{self.id}"

    @property
    def bare(self) -> bool:
        """Return True for a listing that shows a name and an address and nothing more."""
        return not self.traits


@dataclass(frozen=True)
class Page:
    """Bytes from one URL at one time. `url` is what we asked, `final_url` where redirects led; `at` is UTC."""

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime

    def header(self, name: str) -> str:
        """Return the first header of that name, or an empty string."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")


@dataclass(frozen=True)
class Listings:
    """The page shows these listings, in page order (never empty). `next_url`: the next page, absolute, or empty."""

    items: tuple[Listing, ...]
    next_url: str = ""


@dataclass(frozen=True)
class SaysNone:
    """The site says, in its own words, that it has nobody."""

    phrase: str = ""


@dataclass(frozen=True)
class Gone:
    """404 or 410 on a profile URL that was known."""

    status: int


@dataclass(frozen=True)
class Unreadable:
    """We cannot tell what the page shows; never a sign of absence. `reason` is a French sentence."""

    reason: str


Reading = Listings | SaysNone | Gone | Unreadable
"""What one visit told us. Only SaysNone and Gone may ever suggest an erasure."""


class Outcome(StrEnum):
    """The word kept for a reading."""

    LISTINGS = "listings"
    NONE = "none"
    GONE = "gone"
    UNREADABLE = "unreadable"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "listings": "au moins une fiche affichée",
            "none": "le site dit : personne",
            "gone": "page retirée (404 ou 410)",
            "unreadable": "lecture impossible",
        }[self.value]


def outcome(reading: Reading) -> Outcome:
    """Return the word to keep for a reading."""
    match reading:
        case Listings():
            return Outcome.LISTINGS
        case SaysNone():
            return Outcome.NONE
        case Gone():
            return Outcome.GONE
        case Unreadable():
            return Outcome.UNREADABLE
