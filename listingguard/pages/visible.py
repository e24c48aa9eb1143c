"""What a page without any markup says in words and links: a practice's own site, a profile, a plain list.

Precision comes first. Without a name, and with it an address or a health profession, there is no listing; a fax, a
SIRET, opening hours and the site's own header and footer are never somebody's; pages of error, of challenge, of legal
notice, articles and « Aucun résultat » give nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import unquote

from listingguard.domain.listing import Listing, ListingKind, Page, Place, Trait
from listingguard.domain.names import SOFT_WORDS, fold, is_particle, phones_in, relay_number, shown_name, town_key
from listingguard.pages import answers
from listingguard.pages.document import PLATFORM_WORDS, small_source, source, tree_of
from listingguard.pages.lines import FOOTER, HEADER, MAIN, NAVIGATION, Block, Laid, Line, laid_out
from listingguard.pages.once import may_be_same_name
from listingguard.pages.site import SiteFacts
from listingguard.pages.subject import describes_other_thing, is_titled_otherwise, tells_of_other_things
from listingguard.pages.url import absolute, host_of, path_of, tidy_url
from listingguard.pages.values import OTHER_TRADE, TRADE, clean, count_of, merged_places, words

LAYER = "text"
MAX_CARDS = 1_000


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
    cards = [card for block in _cards(laid) if (card := _from_card(block, laid, page, site)) is not None]
    if head.platform and path_of(page.final_url) == "/":
        # The front page of a directory leads to its lists.
        cards = []
    tabled = _from_tables(page, site)
    if len(tabled) > 1 and len(tabled) >= len(cards):
        return tabled
    # Names with a profession and nothing else are a practice's people, unless the page is no practice's.
    if len({(fold(card.name), card.places, card.phones) for card in cards if card.places or card.phones}) > 1:
        return cards
    whole = _from_whole(head, laid, page, site)
    titled = any(TRADE.search(text) or OTHER_TRADE.search(text) for text in (head.title, *head.headings))
    return whole or (cards if titled and len({fold(card.name) for card in cards}) > 1 else [])


# Under these headings stand other people than those the page is about.
_OTHERS = re.compile(
    r"^(?:les |d )?autres? |(?:recherches?|pages?|fiches?|profils?) (?:associe|similaire|populaire|frequent|recent|proche|"
    r"consulte)|a proximite|pres de (?:chez vous|vous|ce|cette)|similaires?$|aux alentours|vous aimerez|egalement consulte|"
    r"consultent aussi|avis (?:des |de |sur |patient|client)|^avis\b|temoignages|annonces?$|sponsorise|partenaires"
)


def _without_others(laid: Laid) -> Laid:
    """Return the page without what stands under « Autres praticiens », « À proximité », « Avis »…"""
    lines: list[Line] = []
    inside = 0
    for line in laid.lines:
        level = int(line.tag[1]) if line.tag[:1] == "h" and line.tag[1:].isdigit() else 0
        # Some sites write their headings as mere paragraphs; such a one ends nothing, and ends with the next heading.
        short = level or (7 if len(line.text) < 40 else 0)
        if inside and level and level <= inside:
            inside = 0
        if not inside and short and line.zone == MAIN and _OTHERS.search(fold(line.text)):
            inside = short
        lines.append(replace(line, zone=NAVIGATION) if inside else line)
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
    named = any(_person_in(text) or _practice_in(text) for text in head.headings)
    # Where the heading is somebody's name, the end of the title is the site's, and says nothing of them.
    telling = (*_parts(head.title)[:1], *head.headings) if named else titles
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
        if TRADE.search(text) or OTHER_TRADE.search(text) or _CARE.search(text):
            return True
    for line in laid.lines:
        if line.zone not in (MAIN, HEADER) and line.tag[:1] != "h":
            continue
        text = _LABEL.sub("", line.text)
        found = TRADE.search(text) or OTHER_TRADE.search(text) or _CARE.search(text) if len(text) < 200 else None
        if found and (found.start() == 0 or len(text) < 40 or _person_before_trade(text) or _practice_in(text)):
            return True
    return False


# --- words on a line -----------------------------------------------------------------------------------------

_THERAPY = re.compile(r"\b(?:masso-?)?kin[ée]sith[ée]rapie\b|\bphysioth[ée]rapie\b", re.IGNORECASE)
_CARE = re.compile(
    rf"{_THERAPY.pattern}|\bkin[ée]s?\b|\bphysio\b|\b(?:maison|p[ôo]le|centre|cabinet) (?:de sant[ée]|m[ée]dical|param[ée]dical)|"
    r"\br[ée][ée]ducation\b|\bsoins\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_LABEL = re.compile(
    r"^(?:adresse(?: du cabinet| postale)?|nom(?: du praticien| complet)?|pr[ée]nom|praticien(?:ne)?|profession|"
    r"sp[ée]cialit[ée]s?|activit[ée]|cabinet|lieu(?: d.exercice)?|localisation|o[ùu] nous trouver|t[ée]l(?:[ée]phone)?|"
    r"contact|coordonn[ée]es)\s*:\s*",
    re.IGNORECASE,
)
# What begins a heading on many sites and names nobody.
_NOT_NAMES = words(
    "accueil contact contacts contactez horaires horaire tarifs tarif soins soin nos notre votre vos mon mes ma son ses "
    "bienvenue equipe plan acces rendez vous prendre prenez prise rdv mentions legales politique confidentialite "
    "cookies conditions generales voir plus lire suite savoir tous toutes tout nouveau nouvelle nouvelles actualites "
    "actualite blog avis patient patients specialites specialite traitement traitements urgence urgences lundi mardi "
    "mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril juin juillet aout septembre octobre novembre "
    "decembre ouvert ouverte ferme fermeture telephone tel fax email mail courriel adresse itineraire carte site "
    "internet web reserver reservation ligne annuaire pres proche autour diplomes formation formations service services "
    "prestation prestations qui sommes presentation propos faq questions question galerie photos partager imprimer "
    "facebook instagram google linkedin twitter youtube appeler appelez afficher numero trouver trouvez rechercher "
    "recherche resultats resultat comment pourquoi quand ou que quel quelle avec pour sans chez sur dans est sont par "
    "menu navigation retour suivant precedent page pages connexion compte inscription espace pro professionnel "
    "professionnels coordonnees localisation informations infos information pratique pratiques infobulle cabinet "
    "ville villes france departement region copyright droits reserves tous newsletter partenaires liens utiles "
    "donnees personnelles secteur conventionne carte vitale paiement cheque especes langues parlees francais anglais "
    "duree seance seances bilan domicile visite visites consultation consultations disponible disponibilites aujourd "
    "demain prochaine prochain premier premiere autres autre similaires recommandes associees populaires staff effectif "
    "comite bureau membres joueurs"
)
_NOT_A_PRACTICE = re.compile(
    r"annuaire|plateforme|portail|agence|hebergeu|\bweb\b|digital|studio|communication|reserv|booking|\brdv\b|rendez vous|"
    r"\bappli|logiciel|bienvenue|trouve[rz]|notre |votre |nos |vos |\bvous\b|\bordre\b|\bsyndicat|federation|nationale?\b"
)
_SEPARATORS = re.compile(r"\s*[|•·»›]\s*|\s+[–—-]\s+|\s+:\s+|\s*:\s+")


def _trade_in(text: str) -> str:
    """Return the health profession a text names, ours first, as written; empty without any."""
    found = TRADE.search(text) or OTHER_TRADE.search(text)
    return found[0].strip() if found else ""


_ARTICLE_FIRST = re.compile(r"(?:le|la|les|un|une|des|l['’]\w*) ", re.IGNORECASE)


def _person_in(text: str) -> str:
    """Return the text without what stands around a person's name, when a person is all it names; else empty."""
    text = _LABEL.sub("", text).strip(" ,;:–—-|•()")
    if not text or len(text) > 60 or len(text.split()) > 7 or re.search(r"[\d?!:@/_«»\"]", text):
        return ""
    shown = shown_name(text)
    # « Kiné Valence Sud » is a practice, « Le Dauphin » a newspaper.
    if re.match(r"(?:kine|physio)s?\b", fold(text)) or (len(text.split()) == 2 and _ARTICLE_FIRST.match(text)):
        return ""
    if shown.organisation or len(shown.people) != 1 or not 2 <= len(shown.people[0]) <= 5:
        # « Mme Exemple » is one person with one word.
        civil = re.match(r"(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Dr)\s", text) and len(shown.people) == 1
        if shown.organisation or not civil or len(shown.people[0]) != 1:
            return ""
    for token in shown.people[0]:
        if token.text in _NOT_NAMES or (token.text in SOFT_WORDS and len(shown.people[0]) != 2):
            return ""
        if not token.shown[:1].isupper() and not is_particle(token):
            return ""
    return text


def _without_trade(text: str) -> str:
    """Return what is left of « Camille Exemple, masseur-kinésithérapeute D.E. à Valence » before the trade.

    Nothing is left of « Le syndicat des kinés »: there the trade is said of nobody.
    """
    found = TRADE.search(text) or OTHER_TRADE.search(text)
    if not found or not found.start():
        return text
    before = text[: found.start()]
    return "" if _BEFORE_ANY.search(before) else before.strip(" ,;:–—-|•(")


# « Kinésithérapeute Ardèche » is what is sought, « Les masseurs-kinésithérapeutes du Lac » who they are.
_TRADE_HEADING = re.compile(
    r"(?:les? |la |nos |un |une |votre )?(?:masseu(?:r|se)s? )?(?:kinesitherapeute|physiotherapeute|osteopathe)s?\b"
    r"(?! (?:associe|du |de la |de l |des ))|(?:masseurs? )?kine(?:sitherapeute)?s? (?:a|au|en|pres|proche|d urgence)\b"
)


def _practice_in(text: str) -> str:
    """Return the text when it names a practice: a cabinet, a centre, a « Kiné Sport Valence »; else empty."""
    text = _LABEL.sub("", text) if not text.lower().startswith("cabinet ") else text
    text = re.sub(r"^(?:©|\(c\)|copyright)?\s*(?:20\d\d)?(?:\s*[–-]\s*20\d\d)?\s*", "", text, flags=re.IGNORECASE)
    # « Cabinet du Gabarit, 3 rue Haute - 26000 Valence »
    text = re.split(r",?\s+[–—-]\s+(?=\d)|,\s*(?=\d)", text)[0].strip(" ,;:–—-|•.")
    if not 4 <= len(text) <= 90 or len(text.split()) > 10 or re.search(r"[?!@/«»]|https?:|\d{5}", text):
        return ""
    words = fold(text)
    if _NOT_A_PRACTICE.search(words) or not answers.is_name(text) or not text[:1].isupper():
        return ""
    shown = shown_name(text)
    if _TRADE_HEADING.match(words) and not shown.organisation:
        return ""
    trade = bool(TRADE.search(text) or _THERAPY.search(text) or re.search(r"\b(?:kine|physio|osteo)", words))
    own = shown_name(TRADE.sub(" ", text))
    named = any(t.text not in _NOT_NAMES | SOFT_WORDS and not is_particle(t) for person in own.people for t in person)
    place = re.match(r"(?:cabinet|centre|maison|pole|espace|institut|clinique|selarl|scm|msp|sisa)\b", words)
    # « Kiné Sport Valence » begins with what it is; « Noa Specimen, kiné » is a person.
    if trade and not place:
        trade = bool(re.match(r"(?:les |l )?(?:kine|physio|osteo|masso|masseu)", words)) and not _person_in(
            _trade_first(text)
        )
        trade = trade or shown.organisation
    return text if named and (trade or place) else ""


_PLAIN_PRACTICE = re.compile(
    r"\b(?:cabinet|centre) (?:de |d['’])(?:masso-?)?(?:kin[ée]sith[ée]rapie|physioth[ée]rapie|masseurs?-kin[ée]sith[ée]rapeutes?)"
    r"(?: (?:de|à|du|des|d['’]) ?[A-ZÀ-Ý][\w’'-]+(?:[ -][A-ZÀ-Ý][\w’'-]+){0,3})?",
    re.IGNORECASE,
)

# --- addresses -------------------------------------------------------------------------------------------------

_WAY = (
    r"(?:rue|avenue|av|ave|boulevard|bd|bld|blvd|place|pl|chemin|ch|impasse|imp|all[ée]es?|route|rte|quai|cours|square|"
    r"passage|faubourg|fg|esplanade|promenade|mont[ée]e|r[ée]sidence|lotissement|hameau|zone|za|zi|zac|villa|voie|"
    r"sentier|cit[ée]|rond-point|quartier|parc|lieu-dit|mail|traverse|venelle|ruelle|chauss[ée]e|centre commercial|"
    r"galerie|le bourg|bourg)"
)
_NUMBERED = re.compile(
    rf"\b\d{{1,4}}(?:\s?[-/]\s?\d{{1,4}})?(?:\s?(?:bis|ter|quater|[a-d])\b)?\s*,?\s*{_WAY}\b\.?,?\s+[^\W\d_]",
    re.IGNORECASE,
)
_UNNUMBERED = re.compile(rf"{_WAY}\b\.?(?:\s+[^\W_]|$)", re.IGNORECASE)
_CODE_TOWN = re.compile(
    r"(?<![\d.,-])(?<!\d )(?:F-)?(?P<code>(?:0[1-9]|[1-8]\d|9[0-8])\d{3})(?![\d€%]|\s?\d{2}\b|\s*(?:€|euros?|km|habitants?|"
    r"patients?|avis|m²))\s*[,–-]?\s*(?P<town>[^\W\d_][\w’'.()-]*(?:[ ][\w’'.()-]+){0,6})"
)
_TOWN_CODE = re.compile(
    r"(?P<town>[A-ZÀ-Ý][\w’'-]+(?:[ ][\w’'-]+){0,4})\s*\((?P<code>(?:0[1-9]|[1-8]\d|9[0-8])\d{3})\)"
)
# A town ends where something else begins.
_TOWN_WORD = re.compile(
    r"(?:[A-ZÀ-Ý][\w’'.]*(?:-[\w’'.]+)*|(?:de|du|des|la|le|les|en|sur|sous|l[èe][sz]|et|aux?|à|d['’]\w+|l['’]\w+)"
    r"|\d{1,2}(?:e|er|[èe]me)?)$"
)
_AFTER_TOWN = words(
    "tel telephone tél téléphone fax telecopie email e-mail mail courriel france horaires mobile portable voir itineraire "
    "plan site contact prendre appeler ouvert ferme lundi rdv carte adresse siret siren rpps rcs web parking acces bus "
    "metro tram du sur au et"
)


def _town(text: str, *, any_case: bool) -> str:
    words: list[str] = []
    for word in text.split():
        bare = word.rstrip(".,;:()")
        if fold(bare) in _AFTER_TOWN and fold(bare) not in ("sur", "du", "et", "au"):
            break
        if not _TOWN_WORD.match(bare) and not (any_case and not words):
            break
        words.append(bare)
        if bare != word and not word.startswith("("):
            break
    while words and (fold(words[-1]) in ("de", "du", "des", "la", "le", "les", "en", "sur", "et", "au", "aux", "a")):
        words.pop()
    # A figure behind the town is a district's or a CEDEX's.
    while (
        words
        and words[-1][:1].isdigit()
        and not (len(words) > 1 and re.match(r"paris|lyon|marseille|cedex", fold(words[-2])))
    ):
        words.pop()
    return " ".join(words)


def _places_between(laid: Laid, start: int, end: int, zones: frozenset[str]) -> list[tuple[int, Place]]:
    """Return the addresses of these lines, each with the number of the line its postcode stands on."""
    found: list[tuple[int, Place]] = []
    for at in range(start, end):
        line = laid.lines[at]
        if line.zone not in zones:
            continue
        text = line.text
        if not _DIGIT.search(text):
            continue
        for match in [*_CODE_TOWN.finditer(text), *_TOWN_CODE.finditer(text)][:5]:
            place = _place_at(match, text, laid, at, start)
            if place is not None and len(found) < 200:
                found.append((at, place))
    return found


def places_in(texts: Sequence[str]) -> list[Place]:
    """Return the addresses that stand in these lines of text, in order; a street may stand on the line above."""
    laid = Laid(tuple(Line((text,)) for text in texts), Block("html", 0))
    return [place for _, place in _places_between(laid, 0, len(laid.lines), frozenset((MAIN,)))]


def _place_at(match: re.Match[str], text: str, laid: Laid, at: int, start: int) -> Place | None:
    before = text[: match.start()]
    street = street_in(before)
    behind_town = match.re is _TOWN_CODE
    if not street and not _LABEL.sub("", before.strip()).strip(" ,–-:|•"):
        # The street stands on a line above; a numbered one before a « Résidence les Lilas ».
        above: list[str] = []
        for line in reversed(laid.lines[max(start, at - 3) : at]):
            if line.zone != laid.lines[at].zone:
                break
            above.append(street_in(line.text))
        street = next((text for text in above if text[:1].isdigit()), next(filter(None, above), ""))
    if behind_town:
        street, town = _before_code(text[: match.end("town")])
    else:
        town = _town(match["town"], any_case=bool(street))
    if not town or (not street and fold(town) in _NOT_NAMES):
        return None
    return Place(street, match["code"], town)


def _before_code(text: str) -> tuple[str, str]:
    """Return the street and the town of « 3 rue Haute à Valence (26000) », « 3 rue Haute, Valence (26000) »."""
    cut = re.split(r",\s*|\s+à\s+|\s+[–—|-]\s+", text)
    if len(cut) > 1:
        return street_in(" à ".join(cut[:-1]) if " à " in text else ", ".join(cut[:-1])), cut[-1].strip()
    words = text.split()
    last = next((i for i in range(len(words) - 1, -1, -1) if not words[i][:1].isupper()), -1)
    street = street_in(" ".join(words[:-1]))
    return (street, words[-1]) if street else ("", " ".join(words[last + 1 :]))


def street_in(text: str) -> str:
    """Return the street that ends a text; empty when it holds none."""
    text = _LABEL.sub("", text).strip(" ,;:–—-|•")
    if not text or len(text) > 300:
        return ""
    if (
        _UNNUMBERED.match(text)
        and len(text) < 90
        and not re.search(r"\b(?:accueil|vous|notre|nos)\b", text, re.IGNORECASE)
    ):
        return text
    numbered = list(_NUMBERED.finditer(text))
    if numbered:
        return re.split(r"\s+[–—|•]\s+|\s-\s", text[numbered[-1].start() :])[0].strip(" ,;")
    tail = re.split(r"\s*[|•–—;:]\s*|\s-\s|,\s*", text)[-1]
    return tail if _UNNUMBERED.match(tail) and len(tail) < 90 and tail[:1].isupper() else ""


# --- telephone numbers, mail ------------------------------------------------------------------------------------

_PHONE = re.compile(
    r"(?<![\d.,+])(?<!\d[ .])(?:(?:\+|00)\s?33[\s.\-]?(?:\(0\)[\s.\-]?)?|0\s?)[1-9](?:[\s.\-–/]?\d){8}(?![\s.]?\d|\s?(?:€|euros?\b))"
)
_CALL = re.compile(r"appel|t[ée]l[ée]?ph|\bt[ée]l\b|num[ée]ro|compos", re.IGNORECASE)
_SHORT = re.compile(
    r"(?:appel\w*|t[ée]l[ée]?(?:phone)?|num[ée]ro|compose[rz]|joindre)\b[^\d]{0,30}(118[\s.]?\d{3}|3\d[\s.]?\d\d)(?![\d.,]|\s?\d)",
    re.IGNORECASE,
)
# « F. 04 … », « Fax : 04 … »; « Tél. / Fax : 04 … » is one number for both.
_FAX_BEFORE = re.compile(r"(?:\bfax\b|t[ée]l[ée]copie(?:ur)?|(?<![\w.])F)\s*(?:n°)?[\s.:)–-]*$", re.IGNORECASE)
_BOTH_BEFORE = re.compile(r"t[ée]l[^\d]{0,15}(?:[/&,-]|\bet\b)\s*(?:fax|t[ée]l[ée]copie)[\s.:)–-]*$", re.IGNORECASE)
_FAX_BEHIND = re.compile(r"^\s*[(–-]?\s*(?:fax|t[ée]l[ée]copie)", re.IGNORECASE)
_NO_PHONE_BEFORE = re.compile(
    r"(?:siret|siren|rcs|rpps|adeli|finess|tva|iban|ape|naf|n° ?ordre)\b[^a-zé]{0,20}$", re.IGNORECASE
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_NOBODYS_MAIL = re.compile(
    r"no-?reply|webmaster|hostmaster|abuse|dpo|rgpd|privacy|exemple@|example@|support@|@sentry|u003"
)


def _is_fax(before: str) -> bool:
    """Return True when the words before a number say that it is a fax's, and not a telephone's as well."""
    return bool(_FAX_BEFORE.search(before)) and not _BOTH_BEFORE.search(before)


def _numbers(lines: Sequence[Line]) -> list[str]:
    """Return the telephone numbers of the lines as written, relay numbers among them, the fax's left out."""
    raws: list[str] = []
    for at, line in enumerate(lines):
        text = line.text
        above = lines[at - 1].text if at and len(lines[at - 1].text) < 20 else ""
        alone = not re.search(r"[^\W\d_]", text)
        fax_above = alone and _is_fax(above)
        shown = False
        for match in _PHONE.finditer(text) if _DIGIT.search(text) else ():
            shown = True
            before = text[max(0, match.start() - 30) : match.start()]
            if fax_above or _is_fax(before) or _NO_PHONE_BEFORE.search(before):
                continue
            if _FAX_BEHIND.match(text[match.end() : match.end() + 14]) and not _CALL.search(before):
                continue
            raws.append(match[0])
        if _CALL.search(text):
            raws += [match[1] for match in _SHORT.finditer(_PHONE.sub(" ", text))]
        for link in line.links:
            if link[:4].lower() != "tel:" or shown:
                continue
            number = unquote(link[4:]).strip()[:40]
            fax = _is_fax(text) or fax_above or re.match(r"fax|t[ée]l[ée]copie", text, re.IGNORECASE)
            if number and not fax and (phones_in(number) or relay_number(number)):
                raws.append(number)
    return list(dict.fromkeys(raws))


def _mail_in(lines: Sequence[Line]) -> str:
    for line in lines:
        linked = [unquote(link[7:]).partition("?")[0] for link in line.links if link[:7].lower() == "mailto:"]
        for text in (*linked, *(_MAIL.findall(line.text) if "@" in line.text else ())):
            if _MAIL.fullmatch(text) and not _NOBODYS_MAIL.search(text.lower()):
                return str(text)
    return ""


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
    in_main = _places_between(laid, 0, len(laid.lines), frozenset((MAIN,)))
    around = [] if in_main or head.platform else _places_between(laid, 0, len(laid.lines), everywhere)
    places = merged_places([place for _, place in (in_main or around)])
    numbers = _numbers([line for line in laid.lines if line.zone == MAIN])
    if not numbers and not head.platform:
        # A practice's own site shows its number at the top or the bottom of every page.
        numbers = _numbers([line for line in laid.lines if line.zone in (HEADER, FOOTER)])
    said = [line.text for line in laid.lines if line.zone == MAIN]
    trades = [trade for text in (*head.headings, *said, head.title) if (trade := _ours(text))]
    # « Kiné » only where nothing says it in full.
    trade = next((text for text in trades if len(text) > 8), next(iter(trades), ""))
    named = _main_name(head, laid, trade, page, site, reached=bool(places and numbers), in_main=bool(in_main))
    if named is None or town_key(TRADE.sub(" ", named.name)) in {town_key(place.town) for place in places}:
        # « Kiné Valence » above an address in Valence is what somebody looks for.
        return []
    lines = [line for line in laid.lines if line.zone == MAIN or (line.zone != NAVIGATION and not head.platform)]
    own_trade = trade or (_trade_in(head.title) if named.kind is ListingKind.PERSON else "")
    organisation = ""
    if named.kind is ListingKind.PERSON:
        organisation = next((text for line in lines if len(line.text) < 80 and (text := _practice_in(line.text))), "")
    if not (places or (own_trade and (numbers or named.kind is ListingKind.PERSON))):
        return []
    staff = _staff(laid, named.name, places, site) if named.kind is ListingKind.ORGANISATION else []
    # A number that stands beside one person is not the practice's, where it has another.
    theirs = {number for who in staff for number in who.phones}
    numbers = [raw for raw in numbers if theirs.isdisjoint(phones_in(raw))] or numbers
    own = answers.draft(
        site,
        LAYER,
        numbers,
        name=named.name,
        kind=named.kind,
        profession=own_trade,
        organisation="" if _same_words(organisation, named.name) else organisation,
        places=places,
        email=_mail_in(lines),
        **_booking(lines, page),
    )
    return [own, *staff]


def _ours(text: str) -> str:
    """Return our profession as a text names it, in full where it does; empty without it."""
    found = [match[0].strip() for match in TRADE.finditer(text)]
    return next((trade for trade in found if len(trade) > 8), found[0] if found else "")


def _same_words(one: str, other: str) -> bool:
    return bool(one) and sorted(fold(one).split()) == sorted(fold(other).split())


def _main_name(
    head: _Head, laid: Laid, trade: str, page: Page, site: SiteFacts, *, reached: bool, in_main: bool
) -> _Named | None:
    """Return whom the page as a whole is about: by its first heading, its title, its footer, in this order."""
    brands = {fold(text).replace(" ", "") for text in (head.site_name, site.host, site.host.split(".")[0]) if text}
    titles = [text for text in (head.shared_title, head.title) if text]
    if not head.platform:
        titles.append(head.site_name)
    for at, text in enumerate((*head.headings, *titles)):
        for part in _parts(text):
            branded = fold(part).replace(" ", "") in brands
            if branded and head.platform:
                continue
            person = _person_in(_trade_first(part)) or _person_in(_without_trade(part))
            # What a title only adds (« … – Magazine Mouvement ») names nobody.
            told = at < len(head.headings) or _person_before_trade(text) or _stands_alone(person, laid)
            if person and trade and told and (at < len(head.headings) or _says_trade(head, laid)):
                return _Named(person, ListingKind.PERSON)
            if practice := _practice_in(part):
                return _Named(practice, ListingKind.ORGANISATION)
    if not (reached and _says_trade(head, laid)):
        return None
    if head.platform:
        # A directory's page is about whom its heading names, when that has an address and a number there.
        return _business(head, laid, brands) if in_main else None
    if path_of(page.final_url) != "/" and not _leaves_the_name_to_lines(head):
        return _business(head, laid, brands) if in_main else None
    for line in laid.lines:
        pieces = _parts(line.text)[:2] if line.zone != NAVIGATION and len(line.text) < 300 else ()
        if practice := next(filter(None, map(_practice_in, pieces)), ""):
            return _Named(practice, ListingKind.ORGANISATION)
    for line in laid.lines:
        if line.zone != NAVIGATION and (person := _person_before_trade(line.text)):
            return _Named(person, ListingKind.PERSON)
    for text in (*head.headings, *titles):
        if plain := _PLAIN_PRACTICE.search(text):
            return _Named(plain[0], ListingKind.ORGANISATION)
    return _business(head, laid, brands) if in_main else None


def _leaves_the_name_to_lines(head: _Head) -> bool:
    """Return True where the headings name no other thing: « Contact », « Nos soins », « Votre kiné à Die », or none."""
    return all(
        TRADE.search(text)
        or OTHER_TRADE.search(text)
        or _CARE.search(text)
        or all(len(word) < 3 or word in _NOT_NAMES for word in fold(text).split())
        for text in head.headings or (head.title,)
    )


def _stands_alone(name: str, laid: Laid) -> bool:
    """Return True when a line of the page begins with the name and says little more."""
    return bool(name) and any(line.text.startswith(name) and len(line.text) < 100 for line in laid.lines)


_BEFORE_ANY = re.compile(
    r"(?:\b(?:des?|du|les?|la|une?|par|chez|pour|votre|vos|nos?|notre|aux?|et|ou|en)|\w['’])\s*$", re.IGNORECASE
)


def _says_trade(head: _Head, laid: Laid) -> bool:
    """Return True when a heading or a line says a trade or its work of somebody: « Masseur-kinésithérapeute », « Cabinet
    de kinésithérapie », not « le planning des kinésithérapeutes ».
    """
    main = (line.text for line in laid.lines if line.zone != NAVIGATION)
    for text in (*head.headings, head.title, head.shared_title, *main):
        if len(text) > 300:
            continue
        found = TRADE.search(text) or OTHER_TRADE.search(text)
        if found and found.start() < 60 and not _BEFORE_ANY.search(text[: found.start()]):
            return True
        if len(text) < 100 and (_PLAIN_PRACTICE.search(text) or _practice_in(text) or _THERAPY.match(text)):
            return True
    return False


def _business(head: _Head, laid: Laid, brands: set[str]) -> _Named | None:
    """Return any business by the page's first heading, else by a part of its title that the page shows as well."""
    for at, text in enumerate((*head.headings, head.shared_title, head.title)):
        asked = at < len(head.headings) and "?" in text
        for part in () if asked else _parts(text):
            if at >= len(head.headings) and not _stands_alone(part, laid):
                continue
            words = fold(part).split()
            fits = 1 <= len(words) <= 8 and len(part) <= 80 and not re.search(r"[?!@…]|https?:", part)
            # « Mon Kiné » is a practice, « Une vie de kiné » a title: see `_practice_in` for the others.
            fits = fits and (len(words) <= 3 or not (TRADE.search(part) or OTHER_TRADE.search(part)))
            if not fits or not part[:1].isupper() or _NOT_A_PRACTICE.search(" ".join(words)):
                continue
            if _NOT_NAMES.isdisjoint(words) and answers.is_name(part) and "".join(words) not in brands:
                # Without a profession, only a civility tells a person from a shop.
                civil = bool(re.match(r"(?:m|mr|mme|mlle|monsieur|madame|dr|docteur) ", fold(part)))
                kind = ListingKind.PERSON if civil and _person_in(part) else ListingKind.ORGANISATION
                return _Named(part, kind)
    return None


def _parts(text: str) -> list[str]:
    """Return the pieces of a title, between its separators; the whole first where it reads as one."""
    pieces = [piece.strip() for piece in _SEPARATORS.split(text) if piece and piece.strip()]
    return list(dict.fromkeys(pieces))[:8]


def _trade_first(text: str) -> str:
    """Return what follows the trade in « Masseur-kinésithérapeute Camille Exemple »; empty without a trade."""
    found = TRADE.match(text)
    # « Kiné Valence Sud » is a practice.
    if found is None or len(found[0]) < 12:
        return ""
    return text[found.end() :].strip(" ,;:–—-|")


_PERSON_WORD = r"[A-ZÀ-Ý][\w’'-]*\.?"
_BEFORE_TRADE = re.compile(
    rf"((?:(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|Dr)\s+)?{_PERSON_WORD}(?:\s+(?:de|du|des|la|le|d['’])?\s?{_PERSON_WORD}){{0,4}})"
    r"\s*[,(:–—|-]?\s*$"
)


_WELCOME = re.compile(
    r"[^\w]*(?:\w+[\s,]+){0,8}?(?:vous|accueil\w*|re[çc]o(?:it|ivent)|consultes?|consultent|exercent?|propose\w*|dipl[ôo]m\w*|"
    r"conventionn\w*|sp[ée]cialis\w*|install\w*|situ[ée]\w*|form[ée]e?|au|cabinet)\b"
    r"|[^\w]*(?:D\.? ?E\.?|(?:[àa]|en|dans) [^\s,]+)?[\s.!]*$",
    re.IGNORECASE,
)


def _person_before_trade(text: str) -> str:
    """Return the person of « Camille Exemple, masseur-kinésithérapeute » where a line begins so; empty for a sentence."""
    text = _LABEL.sub("", text).lstrip(" -–—•·|")
    found = TRADE.search(text) or OTHER_TRADE.search(text)
    if found is None or found.start() > 80 or len(text.split()) > 25:
        return ""
    rest = text[found.end() :].strip()
    # « Camille Exemple, kinésithérapeute à Die, se lève tôt. » is said of her by others.
    if rest[-1:] in (".", "!") and not _WELCOME.match(rest):
        return ""
    match = _BEFORE_TRADE.fullmatch(text[: found.start()])
    return _person_in(match[1]) if match else ""


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
            heading = _trade_in(line.text)
            section = heading if heading and len(line.text) < len(heading) + 20 else ""
        for name, trade in _people_at(lines, at, section):
            if not _same_words(name, practice):
                # On a line that names one person, a number is theirs.
                numbers = _numbers([line]) if len(_people_at(lines, at, section)) == 1 and len(line.text) < 120 else ()
                who = answers.draft(
                    site,
                    LAYER,
                    numbers,
                    name=name,
                    kind=ListingKind.PERSON,
                    profession=trade,
                    organisation=practice,
                    places=places,
                )
                people.setdefault(fold(name), who)
    return list(people.values())


def _people_at(lines: Sequence[Line], at: int, section: str) -> list[tuple[str, str]]:
    """Return the people a line names, each with the trade beside the name, or that of the section they stand in."""
    line = lines[at]
    text = line.text
    if trade := _trade_in(text):
        # « Camille Exemple et Noa Specimen, masseurs-kinésithérapeutes »
        names = re.split(r"\s+et\s+|\s*&\s*|,\s+", _without_trade(text))
        people = [(person, trade) for name in names if (person := _person_in(name))]
        if not people and (person := _person_before_trade(text) or _person_in(_trade_first(text))):
            people = [(person, trade)]
        return people
    if len(text) > 120:
        return []
    below = lines[at + 1] if at + 1 < len(lines) else Line(())
    match = TRADE.search(below.text) or OTHER_TRADE.search(below.text)
    # A name on its own line, its trade on the next; not the next section's title.
    if match and match.start() <= 12 and below.tag[:1] != "h" and (person := _person_in(text)):
        return [(person, match[0].strip())] if not _person_before_trade(below.text) else []
    if section and line.tag[:1] != "h" and (person := _person_in(re.split(r"\s+[–—|-]\s+|\s*[,:(]|\d", text)[0])):
        return [(person, section)]
    return []


# --- several cards -----------------------------------------------------------------------------------------------


def _cards(laid: Laid, among: frozenset[str] = frozenset()) -> list[Block]:
    """Return the blocks that repeat, side by side, a name with a profession or an address; the smallest that do.

    among: only names with one of these words, folded; empty: any name
    """
    evidence = [0]
    names = [0]
    for line in laid.lines:
        main = line.zone == MAIN
        text = line.text
        telling = main and bool(_trade_in(text) or (_DIGIT.search(text) and _CODE_TOWN.search(text)))
        evidence.append(evidence[-1] + telling)
        asked = main and (not among or (len(text) <= 200 and not among.isdisjoint(fold(text).split())))
        names.append(names[-1] + (asked and bool(_name_in_line(line))))
    cards: list[Block] = []
    _collect_cards(laid.whole, evidence, names, cards)
    return cards[:MAX_CARDS]


def _collect_cards(block: Block, evidence: Sequence[int], names: Sequence[int], cards: list[Block]) -> None:
    """Add the cards of a block, in page order."""
    todo = [block]
    while todo:
        current = todo.pop()
        whole = _terms(current) if current.tag == "dl" else current.inner
        full = [b for b in whole if evidence[b.end] - evidence[b.start] and names[b.end] - names[b.start]]
        tags = Counter(b.tag for b in full)
        alike = [b for b in full if tags[b.tag] > 1]
        # A card holds one name; what holds several lists is looked into.
        if len(alike) > 1 and all(not _repeats(b, evidence, names) for b in alike):
            cards.extend(alike)
            continue
        todo.extend(reversed([b for b in current.inner if evidence[b.end] - evidence[b.start]]))


def _repeats(block: Block, evidence: Sequence[int], names: Sequence[int]) -> bool:
    """Return True when at least two blocks within one block, side by side, each have a name and something told of it."""
    todo = [block]
    while todo:
        current = todo.pop()
        inner = [b for b in current.inner if evidence[b.end] - evidence[b.start] and names[b.end] - names[b.start]]
        if len(inner) > 1:
            return True
        todo.extend(inner)
    return False


def _terms(block: Block) -> list[Block]:
    """Return the entries of a definition list: each term with what is said of it."""
    entries: list[Block] = []
    for inner in block.inner:
        if inner.tag == "dt":
            entries.append(Block("dt", inner.start, inner.end))
        elif entries and inner.tag == "dd":
            entries[-1].end = inner.end
    return entries


def _name_in_line(line: Line) -> str:
    text = line.text
    # Names begin with a capital letter.
    if len(text) > 200 or text.islower():
        return ""
    first = _LABEL.sub("", line.parts[0])
    return (
        _person_in(_without_trade(first))
        or _person_before_trade(text)
        or _person_in(text)
        or _practice_in(first)
        or _practice_in(_parts(text)[0] if _parts(text) else "")
        or next((piece for piece in re.split(r",\s*|\s+[–—-]\s+", text)[:1] if _person_in(piece)), "")
    )


def _from_card(block: Block, laid: Laid, page: Page, site: SiteFacts) -> Listing | None:
    """Return the listing of one card; None unless it stands by itself."""
    lines = laid.lines[block.start : block.end]
    named = next(((line, name) for line in lines if (name := _name_in_line(line))), None)
    if named is None:
        return None
    line, name = named
    # « Kiné » in a name only where no line says it in full.
    trades = [t for each in lines if (t := _ours(each.text))]
    trade = next((t for t in trades if len(t) > 8), next(iter(trades), ""))
    trade = trade or next((t for each in lines if (t := _trade_in(each.text))), "")
    places = [place for _, place in _places_between(laid, block.start, block.end, frozenset((MAIN,)))]
    numbers = _numbers(lines)
    person = bool(_person_in(name))
    if len(lines) == 1 and line.links and not (places or numbers) and TRADE.match(line.text):
        # « Kinésithérapeute Le Havre »: a link to another list.
        return None
    if not (places or (trade and (numbers or person))) or any(
        town_key(place.town) == town_key(name) for place in places
    ):
        return None
    organisation = ""
    if person:
        organisation = next((text for each in lines if each is not line and (text := _practice_in(each.text))), "")
    return answers.draft(
        site,
        LAYER,
        numbers,
        name=name,
        kind=ListingKind.PERSON if person else ListingKind.ORGANISATION,
        url=_card_url(lines, line, page, site),
        profession=trade,
        organisation=organisation,
        places=places,
        email=_mail_in(lines),
        **_figures(lines, page),
    )


def _card_url(lines: Sequence[Line], named: Line, page: Page, site: SiteFacts) -> str:
    """Return the page of this site that a card leads to: by its name, else by the only link it holds."""
    for links in (named.links, tuple(link for line in lines for link in line.links)):
        urls = dict.fromkeys(
            url
            for link in links
            if link[:1] != "#" and (url := tidy_url(absolute(link, page))) and site.owns(url) and path_of(url) != "/"
        )
        if len(urls) == 1 and next(iter(urls)) != tidy_url(page.final_url):
            return next(iter(urls))
    return ""


_COLUMNS = {
    "praticien": "name", "praticienne": "name", "kinesitherapeute": "name", "masseur kinesitherapeute": "name",
    "nom et prenom": "name", "nom prenom": "name", "prenom nom": "name", "nom du praticien": "name",
    "professionnel": "name", "nom du cabinet": "cabinet",
}  # fmt: skip


def _from_tables(page: Page, site: SiteFacts) -> list[Listing]:
    """Return the listings of tables whose first row names the columns."""
    tree = tree_of(page)
    rows: list[dict[str, Any]] = []
    for table in tree.iter("table"):
        lines = list(table.iter("tr"))[:2_000]
        heads = [fold(clean(_text_of(cell))) for cell in lines[0].iterchildren("th", "td")] if lines else []
        keys = [_COLUMNS.get(head, head) for head in heads]
        if {"nom", "name", "cabinet", "raison sociale"}.isdisjoint(keys):
            continue
        for row in lines[1:]:
            cells = list(row.iterchildren("th", "td"))
            if len(cells) == len(keys):
                rows.append(_row(keys, cells))
    return answers.drafts(rows, page, site, layer=LAYER)


def _row(keys: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(keys, (_text_of(cell) for cell in cells), strict=True))
    links = [a.get("href") for cell in cells for a in cell.iter("a") if (a.get("href") or "")[:4].lower() != "tel:"]
    if len(set(links)) == 1 and links[0] and not links[0].startswith(("mailto:", "#")):
        row["url"] = links[0] if re.match(r"https?:|/", links[0]) else f"./{links[0]}"
    return row


def _text_of(cell: Any) -> str:
    return " ".join(" ".join(cast("list[str]", list(cell.itertext()))).split())[:500]


# --- booking, opinions, numbers of the register -----------------------------------------------------------------

_BOOK = re.compile(
    r"(?:je )?(?:prendre|prenez|prends|reserver|reservez) (?:un |mon |votre |une )?(?:premier )?(?:rendez vous|rdv|creneau|consultation|seance)"
    r"|(?:rendez vous|rdv) en ligne$|(?:je )?(?:reserver|reservez|reserve)(?: en ligne| maintenant| ici)?$"
    r"|prise de (?:rdv|rendez vous)(?: en ligne)?$"
)
# Whoever cannot be booked is often followed by an offer of others who can.
_BOOK_OTHERS = re.compile(
    r"autre|disponible|proximite|proche|pres de|teleconsult|\bun (?:kine|masseur|praticien|professionnel|medecin|soignant)|telephone"
)
_NOT_BOOKABLE = re.compile(
    r"\b(?:rendez vous|rdv|reservation|reserver|agenda) en ligne (?:est |sont |n est |actuellement )*"
    r"(?:indisponible|desactive|ferme|impossible|non disponible|pas (?:encore |actuellement )?(?:disponible|possible|active|propose|ouvert))"
    r"|\b(?:pas|plus|aucune?) (?:encore |actuellement )?(?:de |la |d |le |l |par |possible de )?(?:prise de |service de |systeme de )?"
    r"(?:rendez vous|rdv|reservation|reserver|reservable|agenda|prendre rendez vous)(?: \w+)? en ligne"
)


def _booking(lines: Sequence[Line], page: Page) -> dict[str, Any]:
    """Return whether these lines offer to book, and where when it is one place; nothing when they do not say."""
    urls: dict[str, None] = {}
    offered = False
    for line in lines:
        if len(line.text) < 200 and _NOT_BOOKABLE.search(fold(line.text)):
            return {"bookable": False}
        if not line.links or len(line.text) > 300:
            continue
        said = [fold(part) for part in (line.text, *line.parts) if len(part) < 60]
        if any(_BOOK.match(text) and not _BOOK_OTHERS.search(text) for text in said):
            targets = dict.fromkeys(url for link in line.links if link[:1] != "#" and (url := absolute(link, page)))
            led = [url for url in targets if path_of(url) != "/" or host_of(url) != host_of(page.final_url)]
            offered = offered or bool(led)
            urls.update(dict.fromkeys(led if len(led) == 1 else ()))
    if not offered:
        return {}
    return {"bookable": True, "booking_url": next(iter(urls)) if len(urls) == 1 else ""}


_OUT_OF_FIVE = re.compile(r"(?<![\d,.])([0-5](?:[.,]\d{1,2})?)\s*/\s*5(?![\d,.])")
_OPINIONS = re.compile(r"(?<![\d,.])(\d{1,3}(?:\s\d{3})?|\d{1,6})\s+avis\b", re.IGNORECASE)
_RPPS = re.compile(r"RPPS\D{0,20}(\d{11})(?!\d)")


def _figures(lines: Sequence[Line], page: Page) -> dict[str, Any]:
    """Return what lines that are about one listing say of booking, of its mean rating, and of how many gave one."""
    short = [line.text for line in lines if len(line.text) < 60]
    rating = next((float(found[1].replace(",", ".")) for text in short if (found := _OUT_OF_FIVE.search(text))), None)
    count = next((count_of(found[1]) for text in short if (found := _OPINIONS.search(text))), None)
    traits = {Trait.REVIEWS} if count or (rating and count is None) else set()
    return {**_booking(lines, page), "rating": rating or None, "review_count": count, "traits": traits}


# --- listings of other layers, completed -------------------------------------------------------------------------


def _is_page_of(item: Listing, head: _Head) -> bool:
    """Return True when a heading or the title of the page names the listing."""
    return any(may_be_same_name(part, item.name) for text in (*head.headings, head.title) for part in _candidates(text))


def _completed(item: Listing, head: _Head, laid: Laid, page: Page, site: SiteFacts) -> list[Listing]:
    """Return what the page's words add to the listing it is about: what that lacks; empty for nothing."""
    if not _is_page_of(item, head):
        return []
    main = [line for line in laid.lines if line.zone == MAIN]
    places = merged_places([p for _, p in _places_between(laid, 0, len(laid.lines), frozenset((MAIN,)))])
    numbers = _numbers(main)
    # Two addresses, or many numbers: whose they are is not plain.
    if len(places) > 1 or len(numbers) > 3:
        places, numbers = (), []
    trades = [_ours(line.text) for line in main if len(line.text) < 60 and TRADE.match(line.text)]
    rpps = _RPPS.findall(" ".join(line.text for line in main)) if not item.rpps else []
    wanted: dict[str, Any] = _figures(main, page) | {
        "places": () if item.places else places,
        "profession": "" if item.profession else next(iter(trades), ""),
        "rpps": rpps[0] if len(set(rpps)) == 1 and item.kind is ListingKind.PERSON else "",
    }
    return _told(item, [] if item.phones else numbers, wanted, site)


def _completed_by_cards(found: Sequence[Listing], laid: Laid, page: Page, site: SiteFacts) -> list[Listing]:
    """Return what the cards of a list add to the listings they name; nothing where two have one name."""
    cards: dict[str, list[Listing]] = {}
    for block in _cards(laid, frozenset(word for item in found for word in fold(item.name).split())):
        if (card := _from_card(block, laid, page, site)) is not None:
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
    told = answers.draft(site, LAYER, numbers, name=item.name, url=item.url, kind=item.kind, **wanted)
    # The name alone adds nothing.
    return [told] if told.layers.keys() - {"name"} else []


def _candidates(text: str) -> list[str]:
    return [
        name
        for part in _parts(text)
        for name in dict.fromkeys((part, _without_trade(part), _trade_first(part)))
        if name
    ]
