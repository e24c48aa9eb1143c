"""What leaves and what proves it, as a person types it: the post, the form, a carrier's table, a pause."""

import csv
from pathlib import Path

import pytest

DAY = "2026-01-06"
NUMBER = "RR 473 124 829 FR"
TRACKING = f"Numéro de recommandé;Statut;Date\n{NUMBER};Distribué;12/01/2026\nRR000000005FR;Distribué;12/01/2026\n"


@pytest.fixture
def ready(kine):
    """A kiné's home in which the request may be approved."""
    case = kine.see("2026-01-05")
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", DAY, day=DAY)
    kine("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day=DAY)
    kine.verify("doctolib", DAY)
    return case


def test_a_registered_letter_goes_from_its_number_to_its_receipt(kine, ready):
    told = kine("letter", "approve", ready, "--all-grounds", "--channel", "lrar", "--number", NUMBER, day=DAY).said
    assert f"listingguard send {ready} --channel lrar" in told
    assert "brouillon" in kine("send", "--dry-run", day=DAY).said
    (posted,) = kine("send", "--channel", "lrar", "--json", day=DAY).json
    folder = Path(posted["path"])
    rows = list(csv.reader((folder / "bordereau.csv").open(encoding="utf-8-sig"), delimiter=";"))
    assert rows[1][1:3] == [NUMBER, ready]
    assert (folder / rows[1][4]).read_bytes().startswith(b"%PDF-")
    # The same batch again is the same folder.
    assert kine("send", "--channel", "lrar", "--json", day=DAY).json == [posted]

    slip = kine.file("depot.pdf", b"%PDF-1.7 depot")
    add = ("proof", "add", ready, "--dispatch", "lrar", "--file", slip)
    told = kine(*add, "--type", "deposited", "--day", "2026-01-07", day="2026-01-07").said
    assert "Le dépôt n’est pas la réception" in told
    assert "déjà au dossier" in kine(*add, "--type", "deposited", "--day", "2026-01-07", day="2026-01-08").said

    table = kine.file("suivi.csv", TRACKING)
    dry = kine("proof", "import", table, "--dry-run", "--json", day="2026-01-13").json
    assert [(row["type"], row["added"]) for row in dry] == [("handed_over", False), (None, False)]
    assert len(kine("proof", "list", ready, "--json", day="2026-01-13").json) == 1
    told = kine("proof", "import", table, day="2026-01-13").said
    assert "Réception prouvée le 12 janvier 2026" in told
    assert "aucun courrier ne porte ce numéro" in told
    kept = kine("proof", "list", ready, "--json", day="2026-01-13").json
    assert [(row["type"], row["received_on"]) for row in kept] == [("deposited", None), ("handed_over", "2026-01-12")]
    assert "19-17.934" in kine("proof", "list", ready, day="2026-01-13").said
    assert kine("case", "show", ready, "--json", day="2026-01-13").json["state"] == "running"


def test_the_sites_form_gets_the_letter_in_parts_and_its_confirmation_starts_the_clock(kine, ready):
    form = "https://www.doctolib.example/donnees"
    kine("controller", "set", "doctolib", "--webform", form, "--form-limit", "2000", day=DAY)
    kine.verify("doctolib", DAY)
    kine("letter", "approve", ready, "--all-grounds", day=DAY)
    (pasted,) = kine("send", ready, "--channel", "form", "--json", day=DAY).json
    assert pasted["url"] == form
    assert len(pasted["parts"]) > 1
    assert max(map(len, pasted["parts"])) <= 2000
    shot = kine.file("confirmation.png", b"\x89PNG\r\n\x1a\n")
    words = ("proof", "add", ready, "--dispatch", "form", "--type", "form_confirmation", "--day", DAY, "--file", shot)
    assert "Réception prouvée le 6 janvier 2026" in kine(*words, day=DAY).said


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (("extended", "--reasoned"), "extended"),
        (("refused",), "refused"),
        (("partial",), "partial"),
        (("refused", "cnil_ready"), "cnil_ready"),
        ((), "running"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_goes_through_the_form_the_platform_asks_for_whatever_it_answered_before(kine, ready, said, state):
    kine("letter", "approve", ready, "--all-grounds", "--channel", "lrar", "--number", NUMBER, day=DAY)
    kine("send", "--settle", f"{ready}/request/1/lrar", "sent", "--day", DAY, day=DAY)
    receipt = kine.file("avis.pdf", b"%PDF-1.7 avis")
    kine("event", "add", ready, "received", "--day", "2026-01-09", "--proof", receipt, day="2026-01-09")
    day, answer = "2026-01-20", kine.file("reponse.eml", "From: dpo@doctolib.example\nSubject: x\n\nBonjour.\n")
    kinds = {"extended": "extension_notified", "refused": "refusal", "partial": "partial"}
    if said:
        reasoned = ("--reasoned",) if "--reasoned" in said else ()
        kine("event", "add", ready, kinds[said[0]], "--day", day, "--proof", answer, *reasoned, day=day)
    if "cnil_ready" in said:
        # The council's mark has passed as well.
        day = "2026-03-20"
    kine("event", "add", ready, "wrong_channel", "--day", day, "--proof", answer, day=day)
    before = kine("case", "show", ready, "--json", day=day).json
    assert before["state"] == state
    if said:
        assert "le dossier est dans l’état" in kine("send", ready, "--channel", "hand", day=day, code=3).said
    # What is said to be typed, typed as it stands.
    told = kine("send", ready, "--channel", "form", day=day).said
    assert "opposition" in told
    assert "Coller la demande dans le formulaire" in kine("next", day=day).said
    (proof,) = (line.split("listingguard ")[1] for line in told.split("\n") if "--type form_confirmation" in line)
    shot = kine.file("confirmation.png", b"\x89PNG\r\n\x1a\n")
    words = proof.replace("JOUR", day).replace("FICHIER", str(shot)).split()
    told = kine(*words, day=day).said
    assert "Coller la demande" not in told
    assert "Coller la demande" not in kine("next", day=day).said
    after = kine("case", "show", ready, "--json", day=day).json
    same = ("state", "receipt", "legal_due", "council_due")
    assert [after[key] for key in same] == [before[key] for key in same], "no clock moves"
    events = [event["kind"] for event in after["events"]]
    assert events[-2:] == (["letter_sent", "received"] if said else ["request_sent", "received"])
    kine("doctor", day=day)


def test_what_lies_ready_for_the_form_is_not_shown_while_the_case_is_held(kine, ready):
    kine("letter", "approve", ready, "--all-grounds", day=DAY)
    assert "opposition" in kine("send", ready, "--channel", "form", day=DAY).said
    kine("case", "hold", ready, "--reason", "attente", day=DAY)
    told = kine("send", ready, "--channel", "form", day=DAY, code=3).said
    assert "retenu" in told
    assert "opposition" not in told


def test_a_pause_is_said_with_its_reason_and_lifted(kine, ready):
    kine("letter", "approve", ready, "--all-grounds", day=DAY)
    assert "suspendus" in kine("send", "--pause", "adresses à revoir", day=DAY).said
    assert "adresses à revoir" in kine("send", "--dry-run", day=DAY).said
    assert [row["state"] for row in kine("send", "--json", day=DAY).json] == ["queued"]
    assert "repris" in kine("send", "--resume", day=DAY).said
    assert [row["leaves"] for row in kine("send", "--dry-run", "--json", day=DAY).json] == [True]
    assert [row["state"] for row in kine("send", "--json", day=DAY).json] == ["draft"]


def test_a_number_whose_key_is_wrong_or_cannot_be_checked_is_taken_only_as_printed(kine, ready):
    words = ("letter", "approve", ready, "--all-grounds", "--channel", "lrar", "--number")
    assert "clé est fausse" in kine(*words, "RR 473 124 828 FR", day=DAY, code=3).said
    assert "--as-printed" in kine(*words, "1A 123 456 7890 1", day=DAY, code=3).said
    assert "approuvée" in kine(*words, "1A 123 456 7890 1", "--as-printed", day=DAY).said


def test_once_approved_a_letter_is_said_to_be_approved_and_once_it_left_to_have_left(kine, ready):
    assert "à approuver" in kine("letter", "prepare", ready, day=DAY).said
    kine("letter", "approve", ready, "--all-grounds", "--channel", "lrar", "--number", NUMBER, day=DAY)
    for command in ("prepare", "show"):
        told = kine("letter", command, ready, day="2026-01-07").said
        assert f"{ready}/request/1 approuvée le 6 janvier 2026 par" in told
        assert "pas encore partie" in told
        assert "à approuver" not in told
    kine("send", "--settle", f"{ready}/request/1/lrar", "sent", "--day", "2026-01-07", day="2026-01-07")
    assert "partie le 7 janvier 2026" in kine("letter", "prepare", ready, day="2026-01-08").said
    assert kine("letter", "prepare", ready, "--json", day="2026-01-08").json["sent_on"] == "2026-01-07"


@pytest.mark.parametrize(
    "words",
    [
        ("send", "--dry-run", "--resume"),
        ("send", "--channel", "form"),
        ("send", "KINE-2026-0001", "--number", NUMBER),
        ("send", "KINE-2026-0001", "--pause", "x"),
        ("proof", "add", "KINE-2026-0001", "--dispatch", "lrar", "--type", "signed", "--day", "hier", "--file", "x"),
        ("proof", "import", "absent.csv"),
    ],
)
def test_words_that_say_two_things_or_half_of_one_are_refused(kine, words):
    kine(*words, day=DAY, code=1)
    kine(*words, "--json", day=DAY, code=1)


def test_a_proof_of_an_unknown_case_or_sending_is_refused(kine, ready):
    paper = kine.file("avis.pdf", b"%PDF-1.7")
    words = ("--type", "signed", "--day", DAY, "--file", paper)
    kine("proof", "add", "KINE-2026-9999", "--dispatch", "lrar", *words, day=DAY, code=1)
    assert (
        "ne désigne pas un seul envoi"
        in kine("proof", "add", ready, "--dispatch", "lrar", *words, day=DAY, code=1).said
    )
