"""The store of one home: one SQLite file, opened here only. Rows in, typed values out; no decision is taken here.

Facts are appended; `schema.CACHES` are computed from them. One unit of work is one `tx()`: BEGIN IMMEDIATE, commit or
nothing. The log, people, sites and correspondence have a module each; here are the evidence and what people said of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from listingguard.domain import seal
from listingguard.domain.case import EventKind, findings_of, of_two_owners
from listingguard.domain.event import HOME_STREAM, canonical
from listingguard.domain.finding import Opinion, Word, disputed, standing
from listingguard.domain.listing import Listing
from listingguard.domain.matching import Decision, Match, Reason, Sufficiency
from listingguard.domain.practitioner import verdict
from listingguard.domain.record import CaptureRow, CaseRow, DispatchState, RobotsRow
from listingguard.domain.stops import Circumstances, Companion
from listingguard.edge.approval_rows import ApprovalRows
from listingguard.edge.case_lists import CaseLists
from listingguard.edge.driver import sqlite3
from listingguard.edge.home_rows import HomeRows
from listingguard.edge.inbox_rows import InboxRows
from listingguard.edge.letter_rows import LetterRows
from listingguard.edge.log import explained, plain
from listingguard.edge.service_rows import ServiceRows
from listingguard.edge.site_rows import SiteRows
from listingguard.edge.transfer_rows import TransferRows
from listingguard.errors import Damaged, NotFound

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from listingguard.domain.capture import TokenRow


@cache
def _listing_json() -> TypeAdapter[Listing]:
    """How a listing is written in its row and read again."""
    # Heavy, and not needed for a list of cases.
    from pydantic import TypeAdapter

    return TypeAdapter(Listing)


class Store(CaseLists, SiteRows, LetterRows, ServiceRows, InboxRows, ApprovalRows, TransferRows, HomeRows):
    """One open home. Close it, or use it as a context manager."""

    def _migrated(self, names: frozenset[str]) -> None:
        """Seal the evidence of before there were seals; note by what people are found."""
        super()._migrated(names)
        if "m021_clues" in names:
            self._refresh_clues()
        if "m006_evidence_sealed" in names:
            self._seal_all()

    def circumstances(self, case: CaseRow, today: date) -> Circumstances:
        """Return what surrounds a case on a day: all that may stop its request, see `stops.stops`."""
        who = case.practitioner
        found = {str(f["listing"]): str(f["url"]) for f in findings_of(self.facts(case.id))}
        return Circumstances(
            case.id, case.platform, self.practitioner(who), today, self.status(case.id, today), self.watches([who]).get(who),
            frozenset(site for alone, site in self.left_alone() if alone == who), found,
            {key: self.opinions(key, who) for key in found},
            tuple(
                (
                    other.id, self.status(other.id, today).state,
                    frozenset(str(f["listing"]) for f in findings_of(self.facts(other.id))),
                )
                for other in self.cases(practitioner=who)
                if other.id != case.id and not of_two_owners(self.facts(case.id), self.facts(other.id))
            ),
            tuple(held for held in self.quarantined() if held.guess == case.id),
        )  # fmt: skip

    def companions(self, case: str, letter: str, today: date) -> tuple[Companion, ...]:
        """Return the other cases that a covering letter is the request of, on a day; none for any other letter."""
        facts = [f for f in self.facts(case) if f.kind is EventKind.REQUEST_APPROVED and f.key == letter]
        pdf = next((row.pdf for row in self.letters(case) if row.id == letter), "")
        found = []
        for name in facts[-1].data.get("with", ()) if facts else ():
            other = self.case(name)
            letters = {row.id for row in self.letters(name) if row.pdf == pdf}
            sendings = [row for row in self.dispatches(name) if row.letter in letters]
            said = verdict(self.authorisations(other.practitioner), other.practitioner, other.platform, today)
            found.append(
                Companion(
                    self.circumstances(other, today), said, self.valid_mandate(other.practitioner, today) is not None,
                    all(row.state is DispatchState.WITHDRAWN for row in sendings),
                )
            )  # fmt: skip
        return tuple(found)

    def contested(self, case: CaseRow) -> tuple[str, ...]:
        """Return the pages of a case of which two people do not say the same; empty once one of them, or both, settle."""
        found = {str(f["listing"]): str(f["url"]) for f in findings_of(self.facts(case.id))}
        return tuple(url for key, url in found.items() if disputed(self.opinions(key, case.practitioner)))

    # -- captures, listings ------------------------------------------------------------------------------------

    def put_robots(self, row: RobotsRow) -> None:
        """Keep what a host's robots.txt said that day; the same again changes nothing."""
        with self.tx("robots.put"):
            known = self._row(
                "SELECT 1 FROM robots WHERE host = ? AND day = ? AND body = ?", row.host, row.day.isoformat(), row.body
            )
            if known is None:
                self._insert("robots", {**plain(row), "at": row.at.astimezone(UTC).isoformat()})
                said = {
                    **plain(row),
                    "at": row.at.astimezone(UTC).isoformat(),
                    "crawl_delay": _written(row.crawl_delay),
                }
                self._seal(seal.ROBOTS_READ, f"{row.host}/{row.day.isoformat()}/{row.body}", said)

    def robots(self, host: str | None = None) -> tuple[RobotsRow, ...]:
        """Return what robots.txt said, oldest first; only a host's when it is named."""
        rows = self._rows(
            "SELECT host, url, day, at, status, body, crawl_delay FROM robots WHERE ? IS NULL OR host = ? ORDER BY at",
            host, host,
        )  # fmt: skip
        return tuple(
            RobotsRow(**{**r, "day": date.fromisoformat(r["day"]), "at": datetime.fromisoformat(r["at"])}) for r in rows
        )

    def add_capture(self, row: CaptureRow, reading: int, listings: Iterable[str]) -> None:
        """Append one capture and the listings it shows, and seal them; the same capture again changes nothing."""
        with self.tx("capture.add"):
            if self._row("SELECT 1 FROM capture WHERE id = ?", row.id):
                return
            said = {
                "id": row.id,
                "reading": reading,
                "site": row.site,
                "url": row.url,
                "body": row.body,
                "day": row.day.isoformat(),
                "at": row.at.astimezone(UTC).isoformat(),
            }
            self._insert("capture", {**said, "manifest": canonical(row.manifest).decode()})
            shown = list(dict.fromkeys(listings))
            for key in shown:
                self._insert("capture_listing", {"capture": row.id, "listing": key})
            self._seal(seal.CAPTURED, row.id, {**said, "listings": shown})

    def captures(self, listing: str | None = None) -> tuple[CaptureRow, ...]:
        """Return the captures, oldest first; only those that show a listing when it is named."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture WHERE ? IS NULL OR id IN"
            " (SELECT capture FROM capture_listing WHERE listing = ?) ORDER BY at, rowid",
            listing, listing,
        )  # fmt: skip
        return tuple(_capture(r) for r in rows)

    def capture(self, identifier: str) -> CaptureRow:
        """Return one capture by its identifier or an unambiguous beginning of it; raise NotFound."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture WHERE substr(id, 1, ?) = ?",
            len(identifier), identifier,
        )  # fmt: skip
        if len(rows) != 1 or len(identifier) < 8:
            raise NotFound(f"Aucune capture unique ne porte l’identifiant « {identifier} » (8 caractères au moins).")
        return _capture(rows[0])

    # -- what the log says of the evidence ---------------------------------------------------------------------

    def _seal(self, kind: str, key: str, said: Mapping[str, Any]) -> None:
        """Write into the home's chain what a row of the evidence says, column by column."""
        day, at = date.fromisoformat(said["day"]), datetime.fromisoformat(said["at"])
        self.add_event(HOME_STREAM, kind, key=key, day=day, at=at, actor="listingguard", data=said)

    def _seal_all(self) -> None:
        """Seal what was kept before there were seals, as it is now."""
        for kind, rows in self._evidence_rows().items():
            for key, said in rows.items():
                self._seal(kind, key, said)

    def _evidence_rows(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return kind of seal -> key -> row, as it is sealed."""
        captures = self._rows("SELECT id, reading, site, url, body, day, at FROM capture ORDER BY at, rowid")
        shown: dict[str, list[str]] = {}
        for row in self._rows("SELECT capture, listing FROM capture_listing ORDER BY rowid"):
            shown.setdefault(row["capture"], []).append(row["listing"])
        robots = self._rows("SELECT host, url, day, at, status, body, crawl_delay FROM robots ORDER BY at, rowid")
        return {
            seal.CAPTURED: {row["id"]: {**row, "listings": shown.get(row["id"], [])} for row in captures},
            seal.ROBOTS_READ: {
                f"{row['host']}/{row['day']}/{row['body']}": {**row, "crawl_delay": _written(row["crawl_delay"])}
                for row in robots
            },
        }

    def unlike_the_log(self) -> tuple[tuple[str, str], ...]:
        """Return (capture, French sentence) for each row of the evidence that the home's log contradicts; see `seal`."""
        findings = [
            (case.id, f) for case in self.cases() for fact in self.facts(case.id) for f in fact.data.get("findings", ())
        ]
        cited = dict.fromkeys((str(found["capture"]), case) for case, found in findings if found.get("capture"))
        rows, events = self._evidence_rows(), self.events(HOME_STREAM)
        return tuple(seal.unlike(rows, events, self.payloads(HOME_STREAM), cited))

    def captures_of(self, body: str, url: str, day: date) -> tuple[CaptureRow, ...]:
        """Return the captures of these bytes, under this URL, on this day; oldest first."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture WHERE body = ? AND url = ? AND day = ?"
            " ORDER BY at, rowid",
            body, url, day.isoformat(),
        )  # fmt: skip
        return tuple(_capture(r) for r in rows)

    def unstamped(self) -> tuple[CaptureRow, ...]:
        """Return the captures that no authority has time-stamped yet, oldest first."""
        rows = self._rows(
            "SELECT id, site, url, body, day, at, manifest FROM capture"
            " WHERE id NOT IN (SELECT capture FROM capture_token) ORDER BY at, rowid"
        )
        return tuple(_capture(r) for r in rows)

    def add_token(self, row: TokenRow) -> None:
        """Append one time-stamp of a capture; the same bytes again change nothing."""
        if not self._row("SELECT 1 FROM capture_token WHERE capture = ? AND sha256 = ?", row.capture, row.sha256):
            self._insert("capture_token", {**plain(row), "at": row.at.astimezone(UTC).isoformat()})

    def tokens(self, capture: str | None = None) -> tuple[TokenRow, ...]:
        """Return the time-stamps, in the order they came; only a capture's when it is named."""
        # Heavy, and not needed for a list of cases.
        from listingguard.domain.capture import TokenRow, TokenStatus

        rows = self._rows(
            "SELECT capture, authority, sha256, status, at FROM capture_token WHERE ? IS NULL OR capture = ?"
            " ORDER BY rowid",
            capture, capture,
        )  # fmt: skip
        return tuple(
            TokenRow(**{**r, "status": TokenStatus(r["status"]), "at": datetime.fromisoformat(r["at"])}) for r in rows
        )

    def capture_listings(self, capture: str) -> tuple[str, ...]:
        """Return the keys of the listings that a capture shows."""
        rows = self._rows("SELECT listing FROM capture_listing WHERE capture = ? ORDER BY rowid", capture)
        return tuple(r["listing"] for r in rows)

    def put_listing(self, listing: Listing, capture: CaptureRow) -> None:
        """Store what the latest capture says of a listing."""
        known = self._row(
            "SELECT first_seen, coalesce(capture.at, '') AS at FROM listing"
            " LEFT JOIN capture ON capture.id = listing.capture WHERE key = ?",
            listing.key,
        )
        first = min(known["first_seen"], capture.day.isoformat()) if known else capture.day.isoformat()
        if known and known["at"] > capture.at.astimezone(UTC).isoformat():
            # A page seen earlier and brought later: only the first day can change.
            self._db.execute("UPDATE listing SET first_seen = ? WHERE key = ?", [first, listing.key])
            return
        self._insert(
            "listing",
            {
                "key": listing.key,
                "site": listing.site,
                "url": listing.url,
                "data": _listing_json().dump_json(listing).decode(),
                "capture": capture.id,
                "first_seen": first,
                "last_seen": capture.day.isoformat(),
            },
            replacing=True,
        )

    def listings(self, only: Iterable[str] | None = None) -> tuple[tuple[Listing, str], ...]:
        """Return every listing kept, with the identifier of its latest capture. only: those of these keys."""
        keys = None if only is None else json.dumps(sorted(only))
        rows = (
            self._rows("SELECT data, capture FROM listing ORDER BY key")
            if keys is None
            else self._rows(
                "SELECT data, capture FROM listing WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key", keys
            )
        )
        return tuple((_listing_json().validate_json(r["data"]), r["capture"]) for r in rows)

    def matched_pages(self, site: str) -> tuple[tuple[str, str], ...]:
        """Return (practitioner, URL) for each listing of a site kept for somebody, most sure first."""
        rows = self._rows(
            "SELECT m.practitioner, l.url FROM listing l JOIN match m ON m.listing = l.key WHERE l.site = ?"
            " ORDER BY m.similarity DESC, l.key",
            site,
        )
        return tuple((r["practitioner"], r["url"]) for r in rows)

    def stale_pages(self, site: str, before: date, states: Iterable[str]) -> frozenset[str]:
        """Return the URLs of the listings of a site, last captured on that day or earlier, that a case in one of
        these states is about.
        """
        rows = self._rows(
            "SELECT DISTINCT l.url FROM listing l JOIN match m ON m.listing = l.key JOIN case_now c"
            " ON c.practitioner = m.practitioner AND c.platform = l.site"
            " WHERE l.site = ? AND l.last_seen <= ? AND c.state IN (SELECT value FROM json_each(?))",
            site, before.isoformat(), json.dumps(list(states)),
        )  # fmt: skip
        return frozenset(r["url"] for r in rows)

    def listing(self, key: str) -> Listing:
        """Return one listing by its key; raise NotFound."""
        row = self._row("SELECT data FROM listing WHERE key = ?", key)
        if row is None:
            raise NotFound(f"Aucune fiche ne porte la clé « {key} ».")
        return _listing_json().validate_json(row["data"])

    def met_again(self, items: Sequence[Listing]) -> tuple[Listing, ...]:
        """Return the listings of a page, each under the id under which the home keeps it already, where it does.

        An id made of a page's address was once given to whoever was alone on the page, and by the page of a list: what
        is kept under such an id, its cases and its judgements, stays met.
        """
        # It loads names, which what shows a list of cases needs none of.
        from listingguard.domain.listing_id import met_again

        known: dict[str, Listing | None] = {}
        for item in items:
            # A page of a list said how far down it was: « liste?page=2#camille-exemple ».
            path = re.split(r"[?#]", item.formerly[0])[0] if item.formerly else ""
            keys = [item.key] + ([f"{item.site}:{path}"] if path else [])
            rows = self._rows(
                "SELECT key, data FROM listing WHERE key IN (SELECT value FROM json_each(?))", json.dumps(keys)
            )
            # A search of its own for each range: told with OR, they would read every listing there is.
            for sign, following in ("#$", "?@") if path else ():
                rows += self._rows(
                    "SELECT key, data FROM listing WHERE key >= ? AND key < ?", keys[1] + sign, keys[1] + following
                )
            known |= {row["key"]: _listing_json().validate_json(row["data"]) for row in rows}
        return met_again(items, known)

    def put_matches(self, listing: str, matches: Iterable[tuple[Match, str]]) -> None:
        """Replace the matches of a listing by these, each with the hash of the fields compared.

        Of whom objects to being looked for, or is left alone on that site, none is ever kept.
        """
        self._db.execute("DELETE FROM match WHERE listing = ?", [listing])
        new = list(matches)
        if not new:
            return
        alone = {who for who, _ in self.left_alone(listing.partition(":")[0])}
        people = {match.practitioner for match, _ in new}
        ids = people | {other for other, kept in self.merged().items() if kept in people}
        # The whole register is only read where one of these very people has objected.
        if self._row(
            "SELECT 1 FROM watch WHERE opposed_on IS NOT NULL AND practitioner IN (SELECT value FROM json_each(?)) LIMIT 1",
            json.dumps(sorted(ids)),
        ):
            alone |= {who for who, watch in self.watches().items() if watch.opposed_on is not None}
        for match, fields in new:
            if match.practitioner in alone:
                continue
            self._insert(
                "match",
                {
                    "listing": listing,
                    "practitioner": match.practitioner,
                    "similarity": match.similarity,
                    "sufficiency": match.sufficiency.value,
                    "decision": match.decision.value,
                    "reasons": json.dumps([[r.code, r.text, r.weight] for r in match.reasons], ensure_ascii=False),
                    "fields_hash": fields,
                },
            )

    def matches(self, *, doubtful: bool = False) -> tuple[tuple[Match, str], ...]:
        """Return every match kept, with the hash of the fields compared; surest first.

        doubtful: only those that may wait for a person: not decided by the fields alone, or spoken of more than once.
        """
        rows = self._rows(
            "SELECT * FROM match WHERE NOT ? OR decision = ? OR listing IN"
            " (SELECT listing FROM judgement GROUP BY listing HAVING count(*) > 1)"
            " ORDER BY listing, similarity DESC, practitioner",
            doubtful, Decision.REVIEW.value,
        )  # fmt: skip
        return tuple(
            (
                Match(
                    listing=r["listing"],
                    practitioner=r["practitioner"],
                    similarity=r["similarity"],
                    sufficiency=Sufficiency(r["sufficiency"]),
                    decision=Decision(r["decision"]),
                    reasons=tuple(Reason(*reason) for reason in json.loads(r["reasons"])),
                ),
                r["fields_hash"],
            )
            for r in rows
        )

    def add_judgement(
        self,
        listing: str,
        practitioner: str,
        fields: str,
        word: Word,
        *,
        day: date,
        at: datetime,
        actor: str,
        blind: bool = False,
    ) -> None:
        """Append a person's word about a pair. blind: a second opinion, without sight of the first."""
        moment = at.astimezone(UTC).isoformat()
        self._db.execute(
            "INSERT INTO judgement (listing, practitioner, fields_hash, word, day, at, actor, blind)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [listing, practitioner, fields, word.value, day.isoformat(), moment, actor, int(blind)],
        )

    def opinions(self, listing: str, practitioner: str, fields: str | None = None) -> tuple[Opinion, ...]:
        """Return what people said of a pair and what still stands of it, oldest first.

        fields: the hash of the compared fields, as they were then; None: whatever they were.
        """
        ids = self.identifiers(practitioner)
        hashes = None if fields is None else [fields, *self._hashes_before(listing, ids)]
        rows = self._rows(
            "SELECT word, actor, day, blind FROM judgement WHERE listing = ?"
            " AND practitioner IN (SELECT value FROM json_each(?))"
            " AND (? IS NULL OR fields_hash IN (SELECT value FROM json_each(?))) ORDER BY id",
            listing, json.dumps(ids), fields, json.dumps(hashes),
        )  # fmt: skip
        return standing(
            Opinion(Word(r["word"]), r["actor"], date.fromisoformat(r["day"]), bool(r["blind"])) for r in rows
        )

    def _hashes_before(self, key: str, ids: tuple[str, ...]) -> list[str]:
        """Return the hashes of the fields compared of each row before they were said to be one person."""
        if len(ids) == 1:
            return []
        row = self._row("SELECT data FROM listing WHERE key = ?", key)
        if row is None:
            return []
        from listingguard.domain.matching.fields import fields_hash

        listing = _listing_json().validate_json(row["data"])
        return [fields_hash(listing, person) for each in ids if (person := self.version(each)) is not None]

    def last_judgement(self, actor: str | None = None) -> tuple[str, str, str, Word] | None:
        """Return (listing, practitioner, fields hash, word) of the last word that still stands.

        actor: of the last pair of which that person's word stands, whoever spoke of it afterwards; None: anybody's.
        """
        merged = self.merged()
        for r in self._rows(
            "SELECT listing, practitioner, fields_hash FROM judgement WHERE ? IS NULL OR actor = ?"
            " GROUP BY listing, practitioner, fields_hash ORDER BY max(id) DESC",
            actor, actor,
        ):  # fmt: skip
            pair = (r["listing"], merged.get(r["practitioner"], r["practitioner"]), r["fields_hash"])
            stand = self.opinions(*pair)
            if any(actor in (None, each.actor) for each in stand):
                return (*pair, stand[-1].word)
        return None

    # -- what the jobs keep ------------------------------------------------------------------------------------

    def told(self, case_id: str, kind: str, due: date) -> bool:
        """Return whether something was told."""
        row = self._row('SELECT 1 FROM told WHERE "case" = ? AND kind = ? AND due = ?', case_id, kind, due.isoformat())
        return row is not None

    def tell(self, case_id: str, kind: str, due: date, *, at: datetime) -> bool:
        """Record that something was told; return False when it had been already."""
        if self._row('SELECT 1 FROM told WHERE "case" = ? AND kind = ? AND due = ?', case_id, kind, due.isoformat()):
            return False
        self._insert("told", {"case": case_id, "kind": kind, "due": due.isoformat(), "at": at.isoformat()})
        return True

    def audit(self) -> tuple[tuple[str, str, str], ...]:
        """Return (who, what, detail) of what people did beside the chained events, oldest first."""
        rows = self._rows("SELECT actor, what, detail FROM audit ORDER BY seq")
        return tuple((r["actor"], r["what"], r["detail"]) for r in rows)

    def add_audit(self, actor: str, what: str, detail: str, *, at: datetime) -> None:
        """Append one line of who did what."""
        self._insert("audit", {"at": at.astimezone(UTC).isoformat(), "actor": actor, "what": what, "detail": detail})

    # -- what a person's word on two rows changes ---------------------------------------------------------

    def rematch(self) -> None:
        """Compute every match again from the roster and the listings kept."""
        self._db.execute("DELETE FROM match")
        listings = self.listings()
        if not listings:
            return
        # Heavy, and not needed unless matches are computed.
        from listingguard.domain.matching.matcher import Matcher, kept_matches

        roster = self.practitioners()
        matcher, people = Matcher(roster), {p.id: p for p in roster}
        for listing, _ in listings:
            self.put_matches(listing.key, kept_matches(matcher, people, listing))

    def say_same(self, kept: str, other: str, *, same: bool, day: date, at: datetime, actor: str) -> None:
        """Append a person's word that two rows are one person, or two; no other row changes, what is computed does."""
        ids = {*self.identifiers(kept), *self.identifiers(other)}
        self._insert(
            "same_person",
            {
                "kept": kept, "other": other, "same": int(same), "day": day.isoformat(),
                "at": at.astimezone(UTC).isoformat(), "actor": actor,
            },
        )  # fmt: skip
        for row in self._rows("SELECT id, practitioner FROM case_now"):
            if row["practitioner"] in ids:
                self._refresh_case(row["id"], self.facts(row["id"]))
        self.rematch()

    # -- the file itself ---------------------------------------------------------------------------------------

    def drop_caches(self) -> None:
        """Empty every table that can be computed again, and compute what is known of cases and people."""
        from listingguard.edge.schema import CACHES

        for table in CACHES:
            self._db.execute(f'DELETE FROM "{table}"')  # noqa: S608
        self._refresh_clues()
        for stream in self.streams():
            if stream != HOME_STREAM:
                self._refresh_case(stream, self.facts(stream))

    def caches(self) -> dict[str, list[dict[str, Any]]]:
        """Return the whole content of the caches, sorted, to compare before and after a rebuild."""
        from listingguard.edge.schema import CACHES

        return {t: sorted(self._rows(f'SELECT * FROM "{t}"'), key=str) for t in CACHES}  # noqa: S608

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the file: schema, integrity, foreign keys, chains; empty when all is well."""
        from sqlite_utils import Database

        from listingguard.edge.schema import migrations

        try:
            waiting = migrations.pending(Database(self._db, execute_plugins=False))
            problems = [f"Migration en attente : {m.name}." for m in waiting]
            if problems:
                return tuple(problems)
            result = self._rows("PRAGMA integrity_check")
            if result != [{"integrity_check": "ok"}]:
                problems.append(f"La base est abîmée : {result[0]['integrity_check']}.")
            if self._rows("PRAGMA foreign_key_check"):
                problems.append("La base contient des renvois vers des lignes absentes.")
            return (*problems, *self.broken_links())
        except sqlite3.DatabaseError as error:
            return (str(explained(error, self.path)),)


def sqlite_version() -> tuple[str, bool]:
    """Return the SQLite version in use, and True when it has the WAL-reset defect (3.7.0 to 3.51.2, backports aside)."""
    version = tuple(int(n) for n in sqlite3.sqlite_version.split("."))
    fixed = version >= (3, 51, 3) or (
        version[:2] in {(3, 44), (3, 50)} and version >= {44: (3, 44, 6), 50: (3, 50, 7)}[version[1]]
    )
    return sqlite3.sqlite_version, not fixed


def _capture(row: Mapping[str, Any]) -> CaptureRow:
    try:
        manifest = json.loads(row["manifest"])
    except ValueError:
        raise Damaged(f"La fiche technique (manifest.json) de la capture {row['id'][:12]}… est illisible.") from None
    try:
        day, at = date.fromisoformat(row["day"]), datetime.fromisoformat(row["at"])
    except ValueError:
        raise Damaged(f"Le jour ou l’heure de la capture {row['id'][:12]}… est illisible dans la base.") from None
    return CaptureRow(row["id"], row["site"], row["url"], row["body"], day, at, manifest)


def _written(number: float | None) -> str:
    """Return a number as it is sealed; the log holds whole numbers only."""
    return "" if number is None else f"{number:g}"
