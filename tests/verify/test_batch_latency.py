"""A batch's latency as a ramp against the latency of each of its events, looked up one by one.

The first and last event of a batch are deposited exactly, those between them as uniform
(docs/model.md#batch-latency). So count, maximum and minimum are exact. A quantile differs by the
histogram's bins (at most 0.1 %) and by how a batch's own events scatter around the uniform. Each of n
events is below a quantile q or not, so the share of events below it has a standard deviation of at most
sqrt(q (1 - q) / n).

The fleet starts steady, so an agent's first batch also holds events carried in, whose indices are below 0.
They were created before the warm-up: they take up room in the batch, and their latency does not count.
"""

import math

import numpy as np
import pytest

from wavetank.engines.reference import run
from wavetank.policy.arrivals import phase_ns_of, time_of
from wavetank.policy.codes import Purpose, Stream
from wavetank.policy.keyed import key_of
from wavetank.protocol.order import Message
from wavetank.protocol.stationary_start import past_of, standing
from wavetank.results.histogram import Histogram
from wavetank.results.tally import Tally
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

STREAM = Stream.STATELESS
AGE_NS = 100 * 10**9

AGED = """
duration = "1000s"
warmup = "90s"
[fleet]
agents = 20
[[fleet.class]]
name = "all"
network = "far"
stateless = { rate = "1/s", size = "100B", PROFILE }
[batching.stateless]
age = "100s"
age_from = "flush"
[network.far]
delay = { law = "exponential", mean = "2s" }
[server]
cores = 4
service.per_event = "1ms"
"""
SOURCES = {
    "steady": AGED.replace(", PROFILE", ""),
    "piecewise": AGED.replace("PROFILE", 'profile = [[0, 0.5], ["250s", 2.0], ["700s", 1.0]]'),
    "few": AGED.replace(", PROFILE", "").replace("1/s", "0.05/s").replace("agents = 20", "agents = 800"),
}


def carried_in(resolved: Resolved, tally: Tally) -> list[int]:
    """Count the events that each agent's outbox holds at t = 0."""
    source = resolved.classes[0].stateless
    past = past_of(source, resolved.batching[0], resolved.empirical)
    counts = []
    for agent in range(resolved.agents):
        phase_ns = phase_ns_of(source, key_of(resolved.seed, agent, STREAM, Purpose.PAGE_COUNT))
        counts.append(standing(resolved, past, agent, STREAM, phase_ns, 0).waiting)
    assert sum(counts) == tally.events[0].carried_in
    return counts


def expanded(resolved: Resolved, tally: Tally) -> list[int]:
    """The latency in ns of every event that counts, from the trace: what went in which batch, and when its
    answer came.
    """
    answers = {
        (row.agent, row.request): row.arrived_ns
        for row in tally.trace
        if row.message == Message.RESPONSE and row.arrived_ns >= 0
    }
    taken = [-events for events in carried_in(resolved, tally)]
    instants = []
    until_ns = resolved.duration_ns - resolved.tail_ns
    for row in tally.trace:
        if row.message != Message.REQUEST:
            continue
        key = key_of(resolved.seed, row.agent, STREAM, Purpose.PAGE_COUNT)
        page = before = 0
        for index in range(max(0, taken[row.agent]), taken[row.agent] + row.events):
            page, before, t_ns = time_of(resolved.classes[0].stateless, key, page, before, index)
            if resolved.warmup_ns <= t_ns < until_ns and (row.agent, row.request) in answers:
                instants.append(answers[row.agent, row.request] - t_ns)
        taken[row.agent] += row.events
    return sorted(instants)


@pytest.mark.parametrize("kind", SOURCES)
def test_ramps_equal_the_expanded_events(kind: str) -> None:
    resolved = loads(SOURCES[kind]).resolve()
    tally = run(resolved, range(resolved.agents), 10_000_000)
    one_by_one = expanded(resolved, tally)
    latency = tally.event_latency[0][0]
    assert latency.delivered == latency.histogram.count == len(one_by_one)
    assert len(one_by_one) > 4_000
    assert latency.histogram.max_ns == one_by_one[-1]
    exact = Histogram()
    for value_ns in one_by_one:
        exact.add(value_ns)
    assert next(iter(latency.histogram.filled()))[0] == next(iter(exact.filled()))[0]
    # events uniform over at most the age: four standard deviations of the sum of n of them
    scatter_ns = 4 * AGE_NS * math.sqrt(len(one_by_one) / 12)
    assert latency.sum_ns == pytest.approx(exact.sum_ns, abs=scatter_ns)
    for q in (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99):
        quantile = latency.histogram.quantile(q)
        assert quantile is not None
        below = np.searchsorted(one_by_one, quantile) / len(one_by_one)
        # three standard deviations, and a bin's share of events that are uniform over the age
        assert below == pytest.approx(q, abs=3 * math.sqrt(q * (1 - q) / len(one_by_one)) + 0.001)


def test_small_batches_are_exact() -> None:
    """Up to two events per batch nothing is spread: the histogram is that of the single events."""
    text = SOURCES["steady"].replace('age = "100s"', "count = 2").replace('age_from = "flush"', "")
    resolved = loads(text).resolve()
    tally = run(resolved, range(resolved.agents), 10_000_000)
    one_by_one = expanded(resolved, tally)
    exact = Histogram()
    for value_ns in one_by_one:
        exact.add(value_ns)
    assert tally.event_latency[0][0].histogram == exact
    assert tally.event_latency[0][0].sum_ns == sum(one_by_one)


def test_constant_streams_are_expanded() -> None:
    """Equal gaps are no Poisson points: such batches are deposited event by event, exactly."""
    text = SOURCES["steady"].replace('rate = "1/s"', 'rate = "1/s", process = "constant"')
    resolved = loads(text).resolve()
    tally = run(resolved, range(resolved.agents), 10_000_000)
    one_by_one = expanded(resolved, tally)
    assert tally.event_latency[0][0].sum_ns == sum(one_by_one)
