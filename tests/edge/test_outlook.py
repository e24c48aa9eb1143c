"""What is no plain mail: an Outlook file, a scan, a folder in one file; and headers made to harm."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.envelope import Hand
from listingguard.edge.envelope import MAX_HEAD, envelope
from listingguard.edge.outlook import envelope_of, is_mbox, is_scan, mails_in, read_any, safe_html
from tests import outlook_file

HEADERS = (
    "Received: from a by mx.conseil.example; Wed, 11 Mar 2026 09:00:00 +0100\r\n"
    "From: Déléguée <dpo@site.example>\r\nTo: lettres+abcdefgh234567abcdef@conseil.example\r\n"
    "In-Reply-To: <kine.1@conseil.example>\r\nMessage-ID: <r1@site.example>\r\nSubject: =?utf-8?q?Re_=3A_r=C3=A9ponse?=\r\n"
)
FILES = (("piège.pdf", b"MZ\x90 programme"), ("grand.bin", b"%PDF-" + b"x" * 9000))


def test_an_outlook_file_is_read_and_routed_like_the_mail_it_was():
    raw = outlook_file.outlook(
        "Votre fiche a été supprimée.", headers=HEADERS, subject="Re : réponse", attachments=FILES
    )
    found, mail = envelope_of(raw), read_any(raw)
    assert (found.sender, found.named, found.day.isoformat()) == (
        "dpo@site.example", ("<kine.1@conseil.example>",), "2026-03-11",
    )  # fmt: skip
    assert found.to == ("lettres+abcdefgh234567abcdef@conseil.example",)
    assert (mail.new, mail.subject, mail.answers) == ("Votre fiche a été supprimée.", "Re : réponse", True)
    assert [(a.name, a.real, a.size) for a in mail.attachments] == [
        ("piège.pdf", "programme Windows", 13), ("grand.bin", "PDF", 9005),
    ]  # fmt: skip
    assert mail.notes == ()
    assert b"supprim\xc3\xa9e" in safe_html(raw)


def test_an_outlook_file_cut_anywhere_is_read_as_far_as_it_goes():
    raw = outlook_file.outlook("Bonjour", headers=HEADERS, attachments=FILES)
    for end in range(8, len(raw), 997):
        cut = read_any(raw[:end])
        assert cut.notes or cut.new == "Bonjour"
        envelope_of(raw[:end])
        safe_html(raw[:end])


def test_a_scan_is_no_mail_and_says_nothing():
    for raw in (b"%PDF-1.7\nx", b"\x89PNG\r\n\x1a\nx", b"\xff\xd8\xff\xe0x"):
        assert is_scan(raw)
        assert envelope_of(raw) is None
        assert read_any(raw).new == ""
    assert envelope_of(b"bonjour") is None


def test_a_folder_in_one_file_gives_its_mails_byte_for_byte(tmp_path):
    mails = [f"From: a@b.example\nSubject: {n}\n\nBonjour\n".encode() for n in range(3)]
    box = tmp_path / "a.mbox"
    box.write_bytes(b"".join(b"From a@b.example Tue Feb  3 10:00:00 2026\n" + mail + b"\n" for mail in mails))
    assert is_mbox(box.read_bytes())
    assert not is_mbox(mails[0])
    assert [mail.strip() for mail in mails_in(box)] == [mail.strip() for mail in mails]


# -- headers -----------------------------------------------------------------------------------------------------------


@given(
    st.binary(max_size=400), st.sampled_from(["From", "To", "Date", "Received", "References", "Return-Path", "Subject"])
)
def test_headers_of_any_bytes_are_read_without_a_fault(value, name):
    found = envelope(name.encode() + b": " + value + b"\r\n\r\nBonjour")
    assert "\n" not in found.subject
    assert all("@" in address for address in found.to)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b"a@b.example, " * 100_000 + b"\n\n",
        b"References: " + b"<a@b> " * 200_000 + b"\n\n",
        b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\n",
        b"".join(b"Authentication-Results: x; dmarc=fail\n" for _ in range(50_000)) + b"\n",
        b"From: " + b"(" * 60_000 + b"\n\n",
        b"From: " + b'"' * 60_000 + b"\n\n",
        b"From: " + b"<" * 60_000 + b"@b.example\n\n",
        b"Date: " + b"Mon, " * 50_000 + b"\n\n",
        b"Content-Type: text/plain; " + b"a=b; " * 200_000 + b"\n\n",
        b"A" * 5_000_000,
    ],
    ids=lambda raw: raw[:12].decode(),
)
def test_headers_made_to_harm_take_no_time_and_name_nobody(raw):
    start = time.process_time()
    found = envelope(raw)
    assert time.process_time() - start < 8
    assert found.sender == ""
    assert len(raw[:MAX_HEAD]) <= MAX_HEAD


def test_a_notice_that_a_person_s_answer_may_hide_in_is_no_automatic_answer():
    ticket = b"From: a@b.example\nAuto-Submitted: auto-generated\nSubject: [Ticket 12]\n\n"
    assert envelope(ticket).hand is Hand.PERSON
    assert envelope(b"From: a@b.example\nAuto-Submitted: no\n\n").hand is Hand.PERSON
    assert envelope(b"From: MAILER-DAEMON@b.example\n\n").hand is Hand.REPORT
