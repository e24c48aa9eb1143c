"""How a home with many cases behaves: `python tests/bench/bench_cases.py [CASES]` (100 000 unless told).

A home is filled through the log's own format, each case with its chain, its payloads and its caches: seven in ten wait
for an answer, three in ten were told long ago, five hundred fall due. Then, measured: a run of the clock, a second one,
`case list`, `case list --json` and `next` in processes of their own, and the check that caches and folds agree on a
sample, in what each case asks too.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from installed import compiled

from listingguard.app import App, create_home
from listingguard.domain.case import Acting, EventKind, Fact, status
from listingguard.domain.event import canonical, chained
from listingguard.domain.event import payload_hash as hashed
from listingguard.domain.foresight import Foreseen, foreseen, most_pressing
from listingguard.domain.listing import Listing
from listingguard.domain.practitioner import Practitioner
from listingguard.edge.log import event_row
from listingguard.edge.store import _listing_json
from listingguard.flow.clock import actions_of, tick, to_do
from listingguard.scheduler import clock_due

TODAY = date(2026, 6, 12)
DUE = 500
SEED = 11


def story(sent: date, case: str, who: str) -> list[Fact]:
    """Return the facts of a case whose request left and was received that day."""
    site = "reserve-kine.example"
    found = [
        {
            "listing": f"{site}:{who}",
            "url": f"https://{site}/{who}",
            "capture": "c" * 64,
            "reasons": [],
            "verdict": "undetermined",
        }
    ]
    opened = {"practitioner": who, "controller": site, "platform": site, "findings": found}
    told: list[tuple[EventKind, int, str, dict[str, object]]] = [
        (EventKind.DETECTED, -10, case, opened),
        (EventKind.LISTING_CONFIRMED_BY_KINE, -8, "mot", {"said": "not_agreed"}),
        (EventKind.MANDATE_SIGNED, -7, f"m-{who}", {"mandate": f"m-{who}", "until": "2030-01-01"}),
        (EventKind.REQUEST_APPROVED, -1, "lettre", {}),
        (EventKind.REQUEST_SENT, 0, "envoi", {"dispatch": "envoi", "channel": "email"}),
        (EventKind.RECEIVED, 0, "avis", {}),
    ]
    return [
        Fact(n, kind, key, sent + timedelta(days=ahead), "Dominique Exemple", "", data)
        for n, (kind, ahead, key, data) in enumerate(told, 1)
    ]


def fill(app: App, cases: int) -> None:
    """Write that many cases in one unit of work."""
    rng, store, at = random.Random(SEED), app.store, datetime(2026, 1, 5, 9, tzinfo=UTC)
    shapes: dict[date, Foreseen] = {}
    person = Practitioner(id="p0", rpps="", family_name="EXEMPLE", first_name="Camille")
    store.put_practitioner(person, source="essai", day=date(2026, 1, 5), at=at)
    (plain,) = store._rows("SELECT * FROM practitioner")
    events, payloads, now, wakes, tasks, people, mandates, agreed, told = [], [], [], [], [], [], [], [], []
    pages, watches, listings, matches, words = [], [], [], [], []
    for n in range(cases):
        case, who = f"BENCH-2026-{n + 1:06d}", f"p{n}"
        if n < DUE:
            sent = date(2026, 5, 11)
        elif n % 10 < 7:
            sent = date(2026, 5, 12) + timedelta(days=rng.randrange(30))
        else:
            sent = date(2026, 3, 2) + timedelta(days=rng.randrange(30))
        facts = story(sent, case, who)
        if sent not in shapes:
            shapes[sent] = foreseen(case, facts, store.rules)
        ahead, previous = shapes[sent], None
        for fact in facts:
            salt = secrets.token_bytes(16)
            previous = chained(
                previous, stream=case, kind=fact.kind.value, key=fact.key, day=fact.day, at=at, actor=fact.actor, proof="",
                payload_hash=hashed(salt, fact.data),
            )  # fmt: skip
            events.append(tuple(event_row(previous).values()))
            payloads.append((case, fact.seq, salt, canonical(fact.data).decode()))
        clock = ahead.now.clock
        assert clock is not None
        now.append((
            case, who, "reserve-kine.example", "reserve-kine.example", ahead.now.base.value, str(facts[0].day),
            str(clock.legal.due), str(clock.council.due), str(ahead.last),
            str(ahead.silent_from) if ahead.silent_from else None, str(ahead.ready_from) if ahead.ready_from else None,
            int(ahead.moves), ahead.now.outcome.value, str(clock.receipt), clock.basis.value, "[]",
        ))  # fmt: skip
        wakes += [(case, w.kind, str(w.due), str(w.day)) for w in ahead.wakes]
        tasks += [(case, str(t.since), str(t.until) if t.until else None, str(t.due)) for t in ahead.tasks]
        key, url = f"reserve-kine.example:{who}", f"https://reserve-kine.example/{who}"
        pages.append((case, key, url))
        shown = Listing("reserve-kine.example", who, url, "Camille EXEMPLE", profession="Masseur-kinésithérapeute")
        seen = str(facts[0].day)
        listings.append((key, shown.site, url, _listing_json().dump_json(shown).decode(), "c" * 64, seen, seen))
        matches.append((key, who, 0.99, "sufficient", "review" if n % 20 == 0 else "confirmed", "[]", "f" * 64))
        if n % 20 == 0:
            words.append((n + 1, key, who, "f" * 64, "same", seen, at.isoformat(), "A", 0))
        if who != "p0":
            watches.append((who, 1, str(facts[0].day), "courriel", None, at.isoformat(), "A"))
        agreed.append((
            f"a-{who}", who, "reserve-kine.example", "refused", "practitioner", str(facts[1].day), None, "", None, "",
            at.isoformat(), "A", 0,
        ))  # fmt: skip
        if sent < date(2026, 5, 1):
            told += [(case, w.kind, str(w.due), at.isoformat()) for w in ahead.wakes if w.day <= TODAY]
        people.append((who, *list(plain.values())[1:]))
        mandates.append((f"m-{who}", who, "retrait", "[]", "2026-01-01", "2030-01-01", "d", None, at.isoformat(), "A"))
    with store.tx("bench.fill"):
        for table, rows in (
            ("practitioner", people[1:]), ("mandate", mandates), ("case_event", events), ("payload", payloads),
            ("case_now", now), ("case_wake", wakes), ("case_task", tasks), ("authorisation", agreed), ("told", told),
            ("case_page", pages), ("watch", watches), ("listing", listings), ("match", matches), ("judgement", words),
        ):  # fmt: skip
            marks = ", ".join("?" * len(rows[0]))
            store._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def timed(home: Path, *arguments: str) -> tuple[float, float, str]:
    """Return how long one command takes in a process of its own, how much of it is its own work, and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [sys.executable, "-m", "listingguard", "--home", str(home), "--today", str(TODAY), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    elapsed, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return elapsed, own, done.stdout


def main() -> None:
    """Fill, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=100_000)
    parser.add_argument("--home", type=Path, help="keep the filled home in this folder, and start from a copy of it")
    asked = parser.parse_args()
    compiled()
    wanted = asked.cases
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "conseil"
        kept = asked.home / f"conseil-{wanted}" if asked.home else home
        if not kept.exists():
            create_home(kept, acting=Acting.COUNCIL, code="BENCH", person="Dominique Exemple", simulated=True)
            started = time.perf_counter()
            with App.open(kept, today=TODAY, writing=True) as app:
                # The calendar and the week's summary of the day before, as in any home that runs.
                tick(app.store, today=date(2026, 1, 5), at=app.now)
                fill(app, wanted)
                print(f"{wanted} cases written in {time.perf_counter() - started:.1f} s")
                broken = app.store.broken_links() if wanted <= 10_000 else ()
                assert not broken, broken[:3]
        if kept != home:
            shutil.copytree(kept, home)
        for label in ("first run of the clock", "second run"):
            with App.open(home, today=TODAY, writing=True) as app:
                started, own = time.perf_counter(), time.process_time()
                lines = clock_due(app).lines
                legal = sum("sans réponse" in line for line in lines)
                elapsed, own = time.perf_counter() - started, time.process_time() - own
                print(f"{label}: {elapsed:.2f} s ({own:.2f} s of processor), {len(lines)} told, {legal} of silence")
        for arguments in (
            ("case", "list"), ("case", "list", "--state", "overdue"), ("case", "list", "--json"), ("next",),
        ):  # fmt: skip
            times = [timed(home, *arguments) for _ in range(3)]
            text = times[0][2]
            rows = len(json.loads(text)) if "--json" in arguments else text.count("\n")
            best, own = min(t[0] for t in times), min(t[1] for t in times)
            print(f"{' '.join(arguments)}: {best:.2f} s ({own:.2f} s of processor), {rows} rows")
        with App.open(home, today=TODAY) as app:
            waiting = dict(app.store.tasks(TODAY, TODAY))
            lines_now = {line.id: line for line in app.store.case_lines(TODAY)[0]}
            for case in random.Random(SEED).sample(sorted(lines_now), min(200, wanted)):
                facts = app.store.facts(case)
                folded = status(facts, TODAY, app.store.rules)
                line = lines_now[case]
                assert (line.state, line.outcome) == (folded.state.value, folded.outcome.value), case
                assert waiting.get(case) == most_pressing(actions_of(app.store, case, folded, TODAY)), case
            started = time.process_time()
            asked = to_do(app.store, today=TODAY, limit=200)
            print(f"200 most pressing: {time.process_time() - started:.2f} s of processor, {asked.left} left unread")
            print("caches and folds agree on a sample")


if __name__ == "__main__":
    main()
