"""Many cases at once: what is preselected from the rows leaves out nothing that the facts hold; a list loads little."""

import random
import sqlite3
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from listingguard.app import App, create_home
from listingguard.domain.case import Acting, EventKind, findings_of
from listingguard.domain.finding import Finding
from listingguard.domain.foresight import most_pressing
from listingguard.domain.next_step import Who
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, Mandate, Practitioner, Verdict, Watch
from listingguard.domain.practitioner import Status as Standing
from listingguard.edge.case_lists import _BY_NUMBER, _SEEN, _TO_FOLD
from listingguard.errors import IllegalEvent
from listingguard.flow import clock, review
from listingguard.flow.review import opening

DAY, AT = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)
SITE = "reserve-kine.example"
# What a list of cases has no use for: matching, letters, pages, pictures, the network.
HEAVY = {
    "bs4", "cryptography", "docx", "jinja2", "lxml", "openpyxl", "phonenumbers", "pikepdf", "rapidfuzz", "requests",
    "rich", "stdnum", "typst", "listingguard.domain.citation", "listingguard.domain.letter", "listingguard.domain.names",
    "listingguard.domain.matching.matcher", "listingguard.domain.transfer", "listingguard.domain.foresight",
    "listingguard.domain.next_step", "listingguard.domain.service", "sqlite_utils",
}  # fmt: skip


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "conseil"
    create_home(folder, acting=Acting.COUNCIL, code="ESSAI", person="Dominique Exemple", simulated=True)
    return folder


def finding(name):
    return {"listing": f"{SITE}:{name}", "url": f"https://{SITE}/{name}", "capture": "c" * 64, "reasons": [],
            "verdict": "undetermined"}  # fmt: skip


def opened(store, who, *names):
    data = {"findings": [finding(n) for n in names]}
    return store.open_case(
        "ESSAI", None, practitioner=who, controller=SITE, platform=SITE, day=DAY, at=AT, actor="A", data=data
    )


def three_people(store):
    for who in ("p1", "p2", "p3"):
        person = Practitioner(id=who, family_name="EXEMPLE", first_name="Camille")
        store.put_practitioner(person, source="essai", day=DAY, at=AT)


def slowly(store, today):
    """The same answer as `doubles`, from the facts of every case."""
    resting = {}
    for case in store.cases():
        if store.status(case.id, today).state.value not in ("closed", "erased"):
            for key in dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case.id))):
                resting.setdefault(key, []).append(case.id)
    return tuple(
        clock.Double(key, cases[0], other, sent=False, two=False)
        for key, cases in sorted(resting.items())
        for other in cases[1:]
    )


@pytest.mark.parametrize("seed", range(5))
def test_two_cases_on_one_listing_are_found_as_by_reading_every_fact(home, seed):
    rng = random.Random(seed)
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        person = Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille")
        store.put_practitioner(person, source="essai", day=DAY, at=AT)
        for n in range(12):
            names = rng.sample("abcdefghijklmnop", rng.randrange(1, 3))
            case = opened(store, "p1", *names)
            if rng.random() < 0.5:
                said = {"findings": [finding(rng.choice("abcdef"))]}
                store.add_event(case, EventKind.FINDING_ADDED, key=f"f{n}", day=DAY, at=AT, actor="A", data=said)
                if rng.random() < 0.5:
                    other = {"data": {"findings": [finding(rng.choice("ghijkl"))]}}
                    told = rng.choice([other, {"void": True}])
                    store.add_event(case, EventKind.CORRECTION, key="2", day=DAY, at=AT, actor="A", data=told)
        found = clock.doubles(store, DAY)
        assert found == slowly(store, DAY)
        assert found


def slow_to_do(store, today):
    """The same answer as `to_do`, from the facts of every case."""
    found = []
    for case in store.cases():
        now = store.status(case.id, today)
        actions = [a for a in clock.actions_of(store, case.id, now, today) if a.who is not Who.PROGRAM]
        found += [(case, now, action) for action in actions]
    return tuple(sorted(found, key=lambda item: (item[2].due or date.min, item[0].id)))


def some_cases(store, rng):
    """Cases of people who left, died, are two rows of one; of agreements of every sort; mandates near their end; any fact."""
    for n in range(10):
        standing = rng.choice([Standing.ACTIVE] * 5 + [Standing.RETIRED, Standing.DECEASED])
        person = Practitioner(id=f"p{n}", family_name="EXEMPLE", first_name="Camille", status=standing)
        store.put_practitioner(person, source="essai", day=DAY, at=AT)
        for m in range(rng.randrange(3)):
            said, by = rng.choice(list(Agreement)), rng.choice([GivenBy.PRACTITIONER] * 3 + [GivenBy.PRACTICE])
            until = rng.choice([None, None, DAY + timedelta(days=20)])
            row = Authorisation(f"a{n}-{m}", f"p{n}", rng.choice([SITE, SITE, "autre.example"]), said, by, DAY, until)
            store.put_authorisation(row, practice="", at=AT, actor="A")
        until = DAY + timedelta(days=rng.choice([25, 45, 400]))
        store.put_mandate(Mandate(f"m{n}", f"p{n}", "retrait", (), DAY, until, "d" * 64), at=AT, actor="A")
    store.say_same("p1", "p2", same=True, day=DAY, at=AT, actor="A")
    sent = {"dispatch": "e", "channel": "lrar"}
    story = [
        (EventKind.LISTING_CONFIRMED_BY_KINE, {}), (EventKind.MANDATE_SIGNED, {}), (EventKind.REQUEST_APPROVED, {}),
        (EventKind.REQUEST_SENT, sent), (EventKind.RECEIVED, {}),
    ]  # fmt: skip
    ends = (EventKind.REFUSAL, EventKind.ERASED_CLAIMED, EventKind.PRECISION_ASKED, EventKind.ID_REQUESTED,
            EventKind.UNCLAIMED, EventKind.WITHDRAWN, EventKind.HOLD)  # fmt: skip
    for n in range(14):
        case = opened(store, f"p{n % 10}", f"f{n}")
        day = DAY + timedelta(days=rng.randrange(9))
        for kind, data in story[: rng.randrange(6)]:
            store.add_event(case, kind, key="k", day=day, at=AT, actor="A", data=data)
        with suppress(IllegalEvent):
            kind = rng.choice(ends)
            store.add_event(case, kind, key="fin", day=day + timedelta(days=rng.randrange(20)), at=AT, actor="A")


@pytest.mark.parametrize("seed", range(4))
def test_what_is_to_be_done_is_found_as_by_folding_every_case(home, seed):
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        some_cases(store, random.Random(seed))
        for days in (0, 3, 12, 30, 41, 75, 200):
            today = DAY + timedelta(days=days)
            every, slow = clock.to_do(store, today=today), slow_to_do(store, today)
            assert every.rows == slow
            assert every.left == 0
            # Of a few, the most pressing ones; whole, and in the same order.
            few = clock.to_do(store, today=today, limit=3)
            ranks = sorted(
                (due, case)
                for case in {row.id for row, _, _ in slow}
                if (due := most_pressing(action for row, _, action in slow if row.id == case)) is not None
            )
            shown = {row.id for row, _, _ in few.rows}
            assert few.rows == tuple(row for row in slow if row[0].id in shown)
            assert len(shown) >= min(3, len(ranks))
            if len(ranks) > 3:
                assert {case for due, case in ranks if due < ranks[2][0]} <= shown
        before = store.caches()
        with store.tx("rebuild"):
            store.drop_caches()
        assert store.caches()["case_task"] == before["case_task"]
        assert before["case_task"]


def test_names_read_at_once_are_those_of_each_person(home):
    with App.open(home, today=DAY, writing=True) as app:
        people = [
            Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille", usage_name="Modèle"),
            Practitioner(id="p2", family_name="Essai", first_name="Dominique"),
            Practitioner(id="p3", family_name="Nouvel", first_name="Camille"),
        ]
        for person in people:
            app.store.put_practitioner(person, source="essai", day=DAY, at=AT)
        app.store.say_same("p2", "p3", same=True, day=DAY, at=AT, actor="A")
        who = {"p1", "p2", "p3"}
        assert app.store.full_names(who) == {each: app.store.practitioner(each).full_name for each in who}


def test_a_list_of_cases_loads_nothing_it_has_no_use_for(home):
    with App.open(home, today=DAY, writing=True) as app:
        app.store.put_practitioner(
            Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille"), source="essai", day=DAY, at=AT
        )
        opened(app.store, "p1", "a")
    code = (
        "import sys; from listingguard.cli import run;"
        f"code = run(['--home', {str(home)!r}, '--today', '2026-03-02', 'case', 'list']);"
        "print('|'.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    line, modules = done.stdout.splitlines()
    assert "Camille EXEMPLE" in line
    assert not HEAVY & set(modules.split("|"))


def test_a_list_reads_no_more_cases_than_it_shows(home):
    """Of a hundred thousand cases the ones to fold are found, and the others counted, by an index."""
    with App.open(home, today=DAY, writing=True) as app:
        plans = [
            app.store._db.execute(f"EXPLAIN QUERY PLAN {sql}", {"day": str(DAY)}).fetchall()
            for sql in (f"{_SEEN} SELECT count(*) FROM steady", f"SELECT id FROM case_now WHERE {_TO_FOLD}")
        ]
        for plan in plans:
            assert all("case_now_last" in row[3] for row in plan if "case_now" in row[3]), plan
            assert not any(row[3].startswith("SCAN") for row in plan), plan
        ordered = f"EXPLAIN QUERY PLAN {_BY_NUMBER} SELECT id FROM steady ORDER BY id LIMIT 200"
        told = [row[3] for row in app.store._db.execute(ordered, {"day": str(DAY)})]
        assert not any("TEMP B-TREE" in line for line in told), told


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_a_listing_and_of_a_person_are_those_that_their_facts_name(home, seed):
    rng = random.Random(seed)
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        three_people(store)
        for n in range(10):
            case = opened(store, rng.choice(["p1", "p2", "p3"]), *rng.sample("abcdef", 2))
            if n % 3 == 0:
                said = {"findings": [finding(rng.choice("abcdef"))]}
                store.add_event(case, EventKind.FINDING_ADDED, key="f", day=DAY, at=AT, actor="A", data=said)
                if n % 2:
                    store.add_event(case, EventKind.CORRECTION, key="2", day=DAY, at=AT, actor="A", data={"void": True})
            if n % 4 == 0:
                store.add_event(case, EventKind.WITHDRAWN, key="w", day=DAY, at=AT, actor="A")
        store.say_same("p1", "p2", same=True, day=DAY, at=AT, actor="A")
        for name in "abcdefg":
            key = f"{SITE}:{name}"
            for who in (None, "p1", "p2", "p3"):
                slow = tuple(
                    case.id
                    for case in store.cases()
                    if who is None or store.survivor(case.practitioner) == store.survivor(who)
                    if store.status(case.id, DAY).state.value != "closed"
                    if any(f["listing"] == key for f in findings_of(store.facts(case.id)))
                )
                assert review.resting_on(store, key, DAY, practitioner=who) == slow
        assert {c.id for c in store.cases(practitioner="p2")} == {c.id for c in store.cases(practitioner="p1")}
        assert store.cases(practitioner="p3", controller="un autre") == ()
        named = store.caches()["case_page"]
        assert named
        with store.tx("rebuild"):
            store.drop_caches()
        assert store.caches()["case_page"] == named


def test_a_home_made_before_knows_the_pages_of_its_cases_once_brought_up_to_date(home):
    with App.open(home, today=DAY, writing=True) as app:
        person = Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille")
        app.store.put_practitioner(person, source="essai", day=DAY, at=AT)
        one, two = opened(app.store, "p1", "a"), opened(app.store, "p1", "a", "b")
        before, path = app.store.caches()["case_page"], app.store.path
    with sqlite3.connect(path) as database:
        database.executescript("""
            DROP TABLE case_page;
            DROP INDEX reading_unseen;
            DROP INDEX mandate_until;
            DROP INDEX practitioner_inactive;
            DELETE FROM _sqlite_migrations WHERE name = 'm018_case_pages';
            PRAGMA user_version = 0;
        """)
    with App.open(home, today=DAY, writing=True) as app:
        assert app.store.caches()["case_page"] == before
        assert app.store.sharing() == {one, two}


def test_who_is_on_the_roster_reads_alike_one_by_one_and_at_once(home):
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        for who in ("p1", "p2", "p3", "p4"):
            person = Practitioner(id=who, family_name="EXEMPLE", first_name="Camille")
            store.put_practitioner(person, source="essai", day=DAY, at=AT)
        store.put_watch(Watch("p2", True, DAY, "courriel", None), at=AT, actor="A")
        store.put_watch(Watch("p3", True, DAY, "courriel", DAY), at=AT, actor="A")
        store.say_same("p1", "p2", same=True, day=DAY, at=AT, actor="A")
        every, watches = store.practitioners(), store.watches()
        assert store.unwatched() == {p.id for p in every} - watches.keys() == {"p4"}
        assert store.opposed() == tuple(w for w in watches.values() if w.opposed_on)
        assert [w.practitioner for w in store.opposed()] == ["p3"]
        for only in ({"p1"}, {"p3", "p4"}, {"p1", "p9"}, set()):
            assert store.practitioners(only) == tuple(p for p in every if p.id in only)
            assert store.watches(only) == {who: w for who, w in watches.items() if who in only}


@pytest.mark.parametrize("seed", range(6))
def test_a_page_called_settled_is_one_for_which_nothing_is_opened_or_added(home, seed):
    rng = random.Random(seed)
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        three_people(store)
        for _ in range(9):
            case = opened(store, rng.choice(["p1", "p2", "p3"]), *rng.sample("abcdef", 2))
            if rng.random() < 0.4:
                said = {"findings": [finding(rng.choice("abcdef"))]}
                ahead = timedelta(days=rng.choice([0, 0, 3]))
                store.add_event(case, EventKind.FINDING_ADDED, key="f", day=DAY + ahead, at=AT, actor="A", data=said)
                if rng.random() < 0.5:
                    store.add_event(case, EventKind.CORRECTION, key="2", day=DAY, at=AT, actor="A", data={"void": True})
            if rng.random() < 0.4:
                store.add_event(case, EventKind.WITHDRAWN, key="w", day=DAY, at=AT, actor="A")
        if rng.random() < 0.5:
            store.say_same("p1", "p2", same=True, day=DAY, at=AT, actor="A")
        before, settled = len(store.cases()), store.settled_pages(DAY)
        assert settled
        for listing, practitioner, controller in settled:
            said = finding(listing.partition(":")[2])
            found = Finding(
                listing, practitioner, said["url"], SITE, said["capture"], DAY, Verdict.UNDETERMINED, (), ""
            )
            how = {"today": DAY, "at": AT, "actor": "A"}
            assert opening._place(store, found, lambda _, slug=controller: slug, "ESSAI", **how) is None
        assert len(store.cases()) == before


def test_a_number_is_given_once_past_the_last_of_four_digits_and_whatever_the_rows_have_lost(home):
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        store.put_practitioner(
            Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille"), source="essai", day=DAY, at=AT
        )
        assert opened(store, "p1", "a") == "ESSAI-2026-0001"
        for number in ("9999", "10000"):
            data = {"practitioner": "p1", "controller": SITE, "platform": SITE, "findings": [finding("b")]}
            case = f"ESSAI-2026-{number}"
            store.add_event(case, EventKind.DETECTED, key=case, day=DAY, at=AT, actor="A", data=data)
        assert opened(store, "p1", "c") == "ESSAI-2026-10001"
        with store.tx("lost"):
            store._db.execute("DELETE FROM case_now WHERE id = 'ESSAI-2026-10001'")
        assert opened(store, "p1", "d") == "ESSAI-2026-10002"


def test_a_scan_that_finds_nothing_new_folds_no_open_case(home, monkeypatch):
    """A council with thousands of cases waits no longer for `review` than for the pairs it shows."""
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        store.put_practitioner(
            Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille"), source="essai", day=DAY, at=AT
        )
        opened(store, "p1", "a")
        pair = Finding(f"{SITE}:a", "p1", f"https://{SITE}/a", SITE, "c" * 64, DAY, Verdict.UNDETERMINED, (), "")
        monkeypatch.setattr(opening, "findings", lambda *_: (pair,))
        monkeypatch.setattr(store, "facts", lambda case: pytest.fail(f"{case} is folded"))
        assert review.open_cases(store, lambda site: site, "ESSAI", today=DAY, at=AT, actor="A") == ()
