"""What installing does before anybody measures: the program's modules are compiled, as pip compiles those of a wheel."""

from __future__ import annotations

import compileall
from pathlib import Path

ROOT = Path(__file__).parents[2]


def compiled() -> None:
    """Compile the modules of this checkout, also where the machine forbids Python to keep what it compiled."""
    for folder in ("listingguard", "scrapers"):
        compileall.compile_dir(ROOT / folder, quiet=1)
