"""Memory that connections cost the server which say nothing, half a hello, or nothing more than a hello.

python -m tests.chaos.waiting [--connections N]
"""

import argparse
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.world import HOST, Server, wait_for
from wavetank.real.loops import raise_file_limit

ADMITTED = "wavetank_connections_admitted"
KIB = 1024
BACK_S = 10.0
"""How long the server may take to give memory back."""


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in RAM."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith("VmRSS"))


def hello(server: Server) -> bytes:
    """A whole ClientHello."""
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=server.folder / "ca.pem").wrap_bio(coming, going, False, HOST)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return going.read()
    raise AssertionError("a handshake without the other side")


class Cost:
    """The cost of connections, each, and what is left of it when they have gone, in bytes."""

    def __init__(self, server: Server, count: int, said: bytes, enough: int = 0) -> None:
        """No longer is looked for less than `enough` to be left."""
        before = resident_bytes(server.pid)
        with ExitStack() as stack:
            for _ in range(count):
                wire = stack.enter_context(socket.create_connection((HOST, server.agent_port), 30))
                wire.sendall(said)
            wait_for(lambda: server.metric(ADMITTED) >= count, "all are admitted")
            time.sleep(0.5)
            self.each = (resident_bytes(server.pid) - before) / count
        wait_for(lambda: server.metric(ADMITTED) < 10, "all have gone")
        self.left = least(lambda: resident_bytes(server.pid) - before, enough)

    def __str__(self) -> str:
        return f"{self.each / KIB:.1f} KiB each, {self.left / 2**20:.1f} MiB left afterwards"


def least(value: Callable[[], int], enough: int) -> int:
    """The smallest value within some seconds, or the first one below `enough`."""
    until, measured = time.monotonic() + BACK_S, value()
    while measured >= enough and time.monotonic() < until:
        time.sleep(0.25)
        measured = min(measured, value())
    return measured


def main() -> None:
    """Print what each kind costs."""
    parser = argparse.ArgumentParser(prog="tests.chaos.waiting")
    parser.add_argument("--connections", type=int, default=5_000)
    count = parser.parse_args().connections
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="waiting-") as folder:
        server = Server(Path(folder))
        try:
            server.start("", 1, "--connections-per-address", str(2 * count))
            server.await_ready()
            whole = hello(server)
            print(f"{count:,} silent: {Cost(server, count, b'')}", flush=True)
            print(f"{count:,} half a hello: {Cost(server, count, whole[:100])}", flush=True)
            some = count // 5  # all must have been answered before the first is hung up
            print(f"{some:,} hello: {Cost(server, some, whole)}", flush=True)
        finally:
            server.close()


if __name__ == "__main__":
    main()
