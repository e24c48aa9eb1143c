"""To whom the request is written: on a customer page a person chooses, the program never does."""

import email
import email.policy
from dataclasses import replace
from datetime import date

import pytest

from listingguard.demo_world import CASE_SLUG
from listingguard.domain import addressee
from listingguard.domain.case import EventKind
from listingguard.domain.listing import ListingState
from listingguard.domain.record import DispatchState
from listingguard.errors import IllegalEvent, Refused
from listingguard.flow import dispatch
from listingguard.flow import letter as letters

DAY, CASE = date(2026, 1, 12), "DEMO-2026-0001"
PRACTICE = {
    "name": "Cabinet des Essais", "street": "12 rue des Essais", "postcode": "26000", "town": "Valence",
    "email": "cabinet@essais.example",
}  # fmt: skip


@pytest.fixture
def customer(ready):
    """A case ready for its request, about a page that the site shows as a customer's."""
    with ready.on(DAY) as app:
        listing, capture = next((i, c) for i, c in app.store.listings() if i.id == CASE_SLUG)
        with app.store.tx("test"):
            app.store.put_listing(replace(listing, state=ListingState.CUSTOMER), app.store.capture(capture))
    return ready


def choose(app, to, record=None):
    letters.choose_addressee(
        app.store, app.store.case(CASE), to, record=record, today=app.today, at=app.now(), actor="Élue"
    )


def approve(app):
    return letters.approve(
        app.store, app.vault, app.office(), app.controllers(), app.store.case(CASE),
        ticked=("objection", "erasure_after_objection"), today=app.today, at=app.now(), actor="Élue",
    )  # fmt: skip


def test_nothing_is_written_about_a_customer_page_before_a_person_chose_the_addressee(customer):
    with customer.on(DAY) as app:
        with pytest.raises(Refused) as refused:
            approve(app)
        (why,) = refused.value.missing
        assert f"listingguard letter address {CASE} platform" in why
        assert app.store.letters(CASE) == ()


def test_chosen_the_platform_gets_the_letter_as_ever(customer):
    with customer.on(DAY) as app:
        choose(app, addressee.PLATFORM)
        approve(app)
        assert app.store.dispatches(CASE)[0].recipient == "dpo@reserve-kine.example"
        assert app.store.facts(CASE)[-2].actor == "Élue", "a named person chose"


def test_chosen_the_practice_gets_it_at_its_own_address_and_is_no_data_protection_officer(customer):
    with customer.on(DAY) as app:
        choose(app, addressee.PRACTICE, PRACTICE)
        letter = approve(app)
        text = app.vault.get(letter.text).decode()
        sent = dispatch.send_due(
            app.store, app.vault, app.mailer(), app.office(), app.home / "outbox", today=DAY, at=app.now, actor="A"
        )
        assert [s.state for s in sent] == [DispatchState.SENT]
    (raw,) = customer.sink.messages
    assert email.message_from_bytes(raw, policy=email.policy.default)["To"] == PRACTICE["email"]
    assert "CABINET DES ESSAIS\n12 RUE DES ESSAIS\n26000 VALENCE" in text
    assert "Délégué à la protection" not in text
    assert "Réserve-Kiné" in text, "the site is named all the same"


def test_the_last_choice_before_the_approval_counts_and_the_same_choice_twice_is_one(customer):
    with customer.on(DAY) as app:
        choose(app, addressee.PRACTICE, PRACTICE)
        choose(app, addressee.PRACTICE, PRACTICE)
        choose(app, addressee.PLATFORM)
        assert [f.data["to"] for f in app.store.facts(CASE) if f.kind is EventKind.ADDRESSEE_CHOSEN] == [
            "practice", "platform",
        ]  # fmt: skip
        approve(app)
        assert app.store.dispatches(CASE)[0].recipient == "dpo@reserve-kine.example"


def test_a_practice_without_an_address_is_refused_with_what_is_missing(customer):
    with customer.on(DAY) as app:
        with pytest.raises(Refused) as refused:
            choose(app, addressee.PRACTICE, {"name": "Cabinet des Essais", "email": "cabinet@essais.example"})
        assert [line.split(" : ")[1] for line in refused.value.missing] == ["--street", "--postcode", "--town"]


def test_nobody_chooses_once_the_request_is_approved_its_addressee_is_frozen_with_it(customer):
    with customer.on(DAY) as app:
        choose(app, addressee.PLATFORM)
        approve(app)
        with pytest.raises(IllegalEvent, match="déjà approuvée"):
            choose(app, addressee.PRACTICE, PRACTICE)
