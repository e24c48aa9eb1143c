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
    "prior": (4.34, 1.22, -2.93, -1.28, -2.31),
    "family_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "family_part": (1.24, 0.02, 1.37, -3.15, -1.3),
    "family_extra": (-0.89, -1.51, -1.11, -10.11, -6.36),
    "family_typo": (1.21, 0.0, -0.66, 0.22, -0.06),
    "family_near": (-1.58, 0.61, 1.07, -0.18, -0.12),
    "family_other": (-9.8, -9.8, -8.0, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "first_spelling": (-4.57, 0.11, -1.07, -2.04, -4.38),
    "first_initials": (0.77, 0.29, 0.86, -0.01, -0.18),
    "first_short": (-7.87, -4.35, -4.66, -2.39, -6.65),
    "first_slip": (-0.67, 0.36, -5.02, -0.81, -2.66),
    "first_second": (-2.89, 3.83, 1.96, -0.68, -0.67),
    "first_part": (-2.6, 3.76, 2.31, -0.52, 1.13),
    "first_initial": (-6.11, 1.38, 0.17, -2.01, -2.59),
    "first_near": (-10.29, -7.55, -7.3, -5.91, -9.84),
    "first_absent": (-4.78, 1.66, 0.97, -0.52, -0.12),
    "first_other": (-12.0, -12.0, -12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "place_linked": (0.0, 1.0, 0.0, -1.0, 0.4),
    "place_near": (0.16, 1.33, 0.0, -1.09, 0.5),
    "place_department": (0.41, 3.82, -0.11, -3.73, -0.98),
    "place_untold": (0.06, 0.6, -0.11, -4.46, -3.52),
    "place_other": (0.48, 0.48, -8.0, -8.0, -8.0),
    "place_unknown": (0.0, 0.0, -3.0, -3.0, -3.0),
    "phone_same": (-0.22, -0.42, 0.0, 0.0, 0.0),
    "phone_mobile": (3.97, 7.72, 0.0, 0.0, 0.0),
    "phone_other": (-0.89, 0.02, -0.87, -0.8, -0.4),
    "phone_kind": (-0.6, -0.09, 0.27, 1.08, 1.42),
    "phone_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "street_same": (0.66, -0.0, 0.0, 0.0, 0.0),
    "street_untold": (-2.25, -0.16, 0.0, 2.03, 0.0),
    "street_other": (1.28, 2.44, -2.92, -1.33, -0.18),
    "street_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phone_and_street": (-1.93, -0.01, 0.0, 0.0, 0.0),
    "rpps_same": (1.81, 6.95, 0.0, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -4.28, -3.03, -0.28, -0.72),
    "rpps_other": (-20.0, -20.0, -20.0, -20.0, -20.0),
    "trade_physiotherapist": (1.76, 0.52, -0.64, -0.25, -1.54),
    "trade_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "trade_beside": (0.93, 0.68, 0.54, 0.69, -0.52),
    "trade_other": (-2.3, -5.84, -4.0, -4.0, -4.0),
    "civility_same": (0.76, 0.82, 0.24, -0.33, 0.8),
    "civility_other": (-1.45, -8.89, -6.44, -7.22, -6.22),
    "known_phone": (0.0, 0.0, 0.0, -0.01, 0.0),
    "known_street": (0.0, 0.0, 0.0, 0.76, 0.0),
    "line_here": (2.54, 0.4, 0.52, 0.97, 0.95),
    "line_far": (0.0, 0.0, -3.0, -2.89, -1.94),
    "line_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "page_town": (0.0, 0.0, 0.0, 0.0, 0.0),
    "page_others": (-0.25, 5.36, 4.55, -4.71, -1.85),
    "page_colleagues": (-0.26, 7.34, 5.78, 1.29, 0.0),
    "organisation": (1.61, 1.6, 0.3, 0.0, 0.11),
    "organisation_initial": (1.45, 3.58, 0.61, 0.1, 0.49),
    "name_birth": (2.27, -1.1, 1.75, -1.52, -0.41),
    "name_both": (0.21, 3.81, 3.51, 0.53, 1.74),
    "several_people": (0.7, 0.7, 0.7, 0.7, 0.7),
    "double_name": (2.76, 0.43, 0.45, -0.61, -0.24),
    "phones_both": (1.14, 1.66, 0.0, 0.0, 0.0),
    "phones_more": (2.22, 5.37, 0.0, 0.0, 0.0),
    "street_apart": (0.24, 1.09, -3.07, -0.84, 0.22),
    "mobile_other": (0.85, 0.59, -1.08, -0.99, -2.57),
    "town_empty": (0.12, 1.0, 0.0, -2.42, -4.06),
    "homonym_near": (1.21, 0.34, 0.12, -2.16, -0.55),
    "further_practice": (0.0, 0.0, 0.0, 0.0, 0.0),
    "rarity": (0.3, -0.01, 0.25, 0.53, 0.31),
    "rarity_ours": (-0.07, 0.03, 0.07, 0.06, 0.2),
    "town_size": (-0.01, -0.06, -0.0, -0.44, -0.68),
    "letter": (0.0, 0.13, -0.04, 0.1, 0.48),
    "slip": (0.51, 1.09, 0.38, 0.25, 0.52),
    # end fitted
}

IDENTIFIED, HALF_NAMED, NAMED_HERE, KNOWN, NAMED_ELSEWHERE = COLUMNS = tuple(
    {name: columns[number] for name, columns in _WEIGHTS.items()} for number in range(5)
)

SURE = 0.955
"""The least probability of a confirmed match; chosen on invented worlds that were neither trained on nor measured."""
SURE_HALF_NAMED = 0.97
"""The same when the listing shows no whole first name: where relatives share practices, more is at stake."""
WORTH_ASKING = 0.67
"""The least probability of a match left to a person: two chances in three, below which most answers would be no."""
