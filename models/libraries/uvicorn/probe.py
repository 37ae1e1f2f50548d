"""uvicorn as a server: httptools and uvloop, WebSockets by websockets without compression."""

import asyncio
from importlib.metadata import version

import probe_asgi
import uvicorn
from probe_events import listening, run


async def serve(asked: dict[str, str]) -> None:
    """Serve until standard input ends."""
    tls = {} if asked["tls"] == "none" else {"ssl_certfile": asked["cert"], "ssl_keyfile": asked["key"]}
    config = uvicorn.Config(
        probe_asgi.app,
        port=0,
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
        access_log=False,
        **tls,
    )
    server = uvicorn.Server(config)
    running = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    listening(port, lambda: probe_asgi.counter.events)
    await running


names = ("uvicorn", "httptools", "uvloop", "websockets")
run(
    {
        "versions": {name: version(name) for name in names},
        "protocol": "http1",
        "stream_protocol": "websocket",
        "tls": ["none", "full"],
    },
    serve,
)
