"""The SQLite driver, and how many migrations this program knows: all that opening a home needs of `schema`.

The library that runs the migrations takes longer to load than a command takes to answer, and is needed once a version.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        # A newer SQLite than Python's own, where it is installed.
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["known_migrations", "sqlite3"]


def known_migrations() -> int:
    """Return how many migrations `schema.py` holds, read as text; 0 where its text is not at hand: then it is loaded.

    A home that has seen them all bears that number as its `user_version`.
    """
    try:
        text = Path(__file__).with_name("schema.py").read_text(encoding="utf-8")
    except OSError:
        return 0
    return len(re.findall(r"(?m)^@migrations\(\)$", text))
