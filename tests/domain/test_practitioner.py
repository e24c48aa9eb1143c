"""What the ledger says on a day, who may act, and how people are named."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain import practitioner as module
from listingguard.domain.practitioner import (
    Agreement,
    Authorisation,
    GivenBy,
    Mandate,
    Practitioner,
    Verdict,
    Watch,
    verdict,
)

D = date.fromisoformat
WHO, SITE = "10005173140", "rdv.example"
YES, NO, UNSURE = Verdict.AUTHORISED, Verdict.UNAUTHORISED, Verdict.UNDETERMINED


def row(
    since: str,
    until: str | None = None,
    *,
    refused: bool = False,
    by: GivenBy = GivenBy.PRACTITIONER,
    left: str | None = None,
) -> Authorisation:
    return Authorisation(
        id=f"{since}-{refused}",
        practitioner=WHO,
        platform=SITE,
        agreement=Agreement.REFUSED if refused else Agreement.AGREED,
        given_by=by,
        since=D(since),
        until=D(until) if until else None,
        practice_left_on=D(left) if left else None,
    )


AGREED = row("2026-01-01")
REFUSED = row("2026-01-01", refused=True)
OF_THE_PRACTICE = row("2026-01-01", by=GivenBy.PRACTICE, left="2026-06-01")

TABLE: list[tuple[str, list[Authorisation], str, Verdict]] = [
    ("no row", [], "2026-03-01", UNSURE),
    ("an agreement, not yet begun", [AGREED], "2025-12-31", UNSURE),
    ("an agreement, its first day", [AGREED], "2026-01-01", YES),
    ("an agreement without end", [AGREED], "2036-01-01", YES),
    ("an agreement, its last day", [row("2026-01-01", "2026-06-30")], "2026-06-30", YES),
    ("an agreement that ended is no refusal", [row("2026-01-01", "2026-06-30")], "2026-07-01", UNSURE),
    ("an agreement of one day", [row("2026-01-01", "2026-01-01")], "2026-01-01", YES),
    ("a refusal, its first day", [REFUSED], "2026-01-01", NO),
    ("a refusal, its last day", [row("2026-01-01", "2026-06-30", refused=True)], "2026-06-30", NO),
    ("overlap: refused since", [AGREED, row("2026-03-01", refused=True)], "2026-03-01", NO),
    ("overlap: the day before the refusal", [AGREED, row("2026-03-01", refused=True)], "2026-02-28", YES),
    ("overlap: agreed after refusing", [REFUSED, row("2026-03-01")], "2026-03-01", YES),
    ("overlap: two agreements", [AGREED, row("2026-02-01", "2026-04-01")], "2026-03-01", YES),
    ("overlap: the later agreement ended", [AGREED, row("2026-02-01", "2026-04-01")], "2026-05-01", YES),
    ("gap", [row("2026-01-01", "2026-02-01"), row("2026-04-01")], "2026-03-01", UNSURE),
    ("gap between agreement and refusal", [row("2026-01-01", "2026-02-01"), row("2026-04-01", refused=True)],
     "2026-03-01", UNSURE),
    ("a refusal that ended before the agreement", [row("2026-01-01", "2026-02-01", refused=True), row("2026-02-02")],
     "2026-02-02", YES),
    ("revoked before it began", [row("2026-03-01", "2026-02-01")], "2026-03-01", UNSURE),
    ("refused before agreeing, recorded after", [row("2026-02-01"), row("2026-01-01", refused=True)], "2026-03-01", YES),
    ("same day, both words", [AGREED, REFUSED], "2026-03-01", UNSURE),
    ("same day, same word", [AGREED, replace(AGREED, id="b")], "2026-03-01", YES),
    ("same day, both words, then a later one", [AGREED, REFUSED, row("2026-02-01", refused=True)], "2026-03-01", NO),
    ("the practice's contract", [OF_THE_PRACTICE], "2026-05-31", YES),
    ("the practice's contract, the day of the departure", [OF_THE_PRACTICE], "2026-06-01", UNSURE),
    ("the practice's contract after the departure", [OF_THE_PRACTICE], "2027-01-01", UNSURE),
    ("the employer's contract after the departure", [row("2026-01-01", by=GivenBy.EMPLOYER, left="2026-06-01")],
     "2026-06-02", UNSURE),
    ("the practice's refusal", [row("2026-01-01", refused=True, by=GivenBy.PRACTICE)], "2026-03-01", NO),
    ("the practice's refusal after the departure",
     [row("2026-01-01", refused=True, by=GivenBy.PRACTICE, left="2026-06-01")], "2026-06-02", UNSURE),
    ("one's own word outlives the practice", [row("2026-01-01", left="2026-06-01")], "2026-06-02", YES),
    ("one's own refusal outlives the practice", [row("2026-01-01", refused=True, left="2026-06-01")], "2026-06-02", NO),
    ("a contract the practice signed after the departure", [row("2026-07-01", by=GivenBy.PRACTICE, left="2026-06-01")],
     "2026-08-01", UNSURE),
    ("one's own refusal after the departure", [OF_THE_PRACTICE, row("2026-07-01", refused=True)], "2026-07-01", NO),
    # A person decides: the newest word came from a practice that no longer speaks for anyone.
    ("an older own refusal under a practice left since", [row("2025-01-01", refused=True), OF_THE_PRACTICE],
     "2026-07-01", UNSURE),
]  # fmt: skip


@pytest.mark.parametrize(("about", "ledger", "day", "said"), TABLE, ids=[t[0] for t in TABLE])
def test_the_ledger_says_on_a_day(about: str, ledger: list[Authorisation], day: str, said: Verdict) -> None:
    assert verdict(ledger, WHO, SITE, D(day)) is said, about
    assert verdict(reversed(ledger), WHO, SITE, D(day)) is said, "the order of the rows does not matter"


def test_only_this_person_and_this_platform_speak() -> None:
    others = [replace(AGREED, practitioner="10003461033"), replace(AGREED, platform="autre.example")]
    assert verdict(others, WHO, SITE, D("2026-03-01")) is UNSURE
    assert verdict([*others, REFUSED], WHO, SITE, D("2026-03-01")) is NO


DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
ROWS = st.builds(
    Authorisation,
    id=st.just("a"),
    practitioner=st.just(WHO),
    platform=st.just(SITE),
    agreement=st.sampled_from(Agreement),
    given_by=st.sampled_from(GivenBy),
    since=DAYS,
    until=st.none() | DAYS,
    practice_left_on=st.none() | DAYS,
)


@given(st.lists(ROWS, max_size=5), DAYS)
def test_a_fresh_refusal_of_ones_own_always_speaks_from_its_day_on(ledger: list[Authorisation], day: date) -> None:
    ledger = [r for r in ledger if r.since < day]
    own = replace(REFUSED, since=day)
    assert verdict([*ledger, own], WHO, SITE, day) is NO
    assert verdict([*ledger, own], WHO, SITE, day - timedelta(days=1)) is verdict(
        ledger, WHO, SITE, day - timedelta(days=1)
    )


@given(st.lists(ROWS, max_size=5), DAYS)
def test_nobody_is_authorised_or_refused_without_a_row_that_says_so_that_day(
    ledger: list[Authorisation], day: date
) -> None:
    said = verdict(ledger, WHO, SITE, day)
    word = {YES: Agreement.AGREED, NO: Agreement.REFUSED}.get(said)
    assert word is None or any(r.agreement is word and r.covers(day) for r in ledger)


@pytest.mark.parametrize(
    ("day", "revoked", "valid"),
    [
        ("2025-12-31", None, False),
        ("2026-01-01", None, True),
        ("2026-12-31", None, True),
        ("2027-01-01", None, False),
        ("2026-05-31", "2026-06-01", True),
        ("2026-06-01", "2026-06-01", False),
        ("2026-01-01", "2025-12-01", False),
        ("2027-01-01", "2027-06-01", False),
    ],
)
def test_a_mandate_is_valid_from_its_first_to_its_last_day_and_not_from_its_revocation_on(
    day: str, revoked: str | None, valid: bool
) -> None:
    mandate = Mandate(
        "m1", WHO, "opposition et effacement", ("demander",), D("2026-01-01"), D("2026-12-31"), "0" * 64,
        D(revoked) if revoked else None,
    )  # fmt: skip
    assert mandate.valid(D(day)) is valid


def test_whoever_objected_is_no_longer_looked_for() -> None:
    assert Watch(WHO, wanted=True).active
    assert not Watch(WHO, wanted=False).active
    assert not Watch(WHO, wanted=True, opposed_on=D("2026-01-01")).active


def test_the_name_in_use_comes_first_and_is_written_once() -> None:
    camille = Practitioner(WHO, "Exemple", "Camille", usage_name="Modèle")
    assert (camille.family_names, camille.full_name) == (("Modèle", "Exemple"), "Camille MODÈLE")
    plain = replace(camille, usage_name="")
    assert (plain.family_names, plain.full_name) == (("Exemple",), "Camille EXEMPLE")
    assert replace(camille, usage_name="Exemple").family_names == ("Exemple",)


def test_the_doctests_hold() -> None:
    assert doctest.testmod(module).failed == 0
