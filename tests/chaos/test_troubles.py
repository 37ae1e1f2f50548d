"""Troubles while events flow: lost answers, full disks, clocks that step, certificates and keys replaced.

One server and two agents go through all of it. After each trouble events arrive again by themselves, and in
the end each that was accepted is stored, once.
"""

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.storm import made, settle
from tests.chaos.world import HOST, Program, World, wait_for
from wavetank.real.private import write_private
from wavetank.real.server import certificates
from wavetank.real.server.folder import SERVER

SEED = 20261123
HOUR_S = 3600
REPEATS = "wavetank_events_duplicate_total"
STORED = "wavetank_events_stored_total"
GRANTED = 'wavetank_logins_total{result="granted"}'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Events flow; at the end the ledger is held against what is stored."""
    world = World(tmp_path_factory.mktemp("troubles"), SEED, "tests.chaos.stepping")
    try:
        for agent in world.agents:
            agent.start()
        wait_for(lambda: world.server.metric(GRANTED) == 2, "both are logged in")
        arrives(world)
        yield world
        verdict = settle(world)
        assert verdict.good, verdict
        for program in (world.server, *world.agents):
            assert "Traceback" not in program.said(), program.said()
    finally:
        world.close()


def arrives(world: World) -> None:
    """Events that are accepted from now on are stored soon."""
    stored, accepted = world.server.metric(STORED), made(world)
    wait_for(lambda: all(now > then for now, then in zip(made(world), accepted, strict=True)), "accepted")
    wait_for(lambda: world.server.metric(STORED) > stored, "stored")
    wait_for(lambda: all(agent.keeps()[1] < 500 for agent in world.agents), "the outboxes run empty")


def step(program: Program, hours: int) -> None:
    fresh = program.clock.with_suffix(".new")
    fresh.write_text(str(hours * HOUR_S))
    fresh.replace(program.clock)  # in one step: it is read all the time


def limit_files(program: Program, most_bytes: int | None) -> None:
    """No file of the process may grow beyond this from now on (EFBIG), as on a disk that is full."""
    _, hard = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (hard if most_bytes is None else most_bytes, hard))


@pytest.mark.parametrize("fault", ["swallow", "delay"])
def test_answers_are_lost_or_late(world: World, fault: str) -> None:
    """Events are stored, and their agents do not hear of it in time: they are sent again, and recognised."""
    repeats, troubled = world.server.metric(REPEATS), world.proxy.troubled
    world.proxy.fault = fault
    wait_for(lambda: world.proxy.troubled >= troubled + 4, f"the proxy can {fault} answers")
    world.proxy.fault = "none"
    wait_for(lambda: world.server.metric(REPEATS) > repeats, "events are sent again")
    arrives(world)


def test_servers_disk_is_full(world: World) -> None:
    """Events are refused (503), kept by the agents, and taken when there is room again."""
    failures = "wavetank_commit_failures_total"
    before = world.server.metric(failures)
    limit_files(world.server, 4096)
    wait_for(lambda: world.server.metric(failures) > before + 2, "commits fail")
    stored = world.server.metric(STORED)
    wait_for(lambda: all(agent.keeps()[1] > 50 for agent in world.agents), "the agents keep what comes")
    assert world.server.metric(STORED) == stored
    limit_files(world.server, None)
    arrives(world)


def test_agents_disk_is_full(world: World) -> None:
    """Nothing more is accepted, the input waits, and goes on when there is room again."""
    for agent in world.agents:
        limit_files(agent, 4096)
    for agent in world.agents:
        wait_for(lambda agent=agent: "cannot be kept" in agent.status()["trouble"], "it says so")  # type: ignore[misc]
        assert agent.status()["refused_commits"] > 0
    accepted = made(world)[0]
    time.sleep(0.5)
    assert made(world)[0] == accepted, "what could not be committed was accepted"
    piped, followed = world.agents
    limit_files(followed, None)
    assert piped.end() == 0, "it can be ended meanwhile"
    piped.start()
    arrives(world)


@pytest.mark.parametrize("hours", [5, -5])
def test_servers_clock_steps(world: World, hours: int) -> None:
    """Tokens are too old, or not yet valid: each agent logs in once more, there and back."""
    for to in (hours, 0):
        granted = world.server.metric(GRANTED)
        step(world.server, to)
        wait_for(lambda granted=granted: world.server.metric(GRANTED) >= granted + 2, "logins")  # type: ignore[misc]
        arrives(world)
        assert world.server.metric(GRANTED) == granted + 2


@pytest.mark.parametrize("hours", [5, -5])
def test_agents_clocks_step(world: World, hours: int) -> None:
    """Nobody notices: the timers run on the monotonic clock."""
    granted = world.server.metric(GRANTED)
    for to in (hours, 0):
        for agent in world.agents:
            step(agent, to)
        arrives(world)
    assert world.server.metric(GRANTED) == granted


def test_certificate_is_replaced(world: World) -> None:
    """By another of the same authority; connections that are made anew see it."""
    folder = world.server.folder
    (folder / SERVER).unlink()
    make_certificate(folder)
    wait_for(lambda: "certificate replaced" in world.server.said(), "the server takes it up")
    granted = world.server.metric(GRANTED)
    for agent in world.agents:
        agent.kill()
        agent.start()
    wait_for(lambda: world.server.metric(GRANTED) == granted + 2, "they connect, and trust what they see")
    arrives(world)


def make_certificate(folder: Path) -> None:
    """The server's behaviour when it starts without one."""

    class Held:
        def __truediv__(self, name: str) -> Path:
            return folder / name

        def read(self, name: str) -> str | None:
            return (folder / name).read_text() if (folder / name).exists() else None

        def write(self, name: str, content: str) -> None:
            write_private(folder / name, content)

    assert certificates.ensure_certificates(Held(), HOST, time.time_ns())  # type: ignore[arg-type]


@pytest.mark.parametrize("void", [False, True])
def test_signing_key_is_rotated(world: World, void: bool) -> None:
    """Old tokens count on, or are all void: then each agent makes one login, however much is under way."""
    granted = world.server.metric(GRANTED)
    world.server.ask("POST", "/signing-keys", {"void": void})
    if void:
        wait_for(lambda: world.server.metric(GRANTED) >= granted + 2, "logins")
    arrives(world)
    assert world.server.metric(GRANTED) == granted + 2 * void
