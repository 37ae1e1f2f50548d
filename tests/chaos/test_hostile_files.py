"""Followed paths that are no files, files that nobody should write, an outbox that breaks under the agent."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from tests.chaos.test_hostile_frames import STALL_MOST_S, Stalls
from tests.unit.real.agent.lives import Life
from tests.unit.real.agent.running import registered, running
from tests.unit.real.agent.wire_server import serving, wait_for

MIB, GIB = 2**20, 2**30

NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a named pipe": (os.mkfifo, "is no regular file"),
    "a folder": (Path.mkdir, "is no regular file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
    "a loop of links": (lambda path: path.symlink_to(path), "cannot be read: Too many levels"),
    "below a file": (lambda path: path.symlink_to("/etc/passwd/x"), "cannot be read: Not a directory"),
    "a link to nothing": (lambda path: path.symlink_to("nothing"), ""),
    "nothing": (lambda _: None, ""),
}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def said(life: Life, path: Path) -> list[str]:
    """The messages of the path."""
    return [message for message in life.said if message.startswith(str(path))]


@pytest.mark.parametrize("name", ["app.log", "\udcff.log"])
@pytest.mark.parametrize("kind", NO_FILES)
def test_path_that_is_no_file_is_told_once_and_waited_for(tmp_path: Path, kind: str, name: str) -> None:
    make, why = NO_FILES[kind]
    path = tmp_path / "logs" / name
    path.parent.mkdir()

    async def script() -> None:
        life = Life(tmp_path, path)
        make(path)
        assert await life.look(3) == []
        assert [why in message for message in said(life, path)] == [True] * bool(why)
        _remove(path)
        path.write_text("a\n")
        assert await life.look() == ["a"]
        _remove(path)  # and under the agent's hands
        make(path)
        assert await life.look(3) == ["a"]
        assert len(said(life, path)) == 2 * bool(why)
        _remove(path)
        path.write_text("b\n")
        assert await life.look() == ["a", "b"]
        await life.end()

    asyncio.run(script())


def test_nobody_who_writes_to_a_named_pipe_finds_a_reader(tmp_path: Path) -> None:
    """The agent does not even open it: a writer would believe that somebody reads."""
    path = tmp_path / "pipe.log"
    os.mkfifo(path)
    opened: list[int] = []
    Thread(target=lambda: opened.append(os.open(path, os.O_WRONLY)), daemon=True).start()

    async def script() -> None:
        life = Life(tmp_path, path)
        for _ in range(20):
            life.follower._again_s = 0.0
            await life.look(1)
            await asyncio.sleep(0.005)
        await life.end()

    asyncio.run(script())
    assert opened == []
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # lets the writer go


@pytest.mark.parametrize("size_bytes", [256 * MIB, pytest.param(GIB, marks=pytest.mark.long)])
def test_line_without_an_end(tmp_path: Path, size_bytes: int) -> None:
    """It is refused and counted, the next line is read, and meanwhile all others have their turn."""
    path = tmp_path / "app.log"
    with path.open("wb") as file:
        file.truncate(size_bytes)
        file.seek(size_bytes)
        file.write(b"\nnext\n")

    async def script() -> None:
        life, stalls = Life(tmp_path, path), Stalls()
        await life.look(2)
        await stalls.stop()
        assert life.accepted() == ["next"]
        assert life.store.counts["dropped.stateful.body"] == 1
        assert stalls.worst_s < STALL_MOST_S
        await life.end()

    asyncio.run(script())


def test_file_of_many_lines_leaves_others_their_turn(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes((b"x" * 2_000 + b"\n") * 1_000)

    async def script() -> None:
        life, stalls = Life(tmp_path, path), Stalls()
        await life.look(2)
        await stalls.stop()
        assert len(life.accepted()) == 1_000
        assert stalls.worst_s < STALL_MOST_S
        await life.end()

    asyncio.run(script())


def test_file_that_shrinks_all_the_time(tmp_path: Path) -> None:
    """Each time is counted, and said once a minute."""
    path = tmp_path / "app.log"

    async def script() -> None:
        life = Life(tmp_path, path)
        for size in range(9, 0, -1):
            lines = [f"{size} {number}" for number in range(size)]
            path.write_text("".join(f"{line}\n" for line in lines))
            assert (await life.look())[-size:] == lines
        assert life.lost() == {"followed.cut": 8}
        assert len(said(life, path)) == 1
        await life.end()

    asyncio.run(script())


def test_outbox_that_breaks_under_the_agent(tmp_path: Path) -> None:
    """Nothing is accepted that a restart would not find. The agent says so and goes on."""
    with serving() as server:
        server.script = lambda handler: handler.path == "/stateful" and handler.say(503, {})
        folder = registered(server, tmp_path / "agent")
        path = folder / "outbox.db"
        with running(folder) as agent:
            assert agent.put(*map(str, range(50)))[-1] == "accepted 50"
            with closing(sqlite3.connect(path, timeout=0)) as other, pytest.raises(sqlite3.OperationalError):
                other.execute("BEGIN EXCLUSIVE")
            with path.open("r+b") as file:
                file.write(b"\xff" * path.stat().st_size)
            assert agent.put("more") == ["accepted 51"], "what is in the log is safe"
            os.truncate(f"{path}-wal", 0)
            agent.input.write("too much\n")
            agent.input.flush()
            wait_for(lambda: "outbox.db-wal was cut short" in (folder / "status.json").read_text(), 10)
            began = time.monotonic()
            assert agent.kill(15) == 0
            assert time.monotonic() - began < 5
        assert '"faults": 0' in (folder / "status.json").read_text()
