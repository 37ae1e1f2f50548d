from collections.abc import Callable

import pytest

from tests.unit.studies.cases import QUEUE, STORM, resolved, scenario
from wavetank.scenario.resolved import Objective, Resolved
from wavetank.studies.cells.cell import Cell, cell_task, from_json, to_json
from wavetank.studies.cells.making import make
from wavetank.studies.replications import replicate, run

LIMIT = 'slo.recovery="20s"'
WINDOWED = 'slo.during.event_latency_p99="5s"'


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda task: task._replace(name="another"), True),
        (lambda task: task._replace(objectives=(Objective("event_latency_p99_s", 1.0),)), True),
        (lambda task: task._replace(objectives=(Objective("events_dropped", 0.0),)), True),
        (lambda task: task._replace(seed=7), False),
        (lambda task: task._replace(agents=21), False),
        (lambda task: task._replace(faults=()), False),
    ],
    ids=["name", "limit", "another limit", "seed", "agents", "faults"],
)
def test_a_key_is_of_what_decides_the_run(change: Callable[[Resolved], Resolved], same: bool) -> None:
    base = resolved(STORM)
    assert (cell_task(change(base)).key == cell_task(base).key) is same


def test_engine_settling_and_counted_bounds_are_in_the_key() -> None:
    base = resolved(STORM)
    keys = [
        cell_task(base).key,
        cell_task(base, "reference").key,
        cell_task(base, settle_ns=0).key,
        cell_task(base, bounds=(Objective("event_latency_p99_s", 1.0),)).key,
    ]
    assert len(set(keys)) == 4


def test_the_limit_on_recovery_counts_only_where_a_window_hangs_on_it() -> None:
    assert cell_task(resolved(STORM, LIMIT)).key == cell_task(resolved(STORM, 'slo.recovery="25s"')).key
    left, other = (cell_task(resolved(STORM, f'slo.recovery="{s}s"', WINDOWED)) for s in (20, 25))
    assert left.key != other.key


def test_windows_are_kept_where_their_length_is_that_of_the_scenario() -> None:
    assert not any("@" in name for name in make(cell_task(resolved(STORM, LIMIT))).summary)
    for sets in ((), (LIMIT, WINDOWED)):
        cell = make(cell_task(resolved(STORM, *sets)))
        plain = run(scenario(STORM, *sets))
        during = "event_latency_p99_s@during"
        assert cell.summary[during] == plain.summary[during]


@pytest.mark.parametrize("text", [QUEUE, STORM])
def test_a_cell_says_what_a_run_says(text: str) -> None:
    (plain,) = replicate([scenario(text)], seed=5)
    cell = make(cell_task(scenario(text).resolve(5)))
    assert cell.summary == dict(plain.summary)
    assert cell.censored == plain.censored
    assert (cell.verdict,) == plain.judgements
    assert (cell.word, cell.engine, cell.seed) == (plain.verdict, plain.engine, 5)


@pytest.mark.parametrize("text", [QUEUE, STORM])
def test_a_cell_is_the_same_after_json(text: str) -> None:
    cell = make(cell_task(resolved(text)))
    assert from_json(to_json(cell)) == cell


def test_limits_are_judged_by_what_is_kept() -> None:
    cell = make(cell_task(resolved(STORM)))
    value = cell.summary["event_latency_p99_s"]
    assert value is not None
    limits = (Objective("event_latency_p99_s", value), Objective("event_latency_p99_s", value * 0.99))
    assert [judged.met for judged in cell.judged(limits)] == [True, False]


def test_a_run_that_came_to_no_answer_has_a_word_of_its_own() -> None:
    cell = Cell("ab", "compiled", 1, None, {}, {}, {}, "it stands still")
    assert from_json(to_json(cell)) == cell
    assert cell.word == "failed"
