"""What a paper that came in tells of anybody but the person of the case: said by its sort, never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stdnum import luhn

from listingguard.domain.incoming import names_patients, names_somebody, speaks_for
from listingguard.domain.letter.privacy import leaks
from listingguard.domain.names import fold
from listingguard.domain.practitioner import Practitioner

_GAP = r"[ \u00a0\u202f./()-]{0,3}"
_PHONE = re.compile(rf"(?<![\w+])(?:(?:\+|00)\d{{2,3}}{_GAP}(?:\(0\))?{_GAP}|0)[1-9](?:{_GAP}\d\d){{4}}(?!\w)")
_MAILBOX = re.compile(r"[\w.+%'-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_MACHINES = re.compile(r"(?i)(?:mailer-daemon|postmaster|no-?reply|ne-?pas-?repondre)@")
_STREET = re.compile(
    r"(?i)(?<!\d)\d{1,4}(?:[ \u00a0]?(?:bis|ter|quater|[a-d]))?,?[ \u00a0]+(?:rue|avenue|av\.?|boulevard|bd|place|impasse|"
    r"chemin|allées?|route|cours|quai|square|passage|résidence|lotissement|sentier|villa|cité|faubourg|montée|"
    r"traverse|esplanade|voie|ruelle|clos|hameau)\b(?:[ \u00a0]+(?!\d{5}\b)[\w’'.-]+){1,3}"
)
_MOBILE = re.compile(rf"(?<![\w+])(?:(?:\+|00)33{_GAP}(?:\(0\))?{_GAP}|0)[67](?:{_GAP}\d\d){{4}}(?!\w)")
_ELEVEN = re.compile(r"(?<!\w)8?(\d{11})(?!\w)")
_SPACED = re.compile(r"(?i)\brpps\b[^\d\n]{0,20}8?((?:\d[ \u00a0.]?){11})(?!\d)")


@dataclass(frozen=True)
class Known:
    """What a paper may tell of a case: it is the person's, the sender's or the platform's already.

    names: of people, each whole. addresses: mailboxes and domains, see `speaks_for`. texts: what the platform was written,
    what its page shows, who writes: the numbers and streets in them.
    """

    rpps: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    texts: tuple[str, ...]


def of_others(words: str, known: Known, others: Iterable[Practitioner] = ()) -> tuple[str, ...]:
    """Return the sorts of things a paper tells of somebody else, French nouns with their article; empty when none is seen.

    others: people of the roster whom the words might name or reach. A program sees what is written out in the usual
    ways; a name without its civility, of nobody on the roster, it does not see.

    >>> of_others("Mme Modèle, 06 12 34 56 78", Known("", (), (), ()))
    ('un numéro de téléphone étranger au dossier', 'le nom d’une autre personne')
    """
    return tuple(dict.fromkeys(_found(words, known, tuple(others))))


def _found(words: str, known: Known, others: tuple[Practitioner, ...]) -> Iterator[str]:
    numbers = {found[1] for found in _ELEVEN.finditer(words) if luhn.is_valid(found[1])}
    numbers |= {re.sub(r"\D", "", found[1]) for found in _SPACED.finditer(words)}
    if numbers - {known.rpps}:
        yield "le numéro RPPS d’une autre personne"
    told = "\n".join(known.texts)
    if _phones(words) - _phones(told):
        yield "un numéro de téléphone étranger au dossier"
    boxes = {each.lower() for each in _MAILBOX.findall(words) if not _MACHINES.match(each)}
    ours = (*known.addresses, *_MAILBOX.findall(told))
    if any(not speaks_for(each, ours) for each in boxes):
        yield "une adresse électronique étrangère au dossier"
    places = f" {fold(told)} "
    if not all(tells_street(places, street) for street in dict.fromkeys(streets(words))):
        yield "une adresse postale étrangère au dossier"
    names = {name for other in others for name in other.called()}
    # Whoever bears the person's very name cannot be told from the person by it, in either order.
    mine = {tuple(sorted(fold(name).split())) for name in known.names}
    if leaks(words, others=(name for name in names if tuple(sorted(fold(name).split())) not in mine)):
        yield "le nom d’une autre personne du tableau"
    elif names_somebody(words, known.names):
        yield "le nom d’une autre personne"
    if why := names_patients(words, (), known.names):
        yield "un numéro de sécurité sociale" if "sécurité sociale" in why else "ce qui paraît concerner des patients"


_NOTICE = re.compile(
    r"(?i)©|\bR\.?C\.?S\b|\bSIREN\b|\béditée? par\b|\béditeur\b|\bhébergée?s? (?:par|chez)\b|\bhébergeur\b|"
    r"\best un (?:service|site) (?:de|du|des|d’)|^(?:mairie|hôtel de ville|préfecture|communauté de communes)\b"
)
_NOTICE_HEAD = re.compile(r"(?i)(?:éditeur|hébergeur|hébergement)(?: du site)?[ \u00a0]*:?")
_ABOUT_HEAD = re.compile(
    r"(?i)(?:à propos|mentions légales|qui sommes[- ]nous|(?:nous )?contact(?:er|ez-nous)?)[ \u00a0?]*:?"
)
_COMPANY = re.compile(
    r"\b(?:SASU?|SARL|EURL|SA|SNC|SCOP|GIE|SRL|Ltd|GmbH|Inc|Association|Syndicat|Fédération|Mutuelle|Société)\b"
)
_CAREGIVER = re.compile(r"\b(?:SEL(?:ARL|AS|AFA)?U?|SCM|SCP|Dr|Docteur|M|Mme|Mlle|Monsieur|Madame)\b")


def notice_lines(text: str) -> str:
    """Return the lines in which a page says who publishes and hosts it, without a mobile number; empty for none.

    A legal notice must be told by law (art. 6 III of law no. 2004-575) and is no third party's. A company of
    caregivers or somebody behind a civility is not read as one.

    >>> notice_lines("Éditeur\\nExemple SAS\\n1 rue du Parc\\nMme Modèle, 2 rue du Lac")
    'Éditeur\\nExemple SAS\\n1 rue du Parc'
    """
    lines, until, found = text.split("\n"), 0, []
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if _NOTICE_HEAD.fullmatch(line) or (_ABOUT_HEAD.fullmatch(line) and _COMPANY.search(following)):
            # A name, a street, a town, a phone.
            until = at + 5
        if _CAREGIVER.search(line):
            until = 0
        elif len(line) < 400 and (at < until or _NOTICE.search(line)):
            found.append(line)
    return _MOBILE.sub("", "\n".join(found))


def streets(text: str) -> Iterator[str]:
    """Yield the numbered streets a text tells, as it writes them."""
    return (found[0] for found in _STREET.finditer(text))


def tells_street(places: str, street: str) -> bool:
    """Return True where these folded words, a space around them, hold a street, or its number, kind and first word.

    What follows the first word may be another line.
    """
    folded = fold(street).split()
    return f" {' '.join(folded)} " in places or f" {' '.join(folded[:3])} " in places


def _phones(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"\D", "", found[0])[-9:] for found in _PHONE.finditer(text))
