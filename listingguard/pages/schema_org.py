"""schema.org objects to listings, whichever markup carried them: who is listed, and who only made the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from listingguard.domain.listing import Listing, ListingKind, ListingState, Page, Place, Service, Trait
from listingguard.domain.names import Trade, fold, trade
from listingguard.domain.places import town_key
from listingguard.pages.document import headlines, site_names, speaks_as_platform
from listingguard.pages.once import own_id
from listingguard.pages.site import SiteFacts
from listingguard.pages.url import absolute, host_of, path_of, tidy_url
from listingguard.pages.values import (
    OTHER_TRADE,
    TRADE,
    as_list,
    clean,
    count_of,
    decimal_of,
    keeps_the_desk,
    kinds_of,
    merged_places,
    phones_of,
    place_of,
    price_of,
    shown,
    words,
)

_PEOPLE = words("person physician individualphysician")
_MEDICAL = words(
    "chiropractic communityhealth dentist dermatology dietnutrition emergency geriatric gynecologic hospital "
    "medicalbusiness medicalclinic medicalorganization medicaltherapy midwifery nursing obstetric oncologic optician "
    "optometric otolaryngologic pediatric pharmacy physicaltherapy physiciansoffice physiotherapy plasticsurgery "
    "podiatric primarycare psychiatric publichealth"
)
_BUSINESSES = words("healthandbeautybusiness healthclub localbusiness professionalservice sportsactivitylocation")
_COMPANIES = words("corporation ngo onlinebusiness onlinestore organization")
_CARING = _PEOPLE | _MEDICAL | _BUSINESSES
_LISTED = _CARING | _COMPANIES
# Types that sites make up (« HealthcareProvider ») and trades without a place here.
_LIKE_MEDICAL = re.compile(r"physio|kine|therapist|health.*provider|practitioner|clinic$|doctor")
# Nothing below these is ever a listing.
OTHER_THINGS = words(
    "advertisercontentarticle answer article blog blogposting breadcrumb breadcrumblist businessevent comment course "
    "courseinstance creativework discussionforumposting educationevent event exhibitionevent faqpage festival howto "
    "imageobject jobposting liveblogposting medicalscholarlyarticle newsarticle offerforpurchase opinionnewsarticle "
    "qapage question realestatelisting reportagenewsarticle review scholarlyarticle searchaction "
    "sitenavigationelement socialevent socialmediaposting specialannouncement sportsevent techarticle usercomments "
    "userreview videoobject webapplication mobileapplication softwareapplication wpadblock wpfooter"
)
# Who stands under these keys made the page, or pays for it: not listed, wherever else on the page they are described.
_WRITERS = words(
    "accountableperson author contributor copyrightholder creator editor funder maintainer producer publisher "
    "sdpublisher sourceorganization sponsor translator"
)
# What stands under these keys is mentioned only.
_OTHER_ROLES = words(
    "aggregaterating alumni alumniof bestrating brand breadcrumb colleague colleagues credential follows hascredential "
    "healthplannetworkid ispartof knows logo image manufacturer parent parentorganization potentialaction "
    "patient recognizedby relatedto review reviewer reviewers reviews seller significantlink spouse subjectof"
)
_PAGES = words("webpage profilepage medicalwebpage aboutpage contactpage itempage collectionpage searchresultspage")
_WRITTEN = words("article blogposting creativework newsarticle")
_SUBJECTS = words("about mainentity")
_EMPLOYER_ORDER = ("worksFor", "affiliation", "memberOf", "hospitalAffiliation", "practicesAt")
_EMPLOYERS = frozenset(_EMPLOYER_ORDER)
_SPOTS = words("location workLocation hasPOS availableAtOrFrom")
_STAFF = words(
    "department departments doctor doctors employee employees founder founders medicalstaff member members "
    "physician physicians practitioner practitioners staff suborganization team"
)
_SERVICES = (
    *("availableService", "makesOffer", "hasOfferCatalog", "medicalProcedure", "medicalTreatment", "serviceOffered"),
    *("offers", "service", "services"),
)
_SERVICE_KEYS = frozenset(_SERVICES)
_OFFERED = words(" ".join(_SERVICES).lower() + " itemoffered")
_THERAPIES = words("medicaltherapy physicaltherapy")
# What only says something of what it stands in.
_DETAILS = words(
    "postaladdress geocoordinates openinghoursspecification propertyvalue quantitativevalue contactpoint rating country"
)
# A program of the site says so of what somebody paid for.
_PAID = words("@ad isAd isAdvert isAdvertisement isAdvertising isSponsored sponsored sponsorise isPromoted promoted")
_TRADE_FIRST = re.compile(r"(?:les )?(?:kine|physio|osteo)s?\b")
_RELATED = re.compile(
    r"recherches? (?:associee|populaire|similaire|frequente|recente|proche)|related search|autres (?:villes|recherches)|"
    r"villes (?:proches|voisines|a proximite)|fil d ariane|plan du site|sitemap|partenaires|publicite|sponsors?\b"
)
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
_OF_A_TYPE = {kind: word for kind, word in _SPECIALTIES.items() if kind != "dentistry"}
_TRADE_WORD = re.compile(r"kin[ée]|th[ée]rap|pratic|m[ée]dec|ost[ée]o|infirm|dentis|podolo", re.IGNORECASE)
_TRADE_IN_PLURAL = re.compile(
    r"(?:(?:les|nos|vos|tous les|trouve[rz] une?|autres|meilleurs?) )?(?:masseurs? )?\w*(?:kine|therapeute|praticien|"
    r"medecin|osteopathe|infirmier|dentiste|podologue)\w*(?: \w+)? (?:a|au|aux|dans|de|du|des|en|pres|proches?|autour|sur) "
)
_PRACTICE = re.compile(
    r"\bkine|masso|physio|\bsante\b|\bmedica|\bsoins?\b|reeducation|\bosteo|\bselarl\b|\bscm\b|\bmsp\b"
)
_DIRECTORY = re.compile(
    r"\b(?:annuaires?|rdv|rendez|reserve[rz]?|reservations?|plateforme|prise|trouver?|guide|agenda|doc)\b"
)
_FULL_OR_PATH = re.compile(r"https?://|/")
_MAX_DEPTH = 60
_MAX_LISTINGS = 5_000
_MOST_KEYS = 200
_MOST_LETTERS = 200
_MAX_SERVICES = 100


@dataclass
class _Found:
    """One schema.org object that may be a listing. employers: whose staff it belongs to, the nearest first.

    url: what the list it stands in says is its page; title: what its role there is called.
    """

    node: Mapping[str, Any]
    kinds: frozenset[str]
    employers: tuple[Mapping[str, Any], ...] = ()
    url: object = None
    title: object = None


@dataclass
class _Graph:
    """What a page's objects say of each other: by @id, and who only publishes or writes."""

    by_id: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    found: list[_Found] = field(default_factory=list)
    writers: dict[str, str] = field(default_factory=dict)
    makers: set[str] = field(default_factory=set)
    employers: dict[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    worked_for: set[str] = field(default_factory=set)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Whom the page itself says it is about, and whom an article, an offer or an event merely points to.
    subjects: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)

    def see(
        self,
        value: object,
        depth: int = 0,
        role: str = "",
        employers: tuple[Mapping[str, Any], ...] = (),
        url: object = None,
        title: object = None,
        offered: bool = False,
    ) -> None:
        """Walk a value in document order."""
        if depth > _MAX_DEPTH:
            return
        if isinstance(value, list):
            for item in value:
                if isinstance(item, (dict, list)):
                    self.see(item, depth + 1, role, employers, url, title, offered)
            return
        # One object may hang at many places; walked once, a page of ten objects cannot become one of a million.
        if not isinstance(value, Mapping) or id(value) in self.seen:
            return
        self.seen.add(id(value))
        kinds = kinds_of(value)
        ident = value.get("@id")
        if isinstance(ident, str) and len(value) > 1:
            known = self.by_id.get(ident)
            if known is None:
                self.by_id[ident] = value
            elif len(known) < _MOST_KEYS:
                self.by_id[ident] = {**value, **known}
        if kinds and kinds <= _DETAILS:
            return
        listed = not kinds.isdisjoint(_LISTED) or (bool(kinds) and _is_like_medical(kinds))
        other = not kinds.isdisjoint(OTHER_THINGS)
        if listed and not role and not other and not (offered and _only_a_therapy(value, kinds)):
            self.found.append(_Found(value, kinds, employers, url, title))
        outside = role
        if other or ("itemListElement" in value and _RELATED.search(fold(clean(value.get("name"))))):
            role = role or "other"
        if listed:
            below: tuple[Mapping[str, Any], ...] = (value, *employers[:3])
        else:
            # A role (« EmployeeRole ») or a list stands between a practice and its people.
            below = employers
            title = value.get("roleName") or value.get("namedPosition") or title
        inner_url = (value.get("url") or value.get("@id")) if "item" in value else None
        for key, inner in value.items():
            if not isinstance(inner, (list, dict)):
                continue
            low = key.lower()
            if low in _WRITERS or (listed and low in _STAFF) or key in _EMPLOYERS or low == "itemreviewed":
                self._tie(low, inner, value, below, listed)
            elif other and low != "mainentity":
                self.mentioned.update(_references(inner))
            elif low in _SUBJECTS and not kinds.isdisjoint(_PAGES):
                self.subjects.update(_references(inner))
            inner_role = role
            if low == "itemreviewed" or (low == "mainentity" and not kinds.isdisjoint(_WRITTEN)):
                # A review on its own says whom it is about; an article, whose page it really is.
                inner_role = outside
            elif not role and (low in _WRITERS or low in _OTHER_ROLES or key in _EMPLOYERS):
                # Whom a person works for is told with the person.
                inner_role = low
            if low in _STAFF and (listed or employers):
                self.see(inner, depth + 1, inner_role, below, None, title, offered)
            else:
                self.see(
                    inner, depth + 1, inner_role, (), inner_url if low == "item" else url, None,
                    offered or low in _OFFERED,
                )  # fmt: skip

    def _tie(
        self, key: str, inner: object, value: Mapping[str, Any], below: tuple[Mapping[str, Any], ...], listed: bool
    ) -> None:
        """Remember what one object says another is to it."""
        for item in as_list(inner):
            if not isinstance(item, Mapping):
                continue
            ident = item.get("@id")
            if key in _WRITERS and key != "publisher" and (name := fold(clean(item.get("name")))):
                self.makers.add(name)
            if not isinstance(ident, str):
                continue
            if key in _WRITERS:
                self.writers.setdefault(ident, key)
            elif key == "itemreviewed":
                if "aggregaterating" in kinds_of(value):
                    self.about.setdefault(ident, {})["aggregateRating"] = value
            elif key in _STAFF and listed:
                self.employers.setdefault(ident, below)
            else:
                self.worked_for.add(ident)

    def whole(self, value: object) -> object:
        """Return the object that a bare reference `{"@id": …}` points to, else the value itself."""
        if isinstance(value, Mapping) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value


def _references(value: object) -> Iterator[str]:
    idents = (item.get("@id") for item in as_list(value) if isinstance(item, Mapping))
    return (ident for ident in idents if isinstance(ident, str))


@lru_cache(maxsize=512)
def _is_like_medical(kinds: frozenset[str]) -> bool:
    return any(_LIKE_MEDICAL.search(kind) for kind in kinds)


def _only_a_therapy(node: Mapping[str, Any], kinds: frozenset[str]) -> bool:
    """Return True for an act on offer that is named by a type sites also use for those who offer it."""
    return kinds <= (_THERAPIES | {"physiotherapy"}) and "address" not in node and "telephone" not in node


def drafts_of(
    values: Iterable[Any], page: Page, site: SiteFacts, *, layer: str, known: Sequence[Listing] = ()
) -> list[Listing]:
    """Return the people and places that schema.org objects list, in order, not yet merged; an id where they name a page.

    An object counts when it has a name and a profession or an address, and is neither the platform itself, nor
    a publisher, an author, a reviewer, an advert or a breadcrumb.

    layer: what carried the objects (`json-ld`, `microdata`…); known: what earlier layers found
    """
    graph = _Graph()
    for value in values:
        graph.see(value)
    if not graph.found:
        return []
    brands = {fold(site.name).replace(" ", ""), fold(site.host.split(".")[0]).replace(" ", ""), *site_names(page)}
    brands.discard("")
    drafts: list[tuple[Listing, _Standing]] = []
    standings: dict[int, _Standing] = {}
    for found in graph.found[:_MAX_LISTINGS]:
        standing = _standing(found, graph, page, site, brands if site.name else set())
        if standing is _Standing.LISTED and found.employers:
            # The people of the platform are its own affair.
            standing = standings.get(id(found.employers[0]), standing)
        standings[id(found.node)] = standing
        draft = _listing(found, graph, page, site, layer) if standing is not _Standing.NEVER else None
        if draft is not None:
            drafts.append((draft, standing))
    others = [*known, *(draft for draft, standing in drafts if standing is _Standing.LISTED)]
    return [
        draft
        for draft, standing in drafts
        if standing is _Standing.LISTED
        or (all(_at_home_with(draft, other) for other in others) if others else _is_headline(draft, page))
    ]


def _is_headline(draft: Listing, page: Page) -> bool:
    """Return True when the page's title or a first heading names the listing, or when it has neither."""
    lines = headlines(page)
    return not lines or any(f" {fold(draft.name)} " in f" {line} " for line in lines)


def _at_home_with(one: Listing, other: Listing) -> bool:
    """Return True when the second is the first, or is one of its people, or shares its town."""
    if fold(one.name) in (fold(other.name), fold(other.organisation)):
        return True
    towns = {town_key(place.town) for place in one.places} & {town_key(place.town) for place in other.places}
    streets = {fold(place.street) for place in one.places} & {fold(place.street) for place in other.places}
    return bool(towns - {""}) and bool(streets - {""})


class _Standing(Enum):
    """How an object stands on the page. DOUBTFUL: listed only where nobody else is."""

    LISTED = 0
    DOUBTFUL = 1
    NEVER = 2


def _standing(found: _Found, graph: _Graph, page: Page, site: SiteFacts, brands: set[str]) -> _Standing:
    """Return how sure it is that the object is listed, not the site's own company, nor its maker, nor an advert."""
    node, kinds = found.node, found.kinds
    ident = node.get("@id")
    role = graph.writers.get(ident, "") if isinstance(ident, str) and ident not in graph.subjects else ""
    mentioned = isinstance(ident, str) and ident in graph.mentioned and ident not in graph.subjects
    name = clean(node.get("name"))
    only_company = kinds.isdisjoint(_CARING) and not _is_like_medical(kinds)
    person = not kinds.isdisjoint(_PEOPLE)
    practice = site.generic and not person and _is_practice(name) and bool(node.get("address"))
    # A practice writes and publishes its own pages, and may be a plain Organization there.
    if role and not practice and (role != "publisher" or person or only_company):
        return _Standing.NEVER
    # The page says whom it is about, and it is another than who publishes the site.
    if role == "publisher" and graph.subjects:
        return _Standing.NEVER
    if not (person or practice) and fold(name) in graph.makers:
        return _Standing.NEVER
    if _is_heading(name, node):
        return _Standing.NEVER
    if _paid(node) and not _own_url(found, page, site):
        return _Standing.NEVER
    if node.get("@credit"):
        return _Standing.NEVER
    if person:
        firms = [fold(clean(graph.whole(item))).replace(" ", "") for item in as_list(node.get("worksFor"))]
        if any(firm in brands for firm in firms if firm) and not _is_practice(clean(node.get("jobTitle"))):
            return _Standing.NEVER
        return _Standing.DOUBTFUL if node.get("@footer") or mentioned else _Standing.LISTED
    if brands and fold(name).replace(" ", "") in brands:
        # A practice's own site bears its name; so does the site that lists practices.
        if not site.generic or (only_company and (not practice or speaks_as_platform(page))):
            return _Standing.NEVER
        return _Standing.LISTED if practice else _Standing.DOUBTFUL
    if only_company and not practice:
        own = absolute(clean(node.get("url")), page)
        if host_of(own) == host_of(page.final_url) and path_of(own) == "/":
            return _Standing.NEVER
    if node.get("@footer") or mentioned:
        return _Standing.DOUBTFUL
    if only_company and not practice and not node.get("medicalSpecialty") and not found.employers:
        tied = isinstance(ident, str) and ident in graph.worked_for
        sure = tied or _has_carers(node) or _own_url(found, page, site)
        return _Standing.LISTED if sure else _Standing.DOUBTFUL
    return _Standing.LISTED


def _has_carers(node: Mapping[str, Any]) -> bool:
    """Return True when an organisation names somebody of a profession that cares for people."""
    staff = (item for key in node if key.lower() in _STAFF for item in as_list(node[key]) if isinstance(item, Mapping))
    return any(
        trade(clean(item.get("jobTitle") or item.get("medicalSpecialty"))) is not Trade.UNKNOWN for item in staff
    )


def _paid(node: Mapping[str, Any]) -> bool:
    if _PAID.isdisjoint(node):
        return False
    return any(str(node.get(key, "")).lower() in ("true", "1") for key in _PAID)


def _is_practice(name: str) -> bool:
    """Return True for the name of a place of care, not of a site that lists them."""
    folded = fold(name)
    # Any business may be a SARL.
    plain = _COMPANY_FORM.sub(" ", name)
    return bool(_PRACTICE.search(folded) or shown(plain).organisation) and not _DIRECTORY.search(folded)


_COMPANY_FORM = re.compile(r"\b(?:SASU?|SA|SARL|EURL|SNC|SCI|Ltd|Inc|GmbH|société|sociétés|groupe)\b\.?", re.IGNORECASE)


def _is_heading(name: str, node: Mapping[str, Any]) -> bool:
    """Return True for « Kinésithérapeutes à Valence » and the like: words of a search, no name."""
    if not _TRADE_WORD.search(name):
        return False
    found = _TRADE_IN_PLURAL.match(fold(name))
    if not found or shown(name).organisation:
        return False
    # « Kiné de la Gare », « Les kinés du Lac », with a street of its own, is a practice.
    address = node.get("address")
    street = isinstance(address, Mapping) and ("streetAddress" in address or "@id" in address)
    return not (found[0].endswith((" de ", " du ", " des ")) and street and not found[0].startswith(_SOUGHT))


_SOUGHT = ("trouve", "tous", "autres", "meilleur")


def _listing(found: _Found, graph: _Graph, page: Page, site: SiteFacts, layer: str) -> Listing | None:
    node = found.node
    ident = node.get("@id")
    if isinstance(ident, str):
        node = graph.by_id.get(ident, node)
        if ident in graph.about:
            node = {**graph.about[ident], **node}
    name = clean(node.get("name")) or clean(f"{clean(node.get('givenName'))} {clean(node.get('familyName'))}")
    name = name or clean(node.get("legalName"))
    if not name or len(name) > _MOST_LETTERS:
        return None
    profession = _profession(node, found)
    # A practice's secretary is one of its people, and nobody that it lists.
    if not found.kinds.isdisjoint(_PEOPLE) and keeps_the_desk(profession):
        return None
    employers = list(_employers(node, found, graph))
    places = _places(node, graph)
    for employer in () if places else employers:
        if places := _places(employer, graph):
            break
    if not (profession or places):
        return None
    phones, relay = phones_of(node)
    if phones and len(places) == 1:
        only = places[0]
        both = tuple(dict.fromkeys((*phones, *only.phones)))
        places = (Place(only.street, only.postcode, only.town, both, only.country),)
    phones = tuple(dict.fromkeys((*phones, *(number for place in places for number in place.phones))))
    bookable, booking_url = (None, "") if _BOOKINGS.isdisjoint(node) else _booking(node, page)
    rating, review_count = _rating(node, graph) if "aggregateRating" in node else (None, None)
    traits = set()
    if review_count or (review_count is None and (rating is not None or _reviewed(node))):
        traits.add(Trait.REVIEWS)
    if relay:
        traits.add(Trait.RELAY_NUMBER)
    if bookable:
        traits.add(Trait.BOOKABLE)
    if _paid(node):
        traits.add(Trait.SPONSORED)
    # A number that connects callers stands instead of the practice's own, or beside it.
    relayed = bool(relay) and not phones
    organisation = next((text for employer in employers if (text := clean(employer.get("name")))), "")
    values: dict[str, Any] = {
        "name": name,
        "profession": profession,
        "organisation": "" if organisation == name else organisation or _workplace(node, name, graph),
        "places": places,
        "phones": phones,
        "email": _email(node) if "email" in node else "",
        "rpps": _rpps(node) if "identifier" in node else "",
        "bookable": bookable,
        "booking_url": booking_url,
        "state": ListingState.RELAY if relayed else ListingState.UNKNOWN,
        "state_phrase": relay if relayed else "",
        "traits": frozenset(traits),
        "rating": rating,
        "review_count": review_count,
        "services": _services(node, graph),
    }
    # The phrase comes with the state.
    told = {key: layer for key, value in values.items() if value or value == 0}
    told.pop("state_phrase", None)
    if not relayed:
        del told["state"]
    kind = _kind(name, node, found.kinds)
    url = _own_url(found, page, site, graph)
    return Listing(site=site.host, id=own_id(url, site), url=url, kind=kind, layers=told, **values)


def _employers(node: Mapping[str, Any], found: _Found, graph: _Graph) -> Iterator[Mapping[str, Any]]:
    for key in () if _EMPLOYERS.isdisjoint(node) else sorted(_EMPLOYERS & node.keys(), key=_EMPLOYER_ORDER.index):
        for item in as_list(node[key]):
            employer = graph.whole(item)
            if isinstance(employer, Mapping):
                yield employer
            elif text := clean(employer):
                yield {"name": text}
    yield from found.employers
    ident = node.get("@id")
    if isinstance(ident, str):
        yield from graph.employers.get(ident, ())


def _workplace(node: Mapping[str, Any], name: str, graph: _Graph) -> str:
    """Return the name of the only place where a person works, when it reads as a practice's."""
    if _SPOTS.isdisjoint(node):
        return ""
    spots = [graph.whole(item) for key in ("workLocation", "location", "hasPOS") for item in as_list(node.get(key))]
    names = {clean(spot.get("name")) for spot in spots if isinstance(spot, Mapping) and "address" in spot}
    text = names.pop() if len(names) == 1 else ""
    return text if text and text != name and shown(text).organisation else ""


def _own_url(found: _Found, page: Page, site: SiteFacts, graph: _Graph | None = None) -> str:
    """Return the listing's own page on this site; empty when the object names none (or only a web site elsewhere)."""
    for key, value in (
        *((key, found.node[key]) for key in ("url", "@id", "mainEntityOfPage") if key in found.node),
        ("item", found.url),
    ):
        for item in as_list(value):
            text = clean(item.get("@id") or item.get("url")) if isinstance(item, Mapping) else clean(item)
            # An @id is often a mere label (« #physician-3 », « _:b1 »).
            if not text or text[0] == "#" or (key == "@id" and not _FULL_OR_PATH.match(text)):
                continue
            full = absolute(text, page)
            url = tidy_url(full)
            # What follows a # tells the listings of one page apart; on another page it only follows the visitor.
            if "#" in full and url == tidy_url(page.final_url):
                continue
            if site.owns(url) and (path_of(url) != "/" or _at_the_front(found, page, site, graph)):
                return url
    return ""


def _at_the_front(found: _Found, page: Page, site: SiteFacts, graph: _Graph | None) -> bool:
    """Return True where a site's front page may be a listing's own: on that page, or for a practice that publishes it."""
    if path_of(page.final_url) == "/":
        return True
    ident = found.node.get("@id")
    return site.generic and graph is not None and isinstance(ident, str) and graph.writers.get(ident) == "publisher"


def _profession(node: Mapping[str, Any], found: _Found) -> str:
    occupations = node.get("hasOccupation")
    occupation = [o.get("name") if isinstance(o, Mapping) else o for o in as_list(occupations)] if occupations else None
    for value in (node.get("medicalSpecialty"), node.get("jobTitle"), occupation, found.title):
        text = clean(value) if value else ""
        if text:
            if "/" not in text and ":" not in text and "#" not in text:
                return _SPECIALTIES.get(text.lower(), text)
            last = re.split(r"[/#:]", text)[-1] if re.match(r"https?://|schema:", text) else text
            return _SPECIALTIES.get(last.lower(), last)
    by_type = next((_OF_A_TYPE[kind] for kind in sorted(found.kinds) if kind in _OF_A_TYPE), "")
    if by_type:
        return by_type
    for value in as_list(node.get("additionalType")):
        last = re.split(r"[/#:]", clean(value))[-1].lower()
        if last in _OF_A_TYPE:
            return _OF_A_TYPE[last]
    # « Kinésithérapeute » is often all that a description or a category says.
    category = clean(node.get("category"))
    if category and trade(category) is not Trade.UNKNOWN and len(category) < 60:
        return category
    for key in ("disambiguatingDescription", "description"):
        said = clean(node.get(key)) if key in node else ""
        own = TRADE.match(said) or OTHER_TRADE.match(said) if len(said) < 100 else None
        # « Masseur-kinésithérapeute à Valence »; not « Kinésithérapeutes : prenez rendez-vous ».
        if own and _TRADE_END.match(said, own.end()):
            return own[0].strip()
    return ""


_TRADE_END = re.compile(r"\s*(?:$|,|\.\s*$|(?:à|en|dans)\s)")


def _kind(name: str, node: Mapping[str, Any], kinds: frozenset[str]) -> ListingKind:
    """Return whether the name is a person's: by the type, else, for health professionals, by how the name reads."""
    if "person" in kinds or node.get("familyName"):
        return ListingKind.PERSON
    medical = not kinds.isdisjoint(_MEDICAL) or _is_like_medical(kinds)
    health = medical or not kinds.isdisjoint(_PEOPLE) or bool(node.get("medicalSpecialty"))
    if "hospital" in kinds or not health:
        return ListingKind.ORGANISATION
    as_name, written = shown(name), name.split()
    if as_name.organisation:
        # « Jean Maison » is a family name; « Maison de santé » is not.
        person = len(written) == 2 and not shown(written[0]).organisation and "physician" in kinds
    elif kinds & _PEOPLE:
        person = bool(as_name.people)
    elif _TRADE_FIRST.match(fold(name)):
        # « Kiné & Mouvement », « Kiné Valence Sud »
        person = False
    else:
        person = len(as_name.people) == 1 and len(as_name.people[0]) >= 2
    return ListingKind.PERSON if person else ListingKind.ORGANISATION


def _email(node: Mapping[str, Any]) -> str:
    for value in as_list(node.get("email")):
        text = clean(value)
        text = text[7:] if text[:7].lower() == "mailto:" else text
        text = text.partition("?")[0].strip()
        if re.fullmatch(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}\.\w+", text):
            return text
    return ""


def _rpps(node: Mapping[str, Any]) -> str:
    for item in as_list(node.get("identifier")):
        if isinstance(item, Mapping) and "rpps" in fold(f"{clean(item.get('propertyID'))} {clean(item.get('name'))}"):
            digits = re.sub(r"\D", "", clean(item.get("value")))
        else:
            said = re.fullmatch(r"(?:urn:)?rpps\s*[:\s-]\s*(\d{11})", clean(item), re.IGNORECASE)
            digits = said[1] if said else ""
        if len(digits) == 11:
            return digits
    return ""


def _rating(node: Mapping[str, Any], graph: _Graph) -> tuple[float | None, int | None]:
    """Return the mean rating and how many it is made of; never who rated."""
    for item in as_list(node.get("aggregateRating")):
        whole = graph.whole(item)
        if isinstance(whole, Mapping):
            count = count_of(whole.get("reviewCount"))
            count = count_of(whole.get("ratingCount")) if count is None else count
            return (None if count == 0 else decimal_of(whole.get("ratingValue"))), count
    return None, None


def _reviewed(node: Mapping[str, Any]) -> bool:
    return bool(as_list(node.get("review")) or as_list(node.get("reviews")))


def _services(node: Mapping[str, Any], graph: _Graph) -> tuple[Service, ...]:
    """Return the acts on offer, each once, in order."""
    if _SERVICE_KEYS.isdisjoint(node):
        return ()
    found: dict[str, Service] = {}

    def take(value: object, depth: int, price: str) -> None:
        if len(found) >= _MAX_SERVICES or depth > 6:
            return
        if isinstance(value, list):
            for item in value[:_MAX_SERVICES]:
                take(item, depth + 1, price)
            return
        item = graph.whole(value)
        if not isinstance(item, Mapping):
            if name := clean(item):
                found.setdefault(fold(name), Service(name, price))
            return
        price = _price(item, graph) or price
        inner = [item[key] for key in ("itemOffered", "itemListElement", "item") if key in item]
        for offer in inner:
            take(offer, depth + 1, price)
        # A catalogue's own name (« Tarifs ») is no act.
        name = clean(item.get("name"))
        if not name or (inner and (len(found) or "itemListElement" in item)):
            return
        known = found.get(fold(name))
        found[fold(name)] = Service(name, price or (known.price if known else ""))

    for key in _SERVICES:
        if key in node:
            take(node[key], 0, "")
    return tuple(found.values())


def _price(item: Mapping[str, Any], graph: _Graph, depth: int = 0) -> str:
    """Return what an offer, a service or its first own offer costs; empty when it does not say."""
    for spot in (item, *as_list(item.get("offers")), *as_list(item.get("priceSpecification"))):
        offer = graph.whole(spot)
        if not isinstance(offer, Mapping):
            continue
        currency = offer.get("priceCurrency") or item.get("priceCurrency")
        if price := price_of(offer.get("price"), currency):
            return price
        least, most = (offer.get(a) if a in offer else offer.get(b) for a, b in _RANGES)
        if least is not None and most is not None and clean(least) != clean(most):
            return f"{clean(least)} à {price_of(most, currency)}"
        if price := price_of(least if least is not None else most, currency):
            return price
        if offer is not item and depth < 3 and (price := _price({**offer, "offers": None}, graph, depth + 1)):
            return price
    return ""


_RANGES = (("minPrice", "lowPrice"), ("maxPrice", "highPrice"))


_BOOKINGS = words("potentialAction acceptsReservations")


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
    for key in () if _SPOTS.isdisjoint(node) else ("location", "workLocation", "hasPOS", "availableAtOrFrom"):
        for item in as_list(node.get(key)):
            spot = graph.whole(item)
            if not isinstance(spot, Mapping):
                places.append(place_of(spot, ()))
                continue
            numbers = phones_of(spot)[0]
            inner = spot.get("address") if "address" in spot else spot
            places.extend(place_of(graph.whole(address), numbers) for address in as_list(inner))
    return merged_places([place for place in places if place.postcode or place.town or place.street])
