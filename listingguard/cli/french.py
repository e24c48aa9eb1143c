"""click's own messages, in French: the one place where they are overridden."""

from __future__ import annotations

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types

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
    "{value} is not in the range {range}.": "{value} n’est pas dans l’intervalle {range}.",
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
    "Did you mean {possibility}?": "Vouliez-vous dire {possibility}\u00a0?",
    "(Did you mean one of: {possibilities}?)": "(Vouliez-vous dire\u00a0: {possibilities}\u00a0?)",
    "{value!r} is not {choice}.": "«\u00a0{value}\u00a0» n’est pas {choice}.",
    "{value!r} is not one of {choices}.": "«\u00a0{value}\u00a0» n’est pas l’un de {choices}.",
    "default: {default}": "par défaut\u00a0: {default}",
    "required": "obligatoire",
    "Aborted!": "Interrompu.",
    "Show this message and exit.": "Affiche cette aide.",
    "Show the version and exit.": "Affiche la version.",
    "Do you want to continue?": "Continuer\u00a0?",
    "Error: invalid input": "Répondez o (oui) ou n (non).",
}


def _one(message: str) -> str:
    return MESSAGES.get(message, message)


def _many(singular: str, plural: str, count: int) -> str:
    return _one(singular if count == 1 else plural)


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


def confirm(question: str) -> bool:
    """Ask a yes/no question `[o/N]` on the terminal; anything but « o » or « oui » is no."""
    answer: str = click.prompt(f"{question} [o/N]", default="n", show_default=False, prompt_suffix="\u00a0: ", err=True)
    return answer.strip().lower() in {"o", "oui"}
