"""`case` and `event` as a person uses them: lists and filters, the drawn time line, the working, calendars, repeated words."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest

from listingguard.app import App
from listingguard.domain.case import EventKind
from listingguard.domain.question import Said
from listingguard.flow import review

RPPS = "99900000011"
DAY = "2026-01-21"


@pytest.fixture
def taken(kine):
    """A kiné's home with one request sent by hand, received on 8 January 2026."""
    kine.see("2026-01-05")
    papers = ("--letter", kine.file("lettre.txt", "Ma lettre"), "--proof", kine.file("avis.pdf", b"%PDF-1.7 avis"))
    sent = ("--sent", "2026-01-06", "--received", "2026-01-08", "--url", kine.url, "--rpps", kine.rpps)
    kine.case = kine("case", "add", *sent, *papers, "--json", day=DAY).json["case"]
    return kine


def numbers(desk, *filters, day=DAY):
    return [row["case"] for row in desk("case", "list", *filters, "--json", day=day).json]


def test_a_list_is_narrowed_by_state_outcome_date_platform_person_hold_and_who_acted(taken):
    for yes in (
        ("--state", "running"), ("--outcome", "none"), ("--due-before", "2026-02-09"), ("--platform", "doctolib.fr"),
        ("--platform", "doctolib"), ("--rpps", taken.rpps), ("--mine",),
    ):  # fmt: skip
        assert numbers(taken, *yes) == [taken.case], yes
    for no in (
        ("--state", "overdue"), ("--outcome", "silent"), ("--due-before", "2026-02-08"), ("--platform", "ailleurs.example"),
        ("--rpps", "99900000037"), ("--held",),
    ):  # fmt: skip
        assert numbers(taken, *no) == [], no
    # A month and a day later the same facts are seen as a silence, and so are the filters.
    assert numbers(taken, "--state", "cnil_ready", "--outcome", "silent", day="2026-02-10") == [taken.case]
    assert numbers(taken, "--due-before", "2026-02-28", day="2026-01-21") == [taken.case]
    # On a day before its last fact, a case is seen as it stood that day.
    assert taken("case", "list", "--json", day="2026-01-06").json[0]["state"] == "detected"
    taken("case", "hold", taken.case, "--reason", "attente", day=DAY)
    assert numbers(taken, "--held") == [taken.case]
    assert "n’existe pas. Choix : detected" in taken("case", "list", "--state", "perdu", day=DAY, code=1).said


def test_a_case_is_shown_with_its_line_of_time_and_every_date_explained(taken):
    said = taken("case", "show", taken.case, day=DAY).said
    assert "▶      aujourd’hui : Délai en cours" in said
    assert "09/02/2026  ○      échéance légale, dernier jour" in said
    assert "deux mois plus tard" not in said.lower()
    working = taken("case", "show", taken.case, "--explain", day=DAY).said
    assert (
        "Point de départ : 8 janvier 2026, réception prouvée (demande antérieure enregistrée, événement n°" in working
    )
    assert "dimanche 8 février 2026 : fin de semaine" in working
    assert "ce n’est pas le délai de la loi" in working
    late = taken("case", "show", taken.case, day="2026-02-10").said
    assert "Issue : silence de la plateforme" in late
    assert "échéance légale, dernier jour, passé" in late
    told = taken("case", "show", taken.case, "--explain", "--json", day=DAY).json
    assert (told["outcome"], told["legal_due"]) == ("none", "2026-02-09")
    assert any("Point de départ" in line for line in told["working"])


def test_a_gate_that_a_person_changes_is_seen_by_the_list_as_by_the_case(taken):
    """Which date opens a complaint is a setting: what is stored of the cases follows it."""
    day = "2026-02-10"
    assert numbers(taken, "--state", "cnil_ready", day=day) == [taken.case]
    taken.configure(clock__cnil_gate="council")
    taken("run", "--once", day=day)
    assert taken("case", "show", taken.case, "--json", day=day).json["state"] == "overdue"
    assert numbers(taken, "--state", "overdue", day=day) == [taken.case]
    assert taken("rebuild", "--json", day=day).json == {"changed": []}


def test_all_open_cases_go_into_one_calendar(taken, tmp_path):
    one, every = tmp_path / "un.ics", tmp_path / "tous.ics"
    taken("case", "ics", taken.case, "-o", one, day=DAY)
    taken("case", "ics", "--all", "-o", every, day=DAY)
    assert every.read_bytes().count(b"BEGIN:VEVENT") == one.read_bytes().count(b"BEGIN:VEVENT") == 2
    taken("case", "ics", day=DAY, code=1)
    taken("case", "ics", taken.case, "--all", day=DAY, code=1)
    taken("event", "add", taken.case, "withdrawn", "--day", DAY, day=DAY)
    assert "aucun jour n’est à retenir" in taken("case", "ics", "--all", day=DAY, code=3).said


def test_a_calendar_corrected_after_a_silence_was_told_takes_it_back_and_keeps_the_old_date(kine):
    kine.see("2026-03-20")
    papers = ("--letter", kine.file("lettre.txt", "Ma lettre"), "--proof", kine.file("avis.pdf", b"%PDF-1.7 avis"))
    sent = ("--sent", "2026-03-25", "--received", "2026-03-27", "--url", kine.url, "--rpps", kine.rpps)
    case = kine("case", "add", *sent, *papers, "--json", day="2026-03-28").json["case"]
    assert "L’échéance légale était le 27 avril 2026" in kine("run", "--once", day="2026-04-28").said
    # The platform's town is in Mayotte: 27 April is a holiday there.
    config = kine.home / "config.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace('calendar = "fr"', 'calendar = "mayotte"'), encoding="utf-8"
    )
    told = kine("run", "--once", day="2026-04-28").said
    assert "le calendrier des jours fériés a changé" in told
    assert "elle était le 27 avril 2026, elle est le 28 avril 2026" in told
    said = kine("case", "show", case, "--explain", day="2026-04-28").said
    assert "État : Délai en cours" in said
    assert "échéance légale : 27 avril 2026, puis 28 avril 2026." in said
    assert "L’échéance légale était le 28 avril 2026" in kine("run", "--once", day="2026-04-29").said
    assert "échéance" not in kine("run", "--once", day="2026-04-30").said


def test_a_home_of_an_earlier_version_keeps_its_dates_when_it_is_brought_up_to_date(kine):
    kine.see("2026-03-20")
    kine("controller", "set", "doctolib", "--country", "France", "--calendar", "mayotte", day="2026-03-20")
    papers = ("--letter", kine.file("lettre.txt", "Ma lettre"), "--proof", kine.file("avis.pdf", b"%PDF-1.7 avis"))
    sent = ("--sent", "2026-03-25", "--received", "2026-03-27", "--url", kine.url, "--rpps", kine.rpps)
    case = kine("case", "add", *sent, *papers, "--json", day="2026-03-28").json["case"]
    # 27 April is a holiday in Mayotte, and nowhere else.
    before = kine("case", "show", case, "--json", day="2026-03-28").json
    assert before["legal_due"] == "2026-04-28"
    with sqlite3.connect(kine.home / "listingguard.db") as database:
        database.executescript("""
            DROP TABLE case_task;
            DROP INDEX authorisation_practitioner;
            DELETE FROM _sqlite_migrations WHERE name = 'm014_tasks';
            PRAGMA user_version = 0;
        """)
    # Whom the home is for comes first: nothing is brought up to date for somebody else.
    config = kine.home / "config.toml"
    own = config.read_text(encoding="utf-8")
    config.write_text(own.replace('acting = "self"', 'acting = "council"'), encoding="utf-8")
    kine("case", "list", day="2026-03-28", code=1)
    with sqlite3.connect(kine.home / "listingguard.db") as database:
        assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'case_task'").fetchall() == []
    config.write_text(own, encoding="utf-8")
    kine("run", "--once", day="2026-03-28")
    after = kine("case", "show", case, "--json", day="2026-03-28").json
    assert after["legal_due"] == "2026-04-28"
    assert [e["kind"] for e in after["events"]] == [e["kind"] for e in before["events"]]
    assert [row["legal_due"] for row in kine("case", "list", "--json", day="2026-03-28").json] == ["2026-04-28"]


def test_a_controller_abroad_is_said_wherever_its_dates_are(taken):
    taken("controller", "set", "doctolib", "--country", "Pologne", day=DAY)
    said = taken("case", "show", taken.case, "--explain", day=DAY).said
    assert "ATTENTION : responsable établi hors de France (Pologne)" in said
    taken("controller", "set", "doctolib", "--country", "France", "--calendar", "bretagne", day=DAY, code=1)


def test_two_words_of_one_day_are_both_kept_and_the_same_word_once(kine):
    number = kine.see("2026-01-05")
    day = date(2026, 1, 6)
    with App.open(kine.home, actor="Camille Exemple", today=day, writing=True) as app:
        told = {"day": day, "today": day, "at": app.now(), "actor": "Camille Exemple"}
        case = app.store.case(number)
        assert review.answer(app.store, app.vault, case, Said.TALK, remark="appeler le matin", **told)
        assert review.answer(app.store, app.vault, case, Said.TALK, remark="plutôt le soir", **told)
        assert not review.answer(app.store, app.vault, case, Said.TALK, remark="plutôt le soir", **told)
        said = [f.data["remark"] for f in app.store.facts(number) if f.kind is EventKind.ANSWERED]
        assert said == ["appeler le matin", "plutôt le soir"]


def test_what_a_correction_took_back_may_be_recorded_again_with_the_same_document(taken):
    proof = taken.file("refus.eml", b"From: dpo@site.example\n\nnon")
    refusal = ("event", "add", taken.case, "refusal", "--day", DAY, "--proof", proof, "--json")
    assert taken(*refusal, day=DAY).json["new"]
    assert not taken(*refusal, day=DAY).json["new"]
    events = taken("case", "show", taken.case, "--json", day=DAY).json["events"]
    number = next(e["seq"] for e in events if e["kind"] == "refusal")
    taken("event", "add", taken.case, "correction", "--event", number, "--void", "--day", DAY, day=DAY)
    assert taken("case", "show", taken.case, "--json", day=DAY).json["state"] == "running"
    again = taken(*refusal, day=DAY).json
    assert (again["new"], again["state"]) == (True, "refused")


def test_a_double_names_a_case_that_exists(taken):
    double = ("event", "add", taken.case, "duplicate", "--day", DAY)
    assert "KINE-2026-0009" in taken(*double, "--of", "KINE-2026-0009", day=DAY, code=1).said
    assert "n’est pas le double" in taken(*double, "--of", taken.case, day=DAY, code=1).said


@pytest.mark.parametrize("seen", ["2026-01-05", "2026-01-15"])
def test_a_letter_taken_over_by_an_open_case_keeps_the_day_its_receipt_was_proven(kine, seen):
    case = kine.see(seen)
    letter, deposit = kine.file("lettre.txt", "Ma lettre"), kine.file("depot.txt", "Preuve de dépôt")
    sent = ("--sent", "2026-01-06", "--url", kine.url, "--rpps", kine.rpps, "--letter", letter, "--proof", deposit)
    assert kine("case", "add", *sent, "--json", day=DAY).json["case"] == case
    signed = ("received", "--day", "2026-01-08", "--proof", kine.file("avis.txt", "Signé le 8 janvier"))
    done = kine("event", "add", case, *signed, day=DAY)
    assert "Échéance légale : 9 février 2026" in done.said
    early = ("received", "--day", "2026-01-05", "--proof", kine.file("faux.txt", "Signé le 5 janvier"))
    assert kine("event", "add", case, *early, day=DAY, code=3)
