"""A steady start is steady: from the first second on, a fleet asks as often as it will in the long run."""

import pytest

from wavetank.engines.reference import run
from wavetank.policy.codes import Stream
from wavetank.scenario import loads
from wavetank.studies.load import load_at

FLEET = """
    duration = "66s"
    [fleet]
    agents = 400
    [[fleet.class]]
    name = "a"
    stateless = { rate = "20/min" }
    stateful = { rate = "2/min" }
    [batching]
    stateless = { age = "10s", age_from = "resume", pause_after = "1s" }
    stateful = { age = "20s", age_from = "first-event" }
"""


def test_requests_come_evenly_from_the_beginning() -> None:
    resolved = loads(FLEET).resolve()
    tally = run(resolved)
    expected = load_at(resolved)
    # stateful: 400 times a cycle of 50 s with a deviation of 30 s, so 0.21 requests/s of deviation in 66 s
    for stream, abs_per_s in ((Stream.STATELESS, 1.0), (Stream.STATEFUL, 0.84)):
        (rate,) = (flow.requests_per_s for flow in expected.flows if flow.stream == stream)
        assert tally.issued[stream] / 66 == pytest.approx(rate, abs=abs_per_s)
    requests, bin_s = tally.series.requests, resolved.bin_ns / 1e9
    each = round(11 / bin_s)
    parts = [sum(requests[i : i + each]) for i in range(0, 6 * each, each)]
    mean = sum(parts) / len(parts)
    # a stream asks once a cycle, so the number in a cycle's time hardly varies
    assert all(abs(part - mean) < 0.08 * mean for part in parts), parts


def test_backlog_begins_as_it_goes_on() -> None:
    resolved = loads(FLEET).resolve()
    tally = run(resolved)
    carried_in = sum(events.carried_in for events in tally.events)
    queued = sum(events.queued for events in tally.events)
    assert carried_in == tally.series.carried_in
    # 400 times 5.5 s of one event in 3 s, and 20 s of 50 s times 1 and 10 s of one in 30 s: 733 + 213
    assert carried_in == pytest.approx(946, abs=160)
    assert queued == pytest.approx(946, abs=160)


def test_held_polls_are_carried_in() -> None:
    tally = run(
        loads("""
            duration = "10s"
            fleet = { agents = 50, class = [{ name = "a" }] }
            commands = { channel = "long-poll", hold = "100s" }
        """).resolve()
    )
    assert tally.carried_in[Stream.COMMANDS] == 50
    assert tally.issued[Stream.COMMANDS] < 15
    assert tally.series.requests[0] < 5
