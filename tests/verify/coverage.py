"""How often 95 % intervals contain the truth: `make coverage`, and a share of it in `make verify`.

    python -m tests.verify.coverage [--macro N] [CASE...]

A macro-replication is what a user does: 8 replications, and the interval that wavetank gives. It is
repeated 1,000 times with other seeds. The share of intervals that contain the true value must lie in BAND, in
which it lies with a probability of 99.9 % if the true coverage is 95 %.

The queue M/M/1 has true values from the textbook: an event spends an exponential time of mean
1 / (mu - lambda) in the system, and the server is busy for the share lambda / mu of the time (L. Kleinrock,
Queueing Systems, vol. 1 (1975), section 3.2). A fleet has no closed form: what all runs say
together stands for the truth (of a recovery their median), with an error 30 times smaller than an interval's.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from math import inf, log
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from wavetank.policy.keyed import replication_seed
from wavetank.results.intervals import wilson
from wavetank.results.medians import Median, median_of
from wavetank.results.result import Result
from wavetank.scenario import Scenario, load, loads
from wavetank.studies import pool
from wavetank.studies.replications import replicate

RUNS = 8
"""Runs of a macro-replication."""

RETRIES = Path(__file__).parent / "known_verdicts" / "retries.toml"
"""A fleet whose retries keep it busy for minutes after a brown-out, and then let it go."""

MACRO = 1_000
BAND = (0.926, 0.971)

METRICS = ("event_latency_mean_s", "event_latency_p99_s", "server_utilisation")
BACK = ("recovery_s.0",)


class Case(NamedTuple):
    """A scenario, what is measured, and its true values (None: what all runs together say)."""

    scenario: Callable[[], Scenario]
    truth: tuple[float, ...] | None
    metrics: tuple[str, ...] = METRICS


def mm1(load: float, jobs: int) -> Case:
    """The queue with a mean service time of 1 s, 5 % of the run left out as warm-up."""
    window_s = jobs / load
    text = f"""
        duration = "{window_s / 0.95:.0f}s"
        warmup = "{window_s / 0.95 * 0.05:.0f}s"
        [fleet]
        agents = 1
        [[fleet.class]]
        name = "all"
        stateless = {{ rate = "{load * 3600:.9g}/h" }}
        [batching.stateless]
        max_in_flight = 0
        [retry.stateless]
        attempts = 1
        [server.service]
        stateless = {{ law = "exponential", mean = "1s" }}
        """
    mean_s = 1 / (1 - load)
    return Case(lambda: loads(text), (mean_s, mean_s * log(100), load))


CASES = {
    "mm1-0.5": mm1(0.5, 20_000),
    "mm1-0.8": mm1(0.8, 20_000),
    "mm1-0.9": mm1(0.9, 200_000),
    "fleet": Case(lambda: load("quickstart", ["fleet.agents=200"]), None),
    "storm": Case(lambda: load(str(RETRIES), ["fleet.agents=190"]), None, BACK),
}


class Interval(NamedTuple):
    """The interval of 8 replications for a metric; `high` is infinite where they do not bound it."""

    low: float
    high: float
    each: tuple[float, ...]


class Coverage(NamedTuple):
    """How many of the intervals of a metric contain its true value."""

    metric: str
    covered: int
    macro: int

    @property
    def share(self) -> float:
        """The coverage."""
        return self.covered / self.macro


@cache
def _scenario(case: str) -> Scenario:
    return CASES[case].scenario()


def measure(item: tuple[str, int], advance: Callable[[int, int], None]) -> tuple[Interval, ...]:
    """The intervals of one macro-replication; done in a worker."""
    case, macro = item
    seed = replication_seed(1, macro)
    (result,) = replicate([_scenario(case)], seed=seed, replications=RUNS, workers=1)
    return tuple(_interval(result, metric) for metric in CASES[case].metrics)


def _interval(result: Result, metric: str) -> Interval:
    low, high = result.intervals.get(metric) or (_median(result, metric).low or 0.0, inf)
    each = [run[metric] for run in result.each]
    return Interval(low, high, tuple(inf if value is None else float(value) for value in each))


def _median(result: Result, metric: str) -> Median:
    return median_of([run[metric] for run in result.each])


def macros(case: str, macro: int) -> list[tuple[Interval, ...]]:
    """The intervals of all macro-replications of a case, in order."""
    return pool.run(measure, [(case, index) for index in range(macro)], 2, lambda *_: None, lambda: None)


def covered(intervals: Sequence[Interval], truth: float) -> int:
    """How many of the intervals contain the truth."""
    return sum(interval.low <= truth <= interval.high for interval in intervals)


def coverages(case: str, macro: int) -> list[Coverage]:
    """The coverage of every metric of a case."""
    metrics, samples = CASES[case].metrics, macros(case, macro)
    columns = [[intervals[index] for intervals in samples] for index in range(len(metrics))]
    truths = CASES[case].truth or tuple(map(_truth, metrics, columns))
    return [
        Coverage(metric, covered(column, truth), macro)
        for metric, column, truth in zip(metrics, columns, truths, strict=True)
    ]


def _truth(metric: str, intervals: Sequence[Interval]) -> float:
    values = [value for interval in intervals for value in interval.each]
    if metric in BACK:
        return median(values)
    if metric.endswith("_p99_s"):
        # the centre of an interval is the percentile of all its observations
        return fmean((interval.low + interval.high) / 2 for interval in intervals)
    return fmean(values)


def main(words: Sequence[str]) -> int:
    """Print a table; 1 where a coverage is outside of the band."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--macro", type=int, default=MACRO, help="macro-replications (default: %(default)s)")
    asked = parser.parse_args(words)
    missed = 0
    print(f"{'case':9} {'metric':22} coverage  95 % interval   (must be in {BAND[0]} to {BAND[1]})")
    for case in asked.cases or CASES:
        start_s = time.perf_counter()
        for row in coverages(case, asked.macro):
            low, high = wilson(row.covered, row.macro)
            outside = not BAND[0] <= row.share <= BAND[1]
            missed += outside
            note = "  OUTSIDE" if outside else ""
            print(f"{case:9} {row.metric:22} {row.share:8.3f}  {low:.3f} to {high:.3f}{note}", flush=True)
        print(f"{case:9} {time.perf_counter() - start_s:.0f} s", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    # Workers find `measure` by the name of its module, which must not be __main__.
    from tests.verify import coverage

    sys.exit(coverage.main(sys.argv[1:]))
