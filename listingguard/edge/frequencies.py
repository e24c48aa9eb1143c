"""The shipped tables of French names and communes; their sources and dates are in `data/README.md`."""

from __future__ import annotations

import gc
import gzip
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from threading import Lock

from listingguard.domain.frequencies import Commune, Frequencies

_DATA = Path(__file__).parent.parent / "data"


_reading = Lock()


def shipped_frequencies() -> Frequencies:
    """Return the tables that come with the program; read once per process, about a tenth of a second."""
    # Two dozen hosts that start together would each read them: as many times 20 MB, which the process would keep.
    with _reading:
        return _tables()


@lru_cache(maxsize=1)
def _tables() -> Frequencies:
    communes: dict[str, tuple[Commune, ...]] = {}
    # All of it stays: looking for rubbish in between would take as long as reading.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for code, name, postcodes, population, former, group in _rows("communes"):
            names = (name, *former.split(",")) if former else (name,)
            commune = Commune(code, names, tuple(postcodes.split()), int(population), group)
            for each in names:
                communes[each] = (*communes[each], commune) if each in communes else (commune,)
    finally:
        if collecting:
            gc.enable()
    return Frequencies(_shares("first_names"), _shares("family_names"), communes)


def _shares(table: str) -> dict[str, float]:
    return {name: float(per_million) / 1e6 for name, per_million in _rows(table)}


def _rows(table: str) -> Iterator[list[str]]:
    """Yield the fields of each line; the first line tells the source."""
    text = gzip.decompress((_DATA / f"{table}.tsv.gz").read_bytes()).decode()
    return (line.split("\t") for line in text.splitlines()[1:])
