"""What must not be found in a copy, as patterns that see through writing: case, accents, spacing, tags, phone formats.

Knows texts, not pages. A text is first folded: lower case, no accents, a space for each sign that is no letter or digit,
and U+0000 where a tag stood; a needle is a pattern on that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from listingguard.domain.french import NBSP
from listingguard.domain.listing import Listing, ListingKind
from listingguard.domain.names import address, fold, phones_in, tokens
from listingguard.errors import BadInput

BREAK = "\x00"


class What(StrEnum):
    """What is taken out of a copy."""

    REVIEW = "review"
    REVIEWER = "reviewer"
    PERSON = "person"
    CONTACT = "contact"
    ADDRESS = "address"
    PRIVATE = "private"
    DATA = "data"
    SCRIPT = "script"
    STYLE = "style"
    PICTURE = "picture"
    FRAME = "frame"
    COMMENT = "comment"
    META = "meta"
    CONCEALED = "concealed"
    LINK = "link"
    ATTRIBUTE = "attribute"

    @property
    def label(self) -> str:
        """Return the French name shown in the index."""
        return _LABELS[self][0]

    @property
    def why(self) -> str:
        """Return the reason, as one French sentence."""
        return _LABELS[self][1]


_LABELS = {
    What.REVIEW: ("avis et commentaires", "Ils parlent de patients et d’autres personnes, étrangers à la demande."),
    What.REVIEWER: ("auteur d’un avis", "Ce tiers n’est pas concerné par la demande."),
    What.PERSON: ("nom d’une autre personne", "Cette personne figure sur la page mais pas dans le dossier."),
    What.CONTACT: ("téléphone ou courriel d’une autre personne", "Il n’est pas utile à la demande."),
    What.ADDRESS: ("adresse d’une autre personne", "Elle n’est pas utile à la demande."),
    What.PRIVATE: ("donnée privée du praticien", "Elle ne sort pas du dossier : adresse ou numéro personnels."),
    What.DATA: ("données cachées dans le code", "Elles répètent la page et portent les données de tiers."),
    What.SCRIPT: ("programme de la page", "Il pourrait refaire apparaître ce qui est retiré, ou appeler le site."),
    What.STYLE: ("mise en forme", "Elle peut contenir du texte, ou appeler le site."),
    What.PICTURE: ("image", "Son contenu ne peut pas être vérifié ; l’original la conserve."),
    What.FRAME: ("cadre ou formulaire", "Il vient d’ailleurs ou contient ce qui ne se voit pas."),
    What.COMMENT: ("commentaire du code", "Il ne se voit pas à l’écran."),
    What.META: ("description du code", "Elle ne se voit pas à l’écran."),
    What.CONCEALED: ("passage non affiché", "Il ne se voit pas à l’écran."),
    What.LINK: ("adresse de lien", "Elle peut nommer d’autres personnes ou porter un identifiant."),
    What.ATTRIBUTE: ("propriété du code", "Elle ne se voit pas à l’écran."),
}


@dataclass(frozen=True)
class Needle:
    """One thing to hide: a pattern on folded text. core: letters and digits that every writing of it holds in a row."""

    what: What
    pattern: re.Pattern[str]
    core: str


class Haystack:
    """A folded text, made ready for many needles."""

    # Longer than what any pattern may hold beside its core.
    _BESIDE = 160

    def __init__(self, folded: str) -> None:
        self._folded = folded
        # Without spaces and breaks, a needle that is not there costs one search; the pattern judges the others.
        self._where = [place for place, sign in enumerate(folded) if sign not in (" ", BREAK)]
        self._core = folded.translate({ord(" "): None, 0: None})

    def spans(self, needle: Needle) -> Iterator[tuple[int, int]]:
        """Yield where the needle stands in the folded text, in order."""
        at, done = self._core.find(needle.core), 0
        while at >= 0:
            first, last = self._where[at], self._where[at + len(needle.core) - 1]
            for found in needle.pattern.finditer(
                self._folded, max(done, first - self._BESIDE), min(len(self._folded), last + self._BESIDE)
            ):
                yield found.span()
                done = found.end()
            at = self._core.find(needle.core, at + 1)

    def holds(self, needles: Iterable[Needle]) -> set[What]:
        """Return what of the needles is there."""
        return {needle.what for needle in needles if next(self.spans(needle), None)}


def folded(text: str) -> str:
    """Return a text in comparable form, sign by sign."""
    return "".join(map(comparable, text))


@lru_cache(maxsize=4096)
def comparable(sign: str) -> str:
    """Return what one sign becomes in a folded text."""
    if sign.isascii():
        return sign.lower() if sign.isalnum() else " "
    # A letter that is written without width, or a mark over the letter before, adds nothing to read.
    if unicodedata.category(sign) in ("Cf", "Mn"):
        return ""
    return fold(sign) or " "


# -- what to hide --------------------------------------------------------------------------------------------------


def needles_for(
    keep: Listing, others: Sequence[Listing], hide: Sequence[str], authors: Iterable[str]
) -> Iterator[Needle]:
    """Yield what a copy about `keep` must not hold: other people, who wrote reviews, and private words.

    Raises BadInput for a private word too short to look for.
    """
    own = fold(" ".join([keep.name, keep.organisation, *(f"{p.street} {p.town}" for p in keep.places)]))
    own_phones = set(keep.phones) | {number for place in keep.places for number in place.phones}
    own_streets = {fold(place.street) for place in keep.places}
    people = [other for other in others if other.kind is ListingKind.PERSON and other.key != keep.key]
    for other in people:
        yield from _names(other.name, keep, frozenset(own.split()))
        for number in {*other.phones, *(n for p in other.places for n in p.phones)} - own_phones:
            yield from _phone(number, What.CONTACT)
        if other.email and other.email.lower() != keep.email.lower():
            yield from _words(other.email, What.CONTACT)
        for place in other.places:
            # A street of one word would take half the page with it.
            if len(fold(place.street).split()) > 1 and fold(place.street) not in own_streets:
                yield from _words(place.street, What.ADDRESS)
    for author in authors:
        if fold(author) not in own and not _NOBODY.issuperset(fold(author).split()):
            yield from _words(author, What.REVIEWER)
    for secret in hide:
        if len(fold(secret).replace(" ", "")) < 3:
            raise BadInput(f"Rien ne peut être masqué d’après «{NBSP}{secret}{NBSP}»{NBSP}: trois lettres au moins.")
        numbers = phones_in(secret)
        yield from (each for number in numbers for each in _phone(number, What.PRIVATE))
        if not numbers or re.search(r"[^\W\d_]{3}", secret):
            yield from _words(secret, What.PRIVATE)
            yield from _street(secret)


def _names(name: str, keep: Listing, own: frozenset[str]) -> Iterator[Needle]:
    """Yield the patterns of another person's name: both orders, initials, and the family name where it is theirs alone."""
    parts = tokens(name)
    capital = [token.text for token in parts if token.shown.isupper() and len(token.shown) > 1]
    words = [token.text for token in parts]
    if not words or sorted(words) == sorted(token.text for token in tokens(keep.name)):
        return
    family = capital if 0 < len(capital) < len(words) else words[1:] or words
    given = [word for word in words if word not in family]
    forms = {(*given, *family), (*family, *given)}
    initials = {token.text[0] for token in tokens(keep.name)}
    if given and not (given[0][0] in initials and set(family) <= own):
        forms |= {(given[0][0], *family), (*family, given[0][0])}
    # « Mme Dupont »: the family name alone says who it is, unless it is a word of the listing itself.
    forms |= {(word,) for word in family if len(word) > 3 and word not in own}
    if not set(family) <= own:
        forms.add(tuple(family))
    for form in sorted(forms):
        yield from _words(" ".join(form), What.PERSON)


def _words(text: str, what: What) -> Iterator[Needle]:
    words = fold(text).split()
    if sum(map(len, words)) > 1:
        yield Needle(what, _pattern(" ".join(words)), "".join(words))


def _street(secret: str) -> Iterator[Needle]:
    """Yield the pattern of a street with its number, whatever the type of way and the small words: « 12, av. Haute »."""
    found = address(secret)
    if found.number and found.name:
        digits, suffix = re.fullmatch(r"(\d+)(.*)", found.number).groups()  # type: ignore[union-attr]
        number = "\x00*".join([*digits]) + (f"[ \x00]*{suffix}" if suffix else "[ \x00]*(?:bis|ter|[a-d](?![a-z]))?")
        gap = "[ \x00]+(?:[a-z]{1,12}[ \x00]+){0,4}?"
        name = gap.join("\x00*".join(word) for word in found.name)
        yield Needle(
            What.PRIVATE, re.compile(rf"(?<![a-z0-9]){number}{gap}{name}(?![a-z0-9])"), max(found.name, key=len)
        )


@lru_cache(maxsize=4096)
def _pattern(words: str) -> re.Pattern[str]:
    # A tag may cut a word in two, and part two words without any space.
    letters = ["\x00*".join(re.escape(letter) for letter in word) for word in words.split()]
    return re.compile(r"(?<![a-z0-9])" + "[ \x00]*".join(letters) + r"(?![a-z0-9])")


def _phone(number: str, what: What) -> Iterator[Needle]:
    digits = re.sub(r"\D", "", number)
    code = next((c for c in ("33", "262", "590", "594", "596") if digits.startswith(c)), "")
    national = digits.removeprefix(code)
    gap = "[ \x00]*"
    prefix = f"(?:(?:0{gap}0{gap})?{gap.join(code)}{gap})?(?:0{gap})?" if code else f"(?:0{gap}0{gap})?"
    yield Needle(what, re.compile(rf"(?<![0-9]){prefix}{gap.join(national)}(?![0-9])"), national)


_NOBODY = frozenset(
    fold("anonyme patient patiente client cliente utilisateur utilisatrice internaute vérifié vérifiée un une").split()
)
"""Words a site puts where a reviewer’s name would be."""
