"""What a listing's own page says of itself in words: made without its subject, closed for a while, not to be booked.

Sites say much to every visitor (« Vous êtes professionnel ? Inscrivez-vous »). A phrase counts only in the page's own
part, before it turns to others, and where it names the subject or points at this page (« ce profil »).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from listingguard.domain.listing import ListingState, Page
from listingguard.domain.names import fold
from listingguard.pages.document import visible_words
from listingguard.pages.lines import MAIN, laid_out


@dataclass(frozen=True)
class Claim:
    """A phrase of the page, as it is written, and what it says. bookable: False where it says that nobody can book."""

    phrase: str
    state: ListingState
    bookable: bool | None = None


_WHO = r"(?:soignante?|praticienn?e?|professionnell?e?|kine\w*|masseur kinesitherapeute|therapeute|medecin)"
_PAGE = r"(?:profil|fiche|page)"
_ABSENT = r"n est pas (?:encore |actuellement )?"
_WORTH_READING = re.compile(
    r"revendiqu|n est pas |vous etes |etes vous |supprimer |temporairement|momentanement|ne propose pas"
)
# They point at this page, whoever says them.
_OF_THIS_PAGE = re.compile(
    rf"revendiqu(?:er|ez) cet?t?e? {_PAGE}\b|(?:vous etes|etes vous) (?:bien )?cet?t?e? {_WHO}\b"
    rf"|\bcet?t?e? (?:{_PAGE}|{_WHO}) {_ABSENT}(?:ete )?(?:revendique|reclame|inscrit|abonne|present|reference)"
    rf"|\bcet?t?e? {_PAGE} (?:vous appartient|est (?:la |le )?votre)"
    rf"|\bcet?t?e? {_PAGE} n a pas (?:encore )?ete (?:revendique|reclame)|supprimer cette fiche|modifier ces informations ou supprimer"
)
# They may be said to all the site's visitors: only beside words that point at this page, or at its subject.
_OF_ANY_PAGE = re.compile(rf"(?:revendiqu(?:er|ez)|supprimer) (?:mon|ma|votre) {_PAGE}\b")
_SIGNED_UP = re.compile(rf"{_ABSENT}(?:inscrite?|presente?|referencee?|abonnee?|cliente?)\b")
_ABSENT_FROM = re.compile(rf"{_ABSENT}sur\b")
_BRAND = re.compile(r"\bsur (?:l[’'])?(?:[A-ZÉÈÀ]\w+|[a-z0-9-]+\.[a-z]{2,})")
_THIS_SITE = re.compile(r"\bsur (?:notre|ce|cette) (?:site|plateforme|annuaire)\b")
_ASKED = re.compile(r"\b(?:vous etes|etes vous)\b")
_KNOWN_HERE = re.compile(r"(?:connect|identifi)ez vous|mon compte|mot de passe")
_MENU = re.compile(
    r"mentions legales|conditions generales|\bcgu\b|inscri|\bconnexion\b|espace pro|qui sommes|plan du site|tous droits|copyright"
    r"|vous etes (?:un |une )?(?:professionnel|praticien|soignant)"
)
_CLOSED = re.compile(
    r"\b(?:reservation|agenda|prise de (?:rendez vous|rdv))(?: en ligne)? (?:est |sont )?(?:temporairement|momentanement) "
    r"(?:indisponible|suspendue?|fermee?|desactivee?|interrompue?)"
)
# What holds for the whole site, or is asked, or explained.
_NOT_OF_HERE = re.compile(
    r"\b(?:maintenance|incident|technique|panne|travaux|mise a jour|si|lorsque|quand|pourquoi|parfois)\b"
)
_NOT_BOOKABLE = re.compile(
    r"(?:ne propose pas|n offre pas) (?:encore |actuellement )?(?:la |de )?(?:prise de (?:rendez vous|rdv)|reservation) en ligne"
    r"|n est pas reservable en ligne"
)
_OTHERS = re.compile(
    r"^(?:d |les |nos |vos )?autres? |\b(?:a proximite|similaires?|alentours|pres de|proches?|voisins?|du meme cabinet)\b|consultent a"
)
_ONE = re.compile(rf"\bcet?t?e? {_WHO}\b")
_SENTENCES = re.compile(r"(?<=[.!?…])\s+")
_LONGEST = 240


def claim_of(name: str, page: Page) -> Claim | None:
    """Return what the page of a listing says of itself; None when it says nothing plain. name: the listing's."""
    if not _WORTH_READING.search(visible_words(page)):
        return None
    subject = {word for word in fold(name).split() if len(word) > 1}
    lines = _own_lines(page)
    folded = [fold(line) for line in lines]
    first = next((at for at, said in enumerate(folded) if subject and subject <= set(said.split())), len(lines))
    other: Claim | None = None
    for at, line in enumerate(lines):
        for sentence in _SENTENCES.split(line):
            said = fold(sentence)
            if not said or len(sentence) > _LONGEST:
                continue
            named = bool(subject) and subject <= set(said.split())
            asked = named and _ASKED.search(said) and not _KNOWN_HERE.search(folded[at])
            mine = _OF_ANY_PAGE.search(said) and (named or _beside(at, first, folded))
            if _OF_THIS_PAGE.search(said) or asked or mine or (named and _not_on_the_site(sentence, said)):
                return Claim(sentence.strip(), ListingState.STUB)
            if other is None and "?" not in sentence and not _NOT_OF_HERE.search(folded[at]):
                if _CLOSED.search(said):
                    other = Claim(sentence.strip(), ListingState.CLOSED, bookable=False)
                elif _NOT_BOOKABLE.search(said) and (named or _ONE.search(said)):
                    # Neither a customer of the site nor not: only that nobody can book.
                    other = Claim(sentence.strip(), ListingState.UNKNOWN, bookable=False)
    return other


def _own_lines(page: Page) -> list[str]:
    """Return the lines of the page's own part, up to where it turns to others."""
    lines: list[str] = []
    for line in laid_out(page).lines:
        if line.tag[:1] == "h" and _OTHERS.search(fold(line.text)):
            break
        if line.zone == MAIN:
            lines.append(line.text)
    return lines


def _beside(at: int, first: int, folded: list[str]) -> bool:
    """Return True for a line that soon follows the subject's name, and has nothing of a site's menu around it."""
    return first <= at <= first + 12 and not any(_MENU.search(said) for said in folded[max(0, at - 3) : at + 4])


def _not_on_the_site(sentence: str, said: str) -> bool:
    """Return True for « n’est pas sur RDVSuper », « n’est pas inscrite » said of somebody; never for « sur place »."""
    if _SIGNED_UP.search(said):
        return " sur " not in f"{said} " or _BRAND.search(sentence) is not None or _THIS_SITE.search(said) is not None
    return _ABSENT_FROM.search(said) is not None and (
        _BRAND.search(sentence) is not None or _THIS_SITE.search(said) is not None
    )
