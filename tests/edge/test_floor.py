"""The floor: one thread computes at a time, and whoever waits lets another."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from listingguard.edge.floor import Floor


def test_threads_that_hold_the_floor_never_compute_at_the_same_time() -> None:
    floor, at_work, most = Floor(), [0], [0]

    def work(_: int) -> None:
        for _ in range(20):
            with floor.held():
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
                time.sleep(0.0005)
                at_work[0] -= 1
                with floor.yielded():
                    time.sleep(0.0002)
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
                time.sleep(0.0002)
                at_work[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert most[0] == 1
    assert at_work[0] == 0


def test_while_one_waits_another_computes() -> None:
    floor, waiting, done = Floor(), threading.Event(), threading.Event()

    def wait() -> None:
        with floor.held(), floor.yielded():
            waiting.set()
            assert done.wait(20)

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(20)
    with floor.held():
        done.set()
    thread.join(20)
    assert not thread.is_alive()


def test_who_does_not_hold_the_floor_takes_it_from_nobody_by_waiting() -> None:
    floor, found = Floor(), list[bool]()

    def other() -> None:
        with floor.yielded():
            found.append(floor._lock.locked())

    with floor.held():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
    assert found == [True]


def test_an_error_gives_the_floor_back_wherever_it_is_raised() -> None:
    floor = Floor()
    with pytest.raises(ValueError, match="ici"), floor.held():
        raise ValueError("ici")
    with pytest.raises(ValueError, match="là"), floor.held(), floor.yielded():
        raise ValueError("là")
    with floor.held():
        assert floor._lock.locked()
    assert not floor._lock.locked()
