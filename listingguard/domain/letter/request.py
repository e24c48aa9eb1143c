"""What asks the platform for something new: the request, after a relisting, for several people under one cover, and
the sheet that goes with registered post. What these are made of, and what they lack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from listingguard.domain.letter.frame import CasePaper, Earlier, ForOne, Frame, paged_gaps
from listingguard.domain.letter.own_words import told_of_others, unquoted_voice
from listingguard.domain.letter.parts import GroundLine, ListedPage, Sender, cited, page_gaps, party_gaps, shows
from listingguard.domain.listing import Trait
from listingguard.domain.practitioner import Civility


class _OfPages:
    """What the pages of one request show."""

    pages: tuple[ListedPage, ...]
    grounds: tuple[GroundLine, ...]

    @property
    def bookable(self) -> bool:
        """Return True when a page offers appointments."""
        return shows(self.pages, Trait.BOOKABLE)

    @property
    def relayed(self) -> bool:
        """Return True when a page shows a number that is not the practitioner's."""
        return shows(self.pages, Trait.RELAY_NUMBER)

    @property
    def inaccurate(self) -> bool:
        """Return True when a page shows wrong data, or a person ticked that it does: a relay number passes for theirs."""
        return shows(self.pages, Trait.WRONG_DATA) or any(g.code == "accuracy" for g in self.grounds)


@dataclass(frozen=True, kw_only=True)
class RequestFields(_OfPages, ForOne):
    """The objection and erasure request.

    situation: the person's own reasons (art. 21(1)), whole sentences in no one's voice.
    grounds: art. 21(1), then art. 17(1)(c), then any other; chosen by a person.
    bare: the listing shows a name and an address and nothing more; the wording is softer.
    attachments: the mandate is said to be joined when one of them names it.
    opened_once: the person, or their practice, once opened or edited a page there, and says so.
    """

    pages: tuple[ListedPage, ...]
    grounds: tuple[GroundLine, ...]
    situation: tuple[str, ...]
    bare: bool
    opened_once: bool = False


@dataclass(frozen=True, kw_only=True)
class RelistingFields(RequestFields):
    """The request about a page that came back: a new request, with a clock of its own, that cites the first.

    absent_on: the days on which the earlier page was observed absent, in order; nothing is said of the days between.
    """

    earlier: Earlier
    absent_on: tuple[date, ...]


@dataclass(frozen=True)
class Annex(_OfPages):
    """One person's request under a cover: a page of its own, with its reference, its facts and its clock."""

    reference: str
    practitioner_name: str
    civility: Civility
    rpps: str
    mandate_day: date
    pages: tuple[ListedPage, ...]
    grounds: tuple[GroundLine, ...]
    situation: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CoverFields(Frame):
    """One covering letter of a council for several people it has mandates from; each annex is a request of its own."""

    annexes: tuple[Annex, ...]


@dataclass(frozen=True)
class RegisteredFields(CasePaper):
    """The sheet that goes with a request to be posted: what to write, what to do, what to note afterwards.

    envelope: the addressee's block, see `postal.envelope`. sender: what the slip of the post office asks; its lines are
    empty where the only address is a home. file, pages: the request. command: what to run afterwards.
    """

    envelope: tuple[str, ...]
    sender: Sender
    file: str
    pages: int
    command: str


_IDENTITY_COPY = re.compile(r"(?:pièce|carte|titre) (?:nationale )?d.identité|passeport|permis de conduire", re.I)


def request_gaps(request: RequestFields) -> Iterator[str]:
    """Yield what a request lacks, or contradicts."""
    yield from paged_gaps(request, request.pages)
    yield from _case_gaps(request)
    if request.bare and any(page.traits for page in request.pages):
        yield "La fiche est dite simple alors qu’une page porte davantage qu’un nom et une adresse."
    yield from identity_gaps(request.attachments)
    if isinstance(request, RelistingFields):
        if not request.absent_on:
            yield "Il manque les jours où la page a été observée absente."
        if list(request.absent_on) != sorted(set(request.absent_on)):
            yield "Les jours où la page a été observée absente ne sont pas dans l’ordre."
        if not all(request.earlier.sent_on <= day <= request.day for day in request.absent_on):
            yield "Un jour d’absence n’est pas compris entre la première demande et ce courrier."


def cover_gaps(cover: CoverFields) -> Iterator[str]:
    """Yield what a covering letter or one of its annexes lacks, or contradicts."""
    yield from party_gaps(cover.sender, cover.addressee)
    yield from identity_gaps(cover.attachments)
    if len(cover.annexes) < 2:
        yield "Une lettre d’accompagnement réunit au moins deux demandes."
    references = [annex.reference for annex in cover.annexes]
    for repeated in sorted({each for each in references if references.count(each) > 1}):
        yield f"Deux demandes portent la même référence : {repeated}."
    for annex in cover.annexes:
        lacks = [*page_gaps(annex.pages), *_case_gaps(annex)]
        if not annex.reference.strip() or not annex.practitioner_name.strip():
            lacks.append("Il manque la référence ou le nom d’une personne.")
        if annex.mandate_day > cover.day:
            lacks.append("Le mandat est postérieur au courrier.")
        yield from (f"{annex.practitioner_name} : {lack}" for lack in lacks)
    told = [annex.situation for annex in cover.annexes]
    if len(told) > 1 and len(set(told)) == 1:
        yield "Toutes les demandes disent les mêmes raisons : chacune dit les faits de sa propre personne."


def identity_gaps(attachments: tuple[str, ...]) -> Iterator[str]:
    """Yield each attachment that is a copy of an identity document (art. 12(6) GDPR: never sent unasked)."""
    for line in attachments:
        if _IDENTITY_COPY.search(line):
            yield f"Aucune copie de pièce d’identité ne part avec la demande : « {line} »."


def own_gaps(situation: tuple[str, ...], name: str, *, represented: bool) -> Iterator[str]:
    """Yield each of the person's own reasons that names somebody else, or that a council would say as its own."""
    for sentence in situation:
        if why := told_of_others(sentence, name) or (unquoted_voice(sentence) if represented else ""):
            yield f"Une raison ne peut pas être écrite ainsi, n’en retenez pas le fait : {why}"


def _case_gaps(request: RequestFields | Annex) -> Iterator[str]:
    if not request.situation:
        yield "Il manque les raisons propres à la personne, que l’article 21, paragraphe 1, du RGPD demande."
    yield from own_gaps(request.situation, request.practitioner_name, represented=getattr(request, "represented", True))
    if [cited(g.article) for g in request.grounds[:2]] != [(21, 1, ""), (17, 1, "c")]:
        yield "Les deux premiers fondements doivent être l’article 21, § 1, puis l’article 17, § 1, c), du RGPD."
