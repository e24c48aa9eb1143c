"""The command line: finds a command's module only when it is asked for, speaks French, turns errors into exit codes."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from listingguard import __version__
from listingguard.cli import french
from listingguard.cli.common import name_home, note
from listingguard.domain.system import why
from listingguard.errors import ListingguardError

# From the first command made on: click keeps what it once said of an option.
french.install()

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("home", "Crée un dossier de données (« home ») avec sa configuration commentée."),
    "start": ("start", "D’un lien à une demande prête à partir : un kiné seul, en une fois."),
    "demo": ("demo", "Joue toute l’histoire sur cette machine, avec des personnes inventées."),
    "next": ("todo", "Ce qu’une personne doit faire aujourd’hui, avec la commande pour le faire."),
    "roster": ("roster", "Le tableau : importer, ajouter, lister, montrer, corriger."),
    "authorisation": ("ledger", "Les accords donnés à une plateforme, ou refusés."),
    "mandate": ("ledger", "Les mandats signés qui permettent au conseil d’agir."),
    "watch": ("ledger", "Qui l’on a le droit de rechercher."),
    "controller": ("site", "Qui répond de chaque plateforme, et à quelle adresse lui écrire."),
    "site": ("site", "Les sites connus : lister, montrer, vérifier."),
    "scan": ("scan", "Lit les sites vérifiés, poliment, pour les praticiens suivis."),
    "look": ("look", "Regarde une page, maintenant : qui désigne-t-elle ? Rien n’est gardé."),
    "read": ("read", "Extrait les fiches d’une page enregistrée (lignes JSON)."),
    "match": ("match", "Rapproche des fiches et un tableau, en masse (lignes JSON)."),
    "review": ("review", "La file des rapprochements à décider : m / a / i, annulation."),
    "capture": ("capture", "Les pages gardées comme preuves."),
    "case": ("case", "Les dossiers : lister, montrer, ouvrir, suspendre."),
    "event": ("case", "Ce qui est arrivé dans un dossier, avec sa preuve."),
    "question": ("question", "La question posée à la personne concernée, ses rappels et sa réponse."),
    "officer": ("officer", "Les élus qui approuvent les courriers du conseil."),
    "citation": ("citation", "Les textes cités par les courriers : source, vérification, confirmation."),
    "letter": ("letter", "Les courriers : montrer, approuver."),
    "send": ("send", "Envoie les courriers approuvés ; imprime les recommandés ; règle un envoi incertain."),
    "proof": ("proof", "Les preuves d’envoi et de remise : ajouter, lister, importer un suivi."),
    "inbox": ("inbox", "Les courriels reçus : classer, lister, lire avec une suggestion."),
    "deadline": ("deadline", "Les deux échéances, à partir d’un jour de réception, avec tout le calcul."),
    "complain": ("complain", "Construit la plainte à la CNIL et ses pièces."),
    "declaration": ("declaration", "La déclaration qu’une personne représentée signe pour sa plainte."),
    "pack": ("complain", "Les plaintes construites : lister, montrer."),
    "verify": ("verify", "Vérifie une plainte et ses pièces, hors ligne, sur n’importe quelle machine."),
    "run": ("unattended", "Fait tout ce qui est dû, puis recommence selon l’horaire, jusqu’à l’arrêt."),
    "doctor": ("home", "Vérifie la base, les chaînes d’événements et les preuves."),
    "rebuild": ("home", "Recalcule tout ce qui se calcule ; rien ne doit changer."),
}

VERB = "COMMANDE [ARGUMENTS]..."


class _Lazy(click.Group):
    """The command group: `COMMANDS` names the module; importing it waits until the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"listingguard.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        if isinstance(command, click.Group):
            command.subcommand_metavar = VERB
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commandes"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=_Lazy,
    subcommand_metavar=VERB,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 110},
)
@click.option("--home", metavar="DOSSIER", help="Le dossier de données à utiliser.")
@click.option("--as", "actor", metavar="NOM", help="La personne qui agit (par défaut : celle de config.toml).")
@click.option(
    "--today", metavar="AAAA-MM-JJ", help="Le jour à considérer ; en écriture, dans un dossier simulé seulement."
)
@click.version_option(__version__, "--version", message="%(prog)s %(version)s", help="Affiche la version.")
@click.pass_context
def main(ctx: click.Context, home: str | None, actor: str | None, today: str | None) -> None:
    """listingguard retire les professionnels de santé des sites de rendez-vous qui les affichent sans leur accord.

    \b
    Exemples :
      listingguard demo                         toute l’histoire, sur cette machine
      listingguard init mon-dossier             créer un dossier de données
      listingguard next                         ce qu’il y a à faire aujourd’hui
      listingguard deadline 2026-03-05          les échéances d’un courrier reçu le 5 mars 2026
    """
    name_home(home)
    ctx.obj = {"home": home, "actor": actor, "today": today}


def run(args: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; errors become one French sentence (or one JSON document)."""
    arguments = list(sys.argv[1:] if args is None else args)
    for stream in (sys.stdout, sys.stderr):
        # A Windows console or a pipe may not be UTF-8; a character it lacks must not stop the work.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    as_json = "--json" in arguments
    name_home(None)
    try:
        result: Any = main.main(args=arguments, prog_name="listingguard", standalone_mode=False)
    except ListingguardError as error:
        return _fail(as_json, error.kind, str(error), list(error.missing), error.exit_code)
    except click.UsageError as error:
        if as_json:
            return _fail(True, "Usage", error.format_message(), [], 2)
        error.show(sys.stderr)
        return 2
    except click.Abort:
        note("Interrompu : rien de ce qui était commencé n’est resté à moitié fait.")
        return 1
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f" « {error.filename} »" if error.filename else ""
        return _fail(as_json, "System", f"Le système refuse un fichier{where} : {why(error)}.", [], 1)
    except Exception as error:
        return _fail(as_json, "Unexpected", _unexpected(error), [], 1)
    return result if isinstance(result, int) else 0


def _unexpected(error: Exception) -> str:
    """Return the sentence for a fault of ours; its details go to a file that only this user may read."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="listingguard-", suffix=".txt", delete=False
    ) as report:
        report.write("".join(traceback.format_exception(error)))
    return (
        f"Le programme a rencontré une erreur imprévue ({type(error).__name__}). Les détails, à relire avant de les "
        f"transmettre, sont dans « {report.name} »."
    )


def _fail(as_json: bool, kind: str, message: str, missing: list[str], code: int) -> int:
    if as_json:
        click.echo(json.dumps({"error": {"kind": kind, "message": message, "missing": missing}}, ensure_ascii=False))
        return code
    note(message)
    for line in missing:
        note(f"  – {line}")
    return code


def entry() -> None:
    """Run as the installed program."""
    raise SystemExit(run())
