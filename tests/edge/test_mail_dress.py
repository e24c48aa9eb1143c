"""What of a mail's pictures is only its dress: messages as mail programs write them (tests/mails/dress)."""

import time
from pathlib import Path

import pytest

from listingguard.edge.dossier import words_within
from listingguard.edge.mail_dress import shown_in

MAILS = Path(__file__).parent.parent / "mails" / "dress"


def mail(name: str) -> bytes:
    return (MAILS / f"{name}.eml").read_bytes()


@pytest.mark.parametrize("name", ["signature", "pixel"])
def test_a_logo_under_the_signature_an_icon_and_a_dot_that_counts_readers_are_no_enclosure(name):
    words, whole = words_within(".eml", mail(name))
    assert whole
    assert "ne donnons pas suite" in words


@pytest.mark.parametrize("name", ["scan", "pasted", "quoted", "embedded"])
def test_a_scan_or_a_screenshot_is_never_taken_for_dress(name):
    assert words_within(".eml", mail(name))[1] is False


def test_a_wide_banner_is_dress_only_where_another_message_of_the_house_shows_the_same():
    assert words_within(".eml", mail("banner-1"))[1] is False
    assert words_within(".eml", mail("banner-1"), shown_in(mail("banner-2")))[1] is True


def test_what_stands_in_two_messages_but_among_words_is_looked_at_by_a_person():
    assert words_within(".eml", mail("pasted"), shown_in(mail("quoted")))[1] is False
    assert words_within(".eml", mail("quoted"), shown_in(mail("pasted")))[1] is False


def test_a_logo_that_is_also_attached_as_a_file_hides_no_other_picture():
    scan = mail("scan").replace(b"Content-Disposition: attachment", b"Content-Disposition: inline")
    assert words_within(".eml", scan)[1] is False


@pytest.mark.parametrize("filler", ["<style>", "<p>de : ", "<img src=cid:x>", "<!--", "<div class=gmail_quote>"])
def test_hostile_markup_is_read_in_time(filler):
    head, _, tail = mail("signature").partition(b"<p>Bonjour,</p>")
    started = time.process_time()
    words_within(".eml", head + filler.encode() * (600_000 // len(filler)) + tail)
    assert time.process_time() - started < 20


@pytest.mark.parametrize("broken", [b"Content-ID: \xff\xfe<", b"Content-ID: =?utf-8?q?=?="])
def test_a_broken_header_never_stops_the_reading(broken):
    data = mail("signature").replace(b"Content-ID: <image002", broken + b"<image002")
    words_within(".eml", data)
