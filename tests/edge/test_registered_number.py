"""The number of a registered letter: what an older home knew is kept, and one number is one envelope, of several cases."""

from pathlib import Path

import pytest
from sqlite_utils import Database

from listingguard.domain.case import Acting, Gate, Rules
from listingguard.edge import schema
from listingguard.edge.store import Store

OLD = (
    'CREATE TABLE registered_number (number TEXT PRIMARY KEY, letter TEXT NOT NULL UNIQUE, "case" TEXT NOT NULL,'
    " product TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL) STRICT"
)
FINAL = (
    "CREATE TRIGGER registered_number_is_final BEFORE UPDATE ON registered_number"
    " BEGIN SELECT RAISE(ABORT, 'numbers of registered letters are never changed'); END"
)
NOW = (
    'INSERT INTO registered_number (dispatch, number, letter, "case", product, at, actor) VALUES (?, ?, ?, ?, ?, ?, ?)'
)
ADDED = 'INSERT INTO registered_number (number, letter, "case", product, at, actor) VALUES (?, ?, ?, ?, ?, ?)'


@pytest.fixture
def db(tmp_path: Path) -> Database:
    Store(tmp_path / "l.db", Rules(Acting.COUNCIL, Gate.COUNCIL, {})).close()
    return Database(tmp_path / "l.db")


def test_what_an_older_home_noted_is_kept_and_stays_final(db: Database) -> None:
    db.execute("DROP TABLE registered_number")
    db.execute(OLD)
    db.execute(FINAL)
    rows = [
        ("RR473124829FR", "C-1/request/1", "C-1", "lrar", "z", "A"),
        ("RR000000005FR", "C-2/request/1", "C-2", "lre", "z", "B"),
    ]
    for row in rows:
        db.execute(ADDED, row)
    schema.m013_one_envelope(db)
    assert [tuple(row) for row in db.execute("SELECT * FROM registered_number ORDER BY rowid")] == rows
    assert "registered_number_once" not in db.table_names()
    with pytest.raises(Exception, match="never changed"):
        db.execute("UPDATE registered_number SET number = 'X'")


def sending(db: Database, name: str, message: str, state: str = "sent", channel: str = "lrar") -> str:
    case = name[:3]
    db.execute(
        'INSERT INTO dispatch (id, letter, "case", channel, recipient, sender, message_id, message, state, day, at,'
        " settled_at, response) VALUES (?, ?, ?, ?, 'R', 'S', ?, ?, ?, '2026-01-12', 'z', NULL, '')",
        [name, "/".join(name.split("/")[:3]), case, channel, name, message, state],
    )
    return name


def test_a_number_noted_by_letter_becomes_that_of_its_first_sending_not_given_up(db: Database) -> None:
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute("DROP TABLE registered_number")
    db.execute(OLD)
    db.execute(FINAL)
    sending(db, "C-1/request/1/lrar", "a", "withdrawn")
    sending(db, "C-1/request/1/lrar/2", "a")
    sending(db, "C-1/request/1/lrar/3", "a", "draft")
    for number, name in (("RR473124829FR", "C-1/request/1"), ("RR000000005FR", "C-2/request/1")):
        db.execute(ADDED, (number, name, name[:3], "lrar", "z", "A"))
    schema.m019_number_of_a_sending(db)
    assert db.execute("SELECT dispatch, number FROM registered_number ORDER BY rowid").fetchall() == [
        ("C-1/request/1/lrar/2", "RR473124829FR"),
        ("C-2/request/1/lrar", "RR000000005FR"),
    ]
    assert "registered_number_of_letter" not in db.table_names()
    with pytest.raises(Exception, match="never changed"):
        db.execute("UPDATE registered_number SET number = 'X'")


def test_one_number_is_the_envelope_of_several_cases_and_of_no_other_letter(db: Database) -> None:
    db.execute("PRAGMA foreign_keys=OFF")
    one, two = sending(db, "C-1/cover/1/lrar", "a"), sending(db, "C-2/cover/1/lrar", "a")
    other, again = sending(db, "C-3/cover/1/lrar", "b"), sending(db, "C-1/cover/1/lrar/2", "c")
    for name in (one, two):
        db.execute(NOW, (name, "RR473124829FR", name[:11], name[:3], "lrar", "z", "A"))
    for name in (other, again, "C-4/request/1/lrar", one):
        with pytest.raises(Exception, match=r"one envelope|UNIQUE"):
            db.execute(NOW, (name, "RR473124829FR", name[:11], name[:3], "lrar", "z", "A"))
    with pytest.raises(Exception, match="UNIQUE"):
        db.execute(NOW, (one, "RR000000005FR", "C-1/cover/1", "C-1", "lrar", "z", "A"))
    db.execute(NOW, (again, "RR000000005FR", "C-1/cover/1", "C-1", "lrar", "z", "A"))
