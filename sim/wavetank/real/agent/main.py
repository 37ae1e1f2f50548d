"""`wavetank agent run` and `status`: a folder, its agent, and where its events come from."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from time import monotonic_ns, sleep
from typing import Any, NamedTuple

from wavetank.policy.codes import Overflow, Stream
from wavetank.policy.registry import words
from wavetank.protocol.client import Client, Identity
from wavetank.protocol.generator import Generator
from wavetank.protocol.identity import Credentials
from wavetank.protocol.native import class_of
from wavetank.real.agent import sources
from wavetank.real.agent.outbox import Store
from wavetank.real.agent.register import ca_of, load
from wavetank.real.agent.runner import Agent
from wavetank.real.private import BadFolder, hold
from wavetank.real.transports.agent.http1 import Http1
from wavetank.scenario.resolved import Resolved

OUTBOX, STATUS = "outbox.db", "status.json"
LOOK_S = 0.05


class Plan(NamedTuple):
    """Where events come from, and when to end; as the options of the command."""

    stream: str
    follow: Path | None
    generate: bool
    number: int | None
    confirm: bool
    until_delivered: bool
    outbox_events: int


def run_agent(folder: Path, credentials: Credentials, resolved: Resolved, plan: Plan) -> None:
    """Run the agent of a folder until it is told to end. Raises BadOutbox, BadAddress."""
    batching = resolved.batching[0]
    oldest = batching.overflow == Overflow.DROP_OLDEST
    held = _held(folder)
    store = Store(folder / OUTBOX, monotonic_ns(), batching.buffer_events, oldest)
    try:
        who = Identity(credentials.uuid, credentials.key, host_identifier(), store.epoch)
        transport = Http1(credentials.server, ca_of(folder, credentials), resolved.connection)
        client = Client(resolved, who, store.streams, plan.number)
        agent = Agent(client, store, transport, plan.outbox_events, _say)
        asyncio.run(_run(agent, folder, resolved, plan))
    finally:
        store.close()
        os.close(held)


def _held(folder: Path) -> int:
    for _ in range(20):  # `status` holds it for a moment, too
        held = hold(folder)
        if held is not None:
            return held
        sleep(LOOK_S)
    raise BadFolder(f"{folder}: another agent runs with this folder")


async def _run(agent: Agent, folder: Path, resolved: Resolved, plan: Plan) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    inputs = asyncio.gather(*_inputs(agent, resolved, plan))
    more = {"uuid": agent.client.who.uuid, "epoch": agent.client.who.epoch, "pid": os.getpid()}
    status = asyncio.create_task(agent.keep_status(folder / STATUS, more))
    try:
        await agent.run(_over(agent, stopped, inputs, plan.until_delivered))
    finally:
        tasks = (stopped, inputs, status)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        agent.write_status(folder / STATUS, more)


async def _over(
    agent: Agent, stopped: asyncio.Task[Any], inputs: asyncio.Future[Any], until_delivered: bool
) -> None:
    """Until the agent is told to end, an input fails, or the input has ended and nothing is left."""
    await asyncio.wait((stopped, inputs), return_when=asyncio.FIRST_COMPLETED)
    if not inputs.done():
        return
    inputs.result()
    while until_delivered and not agent.idle and not stopped.done():
        await asyncio.sleep(LOOK_S)
    if not until_delivered:
        await stopped


def _inputs(agent: Agent, resolved: Resolved, plan: Plan) -> list[Coroutine[Any, Any, None]]:
    stream = Stream(words(Stream)[plan.stream])
    told = _confirm if plan.confirm else _quiet
    if plan.follow is not None:
        return [sources.follow(agent, stream, plan.follow, told)]
    if not plan.generate:
        return [sources.read_input(agent, stream, told)]
    number, seed, sizes = plan.number or 0, resolved.seed, resolved.empirical
    kind = class_of(resolved, number)
    made = ((Stream.STATELESS, kind.stateless), (Stream.STATEFUL, kind.stateful)) if kind else ()
    return [
        sources.generate(agent, one, Generator(source, seed, number, one, sizes), told)
        for one, source in made
    ]


def host_identifier() -> str:
    """What tells two hosts with one UUID apart: the machine's own identifier, else its name."""
    with suppress(OSError):
        if found := Path("/etc/machine-id").read_text(encoding="ascii").strip():
            return found
    return os.uname().nodename


def _say(message: str) -> None:
    print(f"wavetank agent: {message}", file=sys.stderr, flush=True)


def _quiet(sequences: list[int | None]) -> None:
    pass


def _confirm(sequences: list[int | None]) -> None:
    lines = ["dropped\n" if one is None else f"accepted {one}\n" for one in sequences]
    sys.stdout.write("".join(lines))
    sys.stdout.flush()


def status_of(folder: Path) -> dict[str, Any]:
    """What is known of the agent of a folder, running or not. Raises NoCredentials, BadFolder, BadOutbox."""
    who = load(folder)
    found: dict[str, Any] = {"uuid": who.uuid, "name": who.name, "server": who.server}
    with suppress(OSError, ValueError):
        found |= json.loads((folder / STATUS).read_text(encoding="utf-8"))
    held = hold(folder)
    found["running"] = held is None
    if held is not None:
        store = Store(folder / OUTBOX, monotonic_ns())
        found |= {"state": "none", "pid": 0, "queued": store.queued(), "counts": store.counts}
        store.close()
        os.close(held)
    return found
