from collections.abc import Generator, Sequence
from functools import partial

import pytest
from simpy.events import Event

from wavetank.engines.reference.clock import Clock, Instant, Key
from wavetank.errors import Livelock
from wavetank.protocol.order import Kind

MANY = 1_000


def key(kind: Kind, agent: int = 0, stream: int = 0, request: int = 0, attempt: int = 0, leg: int = 0) -> Key:
    return (kind, agent, stream, request, attempt, leg)


ORDERED = (
    key(Kind.SERVER_JOB_DONE, 9, 9, 9, 9, 9),
    key(Kind.ANSWER_ARRIVES, 0, 1),
    key(Kind.ANSWER_ARRIVES, 0, 2, 0, 1),
    key(Kind.ANSWER_ARRIVES, 0, 2, 1, 0),
    key(Kind.ANSWER_ARRIVES, 0, 2, 1, 0, 1),
    key(Kind.ANSWER_ARRIVES, 1),
    key(Kind.FLUSH),
    key(Kind.SAMPLE, -1),
)


@pytest.mark.parametrize(
    "order", [(0, 1, 2, 3, 4, 5, 6, 7), (7, 6, 5, 4, 3, 2, 1, 0), (3, 7, 1, 5, 0, 6, 2, 4)]
)
def test_ties_are_broken_by_the_key_alone(order: Sequence[int]) -> None:
    clock = Clock()
    seen: list[tuple[int, int]] = []

    def note(which: int, _: Event) -> None:
        seen.append((clock.ns, which))

    for index in order:
        clock.call(7, ORDERED[index], partial(note, index))
    clock.run_until(10, MANY)
    assert seen == [(7, index) for index in range(len(ORDERED))]


def test_time_comes_before_the_key() -> None:
    clock, seen = Clock(), []
    clock.call(2, key(Kind.FAULT_BEGINS), lambda _: seen.append(clock.ns))
    clock.call(1, key(Kind.SAMPLE), lambda _: seen.append(clock.ns))
    clock.run_until(10, MANY)
    assert seen == [1, 2]
    assert clock.ns == 10


def test_horizon_is_half_open() -> None:
    clock, seen = Clock(), []
    for at in (9, 10):
        clock.call(at, key(Kind.FLUSH), lambda _: seen.append(clock.ns))
    clock.run_until(10, MANY)
    assert seen == [9]


def test_earlier_kind_pushed_at_the_same_instant_runs_next() -> None:
    clock, seen = Clock(), []

    def push(_: Event) -> None:
        seen.append("flush")
        clock.call(5, key(Kind.SERVER_JOB_DONE), lambda _: seen.append("job"))

    clock.call(5, key(Kind.FLUSH, 0), push)
    clock.call(5, key(Kind.FLUSH, 1), lambda _: seen.append("other flush"))
    clock.run_until(10, MANY)
    assert seen == ["flush", "job", "other flush"]


def test_processes_begin_and_go_on_before_anything_timed() -> None:
    clock, seen = Clock(), []

    def process(name: str) -> Generator[Event, None, None]:
        seen.append(f"{name} begins")
        yield clock.at(5, key(Kind.FAULT_BEGINS), Instant(clock))
        seen.append(f"{name} ends")

    def start(_: Event) -> None:
        clock.process(process("a"))
        clock.process(process("b"))
        seen.append("both made")

    clock.call(5, key(Kind.FLUSH, 0), start)
    clock.call(5, key(Kind.FAULT_ENDS, 1), lambda _: seen.append("fault ends"))
    clock.run_until(10, MANY)
    assert seen == ["fault ends", "both made", "a begins", "b begins", "a ends", "b ends"]


def test_failure_of_a_process_is_raised() -> None:
    clock = Clock()

    def process() -> Generator[Event, None, None]:
        yield clock.at(1, key(Kind.FLUSH), Instant(clock))
        raise ArithmeticError("wrong")

    clock.process(process())
    with pytest.raises(ArithmeticError, match="wrong"):
        clock.run_until(10, MANY)


def test_instant_without_end_is_noticed() -> None:
    clock = Clock()

    def again(_: Event) -> None:
        clock.call(clock.ns, key(Kind.FLUSH), again)

    clock.call(3, key(Kind.FLUSH), again)
    with pytest.raises(Livelock):
        clock.run_until(10, MANY)
