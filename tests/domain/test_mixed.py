"""A letter about a page that mixes two people: what it may call wrong, and that it tells of nobody else."""

from dataclasses import replace

import pytest

from listingguard.domain.letter.mixed import mixed_problems
from listingguard.domain.listing import Listing, Place
from listingguard.domain.practitioner import Practice, Practitioner

CAMILLE = Practitioner(
    "10000000001", "EXEMPLE", "Camille", rpps="10000000001", email="camille@cabinet.example", mobile="+33600000001",
    practices=(Practice("", "12 rue du Modèle", "26000", "Valence", phones=("+33475000001",)),),
)  # fmt: skip
OTHER = Practitioner("10000000002", "MODÈLE-TÉMOIN", "Dominique")
OWN = Listing(
    "rdv.example", "1", "https://rdv.example/1", "Camille Exemple", phones=("+33475000001",), rpps="10000000001",
    email="camille@cabinet.example", places=(Place("12, rue du Modele", "26000", "VALENCE"),),
)  # fmt: skip
MIXED = replace(
    OWN, phones=("+33475000001", "+33475000009"), rpps="10000000002", email="autre@cabinet.example",
    places=(Place("4 avenue des Essais", "26000", "Valence"),), name="Dominique Témoin",
)  # fmt: skip
KINDS = ("numéro de téléphone", "adresse du cabinet", "adresse électronique", "numéro RPPS", "nom et prénom")


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_roster_gives_to_the_person_is_not_called_wrong(kind: str) -> None:
    (why,) = mixed_problems([kind], CAMILLE, [OWN])
    assert "selon le tableau" in why
    assert mixed_problems([kind], CAMILLE, [MIXED]) == ()
    assert mixed_problems([kind], CAMILLE, [OWN, MIXED]) == (), "one page of two is enough"


@pytest.mark.parametrize("kind", KINDS[:4])
def test_what_no_page_shows_is_not_called_wrong(kind: str) -> None:
    bare = Listing("rdv.example", "1", "https://rdv.example/1", "Camille Exemple")
    (why,) = mixed_problems([kind], CAMILLE, [bare])
    assert "n’affiche aucun" in why


def test_of_two_things_said_together_each_must_be_wrong() -> None:
    half = replace(OWN, phones=("+33475000009",))
    (why,) = mixed_problems(["téléphone et adresse du cabinet"], CAMILLE, [half])
    assert "l’adresse affichée est la sienne" in why
    assert mixed_problems(["numéro de téléphone"], CAMILLE, [half]) == ()


def test_what_cannot_be_compared_is_left_to_the_person_who_approves() -> None:
    assert mixed_problems(["horaires d’ouverture", "photographie", "tarifs"], CAMILLE, [OWN]) == ()
    assert mixed_problems(["nom du cabinet"], CAMILLE, [MIXED]) == ()


@pytest.mark.parametrize(
    "line",
    [
        "numéro 04 75 00 00 09", "téléphone +33475000009", "autre@cabinet.example", "adresse, rue des Essais",
        "https://autre.example", "RPPS 10000000002", "téléphone de Mme Témoin", "téléphone de son associée",
        "le téléphone du Dr Témoin", "adresse d’un confrère",
    ],
)  # fmt: skip
def test_another_person_s_data_or_description_never_stand_in_the_letter(line: str) -> None:
    assert mixed_problems([line], CAMILLE, [MIXED]), line


def test_a_family_name_of_the_roster_is_enough_to_name_somebody() -> None:
    line = "téléphone de Modèle-Témoin"
    (why,) = mixed_problems([line], CAMILLE, [MIXED], [OTHER])
    assert "ne nomme ni ne désigne" in why
    assert mixed_problems([line], CAMILLE, [MIXED]) == ()
