"""`question`: asked in bulk, shown, reminded, answered from a file or from a filed message."""

from __future__ import annotations

import email
import email.policy
import socket
from pathlib import Path

import pytest

from listingguard.demo_world import MailSink

RPPS = "99900000011"


def see(desk, day: str) -> str:
    """Bring the saved page, seen that morning; return the case it opened, or an empty string."""
    words = ("capture", "import", desk.page, "--url", desk.url, "--seen-at", f"{day} 08:00", "--json")
    cases = desk(*words, day=day).json["cases"]
    return str(cases[0]) if cases else ""


@pytest.fixture
def case(council):
    """A council with a case whose practitioner has an e-mail address and was not asked."""
    table = council.file(
        "tableau.csv",
        "rpps;family_name;first_name;email;site1_name;site1_street;site1_postcode;site1_town;site1_phone\n"
        f"{RPPS};Exemple;Camille;camille@exemple.example;Cabinet des Essais;12 rue des Essais;26000;Valence;"
        "04 65 71 00 01\n",
    )
    council("roster", "import", table, day="2026-01-05")
    council("watch", "set", RPPS, "yes", "--informed-on", "2025-12-15", "--channel", "courriel", day="2026-01-05")
    return see(council, "2026-01-05")


def draft_of(sent) -> email.message.EmailMessage:
    raw = Path(sent["path"]).read_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]


def test_the_question_is_listed_shown_sent_in_bulk_once_and_proven_by_the_copy(council, case):
    assert "question à la personne concernée à envoyer" in council("question", "list", day="2026-01-05").said
    shown = council("question", "show", case, day="2026-01-05").said
    assert "n’est pas utilisée à des fins disciplinaires" in shown
    assert council.url in shown

    done = council("question", "send", "--all", "--json", day="2026-01-05").json
    (sent,) = done["sent"]
    assert (sent["state"], done["refused"]) == ("draft", [])
    message = draft_of(sent)
    assert message["To"] == "camille@exemple.example"
    letter, copy = message.iter_attachments()
    assert [part.get_content()[:5] for part in (letter, copy)] == [b"%PDF-", b"%PDF-"]
    assert "masked" not in copy.get_filename()
    assert "masquée pour ce qui concerne des tiers" in " ".join(message.get_body().get_content().split())
    assert council("question", "send", "--all", "--json", day="2026-01-05").json["sent"] == []

    # Their own mail program sent it: the copy of what left proves the day, the clock of the reminders starts.
    copy_of = council.as_sent(Path(sent["path"]), date="Tue, 06 Jan 2026 10:00:00 +0100", message_id="<q@b.example>")
    assert "prouve l’envoi" in council("inbox", "import", copy_of, day="2026-01-06").said
    (row,) = council("question", "list", "--json", day="2026-01-06").json
    assert (row["asked_on"], row["next"], row["due"]) == (["2026-01-06"], None, "2026-01-16")
    assert "rappel de la question à envoyer" in council("question", "list", day="2026-01-16").said
    assert (
        council("question", "send", "--all", "--json", day="2026-01-16")
        .json["sent"][0]["dispatch"]
        .endswith("question_reminder/1/email")
    )
    assert "posée le" in council("question", "list", day="2026-01-16").said


def test_what_a_dead_mail_server_did_not_take_leaves_later_and_once(council, case):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        council.configure(mail__smtp_host="127.0.0.1", mail__smtp_port=taken.getsockname()[1], mail__security="none")
        for _ in range(2):
            (sent,) = council("question", "send", "--all", "--json", day="2026-01-05").json["sent"]
            assert (sent["state"], "n’écoute pas" in sent["text"]) == ("queued", True)
    with MailSink() as sink:
        council.configure(mail__smtp_port=sink.port)
        for words in (("question", "send", "--all"), ("question", "send", "--all"), ("send",)):
            council(*words, day="2026-01-06")
        assert len(sink.messages) == 1
    assert council("question", "list", "--json", day="2026-01-06").json[0]["asked_on"] == ["2026-01-06"]


def test_left_to_itself_the_program_reminds_twice_then_a_person_is_told_to_call(council, case):
    with MailSink() as sink:
        council.configure(mail__smtp_host="127.0.0.1", mail__smtp_port=sink.port, mail__security="none")
        assert f"listingguard question send {case}" in council("next", day="2026-01-05").said
        council("question", "send", "--all", day="2026-01-05")
        for day, count in (("2026-01-14", 1), ("2026-01-15", 2), ("2026-01-29", 3), ("2026-03-01", 3)):
            for _ in range(2):
                council("run", "--once", day=day)
            assert len(sink.messages) == count, day
        thread = email.message_from_bytes(sink.messages[0], policy=email.policy.default)["Message-ID"]
    assert "appeler le praticien" in council("next", day="2026-03-01").said
    # The practitioner's mail domain may be anybody's: the reference alone opens no case to a stranger.
    stranger = council.mail("x.eml", "C’est moi.", From="inconnu@exemple.example", Subject=f"Re: [{case}]")
    assert council("inbox", "import", stranger, "--json", day="2026-03-01").json[0]["route"] == "quarantine"
    answer = council.mail("y.eml", "Phrase 1.", From="camille@exemple.example", In_Reply_To=str(thread))
    council("inbox", "import", answer, day="2026-03-01")
    assert f"listingguard question answer {case} --answer RÉPONSE --on" in council("next", day="2026-03-01").said


def test_by_post_the_letter_and_the_copy_are_written_to_be_printed(council, case):
    done = council("question", "send", case, "--channel", "post", "--json", day="2026-01-05").json
    (to_post,) = done["to_post"]
    assert [Path(p).read_bytes()[:5] for p in to_post["paths"]] == [b"%PDF-", b"%PDF-"]
    settle = ("send", "--settle", f"{to_post['letter']}/post", "sent", "--day", "2026-01-06")
    council(*settle, day="2026-01-07")
    assert council("question", "list", "--json", day="2026-01-07").json[0]["asked_on"] == ["2026-01-06"]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("not_agreed", "confirmed"), ("agreed", "closed"), ("practice", "detected"), ("claimed", "detected"),
        ("not_me", "closed"), ("talk", "detected"),
    ],
)  # fmt: skip
def test_each_answer_is_recorded_with_its_document_and_has_its_effect(council, case, said, state):
    letter = council.file("reponse.eml", b"From: camille@exemple.example\n\nVoici ma reponse.")
    words = ("question", "answer", case, "--answer", said, "--on", "2026-01-07")
    assert "--proof FICHIER" in council(*words, day="2026-01-07", code=3).said
    done = council(*words, "--proof", letter, "--json", day="2026-01-07").json
    assert (done["new"], done["state"]) == (True, state)
    told = council("question", "list", day="2026-01-08").said
    assert ("réponse à décider" in told) == (said in ("practice", "claimed", "talk"))


def test_a_filed_reply_is_entered_as_the_answer(council, case):
    (sent,) = council("question", "send", case, "--json", day="2026-01-05").json["sent"]
    thread = str(draft_of(sent)["Message-ID"])
    mail = council.mail(
        "re.eml",
        "Phrase 1.",
        From="camille@exemple.example",
        Date="Wed, 07 Jan 2026 09:00:00 +0100",
        In_Reply_To=thread,
    )
    (filed,) = council("inbox", "import", mail, "--json", day="2026-01-07").json
    assert (filed["case"], filed["route"]) == (case, "thread")
    words = ("question", "answer", case, "--answer", "not_agreed", "--on", "2026-01-07")
    reason = ("--situation", "Deux appels en janvier 2026 pour des rendez-vous inconnus du cabinet.")
    done = council(*words, "--reply", filed["message"][:12], *reason, day="2026-01-07").said
    assert "Confirmée" in done
    assert "Deux appels en janvier 2026" not in council("question", "list", day="2026-01-07").said
    assert "aucun message unique" in council(*words, "--reply", "ffffffffffff", day="2026-01-07", code=1).said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("send",), "--all"),
        (("send", "CDO26-2026-0001", "--all"), "--all"),
        (("answer", "CDO26-2026-0001", "--answer", "talk", "--on", "demain"), "n’est pas un jour"),
        (("answer", "CDO26-2026-0001", "--answer", "talk", "--on", "2026-01-07", "--practice", "26000"), "--practice"),
        (("show", "CDO26-2026-0099"), "Aucun dossier"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(council, case, words, said):
    assert said in council("question", *words, day="2026-01-07", code=1).said


def test_who_acts_for_himself_is_asked_nothing_and_answers_without_a_document(kine):
    case = see(kine, "2026-01-05")
    assert "soi-même" in kine("question", "send", case, day="2026-01-05", code=3).said
    done = kine("question", "answer", case, "--answer", "not_agreed", "--on", "2026-01-05", "--json", day="2026-01-05")
    assert done.json["state"] == "confirmed"


def test_the_question_attests_nothing_of_contracts_without_a_register_and_its_day_with_one(council, case):
    before = council("question", "show", case, day="2026-01-05").said
    assert "aucun contrat avec ce site" not in before
    assert "Aucun registre des contrats n’est importé" in before
    register = council.file("registre.csv", "N° RPPS;Nom;Plateforme;Date du contrat;Transmis le\n")
    council("authorisation", "import", register, "--as-of", "2025-12-31", day="2026-01-05")
    after = " ".join(council("question", "show", case, day="2026-01-05").said.split())
    assert "à la date du 31 décembre 2025, à laquelle notre registre est arrêté, aucun contrat avec ce site" in after


def correction_of(refused: str) -> list[str]:
    """Return the command that a refusal proposes to take back the event that closed the case, as one would type it."""
    (line,) = [line for line in refused.splitlines() if "correction" in line and "--void" in line]
    return line.partition("listingguard ")[2].split()


@pytest.mark.parametrize("since", [(), ("--since", "2025-06-01")])
def test_an_answer_entered_by_mistake_is_taken_back_by_the_command_told_and_so_is_its_row(council, case, since):
    letter = council.file("reponse.eml", b"From: camille@exemple.example\n\nPhrase 1.")
    words = ("question", "answer", case, "--on", "2026-01-07", "--proof", letter, "--answer")
    if since:
        # A refusal in between: the agreement of before, and the one of that day, are two rows.
        told = ("--rpps", RPPS, "--platform", "doctolib.fr", "--given-by", "practitioner", "--from", "2025-09-01")
        council("authorisation", "add", *told, "--refused", day="2026-01-05")
    council(*words, "agreed", *since, day="2026-01-07")
    refused = council(*words, "not_agreed", day="2026-01-07", code=3).said
    assert "DOSSIER" not in refused
    council(*correction_of(refused), day="2026-01-07")
    rows = council("authorisation", "list", "--rpps", RPPS, day="2026-01-07").said.splitlines()
    agreed = [row for row in rows if " accord du " in row]
    assert len(agreed) == 1 + bool(since)
    assert all("notée par erreur, retirée" in row for row in agreed)
    told = council("authorisation", "verdict", "--rpps", RPPS, "--platform", "doctolib.fr", day="2026-01-07").said
    assert "notée par erreur, est retirée et ne vaut aucun jour" in told
    assert "accord en cours" not in told
    # The true answer is entered, and nothing stands against it.
    assert "Confirmée" in council(*words, "not_agreed", day="2026-01-07").said
    verdict = council(
        "authorisation", "verdict", "--rpps", RPPS, "--platform", "doctolib.fr", "--json", day="2026-01-07"
    )
    assert verdict.json["verdict"] == "unauthorised"


def test_an_answer_whose_day_was_wrong_moves_its_row_and_a_correction_taken_back_gives_it_back(council, case):
    letter = council.file("reponse.eml", b"From: camille@exemple.example\n\nPhrase 2.")
    council("question", "answer", case, "--on", "2026-01-07", "--proof", letter, "--answer", "agreed", day="2026-01-08")
    said = council("question", "answer", case, "--on", "2026-01-08", "--proof", letter, "--answer", "not_agreed",
                   day="2026-01-08", code=3).said  # fmt: skip
    void = correction_of(said)
    move = [word for word in void if word != "--void"]
    council(*move, "--new-day", "2026-01-06", day="2026-01-08")

    def standing():
        rows = council("authorisation", "list", "--rpps", RPPS, "--json", day="2026-01-08").json
        return [row["since"] for row in rows if row["until"] is None]

    assert standing() == ["2026-01-06"]
    council(*void, day="2026-01-08")
    assert standing() == []
    assert "Repérée" in council("case", "list", day="2026-01-08").said


def test_a_question_by_post_is_a_letter_to_print_and_never_a_draft(council, case):
    council("question", "send", case, "--channel", "post", day="2026-01-05")
    for words in (("question", "list"), ("question", "show", case)):
        said = council(*words, day="2026-01-05").said
        assert "courrier à imprimer" in said
        assert "brouillon" not in said
