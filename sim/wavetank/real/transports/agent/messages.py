"""The answers and errors of an agent's transport, the same for all transports."""

from typing import NamedTuple, Protocol

from wavetank.errors import WavetankError
from wavetank.protocol.wire import Request


class Lost(Exception):
    """A request ended without an answer, and why."""


class Unreachable(WavetankError):
    """The server could not be asked: where, and why."""


class Answer(NamedTuple):
    """An answer of the server; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport(Protocol):
    """Carries a request of a lane (a stream of the agent) to the server and back.

    It counts its connections, `opened` (of these `resumed`, by TLS) and `closed`, and the bytes of its
    protocol in both directions, TLS not included.
    """

    opened: int
    resumed: int
    closed: int
    sent_bytes: int
    received_bytes: int

    async def ask(self, lane: int, request: Request) -> Answer:
        """Raises Lost."""
        ...

    def asked(self, lane: int) -> bool:
        """Whether the lane's latest request was sent, on a connection that was ready."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...
