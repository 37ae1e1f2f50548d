"""Client and server on a core each and ahead of other work, as on two machines that do nothing else."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress


@contextmanager
def apart(server_pid: int, ahead: bool) -> Iterator[None]:
    """Keep this process and the server on a core each; with `ahead`, other work waits for both (SCHED_RR).

    Where the user may not do that, or the server is out of reach, everything stays as it is.
    """
    usable = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        if server_pid and len(usable) > 1:
            for pid, core in ((os.getpid(), usable[0]), (server_pid, usable[-1])):
                stack.callback(pin, pid, set(usable))
                pin(pid, {core})
                if ahead:
                    stack.callback(_each, pid, _ordinary)
                    _each(pid, _first)
        yield


def _first(task: int) -> None:
    os.sched_setscheduler(task, os.SCHED_RR, os.sched_param(1))


def _ordinary(task: int) -> None:
    os.sched_setscheduler(task, os.SCHED_OTHER, os.sched_param(0))


def pin(pid: int, cores: set[int]) -> None:
    """Keep every thread of a process on these cores."""
    _each(pid, lambda task: os.sched_setaffinity(task, cores))


def is_ahead(pid: int) -> bool:
    """Whether a process runs ahead of all ordinary work."""
    with suppress(OSError):
        return os.sched_getscheduler(pid) == os.SCHED_RR
    return False


def _each(pid: int, change: Callable[[int], None]) -> None:
    """Change every thread of a process; one that has ended or may not be changed is left out."""
    with suppress(FileNotFoundError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with suppress(ProcessLookupError, PermissionError):
                change(int(task))
