"""One sitting of `start`: who sits there, what is asked, what came of it; and how it ends early."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listingguard.cli.asking import Asking
from listingguard.cli.common import note

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.domain.practitioner import Practitioner
    from listingguard.domain.record import CaseRow

STEPS = ("Vous", "La page", "Votre accord", "À qui écrire", "La demande", "L’envoi")


class Over(Exception):
    """The sitting ends here, and nothing is wrong: the message says why, `then` what may be done."""

    def __init__(self, message: str, *then: str) -> None:
        super().__init__(message)
        self.then = then


@dataclass
class Sitting:
    """One sitting: the open home, who sits there, what is asked, and what came of it.

    listing: the URL of the listing that is the person's. files: what lies ready, by what it is, in French.
    """

    app: App
    url: str
    ask: Asking
    person: Practitioner
    files: dict[str, Path] = field(default_factory=dict)
    case: CaseRow | None = None
    listing: str = ""

    def told(self) -> dict[str, Any]:
        """Return what every fact is recorded with."""
        return {"today": self.app.today, "at": self.app.now(), "actor": self.app.require_actor()}

    @property
    def again(self) -> str:
        """Return the command that goes on with this sitting."""
        return again(self.app.home, self.url)


def again(folder: Path, url: str) -> str:
    """Return the command that goes on with the sitting of a page, in the same home, from whatever folder it is run."""
    from listingguard.app import quoted

    named = click.get_current_context().find_root().obj["home"]
    home = f" --home {quoted(folder.absolute())}" if named else ""
    return f"listingguard{home} start {quoted(url)}"


def step(ask: Asking, number: int) -> None:
    """Tell the person which step begins."""
    if ask.talks:
        note("")
        note(f"Étape {number} sur {len(STEPS)} — {STEPS[number - 1]}")


def done(sitting: Sitting, what: str) -> None:
    """Tell the person what an earlier sitting settled."""
    if sitting.ask.talks:
        note(f"   Déjà fait : {what}.")
