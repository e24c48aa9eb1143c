"""A copy of a captured page that may leave: what concerns others is taken out of the file, never painted over.

The sealed original stays as it is. The copy is written anew from what may be seen: a few tags, no script, no style,
no picture, no comment, no address of a link but the listing's own. It is then read again like a stranger would, and
refused while a hidden word can still be found in it.
"""

from __future__ import annotations

import hashlib
import html as entities
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.message import Message
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from listingguard.domain.french import NBSP, plural, typography
from listingguard.domain.listing import Listing, Page
from listingguard.domain.names import fold
from listingguard.domain.places import spoken
from listingguard.edge.needle import (
    BREAK,
    Haystack,
    Needle,
    What,
    comparable,
    folded,
    needles_for,
)
from listingguard.edge.sheet import MASKED_WORDS, Laid, masked_layout
from listingguard.edge.strangers import TRADES, strangers
from listingguard.errors import BadInput, Refused

MASK = "[masqué]"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@dataclass(frozen=True)
class Hidden:
    """One line of the index: what was taken out, how often, and why; never the thing itself."""

    what: What
    count: int

    @property
    def sentence(self) -> str:
        """Return the line in French."""
        label = self.what.label[0].upper() + self.what.label[1:]
        return typography(f"{label} : {plural(self.count, 'retrait')}. {self.what.why}", narrow=False)


@dataclass(frozen=True)
class Masked:
    """A copy that may leave: UTF-8 HTML without anything to load, and the index of what was taken out.

    original: SHA-256 of the sealed bytes. needles: what must not be found in it, for the checks of what is made from
    it (picture, PDF); it stays here. flagged: what of others the check still sees in it, French nouns with their article:
    the copy says that a person reads it first. check: that check.
    """

    html: bytes
    hidden: tuple[Hidden, ...]
    original: str
    needles: tuple[Needle, ...]
    flagged: tuple[str, ...] = ()
    check: Callable[[str], tuple[str, ...]] | None = field(default=None, compare=False, repr=False)

    @property
    def text(self) -> str:
        """Return what a reader of the copy sees, one line per block."""
        return "\n".join(_blocks(lxml.html.document_fromstring(self.html.decode())))


def masked_html(
    page: Page,
    keep: Listing,
    others: Sequence[Listing],
    hide: Sequence[str],
    check: Callable[[str], tuple[str, ...]] | None = None,
    told: Sequence[str] = (),
    original: str = "",
    *,
    read: bool = False,
) -> Masked:
    """Return the copy of an HTML page in which only `keep` is still told about.

    others: every other listing of the page; their names, phones, e-mails and streets go, except what `keep` shows as
    well (a shared practice). hide: words that must go whatever shows them: private addresses and numbers, in any
    writing (case, accents, spacing, formats of a phone). A first name alone stays, and a family name that is also a
    word of `keep`. Whoever the page names behind a civility, a trade or « rendez-vous avec » goes too, every phone,
    mailbox and street that is neither `keep`'s nor the site's own, and the sections about other practitioners. told: words
    whose phones, mailboxes and streets are nobody else's: the controller's, the practitioner's open practices, ours.
    check: what a text still tells of others, see `Masked.flagged`; without one, the copy promises nothing. original: SHA-256
    of the file as it is kept, where `page` was unwrapped out of it. read: whether `keep` is what this very page says: what
    of it stands in the code alone, which goes, is then told.

    Raises BadInput for what is not an HTML page, and Refused when something to hide is still found in the copy.
    """
    root = _parsed(page)
    found: Counter[What] = Counter()
    reviewers = _reviewers(root)
    _drop(root, found)
    # A name told in a section that goes may stand elsewhere as well.
    named = strangers("\n".join(_blocks(root)), keep, told)
    needles = (*needles_for(keep, others, hide, reviewers), *named)
    _drop_reviews(root, keep, found)
    _drop_colleagues(root, keep, found)
    _straighten(root)
    _mask_text(root, needles, found)
    _bare(root, tuple(url for url in (keep.url, keep.booking_url) if url), needles, found)
    # Before our own words come in: one of them may well be somebody's name.
    _refuse(_left_in_html(_written(root), needles), "La copie masquée")
    original = original or hashlib.sha256(page.body).hexdigest()
    flagged = check("\n".join(_blocks(root))) if check is not None else ()
    coded = _coded(keep, "\n".join(_blocks(root)), needles) if read else ()
    _announce(root, original, sure=check is not None and not flagged, coded=coded)
    index = tuple(Hidden(what, found[what]) for what in What if found[what])
    return Masked(_written(root), index, original, needles, flagged, check)


def check_png(picture: bytes) -> None:
    """Raise Refused when a PNG made of the copy holds anything but its pixels."""
    extra = sorted(_png_chunks(picture) - {"IHDR", "IDAT", "IEND"})
    if extra:
        raise Refused(
            f"La photographie de la copie masquée contient autre chose que l’image{NBSP}: {', '.join(extra)}."
        )


def on_paper(masked: Masked, *, letters: Path, day: date, reference: str = "") -> Laid:
    """Return the text of the copy and the index, laid out as a PDF; the same input gives the same bytes.

    Raises Refused when something to hide is found in the text or the properties of the PDF.
    """
    index = [hidden.sentence for hidden in masked.hidden]
    lines = masked.text.splitlines()
    laid = masked_layout(lines, index, original=masked.original, letters=letters, day=day, reference=reference)
    if not masked.flagged and still_told(masked, laid.pdf):
        # Read on paper, it tells more than it did as a page: then it does not say otherwise.
        sure, doubt = (" ".join(typography(each, narrow=False).split()) for each in (SURE, DOUBT))
        lines = [line.replace(sure, doubt) for line in lines]
        laid = masked_layout(lines, index, original=masked.original, letters=letters, day=day, reference=reference)
    # Our own words, written around the copy, may well be somebody's name.
    ours = Haystack(folded(" ".join([*index, MASKED_WORDS, ANNOUNCED, SURE, DOUBT, DIGEST, CODED, reference])))
    needles = [needle for needle in masked.needles if not ours.holds([needle])]
    _refuse(_left_in_pdf(laid.pdf, needles), "Le PDF de la copie masquée")
    return laid


def still_told(masked: Masked, pdf: bytes) -> tuple[str, ...]:
    """Return what of others the copy still seems to tell, as a page or as this PDF of it; empty when nothing is seen."""
    if masked.flagged or masked.check is None:
        return masked.flagged
    return masked.check(_drawn_text(pdf))


# -- reading the page ----------------------------------------------------------------------------------------------

_REVIEW_TYPES = re.compile(r"\b(?:Review|UserReview|CriticReview|Comment)\b")
_REVIEW_NAMES = frozenset({"review", "reviews", "schema:review", "comment", "schema:comment"})
_REVIEW_WORDS = frozenset({"avis", "review", "reviews", "temoignage", "temoignages", "testimonial", "testimonials"})
_REVIEW_HEADING = re.compile(
    r"(?:(?:les|nos|\d+|derniers|tous les|notes? et) )*(?:avis|temoignages?|commentaires?|ce qu en disent|ils en parlent|"
    r"ce que disent)\b(?! (?:de passage|d absence|juridique))"
)
_REVIEW_TITLE = re.compile(
    r"(?:(?:les|nos|derniers|notes? et|\d+) )*(?:avis|temoignages?|commentaires?)"
    r"(?: (?:de|des|du|sur|nos|les|vos|patients?|clients?|internautes?|utilisateurs?|verifies?|\d+))*"
)
_TITLE_TAGS = ("summary", "legend", "dt", "p", "div", "strong", "b", "span")
_SECTIONS = frozenset({"section", "article", "aside", "main", "body", "li", "td", "dd"})
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_DROPPED = {
    What.SCRIPT: ("script", "noscript"),
    What.STYLE: ("style", "link"),
    What.META: ("meta", "base"),
    What.PICTURE: ("img", "svg", "picture", "video", "audio", "canvas", "source", "map", "math"),
    What.FRAME: ("iframe", "frame", "object", "embed", "applet", "input", "select", "textarea", "portal"),
    What.CONCEALED: ("template", "datalist", "slot"),
}
_TAG_OF = {tag: what for what, tags in _DROPPED.items() for tag in tags}
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0(?![.\d])", re.I
)
_OVERRIDE = re.compile(r"unicode-bidi\s*:\s*(?:isolate|bidi)-override", re.I)
_RTL = re.compile(r"(?<![\w-])direction\s*:\s*rtl", re.I)
_BENT = re.compile("\u202e([^\u202c]*)\u202c?")
_STEERS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BLOCK = _set(
    "address article aside blockquote body br caption dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr html li main nav ol p pre section summary table tbody td tfoot th thead title tr ul"
)
_KEPT_TAGS = _BLOCK | _set(
    "a abbr b bdi button cite code del details dfn em head i ins kbd label legend mark q s samp small span strong sub "
    "sup time u var wbr"
)
_KEPT_ATTRIBUTES = frozenset({"colspan", "rowspan", "lang", "datetime", "open"})
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9:+.-]{0,40}")


def _parsed(page: Page) -> HtmlElement:
    text = _decoded(page)
    # A declaration of another charset would win over the text we already have.
    text = re.sub(r"^\s*<\?xml[^>]*>", "", text).replace("\x00", "")
    root = None
    if re.match(r"\s*(?:<|[^\s{\[%][^<]*<)", text[:20_000]):
        try:
            root = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(huge_tree=False, remove_pis=True))
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            root = None
    if root is None or root.find("body") is None:
        raise BadInput("La copie masquée ne se fait que d’une page HTML, et celle-ci n’en est pas une.")
    return root


def _decoded(page: Page) -> str:
    try:
        # Whatever the header says: so is it read (pages/document), and a name told wrong here would not be found.
        return page.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        from bs4.dammit import UnicodeDammit

        kind = Message()
        kind["content-type"] = page.header("content-type")
        charset = kind.get_content_charset()
        return UnicodeDammit(page.body, [charset] if charset else [], is_html=True).unicode_markup or ""


def _reviewers(root: HtmlElement) -> tuple[str, ...]:
    """Return who wrote the reviews, in the visible markup and in the embedded data: their names go everywhere."""
    found: dict[str, None] = {}
    for node in root.iter(etree.Element):
        if not _is_review(node):
            continue
        for inner in node.iter(etree.Element):
            if {"author", "schema:author", "creator"} & _tokens(inner, "itemprop", "property"):
                name = " ".join("".join(inner.itertext()).split()) or str(inner.get("content", ""))
                found.update({name: None} if 1 < len(name) <= 80 else {})
    for script in root.iter("script"):
        if "ld+json" in str(script.get("type", "")):
            try:
                data = json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue
            found.update(dict.fromkeys(_json_authors(data)))
    return tuple(found)


def _json_authors(data: Any, inside: bool = False, depth: int = 0) -> Iterator[str]:
    if depth > 40:
        return
    if isinstance(data, list):
        for item in data:
            yield from _json_authors(item, inside, depth + 1)
    elif isinstance(data, dict):
        review = inside or bool(_REVIEW_TYPES.search(str(data.get("@type", ""))))
        author = data.get("author") if review else None
        for each in author if isinstance(author, list) else [author]:
            name = each.get("name") if isinstance(each, dict) else each
            if isinstance(name, str) and 1 < len(name.strip()) <= 80:
                yield " ".join(name.split())
        for value in data.values():
            yield from _json_authors(value, review, depth + 1)


def _tokens(node: HtmlElement, *names: str) -> set[str]:
    return {word.lower() for name in names for word in str(node.get(name) or "").split()}


def _is_review(node: HtmlElement) -> bool:
    types = f"{node.get('itemtype') or ''} {node.get('typeof') or ''}"
    return bool(_REVIEW_TYPES.search(types)) or bool(_REVIEW_NAMES & _tokens(node, "itemprop", "property"))


# -- taking out ----------------------------------------------------------------------------------------------------


def _drop(root: HtmlElement, found: Counter[What]) -> None:
    """Take out what is not text to be seen: scripts, styles, pictures, comments, concealed passages."""
    for node in list(root.iter()):
        if node is root or node.tag in ("head", "body") or not _within(node, root):
            continue
        if not isinstance(node.tag, str):
            found[What.COMMENT] += 1
            node.drop_tree()
            continue
        what = _TAG_OF.get(node.tag)
        if what is What.SCRIPT and "json" in str(node.get("type") or ""):
            what = What.DATA
        if what is None and (
            "hidden" in node.attrib or _UNSEEN.search(str(node.get("style") or "")) or node.tag == "dialog"
        ):
            what = What.CONCEALED
        if what is not None:
            found[what] += 1
            node.drop_tree()


def _drop_reviews(root: HtmlElement, keep: Listing, found: Counter[What]) -> None:
    """Take out reviews: those that say so in their markup or their class, and what stands under « Avis »."""
    name = fold(keep.name)
    for node in list(root.iter(etree.Element)):
        if node.tag in ("html", "head", "body", "main", "title") or not _within(node, root):
            continue
        if _is_review(node) or (_called_review(node) and not _holds_listing(node, name)):
            found[What.REVIEW] += 1
            node.drop_tree()
    for node in list(root.iter(*_HEADINGS, *_TITLE_TAGS)):
        if not _within(node, root) or any(parent.tag in ("nav", "a", "button") for parent in node.iterancestors()):
            continue
        text = fold("".join(node.itertext()))
        heading = node.tag in _HEADINGS or node.tag in ("summary", "legend", "dt")
        if _REVIEW_HEADING.match(text) if heading else len(node) == 0 and _REVIEW_TITLE.fullmatch(text):
            found[What.REVIEW] += 1
            _drop_section(node)


_COLLEAGUES = re.compile(
    rf"(?:.*\b(?:autres?|proximite|alentours|environs|voisins?|similaires?|recommandes?|suggeres?|egalement|aussi)\b.*"
    rf"\b{TRADES}\b|.*\b{TRADES}\b.*\b(?:proximite|alentours|environs|voisins?|similaires?|recommandes?|suggeres?|"
    rf"egalement|aussi|pres de|autour de)\b|(?:egalement |aussi )?a proximite$|(?:profils?|fiches?) similaires?\b|"
    rf"(?:les )?(?:patients|internautes) (?:ont )?(?:aussi|egalement)\b|vous (?:aimerez|cherchez) (?:aussi|egalement)\b)"
)
_TEAM = re.compile(
    rf"(?:.*\b{TRADES}\b.*\b(?:du|de ce|de l|dans ce|dans le) (?:cabinet|centre|etablissement|equipe|meme)\b|"
    rf"(?:.*\b)?(?:consultent|exercent|travaillent) (?:aussi |egalement )?ici\b|"
    rf"(?:les |nos |vos ){TRADES}(?: {TRADES})*$|(?:l |notre |une )?equipe\b|"
    r"(?:dans le |au |a la |du )?meme (?:cabinet|centre|etablissement|adresse)\b)"
)
_COLLEAGUES_LINE = re.compile(rf"(?:(?:les |d )autres?|autres?) (?:\w+ ){{0,3}}?{TRADES}\b")


def _drop_colleagues(root: HtmlElement, keep: Listing, found: Counter[What]) -> None:
    """Take out the sections that speak of other practitioners, but for a team in which the listing itself stands."""
    name = fold(keep.name)
    for node in list(root.iter(*_HEADINGS, *_TITLE_TAGS)):
        if (
            node.tag == "h1"
            or not _within(node, root)
            or any(p.tag in ("nav", "a", "button") for p in node.iterancestors())
        ):
            continue
        text = fold("".join(node.itertext()))
        if len(text) > 120 or (name and name in text):
            continue
        heading = node.tag in _HEADINGS or node.tag in ("summary", "legend", "dt")
        line = len(node) == 0 and len(text) <= 80 and not (node.text or "").rstrip().endswith(".")
        others = _COLLEAGUES.match(text) if heading else line and _COLLEAGUES_LINE.match(text)
        if others or (heading and _TEAM.match(text) and not (name and name in _under(node))):
            found[What.PERSON] += 1
            _drop_section(node)


def _under(heading: HtmlElement) -> str:
    """Return the folded text of what stands under a heading, up to the next of its rank."""
    rank = _HEADINGS.index(heading.tag) if heading.tag in _HEADINGS else len(_HEADINGS)
    edge = next((p for p in heading.iterancestors() if p.tag in _SECTIONS), None)
    said, node = [heading.tail or ""], heading
    while node is not edge and (parent := node.getparent()) is not None:
        for each in node.itersiblings():
            for inner in each.iter(etree.Element):
                if _stops(inner, rank):
                    return fold("".join(said))
                said += [inner.text or "", " ", inner.tail or ""]
        node = parent
    return fold("".join(said))


def _called_review(node: HtmlElement) -> bool:
    # `reviewsList` and `reviews-list` alike.
    names = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", f"{node.get('class') or ''} {node.get('id') or ''}")
    return bool(_REVIEW_WORDS.intersection(fold(names).split()))


def _holds_listing(node: HtmlElement, name: str) -> bool:
    """Return True when the listing itself stands in this block: it wraps more than reviews."""
    return any(h.tag == "h1" or (name and name in fold("".join(h.itertext()))) for h in node.iter(*_HEADINGS))


def _within(node: HtmlElement, root: HtmlElement) -> bool:
    return node is root or any(parent is root for parent in node.iterancestors())


def _drop_section(heading: HtmlElement) -> None:
    """Take out a heading and all that follows it in its section, up to the next heading of its rank or above."""
    rank = _HEADINGS.index(heading.tag) if heading.tag in _HEADINGS else len(_HEADINGS)
    edge = next((p for p in heading.iterancestors() if p.tag in _SECTIONS), None)
    node = heading
    while node is not edge:
        parent = node.getparent()
        if parent is None:
            break
        ended = False
        node.tail = None
        for each in list(node.itersiblings()):
            ended = _cleared(each, rank)
            if ended:
                break
        if ended:
            break
        node = parent
    _taken_out(heading)


def _taken_out(node: HtmlElement) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _cleared(node: HtmlElement, rank: int) -> bool:
    """Take out a block, or what of it comes before the next heading; return True when there was one."""
    if _stops(node, rank):
        return True
    if not any(_stops(inner, rank) for inner in node.iter(etree.Element)):
        _taken_out(node)
        return False
    node.text = None
    return any(_cleared(child, rank) for child in list(node))


def _stops(node: HtmlElement, rank: int) -> bool:
    return node.tag in ("footer", "nav") or (node.tag in _HEADINGS and _HEADINGS.index(node.tag) <= rank)


def _straighten(root: HtmlElement) -> None:
    """Write in the order in which it is read what the page has drawn the other way round."""
    # The innermost first: what it shows is what the one around it turns.
    for node in reversed(list(root.iter(etree.Element))):
        style = str(node.get("style") or "")
        overrides = node.tag == "bdo" or _OVERRIDE.search(style)
        if overrides and (str(node.get("dir") or "").strip().lower() == "rtl" or _RTL.search(style)):
            shown = "".join(node.itertext())[::-1]
            for inner in list(node):
                node.remove(inner)
            node.text = shown


def _mask_text(root: HtmlElement, needles: Sequence[Needle], found: Counter[What]) -> None:
    """Write MASK over every hidden passage of the text, whatever tags or entities cut it."""
    slots = list(_slots(root))
    signs: list[str] = []
    origin: list[tuple[int, int]] = []
    for number, (node, tail) in enumerate(slots):
        value = _unescaped((node.tail if tail else node.text) or "")
        if tail:
            node.tail = value
        else:
            node.text = value
        for place, sign in enumerate(value):
            for letter in comparable(sign):
                signs.append(letter)
                origin.append((number, place))
        signs.append(BREAK)
        origin.append((number, -1))
    text = Haystack("".join(signs))
    spans = sorted(
        ((start, end, needle.what) for needle in needles for start, end in text.spans(needle)),
        key=lambda span: (span[0], -span[1]),
    )
    cuts: dict[int, list[tuple[int, int, str]]] = {}
    done = 0
    for start, end, what in spans:
        # What several patterns see is one removal, told as the first of them.
        found[what] += start >= done
        touched: dict[int, list[int]] = {}
        for source, place in origin[max(start, done) : end]:
            if place >= 0:
                touched.setdefault(source, []).append(place)
        for order, (source, places) in enumerate(touched.items()):
            # One sign for what tags cut in several.
            cuts.setdefault(source, []).append((min(places), max(places) + 1, "" if order else MASK))
        done = max(done, end)
    for source, ranges in cuts.items():
        node, tail = slots[source]
        if tail:
            node.tail = _cut(node.tail or "", ranges)
        else:
            node.text = _cut(node.text or "", ranges)


def _slots(root: HtmlElement) -> Iterator[tuple[HtmlElement, bool]]:
    """Yield every place that holds text, in reading order: the text of an element, then its tail."""
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            yield node, False
        elif node is not root:
            yield node, True


def _cut(text: str, ranges: Sequence[tuple[int, int, str]]) -> str:
    for start, end, sign in sorted(ranges, reverse=True):
        text = text[:start] + sign + text[end:]
    return text.replace(MASK + MASK, MASK)


def _unescaped(text: str) -> str:
    """Return the text in reading order, entities that were written twice read as what they stand for."""
    for _ in range(3):
        plain = entities.unescape(text)
        if plain == text:
            break
        text = plain
    # Signs that turn the order round, or steer it, say nothing in a copy that is written in reading order.
    text = _STEERS.sub("", _BENT.sub(lambda bent: bent[1][::-1], text))
    # No XML file can hold these.
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


def _bare(root: HtmlElement, own: Sequence[str], needles: Sequence[Needle], found: Counter[What]) -> None:
    """Keep only plain tags and the few attributes that say nothing of anybody; links keep the listing's own address."""
    for node in list(root.iter(etree.Element)):
        if node is not root and node.tag not in _KEPT_TAGS:
            node.drop_tag()
            continue
        for name, value in list(node.attrib.items()):
            if name in _KEPT_ATTRIBUTES and _PLAIN_VALUE.fullmatch(value) and not _left_in(value, needles):
                continue
            if name == "href" and value in own and not _left_in(value, needles):
                continue
            del node.attrib[name]
            found[What.LINK if name in ("href", "src", "action") else What.ATTRIBUTE] += 1


ANNOUNCED = "Copie masquée d’une page capturée."
SURE = f"Ce qui concerne d’autres personnes en a été retiré ; {MASK} marque un retrait."
DOUBT = (
    f"Ce que le programme a reconnu comme concernant d’autres personnes en a été retiré ; {MASK} marque un retrait. "
    "Une personne relit avant l’envoi."
)
DIGEST = "Empreinte SHA-256 de l’original, conservé, non communiqué :"


CODED = "Publié dans le code de la page pour cette fiche, et absent de son texte :"


def _coded(keep: Listing, seen: str, needles: Sequence[Needle]) -> tuple[str, ...]:
    """Return what a page publishes of `keep` in its code alone, French; never what must be hidden, as a home."""
    digits, words = re.sub(r"\D", "", seen), fold(seen)
    phones = dict.fromkeys((*keep.phones, *(number for place in keep.places for number in place.phones)))
    found = [
        *(f"adresse {place.street}" for place in keep.places if place.street and fold(place.street) not in words),
        *(f"téléphone {spoken(number)}" for number in phones if number[-9:] not in digits),
        *([f"adresse électronique {keep.email}"] if keep.email and keep.email.lower() not in seen.lower() else []),
        *([f"numéro RPPS {keep.rpps}"] if keep.rpps and keep.rpps not in digits else []),
    ]
    return tuple(dict.fromkeys(each for each in found if not _left_in(each, needles)))


def _announce(root: Any, original: str, *, sure: bool, coded: Sequence[str]) -> None:
    note, bold = etree.Element("p"), etree.Element("strong")
    told = f" {CODED} {', '.join(coded)}." if coded else ""
    bold.text = typography(f"{ANNOUNCED} {SURE if sure else DOUBT} {DIGEST} {original}.{told}", narrow=False)
    note.append(bold)
    body = root.find("body")
    assert body is not None
    note.tail, body.text = body.text, None
    body.insert(0, note)


def _written(root: Any) -> bytes:
    head = root.find("head")
    if head is None:
        head = etree.Element("head")
        root.insert(0, head)
    if head.find("meta") is None:
        head.insert(0, etree.Element("meta", {"charset": "utf-8"}))
    return b"<!doctype html>\n" + etree.tostring(root, encoding="utf-8", method="html")


# -- reading it again ----------------------------------------------------------------------------------------------


def _left_in(text: str, needles: Sequence[Needle]) -> set[What]:
    """Return what of the needles is found in a text, as it is, unescaped, and with %xx read."""
    forms = {text, _unescaped(text), unquote(_unescaped(text))}
    return set().union(*(Haystack(folded(form)).holds(needles) for form in forms))


def _left_in_html(copy: bytes, needles: Sequence[Needle]) -> set[What]:
    root = lxml.html.document_fromstring(copy.decode())
    seen = BREAK.join(folded((node.tail if tail else node.text) or "") for node, tail in _slots(root))
    found = Haystack(seen).holds(needles)
    # Few are left, and most alike.
    for value in {str(value) for node in root.iter(etree.Element) for value in node.attrib.values()}:
        found |= _left_in(value, needles)
    # In the file as it lies, names of tags are words as well: what looks for anybody would find somebody there.
    named = [needle for needle in needles if needle.core]
    return found | _left_in(copy.decode(), named) | _left_in("\n".join(_blocks(root)), needles)


@lru_cache(maxsize=2)
def _read_again(pdf: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the text of each page of a PDF, and its properties; kept, as the same copy is read more than once."""
    import pypdfium2  # type: ignore[import-untyped]

    with pypdfium2.PdfDocument(pdf) as document:
        pages = tuple(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document)
        return pages, tuple(document.get_metadata_dict(skip_empty=True).values())


def _left_in_pdf(pdf: bytes, needles: Sequence[Needle]) -> set[What]:
    pages, properties = _read_again(pdf)
    texts = (*pages, *properties)
    # A line may end anywhere.
    return set().union(*(_left_in(each, needles) for each in (*texts, " ".join(texts))))


def _drawn_text(pdf: bytes) -> str:
    """Return what the PDF shows of the page, without the index and the feet of the pages, whose words are ours."""
    text = "\n".join(_read_again(pdf)[0])
    text = re.sub(r"(?m)^(?:Copie masquée \d+/\d+|Original SHA-256 [0-9a-f]{64})\n?", "", text)
    return re.split(r"(?m)^Ce qui a été retiré, et pourquoi", text)[0]


def _png_chunks(picture: bytes) -> set[str]:
    if not picture.startswith(b"\x89PNG\r\n\x1a\n"):
        raise BadInput("La photographie de la copie masquée n’est pas un fichier PNG.")
    found, place = [], 8
    while place < len(picture):
        size = int.from_bytes(picture[place : place + 4], "big")
        # What comes behind the end is no chunk.
        found.append("IEND…" if "IEND" in found else picture[place + 4 : place + 8].decode("latin-1"))
        place += 12 + size
    return set(found)


def _refuse(left: set[What], what: str) -> None:
    if left:
        raise Refused(
            f"{what} n’est pas faite{NBSP}: ce qui doit être masqué s’y trouve encore.",
            [f"{each.label} encore lisible" for each in What if each in left],
        )


def _blocks(root: HtmlElement) -> Iterator[str]:
    """Yield the lines a reader sees: the text of each block, spaces made one."""
    line: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if node.tag in _BLOCK:
            if text := " ".join("".join(line).split()):
                yield text
            line = []
        line.append((node.text if event == "start" else node.tail) or "")
    if text := " ".join("".join(line).split()):
        yield text
