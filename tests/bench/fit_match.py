"""Fit the weights of matching: `python tests/bench/fit_match.py [--write]` (ten minutes).

Listings of training seeds, of two generators and several mixes, are matched with the weights as they are; for each one
the candidates and nobody compete, and the likelihood of the truth is climbed (a multinomial logistic regression with a
little shrinkage), twice: the second time listings count the more, the nearer they came to the limit of what is sure,
where the decision falls. The truth of a listing that stands alone on its page is what a perfect reader of its world
says of it, in probabilities: of two listings that look the same one may be about a relative, and nine hundred would be
needed to see how often. Evaluation, by `bench_match.py`, is on other seeds. With --write the table in
`listingguard/domain/matching/weights.py` is replaced.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import population
from judged import Judged, other_world, population_world

from listingguard.domain.matching.evidence import column, features, town_size
from listingguard.domain.matching.matcher import Candidate, Matcher, _possible
from listingguard.domain.matching.sides import Seen
from listingguard.domain.matching.weights import COLUMNS, SURE
from listingguard.domain.names import Trade
from listingguard.edge.frequencies import shipped_frequencies

# Weights of what a level is compared with: they stay 0.
BASES = {
    "family_same", "first_same", "place_same", "phone_unknown", "street_unknown", "trade_unknown", "rpps_silent",
}  # fmt: skip
# Vetoes, and what the invented worlds have too little of to learn from.
FIXED = {"rpps_other", "first_other", "family_other", "place_linked", "place_unknown", "place_other"}
TRAINING = (*((seed, "usual") for seed in (11, 12, 13, 14, 15, 16, 17)), (21, "hard"), (22, "hard"))
SHRINK = 0.3
EPOCHS, BATCH = 12, 250
# The second time a listing counts so much, and 1 more at the limit of what is sure; a third of that, so many bits away.
EVERYWHERE, WIDTH = 0.05, 2.0

# The name of a weight and its column.
Key = tuple[str, int]
Vector = tuple[tuple[Key, float], ...]
# The same with the number of a weight for its key.
Row = tuple[tuple[int, float], ...]
# Candidates of one listing, and the first one's probability; the others have none, nobody the rest.
Case = tuple[tuple[Vector, ...], float]


def cases(world: Judged) -> list[Case]:
    """Return what the candidates of each listing show."""
    tables = shipped_frequencies()
    matcher = Matcher(world.roster, tables)
    told = {} if world.source is None else {i: (who, p) for i, who, p in population.perfect(world.source)}
    found: list[Case] = []
    for number, (page, beside) in enumerate(zip(world.pages, world.beside(), strict=True)):
        seen = Seen(page.listing, tables)
        # The perfect reader does not hear the others of a page.
        who, likely = (page.truth, 1.0) if len(beside) > 1 else told.get(number, (page.truth, 1.0))
        vectors: list[Vector] = []
        chance = 0.0
        # In one order whatever the hashes of this process: sums of floats, and so the weights, depend on it.
        for c in sorted(matcher._found(seen, beside), key=lambda c: c.person.practitioner.id):
            if not _possible(seen, c):
                continue
            vector = _vector(seen, c)
            if c.person.practitioner.id == who:
                chance = likely
                vectors.insert(0, vector)
            else:
                vectors.append(vector)
        if vectors:
            found.append((tuple(vectors), chance))
    return found


def _vector(seen: Seen, c: Candidate) -> Vector:
    number = next(i for i, weights in enumerate(COLUMNS) if weights is column(c.fit, c.evidence))
    values = dict.fromkeys(features(seen, c.person, c.fit, c.evidence), 1.0)
    values |= {"rarity": c.evidence.rarity, "town_size": town_size(c.evidence)}
    values |= {"letter": c.evidence.letter, "slip": c.evidence.slip}
    if seen.trade is Trade.PHYSIOTHERAPIST:
        values["rarity_ours"] = c.evidence.rarity
    return tuple(((k, number), v) for k, v in values.items() if k not in BASES and v)


def fit(found: list[Case]) -> dict[Key, float]:
    """Return the weights in bits. The same listings give the same weights, whatever those in use are."""
    keys = sorted({key for vectors, _ in found for vector in vectors for key, _ in vector})
    order = {key: number for number, key in enumerate(keys)}
    rows = [([tuple((order[k], v) for k, v in vector) for vector in vectors], chance) for vectors, chance in found]
    weights = [COLUMNS[c][k] * math.log(2) if k in FIXED else 0.0 for k, c in keys]
    free = [number for number, (k, _) in enumerate(keys) if k not in FIXED]
    weights = climb(rows, weights, free, [1.0] * len(rows))
    # What is never seen near the limit keeps the weight of the first time.
    weights = climb(rows, weights, free, [importance(vectors, weights) for vectors, _ in rows])
    return {
        (k, c): round(weights[order[k, c]] / math.log(2), 2) if (k, c) in order else column[k]
        for c, column in enumerate(COLUMNS)
        for k in column
    }


def importance(vectors: list[Row], weights: list[float]) -> float:
    """Return how much a listing counts the second time: most where its best candidate is nearly sure."""
    odds = [math.exp(sum([weights[k] * v for k, v in vector])) for vector in vectors]
    *others, best = sorted(odds)
    bits = math.log2(best) - math.log2(1.0 + sum(others))
    return EVERYWHERE + math.exp(-(((bits - math.log2(SURE / (1 - SURE))) / WIDTH) ** 2))


def climb(rows: list[tuple[list[Row], float]], start: list[float], free: list[int], counts: list[float]) -> list[float]:
    """Return the weights (natural logarithms) that explain the listings best, by Adam on small batches.

    free: the numbers of the weights that may move from where they start, to which they shrink. counts: how much each
    listing counts.
    """
    weights = list(start)
    first, second = [0.0] * len(weights), [0.0] * len(weights)
    rng = random.Random(1)
    turn = list(range(len(rows)))
    whole_count = sum(counts)
    step, steps = 0, EPOCHS * (len(rows) // BATCH)
    for epoch in range(EPOCHS):
        rng.shuffle(turn)
        likelihood = 0.0
        for begin in range(0, len(rows) - BATCH + 1, BATCH):
            step += 1
            slope = [-SHRINK * BATCH / len(rows) * (w - s) for w, s in zip(weights, start, strict=True)]
            for number in turn[begin : begin + BATCH]:
                vectors, chance = rows[number]
                count = counts[number]
                scores = [sum([weights[k] * v for k, v in vector]) for vector in vectors]
                top = max(0.0, *scores)
                odds = [math.exp(s - top) for s in scores]
                nobody = math.exp(-top)
                whole = nobody + sum(odds)
                for share, wanted in ((odds[0] / whole, chance), (nobody / whole, 1.0 - chance)):
                    likelihood += count * wanted * math.log(max(share, 1e-300))
                for i, vector in enumerate(vectors):
                    error = ((chance if i == 0 else 0.0) - odds[i] / whole) * count
                    if abs(error) > 1e-9:
                        for k, v in vector:
                            slope[k] += error * v
            rate = 0.1 * (1 - step / (steps + 1))
            for k in free:
                s = slope[k]
                first[k] = 0.9 * first[k] + 0.1 * s
                second[k] = 0.99 * second[k] + 0.01 * s * s
                m, v = first[k] / (1 - 0.9**step), second[k] / (1 - 0.99**step)
                weights[k] += rate * m / (math.sqrt(v) + 1e-3)
        print(f"epoch {epoch + 1}: {-likelihood / whole_count / math.log(2):.5f} bits per listing", file=sys.stderr)
    return weights


def main() -> None:
    """Print the weights; with --write put them in place."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--listings", type=int, default=40_000)
    options = parser.parse_args()
    judged: list[Case] = []
    for seed, mix in TRAINING:
        judged += cases(population_world(10_000, options.listings, seed, mix))
    judged += cases(other_world(10_000, options.listings // 4, 20))
    print(f"{len(judged)} listings with candidates", file=sys.stderr)
    found = fit(judged)
    columns = range(len(COLUMNS))
    rows = "".join(f'    "{k}": ({", ".join(str(found[k, c]) for c in columns)}),\n' for k in COLUMNS[0])
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
