"""Trials in Python of what cards answer yes to: each fails where it is not so."""

import asyncio
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.probes.serving import UnixHttp, echo, http
from tests.probes.tools import program
from wavetank.libraries.process import Process

Trial = Callable[[Path], None]
EVENTS = b'{"data":"one"}\n'
TOKEN = {"Authorization": "Bearer " + "t" * 338}
ROOT = Path(__file__).parents[2]


def need(name: str) -> Any:
    """A module, or the test is skipped."""
    return pytest.importorskip(name)


def trusting(folder: Path) -> ssl.SSLContext:
    """Trusts the certificates of a folder."""
    return ssl.create_default_context(cafile=str(folder / "ca.pem"))


def serving(folder: Path) -> ssl.SSLContext:
    """Has the certificate of a folder."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "server.pem")
    return made


def soon(trial: Awaitable[None]) -> None:
    """Run it, for 20 s at most."""
    asyncio.run(asyncio.wait_for(trial, 20))


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
    handle, found = curl.Curl(), bytearray()
    options = {"URL": url, "POSTFIELDS": EVENTS, "WRITEFUNCTION": found.extend, "TIMEOUT": 20, **more}
    for name, value in options.items():
        handle.setopt(getattr(curl, name), value)
    handle.perform()
    handle.close()
    return bytes(found)


def pycurl_posts(folder: Path) -> None:
    with http() as port:
        assert curled(f"http://127.0.0.1:{port}/") == b"%d" % len(EVENTS)


def pycurl_tls(folder: Path) -> None:
    with http(pem=folder / "server.pem") as port:
        found = curled(f"https://localhost:{port}/", CAINFO=str(folder / "ca.pem"))
        assert found == b"%d" % len(EVENTS)


def pycurl_unix(folder: Path) -> None:
    with http(folder / "pycurl.sock"):
        found = curled("http://localhost/", UNIX_SOCKET_PATH=str(folder / "pycurl.sock"))
        assert found == b"%d" % len(EVENTS)


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
        found, deadline = b"", time.monotonic() + 20
        while len(found) < 4 and time.monotonic() < deadline:
            try:
                found += handle.recv(4)
            except BlockingIOError:
                time.sleep(0.01)
        handle.close()
        assert found == b"ping"


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
                found = handle.ws_recv(100)
                handle.close()
                return bytes(found[0])
            except BlockingIOError:
                time.sleep(0.01)
        return b""

    async def trial() -> None:
        async with server.serve(answer, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            assert await asyncio.to_thread(talk, port) == b"ping"

    soon(trial())


# pyzmq


def zmq_talk(kinds: tuple[str, str], address: str, **options: bytes) -> bytes:
    """The message that one of two sockets gets from the other, or that a request brings back."""
    zmq = need("zmq")
    with zmq.Context() as context, context.socket(getattr(zmq, kinds[0])) as one:
        one.bind(address)
        with context.socket(getattr(zmq, kinds[1])) as other:
            one.linger = other.linger = 0
            for name, value in options.items():
                other.setsockopt(getattr(zmq, name), value)
            other.connect(one.last_endpoint)
            if kinds[1] == "REQ":
                other.send(b"ask")
                assert one.recv() == b"ask"
            for _ in range(200):
                one.send(b"ping")
                if kinds[0] == "REP" or other.poll(100):
                    return bytes(other.recv())
    return b""


def zmq_replies(folder: Path) -> None:
    assert zmq_talk(("REP", "REQ"), "tcp://127.0.0.1:*") == b"ping"


def zmq_publishes(folder: Path) -> None:
    assert zmq_talk(("PUB", "SUB"), "tcp://127.0.0.1:*", SUBSCRIBE=b"pi") == b"ping"


def zmq_pushes(folder: Path) -> None:
    assert zmq_talk(("PUSH", "PULL"), "tcp://127.0.0.1:*") == b"ping"


def zmq_unix(folder: Path) -> None:
    assert zmq_talk(("PUSH", "PULL"), f"ipc://{folder}/zmq.sock") == b"ping"


def zmq_tcp(folder: Path) -> None:
    zmq = need("zmq")
    with echo() as port, zmq.Context() as context, context.socket(zmq.STREAM) as stream:
        stream.linger = 0
        stream.rcvtimeo = 20_000
        stream.connect(f"tcp://127.0.0.1:{port}")
        peer, nothing = stream.recv_multipart()
        assert nothing == b""
        stream.send_multipart([peer, b"ping"])
        assert stream.recv_multipart() == [peer, b"ping"]
        stream.send_multipart([peer, b""])  # closes the connection


# aiohttp, grpc.aio, uvicorn, granian


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


def grpc_aio_unix(folder: Path) -> None:
    grpc = need("grpc")

    async def trial() -> None:
        async def echoed(request: bytes, context: Any) -> bytes:
            return request

        server = grpc.aio.server()
        method = {"Echo": grpc.unary_unary_rpc_method_handler(echoed)}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("trial", method),))
        server.add_insecure_port(f"unix:{folder}/grpc.sock")
        await server.start()
        async with grpc.aio.insecure_channel(f"unix:{folder}/grpc.sock") as channel:
            assert await channel.unary_unary("/trial/Echo")(EVENTS) == EVENTS
        await server.stop(None)

    need("grpc.aio")
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


# websockets, picows


def websockets_echo(folder: Path, tls: bool, path: Path | None = None) -> None:
    """Messages both ways."""
    server = need("websockets.asyncio.server")
    client = need("websockets.asyncio.client")

    async def answer(socket: Any) -> None:
        async for message in socket:
            await socket.send(message)

    async def trial() -> None:
        more = {"ssl": serving(folder)} if tls else {}
        if path:
            started, opened = server.unix_serve(answer, str(path)), client.unix_connect(str(path))
        else:
            started = server.serve(answer, "127.0.0.1", 0, **more)
        async with started as listening:
            if not path:
                port = listening.sockets[0].getsockname()[1]
                where = f"wss://localhost:{port}" if tls else f"ws://127.0.0.1:{port}"
                opened = client.connect(where, ssl=trusting(folder) if tls else None, proxy=None)
            async with opened as socket:
                for message in ("one", "two"):
                    await socket.send(message)
                    assert await socket.recv() == message

    soon(trial())


def websockets_plain(folder: Path) -> None:
    websockets_echo(folder, tls=False)


def websockets_tls(folder: Path) -> None:
    websockets_echo(folder, tls=True)


def websockets_unix(folder: Path) -> None:
    websockets_echo(folder, tls=False, path=folder / "websockets.sock")


def picows_echo(folder: Path, tls: bool) -> None:
    """Frames both ways."""
    picows = need("picows")
    listener: Any = picows.WSListener

    class Echo(listener):  # type: ignore[misc]
        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type == picows.WSMsgType.TEXT:
                transport.send(picows.WSMsgType.TEXT, frame.get_payload_as_bytes())

    async def trial() -> None:
        found: asyncio.Queue[bytes] = asyncio.Queue()

        class Listen(listener):  # type: ignore[misc]
            def on_ws_frame(self, transport: Any, frame: Any) -> None:
                found.put_nowait(frame.get_payload_as_bytes())

        server = await picows.ws_create_server(
            lambda request: Echo(), "127.0.0.1", 0, ssl=serving(folder) if tls else None
        )
        port = server.sockets[0].getsockname()[1]
        where = f"wss://localhost:{port}/" if tls else f"ws://127.0.0.1:{port}/"
        transport, _ = await picows.ws_connect(Listen, where, ssl_context=trusting(folder) if tls else None)
        for message in (b"one", b"two"):
            transport.send(picows.WSMsgType.TEXT, message)
            assert await found.get() == message
        transport.disconnect()
        server.close()

    soon(trial())


def picows_plain(folder: Path) -> None:
    picows_echo(folder, tls=False)


def picows_tls(folder: Path) -> None:
    picows_echo(folder, tls=True)


TRIALS: dict[tuple[str, str], Trial] = {
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
    ("pyzmq", "request_reply"): zmq_replies,
    ("pyzmq", "publish_subscribe"): zmq_publishes,
    ("pyzmq", "push_pull"): zmq_pushes,
    ("pyzmq", "unix_sockets"): zmq_unix,
    ("pyzmq", "tcp"): zmq_tcp,
    ("aiohttp", "unix_sockets"): aiohttp_unix,
    ("grpc-aio", "unix_sockets"): grpc_aio_unix,
    ("uvicorn", "unix_sockets"): uvicorn_unix,
    ("granian", "unix_sockets"): granian_unix,
    ("websockets", "websocket"): websockets_plain,
    ("websockets", "streaming"): websockets_plain,
    ("websockets", "tls"): websockets_tls,
    ("websockets", "unix_sockets"): websockets_unix,
    ("picows", "websocket"): picows_plain,
    ("picows", "streaming"): picows_plain,
    ("picows", "tls"): picows_tls,
}
"""By library and cell of its card."""
