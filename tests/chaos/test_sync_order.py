"""An acknowledged event was synced before, as the system calls of server and agent show (strace)."""

import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

import pytest

from tests.chaos.world import Program, Server
from tests.unit.real.server.parts import Client

BATCHES = 20
CALLS = "trace=pwrite64,pwritev,fdatasync,fsync,write,writev,sendto,sendmsg"
RESULT = re.compile(r"= -?\d+")

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")


class Order(NamedTuple):
    """How many syncs of the log ended, how many answers began, and those that began too early."""

    syncs: int
    answers: int
    early: list[str]


def order_of(lines: list[str], log: str, answers: str) -> Order:
    """Whether each write to `answers` began when all that was written to the `log` had been synced."""
    syncs = answered = 0
    written = False
    syncing: dict[str, bool] = {}
    early = []
    for line in lines:
        process, _, call = line.partition(" ")
        call = call.strip()
        if call.startswith("<... "):
            begun = syncing.pop(process, False)
            ended = begun and RESULT.search(call) is not None
        else:
            is_sync = call.startswith(("fdatasync", "fsync")) and f"{log}>" in call
            ended = is_sync and "<unfinished" not in call
            syncing[process] = is_sync and not ended
            if call.startswith("pwrite") and f"{log}>" in call:
                written = True
            elif not call.startswith(("fdatasync", "fsync", "pwrite")) and answers in call:
                answered += 1
                if written:
                    early.append(line)
        if ended:
            syncs += 1
            written = False
    return Order(syncs, answered, early)


@contextmanager
def traced(program: Program, out: Path) -> Iterator[None]:
    """Write down the system calls of a process, of all its threads."""
    words = ["strace", "-f", "-y", "-s", "16", "-e", CALLS, "-o", str(out), "-p", str(program.pid)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if "attached" not in said:
            tracer.wait()
            pytest.skip(f"no process can be traced here: {said.strip()}")
        try:
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.communicate()


def test_server_syncs_before_it_answers(tmp_path: Path) -> None:
    server = Server(tmp_path)
    try:
        server.start()
        server.await_ready()
        client = Client(server.folder, server.agent_port, server.management_port)
        token = client.token(client.register())
        out = tmp_path / "calls"
        with traced(server, out):
            for number in range(BATCHES):
                events = [{"sequence": number, "data": "x" * 100}]
                assert client.send("/stateful", {"epoch": "e", "events": events}, token).status == 200
    finally:
        server.close()
    order = order_of(out.read_text().splitlines(), "wavetank.db-wal", "<socket:")
    assert order.early == []
    assert order.syncs >= BATCHES
    assert order.answers >= BATCHES


def test_agent_syncs_before_it_confirms(tmp_path: Path) -> None:
    """The server is not there, so that nothing is deleted meanwhile."""
    server, agent = Server(tmp_path), Program("agent", tmp_path / "agent", tmp_path / "agent.log", ())
    ours, theirs = socket.socketpair()
    try:
        server.start()
        server.await_ready()
        data = ("--data", str(agent.folder))
        agent.words = ("agent", "register", *data, "--server-data", str(server.folder))
        agent.spawn()
        assert agent.wait() == 0
        server.kill()
        agent.words = ("agent", "run", *data, "--confirm")
        agent.spawn(ends=theirs)
        theirs.close()
        with ours.makefile("rw", buffering=1) as talk:
            say(talk, "the first")
            with traced(agent, tmp_path / "calls"):
                for number in range(BATCHES):
                    say(talk, f"event {number}")
    finally:
        server.close()
        agent.close()
        ours.close()
    order = order_of((tmp_path / "calls").read_text().splitlines(), "outbox.db-wal", "accepted")
    assert order.early == []
    assert order.syncs >= BATCHES
    assert order.answers == BATCHES


def say(talk: TextIO, text: str) -> None:
    """An event, and its confirmation."""
    talk.write(f"{text}\n")
    assert talk.readline().startswith("accepted ")


def test_the_reading_of_traces() -> None:
    write, sync = "1 pwrite64(5</d/x-wal>, ...) = 9", "2 fdatasync(5</d/x-wal>) = 0"
    begun, ended = "2 fdatasync(5</d/x-wal> <unfinished ...>", "2 <... fdatasync resumed>) = 0"
    answer = "3 write(7<TCP:[1]>, ...) = 9"
    assert order_of([write, sync, answer], "x-wal", "<TCP:") == (1, 1, [])
    assert order_of([write, begun, ended, answer], "x-wal", "<TCP:") == (1, 1, [])
    assert order_of([write, begun, answer, ended], "x-wal", "<TCP:") == (1, 1, [answer])
    assert order_of([write, answer, sync], "x-wal", "<TCP:") == (1, 1, [answer])
