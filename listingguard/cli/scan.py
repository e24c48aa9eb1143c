"""`scan`: reads the verified sites for the people we may look for, and keeps the pages people report by hand."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import note, opened, read_file, say
from listingguard.domain.french import french_day, plural
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.app import App, Readers
    from listingguard.flow.platform import Reported
    from listingguard.flow.scan import HostResult


@click.command()
@click.option("--site", "host", metavar="SITE", help="Un seul site : son nom, ou l’adresse d’une de ses pages.")
@click.option("--rpps", help="Un seul praticien.")
@click.option(
    "--urls",
    metavar="FICHIER.csv",
    help="Des pages signalées à la main (colonnes url, rpps, note) ; elles sont gardées et relues ensuite à chaque fois.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 64),
    default=1,
    help="Répartit les sites entre N processus ; un seul suffit au rythme poli.",
)
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON par site sur la sortie standard.")
def scan(host: str | None, rpps: str | None, urls: str | None, workers: int, as_json: bool) -> None:
    """Lit les sites activés, poliment, pour les praticiens suivis ; s’interrompt et reprend sans rien répéter.

    \b
    Exemples :
      listingguard scan
      listingguard scan --site doctolib.fr --rpps 10005173140
      listingguard scan --urls signalements.csv
    """
    import json
    from dataclasses import asdict

    from listingguard.app import readers
    from listingguard.domain.permission import missing_for
    from listingguard.flow import oversight, platform
    from listingguard.pages.url import host_of
    from listingguard.scheduler import stamp_due

    if host:
        # People paste the address of a page.
        host = host.strip()
        host = host_of(host if "://" in host else f"https://{host}") or host
    rows = tuple(reported_rows(read_file(urls, "--urls"))) if urls else ()
    # They load what they need while this one opens the home.
    with readers(workers) as others, opened(writing=True, job=True) as app:
        if urls:
            reported = platform.report_urls(
                app.store, app.sites, rows, today=app.today, at=app.now(), actor=app.require_actor()
            )
            tell_reported(reported)
        results, touched = run_scan(app, host, rpps, others)
        stamped = stamp_due(app).lines
        waiting = oversight.tasks(app.store, app.sites, app.today, app.settings.scan.every_days)
        people, wanted = len(app.store.practitioners()), len(oversight.looked_for(app.store, app.today))
        checks = app.store.site_checks()
        known = [site for site in app.sites.all() if site.host in checks and checks[site.host].enabled]
        lacking = {site.host: lacks for site in known if (lacks := missing_for(site, app.store.standing(site.host)))}
    for result in results:
        if as_json:
            click.echo(json.dumps(asdict(result), ensure_ascii=False, default=str))
        else:
            tell(result)
    if as_json:
        return
    if not results:
        say("Aucun site n’est activé. Pour en activer un : listingguard site verify SITE --canary URL")
    for site, lacks in lacking.items():
        note(f"{site} : pas lu ; il manque {lacks[0]}")
    if results and wanted < people:
        note(f"{plural(people - wanted, 'personne')} du tableau sur {people} : non suivies, non informées ou opposées.")
        note("La liste : listingguard watch list")
    for task in waiting:
        note(f"À faire : {task.text}")
        note(f"  {task.url}")
        note(f"  → {task.command}")
        if task.others:
            note(f"  et {plural(task.others, 'autre page', 'autres pages')} de ce site.")
    for line in stamped:
        note(line)
    for case in touched:
        say(f"Dossier {case} : ouvert ou complété.")
    if results:
        say("La suite : listingguard next")


def run_scan(
    app: App, host: str | None = None, rpps: str | None = None, others: Readers | None = None
) -> tuple[tuple[HostResult, ...], tuple[str, ...]]:
    """Scan, then open the cases that follow; return both. others: the processes that read as well."""
    from listingguard.flow import review
    from listingguard.flow import scan as flow

    if rpps is not None:
        rpps = app.store.practitioner(rpps).id
    hosts = flow.hosts_on(app.store, app.sites, host)
    live = sys.stderr.isatty()
    results = app.scan(hosts, _tell_page if live else None, rpps=rpps, others=others)
    if live and results:
        click.echo("\r\x1b[K", err=True, nl=False)
    touched = review.open_cases(
        app.store,
        app.controller_of,
        app.settings.home.code,
        today=app.today,
        at=app.now(),
        actor=app.actor or "listingguard",
    )
    return results, touched


def _tell_page(result: HostResult, url: str) -> None:
    """Say on the terminal's one line which page was just read."""
    shown = "".join(c if c.isprintable() else "?" for c in url[:70])
    click.echo(f"\r\x1b[K{result.host} : page {result.pages} — {shown}", err=True, nl=False)


def tell(result: HostResult) -> None:
    """Say what one site told us, and honestly what could not be checked."""
    from listingguard.domain.listing import Cause

    same = f" (dont {plural(result.unchanged, 'inchangée')})" if result.unchanged else ""
    say(
        f"{result.host} : {plural(result.pages, 'page lue', 'pages lues')}{same}, "
        f"{plural(result.listings, 'fiche vue', 'fiches vues')}, {plural(len(result.kept), 'gardée')}."
    )
    if result.alarm:
        note(f"  {result.alarm}")
    if result.doubt:
        note(f"  une fiche qui manque ne vaut pas retrait : {result.why}")
    elif result.pages and not result.canary:
        note("  fiche témoin non choisie : une fiche qui manque ne vaut pas retrait")
    for cause, count in result.unreadable.items():
        note(f"  non vérifié : {plural(count, 'page')} ({Cause(cause).label})")
    for line in result.notes[:_NOTES]:
        note("    {}", line)
    if len(result.notes) > _NOTES:
        note(f"    et {plural(len(result.notes) - _NOTES, 'autre page', 'autres pages')}")
    if result.stopped:
        left = f" ; il reste {plural(result.left, 'page')} à lire" if result.left else ""
        note(f"  arrêté : {result.stopped}{left}")
    if result.resting_until and not result.stopped.startswith("le site est laissé tranquille"):
        note(f"  le site est laissé tranquille jusqu’au {french_day(result.resting_until)}")


_NOTES = 10
"""Pages named one by one; the others are counted."""


# -- pages reported by hand --------------------------------------------------------------------------------------------


def reported_rows(data: bytes) -> Iterator[tuple[int, str, str, str]]:
    """Yield (line, URL, RPPS, note) of a CSV file with a heading; `,` or `;`, UTF-8 or windows-1252.

    Raises BadInput for a file without a column `url`, or whose lines are no CSV.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    heading = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    try:
        names = {str(name).strip().lower(): name for name in reader.fieldnames or ()}
        if "url" not in names:
            raise BadInput("--urls : la première ligne doit nommer une colonne « url » (puis, au choix, rpps et note).")
        for row in reader:
            cells = {key: str(row.get(name) or "").strip() for key, name in names.items()}
            if any(cells.values()):
                yield reader.line_num, cells["url"], cells.get("rpps", ""), cells.get("note", "")[:500]
    except csv.Error as error:
        raise BadInput(f"--urls : ligne {reader.line_num}, ce n’est pas du CSV.") from error


def tell_reported(reported: Reported) -> None:
    """Say what became of the pages of a file, apart from the result of the scan."""
    note(
        f"Pages signalées : {plural(reported.added, 'gardée')}, {plural(reported.known, 'déjà connue', 'déjà connues')}, "
        f"{plural(len(reported.refused), 'refusée')}."
    )
    for line in reported.refused:
        note("  {}", line)
