"""Runs of ordinary scenarios, and when the figures of several runs agree with a closed form.

The runs of an experiment have the seeds that replications have, so each is reproducible. A mean agrees
when it lies within Student's t interval of the replications at `CONFIDENCE`; and the interval must be
narrower than the `power` that the test states, so that no test passes by knowing nothing.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec

import numpy as np
from scipy import stats

from wavetank.engines import compiled, reference
from wavetank.policy.keyed import replication_seed
from wavetank.results.summary import Summary, summarise
from wavetank.results.tally import Tally
from wavetank.scenario import loads
from wavetank.scenario.resolved import Resolved

CONFIDENCE = 0.999
RUN: Callable[[Resolved], Tally] = compiled.run if find_spec("numba") else reference.run
"""The fastest engine. What holds for it holds for both: tests/agree compares them to the last request, and
`test_queues.test_both_engines_have_the_same_figures` does so with some of these very scenarios."""


def resolved_of(text: str, replication: int = 0) -> Resolved:
    """A scenario as an engine sees it, with the seed of that replication."""
    scenario = loads(text)
    return scenario.resolve(replication_seed(scenario.spec.seed, replication))


def tally_of(text: str, replication: int = 0, trace: bool = False) -> Tally:
    """The counts of one replication; `trace` keeps every message of every agent."""
    resolved = resolved_of(text, replication)
    return reference.run(resolved, range(resolved.agents) if trace else (), 10_000_000)


@cache
def summaries(text: str, replications: int) -> tuple[Summary, ...]:
    """The metrics of every replication."""
    made = []
    for replication in range(replications):
        resolved = resolved_of(text, replication)
        made.append(summarise(resolved, RUN(resolved)))
    return tuple(made)


def values(text: str, replications: int, metric: str) -> list[float]:
    """One metric of every replication, which must be finite."""
    sampled = [summary[metric] for summary in summaries(text, replications)]
    assert None not in sampled, metric
    return [float(value) for value in sampled if value is not None]


def assert_mean(sampled: Sequence[float], expected: float, power: float, label: str = "") -> None:
    """The mean of independent `found` is `expected`; a relative deviation of `power` would show."""
    mean = float(np.mean(sampled))
    error = float(np.std(sampled, ddof=1)) / math.sqrt(len(sampled))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(sampled) - 1)) * error
    told = f"{label}: found {mean:.6g} +- {half:.2g}, closed form {expected:.6g}"
    print(told, f"power {half / expected:.3f} of {power}")
    assert half <= power * expected, f"{told}: the interval is too wide to tell"
    assert abs(mean - expected) <= half, told
