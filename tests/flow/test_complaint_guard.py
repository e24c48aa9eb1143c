"""What the guard of a complaint lets through is built, whole, and verifies; what it holds back is refused with its reasons."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import date, timedelta

import pytest

from listingguard.app import App, verify_pack
from listingguard.demo_world import HOST
from listingguard.domain.case import EventKind, State
from listingguard.domain.record import PackRow
from listingguard.errors import IllegalEvent, Refused
from listingguard.flow import clock, complain, dispatch, ledger, review, scan
from listingguard.flow import letter as letters

CASE, SENT, OFFICER = "DEMO-2026-0001", date(2026, 1, 12), "Claude Élue"
K = EventKind
REAL_BUILDS = 1
"""Of each story: a build makes every PDF."""


def sent(app: App) -> None:
    """Approve the request and hand it to the mail server."""
    row, controllers = app.store.case(CASE), app.controllers()
    draft = letters.prepare(app.store, app.office(), controllers, row, today=app.today)
    letters.approve(
        app.store, app.vault, app.office(), controllers, row, ticked=[g.code for g in draft.proposed], today=app.today,
        at=app.now(), actor=OFFICER,
    )  # fmt: skip
    dispatch.send_due(
        app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=app.today, at=app.now, actor="A"
    )


def happens(app: App, rng: random.Random) -> None:
    """Something befalls the case; what is impossible there is refused, and leaves nothing."""
    kind = rng.choice([
        K.REFUSAL, K.PARTIAL, K.ERASED_CLAIMED, K.ID_REQUESTED, K.ID_SUPPLIED, K.EXTENSION_NOTIFIED, K.RECEIVED,
        K.ACKNOWLEDGED, K.PRECISION_ASKED, K.HOLD, K.RELEASE, K.RELEASE, K.WITHDRAWN, K.BOUNCED, K.MANDATE_REVOKED,
    ])  # fmt: skip
    if kind is K.WITHDRAWN and rng.random() < 0.8:
        return
    if kind is K.MANDATE_REVOKED:
        if rng.random() < 0.3 and (mandates := [m for m in app.store.mandates() if m.valid(app.today)]):
            ledger.revoke_mandate(app.store, mandates[0].id, today=app.today, at=app.now(), actor="A")
        return
    day = app.today - timedelta(days=rng.choice([0, 0, 2, 6]))
    data = {"text": "La réponse.", "reason": "attente", "reasoned": True} if kind is not K.RECEIVED else {}
    proof = f"De : dpo@{HOST}\n\n{kind.value} {rng.random()}".encode()
    with suppress(IllegalEvent, Refused):
        review.record(
            app.store, app.vault, app.store.case(CASE), kind, day=max(day, SENT), today=app.today, at=app.now(),
            actor="A", proof=proof, data=data,
        )  # fmt: skip


def tried(app: App) -> tuple[PackRow | None, list[str]]:
    """Return the complaint that was built, or what it lacked."""
    try:
        row = complain.build(
            app.store, app.vault, app.writer(), app.controllers(), app.store.case(CASE), app.home / "packs",
            proceedings="aucune", today=app.today, at=app.now(), actor=OFFICER,
        )  # fmt: skip
    except Refused as refusal:
        return None, [line.partition(" → ")[0] for line in refusal.missing]
    return row, []


@pytest.mark.parametrize("seed", [1, 7])
def test_a_complaint_is_built_exactly_where_nothing_is_missing(ready, seed):
    rng, day, built, refused = random.Random(seed), SENT, 0, 0
    with ready.on(SENT, actor=OFFICER) as app:
        sent(app)
    for _ in range(12):
        day += timedelta(days=rng.choice([1, 5, 9, 31]))
        with ready.on(day, actor=OFFICER) as app:
            clock.tick(app.store, today=day, at=app.now)
            if rng.random() < 0.6:
                scan.scan((HOST,), app.desk, app.plan(), lambda r, u: None)
            happens(app, rng)
            row, facts, packs = app.store.case(CASE), app.store.facts(CASE), app.store.packs(CASE)
            lacks = [each.text for each in complain.missing(app.store, row, app.controllers(), today=day)]
            if not lacks and built == REAL_BUILDS:
                continue
            pack, told = tried(app)
            assert (pack is None) == bool(lacks), (lacks, told)
            if pack is None:
                assert told[: len(lacks)] == lacks
                assert (app.store.packs(CASE), app.store.facts(CASE)) == (packs, facts), "a refusal leaves nothing"
                refused += 1
                continue
            built += 1
            assert verify_pack(app.home / "packs" / pack.path, expect=pack.sha256).intact
            now = app.store.status(CASE, day)
            assert now.state is State.CNIL_READY
            assert app.store.valid_mandate(row.practitioner, day) is not None
            assert now.decision is not None or day > now.clock.legal.due
    assert refused, "a story in which nothing was ever missing shows nothing"
    assert built, "neither does one in which something always was"
