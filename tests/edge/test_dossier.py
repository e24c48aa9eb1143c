"""The dossier in one file: it declares PDF/A-3b (typst made it so; no validator of PDF/A runs here), tags, originals bit for bit."""

import shutil
import subprocess
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdf
import pytest
from PIL import Image

from listingguard.edge.dossier import Document, Shown, dossier_pdf, text_of, without
from listingguard.edge.sheet import Laid
from listingguard.edge.word import word_file

LETTERS = Path(__file__).parents[2] / "letters"
MAIL = (
    b"From: dpo@reserve.example\r\nTo: secretariat@conseil.example\r\nSubject: Refus\r\n"
    b"Message-ID: <1@reserve.example>\r\nReceived: from mx.reserve.example by mx.conseil.example\r\n\r\n"
    b"Nous ne donnons pas suite #1 *x* $a$.\r\n"
)
ZONES = {
    "title": [{"kind": "p", "rows": [[[[["text", "Plainte"]]]]]}],
    "body": [
        {"kind": "h", "rows": [[[[["text", "1. Les faits"]]]]]},
        {"kind": "p", "rows": [[[[["text", "Camille Exemple demande l’effacement."]]]]]},
        {"kind": "ol", "rows": [[[[["text", "Un fait."]], [["text", "Établi"]]]]]},
        {"kind": "table", "rows": [[[[["text", c]]] for c in "abc"], [[[["text", c]]] for c in "def"]]},
    ],
    "signature": [{"kind": "p", "rows": [[[[["text", "Claude Élue"]]]]]}],
}


def picture(size=(1280, 1700), colour=(10, 120, 60)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def exhibits() -> list[Shown]:
    scan = dossier([Shown(1, "Essai", "pieces/piece-01.txt", "Accusé de réception".encode())])
    return [
        Shown(1, "Refus", "pieces/piece-01-refus.eml", MAIL),
        Shown(2, "Page de la fiche", "pieces/piece-02-page.png", picture((1280, 5000))),
        Shown(3, "Accusé", "pieces/piece-03-accuse.pdf", scan),
        Shown(4, "Page masquée", "pieces/piece-04-page.html", b"<html><p>Camille</p></html>", (picture(),)),
        Shown(5, "Fichier", "pieces/piece-05-fichier.bin", b"\x00\x01\xff"),
    ]


def dossier(shown, **more) -> bytes:
    words = {"title": "Plainte et pièces, EX-1", "author": "Conseil d’essai", "footer": "EX-1", **more}
    return dossier_pdf([Document("Plainte", ZONES)], shown, letters=LETTERS, day=date(2026, 5, 6), **words)


@pytest.fixture(scope="module")
def made() -> tuple[bytes, list[Shown]]:
    shown = exhibits()
    return dossier(shown), shown


def test_every_original_is_attached_bit_for_bit(made):
    pdf, shown = made
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert {name: opened.attachments[name].get_file().read_bytes() for name in opened.attachments} == {
            each.name.rpartition("/")[2]: each.data for each in shown
        }


def test_it_says_pdf_a_3b_french_and_tagged_and_every_picture_is_described(made):
    with pikepdf.open(BytesIO(made[0])) as opened:
        assert opened.open_metadata().pdfa_status == "3B"
        assert str(opened.Root.Lang) == "fr-FR"
        assert bool(opened.Root.MarkInfo.Marked)
        assert "/OutputIntents" in opened.Root
        assert "/PageLabels" in opened.Root
        figures = [o for o in opened.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
        assert len(figures) >= 6
        assert all(str(figure.Alt).startswith("Pièce n°") for figure in figures)


def test_each_document_and_exhibit_has_its_bookmark(made):
    with pikepdf.open(BytesIO(made[0])) as opened, opened.open_outline() as outline:
        titles = [item.title.replace("\u202f", " ").replace("\xa0", " ") for item in outline.root]
    assert titles[0] == "Plainte"
    assert [t.partition(" :")[0] for t in titles[-5:]] == [f"Pièce n° {n}" for n in range(1, 6)]


def test_the_same_input_gives_the_same_bytes(made):
    assert dossier(made[1]) == made[0]


def test_without_attachments_it_says_where_the_originals_are(made):
    with pikepdf.open(BytesIO(dossier(made[1], attach=False))) as opened:
        assert not opened.attachments


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed here")
def test_poppler_reads_headers_whole_heads_of_pages_and_hostile_words_as_words(made, tmp_path):
    (tmp_path / "d.pdf").write_bytes(made[0])
    told = subprocess.run(["pdftotext", tmp_path / "d.pdf", "-"], capture_output=True, text=True, check=True).stdout
    told = told.replace("\u202f", " ").replace("\xa0", " ")
    assert "Message-ID: <1@reserve.example>" in told
    assert "Received: from mx.reserve.example by mx.conseil.example" in told
    assert "Nous ne donnons pas suite #1 *x* $a$." in told
    assert "Pièce n° 2 — 2/3" in told
    subprocess.run(["pdftoppm", "-r", "20", tmp_path / "d.pdf", tmp_path / "p"], check=True, capture_output=True)
    assert len(list(tmp_path.glob("p-*.ppm"))) > 8


def test_a_sheet_of_ours_is_laid_out_as_text_under_the_address_of_its_page():
    address = "https://reserve.example/masseur-kinesitherapeute/valence/camille-exemple"
    strips = [(picture((803, 900)), "Image de la page, partie 1 sur 2"), (picture((803, 300)), "partie 2 sur 2")]
    rows = [["Fait", "Valeur"], *([f"Fait {n}", f"valeur {n} {'mot ' * 40}"] for n in range(60))]
    page = {
        "heading": "Fiche de capture", "subtitle": ["Dossier EX-1"], "url": [address],
        "parts": [{"heading": "Comment", "rows": rows}, {"heading": "Ce qu’elle prouve", "list": ["#1 *x*"]}],
    }  # fmt: skip
    shown = Shown(1, "Page de la fiche", "pieces/piece-01.html", b"<p>Camille</p>", (Laid(b"", page, tuple(strips)),))
    pdf = dossier([shown, Shown(2, "Refus", "pieces/piece-02.eml", MAIL)])
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]
    mine = [text for text in pages if "Pièce n° 1" in text.replace("\u202f", " ").replace("\u00a0", " ")][1:]
    assert len(mine) >= 4
    assert all(address in text for text in mine)
    assert not any(address in text for text in pages if text not in mine)
    assert all(f"valeur {n} " in " ".join("".join(mine).split()) for n in range(60))
    assert "#1 *x*" in "".join(mine)
    assert sum(len(page.images) for page in pypdf.PdfReader(BytesIO(pdf)).pages) == 2
    with pikepdf.open(BytesIO(pdf)) as opened:
        told = [str(node.Alt) for node in opened.objects if isinstance(node, pikepdf.Dictionary) and "/Alt" in node]
    assert all("Pièce n° 1" in alt.replace("\u202f", " ").replace("\u00a0", " ") for alt in told)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_mail_that_does_not_say_how_it_is_written_keeps_its_accents(encoding):
    mail = b"From: dpo@reserve.example\r\nSubject: Refus\r\n\r\n" + "La requête est rejetée – à tort.\r\n".encode(
        encoding
    )
    pdf = dossier([Shown(1, "Refus", "pieces/piece-01.eml", mail)])
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)
    assert "La requête est rejetée – à tort." in text
    assert "FFFD" not in text


def test_a_mail_loses_the_attachment_it_may_not_carry_and_nothing_else():
    from email.message import EmailMessage
    from hashlib import sha256

    mail = EmailMessage()
    mail["From"], mail["Subject"] = "secretariat@conseil.example", "Demande"
    mail.set_content("Voici la demande.")
    for name, data in (("demande.pdf", b"%PDF-1.7 demande"), ("mandat.pdf", b"%PDF-1.7 mandat, 12 rue Secrete")):
        mail.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    whole = mail.as_bytes()
    copy = without(whole, {sha256(b"%PDF-1.7 mandat, 12 rue Secrete").hexdigest()})
    assert copy is not None
    import email as library

    kept = [part.get_payload(decode=True) for part in library.message_from_bytes(copy).walk()]
    assert b"%PDF-1.7 demande" in kept
    assert not any(b"Secrete" in (each or b"") for each in kept)
    assert "Voici la demande." in (text_of(".eml", copy) or "")
    assert without(whole, {"0" * 64}) is None


def test_a_word_file_holds_the_same_words_and_the_same_input_gives_the_same_bytes():
    from docx import Document as Read

    made = word_file(ZONES, title="Plainte", day=date(2026, 5, 6))
    assert made == word_file(ZONES, title="Plainte", day=date(2026, 5, 6))
    read = Read(BytesIO(made))
    words = [paragraph.text for paragraph in read.paragraphs]
    assert "Camille Exemple demande l’effacement." in words
    assert "1. Un fait.\nÉtabli" in words
    assert [cell.text for cell in read.tables[0].rows[1].cells] == ["d", "e", "f"]


def test_a_joint_note_is_about_several_people_each_once():
    from listingguard.domain.letter import CNIL, JointFields, JointLine, Kind, Sender
    from listingguard.edge.render import Renderer
    from listingguard.errors import Refused

    council = Sender("Conseil d’essai", "", ("1 place de l’Exemple", "26000 Valence"), "a@conseil.example", "")
    lines = tuple(
        JointLine(f"EX26-2026-000{n}", name, date(2026, 5, n), "a" * 64)
        for n, name in ((1, "Camille EXEMPLE"), (2, "Sacha MODÈLE"))
    )
    fields = JointFields(
        "EX26-2026-0001 et 1 autre", date(2026, 5, 6), "Valence", council, CNIL, "Rdv-Soins", "RDV-SOINS SAS", lines,
        "Claude Élue, présidente",
    )  # fmt: skip
    text = Renderer(LETTERS).text(Kind.JOINT.value, fields)
    assert "au nom d’une seule personne" in text.replace("\n", " ")
    assert "Sacha MODÈLE" in text
    import dataclasses

    twice = dataclasses.replace(fields, complaints=(lines[0], lines[0]))
    with pytest.raises(Refused, match="document"):
        Renderer(LETTERS).text(Kind.JOINT.value, twice)


def test_what_no_page_shows_is_attached_with_its_title_and_left_out_where_nothing_is(made):
    beside = [("pieces/piece-02-fiche-technique.json", b'{"a":1}', "Fiche technique de la pièce n° 2")]
    attached = pypdf.PdfReader(BytesIO(dossier(made[1], joined=beside))).attachments
    assert attached["piece-02-fiche-technique.json"] == [b'{"a":1}']
    assert len(attached) == len(made[1]) + 1
    assert not pypdf.PdfReader(BytesIO(dossier(made[1], joined=beside, attach=False))).attachments


def test_a_mail_says_first_and_decoded_from_whom_to_whom_and_about_what(made):
    mail = (
        b"From: =?utf-8?q?D=C3=A9l=C3=A9gu=C3=A9e?= <dpo@reserve.example>\r\nTo: secretariat@conseil.example\r\n"
        b"Date: Fri, 13 Mar 2026 10:00:00 +0100\r\nSubject: =?utf-8?q?R=C3=A9ponse_=C3=A0_votre_demande?=\r\n\r\nNon.\r\n"
    )
    text = " ".join(
        " ".join(
            page.extract_text() for page in pypdf.PdfReader(BytesIO(dossier([Shown(1, "M", "p/m.eml", mail)]))).pages
        ).split()
    )
    assert "De : Déléguée <dpo@reserve.example>" in text
    assert "Objet : Réponse à votre demande" in text
    # The headers as they came stand below, whole.
    assert "=?utf-8?q?R=C3=A9ponse_=C3=A0_votre_demande?=" in text
    broken = b"Subject: =?utf-8?b?////?=\r\nFrom: <\r\n\r\nNon.\r\n"
    assert dossier([Shown(1, "M", "p/m.eml", broken)])
