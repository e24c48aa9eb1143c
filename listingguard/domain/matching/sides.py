"""A listing and a practitioner in comparable form, each made once; compares nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from listingguard.domain import names, places
from listingguard.domain.frequencies import NOTHING_KNOWN, Frequencies
from listingguard.domain.listing import Listing, ListingKind
from listingguard.domain.names import Token, Trade
from listingguard.domain.places import Address
from listingguard.domain.practitioner import PHYSIOTHERAPIST, Civility, Practice, Practitioner

_NO_WORDS: frozenset[str] = frozenset()
# Looked up once: on Python 3.11 finding a member of an enum costs five times a name of the module.
_NO_CIVILITY, _PHYSIOTHERAPIST, _UNKNOWN_TRADE = Civility.UNKNOWN, Trade.PHYSIOTHERAPIST, Trade.UNKNOWN
_ORGANISATION = ListingKind.ORGANISATION
_MADAME, _MONSIEUR = frozenset({"mme", "madame", "mlle", "mademoiselle"}), frozenset({"m", "mr", "monsieur"})


class Words:
    """The words of one displayed name, every run of them that may be the family name, and what each run leaves.

    spans: start, end and text of each run, glued together. own: for each word, whether it may be a name at all, or is a
    particle, a word for a practice, or the town.
    """

    __slots__ = ("own", "spans", "words")

    def __init__(self, words: tuple[Token, ...], towns: set[str], organisation: bool) -> None:
        self.words = words
        count = len(words)
        self.spans = [(start, start + 1, word.text) for start, word in enumerate(words)]
        if count == 2:
            self.spans.append((0, 2, words[0].text + words[1].text))
        elif count > 2:
            for start in range(count - 1):
                text = words[start].text
                for end in range(start + 1, count):
                    text += words[end].text
                    self.spans.append((start, end + 1, text))
        self.own = [w.own for w in words]
        if towns and (count > 2 or organisation):
            # « Claire Martin Valence », « Cabinet Martin Valence »; but somebody called Valence Martin stays.
            town_words = {word for town in towns for word in town.split()}
            here = [mine and w.text not in town_words for mine, w in zip(self.own, words, strict=True)]
            if organisation or sum(here) > 1:
                self.own = here

    def beside(self, start: int, end: int) -> list[Token]:
        """Return the words outside a family name that may be a first name."""
        words, own = self.words, self.own
        if len(words) == 2 and end - start == 1:
            other = 1 - start
            if own[other]:
                return [words[other]]
        rest = [w for k, w in enumerate(words) if own[k] and not start <= k < end]
        # A particle, but short for Benjamin as well.
        return rest or [w for k, w in enumerate(words) if w.text == "ben" and not start <= k < end]


class Seen:
    """A listing in comparable form.

    departments: those its postcodes or, without any, the names of its towns give. beside_trade: only a word beside the
    name tells another profession, osteopathy (« Claire Martin, ostéopathe »), which many practise as well. osteopathy:
    it is the profession shown. m_shown: the civility is « M. », which may be an initial. unusual_trade: a profession
    that is neither ours nor a word of health.
    through: words that tell the page is not that of the person named (« remplaçant de »). firsts: first names of France.
    """

    __slots__ = (
        "addresses",
        "beside_trade",
        "civility",
        "departments",
        "firsts",
        "from_organisation",
        "listing",
        "m_shown",
        "organisation",
        "osteopathy",
        "people",
        "phones",
        "postcodes",
        "relay",
        "rpps",
        "shown_rpps",
        "through",
        "towns",
        "trade",
        "unusual_trade",
    )

    def __init__(self, listing: Listing, frequencies: Frequencies = NOTHING_KNOWN) -> None:
        shown = names.shown_name(listing.name)
        self.listing = listing
        self.from_organisation = not shown.people and bool(listing.organisation)
        if self.from_organisation:
            shown = names.shown_name(listing.organisation)
        self.through = shown.through
        self.firsts = frequencies.first_names
        self.civility = _NO_CIVILITY
        self.m_shown = False
        if shown.beside:
            titles = shown.beside.split()
            if not _MADAME.isdisjoint(titles):
                self.civility = Civility.MADAME
            elif not _MONSIEUR.isdisjoint(titles):
                self.civility = Civility.MONSIEUR
                self.m_shown = "mr" not in titles and "monsieur" not in titles
        self.organisation = shown.organisation or self.from_organisation or listing.kind is _ORGANISATION
        self.trade = names.trade(listing.profession)
        self.beside_trade = False
        if self.trade is not _PHYSIOTHERAPIST and shown.beside:
            in_name = names.trade(shown.beside)
            if in_name is not _UNKNOWN_TRADE:
                if in_name is Trade.OTHER and self.trade is Trade.UNKNOWN:
                    self.beside_trade = names.osteopathy(shown.beside)
                self.trade = in_name
        self.osteopathy = self.trade is Trade.OTHER and names.osteopathy(listing.profession)
        self.unusual_trade = (
            self.trade is _UNKNOWN_TRADE and listing.profession != "" and names.unusual_trade(listing.profession)
        )
        self.shown_rpps = "".join([c for c in listing.rpps if c.isdigit()]) if listing.rpps else ""
        self.rpps = self.shown_rpps if len(self.shown_rpps) == 11 else ""
        self.phones: set[str] = set()
        self.relay = False
        for text in listing.phones:
            self._phone(text)
        self.addresses: list[Address] = []
        self.towns: set[str] = set()
        self.postcodes: set[str] = set()
        for place in listing.places:
            for text in place.phones:
                self._phone(text)
            a = places.address(place.street, place.postcode, place.town)
            if a.name and not (a.number or a.way or a.postcode or a.town):
                # A lone commune in the place of an address.
                town = places.town_key(place.street)
                a = Address(town=town) if town in frequencies.communes else a
            self.addresses.append(a)
            if a.town:
                self.towns.add(a.town)
            if a.postcode:
                self.postcodes.add(a.postcode)
        self.departments: set[str] | frozenset[str]
        if self.postcodes:
            self.departments = {places.department(p) for p in self.postcodes}
        else:
            self.departments = _NO_WORDS.union(*[frequencies.departments(t) for t in self.towns])
        # More words than this are a sentence, not a name.
        self.people = [Words(words[:8], self.towns, self.organisation) for words in shown.people[:6]]

    @property
    def m_initial(self) -> bool:
        """Return True when an initial M stands in front of another one (« M. C. Durand »): a civility, perhaps."""
        return any(
            len(shown.words) > 2
            and shown.words[0].text == "m"
            and not shown.words[0].glue
            and len(shown.words[1].text) == 1
            for shown in self.people
        )

    def _phone(self, text: str) -> None:
        numbers = places.phones_in(text)
        for number in numbers:
            # A number that connects callers identifies nobody.
            if number.startswith("+3389"):
                self.relay = True
            else:
                self.phones.add(number)
        if not numbers and places.relay_number(text):
            self.relay = True


@lru_cache(maxsize=4096)
def _shared(values: tuple[str, ...]) -> frozenset[str]:
    """Return a set that thousands of people share in memory."""
    return frozenset(values)


_ONE_NAME: dict[str, str] = {}


def _two_names(practitioner: Practitioner, forms: Mapping[str, bool]) -> dict[str, str]:
    """Return what the whole forms of two family names show: the birth name alone, or both; empty for one name."""
    usage = {f.text for f in names.family_forms(practitioner.usage_name) if f.whole}
    birth = {f.text for f in names.family_forms(practitioner.family_name) if f.whole}
    return {
        text: "name_birth" if text in birth else "name_both"
        for text, whole in forms.items()
        if whole and text not in usage
    }


class Person:
    """A practitioner in comparable form.

    forms: every way to write the family name, and whether nothing is missing from it. phones and addresses lead to the
    practice that gave them; places: each postcode and town, and how to name the town. family_bits, first_bits: how rare
    these names are (each bit halves the number of people who bear them); set, like `rare`, once the roster is known.
    two_names: for somebody with a birth and a usage name, which forms are the former alone, which show both.
    """

    __slots__ = (
        "addresses",
        "departments",
        "family_bits",
        "family_words",
        "first",
        "first_bits",
        "first_words",
        "forms",
        "groups",
        "initials",
        "kine",
        "others",
        "phones",
        "places",
        "practitioner",
        "rare",
        "rare_around",
        "rare_here",
        "rpps",
        "sole_of_name",
        "spelling",
        "streets",
        "two_names",
        "very_rare",
    )

    def __init__(self, practitioner: Practitioner) -> None:
        self.practitioner = practitioner
        families = practitioner.family_names
        self.forms = {f.text: f.whole for f in reversed(names.family_forms(*families))}
        self.two_names = _two_names(practitioner, self.forms) if practitioner.usage_name else _ONE_NAME
        self.family_words = _shared(tuple(t.text for name in families for t in names.tokens(name)))
        first = names.tokens(practitioner.first_name)
        self.first = names.joined(first)
        self.first_words = [t.text for t in first]
        self.initials = "".join([t[0] for t in self.first_words])
        self.spelling = names.spelling(self.first)
        self.others = _NO_WORDS
        if practitioner.other_first_names:
            others = [names.tokens(other) for other in practitioner.other_first_names]
            self.others = _shared((*(t.text for other in others for t in other), *(names.joined(o) for o in others)))
        number = practitioner.rpps or practitioner.id
        self.rpps = number if len(number) == 11 and number.isdigit() else ""
        self.kine = (
            practitioner.profession == PHYSIOTHERAPIST or names.trade(practitioner.profession) is Trade.PHYSIOTHERAPIST
        )
        self.phones: dict[str, Practice | None] = {}
        found: list[tuple[Address, Practice]] = []
        for practice in practitioner.practices:
            found.append((places.address(practice.street, practice.postcode, practice.town), practice))
            for text in practice.phones:
                for number in places.phones_in(text):
                    self.phones.setdefault(number, practice)
        for number in places.phones_in(practitioner.mobile):
            self.phones.setdefault(number, None)
        self.addresses = tuple(found)
        self.streets = tuple({(a.number, a.name[-1]) for a, _ in found if a.name})
        self.places = {a.town: p.town for a, p in reversed(found) if a.town}
        self.places |= {a.postcode: p.town or a.postcode for a, p in reversed(found) if a.postcode}
        self.departments = _shared(tuple(sorted({places.department(a.postcode) for a, _ in found if a.postcode})))
        # The « intercommunalités » of their towns; set once the roster is known.
        self.groups = _NO_WORDS
        self.family_bits = self.first_bits = 0.0
        # Whether the name is theirs alone in their towns; whether in their whole department; the same among
        # physiotherapists.
        self.rare = self.very_rare = self.rare_here = self.rare_around = False
        # Whether nobody else of the roster bears the full name in the department.
        self.sole_of_name = False
