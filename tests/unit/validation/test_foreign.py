from pathlib import Path

import pytest

from tests.unit.validation.cases import TABLE, foreign
from wavetank.errors import ScenarioError


def test_predictions_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    """Four clients in a closed queue of 10 ms: 100/s a core, and 40 ms for each answer on one."""
    answer = foreign(tmp_path)
    assert [row.value for row in answer.rows] == pytest.approx([100, 200, 200, 0.040], rel=0.002)
    assert [row.met for row in answer.rows] == [True, False, True, True]
    assert not answer.holds
    # 200 for 160 and 40 ms for 41 ms; the bound has no error
    assert answer.mean_error == pytest.approx((0.25 + 0.001 / 0.041) / 2, rel=0.01)


def test_a_bound_that_does_not_hold_and_costs_that_are_not_the_rows(tmp_path: Path) -> None:
    text = TABLE.replace("measured = 150", "measured = 250").replace("measured = 100", "measured = 102")
    answer = foreign(tmp_path, text)
    assert [row.met for row in answer.rows] == [False, False, False, True]


def test_at_most_and_bounds_alone(tmp_path: Path) -> None:
    text = TABLE.replace('"at-least"', '"at-most"')
    assert not foreign(tmp_path, text).rows[2].met
    rows = TABLE.split("[[row]]")
    answer = foreign(tmp_path, "[[row]]".join([rows[0], rows[1], rows[3]]))
    assert (answer.has_errors, answer.holds) == (False, True)


@pytest.mark.parametrize(
    ("metric", "lost", "said"),
    [
        ("recovery_s", False, "nothing to measure"),
        ("event_latency_max_s", True, "was not over when the run ended"),
    ],
)
def test_a_metric_without_a_figure_is_a_mistake_at_its_place(
    tmp_path: Path, metric: str, lost: bool, said: str
) -> None:
    fault = '"3s"\nfault = [{ kind = "node-loss", node = 0, at = "2s", lasts = "10s" }]'
    text = TABLE.replace("request_latency_mean_s.stateless", metric)
    text = text.replace('"3s"', fault) if lost else text
    with pytest.raises(ScenarioError, match=rf"t\.toml:3[67]:10: row\.3\.metric: .*{said}"):
        foreign(tmp_path, text)
