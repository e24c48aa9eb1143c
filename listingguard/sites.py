"""What a site adapter is, and how adapters are found; how a page is read lies in `pages`. It never fetches."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from listingguard.domain.listing import (
    Cause,
    Gone,
    Listing,
    ListingKind,
    Listings,
    ListingState,
    Page,
    Reading,
    SaysNone,
    Trait,
    Unreadable,
)
from listingguard.domain.names import fold
from listingguard.domain.places import department
from listingguard.errors import BadInput, NotFound
from listingguard.pages.answers import draft
from listingguard.pages.claims import Claim, claim_of
from listingguard.pages.container import FileKind
from listingguard.pages.document import (
    first_shown,
    is_binary,
    is_json,
    page_text,
    soup,
    tree_of,
    unwrapped,
    visible_words,
)
from listingguard.pages.json_ld import json_ld
from listingguard.pages.layers import read_answer, read_structured
from listingguard.pages.nobody import why_nobody
from listingguard.pages.once import each_once, own_path, with_bookable
from listingguard.pages.url import absolute, bare_host, host_of, path_of, slug, tidy_url
from listingguard.pages.values import clean, place_from_text

__all__ = [
    "GenericSite", "RecordedSite", "Site", "Sites", "clean", "load_sites", "place_from_text", "read_structured", "soup",
    "tidy_url", "with_bookable", "with_page",
]  # fmt: skip

RECORDS = "platforms.toml"
"""The file of a folder of sites that holds what is known of hosts without a module."""

_SHORT = 15_000
"""Bytes: pages of challenge are shorter, the pages of a booking site longer."""

# A door with a lock is a refusal too: never past a login.
_REFUSALS = (401, 403, 407, 429, 451, 503)


class Site:
    """One site: the facts an adapter states about its host, and how a page of it is read.

    host:          without `www.`
    aliases:       other hosts of the same site, also without `www.`
    name:          the brand as the site shows it
    controller:    its slug in controllers.toml
    base:          what a path is put behind; empty: `https://` and the host
    profile:       regular expression for the whole path of a profile page; its group `id` is the site's own id
    lists:         regular expression for the whole path of what is surely no profile, where `profile` is not known
    directory:     path of the list for a town; empty: none
    search:        path of a search for a person; empty: none
    api:           path of a list for a town that answers in JSON; empty: none
    sitemap:       path of its sitemap, or of the index of its sitemaps; empty: unknown
    answers:       regular expression for the whole path of what answers in JSON; anything else there is a refusal
    landmark:      regular expression that finds something in every normal page of markup; empty: unknown
    none_phrases:  the site's own words for « nobody »; empty: this site can never be said to show nobody
    stub_phrases, closed_phrases, customer_phrases: words on a profile page that tell what kind of page it is
    unbookable_phrases: words on a profile page that say nobody can book there
    sponsored_phrases: words on a profile page whose place on the site is paid for
    unclaimed_last: pages that their subject never claimed stand on the last pages of a list
    pace_seconds:  least time between two requests
    real:          False only for invented sites; a real one stays off until a person has verified it
    official:      a public register: known, never read by a scan, never a finding
    relay:         its business is to put callers through at a premium number
    urls:          what its addresses look like, as they were seen; for people
    note, source, source_date: what else is known, in French, and where and when it was seen

    In `directory`, `search` and `api`: {town} without accents, with hyphens; {TOWN} the same in capitals; {postcode};
    {department}; {name}, {first}, {last} of a person; {page} from 1, {index} the same from 0.
    """

    host = ""
    aliases: tuple[str, ...] = ()
    name = ""
    controller = ""
    base = ""
    profile = ""
    lists = ""
    directory = ""
    search = ""
    api = ""
    sitemap = ""
    answers = ""
    landmark = ""
    none_phrases: tuple[str, ...] = ()
    stub_phrases: tuple[str, ...] = ()
    closed_phrases: tuple[str, ...] = ()
    customer_phrases: tuple[str, ...] = ()
    unbookable_phrases: tuple[str, ...] = ()
    sponsored_phrases: tuple[str, ...] = ()
    unclaimed_last = False
    pace_seconds = 5.0
    real = True
    official = False
    relay = False
    urls: tuple[str, ...] = ()
    note = ""
    source = ""
    source_date = ""
    generic = False

    def owns(self, url: str) -> bool:
        """Return True when the URL lies on this site; `www.` does not count."""
        host = host_of(url)
        return bool(host) and (host == self.host or host in self.aliases)

    def profile_id(self, url: str) -> str | None:
        """Return the site's own id when the URL is that of a profile page of this site, else None."""
        if not self.profile or not self.owns(url):
            return None
        path = path_of(url)
        # An accent may be written as such or behind `%`: the pattern may know either.
        found = re.fullmatch(self.profile, path) or re.fullmatch(self.profile, unquote(path))
        return unquote(found["id"]).lower() if found else None

    def own_url(self, link: object, page: Page) -> str:
        """Return a link of the page as this site's own URL, absolute and tidy; empty when it leads anywhere else."""
        text = clean(link)
        url = absolute(text, page) if text else ""
        return tidy_url(url) if url and self.owns(url) else ""

    def directory_url(self, postcode: str, town: str, page: int = 1) -> str:
        """Return the URL of the site's list for a town; empty when the site has no such list."""
        return self._url(self.directory, postcode=postcode, town=town, page=page)

    def api_url(self, postcode: str, town: str, page: int = 1) -> str:
        """Return the URL of the site's list for a town as JSON; empty when the site has no such list."""
        return self._url(self.api, postcode=postcode, town=town, page=page)

    def search_url(self, first: str, last: str, postcode: str = "", town: str = "", page: int = 1) -> str:
        """Return the URL of the site's search for a person; empty when the site has no such search."""
        return self._url(self.search, first=first, last=last, postcode=postcode, town=town, page=page)

    def sitemap_url(self) -> str:
        """Return the URL of the site's sitemap, or of its index; empty when it is not known."""
        return self._url(self.sitemap)

    def _url(
        self, path: str, *, first: str = "", last: str = "", postcode: str = "", town: str = "", page: int = 1
    ) -> str:
        if not path:
            return ""
        words = {"name": f"{first} {last}".strip(), "first": first, "last": last, "postcode": postcode}
        filled = path.format(
            **{key: quote(word, safe="") for key, word in words.items()},
            department=quote(department(postcode), safe=""),
            town=slug(town),
            TOWN=slug(town).upper(),
            page=page,
            index=page - 1,
        )
        return urljoin(self.base or f"https://{self.host}", filled)

    def reading(self, page: Page) -> Reading:
        """Return what the page tells. The status speaks first, then the bytes, then the landmark, then `read`.

        Only a 404 or 410 of the very profile that was asked for is Gone. A page that leads elsewhere proves nothing
        about the page that was asked for, whatever it says; where it shows other profiles of this site, they are
        read under their own ids (see `about`). A file that a browser saved is read for the page that lies in it; where
        it names another address than the one given, it is a page that led there.
        """
        saved = unwrapped(page)
        page = replace(saved.page, final_url=saved.elsewhere) if saved.elsewhere else saved.page
        asked, shown = self.profile_id(page.url), self.profile_id(page.final_url)
        if page.status in (404, 410) and asked and asked == shown:
            return Gone(page.status)
        if not self.owns(page.final_url):
            return Unreadable(f"L’adresse demandée mène à un autre site ({host_of(page.final_url)}).", Cause.MOVED)
        if not 200 <= page.status < 300:
            cause = Cause.BLOCKED if page.status in _REFUSALS else Cause.UNKNOWN
            if cause is Cause.UNKNOWN and asked != shown:
                cause = Cause.MOVED
            return Unreadable(f"Le site a répondu par le code {page.status}.", cause)
        if not page.body.strip():
            return Unreadable("La page est vide.", Cause.DAMAGED)
        if is_binary(page):
            return Unreadable(
                "Ce n’est pas du texte\u00a0: une image, un PDF ou un fichier abîmé\u00a0?", Cause.DAMAGED
            )
        reading = self._without_landmark(page) or self.read(page)
        if isinstance(reading, Unreadable) and saved.kind is FileKind.MHTML:
            # Chromium leaves a page's scripts out of its one-file format, and JSON-LD with them.
            better = (
                "Ce format perd les données de la page : enregistrez-la de nouveau, type « Page web, HTML uniquement »."
            )
            reading = replace(reading, reason=f"{reading.reason} {better}")
        if asked and asked != shown and not isinstance(reading, Listings):
            return Unreadable(f"L’adresse demandée renvoie vers une autre page ({page.final_url}).", Cause.MOVED)
        return reading

    def about(self, url: str, reading: Reading) -> Reading:
        """Return what a reading says of the profile at that URL: Listings only when that very profile is among them.

        Whoever else the page shows, it neither shows the profile that was asked for nor says that it is gone. For a
        URL that is no profile, the reading itself.
        """
        asked = self.profile_id(url)
        if not asked or not isinstance(reading, Listings) or self.subject(url, reading.items) is not None:
            return reading
        # Where nobody knows what a profile's address looks like, a page may be that of several people.
        own_page = not self.profile and any(item.id.partition("#")[0] == asked for item in reading.items)
        if own_page or (not self.profile and any(own_path(item.url) == asked for item in reading.items)):
            return reading
        return Unreadable("La page montre d’autres fiches que celle qui était demandée.", Cause.MOVED)

    def subject(self, url: str, items: Iterable[Listing]) -> Listing | None:
        """Return which of a page's listings is that of the URL: by its id; of a site nobody described, the only one."""
        asked, items = self.profile_id(url), tuple(items)
        if asked is None:
            return None
        alone = items[0] if len(items) == 1 and not self.profile and own_path(items[0].url) == asked else None
        return next((item for item in items if item.id == asked), alone)

    def words(self, page: Page) -> str:
        """Return what a visitor reads of a page, folded, a space at either end; of an answer that is JSON, all of it."""
        page = unwrapped(page).page
        text = page_text(page)
        return f" {fold(text)} " if is_json(page, text) else visible_words(page)

    def named(self, page: Page, name: str) -> Listing:
        """Return the listing of somebody whom a page names, and of whom only a person says that it is theirs."""
        page = unwrapped(page).page
        (item,) = each_once([draft(self, "text", name=name, kind=ListingKind.PERSON)], page, self)
        return item

    def _without_landmark(self, page: Page) -> Unreadable | None:
        """Return why the page is none of this site's normal pages; None when it is one, or when nobody can tell."""
        text = page_text(page)
        answers = bool(self.answers and re.fullmatch(self.answers, path_of(page.final_url)))
        if answers or is_json(page, text):
            if answers == is_json(page, text) or not self.answers:
                return None
            what = "du JSON et a répondu autre chose" if answers else "une page et a répondu du JSON"
            return Unreadable(f"Le site devait donner {what}\u00a0: refus de répondre\u00a0?", Cause.BLOCKED)
        if not self.landmark or re.search(self.landmark, text):
            return None
        kind = page.header("content-type").lower()
        if len(page.body) < _SHORT or (kind and "html" not in kind):
            return Unreadable(
                "Ni fiche ni repère de ce site dans cette page, trop courte ou d’un autre type\u00a0: page de "
                "blocage\u00a0?",
                Cause.BLOCKED,
            )
        return Unreadable(
            "Cette page ne porte plus ce que portait toute page de ce site\u00a0: elle a changé de forme.",
            Cause.CHANGED,
        )

    def read(self, page: Page) -> Reading:
        """Return what a readable page tells: JSON, else structured data, else the site's own « nobody »."""
        text = page_text(page)
        if is_json(page, text):
            try:
                document = json.loads(text.lstrip("\ufeff"))
            except (ValueError, RecursionError):
                return Unreadable("La réponse JSON est coupée ou abîmée.", Cause.DAMAGED)
            return self.read_json(document, page)
        listings = read_structured(page, self)
        if listings is not None:
            return replace(listings, items=self.details(listings.items, page))
        if json_ld(page).damaged:
            return Unreadable("Les données structurées de la page sont abîmées.", Cause.DAMAGED)
        said = first_shown(self.none_phrases, page)
        if said and self._leads_to_profiles(page):
            return Unreadable(
                "Le site dit qu’il n’a personne, et la page mène pourtant à des fiches\u00a0: elle a changé de forme.",
                Cause.CHANGED,
            )
        if said:
            return SaysNone(said)
        cause, why = why_nobody(page)
        # With its landmark, the page is the site's: what it shows has another shape than the one that was known.
        if cause is Cause.UNKNOWN and self.landmark and (self.none_phrases or self.profile_id(page.final_url)):
            cause = Cause.CHANGED
        if self.none_phrases and cause is not Cause.BLOCKED:
            why = f"{why.rstrip('.')}, et la phrase par laquelle ce site dit qu’il n’a personne n’y est pas."
        return Unreadable(why, cause)

    def _leads_to_profiles(self, page: Page) -> bool:
        """Return True when a link of the page is a profile's: who says « nobody » beside it speaks of something else."""
        tree = tree_of(page)
        links = () if tree is None else tree.iter("a")
        own = self.profile_id(page.final_url)
        return any(self.profile_id(absolute(link.get("href") or "", page)) not in (None, own) for link in links)

    def read_json(self, document: Any, page: Page) -> Reading:
        """Return what a JSON answer tells; by default only what the readers know of any site's answers."""
        return read_answer(document, page, self) or Unreadable(
            "La réponse JSON n’a pas une forme connue.", Cause.CHANGED if self.answers else Cause.UNKNOWN
        )

    def details(self, items: tuple[Listing, ...], page: Page) -> tuple[Listing, ...]:
        """Return the listings with what only the visible page says: by default the phrases, on a profile page."""
        own = self.profile_id(page.final_url)
        if not own or not any(getattr(self, name) for name in _PHRASES if name != "none_phrases"):
            return items
        return tuple(self._with_phrases(item, page) if item.id == own else item for item in items)

    def _with_phrases(self, item: Listing, page: Page) -> Listing:
        layers = dict(item.layers)
        for state, phrases in (
            (ListingState.STUB, self.stub_phrases),
            (ListingState.CLOSED, self.closed_phrases),
            (ListingState.CUSTOMER, self.customer_phrases),
        ):
            if said := first_shown(phrases, page):
                layers["state"] = "html"
                item = replace(item, state=state, state_phrase=said, layers=layers)
                break
        if first_shown(self.sponsored_phrases, page):
            layers = {"traits": "html", **item.layers}
            item = replace(item, traits=item.traits | {Trait.SPONSORED}, layers=layers)
        if item.bookable is None and first_shown(self.unbookable_phrases + self.closed_phrases, page):
            item = with_bookable(item, False)
        return item


class GenericSite(Site):
    """Any host without an adapter: structured data is read, nothing is ever said to be absent but by 404 or 410."""

    generic = True

    def __init__(self, host: str) -> None:
        self.host = self.name = host

    def profile_id(self, url: str) -> str | None:
        """Return the path and what is left of the query, without tracking; None for the front page."""
        return own_path(url) or None if self.owns(url) else None

    def details(self, items: tuple[Listing, ...], page: Page) -> tuple[Listing, ...]:
        """Return the listings; the one whose page it is with what that page says of itself, in any site's words."""
        items = super().details(items, page)
        own = self.subject(page.final_url, items)
        claim = claim_of(own.name, page) if own is not None and own.state is ListingState.UNKNOWN else None
        return tuple(_claimed(item, claim) if claim and item is own else item for item in items)


def _claimed(item: Listing, claim: Claim) -> Listing:
    known = claim.state is not ListingState.UNKNOWN
    layers = {**item.layers, **({"state": "text"} if known else {})}
    item = replace(item, state=claim.state, state_phrase=claim.phrase, layers=layers)
    return with_bookable(item, claim.bookable, layer="text") if claim.bookable is False and not item.bookable else item


class RecordedSite(GenericSite):
    """A site of which only facts are known (`platforms.toml`): its pages go through the generic reader."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__(str(facts.get("host", "")))
        vars(self).update({key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()})

    def profile_id(self, url: str) -> str | None:
        """Return the id that `profile` finds; where no profile's address was seen, as for any host but for `lists`."""
        if self.profile:
            return Site.profile_id(self, url)
        return None if self.lists and re.fullmatch(self.lists, path_of(url)) else super().profile_id(url)


def with_page(url: str, number: int) -> str:
    """Return the URL of another page of a list: its parameter `page` set to the number.

    >>> with_page("https://rdv.example/liste?page=1&ou=Die", 2)
    'https://rdv.example/liste?page=2&ou=Die'
    """
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), "page": str(number)}
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


class Sites:
    """The adapters, by host."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._all = {site.host: site for site in sites}
        self._by_host = {host: site for site in self._all.values() for host in site.aliases} | self._all

    def get(self, host: str) -> Site | None:
        """Return the adapter of a host, with or without `www.`; None when there is none."""
        return self._by_host.get(bare_host(host))

    def known(self, host: str) -> Site:
        """Return the adapter of a host as `get` does; NotFound when there is none."""
        site = self.get(host)
        if site is None:
            raise NotFound(f"« {host} » n’est pas un site connu. La liste : listingguard site list.")
        return site

    def for_url(self, url: str) -> Site:
        """Return the adapter that owns the URL, a GenericSite when none does."""
        host = host_of(url)
        return self._by_host.get(host) or GenericSite(host)

    def all(self) -> tuple[Site, ...]:
        """Return every adapter, by host."""
        return tuple(self._all[host] for host in sorted(self._all))


def load_sites(*folders: Path) -> Sites:
    """Return the sites of the folders: each `*.py`, and the records of `platforms.toml`. The later folder wins a host.

    Files and classes whose name begins with `_` are left out. Raises BadInput, naming the file, for a module that
    does not load, states no site, states an impossible one, or claims a host another file of its folder has.
    """
    by_host: dict[str, Site] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BadInput(f"Le dossier de sites «\u00a0{folder}\u00a0» n’existe pas.")
        here: dict[str, Path] = {}
        for path in (*sorted(folder.glob("[!_]*.py")), *folder.glob(RECORDS)):
            for site in _recorded(path) if path.name == RECORDS else _load(path):
                for host in (site.host, *site.aliases):
                    if host in here:
                        raise BadInput(f"{path}\u00a0: {host} est déjà décrit par {here[host].name}.")
                    here[host] = path
                by_host[site.host] = site
    return Sites(by_host.values())


def _load(path: Path) -> list[Site]:
    spec = spec_from_file_location(f"listingguard_site_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        # A class whose name begins with `_` is what several sites of the module have in common.
        classes = [
            c
            for name, c in vars(module).items()
            if inspect.isclass(c) and issubclass(c, Site) and c.__module__ == spec.name and not name.startswith("_")
        ]
        sites = [c() for c in classes]
    # The file is someone's own: whatever is wrong in it, they need its name and the reason, not our traceback.
    except Exception as error:
        raise BadInput(
            f"{path}\u00a0: ce module de site ne se charge pas ({type(error).__name__}\u00a0: {error})."
        ) from error
    if not sites:
        raise BadInput(f"{path}\u00a0: aucun site ici. Il faut une classe qui hérite de Site.")
    for site in sites:
        _check(site, str(path))
    return sites


_RECORD_KEYS = {
    name for name, value in vars(Site).items() if isinstance(value, (str, float, bool, tuple)) and name[0] != "_"
} - {"generic"} | {"verified_on"}  # fmt: skip


def _recorded(path: Path) -> Iterator[Site]:
    """Yield the sites of a file of records; each key is that of an adapter."""
    try:
        with path.open("rb") as stream:
            records = tomllib.load(stream).get("platform", [])
        if not (isinstance(records, list) and all(isinstance(facts, dict) for facts in records)):
            raise ValueError("chaque plateforme commence par [[platform]]")
    except ValueError as error:
        raise BadInput(f"{path}\u00a0: ce fichier de plateformes ne se lit pas ({error}).") from None
    for facts in records:
        where = f"{path}, {facts.get('host') or 'plateforme sans host'}"
        for key, value in facts.items():
            if key not in _RECORD_KEYS:
                raise BadInput(f"{where}\u00a0: la clé «\u00a0{key}\u00a0» n’existe pas.")
            texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
            if type(getattr(Site, key, "")) is not (tuple if texts else type(value)):
                raise BadInput(f"{where}\u00a0: «\u00a0{key}\u00a0» n’a pas la forme attendue.")
        if facts.get("verified_on"):
            raise BadInput(
                f"{where}\u00a0: verified_on reste vide ici\u00a0; le jour se note dans le dossier de données."
            )
        site = RecordedSite(facts)
        _check(site, where)
        yield site


_PHRASES = (
    "none_phrases", "stub_phrases", "closed_phrases", "customer_phrases", "unbookable_phrases", "sponsored_phrases",
)  # fmt: skip


def _check(site: Site, where: str) -> None:
    """Raise BadInput, naming where, when a site states what cannot be."""
    if wrong := _wrong(site):
        raise BadInput(f"{where}\u00a0: {wrong}.")


def _wrong(site: Site) -> str:
    """Return what is impossible among a site's facts; empty when nothing is."""
    for name in ("aliases", "urls", *_PHRASES):
        # ("une phrase") without its comma is a text, and each of its letters would count as a phrase.
        if isinstance(getattr(site, name), str):
            return f"{name} doit être une liste\u00a0: ajoutez une virgule, («\u00a0…\u00a0»,)"
    for host in (site.host, *site.aliases):
        if not host or host != bare_host(host) or "/" in host:
            return f"host = «\u00a0{host}\u00a0» doit être un nom comme «\u00a0exemple.fr\u00a0», sans www. ni https://"
    for name in ("profile", "lists", "answers", "landmark"):
        try:
            groups = re.compile(getattr(site, name)).groupindex
        except re.error as error:
            return f"{name} n’est pas une expression régulière ({error})"
        if name == "profile" and site.profile and "id" not in groups:
            return "profile doit contenir (?P<id>…), l’identifiant de la fiche dans l’adresse"
    if site.landmark and re.search(site.landmark, ""):
        return "landmark se trouve même dans une page vide\u00a0: il ne reconnaît rien"
    for name in ("directory", "search", "api", "sitemap"):
        try:
            site._url(getattr(site, name))
        except (AttributeError, KeyError, ValueError, IndexError):
            return (
                f"{name} n’admet entre accolades que town, TOWN, postcode, department, name, first, last, page et index"
            )
    for name in _PHRASES:
        if not all(fold(phrase) for phrase in getattr(site, name)):
            return f"{name} contient une phrase vide"
    return ""
