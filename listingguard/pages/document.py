"""A page as text and as a tree: charset, entities, what a visitor can read. Each form is made once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import wraps
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urljoin

from lxml import etree

from listingguard.domain.listing import Page
from listingguard.domain.names import fold
from listingguard.pages.container import FileKind, Unwrapped, unwrap
from listingguard.pages.url import absolute, host_of, path_of, tidy_url

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_Form = TypeVar("_Form")


class _Last(threading.local):
    """The page this thread read last, and what was made of it: pages are read whole, one after the other."""

    page: Page | None = None
    forms: dict[Any, Any]


_last = _Last()


def once_per_page(make: Callable[[Page], _Form]) -> Callable[[Page], _Form]:
    """Return the function, keeping what it gave for the last page of each thread.

    The page is known again as the very object: comparing or hashing its bytes would cost more than it saves.
    """

    @wraps(make)
    def made(page: Page) -> _Form:
        if _last.page is not page:
            _last.page, _last.forms = page, {}
        forms = _last.forms
        if make not in forms:
            forms[make] = make(page)
        return cast(_Form, forms[make])

    return made


# --- bytes -----------------------------------------------------------------------------------------------------

_BOM_UTF8 = b"\xef\xbb\xbf"
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (_BOM_UTF8, "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SIGNATURES = (
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00"),
    *(b"bplist00",),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_IN_PAGE_CHARSET = re.compile(
    rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]+)|^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)


@once_per_page
def unwrapped(page: Page) -> Unwrapped:
    """Return the main document of the file that the page is, with what kind of file it is."""
    return unwrap(page)


def charset_of(content_type: str) -> str:
    """Return the charset named by a Content-Type, empty when it names none."""
    found = re.search(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", content_type, re.IGNORECASE)
    return found[1].lower() if found else ""


def is_binary(page: Page) -> bool:
    """Return True for bytes that are no text: a picture, a PDF, an archive, or mostly control characters.

    A page that a browser saved in a container is no binary, whatever its container is made of.
    """
    head = unwrapped(page).page.body[:8192]
    if head.startswith(tuple(bom for bom, _ in _BOMS)):
        return False
    if head.startswith(_SIGNATURES) or unwrapped(page).empty:
        return True
    # A stray control character is a site's mistake; one byte in fifty is a file of another kind.
    return (len(head) - len(head.translate(None, _CONTROLS))) * 50 > len(head)


@once_per_page
def _utf8(page: Page) -> str | None:
    """Return the body as text where its bytes are UTF-8, from the first to the last; None otherwise."""
    body = unwrapped(page).page.body
    try:
        return None if body.startswith(_BOM_UTF8) else body.decode()
    except UnicodeDecodeError:
        return None


@once_per_page
def page_text(page: Page) -> str:
    """Return the body as text: BOM, then UTF-8 where the bytes are UTF-8, then the header's or the page's own
    charset, then windows-1252. Bytes that mean nothing become U+FFFD; never raises.
    """
    if (text := _utf8(page)) is not None:
        return text
    main = unwrapped(page).page
    for bom, name in _BOMS:
        if main.body.startswith(bom):
            return main.body.decode(name, "replace").removeprefix("\ufeff")
    # Bytes that are valid UTF-8 beyond ASCII are UTF-8, whatever the header says. A page cut in mid-letter, or
    # with a few wrong bytes, still is. UTF-8 that was read as latin-1 before it came to us is never guessed back.
    text = main.body.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if not wrong or len(text) - len(text.encode("ascii", "ignore")) > 4 * wrong:
        return text
    in_page = _IN_PAGE_CHARSET.search(main.body[:4096])
    own = (in_page[1] or in_page[2]).decode("ascii", "replace") if in_page else ""
    for name in (charset_of(main.header("content-type")), own):
        # Browsers read these as windows-1252.
        label = "cp1252" if name.lower() in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii") else name
        try:
            if label and label.lower().replace("-", "") != "utf8":
                return main.body.decode(label, "replace")
        except (LookupError, ValueError):
            continue
    return main.body.decode("cp1252", "replace")


def is_json(page: Page, text: str) -> bool:
    """Return True for a JSON answer, by its first character or its declared type."""
    start = text[:64].lstrip("\ufeff \t\r\n")[:1]
    return start in ("{", "[") or ("json" in unwrapped(page).page.header("content-type").lower() and start != "<")


# --- the tree --------------------------------------------------------------------------------------------------

# In XHTML these may close themselves; an HTML parser would take the rest of the page for their text.
_SELF_CLOSED = re.compile(r"<(script|style|title|textarea|iframe|noscript)\b([^<>]*)/>", re.IGNORECASE)


# The parser drops text behind these; browsers show it.
_DOCUMENT_END = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)


@once_per_page
def source(page: Page) -> bytes:
    """Return the page's text as the parser reads it: UTF-8, without NUL, and without an end that cuts it short."""
    main, text = unwrapped(page), page_text(page)
    if main.kind is FileKind.XHTML:
        text = _SELF_CLOSED.sub(r"<\1\2></\1>", text)
    # Most pages are UTF-8 already, and need not be written anew.
    as_is = main.kind is not FileKind.XHTML and _utf8(page) is not None
    written = main.page.body if as_is else text.encode("utf-8", "replace")
    return _DOCUMENT_END.sub(b" ", written.replace(b"\x00", b""))


@once_per_page
def small_source(page: Page) -> bytes:
    """Return the source in small letters, to ask whether a page holds a kind of markup at all before walking it."""
    return source(page).lower()


_LARGE = 200_000
_MOST_ATTRIBUTES = 2_000
_START_TAG = re.compile(rb"""<[a-zA-Z](?:[^"'>]++|"[^"]*+"|'[^']*+')*+""")
_QUOTED = re.compile(rb"""\"[^\"]*+\"|'[^']*+'""")


def _overloaded(text: bytes) -> bool:
    """Return True for a tag with thousands of attributes: the parser compares each with each, for hours."""
    if len(text) < _LARGE:
        return False
    return any(
        found.end() - found.start() > 3 * _MOST_ATTRIBUTES
        and len(_QUOTED.sub(b"", found[0]).split()) > _MOST_ATTRIBUTES
        for found in _START_TAG.finditer(text)
    )


@once_per_page
def tree_of(page: Page) -> Any:
    """Return the page as an lxml tree, its links as `<base>` means them; None for a page without a single element."""
    if _overloaded(source(page)):
        return None
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, collect_ids=False)
    try:
        tree = etree.fromstring(source(page), parser)
    except etree.LxmlError:
        return None
    if tree is not None:
        _rebase(tree, page)
    return tree


def _rebase(tree: Any, page: Page) -> None:
    """Make the links of a page absolute whose `<base>` says that they count from elsewhere."""
    found = next((e.get("href") for e in tree.iter("base") if (e.get("href") or "").strip()), "")
    base = absolute(found, page) if found else ""
    if not base:
        return
    for element in tree.iter("a", "area", "link"):
        href = (element.get("href") or "").strip()
        # A mere fragment, and what is no path at all, stays what it is.
        if href and href[0] != "#" and not _WITH_SCHEME.match(href):
            with suppress(ValueError):
                element.set("href", urljoin(base, href))


_WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


_TEXTS = etree.XPath("descendant::text()", smart_strings=False)
_SHOWN_TEXTS = etree.XPath("descendant::text()[not(parent::script or parent::style)]", smart_strings=False)
_MAYBE_HIDDEN = etree.XPath(".//*[@hidden or @style]")
_UNSEEN = ("script", "style", "template", "noscript")


@once_per_page
def _shown(page: Page) -> str:
    tree = tree_of(page)
    body = None if tree is None else tree.find("body")
    if body is None:
        return ""
    # Names of attributes are written plainly: a page without these words hides nothing.
    named = any(name in small_source(page) for name in (b"hidden", b"style"))
    hides = named and any(map(is_hidden, cast("list[Any]", _MAYBE_HIDDEN(body))))
    if not hides and next(body.iter("template", "noscript"), None) is None:
        # The tree need not be copied to be cut.
        texts = _TEXTS if next(body.iter("script", "style"), None) is None else _SHOWN_TEXTS
        return " ".join(cast("list[str]", texts(body)))
    shown = deepcopy(body)
    etree.strip_elements(shown, *_UNSEEN, with_tail=False)
    for element in cast("list[Any]", _MAYBE_HIDDEN(shown)):
        if is_hidden(element):
            element.clear(keep_tail=True)
    return " ".join(cast("list[str]", _TEXTS(shown)))


@once_per_page
def visible_text(page: Page) -> str:
    """Return what a visitor can read, one space between words; scripts and hidden parts left out."""
    return " ".join(_shown(page).split())


@once_per_page
def visible_words(page: Page) -> str:
    """Return what a visitor can read as `fold` writes it, a space at either end."""
    return f" {fold(_shown(page))} "


def is_hidden(element: Any) -> bool:
    """Return True for an element that its own attributes hide from visitors."""
    return element.get("hidden") is not None or "display:none" in (element.get("style") or "").lower().replace(" ", "")


# Words may begin or end within these without a space; everything else stands apart on screen.
_WITHIN_WORDS = {"b", "i", "em", "strong", "u", "sup", "sub", "small", "mark", "abbr", "font", "wbr", "bdi", "bdo"}


_MOST_PARTS = 600


def text_of(element: Any) -> str:
    """Return the text of an element on one line, as a visitor reads it; empty for a script or a style.

    What goes on for hundreds of parts is no value, and is not read to its end.
    """
    if element.tag in _UNSEEN:
        return ""
    if not len(element):
        return " ".join((element.text or "").split())
    texts: list[str] = []
    glue = ""
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, part in islice(walk, _MOST_PARTS):
        if event == "start":
            if part.tag in _UNSEEN:
                walk.skip_subtree()
            elif part.text:
                texts.append(part.text)
            if part is not element and part.tag not in _WITHIN_WORDS:
                glue = " "
        elif part is not element and part.tail:
            texts.append(part.tail)
    return " ".join(glue.join(texts).split())


MAX_LEVELS = 30
"""How far above itself an element is asked what it belongs to: far more than pages are deep."""

_PAID_PART = re.compile(
    r"(?:^|\s)(?:ads?|advert\w*|adsbygoogle|pubs?|publicites?|sponsor\w*|promoted)(?:[-_]\w[\w-]*)?(?:\s|$)",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"\b(?:realis|concu|conception|creat|cree|developp|heberg|propuls|powered|design|agence|webmaster)\w*"
)


def is_advert(element: Any) -> bool:
    """Return True for an element within a part of the page that calls itself paid for."""
    return any(
        above.get("class") and above.tag != "body" and _PAID_PART.search(above.get("class"))
        for above in (element, *islice(element.iterancestors(), MAX_LEVELS))
    )


def is_credit(element: Any) -> bool:
    """Return True for an element that the words before it call the maker or the host of the site."""
    for _ in range(2):
        before, above = element.getprevious(), element.getparent()
        said = (above.text if above is not None else "") if before is None else before.tail or text_of(before)
        if said and said.strip():
            return bool(_CREDIT.search(fold(said[-80:])))
        if above is None:
            return False
        element = above
    return False


def soup(page: Page) -> BeautifulSoup:
    """Return the page as beautifulsoup4, for what structured data does not give."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(page_text(page), "lxml")


def first_said(phrases: Sequence[str], text: str) -> str:
    """Return the first of the phrases that the text holds; case, accents, spaces and punctuation do not count."""
    return _first_of(phrases, f" {fold(text)} ") if phrases else ""


def first_shown(phrases: Sequence[str], page: Page) -> str:
    """Return the first of the phrases that a visitor of the page can read, as `first_said` compares them."""
    return _first_of(phrases, visible_words(page)) if phrases else ""


def _first_of(phrases: Sequence[str], words: str) -> str:
    return next((phrase for phrase in phrases if f" {fold(phrase)} " in words), "")


# --- what a page says of itself --------------------------------------------------------------------------------


@once_per_page
def _relations(page: Page) -> tuple[tuple[str, str], ...]:
    """Return the relations that the page's links name, in small letters, each with its address, in order."""
    tree = tree_of(page)
    links = () if tree is None else tree.iter("a", "link")
    return tuple((rel.lower(), link.get("href") or "") for link in links if (rel := link.get("rel")))


def _links(page: Page, rel: str) -> list[str]:
    """Return the absolute URLs that the page links to under a relation, in order."""
    found = [href for names, href in _relations(page) if rel in names.split()]
    return [url for href in found if (url := absolute(href, page))]


def next_page(page: Page) -> str:
    """Return the absolute URL the page calls `next`; empty when there is none, or on another host."""
    here = page.final_url
    named = next((url for url in _links(page, "next") if host_of(url) == host_of(here) and url != here), "")
    return named or _said_to_be_next(page)


_NEXT = re.compile(r"(?:page |resultats |fiches )?suivante?s?(?: page)?|(?:page )?suivante? \d+")


def _said_to_be_next(page: Page) -> str:
    """Return the only address that links call « Suivant », « Page suivante »…; empty without one, or with several."""
    tree = tree_of(page) if b"suivant" in small_source(page) else None
    found: dict[str, None] = {}
    for link in () if tree is None else tree.iter("a"):
        href = link.get("href") or ""
        if not href or href[0] == "#":
            continue
        said = (link.get("aria-label") or link.get("title") or "", text_of(link) if len(link) < 4 else "")
        if any(len(text) < 40 and _NEXT.fullmatch(fold(text.strip(" ›»→>"))) for text in said if text):
            url = absolute(href, page)
            # The next page of a list is a page of the same list.
            alike = path_of(url).startswith(path_of(page.final_url).rsplit("/", 1)[0])
            if url and alike and host_of(url) == host_of(page.final_url) and url.partition("#")[0] != page.final_url:
                found[url] = None
    return next(iter(found)) if len(found) == 1 else ""


@once_per_page
def own_url(page: Page) -> str:
    """Return the page's URL, tidy; the one it calls canonical where only query and letters differ."""
    here = tidy_url(page.final_url)
    for url in map(tidy_url, _links(page, "canonical")):
        if host_of(url) == host_of(here) and path_of(url).lower() == path_of(here).lower():
            return url
    return here


@once_per_page
def site_names(page: Page) -> frozenset[str]:
    """Return what the page calls the site it belongs to, folded, without spaces; usually empty or one name."""
    tree = tree_of(page)
    metas = () if tree is None else tree.iter("meta")
    names = [m.get("content") or "" for m in metas if m.get("property") == "og:site_name" or m.get("name") == _APP]
    return frozenset(filter(None, (fold(name).replace(" ", "") for name in names)))


_APP = "application-name"


@once_per_page
def headlines(page: Page) -> tuple[str, ...]:
    """Return the page's title, its title for those who share it, and its first headings, folded."""
    tree = tree_of(page)
    texts = [] if tree is None else [text_of(element) for element in islice(tree.iter("title", "h1"), 10)]
    return tuple(filter(None, map(fold, texts)))


# What a directory or a booking site says of itself, and a practice does not.
PLATFORM_WORDS = re.compile(
    r"trouve[rz] (?:un|une|votre|le|les|mon)\b|vous etes (?:un |une )?(?:praticien|professionnel|kine|masseur|therapeute|"
    r"soignant|proprietaire)|\bannuaire\b|\breferencer\b|espace (?:pro|praticien|soignant)|"
    r"(?:notre|premiere|cette) plateforme|plateforme (?:de |d )?(?:prise|reservation|rendez|rdv|mise en relation|sante)|"
    r"inscri(?:re|vez) (?:mon|votre) (?:cabinet|activite)|revendiquer|creer (?:ma|votre) (?:fiche|page)|"
    r"tous les (?:kine|masseur|praticien|professionnel)|c est votre entreprise|etes vous (?:ce|cette) "
)


@once_per_page
def speaks_as_platform(page: Page) -> bool:
    """Return True when the page speaks like a directory or a booking site."""
    return PLATFORM_WORDS.search(fold(visible_text(page)[:40_000])) is not None
