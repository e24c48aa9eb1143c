"""How lines of words say that somebody is reached and booked: telephone numbers, mail, booking; and their opinions.

A fax, a SIRET, a price and an offer to book somebody else are none of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from listingguard.domain.listing import Page, Trait
from listingguard.domain.names import fold
from listingguard.domain.places import phones_in, relay_number
from listingguard.pages.lines import Line
from listingguard.pages.url import absolute, host_of, path_of
from listingguard.pages.values import count_of

_DIGIT = re.compile(r"\d")
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


def numbers_in(lines: Sequence[Line]) -> list[str]:
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


def mail_in(lines: Sequence[Line]) -> str:
    """Return the first mail address of the lines that is somebody's own; empty without one."""
    for line in lines:
        linked = [unquote(link[7:]).partition("?")[0] for link in line.links if link[:7].lower() == "mailto:"]
        for text in (*linked, *(_MAIL.findall(line.text) if "@" in line.text else ())):
            if _MAIL.fullmatch(text) and not _NOBODYS_MAIL.search(text.lower()):
                return str(text)
    return ""


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


def booking_in(lines: Sequence[Line], page: Page) -> dict[str, Any]:
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


def figures_in(lines: Sequence[Line], page: Page) -> dict[str, Any]:
    """Return what lines that are about one listing say of booking, of its mean rating, and of how many gave one."""
    short = [line.text for line in lines if len(line.text) < 60]
    rating = next((float(found[1].replace(",", ".")) for text in short if (found := _OUT_OF_FIVE.search(text))), None)
    count = next((count_of(found[1]) for text in short if (found := _OPINIONS.search(text))), None)
    traits = {Trait.REVIEWS} if count or (rating and count is None) else set()
    return {**booking_in(lines, page), "rating": rating or None, "review_count": count, "traits": traits}
