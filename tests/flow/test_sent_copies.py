"""A copy of what left, in the home's own box: the very bytes, once each, and a failure that undoes nothing."""

from contextlib import contextmanager
from datetime import date

import pytest

from listingguard.domain.record import DispatchState
from listingguard.errors import Unreachable
from listingguard.flow import dispatch, sent_copies
from tests.flow.test_service import approve, row_of, send

DAY = date(2026, 1, 12)


class Box:
    """A mail box that forgets nothing; fails: as often as it still refuses."""

    def __init__(self, fails=0):
        self.held, self.fails, self.opened = {}, fails, 0

    @contextmanager
    def open(self):
        self.opened += 1
        yield self

    def keep(self, raw, message_id, folder):
        if self.fails:
            self.fails -= 1
            raise Unreachable("La boîte ne répond pas.")
        fresh = (folder, message_id) not in self.held
        self.held[folder, message_id] = raw
        return fresh


def filed(app, box):
    return sent_copies.file_copies(app.store, app.vault, "Envoyés", box.open, today=app.today, at=app.now, actor="A")


def test_what_left_is_filed_once_with_the_very_bytes_and_what_waits_is_not(ready):
    with ready.on(DAY) as app:
        approve(app)
        box = Box()
        assert (filed(app, box).filed, box.opened) == (0, 0)
        send(app)
        row = row_of(app, "email")
        assert [filed(app, box).filed for _ in range(3)] == [1, 0, 0]
        assert box.held == {("Envoyés", row.message_id): app.vault.get(row.message)}
        assert box.opened == 1


def test_a_box_that_fails_undoes_no_sending_says_so_and_gets_its_copy_the_next_time(ready):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
        box = Box(fails=1)
        done = filed(app, box)
        assert done.filed == 0
        assert done.failure.startswith("À ranger dans « Envoyés » au prochain envoi : la copie d’un courrier parti.")
        assert row_of(app, "email").state is DispatchState.SENT
        assert send(app) == ()
        assert filed(app, box) == sent_copies.Copies(1)
        assert len(ready.sink.messages) == 1


def test_a_copy_filed_just_before_a_crash_is_noted_and_not_filed_again(ready, monkeypatch):
    with ready.on(DAY) as app:
        approve(app)
        send(app)
        box = Box()
        with monkeypatch.context() as cut:
            cut.setattr(app.store, "add_event", lambda *a, **k: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                filed(app, box)
        assert (filed(app, box).filed, len(box.held)) == (1, 1)


def test_a_draft_that_a_person_sent_is_in_their_own_box_already(ready):
    with ready.on(DAY) as app:
        approve(app)
        office, outbox = app.office(), app.home / "outbox"
        dispatch.send_due(app.store, app.vault, None, office, outbox, today=DAY, at=app.now, actor="A")
        dispatch.settle(app.store, row_of(app, "email").id, left=True, day=DAY, at=app.now(), actor="A")
        box = Box()
        assert (row_of(app, "email").state, filed(app, box).filed) == (DispatchState.SENT, 0)
