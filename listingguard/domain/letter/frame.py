"""What stands around the words of every letter to a platform, and of the papers beside it; the earlier request that most
letters go back to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from listingguard.domain.letter.parts import Addressee, ListedPage, Sender, page_gaps, party_gaps
from listingguard.domain.practitioner import Civility


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Who writes to whom, when, under which references.

    attachments: the « P.J. » lines, each with its page count (`parts.enclosed`). copies: the « Copie : » lines.
    their_reference: what the platform's own letter bears, for « V/Réf. ». registered_number: of the registered letter,
    printed outside the window of the envelope. delegated_by: « la présidente », where the person who signs does so by
    delegation.
    """

    reference: str
    day: date
    place: str
    sender: Sender
    addressee: Addressee
    platform_name: str
    signatory: str
    attachments: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    their_reference: str = ""
    registered_number: str = ""
    delegated_by: str = ""

    @property
    def mandate_joined(self) -> bool:
        """Return True when a mandate is among the attachments."""
        return any("mandat" in line.casefold() for line in self.attachments)


@dataclass(frozen=True)
class CasePaper:
    """A paper about one person's case that is no letter: a list, a sheet, a declaration. platform_name: as people know it."""

    reference: str
    day: date
    practitioner_name: str
    platform_name: str


@dataclass(frozen=True, kw_only=True)
class ForOne(Frame):
    """A letter about one practitioner.

    represented: a council acts under the mandate of `mandate_day`; otherwise the practitioner signs.
    """

    practitioner_name: str
    civility: Civility
    rpps: str
    represented: bool
    mandate_day: date | None


@dataclass(frozen=True)
class Earlier:
    """The request that a later letter goes back to.

    reference: it bore. sent_on: the day it left. channel: completes « par », as « courriel ». received_on: the day the
    clock runs from; basis: what that day rests on, in lower case without a full stop; proven False prints « présumée ».
    Empty: nothing shows yet that it arrived, which only what takes it back may leave open.
    at_latest: the proof shows only that it had arrived by that day, as an answer does.
    """

    reference: str
    sent_on: date
    channel: str
    received_on: date
    basis: str
    proven: bool
    at_latest: bool = False


@dataclass(frozen=True, kw_only=True)
class FollowUp(ForOne):
    """A letter that comes after a request about the same pages."""

    takes_back: ClassVar[bool] = False
    """It ends that request: when it left is enough, its receipt may not be known."""

    earlier: Earlier


@dataclass(frozen=True, kw_only=True)
class AnswerTo(FollowUp):
    """An answer to what the platform wrote. reply_day: the day of its message."""

    reply_day: date


def one_gaps(letter: ForOne) -> Iterator[str]:
    """Yield what a letter about one practitioner lacks around its words."""
    yield from party_gaps(letter.sender, letter.addressee)
    if letter.represented and letter.mandate_day is None:
        yield "Il manque la date du mandat : le conseil n’agit jamais en son nom."
    if letter.represented and letter.mandate_day and letter.mandate_day > letter.day:
        yield "Le mandat est postérieur au courrier."


def paged_gaps(letter: ForOne, pages: tuple[ListedPage, ...]) -> Iterator[str]:
    """Yield what a letter about one practitioner and some pages lacks around its words."""
    yield from one_gaps(letter)
    yield from page_gaps(pages)


def earlier_gaps(letter: FollowUp) -> Iterator[str]:
    """Yield what contradicts itself between a letter and the request it goes back to."""
    yield from one_gaps(letter)
    earlier = letter.earlier
    if not earlier.reference.strip() or not earlier.channel.strip():
        yield "Il manque la référence ou le mode d’envoi de la demande rappelée."
    if not earlier.basis.strip() and not letter.takes_back:
        yield "Il manque ce sur quoi repose la date de réception de la demande rappelée."
    if not earlier.sent_on <= earlier.received_on <= letter.day:
        yield "Les dates de la demande rappelée, de sa réception et de ce courrier ne se suivent pas."
    if isinstance(letter, AnswerTo) and not earlier.sent_on <= letter.reply_day <= letter.day:
        yield "Le message auquel ce courrier répond n’est pas daté entre la demande et ce courrier."
