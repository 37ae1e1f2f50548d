from types import SimpleNamespace
from typing import Any, cast

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.outstanding import Outstanding

STALE_NS = 100


class Bench:
    """Two agents and their commands."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.commands = Outstanding(self.clock, 2, STALE_NS)
        self.agents: list[Any] = [cast(Any, SimpleNamespace(index=i, left=False)) for i in range(2)]

    def at(self, now_ns: int) -> Outstanding:
        self.clock.ns = now_ns
        return self.commands

    def level(self, now_ns: int) -> tuple[int, int]:
        """Outstanding and stale commands at an instant."""
        (value, _), stale = self.at(now_ns).take()
        return value, stale


def test_created_ones_count_until_they_are_delivered() -> None:
    bench = Bench()
    agent, other = bench.agents
    bench.at(10).created(agent)
    bench.at(20).created(other)
    bench.at(30).created(agent)
    assert bench.level(40) == (3, 0)
    bench.at(50).delivered(agent, 2)
    assert bench.level(60) == (1, 0)


def test_those_created_long_ago_are_stale_until_delivered() -> None:
    bench = Bench()
    agent, _ = bench.agents
    bench.at(10).created(agent)
    bench.at(60).created(agent)
    assert bench.level(110) == (2, 0)
    assert bench.level(111) == (2, 1)
    assert bench.level(200) == (2, 2)
    bench.at(210).delivered(agent, 1)
    assert bench.level(220) == (1, 1)
    bench.at(230).delivered(agent, 1)
    assert bench.level(240) == (0, 0)


def test_what_was_delivered_in_time_never_is_stale() -> None:
    bench = Bench()
    agent, _ = bench.agents
    bench.at(10).created(agent)
    bench.at(20).delivered(agent, 1)
    bench.at(90).created(agent)
    assert bench.level(150) == (1, 0)
    assert bench.level(191) == (1, 1)


def test_an_agent_that_leaves_takes_its_commands_with_it() -> None:
    bench = Bench()
    agent, other = bench.agents
    bench.at(10).created(agent)
    bench.at(10).created(other)
    assert bench.level(200) == (2, 2)
    bench.at(210).leave(agent)
    agent.left = True
    assert bench.level(220) == (1, 1)
    bench.at(230).created(agent)
    bench.at(230).delivered(agent, 1)
    assert bench.level(240) == (1, 1)
