"""Before a complaint is filed, another person saves the page too: `next` asks for it and says how."""

from __future__ import annotations

import shlex

import pytest


def seen(day, hour="08:00"):
    """Say that the page was seen at an hour of a day, with an ordinary browser."""
    return ("--seen-at", f"{day} {hour}", "--browser", "Firefox 140, Windows 11")


@pytest.fixture
def refused_case(council) -> str:
    """A case in which the platform refused: the complaint is possible on 22 January 2026, on captures of one person."""
    told = ("--informed-on", "2026-01-05", "--channel", "courriel")
    council("watch", "set", council.rpps, "yes", *told, day="2026-01-05")
    words = ("capture", "import", council.page, "--url", council.url)
    (case,) = council(*words, *seen("2026-01-05"), "--json", day="2026-01-05").json["cases"]
    word = council.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    council("event", "add", case, "listing_confirmed_by_kine", "--day", "2026-01-06", "--proof", word, day="2026-01-06")
    dates = ("--from", "2026-01-06", "--until", "2028-01-05")
    paper = council.file("mandat.pdf", b"%PDF-1.7 mandat")
    council("mandate", "add", council.rpps, *dates, "--document", paper, day="2026-01-06")
    council.verify("doctolib", "2026-01-06")
    council("letter", "approve", case, "--all-grounds", day="2026-01-06")
    (sent,) = council("send", "--json", day="2026-01-06").json
    council("send", "--settle", sent["dispatch"], "sent", "--day", "2026-01-07", day="2026-01-08")
    reply = council.mail("refus.eml", "Nous ne donnons pas suite.", From="dpo@doctolib.example")
    council("event", "add", case, "refusal", "--day", "2026-01-20", "--proof", reply, day="2026-01-21")
    council(*words, *seen("2026-01-22"), day="2026-01-22")
    return case


def asked(council, case, day="2026-01-22"):
    """Return the tasks of `next` that ask for a second capture in a case."""
    rows = council("next", "--json", day=day).json
    return [row for row in rows if row["case"] == case and "capture import" in row["command"]]


def test_a_second_capture_is_a_task_with_the_command_that_settles_it(council, refused_case):
    (task,) = asked(council, refused_case)
    for words in ("une autre personne", "une autre connexion", "navigateur ordinaire"):
        assert words in task["what"]
    assert council.url in task["command"]
    assert task["command"] in council("next", day="2026-01-22").out

    # The command as it stands, but for what only that person knows.
    saved = council.file("autre.html", council.page.read_bytes() + b"\n")
    command = task["command"].replace("FICHIER", shlex.quote(str(saved)))
    command = command.replace("AAAA-MM-JJ HH:MM", "2026-01-22 09:00").replace(
        "NAVIGATEUR, SYSTÈME", "Firefox 140, macOS"
    )
    program, option, who, *words = shlex.split(command.replace("AUTRE PERSONNE", "Louise Exemple"))
    assert (program, option) == ("listingguard", "--as")
    council.actor = who
    council(*words, day="2026-01-22")
    assert asked(council, refused_case) == []


def test_a_second_visit_of_the_same_person_does_not_settle_it(council, refused_case):
    saved = council.file("encore.html", council.page.read_bytes() + b"\n")
    council("capture", "import", saved, "--url", council.url, *seen("2026-01-22", "08:30"), day="2026-01-22")
    assert len(asked(council, refused_case)) == 1


def test_it_is_asked_for_until_the_complaint_is_filed_even_once_it_is_built(council, refused_case):
    council("complain", refused_case, "--proceedings", "aucune", day="2026-01-22")
    assert len(asked(council, refused_case)) == 1
