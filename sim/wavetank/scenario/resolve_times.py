"""Times that follow from a scenario: the bins of its series and the tail that latency leaves out."""

from collections.abc import Iterator

from wavetank.policy.codes import EVENT_STREAMS, Channel, ProcessKind, Stream
from wavetank.policy.laws import mean_of
from wavetank.scenario.resolved import Batching, Commands, FleetClass, Heartbeat, Retry

SAMPLE_BINS = 10
"""Counting all events created takes a look at each agent: every tenth bin is enough for a curve."""


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
    window_ns: int,
    classes: tuple[FleetClass, ...],
    batching: tuple[Batching, Batching],
    retry: tuple[Retry, ...],
    channels: tuple[Commands, Heartbeat],
    empirical: tuple[int, ...],
) -> int:
    """How long before the end events and commands stop to count for latency: they could not arrive any more.

    The longest wait to be sent and pause, and the request time-out, of the streams that have events and of
    the commands' channel; a tenth of the `window_ns` after the warm-up where there is no time-out (what is
    in service at the end would count as lost), and at most a third of it.
    """
    waits = []
    for index in _used(classes):
        wait_ns = _waits_ns(batching[index], classes, index, empirical)
        waits.append((wait_ns + batching[index].pause_after_ns, EVENT_STREAMS[index]))
    commands, heartbeat = channels
    if commands.source.kind != ProcessKind.NONE:
        by_poll = (commands.period_ns + commands.pause_after_ns, Stream.COMMANDS)
        by_beat = (heartbeat.period_ns + heartbeat.jitter_ns, Stream.HEARTBEAT)
        waits.append(by_beat if commands.channel == Channel.PIGGYBACK else by_poll)
    tails = [wait_ns + (retry[stream].timeout_ns or window_ns // 10) for wait_ns, stream in waits]
    return min(max(tails, default=0), window_ns // 3)


def _waits_ns(
    rules: Batching, classes: tuple[FleetClass, ...], index: int, empirical: tuple[int, ...]
) -> int:
    """How long an event may wait to be sent: the age, or without one twice the mean time to fill a batch."""
    if rules.age_ns or not (rules.count or rules.bytes):
        return rules.age_ns
    longest_ns = 0.0
    for kind in classes:
        source = (kind.stateless, kind.stateful)[index]
        if source.kind in (ProcessKind.NONE, ProcessKind.CLOSED) or not source.rate_per_s:
            continue
        size = mean_of(source.size, empirical)
        fills = [float(rules.count)] if rules.count else []
        if rules.bytes and size:
            fills.append(rules.bytes / size)
        longest_ns = max(longest_ns, 2e9 * max(0.0, min(fills, default=1.0) - 1) / source.rate_per_s)
    return int(min(longest_ns, 2.0**61))


def _used(classes: tuple[FleetClass, ...]) -> Iterator[int]:
    """0 and 1: the event streams on which any class has events."""
    for index in (0, 1):
        if any((kind.stateless, kind.stateful)[index].kind != ProcessKind.NONE for kind in classes):
            yield index
