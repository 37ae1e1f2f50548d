"""Checks how long an outage the retries and the buffers of a fleet survive.

Closed forms and samples of the backoff laws, no simulation. Retries that end give up events after so long
an outage; a buffer that is full drops them.
"""

from collections.abc import Iterator
from math import ceil, inf
from typing import NamedTuple

from wavetank.policy.backoff import wait
from wavetank.policy.codes import FaultKind, ProcessKind, Stream
from wavetank.policy.keyed import draw
from wavetank.scenario.resolved import Resolved, Retry
from wavetank.studies.finding import Finding, Remedy, fact, warning
from wavetank.studies.flows import SECOND, event_rate
from wavetank.studies.formatting import duration
from wavetank.studies.pasting import line

_MOST_BITS = (1 << 64) - 1
"""The keyed bits of the longest wait that a backoff may draw."""
RARE = 100
"""One batch in so many is lost in the shortest outage that the check speaks of."""
MOST_REQUESTS = 2_000
"""The shortest hundredth of so many requests, 20 of them, is known to a few percent."""
WAITS = 20_000
"""So many waits are drawn in all: some 50 ms."""

ROOMY = 2
"""Not every agent is average: a proposed buffer holds twice the events of one that is."""

AWAY = (FaultKind.NODE_RESTART, FaultKind.NODE_LOSS)


class Survived(NamedTuple):
    """An outage that requests survive, in s: one in a hundred is lost from `least` on, all from `most` on."""

    least: float
    most: float


def findings(resolved: Resolved) -> Iterator[Finding]:
    """Say from which outage on stateless events are lost. It is a warning if a fault lasts as long."""
    if not _makes_events(resolved):
        return
    retry, outage_s = resolved.retry[Stream.STATELESS], longest_outage_s(resolved)
    if retry.attempts:
        yield _given_up(retry, survived(retry, _silent(resolved)), outage_s)
    buffer_s = buffered_s(resolved)
    if buffer_s < inf:
        yield _overflowing(resolved, buffer_s, outage_s)


def _given_up(retry: Retry, times: Survived, outage_s: float) -> Finding:
    tried = f"{retry.attempts} attempts" if retry.attempts > 1 else "one attempt"
    text = f"A batch is dropped after {tried}: events are lost from {duration(times.least)} of outage on"
    if times.most > times.least:
        text += f" (one batch in {RARE}; all that it meets from {duration(times.most)} on)"
    if outage_s <= times.least:
        return fact("retry.stateless.attempts", f"{text}.", least_s=times.least, most_s=times.most)
    mended = "retry.stateless.attempts = 0 repeats until the server is back"
    figures = (("least_s", times.least), ("most_s", times.most), ("outage_s", outage_s))
    return warning(
        "retry.stateless.attempts",
        f"{text}, and a fault lasts {duration(outage_s)}. {mended}.",
        Remedy(
            line("retry.stateless.attempts", 0), "events_dropped", (), ("retry.stateless.backoff",), figures
        ),
    )


def _overflowing(resolved: Resolved, buffer_s: float, outage_s: float) -> Finding:
    text = f"A buffer is full after {duration(buffer_s)} of outage on average, then events are dropped"
    if outage_s <= buffer_s:
        return fact("batching.stateless.buffer_events", f"{text}.", full_s=buffer_s)
    needed = ceil(resolved.batching[0].buffer_events * outage_s / buffer_s)
    mended = f"buffer_events = {needed} holds those of an average agent"
    fix = line("batching.stateless.buffer_events", ROOMY * needed)
    return warning(
        "batching.stateless.buffer_events",
        f"{text}; a fault lasts {duration(outage_s)}. {mended}.",
        Remedy(fix, "events_dropped", figures=(("full_s", buffer_s), ("outage_s", outage_s))),
    )


def _silent(resolved: Resolved) -> bool:
    """Whether requests to a server that is away get no answer, rather than a reset."""
    return any(fault.kind == FaultKind.NODE_LOSS for fault in resolved.faults)


def survived(retry: Retry, silent: bool) -> Survived:
    """Return the time from a request's first attempt to the end of its last one, while every one fails.

    Attempts fail at once, or after their time-out in a `silent` outage (inf without a time-out).
    """
    if not retry.attempts:
        return Survived(inf, inf)
    hanging_ns = (retry.timeout_ns or inf) * retry.attempts if silent else 0
    waits = retry.attempts - 1
    requests = max(1, min(MOST_REQUESTS, WAITS // max(1, waits)))
    drawn = sorted(
        _waits_ns(retry, [(draw(i, 2 * n, 0), draw(i, 2 * n + 1, 0)) for n in range(waits)])
        for i in range(requests)
    )
    longest_ns = _waits_ns(retry, [(_MOST_BITS, _MOST_BITS)] * waits)
    return Survived((hanging_ns + drawn[requests // RARE]) / SECOND, (hanging_ns + longest_ns) / SECOND)


def _waits_ns(retry: Retry, draws: list[tuple[int, int]]) -> int:
    """The sum of a request's waits for these draws of the backoff and of its jitter."""
    total_ns = previous_ns = 0
    for n, (bits, jitter_bits) in enumerate(draws):
        previous_ns = wait(retry.backoff, n, previous_ns, bits, jitter_bits)
        total_ns += previous_ns
    return total_ns


def buffered_s(resolved: Resolved) -> float:
    """Return how long the buffer of the busiest class takes to fill, in s (inf: unlimited)."""
    room = resolved.batching[0].buffer_events
    open_sources = [kind.stateless for kind in resolved.classes if kind.stateless.kind != ProcessKind.CLOSED]
    starts_ns = {start_ns for source in open_sources for start_ns in source.starts_ns}
    rates = [event_rate(resolved, source, at_ns) for source in open_sources for at_ns in starts_ns]
    busiest = max(rates, default=0.0)
    return room / busiest if room and busiest else inf


def longest_outage_s(resolved: Resolved) -> float:
    """Return how long the longest fault leaves no node at all, in s; 0 without such a fault."""
    nodes = resolved.server.nodes
    away = [
        fault.lasts_ns for fault in resolved.faults if fault.kind in AWAY and (fault.node < 0 or nodes == 1)
    ]
    return max(away, default=0) / SECOND


def _makes_events(resolved: Resolved) -> bool:
    return any(kind.stateless.kind != ProcessKind.NONE for kind in resolved.classes)
