"""A server offers more commands than anybody could hold: the agent stays small, and its events go on."""

import json
import os
import re
import signal
import threading
import time
from pathlib import Path

from tests.unit.real.agent.running import running
from tests.unit.real.agent.wire_server import Handler, WireServer, wait_for
from wavetank.protocol.client import CONFIRMATIONS_MOST
from wavetank.real.transports.agent.http1 import BODY_MOST_BYTES

OFFERED = 50_000
CONFIRMED = 150
"""So many are waited for: that takes two polls, and each of them offers all that are left."""

MEMORY_MOST_MIB = 100
FILES_MOST = 64


def command(number: int) -> dict[str, object]:
    return {"id": number, "command": "echo", "arguments": ["what was asked for"]}


class Offers:
    """Offers all commands at each poll; `most` is how many confirmations were under way at once."""

    def __init__(self) -> None:
        self.first = 0
        self.most = 0
        self._under_way = 0
        self._lock = threading.Lock()

    def __call__(self, handler: Handler) -> bool:
        if handler.path == "/commands":
            return handler.say(200, {"commands": [command(n) for n in range(self.first, OFFERED)]})
        if not handler.path.startswith("/commands/"):
            return False
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        time.sleep(0.005)
        with self._lock:
            self._under_way -= 1
            self.first += 1
        return handler.say(204)


def peak_mib(pid: int) -> float:
    """The most memory that a process has had."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match is not None
    return int(match[1]) / 1024


def test_fifty_thousand_commands_are_offered(server: WireServer, folder: Path) -> None:
    assert len(json.dumps([command(OFFERED)] * OFFERED)) > BODY_MOST_BYTES / 2
    server.script = offers = Offers()
    files = 0
    with running(folder) as agent:
        while offers.first < CONFIRMED:
            before = len(server.data())
            agent.put("an event")
            wait_for(lambda before=before: len(server.data()) > before)  # type: ignore[misc]
            files = max(files, len(os.listdir(f"/proc/{agent.process.pid}/fd")))
        memory_mib = peak_mib(agent.process.pid)
        assert agent.kill(signal.SIGTERM) == 0, "it ends when it is told to"
    assert 1 < offers.most <= CONFIRMATIONS_MOST
    assert files < FILES_MOST
    assert memory_mib < MEMORY_MOST_MIB
