"""Faults of the machine that the agent runs on: a full disk, a clock that steps."""

import ast
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.unit.real.agent.running import registered, running, status
from tests.unit.real.agent.wire_server import WireServer, wait_for

ROOT = Path(__file__).parents[4]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_full_disk_is_waited_out(server: WireServer, small_disk: Path) -> None:
    """The agent fills its own disk while the server is busy: it waits, and later all is delivered."""
    folder = registered(server, small_disk / "agent")
    server.script = lambda handler: handler.path == "/stateful" and handler.say(503, {})
    texts = [f"{n} ".ljust(20_000, ".") for n in range(300)]
    with running(folder) as agent:
        feeder = Thread(target=agent.put, args=texts, daemon=True)
        feeder.start()
        wait_for(lambda: "cannot be kept" in status(folder).get("trouble", ""))
        assert status(folder)["refused_commits"] > 0
        server.script = None
        wait_for(lambda: len(server.data()) == len(texts), 60)
        feeder.join(30)
        assert server.data() == texts
        # The status is of a moment ago: the last word is the one that counts them all.
        all_of_them = {"produced.stateful": len(texts), "delivered.stateful": len(texts)}
        wait_for(lambda: status(folder)["counts"] == all_of_them)
        assert status(folder)["queued"]["stateful"] == 0


def test_no_module_of_the_agent_reads_the_time_of_day() -> None:
    """While events flow the monotonic clock alone is read (registration puts a time into a UUID)."""
    for path in sorted((ROOT / "sim" / "wavetank" / "real").rglob("*.py")):
        if "server" in path.parts or path.name == "register.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
                assert {alias.name for alias in node.names} <= {"monotonic_ns", "monotonic", "sleep"}, path
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "time"
            ):
                assert node.attr in ("monotonic", "monotonic_ns", "sleep"), path
