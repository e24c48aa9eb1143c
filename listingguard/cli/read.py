"""`read FILE --url URL`: the listings of a saved page, one JSON line each; needs no home and fetches nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from listingguard.cli.common import json_option, why
from listingguard.errors import BadInput, NoHome

MAX_BYTES = 20 * 1024 * 1024


@click.command(
    help="Extrait les fiches d’une page enregistrée\u00a0: une ligne JSON par fiche, dans l’ordre de la page. "
    "FICHIER peut être «\u00a0-\u00a0» (l’entrée standard).\n\n\b\nExemple\u00a0:\n"
    "  listingguard read page.html --url https://site.example/kine/camille-exemple"
)
@click.argument("file", metavar="FICHIER")
@click.option("--url", required=True, metavar="URL", help="L’adresse d’où vient la page.")
@click.option("--content-type", "content_type", default="", metavar="TYPE", help="Par exemple application/json.")
@click.option(
    "--status", default=200, show_default=True, type=click.IntRange(100, 599), metavar="CODE", help="Le code HTTP reçu."
)
@json_option
@click.pass_obj
def read(
    obj: dict[str, str | None] | None, *, file: str, url: str, content_type: str, status: int, as_json: bool
) -> None:
    """Print one JSON line per listing; nothing when the site says none; raise BadInput when nothing can be read."""
    from datetime import UTC, datetime

    from listingguard.domain.listing import Gone, Listings, Page, SaysNone, Unreadable
    from listingguard.pages.document import charset_of
    from listingguard.pages.line import as_line
    from listingguard.pages.url import host_of
    from listingguard.sites import load_sites

    if not url.lower().startswith(("http://", "https://")) or not host_of(url):
        raise BadInput(
            f"--url\u00a0: «\u00a0{url}\u00a0» n’est pas une adresse\u00a0; elle commence par http:// ou https://."
        )
    check_charset(charset_of(content_type))
    name = "entrée standard" if file == "-" else file
    body = _bytes(file, name)
    headers = (("Content-Type", content_type),) if content_type else ()
    page = Page(url, url, status, headers, body, datetime.now(UTC))
    reading = load_sites(*_folders((obj or {}).get("home"))).for_url(url).reading(page)
    match reading:
        case Listings(items=items):
            for item in items:
                click.echo(json.dumps(as_line(item), ensure_ascii=False))
        case SaysNone(phrase=phrase):
            click.echo(f"{name}\u00a0: le site dit qu’il n’a personne («\u00a0{phrase}\u00a0»).", err=True)
        case Gone(status=code):
            click.echo(f"{name}\u00a0: le site a retiré cette page (code {code}).", err=True)
        case Unreadable(reason=reason):
            raise BadInput(f"{name}\u00a0: {reason[0].lower()}{reason[1:]}")


def _folders(home: str | None) -> list[Path]:
    """Return our folder of sites, then the home's own where there is a home; without one, ours is enough."""
    from listingguard.app import find_home, shipped
    from listingguard.config import load

    folders = [shipped("scrapers")]
    try:
        folder = find_home(home)
    except NoHome:
        if home:
            raise
        return folders
    own = load(folder / "config.toml").scan.sites_folder
    return [*folders, folder / own] if own else folders


def check_charset(name: str) -> None:
    """Raise BadInput when no such character set exists; an empty name is none."""
    try:
        "".encode(name or "utf-8")
    except LookupError:
        raise BadInput(f"--content-type\u00a0: le jeu de caractères «\u00a0{name}\u00a0» n’existe pas.") from None


def _bytes(file: str, name: str) -> bytes:
    """Return the whole file, at most 20 MiB of it; raise BadInput when there is no such file, or too much of it."""
    try:
        if file == "-":
            body = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                body = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{name}\u00a0: ce fichier n’existe pas.") from None
    except IsADirectoryError:
        raise BadInput(f"{name}\u00a0: c’est un dossier, pas une page enregistrée.") from None
    except OSError as error:
        raise BadInput(f"{name}\u00a0: ce fichier ne s’ouvre pas ({why(error)}).") from None
    if len(body) > MAX_BYTES:
        raise BadInput(
            f"{name}\u00a0: plus de 20\u00a0Mio, c’est trop pour une page\u00a0; est-ce le bon fichier\u00a0?"
        )
    return body
