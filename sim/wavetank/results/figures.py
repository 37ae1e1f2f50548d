"""The metrics of a result by name, with help for a name that is not there.

A metric that had nothing to measure is absent. Asking for a name that is not there raises KeyError with
the nearest names.
"""

from difflib import get_close_matches

from wavetank.results.metrics import is_metric
from wavetank.results.summary import Number, Summary


class Figures(dict[str, Number]):
    """Metric -> number (None: infinite). A name that is not there is a KeyError that suggests the nearest."""

    def __missing__(self, metric: str) -> Number:
        raise KeyError(unknown_metric(metric, self))


def unknown_metric(metric: object, known: Summary) -> str:
    """Say why there is no such metric among the `known` ones, and which name was probably meant."""
    if isinstance(metric, str) and is_metric(metric):
        return f"{metric} has nothing to measure in this run"
    near = get_close_matches(str(metric), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "docs/metrics.md lists all"
    return f"there is no metric {metric!r}; {hint}"
