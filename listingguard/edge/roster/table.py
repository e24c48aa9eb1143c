"""A table of people as a council keeps it, CSV or sheet: rows of text in, practitioners out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from listingguard.domain.practitioner import Practice, Practitioner, Status
from listingguard.edge.roster.header import COLUMNS, ENDED, HOME, LOOKED_AT, SITES, Doubt, Header, Maps, find_header
from listingguard.edge.roster.lines import Lines
from listingguard.edge.roster.row import NO_WORDS, YES_WORDS, People, RefusedCell, Row, folded, local_id, status_of
from listingguard.errors import BadInput

_NB = "\u00a0"


@dataclass(frozen=True)
class Wanted:
    """What a person said about a table. columns: see `header.parse_said`; remembered: the same from earlier imports.

    sheet: name or number of the one to read.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    remembered: Maps = field(default_factory=dict)
    sheet: str | None = None


# -- CSV -------------------------------------------------------------------------------------------------------------


def read_csv(lines: Lines, first: str, people: People, wanted: Wanted) -> Header:
    """Read a CSV whose first line was taken already; return its header. Raises BadInput without a usable one."""
    top = [first]
    for line in lines:
        top.append(line)
        if len(top) == LOOKED_AT + 1:
            break
    header, delimiter, line_of = _csv_header(top, people.file, wanted)
    skipped = line_of[header.row + header.below]
    feed = _Feed(iter(top[skipped:]), lines, skipped)
    # strict: a quote that is never closed must not swallow the rest of the file in silence.
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        number = feed.number + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            if feed.number > number:
                raise BadInput(
                    f"{people.file}, ligne {number}{_NB}: un guillemet ouvert n’est pas refermé, "
                    "ou la cellule est trop longue."
                ) from None
            people.refuse(number, "", "les guillemets sont mal placés, ou une cellule est trop longue.")
            continue
        if cells is None:
            return header
        if not any(cell.strip() for cell in cells):
            continue
        while len(cells) > header.width and not cells[-1].strip():
            cells.pop()
        if len(cells) == header.width:
            take(cells, header, number, people)
            continue
        until = f" (jusqu’à la ligne {feed.number}, à cause d’un guillemet)" if feed.number > number else ""
        missing = next((header.titles[f] for f, at in header.columns.items() if at[0] == len(cells)), "")
        people.refuse(number, missing, f"{len(cells)} cellules au lieu de {header.width}{until}.")


class _Feed:
    """The lines after the header, counted as the file counts them."""

    def __init__(self, begun: Iterator[str], rest: Iterator[str], number: int) -> None:
        self._begun, self._rest, self.number = begun, rest, number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._begun, None)
        if line is None:
            line = next(self._rest)
        self.number += 1
        return line


def _csv_header(top: Sequence[str], file: str, wanted: Wanted) -> tuple[Header, str, list[int]]:
    """Return the header, the delimiter, and the number of the last line of each row looked at."""
    wrong: BadInput | None = None
    found: list[tuple[int, Header, str, list[int]]] = []
    for delimiter in ";,\t":
        rows, line_of = [], []
        reader = csv.reader(top, delimiter=delimiter)
        try:
            for row in reader:
                rows.append(row)
                line_of.append(reader.line_num)
        except csv.Error:
            # What follows the broken line is looked at again, and named, when the rows are read.
            pass
        try:
            header = find_header(rows, asked=wanted.columns, remembered=wanted.remembered, where=file)
        except BadInput as error:
            wrong = wrong or error
            continue
        if header is not None:
            found.append((len(header.columns), header, delimiter, line_of))
    if found:
        return max(found, key=lambda each: each[0])[1:]
    raise wrong or no_header(file)


def no_header(where: str) -> BadInput:
    """Return the error for a table without titles we know."""
    return BadInput(
        f"{where}{_NB}: l’en-tête avec les noms des colonnes manque dans les {LOOKED_AT} premières lignes. Il faut au "
        f'moins «{_NB}Nom{_NB}» et «{_NB}Prénom{_NB}»{_NB}; d’autres titres se disent avec --map "TITRE=nom". '
        f"Nos propres titres{_NB}: {', '.join(COLUMNS[:11])}, site1_street, site1_postcode…"
    )


# -- one row ---------------------------------------------------------------------------------------------------------

_BROKEN = re.compile(
    r"#\s?(?:N/A|REF|VALUE|VALEUR|NAME|NOM|DIV/0|NUM|NOMBRE|NULL?|CALC|SPILL|PROPAGATION|GETTING_DATA)\s?[!?]?", re.I
)
"""What a spreadsheet shows where a formula has no value."""


def take(cells: Sequence[str], header: Header, number: int, people: People) -> None:
    """Take the person of one row, or refuse the row with its reason."""
    joined = {}
    for name, at in header.columns.items():
        shown = [cells[i].strip() for i in at if i < len(cells)]
        for broken in filter(_BROKEN.fullmatch, shown):
            reason = f"«{_NB}{broken}{_NB}» est une formule en erreur dans le tableur{_NB}; la cellule est lue vide."
            people.warn(number, header.titles.get(name, name), reason)
        kept = [text for text in shown if text and not _BROKEN.fullmatch(text)]
        joined[name] = (" " if name.endswith("street") else " ; ").join(kept)
    row = Row(number, joined, people, header.titles, header.statuses)
    known = None
    try:
        practices = _practices(row)
        family, usage, every = _names(row)
        first, others = _usual(row, every)
        known = row.rpps("rpps")
        status, since, says_status = _status(row)
        if status is Status.ACTIVE and _doubted(cells, header, number, people):
            status, says_status = Status.UNCLEAR, True
        person = Practitioner(
            # Of all the first names, as they stand: the same row keeps its id.
            id=known or local_id(family, every, practices[0].postcode if practices else ""),
            family_name=family,
            first_name=first,
            rpps=known,
            civility=row.civility("civility"),
            usage_name=usage,
            other_first_names=tuple(
                dict.fromkeys((*others, *row.words("other_first_names").replace(",", " ").split()))
            ),
            profession=row.profession("profession"),
            mobile=next(iter(row.phones("mobile")), ""),
            email=row.email("email"),
            practices=practices,
            status=status,
            status_on=since,
        )
    except RefusedCell as cell:
        people.refuse(number, cell.column, cell.reason)
        people.mention(row.cells.get("rpps", ""))
        return
    people.add(person, number, row.title("rpps" if known else "family_name"), says_status=says_status)


def _names(row: Row) -> tuple[str, str, str]:
    """Return birth name, usage name where it differs, and first name; « Nom » beside a birth name is the one in use."""
    if "name" in row.cells and not {"family_name", "birth_name"} & set(row.cells):
        family, first = _split_name(row)
        return family, row.words("usage_name"), row.words("first_name") or first
    own, birth, usage = (row.words(each) for each in ("family_name", "birth_name", "usage_name"))
    family = birth or own or usage
    if not family:
        raise row.refused("family_name" if "family_name" in row.cells else "birth_name", "la cellule est vide.")
    usage = usage or (own if birth else "")
    return family, usage if folded(usage) != folded(family) else "", row.name("first_name")


_COMPOUND = ("jean", "marie", "anne", "pierre", "paul", "louis", "charles", "francois", "rose")
"""First names that begin compound ones: « Jean Pierre » without its hyphen is one."""


def _usual(row: Row, every: str) -> tuple[str, tuple[str, ...]]:
    """Return the usual first name, and the others, of a cell that may list them all.

    A comma tells that it does: « Claire, Marie ». So does « Prénoms » or « Prénom(s) » over several words, the first
    being the usual one; where it may also be a compound one, that is said.
    """
    usual, *others = (" ".join(part.split()) for part in re.split(r"\s*[,;/]\s*", every.strip(" ,;/") or every))
    others = [word for each in others for word in each.split()]
    words = usual.split()
    if folded(row.title("first_name")) in ("prenoms", "prenom s") and len(words) > 1:
        compound = folded(words[0]) in _COMPOUND
        if len(words) == 2 and compound:
            return usual, tuple(others)
        if compound:
            reason = f"prénom usuel lu «{_NB}{words[0]}{_NB}»{_NB}; s’il est composé, écrivez-le avec un trait d’union."
            row.warn("first_name", reason)
        usual, others = words[0], [*words[1:], *others]
    return usual, tuple(others)


def _doubted(cells: Sequence[str], header: Header, number: int, people: People) -> bool:
    """Return True where a column that we do not read, but that may hold a status, says that somebody is not in practice."""
    for index, title, about in header.doubts:
        text = " ".join(cells[index].split()) if index < len(cells) else ""
        word = folded(text)
        if not word or word == "0":
            continue
        if word in YES_WORDS or word in NO_WORDS:
            ended = (word in YES_WORDS) is (about is Doubt.ENDS)
        else:
            # « Caisse de retraite » tells nothing; a day of departure does, and so does its reason.
            told = about is Doubt.ENDS and (any(map(str.isdigit, text)) or "motif" in folded(title).split())
            ended = told or status_of(text) not in (Status.ACTIVE, Status.UNCLEAR)
        if ended:
            people.warn_once(
                number,
                title,
                f"cette colonne n’est pas lue et dit «{_NB}{text[:40]}{_NB}»{_NB}: dans le doute, la personne est gardée, pas "
                f'recherchée{_NB}; pour la lire{_NB}: --map "{title[:60]}=statut", pour la passer{_NB}: '
                f'--map "{title[:60]}=ignorer"',
            )
            return True
    return False


def _split_name(row: Row) -> tuple[str, str]:
    """Return the family name, in capitals, and the first name, which is not; refuse the row where nothing tells."""
    words = row.name("name").split()
    while words and folded(words[0]) in ("m", "mr", "mme", "mlle", "madame", "monsieur", "dr"):
        words.pop(0)
    capital = [word == word.upper() and any(map(str.isalpha, word)) for word in words]
    count = sum(capital)
    if 0 < count < len(words):
        if all(capital[:count]):
            return " ".join(words[:count]), " ".join(words[count:])
        if all(capital[-count:]):
            return " ".join(words[-count:]), " ".join(words[:-count])
    raise row.refused(
        "name",
        f"le nom et le prénom ne se distinguent pas{_NB}; écrivez le nom en capitales (EXEMPLE Camille), ou faites-en "
        "deux colonnes.",
    )


def _status(row: Row) -> tuple[Status, date | None, bool]:
    """Return the status, its first day, and whether the row has a word on it at all: an empty cell has none."""
    status, said = row.status("status"), bool(row.text("status"))
    since = row.day("status_on")
    # « Retraité le 03/04/2025 »
    if since is None and (told := re.search(r"\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b", row.cells.get("status", ""))):
        since = replace(row, cells={"status": told[0]}).day("status")
    for column, meant in ENDED.items():
        if folded(row.cells.get(column, "")) not in ("", "0", "neant", "aucun", "aucune", "sans objet", *NO_WORDS):
            day = row.day(column) if any(map(str.isdigit, row.cells[column])) else None
            said = True
            if status in (Status.ACTIVE, Status.UNCLEAR, Status(meant)):
                status, since = Status(meant), day or since
    return status, since, said


def _practices(row: Row) -> tuple[Practice, ...]:
    found: list[Practice] = []
    for prefix in SITES:
        practice = _practice(row, prefix)
        if practice is None:
            continue
        bare = not (practice.street or practice.postcode or practice.town or practice.name)
        if bare and practice.phones and found:
            # « Tél. 2 » without an address of its own is one more number of the practice.
            found[0] = replace(found[0], phones=tuple(dict.fromkeys(found[0].phones + practice.phones)))
        else:
            found.append(practice)
    home = _practice(row, HOME)
    if home is not None:
        home = replace(home, private=True)
        same = next((i for i, p in enumerate(found) if _at(p) == _at(home)), None)
        if same is None:
            found.append(home)
        else:
            phones = tuple(dict.fromkeys(found[same].phones + home.phones))
            found[same] = replace(found[same], private=True, phones=phones)
    for prefix in SITES:
        if row.cells.get(prefix + "private", "").strip() and row.private(prefix + "private") is None:
            found.append(_home_in(row, prefix + "private"))
    return tuple(found)


def _at(practice: Practice) -> tuple[str, str]:
    return folded(practice.street), practice.postcode


def _practice(row: Row, prefix: str) -> Practice | None:
    names = ("name", "street", "postcode", "town", "locality", "insee", "phone")
    if not any(row.cells.get(prefix + name, "").strip() for name in names):
        return None
    private = prefix == HOME or bool(row.private(prefix + "private"))
    street = row.words(prefix + "street", quoted=False)
    postcode, town = row.code(prefix + "postcode", "le code postal"), row.words(prefix + "town", quoted=False)
    both = re.fullmatch(r"(\d{5})\s*[-–]?\s*(\D.*)", row.text(prefix + "locality"), re.ASCII)
    if both:
        postcode, town = postcode or both[1], town or both[2]
    elif row.text(prefix + "locality"):
        town = town or row.words(prefix + "locality", quoted=False)
    if not postcode and not town:
        street, postcode, town = _whole(street)
    return Practice(
        name=row.words(prefix + "name"),
        street=street,
        postcode=postcode,
        town=town,
        insee=row.code(prefix + "insee", "le code commune"),
        phones=row.phones(prefix + "phone", quoted=not private),
        since=row.day(prefix + "since"),
        until=row.day(prefix + "until"),
        private=private,
    )


def _home_in(row: Row, column: str) -> Practice:
    street, postcode, town = _whole(row.words(column, quoted=False))
    return Practice(street=street, postcode=postcode, town=town, private=True)


def _whole(text: str) -> tuple[str, str, str]:
    """Return street, postcode and town of an address written in one cell; postcode and town empty where it has none."""
    found = re.fullmatch(r"(.+?)[\s,;–-]+(\d{5})\s+([^\d].*)", text)
    return (found[1], found[2], found[3]) if found else (text, "", "")
