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
ADDED = 'INSERT INTO registered_number (number, letter, "case", product, at, actor) VALUES (?, ?, ?, ?, ?, ?)'


@pytest.fixture
def db(tmp_path: Path) -> Database:
    Store(tmp_path / "l.db", Rules(Acting.COUNCIL, Gate.COUNCIL, {})).close()
    return Database(tmp_path / "l.db")


def letter(db: Database, case: str, pdf: str) -> str:
    name = f"{case}/cover/1"
    db.execute(
        'INSERT INTO letter (id, "case", kind, sequence, template, text, pdf, approved_by, day, at)'
        " VALUES (?, ?, 'cover', 1, 't', 'x', ?, 'A', '2026-01-12', 'z')",
        [name, case, pdf],
    )
    return name


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


def test_one_number_is_the_envelope_of_several_cases_and_of_no_other_letter(db: Database) -> None:
    db.execute("PRAGMA foreign_keys=OFF")
    one, two, other = letter(db, "C-1", "a"), letter(db, "C-2", "a"), letter(db, "C-3", "b")
    for name in (one, two):
        db.execute(ADDED, ("RR473124829FR", name, name[:3], "lrar", "z", "A"))
    for name in (other, "C-4/request/1", one):
        with pytest.raises(Exception, match=r"one envelope|UNIQUE"):
            db.execute(ADDED, ("RR473124829FR", name, name[:3], "lrar", "z", "A"))
    with pytest.raises(Exception, match="UNIQUE"):
        db.execute(ADDED, ("RR000000005FR", one, "C-1", "lrar", "z", "A"))
