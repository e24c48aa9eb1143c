"""What must not be found in a copy, as patterns that see through writing: case, accents, spacing, tags, phone formats.

Knows texts, not pages. A text is first folded: lower case, no accents, nothing for what has no width, the Latin letter
for one of another script that looks like it, a space for each sign that is no letter or digit, and U+0000 where a tag
stood; a needle is a pattern on that, looked for from both ends. In doubt, more is hidden rather than less.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from listingguard.domain.french import NBSP
from listingguard.domain.listing import Listing, ListingKind
from listingguard.domain.names import SOFT_WORDS, fold, shown_name, tokens
from listingguard.domain.places import address, phones_in
from listingguard.errors import BadInput

BREAK = "\x00"


class What(StrEnum):
    """What is taken out of a copy."""

    REVIEW = "review"
    REVIEWER = "reviewer"
    PERSON = "person"
    CONTACT = "contact"
    NUMBER = "number"
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
    What.NUMBER: ("numéro RPPS ou ADELI d’une autre personne", "Il désigne une personne à lui seul."),
    What.ADDRESS: ("adresse d’une autre personne", "Elle n’est pas utile à la demande."),
    What.PRIVATE: ("donnée privée du praticien", "Elle ne sort pas du dossier : adresse ou numéro personnels."),
    What.DATA: (
        "données cachées dans le code",
        "Elles ne se voient pas à l’écran et peuvent porter des données de tiers.",
    ),
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
    """One thing to hide: a pattern on folded text.

    core: letters and digits that every writing of it holds in a row; empty where there is none.
    """

    what: What
    pattern: re.Pattern[str]
    core: str


class Haystack:
    """A folded text, made ready for many needles."""

    def __init__(self, folded: str) -> None:
        # What a page writes from right to left is read by people in the order we look for.
        self._length, self._ahead, self._back = len(folded), _Read(folded), _Read(folded[::-1])

    def spans(self, needle: Needle) -> Iterator[tuple[int, int]]:
        """Yield where the needle stands in the folded text, written forwards or backwards."""
        yield from self._ahead.spans(needle)
        if needle.core:
            yield from ((self._length - end, self._length - start) for start, end in self._back.spans(needle))

    def holds(self, needles: Iterable[Needle]) -> set[What]:
        """Return what of the needles is there."""
        return {needle.what for needle in needles if next(self.spans(needle), None)}


class _Read:
    """A folded text, read in one direction."""

    # Longer than what any pattern may hold beside its core.
    _BESIDE = 160

    def __init__(self, folded: str) -> None:
        self._folded = folded
        # Without spaces and breaks, a needle that is not there costs one search; the pattern judges the others.
        self._where = [place for place, sign in enumerate(folded) if sign not in (" ", BREAK)]
        self._core = folded.translate({ord(" "): None, 0: None})

    def spans(self, needle: Needle) -> Iterator[tuple[int, int]]:
        if not needle.core:
            yield from (found.span() for found in needle.pattern.finditer(self._folded))
            return
        at, done = self._core.find(needle.core), 0
        while at >= 0:
            first, last = self._where[at], self._where[at + len(needle.core) - 1]
            for found in needle.pattern.finditer(
                self._folded, max(done, first - self._BESIDE), min(len(self._folded), last + self._BESIDE)
            ):
                yield found.span()
                done = found.end()
            at = self._core.find(needle.core, at + 1)


# -- folding -------------------------------------------------------------------------------------------------------


def _pairs(*tables: str) -> dict[str, str]:
    return {each[0]: each[1:] for table in tables for each in table.split()}


# Letters that people take for Latin ones, as they are and before their case is folded: a Greek capital and its small
# letter look like two different ones. After the Unicode table of confusables (UTS 39), as far as names go.
_LOOKS = _pairs(
    "аa вb сc ԁd еe ёe ғf һh нh іi їi јj кk ӏl мm пn оo рp ԛq гr ѕs тt уy ѵv ԝw хx иu йu ьb ԍg ѡw ӕae",
    "АA ВB СC ԀD ЕE ЁE ҒF НH ІI ЇI ЈJ КK ӀI МM ОO РP ԚQ ЅS ТT УY ѴV ԜW ХX ЬB ԌG ҮY үy ӨO өo",
    "αa βb ϲc ςc εe ηn ιi κk νv οo ρp σo τt υu χx γy ωw ϳj θo",
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ͿJ",
    "օo սu հh ոn ցg յj զq ՕO ՍS Լl ɑa ɡg ɩi ʟl ʀr ɴn ɪi ʏy ʜh ɢg ʙb ꞁl ǀl",
    "ᴀa ᴄc ᴅd ᴇe ꜰf ᴊj ᴋk ᴍm ᴏo ᴘp ꜱs ᴛt ᴜu ᴠv ᴡw ᴢz ᎪA ᏴB ᏟC ᎠD ᎬE ᏀG ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᎡR ᏚS ᎢT ᏙV ᎳW ᏃZ",
)
_LOOKS = {sign: latin.lower() for sign, latin in _LOOKS.items()}
# Letters in squares and circles that NFKD leaves whole.
_LOOKS |= {chr(first + n): chr(97 + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}

# Default-ignorable signs that are letters, or nothing, by their category.
_NO_WIDTH = frozenset("\u115f\u1160\u3164\uffa0\u2065")


def folded(text: str) -> str:
    """Return a text in comparable form, sign by sign."""
    return "".join(map(comparable, text))


@lru_cache(maxsize=4096)
def comparable(sign: str) -> str:
    """Return what one sign becomes in a folded text."""
    if sign.isascii():
        # A control sign is drawn as nothing; a line end is a space.
        return sign.lower() if sign.isalnum() else " " if sign.isprintable() or sign.isspace() else ""
    # What is written without width, or over the letter before, adds nothing to read.
    if _unread(sign):
        return ""
    if sign in _LOOKS:
        return _LOOKS[sign]
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
    text = "".join(_LOOKS.get(part, part) for part in parts if not _unread(part))
    # A letter of a script without Latin likenesses stays itself: names are written in it as well.
    return fold(text) or "".join(part for part in text if part.isalnum()) or " "


def _unread(sign: str) -> bool:
    if unicodedata.category(sign) in ("Cf", "Mn", "Me") or sign in _NO_WIDTH or "\ufff0" <= sign <= "\ufff8":
        return True
    return (unicodedata.category(sign) == "Cc" and not sign.isspace()) or "\U000e0000" <= sign <= "\U000e0fff"


def _plain(text: str) -> str:
    """Return a text of a site as our readers of names and streets take it: nothing unseen, Latin look-alikes made Latin.

    Accents, case and punctuation stay.
    """
    kept = "".join(sign for sign in text if sign.isascii() or not _unread(sign) or unicodedata.category(sign) == "Mn")
    return "".join(_LOOKS.get(sign, sign) for sign in unicodedata.normalize("NFKC", kept))


# -- what to hide --------------------------------------------------------------------------------------------------


def needles_for(
    keep: Listing, others: Sequence[Listing], hide: Sequence[str], authors: Iterable[str]
) -> Iterator[Needle]:
    """Yield what a copy about `keep` must not hold: other people, who wrote reviews, and private words.

    Raises BadInput for a private word too short to look for.
    """
    mine = " ".join([keep.name, *(f"{p.street} {p.town}" for p in keep.places)])
    own = " ".join(folded(_plain(mine)).split())
    words = frozenset(own.split())
    own_phones = set(keep.phones) | {number for place in keep.places for number in place.phones}
    others = [other for other in others if other.key != keep.key]
    for other in others:
        if other.kind is ListingKind.PERSON:
            yield from _names(other.name, keep, words)
            yield from _contacts(other, keep, own_phones)
            for place in other.places:
                yield from _address(_plain(place.street), keep)
        if other.rpps and other.rpps != keep.rpps:
            yield _digits(other.rpps, What.NUMBER)
    towns = frozenset(word for each in (keep, *others) for p in each.places for word in folded(p.town).split())
    practices = [o.name for o in others if o.kind is ListingKind.ORGANISATION] + [o.organisation for o in others]
    for practice in dict.fromkeys([*practices, keep.organisation]):
        yield from _named_after(_plain(practice), keep, words | towns)
    yield from _anybody(keep, words)
    for author in authors:
        said = " ".join(folded(author).split())
        if said not in own and not _NOBODY.issuperset(said.split()):
            yield from _words(author, What.REVIEWER)
    for secret in hide:
        if len("".join(folded(secret).split())) < 3:
            raise BadInput(f"Rien ne peut être masqué d’après «{NBSP}{secret}{NBSP}»{NBSP}: trois lettres au moins.")
        numbers = phones_in(secret)
        yield from (each for number in numbers for each in _phone(number, What.PRIVATE))
        if not numbers or re.search(r"[^\W\d_]{3}", secret):
            yield from _words(secret, What.PRIVATE)
            yield from _street(_plain(secret), What.PRIVATE)


def _contacts(other: Listing, keep: Listing, own_phones: Collection[str]) -> Iterator[Needle]:
    for number in {*other.phones, *(n for p in other.places for n in p.phones)}.difference(own_phones):
        yield from _phone(number, What.CONTACT)
    if other.email and other.email.lower() != keep.email.lower():
        yield from _words(other.email, What.CONTACT)


def _address(street: str, keep: Listing) -> Iterator[Needle]:
    """Yield the patterns of another person's street: as written, shortened, and without its number."""
    own = [" ".join(folded(_plain(place.street)).split()) for place in keep.places]
    said, found = " ".join(folded(street).split()), address(street)
    # A street of one word would take half the page with it.
    if len(said.split()) < 2 or said in own:
        return
    yield from _words(street, What.ADDRESS)
    if all((found.number, found.name) != (a.number, a.name) for a in map(address, own)):
        yield from _street(street, What.ADDRESS)
    unnumbered = re.sub(r"^\d+ ?(?:(?:bis|ter|quater|[a-d]) )?", "", said)
    if len(unnumbered.split()) > 1 and not any(unnumbered in each for each in own):
        yield from _words(unnumbered, What.ADDRESS)


def _names(name: str, keep: Listing, own: frozenset[str]) -> Iterator[Needle]:
    """Yield the patterns of another person's name: both orders, initials, and the family name where it is theirs alone."""
    parts = tokens(_plain(name))
    capital = [token.text for token in parts if token.shown.isupper() and len(token.shown) > 1]
    words = [token.text for token in parts]
    if any(sign.isalpha() and not unicodedata.name(sign, "").startswith("LATIN") for sign in name):
        # In another script, which our reader of names leaves out: the words as they stand, large and small.
        for written in dict.fromkeys((name, name.upper(), name.lower())):
            found = [word for word in folded(written).split() if len(word) > 1 and word not in own]
            yield from (each for part in (written, *found) for each in _words(part, What.PERSON))
    if not words or sorted(words) == sorted(token.text for token in tokens(_plain(keep.name))):
        return
    family = capital if 0 < len(capital) < len(words) else words[1:] or words
    given = [word for word in words if word not in family]
    forms = {(*given, *family), (*family, *given)}
    initials = {token.text[0] for token in tokens(_plain(keep.name))}
    if given and not (given[0][0] in initials and set(family) <= own):
        forms |= {(given[0][0], *family), (*family, given[0][0])}
    # « Mme Dupont »: the family name alone says who it is, unless it is a word of the listing itself.
    forms |= {(word,) for word in family if len(word) > 3 and word not in own}
    if not set(family) <= own:
        forms.add(tuple(family))
    for form in sorted(forms):
        yield from _words(" ".join(form), What.PERSON)


_GAP = "[ \x00]*"
_TITLES = "dr|docteur|docteurs|drs|pr|professeur"
_FIRMS = "selarl|selarlu|selas|selasu|scp|scm"
_SURE = frozenset(f"{_TITLES}|{_FIRMS}".split("|"))
_TIES = frozenset(("d", "de", "du", "des", "la", "le", "les", "l", "en", "et", "au", "aux"))


def _named_after(practice: str, keep: Listing, known: frozenset[str]) -> Iterator[Needle]:
    """Yield the patterns of the people whom the name of a practice shows: « SELARL Dr Fictif », « Cabinet Dumont ».

    known: words that are the listing's own, or of a town. « Cabinet du Parc » and « Centre Fictif » name nobody.
    """
    shown, said = shown_name(practice), folded(practice).split()
    sure = not _SURE.isdisjoint(said)
    if not sure and not shown.organisation:
        return
    doubtful = SOFT_WORDS | {after for before, after in pairwise(said) if before in _TIES}
    for person in shown.people:
        words = [token.text for token in person if token.text not in known | _TIES]
        if not words or (not sure and not doubtful.isdisjoint(token.text for token in person)):
            continue
        yield from _names(" ".join(token.shown for token in person), keep, known)
        yield from (
            each for word in words if len(word) > 2 and word not in SOFT_WORDS for each in _words(word, What.PERSON)
        )


def _anybody(keep: Listing, own: frozenset[str]) -> Iterator[Needle]:
    """Yield the patterns of people whom no listing of the page names: behind a title, or by a number of theirs."""
    words = "|".join(sorted({*own, *_TIES, *_SURE, "masque"}))
    name = rf"(?!(?:{words})(?![^\W_]))[^\W\d_]{{2,}}"
    yield Needle(
        What.PERSON,
        re.compile(
            rf"(?<![^\W_])(?:(?:{_FIRMS}|{_TITLES})[ \x00]+){{1,3}}(?:[^\W\d_][ \x00]+)?{name}(?:[ \x00]+{name})?"
        ),
        "",
    )
    mine = rf"(?!{_GAP.join(keep.rpps)}(?![0-9]))" if re.fullmatch(r"[0-9]{9,11}", keep.rpps) else ""
    # Eleven digits from the register of the health professions begin with 1 (or 8, of old); a phone number never does.
    bare = r"[18](?:[ \x00]?[0-9]){10}"
    told = r"(?:rpps|adeli)[ \x00]+(?:[^\W\d_]{1,6}[ \x00]+)?"
    yield Needle(What.NUMBER, re.compile(rf"(?<![^\W_]){mine}{bare}(?![^\W_])"), "")
    digits = r"(?:[0-9](?: ?[0-9]){8,10}|(?:[0-9]\x00*){8}[0-9]|(?:[0-9]\x00*){10}[0-9])"
    yield Needle(What.NUMBER, re.compile(rf"(?<![^\W_]){told}{mine}{digits}(?![0-9])"), "")


def _digits(number: str, what: What) -> Needle:
    digits = "".join(folded(number).split())
    return Needle(what, re.compile(rf"(?<![0-9]){_GAP.join(digits)}(?![0-9])"), digits)


def _words(text: str, what: What) -> Iterator[Needle]:
    words = folded(text).split()
    if len(words) == 1 and re.fullmatch(r"[0-9]{9,}", words[0]):
        yield _digits(words[0], what)
    elif sum(map(len, words)) > 1:
        yield Needle(what, _pattern(" ".join(words)), "".join(words))


def _street(text: str, what: What) -> Iterator[Needle]:
    """Yield the pattern of a street with its number, whatever the type of way and the small words: « 12, av. Haute »."""
    found = address(text)
    if found.number and found.name:
        digits, suffix = re.fullmatch(r"(\d+)(.*)", found.number).groups()  # type: ignore[union-attr]
        number = "\x00*".join([*digits]) + (f"[ \x00]*{suffix}" if suffix else "[ \x00]*(?:bis|ter|[a-d](?![a-z]))?")
        gap = "[ \x00]+(?:[a-z]{1,12}[ \x00]+){0,4}?"
        name = gap.join("\x00*".join(word) for word in found.name)
        yield Needle(what, re.compile(rf"(?<![a-z0-9]){number}{gap}{name}(?![a-z0-9])"), max(found.name, key=len))


@lru_cache(maxsize=4096)
def _pattern(words: str) -> re.Pattern[str]:
    # A tag may cut a word in two, and part two words without any space; letters may be spaced out, all of them.
    letters = []
    for word in words.split():
        glued = "\x00*".join(re.escape(letter) for letter in word)
        spaced = "[ \x00]+".join(re.escape(letter) for letter in word)
        letters.append(f"(?:{glued}|{spaced})" if len(word) > 3 else glued)
    # In some scripts no space parts the words.
    before, after = (edge.isascii() for edge in (words[0], words[-1]))
    return re.compile((r"(?<![^\W_])" if before else "") + _GAP.join(letters) + (r"(?![^\W_])" if after else ""))


def _phone(number: str, what: What) -> Iterator[Needle]:
    digits = re.sub(r"\D", "", number)
    code = next((c for c in ("33", "262", "590", "594", "596") if digits.startswith(c)), "")
    national = digits.removeprefix(code)
    prefix = f"(?:(?:0{_GAP}0{_GAP})?{_GAP.join(code)}{_GAP})?(?:0{_GAP})?" if code else f"(?:0{_GAP}0{_GAP})?"
    yield Needle(what, re.compile(rf"(?<![0-9]){prefix}{_GAP.join(national)}(?![0-9])"), national)


word_needles, phone_needles = _words, _phone
"""The patterns of some words, and of a phone in E.164, however they are written."""


_NOBODY = frozenset(
    fold("anonyme patient patiente client cliente utilisateur utilisatrice internaute vérifié vérifiée un une").split()
)
"""Words a site puts where a reviewer’s name would be."""
