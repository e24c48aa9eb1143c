"""Never confirmed without a person: pages of colleagues, relatives, couples and people of another profession."""

from typing import Any

import pytest

from listingguard.domain.frequencies import Commune, Frequencies
from listingguard.domain.listing import Listing, Place
from listingguard.domain.matching import Decision, Match
from listingguard.domain.matching.matcher import Matcher
from listingguard.domain.names import shown_name, unusual_trade
from listingguard.domain.practitioner import Civility, Practice, Practitioner

KINE = "Masseur-kinésithérapeute"
HERS = Practice("", "8 rue Neuve", "26200", "Montélimar", phones=("+33475000016",))
THEIRS = Practice("", "3 rue Haute", "26100", "Romans", phones=("+33475000003",))
LOIS = Practitioner("10000000132", "Quétigny", "Éloïse", rpps="10000000132", practices=(HERS,))
JEAN = Practitioner("10000000025", "Ferrand", "Jean", rpps="10000000025", practices=(THEIRS,))
JULIE = Practitioner("10000000033", "Ferrand", "Julie", rpps="10000000033", practices=(THEIRS,))
HELENE = Practitioner(
    "10000000082",
    "Pérotin",
    "Marie-Hélène",
    rpps="10000000082",
    civility=Civility.MADAME,
    practices=(Practice("", "1 route Basse", "26800", "Portes-lès-Valence", phones=("+33475000011",)),),
)
TABLES = Frequencies(
    {"jean": 0.01, "marc": 0.008, "julie": 0.006, "julien": 0.006, "anne": 0.008, "marie": 0.02},
    {"ferrand": 0.0003},
    {"portes valence": (Commune("26252", ("portes valence",), ("26800",), 10_000),)},
)
MATCHER = Matcher((LOIS, JEAN, JULIE, HELENE), TABLES)


def found(name: str, whose: Practitioner = LOIS, profession: str = KINE, **more: Any) -> Match:
    practice = whose.practices[0]
    places = (Place(practice.street, practice.postcode, practice.town),)
    listing = Listing(
        "rdv.example",
        "1",
        "https://rdv.example/1",
        name,
        **{"places": places, "phones": practice.phones, "profession": profession, **more},
    )
    match = MATCHER.best(listing)
    assert match is not None
    return match


def told(match: Match) -> str:
    return " ; ".join(r.text for r in match.reasons)


@pytest.mark.parametrize(
    "name",
    [
        "Marc Dupont remplaçant de Éloïse Quétigny",
        "Marc Dupont, remplaçant d’Éloïse Quétigny",
        "Marc Dupont (remplaçant Éloïse Quétigny)",
        "Marc Dupont chez Éloïse Quétigny",
        "Marc Dupont collaborateur de Éloïse Quétigny",
        "Dupont Marc successeur de Éloïse Quétigny",
        "Marc Dupont - Éloïse Quétigny",
        "Marc Dupont, Éloïse Quétigny",
        "Successeur de Éloïse Quétigny",
        "Remplaçante d’Éloïse Quétigny",
        "Secrétariat de Éloïse Quétigny",
        "Association Éloïse Quétigny",
        "Collège Éloïse Quétigny",
        "Cabinet rue Éloïse Quétigny",
    ],
)
def test_the_page_of_a_colleague_a_successor_or_a_place_is_never_confirmed_and_the_reasons_show_its_name(
    name: str,
) -> None:
    match = found(name)
    assert match.decision is Decision.REVIEW
    assert "autre personne" in told(match) or "plusieurs personnes" in told(match)
    assert name in told(match)


@pytest.mark.parametrize(
    "name",
    [
        "Éloïse Quétigny",
        "Éloïse Quétigny-Dupont",
        "Quétigny Éloïse, kiné du sport",
        "Éloïse Quétigny, kinésithérapeute de la main",
    ],
)
def test_her_own_page_stays_confirmed(name: str) -> None:
    assert found(name).decision is Decision.CONFIRMED


def test_somebody_called_college_is_confirmed() -> None:
    pierre = Practitioner("10000000140", "Collège", "Pierre", rpps="10000000140", practices=(HERS,))
    listing = Listing("rdv.example", "1", "u", "Pierre Collège", phones=HERS.phones, places=(Place("", "26200", ""),))
    match = Matcher((LOIS, pierre), TABLES).best(listing)
    assert match is not None
    assert match.decision is Decision.CONFIRMED


@pytest.mark.parametrize(
    "profession",
    [
        "Avocate",
        "Notaire",
        "Plombier",
        "Architecte",
        "Professeur de yoga",
        "Praticien bien-être",
        "Kinésiologue",
        "Fleuriste",
        "Agent général d’assurances",
        "Professeur de danse",
    ],
)
def test_a_page_of_any_other_profession_is_never_confirmed_and_says_so(profession: str) -> None:
    match = found("Éloïse Quétigny", profession=profession)
    assert match.decision is Decision.REVIEW
    assert profession.lower() in told(match).lower()
    assert "profession" in told(match)


@pytest.mark.parametrize("profession", ["Ostéopathe", "Ostéopathe D.O.", "OSTÉOPATHIE"])
def test_her_page_as_an_osteopath_is_hers_only_with_phone_and_address_a_line_of_her_own_or_her_number(
    profession: str,
) -> None:
    assert found("Éloïse Quétigny", profession=profession).decision is Decision.CONFIRMED
    assert found("Éloïse Quétigny", profession=profession, phones=(), rpps=LOIS.rpps).decision is Decision.CONFIRMED
    for name, less in (
        ("Éloïse Quétigny", {"phones": ()}),
        ("Éloïse Quétigny", {"places": (Place("", "26200", "Montélimar"),)}),
        ("E. Quétigny", {}),
        ("Éloise Quetigni", {}),
        ("Quétigny", {}),
    ):
        assert found(name, profession=profession, **less).decision is not Decision.CONFIRMED


def test_of_two_who_bear_one_name_in_a_town_neither_has_the_osteopath_s_page() -> None:
    beside = Practitioner("10000000157", "Quétigny", "Éloïse", practices=(Practice("", "", "26200", "Montélimar"),))
    listing = Listing(
        "rdv.example", "1", "u", "Éloïse Quétigny", "Ostéopathe", phones=HERS.phones,
        places=(Place(HERS.street, HERS.postcode, HERS.town),),
    )  # fmt: skip
    match = Matcher((LOIS, beside), TABLES).best(listing)
    assert match is not None
    assert match.decision is Decision.REVIEW


@pytest.mark.parametrize(
    "profession",
    [
        "", "Santé", "Professionnel de santé", "Kiné du sport", "Rééducation", "Physical therapist", "Health professional",
        "Therapist", "Professionnels paramédicaux", "Praticien", "Autre", "-", "Rééducation périnéale",
        "Auxiliaire médical", "Kinésithérapeute, kinésiologue",
    ],
)  # fmt: skip
def test_a_missing_or_odd_profession_is_no_evidence_against(profession: str) -> None:
    assert found("Éloïse Quétigny", profession=profession).decision is Decision.CONFIRMED
    assert not unusual_trade(profession)


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("Jean-Marc Ferrand", JEAN),
        ("Jean Marc Ferrand", JEAN),
        ("Ferrand Jean-Marc", JEAN),
        ("Jean-Julien Ferrand", JEAN),
        ("Anne-Julie Ferrand", JULIE),
        ("Julie-Anne Ferrand", JULIE),
        ("Marie-Éloïse Quétigny", LOIS),
    ],
)
def test_a_relative_whose_compound_first_name_holds_theirs_is_left_to_a_person(name: str, whose: Practitioner) -> None:
    match = found(name, whose)
    assert (match.decision, match.practitioner) == (Decision.REVIEW, whose.id)


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("Éloïse et Marc Quétigny", LOIS),
        ("Marc et Éloïse Quétigny", LOIS),
        ("Éloïse & Jean-Marc Quétigny", LOIS),
        ("Julie et Paul Ferrand", JULIE),
        ("Éloïse Q.", LOIS),
        ("M. M.-H. Pérotin", HELENE),
    ],
)
def test_couples_and_initials_are_left_to_a_person_whichever_name_comes_first(name: str, whose: Practitioner) -> None:
    match = found(name, whose)
    assert (match.decision, match.practitioner) == (Decision.REVIEW, whose.id)


def test_an_initial_of_the_family_name_is_called_one() -> None:
    assert "initiale du nom de famille seulement" in told(found("Éloïse Q."))


def test_the_first_of_a_couple_takes_the_family_name_and_a_practice_of_two_family_names_does_not() -> None:
    people = [[t.text for t in p] for p in shown_name("Julie et Jean-Paul Le Gall").people]
    assert people == [["julie", "le", "gall"], ["jean", "paul", "le", "gall"]]
    assert [[t.text for t in p] for p in shown_name("Cabinet Martin et Dupont").people] == [["martin"], ["dupont"]]


def test_a_civility_that_differs_is_told() -> None:
    assert "civilité différente\u00a0: Monsieur / Madame" in told(found("M. Marie-Hélène Pérotin", HELENE))
    assert "civilité" not in told(found("Mme Marie-Hélène Pérotin", HELENE))
    assert "même civilité\u00a0: Madame" in told(found("Mme Pérotin", HELENE))


def test_a_lone_commune_in_the_place_of_the_address_is_read_as_the_commune() -> None:
    apart = found("Marie-Hélène Pérotin", HELENE, phones=(), places=(Place("", "", "Portes-lès-Valence"),))
    together = found("Marie-Hélène Pérotin", HELENE, phones=(), places=(Place("Portes-lès-Valence", "", ""),))
    assert together.decision is apart.decision is not Decision.REJECTED
    assert told(together) == told(apart)
    assert "même commune" in told(together)
