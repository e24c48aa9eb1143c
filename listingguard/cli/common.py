"""What every command shares: the home it works in, the --json option, days and files in, one JSON document out."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from listingguard.cli.french import spaced
from listingguard.errors import BadInput

if TYPE_CHECKING:
    from listingguard.app import App

F = TypeVar("F", bound=Callable[..., Any])

FILE_LIMIT = 50 * 1024 * 1024
"""Bytes of a proof or a page given by hand."""


def json_option(command: F) -> F:
    """Add `--json`: one JSON document on stdout and nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="Un seul document JSON sur la sortie standard.")(
        command
    )


def emit(document: object) -> None:
    """Write one JSON document to stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def answer(as_json: bool, document: object, *lines: str) -> None:
    """Write what was done: the document where JSON is asked for, else its lines for people."""
    if as_json:
        emit(document)
    for line in () if as_json else lines:
        say(line)


def say(text: str = "", *exact: object) -> None:
    """Write one line for people, its spaces as French wants them; `exact` fills each {} unchanged: a path, a name."""
    click.echo(spaced(text, *exact))


def note(text: str, *exact: object) -> None:
    """Write one line of progress or explanation, apart from the result; `exact` as in `say`."""
    click.echo(spaced(text, *exact), err=True)


def parse_day(text: str, what: str = "date") -> date:
    """Return the day written as AAAA-MM-JJ or JJ/MM/AAAA; raise BadInput naming `what` otherwise."""
    try:
        if len(text) == 10 and text[2] == text[5] == "/":
            return date(int(text[6:]), int(text[3:5]), int(text[:2]))
        if len(text) == 10 and text[4] == text[7] == "-":
            return date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        pass
    raise BadInput(
        f"{what}\u00a0: «\u00a0{text[:40]}\u00a0» n’est pas un jour. Écrivez-le AAAA-MM-JJ, par exemple 2026-03-05."
    )


def why(error: OSError) -> str:
    """Return in French why a file could not be opened, read or written."""
    if error.errno == errno.ENOSPC:
        return "le disque est plein"
    reasons: dict[type[OSError], str] = {
        FileNotFoundError: "il n’existe pas",
        FileExistsError: "il existe déjà",
        IsADirectoryError: "c’est un dossier",
        NotADirectoryError: "un dossier de son chemin n’en est pas un",
        PermissionError: "l’accès est refusé",
    }
    return reasons.get(type(error), "erreur du système")


def optional_day(text: str | None, what: str) -> date | None:
    """Return the day, or None when none was given."""
    return parse_day(text, what) if text else None


def read_file(path: str, what: str) -> bytes:
    """Return the bytes of a file given by hand (`-`: standard input); BadInput when absent, empty or over 50 MiB."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(FILE_LIMIT + 1)
        else:
            with Path(path).open("rb") as stream:
                data = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise BadInput(f"{what} «\u00a0{path}\u00a0»\u00a0: le fichier ne se lit pas ({why(error)}).") from None
    if len(data) > FILE_LIMIT:
        raise BadInput(f"{what} «\u00a0{path}\u00a0»\u00a0: le fichier dépasse 50 Mo.")
    if not data.strip():
        raise BadInput(f"{what} «\u00a0{path}\u00a0»\u00a0: le fichier est vide.")
    return data


@contextmanager
def opened(*, writing: bool, job: bool = False) -> Iterator[App]:
    """Open the home the command line names. job: also hold the lease of long work, one at a time."""
    from listingguard.app import App, find_home

    options = click.get_current_context().find_root().obj
    today = optional_day(options["today"], "--today")
    with App.open(find_home(options["home"]), actor=options["actor"], today=today, writing=writing) as app:
        if job:
            with app.job():
                yield app
        else:
            yield app
