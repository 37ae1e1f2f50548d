"""The measurement: operations in turns, slice by slice, until enough of them count."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

from wavetank.engines.live.target import Members, Target
from wavetank.errors import CannotRun
from wavetank.libraries.process import pss_kib
from wavetank.real.loops import loop_factory
from wavetank.real.transports.agent.http1 import Http1, address_of, context_of
from wavetank.real.transports.agent.messages import Lost
from wavetank.studies.simulate import Share, Watch
from wavetank.validation.calibration.operations import Agent, Ask, Batch, Operation
from wavetank.validation.calibration.placing import apart
from wavetank.validation.calibration.readings import MOST_NOISE, MachineTooBusy, Slice, between, read
from wavetank.validation.calibration.wire_bytes import Bytes, bytes_of

T = TypeVar("T")
Work = Callable[[Sequence[Agent]], Awaitable[T]]
"""Something to do with agents that are registered and logged in."""

SETTLE_S = 0.1
"""So long the server has to commit what it accepted: the work is charged to the slice that sent it."""

HOLD_S = 60
"""Longer than it takes to read how much memory the held polls need."""


class Plan(NamedTuple):
    """How to measure.

    Attributes
    ----------
    repetitions : int
        Slices of each operation that must count.
    tries : int
        Slices of each operation that are made at most.
    slice_s : float
        How long requests are sent in a slice.
    agents : int
        Agents that ask at the same time, each with one request under way.
    connections : int
        Connections whose memory is read: so many idle ones, and so many with a held poll.
    most_noise : float
        The share of a slice above which it is void.
    seed : int
        Of the order in which operations take turns.
    ahead : bool
        Whether client and server run ahead of all other work, where the user may do that.
    """

    repetitions: int = 5
    tries: int = 15
    slice_s: float = 0.4
    agents: int = 8
    connections: int = 64
    most_noise: float = MOST_NOISE
    seed: int = 1
    ahead: bool = True


DEFAULT = Plan()


class Memory(NamedTuple):
    """Bytes of the server's memory for an idle connection, and for one with a held poll; None: not read."""

    idle_bytes: float | None
    held_bytes: float | None


class Calibration(NamedTuple):
    """The slices that count of each operation, how many were void, memory, and bytes on the wire."""

    slices: dict[Operation, tuple[Slice, ...]]
    void: int
    memory: Memory
    bytes: Bytes
    resumes: bool


def calibrate(
    target: Target, ca: Path, server_pid: int, plan: Plan = DEFAULT, watch: Watch | None = None
) -> Calibration:
    """Measure every operation of a running server.

    Parameters
    ----------
    target : Target
        The server, and who may register agents there.
    ca : Path
        The certificates to trust.
    server_pid : int
        The server's process on this machine; 0 where it is out of reach, then its costs are 0.
    plan : Plan
        How to measure.
    watch : callable, optional
        Told how far it is.

    Raises
    ------
    MachineTooBusy
        Fewer slices count than the plan wants.
    CannotRun
        The server does not do what an agent asks.
    """

    async def work(agents: Sequence[Agent]) -> Calibration:
        asking = agents[: plan.agents]
        counted, void = await _slices([agent.operations() for agent in asking], server_pid, plan, watch)
        memory = await _memory(target, ca, agents[plan.agents :], server_pid)
        request = agents[0].request_of(Batch(False, 1, 100))
        sizes = await asyncio.to_thread(bytes_of, target.server, ca, request)
        return Calibration(counted, void, memory, sizes, all(agent.resumes for agent in agents))

    return _with_agents(target, ca, server_pid, plan.ahead, plan.agents + plan.connections, work)


def measure(
    target: Target,
    ca: Path,
    server_pid: int,
    batches: Sequence[Batch],
    plan: Plan,
    watch: Watch | None = None,
) -> tuple[dict[Operation, tuple[Slice, ...]], int]:
    """Measure some batches of a running server: their slices, and how many were void.

    Parameters and errors as for `calibrate`.
    """

    async def work(agents: Sequence[Agent]) -> tuple[dict[Operation, tuple[Slice, ...]], int]:
        return await _slices([agent.batches(batches) for agent in agents], server_pid, plan, watch)

    return _with_agents(target, ca, server_pid, plan.ahead, plan.agents, work)


def _with_agents(
    target: Target,
    ca: Path,
    server_pid: int,
    ahead: bool,
    count: int,
    work: Work[T],
) -> T:
    """Do something with registered agents, client and server on a core each. Raises CannotRun."""
    with ExitStack() as stack:
        stack.enter_context(apart(server_pid, ahead))
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            try:
                return runner.run(_registered(target, ca, count, work))
            except Lost as why:
                raise CannotRun(f"{target.server}: {why}") from None


async def _registered(target: Target, ca: Path, count: int, work: Work[T]) -> T:
    members = Members(os.urandom(16).hex(), time.time_ns() // 1_000_000)
    agents = [Agent(target, ca, members, index) for index in range(count)]
    management = Http1(target.management, ca)
    try:
        for agent in agents:
            await agent.begin(management, target)
        return await work(agents)
    finally:
        for agent in agents:
            await agent.close()
        await management.close()


async def _slices(
    asks: Sequence[Mapping[Operation, Ask]], server_pid: int, plan: Plan, watch: Watch | None
) -> tuple[dict[Operation, tuple[Slice, ...]], int]:
    """All operations in turns, in another order each time, until enough slices of each count."""
    done: dict[Operation, list[Slice]] = {operation: [] for operation in asks[0]}
    chance = random.Random(plan.seed)
    for _ in range(plan.tries):
        open_ = [operation for operation in done if len(_counting(done[operation], plan)) < plan.repetitions]
        if not open_:
            break
        chance.shuffle(open_)
        for operation in open_:
            done[operation].append(await _slice([each[operation] for each in asks], server_pid, plan))
        if watch is not None:
            got = sum(min(plan.repetitions, len(_counting(each, plan))) for each in done.values())
            watch([Share("calibrate", got / plan.repetitions / len(done))])
    return enough(done, plan)


def enough(
    done: Mapping[Operation, Sequence[Slice]], plan: Plan
) -> tuple[dict[Operation, tuple[Slice, ...]], int]:
    """The slices that count, and how many were void. Raises MachineTooBusy where too few count."""
    for operation, slices in done.items():
        if len(_counting(slices, plan)) < plan.repetitions:
            raise MachineTooBusy(operation.name, median(each.noise for each in slices))
    counted = {operation: tuple(_counting(slices, plan)) for operation, slices in done.items()}
    return counted, sum(map(len, done.values())) - sum(map(len, counted.values()))


def _counting(slices: Sequence[Slice], plan: Plan) -> list[Slice]:
    return [each for each in slices if each.noise <= plan.most_noise]


async def _slice(asks: Sequence[Ask], server_pid: int, plan: Plan) -> Slice:
    """Let every agent ask again and again for a while."""
    before = read(server_pid)
    began_ns = time.monotonic_ns()
    until = time.monotonic() + plan.slice_s

    async def go_on(ask: Ask) -> int:
        count = 0
        while count == 0 or time.monotonic() < until:
            await ask()
            count += 1
        return count

    counts = await asyncio.gather(*(go_on(ask) for ask in asks))
    asking_ns = time.monotonic_ns() - began_ns
    await asyncio.sleep(SETTLE_S)
    return between(before, read(server_pid), sum(counts), asking_ns)


async def _memory(target: Target, ca: Path, agents: Sequence[Agent], server_pid: int) -> Memory:
    """Measure how much memory connections add to the server."""
    if not server_pid or not agents:
        return Memory(None, None)
    host, port = address_of(target.server)
    context = context_of(ca)
    before = pss_kib(server_pid)
    streams = [await asyncio.open_connection(host, port, ssl=context) for _ in agents]
    await asyncio.sleep(SETTLE_S)
    idle = 1024 * (pss_kib(server_pid) - before) / len(agents)
    before = pss_kib(server_pid)
    polls = [asyncio.ensure_future(agent.held(HOLD_S)) for agent in agents]
    await asyncio.sleep(3 * SETTLE_S)
    # The polls' connections are there already: a held poll is an idle connection and what holding adds.
    held = idle + 1024 * (pss_kib(server_pid) - before) / len(polls)
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    for _, writer in streams:
        writer.transport.abort()
    return Memory(idle, held)
