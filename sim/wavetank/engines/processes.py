"""Starting processes from wherever wavetank is used: a shell, a script, a notebook."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def launching() -> Iterator[None]:
    """Start processes that leave Ctrl-C to us and do not run the caller's script again.

    A Ctrl-C meanwhile takes effect at the end: no process is left half made and unknown.
    """
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
    """Hold back a Ctrl-C that reaches this process by a thread of some library, which does not block it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual or signal.SIG_DFL)
        if caught:
            signal.raise_signal(signal.SIGINT)
