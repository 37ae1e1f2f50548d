from dataclasses import replace
from math import inf, isnan

import pytest

from tests.unit.results.cases import small_result, trapped, verdict_of
from wavetank.policy.keyed import replication_seed
from wavetank.results.frames import parted_name
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.statistics import replicated


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("event_latency_p99_s", ("event_latency_p99_s", "")),
        ("event_latency_p99_s.desk", ("event_latency_p99_s", "desk")),
        ("event_latency_p99_s.desk@during", ("event_latency_p99_s@during", "desk")),
        ("event_latency_p99_s@after", ("event_latency_p99_s@after", "")),
    ],
)
def test_a_metric_is_parted_from_its_label(name: str, parts: tuple[str, str]) -> None:
    assert parted_name(name) == parts


def test_a_row_for_each_metric_of_each_run() -> None:
    result = small_result()
    frame = replicated([result, result]).to_frame()
    assert list(frame.columns) == [
        "replication", "seed", "verdict", "metric", "label", "value", "unit", "censored_at",
    ]  # fmt: skip
    assert len(frame) == 2 * len(result.summary)
    assert set(frame.verdict) == {"stable"}
    assert sorted(set(frame.seed)) == sorted({result.seed, replication_seed(result.seed, 1)})
    dtypes = [str(frame[name].dtype) for name in ("value", "seed", "replication")]
    assert dtypes == ["float64", "uint64", "int64"]
    busy = frame[(frame.metric == "server_utilisation") & (frame.label == "") & (frame.replication == 1)]
    assert busy.value.tolist() == [result.summary["server_utilisation"]]
    assert busy.unit.tolist() == ["1"]


def test_what_never_comes_is_infinite_and_what_was_not_over_is_nan_with_a_bound() -> None:
    frame = small_result(verdict=trapped(600.0)).to_frame()
    recovery = frame[(frame.metric == "recovery_s") & (frame.label == "")]
    assert isnan(recovery.value.iloc[0])
    assert recovery.censored_at.tolist() == [600.0]
    lost = small_result(verdict=verdict_of(Outcome.LOST, open_s=600.0, lost=True)).to_frame()
    recovery = lost[(lost.metric == "recovery_s") & (lost.label == "")]
    assert recovery.value.tolist() == [inf]
    assert isnan(recovery.censored_at.iloc[0])


def test_each_run_of_several_has_its_own_bound() -> None:
    runs = [small_result(verdict=trapped(open_s)) for open_s in (600.0, 700.0)]
    frame = replicated([replace(run, seed=1) for run in runs]).to_frame()
    assert frame[(frame.metric == "recovery_s") & (frame.label == "")].censored_at.tolist() == [600.0, 700.0]
