"""A sweep as a table: a row a run, or a row for each metric of each run.

The keys that vary and the seed say which run it is. pandas is imported only when a table is asked for. A
metric that a run does not have is missing in its row, never 0.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wavetank.results.frames import frame_of, parted_name, value_of
from wavetank.results.metrics import unit_of
from wavetank.studies.sweeping.design import Design, Designs

if TYPE_CHECKING:
    import pandas

    from wavetank.studies.cells import Cell

CENSORED = "censored_at."
"""Before the name of a metric: the column with the lower bounds of values that were not over."""


def _places(studied: Designs) -> Iterator[tuple[int, Design, int, "Cell"]]:
    for index, design in enumerate(studied.designs):
        for replication, cell in enumerate(design.cells):
            yield index, design, replication, cell


def _head(studied: Designs, index: int, design: Design, replication: int, cell: "Cell") -> dict[str, Any]:
    row: dict[str, Any] = {"design": index}
    for key, text, value in zip(studied.keys, design.texts, design.values, strict=True):
        row[key], row[f"{key}_text"] = value, text
    met = design.meets(cell) if design.objectives else None
    return {
        **row,
        "cores": design.cores,
        "replication": replication,
        "seed": cell.seed,
        "verdict": cell.word,
        "met": {True: "yes", False: "no", None: ""}[met],
    }


def wide(studied: Designs) -> "pandas.DataFrame":
    """Return one row a run, with a column for each metric that any run has."""
    import pandas

    cells = [cell for design in studied.designs for cell in design.cells]
    metrics = list(dict.fromkeys(name for cell in cells for name in cell.summary))
    censored = [name for name in metrics if any(name in cell.censored for cell in cells)]
    rows = []
    for place in _places(studied):
        row, cell = _head(studied, *place), place[-1]
        row |= {name: value_of(value, name in cell.censored) for name, value in cell.summary.items()}
        row |= {CENSORED + name: cell.censored.get(name) for name in censored}
        rows.append({**row, "failure": cell.failure, "hash": place[1].hash})
    columns = list(_head(studied, *place)) if rows else []
    columns += [*metrics, *(CENSORED + name for name in censored), "failure", "hash"]
    frame = pandas.DataFrame.from_records(rows, columns=columns)
    return frame.astype(dict.fromkeys([*metrics, *(CENSORED + name for name in censored)], "float64"))


def long(studied: Designs) -> "pandas.DataFrame":
    """Return a row for each metric of each run, with the columns of `Result.to_frame` behind the keys."""
    rows = []
    columns: tuple[str, ...] = ()
    for place in _places(studied):
        head, cell = _head(studied, *place), place[-1]
        columns = (*head, "metric", "label", "value", "unit", "censored_at")
        for name, value in cell.summary.items():
            rest = value_of(value, name in cell.censored), unit_of(name), cell.censored.get(name)
            rows.append((*head.values(), *parted_name(name), *rest))
    return frame_of(rows, columns)
