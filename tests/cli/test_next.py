"""`next` and what each command says comes after it: every command shown is one that works, nothing is said twice."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from listingguard.app import App

DAY = "2026-01-06"


def commands(said: str) -> list[str]:
    """Return every command that a screen proposes, as it would be copied."""
    return [found.group(1) for found in re.finditer(r"(?m)(listingguard [^\n]*)$", said)]


@pytest.fixture
def ready(council) -> str:
    """A council's case whose request is approved and waits; its mandate is signed, the addressee verified."""
    case = council.see("2026-01-05")
    word = council.file("parole.txt", "C’est ma fiche, je n’ai rien accepté.")
    council("question", "answer", case, "--answer", "not_agreed", "--on", DAY, "--proof", word, day=DAY)
    paper = council.file("mandat.pdf", b"%PDF-1.7 mandat")
    council("mandate", "add", council.rpps, "--from", DAY, "--until", "2028-01-05", "--document", paper, day=DAY)
    council("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day=DAY)
    council.verify("doctolib", DAY)
    return case


def approve(council, case, *more):
    council("letter", "approve", case, "--all-grounds", *more, day=DAY)


# -- a new home ---------------------------------------------------------------------------------------------------------


def test_a_new_council_reads_what_is_to_be_set_up_in_order_and_each_thing_once(desk_of):
    desk = desk_of("council", sender=False)
    told = desk("next", day="2026-01-05").said
    order = ["roster import", "[sender]", "officer add", "citation list", "site verify", "[imap]"]
    assert [told.index(word) for word in order] == sorted(told.index(word) for word in order)
    assert 'signatory = "Claude Élue, présidente"' in told

    desk("roster", "import", desk.file("tableau.csv", desk.roster), day="2026-01-05")
    told = desk("next", day="2026-01-05").said
    assert "roster import" not in told
    assert "2 praticiens au tableau à informer" in told
    assert f"listingguard watch set {desk.rpps} yes --informed-on JOUR" in told
    for key in ("name", "street", "postcode", "town", "email", "signatory"):
        desk.configure(**{f"sender__{key}": "26000" if key == "postcode" else "a@conseil.example"})
    told = desk("next", day="2026-01-05").said
    for line in ('host = "imap.', 'username = "', 'password_file = "'):
        assert line in told
    desk.configure(imap__host="imap.conseil.example", imap__username="a@conseil.example", imap__password_file="m.txt")
    act = desk.file("pv.txt")
    words = ("--role", "présidente", "--since", "2025-06-02", "--until", "2028-06-01", "--delegation", act)
    desk("officer", "add", "Claude Élue", *words, day="2026-01-05")
    desk.follow(desk.rpps, "99900000029", day="2026-01-05")
    left = desk("next", day="2026-01-05").said
    for word in ("[sender]", "officer add", "[imap]", "watch set", "roster import"):
        assert word not in left
    # What it can do without is told until the first case is open.
    assert "site verify" in left
    desk.followed = True
    desk.see("2026-01-05")
    assert "site verify" not in desk("next", day="2026-01-05").said


def test_a_physiotherapist_alone_reads_a_shorter_list(desk_of):
    desk = desk_of("self", sender=False)
    told = desk("next", day="2026-01-05").said
    assert "listingguard start ADRESSE_DE_LA_PAGE" in told
    assert "[sender]" in told
    for word in ("officer", "citation", "site verify", "watch set", "mandat"):
        assert word not in told


# -- suspended sendings ----------------------------------------------------------------------------------------------------


def test_suspended_sendings_are_told_wherever_a_letter_waits(council, ready):
    council("send", "--pause", "adresses à revoir", day=DAY)
    said = "Les envois sont suspendus depuis le 6 janvier 2026 par Dominique Secrétaire (adresses à revoir)"
    resume = "listingguard send --resume"
    approve(council, ready)
    for words in (("next",), ("send",), ("send", "--dry-run"), ("case", "show", ready), ("letter", "show", ready)):
        told = council(*words, day=DAY).said
        assert said in told, words
        assert resume in commands(told), words
    # Nothing is pasted or carried meanwhile either.
    assert said in council("send", ready, "--channel", "form", day=DAY, code=3).said
    council("send", "--resume", day=DAY)
    for words in (("next",), ("send", "--dry-run"), ("case", "show", ready)):
        assert "suspendus" not in council(*words, day=DAY).said


# -- the question ----------------------------------------------------------------------------------------------------------


def test_a_question_that_was_answered_is_no_longer_to_be_sent(desk_of):
    council = desk_of("council")
    table = council.roster.replace("site1_phone\n", "site1_phone;email\n").replace(
        "00 01\n", "00 01;c@exemple.example\n"
    )
    council("roster", "import", council.file("tableau.csv", table), day="2026-01-05")
    case = council.see("2026-01-05")
    council("question", "send", case, day="2026-01-05")
    told = council("next", day="2026-01-05").said
    assert "question-1-email.eml" in told
    assert "listingguard question send" not in told, "it lies ready: told once"
    proof = council.file("reponse.txt")
    council("question", "answer", case, "--answer", "not_agreed", "--on", DAY, "--proof", proof, day=DAY)
    for words in (("next",), ("send",)):
        assert "question-1-email.eml" not in council(*words, day=DAY).said
    assert "plus rien n’est à lui demander" in council("send", "--dry-run", day=DAY).said


# -- registered post ---------------------------------------------------------------------------------------------------------


def test_one_command_notes_the_deposit_of_a_registered_letter_and_it_works_as_shown(council, ready):
    approve(council, ready, "--channel", "lrar")
    shown = commands(council("next", day=DAY).said)
    printed = commands(council("send", ready, "--channel", "lrar", day=DAY).said)
    deposit = (
        f"listingguard proof add {ready} --dispatch {ready}/request/1/lrar --type deposited --day JOUR --file FICHIER"
    )
    assert deposit in shown
    assert deposit in printed
    assert not any("--settle" in command for command in (*shown, *printed))
    slip = council.file("depot.pdf", b"%PDF-1.7 depot")
    typed = shlex.split(deposit.replace("JOUR", DAY).replace("FICHIER", shlex.quote(str(slip))))[1:]
    told = council(*typed, day=DAY).said
    # And it says what comes next, with the sending named.
    signed = next(c for c in commands(told) if "--type signed" in c)
    assert f"--dispatch {ready}/request/1/lrar" in signed
    # The same paper twice adds nothing, and says so.
    assert "déjà au dossier" in council(*typed, day=DAY).said


def test_post_that_came_back_asks_for_one_thing(council, ready):
    approve(council, ready, "--channel", "lrar")
    words = ("proof", "add", ready, "--dispatch", "lrar", "--day", DAY, "--file")
    council(*words, council.file("d.pdf", b"%PDF d"), "--type", "deposited", day=DAY)
    told = council(*words, council.file("r.pdf", b"%PDF r"), "--type", "unclaimed", day=DAY).said
    assert commands(told) == [f"listingguard send {ready} --channel email"]
    council("send", ready, "--channel", "email", day=DAY)
    # The draft lies ready: only that is left, and `send` does not ask for it again.
    assert [c for c in commands(council("next", day=DAY).said) if "--channel email" in c] == []
    assert "--channel email" not in council("send", day=DAY).said


# -- a departure taken out by mistake ---------------------------------------------------------------------------------------


def sent(council, case) -> str:
    """Return the number of the event of the departure, proven by the copy that a mail program keeps."""
    approve(council, case)
    (row,) = council("send", "--json", day=DAY).json
    copy = council.as_sent(Path(row["path"]), date="Tue, 06 Jan 2026 12:15:00 +0100", message_id="<m1@m.example>")
    council("inbox", "import", copy, day=DAY)
    events = council("case", "show", case, "--json", day=DAY).json["events"]
    return str(next(e["seq"] for e in events if e["kind"] == "request_sent"))


def test_a_departure_that_the_outbox_knows_is_not_taken_out_of_a_case(council, ready):
    number = sent(council, ready)
    before = council.everything()
    told = council("event", "add", ready, "correction", "--event", number, "--void", "--day", DAY, day=DAY, code=3)
    assert council.everything() == before
    assert "est parti le 6 janvier 2026, selon la boîte d’envoi" in told.said
    assert f"listingguard event add {ready} correction --event {number} --new-day JOUR --day {DAY}" in commands(
        told.said
    )
    # Neither is its approval.
    events = council("case", "show", ready, "--json", day=DAY).json["events"]
    approved = str(next(e["seq"] for e in events if e["kind"] == "request_approved"))
    words = ("event", "add", ready, "correction", "--event", approved, "--void", "--day", DAY)
    assert "est parti le 6 janvier 2026" in council(*words, day=DAY, code=3).said
    assert council("case", "show", ready, "--json", day=DAY).json["state"] == "sent"


def test_a_home_where_a_departure_was_once_taken_out_is_told_how_to_enter_it_again(council, ready):
    number = sent(council, ready)
    with App.open(council.home, today=date.fromisoformat(DAY)) as app:
        what = {"event": number, "void": True}
        app.store.add_event(
            ready, "correction", key=number, day=app.today, at=app.now(), actor="Dominique Secrétaire", data=what
        )
    (task,) = [t for t in council("next", "--json", day=DAY).json if t["case"] == ready]
    assert "est partie, selon la boîte d’envoi" in task["what"]
    council(*shlex.split(task["command"])[1:], day=DAY)
    assert council("case", "show", ready, "--json", day=DAY).json["state"] == "sent"


def test_a_departure_that_a_person_alone_had_told_is_taken_back_with_its_letter(council, ready):
    approve(council, ready)
    (row,) = council("send", "--json", day=DAY).json
    council("send", "--settle", row["dispatch"], "sent", "--day", DAY, day=DAY)
    events = council("case", "show", ready, "--json", day=DAY).json["events"]
    number = str(next(e["seq"] for e in events if e["kind"] == "request_sent"))
    council("event", "add", ready, "correction", "--event", number, "--void", "--day", DAY, day=DAY)
    told = council("next", day=DAY).said
    assert "Envoyer la demande approuvée" not in told
    assert f"letter approve {ready}" in told
    # Approved anew, it leaves: the case is not stuck.
    approve(council, ready)
    assert [r["state"] for r in council("send", "--json", day=DAY).json] == ["draft"]


# -- replies ------------------------------------------------------------------------------------------------------------------


def test_a_reply_of_an_unknown_domain_says_what_to_type_and_moves_nothing_before(council, ready):
    sent(council, ready)
    said = {"From": "x@ailleurs.example", "Subject": "Votre message", "Date": "Tue, 20 Jan 2026 10:00:00 +0100"}
    mail = council.mail("r.eml", "Nous refusons de supprimer cette page.", In_Reply_To="<m1@m.example>", **said)
    council("inbox", "import", mail, day="2026-01-21")
    (task,) = [t for t in council("next", "--json", day="2026-01-21").json if "à lire" in t["what"]]
    shown = council(*shlex.split(task["command"])[1:], day="2026-01-21").said
    assert "sans cela, ce message ne change rien au dossier" in shown
    (trusted,) = [c for c in commands(shown) if c.endswith("--sender-known")]
    refused = council(*shlex.split(trusted)[1:-1], day="2026-01-21", code=3).said
    assert trusted in commands(refused)
    assert council("case", "show", ready, "--json", day="2026-01-21").json["state"] == "sent"
    told = council(*shlex.split(trusted)[1:], day="2026-01-21").said
    assert "État : Refus" in told
    assert any("letter prepare" in c and "answer_refusal" in c for c in commands(told))


def test_a_report_of_delivery_is_shown_as_one_to_the_server_not_of_reading(council, ready):
    sent(council, ready)
    report = council.file("dsn.eml", "Remis\n")
    words = ("proof", "add", ready, "--dispatch", "email", "--type", "dsn_delivered", "--day", DAY, "--file", report)
    for told in (council(*words, day=DAY).said, council("proof", "list", ready, day=DAY).said):
        assert "Remis au serveur du destinataire : cela ne dit pas qu’il l’a lu" in told


# -- what was written, and where --------------------------------------------------------------------------------------------


def test_a_mandate_to_sign_says_where_it_lies_and_what_comes_after(council, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    told = council("mandate", "print", "--rpps", council.rpps, day=DAY).said
    path = tmp_path / f"mandat-{council.rpps}.pdf"
    assert path.read_bytes().startswith(b"%PDF-")
    assert str(path) in told
    assert f"listingguard mandate add {council.rpps} --from JOUR --until JOUR --document FICHIER" in commands(told)


def test_a_letter_prepared_is_shown_with_the_very_words_that_approve_it(council, ready):
    council.actor = "Dominique Secrétaire"
    told = council("letter", "prepare", ready, day=DAY).said
    approving = commands(told)[-1]
    assert approving == f"listingguard letter approve {ready}"
    council(*shlex.split(approving)[1:], "--all-grounds", day=DAY)


# -- plausible mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["event", "proof"])
@pytest.mark.parametrize("what", ["future", "absent", "empty", "folder", "case"])
def test_a_plausible_mistake_is_one_sentence_and_loses_nothing(council, ready, command, what):
    sent(council, ready)
    case = "CDO26-2026-0099" if what == "case" else ready
    paper = council.file("avis.pdf", b"" if what == "empty" else b"%PDF-1.7 avis")
    file = {"absent": paper.with_name("absent.pdf"), "folder": paper.parent}.get(what, paper)
    day = "2026-03-01" if what == "future" else "2026-01-07"
    words = {
        "event": ("event", "add", case, "received", "--day", day, "--proof", file),
        "proof": ("proof", "add", case, "--dispatch", "email", "--type", "dsn_delivered", "--day", day, "--file", file),
    }[command]
    before = council.everything()
    told = council(*words, day="2026-01-08", code=1)
    assert told.err.count("\n") == 1
    assert council.everything() == before


@pytest.mark.parametrize("approved", [False, True])
def test_the_day_after_a_mandate_ends_it_is_the_first_thing_told_before_any_run(council, approved):
    case = council.see("2026-01-05")
    word, paper = council.file("parole.txt", "Non."), council.file("mandat.pdf", b"%PDF-1.7 mandat")
    council("question", "answer", case, "--answer", "not_agreed", "--on", DAY, "--proof", word, day=DAY)
    council("mandate", "add", council.rpps, "--from", DAY, "--until", "2026-02-15", "--document", paper, day=DAY)
    if approved:
        council("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day=DAY)
        council.verify("doctolib", DAY)
        approve(council, case)
    told = council("next", day="2026-02-15").said
    assert "pris fin" not in told
    told = council("next", day="2026-02-16").said
    of_case = [line for line in told.splitlines() if case in line]
    assert "Le mandat a pris fin le 15 février 2026" in of_case[0]
    assert f"listingguard mandate add {council.rpps}" in told
    for leaves in ("l’approuver", f"letter approve {case}", "Envoyer la demande"):
        assert leaves not in told
    shown = council("case", "show", case, day="2026-02-16").said
    assert "Le mandat a pris fin le 15 février 2026" in shown
    # And once the scheduler has run, the same is told, once.
    council("run", "--once", day="2026-02-16")
    assert council("next", day="2026-02-16").said.count("Le mandat a pris fin le 15 février 2026") == 1
