"""`scan`: reads the verified sites for the people we may look for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import note, opened, say
from listingguard.domain.french import plural

if TYPE_CHECKING:
    from listingguard.app import App
    from listingguard.flow.scan import HostResult


@click.command()
@click.option("--site", "host", metavar="SITE", help="Un seul site.")
@click.option("--rpps", help="Un seul praticien.")
@click.option("--json", "as_json", is_flag=True, help="Une ligne JSON par site sur la sortie standard.")
def scan(host: str | None, rpps: str | None, as_json: bool) -> None:
    """Lit les sites activés, poliment, pour les praticiens suivis ; s’interrompt et reprend sans rien répéter.

    \b
    Exemples :
      listingguard scan
      listingguard scan --site doctolib.fr --rpps 10005173140
    """
    import json
    from dataclasses import asdict

    with opened(writing=True, job=True) as app:
        results, touched = run_scan(app, host, rpps)
    for result in results:
        if as_json:
            click.echo(json.dumps(asdict(result), ensure_ascii=False))
        else:
            tell(result)
    if not as_json:
        if not results:
            say("Aucun site n’est activé. Pour en activer un : listingguard site verify SITE --canary URL")
        for case in touched:
            say(f"Dossier {case} : ouvert ou complété.")
        if results:
            say("La suite : listingguard next")


def run_scan(
    app: App, host: str | None = None, rpps: str | None = None
) -> tuple[tuple[HostResult, ...], tuple[str, ...]]:
    """Scan, then open the cases that follow; return both."""
    from concurrent.futures import ThreadPoolExecutor

    from listingguard.flow import review
    from listingguard.flow import scan as flow

    if rpps is not None:
        app.store.practitioner(rpps)
    hosts = flow.hosts_on(app.store, app.sites, host)
    live = sys.stderr.isatty()

    def progress(result: HostResult, url: str) -> None:
        if live:
            click.echo(f"\r\x1b[K{result.host} : page {result.pages} — {url[:70]}", err=True, nl=False)

    with ThreadPoolExecutor(max_workers=min(32, len(hosts) or 1)) as executor:
        results = flow.scan(hosts, app.desk, app.plan(rpps), progress, executor)
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


def tell(result: HostResult) -> None:
    """Say what one site told us, and honestly what could not be checked."""
    say(
        f"{result.host} : {plural(result.pages, 'page lue', 'pages lues')}, "
        f"{plural(result.listings, 'fiche vue', 'fiches vues')}, {plural(len(result.kept), 'gardée')}."
    )
    if not result.canary:
        note("  fiche témoin absente ou non choisie : une fiche qui manque ne vaut pas retrait")
    for line in result.unreadable:
        note(f"  non vérifié : {line}")
    if result.stopped:
        note(f"  arrêté : {result.stopped} ; il reste {plural(result.left, 'page')} à lire")
