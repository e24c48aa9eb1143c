"""The tables of a home and how they came to be: migrations only, no row is read or written here."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("listingguard")

CACHES = ("listing", "match", "case_now", "case_wake", "case_task", "case_page", "person_clue")
"""Tables that `rebuild` drops and computes again; everything else is fact."""

_TABLES = """
CREATE TABLE practitioner (
  id TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL, source TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE practitioner_version (
  id TEXT NOT NULL REFERENCES practitioner(id), version INTEGER NOT NULL, data TEXT NOT NULL,
  source TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (id, version)
) STRICT;
CREATE TABLE practice (
  practitioner TEXT NOT NULL REFERENCES practitioner(id), address_hash TEXT NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (practitioner, address_hash)
) STRICT;
CREATE TABLE watch (
  practitioner TEXT PRIMARY KEY REFERENCES practitioner(id), wanted INTEGER NOT NULL,
  informed_on TEXT, channel TEXT NOT NULL, opposed_on TEXT, at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE TABLE authorisation (
  id TEXT PRIMARY KEY, practitioner TEXT NOT NULL REFERENCES practitioner(id), platform TEXT NOT NULL,
  agreement TEXT NOT NULL, given_by TEXT NOT NULL, since TEXT NOT NULL, until TEXT, proof TEXT NOT NULL,
  sent_on TEXT, practice TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE TABLE mandate (
  id TEXT PRIMARY KEY, practitioner TEXT NOT NULL REFERENCES practitioner(id), object TEXT NOT NULL,
  powers TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, document TEXT NOT NULL, revoked_on TEXT,
  at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE TABLE controller (
  slug TEXT PRIMARY KEY, data TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE TABLE site_check (
  host TEXT PRIMARY KEY, verified_on TEXT NOT NULL, canary TEXT NOT NULL, enabled INTEGER NOT NULL,
  at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE TABLE reading (
  id INTEGER PRIMARY KEY, site TEXT NOT NULL, url TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL,
  outcome TEXT NOT NULL, reason TEXT NOT NULL, listings INTEGER NOT NULL, canary INTEGER NOT NULL,
  human INTEGER NOT NULL, milliseconds INTEGER NOT NULL
) STRICT;
CREATE INDEX reading_url ON reading (site, url, day);
CREATE TABLE capture (
  id TEXT PRIMARY KEY, reading INTEGER NOT NULL REFERENCES reading(id), site TEXT NOT NULL, url TEXT NOT NULL,
  body TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, manifest TEXT NOT NULL
) STRICT;
CREATE TABLE capture_listing (
  capture TEXT NOT NULL REFERENCES capture(id), listing TEXT NOT NULL, PRIMARY KEY (capture, listing)
) STRICT;
CREATE INDEX capture_listing_listing ON capture_listing (listing);
CREATE TABLE listing (
  key TEXT PRIMARY KEY, site TEXT NOT NULL, url TEXT NOT NULL, data TEXT NOT NULL, capture TEXT NOT NULL,
  first_seen TEXT NOT NULL, last_seen TEXT NOT NULL
) STRICT;
CREATE TABLE match (
  listing TEXT NOT NULL, practitioner TEXT NOT NULL, similarity REAL NOT NULL, sufficiency TEXT NOT NULL,
  decision TEXT NOT NULL, reasons TEXT NOT NULL, fields_hash TEXT NOT NULL, PRIMARY KEY (listing, practitioner)
) STRICT;
CREATE TABLE judgement (
  id INTEGER PRIMARY KEY, listing TEXT NOT NULL, practitioner TEXT NOT NULL, fields_hash TEXT NOT NULL,
  word TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE INDEX judgement_pair ON judgement (listing, practitioner);
CREATE TABLE case_event (
  stream TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, day TEXT NOT NULL,
  at TEXT NOT NULL, actor TEXT NOT NULL, proof TEXT NOT NULL, payload_hash TEXT NOT NULL, prev TEXT NOT NULL,
  hash TEXT NOT NULL, PRIMARY KEY (stream, seq), UNIQUE (stream, kind, key)
) STRICT;
CREATE TABLE payload (
  stream TEXT NOT NULL, seq INTEGER NOT NULL, salt BLOB NOT NULL, data TEXT NOT NULL, PRIMARY KEY (stream, seq),
  FOREIGN KEY (stream, seq) REFERENCES case_event (stream, seq)
) STRICT;
CREATE TABLE case_now (
  id TEXT PRIMARY KEY, practitioner TEXT NOT NULL, controller TEXT NOT NULL, platform TEXT NOT NULL,
  state TEXT NOT NULL, opened_on TEXT NOT NULL, legal_due TEXT, council_due TEXT
) STRICT;
CREATE INDEX case_now_pair ON case_now (practitioner, controller);
CREATE TABLE letter (
  id TEXT PRIMARY KEY, "case" TEXT NOT NULL, kind TEXT NOT NULL, sequence INTEGER NOT NULL,
  template TEXT NOT NULL, text TEXT NOT NULL, pdf TEXT NOT NULL, approved_by TEXT NOT NULL, day TEXT NOT NULL,
  at TEXT NOT NULL, UNIQUE ("case", kind, sequence)
) STRICT;
CREATE TABLE dispatch (
  id TEXT PRIMARY KEY, letter TEXT NOT NULL REFERENCES letter(id), "case" TEXT NOT NULL, channel TEXT NOT NULL,
  recipient TEXT NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL UNIQUE, message TEXT NOT NULL,
  state TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, settled_at TEXT, response TEXT NOT NULL
) STRICT;
CREATE TABLE reply (
  sha256 TEXT PRIMARY KEY, "case" TEXT NOT NULL, route TEXT NOT NULL, sender TEXT NOT NULL,
  subject TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE pack (
  "case" TEXT NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, day TEXT NOT NULL,
  at TEXT NOT NULL, actor TEXT NOT NULL, PRIMARY KEY ("case", number)
) STRICT;
CREATE TABLE quarantine (
  sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE host_lease (host TEXT PRIMARY KEY, next_at REAL NOT NULL) STRICT;
CREATE TABLE errand (
  host TEXT NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (host, url)
) STRICT;
CREATE TABLE told (
  "case" TEXT NOT NULL, kind TEXT NOT NULL, due TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY ("case", kind, due)
) STRICT;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
"""

# The log cannot be rewritten, not even by a mistake in our own code: a payload goes only where a purge event
# of the home's stream names it (`STREAM/SEQ`).
_TRIGGERS = """
CREATE TRIGGER case_event_is_final BEFORE UPDATE ON case_event
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER case_event_stays BEFORE DELETE ON case_event
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER payload_is_final BEFORE UPDATE ON payload
BEGIN SELECT RAISE(ABORT, 'payloads are never changed'); END;
CREATE TRIGGER payload_stays BEFORE DELETE ON payload
WHEN NOT EXISTS (
  SELECT 1 FROM case_event WHERE stream = 'home' AND kind = 'purged' AND key = OLD.stream || '/' || OLD.seq
)
BEGIN SELECT RAISE(ABORT, 'payloads are deleted by purge only'); END;
CREATE TRIGGER judgement_is_final BEFORE UPDATE ON judgement
BEGIN SELECT RAISE(ABORT, 'judgements are never changed'); END;
"""


_READINGS = """
CREATE TABLE scan_run (
  id INTEGER PRIMARY KEY, host TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, ended_at TEXT,
  doubt TEXT NOT NULL, why TEXT NOT NULL, pages INTEGER NOT NULL, good INTEGER NOT NULL, canary INTEGER NOT NULL
) STRICT;
CREATE INDEX scan_run_host ON scan_run (host, id);
ALTER TABLE reading ADD COLUMN run INTEGER REFERENCES scan_run(id);
ALTER TABLE reading ADD COLUMN role TEXT NOT NULL DEFAULT '';
ALTER TABLE reading ADD COLUMN cause TEXT NOT NULL DEFAULT '';
ALTER TABLE reading ADD COLUMN coverage TEXT NOT NULL DEFAULT '{}';
ALTER TABLE reading ADD COLUMN body TEXT NOT NULL DEFAULT '';
ALTER TABLE reading ADD COLUMN unchanged INTEGER NOT NULL DEFAULT 0;
CREATE INDEX reading_run ON reading (run);
ALTER TABLE errand ADD COLUMN start TEXT NOT NULL DEFAULT '';
ALTER TABLE errand ADD COLUMN step INTEGER NOT NULL DEFAULT 1;
ALTER TABLE errand ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE errand ADD COLUMN run INTEGER NOT NULL DEFAULT 0;
CREATE INDEX errand_order ON errand (host, number);
CREATE TABLE page_memory (
  host TEXT NOT NULL, url TEXT NOT NULL, final_url TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL,
  body TEXT NOT NULL, basis TEXT NOT NULL, listings INTEGER NOT NULL, coverage TEXT NOT NULL, leads TEXT NOT NULL,
  PRIMARY KEY (host, url)
) STRICT;
CREATE TABLE reported_url (
  url TEXT PRIMARY KEY, host TEXT NOT NULL, rpps TEXT NOT NULL, note TEXT NOT NULL, day TEXT NOT NULL,
  at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE INDEX reported_url_host ON reported_url (host);
CREATE TABLE site_decision (
  host TEXT NOT NULL, decided_on TEXT NOT NULL, document TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (host, document)
) STRICT;
CREATE TABLE left_alone (
  practitioner TEXT NOT NULL REFERENCES practitioner(id), host TEXT NOT NULL, since TEXT NOT NULL, at TEXT NOT NULL,
  actor TEXT NOT NULL, PRIMARY KEY (practitioner, host)
) STRICT;
CREATE TABLE robots (
  host TEXT NOT NULL, url TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, status INTEGER, body TEXT NOT NULL,
  crawl_delay REAL, PRIMARY KEY (host, day, body)
) STRICT;
"""

_TOKENS = """
CREATE TABLE capture_token (
  capture TEXT NOT NULL REFERENCES capture(id), authority TEXT NOT NULL, sha256 TEXT NOT NULL, status TEXT NOT NULL,
  at TEXT NOT NULL, PRIMARY KEY (capture, sha256)
) STRICT;
CREATE INDEX capture_body ON capture (body, url, day);
CREATE TRIGGER capture_token_is_final BEFORE UPDATE ON capture_token
BEGIN SELECT RAISE(ABORT, 'tokens are never changed'); END;
"""


# A capture, and what goes with it, leaves only where a purge event of the home's stream names it.
_SEALED = """
CREATE TRIGGER capture_is_final BEFORE UPDATE ON capture
BEGIN SELECT RAISE(ABORT, 'captures are never changed'); END;
CREATE TRIGGER capture_stays BEFORE DELETE ON capture
WHEN NOT EXISTS (SELECT 1 FROM case_event WHERE stream = 'home' AND kind = 'purged' AND key = 'capture/' || OLD.id)
BEGIN SELECT RAISE(ABORT, 'captures are deleted by purge only'); END;
CREATE TRIGGER capture_listing_is_final BEFORE UPDATE ON capture_listing
BEGIN SELECT RAISE(ABORT, 'what a capture shows is never changed'); END;
CREATE TRIGGER capture_listing_stays BEFORE DELETE ON capture_listing
WHEN NOT EXISTS (SELECT 1 FROM case_event WHERE stream = 'home' AND kind = 'purged' AND key = 'capture/' || OLD.capture)
BEGIN SELECT RAISE(ABORT, 'what a capture shows is deleted by purge only'); END;
CREATE TRIGGER capture_token_stays BEFORE DELETE ON capture_token
WHEN NOT EXISTS (SELECT 1 FROM case_event WHERE stream = 'home' AND kind = 'purged' AND key = 'capture/' || OLD.capture)
BEGIN SELECT RAISE(ABORT, 'tokens are deleted by purge only'); END;
CREATE TRIGGER robots_is_final BEFORE UPDATE ON robots
BEGIN SELECT RAISE(ABORT, 'what robots.txt said is never changed'); END;
CREATE TRIGGER robots_stays BEFORE DELETE ON robots
WHEN NOT EXISTS (
  SELECT 1 FROM case_event WHERE stream = 'home' AND kind = 'purged'
  AND key = 'robots/' || OLD.host || '/' || OLD.day || '/' || OLD.body
)
BEGIN SELECT RAISE(ABORT, 'what robots.txt said is deleted by purge only'); END;
CREATE TABLE canary_name (
  host TEXT NOT NULL, url TEXT NOT NULL, salt BLOB NOT NULL, hash TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX canary_name_url ON canary_name (host, url);
CREATE TRIGGER canary_name_is_final BEFORE UPDATE ON canary_name
BEGIN SELECT RAISE(ABORT, 'what a witness page showed is never changed'); END;
"""

_LETTERS_ARE_FINAL = """
CREATE TRIGGER letter_is_final BEFORE UPDATE ON letter
BEGIN SELECT RAISE(ABORT, 'approved letters are never changed'); END;
"""


_ROSTER = """
CREATE TABLE roster_import (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, scope TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL,
  actor TEXT NOT NULL
) STRICT;
CREATE TABLE roster_member (
  scope TEXT NOT NULL, practitioner TEXT NOT NULL REFERENCES practitioner(id),
  import INTEGER NOT NULL REFERENCES roster_import(id), PRIMARY KEY (scope, practitioner)
) STRICT, WITHOUT ROWID;
CREATE TABLE roster_change (
  id INTEGER PRIMARY KEY, import INTEGER NOT NULL REFERENCES roster_import(id),
  practitioner TEXT NOT NULL REFERENCES practitioner(id), kind TEXT NOT NULL, before TEXT NOT NULL,
  after TEXT NOT NULL, day TEXT NOT NULL
) STRICT;
CREATE TABLE same_person (
  id INTEGER PRIMARY KEY, kept TEXT NOT NULL REFERENCES practitioner(id),
  other TEXT NOT NULL REFERENCES practitioner(id), same INTEGER NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL,
  actor TEXT NOT NULL
) STRICT;
CREATE TABLE roster_title (
  headers TEXT NOT NULL, title TEXT NOT NULL, field TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (headers, title)
) STRICT;
CREATE TRIGGER roster_change_is_final BEFORE UPDATE ON roster_change
BEGIN SELECT RAISE(ABORT, 'changes of the roster are never changed'); END;
CREATE TRIGGER same_person_is_final BEFORE UPDATE ON same_person
BEGIN SELECT RAISE(ABORT, 'words about two rows of one person are never changed'); END;
"""


_SERVICE = """
CREATE TABLE reply_token (
  token TEXT PRIMARY KEY, dispatch TEXT NOT NULL UNIQUE, "case" TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE registered_number (
  number TEXT PRIMARY KEY, letter TEXT NOT NULL UNIQUE, "case" TEXT NOT NULL, product TEXT NOT NULL, at TEXT NOT NULL,
  actor TEXT NOT NULL
) STRICT;
CREATE TABLE service_proof (
  id TEXT PRIMARY KEY, dispatch TEXT NOT NULL REFERENCES dispatch(id), "case" TEXT NOT NULL, type TEXT NOT NULL,
  day TEXT NOT NULL, file TEXT NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE TRIGGER reply_token_is_final BEFORE UPDATE ON reply_token
BEGIN SELECT RAISE(ABORT, 'reply addresses are never changed'); END;
CREATE TRIGGER registered_number_is_final BEFORE UPDATE ON registered_number
BEGIN SELECT RAISE(ABORT, 'numbers of registered letters are never changed'); END;
CREATE TRIGGER service_proof_is_final BEFORE UPDATE ON service_proof
BEGIN SELECT RAISE(ABORT, 'proofs of service are never changed'); END;
"""


_NUMBERS = """
CREATE TABLE registered_number (
  number TEXT NOT NULL, letter TEXT NOT NULL UNIQUE, "case" TEXT NOT NULL, product TEXT NOT NULL, at TEXT NOT NULL,
  actor TEXT NOT NULL, PRIMARY KEY (number, letter)
) STRICT;
CREATE TRIGGER registered_number_is_one_envelope BEFORE INSERT ON registered_number
WHEN EXISTS (
  SELECT 1 FROM registered_number r LEFT JOIN letter o ON o.id = r.letter LEFT JOIN letter n ON n.id = NEW.letter
  WHERE r.number = NEW.number AND r.letter <> NEW.letter AND o.pdf IS NOT n.pdf
)
BEGIN SELECT RAISE(ABORT, 'one number of registered letter is one envelope'); END;
CREATE TRIGGER registered_number_is_final BEFORE UPDATE ON registered_number
BEGIN SELECT RAISE(ABORT, 'numbers of registered letters are never changed'); END;
"""


_NUMBER_OF_A_SENDING = """
CREATE TABLE registered_number (
  dispatch TEXT PRIMARY KEY, number TEXT NOT NULL, letter TEXT NOT NULL, "case" TEXT NOT NULL, product TEXT NOT NULL,
  at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE INDEX registered_number_number ON registered_number (number);
CREATE INDEX registered_number_letter ON registered_number (letter);
CREATE TRIGGER registered_number_is_one_envelope BEFORE INSERT ON registered_number
WHEN EXISTS (
  SELECT 1 FROM registered_number r LEFT JOIN dispatch o ON o.id = r.dispatch LEFT JOIN dispatch n ON n.id = NEW.dispatch
  WHERE r.number = NEW.number AND r.dispatch <> NEW.dispatch AND o.message IS NOT n.message
)
BEGIN SELECT RAISE(ABORT, 'one number of registered letter is one envelope'); END;
CREATE TRIGGER registered_number_is_final BEFORE UPDATE ON registered_number
BEGIN SELECT RAISE(ABORT, 'numbers of registered letters are never changed'); END;
"""


_INBOX = """
CREATE TABLE reply_reading (
  id INTEGER PRIMARY KEY, message TEXT NOT NULL, meaning TEXT NOT NULL, sort TEXT NOT NULL, day TEXT NOT NULL,
  at TEXT NOT NULL, actor TEXT NOT NULL
) STRICT;
CREATE INDEX reply_reading_message ON reply_reading (message);
CREATE TABLE controller_domain (
  controller TEXT NOT NULL, domain TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (controller, domain)
) STRICT;
CREATE TABLE mailbox_message (
  mailbox TEXT NOT NULL, validity INTEGER NOT NULL, uid INTEGER NOT NULL, sha256 TEXT NOT NULL, fate TEXT NOT NULL,
  at TEXT NOT NULL, PRIMARY KEY (mailbox, validity, uid)
) STRICT;
CREATE INDEX mailbox_message_sha256 ON mailbox_message (sha256);
CREATE TRIGGER reply_is_final BEFORE UPDATE ON reply
BEGIN SELECT RAISE(ABORT, 'messages received are never changed'); END;
CREATE TRIGGER reply_reading_is_final BEFORE UPDATE ON reply_reading
BEGIN SELECT RAISE(ABORT, 'what a person read is never changed'); END;
CREATE TRIGGER controller_domain_is_final BEFORE UPDATE ON controller_domain
BEGIN SELECT RAISE(ABORT, 'what a person said of a domain is never changed'); END;
CREATE TRIGGER mailbox_message_is_final BEFORE UPDATE ON mailbox_message
BEGIN SELECT RAISE(ABORT, 'what was collected is never changed'); END;
"""


_ONE_MESSAGE = """
CREATE TABLE reply (
  sha256 TEXT NOT NULL, "case" TEXT NOT NULL, route TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL,
  day TEXT NOT NULL, at TEXT NOT NULL, sort TEXT NOT NULL DEFAULT 'reply', PRIMARY KEY (sha256, "case")
) STRICT;
CREATE INDEX reply_case ON reply ("case");
CREATE TRIGGER reply_is_final BEFORE UPDATE ON reply
BEGIN SELECT RAISE(ABORT, 'messages received are never changed'); END;
DROP TRIGGER reply_reading_is_final;
ALTER TABLE reply_reading ADD COLUMN "case" TEXT NOT NULL DEFAULT '';
"""


@migrations()
def m001_the_first_tables(db: Database) -> None:
    """Everything of the first version."""
    for statement in _statements(_TABLES) + _statements(_TRIGGERS):
        db.execute(statement)


@migrations()
def m002_host_manners(db: Database) -> None:
    """What a host asked of us, and how much we asked of it: `day` is a day of Paris, the times are POSIX seconds."""
    for column in (
        "day TEXT NOT NULL DEFAULT ''",
        "used INTEGER NOT NULL DEFAULT 0",
        "rest_until REAL NOT NULL DEFAULT 0",
        "why TEXT NOT NULL DEFAULT ''",
    ):
        db.execute(f"ALTER TABLE host_lease ADD COLUMN {column}")


@migrations()
def m003_readings(db: Database) -> None:
    """What a reading and a run of the scan tell about themselves; pages remembered, reported, decided on."""
    for statement in _statements(_READINGS):
        db.execute(statement)


@migrations()
def m004_evidence(db: Database) -> None:
    """The time-stamps of captures: facts, appended."""
    for statement in _statements(_TOKENS):
        db.execute(statement)


@migrations()
def m005_listed(db: Database) -> None:
    """The last day on which a list of a site still led to a page."""
    db.execute(
        "CREATE TABLE listed (host TEXT NOT NULL, url TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (host, url)) STRICT"
    )


@migrations()
def m006_evidence_sealed(db: Database) -> None:
    """Captures and what they show are final; whom a witness page shows, by a salted hash."""
    for statement in _statements(_SEALED):
        db.execute(statement)


@migrations()
def m007_roster(db: Database) -> None:
    """What each import found, which rows a person said are one person, and what the titles of a table mean."""
    for statement in _statements(_ROSTER):
        db.execute(statement)


@migrations()
def m008_question(db: Database) -> None:
    """Who supplied the document of an agreement; a letter that was approved is final."""
    db.execute("ALTER TABLE authorisation ADD COLUMN from_platform INTEGER NOT NULL DEFAULT 0")
    for statement in _statements(_LETTERS_ARE_FINAL):
        db.execute(statement)


@migrations()
def m009_second_opinion(db: Database) -> None:
    """Whether a person's word about a pair was a second opinion, given without sight of the first."""
    db.execute("ALTER TABLE judgement ADD COLUMN blind INTEGER NOT NULL DEFAULT 0")


@migrations()
def m010_service(db: Database) -> None:
    """The address a dispatch is answered at, the number of a registered letter, proofs of service: facts, appended."""
    for statement in _statements(_SERVICE):
        db.execute(statement)


@migrations()
def m011_inbox(db: Database) -> None:
    """What sort of message came in, what people read in it, from which mail box, whose domain it bears."""
    db.execute("ALTER TABLE reply ADD COLUMN sort TEXT NOT NULL DEFAULT 'reply'")
    db.execute("ALTER TABLE quarantine ADD COLUMN sort TEXT NOT NULL DEFAULT 'reply'")
    db.execute("ALTER TABLE quarantine ADD COLUMN guess TEXT NOT NULL DEFAULT ''")
    for statement in _statements(_INBOX):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    # executescript() would commit the migration's transaction; a trigger body ends with « END; ».
    parts, current = [], ""
    for line in script.strip().splitlines():
        current += line + "\n"
        trigger = current.lstrip().startswith("CREATE TRIGGER")
        if line.endswith("END;") if trigger else line.endswith(";"):
            parts.append(current)
            current = ""
    return parts


@migrations()
def m012_foreseen(db: Database) -> None:
    """What time alone will do to each case, so that a list or the clock need not fold them all."""
    columns = (
        "last_day TEXT NOT NULL DEFAULT ''", "silent_from TEXT", "ready_from TEXT", "moves INTEGER NOT NULL DEFAULT 0",
        "outcome TEXT NOT NULL DEFAULT ''", "receipt TEXT", "basis TEXT", "held TEXT NOT NULL DEFAULT '[]'",
    )  # fmt: skip
    for column in columns:
        db.execute(f"ALTER TABLE case_now ADD COLUMN {column}")
    db.execute(
        'CREATE TABLE case_wake ("case" TEXT NOT NULL, kind TEXT NOT NULL, due TEXT NOT NULL, day TEXT NOT NULL,'
        ' PRIMARY KEY ("case", kind, due)) STRICT, WITHOUT ROWID'
    )
    db.execute("CREATE INDEX case_wake_day ON case_wake (day)")
    db.execute("CREATE INDEX case_event_actor ON case_event (actor)")
    db.execute("CREATE INDEX mandate_practitioner ON mandate (practitioner)")


@migrations()
def m013_one_envelope(db: Database) -> None:
    """One registered letter may be the request of several cases: its number is kept on each of them."""
    db.execute("DROP TRIGGER registered_number_is_final")
    db.execute("ALTER TABLE registered_number RENAME TO registered_number_once")
    for statement in _statements(_NUMBERS):
        db.execute(statement)
    db.execute(
        'INSERT INTO registered_number (number, letter, "case", product, at, actor)'
        ' SELECT number, letter, "case", product, at, actor FROM registered_number_once ORDER BY rowid'
    )
    db.execute("DROP TABLE registered_number_once")


@migrations()
def m014_tasks(db: Database) -> None:
    """On which days each case asks something of people, so that what is to be done need not fold them all."""
    db.execute(
        'CREATE TABLE case_task ("case" TEXT NOT NULL, since TEXT NOT NULL, until TEXT, due TEXT NOT NULL,'
        ' PRIMARY KEY ("case", since)) STRICT, WITHOUT ROWID'
    )
    db.execute("CREATE INDEX authorisation_practitioner ON authorisation (practitioner)")


@migrations()
def m015_left_at(db: Database) -> None:
    """When the last request to a host left, in POSIX seconds: it may be later than it was booked for."""
    db.execute("ALTER TABLE host_lease ADD COLUMN left_at REAL NOT NULL DEFAULT 0")


@migrations()
def m016_one_message(db: Database) -> None:
    """One message may answer several cases, a covering letter's: filed in each, and read in each by a person."""
    db.execute("DROP TRIGGER reply_is_final")
    db.execute("ALTER TABLE reply RENAME TO reply_once")
    for statement in _statements(_ONE_MESSAGE):
        db.execute(statement)
    columns = 'sha256, "case", route, sender, subject, day, at, sort'
    db.execute(f"INSERT INTO reply ({columns}) SELECT {columns} FROM reply_once ORDER BY rowid")  # noqa: S608
    db.execute("DROP TABLE reply_once")
    db.execute(
        'UPDATE reply_reading SET "case" = coalesce((SELECT r."case" FROM reply r WHERE r.sha256 = message), \'\')'
    )
    db.execute(
        "CREATE TRIGGER reply_reading_is_final BEFORE UPDATE ON reply_reading"
        " BEGIN SELECT RAISE(ABORT, 'what a person read is never changed'); END"
    )


@migrations()
def m017_last_day(db: Database) -> None:
    """The cases that time alone has not changed are counted, and the few others found, without reading all of them."""
    db.execute("CREATE INDEX case_now_last ON case_now (moves, last_day)")


@migrations()
def m018_case_pages(db: Database) -> None:
    """Which pages each case names, so that two cases on one page, or a page seen absent, are found without reading all."""
    db.execute(
        'CREATE TABLE case_page ("case" TEXT NOT NULL, listing TEXT NOT NULL, url TEXT NOT NULL,'
        ' PRIMARY KEY ("case", listing, url)) STRICT, WITHOUT ROWID'
    )
    db.execute("CREATE INDEX case_page_listing ON case_page (listing)")
    db.execute("CREATE INDEX case_page_url ON case_page (url)")
    db.execute("CREATE INDEX reading_unseen ON reading (url) WHERE outcome IN ('none', 'gone')")
    db.execute("CREATE INDEX mandate_until ON mandate (until)")
    db.execute("CREATE INDEX practitioner_inactive ON practitioner (id) WHERE data ->> 'status' IS NOT 'active'")


@migrations()
def m019_number_of_a_sending(db: Database) -> None:
    """Each registered sending has a number of its own: a letter that came back is posted again under another one.

    What was noted by letter is that of its first sending by that post which was not given up.
    """
    db.execute("DROP TRIGGER registered_number_is_final")
    db.execute("DROP TRIGGER IF EXISTS registered_number_is_one_envelope")
    db.execute("ALTER TABLE registered_number RENAME TO registered_number_of_letter")
    for statement in _statements(_NUMBER_OF_A_SENDING):
        db.execute(statement)
    db.execute(
        'INSERT INTO registered_number (dispatch, number, letter, "case", product, at, actor)'
        " SELECT coalesce((SELECT d.id FROM dispatch d WHERE d.letter = o.letter AND d.channel = o.product"
        " ORDER BY d.state = 'withdrawn', d.rowid LIMIT 1), o.letter || '/' || o.product),"
        ' o.number, o.letter, o."case", o.product, o.at, o.actor FROM registered_number_of_letter o ORDER BY o.rowid'
    )
    db.execute("DROP TABLE registered_number_of_letter")


@migrations()
def m020_actor_salt(db: Database) -> None:
    """Who recorded an event is hashed apart, with a salt, so that the rest can be shown and checked without the name."""
    db.execute("ALTER TABLE case_event ADD COLUMN actor_salt TEXT NOT NULL DEFAULT ''")


@migrations()
def m021_clues(db: Database) -> None:
    """By what somebody of the roster is found in a text, so that a letter or a page need not be held against all of them."""
    db.execute(
        "CREATE TABLE person_clue (clue TEXT NOT NULL, practitioner TEXT NOT NULL, PRIMARY KEY (clue, practitioner))"
        " STRICT, WITHOUT ROWID"
    )
