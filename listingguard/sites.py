"""What a site adapter is, and how adapters are found; how a page is read lies in `pages`. It never fetches."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from listingguard.domain.listing import (
    Gone,
    Listing,
    ListingState,
    Page,
    Reading,
    SaysNone,
    Unreadable,
)
from listingguard.domain.names import fold
from listingguard.errors import BadInput
from listingguard.pages.document import first_said, is_binary, is_json, page_text, soup, visible_text
from listingguard.pages.json_ld import json_ld
from listingguard.pages.layers import read_answer, read_structured
from listingguard.pages.once import with_bookable
from listingguard.pages.url import bare_host, host_of, path_of, slug, tidy_url
from listingguard.pages.values import clean, place_from_text

__all__ = [
    "GenericSite", "Site", "Sites", "clean", "load_sites", "place_from_text", "read_structured", "soup", "tidy_url",
    "with_bookable",
]  # fmt: skip


class Site:
    """One site: the facts an adapter states about its host, and how a page of it is read.

    host:          without `www.`
    name:          the brand as the site shows it
    controller:    its slug in controllers.toml
    base:          what a path is put behind; empty: `https://` and the host
    profile:       regular expression for the whole path of a profile page; its group `id` is the site's own id
    directory:     path of the list for a town: {town} (without accents, with hyphens), {postcode}, {page}; empty: none
    none_phrases:  the site's own words for « nobody »; empty: this site can never be said to show nobody
    stub_phrases, closed_phrases, customer_phrases: words on a profile page that tell what kind of page it is
    unbookable_phrases: words on a profile page that say nobody can book there
    pace_seconds:  least time between two requests
    real:          False only for invented sites; a real one stays off until a person has verified it
    official:      a public register: known, never a finding
    """

    host = ""
    name = ""
    controller = ""
    base = ""
    profile = ""
    directory = ""
    none_phrases: tuple[str, ...] = ()
    stub_phrases: tuple[str, ...] = ()
    closed_phrases: tuple[str, ...] = ()
    customer_phrases: tuple[str, ...] = ()
    unbookable_phrases: tuple[str, ...] = ()
    pace_seconds = 5.0
    real = True
    official = False
    generic = False

    def owns(self, url: str) -> bool:
        """Return True when the URL lies on this site; `www.` does not count."""
        return bool(self.host) and host_of(url) == self.host

    def profile_id(self, url: str) -> str | None:
        """Return the site's own id when the URL is that of a profile page of this site, else None."""
        found = re.fullmatch(self.profile, path_of(url)) if self.profile and self.owns(url) else None
        return unquote(found["id"]).lower() if found else None

    def directory_url(self, postcode: str, town: str, page: int = 1) -> str:
        """Return the URL of the site's list for a town; empty when the site has no such list."""
        if not self.directory:
            return ""
        path = self.directory.format(town=slug(town), postcode=quote(postcode, safe=""), page=page)
        return urljoin(self.base or f"https://{self.host}", path)

    def reading(self, page: Page) -> Reading:
        """Return what the page tells. The status speaks first, then the bytes, then `read`.

        Only a 404 or 410 on a profile URL of this site is Gone. A profile URL that led to another page proves
        nothing about the profile, whatever that page says.
        """
        asked, shown = self.profile_id(page.url), self.profile_id(page.final_url)
        if page.status in (404, 410) and asked and self.owns(page.final_url):
            return Gone(page.status)
        if not 200 <= page.status < 300:
            return Unreadable(f"Le site a répondu par le code {page.status}.")
        if not page.body.strip():
            return Unreadable("La page est vide.")
        if is_binary(page):
            return Unreadable("Ce n’est pas du texte\u00a0: une image, un PDF ou un fichier abîmé\u00a0?")
        reading = self.read(page)
        if asked and asked != shown and isinstance(reading, SaysNone):
            return Unreadable(f"L’adresse demandée renvoie vers une autre page ({page.final_url}).")
        return reading

    def read(self, page: Page) -> Reading:
        """Return what a readable page tells: JSON, else structured data, else the site's own « nobody »."""
        text = page_text(page)
        if is_json(page, text):
            try:
                document = json.loads(text.lstrip("\ufeff"))
            except (ValueError, RecursionError):
                return Unreadable("La réponse JSON est coupée ou abîmée.")
            return self.read_json(document, page)
        listings = read_structured(page, self)
        if listings is not None:
            return replace(listings, items=self.details(listings.items, page))
        if json_ld(page).damaged:
            return Unreadable("Les données structurées de la page sont abîmées.")
        said = first_said(self.none_phrases, visible_text(page)) if self.none_phrases else ""
        if said:
            return SaysNone(said)
        known = " ni la phrase par laquelle ce site dit qu’il n’a personne" if self.none_phrases else ""
        return Unreadable(f"Ni fiche en données structurées{known}\u00a0: page changée, ou page de blocage\u00a0?")

    def read_json(self, document: Any, page: Page) -> Reading:
        """Return what a JSON answer tells; by default only schema.org objects are understood."""
        return read_answer(document, page, self) or Unreadable("La réponse JSON n’a pas une forme connue.")

    def details(self, items: tuple[Listing, ...], page: Page) -> tuple[Listing, ...]:
        """Return the listings with what only the visible page says: by default the phrases, on a profile page."""
        own = self.profile_id(page.final_url)
        if not own or not (self.stub_phrases + self.closed_phrases + self.customer_phrases + self.unbookable_phrases):
            return items
        text = visible_text(page)
        return tuple(self._with_phrases(item, text) if item.id == own else item for item in items)

    def _with_phrases(self, item: Listing, text: str) -> Listing:
        layers = dict(item.layers)
        for state, phrases in (
            (ListingState.STUB, self.stub_phrases),
            (ListingState.CLOSED, self.closed_phrases),
            (ListingState.CUSTOMER, self.customer_phrases),
        ):
            if said := first_said(phrases, text):
                layers["state"] = "html"
                item = replace(item, state=state, state_phrase=said, layers=layers)
                break
        if item.bookable is None and first_said(self.unbookable_phrases + self.closed_phrases, text):
            item = with_bookable(item, False)
        return item


class GenericSite(Site):
    """Any host without an adapter: structured data is read, nothing is ever said to be absent but by 404 or 410."""

    def __init__(self, host: str) -> None:
        self.host = self.name = host

    def profile_id(self, url: str) -> str | None:
        """Return the path and what is left of the query, without tracking; None for the front page."""
        parts = urlsplit(tidy_url(url))
        path = unquote(parts.path).strip("/").lower()
        return ("?".join(filter(None, (path, parts.query))) or None) if self.owns(url) else None


class Sites:
    """The adapters, by host."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._by_host = {site.host: site for site in sites}

    def get(self, host: str) -> Site | None:
        """Return the adapter of a host, with or without `www.`; None when there is none."""
        return self._by_host.get(bare_host(host))

    def for_url(self, url: str) -> Site:
        """Return the adapter that owns the URL, a GenericSite when none does."""
        host = host_of(url)
        return self._by_host.get(host) or GenericSite(host)

    def all(self) -> tuple[Site, ...]:
        """Return every adapter, by host."""
        return tuple(self._by_host[host] for host in sorted(self._by_host))


def load_sites(*folders: Path) -> Sites:
    """Return the adapters found in `*.py` of the folders; for one host the later folder wins.

    Files whose name begins with `_` are left out. Raises BadInput, naming the file, for a module that does not
    load, states no site, states an impossible one, or claims a host another file of its folder has.
    """
    by_host: dict[str, Site] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BadInput(f"Le dossier de sites «\u00a0{folder}\u00a0» n’existe pas.")
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("[!_]*.py")):
            for site in _load(path):
                if site.host in here:
                    raise BadInput(f"{path}\u00a0: {site.host} est déjà décrit par {here[site.host].name}.")
                here[site.host] = path
                by_host[site.host] = site
    return Sites(by_host.values())


def _load(path: Path) -> list[Site]:
    spec = spec_from_file_location(f"listingguard_site_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        classes = [
            c for c in vars(module).values() if inspect.isclass(c) and issubclass(c, Site) and c.__module__ == spec.name
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
        _check(site, path)
    return sites


def _check(site: Site, path: Path) -> None:
    wrong = ""
    if not site.host or site.host != bare_host(site.host) or "/" in site.host:
        wrong = (
            f"host = «\u00a0{site.host}\u00a0» doit être un nom comme «\u00a0exemple.fr\u00a0», sans www. ni https://"
        )
    else:
        try:
            if "id" not in re.compile(site.profile).groupindex and site.profile:
                wrong = "profile doit contenir (?P<id>…), l’identifiant de la fiche dans l’adresse"
            site.directory_url("26000", "Valence")
        except re.error as error:
            wrong = f"profile n’est pas une expression régulière ({error})"
        except (KeyError, ValueError, IndexError):
            wrong = "directory n’admet que {town}, {postcode} et {page} entre accolades"
    for name in ("none_phrases", "stub_phrases", "closed_phrases", "customer_phrases", "unbookable_phrases"):
        # ("une phrase") without its comma is a text, and each of its letters would count as a phrase.
        if isinstance(getattr(site, name), str):
            wrong = f"{name} doit être une liste\u00a0: ajoutez une virgule, («\u00a0…\u00a0»,)"
        elif not all(fold(phrase) for phrase in getattr(site, name)):
            wrong = f"{name} contient une phrase vide"
    if wrong:
        raise BadInput(f"{path}\u00a0: {wrong}.")
