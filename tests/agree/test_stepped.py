"""Stepped runs: both engines say the same in every sample, and looking on changes nothing that is counted."""

from collections.abc import Collection
from dataclasses import fields
from random import Random

import pytest
from hypothesis import given, settings

from tests.agree.test_catalogue import SHORTER, each_scenario
from tests.agree.test_scenarios import CHECKED, CHECKS
from tests.property.engine_scenarios import scenarios
from tests.property.test_engine_runs import resolved_of
from wavetank.engines import reference
from wavetank.engines.reference import needs, signals
from wavetank.engines.stepped import SteppedRun
from wavetank.errors import Livelock
from wavetank.results.judge.grid import Grid, grid_of
from wavetank.results.judge.sample import Sample
from wavetank.results.tally import Tally
from wavetank.scenario import load, loads
from wavetank.scenario.resolved import Resolved
from wavetank.studies.scaling import scaled_down

pytest.importorskip("numba")

from wavetank.engines import compiled
from wavetank.engines.compiled import stepping

MS, SECOND_NS = 1_000_000, 1_000_000_000
FEW, MANY = 6 if CHECKED else 12, 1_000
AGENTS = 6
LONGER = 10
GOES_ON = (
    "series", "states", "event_latency", "command_latency", "command_censor_ns", "windows", "trace",
    "trace_cut", "ended_ns",
)  # fmt: skip
"""Counts of a tally that go on past the duration."""
RESTART = "{{kind='node-restart', node=0, at='{at}s', down='{down}s'}}"
ROTATION = "{{kind='key-rotation', at='{at}s'}}"
PATIENT = "retry.stateless.backoff={law='fixed', base='1s'}"
"""For scenarios that would otherwise repeat what is refused in the same instant."""


def short(resolved: Resolved) -> Grid:
    """A grid whose reach and stale age come about in a run of seconds."""
    return grid_of(resolved)._replace(reach_ns=300 * MS, step_ns=50 * MS, hold_steps=1)


@pytest.fixture
def short_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both engines judge by the short grid."""
    for module in (needs, signals, stepping):
        monkeypatch.setattr(module, "grid_of", short)


def instants(resolved: Resolved) -> list[int]:
    """Irregular instants, round ones, and the duration with its neighbours, up to the horizon."""
    random, end_ns = Random(resolved.seed), resolved.duration_ns
    odd = [random.randrange(1, 3 * end_ns // 2) for _ in range(8)]
    even = [step * end_ns // 8 for step in range(13)]
    return sorted({*odd, *even, 1, end_ns - 1, end_ns + 1})


def assert_same(mine: Tally, other: Tally, but: Collection[str] = ()) -> None:
    """Fail with the first field in which two tallies differ."""
    for field in fields(Tally):
        if field.name not in ("requests", *but):
            assert getattr(mine, field.name) == getattr(other, field.name), field.name


def compare(resolved: Resolved, leaves: bool) -> Tally:
    """Advance both engines side by side and compare their samples, in the end their tallies; returns that."""
    at_ns = instants(resolved)
    runs: list[SteppedRun] = [engine.start(resolved, at_ns[-1]) for engine in (reference, compiled)]
    staying = list(range(resolved.agents))
    for now_ns in at_ns:
        for run in runs:
            run.advance(now_ns)
        ours, theirs = (run.sample(now_ns % 2 == 0) for run in runs)
        for name in Sample._fields:
            assert getattr(ours, name) == getattr(theirs, name), f"{name} at {now_ns} ns"
        assert runs[0].invalid_tokens() == runs[1].invalid_tokens()
        assert runs[0].offline_agents() == runs[1].offline_agents()
        if leaves and now_ns > resolved.duration_ns // 3 and len(staying) > 1:
            gone = (staying.pop(resolved.seed % len(staying)),)
            for run in runs:
                run.leave(gone)
    tally, judged = (run.finish() for run in runs)
    assert_same(tally, judged)
    return tally


def compare_unless_still(text: str) -> None:
    """The same for a random scenario, which may stand still in either engine."""
    resolved = resolved_of(text)
    try:
        compare(resolved, leaves=True)
    except Livelock:
        run = compiled.start(resolved, 2 * resolved.duration_ns)
        with pytest.raises(Livelock):
            run.advance(2 * resolved.duration_ns)


@pytest.mark.usefixtures("short_grid")
@settings(max_examples=FEW, suppress_health_check=CHECKS)
@given(scenarios())
def test_samples_are_equal(text: str) -> None:
    compare_unless_still(text)


@pytest.mark.long
@pytest.mark.usefixtures("short_grid")
@settings(max_examples=MANY, suppress_health_check=CHECKS)
@given(scenarios())
def test_many_samples_are_equal(text: str) -> None:
    compare_unless_still(text)


@each_scenario
def test_catalogue_with_faults(name: str) -> None:
    """Samples of both engines are equal, and the books of the run that was sampled are those of any other."""
    more = (*SHORTER[name], PATIENT) if name in SHORTER else ()
    duration_s = load(name, more).resolve().duration_ns // SECOND_NS
    times = {"at": duration_s * 2 // 5, "down": min(60, max(1, duration_s // 20))}
    faults = f"fault=[{RESTART.format(**times)}, {ROTATION.format(**times)}]"
    resolved = scaled_down(load(name, (*more, faults)), AGENTS).resolve()
    assert_same(compiled.run(resolved), compare(resolved, leaves=False), GOES_ON)


@settings(max_examples=FEW, suppress_health_check=CHECKS)
@given(scenarios())
def test_looking_on_changes_nothing(text: str) -> None:
    """However far a run may go and goes, and whether it is judged: its books are the same."""
    resolved = resolved_of(text)
    end_ns = resolved.duration_ns
    try:
        tally = compiled.run(resolved, range(resolved.agents), general=True)
    except Livelock:
        return
    longer = [
        compiled.start(resolved, LONGER * end_ns, range(resolved.agents), judged=judged)
        for judged in (False, True)
    ]
    for step, run in enumerate(longer, 2):
        for now_ns in range(end_ns // step, LONGER * end_ns, end_ns // step):
            run.advance(now_ns)
            if run is longer[1]:
                run.sample(True)
        run.advance(LONGER * end_ns)
    once, stepped = (run.finish() for run in longer)
    assert_same(once, stepped)
    assert_same(tally, once, GOES_ON)
    for mine, theirs in zip(tally.event_latency, once.event_latency, strict=True):
        assert [latency.created for latency in mine] == [latency.created for latency in theirs]
        assert all(own.delivered <= other.delivered for own, other in zip(mine, theirs, strict=True))


LATE = """
duration = "20s"
fleet = { agents = 1, start = "cold", class = [{ stateless = { process = "closed", think = "1s" } }] }
server = { service = { stateless = "25s" } }
"""


def test_event_that_is_delivered_late_counts_once() -> None:
    """Created at 1 s: open when the books are closed at 20 s, delivered at 26 s."""
    resolved = loads(LATE).resolve()
    (closed, _), *_ = compiled.run(resolved).event_latency
    assert (closed.created, closed.delivered, closed.censor_ns) == (1, 0, 19 * SECOND_NS)
    (late, _), *_ = compare(resolved, leaves=False).event_latency
    assert (late.created, late.delivered, late.censor_ns) == (1, 1, 0)
    assert late.sum_ns == 25 * SECOND_NS
