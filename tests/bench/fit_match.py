"""Fit the weights of matching: `python tests/bench/fit_match.py [--write]` (two minutes).

Listings of training seeds, of two generators and several mixes, are matched with the weights as they are; for each one
the candidates and nobody compete, and the likelihood of the truth is climbed (a multinomial logistic regression with a
little shrinkage). Evaluation, by `bench_match.py`, is on other seeds. With --write the table in
`listingguard/domain/matching/weights.py` is replaced.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from judged import Judged, other_world, population_world

from listingguard.domain.matching import Matcher
from listingguard.domain.matching.evidence import column, features, rarity
from listingguard.domain.matching.matcher import _possible
from listingguard.domain.matching.sides import Seen
from listingguard.domain.matching.weights import IDENTIFIED, NAMED_ELSEWHERE, NAMED_HERE
from listingguard.edge.frequencies import shipped_frequencies

# Weights of what a level is compared with: they stay 0.
BASES = {"family_same", "first_same", "place_same", "phone_unknown", "street_unknown", "trade_unknown", "rpps_silent"}
# Vetoes, and what the invented worlds have too little of to learn from.
FIXED = {"rpps_other", "first_other", "family_other", "place_linked", "place_unknown"}
COLUMNS = (IDENTIFIED, NAMED_HERE, NAMED_ELSEWHERE)
SHRINK = 0.00002
STEPS = 400

# The name of a weight and its column.
Key = tuple[str, int]
Vector = tuple[tuple[Key, float], ...]
# Candidates of one listing, and which of them is the truth (None: nobody).
Case = tuple[tuple[Vector, ...], int | None]


def cases(world: Judged) -> Counter[Case]:
    """Return what the candidates of each listing show, alike listings counted together."""
    tables = shipped_frequencies()
    matcher = Matcher(world.roster, tables)
    found: Counter[Case] = Counter()
    for page in world.pages:
        seen = Seen(page.listing, tables)
        candidates = [c for c in matcher._found(seen) if _possible(seen, c)]
        vectors = []
        for c in candidates:
            number = next(i for i, weights in enumerate(COLUMNS) if weights is column(c.evidence))
            vector = dict.fromkeys(features(seen, c.person, c.fit, c.evidence), 1.0)
            vector["rarity"] = float(round(rarity(c.person, c.fit)))
            vectors.append(tuple(sorted(((k, number), v) for k, v in vector.items() if k not in BASES)))
        truth = next((i for i, c in enumerate(candidates) if c.person.practitioner.id == page.truth), None)
        if vectors:
            order = sorted(range(len(vectors)), key=lambda i: (i != truth, vectors[i]))
            found[tuple(vectors[i] for i in order), None if truth is None else 0] += 1
    return found


def fit(counted: Counter[Case]) -> dict[Key, float]:
    """Return the weights in bits, by Adam from those in use."""
    used = {key for vectors, _ in counted for vector in vectors for key, _ in vector}
    weights = {(k, c): w * math.log(2) for c in range(3) for k, w in COLUMNS[c].items() if (k, c) in used}
    first, second = dict.fromkeys(weights, 0.0), dict.fromkeys(weights, 0.0)
    total = sum(counted.values())
    for step in range(1, STEPS + 1):
        slope = {k: -SHRINK * w for k, w in weights.items()}
        likelihood = 0.0
        for (vectors, truth), count in counted.items():
            scores = [sum([weights[k] * v for k, v in vector]) for vector in vectors]
            top = max(0.0, *scores)
            odds = [math.exp(s - top) for s in scores]
            nobody = math.exp(-top)
            whole = nobody + sum(odds)
            likelihood += count * math.log((nobody if truth is None else odds[truth]) / whole)
            for i, vector in enumerate(vectors):
                error = count / total * ((i == truth) - odds[i] / whole)
                if abs(error) > 1e-12:
                    for k, v in vector:
                        slope[k] += error * v
        rate = 0.2 * (1 - step / (STEPS + 1))
        for k in weights:
            first[k] = 0.9 * first[k] + 0.1 * slope[k]
            second[k] = 0.99 * second[k] + 0.01 * slope[k] ** 2
            if k[0] not in FIXED:
                m, v = first[k] / (1 - 0.9**step), second[k] / (1 - 0.99**step)
                weights[k] += rate * m / (math.sqrt(v) + 1e-5)
        if step % 50 == 0:
            print(f"step {step}: {-likelihood / total / math.log(2):.5f} bits per listing", file=sys.stderr)
    return {(k, c): round(weights.get((k, c), COLUMNS[c][k] * math.log(2)) / math.log(2), 2) for k, c in _KEYS}


_KEYS = [(k, c) for k in IDENTIFIED for c in range(3)]


def main() -> None:
    """Print the weights; with --write put them in place."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--listings", type=int, default=15_000)
    options = parser.parse_args()
    counted: Counter[Case] = Counter()
    for seed, mix in ((101, "usual"), (102, "usual"), (103, "hard"), (104, "clean")):
        counted += cases(population_world(10_000, options.listings, seed, mix))
    counted += cases(other_world(10_000, options.listings // 2, 105))
    print(f"{sum(counted.values())} listings with candidates, {len(counted)} kinds", file=sys.stderr)
    found = fit(counted)
    rows = "".join(f'    "{k}": ({found[k, 0]}, {found[k, 1]}, {found[k, 2]}),\n' for k in IDENTIFIED)
    print(rows)
    if options.write:
        import listingguard.domain.matching.weights as module

        path = Path(module.__file__)
        text = path.read_text(encoding="utf-8")
        path.write_text(
            re.sub(r"(# begin fitted\n).*?(    # end fitted)", rf"\g<1>{rows}\g<2>", text, flags=re.S), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
