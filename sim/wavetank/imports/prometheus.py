"""Prometheus: answers of range queries, and the text that an exporter serves."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from wavetank.imports.asking import Asked
from wavetank.imports.cells import Cells
from wavetank.imports.problems import Drop, ImportProblem
from wavetank.imports.reading import Found
from wavetank.imports.records import Block, block
from wavetank.studies.formatting import duration

Points = list[tuple[float, float]]
SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: -?\d+)?(?: # .*)?")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
SHARES = (0.5, 0.95, 0.99)  # quantiles of which the bins are told


class Buckets:
    """Histograms by name: the counts up to each bound, over all labels, and sum and count."""

    def __init__(self, file: str, asked: Asked) -> None:
        self._file = file
        self._asked = asked
        self._up_to: dict[str, dict[float, float]] = {}
        self._sums: dict[str, float] = {}

    def add(self, name: str, bound: float, count: float) -> None:
        """Count so many up to a bound."""
        bounds = self._up_to.setdefault(name, {})
        bounds[bound] = bounds.get(bound, 0.0) + count

    def add_sum(self, name: str, total: float) -> None:
        """Add to the sum of all values."""
        self._sums[name] = self._sums.get(name, 0.0) + total

    def found(self) -> Found | None:
        """Return the histogram, or None where there is none. Raises ImportProblem where there are several."""
        wanted = self._asked.columns.get("service", "").removesuffix("_bucket")
        names = [name for name, bounds in self._up_to.items() if max(bounds.values()) > 0]
        if wanted and wanted not in names:
            raise ImportProblem(
                f"{self._file}: no histogram {wanted}; there are {', '.join(names) or 'none'}"
            )
        if not wanted and len(names) > 1:
            raise ImportProblem(
                f"{self._file}: several histograms; say --column service=NAME with one of {', '.join(names)}"
            )
        if not names:
            return None
        name = wanted or names[0]
        unit_s = self._asked.unit_s or _unit_of(name)
        bounds = sorted(self._up_to[name].items())
        edges = [0.0, *(bound * unit_s for bound, _ in bounds if bound > 0)]
        up_to = [0.0, *(count for bound, count in bounds if bound > 0)]
        counts = np.maximum(np.diff(up_to), 0).round().astype(np.int64)
        cells = Cells(np.array(edges), counts)
        if not cells.total:
            return None
        return Found(
            service=cells,
            mean_s=max(0.0, self._sums.get(name, 0.0) * unit_s / cells.total),
            notes=(f"durations are those of {name}; {bins(cells)}.",),
        )


def bins(cells: Cells) -> str:
    """Say between which bounds quantiles lie: that is all that a histogram knows of them."""
    shares = np.cumsum(cells.counts) / cells.total
    told = []
    for share in SHARES:
        index = int(np.searchsorted(shares, share))
        low, high = cells.edges[index], cells.edges[index + 1]
        above = f"above {duration(float(low))}"
        told.append(
            f"p{100 * share:g} "
            + (f"between {duration(float(low))} and {duration(float(high))}" if np.isfinite(high) else above)
        )
    return "a histogram knows quantiles only to their bin: " + ", ".join(told)


def matrix(file: str, document: Mapping[str, Any], asked: Asked) -> tuple[Block | None, Found]:
    """Read the answer of a range or instant query: buckets, counters, or rates. Raises ImportProblem."""
    data = document.get("data")
    result = data.get("result") if isinstance(data, dict) else None
    series = [sample for sample in result if isinstance(sample, dict)] if isinstance(result, list) else []
    if not series:
        said = document.get("error") or "data.result is empty"
        raise ImportProblem(f"{file}: the query has no result ({said}); export one that has")
    buckets = Buckets(file, asked)
    rows: list[tuple[float, int]] = []
    for sample in series:
        metric = sample.get("metric")
        labels: dict[str, Any] = metric if isinstance(metric, dict) else {}
        name = str(labels.get("__name__", ""))
        points = _points(sample)
        if "histograms" in sample or "histogram" in sample:
            _native(buckets, name, sample)
        elif "le" in labels:
            buckets.add(name.removesuffix("_bucket") or "histogram", _float(labels["le"]), _increase(points))
        elif name.endswith("_sum"):
            buckets.add_sum(name.removesuffix("_sum"), _increase(points))
        else:
            rows += _requests(name, points)
    rows.sort()
    requests = block(
        range(1, len(rows) + 1), stamps_s=[at for at, _ in rows], weights=[count for _, count in rows]
    )
    histogram = buckets.found()
    if histogram is None and not rows:
        raise ImportProblem(
            f"{file}: no histogram, counter or rate that moves; query http requests or durations"
        )
    return (requests if rows else None), histogram or Found()


def _requests(name: str, points: Points) -> list[tuple[float, int]]:
    """Requests between points: how much a counter grew, or, of a query without a name, rate times time."""
    requests = []
    for (before_s, before), (at_s, value) in pairwise(points):
        more = (value - before if value >= before else value) if name else value * (at_s - before_s)
        if more >= 0.5:
            requests.append((at_s, round(more)))
    return requests


def _points(series: Mapping[str, Any]) -> Points:
    values = series.get("values") or ([series["value"]] if "value" in series else [])
    return [
        (_float(pair[0]), _float(pair[1])) for pair in values if isinstance(pair, list) and len(pair) == 2
    ]


def _increase(points: Points) -> float:
    """How much a counter grew, past its resets; the value of a single point is all there is."""
    if len(points) < 2:
        return points[0][1] if points else 0.0
    values = [value for _, value in points]
    return sum(b - a if b >= a else b for a, b in pairwise(values))


def _native(buckets: Buckets, name: str, series: Mapping[str, Any]) -> None:
    """Native histograms bring their own bounds, [rule, low, high, count]; the first is taken off the last."""
    points = series.get("histograms") or [series["histogram"]]
    first = _native_counts(points[0][1]) if len(points) > 1 else {}
    last = _native_counts(points[-1][1])
    total = 0.0
    for bound in sorted(last):
        total += max(0.0, last[bound] - first.get(bound, 0.0))
        buckets.add(name, bound, total)
    sums = [_float(point[1].get("sum", 0)) for point in points]
    buckets.add_sum(name, sums[-1] - (sums[0] if len(points) > 1 else 0.0))


def _native_counts(histogram: Mapping[str, Any]) -> dict[float, float]:
    return {
        _float(entry[2]): _float(entry[3]) for entry in histogram.get("buckets", []) if _float(entry[2]) > 0
    }


def _float(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")


def _unit_of(name: str) -> float:
    """Prometheus' base unit is the second; some names say another."""
    ends = {"_milliseconds": 1e-3, "_ms": 1e-3, "_microseconds": 1e-6, "_us": 1e-6, "_nanoseconds": 1e-9}
    return next((unit for end, unit in ends.items() if name.endswith(end)), 1.0)


class ExpositionReader:
    """Reads the text of an exporter: its classic histograms, counted since it began."""

    name = "Prometheus text"

    def __init__(self, file: str, asked: Asked) -> None:
        self._file = file
        self._buckets = Buckets(file, asked)

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines."""
        drops: list[Drop] = []
        for number, line in enumerate(lines, first):
            match = SAMPLE.fullmatch(line)
            if match is None:
                if line.strip() and not line.startswith("#"):
                    drops.append(Drop(number, "not a sample (Prometheus text)"))
                continue
            labels = dict(LABEL.findall(match["labels"] or ""))
            name, value = match["name"], _float(match["value"])
            if name.endswith("_bucket") and "le" in labels:
                self._buckets.add(name.removesuffix("_bucket"), _float(labels["le"]), value)
            elif name.endswith("_sum"):
                self._buckets.add_sum(name.removesuffix("_sum"), value)
        return block([], drops=drops)

    def end(self) -> tuple[None, Found]:
        """Return the histogram. Raises ImportProblem where there is none."""
        histogram = self._buckets.found()
        if histogram is None:
            raise ImportProblem(f"{self._file}: no histogram with values; export one of request durations")
        return None, histogram
