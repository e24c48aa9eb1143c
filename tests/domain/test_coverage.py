"""What readings cover: when fields have fallen, how long a bad site rests, who was checked where."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from listingguard.domain.coverage import (
    Cell,
    Coverage,
    Entry,
    Sight,
    SiteState,
    coverage_of,
    fallen,
    import_command,
    matrix,
    resting_until,
    together,
    vanished,
)
from listingguard.domain.discovery import SlugNames
from listingguard.domain.listing import Cause, Listing, Outcome, Place
from listingguard.domain.practitioner import Practitioner
from listingguard.domain.record import UNFINISHED, WITNESS, ReadingRow, RunRow

DAY = date(2026, 1, 5)
FULL = Listing("rdv.example", "a", "", "Camille Exemple", profession="Kiné",
               places=(Place("12 rue des Essais", "26000", "Valence", ("+33465710001",)),))  # fmt: skip
BARE = Listing("rdv.example", "b", "", "Lou Canevas")


def row(url="u", day=DAY, outcome=Outcome.LISTINGS, **more):
    return ReadingRow("rdv.example", url, day, outcome, "", more.pop("listings", 1), True, False, **more)


def test_each_field_counts_the_listings_that_have_it():
    assert coverage_of((FULL, BARE)).shares == {
        "name": 1.0, "profession": 0.5, "street": 0.5, "postcode": 0.5, "phone": 0.5,
    }  # fmt: skip
    assert coverage_of(()) == Coverage()


def test_a_page_weighs_as_many_listings_as_it_shows():
    rows = [
        row(role="directory", listings=9, coverage={"name": 1.0, "street": 1.0}),
        row(role="directory", listings=1, coverage={"name": 1.0, "street": 0.0}),
        row(role="profile", listings=1, coverage={"name": 1.0}),
        row(role="directory", outcome=Outcome.UNREADABLE, listings=0),
    ]
    assert together(rows)["directory"].listings == 10
    assert together(rows)["directory"].shares["street"] == pytest.approx(0.9)
    assert set(together(rows)) == {"directory", "profile"}


def test_a_field_half_of_the_listings_lost_has_fallen_and_one_in_three_has_not():
    before = Coverage(20, dict.fromkeys(("name", "street", "phone"), 0.9))
    assert fallen(Coverage(20, {"name": 0.9, "street": 0.4, "phone": 0.6}), before) == ("street",)
    assert fallen(Coverage(20, {"name": 0.9}), Coverage(20, {"name": 0.9, "street": 0.4})) == (), "never usual"
    for few in (Coverage(4, {}), Coverage()):
        assert fallen(few, before) == ()
        assert fallen(before, few) == ()


def test_only_what_a_page_used_to_say_can_vanish_from_it():
    assert vanished(coverage_of((BARE,)), {"name": 1.0, "street": 1.0, "phone": 0.0}) == ("street",)


@pytest.mark.parametrize(
    ("doubts", "days"),
    [
        ([], None), ([""], None), ([WITNESS], None), (["blocked"], 1), (["silent", "blocked"], 2),
        (["changed", "changed", "changed"], 4), (["blocked"] * 4, 8), (["blocked"] * 9, 14),
        # A run that went well, or only missed its witness, ends the row.
        (["blocked", "", "blocked", "blocked"], 1), (["", "blocked"], None),
    ],
)  # fmt: skip
def test_the_rest_doubles_with_each_bad_run_in_a_row_up_to_a_fortnight(doubts, days):
    runs = [RunRow(9 - n, "rdv.example", DAY - timedelta(days=n), doubt) for n, doubt in enumerate(doubts)]
    assert resting_until(runs) == (None if days is None else DAY + timedelta(days=days))


# -- the matrix --------------------------------------------------------------------------------------------------------

ON = SiteState("rdv.example", "Rdv", True, DAY)
ENTRIES = (Entry("1", "own", own=True), Entry("1", "list"), Entry("2", "list"))


def cells(state=ON, last=(), good=None, since=None):
    last = {r.url: r for r in last}
    good = last if good is None else {r.url: r for r in good}
    return matrix(state, ("1", "2", "3"), ENTRIES, last, good, since or {})


def test_a_person_is_checked_by_the_oldest_of_the_readings_of_their_pages():
    old = DAY - timedelta(days=5)
    one, two, three = cells(last=(row("own"), row("list", old, Outcome.NONE)))
    assert one == Cell("1", "rdv.example", Sight.SEEN, old, Outcome.LISTINGS)
    assert two == Cell("2", "rdv.example", Sight.CHECKED, old, Outcome.NONE)
    # Without any page where they would show nobody was checked.
    assert three.sight is Sight.NEVER


def test_one_page_never_read_means_never_checked():
    one, two, _ = cells(last=(row("own", outcome=Outcome.GONE),))
    assert (one.sight, one.checked_on) == (Sight.NEVER, None)
    assert two.sight is Sight.NEVER


def test_a_list_read_before_we_looked_for_somebody_says_nothing_of_them():
    morning, noon = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 12, tzinfo=UTC)
    rows = (row("own", at=morning), row("list", outcome=Outcome.NONE, at=morning))
    one, two, _ = cells(last=rows, since={"1": noon, "2": noon})
    assert two.sight is Sight.NEVER
    # A page of one's own tells of its owner whenever it was read.
    assert (one.sight, one.checked_on) == (Sight.SEEN, DAY)
    assert cells(last=rows, since={"2": morning})[1].sight is Sight.CHECKED


def test_a_page_that_can_no_longer_be_read_makes_blind_and_says_why():
    blocked = row("list", DAY + timedelta(days=1), Outcome.UNREADABLE, cause=Cause.BLOCKED.value)
    _, two, _ = cells(last=(row("own"), blocked), good=(row("own"), row("list", outcome=Outcome.NONE)))
    assert (two.sight, two.checked_on, two.why) == (Sight.BLIND, DAY, Cause.BLOCKED.label)
    assert (two.outcome, Sight.BLIND.label) == (Outcome.UNREADABLE, "aveugle")


def test_a_blind_site_blinds_everybody_but_whom_a_person_looked_up_since():
    state = replace(ON, blind="le site refuse les programmes", since=DAY)
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=1)
    assert [c.sight for c in cells(state, last=(row("own", before), row("list", before)))][:2] == [Sight.BLIND] * 2
    assert [c.sight for c in cells(state, last=(row("own", after), row("list", after)))][:2] == [
        Sight.SEEN, Sight.CHECKED,
    ]  # fmt: skip


def test_a_site_that_is_off_was_never_checked():
    off = replace(ON, enabled=False, blind="éteint")
    assert {c.sight for c in cells(off, last=(row("own"), row("list")))} == {Sight.NEVER}


def test_the_age_of_a_success_is_in_days():
    assert ON.age(DAY + timedelta(days=3)) == 3
    assert replace(ON, success=None).age(DAY) is None
    assert UNFINISHED not in [s.value for s in Sight]


# -- addresses ---------------------------------------------------------------------------------------------------------

NAMES = SlugNames(
    [
        Practitioner("1", "Exemple", "Camille"),
        Practitioner("2", "de l’Hypothèse", "Jean-Noël", usage_name="Modèle-Durand"),
    ]
)


@pytest.mark.parametrize(
    "path",
    [
        "/kine/valence/camille-exemple", "/kine/26000-valence/exemple-camille", "/kine/c-exemple-12", "/dr-exemple",
        "/kine/camilleexemple", "/p?nom=Exemple&prenom=Camille", "/kine/jean-hypothese", "/kine/noel-durand",
        "/kine/valence/EXEMPLE_Camille.html", "/pro/camille%2Dexemple/rdv/new",
    ],
)  # fmt: skip
def test_an_address_that_may_name_somebody_is_read(path):
    assert NAMES.may_name(f"https://rdv.example{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/kine/lou-canevas",
        "/kine/camille-canevas",
        "/kine/lou-exemple",
        "/kine/la-rochelle",
        "/",
        "/blog/un-exemple-simple",
    ],
)
def test_an_address_that_names_nobody_is_left_alone(path):
    assert not NAMES.may_name(f"https://rdv.example{path}")


def test_the_command_to_bring_a_page_is_harmless_in_a_shell():
    command = import_command('https://rdv.example/k?a="$(rm -rf ~)`id`\\&b=é&c=%22!')
    inside = command.partition('--url "')[2].partition('"')[0]
    assert not set(inside) & set('"$`\\! \n')
    assert command.startswith("listingguard capture import FICHIER --url ")
