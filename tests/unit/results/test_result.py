import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from tests.unit.results.cases import SCENARIO, SECOND, resolved_of, small_result, small_tally
from wavetank.errors import AccountingError
from wavetank.results.result import conclude
from wavetank.results.trace import TRACE_COLUMNS
from wavetank.scenario import digest


def test_json_is_what_run_prints() -> None:
    found = small_result().to_json()
    expected = "scenario engine seed replications version model_version summary intervals verdict wall_s"
    assert list(found) == expected.split()
    assert (found["scenario"], found["engine"], found["replications"]) == ("small", "reference", 1)
    assert (found["verdict"], found["model_version"], found["intervals"]) == ("stable", 1, {})
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text)["summary"]["event_latency_max_s"] is None


def test_disagreement_is_counted() -> None:
    verdicts = ("stable", "overloaded", "stable")
    found = replace(small_result(), verdict="undecided", verdicts=verdicts).to_json()
    assert found["verdicts"] == {"overloaded": 1, "stable": 2}


def test_result_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        small_result().verdict = "stable"  # type: ignore[misc]


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
        conclude(resolved, tally, None, engine="reference", wall_s=0.0)


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
    series = conclude(resolved, tally, None, engine="reference", wall_s=0.0).series
    columns = ("utilisation", "utilisation.0", "utilisation.1")
    assert [series[name].iloc[5] for name in columns] == [0.625, 1.0, 0.25]


def test_last_bin_may_be_short() -> None:
    resolved = resolved_of(SCENARIO)._replace(bin_ns=7 * SECOND)
    tally = small_tally(resolved)
    tally.series.busy_ns[0][8] = 4 * 4 * SECOND
    assert (
        conclude(resolved, tally, None, engine="reference", wall_s=0.0).series["utilisation.0"].iloc[8] == 1.0
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
    found = small_result().provenance
    assert found.command == "wavetank run"
    assert found.python.count(".") == 2
    assert all(found)


def test_frames_are_not_loaded_before_they_are_asked_for() -> None:
    code = (
        "import sys, wavetank.results.store, wavetank.results.statistics;"
        "print([name for name in ('pandas', 'pyarrow', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
