"""Whom and what a page shows beside its listing, known to nobody: names, phones, mailboxes, streets, as patterns to hide.

Knows texts, not pages. In doubt, more is hidden rather than less: the sealed original keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from listingguard.domain.incoming import speaks_for
from listingguard.domain.listing import Listing
from listingguard.domain.names import fold
from listingguard.domain.third_party import notice_lines, streets, tells_street
from listingguard.edge.needle import Needle, What, folded, phone_needles, word_needles
from listingguard.errors import BadInput

TRADES = (
    r"(?:praticien(?:ne)?s?|professionnel(?:le)?s?|kines?|kinesitherapeutes?|masseurs?|soignants?|specialistes?|"
    r"therapeutes?|confreres?|collegues?|osteopathes?|medecins?|infirmier(?:e)?s?|intervenants?)"
)
_ONE = r"(?:[A-ZÀ-ÖØ-Þ][\w’'-]*)"
_WHOLE = rf"{_ONE}(?:[ \u00a0-](?:(?:de|du|des|le|la|d’|d')[ \u00a0]?)?{_ONE}){{0,3}}"
_FULL = rf"{_ONE}(?:[ \u00a0-](?:(?:de|du|des|le|la|d’|d')[ \u00a0]?)?{_ONE}){{1,3}}"
_CIVIL = ("m", "mm", "mr", "mme", "mmes", "mlle", "monsieur", "messieurs", "madame", "mesdames", "mademoiselle")
_BEHIND_CIVILITY = re.compile(
    rf"(?<!\w)(?:MM?|(?i:mr|mmes?|mlle|monsieur|messieurs|madame|mesdames|mademoiselle))\.?[ \u00a0]+({_WHOLE})"
)
_TRADE = (
    r"(?i:masseur|kin[ée]|ost[ée]o|infirmi|m[ée]decin|p[ée]dicure|podologue|orthophoniste|sage[- ]femme|psychologue|"
    r"dentiste|secr[ée]taire)"
)
_TOLD_NAMES = (
    re.compile(
        rf"(?i:secr[ée]taires?|secr[ée]tariat|assistante?s?|collaborat(?:eur|rice)s?|rempla[çc]ante?s?|associ[ée]e?s?|"
        rf"coll[èe]gues?|confr[èe]res?|consœurs?|g[ée]rante?s?|accueil)(?i:[ \u00a0]m[ée]dicale?)?[ \u00a0]*:[ \u00a0]*({_FULL})"
    ),
    re.compile(rf"(?<!\w)({_FULL})[ \u00a0]*[,–—|(-]?[ \u00a0]*{_TRADE}"),
    # A card without a mark-up of its own, as an advert is: the name alone on its line, the trade under it.
    re.compile(rf"(?m)^({_FULL})\n(?={_TRADE})"),
    re.compile(rf"(?i:rendez-vous|rdv)(?i:[ \u00a0]en[ \u00a0]ligne)?[ \u00a0](?i:avec)[ \u00a0]({_FULL})"),
    re.compile(rf"(?m)^(?i:photo|portrait|profil)[ \u00a0]de[ \u00a0]({_FULL})"),
)
_NUMBER_GAP = r"[ \u00a0\u2009\u202f./()-]{0,3}"
_NUMBER = re.compile(
    rf"(?<![\w+])(?:(?:\+|00)\d{{2,3}}{_NUMBER_GAP}(?:\(?0\)?)?{_NUMBER_GAP}|0)([1-9](?:{_NUMBER_GAP}\d){{8}})(?!\w)"
)
_MAILBOX = re.compile(r"[\w.+%'-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_REST_OF_STREET = re.compile(r"(?:[ \u00a0]+(?:(?:de|du|des|la|le|les|[ld][’'])[ \u00a0]?)*[A-ZÀ-ÖØ-Þ][\w’'.-]*){0,4}")

_MANY = 1_500
_NO_NAME = frozenset(
    fold(
        "cabinet centre prendre prise prenez rendez vous annuaire sante specialite profession votre vos nos les la le "
        "tous toutes trouver rechercher kinesitherapie photo photos profil et de du des en a d l"
    ).split()
)


def premium(nine: str) -> bool:
    """Return True for the last nine digits of a premium or shared-cost number: a site's relay, never a person's own."""
    return nine.startswith("8")


def strangers(text: str, keep: Listing, told: Sequence[str] = ()) -> tuple[Needle, ...]:
    """Return the patterns of whom and what the page shows beside `keep`, known to nobody.

    text: what a reader sees of the page, one line per block. told: words whose phones, mailboxes and streets may stay
    (the platform's own, the practice's); those in which the page says who publishes it may as well.
    Raises BadInput for a page that shows too many.
    """
    found = tuple(islice(_found(text, keep, (*told, notice_lines(text))), _MANY + 1))
    if len(found) > _MANY:
        raise BadInput(
            "La copie masquée n’est pas faite : cette page montre trop de numéros et de noms d’autres personnes."
        )
    return found


def _found(text: str, keep: Listing, told: Sequence[str]) -> Iterator[Needle]:
    at = [place for place in keep.places if place.street or place.town]
    own = set(folded(" ".join((keep.name, keep.organisation, *(f"{p.street} {p.town}" for p in at)))).split())
    mine = frozenset(folded(keep.name).split())
    phones = {
        re.sub(r"\D", "", each)[-9:]
        for each in (*keep.phones, *(phone for place in keep.places for phone in place.phones))
    }
    phones |= {_nine(found) for words in told for found in _NUMBER.finditer(words)}
    for nine in dict.fromkeys(map(_nine, _NUMBER.finditer(text))):
        if nine not in phones and not premium(nine):
            yield from phone_needles(f"+33{nine}", What.CONTACT)
    boxes = (
        keep.site,
        *((keep.email,) if keep.email else ()),
        *(each for words in told for each in _MAILBOX.findall(words)),
    )
    for box in dict.fromkeys(found[0].lower().rstrip(".") for found in _MAILBOX.finditer(text)):
        if not speaks_for(box, boxes):
            yield from word_needles(box, What.CONTACT)
    places = f" {fold(' , '.join((*(p.street for p in at), *told)))} "
    for street in dict.fromkeys(streets(text)):
        if not tells_street(places, street):
            rest = _REST_OF_STREET.match(text, text.index(street) + len(street))
            for written in dict.fromkeys((f"{street}{rest[0] if rest else ''}", street)):
                yield from word_needles(written, What.ADDRESS)
    named = dict.fromkeys(found[1] for each in (_BEHIND_CIVILITY, *_TOLD_NAMES) for found in each.finditer(text))
    for name in named:
        words = folded(name).split()
        while words and (words[0] in _NO_NAME or re.fullmatch(TRADES, words[0])):
            words = words[1:]
        if not words or set(words) <= own or (mine and mine <= set(words)):
            continue
        if len(words) > 1:
            yield from word_needles(" ".join(words), What.PERSON)
        elif len(words[0]) > 1:
            # « Mme Petit »: a word like any other, but behind a civility.
            for needle in word_needles(words[0], What.PERSON):
                yield Needle(What.PERSON, re.compile(_AFTER_CIVILITY + needle.pattern.pattern), needle.core)


def _nine(number: re.Match[str]) -> str:
    """Return the last nine digits of a number."""
    return re.sub(r"\D", "", number[1])


_AFTER_CIVILITY = (
    "(?:" + "|".join(rf"(?<=(?<![^\W_]){each}[ \x00]{{{gap}}})" for each in _CIVIL for gap in (1, 2, 3)) + ")"
)
