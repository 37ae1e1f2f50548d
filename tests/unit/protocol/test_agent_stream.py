import pytest

from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.agent_stream import ENVELOPE_BYTES, AgentStream, payload_bytes
from wavetank.protocol.in_memory import MemoryEvents
from wavetank.protocol.wire import BODY_MOST_BYTES, size_of
from wavetank.scenario import loads
from wavetank.units import SECOND


def stream_of(rules: str) -> tuple[AgentStream, MemoryEvents]:
    """An empty stateful stream with these rules of batching, and its events."""
    resolved = loads(f"batching.stateful = {{ {rules} }}").resolve()
    events = MemoryEvents()
    batching = resolved.batching[Stream.STATEFUL - Stream.STATELESS]
    return AgentStream(Stream.STATEFUL, resolved.retry[Stream.STATEFUL], batching, events), events


def put(events: MemoryEvents, *texts: str) -> None:
    """Accept an event per second, from 1 s on."""
    for number, text in enumerate(texts, 1):
        events.put(text, number * SECOND)


def batch(stream: AgentStream) -> list[str]:
    """The data of the next batch."""
    exchange = stream.begin()
    assert stream.fill(exchange, 0)
    return [data for _, data in stream.rows(exchange)]


def test_empty_stream_and_stream_without_events_are_never_due() -> None:
    stream, _ = stream_of("count = 2")
    assert stream.due_ns() == NEVER
    assert AgentStream(Stream.LOGIN, stream.retry).due_ns() == NEVER


def test_a_full_batch_is_due_since_its_oldest_event_and_others_at_their_age() -> None:
    stream, events = stream_of('count = 3, age = "10s"')
    put(events, "a", "b")
    assert stream.due_ns() == 11 * SECOND
    put(events, "c")
    assert stream.due_ns() == 1 * SECOND


def test_a_pause_holds_a_full_batch_back() -> None:
    stream, events = stream_of("count = 1")
    put(events, "a")
    stream.pause_end_ns = 5 * SECOND
    assert stream.due_ns() == 5 * SECOND


def test_nothing_is_due_with_the_limit_in_flight_or_a_request_that_waits_to_be_sent() -> None:
    stream, events = stream_of("count = 1, max_in_flight = 2")
    put(events, "a")
    first = stream.begin()
    assert stream.due_ns() == SECOND
    stream.begin()
    assert stream.due_ns() == NEVER
    stream.live.remove(first)
    stream.unsent = first
    assert stream.due_ns() == NEVER


def test_bytes_count_the_text_of_events_and_each_is_looked_at_once() -> None:
    stream, events = stream_of('bytes = "10B", age = "1h"')
    put(events, "12345")
    assert stream.due_ns() == 3601 * SECOND
    put(events, "1234")
    assert stream.due_ns() == 3601 * SECOND, "nine bytes"
    looked: list[tuple[int, int]] = []
    rows = events.rows
    events.rows = lambda first, end: looked.append((first, end)) or rows(first, end)  # type: ignore
    put(events, "1")
    assert stream.due_ns() == 1 * SECOND
    assert looked == [(2, 3)]


def test_events_given_back_are_counted_from_their_first_again() -> None:
    stream, events = stream_of('bytes = "10B", age = "1h", max_in_flight = 0')
    put(events, "12345", "12345", "123")
    exchange = stream.begin()
    assert stream.fill(exchange, 0)
    assert exchange.ranges == ((0, 2),)
    assert stream.due_ns() == 3603 * SECOND, "three bytes, and the age counts from the event"
    events.outbox.give_back(exchange.ranges)
    assert stream.due_ns() == 1 * SECOND


@pytest.mark.parametrize(
    ("rules", "taught", "sizes"),
    [
        ("count = 2", 0, [2, 2, 1]),
        ('bytes = "7B"', 0, [2, 2, 1]),
        ('bytes = "1B"', 0, [1, 1, 1, 1, 1]),
        ('age = "1s"', 0, [5]),
        ('age = "1s"', 3, [3, 2]),
        ("count = 2", 3, [2, 2, 1]),
    ],
)
def test_batches_keep_to_the_least_of_count_bytes_and_what_a_413_taught(
    rules: str, taught: int, sizes: list[int]
) -> None:
    stream, events = stream_of(rules)
    stream.most_events = taught
    put(events, "abc", "abc", "abc", "abc", "abc")
    assert [len(batch(stream)) for _ in sizes] == sizes
    assert not stream.fill(stream.begin(), 0)


def test_a_taught_cap_makes_a_batch_full() -> None:
    stream, events = stream_of('count = 9, age = "1h"')
    put(events, "a", "b")
    stream.most_events = 2
    assert stream.due_ns() == 1 * SECOND


def test_no_body_is_longer_than_a_server_takes() -> None:
    stream, events = stream_of('age = "1s"')
    text = "x" * (BODY_MOST_BYTES // 3)
    put(events, text, text, text, text)
    taken = batch(stream)
    assert len(taken) == 2
    assert ENVELOPE_BYTES + sum(size_of(data) for data in taken) <= BODY_MOST_BYTES


def test_a_batch_sets_the_age_back_and_requests_are_numbered() -> None:
    stream, events = stream_of("count = 1")
    put(events, "a", "b")
    for number in (0, 1):
        stream.unsent = exchange = stream.begin()
        assert exchange.request == number
        assert stream.fill(exchange, 7 + number)
        assert stream.unsent is None
        assert stream.since_ns == 7 + number


def test_payload_is_the_text_without_its_quotes() -> None:
    assert payload_bytes('"abc"') == 3
