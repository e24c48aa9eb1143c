"""`match`: brings listings and a roster together in bulk, line by line, without a home."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from listingguard.cli.common import note, writing
from listingguard.domain.system import why
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.domain.listing import Listing
    from listingguard.domain.matching import Match
    from listingguard.domain.practitioner import Practitioner

MAX_LINE = 1024 * 1024
_NB = "\u00a0"


@click.command(
    help="Dit de qui parle chaque fiche\u00a0: une ligne JSON par ligne lue, dans le même ordre.\n\n\b\n"
    'Fiche lue\u00a0: {"listing_id", "platform", "name", "profession", "address", "town", "phone", "rpps", "cabinet"},\n'
    "ou une ligne écrite par «\u00a0read\u00a0». Tout champ peut manquer.\n"
    'Ligne écrite\u00a0: {"listing_id", "rpps", "score", "decision", "reasons"}\u00a0; decision vaut confirmed\n'
    "(rapprochement sûr), review (à décider par une personne) ou rejected (écarté)."
)
@click.option(
    "--roster",
    required=True,
    metavar="CSV",
    help="Le tableau des praticiens (CSV)\u00a0; «\u00a0-\u00a0»\u00a0: entrée standard.",
)
@click.option(
    "--listings",
    required=True,
    metavar="JSONL",
    help="Les fiches, une par ligne\u00a0; «\u00a0-\u00a0»\u00a0: entrée standard.",
)
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="JSONL",
    help="Où écrire\u00a0; «\u00a0-\u00a0» (défaut)\u00a0: sortie standard.",
)
@click.option("--json", "as_json", is_flag=True, help="Les erreurs aussi en JSON (les résultats le sont toujours).")
def match(roster: str, listings: str, output: str, as_json: bool) -> None:
    """Write who each listing is about; raise BadInput, and leave no output file, at the first line that is wrong."""
    if roster == listings == "-":
        raise BadInput("Le tableau et les fiches ne peuvent pas venir tous deux de l’entrée standard.")
    # Heavy, and not needed for --help.
    import gc
    import json

    from listingguard.domain.matching.matcher import Matcher

    # The index stays to the end: going through it again and again for garbage, while it grows and after, takes longer.
    gc.disable()
    matcher = Matcher(_practitioners(roster))
    gc.freeze()
    gc.enable()
    with _reading(listings) as source, _writing(output) as target:
        where = "entrée standard" if listings == "-" else listings
        read = ((number, *_listing(line, where, number)) for number, line in _lines(source, where))
        for page in _pages(read):
            beside = [listing for _, _, listing in page] if len(page) > 1 else []
            for number, listing_id, listing in page:
                row = _row(listing_id, matcher.best(listing, beside))
                try:
                    target.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                except UnicodeEncodeError as error:
                    raise _bad(
                        where, number, "un caractère ne peut pas s’écrire (demi-caractère «\u00a0\\ud8..\u00a0»)"
                    ) from error
                if number % 1000 == 0:
                    _progress(number)
        _progress(None)


_Row = tuple[int, str | int | None, "Listing"]


def _pages(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    """Yield the rows that follow each other and share an address on the web together, up to 50; the others alone."""
    page: list[_Row] = []
    for row in rows:
        url = row[2].url
        if page and (not url or url != page[0][2].url or len(page) == 50):
            yield page
            page = []
        page.append(row)
    if page:
        yield page


def _practitioners(roster: str) -> tuple[Practitioner, ...]:
    """Return the people of the roster; refused rows are told on stderr, a roster of nobody is an error."""
    from listingguard.app import read_roster

    read = read_roster(sys.stdin.buffer if roster == "-" else Path(roster), "" if roster == "-" else roster)
    for row in (*read.refused, *read.warnings):
        note(str(row))
    if not read.practitioners:
        raise BadInput(f"Le tableau «{_NB}{roster}{_NB}» ne contient aucun praticien utilisable.")
    people: tuple[Practitioner, ...] = read.practitioners
    return people


# --- lines in --------------------------------------------------------------------------------------------------


@contextmanager
def _reading(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as opened:
        try:
            source = opened.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise BadInput(f"Le fichier «{_NB}{name}{_NB}» ne s’ouvre pas{_NB}: {why(error)}.") from error
        yield source


def _lines(source: BinaryIO, where: str) -> Iterator[tuple[int, str]]:
    """Yield the number and text of every line that is not blank; never holds more than one line of 1 MiB."""
    number = 0
    found = False
    while True:
        try:
            raw = source.readline(MAX_LINE + 1)
        except OSError as error:
            raise BadInput(f"«{_NB}{where}{_NB}» ne se lit pas{_NB}: {why(error)}.") from error
        if not raw:
            break
        number += 1
        if len(raw.rstrip(b"\r\n")) > MAX_LINE or (len(raw) > MAX_LINE and not raw.endswith(b"\n")):
            raise _bad(where, number, f"elle dépasse 1{_NB}Mio")
        if b"\x00" in raw:
            raise _bad(where, number, "ce n’est pas du texte, mais un fichier binaire")
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise _bad(where, number, "ce n’est pas du texte en UTF-8") from error
        if line:
            found = True
            yield number, line
    if not found:
        raise BadInput(f"«{_NB}{where}{_NB}» est vide{_NB}: il faut au moins une fiche.")


def _bad(where: str, number: int, what: str) -> BadInput:
    return BadInput(f"«{_NB}{where}{_NB}», ligne {number}{_NB}: {what}.")


def _listing(line: str, where: str, number: int) -> tuple[str | int | None, Listing]:
    """Return the identifier to give back and the listing of one line, of either shape."""
    import json

    from listingguard.domain.listing import Listing, ListingKind, Place

    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad(where, number, "ce n’est pas du JSON") from error
    if not isinstance(row, dict):
        raise _bad(where, number, "il faut un objet JSON ({…})")

    def text(key: str, source: dict[str, Any] = row) -> str:
        value = source.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _bad(where, number, f"«{_NB}{key}{_NB}» doit être un texte entre guillemets, ou null")
        return value

    def several(key: str, kind: type, source: dict[str, Any] = row) -> list[Any]:
        value = source.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            what = "de textes" if kind is str else "d’objets"
            raise _bad(where, number, f"«{_NB}{key}{_NB}» doit être une liste {what}, ou null")
        return value

    site, own = text("site") or text("platform"), text("id")
    listing_id = row.get("listing_id")
    if isinstance(listing_id, bool) or not isinstance(listing_id, str | int | None):
        raise _bad(where, number, f"«{_NB}listing_id{_NB}» doit être un texte ou un nombre entier")
    if listing_id is None and own:
        listing_id = f"{site}:{own}"
    kind = text("kind") or "person"
    if kind not in {k.value for k in ListingKind}:
        raise _bad(where, number, f"«{_NB}kind{_NB}» doit être person ou organisation")
    street = ", ".join(part for part in (text("address"), text("street")) if part)
    places = [Place(street, text("postcode"), text("town"))]
    places += [
        Place(text("street", p), text("postcode", p), text("town", p), tuple(several("phones", str, p)))
        for p in several("places", dict)
    ]
    listing = Listing(
        site,
        own or str(listing_id or ""),
        text("url"),
        text("name"),
        kind=ListingKind(kind),
        profession=text("profession"),
        organisation=text("cabinet") or text("organisation"),
        places=tuple(dict.fromkeys(p for p in places if p != Place())),
        phones=tuple(p for p in (text("phone"), *several("phones", str)) if p),
        rpps=text("rpps"),
    )
    return listing_id, listing


# --- lines out -------------------------------------------------------------------------------------------------


def _row(listing_id: str | int | None, best: Match | None) -> dict[str, Any]:
    """Return one line of output. `rpps` is the practitioner's id, also when rejected; null when nobody comes near."""
    if best is None:
        reasons = ["personne au tableau n’a ce nom, ce téléphone, cette adresse ni ce numéro RPPS"]
        return {"listing_id": listing_id, "rpps": None, "score": 0.0, "decision": "rejected", "reasons": reasons}
    return {
        "listing_id": listing_id,
        "rpps": best.practitioner,
        "score": best.similarity,
        "decision": best.decision.value,
        "reasons": [reason.text for reason in best.reasons],
    }


@contextmanager
def _writing(name: str) -> Iterator[BinaryIO]:
    """Yield where to write: a file as `writing` does, or standard output."""
    if name == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with writing(name, "Le résultat") as target:
        yield target


def _progress(number: int | None) -> None:
    """Tell a person at the terminal how far we are; None ends the line."""
    if sys.stderr.isatty():
        click.echo("\n" if number is None else f"\r{number} fiches", err=True, nl=False)
