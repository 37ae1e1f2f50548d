"""Speed and memory of wavetank against their bounds.

    python -m tests.benchmarks.run [--quick]

Everything is CPU time (`time.process_time`), the median of three. Exit status 1: a bound is missed, and
says so; --quick takes smaller runs once, to see that all of it works, and judges nothing.
"""

import argparse
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import subjects
from tests.benchmarks.subjects import Measured

LEAST_REQUESTS_PER_S = 10_000
MOST_BYTES_PER_AGENT = 8 * 1024
TIMES_PLAIN = 50
TIMES_REFERENCE = 50
LEAST_OF_A_MILLION = 400_000
BOUNDS = 5


class Size(NamedTuple):
    """How much is run."""

    repeats: int
    agents: int
    minutes: float
    few_agents: int
    many_agents: int
    calls: int
    yardstick_agents: int
    many_yardsticks: int
    fleet: int


FULL = Size(
    repeats=3, agents=1_000, minutes=10, few_agents=1_000, many_agents=5_000, calls=100_000,
    yardstick_agents=10_000, many_yardsticks=1_000_000, fleet=100_000,
)  # fmt: skip
QUICK = Size(
    repeats=1, agents=300, minutes=2, few_agents=500, many_agents=1_500, calls=10_000,
    yardstick_agents=500, many_yardsticks=2_000, fleet=1_000,
)  # fmt: skip


class Row(NamedTuple):
    """One line of the table: what, the figure with its unit, the CPU time of one repeat, the bound."""

    what: str
    figure: str
    cpu_s: float | None = None
    bound: str = ""
    missed: bool = False


def median_of(repeats: int, work: Callable[[], Measured]) -> tuple[float, float]:
    """(how many per CPU-second, CPU seconds): medians."""
    measured = [work() for _ in range(repeats)]
    return (
        statistics.median(done / cpu_s for done, cpu_s in measured),
        statistics.median(cpu_s for _, cpu_s in measured),
    )


def rows(size: Size, judged: bool) -> Iterator[Row]:
    """The table, line by line as it is measured."""
    yield from engine_rows(size, judged)
    yield from yardstick_rows(size)
    yield from compiled_rows(size, judged)
    yield from part_rows(size)


def engine_rows(size: Size, judged: bool) -> Iterator[Row]:
    """The reference engine on wazuh-60."""
    resolved = subjects.scenario("wazuh-60", size.agents, size.minutes)
    rate, cpu_s = median_of(size.repeats, lambda: subjects.engine(resolved))
    what = f"wazuh-60, {size.agents:,} agents, {size.minutes:g} min"
    bound = f"at least {LEAST_REQUESTS_PER_S:,}"
    yield Row(what, f"{rate:,.0f} requests/s", cpu_s, bound, judged and rate < LEAST_REQUESTS_PER_S)
    each = subjects.bytes_per_agent(size.few_agents, size.many_agents, size.minutes)
    what = f"  memory, {size.few_agents:,} to {size.many_agents:,} agents"
    bound = f"at most {MOST_BYTES_PER_AGENT:,}"
    yield Row(what, f"{each:,.0f} bytes/agent", None, bound, judged and each > MOST_BYTES_PER_AGENT)


def yardstick_rows(size: Size) -> Iterator[Row]:
    """The reference engine beside a plain SimPy program."""
    resolved = subjects.scenario("model-m", size.agents, size.minutes)
    rate, cpu_s = median_of(size.repeats, lambda: subjects.engine(resolved))
    yield Row(f"model-m, {size.agents:,} agents, {size.minutes:g} min", f"{rate:,.0f} requests/s", cpu_s)
    plain_rate, cpu_s = median_of(size.repeats, lambda: subjects.plain(resolved))
    yield Row("  as a plain SimPy program", f"{plain_rate:,.0f} requests/s", cpu_s)
    yield Row("  engine : plain", f"{rate / plain_rate:.2f}")


def compiled_rows(size: Size, judged: bool) -> Iterator[Row]:
    """The compiled engine beside the plain SimPy program and beside the reference engine."""
    resolved = subjects.model_m(size.yardstick_agents, 60 * size.minutes)
    brief = resolved._replace(duration_ns=60 * 10**9)
    plain_rate, cpu_s = median_of(size.repeats, lambda: subjects.plain(brief))
    yield Row(f"plain SimPy, model M, {resolved.agents:,} agents", f"{plain_rate:,.0f} requests/s", cpu_s)
    rate, cpu_s = median_of(size.repeats, lambda: subjects.compiled(resolved))
    yield Row(f"compiled, model M, {resolved.agents:,} agents", f"{rate:,.0f} requests/s", cpu_s)
    ratio = rate / plain_rate
    bound = f"at least {TIMES_PLAIN}"
    yield Row("  compiled : plain", f"{ratio:.0f}", None, bound, judged and ratio < TIMES_PLAIN)
    resolved = subjects.model_m(size.many_yardsticks, 20)
    rate, cpu_s = median_of(size.repeats, lambda: subjects.compiled(resolved))
    bound = f"at least {LEAST_OF_A_MILLION:,}"
    what = f"compiled, model M, {resolved.agents:,} agents"
    yield Row(what, f"{rate:,.0f} requests/s", cpu_s, bound, judged and rate < LEAST_OF_A_MILLION)
    few = subjects.scenario("wazuh-60", size.agents, size.minutes)
    slow_rate, _ = median_of(size.repeats, lambda: subjects.engine(few))
    cores = (f"server.cores={size.fleet // 250}", f"server.workers={size.fleet // 250}")
    many = subjects.scenario("wazuh-60", size.fleet, min(2, size.minutes), cores)
    rate, cpu_s = median_of(size.repeats, lambda: subjects.compiled(many))
    yield Row(f"compiled, wazuh-60, {size.fleet:,} agents", f"{rate:,.0f} requests/s", cpu_s)
    what, ratio = f"  to reference at {size.agents:,} agents", rate / slow_rate
    bound = f"at least {TIMES_REFERENCE}"
    yield Row(what, f"{ratio:.0f}", None, bound, judged and ratio < TIMES_REFERENCE)


def part_rows(size: Size) -> Iterator[Row]:
    """Policies and histograms, one call after the other."""
    source = subjects.scenario("wazuh-60", 1_000, 1).classes[0].stateless
    parts: dict[str, Callable[[], Measured]] = {
        "key_of and draw": lambda: subjects.draws(size.calls),
        "count, every 11 s": lambda: subjects.counts(source, size.calls),
        "time_of, every event": lambda: subjects.times(source, size.calls),
        "Histogram.add": lambda: subjects.additions(size.calls),
        "Histogram.ramp": lambda: subjects.ramps(size.calls // 10),
    }
    for what, work in parts.items():
        rate, cpu_s = median_of(size.repeats, work)
        yield Row(what, f"{1e6 / rate:.2f} us/call", cpu_s)


def host() -> str:
    """The machine in one line."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    name = names[0] if names else platform.machine()
    return f"Python {platform.python_version()} on {name}, {os.cpu_count()} cores{load}"


def show(row: Row) -> None:
    """Print one line."""
    cpu = "" if row.cpu_s is None else f"{row.cpu_s:8.2f} s"
    verdict = f"{row.bound}{': MISSED' if row.missed else ''}"
    print(f"{row.what:<36}{row.figure:>22}{cpu:>12}   {verdict}".rstrip(), flush=True)


def main() -> int:
    """Measure and print; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller, once, and without judging")
    quick = parser.parse_args().quick
    size = QUICK if quick else FULL
    print(host())
    print(f"{'':<36}{'median of ' + str(size.repeats):>22}{'CPU time':>12}   bound")
    missed = 0
    for row in rows(size, judged=not quick):
        show(row)
        missed += row.missed
    if missed:
        print(f"{missed} of {BOUNDS} bounds missed. A machine that does other work is slower: see the load.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
