"""Who signed a dossier, what the CNIL answered to its filing, and what undid it since."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.capture import moment_known
from listingguard.domain.case import Acting, EventKind
from listingguard.domain.french import french_day
from listingguard.domain.next_step import FRESH_CAPTURE_DAYS
from listingguard.domain.officer import officer_of
from listingguard.domain.pack import PackState, pack_states
from listingguard.domain.record import CaseRow
from listingguard.errors import BadInput, Refused
from listingguard.flow.complain.papers import keys_of

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


def states(store: Store, case: CaseRow, *, wanted: int, today: date) -> tuple[PackState, ...]:
    """Return where each dossier of a case stands today, oldest first. wanted: how many people sign."""
    clock = store.status(case.id, today).clock
    return pack_states(case.id, store.facts(case.id), wanted=wanted, legal_due=clock.legal.due if clock else None)


def _last(store: Store, case: CaseRow, *, wanted: int, today: date) -> PackState:
    found = states(store, case, wanted=wanted, today=today)
    if not found:
        raise Refused(
            f"Aucune plainte n’est construite pour {case.id}.", [f"la construire : listingguard complain {case.id}"]
        )
    return found[-1]


def sign(store: Store, case: CaseRow, *, second: bool, wanted: int, today: date, at: datetime, actor: str) -> PackState:
    """Sign the last dossier of a case off and return where it stands; signed again by the same person, nothing changes.

    second: by the second of two people, never the first one again. Once everybody signed, it is frozen: what comes
    later makes an addendum. In a council's home one of them is an elected officer in office. Raises Refused with what
    stands in the way.
    """
    pack = _last(store, case, wanted=wanted, today=today)
    if any(s.by == actor and s.second == second for s in pack.signatures):
        return pack
    if pack.void:
        raise Refused(f"{pack.the} du dossier {case.id} est sans effet : {pack.void}.", [
            f"en construire une autre, si elle a encore lieu d’être : listingguard complain {case.id}"
        ])  # fmt: skip
    if pack.frozen:
        raise Refused(f"{pack.the} du dossier {case.id} est déjà {'signé' if pack.addendum else 'signée'}.", [
            f"pour y ajouter ce qui est arrivé depuis : listingguard pack addendum {case.id}"
        ])  # fmt: skip
    if second and (wanted < 2 or not pack.signatures):
        why = "une seule personne signe ici ([pack] signatures)" if wanted < 2 else "personne n’a encore signé"
        raise Refused(f"Une seconde signature n’a pas lieu d’être : {why}.", [
            f"la première signature : listingguard pack sign {case.id}"
        ])  # fmt: skip
    if pack.signatures and not second:
        raise Refused(f"{pack.the} du dossier {case.id} attend une seconde signature.", [
            f"celle d’une autre personne : listingguard pack sign {case.id} --second"
        ])  # fmt: skip
    if any(s.by == actor for s in pack.signatures):
        raise Refused("La seconde signature est celle d’une autre personne.", [f"une autre personne que {actor}"])
    signers = [*((s.by, s.day) for s in pack.signatures), (actor, today)]
    whole = store.rules.acting is Acting.COUNCIL and len(signers) >= wanted
    if whole and all(officer_of(store.officers(), name, day) is None for name, day in signers):
        raise Refused(f"« {actor} » ne peut pas signer. {pack.the} du dossier {case.id} attend un élu.", [
            "la signature d’un élu habilité ce jour : listingguard --as NOM pack sign …, ou listingguard officer add …"
        ])  # fmt: skip
    now = store.status(case.id, today)
    lacks = [f"le dossier est retenu : {' ; '.join(now.held)} → listingguard case show {case.id}"] if now.held else []
    if not pack.addendum and (old := _stale(store, case, today)):
        lacks.append(f"{old} → listingguard scan, ou capture import, puis listingguard complain {case.id}")
    if lacks:
        signed = "signé" if pack.addendum else "signée"
        raise Refused(f"{pack.the} du dossier {case.id} ne peut pas être {signed} aujourd’hui. Il manque :", lacks)
    data = {"number": pack.number, "sha256": pack.sha256, "second": second}
    with store.tx("complain.signed"):
        key = f"{case.id}/{pack.number}/{2 if second else 1}"
        store.add_event(case.id, EventKind.PACK_SIGNED, key=key, day=today, at=at, actor=actor, data=data)
    return _last(store, case, wanted=wanted, today=today)


def _stale(store: Store, case: CaseRow, day: date) -> str:
    """Return what a complaint of that day lacks of a fresh capture, or empty. Source: the law page, part 8, guards."""
    captures = (c for key in keys_of(store.facts(case.id)) for c in store.captures(key))
    seen = [c.day for c in captures if c.day <= day and moment_known(c.manifest)]
    if seen and (day - max(seen)).days <= FRESH_CAPTURE_DAYS:
        return ""
    last = f" ; la dernière est du {french_day(max(seen))}" if seen else ""
    return f"une capture de la fiche de {FRESH_CAPTURE_DAYS} jours au plus{last}"


def file(
    store: Store,
    vault: Vault,
    case: CaseRow,
    *,
    number: str,
    day: date,
    receipt: bytes,
    why: str = "",
    wanted: int,
    today: date,
    at: datetime,
    actor: str,
) -> PackState:
    """Record that the signed dossier was filed: the CNIL's number, the day, its acknowledgement kept in the vault.

    why: the reason, where it was filed without a capture of the last seven days; what was done stays done. Raises Refused
    when nothing signed stands, a council's mandate does not, or no capture is fresh and nobody says why.
    """
    if day > today:
        raise BadInput(f"Le {french_day(day)} n’est pas encore arrivé : un dépôt se note le jour où il a eu lieu.")
    if not receipt:
        raise BadInput("L’accusé de réception est vide : donnez le fichier que la CNIL a remis.")
    found = states(store, case, wanted=wanted, today=today)
    signed = [pack for pack in found if pack.frozen and not pack.addendum]
    lacks = []
    if not signed:
        lacks.append(f"la signature de la plainte : listingguard pack sign {case.id}")
    elif signed[-1].filed_on is not None:
        return signed[-1]
    elif signed[-1].void:
        lacks.append(f"une plainte qui tient encore (celle-ci est sans effet : {signed[-1].void})")
    if store.rules.acting is Acting.COUNCIL and store.valid_mandate(case.practitioner, day) is None:
        lacks.append(f"un mandat en cours le {french_day(day)} : listingguard mandate add {case.practitioner} …")
    if not lacks and not why.strip() and (old := _stale(store, case, day)):
        lacks.append(
            f"{old} → listingguard scan, ou capture import, et un additif ; si la plainte est déjà partie, dites pourquoi : "
            "--why PHRASE"
        )
    if lacks:
        raise Refused(f"Le dépôt du dossier {case.id} ne peut pas être enregistré. Il manque :", lacks)
    pack = signed[-1]
    if day < (last := max(s.day for s in pack.signatures)):
        raise BadInput(
            f"La plainte n° {pack.number} a été signée le {french_day(last)} : elle n’a pas pu être déposée le {french_day(day)}."
        )
    proof = vault.put(receipt)
    data = {"number": number, "pack": pack.sha256} | ({"stale": why.strip()} if why.strip() else {})
    with store.tx("complain.filed"):
        store.add_event(
            case.id, EventKind.FILED, key=pack.sha256, day=day, at=at, actor=actor, proof=proof, data=data
        )  # fmt: skip
    return next(p for p in states(store, case, wanted=wanted, today=today) if p.number == pack.number)


def name_lawyer(store: Store, case: CaseRow, *, name: str, email: str, day: date, at: datetime, actor: str) -> bool:
    """Record who represents the person from a day on; an empty name: nobody any more. False: already said."""
    data = {"name": name, "email": email}
    with store.tx("complain.lawyer"):
        key = f"{day.isoformat()}/{email or name or '-'}"
        return store.add_event(case.id, EventKind.LAWYER_NAMED, key=key, day=day, at=at, actor=actor, data=data)
