"""Other processes that read sites for this one: started early, given their share, ended with it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process


@dataclass(frozen=True)
class Readers:
    """So many processes beside this one."""

    pool: ProcessPoolExecutor
    count: int


@contextmanager
def started(workers: int, load: Callable[[], None]) -> Iterator[Readers | None]:
    """Start all of so many processes but this one; None where this one is enough.

    load: a function of a module, what each does at once; this process need not wait for it.
    """
    if workers < 2:
        yield None
        return
    with ProcessPoolExecutor(workers - 1, get_context("spawn"), _begin) as pool:
        for _ in range(1, workers):
            pool.submit(load)
        yield Readers(pool, workers - 1)


def _begin() -> None:
    """Leave the key that interrupts, pressed for all processes, to the first of them, and end when that one has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    first = parent_process()

    def end() -> None:
        assert first is not None
        first.join()
        # The lease of the home ended with it.
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()
