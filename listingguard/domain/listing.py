"""What a site says: pages, listings, and the four answers a visit can have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urlsplit

LONGEST_URL = 2_000


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
    country: str = ""


@dataclass(frozen=True)
class Service:
    """One act a listing offers, with its price as the site writes it."""

    name: str
    price: str = ""


@dataclass(frozen=True)
class Listing:
    """What a site says of one person or organisation. Its key is the host and the site's own id.

    Empty strings and tuples, and None, mean that the site does not say. `layers` names, per field, the layer of the
    page that gave it: `json-ld`, `microdata`, `rdfa`, `h-card`, `state` (data embedded for the page's own scripts),
    `json` (an answer that is JSON), `html` (the site's selectors and phrases), `text` (links and visible words).
    rating is on the site's own scale; a rating and its count never say who wrote a review.

    formerly: the ids that the same words of the page gave before, or would give beside other people; by them a home
    meets again what it keeps under an older id.
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
    rating: float | None = None
    review_count: int | None = None
    services: tuple[Service, ...] = ()
    layers: Mapping[str, str] = field(default_factory=dict, hash=False)
    formerly: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def key(self) -> str:
        """Return `host:id`, the same at every visit."""
        return f"{self.site}:{self.id}"

    @property
    def bare(self) -> bool:
        """Return True for a listing that shows a name and an address and nothing more."""
        return not self.traits


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they went over the wire, for the evidence; `at` is UTC, when the request left.

    request, response: the bytes, start line and headers included, the body still chunked and compressed
    address, port: what the name led to and was connected to; local: our own address on that connection
    certificate: the server's, DER; empty without TLS. tls: protocol and cipher, as « TLSv1.3 TLS_AES_128_GCM_SHA256 »
    """

    url: str
    at: datetime
    request: bytes
    response: bytes
    address: str
    port: int
    local: str = ""
    certificate: bytes = b""
    tls: str = ""


@dataclass(frozen=True)
class Page:
    """Bytes from one URL at one time. `url` is what we asked, `final_url` where redirects led; `at` is UTC.

    exchanges: what went over the wire for it, redirections in order; empty for a page that a person saved.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False, repr=False)

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


class Cause(StrEnum):
    """Why a page could not be read: what must be done about it depends on that."""

    BLOCKED = "blocked"
    ROBOTS = "robots"
    SILENT = "silent"
    CHANGED = "changed"
    MOVED = "moved"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "blocked": "le site refuse les programmes",
            "robots": "robots.txt l’interdit",
            "silent": "le site ne répond pas",
            "changed": "la page a changé de forme",
            "moved": "l’adresse mène à une autre page",
            "damaged": "contenu abîmé",
            "unknown": "rien de lisible",
        }[self.value]


@dataclass(frozen=True)
class Unreadable:
    """We cannot tell what the page shows; never a sign of absence. `reason` is a French sentence."""

    reason: str
    cause: Cause = Cause.UNKNOWN


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


_START = re.compile(r"(https?://(?:[^/?#@]*@)?)([^/?#:@]*)(.*)", re.IGNORECASE | re.DOTALL)
_UNWRITTEN = re.compile(r"[^\x21-\x7e]+")
_SMALL_HEX = re.compile(r"%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])")


def canonical_url(url: str) -> str:
    """Return the URL in the one form that is kept and compared: accents as UTF-8 behind `%`, once, the host in IDNA.

    >>> canonical_url("https://kiné.example/jean-noël?ou=Die")
    'https://xn--kin-dma.example/jean-no%C3%ABl?ou=Die'
    >>> canonical_url("https://kine.example/jean-no%c3%abl")
    'https://kine.example/jean-no%C3%ABl'

    Source: RFC 3986, parts 2.1 and 6.2.2; RFC 3987, part 3.1.
    """
    # Most addresses are told at one glance: this is asked of every link of a page.
    if url.isascii() and url.isprintable() and " " not in url and not ("%" in url and _SMALL_HEX.search(url)):
        return url
    if found := _START.match(url):
        start, host, rest = found.groups()
        if not host.isascii():
            # What can be no host is written like the rest.
            with suppress(UnicodeError):
                host = host.encode("idna").decode()
        url = start + host + rest
    written = _UNWRITTEN.sub(lambda odd: quote(odd[0].encode("utf-8", "surrogatepass")), url)
    return _SMALL_HEX.sub(lambda hexa: hexa[0].upper(), written)


def wrong_url(url: str) -> str:
    """Return what is wrong, in French, with an address that somebody gave as that of a page; empty: nothing."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "ce n’est pas une adresse"
    if parts.scheme not in ("http", "https") or "." not in host or not url.isprintable() or " " in url:
        return "ce n’est pas l’adresse d’une page (https://…)"
    if "@" in parts.netloc:
        return "l’adresse contient un identifiant ou un mot de passe"
    return f"l’adresse dépasse {LONGEST_URL} caractères" if len(url) > LONGEST_URL else ""
