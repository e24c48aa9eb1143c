"""After the filing: what undoes the complaint is told to the CNIL, each step offered until it is done and no longer."""

import re
from pathlib import Path

import pytest

from tests.cli.test_complain import built, refused_case  # noqa: F401 - the fixture
from tests.cli.test_pack import everything

FILED = "2026-01-22"


@pytest.fixture
def filed(council, refused_case):  # noqa: F811
    council.see(FILED)
    built(council, refused_case)
    council("pack", "sign", refused_case, day=FILED)
    words = ("--number", "26-1", "--on", FILED, "--receipt", council.file("accuse.txt", "Accusé de réception"))
    council("pack", "file", refused_case, *words, day=FILED)
    return refused_case


def offered(council, case, day):
    """Return the commands that `next` proposes of telling the CNIL."""
    tasks = council("next", "--all", "--json", day=day).json
    return [c for task in tasks if "Informer la CNIL" in task["what"] for c in task["commands"] if case in c]


@pytest.mark.parametrize(("kind", "added"), [("refusal", True), ("partial", False)])
def test_an_answer_that_comes_between_the_signature_and_the_filing_stops_neither(council, refused_case, kind, added):  # noqa: F811
    council.see(FILED)
    built(council, refused_case)
    council("pack", "sign", refused_case, day=FILED)
    day, proof = "2026-01-23", council.file("suite.txt", "Nous maintenons notre refus.")
    words = ("--day", day, "--proof", proof, "--text", "Elle maintient.")
    council("event", "add", refused_case, kind, *words, day=day)
    (task,) = [t for t in council("next", "--json", day=day).json if t["case"] == refused_case]
    steps = [re.search(r"pack addendum|pack sign|pack file", step)[0] for step in task["commands"]]
    assert steps == ["pack addendum", "pack sign", "pack file"]
    if added:
        council("pack", "addendum", refused_case, day=day)
        assert council("pack", "sign", refused_case, "--json", day=day).json["frozen"]
        (task,) = [t for t in council("next", "--json", day=day).json if t["case"] == refused_case]
        assert [re.search(r"pack sign|pack file", step)[0] for step in task["commands"]] == ["pack file"]
    receipt = ("--receipt", council.file("accuse.txt", "Accusé de réception"))
    council("pack", "file", refused_case, "--number", "26-1", "--on", day, *receipt, day=day)
    assert council("case", "show", refused_case, "--json", day=day).json["state"] == "filed"
    # What the CNIL has not been given yet is told to it.
    assert bool(offered(council, refused_case, day)) is not added


def test_a_complaint_sent_back_to_be_completed_is_completed_and_filed_again(council, filed):
    day, proof = "2026-02-02", council.file("rejet.txt", "Votre plainte est incomplète.")
    council("event", "add", filed, "cnil_rejected", "--complete", "--day", day, "--proof", proof, day=day)
    council.see(day)
    tasks = [t for t in council("next", "--json", day=day).json if "complétée" in t["what"]]
    assert [re.search(r"pack addendum|pack sign|pack file", c)[0] for c in tasks[0]["commands"]] == [
        "pack addendum",
        "pack sign",
        "pack file",
    ]
    council("pack", "addendum", filed, day=day)
    council("pack", "sign", filed, day=day)
    words = ("--number", "26-2", "--on", day, "--receipt", council.file("second.txt", "Second accusé"))
    for _ in range(2):
        council("pack", "file", filed, *words, day=day)
    assert "n° 26-2" in council("pack", "list", day=day).said
    assert council("case", "show", filed, "--json", day=day).json["state"] == "filed"
    assert council("doctor", day=day).code == 0


def test_what_the_cnil_asked_for_is_no_longer_to_do_once_it_was_given(council, filed):
    day, ask = "2026-02-02", council.file("demande.txt", "Veuillez préciser.")
    council("event", "add", filed, "cnil_info_request", "--day", day, "--proof", ask, day=day)
    told = [t for t in council("next", "--json", day=day).json if "précisions" in t["what"]]
    assert [c.split()[4] for t in told for c in t["commands"]] == ["cnil_told"]
    council("event", "add", filed, "cnil_told", "--day", day, "--proof", council.file("r.txt", "Les voici."), day=day)
    assert not [t for t in council("next", "--json", day=day).json if "précisions" in t["what"]]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("agreement_found", "La plainte, déposée sans qu’il soit connu, est en conséquence retirée."),
        ("withdrawn", "Camille EXEMPLE renonce à sa plainte, qui est en conséquence retirée."),
        ("mandate_revoked", "Le mandat en vertu duquel la plainte a été déposée a pris fin."),
        ("controller_changed", "L’exploitant de la plateforme a changé depuis le dépôt."),
    ],
)
def test_what_undoes_a_filed_complaint_is_told_to_the_cnil_step_by_step_and_then_no_more(council, filed, kind, said):
    day, proof = "2026-01-26", council.file("fait.txt", "Ce qui est arrivé depuis.")
    if kind == "mandate_revoked":
        (mandate,) = council("mandate", "list", "--json", day=day).json
        council("mandate", "end", mandate["id"], "--on", day, day=day)
    elif kind == "controller_changed":
        new = ("--to", "autre", "--name", "Autre Exemple SAS", "--on", day, "--source", "annonce")
        council("controller", "changed", "doctolib.fr", *new, "--proof", proof, day=day)
    else:
        council("event", "add", filed, kind, "--day", day, "--proof", proof, day=day)
    steps = offered(council, filed, day)
    assert [re.search(r"pack addendum|pack sign|cnil_told", step)[0] for step in steps] == [
        "pack addendum",
        "pack sign",
        "cnil_told",
    ]
    more = council("pack", "addendum", filed, "--json", day=day).json
    words = " ".join(everything(more["path"])["additif.pdf"].replace("\u202f", " ").split())
    assert said in words
    council("verify", more["path"], "--expect", more["sha256"])
    assert "Additif à une plainte" in _letter(more["path"])
    assert "pack addendum" not in " ".join(offered(council, filed, day)), "built, it is not built again"
    assert council("pack", "sign", filed, "--json", day=day).json["frozen"]
    (left,) = offered(council, filed, day)
    assert "cnil_told" in left
    council("event", "add", filed, "cnil_told", "--day", day, "--proof", more["path"], day=day)
    assert offered(council, filed, "2026-06-20") == []


def _letter(path):
    from listingguard.edge.dossier import text_of

    return text_of(".pdf", Path(path.replace(".zip", "-lettre-cnil.pdf")).read_bytes())


def test_a_contract_that_undoes_the_complaint_is_for_the_cnil_alone(council, filed):
    proof = council.file("contrat.txt", "Contrat signé, 06 12 34 56 78, IBAN FR76 1111")
    council("event", "add", filed, "agreement_found", "--day", "2026-01-26", "--proof", proof, day="2026-01-26")
    more = council("pack", "addendum", filed, "--json", day="2026-01-26").json
    assert not any("FR76" in words for words in everything(more["path"]).values())


def test_an_addendum_undone_before_it_is_signed_says_how_to_make_another(council, filed):
    reply = council.mail("suite.eml", "Nous maintenons notre refus.", From="dpo@doctolib.example")
    council("event", "add", filed, "wrong_channel", "--day", "2026-01-24", "--proof", reply, day="2026-01-24")
    council("pack", "addendum", filed, day="2026-01-24")
    proof = council.file("fait.txt", "Elle renonce.")
    council("event", "add", filed, "withdrawn", "--day", "2026-01-26", "--proof", proof, day="2026-01-26")
    said = council("pack", "sign", filed, day="2026-01-26", code=3).said
    assert f"en construire un autre : listingguard pack addendum {filed}" in said
    council("pack", "addendum", filed, day="2026-01-26")
    council("pack", "sign", filed, day="2026-01-26")


def test_the_same_filing_again_is_done_and_another_one_is_refused_with_what_is_kept(council, filed):
    same = ("--number", "26-1", "--on", FILED, "--receipt", council.file("accuse.txt", "Accusé de réception"))
    assert "n° 26-1" in council("pack", "file", filed, *same, day=FILED).said
    other = council.file("autre.txt", "Un autre accusé")
    for words in (
        ("--number", "26-2", "--on", FILED, "--receipt", same[5]),
        ("--number", "26-1", "--on", FILED, "--receipt", other),
        ("--number", "26-1", "--on", "2026-01-21", "--receipt", same[5]),
    ):
        said = council("pack", "file", filed, *words, day="2026-01-23", code=3).said
        assert "n° 26-1, le 22 janvier 2026" in said
        assert re.search(rf"event add {filed} correction --event \d+", said)
    # Taken out, it is filed again as it was, and the new number is the one that is kept.
    command = re.search(rf"listingguard (event add {filed} correction --event \d+ --void --day \S+)", said)[1]
    council(*command.split(), day="2026-01-23")
    council("pack", "file", filed, "--number", "26-2", "--on", FILED, "--receipt", other, day="2026-01-23")
    (pack,) = council("pack", "list", "--json", day="2026-01-23").json
    assert pack["filed"] == "26-2"
