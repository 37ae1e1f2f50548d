"""granian as a server: ASGI, one worker. Its I/O threads are Rust's, in a process of its own."""

import os
import signal
import socket
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path

from probe_events import listening, run


def serve(asked: dict[str, str]) -> None:
    """Serve until standard input ends."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces

    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        port = any_socket.getsockname()[1]
    file, count = tempfile.mkstemp(prefix="probe-")
    os.write(file, bytes(8))
    os.environ["PROBE_COUNT"] = count

    def events() -> int:
        found = int.from_bytes(Path(count).read_bytes(), "little")
        Path(count).unlink()
        return found

    def tell() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        listening(port, events, lambda: os.kill(os.getpid(), signal.SIGTERM))

    threading.Thread(target=tell, daemon=True).start()
    pem = Path(asked["cert"])
    Granian(
        "probe_asgi:app",
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http2 if asked.get("http") == "2" else HTTPModes.http1,
        log_enabled=False,
        ssl_cert=None if asked["tls"] == "none" else pem,
        ssl_key=None if asked["tls"] == "none" else pem,
    ).serve()


if __name__ == "__main__":
    run(
        {
            "versions": {name: version(name) for name in ("granian", "uvloop")},
            "protocol": "http1",
            "stream_protocol": "websocket",
            "tls": ["none", "full"],
        },
        serve,
    )
