"""What the ledger says on a day, who may act, and how people are named."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain import practitioner as module
from listingguard.domain.agreement import attested_on, none_sent, working
from listingguard.domain.practitioner import (
    YES as SAYS_YES,
)
from listingguard.domain.practitioner import (
    Agreement,
    Authorisation,
    Because,
    GivenBy,
    Mandate,
    Practitioner,
    Verdict,
    Watch,
    families,
    ruling,
    sent_contracts,
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
    says: Agreement | None = None,
    by: GivenBy = GivenBy.PRACTITIONER,
    left: str | None = None,
    sent: str | None = None,
    from_platform: bool = False,
    platform: str = SITE,
    also: frozenset[str] = frozenset(),
) -> Authorisation:
    says = says or (Agreement.REFUSED if refused else Agreement.AGREED)
    return Authorisation(
        id=f"{since}-{says}",
        practitioner=WHO,
        platform=platform,
        agreement=says,
        given_by=by,
        since=D(since),
        until=D(until) if until else None,
        practice_left_on=D(left) if left else None,
        sent_on=D(sent) if sent else None,
        from_platform=from_platform,
        also=also,
    )


AGREED = row("2026-01-01")
REFUSED = row("2026-01-01", refused=True)
CONTRACT = row("2025-03-01", says=Agreement.CONTRACT, sent="2025-03-20")
REVOKED = row("2026-06-01", says=Agreement.REVOKED)
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
    # -- contracts, revocations, pages opened once, documents of the platform's ------------------------------------------
    ("a contract sent to the council", [CONTRACT], "2026-01-01", YES),
    ("a contract, the day before it was signed", [CONTRACT], "2025-02-28", UNSURE),
    ("a contract signed after the letter, on the letter's day", [REFUSED, row("2026-03-01", says=Agreement.CONTRACT)],
     "2026-01-12", NO),
    ("a contract signed after the letter, from its day on", [REFUSED, row("2026-03-01", says=Agreement.CONTRACT)],
     "2026-03-01", YES),
    ("a contract in force, then denied: a person decides", [CONTRACT, REFUSED], "2026-03-01", UNSURE),
    ("a contract that had ended, then denied", [replace(CONTRACT, until=D("2025-12-31")), REFUSED], "2026-03-01", NO),
    ("a contract revoked, then denied", [CONTRACT, replace(REVOKED, since=D("2025-09-01")), REFUSED], "2026-03-01", NO),
    ("a contract revoked", [CONTRACT, REVOKED], "2026-06-01", NO),
    ("a contract, the day before its revocation", [CONTRACT, REVOKED], "2026-05-31", YES),
    ("a revocation before any consent", [REVOKED], "2026-07-01", NO),
    ("a revocation before the consent", [REVOKED, row("2026-07-01")], "2026-07-01", YES),
    ("a revocation before the consent, between the two", [REVOKED, row("2026-07-01")], "2026-06-30", NO),
    ("a revocation and a consent of the same day", [AGREED, REVOKED, row("2026-06-01")], "2026-06-01", UNSURE),
    ("the practice revokes its own contract", [replace(OF_THE_PRACTICE, practice_left_on=None),
     replace(REVOKED, given_by=GivenBy.PRACTICE)], "2026-07-01", NO),
    ("the practice revokes, the practitioner had agreed", [AGREED, replace(REVOKED, given_by=GivenBy.PRACTICE)],
     "2026-07-01", UNSURE),
    ("the practice signs over one's own refusal", [REFUSED, row("2026-03-01", by=GivenBy.PRACTICE)], "2026-03-01", UNSURE),
    ("the practice signs after one's own consent", [AGREED, row("2026-03-01", by=GivenBy.PRACTICE)], "2026-03-01", YES),
    ("one's own refusal over the practice's contract", [row("2026-01-01", by=GivenBy.PRACTICE), row("2026-03-01",
     refused=True)], "2026-03-01", NO),
    ("a page opened once, nothing else", [row("2026-01-01", says=Agreement.OPENED)], "2026-03-01", UNSURE),
    ("a page opened once, told after the refusal", [REFUSED, row("2026-02-01", says=Agreement.OPENED)], "2026-03-01", UNSURE),
    ("a page opened once, refused since", [row("2026-01-01", says=Agreement.OPENED), row("2026-02-01", refused=True)],
     "2026-03-01", NO),
    ("a page opened once, refused the same day", [row("2026-01-01", says=Agreement.OPENED), REFUSED], "2026-03-01",
     UNSURE),
    ("a page opened once by someone who agreed", [AGREED, row("2026-02-01", says=Agreement.OPENED)], "2026-03-01", YES),
    ("a contract only the platform shows", [row("2025-01-01", says=Agreement.CONTRACT, from_platform=True)], "2026-03-01",
     UNSURE),
    ("a contract only the platform shows, denied since", [row("2025-01-01", says=Agreement.CONTRACT, from_platform=True),
     REFUSED], "2026-03-01", UNSURE),
    ("a contract the platform shows, and the practitioner too", [CONTRACT, replace(CONTRACT, id="b", from_platform=True)],
     "2026-03-01", YES),
    # -- platforms and their families ------------------------------------------------------------------------------------
    ("a platform renamed since", [row("2024-01-01", platform="ancien.example", also=frozenset({SITE}))], "2026-03-01", YES),
    ("a platform renamed since, refused under its new name", [row("2024-01-01", platform="ancien.example",
     also=frozenset({SITE})), row("2026-02-01", refused=True)], "2026-03-01", NO),
    ("the family of platforms", [row("2024-01-01", platform="groupe", also=frozenset({SITE, "autre.example"}))],
     "2026-03-01", YES),
    ("another brand of the same controller", [row("2024-01-01", platform="autre.example")], "2026-03-01", UNSURE),
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
    # A contract that is denied is a matter for a person: it has its own rows in the table.
    agreement=st.sampled_from([a for a in Agreement if a is not Agreement.CONTRACT]),
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
    words = {YES: SAYS_YES, NO: {Agreement.REFUSED, Agreement.REVOKED}}.get(said)
    assert words is None or any(r.agreement in words and r.covers(day) for r in ledger)


@given(st.lists(ROWS, max_size=5), DAYS)
def test_every_verdict_names_the_rows_that_made_it_and_they_speak_that_day(
    ledger: list[Authorisation], day: date
) -> None:
    made = ruling(ledger, WHO, SITE, day)
    assert made.verdict is verdict(ledger, WHO, SITE, day)
    assert all(r in ledger and r.covers(day) for r in made.rows)
    assert (made.because is Because.NOTHING) == (made.rows == ())


def test_every_reason_of_a_verdict_has_its_case_in_the_table() -> None:
    assert {ruling(ledger, WHO, SITE, D(day)).because for _, ledger, day, _ in TABLE} == set(Because)


@pytest.mark.parametrize(("about", "ledger", "day", "said"), TABLE, ids=[t[0] for t in TABLE])
def test_the_working_tells_every_row_and_the_conclusion_in_french(
    about: str, ledger: list[Authorisation], day: str, said: Verdict
) -> None:
    told = working(ledger, WHO, SITE, D(day))
    assert told.verdict is said
    assert len(told.rows) == sum(r.names(SITE) for r in ledger)
    assert said.label in told.conclusion
    for sentence in (*told.rows, told.conclusion):
        assert sentence.endswith(".")
        words = re.sub(r"[nN]° [\w-]+|\w+\.example", "", sentence)
        assert not re.search(r"[a-z]_[a-z]|\b(?:None|contract|agreed|refused|practice)\b", words), sentence


def test_the_working_of_a_verdict_reads_as_a_secretary_would_write_it() -> None:
    told = working([CONTRACT, REFUSED], WHO, SITE, D("2026-03-01"))
    assert told.rows[0] == (
        "N° 2025-03-01-contract : contrat du 1er mars 2025, donné par le praticien ou la praticienne, transmis au conseil "
        "le 20 mars 2025, sans document ; cette ligne compte ce jour-là."
    )
    assert told.conclusion == (
        "Au 1er mars 2026, on ne sait pas : un contrat en cours, jamais révoqué, contredit la parole donnée depuis "
        "(n° 2025-03-01-contract et n° 2026-01-01-refused). Une personne décide."
    )


def test_a_council_attests_only_what_a_register_says_and_as_of_its_day() -> None:
    registers = (D("2025-03-01"), D("2026-01-31"), D("2026-06-30"))
    assert working([AGREED], WHO, SITE, D("2026-03-01"), registers).attestation == none_sent(D("2026-01-31"))
    assert working([CONTRACT], WHO, SITE, D("2026-03-01"), registers).attestation == ""
    assert not working([CONTRACT], WHO, SITE, D("2026-03-01")).unregistered, (
        "a contract forbids it, not a missing register"
    )
    assert attested_on([CONTRACT], WHO, SITE, D("2025-03-19"), registers) == D("2025-03-01"), "it had not been sent yet"


def test_without_a_register_of_that_day_a_council_attests_nothing() -> None:
    for registers in ((), (D("2026-06-30"),)):
        told = working([AGREED], WHO, SITE, D("2026-03-01"), registers)
        assert (told.attestation, told.unregistered) == ("", True)


def test_sent_contracts_are_those_of_the_platform_alone() -> None:
    assert sent_contracts([CONTRACT], WHO, "autre.example", D("2026-03-01")) == ()


def test_a_slug_stands_for_all_its_platforms_and_a_former_name_for_the_host_of_today() -> None:
    records = {"groupe": {"platforms": [SITE, "autre.example"]}, "seul": {"platforms": ["seul.example"]}}
    names = families(records, {"ancien.example": SITE})
    assert names["groupe"] == {SITE, "autre.example"}
    assert names["ancien.example"] == {SITE}
    assert SITE not in names, "a brand stands for itself alone"


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
