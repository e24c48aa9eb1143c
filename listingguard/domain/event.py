"""One line of the log: what an event is, how it is hashed and chained. No clock, no storage, no meaning of kinds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from operator import methodcaller

from listingguard.errors import BadInput

GENESIS = "0" * 64

HOME_STREAM = "home"
"""The chain of what happened to the home itself: imports, agreements, mandates, verified sites."""

PROGRAM = "listingguard"
"""The actor of what the program records by itself: a day that came, a server's report, a date computed again."""

# RFC 8785 numbers are IEEE doubles: past this, two readers may disagree about an integer.
_EXACT = 2**53 - 1
_AT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded fact and the hash that ties it to all before it in its stream.

    stream: a case reference, or the home's own stream
    seq:    1, 2, 3… within the stream
    key:    id of the fact, or a due date; (stream, kind, key) is unique
    day:    the day it happened, in the controller's zone; at: when it was recorded, UTC
    proof:  hash of the evidence, or empty
    prev:   hash of the event before it; GENESIS for the first
    actor_salt: hex; with it, the hash covers a commitment to the actor instead of the name, so that the event can be shown
            and checked without saying who recorded it. Empty: an event of before, whose hash covers the name itself
    """

    stream: str
    seq: int
    kind: str
    key: str
    day: date
    at: datetime
    actor: str
    proof: str
    payload_hash: str
    prev: str
    hash: str
    actor_salt: str = ""


def canonical(obj: object) -> bytes:
    """Return the one JSON text of `obj`, as RFC 8785 writes it.

    Keys in UTF-16 order, no spaces, UTF-8. Numbers are integers of at most 2**53 - 1: a float, NaN included,
    is a ValueError (write money in cents and durations in whole units), as is any type that JSON lacks.

    >>> canonical({"é": [1, True, None], "a": "x\\n"}).decode()
    '{"a":"x\\\\n","é":[1,true,null]}'
    """
    return _ENCODER.encode(_ordered(obj)).encode("utf-8")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_UTF16 = methodcaller("encode", "utf-16-be")
_AS_THEY_ARE = (str, bool, type(None))


def _ordered(obj: object) -> object:
    """Return the same in JSON's own types, each object's keys in order; raise ValueError for what has no exact JSON."""
    if obj is None or isinstance(obj, (str, bool)):
        return obj
    if isinstance(obj, (list, tuple)):
        return [item if type(item) in _AS_THEY_ARE else _ordered(item) for item in obj]
    if isinstance(obj, int):
        if abs(obj) > _EXACT:
            raise ValueError(f"{obj} is too large for exact JSON")
        return int(obj)
    if isinstance(obj, (dict, Mapping)):
        try:
            # Among ASCII letters, all orders are one.
            keys = sorted(obj) if all(map(str.isascii, obj)) else sorted(obj, key=_UTF16)
        except (AttributeError, TypeError):
            raise ValueError("JSON keys are text") from None
        return {key: item if type(item := obj[key]) in _AS_THEY_ARE else _ordered(item) for key in keys}
    raise ValueError(f"{type(obj).__name__} has no canonical JSON")


def payload_hash(salt: bytes, payload: Mapping[str, object]) -> str:
    """Return the SHA-256, in hex, of the salt followed by the canonical payload.

    The salt keeps a deleted payload from being guessed back from its hash.
    """
    return text_hash(salt, canonical(payload))


def text_hash(salt: bytes, text: bytes) -> str:
    """Return the hash of a payload already written as canonical JSON."""
    return hashlib.sha256(salt + text).hexdigest()


def event_json(event: Event) -> dict[str, object]:
    """Return the event as JSON types: `day` as AAAA-MM-JJ, `at` in UTC with microseconds and a final Z."""
    members = {name: getattr(event, name) for name in Event.__slots__ if name != "actor_salt" or event.actor_salt}
    return members | {"day": event.day.isoformat(), "at": event.at.astimezone(UTC).strftime(_AT)}


def unnamed_json(event: Event) -> dict[str, object]:
    """Return the same with a commitment, `actor_hash`, for who recorded it; an event without salt stays as it is.

    The salt keeps a name from being guessed back from its hash.
    """
    members = event_json(event)
    if salt := members.pop("actor_salt", None):
        members["actor_hash"] = hashlib.sha256(canonical({"actor": members.pop("actor"), "salt": salt})).hexdigest()
    return members


def members_hash(members: Mapping[str, object]) -> str:
    """Return the SHA-256, in hex, of what `unnamed_json` gives, canonical, without its `hash` member."""
    return hashlib.sha256(canonical({name: each for name, each in members.items() if name != "hash"})).hexdigest()


def event_hash(event: Event) -> str:
    """Return the hash that an event must bear."""
    return members_hash(unnamed_json(event))


def event_from_json(members: object) -> Event:
    """Return the event that `event_json` wrote; anything it could not have written is a BadInput."""
    try:
        if not isinstance(members, Mapping):
            raise ValueError("not an object")
        read = dict(members)
        read["day"] = date.fromisoformat(read["day"])
        read["at"] = datetime.strptime(read["at"], _AT).replace(tzinfo=UTC)
        event = Event(**read)
        # Reading back must give the same text, or two spellings would share one hash.
        texts = all(isinstance(value, str) for name, value in read.items() if name not in {"seq", "day", "at"})
        if event_json(event) != members or type(event.seq) is not int or not texts:
            raise ValueError("not as written")
        canonical(members)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("Cette ligne n’est pas un événement du journal.") from error
    return event


def chained(
    prev: Event | None,
    *,
    stream: str,
    kind: str,
    key: str,
    day: date,
    at: datetime,
    actor: str,
    proof: str,
    payload_hash: str,
    actor_salt: str = "",
) -> Event:
    """Return the next event of the stream after `prev` (None: the first).

    Raises ValueError when `at` has no time zone or `prev` belongs to another stream.
    """
    if at.utcoffset() is None:
        raise ValueError("at needs a time zone")
    if prev is not None and prev.stream != stream:
        raise ValueError(f"{prev.stream} is not {stream}")
    event = Event(
        stream=stream,
        seq=prev.seq + 1 if prev else 1,
        kind=kind,
        key=key,
        day=day,
        at=at.astimezone(UTC),
        actor=actor,
        proof=proof,
        payload_hash=payload_hash,
        prev=prev.hash if prev else GENESIS,
        hash="",
        actor_salt=actor_salt,
    )
    return replace(event, hash=event_hash(event))


def broken_links(events: Sequence[Event], sealed: Collection[int] = ()) -> tuple[str, ...]:
    """Return one French sentence per altered, missing, doubled, misplaced or replaced event; empty: intact.

    Takes whole streams, in the order they were kept; several may be mixed. A chain cannot see that its last
    events were cut off: whoever keeps it must also keep the hash and number of its head.
    sealed: numbers of the events of which only number, `prev` and `hash` are known; their links are checked, their
    content is not.
    """
    streams: dict[str, list[Event]] = {}
    for event in events:
        streams.setdefault(event.stream, []).append(event)
    return tuple(sentence for stream, chain in streams.items() for sentence in _broken(stream, chain, sealed))


def _broken(stream: str, chain: Sequence[Event], sealed: Collection[int]) -> list[str]:
    found: list[str] = []
    by_number: dict[int, Event] = {}
    highest = 0
    for event in chain:
        if event.seq in by_number:
            found.append(f"{stream}, événement n°\u00a0{event.seq}\u00a0: il figure deux fois.")
            continue
        if event.seq < highest:
            found.append(f"{stream}, événement n°\u00a0{event.seq}\u00a0: il n’est pas à sa place.")
        highest = max(highest, event.seq)
        by_number[event.seq] = event
    for start, end in _gaps(sorted(by_number)):
        found.append(
            f"{stream}, événement n°\u00a0{start}\u00a0: il manque."
            if start == end
            else f"{stream}, événements n°\u00a0{start} à {end}\u00a0: ils manquent."
        )
    for number in sorted(by_number):
        event, before = by_number[number], by_number.get(number - 1)
        if number not in sealed and event.hash != event_hash(event):
            found.append(f"{stream}, événement n°\u00a0{number}\u00a0: il a été modifié.")
        elif number == 1 and event.prev != GENESIS:
            found.append(f"{stream}, événement n°\u00a01\u00a0: il n’est pas le début de la chaîne.")
        elif before and event.prev != before.hash and (before.seq in sealed or event.prev != event_hash(before)):
            found.append(
                f"{stream}, événements n°\u00a0{number - 1} et {number}\u00a0: l’un des deux a été remplacé, "
                "la chaîne est rompue entre eux."
            )
    return found


def _gaps(numbers: Sequence[int]) -> list[tuple[int, int]]:
    before = [0, *numbers[:-1]]
    return [(low + 1, high - 1) for low, high in zip(before, numbers, strict=True) if high - low > 1]
