"""What people agreed to, and whom they let act -> watch, authorisations, the register of contracts, mandates.

Everything here is somebody's word with its proof; each leaves a line in the home's chain. A word that changes where a
case stands (an agreement, a mandate) is written into the case in the same unit of work. The roster is `enrol`'s, what is
told of sites and of who answers for them `platform`'s.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from listingguard.domain import names
from listingguard.domain.case import REPLIES, Acting, EventKind, State, findings_of
from listingguard.domain.event import HOME_STREAM
from listingguard.domain.french import french_day
from listingguard.domain.letter import MandateFields, Sender
from listingguard.domain.practitioner import (
    MANDATE_OBJECT,
    MANDATE_POWERS,
    Agreement,
    Authorisation,
    Mandate,
    Verdict,
    Watch,
    verdict,
)
from listingguard.errors import BadInput, IllegalEvent, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.sites import Sites


def set_watch(store: Store, watch: Watch, *, today: date, at: datetime, actor: str) -> None:
    """Store whether we may look for someone, on any site; the person must be on the roster."""
    store.practitioner(watch.practitioner)
    with store.tx("watch.set"):
        store.put_watch(watch, at=at, actor=actor)
        data = {"practitioner": watch.practitioner, "wanted": watch.wanted, "channel": watch.channel}
        store.log("watch_set", day=today, at=at, actor=actor, data=data)


def leave_alone(
    store: Store, practitioner: str, host: str, *, left: bool, today: date, at: datetime, actor: str
) -> None:
    """Store that we do not look for someone on one site, or, `left` False, that we may again."""
    store.practitioner(practitioner)
    with store.tx("watch.leave"):
        if left:
            store.leave_alone(practitioner, host, since=today, at=at, actor=actor)
        else:
            store.look_again(practitioner, host)
        data = {"practitioner": practitioner, "host": host, "left": left}
        store.log("left_alone", day=today, at=at, actor=actor, data=data)


@dataclass(frozen=True)
class Platforms:
    """What a person may call a platform. exact: host, other host, former name or family -> what the ledger keeps.

    spoken: the same for names as people say them, small letters without spaces; only those that mean one platform.
    """

    exact: Mapping[str, str]
    spoken: Mapping[str, str]


def platforms(store: Store, sites: Sites, controllers: Mapping[str, Mapping[str, Any]]) -> Platforms:
    """Return the names of every platform this home knows: its sites, its controllers, the pages it has seen."""
    seen = {case.platform for case in store.cases()} | {listing.site for listing, _ in store.listings()}
    # What was accepted as a new platform is known from then on; a word that is no host never was one.
    seen |= {row.platform for row in store.authorisations() if _HOST.fullmatch(row.platform)}
    exact = {host: host for host in seen}
    said = [(site.name, site.host) for site in sites.all()]
    for record in controllers.values():
        hosts = [str(host) for host in record.get("platforms", ())]
        exact |= {host: host for host in hosts}
        if len(hosts) == 1:
            said.append((str(record.get("platform_name") or ""), hosts[0]))
    for site in sites.all():
        exact |= dict.fromkeys((site.host, *site.aliases), site.host)
    exact |= {name: name for name, hosts in store.rules.families.items() if hosts}
    said += [(host.rpartition(".")[0], kept) for host, kept in exact.items() if "." in host]
    meant: dict[str, set[str]] = {}
    for name, kept in said:
        meant.setdefault(_squeezed(name), set()).add(kept)
    return Platforms(exact, {name: kept.pop() for name, kept in meant.items() if name and len(kept) == 1})


_HOST = re.compile(r"[^\W_][\w-]*(?:\.[^\W_][\w-]*)+")


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", names.fold(text))


def platform_of(text: str, known: Platforms, *, new: bool = False) -> str:
    """Return the name under which the ledger keeps a platform: of its host, a page's address, a family or a spoken name.

    new: accept a host that nobody knows yet. Raises Refused with the nearest names: a row about a platform that no page
    bears would have no effect, and the council would attest that it was sent no contract.
    """
    typed = text.strip().lower().rstrip("/.")
    try:
        host = urlsplit(typed if "//" in typed else f"//{typed}").hostname or ""
    except ValueError:
        host = ""
    for name in (typed, host.rstrip("."), host.rstrip(".").removeprefix("www.")):
        if name in known.exact:
            return known.exact[name]
    host = host.rstrip(".").removeprefix("www.")
    if spoken := known.spoken.get(_squeezed(typed)):
        return spoken
    if new and _HOST.fullmatch(host):
        return host
    near = get_close_matches(_squeezed(host or typed), known.spoken, n=3, cutoff=0.6)
    shown = ", ".join(dict.fromkeys(f"«\u00a0{known.spoken[name]}\u00a0»" for name in near))
    raise Refused(
        f"Aucune plateforme connue ne s’appelle «\u00a0{text.strip()[:80]}\u00a0».",
        [
            *([f"peut-être : {shown}"] if shown else []),
            "le nom d’un site connu (la liste : listingguard site list), ou un site nouveau, par exemple "
            "--platform rdv.example --new-platform",
        ],
    )


def add_authorisation(
    store: Store, row: Authorisation, *, practice: str = "", today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """Append an agreement, its refusal or its revocation, and return the cases it closed.

    An agreement that holds today closes every open case of that person and platform: before the request as
    « un accord existe », after it as « un contrat ou un compte existe ». Nothing is deleted. Raises Refused for a
    document of the platform's that is said to have been sent to the council.
    """
    _check_authorisation(store, row, today)
    with store.tx("authorisation.add"):
        return _append(store, row, practice=practice, today=today, at=at, actor=actor)


def _check_authorisation(store: Store, row: Authorisation, today: date) -> None:
    store.practitioner(row.practitioner)
    if row.until is not None and row.until < row.since:
        raise BadInput("Un accord ne peut pas finir avant d’avoir commencé.")
    if row.agreement is Agreement.REVOKED and row.until is not None:
        raise BadInput("Une révocation n’a pas de dernier jour : un nouvel accord s’enregistre à son tour.")
    if row.sent_on is None:
        return
    if row.agreement is not Agreement.CONTRACT:
        raise BadInput("Seul un contrat se transmet au conseil (articles R. 4321-127 et R. 4321-128 du CSP).")
    if row.sent_on > today:
        raise BadInput(f"Le {french_day(row.sent_on)} n’est pas encore arrivé : le contrat n’a pas pu être transmis.")
    if row.from_platform or (row.proof and row.proof in _shown_by_platforms(store, row.practitioner)):
        raise Refused(
            "Ce que fournit une plateforme n’a pas été transmis au conseil par le praticien.",
            ["l’enregistrer pour ce qu’il est : --from-platform, sans --sent-on ; puis interroger le praticien"],
        )


def _shown_by_platforms(store: Store, practitioner: str) -> frozenset[str]:
    """Return the documents that platforms brought into someone's cases."""
    kinds = REPLIES | {EventKind.ACKNOWLEDGED, EventKind.AGREEMENT_FOUND}
    return frozenset(
        fact.proof
        for case in store.cases(practitioner=practitioner)
        for fact in store.facts(case.id)
        if fact.kind in kinds and fact.proof
    )


def _append(
    store: Store, row: Authorisation, *, practice: str, today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """Append one row and what follows from it, within the caller's unit."""
    store.put_authorisation(row, practice=practice, at=at, actor=actor)
    data = {"id": row.id, "practitioner": row.practitioner, "platform": row.platform, "says": row.agreement.value}
    store.log("authorisation_added", key=row.id, day=today, at=at, actor=actor, data=data)
    ledger = store.authorisations(row.practitioner)
    written = next(r for r in ledger if r.id == row.id)
    closed: list[str] = []
    for case in store.cases(practitioner=row.practitioner):
        if not written.names(case.platform):
            continue
        state = store.status(case.id, today).state
        agreed = verdict(ledger, written.practitioner, case.platform, today) is Verdict.AUTHORISED
        if state is State.CLOSED or not agreed:
            continue
        early = state in (State.DETECTED, State.CONFIRMED, State.MANDATED, State.DRAFTED)
        kind = EventKind.AUTHORISED if early else EventKind.AGREEMENT_FOUND
        store.add_event(
            case.id, kind, key=row.id, day=today, at=at, actor=actor, proof=row.proof,
            data={"authorisation": row.id},
        )  # fmt: skip
        closed.append(case.id)
    return tuple(closed)


@dataclass(frozen=True)
class Registered:
    """What became of a register of contracts. refused: one French sentence per row. closed: the cases it closed.

    ended: contracts that were known without an end, and now have one.
    """

    added: int
    known: int
    ended: int
    refused: tuple[str, ...]
    closed: tuple[str, ...]


def import_contracts(
    store: Store,
    rows: Iterable[tuple[int, Authorisation | str]],
    *,
    dry_run: bool,
    register: str = "",
    as_of: date | None = None,
    today: date,
    at: datetime,
    actor: str,
) -> Registered:
    """Append the contracts of the council's register, (line, contract or why it cannot be read) each.

    The same contract again is known and adds nothing, so a longer register may be imported over a shorter one. One
    unit: all that can be kept, or, in a dry run, nothing. register: the file's hash in the vault, as_of: the day on which it
    was complete; the council attests by it that a person sent no contract.
    """
    complete = as_of or today
    if complete > today:
        raise BadInput(f"Le {french_day(complete)} n’est pas encore arrivé : un registre est arrêté à un jour passé.")
    added, known, ended = 0, 0, 0
    refused: list[str] = []
    closed: list[str] = []
    seen = {_contract(row): row for row in store.authorisations()}
    with store.tx("authorisation.import"):
        for line, row in rows:
            wrong = row if isinstance(row, str) else _wrong_contract(store, row, today)
            if wrong or isinstance(row, str):
                refused.append(f"ligne {line} : {wrong}")
                continue
            before = seen.get(_contract(row))
            seen[_contract(row)] = row if before is None else replace(before, until=before.until or row.until)
            if before is not None:
                over = row.until is not None and before.until is None
                known, ended = known + (not over), ended + over
                if over and row.until is not None and not dry_run:
                    _end(store, before.id, row.until, today=today, at=at, actor=actor)
                continue
            added += 1
            if not dry_run:
                closed += _append(store, row, practice="", today=today, at=at, actor=actor)
        # A row that could not be read may be the very contract that is looked for.
        if register and not dry_run and not refused:
            store.keep_contract_register(register, complete, day=today, at=at, actor=actor)
    return Registered(added, known, ended, tuple(refused), tuple(dict.fromkeys(closed)))


def _contract(row: Authorisation) -> tuple[object, ...]:
    """Return what makes a contract one, whatever file it came in and whenever it was said to end."""
    return (row.practitioner, row.platform, row.agreement, row.given_by, row.since, row.sent_on)


def _wrong_contract(store: Store, row: Authorisation, today: date) -> str:
    try:
        _check_authorisation(store, row, today)
    except (BadInput, NotFound, Refused) as error:
        return str(error)
    return ""


def end_authorisation(store: Store, identifier: str, until: date, *, today: date, at: datetime, actor: str) -> None:
    """Write the last day (included) of an agreement; NotFound where there is none of this identifier."""
    with store.tx("authorisation.end"):
        _end(store, identifier, until, today=today, at=at, actor=actor)


def _end(store: Store, identifier: str, until: date, *, today: date, at: datetime, actor: str) -> None:
    store.end_authorisation(identifier, until)
    data = {"id": identifier, "until": until.isoformat()}
    store.log("authorisation_ended", day=today, at=at, actor=actor, data=data)


_PAPERS = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")


def check_mandate_paper(data: bytes, pages: int) -> None:
    """Raise Refused for a mandate that a platform could not open beside the letter: neither PDF nor a scan, or damaged.

    pages: as counted, 0 where nobody could: the letter that lists it says how many there are.
    """
    check_paper(data, "Le mandat signé part avec la demande")
    if not pages:
        raise Refused(
            "Le mandat signé part avec la demande : ce fichier est abîmé ou protégé par un mot de passe, ses pages ne peuvent "
            "pas être comptées.",
            ["le document signé, numérisé de nouveau et sans mot de passe, puis --document FICHIER"],
        )


def check_paper(data: bytes, what: str) -> None:
    """Raise Refused for a signed paper that is neither PDF nor a scan. what: French words, the head of the sentence."""
    if not data.startswith(_PAPERS):
        raise Refused(
            f"{what} : ce fichier n’est ni un PDF, ni une image JPEG, PNG ou TIFF.",
            ["le document signé, numérisé en PDF (ou photographié), puis --document FICHIER"],
        )


def check_mandate(store: Store, mandate: Mandate, today: date) -> None:
    """Raise Refused or BadInput for a mandate that cannot be registered today."""
    if store.rules.acting is Acting.SELF:
        raise Refused(
            "Qui agit pour soi-même n’a pas besoin de mandat.",
            [
                "rien : la demande part en votre nom",
                "pour remettre un dossier au conseil avec le mandat qu’il lui faut : listingguard case export DOSSIER "
                "--mandate FICHIER --from JOUR --until JOUR",
            ],
        )
    _check_days(store, mandate, today)


def _check_days(store: Store, mandate: Mandate, today: date) -> None:
    if not mandate.document:
        raise BadInput("Un mandat s’enregistre avec le document signé (--document FICHIER).")
    if mandate.since > today:
        raise BadInput("Un mandat se signe avant d’être enregistré : le jour de la signature n’est pas encore arrivé.")
    if mandate.until < mandate.since:
        raise BadInput("Un mandat ne peut pas finir avant d’avoir commencé.")
    if mandate.until < today:
        raise Refused(
            f"Ce mandat a pris fin le {french_day(mandate.until)} : rien ne peut plus partir sous lui.",
            ["un mandat en cours, signé de la personne : listingguard mandate print, puis mandate add"],
        )
    store.practitioner(mandate.practitioner)


def add_mandate(store: Store, mandate: Mandate, *, today: date, at: datetime, actor: str) -> tuple[str, ...]:
    """Register a signed mandate and return the cases it moves or frees; who acts for himself needs none."""
    check_mandate(store, mandate, today)
    moved: list[str] = []
    with store.tx("mandate.add"):
        store.put_mandate(mandate, at=at, actor=actor)
        data = {"id": mandate.id, "practitioner": mandate.practitioner, "until": mandate.until.isoformat()}
        store.log("mandate_added", key=mandate.id, day=today, at=at, actor=actor, data=data)
        for case in store.cases(practitioner=mandate.practitioner):
            try:
                store.add_event(
                    case.id, EventKind.MANDATE_SIGNED, key=mandate.id, day=today, at=at, actor=actor,
                    proof=mandate.document, data={"mandate": mandate.id, "until": mandate.until.isoformat()},
                )  # fmt: skip
            except IllegalEvent:
                # The practitioner has not yet confirmed this listing, or the case is closed: the mandate waits.
                continue
            moved.append(case.id)
    return tuple(moved)


def hand_mandate(store: Store, mandate: Mandate, case_id: str, *, today: date, at: datetime, actor: str) -> str:
    """Register the mandate that a kiné gives to the council which takes a case over, and return its identifier.

    It changes nothing of what leaves from here, in the kiné's own name. A paper that is here already is one mandate.
    """
    if store.rules.acting is not Acting.SELF:
        raise Refused(
            "Le mandat donné au conseil s’enregistre dans le tableau du conseil, et part avec le dossier.",
            [f"listingguard mandate add {mandate.practitioner} --from JOUR --until JOUR --document FICHIER"],
        )
    _check_days(store, mandate, today)
    case = store.case(case_id)
    known = next((m for m in store.mandates(case.practitioner) if m.document == mandate.document), None)
    with store.tx("mandate.hand"):
        given = known or mandate
        if known is None:
            store.put_mandate(mandate, at=at, actor=actor)
            data = {"id": mandate.id, "practitioner": mandate.practitioner, "until": mandate.until.isoformat()}
            store.log("mandate_added", key=mandate.id, day=today, at=at, actor=actor, data=data)
        # Before the practitioner's own word the mandate waits; the council takes it up with the word.
        with suppress(IllegalEvent):
            said = {"mandate": given.id, "until": given.until.isoformat(), "for": Acting.COUNCIL.value}
            store.add_event(
                case.id, EventKind.MANDATE_SIGNED, key=given.id, day=today, at=at, actor=actor, proof=given.document,
                data=said,
            )  # fmt: skip
    return given.id


def revoke_mandate(
    store: Store, identifier: str, *, on: date | None = None, proof: str = "", today: date, at: datetime, actor: str
) -> tuple[str, ...]:
    """End a mandate, today or on the day its revocation was received, and return the cases now held.

    proof: SHA-256 of the revocation in the vault, or empty. From that day nothing is approved, sent or complained.
    """
    day = on or today
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé : une révocation vaut du jour où elle est reçue.")
    held: list[str] = []
    with store.tx("mandate.revoke"):
        practitioner = store.revoke_mandate(identifier, day)
        store.add_event(
            HOME_STREAM, "mandate_revoked", key=identifier, day=today, at=at, actor=actor, proof=proof,
            data={"id": identifier},
        )  # fmt: skip
        if store.valid_mandate(practitioner, today) is None:
            for case in store.cases(practitioner=practitioner):
                if store.status(case.id, today).state is State.CLOSED:
                    continue
                # Entered late, it falls after the mandate it takes back, or it would hold nothing.
                facts = store.facts(case.id)
                earliest = max(f.day for f in facts if f.seq == 1 or f.kind is EventKind.MANDATE_SIGNED)
                store.add_event(
                    case.id, EventKind.MANDATE_REVOKED, key=identifier, day=max(day, earliest), at=at, actor=actor,
                    proof=proof, data={"mandate": identifier},
                )  # fmt: skip
                held.append(case.id)
    return tuple(held)


def mandate_to_sign(
    store: Store,
    council: Sender,
    practitioner: str,
    *,
    months: int,
    today: date,
    controllers: Mapping[str, Mapping[str, Any]],
) -> MandateFields:
    """Return the mandate that a practitioner would sign today, with the pages of their open cases; no home address.

    controllers: slug -> record; the law page, part 3: a mandate names the controller, its pages and the rights.
    """
    if store.rules.acting is Acting.SELF:
        raise Refused("Qui agit pour soi-même n’a pas besoin de mandat.", ["rien : la demande part en votre nom"])
    person = store.practitioner(practitioner)
    place = next((p for p in person.practices if not p.private and p.until is None), None)
    lines = (place.street, f"{place.postcode} {place.town}".strip()) if place else ()
    open_cases = [
        case for case in store.cases(practitioner=practitioner)
        if store.status(case.id, today).state is not State.CLOSED
    ]  # fmt: skip
    urls = [str(finding["url"]) for case in open_cases for finding in findings_of(store.facts(case.id))]
    platforms = []
    for case in open_cases:
        record = controllers.get(case.controller, {})
        company = str(record.get("name") or "")
        site = str(record.get("platform_name") or case.platform)
        platforms.append(f"{site} ({company})" if company and company != site else site)
    return MandateFields(
        reference=person.rpps or person.id,
        day=today,
        practitioner_name=person.full_name,
        civility=person.civility,
        rpps=person.rpps or "",
        lines=tuple(line for line in lines if line),
        mandatary=council,
        object=MANDATE_OBJECT,
        powers=MANDATE_POWERS,
        pages=tuple(dict.fromkeys(urls)),
        months=months,
        platforms=tuple(dict.fromkeys(platforms)),
    )


def new_id() -> str:
    """Return a short identifier for a row that a person will type."""
    return secrets.token_hex(4)
