"""Where a test may kill the process, to prove that a crash loses nothing and repeats nothing."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from pathlib import Path

_passed: Counter[str] = Counter()


def point(name: str) -> None:
    """Return at once, except when LISTINGGUARD_FAULT is `name` or `name#N` (the Nth pass): then the process dies here.

    It dies by SIGKILL, so that no handler, `finally` or exit function runs, as in a power cut. LISTINGGUARD_FAULT_LOG
    names a file to which every point passed is appended, one name a line: what there is to kill.
    """
    environment = os.environ
    if "LISTINGGUARD_FAULT" not in environment and "LISTINGGUARD_FAULT_LOG" not in environment:
        return
    if log := environment.get("LISTINGGUARD_FAULT_LOG"):
        with Path(log).open("a", encoding="utf-8") as out:
            out.write(name + "\n")
    wanted = environment.get("LISTINGGUARD_FAULT")
    if not wanted:
        return
    _passed[name] += 1
    if wanted in (f"{name}#{_passed[name]}", name):
        if sys.platform == "win32":
            os._exit(137)
        os.kill(os.getpid(), signal.SIGKILL)
