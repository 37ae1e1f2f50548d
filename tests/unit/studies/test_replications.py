from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.engines.reference import run as reference
from wavetank.engines.registry import names
from wavetank.errors import ScenarioError
from wavetank.policy.keyed import replication_seed
from wavetank.results.result import Result, conclude
from wavetank.results.statistics import replicated
from wavetank.results.store import load as load_result
from wavetank.results.summary import summarise
from wavetank.scenario.written import written_out
from wavetank.studies import replications as module
from wavetank.studies.judged_run import judge_run
from wavetank.studies.replications import replicate, run, settle_of
from wavetank.studies.simulate import Done, Task, simulate


def same(a: Result, b: Result) -> bool:
    return {**a.to_json(), "wall_s": 0} == {**b.to_json(), "wall_s": 0}


def nothing(now_ns: int, issued: int) -> None:
    """Nobody watches."""


def test_run_is_the_engines_tally_judged() -> None:
    result = run(scenario())
    resolved = scenario().resolve()
    tally = reference(resolved)
    verdict = judge_run(resolved, "reference", None, (), nothing, 1, {}).verdict
    assert replace(result, toml="") == conclude(resolved, tally, verdict, engine=names()[0], wall_s=0)
    assert result.toml == written_out(scenario())
    assert result.summary == summarise(resolved, tally)
    assert (result.verdict, result.replications, result.intervals) == (verdict.outcome.value, 1, {})
    assert result.wall_s > 0


def test_twice_is_the_same() -> None:
    assert run(scenario(STORM)) == run(scenario(STORM))


def test_faults_are_judged_beside_the_twin_without_them() -> None:
    result = run(scenario(STORM))
    resolved = scenario(STORM).resolve()
    judged = judge_run(resolved, "reference", None, (), nothing, 1, {})
    told = conclude(resolved, judged.tally, judged.verdict, engine=names()[0], wall_s=0)
    assert replace(result, toml="") == told
    assert (result.verdict, result.summary["recovery_s"]) == ("back", judged.verdict.recoveries[0].value_s)
    assert "recovery_s.0" in result.summary
    assert [span.kind for span in result.faults] == ["node-restart"]


def test_replications_have_seeds_of_their_own() -> None:
    result = run(scenario(), replications=3)
    seeds = [replication_seed(1, r) for r in range(3)]
    alone = [run(scenario(), seed=seed) for seed in seeds]
    assert result.each == tuple(single.summary for single in alone)
    assert same(result, replicated(alone))
    assert (result.seed, result.replications) == (1, 3)
    low, high = result.intervals["server_utilisation"] or (0, 0)
    assert low < float(result.summary["server_utilisation"] or 0) < high


def test_same_figures_for_any_number_of_workers() -> None:
    assert run(scenario(STORM), replications=2, workers=1) == run(scenario(STORM), replications=2, workers=2)


def test_seed_may_be_given() -> None:
    assert run(scenario(), seed=7) == run(scenario(QUEUE, "seed=7"))


def test_trace_is_of_the_first_replication() -> None:
    result = run(scenario(), replications=2, trace_agents=[3])
    alone = run(scenario(), trace_agents=[3])
    assert result.trace_rows == alone.trace_rows
    assert {row.agent for row in result.trace_rows} == {3}


def test_equal_runs_are_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Task] = []

    def counting(tasks: list[Task], workers: int | None, watch: None) -> list[Done]:
        asked.extend(tasks)
        return simulate(tasks, workers, watch)

    monkeypatch.setattr(module, "simulate", counting)
    later = scenario(STORM, "fault.0.at=30s", "name=later")
    storm, again, moved = replicate([scenario(STORM), scenario(STORM, "name=again"), later])
    assert [task.title for task in asked] == ["run", "run"]
    assert (storm.summary, storm.scenario, again.scenario) == (again.summary, "storm", "again")
    assert moved.summary != storm.summary


def test_bound_on_recovery_has_windows_of_its_own() -> None:
    designs = [scenario(STORM), scenario(STORM, "slo.events_dropped=0"), scenario(STORM, "slo.recovery=5s")]
    plain, bounded, short = replicate(designs)
    assert bounded.summary == plain.summary
    assert "event_latency_p99_s@after" not in plain.summary
    assert short.summary["event_latency_p99_s@after"] is not None
    assert short.summary["event_latency_mean_s@during"] != plain.summary["event_latency_mean_s@during"]


def test_settling_is_how_long_a_run_may_go_on() -> None:
    assert (settle_of("auto"), settle_of("10min")) == (None, 600 * 10**9)
    assert settle_of("0") == settle_of("0s") == 0
    with pytest.raises(ValueError, match="soon"):
        settle_of("soon")
    # the fault ends 3 s before the run does, so that it is not decided by then
    late = scenario(STORM, "fault.0.at=54s")
    short, settled = run(late, settle="0"), run(late)
    assert (short.verdict, short.judgements[0].settled_s, short.judgements[0].ended_s) == ("undecided", 0, 60)
    assert settled.verdict == "back"
    assert settled.judgements[0].ended_s == 60 + settled.judgements[0].settled_s > 60
    # what was counted within the duration is the same
    assert settled.summary["requests_total"] == short.summary["requests_total"]
    assert short.summary["recovery_s"] is None
    assert short.censored["recovery_s"] == 3


def test_result_is_saved(tmp_path: Path) -> None:
    result = run(scenario(STORM), out=tmp_path / "out")
    assert load_result(tmp_path / "out") == result


def test_takes_a_path(tmp_path: Path) -> None:
    file = tmp_path / "queue.toml"
    file.write_text(QUEUE)
    assert run(file).summary == run(str(file)).summary == run(scenario()).summary
    with pytest.raises(ScenarioError):
        run(tmp_path / "none.toml")


@pytest.mark.parametrize("wrong", [{"replications": 0}, {"replications": 10_001}, {"workers": 0}])
def test_counts_have_a_range(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="take 1"):
        run(scenario(), **wrong)  # type: ignore[arg-type]
