"""Where events come from: standard input, a file that grows, or the simulator's own arrivals."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic_ns
from typing import BinaryIO

from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.generator import Generator
from wavetank.protocol.lines import Lines
from wavetank.real.agent.runner import Agent

CHUNK_BYTES = 65_536
AT_ONCE = 500
LOOK_S = 0.1

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
        with suppress(RuntimeError, asyncio.CancelledError):  # the loop has ended meanwhile
            while chunk := os.read(handle, CHUNK_BYTES):
                accept(lines.feed(chunk))
            accept(lines.end())
            loop.call_soon_threadsafe(over.set)

    Thread(target=read, daemon=True, name="input").start()
    await over.wait()


async def follow(agent: Agent, stream: Stream, path: Path, told: Told) -> None:
    """Accept the whole lines of a file, for ever; it may grow, be cut or be replaced.

    The offset behind a line is committed with the line, so that each is accepted once.
    """
    name = f"{stream.name.lower()}:{path.absolute()}"
    while True:
        with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
            inode, known = os.fstat(file.fileno()).st_ino, agent.store.position(name)
            offset, inside = known[1:] if isinstance(known, list) and known[0] == inode else (0, False)
            offset = offset if offset <= os.fstat(file.fileno()).st_size else 0
            await _read_on(agent, stream, file, path, offset, Lines(inside), (name, told))
        await asyncio.sleep(LOOK_S)


async def _read_on(
    agent: Agent, stream: Stream, file: BinaryIO, path: Path, offset: int, lines: Lines, to: tuple[str, Told]
) -> None:
    """Read an open file from `offset` until another has its name, or it was cut."""
    (name, told), inode = to, os.fstat(file.fileno()).st_ino
    file.seek(offset)
    while True:
        chunk = file.read(CHUNK_BYTES)
        offset += len(chunk)
        texts = lines.feed(chunk)
        if texts:
            behind = [inode, offset - len(lines.rest), lines.inside]
            told(await agent.accept(stream, texts, name, behind))
        if not chunk:
            with suppress(FileNotFoundError):
                there = path.stat()
                if there.st_ino != inode or there.st_size < offset:
                    return
            await asyncio.sleep(LOOK_S)


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
