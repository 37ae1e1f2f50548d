import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from tests.unit.results.cases import (
    SCENARIO,
    SECOND,
    STABLE,
    overloaded,
    resolved_of,
    small_result,
    small_tally,
    trapped,
    verdict_of,
)
from wavetank.errors import AccountingError
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.result import conclude
from wavetank.results.trace import TRACE_COLUMNS
from wavetank.scenario import digest


def test_json_is_what_run_prints() -> None:
    document = small_result().to_json()
    expected = (
        "scenario engine seed replications version model_version summary intervals censored_at verdict "
        "objectives shares statements wall_s"
    )
    assert list(document) == expected.split()
    assert (document["scenario"], document["engine"], document["replications"]) == ("small", "reference", 1)
    assert (document["verdict"], document["model_version"], document["intervals"]) == ("stable", 2, {})
    assert (document["shares"], document["statements"]) == ({"stable": [1, 1, None, None]}, [[]])
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text)["summary"]["event_latency_max_s"] is None


def test_disagreement_is_counted() -> None:
    outcome = replace(small_result(), judgements=(STABLE, overloaded(), STABLE))
    assert outcome.to_json()["shares"] == {"stable": [2, 3, None, None], "overloaded": [1, 3, None, None]}
    assert outcome.verdicts == ("stable", "overloaded", "stable")
    assert (outcome.outcome, outcome.verdict) == (Outcome.OVERLOADED, "overloaded")


def test_statements_and_recovery_are_in_json() -> None:
    document = small_result(verdict=trapped(600.0)).to_json()
    (statement,) = document["statements"][0]
    assert (statement["kind"], statement["figures"]["after_s"]) == ("metastable", 600.0)
    assert document["summary"]["recovery_s"] is None
    assert document["censored_at"]["recovery_s"] == document["censored_at"]["recovery_s.0"] == 600.0
    assert document["recovery_s"] == {"value": None, "low": None, "high": None, "least": None, "most": None}
    json.dumps(document, allow_nan=False)


def test_a_recovery_that_can_not_come_is_not_censored() -> None:
    lost = verdict_of(Outcome.LOST, open_s=600.0, lost=True)
    document = small_result(verdict=lost)
    assert document.summary["recovery_s"] is None
    assert "recovery_s" not in document.censored


def test_recovery_is_the_median_of_all_runs() -> None:
    judgements = tuple(verdict_of(Outcome.BACK, back_s=back_s) for back_s in (9.0, 30.0, 12.0))
    outcome = replace(small_result(), judgements=(*judgements, trapped(), trapped()))
    assert outcome.recovery is not None
    assert (outcome.recovery.value, outcome.recovery.least, outcome.recovery.most) == (30.0, 9.0, 30.0)
    assert small_result().recovery is None


def test_result_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        small_result().judgements = ()  # type: ignore[misc]


def test_wall_time_is_not_part_of_equality() -> None:
    assert replace(small_result(), wall_s=9.0) == small_result()
    assert small_result(latency_s=2.0) != small_result()


def test_hash_is_the_scenarios() -> None:
    assert small_result().hash == digest(resolved_of())


def test_unbalanced_run_has_no_result() -> None:
    resolved = resolved_of()
    tally = small_tally(resolved)
    tally.events[0].produced += 1
    with pytest.raises(AccountingError, match="stateless events"):
        conclude(resolved, tally, STABLE, engine="reference", wall_s=0.0)


def test_series_is_a_frame_by_bin() -> None:
    frame = small_result().series
    assert len(frame) == 600
    assert frame["t_s"].iloc[-1] == pytest.approx(59.9)
    assert sum(frame["delivered"]) == 90
    assert {"backlog", "produced", "connections", "utilisation", "utilisation.0", "utilisation.1"} <= set(
        frame
    )


def test_utilisation_is_of_the_cores_of_each_node() -> None:
    resolved = resolved_of()
    tally = small_tally(resolved)
    tally.series.busy_ns[0][5] = 4 * SECOND // 10
    tally.series.busy_ns[1][5] = 1 * SECOND // 10
    series = conclude(resolved, tally, STABLE, engine="reference", wall_s=0.0).series
    columns = ("utilisation", "utilisation.0", "utilisation.1")
    assert [series[name].iloc[5] for name in columns] == [0.625, 1.0, 0.25]


def test_last_bin_may_be_short() -> None:
    resolved = resolved_of(SCENARIO)._replace(bin_ns=7 * SECOND)
    tally = small_tally(resolved)
    tally.series.busy_ns[0][8] = 4 * 4 * SECOND
    assert (
        conclude(resolved, tally, STABLE, engine="reference", wall_s=0.0).series["utilisation.0"].iloc[8]
        == 1.0
    )


def test_trace_and_states() -> None:
    result = small_result()
    assert list(result.trace.columns) == list(TRACE_COLUMNS)
    assert result.trace["arrived_ns"].tolist() == [9, -1]
    assert result.states.dtype == np.uint8
    assert result.states.tolist() == [[0, 1, 2], [3, 3, 0]]


def test_no_trace_and_no_states() -> None:
    bare = replace(small_result(), trace_rows=(), state_rows=())
    assert bare.trace.empty
    assert list(bare.trace.columns) == list(TRACE_COLUMNS)
    assert bare.states.shape == (0, 0)


def test_provenance_has_the_command() -> None:
    origin = small_result().provenance
    assert origin.command == "wavetank run"
    assert origin.python.count(".") == 2
    assert all(origin)


def test_frames_are_not_loaded_before_they_are_asked_for() -> None:
    code = (
        "import sys, wavetank.results.store, wavetank.results.statistics;"
        "print([name for name in ('pandas', 'pyarrow', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
