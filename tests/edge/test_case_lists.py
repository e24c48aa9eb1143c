"""Many cases at once: what is preselected from the rows leaves out nothing that the facts hold; a list loads little."""

import random
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from listingguard.app import App, create_home
from listingguard.domain.case import Acting, EventKind, findings_of
from listingguard.domain.practitioner import Practitioner
from listingguard.flow import clock

DAY, AT = date(2026, 3, 2), datetime(2026, 3, 2, 9, tzinfo=UTC)
SITE = "reserve-kine.example"
# What a list of cases has no use for: matching, letters, pages, pictures, the network.
HEAVY = {
    "bs4", "cryptography", "docx", "jinja2", "lxml", "openpyxl", "phonenumbers", "pikepdf", "rapidfuzz", "requests",
    "rich", "stdnum", "typst", "listingguard.domain.citation", "listingguard.domain.letter", "listingguard.domain.names",
    "listingguard.domain.matching.matcher",
}  # fmt: skip


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "conseil"
    create_home(folder, acting=Acting.COUNCIL, code="ESSAI", person="Dominique Exemple", simulated=True)
    return folder


def finding(name):
    return {"listing": f"{SITE}:{name}", "url": f"https://{SITE}/{name}", "capture": "c" * 64, "reasons": [],
            "verdict": "undetermined"}  # fmt: skip


def opened(store, who, *names):
    data = {"findings": [finding(n) for n in names]}
    return store.open_case(
        "ESSAI", None, practitioner=who, controller=SITE, platform=SITE, day=DAY, at=AT, actor="A", data=data
    )


def slowly(store, today):
    """The same answer as `doubles`, from the facts of every case."""
    resting = {}
    for case in store.cases():
        if store.status(case.id, today).state.value not in ("closed", "erased"):
            for key in dict.fromkeys(str(f["listing"]) for f in findings_of(store.facts(case.id))):
                resting.setdefault(key, []).append(case.id)
    return tuple((key, tuple(cases)) for key, cases in sorted(resting.items()) if len(cases) > 1)


@pytest.mark.parametrize("seed", range(5))
def test_two_cases_on_one_listing_are_found_as_by_reading_every_fact(home, seed):
    rng = random.Random(seed)
    with App.open(home, today=DAY, writing=True) as app:
        store = app.store
        person = Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille")
        store.put_practitioner(person, source="essai", day=DAY, at=AT)
        for n in range(12):
            names = rng.sample("abcdefghijklmnop", rng.randrange(1, 3))
            case = opened(store, "p1", *names)
            if rng.random() < 0.5:
                said = {"findings": [finding(rng.choice("abcdef"))]}
                store.add_event(case, EventKind.FINDING_ADDED, key=f"f{n}", day=DAY, at=AT, actor="A", data=said)
                if rng.random() < 0.5:
                    other = {"data": {"findings": [finding(rng.choice("ghijkl"))]}}
                    told = rng.choice([other, {"void": True}])
                    store.add_event(case, EventKind.CORRECTION, key="2", day=DAY, at=AT, actor="A", data=told)
        found = clock.doubles(store, DAY)
        assert found == slowly(store, DAY)
        assert found


def test_names_read_at_once_are_those_of_each_person(home):
    with App.open(home, today=DAY, writing=True) as app:
        people = [
            Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille", usage_name="Modèle"),
            Practitioner(id="p2", family_name="Essai", first_name="Dominique"),
            Practitioner(id="p3", family_name="Nouvel", first_name="Camille"),
        ]
        for person in people:
            app.store.put_practitioner(person, source="essai", day=DAY, at=AT)
        app.store.say_same("p2", "p3", same=True, day=DAY, at=AT, actor="A")
        who = {"p1", "p2", "p3"}
        assert app.store.full_names(who) == {each: app.store.practitioner(each).full_name for each in who}


def test_a_list_of_cases_loads_nothing_it_has_no_use_for(home):
    with App.open(home, today=DAY, writing=True) as app:
        app.store.put_practitioner(
            Practitioner(id="p1", family_name="EXEMPLE", first_name="Camille"), source="essai", day=DAY, at=AT
        )
        opened(app.store, "p1", "a")
    code = (
        "import sys; from listingguard.cli import run;"
        f"code = run(['--home', {str(home)!r}, '--today', '2026-03-02', 'case', 'list']);"
        "print('|'.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    line, modules = done.stdout.splitlines()
    assert "Camille EXEMPLE" in line
    assert not HEAVY & set(modules.split("|"))
