"""Samples say what a look at every agent after every instant would say, and taking them changes nothing."""

from itertools import chain, pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from tests.property.engine_scenarios import scenarios
from tests.property.scanning import LEVELS, Scan
from tests.property.test_engine_runs import resolved_of
from wavetank.engines.reference import needs, run, signals, start
from wavetank.results.judge.grid import Grid, grid_of
from wavetank.results.judge.sample import NOT_COUNTED, Sample
from wavetank.results.tally import Tally
from wavetank.scenario.resolved import Resolved

MS = 1_000_000
LONGER = 3
"""A run is simulated for so many durations, in halves."""
SHARED = (*LEVELS, "waiting", "stale_needs", "stale_commands")
few = settings(
    max_examples=8,
    suppress_health_check=[
        HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.function_scoped_fixture,
    ],
)  # fmt: skip


def short(resolved: Resolved) -> Grid:
    """A grid whose reach and stale age come about in a run of seconds."""
    return grid_of(resolved)._replace(reach_ns=300 * MS, step_ns=50 * MS, hold_steps=1)


@pytest.fixture(autouse=True)
def short_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine judge by the short grid."""
    monkeypatch.setattr(needs, "grid_of", short)
    monkeypatch.setattr(signals, "grid_of", short)


def instants(resolved: Resolved) -> list[int]:
    """Irregular instants, round ones and the duration, up to the horizon."""
    random, end_ns = Random(resolved.seed), resolved.duration_ns * LONGER // 2
    odd = [random.randrange(1, end_ns) for _ in range(8)]
    even = [random.randrange(1, end_ns // (100 * MS)) * 100 * MS for _ in range(8)]
    return sorted({*odd, *even, resolved.duration_ns, end_ns})


@few
@given(scenarios())
def test_samples_are_what_a_scan_sees(text: str) -> None:
    resolved = resolved_of(text)
    at_ns = instants(resolved)
    scan = Scan(resolved, at_ns[-1], short(resolved))
    stepped = start(resolved, at_ns[-1])
    staying = list(range(resolved.agents))
    for before_ns, now_ns in pairwise([0, *at_ns]):
        stepped.advance(now_ns)
        sample = stepped.sample(True)
        expected = scan.levels(before_ns, now_ns, staying)
        assert {name: getattr(sample, name) for name in SHARED} == expected
        assert sample.acknowledged + sample.dropped == sample.settled.value <= sample.created
        if now_ns > resolved.duration_ns // 2 and len(staying) > 1:
            stepped.leave([staying.pop(resolved.seed % len(staying))])


def sampled(resolved: Resolved, at_ns: list[int], created: bool) -> tuple[list[Sample], Tally]:
    """The samples at some instants, and the whole run's tally."""
    stepped = start(resolved, at_ns[-1])
    samples = []
    for now_ns in at_ns:
        stepped.advance(now_ns)
        samples.append(stepped.sample(created))
    return samples, stepped.finish()


@few
@given(scenarios())
def test_sampling_changes_nothing(text: str) -> None:
    """Nor does counting what was created, nor at which other instants samples were taken."""
    resolved = resolved_of(text)
    at_ns = instants(resolved)
    samples, tally = sampled(resolved, at_ns, False)
    counted, same = sampled(resolved, at_ns, True)
    fewer, also = sampled(resolved, at_ns[1::2], False)
    unsampled = start(resolved, at_ns[-1], judged=False)
    unsampled.advance(at_ns[-1])
    assert tally == same == unsampled.finish()
    assert also == tally or at_ns[-1] != at_ns[1::2][-1]
    assert samples == [sample._replace(created=NOT_COUNTED) for sample in counted]
    for sample in fewer:
        other = samples[at_ns.index(sample.at_ns)]
        for name in ("acknowledged", "dropped", "offline", "stale_needs", "busy_ns", "logins", "refused"):
            assert getattr(sample, name) == getattr(other, name)
        for name in (*LEVELS, "waiting"):
            assert getattr(sample, name).value == getattr(other, name).value


@few
@given(scenarios())
def test_going_on_does_not_change_the_books(text: str) -> None:
    resolved = resolved_of(text)
    tally = run(resolved)
    at_ns = instants(resolved)
    longer = sampled(resolved, at_ns, False)[1]
    assert longer.ended_ns == at_ns[-1]
    assert_books_kept(tally, longer)


def assert_books_kept(tally: Tally, longer: Tally) -> None:
    """Fail unless the run that went on has the totals of the other, and only later deliveries beside."""
    latencies = (list(chain.from_iterable(counts.event_latency)) for counts in (tally, longer))
    for mine, theirs in zip(*latencies, strict=True):
        assert mine.created == theirs.created
        assert mine.delivered <= theirs.delivered <= theirs.created
    assert tally.command_latency.count <= longer.command_latency.count <= tally.commands_due
    bins, columns = len(tally.series.requests), len(tally.states[0])
    if tally.ended_ns % bins == 0:
        assert longer.series.requests[:bins] == tally.series.requests
    assert all(row[: columns - 1] in {row[: columns - 1] for row in longer.states} for row in tally.states)
    goes_on = (
        "series", "states", "event_latency", "command_latency", "command_censor_ns", "windows", "ended_ns"
    )  # fmt: skip
    for name in goes_on:
        setattr(longer, name, getattr(tally, name))
    assert longer == tally
