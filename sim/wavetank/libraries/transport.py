"""Measure the cost of a request at both ends: a library and the baseline in turns, case by case."""

import time
from collections.abc import Collection, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from wavetank.libraries.cases import BATCHES, EVENT_BYTES, REQUESTS, Case, Pair, Rig
from wavetank.libraries.conversation import Line
from wavetank.libraries.measured import Idle, Latency, Row, Spread
from wavetank.libraries.noise import Turn, busy_now, others_share, repeated
from wavetank.libraries.probes import ProbeProblem

SLICES = 4
"""A repetition is made in so many parts, in turns with the baseline."""
RATE_PER_S = 200.0
"""Meant to lie below the capacity of every library, so that latencies are not those of a queue."""

PACED = 200
"""One second at that rate: the 99th percentile has two requests above it."""

HELD = 200
"""Enough connections that their memory stands out from the process's own."""

COUNTED = {"keep-alive": 20, "stream": 20, "new": 10}
"""Requests whose bytes are counted."""


class Cost(NamedTuple):
    """CPU time per request in microseconds, and how long both ends waited for a core."""

    client_us: float
    server_us: float
    waited_us: float


class Found(NamedTuple):
    """One repetition of a case."""

    baseline: Cost
    library: Cost


class Outcome(NamedTuple):
    """A case measured: rows of baseline and library, the share that others took, repetitions left out."""

    baseline: Row
    library: Row
    others: float
    left_out: int


def measure_tls(
    pair: Pair, baseline: Pair, tls: str, rig: Rig, only: Collection[Case] | None = None
) -> Iterator[tuple[Case, Outcome]]:
    """All cases of one way to secure connections, or `only` some. Raises ProbeProblem, TooBusy."""
    raw = "full" if tls == "curve" else tls
    with (
        Line(pair.client, pair.server, tls, rig.prefix, rig.folder, pair.words) as line,
        Line(baseline.client, baseline.server, raw, rig.prefix, rig.folder) as base,
    ):
        for case in pair.cases(tls) if only is None else only:
            yield case, _measure(case, line, base, pair, baseline, rig)
        for each in (line, base):
            each.settle()


def _measure(case: Case, line: Line, base: Line, pair: Pair, baseline: Pair, rig: Rig) -> Outcome:
    raw, _ = baseline.nearest(case)
    requests = REQUESTS[case.connection] // SLICES
    for each, connection in ((line, case.connection), (base, raw)):
        each.ask(connection, max(3, requests // 4), case.events)

    def turn() -> Turn[Found]:
        before, own_s = busy_now(), 0.0
        costs: list[list[Cost]] = [[], []]
        for _ in range(SLICES):
            for kept, each, connection in zip(costs, (base, line), (raw, case.connection), strict=True):
                cost = _ask(each, connection, requests, case)
                own_s += (cost.client_us + cost.server_us) * requests / 1e6
                kept.append(cost)
        mean = Found(*map(_mean, costs))
        others = others_share(before, busy_now(), own_s)
        return Turn(mean.baseline.client_us + mean.baseline.server_us, mean, _waited(mean.baseline), others)

    turns, left_out = repeated(f"{pair.client.id} ({case})", rig.repetitions, turn)
    both = [done.found for done in turns]
    latencies = _latencies(case, (base, line), rig)
    return Outcome(
        _row(case, baseline, [paid.baseline for paid in both], latencies[0], _bytes(case, baseline, rig)),
        _row(case, pair, [paid.library for paid in both], latencies[1], _bytes(case, pair, rig)),
        sum(done.others for done in turns) / len(turns),
        left_out,
    )


def _ask(line: Line, command: str, requests: int, case: Case) -> Cost:
    before = line.used()
    answer = line.ask(command, requests, case.events)
    after = line.used()
    if case.tls == "resumed" and answer.get("resumed") != requests:
        raise ProbeProblem(f"only {answer.get('resumed')} of {requests} handshakes resumed a session")
    used = [now.since(then) for now, then in zip(after, before, strict=True)]
    client_us, server_us = (usage.cpu_ns / 1e3 / requests for usage in used)
    return Cost(client_us, server_us, sum(usage.waited_ns for usage in used) / 1e3 / requests)


def _mean(costs: Sequence[Cost]) -> Cost:
    return Cost(*(sum(values) / len(costs) for values in zip(*costs, strict=True)))


def _waited(baseline: Cost) -> float:
    """Of the baseline alone: the threads of a library may wait for one another."""
    return baseline.waited_us / (baseline.waited_us + baseline.client_us + baseline.server_us)


def _latencies(case: Case, lines: tuple[Line, Line], rig: Rig) -> list[Latency | None]:
    """Latency at a fixed rate, of kept connections with the larger batch; baseline and library in turns."""
    if case.connection != "keep-alive" or case.events != BATCHES[0]:
        return [None, None]
    kept_us: tuple[list[list[float]], ...] = ([], [])
    for _ in range(rig.repetitions):
        for kept, line in zip(kept_us, lines, strict=True):
            kept.append(sorted(line.ask("rate", PACED, case.events, RATE_PER_S)["latencies_us"]))
    return [
        Latency(
            rate_per_s=RATE_PER_S,
            p50_us=spread([waits_us[len(waits_us) // 2] for waits_us in kept]),
            p99_us=spread([waits_us[int(len(waits_us) * 0.99)] for waits_us in kept]),
        )
        for kept in kept_us
    ]


def _bytes(case: Case, pair: Pair, rig: Rig) -> tuple[float, float]:
    """Bytes of a request, up and down, in packets of Ethernet's size; 0 where they were not counted."""
    if not rig.ethernet or rig.ethernet.problem:
        return 0.0, 0.0
    connection, tls = pair.nearest(case)
    with Line(pair.client, pair.server, tls, rig.ethernet.prefix, rig.folder, pair.words) as line:
        line.ask(connection, 3, case.events)
        rig.ethernet.count(line.port)
        line.ask(connection, COUNTED[connection], case.events)
        up, down = rig.ethernet.stop()
    return round(up / COUNTED[connection], 1), round(down / COUNTED[connection], 1)


def spread(values: Sequence[float]) -> Spread:
    """Median, least and greatest, to a tenth of a microsecond."""
    middle, low, high = (round(value, 1) for value in (median(values), min(values), max(values)))
    return Spread(median=middle, low=low, high=high)


def _row(
    case: Case,
    pair: Pair,
    costs: Sequence[Cost],
    latency: Latency | None,
    sizes: tuple[float, float],
) -> Row:
    connection, tls = pair.nearest(case)
    return Row(
        protocol=pair.protocol(connection),
        connection=connection,
        tls=tls,
        batch_events=case.events,
        event_bytes=EVENT_BYTES,
        client=pair.client.id,
        server=pair.server.id,
        repetitions=len(costs),
        requests=REQUESTS[case.connection],
        client_cpu_us=spread([cost.client_us for cost in costs]),
        server_cpu_us=spread([cost.server_us for cost in costs]),
        bytes_up=sizes[0],
        bytes_down=sizes[1],
        latency=latency,
    )


def measure_idle(pair: Pair, tls: str, rig: Rig) -> Idle:
    """Memory of idle connections that each had one event acknowledged. Raises ProbeProblem."""
    grown = []
    for _ in range(rig.repetitions):
        with Line(pair.client, pair.server, tls, rig.prefix, rig.folder, pair.words) as line:
            line.ask("hold", 3, 1)
            before = (line.client.memory_bytes(), line.server.memory_bytes())
            line.ask("hold", HELD, 1)
            time.sleep(0.1)
            after = (line.client.memory_bytes(), line.server.memory_bytes())
            grown.append((after[0] - before[0], after[1] - before[1], before[1]))
    client, server, base = (median(values) for values in zip(*grown, strict=True))
    return Idle(
        protocol=pair.protocol("keep-alive"),
        tls=tls,
        connections=HELD,
        client=pair.client.id,
        server=pair.server.id,
        client_bytes=max(0, round(client / HELD)),
        server_bytes=max(0, round(server / HELD)),
        server_base_bytes=base,
    )
