"""`demo`: the whole story on this machine."""

from __future__ import annotations

import click

from listingguard.cli.common import say


@click.command()
@click.option("--dir", "folder", metavar="DOSSIER", help="Où garder le dossier de données de la démonstration.")
def demo(folder: str | None) -> None:
    """Joue toute l’histoire sur cette machine, avec des personnes inventées et rien au-dehors.

    \b
    Exemples :
      listingguard demo
      listingguard demo --dir essai
    """
    from pathlib import Path

    from listingguard.demo import play

    play(Path(folder) if folder else None, say)
