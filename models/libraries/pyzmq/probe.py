"""pyzmq with asyncio: DEALER and ROUTER, plain and CURVE."""

import zmq
import zmq.asyncio
from probe_events import Counter, Open, listening, run


async def serve(asked: dict[str, str]) -> None:
    """Serve until standard input ends."""
    counter = Counter()
    socket = zmq.asyncio.Context().socket(zmq.ROUTER)
    more = {}
    if asked["tls"] == "curve":
        public, socket.curve_secretkey = zmq.curve_keypair()
        socket.curve_server = True
        more["client"] = ["--server-key", public.decode()]
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    listening(port, lambda: counter.events, **more)
    while True:
        peer, token, body = await socket.recv_multipart()
        await socket.send_multipart([peer, counter.accept(token, body)])


class Dealer:
    """A socket of its own for each connection."""

    def __init__(self, socket: zmq.asyncio.Socket) -> None:
        self._socket = socket

    async def deliver(self, token: str, body: bytes) -> bytes:
        """Have a batch acknowledged."""
        await self._socket.send_multipart([token.encode(), body])
        return (await self._socket.recv_multipart())[0]

    async def close(self) -> None:
        """Close it."""
        self._socket.close()


def connect(asked: dict[str, str]) -> Open:
    """How connections are opened."""
    context = zmq.asyncio.Context()
    context.max_sockets = 4096
    keys = zmq.curve_keypair() if asked["tls"] == "curve" else None

    async def opened(stream: bool) -> Dealer:
        socket = context.socket(zmq.DEALER)
        socket.linger = 0
        if keys:
            socket.curve_serverkey = asked["server-key"].encode()
            socket.curve_publickey, socket.curve_secretkey = keys
        socket.connect(f"tcp://127.0.0.1:{asked['port']}")
        return Dealer(socket)

    return opened


security = ["none", *(["curve"] if zmq.has("curve") else [])]
run(
    {
        "versions": {"pyzmq": zmq.__version__, "libzmq": zmq.zmq_version()},
        "protocol": "zmtp",
        "tls": security,
    },
    serve,
    connect,
)
