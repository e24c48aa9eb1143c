"""Answers of a site's own programs, JSON of any shape: who is listed in them, told by the names of their keys.

An object is a listing only with a name and, in the same object or its direct children, a profession or an address.
Everything else that has a name (users, authors, reviewers, towns, filters, the platform) is passed over by its key,
by its type or for want of those two. Objects of schema.org shape are left to `schema_org`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from listingguard.domain.listing import Listing, ListingKind, ListingState, Page, Place, Service, Trait
from listingguard.domain.names import SOFT_WORDS, Trade, fold, shown_name, trade
from listingguard.domain.places import town_key
from listingguard.pages.site import SiteFacts
from listingguard.pages.url import absolute, host_of, path_of, tidy_url
from listingguard.pages.values import (
    as_list,
    clean,
    count_of,
    decimal_of,
    merged_places,
    phones_of,
    place_of,
    price_of,
    words,
)

MAX_DEPTH = 40
MAX_OBJECTS = 100_000
MAX_LISTINGS = 5_000


def _ordered(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# --- what the keys mean; compared in small letters, without anything between the words ------------------------

_GIVEN = _ordered("firstname prenom givenname given prenomusuel prenomexercice forename prenoms")
_FAMILY = _ordered("lastname familyname surname family nomfamille nomdefamille nomusage nomexercice nom name")
_WHOLE = _ordered(
    "fullname displayname nomcomplet formattedname namewithtitle practitionername doctorname nompraticien "
    "completename name nom raisonsociale denomination enseigne businessname"
)
# Headings are names only where the rest of the object is plainly that of a listing.
_HEADING = _ordered("title label libelle intitule heading")
_TRADES = _ordered(
    "profession professions speciality specialty specialite specialities specialties specialites mainspeciality "
    "mainspecialty specialitename specialityname specialtyname libelleprofession libellespecialite professionlabel "
    "professionname jobtitle metier metiers medicalspecialty medicalspeciality"
)
# Words that mean many things: only a profession that we know counts.
_LOOSE_TRADES = _ordered(
    "job occupation activity activite activities activites qualification discipline subtitle headline category "
    "categories rubrique rubriques type role tags title"
)
_SPOKEN = _ordered("name label libelle nom title text display fr value shortname slug code")

_STREET = _ordered(
    "street streetaddress street1 address1 addressline1 addressline line1 line lines rue voie adresse1 addrstreet "
    "streetname road address adresse adressevoie"
)
_NUMBER = _ordered("streetnumber housenumber numerovoie numvoie addrhousenumber")
_CODE = _ordered("zipcode zip postcode postalcode cp codepostal addrpostcode postal")
_TOWN = _ordered(
    "city town ville commune locality addresslocality municipality localite cityname nomcommune libellecommune addrcity"
)
_FULL = _ordered(
    "fulladdress formattedaddress adressecomplete completeaddress displayaddress addressfull formatted "
    "addressstring addresstext"
)
_WHERE = frozenset((*_STREET, *_CODE, *_TOWN, *_FULL))
_COUNTRY = _ordered("addresscountry country countrycode pays")
_SPOTS = words(
    "address adresse addresses adresses location locations place places lieu lieux cabinet cabinets office offices "
    "practice practices center centre centers centres clinic establishment establishments etablissement etablissements "
    "structure organization organisation company employer postaladdress mainaddress mainlocation coordonnees "
    "publicinformation officeinformation contact contacts contactdetails contactinformation workplace workplaces "
    "lieuexercice lieuxexercice lieudexercice situation addressinfo"
)
# Of these, a text is an address too; elsewhere it is a name.
_SPOTS_IN_WORDS = words("address adresse location locations place lieu postaladdress mainaddress mainlocation")
_EMPLOYERS = _ordered(
    "cabinet cabinets center centre centers centres practice practices office clinic establishment etablissement "
    "structure organization organisation company employer workplace organizationname organisationname companyname "
    "nomcabinet cabinetname practicename officename centername centrename structurename employername"
)
_PHONE = re.compile(
    r"(?!.*(?:fax|copie|id$|type$|country|code$|prefix|count$|label$))(?:.*phone.*|.*mobile.*|telecoms?|.*landline.*|gsm|fixe|portable|"
    r"(?:num|numero|no)?tel(?:s|\d|fixe|port|portable|pro|cabinet|ephone.*)?|.*(?<!ho)(?<!mo)tel(?:ephone.*)?)"
)
_LOOSE_PHONE = words("contact number numero numbers numeros call callnumber ligne appel")
_FRENCH = re.compile(r"(?:(?:\+|00)33|0)[\d\s.\-()]{8,20}")
_INNER_PHONE = _ordered(
    "value e164 number numero phonenumber phone telephone tel international national formatted display raw"
)
_MAIL = _ordered("email mail courriel emailaddress mailaddress adresseemail adressemail contactemail")
_RPPS = re.compile(r"(?:num|numero|no|n)?rpps(?:id|number|num|code|numero)?|cpsid|idnat(?:ps|ional)?")
_LINK = _ordered(
    "profileurl profilelink profilepath publicurl canonicalurl permalink url link href fullurl pageurl detailurl "
    "lien urlfiche urlprofil path"
)
# How the site itself calls whoever is listed. A profile's number says more than that of the card that shows it.
_IDENTS = _ordered(
    "slug practitionerslug profileslug practitionerid praticienid idpraticien professionalid professionnelid "
    "idprofessionnel doctorid hcpid therapistid profileid profilid idprofil kineid id uuid guid uid objectid identifiant "
    "reference ref"
)
_IDENT = re.compile(r"[\w.:=/-]{1,100}")
_BOOKABLE = _ordered(
    "bookable isbookable onlinebooking isonlinebooking hasonlinebooking onlinebookingenabled isonlinebookable "
    "bookableonline isbookableonline isonlineappointment onlineappointment hasonlineappointment "
    "acceptsonlinebooking bookingenabled canbook rdvenligne prisederdvenligne priserdvenligne reservationenligne "
    "reservable estreservable"
)
_BOOKING_LINK = _ordered(
    "bookingurl bookinglink appointmenturl appointmentlink onlinebookingurl rdvurl urlrdv lienrdv reservationurl "
    "urlreservation bookingpath"
)
_BOOKABLE_KEYS = frozenset(_BOOKABLE)
# Within an object under one of these keys, the words need not say what is open, or where.
_BOOKINGS = (*_BOOKABLE, *_ordered("booking bookings rdv rendezvous reservation reservations appointment appointments"))
_OPEN = _ordered("enligne online enabled active actif available disponible ouvert open possible bookable onlinebooking")
_SHUT = re.compile(r".*(?:disabled|desactive|indisponible|unavailable|closed|ferme)")
_INNER_LINK = _ordered("lien link url href")
_STUB = {"isdirectory": True, "isclaimed": False, "claimed": False, "unclaimed": True}
_CUSTOMER = {"isclaimed": True, "claimed": True}
_PAID = _ordered("sponsored issponsored sponsorise ispromoted promoted")
_RATING = _ordered("rating averagerating ratingaverage ratingvalue avgrating note notemoyenne aggregaterating")
# How many, or an object of figures; a list of these is of people who wrote.
_OPINIONS = _ordered("avis reviews opinions ratings reviewsummary reviewssummary")
_RATING_INNER = _ordered("value average ratingvalue avg note score moyenne")
_COUNT = _ordered(
    "reviewcount reviewscount ratingcount ratingscount nbreviews nbavis nombreavis totalreviews numberofreviews "
    "numreviews avisnombre"
)
_COUNT_INNER = (*_COUNT, *_ordered("count total nombre"))
_SERVICES = _ordered("services prestations acts actes motives visitmotives motifs tarifs")
_PRICE = _ordered("price prix tarif amount montant fee cost")

# What wraps the person, beside what is said of them; and what wraps anything at all.
_PEOPLE = _ordered(
    "professional practitioner praticien doctor hcp healthcareprovider professionnel person personne "
    "therapist therapeute kine"
)
_WRAPPERS = _ordered(
    "profile profil attributes source node document fields properties identity identite general info infos details "
    "legals"
)
_FLAGS = _ordered("settings booking options flags features reservation")
_STAFF = words(
    "practitioners praticiens professionals professionnels doctors members membres team equipe employees staff "
    "associates associes kines therapists therapeutes healthcareproviders providers people personnes intervenants"
)
_LISTS = words("items results resultats data hits list liste listings records rows edges nodes entries content")
# Whoever stands here is no listing of this page.
_NEVER = words(
    "user users utilisateur utilisateurs currentuser me viewer author authors auteur auteurs reviewer reviewers review "
    "reviews avis comment comments commentaires testimonials temoignages agent agents agency agencies agence platform "
    "plateforme publisher editor editeur seo meta metadata breadcrumb breadcrumbs facet facets filter filters filtres "
    "aggregations i18n translations messages locale locales city cities town towns villes communes regions departments "
    "departements specialitylist specialtylist specialities specialties specialites specialitieslist suggestions "
    "autocomplete related relatedsearches similar similaires similarpractitioners nearby colleagues confreres auth "
    "session account accounts customer customers patient patients config configuration navigation menu menus footer "
    "header articles article posts post blog news jobs ads adverts advert advertisements publicites advertising "
    "createdby updatedby owner manager host hosting hebergeur legal analytics tracking experiments cookies consent faq "
    "faqs questions translationsmap routes components dictionary wording sponsors partners partenaires insurances "
    "mutuelles languages langues searchhistory popular popularsearches intl highlight highlightresult snippetresult "
    "editeurs mapping voiraussi"
)
_OTHER_TYPES = words(
    "user review author reviewer comment city town region department speciality specialty article post advert ad ads "
    "advertisement breadcrumb agent admin patient faq filter facet slot insurance menu page question agency category "
    "publisher partner tag"
)
_TYPE = _ordered("type typename kind objecttype resourcetype entitytype doctype")
_PLACE_TYPES = words("center centre clinic organization organisation establishment etablissement cabinet structure")

_KEY_SEPARATORS = re.compile(r"[^a-z0-9]+")


_NAMESPACE = re.compile(r"[A-Za-z]{1,12}:(?=[A-Za-z])")


@lru_cache(maxsize=8192)
def _key(key: str) -> str:
    # « hydra:next », « schema:name »
    key = _NAMESPACE.sub("", key, count=1) if ":" in key else key
    return _KEY_SEPARATORS.sub("", key.lower() if key.isascii() else fold(key))


def _keys(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object by comparable keys, the first of each kept; an object of too many keys is a dictionary."""
    known: dict[str, Any] = {}
    for key, value in node.items():
        if value is not None and len(key) <= 40:
            known.setdefault(_key(key), value)
        if len(known) > 300:
            break
    return known


# --- the walk ----------------------------------------------------------------------------------------------


def drafts(document: object, page: Page, site: SiteFacts, *, layer: str) -> list[Listing]:
    """Return the people and places that a JSON document lists, in its order, not yet merged and without an id.

    layer: `json` for an answer that is JSON, `state` for what a page embeds for its own scripts. Reads at most
    100,000 objects, 40 levels deep.
    """
    walk = _Walk(page, site, layer, own_words=has_own_words(document))
    walk.see(_with_included(document))
    return walk.found


def has_own_words(document: object) -> bool:
    """Return True for JSON-LD whose words are the site's own, not schema.org's: an answer of API Platform (Hydra)."""
    if not isinstance(document, dict):
        return False
    context = document.get("@context")
    return isinstance(context, str) and "schema.org" not in context


_MOST_INCLUDED = 5_000


def _with_included(document: object) -> object:
    """Return a JSON:API answer with what its entries refer to put in their place; anything else as it is."""
    included = document.get("included") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(included, list) or "data" not in document:
        return document
    told = {
        (item.get("type"), str(item.get("id"))): item.get("attributes")
        for item in included[:_MOST_INCLUDED]
        if isinstance(item, dict) and isinstance(item.get("type"), str)
    }

    def whole(reference: object) -> object:
        if isinstance(reference, list):
            return [inner for item in reference[:50] if (inner := whole(item)) is not None]
        if not isinstance(reference, dict) or not isinstance(reference.get("type"), str):
            return None
        return told.get((reference["type"], str(reference.get("id"))))

    def joined(entry: object) -> object:
        relations = entry.get("relationships") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(relations, dict):
            return entry
        named = {key: whole(value.get("data")) for key, value in relations.items() if isinstance(value, dict)}
        attributes = entry.get("attributes")
        return {
            **{key: value for key, value in entry.items() if key != "relationships"},
            "attributes": {**named, **(attributes if isinstance(attributes, dict) else {})},
        }

    data = document["data"]
    entries = [joined(entry) for entry in data[:MAX_LISTINGS]] if isinstance(data, list) else joined(data)
    return {key: value for key, value in document.items() if key != "included"} | {"data": entries}


@dataclass
class _Walk:
    """What was found so far, and how many objects may still be looked at.

    own_words: `@type` names a kind of the site's own. bookings: keys under which entries of the present list say how
    one books with them; an entry that says « null » there has nothing of the kind. counted: entries of the present list
    bear their place in it as id.
    """

    page: Page
    site: SiteFacts
    layer: str
    own_words: bool = False
    found: list[Listing] = field(default_factory=list)
    left: int = MAX_OBJECTS
    bookings: frozenset[str] = frozenset()
    counted: bool = False

    def see(self, value: object, depth: int = 0, employer: Listing | None = None) -> None:
        """Walk a value in document order."""
        if depth > MAX_DEPTH or self.left <= 0 or len(self.found) >= MAX_LISTINGS:
            return
        if isinstance(value, list):
            around, self.bookings, self.counted = (self.bookings, self.counted), _told_bookings(value), _counts(value)
            for item in value:
                if isinstance(item, (list, dict)):
                    self.see(item, depth + 1, employer)
            self.bookings, self.counted = around
            return
        if not isinstance(value, dict):
            return
        self.left -= 1
        keys = _keys(value)
        # schema.org's own reader walks the same document.
        other = ("@type" in value and not self.own_words) or not _OTHER_TYPES.isdisjoint(_types(keys))
        listing = None if other else _listing(value, keys, self.page, self.site, self.layer, employer)
        if listing is not None:
            nothing = listing.bookable is None and any(name in value and value[name] is None for name in self.bookings)
            if nothing:
                listing = replace(listing, bookable=False, layers={**listing.layers, "bookable": self.layer})
            if self.counted and listing.id.isdecimal():
                listing = replace(listing, id="")
            self.found.append(listing)
        for name, inner in value.items():
            if not isinstance(inner, (list, dict)):
                continue
            key = _key(name) if len(name) <= 40 else ""
            if key in _NEVER:
                continue
            if listing is None:
                self.see(inner, depth + 1, employer)
            # A practice names its people; whoever works beside a person is not what the page is about.
            elif listing.kind is ListingKind.ORGANISATION and key in _STAFF:
                self.see(inner, depth + 1, listing)
            elif key in _LISTS:
                self.see(inner, depth + 1)


def _told_bookings(entries: Sequence[object]) -> frozenset[str]:
    """Return the keys under which at least one entry of a list has an object that tells how one books."""
    first = next((entry for entry in entries if isinstance(entry, dict)), {})
    names = [name for name in first if len(name) <= 40 and _key(name) in _BOOKABLE_KEYS]
    return frozenset(
        name
        for name in names
        if any(isinstance(entry, dict) and isinstance(entry.get(name), dict) for entry in entries)
    )


def _counts(entries: Sequence[object]) -> bool:
    """Return True when the entries of a list bear their place in it as id: another page would give it to others."""
    ids = [entry.get("id") for entry in entries if isinstance(entry, dict)]
    numbers = [
        int(i) for i in ids if isinstance(i, (int, str)) and not isinstance(i, bool) and _PLACE.fullmatch(str(i))
    ]
    if not numbers or len(numbers) != len(ids):
        return False
    first, many = numbers[0], len(numbers)
    in_order = numbers == list(range(first, first + many))
    return in_order and (first < 2 or (many > 4 and first % many < 2))


_PLACE = re.compile(r"\d{1,6}")


def _types(keys: Mapping[str, Any]) -> frozenset[str]:
    text = " ".join(value for key in _TYPE if isinstance(value := keys.get(key), str) and len(value) < 60)
    return _type_words(text) if text else frozenset()


@lru_cache(maxsize=1024)
def _type_words(text: str) -> frozenset[str]:
    return words(fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)))


# --- one listing -------------------------------------------------------------------------------------------


def draft(site: SiteFacts, layer: str, raw_phones: Iterable[str] = (), **values: Any) -> Listing:
    """Return a listing whose every told field remembers the layer; without a URL, its id is one of the site's data.

    raw_phones: numbers as written. Those that only connect callers make it a relay's, and are no phone of anybody; the
    others go with the place where there is one alone.
    """
    phones, relay = phones_of({"telephone": list(raw_phones)})
    places: tuple[Place, ...] = merged_places(values.pop("places", ()))
    if phones and len(places) == 1:
        places = (replace(places[0], phones=tuple(dict.fromkeys((*phones, *places[0].phones)))),)
    phones = tuple(dict.fromkeys((*phones, *(number for place in places for number in place.phones))))
    traits = set(values.pop("traits", ()))
    if relay:
        traits.add(Trait.RELAY_NUMBER)
        values |= {"state": ListingState.RELAY, "state_phrase": relay}
    if values.get("bookable"):
        traits.add(Trait.BOOKABLE)
    values |= {"places": places, "phones": phones, "traits": frozenset(traits)}
    ident = values.pop("id", "")
    unsaid: tuple[Any, ...] = ("", (), None, frozenset(), ListingState.UNKNOWN)
    told = {key: layer for key, value in values.items() if value not in unsaid}
    for key in ("kind", "url", "state_phrase"):
        told.pop(key, None)
    return Listing(site=site.host, id=ident, url=values.pop("url", ""), layers=told, **values)


def _listing(
    node: Mapping[str, Any], keys: Mapping[str, Any], page: Page, site: SiteFacts, layer: str, employer: Listing | None
) -> Listing | None:
    name, split, heading = _name(keys)
    views = [keys, *_children(keys, _WRAPPERS)]
    if not name:
        # The person or the practice is named one level below, beside what is said of them here.
        for inner in _children(keys, (*_PEOPLE, *_WRAPPERS, *_EMPLOYERS)):
            name, split, heading = _name(inner)
            if name and not heading:
                views = [inner, *views]
                break
        else:
            return None
    profession = next((text for view in views if (text := _profession(view))), "")
    spots = [_places(view) for view in views]
    places = merged_places([place for found, _ in spots for place in found])
    raws = [raw for _, loose in spots for raw in loose]
    if not places and employer is not None:
        places = tuple(replace(place, phones=()) for place in employer.places)
    if not _worth_listing(name, profession, places, raws, heading=heading) or not is_name(name):
        return None
    if _is_platform(name, site, profession):
        return None
    kind = _kind(keys, views, name, split=split)
    bookable, booking_url = _booking(views, page)
    state, phrase = _state(views, node)
    rating, count = _rating(views)
    traits = {Trait.SPONSORED} if any(view.get(key) is True for view in views for key in _PAID) else set()
    if count or (rating is not None and count is None):
        traits.add(Trait.REVIEWS)
    organisation = next((text for view in views if (text := _organisation(view))), "")
    organisation = organisation or (employer.name if employer else "")
    url = next((url for view in views if (url := _own_url(view, page, site))), "")
    return draft(
        site,
        layer,
        raws,
        id="" if url else next((ident for view in views if (ident := _ident(view))), ""),
        name=name,
        kind=kind,
        url=url,
        profession=profession,
        organisation="" if fold(organisation) == fold(name) else organisation,
        places=places,
        email=next((mail for view in views if (mail := _mail(view))), ""),
        rpps=next((rpps for view in views if (rpps := _rpps(view))), ""),
        bookable=bookable,
        booking_url=booking_url,
        state=state,
        state_phrase=phrase,
        rating=rating,
        review_count=count,
        services=next((services for view in views if (services := _services(view))), ()),
        traits=traits,
    )


def _children(keys: Mapping[str, Any], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Return the objects under these keys, each by its comparable keys; of a list, the first."""
    for name in [name for name in names if name in keys]:
        value = keys[name]
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            yield _keys(value)


def _text(keys: Mapping[str, Any], names: Iterable[str], most: int = 200) -> str:
    """Return the first text under one of these keys; one that is too long is none."""
    for name in [name for name in names if name in keys]:
        value = keys[name]
        if isinstance(value, str) and len(value) > 4 * most:
            continue
        text = clean(value)
        if text and len(text) <= most:
            return text
    return ""


def _name(keys: Mapping[str, Any]) -> tuple[str, bool, bool]:
    """Return the name an object bears, whether it is split as people's are, and whether it is a mere heading."""
    given, family = _text(keys, _GIVEN, 60), _text(keys, _FAMILY, 60)
    if given and family:
        return (family if fold(given) in fold(family) else f"{given} {family}"), True, False
    inner = keys.get("name")
    inner = inner[0] if isinstance(inner, list) and inner else inner
    if isinstance(inner, dict):
        known = _keys(inner)
        given = _text(known, (*_GIVEN, "first"), 60)
        family = _text(known, (*_FAMILY, "last"), 60)
        if given and family:
            return f"{given} {family}", True, False
        return _text(known, ("text", *_WHOLE, "fr"), 120), False, False
    whole = _text(keys, _WHOLE, 120) or family
    return (whole, False, False) if whole else (_text(keys, _HEADING, 120), False, True)


_ADVERT = re.compile(
    r"(?:les |nos |vos |trouve[rz] |tous les |meilleurs? |un |une )*"
    r"(?:kine|masseu|physioth|praticien|professionnel|medecin|osteo|cabinets? de kine)[a-z ]*?"
    r" (?:a|en|dans|pres|proche|autour|sur|vers)\b(?! domicile)"
)


def is_name(text: str) -> bool:
    """Return True for what may name somebody: not a mere trade, not « Kinésithérapeutes à Valence », no address.

    >>> is_name("Camille Exemple"), is_name("Masseur-kinésithérapeute"), is_name("Kinésithérapeutes à Valence")
    (True, False, False)
    """
    if not 2 <= len(text) <= 120 or "@" in text or "://" in text or _ADVERT.match(fold(text)):
        return False
    shown = shown_name(text)
    return bool(shown.people) or shown.organisation


_CIVILITIES = words("m mr mme mlle monsieur madame mademoiselle dr docteur")


def names_a_person(text: str) -> bool:
    """Return True where a name reads as one person's, not as a practice's.

    >>> names_a_person("Camille Exemple"), names_a_person("Kiné Sport Valence"), names_a_person("Cabinet Exemple")
    (True, False, False)
    """
    shown = shown_name(text)
    if shown.organisation:
        # « Jean Maison » is a family name; « Maison de santé » is not.
        words = shown.people[0] if len(shown.people) == 1 else ()
        own = len(words) == 2 and not shown_name(words[0].shown).organisation
        return own and _CIVILITIES.issuperset(shown.beside.split())
    if len(shown.people) != 1 or not 2 <= len(shown.people[0]) <= 6:
        return False
    # « Kiné Sport Valence »: a trade in front, and words that speak of a practice.
    return not (shown.beside and any(token.text in SOFT_WORDS for token in shown.people[0]))


def _kind(keys: Mapping[str, Any], views: Sequence[Mapping[str, Any]], name: str, *, split: bool) -> ListingKind:
    said = {view["ispractitioner"] for view in views if isinstance(view.get("ispractitioner"), bool)}
    if False in said or not _PLACE_TYPES.isdisjoint(_types(keys)):
        return ListingKind.ORGANISATION
    # Some sites put a practice's name where the family name goes.
    person = (split and not shown_name(name).organisation) or names_a_person(name)
    return ListingKind.PERSON if person or True in said else ListingKind.ORGANISATION


def _worth_listing(
    name: str, profession: str, places: Sequence[Place], raw_phones: Sequence[str], *, heading: bool
) -> bool:
    """Return whether there is enough: a profession, or an address that is more than the town of that name."""
    street = any(place.street and (place.postcode or place.town) for place in places)
    reached = bool(raw_phones) and any(place.postcode or place.town for place in places)
    if any(place.town and town_key(place.town) == town_key(name) for place in places):
        return False
    if heading:
        return street or (reached and bool(profession))
    return bool(profession) or street or reached


def _is_platform(name: str, site: SiteFacts, profession: str) -> bool:
    brands = {fold(brand).replace(" ", "") for brand in (site.name, site.host, site.host.split(".")[0]) if brand}
    # The name of a site nobody described is its host: a practice's own site bears the practice's name.
    return fold(name).replace(" ", "") in brands and not (site.generic and profession)


# --- its fields --------------------------------------------------------------------------------------------


def _profession(keys: Mapping[str, Any]) -> str:
    for names, loose in ((_TRADES, False), (_LOOSE_TRADES, True)):
        for name in [name for name in names if name in keys]:
            texts = [text for item in as_list(keys.get(name))[:20] if (text := _spoken(item))]
            ours = next((text for text in texts if trade(text) is Trade.PHYSIOTHERAPIST), "")
            known = next((text for text in texts if trade(text) is not Trade.UNKNOWN), "")
            text = ours or known or ("" if loose or not texts else texts[0])
            if text:
                return text
    return ""


def _spoken(value: object) -> str:
    """Return the name of a profession; only its slug known, with spaces for hyphens."""
    text = _text(_keys(value), _SPOKEN, 120) if isinstance(value, dict) else clean(value)
    if len(text) > 120 or not any(c.isalpha() for c in text):
        return ""
    return re.sub(r"[-_]", " ", text) if re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)+", text) else text


def _places(value: object, depth: int = 0) -> tuple[list[Place], list[str]]:
    """Return the places of an object, of its offices, centres…, in order, and the numbers told beside no address.

    A number goes with the places of the innermost object that has any. Of the outermost object, the numbers are the
    listing's own, not a place's.
    """
    places: list[Place] = []
    loose: list[str] = []
    if depth > 5:
        return places, loose
    if isinstance(value, list):
        for item in value[:50]:
            found, numbers = _places(item, depth + 1)
            places += found
            loose += numbers
        return places, loose
    if isinstance(value, str):
        place = _place_on_one_line(value)
        return ([place] if place else []), loose
    if not isinstance(value, dict):
        return places, loose
    keys = value if depth == 0 else _keys(value)
    own = _flat_place(keys)
    for name, inner in keys.items():
        if name in _SPOTS and (isinstance(inner, (list, dict)) or (own is None and name in _SPOTS_IN_WORDS)):
            found, numbers = _places(inner, depth + 1)
            places += found
            loose += numbers
    if own is not None and places and not own.street:
        # The town stands around the street.
        places = [
            replace(
                place,
                postcode=place.postcode or own.postcode,
                town=place.town or own.town,
                country=place.country or own.country,
            )
            for place in places
        ]
    elif own is not None:
        places = [own, *places]
    loose += _raw_phones(keys)
    if depth == 0 or not places or not loose:
        return places, loose
    phones, relay = phones_of({"telephone": loose})
    placed = [replace(place, phones=tuple(dict.fromkeys((*place.phones, *phones)))) for place in places]
    return placed, [relay] if relay else []


def _place_on_one_line(text: str) -> Place | None:
    """Return the place of an address on one line, or of a mere town; None for what is too long to be one."""
    text = clean(text)
    if not text or len(text) > 300:
        return None
    place = place_of(text, ())
    if not place.postcode and not any(c.isdigit() for c in text):
        return Place(town=text) if len(text) < 60 else None
    return place


def _flat_place(keys: Mapping[str, Any]) -> Place | None:
    """Return the place whose street, postcode and town stand in the object itself; None without any."""
    if _WHERE.isdisjoint(keys):
        return None
    town_value = keys.get(next((name for name in _TOWN if name in keys), ""))
    town, code = clean(town_value), _text(keys, _CODE, 12)
    if isinstance(town_value, dict):
        known = _keys(town_value)
        town, code = town or _text(known, _SPOKEN, 80), code or _text(known, _CODE, 12)
    if len(town) > 80:
        town = ""
    lines = next((keys[name] for name in _STREET if isinstance(keys.get(name), str) and clean(keys[name])), None)
    if lines is None and isinstance(listed := keys.get("line") or keys.get("lines"), list):
        lines = ", ".join(filter(None, (clean(item) for item in listed[:6])))
    street = clean(lines)
    if len(street) > 300:
        street = ""
    number = _text(keys, _NUMBER, 12)
    if street and number and not street.startswith(number):
        street = f"{number} {street}"
    country = _text(keys, _COUNTRY, 60)
    full = _text(keys, _FULL, 300)
    if not (street and (code or town)) and full:
        place = place_of(full, ())
        return replace(place, postcode=place.postcode or code, town=place.town or town)
    if not (street or code or town):
        return None
    parts = {"streetAddress": street, "postalCode": code, "addressLocality": town, "addressCountry": country}
    place = place_of(parts, ())
    return place if place.street or place.postcode or place.town else None


def _raw_phones(keys: Mapping[str, Any]) -> list[str]:
    """Return the telephone numbers of an object as written, the fax's left out."""
    raws: list[str] = []
    for name, value in keys.items():
        if len(name) <= 40 and _PHONE.fullmatch(name):
            raws += _numbers(value)
        elif name in _LOOSE_PHONE and isinstance(value, str) and _FRENCH.fullmatch(value.strip()):
            raws.append(value.strip())
    return list(dict.fromkeys(raws))


def _numbers(value: object) -> list[str]:
    raws: list[str] = []
    for item in as_list(value)[:20]:
        inner = item
        if isinstance(item, dict):
            known = _keys(item)
            kind = fold(" ".join(v for k in (*_TYPE, "system", "label", "name") if isinstance(v := known.get(k), str)))
            if any(word in kind for word in ("fax", "copie", "mail", "url")):
                continue
            inner = next((known[name] for name in _INNER_PHONE if name in known), None)
        if isinstance(inner, float) and inner.is_integer():
            inner = int(inner)
        text = clean(inner)[:200]
        if any(c.isdigit() for c in text):
            raws.append(text)
    return raws


def _mail(keys: Mapping[str, Any]) -> str:
    text = _text(keys, _MAIL, 200).removeprefix("mailto:")
    if not text:
        for inner in _children(keys, ("contact", "contactdetails", "contactinformation", "coordonnees")):
            text = text or _text(inner, _MAIL, 200)
    return text if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}", text) else ""


def _rpps(keys: Mapping[str, Any]) -> str:
    for name, value in keys.items():
        if len(name) > 40:
            continue
        raw: object = None
        if _RPPS.fullmatch(name):
            raw = value
        elif name in ("identifier", "identifiers", "identifiants"):
            for item in as_list(value)[:20]:
                if isinstance(item, dict) and "rpps" in str(item)[:500].lower():
                    raw = item.get("value")
        digits = re.sub(r"\D", "", clean(raw)[:40])
        # The national number of a professional is 8 and the RPPS number.
        digits = digits[1:] if len(digits) == 12 and digits[0] == "8" else digits
        if len(digits) == 11:
            return digits
    return ""


def _own_url(keys: Mapping[str, Any], page: Page, site: SiteFacts) -> str:
    """Return the listing's own page on this site; empty when the object names none (or one elsewhere, or an API's)."""
    for name in [name for name in _LINK if name in keys]:
        text = clean(keys[name])
        if not text or len(text) > 2000 or text.startswith("#"):
            continue
        if not re.match(r"https?:|/", text, re.IGNORECASE):
            # Without its first slash, a path still counts from the top of the site; a mere slug is no path.
            if "/" not in text or ":" in text:
                continue
            text = f"/{text}"
        url = tidy_url(absolute(text, page))
        path = path_of(url)
        if site.owns(url) and path != "/" and "/api/" not in f"{path}/" and not path.endswith(".json"):
            return url
    return ""


def _ident(keys: Mapping[str, Any]) -> str:
    """Return the site's own id or slug of an object, in small letters; empty without one that is plainly an id."""
    for name in [name for name in _IDENTS if name in keys]:
        value = keys[name]
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and _IDENT.fullmatch(text := text.strip().strip("/")) and "://" not in text:
            return text.lower()
    return ""


def _organisation(keys: Mapping[str, Any]) -> str:
    for name in [name for name in _EMPLOYERS if name in keys]:
        value = keys[name]
        if isinstance(value, list):
            value = value[0] if value else None
        text = _name(_keys(value))[0] if isinstance(value, dict) else clean(value)
        if text and len(text) <= 120 and any(c.isalpha() for c in text) and not any(c.isdigit() for c in text[:1]):
            return text
    return ""


def _flag(value: object) -> bool | None:
    """Return the plain yes or no a value says, else None."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    return True if word in ("true", "yes", "oui", "1") else False if word in ("false", "no", "non", "0") else None


def _booking(views: Sequence[Mapping[str, Any]], page: Page) -> tuple[bool | None, str]:
    """Return whether one can book, as far as the object says so plainly, and where."""
    everywhere = [*views, *(inner for view in views for inner in _children(view, _FLAGS))]
    link = next((text for view in everywhere if (text := _text(view, _BOOKING_LINK, 2000))), "")
    url = absolute(link, page) if re.match(r"https?:|/", link) else ""
    for view in everywhere:
        for name in [name for name in _BOOKABLE if name in view]:
            said = _flag(view[name])
            if said is not None:
                return said, url if said else ""
    for view in views:
        for name in [name for name in _BOOKINGS if isinstance(view.get(name), dict)]:
            inner = _keys(view[name])
            shut = next(
                (said for key in inner if _SHUT.fullmatch(key) and (said := _flag(inner[key])) is not None), None
            )
            said = next((said for key in _OPEN if (said := _flag(inner.get(key))) is not None), None)
            link = _text(inner, (*_BOOKING_LINK, *_INNER_LINK), 2000)
            url = url or (absolute(link, page) if re.match(r"https?:|/", link) else "")
            if shut is True or said is False:
                return False, ""
            if said or shut is False or url:
                return True, url
    return (True, url) if url else (None, "")


def _state(views: Sequence[Mapping[str, Any]], node: Mapping[str, Any]) -> tuple[ListingState, str]:
    """Return the state a flag says plainly, and the flag as the answer writes it."""
    for state, flags in ((ListingState.STUB, _STUB), (ListingState.CUSTOMER, _CUSTOMER)):
        for view in views:
            for name, sign in flags.items():
                if name in view and view[name] is sign:
                    inside = (node, *(inner for inner in node.values() if isinstance(inner, dict)))
                    written = next((key for where in inside for key in where if _key(key) == name), name)
                    return state, f"{written}: {str(sign).lower()}"
    return ListingState.UNKNOWN, ""


def _rating(views: Sequence[Mapping[str, Any]]) -> tuple[float | None, int | None]:
    """Return the rating, on the site's own scale, and how many gave one."""
    rating, count = None, None
    for view in views:
        for name in (*_RATING, *_OPINIONS):
            value = view.get(name)
            if isinstance(value, dict):
                known = _keys(value)
                rating = rating if rating is not None else decimal_of(_text(known, _RATING_INNER))
                count = count if count is not None else count_of(_text(known, _COUNT_INNER))
            elif name in _OPINIONS:
                count = value if count is None and isinstance(value, int) and not isinstance(value, bool) else count
            elif rating is None and isinstance(value, (str, int, float)) and not isinstance(value, bool):
                rating = decimal_of(value)
        count = count if count is not None else count_of(_text(view, _COUNT))
    rating = rating if rating is not None and 0 < rating <= 100 else None
    return rating, count


def _services(keys: Mapping[str, Any]) -> tuple[Service, ...]:
    services: dict[Service, None] = {}
    for name in _SERVICES:
        for item in as_list(keys.get(name))[:100]:
            known = _keys(item) if isinstance(item, dict) else {"name": item}
            text = _text(known, ("name", "label", "libelle", "nom", "title"), 200)
            if text:
                services[
                    Service(
                        text, price_of(_text(known, _PRICE, 40), _text(known, ("currency", "pricecurrency", "devise")))
                    )
                ] = None
    return tuple(services)


# --- what comes next -----------------------------------------------------------------------------------------

_NEXT = _ordered("next nextpage nexturl nextpageurl nextlink suivant suivante pagesuivante")
_AROUND = _ordered("links meta pagination paging pageinfo options data results page pager view")


def next_page(document: object, page: Page) -> str:
    """Return the absolute URL of the next page where the answer plainly tells it; empty otherwise.

    A page number counts only where the answer's own address says `page=N`; an address only on the same host.
    """
    if not isinstance(document, dict):
        return ""
    keys = _keys(document)
    around = list(_children(keys, _AROUND))
    for view in (keys, *around, *(below for inner in around for below in _children(inner, _AROUND))):
        for linked in (view.get("links"), view.get("link")):
            for item in linked[:20] if isinstance(linked, list) else ():
                known = _keys(item) if isinstance(item, dict) else {}
                if (known.get("rel") or known.get("relation")) == "next":
                    url = _followed(known.get("href") or known.get("url"), page)
                    if url:
                        return url
        for name in _NEXT:
            value = view.get(name)
            if isinstance(value, dict):
                value = value.get("href") or value.get("url")
            url = _followed(value, page)
            if url:
                return url
    return ""


def _followed(value: object, page: Page) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value).strip()
    parts = urlsplit(page.final_url)
    if re.fullmatch(r"\d{1,6}", text):
        query = parse_qsl(parts.query, keep_blank_values=True)
        current = next((v for k, v in query if k == "page" and re.fullmatch(r"\d{1,6}", v)), None)
        if current is None or int(text) <= int(current):
            return ""
        turned = [(k, text if k == "page" else v) for k, v in query]
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(turned), ""))
    if not re.match(r"https?://|[/?]", text):
        return ""
    url = absolute(text, page)
    return url if url and host_of(url) == host_of(page.final_url) and url != page.final_url else ""
