"""What a page without any markup says in words and links: a practice's own site, a profile, a plain list.

Precision comes first. Without a name, and with it an address or a health profession, there is no listing; a fax, a
SIRET, opening hours and the site's own header and footer are never somebody's; pages of error, of challenge, of legal
notice, articles and « Aucun résultat » give nothing. Here the page is read as a whole; whom a line names is in `named`,
addresses in `streets`, numbers and booking in `contact`, lists in `cards`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from listingguard.domain.listing import Listing, ListingKind, Page, Place, Trait
from listingguard.domain.names import fold
from listingguard.domain.places import phones_in, town_key
from listingguard.pages import answers
from listingguard.pages.cards import cards_in, from_card, from_tables
from listingguard.pages.contact import booking_in, figures_in, mail_in, numbers_in
from listingguard.pages.document import PLATFORM_WORDS, small_source, source, tree_of
from listingguard.pages.lines import FOOTER, HEADER, MAIN, NAVIGATION, Laid, Line, laid_out
from listingguard.pages.named import (
    BEFORE_ANY,
    CARE,
    INSTITUTION,
    LABEL,
    NOT_A_PRACTICE,
    NOT_NAMES,
    PLAIN_PRACTICE,
    THERAPY,
    our_trade,
    people_beside_trade,
    people_in_list,
    person_before_trade,
    person_in,
    possible_names,
    practice_in,
    same_words,
    title_parts,
    trade_first,
    trade_in,
    without_opinions,
    without_trade,
)
from listingguard.pages.once import may_be_same_name
from listingguard.pages.site import SiteFacts
from listingguard.pages.streets import has_postcode, places_between, places_in, street_in
from listingguard.pages.subject import describes_other_thing, is_titled_otherwise, tells_of_other_things
from listingguard.pages.url import path_of
from listingguard.pages.values import OTHER_TRADE, TRADE, clean, merged_places

# --- pages that list nobody --------------------------------------------------------------------------------------

# In the title or the first heading.
_OTHER_PAGE = re.compile(
    r"just a moment|un instant|attention required|acces refuse|access denied|verification de securite|"
    r"verifi(?:ez|cation) que vous|etes vous un robot|page (?:introuvable|non trouvee|inexistante)|not found|^(?:oups|oops|desole)\b|"
    r"erreur \d{3}|error \d{3}|\b(?:404|403|429|500|503)\b|service indisponible|en maintenance|plan du site|site ?map|"
    r"mentions legales|politique de (?:confidentialite|protection|cookies)|donnees personnelles|"
    r"conditions generales|\bcg[uv]\b|gestion des cookies|connexion$|se connecter|mot de passe|blog$|actualites?$"
)
_CHALLENGE = re.compile(
    r"just a moment|checking your browser|enable javascript and cookies|verifying you are human|ddos protection|"
    r"verifier que vous etes (?:un |bien )?humain|activez javascript|trafic inhabituel|unusual traffic"
)
_NOBODY = re.compile(
    r"\b(?:aucune?|0|zero) (?:\w+ ){0,2}(?:resultat|praticien|professionnel|kine\w*|masseur\w*|fiche|reponse|"
    r"etablissement|medecin|therapeute)s?\b(?! obligatoire)"
    # « Aucun professionnel ne paie pour être mieux classé » says nothing of a search.
    r"(?! (?:ne|n) (?!correspond|repond|a (?:ete |pu )?(?:trouve|etre trouve|reference)|est (?:reference|inscrit|repertorie|disponible)))"
    r"|pas de resultat|n a donne aucun resultat"
)
# A directory's or a booking site's pages about itself; a practice's own « À propos » names its people.
_OF_ITSELF = re.compile(
    r"^(?:a propos|qui sommes nous|notre (?:histoire|equipe|mission)|aide|support|presse|contact\w*)\b"
)
_DIRECTORY_WORDS = re.compile(
    r"\bannuaire\b|\breferencer\b|\bplateforme\b|\bespace (?:praticien|soignant)|\brevendiquer\b|\bvotre fiche\b"
)
_ARTICLE = re.compile(
    r"\b(?:publie|poste|mis en ligne|redige|ecrit) (?:le|par)\b|temps de lecture|\bmin(?:utes)? de lecture"
)


def drafts(page: Page, site: SiteFacts, found: Sequence[Listing]) -> list[Listing]:
    """Return the listings that only the visible page shows, in page order, not yet merged and without an id.

    found: what other layers gave. Nobody is added to them; what they lack (a number, an address, a profession, whether
    one can book) is told where the page plainly is theirs, or by the card that names them. A site with an adapter is
    left to the adapter.
    """
    if not site.generic or (found and not _lack_what_is_here(found, page)):
        return []
    if not found and describes_other_thing(page):
        return []
    laid = _without_others(laid_out(page))
    head = _Head.of(page, laid)
    if not laid.lines or _lists_nobody(head, laid):
        return []
    if found:
        owned = [item for item in found if _is_page_of(item, head)] if len(found) > 1 else found
        told = _completed_by_cards(found, laid, page, site) if len(found) > 1 else []
        return told or (_completed(owned[0], head, laid, page, site) if len(owned) == 1 else [])
    if not _is_about_health(head, laid):
        return []
    cards = [card for block in cards_in(laid) if (card := from_card(block, laid, page, site)) is not None]
    if head.platform and path_of(page.final_url) == "/":
        # The front page of a directory leads to its lists.
        cards = []
    tabled = from_tables(page, site)
    if len(tabled) > 1 and len(tabled) >= len(cards):
        return tabled
    # Names with a profession and nothing else are a practice's people, unless the page is no practice's.
    if len({(fold(card.name), card.places, card.phones) for card in cards if card.places or card.phones}) > 1:
        return cards
    if _is_an_institutions(head, laid):
        return _from_sections(laid, site)
    whole = _from_whole(head, laid, page, site)
    titled = any(TRADE.search(text) or OTHER_TRADE.search(text) for text in (head.title, *head.headings))
    return whole or (cards if titled and len({fold(card.name) for card in cards}) > 1 else [])


# Under these headings stand other people than those the page is about.


# Under these headings stand other people than those the page is about.
_OTHERS = re.compile(
    r"^(?:les |d )?autres? |(?:recherches?|pages?|fiches?|profils?) (?:associe|similaire|populaire|frequent|recent|proche|"
    r"consulte)|a proximite|pres de (?:chez vous|vous|ce|cette)|similaires?$|aux alentours|vous aimerez|egalement consulte|"
    r"consultent aussi|avis (?:des |de |sur |patient|client)|^avis\b|temoignages|annonces?$|sponsorise|partenaires"
)
# Under these, patients; a link of that name in a menu is no heading.
_OPINIONS = re.compile(
    r"^(?:vos|leurs|nos|les|derniers) avis\b|\b(?:nous|me) recommandent\b|^recommandations?(?: (?:de|des|d|patients?|clients?)\b|$)|"
    r"parl(?:e|ent) de nous\b|\blivre d or\b|^mercis?(?: a (?:tous|vous|eux))?$|^(?:ce qu|ce que|qu)(?: \w+){0,4} (?:disent|pensent)\b"
)


def _without_others(laid: Laid) -> Laid:
    """Return the page without what stands under « Autres praticiens », « À proximité », « Avis »…, and without what
    others are quoted as saying.
    """
    lines: list[Line] = []
    inside = 0
    for line in laid.lines:
        level = int(line.tag[1]) if line.tag[:1] == "h" and line.tag[1:].isdigit() else 0
        # Some sites write their headings as mere paragraphs; such a one ends nothing, and ends with the next heading.
        short = level or (7 if len(line.text) < 40 else 0)
        if inside and level and level <= inside:
            inside = 0
        if not inside and short and line.zone == MAIN:
            words = fold(line.text)
            opinions = (level or not (line.links or line.tag == "td")) and _OPINIONS.search(words)
            inside = short if opinions or _OTHERS.search(words) else 0
        # In the first heading, a quotation makes an article of the page.
        told = without_opinions(line.text) if line.tag != "h1" else line.text
        parts = line.parts if told == line.text else (told,)
        lines.append(replace(line, parts=parts, zone=NAVIGATION if inside else line.zone))
    return Laid(tuple(lines), laid.whole)


def _lack_what_is_here(found: Sequence[Listing], page: Page) -> bool:
    """Return whether listings lack what the page may hold in words: a number, an address, a profession, a booking."""
    body, small = source(page), small_source(page)
    return (
        (any(not (item.phones or Trait.RELAY_NUMBER in item.traits) for item in found) and _holds(_PHONE_BYTES, body))
        or (any(not item.places for item in found) and _holds(_CODE_BYTES, body))
        or (any(not item.profession for item in found) and _holds(_TRADE_BYTES, body))
        or (any(item.bookable is None for item in found) and any(phrase in small for phrase in _BOOKING_BYTES))
        or (len(found) == 1 and not found[0].rpps and b"RPPS" in body)
    )


def _holds(pattern: re.Pattern[bytes], body: bytes) -> bool:
    return pattern.search(body) is not None


_PHONE_BYTES = re.compile(rb"tel:|\b0[1-9](?:[ .-]?\d\d){4}\b|\+33")
_CODE_BYTES = re.compile(rb">[^<>]{0,80}\b\d{5}\s+[A-Z]")
_TRADE_BYTES = re.compile(rb"kin(?:\xc3\xa9|e|&eacute;)si|KIN(?:\xc3\x89|E)SI", re.IGNORECASE)
# « Réserver », « Prendre rendez-vous », « … en ligne »
_BOOKING_BYTES = (b"en ligne", b"server", b"prendre ", b"prenez r")


@dataclass(frozen=True)
class _Head:
    """What a page calls itself. platform: it speaks like a directory or a booking site."""

    title: str
    shared_title: str
    site_name: str
    headings: tuple[str, ...]
    article: bool
    platform: bool

    @classmethod
    def of(cls, page: Page, laid: Laid) -> _Head:
        """Return what the page calls itself."""
        tree = tree_of(page)
        metas: dict[str, str] = {}
        for meta in () if tree is None else tree.iter("meta"):
            name = (meta.get("property") or meta.get("name") or "").lower()
            metas.setdefault(name, clean(meta.get("content") or "")[:300])
        title = "" if tree is None else clean("".join(tree.xpath("string(//title[not(ancestor::svg)])")))[:300]
        words = fold(" ".join(line.text for line in laid.lines)[:40_000])
        return cls(
            title,
            metas.get("og:title", ""),
            metas.get("og:site_name", ""),
            tuple(line.text for line in laid.lines if line.tag == "h1" and line.zone != NAVIGATION),
            _is_article(metas) or bool(_ARTICLE.search(words)),
            PLATFORM_WORDS.search(words) is not None,
        )


def _is_article(metas: Mapping[str, str]) -> bool:
    """Return True for what calls itself an article; plain pages of many a web site call themselves so, without a date."""
    dated = metas.get("og:type", "") == "article" and "article:published_time" in metas
    return dated or metas.get("generator", "").lower().startswith(_NOT_LISTING)


# Programs that run encyclopaedias and forums.
_NOT_LISTING = ("mediawiki", "dokuwiki", "discourse", "phpbb", "vbulletin", "xenforo", "flarum")


def _lists_nobody(head: _Head, laid: Laid) -> bool:
    """Return True for a page that is no list, no profile and no practice's, whatever names it holds."""
    titles = (head.title, *head.headings)
    named = any(person_in(text) or practice_in(text) for text in head.headings)
    # Where the heading is somebody's name, the end of the title is the site's, and says nothing of them.
    telling = (*title_parts(head.title)[:1], *head.headings) if named else titles
    if head.article or is_titled_otherwise(telling) or any(_OTHER_PAGE.search(fold(text)) for text in titles):
        return True
    main = [line.text for line in laid.lines if line.zone == MAIN]
    # A site says it in a line of its own, not in the midst of a text.
    short = "\n".join(fold(text) for text in main if len(text) < 200)
    if _DIRECTORY_WORDS.search(short) and any(_OF_ITSELF.search(fold(text)) for text in titles):
        return True
    if tells_of_other_things(short, enough=3 if named else 2) or _NOBODY.search(short):
        return True
    words = fold(" ".join(main)[:20_000])
    return len(words) < 1_500 and bool(_CHALLENGE.search(words))


def _is_about_health(head: _Head, laid: Laid) -> bool:
    """Return True when a title, a heading or the beginning of a line names a health profession or its work.

    A profession in the midst of a sentence is what somebody writes about.
    """
    for text in (head.title, head.shared_title, *head.headings):
        if TRADE.search(text) or OTHER_TRADE.search(text) or CARE.search(text):
            return True
    for line in laid.lines:
        if line.zone not in (MAIN, HEADER) and line.tag[:1] != "h":
            continue
        text = LABEL.sub("", line.text)
        found = TRADE.search(text) or OTHER_TRADE.search(text) or CARE.search(text) if len(text) < 200 else None
        if found and (found.start() == 0 or len(text) < 40 or person_before_trade(text) or practice_in(text)):
            return True
    return False


# --- one page of one business ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Named:
    """A name, whose it is, and the line it stands on (-1: in the page's title)."""

    name: str
    kind: ListingKind
    at: int = -1


def _from_whole(head: _Head, laid: Laid, page: Page, site: SiteFacts) -> list[Listing]:
    """Return the page's own listing, a practice before the people it names; empty without one."""
    everywhere = frozenset((MAIN, HEADER, FOOTER))
    in_main = places_between(laid, 0, len(laid.lines), frozenset((MAIN,)))
    around = [] if in_main or head.platform else places_between(laid, 0, len(laid.lines), everywhere)
    places = merged_places([place for _, place in (in_main or around)])
    numbers = numbers_in([line for line in laid.lines if line.zone == MAIN])
    if not numbers and not head.platform:
        # A practice's own site shows its number at the top or the bottom of every page.
        numbers = numbers_in([line for line in laid.lines if line.zone in (HEADER, FOOTER)])
    said = [line.text for line in laid.lines if line.zone == MAIN]
    trades = [trade for text in (*head.headings, *said, head.title) if (trade := our_trade(text))]
    # « Kiné » only where nothing says it in full.
    trade = next((text for text in trades if len(text) > 8), next(iter(trades), ""))
    named = _main_name(head, laid, trade, page, site, reached=bool(places and numbers), in_main=bool(in_main))
    if named is None or town_key(TRADE.sub(" ", named.name)) in {town_key(place.town) for place in places}:
        # « Kiné Valence » above an address in Valence is what somebody looks for.
        return []
    lines = [line for line in laid.lines if line.zone == MAIN or (line.zone != NAVIGATION and not head.platform)]
    own_trade = trade or (trade_in(head.title) if named.kind is ListingKind.PERSON else "")
    organisation = ""
    if named.kind is ListingKind.PERSON:
        organisation = next((text for line in lines if len(line.text) < 80 and (text := practice_in(line.text))), "")
    if not (places or (own_trade and (numbers or named.kind is ListingKind.PERSON))):
        return []
    staff = _staff(laid, named.name, places, site) if named.kind is ListingKind.ORGANISATION else []
    # A number that stands beside one person is not the practice's, where it has another.
    theirs = {number for who in staff for number in who.phones}
    numbers = [raw for raw in numbers if theirs.isdisjoint(phones_in(raw))] or numbers
    own = answers.draft(
        site,
        "text",
        numbers,
        name=named.name,
        kind=named.kind,
        profession=own_trade,
        organisation="" if same_words(organisation, named.name) else organisation,
        places=places,
        email=mail_in(lines),
        **booking_in(lines, page),
    )
    return [own, *staff]


def _main_name(
    head: _Head, laid: Laid, trade: str, page: Page, site: SiteFacts, *, reached: bool, in_main: bool
) -> _Named | None:
    """Return whom the page as a whole is about: by its first heading, its title, its footer, in this order."""
    brands = {fold(text).replace(" ", "") for text in (head.site_name, site.host, site.host.split(".")[0]) if text}
    titles = [text for text in (head.shared_title, head.title) if text]
    if not head.platform:
        titles.append(head.site_name)
    for at, text in enumerate((*head.headings, *titles)):
        for part in title_parts(text):
            branded = fold(part).replace(" ", "") in brands
            if branded and head.platform:
                continue
            person = person_in(trade_first(part)) or person_in(without_trade(part))
            # What a title only adds (« … – Magazine Mouvement ») names nobody.
            told = at < len(head.headings) or person_before_trade(text) or _stands_alone(person, laid)
            if person and trade and told and (at < len(head.headings) or _says_trade(head, laid)):
                return _Named(person, ListingKind.PERSON)
            if practice := practice_in(part):
                return _Named(practice, ListingKind.ORGANISATION)
    if not (reached and _says_trade(head, laid)):
        return None
    if head.platform:
        # A directory's page is about whom its heading names, when that has an address and a number there.
        return _business(head, laid, brands) if in_main else None
    if path_of(page.final_url) != "/" and not _leaves_the_name_to_lines(head):
        return _business(head, laid, brands) if in_main else None
    for line in laid.lines:
        pieces = title_parts(line.text)[:2] if line.zone != NAVIGATION and len(line.text) < 300 else ()
        if practice := next(filter(None, map(practice_in, pieces)), ""):
            return _Named(practice, ListingKind.ORGANISATION)
    for line in laid.lines:
        if line.zone != NAVIGATION and (person := person_before_trade(line.text)):
            return _Named(person, ListingKind.PERSON)
    for text in (*head.headings, *titles):
        if plain := PLAIN_PRACTICE.search(text):
            return _Named(plain[0], ListingKind.ORGANISATION)
    return _business(head, laid, brands) if in_main else None


def _leaves_the_name_to_lines(head: _Head) -> bool:
    """Return True where the headings name no other thing: « Contact », « Nos soins », « Votre kiné à Die », or none."""
    return all(
        TRADE.search(text)
        or OTHER_TRADE.search(text)
        or CARE.search(text)
        or all(len(word) < 3 or word in NOT_NAMES for word in fold(text).split())
        for text in head.headings or (head.title,)
    )


def _stands_alone(name: str, laid: Laid) -> bool:
    """Return True when a line of the page begins with the name and says little more."""
    return bool(name) and any(line.text.startswith(name) and len(line.text) < 100 for line in laid.lines)


def _says_trade(head: _Head, laid: Laid) -> bool:
    """Return True when a heading or a line says a trade or its work of somebody: « Masseur-kinésithérapeute », « Cabinet
    de kinésithérapie », not « le planning des kinésithérapeutes ».
    """
    main = (line.text for line in laid.lines if line.zone != NAVIGATION)
    for text in (*head.headings, head.title, head.shared_title, *main):
        if len(text) > 300:
            continue
        found = TRADE.search(text) or OTHER_TRADE.search(text)
        if found and found.start() < 60 and not BEFORE_ANY.search(text[: found.start()]):
            return True
        if len(text) < 100 and (PLAIN_PRACTICE.search(text) or practice_in(text) or THERAPY.match(text)):
            return True
    return False


def _business(head: _Head, laid: Laid, brands: set[str]) -> _Named | None:
    """Return any business by the page's first heading, else by a part of its title that the page shows as well."""
    for at, text in enumerate((*head.headings, head.shared_title, head.title)):
        asked = at < len(head.headings) and "?" in text
        for part in () if asked else title_parts(text):
            if at >= len(head.headings) and not _stands_alone(part, laid):
                continue
            words = fold(part).split()
            fits = 1 <= len(words) <= 8 and len(part) <= 80 and not re.search(r"[?!@…]|https?:", part)
            # « Mon Kiné » is a practice, « Une vie de kiné » a title: see `practice_in` for the others.
            fits = fits and (len(words) <= 3 or not (TRADE.search(part) or OTHER_TRADE.search(part)))
            name = " ".join(words)
            if not fits or not part[:1].isupper() or NOT_A_PRACTICE.search(name) or INSTITUTION.match(name):
                continue
            if NOT_NAMES.isdisjoint(words) and answers.is_name(part) and "".join(words) not in brands:
                # Without a profession, only a civility tells a person from a shop.
                civil = bool(re.match(r"(?:m|mr|mme|mlle|monsieur|madame|dr|docteur) ", fold(part)))
                kind = ListingKind.PERSON if civil and person_in(part) else ListingKind.ORGANISATION
                return _Named(part, kind)
    return None


def _staff(laid: Laid, practice: str, places: Sequence[Place], site: SiteFacts) -> list[Listing]:
    """Return the people a practice's page names beside a profession, at the practice's address."""
    people: dict[str, Listing] = {}
    lines = [line for line in laid.lines if line.zone == MAIN]
    # Under « Masseurs-kinésithérapeutes », a list of names.
    section = ""
    for at, line in enumerate(lines):
        if len(people) >= 100:
            break
        if line.tag[:1] == "h":
            section = _section(line)
        for name, trade in _people_at(lines, at, section):
            if not same_words(name, practice):
                # On a line that names one person, a number is theirs.
                numbers = (
                    numbers_in([line]) if len(_people_at(lines, at, section)) == 1 and len(line.text) < 120 else ()
                )
                who = answers.draft(
                    site,
                    "text",
                    numbers,
                    name=name,
                    kind=ListingKind.PERSON,
                    profession=trade,
                    organisation=practice,
                    places=places,
                )
                people.setdefault(fold(name), who)
    return list(people.values())


def _section(heading: Line) -> str:
    """Return the trade whose people stand under a heading; empty for any other heading."""
    trade = trade_in(heading.text)
    return trade if trade and len(heading.text) < len(trade) + 20 else ""


def _people_at(lines: Sequence[Line], at: int, section: str) -> list[tuple[str, str]]:
    """Return the people a line names, each with the trade beside the name, or that of the section they stand in."""
    line = lines[at]
    text = line.text
    if trade := trade_in(text):
        return [(person, trade) for person in people_beside_trade(text)]
    if len(text) > 120:
        return []
    below = lines[at + 1] if at + 1 < len(lines) else Line(())
    match = TRADE.search(below.text) or OTHER_TRADE.search(below.text)
    # A name on its own line, its trade on the next; not the next section's title, nor « Kiné formidable ».
    told = below.tag[:1] != "h" and below.text[:1] not in ("«", "“", '"')
    if match and match.start() <= 12 and told and (person := person_in(text)):
        return [(person, match[0].strip())] if not person_before_trade(below.text) else []
    return [(person, section) for person in people_in_list(text)] if section and line.tag[:1] != "h" else []


# --- a page of a town hall, a hospital, a pharmacy -----------------------------------------------------------------


def _is_an_institutions(head: _Head, laid: Laid) -> bool:
    """Return True for the page of a town hall, a hospital, a school: by its title, or by whose address it gives first."""
    parts = [part for text in (*head.headings, head.title, head.shared_title) for part in title_parts(text)]
    if any(practice_in(part) or person_in(trade_first(part)) for part in parts) or any(
        person_in(without_trade(part)) for text in head.headings for part in title_parts(text)
    ):
        return False
    addressed = next((line.text for line in laid.lines if line.zone != NAVIGATION and has_postcode(line.text)), "")
    return any(INSTITUTION.match(fold(text)) for text in (*parts, head.site_name, addressed))


def _from_sections(laid: Laid, site: SiteFacts) -> list[Listing]:
    """Return the people listed line by line under a heading of our profession, each with what their own line tells.

    The address and the number of who made the page are nobody's.
    """
    people: dict[str, Listing] = {}
    section = ""
    for line in (line for line in laid.lines if line.zone == MAIN):
        if line.tag[:1] == "h":
            section = trade if (trade := _section(line)) and TRADE.search(trade) else ""
            continue
        names = people_in_list(line.text) if section and len(people) < 100 and len(line.text) < 200 else []
        alone = len(names) == 1
        places = places_in([line.text]) or [
            Place(street_in(part), "", "") for part in _told_of(line) if street_in(part)
        ]
        for name in names:
            who = answers.draft(
                site,
                "text",
                numbers_in([line]) if alone else (),
                name=name,
                kind=ListingKind.PERSON,
                profession=section,
                places=places[:1] if alone else (),
            )
            people.setdefault(fold(name), who)
    return list(people.values())


def _told_of(line: Line) -> list[str]:
    """Return what stands behind the name on a line, piece by piece."""
    return re.split(r"\s+[–—|-]\s+|\s*[,;|]\s+", line.text)[1:]


# --- listings of other layers, completed -------------------------------------------------------------------------


def _is_page_of(item: Listing, head: _Head) -> bool:
    """Return True when a heading or the title of the page names the listing."""
    return any(
        may_be_same_name(part, item.name) for text in (*head.headings, head.title) for part in possible_names(text)
    )


_RPPS = re.compile(r"RPPS\D{0,20}(\d{11})(?!\d)")


def _completed(item: Listing, head: _Head, laid: Laid, page: Page, site: SiteFacts) -> list[Listing]:
    """Return what the page's words add to the listing it is about: what that lacks; empty for nothing."""
    if not _is_page_of(item, head):
        return []
    main = [line for line in laid.lines if line.zone == MAIN]
    places = merged_places([p for _, p in places_between(laid, 0, len(laid.lines), frozenset((MAIN,)))])
    numbers = numbers_in(main)
    # Two addresses, or many numbers: whose they are is not plain.
    if len(places) > 1 or len(numbers) > 3:
        places, numbers = (), []
    trades = [our_trade(line.text) for line in main if len(line.text) < 60 and TRADE.match(line.text)]
    rpps = _RPPS.findall(" ".join(line.text for line in main)) if not item.rpps else []
    wanted: dict[str, Any] = figures_in(main, page) | {
        "places": () if item.places else places,
        "profession": "" if item.profession else next(iter(trades), ""),
        "rpps": rpps[0] if len(set(rpps)) == 1 and item.kind is ListingKind.PERSON else "",
    }
    return _told(item, [] if item.phones else numbers, wanted, site)


def _completed_by_cards(found: Sequence[Listing], laid: Laid, page: Page, site: SiteFacts) -> list[Listing]:
    """Return what the cards of a list add to the listings they name; nothing where two have one name."""
    cards: dict[str, list[Listing]] = {}
    for block in cards_in(laid, frozenset(word for item in found for word in fold(item.name).split())):
        if (card := from_card(block, laid, page, site)) is not None:
            cards.setdefault(fold(card.name), []).append(card)
    named = Counter(fold(item.name) for item in found)
    told: list[Listing] = []
    for item in found:
        same = cards.get(fold(item.name), [])
        if len(same) != 1 or named[fold(item.name)] != 1:
            continue
        card = same[0]
        towns = {town_key(place.town) for place in card.places}
        if towns and item.places and towns.isdisjoint(town_key(place.town) for place in item.places):
            continue
        wanted = {
            name: getattr(card, name)
            for name in ("bookable", "booking_url", "rating", "review_count", "profession", "places")
            if not getattr(item, name)
        }
        wanted["traits"] = card.traits - {Trait.BOOKABLE}
        told += _told(item, [] if item.phones else card.phones, wanted, site)
    return told


def _told(item: Listing, numbers: Sequence[str], wanted: Mapping[str, Any], site: SiteFacts) -> list[Listing]:
    told = answers.draft(site, "text", numbers, name=item.name, url=item.url, kind=item.kind, **wanted)
    # The name alone adds nothing.
    return [told] if told.layers.keys() - {"name"} else []
