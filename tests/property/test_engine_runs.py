"""Any small scenario runs to its end, adds up, and comes out the same however it is run."""

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.property.engine_scenarios import scenarios
from wavetank.engines.reference import run
from wavetank.engines.reference.world import World
from wavetank.errors import ScenarioError
from wavetank.policy.codes import Stream
from wavetank.protocol.order import Message
from wavetank.results.accounting import check
from wavetank.results.requests import OPEN_NS, Outcome
from wavetank.results.summary import summarise
from wavetank.results.tally import Tally
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

FEW, MANY = 40, 1_000
CHECKS = [HealthCheck.filter_too_much, HealthCheck.too_slow]
few = settings(max_examples=FEW, suppress_health_check=CHECKS)


def resolved_of(text: str) -> Resolved:
    """The scenario, unless it is one of the few that are refused."""
    try:
        return loads(text).resolve()
    except ScenarioError:
        assume(False)
        raise


@few
@given(scenarios())
def test_runs_add_up_and_repeat(text: str) -> None:
    """The same tally twice, from agents made in reverse order, and with every agent traced."""
    run_thrice(text)


@pytest.mark.long
@settings(max_examples=MANY, suppress_health_check=CHECKS)
@given(scenarios())
def test_many_runs_add_up_and_repeat(text: str) -> None:
    run_thrice(text)


def run_thrice(text: str) -> None:
    resolved = resolved_of(text)
    tally = run(resolved)
    check(tally)
    assert_sane(resolved, tally)
    summarise(resolved, tally)
    assert run(resolved, reverse=True) == tally
    traced = run(resolved, range(resolved.agents), requests=True)
    assert_trace(traced)
    assert_requests(resolved, traced)
    traced.trace = []
    assert traced == tally


def assert_sane(resolved: Resolved, tally: Tally) -> None:
    """Invariants that no scenario can break."""
    for events in tally.events:
        held = events.received - events.delivered - events.dropped_but_received
        assert 0 <= held <= events.queued
        assert events.dropped_but_received <= sum(events.dropped)
    window_ns = (resolved.duration_ns - resolved.warmup_ns) * resolved.server.cores
    for busy, wasted in zip(tally.busy_ns, tally.wasted_ns, strict=True):
        assert min(busy) >= 0
        assert 0 <= wasted <= sum(busy) <= window_ns
    series = tally.series
    for node in series.busy_ns:
        assert min(node) >= 0
        assert max(node) <= resolved.bin_ns * resolved.server.cores
    assert min(*series.queue_length, *series.connections) >= 0
    assert 0 <= tally.queue_area_ns <= tally.system_area_ns
    assert tally.commands_delivered <= tally.commands_created
    assert tally.command_latency.count <= tally.commands_due
    assert series.produced == sorted(series.produced)
    assert series.produced[-1] == sum(events.produced + events.carried_in for events in tally.events)


def assert_trace(tally: Tally) -> None:
    """Every attempt is in the trace, no message goes back in time or arrives twice, each answer has a
    request."""
    rows = tally.trace
    assert not tally.trace_cut
    assert len(set(rows)) == len(rows)
    assert all(row.arrived_ns == -1 or row.arrived_ns >= row.sent_ns for row in rows)
    assert len(asked(tally)) <= sum(tally.issued) + sum(tally.carried_in)


def asked(tally: Tally) -> set[tuple[int, ...]]:
    """The attempts of the trace. A connection that is found open ends in the name of one before the run."""
    return {row[2:6] for row in tally.trace if row.message in (Message.SYN, Message.REQUEST)}


def assert_requests(resolved: Resolved, tally: Tally) -> None:
    """The log has every attempt that was issued, once, in order, and the ends that were counted."""
    rows = tally.requests
    assert rows is not None
    assert len(rows) == sum(tally.issued) + sum(tally.carried_in)
    counted = (tally.ok, tally.rejected, tally.timed_out, tally.lost, tally.open)
    for stream in Stream:
        outcomes = rows["outcome"][rows["stream"] == stream].tolist()
        assert [outcomes.count(outcome) for outcome in Outcome] == [fate[stream] for fate in counted]
    places = rows[["start_ns", "agent", "stream", "request", "attempt"]].tolist()
    assert places == sorted(places)
    is_open = rows["outcome"] == Outcome.OPEN
    assert (rows["end_ns"][is_open] == OPEN_NS).all()
    ended = rows[~is_open]
    assert ((ended["start_ns"] <= ended["end_ns"]) & (ended["end_ns"] < resolved.duration_ns)).all()
    logged = set(rows[["agent", "stream", "request", "attempt"]].tolist())
    assert asked(tally) <= logged


@few
@given(scenarios())
def test_slots_come_back(text: str) -> None:
    """At the end of any run the places taken at a node are those of somebody."""
    resolved = resolved_of(text)
    world = World(resolved, frozenset(), 0, None, False, False)
    world.run()
    assert world.measure._connections == sum(node.open for node in world.nodes)
    for node in world.nodes:
        assert node.open == sum(connection.accepted for connection in node.connections)
        limit = node.limits.connections
        if limit.value and not any(connection.verdict for connection in node.connections):
            assert node.open <= limit.value
        assert node.in_flight_bytes >= 0
        assert node.in_flight >= 0
        cores = node.cores
        assert cores._idle_cores + len(cores._running) == cores._cores
        queued = sum(not job.gone for queue in (*cores._queues, cores._ready) for job in queue)
        assert cores._waiting == queued
        assert 0 <= sum(cores._idle_workers) <= cores._workers
    if all(not flow.live for agent in world.agents for flow in agent.flows if flow is not None):
        assert all(node.in_flight == node.in_flight_bytes == 0 for node in world.nodes)
