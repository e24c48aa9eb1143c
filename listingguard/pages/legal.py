"""What a « Mentions légales » page says of who publishes a site: a proposal for `controllers.toml`, for a person to check.

Each value keeps the phrase it was read in. The host, the agency that made the site, whoever owns its pictures: their
names, numbers and addresses are never the publisher's. Nothing is guessed: a SIREN must verify, a legal form be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from stdnum.fr import siren as siren_numbers

from listingguard.domain.listing import Page, Place
from listingguard.domain.names import fold
from listingguard.domain.places import phone
from listingguard.pages.document import tree_of
from listingguard.pages.lines import NAVIGATION, laid_out
from listingguard.pages.streets import places_in, street_in
from listingguard.pages.url import host_of
from listingguard.pages.values import clean

MAX_NOTICE = 300_000
"""Characters of a notice; the rest is not read."""

DPO = "Délégué à la protection des données (DPO)"


@dataclass(frozen=True)
class Said:
    """One value and the phrase of the page it was read in."""

    value: str
    phrase: str


@dataclass(frozen=True)
class Notice:
    """What the page says. values: by the keys of `controllers.toml`, and `capital`, `director`, `host`,
    `privacy_address`.

    wrong_siren: a number written as a SIREN that does not verify. contacts: mail addresses for data protection first,
    then general ones; all as written.
    """

    url: str
    platform: str
    values: Mapping[str, Said] = field(default_factory=dict)
    contacts: tuple[Said, ...] = ()
    wrong_siren: Said | None = None

    def value(self, key: str) -> str:
        """Return the value of a key; empty when the page does not say it."""
        return self.values[key].value if key in self.values else ""


class _Part(StrEnum):
    """Whom a phrase speaks of."""

    PUBLISHER = "publisher"
    DIRECTOR = "director"
    HOST = "host"
    PRIVACY = "privacy"
    OTHER = "other"


# --- phrases, and whom each speaks of --------------------------------------------------------------------------

# What begins another subject in mid-line, on pages that are one long paragraph.
_TURNS = re.compile(
    r"(?=\b(?:h[ée]berg(?:eur|ement|é)|directeur|directrice|responsable) (?:du site|de (?:la )?(?:publication|r[ée]daction))?)"
    r"|(?=\bh[ée]berg(?:eur|ement|[ée]e?)\b)|(?=\b(?:conception|r[ée]alisation|cr[ée]ation) (?:du site|et |:|graphique|web))"
    # A full stop ends a sentence; that of « R.C.S. de Nanterre », « M. Exemple » or « 3 av. Haute » does not.
    r"|(?<=[.;])(?<!\.\w\.)(?<!\bM\.)(?<!\bav\.)(?<!\bbd\.)(?<!\bn\.)\s+(?=(?-i:[A-ZÀ-Ý«]))",
    re.IGNORECASE,
)
_ABOUT = (
    (
        _Part.DIRECTOR,
        re.compile(
            r"(?:directeur|directrice|responsable|co directeurs?) (?:legale? )?(?:de )?(?:la )?(?:publication|redaction)"
        ),
    ),
    (_Part.HOST, re.compile(r"\bheberg(?:eur|ement|e|ee|es)\b|\bhosting\b|\bhosted\b")),
    (
        _Part.PRIVACY,
        re.compile(
            r"\bdpo\b|delegue a la protection|donnees (?:a caractere )?personnelles|protection des donnees|\brgpd\b|"
            r"\bgdpr\b|^privacy\b|\bprivacy (?:policy|officer)|data protection|^datenschutz\b|datenschutzbeauftragt|"
            r"informatique et libertes|vie privee|confidentialite|droits? d acces|"
            r"responsable (?:du|de) traitement"
        ),
    ),
    (
        _Part.OTHER,
        re.compile(
            r"propriete intellectuelle|droits? d auteur|credits?\b|copyright|conception|realisation|creation (?:du site|graphique|web)|"
            r"developpement|webdesign|webmaster|prestataire|agence|"
            r"photographi|cookies|liens? hypertexte|limitation|responsabilite$|droit applicable|"
            r"litige|mediat(?:ion|eur)|conditions d (?:utilisation|acces)|autorite de controle|ordre (?:national|des)"
        ),
    ),
    (
        _Part.PUBLISHER,
        re.compile(
            r"\bedit(?:eur|rice|ion|e|ee|es)\b|\bpublie par|proprietaire du site|propriete (?:exclusive )?de|mentions legales|"
            r"informations legales|qui sommes nous|presentation du site|exploite par|"
            r"\bimpressum\b|angaben gem|diensteanbieter|legal notice|(?:published|operated) by"
        ),
    ),
)
# Said of any company: the host's as well, where the host is spoken of.
_ANY_COMPANY = re.compile(
    r"raison sociale|denomination|siege social|identite|nom de la societe|^societe\b|forme juridique|immatricule|^proprietaire|"
    r"^(?:rcs|r c s|siren|siret|capital|adresse|n(?:umero)? (?:de )?tva|tva)\b|"
    r"handelsregister|registereintrag|registergericht|vertreten durch|geschaftsfuhr|umsatzsteuer|^kontakt$"
)


@dataclass(frozen=True)
class _Phrase:
    text: str
    part: _Part


def _phrases(page: Page) -> Iterator[_Phrase]:
    """Return the page's phrases in order, each with whom it speaks of: what it says itself, else what stood above."""
    part, level = _Part.OTHER, 9
    started, length = False, 0
    for line in laid_out(page).lines:
        if line.zone == NAVIGATION:
            continue
        length += len(line.text)
        if length > MAX_NOTICE:
            return
        heading = int(line.tag[1]) if line.tag[:1] == "h" and line.tag[1:].isdigit() else 0
        for piece in filter(None, (piece.strip() for piece in _TURNS.split(line.text))):
            about = _about(piece)
            if about is None and (not started or part is _Part.DIRECTOR) and _ANY_COMPANY.search(fold(piece)):
                about = _Part.PUBLISHER
            if about is _Part.DIRECTOR and not heading and _director(piece):
                # Named in the same breath: what follows goes on as before.
                yield _Phrase(piece[:1_000], about)
                continue
            if about is not None:
                part, level, started = about, heading or level, True
            elif (
                heading
                and heading <= level
                and started
                and not (part is _Part.PUBLISHER and _ANY_COMPANY.search(fold(piece)))
            ):
                # A title that says nothing we know ends what stood above; « Registereintrag » is more of the publisher.
                part = _Part.OTHER
            yield _Phrase(piece[:1_000], part)


def _about(text: str) -> _Part | None:
    words = fold(text[:400])
    found = [
        (match.start(), order, part) for order, (part, pattern) in enumerate(_ABOUT) if (match := pattern.search(words))
    ]
    if not found:
        return None
    # The first that is spoken of; « éditeur et hébergeur » is the host's as well as the publisher's: the publisher's.
    start, _, part = min(found)
    publisher = next((s for s, _, p in found if p is _Part.PUBLISHER), None)
    if publisher is not None and part in (_Part.HOST, _Part.PRIVACY, _Part.OTHER) and publisher - start < 25:
        return _Part.PUBLISHER if publisher < start else part
    return part


# --- what a phrase says ----------------------------------------------------------------------------------------

# Short forms in capitals only: « sa » and « ei » are words.
_FORMS = {
    "SASU": r"(?-i:SASU)|soci[ée]t[ée] par actions simplifi[ée]e (?:unipersonnelle|[àa] associ[ée] unique)",
    "SAS": r"(?-i:SAS|S\.A\.S\.?)|soci[ée]t[ée] par actions simplifi[ée]e(?! (?:uni|[àa] asso))",
    "SELARL": r"(?-i:SELARL)|soci[ée]t[ée] d.exercice lib[ée]ral [àa] responsabilit[ée] limit[ée]e",
    "SELAS": r"(?-i:SELAS)|soci[ée]t[ée] d.exercice lib[ée]ral par actions simplifi[ée]e",
    "EURL": r"(?-i:EURL)|entreprise unipersonnelle [àa] responsabilit[ée] limit[ée]e",
    "SARL": r"(?-i:SARL|S\.A\.R\.L\.?)|soci[ée]t[ée] [àa] responsabilit[ée] limit[ée]e",
    "SNC": r"(?-i:SNC)|soci[ée]t[ée] en nom collectif",
    "SCM": r"(?-i:SCM)|soci[ée]t[ée] civile de moyens",
    "SCP": r"(?-i:SCP)|soci[ée]t[ée] civile professionnelle",
    "SISA": r"(?-i:SISA)|soci[ée]t[ée] interprofessionnelle de soins ambulatoires",
    "SCIC": r"(?-i:SCIC)|soci[ée]t[ée] coop[ée]rative d.int[ée]r[êe]t collectif",
    "SCOP": r"(?-i:SCOP)|soci[ée]t[ée] coop[ée]rative (?:et participative|ouvri[èe]re de production)",
    "GIE": r"(?-i:GIE)|groupement d.int[ée]r[êe]t [ée]conomique",
    "GIP": r"(?-i:GIP)|groupement d.int[ée]r[êe]t public",
    "SA": r"(?-i:SA|S\.A\.)|soci[ée]t[ée] anonyme",
    "association": r"association(?: (?:de )?loi (?:de )?1901| [àa] but non lucratif)?",
    "entreprise individuelle": r"(?-i:EI|EIRL)|entreprise individuelle|entrepreneure? individuel(?:le)?",
    "micro-entreprise": r"(?:micro|auto)-?\s?entrep(?:rise|reneur|reneuse)",
    "GmbH": r"(?-i:GmbH)(?! & Co)",
    "GmbH & Co. KG": r"(?-i:GmbH) & Co\.? (?-i:KG)",
    "Ltd": r"(?-i:Ltd\.?|Limited)",
}
_ANY_FORM = "|".join(f"(?:{form})" for form in _FORMS.values())
_A_FORM = {name: re.compile(rf"(?<![\w.-])(?:{form})(?![\w-])", re.IGNORECASE) for name, form in _FORMS.items()}
_FORM_AROUND = re.compile(rf"^(?:{_ANY_FORM})\s+|\s+(?:{_ANY_FORM})$", re.IGNORECASE)
_NAME_AND_CAPITAL = re.compile(rf"(?P<name>.{{2,80}}?)\s*,?\s*\b(?:{_ANY_FORM})(?!\w).{{0,40}}capital", re.IGNORECASE)
# A notice in German or English has the name alone on its line, or behind words that are not in _NAMED.
_NAME_AND_GMBH = re.compile(r"(?:.*\bby\s|.*:\s)?(?P<name>[^,;:]{2,80}?)\s+GmbH\b")
_CAPITAL = re.compile(
    r"capital(?: social)?(?: variable)?(?: est)?(?: de| :|:)?\s*(?:de\s*)?(\d[\d\s.,]{0,20}\d|\d)\s*(€|euros?|EUR)",
    re.IGNORECASE,
)
_NINE = re.compile(r"(?<!\d)(\d{3}[\s.\u00a0]?\d{3}[\s.\u00a0]?\d{3})(?:[\s.\u00a0]?\d{5})?(?!\d)")
_NUMBERED = re.compile(
    r"siren|siret|r\.?\s?c\.?\s?s|registre du commerce|immatricul|num[ée]ro unique|identifi", re.IGNORECASE
)
_RCS = re.compile(
    r"(?:R\.?\s?C\.?\s?S\.?|registre du commerce(?: et des soci[ée]t[ée]s)?(?: \(RCS\))?)\s*(?:de |d[’']|du |:)?\s*"
    r"(?P<town>(?-i:[A-ZÀ-Ý])[\w’'-]*(?:[ -](?-i:[A-ZÀ-Ý(])[\w’')-]*){0,3})?[\s,]*"
    r"(?:sous le (?:num[ée]ro|n°)|num[ée]ro|n°)?\s*(?:SIREN)?\s*:?\s*"
    r"(?P<letter>[A-D]\s)?(?P<number>\d{3}[\s.]?\d{3}[\s.]?\d{3})",
    re.IGNORECASE,
)
_GERMAN_REGISTER = re.compile(
    r"\bHR\s?(?P<part>[AB])\s?(?:Nr\.?|Nummer)?\s*:?\s*(?P<number>\d{1,7}(?:\s?[A-Z]{1,2}\b)?)"
)
_GERMAN_COURT = re.compile(
    r"Amtsgericht(?:s|es)?\s+(?P<town>[A-ZÄÖÜ][\wß-]+(?:\s(?:am|an der|im|a\.\s?d\.|\(?[A-ZÄÖÜ][\wß-]+\)?)){0,2})"
)
_GERMAN_PLACE = re.compile(
    r"(?:^|[,:·|–]\s*|GmbH\s+|KG\s+)(?P<street>[A-ZÄÖÜ][\wß.' -]{2,60}?\s\d{1,4}(?:\s?[-/–]\s?\d{1,4})?\s?[a-zA-Z]?)"
    r"[\s,·|–]+(?:DE?-\s?)?(?P<code>\d{5})\s+(?P<town>[A-ZÄÖÜ][\wß-]+(?:[ ](?:am|an der|im|[A-ZÄÖÜ][\wß-]+)){0,3})"
)
_NAMED = re.compile(
    r"(?:[ée]dit[ée]e? (?:et (?:publi|exploit|g[ée]r)[ée]e? )?par|publi[ée]e? par|exploit[ée]e? par|propri[ée]t[ée] (?:exclusive )?de|"
    r"raison sociale|d[ée]nomination(?: sociale)?|nom de (?:la soci[ée]t[ée]|l.entreprise|l.[ée]diteur)|"
    r"[ée]ditrice?(?: du site)?(?: internet| web)?|[ée]diteur(?: du site)?(?: internet| web)?(?: est)?|soci[ée]t[ée] [ée]ditrice|"
    r"propri[ée]taire(?: du site)?(?: est)?|soci[ée]t[ée](?=\s*:))\s*:?\s*(?P<rest>.+)",
    re.IGNORECASE,
)
_ARTICLES = re.compile(
    r"^(?:par |est |la |le |l[’']|une? |soci[ée]t[ée] |entreprise |association |structure |dénommée )+", re.IGNORECASE
)
_NAME_ENDS = re.compile(
    r"\s*(?:,|;|\(|\s[–—-]\s|\bau capital|\bdont\b|\bimmatricul|\bsi[èe]ge\b|\bsise?\b|\bsitu[ée]e?\b|\bdomicili|\binscrit|"
    r"\bRCS\b|\bSIREN\b|\bSIRET\b|\bayant\b|\bqui\b|\brepr[ée]sent|\bet (?:est )?h[ée]berg|\.\s|\.$|:\s)"
)
_DIRECTOR = re.compile(
    r"(?:directeur|directrice|responsable)s?(?: l[ée]gale?)? (?:de (?:la )?)?(?:publication|r[ée]daction)"
    r"(?: et de la r[ée]daction)?(?: du site)?\s*(?:est|:|–|-)?\s*(?::\s*)?"
    r"(?P<name>(?:M\.|Mr|Mme|Monsieur|Madame)?\s?(?-i:[A-ZÀ-Ý])[\w’'.-]*"
    r"(?:[ ](?:de |du |d[’'])?(?-i:[A-ZÀ-Ý])[\w’'.-]*){1,4})",
    re.IGNORECASE,
)
_MAIL = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\s?[\[(]\s?(?:at|arobase|@)\s?[\])]\s?)\s?[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}", re.IGNORECASE
)
_PRIVATE_MAIL = re.compile(
    r"dpo|rgpd|gdpr|privacy|datenschutz|donnees|donn[ée]es-?perso|vie-?privee|protection|confidentialite|dpd|cil@"
)


def read_notice(page: Page) -> Notice | None:
    """Return what the page says of the site's publisher; None when it names none (neither a name nor a SIREN)."""
    phrases = list(_phrases(page))
    ours = [phrase.text for phrase in phrases if phrase.part is _Part.PUBLISHER]
    values: dict[str, Said] = {}
    for key, said in (
        ("name", _name(ours)),
        ("legal_form", _first(ours, _form)),
        ("capital", _first(ours, _capital)),
        ("siren", _first(ours, _siren)),
        ("rcs", _first(ours, _rcs)),
        ("director", _first([phrase.text for phrase in phrases if phrase.part is _Part.DIRECTOR], _director)),
        ("host", _host(phrases)),
    ):
        if said is not None:
            values[key] = said
    contacts = _contacts(phrases)
    private = [said for said in contacts if _is_private(said)]
    if private:
        values["email"] = private[0]
    privacy = [phrase.text for phrase in phrases if phrase.part is _Part.PRIVACY]
    dpo = next((text for text in privacy if re.search(r"\bdpo\b|delegue a la protection", fold(text))), None)
    if dpo is not None:
        values["attention"] = Said(DPO, dpo)
    if "siren" not in values and (register := _german_register(ours)):
        values["rcs"] = register
        values["country"] = Said("Allemagne", register.phrase)
    values |= (_german_address(ours) if "country" in values else {}) or _address(ours)
    # Five digits are a postcode in Germany as well: only a French register, or the word, makes it France.
    if (
        "country" not in values
        and "street" in values
        and ("siren" in values or re.search(r"\bFrance\b", values["street"].phrase))
    ):
        values["country"] = Said("France", values["street"].phrase)
    if written_to := next(_places(privacy, above=3), None):
        place, phrase = written_to
        values["privacy_address"] = Said(f"{place.street}, {place.postcode} {place.town}".strip(" ,"), phrase)
    if not ({"name", "siren"} & set(values)):
        return None
    wrong = None if "siren" in values else _first(ours, _wrong_siren)
    return Notice(page.final_url, _platform(page), values, tuple(contacts), wrong)


def _first(texts: Sequence[str], read: Any) -> Said | None:
    for at, text in enumerate(texts):
        # « SIRET » may stand in a cell of its own, its number in the next.
        label = texts[at - 1] if at and len(texts[at - 1]) < 40 else ""
        for said in (text, f"{label} {text}" if label else ""):
            if said and (value := read(said)):
                return Said(value, said)
    return None


def _form(text: str) -> str:
    found = [(match.start(), name) for name, form in _A_FORM.items() if (match := form.search(text))]
    return min(found)[1] if found else ""


def _capital(text: str) -> str:
    found = _CAPITAL.search(text)
    return f"{' '.join(found[1].split())} €" if found else ""


def _numbers(text: str) -> Iterator[str]:
    if _NUMBERED.search(text):
        for found in _NINE.finditer(text):
            yield re.sub(r"\D", "", found[1])


def _siren(text: str) -> str:
    return next((number for number in _numbers(text) if siren_numbers.is_valid(number)), "")


def _wrong_siren(text: str) -> str:
    return next((number for number in _numbers(text) if not siren_numbers.is_valid(number)), "")


def _rcs(text: str) -> str:
    found = _RCS.search(text)
    if not found or not siren_numbers.is_valid(re.sub(r"\D", "", found["number"])):
        return ""
    digits = re.sub(r"\D", "", found["number"])
    number = f"{digits[:3]} {digits[3:6]} {digits[6:]}"
    return " ".join(filter(None, ("RCS", found["town"], (found["letter"] or "").strip(), number)))


def _name(texts: Sequence[str]) -> Said | None:
    """Return the publisher's name: behind « édité par », « Raison sociale : », else on the line below such words."""
    rests = [found["rest"] if (found := _NAMED.search(text)) else "" for text in texts]
    for text, rest in zip(texts, rests, strict=True):
        if name := _name_in(rest):
            return Said(name, text)
    for at, (text, rest) in enumerate(zip(texts, rests, strict=True)):
        # « Éditeur du site » is a title of its own: the next line is the name.
        title = not rest.strip(" :.") and re.search(
            r"\b(?:edit|raison sociale|denomination|proprietaire|societe)", fold(text)
        )
        if title and at + 1 < len(texts) and (name := _name_in(texts[at + 1])):
            return Said(name, texts[at + 1])
    for text in texts:
        # « EXEMPLE SANTÉ SAS au capital de … »
        found = _NAME_AND_CAPITAL.match(text)
        found = found or (_NAME_AND_GMBH.match(text[:300]) if "GmbH" in text else None)
        if found and (name := _name_in(found["name"])):
            return Said(name, text)
    return None


def _name_in(text: str) -> str:
    """Return the name that begins a text, without its legal form; empty when there is none."""
    text = _FORM_AROUND.sub("", _ARTICLES.sub("", text.strip(' :«»"–-')))
    text = _NAME_ENDS.split(text, maxsplit=1)[0]
    # The form stands before or behind the name.
    text = _FORM_AROUND.sub("", text).strip(' :«»"–-,.')
    text = _ARTICLES.sub("", text) if text[:1].islower() else text
    if not 2 <= len(text) <= 80 or len(text.split()) > 8 or not text[:1].isalnum() or not re.search(r"[^\W\d_]", text):
        return ""
    words = fold(text)
    if re.search(
        r"\b(?:site|internet|editeur|hebergeur|mentions|adresse|telephone|siege|present|nous|vous|ci apres|"
        r"raison sociale|denomination|forme juridique|siren|siret|rcs|capital|immatricul\w*|directeur|directrice|responsable)\b",
        words,
    ) or street_in(text):
        return ""
    return "" if re.search(r"[@<>{}\\]", text) or phone(text) else text


def _director(text: str) -> str:
    found = _DIRECTOR.search(text)
    name = " ".join(found["name"].split()).rstrip(".,") if found else ""
    # Case does not count in the words before the name; it does in the name.
    return name if name and all(w[:1].isupper() or w in ("de", "du") for w in name.split()) else ""


_ROW = re.compile(r"^(?:raison sociale|d[ée]nomination(?: sociale)?|soci[ée]t[ée]|nom)\s*:\s*", re.IGNORECASE)
_HOSTED_BY = re.compile(r"\bh[ée]berg[ée]e?s? (?:par|chez|aupr[èe]s de)\s+(?P<rest>.+)", re.IGNORECASE)
_HOST_LABEL = re.compile(
    r"\bh[ée]berge(?:ur|ment)\b(?: du site| web| internet| est| assur[ée] par)*\s*:?\s*(?P<rest>.+)", re.IGNORECASE
)


def _host(phrases: Sequence[_Phrase]) -> Said | None:
    lines = [phrase.text for phrase in phrases if phrase.part is _Part.HOST]
    if not lines:
        return None
    words = ", ".join(line.rstrip(" ,") for line in lines[:6])[:400]
    behind = _HOSTED_BY.search(words) or _HOST_LABEL.search(words)
    name = (
        _NAME_ENDS.split(_ARTICLES.sub("", _ROW.sub("", behind["rest"].strip(" :,")).strip(" :,")), maxsplit=1)[
            0
        ].strip()
        if behind
        else ""
    )
    return Said(name[:80], words) if name else None


# The CNIL's street, and the number that the post gave it; its street until 2016.
_CNIL = re.compile(r"\bfontenoy\b|\btsa 80715\b|\b75334\b|\brue vivienne\b")
_AFTER_CNIL = re.compile(r"(?:\bCNIL\b|\bCommission nationale)(?:(?!\.\s|;|\bDPO\b).){0,100}$", re.IGNORECASE)


def _is_authority(place: Place, text: str) -> bool:
    """Return True for the address of the CNIL, to which a notice says one may complain: never the platform's."""
    before = text[: text.find(place.street or place.postcode)][-150:]
    return bool(_CNIL.search(fold(f"{place.street} {place.postcode}")) or _AFTER_CNIL.search(before))


def _places(texts: Sequence[str], *, above: int) -> Iterator[tuple[Place, str]]:
    """Return the addresses, each with its phrase; a street may stand on one of so many lines above its postcode."""
    for at, text in enumerate(texts):
        before = texts[max(0, at - above) : at]
        for place in places_in([*before, text]):
            phrase = text if place.street in text else " ".join([*before, text])
            if place.postcode in text and not _is_authority(place, phrase):
                yield place, phrase


# « siège : Zone d’activité de la Croix, bâtiment B, BP 12, 26500 … »: what no street's word with a number announces.
_SEAT = re.compile(
    r"si[èe]ge(?: social)?(?: est)?(?: (?:sis|situ[ée]|[ée]tabli)e?)?(?: à| au)?\s*:?\s*(?P<street>[^:;()–]{3,120}?)[\s,–-]*$",
    re.IGNORECASE,
)


def _with_seat(place: Place, phrase: str) -> Place:
    """Return the place with what stands between « siège » and its postcode, where no street was known by its form."""
    found = None if place.street else _SEAT.search(phrase[: phrase.find(place.postcode)][-200:])
    street = found["street"].strip() if found else ""
    named = street and fold(street) != fold(place.town) and not _NUMBERED.search(street)
    return replace(place, street=street) if named else place


def _german_register(texts: Sequence[str]) -> Said | None:
    """Return « HRB 123456, Amtsgericht Jena »: the number is the court's, which may be named on another line."""
    said = _first(texts, lambda text: found[0] if (found := _GERMAN_REGISTER.search(text)) else "")
    if said is None or not (found := _GERMAN_REGISTER.search(said.value)):
        return None
    court = next(((match, text) for text in [said.phrase, *texts] if (match := _GERMAN_COURT.search(text))), None)
    number = f"HR{found['part']} {found['number']}"
    if court is None:
        return Said(number, said.phrase)
    phrase = said.phrase if court[1] in said.phrase else f"{said.phrase} {court[1]}"
    return Said(f"{number}, Amtsgericht {court[0]['town']}", phrase)


def _german_address(texts: Sequence[str]) -> dict[str, Said]:
    """Return the first address in the German way, the number behind its street; on one line, two or three."""
    for size in (1, 2, 3):
        for at in range(len(texts)):
            if found := _GERMAN_PLACE.search(", ".join(texts[at : at + size])[:1_000]):
                phrase = " ".join(texts[at : at + size])
                parts = {"street": found["street"], "postcode": found["code"], "town": found["town"]}
                return {key: Said(value.strip(), phrase) for key, value in parts.items()}
    return {}


def _address(texts: Sequence[str]) -> dict[str, Said]:
    places = [(_with_seat(place, phrase), phrase) for place, phrase in _places(texts, above=1)]
    # Where the seat is named, its address; else the first with a street.
    seat = next((p for p in places if "siege" in fold(p[1])), None) or next((p for p in places if p[0].street), None)
    if seat is None:
        return {}
    place, phrase = seat
    parts = {"street": place.street, "postcode": place.postcode, "town": place.town}
    return {key: Said(value, phrase) for key, value in parts.items() if value}


def _contacts(phrases: Sequence[_Phrase]) -> list[Said]:
    """Return the mail addresses of the publisher, those for data protection first; the host's are left out."""
    found: dict[str, tuple[int, Said]] = {}
    for phrase in phrases:
        if phrase.part is _Part.HOST:
            continue
        for match in _MAIL.findall(phrase.text):
            mail = re.sub(r"\s?[\[(]\s?(?:at|arobase|@)\s?[\])]\s?|\s?@\s?", "@", match, flags=re.IGNORECASE)
            if re.search(r"@(?:cnil\.fr|exemple\.|example\.com)", mail, re.IGNORECASE):
                continue
            said = Said(mail, phrase.text)
            rank = 0 if _is_private(said) else 1
            if mail.lower() not in found or rank < found[mail.lower()][0]:
                found[mail.lower()] = (rank, said)
    return [said for _, said in sorted(found.values(), key=lambda pair: pair[0])]


def _is_private(said: Said) -> bool:
    """Return True for an address whose own name, or whose phrase, says that it is for data protection."""
    if _PRIVATE_MAIL.search(said.value.split("@")[0].lower()):
        return True
    privacy = _ABOUT[2][1]
    return bool(privacy.search(fold(said.phrase)))


def _platform(page: Page) -> str:
    tree = tree_of(page)
    for meta in () if tree is None else tree.iter("meta"):
        if (meta.get("property") or "").lower() == "og:site_name" and (name := clean(meta.get("content") or "")[:80]):
            return name
    return host_of(page.final_url)


# --- the proposal ----------------------------------------------------------------------------------------------

_KEYS = ("name", "legal_form", "siren", "rcs", "attention", "street", "postcode", "town", "country", "email")


# What a letter does not need, and a person who checks does.
_ALSO = {
    "capital": "Capital",
    "director": "Directeur de la publication",
    "host": "Hébergeur, jamais destinataire",
    "privacy_address": "Adresse postale pour les données personnelles",
}


def slug_of(notice: Notice) -> str:
    """Return the slug a record of this site would bear: its host without the ending, as `controllers.toml` writes it."""
    name = notice.url and host_of(notice.url).rpartition(".")[0]
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "site"


def as_record(notice: Notice, today: date) -> dict[str, Any]:
    """Return the record to propose, by the keys of `controllers.toml`; `verified_on` is for a person to fill."""
    record: dict[str, Any] = {"platform_name": notice.platform}
    record |= {key: notice.value(key) for key in _KEYS}
    return record | {
        "platforms": [host_of(notice.url)],
        "source": notice.url,
        "source_date": today.isoformat(),
        "quality": "scraped",
        "verified_on": "",
    }


def as_json(notice: Notice, today: date) -> dict[str, Any]:
    """Return the proposal as a document: the record, what else was read, and the phrase of each value."""
    return {
        "slug": slug_of(notice),
        "record": as_record(notice, today),
        "capital": notice.value("capital"),
        "director": notice.value("director"),
        "host": notice.value("host"),
        "privacy_address": notice.value("privacy_address"),
        "contacts": [said.value for said in notice.contacts],
        "wrong_siren": notice.wrong_siren.value if notice.wrong_siren else "",
        "phrases": {key: said.phrase for key, said in notice.values.items()},
    }


def as_toml(notice: Notice, today: date) -> str:
    """Return the proposal as a table for `controllers.toml`, with French comments; each value escaped, each on its line."""
    lines = [
        "# Proposition lue sur une page de mentions légales : à vérifier par une personne, puis à recopier.",
        "# Une valeur vide veut dire « non trouvée », jamais « il n’y en a pas ».",
    ]
    for key, label in _ALSO.items():
        if key in notice.values:
            lines.append(_comment(label, notice.value(key)))
    others = [said.value for said in notice.contacts if said.value != notice.value("email")]
    if others:
        lines.append(_comment("Autres adresses électroniques lues", ", ".join(others[:5])))
    if notice.wrong_siren is not None:
        lines.append(_comment("Numéro écarté, sa clé est fausse", notice.wrong_siren.value))
    lines += ["", f"[controller.{slug_of(notice)}]"]
    told = ""
    for key, value in as_record(notice, today).items():
        if key in notice.values and notice.values[key].phrase != told:
            told = notice.values[key].phrase
            lines.append(_comment("lu", told[:200]))
        written = f"[{', '.join(_quoted(item) for item in value)}]" if isinstance(value, list) else _quoted(value)
        lines.append(f"{key} = {written}")
    return "\n".join(lines)


def _comment(label: str, text: str) -> str:
    """Return a comment on one line, whatever the text holds."""
    return f"# {label}\u00a0: {clean(text.replace('<', '‹'))}"


def _quoted(text: str) -> str:
    """Return a text as a basic string of TOML."""
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 else f"\\{c}" if c in '"\\' else c
        for c in text.encode("utf-8", "replace").decode("utf-8")
    )
    return f'"{escaped}"'
