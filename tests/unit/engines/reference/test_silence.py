from types import SimpleNamespace
from typing import Any, cast

import pytest

from wavetank.engines.reference.clock import Clock
from wavetank.engines.reference.silence import PERIODS, Silence
from wavetank.protocol.server import UNHEARD

PERIOD_NS = 100


class Bench:
    """Three agents; the first was heard 50 ns before the run, the second never, the third begins later."""

    def __init__(self, offline_after_ns: int = 0) -> None:
        self.clock = Clock()
        heartbeat: Any = SimpleNamespace(period_ns=PERIOD_NS, offline_after_ns=offline_after_ns)
        last_ns = (-50, UNHEARD, UNHEARD)
        self.silence = Silence(heartbeat, self.clock, lambda agent: last_ns[agent.index])
        self.agents: list[Any] = [
            cast(Any, SimpleNamespace(index=index, left=False, started=index < 2)) for index in range(3)
        ]
        self.silence.join(self.agents)

    def silent(self, now_ns: int) -> int:
        self.clock.ns = now_ns
        return self.silence.take().value

    def heard(self, index: int, now_ns: int) -> None:
        self.clock.ns = now_ns
        self.silence.heard(self.agents[index])


def test_an_agent_is_silent_after_the_heartbeats_that_it_missed() -> None:
    bench = Bench()
    first_ns = PERIODS * PERIOD_NS - 50
    assert bench.silent(first_ns) == 0
    assert bench.silent(first_ns + 1) == 1
    # Who was never heard counts from the beginning.
    assert bench.silent(PERIODS * PERIOD_NS) == 1
    assert bench.silent(PERIODS * PERIOD_NS + 1) == 2


def test_who_is_heard_again_is_not_silent() -> None:
    bench = Bench()
    assert bench.silent(210) == 2
    bench.heard(0, 220)
    assert bench.silent(230) == 1
    assert bench.silent(220 + PERIODS * PERIOD_NS + 1) == 2


def test_an_agent_that_begins_later_counts_from_then() -> None:
    bench = Bench()
    bench.heard(2, 100)
    assert bench.silent(300) == 2
    assert bench.silent(301) == 3


@pytest.mark.parametrize(("offline_after_ns", "silent"), [(0, 1), (500, 0)])
def test_a_longer_patience_of_the_server_counts(offline_after_ns: int, silent: int) -> None:
    assert Bench(offline_after_ns).silent(200) == silent


def test_an_agent_that_left_is_not_silent() -> None:
    bench = Bench()
    assert bench.silent(210) == 2
    bench.silence.leave(bench.agents[0])
    bench.agents[0].left = True
    assert bench.silent(220) == 1
    bench.heard(0, 230)
    assert bench.silent(900) == 1
