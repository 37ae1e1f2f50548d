"""Times that follow from a scenario: the bins of its series and the tail that latency leaves out."""

from collections.abc import Iterator

from wavetank.policy.codes import ProcessKind, Stream
from wavetank.scenario.resolved import Batching, FleetClass, Retry

SAMPLE_BINS = 10
_STREAMS = (Stream.STATELESS, Stream.STATEFUL)


def bins_of(
    duration_ns: int, classes: tuple[FleetClass, ...], batching: tuple[Batching, Batching]
) -> tuple[int, int]:
    """(bin in ns, bins per backlog sample): a sample is one flush period, so that a fleet that flushes in
    step does not alias; from a 200th to a 60th of the run.
    """
    rules = [batching[index] for index in _used(classes)]
    period_ns = max((rule.age_ns + rule.pause_after_ns for rule in rules if rule.age_ns), default=0)
    longest_ns = duration_ns // 60
    period_ns = min(max(period_ns or longest_ns, duration_ns // 200), longest_ns)
    return max(1, period_ns // SAMPLE_BINS), SAMPLE_BINS


def tail_of(
    duration_ns: int,
    warmup_ns: int,
    classes: tuple[FleetClass, ...],
    batching: tuple[Batching, Batching],
    retry: tuple[Retry, ...],
) -> int:
    """How long before the end events stop to count for latency, as they could not arrive any more.

    The longest age + rest + request time-out of the streams that have events; at most a third of what
    lies after the warm-up.
    """
    tails = (
        batching[index].age_ns + batching[index].pause_after_ns + retry[_STREAMS[index]].timeout_ns
        for index in _used(classes)
    )
    return min(max(tails, default=0), (duration_ns - warmup_ns) // 3)


def _used(classes: tuple[FleetClass, ...]) -> Iterator[int]:
    """0 and 1: the event streams on which any class has events."""
    for index in (0, 1):
        if any((kind.stateless, kind.stateful)[index].kind != ProcessKind.NONE for kind in classes):
            yield index
