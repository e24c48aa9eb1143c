"""What a home knows of people: the roster, its imports, who may be looked for, agreements, mandates. No decision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, Mandate, Practice, Practitioner, Watch
from listingguard.edge.log import Log, day_of, iso
from listingguard.errors import NotFound

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from listingguard.domain.roster import Change


@cache
def _practitioner_json() -> TypeAdapter[Practitioner]:
    """How a person is written in their row and read again."""
    # Heavy, and not needed for a list of cases.
    from pydantic import TypeAdapter

    return TypeAdapter(Practitioner)


@cache
def _practice_json() -> TypeAdapter[Practice]:
    from pydantic import TypeAdapter

    return TypeAdapter(Practice)


class PeopleRows(Log):
    """The rows about people."""

    # -- roster ------------------------------------------------------------------------------------------------

    def put_practitioner(self, person: Practitioner, *, source: str, day: date, at: datetime) -> str:
        """Store one person and return `added`, `changed` or `same`.

        A practice that the new version no longer names is kept, ended the day before.
        """
        data = _practitioner_json().dump_json(person).decode()
        known = self._row("SELECT version, data FROM practitioner WHERE id = ?", person.id)
        # Compared as people: an older version of the program wrote fewer fields.
        if known and (known["data"] == data or _practitioner_json().validate_json(known["data"]) == person):
            return "same"
        version = known["version"] + 1 if known else 1
        stamp = at.astimezone(UTC).isoformat()
        row = {"id": person.id, "version": version, "data": data, "source": source, "at": stamp}
        if known:
            self._db.execute(
                "UPDATE practitioner SET version = ?, data = ?, source = ?, at = ? WHERE id = ?",
                [version, data, source, stamp, person.id],
            )
        else:
            self._insert("practitioner", row)
        self._insert("practitioner_version", row)
        self._put_clues(person, _practitioner_json().validate_json(known["data"]) if known else None)
        named = {address_hash(p): p for p in person.practices}
        for old in self._rows("SELECT address_hash, data FROM practice WHERE practitioner = ?", person.id):
            practice = _practice_json().validate_json(old["data"])
            if old["address_hash"] not in named and practice.until is None:
                last_day = max(day - timedelta(days=1), practice.since or date.min)
                ended = _practice_json().dump_python(practice, mode="json") | {"until": last_day.isoformat()}
                self._put_practice(person.id, old["address_hash"], json.dumps(ended, ensure_ascii=False))
        for hashed, practice in named.items():
            self._put_practice(person.id, hashed, _practice_json().dump_json(practice).decode())
        return "changed" if known else "added"

    def _put_clues(self, person: Practitioner, before: Practitioner | None = None) -> None:
        from listingguard.domain.letter.privacy import clues_of

        for clue in clues_of(before) - clues_of(person) if before is not None else ():
            self._db.execute("DELETE FROM person_clue WHERE clue = ? AND practitioner = ?", [clue, person.id])
        for clue in sorted(clues_of(person)):
            self._insert("person_clue", {"clue": clue, "practitioner": person.id}, replacing=True)

    def _refresh_clues(self) -> None:
        """Compute again by what everybody of the roster is found in a text."""
        self._db.execute("DELETE FROM person_clue")
        for row in self._rows("SELECT data FROM practitioner ORDER BY id"):
            self._put_clues(_practitioner_json().validate_json(row["data"]))

    def _put_practice(self, practitioner: str, hashed: str, data: str) -> None:
        row = {"practitioner": practitioner, "address_hash": hashed, "data": data}
        self._insert("practice", row, replacing=True)

    def practitioners(self, only: Iterable[str] | None = None) -> tuple[Practitioner, ...]:
        """Return the whole roster, by identifier; the rows that a person said are one person, as one.

        only: those people, by the identifier they are found under; who is on no roster is left out.
        """
        merged = self.merged()
        if only is None:
            rows = self._rows("SELECT data FROM practitioner ORDER BY id")
        else:
            wanted = {*only}
            others = [other for other, kept in merged.items() if kept in wanted]
            ids = json.dumps(sorted(wanted - merged.keys()) + others)
            rows = self._rows(
                "SELECT data FROM practitioner WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", ids
            )
        people = (_practitioner_json().validate_json(r["data"]) for r in rows)
        if not merged:
            return tuple(people)
        # Heavy, and not needed for a list of cases.
        from listingguard.domain.roster import combined

        found = {p.id: p for p in people}
        groups: dict[str, list[Practitioner]] = {}
        for other in sorted(merged.keys() & found.keys()):
            groups.setdefault(merged[other], []).append(found.pop(other))
        return tuple(combined(p, groups[p.id]) if p.id in groups else p for p in found.values())

    def roster_mark(self) -> str:
        """Return a hash that changes with anything `practitioners` returns."""
        digest = hashlib.sha256(json.dumps(sorted(self.merged().items())).encode())
        for row in self._rows("SELECT data FROM practitioner ORDER BY id"):
            digest.update(row["data"].encode() + b"\n")
        return digest.hexdigest()

    def practitioner(self, identifier: str) -> Practitioner:
        """Return one person by RPPS number, local identifier, or one of a row merged into theirs; raise NotFound."""
        rows = [row for each in self.identifiers(identifier) if (row := self.version(each)) is not None]
        if not rows:
            raise NotFound(f"Personne dans le tableau ne porte l’identifiant « {identifier} ».")
        if len(rows) == 1:
            return rows[0]
        from listingguard.domain.roster import combined

        return combined(rows[0], rows[1:])

    def full_names(self, identifiers: Iterable[str]) -> dict[str, str]:
        """Return identifier -> name in use of each of those people, read at once; raise NotFound."""
        merged = {each for pair in self.merged().items() for each in pair}
        rows = self._rows(
            "SELECT id, data ->> 'first_name' AS first, data ->> 'family_name' AS family, data ->> 'usage_name' AS usage"
            " FROM practitioner WHERE id IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(set(identifiers) - merged)),
        )
        found = {
            r["id"]: Practitioner(
                id=r["id"], family_name=r["family"], first_name=r["first"], usage_name=r["usage"] or ""
            ).full_name
            for r in rows
        }
        return {who: found[who] if who in found else self.practitioner(who).full_name for who in identifiers}

    def people_by(self, words: AbstractSet[str], contacts: Iterable[str], *, but: str) -> tuple[Practitioner, ...]:
        """Return the people, one left out, whose family name these folded words hold, or who have such a phone or mailbox.

        contacts: mailboxes, and phones by their last nine digits (`clues`). What a letter might give away of somebody else.
        """
        from listingguard.domain.letter.privacy import hints_at

        reached = frozenset(contact.lower() for contact in contacts)
        rows = self._rows(
            "SELECT DISTINCT practitioner AS id FROM person_clue WHERE clue IN (SELECT value FROM json_each(?)) ORDER BY 1",
            json.dumps(sorted(words | reached)),
        )
        own = {*self.identifiers(but)}
        people = (self.version(row["id"]) for row in rows if row["id"] not in own)
        return tuple(person for person in people if person is not None and hints_at(words, reached, person))

    def version(self, identifier: str) -> Practitioner | None:
        """Return one row of the roster as it was last stored, whatever it was merged with; None when there is none."""
        row = self._row("SELECT data FROM practitioner WHERE id = ?", identifier)
        return _practitioner_json().validate_json(row["data"]) if row else None

    def practices(self, identifier: str) -> dict[str, Practice]:
        """Return hash -> practice of one person, past ones included."""
        found: dict[str, Practice] = {}
        for each in self.identifiers(identifier):
            rows = self._rows(
                "SELECT address_hash, data FROM practice WHERE practitioner = ? ORDER BY address_hash", each
            )
            for r in rows:
                practice = _practice_json().validate_json(r["data"])
                known = found.get(r["address_hash"])
                if known is None or (known.until is not None and practice.until is None):
                    found[r["address_hash"]] = practice
        return found

    def told_apart(self) -> frozenset[frozenset[str]]:
        """Return the pairs of identifiers of which a person said last that they are two people."""
        rows = self._rows("SELECT kept, other, same FROM same_person ORDER BY id")
        said = {frozenset((r["kept"], r["other"])): r["same"] for r in rows}
        return frozenset(pair for pair, same in said.items() if not same)

    # -- what imports found ------------------------------------------------------------------------------------

    def add_roster_import(self, source: str, scope: str, *, day: date, at: datetime, actor: str) -> int:
        """Append one import and return its number. scope: what the file covers in full; empty for a part."""
        row = {"source": source, "scope": scope, "day": day.isoformat(), "at": at.astimezone(UTC).isoformat()}
        self._insert("roster_import", {**row, "actor": actor})
        return int(self._rows("SELECT max(id) AS id FROM roster_import")[0]["id"])

    def put_roster_member(self, scope: str, practitioner: str, number: int) -> None:
        """Write that an import that covers a scope in full named someone."""
        row = {"scope": scope, "practitioner": practitioner, "import": number}
        self._insert("roster_member", row, replacing=True)

    def roster_members(self, scope: str) -> frozenset[str]:
        """Return whom the last import of a scope named; empty where there was none."""
        rows = self._rows(
            "SELECT practitioner FROM roster_member WHERE scope = ?"
            " AND import = (SELECT max(id) FROM roster_import WHERE scope = ?)",
            scope, scope,
        )  # fmt: skip
        return frozenset(r["practitioner"] for r in rows)

    def named_elsewhere(self, practitioner: str, scope: str) -> bool:
        """Return whether the last import of another scope names someone."""
        row = self._row(
            "SELECT 1 FROM roster_member AS m WHERE practitioner = ? AND scope <> ?"
            " AND import = (SELECT max(id) FROM roster_import AS i WHERE i.scope = m.scope)",
            practitioner, scope,
        )  # fmt: skip
        return row is not None

    def add_roster_change(self, number: int, change: Change) -> None:
        """Append one thing that an import found."""
        self._insert(
            "roster_change",
            {
                "import": number, "practitioner": change.practitioner, "kind": change.kind.value,
                "before": change.before, "after": change.after, "day": change.day.isoformat(),
            },
        )  # fmt: skip

    def roster_changes(self, since: date | None = None) -> tuple[Change, ...]:
        """Return what imports found of people, oldest first; only from a day on when it is given."""
        from listingguard.domain.roster import Change, ChangeKind

        rows = self._rows(
            "SELECT c.*, i.source FROM roster_change c JOIN roster_import i ON i.id = c.import"
            " WHERE ? IS NULL OR c.day >= ? ORDER BY c.id",
            iso(since), iso(since),
        )  # fmt: skip
        return tuple(
            Change(
                ChangeKind(r["kind"]), r["practitioner"], date.fromisoformat(r["day"]), r["before"], r["after"],
                r["source"],
            )
            for r in rows
        )  # fmt: skip

    def remember_titles(self, headers: str, fields: Mapping[str, str], *, at: datetime, actor: str) -> None:
        """Keep what a person said the titles of a table mean, for the next table with the same ones."""
        for title, field in fields.items():
            row = {"headers": headers, "title": title, "field": field, "at": at.astimezone(UTC).isoformat()}
            self._insert("roster_title", {**row, "actor": actor}, replacing=True)

    def remembered_titles(self) -> dict[str, dict[str, str]]:
        """Return key of a set of titles -> title -> field."""
        found: dict[str, dict[str, str]] = {}
        for r in self._rows("SELECT headers, title, field FROM roster_title ORDER BY headers, title"):
            found.setdefault(r["headers"], {})[r["title"]] = r["field"]
        return found

    # -- watch, authorisations, mandates -----------------------------------------------------------------------

    def put_watch(self, watch: Watch, *, at: datetime, actor: str) -> None:
        """Store whether we may look for someone."""
        self._insert(
            "watch",
            {
                "practitioner": watch.practitioner,
                "wanted": int(watch.wanted),
                "informed_on": iso(watch.informed_on),
                "channel": watch.channel,
                "opposed_on": iso(watch.opposed_on),
                "at": at.astimezone(UTC).isoformat(),
                "actor": actor,
            },
            replacing=True,
        )

    def unwatched(self) -> frozenset[str]:
        """Return who has no watch: not a word of theirs on being looked for, nor that they were informed."""
        rows = self._rows(
            "SELECT id FROM practitioner p WHERE NOT EXISTS (SELECT 1 FROM watch w WHERE w.practitioner = p.id)"
        )
        merged = self.merged()
        silent = {merged.get(r["id"], r["id"]) for r in rows}
        return frozenset(silent - self.watches(silent).keys()) if silent else frozenset()

    def opposed(self) -> tuple[Watch, ...]:
        """Return the watch of whoever said that nothing is to be looked for, in the order of their identifiers."""
        merged = self.merged()
        rows = self._rows("SELECT practitioner FROM watch WHERE opposed_on IS NOT NULL ORDER BY practitioner")
        found = self.watches({merged.get(r["practitioner"], r["practitioner"]) for r in rows}) if rows else {}
        return tuple(watch for watch in found.values() if watch.opposed_on is not None)

    def watches(self, only: Iterable[str] | None = None) -> dict[str, Watch]:
        """Return practitioner -> watch. Of two rows of one person, what keeps us from looking holds until told anew.

        only: those people's, by the identifier they are found under.
        """
        merged = self.merged()
        if only is None:
            rows = self._rows("SELECT * FROM watch ORDER BY practitioner")
        else:
            wanted = {*only}
            ids = json.dumps(sorted(wanted | {other for other, kept in merged.items() if kept in wanted}))
            rows = self._rows(
                "SELECT * FROM watch WHERE practitioner IN (SELECT value FROM json_each(?)) ORDER BY practitioner", ids
            )
        found: dict[str, list[dict[str, Any]]] = {}
        for r in rows:
            found.setdefault(merged.get(r["practitioner"], r["practitioner"]), []).append(r)
        return {who: _watch(who, self._last_said(said)) for who, said in found.items()}

    def _last_said(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        if len(rows) == 1:
            return rows[0]
        latest = max(rows, key=lambda r: str(r["at"]))
        ids = json.dumps([r["practitioner"] for r in rows])
        joined = self._row(
            "SELECT max(at) AS at FROM same_person WHERE kept IN (SELECT value FROM json_each(?))"
            " OR other IN (SELECT value FROM json_each(?))",
            ids, ids,
        )  # fmt: skip
        if joined and joined["at"] and latest["at"] > joined["at"]:
            return latest
        informed = next((r for r in (latest, *rows) if r["informed_on"]), latest)
        opposed = [r["opposed_on"] for r in rows if r["opposed_on"]]
        return {
            **informed,
            "wanted": int(all(r["wanted"] for r in rows)),
            "opposed_on": min(opposed) if opposed else None,
        }

    def watched_since(self) -> dict[str, datetime]:
        """Return practitioner -> when it was last said whether we may look for them, UTC."""
        merged = self.merged()
        return {
            merged.get(r["practitioner"], r["practitioner"]): datetime.fromisoformat(r["at"])
            for r in self._rows("SELECT practitioner, at FROM watch ORDER BY at")
        }

    def leave_alone(self, practitioner: str, host: str, *, since: date, at: datetime, actor: str) -> None:
        """Store that we do not look for someone on one site; said twice, it stays as first said."""
        self._db.execute(
            "INSERT OR IGNORE INTO left_alone (practitioner, host, since, at, actor) VALUES (?, ?, ?, ?, ?)",
            [practitioner, host, since.isoformat(), at.astimezone(UTC).isoformat(), actor],
        )

    def look_again(self, practitioner: str, host: str) -> None:
        """Strike out that someone is left alone on a site."""
        for each in self.identifiers(practitioner):
            self._db.execute("DELETE FROM left_alone WHERE practitioner = ? AND host = ?", [each, host])

    def left_alone(self, host: str | None = None) -> frozenset[tuple[str, str]]:
        """Return (practitioner, host) of everyone whom we do not look for on a site; only one site's when named."""
        rows = self._rows("SELECT practitioner, host FROM left_alone WHERE ? IS NULL OR host = ?", host, host)
        merged = self.merged() if rows else {}
        return frozenset((merged.get(r["practitioner"], r["practitioner"]), r["host"]) for r in rows)

    def put_authorisation(self, row: Authorisation, *, practice: str, at: datetime, actor: str) -> None:
        """Append one row to the ledger; `practice` is the hash of the practice that gave it, or empty."""
        self._insert(
            "authorisation",
            {
                "id": row.id,
                "practitioner": row.practitioner,
                "platform": row.platform,
                "agreement": row.agreement.value,
                "given_by": row.given_by.value,
                "since": row.since.isoformat(),
                "until": iso(row.until),
                "proof": row.proof,
                "sent_on": iso(row.sent_on),
                "practice": practice,
                "from_platform": int(row.from_platform),
                "at": at.astimezone(UTC).isoformat(),
                "actor": actor,
            },
        )

    def end_authorisation(self, identifier: str, until: date) -> None:
        """Write the last day of an agreement; raise NotFound. The same agreement entered twice ends with it."""
        row = self._row("SELECT * FROM authorisation WHERE id = ?", identifier)
        if row is None:
            raise NotFound(f"Aucun accord ne porte l’identifiant « {identifier} ».")
        # A command that died before it answered is given again: both rows are one word of one person.
        self._db.execute(
            "UPDATE authorisation SET until = ? WHERE practitioner = ? AND platform = ? AND agreement = ? AND"
            " given_by = ? AND since = ? AND proof = ? AND until IS ?",
            [until.isoformat(), *(row[c] for c in ("practitioner", "platform", "agreement", "given_by", "since",
             "proof", "until"))],
        )  # fmt: skip

    def authorisations(self, practitioner: str | None = None) -> tuple[Authorisation, ...]:
        """Return the ledger, in the order it was written."""
        found, merged = [], self.merged()
        if practitioner is None:
            rows = self._rows("SELECT * FROM authorisation ORDER BY rowid")
        else:
            ids = json.dumps(self.identifiers(practitioner))
            rows = self._rows(
                "SELECT * FROM authorisation WHERE practitioner IN (SELECT value FROM json_each(?)) ORDER BY rowid", ids
            )
        for r in rows:
            r["practitioner"] = merged.get(r["practitioner"], r["practitioner"])
            left = None
            if r["practice"]:
                practice = self.practices(r["practitioner"]).get(r["practice"])
                left = practice.until if practice else None
            found.append(
                Authorisation(
                    r["id"], r["practitioner"], r["platform"], Agreement(r["agreement"]), GivenBy(r["given_by"]),
                    date.fromisoformat(r["since"]), day_of(r["until"]), r["proof"], day_of(r["sent_on"]), left,
                    bool(r["from_platform"]), self.rules.families.get(r["platform"], frozenset()),
                )
            )  # fmt: skip
        return tuple(found)

    def put_mandate(self, mandate: Mandate, *, at: datetime, actor: str) -> None:
        """Append one signed mandate."""
        self._insert(
            "mandate",
            {
                "id": mandate.id,
                "practitioner": mandate.practitioner,
                "object": mandate.object,
                "powers": json.dumps(mandate.powers, ensure_ascii=False),
                "since": mandate.since.isoformat(),
                "until": mandate.until.isoformat(),
                "document": mandate.document,
                "revoked_on": iso(mandate.revoked_on),
                "at": at.astimezone(UTC).isoformat(),
                "actor": actor,
            },
        )

    def revoke_mandate(self, identifier: str, day: date) -> str:
        """Write the day of revocation and return the practitioner; raise NotFound.

        The signed document is revoked, so it is wherever it was registered; a day already written stays.
        """
        row = self._row("SELECT practitioner, document FROM mandate WHERE id = ?", identifier)
        if row is None:
            raise NotFound(f"Aucun mandat ne porte l’identifiant « {identifier} ».")
        self._db.execute(
            "UPDATE mandate SET revoked_on = ? WHERE practitioner = ? AND document = ? AND revoked_on IS NULL",
            [day.isoformat(), row["practitioner"], row["document"]],
        )
        return self.survivor(str(row["practitioner"]))

    def mandates(self, practitioner: str | None = None) -> tuple[Mandate, ...]:
        """Return the mandates, in the order they were registered."""
        merged = self.merged()
        if practitioner is None:
            rows = self._rows("SELECT * FROM mandate ORDER BY rowid")
        else:
            ids = json.dumps(self.identifiers(practitioner))
            rows = self._rows(
                "SELECT * FROM mandate WHERE practitioner IN (SELECT value FROM json_each(?)) ORDER BY rowid", ids
            )
        return tuple(
            Mandate(
                r["id"], merged.get(r["practitioner"], r["practitioner"]), r["object"], tuple(json.loads(r["powers"])),
                date.fromisoformat(r["since"]), date.fromisoformat(r["until"]), r["document"], day_of(r["revoked_on"]),
            )
            for r in rows
        )  # fmt: skip

    def mandates_ending(self, by: date) -> tuple[str, ...]:
        """Return the cases, not closed, whose last mandate ends that day or before, unless all of it was told and noted."""
        found = []
        rows = self._rows(
            "SELECT practitioner, until, id FROM mandate WHERE revoked_on IS NULL AND until <= ?", by.isoformat()
        )
        later = {
            self.survivor(r["practitioner"])
            for r in (
                self._rows("SELECT practitioner FROM mandate WHERE revoked_on IS NULL AND until > ?", by.isoformat())
                if rows
                else ()
            )
        }
        for row in rows:
            who = self.survivor(row["practitioner"])
            if who in later:
                continue
            cases = self._rows("SELECT id FROM case_now WHERE practitioner = ? AND state <> 'closed'", who)
            found += [c["id"] for c in cases if not self._mandate_settled(c["id"], row["id"], row["until"])]
        return tuple(dict.fromkeys(found))

    def _mandate_settled(self, case: str, mandate: str, until: str) -> bool:
        told = self._row('SELECT 1 FROM told WHERE "case" = ? AND kind = ? AND due = ?', case, "mandate", until)
        over = self._row(
            "SELECT 1 FROM case_event WHERE stream = ? AND kind = 'mandate_expired' AND key = ?", case, mandate
        )
        return told is not None and over is not None

    def valid_mandate(self, practitioner: str, day: date) -> Mandate | None:
        """Return a mandate valid that day, the longest; None when there is none."""
        valid = [m for m in self.mandates(practitioner) if m.valid(day)]
        return max(valid, key=lambda m: m.until, default=None)


def address_hash(practice: Practice) -> str:
    """Return the key of a practice within a practitioner: a short hash of its address, case and spaces apart."""
    text = "|".join(" ".join(part.casefold().split()) for part in (practice.street, practice.postcode, practice.town))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _watch(who: str, row: Mapping[str, Any]) -> Watch:
    return Watch(who, bool(row["wanted"]), day_of(row["informed_on"]), row["channel"], day_of(row["opposed_on"]))
