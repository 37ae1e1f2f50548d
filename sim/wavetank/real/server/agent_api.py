"""The API of agents: events in, commands out. Only the token says which agent asks."""

import asyncio
import re
from functools import partial

from wavetank.real.server import bodies, events, records
from wavetank.real.server.batches import Part, read_batch
from wavetank.real.server.fleet import Agent
from wavetank.real.server.holds import Waiter, Wake
from wavetank.real.server.identity import agent_of, bad_token
from wavetank.real.server.service import Service
from wavetank.real.transports.server.messages import Answer, Refused, Request, json_answer

NUMBER = re.compile("0|[1-9][0-9]{0,17}")
"""A command's number as the server writes it: each has one path, and all fit into SQLite's integers."""
_NO_STORE = (("Cache-Control", "no-store"),)
_BUSY = (("Retry-After", "1"),)


def _room(service: Service, parts: list[Part]) -> None:
    """Raises Refused(503) while too much waits to be committed."""
    size_bytes = sum(part.size_bytes for part in parts)
    if service.store.queued_bytes + size_bytes > service.settings.queued_bytes:
        raise Refused(503, "the store is behind", "store_queue", _BUSY)


async def stateless(service: Service, request: Request) -> Answer:
    """Take events that may be lost: accepted when they are queued for the store."""
    agent, _ = agent_of(service, request)
    parts = await read_batch(service, request, agent, False)
    _room(service, parts)
    for part in parts:
        add = partial(events.add_stateless, agent=agent.id, data=part.data, now_ns=service.now_ns)
        asked = service.store.ask(add, part.size_bytes)
        asked.add_done_callback(partial(_settled, service, len(part.data)))
    count = sum(len(part.data) for part in parts)
    service.metrics.add("events_received", "stateless", count)
    return json_answer(202, {"accepted": count})


def _settled(service: Service, count: int, answer: "asyncio.Future[events.Stored]") -> None:
    """Count accepted stateless events as stored or dropped."""
    if answer.exception() is None:
        service.metrics.add("events_stored", by=count)
    else:
        service.metrics.add("events_dropped", "store", count)


async def stateful(service: Service, request: Request) -> Answer:
    """Take events that must not be lost: answered when all are committed, now or before.

    Where a part cannot be stored all is refused; the parts before it come again, and are recognised.
    """
    agent, _ = agent_of(service, request)
    parts = await read_batch(service, request, agent, True)
    _room(service, parts)
    new = 0
    for part in parts:
        stored = await service.store.ask(_add(agent, part, service.now_ns), part.size_bytes)
        new += stored.stored
        service.metrics.add("events_received", "stateful", len(part.data))
        service.metrics.add("events_stored", by=stored.stored)
        service.metrics.add("events_duplicate", by=stored.duplicates)
        service.metrics.add("events_conflicting", by=stored.conflicting)
    return json_answer(200, {"stored": new, "duplicates": sum(len(part.data) for part in parts) - new})


def _add(agent: Agent, part: Part, now_ns: int) -> "partial[events.Stored]":
    return partial(
        events.add_stateful,
        agent=agent.id,
        epoch=part.epoch,
        sequences=part.sequences,
        data=part.data,
        now_ns=now_ns,
    )


async def commands(service: Service, request: Request) -> Answer:
    """Give an agent its commands, or hold the request until there are some or the time is over."""
    agent, _ = agent_of(service, request)
    hold_s = _hold_s(request, service.settings.hold_s)
    waiter = service.fleet.holds.wait(agent.index)
    try:
        if not service.fleet.board.waiting(agent.index):
            await _held(request, waiter, hold_s)
    finally:
        service.fleet.holds.leave(agent.index, waiter)
    why = waiter.result() if waiter.done() else Wake.COMMANDS
    if why == Wake.REVOKED:
        raise bad_token()
    rows = service.fleet.waiting(agent, service.settings.limits.body_bytes) if why == Wake.COMMANDS else []
    return Answer(200, commands_text(rows).encode(), (("Content-Type", bodies.JSON), *_NO_STORE))


def commands_text(rows: list[records.CommandRow]) -> str:
    """The message that brings an agent its commands: {"commands": [{"id": ..., ...}]}."""
    # Each is an object with at least one field (see management), so that the id goes in front.
    inner = ",".join(f'{{"id":{command.id},{command.body[1:]}' for command in rows)
    return f'{{"commands":[{inner}]}}'


def _hold_s(request: Request, most_s: float) -> float:
    """How long to hold: the agent may wish for less with "Prefer: wait=SECONDS" (RFC 7240)."""
    for wish in ",".join(request.all("prefer")).split(","):
        name, _, value = wish.strip().partition("=")
        if name.lower() == "wait" and value.isdecimal() and len(value) < 10:
            return min(most_s, float(value))
    return most_s


async def _held(request: Request, waiter: Waiter, hold_s: float) -> None:
    """Wait for the waiter, but not longer than the agent is there. Raises ConnectionError."""
    gone = asyncio.ensure_future(request.channel.gone())
    try:
        await asyncio.wait((waiter, gone), timeout=hold_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        left = gone.done() and not gone.cancelled()
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    if left and not waiter.done():
        raise ConnectionResetError("gone while waiting for commands")


async def confirm(service: Service, request: Request, number: str) -> Answer:
    """An agent has a command: it is not given again."""
    agent, _ = agent_of(service, request)
    result = None
    if request.header("content-type"):
        sent = await bodies.read(service, request, (bodies.JSON,), service.settings.limits.body_bytes)
        result = await bodies.parsed(service, sent, _result, agent.uuid)
    await confirm_command(service, agent, number, result)
    return Answer(204)


def _result(body: bytes) -> str | None:
    """The result that the body of a confirmation holds, as JSON text."""
    return bodies.result_of(body, ("result",), "a confirmation")[1] if body else None


async def confirm_command(service: Service, agent: Agent, number: str, result: str | None) -> None:
    """Note that `agent` has command `number`. Raises Refused: 404 unknown, 403 another agent's."""
    command = int(number) if NUMBER.fullmatch(number) else -1
    known = service.fleet.open_command(command)
    owner = (
        known.agent
        if known
        else await service.store.ask(lambda database: records.owner_of(database, command))
    )
    if owner is None:
        raise Refused(404, "there is no such command", "path")
    if owner != agent.id:
        raise Refused(403, "the command is another agent's", "identity", error="insufficient_scope")
    now_ns = service.now_ns
    await service.store.ask(lambda database: records.confirm(database, command, result, now_ns))
    if service.fleet.confirmed(agent, command):
        service.metrics.add("commands_confirmed")
