"""Where events come from: standard input, or the simulator's own arrivals. (Files: `files.following`.)"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from threading import Thread
from time import monotonic_ns

from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.generator import Generator
from wavetank.protocol.lines import Lines
from wavetank.real.agent.runner import Agent

CHUNK_BYTES, AT_ONCE = 65_536, 500
"""A pipe of Linux holds 64 KiB; so many lines are committed in one transaction of some ms."""

Told = Callable[[list[int | None]], None]


async def read_input(agent: Agent, stream: Stream, told: Told, handle: int = 0) -> None:
    """Accept the lines of standard input until its end; `told` hears what became of each."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def accept(texts: list[str]) -> None:
        for at in range(0, len(texts), AT_ONCE):
            accepting = agent.accept(stream, texts[at : at + AT_ONCE])
            told(asyncio.run_coroutine_threadsafe(accepting, loop).result())

    def read() -> None:
        lines = Lines()
        with suppress(RuntimeError, CancelledError):  # the loop has ended meanwhile
            while chunk := os.read(handle, CHUNK_BYTES):
                accept(lines.feed(chunk))
            accept(lines.end())
            loop.call_soon_threadsafe(over.set)

    Thread(target=read, daemon=True, name="input").start()
    await over.wait()


async def generate(agent: Agent, stream: Stream, source: Generator, told: Told) -> None:
    """Create a generator's events at their times.

    After an interruption the next event comes as long after the last as it would have without.
    """
    name = f"{stream.name.lower()}:generated"
    known = agent.store.position(name)
    source.made = known if isinstance(known, int) else 0
    origin_ns = monotonic_ns() - source.elapsed_ns()
    while (at_ns := source.next_ns()) < NEVER:
        await asyncio.sleep(max(0, origin_ns + at_ns - monotonic_ns()) / 1e9)
        texts = source.take(monotonic_ns() - origin_ns, AT_ONCE)
        told(await agent.accept(stream, texts, name, source.made))
