"""What a case is made of when it leaves for another home: which rows, what each may hold. No file, no signature."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from listingguard.domain.capture import TokenStatus
from listingguard.domain.event import Event
from listingguard.domain.finding import Word
from listingguard.domain.listing import Outcome
from listingguard.domain.practitioner import Agreement, GivenBy, Practice, Practitioner
from listingguard.domain.record import DispatchState, Sort
from listingguard.domain.service import ProofType
from listingguard.errors import BadInput

EXPORTED, IMPORTED = "case_exported", "case_imported"
"""Events of the home: a case left for another home, or came from one."""

AT_REST = frozenset({DispatchState.DRAFT, DispatchState.SENT, DispatchState.FAILED, DispatchState.WITHDRAWN})
"""States of a dispatch in which the program sends nothing: in any other, two homes could."""

MAX_ROWS = 20_000
MAX_EVENTS = 20_000
MAX_DEPTH = 40
_MAX_TEXT = 2_000_000

_SHA = re.compile(r"[0-9a-f]{64}")
_LOCAL = re.compile(r"[0-9]{11}|local-[0-9a-f]{12}")

_Kind = str | type[StrEnum]
"""What a column holds: text, or a letter: `h` SHA-256, `H` the same or empty, `d` day, `D` day or nothing, `m` moment,
`M` moment or nothing, `i` count, `b` yes or no; or one of a vocabulary."""

TABLES: Mapping[str, Mapping[str, _Kind]] = {
    "letter": {
        "id": "", "case": "", "kind": "", "sequence": "i", "template": "", "text": "h", "pdf": "h", "approved_by": "",
        "day": "d", "at": "m",
    },
    "dispatch": {
        "id": "", "letter": "", "case": "", "channel": "", "recipient": "", "sender": "", "message_id": "",
        "message": "H", "state": DispatchState, "day": "d", "at": "m", "settled_at": "M", "response": "",
    },
    "reply_token": {"token": "", "dispatch": "", "case": "", "at": "m"},
    "registered_number": {
        "dispatch": "", "number": "", "letter": "", "case": "", "product": "", "at": "m", "actor": "",
    },
    "service_proof": {
        "id": "", "dispatch": "", "case": "", "type": ProofType, "day": "d", "file": "h", "note": "", "at": "m",
        "actor": "",
    },
    "reply": {
        "sha256": "h", "case": "", "route": "", "sender": "", "subject": "", "day": "d", "at": "m", "sort": Sort,
    },
    "reply_reading": {"message": "h", "meaning": "", "sort": Sort, "day": "d", "at": "m", "actor": ""},
    "judgement": {
        "listing": "", "practitioner": "", "fields_hash": "", "word": Word, "day": "d", "at": "m", "actor": "",
        "blind": "b",
    },
    "reading": {
        "id": "i", "site": "", "url": "", "day": "d", "at": "m", "outcome": Outcome, "reason": "", "listings": "i",
        "canary": "b", "human": "b", "milliseconds": "i", "role": "", "cause": "", "coverage": "", "body": "H",
        "unchanged": "b",
    },
    "capture": {
        "id": "h", "reading": "i", "site": "", "url": "", "body": "h", "day": "d", "at": "m", "manifest": "",
    },
    "capture_listing": {"capture": "h", "listing": ""},
    "capture_token": {"capture": "h", "authority": "", "sha256": "h", "status": TokenStatus, "at": "m"},
    "authorisation": {
        "id": "", "practitioner": "", "platform": "", "agreement": Agreement, "given_by": GivenBy, "since": "d",
        "until": "D", "proof": "H", "sent_on": "D", "practice": "", "from_platform": "b", "at": "m", "actor": "",
    },
    "mandate": {
        "id": "", "practitioner": "", "object": "", "powers": "", "since": "d", "until": "d", "document": "h",
        "revoked_on": "D", "at": "m", "actor": "",
    },
    "pack": {"case": "", "number": "i", "path": "", "sha256": "h", "day": "d", "at": "m", "actor": ""},
}  # fmt: skip
"""Every table of which a case takes rows along, column by column, in the order in which they can be written."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Table -> its rows."""


class PaperKind(StrEnum):
    """What a home keeps about the controller of a case, or of the council's own, on which its complaint rests."""

    NOTICE = "notice"
    EXTRACT = "extract"
    CONTRACTS = "contracts"


@dataclass(frozen=True)
class Paper:
    """A legal notice, a register extract, or a register of contracts that was looked up: of which day, and its SHA-256.

    url: where it comes from. The register of contracts is about other people: its day and its hash travel, never its bytes.
    """

    kind: PaperKind
    controller: str
    url: str
    day: date
    document: str
    actor: str


@dataclass(frozen=True)
class Travelling:
    """A case as it travels.

    people: the practitioner, then the other rows of the roster that a person said are theirs too; no private address.
    listings: the keys of the case's listings. packs: name of each file of a complaint -> SHA-256. withheld: SHA-256 of
    the documents that stay because they are about other people too.
    """

    case: str
    events: tuple[Event, ...]
    payloads: Mapping[int, tuple[bytes, Mapping[str, Any]]]
    people: tuple[Practitioner, ...]
    rows: Rows
    listings: tuple[str, ...] = ()
    packs: Mapping[str, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = ()
    controller: Mapping[str, Any] = field(default_factory=dict)
    """What the other home knows of who answers for the platform: see `record_of`."""


@dataclass(frozen=True)
class Provenance:
    """Where a case comes from: code and public key (hex) of the home that signed, who acts there, the day, the program."""

    code: str
    acting: str
    public_key: str
    day: date
    tool: str

    @property
    def fingerprint(self) -> str:
        """Return what two people compare by voice: half the SHA-256 of the public key, in groups of four."""
        return fingerprint(bytes.fromhex(self.public_key))


def fingerprint(public_key: bytes) -> str:
    """Return half the SHA-256 of a public key in groups of four.

    >>> fingerprint(bytes(32))
    '6668 7aad f862 bd77 6c8f c18b 8e9f 8e20'
    """
    digest = sha256(public_key).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, 32, 4))


def same_fingerprint(one: str, other: str) -> bool:
    """Return True when both are written with the same letters and digits, whatever the spaces and capitals."""
    return bool(one.strip()) and _compact(one) == _compact(other)


def _compact(text: str) -> str:
    return re.sub(r"[\s\u00a0-]+", "", text).casefold()


def without_homes(person: Practitioner) -> Practitioner:
    """Return a person without the addresses that are also their home."""
    return replace(person, practices=tuple(p for p in person.practices if not p.private))


def hashes_in(value: object) -> Iterator[str]:
    """Yield every text that looks like a SHA-256 in a JSON value."""
    if isinstance(value, str):
        if _SHA.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from hashes_in(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from hashes_in(each)


def shallow(value: object, left: int = MAX_DEPTH) -> bool:
    """Return True when a JSON value is nested no deeper than anything we write."""
    if isinstance(value, Mapping):
        return left > 0 and all(shallow(each, left - 1) for each in value.values())
    if isinstance(value, list):
        return left > 0 and all(shallow(each, left - 1) for each in value)
    return True


def plain_paper(paper: Paper) -> dict[str, str]:
    """Return a paper as JSON says it."""
    return {name: str(getattr(paper, name)) for name in _PAPER}


def checked_papers(said: object, controller: str) -> tuple[Paper, ...]:
    """Return the papers of a file as they may be kept; raise BadInput for one that is of another controller, or no paper.

    A file of an earlier version brings none.
    """
    if not isinstance(said, list) or len(said) > MAX_ROWS:
        raise BadInput("la liste de ses mentions légales et extraits n’en est pas une")
    for row in said:
        if (
            not isinstance(row, Mapping)
            or set(row) != set(_PAPER)
            or not all(_holds(row[c], k) for c, k in _PAPER.items())
        ):
            raise BadInput("une mention légale ou un extrait n’est pas décrit comme il le faut")
        if row["controller"] != ("" if row["kind"] == PaperKind.CONTRACTS else controller):
            raise BadInput("une mention légale ou un extrait est d’un autre responsable")
    return tuple(
        Paper(PaperKind(r["kind"]), r["controller"], r["url"], date.fromisoformat(r["day"]), r["document"], r["actor"])
        for r in said
    )


_PAPER: Mapping[str, _Kind] = {
    "kind": PaperKind, "controller": "", "url": "", "day": "d", "document": "h", "actor": "",
}  # fmt: skip


_RECORD = {
    "platform_name": "nom de la plateforme", "name": "raison sociale", "legal_form": "forme juridique", "siren": "SIREN",
    "rcs": "RCS", "attention": "service", "street": "rue", "postcode": "code postal", "town": "ville", "country": "pays",
    "calendar": "calendrier", "email": "courriel", "webform": "formulaire",
}  # fmt: skip
"""What a controller's record tells another home, and its French words. Who verified it, and when, is each home's own."""

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def record_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what travels of a controller's record: who, where, the calendar its delay is counted in, how to write to it.

    Without it another home would count the same case under its own calendar. That it was verified never travels.
    """
    told: dict[str, Any] = {name: str(record[name]) for name in _RECORD if record.get(name)}
    hosts = [str(host) for host in record.get("platforms", ())]
    return told | ({"platforms": hosts} if hosts else {})


def checked_record(said: object) -> dict[str, Any]:
    """Return the record of a file as it may be kept; raise BadInput. A file of an earlier version brings none."""
    if not isinstance(said, Mapping) or not set(said) <= {*_RECORD, "platforms"}:
        raise BadInput("le responsable du traitement n’y est pas décrit comme il le faut")
    texts = [value for name, value in said.items() if name != "platforms"]
    plain = all(isinstance(text, str) and 0 < len(text) <= 500 and _one_line(text) for text in texts)
    hosts = said.get("platforms", [])
    named = isinstance(hosts, list) and len(hosts) <= 100
    if not plain or not named or not all(isinstance(host, str) and _HOST.fullmatch(host) for host in hosts):
        raise BadInput("le responsable du traitement n’y est pas décrit comme il le faut")
    email, form = str(said.get("email", "a@b")), str(said.get("webform", "https://a.b"))
    if not re.fullmatch(r"[^\s,;<>@]+@[^\s,;<>@]+", email) or not re.fullmatch(r"https?://[!-~]{3,490}", form):
        raise BadInput("l’adresse du responsable du traitement n’en est pas une")
    return dict(said)


def _one_line(text: str) -> bool:
    return text.replace("\u00a0", " ").replace("\u202f", " ").isprintable()


def record_differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return in French what the other home says otherwise of a controller; ours stays."""
    called = ours.get("platform_name") or ours.get("name") or theirs.get("platform_name") or "responsable"
    found = []
    for name, label in _RECORD.items():
        mine, other = str(ours.get(name) or ""), str(theirs.get(name) or "")
        # A calendar that is not said is the home's own: that too is another one.
        if mine != other and (other or name in ("country", "calendar")):
            dates = " ; les échéances se comptent d’après ce qui est ici" if name in ("country", "calendar") else ""
            found.append(f"{called}, {label} : « {other} » là-bas, « {mine} » ici{dates}")
    return tuple(found) if theirs else ()


def checked_rows(said: object, case: str, people: Iterable[str]) -> Rows:
    """Return the rows as they may be written; raise BadInput naming the table of the first that may not.

    Every row is of this case, of its person or of what another row of it names: nothing else can come in with a case.
    """
    if not isinstance(said, Mapping) or set(said) != set(TABLES):
        raise BadInput("les tables annoncées ne sont pas celles d’un dossier")
    for table, columns in TABLES.items():
        rows = said[table]
        if not isinstance(rows, list) or len(rows) > MAX_ROWS:
            raise BadInput(f"la table {table} n’est pas une liste, ou dépasse {MAX_ROWS} lignes")
        for row in rows:
            if not isinstance(row, Mapping) or set(row) != set(columns):
                raise BadInput(f"une ligne de {table} n’a pas les bonnes colonnes")
            for column, kind in columns.items():
                if not _holds(row[column], kind):
                    raise BadInput(f"{table}, colonne {column} : une valeur n’est pas permise")
            if row.get("case", case) != case:
                raise BadInput(f"une ligne de {table} est d’un autre dossier")
    _belongs(said, case, frozenset(people))
    return said


def _belongs(rows: Rows, case: str, people: frozenset[str]) -> None:
    def named(table: str, column: str) -> set[Any]:
        return {row[column] for row in rows[table]}

    letters, dispatches = named("letter", "id"), named("dispatch", "id")
    ours = all(str(each).startswith(f"{case}/") for each in letters | dispatches)
    at_rest = all(row["state"] in set(AT_REST) for row in rows["dispatch"])
    links = (
        named("dispatch", "letter") <= letters,
        named("registered_number", "letter") <= letters,
        named("registered_number", "dispatch") <= dispatches,
        named("reply_token", "dispatch") | named("service_proof", "dispatch") <= dispatches,
        named("reply_reading", "message") <= named("reply", "sha256"),
        named("capture", "reading") <= named("reading", "id"),
        named("capture_listing", "capture") | named("capture_token", "capture") <= named("capture", "id"),
        named("judgement", "practitioner") | named("authorisation", "practitioner") | named("mandate", "practitioner")
        <= people,
    )
    if not (ours and at_rest and all(links)):
        raise BadInput("ses lignes ne se tiennent pas entre elles")


def _holds(value: object, kind: _Kind) -> bool:
    if isinstance(kind, type):
        return isinstance(value, str) and value in set(kind)
    if kind in ("i", "b"):
        return type(value) is int and 0 <= value < (2 if kind == "b" else 2**53)
    if kind in ("D", "M") and value is None:
        return True
    if not isinstance(value, str) or len(value) > _MAX_TEXT or "\x00" in value:
        return False
    try:
        if kind in ("d", "D"):
            return date.fromisoformat(value).isoformat() == value
        if kind in ("m", "M"):
            return datetime.fromisoformat(value).utcoffset() is not None
    except ValueError:
        return False
    return _SHA.fullmatch(value) is not None or (kind == "H" and not value) if kind in ("h", "H") else True


def is_identifier(text: str) -> bool:
    """Return True for an RPPS number or a local identifier of ours."""
    return _LOCAL.fullmatch(text) is not None


def differences(ours: Practitioner, theirs: Practitioner) -> tuple[str, ...]:
    """Return in French what the other home says otherwise of a person; ours stays. A home address is never told."""
    words = {
        "family_name": "nom de naissance", "usage_name": "nom d’usage", "first_name": "prénom", "email": "courriel",
        "mobile": "téléphone mobile",
    }  # fmt: skip
    found = [
        f"{label} : « {getattr(theirs, name)} » là-bas, « {getattr(ours, name)} » ici"
        for name, label in words.items()
        if getattr(theirs, name) and getattr(theirs, name) != getattr(ours, name)
    ]
    if theirs.status is not ours.status:
        found.append(f"statut : « {theirs.status.label} » là-bas, « {ours.status.label} » ici")
    known = {_place(p) for p in ours.practices}
    found += [
        f"adresse inconnue ici : {p.street}, {p.postcode} {p.town}"
        for p in theirs.practices
        if not p.private and p.street and _place(p) not in known
    ]
    return tuple(found)


def _place(practice: Practice) -> tuple[str, str, str]:
    return practice.street.casefold(), practice.postcode, practice.town.casefold()
