"""The event loop, the open files and the memory of a process that serves or drives many connections."""

import asyncio
import ctypes
import resource
from collections.abc import Callable
from contextlib import suppress

_MMAP_THRESHOLD = -3
"""glibc's M_MMAP_THRESHOLD (mallopt(3)): a block of this size or more is mapped on its own."""

_MAPPED_BYTES = 128 * 2**10
"""Where glibc begins. By itself it goes up to 32 MiB as soon as a larger block is freed."""


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed, else None: asyncio's own loop."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def raise_file_limit() -> int:
    """Allow this process as many open files as it may have; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return soft


def keep_heap_small() -> None:
    """Let every large block be mapped on its own, so that the system has its pages back once it is freed.

    uvloop takes 256 KiB for each TLS connection and uses a few pages of them. From the heap each reconnection
    would use other pages. Where the C library is not glibc, nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)


def give_back() -> None:
    """Give the system what the C library keeps; where that is not glibc, nothing happens."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
