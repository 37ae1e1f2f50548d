"""An agent in its folder: the outbox, the credentials and the status that others read."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from time import monotonic, monotonic_ns
from typing import Any

from wavetank.policy.codes import Overflow
from wavetank.protocol.client import Client, Identity
from wavetank.protocol.identity import Credentials
from wavetank.real.agent.outbox import Store
from wavetank.real.agent.runner import Agent
from wavetank.real.credentials import ca_of, load
from wavetank.real.loops import give_back, keep_heap_small, loop_factory
from wavetank.real.private import BadFolder, hold, host_identifier, replace_private, sweep
from wavetank.real.transports.agent.http1 import Http1
from wavetank.real.transports.agent.registry import Carrier
from wavetank.scenario.resolved import Resolved

OUTBOX, STATUS = "outbox.db", "status.json"
LOOK_S, STATUS_S = 0.05, 1.0
"""How often the end of the input is looked for, and the status written: neither costs CPU worth mention."""

GIVE_BACK_S = 60.0
"""How often memory is given back that the C library keeps. While connections break and are made again, an
agent needs more than before and after. To give that back takes a millisecond."""

BRIEFLY_S = 1.0  # for as long as `status` may hold the folder

Inputs = Callable[[Agent], list[Coroutine[Any, Any, None]]]


def run_agent(
    folder: Path,
    who: Credentials,
    resolved: Resolved,
    inputs: Inputs,
    say: Callable[[str], None],
    *,
    number: int | None = None,
    until_delivered: bool = False,
    outbox_events: int = 1_000_000,
    carrier: Carrier = Http1,
) -> None:
    """Run the agent of a folder until SIGTERM or SIGINT; `inputs` bring its events, `say` tells of trouble.

    `number` is which agent of the scenario it is. Raises BadFolder, BadOutbox, BadAddress.
    """
    held = hold(folder, BRIEFLY_S)
    if held is None:
        raise BadFolder(f"{folder}: another agent runs with this folder")
    keep_heap_small()
    sweep(folder)
    batching = resolved.batching[0]
    oldest = batching.overflow == Overflow.DROP_OLDEST
    store = Store(folder / OUTBOX, monotonic_ns(), batching.buffer_events, oldest)
    try:
        transport = carrier(who.server, ca_of(folder, who), resolved.connection)
        identity = Identity(who.uuid, who.key, host_identifier(), store.epoch)
        client = Client(resolved, identity, store.streams, number)
        agent = Agent(client, store, transport, outbox_events, say)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_run(agent, folder / STATUS, inputs, until_delivered))
    finally:
        store.close()
        os.close(held)


async def _run(agent: Agent, file: Path, inputs: Inputs, until_delivered: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    bringing = asyncio.gather(*inputs(agent))
    status = asyncio.create_task(_keep_status(agent, file))
    try:
        await agent.run(_over(agent, stopped, bringing, until_delivered))
    finally:
        for task in (stopped, bringing, status):
            task.cancel()
        await asyncio.gather(stopped, bringing, status, return_exceptions=True)


async def _over(
    agent: Agent, stopped: asyncio.Task[Any], bringing: asyncio.Future[Any], until_delivered: bool
) -> None:
    """Until the agent is told to end, an input fails, or the input has ended and nothing is left."""
    await asyncio.wait((stopped, bringing), return_when=asyncio.FIRST_COMPLETED)
    if not bringing.done():
        return
    bringing.result()
    while until_delivered and not agent.idle and not stopped.done():
        await asyncio.sleep(LOOK_S)
    if not until_delivered:
        await stopped


async def _keep_status(agent: Agent, file: Path) -> None:
    """Write the status whenever it has changed, and keep disk and memory tidy, for ever."""
    who = {"uuid": agent.client.who.uuid, "epoch": agent.client.who.epoch, "pid": os.getpid()}
    written: dict[str, object] = {}
    given_back_s = monotonic()
    while True:
        try:
            agent.store.tidy()
            if agent.status() != written:
                written = agent.status()
                with suppress(OSError):
                    replace_private(file, json.dumps({**who, **written}))
            if monotonic() - given_back_s >= GIVE_BACK_S:
                given_back_s = monotonic()
                give_back()
        except Exception as error:  # noqa: BLE001  (whatever it is)
            agent.fault(error)
        await asyncio.sleep(STATUS_S)


def status_of(folder: Path) -> dict[str, Any]:
    """The status of the agent of a folder, running or not. Raises NoCredentials, BadFolder, BadOutbox."""
    who = load(folder)
    status: dict[str, Any] = {"uuid": who.uuid, "name": who.name, "server": who.server, "state": "none"}
    held = hold(folder)
    if held is None:
        with suppress(OSError, ValueError):
            status |= json.loads((folder / STATUS).read_text(encoding="utf-8"))
        return {**status, "running": True}
    if (folder / OUTBOX).exists():
        store = Store(folder / OUTBOX, monotonic_ns())
        status |= {"epoch": store.epoch, "queued": store.queued()}
        status["counts"] = dict(sorted(store.counts.items()))
        store.close()
    os.close(held)
    return {**status, "running": False}
