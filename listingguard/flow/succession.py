"""A site changes hands: each case keeps its request and its clock with whom they were owed by; a new one faces the new owner.

Source: the law page, parts 2 and 8: the period runs from the receipt by the controller that was asked, and who never
received a request owes no answer to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from listingguard.domain.case import EARLY, EventKind, State, findings_of
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault


@dataclass(frozen=True)
class Handed:
    """One case of the old owner, and the one that faces the new owner. due: the law's date that stays, None: nothing runs.

    closed: nothing had left for the old owner, so that the old case is closed as the double of the new one.
    """

    case: str
    follows: str
    due: date | None
    closed: bool


def change_owner(
    store: Store,
    vault: Vault,
    controllers: Mapping[str, Mapping[str, Any]],
    code: str,
    host: str,
    old: str,
    new: str,
    name: str,
    *,
    on: date,
    source: str,
    document: bytes,
    today: date,
    at: datetime,
    actor: str,
) -> tuple[Handed, ...]:
    """Record that a site belongs to another controller from that day; return each case that goes on, oldest first.

    old, new: who answered for the host until then, and who does from `on`; name: the new one's, empty where its record has
    it. document: what shows it, in words `source`. The new case is in DETECTED: the person is asked again, and the new
    owner gets a request of its own. The same again, whole, adds nothing. Raises BadInput for a day to come, or for an
    owner without a name.
    """
    if on > today:
        raise BadInput("Ce jour n’est pas encore arrivé : un changement d’exploitant se note une fois qu’il a eu lieu.")
    called = name.strip() or str(controllers.get(new, {}).get("name", ""))
    if not called:
        raise BadInput(f'Le nouveau responsable « {new} » n’a pas encore de nom : --name "RAISON SOCIALE".')
    proof = vault.put(document)
    with store.tx("controller.succession"):
        told = {"host": host, "from": old, "to": new, "on": on.isoformat(), "source": source}
        if old != new and store.add_event(
            "home", "site_handed_over", key=f"{host}/{old}/{new}/{on.isoformat()}", day=today, at=at, actor=actor,
            proof=proof, data=told,
        ):  # fmt: skip
            _answers_for(store, controllers, host, old, new, called, at=at, actor=actor)
        handed = []
        for case in store.cases(controller=old) if old != new else ():
            now = store.status(case.id, today)
            if case.platform != host or now.state in (State.ERASED, State.CLOSED):
                continue
            store.add_event(
                case.id, EventKind.CONTROLLER_CHANGED, key=f"{new}/{on.isoformat()}", day=max(on, now.opened_on or on),
                at=at, actor=actor, proof=proof, data={"to": called, "controller": new, "on": on.isoformat(), "source": source},
            )  # fmt: skip
            follows = store.open_case(
                code, None, practitioner=case.practitioner, controller=new, platform=host, day=today, at=at, actor=actor,
                data={"findings": list(findings_of(store.facts(case.id))), "follows": case.id},
            )  # fmt: skip
            if closed := now.state in EARLY:
                store.add_event(
                    case.id, EventKind.DUPLICATE, key=follows, day=today, at=at, actor=actor, data={"of": follows}
                )
            handed.append(Handed(case.id, follows, now.clock.legal.due if now.clock else None, closed))
    return tuple(handed)


def _answers_for(
    store: Store, controllers: Mapping[str, Mapping[str, Any]], host: str, old: str, new: str, name: str, *,
    at: datetime, actor: str,
) -> None:  # fmt: skip
    """Move the host from one record to the other; the new owner's contacts are to be verified before any letter."""
    own = store.controllers()
    before, after = controllers.get(old, {}), controllers.get(new, {})
    left = [each for each in before.get("platforms", ()) if each != host]
    store.put_controller(old, {**own.get(old, {}), "platforms": left}, at=at, actor=actor)
    record = {
        **own.get(new, {}), "name": name, "platforms": list(dict.fromkeys((*after.get("platforms", ()), host))),
        "platform_name": after.get("platform_name") or before.get("platform_name") or host, "verified_on": "",
    }  # fmt: skip
    store.put_controller(new, record, at=at, actor=actor)
