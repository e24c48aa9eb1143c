"""What is new in a mail, apart from what it quotes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listingguard.domain.reply_text import MAX_TEXT, SegmentKind, clean, real_type, split

ASKED = "Je vous demande d’effacer cette fiche.\nCamille Exemple"
MARKED = "\n".join(f"> {line}" for line in ASKED.split("\n"))

# Layout -> a mail whose new text is « Oui, c’est noté. » alone.
LAYOUTS = {
    "gmail": "Oui, c’est noté.\n\nLe lun. 12 janv. 2026 à 09:14, Conseil <a@b.example> a écrit :\n\n" + MARKED,
    "gmail, wrapped": "Oui, c’est noté.\n\nLe lun. 12 janv. 2026 à 09:14, Conseil départemental d’essai\n<a@b.example> a\nécrit :\n"
    + MARKED,
    "gmail, english": "Oui, c’est noté.\n\nOn Mon, Jan 12, 2026 at 9:14 AM Conseil <a@b.example> wrote:\n" + MARKED,
    "non-breaking space": "Oui, c’est noté.\n\nLe 12/01/2026 à 09:14, Conseil a écrit\u00a0:\n" + MARKED,
    "unmarked": "Oui, c’est noté.\n\nLe 12/01/2026 à 09:14, Conseil a écrit :\n\n" + ASKED,
    "outlook": "Oui, c’est noté.\n\nDe : Conseil <a@b.example>\nEnvoyé : lundi 12 janvier 2026 09:14\nÀ : c@d.example\nObjet : x\n\n"
    + ASKED,
    "outlook, bold": "Oui, c’est noté.\n\n*De :* Conseil\n*Envoyé :* lundi\n*À :* c@d.example\n*Objet :* x\n\n" + ASKED,
    "outlook, line": "Oui, c’est noté.\n\n________________________________\nFrom: Conseil\nSent: Monday\nTo: c@d.example\nSubject: x\n\n"
    + ASKED,
    "original message": "Oui, c’est noté.\n\n-----Message d'origine-----\nDe : Conseil\nEnvoyé : lundi\nÀ : c@d.example\n\n"
    + ASKED,
    "zimbra": "Oui, c’est noté.\n\n----- Mail original -----\nDe: Conseil\nÀ: c@d.example\nEnvoyé: Lundi\nObjet: x\n\n"
    + ASKED,
    "forward": "Oui, c’est noté.\n\n---------- Forwarded message ---------\nDe : Conseil <a@b.example>\nDate: lun.\nSubject: x\n\n"
    + ASKED,
    "apple forward": "Oui, c’est noté.\n\nDébut du message réexpédié :\n\n> De: Conseil\n> Objet: x\n" + MARKED,
    "below the quote": "Le 12/01/2026 à 09:14, Conseil a écrit :\n" + MARKED + "\n\nOui, c’est noté.",
    "phone": "Oui, c’est noté.\n\nEnvoyé de mon iPhone\n\n> Le 12 janv. 2026 à 09:14, Conseil a écrit :\n" + MARKED,
    "ticket": "##- Veuillez taper votre réponse au-dessus de cette ligne -##\n\nVotre demande (4821) a été mise à jour.\n\n"
    "------------------\n\nAlix, 3 févr. 2026, 10:12 UTC+1\n\nOui, c’est noté.\n\n------------------\n\n"
    "Conseil, 12 janv. 2026, 09:14 UTC+1\n\n" + ASKED,
}


def texts(mail: str, kind: SegmentKind) -> str:
    return "\n\n".join(s.text for s in split(mail) if s.kind is kind)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_new_text_stands_apart_from_the_quote_of_every_mail_program(layout):
    assert texts(LAYOUTS[layout], SegmentKind.NEW) == "Oui, c’est noté."
    assert "effacer cette fiche" in texts(LAYOUTS[layout], SegmentKind.QUOTED)


def test_answers_between_the_lines_stay_in_their_order():
    mail = "Le 5 mai 2026, Alix a écrit :\n> Avez-vous effacé ?\nNon.\n\n> Quand ?\nBientôt."
    assert [(s.kind.value, s.text) for s in split(mail)] == [
        ("quoted", "Le 5 mai 2026, Alix a écrit :\n> Avez-vous effacé ?"),
        ("new", "Non."),
        ("quoted", "> Quand ?"),
        ("new", "Bientôt."),
    ]


def test_a_quoted_line_that_a_program_broke_in_two_is_not_an_answer():
    mail = "> Vous nous avez écrit le 2 février que la fiche au nom de Camille\na été supprimée.\n\nVoir plus haut."
    assert texts(mail, SegmentKind.NEW) == "Voir plus haut."


def test_signature_and_legal_notice_stand_apart_and_a_postscript_does_not():
    mail = (
        "La fiche demeure.\n\nCordialement,\nAlix Juriste\n04 65 71 00 99\n\n"
        "Si vous n’êtes pas le destinataire, supprimez ce message.\n\nPS : la page a changé d’adresse."
    )
    assert texts(mail, SegmentKind.NEW) == "La fiche demeure.\n\nCordialement,\n\nPS : la page a changé d’adresse."
    assert texts(mail, SegmentKind.SIGNATURE) == "Alix Juriste\n04 65 71 00 99"
    assert "destinataire" in texts(mail, SegmentKind.NOTICE)


def test_ordinary_words_that_look_like_a_quote_stay_new():
    for mail in (
        "Le 12 janvier, vous avez écrit à notre service.\nNous répondons.",
        "De : quoi parle-t-on ?\nMerci de préciser.",
        "On verra.\nLe reste suit.",
    ):
        assert texts(mail, SegmentKind.NEW) == mail


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="> \nLeDa:écrit—-_OnSubjectÀ12\u200b\x1b", max_size=400))
def test_no_line_is_lost(mail):
    kept = "\n".join(s.text for s in split(mail))
    assert [w for line in clean(mail).split("\n") for w in line.split()] == kept.split()


def test_what_drives_a_terminal_or_hides_is_gone():
    assert clean("a\x1b]0;x\x07\u202eb\u2066\u200b\ufeffc\r\nd\x00") == "a]0;xbc\nd"


def test_a_very_long_mail_is_read_in_a_moment():
    start = time.process_time()
    for mail in ("Le 1 a\n" * 60_000, "De : a\n" * 60_000, ">" * MAX_TEXT * 2, "Le " * MAX_TEXT, "-" * MAX_TEXT):
        split(mail)
    assert time.process_time() - start < 16


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"MZ\x90\x00", "programme Windows"),
        (b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml", "document Word"),
        (b"PK\x03\x04" + b"\0" * 26 + b"xl/a.xml" + b"vbaProject.bin", "classeur Excel avec macros"),
        (b"PK\x03\x04" + b"\0" * 26 + b"readme.txt", "archive ZIP"),
        (b"<html><script>", "page HTML"),
        (b"\x78\x9f\x3e\x22\x01", "enveloppe Outlook (winmail.dat)"),
        ("Déjà lu".encode(), "texte"),
        (b"\x01\x02\x03", "type inconnu"),
        (b"", "vide"),
    ],
)
def test_a_file_is_what_its_bytes_say(data, told):
    assert real_type(data) == told
