"""The addresses that lines of words hold: « 3 rue Haute, 26000 Valence », on one line or on two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from listingguard.domain.listing import Place
from listingguard.domain.names import fold
from listingguard.pages.lines import MAIN, Block, Laid, Line
from listingguard.pages.named import LABEL, NOT_NAMES
from listingguard.pages.values import words

_DIGIT = re.compile(r"\d")
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


def has_postcode(text: str) -> bool:
    """Return True when a text holds a postcode with a town behind it."""
    return bool(_DIGIT.search(text) and _CODE_TOWN.search(text))


def places_between(laid: Laid, start: int, end: int, zones: frozenset[str]) -> list[tuple[int, Place]]:
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
    return [place for _, place in places_between(laid, 0, len(laid.lines), frozenset((MAIN,)))]


def _place_at(match: re.Match[str], text: str, laid: Laid, at: int, start: int) -> Place | None:
    before = text[: match.start()]
    street = street_in(before)
    behind_town = match.re is _TOWN_CODE
    if not street and not LABEL.sub("", before.strip()).strip(" ,–-:|•"):
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
    if not town or (not street and fold(town) in NOT_NAMES):
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
    text = LABEL.sub("", text).strip(" ,;:–—-|•")
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
