"""`run`: all that is due, once or until stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from listingguard.cli.common import emit, note, optional_day, say
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.scheduler import Tick


@click.command()
@click.option("--once", is_flag=True, help="Tout ce qui est dû, une fois, puis s’arrête.")
@click.option("--json", "as_json", is_flag=True, help="Avec --once : un seul document JSON sur la sortie standard.")
def run(once: bool, as_json: bool) -> int:
    """Lit les sites, envoie ce qui est approuvé, fait avancer les délais ; puis recommence selon config.toml.

    Avec --once, le code de sortie est 1 si l’un de ces travaux n’a pas pu se faire ; les autres sont faits.

    \b
    Exemples :
      listingguard run --once
      listingguard run
    """
    from listingguard import scheduler
    from listingguard.app import App, find_home

    options = click.get_current_context().find_root().obj
    home, today = find_home(options["home"]), optional_day(options["today"], "--today")
    if today is not None and not once:
        raise BadInput("--today ne va qu’avec run --once : une horloge qui tourne ne se simule pas.")
    if as_json and not once:
        raise BadInput("--json ne va qu’avec run --once.")

    def open_app() -> App:
        return App.open(home, actor=options["actor"], today=today, writing=True)

    # A wrong config.toml or a refused --today is said now, not in the first tick.
    open_app()
    if once:
        ticks = scheduler.run_once(open_app)
        if as_json:
            emit([{"job": t.job, "lines": t.lines, "failed": t.failed} for t in ticks])
        for tick in () if as_json else ticks:
            _tell(tick)
        return int(any(t.failed for t in ticks))
    note("En marche ; Ctrl-C pour arrêter.")
    try:
        scheduler.run_forever(open_app, _tell)
    except (KeyboardInterrupt, SystemExit):
        note("Arrêté.")
    return 0


def _tell(tick: Tick) -> None:
    names = {
        "scan": "Lecture des sites",
        "stamp": "Horodatage",
        "inbox": "Réponses",
        "outbox": "Envois",
        "clock": "Délais",
    }
    say(f"{names[tick.job]} : {'rien de nouveau' if not tick.lines else ''}".rstrip())
    for line in tick.lines:
        say(f"  {line}")
