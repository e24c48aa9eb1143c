"""What each piece of evidence weighs, in bits; fitted by `python tests/bench/fit_match.py --write`.

One bit doubles the odds that listing and practitioner are the same person; what was seen adds up. There are five
columns, because the danger is another one each time: beside a phone, an address or an RPPS number in common, with the
first name, hardly any; with an initial or no first name, a relative at the same address; by the name in the same town,
a homonym there; by the name at another practice of the roster, or elsewhere, chance alone, which the rarity of the name
measures. The name of a weight says what was seen; `rarity` counts for each bit of rarity of the name, `town_size` for
each doubling of the roster in the town shown, `homonym_near` for a name that is not theirs alone in the town. Weights
of 0 are those that the others of their group are compared with.
"""

from __future__ import annotations

# What was seen: beside an identifier in common with the first name, and without; by the name in the same town, at
# another practice of the roster, elsewhere.
_WEIGHTS: dict[str, tuple[float, float, float, float, float]] = {
    # begin fitted
    "prior": (6.31, 3.52, -4.26, -0.97, -4.79),
    "family_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "family_part": (0.92, -0.1, 0.97, -3.16, -1.81),
    "family_extra": (-3.59, -2.03, -1.95, -9.28, -6.07),
    "family_typo": (1.19, -0.19, -0.83, 0.22, -0.06),
    "family_near": (-3.02, -0.36, 0.96, -0.65, -0.12),
    "family_other": (-9.8, -9.8, -8.0, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "first_spelling": (-4.99, 0.11, -1.04, -3.85, -3.58),
    "first_initials": (0.65, 0.29, 1.48, -0.15, 1.7),
    "first_short": (-4.14, -4.35, -1.54, -1.37, -1.88),
    "first_slip": (-0.66, 0.36, 0.01, -0.59, 1.98),
    "first_second": (-2.89, 1.41, 2.41, -1.17, -1.4),
    "first_part": (-2.6, 1.45, 1.84, 0.34, 2.62),
    "first_initial": (-6.11, -0.29, 0.24, -2.0, -0.33),
    "first_near": (-10.29, -4.52, -5.09, -3.78, -7.59),
    "first_absent": (-4.78, 0.67, 1.16, -0.47, -0.12),
    "first_other": (-12.0, -12.0, -12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "place_linked": (-1.0, -1.0, -2.0, -2.0, -2.0),
    "place_near": (0.13, 1.48, 0.0, -1.37, -1.61),
    "place_department": (0.26, 2.04, -0.11, -3.68, -3.23),
    "place_untold": (0.26, 2.04, -0.11, -4.5, -4.5),
    "place_other": (0.48, 0.48, -8.0, -8.0, -8.0),
    "place_unknown": (0.0, 0.0, -3.0, -3.0, -3.0),
    "phone_same": (-0.83, -1.15, 0.0, 0.0, 0.0),
    "phone_mobile": (2.93, 6.61, 0.0, 0.0, 0.0),
    "phone_other": (-1.42, 0.33, -0.55, -0.11, -0.1),
    "phone_kind": (1.61, 0.61, 0.05, 0.93, -0.15),
    "phone_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "street_same": (1.17, -1.09, 0.0, 0.0, 0.0),
    "street_untold": (-1.5, 0.06, 0.0, 1.68, 0.0),
    "street_other": (0.79, 2.03, -2.44, -0.57, 0.02),
    "street_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phone_and_street": (-2.89, 1.01, 0.0, 0.0, 0.0),
    "rpps_same": (1.28, 6.48, 0.0, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -5.03, -3.16, -0.66, 0.0),
    "rpps_other": (-20.0, -20.0, -20.0, -20.0, -20.0),
    "trade_physiotherapist": (0.43, 1.01, 0.63, 0.43, 2.06),
    "trade_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "trade_beside": (-0.5, -0.5, -1.0, -1.0, -1.0),
    "trade_other": (-1.6, -4.87, -4.0, -4.0, -4.0),
    "civility_same": (0.76, 0.86, 0.35, -0.39, 0.41),
    "civility_other": (-2.9, -2.43, -1.22, -2.22, -5.53),
    "known_phone": (0.0, 0.0, 0.0, 0.1, 0.0),
    "known_street": (0.0, 0.0, 0.0, 0.17, 0.0),
    "line_here": (0.0, 0.0, 0.0, 0.5, 0.5),
    "line_far": (-1.0, -1.0, -3.0, -3.0, -5.0),
    "line_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "page_others": (-0.61, 5.09, 3.81, -4.34, -2.06),
    "page_colleagues": (-0.63, 6.45, 5.81, 1.23, 0.0),
    "organisation": (-0.31, 0.95, 0.13, -0.64, 0.41),
    "several_people": (0.7, 0.7, 0.7, 0.7, 0.7),
    "double_name": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phones_both": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phones_more": (0.0, 0.0, 0.0, 0.0, 0.0),
    "street_apart": (0.0, 0.0, 0.0, 0.0, 0.0),
    "mobile_other": (0.0, 0.0, 0.0, 0.0, 0.0),
    "town_empty": (0.0, 0.0, 0.0, 0.0, 0.0),
    "homonym_near": (1.13, 0.27, 0.02, -2.2, -0.66),
    "rarity": (0.28, 0.04, 0.31, 0.54, 0.37),
    "rarity_ours": (0.0, 0.0, 0.0, 0.0, 0.0),
    "town_size": (-0.03, -0.07, -0.03, -0.37, 0.19),
    # end fitted
}

IDENTIFIED, HALF_NAMED, NAMED_HERE, KNOWN, NAMED_ELSEWHERE = COLUMNS = tuple(
    {name: columns[number] for name, columns in _WEIGHTS.items()} for number in range(5)
)

SURE = 0.92
"""The least probability of a confirmed match."""
SURE_HALF_NAMED = 0.975
"""The same when the listing shows an initial or no first name: relatives share an address and a phone."""
WORTH_ASKING = 0.6
"""The least probability of a match left to a person."""
