"""What goes into a person's own diary: the day to look for the receipt, then the law's day, and a mark that is not the law's."""

from datetime import date

import pytest

from listingguard.domain.case import Acting, EventKind, Fact, Gate, Rules, State, status
from listingguard.domain.diary import entries

DAY = date(2026, 1, 5)
RULES = Rules(Acting.SELF, Gate.LEGAL, {date(2026, 1, 1): "1er janvier", date(2027, 1, 1): "1er janvier"})


def at(day, *more):
    facts = [
        Fact(1, EventKind.DETECTED, "d", DAY, "A"),
        Fact(2, EventKind.LISTING_CONFIRMED_BY_KINE, "c", DAY, "A"),
        Fact(3, EventKind.REQUEST_APPROVED, "a", DAY, "A"),
        *(Fact(number, kind, f"k{number}", when, "A", "", data) for number, (kind, when, data) in enumerate(more, 4)),
    ]
    return status(facts, day, RULES)


def diary(day, *more):
    return entries(at(day, *more), "K-1", "Rdv-Soins", DAY, "listingguard start URL")


POSTED = (EventKind.REQUEST_SENT, date(2026, 1, 6), {"dispatch": "d", "channel": "lrar"})
MAILED = (EventKind.REQUEST_SENT, date(2026, 1, 6), {"dispatch": "d", "channel": "email"})
RECEIVED = (EventKind.RECEIVED, date(2026, 1, 12), {"received_on": "2026-01-09"})


@pytest.mark.parametrize(
    ("more", "day"), [((), date(2026, 1, 20)), ((POSTED,), date(2026, 1, 21)), ((MAILED,), date(2026, 1, 13))]
)
def test_before_the_receipt_is_known_there_is_one_day_to_look_for_it_and_no_deadline(more, day):
    (entry,) = diary(date(2026, 1, 6), *more)
    assert entry.day == day
    assert "listingguard start URL" in entry.text
    assert "échéance" not in f"{entry.title} {entry.text}".lower()


@pytest.mark.parametrize("more", [(), (MAILED,)])
def test_of_a_request_that_only_goes_by_mail_nothing_is_said_of_the_post(more):
    (entry,) = entries(at(DAY, *more), "K-1", "Rdv-Soins", DAY, "listingguard start URL", {"email"})
    assert "aucun message d’erreur" in entry.text
    assert "poste" not in entry.text
    assert "avis" not in entry.text


def test_after_it_the_laws_day_and_the_councils_mark_which_is_not_called_the_law():
    legal, council = diary(date(2026, 1, 12), POSTED, RECEIVED)
    assert (legal.day, council.day) == (date(2026, 2, 9), date(2026, 3, 9))
    assert "article 12, paragraphe 3, du RGPD" in legal.text
    assert "deux mois" not in f"{legal.title} {legal.text}".lower()
    assert "n’est pas le délai de la loi" in council.text
    assert "échéance" not in council.title


PRESUMED = (MAILED, (EventKind.RECEIPT_PRESUMED, date(2026, 1, 13), {}))


def test_each_keeps_its_name_when_its_day_moves():
    first = diary(date(2026, 1, 14), MAILED, (EventKind.RECEIPT_PRESUMED, date(2026, 1, 13), {}))
    later = diary(
        date(2026, 1, 14), MAILED, (EventKind.RECEIPT_PRESUMED, date(2026, 1, 13), {}),
        (EventKind.RECEIVED, date(2026, 1, 14), {"received_on": "2026-01-12"}),
    )  # fmt: skip
    assert [e.uid for e in first] == [e.uid for e in later]
    assert [e.day for e in first] != [e.day for e in later]
    assert "Réception présumée" in first[0].text
    assert "Réception prouvée" in later[0].text


def test_a_settled_case_asks_for_no_day():
    now = at(DAY, (EventKind.WITHDRAWN, DAY, {}))
    assert now.state is State.CLOSED
    assert entries(now, "K-1", "Rdv-Soins", DAY, "x") == ()


def test_once_the_platform_answered_no_day_is_called_the_last_one_to_answer():
    refused = (*PRESUMED, (EventKind.REFUSAL, date(2026, 1, 20), {}))
    (entry,) = diary(date(2026, 1, 21), *refused)
    assert "dernier jour pour répondre" not in entry.title
    assert "pour mémoire" in entry.title
    assert "Sans réponse" not in entry.text


def test_at_the_cnil_the_one_day_kept_is_the_reminder_of_three_months_which_is_no_deadline():
    filed = (
        *PRESUMED,
        (EventKind.REFUSAL, date(2026, 1, 20), {}),
        (EventKind.PACK_REQUESTED, date(2026, 1, 21), {}),
        (EventKind.FILED, date(2026, 1, 22), {}),
    )
    (entry,) = diary(date(2026, 1, 23), *filed)
    assert entry.day == date(2026, 4, 22)
    assert "rappel" in entry.title
    assert "et non une échéance calculée" in entry.text
