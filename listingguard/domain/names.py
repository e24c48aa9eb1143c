"""French names and professions in comparable form; knows no roster and decides nothing. Addresses: `places`.

Two texts that mean the same give the same form: case, accents, hyphens, apostrophes, abbreviations and
titles do not count. What a form keeps out (civilities, « MKDE », « Cabinet de kinésithérapie ») is listed here
and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

# --- letters ---------------------------------------------------------------------------------------------------

# Letters that NFKD leaves whole.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_MARKS = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_WORDS = b"abcdefghijklmnopqrstuvwxyz0123456789"
_SPACES = re.compile(b"  +")
# A text of more kinds of letters is no French, and would take long letter by letter.
_MOST_KINDS = 100


def _plain(text: str) -> str:
    """Return the text in lower case without accents; punctuation stays."""
    if text.isascii():
        return text.lower()
    # Casefold before and after: some capitals decompose, some decompositions have capitals.
    folded = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()).casefold())
    return folded if folded.isascii() else folded.translate(_LETTERS)


@lru_cache(maxsize=4096)
def _ascii_of(letter: str) -> str:
    return _plain(letter).encode("ascii", "replace").decode()


# The letters of latin-1 whose comparable form has two characters or more.
_LONG = re.compile("[¼½¾ÆÞßæþ]")
_LONG_BYTES = tuple(letter.encode("latin-1") for letter in "¼½¾ÆÞßæþ")
_LONG_SET = frozenset(b"".join(_LONG_BYTES))
_A_PAGE = 500
"""Bytes from which on each of them is better looked for in the whole text than each byte in the set."""
# Each byte of latin-1 as a lower-case letter without accent, a digit or a space.
_COMPARABLE = bytes(
    ord(plain) if len(plain) == 1 and plain.encode() in _WORDS else 32
    for plain in (_ascii_of(chr(c)).lower() for c in range(256))
)


def _latin(text: str) -> bytes:
    """Return the text in latin-1 without the letters of `_LONG`: what has no ASCII and is not in latin-1 is `?`."""
    # A whole page has many signs outside latin-1 and few kinds of them: each kind is replaced at once.
    for _ in range(_MOST_KINDS):
        try:
            raw = text.encode("latin-1")
        except UnicodeEncodeError as error:
            letter = text[error.start]
            text = text.replace(letter, _ascii_of(letter))
        else:
            # Byte by byte in the whole text: many times faster than one search for any of them.
            long = any(byte in raw for byte in _LONG_BYTES) if len(raw) > _A_PAGE else not _LONG_SET.isdisjoint(raw)
            if long:
                return _LONG.sub(lambda found: _ascii_of(found[0]), text).encode("latin-1")
            return raw
    return _ascii_of.__wrapped__(text).encode()


def fold(text: str) -> str:
    """Return the words of a text, lower case, without accents or punctuation, one space between.

    >>> fold("Masseur-Kinésithérapeute D.E. à  SAINT-CŒUR")
    'masseur kinesitherapeute d e a saint coeur'
    """
    words = (text.encode() if text.isascii() else _latin(text)).translate(_COMPARABLE)
    return (_SPACES.sub(b" ", words) if b"  " in words else words).strip().decode()


# --- names of people -------------------------------------------------------------------------------------------


class Token(NamedTuple):
    """One word of a name. text: comparable; shown: as written; glue: `-`, `'` or nothing before the next word.

    own: it may be a name; a particle or a word for a practice may not.
    """

    text: str
    shown: str
    glue: str = ""
    own: bool = True


class ShownName(NamedTuple):
    """The words of a displayed name that may name people, one tuple per person; empty: it names nobody.

    organisation: the text speaks of a practice, a centre, a company. beside: the titles, trades and company words
    that were left out, in comparable form. through: words by which a name tells whose page it is not (« remplaçant
    de », « secrétariat de », « rue »): somebody else's, or no person's.
    """

    people: tuple[tuple[Token, ...], ...]
    organisation: bool = False
    beside: str = ""
    through: frozenset[str] = frozenset()


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, each once: how the lists of words are written here."""
    return frozenset(text.split())


PARTICLES = word_set("de du des la le les el al ben bel bou ait van von der den di da dos del della")
"""Words in front of a family name that sites drop, glue or keep as they please (d’ and l’ too, by their apostrophe)."""

_TITLES = word_set(
    "mr mme mmes mlle mlles monsieur madame mademoiselle dr docteur pr professeur me ne nee epouse ep veuve mk mkde "
    "mkdo mks dipl diplome diplomee etat liberal liberale conventionne conventionnee secteur rdv rendez domicile"
)
_TRADE_WORDS = word_set(
    "masseur masseuse masseurs masseuses kine kines kinesitherapeute kinesitherapeutes masso massokinesitherapeute "
    "masseurkinesitherapeute physiotherapeute physiotherapeutes osteopathe osteopathes osteo reeducateur reeducatrice "
    "sportif sportive perineale perinee respiratoire pediatrique vestibulaire posturologue fasciatherapeute therapeute "
    "praticien praticienne generaliste medecin medecins infirmier infirmiere infirmiers infirmieres dentiste "
    "chirurgien podologue pedicure orthophoniste psychologue dieteticien dieteticienne ergotherapeute naturopathe "
    "sophrologue chiropracteur kinesiologue"
)
_COMPANY_WORDS = word_set(
    "cabinet cabinets selarl selas selarlu selasu scm scp sarl sas sasu eurl sisa msp pluridisciplinaire "
    "pluriprofessionnelle paramedical paramedicale medical medicale associes associees associe groupe equipe "
    "kinesitherapie massokinesitherapie physiotherapie osteopathie reeducation"
)
_RELATIONS = word_set(
    "remplacant remplacante remplacants remplacantes remplace remplacement collaborateur collaboratrice collaborateurs "
    "collaboratrices collaboration successeur successeurs succede succession predecesseur secretariat secretaire "
    "secretaires assistant assistante assistants assistantes assistanat stagiaire interim repris reprise associe "
    "associee chez"
)
"""Words that tie a name to somebody else's."""
_NOT_OF_A_PERSON = word_set(
    "association amicale college ecole lycee universite fondation hopital ehpad pharmacie rue avenue boulevard quai "
    "ancien ancienne ex"
)
"""Words in front of a name that is a place's, a school's, or was once somebody's."""
_THROUGH = _RELATIONS | _NOT_OF_A_PERSON
_NO_WORDS: frozenset[str] = frozenset()
_NOISE = _TITLES | _TRADE_WORDS | _COMPANY_WORDS | {"fils", "chez"}
SOFT_WORDS = word_set("maison centre pole espace institut clinique sante sport main dos")
"""Words that speak of a practice but are family names too: they stay readable as names."""
_TIES = word_set("d de du des la les en")
_PLACE_WORDS = word_set("maison centre pole espace institut clinique")

# A word with what ties it to the next, or a sign that parts two names.
_NAME_WORD = re.compile(r"([^\W\d_]+)\.?(?:([-‐‑'’ʼ`´])(?=[^\W\d_]))?|([,&/+;])")
# Letters of French and its neighbours, as one sign each.
_UNUSUAL = re.compile("[^\u0000-\u024f\u2018\u2019]")
_DIPLOMA = re.compile(r"\bm\.?k\.?d\.?[eo]\b\.?|\bd\.\s?[eo]\b\.?", re.IGNORECASE)


_SAINTS = {"st": "saint", "ste": "sainte"}


def _letters(word: str) -> str:
    text = _plain(word)
    if not (text.isascii() and text.isalpha()):
        text = _NOT_WORD.sub("", text)
    return _SAINTS.get(text, text)


@lru_cache(maxsize=65536)
def _token(word: str, glue: str) -> Token:
    text, tie = _letters(word), "" if not glue else "-" if glue in "-‐‑" else "'"
    particle = text in PARTICLES or (tie == "'" and text in {"d", "l"})
    return Token(text, word, tie, not particle and text not in SOFT_WORDS)


def is_particle(token: Token) -> bool:
    """Return True for a word that sites drop or keep as they please (« de », « d’ », « Le »)."""
    return token.text in PARTICLES or (token.glue == "'" and token.text in {"d", "l"})


@lru_cache(maxsize=65536)
def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of the name of one person, without titles, trades and company words.

    >>> [t.text for t in tokens("M. Jean-Pierre d’Alembert, kiné")]
    ['jean', 'pierre', 'd', 'alembert']
    """
    return tuple([word for pieces in _split(text, [], ()) for piece in pieces for word in piece])


def _split(text: str, beside: list[str], parting: Container[str]) -> list[list[list[Token]]]:
    """Return the words of a text: what « et » and the parting signs part, then what commas part, then words.

    Words that are no name are added to `beside`.
    """
    if not text.isascii() and _UNUSUAL.search(text):
        text = _MARKS.sub("", unicodedata.normalize("NFKC", text))
    kept: list[Token] = []
    pieces = [kept]
    people = [pieces]
    for word, glue, sign in _NAME_WORD.findall(text):
        if sign:
            if sign == "," and parting:
                kept = []
                pieces.append(kept)
            elif sign in parting:
                kept = []
                pieces = [kept]
                people.append(pieces)
            continue
        token = _token(word, glue)
        comparable = token.text
        if comparable in _NOISE:
            beside.append(comparable)
            # « diplômée d’État », « cabinet de kinésithérapie »: what ties the words goes with them.
            while kept and kept[-1].text in _TIES:
                kept.pop()
        elif comparable == "et" and parting and not glue:
            kept = []
            pieces = [kept]
            people.append(pieces)
        elif comparable:
            kept.append(token)
    for pieces in people:
        for kept in pieces:
            # « M. Paul Durand »: a civility. « M. C. Durand » and « M.-C. Durand » are initials.
            # « M. M.-H. Durand »: behind a civility, the initials are hyphened.
            if (
                len(kept) > 1
                and kept[0].text == "m"
                and not kept[0].glue
                and (len(kept[1].text) > 1 or (kept[1].glue == "-" and len(kept) > 2))
            ):
                del kept[0]
                beside.append("m")
    return people


def shown_name(text: str) -> ShownName:
    """Return the people a displayed name may denote.

    >>> [t.text for t in shown_name("Mme Claire MARTIN-DUPONT, Masseur-kinésithérapeute D.E.").people[0]]
    ['claire', 'martin', 'dupont']
    >>> shown_name("Cabinet de kinésithérapie").people
    ()
    """
    if "." in text:
        text = _DIPLOMA.sub(" ", text)
    beside: list[str] = []
    people: list[tuple[Token, ...]] = []
    place, through = False, _NO_WORDS
    parted = _split(text, beside, "&/+;")
    if len(parted) > 1:
        _share_family_name(parted)
    for pieces in parted:
        several = pieces
        if len(pieces) > 1:
            # « Claire Martin, kiné du sport »: what is left of the trade names nobody.
            several = [piece for piece in pieces if piece and not (len(piece) > 1 and _of_a_trade(piece))]
            # « MARTIN, Claire » is one person; « Claire Martin, Paul Durand » are two.
            if len(several) < 2 or not all(len(piece) > 1 for piece in several):
                several = [[word for piece in several for word in piece]]
        for piece in several:
            own = False
            for word in piece:
                if word.own:
                    own = True
                elif word.text in SOFT_WORDS:
                    own = True
                    place = place or word.text in _PLACE_WORDS
            if own:
                people.append(tuple(piece))
                if not _THROUGH.isdisjoint([word.text for word in piece]):
                    through |= _THROUGH.intersection([word.text for word in piece])
    organisation = place or (bool(beside) and not _COMPANY_WORDS.isdisjoint(beside))
    if beside and not _THROUGH.isdisjoint(beside):
        through |= _THROUGH.intersection(beside)
    return ShownName(tuple(people), organisation, " ".join(beside) if beside else "", through)


def _of_a_trade(piece: list[Token]) -> bool:
    return not any(word.own or word.text in _PLACE_WORDS for word in piece)


def _share_family_name(parted: list[list[list[Token]]]) -> None:
    """Add to « Éloïse » of « Éloïse et Marc Quétigny » the family name behind « Marc »."""
    for one, other in pairwise(parted):
        if len(one) == len(other) == 1 and len(one[0]) == 1 and one[0][0].own:
            words, start = other[0], 1
            while start < len(words) and words[start - 1].glue == "-":
                start += 1
            one[0].extend(words[start:])


def joined(words: Sequence[Token]) -> str:
    """Return the words glued together: « Le Gall » and « LEGALL » give the same."""
    return words[0].text if len(words) == 1 else "".join([w.text for w in words])


class Form(NamedTuple):
    """One way to write a family name. whole: nothing but particles is missing from it."""

    text: str
    whole: bool


def family_forms(*names: str) -> tuple[Form, ...]:
    """Return every way a site may write these family names of one person (usage name, birth name), best first.

    Whole: each name with and without its particles, two names together in either order. Not whole: one part
    of a double name, of three letters or more.

    >>> [(f.text, f.whole) for f in family_forms("de la Fontaine")]
    [('delafontaine', True), ('fontaine', True)]
    >>> [f.text for f in family_forms("Martin-Dupont")]
    ['martindupont', 'dupontmartin', 'martin', 'dupont']
    """
    whole: list[str] = []
    parts: list[str] = []
    bare_names = []
    for name in names:
        found = tokens(name) or tuple(Token(w, w) for w in fold(name).split())
        bare = [t for t in found if not is_particle(t)] or list(found)
        whole += [joined(found), joined(bare)]
        bare_names.append(joined(bare))
        # « Saint » never stands alone: « Saint-Martin » has no parts.
        if len(bare) > 1 and bare[0].text not in {"saint", "sainte"}:
            parts += [t.text for t in bare if len(t.text) > 2]
            if len(bare) == 2:
                whole.append(bare[1].text + bare[0].text)
    if len(set(bare_names)) == 2:
        first, second = bare_names[:2]
        whole += [first + second, second + first]
    unique = dict.fromkeys(w for w in whole if w)
    return (*(Form(w, True) for w in unique), *(Form(p, False) for p in dict.fromkeys(parts) if p not in unique))


@lru_cache(maxsize=65536)
def spelling(first_name: str) -> str:
    """Return a key shared by spellings of one first name, never by two names (Daniel/Danielle, André/Andrée).

    Takes a folded name without spaces. Doubled consonants count once; th, ph, ck, y, final h as they sound.

    >>> spelling("matthieu") == spelling("mathieu"), spelling("andre") == spelling("andree")
    (True, False)
    """
    text = first_name.replace("ph", "f").replace("th", "t").replace("ck", "c").replace("y", "i")
    return _DOUBLED.sub(r"\1", text.removesuffix("h"))


_DOUBLED = re.compile(r"([b-df-hj-np-tv-xz])\1+")

_SHORT = {
    "anto": "antoine anthony",
    "alex": "alexandre alexandra alexis alexia",
    "aurel": "aurelien aurelie aurelia",
    "babeth": "elisabeth",
    "babette": "elisabeth",
    "bapt": "baptiste jeanbaptiste",
    "bea": "beatrice",
    "ben": "benjamin benoit",
    "benji": "benjamin",
    "caro": "caroline",
    "cath": "catherine",
    "cathy": "catherine",
    "ced": "cedric",
    "charlie": "charles charlotte",
    "charly": "charles",
    "chris": "christophe christian christine christelle",
    "clem": "clement clemence clementine",
    "dan": "daniel danielle",
    "dom": "dominique",
    "domi": "dominique",
    "elo": "elodie",
    "fab": "fabrice fabien fabienne",
    "flo": "florian florence florent",
    "fred": "frederic frederique",
    "gaby": "gabriel gabrielle",
    "greg": "gregory gregoire",
    "gwen": "gwenaelle gwenael gwendoline",
    "isa": "isabelle",
    "jeff": "jeanfrancois",
    "jerem": "jeremy jeremie",
    "laeti": "laetitia",
    "ludo": "ludovic",
    "mag": "magali magalie",
    "manu": "emmanuel emmanuelle",
    "mat": "mathieu matthieu",
    "math": "mathieu mathilde",
    "matt": "matthieu",
    "max": "maxime maxence maximilien",
    "mel": "melanie melissa melodie",
    "mick": "mickael michael",
    "micka": "mickael michael",
    "mika": "mickael michael",
    "nath": "nathalie",
    "nat": "nathalie",
    "nico": "nicolas",
    "oliv": "olivier olivia",
    "pat": "patrick patricia patrice",
    "phil": "philippe",
    "raph": "raphael raphaelle",
    "sam": "samuel samantha samia",
    "seb": "sebastien",
    "stef": "stephane stephanie",
    "steph": "stephane stephanie",
    "theo": "theophile theodore",
    "thib": "thibault thibaut",
    "tim": "timothee",
    "tom": "thomas",
    "tonio": "antonio antoine",
    "tony": "anthony antoine",
    "val": "valerie valentin valentine",
    "vero": "veronique",
    "virg": "virginie",
    "vic": "victor victoire victoria",
    "will": "william guillaume",
    "xav": "xavier",
}
SHORT_FIRST_NAMES = {short: word_set(full) for short, full in _SHORT.items()}
"""Short first names in everyday use, with the first names they stand for."""
SAME_FIRST_NAME_INITIALS = {
    name: frozenset(short[0] for short, fulls in SHORT_FIRST_NAMES.items() if name in fulls)
    | frozenset(full[0] for full in SHORT_FIRST_NAMES.get(name, ()))
    for name in (*SHORT_FIRST_NAMES, *(full for fulls in SHORT_FIRST_NAMES.values() for full in fulls))
}
"""The letters with which the other forms of a first name begin (Emmanuel: `m`, for Manu)."""


# --- professions -----------------------------------------------------------------------------------------------


class Trade(StrEnum):
    """What a displayed profession says of the person."""

    PHYSIOTHERAPIST = "physiotherapist"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {"physiotherapist": "kinésithérapeute", "other": "autre profession", "unknown": "non précisée"}[
            self.value
        ]


_PHYSIO = re.compile(r"kine(?!siolog)|physioth|physical ?therap|\bmk(de)?\b|\bm k d e\b|massotherap")
_OTHER_TRADES = re.compile(
    r"\b(osteo|medecin|docteur en medecine|generaliste|infirmi|\bide\b|dentiste|chirurgien|pedicure|podolog|"
    r"orthophon|orthopt|psycholog|psychiatr|psychomotric|psychotherap|psychanal|sage femme|maieutic|pharmac|dietetic|"
    r"nutrition|ergotherap|chiroprac|naturopath|sophrolog|hypnotherap|hypnose|acupunct|reflexolog|etiopath|homeopath|"
    r"cardiolog|dermatolog|gynecolog|ophtalmolog|pediatre|radiolog|rhumatolog|neurolog|urolog|gastro|pneumolog|"
    r"endocrinolog|anesthes|allergolog|angiolog|phlebolog|orl\b|stomatolog|oncolog|gerontolog|geriatre|veterinaire|"
    r"opticien|audioproth|orthoprothes|aide soignant|ambulanc|coach|estheticien|masseur bien etre|magnetiseur|kinesiolog|"
    r"avocat|notaire|huissier|architecte|comptable|expert comptable|plombier|electricien|macon\b|menuisier|charpentier|"
    r"couvreur|serrurier|chauffagiste|garagiste|boulang|coiffeu|restaurat|agent immobilier|professeur de yoga)"
)
# Words of health and of sites' own categories, French and English: they name no other profession.
_SAYS_NOTHING = re.compile(
    r"\b(sante|soin|soins|soignant|medical|medicale|medicaux|paramedic|therap|reeduc|readapt|rehab|sport|massage|balneo|"
    r"drainage|postur|perine|rachis|dos\b|respiratoire|pediatri|liberal|conventionne|praticien|professionnel|specialis|"
    r"auxiliaire|cabinet|centre|clinique|health|care\b|wellness|clinic|physical|professional|practitioner|provider|doctor|"
    r"specialist|other|unknown|none|autre|divers|inconnu|non\b|profession|categorie|service|rendez vous|rdv|mk|"
    r"domicile|msp\b|de\b$)"
)
_YET_ANOTHER = re.compile(r"\b(bien etre|professeur|prof\b|enseignant|formateur|vendeur|agent|conseil|droit|juridi)")


@lru_cache(maxsize=4096)
def trade(text: str) -> Trade:
    """Return whether a displayed profession is ours, clearly another, or says nothing.

    A profession that names physiotherapy beside another one is ours: many are osteopaths as well.

    >>> trade("Kiné du sport").value, trade("Ostéopathe").value, trade("Rééducation").value
    ('physiotherapist', 'other', 'unknown')
    """
    words = fold(text)
    if _PHYSIO.search(words):
        return Trade.PHYSIOTHERAPIST
    return Trade.OTHER if _OTHER_TRADES.search(words) else Trade.UNKNOWN


def osteopathy(text: str) -> bool:
    """Return True when a text names osteopathy, and no other profession.

    >>> osteopathy("Ostéopathe D.O."), osteopathy("Ostéopathe, sage-femme"), osteopathy("Kinésithérapeute")
    (True, False, False)
    """
    words = fold(text).split()
    others = [w for w in words if not w.startswith("osteo")]
    return len(others) < len(words) and trade(" ".join(others)) is Trade.UNKNOWN


@lru_cache(maxsize=4096)
def unusual_trade(text: str) -> bool:
    """Return True for a displayed profession that is neither ours nor a word of health: a person must look at it.

    >>> [unusual_trade(t) for t in ("Fleuriste", "Praticien bien-être", "Professionnel de santé", "Rééducation", "")]
    [True, True, False, False, False]
    """
    words = fold(text)
    if not any(len(word) > 2 and word.isalpha() for word in words.split()) or trade(text) is not Trade.UNKNOWN:
        return False
    return _YET_ANOTHER.search(words) is not None or _SAYS_NOTHING.search(words) is None
