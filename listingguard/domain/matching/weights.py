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
    "prior": (5.76, -1.67, -6.56),
    "family_same": (0.0, 0.0, 0.0),
    "family_part": (0.14, 0.86, -4.06),
    "family_extra": (-0.47, 0.17, -4.46),
    "family_typo": (-0.07, 1.01, -0.06),
    "family_near": (-0.91, -1.78, -0.09),
    "family_other": (-9.8, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0),
    "first_spelling": (0.11, -0.79, 0.89),
    "first_initials": (0.31, 0.57, -0.87),
    "first_short": (-4.28, -1.05, 0.03),
    "first_slip": (0.39, 0.03, 0.99),
    "first_second": (-2.85, 0.8, 1.09),
    "first_part": (-2.57, -0.7, -0.93),
    "first_initial": (-6.04, -0.3, 1.34),
    "first_near": (-10.21, -6.19, -2.82),
    "first_absent": (-4.71, 0.03, -0.09),
    "first_other": (-12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0),
    "place_linked": (-1.0, -2.0, -2.0),
    "place_department": (1.31, -0.11, -5.28),
    "place_other": (0.46, -8.0, -8.0),
    "place_unknown": (0.0, -3.0, -3.0),
    "phone_same": (0.53, 0.0, 0.0),
    "phone_mobile": (5.19, 0.0, 0.0),
    "phone_other": (-0.19, -0.94, 0.06),
    "phone_kind": (-0.7, -0.27, 0.93),
    "phone_unknown": (0.0, 0.0, 0.0),
    "street_same": (1.17, 0.0, 0.0),
    "street_other": (2.48, -2.47, -0.62),
    "street_unknown": (0.0, 0.0, 0.0),
    "phone_and_street": (-0.91, 0.0, 0.0),
    "rpps_same": (3.16, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -2.3, -0.0),
    "rpps_other": (-20.0, -20.0, -20.0),
    "trade_physiotherapist": (1.28, 0.54, 1.37),
    "trade_unknown": (0.0, 0.0, 0.0),
    "trade_other": (-4.42, -4.0, -4.0),
    "civility_same": (0.77, 0.07, 2.05),
    "civility_other": (-2.15, -1.53, -1.86),
    "known_practice": (0.0, 3.06, 1.23),
    "organisation": (0.21, 0.68, -0.38),
    "several_people": (0.7, 0.7, 0.7),
    "homonym_near": (1.04, -0.1, -0.02),
    "rarity": (0.11, 0.21, 0.63),
    # end fitted
}

IDENTIFIED = {name: columns[0] for name, columns in _WEIGHTS.items()}
"""What counts beside an identifier (RPPS, phone, exact address) in common."""
NAMED_HERE = {name: columns[1] for name, columns in _WEIGHTS.items()}
"""What counts when only the name tells, in a town where the practitioner works."""
NAMED_ELSEWHERE = {name: columns[2] for name, columns in _WEIGHTS.items()}
"""What counts when only the name tells, elsewhere or nowhere."""

SURE = 0.945
"""The least probability of a confirmed match."""
WORTH_ASKING = 0.3
"""The least probability of a match left to a person."""
