"""What a person files: a letter on paper, a message out of quarantine, one message in several cases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.case import EventKind, State
from listingguard.domain.french import french_day
from listingguard.domain.record import CaseRow, HeldRow, ReplyRow, Sort
from listingguard.errors import BadInput, Refused
from listingguard.flow.inbox.room import Filed, Known, Mailroom, earliest, in_quarantine, learn, of_a_case

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


def file_paper(
    store: Store, vault: Vault, case: CaseRow, raw: bytes, *, name: str, received: date, today: date, at: datetime
) -> Filed:
    """File a letter that came on paper, as a scan: the person says for which case, and on which day it came."""
    if received > today:
        raise BadInput(f"{name} : le {french_day(received)} n’est pas encore arrivé.")
    sha = vault.put(raw)
    with store.tx("inbox.paper"):
        before = store.reply(sha)
        if before is not None and case.id not in cases_of(store, sha):
            raise BadInput(
                f"{name} : ce document est déjà une réponse du dossier {before.case}. S’il répond aussi pour celui-ci : "
                f"listingguard inbox file {sha[:12]} {case.id}"
            )
        store.add_reply(ReplyRow(sha, case.id, "paper", "", f"courrier reçu : {name}"[:200], received), at=at)
    return Filed(sha, case.id, "paper")


def file_by_hand(
    store: Store,
    vault: Vault,
    room: Mailroom,
    message: str,
    case: CaseRow,
    *,
    today: date,
    at: datetime,
    actor: str,
    sort: Sort | None = None,
    remember: bool = False,
) -> Filed:
    """Move one quarantined message, named by the beginning of its hash, to the case a person says it belongs to.

    sort: what the person says it is; a message held as sensitive goes nowhere without that word. remember: its
    domain is one of the controller's from now on (its whole address, where anybody has one).
    """
    held = in_quarantine(store, message)
    if held.sort is Sort.SENSITIVE and sort is None:
        raise Refused(
            f"Ce message est sensible ({held.reason}).",
            [
                "s’il ne nomme aucun patient, le dire : --harmless",
                "sinon le rendre ou le supprimer : listingguard inbox return, listingguard inbox delete",
                "ou le ranger sans jamais le montrer ni le joindre : --sensitive",
            ],
        )
    found = room.envelope(vault.get(held.sha256))
    sender, subject, day = (found.sender, found.subject, found.day) if found else ("", "", None)
    kind = sort or held.sort
    came = min(day or today, today)
    if came < earliest(store, Known(store, vault, room), case.id, None):
        came = today
    row = ReplyRow(held.sha256, case.id, "by_hand", sender, subject[:200], came, kind)
    if remember and not sender:
        raise BadInput("Ce message n’a pas d’expéditeur lisible : aucun domaine n’est à retenir.")
    with store.tx("inbox.by_hand"):
        store.add_reply(row, at=at)
        store.leave_quarantine(held.sha256)
        store.add_audit(actor, "quarantine_left", f"{held.sha256} → {case.id}", at=at)
        if remember:
            learn(store, case, sender, today=today, at=at, actor=actor)
    return Filed(held.sha256, case.id, "by_hand", sort=kind)


def waits(store: Store, message: str) -> bool:
    """Return True for a message, named by the beginning of its hash, that lies in quarantine."""
    return any(len(message) >= 8 and row.sha256.startswith(message) for row in store.quarantined())


def cases_of(store: Store, sha256: str) -> tuple[str, ...]:
    """Return the cases in which a message is filed, the first one first."""
    return tuple(row.case for row in store.replies_named(sha256))


def file_also(store: Store, message: str, case: CaseRow, *, today: date, at: datetime, actor: str) -> Filed:
    """File a message that lies in a case in one more, to whose request a person says that it answers as well.

    One reply to a covering letter answers several requests: each case has it as a fact of its own, read there by a
    person, on its own clock. Twice changes nothing. Raises Refused for another controller's case, and for what is about
    one sending alone.
    """
    row = of_a_case(store, message)
    first, sent = store.case(row.case), store.status(case.id, today).sent_on
    if case.controller != first.controller:
        raise Refused(
            f"Ce message est du dossier {row.case}, adressé à un autre responsable que celui du dossier {case.id}.",
            [f"s’il en dit vraiment quelque chose : listingguard event add {case.id} … --proof FICHIER"],
        )
    if row.sort is Sort.BOUNCE:
        raise Refused("Un avis de non-remise ne parle que d’un envoi : celui du dossier où il est rangé.")
    if sent is None or row.day < sent:
        raise Refused(
            f"Aucune demande du dossier {case.id} n’était partie quand ce message est arrivé : il n’y répond pas."
        )
    with store.tx("inbox.also"):
        # How it came stays known: whether its sender may answer is asked in each case.
        if store.add_reply(replace(row, case=case.id), at=at):
            store.add_audit(actor, "filed_also", f"{row.sha256} → {case.id}", at=at)
    return Filed(row.sha256, case.id, row.route, sort=row.sort)


@dataclass(frozen=True)
class Beside:
    """Another case that the same covering letter is the request of. filed: this message lies there too; word: as read."""

    case: str
    filed: bool
    word: str


def answers_for(store: Store, sha256: str, case_id: str, today: date) -> tuple[Beside, ...]:
    """Return the other cases of the covering letter that a message of a case may answer as well, each as it stands."""
    approved = [f for f in store.facts(case_id) if f.kind is EventKind.REQUEST_APPROVED]
    found = []
    for other in approved[-1].data.get("with", ()) if approved else ():
        now = store.status(other, today)
        if now.sent_on is None or now.state is State.CLOSED:
            continue
        filed = any(row.sha256 == sha256 for row in store.replies(other))
        # An event may rest on it, entered by hand before it was filed there.
        word = store.meaning_of_reply(sha256, other) or next(
            (fact.kind.value for fact in store.facts(other) if fact.proof == sha256), ""
        )
        found.append(Beside(other, filed, word))
    return tuple(found)


def dispose(
    store: Store, vault: Vault, message: str, *, returned_on: date | None, today: date, at: datetime, actor: str
) -> HeldRow:
    """Delete the bytes of a quarantined message that names patients, given back to its sender or not; the fact stays.

    Interrupted, it is done again to the end: the row goes last.
    """
    held = in_quarantine(store, message)
    if returned_on is not None and returned_on > today:
        raise BadInput(f"Le {french_day(returned_on)} n’est pas encore arrivé.")
    kind = "message_returned" if returned_on else "message_deleted"
    with store.tx("inbox.dispose"):
        data = {"sha256": held.sha256, "reason": held.reason}
        store.log(kind, key=held.sha256, day=returned_on or today, at=at, actor=actor, data=data)
        store.add_audit(actor, kind, held.sha256, at=at)
    vault.remove(held.sha256)
    with store.tx("inbox.disposed"):
        store.leave_quarantine(held.sha256)
    return held
