"""How right and how fast matching is, beside its peers: `python tests/bench/bench_match.py [SIZE…] [--quick]`.

Rosters and listings are invented by `population.py`, written independently of the matcher (see `judged.py`), with other
seeds than those the weights were fitted on. For each world: precision and recall of *confirmed*, the share left to a
person, true listings rejected, all of it per category, and beside it what a perfect reader of the same world reaches
(who knows every rate it was made with). Then Splink (DuckDB, weights by EM), rapidfuzz and exact name + postcode, each
at the threshold that suits it best. Last, listings per second on one core and peak memory, as the roster grows.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import population
from judged import Judged, Page, population_world
from rapidfuzz import fuzz, process

from listingguard.domain.matching import Decision, Match
from listingguard.domain.matching.matcher import Matcher
from listingguard.domain.names import fold, joined, shown_name
from listingguard.domain.places import phones_in
from listingguard.domain.practitioner import Practitioner
from listingguard.edge.frequencies import shipped_frequencies

# Seeds 11-40 are those of fit_match.py and of whoever chooses the thresholds.
WORLDS = ((1, "usual"), (2, "usual"), (3, "hard"), (4, "clean"))
# Pages of these name nobody of the roster: the promise is one in ten thousand.
NOT_OURS = {"nobody", "off_roster", "colleague", "other_health"}
# What others answer: the practitioner and how sure, or None.
Answers = Sequence[tuple[str, float] | None]


def judge(world: Judged, perfect: bool) -> Counter[str]:
    """Print how right the matcher is on one world; return what happened to pages that are nobody's of the roster."""
    matcher = Matcher(world.roster, shipped_frequencies())
    best = [matcher.best(page.listing, beside) for page, beside in zip(world.pages, world.beside(), strict=True)]
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for page, match in zip(world.pages, best, strict=True):
        kinds[page.kind][_outcome(page, match)] += 1
    whole = sum(kinds.values(), Counter[str]())
    right, wrong = whole["confirmé"], whole["confirmé à tort"]
    true = sum(page.truth is not None for page in world.pages)
    lost = sum(n for kind in kinds.values() for what, n in kind.items() if what.startswith("vraie écartée"))
    print(
        f"  listingguard  précision {right / max(right + wrong, 1):.4f}  rappel {right / true:.3f}"
        f"  à décider {whole['à décider'] / len(world.pages):.1%}  vraies écartées {lost / true:.1%}"
    )
    if perfect and world.source is not None:
        posteriors = list(population.perfect(world.source))
        reached = population.curve(world.source, posteriors)
        expected = population.expected_curve(posteriors)
        told = "  ".join(f"{recall:.3f} (attendu {expected[p] / true:.3f}) à {p}" for p, recall in reached.items())
        print(f"  lecteur parfait : rappel {told}")
    for kind, counts in sorted(kinds.items()):
        total = sum(counts.values())
        print(f"    {kind:<20}{total:>6}  " + "  ".join(f"{k} {n / total:.1%}" for k, n in sorted(counts.items())))
    ours = Counter[str]()
    for kind in NOT_OURS:
        ours.update({"pages": sum(kinds[kind].values()), "confirmées": kinds[kind]["confirmé à tort"]})
    return ours


def _outcome(page: Page, match: Match | None) -> str:
    decision = match.decision if match else Decision.REJECTED
    if match and decision is Decision.CONFIRMED:
        return "confirmé" if match.practitioner == page.truth else "confirmé à tort"
    if decision is Decision.REVIEW:
        return "à décider"
    return "vraie écartée" if page.truth else "écartée"


# --- peers -------------------------------------------------------------------------------------------------------


def peers(world: Judged) -> None:
    """Print what the others reach, each at its best threshold, which they could not know."""
    sample = world.pages[: max(200, 3_000_000 // len(world.roster))]
    for name, pages, ask in (("Splink (EM)", world.pages, splink), ("rapidfuzz WRatio", sample, wratio)):
        began = time.perf_counter()
        try:
            answers = ask(world.roster, pages)
        except ImportError as error:
            print(f"  {name:<18} pas installé : {error} (pip install -e .[tools])")
            continue
        seconds = time.perf_counter() - began
        told = "  ".join(f"{_recall_at(pages, answers, p):.3f} à {p}" for p in (0.95, 0.995, 0.998))
        print(f"  {name:<18} rappel {told}  {len(pages) / seconds:>9,.0f} fiches/s")
    answers = exact(world.roster, world.pages)
    said = [(a, p) for a, p in zip(answers, world.pages, strict=True) if a]
    right = sum(a[0] == p.truth for a, p in said)
    true = sum(p.truth is not None for p in world.pages)
    print(f"  nom exact + code postal : précision {right / len(said):.4f}  rappel {right / true:.3f}")


def _recall_at(pages: Sequence[Page], answers: Answers, precision: float) -> float:
    """Return the largest recall over all thresholds at which the answers are as precise."""
    said = sorted(((a[1], a[0] == p.truth) for a, p in zip(answers, pages, strict=True) if a), reverse=True)
    true = sum(p.truth is not None for p in pages)
    right, best = 0, 0
    for number, (sure, good) in enumerate(said, 1):
        right += good
        last = number == len(said) or said[number][0] < sure
        if last and right >= precision * number:
            best = right
    return best / true


def wratio(roster: Sequence[Practitioner], pages: Sequence[Page]) -> Answers:
    """Return the closest full name."""
    full = [fold(f"{p.first_name} {p.family_names[0]}") for p in roster]
    found = (process.extractOne(fold(page.listing.name), full, scorer=fuzz.WRatio, score_cutoff=80) for page in pages)
    return [(roster[f[2]].id, f[1]) if f else None for f in found]


def exact(roster: Sequence[Practitioner], pages: Sequence[Page]) -> Answers:
    """Return who bears the exact folded name in the same postcode."""
    index = {
        (fold(words), practice.postcode): p.id
        for p in roster
        for practice in p.practices
        for family in p.family_names
        for words in (f"{p.first_name} {family}", f"{family} {p.first_name}")
    }
    found = (index.get((fold(p.listing.name), next((x.postcode for x in p.listing.places), ""))) for p in pages)
    return [(who, 1.0) if who else None for who in found]


def splink(roster: Sequence[Practitioner], pages: Sequence[Page]) -> Answers:
    """Return Splink's best link of each page: usual comparisons, term frequencies, weights by EM without labels.

    It is given our own reading of names and phones; which word is the family name it has to be told: the last one.
    """
    import logging

    import pyarrow
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    people = []
    for number, p in enumerate(roster):
        for practice in p.practices[:1]:
            names = (fold(p.first_name).replace(" ", ""), fold(p.family_names[0]).replace(" ", ""))
            people.append(_row(f"p{number}", *names, practice.street, practice.postcode, (*practice.phones, p.mobile)))
    shown = []
    for number, page in enumerate(pages):
        person = next(iter(shown_name(page.listing.name).people), ())
        # Capitals tell the family name where the site writes them.
        upper = [w for w in person if len(w.shown) > 1 and w.shown.isupper()]
        family = upper if upper and len(upper) < len(person) else list(person[1:] or person)
        first = [w for w in person if w not in family]
        place = page.listing.places[0] if page.listing.places else None
        phones = tuple(n for text in page.listing.phones for n in phones_in(text))
        row = (joined(first), joined(family), place.street if place else "", place.postcode if place else "", phones)
        shown.append(_row(f"l{number}", *row))
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("first", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("family", [0.95, 0.88]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode"),
            cl.JaroWinklerAtThresholds("street", [0.95, 0.85]),
            cl.ExactMatch("phone"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("family"),
            block_on("phone"),
            block_on("first", "postcode"),
        ],
    )
    api = DuckDBAPI()
    tables = [pyarrow.Table.from_pylist(rows) for rows in (people, shown)]
    linker = Linker(
        [api.register(t, dataset_display_name=n) for t, n in zip(tables, ("p", "l"), strict=True)], settings
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("family"), block_on("phone")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    links = linker.inference.predict(threshold_match_probability=0.01).as_record_list()
    best: dict[int, tuple[str, float]] = {}
    for link in links:
        one, other = link["unique_id_l"], link["unique_id_r"]
        page_id, person_id = (one, other) if one[0] == "l" else (other, one)
        at, who = int(page_id[1:]), roster[int(person_id[1:])].id
        if at not in best or link["match_weight"] > best[at][1]:
            best[at] = (who, link["match_weight"])
    return [best.get(number) for number in range(len(pages))]


def _row(
    number: str, first: str, family: str, street: str, postcode: str, phones: Sequence[str]
) -> dict[str, str | None]:
    phone = next((p for p in phones if p), None)
    return {
        "unique_id": number,
        "first": first or None,
        "family": family or None,
        "street": fold(street) or None,
        "postcode": postcode or None,
        "phone": phone,
    }


# --- speed -------------------------------------------------------------------------------------------------------


def pace(size: int, listings: int, seed: int) -> tuple[float, float, float]:
    """Return seconds to index, listings per second and peak memory (MB), measured in a process of its own."""
    world = population_world(size, listings, seed, "usual")
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        measured: tuple[float, float, float] = pool.apply(_timed, (world.roster, [p.listing for p in world.pages]))
        return measured


def _timed(roster: Sequence[Practitioner], listings: Sequence[object]) -> tuple[float, float, float]:
    began = time.perf_counter()
    matcher = Matcher(roster, shipped_frequencies())
    indexed = time.perf_counter() - began
    # As `match` does: the index stays for good, no use going through it again and again.
    gc.freeze()
    for listing in listings[:500]:
        matcher.best(listing)  # type: ignore[arg-type]
    seconds = []
    # The best of chunks: other programs run on this machine.
    for start in range(500, len(listings), 500):
        began = time.perf_counter()
        for listing in listings[start : start + 500]:
            matcher.best(listing)  # type: ignore[arg-type]
        seconds.append((time.perf_counter() - began) / len(listings[start : start + 500]))
    return indexed, 1 / min(seconds), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print how right, beside whom, and how fast."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[500, 10_000, 110_000])
    parser.add_argument("--quick", action="store_true", help="one small world, and no roster of all France")
    parser.add_argument("--listings", type=int, default=20_000)
    parser.add_argument("--seeds", nargs="+", type=int, help="only these worlds, without peers or pace")
    parser.add_argument("--mix", default="usual", choices=sorted(population.MIXES), help="with --seeds")
    options = parser.parse_args()
    sizes = [s for s in options.sizes if not options.quick or s <= 10_000]
    listings = 3_000 if options.quick else options.listings
    ours = Counter[str]()
    worlds = tuple((seed, options.mix) for seed in options.seeds or ()) or (WORLDS[:1] if options.quick else WORLDS)
    for seed, mix in worlds:
        size = 2_000 if options.quick else 10_000
        world = population_world(size, listings, seed, mix)
        print(f"{size:,} kinés, {len(world.pages):,} fiches, graine {seed}, mélange {mix}")
        ours += judge(world, perfect=True)
        if not options.seeds and seed == WORLDS[0][0]:
            peers(world)
    print(f"pages qui ne sont à personne du tableau : {ours['confirmées']} confirmées sur {ours['pages']:,}")
    if options.seeds:
        return
    print(f"{'kinés':>9}{'index (s)':>11}{'fiches/s':>10}{'mémoire (Mo)':>14}")
    for size in sizes:
        indexed, speed, memory = pace(size, min(listings, 6_000), 5)
        print(f"{size:>9,}{indexed:>11.2f}{speed:>10,.0f}{memory:>14,.0f}")


if __name__ == "__main__":
    main()
