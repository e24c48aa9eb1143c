"""What came in, before a person reads it: what sort of message, whose word it may be, what must stay out of sight.

Nothing here decides what a message means, and nothing is ever lost: what is not trusted waits for a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from listingguard.domain.envelope import Envelope, Hand
from listingguard.domain.names import fold
from listingguard.domain.record import Sort
from listingguard.domain.reply_text import Attachment, Automatic, MailText
from listingguard.domain.suggestion import Meaning, Suggestion, sentences

REMIND_AFTER_DAYS = (3, 10, 24)
"""Days after which a message that nobody has read is told of again."""


def sort_of(found: Envelope, mail: MailText, lawyers: Collection[str]) -> Sort:
    """Return what sort of message it is, by its headers; what it names is looked at apart. lawyers: see `is_lawyer`."""
    if is_lawyer((found.sender, *found.to), lawyers):
        return Sort.LAWYER
    if mail.automatic in (Automatic.FAILED, Automatic.DELAYED, Automatic.DELIVERED) or found.hand is Hand.REPORT:
        return Sort.BOUNCE
    return Sort.AUTOMATIC if found.hand is Hand.PROGRAM or mail.automatic is Automatic.REPLY else Sort.REPLY


def is_lawyer(addresses: Iterable[str], lawyers: Collection[str]) -> bool:
    """Return True when one of the addresses is that of one's own lawyer. lawyers: whole addresses, or domains."""
    known = {entry.lower().lstrip("@") for entry in lawyers}
    return any(address in known or address.rpartition("@")[2] in known for address in addresses if address)


# -- whose word it may be ----------------------------------------------------------------------------------------------

_PUBLIC_MAIL = frozenset((
    "aol.com", "bbox.fr", "free.fr", "gmail.com", "gmx.com", "gmx.fr", "googlemail.com", "hotmail.com", "hotmail.fr",
    "icloud.com", "laposte.net", "live.com", "live.fr", "mailo.com", "me.com", "msn.com", "neuf.fr", "numericable.fr",
    "orange.fr", "outlook.com", "outlook.fr", "proton.me", "protonmail.com", "sfr.fr", "wanadoo.fr", "yahoo.com",
    "yahoo.fr", "ymail.com",
))  # fmt: skip
"""Where anybody has an address: there, only the very same address is the same sender."""


def speaks_for(sender: str, known: Iterable[str]) -> bool:
    """Return True when an address is of a controller: the same, or at one of its domains or below it.

    known: the controller's addresses (`dpo@site.example`), domains and hosts (`site.example`).

    >>> speaks_for("aide@mail.site.example", ["dpo@site.example"]), speaks_for("x@notsite.example", ["site.example"])
    (True, False)
    >>> speaks_for("x@gmail.com", ["cabinet@gmail.com"]), speaks_for("cabinet@gmail.com", ["cabinet@gmail.com"])
    (False, True)
    """
    domain = sender.rpartition("@")[2]
    for entry in known:
        each = entry.lower()
        own = each.rpartition("@")[2].removeprefix("www.")
        if sender and sender == each:
            return True
        if own and "." in own and own not in _PUBLIC_MAIL and domain and (domain == own or domain.endswith(f".{own}")):
            return True
    return False


def quoted_references(text: str, references: Iterable[str]) -> tuple[str, ...]:
    """Return which of our case numbers a text quotes, whole: -0042 is not found in -00421."""
    return tuple(r for r in references if re.search(rf"(?<![\w-]){re.escape(r)}(?![\w-]|\d)", text, re.IGNORECASE))


# -- what must stay out of sight ---------------------------------------------------------------------------------------

_NIR = re.compile(
    r"(?<!\w)([12378])[ \u00a0.]?(\d\d)[ \u00a0.]?(\d\d)[ \u00a0.]?(\d\d|2[AB])[ \u00a0.]?(\d{3})[ \u00a0.]?(\d{3})[ \u00a0./-]{0,3}(\d\d)(?!\w)"
)
_DAY = re.compile(
    r"(?<!\d)\d{1,2}[/.-]\d{1,2}(?:[/.-](?:\d\d){1,2})?(?!\d)|\b\d{1,2}(?:er)? "
    r"(?:janv|févr|fevr|mars|avri|mai|juin|juil|août|aout|sept|octo|nove|déce|dece)",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]) ?[:hH] ?[0-5]\d(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+33 ?|0)[1-9](?:[ .\u00a0-]?\d\d){4}(?!\d)")
_NAME = re.compile(r"(?:\b(?:M|MM|Mme|Mlle|Monsieur|Madame)\b\.?\s+)?\b[A-ZÉÈÀÂÎÔÇ][\w’'-]+\s+[A-ZÉÈÀÂÎÔÇ][\w’'-]+")
_PATIENT = re.compile(r"\bpatient(?:e|s|es)?\b", re.IGNORECASE)
_LISTED_FILE = re.compile(r"patient|rendez[-_ ]?vous|\brdv|consultation|agenda|planning", re.IGNORECASE)
_TABLES = ("classeur Excel", "texte", "document OpenDocument", "invitation d’agenda", "classeur")

LISTED_PEOPLE = 3
"""So many lines that give a name with a day, an hour or a phone make a list of appointments."""


_PERSON = re.compile(
    r"\b(?:M\.|MM\.|M|Mr|Mme|Mlle|Monsieur|Madame|Mademoiselle)\.?[ \u00a0]+"
    r"((?:[A-ZÉÈÀÂÎÔÇ][\w’'-]*\.?)(?:[ \u00a0][A-ZÉÈÀÂÎÔÇ][\w’'-]+){0,3})"
)
_GREETED = re.compile(rf"^\s*(?:(?:Bonjour|Bonsoir|Chère?)\s+{_PERSON.pattern}|{_PERSON.pattern}\s*[,!]\s*$)")
_HEADER = re.compile(
    r"^\W*(?:De|À|A|Cc|Envoyé|Date|Objet|From|To|Sent)\s*:|a écrit\s*:?\s*$|^\W*Le .{5,120}<[^>]*@[^>]*>"
)
_CLOSING = re.compile(r"(?i)cordialement|bien à vous|salutations|sentiments|respectueusement|considération|^\W*-- ?$")
_ONE_PATIENT = re.compile(r"(?i)\bpatiente?\b")
_DESK = re.compile(
    r"(?i)\b(?:espaces?|relations?|services?|expériences?|équipes?|avis|support|comptes?)[ -]patient(?:e|s|es)?\b"
)
_INITIALS = re.compile(r"(?<![\w.])(?!S\.A|P\.J|N\.B|P\.S|C\.V|R\.H)[A-ZÉ]\.[ \u00a0-]?[A-ZÉ]\.?(?![\w.])")
_HAS_APPOINTMENT = re.compile(
    r"(?i)\b(?:a|avait|aura|ayant|avoir|pris|prendre|réservé|annulé|son|sa) (?:bien |déjà |pris |réservé |un |une |son |sa )*"
    r"(?:rendez-vous|rdv|consultation|séance)\b(?! (?:téléphonique|en visio))"
)
_ROLE = (
    r"(?:délégué|directeur|directrice|juriste|responsable|DPO|avocat|gérant|président|chargé|secrétaire|conseiller|"
    r"référent|masseur|kiné|praticien|collaborat|collègue|confrère|consœur)"
)
_ROLE_AFTER = re.compile(
    rf"(?i)^\s*[,(]?\s*(?:(?:notre|votre|le|la|en qualité de) )?(?:{_ROLE}|(?:du|de notre) (?:service|équipe)\b)"
)
_DESK_ROLE = r"(?:délégué|directeur|directrice|juriste|responsable|DPO|avocat|gérant|président|chargé|secrétaire|conseiller|référent)"
_DESK_AFTER = re.compile(
    rf"(?i)^\s*[,(]?\s*(?:(?:notre|votre|le|la|en qualité de) )?(?:{_DESK_ROLE}|(?:du|de notre) (?:service|équipe)\b)"
)
_DESK_BEFORE = re.compile(rf"(?i){_DESK_ROLE}[^.;:]{{0,50}}$")
_OFFICES = frozenset(("le", "la", "president", "presidente", "directeur", "directrice", "procureur", "ministre"))
_ROLE_BEFORE = re.compile(rf"(?i){_ROLE}[^.;:]{{0,50}}$")


def _told(text: str) -> str:
    """Return what a message tells: without its greeting, the headers of its quotes and the lines under a closing formula."""
    lines, under = [], 0
    for line in text.split("\n"):
        bare = line.lstrip("> \t")
        if _HEADER.search(bare):
            continue
        under = 6 if _CLOSING.search(bare) else under - 1
        if (
            0 <= under < 6
            and len(bare) < 100
            and not (_DAY.search(bare) or _HOUR.search(bare) or _ONE_PATIENT.search(bare))
        ):
            continue
        lines.append(_GREETED.sub("", bare))
    return "\n".join(lines)


def names_somebody(text: str, own: Collection[str]) -> bool:
    """Return True when a message names a person, with a civility, who is none of these and does not speak for the platform.

    >>> names_somebody("Mme Modèle, kinésithérapeute, nous a écrit.", []), names_somebody("Mme Modèle, juriste.", [])
    (True, False)
    """
    known = {word for name in own for word in fold(name).split()}
    for sentence in sentences(_told(text[:200_000])):
        for person in _PERSON.finditer(sentence):
            words = fold(person[1]).split()
            after, before = sentence[person.end() :], sentence[: person.start()]
            speaks = _DESK_AFTER.search(after) or _DESK_BEFORE.search(before)
            if words and not set(words[:2]) <= known and not speaks and not _OFFICES & set(words):
                return True
    return False


def _person_in_care(text: str, own: Collection[str]) -> bool:
    """Return True when somebody other than those who write or are written about seems to be a patient.

    own: names of the practitioner, the sender and ourselves. Greetings, headers of quotes and the lines under a
    closing formula name who writes or is written to. In doubt: True, a person clears it.
    """
    known = {word for name in own for word in fold(name).split()}
    whole = _told(text)
    for initials in _INITIALS.finditer(whole):
        near = _DESK.sub("", whole[max(0, initials.start() - 150) : initials.end() + 150])
        if _PATIENT.search(near) and (_DAY.search(near) or _HOUR.search(near)):
            return True
    dated: set[str] = set()
    header = ""
    said = sentences(whole)
    for at, sentence in enumerate(said):
        around = _DESK.sub("", f"{header} {sentence}")
        when = bool(_DAY.search(sentence) or _HOUR.search(sentence))
        for person in _PERSON.finditer(sentence):
            words = fold(person[1]).split()
            if not words or set(words[:2]) <= known:
                continue
            after, before = sentence[person.end() :], sentence[: person.start()]
            # « Mme Durand, responsable, patiente » stays one: only who is not called a patient has a part in the reply.
            official = (_ROLE_AFTER.search(after) or _ROLE_BEFORE.search(before)) and not _ONE_PATIENT.search(around)
            if official:
                continue
            beside = said[at + 1] if at + 1 < len(said) else ""
            spoken = _PATIENT.search(around) or re.search(r"(?i)\b(?:cette|ce|la|le) patiente?\b", beside)
            if spoken or (when and _HAS_APPOINTMENT.search(around)):
                return True
            if when:
                dated.add(" ".join(words))
        if sentence.endswith(":"):
            header = sentence
        elif sentence.endswith("."):
            header = ""
    return len(dated) >= 2


def names_patients(text: str, attachments: Sequence[Attachment] = (), own: Collection[str] = ()) -> str:
    """Return why a message seems to name patients (art. 9 GDPR; art. L.1110-4 CSP), in French, or an empty string.

    One social security number is enough, or one person called a patient or given an appointment, or two with a day
    each; else a list: several lines, each with a name and an appointment or a phone, where patients are spoken of.
    own: names that are no patient's (the practitioner, who writes, who signed our letter).

    >>> names_patients("Le patient Jean Essai, 2 69 05 49 588 157 80")
    'il contient un numéro de sécurité sociale'
    >>> names_patients("Votre fiche a été supprimée, aucun patient n’avait réservé.")
    ''
    """
    for found in _NIR.finditer(text):
        if _nir(found):
            return "il contient un numéro de sécurité sociale"
    lines = [line for line in text.split("\n") if len(line) < 400]
    dated = [ln for ln in lines if _NAME.search(ln) and (_PHONE.search(ln) or (_DAY.search(ln) and _HOUR.search(ln)))]
    spoken = bool(_PATIENT.search(text)) or bool(re.search(r"(?i)rendez-vous|\brdv\b|consultation", text))
    if len(dated) >= LISTED_PEOPLE and spoken:
        return "il semble contenir une liste de rendez-vous de patients"
    if _person_in_care(text[:200_000], own):
        return "il semble nommer des patients"
    tables = [a for a in attachments if a.real.startswith(_TABLES) and _LISTED_FILE.search(a.name)]
    if tables:
        return "une pièce jointe semble être une liste de rendez-vous"
    return ""


def _nir(found: re.Match[str]) -> bool:
    """Return True when the key of a social security number is right: 97 less the remainder of its 13 digits."""
    month = int(found[3])
    if not (1 <= month <= 12 or 20 <= month <= 42 or 50 <= month <= 99):
        return False
    number = "".join(found.groups()[:6])
    # Corsica: 2A counts as 19, 2B as 18.
    digits = number.replace("2A", "19").replace("2B", "18")
    return 97 - int(digits) % 97 == int(found[7])


_CIVIL = r"(?:M\.|MM\.|Mme|Mlle|Monsieur|Madame|Mademoiselle|Dr|Docteur|Mr)"
_WORD = r"[A-ZÉÈÀÂÎÔÇ][\w’'-]+"
_SOMEBODY = re.compile(
    rf"\b(?:{_CIVIL}\s+(?:{_CIVIL}\s+)?(?:{_WORD}\s+){{0,3}}{_WORD}"
    r"|(?i:fiche|profil|page|annonce|données) (?i:de|d['’]|concernant|relative à|au nom de) ?"
    rf"(?:{_WORD}\s+){{1,3}}{_WORD})"
)
_RPPS = re.compile(r"(?<!\d)(?:8)?(\d{11})(?!\d)")
_TITLES = frozenset((
    "m", "mm", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "docteur", "de", "d", "concernant",
    "relative", "a", "au", "nom", "fiche", "profil", "page", "annonce", "donnees",
))  # fmt: skip


def about_another(
    mail: MailText,
    suggestion: Suggestion,
    *,
    family: Iterable[str],
    first: Iterable[str],
    rpps: str,
    case: str,
    cases: Iterable[str],
) -> Suggestion:
    """Return the suggestion, or none in its place where the sentence that led to it, or its neighbours, name another person.

    « La fiche de Mme Modèle est supprimée » erases nothing of the case of Camille Exemple. family, first:
    the names the case's practitioner is known under; cases: the numbers of all cases, of which another may be quoted.
    """
    if suggestion.meaning not in (Meaning.ERASED, Meaning.PARTIAL, Meaning.REFUSED):
        return suggestion
    own = {word for name in family for word in fold(name).split()}
    given = {word for name in first for word in fold(name).split()}
    said = sentences(mail.new)
    at = said.index(suggestion.sentence) if suggestion.sentence in said else 0
    near = said[max(0, at - 1) : at + 2] or said
    why = ""
    for sentence in near:
        for somebody in _SOMEBODY.finditer(sentence):
            words = [w for w in fold(somebody[0]).split() if w not in _TITLES]
            if words and not own & set(words) and not given >= set(words):
                why = "Le message nomme une autre personne que celle du dossier."
    numbers = {found[1] for found in _RPPS.finditer(mail.new)}
    if rpps and numbers and rpps not in numbers:
        why = "Le message donne un autre numéro RPPS que celui du dossier."
    others = quoted_references(f"{mail.subject}\n{mail.new}", cases)
    if others and case not in others:
        why = "Le message porte la référence d’un autre dossier."
    if not why:
        return suggestion
    effect = "Aucun effet avant qu’une personne ait lu."
    return replace(suggestion, meaning=None, sentence="", effect=effect, why=why, disagree=(suggestion.sentence,))


# -- what waits for a person -------------------------------------------------------------------------------------------


def reminder_due(received: date, today: date) -> date | None:
    """Return the latest day, up to today, on which a message that nobody has read is told of again; None: not yet.

    A machine off for weeks tells it once, not three times.

    >>> reminder_due(date(2026, 3, 2), date(2026, 3, 4)), reminder_due(date(2026, 3, 2), date(2026, 3, 20))
    (None, datetime.date(2026, 3, 12))
    """
    days = [received + timedelta(days=n) for n in REMIND_AFTER_DAYS]
    return max((d for d in days if d <= today), default=None)
