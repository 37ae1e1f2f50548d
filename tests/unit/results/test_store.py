import json
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.results.cases import small_result, trapped
from wavetank.results import store
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.result import Result
from wavetank.results.statistics import NotComparable, difference, replicated
from wavetank.results.store import ResultError, load, save
from wavetank.scenario.resolved import Objective
from wavetank.studies import fates


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return save(small_result(), tmp_path / "out" / "first")


def test_comes_back_equal(saved: Path) -> None:
    result = small_result()
    again = load(saved)
    assert again == result
    assert again.wall_s == result.wall_s
    assert again.series.equals(result.series)
    assert {path.name for path in saved.iterdir()} == {
        "result.json", "histograms.json", "series.parquet", "trace.parquet", "states.parquet",
    }  # fmt: skip


def test_replicated_comes_back_equal(tmp_path: Path) -> None:
    result = replicated([small_result(latency_s=1.0), small_result(seed=2, latency_s=2.0)])
    assert load(save(result, tmp_path / "both")) == result


def test_objectives_and_scenario_are_kept(tmp_path: Path) -> None:
    objectives = (Objective("event_latency_p99_s", 30.0),)
    result = replace(small_result(), objectives=objectives, toml='name = "A \u2192 B"\n')
    folder = save(result, tmp_path / "told")
    assert load(folder) == result
    assert (folder / "scenario.toml").read_text(encoding="utf-8") == 'name = "A \u2192 B"\n'
    (folder / "scenario.toml").write_bytes(b"\xff")
    with pytest.raises(ResultError, match=r"scenario\.toml: damaged"):
        load(folder)


def test_nothing_extra_for_no_trace(tmp_path: Path) -> None:
    bare = replace(small_result(), trace_rows=(), state_rows=())
    folder = save(bare, tmp_path / "bare")
    assert not (folder / "trace.parquet").exists()
    assert load(folder) == bare


def test_folder_name_is_no_partition(tmp_path: Path) -> None:
    result = small_result()
    assert load(save(result, tmp_path / "rate=2" / "seed=1")) == result


def test_result_json_is_what_run_prints(saved: Path) -> None:
    head = json.loads((saved / "result.json").read_text())
    assert head["summary"] == small_result().to_json()["summary"]
    assert head["format"] == store.FORMAT == 4


def test_older_result_is_replaced_whole(saved: Path) -> None:
    newer = replace(small_result(latency_s=3.0), trace_rows=())
    save(newer, saved)
    assert load(saved) == newer
    assert not (saved / "trace.parquet").exists()
    assert [path.name for path in saved.parent.iterdir()] == ["first"]


def test_a_result_with_a_stranger_in_it_is_left_alone(saved: Path) -> None:
    (saved / "notes.txt").write_text("by hand")
    with pytest.raises(ResultError, match="something else"):
        save(small_result(latency_s=3.0), saved)
    assert load(saved) == small_result()
    assert (saved / "notes.txt").read_text() == "by hand"


def test_a_folder_that_only_looks_like_a_result_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "result.json").write_text("{}")
    with pytest.raises(ResultError, match="something else"):
        save(small_result(), tmp_path / "project")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "there")
    save(small_result(), tmp_path / "link")
    save(small_result(latency_s=3.0), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert load(tmp_path / "there") == small_result(latency_s=3.0)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_impossible_names_are_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ResultError, match="cannot be written"):
        save(small_result(), tmp_path / name)


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert load(save(small_result(), tmp_path / "empty")) == small_result()


def test_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(ResultError, match="something else"):
        save(small_result(), tmp_path / "thesis")
    with pytest.raises(ResultError, match="something else"):
        save(small_result(), tmp_path / "thesis" / "chapter.txt")
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


@pytest.mark.parametrize("there", [False, True])
def test_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    target = tmp_path / "result"
    if there:
        save(small_result(), target)

    def full(path: Path, columns: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write_table", full)
    with pytest.raises(ResultError, match="No space left"):
        save(small_result(latency_s=2.0), target)
    assert [path.name for path in tmp_path.iterdir()] == ["result"] * there
    assert not there or load(target) == small_result()


def test_failed_swap_puts_the_older_back(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def broken(self: Path, target: Path) -> Path:
        if target == saved and self.name.startswith("."):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(ResultError, match="Input/output"):
        save(small_result(latency_s=2.0), saved)
    assert load(saved) == small_result()
    assert [path.name for path in saved.parent.iterdir()] == ["first"]


def test_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot be written"):
        save(small_result(), tmp_path / "file" / "result")


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no such result"):
        load(tmp_path / "nowhere")
    with pytest.raises(ResultError, match=r"result\.json: missing"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["result.json", "histograms.json", "series.parquet"])
def test_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(ResultError, match=f"{name}: missing"):
        load(saved)


@pytest.mark.parametrize(
    "name", ["result.json", "histograms.json", "series.parquet", "trace.parquet", "states.parquet"]
)
@pytest.mark.parametrize("content", [b"", b"\x80\x05garbage", b"[1, 2]", b'{"a": 1}'])
def test_damaged_file_is_named(saved: Path, name: str, content: bytes) -> None:
    (saved / name).write_bytes(content)
    with pytest.raises(ResultError, match=name):
        load(saved)


@pytest.mark.parametrize("key", ["summary", "each", "hash", "provenance", "seed"])
def test_missing_key_is_damage(saved: Path, key: str) -> None:
    head = json.loads((saved / "result.json").read_text())
    del head[key]
    (saved / "result.json").write_text(json.dumps(head))
    with pytest.raises(ResultError, match=rf"result\.json: damaged: KeyError: '{key}'"):
        load(saved)


COARSE = {"count": 1, "sum_ns": 67_500_000, "max_ns": 67_500_000, "bins": [1344], "weights": [1 << 20]}
"""One observation of 2**26 ns up to 2**26 + 2**20 - 1, in format 3: a bin as wide as 16 of today's."""


@pytest.fixture
def older(saved: Path) -> Path:
    """A result as wavetank wrote it in format 3, with a verdict of model version 1."""
    head = json.loads((saved / "result.json").read_text())
    for key in ("judgements", "statements", "shares", "censored_at"):
        del head[key]
    head |= {
        "format": 3,
        "model_version": 1,
        "verdict": "recovers",
        "reason": "Back.",
        "verdicts": ["recovers"],
    }
    (saved / "result.json").write_text(json.dumps(head))
    (saved / "histograms.json").write_text(json.dumps({"event_latency": {**COARSE, "infinite": 0}}))
    return saved


def test_a_result_of_model_version_1_says_that_its_verdict_is_not_comparable(older: Path) -> None:
    loaded = load(older)
    remark = (
        "This result is of model version 1: its verdict, 'recovers', followed other rules and is not "
        "comparable. Run the scenario again for one that is."
    )
    assert (loaded.model_version, loaded.outcome, loaded.said) == (1, Outcome.UNDECIDED, (remark,))
    assert loaded.summary == small_result().summary
    assert fates.sentence(loaded) == f"The fleet is undecided: there is nothing to judge by. {remark}"


def test_a_result_of_model_version_1_keeps_its_remark_when_it_is_saved_again(
    older: Path, tmp_path: Path
) -> None:
    once = load(older)
    twice = load(save(once, tmp_path / "again"))
    assert twice == once


def test_results_of_two_model_versions_are_not_compared(older: Path) -> None:
    with pytest.raises(NotComparable, match="model version"):
        difference(load(older), small_result(), "events_produced")


def test_what_was_said_and_what_was_not_over_comes_back(tmp_path: Path) -> None:
    result = small_result(verdict=trapped(600.0, 7.5))
    assert result.censored["recovery_s"] == 600
    assert load(save(result, tmp_path / "trapped")) == result


def test_other_format_is_refused(saved: Path) -> None:
    head = json.loads((saved / "result.json").read_text())
    (saved / "result.json").write_text(json.dumps(head | {"format": 1}))
    with pytest.raises(ResultError, match=f"format 1, but this wavetank reads format {store.FORMAT}"):
        load(saved)


def test_result_of_the_format_before_is_read(saved: Path) -> None:
    head = json.loads((saved / "result.json").read_text())
    (saved / "result.json").write_text(json.dumps(head | {"format": 3, "verdicts": ["recovers"]}))
    (saved / "histograms.json").write_text(json.dumps({"event_latency": {**COARSE, "infinite": 0}}))
    histogram = load(saved).histograms["event_latency"].histogram
    assert (histogram.count, histogram.sum_ns, histogram.max_ns) == (1, 67_500_000, 67_500_000)
    assert histogram.quantile(0.5) == pytest.approx(67_500_000, rel=0.016)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


def test_pickles_are_never_read(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "result.pkl").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ResultError, match="never a pickle"):
        load("result.pkl")
    for name in ("states.parquet", "series.parquet", "result.json"):
        shutil.copy(tmp_path / "result.pkl", saved / name)
        with pytest.raises(ResultError, match=name):
            load(saved)
    assert not (tmp_path / "exploded").exists()


def test_only_numbers_are_read(saved: Path) -> None:
    pq.write_table(pa.table({"t_s": ["zero"]}), saved / "series.parquet")
    with pytest.raises(ResultError, match="column t_s of type string"):
        load(saved)


def test_trace_needs_its_columns(saved: Path) -> None:
    pq.write_table(pa.table({"sent_ns": [1]}), saved / "trace.parquet")
    with pytest.raises(ResultError, match=r"trace\.parquet: damaged"):
        load(saved)


def test_errors_survive_being_rebuilt() -> None:
    error = ResultError("a: missing")
    assert str(type(error)(*error.args)) == "a: missing"


def test_result_can_cross_processes() -> None:
    result = small_result()
    again: Result = pickle.loads(pickle.dumps(result))
    assert again == result
