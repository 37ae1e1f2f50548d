"""What a connection may take: bytes and seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of every connection; a body's holds before and after decompression."""

    header_bytes: int = 32 * 2**10
    body_bytes: int = 2**20
    handshake_s: float = 10.0
    header_s: float = 10.0
    body_s: float = 10.0
    write_s: float = 10.0
    idle_s: float = 75.0
    ping_s: float = 30.0
    linger_s: float = 1.0
