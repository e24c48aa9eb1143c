"""What each piece of evidence weighs, in bits; fitted by `python tests/bench/fit_match.py --write`.

One bit doubles the odds that listing and practitioner are the same person; what was seen adds up. There are three
columns, because the danger is another one each time: beside a phone, an address or an RPPS number in common, an initial
(a relative at the same address); by the name in the same town, a homonym there; by the name elsewhere, chance alone,
which the rarity of the name measures. The name of a weight says what was seen; `rarity` counts for each bit of rarity of
the name, `homonym_near` for a name that is not theirs alone in the town. Weights of 0 are those that the others of their
group are compared with.
"""

from __future__ import annotations

# What was seen: beside an identifier in common, by the name in the same town, by the name elsewhere.
_WEIGHTS: dict[str, tuple[float, float, float]] = {
    # begin fitted
    "prior": (5.07, -2.08, -6.75),
    "family_same": (0.0, 0.0, 0.0),
    "family_part": (1.07, 0.15, -3.29),
    "family_extra": (-0.2, -2.57, -2.76),
    "family_typo": (-1.01, 0.09, -0.26),
    "family_near": (0.11, -2.06, -1.5),
    "family_other": (-9.8, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0),
    "first_spelling": (-2.18, -2.2, 0.11),
    "first_initials": (0.22, -2.39, 0.49),
    "first_short": (-1.51, -1.81, -1.03),
    "first_slip": (0.28, -0.52, 1.35),
    "first_second": (-1.37, 0.32, 0.68),
    "first_part": (-3.42, 1.92, 0.65),
    "first_initial": (-5.6, -0.03, 1.48),
    "first_near": (-9.52, -7.02, -3.74),
    "first_absent": (-3.56, -0.15, -0.0),
    "first_other": (-12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0),
    "place_linked": (-1.0, -2.0, -2.0),
    "place_department": (1.34, -0.11, -4.62),
    "place_other": (0.3, -8.0, -8.0),
    "place_unknown": (0.0, -3.0, -3.0),
    "phone_same": (0.55, 0.0, 0.0),
    "phone_mobile": (3.87, 0.0, 0.0),
    "phone_other": (-0.62, -0.78, 0.09),
    "phone_kind": (-0.0, -0.45, 0.47),
    "phone_unknown": (0.0, 0.0, 0.0),
    "street_same": (0.89, 0.0, 0.0),
    "street_other": (1.17, -2.69, -0.48),
    "street_unknown": (0.0, 0.0, 0.0),
    "phone_and_street": (-0.94, 0.0, 0.0),
    "rpps_same": (2.97, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -0.06, -0.0),
    "rpps_other": (-20.0, -20.0, -20.0),
    "trade_physiotherapist": (1.02, 0.69, 1.39),
    "trade_unknown": (0.0, 0.0, 0.0),
    "trade_other": (-4.49, -4.0, -4.0),
    "civility_same": (0.72, 0.27, 1.43),
    "civility_other": (-3.26, -0.97, -2.63),
    "known_practice": (0.0, 1.51, -0.31),
    "organisation": (0.48, 0.59, -1.41),
    "several_people": (0.7, 0.7, 0.7),
    "homonym_near": (0.79, -0.08, -0.48),
    "rarity": (0.17, 0.23, 0.6),
    # end fitted
}

IDENTIFIED = {name: columns[0] for name, columns in _WEIGHTS.items()}
"""What counts beside an identifier (RPPS, phone, exact address) in common."""
NAMED_HERE = {name: columns[1] for name, columns in _WEIGHTS.items()}
"""What counts when only the name tells, in a town where the practitioner works."""
NAMED_ELSEWHERE = {name: columns[2] for name, columns in _WEIGHTS.items()}
"""What counts when only the name tells, elsewhere or nowhere."""

SURE = 0.95
"""The least probability of a confirmed match."""
WORTH_ASKING = 0.3
"""The least probability of a match left to a person."""
