"""Who computes, of the threads of one process: one at a time, and whoever waits for a site or a disk lets another."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Floor:
    """The floor that threads hold while they compute and yield while they wait.

    Python lets one thread compute at a time whatever they do. Without the floor they take that right from one another
    at every file, statement and hash, hundreds of times a page, and the page costs half as much again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mine = threading.local()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Compute, once no other thread does. Not to be asked for by a thread that holds it."""
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def yielded(self) -> Iterator[None]:
        """Wait for something, and let others compute; for a thread without the floor nothing changes.

        Nothing may be locked meanwhile that a thread with the floor asks for: it would wait for this one, and this one for it.
        """
        if not getattr(self._mine, "held", False):
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take()

    def _take(self) -> None:
        self._lock.acquire()
        self._mine.held = True

    def _give(self) -> None:
        self._mine.held = False
        self._lock.release()


FLOOR = Floor()
"""That of this process."""


@contextmanager
def hard_at_work() -> Iterator[None]:
    """Have Python interrupt a thread less often: for circles of objects, of which a page leaves few, and for another.

    Threads that work on pages at the same time only wait for each other; each change of hands costs some of the work.
    """
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(10_000, 10, 20)
    sys.setswitchinterval(0.02)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.unfreeze()
