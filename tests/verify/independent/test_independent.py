"""An independent simulator, written from docs/model.md alone, finds the same totals as the engines."""

import pytest

from tests.verify.independent.simulator import quantity
from tests.verify.independent.totals import FEW, MANY, PAGE, SCENARIOS, page, totals


@pytest.mark.parametrize(
    ("text", "value"), [("20ms", 0.02), ("3s", 3.0), ("2min", 120.0), ("1h", 3600.0), ("1/min", 1 / 60)]
)
def test_quantities(text: str, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_totals_are_those_of_the_engines(scenario: str) -> None:
    mine = totals(scenario, "compiled", FEW)
    assert len(mine) >= 6
    # errors of 8 seeds are themselves known to a quarter
    assert max(total.errors_apart for total in mine) < 4.0, mine


def test_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: make docs"


@pytest.mark.long
@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_totals_of_many_seeds(scenario: str, engine: str) -> None:
    mine = totals(scenario, engine, MANY if engine == "compiled" else FEW)
    assert max(total.errors_apart for total in mine) < (3.0 if engine == "compiled" else 4.0), mine
