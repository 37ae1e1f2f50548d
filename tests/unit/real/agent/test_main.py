"""The agent as a process: killed, cut off, refused; and what it does then."""

import os
import signal
from itertools import cycle
from pathlib import Path

from tests.unit.real.agent.running import UUID, agent, running, status
from tests.unit.real.agent.wire_server import Handler, WireServer, serving, wait_for


def test_lines_of_standard_input_are_delivered(server: WireServer, folder: Path) -> None:
    with running(folder) as agent:
        assert agent.put("a", "b \N{SNOWMAN}") == ["accepted 1", "accepted 2"]
        wait_for(lambda: server.data() == ["a", "b \N{SNOWMAN}"])
        assert agent.kill(signal.SIGTERM) == 0
    assert len(server.hosts) == 1
    assert not status(folder)["running"]


def test_interrupt_ends_it_well(server: WireServer, folder: Path) -> None:
    with running(folder) as agent:
        agent.put("a")
        assert agent.kill(signal.SIGINT) == 0


def test_end_of_input_ends_it_where_asked_to(server: WireServer, folder: Path) -> None:
    with running(folder, "--until-delivered") as agent:
        agent.input.write("a\nno line end")
        agent.input.close()
        assert agent.process.wait(30) == 0
    assert server.data() == ["a", "no line end"]
    assert status(folder)["counts"] == {"delivered.stateful": 2, "produced.stateful": 2}


def test_killed_and_started_again_nothing_is_lost_or_doubled(server: WireServer, folder: Path) -> None:
    """Answers are lost, too; the ledger of what was accepted is kept here."""
    lost = cycle((True, False, False))
    ledger: list[str] = []

    def loses(handler: Handler) -> bool:
        if handler.path == "/stateful" and next(lost):
            handler.store(UUID)
            handler.hang_up()
            return True
        return False

    server.script = loses
    for life in range(4):
        taken = len(server.data())
        with running(folder) as agent:
            for at in range(25):
                texts = [f"{life} {at} {n}" for n in range(8)]
                said = agent.put(*texts)
                assert all(word.startswith("accepted ") for word in said)
                ledger += texts
            wait_for(lambda taken=taken: len(server.data()) > taken)  # type: ignore[misc]
            agent.kill()
    with running(folder):
        # a batch whose answer was lost is sent twice, be it the last
        wait_for(lambda: len(server.data()) >= len(ledger) and server.duplicates > 0)
    assert server.data() == ledger
    assert len({epoch for _, epoch, _ in server.stored}) == 1


def test_server_that_is_down_is_waited_for(server: WireServer, folder: Path) -> None:
    port = server.server_address[1]
    authority = server.authority
    with running(folder) as agent:
        agent.put("before")
        wait_for(lambda: server.data() == ["before"])
        server.shutdown()
        server.server_close()
        server.cut()
        assert agent.put(*map(str, range(50)))[-1] == "accepted 51"
        with serving(port, authority) as again:
            again.agents[UUID] = "key"
            wait_for(lambda: len(again.data()) == 50)
            assert again.data() == list(map(str, range(50)))
            assert again.asked("/login") == 1, "the token is not known there, and asked for once"


def test_revoked_token_makes_one_login(server: WireServer, folder: Path) -> None:
    with running(folder) as agent:
        agent.put("a")
        wait_for(lambda: server.data() == ["a"])
        for _ in range(3):
            before = server.asked("/login")
            server.tokens.clear()
            server.cut()
            count = len(server.data())
            agent.put("b")
            wait_for(lambda count=count: len(server.data()) == count + 1)  # type: ignore[misc]
            assert server.asked("/login") == before + 1


def test_refusals_are_waited_out(server: WireServer, folder: Path) -> None:
    """429 and 503 with Retry-After, a 500, and a connection that is cut: then the batch is taken."""
    year, zone = "Mon, 23 Nov 99999999999 12:00:00 GMT", "Mon, 23 Nov 2026 12:00:00 +99999999999999999999"
    said = [(429, "1"), (503, "0"), (500, ""), (0, ""), (503, year), (503, zone)]

    def refuses(handler: Handler) -> bool:
        if handler.path != "/stateful" or not said:
            return False
        status, after = said.pop(0)
        if status:
            handler.say(status, {}, **({"Retry_After": after} if after else {}))
        else:
            handler.hang_up()
        return True

    server.script = refuses
    with running(folder) as agent:
        agent.put("a")
        wait_for(lambda: server.data() == ["a"])
    assert said == []


def test_batch_too_large_for_the_server_is_halved(server: WireServer, folder: Path) -> None:
    def limits(handler: Handler) -> bool:
        if handler.path == "/stateful" and len(handler.body) > 400:
            handler.say(413, {})
            return True
        return False

    server.script = limits
    with running(folder) as agent:
        agent.put(*["x" * 50] * 40)
        wait_for(lambda: len(server.data()) == 40)


def test_command_is_carried_out_once_and_confirmed(server: WireServer, folder: Path) -> None:
    server.commands[UUID] = [
        {"id": 1, "command": "echo", "arguments": ["x", 2]},
        {"id": 2, "command": "ping"},
        {"id": "\ud800", "command": "ping"},
        {"id": 3, "command": "rm", "arguments": ["-rf", "/"]},
    ]
    with running(folder):
        wait_for(lambda: len(server.confirmed) == 3)
    assert server.confirmed["1"] == ["x", 2]
    assert server.confirmed["2"] == "pong"
    assert "error" in str(server.confirmed["3"])


def test_second_agent_is_refused_and_harms_nothing(server: WireServer, folder: Path) -> None:
    with running(folder) as first:
        first.put("a")
        other = agent("run", "--data", folder)
        assert (other.returncode, other.stdout) == (2, "")
        assert "another agent runs with this folder" in other.stderr
        assert first.put("b") == ["accepted 2"]
        wait_for(lambda: server.data() == ["a", "b"])


def test_full_outbox_makes_the_input_wait(server: WireServer, folder: Path) -> None:
    server.script = lambda handler: handler.path == "/stateful" and handler.say(503, {})
    with running(folder, "--outbox-events", "5") as agent:
        assert agent.put(*"abcde")[-1] == "accepted 5"
        agent.input.write("f\n")
        agent.input.flush()
        wait_for(lambda: server.asked("/stateful") > 3)
        wait_for(lambda: status(folder)["queued"]["stateful"] == 5)
        server.script = None
        assert agent.output.readline() == "accepted 6\n"
        wait_for(lambda: server.data() == list("abcdef"))


def test_status_tells_of_a_running_agent(server: WireServer, folder: Path) -> None:
    with running(folder) as agent:
        agent.put("a", "b")
        wait_for(lambda: status(folder).get("counts", {}).get("delivered.stateful") == 2)
        told = status(folder)
    assert told["running"]
    assert (told["uuid"], told["pid"], told["state"]) == (UUID, agent.process.pid, "valid")
    assert told["queued"] == {"stateless": 0, "stateful": 0}


def test_stateless_events_flow_over_and_are_counted(server: WireServer, folder: Path) -> None:
    server.script = lambda handler: handler.path == "/stateless" and handler.say(503, {})
    words = (
        "--stream",
        "stateless",
        "--set",
        "batching.stateless={age='50ms',buffer_events=3,overflow='drop-newest'}",
    )
    with running(folder, *words) as agent:
        assert agent.put(*"abcde") == ["accepted 1", "accepted 2", "accepted 3", "dropped", "dropped"]
        server.script = None
        wait_for(lambda: sorted(server.stateless) == ["a", "b", "c"])
        agent.kill(signal.SIGTERM)
    counts = status(folder)["counts"]
    assert (
        counts["produced.stateless"]
        == 5
        == counts["delivered.stateless"] + counts["dropped.stateless.overflow"]
    )


def test_secrets_are_nowhere_to_be_seen(server: WireServer, folder: Path) -> None:
    server.agents[UUID] = "a-key-nobody-knows"
    text = (folder / "credentials.json").read_text().replace('"key": "key"', '"key": "a-key-nobody-knows"')
    (folder / "credentials.json").write_text(text)
    (folder / "credentials.json").chmod(0o600)
    with running(folder) as agent:
        agent.put("a")
        wait_for(lambda: server.data() == ["a"])
        argv = Path(f"/proc/{agent.process.pid}/cmdline").read_bytes()
        assert b"nobody-knows" not in argv
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
        if path.name != "credentials.json":
            assert b"nobody-knows" not in path.read_bytes()
    assert os.stat(folder).st_mode & 0o077 == 0
