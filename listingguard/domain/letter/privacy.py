"""What a letter would tell that is not the platform's to learn: a home, a number of one's own, somebody else's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import lru_cache

from listingguard.domain.letter.parts import Sender
from listingguard.domain.listing import Listing
from listingguard.domain.names import fold
from listingguard.domain.practitioner import Practitioner


def given_away(
    text: str,
    person: Practitioner,
    listings: Iterable[Listing],
    sender: Sender,
    others: Iterable[Practitioner] = (),
    frame: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return one French sentence per thing a letter about a person gives away; empty when it may leave.

    What the listings show is the platform's already; what the sender's block holds identifies who writes. A practice that
    is also the home is never printed, whoever shows it. others: practitioners whom the text might name, or whose numbers
    it might hold (see `clues`). frame: what stands around the words and names nobody else: who signs, the addressee.
    """
    open_ = [sender.phone, sender.email]
    for listing in listings:
        open_ += [*listing.phones, listing.email, *(phone for place in listing.places for phone in place.phones)]
    told = {_key(each) for each in open_}
    own = _reached_at(person)
    theirs = [each for other in others for each in _reached_at(other)]
    places = [line for each in person.practices for line in (each.name, each.street, each.town)]
    apart = _without(text, (*frame, sender.name, *sender.lines, *_named(person), *places))
    return leaks(
        text,
        private=[practice.street for practice in person.practices if practice.private],
        hidden=dict.fromkeys(each for each in (*own, *theirs) if each and _key(each) not in told),
    ) + leaks(apart, others=dict.fromkeys(name for other in others for name in _named(other)))


def clues(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the words of a letter, folded, and the numbers and mailboxes it holds: by these its others are looked for.

    >>> clues("Appelez le 04 00 00 00 01")[1]
    ('040000000', '400000001')
    """
    said = _bare(_ADDRESS.sub(" ", text))
    digits = re.findall(r"\d{9,}", re.sub(r"(?<=\d) (?=\d)", "", said))
    # A number may stand right after another, a postcode or a house: every nine digits in a row are looked for.
    return frozenset((*said.split(), *fold(text).split())), (
        *dict.fromkeys(each[at : at + 9] for each in digits for at in range(len(each) - 8)),
        *dict.fromkeys(_MAILBOX.findall(text)),
    )


def clues_of(person: Practitioner) -> frozenset[str]:
    """Return by what a text that names or reaches somebody is found: what `clues` gives of such a text holds one of them.

    The longest word of each family name, folded; mailboxes in lower case; the last nine digits of phones, the first nine
    of an RPPS number.

    >>> sorted(clues_of(Practitioner(id="p", family_name="DE LA TOUR", first_name="Ève", email="Eve@Tour.example")))
    ['eve@tour.example', 'tour']
    """
    names = (max(words, key=len) for name in _families(person) if (words := sorted(_folded(name))))
    phones = (re.sub(r"\D", "", each)[-9:] for each in _reached_at(person) if "@" not in each)
    found = (*names, *phones, (person.rpps or "")[:9], person.email.lower())
    return frozenset(each for each in found if each)


def hints_at(words: AbstractSet[str], contacts: AbstractSet[str], person: Practitioner) -> bool:
    """Return True for a text (see `clues`) that holds a family name of somebody, whole, or a contact of theirs."""
    return any(_folded(name) <= words for name in _families(person)) or not contacts.isdisjoint(clues_of(person))


def _families(person: Practitioner) -> Iterable[str]:
    return filter(_folded, (person.family_name, person.usage_name))


@lru_cache(maxsize=50_000)
def _folded(name: str) -> frozenset[str]:
    return frozenset(fold(name).split())


def _without(text: str, known: Iterable[str]) -> str:
    """Return the words of a text, folded, a digit in the place of each thing known: « Claire MARTIN » signs, or is a street."""
    said = f" {_bare(_ADDRESS.sub(' ', text))} "
    for each in sorted({bare for line in known if (bare := _bare(line))}, key=len, reverse=True):
        said = said.replace(f" {each} ", " 0 ")
    return said


def _reached_at(person: Practitioner) -> tuple[str, ...]:
    return (person.mobile, person.email, *(phone for practice in person.practices for phone in practice.phones))


def _named(person: Practitioner) -> tuple[str, ...]:
    """Return the names a text may give a person: either order, name of birth or in use."""
    both = [(person.first_name, family) for family in person.family_names if person.first_name and family]
    return tuple(f"{a} {b}" for first, family in both for a, b in ((first, family.upper()), (family.upper(), first)))


def leaks(
    text: str, *, private: Iterable[str] = (), hidden: Iterable[str] = (), others: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return one French sentence per datum a letter gives away; empty when it may leave.

    private: streets that are also a home. hidden: what we know of the person (a phone, an e-mail) that the listing does
    not show and that does not identify who writes. others: names of other practitioners. Compared without accents,
    case and punctuation; a number without its spaces. URLs are the platform's own words and are not read.

    >>> leaks("Tél. 04 00 00 00 01, 12 rue de l’Église", private=["12, rue de l’Eglise"], hidden=["0400000001"])
    ('« 12, rue de l’Eglise » est une adresse personnelle.', '« 0400000001 » n’est pas affiché par la page.')
    """
    said = _bare(_ADDRESS.sub(" ", text))
    digits, mailboxes = re.sub(r"(?<=\d) (?=\d)", "", said), {each.casefold() for each in _MAILBOX.findall(text)}
    return (
        *(f"« {each} » est une adresse personnelle." for each in private if _holds(said, each)),
        *(
            f"« {each} » n’est pas affiché par la page."
            for each in hidden
            if each.casefold() in mailboxes or _number(digits, each)
        ),
        *(f"« {each} » est le nom d’une autre personne." for each in others if _holds(said, each)),
    )


def _bare(text: str) -> str:
    plain = text.casefold() if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return " ".join(re.sub(r"[^\w]", " ", plain).split())


def _holds(said: str, each: str) -> bool:
    wanted = _bare(each)
    return bool(wanted) and f" {wanted} " in f" {said} "


def _number(digits: str, each: str) -> bool:
    wanted = re.sub(r"\D", "", each)
    return len(wanted) >= 8 and not re.search(r"[^\W\d]", each) and wanted[-9:] in digits


def _key(each: str) -> str:
    """Return what tells one phone or mailbox from another, however it is written."""
    return each.casefold() if "@" in each else re.sub(r"\D", "", each)[-9:]


_MARKS = re.compile(r"[\u0300-\u036f]+")
_MAILBOX = re.compile(r"[^\s«»@,;()<>]{1,64}@[\w.-]+\w")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s«»]+|[^\s«»@,;]{1,64}@[\w.-]+")
