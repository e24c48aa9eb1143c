"""The documents of the complaint pack: what each is made of, and what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from listingguard.domain.letter.frame import CasePaper
from listingguard.domain.letter.parts import Addressee, GroundLine, ListedPage, Sender, cited, page_gaps, party_gaps
from listingguard.domain.practitioner import Civility


class Standing(StrEnum):
    """How much a statement of fact is worth."""

    ESTABLISHED = "established"
    DECLARED = "declared"
    PRESUMED = "presumed"
    REPORTED = "reported"

    @property
    def label(self) -> str:
        """Return the French words printed beside the fact."""
        return {
            "established": "établi",
            "declared": "déclaré",
            "presumed": "présumé",
            "reported": "indiqué par le mandataire",
        }[self.value]


class Answer(StrEnum):
    """What the controller did with the request."""

    SILENCE = "silence"
    REFUSED = "refused"
    PARTIAL = "partial"
    DISPROVED = "disproved"

    @property
    def label(self) -> str:
        """Return the French words shown on screen."""
        return {
            "silence": "sans réponse",
            "refused": "refus",
            "partial": "réponse partielle",
            "disproved": "retrait annoncé mais non observé",
        }[self.value]


CNIL = Addressee(
    "Commission nationale de l’informatique et des libertés",
    "Service des plaintes",
    ("3 place de Fontenoy", "TSA 80715", "75334 PARIS CEDEX 07"),
)


@dataclass(frozen=True)
class Fact:
    """One fact, as a whole sentence in no one's voice, with what it is worth and the exhibits that carry it."""

    standing: Standing
    sentence: str
    exhibits: tuple[int, ...] = ()


@dataclass(frozen=True)
class ChronologyLine:
    """One row of the chronology; rows come in order of day. what: a phrase without a full stop."""

    day: date
    what: str
    standing: Standing
    exhibits: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reckoning:
    """One date with its working.

    label: completes « Le … », as « délai d’un mois prévu à l’article 12, paragraphe 3, du RGPD »; for the reckoning
    most favourable to the platform it completes « Même en retenant … ». due: the last day to answer.
    working: whole sentences.
    """

    label: str
    due: date
    working: tuple[str, ...]


@dataclass(frozen=True)
class ControllerIdentity:
    """The organisation complained of. siren: 9 digits, or empty where there is none (foreign company)."""

    name: str
    legal_form: str
    siren: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Exhibit:
    """One « Pièce n° » of the pack. day: the day of the document, None when it has none.

    confidential: it lies in the part for the CNIL alone.
    """

    number: int
    title: str
    file: str
    sha256: str
    day: date | None = None
    confidential: bool = False


@dataclass(frozen=True)
class ComplaintFields:
    """The complaint to the CNIL.

    The complaint writes by itself what it knows from pages, request, receipt and answer; `facts` holds the rest,
    among which the person's own reasons (art. 21(1)).
    receipt_basis: what the day of receipt rests on, completes « … : » (« accusé de réception du serveur »);
    receipt_proven False prints « présumé » everywhere the day is shown; receipt_at_latest: « au plus tard », as an answer
    shows that the request had arrived, not on which day.
    answer_text: what the answer says, whole sentences; empty on silence.
    pages: captures from before the request (or the earliest there is, said in `not_proved`).
    request_standing, receipt_standing: what sending and proven receipt are worth: established by what the sender did not write.
    first_reckoning, presumed_day, presumed_basis, presumed_exhibits: the day of receipt presumed before an answer proved one at the latest, its
    reckoning; None where nothing else was presumed. messages: what came and settles nothing.
    messages_kept: of that, something is no exhibit, as it may not leave. acknowledged: an acknowledgement came.
    no_answer_day, no_answer_exhibits: until when the person declares to have had no answer themselves, and where; None
    where nobody asked them. proceedings_exhibits: where the person says it.
    still_shown: the fresh captures. absent_on: the days between the captures on which a page was observed absent, absent_exhibits
    what shows it. legal: the clock of art. 12(3). favourable: the reckoning most favourable to the platform, None where nothing is in doubt.
    proceedings: one whole sentence, never assumed.
    not_proved: phrases in lower case, without a full stop.
    """

    reference: str
    day: date
    place: str
    sender: Sender
    addressee: Addressee
    practitioner_name: str
    civility: Civility
    rpps: str
    represented: bool
    mandate_day: date | None
    mandate_exhibits: tuple[int, ...]
    platform_name: str
    controller: ControllerIdentity
    controller_exhibits: tuple[int, ...]
    pages: tuple[ListedPage, ...]
    still_shown: tuple[ListedPage, ...]
    facts: tuple[Fact, ...]
    request_day: date
    request_channel: str
    request_exhibits: tuple[int, ...]
    receipt_day: date
    receipt_proven: bool
    receipt_basis: str
    receipt_exhibits: tuple[int, ...]
    answer: Answer
    answer_day: date | None
    answer_text: str
    answer_exhibits: tuple[int, ...]
    legal: Reckoning
    favourable: Reckoning | None
    grounds: tuple[GroundLine, ...]
    not_proved: tuple[str, ...]
    proceedings: str
    chronology: tuple[ChronologyLine, ...]
    exhibits: tuple[Exhibit, ...]
    signatory: str
    receipt_at_latest: bool = False
    request_standing: Standing = Standing.ESTABLISHED
    receipt_standing: Standing = Standing.ESTABLISHED
    first_reckoning: Reckoning | None = None
    presumed_day: date | None = None
    presumed_basis: str = ""
    presumed_exhibits: tuple[int, ...] = ()
    messages: tuple[int, ...] = ()
    messages_kept: bool = False
    acknowledged: bool = False
    no_answer_day: date | None = None
    no_answer_exhibits: tuple[int, ...] = ()
    proceedings_exhibits: tuple[int, ...] = ()
    absent_on: tuple[date, ...] = ()
    absent_exhibits: tuple[int, ...] = ()
    announced: tuple[Fact, ...] = ()

    @property
    def answered_late(self) -> bool:
        """Return True where the answer came after the delay counted from the presumed day of receipt."""
        return (
            self.first_reckoning is not None
            and self.answer_day is not None
            and self.first_reckoning.due < self.answer_day
        )

    @property
    def lapsed(self) -> bool:
        """Return True when the legal clock had run out before the day of the complaint."""
        return self.legal.due < self.day


@dataclass(frozen=True)
class ChronologyFields(CasePaper):
    """The chronology of the pack, with every computation."""

    lines: tuple[ChronologyLine, ...]
    reckonings: tuple[Reckoning, ...]


@dataclass(frozen=True)
class ExhibitsFields(CasePaper):
    """The list of exhibits of the pack."""

    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True)
class ReadPage:
    """One capture of the case. captured_at: aware. person: a person brought it. exhibit: its number, None when it has none."""

    url: str
    captured_at: datetime
    person: bool
    exhibit: int | None = None


@dataclass(frozen=True)
class RobotsLine:
    """One robots.txt, as read on a day. status: None when nothing came. delay: seconds it asks between pages, or empty.

    allowed: it was found to allow the pages; None where that was not recorded.
    """

    day: date
    url: str
    status: int | None
    sha256: str
    delay: str
    allowed: bool | None


@dataclass(frozen=True)
class UnreadPage:
    """One page of the case that could not be read on a day. why: French words in lower case, without a full stop."""

    url: str
    day: date
    why: str


@dataclass(frozen=True)
class ReadingsFields(CasePaper):
    """How the pages of the case were read: what the captures and the readings recorded, and what they did not.

    site_pages, site_days: pages the program read on the site, for anyone, and on how many days, from first_day to
    last_day (None: none). refusals, forbidden: of its readings, those the site refused, and those robots.txt forbids.
    tools, user_agents, paces, accounts: what was recorded of the program’s own visits, each thing once (paces in
    seconds). without_…: how many of the pages the program read lack that record.
    """

    pages: tuple[ReadPage, ...]
    robots: tuple[RobotsLine, ...]
    site_pages: int
    site_days: int
    first_day: date | None
    last_day: date | None
    refusals: int
    forbidden: int
    tools: tuple[str, ...]
    user_agents: tuple[str, ...]
    paces: tuple[str, ...]
    accounts: tuple[str, ...]
    unread: tuple[UnreadPage, ...]
    without_robots: int
    without_account: int
    without_clock: int
    without_ip: int
    without_picture: int

    @property
    def program(self) -> int:
        """Return how many of the pages the program read itself."""
        return sum(not page.person for page in self.pages)


_SPOKEN = re.compile(r"\b(?:vous|votre|vos|je|mon|ma|mes|nous|notre|nos)\b", re.I)


_INFORMATION_ONLY = 14


def complaint_gaps(complaint: ComplaintFields) -> Iterator[str]:
    """Yield what a complaint lacks, or contradicts."""
    yield from party_gaps(complaint.sender, complaint.addressee)
    yield from page_gaps(complaint.pages)
    if complaint.represented and complaint.mandate_day is None:
        yield "Il manque la date du mandat : le conseil n’agit jamais en son nom."
    if complaint.represented and complaint.mandate_day and complaint.mandate_day > complaint.day:
        yield "Le mandat est postérieur au courrier."
    yield from numbering_gaps(complaint.exhibits)
    known = {exhibit.number for exhibit in complaint.exhibits}
    missing = sorted(set(_numbers_cited(complaint)) - known)
    if missing:
        yield f"La plainte cite une pièce qui n’est pas dans la liste : n° {', '.join(map(str, missing))}."
    if complaint.represented and not complaint.mandate_exhibits:
        yield "Il manque le mandat parmi les pièces."
    if not complaint.controller.name.strip() or not complaint.controller.lines:
        yield "Il manque le nom ou l’adresse du responsable du traitement."
    if complaint.represented and any(f.standing is Standing.DECLARED and not f.exhibits for f in complaint.facts):
        yield "Une parole de la personne représentée est rapportée sans pièce qui la porte."
    if not complaint.request_exhibits:
        yield "Il manque la demande adressée à la plateforme parmi les pièces."
    proven = complaint.receipt_proven and complaint.receipt_standing is Standing.ESTABLISHED
    if proven and not complaint.receipt_exhibits:
        yield "La réception est dite établie sans pièce qui la prouve."
    stated = [(fact.standing, fact.sentence, fact.exhibits) for fact in complaint.facts]
    stated += [(line.standing, line.what, line.exhibits) for line in complaint.chronology]
    for standing, said, exhibits in stated:
        if standing is Standing.ESTABLISHED and not exhibits:
            yield f"Un fait est dit établi sans pièce : « {said} »."
    for ground in complaint.grounds:
        if _SPOKEN.search(ground.sentence):
            yield f"Un fondement est rédigé pour la plateforme, pas pour la CNIL : « {ground.sentence} »."
    for page in (*complaint.pages, *complaint.still_shown):
        if page.exhibit is None:
            yield f"Il manque le numéro de la pièce qui montre la page : {page.url}."
    if not complaint.still_shown:
        yield "Il manque une capture récente : la plainte dit que la page est toujours affichée."
    if complaint.answer is Answer.SILENCE:
        if not complaint.lapsed:
            yield "Le délai de réponse n’est pas expiré."
        if complaint.favourable and complaint.favourable.due >= complaint.day:
            yield "Le délai n’est pas expiré dans le calcul le plus favorable à la plateforme."
        if complaint.answer_text or complaint.answer_day:
            yield "La plainte dit que rien n’a été répondu et cite pourtant une réponse."
    elif not (complaint.answer_text and complaint.answer_day and complaint.answer_exhibits):
        yield "Il manque la date, le contenu ou la pièce de la réponse reçue."
    if all(cited(ground.article)[0] == _INFORMATION_ONLY for ground in complaint.grounds):
        yield "Il manque un fondement : le défaut d’information ne suffit jamais à lui seul."
    if not complaint.proceedings.strip():
        yield "Il manque une phrase disant si une procédure est en cours."


def _numbers_cited(complaint: ComplaintFields) -> Iterator[int]:
    for numbers in (
        complaint.mandate_exhibits,
        complaint.controller_exhibits,
        complaint.request_exhibits,
        complaint.receipt_exhibits,
        complaint.answer_exhibits,
        complaint.presumed_exhibits,
        complaint.messages,
        complaint.no_answer_exhibits,
        complaint.absent_exhibits,
        complaint.proceedings_exhibits,
        *(fact.exhibits for fact in complaint.facts),
        *(line.exhibits for line in complaint.chronology),
    ):
        yield from numbers
    yield from (page.exhibit for page in (*complaint.pages, *complaint.still_shown) if page.exhibit is not None)


def numbering_gaps(exhibits: Iterable[Exhibit]) -> Iterator[str]:
    """Yield what is wrong with the numbers of a list of exhibits."""
    numbers = [exhibit.number for exhibit in exhibits]
    if not numbers:
        yield "La liste des pièces est vide."
    elif numbers != list(range(1, len(numbers) + 1)):
        yield "Les pièces ne sont pas numérotées de 1 en 1, dans l’ordre."
