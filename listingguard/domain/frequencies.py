"""How rare a name is in France and which towns there are; plain tables, loaded elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Commune(NamedTuple):
    """One commune of today. code: INSEE. names: its own first, then those of the communes it took in, as `town_key`.

    group: the « intercommunalité » it belongs to (SIREN of the EPCI), or empty: its communes are neighbours.
    """

    code: str
    names: tuple[str, ...]
    postcodes: tuple[str, ...]
    population: int
    group: str = ""

    @property
    def department(self) -> str:
        """Return its department as postcodes name it: `26`, `20` for Corsica, `974`."""
        return "20" if self.code[:2] in ("2A", "2B") else self.code[:3] if self.code[:2] == "97" else self.code[:2]


@dataclass(frozen=True)
class Frequencies:
    """Shares of first and family names among all births, by folded name without spaces, and the communes by name.

    A name that is not in a table is rarer than one in a million (first names) or than all those in it (family names).
    """

    first_names: Mapping[str, float] = field(default_factory=dict)
    family_names: Mapping[str, float] = field(default_factory=dict)
    communes: Mapping[str, tuple[Commune, ...]] = field(default_factory=dict)

    def departments(self, town: str) -> frozenset[str]:
        """Return the departments that have a town of this name (`town_key`); empty when the name is unknown."""
        return frozenset(commune.department for commune in self.communes.get(town, ()))

    def linked(self, one: str, other: str, department: str) -> bool:
        """Return True when two town names are of one commune of the department: one was merged into the other.

        >>> annecy = Commune("74010", ("annecy", "annecy vieux"), ("74000", "74940"), 132117)
        >>> tables = Frequencies(communes={"annecy": (annecy,), "annecy vieux": (annecy,)})
        >>> tables.linked("annecy", "annecy vieux", "74"), tables.linked("annecy", "valence", "74")
        (True, False)
        """
        return any(other in c.names for c in self.communes.get(one, ()) if c.department == department)

    def groups(self, town: str, departments: Container[str]) -> frozenset[str]:
        """Return the « intercommunalités » of the towns of this name in these departments; empty when unknown."""
        return frozenset(c.group for c in self.communes.get(town, ()) if c.group and c.department in departments)

    def population(self, town: str, department: str) -> int:
        """Return how many people live in the towns of this name in a department; 0 when unknown."""
        return sum(c.population for c in self.communes.get(town, ()) if c.department == department)


NOTHING_KNOWN = Frequencies()
"""No tables: rarity is then counted on the roster alone."""


def _none() -> Frequencies:
    return NOTHING_KNOWN


_source: list[Callable[[], Frequencies]] = [_none]


def use(source: Callable[[], Frequencies]) -> None:
    """Say where the tables of this process come from; the composition root does so once, nobody else."""
    _source[0] = source


def in_use() -> Frequencies:
    """Return the tables of this process, loaded when first asked for; `NOTHING_KNOWN` where none were named."""
    return _source[0]()
