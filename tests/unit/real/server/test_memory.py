"""A server that runs out of memory: a real process, whose address space is not allowed to grow."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.real.server.parts import Client
from wavetank.real.server.passwords import hash_password

# Less than the 46 MiB of one verification, and less than the 8 MiB stack of another thread.
SPARE_BYTES = 4 * 2**20


@pytest.fixture
def process(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "wavetank", "server", "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        [*command, "--agent-port", "0", "--management-port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as started:
        yield started
        started.kill()


def bound(process: int) -> None:
    """No more memory for a process from now on, but for a little."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + SPARE_BYTES
    resource.prlimit(process, resource.RLIMIT_AS, (most, most))


def test_too_little_memory_is_no_wrong_password(process: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"Agents: ")
    ready = json.loads((tmp_path / "data" / "ready").read_text())
    client = Client(tmp_path / "data", ready["agent_port"], ready["management_port"])
    bound(process.pid)
    got = client.manage("GET", "/agents")
    assert got.status == 503, got
    assert int(got.headers["Retry-After"]) > 0
    assert client.ask("GET", "/health").status == 200
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert b"Traceback" not in said
    assert json.loads(said.splitlines()[-1])["event"] == "stopped"


def test_password_is_right_wrong_or_not_verified() -> None:
    """In a process of its own: `matches` says so when there is no memory for an answer."""
    code = f"""
import resource
from pathlib import Path
from wavetank.real.server.passwords import hash_password, matches
stored = {hash_password("right")!r}
assert matches(stored, "right") and not matches(stored, "wrong")
pages = int(Path("/proc/self/statm").read_text().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * 4096 + {SPARE_BYTES},) * 2)
for work in (lambda: matches(stored, "right"), lambda: hash_password("right")):
    try:
        print(work())
    except MemoryError:
        print("no memory")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "no memory\nno memory\n", done
