from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.errors import ScenarioError
from wavetank.studies.sequential import Claim, runs_to_hold
from wavetank.testing import assert_meets, assert_no_regression, assert_recovers
from wavetank.testing.asserting import CannotAssert
from wavetank.testing.bound import MOST_RUNS

FAST = ("fleet.agents=4",)


@pytest.fixture
def storm(tmp_path: Path) -> Path:
    file = tmp_path / "storm.toml"
    file.write_text(STORM)
    return file


def test_fleet_that_recovers_takes_as_few_runs_as_the_claim_needs(storm: Path) -> None:
    evidence = assert_recovers(storm, within="30s", probability=0.8, sets=FAST, engine="reference")
    assert (evidence.held, evidence.failed) == (evidence.runs, 0)
    assert evidence.runs == runs_to_hold(Claim(0.8))


def test_fleet_that_does_not_is_named_with_figures_and_command(storm: Path) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_recovers(storm, within="1ms", probability=0.8, sets=FAST, engine="reference")
    text = str(caught.value)
    assert "storm recovers within 1 ms with probability 0.8: fails. It did in 0 of 3 runs" in text
    assert f"See it happen: wavetank run {storm} --set fleet.agents=4 --seed 1" in text


def test_too_few_runs_leave_it_undecided(storm: Path) -> None:
    token = MOST_RUNS.set(2)
    try:
        with pytest.raises(AssertionError, match=r"undecided. It did in 2 of 2 runs.* more that do would"):
            assert_recovers(storm, within="30s", sets=FAST, engine="reference")
    finally:
        MOST_RUNS.reset(token)


@pytest.mark.parametrize(("bound", "holds"), [("10s", True), ("1us", False)])
def test_objectives_are_those_of_the_scenario(bound: str, holds: bool) -> None:
    loaded = scenario(QUEUE, *FAST, f"slo.event_latency_p99={bound}")
    if holds:
        assert assert_meets(loaded, 0.8, engine="reference").held > 0
    else:
        with pytest.raises(AssertionError, match=r"queue meets its objectives with probability 0.8: fails"):
            assert_meets(loaded, 0.8, engine="reference")


def test_change_is_set_against_its_baseline_seed_by_seed() -> None:
    base = scenario(QUEUE, *FAST)
    slower = base.but("server.service.stateless=50ms")
    metric = "request_latency_mean_s.stateless"
    assert assert_no_regression(base, slower, metric, probability=0.8, engine="reference").failed == 0
    with pytest.raises(AssertionError, match=r"at most 5 % above that of queue with probability 0.8: fails"):
        assert_no_regression(slower, base, metric, probability=0.8, engine="reference")
    assert assert_no_regression(base, base, metric, by=0.0, probability=0.8, engine="reference").failed == 0


def test_what_no_run_can_decide_is_refused() -> None:
    with pytest.raises(CannotAssert, match="has no faults to recover from"):
        assert_recovers(scenario(QUEUE), within="1s")
    with pytest.raises(CannotAssert, match="states no objectives"):
        assert_meets(scenario(QUEUE))
    with pytest.raises(CannotAssert, match="not between 0 and 1"):
        assert_recovers(scenario(STORM), within="1s", probability=1.0)
    with pytest.raises(ScenarioError):
        assert_meets("no-such-scenario")
