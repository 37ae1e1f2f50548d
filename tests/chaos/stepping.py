"""The `wavetank` command with a clock that steps: the time of day is off by what a file says, in seconds.

    CHAOS_CLOCK=FILE python -m tests.chaos.stepping server --data ...

The monotonic clock goes on as it does when somebody sets the time.
"""

import os
import runpy
import time
from pathlib import Path

_FILE = Path(os.environ["CHAOS_CLOCK"])
_real_ns = time.time_ns


def stepped_ns() -> int:
    return _real_ns() + int(_FILE.read_text()) * 10**9


if __name__ == "__main__":
    # Before anything else is imported: some take the functions themselves.
    time.time_ns, time.time = stepped_ns, lambda: stepped_ns() / 1e9
    runpy.run_module("wavetank", run_name="__main__")
