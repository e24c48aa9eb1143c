"""The roster as the home keeps it: who arrived, left, moved; two rows of one person, joined and parted by people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from listingguard.domain.case import Acting, EventKind, Gate, Rules
from listingguard.domain.finding import Word
from listingguard.domain.letter.privacy import clues
from listingguard.domain.listing import Listing, Outcome, Place
from listingguard.domain.matching.fields import fields_hash
from listingguard.domain.names import fold
from listingguard.domain.practitioner import (
    Agreement,
    Authorisation,
    GivenBy,
    Mandate,
    Practice,
    Practitioner,
    Status,
    Verdict,
    Watch,
    verdict,
)
from listingguard.domain.record import CaptureRow, ReadingRow, ReportedUrl
from listingguard.edge.store import Store, sqlite3
from listingguard.errors import BadInput, NotFound, Refused
from listingguard.flow import enrol, ledger

DAY = date(2026, 1, 5)
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
STAFF = "Dominique Secrétaire"
SITE = "rdv.example"
PLACE = Practice("Cabinet", "12 rue des Essais", "26000", "Valence", phones=("+33465710001",))
LOCAL = Practitioner("local-aaaaaaaaaaaa", "Exemple", "Camille", practices=(PLACE,))
RPPS = Practitioner(
    "99900000011", "Exemple", "Camille", rpps="99900000011",
    practices=(Practice("", "1 place du Marché", "26100", "Romans-sur-Isère"),),
)  # fmt: skip
PEOPLE = [
    Practitioner(f"9990000{n:04}0", f"Exemple{n}", "Camille", practices=(replace(PLACE, street=f"{n} rue A"),))
    for n in range(30)
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "listingguard.db", Rules(Acting.COUNCIL, Gate.COUNCIL, {})) as opened:
        yield opened


def bring(store: Store, people: list[Practitioner], day: date = DAY, **how: object) -> enrol.ImportResult:
    how = {"fields": {"rpps"}, "scope": "annuaire/26", "source": f"{day}.txt", **how}
    return enrol.import_roster(store, people, today=day, at=AT, actor=STAFF, **how)


def merge(store: Store, kept: str, other: str, at: datetime = AT) -> Practitioner:
    return enrol.merge_people(store, kept, other, today=at.date(), at=at, actor=STAFF)


# -- a monthly import


def test_a_monthly_import_says_who_arrived_left_and_moved_and_deletes_nobody(store: Store) -> None:
    assert bring(store, PEOPLE[:-1]).kinds == {}, "the first import is the roster itself"
    april = date(2026, 2, 5)
    moved = replace(PEOPLE[1], practices=(replace(PLACE, street="99 rue B", town="Romans"),))
    result = bring(store, [moved, *PEOPLE[2:]], april)
    assert {k.value: n for k, n in result.kinds.items()} == {"arrived": 1, "left": 1, "moved": 1}
    found = {c.practitioner: (c.kind.value, c.before, c.after, c.source) for c in store.roster_changes()}
    assert found == {
        PEOPLE[0].id: ("left", "active", "left", "2026-02-05.txt"),
        PEOPLE[1].id: ("moved", "Valence", "Romans", "2026-02-05.txt"),
        PEOPLE[-1].id: ("arrived", "", "Valence", "2026-02-05.txt"),
    }
    gone = store.practitioner(PEOPLE[0].id)
    assert (gone.status, gone.status_on, gone.practices) == (Status.LEFT, april, PEOPLE[0].practices)
    assert len(store.practitioners()) == 30
    back = bring(store, PEOPLE, date(2026, 3, 5))
    assert {k.value: n for k, n in back.kinds.items()} == {"returned": 1, "moved": 1}
    assert store.practitioner(PEOPLE[0].id).status is Status.ACTIVE


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    bring(store, PEOPLE)
    again = bring(store, PEOPLE, date(2026, 2, 5))
    assert (again.added, again.changed, again.same, again.kinds) == (0, 0, 30, {})


def test_a_file_that_lacks_a_fifth_of_the_people_is_refused_and_writes_nothing(store: Store) -> None:
    bring(store, PEOPLE)
    with pytest.raises(Refused, match="ne nomme plus 20 personnes sur 30") as refused:
        bring(store, PEOPLE[:10], date(2026, 2, 5))
    assert "--many-left" in refused.value.missing[0]
    assert store.roster_changes() == ()
    assert all(p.status is Status.ACTIVE for p in store.practitioners())
    assert bring(store, PEOPLE[:10], date(2026, 2, 5), many_left=True).changed == 20


def test_a_part_of_the_roster_or_another_scope_makes_nobody_leave(store: Store) -> None:
    bring(store, PEOPLE)
    assert bring(store, PEOPLE[:10], scope="").changed == 0
    assert bring(store, PEOPLE[:10], scope="annuaire/07").changed == 0
    # Gone from one department, still named by the last import of another scope: not gone.
    assert bring(store, PEOPLE[5:], date(2026, 2, 5)).changed == 0


def test_a_row_that_could_not_be_read_is_no_departure(store: Store) -> None:
    bring(store, PEOPLE)
    assert bring(store, PEOPLE[1:], date(2026, 2, 5), mentioned={PEOPLE[0].id}).changed == 0
    assert bring(store, PEOPLE[1:], date(2026, 3, 5)).changed == 1


def test_someone_retired_stays_retired_when_no_longer_named(store: Store) -> None:
    bring(store, [replace(PEOPLE[0], status=Status.RETIRED), *PEOPLE[1:]])
    assert bring(store, PEOPLE[1:], date(2026, 2, 5)).changed == 0
    assert store.practitioner(PEOPLE[0].id).status is Status.RETIRED


def test_a_number_that_names_somebody_else_is_refused_and_nobody_is_overwritten(store: Store) -> None:
    bring(store, [RPPS])
    result = bring(store, [replace(RPPS, family_name="Fictif", first_name="Sacha")], scope="")
    assert result.refused == ("le numéro 99900000011 est au tableau celui de Camille EXEMPLE, pas de Sacha FICTIF.",)
    assert store.practitioner(RPPS.id).family_name == "Exemple"


def test_a_dry_run_finds_the_same_and_writes_nothing(store: Store) -> None:
    bring(store, PEOPLE)

    def rows() -> list[object]:
        names = [r["name"] for r in store._rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [store._rows(f'SELECT * FROM "{name}"') for name in names]

    before = rows()
    tried = bring(store, PEOPLE[1:], date(2026, 2, 5), dry_run=True, said={"patro": "nom"}, headers="x")
    assert rows() == before
    done = bring(store, PEOPLE[1:], date(2026, 2, 5))
    assert (tried.added, tried.changed, tried.same, tried.kinds) == (done.added, done.changed, done.same, done.kinds)


def test_what_titles_mean_is_kept_with_the_people_or_not_at_all(store: Store) -> None:
    bring(store, PEOPLE, headers="k1", said={"patro": "nom"})
    with pytest.raises(Refused):
        bring(store, [], headers="k2", said={"x": "nom"})
    assert store.remembered_titles() == {"k1": {"patro": "nom"}}


def test_changes_and_words_are_never_rewritten(store: Store) -> None:
    bring(store, PEOPLE)
    bring(store, PEOPLE[1:], date(2026, 2, 5))
    merge(store, PEOPLE[1].id, PEOPLE[2].id)
    for table, column in (("roster_change", "kind"), ("same_person", "same")):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            store._db.execute(f"UPDATE {table} SET {column} = 0")


# -- two rows, one person


def told(store: Store) -> None:
    """Put everything that can point at a person on the row that has no number."""
    people = [LOCAL, RPPS]
    enrol.import_roster(store, people, source="x", today=DAY, at=AT, actor=STAFF)
    common = {"today": DAY, "at": AT, "actor": STAFF}
    ledger.set_watch(store, Watch(LOCAL.id, True, DAY, "courriel"), **common)
    ledger.leave_alone(store, LOCAL.id, SITE, left=True, **common)
    row = Authorisation("a1", LOCAL.id, SITE, Agreement.AGREED, GivenBy.PRACTITIONER, date(2025, 1, 1))
    ledger.add_authorisation(store, row, **common)
    ledger.add_mandate(
        store, Mandate("m1", LOCAL.id, "objet", ("p",), DAY, date(2027, 1, 1), document="0" * 64), **common
    )
    store.open_case(
        "CDO26", None, practitioner=LOCAL.id, controller="rdv", platform="autre.example", day=DAY, at=AT, actor=STAFF,
        data={"findings": []},
    )  # fmt: skip
    store.report_url(ReportedUrl(f"https://{SITE}/p/1", SITE, LOCAL.id, "", DAY, STAFF), at=AT)


def everything(store: Store, who: str) -> tuple[object, ...]:
    """Return what is found under an identifier, each thing by what it says and not by whom it names."""
    ledger_rows = store.authorisations(who)
    return (
        (watch := store.watches().get(who)) and (watch.wanted, watch.informed_on, watch.opposed_on),
        sorted(host for person, host in store.left_alone() if person == who),
        [r.id for r in ledger_rows],
        verdict(ledger_rows, who, SITE, DAY),
        [m.id for m in store.mandates(who)],
        (mandate := store.valid_mandate(who, DAY)) and mandate.id,
        [c.id for c in store.cases(practitioner=who)],
        [r.url for r in store.reported_urls() if r.rpps == who],
    )


FOUND = (
    (True, DAY, None),
    [SITE],
    ["a1"],
    Verdict.AUTHORISED,
    ["m1"],
    "m1",
    ["CDO26-2026-0001"],
    [f"https://{SITE}/p/1"],
)
NOTHING = (None, [], [], Verdict.UNDETERMINED, [], None, [], [])


def test_everything_that_pointed_at_the_merged_row_is_found_under_the_other(store: Store) -> None:
    told(store)
    assert everything(store, LOCAL.id) == FOUND
    assert everything(store, RPPS.id) == NOTHING
    facts = {
        t: store._rows(f"SELECT * FROM {t}")
        for t in ("watch", "authorisation", "mandate", "case_event", "practitioner")
    }
    person = merge(store, RPPS.id, LOCAL.id)
    assert everything(store, RPPS.id) == FOUND
    assert store.case("CDO26-2026-0001").practitioner == RPPS.id
    assert (person.id, [p.street for p in person.practices]) == (
        "99900000011", ["1 place du Marché", "12 rue des Essais"],
    )  # fmt: skip
    assert store.practitioner(LOCAL.id) == person
    assert [p.id for p in store.practitioners()] == [RPPS.id]
    assert len(store.practices(RPPS.id)) == 2
    for table, rows in facts.items():
        assert [r for r in store._rows(f"SELECT * FROM {table}") if r.get("kind") != "roster_merged"] == rows


def test_a_merge_is_undone_and_each_finds_its_own_again(store: Store) -> None:
    told(store)
    merge(store, RPPS.id, LOCAL.id)
    assert enrol.unmerge_people(store, RPPS.id, LOCAL.id, today=DAY, at=AT, actor=STAFF)
    assert everything(store, LOCAL.id) == FOUND
    assert everything(store, RPPS.id) == NOTHING
    assert enrol.duplicate_people(store) == (), "what a person told apart is not proposed again"
    merge(store, RPPS.id, LOCAL.id)
    assert everything(store, RPPS.id) == FOUND
    words = store._rows("SELECT kept, other, same, actor FROM same_person ORDER BY id")
    assert [(w["same"], w["actor"]) for w in words] == [(1, STAFF), (0, STAFF), (1, STAFF)]
    kinds = [e.kind for e in store.events("home") if e.kind.startswith("roster_") and "merged" in e.kind]
    assert kinds == ["roster_merged", "roster_unmerged", "roster_merged"]


def test_a_word_under_either_identifier_counts_for_the_person(store: Store) -> None:
    told(store)
    merge(store, RPPS.id, LOCAL.id)
    row = Authorisation("a2", LOCAL.id, "autre.example", Agreement.AGREED, GivenBy.PRACTITIONER, DAY)
    closed = ledger.add_authorisation(store, row, today=DAY, at=AT, actor=STAFF)
    assert closed == ("CDO26-2026-0001",)
    store.look_again(RPPS.id, SITE)
    assert store.left_alone() == frozenset()


def test_an_opposition_under_one_identifier_holds_for_the_person_until_told_anew(store: Store) -> None:
    told(store)
    common = {"today": DAY, "actor": STAFF}
    ledger.set_watch(store, Watch(LOCAL.id, True, DAY, "courriel", DAY), at=AT, **common)
    ledger.set_watch(store, Watch(RPPS.id, True, DAY, "courrier"), at=AT + timedelta(hours=1), **common)
    merge(store, RPPS.id, LOCAL.id, AT + timedelta(hours=2))
    assert not store.watches()[RPPS.id].active
    ledger.set_watch(store, Watch(RPPS.id, True, DAY, "courrier"), at=AT + timedelta(hours=3), **common)
    assert store.watches()[RPPS.id].active


def test_a_judgement_of_either_row_stands_for_the_person(store: Store) -> None:
    told(store)
    listing = Listing(
        f"{SITE}:1", SITE, f"https://{SITE}/p/1", "Camille Exemple",
        places=(Place(street="12 rue des Essais", postcode="26000", town="Valence"),),
    )  # fmt: skip
    reading = store.add_reading(
        ReadingRow(SITE, listing.url, DAY, Outcome.LISTINGS, "", 1, False, False), at=AT, milliseconds=1
    )
    capture = CaptureRow("c" * 64, SITE, listing.url, "b" * 64, DAY, AT, {})
    store.add_capture(capture, reading, [listing.key])
    store.put_listing(listing, capture)
    said = {"day": DAY, "at": AT, "actor": STAFF}
    store.add_judgement(listing.key, LOCAL.id, fields_hash(listing, LOCAL), Word.OTHER, **said)
    person = merge(store, RPPS.id, LOCAL.id)
    now = fields_hash(listing, person)
    assert [o.word for o in store.opinions(listing.key, RPPS.id, now)] == [Word.OTHER]
    last = store.last_judgement()
    assert last is not None
    assert last[:2] == (listing.key, RPPS.id)
    # Taken back as `review` takes it back.
    store.add_judgement(*last[:3], Word.UNDONE, **said)
    assert store.opinions(listing.key, RPPS.id, now) == ()
    assert store.last_judgement() is None


def test_the_matches_follow_the_person(store: Store) -> None:
    told(store)
    merge(store, RPPS.id, LOCAL.id)
    before = store.caches()
    with store.tx("x"):
        store.drop_caches()
        store.rematch()
    assert store.caches() == before


def test_the_number_stays_and_two_sound_numbers_are_two_people(store: Store) -> None:
    other = replace(RPPS, id="99900000029", rpps="99900000029")
    enrol.import_roster(store, [LOCAL, RPPS, other], source="x", today=DAY, at=AT, actor=STAFF)
    with pytest.raises(BadInput, match=f"roster merge {RPPS.id} {LOCAL.id}"):
        merge(store, LOCAL.id, RPPS.id)
    with pytest.raises(Refused, match="deux personnes"):
        merge(store, RPPS.id, other.id)
    with pytest.raises(NotFound):
        merge(store, RPPS.id, "local-absent")
    with pytest.raises(BadInput, match="deux fois"):
        merge(store, RPPS.id, RPPS.id)
    assert store.merged() == {}


def test_a_chain_of_merges_leads_to_one_and_comes_apart_link_by_link(store: Store) -> None:
    third = replace(LOCAL, id="local-bbbbbbbbbbbb")
    enrol.import_roster(store, [LOCAL, third, RPPS], source="x", today=DAY, at=AT, actor=STAFF)
    merge(store, LOCAL.id, third.id)
    merge(store, RPPS.id, third.id)
    assert store.identifiers(third.id) == (RPPS.id, LOCAL.id, third.id)
    assert merge(store, RPPS.id, LOCAL.id).id == RPPS.id, "said again, it stands"
    with pytest.raises(BadInput, match="troisième"):
        enrol.unmerge_people(store, RPPS.id, third.id, today=DAY, at=AT, actor=STAFF)
    assert store.identifiers(third.id) == (RPPS.id, LOCAL.id, third.id)
    enrol.unmerge_people(store, RPPS.id, LOCAL.id, today=DAY, at=AT, actor=STAFF)
    assert store.identifiers(third.id) == (LOCAL.id, third.id)
    assert store.identifiers(RPPS.id) == (RPPS.id,)


def test_an_import_goes_on_under_each_of_the_rows(store: Store) -> None:
    told(store)
    merge(store, RPPS.id, LOCAL.id)
    result = enrol.import_roster(store, [LOCAL, RPPS], source="x", today=DAY, at=AT, actor=STAFF)
    assert (result.added, result.changed, result.same) == (0, 0, 2)


def test_a_case_opened_before_the_merge_keeps_its_own_events(store: Store) -> None:
    told(store)
    merge(store, RPPS.id, LOCAL.id)
    (first,) = store.facts("CDO26-2026-0001")
    assert (first.kind, first.data["practitioner"]) == (EventKind.DETECTED, LOCAL.id)
    assert store.broken_links() == ()


NAMES = ["EXEMPLE", "DE LA TOUR", "MODÈLE-ESSAI", "L'ESSAI", "ÉPREUVE", "…", "TOUR"]
PHONES = ["+33465710001", "+33465710002", "+33100000003"]
BOXES = ["Camille@exemple.example", "accueil@tour.example", ""]


def drawn(rng: random.Random, number: int) -> Practitioner:
    """Somebody with a name, a phone and a mailbox that others may have too."""
    place = replace(PLACE, street=f"{number} rue A", phones=(rng.choice(PHONES),))
    return Practitioner(
        f"p{number}", rng.choice(NAMES), "Camille", usage_name=rng.choice(["", *NAMES]), practices=(place,),
        rpps=f"999{number:08}", mobile=rng.choice(["", *PHONES]), email=rng.choice(BOXES),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_who_a_text_might_name_or_reach_is_found_as_by_going_through_the_whole_roster(store: Store, seed: int) -> None:
    rng = random.Random(seed)
    for number in [*range(25), *range(0, 25, 3)]:
        # Every third is told of a second time: what was true of them before finds nobody any more.
        store.put_practitioner(drawn(rng, number), source="essai", day=DAY, at=AT)
    everybody = store.practitioners()
    for text in (
        "La tour de M. Modèle, 04 65 71 00 01", "épreuve d’un essai", "modele essai", "l essai", "rien",
        "CAMILLE@EXEMPLE.example ou 01 00 00 00 03", "RPPS 99900000007", "de la tour accueil@tour.example",
    ):  # fmt: skip
        words, contacts = clues(text)
        wanted = {each.lower() for each in contacts}
        slow = {
            person.id
            for person in everybody
            if any(fold(n) and {*fold(n).split()} <= words for n in (person.family_name, person.usage_name))
            or wanted & {person.rpps[:9], person.email.lower(), person.mobile[-9:], person.practices[0].phones[0][-9:]}
        }
        assert {person.id for person in store.people_by(words, contacts, but="p0")} == slow - {"p0"}
        assert {person.id for person in store.people_by(words, contacts, but="")} == slow
    before = store.caches()["person_clue"]
    with store.tx("rebuild"):
        store.drop_caches()
    assert store.caches()["person_clue"] == before


def test_a_home_made_before_finds_the_people_a_text_names_once_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "listingguard.db"
    with Store(path, Rules(Acting.COUNCIL, Gate.COUNCIL, {})) as before:
        bring(before, PEOPLE)
        known = before.caches()["person_clue"]
    with closing(sqlite3.connect(str(path))) as database:
        database.executescript("""
            DROP TABLE person_clue;
            DELETE FROM _sqlite_migrations WHERE name = 'm021_clues';
            PRAGMA user_version = 0;
        """)
    with Store(path, Rules(Acting.COUNCIL, Gate.COUNCIL, {})) as after:
        assert after.caches()["person_clue"] == known
        assert [p.id for p in after.people_by(frozenset({"exemple7"}), (), but="")] == [PEOPLE[7].id]


def test_a_text_is_not_held_against_a_whole_roster(store: Store) -> None:
    """Counted in what SQLite does: a council of thousands waits no longer for a letter than one of ten."""

    def work(most: int) -> int:
        bring(store, [replace(PEOPLE[0], id=f"{n}", rpps="", family_name=f"AUTRE{n}") for n in range(most)])
        done = [0]
        store._db.set_progress_handler(lambda: done.__setitem__(0, done[0] + 1), 10)
        assert store.people_by(frozenset({"exemple", "camille"}), ("465710009",), but="") == ()
        store._db.set_progress_handler(None, 0)
        return done[0]

    small = work(20)
    assert small > 0
    assert work(400) < 2 * small + 10


def test_the_mark_of_a_roster_changes_with_whatever_it_tells(store: Store) -> None:
    marks = [store.roster_mark()]

    def changed() -> bool:
        marks.append(store.roster_mark())
        return marks[-1] not in marks[:-1]

    store.put_practitioner(LOCAL, source="essai", day=DAY, at=AT)
    assert changed()
    store.put_practitioner(RPPS, source="essai", day=DAY, at=AT)
    assert changed()
    store.put_practitioner(replace(RPPS, mobile="+33600000001"), source="essai", day=DAY, at=AT)
    assert changed()
    merge(store, RPPS.id, LOCAL.id)
    assert changed()
    assert not changed()
    # What a row says of its import alone is nothing about anybody.
    store.put_practitioner(LOCAL, source="autre", day=DAY + timedelta(days=1), at=AT)
    assert not changed()
