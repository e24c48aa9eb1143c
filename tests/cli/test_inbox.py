"""Reading the mails that came in: what is shown, what is suggested, and that nothing changes by itself."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

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
