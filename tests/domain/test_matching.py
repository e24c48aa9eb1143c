"""Who a listing is about: what is confirmed, what goes to a person, what is rejected, and that it says why."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.domain.frequencies import Commune, Frequencies
from listingguard.domain.listing import Listing, ListingKind, Place
from listingguard.domain.matching import Decision, Match, Sufficiency
from listingguard.domain.matching.evidence import features
from listingguard.domain.matching.fields import fields_hash
from listingguard.domain.matching.matcher import Matcher, kept_matches
from listingguard.domain.matching.sides import Seen
from listingguard.domain.practitioner import Civility, Practice, Practitioner

PRACTICE = Practice("Cabinet", "12 avenue de la République", "26000", "Valence", phones=("+33475000001",))
KINE = "Masseur-kinésithérapeute"


def person(number: int, first: str, family: str, practice: Practice = PRACTICE, **more: Any) -> Practitioner:
    rpps = rpps_number(number)
    return Practitioner(rpps, family, first, rpps=rpps, practices=(practice,), **more)


def rpps_number(number: int) -> str:
    body = f"10{number:08d}"
    digits = [int(c) * 2 if i % 2 == 0 else int(c) for i, c in enumerate(reversed(body))]
    return body + str(-sum(d - 9 if d > 9 else d for d in digits) % 10)


def page(name: str, street: str = "", town: str = "Valence", postcode: str = "26000", **more: Any) -> Listing:
    places = (Place(street, postcode, town),) if street or town or postcode else ()
    return Listing("rdv.example", "1", "https://rdv.example/1", name, places=places, **more)


CLAIRE = person(1, "Claire", "Martin")
JEAN_PIERRE = person(2, "Jean-Pierre", "Le Gall", replace(PRACTICE, phones=("+33475000002",)))
FATHER = person(3, "Jean", "Ferrand", Practice("", "3 rue Haute", "26100", "Romans", phones=("+33475000003",)))
DAUGHTER = person(4, "Julie", "Ferrand", FATHER.practices[0])
DOUBLE = person(5, "Sophie", "Dubois-Moreau", usage_name="Petit", mobile="+33639980005")
ELSEWHERE = person(6, "Noé", "Bonnard", Practice("", "1 place Basse", "69003", "Lyon", phones=("+33478000006",)))
ROSTER = (CLAIRE, JEAN_PIERRE, FATHER, DAUGHTER, DOUBLE, ELSEWHERE)
# Claire Martin is nobody's own name; Noé Bonnard nearly is.
TABLES = Frequencies(
    {"claire": 0.005, "jean": 0.01},
    {"martin": 0.003, "ferrand": 0.0003},
    {
        "valence": (
            Commune("26362", ("valence",), ("26000",), 64_458),
            Commune("82186", ("valence",), ("82400",), 5_289),
        )
    },
)
MATCHER = Matcher(ROSTER, TABLES)
PHONE = {"phones": ("04 75 00 00 01",)}


def decided(listing: Listing, roster: tuple[Practitioner, ...] = ROSTER) -> tuple[Decision | None, str | None]:
    best = Matcher(roster, TABLES).best(listing)
    return (best.decision, best.practitioner) if best else (None, None)


def codes(match: Match | None) -> set[str]:
    assert match is not None
    return {r.code for r in match.reasons}


# --- confirmed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Claire Martin",
        "MARTIN Claire",
        "Mme Claire MARTIN, Masseur-kinésithérapeute D.E.",
        "claire martin - kiné du sport",
        "Cabinet de kinésithérapie Claire Martin",
        "Dr CLAIRE MARTIN",
        "Claire Martin-Durand",
        "Martin, Claire",
        "Claire Martin Valence",
        "Cliare Martin",
    ],
)
def test_the_full_name_and_the_phone_are_enough(name: str) -> None:
    assert decided(page(name, phones=("04.75.00.00.01",))) == (Decision.CONFIRMED, CLAIRE.id)


@pytest.mark.parametrize(
    "name", ["JP Le Gall", "J.-P. LEGALL", "Jean Pierre Le Gall", "LE GALL Jean-Pierre", "M. Jean-Pierre Gall"]
)
def test_compound_first_names_and_particles_are_read_as_sites_write_them(name: str) -> None:
    assert decided(page(name, phones=("0475000002",))) == (Decision.CONFIRMED, JEAN_PIERRE.id)


@pytest.mark.parametrize(
    "name", ["Sophie Petit", "Sophie Dubois Moreau", "Sophie Moreau", "Sophie Petit-Dubois-Moreau"]
)
def test_birth_name_usage_name_and_half_a_double_name_are_hers(name: str) -> None:
    assert decided(page(name, phones=("06 39 98 00 05",))) == (Decision.CONFIRMED, DOUBLE.id)


def test_the_exact_address_is_enough_even_with_an_old_phone() -> None:
    listing = page("Claire Martin", "12 av. de la République", phones=("04 75 99 99 99",))
    match = MATCHER.best(listing)
    assert match is not None
    assert match.decision is Decision.CONFIRMED
    assert {"address_same", "phone_other"} <= codes(match)


def test_the_rpps_is_enough_wherever_the_page_says_she_works() -> None:
    assert decided(page("Claire Martin", town="Lille", postcode="59000", rpps=CLAIRE.id)) == (
        Decision.CONFIRMED,
        CLAIRE.id,
    )


def test_a_name_nobody_else_bears_in_the_town_is_enough_for_a_physiotherapist() -> None:
    listing = page("Noé Bonnard", town="Lyon 3e", postcode="", profession=KINE)
    assert decided(listing) == (Decision.CONFIRMED, ELSEWHERE.id)


def test_a_slip_in_the_family_name_is_forgiven_with_the_phone_or_the_address_but_not_with_the_town_alone() -> None:
    assert decided(page("Claire Martim", **PHONE)) == (Decision.CONFIRMED, CLAIRE.id)
    assert decided(page("Claire Martim", "12 av. de la République")) == (Decision.CONFIRMED, CLAIRE.id)
    assert decided(page("Claire Martim")) == (Decision.REVIEW, CLAIRE.id)
    # Somebody is called so: no slip.
    roster = (*ROSTER, person(9, "Anne", "Martim", ELSEWHERE.practices[0]))
    assert decided(page("Claire Martim", **PHONE), roster) == (Decision.REVIEW, CLAIRE.id)


# --- to a person -----------------------------------------------------------------------------------------------


def test_an_initial_that_fits_father_and_daughter_goes_to_a_person_with_both_named() -> None:
    listing = page("J. Ferrand", "3 rue Haute", "Romans", "26100", phones=("04 75 00 00 03",))
    matches = MATCHER.match(listing)
    assert {m.practitioner for m in matches} == {FATHER.id, DAUGHTER.id}
    assert {m.decision for m in matches} == {Decision.REVIEW}
    told = " ".join(r.text for r in matches[0].reasons)
    assert "Jean" in told
    assert "Julie FERRAND" in told


def test_the_father_is_told_from_the_daughter_by_the_full_first_name() -> None:
    listing = page("Julie Ferrand", "3 rue Haute", "Romans", "26100", phones=("04 75 00 00 03",))
    assert decided(listing) == (Decision.CONFIRMED, DAUGHTER.id)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("C. Martin", PHONE),
        ("Cabinet Martin", PHONE),
        ("Claire Martin et Paul Durand", PHONE),
        ("Claire Martin", {**PHONE, "profession": "Ostéopathe"}),
        ("Claire Martin", {"profession": KINE, "phones": ("04 75 99 99 99",)}),
        ("Claire Martin", {"profession": "Bien-être"}),
        ("Paul Durand", {"rpps": CLAIRE.id}),
    ],
)
def test_what_is_not_certain_goes_to_a_person(name: str, more: dict[str, Any]) -> None:
    assert decided(page(name, **more)) == (Decision.REVIEW, CLAIRE.id)


def test_two_people_of_one_full_name_are_told_apart_only_by_an_identifier() -> None:
    namesake = person(7, "Claire", "Martin", replace(PRACTICE, street="8 rue Neuve", phones=("+33475000007",)))
    roster = (*ROSTER, namesake)
    assert decided(page("Claire Martin", profession=KINE), roster)[0] is Decision.REVIEW
    assert decided(page("Claire Martin", phones=("0475000007",)), roster) == (Decision.CONFIRMED, namesake.id)
    both = page("Claire Martin", "12 avenue de la République", phones=("0475000007",))
    matches = Matcher(roster).match(both)
    assert [m.decision for m in matches] == [Decision.REVIEW, Decision.REVIEW]
    assert all("other_person" in codes(m) for m in matches)


def test_a_shared_family_name_in_the_town_is_enough_to_ask() -> None:
    cousin = person(8, "Paul", "Bonnard", replace(ELSEWHERE.practices[0], street="9 rue Longue", phones=()))
    listing = page("Noé Bonnard", town="Lyon", postcode="69003", profession=KINE)
    assert decided(listing)[0] is Decision.CONFIRMED
    assert decided(listing, (*ROSTER, cousin))[0] is Decision.REVIEW


def test_a_first_name_borne_by_a_parent_is_not_hers_because_it_is_her_second() -> None:
    anne = person(9, "Anne", "Vidal", other_first_names=("Lucie",))
    assert decided(page("Lucie Vidal", **PHONE), (anne,))[0] is Decision.REVIEW
    assert decided(page("Anne Lucie Vidal", **PHONE), (anne,))[0] is Decision.CONFIRMED


def test_half_a_compound_first_name_on_a_line_that_a_father_may_share_goes_to_a_person() -> None:
    shared = page("Jean Le Gall", phones=("0475000002",))
    assert decided(shared) == (Decision.REVIEW, JEAN_PIERRE.id)
    own = replace(JEAN_PIERRE, mobile="+33639980002")
    assert decided(replace(shared, phones=("06 39 98 00 02",)), (own, *ROSTER[2:])) == (Decision.CONFIRMED, own.id)


def test_a_practice_in_a_town_that_was_merged_goes_to_a_person_and_is_not_lost() -> None:
    annecy = Commune("74010", ("annecy", "annecy vieux"), ("74000", "74940"), 132_117)
    tables = Frequencies(communes=dict.fromkeys(annecy.names, (annecy,)))
    zoe = person(1, "Zoé", "Bonnardel", Practice("", "4 rue Haute", "74000", "Annecy"))
    match = Matcher([zoe], tables).best(page("Zoé Bonnardel", "9 rue Basse", "Annecy-le-Vieux", ""))
    assert match is not None
    assert match.decision is Decision.REVIEW
    assert "town_linked" in codes(match)


def test_the_frequency_of_the_name_is_told() -> None:
    texts = [r.text for m in MATCHER.match(page("Claire Martin", **PHONE)) for r in m.reasons]
    assert any("porte ce nom et ce prénom" in text for text in texts)


def test_a_common_name_is_not_enough_in_a_large_town() -> None:
    common = {"claire": 0.01}, {"martin": 0.003}
    lyon = Commune("69123", ("lyon",), ("69003",), 519_127)
    tables = Frequencies(*common, {"lyon": (lyon,)})
    claire = person(1, "Claire", "Martin", ELSEWHERE.practices[0])
    match = Matcher([claire], tables).best(page("Claire Martin", town="Lyon", postcode="69003", profession=KINE))
    assert match is not None
    assert match.sufficiency is Sufficiency.WEAK
    assert match.decision is not Decision.CONFIRMED


# --- what the page and the roster add ---------------------------------------------------------------------------

RARE_PRACTICE = Practice("", "5 rue Longue", "26000", "Valence", phones=("+33475000021", "+33475000022"))
RARE = person(20, "Zoé", "Bonnardel", RARE_PRACTICE, mobile="+33639980020")
MATE = person(21, "Hugo", "Delvaux", RARE_PRACTICE)
AWAY = person(22, "Inès", "Corvaisier", Practice("", "2 quai Bas", "26100", "Romans", phones=("+33475000023",)))
# Works in both towns.
BOTH = replace(AWAY, id=rpps_number(23), rpps=rpps_number(23), family_name="Tessonnier", first_name="Luc")
BOTH = replace(BOTH, practices=(AWAY.practices[0], RARE_PRACTICE))
TOWN = (*ROSTER, RARE, MATE, AWAY)


@pytest.mark.parametrize("number", ["06 39 98 00 20", "04 75 00 00 22"])
def test_an_initial_beside_a_mobile_or_a_direct_line_is_hers_whatever_else_is_shown(number: str) -> None:
    for phones in ((number,), ("04 75 00 00 21", number), (number, "04 75 00 00 21")):
        listing = page("Z. Bonnardel", profession=KINE, phones=phones)
        assert decided(listing, TOWN) == (Decision.CONFIRMED, RARE.id)


def test_the_line_of_a_page_that_names_her_colleagues_is_hers_by_an_initial_too() -> None:
    line = page("Z. Bonnardel", "5 rue Longue", profession=KINE, phones=("04 75 00 00 21",))
    mate = replace(line, id="2", name="Hugo Delvaux")
    alone, beside = (Matcher(TOWN, TABLES).best(line, b) for b in ((), (line, mate)))
    assert beside is not None
    assert (beside.decision, beside.practitioner) == (Decision.CONFIRMED, RARE.id)
    assert "page_colleagues" in codes(beside)
    assert not {"page_colleagues", "page_others"} & codes(alone)


def test_a_page_that_names_her_colleagues_at_her_practice_is_an_independent_sign() -> None:
    line = page("Z. Bonnardel", organisation="Kiné du Parc", profession=KINE)
    mate = replace(line, id="2", name="Hugo Delvaux")
    alone, beside = (Matcher(TOWN, TABLES).best(line, b) for b in ((), (line, mate)))
    assert alone is not None
    assert beside is not None
    assert (alone.sufficiency, beside.sufficiency) == (Sufficiency.WEAK, Sufficiency.SUFFICIENT)
    assert alone.decision is not Decision.CONFIRMED


def test_a_full_name_on_the_phone_of_another_practice_is_hers_unless_the_roster_has_a_namesake() -> None:
    # Claire Martin is nobody's own name in Valence, but few people share a practice.
    listing = page("Claire Martin", phones=("04 75 00 00 21",))
    match = Matcher(TOWN, TABLES).best(listing)
    assert match is not None
    assert match.sufficiency is Sufficiency.SUFFICIENT
    assert "personne d’autre n’est à attendre sous ce nom dans le cabinet affiché" in [r.text for r in match.reasons]
    namesake = person(24, "Claire", "Martin", AWAY.practices[0])
    match = Matcher((*TOWN, namesake), TABLES).best(listing)
    assert match is not None
    assert match.sufficiency is Sufficiency.WEAK


def test_both_family_names_together_are_read_as_both() -> None:
    both = person(25, "Virginie", "Fatiol", RARE_PRACTICE, usage_name="Huet")
    texts = [r.text for r in Matcher((*TOWN, both), TABLES).match(page("Virginie Huet-Fatiol"))[0].reasons]
    assert "même nom de famille\u00a0: HUET FATIOL" in texts


@pytest.mark.parametrize(("shown", "told"), [("M Bonnardel", None), ("M. M. Bonnardel", "civility_other")])
def test_a_lone_m_may_be_her_initial_and_one_before_an_initial_is_a_civility(shown: str, told: str | None) -> None:
    her = replace(RARE, first_name="Muriel", civility=Civility.MADAME)
    seen = Seen(page(shown, profession=KINE, phones=("04 75 00 00 21",)))
    (found,) = Matcher([her], TABLES)._found(seen)
    weighed = features(seen, found.person, found.fit, found.evidence)
    assert [w for w in weighed if w.startswith("civility")] == ([told] if told else [])


def test_a_page_that_lists_people_of_several_places_tells_nothing_of_one_of_them() -> None:
    line = page("Claire Martin", "12 avenue de la République", profession=KINE)
    other = page("Hugo Delvaux", "5 rue Longue", profession=KINE)
    matcher = Matcher(TOWN, TABLES)
    assert matcher.match(line, (line, other)) == matcher.match(line)


def test_relatives_on_one_page_still_go_to_a_person() -> None:
    line = page("J. Ferrand", "3 rue Haute", "Romans", "26100", profession=KINE, phones=("04 75 00 00 03",))
    other = replace(line, id="2", name="Paul Durand")
    matches = MATCHER.match(line, (line, other))
    assert {m.practitioner for m in matches} == {FATHER.id, DAUGHTER.id}
    assert {m.decision for m in matches} == {Decision.REVIEW}


def test_a_rare_name_at_another_practice_of_the_roster_is_hers_and_the_reasons_say_whose_phone_it_is() -> None:
    match = Matcher(TOWN, TABLES).best(page("Zoé Bonnardel", "12 av. de la République", profession=KINE, **PHONE))
    assert match is not None
    assert (match.decision, match.practitioner) == (Decision.CONFIRMED, RARE.id)
    texts = [r.text for r in match.reasons]
    assert "le téléphone affiché est celui d’un autre cabinet du tableau" in texts
    assert "l’adresse affichée est celle d’un autre cabinet du tableau" in texts


def test_a_town_where_colleagues_work_as_well_is_said_to_be_near() -> None:
    listing = page("Zoé Bonnardel", "77 rue Neuve", "Romans", "26100", profession=KINE)
    near = Matcher((*TOWN, BOTH), TABLES).best(listing)
    assert "town_near" in codes(near)
    assert "town_other" in codes(Matcher(TOWN, TABLES).best(listing))


def test_a_town_of_the_same_intercommunality_is_said_to_be_near() -> None:
    valence = Commune("26362", ("valence",), ("26000",), 64_458, "200068781")
    bourg = Commune("26058", ("bourg valence",), ("26500",), 20_000, "200068781")
    romans = Commune("26281", ("romans",), ("26100",), 33_000, "200000000")
    tables = Frequencies(communes={c.names[0]: (c,) for c in (valence, bourg, romans)})
    near, far = (
        Matcher([RARE], tables).best(page("Zoé Bonnardel", "77 rue Neuve", town, postcode, profession=KINE))
        for town, postcode in (("Bourg-lès-Valence", "26500"), ("Romans", "26100"))
    )
    assert "town_near" not in codes(far)
    assert "town_other" in codes(far)
    assert "town_near" in codes(near)


def test_a_line_of_another_region_speaks_against() -> None:
    here = page("Zoé Bonnardel", "77 rue Neuve", profession=KINE, phones=("04 75 99 99 99",))
    matcher = Matcher(TOWN, TABLES)
    assert "phone_far" not in codes(matcher.best(here))
    for phones in (("01 42 00 00 01",), ("04 78 00 00 99",)):
        # The roster's lines in 04 78 are of Lyon.
        assert "phone_far" in codes(matcher.best(replace(here, phones=phones)))
    assert "phone_far" not in codes(matcher.best(replace(here, phones=("06 39 98 11 11",))))


def test_a_home_is_told_neither_by_its_street_nor_by_its_town() -> None:
    home = replace(RARE, practices=(replace(RARE_PRACTICE, private=True),))
    for listing in (
        page("Zoé Bonnardel", profession=KINE),
        page("Zoé Bonnardel", "5 rue Longue", profession=KINE, phones=("04 75 00 00 21",)),
        page("Zoé Bonnardel", town="Lyon", postcode="69003", profession=KINE),
    ):
        told = " ".join(r.text for m in Matcher([home], TABLES).match(listing) for r in m.reasons)
        assert told
        assert "Valence" not in told
        assert "26" not in told
    both = replace(home, practices=(*home.practices, RARE_PRACTICE))
    told = [r.text for r in Matcher([both], TABLES).match(page("Zoé Bonnardel", profession=KINE))[0].reasons]
    assert "même commune\u00a0: Valence" in told


def test_a_profession_beside_the_name_forbids_nothing_but_one_of_its_own_field_does() -> None:
    beside = page("Claire Martin, ostéopathe", "12 av. de la République", **PHONE)
    assert decided(beside) == (Decision.CONFIRMED, CLAIRE.id)
    assert decided(page("Claire Martin", **PHONE, profession="Ostéopathe"))[0] is Decision.REVIEW


def test_a_first_name_cut_short_is_hers_unless_somebody_is_called_so() -> None:
    delphine = person(1, "Delphine", "Vidal")
    tables = replace(TABLES, first_names={"delphine": 0.003, "paul": 0.01, "pauline": 0.004})
    listing = page("Delph Vidal", "12 avenue de la République", profession=KINE, **PHONE)
    assert "first_short" in codes(Matcher([delphine], tables).best(listing))
    pauline = person(2, "Pauline", "Vidal")
    assert "first_near" in codes(Matcher([pauline], tables).best(replace(listing, name="Paul Vidal")))


@pytest.mark.parametrize(
    ("shown", "first"),
    [("Babeth", "Élisabeth"), ("Tonio", "Antoine"), ("Will", "Guillaume"), ("Xav", "Xavier"), ("Clem", "Clémentine")],
)
def test_a_first_name_in_everyday_use_is_known_for_the_one_it_stands_for(shown: str, first: str) -> None:
    listing = page(f"{shown} Vidal", "12 avenue de la République", profession=KINE, **PHONE)
    assert "first_short" in codes(Matcher([person(1, first, "Vidal")], TABLES).best(listing))


def test_saint_denis_of_another_department_is_another_town() -> None:
    anne = person(1, "Anne", "Corvaisier", Practice("", "4 rue Haute", "93200", "Saint-Denis"))
    match = Matcher([anne], TABLES).best(
        page("Anne Corvaisier", "9 rue Basse", "Saint-Denis", "97400", profession=KINE)
    )
    assert match is not None
    assert match.decision is Decision.REJECTED
    assert "department_other" in codes(match)
    assert "town_same" not in codes(match)


# --- rejected --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Claire Martin", {**PHONE, "rpps": rpps_number(99)}),
        ("Claire Martin", {"profession": "Infirmière"}),
        ("Paul Martin", PHONE),
        ("Paul Durand", PHONE),
        ("Cabinet de kinésithérapie", PHONE),
        ("Cabinet de kinésithérapie", {**PHONE, "kind": ListingKind.ORGANISATION}),
    ],
)
def test_another_person_is_rejected_and_the_reasons_say_so(name: str, more: dict[str, Any]) -> None:
    match = MATCHER.best(page(name, **more))
    assert match is None or match.decision is Decision.REJECTED
    assert match is None or any(r.weight < 0 for r in match.reasons)


def test_a_homonym_in_another_department_is_rejected() -> None:
    match = MATCHER.best(page("Claire Martin", town="Lille", postcode="59000", profession=KINE))
    assert match is not None
    assert match.decision is Decision.REJECTED
    assert "department_other" in codes(match)


@pytest.mark.parametrize(
    ("own", "shown"),
    [("Daniel", "Danielle"), ("Claire", "Clara"), ("Michel", "Michèle"), ("Paul", "Pauline"), ("André", "Andrée")],
)
def test_a_near_first_name_is_never_confirmed_and_said_to_differ(own: str, shown: str) -> None:
    listing = page(f"{shown} Vidal", "12 avenue de la République", profession=KINE, **PHONE)
    match = Matcher([person(1, own, "Vidal")]).best(listing)
    assert match is not None
    assert match.decision is not Decision.CONFIRMED
    assert any(r.text == f"prénom différent\u00a0: {shown} / {own}" for r in match.reasons)


def test_a_stranger_gives_nobody() -> None:
    assert MATCHER.best(page("Zoé Inconnue", "99 rue Perdue", "Brest", "29200")) is None
    assert MATCHER.match(page("")) == ()


def test_a_relay_number_is_no_evidence_even_when_the_roster_holds_it() -> None:
    relay = person(1, "Claire", "Vidal", Practice("", "", "26000", "Valence", phones=("+33899123456",)))
    other = person(2, "Anne", "Vidal", Practice("", "", "26000", "Valence"))
    match = Matcher([relay, other]).best(page("Claire Vidal", phones=("0 899 12 34 56",)))
    assert match is not None
    assert match.sufficiency is Sufficiency.WEAK
    assert "phone_relay" in codes(match)
    assert match.decision is Decision.REVIEW


def test_the_same_number_and_street_in_another_town_is_another_address() -> None:
    listing = page("Claire Martin", "12 avenue de la République", "Montélimar", "26200")
    assert decided(listing)[0] is not Decision.CONFIRMED


def test_a_street_without_a_postcode_is_no_identifier_and_no_contradiction() -> None:
    matches = MATCHER.match(page("C. Martin", "12 avenue de la République", postcode=""))
    assert matches[0].sufficiency is Sufficiency.WEAK
    assert not {"address_same", "street_other"} & codes(matches[0])
    cedex = page("Claire Martin", "12 avenue de la République", "VALENCE CEDEX 9", "26905")
    assert "address_same" in codes(MATCHER.best(cedex))


def test_a_mistyped_rpps_says_nothing_and_a_wrong_one_forbids_certainty() -> None:
    mistyped = CLAIRE.id[:-2] + CLAIRE.id[-1] + CLAIRE.id[-2]
    assert mistyped != CLAIRE.id
    assert decided(page("Claire Martin", rpps=mistyped, **PHONE))[0] is Decision.CONFIRMED
    garbled = rpps_number(77_777_777)[:-1] + str((int(rpps_number(77_777_777)[-1]) + 1) % 10)
    assert decided(page("Claire Martin", rpps=garbled, **PHONE))[0] is Decision.REVIEW


def test_reasons_name_the_practice_and_never_its_street() -> None:
    avignon = person(1, "Anne", "Vidal", Practice("", "7 rue Cachée", "84000", "AVIGNON", phones=("+33490000001",)))
    match = Matcher([avignon]).best(page("Anne Vidal", phones=("0490000001",), town="", postcode=""))
    assert match is not None
    assert "même téléphone que le cabinet d’Avignon" in [r.text for r in match.reasons]
    assert not any("Cachée" in r.text for r in match.reasons)


# --- properties ------------------------------------------------------------------------------------------------

FIRSTS = ["Claire", "Clara", "Jean", "Jean-Pierre", "Julie", "Zoé", "Matthieu"]
FAMILIES = ["Martin", "Martin-Dupont", "Le Gall", "de la Tour", "D’Aubigné", "Ferrand", "Cœuret"]
TOWNS = [("26000", "Valence"), ("26100", "Romans-sur-Isère"), ("69003", "Lyon"), ("93200", "Saint-Denis")]

practices = st.builds(
    lambda place, number, phone: Practice("", f"{number} rue Haute", *place, phones=(f"+3347500000{phone}",)),
    st.sampled_from(TOWNS),
    st.integers(1, 3),
    st.integers(1, 4),
)
rosters = st.lists(
    st.tuples(st.sampled_from(FIRSTS), st.sampled_from(FAMILIES), practices), min_size=1, max_size=8
).map(lambda rows: tuple(person(i, first, family, p) for i, (first, family, p) in enumerate(rows)))
listings = st.builds(
    lambda first, family, order, place, street, phones, rpps, profession: Listing(
        "rdv.example",
        "1",
        "",
        f"{family} {first}" if order else f"{first} {family}",
        profession=profession,
        places=(Place(street, *place),),
        phones=phones,
        rpps=rpps,
    ),
    st.sampled_from([*FIRSTS, "C.", "J.", "JP", ""]),
    st.sampled_from([*FAMILIES, "Martine", "Ferand", "Legall"]),
    st.booleans(),
    st.sampled_from([*TOWNS, ("", "Valence"), ("97400", "Saint-Denis"), ("", "")]),
    st.sampled_from(["", "1 rue Haute", "2 r. Haute", "rue Haute", "9 bd Bas"]),
    st.lists(st.sampled_from(["04 75 00 00 01", "0475000002", "08 99 12 34 56", "04 75 99 99 99"]), max_size=2).map(
        tuple
    ),
    st.sampled_from(["", rpps_number(0), rpps_number(1), rpps_number(99)]),
    st.sampled_from(["", KINE, "Ostéopathe", "Rééducation"]),
)


@given(rosters, listings, st.integers())
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_roster_and_the_batch_do_not_matter(
    roster: tuple[Practitioner, ...], listing: Listing, seed: int
) -> None:
    shuffled = list(roster)
    random.Random(seed).shuffle(shuffled)
    one, other = Matcher(roster), Matcher(shuffled)
    other.match(page("Claire Martin", **PHONE))
    assert one.match(listing) == other.match(listing) == one.match(listing)
    assert one.best(listing) == next(iter(one.match(listing)), None)


@given(rosters, listings)
@settings(max_examples=150, deadline=None)
def test_case_accents_and_hyphens_do_not_matter(roster: tuple[Practitioner, ...], listing: Listing) -> None:
    def shouted(text: str) -> str:
        return text.upper().replace("É", "E").replace("Œ", "OE").replace("’", "'")

    other = replace(
        listing,
        name=shouted(listing.name),
        profession=shouted(listing.profession),
        places=tuple(replace(p, street=shouted(p.street), town=shouted(p.town)) for p in listing.places),
    )
    matcher = Matcher(roster)
    told = [(m.practitioner, m.similarity, m.sufficiency, m.decision) for m in matcher.match(listing)]
    assert [(m.practitioner, m.similarity, m.sufficiency, m.decision) for m in matcher.match(other)] == told
    for p in roster:
        assert fields_hash(listing, p) == fields_hash(other, p)


@given(rosters, listings)
@settings(max_examples=200, deadline=None)
def test_less_evidence_never_raises_sufficiency(roster: tuple[Practitioner, ...], listing: Listing) -> None:
    matcher = Matcher(roster)
    before = {m.practitioner: m.sufficiency.rank for m in matcher.match(listing)}
    place = listing.places[0]
    poorer = [
        replace(listing, phones=()),
        replace(listing, phones=listing.phones[:1]),
        replace(listing, rpps=""),
        replace(listing, profession=""),
        replace(listing, places=()),
        replace(listing, places=(replace(place, street=""),)),
        replace(listing, places=(replace(place, postcode=""),)),
        replace(listing, places=(replace(place, town=""),)),
    ]
    for less in poorer:
        for match in matcher.match(less):
            if match.practitioner in before:
                assert match.sufficiency.rank <= before[match.practitioner]


@given(rosters, listings)
@settings(max_examples=200, deadline=None)
def test_every_score_has_its_reasons_and_at_most_one_person_is_confirmed(
    roster: tuple[Practitioner, ...], listing: Listing
) -> None:
    matches = Matcher(roster).match(listing)
    assert sum(m.decision is Decision.CONFIRMED for m in matches) <= 1
    for match in matches:
        assert 0 <= match.similarity <= 1
        assert match.reasons
        assert all(r.text and -1 <= r.weight <= 1 for r in match.reasons)
        if match.decision is Decision.CONFIRMED:
            assert match.sufficiency is Sufficiency.SUFFICIENT
            # A whole family name at least; no first name (0.73) only beside an identifier.
            assert match.similarity > 0.7


@given(rosters, listings)
@settings(max_examples=100, deadline=None)
def test_whoever_is_told_was_a_candidate(roster: tuple[Practitioner, ...], listing: Listing) -> None:
    matcher = Matcher(roster)
    assert {m.practitioner for m in matcher.match(listing)} <= {p.id for p in matcher.candidates(listing)}


# --- the key of a judgement ------------------------------------------------------------------------------------


def test_the_hash_changes_only_with_what_was_compared() -> None:
    listing = page("Claire Martin", "12 avenue de la République", phones=("04 75 00 00 01", "06 39 98 00 05"))
    first = fields_hash(listing, CLAIRE)
    assert len(first) == 64
    same = replace(
        listing,
        name="CLAIRE MARTIN",
        phones=("+33639980005", "+33475000001"),
        url="https://autre.example",
        bookable=True,
    )
    assert fields_hash(same, CLAIRE) == first
    assert fields_hash(listing, replace(CLAIRE, email="claire@cabinet.example")) == first
    for changed in (
        replace(listing, name="Clara Martin"),
        replace(listing, phones=("04 75 00 00 01",)),
        replace(listing, rpps=CLAIRE.id),
        replace(listing, profession=KINE),
        replace(listing, places=()),
        replace(listing, organisation="Cabinet des Lilas"),
    ):
        assert fields_hash(changed, CLAIRE) != first
    assert fields_hash(listing, replace(CLAIRE, usage_name="Durand")) != first
    assert fields_hash(listing, replace(CLAIRE, practices=())) != first


def test_only_matches_worth_a_look_are_kept() -> None:
    people = {p.id: p for p in ROSTER}
    listing = page("Claire Martin", **PHONE)
    assert [(m.practitioner, h) for m, h in kept_matches(MATCHER, people, listing)] == [
        (CLAIRE.id, fields_hash(listing, CLAIRE))
    ]
    assert kept_matches(MATCHER, people, page("Paul Durand", **PHONE)) == ()


@pytest.mark.parametrize("trade", ["Ostéopathe", "Psychomotricienne", "Podologue", "Coach sportif", "Sophrologue"])
def test_a_page_of_another_profession_is_never_confirmed_by_the_program_whatever_else_agrees(trade: str) -> None:
    same = page("Claire Martin", "12 av. de la République", **PHONE, profession=trade)
    assert decided(same)[0] is Decision.REVIEW
    assert decided(replace(same, profession=f"Kinésithérapeute, {trade}"))[0] is Decision.CONFIRMED


def test_a_second_first_name_or_half_of_one_is_a_relatives_too_and_needs_a_line_of_their_own() -> None:
    her = replace(RARE, first_name="Zoé-Marie", other_first_names=("Lucie",))
    for called in ("Lucie", "Marie"):
        practice = page(f"{called} Bonnardel", "5 rue Longue", profession=KINE, phones=("04 75 00 00 21",))
        for less in (
            practice,
            replace(practice, phones=()),
            replace(practice, places=(Place("", "26000", "Valence"),)),
        ):
            assert decided(less, (*ROSTER, her)) == (Decision.REVIEW, her.id)
        own = replace(practice, phones=("06 39 98 00 20",))
        assert decided(own, (*ROSTER, her)) == (Decision.CONFIRMED, her.id)


def test_a_full_name_with_phone_and_address_under_another_rpps_number_is_asked_about() -> None:
    same = page("Claire Martin", "12 av. de la République", **PHONE, profession=KINE)
    assert decided(replace(same, rpps=rpps_number(99)))[0] is Decision.REVIEW
    for less in (replace(same, phones=()), replace(same, name="C. Martin")):
        assert decided(replace(less, rpps=rpps_number(99)))[0] is not Decision.CONFIRMED


def test_a_page_that_lists_people_of_a_town_says_so_and_never_raises_sufficiency() -> None:
    line = page("Zoé Bonnardel", profession=KINE)
    other = replace(line, id="2", name="Paul Inconnu")
    alone, beside = (Matcher(TOWN, TABLES).best(line, b) for b in ((), (line, other)))
    assert alone is not None
    assert beside is not None
    assert alone.sufficiency is beside.sufficiency
    assert "la page nomme d’autres personnes dans la même commune" in [r.text for r in beside.reasons]
    assert "page_others" not in codes(alone)


def test_a_mobile_is_enough_for_somebody_without_any_practice() -> None:
    roving = replace(RARE, practices=())
    listing = page("Zoé Bonnardel", profession=KINE, phones=("06 39 98 00 20",))
    assert decided(listing, (roving,)) == (Decision.CONFIRMED, RARE.id)
