"""What goes in which part of a dossier, and where a built dossier stands: signed, completed, filed, undone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from listingguard.domain.case import REPLIES, EventKind, Fact, effective
from listingguard.domain.event import Event
from listingguard.domain.french import french_day


class Place(StrEnum):
    """Where a document goes."""

    COMMUNICABLE = "communicable"
    CONFIDENTIAL = "confidential"
    SEALED = "sealed"

    @property
    def label(self) -> str:
        """Return the French words of the index."""
        return {
            "communicable": "partie communicable",
            "confidential": "partie confidentielle",
            "sealed": "conservé, non communiqué",
        }[self.value]


class Role(StrEnum):
    """What a document is, for the rule that says where it goes."""

    REQUEST = "request"
    COVER = "cover"
    PROOF = "proof"
    ANSWER = "answer"
    WORD = "word"
    MANDATE = "mandate"
    ATTESTATION = "attestation"
    COPY = "copy"
    ORIGINAL = "original"
    PICTURE = "picture"
    SHEET = "sheet"
    ANNEX = "annex"
    NOTICE = "notice"
    DECLARATION = "declaration"
    SENDING = "sending"
    REGISTER = "register"


PLACES: Mapping[Role, tuple[Place, str]] = {
    Role.REQUEST: (Place.COMMUNICABLE, ""),
    Role.COVER: (Place.CONFIDENTIAL, "Ce courrier réunit les demandes de plusieurs praticiens."),
    Role.PROOF: (Place.COMMUNICABLE, ""),
    Role.ANSWER: (Place.COMMUNICABLE, ""),
    Role.WORD: (Place.CONFIDENTIAL, "Elle vient de la personne elle-même et peut porter ses coordonnées."),
    Role.MANDATE: (Place.CONFIDENTIAL, "Il porte la signature et les coordonnées de la personne."),
    Role.ATTESTATION: (Place.COMMUNICABLE, ""),
    Role.COPY: (Place.COMMUNICABLE, ""),
    Role.ORIGINAL: (Place.SEALED, "La page entière peut montrer d’autres personnes."),
    Role.PICTURE: (Place.CONFIDENTIAL, "Ce qu’une image montre d’autres personnes ne se retire pas sans la retoucher."),
    Role.SHEET: (
        Place.CONFIDENTIAL,
        "Elle dit comment la capture a été faite et depuis quelle connexion.",
    ),
    Role.ANNEX: (Place.COMMUNICABLE, ""),
    Role.NOTICE: (Place.COMMUNICABLE, ""),
    Role.DECLARATION: (Place.CONFIDENTIAL, "Elle porte la signature de la personne."),
    Role.SENDING: (Place.COMMUNICABLE, ""),
    Role.REGISTER: (Place.COMMUNICABLE, ""),
}
"""Where each document goes, and why it is not communicable. A rule of the project, not of the law."""

PRIVATE_WHY = "Elle porte une adresse ou un numéro personnels."
UNREAD_WHY = "Aucun programme n’en lit tout le contenu : elle peut concerner d’autres personnes."

READ = frozenset({Role.ANSWER, Role.PROOF})
"""What others wrote: a program reads it before it goes into the communicable part, and a person may decide otherwise."""


def others_why(found: Sequence[str]) -> str:
    """Return why a paper that tells of others is not communicable. found: sorts of things, see `third_party.of_others`."""
    several = ", ".join(found[:-1])
    return f"Un programme y a relevé {f'{several} et {found[-1]}' if several else found[-1]}."


def placed(facts: Sequence[Fact]) -> dict[str, tuple[Place, str]]:
    """Return, by SHA-256, the part into which a person put a paper, the last word, and their reason."""
    told = [f for f in effective(facts) if f.kind is EventKind.PAPER_PLACED]
    return {str(f.data["sha256"]): (Place(str(f.data["place"])), str(f.data.get("why", ""))) for f in told}


UNREADABLE_WHY = "Aucun programme n’y lit le texte : une adresse ou un numéro personnels peuvent s’y trouver."

# -- the log that leaves -----------------------------------------------------------------------------------------------


def sealed_events(
    events: Sequence[Event], told: Collection[str], *, clear: Collection[str]
) -> dict[int, dict[str, str]]:
    """Return, by number, the events whose content does not leave, and what is said of each in clear.

    told: kinds that concern the complaint; clear: actors who may be named. The hash of an event without salt covers the
    name itself: one that names somebody else is sealed, and what it says stands beside it, without being covered by the
    hash. The others leave without the name: see `unnamed_events`.
    """
    found: dict[int, dict[str, str]] = {}
    for event in events:
        if event.kind not in told:
            found[event.seq] = {}
        elif event.actor not in clear and not event.actor_salt:
            found[event.seq] = {
                "day": event.day.isoformat(),
                "what": EventKind(event.kind).label,
                "by": "une personne habilitée",
                **({"exhibit": event.proof} if event.proof else {}),
            }
    return found


def unnamed_events(events: Sequence[Event], told: Collection[str], *, clear: Collection[str]) -> frozenset[int]:
    """Return the numbers of the events that leave, and verify, without the name of who recorded them."""
    return frozenset(e.seq for e in events if e.kind in told and e.actor not in clear and e.actor_salt)


NO_NUMBER = "sans numéro"

# -- where a dossier stands --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """Who signed a dossier off, when; second: as the second pair of eyes."""

    by: str
    day: date
    second: bool


@dataclass(frozen=True)
class PackState:
    """One built dossier of a case, as its facts tell it.

    addendum: 0 for the complaint itself, else its number. parts: (file, SHA-256) of every file of it, the first one
    included. void: why it may no longer be used, or empty. filed: the CNIL's number, or « déposée » without one.
    since: what happened after it was built, as French labels, oldest first.
    """

    case: str
    number: int
    day: date
    sha256: str
    addendum: int
    parts: tuple[tuple[str, str], ...]
    signatures: tuple[Signature, ...]
    frozen: bool
    void: str
    filed: str
    filed_on: date | None
    since: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return how it is called: « plainte n° 1 », « additif n° 1 »."""
        return f"additif n° {self.addendum}" if self.addendum else f"plainte n° {self.number}"

    @property
    def the(self) -> str:
        """Return the same with its article, at the head of a sentence."""
        return f"{'L’' if self.addendum else 'La '}{self.name}"

    @property
    def label(self) -> str:
        """Return in a few French words where it stands."""
        if self.void:
            return f"sans effet : {self.void}"
        if self.filed_on is not None:
            return f"déposée le {french_day(self.filed_on)}, {self.filed if self.filed == NO_NUMBER else f'n° {self.filed}'}"
        signed = "signé" if self.addendum else "signée"
        if self.frozen:
            return signed
        return "à signer" if not self.signatures else f"{signed} par une personne sur deux"


_UNDOES = {
    EventKind.AUTHORISED: "un accord existe",
    EventKind.AGREEMENT_FOUND: "un contrat ou un compte existe",
    EventKind.NOT_ME: "la personne ne se reconnaît pas dans la fiche",
    EventKind.WITHDRAWN: "la personne concernée y renonce",
    EventKind.DECEASED: "la personne concernée est décédée",
    EventKind.MANDATE_REVOKED: "le mandat est révoqué",
    EventKind.MANDATE_EXPIRED: "le mandat est arrivé à son terme",
    EventKind.ERASED_VERIFIED: "le retrait de la fiche a été observé",
}
_OURS = {
    EventKind.PACK_REQUESTED, EventKind.PACK_BUILT, EventKind.PACK_SIGNED, EventKind.PAPER_PLACED, EventKind.FILED,
    EventKind.LAWYER_NAMED,
}  # fmt: skip


def pack_states(case: str, raw: Sequence[Fact], *, wanted: int, legal_due: date | None) -> tuple[PackState, ...]:
    """Return the dossiers built for a case, oldest first.

    raw: the case's facts as recorded. wanted: how many people sign. legal_due: the legal date as it is reckoned today:
    a dossier that told another one, before it was filed, is undone.
    """
    facts = effective(raw)
    # A complaint that the CNIL sent back to be completed is filed a second time.
    filed = next((f for f in reversed(facts) if f.kind is EventKind.FILED), None)
    found = []
    for built in (f for f in facts if f.kind is EventKind.PACK_BUILT):
        data = built.data
        number = int(built.key.rpartition("/")[2])
        sha = str(data.get("sha256", ""))
        signatures = _signatures(facts, sha)
        of_it = filed is not None and str(filed.data.get("pack", "")) == sha
        after = [f for f in facts if f.seq > built.seq and f.kind not in _OURS]
        parts = tuple((str(p["path"]), str(p["sha256"])) for p in data.get("parts", ()))
        found.append(
            PackState(
                case=case,
                number=number,
                day=built.day,
                sha256=sha,
                addendum=int(data.get("addendum", 0)),
                parts=parts,
                signatures=signatures,
                frozen=len(signatures) >= wanted,
                void=_void(raw, built, after, legal_due, filed=filed is not None)
                or ("" if filed is not None else _moved(facts, built)),
                filed=(str(filed.data.get("number", "")) or NO_NUMBER) if of_it and filed else "",
                filed_on=filed.day if of_it and filed else None,
                since=tuple(f.kind.label for f in after),
            )
        )
    return tuple(found)


def _signatures(facts: Sequence[Fact], sha: str) -> tuple[Signature, ...]:
    signed = [f for f in facts if f.kind is EventKind.PACK_SIGNED and f.data.get("sha256") == sha]
    return tuple(Signature(f.actor, f.day, bool(f.data.get("second"))) for f in signed)


def _void(raw: Sequence[Fact], built: Fact, after: Sequence[Fact], legal_due: date | None, *, filed: bool) -> str:
    for fact in after:
        if fact.kind in _UNDOES:
            return f"{_UNDOES[fact.kind]}, le {french_day(fact.day)}"
    corrected = [
        f
        for f in raw
        if f.kind is EventKind.CORRECTION and f.seq > built.seq and int(f.key.partition("/")[0]) < built.seq
    ]
    if corrected:
        return f"un fait qu’elle rapporte a été corrigé le {french_day(corrected[0].day)}"
    # A bad answer allows the complaint whatever the date (law page, part 8): it is told by an addendum.
    answered = any(f.kind in (EventKind.REFUSAL, EventKind.PARTIAL, EventKind.CLAIM_DISPROVED) for f in after)
    told = str(built.data.get("legal_due", ""))
    if told and legal_due is not None and not filed and not answered and told != legal_due.isoformat():
        return (
            f"la date légale qu’elle donne, le {french_day(date.fromisoformat(told))}, "
            f"se calcule aujourd’hui au {french_day(legal_due)}"
        )
    return ""


def _moved(facts: Sequence[Fact], built: Fact) -> str:
    """Return the same of a dossier that leaves a paper in a part where a person no longer wants it; empty: none."""
    before = placed([f for f in facts if f.seq < built.seq])
    inside = {str(sha) for _, sha, *_ in built.data.get("exhibits", ())}
    since = [f for f in facts if f.kind is EventKind.PAPER_PLACED and f.seq > built.seq]
    if any(sha in inside and before.get(sha) != place for sha, place in placed(since).items()):
        return f"une de ses pièces a changé de partie le {french_day(since[-1].day)}"
    return ""


_NEWS = REPLIES | _UNDOES.keys() | {EventKind.CONTROLLER_CHANGED}
"""What the CNIL is told once a complaint is with it."""


def addendum_stands(raw: Sequence[Fact], *, wanted: int) -> bool | None:
    """Return whether the last addendum is signed by as many as are wanted; None where none tells all that happened."""
    facts = effective(raw)
    built = [f for f in facts if f.kind is EventKind.PACK_BUILT]
    if not built or not built[-1].data.get("addendum") or any(f.kind in _NEWS and f.seq > built[-1].seq for f in facts):
        return None
    return len(_signatures(facts, str(built[-1].data.get("sha256", "")))) >= wanted


def lawyer_of(facts: Sequence[Fact]) -> Mapping[str, str]:
    """Return the name and e-mail of the lawyer who represents the person, the last one named; empty when nobody does."""
    named = [f for f in effective(facts) if f.kind is EventKind.LAWYER_NAMED]
    if not named or not named[-1].data.get("name"):
        return {}
    return {"name": str(named[-1].data["name"]), "email": str(named[-1].data.get("email", ""))}


def represented(facts: Sequence[Fact]) -> str:
    """Return what staff are reminded of before they write in a case whose person has a lawyer; empty without one."""
    lawyer = lawyer_of(facts)
    where = f" ({lawyer['email']})" if lawyer.get("email") else ""
    return f"La personne est représentée par {lawyer['name']}{where} : l’en informer." if lawyer else ""
