"""The built-in server, started for a measurement on a folder that goes with it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from wavetank.engines.live.serving import OwnServer
from wavetank.engines.live.target import Target
from wavetank.scenario.loading import loads

_SCENARIO = """
[auth]
scheme = "server-token"
ttl = "1h"
[connection]
tls = { version = "1.3", resume = true }
[commands]
channel = "long-poll"
"""


class Running(NamedTuple):
    """A running server: its addresses, its process (0: out of reach), and the certificates to trust."""

    target: Target
    pid: int
    ca: Path


@contextmanager
def own_server() -> Iterator[Running]:
    """Start the built-in server and stop it afterwards. Raises CannotRun."""
    with tempfile.TemporaryDirectory(prefix="wavetank-calibrate-") as name:
        folder = Path(name)
        server = OwnServer(loads(_SCENARIO).resolve(), folder, 0)
        try:
            yield Running(server.target, server.pid, ca_file(server.target, folder))
        finally:
            server.stop()


def ca_file(target: Target, folder: Path) -> Path:
    """The certificates to trust, as a file."""
    file = folder / "trusted.pem"
    file.write_text(target.ca, encoding="ascii")
    return file
