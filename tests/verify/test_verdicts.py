"""Verdicts against known answers, and against those of longer runs (docs/model.md#stopping-times)."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.property.engine_scenarios import scenarios
from tests.verify.verdicts import assert_consistent, verdict
from wavetank.engines.registry import choose
from wavetank.errors import ScenarioError, UnsupportedByEngine
from wavetank.results.judge.grid import grid_of
from wavetank.results.judge.outcomes import IS_BACK, Outcome
from wavetank.results.judge.statements import Kind
from wavetank.results.judge.verdict import Verdict
from wavetank.scenario import list_entries, load, loads
from wavetank.scenario.resolved import Resolved
from wavetank.units import MINUTE

REPORTS = sorted((Path(__file__).parent / "reports").glob("*.toml"))
KNOWN = Path(__file__).parent / "known_verdicts"
LONGEST_NS = 100 * MINUTE
MOST_AGENTS = 1_000
"""Larger fleets are cut to so many agents here: their verdicts are of the same kind, and minutes apart."""


def with_faults() -> list[str]:
    names = [entry.name for entry in list_entries("scenarios") if load(entry.name).resolve().faults]
    return [*names, *(str(path) for path in REPORTS)]


def consistent(resolved: Resolved) -> None:
    span_ns = grid_of(resolved).span_ns
    until_ns = max(min(5 * resolved.duration_ns, LONGEST_NS), 4 * span_ns)
    assert_consistent(resolved, until_ns, [until_ns // 7, until_ns // 3, until_ns // 2])


def test_a_storm_at_several_lengths_is_told_alike() -> None:
    storm = load("restart-storm", ["fleet.agents=400", "server.nodes=1", "server.cores=1"])
    assert_consistent(storm.resolve(), 40 * MINUTE, [8 * MINUTE, 17 * MINUTE, 29 * MINUTE])


@pytest.mark.long
@pytest.mark.parametrize("name", with_faults(), ids=lambda name: Path(name).stem)
def test_verdicts_of_shorter_runs_stand(name: str) -> None:
    try:
        scenario = load(name)
    except ScenarioError as error:
        pytest.skip(f"it does not load: {error}")
    agents = min(scenario.spec.fleet.agents, MOST_AGENTS)
    resolved = scenario.but(f"fleet.agents={agents}").resolve()
    if not resolved.faults:
        pytest.skip("it has no fault")
    consistent(resolved)


def check_random(text: str) -> None:
    try:
        resolved = loads(text).resolve()
        choose(resolved, "compiled")
    except (ScenarioError, UnsupportedByEngine):
        assume(False)
        raise
    assume(bool(resolved.faults))
    grid = grid_of(resolved)
    # whole steps, and enough of them to say something, of scenarios that last seconds only
    until_ns = 40 * grid.step_ns
    assert_consistent(resolved, until_ns, [until_ns // 3, until_ns // 2])


slow = [HealthCheck.filter_too_much, HealthCheck.too_slow]


@settings(max_examples=5, suppress_health_check=slow)
@given(scenarios())
def test_verdicts_of_random_scenarios_stand(text: str) -> None:
    check_random(text)


@pytest.mark.long
@settings(max_examples=300, suppress_health_check=slow)
@given(scenarios())
def test_verdicts_of_many_random_scenarios_stand(text: str) -> None:
    check_random(text)


def back_s(judged: Verdict) -> float:
    assert judged.recovery is not None
    assert judged.recovery.value_s is not None
    return judged.recovery.value_s


# ---- known answers ---------------------------------------------------------------------------------


def known(name: str, *sets: str) -> Resolved:
    return load(str(KNOWN / f"{name}.toml"), sets).resolve()


def of_seeds(name: str, seeds: range, duration_ns: int, *sets: str) -> list[Verdict]:
    scenario = load(str(KNOWN / f"{name}.toml"), sets)
    return [verdict(scenario.resolve(seed), duration_ns, settle_ns=None) for seed in seeds]


@pytest.mark.parametrize("minutes", [3, 12])
def test_half_loaded_retries_are_back_at_once(minutes: int) -> None:
    for judged in of_seeds("retries", range(1, 4), minutes * MINUTE, "fleet.agents=100"):
        assert judged.outcome is Outcome.BACK
        assert 22 <= back_s(judged) <= 40


def test_retries_beyond_capacity_are_trapped() -> None:
    for judged in of_seeds("retries", range(1, 4), 20 * MINUTE, "fleet.agents=220"):
        assert judged.outcome is Outcome.METASTABLE


def test_a_run_that_ends_before_it_is_decided_is_not_trapped() -> None:
    judged = verdict(known("retries", "fleet.agents=190"), 5 * MINUTE, settle_ns=0)
    assert judged.outcome is Outcome.UNDECIDED
    assert judged.decides_s > 300


@pytest.mark.long
@pytest.mark.parametrize("minutes", [3, 6, 12, 30, 60])
def test_half_loaded_retries_are_back_at_once_at_every_length(minutes: int) -> None:
    for judged in of_seeds("retries", range(1, 9), minutes * MINUTE, "fleet.agents=100"):
        assert judged.outcome is Outcome.BACK
        assert 22 <= back_s(judged) <= 40


@pytest.mark.long
def test_retries_near_capacity() -> None:
    by_agents = {
        n: of_seeds("retries", range(1, 17), 60 * MINUTE, f"fleet.agents={n}") for n in (190, 195, 205)
    }
    back = {n: [back_s(v) for v in judged if v.outcome in IS_BACK] for n, judged in by_agents.items()}
    assert len(back[190]) >= 15
    assert all(300 <= value <= 900 for value in back[190])
    assert len(back[195]) >= 9
    assert [v.outcome for v in by_agents[205]] == [Outcome.METASTABLE] * 16


@pytest.mark.parametrize("minutes", [6, 15, 40])
def test_a_closed_fleet_is_back_within_a_minute(minutes: int) -> None:
    judged = verdict(known("closed"), minutes * MINUTE, settle_ns=None)
    assert judged.outcome is Outcome.BACK
    assert back_s(judged) <= 60


@pytest.mark.parametrize("traffic", ["heartbeats", "polls", "logins"])
def test_a_server_that_never_returns_is_not_carried(traffic: str) -> None:
    judged = verdict(known(f"gone_{traffic}"), 30 * MINUTE, settle_ns=None)
    assert judged.outcome is Outcome.NOT_CARRIED
    assert judged.recovery is not None
    assert judged.recovery.value_s is None


def test_one_of_four_nodes_lost_for_good_is_carried() -> None:
    judged = verdict(known("one_of_four"), 30 * MINUTE, settle_ns=None)
    assert judged.outcome is Outcome.CARRIED


def test_agents_refused_for_good_are_lost_and_the_others_are_back() -> None:
    judged = verdict(known("refused"), 40 * MINUTE, settle_ns=None)
    assert judged.outcome is Outcome.LOST
    assert judged.of(Kind.LOST)[-1].figures["agents"] == pytest.approx(50, abs=10)
    assert judged.of(Kind.BACK)
    assert not judged.of(Kind.METASTABLE)


def test_what_binds_an_agent_that_cannot_send_faster_is_the_agent() -> None:
    judged = verdict(load(str(REPORTS[0].with_name("r11b_wazuh206.toml"))).resolve(), MINUTE)
    assert judged.outcome is Outcome.OVERLOADED
    assert judged.binds.startswith("the agents")


def test_a_run_of_less_than_two_spans_is_undecided_and_says_what_would_do() -> None:
    judged = verdict(load("quickstart").resolve(), 21_000_000_000)
    assert judged.outcome is Outcome.UNDECIDED
    assert judged.decides_s == 22


@pytest.mark.long
def test_small_fleets_do_not_relapse_by_ordinary_renewals() -> None:
    outcomes = {judged.outcome for judged in of_seeds("small", range(1, 101), 60 * MINUTE)}
    assert Outcome.BACK_RELAPSE not in outcomes


@pytest.mark.long
def test_the_storm_of_the_readme() -> None:
    for seed in range(1, 5):
        judged = verdict(load("restart-storm").resolve(seed), 60 * MINUTE)
        assert 620 <= back_s(judged) <= 780
        echoes = judged.of(Kind.ECHO)
        assert len(echoes) >= 2
        heights = [over.figures["height"] for over in judged.of(Kind.OVER)]
        # echoes are a few hundredths of the first peak, 0.06 at most
        assert max(heights) < 0.06
        assert not judged.of(Kind.RELAPSE)
