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
    "prior": (4.45, 1.58, -2.65, -0.7, -2.31),
    "family_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "family_part": (1.21, -0.06, 1.08, -3.09, -1.4),
    "family_extra": (-0.86, -1.92, -1.55, -10.02, -7.02),
    "family_typo": (1.17, -0.21, -0.76, 0.21, -0.06),
    "family_near": (-1.48, 0.51, 1.0, -0.19, -0.12),
    "family_other": (-9.8, -9.8, -8.0, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "first_spelling": (-4.55, 0.11, -1.03, -2.31, -4.44),
    "first_initials": (0.75, 0.29, 0.82, 0.03, -0.25),
    "first_short": (-4.35, -4.35, -1.58, -0.97, -2.65),
    "first_slip": (1.08, 0.36, -0.63, -0.04, 1.12),
    "first_second": (-2.89, 2.97, 2.15, -0.93, -0.49),
    "first_part": (-2.6, 2.87, 2.11, -0.62, 1.27),
    "first_initial": (-6.11, 0.92, 0.06, -1.86, -0.55),
    "first_near": (-10.29, -3.76, -5.76, -4.88, -7.89),
    "first_absent": (-4.78, 1.97, 1.04, -0.09, -0.12),
    "first_other": (-12.0, -12.0, -12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "place_linked": (0.0, 1.0, 0.0, -1.0, 0.4),
    "place_near": (0.18, 1.26, 0.0, -1.12, 0.55),
    "place_department": (0.38, 3.77, -0.11, -3.87, -0.97),
    "place_untold": (0.05, 0.5, -0.11, -4.5, -3.51),
    "place_other": (0.48, 0.48, -8.0, -8.0, -8.0),
    "place_unknown": (0.0, 0.0, -3.0, -3.0, -3.0),
    "phone_same": (-0.13, -0.19, 0.0, 0.0, 0.0),
    "phone_mobile": (4.06, 8.07, 0.0, 0.0, 0.0),
    "phone_other": (-0.88, -0.02, -0.83, -0.82, -0.39),
    "phone_kind": (-0.64, -0.18, 0.31, 0.91, 1.34),
    "phone_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "street_same": (0.72, 0.16, 0.0, 0.0, 0.0),
    "street_untold": (-2.19, -0.2, 0.0, 2.15, 0.0),
    "street_other": (1.25, 2.67, -2.92, -1.25, -0.17),
    "street_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phone_and_street": (-2.08, -0.18, 0.0, 0.0, 0.0),
    "rpps_same": (1.76, 6.89, 0.0, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -4.18, -3.2, -0.24, -0.76),
    "rpps_other": (-20.0, -20.0, -20.0, -20.0, -20.0),
    "trade_physiotherapist": (1.88, 0.5, -0.59, -0.53, -1.85),
    "trade_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "trade_beside": (1.03, 0.71, 0.49, 0.93, -0.5),
    "trade_other": (-2.27, -5.89, -4.0, -4.0, -4.0),
    "civility_same": (0.76, 0.69, 0.29, -0.29, 0.58),
    "civility_other": (-1.74, -2.55, -1.18, -2.35, -6.31),
    "known_phone": (0.0, 0.0, 0.0, -0.08, 0.0),
    "known_street": (0.0, 0.0, 0.0, 0.72, 0.0),
    "line_here": (2.59, 0.4, 0.5, 1.0, 0.96),
    "line_far": (0.0, 0.0, -3.0, -3.03, -2.0),
    "line_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "page_others": (-0.26, 5.47, 4.53, -4.72, -1.84),
    "page_colleagues": (-0.29, 7.78, 5.72, 1.34, 0.0),
    "organisation": (1.45, 0.74, 0.22, -0.44, 0.15),
    "several_people": (0.7, 0.7, 0.7, 0.7, 0.7),
    "double_name": (1.57, 0.15, 0.01, -0.08, -0.29),
    "phones_both": (1.12, 1.57, 0.0, 0.0, 0.0),
    "phones_more": (2.12, 5.22, 0.0, 0.0, 0.0),
    "street_apart": (0.29, 0.91, -3.08, -0.59, 0.16),
    "mobile_other": (0.89, 0.68, -1.11, -1.08, -2.56),
    "town_empty": (0.11, 0.95, 0.0, -2.63, -4.15),
    "homonym_near": (1.35, 0.34, 0.1, -2.17, -0.54),
    "rarity": (0.3, 0.02, 0.24, 0.52, 0.31),
    "rarity_ours": (-0.08, 0.03, 0.07, 0.07, 0.22),
    "town_size": (-0.01, -0.06, -0.0, -0.45, -0.68),
    # end fitted
}

IDENTIFIED, HALF_NAMED, NAMED_HERE, KNOWN, NAMED_ELSEWHERE = COLUMNS = tuple(
    {name: columns[number] for name, columns in _WEIGHTS.items()} for number in range(5)
)

SURE = 0.955
"""The least probability of a confirmed match; chosen on invented worlds that were neither trained on nor measured."""
SURE_HALF_NAMED = 0.975
"""The same when the listing shows an initial or no first name: where relatives share practices, more is at stake."""
WORTH_ASKING = 0.7
"""The least probability of a match left to a person."""
