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


@pytest.mark.parametrize("channel", ["form", "hand", "email"])
@pytest.mark.parametrize("out", ["objects", "held", "dies", "taken back"])
def test_a_cover_leaves_by_no_second_channel_where_one_of_its_people_is_out(council, two, out, channel):
    command = ("letter", "cover", "doctolib", "--cases", ",".join(two), "--all-grounds", "--approve")
    council(*command, "--channel", "lrar", "--number", NUMBER, day=DAY)
    if channel == "form":
        # It lies ready already: its text is not shown any more either.
        council("send", two[1], "--channel", channel, day=DAY)
    if out == "objects":
        council("watch", "set", council.rpps, "no", "--opposed-on", DAY, day=DAY)
    elif out == "held":
        council("case", "hold", two[0], "--reason", "attente", day=DAY)
    elif out == "dies":
        council("event", "add", two[0], "deceased", "--day", DAY, day=DAY)
    else:
        council("letter", "withdraw", f"{two[0]}/cover/1", "--reason", "une faute", day=DAY)
    told = council("send", two[1], "--channel", channel, day=DAY, code=3).said
    assert f"porte la demande {two[0]}" in told
    assert "Camille" not in told


def test_a_receipt_proves_nothing_of_a_request_that_was_taken_out_of_the_envelope(council, two):
    command = ("letter", "cover", "doctolib", "--cases", ",".join(two), "--all-grounds", "--approve")
    council(*command, "--channel", "lrar", "--number", NUMBER, day=DAY)
    council("letter", "withdraw", f"{two[0]}/cover/1", "--reason", "une faute", day=DAY)
    slip = council.file("depot.pdf", b"%PDF-1.7 depot")
    words = ("proof", "add", two[1], "--dispatch", "lrar", "--type", "deposited", "--day", DAY, "--file", slip)
    assert [row["case"] for row in council(*words, "--json", day=DAY).json] == [two[1]]
    states = [council("case", "show", name, "--json", day=DAY).json["state"] for name in two]
    assert states == ["mandated", "sent"]


REFUSED = (
    "Bonjour,\n\nNous refusons de donner suite à votre demande : ces données sont publiques.\n\nLe service juridique\n"
)


@pytest.fixture
def answered(council, two):
    """A cover that left, received by the post in one envelope, and the platform's one reply, in the first of its cases."""
    command = ("letter", "cover", "doctolib", "--cases", ",".join(two), "--all-grounds", "--approve")
    council(*command, "--channel", "lrar", "--number", NUMBER, day=DAY)
    for kind, day in (("deposited", DAY), ("signed", "2026-01-14")):
        paper = council.file(f"{kind}.pdf", f"%PDF-1.7 {kind}")
        words = ("proof", "add", two[0], "--dispatch", "lrar", "--type", kind, "--day", day, "--file", paper)
        council(*words, day=day)
    mail = council.mail("reponse.eml", REFUSED, From="dpo@doctolib.example", Subject=f"Re: [{two[0]}] demande")
    (filed,) = council("inbox", "import", mail, "--json", day="2026-01-20").json
    assert filed["case"] == two[0]
    return filed["message"]


def test_one_reply_to_a_cover_is_filed_in_every_case_and_read_for_each_by_a_person(council, two, answered):
    day, short = "2026-01-20", answered[:12]
    told = council("inbox", "read", short, "--as", "refused", day=day).said
    assert f"La même lettre porte aussi la demande {two[1]}" in told
    # Said, and not done: the other case knows nothing of it yet.
    assert f"listingguard inbox file {short} {two[1]}" in told
    assert council("case", "show", two[1], "--json", day=day).json["state"] == "running"
    told = council("inbox", "file", short, two[1], day=day).said
    assert f"listingguard inbox show {short} --case {two[1]}" in told
    assert council("case", "show", two[1], "--json", day=day).json["state"] == "running", "filed is not read"
    assert f"inbox show {short} --case {two[1]}" in council("next", day=day).said
    assert "Nous refusons" in council("inbox", "show", short, "--case", two[1], day=day).said
    told = council("inbox", "read", short, "--as", "partial", day=day, code=3).said
    assert f"listingguard inbox read {short} --case {two[1]} --as partial" in told
    done = council("inbox", "read", short, "--case", two[1], "--as", "partial", "--json", day=day).json
    assert (done["case"], done["state"], [each["word"] for each in done["also"]]) == (two[1], "partial", ["refused"])
    states = [council("case", "show", name, "--json", day=day).json["state"] for name in two]
    assert states == ["refused", "partial"], "each by its own reading"
    assert council("inbox", "list", "--json", day=day).json[1]["word"] == "partial"
    before = council.everything()
    council("inbox", "file", short, two[1], day=day)
    assert council.everything()["listingguard.db"] == before["listingguard.db"], "twice changes nothing"
    for command in (("doctor",), ("rebuild",)):
        council(*command, day=day)


def test_a_reply_is_filed_in_all_the_cases_named_or_in_none(council, two, answered):
    day, short = "2026-01-20", answered[:12]
    council("inbox", "file", short, two[1], "CDO26-2026-0099", day=day, code=1)
    (other,) = council("inbox", "show", short, "--json", day=day).json["also"]
    assert (other["case"], other["filed"]) == (two[1], False)
    assert "déjà rangé" in council("inbox", "file", short, two[1], "--lawyer", day=day, code=1).said
    # One that names several cases waits, and goes into all of them at once.
    subject = f"Vos demandes {two[0]} et {two[1]}"
    mail = council.mail("deux.eml", REFUSED, From="dpo@doctolib.example", Subject=subject)
    (held,) = council("inbox", "import", mail, "--json", day=day).json
    assert held["route"] == "quarantine"
    done = council("inbox", "file", held["message"][:12], *two, "--json", day=day).json
    assert done["cases"] == list(two)
    assert [row["case"] for row in council("inbox", "list", "--json", day=day).json if row["unread"]].count(two[1]) == 1


def test_a_reply_answers_no_request_that_had_not_left(council, two):
    command = ("letter", "approve", two[0], "--all-grounds", "--channel", "lrar", "--number", NUMBER)
    council(*command, day=DAY)
    council("send", "--settle", f"{two[0]}/request/1/lrar", "sent", "--day", DAY, day=DAY)
    mail = council.mail("r.eml", REFUSED, From="dpo@doctolib.example", Subject=f"Re: [{two[0]}] demande")
    (filed,) = council("inbox", "import", mail, "--json", day="2026-01-20").json
    told = council("inbox", "file", filed["message"][:12], two[1], day="2026-01-20", code=3).said
    assert f"Aucune demande du dossier {two[1]} n’était partie" in told
    assert "La même lettre" not in council("inbox", "show", filed["message"][:12], day="2026-01-20").said
