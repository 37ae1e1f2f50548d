"""Latencies by window: both engines agree, and a few are worked out by hand."""

import pytest

from wavetank.engines import reference
from wavetank.engines.stepped import SteppedRun
from wavetank.results.tally import EventLatency, Tally
from wavetank.results.windows import AFTER, BEFORE, DURING
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

pytest.importorskip("numba")

from wavetank.engines import compiled

SECOND = 1_000_000_000

BY_HAND = """
duration = "60s"
warmup = "5s"
[fleet]
agents = 1
[[fleet.class]]
name = "desk"
stateless = { rate = "1/s", process = "constant", phase = "0s" }
[server]
service.stateless = "100ms"
[retry.stateless]
timeout = "5s"
backoff = { law = "fixed", base = "1s" }
[slo]
recovery = "10s"
[[fault]]
kind = "brown-out"
at = "20s"
lasts = "5s"
factor = 5.0
"""
EVENTS = """
duration = "100s"
warmup = "7s"
[fleet]
agents = 20
{start}
[[fleet.class]]
name = "desk"
stateless = {{ rate = "3/s", process = "poisson" }}
stateful = {{ rate = "0.7/s", process = "constant" }}
[[fleet.class]]
name = "loop"
share = "20%"
stateless = {{ process = "closed", think = {{ law = "exponential", mean = "2s" }} }}
[commands]
rate = "0.1/s"
channel = "poll"
period = "5s"
[batching.stateless]
age = "4s"
[retry]
stateless = {{ timeout = "3s", backoff = {{ law = "fixed", base = "1s" }}, attempts = 2 }}
stateful = {{ timeout = "3s", backoff = {{ law = "fixed", base = "1s" }} }}
commands = {{ timeout = "3s", backoff = {{ law = "fixed", base = "1s" }} }}
[server]
service.stateless = "20ms"
[slo]
recovery = "6s"
[[fault]]
kind = "node-restart"
node = 0
at = "12s"
down = "3s"
[[fault]]
kind = "node-restart"
node = 0
at = "{second}"
down = "{down}"
"""


def run_both(resolved: Resolved, until_ns: int) -> Tally:
    """Run both engines until an instant; returns what they both count."""
    tallies: list[Tally] = []
    for engine in (reference, compiled):
        run: SteppedRun = engine.start(resolved, until_ns)
        run.advance(until_ns)
        tallies.append(run.finish())
    ours, theirs = tallies
    assert ours.windows == theirs.windows
    assert ours.event_latency == theirs.event_latency
    assert ours.command_latency == theirs.command_latency
    assert ours.command_censor_ns == theirs.command_censor_ns
    return ours


def desk(tally: Tally) -> list[EventLatency]:
    return [window.event_latency[0][0] for window in tally.windows]


def test_by_hand() -> None:
    tally = run_both(loads(BY_HAND).resolve(), 60 * SECOND)
    before, during, after = desk(tally)
    # one event a second: 5 to 19, 20 to 34, 35 to 54; the edges begin a window, warm-up and tail are left out
    assert [window.created for window in (before, during, after)] == [15, 15, 20]
    assert [window.delivered for window in (before, during, after)] == [15, 15, 20]
    # 100 ms each, 500 ms for the five that begin in the brown-out
    assert before.sum_ns == 15 * SECOND // 10
    assert during.sum_ns == 10 * SECOND // 10 + 5 * SECOND // 2
    assert (during.histogram.max_ns, after.histogram.max_ns) == (SECOND // 2, SECOND // 10)


@pytest.mark.parametrize("start", ["", "start = 'ramp'\nramp = '30s'", "start = 'cold'"])
@pytest.mark.parametrize(
    ("second", "down", "until_s"),
    [
        ("50s", "5s", 100),
        ("50s", "5s", 130),  # going on past the duration
        ("18s", "9s", 100),  # one union
        ("80s", "100s", 100),  # it ends with events open
        ("92s", "20s", 110),
    ],
)
def test_engines_agree(start: str, second: str, down: str, until_s: int) -> None:
    resolved = loads(EVENTS.format(start=start, second=second, down=down)).resolve()
    tally = run_both(resolved, until_s * SECOND)
    for window in (BEFORE, DURING, AFTER):
        assert tally.windows[window].event_latency[0][0].created > 0
    assert sum(latency.created for latency in desk(tally)) == tally.event_latency[0][0].created
    if down == "100s":
        # what is repeated until it is there stays open, from the second fault on; the tail is left out
        age_ns = tally.windows[DURING].event_latency[0][1].censor_ns
        assert resolved.tail_ns < age_ns < resolved.tail_ns + 2 * SECOND
        assert tally.windows[DURING].command_censor_ns > 0
        assert tally.windows[BEFORE].event_latency[0][1].censor_ns == 0
