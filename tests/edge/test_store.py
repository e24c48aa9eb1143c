"""The store on real SQLite files: facts stay, altered facts are named, writers wait for each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database
from sqlite_utils.db import sqlite3  # type: ignore[attr-defined]  # the driver that the store uses

from listingguard.demo_world import CANARY_URL, HOST, BookingSite
from listingguard.domain.case import Acting, EventKind, Gate, Rules, State
from listingguard.domain.event import HOME_STREAM
from listingguard.domain.finding import Opinion, Word
from listingguard.domain.listing import Listing, Outcome, Place
from listingguard.domain.matching.fields import fields_hash
from listingguard.domain.practitioner import (
    Agreement,
    Authorisation,
    GivenBy,
    Mandate,
    Practice,
    Practitioner,
    Verdict,
    Watch,
    verdict,
)
from listingguard.domain.record import CaptureRow, DispatchRow, DispatchState, LetterRow, ReadingRow
from listingguard.edge import store as module
from listingguard.edge.evidence import Evidence
from listingguard.edge.log import event_row
from listingguard.edge.people_rows import address_hash
from listingguard.edge.schema import CACHES
from listingguard.edge.store import Store, sqlite_version
from listingguard.edge.vault import Vault
from listingguard.errors import Busy, Damaged, IllegalEvent, ListingguardError, NotFound
from listingguard.flow import enrol, evidence, scan
from listingguard.sites import load_sites

ROOT = Path(__file__).parents[2]
RULES = Rules(Acting.COUNCIL, Gate.COUNCIL, {})
DAY = date(2026, 1, 5)
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
STAFF = "Dominique Secrétaire"
SITE = "rdv.example"

CAMILLE = Practitioner(
    id="99900000011", rpps="99900000011", family_name="Exemple", first_name="Camille",
    practices=(
        Practice("Cabinet des Essais", "12 rue des Essais", "26000", "Valence", phones=("+33465710001",)),
        Practice("", "1 place du Marché", "26100", "Romans-sur-Isère"),
    ),
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "listingguard.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store(path, RULES) as opened:
        yield opened


def log(store: Store, key: str, **data: object) -> bool:
    return store.add_event(HOME_STREAM, "noted", key=key, day=DAY, at=AT, actor=STAFF, data=data)


def open_case(store: Store, **more: Any) -> str:
    given_ = {
        "practitioner": CAMILLE.id, "controller": "rdv", "platform": SITE, "day": DAY, "at": AT, "actor": STAFF,
        "data": {"findings": [{"listing": f"{SITE}:camille", "url": "u", "capture": "c"}]},
    }  # fmt: skip
    return store.open_case("CDO26", None, **{**given_, **more})


def confirm(store: Store, case: str, key: str = "mot") -> bool:
    return store.add_event(
        case, EventKind.LISTING_CONFIRMED_BY_KINE, key=key, day=DAY, at=AT, actor=STAFF, data={"note": "ma fiche"}
    )


def tampered(path: Path, *statements: str) -> None:
    """Change a closed file behind the store's back, as somebody with the file could."""
    raw = Database(sqlite3.connect(str(path), isolation_level=None))
    for trigger in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {trigger[0]}")
    for statement in statements:
        raw.execute(statement)
    raw.conn.close()


# -- opening -------------------------------------------------------------------------------------------------------------


def test_an_empty_file_becomes_a_store_and_a_second_opening_changes_nothing(path: Path) -> None:
    path.touch()
    with Store(path, RULES) as store:
        assert store.check() == ()
        log(store, "a")
    before = path.read_bytes()
    with Store(path, RULES) as store:
        assert [e.key for e in store.events(HOME_STREAM)] == ["a"]
    assert path.read_bytes() == before


def test_a_store_opened_without_its_tables_says_what_is_pending(path: Path) -> None:
    with Store(path, RULES, migrate=False) as store:
        assert [p for p in store.check() if "Migration en attente" in p]


def test_processes_that_find_an_empty_file_together_all_get_a_store(path: Path) -> None:
    barrier, failed = threading.Barrier(6), []

    def opens() -> None:
        barrier.wait()
        try:
            with Store(path, RULES) as store:
                store.streams()
        except Busy:
            pass  # one plain sentence, nothing half done
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=opens) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with Store(path, RULES) as store:
        assert store.check() == ()


def test_commits_are_synced_and_foreign_keys_hold(store: Store) -> None:
    pragmas = {p: store._rows(f"PRAGMA {p}")[0].popitem()[1] for p in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with pytest.raises(sqlite3.IntegrityError):
        store.put_watch(Watch("99900000099", True), at=AT, actor=STAFF)


@pytest.mark.parametrize("content", [b"PK\x03\x04" + b"\x00" * 5000, b"pas une base " * 500])
def test_a_file_that_is_no_database_is_damaged_in_one_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"listingguard\.db"):
        Store(path, RULES)
    assert path.read_bytes() == content


def test_a_torn_page_is_told_by_check(path: Path) -> None:
    with Store(path, RULES) as store:
        for number in range(400):
            log(store, str(number), text="x" * 300)
    data = bytearray(path.read_bytes())
    data[4096 * 40 : 4096 * 60] = bytes(4096 * 20)
    path.write_bytes(data)
    with Store(path, RULES) as store:
        assert store.check() != ()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("3.40.1", True), ("3.44.5", True), ("3.44.6", False), ("3.50.6", True), ("3.50.7", False), ("3.51.2", True),
        ("3.51.3", False), ("3.53.0", False), ("3.53.4", False),
    ],
)  # fmt: skip
def test_sqlite_versions_with_the_wal_reset_defect_are_known(
    monkeypatch: pytest.MonkeyPatch, version: str, affected: bool
) -> None:
    monkeypatch.setattr(module, "sqlite3", SimpleNamespace(sqlite_version=version))
    assert sqlite_version() == (version, affected)


# -- one unit of work ----------------------------------------------------------------------------------------------------


def test_a_unit_that_fails_leaves_nothing_and_the_next_one_works(store: Store) -> None:
    def fails() -> None:
        with store.tx("x"):
            log(store, "a")
            with store.tx("inner"):
                log(store, "b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert store.events(HOME_STREAM) == ()
    with store.tx("x"):
        assert log(store, "c")
    assert [e.key for e in store.events(HOME_STREAM)] == ["c"]


def test_a_writer_that_waits_too_long_is_told_so_and_readers_never_wait(path: Path, store: Store) -> None:
    with Store(path, RULES) as other:
        other._db.execute("PRAGMA busy_timeout=50").fetchall()
        with store.tx("x"):
            log(store, "a")
            assert other.events(HOME_STREAM) == ()
            with pytest.raises(Busy, match="réessayez"), other.tx("y"):
                pytest.fail("two writers")
            with Store(path, RULES) as third:
                assert third.events(HOME_STREAM) == ()
        assert [e.key for e in other.events(HOME_STREAM)] == ["a"]
        assert log(other, "b")


def test_a_full_disk_is_said_in_one_sentence_and_leaves_nothing_half_done(store: Store) -> None:
    log(store, "before")
    pages = store._rows("PRAGMA page_count")[0]["page_count"]
    store._db.execute(f"PRAGMA max_page_count={pages + 2}").fetchall()

    def fills() -> None:
        with store.tx("x"):
            for number in range(1000):
                log(store, str(number), text="x" * 1000)

    with pytest.raises(ListingguardError, match=r"ne s’écrit pas, rien n’a changé"):
        fills()
    assert [e.key for e in store.events(HOME_STREAM)] == ["before"]
    store._db.execute("PRAGMA max_page_count=100000").fetchall()
    assert log(store, "after")
    assert store.check() == ()


def test_a_read_only_home_is_said_in_one_sentence(store: Store) -> None:
    store._db.execute("PRAGMA query_only=ON").fetchall()
    with pytest.raises(ListingguardError, match="ne s’écrit pas"):
        log(store, "a")


def test_threads_that_write_at_once_lose_nothing(path: Path, store: Store) -> None:
    def writes(name: str) -> None:
        with Store(path, RULES) as own:
            for number in range(25):
                assert log(own, f"{name}{number}")

    threads = [threading.Thread(target=writes, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {e.key for e in store.events(HOME_STREAM)} == {f"{n}{i}" for n in "abcd" for i in range(25)}
    assert store.check() == ()


WRITER = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from listingguard.domain.case import Acting, Gate, Rules
from listingguard.edge.store import Store
path, name = Path(sys.argv[1]), sys.argv[2]
with Store(path, Rules(Acting.COUNCIL, Gate.COUNCIL, {})) as store:
    for number in range(100_000):
        at = datetime.now(UTC)
        with store.tx("x"):
            store.add_event("home", "noted", key=f"{name}{number}", day=at.date(), at=at, actor=name)
            store.add_audit(name, "noted", str(number), at=at)
        print(number, flush=True)
"""


def writer(path: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_two_processes_killed_while_writing_lose_nothing_they_acknowledged(path: Path, store: Store) -> None:
    processes = {name: writer(path, name) for name in ("un", "deux")}
    said: dict[str, int] = {}
    for name, process in processes.items():
        assert process.stdout is not None
        for _ in range(20):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        # What was printed before the kill was committed before it was printed.
        said[name] = 20 + len([line for line in process.stdout.read().splitlines() if line.isdecimal()])
        process.wait()
        process.stdout.close()
    rows = store._rows("SELECT actor, count(*) AS n FROM audit GROUP BY actor")
    kept = {r["actor"]: r["n"] for r in rows}
    for name, number in said.items():
        # The kill may fall between the commit and its print, or in the middle of a print; never the other way round.
        assert number - 1 <= kept[name] <= number + 1
        events = [e for e in store.events(HOME_STREAM) if e.actor == name]
        assert len(events) == kept[name], "both rows of a unit, or none"
    assert store.check() == ()


# -- events: appended, unique, judged by the state machine ---------------------------------------------------------------


def test_the_same_fact_again_adds_nothing(store: Store) -> None:
    assert log(store, "a", n=1)
    before = store.events(HOME_STREAM), store.payloads(HOME_STREAM)
    assert not log(store, "a", n=2)
    assert (store.events(HOME_STREAM), store.payloads(HOME_STREAM)) == before
    case = open_case(store)
    assert confirm(store, case)
    # Known before it is judged: repeated after the case moved on, it is still not an error.
    assert not confirm(store, case)
    assert [e.seq for e in store.events(case)] == [1, 2]


def test_an_event_the_case_does_not_allow_is_refused_with_what_is_allowed(store: Store) -> None:
    case = open_case(store)
    with pytest.raises(IllegalEvent) as refused:
        store.add_event(case, EventKind.REQUEST_SENT, key="x", day=DAY, at=AT, actor=STAFF)
    label = EventKind.LISTING_CONFIRMED_BY_KINE.label
    assert f"listing_confirmed_by_kine : {label}" in refused.value.missing
    assert [e.kind for e in store.events(case)] == ["detected"]
    assert store.check() == ()


def test_the_state_in_the_list_is_the_one_the_facts_give(store: Store) -> None:
    case = open_case(store)
    confirm(store, case)
    (row,) = store._rows("SELECT state, opened_on FROM case_now")
    assert row == {"state": store.status(case, DAY).state.value, "opened_on": DAY.isoformat()}
    assert row["state"] == State.CONFIRMED.value


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_event SET actor = 'x'",
        "UPDATE case_event SET day = '2020-01-01' WHERE seq = 1",
        "DELETE FROM case_event",
        "UPDATE payload SET data = '{}'",
        "DELETE FROM payload",
        "UPDATE judgement SET word = 'same'",
    ],
)
def test_the_log_refuses_to_be_rewritten_by_our_own_code(store: Store, statement: str) -> None:
    confirm(store, open_case(store))
    store.add_judgement("l", "p", "f", Word.OTHER, day=DAY, at=AT, actor=STAFF)
    with pytest.raises(sqlite3.IntegrityError, match=r"never|only"):
        store._db.execute(statement)
    assert store.check() == ()


def test_an_event_is_not_replaced_by_one_of_the_same_number(store: Store) -> None:
    log(store, "a")
    (event,) = store.events(HOME_STREAM)
    # INSERT OR REPLACE deletes without firing the trigger, unless recursive_triggers is on.
    with pytest.raises(sqlite3.IntegrityError):
        store._insert("case_event", event_row(replace(event, actor="x")), replacing=True)
    assert store.events(HOME_STREAM) == (event,)


def test_a_payload_goes_only_where_a_purge_names_it(store: Store) -> None:
    case = open_case(store)
    confirm(store, case)
    store.add_event(HOME_STREAM, "purged", key=f"{case}/2", day=DAY, at=AT, actor=STAFF)
    store._db.execute("DELETE FROM payload WHERE stream = ? AND seq = 2", [case])
    assert store.check() == ()
    assert store.facts(case)[1].data == {}
    with pytest.raises(sqlite3.IntegrityError, match="purge only"):
        store._db.execute("DELETE FROM payload WHERE stream = ? AND seq = 1", [case])


# -- events: what is altered is named --------------------------------------------------------------------------------------


@pytest.fixture
def written(path: Path) -> str:
    """Return the number of a case with four events, in a closed file."""
    with Store(path, RULES) as store:
        log(store, "a", n=1)
        case = open_case(store)
        confirm(store, case)
        for key in ("m1", "m2"):
            store.add_event(case, EventKind.MANDATE_SIGNED, key=key, day=DAY, at=AT, actor=STAFF, data={"mandate": key})
        assert store.check() == ()
    return case


def problems(path: Path) -> tuple[str, ...]:
    with Store(path, RULES) as store:
        return store.check()


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'Quelqu’un'", "day = '2025-01-01'", "day = 'hier'", "at = '2026-01-05T09:00:01+00:00'",
        "at = '2026-01-05T09:00:00'", "at = '2026-01-05T10:00:00+01:00'", "day = '20260105'",
        "proof = 'ab'", "key = 'autre'", "kind = 'withdrawn'", "kind = 'inconnu'",
        "payload_hash = 'ab'", "prev = 'ab'", "hash = 'ab'", "actor = CAST(x'ff' AS TEXT)",
        "hash = (SELECT hash FROM case_event AS e WHERE e.stream = case_event.stream AND e.seq = 3)",
    ],
)  # fmt: skip
def test_one_altered_event_row_is_named(path: Path, written: str, change: str) -> None:
    tampered(path, f"UPDATE case_event SET {change} WHERE stream = '{written}' AND seq = 2")
    found = problems(path)
    assert [p for p in found if written in p and "2" in p.replace(written, "")], found
    assert not [p for p in found if "home" in p], found


@pytest.mark.parametrize(
    "change",
    [
        """data = '{"note":"pas ma fiche"}'""", "data = '{}'", "data = 'abîmé'", "data = '[1.5]'", "data = ''",
        "data = '" + "[" * 100_000 + "'", "salt = x'00'", "data = CAST(x'ff' AS TEXT)",
    ],
)  # fmt: skip
def test_one_altered_payload_is_named(path: Path, written: str, change: str) -> None:
    tampered(path, f"UPDATE payload SET {change} WHERE stream = '{written}' AND seq = 2")
    assert problems(path) == (f"Journal {written} : le contenu de l’événement n° 2 a été altéré.",)


@pytest.mark.parametrize("seq", [1, 2, 4])
def test_a_removed_row_is_named(path: Path, written: str, seq: int) -> None:
    tampered(path, f"DELETE FROM case_event WHERE stream = '{written}' AND seq = {seq}")
    found = problems(path)
    assert f"Journal {written} : un contenu sans événement (n° {seq})." in found
    if seq < 4:
        assert [p for p in found if f"n°\u00a0{seq}\u00a0: il manque" in p]


def test_a_removed_payload_is_named(path: Path, written: str) -> None:
    tampered(path, f"DELETE FROM payload WHERE stream = '{written}' AND seq = 2")
    assert problems(path) == (f"Journal {written} : le contenu de l’événement n° 2 manque.",)


def test_a_whole_removed_log_leaves_payloads_that_accuse(path: Path, written: str) -> None:
    tampered(path, f"DELETE FROM case_event WHERE stream = '{written}'")
    assert [p for p in problems(path) if written in p and "sans événement" in p]


def test_two_rows_that_changed_places_are_named(path: Path, written: str) -> None:
    swap = [
        f"UPDATE {table} SET seq = {new} WHERE stream = '{written}' AND seq = {old}"
        for table in ("case_event", "payload")
        for old, new in ((3, 99), (4, 3), (99, 4))
    ]
    tampered(path, *swap)
    found = problems(path)
    assert [p for p in found if "n°\u00a03" in p]
    assert [p for p in found if "n°\u00a04" in p]


def test_an_event_moved_to_another_stream_is_named_in_both(path: Path, written: str) -> None:
    tampered(path, f"UPDATE case_event SET stream = 'CDO26-2026-0009', seq = 1 WHERE stream = '{written}' AND seq = 4")
    found = problems(path)
    assert [p for p in found if "CDO26-2026-0009" in p]
    assert [p for p in found if written in p]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_single_character_changed_in_an_event_is_named(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("alter") / "s.db"
    with Store(path, RULES) as store:
        for number in range(3):
            log(store, f"clé {number}", n=number)
        rows = store._rows("SELECT * FROM case_event WHERE stream = 'home' ORDER BY seq")
    row = data.draw(st.sampled_from(rows))
    column = data.draw(st.sampled_from([c for c, v in row.items() if isinstance(v, str) and v]))
    place = data.draw(st.integers(0, len(row[column]) - 1))
    other = data.draw(
        st.characters(min_codepoint=32, exclude_categories=["Cs"]).filter(lambda c: c != row[column][place])
    )
    text = row[column][:place] + other + row[column][place + 1 :]
    raw = Database(sqlite3.connect(str(path), isolation_level=None))
    raw.execute("DROP TRIGGER case_event_is_final")
    raw.execute(f'UPDATE case_event SET "{column}" = ? WHERE seq = ?', [text, row["seq"]])
    raw.conn.close()
    assert [p for p in problems(path) if str(row["seq"]) in p], (column, row[column], text)


# -- cases ---------------------------------------------------------------------------------------------------------------


def test_case_numbers_go_up_within_a_year_and_a_code_and_are_never_used_again(path: Path) -> None:
    with Store(path, RULES) as store:
        assert [open_case(store) for _ in range(3)] == [f"CDO26-2026-{n:04d}" for n in (1, 2, 3)]
        store.add_event("CDO26-2026-0003", EventKind.WITHDRAWN, key="x", day=DAY, at=AT, actor=STAFF)
        with store.tx("rebuild"):
            store.drop_caches()
        assert open_case(store) == "CDO26-2026-0004"
        assert open_case(store, at=AT.replace(year=2027)) == "CDO26-2027-0001"
    with Store(path, RULES) as store:
        assert open_case(store) == "CDO26-2026-0005"
        assert [c.id for c in store.cases()] == [*(f"CDO26-2026-{n:04d}" for n in range(1, 6)), "CDO26-2027-0001"]


def test_writers_at_once_never_share_a_case_number(path: Path, store: Store) -> None:
    numbers: list[str] = []

    def opens() -> None:
        with Store(path, RULES) as own:
            numbers.extend(open_case(own) for _ in range(8))

    threads = [threading.Thread(target=opens) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"CDO26-2026-{n:04d}" for n in range(1, 25)]


def test_an_unknown_case_is_named_with_the_way_to_find_it(store: Store) -> None:
    with pytest.raises(NotFound, match="case list"):
        store.case("CDO26-2026-0404")


# -- roster, agreements, mandates ------------------------------------------------------------------------------------------


def put(store: Store, person: Practitioner, day: date = DAY) -> str:
    return store.put_practitioner(person, source="tableau.csv", day=day, at=AT)


def test_the_same_roster_again_adds_nothing(store: Store) -> None:
    told: dict[str, Any] = {"source": "tableau.csv", "today": DAY, "at": AT, "actor": STAFF}
    others = [replace(CAMILLE, id=f"9990000002{n}", rpps=None) for n in range(3)]
    assert enrol.import_roster(store, [CAMILLE, *others], **told) == enrol.ImportResult(4, 0, 0)
    tables = ("practitioner", "practitioner_version", "practice", "case_event")
    before = {t: store._rows(f"SELECT * FROM {t}") for t in tables}
    assert enrol.import_roster(store, [CAMILLE, *others], **told) == enrol.ImportResult(0, 0, 4)
    assert {t: store._rows(f"SELECT * FROM {t}") for t in tables} == before


def test_a_changed_person_is_one_person_with_two_versions(store: Store) -> None:
    assert put(store, CAMILLE) == "added"
    assert put(store, replace(CAMILLE, usage_name="Modèle")) == "changed"
    assert [p.usage_name for p in store.practitioners()] == ["Modèle"]
    versions = store._rows("SELECT version FROM practitioner_version ORDER BY version")
    assert [r["version"] for r in versions] == [1, 2]


def test_a_practice_left_is_kept_and_ends_the_day_before_and_one_come_back_to_is_open_again(store: Store) -> None:
    put(store, CAMILLE)
    left, kept = CAMILLE.practices
    put(store, replace(CAMILLE, practices=(kept,)), day=date(2026, 3, 2))
    known = store.practices(CAMILLE.id)
    assert known[address_hash(left)].until == date(2026, 3, 1)
    assert known[address_hash(kept)].until is None
    put(store, replace(CAMILLE, practices=(kept,), usage_name="Modèle"), day=date(2026, 6, 1))
    assert store.practices(CAMILLE.id)[address_hash(left)].until == date(2026, 3, 1), "the first absence counts"
    put(store, CAMILLE, day=date(2026, 7, 1))
    assert store.practices(CAMILLE.id)[address_hash(left)].until is None


def test_an_agreement_given_by_a_practice_stops_speaking_once_it_was_left(store: Store) -> None:
    put(store, CAMILLE)
    left, kept = CAMILLE.practices
    row = Authorisation("a1", CAMILLE.id, SITE, Agreement.AGREED, GivenBy.PRACTICE, DAY)
    store.put_authorisation(row, practice=address_hash(left), at=AT, actor=STAFF)
    day = date(2026, 3, 2)
    assert verdict(store.authorisations(), CAMILLE.id, SITE, day) is Verdict.AUTHORISED
    put(store, replace(CAMILLE, practices=(kept,)), day=day)
    assert verdict(store.authorisations(), CAMILLE.id, SITE, day) is Verdict.UNDETERMINED


def test_an_agreement_entered_twice_after_a_crash_ends_once(store: Store) -> None:
    put(store, CAMILLE)
    rows = [Authorisation(i, CAMILLE.id, SITE, Agreement.AGREED, GivenBy.PRACTITIONER, DAY) for i in ("a1", "a2")]
    other = replace(rows[0], id="a3", platform="autre.example")
    for row in (*rows, other):
        store.put_authorisation(row, practice="", at=AT, actor=STAFF)
    store.end_authorisation("a1", date(2026, 2, 1))
    assert verdict(store.authorisations(), CAMILLE.id, SITE, date(2026, 2, 2)) is Verdict.UNDETERMINED
    assert verdict(store.authorisations(), CAMILLE.id, "autre.example", date(2026, 2, 2)) is Verdict.AUTHORISED
    with pytest.raises(NotFound):
        store.end_authorisation("inconnu", DAY)


def test_a_mandate_registered_twice_after_a_crash_is_revoked_once_and_for_all(store: Store) -> None:
    put(store, CAMILLE)
    until, day = date(2028, 1, 1), date(2026, 2, 1)
    rows = [Mandate(i, CAMILLE.id, "retrait", ("CNIL",), DAY, until, "ab" * 32) for i in ("m1", "m2")]
    renewed = replace(rows[0], id="m3", since=date(2026, 6, 1), document="cd" * 32)
    for row in (*rows, renewed):
        store.put_mandate(row, at=AT, actor=STAFF)
    assert store.revoke_mandate("m1", day) == CAMILLE.id
    assert store.valid_mandate(CAMILLE.id, day) is None
    # The same command on a later day does not give back the days in between.
    store.revoke_mandate("m1", date(2026, 5, 1))
    assert store.valid_mandate(CAMILLE.id, date(2026, 3, 1)) is None
    assert store.valid_mandate(CAMILLE.id, date(2026, 6, 1)) == renewed
    with pytest.raises(NotFound):
        store.revoke_mandate("inconnu", day)


# -- readings, captures, listings, judgements --------------------------------------------------------------------------------


def listing(**more: Any) -> Listing:
    known: dict[str, Any] = {
        "site": SITE, "id": "camille", "url": f"https://{SITE}/camille", "name": "Camille Exemple",
        "places": (Place("12 rue des Essais", "26000", "Valence"),),
    }  # fmt: skip
    return Listing(**{**known, **more})


def capture(store: Store, day: date, body: str = "aa", name: str = "") -> CaptureRow:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    number = store.add_reading(
        ReadingRow(SITE, f"https://{SITE}/camille", day, Outcome.LISTINGS, "", 1, True, False), at=at, milliseconds=5
    )
    row = CaptureRow((name or day.isoformat()).ljust(64, "0"), SITE, f"https://{SITE}/camille", body, day, at, {})
    store.add_capture(row, number, [f"{SITE}:camille", f"{SITE}:camille"])
    return row


def test_the_latest_capture_speaks_for_a_listing_and_an_older_one_changes_nothing(store: Store) -> None:
    first, last = date(2026, 1, 5), date(2026, 3, 1)
    store.put_listing(listing(), capture(store, first))
    newest = capture(store, last)
    store.put_listing(listing(name="Camille Modèle"), newest)
    store.put_listing(listing(name="Camille Ancienne"), capture(store, date(2026, 2, 1)))
    assert store.listing(f"{SITE}:camille").name == "Camille Modèle"
    assert [c for _, c in store.listings()] == [newest.id]
    (row,) = store._rows("SELECT first_seen, last_seen FROM listing")
    assert row == {"first_seen": first.isoformat(), "last_seen": last.isoformat()}


def test_the_same_capture_again_changes_nothing(store: Store) -> None:
    for _ in range(2):
        row = capture(store, DAY, name="cafe")
    assert store.captures(f"{SITE}:camille") == (row,)
    assert store.capture_listings(row.id) == (f"{SITE}:camille",)
    assert store.capture("cafe0000") == row
    for name in ("cafe", "cafe00001", ""):
        with pytest.raises(NotFound):
            store.capture(name)


def test_a_page_that_could_not_be_read_does_not_count_as_read(store: Store) -> None:
    url = f"https://{SITE}/camille"
    assert store.last_reads(SITE, [url, "https://autre.example/"]) == {}
    for day, outcome in ((DAY, Outcome.LISTINGS), (DAY + timedelta(days=9), Outcome.UNREADABLE)):
        store.add_reading(ReadingRow(SITE, url, day, outcome, "", 0, False, False), at=AT, milliseconds=1)
    assert store.last_reads(SITE, [url, "https://autre.example/"]) == {url: (DAY, AT)}
    assert store.last_reads("autre.example", [url]) == {}


def test_a_word_stands_for_the_fields_it_was_given_on_and_the_last_one_wins(store: Store) -> None:
    pair = f"{SITE}:camille", CAMILLE.id
    fields = fields_hash(listing(), CAMILLE)
    moved = fields_hash(listing(places=(Place("1 rue Neuve", "26000", "Valence"),)), CAMILLE)
    assert fields != moved
    told: dict[str, Any] = {"day": DAY, "at": AT, "actor": STAFF}
    store.add_judgement(*pair, fields, Word.SAME, **told)
    assert store.opinions(*pair, fields) == (Opinion(Word.SAME, STAFF, DAY),)
    assert store.opinions(*pair, moved) == (), "a changed field asks again"
    store.add_judgement(*pair, fields, Word.OTHER, **told)
    assert store.opinions(*pair, fields)[-1].word is Word.OTHER
    assert store.last_judgement() == (*pair, fields, Word.OTHER)
    store.add_judgement(*pair, fields, Word.UNDONE, **told)
    assert store.opinions(*pair, fields) == ()
    assert store.last_judgement() is None


# -- letters and dispatches: nothing twice -----------------------------------------------------------------------------------


def test_a_letter_of_the_same_number_and_a_message_id_used_twice_are_refused(store: Store) -> None:
    case = open_case(store)
    letter = LetterRow(f"{case}/request/1", case, "request", 1, "v1", "aa", "bb", STAFF, DAY)
    store.add_letter(letter, at=AT)
    with pytest.raises(sqlite3.IntegrityError):
        store.add_letter(replace(letter, id="autre"), at=AT)
    sent = DispatchRow(
        "d1", letter.id, case, "email", "dpo@rdv.example", "c@conseil.example", "<1@conseil.example>", "cc",
        DispatchState.QUEUED, DAY, "",
    )  # fmt: skip
    store.add_dispatch(sent, at=AT)
    with pytest.raises(sqlite3.IntegrityError):
        store.add_dispatch(replace(sent, id="d2"), at=AT)
    with pytest.raises(sqlite3.IntegrityError):
        store.add_dispatch(replace(sent, id="d3", letter="inconnue", message_id="<2@conseil.example>"), at=AT)
    store.set_dispatch("d1", DispatchState.SENDING, response="", at=AT)
    assert store.dispatches(case, DispatchState.SENDING) == (replace(sent, state=DispatchState.SENDING),)
    assert store.dispatches(state=DispatchState.QUEUED) == ()


# -- the jobs' own rows --------------------------------------------------------------------------------------------------------


def test_two_stores_space_their_requests_to_one_host_evenly(path: Path, store: Store) -> None:
    with Store(path, RULES) as other:
        waits = [(store, other)[n % 2].reserve("rdv.example", 2.0, AT) for n in range(6)]
        assert waits == [0, 2, 4, 6, 8, 10]
        assert other.reserve("autre.example", 2.0, AT) == 0
        assert store.reserve("rdv.example", 2.0, AT + timedelta(seconds=60)) == 0, "an idle host owes nothing"


def test_a_clock_set_back_does_not_silence_a_host_for_days(store: Store) -> None:
    store.reserve("rdv.example", 2.0, AT + timedelta(days=30))
    assert store.reserve("rdv.example", 2.0, AT) <= 3600


def test_real_waits_of_two_stores_in_two_threads_never_bunch(path: Path, store: Store) -> None:
    slots: list[float] = []

    def asks() -> None:
        with Store(path, RULES) as own:
            for _ in range(10):
                now = datetime.now(UTC)
                slots.append(now.timestamp() + own.reserve("rdv.example", 0.5, now))

    threads = [threading.Thread(target=asks) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(slots)
    assert min(b - a for a, b in pairwise(ordered)) >= 0.5 - 1e-4


def test_an_errand_stays_once_and_keeps_its_place(store: Store) -> None:
    store.add_errands("rdv.example", [(url, "profile", url, 1) for url in ("b", "a", "b")])
    store.add_errands("rdv.example", [("a", "profile", "a", 1)])
    assert [(e.url, e.role) for e in store.errands("rdv.example")] == [("b", "profile"), ("a", "profile")]
    store.drop_errand("rdv.example", "b")
    assert [(e.url, e.role) for e in store.errands("rdv.example")] == [("a", "profile")]


def test_a_thing_is_told_once_per_case_kind_and_due_date(store: Store) -> None:
    assert store.tell("C-1", "legal", DAY, at=AT)
    assert not store.tell("C-1", "legal", DAY, at=AT + timedelta(days=1))
    assert store.tell("C-1", "council", DAY, at=AT)
    assert store.tell("C-1", "legal", DAY + timedelta(days=1), at=AT), "another due date is another thing"
    assert store.tell("C-2", "legal", DAY, at=AT)


# -- rebuild -------------------------------------------------------------------------------------------------------------


def test_a_rebuild_computes_every_cache_again_and_nothing_changes(tmp_path: Path, store: Store) -> None:
    vault, sites, world = Vault(tmp_path / "vault"), load_sites(ROOT / "scrapers"), BookingSite()
    put(store, CAMILLE)
    put(store, replace(CAMILLE, id="99900000037", rpps="99900000037", family_name="Canevas", first_name="Lou"))

    for who in (CAMILLE.id, "99900000037"):
        store.put_watch(Watch(who, True, DAY, "courriel"), at=AT, actor=STAFF)

    def read(url: str, day: date) -> None:
        _, kind, text = world.answer(url.split(HOST)[1])
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        evidence.import_file(
            store, Evidence(vault, tool="listingguard", now=lambda: at), sites,
            evidence.Saved(text.encode(), url, "page.html", kind), evidence.Look(at), elsewhere=lambda page: "",
            today=day, at=at, machine_at=at, actor=STAFF, simulated=True,
        )  # fmt: skip

    camille = f"http://{HOST}/masseur-kinesitherapeute/valence/camille-exemple"
    for url, day in ((camille, DAY), (CANARY_URL, DAY), (camille, date(2026, 3, 1))):
        read(url, day)
    confirm(store, open_case(store))
    before = store.caches()
    assert all(before[table] for table in CACHES if table != "case_wake"), "no request left yet, so no day to wait for"
    with store.tx("spoil"):
        store._db.execute("UPDATE case_now SET state = 'closed'")
        store._db.execute("UPDATE listing SET last_seen = '2020-01-01'")
        store._db.execute('DELETE FROM "match"')
    assert store.caches() != before
    scan.rebuild(store, vault, sites)
    assert store.caches() == before
