"""aiohttp at both ends: HTTP/1.1 and WebSocket; each connection of the client is a session of its own."""

from importlib.metadata import version

import aiohttp
from aiohttp import web
from probe_events import TOKEN, Counter, Open, client_tls, listening, run, server_tls

counter = Counter()


def bearer(request: web.Request) -> str:
    """The token of a request."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def take(request: web.Request) -> web.Response:
    """Answer a batch."""
    return web.Response(
        body=counter.accept(bearer(request), await request.read()), content_type="application/json"
    )


async def talk(request: web.Request) -> web.WebSocketResponse:
    """Answer messages."""
    counter.accept(bearer(request), b"")
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(counter.count(message.data.encode()).decode())
    return socket


async def serve(asked: dict[str, str]) -> None:
    """Serve until standard input ends."""
    import asyncio

    application = web.Application(client_max_size=1 << 20)
    application.add_routes([web.post("/events", take), web.get("/events", talk)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_tls(asked)).start()
    listening(runner.addresses[0][1], lambda: counter.events)
    await asyncio.Event().wait()


class Http:
    """A session with one connection."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def deliver(self, token: str, body: bytes) -> bytes:
        """Have a batch acknowledged."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def close(self) -> None:
        """Close it."""
        await self._session.close()


class Messages(Http):
    """A session with a WebSocket."""

    async def open(self) -> "Messages":
        """Shake hands."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._socket = await self._session.ws_connect(self._url, headers=headers)
        return self

    async def deliver(self, token: str, body: bytes) -> bytes:
        """Have a batch acknowledged."""
        await self._socket.send_str(body.decode())
        return (await self._socket.receive_str()).encode()


def connect(asked: dict[str, str]) -> Open:
    """How connections are opened."""
    tls = client_tls(asked)
    url = f"{'https' if tls else 'http'}://localhost:{asked['port']}/events"

    class Here(aiohttp.abc.AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
            return [
                {"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}
            ]

        async def close(self) -> None:
            pass

    async def opened(stream: bool) -> Http:
        connector = aiohttp.TCPConnector(ssl=tls if tls else True, resolver=Here())
        session = aiohttp.ClientSession(connector=connector)
        return await Messages(session, url).open() if stream else Http(session, url)

    return opened


run(
    {
        "versions": {name: version(name) for name in ("aiohttp", "uvloop")},
        "protocol": "http1",
        "stream_protocol": "websocket",
        "tls": ["none", "full", "resumed"],
    },
    serve,
    connect,
)
