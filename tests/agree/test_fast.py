"""The fast path of `compiled` counts what the reference engine counts, and what the general loop counts."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.agree.engines import REFERENCE
from tests.agree.fast_scenarios import fast_trees
from tests.agree.reach import OUTCOMES, happened
from tests.property.engine_scenarios import Tree, toml
from wavetank.errors import ScenarioError
from wavetank.results.tally import Tally
from wavetank.scenario import load, loads
from wavetank.studies.agreement import same
from wavetank.studies.divergence import equal_requests

pytest.importorskip("numba")

from wavetank.engines import compiled
from wavetank.engines.compiled.fast.eligibility import blockers

FEW, MANY = 60, 1_500
CHECKS = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]
WANTED = (
    *(name for name in OUTCOMES if name.startswith(("stateless", "stateful")) and "lost" not in name),
    "login ok", "login timed_out", "login open", "refused for token", "retry", "third attempt", "duplicate",
    "wait for a core", "wasted work", "events queued at the end", "two ends in one instant",
    "start at another's end",
)  # fmt: skip
"""Outcomes of requests on the fast path."""


def assert_same(tally: Tally, other: Tally, text: str) -> None:
    if not same(tally, other):
        assert tally.requests is not None
        assert other.requests is not None
        equal, unequal = equal_requests(tally.requests, other.requests)
        raise AssertionError(
            f"{equal} of {len(tally.requests)} requests equal, first that is not: {unequal}\n{text}"
        )


def compare(tree: Tree, seen: Counter[str]) -> None:
    text = toml(tree)
    try:
        resolved = loads(text).resolve()
    except ScenarioError:
        assume(False)
        raise
    assume(not blockers(resolved))
    tally = REFERENCE.run(resolved, requests=True)
    seen.update(happened(resolved, tally))
    assert_same(tally, compiled.run(resolved, requests=True), text)


@settings(max_examples=FEW, suppress_health_check=CHECKS)
@given(fast_trees())
def test_fast_path_is_equal(tree: Tree) -> None:
    compare(tree, Counter())


@pytest.mark.long
def test_fast_path_is_equal_and_everything_is_reached(capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=MANY, suppress_health_check=CHECKS)
    @given(fast_trees())
    def run(tree: Tree) -> None:
        compare(tree, seen)

    run()
    with capsys.disabled():
        print("\nfast path and reference:", ", ".join(f"{outcome} {seen[outcome]}" for outcome in WANTED))
    assert not [outcome for outcome in WANTED if not seen[outcome]]


def test_model_m_takes_the_fast_path() -> None:
    resolved = load("model-m", ("fleet.agents=200", "duration=60s")).resolve()
    assert not blockers(resolved)
    assert_same(REFERENCE.run(resolved, requests=True), compiled.run(resolved, requests=True), "model-m")


def test_large_fleet_is_counted_as_by_the_general_loop() -> None:
    resolved = load(
        "model-m", ("fleet.agents=20000", "duration=60s", "server.cores=6", "auth.ttl=20s")
    ).resolve()
    fast, general = (compiled.run(resolved, requests=True, general=general) for general in (False, True))
    assert sum(fast.timed_out) + sum(fast.rejected) > 0
    assert_same(general, fast, "model-m")


def test_long_think_times_are_rounded_as_by_the_policy() -> None:
    """So long that the last place of a logarithm often decides to which ns they are rounded."""
    sets = (
        "fleet.agents=20000",
        "duration=3000s",
        "fleet.class.agent.stateless={ process='closed', think={ law='exponential', mean='1000s' } }",
    )
    resolved = load("model-m", sets).resolve()
    assert not blockers(resolved)
    fast, general = (compiled.run(resolved, requests=True, general=general) for general in (False, True))
    assert_same(general, fast, "long thinks")
