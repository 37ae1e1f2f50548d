"""Speed and memory of wavetank against their bounds.

    python -m tests.benchmarks.run [--quick] [--write]

Everything is CPU time, the median of three; studies are wall time, once. Exit status 1: a bound is missed,
and says so. --quick takes smaller runs once, to see that all of it works, and judges nothing; --write puts
the table into docs/performance.md.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.benchmarks import engine_rows, study_rows, subjects
from tests.benchmarks.subjects import Measured
from tests.benchmarks.table import Row, at_least, at_most, host, rates, show, write_page

LEAST_REQUESTS_PER_S = 10_000
MOST_BYTES_PER_AGENT = 8 * 1024


class Size(NamedTuple):
    """How much is run."""

    repeats: int
    agents: int
    minutes: float
    few_agents: int
    many_agents: int
    calls: int
    engines: engine_rows.Sizes
    studies: study_rows.Sizes


FULL = Size(3, 1_000, 10, 1_000, 5_000, 100_000, engine_rows.FULL, study_rows.FULL)
QUICK = Size(1, 300, 2, 200, 600, 2_000, engine_rows.QUICK, study_rows.QUICK)


def median_of(repeats: int, work: Callable[[], Measured]) -> tuple[float, float]:
    """(how many per CPU-second, CPU seconds): medians."""
    return rates([work() for _ in range(repeats)])


def rows(size: Size, judged: bool) -> Iterator[Row]:
    """The table, line by line as it is measured."""
    yield from reference_rows(size, judged)
    yield from engine_rows.rows(size.engines, judged)
    yield from study_rows.rows(size.studies, judged)
    yield Row("policies and histograms", "")
    yield from part_rows(size)


def reference_rows(size: Size, judged: bool) -> Iterator[Row]:
    """The reference engine on wazuh-60."""
    yield Row("the engine reference on wazuh-60", "")
    resolved = subjects.scenario("wazuh-60", size.agents, size.minutes)
    rate, cpu_s = median_of(size.repeats, lambda: subjects.engine(resolved))
    size_text = f"  {size.agents:,} agents, {size.minutes:g} min"
    yield at_least(size_text, rate, LEAST_REQUESTS_PER_S, "requests/s", cpu_s, judged)
    each = subjects.bytes_per_agent(size.few_agents, size.many_agents, size.minutes)
    size_text = f"  memory of each agent, {size.few_agents:,} to {size.many_agents:,}"
    yield at_most(size_text, each, MOST_BYTES_PER_AGENT, "bytes", None, judged)


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
    for part, work in parts.items():
        rate, cpu_s = median_of(size.repeats, work)
        yield Row(f"  {part}", f"{1e6 / rate:.2f} us/call", cpu_s)


def main() -> int:
    """Measure and print; the exit status."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller, once, and without judging")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    asked = parser.parse_args()
    size = QUICK if asked.quick else FULL
    machine = host()
    print(machine)
    print(f"{'':<66}{'median of ' + str(size.repeats):>24}{'CPU time':>12}   bound")
    done = []
    for row in rows(size, judged=not asked.quick):
        show(row)
        done.append(row)
    if asked.write:
        how = "smaller runs, once (--quick)" if asked.quick else f"medians of {size.repeats}"
        write_page(f"{machine}; {how}", done)
    judged = [row for row in done if row.met is not None]
    missed = sum(not row.met for row in judged)
    if missed:
        print(f"{missed} of {len(judged)} bounds missed. A machine with other work is slower: see the load.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
