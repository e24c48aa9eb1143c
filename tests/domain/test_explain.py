"""Every date says whose public holidays it was counted with, which fell in its period and which moved it."""

from datetime import date

import pytest

from listingguard.domain.case import Acting, EventKind, Fact, Gate, Place, Rules, status
from listingguard.domain.explain import explained, holidays_used
from listingguard.edge.calendar import LABELS, calendar, place_of

SITE = "reserve-kine.example"


def rules(name="fr"):
    return Rules(Acting.SELF, Gate.LEGAL, calendar(name), calendar=LABELS[name])


def received(day, under, controller=SITE, today=None):
    told = [
        (
            EventKind.DETECTED,
            "",
            {"practitioner": "p", "controller": controller, "platform": controller, "findings": []},
        ),
        (EventKind.LISTING_CONFIRMED_BY_KINE, "mot", {}),
        (EventKind.REQUEST_APPROVED, "lettre", {}),
        (EventKind.REQUEST_SENT, "envoi", {"dispatch": "envoi", "channel": "lrar"}),
        (EventKind.RECEIVED, "avis", {}),
    ]
    facts = [Fact(n, kind, key, day, "A", "", data) for n, (kind, key, data) in enumerate(told, 1)]
    now = status(facts, today or day, under)
    return now, facts


def working(day, under, controller=SITE):
    now, facts = received(day, under, controller)
    return [line.strip().replace("\u00a0", " ") for line in explained(now, facts, under)]


def test_the_territory_and_the_holidays_of_each_date_are_named():
    lines = working(date(2026, 3, 5), rules())
    assert "Calendrier des jours fériés : France." in lines
    assert "Jours fériés tombés dans la période : 6 avril 2026 (lundi de Pâques)." in lines
    assert "Jours fériés qui reportent la date : 6 avril 2026 (lundi de Pâques)." in lines
    # The council's date, 5 May, passes over two and is moved by none.
    assert (
        "Jours fériés tombés dans la période : 6 avril 2026 (lundi de Pâques), 1er mai 2026 (fête du Travail)." in lines
    )
    assert "Jours fériés qui reportent la date : aucun." in lines


@pytest.mark.parametrize(
    ("name", "day", "said", "moved"),
    [
        ("alsace-moselle", date(2024, 2, 29), "Alsace-Moselle (communes avec temple protestant)", "Vendredi saint"),
        ("alsace-moselle-sans-temple", date(2025, 11, 26), "Alsace-Moselle (communes sans temple protestant)", "Saint-Étienne"),
        ("mayotte", date(2026, 3, 27), "Mayotte", "abolition de l’esclavage"),
        ("reunion", date(2027, 11, 20), "La Réunion", "abolition de l’esclavage"),
    ],
)  # fmt: skip
def test_alsace_moselle_and_the_territories_say_which_day_of_theirs_moved_the_date(name, day, said, moved):
    lines = working(day, rules(name))
    assert f"Calendrier des jours fériés : {said}." in lines
    first = next(line for line in lines if line.startswith("Jours fériés qui reportent"))
    # 20 December 2027 is a Monday, 26 December 2025 a Friday: only the local day moves these.
    assert f"({moved})" in first


def test_a_seat_abroad_counts_the_holidays_of_both_countries_and_says_so():
    belgium = place_of({"country": "Belgique"}, "fr")
    under = Rules(
        Acting.SELF, Gate.LEGAL, calendar("fr"), places={SITE: belgium}, calendar="France"
    )  # fmt: skip
    lines = working(date(2026, 6, 21), under)
    assert "Calendriers des jours fériés : France, et Belgique, où le responsable est établi." in lines
    assert any(line.startswith("ATTENTION : responsable établi hors de France (Belgique)") for line in lines)
    first = next(line for line in lines if line.startswith("Jours fériés qui reportent"))
    assert first == "Jours fériés qui reportent la date : 21 juillet 2026 (jour férié (Belgique))."
    unknown = Rules(Acting.SELF, Gate.LEGAL, calendar("fr"), places={SITE: Place("Ailleurs", {}, abroad=True)})
    assert "Les jours fériés de ce pays ne sont pas connus : une personne vérifie." in working(
        date(2026, 6, 21), unknown
    )


@pytest.mark.parametrize("name", ["fr", "alsace-moselle", "guyane"])
def test_what_moved_a_date_is_exactly_the_holidays_between_its_raw_end_and_its_last_day(name):
    under, days = rules(name), calendar(name)
    for month in range(1, 13):
        for number in (1, 12, 14, 30 if month != 2 else 28):
            now, _ = received(date(2027, month, number), under)
            for end in (now.clock.legal, now.clock.council):
                used = holidays_used(end, now.clock, under)
                assert dict(used.moved) == {d: n for d, n in days.items() if end.raw <= d < end.due}
                assert dict(used.fell) == {d: n for d, n in days.items() if end.start < d <= end.due}
