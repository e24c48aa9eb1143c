"""What people say of officers and of the texts we cite -> who may approve a council's letters, what they may cite."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from listingguard.domain.case import Acting
from listingguard.domain.citation import Confirmed, cited_in, covering, printed, row
from listingguard.domain.french import french_day
from listingguard.domain.names import fold
from listingguard.domain.officer import Officer
from listingguard.errors import BadInput, NotFound, Refused

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


def confirm_citation(
    store: Store, article: str, source: str, on: date, *, today: date, at: datetime, actor: str
) -> Confirmed:
    """Record that a named person read an article at its source on a day, and return it; the same again is one.

    Raises NotFound for what is no citation, BadInput for a day to come or a source left empty.
    """
    if on > today:
        raise BadInput(f"Le {french_day(on)} n’est pas encore arrivé.")
    if not source.strip():
        raise BadInput("--source : dites où vous avez lu ce texte (adresse, recueil, date de la version).")
    # One the table does not have may be confirmed too, as long as it is one that a letter could cite.
    known = article if list(cited_in(printed(article))) == [article] else row(article).article
    rows = covering(known)
    said = Confirmed(rows[0].article if rows else known, source.strip(), on, actor)
    with store.tx("citation.confirm"):
        store.confirm_citation(said, day=today, at=at)
    return said


def add_officer(
    store: Store,
    vault: Vault,
    *,
    name: str,
    role: str,
    since: date,
    until: date,
    delegated_by: str,
    document: bytes,
    today: date,
    at: datetime,
    actor: str,
) -> Officer:
    """Record an elected officer with the act that says so, kept in the vault, and return them; the same again is one.

    Raises Refused in a kiné's own home, BadInput where the dates or the delegation contradict the role.
    """
    if store.rules.acting is not Acting.COUNCIL:
        raise Refused("Qui agit pour soi-même approuve ses propres courriers : aucun élu n’est à enregistrer.")
    if until < since:
        raise BadInput(f"La délégation finirait le {french_day(until)}, avant de commencer le {french_day(since)}.")
    if not name.strip() or not role.strip():
        raise BadInput("Un élu a un nom et une qualité : --role « vice-présidente ».")
    head = fold(role).startswith("president")
    if head and delegated_by:
        raise BadInput("Qui préside signe en son propre nom : sans --for.")
    if not head and not delegated_by:
        raise Refused(
            f"« {role} » signe par délégation : de qui ?",
            ["le nom de la fonction : --for « la présidente » (ou « le président »)"],
        )
    kept = vault.put(document)
    identity = sha256("\0".join((fold(name), fold(role), since.isoformat(), until.isoformat(), kept)).encode())
    found = Officer(identity.hexdigest()[:12], name.strip(), role.strip(), since, until, kept, delegated_by.strip())
    with store.tx("officer.add"):
        store.add_officer(found, day=today, at=at, actor=actor)
    return found


def end_officer(store: Store, name: str, on: date, *, today: date, at: datetime, actor: str) -> tuple[Officer, ...]:
    """Record the first day on which an officer is one no more, and return the offices it ends; NotFound where none."""
    ending = [o for o in store.officers() if fold(o.name) == fold(name) and o.in_office(on)]
    if not ending:
        raise NotFound(f"Aucun élu du nom de « {name} » n’est en fonction le {french_day(on)}.")
    with store.tx("officer.end"):
        for each in ending:
            store.end_officer(each.id, on, day=today, at=at, actor=actor)
    return tuple(ending)
