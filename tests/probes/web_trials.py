"""Trials of libraries for HTTP, in Python: each fails where its card answers yes and it is not so."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.probes.serving import UnixHttp, echo, http
from tests.probes.tools import program
from tests.probes.trying import EVENTS, TOKEN, Trial, need, soon, trusting
from wavetank.libraries.process import Process

ROOT = Path(__file__).parents[2]


def granian(folder: Path, use: Callable[[str], bytes]) -> None:
    """Give `use` the address of a granian that speaks HTTP/2 and counts events."""
    keys = ["--cert", str(folder / "server.pem"), "--tls", "full", "--http", "2"]
    with Process(program("granian"), ["server", *keys], (), folder / "granian.log") as server:
        port = server.read()["port"]
        assert use(f"https://localhost:{port}/events") == b'{"accepted":1}'


# httpx


def httpx_posts(folder: Path) -> None:
    client = need("httpx")
    with http() as port:
        assert client.post(f"http://127.0.0.1:{port}/", content=EVENTS).text == str(len(EVENTS))


def httpx_tls(folder: Path) -> None:
    client = need("httpx")
    with http(pem=folder / "server.pem") as port:
        answer = client.post(f"https://localhost:{port}/", content=EVENTS, verify=trusting(folder))
        assert answer.text == str(len(EVENTS))


def httpx_unix(folder: Path) -> None:
    client = need("httpx")
    with (
        http(folder / "httpx.sock"),
        client.Client(transport=client.HTTPTransport(uds=str(folder / "httpx.sock"))) as session,
    ):
        assert session.post("http://localhost/", content=EVENTS).text == str(len(EVENTS))


def httpx_http2(folder: Path) -> None:
    client = need("httpx")
    need("h2")

    def use(url: str) -> bytes:
        with client.Client(http1=False, http2=True, verify=trusting(folder)) as session:
            answer = session.post(url, content=EVENTS, headers=TOKEN)
            assert answer.http_version == "HTTP/2"
            return bytes(answer.content)

    granian(folder, use)


# pycurl


def curled(url: str, **more: Any) -> bytes:
    """A POST, with further options by name."""
    curl = need("pycurl")
    handle, body = curl.Curl(), bytearray()
    options = {"URL": url, "POSTFIELDS": EVENTS, "WRITEFUNCTION": body.extend, "TIMEOUT": 20, **more}
    for name, value in options.items():
        handle.setopt(getattr(curl, name), value)
    handle.perform()
    handle.close()
    return bytes(body)


def pycurl_posts(folder: Path) -> None:
    with http() as port:
        assert curled(f"http://127.0.0.1:{port}/") == b"%d" % len(EVENTS)


def pycurl_tls(folder: Path) -> None:
    with http(pem=folder / "server.pem") as port:
        answer = curled(f"https://localhost:{port}/", CAINFO=str(folder / "ca.pem"))
        assert answer == b"%d" % len(EVENTS)


def pycurl_unix(folder: Path) -> None:
    with http(folder / "pycurl.sock"):
        answer = curled("http://localhost/", UNIX_SOCKET_PATH=str(folder / "pycurl.sock"))
        assert answer == b"%d" % len(EVENTS)


def pycurl_http2(folder: Path) -> None:
    version = need("pycurl").CURL_HTTP_VERSION_2_0
    head = [f"{name}: {value}" for name, value in TOKEN.items()]
    more = {"CAINFO": str(folder / "ca.pem"), "HTTP_VERSION": version, "HTTPHEADER": head}
    granian(folder, lambda url: curled(url, **more))


def pycurl_tcp(folder: Path) -> None:
    curl = need("pycurl")
    with echo() as port:
        handle = curl.Curl()
        handle.setopt(curl.URL, f"http://127.0.0.1:{port}")
        handle.setopt(curl.CONNECT_ONLY, 1)
        handle.perform()
        assert handle.send(b"ping") == 4
        received, deadline = b"", time.monotonic() + 20
        while len(received) < 4 and time.monotonic() < deadline:
            try:
                received += handle.recv(4)
            except BlockingIOError:
                time.sleep(0.01)
        handle.close()
        assert received == b"ping"


def pycurl_websocket(folder: Path) -> None:
    curl = need("pycurl")
    server = need("websockets.asyncio.server")

    async def answer(socket: Any) -> None:
        async for message in socket:
            await socket.send(message)

    def talk(port: int) -> bytes:
        handle = curl.Curl()
        handle.setopt(curl.URL, f"ws://127.0.0.1:{port}/")
        handle.setopt(curl.CONNECT_ONLY, 2)
        handle.perform()
        handle.ws_send(b"ping", curl.WS_TEXT)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                frames = handle.ws_recv(100)
                handle.close()
                return bytes(frames[0])
            except BlockingIOError:
                time.sleep(0.01)
        return b""

    async def trial() -> None:
        async with server.serve(answer, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            assert await asyncio.to_thread(talk, port) == b"ping"

    soon(trial())


# aiohttp, uvicorn, granian


def aiohttp_unix(folder: Path) -> None:
    aiohttp = need("aiohttp")
    path = str(folder / "aiohttp.sock")

    async def trial() -> None:
        async def take(request: Any) -> Any:
            return aiohttp.web.Response(body=await request.read())

        application = aiohttp.web.Application()
        application.add_routes([aiohttp.web.post("/", take)])
        runner = aiohttp.web.AppRunner(application)
        await runner.setup()
        await aiohttp.web.UnixSite(runner, path).start()
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as session,
            session.post("http://localhost/", data=EVENTS) as answer,
        ):
            assert await answer.read() == EVENTS
        await runner.cleanup()

    need("aiohttp.web")
    soon(trial())


def served_unix(folder: Path, *words: str) -> None:
    """The probes' application behind a command that is told a path by --uds."""
    need(words[0])
    path = folder / f"{words[0]}.sock"
    command = [sys.executable, "-m", *words, "--uds", str(path), "probe_asgi:app"]
    shared = {"PYTHONPATH": str(ROOT / "models" / "libraries" / "shared")}
    running = subprocess.Popen(command, env=shared, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            client = UnixHttp(path)
            try:
                client.request("POST", "/", EVENTS, TOKEN)
                break
            except OSError:
                client.close()
                assert time.monotonic() < deadline, "it does not listen"
                assert running.poll() is None
                time.sleep(0.05)
        assert client.getresponse().read() == b'{"accepted":1}'
        client.close()
    finally:
        running.terminate()
        running.wait(20)


def uvicorn_unix(folder: Path) -> None:
    served_unix(folder, "uvicorn")


def granian_unix(folder: Path) -> None:
    served_unix(folder, "granian", "--interface", "asgi")


WEB: dict[tuple[str, str], Trial] = {
    ("httpx", "http1"): httpx_posts,
    ("httpx", "request_reply"): httpx_posts,
    ("httpx", "tls"): httpx_tls,
    ("httpx", "unix_sockets"): httpx_unix,
    ("httpx", "http2"): httpx_http2,
    ("pycurl", "http1"): pycurl_posts,
    ("pycurl", "request_reply"): pycurl_posts,
    ("pycurl", "tls"): pycurl_tls,
    ("pycurl", "unix_sockets"): pycurl_unix,
    ("pycurl", "http2"): pycurl_http2,
    ("pycurl", "tcp"): pycurl_tcp,
    ("pycurl", "websocket"): pycurl_websocket,
    ("aiohttp", "unix_sockets"): aiohttp_unix,
    ("uvicorn", "unix_sockets"): uvicorn_unix,
    ("granian", "unix_sockets"): granian_unix,
}
"""By library and cell of its card."""
