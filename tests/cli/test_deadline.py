"""`deadline DATE` as a person and as a program see it."""

from __future__ import annotations

import json

import pytest

from listingguard.cli import run


def test_json_gives_both_clocks_and_the_working(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deadline", "2026-03-05", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {k: v for k, v in document.items() if k != "working"} == {
        "start": "2026-03-05",
        "calendar": "fr",
        "legal_due": "2026-04-07",
        "council_due": "2026-05-05",
        "extended_due": "2026-06-05",
    }
    assert "lundi 6 avril 2026\u00a0: lundi de Pâques" in document["working"]


def test_the_calendar_of_alsace_and_moselle_changes_the_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deadline", "29/02/2024", "--calendar", "alsace-moselle", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["legal_due"] == "2024-04-02"


def test_text_shows_each_date_with_its_basis(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deadline", "05/03/2026"]) == 0
    out = capsys.readouterr().out
    assert "Échéance légale\u00a0: 7 avril 2026 (article 12, paragraphe 3, du RGPD)." in out
    assert (
        "Repère du conseil\u00a0: 5 mai 2026 (deux mois annoncés par le conseil de l’Ordre\u00a0; ce n’est pas" in out
    )
    assert "Échéance prolongée\u00a0: 5 juin 2026" in out
    assert "au plus tard le 7 avril 2026." in out
    assert "  lundi 6 avril 2026\u00a0: lundi de Pâques\n" in out


@pytest.mark.parametrize("day", ["2018-01-01", "2040-12-31"])
def test_the_first_and_the_last_year_are_known(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deadline", day, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["extended_due"] > day


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2017-12-31"], "2017 n’est pas entre 2018 et 2040"),
        (["2041-01-01"], "2041 n’est pas entre 2018 et 2040"),
        (["2026-02-30"], "«\u00a02026-02-30\u00a0» n’est pas un jour"),
        (["hier"], "«\u00a0hier\u00a0» n’est pas un jour"),
        (["2026-03-05", "--calendar", "bretagne"], "À choisir parmi\u00a0: fr, alsace-moselle"),
    ],
)
def test_bad_input_is_one_plain_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deadline", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert "Traceback" not in captured.err


def test_a_foreign_country_gives_the_later_date_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    # 3 October is a holiday in Germany, a Friday in 2025; 14 July one in France, a Tuesday in 2026.
    for day, due in (("2025-09-03", "2025-10-06"), ("2026-06-14", "2026-07-15")):
        assert run(["deadline", day, "--calendar", "allemagne", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["legal_due"] == due
    assert run(["deadline", "2025-09-03", "--calendar", "Allemagne"]) == 0
    assert "la plus tardive des deux dates" in capsys.readouterr().out.replace("\u00a0", " ")


def test_the_help_names_every_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    from listingguard.edge.calendar import NAMES

    run(["deadline", "--help"])
    said = "".join(capsys.readouterr().out.split())
    assert [name for name in NAMES if name not in said] == []
