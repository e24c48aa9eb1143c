"""What a letter would tell that is not the platform's to learn: a home, a number of one's own, somebody else's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from listingguard.domain.letter.parts import Sender
from listingguard.domain.listing import Listing
from listingguard.domain.practitioner import Practitioner


def given_away(text: str, person: Practitioner, listings: Iterable[Listing], sender: Sender) -> tuple[str, ...]:
    """Return one French sentence per thing a letter about a person gives away; empty when it may leave.

    What the listings show is the platform's already; what the sender's block holds identifies who writes. A practice that
    is also the home is never printed, whoever shows it.
    """
    open_ = [sender.phone, sender.email]
    for listing in listings:
        open_ += [*listing.phones, listing.email, *(phone for place in listing.places for phone in place.phones)]
    told = {_key(each) for each in open_}
    own = (person.mobile, person.email, *(phone for practice in person.practices for phone in practice.phones))
    return leaks(
        text,
        private=[practice.street for practice in person.practices if practice.private],
        hidden=dict.fromkeys(each for each in own if each and _key(each) not in told),
    )


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
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
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


_MAILBOX = re.compile(r"[^\s«»@,;()<>]{1,64}@[\w.-]+\w")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s«»]+|[^\s«»@,;]{1,64}@[\w.-]+")
