"""Who may be looked for, told for many people at once; and what becomes of the open case of somebody who objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

DAY, LATER = "2026-01-05", "2026-01-20"
OTHER = "99900000029"
KEY = "doctolib.fr:camille-exemple"


def watched(desk: Desk) -> dict[str, bool]:
    return {row["practitioner"]: row["wanted"] for row in desk("watch", "list", "--json", day=LATER).json}


def test_one_circular_is_one_command_and_takes_no_refusal_back(council: Desk) -> None:
    told = ("--informed-on", "2026-01-02", "--channel", "circulaire")
    council("watch", "set", OTHER, "no", "--opposed-on", "2026-01-03", day=DAY)
    said = council("watch", "set", "--all", "yes", *told, day=DAY).said
    assert f"{OTHER} : s’y oppose, inchangé." in said
    assert watched(council) == {council.rpps: True, OTHER: False}
    # A council keeps it as a column of a file.
    file = council.file("informes.csv", f"Nom;RPPS;Informé\nExemple;{council.rpps};oui\n")
    assert f"{council.rpps} : suivi." in council("watch", "set", "--from", file, "yes", *told, day=DAY).said
    assert "l’un des trois" in council("watch", "set", "yes", *told, day=DAY, code=1).said
    said = council("watch", "set", council.rpps, OTHER, "no", day=DAY).said
    assert "2 personnes : non suivi." in said


def test_nobody_was_informed_tomorrow_and_a_retired_person_is_said_not_to_be_looked_for(council: Desk) -> None:
    words = ("watch", "set", council.rpps, "yes", "--channel", "courriel", "--informed-on")
    assert "n’est pas encore arrivé" in council(*words, "2026-02-01", day=DAY, code=1).said
    council("roster", "set", council.rpps, "--status", "retired", day=DAY)
    assert "suivi, mais non recherché" in council(*words, "2026-01-02", day=DAY).said


def test_who_objects_with_an_open_case_is_told_at_once_how_it_is_closed(council: Desk) -> None:
    case = council.see(DAY)
    close = f"listingguard event add {case} withdrawn --day JOUR"
    said = council("watch", "set", council.rpps, "no", "--opposed-on", LATER, day=LATER).said
    assert close in said
    told = council("next", day=LATER).said
    assert "s’est opposée le 20 janvier 2026 à ces recherches : rien ne part de ce dossier, le fermer" in told
    assert close in told
    assert f"question send {case}" not in told
    council("event", "add", case, "withdrawn", "--day", LATER, day=LATER)
    assert case not in council("next", day=LATER).said


def test_while_two_people_disagree_the_practitioner_is_asked_nothing(council: Desk) -> None:
    case = council.see(DAY)
    council("review", "--answer", KEY, council.rpps, "m", day=DAY)
    council.actor = "Claude Élue"
    council("review", "--second", "--answer", KEY, council.rpps, "a", day=DAY)
    council.actor = ""
    said = council("question", "send", case, "--channel", "post", day=DAY, code=3).said
    assert "deux personnes ne disent pas la même chose de la page" in said
    council("review", "--answer", KEY, council.rpps, "m", day=DAY)
    council("question", "send", case, "--channel", "post", day=DAY)


def test_an_objection_outlives_a_pause_of_everybody_and_what_follows_it(council: Desk) -> None:
    council("watch", "set", OTHER, "no", "--opposed-on", "2026-01-03", day=DAY)
    council("watch", "set", "--all", "no", day=DAY)
    council("watch", "set", OTHER, "no", day=DAY)
    council("watch", "set", "--all", "yes", "--informed-on", "2026-01-02", "--channel", "circulaire", day=DAY)
    assert watched(council) == {council.rpps: True, OTHER: False}
    council("watch", "set", OTHER, "yes", "--informed-on", "2026-01-02", day=DAY)
    assert watched(council)[OTHER], "she said so herself"


def test_who_a_column_says_is_gone_is_not_looked_for_after_a_circular_to_everybody(council: Desk) -> None:
    table = council.file(
        "tableau.csv",
        "RPPS;NOM;Prénom;CP;Ville;Actif (O/N);Situation au 1er janvier\n"
        "99900000110;MARTIN;Sophie;26000;Valence;N;\n99900000128;PETIT;Anne;26000;Valence;O;Cessation d’activité\n"
        "99900000136;DURAND;Alix;26000;Valence;O;\n",
    )
    said = council("roster", "import", table, day=DAY).said
    assert '--map "Situation au 1er janvier=statut"' in said
    told = council(
        "watch", "set", "--all", "yes", "--informed-on", "2026-01-02", "--channel", "circulaire", day=DAY
    ).said
    assert "1 personne « parti du tableau » au tableau : inchangé." in told
    assert "1 personne « statut à préciser » au tableau : inchangé." in told
    assert set(watched(council)) == {council.rpps, OTHER, "99900000136"}
