"""A server that is away for long while events flood in: all are accounted for, and memory stays bounded."""

import re
from pathlib import Path

from tests.chaos.proxy import Proxy
from tests.chaos.world import Agent, Server, wait_for

EVENTS = 25_000
KEPT_STATELESS = 8_000
KEPT_STATEFUL = 10_000
MOST_GROWTH_BYTES = 32 * 2**20


def peak_bytes(pid: int) -> int:
    """The most memory that a process ever had."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match is not None
    return int(match[1]) * 1024


def test_server_is_away_while_events_flood_in(tmp_path: Path) -> None:
    """Stateless events flow over and are counted; stateful ones wait at the door. Then all arrive."""
    server = Server(tmp_path)
    server.start()
    server.await_ready()
    proxy = Proxy(server.agent_port)
    agents = [Agent(name, tmp_path, server, proxy) for name in ("followed", "flood")]
    for agent in agents:
        agent.follows(tmp_path / f"{agent.name}.txt")
    followed, flood = agents
    try:
        server.kill()
        stream = f"batching.stateless={{age='50ms',buffer_events={KEPT_STATELESS},overflow='drop-oldest'}}"
        followed.start("", 1, "--outbox-events", str(KEPT_STATEFUL))
        flood.start("", 1, "--stream", "stateless", "--set", stream)
        wait_for(lambda: all(agent.folder.joinpath("status.json").exists() for agent in agents), "they run")
        before = [peak_bytes(agent.pid) for agent in agents]
        for agent in agents:
            with (tmp_path / f"{agent.name}.txt").open("w") as file:
                file.writelines(f"{number} {'z' * 190}\n" for number in range(EVENTS))
        wait_for(lambda: flood.counts()["produced.stateless"] == EVENTS, "all are read", 120)
        wait_for(lambda: followed.keeps()[1] >= KEPT_STATEFUL, "the outbox is full")
        for agent, then in zip(agents, before, strict=True):
            assert peak_bytes(agent.pid) - then < MOST_GROWTH_BYTES
        counts = flood.counts()
        assert counts["dropped.stateless.overflow"] == EVENTS - KEPT_STATELESS
        server.start()
        server.await_ready()
        wait_for(lambda: followed.counts()["delivered.stateful"] == EVENTS, "all stateful arrive", 180)
        wait_for(lambda: flood.counts()["delivered.stateless"] >= KEPT_STATELESS, "the rest arrives")
        for agent, then in zip(agents, before, strict=True):
            assert peak_bytes(agent.pid) - then < MOST_GROWTH_BYTES
            assert agent.end() == 0
        assert flood.status()["queued"] == {"stateless": 0, "stateful": 0}
        assert flood.counts()["delivered.stateless"] == KEPT_STATELESS
        stored = [event["sequence"] for event in server.events(followed.uuid)]
        assert sorted(stored) == list(range(1, EVENTS + 1))
    finally:
        for program in (*agents, server):
            program.close()
        proxy.close()
