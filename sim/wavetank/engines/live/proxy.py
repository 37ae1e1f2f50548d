"""The network of a live run: a relay for TCP that delays what passes, and can fall silent.

One listening port per network of the scenario. A message takes the one-way delay of its network, and does
not overtake another of its connection; to connect takes a round trip more (docs/model.md#connecting). One
that is lost is late by its retransmissions (docs/model.md#loss); what is read in one piece is one message.
While the server's machine is silent nothing passes; who connects meanwhile is heard when its SYN is
repeated, after 1, 3, 7 ... s (docs/model.md#connection-slots).
"""

import asyncio
import random
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import cast

from wavetank.engines.live.children import Child, end_with_parent, tell
from wavetank.policy.laws import sample
from wavetank.policy.loss import retransmission_ns
from wavetank.real.loops import loop_factory, raise_file_limit
from wavetank.scenario.resolved import Network

HOST = "127.0.0.1"
BACKLOG = 4_096
"""A whole fleet connects in one instant when it restarts; Linux caps this at net.core.somaxconn."""

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with a time of 0: close() sends a reset."""


@dataclass
class Relay:
    """State that all links share: where the server is, and whether its machine is silent.

    A machine that is there again has forgotten the connections that it had.
    """

    host: str
    port: int
    silent: bool = False


class Side(asyncio.Protocol):
    """One end of a link; what it hears goes to `heard`."""

    def __init__(self, heard: Callable[[bytes | None], None], lost: Callable[[bool], None]) -> None:
        self._heard = heard
        self._lost = lost
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called once it is connected."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._heard(data)

    def eof_received(self) -> bool:
        """The other end says no more; it may still hear."""
        self._heard(None)
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._lost(error is not None)

    def put(self, data: bytes | None) -> None:
        """Pass bytes on, or the end."""
        if self.transport is None or self.transport.is_closing():
            return
        if data is not None:
            self.transport.write(data)
        elif self.transport.can_write_eof():
            self.transport.write_eof()

    def end(self, reset: bool) -> None:
        """Close, at once where it is a reset."""
        if self.transport is None:
            return
        if reset:
            handle = self.transport.get_extra_info("socket")
            if handle is not None:
                with suppress(OSError):
                    handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.transport.abort()
        else:
            self.transport.close()


class Way:
    """One direction of a link: what is sent along it arrives after the delay, and in order."""

    def __init__(self, delay_ns: Callable[[], int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._delay_ns = delay_ns
        self._free_at = 0.0
        self._under_way: deque[Callable[[], None]] = deque()

    def send(self, arrive: Callable[[], None]) -> None:
        """Call `arrive` when it is there."""
        self._free_at = max(self._free_at, self._loop.time() + self._delay_ns() / 1e9)
        self._under_way.append(arrive)
        # of timers for one instant the later may be called first: a timer's milliseconds are rounded
        self._loop.call_at(self._free_at, self._arrive)

    def _arrive(self) -> None:
        self._under_way.popleft()()


class Link:
    """A connection of an agent, and the one that stands for it at the server."""

    def __init__(self, relay: Relay, delay_ns: Callable[[], int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._relay = relay
        self._delay_ns = delay_ns
        self._began = self._loop.time()
        self._up, self._down = Way(delay_ns), Way(delay_ns)
        self._early: list[bytes | None] = []
        self._joined = False
        self._forgotten = False
        self.agent = Side(self._from_agent, self._agent_lost)
        self.server = Side(self._from_server, self._server_lost)
        self._connecting = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        relay = self._relay
        await self._wait(self._delay_ns())
        repeats = 0
        while relay.silent:
            repeats += 1
            await asyncio.sleep(max(0.0, self._began + 2**repeats - 1 - self._loop.time()))
        try:
            await self._loop.create_connection(lambda: self.server, relay.host, relay.port)
        except OSError:
            await self._wait(self._delay_ns())
            self.agent.end(True)
            return
        await self._wait(self._delay_ns() + self._delay_ns())
        self._joined = True
        for data in self._early:
            self.server.put(data)

    async def _wait(self, delay_ns: int) -> None:
        await asyncio.sleep(delay_ns / 1e9)

    def _from_agent(self, data: bytes | None) -> None:
        if not self._joined:
            self._early.append(data)
            return
        self._up.send(partial(self._pass_up, data))

    def _pass_up(self, data: bytes | None) -> None:
        if self._relay.silent:
            self._forgotten = True
        elif self._forgotten:
            self._loop.call_later(self._delay_ns() / 1e9, self.agent.end, True)
        else:
            self.server.put(data)

    def _from_server(self, data: bytes | None) -> None:
        if self._relay.silent:
            self._forgotten = True
            return
        self._down.send(partial(self.agent.put, data))

    def _agent_lost(self, reset: bool) -> None:
        self._connecting.cancel()
        self._up.send(partial(self.server.end, reset))

    def _server_lost(self, reset: bool) -> None:
        if self._relay.silent:
            self._forgotten = True
            return
        self._down.send(partial(self.agent.end, reset))


def relay(
    connection: Connection, host: str, port: int, networks: tuple[Network, ...], empirical: tuple[int, ...],
    seed: int,
) -> None:  # fmt: skip
    """Body of the relay's process: tells its ports, one per network; then does as it is told."""
    end_with_parent(lambda: None)
    raise_file_limit()
    chance = random.Random(seed)

    def delay_ns(network: Network) -> int:
        bits = chance.getrandbits(64)
        return sample(network.delay, bits, empirical) + retransmission_ns(network.loss, bits)

    async def work() -> None:
        loop, over, state = asyncio.get_running_loop(), asyncio.Event(), Relay(host, port)

        def link(network: Network) -> Side:
            return Link(state, partial(delay_ns, network)).agent

        ports = []
        for network in networks:
            listening = await loop.create_server(partial(link, network), HOST, 0, backlog=BACKLOG)
            ports.append(listening.sockets[0].getsockname()[1])

        def obey() -> None:
            try:
                while True:
                    state.silent = connection.recv()
                    tell(connection, "ready", None)
            except (EOFError, OSError):
                loop.call_soon_threadsafe(over.set)

        threading.Thread(target=obey, daemon=True, name="orders").start()
        tell(connection, "ready", tuple(ports))
        await over.wait()

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work())


class Relays:
    """The relay of a run, as its parent has it: `urls` are the server as each network reaches it."""

    def __init__(
        self, host: str, port: int, networks: tuple[Network, ...], empirical: tuple[int, ...], seed: int
    ) -> None:
        """Raises CannotRun."""
        self._child = Child("network", relay, host, port, networks, empirical, seed)
        try:
            ports = self._child.hear_soon()
        except BaseException:
            self._child.kill()
            raise
        self.urls = tuple(f"https://{HOST}:{number}" for number in ports)

    def silence(self, silent: bool) -> None:
        """Let nothing pass, or pass again."""
        self._child.send(silent)
        self._child.hear_soon()

    def stop(self) -> None:
        """End it."""
        self._child.kill()
