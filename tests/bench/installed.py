"""How a program that is installed starts: its bytecode is kept from the first run on."""

from __future__ import annotations

import os
from pathlib import Path


def environment(folder: Path) -> dict[str, str]:
    """Return this process's environment for a child that keeps its bytecode in that folder.

    Also where the machine forbids Python to write any: a program that is installed was compiled once, by pip.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
