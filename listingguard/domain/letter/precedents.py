"""What letters say of decisions, always after « À notre connaissance, »; the table of citations dates each of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Precedent:
    """One decision and what it held. cites: its row in the table of citations (`domain/citation.py`)."""

    code: str
    cites: str
    sentence: str


_CHAMBERY = "la cour d’appel de Chambéry (22 mai 2025, n° 22/01814)"

PRECEDENTS: tuple[Precedent, ...] = (
    Precedent(
        "professional_data",
        "CA Chambéry 22/01814",
        f"{_CHAMBERY} a retenu que des données professionnelles sont des données à caractère personnel.",
    ),
    Precedent(
        "cnil_directories",
        "CNIL annuaires",
        "la CNIL rappelle, dans sa publication sur la réutilisation de données par des annuaires en ligne, que cette "
        "réutilisation reste soumise au RGPD.",
    ),
    Precedent(
        "cnil_withdrawal",
        "CNIL 2025-12-29",
        "la CNIL indique, dans une publication du 29 décembre 2025 sur les annuaires comportant des avis, qu’une demande "
        "de retrait global devrait, en général, être acceptée.",
    ),
    Precedent(
        "commercial_aim",
        "CA Chambéry 22/01814",
        f"{_CHAMBERY} a écarté l’intérêt légitime invoqué pour la fiche d’un professionnel de santé, en raison notamment "
        "de son but commercial et d’avis invérifiables.",
    ),
    Precedent(
        "reliable_information",
        "CA Chambéry 22/01814",
        f"{_CHAMBERY} a retenu que l’information du public suppose une information fiable.",
    ),
    Precedent(
        "forced_account",
        "CA Chambéry 22/01814",
        f"{_CHAMBERY} a critiqué le fait d’amener le professionnel à ouvrir un compte pour agir sur sa fiche.",
    ),
    Precedent(
        "disproportionate_effort",
        "CE 353193",
        "le Conseil d’État (12 mars 2014, n° 353193, Pages Jaunes) n’a pas retenu l’argument d’un effort disproportionné "
        "pour informer les personnes.",
    ),
    Precedent(
        "actual_recipients",
        "CJUE C-154/21",
        "la Cour de justice de l’Union européenne a jugé, dans l’affaire C-154/21, que la personne a le droit de connaître "
        "les destinataires eux-mêmes, et non leurs seules catégories.",
    ),
)

_BY_CODE = {each.code: each for each in PRECEDENTS}


def precedent(code: str) -> str:
    """Return the sentence of a decision of the table; KeyError for one that is not in it."""
    return _BY_CODE[code].sentence
