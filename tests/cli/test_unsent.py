"""What must not leave does not: a draft that lies ready, an answer to what was read by mistake, an agreement nobody found.

And what left all the same is recorded as it happened, so that it can be taken back.
"""

import json

import pytest

DAY, NEXT, LATER = "2026-01-06", "2026-01-07", "2026-01-08"
NUMBER = "RR 473 124 829 FR"


@pytest.fixture
def case(kine):
    """A kiné's home in which the request may be approved."""
    found = kine.see("2026-01-05")
    kine("event", "add", found, "listing_confirmed_by_kine", "--day", DAY, day=DAY)
    kine("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day=DAY)
    kine.verify("doctolib", DAY)
    return found


def drafted(kine, case):
    """Approve the request and write its draft; return the draft."""
    kine("letter", "approve", case, "--all-grounds", day=DAY)
    kine("send", day=DAY)
    return kine.home / "outbox" / f"{case}-request-1-email.eml"


def left(kine, case, day="Tue, 06 Jan 2026 10:00:00 +0100", on=DAY):
    """Import the copy of the draft as a person sent it."""
    copy = kine.as_sent(drafted(kine, case), date=day, message_id="<a1@exemple.example>")
    return kine("inbox", "import", copy, day=on)


def agreement(kine, case, day=NEXT):
    return kine(
        "event", "add", case, "agreement_found", "--day", day, "--proof", kine.file("contrat.pdf"), day=day
    ).said


def kinds(kine, case, day):
    return [event["kind"] for event in kine("case", "show", case, "--json", day=day).json["events"]]


def commands(kine, day):
    return [command for task in kine("next", "--json", day=day).json for command in task["commands"]]


@pytest.mark.parametrize("taken_back", [False, True], ids=["lying", "taken-back"])
def test_a_draft_of_an_agreed_listing_is_not_to_be_sent_and_sent_all_the_same_it_is_taken_back(kine, case, taken_back):
    draft = drafted(kine, case)
    assert "Ne pas envoyer le brouillon" in agreement(kine, case)
    told = kine("next", day=NEXT).said
    assert f"Ne pas envoyer le brouillon « {draft} »" in told
    assert "un contrat ou un compte existe" in told
    assert "Envoyer vous-même" not in told
    assert "À ne pas envoyer" in kine("send", day=NEXT).said
    assert "le dossier est clos" in kine("send", "--dry-run", day=NEXT).said
    if taken_back:
        kine("letter", "withdraw", f"{case}/request/1", "--reason", "accord retrouvé", day=NEXT)
        assert "brouillon" not in kine("next", day=NEXT).said
    # The secretary had sent it in the morning all the same.
    copy = kine.as_sent(draft, date="Thu, 08 Jan 2026 10:00:00 +0100", message_id="<z1@exemple.example>")
    told = kine("inbox", "import", copy, day=LATER).said
    assert f"listingguard letter propose {case}" in told
    assert kinds(kine, case, LATER).count("request_sent") == 1
    shown = kine("case", "show", case, day=LATER).said
    assert "Demande partie le 8 janvier 2026 alors que le dossier était clos" in shown
    assert f"listingguard letter propose {case}" in commands(kine, LATER)
    assert [row["kind"] for row in kine("letter", "propose", case, "--json", day=LATER).json] == ["withdrawal"]
    kine("letter", "approve", case, "--kind", "withdrawal", day=LATER)
    text = kine("letter", "show", case, "--kind", "withdrawal", day=LATER).said
    assert "Un accord donné à votre site a été retrouvé depuis" in text
    assert "non retourné" not in text, "nothing shows yet that it arrived"
    # The same copy again adds nothing, and the letter that takes it back leaves.
    kine("inbox", "import", copy, day=LATER)
    assert kinds(kine, case, LATER).count("request_sent") == 1
    assert [row["state"] for row in kine("send", "--json", day=LATER).json] == ["draft"]
    back = kine.home / "outbox" / f"{case}-withdrawal-1-email.eml"
    kine(
        "inbox", "import",
        kine.as_sent(back, date="Thu, 08 Jan 2026 11:00:00 +0100", message_id="<z2@exemple.example>"), day=LATER,
    )  # fmt: skip
    assert kinds(kine, case, LATER)[-2:] == ["letter_sent", "withdrawal_told"]
    assert kine("letter", "propose", case, "--json", day=LATER).json == []
    kine("doctor", day=LATER)


def test_a_registered_letter_posted_after_the_agreement_was_found_is_recorded_and_taken_back_without_a_receipt(
    kine, case
):
    kine("letter", "approve", case, "--all-grounds", "--channel", "lrar", "--number", NUMBER, day=DAY)
    agreement(kine, case)
    assert "Ne pas envoyer" in kine("next", day=NEXT).said
    slip = kine.file("depot.pdf", b"%PDF-1.7 depot")
    words = ("proof", "add", case, "--dispatch", "lrar", "--type", "deposited", "--day", LATER, "--file", slip)
    kine(*words, day=LATER)
    assert "request_sent" in kinds(kine, case, LATER)
    assert "approuvé" in kine("letter", "approve", case, "--kind", "withdrawal", day=LATER).said


def test_an_uncertain_sending_that_is_found_to_have_left_a_closed_case_is_recorded(kine, case):
    drafted(kine, case)
    agreement(kine, case)
    told = kine("send", "--settle", f"{case}/request/1/email", "sent", "--day", LATER, day=LATER).said
    assert f"listingguard letter propose {case}" in told
    assert "request_sent" in kinds(kine, case, LATER)


@pytest.mark.parametrize("how", ["email", "lrar"])
def test_a_request_that_left_before_the_person_gave_up_is_taken_back_and_next_says_so_until_it_is(kine, case, how):
    left(kine, case)
    kine("event", "add", case, "withdrawn", "--day", "2026-01-14", day="2026-01-14")
    assert f"listingguard letter propose {case}" in commands(kine, "2026-01-14")
    assert f"listingguard letter propose {case}" in commands(kine, "2026-03-02"), "until it is done"
    assert [row["kind"] for row in kine("letter", "propose", case, "--json", day="2026-01-14").json] == ["withdrawal"]
    kine("letter", "approve", case, "--kind", "withdrawal", "--channel", how, day="2026-01-14")
    kine("send", *([] if how == "email" else ["--channel", "lrar"]), day="2026-01-14")
    if how == "email":
        back = kine.home / "outbox" / f"{case}-withdrawal-1-email.eml"
        copy = kine.as_sent(back, date="Wed, 14 Jan 2026 11:00:00 +0100", message_id="<z3@exemple.example>")
        kine("inbox", "import", copy, day="2026-01-14")
    else:
        assert "listingguard send --channel lrar" in commands(kine, "2026-01-14"), "a command that can be followed"
        slip = kine.file("depot.pdf", b"%PDF-1.7 depot")
        words = ("--type", "deposited", "--day", "2026-01-14", "--file", slip)
        kine("proof", "add", case, "--dispatch", f"{case}/withdrawal/1/lrar", *words, day="2026-01-14")
    assert kinds(kine, case, "2026-01-14")[-2:] == ["letter_sent", "withdrawal_told"]
    assert not [c for c in commands(kine, "2026-01-15") if case in c]


def test_no_withdrawal_is_approved_where_no_agreement_was_found_nor_a_rectification_without_its_fact(kine, case):
    left(kine, case)
    told = kine("letter", "approve", case, "--kind", "withdrawal", day="2026-01-14", code=3).said
    assert f"listingguard event add {case} agreement_found" in told
    kine("letter", "approve", case, "--kind", "rectification", day="2026-01-14", code=3)
    agreement(kine, case, day="2026-01-14")
    wrong = ("--wrong", "numéro de téléphone")
    kine("letter", "approve", case, "--kind", "rectification", *wrong, day="2026-01-14", code=3)
    kine("letter", "approve", case, "--kind", "withdrawal", day="2026-01-14")


def test_a_withdrawal_whose_agreement_was_itself_rectified_does_not_leave(kine, case):
    left(kine, case)
    agreement(kine, case, day="2026-01-14")
    kine("letter", "approve", case, "--kind", "withdrawal", day="2026-01-14")
    (event,) = [
        e
        for e in kine("case", "show", case, "--json", day="2026-01-14").json["events"]
        if e["kind"] == "agreement_found"
    ]
    kine("event", "add", case, "correction", "--event", event["seq"], "--day", "2026-01-15", "--void", day="2026-01-15")
    (row,) = kine("send", "--json", day="2026-01-15").json
    assert row["state"] == "queued"
    assert "accord" in row["text"]
    assert f"listingguard letter withdraw {case}/withdrawal/1 --reason RAISON" in commands(kine, "2026-01-15")


@pytest.mark.parametrize("draft", [False, True], ids=["queued", "draft"])
def test_an_answer_to_a_refusal_that_was_voided_does_not_leave_and_a_person_is_told(kine, case, draft):
    left(kine, case)
    mail = kine.file("reponse.eml", "From: dpo@doctolib.example\nSubject: x\n\nBonjour.\n")
    kine("event", "add", case, "refusal", "--day", "2026-01-09", "--proof", mail, day="2026-01-09")
    kine("letter", "approve", case, "--kind", "answer_refusal", "--argument", "public_data", day="2026-01-10")
    if draft:
        kine("send", day="2026-01-10")
    (refusal,) = [
        e for e in kine("case", "show", case, "--json", day="2026-01-10").json["events"] if e["kind"] == "refusal"
    ]
    words = ("event", "add", case, "correction", "--event", refusal["seq"], "--day", "2026-01-11", "--void")
    kine(*words, day="2026-01-11")
    (row,) = kine("send", "--dry-run", "--json", day="2026-01-11").json
    assert (row["leaves"], "rectifié" in row["why"]) == (False, True)
    if not draft:
        assert [r["state"] for r in kine("send", "--json", day="2026-01-11").json] == ["queued"]
    told = kine("next", day="2026-01-11").said
    assert "a été rectifié au dossier" in told
    assert "Envoyer vous-même" not in told
    kine("letter", "withdraw", f"{case}/answer_refusal/1", "--reason", "lu par erreur", day="2026-01-11")
    assert "answer_refusal" not in kine("next", day="2026-01-11").said


def test_an_answer_that_cites_a_day_which_was_corrected_does_not_leave(kine, case):
    left(kine, case)
    mail = kine.file("reponse.eml", "From: dpo@doctolib.example\nSubject: x\n\nBonjour.\n")
    kine("event", "add", case, "refusal", "--day", "2026-01-09", "--proof", mail, day="2026-01-09")
    kine("letter", "approve", case, "--kind", "answer_refusal", "--argument", "public_data", day="2026-01-10")
    (refusal,) = [
        e for e in kine("case", "show", case, "--json", day="2026-01-10").json["events"] if e["kind"] == "refusal"
    ]
    # The mail was of the day before.
    kine(
        "event",
        "add",
        case,
        "correction",
        "--event",
        refusal["seq"],
        "--day",
        "2026-01-11",
        "--new-day",
        "2026-01-08",
        day="2026-01-11",
    )
    assert [r["state"] for r in kine("send", "--json", day="2026-01-11").json] == ["queued"]


def test_a_held_case_keeps_the_drafts_that_lie_ready(kine, case):
    draft = drafted(kine, case)
    kine("case", "hold", case, "--reason", "attente du praticien", day=DAY)
    for words in (("next",), ("send",), ("send", "--dry-run")):
        told = kine(*words, day=DAY).said
        assert "attente du praticien" in told, words
        assert "à envoyer vous-même" not in told
        assert "Envoyer vous-même" not in told
    assert f"Ne pas envoyer le brouillon « {draft} »" in kine("next", day=DAY).said
    kine("case", "release", case, day=DAY)
    assert "Envoyer vous-même le brouillon" in kine("next", day=DAY).said


def test_what_left_is_not_taken_back_by_a_word_and_what_is_possible_is_said(kine, case):
    left(kine, case)
    told = kine("letter", "withdraw", f"{case}/request/1", "--reason", "erreur", day=NEXT, code=3).said
    assert "--kind withdrawal" in told
    assert f"listingguard event add {case} agreement_found" in told
    assert "--settle" not in told
    told = kine("send", "--settle", f"{case}/request/1/email", "not-sent", day=NEXT, code=3).said
    assert "enregistré comme parti" in told
    assert f"listingguard proof list {case}" in told
    assert json.loads(kine("proof", "list", case, "--json", day=NEXT).out)


def test_the_form_gets_neither_the_envelope_nor_the_registered_number(kine, case):
    kine("letter", "approve", case, "--all-grounds", "--channel", "lrar", "--number", NUMBER, day=DAY)
    letter = kine("letter", "show", case, day=DAY).said
    assert "Lettre recommandée avec avis de réception" in letter
    assert "DELEGUE A LA PROTECTION DES DONNEES" in letter
    (pasted,) = kine("send", case, "--channel", "form", "--json", day=DAY).json
    (text,) = pasted["parts"]
    assert "ecommandé" not in text
    assert "DELEGUE A LA PROTECTION" not in text
    assert text.startswith("Camille Exemple")
    assert f"N/Réf.\u00a0: {case}" in text
    assert "Madame, Monsieur," in text
