"""A fitted quantity as a law of the scenario, with a data file where no law fits."""

from typing import NamedTuple

import numpy as np

from wavetank.imports import texts
from wavetank.imports.fitting import Fitted
from wavetank.imports.laws import ERLANG, EXPONENTIAL, UNIFORM
from wavetank.imports.records import Floats

MOST_ROWS = 10_000  # quantiles to a hundredth of a percent, in a file of 100 kB


class DataFile(NamedTuple):
    """A CSV file: the end of its name, its column, and its values as texts."""

    suffix: str
    column: str
    values: tuple[str, ...]

    def text(self) -> str:
        """The whole file."""
        return "\n".join((self.column, *self.values)) + "\n"


def law_text(fitted: Fitted, kind: str, stem: str) -> tuple[str | None, DataFile | None]:
    """TOML of a law of "durations" (s) or "sizes" (bytes), and the data that an empirical one needs.

    None where all values are zero: then there is nothing to write.
    """
    best = fitted.best
    if fitted.mean <= 0:
        return None, None
    if fitted.constant:
        return f'"{_quantity(fitted.mean, kind)}"', None
    if best is None or not best.law.known:
        return _empirical(fitted, kind, stem)
    first = _quantity(float(best.parameters[0]), kind)
    if best.law is EXPONENTIAL:
        return f'{{ law = "exponential", mean = "{first}" }}', None
    if best.law is ERLANG:
        return f'{{ law = "erlang", mean = "{first}", k = {int(best.parameters[1])} }}', None
    if best.law is UNIFORM:
        return (
            f'{{ law = "uniform", low = "{first}", high = "{_quantity(float(best.parameters[1]), kind)}" }}',
            None,
        )
    return f'{{ law = "{best.law.name}", mean = "{first}", cv = {float(best.parameters[1]):.4g} }}', None


def _empirical(fitted: Fitted, kind: str, stem: str) -> tuple[str, DataFile]:
    column = "service" if kind == "durations" else "size"
    values = tuple(_quantity(value, kind, 6) for value in sample(fitted).tolist())
    data = DataFile(f"-{column}.csv", column, values)
    return f'{{ law = "empirical", file = "{stem}{data.suffix}", column = "{column}" }}', data


def sample(fitted: Fitted) -> Floats:
    """At most 10,000 values, each alike likely: the quantiles at the middles of as many equal shares.

    Within a bin of a histogram values are spread evenly; an endless bin is as wide as the one before.
    """
    if len(fitted.values):
        if len(fitted.values) <= MOST_ROWS:
            return fitted.values
        index = ((np.arange(MOST_ROWS) + 0.5) * len(fitted.values) / MOST_ROWS).astype(np.int64)
        return fitted.values[index]
    edges, counts = fitted.cells.edges.copy(), fitted.cells.counts
    if not np.isfinite(edges[-1]):
        edges[-1] = 2 * edges[-2] - (edges[-3] if len(edges) > 2 else 0.0)
    shares = np.concatenate(([0.0], np.cumsum(counts) / counts.sum()))
    rows = int(min(MOST_ROWS, max(1000, fitted.cells.total)))
    return np.asarray(np.interp((np.arange(rows) + 0.5) / rows, shares, edges))


def _quantity(value: float, kind: str, digits: int = 4) -> str:
    return texts.duration_text(value, digits) if kind == "durations" else texts.size_text(value)
