"""What comes in is held back when it names somebody in care, and only then."""

from __future__ import annotations

import pytest

from listingguard.domain.incoming import names_patients
from listingguard.domain.question import DECLARATION, Said, said_in

OWN = ("EXEMPLE", "Camille", "Claude Élue")

HELD = (
    "Les patients ayant rendez-vous : Mme Jeanne Durand le 3 février à 10h, M. Paul Petit le 4 février.",
    "Madame Durand, patiente de votre cabinet, a rendez-vous le 3 février à 10h.",
    "Mme Durand a rendez-vous le 3 février à 10h.",
    "Votre patient M. Paul Petit nous a écrit.",
    "Les patients concernés :\n- Mme Durand\n- M. Petit",
    "Mme Durand le 3 février, M. Petit le 4 février.",
    "La patiente J. D. a réservé le 12/03/2026.",
    "Patients : C.M. le 3 mars, P.D. le 4 mars.",
    "M. Jean Exemple, patient, attend votre appel.",
    "Monsieur Petit viendra à 14h30 et Madame Durand à 15h00.",
    "Nous avons reçu Mme Durand. Cette patiente souhaite annuler.",
    "La fiche est supprimée.\n\nCordialement,\nMme Martin\n\nPS : la patiente Mme Durand attend le 3 mars.",
    "> Le patient M. Petit avait pris rendez-vous le 4 mars.",
)
PLAIN = (
    "Bonjour,\nVotre fiche a été supprimée le 3 février 2026.\nCordialement,\nMme Claire Martin",
    "Bonjour Mme Élue,\nAucun patient n’avait réservé.\nBien à vous,\nM. Paul Petit\nResponsable relations patients",
    "Madame Durand,\nLes patients ne voient plus la fiche depuis le 3 février.\nCordialement",
    "Notre délégué à la protection des données, M. Paul Petit, reviendra vers vous le 3 février.",
    "La fiche de Mme Camille Exemple n’est plus proposée aux patients depuis le 3 mars.",
    "Madame, Monsieur,\nLes patients doivent pouvoir trouver un praticien.\nSincères salutations\nM. Petit",
    "M. Petit, notre juriste, confirme que les patients ne peuvent plus réserver.",
    "Les données de Mme Exemple viennent de l’annuaire public ; nous refusons de les supprimer.",
    "Vous pouvez joindre Mme Martin, du service juridique, le 3 février à 10h.",
    "De : Mme Claire Martin <a@site.example>\nEnvoyé : lundi 12 janvier 2026 10:03\nÀ : M. Paul Petit\nFiche supprimée.",
    "Merci de préciser l’adresse de la page avant le 3 mars.",
    "Nos patients et praticiens comptent pour nous. Votre demande du 12 janvier est à l’étude.\nCordialement,\nMme Martin",
    "La société Essai S.A. aide les patients depuis le 3 mars 2020.",
)


@pytest.mark.parametrize("text", HELD)
def test_a_message_that_names_somebody_in_care_is_held(text):
    assert names_patients(text, own=OWN)


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_reply_signed_by_one_person_is_not_held(text):
    assert names_patients(text, own=OWN) == ""


def test_the_practitioners_reply_is_read_against_the_six_answers():
    assert said_in(f"Bonjour,\nPhrase 1. {DECLARATION}") is Said.NOT_AGREED
    assert said_in("5") is Said.NOT_ME
    assert said_in("Je souhaite en parler.") is Said.TALK
    assert said_in("Merci de votre courrier.") is None
    assert said_in("Phrase 1 ou phrase 2 ?") is None
