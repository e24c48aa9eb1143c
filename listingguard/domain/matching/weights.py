"""What each piece of evidence weighs, in bits; fitted by `python tests/bench/fit_match.py --write`.

One bit doubles the odds that listing and practitioner are the same person; what was seen adds up. There are five
columns, because the danger is another one each time: beside a phone, an address or an RPPS number in common, with the
first name, hardly any; with an initial or no first name, a relative at the same address; by the name in the same town,
a homonym there; by the name at another practice of the roster, or elsewhere, chance alone, which the rarity of the name
measures. The name of a weight says what was seen; `rarity` counts for each bit of rarity of the name (`rarity_ours` on
top, where the listing is a physiotherapist's), `town_size` for each doubling of the roster in the town shown,
`homonym_near` for a name that is not theirs alone in the town, `street_apart` for a street that cannot be compared (a
hamlet beside a number), `town_empty` for a town in which nobody of the roster works, `page_town` for a page that names
others in the town and shows nothing by which they would differ, `physiotherapist_named` for a physiotherapist of the
very first name. Weights of 0 are those that the others of their group are compared with.
"""

from __future__ import annotations

# What was seen: beside an identifier in common with the first name, and without; by the name in the same town, at
# another practice of the roster, elsewhere.
_WEIGHTS: dict[str, tuple[float, float, float, float, float]] = {
    # begin fitted
    "prior": (4.22, 1.45, -3.15, -1.5, -2.92),
    "family_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "family_part": (1.75, 0.32, 1.33, -3.71, -1.37),
    "family_extra": (0.19, -1.71, -0.91, -9.93, -6.72),
    "family_typo": (1.81, 0.09, -0.68, 0.33, -0.06),
    "family_near": (-2.18, 0.88, -0.12, -0.34, -0.06),
    "family_other": (-9.8, -9.8, -8.0, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "first_spelling": (-3.06, 0.11, -1.06, -1.64, -3.12),
    "first_initials": (1.75, 0.29, 0.76, -0.11, 2.33),
    "first_short": (-7.56, -4.35, -4.76, -4.02, -6.26),
    "first_slip": (-0.57, 0.36, -5.39, -1.86, -3.95),
    "first_second": (-2.89, 3.94, 2.1, -0.91, 0.78),
    "first_part": (-2.6, 3.71, 1.69, -1.02, 1.51),
    "first_initial": (-6.11, 1.37, -0.14, -1.25, -1.9),
    "first_near": (-10.29, -7.85, -7.66, -6.94, -9.56),
    "first_absent": (-4.78, 1.52, 0.86, -0.39, -0.12),
    "first_other": (-12.0, -12.0, -12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "place_linked": (0.0, 1.0, 0.0, -1.0, 0.4),
    "place_near": (0.3, 1.71, 0.0, -1.45, -0.09),
    "place_department": (0.51, 3.69, -0.11, -3.71, -1.67),
    "place_untold": (0.09, 0.7, -0.11, -3.78, -4.28),
    "place_other": (0.48, 0.48, -8.0, -8.0, -8.0),
    "place_unknown": (0.0, 0.0, -3.0, -3.0, -3.0),
    "phone_same": (-0.4, -0.42, 0.0, 0.0, 0.0),
    "phone_mobile": (5.31, 8.39, 0.0, 0.0, 0.0),
    "phone_other": (-1.24, -0.12, -0.95, -1.06, -0.94),
    "phone_kind": (-2.11, 0.08, 0.12, 0.53, 0.73),
    "phone_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "street_same": (0.13, 0.21, 0.0, 0.0, 0.0),
    "street_untold": (-0.66, 0.31, 0.0, 1.83, 0.0),
    "street_other": (1.62, 3.58, -2.82, -1.2, 0.01),
    "street_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phone_and_street": (-1.7, -0.08, 0.0, 0.0, 0.0),
    "rpps_same": (2.38, 10.33, 0.0, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -3.11, -3.78, -0.26, -1.45),
    "rpps_other": (-20.0, -20.0, -20.0, -20.0, -20.0),
    "trade_physiotherapist": (1.39, 0.23, 0.05, 0.5, -1.25),
    "trade_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "trade_beside": (0.85, 0.51, 0.78, 0.63, -0.19),
    "trade_other": (-2.22, -5.59, -4.0, -4.0, -4.0),
    "civility_same": (0.76, 0.88, 0.39, 0.13, 1.16),
    "civility_other": (-1.68, -9.9, -7.47, -6.26, -7.09),
    "known_phone": (0.0, 0.0, 0.0, 0.2, 0.0),
    "known_street": (0.0, 0.0, 0.0, 0.72, 0.0),
    "line_here": (2.33, 0.04, 0.66, 0.83, 1.66),
    "line_far": (0.01, 0.0, -3.0, -4.73, -1.68),
    "line_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "page_town": (0.0, 0.0, 5.61, 0.0, -1.57),
    "page_others": (-0.24, 5.76, 5.09, -4.82, -1.69),
    "page_colleagues": (-0.07, 8.23, 6.84, 1.73, 0.0),
    "organisation": (1.83, 1.67, 0.34, 0.01, 0.02),
    "organisation_initial": (1.45, 3.48, 0.58, 0.92, 0.65),
    "name_birth": (2.73, -0.9, 1.7, -1.79, -0.58),
    "name_both": (0.41, 4.49, 4.66, 0.76, 2.73),
    "several_people": (0.7, 0.7, 0.7, 0.7, 0.7),
    "double_name": (2.85, 0.3, 0.56, -0.55, -0.25),
    "phones_both": (0.82, 2.29, 0.0, 0.0, 0.0),
    "phones_more": (2.61, 5.43, 0.0, 0.0, 0.0),
    "street_apart": (0.63, 1.34, -2.94, -1.12, 0.16),
    "mobile_other": (1.9, 0.42, -1.04, -0.88, -2.26),
    "town_empty": (0.16, 1.08, 0.0, -1.2, -3.47),
    "homonym_near": (0.71, 0.32, -0.02, -2.17, -0.68),
    "physiotherapist_named": (1.56, 0.0, 0.09, -0.15, 1.4),
    "rarity": (0.35, -0.04, 0.26, 0.56, 0.35),
    "rarity_ours": (-0.11, 0.05, 0.02, 0.01, 0.13),
    "town_size": (0.01, -0.06, -0.02, -0.46, -0.66),
    "letter": (0.0, 0.13, 0.02, -0.12, 0.6),
    "slip": (0.61, 1.09, 0.41, 0.34, 0.61),
    # end fitted
}

IDENTIFIED, HALF_NAMED, NAMED_HERE, KNOWN, NAMED_ELSEWHERE = COLUMNS = tuple(
    {name: columns[number] for name, columns in _WEIGHTS.items()} for number in range(5)
)

SURE = 0.96
"""The least probability of a confirmed match; chosen on invented worlds that were neither trained on nor measured.

0.95 gives 1.5 points of recall more, and was tried: of 22 worlds, three had more than two wrong in a thousand confirmed.
"""
WORTH_ASKING = 0.65
"""The least probability of a match left to a person: two chances in three, below which most answers would be no.

A full name that is theirs alone in the town is asked about however unlikely (`matcher._settle`): that sends 2.1 % more
pages to a person, nearly half of them true, and without it 1.6 % more of the true ones would be passed over in silence.
"""
WORTH_ASKING_ELSEWHERE = 0.9
"""The same in another town without identifier: what may have moved may be a namesake as well."""
