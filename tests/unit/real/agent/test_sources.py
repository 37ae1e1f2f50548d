"""Followed files and generated events, with the agent as a process."""

import os
from pathlib import Path

import pytest

from tests.unit.real.agent.running import UUID, running, status
from tests.unit.real.agent.wire_server import Handler, WireServer, wait_for
from wavetank.policy.codes import Stream
from wavetank.protocol.native import generators_of
from wavetank.protocol.wire import EVENT_MOST_BYTES
from wavetank.scenario import load


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_whole_lines_of_a_file_are_taken_and_half_a_line_waits(
    server: WireServer, folder: Path, log: Path
) -> None:
    log.write_text("a\nb\nhal")
    with running(folder, "--follow", log):
        wait_for(lambda: server.data() == ["a", "b"])
        append(log, "f\nc\n")
        wait_for(lambda: server.data() == ["a", "b", "half", "c"])


def test_killed_it_goes_on_behind_the_last_line(server: WireServer, folder: Path, log: Path) -> None:
    lines = [f"line {n}" for n in range(600)]
    log.touch()
    for at in range(0, 600, 100):
        append(log, "\n".join(lines[at : at + 50]) + "\n" + lines[at + 50][:3])
        with running(folder, "--follow", log) as agent:
            assert agent.output.readline().startswith("accepted ")
            append(
                log, lines[at + 50][3:] + "\n" + "".join(f"{line}\n" for line in lines[at + 51 : at + 100])
            )
            agent.kill()
    with running(folder, "--follow", log):
        wait_for(lambda: len(server.data()) >= 600)
    assert server.data() == lines


def test_file_may_come_later_be_replaced_and_be_cut(server: WireServer, folder: Path, log: Path) -> None:
    with running(folder, "--follow", log):
        append(log, "a\n")
        wait_for(lambda: server.data() == ["a"])
        log.rename(log.with_name("log.1"))
        append(log.with_name("log.1"), "late\n")
        append(log, "b is longer\n")
        wait_for(lambda: server.data() == ["a", "late", "b is longer"])
        os.truncate(log, 0)
        wait_for(lambda: log.stat().st_size == 0)
        append(log, "c\n")
        wait_for(lambda: server.data()[-1:] == ["c"])


def test_line_too_large_for_an_event_is_dropped_and_counted(
    server: WireServer, folder: Path, log: Path
) -> None:
    log.write_text("a\n" + "x" * (EVENT_MOST_BYTES + 200_000) + "\nb\n")
    with running(folder, "--follow", log) as agent:
        wait_for(lambda: server.data() == ["a", "b"])
        assert [agent.output.readline() for _ in range(3)] == ["accepted 1\n", "dropped\n", "accepted 2\n"]
        wait_for(lambda: status(folder)["counts"].get("dropped.stateful.body") == 1)


def test_events_of_the_simulated_agent_are_created(server: WireServer, folder: Path) -> None:
    words = (
        "--scenario",
        "native-agent",
        "--set",
        "fleet.class.agent.stateful.rate=200/s",
        "--generate",
        "--agent",
        "0",
    )
    with running(folder, *words) as agent:
        wait_for(lambda: len(server.data()) > 100)
        agent.kill()
    before = len(server.data())
    with running(folder, *words):
        wait_for(lambda: len(server.data()) > before + 100)
    resolved = load("native-agent", ("fleet.class.agent.stateful.rate=200/s",)).resolve()
    made = generators_of(resolved, 0)[Stream.STATEFUL].take(10**12, 10**6)
    sent = server.data()
    assert sent == made[: len(sent)], "the same events in the same order, across the kill"
    assert {len(text) for text in sent} == {200}


def test_stateful_events_of_a_slow_server_keep_the_order(server: WireServer, folder: Path, log: Path) -> None:
    slow = iter(range(3))

    def refuses(handler: Handler) -> bool:
        if handler.path == "/stateful" and next(slow, None) is not None:
            handler.say(503, {})
            return True
        return False

    server.script = refuses
    log.write_text("".join(f"{n}\n" for n in range(2000)))
    with running(folder, "--follow", log):
        wait_for(lambda: len(server.data()) == 2000)
    assert server.data() == [str(n) for n in range(2000)]
    assert {uuid for uuid, _, _ in server.stored} == {UUID}
