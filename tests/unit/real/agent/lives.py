"""An agent that follows a file, life after life: real files, the real outbox, looks when the test says so."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.unit.real.agent.rotating import KINDS, Log
from wavetank.policy.codes import Stream
from wavetank.protocol.client import Client, Identity
from wavetank.real.agent.files.following import ROTATED_SILENCE_S, Follower
from wavetank.real.agent.outbox import Store
from wavetank.real.agent.runner import Agent
from wavetank.real.transports.agent.http1 import Http1
from wavetank.scenario import load

RESOLVED = load("native-agent").resolve()
NOBODY = "https://127.0.0.1:1"
BANNER = "the same in every file ".ljust(600, ".")


class Life:
    """One life of an agent that follows a file and reaches nobody; `end` is as sudden as a kill."""

    def __init__(self, folder: Path, log: Path, silence_s: float = ROTATED_SILENCE_S) -> None:
        self.store = Store(folder / "outbox.db", 1)
        self.said: list[str] = []
        client = Client(RESOLVED, Identity("u", "k", "h", self.store.epoch), self.store.streams)
        self.agent = Agent(client, self.store, Http1(NOBODY, None), 10**6, self.said.append)
        self.follower = Follower(self.agent, Stream.STATEFUL, log, lambda _: None, silence_s)

    async def look(self, times: int = 3) -> list[str]:
        """Look; returns every line that was ever accepted."""
        for _ in range(times):
            await self.follower.look()
        return self.accepted()

    def accepted(self) -> list[str]:
        return [json.loads(data) for _, data in self.store.streams[Stream.STATEFUL].rows(1, 10**9)]

    def lost(self) -> dict[str, int]:
        return {name: count for name, count in self.store.counts.items() if name.startswith("followed.")}

    async def end(self) -> None:
        self.follower.close()
        await self.agent.run(asyncio.sleep(0), 0)
        self.store.close()


class World:
    """A log, and one life of the agent after the other."""

    def __init__(self, base: Path, banner: str = "", silence_s: float = ROTATED_SILENCE_S) -> None:
        self.base = base
        (base / "logs").mkdir()
        self.log = Log(base / "logs" / "app.log", banner)
        self.life: Life | None = None
        self.silence_s = silence_s

    @property
    def alive(self) -> Life:
        if self.life is None:
            self.life = Life(self.base, self.log.path, self.silence_s)
        return self.life

    async def look(self) -> list[str]:
        return await self.alive.look()

    async def kill(self) -> None:
        await self.alive.end()
        self.life = None

    def rotate(self, kind: str) -> None:
        for _ in self.log.rotate(kind):
            pass


def play(world: World, script: Callable[[], Awaitable[None]]) -> None:
    async def played() -> None:
        try:
            await script()
        finally:
            world.log.close()
            if world.life is not None:
                await world.kill()

    asyncio.run(played())


def storm(base: Path, seed: int, steps: int) -> tuple[list[str], list[str], dict[str, int]]:
    """Write, rotate, look and kill at random; returns what was written, what was accepted, what was lost."""
    chance = random.Random(seed)
    renaming = ("rename", "compress", "delaycompress")
    kinds = chance.choice([("copytruncate",), renaming, ("delaycompress",), KINDS])
    world = World(base, chance.choice(["", BANNER]) if "copytruncate" not in kinds else "")
    end: list[list[str]] = []
    lost: list[dict[str, int]] = []

    async def disturb(writes: bool = True) -> None:
        happens = chance.random()
        if happens < 0.25:
            await world.alive.look(1)
        elif happens < 0.35 and world.life is not None:
            await world.kill()
        elif happens < 0.6 and writes:
            world.log.write(*(f"{seed} {len(world.log.lines)} {n}" for n in range(chance.randrange(1, 4))))

    async def script() -> None:
        world.log.write("first")
        await world.look()
        for _ in range(steps):
            if chance.random() < 0.5 and "copytruncate" not in kinds:
                world.log.put("begun ")
            for step in world.log.rotate(chance.choice(kinds)):
                await disturb(step != "copied")  # what is written then is lost, whoever reads
            await disturb()
            if chance.random() < 0.5:
                world.log.write(f"ended {len(world.log.lines)}")  # no two files have the same contents
            world.log.reopen()
            await disturb()
        world.log.reopen()
        await world.kill()
        world.silence_s = 0  # then what was left unfinished is taken, too
        end.append(await world.look())
        lost.append(world.alive.lost())

    play(world, script)
    return world.log.lines, end[0], lost[0]
