"""The tier *foreign*: each row of a table of measurements, predicted by the simulator."""

from math import isfinite
from typing import NamedTuple

from wavetank.scenario.loading import Scenario
from wavetank.studies.replications import run
from wavetank.studies.simulate import Share, Watch
from wavetank.validation.measurements import ABOUT, AT_LEAST, PREDICTED, Measurements, Row

REPRODUCED = 0.01
"""A row that calibrates comes out again to so much, or the costs are not those of the row."""


class Predicted(NamedTuple):
    """A row with its prediction.

    Attributes
    ----------
    row : Row
        The measured figure.
    value : float
        The simulated one, in the metric's unit.
    within : float
        The error aimed at, as a share.
    """

    row: Row
    value: float
    within: float

    @property
    def error(self) -> float:
        """Relative error: predicted over measured, less 1."""
        return self.value / self.row.measured - 1

    @property
    def is_prediction(self) -> bool:
        """Whether nothing of the scenario comes from this row."""
        return self.row.use == PREDICTED

    @property
    def met(self) -> bool:
        """Whether the error is at most what is aimed at; of a bound, whether it holds."""
        if self.row.bound == ABOUT:
            return abs(self.error) <= self.within
        return self.error >= 0 if self.row.bound == AT_LEAST else self.error <= 0


class Foreign(NamedTuple):
    """A table with its predictions, in the order of the file."""

    table: Measurements
    rows: tuple[Predicted, ...]

    @property
    def predictions(self) -> tuple[Predicted, ...]:
        """The rows that no cost comes from."""
        return tuple(row for row in self.rows if row.is_prediction)

    @property
    def holds(self) -> bool:
        """Whether every row is as near as aimed at, those that calibrate among them."""
        return all(row.met for row in self.rows)

    @property
    def mean_error(self) -> float:
        """Mean of the predictions' errors without their signs, as a share; bounds are left out."""
        errors = self._errors()
        return sum(errors) / len(errors) if errors else 0.0

    @property
    def has_errors(self) -> bool:
        """Whether any prediction is held against a figure rather than a bound."""
        return bool(self._errors())

    def _errors(self) -> list[float]:
        return [abs(row.error) for row in self.predictions if row.row.bound == ABOUT]


def predict(table: Measurements, engine: str | None = None, watch: Watch | None = None) -> Foreign:
    """Simulate the rows of a table. Rows with the same settings share a run.

    Raises
    ------
    ScenarioError
        At the metric of a row that its run knows nothing of.
    """
    summaries: dict[tuple[str, ...], dict[str, float | int | None]] = {}
    kinds = list(dict.fromkeys(row.set for row in table.spec.row))
    cases = dict(zip((row.set for row in table.spec.row), table.cases, strict=True))
    for done, sets in enumerate(kinds):
        if watch is not None:
            watch([Share(table.spec.name, done / len(kinds))])
        summaries[sets] = _figures(cases[sets], engine)
    rows = tuple(
        Predicted(row, _value(table, index, summaries[row.set]), _aim(table, row))
        for index, row in enumerate(table.spec.row)
    )
    return Foreign(table, rows)


def _figures(case: Scenario, engine: str | None) -> dict[str, float | int | None]:
    return dict(run(case, engine=engine, workers=1).summary)


def _aim(table: Measurements, row: Row) -> float:
    if row.within:
        return row.within
    return table.spec.within if row.use == PREDICTED else REPRODUCED


def _value(table: Measurements, index: int, summary: dict[str, float | int | None]) -> float:
    metric = table.spec.row[index].metric
    if metric not in summary:
        raise table.error(index, "metric", "the run has nothing to measure for it; docs/metrics.md says when")
    value = summary[metric]
    if value is None or not isfinite(value):
        raise table.error(
            index, "metric", "it was not over when the run ended; give the scenario a longer duration"
        )
    return float(value)
