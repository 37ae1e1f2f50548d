"""The accountings of events and attempts (docs/model.md#both-accountings), asserted by every engine.

They are checked when the books of a run are closed. A figure that does not add up is a defect of an engine:
it raises AccountingError instead of becoming a result.
"""

from collections.abc import Iterator

from wavetank.errors import AccountingError
from wavetank.policy.codes import EVENT_STREAMS, Stream
from wavetank.results.requests import Outcome, fates
from wavetank.results.tally import Tally


def imbalances(tally: Tally, went_on: bool = False) -> Iterator[str]:
    """Return every equation that does not hold, in words with its figures.

    `went_on`: the run went on after its books were closed, and its series hold more than they do.
    """
    yield from _events(tally, went_on)
    yield from _attempts(tally)
    yield from _requests(tally)
    yield from _latencies(tally)
    yield from _nodes(tally)


def check(tally: Tally, went_on: bool = False) -> None:
    """Raise AccountingError naming every imbalance (see `imbalances`); return if there is none."""
    wrong = list(imbalances(tally, went_on))
    if wrong:
        raise AccountingError("; ".join(wrong))


def _events(tally: Tally, went_on: bool) -> Iterator[str]:
    for stream, events in zip(EVENT_STREAMS, tally.events, strict=True):
        dropped = sum(events.dropped)
        if events.produced + events.carried_in != events.delivered + dropped + events.queued:
            yield (
                f"{stream.name.lower()} events: produced {events.produced} + carried in {events.carried_in} "
                f"is not delivered {events.delivered} + dropped {dropped} + queued {events.queued}"
            )
        if min(events.delivered, events.queued, *events.dropped) < 0:
            yield f"{stream.name.lower()} events: a count below zero in {events}"
    if tally.series.carried_in != sum(events.carried_in for events in tally.events):
        yield f"series: {tally.series.carried_in} events carried in are not those of the streams"
    for name, per_bin, total in (
        ("delivered", tally.series.delivered, sum(e.delivered for e in tally.events)),
        ("dropped", tally.series.dropped, sum(sum(e.dropped) for e in tally.events)),
    ):
        if sum(per_bin) < total or (sum(per_bin) > total and not went_on):
            yield f"series {name}: the bins add up to {sum(per_bin)}, the run to {total}"


def _attempts(tally: Tally) -> Iterator[str]:
    for stream in Stream:
        fates = {
            "ok": tally.ok[stream],
            "rejected": tally.rejected[stream],
            "timed out": tally.timed_out[stream],
            "lost": tally.lost[stream],
            "open": tally.open[stream],
        }
        if tally.issued[stream] + tally.carried_in[stream] != sum(fates.values()):
            parts = " + ".join(f"{name} {count}" for name, count in fates.items())
            begun = f"issued {tally.issued[stream]} + carried in {tally.carried_in[stream]}"
            yield f"{stream.name.lower()} requests: {begun} is not {parts}"
        if min(fates.values()) < 0:
            yield f"{stream.name.lower()} requests: a count below zero in {fates}"


def _requests(tally: Tally) -> Iterator[str]:
    if tally.requests is None:
        return
    counted = (tally.ok, tally.rejected, tally.timed_out, tally.lost, tally.open)
    for stream, logged in zip(Stream, fates(tally.requests), strict=True):
        for outcome in Outcome:
            if logged[outcome] != counted[outcome][stream]:
                yield (
                    f"{stream.name.lower()} requests {outcome.name.lower().replace('_', ' ')}: "
                    f"{logged[outcome]} in the log, {counted[outcome][stream]} counted"
                )


def _latencies(tally: Tally) -> Iterator[str]:
    for index, of_class in enumerate(tally.event_latency):
        for stream, latency in zip(EVENT_STREAMS, of_class, strict=True):
            where = f"{stream.name.lower()} latency of class {index}"
            if latency.histogram.count != latency.delivered:
                yield f"{where}: {latency.histogram.count} deposits for {latency.delivered} deliveries"
            if latency.delivered > latency.created:
                yield f"{where}: delivered {latency.delivered} of {latency.created} created"
    yield from _windows(tally)
    if tally.wait_waited > tally.wait_jobs:
        yield f"server wait: {tally.wait_waited} of {tally.wait_jobs} jobs waited"


def _nodes(tally: Tally) -> Iterator[str]:
    """Refusals and connections of several nodes add up to those of the run."""
    if not tally.node_requests or not tally.measures("node_rejected_total.0"):
        return
    refused, total = sum(tally.node_rejected), sum(tally.causes)
    if refused != total:
        yield f"rejections: the nodes add up to {refused}, the causes to {total}"
    held_ns, all_ns = sum(tally.node_connections_area_ns), tally.connections_area_ns
    if held_ns != all_ns:
        yield f"connections: the nodes held them for {held_ns} ns in all, the run for {all_ns}"


def _windows(tally: Tally) -> Iterator[str]:
    """The windows hold every event and command whose latency counts exactly once."""
    if not tally.windows:
        return
    for index, of_class in enumerate(tally.event_latency):
        for place, latency in enumerate(of_class):
            parts = [window.event_latency[index][place] for window in tally.windows]
            for name in ("created", "delivered", "sum_ns"):
                total, summed = getattr(latency, name), sum(getattr(part, name) for part in parts)
                if summed != total:
                    where = f"{EVENT_STREAMS[place].name.lower()} latency of class {index}"
                    yield f"{where}: {summed} {name} in the windows, {total} in the run"
    due = sum(window.commands_due for window in tally.windows)
    if due != tally.commands_due:
        yield f"command latency: {due} due in the windows, {tally.commands_due} in the run"
