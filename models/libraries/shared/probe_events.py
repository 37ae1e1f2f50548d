"""Parts that all transport probes in Python share; `shared/probe.hpp` describes how they are spoken to."""

import asyncio
import contextlib
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

EVENT_BYTES = 500
TOKEN = "t" * 338
_LETTERS = "abcdefghijklmnopqrstuvwxyz012345"


def batch(events: int) -> bytes:
    """Events as NDJSON, each 500 bytes with its line feed."""
    lines, state = [], 1
    for _ in range(events):
        line = '{"data":"'
        while len(line) < EVENT_BYTES - 3:
            state = (state * 1664525 + 1013904223) % 2**32
            line += _LETTERS[state >> 27]
        lines.append(line + '"}\n')
    return "".join(lines).encode()


class Counter:
    """The events that the server has accepted."""

    def __init__(self) -> None:
        self.events = 0

    def accept(self, token: str | bytes, body: bytes) -> bytes:
        """The server's whole work: is the token there, and how many lines are there?"""
        if (token if isinstance(token, str) else token.decode()) != TOKEN:
            raise PermissionError("a request without its token")
        return self.count(body)

    def count(self, body: bytes) -> bytes:
        """Count lines; returns the acknowledgement."""
        events = body.count(b"\n")
        self.events += events
        return b'{"accepted":%d}' % events


def options() -> dict[str, str]:
    """The options of the command line."""
    words = sys.argv[2:]
    return {name[2:]: value for name, value in zip(words[::2], words[1::2], strict=True)}


def server_tls(asked: dict[str, str]) -> ssl.SSLContext | None:
    """TLS 1.3 at the server, None for plain TCP."""
    if asked["tls"] == "none":
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(asked["cert"])
    return made


resumptions: list[Callable[[], bool | None]] = []
"""Of the handshakes since the last answer, what tells whether a session was resumed."""


class Resuming(ssl.SSLContext):
    """asyncio passes no session on: each handshake gets the one of the connection before it here."""

    _last: ssl.SSLObject | None = None

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        """As in Python's ssl. The ticket came after the handshake, so the session is asked for only now."""
        if self._last:
            named["session"] = self._last.session
        made = self._last = super().wrap_bio(*arguments, **named)
        resumptions.append(lambda: made.session_reused)
        return made


def client_tls(asked: dict[str, str]) -> ssl.SSLContext | None:
    """TLS 1.3 at the client, the server verified; None for plain TCP."""
    if asked["tls"] == "none":
        return None
    kind = Resuming if asked["tls"] == "resumed" else ssl.SSLContext
    made = kind(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(asked["ca"])
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    return made


def listening(
    port: int, events: Callable[[], int], end: Callable[[], None] = lambda: os._exit(0), **more: Any
) -> None:
    """Say where the server listens, and end when whoever started it has gone."""
    print(json.dumps({"port": port, **more}), flush=True)

    def watch() -> None:
        # Not sys.stdin: its lock would be held when the interpreter ends.
        while os.read(0, 4096):
            pass
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps({"events": events()}), flush=True)
        end()

    threading.Thread(target=watch, daemon=True).start()


class Connection(Protocol):
    """One way to the server."""

    async def deliver(self, token: str, body: bytes) -> bytes:
        """Have a batch acknowledged."""

    async def close(self) -> None:
        """Close it."""


Open = Callable[[bool], Awaitable[Connection]]


class Client:
    """Does what standard input says; `open_` makes a connection, for a stream of messages if so asked."""

    def __init__(self, open_: Open) -> None:
        self._open = open_
        self._kept: dict[bool, Connection] = {}
        self._held: list[Connection] = []
        self._events = 0
        self._body = b""

    async def obey(self, line: str) -> dict[str, Any]:
        """One line."""
        words = line.split()
        what, requests, events = words[0], int(words[1]), int(words[2])
        if events != self._events:
            self._events, self._body = events, batch(events)
        latencies: list[float] = []
        resumptions.clear()
        if what in ("keep-alive", "stream"):
            connection = await self._keep(what == "stream")
            for _ in range(requests):
                await self._request(connection)
        elif what == "new":
            for _ in range(requests):
                connection = await self._open(False)
                await self._request(connection)
                await connection.close()
        elif what == "rate":
            latencies = await self._pace(requests, float(words[3]))
        elif what == "hold":
            for _ in range(requests):
                self._held.append(await self._open(False))
                await self._request(self._held[-1])
        resumed = sum(bool(told()) for told in resumptions)
        return {"requests": requests, "resumed": resumed, "latencies_us": latencies}

    async def _keep(self, stream: bool) -> Connection:
        if stream not in self._kept:
            self._kept[stream] = await self._open(stream)
        return self._kept[stream]

    async def _request(self, connection: Connection) -> None:
        answer = await connection.deliver(TOKEN, self._body)
        if answer != b'{"accepted":%d}' % self._events:
            raise ValueError(f"acknowledged was {answer!r}")

    async def _pace(self, requests: int, rate_per_s: float) -> list[float]:
        """Latency from when a request was due."""
        connection = await self._keep(False)
        start, found = time.monotonic(), []
        for number in range(requests):
            due = start + number / rate_per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._request(connection)
            found.append(round((time.monotonic() - due) * 1e6))
        return found


def run(
    about: dict[str, Any],
    serve: Callable[[dict[str, str]], Coroutine[Any, Any, None]] | Callable[[dict[str, str]], None],
    connect: Callable[[dict[str, str]], Open] | None = None,
) -> None:
    """Be the probe: `about`, `server` or `client`, on uvloop where that is there."""
    what = sys.argv[1]
    if what == "about":
        print(json.dumps(about))
    elif what == "server":
        started = serve(options())
        if started is not None:
            _runner().run(started)
    elif connect:
        with _runner() as runner:
            client = Client(connect(options()))
            for line in iter(sys.stdin.readline, ""):
                print(json.dumps(runner.run(client.obey(line))), flush=True)
            os._exit(0)


def _runner() -> asyncio.Runner:
    try:
        import uvloop
    except ModuleNotFoundError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)
