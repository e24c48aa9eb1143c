"""The log's chain: canonical text, hashes, and every way a stored chain can have been changed."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listingguard.domain.event import (
    GENESIS,
    Event,
    broken_links,
    canonical,
    chained,
    event_from_json,
    event_hash,
    event_json,
    members_hash,
    payload_hash,
    unnamed_json,
)
from listingguard.errors import BadInput

AT = datetime(2026, 3, 5, 8, 30, 0, 250_000, tzinfo=UTC)


def chain(length: int, stream: str = "K75-2026-0042") -> list[Event]:
    events: list[Event] = []
    for number in range(length):
        events.append(
            chained(
                events[-1] if events else None,
                stream=stream,
                kind="received",
                key=f"envoi-{number}",
                day=date(2026, 3, 5) + timedelta(days=number),
                at=AT + timedelta(hours=number),
                actor="Camille Exemple",
                proof="",
                payload_hash=payload_hash(b"sel", {"n": number}),
            )
        )
    return events


def test_a_chain_starts_at_genesis_and_each_event_names_the_one_before():
    first, second, third = chain(3)
    assert (first.seq, first.prev) == (1, GENESIS)
    assert (second.seq, second.prev) == (2, first.hash)
    assert (third.seq, third.prev) == (3, second.hash)
    assert broken_links([first, second, third]) == ()
    assert broken_links([]) == ()


def test_the_hash_can_be_made_again_without_listingguard():
    event = chain(1)[0]
    members = json.loads(json.dumps(event_json(event)))
    del members["hash"]
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == event.hash
    assert members["at"] == "2026-03-05T08:30:00.250000Z"
    assert payload_hash(b"sel", {"n": 0}) == hashlib.sha256(b'sel{"n":0}').hexdigest() == event.payload_hash


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "erased_claimed"),
        ("key", "autre"),
        ("day", date(2026, 3, 1)),
        ("at", AT - timedelta(days=1)),
        ("actor", "Dominique Exemple"),
        ("proof", "a" * 64),
        ("payload_hash", "b" * 64),
        ("hash", "c" * 64),
    ],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_altered_field_is_told_by_the_number_of_its_event_alone(field, value, number):
    events = chain(3)
    events[number - 1] = replace(events[number - 1], **{field: value})
    assert broken_links(events) == (f"K75-2026-0042, événement n°\u00a0{number}\u00a0: il a été modifié.",)


def test_with_a_salt_of_its_own_the_name_stays_out_of_what_is_hashed_and_cannot_be_changed():
    common = {
        "stream": "X",
        "kind": "received",
        "key": "1",
        "day": AT.date(),
        "at": AT,
        "proof": "",
        "payload_hash": "",
    }
    event = chained(None, actor="Dominique Exemple", actor_salt="ab" * 16, **common)
    assert "Dominique" not in str(unnamed_json(event))
    assert members_hash(unnamed_json(event)) == event.hash
    assert event_from_json(json.loads(canonical(event_json(event)))) == event
    for change in ({"actor": "Autre"}, {"actor_salt": "ac" * 16}, {"actor_salt": ""}):
        assert broken_links([replace(event, **change)])
    # One recorded before names had a salt: its hash covers the name.
    assert unnamed_json(chain(1)[0]) == event_json(chain(1)[0])


def test_an_event_rewritten_with_a_fresh_hash_breaks_the_link_to_the_next():
    events = chain(4)
    forged = replace(events[1], day=date(2026, 1, 1))
    events[1] = replace(forged, hash=event_hash(forged))
    (sentence,) = broken_links(events)
    assert "n°\u00a02 et 3" in sentence
    assert "remplacé" in sentence


def test_a_missing_event_is_told_by_its_number():
    events = chain(6)
    assert "n°\u00a03\u00a0: il manque" in broken_links(events[:2] + events[3:])[0]
    assert "n°\u00a01 à 2\u00a0: ils manquent" in broken_links(events[2:])[0]


def test_reordered_and_doubled_events_are_told():
    one, two, three = chain(3)
    assert broken_links([one, three, two]) == ("K75-2026-0042, événement n°\u00a02\u00a0: il n’est pas à sa place.",)
    assert broken_links([one, two, two, three]) == ("K75-2026-0042, événement n°\u00a02\u00a0: il figure deux fois.",)


def test_a_chain_grafted_on_another_stream_is_told():
    other = chain(2, "K33-2026-0001")
    mixed = [*chain(2), replace(other[1], stream="K75-2026-0042", seq=3)]
    assert any("n°\u00a03" in sentence for sentence in broken_links(mixed))
    assert broken_links([*chain(2), *other]) == ()
    with pytest.raises(ValueError, match="K33"):
        chained(
            other[0], stream="K75", kind="k", key="k", day=date(2026, 1, 1), at=AT, actor="", proof="", payload_hash=""
        )


def test_a_first_event_that_follows_something_is_told():
    (event,) = chain(1)
    false_start = replace(event, prev="f" * 64)
    assert "début de la chaîne" in broken_links([replace(false_start, hash=event_hash(false_start))])[0]


def test_a_time_without_zone_is_refused_and_any_zone_gives_the_same_hash():
    paris = AT.astimezone(timezone(timedelta(hours=1)))
    common = {"stream": "s", "kind": "k", "key": "", "day": AT.date(), "actor": "", "proof": "", "payload_hash": ""}
    assert chained(None, at=AT, **common) == chained(None, at=paris, **common)
    with pytest.raises(ValueError, match="zone"):
        chained(None, at=AT.replace(tzinfo=None), **common)


@given(
    st.text(max_size=20),
    st.integers(1, 10**6),
    st.dates(min_value=date(1000, 1, 1)),
    st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_an_event_survives_json(text, seq, day, at):
    event = Event(text, seq, text, text, day, at, text, text, text, text, text)
    try:
        canonical(text)
    except ValueError:
        return
    assert event_from_json(json.loads(canonical(event_json(event)))) == event


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 1.0},
        {"seq": True},
        {"seq": "1"},
        {"day": "20260305"},
        {"day": 5},
        {"at": "2026-03-05T08:30:00Z"},
        {"at": "2026-03-05T09:30:00.250000+01:00"},
        {"actor": None},
        {"extra": ""},
        {"stream": "\ud800"},
    ],
)
def test_json_that_we_never_write_is_bad_input(change):
    members = event_json(chain(1)[0])
    assert event_from_json(members)
    with pytest.raises(BadInput):
        event_from_json(members | change)


@pytest.mark.parametrize("members", [None, [], "x", {}, {"seq": 1}])
def test_json_that_is_no_event_is_bad_input(members):
    with pytest.raises(BadInput):
        event_from_json(members)


def test_canonical_json_is_that_of_rfc_8785():
    # The sorting example of RFC 8785, part 3.2.3: UTF-16 order, not code point order.
    names = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "ö": 7}
    assert list(json.loads(canonical(names))) == ["\r", "1", "\u0080", "ö", "€", "\U0001f600", "\ufb33"]
    assert canonical({"b": [None, True, False], "a": '\u000f\n\\"/\u007f'}) == (
        b'{"a":"\\u000f\\n\\\\\\"/\x7f","b":[null,true,false]}'
    )
    assert canonical([(), {}, "", 0, -1, 2**53 - 1]) == b'[[],{},"",0,-1,9007199254740991]'


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), float("inf"), 2**53, {1: "a"}, {"a": {2}}, b"x", AT, "\ud800", [[0.5]]]
)
def test_what_has_no_exact_json_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011
        canonical(value)


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(TREES)
def test_canonical_json_reads_back_and_does_not_depend_on_the_order_of_keys(tree):
    text = canonical(tree)
    assert json.loads(text) == tree
    if isinstance(tree, dict):
        assert canonical(dict(reversed(tree.items()))) == text


def test_the_salt_hides_a_guessable_payload():
    assert payload_hash(b"a", {"x": 1}) != payload_hash(b"b", {"x": 1}) != payload_hash(b"b", {"x": 2})
