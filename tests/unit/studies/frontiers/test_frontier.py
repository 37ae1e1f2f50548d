import json
import pickle
import re
from pathlib import Path

import pytest

from tests.unit.studies.cases import QUEUE, STORM, scenario
from wavetank.results.judge.outcomes import Outcome
from wavetank.results.judge.verdict import Verdict
from wavetank.scenario import Scenario
from wavetank.studies.cells import Cell
from wavetank.studies.frontiers import BadFrontier, Frontier, FrontierMap, frontier
from wavetank.studies.frontiers.frontier import concluded
from wavetank.studies.frontiers.levels import Level, Levels, is_fatal
from wavetank.studies.sweeping.axes import axis_of

KEY = "fault.0.down"
VARY = f"{KEY}=1s..30s"


@pytest.fixture(scope="module")
def base() -> Scenario:
    """A fleet that must be back soon after a restart: a long one is fatal."""
    return scenario(STORM, 'slo.recovery="4s"', 'server.service.login="60ms"', "server.cores=1")


@pytest.fixture(scope="module")
def swept(base: Scenario) -> Frontier:
    answer = frontier(base, [VARY], runs=80, workers=1)
    assert isinstance(answer, Frontier)
    return answer


def level(value: float, fatal: int, runs: int = 40, waiting: int = 0) -> Level:
    return Level(f"{value:g}s", value, runs, fatal, waiting)


def test_the_levels_lie_in_the_range_and_the_budget_is_kept(swept: Frontier) -> None:
    assert swept.runs <= 80
    values = [place.value for place in swept.levels]
    assert values == sorted(values)
    assert 1 <= values[0] < values[-1] <= 30
    assert swept.unit == "s"
    assert swept.within_s == 4.0


def test_a_run_with_a_bound_ends_when_it_is_decided(base: Scenario) -> None:
    """From a hold after the fault on, to the end that it would have had."""
    levels = Levels(base, axis_of(VARY), (), None, 1, 1, None, None)
    task, whole = levels._task("3s", 0), levels._resolved["3s"]
    assert task.settle_ns is not None
    assert task.resolved.duration_ns < whole.duration_ns == task.resolved.duration_ns + task.settle_ns
    unbounded = Levels(scenario(STORM), axis_of(VARY), (), None, 1, 1, None, None)._task("3s", 0)
    assert (unbounded.settle_ns, unbounded.resolved.duration_ns) == (None, whole.duration_ns)


def test_any_number_of_workers_and_a_folder_give_the_same(
    base: Scenario, swept: Frontier, tmp_path: Path
) -> None:
    first = frontier(base, [VARY], runs=80, workers=2, out=tmp_path)
    assert first == swept
    assert frontier(base, [VARY], runs=80, workers=1, out=tmp_path) == swept


def test_it_pickles_and_shows_itself(swept: Frontier) -> None:
    assert pickle.loads(pickle.dumps(swept)) == swept
    assert repr(swept) == f"<Frontier: storm over {KEY}, {swept.runs} runs>"
    assert swept._repr_html_().startswith("<p><b>")
    frame = swept.to_frame()
    assert list(frame.columns[:2]) == [KEY, f"{KEY}_text"]
    assert frame.runs.sum() == swept.runs
    json.dumps(swept.to_json(), allow_nan=False)


def test_a_band_from_counts(base: Scenario) -> None:
    levels = [level(10, 0), level(20, 10), level(30, 30), level(40, 40, waiting=7)]
    grows = concluded(base, axis_of(VARY), (), levels, 1)
    assert grows.is_monotone
    low, half, high = (cross.value for cross in grows.band)
    assert half == pytest.approx(25.0)
    assert low == pytest.approx(12.0)
    assert high == pytest.approx(38.0)
    text = grows.text
    assert "is fatal in half of the runs at 25 s (95 %: " in text
    assert "7 were not trapped: with more time some of them come back, so this horizon moves the band" in text


def test_the_other_way_round(base: Scenario) -> None:
    levels = [level(10, 40), level(20, 30), level(30, 10), level(40, 0)]
    falls = concluded(base, axis_of(VARY), (), levels, 1)
    assert not falls.rising
    half = falls.band[1]
    assert half.value == pytest.approx(25.0)
    assert half.low is not None
    assert half.high is not None
    assert half.low < 25 < half.high
    assert falls.fitted == [1.0, 0.75, 0.25, 0.0]


def test_no_band_where_the_share_does_not_grow(base: Scenario) -> None:
    counts = zip((60, 90, 115, 150, 175), (28, 13, 34, 12, 26), strict=True)
    swings = concluded(base, axis_of(VARY), (), [level(*pair) for pair in counts], 1)
    assert not swings.is_monotone
    assert swings.band == ()
    assert swings.text.startswith(
        "Not monotone: no value of fault.0.down parts what is fatal from what is not."
    )
    assert swings.to_frame().fitted.isna().all()


def test_two_keys_make_a_map(base: Scenario) -> None:
    answer = frontier(base, [VARY, "server.cores=1..2"], runs=60, workers=1)
    assert isinstance(answer, FrontierMap)
    assert [row.settings for row in answer.rows] == [("server.cores=1",), ("server.cores=2",)]
    assert set(answer.to_frame()["server.cores"]) == {"1", "2"}
    assert answer._repr_html_().count("<tr>") == 3
    assert len(answer.text.splitlines()) == 2
    json.dumps(answer.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("outcome", "text", "back_s", "grows", "fatal"),
    [
        (Outcome.BACK, STORM, 3.0, False, False),
        (Outcome.BACK, STORM, 5.0, False, True),
        (Outcome.METASTABLE, STORM, None, False, True),
        (Outcome.UNDECIDED, STORM, None, False, True),
        (Outcome.UNDECIDED, QUEUE, None, False, False),
        (Outcome.UNDECIDED, QUEUE, None, True, True),
        (Outcome.OVERLOADED, QUEUE, None, False, True),
        (Outcome.STABLE, QUEUE, None, False, False),
    ],
)
def test_what_is_fatal(outcome: Outcome, text: str, back_s: float | None, grows: bool, fatal: bool) -> None:
    summary = {"recovery_s": back_s} if text == STORM else {}
    cell = Cell("", "compiled", 1, Verdict(outcome, piles_up=grows), summary, {}, {})
    sets = ['slo.recovery="4s"'] if text == STORM else []
    assert is_fatal(cell, scenario(text, *sets).resolve()) is fatal


@pytest.mark.parametrize(
    ("vary", "runs", "message"),
    [
        (["server.cores=1,2"], 160, "a frontier takes one or two ranges"),
        (["server.cores=1..4:3"], 160, "a frontier takes one or two ranges"),
        ([VARY, "server.cores=1..2", "fleet.agents=1..9"], 160, "a frontier takes one or two ranges"),
        ([VARY], 20, "20 runs; take 60 or more"),
    ],
)
def test_mistakes(base: Scenario, vary: list[str], runs: int, message: str) -> None:
    with pytest.raises(BadFrontier, match=re.escape(message)):
        frontier(base, vary, runs=runs)
