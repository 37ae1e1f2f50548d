"""Asserts something of a scenario with a probability, by as many runs as the evidence takes."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wavetank.errors import WavetankError
from wavetank.policy.keyed import replication_seed
from wavetank.results.judge.outcomes import IS_BACK, IS_WELL, Outcome
from wavetank.results.result import Result
from wavetank.scenario import Scenario, load
from wavetank.studies.formatting import duration, many
from wavetank.studies.replications import run
from wavetank.studies.sequential import Claim, Decision, Evidence, decide
from wavetank.testing.bound import MOST_RUNS
from wavetank.units import SECOND, parse_duration

Asked = Scenario | str | Path


class CannotAssert(WavetankError):
    """A statement that no run can decide: which one, and what to do."""


def assert_recovers(
    scenario: Asked,
    within: str,
    probability: float = 0.95,
    *,
    sets: Sequence[str] = (),
    engine: str | None = None,
) -> Evidence:
    """Assert that a fleet is back within a time after each of its faults, with a probability.

    Parameters
    ----------
    scenario
        A name of the catalogue, a path, or a Scenario.
    within
        The longest recovery, such as "10min".
    probability
        The least share of runs of which this must be true, at 95 % confidence.
    sets
        Overrides, such as "fleet.agents=100".
    engine
        The engine; by default the fastest that can.

    Returns
    -------
    Evidence
        How many runs it took, and between which bounds the probability lies.

    Raises
    ------
    AssertionError
        When the runs say otherwise, or leave it undecided.
    WavetankError
        For a scenario that is not valid or has no faults.
    """
    __tracebackhide__ = True
    loaded = _loaded(scenario, sets)
    if not loaded.resolve().faults:
        raise CannotAssert(
            f"{loaded.name} has no faults to recover from; add a [[fault]], or use assert_meets"
        )
    within_s = parse_duration(within) / SECOND
    statement = f"recovers within {duration(within_s)}"
    return _assert(
        loaded, scenario, sets, statement, probability, engine, lambda result: _back(result, within_s)
    )


def assert_meets(
    scenario: Asked,
    probability: float = 0.95,
    *,
    sets: Sequence[str] = (),
    engine: str | None = None,
) -> Evidence:
    """Assert that a fleet meets every objective of its scenario ([slo]) in a run, with a probability.

    The parameters, the return value and the errors are those of `assert_recovers`; a scenario without
    objectives is refused.
    """
    __tracebackhide__ = True
    loaded = _loaded(scenario, sets)
    if not loaded.resolve().objectives:
        raise CannotAssert(f"{loaded.name} states no objectives; add a table [slo]")
    return _assert(loaded, scenario, sets, "meets its objectives", probability, engine, _met)


def assert_no_regression(
    scenario: Asked,
    baseline: Asked,
    metric: str,
    *,
    by: float = 0.05,
    probability: float = 0.90,
    sets: Sequence[str] = (),
    engine: str | None = None,
) -> Evidence:
    """Assert that a metric is no worse than that of a baseline, with a probability.

    Both run with the same seeds, so that the same luck meets both; less of the metric is better. `by` is how
    much more is tolerated, as a share of the baseline's. The other parameters, the return value and the
    errors are those of `assert_recovers`; `sets` are applied to both.
    """
    __tracebackhide__ = True
    loaded, base = _loaded(scenario, sets), _loaded(baseline, sets)

    def no_worse(result: Result) -> bool | None:
        before = run(base, engine=engine, seed=result.seed).summary[metric]
        after = result.summary[metric]
        if before is None or after is None:
            # a value that did not end is worse than one that did; if neither ended, nothing is known
            return True if after is not None else None if before is None else False
        return after <= before * (1 + by)

    statement = f"has {metric} at most {100 * by:g} % above that of {base.name}"
    return _assert(loaded, scenario, sets, statement, probability, engine, no_worse)


def _loaded(scenario: Asked, sets: Sequence[str]) -> Scenario:
    if isinstance(scenario, Scenario):
        return scenario.but(*sets) if sets else scenario
    return load(scenario, sets)


def _back(result: Result, within_s: float) -> bool | None:
    """Whether a run recovered in time; None where it ended before that could be told."""
    outcome = result.verdict
    if outcome == Outcome.CARRIED:
        return True
    recovery_s = result.summary["recovery_s"]
    if recovery_s is not None and outcome in IS_BACK:
        return recovery_s <= within_s
    if outcome != Outcome.UNDECIDED:
        return False
    return False if result.censored.get("recovery_s", 0.0) > within_s else None


def _met(result: Result) -> bool | None:
    """Whether a run met every objective and ended well; None where that is open."""
    met = {judged.met for judged in result.judged}
    if False in met:
        return False
    return None if None in met else result.verdict in IS_WELL | {Outcome.UNDECIDED}


def _assert(
    loaded: Scenario,
    asked: Asked,
    sets: Sequence[str],
    statement: str,
    probability: float,
    engine: str | None,
    held: Callable[[Result], bool | None],
) -> Evidence:
    __tracebackhide__ = True
    if not 0 < probability < 1:
        raise CannotAssert(f"probability {probability} is not between 0 and 1; write 0.95")
    outcomes: list[bool | None] = []
    seeds = [replication_seed(loaded.spec.seed, r) for r in range(MOST_RUNS.get())]

    def runs() -> Iterator[bool | None]:
        for seed in seeds:
            outcomes.append(held(run(loaded, engine=engine, seed=seed)))
            yield outcomes[-1]

    evidence = decide(runs(), Claim(probability))
    if evidence.decision is Decision.HOLDS:
        return evidence
    failing = [seed for seed, outcome in zip(seeds, outcomes, strict=False) if not outcome]
    raise AssertionError(
        _failure(f"{loaded.name} {statement}", probability, evidence, _command(asked, loaded, sets, failing))
    )


def _failure(statement: str, probability: float, evidence: Evidence, command: str) -> str:
    text = (
        f"{statement} with probability {probability:g}: {evidence.decision}. It did in {evidence.held} of "
        f"{many(evidence.runs, 'run')}; the probability is from {evidence.low:.3g} to {evidence.high:.3g}."
    )
    if evidence.decision is Decision.UNDECIDED:
        text += f" {evidence.needed} more that do would decide it (--wavetank-seeds)."
    return f"{text}\n{command}" if command else text


def _command(asked: Asked, loaded: Scenario, sets: Sequence[str], failing: Sequence[int]) -> str:
    """The command that shows the first run that failed; none for a Scenario, which may be in no file."""
    if not failing or isinstance(asked, Scenario):
        return ""
    words = ["wavetank", "run", str(asked), *(word for text in sets for word in ("--set", text))]
    return f"See it happen: {shlex.join([*words, '--seed', str(failing[0])])}"
