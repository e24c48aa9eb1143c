"""What the operating system says of a file, in French."""

from __future__ import annotations

import errno


def why(error: OSError) -> str:
    """Return why a file could not be opened, read or written: words that go between brackets."""
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
