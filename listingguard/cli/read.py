"""`read FILE --url URL`: the listings of a saved page, one JSON line each; needs no home and fetches nothing.

With `--legal`, what a page of legal notices says of who answers for the site.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listingguard.cli.common import emit, json_option, optional_day
from listingguard.domain.system import why
from listingguard.errors import BadInput, NoHome

if TYPE_CHECKING:
    from listingguard.domain.listing import Page, Reading

MAX_BYTES = 20 * 1024 * 1024


@click.command(
    help="Extrait les fiches d’une page enregistrée\u00a0: une ligne JSON par fiche, dans l’ordre de la page. "
    "FICHIER peut être «\u00a0-\u00a0» (l’entrée standard).\n\n"
    "Avec --summary, une dernière ligne dit le résultat (fiches, personne, page retirée, illisible), sa raison, le "
    "nombre de fiches et l’adresse de la page suivante. Avec --legal, la page est celle des mentions légales\u00a0: la "
    "réponse est une proposition pour controllers.toml, avec la phrase d’où vient chaque valeur\u00a0; une personne la "
    "vérifie.\n\n\b\nExemples\u00a0:\n"
    "  listingguard read page.html --url https://site.example/kine/camille-exemple\n"
    "  listingguard read liste.html --url https://site.example/kine/valence --summary\n"
    "  listingguard read mentions.html --url https://site.example/mentions-legales --legal"
)
@click.argument("file", metavar="FICHIER")
@click.option("--url", required=True, metavar="URL", help="L’adresse d’où vient la page.")
@click.option("--content-type", "content_type", default="", metavar="TYPE", help="Par exemple application/json.")
@click.option(
    "--status", default=200, show_default=True, type=click.IntRange(100, 599), metavar="CODE", help="Le code HTTP reçu."
)
@click.option("--summary", is_flag=True, help="Ajoute une dernière ligne JSON\u00a0: le résultat de la lecture.")
@click.option("--legal", is_flag=True, help="Lit une page de mentions légales\u00a0: qui répond du site.")
@json_option
@click.pass_obj
def read(
    obj: dict[str, str | None] | None,
    *,
    file: str,
    url: str,
    content_type: str,
    status: int,
    summary: bool,
    legal: bool,
    as_json: bool,
) -> None:
    """Print one JSON line per listing; nothing when the site says none; raise BadInput when nothing can be read."""
    from datetime import UTC, datetime

    from listingguard.domain.capture import one_line
    from listingguard.domain.listing import Page, wrong_url
    from listingguard.pages.document import charset_of
    from listingguard.sites import load_sites

    if wrong := wrong_url(url):
        raise BadInput(f"--url\u00a0: «\u00a0{one_line(url)}\u00a0»\u00a0: {wrong}.")
    if summary and legal:
        raise BadInput(
            "--summary et --legal ne vont pas ensemble\u00a0: l’un résume des fiches, l’autre lit un éditeur."
        )
    check_charset(charset_of(content_type))
    name = "entrée standard" if file == "-" else file
    body = _bytes(file, name)
    headers = (("Content-Type", content_type),) if content_type else ()
    page = Page(url, url, status, headers, body, datetime.now(UTC))
    if legal:
        _print_notice(page, name, _today((obj or {}).get("today")), as_json=as_json)
        return
    _print_reading(load_sites(*_folders((obj or {}).get("home"))).for_url(url).reading(page), name, summary=summary)


def _print_reading(reading: Reading, name: str, *, summary: bool) -> None:
    """Print the listings, then the summary where it is asked for; raise BadInput when nothing could be read."""
    from listingguard.domain.listing import Gone, Listings, SaysNone, Unreadable, outcome
    from listingguard.pages.line import as_line

    items = reading.items if isinstance(reading, Listings) else ()
    for item in items:
        click.echo(json.dumps(as_line(item), ensure_ascii=False))
    reason = ""
    match reading:
        case SaysNone(phrase=phrase):
            reason = phrase
            click.echo(f"{name}\u00a0: le site dit qu’il n’a personne («\u00a0{phrase}\u00a0»).", err=True)
        case Gone(status=code):
            reason = f"code {code}"
            click.echo(f"{name}\u00a0: le site a retiré cette page (code {code}).", err=True)
        case Unreadable(reason=why_not):
            reason = why_not
    if summary:
        said = {
            "outcome": outcome(reading).value,
            "reason": reason,
            "count": len(items),
            "next_page": reading.next_url if isinstance(reading, Listings) else "",
        }
        click.echo(json.dumps(said, ensure_ascii=False))
    if isinstance(reading, Unreadable):
        raise BadInput(f"{name}\u00a0: {reason[0].lower()}{reason[1:]}")


def _print_notice(page: Page, name: str, today: date, *, as_json: bool) -> None:
    """Print who answers for the site, as a record to propose; raise BadInput when the page does not say."""
    from listingguard.pages.document import is_binary
    from listingguard.pages.legal import as_json as as_document
    from listingguard.pages.legal import as_toml, read_notice

    if not 200 <= page.status < 300:
        raise BadInput(f"{name}\u00a0: le site a répondu par le code {page.status}.")
    if not page.body.strip():
        raise BadInput(f"{name}\u00a0: la page est vide.")
    if is_binary(page):
        raise BadInput(f"{name}\u00a0: ce n’est pas du texte\u00a0: une image, un PDF ou un fichier abîmé\u00a0?")
    notice = read_notice(page)
    if notice is None:
        raise BadInput(
            f"{name}\u00a0: aucun éditeur ici, ni nom ni numéro SIREN\u00a0; est-ce la page des mentions légales\u00a0?"
        )
    if as_json:
        emit(as_document(notice, today))
    else:
        click.echo(as_toml(notice, today))


def _today(text: str | None) -> date:
    """Return the day given with --today, else today in Paris."""
    from datetime import datetime

    from listingguard.domain.french import PARIS

    return optional_day(text, "--today") or datetime.now(PARIS).date()


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
