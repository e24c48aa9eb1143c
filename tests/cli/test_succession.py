"""A site changes hands, two cases rest on one listing: what a person types, and that no history is lost."""

import pytest

from listingguard.app import App
from listingguard.domain.case import findings_of
from listingguard.flow import clock
from tests.cli.test_turns import LATER, RPPS, running  # noqa: F401 - the fixture

NEXT = "2026-02-21"


def changed(desk, *more, day=LATER, code=0):
    paper = desk.file("cession.html", "<p>Éditeur : Autre Exemple SAS</p>")
    words = (
        "--to",
        "autre-exemple",
        "--name",
        "Autre Exemple SAS",
        "--on",
        "2026-02-18",
        "--source",
        "mentions légales",
    )
    return desk("controller", "changed", "doctolib.fr", *words, "--proof", paper, *more, day=day, code=code)


def standing(desk, case, day=LATER):
    return desk("case", "show", case, "--json", day=day).json


def test_a_new_owner_gets_a_case_of_its_own_and_the_old_ones_clock_stays(running):  # noqa: F811
    before = standing(running, running.case)
    done = changed(running, "--json").json
    ((told),) = done["cases"]
    assert (done["from"], done["to"], told["case"], told["closed"]) == (
        "doctolib",
        "autre-exemple",
        running.case,
        False,
    )
    old, new = standing(running, running.case), told["follows"]
    assert (old["state"], old["legal_due"], old["receipt"]) == (before["state"], before["legal_due"], before["receipt"])
    assert standing(running, new)["state"] == "detected"
    shown = running("case", "show", new, day=LATER).said
    assert f"Suite du dossier {running.case}" in shown
    with App.open(running.home) as app:
        assert app.controller_of("doctolib.fr") == "autre-exemple"
        assert app.store.case(new).controller == "autre-exemple"
        pages = [[f["url"] for f in findings_of(app.store.facts(case))] for case in (running.case, new)]
        assert pages[0] == pages[1]
        # Both stand, each against its own controller: neither is a double, and neither stops the other's request.
        assert clock.doubles(app.store, app.today) == ()
        assert app.store.circumstances(app.store.case(new), app.today).others == ()
    commands = [c for row in running("next", "--json", day=LATER).json if row["case"] == new for c in row["commands"]]
    assert f"listingguard question send {new}" in commands
    # Read again by a scan, the page opens nothing more; the same word again changes nothing.
    running.see(NEXT)
    assert changed(running, "--json", day=NEXT).json["cases"] == []
    assert len(running("case", "list", "--json", day=NEXT).json) == 2


def test_what_happens_to_the_old_clock_is_said_with_the_next_command(running):  # noqa: F811
    said = changed(running).said
    assert "restent celles de doctolib, qui doit y répondre" in said
    assert "9 février 2026" in said
    assert "listingguard question send" in said
    assert "listingguard controller verify autre-exemple" in said


def test_nothing_of_a_change_is_written_for_a_day_to_come_or_an_owner_without_a_name(running):  # noqa: F811
    paper = running.file("cession.html", "<p>Éditeur</p>")
    words = ("controller", "changed", "doctolib.fr", "--to", "autre-exemple", "--source", "annonce", "--proof", paper)
    assert "pas encore arrivé" in running(*words, "--on", "2026-03-30", "--name", "Autre", day=LATER, code=1).said
    assert "--name" in running(*words, "--on", "2026-02-18", day=LATER, code=1).said
    with App.open(running.home) as app:
        assert app.controller_of("doctolib.fr") == "doctolib"


@pytest.fixture
def twice(running):  # noqa: F811
    """Two cases of one person on one listing, both requests received: the second one a month later."""
    with App.open(running.home, writing=True) as app:
        first = app.store.case(running.case)
        data = {"findings": [dict(f) for f in findings_of(app.store.facts(first.id))]}
        running.other = app.store.open_case(
            "AUTRE", None, practitioner=first.practitioner, controller="ancien", platform=first.platform,
            day=app.today.replace(2026, 2, 1), at=app.now(), actor="A", data=data,
        )  # fmt: skip
    word = running.file("parole2.txt", "C’est ma fiche, je n’ai rien accepté non plus.")
    said = ("listing_confirmed_by_kine", "--day", "2026-02-02", "--proof", word)
    running("event", "add", running.other, *said, day=LATER)
    with App.open(running.home, writing=True) as app:
        for kind, day in (("prior_request_recorded", 3), ("received", 10)):
            on = app.today.replace(2026, 2, day)
            sent = {"sent_on": "2026-02-03", "channel": "lrar", "letter": "e" * 64} if day == 3 else {}
            app.store.add_event(running.other, kind, key=kind, day=on, at=app.now(), actor="A", data=sent)
    return running


def test_of_two_cases_that_were_both_sent_one_is_closed_as_double_and_both_logs_stay(twice):
    row = next(r for r in twice("next", "--json", day=LATER).json if "même fiche" in r["what"])
    assert "les deux demandes sont parties" in row["what"].lower()
    assert row["command"] == f"listingguard event add {twice.other} duplicate --of {twice.case} --day JOUR"
    before = {case: standing(twice, case)["events"] for case in (twice.case, twice.other)}
    twice(*row["command"].replace("JOUR", LATER).split()[1:], day=LATER)
    assert not [r for r in twice("next", "--json", day=LATER).json if "même fiche" in r["what"]]
    assert standing(twice, twice.case)["events"] == before[twice.case]
    closed = standing(twice, twice.other)
    assert closed["events"][:-1] == before[twice.other]
    assert (closed["state"], closed["outcome"]) == ("closed", "duplicate")
