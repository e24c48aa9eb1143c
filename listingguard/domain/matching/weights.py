"""What each piece of evidence weighs, in bits; fitted by `python tests/bench/fit_match.py --write`.

One bit doubles the odds that listing and practitioner are the same person; what was seen adds up. There are five
columns, because the danger is another one each time: beside a phone, an address or an RPPS number in common, with the
first name, hardly any; with an initial or no first name, a relative at the same address; by the name in the same town,
a homonym there; by the name at another practice of the roster, or elsewhere, chance alone, which the rarity of the name
measures. The name of a weight says what was seen; `rarity` counts for each bit of rarity of the name (`rarity_ours` on
top, where the listing is a physiotherapist's), `town_size` for each doubling of the roster in the town shown,
`homonym_near` for a name that is not theirs alone in the town, `street_apart` for a street that cannot be compared (a
hamlet beside a number), `town_empty` for a town in which nobody of the roster works. Weights of 0 are those that the
others of their group are compared with.
"""

from __future__ import annotations

# What was seen: beside an identifier in common with the first name, and without; by the name in the same town, at
# another practice of the roster, elsewhere.
_WEIGHTS: dict[str, tuple[float, float, float, float, float]] = {
    # begin fitted
    "prior": (4.3, 1.77, -2.63, -0.72, -2.23),
    "family_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "family_part": (1.18, -0.21, 1.15, -3.13, -1.43),
    "family_extra": (-0.66, -1.95, -1.53, -9.94, -6.98),
    "family_typo": (1.36, -0.18, -0.85, 0.0, -0.06),
    "family_near": (-2.15, 0.65, 1.06, -0.12, -0.12),
    "family_other": (-9.8, -9.8, -8.0, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "first_spelling": (-4.58, 0.11, -1.13, -2.32, -4.42),
    "first_initials": (0.92, 0.29, 1.05, -0.15, -0.37),
    "first_short": (-4.3, -4.35, -1.64, -0.85, -2.63),
    "first_slip": (0.94, 0.36, -0.52, 0.13, 1.34),
    "first_second": (-2.89, 2.67, 2.17, -0.85, -0.37),
    "first_part": (-2.6, 2.68, 2.05, -0.56, 1.23),
    "first_initial": (-6.11, 0.75, 0.07, -1.89, -0.57),
    "first_near": (-10.29, -3.99, -5.74, -5.01, -8.09),
    "first_absent": (-4.78, 1.82, 0.99, -0.0, -0.12),
    "first_other": (-12.0, -12.0, -12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "place_linked": (0.0, 1.0, 0.0, -1.0, 0.4),
    "place_near": (0.21, 1.26, 0.0, -1.01, 0.37),
    "place_department": (0.4, 3.48, -0.11, -3.84, -1.29),
    "place_untold": (0.05, 0.45, -0.11, -4.74, -3.72),
    "place_other": (0.48, 0.48, -8.0, -8.0, -8.0),
    "place_unknown": (0.0, 0.0, -3.0, -3.0, -3.0),
    "phone_same": (-0.2, -0.16, 0.0, 0.0, 0.0),
    "phone_mobile": (3.99, 8.15, 0.0, 0.0, 0.0),
    "phone_other": (-0.95, -0.03, -0.81, -0.67, -0.36),
    "phone_kind": (-0.88, -0.23, 0.3, 0.98, 1.26),
    "phone_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "street_same": (0.71, 0.16, 0.0, 0.0, 0.0),
    "street_untold": (-2.27, -0.07, 0.0, 2.09, 0.0),
    "street_other": (1.25, 2.84, -2.84, -1.19, -0.15),
    "street_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phone_and_street": (-2.05, -0.16, 0.0, 0.0, 0.0),
    "rpps_same": (1.81, 6.83, 0.0, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -4.03, -3.18, -0.24, -0.85),
    "rpps_other": (-20.0, -20.0, -20.0, -20.0, -20.0),
    "trade_physiotherapist": (1.72, 0.42, -0.64, -0.47, -1.62),
    "trade_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "trade_beside": (0.83, 0.69, -1.0, -1.0, -1.0),
    "trade_other": (-2.05, -5.85, -4.0, -4.0, -4.0),
    "civility_same": (0.76, 0.76, 0.28, -0.25, 0.42),
    "civility_other": (-2.18, -2.58, -1.09, -2.38, -6.04),
    "known_phone": (0.0, 0.0, 0.0, -0.14, 0.0),
    "known_street": (0.0, 0.0, 0.0, 0.82, 0.0),
    "line_here": (2.78, 0.38, 0.5, 1.03, 0.92),
    "line_far": (0.0, 0.0, -3.0, -2.86, -2.2),
    "line_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "page_others": (-0.44, 5.5, 4.34, -4.84, -2.09),
    "page_colleagues": (-0.31, 7.74, 5.68, 1.21, 0.0),
    "organisation": (1.46, 0.68, 0.24, -0.39, 0.18),
    "several_people": (0.7, 0.7, 0.7, 0.7, 0.7),
    "double_name": (1.59, 0.24, 0.2, -0.29, -0.36),
    "phones_both": (1.08, 1.61, 0.0, 0.0, 0.0),
    "phones_more": (1.97, 5.19, 0.0, 0.0, 0.0),
    "street_apart": (0.26, 0.65, -3.14, -0.48, 0.09),
    "mobile_other": (0.9, 0.76, -1.12, -1.02, -2.67),
    "town_empty": (0.15, 1.08, 0.0, -2.43, -4.23),
    "homonym_near": (1.38, 0.41, 0.13, -2.1, -0.41),
    "rarity": (0.32, 0.02, 0.24, 0.5, 0.34),
    "rarity_ours": (-0.07, 0.04, 0.06, 0.06, 0.22),
    "town_size": (0.01, -0.07, -0.01, -0.45, -0.7),
    # end fitted
}

IDENTIFIED, HALF_NAMED, NAMED_HERE, KNOWN, NAMED_ELSEWHERE = COLUMNS = tuple(
    {name: columns[number] for name, columns in _WEIGHTS.items()} for number in range(5)
)

SURE = 0.955
"""The least probability of a confirmed match; chosen on invented worlds that were neither trained on nor measured."""
WORTH_ASKING = 0.7
"""The least probability of a match left to a person."""
