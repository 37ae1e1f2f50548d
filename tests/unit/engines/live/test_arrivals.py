import pytest

from tests.unit.engines.live.cases import few
from wavetank.engines.live.arrivals import Arrivals
from wavetank.engines.live.measure import Measure
from wavetank.engines.reference import run
from wavetank.policy.codes import DropCause, Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.agent_stream import AgentStream, payload_bytes
from wavetank.protocol.generator import Generator
from wavetank.scenario.resolved import Resolved

S = 1_000_000_000
ORIGIN = 77 * S


def arrivals(resolved: Resolved, stream: Stream = Stream.STATELESS, agent: int = 0) -> Arrivals:
    measure = Measure(resolved)
    measure.origin_ns = ORIGIN
    (class_index, kind), *_ = [
        (n, kind) for n, kind in enumerate(resolved.classes) if kind.first <= agent < kind.first + kind.agents
    ]
    source = kind.stateless if stream == Stream.STATELESS else kind.stateful
    return Arrivals(resolved, agent, class_index, stream, source, measure)


def flow_of(events: Arrivals, resolved: Resolved) -> AgentStream:
    stream = events.stream
    return AgentStream(stream, resolved.retry[stream], resolved.batching[stream - Stream.STATELESS], events)


@pytest.mark.parametrize("stream", [Stream.STATELESS, Stream.STATEFUL])
def test_events_are_those_of_the_simulator(stream: Stream) -> None:
    """In number the simulator's, in time and size those that the runnable agent generates."""
    resolved = few().resolve()
    produced = run(resolved).events[stream - Stream.STATELESS].produced
    each = [
        arrivals(resolved, stream, agent) for agent in range(12) if stream == Stream.STATELESS or agent < 9
    ]
    assert sum(arrivals_of_stream.created(resolved.duration_ns) for arrivals_of_stream in each) == produced
    events = each[0]
    source = resolved.classes[0].stateless if stream == Stream.STATELESS else resolved.classes[0].stateful
    generated = Generator(source, resolved.seed, 0, stream, resolved.empirical)
    for index, (number, data) in enumerate(events.rows(0, events.created(resolved.duration_ns))):
        assert generated.next_ns() == events.time_of(index)
        (text,) = generated.take(resolved.duration_ns, 1)
        assert (number, payload_bytes(data)) == (index, len(text))
        assert data.startswith(f'"{index} ')


def test_nothing_happens_after_the_end() -> None:
    events = arrivals(few().resolve())
    last = events.created(4 * S)
    assert events.created(99 * S) == last
    assert events.time_of(last) == NEVER
    events.admit(ORIGIN + 99 * S)
    assert (events.outbox.seen, events.outbox.held) == (last, last)


def test_a_small_event_still_says_which_it_is() -> None:
    events = arrivals(few().resolve(), agent=10)
    assert [data for _, data in events.rows(9, 11)] == ['"9 "', '"10 "']


def test_what_flows_over_is_counted() -> None:
    resolved = few("batching.stateless.buffer_events=2").resolve()
    events = arrivals(resolved)
    events.admit(ORIGIN + 4 * S)
    lost = events.created(4 * S) - 2
    assert lost > 0
    assert sum(end - first for first, end in events.given_up) == lost
    measure = events._measure
    assert measure.tally.events[0].dropped[DropCause.OVERFLOW] == sum(measure.tally.series.dropped) == lost


def test_it_looks_when_an_event_may_make_a_batch_due() -> None:
    """At the first event; at the third, which fills a stateful batch; never while one is in flight."""
    resolved = few("batching.stateful.age=1h").resolve()
    events = arrivals(resolved, Stream.STATEFUL)
    flow = flow_of(events, resolved)
    first, third = events.time_of(0), events.time_of(2)
    assert events.look_ns(flow, NEVER) == ORIGIN + first
    assert events.look_ns(flow, ORIGIN + first - 1) == NEVER
    events.admit(ORIGIN + first)
    assert events.look_ns(flow, NEVER) == ORIGIN + third
    assert events.look_ns(flow, ORIGIN + third) == ORIGIN + third
    assert events.look_ns(flow, ORIGIN + third - 1) == NEVER
    flow.begin()
    assert events.look_ns(flow, NEVER) == NEVER


def test_bytes_of_random_sizes_are_looked_at_one_by_one() -> None:
    changes = ("batching.stateful={bytes='1kB', age='1h'}",)
    resolved = few(*changes).resolve()
    events = arrivals(resolved, Stream.STATEFUL)
    events.admit(ORIGIN + events.time_of(0))
    assert events.look_ns(flow_of(events, resolved), NEVER) == ORIGIN + events.time_of(1)


def test_who_begins_late_has_fewer() -> None:
    events = arrivals(few().resolve())
    events.begin_at(2 * S)
    events.admit(ORIGIN + 4 * S)
    assert events.outbox.held == events.created(4 * S) - events.created(2 * S - 1)
