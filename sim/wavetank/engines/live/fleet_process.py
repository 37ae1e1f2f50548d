"""The process of a live run's fleet: it says when it is ready, is told when to begin, and reports."""

import asyncio
import gc
from multiprocessing.connection import Connection
from time import monotonic_ns

from wavetank.engines.live.children import end_with_parent, tell
from wavetank.engines.live.fleet import Fleet, FleetReport
from wavetank.engines.live.job import Job
from wavetank.errors import WavetankError
from wavetank.real.loops import keep_heap_small, loop_factory, raise_file_limit

TELL_NS = 100_000_000
"""The interval of progress messages: ten a second are enough for a smooth progress bar."""


def work(connection: Connection, job: Job) -> None:
    """Body of the process."""
    end_with_parent(lambda: None)
    raise_file_limit()
    keep_heap_small()
    gc.set_threshold(100_000, 20, 20)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            books = runner.run(_work(connection, job))
        tell(connection, "ready", books)
    except* WavetankError as errors:
        tell(connection, "failed", str(_first(errors)))
    except* (EOFError, ConnectionError):
        pass  # the parent has given the run up


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _work(connection: Connection, job: Job) -> FleetReport:
    loop = asyncio.get_running_loop()
    fleet = Fleet(job)
    await fleet.prepare()
    gc.collect()
    gc.freeze()
    tell(connection, "ready", None)
    origin_ns = await loop.run_in_executor(None, connection.recv)
    told_ns = 0

    def progress(at_ns: int, issued: int) -> None:
        nonlocal told_ns
        if monotonic_ns() - told_ns >= TELL_NS:
            told_ns = monotonic_ns()
            tell(connection, "ready", (at_ns, issued))

    return await fleet.run(origin_ns, progress)
