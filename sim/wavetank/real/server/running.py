"""A server as a process: from the first log line to the signal that ends it."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from wavetank.real.loops import loop_factory, raise_file_limit
from wavetank.real.server.app import Server
from wavetank.real.server.logs import Logs
from wavetank.real.server.settings import Settings

# For the database, logs, listening sockets, and connections that are still shaking hands.
_SPARE_FILES = 128
# How long a thread may go on while another wants its turn. A small request wants it several times, in the
# event loop and in the store. With Python's own 5 ms it would wait for 50 ms behind a large one. A thread
# asks for its turn only after the other has gone on for so long. So it must be shorter than what the event
# loop does between two sends. With 0.5 ms the store waited for a second beside many small requests.
_SWITCH_S = 0.0001


def run(settings: Settings, level: str, started: Callable[[Server], None]) -> None:
    """Run a server until SIGTERM or SIGINT; a second signal ends it at once. Raises ServerProblem.

    `started` is told when it listens.
    """
    os.umask(0o077)
    sys.setswitchinterval(_SWITCH_S)
    logs = Logs(level)
    try:
        most = min(settings.limits.connections, max(1, raise_file_limit() - _SPARE_FILES))
        settings = replace(settings, limits=replace(settings.limits, connections=most))
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_run(settings, logs, started))
    finally:
        logs.close()


async def _run(settings: Settings, logs: Logs, started: Callable[[Server], None]) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        if ended.is_set():
            os._exit(130)
        ended.set()

    def amiss(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        logs.warning("event loop", why=context.get("message"), error=repr(context.get("exception")))

    loop.set_exception_handler(amiss)
    server = Server(settings, logs)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    await server.start()
    try:
        # What is there from now on to the end need not be looked through by each collection, which stops all
        # threads: 30 ms for what the start has made.
        gc.collect()
        gc.freeze()
        started(server)
        sys.stdout.flush()
        await ended.wait()
    finally:
        await server.stop()
