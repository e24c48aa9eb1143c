"""`capture`: the pages kept as evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from listingguard.cli.common import answer, emit, json_option, note, opened, read_file, say
from listingguard.domain.french import plural
from listingguard.errors import BadInput, Damaged


@click.group()
def capture() -> None:
    """Les pages gardées comme preuves.

    \b
    Exemples :
      listingguard capture import page.html --url https://site.example/kine/camille-exemple
      listingguard capture list
      listingguard capture verify
    """


@capture.command("import")
@click.argument("file", metavar="FICHIER")
@click.option("--url", required=True, help="L’adresse exacte de la page.")
@click.option("--content-type", default="", help="Le type du contenu, s’il n’est pas du HTML.")
@json_option
def import_(file: str, url: str, content_type: str, as_json: bool) -> None:
    """Garde une page que vous avez enregistrée vous-même : une lecture humaine et une preuve."""
    from urllib.parse import urlsplit

    from listingguard.cli.read import check_charset
    from listingguard.domain.listing import Page
    from listingguard.flow import review, scan
    from listingguard.pages.document import charset_of

    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise BadInput(f"--url : « {url} » n’est pas l’adresse d’une page (https://…).")
    check_charset(charset_of(content_type))
    body = read_file(file, "Page")
    saved = datetime.now(UTC) if file == "-" else datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
    headers = (("Content-Type", content_type),) if content_type else ()
    with opened(writing=True) as app:
        # The day of the capture is the day it is brought; when the file was saved stands in its headers.
        page = Page(url, url, 200, (*headers, ("X-File-Saved", saved.isoformat())), body, app.now())
        done = scan.import_page(
            app.store, app.vault, app.sites, page, today=app.today, at=app.now(), actor=app.require_actor(),
            simulated=app.settings.home.simulated,
        )  # fmt: skip
        touched = review.open_cases(
            app.store, app.controller_of, app.settings.home.code, today=app.today, at=app.now(), actor=app.actor
        )
    if as_json:
        emit(
            {
                "capture": done.capture,
                "outcome": done.outcome.value,
                "listings": [i.key for i in done.listings],
                "cases": touched,
            }
        )
        return
    say(
        f"Capture {done.capture[:12]}… : {plural(len(done.listings), 'fiche') if done.listings else done.outcome.label}."
    )
    for item in done.listings:
        say(f"  {item.name} — {item.key}")
    for case in touched:
        say(f"Dossier {case} : ouvert ou complété.")


@capture.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Liste les captures."""
    with opened(writing=False) as app:
        rows = app.store.captures()
    if as_json:
        emit([{"id": r.id, "url": r.url, "day": r.day, "sha256": r.body} for r in rows])
        return
    for row in rows:
        say(f"{row.id[:12]}  {row.day:%d/%m/%Y}  {row.url}")
    if not rows:
        note("Aucune capture.")


@capture.command()
@click.argument("identifier", metavar="CAPTURE")
@json_option
def show(identifier: str, as_json: bool) -> None:
    """Montre une capture, ce qu’elle prouve et ce qu’elle ne prouve pas."""
    with opened(writing=False) as app:
        row = app.store.capture(identifier)
        listings = app.store.capture_listings(row.id)
    if as_json:
        emit({"id": row.id, "manifest": dict(row.manifest), "listings": listings})
        return
    manifest = row.manifest
    say(f"Capture    {row.id}")
    say(f"Adresse    {row.url}")
    say(f"Jour       {row.day:%d/%m/%Y} (horloge de la machine : {row.at:%d/%m/%Y %H:%M:%S} UTC)")
    say(f"Contenu    {manifest['size']} octets, SHA-256 {row.body}")
    say(f"Fiches     {', '.join(listings) or 'aucune'}")
    say("Prouve : ces octets n’ont pas changé depuis leur enregistrement.")
    say("Ne prouve pas : que le site les a bien envoyés. C’est une capture, pas un constat.")


@capture.command()
@click.argument("identifier", metavar="[CAPTURE]", required=False)
@json_option
def verify(identifier: str | None, as_json: bool) -> None:
    """Vérifie une capture, ou toutes : octets et fiche technique ; sort en 1 si l’une a été altérée."""
    from hashlib import sha256

    from listingguard.domain.event import canonical

    with opened(writing=False) as app:
        rows = (app.store.capture(identifier),) if identifier else app.store.captures()
        for row in rows:
            app.vault.get(row.body)
            if sha256(canonical(row.manifest)).hexdigest() != row.id:
                raise Damaged(f"La fiche technique de la capture {row.id[:12]}… a été altérée.")
    answer(as_json, {"intact": len(rows)}, f"{plural(len(rows), 'capture intacte', 'captures intactes')}.")
