"""What a site adapter is, how adapters are found, and how structured data on a page is read; it never fetches."""

from __future__ import annotations

import html
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree

from listingguard.domain.listing import (
    Gone,
    Listing,
    ListingKind,
    Listings,
    ListingState,
    Page,
    Place,
    Reading,
    SaysNone,
    Trait,
    Unreadable,
)
from listingguard.domain.names import fold, phones_in, relay_number, shown_name
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

# --- adapters --------------------------------------------------------------------------------------------------


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

    def owns(self, url: str) -> bool:
        """Return True when the URL lies on this site; `www.` does not count."""
        return bool(self.host) and host_of(url) == self.host

    def profile_id(self, url: str) -> str | None:
        """Return the site's own id when the URL is that of a profile page of this site, else None."""
        found = re.fullmatch(self.profile, _path(url)) if self.profile and self.owns(url) else None
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
        if _binary(page):
            return Unreadable("Ce n’est pas du texte\u00a0: une image, un PDF ou un fichier abîmé\u00a0?")
        reading = self.read(page)
        if asked and asked != shown and isinstance(reading, SaysNone):
            return Unreadable(f"L’adresse demandée renvoie vers une autre page ({page.final_url}).")
        return reading

    def read(self, page: Page) -> Reading:
        """Return what a readable page tells: JSON, else structured data, else the site's own « nobody »."""
        text = page_text(page)
        if _is_json(page, text):
            try:
                document = json.loads(text.lstrip("\ufeff"))
            except (ValueError, RecursionError):
                return Unreadable("La réponse JSON est coupée ou abîmée.")
            return self.read_json(document, page)
        listings = read_structured(page, self)
        if listings is not None:
            return replace(listings, items=self.details(listings.items, page))
        if _blocks(page).damaged:
            return Unreadable("Les données structurées de la page sont abîmées.")
        said = _first_said(self.none_phrases, visible_text(page)) if self.none_phrases else ""
        if said:
            return SaysNone(said)
        known = " ni la phrase par laquelle ce site dit qu’il n’a personne" if self.none_phrases else ""
        return Unreadable(f"Ni fiche en données structurées{known}\u00a0: page changée, ou page de blocage\u00a0?")

    def read_json(self, document: Any, page: Page) -> Reading:
        """Return what a JSON answer tells; by default only schema.org objects are understood."""
        items = _items([document], page, self, layer="json")
        if items:
            return Listings(items)
        return Unreadable("La réponse JSON n’a pas une forme connue.")

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
            if said := _first_said(phrases, text):
                layers["state"] = "html"
                item = replace(item, state=state, state_phrase=said, layers=layers)
                break
        if item.bookable is None and _first_said(self.unbookable_phrases + self.closed_phrases, text):
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
        return self._by_host.get(_bare(host))

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
    if not site.host or site.host != _bare(site.host) or "/" in site.host:
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


# --- addresses of pages ----------------------------------------------------------------------------------------

# What follows a visitor around and changes nothing on the page.
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|pid|bookingFunnelSource", re.IGNORECASE)


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")


def host_of(url: str) -> str:
    """Return the host of a URL, without `www.` or port; empty when there is none."""
    try:
        return _bare(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/") or "/"
    except ValueError:
        return "/"


def tidy_url(url: str) -> str:
    """Return the URL without fragment and without the parameters that only follow a visitor.

    >>> tidy_url("https://rdv.example/kine/valence/camille-exemple?pid=practice-1&utm_source=x#avis")
    'https://rdv.example/kine/valence/camille-exemple'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def slug(text: str) -> str:
    """Return a town or a name as URLs write it.

    >>> slug("Saint-Rambert-d’Albon")
    'saint-rambert-d-albon'
    """
    return fold(text).replace(" ", "-")


def _absolute(url: str, page: Page) -> str:
    """Return the URL made absolute against the page; empty unless it is http or https."""
    try:
        joined = urljoin(page.final_url, url.strip())
        parts = urlsplit(joined)
        return joined if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


# --- bytes to text ---------------------------------------------------------------------------------------------

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNATURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def charset_of(content_type: str) -> str:
    """Return the charset named by a Content-Type, empty when it names none."""
    found = re.search(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", content_type, re.IGNORECASE)
    return found[1].lower() if found else ""


def _binary(page: Page) -> bool:
    head = page.body[:8192]
    if head.startswith(tuple(bom for bom, _ in _BOMS)):
        return False
    if head.startswith(_SIGNATURES):
        return True
    # A stray control character is a site's mistake; one byte in fifty is a file of another kind.
    return (len(head) - len(head.translate(None, _CONTROLS))) * 50 > len(head)


@lru_cache(maxsize=4)
def page_text(page: Page) -> str:
    """Return the body as text: BOM, then UTF-8 where the bytes are UTF-8, then the header's or the page's own
    charset, then windows-1252. Bytes that mean nothing become U+FFFD; never raises.
    """
    for bom, name in _BOMS:
        if page.body.startswith(bom):
            return page.body.decode(name, "replace")
    # Bytes that are valid UTF-8 beyond ASCII are UTF-8, whatever the header says. A page cut in mid-letter, or
    # with a few wrong bytes, still is.
    text = page.body.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if not wrong or sum(1 for c in text if c > "\x7f") > 4 * wrong:
        return text
    in_page = _META_CHARSET.search(page.body[:4096])
    for name in (charset_of(page.header("content-type")), in_page[1].decode("ascii", "replace") if in_page else ""):
        # Browsers read these two as windows-1252.
        label = "cp1252" if name.lower() in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii") else name
        try:
            if label and label.lower().replace("-", "") != "utf8":
                return page.body.decode(label, "replace")
        except (LookupError, ValueError):
            continue
    return page.body.decode("cp1252", "replace")


def _is_json(page: Page, text: str) -> bool:
    start = text[:64].lstrip("\ufeff \t\r\n")[:1]
    return start in ("{", "[") or ("json" in page.header("content-type").lower() and start != "<")


# --- the page as a tree ----------------------------------------------------------------------------------------


_VISIBLE = cast(
    Callable[[Any], list[Any]],
    etree.XPath(
        "//body//text()[not(ancestor::script or ancestor::style or ancestor::template or ancestor::noscript"
        " or ancestor::*[@hidden or contains(translate(@style, ' ', ''), 'display:none')])]"
    ),
)


@lru_cache(maxsize=4)
def _tree(page: Page) -> Any:
    """Return the page as an lxml tree; None for a page without a single element."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    text = page_text(page).replace("\x00", "")
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None


@lru_cache(maxsize=4)
def visible_text(page: Page) -> str:
    """Return what a visitor can read, one space between words; scripts and hidden parts left out."""
    tree = _tree(page)
    return "" if tree is None else " ".join(" ".join(_VISIBLE(tree)).split())


def soup(page: Page) -> BeautifulSoup:
    """Return the page as beautifulsoup4, for what structured data does not give."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(page_text(page), "lxml")


def _first_said(phrases: Sequence[str], text: str) -> str:
    """Return the first of the phrases that the text holds; case, accents, spaces and punctuation do not count."""
    if not phrases:
        return ""
    words = f" {fold(text)} "
    return next((phrase for phrase in phrases if f" {fold(phrase)} " in words), "")


def next_page(page: Page) -> str:
    """Return the absolute URL the page calls `next`; empty when there is none, or on another host."""
    tree = _tree(page)
    for link in () if tree is None else tree.iter("link", "a"):
        if "next" not in (link.get("rel") or "").lower().split():
            continue
        url = _absolute(link.get("href") or "", page)
        if url and host_of(url) == host_of(page.final_url) and url != page.final_url:
            return url
    return ""


# --- JSON-LD as it is found in the wild ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Blocks:
    values: tuple[Any, ...]
    damaged: bool


@lru_cache(maxsize=4)
def _blocks(page: Page) -> _Blocks:
    """Return the JSON-LD of a page, in page order; damaged: at least one block could not be read at all."""
    tree = _tree(page)
    values, damaged = [], False
    for script in () if tree is None else tree.iter("script"):
        text = "".join(script.itertext()) if "ld+json" in (script.get("type") or "").lower() else ""
        if not text.strip():
            continue
        try:
            values.append(_loads(text))
        except (ValueError, RecursionError):
            damaged = True
    return _Blocks(tuple(values), damaged)


_WRAPPING = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?)|(?:(?://|/\*)?\s*\]\]>\s*(?:\*/)?|-->)\s*;?\s*$"
)


def _loads(text: str) -> Any:
    """Return the value of a JSON text, mended where it is slightly wrong; raise ValueError when it cannot be."""
    text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";")
    try:
        return json.loads(text, strict=False)
    except ValueError:
        if "&quot;" in text and '"' not in text:
            text = html.unescape(text)
        return json.loads(_mended(text), strict=False)


def _mended(text: str) -> str:
    """Return the JSON without comments and trailing commas; if it is cut short, up to its last whole value."""
    out: list[str] = []
    closing = ""
    whole: tuple[int, str] | None = None
    token = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|[{}\[\],]|[^"{}\[\],/]+|.', re.DOTALL)
    for found in token.finditer(text):
        part = found[0]
        if part == '"' or (part.startswith("/") and len(part) > 1):
            if part == '"':
                # A text without its end: the page was cut here.
                break
            continue
        if part in "{[":
            closing = ("}" if part == "{" else "]") + closing
        elif part in "}]":
            while out and (not out[-1].strip() or out[-1] == ","):
                out.pop()
            closing = closing[1:]
        elif part == ",":
            whole = (len(out), closing)
        out.append(part)
        if part in "}]":
            whole = (len(out), closing)
            if not closing:
                return "".join(out)
    if closing and whole:
        return "".join(out[: whole[0]]) + whole[1]
    return "".join(out)


# --- schema.org objects to listings ----------------------------------------------------------------------------


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
_NOTHING = {"[object object]", "null", "undefined", "none", "nan", "n/a", "-"}
_MAX_DEPTH = 60


def clean(value: object, depth: int = 0) -> str:
    """Return a value as one line of text: entities and tags resolved, spaces simple; empty for nothing.

    A list gives its first text, an object its `name` or `@value`.
    """
    if depth > 4:
        return ""
    if isinstance(value, Mapping):
        return clean(value.get("@value") or value.get("name"), depth + 1)
    if isinstance(value, list):
        return next((text for item in value[:50] if (text := clean(item, depth + 1))), "")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = str(value)
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = re.sub(r"<[^<>]{1,200}>", " ", text)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return "" if text.lower() in _NOTHING else text


def _kinds(node: Mapping[str, Any]) -> set[str]:
    types = node.get("@type") or ()
    names = types if isinstance(types, list) else [types]
    return {re.split(r"[/#:]", name)[-1].lower() for name in names if isinstance(name, str)}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


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
        ident, kinds = value.get("@id"), _kinds(value)
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
            for item in _list(inner):
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


def read_structured(page: Page, site: Site) -> Listings | None:
    """Return the listings of a page's JSON-LD, in page order, each once; None when it holds none.

    An object counts when it has a name and a profession or an address, and is neither the platform itself, nor
    a publisher, an author, a reviewer or a breadcrumb. Several objects for one listing become one listing with
    several places.
    """
    items = _items(_blocks(page).values, page, site, layer="json-ld")
    return Listings(items, next_page(page)) if items else None


def _items(values: Iterable[Any], page: Page, site: Site, *, layer: str) -> tuple[Listing, ...]:
    graph = _Graph()
    for value in values:
        graph.see(value)
    drafts = []
    for found in graph.found:
        if not _platform(found, graph, page, site):
            draft = _listing(found, graph, page, site, layer)
            if draft is not None:
                drafts.append(draft)
    return _once(drafts, page, site)


def _platform(found: _Found, graph: _Graph, page: Page, site: Site) -> bool:
    """Return True for the site's own company, whoever publishes or wrote the page, and who only knows someone."""
    role = graph.writers.get(str(found.node.get("@id", "")), "")
    only_company = found.kinds.isdisjoint(_PEOPLE | _MEDICAL | _BUSINESSES)
    if role and (role != "publisher" or only_company or found.kinds & _PEOPLE):
        return True
    name = fold(clean(found.node.get("name"))).replace(" ", "")
    brands = {fold(site.name).replace(" ", ""), fold(site.host.split(".")[0]).replace(" ", "")} if site.name else set()
    generic = isinstance(site, GenericSite)
    if name and name in brands and (only_company or not generic):
        return True
    own = _absolute(clean(found.node.get("url")), page)
    return only_company and host_of(own) == host_of(page.final_url) and _path(own) == "/"


def _listing(found: _Found, graph: _Graph, page: Page, site: Site, layer: str) -> Listing | None:
    node = found.node
    name = clean(node.get("name")) or clean(f"{clean(node.get('givenName'))} {clean(node.get('familyName'))}")
    if not name:
        return None
    profession = _profession(node, found.kinds)
    employer = next(
        (e for key in _EMPLOYERS for item in _list(node.get(key)) if isinstance(e := graph.whole(item), Mapping)), None
    )
    employer = employer or found.employer or graph.employers.get(str(node.get("@id", "")))
    places = _places(node, graph) or (_places(employer, graph) if employer else ())
    if not (profession or places):
        return None
    raw_phones, phones = _phones(node)
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


def _own_url(node: Mapping[str, Any], page: Page, site: Site) -> str:
    """Return the listing's own page on this site; empty when the object names none (or only a web site elsewhere)."""
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        for item in _list(value):
            text = clean(item.get("@id") or item.get("url")) if isinstance(item, Mapping) else clean(item)
            # An @id is often a mere label (« #physician-3 », « _:b1 ») within the page.
            if not text or (key == "@id" and ("#" in text or not re.match(r"https?://|/", text))):
                continue
            url = tidy_url(_absolute(text, page))
            if site.owns(url) and (_path(url) != "/" or _path(page.final_url) == "/"):
                return url
    return ""


def _profession(node: Mapping[str, Any], kinds: set[str]) -> str:
    occupation = [o.get("name") if isinstance(o, Mapping) else o for o in _list(node.get("hasOccupation"))]
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
    for item in _list(node.get("identifier")):
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
    return bool(_list(node.get("review")) or _list(node.get("reviews")))


def _booking(node: Mapping[str, Any], page: Page) -> tuple[bool | None, str]:
    """Return whether one can book, as far as the object says, and where."""
    for action in _list(node.get("potentialAction")):
        if isinstance(action, Mapping) and "reserveaction" in _kinds(action):
            for target in _list(action.get("target")):
                text = (
                    clean(target.get("urlTemplate") or target.get("url"))
                    if isinstance(target, Mapping)
                    else clean(target)
                )
                return True, _absolute(text, page) if text else ""
            return True, ""
    accepts = node.get("acceptsReservations")
    word = str(accepts).strip().lower() if isinstance(accepts, (str, bool)) else ""
    if word in ("true", "yes", "oui"):
        return True, ""
    if word in ("false", "no", "non"):
        return False, ""
    url = _absolute(clean(accepts), page) if word.startswith("http") else ""
    return (True, url) if url else (None, "")


# --- places and phones -----------------------------------------------------------------------------------------

_POSTCODE_TOWN = re.compile(
    r"^(?P<street>.*?)[\s,;–-]*\b(?P<postcode>\d{5})\b[\s,;–-]*(?P<town>.*?)[\s,]*(?:,?\s*france)?$", re.IGNORECASE
)


def place_from_text(text: str) -> Place:
    """Return the place of an address on one line; without a postcode, all of it is the street.

    >>> place_from_text("3 rue des Essais, 26000 Valence, France")
    Place(street='3 rue des Essais', postcode='26000', town='Valence', phones=())
    """
    text = clean(text)
    found = _POSTCODE_TOWN.match(text)
    if not found:
        return Place(street=text)
    return Place(found["street"], found["postcode"], found["town"].split(",")[0].strip())


def _places(node: Mapping[str, Any], graph: _Graph) -> tuple[Place, ...]:
    """Return the places of an object, in order, each once."""
    places: list[Place] = []
    for item in _list(node.get("address")):
        places.append(_place(graph.whole(item), ()))
    for key in ("location", "workLocation", "hasPOS", "availableAtOrFrom"):
        for item in _list(node.get(key)):
            spot = graph.whole(item)
            if not isinstance(spot, Mapping):
                places.append(_place(spot, ()))
                continue
            numbers = _phones(spot)[1]
            inner = spot.get("address") if "address" in spot else spot
            places.extend(_place(graph.whole(address), numbers) for address in _list(inner))
    return _merged_places(place for place in places if place.postcode or place.town or place.street)


def _place(value: object, phones: tuple[str, ...]) -> Place:
    if not isinstance(value, Mapping):
        return replace(place_from_text(clean(value)), phones=phones)
    parts = value.get("streetAddress")
    street = ", ".join(filter(None, map(clean, parts))) if isinstance(parts, list) else clean(parts)
    town, code = clean(value.get("addressLocality")), clean(value.get("postalCode"))
    postcode = code.rjust(5, "0") if re.fullmatch(r"\d{4,5}", code) else code
    if not postcode and (found := re.match(r"(\d{5})\s+(.+)", town)):
        postcode, town = found[1], found[2]
    whole = place_from_text(street)
    if whole.postcode and whole.postcode == (postcode or whole.postcode):
        street, postcode, town = whole.street, whole.postcode, town or whole.town
    return Place(street, postcode, town, phones)


def _merged_places(places: Iterable[Place]) -> tuple[Place, ...]:
    merged: dict[tuple[str, str, str], Place] = {}
    for place in places:
        key = (fold(place.street), place.postcode, fold(place.town))
        known = merged.get(key)
        phones = tuple(dict.fromkeys((*(known.phones if known else ()), *place.phones)))
        merged[key] = replace(known or place, phones=phones)
    return tuple(merged.values())


def _phones(node: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return the telephone numbers of an object as written, and those of them that can be compared, in E.164."""
    raws = [text.removeprefix("tel:") for item in _list(node.get("telephone")) if (text := clean(item))]
    return raws, tuple(dict.fromkeys(number for raw in raws for number in phones_in(raw)))


# --- each listing once -----------------------------------------------------------------------------------------


def _once(drafts: Sequence[Listing], page: Page, site: Site) -> tuple[Listing, ...]:
    """Return the drafts with their ids, those of one listing merged, in page order."""
    here = site.profile_id(page.final_url)
    by_key: dict[str, Listing] = {}
    # Without a page of its own, a listing is known by whom it names.
    key_of: dict[str, str] = {}
    for draft in drafts:
        name = fold(draft.name)
        ident = (site.profile_id(draft.url) or _fallback_id(draft.url)) if draft.url else ""
        key = ident or key_of.get(name, f"~{name}")
        item = replace(draft, id=ident)
        if ident and (earlier := by_key.pop(f"~{name}", None)):
            item = _merge(earlier, item)
        by_key[key] = _merge(by_key[key], item) if key in by_key else item
        key_of.setdefault(name, key)
        if ident and key_of[name].startswith("~"):
            key_of[name] = key
    anonymous = [item for item in by_key.values() if not item.id]
    people = [item for item in anonymous if item.kind is ListingKind.PERSON]
    owners = people if len(people) == 1 else anonymous
    taken = {item.id for item in by_key.values()}
    ids = {}
    for item in anonymous:
        if len(owners) == 1 and item is owners[0] and (here or "") not in taken:
            ids[id(item)] = here or _fallback_id(page.final_url)
        else:
            ids[id(item)] = f"{here or _fallback_id(page.final_url)}#{slug(item.name)}"
    address = tidy_url(page.final_url)
    return tuple(
        item if item.id else replace(item, id=ids[id(item)], url=item.url or address) for item in by_key.values()
    )


def _fallback_id(url: str) -> str:
    parts = urlsplit(tidy_url(url))
    return "?".join(filter(None, (unquote(parts.path).strip("/").lower(), parts.query))) or "accueil"


def _merge(first: Listing, second: Listing) -> Listing:
    """Return one listing of two: the first one's words, completed by the second's; every place and phone."""
    changes: dict[str, Any] = {
        name: getattr(second, name)
        for name in ("profession", "organisation", "email", "rpps", "booking_url", "id", "url")
        if not getattr(first, name)
    }
    if first.bookable is None:
        changes["bookable"] = second.bookable
    if first.state is ListingState.UNKNOWN:
        changes |= {"state": second.state, "state_phrase": second.state_phrase}
    return replace(
        first,
        places=_merged_places((*first.places, *second.places)),
        phones=tuple(dict.fromkeys((*first.phones, *second.phones))),
        traits=first.traits | second.traits,
        layers={**second.layers, **first.layers},
        **changes,
    )


def with_bookable(item: Listing, bookable: bool, booking_url: str = "", layer: str = "html") -> Listing:
    """Return the listing with its answer to « can one book here? », and the layer of the page that gave it."""
    traits = item.traits | {Trait.BOOKABLE} if bookable else item.traits - {Trait.BOOKABLE}
    layers = {**item.layers, "bookable": layer} | ({"booking_url": layer} if booking_url else {})
    if traits:
        layers.setdefault("traits", layer)
    return replace(item, bookable=bookable, booking_url=booking_url or item.booking_url, traits=traits, layers=layers)


# --- one line per listing --------------------------------------------------------------------------------------


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
        "places": [
            {"street": p.street, "postcode": p.postcode, "town": p.town, "phones": list(p.phones)}
            for p in listing.places
        ],
        "phones": list(listing.phones),
        "email": listing.email,
        "rpps": listing.rpps,
        "booking_url": listing.booking_url,
        "bookable": listing.bookable,
        "state": listing.state.value,
        "state_phrase": listing.state_phrase,
        "traits": sorted(trait.value for trait in listing.traits),
        "layer": dict(listing.layers),
    }
