"""The decisions that letters cite: a dated table. None is cited that was only recalled, and none without a hedge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Precedent:
    """One decision and what it held, as it follows « À notre connaissance, » in a letter.

    source: where it was seen, number C[n] of the law page. verified_on: when that was last read.
    """

    code: str
    sentence: str
    source: str
    verified_on: date


_READ = date(2026, 11, 22)
_CHAMBERY = "la cour d’appel de Chambéry (22 mai 2025, n° 22/01814)"

PRECEDENTS: tuple[Precedent, ...] = (
    Precedent(
        "professional_data",
        f"{_CHAMBERY} a retenu que des données professionnelles sont des données à caractère personnel.",
        "CA Chambéry, 22 May 2025, 22/01814: C[34]",
        _READ,
    ),
    Precedent(
        "cnil_directories",
        "la CNIL rappelle, dans sa publication sur la réutilisation de données par des annuaires en ligne, que cette "
        "réutilisation reste soumise au RGPD.",
        "CNIL, « Réutilisation de données par des annuaires en ligne »: C[29]",
        _READ,
    ),
    Precedent(
        "cnil_withdrawal",
        "la CNIL indique, dans une publication du 29 décembre 2025 sur les annuaires comportant des avis, qu’une demande "
        "de retrait global devrait, en général, être acceptée.",
        "CNIL, 29 December 2025: C[30]",
        _READ,
    ),
    Precedent(
        "commercial_aim",
        f"{_CHAMBERY} a écarté l’intérêt légitime invoqué pour la fiche d’un professionnel de santé, en raison notamment "
        "de son but commercial et d’avis invérifiables.",
        "CA Chambéry, 22 May 2025, 22/01814: C[34]",
        _READ,
    ),
    Precedent(
        "reliable_information",
        f"{_CHAMBERY} a retenu que l’information du public suppose une information fiable.",
        "CA Chambéry, 22 May 2025, 22/01814: C[34]",
        _READ,
    ),
    Precedent(
        "forced_account",
        f"{_CHAMBERY} a critiqué le fait d’amener le professionnel à ouvrir un compte pour agir sur sa fiche.",
        "CA Chambéry, 22 May 2025, 22/01814: C[34]",
        _READ,
    ),
    Precedent(
        "disproportionate_effort",
        "le Conseil d’État (12 mars 2014, n° 353193, Pages Jaunes) n’a pas retenu l’argument d’un effort disproportionné "
        "pour informer les personnes.",
        "CE, 12 March 2014, 353193: C[39]",
        _READ,
    ),
    Precedent(
        "actual_recipients",
        "la Cour de justice de l’Union européenne a jugé, dans l’affaire C-154/21, que la personne a le droit de connaître "
        "les destinataires eux-mêmes, et non leurs seules catégories.",
        "CJEU C-154/21: C[14]",
        _READ,
    ),
)

_BY_CODE = {each.code: each for each in PRECEDENTS}


def precedent(code: str) -> str:
    """Return the sentence of a decision of the table; KeyError for one that is not in it."""
    return _BY_CODE[code].sentence


def cited_precedents(text: str) -> tuple[Precedent, ...]:
    """Return the decisions whose sentence stands in a finished text, in the order of the table."""
    said = " ".join(text.split())
    return tuple(each for each in PRECEDENTS if " ".join(each.sentence.split()) in said)
