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
    "prior": (3.65, 1.03, -4.82, -2.32, -3.66),
    "family_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "family_part": (1.06, 0.21, 2.5, -3.37, -0.75),
    "family_extra": (0.18, -2.19, -0.33, -9.91, -6.46),
    "family_typo": (0.17, -0.06, -1.11, -1.61, -0.06),
    "family_near": (-1.77, -1.22, -1.32, -0.6, -0.09),
    "family_other": (-9.8, -9.8, -8.0, -8.0, -8.0),
    "first_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "first_spelling": (-3.6, 0.11, -1.81, -1.57, -2.73),
    "first_initials": (0.9, 0.29, -0.15, -0.09, 3.41),
    "first_short": (-7.97, -4.35, -4.92, -3.98, -6.23),
    "first_slip": (-3.72, 0.36, -4.38, -2.61, -4.27),
    "first_second": (-2.89, 5.42, 3.52, -0.35, 0.98),
    "first_part": (-2.6, 5.15, 2.91, -0.97, 2.35),
    "first_initial": (-6.11, 2.6, -1.09, -2.03, -3.99),
    "first_near": (-10.29, -8.75, -7.32, -7.68, -10.4),
    "first_absent": (-4.78, 2.88, 0.45, -0.2, -0.12),
    "first_other": (-12.0, -12.0, -12.0, -12.0, -12.0),
    "place_same": (0.0, 0.0, 0.0, 0.0, 0.0),
    "place_linked": (0.0, 1.0, 0.0, -1.0, 0.4),
    "place_near": (0.64, 2.44, 0.0, -0.5, -0.01),
    "place_department": (0.91, 3.4, -0.11, -3.51, -1.57),
    "place_untold": (0.17, 1.27, -0.11, -3.82, -4.77),
    "place_other": (0.48, 0.48, -8.0, -8.0, -8.0),
    "place_unknown": (0.0, 0.0, -3.0, -3.0, -3.0),
    "phone_same": (-0.28, -0.9, 0.0, 0.0, 0.0),
    "phone_mobile": (6.29, 10.31, 0.0, 0.0, 0.0),
    "phone_other": (-0.22, 0.1, -1.71, -1.17, -0.37),
    "phone_kind": (0.05, 0.06, -0.1, -0.01, 0.64),
    "phone_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "street_same": (0.35, -0.38, 0.0, 0.0, 0.0),
    "street_untold": (0.97, 0.2, 0.0, 2.42, 0.0),
    "street_other": (2.14, 3.88, -3.55, -0.43, -0.0),
    "street_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "phone_and_street": (-0.37, 0.53, 0.0, 0.0, 0.0),
    "rpps_same": (2.98, 10.94, 0.0, 0.0, 0.0),
    "rpps_silent": (0.0, 0.0, 0.0, 0.0, 0.0),
    "rpps_garbled": (-1.56, -2.72, -3.17, -0.15, -1.5),
    "rpps_other": (-20.0, -20.0, -20.0, -20.0, -20.0),
    "trade_physiotherapist": (0.42, 0.4, 0.25, 0.24, 0.22),
    "trade_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "trade_beside": (1.37, 0.2, 0.36, 0.65, -0.18),
    "trade_other": (-2.77, -6.72, -4.0, -4.0, -4.0),
    "civility_same": (0.76, 0.99, 0.66, 0.66, 1.87),
    "civility_other": (-2.54, -9.96, -7.37, -6.66, -6.57),
    "known_phone": (0.0, 0.0, 0.0, 0.84, 0.0),
    "known_street": (0.0, 0.0, 0.0, 0.58, 0.0),
    "line_here": (0.87, -0.05, 0.58, 0.93, 1.33),
    "line_far": (0.01, 0.0, -3.0, -4.9, -5.08),
    "line_unknown": (0.0, 0.0, 0.0, 0.0, 0.0),
    "page_town": (0.0, 0.0, 6.9, 0.0, -1.58),
    "page_others": (1.46, 6.74, 7.03, -3.42, -2.18),
    "page_colleagues": (1.53, 10.53, 8.35, 3.02, 0.0),
    "organisation": (0.83, 1.65, 0.28, 0.09, 0.93),
    "organisation_initial": (1.45, 2.33, 1.18, 1.16, 0.1),
    "name_birth": (2.18, -1.05, 2.75, -1.69, 0.27),
    "name_both": (1.64, 4.95, 6.0, 1.34, 4.61),
    "several_people": (0.7, 0.7, 0.7, 0.7, 0.7),
    "double_name": (1.0, 0.51, 0.94, 0.05, 0.31),
    "phones_both": (1.37, 2.8, 0.0, 0.0, 0.0),
    "phones_more": (3.16, 6.18, 0.0, 0.0, 0.0),
    "street_apart": (0.63, 1.3, -3.44, -0.56, 0.02),
    "mobile_other": (0.51, 0.31, -0.21, -0.16, -1.97),
    "town_empty": (0.38, 1.66, 0.0, -1.77, -3.96),
    "homonym_near": (1.15, -0.31, -0.12, -2.97, -0.79),
    "physiotherapist_named": (1.5, 0.0, -0.06, 0.65, 2.58),
    "rarity": (0.23, -0.07, 0.35, 0.55, 0.36),
    "rarity_ours": (-0.03, 0.04, 0.03, 0.02, 0.05),
    "town_size": (0.08, -0.03, -0.05, -0.47, -0.72),
    "letter": (0.0, 0.19, 0.05, 0.0, 0.85),
    "slip": (0.66, 1.64, 0.38, 0.41, 0.6),
    # end fitted
}

IDENTIFIED, HALF_NAMED, NAMED_HERE, KNOWN, NAMED_ELSEWHERE = COLUMNS = tuple(
    {name: columns[number] for name, columns in _WEIGHTS.items()} for number in range(5)
)

SURE = 0.96
"""The least probability of a confirmed match; chosen on invented worlds that were neither trained on nor measured.

`bench_match.py --seeds 31 41 42 43 44 45 46 47 48 --listings 40000` prints them. 0.95 gives 1.1 points of recall more,
and half as many wrong ones again, in one of these worlds more than two in a thousand.
"""
SURE_ELSEWHERE = 0.98
"""The same in another town without identifier, where a physiotherapist whom the roster does not know may bear the name."""
WORTH_ASKING = 0.9
"""The least probability of a match left to a person."""
WORTH_ASKING_NAMED = 0.5
"""The same with an identifier, or for the name in the town."""
WORTH_ASKING_RARE = 0.05
"""The same for the full name that is theirs alone in the town: any practitioner would know an old page for theirs."""
