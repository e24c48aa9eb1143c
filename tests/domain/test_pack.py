"""Where a dossier stands: every answer from the facts, none kept apart from them."""

from datetime import UTC, date, datetime

import pytest

from listingguard.domain.case import EventKind, Fact
from listingguard.domain.event import chained, payload_hash
from listingguard.domain.pack import PLACES, Role, lawyer_of, pack_states, sealed_events, unnamed_events

SHA = "a" * 64
DUE = date(2026, 2, 12)


def facts(*later: tuple[EventKind, str, dict[str, object]]) -> list[Fact]:
    built = {"sha256": SHA, "legal_due": DUE.isoformat(), "parts": [{"path": "x.zip", "sha256": SHA}]}
    told = [(EventKind.PACK_BUILT, "CDO26-2026-0001/1", built), *later]
    day = date(2026, 3, 1)
    return [Fact(n, kind, key, day, "Claude Élue", "", data) for n, (kind, key, data) in enumerate(told, 1)]


def state(*later: tuple[EventKind, str, dict[str, object]], wanted: int = 1, due: date = DUE):
    (found,) = pack_states("CDO26-2026-0001", facts(*later), wanted=wanted, legal_due=due)
    return found


SIGNED = (EventKind.PACK_SIGNED, "1", {"sha256": SHA, "second": False})
SECOND = (EventKind.PACK_SIGNED, "2", {"sha256": SHA, "second": True})
FILED = (EventKind.FILED, SHA, {"pack": SHA, "number": "26-1"})


def test_it_is_frozen_once_everybody_signed():
    assert (state().frozen, state().label) == (False, "à signer")
    assert state(SIGNED).frozen
    assert not state(SIGNED, wanted=2).frozen
    assert state(SIGNED, SECOND, wanted=2).frozen


def test_a_signature_of_another_dossier_is_none_of_its_own():
    other = (EventKind.PACK_SIGNED, "1", {"sha256": "b" * 64, "second": False})
    assert not state(other).frozen


@pytest.mark.parametrize(
    "kind", [EventKind.AGREEMENT_FOUND, EventKind.WITHDRAWN, EventKind.DECEASED, EventKind.MANDATE_REVOKED]
)
def test_what_ends_the_right_to_complain_undoes_it(kind):
    assert "1er mars 2026" in state(SIGNED, (kind, "x", {})).void


def test_a_legal_date_that_moved_undoes_what_was_not_filed_and_tells_both_dates():
    moved = state(SIGNED, due=date(2026, 2, 13))
    assert "12 février 2026" in moved.void
    assert "13 février 2026" in moved.void
    assert state(SIGNED, FILED, due=date(2026, 2, 13)).void == ""
    assert state(SIGNED).void == ""


def test_a_correction_of_what_it_told_undoes_it_and_of_what_came_later_does_not():
    later = (EventKind.PRECISION_ASKED, "p", {})
    assert state(SIGNED, later, (EventKind.CORRECTION, "3", {"void": True})).void == ""
    early = [Fact(1, EventKind.RECEIVED, "r", date(2026, 1, 12), "A", "", {})]
    raw = early + [Fact(f.seq + 1, f.kind, f.key, f.day, f.actor, f.proof, f.data) for f in facts(SIGNED)]
    raw.append(Fact(4, EventKind.CORRECTION, "1", date(2026, 3, 2), "A", "", {"day": "2026-01-13"}))
    (found,) = pack_states("X", raw, wanted=1, legal_due=DUE)
    assert "corrigé" in found.void


def test_filed_says_number_and_day():
    filed = state(SIGNED, FILED)
    assert (filed.filed, filed.filed_on) == ("26-1", date(2026, 3, 1))
    assert filed.label.startswith("déposée")


def test_the_last_lawyer_named_is_the_one_and_none_is_none():
    named = (EventKind.LAWYER_NAMED, "a", {"name": "Maître Exemple", "email": "a@b.example"})
    ended = (EventKind.LAWYER_NAMED, "b", {"name": "", "email": ""})
    assert lawyer_of(facts(named))["name"] == "Maître Exemple"
    assert lawyer_of(facts(named, ended)) == {}


def test_every_role_has_its_place_and_what_is_kept_back_its_reason():
    assert set(PLACES) == set(Role)
    assert all(why for place, why in PLACES.values() if place.value != "communicable")


def test_only_an_actor_who_may_be_named_leaves_in_clear():
    at = datetime(2026, 3, 5, tzinfo=UTC)
    events = []
    for kind, actor in (("request_sent", "Louise Greffe"), ("received", "listingguard"), ("hold", "listingguard")):
        before = events[-1] if events else None
        events.append(
            chained(before, stream="X", kind=kind, key=kind, day=at.date(), at=at, actor=actor, proof="p" * 64,
                    payload_hash=payload_hash(b"s", {}))
        )  # fmt: skip
    told = sealed_events(events, {"request_sent", "received"}, clear={"listingguard"})
    assert set(told) == {1, 3}
    assert told[3] == {}
    assert told[1]["what"] == "demande envoyée"
    assert "Louise" not in str(told)


def test_what_concerns_the_complaint_leaves_without_a_name_where_the_name_has_a_salt_of_its_own():
    at = datetime(2026, 3, 5, tzinfo=UTC)
    common = {"stream": "X", "day": at.date(), "at": at, "proof": "", "payload_hash": payload_hash(b"s", {})}
    sent = chained(None, kind="request_sent", key="1", actor="Louise Greffe", actor_salt="0" * 32, **common)
    held = chained(sent, kind="hold", key="2", actor="Louise Greffe", actor_salt="1" * 32, **common)
    assert unnamed_events([sent, held], {"request_sent"}, clear={"listingguard"}) == {1}
    assert sealed_events([sent, held], {"request_sent"}, clear={"listingguard"}) == {2: {}}
