"""`deadline DATE`: from a day of receipt, the law's deadline and the council's mark, with all the working."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from listingguard.cli.common import emit, json_option, parse_day
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.domain.deadline import Deadline, DeadlineKind

FIRST_YEAR, LAST_YEAR = 2018, 2040


@click.command(
    help="Les deux échéances d’un courrier reçu le jour JOUR (AAAA-MM-JJ ou JJ/MM/AAAA), avec le calcul.\n\n\b\n"
    "Exemples\u00a0:\n  listingguard deadline 2026-03-05\n  listingguard deadline 05/03/2026 --calendar alsace-moselle"
)
@click.argument("day", metavar="JOUR")
@click.option(
    "--calendar",
    "name",
    metavar="NOM",
    default="fr",
    show_default=True,
    help="Les jours fériés du lieu où la plateforme est établie\u00a0: fr, alsace-moselle, guadeloupe, martinique, "
    "guyane, reunion, mayotte, saint-martin, saint-barthelemy.",
)
@json_option
def deadline(day: str, name: str, as_json: bool) -> None:
    """Print the legal deadline, the council's mark and the extended deadline from a day of receipt."""
    from listingguard.app import calendar
    from listingguard.domain.deadline import DeadlineKind, both_clocks
    from listingguard.domain.french import french_day

    received = parse_day(day, "jour de réception")
    if not FIRST_YEAR <= received.year <= LAST_YEAR:
        raise BadInput(
            f"jour de réception\u00a0: {received.year} n’est pas entre {FIRST_YEAR} et {LAST_YEAR}, "
            "les années dont les jours fériés sont connus."
        )
    clocks = both_clocks(received, calendar(name), extended=True)
    assert clocks.extended is not None
    last_notice = (
        "Elle ne vaut que si la plateforme annonce la prolongation, avec ses raisons, "
        f"au plus tard le {french_day(clocks.legal.due)}."
    )
    sections = (
        _section(DeadlineKind.LEGAL, clocks.legal),
        _section(DeadlineKind.COUNCIL, clocks.council),
        _section(DeadlineKind.EXTENDED, clocks.extended, last_notice),
    )
    if as_json:
        emit(
            {
                "start": received,
                "calendar": name,
                "legal_due": clocks.legal.due,
                "council_due": clocks.council.due,
                "extended_due": clocks.extended.due,
                "working": [line for title, lines in sections for line in (title, *lines)],
            }
        )
        return
    for title, lines in sections:
        click.echo(title)
        for line in lines:
            click.echo(f"  {line}")
        click.echo()
    click.echo(f"Calendrier des jours fériés\u00a0: {name}. Le jour de réception est celui que vous avez donné.")


def _section(kind: DeadlineKind, end: Deadline, *more: str) -> tuple[str, tuple[str, ...]]:
    """Return the headline of one period and its working, one sentence a line."""
    from listingguard.domain.french import french_day

    label = kind.label[0].upper() + kind.label[1:]
    return f"{label}\u00a0: {french_day(end.due)} ({end.basis}).", (*end.working, *more)
