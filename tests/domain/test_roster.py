"""What an import changes of a person, and which two rows may be one: nothing known is lost, nobody is guessed."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.case import Acting
from listingguard.domain.listing import Listing, Place
from listingguard.domain.matching.matcher import Matcher
from listingguard.domain.permission import may_look_for
from listingguard.domain.practitioner import Civility, Practice, Practitioner, Status, Watch
from listingguard.domain.roster import ChangeKind, agree, changes, combined, duplicates, same_place, updated

DAY = date(2026, 3, 2)
CABINET = Practice("Cabinet", "12 bis rue de l’Écluse", "26000", "Valence", phones=("+33475000001",))
HOME = Practice(street="8 chemin Haut", postcode="26100", town="Romans", private=True)
CAMILLE = Practitioner(
    "99900000011", "Exemple", "Camille", rpps="99900000011", civility=Civility.MADAME, usage_name="Modèle",
    mobile="+33639980001", email="camille@cabinet.example", practices=(CABINET, HOME),
)  # fmt: skip
# As the Annuaire Santé writes the same person.
EXTRACT = Practitioner(
    "99900000011", "MODELE", "CAMILLE", rpps="99900000011",
    practices=(Practice("", "12 B RUE DE L'ECLUSE", "26000", "VALENCE"),),
)  # fmt: skip
EXTRACT_FIELDS = frozenset({"rpps", "site1_street"})


def test_an_extraction_takes_nothing_away_that_it_cannot_say() -> None:
    assert updated(CAMILLE, EXTRACT, EXTRACT_FIELDS, DAY) == CAMILLE


def test_reading_the_same_again_changes_nothing() -> None:
    moved = replace(EXTRACT, practices=(Practice("", "1 PLACE NEUVE", "07500", "GUILHERAND"),))
    once = updated(CAMILLE, moved, EXTRACT_FIELDS, DAY)
    assert once != CAMILLE
    assert updated(once, moved, EXTRACT_FIELDS, DAY) == once


places = st.builds(
    Practice,
    street=st.sampled_from(["1 rue A", "1 RUE A", "1 r. A", "2 bis av. de la Gare", "2 B AVENUE DE LA GARE", ""]),
    postcode=st.sampled_from(["26000", "07500", ""]),
    town=st.sampled_from(["Valence", "VALENCE CEDEX", ""]),
    private=st.booleans(),
)
people = st.builds(
    Practitioner,
    st.just("99900000011"),
    st.sampled_from(["Exemple", "EXEMPLE", "Modèle"]),
    st.sampled_from(["Camille", "CAMILLE"]),
    usage_name=st.sampled_from(["", "Modèle", "Trame"]),
    practices=st.lists(places, max_size=3).map(tuple),
    status=st.sampled_from(Status),
)


@given(people, people, st.sampled_from([EXTRACT_FIELDS, frozenset({"status"})]))
def test_a_file_read_twice_changes_nothing_the_second_time_and_no_home_is_ever_lost(known, read, fields) -> None:
    once = updated(known, read, fields, DAY)
    assert updated(once, read, fields, DAY) == once
    homes = {p.street for p in known.practices if p.private}
    assert homes <= {p.street for p in once.practices if p.private}
    joined = combined(read, [known]).practices
    assert all(any(same_place(p, q) and q.private for q in joined) for p in known.practices if p.private)


def test_a_home_stays_private_and_known_whatever_a_file_says_or_omits() -> None:
    shown = replace(EXTRACT, practices=(Practice("", "8 CHE HAUT", "26100", "ROMANS"),))
    read = updated(CAMILLE, shown, EXTRACT_FIELDS, DAY)
    assert [(p.street, p.private) for p in read.practices] == [("8 chemin Haut", True)]
    gone = replace(EXTRACT, practices=())
    assert updated(CAMILLE, gone, EXTRACT_FIELDS, DAY).practices == (HOME,)


def test_a_new_name_in_use_joins_the_name_of_birth() -> None:
    single = replace(CAMILLE, usage_name="")
    assert updated(single, EXTRACT, EXTRACT_FIELDS, DAY).family_names == ("MODELE", "Exemple")
    both = replace(EXTRACT, family_name="Exemple", usage_name="Nouveau")
    assert updated(CAMILLE, both, {"usage_name"}, DAY).family_names == ("Nouveau", "Exemple")


def test_only_a_file_that_speaks_of_statuses_changes_one_but_for_a_return() -> None:
    retired = replace(CAMILLE, status=Status.RETIRED, status_on=DAY)
    assert updated(retired, EXTRACT, EXTRACT_FIELDS, DAY).status is Status.RETIRED
    assert updated(retired, EXTRACT, {"status"}, DAY).status is Status.ACTIVE
    left = replace(CAMILLE, status=Status.LEFT, status_on=DAY)
    assert updated(left, EXTRACT, EXTRACT_FIELDS, DAY).status is Status.ACTIVE


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        (CAMILLE, []),
        (replace(CAMILLE, email="autre@cabinet.example"), ["corrected"]),
        (replace(CAMILLE, practices=(Practice("", "1 place Neuve", "07500", "Guilherand"), HOME)), ["moved"]),
        (replace(CAMILLE, status=Status.LEFT, status_on=DAY), ["left"]),
        (replace(CAMILLE, status=Status.RETIRED, status_on=DAY), ["status"]),
        (
            replace(CAMILLE, status=Status.DECEASED, practices=(HOME,)),
            ["status", "moved"],
        ),
    ],
)
def test_each_change_has_its_kind(after: Practitioner, kinds: list[str]) -> None:
    assert [c.kind.value for c in changes(CAMILLE, after, DAY, "x")] == kinds


def test_a_return_is_told_and_an_arrival_says_where_but_never_a_home() -> None:
    left = replace(CAMILLE, status=Status.LEFT)
    assert [c.kind for c in changes(left, CAMILLE, DAY, "x")] == [ChangeKind.RETURNED]
    (arrival,) = changes(None, CAMILLE, DAY, "x")
    assert (arrival.kind, arrival.after) == (ChangeKind.ARRIVED, "Valence")
    away = replace(CAMILLE, practices=(replace(HOME, town="Ailleurs", street="3 rue B"),))
    (moved,) = changes(CAMILLE, away, DAY, "x")
    assert (moved.before, moved.after) == ("Valence", "")


def test_a_number_whose_names_share_nothing_is_somebody_else_s() -> None:
    assert agree(CAMILLE, EXTRACT)
    assert agree(CAMILLE, replace(EXTRACT, first_name="Kamille"))
    assert not agree(CAMILLE, replace(EXTRACT, family_name="FICTIF", first_name="SACHA"))


def test_a_first_name_alone_does_not_make_another_name_the_same_person() -> None:
    away = Practice("", "9 rue Autre", "26100", "Romans")
    other = Practitioner(CAMILLE.id, "Durand", "Camille", rpps=CAMILLE.id, practices=(away,))
    assert not agree(CAMILLE, other)
    assert not agree(CAMILLE, replace(other, practices=()))
    assert not agree(CAMILLE, replace(other, practices=(Practice(postcode="26000", town="Valence"),)))
    assert agree(CAMILLE, replace(other, practices=(away, EXTRACT.practices[0])))
    assert agree(CAMILLE, replace(other, email="CAMILLE@cabinet.example"))


def test_a_new_name_is_always_told_whatever_else_changed() -> None:
    after = replace(CAMILLE, usage_name="Durand", practices=(HOME,))
    moved, name = changes(CAMILLE, after, DAY, "x")
    assert (moved.kind.value, name.kind.value) == ("moved", "renamed")
    assert (name.before, name.after) == ("Camille MODÈLE, né(e) EXEMPLE", "Camille DURAND, né(e) EXEMPLE")
    assert changes(CAMILLE, replace(CAMILLE, usage_name="MODELE"), DAY, "x")[0].kind is ChangeKind.CORRECTED


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.ACTIVE])
def test_nobody_is_looked_for_who_does_not_practise(status: Status) -> None:
    watch = {CAMILLE.id: Watch(CAMILLE.id, True, DAY, "courriel")}
    assert may_look_for([CAMILLE], watch, Acting.COUNCIL, DAY) == (CAMILLE,)
    for acting in Acting:
        assert may_look_for([replace(CAMILLE, status=status)], watch, acting, DAY) == ()
    later = replace(CAMILLE, status=status, status_on=date(2026, 3, 3))
    assert may_look_for([later], watch, Acting.COUNCIL, DAY) == (later,)


def test_why_a_listing_is_somebody_s_says_nothing_of_where_their_home_is() -> None:
    at_home = replace(CAMILLE, practices=(replace(CABINET, private=True),))
    place = Place("12 bis rue de l’Écluse", "26000", "Valence")
    shown = Listing("x.example", "1", "https://x.example/1", "Camille Exemple", places=(place,))
    match = Matcher((at_home,)).best(shown)
    assert match is not None
    texts = [reason.text for reason in match.reasons]
    assert "même adresse que son adresse personnelle" in texts
    assert [text for text in texts if "cabinet de Valence" in text] == []


# -- two rows, one person

LOCAL = Practitioner("local-1", "Exemple", "Camille", practices=(Practice("", "9 rue C", "26000", "Valence"),))


def pairs(*people: Practitioner) -> list[tuple[str, str]]:
    return [(d.one.id, d.other.id) for d in duplicates(people)]


def test_a_row_without_a_number_and_its_later_number_are_proposed_under_the_number() -> None:
    assert pairs(LOCAL, CAMILLE) == [("99900000011", "local-1")]
    far = replace(LOCAL, practices=(Practice("", "9 rue C", "26740", "Sauzet"),))
    (found,) = duplicates([far, CAMILLE])
    assert "même département, et un seul numéro RPPS" in found.reasons


def test_two_sound_numbers_are_never_one_person_and_a_mistyped_one_may_be() -> None:
    other = replace(CAMILLE, id="99900000029", rpps="99900000029")
    assert pairs(CAMILLE, other) == []
    typo = replace(CAMILLE, id="99900000012", rpps="99900000012")
    assert pairs(CAMILLE, typo) == [("99900000011", "99900000012")]


def test_a_homonym_far_away_a_relative_and_whom_a_person_told_apart_are_not_proposed() -> None:
    far = replace(LOCAL, practices=(Practice("", "9 rue C", "59000", "Lille"),))
    relative = replace(LOCAL, id="local-2", first_name="Sacha", practices=(CABINET,))
    assert pairs(far, relative, CAMILLE) == []
    assert list(duplicates([LOCAL, CAMILLE], {frozenset((LOCAL.id, CAMILLE.id))})) == []


def test_rows_said_to_be_one_person_complete_each_other() -> None:
    local = replace(LOCAL, mobile="+33639980009", email="x@y.example", family_name="Ancien", status=Status.LEFT)
    person = combined(replace(CAMILLE, mobile="", usage_name=""), [local])
    assert (person.id, person.rpps, person.mobile, person.email) == (
        "99900000011", "99900000011", "+33639980009", "camille@cabinet.example",
    )  # fmt: skip
    assert person.family_names == ("Ancien", "Exemple")
    assert [p.street for p in person.practices] == ["12 bis rue de l’Écluse", "8 chemin Haut", "9 rue C"]
    assert person.status is Status.ACTIVE, "a row that no roster names any more says nothing against the other"
    assert combined(CAMILLE, [replace(local, status=Status.STRUCK_OFF)]).status is Status.STRUCK_OFF


def test_a_home_known_under_one_row_is_private_under_the_other() -> None:
    local = replace(LOCAL, practices=(replace(CABINET, private=True),))
    assert [p.private for p in combined(CAMILLE, [local]).practices] == [True, True]
