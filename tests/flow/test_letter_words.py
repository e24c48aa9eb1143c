"""What a letter may not carry out of the house, and the home's own words, through the very functions that approve it."""

from dataclasses import replace
from datetime import date

import pytest

from listingguard.domain.case import EventKind
from listingguard.domain.practitioner import Practice
from listingguard.errors import BadInput, Refused
from listingguard.flow import letter as letters

DAY = date(2026, 1, 12)


def draft(app):
    (case,) = app.store.cases()
    return letters.prepare(app.store, app.office(), app.controllers(), case, today=app.today)


def approve(app):
    (case,) = app.store.cases()
    return letters.approve(
        app.store, app.vault, app.office(), app.controllers(), case,
        ticked=("objection", "erasure_after_objection"), today=app.today, at=app.now(), actor="Élue",
    )  # fmt: skip


def test_a_home_told_among_the_reasons_never_leaves(ready):
    with ready.on(DAY) as app:
        (case,) = app.store.cases()
        person = app.store.practitioner(case.practitioner)
        at_home = (*person.practices, Practice(street="3 impasse du Verger", town="Valence", private=True))
        with app.store.tx("test"):
            app.store.put_practitioner(
                replace(person, practices=at_home, mobile="+33600000007"), source="test", day=DAY, at=app.now()
            )
            app.store.add_event(
                case.id, EventKind.ANSWERED, key="own words", day=DAY, at=app.now(), actor="A",
                data={"situation": ["Des patients ont sonné au 3, impasse du Verger et appelé le 06 00 00 00 07."]},
            )  # fmt: skip
        lacks = draft(app).missing
        assert any("3 impasse du Verger » est une adresse personnelle" in line for line in lacks), lacks
        assert any("+33600000007 » n’est pas affiché par la page" in line for line in lacks), lacks
        with pytest.raises(Refused):
            approve(app)


def test_the_home_s_own_words_are_what_is_approved(ready):
    folder = ready.home / "wording"
    folder.mkdir()
    (folder / "request.closing.txt").write_text(
        "Veuillez recevoir, Madame, Monsieur, nos salutations. {{7*7}}", "utf-8"
    )
    with ready.on(DAY) as app:
        letter = approve(app)
        text = app.vault.get(letter.text).decode()
        assert "nos salutations. {{7*7}}" in text
        assert "Je vous prie d’agréer" not in text


def test_a_field_that_does_not_exist_stops_the_letter_and_names_its_line(ready):
    folder = ready.home / "wording"
    folder.mkdir()
    (folder / "request.closing.txt").write_text("Salutations.\n\n{{signature}}", "utf-8")
    with ready.on(DAY) as app, pytest.raises(BadInput, match=r"request\.closing\.txt.*ligne 3"):
        approve(app)
