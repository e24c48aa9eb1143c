"""How fast an extraction of the Annuaire Santé is imported: `python tests/bench/bench_roster.py [ROWS] [--department N]`.

A file of invented people with the columns, the share of physiotherapists (one row in twenty-one) and the size of the
real one (2.3 million rows, 0.8 GB) is written into a temporary folder, the same for the same seed. Then, each in a
process of its own so that its memory is its own: our reading alone; the import into a home, twice, the second a month
later with arrivals, departures and moves; and the least any reader can do, csv.DictReader over the same file, keeping
the same fields of the same profession without checking any.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stdnum import luhn

FULL = 2_300_000
KINES = 21
SEED = 7
HEADER = (
    (Path(__file__).parents[1] / "rosters" / "annuaire.txt").read_text(encoding="utf-8").splitlines()[0].rstrip("|")
)
COLUMNS = HEADER.split("|")

FAMILIES = [a + b for a in ("Exem", "Modè", "Ficti", "Invent", "Imagin", "Suppos", "Apocry", "Illus") for b in (
    "ple", "le", "f", "ion", "aire", "ard", "in", "eau", "el", "et", "ot", "ier", "son", "ville", "mont", "ac")]  # fmt: skip
FIRST = ["Camille", "Sacha", "Charlie", "Dominique", "Claude", "Zoé", "Noé", "Maé", "Lou", "Alix", "Andréa", "Morgan"]
WAYS = ["RUE", "AVENUE", "PLACE", "CHEMIN", "ROUTE", "BOULEVARD"]
NAMES = ["DES ESSAIS", "DE L'EXEMPLE", "DU MODELE", "DE LA FICTION", "HAUTE", "DU MARCHE", "DE L'ECLUSE"]
DEPARTMENTS = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B", "971", "974"]


def write(path: Path, rows: int, *, month: int = 0) -> None:
    """Write an invented extraction. month: 1 for the next one, in which a few people came, left or moved."""
    draw = random.Random(SEED)
    # Of other professions only the number changes from one row to the next: nobody reads the rest.
    others = ["|".join(_cells(draw, "60", draw.choice(FAMILIES), draw.choice(FIRST))[3:]) for _ in range(997)]
    family = first = ""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "|\n")
        number, left = 10_000_000_000, 0
        for row in range(rows):
            if left == 0 and row % KINES:
                number += 10
                file.write(f"8|{number}|8{number}|{others[row % 997]}|\n")
                continue
            # Each row its own dice: what a month changes in one row changes no other.
            draw = random.Random(SEED * FULL + row)
            if left == 0:
                number += 10
                family, first = draw.choice(FAMILIES).upper(), draw.choice(FIRST)
                # One person in eight has a second activity.
                left = 1 if draw.random() < 0.125 else 0
            else:
                left = 0
            change = draw.random()
            # Not there yet, or gone, or moved.
            if (not month and change > 0.99) or (month and change < 0.01):
                continue
            whole = number - number % 10
            rpps = whole + int(luhn.calc_check_digit(str(whole // 10)))
            cells = _cells(draw, "70", family, first, far=bool(month and change < 0.02))
            file.write(f"8|{rpps}|8{rpps}|" + "|".join(cells[3:]) + "|\n")


_WHERE = {name.removesuffix(" (coord. structure)"): index for index, name in enumerate(COLUMNS)}
# What the other columns hold in the real file, so that a row weighs what a real one weighs.
_FILLER = {
    "Libellé catégorie professionnelle": "Civil", "Code catégorie professionnelle": "C",
    "Libellé mode exercice": "Libéral, indépendant, artisan, commerçant", "Code mode exercice": "L",
    "Libellé secteur d'activité": "Cabinet individuel", "Code secteur d'activité": "SA07",
    "Autorité d'enregistrement": "CNOMK/CNOMK/ARS/DREES/SSA", "Libellé genre activité": "Activité standard de soin",
    "Code genre activité": "GENR01", "Identifiant technique de la structure": "R10100000123456",
    "Code civilité": "MME", "Libellé civilité": "Madame", "Adresse e-mail": "secretariat@cabinet.example",
}  # fmt: skip


def _cells(draw: random.Random, profession: str, family: str, first: str, *, far: bool = False) -> list[str]:
    """Return the cells of one row, its first three apart. far: another address than the same dice gave before."""
    department, town = draw.choice(DEPARTMENTS), draw.randrange(1, 99)
    place = "20" if department in ("2A", "2B") else department
    said = {
        **_FILLER,
        "Nom d'exercice": family,
        "Prénom d'exercice": first,
        "Code profession": profession,
        "Libellé profession": "Masseur-Kinésithérapeute" if profession == "70" else "Infirmier",
        "Raison sociale site": f"CABINET {family}",
        "Numéro Voie": str(draw.randrange(1, 200) + 300 * far),
        "Libellé type de voie": draw.choice(WAYS),
        "Libellé Voie": draw.choice(NAMES),
        "Code postal": place + f"{town:0{5 - len(place)}d}",
        "Code commune": department + f"{town:0{5 - len(department)}d}",
        "Libellé commune": f"Ville-Exemple-{town}",
        "Bureau cedex": f"{place}000 VILLE EXEMPLE CEDEX",
        "Téléphone": f"0475{draw.randrange(1_000_000):06d}",
    }
    cells = [""] * len(COLUMNS)
    for name, text in said.items():
        cells[_WHERE[name]] = text
    return cells


def ours(path: Path, department: str | None) -> str:
    """Read the file as `roster import` does."""
    from listingguard.edge.roster import read_roster

    read = read_roster(path, department=department)
    return f"{len(read.practitioners)} kinés, {len(read.refused)} refused"


def imported(path: Path, department: str | None) -> str:
    """Read the file and store its people in the home beside it."""
    from listingguard.cli import run

    words = ["--home", str(path.parent / "home"), "--as", "Banc d'essai", "roster", "import", str(path)]
    if run([*words, *(["--department", department] if department else [])]):
        raise SystemExit("the import failed")
    return ""


def peer(path: Path, department: str | None) -> str:
    """Read the file with csv.DictReader, and keep the same fields of the same people."""
    import csv

    kept: dict[str, list[tuple[str, ...]]] = {}
    wanted = ("Nom d'exercice", "Prénom d'exercice", "Raison sociale site", "Code postal (coord. structure)",
              "Libellé Voie (coord. structure)", "Libellé commune (coord. structure)", "Téléphone (coord. structure)")  # fmt: skip
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="|", quoting=csv.QUOTE_NONE):
            commune = row["Code commune (coord. structure)"]
            if row["Code profession"] == "70" and (department is None or commune.startswith(department)):
                kept.setdefault(row["Identifiant PP"], []).append(tuple(row[name] for name in wanted))
    return f"{len(kept)} kinés"


RUNS: dict[str, Callable[[Path, str | None], str]] = {"read": ours, "import": imported, "csv.DictReader": peer}


def measured(what: str, path: Path, rows: int, department: str | None) -> None:
    """Run one of them in a process of its own and print rows a second, seconds, and its peak of memory.

    On a machine that does other things, the seconds of CPU are those that an idle one would take.
    """
    words = [sys.executable, __file__, "--child", what, "--file", str(path)]
    began = time.perf_counter()
    done = subprocess.run(
        [*words, *(["--department", department] if department else [])], check=True, stdout=subprocess.PIPE, text=True
    )
    took = time.perf_counter() - began
    said, _, last = done.stdout.rstrip().rpartition("\n")
    peak, busy = last.split()
    told = said.splitlines()[-1] if said else ""
    print(f"{what:<15} {rows / took:>9,.0f} rows/s {took:>7.1f} s ({float(busy):.1f} s of CPU) {peak:>5} MB   {told}")


def main() -> None:
    """Write the files, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=FULL)
    parser.add_argument("--department")
    parser.add_argument("--child", choices=RUNS)
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.child:
        import resource

        print(RUNS[asked.child](asked.file, asked.department))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, time.process_time())
        return
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "mars.txt"), Path(folder, "avril.txt")
        write(first, asked.rows)
        print(f"{asked.rows:,} rows, {first.stat().st_size / 1e6:,.0f} MB")
        home = [sys.executable, "-m", "listingguard", "init", str(Path(folder, "home")), "--acting", "council",
                "--code", "BANC", "--person", "Banc d'essai"]  # fmt: skip
        subprocess.run(home, check=True, stdout=subprocess.DEVNULL)
        measured("read", first, asked.rows, asked.department)
        measured("import", first, asked.rows, asked.department)
        measured("csv.DictReader", first, asked.rows, asked.department)
        first.unlink()
        write(second, asked.rows, month=1)
        print("a month later")
        measured("import", second, asked.rows, asked.department)


if __name__ == "__main__":
    main()
