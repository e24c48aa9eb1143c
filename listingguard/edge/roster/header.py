"""The titles of a roster's columns: which field each one holds, in the words of councils. Reads no row of data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from listingguard.domain.practitioner import Status
from listingguard.edge.roster.row import folded, status_of
from listingguard.errors import BadInput

_NB = "\u00a0"

SITE_FIELDS = ("name", "street", "postcode", "town", "insee", "phone", "private", "since", "until", "locality")
SITES = ("site1_", "site2_", "site3_")
HOME = "home_"
"""The home's address where it has columns of its own: one more practice, private."""

COLUMNS = (
    "rpps",
    "civility",
    "family_name",
    "usage_name",
    "first_name",
    "other_first_names",
    "profession",
    "mobile",
    "email",
    "status",
    "status_on",
    *(prefix + name for prefix in SITES for name in SITE_FIELDS[:-1]),
)
"""The columns of our own CSV, in any order; `siteN_private` (oui, non) says that the address is also the home."""

ENDED = {
    "struck_on": "struck_off", "retired_on": "retired", "deceased_on": "deceased", "suspended_on": "suspended",
    "left_on": "left",
}  # fmt: skip
"""Columns whose mere day, or « oui », is a status: « Date de radiation », « Retraité (O/N) »."""

_PERSON = {
    "rpps": "rpps, identifiant rpps, code rpps, rpps kine, rpps praticien, identifiant national, identifiant pp",
    "civility": "civilite, civ, titre, sexe, genre, titre civilite, civilite exercice, mme m, m mme",
    "name": "nom prenom, nom prenoms, prenom nom, nom complet, praticien, kinesitherapeute, kine, identite",
    "family_name": "nom, noms, nom famille, nom exercice, nom praticien, nom kine, nom professionnel",
    "birth_name": "nom naissance, nom patronymique, patronyme, nom jeune fille, nom jf",
    "usage_name": "nom usage, nom marital, nom epouse, nom usuel, nom epoux",
    "first_name": "prenom, prenoms, prenom exercice, prenom usuel, prenom usage, premier prenom, 1er prenom, prenom 1",
    "other_first_names": "autres prenoms, autre prenom, prenom 2, deuxieme prenom, second prenom, 2eme prenom, 2e prenom",
    "profession": "profession, libelle profession, metier",
    "mobile": "portable, mobile, gsm, tel portable, telephone portable, tel mobile, telephone mobile, tel port, port",
    "email": "mail, email, courriel, mel, adresse mail, adresse email, adresse courriel, "
    "adresse electronique, adresse messagerie, courrier electronique, messagerie",
    "status": "statut, status, situation, etat, position, position tableau, statut ordinal, statut ordre, "
    "situation ordinale, statut inscription, etat inscription, situation tableau, statut tableau, "
    "actif, active, en activite, en exercice, inscrit, situation professionnelle, situation pro, statut professionnel, "
    "statut pro, position professionnelle, situation actuelle, situation exercice, statut exercice, etat exercice, "
    "situation activite, statut activite, etat activite, statut actif, actif inactif, exerce, exerce encore, "
    "toujours en activite, toujours en exercice, toujours actif, encore en activite, exercice en cours",
    "status_on": "date statut, date effet, statut depuis, date situation",
    "struck_on": "date radiation, radiation, radie, radiee",
    "retired_on": "date retraite, depart retraite, date depart retraite, retraite, retraitee",
    "deceased_on": "date deces, deces, decede, decedee",
    "suspended_on": "date suspension, suspension, suspendu, suspendue",
    "left_on": "date cessation, date depart, date sortie, date fin inscription, date cessation activite, date transfert, "
    "cessation, cessation activite, inactif, inactive",
}
_SITE = {
    "name": "cabinet, nom cabinet, structure, nom structure, etablissement, nom etablissement, raison sociale, enseigne, "
    "nom commercial, lieu exercice, denomination, denomination cabinet",
    "street": "adresse, adresse ligne, rue, voie, type voie, numero voie, n voie, n rue, numero rue, adresse postale, libelle voie, "
    "adresse complete, complement, complement adresse, adresse complementaire, suite adresse, batiment, lieu dit",
    "postcode": "cp, c p, code postal, code post, codepostal, postal code",
    "town": "ville, commune, localite, libelle commune, bureau distributeur, municipalite",
    "locality": "cp ville, code postal ville, cp commune, code postal commune",
    "insee": "insee, code insee, code commune, insee commune, code insee commune",
    "phone": "tel, telephone, tel fixe, telephone fixe, fixe, tel bureau, phone, ligne fixe, numero telephone, n tel, "
    "telephone fixe portable, tel fixe portable, telephone portable fixe, telephones, tels",
    "private": "prive, type adresse, nature adresse, adresse prive",
    "since": "date installation, debut exercice, date debut, installe depuis, depuis, date debut activite, "
    "date debut exercice, date entree",
    "until": "date fin, fin exercice, date fin exercice, date fin activite, jusqu au",
}
_FIELDS_OF = {name: field for field, names in _PERSON.items() for name in names.split(", ")}
_SITE_OF = {name: field for field, names in _SITE.items() for name in names.split(", ")}

# Words that change nothing: « Adresse du cabinet », « N° de téléphone professionnel ».
_SMALL = {"de", "du", "des", "d", "la", "le", "les", "l", "et", "au", "a", "en", "s", "e"}
_NUMBER = {"n", "no", "num", "numero"}
_AT_WORK = {"cabinet", "pro", "professionnel", "professionnelle", "exercice", "lieu", "site", "kine", "praticien"}
_AT_HOME = {"domicile", "personnel", "personnelle", "perso", "prive", "privee", "privees"}
_ORDINALS = {
    "1": 1, "principal": 1, "principale": 1, "1er": 1, "premier": 1,
    "2": 2, "secondaire": 2, "second": 2, "deuxieme": 2, "2e": 2, "2eme": 2, "2nd": 2,
    "3": 3, "tertiaire": 3, "troisieme": 3, "3e": 3, "3eme": 3,
}  # fmt: skip


@dataclass(frozen=True)
class Title:
    """What one title means. site: 1 to 3, 0 for the home, None where the title does not say which practice."""

    field: str
    of_site: bool = False
    site: int | None = None


def meaning(title: str) -> Title | None:
    """Return what a title means in the words of councils, whatever its case, accents and line breaks; None: unknown.

    >>> meaning("N° RPPS"), meaning("CP cabinet 2")
    (Title(field='rpps', of_site=False, site=None), Title(field='postcode', of_site=True, site=2))
    """
    if title.strip().lower() in COLUMNS:
        name = title.strip().lower()
        if name.startswith(SITES):
            return Title(name[6:], True, int(name[4]))
        return Title(name)
    whole = _without_answers(folded(title))
    # « En activité »: a small word may be all that tells.
    if field := _FIELDS_OF.get(whole):
        return Title(field)
    words = [word for word in whole.split() if word not in _SMALL]
    for kept in (words, [word for word in words if word not in _NUMBER]):
        if field := _FIELDS_OF.get(" ".join(kept)):
            return Title(field)
        if field := _SITE_OF.get(" ".join(kept)):
            return Title(field, True)
    words = [word for word in words if word not in _NUMBER] or words
    home = any(word in _AT_HOME for word in words)
    sites = [_ORDINALS[word] for word in words if word in _ORDINALS]
    words = [word for word in words if word not in _ORDINALS]
    if sites and (field := _SITE_OF.get(" ".join(words))):
        return Title(field, True, sites[0])
    base = " ".join(word for word in words if word not in _AT_WORK | _AT_HOME)
    if not base and sites and any(word in _AT_WORK for word in words):
        return Title("name", True, sites[0])
    if not base and home:
        return Title("private", True)
    if field := _FIELDS_OF.get(base):
        # A second address or number of the person is not the practice's; the first column of each is enough.
        return Title(field) if field in ("mobile", "email") else None
    if field := _SITE_OF.get(base):
        return Title(field, True, 0 if home else sites[0] if sites else None)
    return None


def _without_answers(words: str) -> str:
    """Return a folded title without the answers it offers: « Actif (O/N) », « Radié : oui / non »."""
    for answers in (" oui non", " o n", " oui ou non", " o ou n"):
        words = words.removesuffix(answers)
    return words


_ENDS = ("inacti", "radie", "radiation", "retrait", "deces", "decede", "cess", "suspen", "sortie", "demission")
_STANDS = (
    "actif",
    "active",
    "activite",
    "situation",
    "statut",
    "status",
    "etat",
    "position",
    "exerc",
    "inscri",
    "tableau",
)


class Doubt(StrEnum):
    """What a title that we do not know seems to say. STANDS: that somebody practises; ENDS: that they do no more."""

    STANDS = "stands"
    ENDS = "ends"


def doubt(title: str) -> Doubt | None:
    """Return what status an unknown title seems to be about; None: none.

    >>> doubt("Situation d’exercice").value, doubt("Radiation demandée (O/N)").value, doubt("Cotisation")
    ('stands', 'ends', None)
    """
    words = folded(title).split()
    if any(word.startswith(_ENDS) or word in ("depart", "parti", "partie", "omis") for word in words):
        return Doubt.ENDS
    return Doubt.STANDS if any(word.startswith(_STANDS) for word in words) else None


@dataclass(frozen=True)
class Header:
    """Where a table's titles are and what they mean.

    row: its number, the first is 0. columns: field -> indices, in the file's order; several are joined. titles:
    field -> title as the file shows it. unread: titles of columns that hold nothing we know. key: of this set of titles.
    below: 1 where a second line of titles follows. said: what a person said of them, now or before. doubts: index and
    title of each unread column that may hold a status, with what it seems to say.
    """

    row: int
    columns: Mapping[str, tuple[int, ...]]
    titles: Mapping[str, str]
    unread: tuple[str, ...]
    key: str
    width: int
    below: int = 0
    said: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[tuple[int, str, Doubt], ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """Return the fields the table has."""
        return frozenset(self.columns)

    @property
    def statuses(self) -> dict[str, Status]:
        """Return folded word of « Statut » -> what a person said it means."""
        said = self.said.items()
        return {word.removeprefix(_STATUS): Status(meant) for word, meant in said if word.startswith(_STATUS)}


# No folded title holds a colon.
_STATUS = "statut:"

LOOKED_AT = 20
"""Rows in which the header is looked for: above it councils write a title, a date, a count."""

Maps = Mapping[str, Mapping[str, str]]
"""Key of a set of titles -> folded title -> field, as a person said and the home remembers."""


def header_key(titles: Iterable[str]) -> str:
    """Return the key of a set of titles; their order, case and accents do not matter."""
    words = sorted({folded(title) for title in titles} - {""})
    return hashlib.sha256("|".join(words).encode()).hexdigest()[:16]


def find_header(
    rows: Sequence[Sequence[str]], *, asked: Mapping[str, str], remembered: Maps, where: str
) -> Header | None:
    """Return the first of these rows that gives the columns of a roster; None when none looks like one.

    asked: folded title -> field, said now; it wins over `remembered`, and both over our own words. A row that has some
    columns but not those of the names raises BadInput; so does a column that is there twice.
    """
    best: tuple[int, int] = (0, 0)
    for number, row in enumerate(rows[:LOOKED_AT]):
        known = {**remembered.get(header_key(row), {}), **asked}
        meanings = _meanings(row, known)
        fields = {m.field for m in meanings if m}
        named = "name" in fields or ("first_name" in fields and fields & {"family_name", "birth_name", "usage_name"})
        if named and len(fields) >= 2:
            below = rows[number + 1] if number + 1 < len(rows) else ()
            return _header(number, row, below, known, where)
        best = max(best, (len(fields), -number))
    if best[0] >= 2:
        row = rows[-best[1]]
        fields = {m.field for m in _meanings(row, asked) if m}
        lacking = "first_name" if fields & {"family_name", "birth_name", "usage_name"} else "family_name"
        french = {"first_name": "du prénom", "family_name": "du nom"}[lacking]
        raise BadInput(
            f"{where}, ligne {1 - best[1]}{_NB}: la colonne {french} manque («{_NB}{lacking}{_NB}»). Si elle a un autre "
            f'titre, dites-le{_NB}: --map "TITRE={lacking}"'
        )
    return None


def _meanings(row: Sequence[str], known: Mapping[str, str]) -> list[Title | None]:
    found = []
    for title in row:
        said = known.get(folded(title)) if title.strip() else None
        found.append(meaning(said) if said else None if said == "" else meaning(title) if title.strip() else None)
    return found


def _header(number: int, row: Sequence[str], below: Sequence[str], known: Mapping[str, str], where: str) -> Header:
    titles, under = list(row), 0
    if _is_second_line(row, below, known):
        # « Adresse » merged above « Rue | CP | Ville ».
        width = max(len(row), len(below))
        titles = [(below[i] if i < len(below) and below[i].strip() else row[i] if i < len(row) else "") for i in range(width)]  # fmt: skip
        under = 1
    while titles and not titles[-1].strip():
        titles.pop()
    columns: dict[str, list[int]] = {}
    shown: dict[str, str] = {}
    unread = []
    doubts = []
    meanings = _meanings(titles, known)
    current = 1
    later = {m.site for m in meanings if m and m.of_site and m.field in ("postcode", "town", "locality")}
    strict = all(m is None or title.strip().lower() in COLUMNS for title, m in zip(titles, meanings, strict=True))
    for index, (title, found) in enumerate(zip(titles, meanings, strict=True)):
        ignored = known.get(folded(title)) == ""
        if found is None and strict and title.strip() and not ignored:
            # Titles of our own making are never half understood: a slip in `site1_private` would show a home.
            raise BadInput(
                f"{where}, ligne {number + 1}{_NB}: la colonne n°{_NB}{index + 1}, «{_NB}{title.strip()[:60]}{_NB}», "
                f"est inconnue. Colonnes attendues{_NB}: {', '.join(COLUMNS)}."
            )
        if found is None:
            if title.strip() and not ignored:
                unread.append(" ".join(title.split()))
                if (about := doubt(title)) is not None:
                    doubts.append((index, unread[-1], about))
            continue
        field = found.field
        if found.of_site:
            site, current = _site(found, current, columns, later)
            if site > len(SITES):
                unread.append(" ".join(title.split()))
                continue
            field = (SITES[site - 1] if site else HOME) + found.field
        # « Statut » beside « Actif (O/N) »: of several words, the one that keeps us from looking holds.
        joins = (found.of_site and found.field in ("street", "phone")) or field == "status"
        if field in columns and not joins:
            if field in ("mobile", "email") and title.strip().lower() not in COLUMNS:
                unread.append(" ".join(title.split()))
                continue
            raise BadInput(
                f"{where}, ligne {number + 1}{_NB}: la colonne «{_NB}{shown[field][:60]}{_NB}» est là deux fois "
                f'(aussi «{_NB}{" ".join(title.split())[:60]}{_NB}»). Pour en passer une{_NB}: --map "TITRE=ignorer"'
            )
        columns.setdefault(field, []).append(index)
        shown.setdefault(field, " ".join(title.split()))
    _home_flag(columns, shown)
    return Header(
        number,
        {f: tuple(i) for f, i in columns.items()},
        shown,
        tuple(unread),
        header_key(row),
        len(titles),
        under,
        known,
        tuple(doubts),
    )


def _site(found: Title, current: int, columns: Mapping[str, object], later: set[int | None]) -> tuple[int, int]:
    """Return the practice a column belongs to, and the one that untold columns belong to from here on."""
    if found.site is not None:
        # « Adresse 1 », « Adresse 2 » and one postcode are two lines of one address.
        lines = found.field == "street" and found.site > 1 and found.site not in later
        return (1 if lines else found.site), current
    place = (
        {f"{SITES[current - 1]}{name}" for name in ("postcode", "town", "locality")} if current <= len(SITES) else set()
    )
    taken = current <= len(SITES) and SITES[current - 1] + found.field in columns
    if taken and (found.field not in ("street", "phone") or (found.field == "street" and place & set(columns))):
        current += 1
    return current, current


def _home_flag(columns: dict[str, list[int]], shown: dict[str, str]) -> None:
    """« Adresse privée » alone says oui, non, or the address itself; beside « CP domicile » it is the home's street."""
    street = HOME + "street"
    if street in columns and HOME + "postcode" not in columns and HOME + "locality" not in columns:
        if "site1_private" not in columns:
            columns["site1_private"] = columns.pop(street)
            shown["site1_private"] = shown.pop(street)
    elif HOME + "postcode" in columns and street not in columns and "site1_private" in columns:
        columns[street] = columns.pop("site1_private")
        shown[street] = shown.pop("site1_private")


def _is_second_line(row: Sequence[str], below: Sequence[str], known: Mapping[str, str]) -> bool:
    """Return True when the row below only refines titles: every cell a known title, over an empty or address cell."""
    filled = [i for i, cell in enumerate(below) if cell.strip()]
    if len(filled) < 2:
        return False
    for i in filled:
        above = row[i].strip() if i < len(row) else ""
        found = _meanings([below[i]], known)[0]
        if (
            found is None
            or not found.of_site
            or (above and (_meanings([above], known)[0] or found).field not in SITE_FIELDS)
        ):
            return False
    return True


def parse_said(pairs: Iterable[str], statuses: Iterable[str]) -> dict[str, str]:
    """Return folded title -> field for each `TITRE=champ` a person typed; an empty field: the column is not read.

    A field is one of ours (`family_name`) or any title we know (« nom »). Words of « Statut » come as `MOT=statut`, and
    are kept beside the titles, as `statut:mot`. BadInput names what is neither.
    """
    asked = {}
    for pair in pairs:
        title, _, meant = pair.rpartition("=")
        if not title.strip():
            raise BadInput(f"--map{_NB}: écrivez TITRE=champ, pas «{_NB}{pair[:60]}{_NB}».")
        if folded(meant) in ("", "ignorer", "ignore"):
            asked[folded(title)] = ""
        elif meaning(meant) is None:
            raise BadInput(
                f"--map{_NB}: le champ «{_NB}{meant.strip()[:60]}{_NB}» n’existe pas. Champs{_NB}: "
                f"{', '.join(COLUMNS[:11])}, site1_street… ou «{_NB}ignorer{_NB}»."
            )
        else:
            asked[folded(title)] = meant.strip()
    for pair in statuses:
        word, _, meant = pair.rpartition("=")
        status = status_of(meant)
        if not folded(word) or not meant.strip() or (status is Status.UNCLEAR and folded(meant) != status):
            known = ", ".join(each for each in Status if each is not Status.LEFT)
            raise BadInput(f"--status{_NB}: écrivez MOT=statut, pas «{_NB}{pair[:60]}{_NB}». Statuts{_NB}: {known}.")
        asked[_STATUS + folded(word)] = status.value
    return asked
