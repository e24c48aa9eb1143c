"""What every command shares: the home it works in, the --json option, days and files in, a file or one JSON document out."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from listingguard.cli.french import spaced
from listingguard.domain.system import why
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
    """Write one JSON document to stdout; a list of more than a thousand things has each on its line."""
    if isinstance(document, list) and len(document) > 1000:
        from pydantic_core import to_json

        # By the standard library, and indented, a hundred thousand cases would take ten times as long.
        click.echo(b"[\n" + b",\n".join(to_json(one, fallback=str) for one in document) + b"\n]")
        return
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def answer(as_json: bool, document: object, *lines: str) -> None:
    """Write what was done: the document where JSON is asked for, else its lines for people."""
    if as_json:
        emit(document)
    for line in () if as_json else lines:
        say(line)


def say(text: str = "", *exact: object) -> None:
    """Write one line for people, its spaces as French wants them; `exact` fills each {} unchanged: a path, a name.

    Each command it proposes is of the very home that the command line named.
    """
    line, filled = _of_this_home(text, exact)
    click.echo(spaced(line, *filled))


def note(text: str, *exact: object) -> None:
    """Write one line of progress or explanation, apart from the result; `exact` and commands as in `say`."""
    line, filled = _of_this_home(text, exact)
    click.echo(spaced(line, *filled), err=True)


_named: ContextVar[str] = ContextVar("_named", default="")


def name_home(home: str | None) -> None:
    """Keep the `--home` of this command line; None: it named none, and a command proposed finds the same home by itself."""
    _named.set(home or "")


@cache
def _proposed() -> re.Pattern[str]:
    from listingguard.cli import COMMANDS

    # `init` and `demo` make a home of their own.
    names = "|".join(name for name in COMMANDS if name not in ("init", "demo"))
    return re.compile(rf"\blistingguard (?=--(?!home\b)|(?:{names})\b)")


def to_type(command: str) -> str:
    """Return a command for `exact` as it is to be typed: with `--home DIR` where the command line named its home.

    Pasted without it, a command would work on another home.
    """
    if not _named.get():
        return command
    from listingguard.app import quoted

    # Whole, as `start` says it: pasted in another folder, it is still the same home.
    home = quoted(Path(_named.get()).expanduser().absolute())
    return _proposed().sub(lambda found: f"{found[0]}--home {home} ", command)


def _of_this_home(text: str, exact: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """Return a line and what fills it, each command of the line itself as it is to be typed."""
    if not _named.get() or not exact:
        return to_type(text), exact
    # A folder may have {} in its name: a command fills the line as the other values do.
    filled: list[object] = []
    parts = text.split("{}")
    for number, part in enumerate(parts):
        if (typed := to_type(part)) != part:
            parts[number] = "{}"
            filled.append(spaced(typed))
        filled += exact[number : number + 1]
    return "{}".join(parts), tuple(filled)


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


def proof_given(app: App, case_id: str, proof: str | None, reply_id: str | None) -> bytes | None:
    """Return the document of `--proof FILE`, or the filed message of the case that `--reply` names; None without either."""
    if proof and reply_id:
        raise BadInput("--proof ou --reply : un fait a un seul document.")
    if reply_id:
        replies = [r for r in app.store.replies(case_id) if len(reply_id) >= 8 and r.sha256.startswith(reply_id)]
        if len(replies) != 1:
            raise BadInput(f"--reply : aucun message unique « {reply_id} » dans ce dossier.")
        return app.vault.get(replies[0].sha256)
    return read_file(proof, "--proof") if proof else None


@contextmanager
def writing(path: str | Path, what: str) -> Iterator[BinaryIO]:
    """Yield where to write a file that a person asked for: it appears whole at the end, or not at all.

    Through a link, the link stays one; a device is written to directly. BadInput where it cannot be written; `what`
    begins its sentence: « Le mandat ».
    """
    from listingguard.app import whole_file

    try:
        target = Path(path).resolve()
        if target.is_dir():
            raise IsADirectoryError
        device = target.exists() and not target.is_file()
        with target.open("wb") if device else whole_file(target) as file:
            yield file
    except OSError as error:
        reason = "son dossier n’existe pas" if isinstance(error, FileNotFoundError) else why(error)
        raise BadInput(f"{what} ne peut pas s’écrire dans «\u00a0{path}\u00a0» ({reason}).") from None


def write_file(path: str | Path, data: bytes, what: str) -> None:
    """Write a file that a person asked for; `what` and errors as in `writing`."""
    with writing(path, what) as file:
        file.write(data)


def tell_pause(app: App) -> None:
    """Say that all sendings are suspended, by whom and how to resume, where they are."""
    if pause := app.store.paused():
        note("{}", pause.said)
        note(f"Pour reprendre : {pause.command}")


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
