"""How the command line writes French: its lines, click's own messages and help pages, all overridden here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from inspect import cleandoc
from typing import Any

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types

from listingguard.domain.french import typography


def spaced(text: str, *exact: object) -> str:
    """Return the text with the spaces French wants; `exact` fills each {} unchanged.

    What a person copies or has typed stays as it is: a command up to the end of its line, the words between « ».

    >>> spaced("Dans « l'an: 1 », lancez : listingguard read l'an ; écrit: {}", "/l'an : 2").replace("\u00a0", "~")
    "Dans «~l'an: 1~», lancez~: listingguard read l'an ; écrit: /l'an : 2"
    """
    parts = _as_it_is().split(text)
    # split() gives the sentence, then the command or None, then the quoted words or None, and so on.
    done = "".join(
        part or "" if number % 3 else typography(part or "", narrow=False) for number, part in enumerate(parts)
    )
    if not exact:
        return done
    first, *others = done.split("{}")
    return first + "".join(f"{_harmless(value)}{other}" for value, other in zip(exact, others, strict=True))


def _harmless(value: object) -> str:
    """Return the value as it is, but for what a terminal would obey: a page's address may hold an escape sequence."""
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t" else c for c in str(value))


@cache
def _as_it_is() -> re.Pattern[str]:
    from listingguard.cli import COMMANDS

    names = "|".join(COMMANDS)
    return re.compile(rf"(\blistingguard (?:-|(?:{names})\b).*)|(?<=«)[ \u00a0]*([^«»\n]*?)[ \u00a0]*(?=»)")


MESSAGES = {
    "Usage:": "Usage\u00a0:",
    "Usage: ": "Usage\u00a0: ",
    "Options": "Options",
    "Positional arguments": "Arguments",
    "Commands": "Commandes",
    "Missing command.": "Il manque une commande.",
    "Missing argument": "Il manque l’argument",
    "Missing option": "Il manque l’option",
    "Missing parameter": "Il manque le paramètre",
    "Missing parameter: {param_name}": "Il manque le paramètre {param_name}",
    "Missing {param_type}": "Il manque {param_type}",
    "Error: {message}": "Erreur\u00a0: {message}",
    "Try '{command} {option}' for help.": "Pour l’aide\u00a0: {command} {option}",
    "Invalid value: {message}": "Valeur refusée\u00a0: {message}",
    "Invalid value for {param_hint}: {message}": "Valeur refusée pour {param_hint}\u00a0: {message}",
    "No such option: {name}": "L’option {name} n’existe pas.",
    "No such option {name!r}.": "L’option {name} n’existe pas.",
    "No such command {name!r}.": "La commande {name} n’existe pas.",
    "Choose from:\n\t{choices}": "À choisir parmi\u00a0:\n\t{choices}",
    "{value!r} is not a valid {number_type}.": "«\u00a0{value}\u00a0» n’est pas un nombre.",
    "{value} is not in the range {range}.": "{value} n’est pas un nombre {range}.",
    "file": "Le fichier",
    "directory": "Le dossier",
    "path": "Le chemin",
    "File": "Le fichier",
    "Directory": "Le dossier",
    "Path": "Le chemin",
    "{name} {filename!r} does not exist.": "{name} «\u00a0{filename}\u00a0» n’existe pas.",
    "{name} {filename!r} is a file.": "{name} «\u00a0{filename}\u00a0» est un fichier, pas un dossier.",
    "{name} {filename!r} is a directory.": "{name} «\u00a0{filename}\u00a0» est un dossier, pas un fichier.",
    "{name} {filename!r} is not readable.": "{name} «\u00a0{filename}\u00a0» ne peut pas être lu.",
    "{name} {filename!r} is not writable.": "{name} «\u00a0{filename}\u00a0» ne peut pas être écrit.",
    "Could not open file {filename!r}: {message}": "Le fichier «\u00a0{filename}\u00a0» ne s’ouvre pas\u00a0: {message}",
    "Option {name!r} does not take a value.": "L’option {name} ne prend pas de valeur.",
    "Option {name!r} requires an argument.": "L’option {name} demande une valeur.",
    "Option {name!r} requires {nargs} arguments.": "L’option {name} demande {nargs} valeurs.",
    "Got unexpected extra argument ({args})": "Argument en trop\u00a0: {args}",
    "Got unexpected extra arguments ({args})": "Arguments en trop\u00a0: {args}",
    "default: {default}": "par défaut\u00a0: {default}",
    "required": "obligatoire",
    "Aborted!": "Interrompu.",
    "Show this message and exit.": "Affiche cette aide.",
    "Show the version and exit.": "Affiche la version.",
    "Argument {name!r} takes {nargs} values.": "L’argument {name} demande {nargs} valeurs.",
    "Takes {nargs} values but 1 was given.": "Il faut {nargs} valeurs, une seule est donnée.",
    "Takes {nargs} values but {len} were given.": "Il faut {nargs} valeurs, {len} sont données.",
    "unknown error": "erreur inconnue",
    "Do you want to continue?": "Continuer\u00a0?",
    "Error: invalid input": "Répondez o (oui) ou n (non).",
}


def _one(message: str) -> str:
    return MESSAGES.get(message, message)


def _many(singular: str, plural: str, count: int) -> str:
    return _one(singular if count == 1 else plural)


class _Help(click.HelpFormatter):
    """A help page with French headings and spaces."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}\u00a0:\n")

    def write_text(self, text: str) -> None:
        super().write_text("\n".join(spaced(line) for line in text.split("\n")))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(term, spaced(text)) for term, text in rows], col_max, col_spacing)


def _summary(command: click.Command, limit: int = 0) -> str:
    """Return the first paragraph of a command's help, whole: a list of commands wraps its lines, it never cuts one."""
    return " ".join(cleandoc(command.short_help or command.help or "").split("\n\n")[0].split())


def _quoted(words: Iterable[object], between: str = ", ") -> str:
    """Return each of the words in « », as they are typed."""
    return between.join(f"«\u00a0{word}\u00a0»" for word in words)


def _hint(param: click.Parameter, ctx: click.Context | None) -> str:
    """Return how click's messages name an option or an argument."""
    if isinstance(param, click.Argument):
        return _quoted([param.make_metavar(ctx) if ctx else param.human_readable_name])
    return _quoted(param.opts, " / ")


def _hints(hints: Iterable[str] | str | None) -> str | None:
    return hints if hints is None or isinstance(hints, str) else _quoted(hints, " / ")


def _possibilities(words: Iterable[str]) -> str:
    """Return the question that follows a command or an option that does not exist."""
    return f"Vouliez-vous dire {_quoted(sorted(words))}\u00a0?"


def _no_choice(kind: click.Choice[Any], value: object, ctx: click.Context | None) -> str:
    choices = _quoted(kind._normalized_mapping(ctx=ctx).values())
    return f"{_quoted([value])} n’est pas {'l’un de ' if len(kind.choices) > 1 else ''}{choices}."


def _range(kind: click.IntRange) -> str:
    return f"de {kind.min} à {kind.max}"


def install() -> None:
    """Make click speak French for the rest of the process; calling it twice changes nothing."""
    for module in (
        click.core,
        click.decorators,
        click.exceptions,
        click.formatting,
        click.parser,
        click.termui,
        click.types,
    ):
        for name, function in (("_", _one), ("ngettext", _many)):
            if hasattr(module, name):
                setattr(module, name, function)
    click.Context.formatter_class = _Help
    click.Command.get_short_help_str = _summary  # type: ignore[method-assign, assignment]
    for kind, name in ((click.STRING, "texte"), (click.INT, "nombre")):
        kind.name = name
    click.IntRange.name = "nombre"
    click.IntRange._describe_range = _range  # type: ignore[method-assign, assignment]
    click.Choice.get_invalid_choice_message = _no_choice  # type: ignore[method-assign, assignment]
    for cls in (click.Parameter, click.Option, click.Argument):
        cls.get_error_hint = _hint  # type: ignore[method-assign, assignment]
    click.exceptions._join_param_hints = _hints  # type: ignore[assignment]
    click.exceptions._format_possibilities = _possibilities  # type: ignore[assignment]


def ask(question: str, default: str | None = None) -> str:
    """Return what a person answers on the terminal; a mere Enter is the default."""
    return str(click.prompt(question, default=default, prompt_suffix="\u00a0: ", err=True))


def confirm(question: str) -> bool:
    """Ask a yes/no question `[o/N]` on the terminal until the answer is one of them; a mere Enter is no."""
    while True:
        typed: str = click.prompt(
            f"{question} [o/N]", default="n", show_default=False, prompt_suffix="\u00a0: ", err=True
        )
        answer = yes_or_no(typed)
        if answer is not None:
            return answer
        click.echo(_one("Error: invalid input"), err=True)


def yes_or_no(answer: str) -> bool | None:
    """Return what an answer says; None where it says neither, or both.

    >>> [yes_or_no(said) for said in ("o", "Oui, c’est chez moi", "NON !", "peut-être", "oui mais non", "")]
    [True, True, False, None, None, None]
    """
    first, *others = re.findall(r"\w+", answer.lower()) or [""]
    yes, no = {"o", "oui"}, {"n", "non"}
    if first in yes:
        return None if no.union(("mais", "pas")) & set(others) else True
    if first in no:
        return None if yes & set(others) else False
    return None
