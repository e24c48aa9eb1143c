"""What a page is about where that is no listing: an article, an offer, a product, an event, a question, a thread.

On such pages people and practices are quoted, advertised or answered, never listed; only data that calls one of them
the page's main entity says otherwise, and `schema_org` reads that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from listingguard.domain.listing import Page
from listingguard.domain.names import fold
from listingguard.pages.json_ld import json_ld
from listingguard.pages.microdata import microdata
from listingguard.pages.rdfa import rdfa
from listingguard.pages.url import path_of
from listingguard.pages.values import TRADE, as_list, kinds_of, words

# What a practice's own front page may also describe: its posts, its questions, a place it offers, an open day.
_ALSO_AT_THE_FRONT = words(
    "article blogposting course educationevent event faqpage jobposting newsarticle socialevent socialmediaposting"
)
_OTHER_SUBJECTS = _ALSO_AT_THE_FRONT | words(
    "accommodation advertisercontentarticle aggregateoffer apartment book businessevent courseinstance dataset "
    "definedterm discussionforumposting exhibitionevent festival howto house individualproduct liveblogposting "
    "medicalcondition medicalscholarlyarticle mobileapplication movie musicevent offer opinionnewsarticle podcastepisode "
    "product productgroup qapage question realestatelisting recipe report reportagenewsarticle residence "
    "satiricalarticle scholarlyarticle screeningevent singlefamilyresidence softwareapplication sportsevent techarticle "
    "theaterevent videogame webapplication webapi"
)
_MOST_THINGS = 500


def describes_other_thing(page: Page) -> bool:
    """Return True when the page's structured data says that it is about a thing that is no person and no practice.

    Only what stands at the top, in a graph, or as a page's main entity counts; what is merely mentioned does not.
    """
    kinds = _OTHER_SUBJECTS if path_of(page.final_url) != "/" else _OTHER_SUBJECTS - _ALSO_AT_THE_FRONT
    things = (thing for values in (json_ld(page).values, microdata(page), rdfa(page)) for thing in _main_things(values))
    return any(not kinds_of(thing).isdisjoint(kinds) for thing in things)


def _main_things(values: Iterable[Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    for count, value in enumerate(values):
        if count > _MOST_THINGS or depth > 4:
            return
        if isinstance(value, list):
            yield from _main_things(value, depth + 1)
        elif isinstance(value, Mapping):
            yield value
            for key in ("@graph", "mainEntity"):
                yield from _main_things(as_list(value.get(key)), depth + 1)


# --- words -------------------------------------------------------------------------------------------------------

# In the title or the first heading, folded.
_OTHER_TITLE = re.compile(
    # posts to fill, places to take over, premises
    r"\b(?:re)?cherche (?:un|une|son|sa|des|activement)\b|\b(?:recrute\w*|remplacants?|remplacements?|assistanats?|"
    r"assistante?s?|collaborat\w+|vacations?|cd[di]|emplois?|annonces?|urgent)\b"
    r"|\bh f\b|\b(?:location|louer|vendre|vente|cession|loyer|appartements?|immobilier\w*|patientele)\b"
    # what is sold, what runs on a computer
    r"|\b(?:panier|boutique|logiciels?|application mobile|saas)\b"
    # what is asked, explained or told
    r"|\b(?:forums?|faq|wiki\w*|centre d aide|interview|entretien avec|rencontre avec|podcast|replay|webinaire)\b"
    r"|\bquestions? (?:frequentes?|reponses?)\b|\b(?:vos|toutes les|foire aux) questions\b"
    r"|^(?:comment|pourquoi|combien|quand|quelles?|quels?|faut|peut|est ce|qu) "
    r"|^(?:nos|mes|les|quelques|\d+) (?:\w+ )?(?:conseils|astuces|exercices|idees|raisons|questions)\b"
    r"|\b(?:avis de deces|necrologie|obseques|hommage a)\b|^remboursements?\b"
    # where one goes once
    r"|\b(?:conference|portes ouvertes|colloque|congres|festival|seminaire)\b|^(?:stages?|formations?)\b"
)
# « Camille Exemple, kinésithérapeute : « Marchez dix minutes » »; a practice's name in quotation marks is shorter.
_QUOTATION = re.compile(r"[«“\"][^«»“”\"]*?(?:(?:\s\S+){3}|[.!?…]\s*)[^«»“”\"]*[»”\"]")
# « Cabinet des Acacias : un incendie fait de gros dégâts »
_SENTENCE = re.compile(
    r"\s:\s+(?:un|une|le|la|les|des|il|elle|on|ce|cette|son|sa|ses|leurs?|que|qui|comment|pourquoi)\s+\S+\s+\S+\s+\S+|"
    r"\s:\s+[lLdD]['’]\S+\s+\S+\s+\S+"
)
# On a line of its own; it weighs twice what one of the others does.
_OTHER_LINE = re.compile(
    r"^(?:(?:ajouter au|mon|votre) panier\b|signaler cette annonce|(?:je )?postuler?(?: en ligne| a cette offre)?$|"
    r"annonce (?:n|numero|ref\w*) ?\d|propos recueillis par|interview realisee|modifier modifier le code|"
    r"(?:page )?1 sur \d+ repondre|cet article vous a t il|isbn\b|broche\b|obseques\b)",
    re.MULTILINE,
)
# Of these, several kinds; a practice's page or a profile may well hold one.
_TELLING_LINES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"(?:a )?lire (?:aussi|egalement)\b|sur le meme sujet",
        r"publie(?:e)? (?:le|hier|il y a)\b|depose(?:e)? le \d",
        r"laisser un commentaire|soyez le premier a commenter",
        r"(?:par|de|redaction|texte) (?:\w+ ){1,4}(?:le \d|\d{1,2} \w+ 20\d\d|publie)|par \w+ \w+$",
        r"faits? divers$|edition d|temps de lecture|partager (?:l article|cet article)",
        r"charges comprises|\bdpe\b|\bloyer\b|honoraires d agence",
        r"en stock\b|livraison|\bttc\b|quantite$",
        r"type de (?:contrat|poste)|retrocession|envoyez votre cv|poste a pourvoir|date limite de candidature",
    )
)


def is_titled_otherwise(titles: Iterable[str]) -> bool:
    """Return True when a title or a first heading announces another thing than people or a practice.

    >>> is_titled_otherwise(["Recherche kinésithérapeute remplaçant"]), is_titled_otherwise(["Camille Exemple – Kiné"])
    (True, False)
    """
    for text in (title[:300] for title in titles):
        said = _SENTENCE.search(text)
        if (
            (said and not TRADE.search(text, said.start()))
            or _QUOTATION.search(text)
            or _OTHER_TITLE.search(fold(text))
        ):
            return True
    return False


def tells_of_other_things(lines: str, enough: int = 2) -> bool:
    """Return True when the lines of a page are plainly those of an article, an offer, a shop or a thread.

    lines: folded, one below the other; enough: how many kinds of telling lines make it plain
    """
    weight = 2 * bool(_OTHER_LINE.search(lines)) + sum(bool(kind.search(lines)) for kind in _TELLING_LINES)
    return weight >= enough
