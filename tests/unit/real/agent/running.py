"""The agent as a process, against a small server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.unit.real.agent.wire_server import WireServer
from wavetank.protocol.identity import Credentials

COMMAND = [sys.executable, "-m", "wavetank", "agent"]
QUICK = (
    "--set",
    "retry.*.backoff={law='full-jitter',base='50ms',cap='200ms'}",
    "--set",
    "batching.*.age=50ms",
)
UUID = "01a2086b-95b1-720d-b6ad-63153bec4369"


def agent(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`wavetank agent ...`, to its end."""
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def registered(server: WireServer, folder: Path) -> Path:
    """A folder as registration leaves it."""
    folder.mkdir(mode=0o700)
    server.agents[UUID] = "key"
    credentials = Credentials(UUID, "key", "name", server.url, server.pem, True)
    (folder / "credentials.json").write_text(credentials.to_json())
    return folder


class Running:
    """A running agent; `ended` kills it."""

    def __init__(self, folder: Path, *words: str | Path) -> None:
        command = [*COMMAND, "run", "--data", str(folder), "--confirm", *QUICK, *map(str, words)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = folder
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input: IO[str] = self.process.stdin
        self.output: IO[str] = self.process.stdout

    def put(self, *texts: str) -> list[str]:
        """Write lines; returns what is said of each."""
        self.input.write("".join(f"{text}\n" for text in texts))
        self.input.flush()
        return [self.output.readline().strip() for _ in texts]

    def kill(self, number: int = signal.SIGKILL) -> int:
        self.process.send_signal(number)
        self.input.close()
        self.output.close()
        return self.process.wait(30)


@contextmanager
def running(folder: Path, *words: str | Path) -> Iterator[Running]:
    agent = Running(folder, *words)
    try:
        yield agent
    finally:
        if agent.process.poll() is None:
            agent.kill()
        agent.input.close()
        agent.output.close()


def status(folder: Path) -> dict[str, Any]:
    parsed = json.loads(agent("status", "--data", folder, "--json").stdout)
    assert isinstance(parsed, dict)
    return parsed
