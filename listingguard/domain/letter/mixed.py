"""What a letter says of a page that mixes two people: kinds of data only, of nobody else, and not those that are right.

The law page, part 4: never another practitioner's name, no datum the page does not show; the roster is what we know of
the person, and a platform shown to be wrong about what is right would keep the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from listingguard.domain.letter.privacy import clues
from listingguard.domain.listing import Listing
from listingguard.domain.names import fold
from listingguard.domain.places import address, same_street
from listingguard.domain.practitioner import Practitioner

_KINDS = {
    "phone": r"telephones?|tel|portables?|mobiles?|fax",
    "address": r"adresses?|cabinets?|lieux?|villes?|communes?|localisation",
    "email": r"courriels?|mails?|emails?|electroniques?",
    "rpps": r"rpps|identifiants?",
    "name": r"noms?|prenoms?|denomination|patronyme",
}
_WORDS = {kind: re.compile(rf"\b(?:{words})\b") for kind, words in _KINDS.items()}
# « adresse électronique » is no address, « nom du cabinet » no person's name.
_OTHERWISE = {
    "address": re.compile(r"\b(?:adresses? (?:electroniques?|de courriel|mail|e mail|email)|noms? du cabinet)\b"),
    "name": re.compile(r"\bnoms? (?:du|de l|de la) (?:cabinet|centre|ville|structure|etablissement)\b"),
}
_A_VALUE = re.compile(r"\d|@|\bwww\b|://|\b(?:rue|avenue|av|boulevard|bd|chemin|impasse|allee|route|quai|square)\b")
_A_PERSON = re.compile(
    r"\b(?:m|mr|mme|mlle|dr|madame|monsieur|mademoiselle|docteur|confrere|consoeur|collegue|associee?)\b"
)


def mixed_problems(
    wrong: Iterable[str], person: Practitioner, listings: Sequence[Listing], others: Iterable[Practitioner] = ()
) -> tuple[str, ...]:
    """Return one French sentence per thing that a letter about a mixed page may not say; empty when it may.

    wrong: as the letter lists it. listings: what the pages show. others: people of the roster whom these words might
    name (see `privacy.clues`): any of their family names is enough here, first name or not.
    """
    found: list[str] = []
    for line in wrong:
        if (why := _tells(line, others)) or (why := _is_right(line, person, listings)):
            found.append(f"« {line} » : {why}")
    return tuple(found)


def named_in(wrong: Iterable[str]) -> frozenset[str]:
    """Return the folded words by which the people whom these lines might name are looked for."""
    return clues(" ; ".join(wrong))[0]


def _tells(line: str, others: Iterable[Practitioner]) -> str:
    """Return why a line describes somebody else; empty where it names a kind of datum."""
    said = fold(line)
    if _A_VALUE.search(line.casefold()) or _A_VALUE.search(said):
        return (
            "dire la sorte de donnée (« numéro de téléphone », « adresse du cabinet »), jamais la donnée : elle est celle "
            "d’une autre personne"
        )
    plain = " ".join(w for w in said.split() if not any(words.fullmatch(w) for words in _WORDS.values()))
    named = any(
        f" {family} " in f" {plain} " for other in others for name in other.family_names if (family := fold(name))
    )
    if named or _A_PERSON.search(said):
        return "un courrier ne nomme ni ne désigne jamais l’autre personne"
    return ""


def _is_right(line: str, person: Practitioner, listings: Sequence[Listing]) -> str:
    """Return why what a line calls wrong is not: the page shows none, or only what the roster says of this person.

    A kind that the roster or these words do not let anybody compare is left to the person who approves.
    """
    said = fold(line)
    kinds = [
        kind
        for kind, words in _WORDS.items()
        if words.search(_OTHERWISE[kind].sub(" ", said) if kind in _OTHERWISE else said)
    ]
    verdicts = [_compared(kind, person, listings) for kind in kinds]
    # « téléphone et adresse »: each of them must be wrong.
    return next((why for why in verdicts if why), "")


_SHOWN = {
    "phone": ("aucun numéro de téléphone", "le numéro affiché est le sien"),
    "address": ("aucune adresse", "l’adresse affichée est la sienne"),
    "email": ("aucune adresse électronique", "l’adresse électronique affichée est la sienne"),
    "rpps": ("aucun numéro RPPS", "le numéro RPPS affiché est le sien"),
    "name": ("aucun nom", "le nom affiché est le sien"),
}


def _compared(kind: str, person: Practitioner, listings: Sequence[Listing]) -> str:
    none, own = _SHOWN[kind]
    shown = [right for listing in listings for right in _each(kind, person, listing)]
    if not shown:
        return f"la page n’affiche {none}"
    if all(shown):
        return f"{own}, selon le tableau : seul ce qui est d’une autre personne se rectifie"
    return ""


def _each(kind: str, person: Practitioner, listing: Listing) -> list[bool]:
    """Return, for each datum of a kind that a page shows, whether the roster gives it to this person."""
    if kind == "phone":
        shown = {*listing.phones, *(p for place in listing.places for p in place.phones)}
        own = {_digits(p) for p in (person.mobile, *(p for each in person.practices for p in each.phones)) if p}
        return [_digits(each) in own for each in shown]
    if kind == "address":
        places = [address(p.street, p.postcode, p.town) for p in listing.places if p.street or p.town]
        known = [address(p.street, p.postcode, p.town) for p in person.practices]
        return [
            any(
                (same_street(place, each) or (not place.name and not place.number))
                and (place.postcode == each.postcode or place.town == each.town)
                for each in known
            )
            for place in places
        ]
    if kind == "email":
        return [listing.email.casefold() == person.email.casefold()] if listing.email else []
    if kind == "rpps":
        return [listing.rpps == (person.rpps or person.id)] if listing.rpps else []
    words = {*fold(listing.name).split()}
    families = [{*fold(name).split()} for name in person.family_names]
    return [{*fold(person.first_name).split()} <= words and any(f <= words for f in families)] if words else []


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)[-9:]
