"""grpc.aio at both ends: one call a batch, or messages on one bidirectional stream."""

import sys
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
from grpc.experimental.session_cache import ssl_session_cache_lru
from probe_events import EVENT_BYTES, TOKEN, Counter, Open, listening, resumptions, run

# The same service as in the C++ probe; its messages are made when the probe starts.
sys.path.append(str(Path(__file__).parents[1] / "grpc"))


def service() -> tuple[Any, Any]:
    """Messages and service."""
    return grpc.protos_and_services("intake.proto")  # type: ignore[no-any-return]


async def serve(asked: dict[str, str]) -> None:
    """Serve until standard input ends."""
    messages, services = service()
    counter = Counter()

    def count(batch: Any) -> Any:
        before = counter.events
        for event in batch.events:
            counter.count(event)
        return messages.Answer(accepted=counter.events - before)

    def check(context: Any) -> None:
        counter.accept(dict(context.invocation_metadata()).get("authorization", ""), b"")

    class Intake(services.IntakeServicer):
        async def Deliver(self, request: Any, context: Any) -> Any:  # noqa: N802
            check(context)
            if asked["tls"] == "resumed":  # only the server can tell
                reused = context.auth_context().get("ssl_session_reused") == [b"true"]
                context.set_trailing_metadata((("reused", str(int(reused))),))
            return count(request)

        async def Stream(self, request_iterator: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:  # noqa: N802
            check(context)
            async for batch in request_iterator:
                yield count(batch)

    server = grpc.aio.server()
    services.add_IntakeServicer_to_server(Intake(), server)
    if asked["tls"] == "none":
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        key, mark, certificate = Path(asked["cert"]).read_bytes().partition(b"-----BEGIN CERTIFICATE")
        credentials = grpc.ssl_server_credentials([(key, mark + certificate)])
        port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    listening(port, lambda: counter.events)
    await server.wait_for_termination()


class Unary:
    """A channel with a connection of its own."""

    def __init__(self, channel: grpc.aio.Channel, resumes: bool) -> None:
        self._messages, services = service()
        self._resumes = resumes
        self._channel = channel
        self._stub = services.IntakeStub(channel)

    def batch(self, body: bytes) -> Any:
        """Events as a message."""
        return self._messages.Batch(
            events=[body[at : at + EVENT_BYTES] for at in range(0, len(body), EVENT_BYTES)]
        )

    async def deliver(self, token: str, body: bytes) -> bytes:
        """Have a batch acknowledged."""
        call = self._stub.Deliver(self.batch(body), metadata=(("authorization", token),))
        answer = await call
        if self._resumes:
            reused = (await call.trailing_metadata())["reused"] == "1"
            resumptions.append(lambda: reused)
        return b'{"accepted":%d}' % answer.accepted

    async def close(self) -> None:
        """Close it."""
        await self._channel.close()


class Stream(Unary):
    """One call for all messages."""

    def __init__(self, channel: grpc.aio.Channel, resumes: bool) -> None:
        super().__init__(channel, resumes)
        self._call = self._stub.Stream(metadata=(("authorization", TOKEN),))

    async def deliver(self, token: str, body: bytes) -> bytes:
        """Have a batch acknowledged."""
        await self._call.write(self.batch(body))
        return b'{"accepted":%d}' % (await self._call.read()).accepted


def connect(asked: dict[str, str]) -> Open:
    """How connections are opened."""
    target = f"127.0.0.1:{asked['port']}"
    arguments: list[tuple[str, Any]] = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)]
    if resumes := asked["tls"] == "resumed":
        arguments.append(("grpc.ssl_session_cache", ssl_session_cache_lru(1)))

    async def opened(stream: bool) -> Unary:
        if asked["tls"] == "none":
            channel = grpc.aio.insecure_channel(target, arguments)
        else:
            credentials = grpc.ssl_channel_credentials(Path(asked["ca"]).read_bytes())
            names = [("grpc.ssl_target_name_override", "localhost")]
            channel = grpc.aio.secure_channel(target, credentials, arguments + names)
        return (Stream if stream else Unary)(channel, resumes)

    return opened


run(
    {
        "versions": {name: version(name) for name in ("grpcio", "protobuf")},
        "protocol": "grpc",
        "stream_protocol": "grpc",
        "tls": ["none", "full", "resumed"],
    },
    serve,
    connect,
)
