"""The documents listingguard writes, and their French names."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The documents we write; the value is the name of the template."""

    QUESTION = "question"
    QUESTION_REMINDER = "question_reminder"
    MANDATE = "mandate"
    REQUEST = "request"
    RELISTING = "relisting"
    COVER = "cover"
    SOURCE = "source"
    REMINDER = "reminder"
    ANSWER_IDENTITY = "answer_identity"
    ANSWER_REFUSAL = "answer_refusal"
    ANSWER_EXTENSION = "answer_extension"
    ANSWER_IDENTICAL = "answer_identical"
    ANSWER_NOT_DONE = "answer_not_done"
    ANSWER_PARTIAL = "answer_partial"
    ANSWER_PRECISION = "answer_precision"
    WITHDRAWAL = "withdrawal"
    RECTIFICATION = "rectification"
    COMPLAINT = "complaint"
    CHRONOLOGY = "chronology"
    EXHIBITS = "exhibits"
    READINGS = "readings"
    SUMMARY = "summary"
    HIDDEN = "hidden"
    PRIVATE = "private"
    ATTESTATION = "attestation"
    DECLARATION = "declaration"
    SENDING = "sending"
    TRANSMITTAL = "transmittal"
    CNIL_FORM = "cnil_form"
    HANDOVER = "handover"
    ADDENDUM = "addendum"
    JOINT = "joint"
    REGISTERED = "registered"

    @property
    def label(self) -> str:
        """Return the French name shown on screen."""
        return {
            "question": "question à la personne concernée",
            "question_reminder": "rappel de la question",
            "mandate": "mandat",
            "request": "demande d’opposition et d’effacement",
            "relisting": "demande après une nouvelle publication",
            "cover": "lettre d’accompagnement de plusieurs demandes",
            "source": "demande d’accès : origine des données",
            "reminder": "rappel de la demande",
            "answer_identity": "réponse à une demande de justificatif d’identité",
            "answer_refusal": "réponse à un refus",
            "answer_extension": "réponse à une prolongation tardive ou non motivée",
            "answer_identical": "réponse à « demandes identiques, excessives »",
            "answer_not_done": "réponse à un retrait annoncé mais non observé",
            "answer_partial": "réponse à un effacement partiel",
            "answer_precision": "réponse à une demande de précision",
            "withdrawal": "retrait de la demande",
            "rectification": "rectification",
            "complaint": "plainte à la CNIL",
            "chronology": "chronologie",
            "exhibits": "liste des pièces",
            "readings": "annexe : comment les pages ont été lues",
            "summary": "résumé de la plainte",
            "hidden": "index des occultations",
            "private": "partie confidentielle pour la CNIL",
            "attestation": "attestation du conseil",
            "declaration": "déclaration de la personne concernée",
            "sending": "fiche d’envoi de la demande",
            "transmittal": "lettre d’accompagnement de la plainte",
            "cnil_form": "fiche de saisie du formulaire de la CNIL",
            "handover": "fiche pour un commissaire de justice",
            "addendum": "additif à la plainte",
            "joint": "note commune à plusieurs plaintes",
            "registered": "feuille d’envoi en recommandé",
        }[self.value]
