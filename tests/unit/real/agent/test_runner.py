"""The driver in this process: what nobody expected costs an attempt, and never a lane."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.real.agent.running import QUICK, UUID
from tests.unit.real.agent.wire_server import Handler, WireServer, write_ca
from wavetank.policy.codes import Stream
from wavetank.protocol.client import Client, Identity
from wavetank.protocol.wire import (
    BODY_MOST_BYTES,
    EVENT_MOST_BYTES,
    Command,
    Request,
    event_data,
    size_of,
)
from wavetank.real.agent.outbox import Store
from wavetank.real.agent.runner import Agent
from wavetank.real.transports.agent.http1 import Http1
from wavetank.real.transports.agent.messages import Answer
from wavetank.scenario import load

PATIENCE_S = 30.0


class Faulty(Http1):
    """The real transport, with a fault in the first requests to one path."""

    def __init__(self, url: str, ca: Path, path: str) -> None:
        super().__init__(url, ca)
        self.left = 3
        self._faulty = path

    async def ask(self, lane: int, request: Request) -> Answer:
        if request.path.startswith(self._faulty) and self.left:
            self.left -= 1
            raise OverflowError("date value out of range")
        return await super().ask(lane, request)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


class InProcess:
    """An agent in this process, with `put` events; `said` is what it says."""

    def __init__(self, server: WireServer, folder: Path, path: str = "none") -> None:
        self.said: list[str] = []
        server.agents[UUID] = "key"
        self.transport = Faulty(server.url, write_ca(server, folder / "ca.pem"), path)
        self.store = Store(folder / "outbox.db", 1)
        who = Identity(UUID, "key", "host", self.store.epoch)
        client = Client(load("native-agent", QUICK[1::2]).resolve(), who, self.store.streams)
        self.agent = Agent(client, self.store, self.transport, 100, self.said.append)

    def run(self, script: Callable[[], object]) -> None:
        """Accept an event, and run until something is so."""

        async def played() -> None:
            await self.agent.accept(Stream.STATEFUL, ["an event"])
            await self.agent.run(until(script))

        try:
            asyncio.run(played())
        finally:
            self.store.close()


@pytest.mark.parametrize("path", ["/login", "/stateful", "/commands"])
def test_fault_in_an_exchange_is_a_lost_attempt(server: WireServer, tmp_path: Path, path: str) -> None:
    """It is tried again as after any other loss, said once with its traceback, and counted."""
    server.commands[UUID] = [{"id": 1, "command": "ping"}]
    agent = InProcess(server, tmp_path, path)
    agent.run(lambda: server.data() == ["an event"] and server.confirmed)
    assert agent.transport.left == 0
    assert agent.agent.status()["faults"] == 3
    (said,) = [text for text in agent.said if "fault" in text]
    assert "Traceback" in said
    assert "OverflowError: date value out of range" in said


def test_fault_in_a_command_is_confirmed_as_an_error(server: WireServer, tmp_path: Path) -> None:
    server.commands[UUID] = [{"id": 1, "command": "ping"}, {"id": 2, "command": "ping"}]

    def fails(command: Command) -> object:
        raise ZeroDivisionError(command.id)

    agent = InProcess(server, tmp_path)
    agent.agent._carry_out = fails
    agent.run(lambda: len(server.confirmed) == 2)
    assert server.confirmed == {n: {"error": f"ZeroDivisionError: {n}"} for n in ("1", "2")}
    assert agent.agent.faults == 2


def test_event_that_no_request_can_hold_is_refused_with_the_limit_named(
    server: WireServer, tmp_path: Path
) -> None:
    agent = InProcess(server, tmp_path)

    async def accept() -> list[int | None]:
        large = "x" * EVENT_MOST_BYTES
        return await agent.agent.accept(Stream.STATEFUL, ["small", large, large])

    async def played() -> None:
        assert await accept() == [1, None, None]
        await agent.agent.run(until(lambda: server.data() == ["small"]))

    asyncio.run(played())
    agent.store.close()
    (said,) = [text for text in agent.said if "refused" in text]
    assert f"{EVENT_MOST_BYTES:,} bytes" in said
    assert agent.store.counts["dropped.stateful.body"] == 2


def test_largest_event_that_is_accepted_fits_into_a_request(server: WireServer, tmp_path: Path) -> None:
    """The limit is that of a whole body: nothing that was accepted can be refused by it."""
    agent = InProcess(server, tmp_path)
    largest = "x" * (EVENT_MOST_BYTES - size_of(event_data("")))

    def limits(handler: Handler) -> bool:
        return len(handler.body) > BODY_MOST_BYTES and handler.say(413)

    server.script = limits

    async def played() -> None:
        assert await agent.agent.accept(Stream.STATEFUL, [largest, f"{largest}x"]) == [1, None]
        await agent.agent.run(until(lambda: server.data() == [largest]))

    asyncio.run(played())
    agent.store.close()


def test_fault_in_deciding_is_tried_again(
    server: WireServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavetank.real.agent.driver.AGAIN_S", 0.01)
    agent = InProcess(server, tmp_path)
    left = [3]
    steps = agent.agent.client.step

    def step(now_ns: int) -> object:
        if left[0]:
            left[0] -= 1
            raise KeyError("a defect")
        return steps(now_ns)

    monkeypatch.setattr(agent.agent.client, "step", step)
    agent.run(lambda: server.data() == ["an event"])
    assert agent.agent.faults == 3
