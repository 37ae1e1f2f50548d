"""Subjects of the timings. Each function does its work once and returns (how many, CPU seconds)."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from wavetank.engines.reference import run
from wavetank.policy.arrivals import Source, count, time_of
from wavetank.policy.keyed import draw, key_of
from wavetank.results.histogram import Histogram
from wavetank.scenario import load
from wavetank.scenario.resolved import Resolved

Measured = tuple[int, float]
FLUSH_NS = 11_000_000_000


def timed(work: Callable[[], int]) -> Measured:
    """(what `work` returns, the CPU time it took)."""
    begun_s = time.process_time()
    done = work()
    return done, time.process_time() - begun_s


def scenario(name: str, agents: int, minutes: float) -> Resolved:
    """A scenario of the catalogue, cut to size."""
    return load(name, sets=(f"fleet.agents={agents}", f"duration={round(minutes * 60)}s")).resolve()


def engine(resolved: Resolved) -> Measured:
    """A run of the reference engine: requests of all kinds (attempts issued)."""
    return timed(lambda: sum(run(resolved).issued))


# ---- memory --------------------------------------------------------------------------------------


def bytes_per_agent(few: int, many: int, minutes: float) -> float:
    """Bytes that each agent beyond `few` adds to the peak memory of a run in a process of its own."""
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.subjects", str(agents), str(minutes)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for agents in (few, many)
    ]
    least, most = (int(child.communicate()[0]) for child in children)
    return (most - least) / (many - few)


def peak_bytes(agents: int, minutes: float) -> int:
    """The most memory this process has taken when it has run wazuh-60."""
    run(scenario("wazuh-60", agents, minutes))
    # not getrusage: what it says of a process begins with the memory of the one that started it
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (most_kib,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(most_kib) * 1024


# ---- policies and histograms ---------------------------------------------------------------------


def draws(calls: int) -> Measured:
    """A key and a draw under it."""

    def work() -> int:
        for request in range(calls):
            draw(key_of(1, request, 2, 17), request, 0)
        return calls

    return timed(work)


def counts(source: Source, calls: int) -> Measured:
    """How many events there are until the next flush, flush after flush."""
    key = key_of(1, 0, 2, 0)

    def work() -> int:
        page = before = 0
        for flush in range(calls):
            page, before, _ = count(source, key, page, before, flush * FLUSH_NS)
        return calls

    return timed(work)


def times(source: Source, calls: int) -> Measured:
    """When the next event is, event after event."""
    key = key_of(1, 0, 2, 0)

    def work() -> int:
        page = before = 0
        for index in range(calls):
            page, before, _ = time_of(source, key, page, before, index)
        return calls

    return timed(work)


def additions(calls: int) -> Measured:
    """Single values into a histogram."""
    histogram = Histogram()

    def work() -> int:
        for value_ns in range(1_000_000, 1_000_000 + calls):
            histogram.add(value_ns)
        return calls

    return timed(work)


def ramps(calls: int) -> Measured:
    """Batches spread over ten seconds into a histogram."""
    histogram = Histogram()

    def work() -> int:
        for value_ns in range(20_000_000, 20_000_000 + calls):
            histogram.ramp(value_ns, value_ns + 10_000_000_000, 25)
        return calls

    return timed(work)


if __name__ == "__main__":
    print(peak_bytes(int(sys.argv[1]), float(sys.argv[2])))
