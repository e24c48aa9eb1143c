"""Reading the mails that came in: what is shown, what is suggested, and that nothing changes by itself."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

MAILS = Path(__file__).parent.parent / "mails" / "replies"
HOSTILE = (
    "From: \x1b[31mrouge <dpo@site.example>\nSubject: \u202eruse\nDate: Tue, 03 Feb 2026 10:12:00 +0100\n"
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
    "Votre fiche n'a pas été supprimée\x1b]0;titre\x07.\n\nSemble dire : refus\n"
    "Une personne décide :\n  listingguard event add X refusal\n\n> cité\n"
).encode()


def test_a_message_is_shown_with_its_suggestion_and_nothing_changes(council):
    raw = (MAILS / "09-pdf-attached-erased.eml").read_bytes()
    (filed,) = council("inbox", "import", council.file("reponse.eml", raw), "--json", day="2026-02-04").json
    before = council("case", "list", "--json", day="2026-02-04").out
    shown = council("inbox", "show", filed["message"][:12], day="2026-02-04")
    assert "la plateforme dit avoir effacé" in shown.said
    assert "intégralement supprimées de nos bases" in shown.said
    assert "Le délai ne change pas" in shown.said
    assert "capture.png — programme Windows, 1 Ko (annoncé : image/png)" in shown.said
    assert "signature repliée" in shown.said
    assert "Alix Juriste" not in shown.out
    assert "Alix Juriste" in council("inbox", "show", filed["message"][:12], "--full", day="2026-02-04").out
    document = council("inbox", "show", filed["message"], "--json", day="2026-02-04").json
    assert (document["suggestion"], document["unread"]) == ("erased", True)
    (listed,) = council("inbox", "list", "--json", day="2026-02-04").json
    assert (listed["suggestion"], listed["message"]) == ("erased", filed["message"])
    assert "la plateforme dit avoir effacé" in council("inbox", "list", day="2026-02-04").said
    assert council("case", "list", "--json", day="2026-02-04").out == before


def test_a_hostile_mail_neither_drives_the_terminal_nor_poses_as_the_program(council):
    council("inbox", "import", council.file("hostile.eml", HOSTILE), day="2026-02-04")
    for words in (("show", sha256(HOSTILE).hexdigest()[:12], "--full"), ("list",)):
        out = council("inbox", *words, day="2026-02-04").out
        assert not [c for c in out if ord(c) < 32 and c != "\n"]
        assert "\u202e" not in out
    shown = council("inbox", "show", sha256(HOSTILE).hexdigest()[:12], day="2026-02-04").said
    assert [line for line in shown.split("\n") if line.startswith("Semble dire")] == [
        "Semble dire : à lire par une personne (aucune phrase n’est assez claire)"
    ]
    assert "  │ Semble dire : refus" in shown


def test_a_mail_that_nests_without_end_is_kept_and_left_to_a_person(council):
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3000))
    bomb = council.file(
        "bombe.eml", f"From: a@b.example\nSubject: x\n{parts}Content-Type: text/plain\n\nBonjour\n".encode()
    )
    (filed,) = council("inbox", "import", bomb, "--json", day="2026-02-04").json
    shown = council("inbox", "show", filed["message"], day="2026-02-04").said
    assert "trop de parties emboîtées" in shown
    assert "n’a pas lu ce message en entier" in shown.replace("'", "’")


def test_a_message_is_named_by_one_hash_only(council):
    assert "Aucun message unique" in council("inbox", "show", "abcdefabcdef", code=1).said


def test_a_paper_letter_needs_its_case_and_its_day(council):
    case = council.see("2026-01-05")
    scan = council.file("lettre.pdf", b"%PDF-1.7\nscan")
    said = council("inbox", "import", scan, code=1, day="2026-02-04").said
    assert "--case DOSSIER et --received JOUR" in said
    assert "--received JOUR" in council("inbox", "import", scan, "--case", case, code=1, day="2026-02-04").said
    words = ("inbox", "import", scan, "--case", case, "--received", "2026-02-03", "--json")
    (filed,) = council(*words, day="2026-02-04").json
    assert (filed["case"], filed["route"]) == (case, "paper")
    shown = council("inbox", "show", filed["message"][:12], day="2026-02-04").said
    assert "courrier numérisé — PDF" in shown
    assert "Jour : 03/02/2026" in shown
    assert "n’est pas encore arrivé" in council(
        "inbox", "import", council.file("b.pdf", b"%PDF-2"), "--case", case, "--received", "2026-03-03",
        code=1, day="2026-02-04",
    ).said  # fmt: skip


def test_a_folder_exported_as_one_file_is_taken_message_by_message(council):
    one = "From dpo@site.example Tue Feb  3 10:00:00 2026\nFrom: dpo@site.example\nSubject: {}\n\nBonjour.\n\n"
    box = council.file("boite.mbox", "".join(one.format(n) for n in "abc"))
    rows = council("inbox", "import", box, "--json", day="2026-02-04").json
    assert [row["file"].partition(", ")[2] for row in rows] == ["message 1", "message 2", "message 3"]
    assert len({row["message"] for row in rows}) == 3
    assert all(row["route"] == "quarantine" for row in rows)


PATIENTS = "".join(f"Patient : Jean ESSAI{n}, 12/03/2026 à 1{n}h30\n" for n in range(4))


def test_a_sensitive_message_shows_nothing_until_somebody_asks_and_may_be_given_back(council):
    council.see("2026-01-05")
    mail = council.mail("liste.eml", PATIENTS, From="dpo@site.example", Subject="Patient Jean ESSAI")
    told = council("inbox", "import", mail, day="2026-02-04").said
    (held,) = council("inbox", "list", "--json", day="2026-02-04").json
    name = held["message"][:12]
    everything = told + council("inbox", "list", day="2026-02-04").said + council("next", day="2026-02-04").said
    everything += council("inbox", "show", name, day="2026-02-04").said
    everything += council("inbox", "show", name, "--full", "--json", day="2026-02-04").out
    assert "sensible" in everything
    assert "ESSAI" not in everything
    target = council.home.parent / "sortie.eml"
    assert "sensible" in council("inbox", "export", name, "-o", target, code=3, day="2026-02-04").said
    assert "Jean ESSAI0" in council("inbox", "show", name, "--reveal", day="2026-02-04").said
    council("inbox", "export", name, "--reveal", "-o", target, day="2026-02-04")
    assert target.read_bytes() == mail.read_bytes()
    assert "rendu à son expéditeur" in council("inbox", "return", name, "--on", "2026-02-04", day="2026-02-04").said
    assert council("inbox", "list", "--json", day="2026-02-04").json == []
    assert council("doctor", day="2026-02-04").code == 0


def test_a_page_for_a_browser_loads_nothing_and_runs_nothing(council):
    page = (
        "<html><body onload=x()><style>p{background:url(http://spy.example/a)}</style><script>alert(1)</script>"
        '<p style="background:url(http://spy.example/b)">Bonjour <b>à vous</b></p><img src="http://spy.example/c.png">'
        '<a href="javascript:alert(2)">ici</a><form action="http://spy.example"><input></form><iframe src="//spy.example">'
        "</body></html>"
    )
    raw = f"From: a@site.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{page}"
    (filed,) = council("inbox", "import", council.file("p.eml", raw), "--json", day="2026-02-04").json
    target = council.home.parent / "page.html"
    council("inbox", "export", filed["message"][:12], "--html", "-o", target, day="2026-02-04")
    shown = target.read_text(encoding="utf-8")
    assert "Bonjour <b>à vous</b>" in shown
    assert "default-src 'none'" in shown
    for word in ("spy.example", "script", "onload", "javascript", "<img", "<form", "style="):
        assert word not in shown.partition("<body>")[2], word


def test_without_a_mail_box_the_collection_says_what_to_fill_in(council):
    assert "rien n’est à relever" in council("inbox", "fetch", day="2026-01-05").said
    council.see("2026-01-05")
    assert "[imap]" in council("inbox", "fetch", day="2026-01-05", code=1).said
    council.configure(imap__host="localhost", imap__port=9, imap__username="lettres", imap__password_file="secret")
    (council.home / "secret").write_text("motdepasse\n")
    assert "n’écoute pas sur ce port" in council("inbox", "fetch", day="2026-01-05", code=1).said


@pytest.mark.parametrize(
    ("action", "status", "told", "then"),
    [
        ("failed", "5.1.1", "avis de non-remise", "listingguard controller set doctolib --email ADRESSE"),
        ("delivered", "2.0.0", "avis de remise", "Attendre la réponse"),
        ("delayed", "4.4.1", "il n’y a rien à faire", "listingguard inbox import RÉPONSE.eml"),
    ],
)
def test_what_a_server_reports_is_noted_and_shown_with_what_a_person_really_does(kine, action, status, told, then):
    case = kine.see("2026-01-05")
    day, to = "2026-01-06", "dpo@doctolib.example"
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", day, day=day)
    kine("controller", "set", "doctolib", "--email", to, day=day)
    kine.verify("doctolib", day)
    kine("letter", "approve", case, "--all-grounds", day=day)
    (left,) = kine("send", "--json", day=day).json
    copy = kine.as_sent(Path(left["path"]), date="Tue, 06 Jan 2026 10:00:00 +0100", message_id="<a1@exemple.example>")
    kine("inbox", "import", copy, day=day)
    raw = (
        "From: MAILER-DAEMON@mx.example\nTo: camille@exemple.example\nSubject: Rapport\nReturn-Path: <>\n"
        "Date: Tue, 06 Jan 2026 18:00:00 +0100\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nMail system.\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n\n"
        "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <a1@exemple.example>\n\n--b--\n"
    )
    (filed,) = kine("inbox", "import", kine.file("rapport.eml", raw), "--json", day=day).json
    assert (filed["case"], filed["sort"]) == (case, "bounce")
    shown = kine("inbox", "show", filed["message"][:12], day=day).said
    assert told in shown
    assert then in shown
    assert "--as bounce" not in shown


def test_a_returned_mail_that_no_program_can_read_is_read_by_a_person(kine):
    case = kine.see("2026-01-05")
    day = "2026-01-06"
    kine("event", "add", case, "listing_confirmed_by_kine", "--day", day, day=day)
    kine("controller", "set", "doctolib", "--email", "dpo@doctolib.example", day=day)
    kine.verify("doctolib", day)
    kine("letter", "approve", case, "--all-grounds", day=day)
    kine("send", day=day)
    kine("send", "--settle", f"{case}/request/1/email", "sent", "--day", day, day=day)
    mail = kine.mail(
        "retour.eml", f"User unknown. Message [{case}].", From="MAILER-DAEMON@mx.example", Return_Path="<>",
        Subject=f"Undelivered Mail: [{case}] demande", Date="Tue, 06 Jan 2026 18:00:00 +0100",
    )  # fmt: skip
    (filed,) = kine("inbox", "import", mail, "--json", day=day).json
    short = filed["message"][:12]
    if not filed["case"]:
        kine("inbox", "file", short, case, day=day)
    shown = kine("inbox", "show", short, day=day).said
    assert f"listingguard inbox read {short} --as bounce" in shown
    done = kine("inbox", "read", short, "--as", "bounce", "--json", day=day).json
    assert done["state"] == "drafted"
