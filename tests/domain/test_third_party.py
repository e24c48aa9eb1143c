"""What a paper tells of others, and what it may tell: the person, whoever bears the same name, the site's legal notice."""

import pytest

from listingguard.domain.practitioner import Practitioner
from listingguard.domain.third_party import Known, notice_lines, of_others, streets, tells_street

CAMILLE = Known("", ("Camille Exemple",), ("rdv.example",), ("12 rue des Essais 26000 Valence",))


def homonym() -> Practitioner:
    return Practitioner(id="local-2", rpps=None, family_name="Exemple", first_name="Camille", practices=())


@pytest.mark.parametrize("words", ["Camille Exemple", "Camille Exemple\nCamille Exemple", "EXEMPLE Camille"])
def test_whoever_bears_the_very_name_is_not_told_apart_by_it_in_any_order(words):
    assert of_others(words, CAMILLE, [homonym()]) == ()


def test_another_name_of_the_roster_is_told():
    other = Practitioner(id="local-3", rpps=None, family_name="Modèle", first_name="Sacha", practices=())
    assert of_others("Sacha Modèle", CAMILLE, [homonym(), other]) == ("le nom d’une autre personne du tableau",)


@pytest.mark.parametrize(
    "text",
    [
        "© 2026 Rdv-Exemple SAS, 54 quai du Registre, 92300 Exempleville, RCS Exempleville 000 000 000",
        "Éditeur\nRdv-Exemple SAS\n54 quai du Registre\n92300 Exempleville",
        "À propos\nRdv-Exemple SAS\n54 quai du Registre, 92300 Exempleville",
        "Hébergeur : Serveurs Exemple, 54 quai du Registre",
        "Mairie d’Exempleville, 54 quai du Registre",
        "Rdv-Exemple est un service de Exemple SARL - 54 quai du Registre",
    ],
)
def test_who_publishes_and_hosts_a_page_is_no_third_party(text):
    assert "54 quai du Registre" in notice_lines(text)


@pytest.mark.parametrize(
    "text",
    [
        "Cabinet Modèle, 54 quai du Registre",
        "À propos\nJe remplace au 54 quai du Registre",
        "SELARL Modèle, RCS Exempleville 000 000 000, 54 quai du Registre",
        "Éditeur\nMme Modèle\n54 quai du Registre",
        "3 place de la Mairie, 54 quai du Registre",
        "Éditeur\nA\nB\nC\nD\n54 quai du Registre",
    ],
)
def test_anybody_else_s_street_is_no_legal_notice(text):
    assert "54 quai du Registre" not in notice_lines(text)


def test_a_mobile_number_is_never_excused_by_a_legal_notice():
    assert "06" not in notice_lines("© 2026 Exemple SAS, 06 12 34 56 78, +33 7 12 34 56 78")


def test_a_street_ends_before_the_postcode_and_is_known_by_its_first_words():
    assert list(streets("12 rue des Essais 26000 Valence")) == ["12 rue des Essais"]
    assert tells_street(" 12 rue des essais 26000 valence ", "12 rue des Essais Voir le plan")
    assert not tells_street(" 12 rue des essais ", "2 rue des Essais")
