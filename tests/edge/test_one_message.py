"""One message may answer several cases: what an older home had filed and read is kept, and stays final."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from listingguard.domain.case import Acting, Gate, Rules
from listingguard.domain.record import ReplyRow, Sort
from listingguard.edge import schema
from listingguard.edge.store import Store

RULES = Rules(Acting.COUNCIL, Gate.COUNCIL, {})
AT, DAY = datetime(2026, 1, 20, tzinfo=UTC), date(2026, 1, 20)
OLD = (
    'CREATE TABLE reply (sha256 TEXT PRIMARY KEY, "case" TEXT NOT NULL, route TEXT NOT NULL, sender TEXT NOT NULL,'
    " subject TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, sort TEXT NOT NULL DEFAULT 'reply') STRICT",
    "CREATE TRIGGER reply_is_final BEFORE UPDATE ON reply BEGIN SELECT RAISE(ABORT, 'messages are never changed'); END",
    "CREATE TABLE reply_reading (id INTEGER PRIMARY KEY, message TEXT NOT NULL, meaning TEXT NOT NULL,"
    " sort TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL) STRICT",
    "CREATE TRIGGER reply_reading_is_final BEFORE UPDATE ON reply_reading"
    " BEGIN SELECT RAISE(ABORT, 'what a person read is never changed'); END",
)


def test_what_an_older_home_filed_and_read_is_kept_and_stays_final(tmp_path: Path) -> None:
    Store(tmp_path / "l.db", RULES).close()
    db = Database(tmp_path / "l.db")
    for table in ("reply", "reply_reading"):
        db.execute(f"DROP TABLE {table}")
    for statement in OLD:
        db.execute(statement)
    for sha, case, sort in (("a" * 64, "C-1", "reply"), ("b" * 64, "C-2", "bounce"), ("c" * 64, "C-2", "reply")):
        db.execute(
            "INSERT INTO reply VALUES (?, ?, 'token', 'x@y.example', 's', '2026-01-20', 'z', ?)", [sha, case, sort]
        )
    db.execute("INSERT INTO reply_reading VALUES (1, ?, 'refused', 'reply', '2026-01-20', 'z', 'A')", ["a" * 64])
    schema.m016_one_message(db)
    assert "reply_once" not in db.table_names()
    for table in ("reply", "reply_reading"):
        with pytest.raises(Exception, match="never changed"):
            db.execute(f"UPDATE {table} SET \"case\" = 'X'")
    db.conn.commit()
    db.close()
    with Store(tmp_path / "l.db", RULES) as store:
        assert [row.sort for row in store.replies("C-2")] == [Sort.BOUNCE, Sort.REPLY]
        assert store.meaning_of_reply("a" * 64, "C-1") == "refused"
        assert store.unread_cases() == ("C-2",)
        # The same message in the other case: a fact of its own, not read there.
        assert store.add_reply(ReplyRow("a" * 64, "C-2", "token", "x@y.example", "s", DAY), at=AT)
        assert not store.add_reply(ReplyRow("a" * 64, "C-2", "token", "x@y.example", "s", DAY), at=AT)
        assert [row.case for row in store.replies_named("a" * 12)] == ["C-1", "C-2"]
        assert [row.sha256[0] for row in store.unread_replies("C-2")] == ["c", "a"]
        assert store.unread_replies("C-1") == ()
        store.add_reading_of_reply("a" * 64, "C-2", "partial", Sort.REPLY, day=DAY, at=AT, actor="B")
        assert [row.sha256[0] for row in store.unread_replies("C-2")] == ["c"]
        assert (store.meaning_of_reply("a" * 64, "C-1"), store.meaning_of_reply("a" * 64, "C-2")) == (
            "refused",
            "partial",
        )
