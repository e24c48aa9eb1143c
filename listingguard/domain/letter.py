"""What each document of a case is made of, what it must never say, and what it still lacks. No prose, no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum

from listingguard.domain.listing import Trait
from listingguard.domain.practitioner import Civility


class Kind(StrEnum):
    """The documents we write; the value is the name of the template."""

    QUESTION = "question"
    QUESTION_REMINDER = "question_reminder"
    MANDATE = "mandate"
    REQUEST = "request"
    COMPLAINT = "complaint"
    CHRONOLOGY = "chronology"
    EXHIBITS = "exhibits"
    READINGS = "readings"
    REGISTERED = "registered"

    @property
    def label(self) -> str:
        """Return the French name shown on screen."""
        return {
            "question": "question à la personne concernée",
            "question_reminder": "rappel de la question",
            "mandate": "mandat",
            "request": "demande d’opposition et d’effacement",
            "complaint": "plainte à la CNIL",
            "chronology": "chronologie",
            "exhibits": "liste des pièces",
            "readings": "annexe : comment les pages ont été lues",
            "registered": "feuille d’envoi en recommandé",
        }[self.value]


class Standing(StrEnum):
    """How much a statement of fact is worth."""

    ESTABLISHED = "established"
    DECLARED = "declared"
    PRESUMED = "presumed"

    @property
    def label(self) -> str:
        """Return the French word printed beside the fact."""
        return {"established": "établi", "declared": "déclaré", "presumed": "présumé"}[self.value]


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


@dataclass(frozen=True)
class Sender:
    """Who signs and where an answer goes.

    lines: a professional address, one line each; never a home, empty when the practice is also the home.
    quality: the line under the name, as « Masseur-kinésithérapeute ».
    """

    name: str
    quality: str
    lines: tuple[str, ...]
    email: str
    phone: str


@dataclass(frozen=True)
class Addressee:
    """To whom the document is sent: what shows in the window of the envelope, top to bottom."""

    name: str
    attention: str
    lines: tuple[str, ...]


CNIL = Addressee(
    "Commission nationale de l’informatique et des libertés",
    "Service des plaintes",
    ("3 place de Fontenoy", "TSA 80715", "75334 PARIS CEDEX 07"),
)


@dataclass(frozen=True)
class ListedPage:
    """One captured page about the practitioner.

    url: exact. captured_at: aware. sha256: of the captured bytes. traits: labels of `Trait` (none: bare).
    shown: the data the page shows, as « nom et prénom », « adresse du cabinet »; nothing the page does not show.
    exhibit: its number in the pack, in a complaint only.
    """

    url: str
    captured_at: datetime
    sha256: str
    traits: tuple[str, ...]
    shown: tuple[str, ...]
    exhibit: int | None = None


@dataclass(frozen=True)
class GroundLine:
    """One ground a named person ticked.

    article: as printed in mid-sentence, « article 21, paragraphe 1, du RGPD ». sentence: what follows the colon after
    it, in lower case, without a full stop and in no one's voice (« la personne s’oppose… »), so that it fits a letter
    signed by the kiné or by a council, and a complaint.
    """

    code: str
    article: str
    sentence: str


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
    """One « Pièce n° » of the pack. day: the day of the document, None when it has none."""

    number: int
    title: str
    file: str
    sha256: str
    day: date | None = None


@dataclass(frozen=True)
class QuestionFields:
    """The question to the practitioner about pages that may be theirs, and its reminders.

    addressee: the practitioner, without lines when it leaves by e-mail alone; never a home. reader: who reads the
    answer, as « le secrétariat du conseil ». asked_on: the day of the question that a reminder repeats, None in the
    question itself. no_contract: no contract with this platform was sent to the council by that day.
    """

    reference: str
    day: date
    place: str
    sender: Sender
    addressee: Addressee
    practitioner_name: str
    civility: Civility
    platform_name: str
    pages: tuple[ListedPage, ...]
    reader: str
    asked_on: date | None
    no_contract: bool
    signatory: str
    attachments: tuple[str, ...]


@dataclass(frozen=True)
class MandateFields:
    """The mandate to print and sign; free of charge.

    lines: the practitioner's professional address, empty when it is also the home. mandatary: the council. object: what
    it is for. powers: phrases in lower case without a full stop. pages: URLs known so far, maybe none. months: duration,
    from the signature.
    """

    reference: str
    day: date
    practitioner_name: str
    civility: Civility
    rpps: str
    lines: tuple[str, ...]
    mandatary: Sender
    object: str
    powers: tuple[str, ...]
    pages: tuple[str, ...]
    months: int


@dataclass(frozen=True)
class RequestFields:
    """The objection and erasure request.

    represented: a council acts under the mandate of `mandate_day`; otherwise the practitioner signs.
    situation: the person's own reasons (art. 21(1)), whole sentences in no one's voice.
    grounds: art. 21(1), then art. 17(1)(c), then any other; chosen by a person.
    bare: the listing shows a name and an address and nothing more; the wording is softer.
    attachments: the « P.J. » lines; the mandate is said to be joined when one of them names it.
    opened_once: the person, or their practice, once opened or edited a page there, and says so.
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
    platform_name: str
    pages: tuple[ListedPage, ...]
    grounds: tuple[GroundLine, ...]
    situation: tuple[str, ...]
    bare: bool
    signatory: str
    attachments: tuple[str, ...]
    opened_once: bool = False

    @property
    def bookable(self) -> bool:
        """Return True when a page offers appointments."""
        return self._has(Trait.BOOKABLE)

    @property
    def relayed(self) -> bool:
        """Return True when a page shows a number that is not the practitioner's."""
        return self._has(Trait.RELAY_NUMBER)

    @property
    def inaccurate(self) -> bool:
        """Return True when a page shows wrong data."""
        return self._has(Trait.WRONG_DATA)

    @property
    def mandate_joined(self) -> bool:
        """Return True when the mandate is among the attachments."""
        return any("mandat" in line.casefold() for line in self.attachments)

    def _has(self, trait: Trait) -> bool:
        return any(trait.label in page.traits for page in self.pages)


@dataclass(frozen=True)
class ComplaintFields:
    """The complaint to the CNIL.

    The complaint writes by itself what it knows from pages, request, receipt and answer; `facts` holds the rest,
    among which the person's own reasons (art. 21(1)).
    receipt_basis: what the day of receipt rests on, completes « … : » (« accusé de réception du serveur »);
    receipt_proven False prints « présumé » everywhere the day is shown.
    answer_text: what the answer says, whole sentences; empty on silence.
    pages: captures from before the request (or the earliest there is, said in `not_proved`).
    still_shown: the fresh captures. legal: the clock of art. 12(3). favourable: the reckoning most favourable to
    the platform, None where nothing is in doubt. proceedings: one whole sentence, never assumed.
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

    @property
    def lapsed(self) -> bool:
        """Return True when the legal clock had run out before the day of the complaint."""
        return self.legal.due < self.day


@dataclass(frozen=True)
class ChronologyFields:
    """The chronology of the pack, with every computation."""

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
    lines: tuple[ChronologyLine, ...]
    reckonings: tuple[Reckoning, ...]


@dataclass(frozen=True)
class ExhibitsFields:
    """The list of exhibits of the pack."""

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
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
class ReadingsFields:
    """How the pages of the case were read: what the captures and the readings recorded, and what they did not.

    site_pages, site_days: pages the program read on the site, for anyone, and on how many days, from first_day to
    last_day (None: none). refusals, forbidden: of its readings, those the site refused, and those robots.txt forbids.
    tools, user_agents, paces, accounts: what was recorded of the program’s own visits, each thing once (paces in
    seconds). without_…: how many of the pages the program read lack that record.
    """

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
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


@dataclass(frozen=True)
class RegisteredFields:
    """The sheet that goes with a request to be posted: what to write, what to do, what to note afterwards.

    envelope: the addressee's block, see `postal.envelope`. sender: what the slip of the post office asks; its lines are
    empty where the only address is a home. file, pages: the request. command: what to run afterwards.
    """

    reference: str
    day: date
    practitioner_name: str
    platform_name: str
    envelope: tuple[str, ...]
    sender: Sender
    file: str
    pages: int
    command: str


Fields = (
    QuestionFields
    | MandateFields
    | RequestFields
    | ComplaintFields
    | ChronologyFields
    | ExhibitsFields
    | ReadingsFields
    | RegisteredFields
)

FIELDS: dict[Kind, type[Fields]] = {
    Kind.QUESTION: QuestionFields,
    Kind.QUESTION_REMINDER: QuestionFields,
    Kind.MANDATE: MandateFields,
    Kind.REQUEST: RequestFields,
    Kind.COMPLAINT: ComplaintFields,
    Kind.CHRONOLOGY: ChronologyFields,
    Kind.EXHIBITS: ExhibitsFields,
    Kind.READINGS: ReadingsFields,
    Kind.REGISTERED: RegisteredFields,
}


# ---------------------------------------------------------------------------------------------- what is never said

QUESTIONS = frozenset({Kind.QUESTION, Kind.QUESTION_REMINDER})
"""What is written to the practitioner; all other letters go out."""

_LETTER = frozenset({Kind.REQUEST, *QUESTIONS})
_PACK = frozenset({Kind.COMPLAINT, Kind.CHRONOLOGY, Kind.EXHIBITS, Kind.READINGS})
_ALL = frozenset(Kind)


@dataclass(frozen=True)
class Rule:
    """One thing some kinds never say. The pattern is read on text without URLs, NBSP made a space, ’ made '."""

    name: str
    kinds: frozenset[Kind]
    pattern: re.Pattern[str]
    why: str


def _rule(name: str, kinds: frozenset[Kind], pattern: str, why: str, *, exact_case: bool = False) -> Rule:
    return Rule(name, kinds, re.compile(pattern, 0 if exact_case else re.IGNORECASE), why)


RULES: tuple[Rule, ...] = (
    _rule("unlawful", _LETTER, r"\billicit\w*|\billégal\w*", "une qualification que seule l’autorité peut donner"),
    _rule("fraud", _LETTER, r"\bfraud\w*", "une accusation"),
    _rule("usurpation", _LETTER, r"\busurp\w*", "une accusation"),
    _rule(
        "formal_notice",
        _LETTER,
        r"\bmise en demeure|\bmet\w* en demeure",
        "une première demande n’est pas une sommation",
    ),
    _rule("two_months", _LETTER, r"\b(?:deux|2)(?: \(2\))? mois", "la loi donne un mois (article 12, § 3)"),
    _rule(
        "two_months_as_law",
        _PACK,
        r"\bdélai(?! d'un mois)(?:(?!prolong)[^.;]){0,40}\b(?:deux|2) mois",
        "le délai légal est d’un mois ; seule une prolongation dure deux mois de plus",
    ),
    _rule("criminal_complaint", _LETTER, r"plainte pénale|porter plainte|déposer plainte", "une menace de poursuites"),
    _rule("criminal_code", _ALL, r"226-18|code pénal|\bpénalement", "une référence au code pénal"),
    _rule(
        "damages",
        _ALL,
        r"\bdommages?\b|\bindemni\w+|\bpréjudice\w*|article 82\b",
        "une demande de réparation, qui ne relève pas de ce courrier",
    ),
    _rule("sanction", _ALL, r"\bamendes?\b|\d ?(?:€|euros?\b)|chiffre d'affaires", "un montant ou une sanction"),
    _rule(
        "publicity",
        _ALL,
        r"(?<!rue de )\bla presse\b|réseaux sociaux|\bmédias?\b|\brend(?:re|rai|rons|ra) publi\w+|bad buzz",
        "une menace de publicité",
    ),
    _rule("lawyers", _LETTER, r"\b(?:nos|mes|notre|mon) avocate?s?\b", "une menace d’avocat"),
    _rule(
        "notice_to_host",
        _LETTER,
        r"\bnotification\b|\bLCEN\b|confiance dans l'économie numérique|\bDSA\b|services numériques|2022/2065",
        "le courrier va au responsable du traitement ; ce n’est pas un signalement à un hébergeur",
    ),
    _rule("contract_duty", _ALL, r"contrat obligatoire", "aucun texte vérifié ne l’établit"),
    _rule("minors_only", _ALL, r"article 51,? (?:II|paragraphe 2)\b", "ce texte ne vise que les mineurs"),
    _rule("old_advertising_ban", _ALL, r"R\. ?4321-67\b(?!-)", "la partie utile de ce texte a été abrogée en 2020"),
    _rule("ethics", _PACK, r"déontolog\w*|R\. ?4321-\d+", "la déontologie n’est pas un fondement devant la CNIL"),
    _rule(
        "odds",
        _ALL,
        r"\bscores?\b|\bprobabilités?\b|chances de succès|taux de réussite|similarité|algorithme\w*|\b\d+ ?%",
        "un pronostic ou un mot de machine",
    ),
    _rule(
        "doctor",
        _ALL,
        # Streets and brands bear the word; a person here does not.
        r"(?<!du )(?<!de )(?<!rue )(?<!avenue )(?<!boulevard )(?<!place )(?<!allée )(?<!résidence )(?<!allo )(?<!site )"
        r"\b(?:Docteur|Docteure|Dr)\b",
        "un titre qui n’est pas celui d’un kiné",
    ),
    _rule("double_gender", _ALL, r"\w\(e\)|\w·[a-z]", "une double forme : écrire une tournure neutre"),
    _rule(
        "blank",
        _ALL,
        r"\{\{ ?\w+(?:\.\w+)* ?\}\}|\[ ?(?:à compléter|nom|date|adresse|…|\.\.\.) ?\]|\bNone\b|\bTODO\b|_{4,}",
        "un blanc qui n’a pas été rempli",
    ),
    _rule(
        "english",
        _ALL,
        r"\b(?:request|erasure|listings?|deadline|please|dear|bookable|reviews|sponsored|unknown|undetermined"
        r"|unauthorised|authorised|overdue|established|declared|presumed|refused)\b|\b[a-z]+_[a-z_]+\b",
        "un mot anglais ou un mot du programme",
        exact_case=True,
    ),
)

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s«»]+|[^\s«»@,;]{1,64}@[\w.-]+")


def lint(kind: str, text: str) -> tuple[str, ...]:
    """Return one French sentence per rule the text breaks, in the order of RULES; empty when it may leave.

    URLs and e-mail addresses are not read: a page may be named anything.

    >>> lint("request", "Vous avez deux mois pour répondre.")
    ('« deux mois » : la loi donne un mois (article 12, § 3).',)
    """
    plain = " ".join(_ADDRESS.sub(" ", text).replace("’", "'").split())
    broken = []
    for rule in RULES:
        if kind in rule.kinds and (found := rule.pattern.search(plain)):
            broken.append(f"« {found[0]} » : {rule.why}.")
    return tuple(broken)


# ---------------------------------------------------------------------------------------------- what is still missing

_IDENTITY_COPY = re.compile(r"(?:pièce|carte|titre) (?:nationale )?d.identité|passeport|permis de conduire", re.I)
_SPOKEN = re.compile(r"\b(?:vous|votre|vos|je|mon|ma|mes|nous|notre|nos)\b", re.I)
_INFORMATION_ONLY = 14


def cited(article: str) -> tuple[int, int, str]:
    """Return (article, paragraph, point) of a GDPR citation; 0 and "" where it names none.

    >>> cited("article 17, paragraphe 1, point c), du RGPD"), cited("art. 21(1) RGPD"), cited("article 14 du RGPD")
    ((17, 1, 'c'), (21, 1, ''), (14, 0, ''))
    """
    found = re.search(r"(\d+)(?:\D{1,14}(\d+))?(?:.*?\b([a-z])\))?", article)
    if not found:
        return (0, 0, "")
    return (int(found[1]), int(found[2] or 0), found[3] or "")


def gaps(document: Fields) -> tuple[str, ...]:
    """Return one French sentence per thing the fields lack or contradict; empty when the document can be written.

    Sources: arts 12, 17 and 21 GDPR for the request; the CNIL's list of what a complaint must hold.
    """
    match document:
        case QuestionFields():
            found = [*_question_gaps(document)]
        case MandateFields():
            found = [*_mandate_gaps(document)]
        case RequestFields():
            found = [*_request_gaps(document)]
        case ComplaintFields():
            found = [*_complaint_gaps(document)]
        case ChronologyFields():
            found = ["La chronologie est vide."] if not document.lines else []
        case ExhibitsFields():
            found = [*_numbering_gaps(document.exhibits)]
        case ReadingsFields():
            found = [] if document.pages else ["L’annexe ne cite aucune page."]
        case RegisteredFields():
            found = [] if len(document.envelope) > 1 else ["Il manque l’adresse postale du destinataire."]
    return (*_blank_gaps(document), *found)


def _blank_gaps(document: Fields) -> Iterator[str]:
    for name, label in (
        ("reference", "la référence du dossier"),
        ("place", "le lieu"),
        ("practitioner_name", "le nom du praticien ou de la praticienne"),
        ("platform_name", "le nom de la plateforme"),
        ("signatory", "le nom de la personne qui signe"),
    ):
        if hasattr(document, name) and not getattr(document, name).strip():
            yield f"Il manque {label}."
    for moment in _moments(document):
        if moment.tzinfo is None:
            yield "L’heure d’une capture est donnée sans fuseau horaire."


def _moments(value: object) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _moments(item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _moments(getattr(value, each.name))


def _party_gaps(document: RequestFields | ComplaintFields) -> Iterator[str]:
    if not document.addressee.name.strip() or not document.addressee.lines:
        yield "Il manque le nom ou l’adresse du destinataire."
    if not document.sender.lines and not document.sender.email:
        yield "Il manque un moyen de répondre : l’adresse professionnelle ou le courriel de l’expéditeur."
    if not document.pages:
        yield "Il manque l’adresse exacte d’au moins une page."
    for page in document.pages:
        if not page.shown:
            yield f"Il manque ce que la page affiche : {page.url}."
    if document.represented and document.mandate_day is None:
        yield "Il manque la date du mandat : le conseil n’agit jamais en son nom."
    if document.represented and document.mandate_day and document.mandate_day > document.day:
        yield "Le mandat est postérieur au courrier."


def _question_gaps(question: QuestionFields) -> Iterator[str]:
    if not question.addressee.name.strip():
        yield "Il manque le nom du destinataire."
    if not question.sender.lines and not question.sender.email:
        yield "Il manque un moyen de répondre : l’adresse professionnelle ou le courriel de l’expéditeur."
    if not question.pages:
        yield "Il manque l’adresse exacte d’au moins une page."
    if not question.reader.strip():
        yield "Il manque qui lira la réponse."
    if question.asked_on is not None and question.asked_on >= question.day:
        yield "Un rappel ne part pas le jour de la question."


def _mandate_gaps(mandate: MandateFields) -> Iterator[str]:
    if not mandate.object.strip() or not mandate.powers:
        yield "Il manque l’objet ou les pouvoirs du mandat."
    if mandate.months < 1:
        yield "Il manque la durée du mandat."
    if not mandate.mandatary.name.strip() or not (mandate.mandatary.lines or mandate.mandatary.email):
        yield "Il manque le nom du mandataire, ou l’adresse où lui écrire pour révoquer le mandat."


def _request_gaps(request: RequestFields) -> Iterator[str]:
    yield from _party_gaps(request)
    if not request.situation:
        yield "Il manque les raisons propres à la personne, que l’article 21, paragraphe 1, du RGPD demande."
    if [cited(g.article) for g in request.grounds[:2]] != [(21, 1, ""), (17, 1, "c")]:
        yield "Les deux premiers fondements doivent être l’article 21, § 1, puis l’article 17, § 1, c), du RGPD."
    if request.bare and any(page.traits for page in request.pages):
        yield "La fiche est dite simple alors qu’une page porte davantage qu’un nom et une adresse."
    for line in request.attachments:
        if _IDENTITY_COPY.search(line):
            yield f"Aucune copie de pièce d’identité ne part avec la demande : « {line} »."


def _complaint_gaps(complaint: ComplaintFields) -> Iterator[str]:
    yield from _party_gaps(complaint)
    yield from _numbering_gaps(complaint.exhibits)
    known = {exhibit.number for exhibit in complaint.exhibits}
    missing = sorted(set(_numbers_cited(complaint)) - known)
    if missing:
        yield f"La plainte cite une pièce qui n’est pas dans la liste : n° {', '.join(map(str, missing))}."
    if complaint.represented and not complaint.mandate_exhibits:
        yield "Il manque le mandat parmi les pièces."
    if not complaint.controller.name.strip() or not complaint.controller.lines:
        yield "Il manque le nom ou l’adresse du responsable du traitement."
    if not complaint.request_exhibits:
        yield "Il manque la demande adressée à la plateforme parmi les pièces."
    if complaint.receipt_proven and not complaint.receipt_exhibits:
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
        *(fact.exhibits for fact in complaint.facts),
        *(line.exhibits for line in complaint.chronology),
    ):
        yield from numbers
    yield from (page.exhibit for page in (*complaint.pages, *complaint.still_shown) if page.exhibit is not None)


def _numbering_gaps(exhibits: Iterable[Exhibit]) -> Iterator[str]:
    numbers = [exhibit.number for exhibit in exhibits]
    if not numbers:
        yield "La liste des pièces est vide."
    elif numbers != list(range(1, len(numbers) + 1)):
        yield "Les pièces ne sont pas numérotées de 1 en 1, dans l’ordre."
