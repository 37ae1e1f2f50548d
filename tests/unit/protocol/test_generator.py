from wavetank.policy.arrivals import Source
from wavetank.policy.codes import Stream
from wavetank.policy.rate_map import NEVER
from wavetank.protocol.generator import Generator
from wavetank.scenario import loads
from wavetank.units import SECOND

ONE_A_SECOND = '{ rate = "1/s", process = "constant", phase = "500ms", size = "20B" }'
POISSON = '{ rate = "2/s", size = { law = "exponential", mean = "50B" } }'


def generator(stream: str, made: int = 0, agent: int = 0) -> Generator:
    resolved = loads(f'[[fleet.class]]\nname = "a"\nstateful = {stream}').resolve()
    source: Source = resolved.classes[0].stateful
    return Generator(source, resolved.seed, agent, Stream.STATEFUL, (), made)


def test_events_come_when_they_are_due_with_their_number_and_size() -> None:
    events = generator(ONE_A_SECOND)
    assert (events.elapsed_ns(), events.next_ns()) == (0, SECOND // 2)
    assert events.take(SECOND // 2 - 1, 9) == []
    texts = events.take(3 * SECOND, 9)
    assert texts == [f"event {number} ............" for number in range(3)]
    assert {len(text) for text in texts} == {20}
    assert (events.elapsed_ns(), events.next_ns()) == (2_500_000_000, 3_500_000_000)


def test_at_most_so_many_are_taken_and_the_others_later() -> None:
    events = generator(ONE_A_SECOND)
    assert [len(events.take(10 * SECOND, 4)) for _ in range(4)] == [4, 4, 2, 0]


def test_a_generator_that_goes_on_sends_what_the_first_would_have_sent() -> None:
    whole = generator(POISSON).take(60 * SECOND, 1_000)
    first = generator(POISSON)
    begun = first.take(20 * SECOND, 1_000)
    later = generator(POISSON, made=len(begun))
    assert 0 < len(begun) < len(whole)
    assert later.elapsed_ns() == first.elapsed_ns() <= 20 * SECOND < later.next_ns()
    assert begun + later.take(60 * SECOND, 1_000) == whole
    assert generator(POISSON, agent=1).take(60 * SECOND, 1_000) != whole


def test_a_stream_without_events_has_no_next() -> None:
    assert generator('{ rate = "0/s" }').next_ns() == NEVER
