"""Has anything changed? The key of a judgement."""

from __future__ import annotations

import hashlib
import json

from listingguard.domain import names
from listingguard.domain.listing import Listing
from listingguard.domain.matching.sides import Person, Seen
from listingguard.domain.places import Address
from listingguard.domain.practitioner import Practitioner


def fields_hash(listing: Listing, practitioner: Practitioner) -> str:
    """Return the SHA-256 (hex) of the fields of both sides that matching reads, in comparable form.

    The key of a judgement: a decided pair is asked again only when this changes. Case, accents, typography and the
    order of phones, addresses and first names do not change it.
    """
    seen = Seen(listing)
    person = Person(practitioner)
    fields = {
        "listing": [
            names.fold(listing.name),
            listing.kind.value,
            names.fold(listing.profession),
            names.fold(listing.organisation),
            sorted(_flat(a) for a in seen.addresses),
            sorted(seen.phones),
            seen.shown_rpps,
        ],
        "practitioner": [
            person.rpps,
            sorted(names.fold(n) for n in practitioner.family_names),
            names.fold(practitioner.first_name),
            sorted(names.fold(n) for n in practitioner.other_first_names),
            names.fold(practitioner.profession),
            sorted(_flat(a) for a, _ in person.addresses),
            sorted(person.phones),
        ],
    }
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _flat(address: Address) -> str:
    return "|".join([address.number, address.way, " ".join(address.name), address.postcode, address.town])
