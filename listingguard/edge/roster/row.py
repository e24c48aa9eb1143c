"""One row of a roster file: each cell read with its own warning, and the people found so far. Knows no file format."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from stdnum import luhn

from listingguard.domain.places import phones_in
from listingguard.domain.practitioner import PHYSIOTHERAPIST, Civility, Practitioner, Status
from listingguard.errors import BadInput

_NB = "\u00a0"

REFUSED_LIMIT = 10_000
"""Rows refused in one file; with more it is another kind of file, and must not fill the memory."""


@dataclass(frozen=True)
class RefusedRow:
    """One row that could not be taken as it is, and why.

    row: line of the file or of the sheet, the first is 1. column: its title, or empty when the whole row is meant.
    """

    file: str
    row: int
    column: str
    reason: str
    sheet: str = ""

    def __str__(self) -> str:
        sheet = f", feuille «{_NB}{self.sheet}{_NB}»" if self.sheet else ""
        column = f", colonne «{_NB}{self.column}{_NB}»" if self.column else ""
        return f"{self.file}{sheet}, ligne {self.row}{column}{_NB}: {self.reason}"


@dataclass
class People:
    """Who was found so far in one file, with what was refused.

    mentioned: ids of refused rows: the file names these people, though it says nothing that could be taken.
    unsaid: ids of those of whose status no row says a word.
    """

    file: str
    sheet: str = ""
    found: dict[str, Practitioner] = field(default_factory=dict)
    first_row: dict[str, int] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[RefusedRow] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)
    unsaid: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    # Towns, postcodes and the like are the same in thousands of rows: kept once.
    shared: dict[str, str] = field(default_factory=dict)

    def refuse(self, row: int, column: str, reason: str) -> None:
        """Note a row that is left out; BadInput when there are so many that the file is not what it seems."""
        if len(self.refused) >= REFUSED_LIMIT:
            raise BadInput(
                f"{self.file}{_NB}: plus de {REFUSED_LIMIT} lignes refusées, ce n’est pas le bon fichier. La première{_NB}: "
                f"{self.refused[0]}"
            )
        self.refused.append(RefusedRow(self.file, row, column, reason, self.sheet))

    def warn(self, row: int, column: str, reason: str) -> None:
        """Note a row that is taken, with what a person should look at; the first ten thousand are kept."""
        if len(self.warnings) < REFUSED_LIMIT:
            self.warnings.append(RefusedRow(self.file, row, column, reason, self.sheet))

    def warn_once(self, row: int, column: str, reason: str) -> None:
        """Note something that is said once for the whole file."""
        if reason not in self.told:
            self.told.add(reason)
            self.warn(row, column, reason)

    def mention(self, number: str) -> None:
        """Note the RPPS number that a refused row names, if it can be read."""
        digits = re.sub(r"\D", "", number)[-11:]
        if len(digits) == 11:
            self.mentioned.add(digits)

    def share(self, text: str) -> str:
        """Return the same text, always the same object."""
        return self.shared.setdefault(text, text)

    def add(self, person: Practitioner, row: int, column: str, *, says_status: bool = False) -> None:
        """Take one row's person; rows of the same id become one, if their names agree.

        says_status: the row has a word on the status; without one, « active » is only what nobody contradicts.
        """
        known = self.found.get(person.id)
        if known is None:
            self.found[person.id], self.first_row[person.id] = person, row
            if not says_status:
                self.unsaid.add(person.id)
            return
        if not _same_person(known, person):
            self.refuse(
                row,
                column,
                f"le numéro {person.id} est déjà celui de {known.full_name}, ligne {self.first_row[person.id]}.",
            )
            return
        both = says_status and person.id not in self.unsaid
        if says_status:
            self.unsaid.discard(person.id)
        if both and known.status is not person.status:
            self.warn(
                row,
                column,
                f"son statut n’est pas le même qu’à la ligne {self.first_row[person.id]}{_NB}; vérifiez-le.",
            )
        # Of two words about the same person, the one that keeps us from looking holds.
        status = known if known.status is not Status.ACTIVE else person
        merged = replace(
            known,
            civility=known.civility if known.civility is not Civility.UNKNOWN else person.civility,
            usage_name=known.usage_name or person.usage_name,
            other_first_names=known.other_first_names or person.other_first_names,
            mobile=known.mobile or person.mobile,
            email=known.email or person.email,
            practices=tuple(dict.fromkeys(known.practices + person.practices)),
            status=status.status,
            status_on=status.status_on,
        )
        if merged != known and person.rpps is None:
            self.warn(
                row,
                column,
                f"même nom et même code postal qu’à la ligne {self.first_row[person.id]}, sans numéro RPPS{_NB}: "
                "compté comme la même personne.",
            )
        self.found[person.id] = merged


def _same_person(a: Practitioner, b: Practitioner) -> bool:
    if (a.family_names, a.first_name) == (b.family_names, b.first_name):
        return True
    families = [{folded(n) for n in p.family_names} for p in (a, b)]
    return bool(families[0] & families[1]) and folded(a.first_name) == folded(b.first_name)


def local_id(family_name: str, first_name: str, postcode: str) -> str:
    """Return an id that the same row gets at each import."""
    key = f"{folded(family_name)}|{folded(first_name)}|{postcode}"
    return "local-" + hashlib.sha256(key.encode()).hexdigest()[:12]


def folded(text: str) -> str:
    """Return the letters and digits of a name, in lower case and without accents.

    Apart from the matching's own folding on purpose: local ids are made of it, and must never change.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain.casefold()).split())


class RefusedCell(Exception):
    """A cell without which the row cannot be taken."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


_YES = {"oui", "o", "x", "1", "vrai", "true", "domicile", "prive", "privee", "perso", "personnel", "personnelle"}
_NO = {"", "non", "n", "0", "faux", "false", "pro", "professionnel", "professionnelle", "cabinet", "public"}

YES_WORDS, NO_WORDS = ("oui", "o", "vrai", "true", "x"), ("non", "n", "faux", "false")
"""What a column of yes and no holds, folded."""

# The beginnings of what councils write in « Statut »; the first that fits. A licence to practise alone says « actif ».
_STATUSES = (
    (Status.DECEASED, ("dece", "dcd", "mort")),
    (Status.ACTIVE, ("retraite act", "retraitee act", "retraite en act", "retraitee en act", "cumul")),
    (Status.RETIRED, ("retrait",)),
    (Status.STRUCK_OFF, ("radi", "omis", "hors tableau", "desinscri", "non inscri")),
    (Status.SUSPENDED, ("suspen", "interdi", "interdit")),
    (
        Status.LEFT,
        ("parti", "transfer", "mute", "mutation", "demission", "sorti", "quitte", "inactif", "inactive", "non actif",
         "non active", "cess", "sans activite", "sans exercice", "n exerce plus", "ancien"),
    ),
    (
        Status.ACTIVE,
        ("actif", "active", "en activite", "en exercice", "exerc", "exe", "inscri", "liber", "salari", "mixte", "titul",
         "rempla", "collab", "assist", "associ", "installe", "hospital", "a jour"),
    ),
)  # fmt: skip


def status_of(text: str) -> Status:
    """Return the status a cell of a council's roster means; unclear when its words are not known.

    >>> status_of("Radiée le 3/4/2025").value, status_of("Libéral").value, status_of("Z9").value
    ('struck_off', 'active', 'unclear')
    """
    word = folded(text)
    if not word:
        return Status.ACTIVE
    # Before folding, which makes two words of « struck_off ».
    if (own := text.strip().casefold()) in tuple(Status):
        return Status(own)
    # « Actif : oui »
    if word in YES_WORDS or word in NO_WORDS:
        return Status.LEFT if word in NO_WORDS else Status.ACTIVE
    for status, beginnings in _STATUSES:
        if word.startswith(beginnings):
            return status
    return Status.UNCLEAR


_GRAVEST = (
    Status.DECEASED, Status.STRUCK_OFF, Status.RETIRED, Status.SUSPENDED, Status.LEFT, Status.UNCLEAR, Status.ACTIVE,
)  # fmt: skip
"""Of several words on one person, the first of these holds."""


@dataclass(frozen=True)
class Row:
    """The cells of one row by field. titles: field -> title of its column in the file, where they differ.

    statuses: what a person said that other words of « Statut » mean, by their folded text.
    """

    number: int
    cells: Mapping[str, str]
    people: People
    titles: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)

    def title(self, column: str) -> str:
        """Return what the file calls a field."""
        return self.titles.get(column, column)

    def warn(self, column: str, reason: str) -> None:
        """Note what a person should look at in one cell."""
        self.people.warn(self.number, self.title(column), reason)

    def refused(self, column: str, reason: str) -> RefusedCell:
        """Return the error that refuses the row because of one cell."""
        return RefusedCell(self.title(column), reason)

    def text(self, column: str) -> str:
        """Return the cell as inert text; empty where the file has no such column."""
        raw = self.cells.get(column, "")
        if not raw:
            return ""
        if "\ufffd" in raw:
            raise self.refused(
                column, f"un caractère est illisible{_NB}; enregistrez le fichier en «{_NB}CSV UTF-8{_NB}»."
            )
        spaced = " ".join(unicodedata.normalize("NFC", raw).split())
        if not spaced.isprintable():
            # Invisible characters (control, bidirectional marks) have no place in a name or an address.
            spaced = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf"))
        # ="01000" is how people keep a spreadsheet from eating zeros: a text, no formula.
        if spaced.startswith('="') and spaced.endswith('"') and '"' not in spaced[2:-1]:
            spaced = spaced[2:-1].strip()
        return self.people.share(spaced)

    def words(self, column: str, *, quoted: bool = True) -> str:
        """Return a cell of prose; one that looks like a formula stays text and is pointed out.

        quoted: False for an address, which may be a home: it is not repeated on a screen.
        """
        text = self.text(column)
        if text.startswith(("=", "+", "-", "@")):
            what = f"«{_NB}{text[:40]}{_NB}»" if quoted else "la cellule"
            self.warn(column, f"{what} ressemble à une formule{_NB}; gardé comme texte.")
        return text

    def name(self, column: str) -> str:
        """Return a name; an empty cell refuses the row."""
        text = self.words(column)
        if not text:
            raise self.refused(column, "la cellule est vide.")
        return text

    def rpps(self, column: str) -> str | None:
        """Return the 11 digits, or None for an empty cell; a wrong key only warns (published numbers have some)."""
        text = re.sub(r"(?<=\d)[.,]0+\Z", "", self.text(column).lstrip("'").replace(" ", ""))
        # « n° 10005173140 », « RPPS : 10005173140 »
        text = re.sub(r"(?i)\A(?:n[°º]|no\.?)?(?:rpps)?:?(?=\d)", "", text)
        if not text:
            return None
        if re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", text, re.ASCII):
            raise self.refused(
                column,
                f"le tableur a changé le numéro en «{_NB}{text[:40]}{_NB}» et ses chiffres sont perdus{_NB}; "
                "mettez la colonne au format Texte, saisissez à nouveau les 11 chiffres, enregistrez.",
            )
        # The national identifier is the type of number (8 for RPPS), then the number.
        digits = text[1:] if re.fullmatch(r"8\d{11}", text, re.ASCII) else text
        if not re.fullmatch(r"\d{11}", digits, re.ASCII):
            raise self.refused(column, f"un numéro RPPS a 11 chiffres, «{_NB}{text[:40]}{_NB}» ne convient pas.")
        if not luhn.is_valid(digits):
            if digits.endswith("00000"):
                raise self.refused(
                    column,
                    f"le tableur a arrondi le numéro en {digits}{_NB}; mettez la colonne au format Texte, saisissez à "
                    "nouveau les 11 chiffres, enregistrez.",
                )
            self.warn(column, f"la clé du numéro RPPS {digits} est fausse{_NB}; vérifiez-le.")
        return digits

    def code(self, column: str, what: str) -> str:
        """Return a postcode or a commune code, with the zero that spreadsheets take away put back."""
        text = re.sub(r"(?<=\d)[.,]0+\Z", "", self.text(column).lstrip("'").replace(" ", ""))
        if re.fullmatch(r"\d{4}", text, re.ASCII):
            self.warn(column, f"{what} {text} a perdu son zéro{_NB}; lu 0{text}.")
            return self.people.share("0" + text)
        if text and not re.fullmatch(r"\d{5}|2[AB]\d{3}", text, re.ASCII):
            self.warn(column, f"{what} «{_NB}{text[:40]}{_NB}» n’a pas 5 chiffres{_NB}; gardé tel quel.")
        return self.people.share(text)

    def phones(self, column: str, *, quoted: bool = True) -> tuple[str, ...]:
        """Return the numbers of the cell in E.164; one that is no number is dropped with a warning."""
        text = re.sub(r"(?<=\d)\.0\Z", "", self.text(column).lstrip("'"))
        found: list[str] = []
        # A cell may hold two numbers; slashes may also stand inside one.
        parts = [text]
        if len(re.findall(r"\d", text)) > 12:
            parts = [part for part in re.split(r"[/,;]|\bou\b", text) if len(re.findall(r"\d", part)) > 5] or [text]
        for part in parts:
            bare = re.sub(r"[\s.]", "", part)
            numbers = phones_in(part)
            shown = f"«{_NB}{part.strip()[:40]}{_NB}»" if quoted else "la cellule"
            if re.fullmatch(r"[1-9]\d{8}", bare, re.ASCII):
                lost = f"{part.strip()} a perdu son zéro{_NB}; lu 0{bare}." if quoted else "a perdu son zéro."
                self.warn(column, f"le numéro {lost}")
                numbers = phones_in("0" + bare)
            elif part.strip() and not numbers:
                self.warn(column, f"{shown} n’est pas un numéro de téléphone{_NB}; laissé de côté.")
            found += numbers
        return tuple(dict.fromkeys(found or phones_in(text)))

    def email(self, column: str) -> str:
        """Return the address, or an empty string with a warning when it is none."""
        text = self.text(column)
        if text and not re.fullmatch(r"[^@\s=+\-][^@\s]*@[^@\s]+\.[^@\s.]+", text):
            self.warn(column, f"«{_NB}{text[:60]}{_NB}» n’est pas une adresse de courriel{_NB}; laissée de côté.")
            return ""
        return text

    def day(self, column: str) -> date | None:
        """Return the day as people and spreadsheets write it; None, with a warning, when it is none."""
        text = self.text(column)
        if not text:
            return None
        try:
            if found := re.fullmatch(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})( .*)?", text, re.ASCII):
                return date(int(found[3]), int(found[2]), int(found[1]))
            if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})([T ].*)?", text, re.ASCII):
                return date(int(found[1]), int(found[2]), int(found[3]))
            # The number of days a spreadsheet shows when the cell lost its format.
            if re.fullmatch(r"[2-6]\d{4}", text, re.ASCII):
                return date(1899, 12, 30) + timedelta(days=int(text))
        except ValueError:
            pass
        self.warn(column, f"«{_NB}{text[:40]}{_NB}» n’est pas un jour (31/12/2026){_NB}; laissé de côté.")
        return None

    def private(self, column: str) -> bool | None:
        """Return whether the practice's address is the home; None when the cell holds the home's address itself."""
        text = self.text(column)
        word = folded(text)
        if word in _YES or word in _NO:
            return word in _YES
        if re.search(r"\d", text) and re.search(r"[^\W\d_]{2}", text):
            return None
        # Guessing « non » could print a home address.
        raise self.refused(column, f"écrivez «{_NB}oui{_NB}» ou «{_NB}non{_NB}» (ou l’adresse du domicile).")

    def status(self, column: str) -> Status:
        """Return the status, active for an empty cell; words nobody knows make it unclear, said once for each.

        Where several columns tell it, the word that keeps us from looking holds, and a contradiction is said once.
        """
        whole = self.text(column)
        told = {part: self._status(part) for part in (whole.split(" ; ") if " ; " in whole else (whole,))}
        if (mapped := self.statuses.get(folded(whole))) is not None:
            told = {whole: mapped}
        text = min(told, key=lambda part: _GRAVEST.index(told[part]))
        status = told[text]
        against = next((part for part, each in told.items() if each is Status.ACTIVE), "")
        if against and status not in (Status.ACTIVE, Status.UNCLEAR):
            self.people.warn_once(
                self.number,
                self.title(column),
                f"«{_NB}{against[:40]}{_NB}» et «{_NB}{text[:40]}{_NB}» ne disent pas la même chose{_NB}: la personne est "
                "gardée, pas recherchée.",
            )
        if status is Status.UNCLEAR and folded(text) != Status.UNCLEAR:
            self.people.warn_once(
                self.number,
                self.title(column),
                f"le statut «{_NB}{text[:40]}{_NB}» est inconnu{_NB}: la personne est gardée, pas recherchée{_NB}; "
                f'pour dire ce qu’il veut dire{_NB}: --status "{text[:40]}=active" (ou retired, struck_off…).',
            )
        return status

    def _status(self, text: str) -> Status:
        return self.statuses.get(folded(text)) or status_of(text)

    def civility(self, column: str) -> Civility:
        """Return the civility; a title is none, nothing is guessed."""
        word = folded(self.text(column))
        if word in ("mme", "madame", "f", "mlle", "mademoiselle", "femme", "feminin"):
            return Civility.MADAME
        return Civility.MONSIEUR if word in ("m", "mr", "monsieur", "h", "homme", "masculin") else Civility.UNKNOWN

    def profession(self, column: str) -> str:
        """Return the code 70 for nothing and for the profession's names; any other text as it is."""
        text = self.text(column)
        word = folded(text)
        return PHYSIOTHERAPIST if word in ("", "mk", "mkde", "kine") or "kinesitherapeute" in word else text
