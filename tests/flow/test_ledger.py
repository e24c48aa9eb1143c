"""What people tell us: contracts and their register, families of platforms, mandates and what their end stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from listingguard.demo import MANDATE
from listingguard.demo_world import HOST
from listingguard.domain.case import Acting, EventKind, State
from listingguard.domain.practitioner import Agreement, Authorisation, GivenBy, Mandate, Verdict, verdict
from listingguard.domain.record import DispatchState
from listingguard.edge.store import Store
from listingguard.errors import BadInput, Refused
from listingguard.flow import clock, complain, dispatch, enrol, ledger, review
from listingguard.flow import letter as letters

DAY = date(2026, 1, 12)
CASE, CAMILLE, SACHA = "DEMO-2026-0001", "99900000011", "99900000029"
GROUNDS = ("objection", "erasure_after_objection")


def contract(who=CAMILLE, since=date(2025, 9, 1), sent=date(2025, 9, 15), **told):
    row = Authorisation(ledger.new_id(), who, HOST, Agreement.CONTRACT, GivenBy.PRACTITIONER, since, sent_on=sent)
    return replace(row, **told)


def add(app, row):
    return ledger.add_authorisation(app.store, row, today=app.today, at=app.now(), actor="A")


def approve(app):
    return letters.approve(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE), ticked=GROUNDS, today=app.today,
        at=app.now(), actor="Élue",
    )  # fmt: skip


def send(app):
    return dispatch.send_due(
        app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=app.today, at=app.now, actor="A"
    )


def revoke(app, on=None):
    (mandate,) = app.store.mandates()
    return ledger.revoke_mandate(app.store, mandate.id, on=on, today=app.today, at=app.now(), actor="A")


# -- contracts --------------------------------------------------------------------------------------------------------


def test_a_contract_that_a_platform_supplied_is_never_recorded_as_sent_to_the_council(ready):
    with ready.on(DAY) as app:
        with pytest.raises(Refused, match="plateforme"):
            add(app, contract(from_platform=True))
        # Nor when nobody says so, if the document came with the platform's own answer.
        paper = b"%PDF-1.7 contrat produit par la plateforme"
        approve(app)
        send(app)
        review.record(
            app.store, app.vault, app.store.case(CASE), EventKind.REFUSAL, day=DAY, today=DAY, at=app.now(), actor="A",
            proof=paper,
        )  # fmt: skip
        with pytest.raises(Refused, match="plateforme"):
            add(app, contract(proof=app.vault.put(paper)))
        assert all(row.sent_on is None for row in app.store.authorisations())
        # For what it is, it is kept: it authorises nothing, and stops everything until the practitioner is heard.
        assert add(app, contract(sent=None, from_platform=True, proof=app.vault.put(paper))) == ()
        assert app.store.authorisations()[-1].from_platform
        assert verdict(app.store.authorisations(), CAMILLE, HOST, DAY) is Verdict.UNDETERMINED


def test_a_contract_that_contradicts_the_practitioner_stops_the_letter_and_is_a_task(ready):
    with ready.on(DAY) as app:
        approve(app)
        assert add(app, contract()) == (), "a person decides, the case stays"
        (held,) = send(app)
        assert (held.state, "n’est plus établie" in held.text) == (DispatchState.QUEUED, True)
        actions = clock.actions_of(app.store, CASE, app.store.status(CASE, DAY), DAY)
        assert "agreement" in {a.code for a in actions}
        # Revoked by the practitioner: nothing contradicts them any more.
        add(app, contract(sent=None, agreement=Agreement.REVOKED, since=DAY))
        assert [s.state for s in send(app)] == [DispatchState.SENT]


def test_a_contract_signed_after_the_letter_closes_the_case_from_its_day_and_changes_nothing_before(ready):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
    later = DAY + timedelta(days=20)
    with ready.on(later) as app:
        assert add(app, contract(since=later, sent=later)) == (CASE,)
        now = app.store.status(CASE, later)
        assert (now.state, now.close_reason) == (State.CLOSED, EventKind.AGREEMENT_FOUND)
        rows = app.store.authorisations()
        said = [verdict(rows, CAMILLE, HOST, day) for day in (DAY, later - timedelta(days=1), later)]
        assert said == [Verdict.UNAUTHORISED, Verdict.UNAUTHORISED, Verdict.AUTHORISED]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sent_on": DAY + timedelta(days=1)}, "pas encore arrivé"),
        ({"agreement": Agreement.AGREED}, "Seul un contrat"),
        ({"until": date(2025, 8, 31)}, "finir avant"),
        ({"agreement": Agreement.REVOKED, "sent_on": None, "until": DAY}, "révocation"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_and_nothing_is_written(ready, change, said):
    with ready.on(DAY) as app:
        before = app.store.authorisations()
        with pytest.raises(BadInput, match=said):
            add(app, replace(contract(), **change))
        assert app.store.authorisations() == before


def test_the_register_is_imported_once_and_a_longer_one_adds_only_what_is_new(ready):
    first = [(4, contract(SACHA)), (5, contract("12345678901")), (6, "la plateforme manque"), (7, contract(SACHA))]

    def bring(rows, *, dry_run=False):
        return ledger.import_contracts(
            app.store, [(n, r if isinstance(r, str) else replace(r, id=ledger.new_id())) for n, r in rows],
            dry_run=dry_run, today=DAY, at=app.now(), actor="A",
        )  # fmt: skip

    with ready.on(DAY) as app:
        tried = bring(first, dry_run=True)
        assert (tried.added, tried.known, len(tried.refused)) == (1, 1, 2)
        assert app.store.authorisations(SACHA) == ()
        done = bring(first)
        assert (done.added, done.known) == (1, 1)
        assert done.refused[0].startswith("ligne 5 : Personne dans le tableau")
        assert done.refused[1] == "ligne 6 : la plateforme manque"
        again = bring([*first, (8, contract(SACHA, since=date(2026, 1, 2), sent=date(2026, 1, 3)))])
        assert (again.added, again.known) == (1, 2)
        assert len(app.store.authorisations(SACHA)) == 2
        # The register now says when the first one ended: it is the same contract, and it is over.
        over = replace(contract(SACHA), until=date(2025, 12, 31))
        assert [(r.added, r.known, r.ended) for r in (bring([(4, over)]), bring([(4, over)]))] == [(0, 0, 1), (0, 1, 0)]
        assert app.store.authorisations(SACHA)[0].until == date(2025, 12, 31)
        assert app.store.check() == ()


# -- families of platforms --------------------------------------------------------------------------------------------


def test_an_agreement_to_a_family_or_to_a_former_name_speaks_for_the_platform_of_today(ready):
    with ready.on(DAY) as app:
        rules = replace(app.rules, families={"groupe": frozenset({HOST}), "ancien.example": frozenset({HOST})})
        path = app.home / "listingguard.db"
    for name in ("groupe", "ancien.example"):
        with Store(path, rules) as store, ready.on(DAY) as app:
            row = replace(contract(since=DAY, sent=DAY), platform=name)
            closed = ledger.add_authorisation(store, row, today=DAY, at=app.now(), actor="A")
            assert closed == ((CASE,) if name == "groupe" else ()), "closed by the first"
            (written,) = (r for r in store.authorisations(CAMILLE) if r.platform == name)
            assert (written.names(HOST), written.names("autre.example")) == (True, False)
            assert verdict([written], CAMILLE, HOST, DAY) is Verdict.AUTHORISED


# -- mandates ---------------------------------------------------------------------------------------------------------


def test_a_revoked_mandate_stops_the_approval(ready):
    with ready.on(DAY) as app:
        assert revoke(app) == (CASE,)
        with pytest.raises(Refused) as refused:
            approve(app)
        assert "mandat révoqué" in " ".join(refused.value.missing)
        assert letters.requests(app.store, CASE) == ()


def test_a_revoked_mandate_stops_the_sending_even_when_the_day_is_told_late(ready):
    with ready.on(DAY) as app:
        approve(app)
    with ready.on(DAY + timedelta(days=3)) as app:
        revoke(app, on=DAY + timedelta(days=1))
        (held,) = send(app)
        assert (held.state, "mandat révoqué" in held.text) == (DispatchState.QUEUED, True)
        assert app.store.mandates()[0].revoked_on == DAY + timedelta(days=1)
    assert ready.sink.messages == []


def test_a_revoked_mandate_stops_the_complaint(ready):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
        review.record(
            app.store, app.vault, app.store.case(CASE), EventKind.REFUSAL, day=DAY, today=DAY, at=app.now(), actor="A",
            proof=b"non", data={"text": "Non."},
        )  # fmt: skip
        lacking = build(app)
        revoke(app)
        assert {line for line in build(app) if "mandat" in line} > {line for line in lacking if "mandat" in line}
        actions = clock.actions_of(app.store, CASE, app.store.status(CASE, DAY), DAY)
        assert "complain" not in {a.code for a in actions}


def build(app):
    """Return what the complaint lacks; empty when it was built."""
    try:
        complain.build(
            app.store, app.vault, app.writer(), app.controllers(), app.store.case(CASE), app.home / "packs",
            proceedings="aucune", today=app.today, at=app.now(), actor="Élue",
        )  # fmt: skip
    except Refused as refusal:
        return set(refusal.missing)
    return set()


def test_a_revocation_is_of_a_day_that_has_come_and_keeps_its_document(ready):
    with ready.on(DAY) as app:
        with pytest.raises(BadInput, match="pas encore arrivé"):
            revoke(app, on=DAY + timedelta(days=1))
        (mandate,) = app.store.mandates()
        paper = app.vault.put(b"je revoque le mandat")
        ledger.revoke_mandate(app.store, mandate.id, proof=paper, today=DAY, at=app.now(), actor="A")
        assert app.store.facts(CASE)[-1].proof == paper


def test_a_mandate_about_to_end_is_a_task_for_thirty_days_until_it_is_renewed(ready):
    def codes(day):
        with ready.on(day) as app:
            return {(a.code, a.due) for a in clock.actions_of(app.store, CASE, app.store.status(CASE, day), day)}

    until = date(2028, 1, 7)
    assert ("mandate", until) not in codes(until - timedelta(days=31))
    assert ("mandate", until) in codes(until - timedelta(days=30))
    with ready.on(until - timedelta(days=20)) as app:
        row = Mandate(
            ledger.new_id(), CAMILLE, "retrait", ("CNIL",), app.today, date(2029, 12, 31), app.vault.put(MANDATE)
        )
        ledger.add_mandate(app.store, row, today=app.today, at=app.now(), actor="A")
    assert ("mandate", until) not in codes(until - timedelta(days=10))


def test_the_mandate_to_sign_names_the_pages_known_and_never_a_home(ready):
    with ready.on(DAY) as app:
        sender = app.office().sender
        fields = ledger.mandate_to_sign(app.store, sender, CAMILLE, months=24, today=DAY, controllers=app.controllers())
        assert fields.lines == ("12 rue des Essais", "26000 Valence")
        assert [HOST in url for url in fields.pages] == [True]
        person = app.store.practitioner(CAMILLE)
        private = replace(person, practices=tuple(replace(p, private=True) for p in person.practices))
        enrol.import_roster(app.store, [private], source="x", today=DAY, at=app.now(), actor="A")
        assert (
            ledger.mandate_to_sign(
                app.store, sender, CAMILLE, months=24, today=DAY, controllers=app.controllers()
            ).lines
            == ()
        )


def test_who_acts_for_himself_needs_no_mandate(ready):
    with ready.on(DAY) as app:
        rules, path = replace(app.rules, acting=Acting.SELF), app.home / "listingguard.db"
        row = Mandate(ledger.new_id(), CAMILLE, "x", ("y",), DAY, date(2027, 1, 1), "ab" * 32)
        with Store(path, rules) as store:
            with pytest.raises(Refused, match="pas besoin de mandat"):
                ledger.add_mandate(store, row, today=DAY, at=app.now(), actor="A")
            with pytest.raises(Refused, match="pas besoin de mandat"):
                ledger.mandate_to_sign(
                    store, app.office().sender, CAMILLE, months=24, today=DAY, controllers=app.controllers()
                )
