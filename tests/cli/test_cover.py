"""One covering letter for several people, as an officer types it: every box, one envelope, an e-mail for each case."""

import email
import email.policy
from pathlib import Path

import pytest

DAY, OTHER = "2026-01-10", "99900000029"
NUMBER = "RR 473 124 829 FR"
WORDS = ("objection", "erasure_after_objection", "no_agreement")


@pytest.fixture
def two(council):
    """Two cases of a council about one platform, their people's words and their mandates."""
    case = council.see(DAY)
    council.follow(OTHER, day=DAY)
    text = council.page.read_text(encoding="utf-8").replace("Camille Exemple", "Sacha Modèle")
    text = text.replace("12 Rue des Essais", "30 rue du Parc").replace("+33465710001", "+33465710002")
    page = council.file("sacha.html", text.replace("camille-exemple", "sacha-modele"))
    url = council.url.replace("camille-exemple", "sacha-modele")
    words = ("capture", "import", page, "--url", url, "--seen-at", f"{DAY} 08:00", "--json")
    (second,) = council(*words, day=DAY).json["cases"]
    own = ("--situation", "Deux patients se sont présentés sans rendez-vous connu du cabinet.")
    for name, who, more in ((case, council.rpps, ()), (second, OTHER, own)):
        proof = council.file(f"parole-{who}.txt", who)
        council("event", "add", name, "listing_confirmed_by_kine", "--day", DAY, "--proof", proof, *more, day=DAY)
        signed = council.file(f"mandat-{who}.pdf", f"%PDF-1.7 {who}")
        council("mandate", "add", who, "--from", DAY, "--until", "2028-01-09", "--document", signed, day=DAY)
    council("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day=DAY)
    council.verify("doctolib", DAY)
    return case, second


def test_each_ground_and_each_fact_of_each_person_is_ticked_by_name(council, two):
    command = ("letter", "cover", "doctolib", "--cases", ",".join(two))
    told = council(*command, "--approve", day=DAY, code=3).said
    for name in two:
        assert f"--tick {name}:objection" in told
        assert f"--tick {name}:no_agreement" in told
    assert f"--tick {two[1]}:own_1" in told
    ticks = [part for name in two for word in WORDS for part in ("--tick", f"{name}:{word}")]
    assert "les mêmes raisons" in council(*command, *ticks, day=DAY, code=3).said
    ticks[-1] = f"{two[1]}:own_1"
    assert council(*command, day=DAY).said.count("Aucune offre n’a été souscrite") == 2
    told = council(*command, *ticks, day=DAY).said
    assert told.count("Aucune offre n’a été souscrite") == told.count("Deux patients se sont présentés") == 1
    council(*command, "--tick", "ABC:objection", day=DAY, code=1)


def test_it_leaves_in_one_envelope_whose_number_each_case_keeps_and_by_an_email_for_each(council, two):
    command = ("letter", "cover", "doctolib", "--cases", ",".join(two), "--all-grounds", "--approve")
    by = ("--channel", "lrar", "--channel", "email", "--number")
    assert "--as-printed" in council(*command, *by, "1A 123 456 7890 1", day=DAY, code=3).said
    told = council(*command, *by, NUMBER, day=DAY).said
    assert "send --channel lrar" in told
    assert "un message par dossier" in told
    for name in two:
        assert NUMBER in council("letter", "show", name, day=DAY).said
    rows = council("send", "--channel", "lrar", "--json", day=DAY).json
    assert len([row for row in rows if row["dispatch"].endswith("/lrar")]) == 1, "one envelope"
    kept = [Path(row["path"]).read_bytes() for row in rows if row["dispatch"].endswith("/email")]
    subjects = [email.message_from_bytes(each, policy=email.policy.default)["Subject"] for each in kept]
    assert [subject.partition("]")[0] for subject in subjects] == [f"[{name}" for name in two]


@pytest.mark.parametrize("out", ["objects", "held", "taken back"])
def test_a_cover_leaves_for_nobody_where_one_of_its_people_is_out(council, two, out):
    command = ("letter", "cover", "doctolib", "--cases", ",".join(two), "--all-grounds", "--approve")
    council(*command, "--channel", "email", day=DAY)
    if out == "objects":
        council("watch", "set", council.rpps, "no", "--opposed-on", DAY, day=DAY)
    elif out == "held":
        council("case", "hold", two[0], "--reason", "attente", day=DAY)
    else:
        council("letter", "withdraw", f"{two[0]}/cover/1", "--reason", "une faute", day=DAY)
    rows = council("send", "--json", day=DAY).json
    assert [row["case"] for row in rows if row["state"] != "queued"] == []
    (told,) = (row["text"] for row in rows if row["case"] == two[1])
    assert f"porte la demande {two[0]}" in told
