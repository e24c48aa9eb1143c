"""Mails as they come: every program's, and those made to harm."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from listingguard.domain.reply_text import Automatic, SegmentKind
from listingguard.domain.suggestion import suggest
from listingguard.edge.reply_mail import read_mail, reply_rules

MAILS = Path(__file__).parent.parent / "mails" / "replies"
TRUTH = json.loads((MAILS / "truth.json").read_text(encoding="utf-8"))
HEAD = b"From: DPO <dpo@site.example>\nSubject: Re: demande\nMIME-Version: 1.0\n"


def html(body: str) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\n\n" + body.encode()


@pytest.mark.parametrize("name", TRUTH)
def test_new_text_quote_and_origin_of_each_stored_mail(name):
    mail = read_mail((MAILS / name).read_bytes())
    quoted = "\n".join(s.text for s in mail.segments if s.kind is SegmentKind.QUOTED)
    assert TRUTH[name]["new_text_contains"] in mail.new.replace("\n", " ")
    assert TRUTH[name]["quoted_contains"] in quoted.replace("\n> ", " ")
    if TRUTH[name]["quoted_contains"]:
        assert TRUTH[name]["quoted_contains"] not in mail.new
    assert (mail.automatic is not Automatic.NO) is TRUTH[name]["automatic"]
    assert [a.real for a in mail.attachments] == TRUTH[name].get("attachments", [a.real for a in mail.attachments])
    assert mail.notes == ()


def test_html_reads_as_it_shows():
    mail = read_mail(
        html(
            "<html><head><title>t</title><style>p{}</style></head><body><p>Bonjour,<br>un&nbsp;deux</p>"
            "<div style='display:none'>caché</div><ul><li>un</li><li>deux</li></ul><script>alert(1)</script>"
            "<a href='https://site.example/rgpd'>ici</a> <img src='https://site.example/spy.png'>"
            "<blockquote>cité</blockquote></body></html>"
        )
    )
    assert mail.new == "Bonjour,\nun\u00a0deux\n\n- un\n- deux\nici <https://site.example/rgpd>"
    assert [s.text for s in mail.segments if s.kind is SegmentKind.QUOTED] == ["> cité"]


def test_latin_letters_come_through_whatever_the_mail_claims():
    for charset, codec in (("iso-8859-1", "cp1252"), ("utf-8", "cp1252"), ("x-unknown", "utf-8"), ("", "utf-8")):
        claimed = f"; charset={charset}" if charset else ""
        raw = HEAD + f"Content-Type: text/plain{claimed}\n\n".encode() + "Effacée – œuvre".encode(codec)
        assert read_mail(raw).new == "Effacée – œuvre"


def test_an_attachment_is_listed_by_its_bytes_and_its_name_is_harmless():
    program = base64.b64encode(b"MZ\x90\x00rest").decode()
    raw = (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nVoir\n--b\n'
        b"Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''..%2F..%2Fa%E2%80%AEfdp.exe\n"
        b"Content-Transfer-Encoding: base64\n\n" + program.encode() + b"\n--b--\n"
    )
    (file,) = read_mail(raw).attachments
    assert (file.name, file.real, file.claimed, file.size) == (
        ".. .. afdp.exe",
        "programme Windows",
        "application/pdf",
        8,
    )


def nested(depth: int) -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
    return HEAD + opening + b"Content-Type: text/plain\n\nVotre fiche a \xc3\xa9t\xc3\xa9 supprim\xc3\xa9e.\n"


BOMBS = {
    "deep parts": nested(3000),
    "mail in mail": HEAD + b"Content-Type: message/rfc822\n\nSubject: y\n" * 3000 + b"\nBonjour",
    "many parts": HEAD
    + b'Content-Type: multipart/mixed; boundary="b"\n\n'
    + b"--b\nContent-Type: text/plain\n\nA\n" * 10_000,
    "deep html": html("<div>" * 50_000 + "Bonjour"),
    "wide html": html("<p>Bonjour" * 60_000),
    "entities": html('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><p>&b;</p>'),
    "long header": b"From: " + b"a@b.c," * 100_000 + b"\nSubject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nBonjour",
    "comment in comment": b"From: " + b"(" * 60_000 + b"\nTo: " + b"(" * 60_000 + b"\nSubject: x\n\nBonjour",
    "garbage in base64": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"!=%\xff\n" * 100_000,
    "lying charset": HEAD + b"Content-Type: text/plain; charset=utf-16\n\n" + b"\xd8\x00" * 100_000,
    "archive": HEAD + b"Content-Type: application/zip; name=a.zip\n\nPK\x03\x04" + b"\x00" * 100_000,
    "parameters": HEAD + b"Content-Type: text/plain; " + b"a=b; " * 200_000 + b"\n\nBonjour",
    "folded parameters": HEAD + b"Content-Type: multipart/mixed;\n" + b" a=b;\n" * 100_000 + b"\n\nBonjour",
    "no boundary": HEAD + b"Content-Type: multipart/mixed\n\n--x\nBonjour",
    "bytes": bytes(range(256)) * 500,
    "nothing": b"",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_mail_made_to_harm_is_read_as_far_as_it_goes_and_decides_nothing(bomb):
    start = time.process_time()
    mail = read_mail(BOMBS[bomb])
    found = suggest(mail, reply_rules())
    assert time.process_time() - start < 10
    assert found.meaning is None
    assert "\x1b" not in mail.new + mail.subject + mail.sender


def test_a_part_too_deep_is_refused_and_the_rest_kept():
    raw = (
        HEAD + b'Content-Type: multipart/mixed; boundary="top"\n\n--top\nContent-Type: text/plain\n\nBonjour, voici.\n--top\n'
        + nested(50).removeprefix(HEAD)
    )  # fmt: skip
    mail = read_mail(raw)
    assert mail.new.startswith("Bonjour, voici.")
    assert "supprimée" not in mail.new
    assert mail.notes


def test_reports_say_what_was_done():
    def report(action: str) -> Automatic:
        raw = (
            HEAD + b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
            b"Content-Type: text/plain\n\nRapport\n--b\nContent-Type: message/delivery-status\n\n"
            b"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: "
            + action.encode()
            + b"\n--b--\n"
        )
        return read_mail(raw).automatic

    assert report("failed") is Automatic.FAILED
    assert report("delayed") is Automatic.DELAYED
    assert report("delivered") is report("relayed") is Automatic.DELIVERED
