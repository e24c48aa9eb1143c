"""A calendar file any calendar takes: whole days, folded as it must be, and no value that says more than it is."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.diary import Entry
from listingguard.edge.ics import calendar_file

AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def entry(title="Titre", text="Texte", uid="K-1-legal@listingguard", day=date(2026, 2, 5)):
    return Entry(uid, day, title, text)


def unfolded(data):
    return data.decode().replace("\r\n ", "").split("\r\n")


def value(data, name):
    lines = [line for line in unfolded(data) if line.startswith((f"{name}:", f"{name};"))]
    return lines[0].partition(":")[2]


def plain(text):
    return text.replace("\\n", "\n").replace("\\;", ";").replace("\\,", ",").replace("\\\\", "\\")


def test_a_day_is_a_whole_day_in_every_time_zone():
    data = calendar_file([entry()], at=AT)
    assert value(data, "DTSTART") == "20260205"
    assert value(data, "DTEND") == "20260206"
    assert b"DTSTART;VALUE=DATE:" in data
    assert value(data, "DTSTAMP") == "20260105T093000Z"


def test_the_same_entry_given_again_moves_instead_of_doubling():
    first = calendar_file([entry()], at=AT, revision=3)
    later = calendar_file([entry(day=date(2026, 2, 9))], at=AT, revision=4)
    assert value(first, "UID") == value(later, "UID")
    assert (value(first, "SEQUENCE"), value(later, "SEQUENCE")) == ("3", "4")


def test_commas_line_breaks_and_backslashes_come_out_as_they_went_in():
    text = "Un, deux ; trois\net \\n quatre"
    data = calendar_file([entry(text=text)], at=AT)
    said = value(data, "DESCRIPTION")
    assert "\n" not in said
    assert plain(said.replace("\\\\n", "\x00")).replace("\x00", "\\n").replace("\u00a0", " ") == text


def test_a_value_cannot_begin_a_property_of_its_own():
    hostile = "x\r\nATTENDEE:mailto:a@b.fr\r\nEND:VCALENDAR\u2028\x0bBEGIN:VEVENT"
    data = calendar_file([entry(title=hostile, text=hostile, uid=hostile)], at=AT)
    lines = unfolded(data)
    assert not [line for line in lines if line.startswith("ATTENDEE")]
    assert lines.count("END:VCALENDAR") == 1
    assert [line for line in lines if line.startswith("BEGIN:VEVENT")] == ["BEGIN:VEVENT"]


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(title, text):
    data = calendar_file([entry(title=title, text=text)], at=AT)
    assert data.endswith(b"END:VCALENDAR\r\n")
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
        assert not set(line) & set(range(0x20)), line


def test_the_same_input_gives_the_same_bytes():
    assert calendar_file([entry()], at=AT) == calendar_file([entry()], at=AT)
