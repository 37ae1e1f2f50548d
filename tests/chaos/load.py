"""Load on a real server, each side a process: 200 held polls, then 2,000 agents and 500 batches a second.

    python -m tests.chaos.load [--seconds N] [--agents N] [--polls N]

Exit status 1: at the 99th percentile, a stateless post took 250 ms or more beside the held polls, or a batch
a second or more: it counts from the moment at which it was due.
"""

import argparse
import asyncio
import json
import resource
import secrets
import ssl
import tempfile
import time
import uuid
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from tests.chaos.world import HOST, Server
from wavetank.real.loops import raise_file_limit

MOST_P99_S = 0.25
MOST_BATCH_S = 1.0
BATCHES_PER_S = 500
EVENTS_PER_BATCH = 10
AT_ONCE = 50


class Wire:
    """One kept connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    async def ask(self, method: str, path: str, body: bytes = b"", *headers: str) -> tuple[int, bytes]:
        """Status and body of the answer; one request at a time."""
        async with self._turn:
            return await self._ask(method, path, body, *headers)

    async def _ask(self, method: str, path: str, body: bytes, *headers: str) -> tuple[int, bytes]:
        lines = (f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", "")
        self._writer.write("\r\n".join(lines).encode() + body)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = head.partition("content-length: ")[2].partition("\r\n")[0]
        return int(head.split(" ", 2)[1]), await self._reader.readexactly(int(length or 0))

    def close(self) -> None:
        self._writer.close()


class Load:
    """Agents of one server, each on a connection of its own."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._tls = ssl.create_default_context(cafile=server.folder / "ca.pem")
        self.agents: list[tuple[Wire, str]] = []

    async def connect(self, count: int) -> None:
        """Register agents, connect them and log them in."""
        for first in range(0, count, AT_ONCE):
            some = range(first, min(count, first + AT_ONCE))
            self.agents += await asyncio.gather(*(self._agent() for _ in some))

    async def _agent(self) -> tuple[Wire, str]:
        name, key = str(uuid.uuid4()), secrets.token_hex(32)
        basic = b64encode(f"admin:{self.server.password}".encode()).decode()
        told = json.dumps({"uuid": name, "key": key, "name": "load"}).encode()
        headers = (f"Authorization: Basic {basic}", "Content-Type: application/json")
        managing = await self.wire(self.server.management_port)
        status, said = await managing.ask("POST", "/agents", told, *headers)
        managing.close()
        assert status == 201, said
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": key}
        wire = await self.wire(self.server.agent_port)
        kind = "Content-Type: application/x-www-form-urlencoded"
        status, said = await wire.ask("POST", "/login", urlencode(form).encode(), kind)
        assert status == 200, said
        return wire, f"Authorization: Bearer {json.loads(said)['access_token']}"

    async def wire(self, port: int) -> Wire:
        return Wire(*await asyncio.open_connection(HOST, port, ssl=self._tls, server_hostname=HOST))

    async def post(self, agent: int, path: str, value: object) -> None:
        wire, token = self.agents[agent]
        body = json.dumps(value).encode()
        status, said = await wire.ask("POST", path, body, token, "Content-Type: application/json")
        assert status in (200, 202), (status, said)


class Times(NamedTuple):
    """Seconds that requests took, in order, and how many a second were sent."""

    all_s: list[float]
    per_s: float

    def at(self, share: float) -> float:
        return self.all_s[min(len(self.all_s) - 1, int(len(self.all_s) * share))]

    def __str__(self) -> str:
        p50, p99, most = (f"{1e3 * self.at(share):.1f} ms" for share in (0.5, 0.99, 1.0))
        return f"{len(self.all_s):,} requests, {self.per_s:.0f}/s, p50 {p50}, p99 {p99}, longest {most}"


async def paced(per_s: float, seconds: float, work: Callable[[int], Awaitable[None]]) -> Times:
    """Begin work at a steady rate, whether what was begun before has ended or not."""
    begun, tasks, took = time.perf_counter(), list[asyncio.Task[None]](), list[float]()

    async def one(number: int, due: float) -> None:
        await work(number)
        took.append(time.perf_counter() - due)

    for number in range(int(per_s * seconds)):
        due = begun + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    return Times(sorted(took), len(took) / (time.perf_counter() - begun))


async def polls(load: Load, count: int, seconds: float) -> Times:
    """Stateless posts while `count` other agents wait for commands."""
    await load.connect(count + 1)
    held = [asyncio.create_task(wire.ask("GET", "/commands", b"", token)) for wire, token in load.agents[1:]]
    while load.server.metric("wavetank_polls_held") < count:
        await asyncio.sleep(0.05)
    event = {"events": [{"data": "x" * 200}]}

    async def post(_: int) -> None:
        await load.post(0, "/stateless", event)

    times = await paced(20, seconds, post)
    for poll in held:
        poll.cancel()
    return times


async def batches(load: Load, seconds: float) -> Times:
    """Stateful batches from all agents in turn."""

    async def post(number: int) -> None:
        turn, agent = divmod(number, len(load.agents))
        first = turn * EVENTS_PER_BATCH
        events = [{"sequence": first + n, "data": "x" * 200} for n in range(EVENTS_PER_BATCH)]
        await load.post(agent, "/stateful", {"epoch": "e", "events": events})

    return await paced(BATCHES_PER_S, seconds, post)


async def measure(server: Server, agents: int, held: int, seconds: float) -> int:
    """Print what was measured; the exit status."""
    beside = await polls(Load(server), held, seconds)
    print(f"stateless beside {held} held polls: {beside}")
    load = Load(server)
    begun = time.perf_counter()
    await load.connect(agents)
    print(f"{agents:,} agents registered, connected, logged in: {time.perf_counter() - begun:.1f} s")
    before, begun = cpu_s(server.pid), time.perf_counter()
    times = await batches(load, seconds)
    share = (cpu_s(server.pid) - before) / (time.perf_counter() - begun)
    print(f"{EVENTS_PER_BATCH} events a batch: {times}; the server took {share:.0%} of a core")
    return int(beside.at(0.99) >= MOST_P99_S or times.at(0.99) >= MOST_BATCH_S)


def cpu_s(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> int:
    """Start a server and put the load on it; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.chaos.load", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--agents", type=int, default=2_000)
    parser.add_argument("--polls", type=int, default=200)
    options = parser.parse_args()
    room = raise_file_limit()
    if room < options.agents + options.polls:
        print(f"{resource.getrlimit(resource.RLIMIT_NOFILE)[0]} open files are too few; see ulimit -n")
        return 2
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        server = Server(Path(folder))
        try:
            server.start("", 1, "--connections-per-address", "100000")
            server.await_ready()
            return asyncio.run(measure(server, options.agents, options.polls, options.seconds))
        finally:
            server.close()


if __name__ == "__main__":
    raise SystemExit(main())
