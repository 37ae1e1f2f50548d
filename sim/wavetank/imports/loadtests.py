"""Results of load tests: k6 (--out csv, --out json) and Locust (_stats.csv, _stats_history.csv)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from wavetank.imports.cells import Cells
from wavetank.imports.instants import Instants
from wavetank.imports.jsonlines import parsed
from wavetank.imports.problems import Drop, ImportProblem
from wavetank.imports.reading import Found
from wavetank.imports.records import Block, block, numbers
from wavetank.imports.tables import Header, split
from wavetank.imports.units import LOAD_TEST

DURATION = "http_req_duration"
K6_COLUMNS = {"metric_name", "timestamp", "metric_value"}
LOCUST_STATS = {"Type", "Name", "Request Count", "Requests/s", "50%", "95%", "100%"}
LOCUST_HISTORY = {"Timestamp", "User Count", "Total Request Count"}
_MS = 1e-3  # both write durations in milliseconds


class K6Table:
    """Reads `k6 run --out csv`: rows of http_req_duration, written when a request has ended."""

    name = "k6 results (CSV)"

    def __init__(self, header: Header) -> None:
        self._header = header
        self._instants = Instants()

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines, past the header."""
        skip = 1 if first == 1 else 0
        rows, kept, drops = split(lines[skip:], first + skip, self._header)
        index = [self._header.names.index(name) for name in ("metric_name", "timestamp", "metric_value")]
        timed = [
            (line, row[index[1]], row[index[2]])
            for line, row in zip(kept, rows, strict=True)
            if row[index[0]] == DURATION
        ]
        return block(
            [line for line, _, _ in timed],
            stamps_s=[self._instants[text] for _, text, _ in timed],
            service_s=numbers([text for _, _, text in timed], _MS),
            at_end=True,
            drops=drops,
        )

    def end(self) -> tuple[None, Found]:
        """Say where these arrivals come from."""
        return None, LOAD_TEST


class K6Json:
    """Reads `k6 run --out json`: points of http_req_duration; the tag `vu` is the client."""

    name = "k6 results (JSON)"

    def __init__(self) -> None:
        self._instants = Instants()

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines."""
        drops: list[Drop] = []
        rows: list[tuple[int, float, float, str]] = []
        for number, line in enumerate(lines, first):
            value = parsed(line)
            if not isinstance(value, dict):
                if line.strip():
                    drops.append(Drop(number, f"not a JSON object ({self.name})"))
            elif value.get("metric") == DURATION and value.get("type") == "Point":
                point = self._point(value.get("data"))
                if point is None:
                    drops.append(Drop(number, "no time or no value"))
                else:
                    rows.append((number, *point))
        return block(
            [number for number, _, _, _ in rows],
            stamps_s=[at for _, at, _, _ in rows],
            service_s=[value * _MS for _, _, value, _ in rows],
            clients=[client for _, _, _, client in rows],
            at_end=True,
            drops=drops,
        )

    def end(self) -> tuple[None, Found]:
        """Say where these arrivals come from."""
        return None, LOAD_TEST

    def _point(self, data: Any) -> tuple[float, float, str] | None:
        if not isinstance(data, dict) or not isinstance(data.get("value"), int | float):
            return None
        at = self._instants[str(data.get("time", ""))]
        tags = data.get("tags")
        vu = tags.get("vu") if isinstance(tags, dict) else None
        return None if at != at else (at, float(data["value"]), f"vu {vu}" if vu else "")


class LocustStats:
    """Reads `_stats.csv`: rate and quantiles of the aggregated row."""

    name = "Locust statistics"

    def __init__(self, file: str, header: Header) -> None:
        self._file = file
        self._header = header
        self._row: dict[str, str] = {}

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Look for the aggregated row among these lines."""
        rows, _, drops = split(lines[1 if first == 1 else 0 :], first, self._header)
        for row in rows:
            cells = dict(zip(self._header.names, row, strict=True))
            if cells["Name"] == "Aggregated":
                self._row = cells
        return block([], drops=drops)

    def end(self) -> tuple[None, Found]:
        """Return rate and durations. Raises ImportProblem without an aggregated row."""
        if not self._row:
            raise ImportProblem(f"{self._file}: no row Aggregated; take the _stats.csv of the whole test")
        count, rate, mean = (
            float(numbers([self._row.get(name, "")])[0])
            for name in ("Request Count", "Requests/s", "Average Response Time")
        )
        if not (count > 0 and rate > 0):
            raise ImportProblem(f"{self._file}: the test made no request; take one that did")
        note = "durations are fitted to the quantiles that Locust writes, which it rounds to two digits."
        cells = _quantile_cells(self._row, int(count))
        return None, LOAD_TEST._replace(
            service=cells,
            mean_s=float(np.nan_to_num(mean * _MS)),
            rate_per_s=rate,
            requests=int(count),
            notes=(*LOAD_TEST.notes, note),
        )


class LocustHistory:
    """Reads `_stats_history.csv`: how the number of all requests grew."""

    name = "Locust history"

    def __init__(self, header: Header) -> None:
        self._header = header
        self._before = 0.0

    def read(self, lines: Sequence[str], first: int) -> Block:
        """Read these lines; a row stands for the requests since the row before."""
        skip = 1 if first == 1 else 0
        rows, kept, drops = split(lines[skip:], first + skip, self._header)
        index = {name: i for i, name in enumerate(self._header.names)}
        counted: list[tuple[int, float, int]] = []
        for line, row in zip(kept, rows, strict=True):
            if row[index["Name"]] != "Aggregated":
                continue
            at, total = numbers([row[index["Timestamp"]], row[index["Total Request Count"]]])
            if np.isfinite(at) and total > self._before:
                counted.append((line, float(at), int(total - self._before)))
                self._before = float(total)
        return block(
            [line for line, _, _ in counted],
            stamps_s=[at for _, at, _ in counted],
            weights=[more for _, _, more in counted],
            drops=drops,
        )

    def end(self) -> tuple[None, Found]:
        """Say where the durations are."""
        return None, LOAD_TEST._replace(notes=(*LOAD_TEST.notes, "for durations import _stats.csv as well."))


def _quantile_cells(row: dict[str, str], count: int) -> Cells | None:
    """Cells between the quantiles of a row: each holds the share between them."""
    pairs = []
    for name, text in row.items():
        share, value = numbers([name[:-1] if name.endswith("%") else ""])[0], numbers([text])[0]
        if np.isfinite(share) and np.isfinite(value):
            pairs.append((share / 100, value * _MS))
    shares, edges = [0.0], [0.0]
    for share, value in sorted(pairs):
        if value > edges[-1]:
            shares.append(float(share))
            edges.append(float(value))
        elif len(shares) > 1:
            shares[-1] = float(share)
    if len(edges) < 2:
        return None
    return Cells(np.array(edges), np.round(np.diff(shares) * count).astype(np.int64))
