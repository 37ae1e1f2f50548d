"""SIGKILL at any moment: what was acknowledged is stored, and what is sent again is stored once."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from http.client import HTTPException
from pathlib import Path

from tests.unit.real.server.parts import Client, Registered

KILLS = 4
SEED = 20260
BATCH = 7


def start(data: Path) -> tuple[subprocess.Popen[bytes], Client]:
    """A server in a process of its own."""
    command = [sys.executable, "-m", "wavetank", "server", "--data", str(data)]
    ports = ["--agent-port", "0", "--management-port", "0"]
    process = subprocess.Popen([*command, *ports], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ready = {"pid": 0}
    # A killed server leaves its file: the pid says whose it is.
    while ready["pid"] != process.pid:
        assert process.poll() is None
        time.sleep(0.02)
        if (data / "ready").exists():
            ready = json.loads((data / "ready").read_text())
    return process, Client(data, ready["agent_port"], ready["management_port"])


class Sender:
    """Sends batches without end, each until it is acknowledged; remembers what was."""

    def __init__(self, agent: Registered) -> None:
        self.agent = agent
        self.acknowledged = 0

    def send(self, client: Client) -> None:
        """Send until the server is gone."""
        try:
            token = client.token(self.agent)
            while True:
                numbers = range(self.acknowledged, self.acknowledged + BATCH)
                batch = {"epoch": "e", "events": [{"sequence": n, "data": f"event {n}"} for n in numbers]}
                if client.send("/stateful", batch, token).status == 200:
                    self.acknowledged += BATCH
        except (OSError, HTTPException, ValueError, KeyError):
            return


def test_kill_loses_and_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    process, client = start(tmp_path)
    senders = [Sender(client.register()) for _ in range(2)]
    try:
        for _ in range(KILLS):
            threads = [threading.Thread(target=sender.send, args=(client,)) for sender in senders]
            before = [sender.acknowledged for sender in senders]
            for thread in threads:
                thread.start()
            while any(now.acknowledged <= then for now, then in zip(senders, before, strict=True)):
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            for thread in threads:
                thread.join()
            process, client = start(tmp_path)
        for sender in senders:
            stored = [(one["sequence"], one["data"]) for one in client.events(sender.agent)]
            assert len(set(stored)) == len(stored), "doubled"
            assert {(n, f"event {n}") for n in range(sender.acknowledged)} <= set(stored), "lost"
    finally:
        process.kill()
        process.wait()
