"""Letters that left by e-mail -> their copy in the « Envoyés » folder of the home's own mail box, once each.

What left has left: a copy that cannot be filed is said, asked for again at the next sending, and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from listingguard.domain.event import HOME_STREAM
from listingguard.errors import BadConfig, Unreachable

if TYPE_CHECKING:
    from listingguard.edge.mailbox import Mailbox
    from listingguard.edge.store import Store
    from listingguard.edge.vault import Vault

COPY_FILED = "sent_copy_filed"
"""The home's event: a message that left lies in its own box too."""


@dataclass(frozen=True)
class Copies:
    """How many copies were filed in this run. failure: why the others wait, in French; empty: none does."""

    filed: int
    failure: str = ""


def file_copies(
    store: Store,
    vault: Vault,
    folder: str,
    box: Callable[[], AbstractContextManager[Mailbox]],
    *,
    today: date,
    at: Callable[[], datetime],
    actor: str,
) -> Copies:
    """File in `folder` each message that our server took and that is not noted as filed, and return how many were.

    The very bytes that left. One that lies there already, from a run that was cut, is noted and not filed again. A draft
    that a person sent is not filed: their own mail program did it. box: opens the mail box, asked only where there is
    something to file.
    """
    waiting = store.sent_without_copy(COPY_FILED)
    filed = 0
    if not waiting:
        return Copies(0)
    try:
        with box() as open_box:
            for row in waiting:
                open_box.keep(vault.get(row.message), row.message_id, folder)
                with store.tx("dispatch.copy_filed"):
                    data = {"message": row.message, "folder": folder}
                    store.add_event(HOME_STREAM, COPY_FILED, key=row.id, day=today, at=at(), actor=actor, data=data)
                filed += 1
    except (Unreachable, BadConfig) as error:
        left = len(waiting) - filed
        of = "la copie d’un courrier parti" if left == 1 else f"les copies de {left} courriers partis"
        return Copies(filed, f"À ranger dans « {folder} » au prochain envoi : {of}. {error}")
    return Copies(filed)
