"""How French is written on paper and on screen: spaces, dates, numbers, agreement. Knows no letter and no law."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from listingguard.domain.practitioner import Civility

NBSP = "\u00a0"
NARROW = "\u202f"
PARIS = ZoneInfo("Europe/Paris")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)

# Spaces within a line; a line break is never eaten.
_GAP = "[ \t\u00a0\u202f]"

# One pass, first alternative wins, so that what `keep` takes is out of reach of every rule. Each rule replaces the
# spaces it finds, whatever their kind: that is what makes a second pass, or a pass in the other mode, harmless.
_RULES = re.compile(
    rf"""
      (?P<keep>(?:https?://|www\.)[^\s«»]+ | [^\s«»@,;]{{1,64}}@[\w.-]+)
    | (?P<open>«{_GAP}*)
    | (?P<close>{_GAP}*»)
    # Only where a space or a closing sign follows: `14:05`, `host:id`, `page?id=3` stay as they are.
    | (?<=[^\s«(\[:;!?]){_GAP}*(?P<colon>:)(?=[\s»)\]]|$)
    | (?<=[^\s«(\[:;!?]){_GAP}*(?P<high>[;!?])(?=[\s»)\]"!?]|$)
    | (?<=[^\W\d_])(?P<apostrophe>')(?=[^\W\d_]|«)
    | (?P<number>\b[nN]°){_GAP}*(?=\w)
    | (?P<article>\b(?:[Aa]rt\.|[Aa]rts|[Aa]rticles?|[Pp]aragraphes?|[Aa]linéas?|[Pp]oints?|p\.|§)){_GAP}+
      (?=[LRD]?\.?{_GAP}?\d|[a-z]\))
    | (?P<code>\b[LRD]\.){_GAP}*(?=\d{{4}}-\d)
    | (?P<day>\b\d{{1,2}}(?:er)?){_GAP}+(?=(?:{"|".join(MONTHS)})\b)
    | (?P<hour>\b\d{{1,2}}){_GAP}+h{_GAP}+(?=\d\d\b)
    | (?P<title>\b(?:M\.|MM\.|Mme|Mmes|Madame|Monsieur)){_GAP}+(?=[A-ZÀ-Ý])
    """,
    re.VERBOSE,
)


# The same labels and rows stand in several documents of a dossier, on every sheet of it.
@lru_cache(maxsize=2048)
def typography(text: str, *, narrow: bool) -> str:
    """Return the text with French spaces and apostrophes; nothing else changes.

    narrow: True for PDF (U+202F before ; ! ?), False for terminal, e-mail and web forms (U+00A0 everywhere,
    because many fonts there lack U+202F). A colon and the inside of « » always take U+00A0. Numbers stay with
    their word: « n° 3 », « article 12 », « R. 4321-74 », « 12 mars », « 14 h 05 », « Mme Exemple ». URLs,
    e-mail addresses, times written 14:05 and hashes are left alone. Running it twice changes nothing.

    >>> typography("Objet: l'effacement ; art. 17", narrow=False).replace(NBSP, "~")
    'Objet~: l’effacement~; art.~17'
    """
    high = NARROW if narrow else NBSP

    def replace(found: re.Match[str]) -> str:
        match found.lastgroup:
            case "open":
                return f"«{NBSP}"
            case "close":
                return f"{NBSP}»"
            case "colon":
                return f"{NBSP}:"
            case "high":
                return high + found["high"]
            case "apostrophe":
                return "’"
            case "hour":
                return f"{found['hour']}{NBSP}h{NBSP}"
            case "number" | "article" | "code" | "day" | "title" as name:
                return found[name] + NBSP
        return found[0]

    return _RULES.sub(replace, text)


def french_day(day: date) -> str:
    """Return « 12 mars 2026 », « 1er mars 2027 ».

    >>> french_day(date(2027, 3, 1))
    '1er mars 2027'
    """
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def french_at(at: datetime) -> str:
    """Return « 12 mars 2026 à 14 h 05 (heure de Paris) » for an aware moment; a naive one raises ValueError."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be told in Paris time")
    local = at.astimezone(PARIS)
    return f"{french_day(local)} à {local.hour} h {local.minute:02} (heure de Paris)"


def plural(count: int, singular: str, several: str = "") -> str:
    """Return « 0 fiche », « 1 fiche », « 12 345 fiches » (U+00A0 between thousands).

    several: the plural where it is more than the usual ending of a single word.
    """
    word = singular if abs(count) < 2 else several or _several(singular)
    return f"{count:,}".replace(",", NBSP) + f" {word}"


def _several(word: str) -> str:
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith(("eau", "eu")):
        return word + "x"
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + "s"


def listed(items: tuple[str, ...]) -> str:
    """Return « a », « a et b », « a, b et c »; an empty string for nothing."""
    return " et ".join(part for part in (", ".join(items[:-1]), items[-1] if items else "") if part)


def agreed(civility: Civility, masculine: str, feminine: str, neutral: str) -> str:
    """Return the form that agrees with the civility; `neutral`, a wording without gender, when it is unknown."""
    return {Civility.MONSIEUR: masculine, Civility.MADAME: feminine}.get(civility, neutral)


def inert(text: str) -> str:
    """Return the text as a spreadsheet shows it and never computes it: before what opens a formula, an apostrophe."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith(("\t", "\r")) else text
