"""`review` at a terminal: both sides, what differs, who said what and when, and a second opinion given blind."""

import re

import pytest

DAY, LATER = "2026-01-05", "2026-01-06"
KEY = "doctolib.fr:camille-exemple"


@pytest.fixture
def moved(kine):
    """A listing that may be about the kiné: another address, another phone. A person decides."""
    page = kine.page.read_text(encoding="utf-8").replace("12 Rue des Essais", "40 Boulevard de l’Hypothèse")
    saved = kine.file("page.html", page.replace("+33465710001", "+33465710099"))
    kine("capture", "import", saved, "--url", kine.url, "--seen-at", f"{DAY} 07:30", day=DAY)
    return kine


def as_(desk, name, *words, **more):
    desk.actor = name
    try:
        return desk(*words, **more)
    finally:
        desk.actor = ""


def test_what_agrees_and_what_differs_is_marked_without_colour(moved):
    shown = moved("review", "--list", day=DAY).said
    assert re.search(r"^= nom ", shown, re.M)
    assert re.search(r"^≠ adresse +40 Boulevard de l’Hypothèse +12 rue des Essais$", shown, re.M)
    assert re.search(r"^≠ téléphone +04 65 71 00 99 +04 65 71 00 01$", shown, re.M)
    assert re.search(r"^= ville ", shown, re.M)
    assert "\x1b" not in shown
    # Both axes, then why.
    assert re.search(r"le nom : le même ; le reste : indices", shown)
    assert re.search(r"^ +\+ même nom de famille", shown, re.M)


def test_who_answered_and_when_is_shown(moved):
    moved("review", "--answer", KEY, moved.rpps, "i", day=DAY)
    assert moved("review", "--list", "--json", day=DAY).json == []
    assert "réponse du 5 janvier 2026, Camille Exemple : je ne sais pas" in moved("review", "--decided", day=DAY).said


def test_a_decided_pair_comes_back_only_when_a_compared_field_changed(moved):
    moved("review", "--answer", KEY, moved.rpps, "a", day=DAY)
    page = moved.home.parent / "page.html"
    again = moved.file("meme.html", page.read_text(encoding="utf-8").replace("</body>", "<p>Bonjour.</p></body>"))
    moved("capture", "import", again, "--url", moved.url, "--seen-at", f"{LATER} 07:30", day=LATER)
    assert moved("review", "--list", "--json", day=LATER).json == []
    text = page.read_text(encoding="utf-8").replace("40 Boulevard", "42 Boulevard")
    moved("capture", "import", moved.file("autre.html", text), "--url", moved.url, "--seen-at", f"{LATER} 08:00",
          day=LATER)  # fmt: skip
    assert len(moved("review", "--list", "--json", day=LATER).json) == 1
    shown = moved("review", "--list", day=LATER).said
    assert "autre personne ; un champ comparé a changé depuis" in shown


def test_a_second_opinion_sees_neither_the_first_nor_the_programs_reasons(moved):
    assert as_(moved, "Claude Élue", "review", "--second", "--list", "--json", day=DAY).json == []
    moved("review", "--answer", KEY, moved.rpps, "a", day=DAY)
    (row,) = as_(moved, "Claude Élue", "review", "--second", "--list", "--json", day=LATER).json
    assert set(row) == {"listing", "rpps", "name", "practitioner"}
    shown = as_(moved, "Claude Élue", "review", "--second", "--list", day=LATER).said
    for secret in ("autre personne", "Camille Exemple : ", "indices", "même nom de famille", "réponse du"):
        assert secret not in shown
    # Nobody gives a second opinion on their own answer.
    assert moved("review", "--second", "--list", "--json", day=LATER).json == []


def test_a_second_opinion_that_agrees_changes_nothing_and_is_asked_once(moved):
    moved("review", "--answer", KEY, moved.rpps, "a", day=DAY)
    done = as_(moved, "Claude Élue", "review", "--second", day=LATER, typed="a\n")
    assert "Aucun désaccord" in done.said
    assert moved("review", "--list", "--json", day=LATER).json == []
    assert as_(moved, "Alix Tiers", "review", "--second", "--list", "--json", day=LATER).json == []
    said = moved("review", "--decided", "--json", day=LATER).json[0]["opinions"]
    assert [(o["by"], o["word"], o["second"]) for o in said] == [
        ("Camille Exemple", "other", False), ("Claude Élue", "other", True),
    ]  # fmt: skip


def test_a_disagreement_is_listed_goes_back_to_a_person_and_opens_nothing_meanwhile(moved):
    moved("review", "--answer", KEY, moved.rpps, "a", day=DAY)
    words = ("review", "--second", "--answer", KEY, moved.rpps, "m")
    (dispute,) = as_(moved, "Claude Élue", *words, "--json", day=LATER).json["disputes"]
    assert [o["word"] for o in dispute["opinions"]] == ["other", "same"]
    assert moved("case", "list", "--json", day=LATER).json == []
    (row,) = moved("review", "--list", "--json", day=LATER).json
    assert row["disputed"]
    shown = moved("review", "--list", day=LATER).said
    assert "Claude Élue, second avis : même personne" in shown
    # Whoever decides now decides: the pair is settled, and only then a case opens.
    moved("review", "--answer", KEY, moved.rpps, "m", day=LATER)
    assert moved("review", "--list", "--json", day=LATER).json == []
    assert len(moved("case", "list", "--json", day=LATER).json) == 1


def test_a_disagreement_about_an_open_case_holds_it_until_it_is_settled(moved):
    moved("review", "--answer", KEY, moved.rpps, "m", day=DAY)
    done = as_(moved, "Claude Élue", "review", "--second", "--answer", KEY, moved.rpps, "a", day=LATER)
    assert "Désaccord sur doctolib.fr:camille-exemple" in done.said
    assert "KINE-2026-0001 repose sur le premier avis : ni question ni demande n’en part" in done.said
    said = moved("next", day=LATER).said
    assert "KINE-2026-0001   Deux personnes ne disent pas la même chose de la page" in said
    assert "question answer KINE-2026-0001" not in said
    # Settled by one of them, the case goes on.
    moved("review", "--answer", KEY, moved.rpps, "m", day=LATER)
    assert "question answer KINE-2026-0001" in moved("next", day=LATER).said


def test_an_answer_that_contradicts_an_open_case_names_the_case(moved):
    moved("review", "--answer", KEY, moved.rpps, "m", day=DAY)
    said = moved("review", "--answer", KEY, moved.rpps, "a", day=LATER).said
    assert "Le dossier KINE-2026-0001 repose sur cette fiche" in said


def test_the_answer_taken_back_is_one_s_own_and_named(moved):
    moved("review", "--answer", KEY, moved.rpps, "a", day=DAY)
    said = as_(moved, "Claude Élue", "review", "--undo", day=LATER, code=3).said
    assert "de Camille Exemple (« autre personne ») : chacun n’annule que la sienne" in said
    as_(moved, "Claude Élue", "review", "--second", "--answer", KEY, moved.rpps, "m", day=LATER)
    said = moved("review", "--undo", day=LATER, code=3).said
    assert "est de Claude Élue" in said
    as_(moved, "Claude Élue", "review", "--undo", day=LATER)
    said = moved("review", "--undo", day=LATER).said
    assert f"{KEY} / Camille EXEMPLE (réponse du 5 janvier 2026, Camille Exemple : autre personne)" in said


def test_undoing_a_second_opinion_leaves_the_first(moved):
    moved("review", "--answer", KEY, moved.rpps, "a", day=DAY)
    as_(moved, "Claude Élue", "review", "--second", "--answer", KEY, moved.rpps, "m", day=LATER)
    as_(moved, "Claude Élue", "review", "--undo", day=LATER)
    (row,) = moved("review", "--decided", "--json", day=LATER).json
    assert [o["word"] for o in row["opinions"]] == ["other"]
    moved("review", "--undo", day=LATER)
    assert len(moved("review", "--list", "--json", day=LATER).json) == 1


def test_what_a_page_says_cannot_drive_the_terminal(kine):
    page = kine.page.read_text(encoding="utf-8").replace("12 Rue des Essais", "40 Rue \\u001b]0;x\\u0007{} \\u202eabc")
    saved = kine.file("page.html", page.replace("+33465710001", "+33465710099"))
    kine("capture", "import", saved, "--url", kine.url, "--seen-at", f"{DAY} 07:30", day=DAY)
    shown = kine("review", "--list", day=DAY).out
    assert "adresse" in shown
    assert not [sign for sign in shown if sign in "\x1b\x07\u202e"]


def test_an_ordinary_answer_never_reverses_a_colleagues_in_silence(moved):
    moved("review", "--answer", KEY, moved.rpps, "a", day=DAY)
    for _ in range(2):
        # Said twice, it is worth no more.
        done = as_(moved, "Claude Élue", "review", "--answer", KEY, moved.rpps, "m", day=LATER).said
        assert "5 janvier 2026" in done
        assert "autre personne" in done
        assert "ésaccord" in done
        assert moved("case", "list", "--json", day=LATER).json == []
        (row,) = moved("review", "--list", "--json", day=LATER).json
        assert row["disputed"]
    # One of them decides with both answers in sight.
    as_(moved, "Claude Élue", "review", day=LATER, typed="m\n")
    assert moved("review", "--list", "--json", day=LATER).json == []
    assert len(moved("case", "list", "--json", day=LATER).json) == 1


def test_an_ordinary_answer_against_a_colleagues_holds_the_open_case_until_it_is_taken_back(moved):
    moved("review", "--answer", KEY, moved.rpps, "m", day=DAY)
    words = ("review", "--answer", KEY, moved.rpps, "a")
    (dispute,) = as_(moved, "Claude Élue", *words, "--json", day=LATER).json["disputes"]
    assert [(o["by"], o["word"], o["day"]) for o in dispute["opinions"]] == [
        ("Camille Exemple", "same", DAY), ("Claude Élue", "other", LATER),
    ]  # fmt: skip
    assert dispute["cases"] == ["KINE-2026-0001"]
    assert "Deux personnes ne disent pas la même chose de la page" in moved("next", day=LATER).said
    as_(moved, "Claude Élue", "review", "--undo", day=LATER)
    assert "Deux personnes" not in moved("next", day=LATER).said
    assert "question answer KINE-2026-0001" in moved("next", day=LATER).said


def test_who_knows_answers_for_who_did_not_without_a_disagreement(moved):
    moved("review", "--answer", KEY, moved.rpps, "i", day=DAY)
    as_(moved, "Claude Élue", "review", "--answer", KEY, moved.rpps, "m", day=LATER)
    assert moved("review", "--list", "--json", day=LATER).json == []
    assert len(moved("case", "list", "--json", day=LATER).json) == 1
