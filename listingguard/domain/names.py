"""French names, addresses, professions and phone numbers in comparable form; knows no roster and decides nothing.

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
            if any(byte in raw for byte in _LONG_BYTES):
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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PARTICLES = _words("de du des la le les el al ben bel bou ait van von der den di da dos del della")
"""Words in front of a family name that sites drop, glue or keep as they please (d’ and l’ too, by their apostrophe)."""

_TITLES = _words(
    "mr mme mmes mlle mlles monsieur madame mademoiselle dr docteur pr professeur me ne nee epouse ep veuve mk mkde "
    "mkdo mks dipl diplome diplomee etat liberal liberale conventionne conventionnee secteur rdv rendez domicile"
)
_TRADE_WORDS = _words(
    "masseur masseuse masseurs masseuses kine kines kinesitherapeute kinesitherapeutes masso massokinesitherapeute "
    "masseurkinesitherapeute physiotherapeute physiotherapeutes osteopathe osteopathes osteo reeducateur reeducatrice "
    "sportif sportive perineale perinee respiratoire pediatrique vestibulaire posturologue fasciatherapeute therapeute "
    "praticien praticienne generaliste medecin medecins infirmier infirmiere infirmiers infirmieres dentiste "
    "chirurgien podologue pedicure orthophoniste psychologue dieteticien dieteticienne ergotherapeute naturopathe "
    "sophrologue chiropracteur kinesiologue"
)
_COMPANY_WORDS = _words(
    "cabinet cabinets selarl selas selarlu selasu scm scp sarl sas sasu eurl sisa msp pluridisciplinaire "
    "pluriprofessionnelle paramedical paramedicale medical medicale associes associees associe groupe equipe "
    "kinesitherapie massokinesitherapie physiotherapie osteopathie reeducation"
)
_RELATIONS = _words(
    "remplacant remplacante remplacants remplacantes remplace remplacement collaborateur collaboratrice collaborateurs "
    "collaboratrices collaboration successeur successeurs succede succession predecesseur secretariat secretaire "
    "secretaires assistant assistante assistants assistantes assistanat stagiaire interim repris reprise associe "
    "associee chez"
)
"""Words that tie a name to somebody else's."""
_NOT_OF_A_PERSON = _words(
    "association amicale college ecole lycee universite fondation hopital ehpad pharmacie rue avenue boulevard quai "
    "ancien ancienne ex"
)
"""Words in front of a name that is a place's, a school's, or was once somebody's."""
_THROUGH = _RELATIONS | _NOT_OF_A_PERSON
_NO_WORDS: frozenset[str] = frozenset()
_NOISE = _TITLES | _TRADE_WORDS | _COMPANY_WORDS | {"fils", "chez"}
SOFT_WORDS = _words("maison centre pole espace institut clinique sante sport main dos")
"""Words that speak of a practice but are family names too: they stay readable as names."""
_TIES = _words("d de du des la les en")
_PLACE_WORDS = _words("maison centre pole espace institut clinique")

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
    "alex": "alexandre alexandra alexis",
    "bea": "beatrice",
    "ben": "benjamin benoit",
    "benji": "benjamin",
    "caro": "caroline",
    "cath": "catherine",
    "cathy": "catherine",
    "ced": "cedric",
    "charly": "charles",
    "chris": "christophe christian christine christelle",
    "clem": "clement clemence",
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
    "mick": "mickael",
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
    "steph": "stephane stephanie",
    "theo": "theophile theodore",
    "thib": "thibault thibaut",
    "tim": "timothee",
    "tom": "thomas",
    "tony": "anthony antoine",
    "val": "valerie valentin valentine",
    "vero": "veronique",
    "virg": "virginie",
    "vic": "victor victoire victoria",
    "will": "william",
}
SHORT_FIRST_NAMES = {short: _words(full) for short, full in _SHORT.items()}
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


# --- places ----------------------------------------------------------------------------------------------------


class Address(NamedTuple):
    """One address in comparable form; empty where the text does not say.

    number: as `12` or `12bis`. way: the type of way in full (`avenue`). name: the words of its name without
    articles. postcode: five digits. town: see `town_key`.
    """

    number: str = ""
    way: str = ""
    name: tuple[str, ...] = ()
    postcode: str = ""
    town: str = ""


_WAYS = {
    "avenue": "av ave aven avn",
    "boulevard": "bd bld blvd boul bvd",
    "rue": "r",
    "route": "rte",
    "chemin": "ch che chem chm",
    "place": "pl plc",
    "allee": "all allees",
    "impasse": "imp",
    "square": "sq",
    "cours": "crs",
    "quai": "qu",
    "faubourg": "fbg fg fb",
    "passage": "pass psg",
    "traverse": "trav tra",
    "esplanade": "esp",
    "promenade": "prom",
    "montee": "mte",
    "residence": "res resid",
    "lotissement": "lot",
    "hameau": "ham",
    "zone": "za zi zac zae",
    "villa": "",
    "voie": "",
    "sentier": "sente",
    "cite": "",
    "rond-point": "rpt",
    "quartier": "quart qua",
    "parc": "",
    "venelle": "",
    "ruelle": "",
    "chaussee": "chs",
    "mail": "",
}
_WAY_OF = {short: way for way, shorts in _WAYS.items() for short in (way, *shorts.split())}
# These also stand beside a real way (« Résidence les Lilas, 12 rue Haute »): the numbered way wins.
_SHORTENED = {
    "st": "saint",
    "ste": "sainte",
    "gal": "general",
    "gen": "general",
    "mal": "marechal",
    "pdt": "president",
    "pres": "president",
    "dr": "docteur",
    "cdt": "commandant",
    "col": "colonel",
    "cap": "capitaine",
    "lt": "lieutenant",
    "prof": "professeur",
    "pr": "professeur",
    "fg": "faubourg",
    "s": "sur",
    "gd": "grand",
    "gde": "grande",
}
_SMALL = _words("de du des la le les l d et a au aux en")
_BUILDING = _words(
    "bat batiment bt immeuble imm res residence etage etg porte apt appt appartement esc escalier rdc entree hall bp cs"
)
_FLOOR = re.compile(r"\d{1,2}(?:er|e|eme|ere)$")
_NUMBER = re.compile(r"(\d{1,4})([a-z]|bis|ter|quater)?$")
_SUFFIX = {"bis": "bis", "b": "bis", "ter": "ter", "t": "ter", "quater": "quater", "a": "a", "c": "c", "d": "d"}
_HAMLET = _words("lieu dit lieudit ld")
_LOST_BEFORE = _words("bp cs tsa cedex")
_DISTRICTED = {"paris": "75", "lyon": "69", "marseille": "13"}
_DISTRICT = re.compile(
    r"\b(paris|lyon|marseille) (?:cedex )?(\d{1,2}) ?(?:e|er|eme|ere|em)?\b(?: arrondissement| arrt?)?"
)


@lru_cache(maxsize=65536)
def town_key(town: str) -> str:
    """Return a town's name in comparable form, without CEDEX, arrondissement or leading article.

    >>> town_key("ST-ÉTIENNE CEDEX 2"), town_key("Lyon 3e arrondissement"), town_key("Le Puy-en-Velay")
    ('saint etienne', 'lyon', 'puy velay')
    """
    words = _DISTRICT.sub(r"\1", fold(town)).split()
    if "cedex" in words:
        words = words[: words.index("cedex")]
    kept = [_SHORTENED.get(w, w) for w in words if not w.isdigit() and w != "france"]
    return " ".join([w for w in kept if w not in _SMALL] or kept)


@lru_cache(maxsize=65536)
def _district_postcode(town: str) -> str:
    """Return the postcode an arrondissement gives (« Lyon 3e » is 69003), or an empty string."""
    found = _DISTRICT.search(fold(town))
    if found is None:
        return ""
    postcode = f"{_DISTRICTED[found[1]]}0{int(found[2]):02d}"
    return postcode if 1 <= int(found[2]) <= {"paris": 20, "lyon": 9, "marseille": 16}[found[1]] else ""


@lru_cache(maxsize=65536)
def _five_digits(postcode: str) -> str:
    digits = re.sub(r"\D", "", postcode)
    # Paris 16e has two postcodes for one arrondissement.
    return "75016" if digits == "75116" else digits if len(digits) == 5 else ""


def department(postcode: str) -> str:
    """Return the department a postcode belongs to: `26`, `20` for Corsica, `974`; empty when unknown.

    >>> department("26000"), department("97400"), department("")
    ('26', '974', '')
    """
    return postcode[:3] if postcode[:2] in {"97", "98"} else postcode[:2]


# What most sites show: a number, then words and no other digit (a postcode in the text, a building, « 12-14 »).
_PLAIN_STREET = re.compile(r"\s*(\d{1,4})(?:\s*(bis|ter|quater))?\s*,?\s+(?![^\W\d]\s)([^\d,;:/()]+)$", re.IGNORECASE)


def address(street: str, postcode: str = "", town: str = "") -> Address:
    """Return an address in comparable form, from its fields or from free text that holds postcode and town.

    A postcode or town given apart wins over what the text says.

    >>> address("12 bis, av. du Gal de Gaulle - 26000 VALENCE CEDEX 9")
    Address(number='12bis', way='avenue', name=('general', 'gaulle'), postcode='26000', town='valence')
    >>> address("3 rue Haute", town="Lyon 3e").postcode
    '69003'
    """
    if town and not street:
        return Address("", "", (), _five_digits(postcode) or _district_postcode(town), town_key(town))
    plain = _PLAIN_STREET.match(street) if town else None
    if plain is None:
        return _any_address(street, postcode, town)
    number, suffix, words = plain.groups()
    place = town_key(town)
    way, name, seen = _way_and_name(words)
    if place.rpartition(" ")[2] in seen:
        # The town may stand behind the street.
        _, way, name, _, _ = _any_address(f"1 {words}", "", town)
    code = _five_digits(postcode) or _district_postcode(town)
    return Address(number.lstrip("0") + (suffix or "").lower(), way, name, code, place)


@lru_cache(maxsize=65536)
def _way_and_name(text: str) -> tuple[str, tuple[str, ...], list[str]]:
    """Return the way of « 12 rue Haute », its name, and all words but the number: streets come back, houses seldom."""
    words = fold(text).split()
    _, way, name = _street(["1", *words])
    return way, name, words


@lru_cache(maxsize=65536)
def _any_address(street: str, postcode: str, town: str) -> Address:
    words = fold(street).split()
    at = next((i for i in range(len(words) - 1, -1, -1) if len(words[i]) == 5 and _is_postcode(words, i)), None)
    shown_postcode, shown_town = "", ""
    if at is not None:
        shown_postcode, shown_town = words[at], " ".join(words[at + 1 :])
        words = words[:at] if at > 0 else []
    given = _five_digits(postcode)
    code = given or _five_digits(shown_postcode) or _district_postcode(town or shown_town)
    place = town_key(town or shown_town)
    if town and at is None and len(words) > 2 and place.rpartition(" ")[2] in words:
        words = _without_town(words, place)
    number, way, name = _street(words)
    return Address(number, way, name, code, place)


def _is_postcode(words: list[str], i: int) -> bool:
    word = words[i]
    return word.isdigit() and word[:2] != "00" and (i == 0 or words[i - 1] not in _LOST_BEFORE)


def _without_town(words: list[str], town: str) -> list[str]:
    """Return the street of « 12 rue Haute Valence » when the town is known to be Valence."""
    for start in range(max(1, len(words) - 6), len(words)):
        # « 12 rue de Valence » is a street of Valence as well.
        tied = words[start - 1] in _SMALL or words[start - 1] in _WAY_OF
        if not tied and town_key(" ".join(words[start:])) == town:
            return words[:start]
    return words


def _street(words: list[str]) -> tuple[str, str, tuple[str, ...]]:
    ways = [i for i, w in enumerate(words) if w in _WAY_OF and i + 1 < len(words)]
    numbered = [i for i in ways if i and (_NUMBER.match(words[i - 1]) or words[i - 1] in _SUFFIX)]
    # A lone « r », « ch » or « all » is a way only behind a number.
    start = numbered[0] if numbered else next((i for i in ways if len(words[i]) > 3), None)
    number = ""
    if start is not None:
        way, rest = _WAY_OF[words[start]], words[start + 1 :]
        first = start
        while first and (_NUMBER.match(words[first - 1]) or words[first - 1] in _SUFFIX):
            first -= 1
        number = _number(words[first:start])
    else:
        way, rest = "", words
        if words and _NUMBER.match(words[0]):
            length = 2 if len(words) > 2 and words[1] in {"bis", "ter", "quater"} else 1
            number, rest = _number(words[:length]), words[length:]
    name = []
    for i, word in enumerate(rest):
        if i and (word in _BUILDING or _FLOOR.match(word)):
            break
        if word not in _SMALL and not (word in _HAMLET and not number and not way):
            name.append(_SHORTENED.get(word, word))
    return number, way, tuple(name)


def _number(words: list[str]) -> str:
    """Return the first number of « 12 », « 12 bis », « 12b », « 12-14 »."""
    for i, word in enumerate(words):
        found = _NUMBER.match(word)
        if found:
            suffix = found[2] or (words[i + 1] if i + 1 < len(words) and words[i + 1] in _SUFFIX else "")
            return found[1].lstrip("0") + _SUFFIX.get(suffix, suffix)
    return ""


def same_street(one: Address, other: Address) -> bool | None:
    """Return whether number and way are the same; None when one of the two does not say.

    The type of way counts only where both show it; « Général de Gaulle » and « Charles de Gaulle » are the same. A
    hamlet (« lieu-dit ») has neither number nor way: the same name is the same place, another name says nothing.
    """
    if not (one.number and other.number and one.name and other.name):
        hamlets = not (one.number or other.number or one.way or other.way) and one.name and one.name[0] not in _WAY_OF
        return True if hamlets and one.name == other.name else None
    if one.number != other.number or (one.way and other.way and one.way != other.way):
        return False
    if one.name == other.name or "".join(one.name) == "".join(other.name):
        return True
    a, b = set(one.name), set(other.name)
    return one.name[-1] == other.name[-1] and (a <= b or b <= a or a - b <= _RANKS or b - a <= _RANKS)


_RANKS = _words("general marechal president docteur commandant colonel capitaine lieutenant professeur charles jean")


# --- phone numbers ---------------------------------------------------------------------------------------------

_FRENCH_PHONE = re.compile(
    r"(?:\+|00)330?([1-9]\d{8})|0([1-9]\d{8})|(?<!\d)33([1-9]\d{8})(?!\d)|(?<!\d)([1-9]\d{8})(?!\d)"
)
_SEPARATORS = re.compile(r"[\s.\-‐‑–—_/,;·:|()]+")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
# One French number and nothing else, as most sites write it.
_PLAIN_PHONE = re.compile(r"\s*(?:0|(?:\+|00)33[ .-]?(?:\(0\))?)[ .-]?([1-9](?:[ .-]?[0-9]){8})\s*")
_LETTERS_RUN = re.compile(r"[^\W\d_]+")
# Numbers written 0262… or 0590… belong to another country code than +33.
_OVERSEAS = {
    **dict.fromkeys(("262", "263", "269", "639", "692", "693"), "262"),
    **dict.fromkeys(("590", "690", "691"), "590"),
    **dict.fromkeys(("594", "694"), "594"),
    **dict.fromkeys(("596", "696", "697"), "596"),
}
# Kept free by Arcep for films, books and demonstrations.
_FICTION = "63998"


@lru_cache(maxsize=65536)
def phones_in(raw: str) -> tuple[str, ...]:
    """Return every phone number of a text in E.164, in order, without repetition.

    French national numbers are taken by their shape (nine digits behind the 0), because the numbering plan opens
    blocks faster than any library knows; others must be valid for `phonenumbers`.

    >>> phones_in("04 75 00 00 01 / 06.39.98.00.01")
    ('+33475000001', '+33639980001')
    """
    plain = _PLAIN_PHONE.fullmatch(raw)
    if plain is not None:
        national = plain[1].replace(" ", "").replace(".", "").replace("-", "")
        return () if national[1:] == national[1] * 8 else (_e164(national),)
    found: dict[str, None] = {}
    for part in _LETTERS_RUN.split(_TRUNK_ZERO.sub("", raw)):
        digits = _SEPARATORS.sub("", part)
        if len(digits) < 9:
            continue
        if digits.startswith(("+", "00")) and not digits.startswith(("+33", "0033")):
            foreign = _foreign(digits)
            found.update({foreign: None} if foreign else {})
            continue
        for groups in _FRENCH_PHONE.findall(digits):
            national = next(g for g in groups if g)
            if national[1:] != national[1] * 8:  # 06 00 00 00 00 stands for « no number »
                found[_e164(national)] = None
    return tuple(found)


def phone(raw: str) -> str | None:
    """Return the first phone number of a text in E.164, or None.

    >>> phone("+33 (0)4.75.00.00.01"), phone("0033475000001"), phone("3624")
    ('+33475000001', '+33475000001', None)
    """
    return next(iter(phones_in(raw)), None)


def _e164(national: str) -> str:
    country = "33" if national.startswith(_FICTION) else _OVERSEAS.get(national[:3], "33")
    return f"+{country}{national}"


def _foreign(digits: str) -> str | None:
    # Heavy, and not needed for a French number.
    import phonenumbers

    plus = "+" + digits.removeprefix("+").removeprefix("00")
    if len(plus) == 13 and _OVERSEAS.get(plus[4:7]) == plus[1:4]:
        return plus
    try:
        number = phonenumbers.parse(plus, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


MOBILES = (
    "+336", "+337", "+262639", "+262692", "+262693", "+590690", "+590691", "+594694", "+596696", "+596697",
)  # fmt: skip
"""How mobile numbers begin, overseas as well."""
# Departments of each zone of fixed lines, in the numbering plan of 1996; numbers moved since are few.
_ZONES = {
    "+331": "75 77 78 91 92 93 94 95",
    "+332": "14 18 22 27 28 29 35 36 37 41 44 45 49 50 53 56 61 72 76 85",
    "+333": "02 08 10 21 25 39 51 52 54 55 57 58 59 60 62 67 68 70 71 80 88 89 90",
    "+334": "01 03 04 05 06 07 11 13 15 20 26 30 34 38 42 43 48 63 66 69 73 74 83 84",
    "+335": "09 12 16 17 19 23 24 31 32 33 40 46 47 64 65 79 81 82 86 87",
    "+262": "974 976",
    "+590": "971 977 978",
    "+594": "973",
    "+596": "972",
}
ZONES = {begins: _words(departments) for begins, departments in _ZONES.items()}
"""The departments of a fixed line, by the beginning of its number."""


@lru_cache(maxsize=65536)
def area(number: str) -> str:
    """Return the first six signs of a fixed line in E.164, which neighbours share; empty for all other numbers.

    >>> area("+33475000001"), area("+33639980001"), area("+33899123456")
    ('+33475', '', '')
    """
    return number[:6] if number[:4] in ZONES and not number.startswith(MOBILES) else ""


_RELAY = re.compile(r"(?:(?:\+|00)?33|0)?(?:89\d{7}|118\d{3}|3\d{3})")
_PLAIN = re.compile(r"\+\d{10,15}")


def relay_number(raw: str) -> bool:
    """Return True for the numbers of services that connect callers: 08 9x, 118 xxx, 3xxx; they identify nobody.

    >>> relay_number("0 899 12 34 56"), relay_number("118 712"), relay_number("36 24"), relay_number("04 75 00 00 01")
    (True, True, True, False)
    """
    if _PLAIN.fullmatch(raw):
        return raw.startswith("+3389")
    digits = _SEPARATORS.sub("", _TRUNK_ZERO.sub("", raw))
    return _RELAY.fullmatch(digits) is not None or (len(digits) > 9 and (phone(raw) or "").startswith("+3389"))
