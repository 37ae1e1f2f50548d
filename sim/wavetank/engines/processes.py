"""Starting processes from wherever wavetank is used: a shell, a script, a notebook."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.resource_tracker import ensure_running
from types import ModuleType


@contextmanager
def launching() -> Iterator[None]:
    """Start processes that leave Ctrl-C to us and do not run the caller's script again.

    A Ctrl-C or a SIGTERM meanwhile takes effect at the end: no process is left half made and unknown.
    """
    ensure_running()  # starting the tracker of semaphores would let SIGINT in again
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _postponed():
            yield
    finally:
        sys.modules["__main__"] = main
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


@contextmanager
def _postponed() -> Iterator[None]:
    """Hold back what would end this process: a SIGTERM, or a Ctrl-C by way of a library's thread.

    Such a thread does not block SIGINT; SIGTERM must not be blocked, for new processes would inherit that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    usual = {
        number: signal.signal(number, lambda number, _: caught.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for held_back in dict.fromkeys(caught):
            signal.raise_signal(held_back)
