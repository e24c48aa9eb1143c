"""schema.org objects to listings, whichever markup carried them: who is listed, and who only made the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from listingguard.domain.listing import Listing, ListingKind, ListingState, Page, Place, Trait
from listingguard.domain.names import fold, relay_number, shown_name
from listingguard.pages.site import SiteFacts
from listingguard.pages.url import absolute, host_of, path_of, tidy_url
from listingguard.pages.values import as_list, clean, kinds_of, merged_places, phones_of, place_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PEOPLE = _words("person physician individualphysician")
_MEDICAL = _words(
    "chiropractic communityhealth dentist hospital medicalbusiness medicalclinic medicalorganization "
    "medicaltherapy physicaltherapy physiciansoffice physiotherapy podiatric"
)
_BUSINESSES = _words("healthandbeautybusiness localbusiness professionalservice")
_COMPANIES = _words("corporation ngo onlinebusiness onlinestore organization")
_LISTED = _PEOPLE | _MEDICAL | _BUSINESSES | _COMPANIES
# Nothing below these is ever a listing.
_OTHER_THINGS = _words(
    "answer article blogposting breadcrumblist comment course event faqpage imageobject jobposting "
    "newsarticle question review searchaction wpadblock"
)
# Who stands under these keys made the page, or pays for it: not listed, wherever else on the page they are described.
_WRITERS = _words(
    "accountableperson author contributor copyrightholder creator editor funder maintainer publisher "
    "sourceorganization sponsor"
)
# What stands under these keys is mentioned only.
_OTHER_ROLES = _words(
    "aggregaterating alumni brand breadcrumb colleague colleagues founder ispartof knows parentorganization "
    "potentialaction review reviews"
)
_EMPLOYERS = ("worksFor", "affiliation", "memberOf", "hospitalAffiliation", "practicesAt")
_STAFF = _words("department employee employees member members physician")
# schema.org's own words, where sites use them instead of French.
_SPECIALTIES = {
    "physiotherapy": "Masseur-kinésithérapeute",
    "physicaltherapy": "Masseur-kinésithérapeute",
    "dentist": "Chirurgien-dentiste",
    "dentistry": "Chirurgien-dentiste",
    "podiatric": "Pédicure-podologue",
    "chiropractic": "Chiropracteur",
    "midwifery": "Sage-femme",
    "nursing": "Infirmier",
}
_MAX_DEPTH = 60


@dataclass
class _Found:
    """One schema.org object that may be a listing, and the object whose staff it belongs to."""

    node: Mapping[str, Any]
    kinds: set[str]
    employer: Mapping[str, Any] | None


@dataclass
class _Graph:
    """What a page's objects say of each other: by @id, and who only publishes or writes."""

    by_id: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    found: list[_Found] = field(default_factory=list)
    writers: dict[str, str] = field(default_factory=dict)
    employers: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def see(self, value: object, depth: int = 0, employer: Mapping[str, Any] | None = None, role: str = "") -> None:
        """Walk a value in document order."""
        if depth > _MAX_DEPTH:
            return
        if isinstance(value, list):
            for item in value:
                self.see(item, depth + 1, employer, role)
            return
        if not isinstance(value, Mapping):
            return
        ident, kinds = value.get("@id"), kinds_of(value)
        if isinstance(ident, str) and len(value) > 1:
            self.by_id.setdefault(ident, value)
        listed = not kinds.isdisjoint(_LISTED)
        if not role and listed and kinds.isdisjoint(_OTHER_THINGS):
            self.found.append(_Found(value, kinds, employer))
        if kinds & _OTHER_THINGS:
            role = role or "other"
        for key, inner in value.items():
            low = key.lower()
            if not isinstance(inner, (list, Mapping)):
                continue
            for item in as_list(inner):
                ident = item.get("@id") if isinstance(item, Mapping) else None
                if isinstance(ident, str) and low in _WRITERS:
                    self.writers.setdefault(ident, low)
                if isinstance(ident, str) and listed and low in _STAFF:
                    self.employers.setdefault(ident, value)
            inner_role = role or (low if low in _WRITERS | _OTHER_ROLES else "")
            # Whom a person works for is told with the person.
            if key not in _EMPLOYERS:
                self.see(inner, depth + 1, value if listed and low in _STAFF else None, inner_role)

    def whole(self, value: object) -> object:
        """Return the object that a bare reference `{"@id": …}` points to, else the value itself."""
        if isinstance(value, Mapping) and set(value) == {"@id"} and isinstance(value["@id"], str):
            return self.by_id.get(value["@id"], value)
        return value


def drafts_of(values: Iterable[Any], page: Page, site: SiteFacts, *, layer: str) -> list[Listing]:
    """Return the people and places that schema.org objects list, in order, not yet merged and without an id.

    An object counts when it has a name and a profession or an address, and is neither the platform itself, nor
    a publisher, an author, a reviewer or a breadcrumb. layer: what carried the objects (`json-ld`, `microdata`…).
    """
    graph = _Graph()
    for value in values:
        graph.see(value)
    found = (
        _listing(found, graph, page, site, layer) for found in graph.found if not _platform(found, graph, page, site)
    )
    return [draft for draft in found if draft is not None]


def _platform(found: _Found, graph: _Graph, page: Page, site: SiteFacts) -> bool:
    """Return True for the site's own company, whoever publishes or wrote the page, and who only knows someone."""
    role = graph.writers.get(str(found.node.get("@id", "")), "")
    only_company = found.kinds.isdisjoint(_PEOPLE | _MEDICAL | _BUSINESSES)
    if role and (role != "publisher" or only_company or found.kinds & _PEOPLE):
        return True
    name = fold(clean(found.node.get("name"))).replace(" ", "")
    brands = {fold(site.name).replace(" ", ""), fold(site.host.split(".")[0]).replace(" ", "")} if site.name else set()
    generic = site.generic
    if name and name in brands and (only_company or not generic):
        return True
    own = absolute(clean(found.node.get("url")), page)
    return only_company and host_of(own) == host_of(page.final_url) and path_of(own) == "/"


def _listing(found: _Found, graph: _Graph, page: Page, site: SiteFacts, layer: str) -> Listing | None:
    node = found.node
    name = clean(node.get("name")) or clean(f"{clean(node.get('givenName'))} {clean(node.get('familyName'))}")
    if not name:
        return None
    profession = _profession(node, found.kinds)
    employer = next(
        (e for key in _EMPLOYERS for item in as_list(node.get(key)) if isinstance(e := graph.whole(item), Mapping)),
        None,
    )
    employer = employer or found.employer or graph.employers.get(str(node.get("@id", "")))
    places = _places(node, graph) or (_places(employer, graph) if employer else ())
    if not (profession or places):
        return None
    raw_phones, phones = phones_of(node)
    if phones and len(places) == 1:
        places = (replace(places[0], phones=tuple(dict.fromkeys((*phones, *places[0].phones)))),)
    phones = tuple(dict.fromkeys((*phones, *(number for place in places for number in place.phones))))
    bookable, booking_url = _booking(node, page)
    traits = {Trait.REVIEWS} if _reviewed(node) else set()
    relay = next((raw for raw in raw_phones if relay_number(raw)), "")
    if relay:
        traits.add(Trait.RELAY_NUMBER)
    if bookable:
        traits.add(Trait.BOOKABLE)
    url = _own_url(node, page, site)
    organisation = clean(employer.get("name")) if employer else ""
    values: dict[str, Any] = {
        "name": name,
        "profession": profession,
        "organisation": "" if organisation == name else organisation,
        "places": places,
        "phones": phones,
        "email": clean(node.get("email")).removeprefix("mailto:"),
        "rpps": _rpps(node),
        "bookable": bookable,
        "booking_url": booking_url,
        "state": ListingState.RELAY if relay else ListingState.UNKNOWN,
        "state_phrase": relay,
        "traits": frozenset(traits),
    }
    # The phrase comes with the state.
    told = {k: layer for k, v in values.items() if v not in ("", (), None, frozenset()) and k != "state_phrase"}
    if not relay:
        del told["state"]
    return Listing(site=site.host, id="", url=url, kind=_kind(name, node, found.kinds), layers=told, **values)


def _own_url(node: Mapping[str, Any], page: Page, site: SiteFacts) -> str:
    """Return the listing's own page on this site; empty when the object names none (or only a web site elsewhere)."""
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        for item in as_list(value):
            text = clean(item.get("@id") or item.get("url")) if isinstance(item, Mapping) else clean(item)
            # An @id is often a mere label (« #physician-3 », « _:b1 ») within the page.
            if not text or (key == "@id" and ("#" in text or not re.match(r"https?://|/", text))):
                continue
            url = tidy_url(absolute(text, page))
            if site.owns(url) and (path_of(url) != "/" or path_of(page.final_url) == "/"):
                return url
    return ""


def _profession(node: Mapping[str, Any], kinds: set[str]) -> str:
    occupation = [o.get("name") if isinstance(o, Mapping) else o for o in as_list(node.get("hasOccupation"))]
    for value in (node.get("medicalSpecialty"), node.get("jobTitle"), occupation):
        text = clean(value)
        if text:
            last = re.split(r"[/#:]", text)[-1] if re.match(r"https?://|schema:", text) else text
            return _SPECIALTIES.get(last.lower(), last)
    return next((_SPECIALTIES[kind] for kind in sorted(kinds) if kind in _SPECIALTIES), "")


def _kind(name: str, node: Mapping[str, Any], kinds: set[str]) -> ListingKind:
    """Return whether the name is a person's: by the type, else, for health professionals, by how the name reads."""
    if "person" in kinds or node.get("familyName"):
        return ListingKind.PERSON
    health = not kinds.isdisjoint(_PEOPLE | _MEDICAL) or bool(node.get("medicalSpecialty"))
    if "hospital" in kinds or not health:
        return ListingKind.ORGANISATION
    shown, words = shown_name(name), name.split()
    if shown.organisation:
        # « Jean Maison » is a family name; « Maison de santé » is not.
        person = len(words) == 2 and not shown_name(words[0]).organisation and "physician" in kinds
    elif kinds & _PEOPLE:
        person = bool(shown.people)
    else:
        person = len(shown.people) == 1 and len(shown.people[0]) >= 2
    return ListingKind.PERSON if person else ListingKind.ORGANISATION


def _rpps(node: Mapping[str, Any]) -> str:
    for item in as_list(node.get("identifier")):
        if isinstance(item, Mapping) and "rpps" in fold(f"{clean(item.get('propertyID'))} {clean(item.get('name'))}"):
            digits = re.sub(r"\D", "", clean(item.get("value")))
            if len(digits) == 11:
                return digits
    return ""


def _reviewed(node: Mapping[str, Any]) -> bool:
    rating = node.get("aggregateRating")
    if isinstance(rating, Mapping):
        count = clean(rating.get("reviewCount")) or clean(rating.get("ratingCount"))
        return count != "0"
    return bool(as_list(node.get("review")) or as_list(node.get("reviews")))


def _booking(node: Mapping[str, Any], page: Page) -> tuple[bool | None, str]:
    """Return whether one can book, as far as the object says, and where."""
    for action in as_list(node.get("potentialAction")):
        if isinstance(action, Mapping) and "reserveaction" in kinds_of(action):
            for target in as_list(action.get("target")):
                text = (
                    clean(target.get("urlTemplate") or target.get("url"))
                    if isinstance(target, Mapping)
                    else clean(target)
                )
                return True, absolute(text, page) if text else ""
            return True, ""
    accepts = node.get("acceptsReservations")
    word = str(accepts).strip().lower() if isinstance(accepts, (str, bool)) else ""
    if word in ("true", "yes", "oui"):
        return True, ""
    if word in ("false", "no", "non"):
        return False, ""
    url = absolute(clean(accepts), page) if word.startswith("http") else ""
    return (True, url) if url else (None, "")


def _places(node: Mapping[str, Any], graph: _Graph) -> tuple[Place, ...]:
    """Return the places of an object, in order, each once."""
    places: list[Place] = []
    for item in as_list(node.get("address")):
        places.append(place_of(graph.whole(item), ()))
    for key in ("location", "workLocation", "hasPOS", "availableAtOrFrom"):
        for item in as_list(node.get(key)):
            spot = graph.whole(item)
            if not isinstance(spot, Mapping):
                places.append(place_of(spot, ()))
                continue
            numbers = phones_of(spot)[1]
            inner = spot.get("address") if "address" in spot else spot
            places.extend(place_of(graph.whole(address), numbers) for address in as_list(inner))
    return merged_places(place for place in places if place.postcode or place.town or place.street)
