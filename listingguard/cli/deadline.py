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
    "guyane, reunion, mayotte, saint-martin, saint-barthelemy, alsace-moselle-sans-temple\u00a0; ou un pays par son nom "
    "français (Allemagne)\u00a0: la plus tardive des deux dates, avec les jours fériés français, est retenue.",
)
@json_option
def deadline(day: str, name: str, as_json: bool) -> None:
    """Print the legal deadline, the council's mark and the extended deadline from a day of receipt."""
    from listingguard.app import abroad, calendar
    from listingguard.domain.deadline import DeadlineKind, both_clocks, later
    from listingguard.domain.french import french_day

    received = parse_day(day, "jour de réception")
    if not FIRST_YEAR <= received.year <= LAST_YEAR:
        raise BadInput(
            f"jour de réception\u00a0: {received.year} n’est pas entre {FIRST_YEAR} et {LAST_YEAR}, "
            "les années dont les jours fériés sont connus."
        )
    foreign = abroad(name)
    calendars = (calendar(name),) if foreign is None else (calendar("fr"), foreign)
    found = [both_clocks(received, days, extended=True) for days in calendars]
    # Which days count abroad is a legal doubt (law page, part 9): the later date, and a warning.
    legal, council = later(*(each.legal for each in found)), later(*(each.council for each in found))
    extended = later(*(each.extended for each in found if each.extended is not None))
    last_notice = (
        "Elle ne vaut que si la plateforme annonce la prolongation, avec ses raisons, "
        f"au plus tard le {french_day(legal.due)}."
    )
    sections = (
        _section(DeadlineKind.LEGAL, legal),
        _section(DeadlineKind.COUNCIL, council),
        _section(DeadlineKind.EXTENDED, extended, last_notice),
    )
    if as_json:
        emit(
            {
                "start": received,
                "calendar": name,
                "legal_due": legal.due,
                "council_due": council.due,
                "extended_due": extended.due,
                "working": [line for title, lines in sections for line in (title, *lines)],
            }
        )
        return
    for title, lines in sections:
        click.echo(title)
        for line in lines:
            click.echo(f"  {line}")
        click.echo()
    if foreign is not None:
        click.echo(
            f"Plateforme établie à l’étranger ({name})\u00a0: jours fériés de ce pays tout entier, et non de ses régions\u00a0; la plus "
            "tardive des deux dates est retenue. À faire vérifier par une personne."
        )
    click.echo(f"Calendrier des jours fériés\u00a0: {name}. Le jour de réception est celui que vous avez donné.")


def _section(kind: DeadlineKind, end: Deadline, *more: str) -> tuple[str, tuple[str, ...]]:
    """Return the headline of one period and its working, one sentence a line."""
    from listingguard.domain.french import french_day

    label = kind.label[0].upper() + kind.label[1:]
    return f"{label}\u00a0: {french_day(end.due)} ({end.basis}).", (*end.working, *more)
