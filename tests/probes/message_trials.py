"""Trials of libraries for messages, in Python: each fails where its card answers yes and it is not so."""

import asyncio
from pathlib import Path
from typing import Any

from tests.probes.serving import echo
from tests.probes.trying import EVENTS, Trial, need, serving, soon, trusting

# pyzmq


def zmq_talk(kinds: tuple[str, str], address: str, **options: bytes) -> bytes:
    """The message that one of two sockets gets from the other, or that a request brings back."""
    zmq = need("zmq")
    with zmq.Context() as context, context.socket(getattr(zmq, kinds[0])) as sender:
        sender.bind(address)
        with context.socket(getattr(zmq, kinds[1])) as other:
            sender.linger = other.linger = 0
            for name, value in options.items():
                other.setsockopt(getattr(zmq, name), value)
            other.connect(sender.last_endpoint)
            if kinds[1] == "REQ":
                other.send(b"ask")
                assert sender.recv() == b"ask"
            for _ in range(200):
                sender.send(b"ping")
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


# grpc.aio


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
        received: asyncio.Queue[bytes] = asyncio.Queue()

        class Listen(listener):  # type: ignore[misc]
            def on_ws_frame(self, transport: Any, frame: Any) -> None:
                received.put_nowait(frame.get_payload_as_bytes())

        server = await picows.ws_create_server(
            lambda request: Echo(), "127.0.0.1", 0, ssl=serving(folder) if tls else None
        )
        port = server.sockets[0].getsockname()[1]
        where = f"wss://localhost:{port}/" if tls else f"ws://127.0.0.1:{port}/"
        transport, _ = await picows.ws_connect(Listen, where, ssl_context=trusting(folder) if tls else None)
        for message in (b"one", b"two"):
            transport.send(picows.WSMsgType.TEXT, message)
            assert await received.get() == message
        transport.disconnect()
        server.close()

    soon(trial())


def picows_plain(folder: Path) -> None:
    picows_echo(folder, tls=False)


def picows_tls(folder: Path) -> None:
    picows_echo(folder, tls=True)


MESSAGES: dict[tuple[str, str], Trial] = {
    ("pyzmq", "request_reply"): zmq_replies,
    ("pyzmq", "publish_subscribe"): zmq_publishes,
    ("pyzmq", "push_pull"): zmq_pushes,
    ("pyzmq", "unix_sockets"): zmq_unix,
    ("pyzmq", "tcp"): zmq_tcp,
    ("grpc-aio", "unix_sockets"): grpc_aio_unix,
    ("websockets", "websocket"): websockets_plain,
    ("websockets", "streaming"): websockets_plain,
    ("websockets", "tls"): websockets_tls,
    ("websockets", "unix_sockets"): websockets_unix,
    ("picows", "websocket"): picows_plain,
    ("picows", "streaming"): picows_plain,
    ("picows", "tls"): picows_tls,
}
"""By library and cell of its card."""
