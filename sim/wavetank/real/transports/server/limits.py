"""Limits of a connection: bytes and seconds."""

from dataclasses import dataclass

from wavetank.real.transports.server.messages import Refused


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of every connection; a body's holds before and after decompression.

    `chunks`, `members` (of gzip, frames of zstd) and `events` are those of one request. `bodies_bytes` and
    `connections` are for all connections together; `strangers` is how many one address may have that have
    shown no valid credentials, handshakes included.
    """

    header_bytes: int = 32 * 2**10
    body_bytes: int = 2**20
    # One a line for a client that flushes each of its events.
    chunks: int = 10_000
    # What 8 MiB take where each 64 KiB are packed on their own (BGZF).
    members: int = 128
    # What SQLite stores in about 50 ms, in parts.
    events: int = 10_000
    bodies_bytes: int = 128 * 2**20
    connections: int = 100_000
    # Each costs 60 KB once it has said hello; an office behind one address logs in that many agents at once.
    strangers: int = 256
    handshake_s: float = 10.0
    header_s: float = 10.0
    body_s: float = 10.0
    write_s: float = 10.0
    idle_s: float = 75.0
    ping_s: float = 30.0
    linger_s: float = 1.0


class Budget:
    """Bytes of all bodies that are being read."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, size_bytes: int) -> None:
        """Raises Refused(503) when there is not that much left."""
        if size_bytes > self._left:
            raise Refused(503, "too many bodies at once", "in_flight_bytes", (("Retry-After", "1"),))
        self._left -= size_bytes

    def give_back(self, size_bytes: int) -> None:
        """A body is done with."""
        self._left += size_bytes
